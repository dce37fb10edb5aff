# SPDX-License-Identifier: Apache-2.0
"""The byte order of a GUID, which nothing on the wire tells.  IPMI 2.0 §20.8; RFC 4122 §4.1; SMBIOS 3.x §7.2.1."""
from __future__ import annotations

from enum import Enum
from typing import Callable

from pyghmi.ipmi.wire.shapes import NamedTuple


class GuidOrder(Enum):
    """In which order the sixteen bytes come."""

    RFC4122 = "as printed"
    SMBIOS = "first three groups reversed"
    IPMI = "all reversed"


class Guid(NamedTuple):
    """A GUID.  `raw`: as it came; `text`: lower case, with dashes; `order`: how it was read, a guess by its version."""

    raw: bytes
    text: str
    order: GuidOrder


def _as_printed(raw: bytes) -> bytes:
    return raw


def _smbios(raw: bytes) -> bytes:
    return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


def _reversed(raw: bytes) -> bytes:
    return raw[::-1]


_ORDERS: dict[GuidOrder, Callable[[bytes], bytes]] = {
    GuidOrder.SMBIOS: _smbios,
    GuidOrder.IPMI: _reversed,
    GuidOrder.RFC4122: _as_printed,
}
_VERSIONS = range(1, 6)
_VERSION_BYTE, _VARIANT_BYTE = 6, 8


def read_guid(raw: bytes, order: GuidOrder | None = None) -> Guid:
    """Return a GUID read in this order; None: in the one which makes version and variant valid, or the version alone.

    In doubt: as SMBIOS has it, which most BMCs follow.
    """
    if order is None:
        order = _first(_is_valid, raw) or _first(_has_version, raw) or GuidOrder.SMBIOS
    text = _ORDERS[order](raw).hex()
    return Guid(raw, "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])), order)


def _first(fits: Callable[[bytes], bool], raw: bytes) -> GuidOrder | None:
    return next((order for order, turn in _ORDERS.items() if fits(turn(raw))), None)


def _has_version(printed: bytes) -> bool:
    """Whether a version from 1 to 5 stands where RFC 4122 has it."""
    return printed[_VERSION_BYTE] // 16 in _VERSIONS


def _is_valid(printed: bytes) -> bool:
    """Whether version and variant (binary 10) stand where RFC 4122 has them."""
    return _has_version(printed) and 0x80 <= printed[_VARIANT_BYTE] < 0xC0

# SPDX-License-Identifier: Apache-2.0
"""The records of Get Channel Cipher Suites.  IPMI 2.0 §22.15.2, table 22-18."""
from __future__ import annotations

from pyghmi.ipmi.wire.shapes import NamedTuple

_STANDARD, _OEM = 0xC0, 0xC1
_TAG = 0xC0
_INTEGRITY, _CONFIDENTIALITY = 0x40, 0x80


class SuiteRecord(NamedTuple):
    """One suite that a channel offers.  `oem`: enterprise number of a vendor's suite, None for a standard one."""

    suite: int
    oem: int | None
    authentication: tuple[int, ...]
    integrity: tuple[int, ...]
    confidentiality: tuple[int, ...]


def parse_suite_records(data: bytes) -> tuple[SuiteRecord, ...]:
    """Read the joined pages of the list.

    Starts anew at every start byte, so a record that makes no sense costs nothing but itself; algorithm bytes with
    wrong tags (seen on Sun ILOM) are left out.
    """
    found = []
    at = 0
    while at < len(data):
        start = data[at]
        head = {_STANDARD: 2, _OEM: 5}.get(start)
        if head is None or at + head > len(data):
            at += 1
            continue
        body = at + head
        end = body
        while end < len(data) and data[end] & _TAG != _TAG:
            end += 1
        oem = int.from_bytes(data[at + 2 : at + 5], "little") if start == _OEM else None
        found.append(_record(data[at + 1], oem, data[body:end]))
        at = end
    return tuple(found)


def _record(suite: int, oem: int | None, algorithms: bytes) -> SuiteRecord:
    return SuiteRecord(
        suite,
        oem,
        tuple(value for value in algorithms if value & _TAG == 0),
        tuple(value & 0x3F for value in algorithms if value & _TAG == _INTEGRITY),
        tuple(value & 0x3F for value in algorithms if value & _TAG == _CONFIDENTIALITY),
    )


def encode_suite_records(records: list[tuple[int, int, int, int]]) -> bytes:
    """Write the list for standard suites: (suite, authentication, integrity, confidentiality) each."""
    return b"".join(
        bytes((_STANDARD, suite, auth, _INTEGRITY | integrity, _CONFIDENTIALITY | conf))
        for suite, auth, integrity, conf in records
    )

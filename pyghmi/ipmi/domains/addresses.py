# SPDX-License-Identifier: Apache-2.0
"""Addresses as people write them, and as parameters hold them."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from ipaddress import IPv4Interface, IPv6Interface

IPV4_BYTES, IPV6_BYTES, MAC_BYTES = 4, 16, 6
NO_IPV4 = bytes(IPV4_BYTES)
_IPV6_PREFIX = 64


class Address(NamedTuple):
    """An address and the length of its prefix, None where none was said."""

    address: bytes
    prefix_length: int | None


def ipv4_text(address: bytes) -> str:
    """Return 'a.b.c.d'."""
    return ".".join(str(byte) for byte in address)


def ipv6_text(address: bytes) -> str:
    """Return the shortest text of an IPv6 address."""
    from ipaddress import IPv6Address

    return str(IPv6Address(bytes(address)))


def mac_text(mac: bytes) -> str:
    """Return 'aa:bb:cc:dd:ee:ff'."""
    return ":".join(f"{byte:02x}" for byte in mac)


def prefix_length(mask: bytes) -> int:
    """Return the length of the prefix that a subnet mask means: up to its last 1, whatever is before that."""
    number = int.from_bytes(mask, "big")
    return 8 * len(mask) - (number & -number).bit_length() + 1 if number else 0


def mask_of(length: int) -> bytes:
    """Return the IPv4 subnet mask of a prefix length."""
    every = (1 << 8 * IPV4_BYTES) - 1
    return (every ^ every >> length).to_bytes(IPV4_BYTES, "big")


def parse_ipv4(text: str) -> Address:
    """Read 'a.b.c.d' or 'a.b.c.d/length'.  Raises InvalidParameterValue."""
    from ipaddress import IPv4Interface

    return _parse(IPv4Interface, text, "IPv4")


def parse_ipv6(text: str, default_length: int = _IPV6_PREFIX) -> Address:
    """Read an IPv6 address, perhaps with '/length', else `default_length` holds.  Raises InvalidParameterValue."""
    from ipaddress import IPv6Interface

    found = _parse(IPv6Interface, text, "IPv6")
    return found if found.prefix_length is not None else found._replace(prefix_length=default_length)


def is_ipv6(text: str) -> bool:
    """Whether an address is to be read as IPv6."""
    return isinstance(text, str) and ":" in text


def _parse(kind: type[IPv4Interface] | type[IPv6Interface], text: str, name: str) -> Address:
    if not isinstance(text, str):  # those classes take numbers and pairs too
        raise InvalidParameterValue(f"{text!r} is no {name} address: it must be text")
    try:
        found = kind(text)
    except ValueError as error:
        raise InvalidParameterValue(f"{text!r} is no {name} address: {error}") from None
    return Address(found.ip.packed, found.network.prefixlen if "/" in text else None)

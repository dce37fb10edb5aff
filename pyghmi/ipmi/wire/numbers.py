# SPDX-License-Identifier: Apache-2.0
"""Numbers in the forms that records have them: complements, checksums, time.  IPMI 2.0 §36.3, §37."""
from __future__ import annotations

UNSPECIFIED_TIME = 0xFFFFFFFF
"""A timestamp that says nothing.  IPMI 2.0 §37.1."""

PRE_INIT_END = 0x20000000
"""Timestamps up to this one count seconds since the controller started.  IPMI 2.0 §37.1."""


def twos_complement(value: int, width: int) -> int:
    """Return the signed number that `width` bits are in two's complement."""
    sign = 1 << (width - 1)
    return (value & (sign - 1)) - (value & sign)


def ones_complement(value: int, width: int) -> int:
    """Return the signed number that `width` bits are in one's complement; all ones are 0."""
    mask = (1 << width) - 1
    return -(~value & mask) if value & 1 << (width - 1) else value & mask


def from_twos_complement(number: int, width: int) -> int:
    """Return the bits of a signed number in two's complement."""
    return number & ((1 << width) - 1)


def from_ones_complement(number: int, width: int) -> int:
    """Return the bits of a signed number in one's complement."""
    mask = (1 << width) - 1
    return number & mask if number >= 0 else ~-number & mask


def zero_checksum(data: bytes) -> int:
    """Return the byte that makes the sum of all 0 modulo 256."""
    return -sum(data) & 0xFF


def words(value: int, size: int) -> bytes:
    """Return a number in `size` bytes, the low one first."""
    return value.to_bytes(size, "little")


def number(data: bytes) -> int:
    """Return the number that bytes are, the low one first; nothing is 0."""
    return int.from_bytes(data, "little")


def bits_set(value: int) -> tuple[int, ...]:
    """Return the numbers of the bits that are set, the lowest first."""
    return tuple(pos for pos in range(value.bit_length()) if value >> pos & 1)

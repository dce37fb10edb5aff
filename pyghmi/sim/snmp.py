# SPDX-License-Identifier: Apache-2.0
"""The datagram of a trap of SNMPv1, as platform event traps are sent.  RFC 1157 §4.1.6; X.690."""
from __future__ import annotations

from collections.abc import Sequence

PET_ENTERPRISE = (1, 3, 6, 1, 4, 1, 3183, 1, 1)
"""Who traps of platform events come from.  Its only variable has one number more, 1."""
_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_IP_ADDRESS, _TIME_TICKS, _TRAP = 0x40, 0x43, 0xA4
_VERSION_1, _ENTERPRISE_SPECIFIC = 0, 6
_SHORT = 0x80
_TICKS = 2**32


def pet_datagram(specific: int, variable: bytes, *, community: bytes, address: bytes, uptime_s: float) -> bytes:
    """Return a platform event trap.

    specific: its specific trap number; variable: the octets of its one variable; address: four bytes, who sends it.
    """
    binding = _tagged(_SEQUENCE, _oid((*PET_ENTERPRISE, 1)) + _tagged(_OCTETS, variable))
    trap = (
        _oid(PET_ENTERPRISE)
        + _tagged(_IP_ADDRESS, address)
        + _number(_INTEGER, _ENTERPRISE_SPECIFIC)
        + _number(_INTEGER, specific)
        + _number(_TIME_TICKS, int(uptime_s * 100) % _TICKS)
        + _tagged(_SEQUENCE, binding)
    )
    return _tagged(_SEQUENCE, _number(_INTEGER, _VERSION_1) + _tagged(_OCTETS, community) + _tagged(_TRAP, trap))


def _tagged(tag: int, data: bytes) -> bytes:
    """Return tag, length and data."""
    size = len(data)
    if size < _SHORT:
        return bytes((tag, size)) + data
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT + len(length))) + length + data


def _number(tag: int, value: int) -> bytes:
    """Return a number that is not negative: its highest bit is a zero."""
    return _tagged(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(numbers: Sequence[int]) -> bytes:
    """Return an object identifier: each number in groups of seven bits, all but its last with the highest bit set."""
    found = bytearray((numbers[0] * 40 + numbers[1],))
    for number in numbers[2:]:
        groups = [number % 0x80]
        while number := number // 0x80:
            groups.append(number % 0x80 + 0x80)
        found += bytes(reversed(groups))
    return _tagged(_OID, bytes(found))

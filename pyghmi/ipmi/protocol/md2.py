# SPDX-License-Identifier: Apache-2.0
"""The MD2 hash, which IPMI 1.5 still names and no current library offers.  RFC 1319."""
from __future__ import annotations

_BLOCK = 16
_ROUNDS = 18

# "A random permutation of the values 0 through 255, constructed from the digits of pi" (RFC 1319, appendix A).
_SUBSTITUTION = bytes.fromhex(
    "292e43c9a2d87c013d3654a1ecf0061362a705f3c0c7738c98932bd9bc4c82ca"
    "1e9b573cfdd4e01667426f188a17e512be4ec4d6da9ede49a0fbf58ebb2fee7a"
    "a968799115b2073f94c210890b225f21807f5d9a5a903227353ecce7bff79703"
    "ff1930b348a5b5d1d75e922aac56aac64fb838d296a47db676fc6be29c7404f1"
    "459d705964718720865bcf65e62da8021b6025adaeb0b9f61c46616934407e0f"
    "5547a323dd51af3ac35cf9cebac5ea262c530d6e85288409d3dfcdf441814d52"
    "6adc37c86cc1abfa24e17b080cbdb14a7888958be363e86de9cbd5fe3b001d39"
    "f2efb70e6658d0e4a67772f8eb754b0a314450b48fed1f1adb998d339f118314"
)


def md2(data: bytes) -> bytes:
    """Return the 16 bytes of MD2 of `data`.  RFC 1319 §3."""
    padding = _BLOCK - len(data) % _BLOCK
    data += bytes((padding,)) * padding
    data += _checksum(data)
    state = bytearray(3 * _BLOCK)
    for at in range(0, len(data), _BLOCK):
        _compress(state, data[at : at + _BLOCK])
    return bytes(state[:_BLOCK])


def _checksum(data: bytes) -> bytes:
    """Return the 16 bytes that end the message.  RFC 1319 §3.2, with its erratum (xor, not assignment)."""
    checksum = bytearray(_BLOCK)
    last = 0
    for at in range(0, len(data), _BLOCK):
        for index in range(_BLOCK):
            last = checksum[index] = checksum[index] ^ _SUBSTITUTION[data[at + index] ^ last]
    return bytes(checksum)


def _compress(state: bytearray, block: bytes) -> None:
    """Work one block of 16 bytes into the 48 bytes of `state`.  RFC 1319 §3.4."""
    for index, value in enumerate(block):
        state[_BLOCK + index] = value
        state[2 * _BLOCK + index] = value ^ state[index]
    substitution = _SUBSTITUTION
    carry = 0
    for round_number in range(_ROUNDS):
        for index in range(3 * _BLOCK):
            carry = state[index] = state[index] ^ substitution[carry]
        carry = (carry + round_number) & 0xFF

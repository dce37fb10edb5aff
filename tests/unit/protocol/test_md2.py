# SPDX-License-Identifier: Apache-2.0
"""MD2 around the edges of its blocks, and the two IPMI authentication codes recorded with it."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol.md2 import md2

# Digests of N bytes 00h, made with Perl's Digest::MD2, an implementation in C.
OF_ZEROS = {
    0: "8350e5a3e24c153df2275c9f80692773",
    1: "ee8dbae3bc62bdc94ea63f69c1bc26c9",
    14: "032419c77e059366282f161eeedc6dec",
    15: "b20662902185c1c77c964bb7d8fb2279",
    16: "3e32fe6c199520c0ca4f0e8c28ef2786",
    17: "911d898992e34e10326ff9fc42be4dfe",
    31: "9b0543471a177fc4947902d5f4912a44",
    32: "8b8830d93e4abef92fba53d7f44327d5",
    33: "a58bbb87e45ab2fca1b83e68d9a1e771",
    47: "5ce22d366540097a82d1addc56c00c83",
    48: "35573665b9985fcd14971b119c66b950",
}


@pytest.mark.parametrize(("length", "expected"), sorted(OF_ZEROS.items()))
def test_lengths_around_the_block(length: int, expected: str) -> None:
    """A message that fills its last block gets a whole block of padding.  RFC 1319 §3.1."""
    assert md2(bytes(length)).hex() == expected


def test_longer_messages_of_all_byte_values() -> None:
    assert md2(bytes(range(256)) * 5).hex() == "8a9cee013c20530f876912b7d8b36453"


def test_an_authentication_code() -> None:
    """Activate Session with password "test", session id 5, sequence 0.  IPMI 2.0 §22.17.1."""
    message = bytes.fromhex("2018c8810c3a02040906eb4a9d98bc4620106a6638ddcf8b096fbd45cf")
    key = b"test".ljust(16, b"\0")
    found = md2(key + bytes.fromhex("05000000") + message + bytes(4) + key)
    assert found.hex() == "a1c09efadbac6529a08d9fd46d563d96"

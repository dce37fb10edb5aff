# SPDX-License-Identifier: Apache-2.0
"""MD2 around the edges of its blocks, and the two IPMI authentication codes recorded with it."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol.md2 import md2

# Digests of N bytes 00h, made with Perl's Digest::MD2, an implementation in C.
OF_ZEROS = {
@ZEROS@
}


@pytest.mark.parametrize(("length", "expected"), sorted(OF_ZEROS.items()))
def test_lengths_around_the_block(length: int, expected: str) -> None:
    """A message that fills its last block gets a whole block of padding.  RFC 1319 §3.1."""
    assert md2(bytes(length)).hex() == expected


def test_longer_messages_of_all_byte_values() -> None:
    assert md2(bytes(range(256)) * 5).hex() == "@LONG@"


def test_an_authentication_code() -> None:
    """Activate Session with password "test", session id 5, sequence 0.  IPMI 2.0 §22.17.1."""
    message = bytes.fromhex("2018c8810c3a02040906eb4a9d98bc4620106a6638ddcf8b096fbd45cf")
    key = b"test".ljust(16, b"\0")
    found = md2(key + bytes.fromhex("05000000") + message + bytes(4) + key)
    assert found.hex() == "a1c09efadbac6529a08d9fd46d563d96"

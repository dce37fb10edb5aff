# SPDX-License-Identifier: Apache-2.0
"""The FRU memories of the simulated server."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.domains.fru_image import parse_image
from pyghmi.sim.fru import FruPart, demo_images

INFO, READ, WRITE = (0x0A, 0x10), (0x0A, 0x11), (0x0A, 0x12)


def test_sizes_and_reads() -> None:
    table = FruPart().commands()
    assert table[INFO](b"\0") == (0, b"\x00\x02\x00") and table[INFO](b"\1") == (0, b"\x00\x01\x00")
    assert table[INFO](b"\5")[0] == table[READ](b"\5\0\0\1")[0] == table[WRITE](b"\5\0\0\1")[0] == 0xCB
    assert table[READ](b"\0\0\0\x08") == (0, b"\x08" + demo_images()[0][:8])
    assert table[READ](b"\0\xff\x01\x08") == (0, b"\x01\x00")
    assert table[READ](b"\0\x00\x02\x08")[0] == 0xC9
    with pytest.raises(Malformed):
        table[READ](b"\0\0\0")


def test_words() -> None:
    table = FruPart({0: bytes(range(64))}, by_words=[0]).commands()
    assert table[INFO](b"\0") == (0, b"\x40\x00\x01")
    assert table[READ](b"\0\2\0\3") == (0, b"\3\4\5\6\7\x08\x09")
    assert table[WRITE](b"\0\2\0\xaa")[0] == 0xC7
    assert table[WRITE](b"\0\2\0\xaa\xbb") == (0, b"\1") and table[READ](b"\0\2\0\1") == (0, b"\1\xaa\xbb")


def test_limits() -> None:
    table = FruPart(read_limit=8, write_limit=4).commands()
    assert table[READ](b"\0\0\0\x09")[0] == 0xCA and table[WRITE](b"\0\0\0" + b"x" * 5)[0] == 0xC7
    assert table[WRITE](b"\0\xfe\x01" + b"x" * 3)[0] == 0xC9
    assert FruPart(write_protected=True).commands()[WRITE](b"\0\0\0x")[0] == 0x80


def test_the_demo_is_in_order() -> None:
    for fru_id in (0, 1):
        assert parse_image(demo_images()[fru_id]).warnings == ()

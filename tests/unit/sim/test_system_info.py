# SPDX-License-Identifier: Apache-2.0
"""The simulated system info parameters: bytes and rules of IPMI 2.0 table 22-16c."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.sim.system_info import SystemInfoPart


def test_reading() -> None:
    part = SystemInfoPart({2: "a name of 20 letters"})
    assert part.get(bytes((0, 2, 0, 0))) == (0, b"\x11\0\0\x14a name of 20 l")
    assert part.get(bytes((0, 2, 1, 0))) == (0, b"\x11\1etters" + bytes(10))
    assert part.get(bytes((0x80, 2, 0, 0))) == (0, b"\x11")
    assert part.get(bytes((0, 0, 0, 0))) == (0, b"\x11\0")
    assert part.get(bytes((0, 2, 17, 0))) == (0xC9, b"")
    assert part.get(bytes((0, 3, 0, 0))) == (0x80, b"")
    assert part.get(bytes((0x80, 0, 0, 0))) == (0, b"\x11")
    for data in (b"\0\2", b"\0\2\0\0\0"):
        with pytest.raises(Malformed):
            part.get(data)


def test_writing() -> None:
    part = SystemInfoPart({2: "old, and long enough for sets"})
    assert part.set(b"\0\1") == (0, b"")
    assert part.set(b"\0\1") == (0x81, b"")
    assert part.set(b"\0\3") == (0xCC, b"")
    assert part.set(b"\2\0\0\x10first half, se") == (0, b"")
    assert part.set(b"\2\1co") == (0, b"")
    assert part.set(b"\0\0") == (0, b"")
    assert part.text(2) == "first half, seco"
    assert part.set(b"\3\0\0\1x") == (0x80, b"")
    assert part.set(b"\2\0\0\x1f" + bytes(15)) == (0xC7, b"")
    assert part.set(b"\2\1" + bytes(17)) == (0xC7, b"")
    assert part.set(b"\2\x11x") == (0xC9, b"")
    for data in (b"", b"\2", b"\2\0\0"):
        with pytest.raises(Malformed):
            part.set(data)

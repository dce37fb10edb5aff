# SPDX-License-Identifier: Apache-2.0
"""The boot options of the simulated server, parameter by parameter.  IPMI 2.0 §28.12, §28.13, table 28-14."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.sim.boot import BootOptions

FLAGS = bytes.fromhex("80 04 00 00 00")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def options(said: list[str]) -> BootOptions:
    return BootOptions(said.append)


def read(options: BootOptions, parameter: int, selector: int = 0) -> bytes:
    code, data = options.get(bytes((parameter, selector, 0)))
    assert code == 0
    assert data[0] == 1, "version of the parameters"
    return data[1:]


def test_the_mark_of_a_parameter_changes_without_its_data(options: BootOptions) -> None:
    """Bit 7 marks it invalid; a request without data changes only that."""
    assert options.set(b"\x05" + FLAGS) == (0, b"")
    assert options.set(b"\x85") == (0, b"")
    assert read(options, 5) == b"\x85" + FLAGS
    assert options.set(b"\x05") == (0, b"")
    assert read(options, 5) == b"\x05" + FLAGS
    assert options.set(b"\x85\xe0\x08\0\0\0") == (0, b"")
    assert read(options, 5) == b"\x85\xe0\x08\0\0\0"
    assert options.set(b"\x05" + FLAGS) == (0, b"")
    assert read(options, 5) == b"\x05" + FLAGS
    assert options.set(b"\x87") == (0, b"")
    assert read(options, 7)[0] == 0x87


def test_a_refused_parameter_keeps_its_mark(options: BootOptions) -> None:
    assert options.set(b"\x83\0\0") == (0xC7, b"")
    assert read(options, 3) == b"\x03\0"


def test_set_in_progress(options: BootOptions) -> None:
    """81h: somebody else is at it.  Commit (2) changes nothing, for all is written at once; 3 is reserved."""
    assert options.set(b"\0\x01") == (0, b"")
    assert options.set(b"\0\x01") == (0x81, b"")
    assert options.set(b"\0\x02") == (0, b"")
    assert read(options, 0) == b"\0\x01"
    assert options.set(b"\0\x03") == (0xCC, b"")
    assert options.set(b"\0\x00") == (0, b"")
    assert options.set(b"\0\x00") == (0, b"")
    assert options.set(b"\0\x01") == (0, b"")


def test_acknowledgements_are_written_through_a_mask(options: BootOptions) -> None:
    """The first byte says which bits to write; it reads as 0."""
    assert options.set(b"\x04\x1f\x1f") == (0, b"")
    assert read(options, 4) == b"\x04\x00\x1f"
    assert options.set(b"\x04\x01\x00") == (0, b"")
    assert read(options, 4) == b"\x04\x00\x1e"
    assert options.set(b"\x04\x06\x1b") == (0, b"")
    assert read(options, 4) == b"\x04\x00\x1a"
    with pytest.raises(Malformed):
        options.set(b"\x04\x01")


def test_mailbox(options: BootOptions) -> None:
    """Blocks of 16 bytes, at least five of them."""
    for block in range(5):
        assert options.set(bytes((7, block)) + bytes((block + 1,)) * 16) == (0, b"")
    for block in range(5):
        assert read(options, 7, block) == bytes((7, block)) + bytes((block + 1,)) * 16
    assert options.set(b"\x07\x01ab") == (0, b"")
    assert read(options, 7, 1) == b"\x07\x01ab" + b"\x02" * 14
    assert options.set(b"\x07\x05" + bytes(16)) == (0xC9, b"")
    assert options.get(b"\x07\x05\0") == (0xC9, b"")
    assert options.set(b"\x07\x01" + bytes(17)) == (0xC7, b"")
    assert options.set(b"\x07\x01") == (0xC7, b"")


def test_lengths(options: BootOptions, said: list[str]) -> None:
    for request in (b"", b"\x05" + FLAGS + b"\0", b"\x05" + FLAGS[:-1], b"\0\0\0", b"\x04\x01\x01\x01"):
        with pytest.raises(Malformed):
            options.set(request)
    for request in (b"", b"\x05", b"\x05\0", b"\x05\0\0\0"):
        with pytest.raises(Malformed):
            options.get(request)
    for request in (b"\x01\0\0", b"\x06" + bytes(8), b"\x06" + bytes(10)):
        assert options.set(request) == (0xC7, b"")
    assert options.set(b"\x08\0") == options.get(b"\x08\0\0") == (0x80, b"")
    assert not said

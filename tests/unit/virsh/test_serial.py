# SPDX-License-Identifier: Apache-2.0
"""The console stream of a domain."""
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_libvirt import Libvirt, Stream

from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.connection import Connection
from pyghmi.virsh.domain import Domain
from pyghmi.virsh.serial import ConsoleStream


def until(condition: Callable[[], object], at_most_s: float = 10.0) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


class Line:
    def __init__(self) -> None:
        self.libvirt = Libvirt()
        self.connection = Connection("fake:///", libvirt=self.libvirt)
        self.connection.open()
        self.domain = Domain(self.connection, "one")
        self.output = bytearray()
        self.ends: list[Any] = []
        self.threads: set[str] = set()
        self.stream = ConsoleStream(self.domain, self._take, self.ends.append)

    def _take(self, data: bytes) -> None:
        self.output += data
        self.threads.add(threading.current_thread().name)

    @property
    def theirs(self) -> Stream:
        return self.libvirt.domains[0].streams[-1]


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    yield found
    found.stream.close()
    found.connection.close()


def test_both_ways(line: Line) -> None:
    line.domain.power_on()
    line.stream.open(force=False)
    line.theirs.say(b"hello")
    line.theirs.say(b", guest")
    until(lambda: line.output == b"hello, guest")
    assert line.threads == {"libvirt events"}
    line.stream.write(b"typed in one piece")
    line.stream.write(b", and another")
    until(lambda: line.theirs.taken == b"typed in one piece, and another")
    until(lambda: not line.theirs.events & 2)
    assert line.stream.room == 1 << 16
    assert line.libvirt.domains[0].calls == ["create", "console 0"]


def test_its_end(line: Line) -> None:
    line.domain.power_on()
    line.stream.open(force=True)
    assert line.libvirt.domains[0].calls[-1] == "console 1"
    line.theirs.say(b"last words")
    line.theirs.end()
    until(lambda: line.ends == [line.stream])
    assert line.output == b"last words"
    line.stream.write(b"nobody hears that")
    assert line.theirs.callback is None


def test_an_error_is_its_end(line: Line) -> None:
    line.domain.power_on()
    line.stream.open(force=False)
    line.theirs.ended = True
    line.stream.write(b"x")
    until(lambda: line.ends == [line.stream])


def test_closed_by_us_nothing_is_told(line: Line) -> None:
    line.domain.power_on()
    line.stream.open(force=False)
    theirs = line.theirs
    line.stream.close()
    assert theirs.aborted
    theirs.end()
    line.stream.close()
    assert line.ends == []


def test_pause(line: Line) -> None:
    line.domain.power_on()
    line.stream.open(force=False)
    line.stream.pause(True)
    line.theirs.say(b"x")
    time.sleep(0.1)
    assert line.output == b""
    line.stream.pause(False)
    until(lambda: line.output == b"x")


def test_off(line: Line) -> None:
    with pytest.raises(DomainError) as caught:
        line.stream.open(force=False)
    assert caught.value.code == 0xD5

# SPDX-License-Identifier: Apache-2.0
"""Switches of section C about packets, over UDP: each is seen on the wire, and our client does what the table says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import ConsoleDeactivated, ConsoleError
from pyghmi.ipmi.console import Console
from tests.loopback.quirk_lab import MakeLab, QuirkLab
from tests.loopback.serial_machine import Screen

NACK, UNAVAILABLE, DEACTIVATED, BREAK = 0x40, 0x20, 0x10, 0x10
HEADER = 4


class Line:
    """A console of ours at a machine that is on, and what comes from it."""

    def __init__(self, bench: QuirkLab, **options: Any) -> None:
        self.bench = bench
        bench.machine.power_on()
        bench.wait(30.0)
        self.sent: list[bytes] = []
        self._watch()
        self.screen = Screen()
        self.console = Console("127.0.0.1", "admin", "secret", self.screen, port=bench.port, **options)
        bench.wait(1.0)
        assert self.console.connected

    def _watch(self) -> None:
        """Keep the packets at our end: as they are on the wire."""
        machine = self.bench.machine
        connect = machine._connect

        def connected(session: Any) -> None:
            connect(session)
            put = session.send_sol
            session.send_sol = lambda packet: (self.sent.append(bytes(packet)), put(packet))

        machine._connect = connected  # type: ignore[method-assign]

    def shows(self, text: bytes, seconds: float = 5.0) -> bool:
        """Have the machine put something out; whether it is there, once."""
        self.screen.output.clear()
        for at in range(0, len(text), 10):
            self.bench.machine.serial._out(text[at : at + 10])
            self.bench.machine.flush()
        self.bench.wait(seconds)
        return bytes(self.screen.output) == text

    def types(self, text: bytes, seconds: float = 5.0) -> bool:
        """Type something; whether its echo came, once."""
        self.screen.output.clear()
        self.console.send_data(text)
        self.bench.wait(seconds)
        return bytes(self.screen.output) == text

    def numbered(self) -> list[bytes]:
        return [packet for packet in self.sent if packet[0] & 15]


@pytest.fixture
def line(lab: MakeLab) -> Any:
    return lambda quirks="", **options: Line(lab(quirks), **options)


TEXT = bytes(range(0x21, 0x7F)) * 3


def test_by_the_book(line: Any) -> None:
    found = line()
    assert found.shows(TEXT)
    assert found.types(b"what is typed")
    assert {packet[3] for packet in found.sent} == {0}


def test_C17_more_characters_under_a_number(line: Any) -> None:
    found = line("C17")
    assert found.shows(TEXT)
    grown = [(one, other) for one, other in zip(found.numbered(), found.numbered()[1:]) if one[0] == other[0]]
    assert any(len(other) > len(one) and other[HEADER:].startswith(one[HEADER:]) for one, other in grown)
    assert found.types(b"what is typed")


def test_C18_an_old_number_again(line: Any) -> None:
    found = line("C18")
    assert found.shows(TEXT)
    numbers = [packet[0] for packet in found.numbered()]
    assert any(third == first and second != first for first, second, third in zip(numbers, numbers[1:], numbers[2:]))
    assert found.types(b"what is typed")


def test_C18_numbers_that_jump(line: Any) -> None:
    found = line("C18:jump")
    for _turn in range(3):
        assert found.shows(TEXT)
        assert found.types(b"what is typed")
    numbers = [packet[0] for packet in found.numbered()]
    assert {(other - one) % 15 for one, other in zip(numbers, numbers[1:])} == {7}


def test_C19_characters_without_a_number(line: Any) -> None:
    found = line("C19")
    assert found.shows(TEXT)
    assert found.types(b"what is typed")
    assert not found.numbered()
    assert any(len(packet) > HEADER for packet in found.sent)


def test_C20_sent_again_at_once(line: Any) -> None:
    found = line("C20")
    assert found.shows(TEXT)
    assert found.types(b"what is typed")
    first = found.numbered()[0]
    assert found.numbered().count(first) == 3


def test_C21_none_taken_and_echoed(line: Any) -> None:
    found = line("C21")
    assert found.types(b"what is typed")
    assert found.types(b"more")
    answers = [packet for packet in found.sent if packet[1]]
    assert answers
    assert not any(packet[2] for packet in answers)


def test_C22_unavailable_for_a_while(line: Any) -> None:
    found = line("C22")
    found.bench.wait(4.5)
    assert bytes((0, 0, 0, NACK | UNAVAILABLE)) in found.sent
    found.console.send_data(b"typed meanwhile")
    found.bench.wait(2.0)
    assert b"typed meanwhile" not in found.screen.output
    assert found.screen.info == ["Remote system is powered down"]
    found.bench.wait(10.0)
    assert bytes(found.screen.output).count(b"typed meanwhile") == 1


def test_C22_deactivated(line: Any) -> None:
    found = line("C22:deactivated")
    assert found.types(b"before", 2.0)
    found.bench.wait(3.0)
    assert bytes((0, 0, 0, NACK | DEACTIVATED)) in found.sent
    assert isinstance(found.screen.errors[0]["exception"], ConsoleError)
    assert not found.console.connected


def test_C23_a_number_that_is_ignored(line: Any) -> None:
    found = line("C23")
    for text in (b"one", b"two"):
        assert found.types(text)
    found.sent.clear()
    assert not found.types(b"three", 1.0)
    assert not [packet for packet in found.sent if packet[1] == 3]
    found.bench.wait(30.0)
    assert bytes(found.screen.output) == b"three"
    assert found.types(b"four")


def test_C24_no_output_after_a_reset(line: Any) -> None:
    found = line("C24")
    assert found.types(b"before")
    found.bench.machine.power_reset()
    found.bench.wait(30.0)
    found.sent.clear()
    assert not found.types(b"after")
    assert any(packet[1] for packet in found.sent)
    assert not any(len(packet) > HEADER for packet in found.sent)
    found.console.close()
    again = Line(found.bench)
    assert again.types(b"uptime")


def test_C25_output_is_held_back(line: Any) -> None:
    found = line("C25")
    found.bench.machine.serial._out(b"login: ")
    found.bench.machine.flush()
    found.bench.wait(0.05)
    assert b"login: " not in found.screen.output
    found.bench.wait(0.02)
    assert bytes(found.screen.output).endswith(b"login: ")
    assert found.shows(TEXT)


def test_C26_three_at_a_time(line: Any) -> None:
    found = line("C26")
    found.sent.clear()
    assert found.types(TEXT[:60], 20.0)
    assert max(packet[2] for packet in found.sent if packet[1]) == 3


@pytest.mark.parametrize(("quirks", "breaks"), [("C27", 0), ("", 1)])
def test_C27_breaks_are_ignored(line: Any, quirks: str, breaks: int) -> None:
    found = line(quirks)
    found.sent.clear()
    found.console.send_break()
    found.bench.wait(5.0)
    assert found.bench.machine.serial.breaks == breaks
    assert [packet for packet in found.sent if packet[1]]
    found.screen.output.clear()
    assert found.types(b"on it goes")
    assert found.screen.errors == []


def test_C31_ended_when_nothing_is_typed(line: Any) -> None:
    found = line("C31")
    found.bench.wait(15.0)
    assert found.types(b"awake")
    found.bench.wait(10.0)
    assert found.console.connected
    found.bench.wait(10.0)
    assert any(packet[3] & DEACTIVATED for packet in found.sent)
    assert isinstance(found.screen.errors[0]["exception"], ConsoleDeactivated)


def test_C31_resumed(line: Any) -> None:
    found = line("C31", resume=True)
    found.bench.wait(30.0)
    assert any(packet[3] & DEACTIVATED for packet in found.sent)
    assert found.screen.errors == []
    assert found.console.connected
    assert found.types(b"again there")


def test_a_machine_that_is_off_takes_no_characters(lab: MakeLab) -> None:
    """No row: so says the specification, table 15-2; what was typed comes when it is on."""
    bench = lab()
    screen = Screen()
    console = Console("127.0.0.1", "admin", "secret", screen, port=bench.port)
    bench.wait(1.0)
    console.send_data(b"too early")
    bench.wait(5.0)
    assert screen.info == ["Remote system is powered down"]
    assert console.pending == len(b"too early")
    bench.machine.power_on()
    bench.wait(40.0)
    assert console.pending == 0
    console.close()

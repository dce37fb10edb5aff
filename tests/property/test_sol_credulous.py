# SPDX-License-Identifier: Apache-2.0
"""A console that believes too much, and a BMC's end that answers in such a way that it can hardly be mistaken.

The console is ipmitool 1.8.19's, by its lanplus.c and ipmi_sol.c: any packet with new characters counts as the
acknowledgement that it waits for, so do four with none; what a second brings no packet for is sent again under the next
number.
"""
from __future__ import annotations

import heapq
from random import Random

import pytest

from pyghmi.ipmi.protocol.sol import BmcEnd
from pyghmi.ipmi.protocol.solevents import Received

DELAY_S, PATIENCE_S, MOST_TRIES, PIECE = 0.002, 1.0, 4, 100
CONSOLE, BMC = 0, 1


class Credulous:
    """The console: types a text in pieces, as fast as it believes them taken."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.shown = bytearray()
        self.out: list[bytes] = []
        self.due: float | None = None
        self._at = 0
        self._number = 0
        self._tries = 0
        self._last = (0, 0)

    def type_on(self, now: float) -> None:
        """Send the next piece, if nothing is waited for."""
        if self.due is None and self._at < len(self.text):
            self._send(now)

    def _send(self, now: float) -> None:
        self._number = self._number % 15 + 1
        self._tries = 0
        self.due = now + PATIENCE_S
        self.out.append(bytes((self._number, 0, 0, 0)) + self.text[self._at : self._at + PIECE])

    def received(self, packet: bytes, now: float) -> None:
        number, acked, count, _bits = packet[:4]
        data = packet[4:]
        if number:
            self.out.append(bytes((0, number, len(data), 0)))
            length = len(data)
            data = data[self._last[1] :] if number == self._last[0] else data
            self._last = (number, length)
            self.shown += data
        if self.due is None:
            return
        self._tries += 1
        if acked == self._number:
            self._at += count
        elif data or self._tries == MOST_TRIES:
            self._at += len(self.text[self._at : self._at + PIECE])
        else:
            self.due = now + PATIENCE_S
            return
        self.due = None

    def timer_fired(self, now: float) -> None:
        self._send(now)


def typed(text: bytes, loss: float, seed: int, *, careful: bool, echoes: bool) -> tuple[bytes, bytes]:
    """Type a text over a network that loses; return what the machine got, and what was shown."""
    random, console, bmc = Random(seed), Credulous(text), BmcEnd(252, careful=careful)
    flying: list[tuple[float, int, int, bytes]] = []
    got = bytearray()
    now = 100.0
    order = 0

    def settle() -> None:
        nonlocal order
        while (event := bmc.next_event()) is not None:
            if isinstance(event, Received):
                got.extend(event.data)
                if echoes:  # in two pieces, as a terminal's line discipline and a program do
                    bmc.write(event.data[:1], now)
                    bmc.write(event.data[1:], now)
        bmc.handled(now)
        console.type_on(now)
        for to, packets in ((CONSOLE, bmc.packets_to_send()), (BMC, console.out)):
            for packet in packets:
                order += 1
                if random.random() >= loss:
                    heapq.heappush(flying, (now + DELAY_S, order, to, packet))
        console.out = []

    settle()
    while flying or console.due is not None or bmc.next_timer() is not None:
        times = [(each, 0, at, b"") for at, each in ((CONSOLE, console.due), (BMC, bmc.next_timer())) if each is not None]
        at, _order, to, packet = min([*flying[:1], *times])
        now = max(now, at)
        if packet:
            heapq.heappop(flying)
            (console.received if to == CONSOLE else bmc.packet_received)(packet, now)
        else:
            (console if to == CONSOLE else bmc).timer_fired(now)
        settle()
        assert now < 100_000.0
    return bytes(got), bytes(console.shown)


TEXT = b"".join(b"%05d:" % number for number in range(5000))


@pytest.mark.parametrize("seed", range(10))
def test_what_is_typed_to_a_silent_machine_comes_once(seed: int) -> None:
    got, shown = typed(TEXT, 0.05, seed, careful=True, echoes=False)
    assert (got, shown) == (TEXT, b"")


@pytest.mark.parametrize("seed", range(10))
def test_nearly_all_comes_where_the_machine_echoes(seed: int) -> None:
    """Once it has taken an echo for an acknowledgement it stays one ahead: what is lost then is lost."""
    got, shown = typed(TEXT, 0.05, seed, careful=True, echoes=True)
    assert got == shown
    assert len(got) >= len(TEXT) - 2 * PIECE


@pytest.mark.parametrize("echoes", [True, False])
def test_it_is_the_answers_that_see_to_it(echoes: bool) -> None:
    """The same console, answered at once and once."""
    got, _shown = typed(TEXT, 0.05, 1, careful=False, echoes=echoes)
    assert got != TEXT


def test_without_loss_an_answer_and_an_echo_are_one_packet() -> None:
    bmc = BmcEnd(252, careful=True)
    bmc.packet_received(b"\x01\x00\x00\x00hello", 1.0)
    assert bmc.packets_to_send() == []
    assert bmc.next_event() == Received(b"hello")
    bmc.write(b"hel", 1.0)
    bmc.write(b"lo", 1.0)
    assert bmc.packets_to_send() == []
    bmc.handled(1.0)
    assert bmc.packets_to_send() == [b"\x01\x01\x05\x00hello"]


def test_who_takes_long_is_waited_for_once() -> None:
    bmc = BmcEnd(252, careful=True)
    bmc.packet_received(b"\x01\x00\x00\x00a", 1.0)
    due = bmc.next_timer()
    assert due == pytest.approx(1.02)
    bmc.timer_fired(1.03)
    assert bmc.packets_to_send() == [b"\x00\x01\x01\x00"]
    bmc.next_event()
    bmc.handled(2.0)
    bmc.packet_received(b"\x02\x00\x00\x00b", 2.0)
    assert bmc.packets_to_send() == [b"\x00\x02\x01\x00"]


def test_an_answer_waits_behind_characters_that_are_on_their_way() -> None:
    bmc = BmcEnd(252, careful=True)
    bmc.write(b"login: ", 1.0)
    assert bmc.packets_to_send() == [b"\x01\x00\x00\x00login: "]
    bmc.packet_received(b"\x01\x00\x00\x00a", 1.01)
    bmc.next_event()
    bmc.handled(1.01)
    assert bmc.packets_to_send() == []
    bmc.packet_received(b"\x00\x01\x07\x00", 1.02)
    assert bmc.packets_to_send() == [b"\x00\x01\x01\x00"]


def test_an_answer_that_went_alone_goes_again_until_something_shows_that_it_came() -> None:
    bmc = BmcEnd(252, careful=True)
    bmc.packet_received(b"\x01\x00\x00\x00a", 1.0)
    bmc.next_event()
    bmc.handled(1.0)
    assert bmc.packets_to_send() == [b"\x00\x01\x01\x00"]
    times = []
    while (due := bmc.next_timer()) is not None:
        bmc.timer_fired(due)
        assert bmc.packets_to_send() == [b"\x00\x01\x01\x00"]
        times.append(due)
    assert times == pytest.approx([1.2, 1.45, 1.75])
    bmc.packet_received(b"\x02\x00\x00\x00b", 2.0)
    bmc.next_event()
    bmc.handled(2.0)
    bmc.packets_to_send()
    bmc.write(b"late", 2.1)  # it goes along now
    assert bmc.packets_to_send() == [b"\x01\x02\x01\x00late"]
    bmc.packet_received(b"\x00\x01\x04\x00", 2.2)
    assert bmc.next_timer() is None
    bmc.packet_received(b"\x03\x00\x00\x00c", 3.0)
    bmc.next_event()
    bmc.handled(3.0)
    bmc.deactivate(3.1)
    bmc.packets_to_send()
    assert bmc.next_timer() is None


def test_what_came_before_the_end_is_answered_before_it() -> None:
    bmc = BmcEnd(252, careful=True)
    bmc.packet_received(b"\x01\x00\x00\x00a", 1.0)
    bmc.deactivate(1.0)
    bmc.next_event()
    bmc.handled(1.0)
    assert bmc.packets_to_send() == [b"\x00\x01\x01\x00", b"\x00\x00\x00\x10"]
    assert bmc.next_timer() is None

# SPDX-License-Identifier: Apache-2.0
"""Both ends of a serial line over a network that loses, doubles, delays and reorders: the characters are exact."""
from __future__ import annotations

import heapq
from random import Random
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyghmi.ipmi.protocol.sol import BmcEnd, ConsoleEnd, SolEnd
from pyghmi.ipmi.protocol.solevents import (
    Availability,
    BreakReceived,
    Deactivated,
    FlushAsked,
    ModemLines,
    Noticed,
    Overrun,
    Received,
    Silent,
)

CONSOLE, BMC = 0, 1
LEAST_DELAY_S, MOST_DELAY_S = 0.01, 0.12
LONG_S = 3600.0


class Line:
    """Two ends, a network between them and a clock, and what should and did come out at both."""

    def __init__(
        self,
        seed: int,
        *,
        loss: float,
        doubled: float,
        most: int = 20,
        room: Callable[[], int] | None = None,
        careful: bool = False,
    ) -> None:
        self.random = Random(seed)
        self.loss, self.doubled = loss, doubled
        self.longest = MOST_DELAY_S
        self.now = 1000.0
        self.console = ConsoleEnd(most, retries=60)
        self.console.renumber_after = None
        self.bmc = BmcEnd(most, retries=60, room=room, careful=careful)
        self.ends: tuple[SolEnd, SolEnd] = (self.console, self.bmc)
        self.wanted = (bytearray(), bytearray())  # by the end where it should come out
        self.found = (bytearray(), bytearray())
        self.events: tuple[list[Any], list[Any]] = ([], [])
        self.in_flight: list[tuple[float, int, int, bytes]] = []
        self.sent = 0
        self.serial = 0

    def write(self, end: int, count: int) -> None:
        """Write characters that tell their place."""
        data = bytes((self.serial + at) * 7 % 251 for at in range(count))
        self.serial += count
        self.wanted[1 - end].extend(data)
        self.ends[end].write(data, self.now)

    def flush(self, inbound: bool, outbound: bool) -> None:
        before = self.console.pending
        self.console.flush(inbound, outbound, self.now)
        dropped = before - self.console.pending
        if dropped:
            del self.wanted[BMC][-dropped:]

    def settle(self) -> None:
        """Send what is ready, and take what has happened."""
        for end, machine in enumerate(self.ends):
            while (event := machine.next_event()) is not None:
                if isinstance(event, Received):
                    assert event.data
                    self.found[end].extend(event.data)
                else:
                    self.events[end].append(event)
            machine.handled(self.now)
            for packet in machine.packets_to_send():
                self.sent += 1
                for _copy in range(1 + (self.random.random() < self.doubled)):
                    if self.random.random() >= self.loss:
                        delay = LEAST_DELAY_S + (self.longest - LEAST_DELAY_S) * self.random.random() ** 3
                        heapq.heappush(self.in_flight, (self.now + delay, self.random.getrandbits(30), 1 - end, packet))

    def step(self, until: float) -> bool:
        """Go to the next thing that happens; False: nothing does before `until`."""
        self.settle()
        timers = [(due, 0, end, b"") for end, each in enumerate(self.ends) if (due := each.next_timer()) is not None]
        at, _order, end, packet = min([*self.in_flight[:1], *timers], default=(LONG_S * 10, 0, 0, b""))
        if at > until:
            self.now = until
            return False
        self.now = max(at, self.now)
        if packet:
            heapq.heappop(self.in_flight)
            waiting = self.bmc._out.queue.characters
            seen = len(self.events[BMC])
            self.ends[end].packet_received(packet, self.now)
            self.settle()
            if any(isinstance(each, FlushAsked) and each.outbound for each in self.events[BMC][seen:]) and waiting:
                del self.wanted[CONSOLE][-waiting:]
        else:
            self.ends[end].timer_fired(self.now)
        return True

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.step(until):
            pass

    def finish(self) -> None:
        """Run until nothing more happens."""
        for _turn in range(200_000):
            if not self.step(self.now + LONG_S):
                return
        raise AssertionError("it never ends")

    def check(self) -> None:
        assert bytes(self.found[BMC]) == bytes(self.wanted[BMC])
        assert bytes(self.found[CONSOLE]) == bytes(self.wanted[CONSOLE])
        assert self.console.pending == self.bmc.pending == 0


CHANCES = st.sampled_from((0.0, 0.05, 0.3))
COUNTS = st.integers(1, 120)
ENDS = st.sampled_from((CONSOLE, BMC))
WRITES = st.tuples(st.just("write"), ENDS, COUNTS)
WAITS = st.tuples(st.just("wait"), st.sampled_from((0.0, 0.005, 0.03, 0.2, 1.5)))
BREAKS = st.tuples(st.just("break"), ENDS)
SWITCHES = st.tuples(st.just("available"), st.booleans())
FLUSHES = st.tuples(st.just("flush"), st.booleans(), st.booleans())
LINES = st.tuples(st.just("lines"), st.booleans(), st.booleans())
ACTIONS = st.lists(st.one_of(WRITES, WRITES, WAITS, WAITS, BREAKS, SWITCHES, LINES), max_size=25)
WITH_FLUSHES = st.lists(st.one_of(WRITES, WRITES, WAITS, FLUSHES, SWITCHES), max_size=25)


def act(line: Line, action: tuple[Any, ...]) -> None:
    name, *values = action
    if name == "write":
        line.write(*values)
    elif name == "wait":
        line.run(*values)
    elif name == "break":
        line.ends[values[0]].send_break(line.now)
    elif name == "available":
        line.bmc.available = values[0]
    elif name == "flush":
        line.flush(*values)
    else:
        line.console.lines(line.now, cts=values[0], dcd_dsr=values[1])


@settings(max_examples=120, deadline=None)
@given(
    st.integers(0, 1 << 32), CHANCES, CHANCES, st.sampled_from((1, 3, 20, 255)), st.booleans(), st.booleans(), ACTIONS
)
def test_every_character_arrives_once_and_in_its_place(
    seed: int, loss: float, doubled: float, most: int, grows: bool, careful: bool, actions: list[tuple[Any, ...]]
) -> None:
    line = Line(seed, loss=loss, doubled=doubled, most=most, careful=careful)
    line.bmc.grows = grows
    for action in actions:
        act(line, action)
    line.bmc.available = True
    line.finish()
    line.write(CONSOLE, 1)  # its answer tells the state, should two packets that told of it have changed places
    line.finish()
    line.check()
    breaks = [sum(action == ("break", end) for action in actions) for end in (CONSOLE, BMC)]
    for end, count in ((CONSOLE, breaks[BMC]), (BMC, breaks[CONSOLE])):
        assert sum(isinstance(event, BreakReceived) for event in line.events[end]) == count
    told = [each for events in line.events for each in events]
    assert not [each for each in told if isinstance(each, (Silent, Overrun, Deactivated, FlushAsked))]
    states = [each.available for each in line.events[CONSOLE] if isinstance(each, Availability)]
    assert all(before != after for before, after in zip(states, states[1:]))
    assert states[-1:] in ([], [True])
    if not (loss or doubled):
        lines = [action[1:] for action in actions if action[0] == "lines"]
        changes = [tuple(each) for each in line.events[BMC] if isinstance(each, ModemLines)]
        assert changes[-1:] in ([], lines[-1:])


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 1 << 32), CHANCES, CHANCES, st.booleans(), WITH_FLUSHES)
def test_a_flush_drops_what_was_not_sent_and_nothing_else(
    seed: int, loss: float, doubled: float, careful: bool, actions: list[tuple[Any, ...]]
) -> None:
    line = Line(seed, loss=loss, doubled=doubled, careful=careful)
    for action in actions:
        act(line, action)
    line.bmc.available = True
    line.finish()
    line.check()
    asked = [(each.inbound, each.outbound) for each in line.events[BMC] if isinstance(each, FlushAsked)]
    flushes = [action[1:] for action in actions if action[0] == "flush" and any(action[1:])]
    assert len(asked) <= len(flushes)  # two that wait are one
    for kind in (0, 1):
        assert any(each[kind] for each in asked) == any(each[kind] for each in flushes)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 1 << 32),
    CHANCES,
    CHANCES,
    st.integers(1, 30),
    st.booleans(),
    st.booleans(),
    st.lists(st.one_of(WRITES, WAITS, BREAKS, st.tuples(st.just("take"), st.integers(0, 40))), max_size=25),
)
def test_a_bmc_with_little_room_loses_nothing(
    seed: int, loss: float, doubled: float, size: int, tells: bool, careful: bool, actions: list[tuple[Any, ...]]
) -> None:
    """The machine takes characters slowly: packets are acknowledged in part, or refused."""
    taken = 0

    def room() -> int:
        return size - (len(line.found[BMC]) - taken)

    line = Line(seed, loss=loss, doubled=doubled, room=room, careful=careful)

    def take(count: int) -> None:
        nonlocal taken
        taken = min(taken + count, len(line.found[BMC]))
        if tells:
            line.bmc.room_returned()

    for action in actions:
        if action[0] == "take":
            take(action[1])
        else:
            act(line, action)
        assert len(line.found[BMC]) - taken <= size
    while line.console.pending:
        take(7)
        line.run(0.5)
        assert len(line.found[BMC]) - taken <= size
    line.finish()
    line.check()
    for end in (CONSOLE, BMC):
        count = sum(action == ("break", 1 - end) for action in actions)
        assert sum(isinstance(event, BreakReceived) for event in line.events[end]) == count


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 32), CHANCES, COUNTS)
def test_a_deactivated_console_hears_of_it_and_nothing_more(seed: int, loss: float, count: int) -> None:
    line = Line(seed, loss=loss, doubled=loss, careful=bool(seed % 2))
    line.write(CONSOLE, count)
    line.write(BMC, count)
    line.finish()
    line.check()
    line.bmc.deactivate(line.now)
    line.console.write(b"who is there", line.now)
    line.bmc.write(b"nobody", line.now)
    line.finish()
    assert line.events[CONSOLE].count(Deactivated()) == 1
    assert bytes(line.found[BMC]) == bytes(line.wanted[BMC])
    assert bytes(line.found[CONSOLE]) == bytes(line.wanted[CONSOLE])
    assert line.console.next_timer() is line.bmc.next_timer() is None


@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_a_megabyte_each_way(loss: float) -> None:
    """As the machines are by default, one fixed run: not one character lost, doubled or out of its place."""
    line = Line(20, loss=loss, doubled=loss, most=200)
    line.console, line.bmc = ConsoleEnd(200), BmcEnd(200)
    line.ends = (line.console, line.bmc)
    line.longest = 0.02
    for _turn in range(16):
        line.write(CONSOLE, 1 << 16)
        line.write(BMC, 1 << 16)
        line.run(1.0)
    line.finish()
    line.check()
    told = [each for events in line.events for each in events]
    assert not [each for each in told if isinstance(each, (Silent, Noticed)) and each != STALE]


STALE = Noticed("C18", "a packet came again after those that followed it")


@settings(max_examples=300, deadline=None)
@given(
    st.booleans(),
    st.lists(
        st.one_of(
            st.binary(max_size=300),
            st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(0, 255), st.integers(0, 255)).map(bytes),
            st.sampled_from(("write", "break", "timer", "restart", "forget")),
        ),
        max_size=30,
    ),
)
def test_any_bytes(is_console: bool, packets: list[Any]) -> None:
    """Whatever comes: no exception, at most two packets for one, and a timer that is not in the past."""
    now = 5.0
    end: SolEnd = ConsoleEnd(16) if is_console else BmcEnd(16, room=lambda: 5)
    for each in packets:
        now += 0.01
        due = end.next_timer()
        if due is not None and due <= now:
            end.timer_fired(now)
            end.packets_to_send()
        if each == "write":
            end.write(b"some characters that are written", now)
        elif each == "break":
            end.send_break(now)
        elif each == "restart":
            end.restart(now)
        elif each == "forget":
            end.forget_pending()
        elif each == "timer":
            due = end.next_timer()
            if due is not None:
                now = max(due, now)
                end.timer_fired(now)
        else:
            end.packet_received(each, now)
        sent = end.packets_to_send()
        assert len(sent) <= 2
        assert all(4 <= len(packet) <= 4 + 16 for packet in sent)
        due = end.next_timer()
        assert due is None or due >= now
        while end.next_event() is not None:
            pass

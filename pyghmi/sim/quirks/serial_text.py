# SPDX-License-Identifier: Apache-2.0
"""Section C, second half: packets with text.  IPMI 2.0 §15.9."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional
from weakref import WeakKeyDictionary

from pyghmi.ipmi.protocol.solevents import BREAK, DEACTIVATED, HEADER_BYTES, LAST_NUMBER, NACK, UNAVAILABLE
from pyghmi.ipmi.spec.chassis import RestartCause
from pyghmi.sim.power import Happening
from pyghmi.sim.quirks.hooks import Misbehaviour
from pyghmi.sim.quirks.table import quirk

if TYPE_CHECKING:
    from pyghmi.ipmi.private.serverconsole import ServerConsole

_FLAGS_AT, _NUMBERS = 3, 0x0F
_REPEATS, _ALL_AT_ONCE_S = 3, 0.0
_BAD_FROM_S, _BAD_FOR_S = 5.0, 5.0
_JUMP, _BACK = 7, 13
"""7 x 13 is 1 modulo 15."""
_STUCK_NUMBER, _ROOM, _ACCUMULATE_S, _THRESHOLD, _LOOK_S = 3, 3, 0.060, 200, 0.5

Packets = list[tuple[float, bytes]]
"""(seconds from now, packet)."""
Outgoing = Callable[[bytes], Packets]
Incoming = Callable[[bytes], Optional[bytes]]
"""Packet -> what the BMC gets in its place, None: nothing."""


class _Line:
    """The serial line of a BMC, with hooks.

    outgoing, incoming: what is done with packets; begun: called with each console that is connected; send: puts a
    packet on the wire; take: has one come.
    """

    def __init__(self, odd: Misbehaviour) -> None:
        self.outgoing: list[Outgoing] = []
        self.incoming: list[Incoming] = []
        self.begun: list[Callable[[ServerConsole], object]] = []
        self.send: Callable[[bytes], object] = lambda _packet: None
        self.take: Callable[[bytes], object] = lambda _packet: None
        self._odd = odd
        self._console: Any = None
        machine: Any = odd.machine
        connect = machine._connect

        def connected(session: Any) -> None:
            connect(session)
            if machine.sol is not self._console:
                self._console = machine.sol
                self._between(machine.sol)

        machine._connect = connected

    def _between(self, console: Any) -> None:
        """Put the hooks between a console and its session."""
        port: Any = console._port
        send, received = port._send, port.received
        self.send = send
        self.take = lambda packet: received(packet, self._odd.machine.reactor.clock())
        port._send = self._sent
        port.received = self._received
        for hook in self.begun:
            hook(console)

    def _sent(self, packet: bytes) -> None:
        found = [(0.0, packet)]
        for hook in self.outgoing:
            found = [(first + more, each) for first, one in found for more, each in hook(one)]
        for delay_s, each in found:
            if delay_s > 0.0:
                self._odd.later(delay_s, lambda each=each: self.say(each))  # type: ignore[misc]
            else:
                self.send(each)

    def _received(self, packet: bytes, _now: float) -> None:
        found: bytes | None = packet
        for hook in self.incoming:
            if found is not None and len(found) >= HEADER_BYTES:
                found = hook(found)
        if found is not None:
            self.take(found)

    def say(self, packet: bytes) -> None:
        """Send a packet now, whatever is being done."""
        self.send(packet)
        self._odd.machine.flush()


_lines: WeakKeyDictionary[Misbehaviour, _Line] = WeakKeyDictionary()


def _line(odd: Misbehaviour) -> _Line:
    if odd not in _lines:
        _lines[odd] = _Line(odd)
    return _lines[odd]


def _end_of(console: ServerConsole) -> Any:
    return console._end


@quirk("C17", "packets are sent again with more characters than before; the first acknowledgement of each is lost")
def _growing(odd: Misbehaviour, _variant: str) -> None:
    line = _line(odd)
    seen: list[bytes] = []

    def lose(packet: bytes) -> bytes:
        acked = packet[1:_FLAGS_AT]
        if not acked[0] & _NUMBERS or acked in seen[-1:]:
            return packet
        seen[:] = [acked]
        return packet[:1] + bytes(2) + packet[_FLAGS_AT:]

    line.incoming.append(lose)
    line.begun.append(lambda console: setattr(_end_of(console), "grows", True))


@quirk("C18", "numbers of packets are odd", stale="the one before comes again", jump="each is 7 behind the last")
def _numbers(odd: Misbehaviour, variant: str) -> None:
    line = _line(odd)
    last: list[bytes] = []

    def again(packet: bytes) -> Packets:
        if not packet[0] & _NUMBERS:
            return [(0.0, packet)]
        found = [(0.0, packet), *((0.0, each) for each in last if each[0] != packet[0])]
        last[:] = [packet]
        return found

    def times(number: int, factor: int) -> int:
        return number * factor % LAST_NUMBER or LAST_NUMBER if number else 0

    if variant == "stale":
        line.outgoing.append(again)
        line.begun.append(lambda _console: last.clear())
        return
    line.outgoing.append(lambda packet: [(0.0, bytes((times(packet[0], _JUMP),)) + packet[1:])])
    line.incoming.append(lambda packet: packet[:1] + bytes((times(packet[1] & _NUMBERS, _BACK),)) + packet[2:])


@quirk("C19", "packets with characters have number 0, and are sent once")
def _unnumbered(odd: Misbehaviour, _variant: str) -> None:
    line = _line(odd)

    def hook(packet: bytes) -> Packets:
        number, size = packet[0] & _NUMBERS, len(packet) - HEADER_BYTES
        if number:
            odd.later(_ALL_AT_ONCE_S, lambda: line.take(bytes((0, number, size, 0))))
        return [(0.0, bytes(1) + packet[1:])]

    line.outgoing.append(hook)


@quirk("C20", "packets are sent three times, before they can be acknowledged")
def _impatient(odd: Misbehaviour, _variant: str) -> None:
    _line(odd).outgoing.append(lambda packet: [(0.0, packet)] * (_REPEATS if packet[0] & _NUMBERS else 1))


@quirk("C21", "acknowledgements say that no character was taken, where all were")
def _none_taken(odd: Misbehaviour, _variant: str) -> None:
    _line(odd).outgoing.append(
        lambda packet: [(0.0, packet if packet[_FLAGS_AT] & NACK else packet[:2] + bytes(1) + packet[_FLAGS_AT:])]
    )


@quirk(
    "C22",
    "five seconds after it began the console is told something in a packet that acknowledges nothing",
    unavailable="for five seconds, that the machine takes no characters",
    deactivated="that it has lost the serial line",
)
def _status(odd: Misbehaviour, variant: str) -> None:
    line = _line(odd)
    is_deaf = [False]
    bits = NACK | (UNAVAILABLE if variant == "unavailable" else DEACTIVATED)

    def begin() -> None:
        is_deaf[0] = True
        line.say(bytes((0, 0, 0, bits)))
        if variant == "unavailable":
            odd.later(_BAD_FOR_S, end)

    def end() -> None:
        is_deaf[0] = False
        line.say(bytes(HEADER_BYTES))

    def hook(packet: bytes) -> bytes | None:
        if is_deaf[0] and packet[0] & _NUMBERS:
            line.say(bytes((0, 0, 0, bits)))
            return bytes(1) + packet[1:HEADER_BYTES]
        return packet

    def begun(_console: ServerConsole) -> None:
        is_deaf[0] = False
        odd.later(_BAD_FROM_S, begin)

    line.incoming.append(hook)
    line.begun.append(begun)


@quirk("C23", "packets under number 3 are ignored until another number comes")
def _stuck(odd: Misbehaviour, _variant: str) -> None:
    def hook(packet: bytes) -> bytes | None:
        is_stuck = packet[0] & _NUMBERS == _STUCK_NUMBER
        return bytes(1) + packet[1:HEADER_BYTES] if is_stuck else packet

    _line(odd).incoming.append(hook)


@quirk("C24", "after a reset of the host there is no output, and input is acknowledged, until it is activated again")
def _mute(odd: Misbehaviour, _variant: str) -> None:
    line = _line(odd)
    is_mute = [False]

    def happened(happening: Happening, _cause: RestartCause) -> None:
        is_mute[0] = is_mute[0] or happening is Happening.RESET

    def hook(packet: bytes) -> Packets:
        return [(0.0, bytes(1) + packet[1:HEADER_BYTES] if is_mute[0] else packet)]

    odd.machine.power.watchers.append(happened)
    line.outgoing.append(hook)
    line.begun.append(lambda _console: is_mute.__setitem__(0, False))


@quirk("C25", "output waits until there are 200 characters, or for 60 ms")
def _held_back(odd: Misbehaviour, _variant: str) -> None:
    _line(odd).begun.append(lambda console: _end_of(console).accumulate(_ACCUMULATE_S, _THRESHOLD))


@quirk("C26", "three characters of a packet are taken at a time")
def _few(odd: Misbehaviour, _variant: str) -> None:
    _line(odd).begun.append(lambda console: setattr(_end_of(console), "room", lambda: _ROOM))


@quirk("C27", "breaks are acknowledged and ignored")
def _no_break(odd: Misbehaviour, _variant: str) -> None:
    _line(odd).incoming.append(
        lambda packet: packet[:_FLAGS_AT] + bytes((packet[_FLAGS_AT] & ~BREAK,)) + packet[HEADER_BYTES:]
    )


@quirk("C31", "the serial console is ended when nothing was typed for a while", number="seconds", default="20")
def _inactive(odd: Misbehaviour, variant: str) -> None:
    line = _line(odd)
    typed_at = [0.0]

    def hook(packet: bytes) -> bytes:
        if len(packet) > HEADER_BYTES:
            typed_at[0] = odd.now()
        return packet

    def begun(console: ServerConsole) -> None:
        typed_at[0] = odd.now()
        look(console)

    def look(console: ServerConsole) -> None:
        if not console.activated:
            return
        if odd.now() - typed_at[0] < float(variant):
            odd.later(_LOOK_S, lambda: look(console))
            return
        console.close()
        odd.machine.flush()

    line.incoming.append(hook)
    line.begun.append(begun)

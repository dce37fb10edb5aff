# SPDX-License-Identifier: Apache-2.0
"""The places where a simulated BMC can be made to misbehave; without misbehaviour none of this is loaded."""
from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Callable, Optional

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.sim.network import Faults, Network
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.readings import OddReadings

if TYPE_CHECKING:
    from pyghmi.sim.machine import SimulatedBmc

Real = Callable[[bytes], Reply]
"""Data of a request -> what the machine answers to it.  Raises `NoAnswer` where it says nothing."""

Knob = Callable[[bytes, Real], Optional[Reply]]
"""(data of the request, what would answer it) -> what is answered instead, None: silence."""

Message = Callable[["OddSession", ipmb.Request, bytes], "list[tuple[float, bytes]]"]
"""(session, request, the whole message that answers it) -> (seconds from now, message) of what is sent."""

Packet = Callable[["OddSession", bytes, "Optional[tuple[int, bytes]]"], object]
"""Called with (session, a datagram that came for it, payload type and payload in it or None: it was dropped)."""

_ANY = (-1, -1)
_MOST_NOTED = 1000


class NoAnswer(Exception):
    """The machine says nothing to this request."""


class OddSession(BmcSession):
    """A session whose answers can be looked at before they are sent.

    captured: the answer to the request that a knob asks the machine about; None while it asks nothing.
    """

    __slots__ = ("_held", "captured", "is_captured", "odd")

    def __init__(self, *arguments: Any, odd: Misbehaviour, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.odd = odd
        self.is_captured = False
        self.captured: Reply | None = None
        self._held: list[tuple[int, bytes]] = []

    def open(self, datagram: bytes) -> tuple[int, bytes] | None:
        """Return (payload type, payload) of an authentic new packet, None for any other."""
        found = super().open(datagram)
        for hook in self.odd.packets:
            hook(self, datagram, found)
        return found

    def refusal(self, request: ipmb.Request) -> int | None:
        """Return the completion code for a command that is not allowed."""
        return None if request[:2] in self.odd.allowed else super().refusal(request)

    def respond(self, request: ipmb.Request, code: int, data: bytes = b"") -> None:
        """Answer a request, as the hooks want it."""
        if self.is_captured:
            if self.captured is None:
                self.captured = code, data
            return
        if not self.odd.messages:
            super().respond(request, code, data)
            return
        message = ipmb.build_response(request, code, data)
        executed = None if self._recent is None else self._recent.get(request)
        if executed is not None:
            executed.answer = message
        self.send_odd(request, message)

    def send_odd(self, request: ipmb.Request, message: bytes) -> None:
        """Send the message that answers a request, as the hooks want it."""
        for delay_s, each in self.odd.messages_for(self, request, message):
            if delay_s > 0.0:
                self.odd.later(delay_s, lambda each=each: self.say(each))  # type: ignore[misc]
            else:
                self.send_message(each)

    def say(self, message: bytes) -> None:
        """Send a message now, whatever is being done."""
        self.send_message(message)
        self.odd.machine.flush()

    def send_payload(self, payload_type: int, payload: bytes) -> None:
        """Send a payload, behind the answer that is being made."""
        if self.is_captured:
            self._held.append((payload_type, payload))
        else:
            super().send_payload(payload_type, payload)

    def send_last(self, request: ipmb.Request, reply: Reply) -> None:
        """Answer a request although the session has been closed by it."""
        closed, self.closed = self.closed, False
        self.respond(request, *reply)
        self.closed = closed

    def release(self) -> None:
        """Send what was held back while an answer was made."""
        held, self._held = self._held, []
        for each in held:
            super().send_payload(*each)


class Misbehaviour:
    """What one simulated BMC does wrong.

    machine: the BMC; random: numbers that are the same for the same seed; messages, packets: see `Message` and
    `Packet`; sessions: what is called with each new session; current: (request, session) of the knob that is being
    asked; noted: what those that watch the console have to say, the last of it; allowed: commands that everybody may
    use; installed: (name, variant) of the rows that are played.
    """

    def __init__(self, machine: SimulatedBmc, seed: int = 1) -> None:
        self.machine = machine
        self.seed = seed
        self.random = Random(seed)
        self.readings = OddReadings()
        self.messages: list[Message] = []
        self.packets: list[Packet] = []
        self.sessions: list[Callable[[OddSession], object]] = []
        self.noted: list[str] = []
        self.installed: list[tuple[str, str]] = []
        self.current: tuple[ipmb.Request, OddSession] | None = None
        self.allowed: set[tuple[int, int]] = set()
        self._knobs: dict[tuple[int, int], Knob] = {}
        self._network: Network | None = None
        core = machine.core
        core.make_session = self._make_session
        core.execute = self._execute
        core.config.readings = self.readings

    def __repr__(self) -> str:
        return f"<Misbehaviour {self.named or 'none'}>"

    @property
    def named(self) -> str:
        """The rows that are played, as they can be named."""
        return ",".join(f"{name}:{variant}" if variant else name for name, variant in self.installed)

    # --- what rows call

    def knob(self, netfn: int, cmd: int, knob: Knob) -> None:
        """Have `knob` answer a command in sessions; one that is there already is what it finds as `real`."""
        self._put(self._knobs, (netfn, cmd), knob)

    def every(self, knob: Knob) -> None:
        """Have `knob` answer all commands in sessions, before those for one command; `current` tells which it is."""
        self._put(self._knobs, _ANY, knob)

    @staticmethod
    def _put(knobs: dict[tuple[int, int], Knob], key: tuple[int, int], knob: Knob) -> None:
        before = knobs.get(key)
        knobs[key] = knob if before is None else lambda data, real: knob(data, lambda asked: _said(before(asked, real)))

    def outside(self, netfn: int, cmd: int, knob: Knob) -> None:
        """Have `knob` answer a command without a session."""
        sessionless = self.machine.core.sessionless
        before = sessionless.outside.get((netfn, cmd), sessionless.reply)

        def answer(request: ipmb.Request) -> Reply | None:
            try:
                return knob(request.data, lambda data: _said(before(request._replace(data=data))))
            except NoAnswer:
                return None

        sessionless.outside[netfn, cmd] = answer

    def both(self, netfn: int, cmd: int, knob: Knob) -> None:
        """Have `knob` answer a command in sessions and without one."""
        self.knob(netfn, cmd, knob)
        self.outside(netfn, cmd, knob)

    def now(self) -> float:
        """Return the time of the machine, in seconds."""
        return self.machine.clock.now()

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Have something done in so many seconds."""
        self.machine.clock.call_later(seconds, action)

    def answer_later(self, seconds: float, reply: Reply) -> None:
        """Answer the request that is being asked about after a while; the knob itself says nothing then."""
        if self.current is not None:
            request, session = self.current

            def act() -> None:
                session.respond(request, *reply)
                self.machine.flush()

            self.later(seconds, act)

    @property
    def network(self) -> Network:
        """The network before the BMC: put there when it is first asked for."""
        if self._network is None:
            self._network = Network(self.machine, seed=self.seed)
        return self._network

    def faults(self, faults: Faults) -> None:
        """Have these faults on the network, both ways."""
        self.network.between(faults)

    def note(self, text: str) -> None:
        """Remember something about the console."""
        self.noted.append(text)
        del self.noted[:-_MOST_NOTED]
        self.machine.say(text)

    # --- what the BMC calls

    def _make_session(self, *arguments: Any, **more: Any) -> OddSession:
        session = OddSession(*arguments, odd=self, **more)
        for hook in self.sessions:
            hook(session)
        return session

    def messages_for(self, session: OddSession, request: ipmb.Request, message: bytes) -> list[tuple[float, bytes]]:
        """Return what is sent in the place of a message."""
        found = [(0.0, message)]
        for hook in self.messages:
            found = [(first + more, sent) for first, each in found for more, sent in hook(session, request, each)]
        return found

    def _execute(self, request: ipmb.Request, session: BmcSession) -> None:
        key = request[:2]
        if not isinstance(session, OddSession) or (key not in self._knobs and _ANY not in self._knobs):
            self.machine.core.execute_by_the_book(request, session)
            return
        outer, self.current = self.current, (request, session)
        try:
            reply = self._asked(request, session)
        except NoAnswer:
            reply = None
        finally:
            self.current = outer
        if reply is not None:
            session.send_last(request, reply)
        session.release()

    def _asked(self, request: ipmb.Request, session: OddSession) -> Reply | None:
        """Ask the knobs of a request, the general ones first."""

        def machine(data: bytes) -> Reply:
            return self._by_the_book(request._replace(data=data), session)

        own, general = self._knobs.get(request[:2]), self._knobs.get(_ANY)
        if general is None:
            return own(request.data, machine) if own is not None else machine(request.data)
        return general(request.data, machine if own is None else lambda data: _said(own(data, machine)))

    def _by_the_book(self, request: ipmb.Request, session: OddSession) -> Reply:
        """Return what the machine answers.  Raises NoAnswer."""
        session.is_captured, session.captured = True, None
        try:
            self.machine.core.execute_by_the_book(request, session)
        finally:
            session.is_captured = False
        found = session.captured
        if found is None:
            raise NoAnswer
        return found


def _said(reply: Reply | None) -> Reply:
    if reply is None:
        raise NoAnswer
    return reply


def always(code: int, data: bytes = b"") -> Knob:
    """Return a knob that answers this to everything."""
    return lambda _data, _real: (code, data)


def silent(_data: bytes, _real: Real) -> None:
    """Be a knob that answers nothing."""


def times(count: int, first: Knob) -> Knob:
    """Return a knob that is `first` so many times, and gives the machine's answer after that."""
    left = [count]

    def knob(data: bytes, real: Real) -> Reply | None:
        if not left[0]:
            return real(data)
        left[0] -= 1
        return first(data, real)

    return knob

# SPDX-License-Identifier: Apache-2.0
"""Client and BMC machines joined in memory, with a clock moved by hand and a network that does what it is told."""
from __future__ import annotations

import random
from heapq import heappop, heappush
from itertools import count
from typing import Callable

from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.client import ClientSession
from pyghmi.ipmi.protocol.events import Event, LoginFailed, State
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.ipmb import Request
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.server import ServerCore
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User, UserList
from pyghmi.ipmi.spec.codes import Privilege

GUID = bytes(range(16))
USER, PASSWORD = b"admin", b"secret"
DELAY = 0.001
ALL_SUITES = (17, 3, 16, 15, 2, 1, 12, 8, 11, 7, 6, 0)
POWER_CYCLE = (0x00, 0x02, b"\x02")
GET_STATUS = (0x00, 0x01, b"")

TO_BMC, TO_CLIENT = "to BMC", "to client"
Plan = Callable[[str, int, bytes], "list[tuple[float, bytes]]"]
"""(direction, how many went that way before, datagram) -> (delay, datagram) of what arrives."""


def perfect(_direction: str, _number: int, datagram: bytes) -> list[tuple[float, bytes]]:
    """Deliver everything, once, at once."""
    return [(DELAY, datagram)]


def seeded(seed: int) -> Callable[[int], bytes]:
    """Return random bytes that are the same in every run."""
    return random.Random(seed).randbytes if hasattr(random.Random, "randbytes") else _old(seed)


def _old(seed: int) -> Callable[[int], bytes]:
    source = random.Random(seed)
    return lambda size: bytes(source.getrandbits(8) for _ in range(size))


def users() -> UserList:
    """Return the accounts of the laboratory."""
    return UserList(
        [
            User(USER, PASSWORD),
            User(b"oper", b"op-pass", Privilege.OPERATOR, user_id=3),
            User(b"long", b"a20BytePasswordXYZ!!", user_id=4),
            User(b"gone", b"x", enabled=False, user_id=5),
            User(b"", b"nobody", Privilege.USER, user_id=1),
        ]
    )


def place(port: str) -> tuple[str, str]:
    """Return a place of the client as the BMC sees it: one address, a name in the place of each port."""
    return "192.0.2.7", port


class Lab:
    """One client, one BMC, a network between them."""

    def __init__(
        self,
        plan: Plan = perfect,
        *,
        login: Login | None = None,
        memory: BmcMemory | None = None,
        config: ServerConfig | None = None,
        seed: int = 1,
        execute: Callable[[Request, BmcSession], None] | None = None,
    ) -> None:
        self.now = 100.0
        self.plan = plan
        self.executed: list[tuple[int, int, bytes]] = []
        self.events: list[Event] = []
        self.memory = memory or BmcMemory()
        self.config = config or ServerConfig(users(), guid=GUID, suites=ALL_SUITES, auth_types=(0, 1, 2, 4))
        self._execute_with = execute
        self.server = ServerCore(self.config, self._execute, random=seeded(seed + 1000))
        self.client = ClientSession(login or Login(USER, PASSWORD), self.memory, random=seeded(seed))
        self.sent = {TO_BMC: 0, TO_CLIENT: 0}
        self.probe_port = 0
        self.wire: list[tuple[str, bytes]] = []
        self._flying: list[tuple[float, int, str, bytes, str]] = []
        self._order = count()

    def _execute(self, request: Request, session: BmcSession) -> None:
        self.executed.append((request.netfn, request.cmd, request.data))
        if self._execute_with is not None:
            self._execute_with(request, session)
        else:
            session.respond(request, 0, b"\x01")

    # --- the network

    def _fly(self, direction: str, datagram: bytes, peer: str = "console") -> None:
        number = self.sent[direction]
        self.sent[direction] += 1
        self.wire.append((direction, datagram))
        for delay, arriving in self.plan(direction, number, datagram):
            heappush(self._flying, (self.now + delay, next(self._order), direction, arriving, peer))

    def answer(self, datagram: bytes) -> None:
        """Have something arrive at the client that the BMC did not send."""
        heappush(self._flying, (self.now + DELAY, next(self._order), TO_CLIENT, datagram, "console"))

    def _flush(self) -> None:
        for datagram in self.client.datagrams_to_send():
            self._fly(TO_BMC, datagram)
        self.probe_port += self.client.wants_fresh_port
        for datagram in self.client.probes_to_send():
            self._fly(TO_BMC, datagram, f"probe {self.probe_port}")
        for datagram, peer in self.server.datagrams_to_send():
            self._fly(TO_CLIENT, datagram, str(peer))
        while True:
            event = self.client.next_event()
            if event is None:
                return
            self.events.append(event)

    def step(self) -> bool:
        """Go on to the next thing that happens; False when nothing will."""
        self._flush()
        times = [each for each in (self.client.next_timer(), self.server.next_timer()) if each is not None]
        if self._flying:
            times.append(self._flying[0][0])
        if not times:
            return False
        self.now = max(self.now, min(times))
        while self._flying and self._flying[0][0] <= self.now:
            _at, _order, direction, datagram, peer = heappop(self._flying)
            if direction == TO_BMC:
                self.server.datagram_received(datagram, place(peer), self.now)
            else:
                self.client.datagram_received(datagram, self.now)
        for machine in (self.client, self.server):
            for _time in range(4):
                due = machine.next_timer()
                if due is None or due > self.now:
                    break
                machine.timer_fired(self.now)
            else:
                raise AssertionError("the machine turns on the spot")
        self._flush()
        return True

    def run(self, until: Callable[[], bool], at_most_s: float = 120.0) -> None:
        """Go on until something is so.  Fails when it never is."""
        end = self.now + at_most_s
        steps = 0
        while not until():
            steps += 1
            assert self.step(), "nothing will ever happen again"
            assert self.now <= end, f"not within {at_most_s} s"
            assert steps < 200_000, "the machines turn on the spot"

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while True:
            self._flush()
            times = [each for each in (self.client.next_timer(), self.server.next_timer()) if each is not None]
            if self._flying:
                times.append(self._flying[0][0])
            if not times or min(times) > end:
                self.now = end
                return
            self.step()

    # --- what tests do

    def log_in(self, deadline_s: float = 30.0) -> Exception | None:
        """Log in; returns the error, None for success."""
        self.client.start(self.now, self.now + deadline_s)
        began = self.now
        self.run(lambda: self.client.state is not State.OPENING)
        assert self.now <= began + deadline_s + 0.001
        failures = [event.error for event in self.events if isinstance(event, LoginFailed)]
        return failures[-1] if failures else None

    def ask(
        self, netfn: int, cmd: int, data: bytes = b"", *, deadline_s: float = 30.0, repeatable: bool = True, **more: object
    ) -> Ticket:
        """Send a request and wait for its fate."""
        ticket = Ticket(netfn, cmd, data, self.now + deadline_s, repeatable, **more)  # type: ignore[arg-type]
        self.client.submit(ticket, self.now)
        self.run(lambda: ticket.done)
        assert self.now <= ticket.deadline + 0.001
        return ticket

    def close(self) -> None:
        """Close the session."""
        self.client.close(self.now)
        self.run(lambda: self.client.state is State.CLOSED)


def only(direction: str, number: int, act: Callable[[bytes], list[tuple[float, bytes]]]) -> Plan:
    """Return a plan that does something to one datagram and delivers the others."""

    def plan(way: str, index: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return act(datagram) if (way, index) == (direction, number) else perfect(way, index, datagram)

    return plan

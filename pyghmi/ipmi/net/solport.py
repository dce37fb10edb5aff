# SPDX-License-Identifier: Apache-2.0
"""A serial-over-LAN machine at the session that carries it: its packets, its timer, its events."""
from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Callable

from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.reactor import NEVER

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor
    from pyghmi.ipmi.protocol.sol import SolEnd
    from pyghmi.ipmi.protocol.solevents import SolEvent


class SolPort:
    """One end of a serial line.

    send: takes the payloads that are to go out, under the reactor's lock; on_event: called with each event, in their
    order and one at a time, by whoever turns the wheel, without the lock.
    """

    def __init__(
        self, reactor: Reactor, end: SolEnd, send: Callable[[bytes], object], on_event: Callable[[SolEvent], object]
    ) -> None:
        self.end = end
        self.armed_at = NEVER
        self._reactor = reactor
        self._send = send
        self._on_event = on_event
        self._events: deque[SolEvent] = deque()
        self._is_called = False
        self._deliverer: int | None = None
        self._closed = False

    def received(self, payload: bytes, now: float) -> None:
        """Take a payload of the other end; the lock is held."""
        if not self._closed:
            self.end.packet_received(payload, now)
            self._after()

    def act(self, action: Callable[[float], object]) -> None:
        """Do something with the machine, at the time that is handed over, and send what follows from it."""
        with self._reactor.lock:
            if not self._closed:
                action(self._reactor.clock())
                self._after()

    def write(self, data: bytes) -> None:
        """Send characters, as fast as the other end takes them."""
        self.act(lambda now: self.end.write(data, now))

    def fire(self, now: float) -> None:
        """Do what is due."""
        if not self._closed:
            due = self.end.next_timer()
            if due is not None and now >= due:
                self.end.timer_fired(now)
            self._after()

    def close(self) -> None:
        """Take, send and report nothing any more."""
        with self._reactor.lock:
            self._closed = True
            self._events.clear()

    @property
    def pending(self) -> int:
        """The number of characters that the other end has not acknowledged."""
        return self.end.pending

    def _after(self) -> None:
        end = self.end
        for packet in end.packets_to_send():
            self._send(packet)
        while True:
            event = end.next_event()
            if event is None:
                break
            self._events.append(event)
        if self._events and not self._is_called:
            self._is_called = True
            self._reactor.call_soon(self._deliver)
        due = end.next_timer()
        if due is not None and due < self.armed_at:
            self._reactor.arm(self, due)

    def _handled(self) -> None:
        """Nobody has anything more to say upon what has happened."""
        if not self._closed:
            self.end.handled(self._reactor.clock())
            self._after()

    def _deliver(self) -> None:
        """Report what has happened: in one thread at a time, which may come here again out of what it calls."""
        me = modules.threading.get_ident()
        lock = self._reactor.lock
        with lock:
            self._is_called = False
            if self._deliverer not in (None, me):
                return  # that thread will see the new ones
            before, self._deliverer = self._deliverer, me
        done = False
        try:
            while not done:
                with lock:
                    event = self._events.popleft() if self._events else None
                    if event is None:
                        self._deliverer, done = before, True
                        self._handled()
                if event is not None:
                    self._on_event(event)
        finally:
            if not done:
                with lock:
                    self._deliverer = before

# SPDX-License-Identifier: Apache-2.0
"""Look host names up within a deadline, and without holding other sessions up.

The system's call cannot be bounded, so a name is looked up in a thread that lives as long as the call; addresses need
none.  Green modules (eventlet's) are asked directly: their call gives way to others by itself.
"""
from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Optional

from pyghmi.exceptions import NameResolutionError, SessionError
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.resolve import Row, check_port, is_address, resolve

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor

_NEVER = float("inf")
_MOST_THREADS = 16


class Lookup:
    """The addresses of a host, being found.  When `done`: `rows` (family, socket address), or `error`.

    on_done: called with this, under the reactor's lock, when it is done; maybe before the constructor returns.
    Raises InvalidParameterValue for what is no port.
    """

    def __init__(
        self,
        reactor: Reactor,
        host: str,
        port: int,
        deadline: float,
        on_done: Optional[Callable[[Lookup], object]] = None,
    ) -> None:
        check_port(port)
        self._reactor = reactor
        self._host = host
        self._port = port
        self._on_done = on_done
        self._began = reactor.clock()
        self._deadline = deadline
        self.armed_at = _NEVER
        self.rows: list[Row] = []
        self.error: SessionError | None = None
        self.done = False
        if is_address(host) or not modules.names_are_standard():
            self.look_up()
        else:
            with reactor.lock:
                reactor.arm(self, deadline)
            _threads.take(self)

    def look_up(self) -> None:
        """Ask the system, as long as it takes."""
        rows: list[Row] = []
        error: SessionError | None = None
        try:
            rows = resolve(self._host, self._port)
        except SessionError as found:
            error = found
        with self._reactor.lock:
            self._ended(rows, error)
            self._reactor.nudge()

    def fire(self, now: float) -> None:
        """Give up at the deadline; the reactor calls this."""
        if self.done or now < self._deadline:
            return
        self._ended(
            [],
            NameResolutionError(
                f"The name {self._host!r} was not found in time",
                host=self._host,
                port=self._port,
                hint="the name server does not answer",
            ),
        )

    def _ended(self, rows: list[Row], error: SessionError | None) -> None:
        if self.done:
            return
        if error is not None:
            error.stage = "name resolution"
            error.tries = 1
            error.elapsed = self._reactor.clock() - self._began
        self.rows, self.error = rows, error
        self.done = True
        if self._on_done is not None:
            self._on_done(self)


def find(reactor: Reactor, host: str, port: int, deadline: float) -> list[Row]:
    """Return (family, socket address) of all addresses of a host; the wheel turns meanwhile.

    Raises NameResolutionError; InvalidParameterValue for what is no port.
    """
    lookup = Lookup(reactor, host, port, deadline)
    if not lookup.done:
        reactor.run_until(lookup)
    if lookup.error is not None:
        raise lookup.error
    return lookup.rows


class _Threads:
    """Up to 16 threads, each of which ends when nothing is left to look up."""

    def __init__(self) -> None:
        self._lock: Any = modules.threading.Lock()
        self._waiting: deque[Lookup] = deque()
        self._running = 0

    def take(self, lookup: Lookup) -> None:
        """Have a name looked up soon."""
        with self._lock:
            self._waiting.append(lookup)
            if self._running >= _MOST_THREADS:
                return
            self._running += 1
        modules.threading.Thread(target=self._work, name="pyghmi name look-up", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                lookup = self._waiting.popleft()
            if not lookup.done:
                lookup.look_up()


_threads = _Threads()


def _forked() -> None:
    global _threads
    _threads = _Threads()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

# SPDX-License-Identifier: Apache-2.0
"""A machine with a serial line, and who looks at a console."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private.session import Session, shared

USERS = {"admin": "secret", "other": "secret2"}


class Machine(Bmc):
    """A machine with a serial line; `typed`: what came; room: how many characters it takes at a time.

    power: what it is, `switched`: what was asked of it.
    """

    echo = False
    room = 1 << 16
    power = "on"

    def __init__(self, **options: Any) -> None:
        super().__init__(USERS, port=0, address="127.0.0.1", **options)
        self.typed = bytearray()
        self.errors: list[Any] = []
        self.breaks = 0
        self.switched: list[str] = []

    def get_power_state(self) -> str:
        return self.power

    def power_on(self) -> None:
        self.switched.append("on")

    def power_off(self) -> None:
        self.switched.append("off")
        self.power = "off"

    def power_reset(self) -> None:
        self.switched.append("reset")

    def power_cycle(self) -> None:
        self.switched.append("cycle")

    def power_shutdown(self) -> None:
        self.switched.append("shutdown")

    def pulse_diag(self) -> None:
        self.switched.append("diag")

    def is_active(self) -> bool:
        return True

    def iohandler(self, data: Any) -> None:  # type: ignore[override]
        if isinstance(data, dict):
            self.errors.append(data)
            return
        self.typed += data
        if self.echo:
            self.sol.send_data(data)

    def serial_break(self) -> None:
        self.breaks += 1

    def sol_room(self) -> int:
        return self.room


class Screen:
    """What an `iohandler` got."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.info: list[str] = []
        self.errors: list[dict[str, Any]] = []

    def __call__(self, news: Any) -> None:
        if isinstance(news, bytes):
            assert news
            self.output += news
        elif "error" in news:
            self.errors.append(news)
        else:
            self.info.append(news["info"])


def until(condition: Callable[[], Any], at_most_s: float = 20.0) -> None:
    """Turn the wheel until something is so."""
    end = shared().clock() + at_most_s
    while not condition():
        assert shared().clock() < end, "not in time"
        Session.wait_for_rsp(0.2)


def wait_for(condition: Callable[[], Any], at_most_s: float = 20.0) -> None:
    """Wait until something is so; others turn the wheel."""
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


@contextmanager
def wheel(reactor: Reactor) -> Iterator[None]:
    """Have a thread turn the wheel meanwhile."""
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            reactor.run_once(0.02)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(5)


class Served:
    """A machine on a reactor and a thread of its own."""

    def __init__(self, **options: Any) -> None:
        self.reactor = Reactor()
        self.machine = Machine(reactor=self.reactor, **options)
        self.port: int = self.machine.address[1]
        self._wheel = wheel(self.reactor)
        self._wheel.__enter__()

    @property
    def sol(self) -> Any:
        """The machine's end of the console: the other one may hear of it a moment before it is there."""
        wait_for(lambda: self.machine.sol is not None)
        return self.machine.sol

    def stop_serving(self) -> None:
        """Say nothing more; the port stays open."""
        if self._wheel is not None:
            self._wheel.__exit__(None, None, None)
        self._wheel = None  # type: ignore[assignment]

    def close(self) -> None:
        self.stop_serving()
        self.machine.logout()
        self.reactor.close()

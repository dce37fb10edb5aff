# SPDX-License-Identifier: Apache-2.0
"""An event loop whose time goes on by itself: where nothing is to be read, it is at once when the next thing is due."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.net.poller import Poller, Readable
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.sim.clock import RealClock

_BEGAN = 1_709_640_000
_SETTLED_S = 0.0


class _Skipping:
    """A poller that does not wait: it has the time go on."""

    def __init__(self, poller: Poller, time: VirtualTime) -> None:
        self._poller = poller
        self._time = time

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def wait(self, timeout_s: float | None) -> list[Readable]:
        """Return who has something to read; nobody: so many seconds have passed."""
        found = self._poller.wait(_SETTLED_S)
        if not found and timeout_s:
            self._time.now += timeout_s
        return found


class VirtualTime:
    """The time of a `VirtualReactor`, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class VirtualReactor(Reactor):
    """A reactor for consoles and BMCs of one thread, on loopback: a minute's wait takes no time.

    What another thread or process sends comes when it comes: such peers find that no time is left.
    """

    def __init__(self) -> None:
        self.time = VirtualTime()
        super().__init__(clock=self.time)

    def _set_up(self) -> None:
        super()._set_up()
        self._poller: Any = _Skipping(self._poller, self.time)

    def wait(self, seconds: float) -> None:
        """Let time pass, and have happen what is due."""
        self.run_until(None, self.time.now + seconds)


class VirtualClock(RealClock):
    """The clock of a simulated machine that lives on a `VirtualReactor`."""

    def __init__(self, reactor: VirtualReactor) -> None:
        super().__init__(reactor)
        self._began = _BEGAN - reactor.time.now

    def time(self) -> float:
        """Return seconds since 1970."""
        return self._began + self.now()

# SPDX-License-Identifier: Apache-2.0
"""The clock of a simulated machine: the real one, or one that is moved by hand."""
from __future__ import annotations

import time
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor

Action = Callable[[], object]

_NEVER = float("inf")
_BEGAN = 1_709_640_000
"""Where a clock that is moved by hand begins: 2024-03-05 12:00:00 UTC."""


class Appointment:
    """Something that is to happen later.  `due`: on the clock's `now`; `cancel` has it not happen."""

    __slots__ = ("_action", "due")

    def __init__(self, due: float, action: Action) -> None:
        self.due = due
        self._action: Action | None = action

    def cancel(self) -> None:
        """Have it not happen; does nothing where it has."""
        self._action = None

    @property
    def pending(self) -> bool:
        """Whether it is still to happen."""
        return self._action is not None

    def keep(self) -> None:
        """Have it happen now, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Clock:
    """What all clocks have: appointments, kept in the order of their times, then in the order they were made."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Appointment]] = []
        self._order = count()

    def now(self) -> float:
        """Return seconds since some moment; never goes back."""
        raise NotImplementedError

    def time(self) -> float:
        """Return seconds since 1970."""
        raise NotImplementedError

    def call_later(self, seconds: float, action: Action) -> Appointment:
        """Have `action()` called in so many seconds, or as soon as may be where that is 0 or less."""
        appointment = Appointment(self.now() + max(seconds, 0.0), action)
        heappush(self._queue, (appointment.due, next(self._order), appointment))
        return appointment

    def cancel_all(self) -> None:
        """Have nothing happen any more."""
        for _due, _order, appointment in self._queue:
            appointment.cancel()
        self._queue.clear()

    def next_due(self) -> float:
        """Return when the next thing is to happen; infinity: nothing is."""
        queue = self._queue
        while queue and not queue[0][2].pending:
            heappop(queue)
        return queue[0][0] if queue else _NEVER

    def _keep_due(self, until: float) -> None:
        """Have everything happen that is due by then and was agreed on before."""
        found = []
        while self.next_due() <= until:
            found.append(heappop(self._queue)[2])
        for appointment in found:
            appointment.keep()


class ManualClock(Clock):
    """A clock that stands until `advance` moves it.  began: what its time is at the beginning, seconds since 1970."""

    def __init__(self, began: float = _BEGAN) -> None:
        super().__init__()
        self._began = began
        self._now = 0.0

    def now(self) -> float:
        """Return how far it was moved."""
        return self._now

    def time(self) -> float:
        """Return seconds since 1970."""
        return self._began + self._now

    def advance(self, seconds: float) -> None:
        """Move it, and have happen what is due on the way, each at its time."""
        end = self._now + seconds
        while self.next_due() <= end:
            self._now = max(self._now, self.next_due())
            self._keep_due(self._now)
        self._now = end


class RealClock(Clock):
    """The computer's clock: what is due happens when somebody turns the wheel of the reactor (None: the shared one)."""

    def __init__(self, reactor: Reactor | None = None) -> None:
        super().__init__()
        self._reactor: Any = reactor
        self.armed_at = _NEVER

    @property
    def reactor(self) -> Reactor:
        """What turns."""
        if self._reactor is None:
            from pyghmi.ipmi.net.reactor import shared

            self._reactor = shared()
        found: Reactor = self._reactor
        return found

    def now(self) -> float:
        """Return the reactor's time."""
        return time.monotonic() if self._reactor is None else float(self._reactor.clock())

    def time(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def call_later(self, seconds: float, action: Action) -> Appointment:
        """Have `action()` called in so many seconds."""
        with self.reactor.lock:
            appointment = super().call_later(seconds, action)
            self._arm()
        return appointment

    def _arm(self) -> None:
        due = self.next_due()
        if due < self.armed_at:
            self.reactor.arm(self, due)

    def fire(self, now: float) -> None:
        """Have happen what is due; called by the reactor, which holds its lock."""
        self._keep_due(now)
        self._arm()

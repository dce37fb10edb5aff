# SPDX-License-Identifier: Apache-2.0
"""The power of a simulated server: states that take time, and what happens when mains come and go."""
from __future__ import annotations

from enum import Enum
from typing import Any, Callable

from pyghmi.ipmi.spec.chassis import RestartCause, RestorePolicy
from pyghmi.ipmi.spec.codes import WRONG_STATE
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.clock import Appointment, Clock

Say = Callable[[str], object]


class PowerTimes(NamedTuple):
    """How long things take, in seconds.

    on_s: from the command until the power is on; soft_off_s: how long the operating system takes to shut down; cycle_s:
    how long the power is off in a cycle, if no longer interval was set; post_s: from a start until the firmware looks
    for something to boot; bmc_s: how long the BMC is silent when it is reset.
    """

    on_s: float = 0.5
    soft_off_s: float = 2.0
    cycle_s: float = 1.0
    post_s: float = 3.0
    bmc_s: float = 3.0


AT_ONCE = PowerTimes(0.0, 0.0, 0.0, 0.0, 0.0)
"""Nothing takes time."""


class Happening(Enum):
    """What happens to the machine."""

    ON = "on"
    OFF = "off"
    RESET = "reset"
    DIAGNOSTIC = "diagnostic interrupt"
    SHUTTING_DOWN = "shutting down"
    MAINS_LOST = "mains lost"
    MAINS_BACK = "mains back"


Watcher = Callable[[Happening, RestartCause], object]


class Power:
    """Switch on and off.

    say: told in words of what was done; interval_s: asked how long a cycle is to last at least.

    is_on, has_mains: how it is; mains_failed: they did since the last start; cause: of that; cycling: whether it goes
    on again by itself; watchers: called after each change with what happened and why.
    """

    def __init__(
        self,
        clock: Clock,
        times: PowerTimes = AT_ONCE,
        say: Say | None = None,
        interval_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._clock = clock
        self.times = times
        self._say: Say = say or (lambda _text: None)
        self._interval_s = interval_s
        self.is_on = False
        self.has_mains = True
        self.mains_failed = False
        self.restore_policy = RestorePolicy.ALWAYS_OFF
        self.cause = RestartCause.UNKNOWN
        self.cycling = False
        self.watchers: list[Watcher] = []
        self._was_on = False
        self._next: Appointment | None = None
        self._on_before_s = 0.0
        self._on_since = 0.0

    def __repr__(self) -> str:
        return f"<Power {'on' if self.is_on else 'off'}>"

    @property
    def by_command(self) -> bool:
        """Whether the last start was by a command."""
        return self.cause is RestartCause.CHASSIS_CONTROL

    @property
    def changing(self) -> bool:
        """Whether something is under way."""
        return self._next is not None and self._next.pending

    @property
    def on_s(self) -> float:
        """How long it has been on, in all."""
        return self._on_before_s + (self._clock.now() - self._on_since if self.is_on else 0.0)

    # --- commands

    def on(self, cause: RestartCause = RestartCause.CHASSIS_CONTROL) -> None:
        """Switch on; does nothing while it is on, or coming."""
        if self.is_on:
            self._drop()  # a shutdown that was under way
        elif not self.changing and self.has_mains:
            self._later(self.times.on_s, lambda: self._started(cause))

    def off(self) -> None:
        """Switch off at once, whatever is under way."""
        self._drop()
        self._say("abruptly remove power")
        self._stopped()

    def soft_off(self) -> None:
        """Have the operating system shut down."""
        self._say("politely shut down the system")
        if self.is_on and not self.changing:
            self._tell(Happening.SHUTTING_DOWN)
            self._later(self.times.soft_off_s, self._stopped)

    def cycle(self, cause: RestartCause = RestartCause.CHASSIS_CONTROL) -> int | None:
        """Switch off, and on after a while; returns a completion code where it is off."""
        if not self.is_on:
            return WRONG_STATE
        self._say("power cycled")
        self._drop()
        self.cycling = True
        self._stopped()
        self._later(max(self.times.cycle_s, self._interval_s()), lambda: self._started(cause, silent=True))
        return None

    def reset(self, cause: RestartCause = RestartCause.CHASSIS_CONTROL) -> int | None:
        """Start anew without switching off; returns a completion code where it is off."""
        if not self.is_on:
            return WRONG_STATE
        self._say("reset")
        self._drop()
        self.cause = cause
        self._tell(Happening.RESET)
        return None

    def diagnostic(self) -> int | None:
        """Raise a diagnostic interrupt, at which the operating system restarts the machine."""
        if not self.is_on:
            return WRONG_STATE
        self._say("diagnostic interrupt")
        self._drop()
        self.cause = RestartCause.CHASSIS_CONTROL
        self._tell(Happening.DIAGNOSTIC)
        return None

    # --- mains

    def lose_mains(self) -> None:
        """Pull the plug."""
        if not self.has_mains:
            return
        self._was_on = self.is_on or self.cycling
        self._drop()
        self.has_mains = False
        self.mains_failed = True
        self._tell(Happening.MAINS_LOST)
        self._stopped()

    def return_mains(self) -> None:
        """Put it in again: what happens then is the restore policy's."""
        if self.has_mains:
            return
        self.has_mains = True
        self._tell(Happening.MAINS_BACK)
        if self.restore_policy is RestorePolicy.ALWAYS_ON:
            self.on(RestartCause.ALWAYS_RESTORE)
        elif self.restore_policy is RestorePolicy.PREVIOUS and self._was_on:
            self.on(RestartCause.PREVIOUS_STATE)

    def force(self, is_on: bool) -> None:
        """Be on or off, without a word and without anything of what happens then."""
        self._drop()
        self._on_before_s, self._on_since = self.on_s, self._clock.now()
        self.is_on = is_on

    # --- what happens

    def _later(self, seconds: float, action: Callable[[], object]) -> None:
        if seconds <= 0.0:
            action()
        else:
            self._next = self._clock.call_later(seconds, action)

    def _drop(self) -> None:
        """Give up what is under way."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self.cycling = False

    def _tell(self, happening: Happening) -> None:
        for watcher in self.watchers:
            watcher(happening, self.cause)

    def _started(self, cause: RestartCause, *, silent: bool = False) -> None:
        self._next = None
        self.cycling = False
        self.is_on = True
        self._on_since = self._clock.now()
        self.cause = cause
        self.mains_failed = False
        if not silent:
            self._say("powered on")
        self._tell(Happening.ON)

    def _stopped(self) -> None:
        self._next = None
        if self.is_on:
            self._on_before_s = self.on_s
            self.is_on = False
            self._tell(Happening.OFF)

    # --- state

    def state(self) -> dict[str, Any]:
        """Return everything as plain data.  What is under way counts as finished when it is taken up again."""
        return {
            "on": self.is_on or self.changing,
            "mains": self.has_mains,
            "mains_failed": self.mains_failed,
            "was_on": self._was_on,
            "restore_policy": int(self.restore_policy),
            "cause": int(self.cause),
            "on_s": self.on_s,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says, without anything happening."""
        self._drop()
        self.is_on = bool(state["on"])
        self.has_mains, self.mains_failed = bool(state["mains"]), bool(state["mains_failed"])
        self._was_on = bool(state["was_on"])
        self.restore_policy, self.cause = RestorePolicy(state["restore_policy"]), RestartCause(state["cause"])
        self._on_before_s, self._on_since = float(state["on_s"]), self._clock.now()

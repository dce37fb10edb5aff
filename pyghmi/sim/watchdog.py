# SPDX-License-Identifier: Apache-2.0
"""The watchdog timer of a simulated server.  IPMI 2.0 §27."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.ipmi.spec.watchdog import (
    NEVER_SET,
    TICKS_PER_SECOND,
    SetWatchdogTimer,
    TimeoutAction,
    TimerUse,
    WatchdogTimer,
)

Reply = tuple[int, bytes]

_FLAGS = ("bios_frb2", "bios_post", "os_load", "sms_os", "oem")


class WatchdogPart:
    """A timer that counts down, and is looked at when somebody asks.

    clock: the time in seconds; expired: told of what is to be done when it has run out.
    """

    def __init__(self, clock: Callable[[], float], expired: Callable[[TimeoutAction], object] | None = None) -> None:
        self._clock = clock
        self._expired = expired or (lambda _action: None)
        self._set: SetWatchdogTimer | None = None
        self._ends: float | None = None
        self._stands = 0
        self._flags: set[str] = set()

    def commands(self) -> dict[tuple[int, int], Callable[[bytes], Reply]]:
        """Return what it answers."""
        return {(0x06, 0x22): self.reset, (0x06, 0x24): self.set, (0x06, 0x25): self.get}

    @property
    def running(self) -> bool:
        """Whether it counts down."""
        self.look()
        return self._ends is not None

    def reset(self, _data: bytes) -> Reply:
        """Start the countdown from its beginning."""
        self.look()
        if self._set is None:
            return NEVER_SET, b""
        self._ends = self._clock() + self._set.initial / TICKS_PER_SECOND
        return OK, b""

    def set(self, data: bytes) -> Reply:
        """Take new settings; the timer stops, or goes on if it is not to be stopped.  Raises Malformed."""
        self.look()
        asked = exact(SetWatchdogTimer, data)
        late = asked.pre_timeout * TICKS_PER_SECOND > asked.initial
        unknown = asked.use not in tuple(TimerUse)[1:] or asked.action not in tuple(TimeoutAction)
        if unknown or (asked.interrupt and late):
            return INVALID_FIELD, b""
        self._flags -= {name for name in _FLAGS if getattr(asked, f"clear_{name}")}
        self._set = asked
        self._stands = asked.initial
        if not asked.keep_running:
            self._ends = None
        elif self._ends is not None:
            self._ends = self._clock() + asked.initial / TICKS_PER_SECOND
        return OK, b""

    def get(self, _data: bytes) -> Reply:
        """Tell the settings and where the countdown stands."""
        self.look()
        held = self._set or SetWatchdogTimer(use=TimerUse.RESERVED, initial=0)
        answer = WatchdogTimer(
            dont_log=held.dont_log,
            running=self._ends is not None,
            use=held.use,
            interrupt=held.interrupt,
            action=held.action,
            pre_timeout=held.pre_timeout,
            initial=held.initial,
            present=self._stands if self._ends is None else round((self._ends - self._clock()) * TICKS_PER_SECOND),
            **{f"expired_{name}": name in self._flags for name in _FLAGS},
        )
        return OK, answer.encode()

    def look(self) -> None:
        """Notice that the time is over."""
        if self._set is None or self._ends is None or self._clock() < self._ends:
            return
        self._ends, self._stands = None, 0
        self._flags.add(_FLAGS[self._set.use - 1])
        self._expired(self._set.action)

# SPDX-License-Identifier: Apache-2.0
"""The watchdog timer of a simulated server.  IPMI 2.0 §27."""
from __future__ import annotations

from typing import Any, Callable

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

_INTERRUPT = 8
"""The offset of the event before the end.  IPMI 2.0 table 42-3, sensor type 23h."""
_FLAGS = ("bios_frb2", "bios_post", "os_load", "sms_os", "oem")


class WatchdogPart:
    """A timer that counts down.

    clock: the time in seconds; expired: told of what is to be done when it has run out; call_later: with it, that
    happens when it is time, else when somebody asks; log: called with (offset, data byte 2) of the event of the timer,
    and of the interrupt before its end, unless that is not to be logged.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        expired: Callable[[TimeoutAction], object] | None = None,
        *,
        call_later: Callable[[float, Callable[[], object]], object] | None = None,
        log: Callable[[int, int], object] | None = None,
    ) -> None:
        self._clock = clock
        self._expired = expired or (lambda _action: None)
        self._call_later = call_later or (lambda _seconds, _action: None)
        self._log = log or (lambda _offset, _data: None)
        self._interrupted = False
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
        self._start(self._set)
        return OK, b""

    def _start(self, held: SetWatchdogTimer) -> None:
        seconds = held.initial / TICKS_PER_SECOND
        self._ends = self._clock() + seconds
        self._interrupted = not held.interrupt
        self._call_later(seconds, self.look)
        if held.interrupt:
            self._call_later(seconds - held.pre_timeout, self.look)

    def stop(self) -> None:
        """Stop it, as a start and an end of the machine do."""
        self.look()
        self._ends = None

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
            self._start(asked)
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
        """Notice that the time is over, or nearly."""
        held = self._set
        if held is None or self._ends is None:
            return
        now = self._clock()
        if not self._interrupted and now >= self._ends - held.pre_timeout:
            self._interrupted = True
            self._note(held, _INTERRUPT)
        if now < self._ends:
            return
        self._ends, self._stands = None, 0
        self._flags.add(_FLAGS[held.use - 1])
        self._note(held, held.action)
        self._expired(held.action)

    def _note(self, held: SetWatchdogTimer, offset: int) -> None:
        if not held.dont_log:
            self._log(offset, held.interrupt * 16 + held.use)

    # --- state

    def bmc_started(self) -> None:
        """Forget everything, as a BMC does that was reset."""
        self._set = self._ends = None
        self._stands = 0
        self._flags.clear()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        left = None if self._ends is None else max(self._ends - self._clock(), 0.0)
        held = None if self._set is None else self._set.encode().hex()
        return {"set": held, "left_s": left, "stands": self._stands, "expired": sorted(self._flags)}

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says; the countdown goes on where it was."""
        self.bmc_started()
        if state["set"] is None:
            return
        self._set = SetWatchdogTimer.decode(bytes.fromhex(state["set"]))
        self._stands = state["stands"]
        self._flags.update(state["expired"])
        if state["left_s"] is not None:
            self._start(self._set)
            self._ends = self._clock() + state["left_s"]
            self._call_later(state["left_s"], self.look)

# SPDX-License-Identifier: Apache-2.0
"""The watchdog timer.  IPMI 2.0 §27."""
from __future__ import annotations

from collections.abc import Iterable

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.watchdog import (
    TICKS_PER_SECOND,
    GetWatchdogTimer,
    PreTimeoutInterrupt,
    ResetWatchdogTimer,
    SetWatchdogTimer,
    TimeoutAction,
    TimerUse,
    WatchdogTimer,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

_LONGEST_S = 0xFFFF / TICKS_PER_SECOND
_LOOK_AGAIN_S = (0.3, 0.9)
_FLAGS = ("bios_frb2", "bios_post", "os_load", "sms_os", "oem")
USES = tuple(TimerUse[name.upper()] for name in _FLAGS)
"""The uses that have a flag of their own, which says that the timer ran out in them."""


class WatchdogState(NamedTuple):
    """The timer as it is.  Times are in seconds; present_s: None where the BMC does not say."""

    use: TimerUse
    action: TimeoutAction
    interrupt: PreTimeoutInterrupt
    pre_timeout_s: int
    initial_s: float
    present_s: float | None
    running: bool
    logs: bool
    expired: tuple[TimerUse, ...]


class Watchdog:
    """The watchdog timer of one BMC."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def get(self) -> WatchdogState:
        """Return the timer as it is.

        Sun X4100 to X4500 never say that it runs.  So a timer that is not said to, but stands somewhere inside its
        countdown, is read again a little later: it runs if it went on.
        """
        found = self._read()
        present = found.present
        inside = present is not None and 0 < present < found.initial
        running = found.running or (inside and self._goes_on(present))
        return WatchdogState(
            use=found.use,
            action=found.action,
            interrupt=found.interrupt,
            pre_timeout_s=found.pre_timeout,
            initial_s=found.initial / TICKS_PER_SECOND,
            present_s=None if present is None else present / TICKS_PER_SECOND,
            running=running,
            logs=not found.dont_log,
            expired=tuple(use for use, name in zip(USES, _FLAGS) if getattr(found, f"expired_{name}")),
        )

    def set(
        self,
        use: TimerUse,
        action: TimeoutAction,
        countdown_s: float,
        *,
        interrupt: PreTimeoutInterrupt = PreTimeoutInterrupt.NONE,
        pre_timeout_s: int = 0,
        log: bool = True,
        keep_running: bool = False,
        clear: Iterable[TimerUse] = (),
    ) -> None:
        """Set the timer, which stops it unless `keep_running`.  `reset` starts it.

        countdown_s: in tenths, at most 6553.5; 0 ends at once when it is started.  interrupt, pre_timeout_s: what
        happens that long before the end.  log: whether an event is logged at the end.  clear: whose flags are cleared.
        Raises InvalidParameterValue.
        """
        if not 0 <= countdown_s <= _LONGEST_S:
            raise InvalidParameterValue(f"a countdown of the watchdog has 0 to {_LONGEST_S} seconds, not {countdown_s}")
        cleared = tuple(clear)
        request = SetWatchdogTimer(
            dont_log=not log,
            keep_running=keep_running,
            use=use,
            interrupt=interrupt,
            action=action,
            pre_timeout=pre_timeout_s,
            initial=round(countdown_s * TICKS_PER_SECOND),
            **{f"clear_{name}": use in cleared for use, name in zip(USES, _FLAGS)},
        )
        self._bmc.request(request)

    def reset(self) -> None:
        """Start the countdown, or start it again.  Raises CompletionCodeError (80h: the timer was never set)."""
        self._bmc.request(ResetWatchdogTimer())

    def stop(self) -> None:
        """Stop the countdown.  All settings stay, so that `reset` starts it as before."""
        found = self._read()
        request = SetWatchdogTimer(
            dont_log=found.dont_log,
            # A timer that was never set has a use that no BMC takes.
            use=TimerUse.SMS_OS if found.use is TimerUse.RESERVED else found.use,
            interrupt=found.interrupt,
            action=found.action,
            pre_timeout=found.pre_timeout,
            initial=found.initial,
        )
        self._bmc.request(request)

    def _read(self) -> WatchdogTimer:
        """Ask for the timer; a second time where the answer was cut short: Supermicro's is empty now and then."""
        try:
            return self._bmc.request(GetWatchdogTimer())
        except Malformed:
            return self._bmc.request(GetWatchdogTimer())

    def _goes_on(self, before: int | None) -> bool:
        """Whether the countdown moves: some count in whole seconds."""
        for pause_s in _LOOK_AGAIN_S:
            self._bmc.wait(pause_s)
            if self._read().present != before:
                return True
        return False

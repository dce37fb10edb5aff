# SPDX-License-Identifier: Apache-2.0
"""The power limit of a simulated machine: it is kept to, and something is done where that fails.  DCMI 1.5 §6.6."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec import dcmi as spec
from pyghmi.ipmi.spec.codes import OK
from pyghmi.sim.parts import Reply

if TYPE_CHECKING:
    from pyghmi.sim.clock import Appointment
    from pyghmi.sim.profiles import Model

_LIMITS_W = range(100, 801)
_LIMIT_OUT_OF_RANGE, _TIME_OUT_OF_RANGE = 0x84, 0x85
_LONGEST_CORRECTION_MS = 600_000
_LEAST_SAMPLING_S = 1


class PowerLimiter:
    """Answer what is asked about the limit, and have it kept to.

    machine: whose power it is, None: nothing happens; model: what takes the power.  limit: what was set; is_active:
    whether it counts.
    """

    def __init__(self, machine: Any, model: Model) -> None:
        self._machine = machine
        self._model = model
        self.limit = spec.PowerLimit(action=spec.LimitAction.LOG, limit_w=500, correction_ms=1000, sampling_s=1)
        self.is_active = False
        self._watching: Appointment | None = None
        self._exceeded = False

    def get(self, data: bytes) -> Reply:
        """Answer Get Power Limit."""
        exact(spec.GetPowerLimit, data)
        return (OK if self.is_active else spec.NO_ACTIVE_LIMIT), self.limit.encode()

    def set(self, data: bytes) -> Reply:
        """Answer Set Power Limit."""
        asked = exact(spec.SetPowerLimit, data)
        if asked.limit_w not in _LIMITS_W:
            return _LIMIT_OUT_OF_RANGE, b""
        if asked.correction_ms > _LONGEST_CORRECTION_MS:
            return _TIME_OUT_OF_RANGE, b""
        self.limit = spec.PowerLimit(
            action=asked.action,
            limit_w=asked.limit_w,
            correction_ms=asked.correction_ms,
            sampling_s=asked.sampling_s,
        )
        self._enforce()
        return OK, spec.DcmiDone().encode()

    def activate(self, data: bytes) -> Reply:
        """Answer Activate/Deactivate Power Limit."""
        self.is_active = exact(spec.ActivatePowerLimit, data).active
        self._enforce()
        return OK, spec.DcmiDone().encode()

    def restore(self, limit: spec.PowerLimit, *, is_active: bool) -> None:
        """Have this limit."""
        self.limit, self.is_active = limit, is_active
        self._enforce()

    def _enforce(self) -> None:
        """Have the machine keep to the limit as far as it can, and look, from time to time, whether it does."""
        self._model.cap_w = self.limit.limit_w if self.is_active else None
        self._exceeded = False
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if self.is_active and self._machine is not None:
            self._watching = self._machine.clock.call_later(self.limit.correction_ms / 1000, self._look)

    def _look(self) -> None:
        """Do what is to be done where the machine takes more than it may, once the time to correct that is over."""
        exceeds = bool(self._machine.power_is_on) and self._model.power_w() > self.limit.limit_w
        if exceeds and not self._exceeded:
            if self.limit.action in (spec.LimitAction.LOG, spec.LimitAction.POWER_OFF):
                self._machine.events.power_limit_exceeded()
            if self.limit.action == spec.LimitAction.POWER_OFF:
                self._machine.say("power limit exceeded: power off")
                self._machine.power.off()
        self._exceeded = exceeds
        wait_s = max(self.limit.sampling_s, _LEAST_SAMPLING_S)
        self._watching = self._machine.clock.call_later(wait_s, self._look)

# SPDX-License-Identifier: Apache-2.0
"""The chassis of a simulated server: its status, what switches it, identification, hours.  IPMI 2.0 §28."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.chassis import (
    ChassisControl,
    ChassisIdentify,
    ChassisStatus,
    IdentifyState,
    PohCounter,
    RestorePolicy,
    SetPowerRestorePolicy,
    SupportedRestorePolicies,
    SystemRestartCause,
)
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.sim.boot import BootOptions
from pyghmi.sim.clock import Appointment, Clock
from pyghmi.sim.enables import EnablesPart
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.power import Power, Say

_CHANNEL = 1
_BEGAN_HOURS = 1234
_MINUTES_PER_COUNT = 60
_IDENTIFY_S = 15
"""How long it blinks where nobody says how long.  IPMI 2.0 table 28-7."""

Control = Callable[[int], "int | None"]
"""Directive of Chassis Control -> completion code, None for success."""


class ChassisPart:
    """Answer what is asked of the chassis.

    control: does what Chassis Control asks for; identify, intrusion, drive_fault, cooling_fault: how things are;
    identified: called when the light changes.
    """

    def __init__(
        self, clock: Clock, power: Power, boot: BootOptions, enables: EnablesPart, control: Control, say: Say
    ) -> None:
        self._clock = clock
        self._power = power
        self._boot = boot
        self._enables = enables
        self._control_with = control
        self._say = say
        self.identify = IdentifyState.OFF
        self.intrusion = self.drive_fault = self.cooling_fault = self.power_fault = False
        self.identified: Callable[[IdentifyState], object] = lambda _state: None
        self._light_ends: Appointment | None = None

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x00, 0x01): self._status,
            (0x00, 0x02): self._control,
            (0x00, 0x04): self._identify,
            (0x00, 0x06): self._set_restore_policy,
            (0x00, 0x07): self._restart_cause,
            (0x00, 0x08): self._boot.set,
            (0x00, 0x09): self._boot.get,
            (0x00, 0x0F): self._poh_counter,
        }

    def _status(self, _data: bytes) -> Reply:
        power = self._power
        answer = ChassisStatus(
            restore_policy=power.restore_policy,
            control_fault=False,
            power_fault=self.power_fault,
            interlock=False,
            overload=False,
            power_on=power.is_on,
            on_by_command=power.by_command,
            ac_failed=power.mains_failed,
            identify_supported=True,
            identify=self.identify,
            cooling_fault=self.cooling_fault,
            drive_fault=self.drive_fault,
            intrusion=self.intrusion,
            front_panel=self._enables.front_panel,
        )
        return OK, answer.encode()

    def _control(self, data: bytes) -> Reply:
        action = exact(ChassisControl, data).action
        self._boot.command_received()
        return self._control_with(action) or OK, b""

    def _identify(self, data: bytes) -> Reply:
        asked = exact(ChassisIdentify, data)
        seconds = _IDENTIFY_S if asked.seconds is None else asked.seconds
        if asked.force_on:
            self._light(IdentifyState.INDEFINITE)
        elif seconds == 0:
            self._light(IdentifyState.OFF)
        else:
            self._light(IdentifyState.TEMPORARY)
            self._light_ends = self._clock.call_later(seconds, lambda: self._light(IdentifyState.OFF))
        return OK, b""

    def _light(self, state: IdentifyState) -> None:
        if self._light_ends is not None:
            self._light_ends.cancel()
            self._light_ends = None
        self.identify = state
        self._say(f"identify {state.name.lower()}")
        self.identified(state)

    def _set_restore_policy(self, data: bytes) -> Reply:
        policy = exact(SetPowerRestorePolicy, data).policy
        if policy > RestorePolicy.UNKNOWN:
            return INVALID_FIELD, b""
        if policy is not RestorePolicy.UNKNOWN:
            self._power.restore_policy = policy
        return OK, SupportedRestorePolicies(always_on=True, previous=True, always_off=True).encode()

    def _restart_cause(self, _data: bytes) -> Reply:
        return OK, SystemRestartCause(cause=self._power.cause, channel=_CHANNEL).encode()

    def _poh_counter(self, _data: bytes) -> Reply:
        count = _BEGAN_HOURS + int(self._power.on_s // (60 * _MINUTES_PER_COUNT))
        return OK, PohCounter(minutes_per_count=_MINUTES_PER_COUNT, count=count).encode()

    # --- state

    def bmc_started(self) -> None:
        """Forget what a BMC forgets when it is reset."""
        if self.identify is not IdentifyState.OFF:
            self._light(IdentifyState.OFF)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data; a light that blinks for a time is off when that is taken up again."""
        steady = self.identify is IdentifyState.INDEFINITE
        return {
            "identify": steady,
            "intrusion": self.intrusion,
            "power": self._power.state(),
            "boot": self._boot.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.identify = IdentifyState.INDEFINITE if state["identify"] else IdentifyState.OFF
        self.intrusion = bool(state["intrusion"])
        self._power.restore(state["power"])
        self._boot.restore(state["boot"])

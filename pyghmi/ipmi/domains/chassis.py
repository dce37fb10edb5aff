# SPDX-License-Identifier: Apache-2.0
"""Power and identification of the chassis.  IPMI 2.0 §28."""
from __future__ import annotations

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.chassis import (
    ChassisCapabilities,
    ChassisControl,
    ChassisIdentify,
    ChassisStatus,
    GetChassisCapabilities,
    GetChassisStatus,
    GetSystemRestartCause,
    PowerAction,
    SystemRestartCause,
)
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OUT_OF_RANGE

_POLL_S = 1.0
_REPEAT_AFTER_S = 12.0
_NO_FORCE_ON = (INVALID_LENGTH, INVALID_FIELD, OUT_OF_RANGE)
_LONGEST_IDENTIFY_S = 255
_NO_RESET = (0x80, INVALID_COMMAND, INVALID_FIELD)


class Chassis:
    """The chassis of one BMC."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def status(self) -> ChassisStatus:
        """Return the state of power and chassis."""
        return self._bmc.request(GetChassisStatus())

    def capabilities(self) -> ChassisCapabilities:
        """Return what the chassis has, and who serves it."""
        return self._bmc.request(GetChassisCapabilities())

    def restart_cause(self) -> SystemRestartCause:
        """Return why the machine was last started."""
        return self._bmc.request(GetSystemRestartCause())

    def control(self, action: PowerAction) -> None:
        """Have the BMC do it.  It says yes before anything has happened."""
        self._bmc.request(ChassisControl(action=action))

    def boot_up(self) -> PowerAction:
        """Switch on what is off, restart what is on; returns what was done."""
        if not self.status().power_on:
            self.control(PowerAction.POWER_UP)
            return PowerAction.POWER_UP
        return self.restart()

    def restart(self) -> PowerAction:
        """Reset what is on; returns what was done.  Some BMCs have no reset (HP Moonshot: 80h): those power cycle."""
        try:
            self.control(PowerAction.HARD_RESET)
        except CompletionCodeError as error:
            if error.code not in _NO_RESET:
                raise
            self.control(PowerAction.POWER_CYCLE)
            return PowerAction.POWER_CYCLE
        return PowerAction.HARD_RESET

    def power_reaches(self, wanted_on: bool, polls: int, again: PowerAction | None = None) -> bool:
        """Look about once a second, `polls` times at most, whether the power is as wanted.

        `again`: done a second time when nothing has changed after 12 s; some BMCs say yes to the first and do nothing.
        A look that shows nothing does not end it: the BMC has much to do just then.  Raises what the last one did.
        """
        began = self._bmc.now()
        problem: CompletionCodeError | Malformed | None = None
        for _poll in range(polls):
            self._bmc.wait(_POLL_S)
            try:
                power_on = self.status().power_on
            except (CompletionCodeError, Malformed) as error:
                problem = error
                continue
            problem = None
            if power_on is wanted_on:
                return True
            if again is not None and self._bmc.now() - began >= _REPEAT_AFTER_S:
                self.control(again)
                again = None
        if problem is not None:
            raise problem
        return False

    def identify(self, on: bool = True, seconds: int | None = None, *, ipmi_15: bool = False) -> None:
        """Let the chassis show itself: for some seconds (0 to 255), or until it is switched off.

        IPMI 1.5 has no "until"; there, and where a 2.0 BMC refuses it, the longest time stands for it.
        """
        if seconds is not None:
            self._bmc.request(ChassisIdentify(seconds=min(max(seconds, 0), _LONGEST_IDENTIFY_S)))
            return
        longest = ChassisIdentify(seconds=_LONGEST_IDENTIFY_S if on else 0)
        if ipmi_15:
            self._bmc.request(longest)
            return
        try:
            self._bmc.request(ChassisIdentify(seconds=0, force_on=on))
        except CompletionCodeError as error:
            if error.code not in _NO_FORCE_ON:
                raise
            self._bmc.request(longest)

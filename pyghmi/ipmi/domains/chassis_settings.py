# SPDX-License-Identifier: Apache-2.0
"""What can be set about a chassis, and how long it has been on.  IPMI 2.0 §28."""
from __future__ import annotations

from pyghmi.exceptions import CompletionCodeError
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.chassis import (
    GetChassisStatus,
    GetPohCounter,
    PohCounter,
    RestorePolicy,
    SetChassisCapabilities,
    SetFrontPanelEnables,
    SetPowerCycleInterval,
    SetPowerRestorePolicy,
)
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OUT_OF_RANGE
from pyghmi.ipmi.wire.shapes import NamedTuple

_ONLY_ASKED = (INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OUT_OF_RANGE)
_MINUTES = 60


class RestorePolicies(NamedTuple):
    """What happens when mains power comes back, and what the chassis can do then; nothing where it does not say."""

    current: RestorePolicy
    supported: tuple[RestorePolicy, ...]


class ChassisSettings:
    """The settings of one chassis."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def restore_policies(self) -> RestorePolicies:
        """Return the power restore policy and those that the chassis supports."""
        current = self._bmc.request(GetChassisStatus()).restore_policy
        try:
            return RestorePolicies(current, self.set_restore_policy(RestorePolicy.UNKNOWN))
        except CompletionCodeError as error:
            if error.code not in _ONLY_ASKED:
                raise
            return RestorePolicies(current, ())

    def set_restore_policy(self, policy: RestorePolicy) -> tuple[RestorePolicy, ...]:
        """Set it; UNKNOWN changes nothing.  Returns those that the chassis supports."""
        found = self._bmc.request(SetPowerRestorePolicy(policy=policy))
        supported = (
            (found.always_off, RestorePolicy.ALWAYS_OFF),
            (found.previous, RestorePolicy.PREVIOUS),
            (found.always_on, RestorePolicy.ALWAYS_ON),
        )
        return tuple(each for has, each in supported if has)

    def power_on_counter(self) -> PohCounter:
        """Return how long the machine has been on in its life, as the BMC counts it."""
        return self._bmc.request(GetPohCounter())

    def power_on_hours(self) -> float:
        """Return how many hours the machine has been on in its life."""
        found = self.power_on_counter()
        return found.count * found.minutes_per_count / _MINUTES

    def set_capabilities(self, wanted: SetChassisCapabilities) -> None:
        """Say what the chassis has, and who serves it.  For whoever builds the machine."""
        self._bmc.request(wanted)

    def set_front_panel(
        self, *, power: bool = True, reset: bool = True, diagnostic: bool = True, sleep: bool = True
    ) -> None:
        """Enable or disable all four buttons: False: the button does nothing."""
        request = SetFrontPanelEnables(
            disable_power=not power, disable_reset=not reset, disable_diagnostic=not diagnostic, disable_sleep=not sleep
        )
        self._bmc.request(request)

    def set_power_cycle_interval(self, seconds: int) -> None:
        """Set how long a power cycle leaves the power off: 0 to 255 seconds.  Raises InvalidParameterValue."""
        self._bmc.request(SetPowerCycleInterval(seconds=seconds))

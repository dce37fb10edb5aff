# SPDX-License-Identifier: Apache-2.0
"""The part of the simulated BMC that switches its machine."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.spec.chassis import RestartCause, RestorePolicy
from pyghmi.sim.power import Happening, Power

if TYPE_CHECKING:
    from pyghmi.sim.profiles import Model


class PoweredBmc(Bmc):
    """A BMC whose power methods switch `power`."""

    power: Power
    model: Model

    @property
    def power_is_on(self) -> bool:
        """Whether it is on; what is set holds at once, and says nothing."""
        return self.power.is_on

    @power_is_on.setter
    def power_is_on(self, value: bool) -> None:
        self.power.force(value)
        self.model.happened(Happening.ON if value else Happening.OFF, self.power.cause)

    @property
    def restore_policy(self) -> RestorePolicy:
        """What happens when mains come back."""
        return self.power.restore_policy

    @restore_policy.setter
    def restore_policy(self, value: RestorePolicy) -> None:
        self.power.restore_policy = value

    @property
    def restart_cause(self) -> RestartCause:
        """Why it started last."""
        return self.power.cause

    def get_power_state(self) -> str:
        """Return 'on' or 'off'."""
        return "on" if self.power.is_on else "off"

    def power_off(self) -> int | None:
        """Switch off at once."""
        self.power.off()
        return None

    def power_on(self) -> int | None:
        """Switch on."""
        self.power.on()
        return None

    def power_cycle(self) -> int | None:
        """Switch off and on; refused while it is off."""
        return self.power.cycle()

    def power_reset(self) -> int | None:
        """Reset; refused while it is off."""
        return self.power.reset()

    def pulse_diag(self) -> int | None:
        """Raise a diagnostic interrupt; refused while it is off."""
        return self.power.diagnostic()

    def power_shutdown(self) -> int | None:
        """Have the operating system shut down."""
        self.power.soft_off()
        return None

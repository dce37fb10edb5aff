# SPDX-License-Identifier: Apache-2.0
"""The chassis beyond power: its state in words, what happens when mains power comes back, its buttons."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from pyghmi.ipmi.facade.api import Api

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.chassis import Chassis
    from pyghmi.ipmi.domains.chassis_settings import ChassisSettings
    from pyghmi.ipmi.facade import system_shapes as shapes

_BUTTONS = ("power", "reset", "diagnostic", "sleep")

class ChassisApi(Api):
    """The chassis beyond power."""

    def _chassis_state(self) -> Chassis:
        found: Chassis = self._vendor_if_it_has("chassis").chassis(self._call())
        return found

    def _chassis_settings(self) -> ChassisSettings:
        found: ChassisSettings = self._vendor_if_it_has("chassis_settings").chassis_settings(self._call())
        return found

    def get_chassis_status(self) -> shapes.ChassisStatus:
        """Return all of the chassis status in words.

        {'power': 'on' | 'off', 'restore_policy': word, 'overload', 'interlock', 'power_fault', 'control_fault': bool}
        always; None where the BMC leaves it out: 'last_event': list of 'ac-failed', 'overload', 'interlock', 'fault',
        'command'; 'intrusion', 'front_panel_lockout', 'drive_fault', 'cooling_fault': bool; 'identify': 'off', 'timed',
        'indefinite'; 'buttons': {'power', 'reset', 'diagnostic', 'sleep': {'may_disable', 'disabled': bool}}.
        Raises IpmiException.
        """
        from pyghmi.ipmi.facade.chassis_state import status_in_words

        return status_in_words(self._chassis_state().status())

    def get_power_restore_policy(self) -> shapes.PowerRestorePolicy:
        """Return {'policy': word, 'supported': [words]}; words: 'always-off', 'previous', 'always-on', 'unknown'.

        'supported' is empty where the BMC does not say.  Raises IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import RESTORE_POLICIES, word

        current, supported = self._chassis_settings().restore_policies()
        return {
            "policy": word(RESTORE_POLICIES, current),
            "supported": [word(RESTORE_POLICIES, each) for each in supported],
        }

    def set_power_restore_policy(self, policy: str) -> None:
        """Set what happens when mains power comes back: 'always-off', 'previous' or 'always-on'.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.exceptions import InvalidParameterValue
        from pyghmi.ipmi.facade.system_words import RESTORE_POLICIES, number
        from pyghmi.ipmi.spec.chassis import RestorePolicy

        wanted = RestorePolicy(number(RESTORE_POLICIES, policy, "power restore policy"))
        if wanted is RestorePolicy.UNKNOWN:
            raise InvalidParameterValue("the power restore policy cannot be set to unknown")
        self._chassis_settings().set_restore_policy(wanted)

    def get_power_on_hours(self) -> float:
        """Return how many hours the machine has been on in its life.  Raises IpmiException."""
        return self._chassis_settings().power_on_hours()

    def get_restart_cause(self) -> shapes.RestartCause:
        """Return {'cause': why the machine was last started, 'channel': int}.  Raises IpmiException."""
        from pyghmi.ipmi.facade.system_words import RESTART_CAUSES, word

        found = self._chassis_state().restart_cause()
        return {"cause": word(RESTART_CAUSES, found.cause), "channel": found.channel}

    def get_chassis_capabilities(self) -> shapes.ChassisCapabilities:
        """Return what the chassis has, and the addresses of who serves it (20h: the BMC).

        {'power_interlock', 'diagnostic_interrupt', 'front_panel_lockout', 'intrusion_sensor': bool, 'fru_address',
        'sdr_address', 'sel_address', 'system_management_address': int, 'bridge_address': int or None}.
        Raises IpmiException.
        """
        found = self._chassis_state().capabilities()
        return {
            "power_interlock": found.power_interlock,
            "diagnostic_interrupt": found.diagnostic_interrupt,
            "front_panel_lockout": found.front_panel_lockout,
            "intrusion_sensor": found.intrusion_sensor,
            "fru_address": found.fru_address,
            "sdr_address": found.sdr_address,
            "sel_address": found.sel_address,
            "system_management_address": found.system_management_address,
            "bridge_address": found.bridge_address,
        }

    def set_chassis_capabilities(
        self,
        *,
        front_panel_lockout: Optional[bool] = None,
        intrusion_sensor: Optional[bool] = None,
        fru_address: Optional[int] = None,
        sdr_address: Optional[int] = None,
        sel_address: Optional[int] = None,
        system_management_address: Optional[int] = None,
        bridge_address: Optional[int] = None,
    ) -> None:
        """Say what the chassis has, and who serves it; what is not named stays.  For whoever builds the machine.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.spec.chassis import SetChassisCapabilities

        named = {
            "front_panel_lockout": front_panel_lockout,
            "intrusion_sensor": intrusion_sensor,
            "fru_address": fru_address,
            "sdr_address": sdr_address,
            "sel_address": sel_address,
            "system_management_address": system_management_address,
            "bridge_address": bridge_address,
        }
        held = self._chassis_state().capabilities()
        wanted: dict[str, Any] = {
            name: getattr(held, name) if value is None else value for name, value in named.items()
        }
        self._chassis_settings().set_capabilities(SetChassisCapabilities(**wanted))

    def set_front_panel_enables(
        self,
        *,
        power: Optional[bool] = None,
        reset: Optional[bool] = None,
        diagnostic: Optional[bool] = None,
        sleep: Optional[bool] = None,
    ) -> None:
        """Enable (True) or disable (False) buttons of the front panel; what is not named stays.

        Raises IpmiException.
        """
        named = dict(zip(_BUTTONS, (power, reset, diagnostic, sleep)))
        if None in named.values():
            buttons = self.get_chassis_status()["buttons"] or {}
            for name in _BUTTONS:
                if named[name] is None:
                    named[name] = name not in buttons or not buttons[name]["disabled"]
        self._chassis_settings().set_front_panel(**{name: bool(value) for name, value in named.items()})

    def set_power_cycle_interval(self, seconds: int) -> None:
        """Set how long a power cycle leaves the power off: 0 to 255 seconds, 0: as short as can be.

        Raises InvalidParameterValue, IpmiException.
        """
        self._chassis_settings().set_power_cycle_interval(seconds)

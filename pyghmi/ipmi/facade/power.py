# SPDX-License-Identifier: Apache-2.0
"""Power and identification."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.exceptions import (
    BypassGenericBehavior,
    InvalidParameterValue,
    IpmiException,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.facade.api import Api, BridgeRequest
from pyghmi.ipmi.facade.tables import power_states

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.chassis import Chassis

_POLLS = 300
_AWAITED = {"on": True, "off": False, "shutdown": False, "softoff": False}
_CYCLE = "cycle"


class PowerApi(Api):
    """Power state, power control, identification."""

    def _chassis(self, bridge_request: BridgeRequest = None, *, extra_s: float = 0.0) -> Chassis:
        found: Chassis = self._vendor_if_it_has("chassis").chassis(self._call(bridge_request, extra_s=extra_s))
        return found

    def get_power(self, bridge_request: BridgeRequest = None) -> dict[str, str]:
        """Return {'powerstate': 'on' | 'off'}.

        bridge_request: {'addr', 'channel'} of a controller behind the BMC.  Raises IpmiException.
        """
        vendor = self._vendor_if_it_has("get_power")
        if hasattr(vendor, "get_power"):
            return {"powerstate": vendor.get_power(bridge_request=bridge_request)}
        return {"powerstate": _word(self._chassis(bridge_request).status().power_on)}

    def set_power(
        self, powerstate: str, wait: Union[bool, int, None] = False, bridge_request: BridgeRequest = None
    ) -> dict[str, str]:
        """Change the power state, and wait for it on request.

        powerstate: 'on', 'off' (at once), 'shutdown' or 'softoff' (by the operating system), 'reset', 'cycle', 'diag'
        (diagnostic interrupt), 'boot' (on, or reset if it is on).  wait: True: until it is reached, looking about once
        a second, 300 times at most; a number: that many times; never beyond a deadline that was named.  Only for on,
        off, shutdown and softoff.

        Returns {'powerstate': state} when it was so already or has been reached, else {'pendingpowerstate': what was
        asked for}.  Raises InvalidParameterValue for an unknown state, IpmiException when it is not reached in time.
        """
        vendor = self._vendor_if_it_has("set_power", "process_power_state")
        if hasattr(vendor, "set_power"):
            found: dict[str, str] = vendor.set_power(powerstate, bridge_request=bridge_request)
            return found
        if hasattr(vendor, "process_power_state"):
            powerstate = vendor.process_power_state(powerstate, bridge_request=bridge_request)
        if powerstate not in power_states and powerstate != _CYCLE:
            raise InvalidParameterValue(f"Unknown power state {powerstate} requested")
        polls = _POLLS if wait is True else int(wait or 0)
        if self._deadline_named:
            polls = min(polls, max(int(self._deadline_s - 0.5), 1))
        chassis = self._chassis(bridge_request, extra_s=0.0 if self._deadline_named else 1.5 * polls)
        return _set_power(chassis, powerstate, polls)

    def set_identify(self, on: bool = True, duration: int | None = None, blink: bool = False) -> None:
        """Light the identification lamp.

        on: False: switch it off; duration: seconds (0 to 255), None: until it is switched off; blink: where the
        vendor's handler can.  Raises IpmiException.
        """
        vendor = self._vendor_if_it_has("set_identify")
        try:
            vendor.set_identify(on, duration, blink)
            return
        except BypassGenericBehavior:
            return
        except UnsupportedFunctionality:
            pass
        if blink:
            raise IpmiException("Blink not supported with generic IPMI")
        seconds = None if duration is None else int(duration)
        self._chassis().identify(bool(on), seconds, ipmi_15=self._is_15())

    def _is_15(self) -> bool:
        """Whether the session is one of IPMI 1.5."""
        return False


def _word(power_on: bool) -> str:
    return "on" if power_on else "off"


def _set_power(chassis: Chassis, wanted: str, polls: int) -> dict[str, str]:
    """Do what `PowerApi.set_power` says, without the vendor."""
    from pyghmi.ipmi.spec.chassis import PowerAction

    current = _word(chassis.status().power_on)
    if current == wanted:
        return {"powerstate": current}
    if wanted in ("boot", _CYCLE) and current == "off":
        wanted = "on"  # what is off cannot be cycled: BMCs refuse it, or say yes and do nothing
    elif wanted == "boot":
        chassis.restart()
        return {"pendingpowerstate": "reset"}
    action = PowerAction.POWER_CYCLE if wanted == _CYCLE else PowerAction(power_states[wanted])
    chassis.control(action)
    if not polls or wanted not in _AWAITED:
        return {"pendingpowerstate": wanted}
    again = action if action in (PowerAction.POWER_UP, PowerAction.POWER_DOWN) else None
    if not chassis.power_reaches(_AWAITED[wanted], polls, again=again):
        raise IpmiException("System did not accomplish power state change")
    return {"powerstate": _word(_AWAITED[wanted])}

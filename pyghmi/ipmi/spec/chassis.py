# SPDX-License-Identifier: Apache-2.0
"""Chassis commands, without the boot options.  IPMI 2.0 §28."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, u8, u32, wire


@wire(first=2)
class ChassisCapabilities(Message):
    """Get Chassis Capabilities, response.  IPMI 2.0 §28.1.  Addresses are 8-bit slave addresses; 20h: the BMC."""

    power_interlock: bool = bit(2, 3)
    diagnostic_interrupt: bool = bit(2, 2)
    front_panel_lockout: bool = bit(2, 1)
    intrusion_sensor: bool = bit(2, 0)
    fru_address: int = u8(3)
    sdr_address: int = u8(4)
    sel_address: int = u8(5)
    system_management_address: int = u8(6)
    bridge_address: int | None = u8(7, optional=True, default=None)


@wire()
class GetChassisCapabilities(Request[ChassisCapabilities]):
    """IPMI 2.0 §28.1."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x00, ChassisCapabilities


@wire()
class SetChassisCapabilities(Request[Done]):
    """IPMI 2.0 §28.7.  Addresses are 8-bit slave addresses; 20h: the BMC.  `bridge_address` None: left as it is."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x05, Done
    front_panel_lockout: bool = bit(1, 1, default=False)
    intrusion_sensor: bool = bit(1, 0, default=False)
    fru_address: int = u8(2, default=0x20)
    sdr_address: int = u8(3, default=0x20)
    sel_address: int = u8(4, default=0x20)
    system_management_address: int = u8(5, default=0x20)
    bridge_address: int | None = u8(6, optional=True, default=None)


class RestorePolicy(OpenEnum):
    """What the chassis does when mains power comes back.  IPMI 2.0 table 28-3."""

    ALWAYS_OFF = 0
    PREVIOUS = 1
    ALWAYS_ON = 2
    UNKNOWN = 3


class IdentifyState(OpenEnum):
    """IPMI 2.0 table 28-3."""

    OFF = 0
    TEMPORARY = 1
    INDEFINITE = 2


@wire(first=2)
class ChassisStatus(Message):
    """Get Chassis Status, response.  IPMI 2.0 §28.2, table 28-3.

    Only the first byte can be relied on: BMCs that send one, two or three bytes are known.
    """

    restore_policy: RestorePolicy = bits(2, 6, 5, RestorePolicy)
    control_fault: bool = bit(2, 4)
    power_fault: bool = bit(2, 3)
    interlock: bool = bit(2, 2)
    overload: bool = bit(2, 1)
    power_on: bool = bit(2, 0)
    on_by_command: bool | None = bit(3, 4, optional=True, default=None)
    down_by_fault: bool | None = bit(3, 3, optional=True, default=None)
    down_by_interlock: bool | None = bit(3, 2, optional=True, default=None)
    down_by_overload: bool | None = bit(3, 1, optional=True, default=None)
    ac_failed: bool | None = bit(3, 0, optional=True, default=None)
    identify_supported: bool | None = bit(4, 6, optional=True, default=None)
    identify: IdentifyState | None = bits(4, 5, 4, IdentifyState, optional=True, default=None)
    cooling_fault: bool | None = bit(4, 3, optional=True, default=None)
    drive_fault: bool | None = bit(4, 2, optional=True, default=None)
    front_panel_lockout: bool | None = bit(4, 1, optional=True, default=None)
    intrusion: bool | None = bit(4, 0, optional=True, default=None)
    front_panel: int | None = u8(5, optional=True, default=None)


@wire()
class FrontPanel(Message):
    """`front_panel` of a chassis status: which buttons may be disabled, and which are.  IPMI 2.0 table 28-3."""

    may_disable_sleep: bool = bit(1, 7, default=True)
    may_disable_diagnostic: bool = bit(1, 6, default=True)
    may_disable_reset: bool = bit(1, 5, default=True)
    may_disable_power: bool = bit(1, 4, default=True)
    sleep_disabled: bool = bit(1, 3, default=False)
    diagnostic_disabled: bool = bit(1, 2, default=False)
    reset_disabled: bool = bit(1, 1, default=False)
    power_disabled: bool = bit(1, 0, default=False)


@wire()
class GetChassisStatus(Request[ChassisStatus]):
    """IPMI 2.0 §28.2."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x01, ChassisStatus


class PowerAction(OpenEnum):
    """Directives of Chassis Control.  IPMI 2.0 table 28-4."""

    POWER_DOWN = 0
    POWER_UP = 1
    POWER_CYCLE = 2
    HARD_RESET = 3
    DIAGNOSTIC_INTERRUPT = 4
    SOFT_SHUTDOWN = 5


@wire()
class ChassisControl(Request[Done]):
    """IPMI 2.0 §28.3.  Power down and power up may be repeated; the others would act twice."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x02, Done
    action: PowerAction = bits(1, 3, 0, PowerAction)

    @property
    def repeatable(self) -> bool:  # type: ignore[override]
        """Whether doing it twice is the same as doing it once."""
        return self.action in (PowerAction.POWER_DOWN, PowerAction.POWER_UP)


@wire()
class ChassisIdentify(Request[Done]):
    """IPMI 2.0 §28.5.  `seconds`: 0 off; None: 15.  `force_on`: until turned off; unknown to IPMI 1.5."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x04, Done
    seconds: int | None = u8(1, optional=True, default=None)
    force_on: bool | None = bit(2, 0, optional=True, default=None)


@wire(first=2)
class SupportedRestorePolicies(Message):
    """Set Power Restore Policy, response.  IPMI 2.0 §28.8."""

    always_on: bool = bit(2, 2)
    previous: bool = bit(2, 1)
    always_off: bool = bit(2, 0)


@wire()
class SetPowerRestorePolicy(Request[SupportedRestorePolicies]):
    """IPMI 2.0 §28.8.  UNKNOWN (3) changes nothing and only asks what is supported."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x06, SupportedRestorePolicies
    policy: RestorePolicy = bits(1, 2, 0, RestorePolicy, default=RestorePolicy.UNKNOWN)


class RestartCause(OpenEnum):
    """IPMI 2.0 table 28-11."""

    UNKNOWN = 0
    CHASSIS_CONTROL = 1
    RESET_BUTTON = 2
    POWER_BUTTON = 3
    WATCHDOG = 4
    OEM = 5
    ALWAYS_RESTORE = 6
    PREVIOUS_STATE = 7
    PEF_RESET = 8
    PEF_POWER_CYCLE = 9
    SOFT_RESET = 0xA
    RTC_WAKEUP = 0xB


@wire(first=2)
class SystemRestartCause(Message):
    """Get System Restart Cause, response.  IPMI 2.0 §28.11."""

    cause: RestartCause = bits(2, 3, 0, RestartCause)
    channel: int = u8(3)


@wire()
class GetSystemRestartCause(Request[SystemRestartCause]):
    """IPMI 2.0 §28.11."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x07, SystemRestartCause


@wire()
class SetFrontPanelEnables(Request[Done]):
    """IPMI 2.0 §28.6.  A bit that is set disables its button."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x0A, Done
    disable_sleep: bool = bit(1, 3, default=False)
    disable_diagnostic: bool = bit(1, 2, default=False)
    disable_reset: bool = bit(1, 1, default=False)
    disable_power: bool = bit(1, 0, default=False)


@wire()
class SetPowerCycleInterval(Request[Done]):
    """IPMI 2.0 §28.9.  `seconds` that the power is off in a power cycle; 0: as short as can be."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x0B, Done
    seconds: int = u8(1)


@wire(first=2)
class PohCounter(Message):
    """Get POH Counter, response.  IPMI 2.0 §28.14.  Power-on time is `count` times `minutes_per_count` minutes."""

    minutes_per_count: int = u8(2)
    count: int = u32(3)


@wire()
class GetPohCounter(Request[PohCounter]):
    """IPMI 2.0 §28.14."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x0F, PohCounter

# SPDX-License-Identifier: Apache-2.0
"""Settings of chassis and controller over a requester that answers from a script.  Bytes from IPMI 2.0 §20, §22, §28."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.domains.chassis_settings import ChassisSettings
from pyghmi.ipmi.domains.mc_state import ControllerState
from pyghmi.ipmi.spec.app import BmcGlobalEnables, DevicePowerState, SystemPowerState
from pyghmi.ipmi.spec.chassis import FrontPanel, RestorePolicy, SetChassisCapabilities


def test_restore_policies() -> None:
    bmc = Script("41 00 00", "07")
    current, supported = ChassisSettings(bmc).restore_policies()
    assert current is RestorePolicy.ALWAYS_ON
    assert supported == (RestorePolicy.ALWAYS_OFF, RestorePolicy.PREVIOUS, RestorePolicy.ALWAYS_ON)
    assert bmc.asked == [(0, 1, b""), (0, 6, b"\3")]
    for code in (0xC1, 0xC9, 0xCC):
        assert ChassisSettings(Script("21", code)).restore_policies() == (RestorePolicy.PREVIOUS, ())
    with pytest.raises(CompletionCodeError):
        ChassisSettings(Script("21", 0xD4)).restore_policies()


def test_setting_the_restore_policy() -> None:
    bmc = Script("05")
    supported = ChassisSettings(bmc).set_restore_policy(RestorePolicy.ALWAYS_ON)
    assert (bmc.asked, supported) == ([(0, 6, b"\2")], (RestorePolicy.ALWAYS_OFF, RestorePolicy.ALWAYS_ON))


@pytest.mark.parametrize(("data", "hours"), [("3c d2 04 00 00", 1234.0), ("06 0f 00 00 00", 1.5), ("3c ff ff ff ff", 4294967295.0)])
def test_power_on_hours(data: str, hours: float) -> None:
    assert ChassisSettings(Script(data)).power_on_hours() == hours


def test_other_settings() -> None:
    bmc = Script(0, 0, 0, 0)
    ChassisSettings(bmc).set_capabilities(SetChassisCapabilities(intrusion_sensor=True, fru_address=0x22))
    ChassisSettings(bmc).set_front_panel(reset=False)
    ChassisSettings(bmc).set_front_panel(power=False, sleep=False, diagnostic=False)
    ChassisSettings(bmc).set_power_cycle_interval(30)
    assert bmc.asked == [
        (0, 5, bytes.fromhex("01 22 20 20 20")), (0, 0x0A, b"\x02"), (0, 0x0A, b"\x0d"), (0, 0x0B, b"\x1e"),
    ]
    with pytest.raises(InvalidParameterValue):
        ChassisSettings(Script()).set_power_cycle_interval(256)


def test_the_buttons_in_the_status() -> None:
    """Table 28-3, byte 5: sleep and diagnostic may be disabled; reset and power are."""
    panel = FrontPanel.decode(b"\xc3")
    assert (panel.may_disable_sleep, panel.may_disable_diagnostic, panel.may_disable_reset) == (True, True, False)
    assert (panel.sleep_disabled, panel.diagnostic_disabled, panel.reset_disabled, panel.power_disabled) == (False, False, True, True)


def test_acpi_states() -> None:
    found = ControllerState(Script("80 80")).acpi()  # bit 7 is reserved in the answer
    assert (found.system, found.device) == (SystemPowerState.S0, DevicePowerState.D0)
    bmc = Script(0, 0, 0)
    state = ControllerState(bmc)
    state.set_acpi(SystemPowerState.S5, DevicePowerState.D3)
    state.set_acpi(SystemPowerState.LEGACY_ON)
    state.set_acpi(device=DevicePowerState.D1)
    assert [data.hex(" ") for _n, _c, data in bmc.asked] == ["85 83", "a0 00", "00 81"]


def test_enables_and_flags() -> None:
    bmc = Script("8d", 0, "0b")
    state = ControllerState(bmc)
    found = state.enables()
    assert found == BmcGlobalEnables(oem2=True, event_logging=True, event_message_buffer=True, receive_queue_interrupt=True)
    state.set_enables(found)
    assert bmc.asked[1] == (6, 0x2E, b"\x8d")
    flags = state.message_flags()
    assert (flags.watchdog_pre_timeout, flags.event_buffer_full, flags.message_available) == (True, True, True)

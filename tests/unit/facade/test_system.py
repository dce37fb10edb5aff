# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for watchdog, ACPI state, global enables and names of the system, over a BMC in memory."""
from __future__ import annotations

from typing import Any

import pytest
from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.facade import system_shapes as shapes
from pyghmi.sim.enables import EnablesPart
from pyghmi.sim.system_info import SystemInfoPart
from pyghmi.sim.watchdog import WatchdogPart


def made(names: Any = None) -> tuple[MemoryBmc, Command]:
    bmc = MemoryBmc()
    for part in (WatchdogPart(bmc.now), EnablesPart(lambda: True), SystemInfoPart(names)):
        bmc.table.update(part.commands())
    return bmc, command_over(bmc)


def test_watchdog() -> None:
    bmc, command = made()
    with pytest.raises(CompletionCodeError):
        command.reset_watchdog()
    assert command.get_watchdog()["use"] == "none"
    command.set_watchdog(
        "oem", "cycle", 30, pre_timeout=2, pre_timeout_interrupt="msg", log=False, clear=("frb2", "oem"), start=True
    )
    assert bmc.asked[-2:] == [(6, 0x24, bytes.fromhex("85 33 02 22 2c 01")), (6, 0x22, b"")]
    bmc.wait(10.0)
    assert command.get_watchdog() == {
        "use": "oem", "action": "cycle", "pre_timeout_interrupt": "msg", "pre_timeout": 2, "countdown": 30.0,
        "present_countdown": 20.0, "running": True, "logging": False, "expired": [],
    }
    command.set_watchdog(countdown=20, clear="sms", keep_running=True)
    assert command.get_watchdog()["running"]
    command.stop_watchdog()
    assert not command.get_watchdog()["running"]
    command.reset_watchdog()
    bmc.wait(20.0)
    found = command.get_watchdog()
    assert (found["running"], found["present_countdown"], found["expired"]) == (False, 0.0, ["sms"])
    wrong: list[dict[str, Any]] = [{"use": "me"}, {"action": "burn"}, {"pre_timeout_interrupt": "irq"}, {"clear": "me"}]
    for each in wrong:
        with pytest.raises(InvalidParameterValue):
            command.set_watchdog(**each)


def test_acpi_state() -> None:
    bmc, command = made()
    assert command.get_acpi_state() == {"system": "S0/G0", "device": "D0"}
    command.set_acpi_state("S3")
    assert bmc.asked[-1] == (6, 6, b"\x83\x00")
    command.set_acpi_state(device="D2")
    assert command.get_acpi_state() == {"system": "S3", "device": "D2"}
    with pytest.raises(InvalidParameterValue):
        command.set_acpi_state("S9")


def test_global_enables() -> None:
    bmc, command = made()
    before = command.get_bmc_global_enables()
    assert [name for name, on in before.items() if on] == ["system_event_log"]
    command.set_bmc_global_enables(event_msg=True, oem1=True)
    assert bmc.asked[-1] == (6, 0x2E, b"\x4c")
    assert command.get_bmc_global_enables() == {**before, "event_msg": True, "oem1": True}
    with pytest.raises(InvalidParameterValue, match="recv_msg_intr"):
        command.set_bmc_global_enables(everything=True)


def test_names() -> None:
    _bmc, command = made({1: "BIOS 1.2", 2: "host"})
    assert command.get_system_info() == {
        "system_fw_version": "BIOS 1.2", "system_name": "host", "primary_os_name": None, "os_name": None, "os_version": None,
        "bmc_url": None, "hypervisor_url": None,
    }
    command.set_system_info("system_name", "another name, a longer one")
    assert command.get_system_info()["system_name"] == "another name, a longer one"
    with pytest.raises(InvalidParameterValue, match="system_fw_version, system_name"):
        command.set_system_info("nickname", "x")
    with pytest.raises(CompletionCodeError, match="Parameter not supported"):
        command.set_system_info("os_name", "x")


def test_the_shapes_that_are_promised() -> None:
    _bmc, command = made()
    promised: list[tuple[Any, Any]] = [
        (shapes.Watchdog, command.get_watchdog()),
        (shapes.AcpiState, command.get_acpi_state()),
        (shapes.GlobalEnables, command.get_bmc_global_enables()),
        (shapes.SystemInfo, command.get_system_info()),
    ]
    for shape, found in promised:
        assert set(found) == set(shape.__annotations__)

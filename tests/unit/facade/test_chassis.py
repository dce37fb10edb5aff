# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for chassis and boot options, over a BMC in memory."""
from __future__ import annotations

from typing import Any

import pytest
from chassis_part import BOOT_GET, BOOT_SET, STATUS, ChassisPart
from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.facade import system_shapes as shapes
from pyghmi.sim.enables import EnablesPart


def made(**knobs: Any) -> tuple[MemoryBmc, Command]:
    bmc = MemoryBmc(ChassisPart(), EnablesPart(lambda: False), **knobs)
    return bmc, command_over(bmc)


def with_status(data: str) -> Any:
    return command_over(MemoryBmc(ChassisPart(), knobs={STATUS: lambda _d, _h: (0, bytes.fromhex(data))})).get_chassis_status()


def boot_writes(bmc: MemoryBmc) -> list[str]:
    return [data.hex(" ") for netfn, cmd, data in bmc.asked if (netfn, cmd) == BOOT_SET]


def test_status_in_words() -> None:
    """IPMI 2.0 table 28-3; the words are those that ipmitool 1.8.19 prints for these bytes."""
    assert with_status("3f 1f 7f c3") == {
        "power": "on",
        "overload": True,
        "interlock": True,
        "power_fault": True,
        "control_fault": True,
        "restore_policy": "previous",
        "last_event": ["ac-failed", "overload", "interlock", "fault", "command"],
        "intrusion": True,
        "front_panel_lockout": True,
        "drive_fault": True,
        "cooling_fault": True,
        "identify": "reserved 03h",
        "buttons": {
            "power": {"may_disable": False, "disabled": True},
            "reset": {"may_disable": False, "disabled": True},
            "diagnostic": {"may_disable": True, "disabled": False},
            "sleep": {"may_disable": True, "disabled": False},
        },
    }
    found = with_status("40 00 50")
    assert (found["power"], found["restore_policy"], found["last_event"]) == ("off", "always-on", [])
    assert (found["identify"], found["intrusion"], found["buttons"]) == ("timed", False, None)
    assert with_status("60 00 20")["identify"] is None, "the BMC does not say that it tells"


def test_restore_policy() -> None:
    _bmc, command = made()
    assert command.get_power_restore_policy() == {"policy": "always-off", "supported": ["always-off", "previous", "always-on"]}
    command.set_power_restore_policy("always-on")
    assert command.get_power_restore_policy()["policy"] == "always-on"
    for policy in ("on", "unknown"):
        with pytest.raises(InvalidParameterValue):
            command.set_power_restore_policy(policy)


def test_counters() -> None:
    _bmc, command = made()
    assert command.get_power_on_hours() == 1234.0
    assert command.get_restart_cause() == {"cause": "watchdog expired", "channel": 1}


def test_capabilities() -> None:
    bmc, command = made()
    before = command.get_chassis_capabilities()
    assert before == {
        "power_interlock": False, "diagnostic_interrupt": True, "front_panel_lockout": False, "intrusion_sensor": False,
        "fru_address": 0x20, "sdr_address": 0x20, "sel_address": 0x20, "system_management_address": 0x20, "bridge_address": 0x20,
    }
    command.set_chassis_capabilities(intrusion_sensor=True, sel_address=0x72)
    assert bmc.asked[-1] == (0, 5, bytes.fromhex("01 20 20 72 20 20"))
    assert command.get_chassis_capabilities() == {**before, "intrusion_sensor": True, "sel_address": 0x72}


def test_front_panel() -> None:
    part = EnablesPart(lambda: True)
    bmc = MemoryBmc(ChassisPart(), part, knobs={STATUS: lambda _d, h: (0, h(b"")[1] + bytes((part.front_panel or 0xF0,)))})
    command = command_over(bmc)
    command.set_front_panel_enables(power=False, reset=False, diagnostic=True, sleep=True)
    assert bmc.asked == [(0, 0x0A, b"\3")]
    command.set_front_panel_enables(reset=True)
    buttons = command.get_chassis_status()["buttons"]
    assert buttons is not None
    assert [name for name, state in buttons.items() if state["disabled"]] == ["power"]
    _bmc, silent = made()
    silent.set_front_panel_enables(sleep=False)
    assert _bmc.asked[-1] == (0, 0x0A, b"\x08"), "what the BMC does not tell counts as enabled"


def test_power_cycle_interval() -> None:
    bmc, command = made()
    command.set_power_cycle_interval(10)
    assert bmc.asked == [(0, 0x0B, b"\x0a")]


# --- boot options


def test_the_old_way_is_as_it_was() -> None:
    bmc, command = made()
    assert command.set_bootdev("network", persist=True, uefiboot=True) == {"bootdev": "network"}
    assert boot_writes(bmc) == ["03 08", "05 e0 04 00 00 00"]
    assert command.get_bootdev() == {"bootdev": "network", "persistent": True, "uefimode": True}
    command.set_bootdev("default")
    assert boot_writes(bmc)[2:] == ["03 08", "05 00 00 00 00 00"]
    assert command.get_bootdev() == {"bootdev": "default", "persistent": True}


def test_boot_options_all_at_once() -> None:
    bmc, command = made()
    report = command.set_boot_options(
        "remote hd", uefi=True, persistent=True, instance=0x12, verbosity="verbose", console_redirection="enable",
        mux_override="system", shared_mode_override=True, clear_cmos=True, lock_keyboard=True, lock_reset_button=True,
        lock_power_button=True, lock_sleep_button=True, blank_screen=True, bypass_password=True, force_progress_traps=True,
        keep_on=("pef", "timeout", "watchdog", "reset", "power"),
    )
    assert boot_writes(bmc) == ["03 1f", "05 e0 ef de 0a 12"]
    assert (report["held"], report["differences"], report["refused"]) == (report["requested"], [], {})
    found = command.get_boot_options()
    assert {key: found[key] for key in report["requested"]} == report["requested"]  # type: ignore[literal-required]
    assert (found["keep_on"], found["raw"]) == (["pef", "timeout", "watchdog", "reset", "power"], bytes.fromhex("e0 ef de 0a 12"))
    assert (found["device"], found["instance"], found["mux_override"], found["locked"]) == ("remote hd", 18, "system", False)


def test_what_is_not_named_stays_while_it_is_valid() -> None:
    bmc, command = made()
    command.set_boot_options("pxe", uefi=True, persistent=True, verbosity="quiet")
    command.set_boot_options("optical")
    assert boot_writes(bmc)[-1] == "05 e0 14 20 00 00"
    command.set_boot_options(uefi=False)
    assert boot_writes(bmc)[-1] == "05 c0 14 20 00 00"
    assert command.set_boot_options(clear=True)["held"]["valid"] is False  # type: ignore[index]
    command.set_boot_options("bios")
    assert boot_writes(bmc)[-1] == "05 80 18 00 00 00"


def test_uefi_stays_even_from_flags_that_are_not_valid() -> None:
    bmc, command = made()
    command._boot()._write(5, b"\x20\x04\0\0\0")  # type: ignore[arg-type]
    command.set_boot_options("hd")
    assert boot_writes(bmc)[-1] == "05 a0 08 00 00 00"


def test_boot_options_that_there_are_none_of() -> None:
    bmc, command = made()
    choices: list[dict[str, Any]] = [
        {"device": "tape"}, {"verbosity": "loud"}, {"console_redirection": "no"}, {"mux_override": "me"}, {"instance": 32},
        {"instance": "first"}, {"keep_on": ["rain"]}, {"keep_on": "rain"},
    ]
    for choice in choices:
        with pytest.raises(InvalidParameterValue):
            command.set_boot_options(**choice)
    assert not boot_writes(bmc)


def test_boot_options_where_a_bmc_has_the_flags_alone() -> None:
    def flags_only(data: bytes, handler: Any) -> tuple[int, bytes]:
        return handler(data) if data[0] == 5 else (0x80, b"")

    _bmc, command = made(knobs={BOOT_GET: flags_only, BOOT_SET: flags_only})
    report = command.set_boot_options("floppy")
    assert report["refused"] == {"valid bit clearing": "Parameter not supported"}
    found = command.get_boot_options()
    assert found["device"] == "floppy"
    assert [found[key] for key in ("keep_on", "may_act", "service_partition", "initiator", "set_in_progress")] == [None] * 5  # type: ignore[literal-required]


def test_small_boot_parameters() -> None:
    _bmc, command = made()
    command.set_boot_service_partition(2, scan=True)
    command.set_boot_initiator(1, 0x01020304, 0x5F543210)
    command.acknowledge_boot(["bios", "sms"])
    found = command.get_boot_options()
    assert found["service_partition"] == {"selector": 2, "scan": True, "discovered": False}
    assert found["initiator"] == {"channel": 1, "session_id": 0x01020304, "timestamp": 0x5F543210}
    assert (found["may_act"], found["set_in_progress"]) == (["bios", "sms"], "set complete")
    with pytest.raises(InvalidParameterValue):
        command.acknowledge_boot(["everybody"])


def test_boot_mailbox() -> None:
    bmc, command = made()
    command.set_boot_mailbox(b"kickstart=http://192.0.2.1/ks", iana=343)
    assert boot_writes(bmc) == ["07 00 57 01 00 " + b"kickstart=htt".hex(" "), "07 01 " + b"p://192.0.2.1/ks".hex(" ")]
    found = command.get_boot_mailbox()
    assert (found["iana"], len(found["data"])) == (343, 77)
    assert found["data"].rstrip(b"\0") == b"kickstart=http://192.0.2.1/ks"
    command.set_boot_mailbox(b"last", block=4)
    assert command.get_boot_mailbox()["data"][61:65] == b"last"
    for iana, block in ((343, 1), (1 << 24, 0), (-1, 0)):
        with pytest.raises(InvalidParameterValue):
            command.set_boot_mailbox(b"x", iana=iana, block=block)
    with pytest.raises(CompletionCodeError):
        command.set_boot_mailbox(b"x", block=5)


def test_the_shapes_that_are_promised() -> None:
    _bmc, command = made()
    promised: list[tuple[Any, Any]] = [
        (shapes.ChassisStatus, command.get_chassis_status()),
        (shapes.ChassisCapabilities, command.get_chassis_capabilities()),
        (shapes.PowerRestorePolicy, command.get_power_restore_policy()),
        (shapes.RestartCause, command.get_restart_cause()),
        (shapes.BootOptions, command.get_boot_options()),
        (shapes.BootReport, command.set_boot_options("network")),
        (shapes.BootFlags, command.set_boot_options("network")["requested"]),
        (shapes.BootMailbox, command.get_boot_mailbox()),
        (shapes.ServicePartition, command.get_boot_options()["service_partition"]),
        (shapes.BootInitiator, command.get_boot_options()["initiator"]),
    ]
    for shape, found in promised:
        assert set(found) == set(shape.__annotations__)

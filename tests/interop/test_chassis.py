# SPDX-License-Identifier: Apache-2.0
"""Chassis, boot options, watchdog, controller and names of the system: what ipmitool and FreeIPMI print of the same BMC.

Not compared: FreeIPMI's power-on hours, which it divides where the specification multiplies (1234 counts of 60 minutes
are 20 minutes to FreeIPMI 1.6), and ipmitool's present countdown where ipmi_sim leaves it out (it prints memory).
"""
from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers import RICH, SMALL, FakeBmc, Simulator, program, run

from pyghmi.exceptions import CompletionCodeError
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private import serversession
from pyghmi.sim.machine import SimulatedBmc

CAUSES = range(12)
YES_NO = {"true": True, "false": False, "active": True, "inactive": False, "allowed": True, "not allowed": False}


def fields(text: str) -> dict[str, str]:
    return {key.strip(): value.strip() for key, value in re.findall(r"^([^:\n]+?)\s*:[ \t]*(.*)$", text, re.M)}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeBmc]:
    served = FakeBmc("--user", "admin:secret")
    yield served
    assert served.stop() == 0


@pytest.fixture(scope="module", params=["small", "rich"])
def simulator(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    made = Simulator(tmp_path_factory.mktemp("chassis") / request.param, rich=request.param == "rich")
    yield made
    made.stop()


@pytest.fixture
def ours(fake: FakeBmc) -> Iterator[Command]:
    with Command(fake.host, fake.user, fake.password, port=fake.port) as command:
        yield command


def tool(fake: FakeBmc, *arguments: str) -> str:
    done = fake.ipmitool(*arguments)
    assert done.returncode == 0, done
    return done.stdout


def free(fake: FakeBmc, name: str, *arguments: str) -> str:
    where = ("-D", "LAN_2_0", "-h", f"{fake.host}:{fake.port}", "-u", fake.user, "-p", fake.password, "-l", "ADMIN", "-I", "17")
    return run(program(name), *where, *arguments, check=True).stdout


def compare_status(found: Any, theirs: dict[str, str]) -> None:
    assert found["power"] == theirs["System Power"]
    assert found["restore_policy"] == theirs["Power Restore Policy"]
    assert found["last_event"] == theirs["Last Power Event"].split()
    for key, name in (
        ("overload", "Power Overload"), ("interlock", "Power Interlock"), ("power_fault", "Main Power Fault"),
        ("control_fault", "Power Control Fault"), ("intrusion", "Chassis Intrusion"),
        ("front_panel_lockout", "Front-Panel Lockout"), ("drive_fault", "Drive Fault"), ("cooling_fault", "Cooling/Fan Fault"),
    ):
        assert found[key] is YES_NO[theirs[name]], key
    if "Sleep Button Disable" not in theirs:  # ipmitool says nothing of a byte that is 0
        assert not any(any(button.values()) for button in (found["buttons"] or {}).values())
        return
    for key, name in (("sleep", "Sleep"), ("diagnostic", "Diag"), ("reset", "Reset"), ("power", "Power")):
        assert found["buttons"][key]["may_disable"] is YES_NO[theirs[f"{name} Button Disable"]]
        assert found["buttons"][key]["disabled"] is YES_NO[theirs[f"{name} Button Disabled"]]


def test_status_of_our_bmc(fake: FakeBmc, ours: Command) -> None:
    for state in ("on", "off"):
        ours.set_power(state, wait=True)
        compare_status(ours.get_chassis_status(), fields(tool(fake, "chassis", "status")))
    ours.set_front_panel_enables(power=False, reset=True, diagnostic=False, sleep=True)
    compare_status(ours.get_chassis_status(), fields(tool(fake, "chassis", "status")))
    theirs = fields(free(fake, "ipmi-chassis", "--get-chassis-status"))
    assert theirs["Chassis Identify state"] == ours.get_chassis_status()["identify"]
    panel = free(fake, "ipmi-config", "--category=chassis", "--checkout", "--section=Chassis_Front_Panel_Buttons")
    assert re.findall(r"^\s+Enable_\w+\s+(Yes|No)", panel, re.M) == ["Yes", "No", "Yes", "No"]
    ours.set_front_panel_enables(power=True, reset=True, diagnostic=True, sleep=True)


def test_identify_states(fake: FakeBmc, ours: Command) -> None:
    for seconds, word in ((None, "indefinite"), (20, "timed"), (0, "off")):
        ours.set_identify(duration=seconds)
        assert ours.get_chassis_status()["identify"] == word
        assert word in fields(free(fake, "ipmi-chassis", "--get-chassis-status"))["Chassis Identify state"].lower()


def test_restore_policy(fake: FakeBmc, ours: Command) -> None:
    supported = fields(tool(fake, "chassis", "policy", "list"))["Supported chassis power policy"].split()
    assert sorted(ours.get_power_restore_policy()["supported"]) == sorted(supported)
    for policy in ("always-on", "previous", "always-off"):
        ours.set_power_restore_policy(policy)
        assert fields(tool(fake, "chassis", "status"))["Power Restore Policy"] == policy
        assert ours.get_power_restore_policy()["policy"] == policy
    tool(fake, "chassis", "policy", "always-on")
    assert ours.get_power_restore_policy()["policy"] == "always-on"


def test_counters_and_capabilities(fake: FakeBmc, ours: Command) -> None:
    found = re.search(r"(\d+) days, (\d+) hours", tool(fake, "chassis", "poh"))
    assert found is not None
    assert ours.get_power_on_hours() == int(found[1]) * 24 + int(found[2])
    assert ours.get_restart_cause()["cause"] == fields(tool(fake, "chassis", "restart_cause"))["System restart cause"]
    theirs = fields(free(fake, "ipmi-chassis", "--get-chassis-capabilities"))
    mine = ours.get_chassis_capabilities()
    provided = {"provided": True, "not provided": False}
    assert mine["intrusion_sensor"] is provided[theirs["Intrusion sensor"]]
    assert mine["front_panel_lockout"] is provided[theirs["Front Panel Lockout"]]
    assert mine["diagnostic_interrupt"] is provided[theirs["Diagnostic Interrupt"]]
    assert mine["power_interlock"] is provided[theirs["Power interlock"]]
    for key, name in (
        ("fru_address", "FRU Info Device Address"), ("sdr_address", "SDR Device Address"), ("sel_address", "SEL Device Address"),
        ("system_management_address", "Sys Mgmt Device Address"), ("bridge_address", "Bridge Device Address"),
    ):
        assert mine[key] == int(theirs[name].rstrip("h"), 16)  # type: ignore[literal-required]
    ours.set_chassis_capabilities(intrusion_sensor=True, fru_address=0x22)
    theirs = fields(free(fake, "ipmi-chassis", "--get-chassis-capabilities"))
    assert (theirs["Intrusion sensor"], theirs["FRU Info Device Address"]) == ("provided", "22h")
    ours.set_chassis_capabilities(intrusion_sensor=False, fru_address=0x20)


def test_boot_flags_that_we_write(fake: FakeBmc, ours: Command) -> None:
    tool_names = {
        "network": "Force PXE", "hd": "Force Boot from default Hard-Drive", "safe": "Force Boot from default Hard-Drive, request Safe-Mode",
        "diag": "Force Boot from Diagnostic Partition", "optical": "Force Boot from CD/DVD", "setup": "Force Boot into BIOS Setup",
    }
    for device, name in tool_names.items():
        report = ours.set_boot_options(device, uefi=True, persistent=True)
        assert (report["differences"], report["refused"]) == ([], {})
        shown = tool(fake, "chassis", "bootparam", "get", "5")
        assert f"Boot Device Selector : {name}\n" in shown
        for text in ("Boot Flag Valid", "Options apply to all future boots", "BIOS EFI boot"):
            assert text in shown
        assert report["held"] == report["requested"]
    ours.set_boot_options(clear=True)
    assert "Boot Flag Invalid" in tool(fake, "chassis", "bootparam", "get", "5")


def test_every_boot_flag_as_freeipmi_reads_it(fake: FakeBmc, ours: Command) -> None:
    ours.set_boot_options(
        "remote hd", uefi=True, persistent=True, instance=0x13, verbosity="quiet", console_redirection="skip", clear_cmos=True,
        lock_keyboard=True, lock_reset_button=True, lock_power_button=False, lock_sleep_button=True, blank_screen=True,
        bypass_password=True, force_progress_traps=False,
    )
    shown = free(fake, "ipmi-config", "--category=chassis", "--checkout", "--section=Chassis_Boot_Flags")
    assert dict(re.findall(r"^\s+([A-Z]\w+)\s+(\S+)$", shown, re.M)) == {
        "Boot_Flags_Persistent": "Yes", "BIOS_Boot_Type": "EFI", "CMOS_Clear": "Yes", "Lock_Keyboard": "Yes", "Screen_Blank": "Yes",
        "Boot_Device": "REMOTE-HARD-DRIVE", "Device_Instance_Selector": "Internal-3", "Lock_Out_Reset_Button": "Yes",
        "Lock_Out_Power_Button": "No", "Lock_Out_Sleep_Button": "Yes", "Firmware_Bios_Verbosity": "QUIET",
        "Force_Progress_Event_Traps": "No", "User_Password_Bypass": "Yes", "Console_Redirection": "SUPPRESS",
    }
    ours.set_boot_options(clear=True)


def test_boot_options_that_ipmitool_writes(fake: FakeBmc, ours: Command) -> None:
    for name, device in (("force_pxe", "network"), ("force_disk", "hd"), ("force_cdrom", "optical"), ("force_bios", "setup")):
        tool(fake, "chassis", "bootparam", "set", "bootflag", name)
        found = ours.get_boot_options()
        assert (found["valid"], found["device"], found["persistent"], found["uefi"]) == (True, device, False, False)
    options: list[tuple[str, str, Any]] = [
        ("persistent", "persistent", True), ("efiboot", "uefi", True), ("clear-cmos", "clear_cmos", True),
        ("lockkbd", "lock_keyboard", True), ("screenblank", "blank_screen", True), ("lockoutreset", "lock_reset_button", True),
        ("lockout_power", "lock_power_button", True), ("verbose=yes", "verbosity", "verbose"),
        ("force_pet", "force_progress_traps", True), ("upw_bypass", "bypass_password", True),
        ("lockout_sleep", "lock_sleep_button", True), ("cons_redirect=skip", "console_redirection", "skip"),
        ("cons_redirect=enable", "console_redirection", "enable"),
    ]
    tool(fake, "chassis", "bootdev", "pxe")
    plain = ours.get_boot_options()
    for option, key, value in options:
        tool(fake, "chassis", "bootdev", "pxe", f"options={option}")
        found = ours.get_boot_options()
        assert {name for name in found if found[name] != plain[name]} == {key, "raw"}  # type: ignore[literal-required]
        assert found[key] == value  # type: ignore[literal-required]
    data = re.search(r"Boot parameter data: (\w+)", tool(fake, "chassis", "bootparam", "get", "5"))
    assert data is not None
    assert found["raw"].hex() == data[1]


def test_other_boot_parameters(fake: FakeBmc, ours: Command) -> None:
    ours.set_boot_options("network", keep_on=("timeout", "watchdog"))
    shown = tool(fake, "chassis", "bootparam", "get", "3")
    assert "Don't automatically clear boot flag valid bit on timeout" in shown
    assert "Don't clear valid bit on reset/power cycle cause by watchdog" in shown
    assert "PEF" not in shown
    ours.set_boot_initiator(1, 0x01020304, 0x5F543210)
    initiator = fields(tool(fake, "chassis", "bootparam", "get", "6"))
    assert (initiator["Channel Number"], initiator["Session Id"]) == ("1", "01020304h")
    ours.set_boot_service_partition(7, scan=True)
    assert fields(tool(fake, "chassis", "bootparam", "get", "1"))["Service Partition Selector"] == "7"
    # Bit 1 requests the scan and bit 0 says "discovered" (also to FreeIPMI); ipmitool 1.8.19 prints them the other way round.
    assert "Boot parameter data: 02\n" in tool(fake, "chassis", "bootparam", "get", "2")
    ours.set_boot_mailbox(b"ipmi mailbox", iana=7154)
    assert fields(tool(fake, "chassis", "bootmbox", "get", "block", "0"))["IANA PEN"].startswith("7154 ")
    assert "ipmi mailbox" in tool(fake, "chassis", "bootmbox", "get", "text", "block", "0")
    tool(fake, "chassis", "bootmbox", "set", "text", "343", "hello there")
    assert ours.get_boot_mailbox()["iana"] == 343
    assert ours.get_boot_mailbox()["data"].startswith(b"hello there")


WATCHDOG_WORDS = {
    "use": {"none": "Reserved", "frb2": "BIOS FRB2", "post": "BIOS/POST", "osload": "OS Load", "sms": "SMS/OS", "oem": "OEM"},
    "action": {"none": "No action", "reset": "Hard Reset", "poweroff": "Power Down", "cycle": "Power Cycle"},
    "pre_timeout_interrupt": {"none": "None", "smi": "SMI", "nmi": "NMI/Diagnostic", "msg": "Messaging"},
}


def compare_watchdog(found: Any, shown: str, *, present: bool = True) -> None:
    theirs = fields(shown)
    words = {"use": "Watchdog Timer Use", "action": "Watchdog Timer Action", "pre_timeout_interrupt": "Pre-timeout interrupt"}
    for key, name in words.items():
        assert theirs[name].split(" (")[0] == WATCHDOG_WORDS[key][found[key]], (key, shown)
    assert found["running"] is (theirs["Watchdog Timer Is"] == "Started/Running")
    assert found["logging"] is (theirs["Watchdog Timer Logging"] == "On")
    assert found["pre_timeout"] == int(theirs["Pre-timeout interval"].split()[0])
    assert found["countdown"] == float(theirs["Initial Countdown"].split()[0])
    if present:
        assert abs(found["present_countdown"] - float(theirs["Present Countdown"].split()[0])) < 3.0


def test_watchdog_of_our_bmc(fake: FakeBmc, ours: Command) -> None:
    compare_watchdog(ours.get_watchdog(), tool(fake, "mc", "watchdog", "get"))
    for use in ("frb2", "post", "osload", "sms", "oem"):
        for action, interrupt in (("none", "none"), ("reset", "smi"), ("poweroff", "nmi"), ("cycle", "msg")):
            ours.set_watchdog(use, action, 3000.5, 5, interrupt, log=use != "sms", start=action == "reset")
            compare_watchdog(ours.get_watchdog(), tool(fake, "mc", "watchdog", "get"))
    tool(fake, "mc", "watchdog", "set", "timeout=500", "pretimeout=9", "int=nmi", "use=osload", "action=cycle", "nolog")
    tool(fake, "mc", "watchdog", "reset")
    found = ours.get_watchdog()
    assert (found["use"], found["action"], found["countdown"], found["running"], found["logging"]) == ("osload", "cycle", 500.0, True, False)
    ours.stop_watchdog()
    assert fields(tool(fake, "mc", "watchdog", "get"))["Watchdog Timer Is"] == "Stopped"
    ours.reset_watchdog()
    tool(fake, "mc", "watchdog", "off")
    assert not ours.get_watchdog()["running"]


def test_a_watchdog_that_runs_out(fake: FakeBmc, ours: Command) -> None:
    ours.set_power("on", wait=True)
    ours.set_watchdog("sms", "poweroff", 0.3, start=True)
    end = time.monotonic() + 20
    while ours.get_power() != {"powerstate": "off"}:
        assert time.monotonic() < end
        ours.ipmi_session.link.wait(0.1)
    assert ours.get_watchdog()["expired"] == ["sms"]
    assert "SMS/OS" in fields(tool(fake, "mc", "watchdog", "get").replace("* ", "expired: ")).get("expired", "")
    assert ours.get_restart_cause()["cause"] == fields(tool(fake, "chassis", "restart_cause"))["System restart cause"]
    ours.set_watchdog("sms", "none", 60, clear=["sms"])
    assert ours.get_watchdog()["expired"] == []


def test_enables_and_acpi(fake: FakeBmc, ours: Command) -> None:
    shown = fields(tool(fake, "mc", "getenables"))
    names = {
        "recv_msg_intr": "Receive Message Queue Interrupt", "event_msg_intr": "Event Message Buffer Full Interrupt",
        "event_msg": "Event Message Buffer", "system_event_log": "System Event Logging", "oem0": "OEM 0", "oem1": "OEM 1", "oem2": "OEM 2",
    }
    assert ours.get_bmc_global_enables() == {key: shown[name] == "enabled" for key, name in names.items()}
    with pytest.raises(CompletionCodeError) as caught:
        ours.set_bmc_global_enables(event_msg=True)
    assert caught.value.code == 0xD4, "for the machine's own software"
    for system, device in (("S0/G0", "D0"), ("S3", "D1"), ("S5/G2", "D3"), ("S4", "D2")):
        ours.set_acpi_state(system, device)
        theirs = fields(free(fake, "bmc-device", "--get-acpi-power-state"))
        assert (theirs["ACPI System Power State"], theirs["ACPI Device Power State"]) == (system, device)
        assert ours.get_acpi_state() == {"system": system, "device": device}


@pytest.mark.parametrize("text", ["", "short", "fourteen bytes", "fifteen letters", "a name which takes no less than four sets, and is odd"])
def test_names(fake: FakeBmc, ours: Command, text: str) -> None:
    for name in ("system_name", "primary_os_name", "os_name", "system_fw_version"):
        ours.set_system_info(name, text)
        assert tool(fake, "mc", "getsysinfo", name).rstrip("\n") == text
        if text:
            tool(fake, "mc", "setsysinfo", name, text[::-1])
            assert ours.get_system_info()[name] == text[::-1]  # type: ignore[literal-required]
    ours.set_system_info("bmc_url", "https://192.0.2.9/login")
    theirs = fields(free(fake, "bmc-info", "--get-system-info"))
    mine = ours.get_system_info()
    for key, name in (
        ("system_fw_version", "System Firmware Version"), ("system_name", "System Name"), ("os_name", "Operating System Name"),
        ("primary_os_name", "Primary Operating System Name"), ("os_version", "Present OS Version Number"), ("bmc_url", "BMC URL"),
        ("hypervisor_url", "Base OS/Hypervisor URL"),
    ):
        assert mine[key] == theirs[name]  # type: ignore[literal-required]


# --- every bit and every cause


class Odd:
    """Our BMC in a thread of this process: its chassis status and restart cause are what the test says."""

    host = "127.0.0.1"
    user, password = "admin", "secret"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.status, self.cause = bytes(4), 0
        self.reactor = Reactor()
        self._stopped = False
        with monkeypatch.context() as patch:
            patch.setattr(serversession.ipmisession, "shared", lambda: self.reactor)
            self.bmc = SimulatedBmc({"admin": "secret"}, 0)
        self.port = int(self.bmc.address[1])
        self.bmc.table[0, 1] = lambda _data: (0, self.status)
        self.bmc.table[0, 7] = lambda _data: (0, bytes((self.cause, 1)))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopped:
            self.reactor.run_once(0.05)

    def ipmitool(self, *arguments: str) -> str:
        where = ("-I", "lanplus", "-H", self.host, "-p", str(self.port), "-U", self.user, "-P", self.password, "-C", "17")
        return run(program("ipmitool"), *where, *arguments, check=True).stdout

    def stop(self) -> None:
        self._stopped = True
        self._thread.join(5)
        self.bmc.logout()
        self.reactor.close()


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Odd]:
    served = Odd(monkeypatch)
    yield served
    served.stop()


def test_every_restart_cause(odd: Odd) -> None:
    with Command(odd.host, odd.user, odd.password, port=odd.port) as bmc:
        for odd.cause in CAUSES:
            assert bmc.get_restart_cause()["cause"] == fields(odd.ipmitool("chassis", "restart_cause"))["System restart cause"]


def test_every_bit_of_the_chassis_status(odd: Odd) -> None:
    rows = [bytes(4), b"\x7f\x1f\x7f\xff", b"\0", b"\1\x10", b"\x21\0\x40"]
    rows += [bytes(at) + bytes((1 << bit,)) + bytes(3 - at) for at in range(4) for bit in range(8)]
    with Command(odd.host, odd.user, odd.password, port=odd.port) as bmc:
        for odd.status in rows:
            if len(odd.status) < 3:
                assert bmc.get_chassis_status()["power"] == odd.ipmitool("power", "status").split()[-1]
                continue  # ipmitool 1.8.19 prints what it has not got
            compare_status(bmc.get_chassis_status(), fields(odd.ipmitool("chassis", "status")))


# --- ipmi_sim


def test_the_rest_of_ipmi_sim(simulator: Simulator) -> None:
    folder = RICH if simulator.user == "ADMIN" else SMALL
    with Command(simulator.host, simulator.user, simulator.password, port=simulator.port) as bmc:
        compare_status(bmc.get_chassis_status(), fields((folder / "ipmitool-chassis-status.expected.txt").read_text()))
        expected = (Path(folder) / "ipmitool-chassis-bootparam-5.expected.txt").read_text()
        found = bmc.get_boot_options()
        data = re.search(r"Boot parameter data: (\w+)", expected)
        assert data is not None
        assert (found["raw"].hex(), found["valid"]) == (data[1], "Boot Flag Valid" in expected)
        assert [found[key] for key in ("keep_on", "may_act", "initiator", "set_in_progress")] == [None] * 4  # type: ignore[literal-required]
        compare_watchdog(bmc.get_watchdog(), simulator.ipmitool("mc", "watchdog", "get"), present=False)
        bmc.set_watchdog("oem", "none", 77.5, log=False)
        compare_watchdog(bmc.get_watchdog(), simulator.ipmitool("mc", "watchdog", "get"), present=False)
        enables = fields(simulator.ipmitool("mc", "getenables"))
        assert bmc.get_bmc_global_enables()["system_event_log"] is (enables["System Event Logging"] == "enabled")
        assert set(bmc.get_system_info().values()) == {None}
        for ask in (bmc.get_power_on_hours, bmc.get_restart_cause, bmc.get_acpi_state):
            with pytest.raises(CompletionCodeError) as caught:
                ask()
            assert caught.value.code == 0xC1, "ipmi_sim 2.0.33 has no such command"

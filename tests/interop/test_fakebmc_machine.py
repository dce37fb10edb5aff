# SPDX-License-Identifier: Apache-2.0
"""The simulated rack server as programs of others see it: nothing fails, nothing surprises, and what is set counts."""
from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import FakeBmc, program, run

from pyghmi.ipmi.command import Command

STRANGE = re.compile(r"error|unknown|failed|invalid command|unable|not supported|unspecified", re.I)
ORDINARY = re.compile(
    r"Error Detect/Cor|Header Errors|Address Errors|No Error|Boot Error|Error Code|Manufacturer Name +: Unknown|Product Name +: Unknown"
    r"|Update Support|Possible values|Event_Severity|Correctable|Uncorrectable|Configuration_Error|_Failed|_Error|Unspecified"
    r"|timestamp|Capability Channel Number|Out-of-band Channel|Module Stepping|Unrecognized|Flag Invalid|load_fru\(2c,0\)|Event Enabled|Event_Battery_Failed",
)
"""Words of the texts themselves.  ipmiutil asks for the FRU of a controller on channel 6 at channel 0."""

IPMITOOL = (
    "sdr elist", "sdr elist all", "sdr elist full", "sdr elist compact", "sdr elist event", "sdr elist mcloc", "sdr elist fru", "sdr info",
    "sdr entity 10", "sdr type Fan", "sdr type list", "sensor", "sel info", "sel elist", "sel list", "sel get 5", "sel time get",
    "fru print", "lan print", "lan print 1", "lan stats get 1", "lan alert print 1", "user list", "user list 1", "user summary 1",
    "chassis status", "chassis poh", "chassis restart_cause", "chassis policy list", "chassis bootparam get 5", "chassis identify 1",
    "chassis selftest", "mc info", "mc guid", "mc selftest", "mc watchdog get", "mc getenables", "mc getsysinfo system_name",
    "channel info 1", "channel getaccess 1", "channel getciphers ipmi 1", "session info active", "sol info", "sol info 1",
    "sol payload status 1 2", "pef info", "pef status", "pef filter list", "pef policy list", "dcmi discover", "dcmi power reading",
    "dcmi power get_limit", "dcmi sensors", "dcmi asset_tag", "dcmi get_mc_id_string", "dcmi get_temp_reading", "dcmi get_conf_param",
)
FREEIPMI = (
    "ipmi-sensors", "ipmi-sensors -v", "ipmi-sensors -vv", "ipmi-sensors --output-sensor-state --output-sensor-thresholds",
    "ipmi-sensors --bridge-sensors --output-sensor-state", "ipmi-sensors --comma-separated-output", "ipmi-sel", "ipmi-sel -v --output-event-state",
    "ipmi-sel --info", "ipmi-fru", "ipmi-fru --bridge-fru", "bmc-info --get-device-id", "bmc-info --get-device-guid", "bmc-info --get-system-info",
    "ipmi-chassis --get-chassis-status", "ipmi-chassis --get-chassis-capabilities", "ipmi-chassis --get-system-restart-cause",
    "ipmi-chassis --get-power-on-hours-counter", "ipmi-dcmi --get-dcmi-capability-info", "ipmi-dcmi --get-power-limit",
    "ipmi-dcmi --get-dcmi-sensor-info", "ipmi-dcmi --get-asset-tag", "ipmi-dcmi --get-management-controller-identifier-string",
    "ipmi-dcmi --get-system-power-statistics", "ipmi-dcmi --get-enhanced-system-power-statistics",
    "ipmi-config --category=chassis --checkout", "ipmi-config --category=sensors --checkout", "ipmi-config --category=pef --checkout",
    "ipmi-config --category=dcmi --checkout", "bmc-device --get-self-test-results", "bmc-device --get-acpi-power-state",
    "bmc-device --get-lan-statistics", "bmc-device --get-sdr-repository-time", "bmc-device --get-sel-time", "bmc-device --get-bmc-global-enables",
)
IPMIUTIL = ("health", "sensor", "sensor -v", "sel", "sel -v", "fru", "lan", "user", "wdt", "config", "dcmi power_reading")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machine") / "requests.log"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[FakeBmc]:
    fake = FakeBmc("--user", "admin:secret", "--user", "oper:op-pass:operator", "--stay", "--log", str(log), "--seed", "7")
    on(fake)
    run(program("ipmi-sensors"), *where(fake), "--sdr-cache-recreate", "--quiet-cache")  # what it says while it caches goes to stderr
    yield fake
    assert fake.stop() == 0


def where(fake: FakeBmc) -> tuple[str, ...]:
    return ("-D", "LAN_2_0", "-h", f"{fake.host}:{fake.port}", "-u", fake.user, "-p", fake.password, "-l", "ADMIN", "-I", "3")


def on(fake: FakeBmc) -> None:
    assert run(program("ipmipower"), *where(fake), "--on", "--wait-until-on").returncode == 0


def unsurprising(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done
    assert done.stderr == "", done.stderr
    strange = [line for line in done.stdout.splitlines() if STRANGE.search(line) and not ORDINARY.search(line)]
    assert not strange, strange
    return done.stdout


@pytest.mark.parametrize("command", IPMITOOL)
def test_ipmitool(server: FakeBmc, command: str) -> None:
    assert unsurprising(server.ipmitool(*command.split())).strip()


@pytest.mark.parametrize("command", FREEIPMI)
def test_freeipmi(server: FakeBmc, command: str) -> None:
    name, *more = command.split()
    assert unsurprising(run(program(name), *where(server), *more)).strip()


def test_ipmi_config_core(server: FakeBmc) -> None:
    """It ends with 1 where a BMC has not all cipher suites, those with RC4 too; with Lan_Conf_Auth where one type is missing."""
    done = run(program("ipmi-config"), *where(server), "--category=core", "--checkout", timeout=120)
    assert (done.returncode, done.stderr) == (1, "")
    sections = re.findall(r"^Section (\w+)", done.stdout, re.M)
    assert {"User1", "User15", "Lan_Channel", "Lan_Conf", "Lan6_Conf", "Lan_Conf_Auth", "Lan_Conf_Security_Keys", "SOL_Conf"} <= set(sections)
    assert re.search(r"^\s+Enable_SOL\s+Yes", done.stdout, re.M)
    for section in ("User2", "Lan_Conf", "SOL_Conf"):
        assert run(program("ipmi-config"), *where(server), "--category=core", "--checkout", f"--section={section}").returncode == 0


@pytest.fixture(scope="module")
def server_on_623() -> Iterator[FakeBmc]:
    if os.geteuid() != 0:
        pytest.skip("port 623 takes root")
    address = f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 200}.6"
    fake = FakeBmc("--user", "admin:secret", "--port", "623", "--address", address)
    fake.host = address
    fake.port = 623
    fake.ipmitool("power", "on")
    yield fake
    assert fake.stop() == 0


@pytest.mark.parametrize("command", IPMIUTIL)
def test_ipmiutil(server_on_623: FakeBmc, command: str) -> None:
    done = run(program("ipmiutil"), *command.split(), "-N", server_on_623.host, "-U", "admin", "-P", "secret", "-F", "lan2", "-V", "4")
    shown = "\n".join(line for line in done.stdout.splitlines() if "Entity ID" not in line)  # it calls instances above 1 of inlets invalid
    assert unsurprising(subprocess.CompletedProcess(done.args, done.returncode, shown, done.stderr))


# --- what they show is what our client reads


def test_the_same_sensors(server: FakeBmc) -> None:
    """ipmitool shows one of the sensors that share a record; FreeIPMI one too."""
    theirs = {line.split("|")[0].strip() for line in server.ipmitool("sensor").stdout.splitlines()}
    with Command(server.host, server.user, server.password, port=server.port) as bmc:
        ours = {each.name.strip() for each in bmc.get_sensor_data()}
    assert ours - {f"Drive {number}" for number in range(1, 9)} == theirs - {"Drive"}
    assert {f"Drive {number}" for number in range(1, 9)} <= ours
    assert len(theirs) > 100


def test_values_move_with_the_power(server: FakeBmc) -> None:
    def watts() -> int:
        return int(re.search(r"Instantaneous power reading: +(\d+)", server.ipmitool("dcmi", "power", "reading").stdout)[1])  # type: ignore[index]

    on(server)
    time.sleep(1.2)
    assert watts() > 100
    assert "RPM" in server.ipmitool("sdr", "get", "Fan 1A").stdout
    run(program("ipmipower"), *where(server), "--off", "--wait-until-off")
    assert watts() < 30
    assert re.search(r"Fan 1A +\| \w+h \| ns ", server.ipmitool("sdr", "elist").stdout)
    on(server)


# --- what is set counts


def test_thresholds_raise_events(server: FakeBmc) -> None:
    server.ipmitool("sensor", "thresh", "Inlet Temp", "unc", "15")
    time.sleep(0.2)
    shown = server.ipmitool("sel", "elist").stdout.splitlines()
    assert re.search(r"Temperature Inlet Temp \| Upper Non-critical going high \| Asserted \| Reading 2\d > Threshold 15 degrees C", shown[-1])
    server.ipmitool("sensor", "thresh", "Inlet Temp", "unc", "38")
    assert "Inlet Temp | Upper Non-critical going high | Deasserted" in server.ipmitool("sel", "elist").stdout.splitlines()[-1]


def test_users_take_effect(server: FakeBmc) -> None:
    for words in (
        ("set", "name", "5", "fresh"), ("set", "password", "5", "fresh-word"), ("enable", "5"), ("priv", "5", "3", "1"),
    ):
        unsurprising(server.ipmitool("user", *words))
    server.ipmitool("channel", "setaccess", "1", "5", "ipmi=on", "privilege=3")
    assert server.ipmitool("-L", "OPERATOR", "power", "status", user="fresh", password="fresh-word").returncode == 0
    assert server.ipmitool("-L", "OPERATOR", "power", "status", user="fresh", password="other").returncode != 0
    unsurprising(server.ipmitool("user", "disable", "5"))
    assert server.ipmitool("-L", "OPERATOR", "power", "status", user="fresh", password="fresh-word").returncode != 0


def test_sol_parameters_are_set(server: FakeBmc) -> None:
    unsurprising(server.ipmitool("sol", "set", "retry-count", "5", "1"))
    assert re.search(r"Retry Count +: 5", server.ipmitool("sol", "info", "1").stdout)


def test_the_watchdog_acts(server: FakeBmc) -> None:
    on(server)
    unsurprising(server.ipmitool("raw", "6", "0x24", "4", "2", "0", "0x10", "5", "0"))
    unsurprising(server.ipmitool("raw", "6", "0x22"))
    time.sleep(1.0)
    assert "is off" in server.ipmitool("power", "status").stdout
    assert "Watchdog2 Watchdog | Power down" in server.ipmitool("sel", "elist").stdout
    on(server)


@pytest.mark.parametrize(
    ("route", "device"), [(("-t", "0x82", "-b", "0"), 130), (("-t", "0x2c", "-b", "6"), 80), (("-T", "0x82", "-B", "0", "-t", "0x90", "-b", "7"), 144)]
)
def test_controllers_behind_it(server: FakeBmc, route: tuple[str, ...], device: int) -> None:
    assert f"Device ID                 : {device}" in unsurprising(server.ipmitool(*route, "mc", "info"))


def test_a_cold_reset_is_a_silence(server: FakeBmc) -> None:
    server.ipmitool("chassis", "policy", "always-on")
    assert server.ipmitool("mc", "reset", "cold").returncode == 0
    assert server.ipmitool("-R", "1", "-N", "1", "power", "status").returncode != 0
    time.sleep(3.0)
    shown = unsurprising(server.ipmitool("chassis", "status"))
    assert re.search(r"System Power +: on", shown)
    assert re.search(r"Power Restore Policy : always-on", shown)


def test_requests_are_logged_without_secrets(server: FakeBmc, log: Path) -> None:
    server.ipmitool("user", "set", "password", "6", "not-to-be-seen")
    lines = log.read_text().splitlines()
    assert any(line.endswith("Chassis Control action=power_up -> done") for line in lines)
    passwords = [line for line in lines if "Set User Password" in line]
    assert passwords
    assert all("password=…" in line for line in passwords)
    assert not any(b"not-to-be-seen".hex()[:8] in line or "not-to" in line for line in lines)


@pytest.mark.parametrize(("profile", "entries"), [("small", 13), ("full-sel", 1000)])
def test_other_profiles(profile: str, entries: int) -> None:
    fake = FakeBmc("--user", "admin:secret", "--profile", profile)
    try:
        assert re.search(rf"Entries +: {entries}\n", unsurprising(fake.ipmitool("sel", "info")))
        assert len(unsurprising(fake.ipmitool("sel", "elist")).splitlines()) == entries
        unsurprising(fake.ipmitool("sdr", "elist", "all"))
    finally:
        assert fake.stop() == 0

# SPDX-License-Identifier: Apache-2.0
"""Clients written by others against our BMC."""
from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from peers import USERS, FakeBmc, program, run

from pyghmi.cmd import fakebmc

KNOWN_GUID = "5a1d0c77-5053-4f6e-9b1e-0200005e0001"
GUID_BACKWARDS = ("01005e00", "0002", "1e9b", "4f6e", "50535a1d0c77")
"""FreeIPMI prints every GUID in the order of the IPMI specification, whatever order it is in."""
IPMITOOL_SUITES = (17, 3, 16, 15, 2, 1, 8, 7, 6, 0)
"""ipmitool 1.8.19 ends with an assertion on 11 and 12."""


def quiet(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done
    assert done.stderr == "", done.stderr
    return done.stdout


def becomes(bmc: FakeBmc, state: str) -> None:
    """Wait until the power is so: nothing happens at once."""
    end = time.monotonic() + 10
    while quiet(bmc.ipmitool("power", "status")) != f"Chassis Power is {state}\n":
        assert time.monotonic() < end
        time.sleep(0.1)


# --- ipmitool


@pytest.mark.parametrize("suite", IPMITOOL_SUITES)
def test_ipmitool_every_suite(bmc: FakeBmc, suite: int) -> None:
    assert quiet(bmc.ipmitool("power", "status", suite=suite)).strip() in ("Chassis Power is off", "Chassis Power is on")


def test_ipmitool_power(bmc: FakeBmc) -> None:
    assert quiet(bmc.ipmitool("power", "off")) == "Chassis Power Control: Down/Off\n"
    assert quiet(bmc.ipmitool("power", "status")) == "Chassis Power is off\n"
    refused = bmc.ipmitool("power", "cycle")
    assert "Command not supported in present state" in refused.stderr
    assert quiet(bmc.ipmitool("power", "on")) == "Chassis Power Control: Up/On\n"
    becomes(bmc, "on")
    assert quiet(bmc.ipmitool("power", "status", suite=3)) == "Chassis Power is on\n"
    quiet(bmc.ipmitool("power", "cycle"))
    assert quiet(bmc.ipmitool("power", "status")) == "Chassis Power is off\n"
    becomes(bmc, "on")
    for word in ("reset", "diag", "soft"):
        quiet(bmc.ipmitool("power", word))
    becomes(bmc, "off")


def test_ipmitool_identity(bmc: FakeBmc) -> None:
    info = quiet(bmc.ipmitool("mc", "info"))
    assert "Device ID                 : 32" in info
    assert "Firmware Revision         : 2.10" in info
    assert "IPMI Version              : 2.0" in info
    assert "Product ID                : 20563 (0x5053)" in info
    assert f"System GUID   : {KNOWN_GUID}" in quiet(bmc.ipmitool("mc", "guid"))
    assert "Selftest: passed" in quiet(bmc.ipmitool("mc", "selftest"))


def test_ipmitool_chassis(bmc: FakeBmc) -> None:
    quiet(bmc.ipmitool("chassis", "bootdev", "pxe", "options=efiboot,persistent"))
    shown = quiet(bmc.ipmitool("chassis", "bootparam", "get", "5"))
    assert "Boot Flag Valid" in shown
    assert "Boot Device Selector : Force PXE" in shown
    assert "Options apply to all future boots" in shown
    assert "BIOS EFI boot" in shown
    quiet(bmc.ipmitool("chassis", "identify", "5"))
    quiet(bmc.ipmitool("chassis", "identify", "force"))
    quiet(bmc.ipmitool("chassis", "policy", "always-on"))
    assert "Power Restore Policy : always-on" in quiet(bmc.ipmitool("chassis", "status"))
    quiet(bmc.ipmitool("chassis", "restart_cause"))
    assert "POH Counter" in quiet(bmc.ipmitool("chassis", "poh"))


def test_ipmitool_session_and_channel(bmc: FakeBmc) -> None:
    assert "privilege level               : ADMINISTRATOR" in quiet(bmc.ipmitool("session", "info", "active"))
    suites = quiet(bmc.ipmitool("channel", "getciphers", "ipmi"))
    assert [int(line.split()[0]) for line in suites.splitlines() if line[:1].isdigit()][:4] == [0, 1, 2, 3]
    assert "Channel Medium Type   : 802.3 LAN" in bmc.ipmitool("channel", "info", "1").stdout


def test_ipmitool_bridging(bmc: FakeBmc) -> None:
    assert "Device ID                 : 130" in quiet(bmc.ipmitool("-t", "0x82", "-b", "0", "mc", "info"))
    assert bmc.ipmitool("-t", "0x84", "-b", "0", "mc", "info").returncode != 0


def test_ipmitool_raw(bmc: FakeBmc) -> None:
    assert quiet(bmc.ipmitool("raw", "6", "4")).split() == ["55", "00"]
    assert "rsp=0xc1" in bmc.ipmitool("raw", "0x2c", "0x77").stderr


@pytest.mark.parametrize(("user", "password"), [("admin", "wrong"), ("nobody", "x"), ("gone", "x")])
def test_ipmitool_wrong_credentials(bmc: FakeBmc, user: str, password: str) -> None:
    done = bmc.ipmitool("power", "status", user=user, password=password)
    assert done.returncode != 0
    assert "Unable to establish IPMI v2 / RMCP+ session" in done.stderr


def test_ipmitool_privileges(bmc: FakeBmc) -> None:
    quiet(bmc.ipmitool("-L", "OPERATOR", "power", "on", user="oper", password="op-pass"))
    too_high = bmc.ipmitool("-L", "ADMINISTRATOR", "power", "status", user="oper", password="op-pass")
    assert "Set Session Privilege Level to ADMINISTRATOR failed" in too_high.stderr  # the login itself succeeds
    assert bmc.ipmitool("-L", "ADMINISTRATOR", "power", "status", user="oper", password="op-pass").returncode != 0
    quiet(bmc.ipmitool("-L", "USER", "power", "status", user="viewer", password="viewpw"))
    refused = bmc.ipmitool("-L", "USER", "power", "off", user="viewer", password="viewpw")
    assert "Insufficient privilege level" in refused.stderr
    becomes(bmc, "on")


def test_ipmitool_null_user_and_long_password(bmc: FakeBmc) -> None:
    quiet(bmc.ipmitool("-L", "USER", "power", "status", user="", password="nullpw"))
    quiet(bmc.ipmitool("power", "status", user="longpw", password="a20BytePasswordXYZ!!"))


def test_ipmitool_kg(bmc_with_kg: FakeBmc) -> None:
    quiet(bmc_with_kg.ipmitool("-k", "our-BMC-key", "power", "status"))
    assert bmc_with_kg.ipmitool("-k", "another", "power", "status").returncode != 0
    assert bmc_with_kg.ipmitool("power", "status").returncode != 0


@pytest.mark.parametrize("kind", ["MD5", "PASSWORD"])
def test_ipmitool_ipmi_15(bmc: FakeBmc, kind: str) -> None:
    assert "Device ID                 : 32" in quiet(bmc.ipmitool("-A", kind, "mc", "info", interface="lan"))
    assert bmc.ipmitool("-A", kind, "mc", "info", interface="lan", password="wrong", user="admin").returncode != 0


# --- FreeIPMI


@pytest.mark.parametrize("suite", [3, 17, 0, 1, 2, 6, 7, 8, 11, 12, 15, 16])
def test_freeipmi_every_suite(bmc: FakeBmc, suite: int) -> None:
    where = f"127.0.0.1:{bmc.port}"
    done = run(program("bmc-info"), "-D", "LAN_2_0", "-h", where, "-u", "admin", "-p", "secret", "-l", "ADMIN", "-I", str(suite))
    shown = quiet(done)
    assert "Device ID             : 32" in shown
    assert f"System GUID : {'-'.join(GUID_BACKWARDS)}" in shown
    assert "Medium Type          : 802.3 LAN" in shown


def test_freeipmi_ipmipower(bmc: FakeBmc) -> None:
    power = (program("ipmipower"), "-D", "LAN_2_0", "-h", f"127.0.0.1:{bmc.port}", "-u", "admin", "-p", "secret")
    for suite in ("3", "17"):
        for word, shown in (("--off", "ok"), ("--stat", "off"), ("--on", "ok"), ("--stat", "on"), ("--cycle", "ok"), ("--reset", "ok"), ("--pulse", "ok")):
            wait = {"--on": ["--wait-until-on"], "--off": ["--wait-until-off"]}.get(word, [])
            assert quiet(run(*power, "-I", suite, word, *wait)) == f"127.0.0.1: {shown}\n"
            if word == "--cycle":
                becomes(bmc, "on")
    wrong = run(*power[:-1], "wrong", "--stat")
    assert "password" in wrong.stdout + wrong.stderr


def test_freeipmi_chassis_and_kg(bmc: FakeBmc, bmc_with_kg: FakeBmc) -> None:
    done = run(program("ipmi-chassis"), "-D", "LAN_2_0", "-h", f"127.0.0.1:{bmc.port}", "-u", "admin", "-p", "secret", "-l", "ADMIN", "--get-chassis-status")
    assert "System Power" in quiet(done)
    keyed = run(
        program("bmc-info"), "-D", "LAN_2_0", "-h", f"127.0.0.1:{bmc_with_kg.port}", "-u", "admin", "-p", "secret", "-k", "our-BMC-key",
        "-l", "ADMIN", "-I", "17", "--get-device-id",
    )
    assert "Device ID             : 32" in quiet(keyed)


def test_freeipmi_ipmi_15(bmc: FakeBmc) -> None:
    for kind in ("MD5", "MD2", "STRAIGHT_PASSWORD_KEY"):
        done = run(
            program("bmc-info"), "-D", "LAN", "-h", f"127.0.0.1:{bmc.port}", "-u", "admin", "-p", "secret", "-l", "ADMIN", "-a", kind, "--get-device-id"
        )
        assert "Device ID             : 32" in done.stdout, done


def test_ipmi_15_without_authentication() -> None:
    fake = FakeBmc("--user", "admin:secret", "--auth-15", "none")
    try:
        assert "Device ID                 : 32" in quiet(fake.ipmitool("-A", "NONE", "mc", "info", interface="lan", password=""))
        quiet(fake.ipmitool("-A", "NONE", "power", "on", interface="lan", password=""))
        where = ("-D", "LAN", "-h", f"127.0.0.1:{fake.port}", "-u", "admin", "-l", "ADMIN")
        done = run(program("bmc-info"), *where, "-a", "NONE", "--get-device-id")
        assert "Device ID             : 32" in done.stdout, done
        assert fake.ipmitool("-A", "MD5", "mc", "info", interface="lan").returncode != 0
        nobody = fake.ipmitool("-A", "NONE", "mc", "info", interface="lan", user="nobody", password="")
        assert nobody.returncode != 0
    finally:
        assert fake.stop() == 0


def test_rmcp_ping(bmc: FakeBmc) -> None:
    done = run(program("rmcpping"), "-c", "2", f"127.0.0.1:{bmc.port}") if _has("rmcpping") else None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(bytes.fromhex("0600ff06000011be80010000"), ("127.0.0.1", bmc.port))
        answer = sock.recv(100)
    assert answer[:10] == bytes.fromhex("0600ff06000011be4001")
    assert answer[20] & 0x80
    assert done is None or done.returncode in (0, 1)


def _has(name: str) -> bool:
    import shutil

    return shutil.which(name) is not None


# --- OpenIPMI and ipmiutil: they know only port 623


@pytest.fixture(scope="module")
def bmc_on_623() -> Iterator[FakeBmc]:
    if os.geteuid() != 0:
        pytest.skip("port 623 takes root")
    address = f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 200}.5"
    fake = FakeBmc(*USERS, "--suites", "17,3,16,15,2,1,12,8,11,7,6,0", "--allow-15", "--port", "623", "--address", address)
    fake.host = address
    yield fake
    assert fake.stop() == 0


@pytest.mark.parametrize("suite", ["3", "1", "2"])
def test_ipmiutil(bmc_on_623: FakeBmc, suite: str) -> None:
    done = run(program("ipmiutil"), "health", "-N", bmc_on_623.host, "-U", "admin", "-P", "secret", "-F", "lan2", "-J", suite, "-V", "4")
    assert "BMC version" in done.stdout, done
    assert "error" not in done.stdout + done.stderr, done
    assert "2.10" in done.stdout


def test_ipmiutil_does_not_have_suite_17(bmc_on_623: FakeBmc) -> None:
    done = run(program("ipmiutil"), "health", "-N", bmc_on_623.host, "-U", "admin", "-P", "secret", "-F", "lan2", "-J", "17")
    assert "Unsupported cipher suite ID" in done.stdout + done.stderr


def test_ipmiutil_power(bmc_on_623: FakeBmc) -> None:
    where = ("-N", bmc_on_623.host, "-U", "admin", "-P", "secret", "-F", "lan2", "-V", "4")
    up = run(program("ipmiutil"), "power", "-u", *where)
    assert up.returncode == 0, up
    becomes(bmc_on_623, "on")


def _openipmish(bmc: FakeBmc, *options: str) -> str:
    """Type into OpenIPMI's shell as a person does."""
    shell = subprocess.Popen(
        [program("openipmish")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert shell.stdin is not None
    try:
        shell.stdin.write(f"domain open d1 -noall lan -U admin -P secret {' '.join(options)} {bmc.host}\n")
        shell.stdin.flush()
        time.sleep(2.5)
        shell.stdin.write("mc info d1(0.20)\n")
        shell.stdin.flush()
        time.sleep(1.0)
        text, _none = shell.communicate("domain close d1\nexit\n", timeout=30)
    except subprocess.TimeoutExpired:
        shell.kill()
        text, _none = shell.communicate()
    return str(text)


@pytest.mark.parametrize(
    "options",
    [
        ("-A", "rmcp+"),
        ("-A", "rmcp+", "-Ra", "rakp_hmac_sha1", "-Ri", "hmac_sha1", "-Rc", "aes_cbc_128"),
        ("-A", "rmcp+", "-Ra", "rakp_hmac_md5", "-Ri", "hmac_md5", "-Rc", "aes_cbc_128"),
        ("-A", "rmcp+", "-Ra", "rakp_hmac_md5", "-Ri", "md5", "-Rc", "aes_cbc_128"),
        ("-A", "md5"),
    ],
    ids=["default", "suite 3", "suite 8", "suite 12", "1.5"],
)
def test_openipmi(bmc_on_623: FakeBmc, options: Any) -> None:
    shown = _openipmish(bmc_on_623, *options)
    assert "Active: true" in shown or "provides_device_sdrs" in shown, shown
    assert "Manufacturer id: 0x01f3a7" in shown.replace("0x1f3a7", "0x01f3a7").replace("mfg_id", "Manufacturer id") or "0x1f3a7" in shown, shown


def test_fakebmc_ends_cleanly_and_reports() -> None:
    fake = FakeBmc("--user", "admin:secret")
    assert quiet(fake.ipmitool("power", "on"))
    assert fake.process.stdout is not None
    assert fake.process.stdout.readline() == "powered on\n"
    assert fake.stop() == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--port", "70000"), "0 to 65535"),
        (("--port", "-1"), "0 to 65535"),
        (("--port", "x"), "0 to 65535"),
        (("--trap-port", "70000"), "0 to 65535"),
        (("--users", "/nonexistent/users"), "fakebmc: --users /nonexistent/users: No such file or directory\n"),
        (("--user", "nameonly"), "NAME:PASSWORD"),
        (("--auth-15", "md5,oem"), "md5, md2, password, none"),
        (("--auth-15", ""), "md5, md2, password, none"),
        (("--profile", "toaster"), "'full-sel', 'server', 'small'"),
        (("--seed", "x"), "invalid int value"),
        (("--log", "/nonexistent/log"), "fakebmc: --log /nonexistent/log: No such file or directory\n"),
    ],
)
def test_options_that_are_wrong(options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = fakebmc.main(options)
    except SystemExit as end:
        code = end.code  # type: ignore[assignment]
    shown = capsys.readouterr()
    assert code == 2
    assert said in shown.err
    assert not shown.out


def test_fakebmc_ends_on_a_cold_reset() -> None:
    fake = FakeBmc("--user", "admin:secret")
    fake.ipmitool("mc", "reset", "cold")
    assert fake.process.wait(10) == 0
    assert "cold reset" in (fake.process.stdout.read() if fake.process.stdout is not None else "")
    fake.stop()

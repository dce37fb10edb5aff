# SPDX-License-Identifier: Apache-2.0
"""virshbmc with libvirt's test driver and with guests under QEMU, asked by ipmitool and FreeIPMI."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from peers import PATH, ROOT, program, run
from test_console import short_port
from virsh_machine import OFF, RESTART, Libvirtd, VirshBmcProcess, python_with_libvirt

sys.path.insert(0, str(ROOT))

from tests.loopback.typist import Typist

WRONG_STATE = "Command not supported in present state"


def until(condition: Callable[[], object], at_most_s: float = 20.0) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)


def without_notes(xml: str) -> str:
    """Return a definition without what virshbmc notes in it."""
    lines, inside = [], False
    for line in xml.splitlines():
        inside = inside or "<pyghmi:boot" in line
        if not inside:
            lines.append(line)
        inside = inside and "</pyghmi:boot>" not in line
    return "\n".join(lines)


# --- the test driver


@pytest.fixture(scope="module")
def played() -> Iterator[VirshBmcProcess]:
    served = VirshBmcProcess("--connect", "test:///default", "--domain", "test")
    yield served
    code, err = served.stop()
    assert code == 0
    assert "Traceback" not in err


def test_power_of_the_test_domain(played: VirshBmcProcess) -> None:
    """Every directive in both states, as ipmitool shows it."""
    assert "is on" in played.ipmitool("power", "status")
    assert "Up/On" in played.ipmitool("power", "on")
    for action in ("reset", "cycle", "diag"):
        played.ipmitool("power", action)
        assert "is on" in played.ipmitool("power", "status")
    played.ipmitool("power", "off")
    assert "is off" in played.ipmitool("power", "status")
    for action in ("off", "reset", "cycle", "soft", "diag"):
        assert WRONG_STATE in played.ipmitool("power", action, check=False)
    played.ipmitool("power", "on")
    played.ipmitool("power", "soft")
    assert "is off" in played.ipmitool("power", "status")
    played.ipmitool("power", "on")


def test_the_test_domain_has_no_console(played: VirshBmcProcess) -> None:
    assert "disabled" in played.ipmitool("sol", "activate", check=False)


def test_freeipmi_and_the_test_domain(played: VirshBmcProcess) -> None:
    where = ("-h", f"127.0.0.1:{played.port}", "-u", "admin", "-p", "secret", "-D", "LAN_2_0")
    assert ": on" in run(program("ipmipower"), *where, "--stat").stdout
    assert ": ok" in run(program("ipmipower"), *where, "--cycle").stdout
    assert ": ok" in run(program("ipmipower"), *where, "--off").stdout
    assert ": off" in run(program("ipmipower"), *where, "--stat").stdout
    assert ": ok" in run(program("ipmipower"), *where, "--on", "--wait-until-on").stdout
    shown = run(program("ipmi-chassis"), *where, "--get-chassis-status").stdout
    assert "System Power                        : on" in shown
    config = ("--category=chassis", "--section=Chassis_Boot_Flags")
    pairs = ("Boot_Device=PXE", "Boot_Flags_Persistent=Yes")
    keys = (f"--key-pair=Chassis_Boot_Flags:{pair}" for pair in pairs)
    done = run(program("ipmi-config"), *where, *config[:1], "--commit", *keys)
    assert done.returncode == 0, done.stderr
    shown = run(program("ipmi-config"), *where, *config, "--checkout").stdout
    assert re.search(r"Boot_Device +PXE", shown) and re.search(r"Boot_Flags_Persistent +Yes", shown)
    played.ipmitool("chassis", "bootdev", "none")


def test_pyghmiutil_and_the_test_domain(played: VirshBmcProcess) -> None:
    def util(*command: str) -> str:
        done = run(
            sys.executable, "-m", "pyghmi.cmd.pyghmiutil", "-p", str(played.port), played.host, "admin", *command,
            env={"IPMIPASSWORD": "secret", "PYTHONPATH": str(ROOT)}, check=False,
        )
        return done.stdout + done.stderr

    assert "on" in util("power")
    assert "off" in util("power", "off")
    assert "state" in util("power", "reset").lower()
    assert "on" in util("power", "on")
    util("bootdev", "network")
    assert "network" in util("bootdev")
    util("bootdev", "default")
    shown = played.ipmitool("mc", "guid")  # 6695eb01-f6a4-8304-79aa-97f2502e193f, as it goes on the wire
    assert "01EB9566A4F6048379AA97F2502E193F" in shown


# --- QEMU


@pytest.fixture(scope="module")
def libvirtd() -> Iterator[Libvirtd]:
    daemon = Libvirtd()
    yield daemon
    daemon.stop()


@pytest.fixture
def guest(libvirtd: Libvirtd) -> Iterator[str]:
    name = "guest"
    libvirtd.define(name)
    yield name
    if libvirtd.state(name) != "shut off":
        libvirtd.virsh("destroy", name)
    libvirtd.virsh("undefine", name)


@pytest.fixture
def bmc(libvirtd: Libvirtd, guest: str) -> Iterator[VirshBmcProcess]:
    # ipmiconsole and others take ports of four digits only.
    served = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest, port=short_port())
    yield served
    code, err = served.stop()
    assert code == 0
    assert "Traceback" not in err, err


def console(bmc: VirshBmcProcess) -> Typist:
    typist = Typist(
        program("ipmitool"), "-I", "lanplus", "-H", bmc.host, "-p", str(bmc.port), "-U", "admin", "-P", "secret", "-C", "17",
        "sol", "activate",
    )
    typist.wait_for(b"SOL Session operational")
    return typist


def ipmiconsole(bmc: VirshBmcProcess) -> Typist:
    typist = Typist(program("ipmiconsole"), "-h", f"127.0.0.1:{bmc.port}", "-u", "admin", "-p", "secret")
    typist.wait_for(b"SOL established")
    return typist


def leave(typist: Typist) -> None:
    typist.type(b"\r~.")
    assert typist.finish() == 0


def test_power_of_a_guest(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    assert "is off" in bmc.ipmitool("power", "status")
    bmc.ipmitool("power", "on")
    assert libvirtd.state(guest) == "running"
    first = libvirtd.virsh("domid", guest)
    assert "is on" in bmc.ipmitool("power", "status")
    bmc.ipmitool("power", "on")
    bmc.ipmitool("power", "reset")
    assert libvirtd.virsh("domid", guest) == first  # it went on in the same process
    bmc.ipmitool("power", "cycle")
    assert libvirtd.virsh("domid", guest) != first
    bmc.ipmitool("power", "off")
    assert libvirtd.state(guest) == "shut off"
    assert WRONG_STATE in bmc.ipmitool("power", "off", check=False)


def test_what_others_do_is_seen(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    for _each in range(2):
        libvirtd.virsh("start", guest)
        assert "is on" in bmc.ipmitool("power", "status")
        libvirtd.virsh("destroy", guest)
        assert "is off" in bmc.ipmitool("power", "status")


def test_console_of_a_guest(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    """Activated while it is off: nothing of the start is missed; typing, NMI, restarts, the power button."""
    typist = console(bmc)
    bmc.ipmitool("power", "on")
    typist.wait_for(b"READY from hd")
    typist.type(b"hello, guest")
    typist.wait_for(b"hello, guest")
    bmc.ipmitool("power", "diag")
    typist.wait_for(b"NMI!")
    for action in ("reset", "cycle"):
        typist.shown.clear()
        bmc.ipmitool("power", action)
        typist.wait_for(b"READY from hd")
        typist.type(action.encode())
        typist.wait_for(action.encode())
    typist.shown.clear()
    typist.type(RESTART)
    typist.wait_for(b"READY from hd")
    bmc.ipmitool("power", "soft")
    until(lambda: libvirtd.state(guest) == "shut off")
    assert "is off" in bmc.ipmitool("power", "status")
    typist.shown.clear()
    libvirtd.virsh("start", guest)
    bmc.ipmitool("power", "reset")
    typist.wait_for(b"READY from hd")
    leave(typist)


def test_not_one_byte_is_lost(bmc: VirshBmcProcess) -> None:
    typist = console(bmc)
    bmc.ipmitool("power", "on")
    typist.wait_for(b"READY from hd\r\n")
    typist.shown.clear()
    text = (b"abcdefghijklmnopqrstuvwxyz0123456789" * 140)[:5000]
    for at in range(0, len(text), 100):
        typist.type(text[at : at + 100])
        typist.look(0.02)
    end = time.monotonic() + 60
    while len(typist.shown) < len(text):
        assert time.monotonic() < end, len(typist.shown)
        typist.look()
    assert bytes(typist.shown) == text
    leave(typist)


def test_the_console_that_another_session_has(bmc: VirshBmcProcess) -> None:
    bmc.ipmitool("power", "on")
    typist = ipmiconsole(bmc)
    assert "already active" in bmc.ipmitool("sol", "activate", check=False)
    typist.type(b"mine")
    typist.wait_for(b"mine")
    bmc.ipmitool("sol", "deactivate")
    assert typist.finish() in (0, 1)
    assert b"SOL session stolen" in typist.shown, bytes(typist.shown)
    leave(console(bmc))


def test_the_console_that_another_program_has(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    bmc.ipmitool("power", "on")
    other = Typist(libvirtd.virsh_program, "-c", libvirtd.uri, "console", guest)
    other.wait_for(b"Connected to domain")
    assert "already active" in bmc.ipmitool("sol", "activate", check=False)
    bmc.ipmitool("sol", "deactivate", check=False)
    typist = console(bmc)
    assert other.finish() in (0, 1)
    typist.type(b"mine")
    typist.wait_for(b"mine")
    leave(typist)
    typist = ipmiconsole(bmc)
    other = Typist(libvirtd.virsh_program, "-c", libvirtd.uri, "console", "--force", guest)
    other.wait_for(b"Connected to domain")
    assert typist.finish() in (0, 1)
    assert b"SOL session stolen" in typist.shown, bytes(typist.shown)
    other.type(b"\x1d")
    other.finish()


def test_boot_once(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    """The next start is from the floppy, all others are from the disk, also after a restart by the guest itself."""
    before = libvirtd.inactive(guest)
    bmc.ipmitool("power", "on")
    typist = console(bmc)
    bmc.ipmitool("chassis", "bootdev", "floppy")
    shown = bmc.ipmitool("chassis", "bootparam", "get", "5")
    assert "Boot Flag Valid" in shown and "only next boot" in shown and "Floppy" in shown
    changed = libvirtd.inactive(guest)
    assert without_notes(changed) == before.replace("<boot dev='hd'/>", "<boot dev='fd'/>\n    <boot dev='hd'/>").rstrip("\n")
    typist.shown.clear()
    bmc.ipmitool("power", "reset")
    typist.wait_for(b"READY from floppy")
    until(lambda: libvirtd.inactive(guest) == before)
    assert "Boot Flag Invalid" in bmc.ipmitool("chassis", "bootparam", "get", "5")
    typist.type(RESTART)
    typist.wait_for(b"READY from hd")
    leave(typist)


@pytest.mark.parametrize("per_device", [False, True])
def test_boot_always(libvirtd: Libvirtd, bmc: VirshBmcProcess, guest: str, per_device: bool) -> None:
    if per_device:
        libvirtd.virsh("undefine", guest)
        libvirtd.define(guest, per_device=True)
    before = libvirtd.inactive(guest)
    bmc.ipmitool("chassis", "bootdev", "pxe", "options=persistent")
    shown = bmc.ipmitool("chassis", "bootparam", "get", "5")
    assert "Boot Flag Valid" in shown and "all future boots" in shown and "PXE" in shown
    after = without_notes(libvirtd.inactive(guest))
    if per_device:
        expected = before.replace("<boot order='1'/>", "<boot order='2'/>").replace(
            "<rom enabled='no'/>", "<boot order='1'/>\n      <rom enabled='no'/>"
        )
        assert sorted(after.split()) == sorted(expected.split())
    else:
        assert after == before.replace("<boot dev='hd'/>", "<boot dev='network'/>\n    <boot dev='hd'/>").rstrip("\n")
    for _each in range(2):
        bmc.ipmitool("power", "on")
        bmc.ipmitool("power", "off")
    assert without_notes(libvirtd.inactive(guest)) == after
    bmc.ipmitool("chassis", "bootdev", "none")
    assert libvirtd.inactive(guest) == before


def test_boot_once_and_a_bmc_that_dies(libvirtd: Libvirtd, guest: str) -> None:
    """What is for one start is undone by the next virshbmc, if that start has been."""
    before = libvirtd.inactive(guest)
    served = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest)
    served.ipmitool("chassis", "bootdev", "floppy")
    served.process.kill()
    served.process.communicate()
    again = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest)
    assert "Floppy" in again.ipmitool("chassis", "bootparam", "get", "5")
    again.process.kill()
    again.process.communicate()
    libvirtd.virsh("start", guest)
    assert libvirtd.inactive(guest) != before
    third = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest)
    until(lambda: libvirtd.inactive(guest) == before)
    assert third.stop()[0] == 0


@pytest.mark.parametrize(
    "system",
    [
        "<loader readonly='yes' type='pflash'>/tmp/no-code.fd</loader><nvram template='/tmp/no-vars.fd'>/tmp/guest-vars.fd</nvram>",
        "<bios useserial='yes'/><bootmenu enable='yes' timeout='3000'/>",
    ],
)
def test_the_firmware_is_kept(libvirtd: Libvirtd, system: str) -> None:
    libvirtd.define("firm", system=system)
    before = libvirtd.inactive("firm")
    served = VirshBmcProcess("--connect", libvirtd.uri, "--domain", "firm")
    try:
        served.ipmitool("chassis", "bootdev", "pxe", "options=efiboot,persistent")
        shown = served.ipmitool("chassis", "bootparam", "get", "5")
        assert ("BIOS EFI boot" in shown) == ("pflash" in system)
        after = without_notes(libvirtd.inactive("firm"))
        assert after == before.replace("<boot dev='hd'/>", "<boot dev='network'/>\n    <boot dev='hd'/>").rstrip("\n")
    finally:
        served.stop()
        libvirtd.virsh("undefine", "firm", "--keep-nvram")


def test_libvirtd_is_killed_and_comes_back(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    bmc.ipmitool("power", "on")
    typist = console(bmc)
    typist.type(b"before")
    typist.wait_for(b"before")
    libvirtd.kill()
    time.sleep(0.3)
    assert "busy" in bmc.ipmitool("power", "status", check=False).lower()
    assert "Device ID" in bmc.ipmitool("mc", "info")
    libvirtd.start()
    until(lambda: "is on" in bmc.ipmitool("power", "status", check=False))
    typist.type(b"after")
    typist.wait_for(b"after")
    libvirtd.virsh("destroy", guest)
    assert "is off" in bmc.ipmitool("power", "status")
    bmc.ipmitool("power", "on")
    typist.wait_for(b"READY from hd")
    leave(typist)


@pytest.mark.parametrize("after_s", [0.05, 0.4])
def test_libvirtd_is_killed_in_a_power_cycle(
    libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess, after_s: float
) -> None:
    """However far it came, and whoever asked for it has gone: in the end the guest is on, and its console is there."""
    typist = console(bmc)
    bmc.ipmitool("power", "on")
    typist.wait_for(b"READY from hd")
    cycle = threading.Thread(target=bmc.ipmitool, args=("-N", "1", "-R", "1", "power", "cycle"), kwargs={"check": False})
    cycle.start()
    time.sleep(after_s)
    libvirtd.kill()
    cycle.join(20)
    libvirtd.start()
    until(lambda: "is on" in bmc.ipmitool("power", "status", check=False))
    assert libvirtd.state(guest) == "running"
    until(lambda: heard(typist, b"echo"))
    leave(typist)


def heard(typist: Typist, text: bytes) -> bool:
    """Type, and see whether it comes back."""
    typist.type(text)
    typist.look(0.5)
    return text in typist.shown


def test_a_domain_that_is_no_more(libvirtd: Libvirtd, guest: str) -> None:
    """Undefined while it runs it is transient; then gone, or renamed; and it comes back.  Its console waits."""
    served = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest)
    typist = console(served)
    served.ipmitool("power", "on")
    typist.wait_for(b"READY from hd")
    libvirtd.virsh("undefine", guest)
    assert "is on" in served.ipmitool("power", "status")
    served.ipmitool("power", "reset")
    assert WRONG_STATE in served.ipmitool("power", "cycle", check=False)  # it would be gone
    assert WRONG_STATE in served.ipmitool("chassis", "bootdev", "pxe", check=False)
    served.ipmitool("power", "off")
    for _each in range(2):
        assert WRONG_STATE in served.ipmitool("power", "on", check=False)
    libvirtd.define(guest)
    libvirtd.virsh("domrename", guest, "other")
    assert WRONG_STATE in served.ipmitool("power", "status", check=False)
    libvirtd.virsh("domrename", "other", guest)
    typist.shown.clear()
    served.ipmitool("power", "on")
    typist.wait_for(b"READY from hd")
    leave(typist)
    code, err = served.stop()
    assert code == 0
    assert set(err.splitlines()) == {f"virshbmc: {guest}: Domain not found: no domain with matching name '{guest}'"}


def test_a_libvirtd_that_hangs(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    """The BMC answers all the same: who it is, and the power state as it was last seen."""
    bmc.ipmitool("power", "on")
    assert libvirtd.process is not None
    libvirtd.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        assert "is on" in bmc.ipmitool("power", "status")
        assert "Device ID" in bmc.ipmitool("mc", "info")
        assert time.monotonic() - begin < 10
        other = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest, ready=False)
        time.sleep(1)
        assert other.stop() == (-signal.SIGTERM, "")  # it has not begun yet
    finally:
        libvirtd.process.send_signal(signal.SIGCONT)
    until(lambda: "Down/Off" in bmc.ipmitool("power", "off", check=False))
    assert "is off" in bmc.ipmitool("power", "status")


def test_the_end_while_libvirtd_hangs(libvirtd: Libvirtd, guest: str) -> None:
    served = VirshBmcProcess("--connect", libvirtd.uri, "--domain", guest)
    assert "is off" in served.ipmitool("power", "status")
    assert libvirtd.process is not None
    libvirtd.process.send_signal(signal.SIGSTOP)
    try:
        served.ipmitool("-N", "1", "-R", "1", "power", "on", check=False)
        begin = time.monotonic()
        assert served.stop() == (0, "")
        assert 1 < time.monotonic() - begin < 15
    finally:
        libvirtd.process.send_signal(signal.SIGCONT)


def test_several_domains_in_one_process(libvirtd: Libvirtd) -> None:
    names = ["one", "two", "three"]
    for name in names:
        libvirtd.define(name)
    served = VirshBmcProcess(
        "--connect", libvirtd.uri, "--domain", "one", "--domain", "two@127.0.0.2", "--domain", "three", domains=3
    )
    try:
        assert set(served.ports) == set(names)
        served.ipmitool("power", "on", port=served.ports["three"])
        assert [libvirtd.state(name) for name in names] == ["shut off", "shut off", "running"]
        assert "is off" in served.ipmitool("power", "status", port=served.ports["one"])
        libvirtd.virsh("destroy", "three")
    finally:
        assert served.stop()[0] == 0
        for name in names:
            libvirtd.virsh("undefine", name)


def test_a_guest_that_switches_itself_off(libvirtd: Libvirtd, guest: str, bmc: VirshBmcProcess) -> None:
    typist = console(bmc)
    bmc.ipmitool("power", "on")
    typist.wait_for(b"READY")
    typist.type(OFF)
    until(lambda: "is off" in bmc.ipmitool("power", "status"))
    leave(typist)


# --- starting it


def refused(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VIRSHBMC")}
    return subprocess.run(
        [python_with_libvirt(), "-m", "pyghmi.cmd.virshbmc", "--port", "0", *arguments],
        cwd="/", env=dict(clean, PYTHONPATH=str(ROOT), PATH=PATH, **environment), capture_output=True, text=True, timeout=60,
        check=False,
    )


def test_what_cannot_be_served() -> None:
    done = refused("--connect", "test:///default", "--domain", "none", VIRSHBMC_PASSWORD="x")
    assert done.returncode == 1
    assert "none" in done.stderr and "Traceback" not in done.stderr
    done = refused("--connect", "qemu+unix:///session?socket=/no/such", "--domain", "x", VIRSHBMC_PASSWORD="x")
    assert done.returncode == 1
    assert "/no/such" in done.stderr and "Traceback" not in done.stderr
    done = refused("--connect", "nosuch:///system", "--domain", "x", VIRSHBMC_PASSWORD="x")
    assert done.returncode == 1
    assert "nosuch:///system" in done.stderr and "Traceback" not in done.stderr
    done = refused("--connect", "test:///default", "--domain", "test")
    assert done.returncode == 2
    assert "VIRSHBMC_PASSWORD" in done.stderr


def test_accounts_in_a_file(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_bytes(b"# of the lab\r\n\r\nroot:p w\r\nviewer:view:user\r\ngone:x:operator:disabled\r\n")
    served = VirshBmcProcess("--connect", "test:///default", "--domain", "test", "--users", str(users))
    try:
        assert "is on" in served.ipmitool("power", "status", user="root", password="p w")
        assert "is on" in served.ipmitool("-L", "user", "power", "status", user="viewer", password="view")
        for user, password in (("admin", "secret"), ("root", "p"), ("gone", "x"), ("viewer", "view")):
            served.ipmitool("power", "off", user=user, password=password, refused=True)
        assert "is on" in served.ipmitool("power", "status", user="root", password="p w")
    finally:
        assert served.stop() == (0, "")
    users.write_text("root:pw\nthis-is-secret\n")
    done = refused("--connect", "test:///default", "--domain", "test", "--users", str(users))
    assert done.returncode == 2
    assert "account 2" in done.stderr and "secret" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(number: int) -> None:
    served = VirshBmcProcess("--connect", "test:///default", "--domain", "test")
    served.ipmitool("power", "status")
    served.process.send_signal(number)
    _out, err = served.process.communicate(timeout=20)
    assert (served.process.returncode, err) == (0, "")

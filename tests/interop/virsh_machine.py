# SPDX-License-Identifier: Apache-2.0
"""A libvirtd of the test's own, guests of a few hundred bytes under QEMU without KVM, and virshbmc in front of them."""
from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Union

import pytest
from peers import ROOT, program, run

_DRIVERS = [f"/usr/{place}/libvirt/connection-driver/libvirt_driver_qemu.so" for place in ("lib/*", "lib", "lib64")]
Part = Union[bytes, tuple[str, str]]
ORIGIN = 0x7C00
RESTART, OFF = b"\x12", b"\x11"
"""Ctrl-R and Ctrl-Q, at which the guest restarts, and switches itself off."""


def assemble(*parts: Part) -> bytes:
    """Return 8086 code.  ('at', name) is a label; ('near', name), ('short', name): distance to it; ('is', name): it."""
    sizes = {"at": 0, "near": 2, "short": 1, "is": 2}
    places: dict[str, int] = {}
    here = ORIGIN
    for part in parts:
        if isinstance(part, tuple) and part[0] == "at":
            places[part[1]] = here
        here += len(part) if isinstance(part, bytes) else sizes[part[0]]
    code = b""
    for part in parts:
        if isinstance(part, bytes):
            code += part
        elif part[0] != "at":
            size = sizes[part[0]]
            end = ORIGIN + len(code) + size
            value = places[part[1]] if part[0] == "is" else places[part[1]] - end
            code += value.to_bytes(size, "little", signed=part[0] != "is")
    return code


def boot_sector(drive: bytes) -> bytes:
    """Return what says READY and its drive on the serial line, echoes what is typed, and minds the power button."""
    code = assemble(
        b"\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c",                        # segments and stack
        b"\xc7\x06\x08\x00", ("is", "nmi"), b"\xc7\x06\x0a\x00\x00\x00",  # the handler of NMIs
        b"\xba\x02\x06\xb8\x00\x01\xef",                                # PIIX4: note the power button
        b"\xbe", ("is", "banner"), b"\xe8", ("near", "print"), b"\xfb\x31\xc9",
        ("at", "loop"),
        b"\xba\xfd\x03\xec\xa8\x01\x74", ("short", "idle"),             # something typed?
        b"\xba\xf8\x03\xec\x31\xc9",
        b"\x3c", RESTART, b"\x74", ("short", "reset"), b"\x3c", OFF, b"\x74", ("short", "off"),
        b"\xe8", ("near", "putc"), b"\xeb", ("short", "loop"),
        ("at", "idle"),
        b"\xe2", ("short", "loop"), b"\x41\xf4",                        # quiet for long: wait for the next tick
        b"\xba\x00\x06\xed\xf6\xc4\x01\x74", ("short", "loop"),         # the power button?
        ("at", "off"),
        b"\xba\x04\x06\xb8\x00\x20\xef\xeb", ("short", "loop"),
        ("at", "reset"),
        b"\xb0\xfe\xe6\x64\xeb\xfe",
        ("at", "putc"),
        b"\x88\xc4\xba\xfd\x03\xec\xa8\x20\x74\xfb\xba\xf8\x03\x88\xe0\xee\xc3",
        ("at", "print"),
        b"\xac\x84\xc0\x74\x05\xe8", ("near", "putc"), b"\xeb\xf6\xc3",
        ("at", "nmi"),
        b"\x60\xbe", ("is", "told"), b"\xe8", ("near", "print"), b"\x61\xcf",
        ("at", "banner"), b"READY from " + drive + b"\r\n\0",
        ("at", "told"), b"NMI!\r\n\0",
    )
    return code.ljust(510, b"\0") + b"\x55\xaa"


class Libvirtd:
    """A libvirtd for a user's own domains, with all its files in a folder of its own; as nobody where we are root."""

    def __init__(self) -> None:
        self._program = program("libvirtd")
        self._qemu = program("qemu-system-x86_64")
        self.virsh_program = program("virsh")
        if not any(glob.glob(pattern) for pattern in _DRIVERS):
            pytest.skip("libvirt's driver for QEMU is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="virsh", dir="/tmp"))
        self._user = "nobody" if os.geteuid() == 0 else None
        for name in ("run/libvirt", "config/libvirt", "cache", "home", "data"):
            (self.folder / name).mkdir(parents=True)
        # Without virtlogd, which would be one more daemon to end.
        (self.folder / "config/libvirt/qemu.conf").write_text('stdio_handler = "file"\n')
        sockets = self.folder / "run" / "libvirt"
        self._config = self.folder / "libvirtd.conf"
        self._config.write_text(f'unix_sock_dir = "{sockets}"\nlog_level = 3\nlog_outputs = "3:stderr"\n')
        self.uri = f"qemu+unix:///session?socket={sockets / 'libvirt-sock'}"
        for drive, name in ((b"hd", "hd.img"), (b"floppy", "floppy.img")):
            image = boot_sector(drive)
            (self.folder / name).write_bytes(image.ljust(1_474_560, b"\0"))
        if self._user:
            account = pwd.getpwnam(self._user)
            for place in [self.folder, *self.folder.rglob("*")]:
                os.chown(place, account.pw_uid, account.pw_gid)
            self.folder.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
            "HOME": str(self.folder / "home"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "LC_ALL": "C",
        }
        as_user = {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []} if self._user else {}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self._program, "--config", str(self._config)],
                cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_user,
            )
        end = time.monotonic() + 30
        while run(self.virsh_program, "-c", self.uri, "uri").returncode != 0:
            assert time.monotonic() < end and self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a crash would; its guests go on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            for name in self.virsh("list", "--name").split():
                self.virsh("destroy", name)
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def virsh(self, *arguments: str) -> str:
        done = run(self.virsh_program, "-q", "-c", self.uri, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def define(self, name: str, *, system: str = "", per_device: bool = False) -> None:
        """Define a guest with a disk, a floppy, a network card and a serial line."""
        legacy = "" if per_device else "<boot dev='hd'/>"
        boot = "<boot order='1'/>" if per_device else ""
        xml = f"""
<domain type='qemu'>
  <name>{name}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
  <metadata><mine:note xmlns:mine='urn:mine'>keep &lt;this&gt;</mine:note></metadata>
  <os><type arch='x86_64' machine='pc'>hvm</type>{system}{legacy}</os>
  <features><acpi/></features>
  <on_reboot>restart</on_reboot>
  <devices>
    <emulator>{self._qemu}</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{self.folder}/hd.img'/><target dev='hda' bus='ide'/>{boot}</disk>
    <disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='{self.folder}/floppy.img'/><target dev='fda' bus='fdc'/></disk>
    <interface type='user'><mac address='52:54:00:00:00:01'/><model type='e1000'/><rom enabled='no'/></interface>
    <serial type='pty'><target port='0'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>"""
        path = self.folder / f"{name}.xml"
        path.write_text(xml)
        self.virsh("define", str(path))

    def inactive(self, name: str) -> str:
        return self.virsh("dumpxml", "--inactive", "--security-info", name)

    def state(self, name: str) -> str:
        return self.virsh("domstate", name).strip()


def python_with_libvirt() -> str:
    """Return a Python that has libvirt's binding, and what pyghmi needs: ours, or Debian's."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(candidate) and run(candidate, "-c", "import libvirt, cryptography, six, dateutil").returncode == 0:
            return candidate
    pytest.skip("no Python has libvirt's binding")


class VirshBmcProcess:
    """virshbmc, in a process of its own.  ports: by domain."""

    host = "127.0.0.1"

    def __init__(self, *arguments: str, domains: int = 1, password: str = "secret", port: int = 0, ready: bool = True) -> None:
        self.process = subprocess.Popen(
            [python_with_libvirt(), "-m", "pyghmi.cmd.virshbmc", "--port", str(port), *arguments],
            cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, PYTHONPATH=str(ROOT), VIRSHBMC_PASSWORD=password),
        )
        assert self.process.stdout is not None
        self.ports: dict[str, int] = {}
        impatient = threading.Timer(60, self.process.kill)  # its output ends then
        impatient.start()
        try:
            for _each in range(domains if ready else 0):
                words = self.process.stdout.readline().split()
                if words[:3] != ["virshbmc:", "listening", "on"]:
                    self.process.kill()
                    raise AssertionError(words, self.process.communicate()[1])
                self.ports[words[-1]] = int(words[5])
        finally:
            impatient.cancel()
        self.port = next(iter(self.ports.values()), 0)

    def ipmitool(
        self, *arguments: str, port: int | None = None, user: str = "admin", password: str = "secret", check: bool = True,
        refused: bool = False,
    ) -> str:
        done = run(
            program("ipmitool"), "-I", "lanplus", "-H", self.host, "-p", str(port or self.port), "-U", user, "-P", password,
            "-C", "17", *arguments,
        )
        assert refused or not check or done.returncode == 0, done.stderr
        assert not refused or done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def stop(self) -> tuple[int, str]:
        """End it; returns the exit code and what it said on stderr."""
        self.process.terminate()
        _out, err = self.process.communicate(timeout=20)
        return self.process.returncode, err

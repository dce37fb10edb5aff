# SPDX-License-Identifier: Apache-2.0
"""Peers: simulators and clients written by others, on free ports of loopback, ended by pid."""
from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyghmi.exceptions import SessionError
from pyghmi.ipmi.net.sessionless import Sessionless

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "vectors" / "sim" / "small"
RICH = ROOT / "tests" / "vectors" / "sim" / "rich"
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def program(name: str) -> str:
    """Return the path of a peer; skips the test where it is missing."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def run(*command: str, timeout: float = 60.0, env: dict[str, str] | None = None, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a peer to its end."""
    merged = dict(os.environ, LC_ALL="C", TZ="UTC", **(env or {}))
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, env=merged, check=check, stdin=subprocess.DEVNULL)


class Simulator:
    """OpenIPMI's ipmi_sim with the small configuration, or the rich one."""

    host = "127.0.0.1"
    user, password = "admin", "secret"

    def __init__(self, folder: Path, *, kg: bool = False, rich: bool = False, console_at: int | None = None) -> None:
        self._program = program("ipmi_sim")
        shutil.copytree(RICH if rich else SMALL, folder)
        shutil.copytree(folder / "state.template", folder / "state")
        self.port = free_port()
        text = (folder / ("lan-kg.conf" if kg else "lan.conf")).read_text()
        bmc_port, console_port = ("9011", "9013") if rich else ("9001", "9003")
        text = text.replace(f"127.0.0.1 {bmc_port}", f"127.0.0.1 {self.port}")
        text = text.replace(f"127.0.0.1:{console_port}", f"127.0.0.1:{console_at or free_port()}")
        (folder / "my.conf").write_text(text)
        self.folder = folder
        emulation = "small.emu"
        if rich:
            emulation = "rich.emu"
            self.user, self.password = "ADMIN", "ADMIN123"
        self._process = subprocess.Popen(
            [self._program, "-n", "-c", "my.conf", "-f", emulation, "-s", "state"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                with Sessionless(self.host, self.port) as way:
                    way.ping(0.5)
                return
            except SessionError:
                time.sleep(0.1)
        raise AssertionError("ipmi_sim does not answer")

    def ipmitool(self, *arguments: str, suite: int = 3) -> str:
        done = run(
            program("ipmitool"), "-I", "lanplus", "-H", self.host, "-p", str(self.port), "-U", self.user, "-P", self.password,
            "-C", str(suite), *arguments, check=True,
        )
        return done.stdout

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class FakeBmc:
    """Our own fakebmc in a process of its own."""

    host = "127.0.0.1"
    user, password = "admin", "secret"

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyghmi.cmd.fakebmc", "--port", "0", *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONPATH=str(ROOT)),
        )
        assert self.process.stdout is not None
        ready = self.process.stdout.readline()
        assert ready.startswith("fakebmc: listening on"), ready
        self.port = int(ready.split()[-1])

    def ipmitool(self, *arguments: str, suite: int = 17, user: str = "admin", password: str = "secret", interface: str = "lanplus") -> subprocess.CompletedProcess[str]:
        cipher = ["-C", str(suite)] if interface == "lanplus" else []
        return run(
            program("ipmitool"), "-I", interface, "-H", self.host, "-p", str(self.port), "-U", user, "-P", password, *cipher, *arguments
        )

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


USERS = (
    "--user", "admin:secret", "--user", "oper:op-pass:operator", "--user", "viewer:viewpw:user",
    "--user", "gone:x:user:disabled", "--user", "longpw:a20BytePasswordXYZ!!", "--user", ":nullpw:user",
)

# SPDX-License-Identifier: Apache-2.0
"""The in-band device, played by a named pipe and an ioctl of our own."""
from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyghmi.exceptions import CompletionCodeError, SessionLost, TimedOut, UnsupportedFunctionality
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net import local
from pyghmi.ipmi.net.ipmidev import RECEIVE_TRUNCATED, SEND_COMMAND, IpmbAddress
from pyghmi.ipmi.net.local import LocalLink
from pyghmi.ipmi.private import localsession
from pyghmi.ipmi.spec.app import GetDeviceId
from pyghmi.ipmi.spec.request import Target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the device of Linux")

DEVICE_ID = bytes.fromhex("00 20 01 02 10 02 80 57 01 00 42 00")


class Driver:
    """The kernel's side: answers in order, through the structures of linux/ipmi.h."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "ipmi0")
        os.mkfifo(self.path)
        self.asked: list[tuple[int, int, bytes, int]] = []
        self.answers: deque[bytes | OSError | None] = deque()
        self._ready: deque[tuple[int, bytes]] = deque()

    def ioctl(self, descriptor: int, number: int, argument: Any) -> int:
        if number == SEND_COMMAND:
            data = ctypes.string_at(argument.message.data, argument.message.length)
            address = ctypes.cast(argument.address, ctypes.POINTER(IpmbAddress)).contents
            bridged = address.slave if address.kind == 1 else 0
            self.asked.append((argument.message.netfn, argument.message.cmd, data, bridged))
            answer = self.answers.popleft()
            if isinstance(answer, OSError):
                raise answer
            if answer is not None:
                self._ready.append((argument.sequence, answer))
                os.write(descriptor, b"x")
            return 0
        assert number == RECEIVE_TRUNCATED
        os.read(descriptor, 1)
        sequence, answer = self._ready.popleft()
        argument.kind, argument.sequence = 1, sequence
        ctypes.memmove(argument.message.data, answer, len(answer))
        argument.message.length = len(answer)
        return 0


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    yield Driver(tmp_path)


def link_of(driver: Driver) -> LocalLink:
    return LocalLink([str(driver.path) + ".missing", driver.path], ioctl=driver.ioctl)


def test_a_command(driver: Driver) -> None:
    driver.answers.append(DEVICE_ID)
    link = link_of(driver)
    assert link.request(GetDeviceId()).manufacturer_id == 343
    assert driver.asked == [(6, 1, b"", 0)]
    assert "ipmi0" in repr(link)
    link.close()
    assert not link.is_open


def test_bridging_and_completion_codes(driver: Driver) -> None:
    driver.answers.extend([b"\xc1", DEVICE_ID])
    link = link_of(driver)
    with pytest.raises(CompletionCodeError, match="Invalid command"):
        link.request(GetDeviceId())
    assert link.exchange(6, 1, target=Target(0x82, 0))[0] == 0
    assert driver.asked[-1][3] == 0x82
    with pytest.raises(UnsupportedFunctionality):
        link.exchange(6, 1, target=Target(0x82, 0, 0x20))
    link.close()


def test_busy_is_waited_for_unless_it_may_have_run(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_BUSY_PAUSE_S", 0.01)
    link = link_of(driver)
    driver.answers.extend([b"\xc0", b"\xc3", DEVICE_ID])
    assert link.exchange(6, 1)[0] == 0
    driver.answers.extend([b"\xc3"])
    assert link.exchange(0, 2, b"\x02")[0] == 0xC3
    link.close()


def test_silence_and_failure(driver: Driver) -> None:
    link = link_of(driver)
    driver.answers.append(None)
    with pytest.raises(TimedOut, match="timeout"):
        link.exchange(6, 1, deadline_s=0.1)
    driver.answers.append(OSError(errno.ENODEV, "No such device"))
    with pytest.raises(SessionLost, match="No such device"):
        link.exchange(6, 1)
    link.close()


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(local.os, "open", refuse)
    with pytest.raises(PermissionError, match="it takes root"):
        LocalLink(["/dev/ipmi0"])


def test_command_without_a_bmc(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localsession, "LocalLink", lambda devices: link_of(driver))
    driver.answers.extend([b"\0\x01\0\0", DEVICE_ID, b"\xc1", DEVICE_ID])
    bmc = Command()
    assert bmc.get_power() == {"powerstate": "on"}
    assert bmc._get_device_id()["manufacturer_id"] == 343
    assert bmc.raw_command(netfn=0x30, command=1)["error"] == "Invalid command"
    got: list[Any] = []
    assert bmc.ipmi_session.raw_command(netfn=6, command=1, callback=got.append) is None
    assert got[0]["code"] == 0
    assert (bmc.ipmi_session.logged, bmc.ipmi_session.userid) == (1, None)
    assert bmc.agreement is None
    assert bmc.logout() == {"success": True}

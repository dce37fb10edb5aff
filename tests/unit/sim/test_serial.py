# SPDX-License-Identifier: Apache-2.0
"""The serial line: a boot log that appears line by line, and a shell that echoes."""
from __future__ import annotations

from typing import Any

import pytest
from simulated import machine_of


@pytest.fixture
def machine() -> Any:
    found = machine_of()
    found.screen = bytearray()
    found.serial.attach(found.screen.extend)
    return found


def typed(machine: Any, data: bytes) -> str:
    machine.screen.clear()
    machine.serial.received(data)
    return machine.screen.decode()  # type: ignore[no-any-return]


def test_the_boot_log_appears(machine: Any) -> None:
    machine.power_on()
    machine.clock.advance(0.5)
    sizes = []
    for _step in range(60):
        machine.clock.advance(0.1)
        sizes.append(len(machine.screen))
    assert len(set(sizes)) > 10, "line by line"
    text = machine.screen.decode()
    assert text.index("SIM-BIOS") < text.index("Booting from hard disk") < text.index("Linux version") < text.index("sim-01 ready")
    assert text.endswith("sim# ")
    assert "\n" not in text.replace("\r\n", "")
    assert machine.serial.scroll_back == bytes(machine.screen)


def test_the_shell(machine: Any) -> None:
    assert typed(machine, b"x\r") == "", "nobody is there while it is off"
    machine.power_on()
    machine.clock.advance(30.0)
    assert typed(machine, b"echo a  b\r") == "echo a  b\r\na  b\r\nsim# "
    assert typed(machine, b"dxate\x7f\x7f\x7f\x7fate\r") == "dxate" + "\b \b" * 4 + "ate\r\nTue Mar 05 12:00:30 UTC 2024\r\nsim# "
    assert "up 29 s" in typed(machine, b"uptime\r")
    assert "cpu 1: " in typed(machine, b"sensors\r")
    assert "reboot" in typed(machine, b"help\r")
    assert "nothing: not found" in typed(machine, b"nothing\n")
    assert typed(machine, b"\r") == "\r\nsim# "
    assert typed(machine, b"abc\x03") == "abc^C\r\nsim# "
    assert typed(machine, b"\x7f") == ""


def test_it_reboots_and_ends(machine: Any) -> None:
    machine.power_on()
    machine.clock.advance(30.0)
    assert "Rebooting" in typed(machine, b"reboot\r")
    machine.clock.advance(10.0)
    assert "SIM-BIOS" in machine.screen.decode()
    assert int(machine.power.cause) == 0xA, "soft reset"
    assert "Shutting down" in typed(machine, b"poweroff\r")
    machine.clock.advance(3.0)
    assert not machine.power_is_on
    assert typed(machine, b"help\r") == ""


def test_breaks(machine: Any) -> None:
    machine.power_on()
    machine.clock.advance(30.0)
    typed(machine, b"abc")
    machine.serial.break_received()
    assert machine.serial.breaks == 1
    assert "SysRq".lower() in machine.screen.decode()
    machine.serial.detach()
    assert typed(machine, b"\r") == ""


def test_little_is_kept(machine: Any) -> None:
    machine.power_on()
    machine.clock.advance(30.0)
    for _time in range(100):
        machine.serial.received(b"echo " + b"x" * 1000 + b"\r")
    assert len(machine.serial.scroll_back) == 16_384
    assert len(machine.serial._past) < 100


def test_a_diagnostic_interrupt_is_seen(machine: Any) -> None:
    machine.power_on()
    machine.clock.advance(30.0)
    machine.pulse_diag()
    machine.clock.advance(10.0)
    assert "NMI" in machine.screen.decode()

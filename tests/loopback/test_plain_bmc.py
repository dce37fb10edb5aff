# SPDX-License-Identifier: Apache-2.0
"""`FakeBmc` of `pyghmi.cmd.fakebmc`, from which programs derive (seen: PyPmb)."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.cmd import fakebmc
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.console import Console
from tests.loopback.serial_machine import Screen, until


class Counting(fakebmc.FakeBmc):
    """Looks at both attributes at its beginning, and has a power of its own."""

    def __init__(self, authdata: Any, port: Any) -> None:
        super().__init__(authdata, port)
        self.was = self.powerstate, self.bootdevice
        self.starts = 0

    def power_on(self) -> int | None:
        self.starts += 1
        return super().power_on()


@pytest.fixture
def bmc() -> Any:
    with Counting({"admin": "secret"}, 0) as found:
        yield found


def test_a_program_that_derives_from_it(bmc: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    assert bmc.was == ("off", "default")
    with Command("127.0.0.1", "admin", "secret", port=bmc.address[1]) as command:
        assert command.get_power() == {"powerstate": "off"}
        assert command.set_power("on", wait=True) == {"powerstate": "on"}
        assert (bmc.starts, bmc.powerstate) == (1, "on")
        command.set_power("reset")
        command.set_bootdev("network")
        assert bmc.bootdevice == "network"
        assert command.get_bootdev()["bootdev"] == "network"
        bmc.powerstate = "off"
        assert command.get_power() == {"powerstate": "off"}
        bmc.powerstate = "on"
        command.set_power("shutdown")
        bmc.powerstate = "on"
        command.set_power("off")
    assert capsys.readouterr().out.splitlines() == ["powered on", "politely shut down the system", "abruptly remove power"]


def test_its_console_echoes(bmc: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    bmc.powerstate = "on"
    screen = Screen()
    console = Console("127.0.0.1", "admin", "secret", screen, port=bmc.address[1])
    until(lambda: console.connected)
    console.send_data(b"hi")
    until(lambda: bytes(screen.output) == b"hi")
    console.close()
    assert "b'hi'" in capsys.readouterr().out


def test_a_cold_reset_ends_the_program(bmc: Counting) -> None:
    with pytest.raises(SystemExit) as ended:
        bmc.cold_reset()
    assert ended.value.code == 0


def test_a_port_that_is_none() -> None:
    with fakebmc.FakeBmc({"a": "b"}, port=None) as found:
        assert found.address[1] > 0

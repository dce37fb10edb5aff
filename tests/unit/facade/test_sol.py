# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for the settings of serial over LAN, over a BMC in memory."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import InvalidParameterValue, UnsupportedFunctionality
from pyghmi.ipmi.command import Command
from pyghmi.sim.lan import LanPart

GET, SET = (0x0C, 0x22), (0x0C, 0x21)


def made(**knobs: Any) -> tuple[MemoryBmc, Command]:
    bmc = MemoryBmc(LanPart(), **knobs)
    return bmc, command_over(bmc)


def writes(bmc: MemoryBmc) -> list[str]:
    return [data.hex(" ") for netfn, cmd, data in bmc.asked if (netfn, cmd) == SET and data[1]]


def test_the_settings() -> None:
    """The units are those of IPMI 2.0 table 26-5: 5 ms and 10 ms."""
    answers = {1: "01", 2: "84", 3: "0c 60", 4: "07 32", 5: "0a", 6: "06", 7: "01", 8: "6f 02"}
    _bmc, command = made(knobs={GET: lambda data, _normal: (0, b"\x11" + bytes.fromhex(answers[data[1]]))})
    assert command.get_sol_configuration() == {
        "enabled": True, "force_encryption": True, "force_authentication": False, "privilege_level": "administrator",
        "accumulate_interval_ms": 60, "send_threshold": 96, "retry_count": 7, "retry_interval_ms": 500,
        "bit_rate": 115200, "volatile_bit_rate": 9600, "payload_channel": 1, "payload_port": 623,
    }


def test_codes_that_nobody_knows() -> None:
    answers = {2: "0e", 5: "00", 6: "0c"}
    _bmc, command = made(knobs={GET: lambda data, _normal: (0, b"\x11" + bytes.fromhex(answers.get(data[1], "01 01")))})
    found = command.get_sol_configuration(1)
    assert (found["privilege_level"], found["bit_rate"], found["volatile_bit_rate"]) == ("reserved 0xe", 0, None)


@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        ({"enabled": False}, ["01 01 00"]),
        ({"force_encryption": False}, ["01 02 43"]),
        ({"privilege_level": "user", "force_authentication": False, "force_encryption": False}, ["01 02 02"]),
        ({"accumulate_interval_ms": 50}, ["01 03 0a 60"]),
        ({"send_threshold": 1}, ["01 03 0c 01"]),
        ({"retry_count": 3, "retry_interval_ms": 100}, ["01 04 03 0a"]),
        ({"bit_rate": 57600, "volatile_bit_rate": 0}, ["01 05 09", "01 06 00"]),
        ({"payload_port": 6230}, ["01 08 56 18"]),
        ({}, []),
    ],
)
def test_setting(arguments: dict[str, Any], data: list[str]) -> None:
    bmc, command = made()
    assert command.set_sol_configuration(**arguments) is None
    assert writes(bmc) == data


@pytest.mark.parametrize(
    "arguments",
    [
        {"privilege_level": "root"}, {"accumulate_interval_ms": 7}, {"retry_interval_ms": 15}, {"bit_rate": 300},
        {"retry_count": 8}, {"payload_port": 70000}, {"accumulate_interval_ms": 5 * 256},
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(arguments: dict[str, Any]) -> None:
    bmc, command = made()
    with pytest.raises(InvalidParameterValue):
        command.set_sol_configuration(enabled=False, **arguments)
    assert writes(bmc) == []


def test_a_part_of_what_cannot_be_read() -> None:
    _bmc, command = made(knobs={GET: lambda data, _normal: (0x80, b"")})
    with pytest.raises(UnsupportedFunctionality, match="SolRetry"):
        command.set_sol_configuration(retry_count=3)

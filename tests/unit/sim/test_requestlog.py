# SPDX-License-Identifier: Apache-2.0
"""Requests in words: names and fields, and nothing that is secret."""
from __future__ import annotations

import pytest
from simulated import ask, machine_of

from pyghmi.sim.requestlog import RequestLog, describe

SECRET = b"s3cret-word"


@pytest.mark.parametrize(
    ("netfn", "cmd", "data", "said"),
    [
        (0x00, 0x02, "01", "Chassis Control action=power_up"),
        (0x04, 0x2D, "07", "Get Sensor Reading number=7"),
        (0x06, 0x01, "", "Get Device ID"),
        (0x04, 0x2D, "", "Get Sensor Reading of 0 bytes, which is wrong"),
        (0x2E, 0x77, "0102", "command 2Eh/77h 0102"),
        (0x06, 0x34, "402c04d020 2404 2d 07 a4", "Send Message channel 0 to 2Ch: Get Sensor Reading number=7"),
        (0x06, 0x34, "40", "Send Message 40"),
    ],
)
def test_words(netfn: int, cmd: int, data: str, said: str) -> None:
    raw = bytes.fromhex(data)
    if (netfn, cmd) == (6, 0x34) and len(raw) > 1:
        raw = b"\x40" + bytes((0x2C, 0x10, 0xC4, 0x20, 0x24, 0x2D, 0x07)) + bytes((-(0x20 + 0x24 + 0x2D + 0x07) & 0xFF,))
    assert describe(netfn, cmd, raw) == said


@pytest.mark.parametrize(
    ("netfn", "cmd", "data"),
    [
        (0x06, 0x47, b"\x02\x02" + SECRET.ljust(16, b"\0")),
        (0x06, 0x47, b"\x82\x03" + SECRET.ljust(20, b"\0")),
        (0x06, 0x47, b"\x02\x02" + SECRET),
        (0x06, 0x56, b"\x01\x01\x01" + SECRET.ljust(20, b"\0")),
        (0x06, 0x3A, b"\x02\x04" + SECRET.ljust(16, b"\0") + bytes(4)),
        (0x0C, 0x01, b"\x01\x10" + SECRET.ljust(18, b"\0")),
    ],
)
def test_secrets_are_not_shown(netfn: int, cmd: int, data: bytes) -> None:
    shown = describe(netfn, cmd, data)
    assert SECRET.decode() not in shown
    assert SECRET.hex() not in shown.replace(" ", "")
    assert SECRET[3:7].hex() not in shown


def test_the_log_of_a_machine() -> None:
    lines: list[str] = []
    log = RequestLog(lines.append, lambda: 1_709_640_000.25)
    machine = machine_of(watch_request=log)
    ask(machine, 6, 1)
    ask(machine, 0, 2, "02")
    ask(machine, 0, 4, "05")
    ask(machine, 6, 1, lun=1)
    machine.cold_reset()
    ask(machine, 6, 1)
    assert [line[24:] for line in lines] == [
        "Get Device ID -> 11 bytes",
        "Chassis Control action=power_cycle -> D5h Command not supported in present state",
        "Chassis Identify seconds=5 force_on=- -> done",
        "Get Device ID (LUN 1) -> C2h Invalid command for given LUN",
        "Get Device ID",
    ]
    assert lines[0].startswith("2024-03-05 12:00:00.250 ")

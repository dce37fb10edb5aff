# SPDX-License-Identifier: Apache-2.0
"""What filters take, and the datagrams of traps."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyghmi.ipmi.spec import pef
from pyghmi.sim.pef import Event, PefPart, fits
from pyghmi.sim.snmp import pet_datagram

VECTORS = Path(__file__).parents[2] / "vectors" / "pet" / "index.json"
EVENT = Event(owner=0x20, sensor_type=1, number=0x30, event_type=0x01, data=b"\x59\x64\x5f")


def row(**more: Any) -> pef.EventFilter:
    return pef.EventFilter(set_selector=6, enabled=True, **more)


EXAMPLES = [
    ((0b110, 0xFF, 0b110), lambda bit2, bit1: bit2 and bit1),
    ((0b110, 0xF9, 0b110), lambda bit2, bit1: bit2 or bit1),
    ((0b110, 0xFF, 0b100), lambda bit2, bit1: bit2 and not bit1),
    ((0b110, 0xF9, 0b100), lambda bit2, bit1: bit2 or not bit1),
]


@pytest.mark.parametrize(("masks", "wanted"), EXAMPLES, ids=["both", "any", "one and not the other", "one or not the other"])
def test_masks_of_two_bits(masks: tuple[int, int, int], wanted: Any) -> None:
    """The examples 1 to 4 of IPMI 2.0 §17.10, for all values of a byte."""
    for value in range(256):
        event = EVENT._replace(data=bytes((0, value, 0)))
        assert fits(row(data2=bytes(masks)), event) is bool(wanted(value & 4, value & 2)), value


@pytest.mark.parametrize(("masks", "wanted"), [((0xFF, 0xF0, 0xAF), lambda low: low != 0), ((0xFF, 0xF0, 0xA0), lambda low: low != 15)])
def test_masks_of_halves_of_a_byte(masks: tuple[int, int, int], wanted: Any) -> None:
    """The examples 5 and 6: the high half is Ah, and any bit of the low one is 1, or 0."""
    for value in range(256):
        event = EVENT._replace(data=bytes((0, 0, value)))
        assert fits(row(data3=bytes(masks)), event) is (value >> 4 == 0xA and wanted(value & 15)), value


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        ({}, True),
        ({"generator": 0x20}, True),
        ({"generator": 0x21}, False),
        ({"generator_channel": 1}, False),
        ({"sensor_type": 1}, True),
        ({"sensor_type": 2}, False),
        ({"sensor_number": 0x30}, True),
        ({"sensor_number": 0x31}, False),
        ({"trigger": 0x01}, True),
        ({"trigger": 0x6F}, False),
        ({"offsets": 1 << 9}, True),
        ({"offsets": 0xFFFF ^ 1 << 9}, False),
    ],
)
def test_fields_of_a_filter(wanted: dict[str, Any], takes: bool) -> None:
    assert fits(row(**wanted), EVENT) is takes
    assert fits(row(**wanted), EVENT._replace(event_type=0x81)) is takes, "both directions"


def test_actions_that_the_bmc_may_do_only() -> None:
    part = PefPart()
    part.parameters.write(6, row(alert=True, policy=3, reset=True, power_cycle=True).encode())
    match = part.match(EVENT._replace(sensor_type=0x55))
    assert (match.actions, match.policy, match.number) == (frozenset(("alert",)), 3, 6)
    part.parameters.write(2, b"\x0c")
    assert part.match(EVENT._replace(sensor_type=0x55)).actions == frozenset(("reset", "power_cycle"))
    assert part.match(EVENT._replace(sensor_type=0x55)).policy == 0


def test_datagrams_of_traps_are_those_of_the_vectors() -> None:
    """RFC 1157; made by another program: community public, sender 192.0.2.10, 1234.56 s."""
    traps = json.loads(VECTORS.read_text())["traps"]
    assert len(traps) > 10
    for each in traps:
        made = pet_datagram(
            each["specific_trap"], bytes.fromhex(each["varbind"]), community=b"public", address=bytes((192, 0, 2, 10)), uptime_s=1234.56
        )
        assert made.hex() == each["snmpv1_trap"], each["name"]


def test_long_datagrams_have_long_lengths() -> None:
    made = pet_datagram(2**24 - 1, bytes(200), community=b"", address=bytes(4), uptime_s=2.0**40)
    assert made[:3] == bytes((0x30, 0x82, 0x01))
    assert int.from_bytes(made[2:4], "big") == len(made) - 4
    assert bytes((0x04, 0x81, 200)) + bytes(200) in made

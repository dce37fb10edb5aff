# SPDX-License-Identifier: Apache-2.0
"""Traps: times, sources, what manufacturers add, and what is sent back.  Platform Event Trap Format 1.0."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from memory_bmc import MemoryBmc

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.pet import CustomData, Pet, custom_fields, decode_trap, source_name, specific_trap

VARIABLE = bytes.fromhex(
    "b1d84f761de211dcb3e8000e0cc71ba0 1108 1431d3d4 ffff 20 20 10 20 30 07 01 502b300000000000 19 00000157 0811 c1"
)
TEMPERATURE = 0x010100


def with_time(timestamp: int, offset: int) -> bytes:
    return VARIABLE[:18] + timestamp.to_bytes(4, "big") + offset.to_bytes(2, "big", signed=True) + VARIABLE[24:]


def test_fields() -> None:
    trap = decode_trap(TEMPERATURE, VARIABLE)
    assert (trap.sequence, trap.timestamp, trap.utc_offset, trap.when) == (0x1108, 0x1431D3D4, None, None)
    assert (trap.trap_source_name, trap.event_source_name) == ("IPMI", "IPMI")
    assert (trap.sensor_device, trap.sensor_number, trap.entity_name, trap.entity_instance) == (0x20, 0x30, "System board", 1)
    assert (trap.language, trap.manufacturer_id, trap.system_id) == (0x19, 343, 0x0811)
    assert trap.event_data == b"\x50\x2b\x30" + bytes(5)
    assert (trap.meaning.text, trap.meaning.triggered, trap.meaning.threshold) == ("Lower non-critical", 0x2B, 0x30)
    assert (trap.sensor_type_name, trap.event_type, trap.offset) == ("Temperature", 1, 0)
    assert trap.raw == VARIABLE


def test_times() -> None:
    """Seconds are local ones since 1998; 2008-09-26 09:50:12 is what FreeIPMI prints for these."""
    zoned = decode_trap(TEMPERATURE, with_time(0x1431D3D4, -300)).when
    assert zoned == datetime(2008, 9, 26, 9, 50, 12, tzinfo=timezone(timedelta(minutes=-300)))
    assert zoned is not None and zoned.utcoffset() == timedelta(minutes=-300)
    for offset in (-1, 0x7FF, 1441):
        assert decode_trap(TEMPERATURE, with_time(0x1431D3D4, offset)).when is None
    day = decode_trap(TEMPERATURE, with_time(0x1431D3D4, 1440))
    assert day.when is not None and day.when.isoformat() == "2008-09-25T09:50:12+00:00"
    unspecified = decode_trap(TEMPERATURE, with_time(0, 60))
    assert (unspecified.timestamp, unspecified.when, unspecified.seconds) == (None, None, None)


def test_short_variables() -> None:
    for size in range(len(VARIABLE)):
        if size < 34:
            with pytest.raises(Malformed):
                decode_trap(TEMPERATURE, VARIABLE[:size])
            continue
        trap = decode_trap(TEMPERATURE, VARIABLE[:size])
        assert trap.manufacturer_id == (343 if size >= 44 else None)
        assert trap.system_id == (0x0811 if size >= 46 else None)


@pytest.mark.parametrize("trap", [0x010180, b"\0\1\1\x80", bytearray(b"\0\1\1\x80"), (0, 1, 1, 0x80), [9, 1, 1, 0x80]])
def test_specific_traps(trap: Any) -> None:
    found = specific_trap(trap)
    assert (found.sensor_type, found.event_type, found.offset, found.deassertion) == (1, 1, 0, True)


@pytest.mark.parametrize("trap", [b"\1\1\0", "abc", "abcd", None, 3.5, (1, 2, 3, 256), 2**32, -1, [], 4 * ["x"]])
def test_no_specific_traps(trap: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="^specifictrap should be integer number or 4 byte array$"):
        specific_trap(trap)


def test_the_trap_number_has_the_offset() -> None:
    """Whatever the low half of byte 1 of the data says."""
    trap = decode_trap(0x010109, VARIABLE)
    assert (trap.meaning.text, trap.meaning.triggered) == ("Upper critical", 0x2B)
    unspecified = decode_trap(0x01010F, VARIABLE)  # Fh: then the data are all that says it
    assert (unspecified.meaning.text, unspecified.offset) == ("Lower non-critical", 0)
    assert decode_trap(0x01010F, VARIABLE[:31] + b"\x5f" + VARIABLE[32:]).meaning.text == ""


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("c1", ()),
        ("", ()),
        ("c3 616263 02 0102 42 12a9 c1 ff", (CustomData("abc"), CustomData(b"\1\2"), CustomData("12 9"))),
        ("80 43 01 6f6666 c1", (CustomData("off", 1),)),
        ("80 84 02 61006200 c1", (CustomData("ab", 2),)),
        ("80 03 03 010203 c1", (CustomData(b"\1\2\3", 3),)),
        ("80 3f", ()),
        ("c9 61", (CustomData("a"),)),
        ("83 29dca6 c1", (CustomData("IPMI"),)),  # the example of FRU storage 1.0 §13.3
    ],
)
def test_custom_fields(data: str, fields: tuple[CustomData, ...]) -> None:
    assert custom_fields(bytes.fromhex(data)) == fields


def test_alert_text() -> None:
    trap = decode_trap(TEMPERATURE, VARIABLE[:-1] + bytes.fromhex("02 0102 80 43 01 6f6666 c1"))
    assert trap.alert_text == "off"


@pytest.mark.parametrize(
    ("code", "name"),
    [(0x00, "platform firmware"), (0x08, "SMI handler"), (0x20, "IPMI"), (0x5F, "management card"), (0x60, "unknown(60h)"), (0xFF, "unspecified")],
)
def test_sources(code: int, name: str) -> None:
    assert source_name(code) == name


def test_acknowledge() -> None:
    """IPMI 2.0 §30.3: the same values, the low byte first."""
    bmc = MemoryBmc()
    bmc.table[0x04, 0x17] = lambda _data: (0, b"")
    Pet(bmc).acknowledge(VARIABLE)
    assert bmc.asked == [(0x04, 0x17, bytes.fromhex("0811 d4d33114 20 20 30 502b30"))]
    assert bmc.extra[0]["deadline_s"] == 5.0
    with pytest.raises(Malformed):
        Pet(bmc).acknowledge(VARIABLE[:20])

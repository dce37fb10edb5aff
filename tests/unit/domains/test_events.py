# SPDX-License-Identifier: Apache-2.0
"""Events, their words and their data.  Values: IPMI 2.0 tables 29-6, 32-1 to 32-3, 42-1 to 42-3."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.constants import Health
from pyghmi.exceptions import Malformed
from pyghmi.ipmi.domains.eventdetail import detail_of
from pyghmi.ipmi.domains.events import EventKind, Generator, decode_event, has_standard_type, meaning_of, values_of
from pyghmi.ipmi.spec.eventtext import SENSOR_SPECIFIC, Text, text_of

HEAD = "0100 02 00f15365 2000 04"


def system(rest: str, head: str = HEAD) -> Any:
    return decode_event(bytes.fromhex(head + rest))


def test_threshold_event() -> None:
    event = system("01 30 01 57 40 30")
    assert (event.kind, event.record_id, event.record_type, event.timestamp) == (EventKind.SYSTEM, 1, 2, 1_700_000_000)
    assert (event.sensor_type_name, event.sensor_number, event.event_type, event.offset) == ("Temperature", 0x30, 1, 7)
    assert (event.text, event.severity, event.deassertion) == ("Upper non-critical", Health.Warning, False)
    assert (event.triggered, event.threshold, event.previous, event.oem_2) == (0x40, 0x30, None, None)
    assert (event.generator, event.revision) == (Generator(0x20, 0, 0), 4)
    assert event.description == "Upper non-critical"
    unspecified = system("01 30 81 07 ff ff")
    assert (unspecified.triggered, unspecified.threshold) == (None, None)
    assert (unspecified.text, unspecified.severity, unspecified.deassertion) == ("Upper non-critical deasserted", 0, True)


def test_values_by_the_sensor() -> None:
    sensor: Any = SimpleNamespace(conversion=SimpleNamespace(value=lambda raw: raw / 2), units="°C")
    event = system("01 30 01 57 40 30")
    assert values_of(event, sensor) == (32.0, 24.0, "°C")
    assert values_of(system("01 30 01 07 40 30"), sensor) == (None, None, "°C")
    assert values_of(system("08 30 6f 43 40 30"), sensor) == values_of(event, None) == (None, None, "")


def test_state_before() -> None:
    event = system("09 02 0b 43 12 ff")  # byte 2: severity before in the high half, state before in the low one
    assert (event.previous, event.previous_severity, event.triggered) == (2, 1, 0x12)
    none = system("09 02 0b 43 ff ff")
    assert (none.previous, none.previous_severity) == (None, None)


@pytest.mark.parametrize(
    ("bytes_8_9", "generator", "software", "address"),
    [
        ("2000", Generator(0x20, 0, 0), None, 0x20),
        ("2c61", Generator(0x2C, 6, 1), None, 0x2C),
        ("3340", Generator(0x33, 4, 0), 0x19, None),
        ("4100", Generator(0x41, 0, 0), 0x20, None),
    ],
)
def test_generators(bytes_8_9: str, generator: Generator, software: int | None, address: int | None) -> None:
    event = system("01 30 01 57 40 30", f"0100 02 00f15365 {bytes_8_9} 04")
    assert event.generator == generator
    assert (event.generator.software_id, event.generator.address) == (software, address)
    assert event.generator.is_software is (address is None)


def test_oem_records() -> None:
    dated = decode_event(bytes.fromhex("0700 df 5cd29963 370100 040000000000"))  # Microsoft, see vectors/sel
    assert (dated.kind, dated.manufacturer_id, dated.oem_data) == (EventKind.OEM_TIMESTAMPED, 0x137, b"\4" + bytes(5))
    assert dated.timestamp == 0x6399D25C
    assert dated.description == "OEM, with a time: 04 00 00 00 00 00"
    plain = decode_event(bytes.fromhex("ef00 e0 6e6f2074696d657374616d7021"))
    assert (plain.kind, plain.timestamp, plain.oem_data) == (EventKind.OEM, None, b"no timestamp!")
    assert plain.description == "OEM: 6e 6f 20 74 69 6d 65 73 74 61 6d 70 21"
    assert plain.sensor_type_name == ""


def test_unknown_words() -> None:
    event = system("c5 b7 6f 07 ff 12")
    assert (event.text, event.severity) == ("", Health.Ok)
    assert event.description == "event type 6Fh, offset 7"
    assert system("01 30 f0 07 ff ff").description == "event type 70h, offset 7 deasserted"
    assert system("0f 06 6f c2 06 ff").description == "Progress (USB initialization)"


def test_short_records() -> None:
    record = bytes.fromhex("01000200f15365200004013001574030")
    for size in range(3, 16):
        assert decode_event(record[:size]).kind is EventKind.UNREAD
    for size in range(3):
        with pytest.raises(Malformed):
            decode_event(record[:size])
    with pytest.raises(Malformed):
        meaning_of(1, 1, b"\x57\1", False)


def test_words_of_somebody_else() -> None:
    event = decode_event(
        bytes.fromhex("01000200f153652000 04 da306f03ffff"), texts=lambda *_key: Text("Allowed", 0, "Not allowed")
    )
    assert event.text == "Allowed"


def test_clock_changes() -> None:
    assert system("12 83 6f 05 00 ff").is_clock_change
    assert not system("12 83 6f 04 00 ff").is_clock_change
    assert not system("12 83 03 05 00 ff").is_clock_change


def test_standard_types() -> None:
    assert [kind for kind in range(128) if has_standard_type(kind)] == [*range(13), 0x6F]


@pytest.mark.parametrize(
    ("sensor_type", "offset", "data", "words"),
    [
        (0x05, 4, "02 ff", "Port 2"),
        (0x08, 6, "ff 00", "Vendor mismatch"),
        (0x08, 6, "ff f1", "Revision mismatch"),
        (0x08, 6, "ff 02", "Processor missing"),
        (0x08, 6, "ff 03", "Insufficient power"),
        (0x08, 6, "ff 04", "Voltage mismatch"),
        (0x08, 6, "ff 05", "Unknown"),
        (0xC6, 3, "17 ff", "PSU Redundancy"),
        (0x0C, 8, "ff 05", "Module 5"),
        (0x0C, 0, "ff 05", None),
        (0x0F, 0, "00 ff", "Unspecified"),
        (0x0F, 0, "0d ff", "CPU speed mismatch"),
        (0x0F, 0, "0e ff", "Unknown"),
        (0x0F, 1, "01 ff", "Memory initialization"),
        (0x0F, 2, "14 ff", "Baseboard initialization"),
        (0x0F, 2, "15 ff", "Unknown"),
        (0x0F, 2, "19 ff", "Primary processor initialization"),
        (0x10, 0, "03 ff", "Module 3"),
        (0x10, 1, "6f f4", "Reading type 6Fh, offset 04h"),
        (0x10, 5, "ff 4b", "75%"),
        (0x10, 6, "02 80", "Processor 2"),
        (0x12, 3, "10 ff", "entry added (could not map to standard)"),
        (0x12, 3, "52 ff", "log enabled"),
        (0x12, 3, "60 ff", "Unknown"),
        (0x12, 4, "3f ff", "NMI,OEM action,Power Cycle,Reset,Power Down,Alert"),
        (0x12, 4, "09 ff", "Power Cycle,Alert"),
        (0x12, 4, "00 ff", ""),
        (0x12, 5, "80 ff", "After"),
        (0x12, 5, "01 ff", "Before"),
        (0x19, 0, "05 00", "Requested 5 while 0"),
        (0x1D, 7, "07 01", "Power restored"),
        (0x1D, 7, "f4 01", "Watchdog"),
        (0x1D, 7, "0c 01", "Unknown"),
        (0x21, 2, "07 03", "Memory 3"),
        (0x21, 2, "0d 03", "Unknown 3"),
        (0x23, 1, "24 ff", "OS"),
        (0x23, 1, "06 ff", "Unknown"),
        (0x28, 4, "30 ff", "Sensor 48"),
        (0x28, 5, "80 07", "FRU 7"),
        (0x28, 5, "80 01", "Mainboard"),
        (0x28, 5, "08 51", None),
        (0x2A, 3, "02 01", "User 2"),
        (0x2A, 0, "02 01", None),
        (0x2B, 1, "04 ff", "Management conroller manufacturer"),
        (0x2B, 1, "17 ff", "Hardware (switch/jumper)"),
        (0x2B, 1, "00 ff", "Unknown"),
        (0x2C, 4, "33 ff", "Hot swap(change from Activation in progress)"),
        (0x2C, 1, "ff ff", "Unknown(change from Unknown)"),
        (0x01, 0, "01 02", None),
    ],
)
def test_details(sensor_type: int, offset: int, data: str, words: str | None) -> None:
    """The texts of the long-known interface."""
    data_2, data_3 = bytes.fromhex(data)
    assert detail_of(sensor_type, offset, data_2, data_3, {1: "Mainboard"}.get) == words
    if "Mainboard" not in (words or ""):
        assert detail_of(sensor_type, offset, data_2, data_3) == words


def test_detail_is_for_events_of_sensor_types_or_bytes_marked_so() -> None:
    assert system("0c 08 01 08 ff 05").detail is None
    assert system("0c 08 01 38 ff 05").detail == "Module 5"
    assert system("0c 08 6f 08 ff 05").detail == "Module 5"


def test_sensor_types_with_words_of_ours() -> None:
    """IPMI 2.0 table 42-3 has eight offsets for watchdog 1; PICMG 3.0 has M0 to M7, AMC.0 five for a module."""
    assert [len(SENSOR_SPECIFIC[kind]) for kind in (0x11, 0xF0, 0xF1, 0xF2)] == [8, 8, 4, 5]
    assert text_of(0x6F, 0xF0, 4) == Text("M4 - Active", Health.Ok, "M4 - Active deasserted", Health.Ok)

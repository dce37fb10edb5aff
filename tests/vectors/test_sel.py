# SPDX-License-Identifier: Apache-2.0
"""Event log records of real machines: each decodes to what ipmitool, FreeIPMI and ipmiutil print."""
from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sel_words import DEASSERTED, SENSOR_TYPES, SEVERITY_STATES, STATES, TEXTS

from pyghmi.ipmi.domains.events import Event, EventKind, decode_event
from pyghmi.ipmi.domains.sel_clock import Clock

FOLDER = Path(__file__).parent / "sel"
INDEX: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text())["records"]

OTHER_SEVERITY = {
    # Ours are the long-standing ones, which programs compare.
    ("System Event", "Clock time change"): "FreeIPMI counts a clock that was set as a warning, ours is Ok",
    ("Temperature", "Lower critical deasserted"): "FreeIPMI takes it for a fall to non-critical, ours is Ok",
    ("OS Stop", "OS crash"): "Failed with us, the worst that FreeIPMI knows is Critical",
    ("Power Unit", "Not redundant"): "offset 3, sufficient resources: Warning with us",
}


def decode(row: dict[str, Any]) -> Event:
    return decode_event(bytes.fromhex(row["record"]))


def when(event: Event) -> datetime | None:
    return Clock().when(event.timestamp)


@pytest.mark.parametrize("row", INDEX, ids=lambda row: row["record"][:6])
def test_ipmitool(row: dict[str, Any]) -> None:
    event, printed = decode(row), [part.strip() for part in row["ipmitool_elist"].split("|")]
    assert event.record_id == int(printed[0], 16) == row["id_in_file"]
    if event.kind is EventKind.PANIC:
        assert event.text == printed[1]
        return
    found = when(event)
    assert found is not None
    assert printed[1:3] == [found.strftime("%m/%d/%y"), found.strftime("%H:%M:%S UTC")]
    if event.kind is EventKind.OEM_TIMESTAMPED:
        assert printed[3:] == [f"OEM record {event.record_type:02x}", f"{event.manufacturer_id:06x}", event.oem_data.hex()]
        return
    assert printed[3].endswith(f"#0x{event.sensor_number:02x}")
    assert printed[-1] == ("Deasserted" if event.deassertion else "Asserted")


@pytest.mark.parametrize("row", INDEX, ids=lambda row: row["record"][:6])
def test_freeipmi(row: dict[str, Any]) -> None:
    event, printed = decode(row), [part.strip() for part in row["freeipmi"].split("|")]
    assert event.record_id == int(printed[0])
    if event.kind is EventKind.PANIC:
        assert printed[-1] == f"OEM defined = {' '.join(f'{byte:02X}h' for byte in event.oem_data)}"
        return
    found = when(event)
    assert found is not None
    assert printed[1:3] == [found.strftime("%b-%d-%Y"), found.strftime("%H:%M:%S")]
    if event.kind is EventKind.OEM_TIMESTAMPED:
        assert printed[-1] == f"OEM defined = {' '.join(f'{byte:02X}h' for byte in event.oem_data)}"
        return
    assert printed[3] == f"Sensor #{event.sensor_number}"
    assert SENSOR_TYPES.get(printed[4], printed[4]) == event.sensor_type_name
    what, *data = printed[6].split(" ; ")
    table = DEASSERTED if event.deassertion else TEXTS
    assert table[what] == event.text
    check_data(event, data)
    if printed[5] == "N/A":
        assert event.text == ""
    elif STATES[printed[5]] != event.severity:
        assert (event.sensor_type_name, event.text) in OTHER_SEVERITY


def check_data(event: Event, data: list[str]) -> None:
    """Every byte that FreeIPMI has words for is one with us, and the other way round."""
    expected = {}
    for each in data:
        key, value = each.split(" = ")
        expected[key] = SEVERITY_STATES[value] if key == "Severity State" else int(value.rstrip("h"), 16)
    found = {
        "Sensor Reading": event.triggered if event.event_type == 1 else None,
        "Threshold": event.threshold,
        "Severity State": event.previous_severity,
        "OEM Event Data2 code": event.oem_2,
        "OEM Event Data3 code": event.oem_3,
    }
    assert expected == {key: value for key, value in found.items() if value is not None and not unspecified(key, value)}


def unspecified(key: str, value: int) -> bool:
    return key.startswith("OEM") and value == 0xFF


@pytest.mark.parametrize("row", INDEX, ids=lambda row: row["record"][:6])
def test_ipmiutil(row: dict[str, Any]) -> None:
    event, printed = decode(row), row["ipmiutil_events"]
    assert int(printed[:4], 16) == event.record_id
    found = when(event)
    if found is not None:
        assert printed[5:22] == found.strftime("%m/%d/%y %H:%M:%S")
    if event.kind is EventKind.SYSTEM:
        data = re.search(r"([0-9a-f]{2}) \[([0-9a-f ]+)\]$", printed)
        if data:
            assert int(data[1], 16) == (event.event_type or 0) + (0x80 if event.deassertion else 0)
            assert bytes.fromhex(data[2]) == event.event_data
        else:
            values = re.search(r"act=([0-9a-f]+) thr=([0-9a-f]+)$", printed)
            assert values is not None
            assert (event.triggered, event.threshold) == (int(values[1], 16), int(values[2], 16))
        assert f" #{event.sensor_number:02x} " in printed


def test_every_field_of_ipmitool_v() -> None:
    blocks = (FOLDER / "real.ipmitool-v.txt").read_text().strip().split("\n\n")
    assert len(blocks) == len(INDEX)
    compared = 0
    for row, block in zip(INDEX, blocks):
        event = decode(row)
        fields = {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in block.splitlines() if ":" in line)}
        assert int(fields["SEL Record ID"], 16) == event.record_id
        if event.kind is not EventKind.SYSTEM:
            continue
        assert event.generator is not None and event.event_type is not None
        assert int(fields["Record Type"], 16) == event.record_type
        generator = event.generator
        # "Generator ID" is both bytes: channel and LUN, then the owner.
        assert int(fields["Generator ID"], 16) == generator.channel << 12 | generator.lun << 8 | generator.owner
        assert int(fields["EvM Revision"], 16) == event.revision
        assert int(fields["Sensor Number"], 16) == event.sensor_number
        kind = {"Threshold": 1, "Sensor-specific Discrete": 0x6F, "Generic Discrete": 0x0B}[fields["Event Type"]]
        assert kind == event.event_type
        assert fields["Event Direction"] == ("Deassertion Event" if event.deassertion else "Assertion Event")
        assert fields["Event Data (RAW)" if "Event Data (RAW)" in fields else "Event Data"] == event.event_data.hex()
        compared += 1
    assert compared == 37


def test_the_file_has_the_records() -> None:
    data = (FOLDER / "real.sel.bin").read_bytes()
    assert [data[at : at + 16].hex() for at in range(0, len(data), 16)] == [row["record"] for row in INDEX]


def test_odd_generators_of_real_machines() -> None:
    """BIOS (33h), an SMI handler (31h), and channel 4 with a software id: FreeIPMI and ipmiutil read them the same."""
    by_id = {row["id_in_file"]: decode(row) for row in INDEX}
    generator = by_id[1044].generator
    assert generator is not None
    assert (generator.owner, generator.channel, generator.software_id, generator.address) == (0x33, 4, 0x19, None)
    assert by_id[2043].revision == 3
    assert when(by_id[2043]) == datetime(2006, 7, 14, 22, 29, 57, tzinfo=timezone.utc)
    assert by_id[2043].marks == ()

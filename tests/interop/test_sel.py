# SPDX-License-Identifier: Apache-2.0
"""The event log of ipmi_sim's rich configuration: our events against ipmitool and FreeIPMI, in the same run."""
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import Simulator, program, run

sys.path.insert(0, str(Path(__file__).parents[1] / "vectors"))

from sel_words import SENSOR_TYPES, SEVERITY_STATES

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.events import Event, EventKind, has_standard_type, values_of
from pyghmi.ipmi.domains.sel_clock import Clock, is_calendar
from pyghmi.ipmi.domains.sensor import Sensor
from pyghmi.ipmi.spec.eventtext import text_of

ENTRIES = 240
KINDS = {"Threshold": [1], "Sensor-specific Discrete": [0x6F], "Generic Discrete": list(range(2, 13)), "OEM": list(range(0x70, 0x80)), "Unspecified": [0]}
FREEIPMI_TYPES = {
    **SENSOR_TYPES,
    "Button/Switch": "Button/switch", "Critical Interrupt": "Critical interrupt", "Drive Slot": "Drive Bay",
    "System Firmware Progress": "System Firmware", "Watchdog 2": "Watchdog", "OEM Reserved": "",
}
THRESHOLDS = [
    f"{which} - going {way}"
    for which in ("Lower Non-critical", "Lower Critical", "Lower Non-recoverable", "Upper Non-critical", "Upper Critical", "Upper Non-recoverable")
    for way in ("low", "high")
]
"""FreeIPMI's words for the offsets of threshold events, in order."""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("rich") / "rich", rich=True)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def events(rich: Simulator) -> list[Event]:
    with Command(rich.host, rich.user, rich.password, port=rich.port) as bmc:
        return list(bmc.events())


def test_as_ipmitool_elist(rich: Simulator, events: list[Event]) -> None:
    lines = rich.ipmitool("sel", "elist").splitlines()
    assert len(lines) == len(events) == ENTRIES
    sensors, readings = sensors_of(rich), 0
    for line, event in zip(lines, events):
        row = [part.strip() for part in line.split("|")]
        assert int(row[0], 16) == event.record_id
        if event.kind is EventKind.PANIC:
            assert row[1] == event.text
        elif event.kind is EventKind.OEM:
            assert row[1:] == [f"OEM record {event.record_type:02x}", event.oem_data.hex()]
        else:
            check_time(row[1:3], event)
            if event.kind is EventKind.OEM_TIMESTAMPED:
                assert row[3:] == [f"OEM record {event.record_type:02x}", f"{event.manufacturer_id:06x}", event.oem_data.hex()]
                continue
            assert row[5] == ("Deasserted" if event.deassertion else "Asserted")
            readings += check_reading(row[6:], event, sensors)
            if event.sensor_name is None or row[3].endswith(f"#0x{event.sensor_number:02x}"):
                # Without a name; with one where ipmitool, which compares record IDs of 0..FFh only, finds none.
                assert row[3].endswith(f"#0x{event.sensor_number:02x}")
            else:
                assert row[3].endswith(event.sensor_name)
    assert readings > 50


def sensors_of(rich: Simulator) -> dict[tuple[int, int, int], Sensor]:
    with Command(rich.host, rich.user, rich.password, port=rich.port) as bmc:
        return {(one.key.owner, one.key.lun, one.key.number): one for one in bmc.get_sensors()}


def sensor_of(event: Event, sensors: dict[tuple[int, int, int], Sensor]) -> Sensor | None:
    assert event.generator is not None
    return sensors.get((event.generator.owner, event.generator.lun, event.sensor_number or 0))


def check_reading(printed: list[str], event: Event, sensors: dict[tuple[int, int, int], Sensor]) -> bool:
    """Compare "Reading 24300 > Threshold 13700 RPM"; ipmitool prints it with the digits of %g, more or less."""
    if not printed:
        return False
    found = re.fullmatch(r"Reading (\S+) [<>] Threshold (\S+) (.+)", printed[0])
    assert found is not None, printed
    values = values_of(event, sensor_of(event, sensors))
    assert values.triggered == pytest.approx(float(found[1]), rel=0.01, abs=0.006)
    assert values.threshold == pytest.approx(float(found[2]), rel=0.01, abs=0.006)
    return True


def check_time(printed: list[str], event: Event) -> None:
    found = Clock().when(event.timestamp)
    if found is not None:
        assert printed == [found.strftime("%m/%d/%y"), found.strftime("%H:%M:%S UTC")]
    elif event.timestamp == 0xFFFFFFFF:
        assert printed == ["Unspecified", "Unspecified"]
    else:
        assert printed == ["Pre-Init", f"{event.timestamp:010d}"]


def test_as_ipmitool_v(rich: Simulator, events: list[Event]) -> None:
    blocks = [block for block in rich.ipmitool("-v", "sel", "list").split("\n\n") if "SEL Record ID" in block]
    assert len(blocks) == ENTRIES
    compared = 0
    for block, event in zip(blocks, events):
        rows = (line.split(":", 1) for line in block.splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in rows}
        assert int(fields["SEL Record ID"], 16) == event.record_id
        if event.kind is not EventKind.SYSTEM:
            continue
        generator = event.generator
        assert generator is not None and event.event_type is not None
        assert int(fields["Record Type"], 16) == event.record_type
        assert int(fields["Generator ID"], 16) == generator.channel << 12 | generator.lun << 8 | generator.owner
        assert int(fields["EvM Revision"], 16) == event.revision
        assert int(fields["Sensor Number"], 16) == event.sensor_number
        assert event.event_type in KINDS[fields["Event Type"]]
        assert fields["Event Direction"] == ("Deassertion Event" if event.deassertion else "Assertion Event")
        data = fields.get("Event Data (RAW)") or fields["Event Data"]
        assert data == event.event_data.hex()
        compared += 1
    assert compared == ENTRIES - 6  # one panic, five OEM records


def test_as_freeipmi(rich: Simulator, events: list[Event], tmp_path: Path) -> None:
    done = run(
        program("ipmi-sel"), "-h", f"{rich.host}:{rich.port}", "-u", rich.user, "-p", rich.password, "-l", "ADMIN", "-D", "LAN_2_0",
        "-I", "3", "-W", "opensesspriv", "--sdr-cache-directory", str(tmp_path), "--quiet-cache", "--comma-separated-output", timeout=120, check=True,
    )
    lines = [line for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert len(lines) == ENTRIES
    sensors, numbers = sensors_of(rich), 0
    for line, event in zip(lines, events):
        row = line.split(",")
        assert int(row[0]) == event.record_id
        if event.kind is not EventKind.SYSTEM:
            shown = [f"OEM defined = {' '.join(f'{byte:02X}h' for byte in event.oem_data)}"]
            assert row[-1:] == shown
            continue
        when = Clock().when(event.timestamp)
        if when is not None:
            assert row[1:3] == [when.strftime("%b-%d-%Y"), when.strftime("%H:%M:%S")]
        else:
            assert row[1] == ("Unspec." if event.timestamp == 0xFFFFFFFF else "PostInit")
        assert not is_calendar(event.timestamp) or when is not None
        assert row[3] == (event.sensor_name or f"Sensor #{event.sensor_number}")
        kind = FREEIPMI_TYPES.get(row[4], row[4])
        assert kind == ("" if row[4] == "OEM Reserved" else event.sensor_type_name)
        numbers += check_words(row[-1].split(" ; "), event, sensors)
    assert numbers > 100


def check_words(parts: list[str], event: Event, sensors: dict[tuple[int, int, int], Sensor]) -> int:
    """Compare what FreeIPMI says of the data, each part by what it is; returns how many were readings with units."""
    what, *data = parts
    assert event.offset is not None and event.event_type is not None and event.sensor_type is not None
    if event.event_type == 1:
        assert what == THRESHOLDS[event.offset]
    elif what.startswith("Event Offset = "):
        assert int(what[-3:-1], 16) == event.offset
        assert not event.text
    else:
        assert text_of(event.event_type, event.sensor_type, event.offset) is not None
        assert has_standard_type(event.event_type)
    values = values_of(event, sensor_of(event, sensors))
    units = 0
    for each in data:
        key, _equals, shown = each.partition(" = ")
        if key in ("Sensor Reading", "Threshold"):
            found = values.triggered if key == "Sensor Reading" else values.threshold
            raw = event.triggered if key == "Sensor Reading" else event.threshold
            if shown.endswith("h"):
                assert int(shown[:-1], 16) == raw
                continue
            number, unit = shown.split()
            assert found is not None and f"{found:.2f}" == number
            assert unit.replace("C", "°C") == values.units or unit == values.units
            units += 1
        elif key == "Severity State":
            words = {**SEVERITY_STATES, "transition to Non-Critical from OK": 1}
            assert event.previous_severity == words[shown]
        elif key.startswith("OEM Event Data"):
            assert int(shown[:-1], 16) == (event.oem_2 if key.startswith("OEM Event Data2") else event.oem_3)
        elif key.startswith("Event Data"):
            assert int(shown[:-1], 16) == event.event_data[int(key[10]) - 1]
        else:
            assert each == "USB resource configuration" and event.detail == "USB initialization"
    return units


def test_the_dictionaries_have_the_same(rich: Simulator, events: list[Event]) -> None:
    with Command(rich.host, rich.user, rich.password, port=rich.port) as bmc:
        found = bmc.get_event_log()
        assert bmc.get_sel_info()["entries"] == ENTRIES
    assert [one["record_id"] for one in found] == [event.record_id for event in events]
    for one, event in zip(found, events):
        if event.kind is EventKind.SYSTEM:
            assert one["component"] == (event.sensor_name or f"Sensor {one['component_id']}")
            assert (one["timecode"], one["deassertion"]) == (event.timestamp, event.deassertion)


def test_adding_deleting_clearing(rich: Simulator) -> None:
    """As ipmitool sees it."""
    with Command(rich.host, rich.user, rich.password, port=rich.port) as bmc:
        record_id = bmc.add_event(bytes.fromhex("0000 02 00000000 2000 04 01 30 01 57 40 30"))
        last = rich.ipmitool("sel", "list").splitlines()[-1]
        assert int(last.split("|")[0], 16) == record_id
        bmc.delete_event(record_id)
        assert len(rich.ipmitool("sel", "list").splitlines()) == ENTRIES
        assert len(bmc.get_event_log(clear=True)) == ENTRIES
        assert bmc.get_event_log() == []
        assert bmc.get_sel_info()["entries"] == 0

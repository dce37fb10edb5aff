# SPDX-License-Identifier: Apache-2.0
"""Whole repositories, against what ipmitool 1.8.19 and FreeIPMI 1.6.10 print of the same bytes.

Those of real servers come with recorded readings; those of two simulated ones have every linearization and unit form.
"""
from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pyghmi.ipmi.domains.sensor import Reading, Sensor, decode_reading, no_reading
from pyghmi.ipmi.domains.thresholds import Thresholds, thresholds_of_record, thresholds_of_reply
from pyghmi.ipmi.spec.sdr import (
    FullSensorRecord,
    Linearization,
    ReadableSensorRecord,
    SensorRecord,
    UnreadRecord,
    parse_record,
)
from pyghmi.ipmi.spec.sensor import SensorReadingData, SensorThresholds

FOLDER = Path(__file__).parent / "sdr"
SIMULATED = ("rich", "small")
ALL = [*sorted(path.name.split(".")[0] for path in FOLDER.glob("*.sdr.bin")), *SIMULATED]
READ = sorted(path.name.split(".")[0] for path in FOLDER.glob("*.readings.json"))

IPMITOOL_UNITS = {"°C": "degrees C", "V": "Volts", "% ": "percent", "W": "Watts", "A": "Amps"}
FREEIPMI_UNITS = {"°C": "C", "% ": "%", "": "N/A"}
STATUS = ["ok", "nc", "cr", "", "nr"]
LNR_TO_UNR = (2, 1, 0, 3, 4, 5)

# --- differences, each with its reason

OF_SOFTWARE = "ipmitool asks the BMC for sensors that software owns, and so reads some other sensor of that number"
BEHIND = "both ask nobody for sensors of other controllers, where the recorded machine had them on channel 6"
NO_NUMBER = "FreeIPMI shows no unit where the record has a unit but readings are no numbers"
TIE = "2.5435 is exact here; ipmitool's last bit is off, and so is the last digit that it shows, 2.544"
ENCODED = "both show the bytes of six-bit and BCD names as they are"
CURVED = "ipmitool puts the counts of a hysteresis through the curve, which makes 250000 RPM of 2 counts of 1/x"
COUNTS = "ipmitool shows counts where readings are no numbers"
NEGATIVE = "ipmitool has negative hysteresis where M is negative; it is a distance"
CUBE_ROOT = "FreeIPMI takes linearization 0Bh for 1/x^3; it is the cube root for ipmitool and in the older drivers"
WORST = "FreeIPMI names the worst of the thresholds that are crossed, and no other"
BOTH = "FreeIPMI shows what it calls unrecognized events; bits that the type does not have are left out here"


IN_SIM = {
    "sdr.bin": "sdr.dump.bin",
    "ipmitool-v.txt": "ipmitool-sdr-list-all-v.expected.txt",
    "ipmi-sensors-v.txt": "freeipmi-ipmi-sensors-v.expected.txt",
}


def file(name: str, kind: str) -> Path:
    return FOLDER.parent / "sim" / name / IN_SIM[kind] if name in SIMULATED else FOLDER / f"{name}.{kind}"


class Repository(NamedTuple):
    sensors: list[Sensor]
    answers: dict[tuple[int, int, int], dict]

    def answer(self, sensor: Sensor) -> dict:
        return self.answers.get((sensor.key.owner, sensor.key.lun, sensor.key.number), {})

    def reading(self, sensor: Sensor) -> Reading:
        data = self.answer(sensor).get("get_sensor_reading")
        if not sensor.readable or data is None:
            return no_reading(sensor)
        return decode_reading(sensor, SensorReadingData.decode(bytes.fromhex(data)))

    def thresholds(self, sensor: Sensor) -> Thresholds:
        data = self.answer(sensor).get("get_sensor_thresholds")
        if not sensor.is_threshold or data is None:
            return Thresholds()
        return thresholds_of_reply(sensor, SensorThresholds.decode(bytes.fromhex(data)))


@lru_cache
def records(name: str) -> list:
    data, found, at = file(name, "sdr.bin").read_bytes(), [], 0
    while at < len(data):
        end = at + 5 + data[at + 4]
        found.append(parse_record(data[at:end]))
        at = end
    return found


@lru_cache
def repository(name: str) -> Repository:
    sensors = [
        Sensor(each, each.key, each.name, each.entity_instance)
        for each in records(name)
        if isinstance(each, SensorRecord)
    ]
    path = FOLDER / f"{name}.readings.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    return Repository(sensors, {(row["owner"], row["lun"], row["number"]): row for row in rows})


def table(name: str, kind: str) -> list[list[str]]:
    lines = (FOLDER / f"{name}.{kind}.txt").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def blocks(name: str, kind: str, first: str) -> list[dict[str, str]]:
    """Return the sensors in a verbose listing; lines that go on are joined to the one before."""
    text = file(name, f"{kind}.txt").read_text(encoding="utf-8", errors="replace")
    found: list[dict[str, str]] = []
    key = ""
    for line in text.splitlines():
        label, colon, value = line.partition(":")
        if not line.strip():
            key = ""
        elif line.startswith(first):
            found.append({first: value.strip()})
        elif colon and not line.startswith("   ") and found:
            key = label.strip()
            found[-1][key] = value.strip()
        elif key:
            found[-1][key] += f" {line.strip()}"
    return found


def is_encoded(sensor: Sensor) -> bool:
    return sensor.record.id_data[0] >> 6 in (1, 2)


def is_behind(sensor: Sensor) -> bool:
    return sensor.key.owner != 0x20 and sensor.readable


# --- every record


@pytest.mark.parametrize("name", ALL)
def test_every_record_is_read(name: str) -> None:
    assert not [each for each in records(name) if isinstance(each, UnreadRecord)]


@pytest.mark.parametrize("name", ALL)
def test_records_are_written_as_they_were_read(name: str) -> None:
    """Where the reserved bits are zero; in these repositories they are not in a few bytes, which are listed here."""
    reserved = {0x10: {9}, 0x01: {44, 45}, 0x02: {27, 28, 29}, 0x03: {14}, 0x11: {9}, 0x12: {9, 10, 11}, 0x08: set(), 0x09: set(), 0x13: set(), 0xC0: set()}
    reserved[0x14] = set()
    tail = {0x09: 6, 0x14: 1}
    data, at = file(name, "sdr.bin").read_bytes(), 0
    for record in records(name):
        before = data[at : at + 5 + data[at + 4]]
        after = record.encode()
        assert len(before) - len(after) == tail.get(record.type, 0), record
        assert not any(before[len(after) :])
        differing = {place for place, (old, new) in enumerate(zip(before, after)) if old != new}
        partly = {7, 8, 23, 24} if record.type in (0x11, 0x12, 0x02) else {12, 13, 23, 30}
        assert differing <= reserved[record.type] | partly, (record, differing)
        for place in differing:
            assert before[place] & after[place] == after[place], "only bits that nobody reads are lost"
        at += len(before)


# --- ipmitool sensor list


@pytest.mark.parametrize("name", READ)
def test_values_and_thresholds_are_those_of_ipmitool(name: str) -> None:
    found = repository(name)
    sensors = [sensor for sensor in found.sensors if isinstance(sensor.record, ReadableSensorRecord)]
    rows = table(name, "ipmitool-sensor")
    assert len(rows) == len(sensors)
    for sensor, row in zip(sensors, rows):
        assert row[0] == sensor.base_name[:16]
        if not sensor.readable or is_behind(sensor):
            assert OF_SOFTWARE and BEHIND
            continue
        assert found.answer(sensor), "the reading was recorded"
        reading = found.reading(sensor)
        if sensor.is_analog:
            assert row[1] == ("na" if reading.value is None else f"{reading.value:.3f}"), sensor
            assert row[2] in ("", IPMITOOL_UNITS.get(sensor.units, sensor.units)), sensor
        else:
            assert row[2] == "discrete"
            low_first = f"0x{reading.raw_states & 0xFF:02x}{reading.raw_states >> 8:02x}"
            assert row[3] == ("na" if reading.unavailable else low_first), sensor
        if sensor.is_threshold and sensor.is_analog:
            worst = max((state.severity for state in reading.states), default=0)
            assert row[3] == ("na" if reading.unavailable else STATUS[worst]), sensor
        thresholds = found.thresholds(sensor)
        shown = [thresholds[bit] for bit in LNR_TO_UNR]
        assert row[4:10] == ["na" if value is None else f"{value:.3f}" for value in shown], sensor


# --- ipmitool -v sdr list all

NAMES = {
    "Upper non-recoverable": 5,
    "Upper critical": 4,
    "Upper non-critical": 3,
    "Lower non-recoverable": 2,
    "Lower critical": 1,
    "Lower non-critical": 0,
}


@pytest.mark.parametrize("name", ALL)
def test_records_say_what_ipmitool_says(name: str) -> None:
    sensors = [each for each in repository(name).sensors if isinstance(each.record, ReadableSensorRecord)]
    shown = [each for each in blocks(name, "ipmitool-v", "Sensor ID") if "Sensor Reading" in each]
    shown_full = [each for each in shown if "Status" in each]
    full = [each for each in sensors if isinstance(each.record, FullSensorRecord) and each.is_threshold]
    assert len(full) == len(shown_full)
    for sensor, said in zip(full, shown_full):
        _same_record(sensor, said)


def _same_record(sensor: Sensor, said: dict[str, str]) -> None:
    record = sensor.record
    assert isinstance(record, FullSensorRecord)
    label, number = re.fullmatch(r"(.*) \(0x([0-9a-f]+)\)", said["Sensor ID"]).groups()
    assert int(number, 16) == sensor.key.number
    assert (ENCODED and is_encoded(sensor)) or label == sensor.base_name
    entity, instance = said["Entity ID"].split(" ")[0].split(".")
    assert (int(entity), int(instance)) == (sensor.entity_id, sensor.entity_instance)
    if not sensor.is_analog:
        assert COUNTS and all(said[words].startswith("0x") for words in ("Nominal Reading", "Positive Hysteresis"))
        return
    thresholds = thresholds_of_record(sensor)
    conversion = sensor.conversion
    assert conversion is not None
    for words, bit in NAMES.items():
        if words in said:
            assert said[words] == f"{thresholds[bit]:.3f}", (sensor, words)
    curved = record.linearization != Linearization.LINEAR
    for words, hysteresis in (
        ("Positive Hysteresis", thresholds.positive_hysteresis),
        ("Negative Hysteresis", thresholds.negative_hysteresis),
    ):
        if curved:
            assert CURVED and hysteresis is None
            continue
        shown = said[words].lstrip("-") if NEGATIVE and conversion.factors.m < 0 else said[words]
        assert shown == ("Unspecified" if hysteresis is None else f"{hysteresis:.3f}"), (sensor, words)
    for words, given, raw in (
        ("Nominal Reading", record.nominal_given, record.nominal),
        ("Normal Minimum", record.normal_min_given, record.normal_min),
        ("Normal Maximum", record.normal_max_given, record.normal_max),
    ):
        assert (words in said) <= given, sensor
        if words in said:
            assert TIE and abs(float(said[words]) - conversion.value(raw)) <= 0.0005 + 1e-9, (sensor, words)
    tolerance = re.search(r"\(\+/- ([0-9.]+)\)", said["Sensor Reading"])
    if tolerance is not None and not curved:
        exact = (conversion.imprecision(0) or 0) - (conversion.difference(1) or 0) / 2
        # ipmitool cuts half counts of tolerance down to whole ones.
        assert float(tolerance[1]) <= exact + 1e-9, sensor
        assert exact - float(tolerance[1]) <= (conversion.difference(1) or 0) / 2 + 1e-9, sensor


# --- ipmi-sensors -v

OFFSETS = {
    (0x6F, 0x25, "Entity Present"): 0,
    (0x6F, 0x25, "Entity Absent"): 1,
    (0x6F, 0x1B, "Cable/Interconnect is connected"): 0,
    (0x6F, 0x08, "Presence detected"): 0,
    (0x6F, 0x08, "Power Supply input lost (AC/DC)"): 3,
    (0x6F, 0x07, "Processor Presence detected"): 7,
    (0x6F, 0x0C, "Presence detected"): 6,
    (0x6F, 0x0D, "Drive Presence"): 0,
    (0x6F, 0x0D, "Drive Fault"): 1,
    (0x6F, 0x0D, "Rebuild/Remap Aborted"): 8,
    (0x6F, 0x29, "battery presence detected"): 2,
    (0x6F, 0x10, "SEL Almost Full"): 5,
    (0x0B, None, "Fully Redundant"): 0,
    (0x0B, None, "Redundancy Lost"): 1,
    (0x0B, None, "Non-redundant:Sufficient Resources from Redundant"): 3,
    (0x08, None, "Device Inserted/Device Present"): 1,
    (0x03, None, "State Deasserted"): 0,
    (0x01, None, "At or Below (<=) Lower Critical Threshold"): 1,
}


def states_said(sensor: Sensor, event: str) -> list[int]:
    """Return the numbers of the states that FreeIPMI names, without those that it does not recognize."""
    assert BOTH
    found = []
    for words in re.findall(r"'([^']*)'", event):
        if words != "OK" and not words.startswith("Unrecognized Event"):
            kind = sensor.sensor_type if sensor.event_type == 0x6F else None
            found.append(OFFSETS[sensor.event_type, kind, words])
    return found


@pytest.mark.parametrize("name", READ)
def test_values_and_states_are_those_of_freeipmi(name: str) -> None:
    found = repository(name)
    rows = {int(row[0]): row for row in table(name, "ipmi-sensors")[1:]}
    by_id = {sensor.record.record_id: sensor for sensor in found.sensors}
    assert rows.keys() <= by_id.keys()
    for record_id, row in rows.items():
        sensor = by_id[record_id]
        reading = found.reading(sensor)
        assert row[1] == sensor.base_name
        if is_behind(sensor):
            assert BEHIND
            continue
        assert row[4] == ("N/A" if reading.value is None else f"{reading.value:.2f}"), sensor
        if sensor.is_analog or not sensor.units:
            assert row[5] == FREEIPMI_UNITS.get(sensor.units, sensor.units), sensor
        else:
            assert NO_NUMBER and row[5] == "N/A"
        if row[6].startswith("'OEM Event = "):
            assert row[6] == f"'OEM Event = {reading.raw_states:04X}h'"
            continue
        assert (row[6] == "N/A") == (reading.unavailable or not sensor.readable), sensor
        base = 1 if sensor.is_threshold else 0
        numbers = [(state.state_id & 0xFF) - base for state in reading.states]
        if sensor.is_threshold:
            assert WORST
            numbers = numbers[-1:]
        assert numbers == states_said(sensor, row[6]), sensor


def test_what_freeipmi_does_not_recognize_is_left_out() -> None:
    for name in READ:
        found = repository(name)
        rows = {int(row[0]): row for row in table(name, "ipmi-sensors")[1:]}
        for sensor in found.sensors:
            row = rows.get(sensor.record.record_id)
            for mask in re.findall(r"Unrecognized Event = (\w+)h", row[6] if row else ""):
                assert found.reading(sensor).raw_states & int(mask, 16), "the bits are kept"


LINES = {
    "Sensor Min. Reading": "sensor_min",
    "Sensor Max. Reading": "sensor_max",
    "Normal Min.": "normal_min",
    "Normal Max.": "normal_max",
    "Nominal Reading": "nominal",
}
THRESHOLDS = {
    "Lower Critical Threshold": 1,
    "Upper Critical Threshold": 4,
    "Lower Non-Critical Threshold": 0,
    "Upper Non-Critical Threshold": 3,
    "Lower Non-Recoverable Threshold": 2,
    "Upper Non-Recoverable Threshold": 5,
}


@pytest.mark.parametrize("name", ALL)
def test_records_say_what_freeipmi_says(name: str) -> None:
    found = repository(name)
    shown = {int(each["Record ID"]): each for each in blocks(name, "ipmi-sensors-v", "Record ID")}
    listed = [each for each in found.sensors if isinstance(each.record, ReadableSensorRecord)]
    assert shown.keys() == {sensor.record.record_id for sensor in listed}, "event-only sensors are listed by nobody"
    for sensor in listed:
        record, said = sensor.record, shown[sensor.record.record_id]
        assert (ENCODED and is_encoded(sensor)) or said["ID String"] == sensor.base_name
        assert re.search(r"\((\w+)h\)$", said["Sensor Type"])[1] == f"{sensor.sensor_type:X}"
        assert int(said["Sensor Number"]) == sensor.key.number
        assert said["Sensor Owner ID"] == f"{sensor.key.owner:X}h"
        assert said["Sensor Owner LUN"] == f"{sensor.key.lun:X}h"
        assert said["Channel Number"] == f"{sensor.key.channel:X}h"
        assert re.search(r"\((\d+)\)$", said["Entity ID"])[1] == str(sensor.entity_id)
        assert int(said["Entity Instance"]) == sensor.entity_instance
        assert said["Event/Reading Type Code"] == f"{sensor.event_type:X}h"
        if CUBE_ROOT and getattr(record, "linearization", 0) == Linearization.CUBE_ROOT:
            continue
        if isinstance(record, FullSensorRecord) and sensor.is_analog:
            conversion = sensor.conversion
            for words, field in LINES.items():
                if said.get(words, "N/A") != "N/A":
                    assert said[words].split(" ")[0] == f"{conversion.value(getattr(record, field)):.6f}", sensor
        if name in READ and not is_behind(sensor) and sensor.readable:
            thresholds = found.thresholds(sensor)
            for words, bit in THRESHOLDS.items():
                if words in said:
                    expected = "N/A" if thresholds[bit] is None else f"{thresholds[bit]:.6f}"
                    assert said[words].split(" ")[0] == expected, (sensor, words)

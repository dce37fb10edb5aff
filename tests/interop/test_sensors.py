# SPDX-License-Identifier: Apache-2.0
"""Every sensor of the rich simulator: what we say of it against what ipmitool and FreeIPMI print in the same run."""
from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from peers import Simulator, program, run

from pyghmi.constants import Health
from pyghmi.exceptions import InvalidParameterValue, NotFound
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.bounded import Bounded
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sdr_repo import SdrRepository
from pyghmi.ipmi.domains.sensor import Reading, expand
from pyghmi.ipmi.domains.sensors import Sensors
from pyghmi.ipmi.spec.request import Target
from pyghmi.ipmi.spec.sdr import ThresholdAccess

THRESHOLDS = (
    "lower_non_recoverable", "lower_critical", "lower_non_critical",
    "upper_non_critical", "upper_critical", "upper_non_recoverable",
)
IPMITOOL_UNITS = {
    "°C": "degrees C", "°F": "degrees F", "V": "Volts", "A": "Amps", "W": "Watts", "J": "Joules", "RPM": "RPM", "Hz": "Hz",
    "CFM": "CFM", "% ": "percent", "A s": "Amps*second", "V/A": "Volts/Amps", "byte": "byte",
}
FREEIPMI_UNITS = {
    "°C": "C", "°F": "F", "% ": "%", "A s": "A * s", "V/A": "V / A", "byte": "B", "": "N/A",
}
IPMITOOL_WORST = {
    "lower non-critical threshold": "nc", "lower critical threshold": "cr", "lower non-recoverable threshold": "nr",
    "upper non-critical threshold": "nc", "upper critical threshold": "cr", "upper non-recoverable threshold": "nr",
}
FREEIPMI_WORDS = {
    "Processor Presence detected": "Present", "Drive Presence": "Present", "Drive Fault": "Drive fault",
    "Rebuild/Remap Aborted": "Rebuild aborted", "Presence detected": "Present",
    "Power Supply input lost (AC/DC)": "Power input lost",
    "At or Below (<=) Lower Critical Threshold": "lower critical threshold",
    "Transition to Active": "Active", "State Deasserted": "Deasserted", "Predictive Failure asserted": "Predictive failure",
    "Limit Not Exceeded": "Limit not exceeded", "Performance Met": "Performance met",
    "transition to Non-Critical from OK": "Non-Critical", "Device Inserted/Device Present": "Present",
    "Device Enabled": "Enabled", "transition to Running": "Running", "Fully Redundant": "Redundant",
    "D0 Power State": "ACPI D0", "Redundancy Lost": "Not redundant",
}
"""FreeIPMI's words for a state, and the long-standing ones of this package for the same."""
ENCODED = ("SIX BIT NAME 01", "12-34.56")
"""Names in 6-bit ASCII and BCD, which both peers print as raw bytes."""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("rich") / "rich", rich=True)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def bmc(rich: Simulator) -> Iterator[Command]:
    with Command(rich.host, rich.user, rich.password, port=rich.port) as command:
        yield command


@pytest.fixture(scope="module")
def readings(bmc: Command) -> dict[str, Reading]:
    found = {reading.sensor.name: reading for reading in bmc.read_sensors()}
    assert bmc.get_sdr_problems() == []
    return found


def shown(value: float | None, places: int, none: str) -> str:
    return none if value is None else f"{value:.{places}f}"


def test_ipmitool_sensor_list(rich: Simulator, bmc: Command, readings: dict[str, Reading]) -> None:
    """125 lines: name, value, unit, state and six thresholds of each."""
    compared = 0
    for line in rich.ipmitool("sensor", "list").splitlines():
        name, value, unit, state, *limits = (field.strip() for field in line.split("|"))
        if name not in readings:
            # Both encodings come as raw bytes; "Bay " stands for the four sensors that share its record.
            assert name == "Bay" or not name.isascii()
            continue
        compared += 1
        reading = readings[name]
        if unit == "discrete":
            assert reading.value is None
            assert state == f"0x{reading.raw_states & 0xFF:02x}{reading.raw_states >> 8:02x}", name
            assert set(limits) == {"na"}
            continue
        if name == "No analog":  # a threshold sensor without a numeric format: ipmitool prints the bare byte
            assert (value, reading.value, reading.raw) == ("0x19", None, 0x19)
            continue
        if name == "Never set":  # not scanned: ipmitool asks no further; we print the thresholds that there are
            assert (value, state, reading.value, reading.unavailable) == ("na", "na", None, True)
            continue
        assert value == shown(reading.value, 3, "na"), name
        assert unit == IPMITOOL_UNITS.get(reading.units, reading.units), name
        worst = [IPMITOOL_WORST[each.text] for each in reading.states]
        assert state == (worst[-1] if worst else "ok"), name
        found = bmc.get_sensor_thresholds(name)
        assert limits == [shown(found[key], 3, "na") for key in THRESHOLDS], name
    assert compared == 122


def test_ipmitool_sdr_elist(rich: Simulator, bmc: Command, readings: dict[str, Reading]) -> None:
    """Numbers, entities, and which sensors only send events."""
    compared = 0
    sensors = {sensor.name: sensor for sensor in bmc.get_sensors()}
    for line in rich.ipmitool("sdr", "elist", "all").splitlines():
        name, number, _state, entity, text = (field.strip() for field in line.split("|"))
        sensor = sensors.get(name)
        if sensor is None:
            continue
        compared += 1
        assert int(number.rstrip("h"), 16) == sensor.key.number
        assert entity == f"{sensor.entity_id}.{sensor.entity_instance}"
        assert (text == "Event-Only") is not sensor.readable, name
    assert compared == 122 + 17  # 20 send events only; three of them share a record, whose name ipmitool cuts


def freeipmi(rich: Simulator, folder: Path, *more: str) -> list[list[str]]:
    done = run(
        program("ipmi-sensors"), "-D", "LAN_2_0", "-h", f"127.0.0.1:{rich.port}", "-u", rich.user, "-p", rich.password,
        "-l", "ADMIN", "-I", "3", "-W", "opensesspriv", "--bridge-sensors", "--shared-sensors", "--comma-separated-output",
        "--no-header-output", "--quiet-cache", f"--sdr-cache-directory={folder}", *more, check=True,
    )
    return list(csv.reader(done.stdout.splitlines()))


def test_freeipmi(rich: Simulator, bmc: Command, readings: dict[str, Reading], tmp_path: Path) -> None:
    """Values, units, states and thresholds by record number; of a shared record in the order of the sensors."""
    rows = freeipmi(rich, tmp_path, "--output-sensor-thresholds")
    by_record = {
        record_id: list(group)
        for record_id, group in groupby(readings.values(), key=lambda one: one.sensor.record.record_id)
    }
    assert len(rows) == len(readings) == 128
    for record_id, group in groupby(rows, key=lambda row: int(row[0])):
        ours = by_record[record_id]
        theirs = list(group)
        assert len(ours) == len(theirs)
        for reading, row in zip(ours, theirs):
            compare_with_freeipmi(bmc, reading, row)


def compare_with_freeipmi(bmc: Command, reading: Reading, row: list[str]) -> None:
    _id, name, _type, value, units, *limits, event = row
    sensor = reading.sensor
    if sensor.base_name not in ENCODED:
        assert name.replace("  ", " ") == sensor.name
    if name == "Lin cuberoot":  # FreeIPMI raises to the power of 1 divided by 3 as whole numbers, less a bit: 0
        assert (value, reading.value) == ("0.00", pytest.approx(100 ** (1 / 3)))
        return
    if value != "N/A" or reading.value is not None:
        assert value == shown(reading.value, 2, "N/A"), name
        assert units.removesuffix(" per s") == FREEIPMI_UNITS.get(reading.units, reading.units), name
    words = [word.strip("'") for word in re.findall(r"'[^']*'", event)]
    words = [word for word in words if word != "OK" and not word.startswith(("Unrecognized", "OEM Event"))]
    texts = [state.text for state in reading.states if not state.text.startswith("Unknown")]
    if sensor.is_threshold:
        texts = texts[-1:]  # FreeIPMI prints the worst one only
    assert [FREEIPMI_WORDS[word] for word in words] == texts, name
    if sensor.is_threshold:
        # FreeIPMI does not ask where the record says that there is nothing to ask for; ipmitool and we do.
        found: Any = bmc.get_sensor_thresholds(sensor.key)
        if sensor.record.threshold_access == ThresholdAccess.NONE:
            found = dict.fromkeys(THRESHOLDS)
        assert limits == [shown(found[key], 2, "N/A") for key in THRESHOLDS], name


def test_names_in_six_bits_and_bcd(readings: dict[str, Reading]) -> None:
    """What the peers do not show: the configuration of the simulator names them."""
    assert [readings[name].value for name in ENCODED] == [25.0, 26.0]


# --- the dictionaries and classes of the long-standing interface, over a real wire


def test_the_long_standing_interface(bmc: Command, readings: dict[str, Reading]) -> None:
    data = {reading.name: reading for reading in bmc.get_sensor_data()}
    assert set(data) == set(readings)
    assert data["Temp_CPU0"].simplestring() == "Temp_CPU0: 40.0 ± 0.5°C"
    assert data["PSU2 Status"].states == ["Present", "Power input lost"]
    assert data["Never set"].unavailable == 1
    assert bmc.get_sensor_reading("Fan_SYS0").value == 2100.0
    assert {"name": "Fan_SYS0", "type": "Fan"} in list(bmc.get_sensor_descriptions())
    with pytest.raises(NotFound, match="Sensor not found: nothing"):
        bmc.get_sensor_reading("nothing")
    health = bmc.get_health()
    assert health["health"] == Health.Warning | Health.Critical
    assert {"Temp_CPU1", "PSU2 Status", "Bay 3"} <= {bad.name for bad in health["badreadings"]}
    assert bmc.get_sensor_reading("Bay 3").states == ["Present", "Drive fault"]


def test_thresholds_are_set_and_ipmitool_sees_it(rich: Simulator, bmc: Command) -> None:
    def seen() -> list[str]:
        line = next(row for row in rich.ipmitool("sensor", "list").splitlines() if row.startswith("Lin sqrt"))
        return [field.strip() for field in line.split("|")][4:]

    before = bmc.get_sensor_thresholds("Lin sqrt")
    after = bmc.set_sensor_thresholds("Lin sqrt", upper_non_critical=13.0, lower_critical=2.0)
    assert after["upper_non_critical"] == 13.0
    assert after["lower_critical"] == 2.0
    assert seen() == [shown(after[key], 3, "na") for key in THRESHOLDS]
    wanted: Any = {key: before[key] for key in ("upper_non_critical", "lower_critical")}
    assert bmc.set_sensor_thresholds("Lin sqrt", **wanted) == before
    with pytest.raises(InvalidParameterValue):
        bmc.set_sensor_thresholds("Lin sqrt", middle=1.0)
    with pytest.raises(NotFound):
        bmc.get_sensor_thresholds("CPU_0")


# --- controllers behind the BMC


def test_the_satellite_has_device_sdrs(rich: Simulator, bmc: Command) -> None:
    """72h has no repository but device SDRs, and its sensors are asked through the BMC."""
    way = Bounded(bmc._requester, bmc._requester.now() + 30, Target(0x72, 0))
    learned = Learned()
    repository = SdrRepository(way, learned)
    sensors = expand(repository.records())
    assert learned.device_sdrs
    found = {one.sensor.name: one for one in Sensors(way, learned).sweep(sensors)}
    lines = rich.ipmitool("-t", "0x72", "-b", "0", "sdr", "elist").splitlines()
    compared = 0
    for line in lines:
        name, number, state, entity, text = (field.strip() for field in line.split("|"))
        if name not in found:
            continue
        compared += 1
        reading = found[name]
        assert int(number.rstrip("h"), 16) == reading.sensor.key.number
        assert entity == f"{reading.sensor.entity_id}.{reading.sensor.entity_instance}"
        if reading.value is not None and text[0].isdigit():
            assert float(text.split()[0]) == pytest.approx(reading.value, abs=0.006)
            assert (state == "ok") is not bool(reading.states)
    assert compared == len(found) > 0


def test_the_records_are_those_that_ipmitool_dumps(rich: Simulator, bmc: Command, tmp_path: Path) -> None:
    rich.ipmitool("sdr", "dump", str(tmp_path / "sdr.bin"))
    assert b"".join(bmc._sdr_raw_records()) == (tmp_path / "sdr.bin").read_bytes()


def test_a_file_of_records_saves_reading_them(rich: Simulator, tmp_path: Path) -> None:
    from pyghmi.ipmi.domains import sdr_cache

    def names() -> tuple[list[str], int]:
        sdr_cache.forget_all()
        with Command(rich.host, rich.user, rich.password, port=rich.port) as command:
            command.set_sdr_cachedir(str(tmp_path))
            asked = []
            link = command.ipmi_session.link
            through = link.exchange
            link.exchange = lambda *a, **k: asked.append(a) or through(*a, **k)
            return [sensor.name for sensor in command.get_sensors()], len(asked)

    first, cold = names()
    again, warm = names()
    assert first == again
    assert cold > 160 and warm == 2  # Get SDR Repository Info, Get Device ID
    assert len(list(tmp_path.iterdir())) == 1

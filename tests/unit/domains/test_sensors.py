# SPDX-License-Identifier: Apache-2.0
"""Asking sensors; what odd BMCs do is in tests/faults/test_quirks_sdr.py."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "faults"))

from memory_bmc import MemoryBmc

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, NotFound, SessionLost, TimedOut
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sensor import Sensor, expand
from pyghmi.ipmi.domains.sensors import Sensors
from pyghmi.ipmi.spec.sdr import parse_record
from pyghmi.sim.demo_sensors import ANALOG, _full, numbered
from pyghmi.sim.repository import SensorPart, demo_records

READING, GET_THRESHOLDS, SET_THRESHOLDS = (4, 0x2D), (4, 0x27), (4, 0x26)


def demo(**knobs: Any) -> tuple[MemoryBmc, Sensors, dict[str, Sensor]]:
    bmc = MemoryBmc(SensorPart(), knobs={(4, int(name[1:], 16)): knob for name, knob in knobs.items()})
    sensors = expand(parse_record(raw) for raw in demo_records())
    return bmc, Sensors(bmc, Learned()), {sensor.name: sensor for sensor in sensors}


def test_one_request_for_each_readable_sensor() -> None:
    bmc, sensors, known = demo()
    readings = list(sensors.sweep(list(known.values())))
    assert [reading.sensor.name for reading in readings] == [name for name in known if name != "System Event"]
    assert len(bmc.asked) == 20
    assert {asked[:2] for asked in bmc.asked} == {READING}


def test_a_sensor_that_only_sends_events_has_no_reading() -> None:
    bmc, sensors, known = demo()
    reading = sensors.read(known["System Event"])
    assert (reading.value, reading.unavailable, reading.problem) == (None, True, "it only sends events")
    assert bmc.asked == []


def test_a_lost_session_ends_the_sweep() -> None:
    bmc, sensors, known = demo()

    def lost(_data: bytes, _answer: Any) -> Any:
        raise SessionLost("Session no longer connected")

    bmc.knobs[READING] = lost
    with pytest.raises(SessionLost):
        next(sensors.sweep(list(known.values())))


def test_silence_of_a_controller_that_has_answered_before() -> None:
    """The BMC is asked whether it lives; the controller is not given up."""
    record = _full(ANALOG[0])
    record.owner_id = 0x2C
    records = [numbered(record, 1), numbered(_full(ANALOG[0]._replace(number=2)), 2)]
    pair = expand(parse_record(raw) for raw in records)
    other = expand([parse_record(numbered(_owned(0x2C, 5), 3))])[0]
    bmc = MemoryBmc(SensorPart())
    there = SensorPart(records=records, readings={(0, 1): 23}).commands()
    silent = {5}
    bmc.others[0x2C, 0] = {READING: lambda data: None if data[0] in silent else there[READING](data)}  # type: ignore[dict-item,return-value]
    learned = Learned()
    found = list(Sensors(bmc, learned).sweep([pair[0], other, pair[0]]))
    assert [reading.value for reading in found] == [23.0, None, 23.0]
    assert bmc.count(0x0A, 0x20) == 1
    bmc.knobs = {(0x0A, 0x20): lambda _data, _answer: None}
    with pytest.raises(TimedOut):
        list(Sensors(bmc, learned).sweep([other]))


def _owned(owner: int, number: int) -> Any:
    record = _full(ANALOG[0]._replace(number=number))
    record.owner_id = owner
    return record


def test_a_slow_sensor_is_asked_when_it_alone_is_wanted() -> None:
    bmc, sensors, known = demo()
    bmc.knobs[READING] = lambda data, answer: None if data == b"\3" else answer(data)
    cpu = known["CPU1 Temp"]
    assert sensors.read(cpu).problem == "no answer"
    assert sensors.read(cpu).problem == "no answer"
    assert bmc.count(*READING) == 2
    (reading,) = sensors.sweep([cpu])
    assert bmc.count(*READING) == 2
    assert "left out" in str(reading.problem)


# --- thresholds


def test_thresholds_and_hysteresis() -> None:
    _bmc, sensors, known = demo()
    found = sensors.thresholds(known["12V"])
    assert (found.lower_critical, found.lower_non_critical, found.lower_non_recoverable) == (10.8, 10.98, None)
    assert (found.upper_non_critical, found.upper_critical) == (13.02, 13.2)
    assert found.positive_hysteresis == 0.06


def test_thresholds_are_set_at_once() -> None:
    bmc, sensors, known = demo()
    found = sensors.set_thresholds(known["CPU1 Temp"], {"upper_critical": 90, "upper_non_critical": 80})
    assert (found.upper_critical, found.upper_non_critical, found.upper_non_recoverable) == (90.0, 80.0, 100.0)
    (request,) = [data for netfn, cmd, data in bmc.asked if (netfn, cmd) == SET_THRESHOLDS]
    assert request == bytes.fromhex("03 18 00 00 00 50 5a 64")


def test_thresholds_are_set_one_by_one_where_the_bmc_wants_that() -> None:
    def single(data: bytes, answer: Any) -> Any:
        return answer(data) if bin(data[1]).count("1") == 1 else (0xCC, b"")

    bmc, sensors, known = demo(x26=single)
    found = sensors.set_thresholds(known["CPU1 Temp"], {"upper_critical": 99, "upper_non_critical": 97})
    assert (found.upper_critical, found.upper_non_critical) == (99.0, 97.0)
    masks = [data[1] for netfn, cmd, data in bmc.asked if (netfn, cmd) == SET_THRESHOLDS]
    assert masks == [0x18, 0x10, 0x08], "what rises, from the top"
    with pytest.raises(CompletionCodeError):
        demo(x26=lambda _data, _answer: (0xD4, b""))[1].set_thresholds(known["CPU1 Temp"], {"upper_critical": 90})
    with pytest.raises(CompletionCodeError) as caught:
        demo(x26=lambda _data, _answer: (0xD4, b""))[1].set_thresholds(known["CPU1 Temp"], {"upper_critical": 90, "upper_non_critical": 80})
    assert caught.value.code == 0xD4


def test_what_has_no_thresholds() -> None:
    _bmc, sensors, known = demo()
    for name in ("PSU 1 Status", "System Event"):
        with pytest.raises(NotFound, match="has no thresholds"):
            sensors.thresholds(known[name])
    with pytest.raises(InvalidParameterValue):
        sensors.set_thresholds(known["12V"], {"somewhere": 3})


def test_hysteresis() -> None:
    bmc, sensors, known = demo()
    sensors.set_hysteresis(known["12V"], 0.12, 0.18)
    assert bmc.asked[-1] == (4, 0x24, bytes.fromhex("10 ff 02 03"))
    assert (sensors.hysteresis(known["12V"]).positive, sensors.hysteresis(known["12V"]).negative) == (2, 3)
    assert sensors.thresholds(known["12V"]).negative_hysteresis == 0.18
    refusing = demo(x25=lambda _data, _answer: (0xC1, b""))[1]
    assert refusing.thresholds(known["12V"]).positive_hysteresis == 0.06, "as the record has it"


# --- events


def test_events() -> None:
    bmc, sensors, known = demo()
    status = known["PSU 1 Status"]
    assert (sensors.events(status).events, sensors.events(status).assertion_mask) == (True, 0x0F)
    sensors.set_events(status, events=False)
    assert bmc.asked[-1][2] == b"\x38\x40"
    assert sensors.events(status).events is False
    sensors.set_events(status, events=True, scanning=True, enable=False, assertions=0x0E)
    assert bmc.asked[-1][2] == bytes.fromhex("38 e0 0e 00 00 00")
    assert sensors.events(status).assertion_mask == 0x01
    sensors.set_events(status, events=True, scanning=True, deassertions=0x02)
    assert bmc.asked[-1][2] == bytes.fromhex("38 d0 00 00 02 00")
    assert sensors.event_status(status).assertions == 0
    sensors.rearm(status)
    assert bmc.asked[-1][2] == b"\x38\0"
    sensors.rearm(status, assertions=2)
    assert bmc.asked[-1][2] == bytes.fromhex("38 80 02 00 00 00")
    with pytest.raises(NotFound):
        sensors.events(known["System Event"])

# SPDX-License-Identifier: Apache-2.0
"""Sensors and health as programs have known them."""
from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import (
    BypassGenericBehavior,
    InvalidParameterValue,
    IpmiException,
    NotFound,
    TimedOut,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.oem import lookup
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.sdr import SDR, SensorReading
from pyghmi.sim.demo_sensors import ANALOG, STATES, Analog, States, _compact, _full, demo_records, numbered
from pyghmi.sim.repository import SensorPart

DEVICE_ID = bytes.fromhex("20 01 02 10 02 bf 57 01 00 34 12")
READING = (4, 0x2D)


def machine(*sensors: Any, readings: dict[tuple[int, int], Any] | None = None) -> tuple[Command, MemoryBmc, SensorPart]:
    records = [numbered(_full(one) if isinstance(one, Analog) else _compact(one), at) for at, one in enumerate(sensors, 1)]
    part = SensorPart(records=records or None, readings=readings)
    bmc = MemoryBmc(part)
    return command_over(bmc), bmc, part


CPU = ANALOG[2]._replace(name="CPU1 Temp", limits=(None, None, None, 42, 95, 100))
SUPPLY = STATES[0]._replace(name="PS1 Status")


@pytest.fixture
def example() -> tuple[Command, MemoryBmc, SensorPart]:
    return machine(CPU, SUPPLY, readings={(0, 3): 42, (0, 0x38): 0x03})


# --- the shapes of compat §2.6 and §2.14


def test_a_reading_of_a_number(example: Any) -> None:
    assert repr(example[0].get_sensor_reading("CPU1 Temp")) == (
        "{'value': 42.0, 'states': ['upper non-critical threshold'], 'state_ids': [65796], 'units': '°C', "
        "'imprecision': 0.5, 'name': 'CPU1 Temp', 'type': 'Temperature', 'unavailable': 0, 'health': 1}"
    )


def test_a_reading_of_states(example: Any) -> None:
    assert repr(example[0].get_sensor_reading("PS1 Status")) == (
        "{'value': None, 'states': ['Present', 'Failure'], 'state_ids': [552704, 552705], 'units': '', "
        "'imprecision': None, 'name': 'PS1 Status', 'type': 'Power Supply', 'unavailable': 0, 'health': 2}"
    )


def test_descriptions(example: Any) -> None:
    found = example[0].get_sensor_descriptions()
    assert isinstance(found, Iterator)
    assert list(found) == [{"name": "CPU1 Temp", "type": "Temperature"}, {"name": "PS1 Status", "type": "Power Supply"}]


def test_data_is_a_generator_that_asks_when_it_is_used(example: Any) -> None:
    command, bmc, _part = example
    found = command.get_sensor_data()
    assert isinstance(found, Iterator)
    assert bmc.asked == []
    assert [type(reading) for reading in found] == [SensorReading] * 2


def test_health(example: Any) -> None:
    found = example[0].get_health()
    assert found["health"] == 3
    assert [reading.name for reading in found["badreadings"]] == ["CPU1 Temp", "PS1 Status"]
    good = machine()[0]
    assert good.get_health() == {"badreadings": [], "health": 0}


def test_an_unknown_name(example: Any) -> None:
    with pytest.raises(Exception, match="^Sensor not found: FAN 9$"):
        example[0].get_sensor_reading("FAN 9")


def test_a_code_is_raised_for_one_sensor_and_left_out_of_the_list(example: Any) -> None:
    command, _bmc, part = example
    part.refusals[0, 3] = 0xCB
    with pytest.raises(IpmiException) as caught:
        command.get_sensor_reading("CPU1 Temp")
    assert str(caught.value) == "Requested sensor, data, or record not present"
    assert caught.value.ipmicode == 203
    assert [reading.name for reading in command.get_sensor_data()] == ["PS1 Status"]


def test_a_sensor_that_says_nothing(example: Any) -> None:
    command, bmc, _part = example
    bmc.knobs[READING] = lambda data, answer: None if data == b"\3" else answer(data)
    with pytest.raises(TimedOut):
        command.get_sensor_reading("CPU1 Temp")


def test_a_controller_that_is_not_there() -> None:
    record = _full(CPU)
    record.owner_id = 0x2C
    part = SensorPart(records=[numbered(record, 1)])
    part.refusals[0, 3] = 0xCB
    bmc = MemoryBmc(part)
    bmc.others[0x2C, 0] = {READING: lambda _data: (0x83, b"")}
    with pytest.raises(IpmiException, match="NAK on write") as caught:
        command_over(bmc).get_sensor_reading("CPU1 Temp")
    assert caught.value.ipmicode == 0x83


# --- names


def test_names() -> None:
    fan = ANALOG[7]
    command, _bmc, _part = machine(
        fan._replace(number=1, name="Fan"), fan._replace(number=2, name="Fan"), STATES[5], readings={(0, 1): 10, (0, 2): 20, (0, 0x52): 0x40}
    )
    assert command.get_sensor_reading("Fan").value == 600.0
    assert command.get_sensor_reading("Fan #2").value == 1200.0
    assert command.get_sensor_reading(command.find_sensor("Fan #2").key).value == 1200.0
    assert command.get_sensor_reading("DIMM Status 3").states == ["Present"]
    with pytest.raises(NotFound, match="Sensor not found: Fan #3"):
        command.find_sensor("Fan #3")
    with pytest.raises(NotFound):
        command.find_sensor(command.find_sensor("Fan").key._replace(lun=3))


# --- requests


def test_how_many_requests() -> None:
    """Cold: one for each record, one for each sensor, and one; warm: one for each sensor, and one."""
    command, bmc, _part = machine()
    list(command.get_sensor_data())
    assert len(bmc.asked) == len(demo_records()) + 20 + 1
    for _again in range(2):
        before = len(bmc.asked)
        list(command.get_sensor_data())
        assert len(bmc.asked) - before == 20 + 1
    before = len(bmc.asked)
    command.get_sensor_reading("Fan 1")
    assert len(bmc.asked) - before == 1
    bmc.time += 60
    command.get_sensor_reading("Fan 1")
    assert len(bmc.asked) - before == 3, "after a while one asks whether the records have changed"
    assert bmc.count(6, 1) == 0


def test_records_that_change_are_read_again() -> None:
    command, _bmc, part = machine(CPU, readings={(0, 3): 42})
    assert [sensor.name for sensor in command.get_sensors()] == ["CPU1 Temp"]
    part.records[0] = numbered(_full(CPU._replace(name="New Temp")), 1)
    part.changed()
    assert [reading.name for reading in command.get_sensor_data()] == ["New Temp"]


def test_records_and_problems() -> None:
    command, _bmc, _part = machine()
    told: list[tuple[int, int]] = []
    assert len(command.get_sdr_records(lambda done, expected: told.append((done, expected)))) == 23
    assert told[-1] == (23, 23)
    assert command.get_sdr_problems() == []
    assert command._sdr_raw_records() == demo_records()
    broken = command_over(MemoryBmc(SensorPart(), knobs={(0x0A, 0x23): lambda data, answer: (0xC3, b"") if data[2] == 9 else answer(data)}))
    assert len(broken.get_sdr_records()) == 8
    assert "record 0009h cannot be read" in broken.get_sdr_problems()[0]


def test_a_named_deadline_holds_for_the_whole_sweep() -> None:
    command, bmc, _part = machine()
    bmc.knobs[READING] = lambda data, answer: (setattr(bmc, "time", bmc.time + 1), answer(data))[1]
    assert len(list(command.get_sensor_data())) == 20
    asked = [more["deadline_s"] for more in bmc.extra if more.get("deadline_s") is not None]
    assert min(asked) >= 1.0
    command.within(5)
    list(command.within(5).get_sensor_data())
    assert min(more["deadline_s"] for more in bmc.extra[-20:]) < 1.0


# --- temperatures and power


def test_the_inlet() -> None:
    command, _bmc, _part = machine()
    assert command.get_inlet_temperature().value == 23.0
    outside = ANALOG[0]._replace(name="Ambient", entity=(0x27, 1))
    exhaust = ANALOG[0]._replace(name="Exhaust", number=2, entity=(0x37, 1))
    command, _bmc, _part = machine(outside, exhaust, readings={(0, 1): 21, (0, 2): 30})
    assert command.get_inlet_temperature().name == "Ambient"
    command, _bmc, _part = machine(CPU)
    with pytest.raises(UnsupportedFunctionality, match="^Unable to detect inlet sensor name for this platform$"):
        command.get_inlet_temperature()
    command, _bmc, _part = machine(ANALOG[0], ANALOG[0]._replace(number=9))
    with pytest.raises(Exception, match="Inlet Temp, Inlet Temp #2"):
        command.get_inlet_temperature()


def test_the_average_of_the_processors() -> None:
    command, _bmc, part = machine(CPU, ANALOG[3], readings={(0, 3): 40, (0, 4): 51})
    found = command.get_average_processor_temperature()
    assert repr(found) == (
        "{'value': 45.5, 'states': [], 'state_ids': [], 'units': '°C', 'imprecision': None, "
        "'name': 'Average Processor Temperature', 'type': 'Temperature', 'unavailable': 0, 'health': 0}"
    )
    part.sensors[0, 4].told = None
    assert command.get_average_processor_temperature().value == 40.0
    part.refusals[0, 3] = 0xCB
    found = command.get_average_processor_temperature()
    assert (found.value, found.unavailable) == (None, 1)


def test_power() -> None:
    command, bmc, _part = machine()
    answer = bytes.fromhex("dc 78 00 64 00 f0 00 7a 00 00 00 00 65 e8 03 00 00 40")
    bmc.table[0x2C, 2] = lambda data: (0, answer) if data == bytes.fromhex("dc 01 00 00") else (0xCC, b"")
    assert command.get_system_power_watts() == 120


# --- thresholds and events


def test_thresholds(example: Any) -> None:
    command, _bmc, _part = example
    found = command.get_sensor_thresholds("CPU1 Temp")
    assert found == {
        "lower_non_recoverable": None, "lower_critical": None, "lower_non_critical": None,
        "upper_non_critical": 42.0, "upper_critical": 95.0, "upper_non_recoverable": 100.0,
    }
    assert next(iter(found)) == "lower_non_recoverable"
    assert command.set_sensor_thresholds("CPU1 Temp", upper_critical=90)["upper_critical"] == 90.0
    with pytest.raises(InvalidParameterValue):
        command.set_sensor_thresholds("CPU1 Temp", upper=90)
    with pytest.raises(NotFound):
        command.get_sensor_thresholds("nothing")


def test_hysteresis(example: Any) -> None:
    command, _bmc, _part = example
    assert command.get_sensor_hysteresis("CPU1 Temp") == {"positive": 1.0, "negative": 1.0}
    command.set_sensor_hysteresis("CPU1 Temp", 3)
    assert command.get_sensor_hysteresis("CPU1 Temp") == {"positive": 3.0, "negative": 3.0}
    command.set_sensor_hysteresis("CPU1 Temp", 3, 2)
    assert command.get_sensor_hysteresis("CPU1 Temp") == {"positive": 3.0, "negative": 2.0}


def test_events(example: Any) -> None:
    command, _bmc, _part = example
    command.set_sensor_events("PS1 Status", events=True, disable=(0x02, 0x0F))
    assert command.get_sensor_events("PS1 Status") == {
        "events": True, "scanning": True, "assertion_mask": 0x0D, "deassertion_mask": 0,
    }
    command.set_sensor_events("PS1 Status", enable=(0x02, 0))
    assert command.get_sensor_events("PS1 Status")["assertion_mask"] == 0x0F
    with pytest.raises(InvalidParameterValue):
        command.set_sensor_events("PS1 Status", enable=(1, 1), disable=(2, 2))
    assert command.get_sensor_event_status("PS1 Status") == {"unavailable": False, "assertions": 0, "deassertions": 0}
    command.rearm_sensor_events("PS1 Status")


# --- vendors


class Handler(OEMHandler):
    def get_sensor_data(self) -> Any:
        yield SensorReading({"name": "Mine", "type": "Fan", "health": 4}, "")

    def get_sensor_descriptions(self) -> Any:
        return [{"name": "Mine", "type": "Fan"}]

    def get_sensor_reading(self, sensorname: str) -> Any:
        return f"mine: {sensorname}"

    def get_health(self, summary: Any) -> Any:
        if summary.get("stop"):
            raise BypassGenericBehavior
        return ["spare"]

    def get_inlet_temperature(self, ipmicmd: Any) -> Any:
        return "cool"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> tuple[Command, MemoryBmc, SensorPart]:
    module = types.ModuleType("handler")
    module.OEMHandler = Handler  # type: ignore[attr-defined]
    monkeypatch.setitem(lookup.oemmap, 343, module)
    command, bmc, part = machine(CPU, readings={(0, 3): 30})
    bmc.table[6, 1] = lambda _data: (0, DEVICE_ID)
    return command, bmc, part


def test_what_a_vendor_adds(vendor: Any) -> None:
    command, bmc, _part = vendor
    assert [reading.name for reading in command.get_sensor_data()] == ["CPU1 Temp", "Mine"]
    assert [row["name"] for row in command.get_sensor_descriptions()] == ["CPU1 Temp", "Mine"]
    assert command.get_sensor_reading("else") == "mine: else"
    assert command.get_sensor_reading("CPU1 Temp").value == 30.0
    assert command.get_inlet_temperature() == "cool"
    assert command.get_average_processor_temperature().value == 30.0
    health = command.get_health()
    assert (health["health"], [reading.name for reading in health["badreadings"]]) == (4, ["Mine"])
    assert bmc.count(6, 1) == 1


def test_health_of_a_vendor(vendor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    command, _bmc, _part = vendor
    monkeypatch.setattr(Handler, "get_sensor_data", lambda self: ())
    assert command.get_health() == {"health": 0, "badreadings": ["spare"]}

    def only_mine(_self: Any, summary: Any) -> Any:
        summary["health"] = 2
        raise BypassGenericBehavior

    monkeypatch.setattr(Handler, "get_health", only_mine)
    assert command.get_health() == {"health": 2, "badreadings": []}


def test_the_sdr_of_a_vendor(vendor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entries are what is read."""
    command, _bmc, part = vendor

    class Mine(SDR):
        def get_sensor_numbers(self) -> Any:
            return list(super().get_sensor_numbers())

    monkeypatch.setattr(Handler, "init_sdr", lambda self: Mine(self.ipmicmd), raising=False)
    assert isinstance(command.init_sdr(), Mine)
    assert command.init_sdr() is command.init_sdr()
    assert [reading.name for reading in command.get_sensor_data()] == ["CPU1 Temp", "Mine"]
    assert command.get_health()["health"] == 4
    part.refusals[0, 3] = 0xC3
    assert [(reading.name, reading.unavailable) for reading in command.get_sensor_data()] == [("CPU1 Temp", 1), ("Mine", 0)]
    part.refusals[0, 3] = 0xCB
    assert [reading.name for reading in command.get_sensor_data()] == ["Mine"]


def test_the_sdr_of_a_vendor_is_what_is_described_and_read_by_name(vendor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor's records may have other names than those of the BMC."""
    command, bmc, part = vendor

    class Renamed(SDR):
        def add_sdr(self, sdrbytes: Any) -> None:
            super().add_sdr(sdrbytes)
            for entry in self.sensors.values():
                entry.sensor.name = "Its own name"

    monkeypatch.setattr(Handler, "init_sdr", lambda self: Renamed(self.ipmicmd), raising=False)
    assert [row["name"] for row in command.get_sensor_descriptions()] == ["Its own name", "Mine"]
    assert command.get_sensor_reading("Its own name").value == 30.0
    assert command.get_sensor_reading("CPU1 Temp") == "mine: CPU1 Temp"
    bmc.knobs[4, 0x2D] = lambda _data, _answer: None
    assert [(one.name, one.unavailable, one.problem) for one in command.get_sensor_data()] == [
        ("Its own name", 1, "no answer"), ("Mine", 0, None)
    ]
    del bmc.knobs[4, 0x2D]
    part.refusals[0, 3] = 0xCB
    with pytest.raises(IpmiException) as caught:
        command.get_sensor_reading("Its own name")
    assert caught.value.ipmicode == 203


def test_states_in_the_words_of_the_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of `get_oem_event_const`, as in `SDREntry`; the BMC is asked once who it is."""
    words = types.SimpleNamespace(
        generic_type_offsets={}, sensor_type_offsets={8: {0: {"desc": "Plugged in", "severity": 0}}}, sensor_type_codes={8: "Supply"}
    )
    module = types.SimpleNamespace(OEMHandler=type("Words", (OEMHandler,), {"get_oem_event_const": lambda _self: words}))
    monkeypatch.setitem(lookup.oemmap, 343, module)
    command, bmc, _part = machine(SUPPLY, readings={(0, 0x38): 3})
    bmc.table[6, 1] = lambda _data: (0, DEVICE_ID)
    for _again in range(2):
        (reading,) = command.get_sensor_data()
        assert (reading.states, reading.type) == (["Plugged in"], "Supply")
    assert list(command.get_sensor_descriptions()) == [{"name": "PS1 Status", "type": "Supply"}]
    assert command.get_sensor_reading("PS1 Status").states == ["Plugged in"]
    assert bmc.count(6, 1) == 1


def test_states_without_a_vendor_cost_no_question(example: Any) -> None:
    command, bmc, _part = example
    assert [one.states for one in command.get_sensor_data() if one.name == "PS1 Status"] == [["Present", "Failure"]]
    assert bmc.count(6, 1) == 0


@pytest.mark.parametrize("known", [True, False])
def test_states_of_a_board_with_texts_of_its_own(known: bool) -> None:
    """Manufacturer 343, product 149: only a BMC with such a sensor is asked who it is."""
    record = bytearray(numbered(_compact(SUPPLY), 1))
    record[12:14] = 0xDA, 0x7A
    bmc = MemoryBmc(SensorPart(records=[bytes(record)], readings={(0, 0x38): 1 << 4}))
    command = command_over(bmc)
    identity = DEVICE_ID[:6] + (343).to_bytes(3, "little") + (149).to_bytes(2, "little")
    bmc.table[6, 1] = lambda _data: (0, identity) if known else (0xC1, b"")
    for _again in range(2):
        (reading,) = command.get_sensor_data()
        assert reading.states == ["Restricted" if known else "Unknown state 4 for reading type 122/sensor type 218"]
    assert bmc.count(6, 1) == 1


def test_init_sdr(example: Any) -> None:
    command, bmc, _part = example
    bmc.table[6, 1] = lambda _data: (0, DEVICE_ID)
    sdr = command.init_sdr()
    assert isinstance(sdr, SDR)
    assert command.init_sdr() is sdr
    assert sorted(sdr.sensors) == ["32.3.0", "32.56.0"]


def test_states_of_a_shared_record_are_those_of_one_sensor() -> None:
    shared = States(0x10, "Slot ", (4, 1), 0x0D, 0x03, 0, 0, share=3)
    command, _bmc, _part = machine(shared, readings={(0, 0x10): 1, (0, 0x11): 3, (0, 0x12): 0})
    found = {reading.name: reading.states for reading in command.get_sensor_data()}
    assert found == {"Slot 1": ["Present"], "Slot 2": ["Present", "Drive fault"], "Slot 3": []}

# SPDX-License-Identifier: Apache-2.0
"""The sensors of the simulated machine."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyghmi.ipmi.domains.sensor import expand
from pyghmi.ipmi.spec.sdr import FruLocator, McLocator, UnreadRecord, parse_record
from pyghmi.sim.captured import captured_sensors, split_records
from pyghmi.sim.demo_sensors import ANALOG, _full, numbered
from pyghmi.sim.machine import SimulatedBmc
from pyghmi.sim.repository import SensorPart, demo_records

VECTORS = Path(__file__).parents[2] / "vectors" / "sdr"


def ask(part: SensorPart, netfn: int, cmd: int, data: str = "", lun: int = 0) -> tuple[int, str]:
    code, answer = part.commands(lun)[netfn, cmd](bytes.fromhex(data))
    return code, answer.hex(" ")


def test_the_demo_has_what_a_small_server_has() -> None:
    records = [parse_record(raw) for raw in demo_records()]
    assert not [record for record in records if isinstance(record, UnreadRecord)]
    assert [record.record_id for record in records] == list(range(1, 24))
    for raw in demo_records():
        assert raw[4] == len(raw) - 5
    sensors = {sensor.name: sensor for sensor in expand(records)}
    assert len(sensors) == 21
    assert {"DIMM Status 1", "DIMM Status 4", "Inlet Temp", "System Event"} <= set(sensors)
    assert [(record.fru_id, record.name) for record in records if isinstance(record, FruLocator)] == [
        (0, "Mainboard"), (1, "PSU 1"), (2, "DIMM 1"),
    ]
    assert [record.name for record in records if isinstance(record, McLocator)] == ["BMC", "Satellite"]


def test_readings_follow_the_power() -> None:
    machine = SimulatedBmc({"admin": "secret"}, port=0)
    try:
        part: Any = machine.parts["sensors"]
        assert ask(part, 4, 0x2D, "03") == (0, "00 e0 00 80")
        assert ask(part, 4, 0x2D, "01") == (0, "16 c0 c0")
        machine.power_on()
        assert ask(part, 4, 0x2D, "03") == (0, "30 c0 c0")
        assert ask(part, 4, 0x2D, "50") == (0, "00 c0 40 80")
    finally:
        machine.close()


def test_states_follow_the_thresholds() -> None:
    """IPMI 2.0 table 35-15: 5 at or above UNR, ... 0 at or below LNC."""
    part = SensorPart(records=[numbered(_full(ANALOG[0]), 1)], readings={(0, 1): 23})
    expected = {2: 0b000011, 5: 0b000001, 6: 0, 37: 0, 38: 0b001000, 42: 0b011000, 47: 0b111000}
    for count, states in expected.items():
        part.sensors[0, 1].told = count
        assert ask(part, 4, 0x2D, "01") == (0, f"{count:02x} c0 {0xC0 | states:02x}")
    assert ask(part, 4, 0x26, "01 10 00 00 00 00 2d 00") == (0, "")
    assert ask(part, 4, 0x27, "01") == (0, "3b 05 02 00 26 2d 2f")
    assert ask(part, 4, 0x26, "01 04 00 00 00 00 00 00") == (0xCC, ""), "it has no lower non-recoverable one"


def test_signed_counts_are_compared_as_numbers() -> None:
    record = _full(ANALOG[0]._replace(limits=(0xF6, None, None, 10, None, None)))
    for kind in (1, 2):
        record.analog_format = kind  # type: ignore[assignment]
        part = SensorPart(records=[numbered(record, 1)], readings={(0, 1): 0xFB})
        assert ask(part, 4, 0x2D, "01") == (0, "fb c0 c0")
        part.sensors[0, 1].told = 0xF0
        assert ask(part, 4, 0x2D, "01") == (0, "f0 c0 c1")


def test_commands_of_sensors() -> None:
    part = SensorPart()
    assert ask(part, 4, 0x25, "10 ff") == (0, "01 01")
    assert ask(part, 4, 0x24, "10 ff 02 03") == (0, "")
    assert ask(part, 4, 0x25, "10 ff") == (0, "02 03")
    assert ask(part, 4, 0x23, "10 20") == (0, "21 06 00 00 24 10 e0")
    assert ask(part, 4, 0x2F, "38") == (0, "08 6f")
    assert ask(part, 4, 0x29, "38") == (0, "c0 0f 00 0f 00")
    assert ask(part, 4, 0x28, "38 c0") == (0, "")
    assert ask(part, 4, 0x28, "38 80") == (0, "")
    assert ask(part, 4, 0x2D, "38") == (0, "00 a0 00 80"), "not scanned: unavailable"
    assert ask(part, 4, 0x2B, "38") == (0, "80 00 00 00 00")
    assert ask(part, 4, 0x2A, "38 00") == (0, "")
    for cmd, data in ((0x23, "38 00"), (0x25, "38 ff"), (0x24, "38 ff 01 01"), (0x27, "38"), (0x26, "38 00 000000000000")):
        assert ask(part, 4, cmd, data) == (0xCD, ""), "illegal for a sensor with states"
    for number in ("7f", "60"):
        assert ask(part, 4, 0x2D, number) == (0xCB, ""), "none, or one that only sends events"
    with pytest.raises(Exception, match="longer"):
        ask(part, 4, 0x2D, "01 02")


def test_the_repository() -> None:
    part = SensorPart()
    assert ask(part, 0x0A, 0x20) == (0, "51 17 00 00 10 00 00 00 65 00 00 00 65 03")
    assert ask(part, 0x0A, 0x21)[0] == 0
    part.time = lambda: 0x65432101
    assert ask(part, 0x0A, 0x28) == (0, "01 21 43 65")
    first, last = demo_records()[0], demo_records()[-1]
    assert ask(part, 0x0A, 0x23, "0000 0000 00 ff") == (0, f"02 00 {first.hex(' ')}")
    assert ask(part, 0x0A, 0x23, "0000 ffff 00 ff") == (0, f"ff ff {last.hex(' ')}")
    assert ask(part, 0x0A, 0x23, "0000 0100 00 05") == (0, f"02 00 {first[:5].hex(' ')}")
    assert ask(part, 0x0A, 0x23, "0000 ff00 00 ff") == (0xCB, "")
    assert ask(SensorPart(records=[]), 0x0A, 0x23, "0000 0000 00 ff") == (0xCB, "")


def test_reservations() -> None:
    part = SensorPart()
    assert ask(part, 0x0A, 0x22) == (0, "01 00")
    assert ask(part, 0x0A, 0x23, "0100 0100 05 05")[0] == 0
    assert ask(part, 0x0A, 0x23, "0000 0100 05 05") == (0xC5, "")
    assert ask(part, 0x0A, 0x22) == (0, "02 00")
    assert ask(part, 0x0A, 0x23, "0100 0100 05 05") == (0xC5, "")
    part.changed()
    assert ask(part, 0x0A, 0x23, "0200 0100 05 05") == (0xC5, "")
    assert ask(part, 0x0A, 0x23, "0300 0100 05 c8") == (0xCA, "")
    assert ask(part, 0x0A, 0x23, "0300 0100 f0 05") == (0xC9, "")


def test_device_sdrs() -> None:
    part = SensorPart(device_sdrs=True, repository=False)
    assert (0x0A, 0x20) not in part.commands()
    assert ask(part, 4, 0x20) == (0, "14 81 00 00 00 65"), "sensors"
    assert ask(part, 4, 0x20, "01") == (0, "17 81 00 00 00 65"), "records"
    assert ask(part, 4, 0x22) == (0, "01 00")
    assert ask(part, 4, 0x21, "0100 0100 05 05")[0] == 0


def test_a_captured_machine() -> None:
    dump = (VECTORS / "quanta_d51.sdr.bin").read_bytes()
    answers = json.loads((VECTORS / "quanta_d51.readings.json").read_text())
    part = captured_sensors(dump, [*answers, {"owner": 0x2C, "lun": 0, "number": 1, "get_sensor_reading": "00"}])
    assert b"".join(split_records(dump)) == dump
    asked = {"get_sensor_reading": 0x2D, "get_sensor_thresholds": 0x27}
    known = 0
    for answer in answers:
        for name, cmd in asked.items():
            if name in answer and (answer["lun"], answer["number"]) in part.sensors:
                known += 1
                assert ask(part, 4, cmd, f"{answer['number']:02x}") == (0, bytes.fromhex(answer[name]).hex(" "))
    assert known > 100
    refusing = captured_sensors(dump, [{"owner": 32, "lun": 0, "number": answers[0]["number"], "get_sensor_reading_cc": "cb"}])
    assert ask(refusing, 4, 0x2D, f"{answers[0]['number']:02x}") == (0xCB, "")

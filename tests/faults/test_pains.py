# SPDX-License-Identifier: Apache-2.0
"""What users of other libraries suffered from with sensors, events, inventory and users, and do not here.

The names are those of a collection of complaints: N sensors and logs, P speed, U users, D data for programs.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from memory_bmc import MemoryBmc, command_over
from sdr_samples import compact, full

from pyghmi.sim.captured import split_records
from pyghmi.sim.fru import FruPart
from pyghmi.sim.repository import SensorPart
from pyghmi.sim.sel import SelPart

VECTORS = Path(__file__).parents[1] / "vectors" / "sdr"
DEVICE_ID, INFO, READING = (0x06, 0x01), (0x0A, 0x20), (0x04, 0x2D)
SIX_BIT_NAME = bytes((0x83, 0x29, 0xDC, 0xA6))  # "IPMI"


def numbered(records: list[bytes]) -> list[bytes]:
    """Return the records with IDs of their own."""
    return [number.to_bytes(2, "little") + record[2:] for number, record in enumerate(records, 1)]


def over(*parts: Any, **knobs: Any) -> tuple[Any, MemoryBmc]:
    bmc = MemoryBmc(*parts, **knobs)
    return command_over(bmc), bmc


def test_N1_odd_records_and_answers_are_values_with_a_problem() -> None:
    """Each of these ended, or never ended, the whole list in another library."""
    records = [
        full(number=1, id_data=SIX_BIT_NAME),
        full(number=2, id_data=b"\xc5Temp\xe9"),
        full(number=3, base_unit=200),
        full(number=4)[:20],
        full(number=5, linearization=0x70),
        full(number=6, linearization=1),
        full(number=7),
        full(number=8),
        full(number=9),
    ]
    answers = {1: (0, "1ec0c0"), 2: (0, "1ec0c0"), 3: (0, "1ec0c0"), 5: (0, "1ec0c0"), 6: (0, "00c0c0"), 7: (0, ""), 8: (0, "1e"), 9: (0xC9, "")}

    def reading(data: bytes, _answer: Any) -> tuple[int, bytes]:
        code, text = answers[data[0]]
        return code, bytes.fromhex(text)

    command, _bmc = over(SensorPart(records=numbered(records)), knobs={READING: reading})
    found = {reading.sensor_id.number: reading for reading in command.get_sensor_data()}
    assert sorted(found) == [1, 2, 3, 5, 6, 7, 8, 9]
    assert (found[1].name, found[1].value) == ("IPMI", 30.0)
    assert (found[2].name, found[2].value) == ("Temp\xe9", 30.0)
    assert (found[3].units, found[3].value) == ("unknown(200)", 30.0)
    assert all(found[number].value is None and found[number].problem for number in (6, 7, 9))
    assert found[9].code == 0xC9
    assert found[5].value == found[8].value == 30.0


def test_N2_sensors_of_one_name_are_two_sensors() -> None:
    records = [full(number=number, id_data=b"\xc4Temp") for number in (1, 2, 3)]
    command, _bmc = over(SensorPart(records=numbered(records)))
    assert [each["name"] for each in command.get_sensor_descriptions()] == ["Temp", "Temp #2", "Temp #3"]
    assert command.get_sensor_reading("Temp #3").sensor_id.number == 3


@pytest.mark.parametrize("next_id", ["self", "zero"])
def test_N3_a_log_that_leads_back_to_itself_ends(next_id: str) -> None:
    def loop(data: bytes, answer: Any) -> tuple[int, bytes]:
        code, found = answer(data)
        return code, (found[2:4] if next_id == "self" else b"\0\0") + found[2:]

    command, bmc = over(SelPart(), SensorPart(), knobs={(0x0A, 0x43): loop})
    assert len(command.get_event_log()) == 1
    assert bmc.count(0x0A, 0x43) <= 3


@pytest.mark.parametrize("image", [b"", b"\1", b"\1\0\0\1\0\0\0\xfe", b"\xff" * 64, b"\1\0\0\1\0\0\0\xfe\1\x01\x19\xff\xff\xff\x82\x29"])
def test_N4_a_cut_or_empty_memory_is_no_exception(image: bytes) -> None:
    command, _bmc = over(FruPart({0: image}), SensorPart())
    bmc_facts = command.read_fru(0) if image else None
    assert bmc_facts is None or bmc_facts.raw is not None


def test_N5_a_sensor_on_another_lun_is_asked_there() -> None:
    """At LUN 0 the same number gave 212 degrees."""
    records = [full(number=0x61, id_data=b"\xc3CPU"), full(number=0x61, owner_lun=1, id_data=b"\xc4DIMM")]
    part = SensorPart(records=numbered(records), readings={(0, 0x61): bytes((212, 0xC0, 0xC0)), (1, 0x61): bytes((30, 0xC0, 0xC0))})
    command, bmc = over(part)
    bmc.others[None, 1] = part.commands(lun=1)
    assert {reading.name: reading.value for reading in command.get_sensor_data()} == {"CPU": 212.0, "DIMM": 30.0}


def test_P1_a_sweep_asks_for_what_it_needs() -> None:
    """Others asked for the identity of the BMC with every record."""
    records = split_records((VECTORS / "dell_r730.sdr.bin").read_bytes())
    command, bmc = over(SensorPart(records=records))
    readable = len(list(command.get_sensor_descriptions()))
    assert len(bmc.asked) <= len(records) + 2
    bmc.asked.clear()
    list(command.get_sensor_data())
    assert len(bmc.asked) <= readable + 2
    assert bmc.count(*DEVICE_ID) == 0


def test_D1_a_shared_record_and_its_units_are_typed() -> None:
    """Programs had to take text apart."""
    command, _bmc = over(SensorPart(records=[compact(number=1, id_data=b"\xc3Bay", share_count=3, sensor_type=0x0D, event_type=0x6F)]))
    readings = list(command.read_sensors())
    assert [(reading.sensor.name, reading.sensor.entity_id, reading.units) for reading in readings] == [
        ("Bay0", 7, ""), ("Bay1", 7, ""), ("Bay2", 7, ""),
    ]

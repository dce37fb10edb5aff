# SPDX-License-Identifier: Apache-2.0
"""Names, units and readings of BMCs that are not as the specification has them; each test plays one of them."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from memory_bmc import MemoryBmc, command_over
from sdr_samples import compact, full

from pyghmi.constants import Health
from pyghmi.ipmi.spec.sdr import AnalogFormat, Linearization, ModifierUse
from pyghmi.sim.repository import SensorPart

FACTORS = (0x04, 0x23)


def command(*records: bytes, **answers: str) -> Any:
    """Return a `Command` over a BMC with these records, numbered; answers: n5='20c000' is that of sensor 5."""
    numbered = [at.to_bytes(2, "little") + record[2:] for at, record in enumerate(records, 1)]
    readings = {(0, int(number[1:])): bytes.fromhex(data) for number, data in answers.items()}
    return command_over(MemoryBmc(SensorPart(records=numbered, readings=readings)))


def only(*records: bytes, **answers: str) -> Any:
    (found,) = command(*records, **answers).get_sensor_data()
    return found


# --- records


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ({"base_unit": 0xC8}, "unknown(200)"),
        ({"base_unit": 59}, "unknown(59)"),
        ({"base_unit": 6, "modifier_use": ModifierUse.DIVIDES, "modifier_unit": 0}, "W"),
        ({"base_unit": 4, "modifier_use": ModifierUse.MULTIPLIES, "modifier_unit": 0xC8}, "V unknown(200)"),
        ({"base_unit": 1, "percentage": True}, "% °C"),
    ],
)
def test_D13_units_out_of_the_table(values: dict, unit: str) -> None:
    found = only(full(**values), n5="20c000")
    assert (found.value, found.units) == (32.0, unit)


NAMES = [
    (b"\xc8Fan1\0\0\0\0", "Fan1"),
    (b"\xc8Fan1    ", "Fan1"),
    (b"\xc8Fan1\xff\xff\xff\xff", "Fan1"),
    (b"\xc0", "sensor 0x05"),
    (b"\x83\x29\xdc\xa6", "IPMI"),
    (b"\x82\x29\xdc", "IP"),
    (b"\x43\x12\xab\x34", "12 -34"),
    (b"\x04F\0\xe4\0", "Fä"),
    (b"\x04Fan1", "Fan1"),
    (b"\xc3\xb5b\xe9", "µbé"),
    (b"\xdfFan1", "Fan1"),
]


@pytest.mark.parametrize(("id_data", "name"), NAMES)
def test_D15_odd_names_do_not_end_the_list(id_data: bytes, name: str) -> None:
    bmc = command(full(id_data=id_data), full(name="Last", number=6), n5="20c000", n6="21c000")
    assert [(one.name, one.value) for one in bmc.get_sensor_data()] == [(name, 32.0), ("Last", 33.0)]
    assert bmc.get_sensor_reading(name).value == 32.0


@pytest.mark.parametrize(
    ("alpha", "names"),
    [(True, ["Fan Z", "Fan AA", "Fan AB", "Fan AC"]), (False, ["Fan 25", "Fan 26", "Fan 27", "Fan 28"])],
)
def test_D17_shared_record_is_several_sensors(alpha: bool, names: list[str]) -> None:
    record = compact(name="Fan ", sensor_type=4, event_type=3, share_count=4, modifier_is_alpha=alpha, modifier_offset=25)
    bmc = command(record, n5="00c001", n6="00c002", n7="00c001", n8="00c002")
    found = {one.name: one.states for one in bmc.get_sensor_data()}
    assert found == dict(zip(names, [["Deasserted"], ["Asserted"]] * 2))


# --- readings


@pytest.mark.parametrize(
    ("data", "value", "states", "unavailable"),
    [
        ("", None, [], 1),
        ("20", 32.0, [], 0),
        ("20c0", 32.0, [], 0),
        ("20c002", 32.0, ["lower critical threshold"], 0),
        ("20c00200", 32.0, ["lower critical threshold"], 0),
    ],
)
def test_N02_answers_without_states(data: str, value: float | None, states: list[str], unavailable: int) -> None:
    found = only(full(), n5=data)
    assert (found.value, found.states, found.unavailable) == (value, states, unavailable)


def test_N03_all_state_bits_are_set() -> None:
    found = only(compact(sensor_type=0x25), n5="00c0ff7f")
    assert found.states == ["Present", "Absent", "Disabled"]
    assert found.raw_states == 0x7FFF


def test_N04_working_sensor_is_said_not_to_be_scanned() -> None:
    found = only(full(), n5="208000")
    assert (found.unavailable, found.value, found.raw, found.unscanned_value) == (1, None, 0x20, 32.0)
    assert found.problem == "the BMC does not scan it"


def test_N05_states_and_a_number() -> None:
    found = only(full(event_type=0x6F, sensor_type=8, base_unit=6, m=4), n5="20c00180")
    assert (found.value, found.units, found.states) == (128.0, "W", ["Present"])


def test_N08_thresholds_in_no_order() -> None:
    """Upper ones below the reading and below the lower ones: the states are as the BMC has them."""
    bmc = command(full(upper_non_critical=3, upper_critical=2, upper_non_recoverable=1), n5="20c000")
    assert bmc.get_health() == {"health": Health.Ok, "badreadings": []}


def test_N09_only_the_worst_threshold_is_reported() -> None:
    bmc = command(full(), n5="ffc020")
    assert bmc.get_health()["health"] == Health.Failed


@pytest.mark.parametrize("data", ["00c00000", "00c00100"])
def test_N10_no_state_and_present_are_both_well(data: str) -> None:
    assert command(compact(), n5=data).get_health() == {"health": Health.Ok, "badreadings": []}


@pytest.mark.parametrize("function", [*range(1, 0x0C), 0x20, 0x70, 0x7F])
@pytest.mark.parametrize("data", ["00c000", "01c000", "ffc000"])
def test_N11_every_linearization_at_its_ends(function: int, data: str) -> None:
    bmc = command(full(linearization=function, m=511, r_exp=7), full(name="Last", number=6), n5=data, n6="21c000")
    first, last = bmc.get_sensor_data()
    assert first.value is None or isinstance(first.value, float)
    assert (first.raw, last.value) == (int(data[:2], 16), 33.0)


def test_N11_one_divided_by_nothing_has_no_value() -> None:
    found = only(full(linearization=Linearization.INVERSE), n5="00c000")
    assert (found.value, found.unavailable, found.problem) == (None, 0, "raw reading 00h has no value")


@pytest.mark.parametrize(
    ("form", "data", "value"),
    [
        (AnalogFormat.ONES_COMPLEMENT, "ffc000", 0.0),
        (AnalogFormat.ONES_COMPLEMENT, "80c000", -127.0),
        (AnalogFormat.TWOS_COMPLEMENT, "80c000", -128.0),
        (AnalogFormat.NONE, "80c000", None),
    ],
)
def test_N12_signed_readings_and_none(form: AnalogFormat, data: str, value: float | None) -> None:
    assert only(full(analog_format=form), n5=data).value == value


# --- the long-standing objects over a whole `Command`


def test_sdr_objects_read_each_record_once() -> None:
    """Of a BMC that does not even say who it is."""
    part = SensorPart()
    bmc = MemoryBmc(part)
    sdr = command_over(bmc).init_sdr()
    assert bmc.count(0x0A, 0x23) <= len(part.records) + 1
    assert bmc.count(0x06, 0x01) == 0
    entry = sdr.sensors[next(iter(sdr.get_sensor_numbers()))]
    assert entry.decode_sensor_reading(None, b"\x16\xc0\xc0").name == entry.name
    states = next(each for each in sdr.sensors.values() if each.reading_type == 0x6F and each.readable)
    assert states.decode_sensor_reading(None, b"\0\xc0\1\0").states

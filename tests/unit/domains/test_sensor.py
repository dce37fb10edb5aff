# SPDX-License-Identifier: Apache-2.0
"""From records to sensors, and from raw readings to what they say."""
from __future__ import annotations

import pytest
from sdr_samples import compact, event_only, full

from pyghmi.constants import Health
from pyghmi.ipmi.domains.conversion import Factors
from pyghmi.ipmi.domains.sensor import Reading, Sensor, decode_reading, expand, needs_factors, no_reading
from pyghmi.ipmi.facade.readings import sensor_reading
from pyghmi.ipmi.spec.eventtext import Text
from pyghmi.ipmi.spec.sdr import AnalogFormat, Linearization, SensorKey, parse_record
from pyghmi.ipmi.spec.sensor import SensorReadingData


def sensors(*records: bytes) -> list[Sensor]:
    return expand(parse_record(record) for record in records)


def read(record: bytes, data: str, factors: Factors | None = None) -> Reading:
    return decode_reading(sensors(record)[0], SensorReadingData.decode(bytes.fromhex(data)), factors)


def texts(reading: Reading) -> list[str]:
    return [state.text for state in reading.states]


# --- expanding


def test_sensor_is_known_by_owner_channel_lun_and_number() -> None:
    (one,) = sensors(full(owner_id=0x72, channel=6, owner_lun=3, number=0x61))
    assert one.key == SensorKey(0x72, 6, 3, 0x61)
    assert repr(one) == "<Sensor 'T' SensorKey(owner=114, channel=6, lun=3, number=97)>"


def test_D20_same_number_on_another_lun_is_another_sensor() -> None:
    found = sensors(full(number=0x61), full(number=0x61, owner_lun=1, name="U"), full(number=0x61, channel=2, name="V"))
    assert [one.name for one in found] == ["T", "U", "V"]


def test_D12_odd_records_are_passed_by() -> None:
    records = (b"", b"\x01\x00\x51\x01\x00", full()[:12], b"\x02\x00\x51\xc0\x03\x57\x01\x00", full(name="Good"))
    assert [one.name for one in sensors(*records)] == ["Good"]


def test_D14_event_only_threshold_sensor_is_listed_and_not_read() -> None:
    (one,) = sensors(event_only(event_type=1, sensor_type=0x0B))
    assert (one.name, one.readable, one.is_threshold, one.is_analog) == ("EO", False, True, False)
    assert (one.units, one.full_units, one.sensor_type_name) == ("", "", "Other")


@pytest.mark.parametrize(
    ("id_data", "name"),
    [
        (b"\xc8Fan1\0\0\0\0", "Fan1"),
        (b"\xc8Fan1    ", "Fan1"),
        (b"\xc8Fan1\xff\xff\xff\xff", "Fan1"),
        (b"\xc0", "sensor 0x05"),
        (b"", "sensor 0x05"),
        (b"\xc4\0\0\0\0", "sensor 0x05"),
        (b"\x83\x29\xdc\xa6", "IPMI"),
        (b"\x43\x12\xab\x34", "12 -34"),
        (b"\x04F\0\xe4\0", "Fä"),
        (b"\x04Fan1", "Fan1"),
        (b"\xc3\xb5b\xe9", "µbé"),
        (b"\xdfFan1", "Fan1"),
    ],
)
def test_D15_names_however_they_are_written(id_data: bytes, name: str) -> None:
    (one,) = sensors(full(id_data=id_data))
    assert one.name == name


def test_D16_equal_names_are_told_apart() -> None:
    found = sensors(*(full(name="Temp", number=number) for number in (9, 3, 7)), full(name="Temp #2", number=1))
    assert [(one.key.number, one.name) for one in found] == [(9, "Temp #4"), (3, "Temp"), (7, "Temp #3"), (1, "Temp #2")]
    assert {one.base_name for one in found} == {"Temp", "Temp #2"}


def test_D16_sensors_without_a_name_have_different_ones() -> None:
    found = sensors(full(name=""), full(name="", owner_lun=1), full(name="sensor 0x05", number=6))
    assert [one.name for one in found] == ["sensor 0x05 #2", "sensor 0x05 #3", "sensor 0x05"]


def test_many_equal_names_take_no_time() -> None:
    """By the number of steps: each name is looked at a few times, however many there are."""
    records = [full(number=number, owner_lun=lun, channel=channel) for channel in range(8) for lun in range(4)
               for number in range(255)]
    names = [one.name for one in sensors(*records)]
    assert len(set(names)) == len(records)
    assert f"T #{len(records)}" in names


def test_D17_shared_record_with_numbers() -> None:
    found = sensors(compact(name="DIMM ", share_count=3, modifier_offset=9, instance_increments=True, entity_instance=4))
    assert [(one.name, one.key.number, one.entity_instance) for one in found] == [
        ("DIMM 9", 5, 4),
        ("DIMM 10", 6, 5),
        ("DIMM 11", 7, 6),
    ]


def test_D17_shared_record_with_letters() -> None:
    found = sensors(event_only(name="Fan ", share_count=4, modifier_offset=24, modifier_is_alpha=True))
    assert [(one.name, one.key.number, one.entity_instance) for one in found] == [
        ("Fan Y", 5, 1),
        ("Fan Z", 6, 1),
        ("Fan AA", 7, 1),
        ("Fan AB", 8, 1),
    ]


def test_D17_shared_record_does_not_go_beyond_the_last_number() -> None:
    assert [one.key.number for one in sensors(compact(number=0xFD, share_count=15))] == [0xFD, 0xFE]
    assert sensors(compact(number=0xFF, share_count=15)) == []


def test_share_counts_of_one() -> None:
    assert [one.name for one in sensors(compact(share_count=0), compact(share_count=1, number=6, name="B"))] == ["PS", "B"]


def test_sensor_met_twice_counts_once_by_its_fullest_record() -> None:
    found = sensors(event_only(), compact(name="C"), full(name="First"), full(name="Second"), compact(name="D"))
    assert [one.base_name for one in found] == ["First"]


# --- what a sensor is


def test_sensor_of_software_is_not_asked() -> None:
    assert [one.readable for one in sensors(full(owner_id=0xB1), full(owner_id=0x72))] == [False, True]


def test_entity_and_type() -> None:
    (one,) = sensors(full(entity_id=0x37, entity_instance=96, sensor_type=0xC6, event_type=1))
    assert (one.entity_id, one.entity_name, one.entity_instance) == (0x37, "Air inlet", 96)
    assert (one.sensor_type, one.sensor_type_name, one.event_type) == (0xC6, "PSU Redundancy", 1)
    (other,) = sensors(full(entity_id=0xA0, sensor_type=0xDA))
    assert (other.entity_name, other.sensor_type_name) == ("Unknown entity 160", "UNKNOWN type 218")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, "Power"),
        ({"modifier_use": 2, "modifier_unit": 22}, "Energy"),
        ({"modifier_use": 2, "modifier_unit": 0}, "Power"),
        ({"modifier_use": 2, "modifier_unit": 4}, "Other"),
        ({"modifier_use": 1, "modifier_unit": 22}, "Other"),
        ({"base_unit": 4}, "Other"),
        ({"sensor_type": 3}, "Current"),
    ],
)
def test_power_and_energy(values: dict, kind: str) -> None:
    (one,) = sensors(full(**{"sensor_type": 0x0B, "base_unit": 6, **values}))
    assert one.sensor_type_name == kind


# --- readings


def test_threshold_states_are_the_long_standing_ones() -> None:
    reading = read(full(), "20c03f")
    assert [(state.text, state.state_id & 0xFF, state.severity) for state in reading.states] == [
        ("lower non-critical threshold", 1, Health.Warning),
        ("lower critical threshold", 2, Health.Critical),
        ("lower non-recoverable threshold", 3, Health.Failed),
        ("upper non-critical threshold", 4, Health.Warning),
        ("upper critical threshold", 5, Health.Critical),
        ("upper non-recoverable threshold", 6, Health.Failed),
    ]
    assert reading.states[3].state_id == 65796
    assert reading.health == 7


def test_1_over_x_turns_the_words_round() -> None:
    reading = read(full(linearization=Linearization.INVERSE), "20c009")
    assert texts(reading) == ["upper non-critical threshold", "lower non-critical threshold"]
    assert [state.state_id & 0xFF for state in reading.states] == [1, 4]


def test_discrete_states() -> None:
    reading = read(compact(), "00c00380")
    assert (texts(reading), reading.health) == (["Present", "Failure"], Health.Critical)
    assert [state.state_id for state in reading.states] == [552704, 552705]
    assert (reading.value, reading.imprecision, reading.raw, reading.raw_states) == (None, None, 0, 0x8003)


@pytest.mark.parametrize(
    ("event_type", "sensor_type", "text"),
    [
        (0x70, 1, "Unknown state 0 for reading type 112/sensor type 1"),
        (0x6F, 0xC0, "Unknown state 0 for reading type 111/sensor type 192"),
        (0x0D, 9, "Unknown state 0"),
        (0x00, 9, "Unknown state 0"),
    ],
)
def test_states_that_no_table_has(event_type: int, sensor_type: int, text: str) -> None:
    reading = read(compact(event_type=event_type, sensor_type=sensor_type), "00c001ff")
    assert texts(reading)[0] == text
    assert len(reading.states) == 8, "bit 15 is reserved"
    assert reading.health == Health.Ok


def test_texts_of_a_vendor() -> None:
    row = Text("Ours", Health.Failed, "")
    (one,) = expand([parse_record(compact(sensor_type=0xC0))], lambda event, kind: {2: row} if kind == 0xC0 else None)
    reading = decode_reading(one, SensorReadingData.decode(b"\0\xc0\x04\0"))
    assert (texts(reading), reading.health) == (["Ours"], Health.Failed)


def test_many_different_masks_do_not_fill_the_memory() -> None:
    (one,) = sensors(compact(event_type=0x70))
    for mask in range(5000):
        one.states(mask)
    assert one._states is not None
    assert len(one._states._known) <= 64


@pytest.mark.parametrize(
    ("data", "value", "states", "unavailable"),
    [
        ("", None, [], True),
        ("20", 32.0, [], False),
        ("20c0", 32.0, [], False),
        ("20c008", 32.0, ["upper non-critical threshold"], False),
        ("20c00800", 32.0, ["upper non-critical threshold"], False),
        ("20c0080000", 32.0, ["upper non-critical threshold"], False),
    ],
)
def test_N02_short_answers(data: str, value: float | None, states: list[str], unavailable: bool) -> None:
    reading = read(full(), data)
    assert (reading.value, texts(reading), reading.unavailable) == (value, states, unavailable)
    assert (reading.problem is not None) == unavailable


def test_N03_impossible_states_are_left_out_and_kept_raw() -> None:
    assert texts(read(compact(sensor_type=0x25), "00c0ff7f")) == ["Present", "Absent", "Disabled"]
    assert read(compact(sensor_type=0x25), "00c0ff7f").raw_states == 0x7FFF
    assert texts(read(full(), "20c0c0ff")) == []


def test_N04_scanning_disabled_keeps_the_raw_reading() -> None:
    reading = read(full(), "208008")
    assert (reading.value, reading.unavailable, reading.scanning, reading.events) == (None, True, False, True)
    assert (reading.raw, reading.raw_states, reading.unscanned_value) == (0x20, 8, 32.0)
    assert reading.problem == "the BMC does not scan it"
    shown = sensor_reading(reading)
    assert (shown.unavailable, shown.value, shown.raw, shown.unscanned_value) == (1, None, 0x20, 32.0)


def test_N05_states_with_a_number() -> None:
    record = full(event_type=0x6F, sensor_type=8, base_unit=6, m=4, threshold_access=0)
    reading = read(record, "20c00180")
    assert (reading.value, reading.units, texts(reading)) == (128.0, "W", ["Present"])


@pytest.mark.parametrize(
    "values",
    [
        {"base_unit": 0},
        {"base_unit": 6, "m": 0},
        {"base_unit": 6, "analog_format": AnalogFormat.NONE},
    ],
)
def test_N05_states_without_a_number(values: dict) -> None:
    reading = read(full(event_type=0x6F, sensor_type=8, **values), "20c00180")
    assert (reading.value, texts(reading)) == (None, ["Present"])


def test_signed_format_is_a_number_even_without_unit() -> None:
    record = full(event_type=0x6F, sensor_type=8, base_unit=0, analog_format=AnalogFormat.TWOS_COMPLEMENT)
    assert read(record, "ffc001").value == -1.0


def test_N09_worst_bit_wins() -> None:
    assert read(full(), "ffc020").health == Health.Failed


@pytest.mark.parametrize("data", ["00c00000", "00c00100"])
def test_N10_no_state_and_present_are_both_well(data: str) -> None:
    assert read(compact(), data).health == Health.Ok


@pytest.mark.parametrize("function", range(0x80))
@pytest.mark.parametrize("raw", [0, 1, 0x80, 0xFF])
def test_N11_every_linearization_gives_a_number_or_none(function: int, raw: int) -> None:
    for form in AnalogFormat:
        reading = read(full(linearization=function, analog_format=form, r_exp=7, m=511), f"{raw:02x}c000")
        assert reading.value is None or isinstance(reading.value, float)
        assert reading.raw == raw


def test_N11_factors_are_needed_above_the_last_curve() -> None:
    (one,) = sensors(full(linearization=0x70))
    assert needs_factors(one)
    assert not needs_factors(sensors(full(linearization=0x0B))[0])
    assert not needs_factors(sensors(full(linearization=0x70, analog_format=AnalogFormat.NONE))[0])
    assert not needs_factors(sensors(compact())[0])
    with_factors = read(full(linearization=0x70), "40c000", Factors(2, 5, -1, 0))
    assert with_factors.value == 13.3
    without = read(full(linearization=0x70), "40c000")
    assert (without.value, without.problem) == (None, "the factors of this reading are not known")


def test_factors_do_not_make_a_number_of_states() -> None:
    assert read(compact(), "40c001", Factors(2, 5, -1, 0)).value is None


def test_N12_formats() -> None:
    ones = AnalogFormat.ONES_COMPLEMENT
    assert read(full(analog_format=ones), "ffc000").value == 0.0
    assert read(full(analog_format=ones), "80c000").value == -127.0
    none = read(full(analog_format=AnalogFormat.NONE), "20c002")
    assert (none.value, texts(none)) == (None, ["lower critical threshold"])


def test_N13_unavailable_is_not_zero() -> None:
    reading = read(full(), "00e000")
    assert (reading.value, reading.unavailable, reading.raw, reading.problem) == (None, True, 0, None)
    assert read(compact(), "00e00100").states == ()


def test_N17_event_only_sensor_has_no_value() -> None:
    reading = read(event_only(), "20c00100")
    assert (reading.value, texts(reading)) == (None, ["Present"])
    assert reading.unscanned_value is None


def test_no_value_says_why() -> None:
    reading = read(full(linearization=Linearization.LN), "00c000")
    assert (reading.value, reading.unavailable) == (None, False)
    assert reading.problem == "raw reading 00h has no value"


def test_refused_reading() -> None:
    (one,) = sensors(full())
    reading = no_reading(one, 0xCB, "not there")
    assert (reading.value, reading.units, reading.unavailable) == (None, "°C", True)
    shown = sensor_reading(reading)
    assert (shown.code, shown.problem, shown.unavailable, shown.health) == (0xCB, "not there", 1, 0)
    assert (shown.sensor_id, shown.entity, shown.entity_id, shown.base_name) == (one.key, "System board", 7, "T")

# SPDX-License-Identifier: Apache-2.0
"""`pyghmi.ipmi.sdr` as programs know it.

Values marked "as it was" come from a run of the long-known package (1.6.19) on the same bytes.
"""
from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pyghmi.constants import Health
from pyghmi.exceptions import InvalidParameterValue, IpmiException
from pyghmi.ipmi import sdr
from pyghmi.ipmi.facade.readings import SensorReading, texts_of
from pyghmi.ipmi.private import constants
from pyghmi.ipmi.spec.app import DeviceId
from pyghmi.ipmi.wire.text import encode_id_string

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from sdr_samples import compact, event_only, full

VECTORS = Path(__file__).parents[1] / "vectors" / "sdr"
FRU = bytes.fromhex("040051110e 2001800000 0902 0701 00 c3505331")


class FakeCommand:
    """What of a `Command` the door needs."""

    def __init__(self, records: list[bytes]) -> None:
        self.records = records
        self.asked: list = []
        self.answer = {"code": 0, "data": bytearray(7)}

    def _sdr_raw_records(self) -> list[bytes]:
        return self.records

    def _device_id(self) -> DeviceId:
        self.asked.append("device id")
        return DeviceId.decode(bytes.fromhex("2081023502bf57010056000a0b0c0d"))

    def get_event_constants(self):
        return constants

    def set_sdr_cachedir(self, path: str) -> None:
        self.asked.append(path)

    def _call(self):
        return SimpleNamespace(request=lambda _request: SimpleNamespace(reservation=0x1234))

    def raw_command(self, **request):
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


# --- SensorReading


def test_sensor_reading_shows_itself_as_it_was() -> None:
    reading = SensorReading(
        {
            "name": "CPU1 Temp",
            "type": "Temperature",
            "value": 42.0,
            "imprecision": 0.5,
            "states": ["upper non-critical threshold"],
            "state_ids": [65796],
            "health": Health.Warning,
        },
        "°C",
    )
    assert repr(reading) == (
        "{'value': 42.0, 'states': ['upper non-critical threshold'], 'state_ids': [65796], 'units': '°C', "
        "'imprecision': 0.5, 'name': 'CPU1 Temp', 'type': 'Temperature', 'unavailable': 0, 'health': 1}"
    )
    assert reading.simplestring() == "CPU1 Temp: 42.0 ± 0.5°Cupper non-critical threshold,(Warning)"
    assert reading.broken_sensor_ids == {}
    assert (reading.sensor_id, reading.problem, reading.raw, reading.code) == (None, None, None, None)


def test_sensor_reading_of_states_shows_itself_as_it_was() -> None:
    entry = sdr.SDREntry(compact(name="PS1 Status", sensor_type=8), constants)
    assert repr(entry.decode_sensor_reading(None, bytearray(b"\x00\xc0\x03\x80"))) == (
        "{'value': None, 'states': ['Present', 'Failure'], 'state_ids': [552704, 552705], 'units': '', "
        "'imprecision': None, 'name': 'PS1 Status', 'type': 'Power Supply', 'unavailable': 0, 'health': 2}"
    )


@pytest.mark.parametrize(
    ("health", "word"), [(0, ""), (1, "(Warning)"), (2, "(Critical)"), (3, "(Critical)"), (4, "(Failed)"), (7, "(Failed)")]
)
def test_sensor_reading_in_words(health: int, word: str) -> None:
    assert SensorReading({"name": "a", "type": "b", "health": health}, "").simplestring() == f"a: {word}"


def test_value_is_kept_though_an_earlier_key_is_missing() -> None:
    reading = SensorReading({"name": "a", "type": "b", "value": 3, "imprecision": 1}, "V")
    assert (reading.value, reading.imprecision, reading.states, reading.health) == (3, 1, [], 0)


def test_to_be_there_is_enough_to_be_unavailable() -> None:
    assert SensorReading({"name": "a", "type": "b", "unavailable": 0}, "V").unavailable == 1
    assert SensorReading({"name": "a", "type": "b"}, None).unavailable == 0


# --- SDREntry


def test_entry_of_a_full_record_as_it_was() -> None:
    entry = sdr.SDREntry(bytearray(full(name="T", m=120, tolerance=2, sensor_type=4, base_unit=18)), constants)
    expected = {
        "mfg_id": 0,
        "prod_id": 0,
        "readable": True,
        "reportunsupported": False,
        "rectype": 1,
        "linearization": 0,
        "sdrtype": sdr.TYPE_SENSOR,
        "has_thresholds": True,
        "sensor_owner": 32,
        "sensor_lun": 0,
        "sensor_number": 5,
        "entity": "System board",
        "sensor_type_number": 4,
        "reading_type": 1,
        "sensor_type": "Fan",
        "numeric_format": 0,
        "sensor_rate": "",
        "unit_mod": "",
        "percent": "",
        "baseunit": "RPM",
        "modunit": "",
        "unit_suffix": "RPM",
        "sensor_name": "T",
        "name": "T",
        "m": 120,
        "tolerance": 2,
        "b": 0,
        "accuracy": 0,
        "accuracyexp": 0,
        "direction": 0,
        "resultexponent": 0,
    }
    assert {key: getattr(entry, key) for key in expected} == expected


def test_entry_of_an_inventory_locator_as_it_was() -> None:
    entry = sdr.SDREntry(FRU, constants)
    shown = (entry.sdrtype, entry.fru_name, entry.fru_number, entry.fru_logical, entry.fru_type_and_modifier, entry.name)
    assert shown == (sdr.TYPE_FRU, "PS1", 1, True, 2306, "PS1")
    assert not hasattr(entry, "sensor_name")
    with pytest.raises(InvalidParameterValue):
        entry.decode_sensor_reading(None, b"\0\xc0")


def test_entry_of_an_event_only_record_is_not_readable() -> None:
    entry = sdr.SDREntry(event_only(name="EO"), constants)
    assert (entry.readable, entry.has_thresholds, entry.sensor_name) == (False, False, "EO")
    assert not hasattr(entry, "numeric_format")


def test_entry_of_another_kind_has_no_name() -> None:
    entry = sdr.SDREntry(b"\0\0\x51\x55\x02\1\2", constants)
    assert (entry.sdrtype, entry.name) == (sdr.TYPE_UNKNOWN, "UNKNOWN")
    with pytest.raises(NotImplementedError):
        sdr.SDREntry(b"\0\0\x51\x55\x02\1\2", constants, True)


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\x01\x14\x02\1\2"])
def test_another_version_of_records_is_refused(data: bytes) -> None:
    with pytest.raises(NotImplementedError):
        sdr.SDREntry(data, constants)


def test_compact_records_are_never_numbers() -> None:
    entry = sdr.SDREntry(compact(name="T", analog_format=0, base_unit=1), constants)
    assert entry.numeric_format == 3
    assert entry.decode_sensor_reading(None, b"\x20\xc0\x00").value is None


READINGS = [
    (full(m=-2, b=10, tolerance=4), "17c0", -36.0, 5.0),
    (full(analog_format=1), "ffc000", 0.0, 0.5),
    (full(analog_format=1), "80c000", -127.0, 0.5),
    (full(m=3, b=7, b_exp=-2, r_exp=1), "17c000", 690.7, 15.0),
]


@pytest.mark.parametrize(("record", "reading", "value", "imprecision"), READINGS)
def test_values_as_programs_get_them(record: bytes, reading: str, value: float, imprecision: float) -> None:
    found = sdr.SDREntry(record, constants).decode_sensor_reading(None, bytearray.fromhex(reading))
    assert (found.value, found.imprecision) == (value, imprecision)


def test_reserved_linearization_asks_for_the_factors() -> None:
    bmc = FakeCommand([])
    entry = sdr.SDREntry(full(linearization=0x70, owner_lun=1), constants)
    bmc.answer = {"code": 0, "data": bytearray(b"\x41\x02\x00\x05\x00\x00\xf0")}
    assert entry.decode_sensor_reading(bmc, b"\x40\xc0\x00").value == pytest.approx(13.3)
    assert bmc.asked == [{"netfn": 4, "command": 0x23, "data": b"\x05\x40", "rslun": 1}]
    bmc.answer = {"code": 0xC9, "data": bytearray()}
    assert entry.decode_sensor_reading(bmc, b"\x40\xc0\x00").value is None
    bmc.answer = IpmiException("gone")
    found = entry.decode_sensor_reading(bmc, b"\x40\xc0\x00")
    assert (found.value, found.raw) == (None, 0x40)
    assert found.problem == "the factors of this reading are not known"


def test_texts_of_event_constants_are_used() -> None:
    row = {"desc": "Ours", "severity": Health.Critical}
    own = SimpleNamespace(sensor_type_offsets={0xC0: {1: row}}, generic_type_offsets={0x70: {0: row}})
    entry = sdr.SDREntry(compact(sensor_type=0xC0), own)
    found = entry.decode_sensor_reading(None, b"\0\xc0\x02\0")
    assert (found.states, found.health) == (["Ours"], Health.Critical)
    generic = sdr.SDREntry(compact(sensor_type=0xC0, event_type=0x70), own)
    assert generic.decode_sensor_reading(None, b"\0\xc0\x01\0").states == ["Ours"]
    assert texts_of(own)(0x02, 1) is None


def test_states_of_one_board_of_intel() -> None:
    record = compact(sensor_type=0xDA, event_type=0x7A)
    entry = sdr.SDREntry(record, constants, mfg_id=343, prod_id=149)
    assert entry.decode_sensor_reading(None, b"\0\xc0\x38\0").states == ["Allowed", "Restricted", "Disabled"]
    other = sdr.SDREntry(record, constants, mfg_id=343, prod_id=86)
    assert other.decode_sensor_reading(None, b"\0\xc0\x08\0").states == [
        "Unknown state 3 for reading type 122/sensor type 218"
    ]


def test_power_and_energy() -> None:
    watts = {"sensor_type": 0x0B, "base_unit": 6}
    for more, expected in (
        ({}, "Power"),
        ({"modifier_use": 2, "modifier_unit": 22}, "Energy"),
        ({"modifier_use": 2, "modifier_unit": 23}, "Energy"),
        ({"modifier_use": 2, "modifier_unit": 24}, "Energy"),
        ({"modifier_use": 1, "modifier_unit": 22}, "Other"),
        ({"modifier_use": 2, "modifier_unit": 4}, "Other"),
        ({"percentage": True}, "Power"),
        ({"base_unit": 7}, "Other"),
    ):
        assert sdr.SDREntry(full(**{**watts, **more}), constants).sensor_type == expected, more


# --- SDR


def test_repository_as_it_was() -> None:
    """Keys, names and numbers of the first thirty records of a Dell R630, as the long-known package has them."""
    data, records, at = (VECTORS / "dell_r630.sdr.bin").read_bytes(), [], 0
    while len(records) < 30:
        end = at + 5 + data[at + 4]
        records.append(data[at:end])
        at = end
    bmc = FakeCommand(records)
    found = sdr.SDR(bmc)
    names = json.loads(
        '{"32.114.0": "SEL", "32.115.0": "Intrusion", "32.48.0": "Fan1A", "32.50.0": "Fan2A", "32.52.0": "Fan3A",'
        '"32.54.0": "Fan4A", "32.56.0": "Fan5A", "32.58.0": "Fan6A", "32.4.0": "Inlet Temp", "32.253.0": "CPU Usage",'
        '"32.241.0": "IO Usage", "32.242.0": "MEM Usage", "32.243.0": "SYS Usage", "32.1.0": "Exhaust Temp",'
        '"32.14.0": "Temp", "32.15.0": "Temp", "32.113.0": "OS Watchdog", "32.35.0": "VCORE PG",'
        '"32.36.0": "VCORE PG", "32.25.0": "3.3V PG", "32.26.0": "5V AUX PG", "32.80.0": "USB Cable Pres"}'
    )
    assert {key: entry.sensor_name for key, entry in found.sensors.items()} == names
    assert list(found.get_sensor_numbers()) == list(names)
    assert {key: (entry.name, entry.fru_logical) for key, entry in found.fru.items()} == {
        0: ("System Board", True),
        176: ("CPU1", False),
        1: ("PS1", True),
        2: ("PS2", True),
        12: ("BP0", True),
        13: ("BP1", True),
    }
    assert (found.sensors["32.14.0"].name, found.sensors["32.15.0"].name) == ("Temp", "Temp #2")
    assert (found.device_id, found.device_rev, found.fw_major, found.fw_minor) == (32, 1, 2, "35")
    assert (found.ipmiversion, found.mfg_id, found.prod_id, found.aux_fw) == (2, 343, 86, "0xa0xb0xc0xd")
    assert (found.cachedir, found.broken_sensor_ids) == (None, {})


def test_fact_that_the_bmc_does_not_tell_is_no_attribute() -> None:
    bmc = FakeCommand([])
    bmc._device_id = lambda: DeviceId.decode(bytes.fromhex("2081023551bf5701005600"))  # type: ignore[method-assign]
    found = sdr.SDR(bmc)
    assert not hasattr(found, "aux_fw")
    assert found.ipmiversion == 0x51


def test_who_the_bmc_is_is_not_asked_without_need() -> None:
    bmc = FakeCommand([])
    sdr.SDR(bmc)
    assert bmc.asked == []


def test_reservation_and_cache_folder() -> None:
    bmc = FakeCommand([])
    assert sdr.SDR(bmc, "/tmp/records").get_sdr_reservation() == 0x1234
    assert bmc.asked == ["/tmp/records"]


def test_command_is_held_weakly() -> None:
    bmc = FakeCommand([full()])
    found = sdr.SDR(bmc)
    del bmc
    gc.collect()
    with pytest.raises(ReferenceError):
        found.get_sdr()


def test_sensor_met_twice_stays_and_the_fullest_record_counts() -> None:
    bmc = FakeCommand([compact(name="C"), full(name="F"), full(name="G"), event_only(name="E", number=9)])
    found = sdr.SDR(bmc)
    assert {key: entry.sensor_name for key, entry in found.sensors.items()} == {"32.5.0": "F", "32.9.0": "E"}
    assert list(found.get_sensor_numbers()) == ["32.5.0"]


def test_shared_record_has_an_entry_for_each_sensor() -> None:
    bmc = FakeCommand([compact(name="Fan ", share_count=3, modifier_is_alpha=True, modifier_offset=1)])
    found = sdr.SDR(bmc)
    assert {key: entry.name for key, entry in found.sensors.items()} == {
        "32.5.0": "Fan B",
        "32.6.0": "Fan C",
        "32.7.0": "Fan D",
    }
    assert found.sensors["32.7.0"].sensor_number == 7
    assert found.sensors["32.6.0"].decode_sensor_reading(bmc, b"\0\xc0\1\0").name == "Fan C"


def test_odd_records_do_not_end_the_reading() -> None:
    other_version = bytearray(full(name="Old", number=7))
    other_version[2] = 0x01
    bmc = FakeCommand([b"", b"\1\0\x51\1\0", full(name="Good"), full()[:20], bytes(other_version), b"\xff" * 9])
    assert {entry.sensor_name for entry in sdr.SDR(bmc).sensors.values()} == {"Good", "Old"}


def test_texts_of_the_vendor_are_asked_for_when_they_are_needed() -> None:
    bmc = FakeCommand([compact(sensor_type=0xDA, event_type=0x7A), compact(number=6, name="B")])
    bmc._device_id = lambda: DeviceId.decode(bytes.fromhex("2081023502bf5701009500"))  # type: ignore[method-assign]
    found = sdr.SDR(bmc)
    assert found.sensors["32.5.0"].decode_sensor_reading(bmc, b"\0\xc0\x10\0").states == ["Restricted"]
    assert found.sensors["32.6.0"].decode_sensor_reading(bmc, b"\0\xc0\x01\0").states == ["Present"]


def test_texts_of_a_bmc_that_does_not_say_who_it_is() -> None:
    def refused() -> DeviceId:
        raise IpmiException("Invalid command", 0xC1)

    bmc = FakeCommand([compact()])
    bmc._device_id = refused  # type: ignore[method-assign]
    found = sdr.SDR(bmc)
    assert found.sensors["32.5.0"].decode_sensor_reading(bmc, b"\0\xc0\x01\0").states == ["Present"]


def test_a_program_may_make_its_own_entries() -> None:
    class Mine(sdr.SDR):
        def make_sdr_entry(self, sdrbytes):
            entry = sdr.SDREntry(sdrbytes, None)
            entry.mark = "mine"
            return entry

    bmc = FakeCommand([full(), full(number=6)])
    assert {entry.mark for entry in Mine(bmc).sensors.values()} == {"mine"}


def test_shared_records_of_the_process_can_be_forgotten() -> None:
    from pyghmi.ipmi.domains import sdr_cache

    sdr_cache._memory["x"] = (None, b"")  # type: ignore[index,assignment]
    sdr.shared_sdrs.clear()
    assert not sdr_cache._memory
    assert sdr.shared_sdrs == {}


# --- tables and numbers


def test_tables_have_the_long_standing_form() -> None:
    assert constants.generic_type_offsets[1][0] == {
        "desc": "Lower non-critical",
        "severity": 1,
        "deassertion_desc": "Lower Non-critical deasserted",
        "deassertion_severity": 0,
    }
    assert constants.sensor_type_offsets[0x23][8]["desc"] == "Watchdog interrupt"
    assert constants.sensor_type_codes[0xC6] == "PSU Redundancy"
    assert constants.entity_ids[0x37] == "Air inlet"
    assert (sdr.unit_types[89], sdr.unit_types[90], sdr.unit_types[1]) == (
        "uncorrectable error",
        "correctable error",
        "°C",
    )
    assert 59 not in sdr.unit_types
    assert sdr.sensor_rates[4] == " per minute"
    assert sdr.oem_type_offsets[343][149][0x7A][0xDA][4] == {"desc": "Restricted", "severity": 0}
    assert (sdr.TYPE_UNKNOWN, sdr.TYPE_SENSOR, sdr.TYPE_FRU) == (0, 1, 2)


def test_complements() -> None:
    assert (sdr.ones_complement(0xFF, 8), sdr.ones_complement(0x80, 8)) == (0, -127)
    assert (sdr.twos_complement(0xFF, 8), sdr.twos_complement(0x80, 8)) == (-1, -128)


def test_names_with_odd_bytes() -> None:
    """Names that ended the reading of all records before: six-bit, Latin-1, empty."""
    six_bit = full()[:47] + b"\x83\x29\xdc\xa6"
    latin = full()[:47] + b"\xc3" + "µbé".encode("latin-1")
    empty = full()[:47] + b"\xc0"
    names = [sdr.SDREntry(data, constants).name for data in (six_bit, latin, empty)]
    assert names == ["IPMI", "µbé", "sensor 0x05"]
    assert encode_id_string("x") == b"\xc1x"

# SPDX-License-Identifier: Apache-2.0
"""Section N, second half: what sensors say."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.spec.codes import OK
from pyghmi.ipmi.spec.sdr import AnalogFormat, FullSensorRecord, Linearization
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, Real
from pyghmi.sim.quirks.recordbook import add, sensors_of
from pyghmi.sim.quirks.sensors import THRESHOLDS, Change, changed_readings, first_number, is_meant
from pyghmi.sim.quirks.table import quirk
from pyghmi.sim.records import Analog, full, numbered
from pyghmi.sim.sensorstate import Told

_STATES_AT = 2
_ALL_STATES, _LOWER_CRITICAL, _UPPER_NON_RECOVERABLE = b"\xff\x7f", 0x02, 0x20
_NO_STATE, _PRESENT = 0xC0, 0x01
_SPECIFIC, _SUPPLY, _WATT, _CELSIUS, _TEMPERATURE, _VOLT, _VOLTAGE = 0x6F, 0x08, 6, 1, 0x01, 4, 0x02
_UPPER_AT, _LOW = 4, 1
_FACTORS, _NON_LINEAR = (0x04, 0x23), 0x70
_TWICE_AND_TEN = bytes.fromhex("02 00 0a 00 00 00")
"""M 2, B 10, as Get Sensor Reading Factors tells them."""
_CURVES, _AT_ZERO = range(1, 12), b"\x00\xc0\xc0"
_FREE_NUMBER, _NUMBER_61, _LUN, _HERE, _THERE = 0xA0, 0x61, 1, 212, 30
_BOARD = (7, 1)
_FORMATS = (
    (AnalogFormat.ONES_COMPLEMENT, 0xFF, "Ones FF"),
    (AnalogFormat.ONES_COMPLEMENT, 0x80, "Ones 80"),
    (AnalogFormat.TWOS_COMPLEMENT, 0x80, "Twos 80"),
    (AnalogFormat.NONE, 0x80, "No number"),
)


def _one(number: int, name: str, unit: int = _CELSIUS, kind: int = _TEMPERATURE, lun: int = 0) -> FullSensorRecord:
    """Return the record of a sensor at the board without thresholds, one of a unit a count."""
    return full(Analog(number, name, _BOARD, kind, unit, 1, 0, 0, (None,) * 6, 0, 0, lun=lun))


def _added(odd: Misbehaviour, record: FullSensorRecord, told: Told) -> None:
    """Put a sensor there, under a number that is free."""
    taken = {number for lun, number in sensors_of(odd).sensors if lun == record.owner_lun}
    if record.number in taken:
        record.number = next(number for number in range(_FREE_NUMBER, 0xFF) if number not in taken)
    add(odd, numbered(record, 1), told)


@quirk("N03", "all states are set, impossible ones too")
def _all_states(odd: Misbehaviour, _variant: str) -> None:
    changed_readings(odd, lambda found: found[:_STATES_AT] + _ALL_STATES[: max(len(found) - _STATES_AT, 0)])


@quirk("N05", "a sensor with states has a number too")
def _both(odd: Misbehaviour, _variant: str) -> None:
    record = _one(_FREE_NUMBER, "Supply In", _WATT, _SUPPLY)
    record.event_type = _SPECIFIC
    _added(odd, record, b"\x20\xc0\x01\x80")


@quirk("N07", "the first temperature is said to be at its lower critical threshold, and is not")
def _contradicted(odd: Misbehaviour, _variant: str) -> None:
    changed_readings(odd, _states(lambda bits: bits | _LOWER_CRITICAL), first_number(odd))


def _states(change: Callable[[int], int]) -> Change:
    """Return what changes the first byte of states, where there is one."""

    def changed(found: bytes) -> bytes:
        head, bits = found[:_STATES_AT], found[_STATES_AT : _STATES_AT + 1]
        return head + bytes(map(change, bits)) + found[_STATES_AT + 1 :]

    return changed


@quirk("N08", "upper thresholds of the first temperature are below what is usual")
def _in_no_order(odd: Misbehaviour, _variant: str) -> None:
    number = first_number(odd)

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code != OK or not is_meant(odd, data, number) or len(found) <= _UPPER_AT:
            return code, found
        return code, found[:_UPPER_AT] + bytes(_LOW for _each in found[_UPPER_AT:])

    odd.knob(*THRESHOLDS, knob)


@quirk("N09", "of the thresholds that the first temperature has crossed, only the highest is told")
def _highest(odd: Misbehaviour, _variant: str) -> None:
    key = (0, first_number(odd))
    sensor = sensors_of(odd).sensors[key]
    highest = max(limit for limit in sensor.thresholds if limit is not None)
    sensors_of(odd).pinned[key] = min(highest + 1, 0xFF)
    upper = _UPPER_NON_RECOVERABLE if sensor.thresholds[5] is not None else _UPPER_NON_RECOVERABLE >> 1
    changed_readings(odd, _states(lambda bits: bits & _NO_STATE | upper), key[1])


@quirk("N10", "every second power supply that is well says nothing, where the others say that they are there")
def _nothing_or_present(odd: Misbehaviour, _variant: str) -> None:
    supplies = [key for key, sensor in sensors_of(odd).sensors.items() if sensor.record.sensor_type == _SUPPLY]
    for _lun, number in supplies[1::2]:
        changed_readings(odd, _states(lambda bits: bits & ~_PRESENT), number)


@quirk("N11", "sensors on all curves there are, at 0; one needs its factors for each reading")
def _curves(odd: Misbehaviour, _variant: str) -> None:
    for curve in (*_CURVES, _NON_LINEAR):
        record = _one(_FREE_NUMBER, f"Curve {curve:02X}h", _VOLT, _VOLTAGE)
        record.linearization = Linearization(curve)
        _added(odd, record, _AT_ZERO if curve != _NON_LINEAR else b"\x14\xc0\xc0")
    number = record.number

    def knob(data: bytes, real: Real) -> Reply:
        if not is_meant(odd, data, number) or len(data) < 2:
            return real(data)
        return OK, bytes((min(data[1] + 1, 0xFF),)) + _TWICE_AND_TEN

    odd.knob(*_FACTORS, knob)


@quirk("N12", "sensors that count in one's and two's complement, and one with thresholds and no number")
def _signed(odd: Misbehaviour, _variant: str) -> None:
    for kind, count, name in _FORMATS:
        record = _one(_FREE_NUMBER, name)
        record.analog_format = kind
        _added(odd, record, bytes((count, 0xC0, 0xC0)))


@quirk("N14", "sensor 61h is at LUN 0, 212 degrees, and at LUN 1, 30 degrees")
def _two_of_a_number(odd: Misbehaviour, _variant: str) -> None:
    part = sensors_of(odd)
    if (0, _NUMBER_61) not in part.sensors:
        _added(odd, _one(_NUMBER_61, "At LUN 0"), _HERE)
    if (_LUN, _NUMBER_61) not in part.sensors:
        _added(odd, _one(_NUMBER_61, "At LUN 1", lun=_LUN), _THERE)

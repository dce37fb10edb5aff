# SPDX-License-Identifier: Apache-2.0
"""Section N, first half: how sensors answer."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.spec.codes import NOT_PRESENT, OK
from pyghmi.ipmi.spec.sdr import ReadableSensorRecord, parse_record
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, Real
from pyghmi.sim.quirks.recordbook import add, first_full, named, sensors_of
from pyghmi.sim.quirks.table import quirk
from pyghmi.sim.records import BMC

READING, THRESHOLDS, EVENTS = (0x04, 0x2D), (0x04, 0x27), (0x04, 0x29)
_NUMBER_AT, _FLAGS_AT, _SCANNING, _UNAVAILABLE, _LUN_0 = 7, 1, 0x40, 0x20, 0
_ABSENT_CODES = (0xCB, 0xCD, 0xC9, 0xCE, 0xD5, 0xFF, 0xD3, 0xCC, 0xC3, 0xC0)
_FREE_NUMBER, _ONLY_UPPER_CRITICAL = 0xE0, 0x10

Change = Callable[[bytes], bytes]


def changed_readings(odd: Misbehaviour, change: Change, number: int | None = None) -> None:
    """Have readings look otherwise: of one sensor at LUN 0, or of all."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return (code, change(found)) if code == OK and is_meant(odd, data, number) else (code, found)

    odd.knob(*READING, knob)


def is_meant(odd: Misbehaviour, data: bytes, number: int | None) -> bool:
    """Whether a request is about this sensor at LUN 0; None: about any."""
    if number is None:
        return True
    lun = _LUN_0 if odd.current is None else odd.current[0].rs_lun
    return lun == _LUN_0 and data[:1] == bytes((number,))


def first_number(odd: Misbehaviour) -> int:
    """Return the number of the first temperature, which is at LUN 0."""
    return first_full(odd)[_NUMBER_AT]


@quirk("N01", "of the first ten sensors each refuses its reading with another code")
def _absent(odd: Misbehaviour, _variant: str) -> None:
    records = [parse_record(raw) for raw in sensors_of(odd).records]
    numbers = [
        record.number
        for record in records
        if isinstance(record, ReadableSensorRecord) and record.owner_id == BMC and not record.owner_lun
    ]
    codes = dict(zip(numbers, _ABSENT_CODES))

    def knob(data: bytes, real: Real) -> Reply:
        number = data[0] if data and is_meant(odd, data, data[0]) else None
        return (codes[number], b"") if number in codes else real(data)

    odd.knob(*READING, knob)


@quirk(
    "N02",
    "readings have another length, most of them no states",
    **{"1": "one byte", "0": "nothing", "2": "two bytes", "3": "three bytes", "4": "four bytes"},
)
def _short(odd: Misbehaviour, variant: str) -> None:
    size = int(variant)
    changed_readings(odd, lambda found: found[:size].ljust(size, b"\0"))


@quirk("N04", "all sensors are said not to be scanned, and have readings")
def _unscanned(odd: Misbehaviour, _variant: str) -> None:
    changed_readings(odd, lambda found: found[:1] + bytes(flags & ~_SCANNING for flags in found[1:2]) + found[2:])


@quirk("N06", "the first temperature is absent (CBh), and takes long to say so", number="seconds", default="5")
def _slow(odd: Misbehaviour, variant: str) -> None:
    number = first_number(odd)

    def knob(data: bytes, real: Real) -> Reply | None:
        if not is_meant(odd, data, number):
            return real(data)
        odd.answer_later(float(variant), (NOT_PRESENT, b""))
        return None

    odd.knob(*READING, knob)


@quirk(
    "N13",
    "while the host is off",
    bit="all readings are said to be unavailable, and are 0",
    gone="sensors are not there (CBh)",
)
def _with_the_host(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code != OK or odd.machine.power_is_on or len(found) <= _FLAGS_AT:
            return code, found
        if variant == "gone":
            return NOT_PRESENT, b""
        return code, bytes((0, found[_FLAGS_AT] | _UNAVAILABLE)) + bytes(len(found) - 2)

    odd.knob(*READING, knob)


@quirk("N15", "Get Sensor Event Enable says that no sensor is scanned")
def _events(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, bytes((found[0] & ~_SCANNING,)) + found[1:] if found else found

    odd.knob(*EVENTS, knob)


@quirk(
    "N16",
    "thresholds are readable by the records, and not by the sensors",
    cd="Get Sensor Thresholds is refused (CDh)",
    c9="C9h",
    cb="CBh",
    mask="only the upper critical one is said to be there",
)
def _thresholds(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        if variant != "mask":
            return int(variant, 16), b""
        code, found = real(data)
        return code, bytes((found[0] & _ONLY_UPPER_CRITICAL,)) + found[1:] if found else found

    odd.knob(*THRESHOLDS, knob)


@quirk("N17", "a full record is of a sensor that is only for events: it is not read (CDh)")
def _only_events(odd: Misbehaviour, _variant: str) -> None:
    part = sensors_of(odd)
    spare = first_full(odd)
    taken = {number for _lun, number in part.sensors}
    number = next(number for number in range(_FREE_NUMBER, 0xFF) if number not in taken)
    add(odd, named(spare[:_NUMBER_AT] + bytes((number,)) + spare[_NUMBER_AT + 1 :], b"\xcbNot to read"))
    part.refusals[_LUN_0, number] = 0xCD

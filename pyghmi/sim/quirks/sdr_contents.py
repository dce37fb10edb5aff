# SPDX-License-Identifier: Apache-2.0
"""Section D, second half: what stands in records of sensors."""
from __future__ import annotations

from typing import Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.sdr import COMPACT
from pyghmi.sim.quirks.hooks import Misbehaviour
from pyghmi.sim.quirks.recordbook import TEMPERATURE, add, first_full, is_full, named, rewrite, sensors_of
from pyghmi.sim.quirks.table import quirk
from pyghmi.sim.records import event_only, numbered

_LENGTH_AT, _TYPE_AT, _OWNER_LUN_AT, _NUMBER_AT, _KIND_AT, _EVENT_TYPE_AT = 4, 3, 6, 7, 12, 11
_UNITS_AT, _BASE_UNIT_AT, _MODIFIER_UNIT_AT, _SHARE_AT, _OFFSET_AT = 20, 21, 22, 23, 24
_LONGER, _LUN, _THRESHOLD = 5, 1, 0x01
_UNKNOWN_UNIT, _MULTIPLIES, _PERCENTAGE = 0xC8, 0x04, 0x01
_ALPHA, _FOUR, _FROM_C = 0x10, 4, 2
_ODD = {
    "empty": bytes.fromhex("0000510100"),
    "short": bytes.fromhex("0000510105") + bytes.fromhex("2000010301"),
    "unknown": bytes.fromhex("000051e503") + b"abc",
    "oem": bytes.fromhex("000051c004") + bytes.fromhex("a7f30178"),
    "channels": bytes.fromhex("0000511404") + bytes.fromhex("01040181"),
}
_NAMES = (
    b"\xc8Fan1\0\0\0\0",  # zeros behind it
    b"\xc8Fan1    ",  # blanks
    b"\xc8Fan1\xff\xff\xff\xff",
    b"\xc0",  # nothing
    b"\x83\x29\xdc\xa6",  # 6-bit ASCII: IPMI
    b"\x43\x12\xab\x34",  # BCD plus: 12 -34
    b"\x04F\0\xe4\0",  # UTF-16
    b"\x04Fan1",  # ASCII, said to be UTF-16
    b"\xc3\xb5b\xe9",  # Latin-1
    b"\xdfFan1",  # longer than the record
)
"""With the byte that tells type and length."""
_SECOND_NAME, _SECOND = b"\xcaNot LUN 0 ", 0xD4


def _with(raw: bytes, at: int, number: int) -> bytes:
    return raw[:at] + bytes((number,)) + raw[at + 1 :]


@quirk("D03", "the length in the header of records is five too high")
def _longer(odd: Misbehaviour, _variant: str) -> None:
    rewrite(odd, lambda raw: _with(raw, _LENGTH_AT, min(raw[_LENGTH_AT] + _LONGER, 0xFF)))


@quirk(
    "D12",
    "a record that makes no sense stands among the others",
    empty="of length 0",
    short="a full record with five bytes",
    unknown="of type E5h",
    oem="of type C0h, OEM",
    channels="of type 14h, message channels, cut short",
)
def _senseless(odd: Misbehaviour, variant: str) -> None:
    add(odd, _ODD[variant], at=len(sensors_of(odd).records) // 2)


def _first(odd: Misbehaviour, change: Callable[[bytes], bytes]) -> None:
    """Change the record of the first temperature."""
    chosen = first_full(odd)
    rewrite(odd, lambda raw: change(raw) if raw == chosen else raw)


@quirk(
    "D13",
    "the unit of the first temperature makes no sense",
    unit="number C8h",
    modifier="it is multiplied by no other one",
    percentage="percent, and degrees too",
)
def _unit(odd: Misbehaviour, variant: str) -> None:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "unit": lambda raw: _with(raw, _BASE_UNIT_AT, _UNKNOWN_UNIT),
        "modifier": lambda raw: _with(_with(raw, _UNITS_AT, raw[_UNITS_AT] | _MULTIPLIES), _MODIFIER_UNIT_AT, 0),
        "percentage": lambda raw: _with(raw, _UNITS_AT, raw[_UNITS_AT] | _PERCENTAGE),
    }
    _first(odd, changes[variant])


@quirk("D14", "an event-only record, which has no reading, is of a sensor with thresholds")
def _event_only(odd: Misbehaviour, _variant: str) -> None:
    raw = numbered(event_only(0xFD, "Only events", (7, 1), TEMPERATURE), 1)
    add(odd, _with(raw, _EVENT_TYPE_AT, _THRESHOLD))


@quirk("D15", "names of sensors are written in ten odd ways")
def _names(odd: Misbehaviour, _variant: str) -> None:
    names = iter(_NAMES)

    def change(raw: bytes) -> bytes:
        id_data = next(names, b"") if is_full(raw) else b""
        return named(raw, id_data) if id_data else raw

    rewrite(odd, change)


@quirk("D16", "all temperatures have one name")
def _alike(odd: Misbehaviour, _variant: str) -> None:
    rewrite(odd, lambda raw: named(raw, b"\xc4Temp") if is_full(raw) and raw[_KIND_AT] == TEMPERATURE else raw)


@quirk("D17", "a record is of four sensors", alpha="letters behind the name, from C", numbers="numbers, from 2")
def _shared(odd: Misbehaviour, variant: str) -> None:
    part = sensors_of(odd)
    fit = [raw for raw in part.records if raw[_TYPE_AT] == COMPACT and raw[_SHARE_AT] & 0x0F > 1]
    if not fit:
        raise InvalidParameterValue("this machine has no record of several sensors to play that with")
    share = _FOUR | (_ALPHA if variant == "alpha" else 0)
    rewrite(odd, lambda raw: _with(_with(raw, _SHARE_AT, share), _OFFSET_AT, _FROM_C) if raw == fit[0] else raw)


@quirk("D20", "a sensor at LUN 1 has the number of the first temperature, and shows something else")
def _same_number(odd: Misbehaviour, _variant: str) -> None:
    spare = first_full(odd)
    add(odd, named(spare[:_OWNER_LUN_AT] + bytes((_LUN,)) + spare[_NUMBER_AT:], _SECOND_NAME), _SECOND)

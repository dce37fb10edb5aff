# SPDX-License-Identifier: Apache-2.0
"""Section D, first half: how records of sensors are read."""
from __future__ import annotations

from pyghmi.ipmi.spec.codes import INVALID_COMMAND, OK, TIMEOUT
from pyghmi.ipmi.spec.storage import LAST_RECORD, WHOLE
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Knob, Misbehaviour, Real, always
from pyghmi.sim.quirks.recordbook import add, first_full, named, sensors_of
from pyghmi.sim.quirks.table import quirk
from pyghmi.sim.records import event_only, numbered
from pyghmi.sim.sdrserver import RecordServer

STORAGE, SENSOR = 0x0A, 0x04
INFO, GET, DEVICE_INFO, DEVICE_GET = (STORAGE, 0x20), (STORAGE, 0x23), (SENSOR, 0x20), (SENSOR, 0x21)
_REPOSITORY = (0x20, 0x21, 0x22, 0x23, 0x28)
_ID_AT, _OFFSET_AT, _SIZE_AT, _ASKED_BYTES = 2, 4, 5, 6
_COUNT_AT, _TIMES_AT, _POPULATION_AT = 1, 5, 2
_MOST, _COME, _NEXT_BYTES = 22, 20, 2
_LOST, _TOO_MANY = 0xC5, 0xCA
_THREE_S, _EACH_S, _MANY, _OWNER_LUN_AT, _NUMBER_AT = 3.0, 0.02, 500, 6, 7
_FIRST_OF_ANOTHER_LUN, _LUN, _MARK = 0x4000, 1, b"\xc8LUN 1 no"


def _reads(odd: Misbehaviour, knob: Knob) -> None:
    """Have `knob` answer reads of records, of repository and device; it gets no request that is too short."""

    def checked(data: bytes, real: Real) -> Reply | None:
        return knob(data, real) if len(data) == _ASKED_BYTES else real(data)

    odd.knob(*GET, checked)
    odd.knob(*DEVICE_GET, checked)


def _is_last(odd: Misbehaviour, data: bytes) -> bool:
    """Whether the last record is asked for."""
    records = sensors_of(odd).records
    return bool(records) and data[_ID_AT:_OFFSET_AT] in (records[-1][:2], LAST_RECORD.to_bytes(2, "little"))


@quirk(
    "D01",
    "whole records are not given, nor more than 22 bytes of one",
    ca="CAh",
    c7="C7h",
    c8="C8h",
    ff="FFh",
    silent="silence, where the whole is asked for",
)
def _not_whole(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply | None:
        if data[_SIZE_AT] == WHOLE and variant == "silent":
            return None
        if data[_SIZE_AT] > _MOST:
            return (_TOO_MANY if variant == "silent" else int(variant, 16)), b""
        return real(data)

    _reads(odd, knob)


@quirk("D02", "of a whole record 20 bytes come, and success")
def _fewer(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found[: _NEXT_BYTES + _COME] if data[_SIZE_AT] == WHOLE else found

    _reads(odd, knob)


@quirk("D04", "the record id in the header is one too high")
def _other_id(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        head = found[_NEXT_BYTES : 2 * _NEXT_BYTES]
        if code != OK or data[_OFFSET_AT] or len(head) < _NEXT_BYTES:
            return code, found
        wrong = int.from_bytes(head, "little") + 1 & 0xFFFF
        return code, found[:_NEXT_BYTES] + wrong.to_bytes(2, "little") + found[2 * _NEXT_BYTES :]

    _reads(odd, knob)


@quirk("D05", "the number of records in Get SDR Repository Info is wrong", zero="0", more="5 more", fewer="5 fewer")
def _count(odd: Misbehaviour, variant: str) -> None:
    more = {"zero": -0x10000, "more": 5, "fewer": -5}[variant]

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code != OK:
            return code, found
        count = max(int.from_bytes(found[_COUNT_AT : _COUNT_AT + 2], "little") + more, 0)
        return code, found[:_COUNT_AT] + count.to_bytes(2, "little") + found[_COUNT_AT + 2 :]

    odd.knob(*INFO, knob)


@quirk("D06", "the record after the last is never FFFFh", self="it is the last again", zero="it is 0")
def _endless(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code != OK or not _is_last(odd, data):
            return code, found
        following = sensors_of(odd).records[-1][:2] if variant == "self" else bytes(2)
        return code, following + found[_NEXT_BYTES:]

    _reads(odd, knob)


@quirk("D07", "the last record cannot be read (C3h)")
def _unreadable(odd: Misbehaviour, _variant: str) -> None:
    _reads(odd, lambda data, real: (TIMEOUT, b"") if _is_last(odd, data) else real(data))


@quirk("D08", "Get SDR Repository Info and Reserve SDR Repository are refused (C1h); no reservation is needed")
def _bare(odd: Misbehaviour, _variant: str) -> None:
    for cmd in (0x20, 0x22):
        odd.knob(STORAGE, cmd, always(INVALID_COMMAND))

    def knob(data: bytes, real: Real) -> Reply:
        return real(sensors_of(odd).reservation.to_bytes(2, "little") + data[_ID_AT:])

    _reads(odd, knob)


def _only_devices(odd: Misbehaviour) -> None:
    part = sensors_of(odd)
    part._device_sdrs = True
    odd.machine.table.update(part.record_commands())
    for cmd in _REPOSITORY:
        odd.knob(STORAGE, cmd, always(INVALID_COMMAND))


@quirk("D09", "there is no repository (C1h), only device SDRs")
def _device(odd: Misbehaviour, _variant: str) -> None:
    _only_devices(odd)


@quirk("D10", "only device SDRs, at two LUNs with a reservation each; sensors are counted unless records are asked for")
def _two_luns(odd: Misbehaviour, _variant: str) -> None:
    _only_devices(odd)
    part = sensors_of(odd)
    spare = first_full(odd)
    moved = add(odd, named(spare[:_OWNER_LUN_AT] + bytes((_LUN,)) + spare[_NUMBER_AT:], _MARK), spare[31])
    part.records.remove(moved)
    there = RecordServer([moved], device_sdrs=True, repository=False)
    there.sensors, there.reservation = part.sensors, _FIRST_OF_ANOTHER_LUN
    odd.machine.at_luns[_LUN].update(there.record_commands())


@quirk(
    "D11",
    "no more than 22 bytes of a record are read at once, and another client takes the reservation away (C5h)",
    second="at every second read",
    seconds="for three seconds",
    always="for ever",
)
def _rival(odd: Misbehaviour, variant: str) -> None:
    until: list[float] = []
    reads = [0]

    def is_lost() -> bool:
        reads[0] += 1
        if not until:
            until.append(odd.now() + _THREE_S)
        return {"second": reads[0] % 2 == 0, "seconds": odd.now() < until[0], "always": True}[variant]

    def knob(data: bytes, real: Real) -> Reply:
        if data[_SIZE_AT] > _MOST:
            return _TOO_MANY, b""
        if is_lost():
            sensors_of(odd).void_reservations()
            return _LOST, b""
        return real(data)

    _reads(odd, knob)


@quirk("D18", "there are 500 records, and each takes 20 ms to come")
def _many(odd: Misbehaviour, _variant: str) -> None:
    spare = numbered(event_only(0xFE, "Event", (7, 1), 0x12), 1)
    for _each in range(max(_MANY - len(sensors_of(odd).records), 0)):
        add(odd, spare)

    def knob(data: bytes, real: Real) -> None:
        odd.answer_later(_EACH_S, real(data))

    _reads(odd, knob)


@quirk("D19", "the times of the last changes of records say nothing", ones="FFFFFFFFh", zero="0")
def _timeless(odd: Misbehaviour, variant: str) -> None:
    stamp = bytes(4) if variant == "zero" else b"\xff" * 4

    def info(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found[:_TIMES_AT] + stamp * 2 + found[_TIMES_AT + 8 :] if code == OK else found

    def device_info(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found[:_POPULATION_AT] + stamp if code == OK and len(found) > _POPULATION_AT else found

    odd.knob(*INFO, info)
    odd.knob(*DEVICE_INFO, device_info)

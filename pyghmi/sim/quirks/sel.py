# SPDX-License-Identifier: Apache-2.0
"""Section E: the event log."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, INVALID_COMMAND, OK, Privilege
from pyghmi.ipmi.spec.sel import KERNEL_PANIC, SYSTEM_EVENT, DataUse
from pyghmi.ipmi.spec.storage import (
    CLEAR_INITIATE,
    LAST_RECORD,
    WHOLE,
    ClearSel,
    DeleteSelEntry,
    Erasure,
    GetSelEntry,
)
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, Real, always, times
from pyghmi.sim.quirks.table import quirk
from pyghmi.sim.sensorstate import THRESHOLD_TYPE

if TYPE_CHECKING:
    from pyghmi.sim.sel import SelPart

STORAGE = GetSelEntry.netfn
GET, RESERVE, DELETE, CLEAR = GetSelEntry.cmd, 0x42, DeleteSelEntry.cmd, ClearSel.cmd
GET_TIME, GET_OFFSET = 0x48, 0x5C
_NEXT, _ID = slice(0, 2), slice(2, 4)
_TYPE_AT, _TIME, _OWNER_AT, _REVISION_AT, _NUMBER_AT, _KIND_AT, _DATA_AT = 2, slice(3, 7), 7, 9, 11, 12, 13
_DATED = frozenset((SYSTEM_EVENT, *range(0xC0, 0xE0)))
_ERASING, _BMC, _NO_OFFSET = 0x81, 0x20, b"\xff\x07"
_PANIC = bytes((0, 0, KERNEL_PANIC, _BMC, 0)) + b"Fatal excep"
_GENERAL, _DIRECTION = 0x7F, 0x01
_UNKNOWN_SENSOR = 0xFE
_HOUR_S, _CHANGES_AT, _STEP = 3600, 5, 3
_OEM_FLAGS = DataUse.OEM << 6 | DataUse.OEM << 4

Change = Callable[[bytes], bytes]
"""Record -> the record that is told."""


def _log(odd: Misbehaviour) -> SelPart:
    parts: dict[str, Any] = dict(odd.machine.parts)
    found: SelPart = parts["sel"]
    return found


def _leading(odd: Misbehaviour, change: Callable[[bytes, bytes], bytes]) -> None:
    """Have `change(next id, record)` say which entry comes next."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found if code != OK else change(found[_NEXT], found[_NEXT.stop :]) + found[_NEXT.stop :]

    odd.knob(STORAGE, GET, knob)


def _telling(odd: Misbehaviour, change: Change) -> None:
    """Have records told as `change` makes them, in parts too."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code != OK:
            return code, found
        offset, size = data[4], data[5]
        if offset or size != WHOLE:
            code, whole = real(data[:4] + bytes((0, WHOLE)))
            piece = change(whole[_NEXT.stop :])[offset : offset + len(found) - _NEXT.stop] if code == OK else b""
            return code, whole[_NEXT] + piece
        return code, found[_NEXT] + change(found[_NEXT.stop :])

    odd.knob(STORAGE, GET, knob)


def _replaced(record: bytes, at: int, value: int) -> bytes:
    return record[:at] + bytes((value,)) + record[at + 1 :]


def _is_system(record: bytes) -> bool:
    return record[_TYPE_AT] == SYSTEM_EVENT


def _middle(odd: Misbehaviour) -> int:
    """Return the place of the entry in the middle."""
    return len(_log(odd).entries) // 2


@quirk("E01", "the entry in the middle leads to record 0")
def _back_to_first(odd: Misbehaviour, _variant: str) -> None:
    def change(following: bytes, _record: bytes) -> bytes:
        ids = list(_log(odd).entries)
        at = _middle(odd)
        return bytes(2) if at < len(ids) and int.from_bytes(following, "little") == ids[at] else following

    _leading(odd, change)


@quirk("E02", "the last entry is never said to be last", self="it leads to itself", on="it leads to the next number")
def _endless(odd: Misbehaviour, variant: str) -> None:
    def change(following: bytes, record: bytes) -> bytes:
        if int.from_bytes(following, "little") != LAST_RECORD:
            return following
        own = int.from_bytes(record[:2], "little")
        return (own + (variant == "on")).to_bytes(2, "little")

    _leading(odd, change)


@quirk("E03", "system events have another record type", **{"04": "04h", "00": "00h"})
def _other_type(odd: Misbehaviour, variant: str) -> None:
    _telling(odd, lambda record: _replaced(record, _TYPE_AT, int(variant, 16)) if _is_system(record) else record)


@quirk("E04", "event messages have another revision than 04h", **{"02": "02h", "00": "00h"})
def _other_revision(odd: Misbehaviour, variant: str) -> None:
    _telling(odd, lambda record: _replaced(record, _REVISION_AT, int(variant, 16)) if _is_system(record) else record)


@quirk("E05", "there is a text of a Linux kernel that panicked (record type F0h)")
def _panic(odd: Misbehaviour, _variant: str) -> None:
    _log(odd).append(_PANIC)


@quirk("E06", "the BMC's events are from 10h in the place of 20h")
def _shifted(odd: Misbehaviour, _variant: str) -> None:
    def change(record: bytes) -> bytes:
        is_own = _is_system(record) and record[_OWNER_AT] == _BMC
        return _replaced(record, _OWNER_AT, _BMC // 2) if is_own else record

    _telling(odd, change)


@quirk("E07", "Reserve SEL is refused (D4h)", always="to all", user="below operator")
def _no_reservation(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        session = odd.current[1] if odd.current is not None else None
        is_low = session is not None and session.privilege < Privilege.OPERATOR
        return (INSUFFICIENT_PRIVILEGE, b"") if variant == "always" or is_low else real(data)

    odd.knob(STORAGE, RESERVE, knob)


@quirk("E08", "Get SEL Entry is not there (C1h)")
def _no_entries(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(STORAGE, GET, always(INVALID_COMMAND))


@quirk("E09", "Get SEL Time says 81h, erasing, so many times", number="times", default="3")
def _no_time(odd: Misbehaviour, variant: str) -> None:
    odd.knob(STORAGE, GET_TIME, times(int(float(variant)), always(_ERASING)))


@quirk("E10", "times are no dates", unset="FFFFFFFFh", early="seconds since the BMC began")
def _no_dates(odd: Misbehaviour, variant: str) -> None:
    def change(record: bytes) -> bytes:
        if record[_TYPE_AT] not in _DATED:
            return record
        time = b"\xff" * 4 if variant == "unset" else record[:2] + bytes(2)
        return record[: _TIME.start] + time + record[_TIME.stop :]

    _telling(odd, change)


@quirk(
    "E11",
    "the clock is two hours ahead, in local time",
    unknown="and the offset is unspecified (07FFh)",
    refused="and there is no command for the offset (C1h)",
)
def _local_time(odd: Misbehaviour, variant: str) -> None:
    _log(odd).clock.ahead_s += 2 * _HOUR_S
    odd.knob(STORAGE, GET_OFFSET, always(OK, _NO_OFFSET) if variant == "unknown" else always(INVALID_COMMAND))


@quirk("E12", "an entry that was deleted is there still")
def _not_deleted(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        log = _log(odd)
        before = dict(log.entries)
        reply = real(data)
        log.entries = before
        return reply

    odd.knob(STORAGE, DELETE, knob)


@quirk("E13", "the entry in the middle is the one before it once more")
def _doubled(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        ids = list(_log(odd).entries)
        at = _middle(odd)
        if code != OK or not 0 < at < len(ids) or data[_ID] != ids[at].to_bytes(2, "little"):
            return code, found
        code, before = real(data[: _ID.start] + ids[at - 1].to_bytes(2, "little") + data[_ID.stop :])
        return code, found[_NEXT] + before[_NEXT.stop :]

    odd.knob(STORAGE, GET, knob)


@quirk("E14", "there are many entries, whose numbers have gaps", number="entries", default="3000")
def _many(odd: Misbehaviour, variant: str) -> None:
    log = _log(odd)
    wanted = min(int(float(variant)), LAST_RECORD // _STEP)
    log.capacity = max(log.capacity, wanted)
    while len(log.entries) < wanted:
        log.event(0x01, 0x01, 0x01 if len(log.entries) % 2 else 0x81, b"\x57\x50\x55", ago_s=wanted - len(log.entries))
    records = list(log.entries.values())
    log.entries = {_STEP * at: (_STEP * at).to_bytes(2, "little") + each[2:] for at, each in enumerate(records, 1)}
    log._last_id = _STEP * len(records)


@quirk("E15", "the log changes while it is read", clear="it is cleared", append="it grows for a while")
def _changing(odd: Misbehaviour, variant: str) -> None:
    count = [0]

    def knob(data: bytes, real: Real) -> Reply:
        count[0] += 1
        log = _log(odd)
        if variant == "clear" and count[0] == _CHANGES_AT:
            log.entries.clear()
            log._wrote_that_it_was_cleared()
        elif variant == "append" and count[0] <= _CHANGES_AT:
            log.event(0x01, 0x01, 0x01, b"\x57\x50\x55")
        return real(data)

    odd.knob(STORAGE, GET, knob)


@quirk("E16", "to clear the log takes a while", number="seconds", default="3")
def _slow(odd: Misbehaviour, variant: str) -> None:
    until = [0.0]

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code == OK and data[-1] == CLEAR_INITIATE:
            until[0] = odd.now() + float(variant)
        return code, Erasure(progress=0).encode() if code == OK and odd.now() < until[0] else found

    odd.knob(STORAGE, CLEAR, knob)


@quirk("E17", "events of thresholds are always going high")
def _always_high(odd: Misbehaviour, _variant: str) -> None:
    def change(record: bytes) -> bytes:
        is_one = _is_system(record) and record[_KIND_AT] & _GENERAL == THRESHOLD_TYPE
        return _replaced(record, _DATA_AT, record[_DATA_AT] | _DIRECTION) if is_one else record

    _telling(odd, change)


@quirk("E18", "event data 2 and 3 are the vendor's", flagged="and flagged so", plain="and are not flagged so")
def _of_vendor(odd: Misbehaviour, variant: str) -> None:
    def change(record: bytes) -> bytes:
        if not _is_system(record) or record[_KIND_AT] & _GENERAL == THRESHOLD_TYPE:
            return record
        flags = _OEM_FLAGS if variant == "flagged" else 0
        return record[:_DATA_AT] + bytes((record[_DATA_AT] % 16 | flags, 0x10, record[0]))

    _telling(odd, change)


@quirk("E19", "events are of a sensor that no record describes")
def _unknown(odd: Misbehaviour, _variant: str) -> None:
    _telling(odd, lambda record: _replaced(record, _NUMBER_AT, _UNKNOWN_SENSOR) if _is_system(record) else record)

# SPDX-License-Identifier: Apache-2.0
"""Reading the entries of the event log one after the other, whatever the BMC makes of their order.  IPMI 2.0 §31.5."""
from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.spec.codes import NOT_PRESENT, OK
from pyghmi.ipmi.spec.sel import RECORD_BYTES
from pyghmi.ipmi.spec.storage import (
    FIRST_RECORD,
    LAST_RECORD,
    WHOLE,
    GetSelEntry,
    Reservation,
    ReserveSel,
    SelEntryData,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyghmi.ipmi.domains.requester import Requester

NO_RESERVATION = 0
_RESERVATION_CANCELED, _ILLEGAL = 0xC5, 0xCD
_NOT_WHOLE = frozenset((0xC7, 0xC8, 0xCA))
_GONE = frozenset((_RESERVATION_CANCELED, NOT_PRESENT, _ILLEGAL))
_PARTS = (8, 4, 1)
_ID_BYTES = 2
_MOST_RESTARTS, _MOST_DOUBLES = 3, 64


class SelEntry(NamedTuple):
    """One entry: the ID by which the BMC knows it, and its bytes, 16 as a rule."""

    record_id: int
    record: bytes


class EntryRead(NamedTuple):
    """What came for a record ID: completion code, the ID after it, and the bytes."""

    code: int
    next_id: int = LAST_RECORD
    record: bytes = b""


class EntryReader:
    """Ask for entries: whole ones, or in parts where the BMC wants that."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc
        self._part = WHOLE

    def read(self, record_id: int, reservation: int = NO_RESERVATION) -> EntryRead:
        """Return what the BMC has under an ID.  Raises Malformed, SessionError."""
        if self._part == WHOLE:
            found = self._ask(record_id, reservation)
            if found.code not in _NOT_WHOLE:
                return found._replace(record=found.record[:RECORD_BYTES])
        for part in _PARTS:
            if part > self._part:
                continue
            found = self._in_parts(record_id, part)
            if found.code not in _NOT_WHOLE:
                self._part = part
                return found
        return found

    def error(self, code: int) -> CompletionCodeError:
        """Return the error for a completion code."""
        return completion_error(GetSelEntry.netfn, GetSelEntry.cmd, code)

    def _ask(self, record_id: int, reservation: int, offset: int = 0, size: int = WHOLE) -> EntryRead:
        asked = GetSelEntry(reservation=reservation, record_id=record_id, offset=offset, size=size)
        code, data = self._bmc.exchange(asked.netfn, asked.cmd, asked.encode())
        if code != OK:
            return EntryRead(code)
        found = SelEntryData.decode(data)
        return EntryRead(OK, found.next_id, bytes(found.record))

    def _in_parts(self, record_id: int, part: int) -> EntryRead:
        """Read a record piece by piece; parts of one need a reservation."""
        code, data = self._bmc.exchange(ReserveSel.netfn, ReserveSel.cmd)
        reservation = Reservation.decode(data).reservation if code == OK else NO_RESERVATION
        record, next_id = b"", LAST_RECORD
        while len(record) < RECORD_BYTES:
            size = min(part, RECORD_BYTES - len(record))
            found = self._ask(record_id, reservation, len(record), size)
            if found.code != OK:
                return found
            if not found.record:
                break
            next_id = found.next_id
            record += found.record[:size]
        return EntryRead(OK, next_id, record)


class Walk:
    """One way through the log, which ends whatever the BMC says.  problems: told of what was odd; found: entries."""

    def __init__(self, reader: EntryReader, problems: list[str]) -> None:
        self._reader = reader
        self._problems = problems
        self._visited: set[int] = set()
        self._seen: set[bytes] = set()
        self._last: SelEntry | None = None
        self._reservation = NO_RESERVATION
        self._in_a_row = 0
        self._restarts = 0
        self.found = 0

    def run(self, first: int, since: SelEntry | None, reservation: int) -> Iterator[SelEntry]:
        """Yield the entries from `first` on, or those after `since`; see `Sel.entries`."""
        self._reservation = reservation
        record_id = first if since is None else self._after(since)
        while record_id is not None:
            if record_id in self._visited:
                self._end(f"record {record_id:04X}h comes next again")
                return
            self._visited.add(record_id)
            read = self._read(record_id)
            if read.code != OK:
                record_id = self._instead_of(record_id, read.code)
                continue
            entry = self._new(record_id, read.record)
            if entry is not None:
                yield entry
            record_id = self._next(read)

    def _end(self, why: str) -> None:
        self._problems.append(f"the list ends early: {why}")

    def _read(self, record_id: int) -> EntryRead:
        """Read an entry; one that makes no sense, behind others, ends the list."""
        try:
            return self._reader.read(record_id, self._reservation)
        except Malformed as error:
            if self._last is None:
                raise
            self._end(str(error))
            return EntryRead(OK)

    def _after(self, since: SelEntry) -> int | None:
        """Return the ID behind an entry, None: it is the last; the first of all if that entry is not there now."""
        read = self._reader.read(since.record_id, self._reservation)
        if read.code == _RESERVATION_CANCELED and self._reservation:
            raise self._reader.error(read.code)
        if read.code != OK or read.record != since.record:
            return FIRST_RECORD
        self._visited.add(since.record_id)
        self._seen.add(since.record)
        self._last = since
        return self._next(read)

    def _next(self, read: EntryRead) -> int | None:
        if read.next_id == LAST_RECORD:
            return None
        if read.next_id == FIRST_RECORD:
            self._end("the first record comes next")
            return None
        if self._in_a_row >= _MOST_DOUBLES:
            self._end("the same records come under other IDs")
            return None
        return read.next_id

    def _new(self, record_id: int, record: bytes) -> SelEntry | None:
        """Return the entry that has come, None: it was there already (seen: Supermicro H8QME), or is empty."""
        if not record:
            return None
        own_id = int.from_bytes(record[:_ID_BYTES], "little")
        known_as = record
        if own_id in (FIRST_RECORD, LAST_RECORD):  # no ID at all: then it is the one that was asked for
            known_as = record_id.to_bytes(_ID_BYTES, "little") + record
        elif record_id == FIRST_RECORD:
            record_id = own_id
            self._visited.add(own_id)
        entry = SelEntry(record_id, record)
        self._last = entry
        if known_as in self._seen:
            self._in_a_row += 1
            self._problems.append(f"record {record_id:04X}h is another one again")
            return None
        self._seen.add(known_as)
        self._in_a_row = 0
        self.found += 1
        return entry

    def _instead_of(self, record_id: int, code: int) -> int | None:
        """Return where to go on from an ID that the BMC has nothing under; None: that was the end.

        The last entry that came tells: if it leads there still, the list ends; if it leads elsewhere, the list has
        changed; if it is another now, the log was cleared, and begins anew.  Raises CompletionCodeError else.
        """
        if code not in _GONE or (code == _RESERVATION_CANCELED and self._reservation):
            raise self._reader.error(code)
        last = self._last
        if last is None:
            if code == NOT_PRESENT:
                return None
            raise self._reader.error(code)
        read = self._read(last.record_id)
        if read.code == OK and read.record == last.record and read.next_id != record_id:
            return self._next(read)
        if read.code == OK and read.record == last.record and code != _RESERVATION_CANCELED:
            self._end(f"record {record_id:04X}h does not exist")
            return None
        self._restarts += 1
        if self._restarts > _MOST_RESTARTS:
            self._end("the log is cleared all the time")
            return None
        self._visited.clear()
        self._last = None
        return FIRST_RECORD

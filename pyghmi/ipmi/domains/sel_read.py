# SPDX-License-Identifier: Apache-2.0
"""Reading the entries of the event log one after the other, whatever the BMC makes of their order.  IPMI 2.0 §31.5."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import CompletionCodeError, Malformed, TimedOut
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, NOT_PRESENT, OK
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
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyghmi.ipmi.domains.requester import Requester

NO_RESERVATION = 0
_RESERVATION_CANCELED, _ILLEGAL = 0xC5, 0xCD
_NOT_WHOLE = frozenset((0xC7, 0xC8, 0xCA))
_GONE = frozenset((_RESERVATION_CANCELED, NOT_PRESENT, _ILLEGAL))
ERASING = 0x81
ERASING_WAITS_S = (0.5, 1.0, 2.0, 4.0)
"""Waits while somebody clears the log, after which there is what came since."""
_PARTS = (8, 4, 1)
_ID_BYTES, _HEADER_BYTES = 2, 3
_MOST_RESTARTS, _MOST_DOUBLES = 3, 64
_MOST_TRIES = 8
_MOST_UNREAD = 32
_MOST_PROBES, _WIDEST_STEP, _PROBE_S = 8, 64, 5.0
"""How many IDs behind one that cannot be read are tried, how far apart, and how long each may take."""
_MOST_SILENT = 2
_NO_CODE = -1


class SelEntry(NamedTuple):
    """One entry: the ID by which the BMC knows it, and its bytes, 16 as a rule."""

    record_id: int
    record: bytes


class EntryRead(NamedTuple):
    """What came for a record ID: completion code, the ID after it, and the bytes; error: why nothing came, then."""

    code: int
    next_id: int = LAST_RECORD
    record: bytes = b""
    error: Malformed | TimedOut | None = None


class EntryReader:
    """Ask for entries: whole ones, or in parts where the BMC wants that."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc
        self._part = WHOLE
        self.deadline_s: float | None = None

    def read(self, record_id: int, reservation: int = NO_RESERVATION) -> EntryRead:
        """Return what the BMC has under an ID.  Raises Malformed, SessionError."""
        if self._part == WHOLE:
            found = self._ask(record_id, reservation)
            if found.code not in _NOT_WHOLE:
                return found
        for part in _PARTS:
            if part > self._part:
                continue
            found = self._in_parts(record_id, part, reservation)
            if found.code not in _NOT_WHOLE:
                self._part = part
                return found
        return found

    def error(self, code: int) -> CompletionCodeError:
        """Return the error for a completion code."""
        return completion_error(GetSelEntry.netfn, GetSelEntry.cmd, code)

    def _ask(self, record_id: int, reservation: int, offset: int = 0, size: int = WHOLE) -> EntryRead:
        asked = GetSelEntry(reservation=reservation, record_id=record_id, offset=offset, size=size)
        code, data = self._bmc.exchange(
            GetSelEntry.netfn, GetSelEntry.cmd, asked.encode(), deadline_s=self.deadline_s, repeatable=True
        )
        if code == ERASING:
            code, data = self._when_erased(asked)
        if code != OK:
            return EntryRead(code)
        found = SelEntryData.decode(data)
        return EntryRead(OK, found.next_id, found.record[:RECORD_BYTES])

    def _when_erased(self, asked: GetSelEntry) -> tuple[int, bytes]:
        """Ask again until the log is cleared, for some seconds."""
        for wait_s in ERASING_WAITS_S:
            self._bmc.wait(wait_s)
            code, data = self._bmc.exchange(asked.netfn, asked.cmd, asked.encode(), deadline_s=self.deadline_s)
            if code != ERASING:
                break
        return code, data

    def _in_parts(self, record_id: int, part: int, reservation: int) -> EntryRead:
        """Read a record piece by piece; parts of one need a reservation, which any new entry cancels.

        One that the caller has is used: another would cancel it.
        """
        if reservation:
            return self._parts_once(record_id, part, reservation)
        for _try in range(_MOST_TRIES):
            code, data = self._bmc.exchange(ReserveSel.netfn, ReserveSel.cmd)
            found = self._parts_once(
                record_id, part, Reservation.decode(data).reservation if code == OK else NO_RESERVATION
            )
            if found.code != _RESERVATION_CANCELED:
                break
        return found

    def _parts_once(self, record_id: int, part: int, reservation: int) -> EntryRead:
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
    """One way through the log, which ends whatever the BMC says.

    problems: told of what was odd; found: entries; unread: entries that are there and did not come; is_cut: whether the
    list ended in a way that may have left some out.
    """

    def __init__(self, reader: EntryReader, problems: list[str]) -> None:
        self._reader = reader
        self._problems = problems
        self._visited: set[int] = set()
        self._seen: set[bytes] = set()
        self._last: SelEntry | None = None
        self._reservation = NO_RESERVATION
        self._in_a_row = 0
        self._restarts = 0
        self._step = 1
        self.found = self.unread = 0
        self.is_cut = False

    def run(self, first: int, since: SelEntry | None, reservation: int) -> Iterator[SelEntry]:
        """Yield the entries from `first` on, or those after `since`; see `Sel.entries`."""
        self._reservation = reservation
        record_id = first if since is None else self._after(since)
        while record_id is not None:
            if record_id in self._visited:
                self._end(f"record {record_id:04X}h comes next again")
                return
            self._visited.add(record_id)
            try:  # as `_read` does; this is the way of every entry
                read = self._reader.read(record_id, self._reservation)
            except (Malformed, TimedOut) as error:
                read = EntryRead(_NO_CODE, error=error)
            if read.code != OK:
                record_id = self._instead_of(record_id, read)
                continue
            entry = self._new(record_id, read.record)
            if entry is not None:
                yield entry
            record_id = self._next(read)

    def _end(self, why: str) -> None:
        self._problems.append(f"the list ends early: {why}")
        self.is_cut = True

    def _read(self, record_id: int) -> EntryRead:
        """Read an entry; what makes no sense, or does not come at all, has an error instead of a code."""
        try:
            return self._reader.read(record_id, self._reservation)
        except (Malformed, TimedOut) as error:
            return EntryRead(_NO_CODE, error=error)

    def _error(self, read: EntryRead) -> CompletionCodeError | Malformed | TimedOut:
        return read.error or self._reader.error(read.code)

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
        if self.unread >= _MOST_UNREAD:
            self._end("too many records cannot be read")
            return None
        return read.next_id

    def _new(self, record_id: int, record: bytes) -> SelEntry | None:
        """Return the entry that has come, None: it was there already (seen: Supermicro H8QME), or is too short."""
        if len(record) < _HEADER_BYTES:
            self._is_unread(record_id, f"{len(record)} bytes")
            return None
        own_id = int.from_bytes(record[:_ID_BYTES], "little")
        known_as = record
        if own_id in (FIRST_RECORD, LAST_RECORD):  # no ID at all: then it is the one that was asked for
            known_as = record_id.to_bytes(_ID_BYTES, "little") + record
        elif record_id in (FIRST_RECORD, LAST_RECORD):
            record_id = own_id
            self._visited.add(own_id)
        entry = SelEntry(record_id, record)
        if self._last is not None and 0 < record_id - self._last.record_id <= _WIDEST_STEP:
            self._step = record_id - self._last.record_id
        self._last = entry
        if known_as in self._seen:
            self._in_a_row += 1
            self._problems.append(f"record {record_id:04X}h is another one again")
            return None
        self._seen.add(known_as)
        self._in_a_row = 0
        self.found += 1
        return entry

    def _is_unread(self, record_id: int, why: object) -> None:
        self._problems.append(f"record {record_id:04X}h cannot be read: {why}")
        self.unread += 1

    def _instead_of(self, record_id: int, read: EntryRead) -> int | None:
        """Return where to go on from an ID that nothing came for; None: that was the end.

        The last entry that came tells: if it leads elsewhere now, the list has changed; if it is another, the log was
        cleared, and begins anew; if it leads there still, that one entry cannot be read; if it cannot be read either,
        none can.  Raises CompletionCodeError, Malformed, TimedOut.
        """
        last = self._last
        if read.code == _RESERVATION_CANCELED and self._reservation:
            raise self._error(read)
        if last is None:
            if read.code == NOT_PRESENT:
                return None
            if read.code == INVALID_COMMAND:
                raise self._error(read)
            return self._past(record_id, read)
        again = self._read(last.record_id)
        if again.code != OK and again.code not in _GONE:
            raise self._error(read)
        if again.code == OK and again.record == last.record:
            if again.next_id != record_id:
                return self._next(again)
            if read.code != _RESERVATION_CANCELED:
                return self._past(record_id, read)
        self._restarts += 1
        if self._restarts > _MOST_RESTARTS:
            self._end("the log is cleared all the time")
            return None
        self._visited.clear()
        self._last = None
        return FIRST_RECORD

    def _past(self, record_id: int, read: EntryRead) -> int | None:
        """Return where to go on behind an entry that cannot be read, if that is not the end."""
        last, self._reader.deadline_s = self._last, _PROBE_S
        try:
            final = self._read(LAST_RECORD)
            if last is None and final.code != OK:
                raise self._error(read)
            if last is not None and final.code == OK and final.record == last.record:
                self._problems.append(f"the list ends early: record {record_id:04X}h does not exist")
                return None
            self._is_unread(record_id, self._error(read))
            found = self._next_readable(record_id) if self.unread < _MOST_UNREAD else None
        finally:
            self._reader.deadline_s = None
        if found is not None:
            return found
        if final.code == OK and final.record and LAST_RECORD not in self._visited:
            self._end("what comes behind it cannot be found, but for the last one")
            return LAST_RECORD
        self._end("what comes behind it cannot be found")
        return None

    def _next_readable(self, record_id: int) -> int | None:
        """Return the ID, of those that would come next, that can be read."""
        silent = 0
        for at in range(1, _MOST_PROBES + 1):
            probe_id = record_id + at * self._step
            if probe_id >= LAST_RECORD:
                break
            probe = self._read(probe_id)
            if probe.code == OK and probe.record and probe_id not in self._visited:
                return probe_id
            silent += isinstance(probe.error, TimedOut)
            if silent >= _MOST_SILENT:
                break
        return None

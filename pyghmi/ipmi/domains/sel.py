# SPDX-License-Identifier: Apache-2.0
"""The event log of a BMC and its clock.  IPMI 2.0 §31."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable, TypeVar

from pyghmi.exceptions import (
    CompletionCodeError,
    InvalidParameterValue,
    IpmiException,
    SessionError,
    SessionLost,
    TimedOut,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.domains.sel_clear import MOST_TRIES, RESERVATION_CANCELED, Eraser
from pyghmi.ipmi.domains.sel_clock import Clock, now
from pyghmi.ipmi.domains.sel_read import ERASING, NO_RESERVATION, EntryReader, SelEntry, Walk
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, NOT_PRESENT, OK
from pyghmi.ipmi.spec.sel import RECORD_BYTES
from pyghmi.ipmi.spec.storage import (
    FIRST_RECORD,
    LAST_RECORD,
    AddSelEntry,
    AllocationInfo,
    DeleteSelEntry,
    GetSelAllocationInfo,
    GetSelInfo,
    GetSelTime,
    GetSelTimeUtcOffset,
    RepositoryInfo,
    SetSelTime,
    SetSelTimeUtcOffset,
    Time,
    UtcOffset,
)
from pyghmi.ipmi.wire.numbers import UNSPECIFIED_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester

T = TypeVar("T")

_NO_OFFSET = frozenset((INVALID_COMMAND, 0xC2, 0xC7, 0xC9, NOT_PRESENT, 0xCC, 0xD4, 0xD5, 0xD6))
_TIME_WAITS_S = (0.5, 1.0, 2.0)
UNSPECIFIED_OFFSET = 0x7FF
"""Minutes that mean "no offset is set", and, in what was learned, "this BMC has no such command"."""
_MOST_MINUTES = 1440


class Sel:
    """The event log of one BMC.  `problems`: what was wrong with the list when it was last read, in words."""

    def __init__(self, bmc: Requester, learned: Learned) -> None:
        self._bmc = bmc
        self._learned = learned
        self._eraser = Eraser(bmc)
        self._walk: Walk | None = None
        self.problems: list[str] = []

    # --- about the log

    def info(self) -> RepositoryInfo:
        """Return how many entries there are, how much is free, and when it changed."""
        return self._bmc.request(GetSelInfo())

    def allocation_info(self) -> AllocationInfo:
        """Return the units that the memory of the log is divided in.  Few BMCs say."""
        return self._bmc.request(GetSelAllocationInfo())

    # --- reading

    def entries(
        self, first: int = FIRST_RECORD, since: SelEntry | None = None, reservation: int = NO_RESERVATION
    ) -> Iterator[SelEntry]:
        """Yield the entries, the oldest first, one request each; the last one's next ID ends it without another.

        first: the record ID to begin with; since: an entry seen before: those after it, or all if the log was cleared
        meanwhile.  No entry comes twice, and none of a log that is cleared or added to while it is read is left out.
        One that the BMC does not give is a problem, and those behind it come nevertheless.
        Raises CompletionCodeError, UnsupportedFunctionality where the BMC has no log, SessionError.
        """
        self.problems = []
        walk = self._walk = Walk(EntryReader(self._bmc), self.problems)
        try:
            yield from walk.run(first, since, reservation)
        except CompletionCodeError as error:
            if error.code == INVALID_COMMAND and not walk.found:
                raise UnsupportedFunctionality("This BMC gives no entries of an event log") from error
            raise

    def fetch_and_clear(self, made: Callable[[list[SelEntry]], T]) -> T:
        """Return what `made` makes of all entries, and clear the log, so that nothing is lost that is added in between.

        Under a reservation, which any change cancels, the log is read on from the last entry; when all is made of it
        that is to be, it is cleared.  Once that has begun there is no error: the log is gone, and the result is all
        that is left.  Raises IpmiException, and clears nothing, if the log changes all the time, or an entry cannot be
        read.
        """
        found = self._whole([], self.entries())
        if not found:
            return made(found)
        for _try in range(MOST_TRIES):
            reservation = self.reserve()
            try:
                found = self._whole(found, self._rest(found, reservation), reservation)
                result = made(list(found))
                self._erase(reservation, found[-1])
            except CompletionCodeError as error:
                if error.code != RESERVATION_CANCELED:
                    raise
                continue
            return result
        raise IpmiException("The event log changes faster than it can be read; it was not cleared")

    def _rest(self, found: list[SelEntry], reservation: int) -> Iterator[SelEntry]:
        """Return what is behind the last entry; all there is, if the first one is new.

        Then the log was cleared, and grew so fast that its list went on where the old one was.  Raises
        CompletionCodeError.
        """
        reader = EntryReader(self._bmc)
        first = reader.read(FIRST_RECORD, reservation)
        if first.code == RESERVATION_CANCELED:
            raise reader.error(first.code)
        if first.code == OK and first.record and all(entry.record != first.record for entry in found):
            return self.entries(reservation=reservation)
        return self.entries(since=found[-1], reservation=reservation)

    def _whole(
        self, known: list[SelEntry], entries: Iterator[SelEntry], reservation: int = NO_RESERVATION
    ) -> list[SelEntry]:
        """Return what was known and, of what is in the log now, the rest.  Raises IpmiException if not all came."""
        records = {entry.record for entry in known}
        found = known + [entry for entry in entries if entry.record not in records]
        walk = self._walk
        if walk is not None and found and (walk.unread or (walk.is_cut and not self._is_last(found, reservation))):
            raise IpmiException("The event log was not cleared: " + "; ".join(self.problems))
        return found

    def _is_last(self, found: list[SelEntry], reservation: int) -> bool:
        """Whether a list that ended in an odd way has the last entry, or as many as there are."""
        last = EntryReader(self._bmc).read(LAST_RECORD, reservation)
        if last.code == OK and last.record:
            return last.record == found[-1].record
        return self.info().records <= len(found)

    def _erase(self, reservation: int, last: SelEntry) -> None:
        """Clear the log under a reservation.  last: the last entry, by which it is told whether that has begun."""
        try:
            progress = self._eraser.begin(reservation)
        except (TimedOut, SessionLost):
            if self._is_there(last):
                raise
            self.problems.append("the BMC did not say whether it clears the log")
            return
        try:
            self._eraser.finish(progress, reservation)
        except IpmiException as error:
            self.problems.append(f"the BMC did not say when the log was cleared: {error}")

    def _is_there(self, entry: SelEntry) -> bool:
        """Whether an entry is in the log for certain."""
        try:
            return EntryReader(self._bmc).read(entry.record_id).record == entry.record
        except SessionError:
            return False

    # --- changing

    def reserve(self) -> int:
        """Return a new reservation; 0 where the BMC has none for us, which some take."""
        return self._eraser.reserve()

    def clear(self) -> None:
        """Clear the log, whatever is in it, and wait until that is done."""
        self._eraser.clear()

    def add(self, record: bytes) -> int:
        """Add a record of 16 bytes, whose ID and, in most types, time the BMC sets; returns its ID."""
        if len(record) != RECORD_BYTES:
            raise InvalidParameterValue(f"A record of the event log has {RECORD_BYTES} bytes")
        return self._bmc.request(AddSelEntry(record=bytes(record))).record_id

    def delete(self, record_id: int) -> None:
        """Delete one entry, and look whether it is gone.  record_id: 0 and FFFFh: the first, the last there is now.

        Raises UnsupportedFunctionality where the BMC says yes and deletes nothing (seen: Intel ATCA CMM),
        CompletionCodeError.
        """
        reader = EntryReader(self._bmc)
        wanted: SelEntry | None = None
        for _try in range(MOST_TRIES):
            reservation = self.reserve()
            read = reader.read(record_id if wanted is None else wanted.record_id, reservation)
            if read.code == RESERVATION_CANCELED:
                continue
            if read.code != OK and (wanted is None or read.code != NOT_PRESENT):
                raise reader.error(read.code)
            if wanted is None:
                wanted = SelEntry(_own_id(record_id, read.record), read.record)
            if read.code != OK or read.record != wanted.record:  # by what was sent again when its answer was lost
                return
            if self._delete(wanted.record_id, reservation):
                break
        else:
            raise completion_error(DeleteSelEntry.netfn, DeleteSelEntry.cmd, RESERVATION_CANCELED)
        if self._is_there(wanted):
            raise UnsupportedFunctionality(
                f"The BMC says that it deleted record {wanted.record_id} of the event log, and it is still there"
            )

    def _delete(self, record_id: int, reservation: int) -> bool:
        """Return whether an entry is deleted; false: the reservation was lost before."""
        try:
            self._bmc.request(DeleteSelEntry(reservation=reservation, record_id=record_id))
        except CompletionCodeError as error:
            if error.code == RESERVATION_CANCELED:
                return False
            if error.code != NOT_PRESENT:  # it was deleted by what was sent again when its answer was lost
                raise
        return True

    # --- the clock

    def time(self) -> int | None:
        """Return the time of the log, raw seconds; None: it has none, or does not say while it erases."""
        waits = iter(_TIME_WAITS_S)
        while True:
            code, data = self._bmc.exchange(GetSelTime.netfn, GetSelTime.cmd)
            if code == OK:
                found = Time.decode(data).time
                return None if found == UNSPECIFIED_TIME else found
            wait_s = next(waits, None)
            if code != ERASING or wait_s is None:
                return None
            self._bmc.wait(wait_s)

    def set_time(self, seconds: int) -> None:
        """Set the clock of the log, in seconds since 1970, in the time that the BMC is to have."""
        self._bmc.request(SetSelTime(time=seconds))

    def utc_offset(self) -> int | None:
        """Return how many minutes the clock is ahead of UTC; None: not set, or this BMC does not know such."""
        if self._learned.utc_offset == UNSPECIFIED_OFFSET:
            return None
        code, data = self._bmc.exchange(GetSelTimeUtcOffset.netfn, GetSelTimeUtcOffset.cmd)
        if code in _NO_OFFSET:
            self._learned.utc_offset = UNSPECIFIED_OFFSET
            return None
        if code != OK:
            raise completion_error(GetSelTimeUtcOffset.netfn, GetSelTimeUtcOffset.cmd, code)
        minutes = UtcOffset.decode(data).minutes
        return minutes if -_MOST_MINUTES <= minutes <= _MOST_MINUTES else None

    def set_utc_offset(self, minutes: int | None) -> None:
        """Say how many minutes the clock is ahead of UTC, -1440 to 1440; None: that is not specified."""
        if minutes is not None and not -_MOST_MINUTES <= minutes <= _MOST_MINUTES:
            raise InvalidParameterValue(f"A UTC offset is {-_MOST_MINUTES} to {_MOST_MINUTES} minutes")
        self._bmc.request(SetSelTimeUtcOffset(minutes=UNSPECIFIED_OFFSET if minutes is None else minutes))
        if minutes is not None:
            self._learned.utc_offset = None

    def clock(self, *, with_offset: bool = False) -> Clock:
        """Return how the BMC's clock stands to ours; what does not come is not known.

        with_offset: ask for the UTC offset too.
        """
        bmc_now = self.time()
        ahead = None if bmc_now is None else now() - bmc_now
        offset = None
        if with_offset:
            try:
                offset = self.utc_offset()
            except CompletionCodeError:
                offset = None
        return Clock(ahead, bmc_now, offset)


def _own_id(asked: int, record: bytes) -> int:
    """Return the record ID by which an entry is meant for certain: 0 and FFFFh are soon another one's."""
    own = int.from_bytes(record[:2], "little")
    return asked if asked not in (FIRST_RECORD, LAST_RECORD) or own in (FIRST_RECORD, LAST_RECORD) else own

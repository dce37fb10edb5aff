# SPDX-License-Identifier: Apache-2.0
"""The event log of a BMC and its clock.  IPMI 2.0 §31."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import (
    BmcErrorException,
    CompletionCodeError,
    InvalidParameterValue,
    IpmiException,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.domains.sel_clock import Clock, now
from pyghmi.ipmi.domains.sel_read import NO_RESERVATION, EntryReader, SelEntry, Walk
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, NOT_PRESENT, OK
from pyghmi.ipmi.spec.sel import RECORD_BYTES
from pyghmi.ipmi.spec.storage import (
    CLEAR_INITIATE,
    CLEAR_STATUS,
    FIRST_RECORD,
    AddSelEntry,
    AllocationInfo,
    ClearSel,
    DeleteSelEntry,
    GetSelAllocationInfo,
    GetSelInfo,
    GetSelTime,
    GetSelTimeUtcOffset,
    RepositoryInfo,
    ReserveSel,
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

_RESERVATION_CANCELED = 0xC5
_ERASING = 0x81
_NO_RESERVATIONS = frozenset((INVALID_COMMAND, 0xC2, 0xC7, 0xCC, 0xD4, 0xD5, 0xD6))
_NO_OFFSET = frozenset((INVALID_COMMAND, 0xC2, 0xC7, 0xC9, NOT_PRESENT, 0xCC, 0xD4, 0xD5, 0xD6))
_TIME_WAITS_S = (0.5, 1.0, 2.0)
_ERASE_POLL_S, _ERASE_MOST_S = 0.25, 60.0
_DONE = 1
_MOST_TRIES = 8
UNSPECIFIED_OFFSET = 0x7FF
"""Minutes that mean "no offset is set", and, in what was learned, "this BMC has no such command"."""
_MOST_MINUTES = 1440


class Sel:
    """The event log of one BMC.  `problems`: what was wrong with the list when it was last read, in words."""

    def __init__(self, bmc: Requester, learned: Learned) -> None:
        self._bmc = bmc
        self._learned = learned
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
        Raises CompletionCodeError, UnsupportedFunctionality where the BMC has no log, SessionError.
        """
        self.problems = []
        walk = Walk(EntryReader(self._bmc), self.problems)
        try:
            yield from walk.run(first, since, reservation)
        except CompletionCodeError as error:
            if error.code == INVALID_COMMAND and not walk.found:
                raise UnsupportedFunctionality("This BMC gives no entries of an event log") from error
            raise

    def fetch_and_clear(self) -> list[SelEntry]:
        """Return all entries and clear the log, so that nothing is lost that is added in between.

        Under a reservation, which any change cancels, the log is read on from the last entry, then cleared.
        Raises IpmiException, and clears nothing, if the log changes all the time.
        """
        found = list(self.entries())
        if not found:
            return found
        for _try in range(_MOST_TRIES):
            reservation = self.reserve()
            try:
                found += self._added_after(found, reservation)
                self._erase(reservation)
            except CompletionCodeError as error:
                if error.code != _RESERVATION_CANCELED:
                    raise
                continue
            return found
        raise IpmiException("The event log changes faster than it can be read; it was not cleared")

    def _added_after(self, found: list[SelEntry], reservation: int) -> list[SelEntry]:
        """Return what is in the log now and not in the list."""
        known = {entry.record for entry in found}
        more = self.entries(since=found[-1], reservation=reservation)
        return [entry for entry in more if entry.record not in known]

    # --- changing

    def reserve(self) -> int:
        """Return a new reservation; 0 where the BMC has none for us, which some take."""
        try:
            return self._bmc.request(ReserveSel()).reservation
        except CompletionCodeError as error:
            if error.code in _NO_RESERVATIONS:
                return NO_RESERVATION
            raise

    def clear(self) -> None:
        """Clear the log, whatever is in it, and wait until that is done."""
        for _try in range(_MOST_TRIES):
            code = self._try_to_erase()
            if code == OK:
                return
        raise completion_error(ClearSel.netfn, ClearSel.cmd, code)

    def _try_to_erase(self) -> int:
        """Return C5h if a new reservation was canceled at once, else 0."""
        try:
            self._erase(self.reserve())
        except CompletionCodeError as error:
            if error.code != _RESERVATION_CANCELED:
                raise
            return error.code
        return OK

    def _erase(self, reservation: int) -> None:
        """Clear the log under a reservation.  Raises CompletionCodeError C5h if the log has changed since."""
        progress = self._bmc.request(ClearSel(reservation=reservation, action=CLEAR_INITIATE)).progress
        until = self._bmc.now() + _ERASE_MOST_S
        while progress != _DONE:
            if self._bmc.now() >= until:
                raise BmcErrorException("The BMC does not come to an end with clearing the event log")
            self._bmc.wait(_ERASE_POLL_S)
            code, data = self._status(reservation)
            if code == _RESERVATION_CANCELED:  # by its own clearing, or an event that came since
                reservation = self.reserve()
                continue
            if code != OK:
                raise completion_error(ClearSel.netfn, ClearSel.cmd, code)
            progress = ClearSel.answer.decode(data).progress

    def _status(self, reservation: int) -> tuple[int, bytes]:
        asked = ClearSel(reservation=reservation, action=CLEAR_STATUS)
        return self._bmc.exchange(asked.netfn, asked.cmd, asked.encode())

    def add(self, record: bytes) -> int:
        """Add a record of 16 bytes, whose ID and, in most types, time the BMC sets; returns its ID."""
        if len(record) != RECORD_BYTES:
            raise InvalidParameterValue(f"A record of the event log has {RECORD_BYTES} bytes")
        return self._bmc.request(AddSelEntry(record=bytes(record))).record_id

    def delete(self, record_id: int) -> None:
        """Delete one entry, and look whether it is gone.

        Raises UnsupportedFunctionality where the BMC says yes and deletes nothing (seen: Intel ATCA CMM),
        CompletionCodeError.
        """
        reader = EntryReader(self._bmc)
        before = reader.read(record_id)
        if before.code != OK:
            raise reader.error(before.code)
        self._bmc.request(DeleteSelEntry(reservation=self.reserve(), record_id=record_id))
        after = reader.read(record_id)
        if after.code == OK and after.record == before.record:
            raise UnsupportedFunctionality(
                f"The BMC says that it deleted record {record_id} of the event log, and it is still there"
            )

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
            if code != _ERASING or wait_s is None:
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

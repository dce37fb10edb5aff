# SPDX-License-Identifier: Apache-2.0
"""When events happened, by the clock of the BMC and ours.  IPMI 2.0 §37, §31.10."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.wire.numbers import PRE_INIT_END, UNSPECIFIED_TIME
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_DISORDER_S = 2
"""Events of different parts of the firmware come in the wrong order by so much, and the clock was not set back."""
_SECONDS_A_MINUTE, _MINUTES_A_DAY = 60, 1440
_LATER_S = 600
"""Entries are later than the clock was by so much: they are written while the log is read.  What is later still was
written before the clock was set back."""


def now() -> float:
    """Return the time of this machine, in seconds since 1970, UTC."""
    from datetime import datetime, timezone

    return datetime.now(timezone.utc).timestamp()


def is_calendar(timestamp: int | None) -> bool:
    """Whether a timestamp is a date: not unspecified, and not seconds since the controller started."""
    return timestamp is not None and PRE_INIT_END < timestamp < UNSPECIFIED_TIME


class Clock(NamedTuple):
    """How the clock of a BMC stands to ours.

    ahead: seconds to add to its time to get ours, None: nobody knows; bmc_now: its time, raw, at that moment;
    utc_offset: minutes that its local time is ahead of UTC, None: not known.
    """

    ahead: float | None = None
    bmc_now: int | None = None
    utc_offset: int | None = None

    def instant(self, timestamp: int | None) -> float | None:
        """Return when a timestamp was, in seconds since 1970, UTC; None: it is no date.

        By the difference of the clocks where both are dates, and the clock of the BMC has come to this one; else by
        the BMC's UTC offset, else as if it were UTC.
        """
        if timestamp is None or not is_calendar(timestamp):
            return None
        if self.ahead is not None and is_calendar(self.bmc_now) and timestamp <= (self.bmc_now or 0) + _LATER_S:
            return timestamp + self.ahead
        return timestamp - _SECONDS_A_MINUTE * (self.utc_offset or 0)

    def when(self, timestamp: int | None) -> datetime | None:
        """Return the same as an aware datetime in the zone of the BMC, or UTC where that is not known."""
        instant = self.instant(timestamp)
        return None if instant is None else aware(instant, self.utc_offset)


def aware(instant: float, utc_offset: int | None = None) -> datetime:
    """Return an instant as an aware datetime of whole seconds, in a zone that many minutes ahead of UTC.

    A whole day, which the standard allows, is none that a datetime can have: then it is UTC.
    """
    from datetime import datetime

    from dateutil import tz

    minutes = utc_offset or 0
    zone = tz.tzoffset(None, minutes * _SECONDS_A_MINUTE) if 0 < abs(minutes) < _MINUTES_A_DAY else tz.UTC
    return datetime.fromtimestamp(int(instant), zone)


class Stamp(NamedTuple):
    """The time of one entry.  clock_change: None: it does not say that the clock was set; else whether it is the
    entry after that, of a pair.
    """

    timestamp: int | None
    clock_change: bool | None = None


class Corrected(NamedTuple):
    """instant: seconds since 1970, UTC, None: it is no date; paired: it is one of a pair that says that the clock was
    set, and nothing else.
    """

    instant: float | None
    paired: bool = False


def corrected(stamps: Sequence[Stamp], clock: Clock) -> list[Corrected]:
    """Return when the entries of a whole log, the oldest first, were written.

    From the newest to the oldest, all are moved by the difference of the clocks; a pair of entries that say that the
    clock was set changes it for those before.  Where time runs backwards without such a pair nothing is known of the
    clock of those before: their timestamps stand for themselves.  Times since the start of the controller are dates
    while the difference is one to such a time: that of the same start.
    """
    walk = _Backwards(clock)
    found = []
    at = len(stamps) - 1
    while at >= 0:
        older = stamps[at - 1] if at > 0 else None
        if walk.takes_pair(older, stamps[at]):
            found += [Corrected(None, paired=True)] * 2
            at -= 2
            continue
        found.append(Corrected(walk.instant(stamps[at].timestamp)))
        at -= 1
    return found[::-1]


class _Backwards:
    """The way from the newest entry to the oldest."""

    def __init__(self, clock: Clock) -> None:
        self._ahead = clock.ahead
        self._newer = clock.bmc_now
        self._since_start = clock.bmc_now is not None and not is_calendar(clock.bmc_now)

    def takes_pair(self, before: Stamp | None, after: Stamp) -> bool:
        """Go back over a change of the clock, if two entries are one."""
        if before is None or after.clock_change is not True or before.clock_change is not False:
            return False
        old, new = before.timestamp, after.timestamp
        if old is None or new is None or UNSPECIFIED_TIME in (old, new):
            self._ahead = None
        elif self.instant(new) is not None and self._ahead is not None:
            self._ahead += new - old
            self._newer = old
            self._since_start = not is_calendar(old)
        return True

    def instant(self, timestamp: int | None) -> float | None:
        """Return when an entry was written."""
        if timestamp is None or timestamp == UNSPECIFIED_TIME:
            return None
        calendar = is_calendar(timestamp)
        if self._ahead is None:
            return timestamp if calendar else None
        if not calendar and not self._since_start:
            return None  # a start of which nothing is known; the clock was set since, and that is how it still runs
        newer = self._newer
        if calendar is self._since_start or (newer is not None and timestamp > newer + _DISORDER_S):
            self._ahead = None
            return timestamp if calendar else None
        self._newer = timestamp if newer is None else min(newer, timestamp)
        return timestamp + self._ahead

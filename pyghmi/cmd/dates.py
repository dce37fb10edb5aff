# SPDX-License-Identifier: Apache-2.0
"""Dates and times as people write them: "2 days ago", "yesterday", "2024-03-09 14:00", "14:00"."""
from __future__ import annotations

import re
import warnings
from datetime import datetime, timedelta

from pyghmi.cmd.credentials import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_UNITS = {
    **_SECONDS,
    **dict.fromkeys(("sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("hour", "hours"), 3600),
    **dict.fromkeys(("day", "days"), 86400),
    **dict.fromkeys(("week", "weeks"), 7 * 86400),
}
_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12}
_AGO = re.compile(r"(an?|\d{1,9})\s*([a-z]+)(\s+ago)?")
_YEAR_FIRST = re.compile(r"\d{4}")
_DAYS_BACK = (0, 1, 6, 31, 366)
_EXAMPLES = "2024-03-09 14:00, 14:00, today, yesterday, 2 days ago"


def moment(text: str, now: datetime | None = None, *, past: bool = True) -> datetime:
    """Return the time that a text means, in local time where the text has no zone of its own.

    now: an aware time; without it the clock of this machine.  past: what leaves the day or the year open (`14:00`,
    `Monday`, `30 December`) means the last one.  Raises UsageError for what is no date, and for what could be two.
    """
    if now is None:
        now = datetime.now().astimezone()
    plain = " ".join(text.lower().split())
    found = _word(plain, now) or _before(plain, now)
    if found is not None:
        return found
    return _written(text, now, past)


def _word(text: str, now: datetime) -> datetime | None:
    """Return what a word means: now, or the beginning of a day."""
    if text == "now":
        return now
    days = {"today": 0, "yesterday": 1}.get(text)
    return None if days is None else _local(_midnight(now) - timedelta(days=days), now)


def _before(text: str, now: datetime) -> datetime | None:
    """Return what `2 days ago`, `an hour ago` or `90m` means; None: the text is none of these."""
    match = _AGO.fullmatch(text)
    if match is None:
        return None
    count, unit, ago = match.groups()
    number = 1 if count.startswith("a") else int(count)
    try:
        if unit in _UNITS and (ago or unit in _SECONDS):
            return now - timedelta(seconds=number * _UNITS[unit])
        if unit in _MONTHS and ago:
            from dateutil.relativedelta import relativedelta

            return _local(now.replace(tzinfo=None) - relativedelta(months=number * _MONTHS[unit]), now)
    except (OverflowError, ValueError):
        raise UsageError(f"{text!r} is too long ago") from None
    return None


def _written(text: str, now: datetime, past: bool) -> datetime:
    """Return what dateutil reads in a text."""
    today = _midnight(now)
    first = _one_way(text, today, now)
    if not past or first <= now:
        return first
    for days in _DAYS_BACK[1:]:
        earlier = _one_way(text, today - timedelta(days=days), now)
        if earlier <= now:
            return earlier
    return first


def _one_way(text: str, day: datetime, now: datetime) -> datetime:
    """Return what a text means; `day` stands for what it leaves open.  Raises UsageError if day and month may swap."""
    found = _read(text, day, now, dayfirst=False)
    other = found if _YEAR_FIRST.match(text) else _read(text, day, now, dayfirst=True)
    if found != other:
        raise UsageError(f"{text!r} may mean {found:%Y-%m-%d} or {other:%Y-%m-%d}: write one of these")
    return found


def _read(text: str, day: datetime, now: datetime, *, dayfirst: bool) -> datetime:
    from dateutil import parser

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # dateutil only warns of a time zone that it does not know
            found = parser.parse(text, default=day, dayfirst=dayfirst)
        return _local(found, now) if found.tzinfo is None else found.astimezone(now.tzinfo)
    except (ValueError, OverflowError, Warning):
        raise UsageError(f"{text!r} is no date; these are: {_EXAMPLES}") from None


def _midnight(now: datetime) -> datetime:
    """Return the beginning of the day, without a zone: how far that is from UTC may have changed since."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _local(naive: datetime, now: datetime) -> datetime:
    """Return a time of this machine's zone; of the zone of `now` where that is another one."""
    zone = now.tzinfo
    fixed = now.astimezone().utcoffset() != now.utcoffset()
    return naive.replace(tzinfo=zone) if fixed else naive.astimezone()

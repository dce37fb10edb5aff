# SPDX-License-Identifier: Apache-2.0
"""Dates and times as people write them: "2 days ago", "yesterday 14:00", "2024-03-09 14:00", "1h30m"."""
from __future__ import annotations

import re
import warnings
from datetime import datetime, timedelta

from pyghmi.cmd.credentials import UsageError

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400),
}
_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12}
_COUNT = re.compile(r"(an?(?= )|\d{1,9})\s*([a-z]+)(?:\s*,\s*|\s+and\s+|\s+|(?=\d)|$)")
_AGO = " ago"
_DAY_AND_TIME = re.compile(r"(today|yesterday)(?:,? (?:at )?(\d.*))?")
_YEAR_FIRST = re.compile(r"\d{4}")
_FIRST_YEAR = 1970
_COULD_BE_TWO = re.compile(
    r"\d{1,3}"  # a day, an hour, or a year
    r"|\d+ ?h ?\d+"  # a time of day, or how long
    r"|.*(?<![\d:.])\d{1,4}\.\d+(?![\d.]).*"  # a day and its month, or a time: dateutil leaves the second one out
    r"|-.*"  # dateutil leaves it out
)
_ZONE_AND_OFFSET = re.compile(r"(?<![a-z])(gmt|utc) ?(?=[+-]\d)")
"""`GMT+2` is ahead of GMT, as everybody but POSIX and dateutil has it."""
_DAYS_BACK = (0, 1, 6, 31, 366)
_PROBES = ((2001, 1, 1), (2005, 7, 9))
"""Days: what a text means by both is written in it."""
_EXAMPLES = "2024-03-09 14:00, 14:00, today, yesterday 14:00, 2 days ago"


def moment(text: str, now: datetime | None = None, *, past: bool = True) -> datetime:
    """Return the time that a text means, in local time where the text has no zone of its own.

    now: an aware time; without it the clock of this machine.  past: what leaves the day or the year open (`14:00`,
    `Monday`, `30 December`) means the last one, and `90m` is how long ago.  Raises UsageError for what is no date, and
    for what could be two.
    """
    if now is None:
        now = datetime.now().astimezone()
    plain = " ".join(text.lower().split())
    found = _word(plain, now)
    if found is None:
        found = _before(plain, now)
        if found is not None and not past:
            raise UsageError(f"{text!r} says how long ago, and is no date")
    if found is not None:
        return found
    return _written(plain, text, now, past)


def _word(text: str, now: datetime) -> datetime | None:
    """Return what `now`, `today` or `yesterday 14:00` means; None: the text is none of these."""
    if text == "now":
        return now
    match = _DAY_AND_TIME.fullmatch(text)
    if match is None:
        return None
    day = _midnight(now) - timedelta(days=match[1] == "yesterday")
    if match[2] is None:
        return _local(day, now)
    found, other = (_read(match[2], text, each, now) for each in (day, day - timedelta(days=1)))
    if found.date() == other.date():
        raise _no_date(text)
    return found


def _before(text: str, now: datetime) -> datetime | None:
    """Return what `2 days ago`, `an hour ago`, `90m`, `-90m` or `1h30m` means; None: the text is none of these."""
    ago = text.endswith(_AGO)
    rest = text[: -len(_AGO)] if ago else text.lstrip("- ") if text.startswith("-") else text
    seconds = months = at = 0
    while at < len(rest):
        match = _COUNT.match(rest, at)
        if match is None:
            return None
        number, unit = 1 if match[1].startswith("a") else int(match[1]), match[2]
        if unit in _UNITS:
            seconds += number * _UNITS[unit]
        elif unit in _MONTHS and ago:
            months += number * _MONTHS[unit]
        else:
            return None
        at = match.end()
    return _earlier(text, now, seconds, months) if rest else None


def _earlier(text: str, now: datetime, seconds: int, months: int) -> datetime:
    try:
        if months:
            from dateutil.relativedelta import relativedelta

            now = _local(now.replace(tzinfo=None) - relativedelta(months=months), now)
        return now - timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise UsageError(f"{text!r} is too long ago") from None


def _written(plain: str, text: str, now: datetime, past: bool) -> datetime:
    """Return what dateutil reads in a text."""
    if _COULD_BE_TWO.fullmatch(plain):
        raise _no_date(text)
    plain = _ZONE_AND_OFFSET.sub("", plain)
    today = _midnight(now)
    first = _one_way(plain, text, today, now)
    if not past or first <= now:
        return first
    for days in _DAYS_BACK[1:]:
        earlier = _one_way(plain, text, today - timedelta(days=days), now)
        if earlier <= now:
            return earlier
    return first


def _one_way(plain: str, text: str, day: datetime, now: datetime) -> datetime:
    """Return what a text means; `day` stands for what it leaves open.  Raises UsageError if day and month may swap."""
    day = _beginning(plain, day)
    found = _read(plain, text, day, now)
    other = found if _YEAR_FIRST.match(plain) else _read(plain, text, day, now, dayfirst=True)
    if found != other:
        raise UsageError(f"{text!r} may mean {found:%Y-%m-%d} or {other:%Y-%m-%d}: write one of these")
    return found


def _beginning(plain: str, day: datetime) -> datetime:
    """Return `day`; its year or month begin with it where the text names only these: `2024`, `March 2024`, `March`."""
    try:
        one, other = (_parsed(plain, day.replace(year, month, number)) for year, month, number in _PROBES)
    except (ValueError, OverflowError, Warning):
        return day
    if one.day == other.day:
        return day
    if one.month == other.month:
        return day.replace(day=1)
    return day.replace(month=1, day=1) if one.year == other.year else day


def _read(plain: str, text: str, day: datetime, now: datetime, *, dayfirst: bool = False) -> datetime:
    try:
        found = _parsed(plain, day, dayfirst=dayfirst)
        if found.year < _FIRST_YEAR:
            raise _no_date(text)
        return _local(found, now) if found.tzinfo is None else found.astimezone(now.tzinfo)
    except (ValueError, OverflowError, Warning):
        raise _no_date(text) from None


def _parsed(plain: str, day: datetime, *, dayfirst: bool = False) -> datetime:
    from dateutil import parser

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # dateutil only warns of a time zone that it does not know
        return parser.parse(plain.upper(), default=day, dayfirst=dayfirst)


def _no_date(text: str) -> UsageError:
    return UsageError(f"{text!r} is no date; these are: {_EXAMPLES}")


def _midnight(now: datetime) -> datetime:
    """Return the beginning of the day, without a zone: how far that is from UTC may have changed since."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _local(naive: datetime, now: datetime) -> datetime:
    """Return a time of this machine's zone; of the zone of `now` where that is another one."""
    zone = now.tzinfo
    fixed = now.astimezone().utcoffset() != now.utcoffset()
    return naive.replace(tzinfo=zone) if fixed else naive.astimezone()

# SPDX-License-Identifier: Apache-2.0
"""Times that are written in answers: ISO 8601, with or without a zone."""
from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Optional

from dateutil import tz

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d\d):?(\d\d)?)?)?\Z", re.ASCII | re.IGNORECASE
)
_AMERICAN = re.compile(r"(\d\d)/(\d\d)/(\d{4})\Z", re.ASCII)
_MICROSECOND_DIGITS = 6


def parse_time(timeval: Optional[str]) -> Optional[datetime]:
    """Return the time that a text says, None where it says none.

    timeval: 'YYYY-MM-DD', 'YYYY-MM-DDTHH:MM:SS' with or without a fraction, behind it 'Z', '+HH:MM', '-HHMM' or
    nothing, which makes it a time without a zone; or 'MM/DD/YYYY'.
    """
    if timeval is None:
        return None
    american = _AMERICAN.match(timeval)
    if american is not None:
        month, day, year = american.groups()
        timeval = f"{year}-{month}-{day}"
    found = _ISO.match(timeval)
    if found is None:
        return None
    day, clock, fraction, utc, sign, hours, minutes = found.groups()
    try:
        time = datetime.strptime(f"{day}T{clock or '00:00:00'}", "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007  the zone follows
    except ValueError:
        return None
    if fraction:
        time += timedelta(microseconds=int(fraction[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")))
    if utc:
        return time.replace(tzinfo=tz.tzutc())
    if sign:
        seconds = int(hours) * 3600 + int(minutes or 0) * 60
        return time.replace(tzinfo=tz.tzoffset("", -seconds if sign == "-" else seconds))
    return time

# SPDX-License-Identifier: Apache-2.0
"""`pyghmi.util.parse.parse_time`: the values are what the long-known package gives, where that makes sense."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pyghmi.util.parse import parse_time

INDIA, EAST = timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-5))
TIMES: list[tuple[str | None, datetime | None]] = [
    ("2020-01-02T03:04:05", datetime(2020, 1, 2, 3, 4, 5)),
    ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    ("2020-01-02T03:04:05z", datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    ("2020-01-02T03:04:05+00:00", datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    ("2020-01-02T03:04:05-05:00", datetime(2020, 1, 2, 3, 4, 5, tzinfo=EAST)),
    ("2020-01-02T03:04:05+05:30", datetime(2020, 1, 2, 3, 4, 5, tzinfo=INDIA)),
    ("2020-01-02", datetime(2020, 1, 2)),
    ("03/04/2020", datetime(2020, 3, 4)),
    ("", None), ("junk", None), (None, None), ("2020-01-02 03:04:05", None), ("2020-01-02T03:04", None), ("0000-00-00T00:00:00Z", None),
    ("12/31/2019 10:11:12", None), ("13/01/2020", None), ("2020-02-30", None), ("2020-01-02T03:04:05Zx", None), ("2020-01-02T03:04:05Z\n", None),
    # There the long-known one forgets the zone, or adds the fraction as thousandths.
    ("2020-01-02T03:04:05+0530", datetime(2020, 1, 2, 3, 4, 5, tzinfo=INDIA)),
    ("2020-01-02T03:04:05-05", datetime(2020, 1, 2, 3, 4, 5, tzinfo=EAST)),
    ("2020-01-02T03:04:05.1-05:00", datetime(2020, 1, 2, 3, 4, 5, 100000, tzinfo=EAST)),
    ("2020-01-02T03:04:05.123456789", datetime(2020, 1, 2, 3, 4, 5, 123456)),
]


@pytest.mark.parametrize(("text", "time"), TIMES)
def test_times(text: str | None, time: datetime | None) -> None:
    found = parse_time(text)
    assert found == time
    assert (found and found.utcoffset()) == (time and time.utcoffset())

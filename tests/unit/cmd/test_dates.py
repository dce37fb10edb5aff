# SPDX-License-Identifier: Apache-2.0
"""Dates as people write them."""
from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.dates import moment

CET = timezone(timedelta(hours=1))
NOW = datetime(2024, 3, 9, 2, 30, 15, tzinfo=CET)  # a Saturday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2024-03-09T02:30:15"), ("today", "2024-03-09T00:00:00"), (" Yesterday ", "2024-03-08T00:00:00"),
        ("2 days ago", "2024-03-07T02:30:15"), ("an hour ago", "2024-03-09T01:30:15"), ("a week ago", "2024-03-02T02:30:15"),
        ("90 seconds ago", "2024-03-09T02:28:45"), ("90m", "2024-03-09T01:00:15"), ("1h", "2024-03-09T01:30:15"), ("2d", "2024-03-07T02:30:15"),
        ("15 min ago", "2024-03-09T02:15:15"), ("1 month ago", "2024-02-09T02:30:15"), ("2 years ago", "2022-03-09T02:30:15"),
        ("2024-03-01", "2024-03-01T00:00:00"), ("2024-03-01 14:05", "2024-03-01T14:05:00"), ("2024-03-01T14:05:06", "2024-03-01T14:05:06"),
        ("2024-03-01T14:05:06Z", "2024-03-01T15:05:06"), ("2024-03-01 14:05 +05:00", "2024-03-01T10:05:00"), ("1 March 2024 2pm", "2024-03-01T14:00:00"),
        ("Mar 1 14:05:06 2024", "2024-03-01T14:05:06"), ("31/12/2023", "2023-12-31T00:00:00"), ("12/31/2023", "2023-12-31T00:00:00"),
        ("02:00", "2024-03-09T02:00:00"), ("23:15", "2024-03-08T23:15:00"),  # asked at night: the evening before
        ("Monday", "2024-03-04T00:00:00"), ("Saturday", "2024-03-09T00:00:00"), ("30 December", "2023-12-30T00:00:00"), ("Feb 29", "2024-02-29T00:00:00"),
        ("2030-01-01", "2030-01-01T00:00:00"),
        ("yesterday 14:00", "2024-03-08T14:00:00"), ("Today, 2am", "2024-03-09T02:00:00"), ("yesterday at 2:05 pm", "2024-03-08T14:05:00"),
        ("10 minutes", "2024-03-09T02:20:15"), ("2 days", "2024-03-07T02:30:15"), ("1h30m", "2024-03-09T01:00:15"), ("1 h 30 min ago", "2024-03-09T01:00:15"),
        ("2 hours and 5 minutes ago", "2024-03-09T00:25:15"), ("1 day, 2 hours ago", "2024-03-08T00:30:15"), ("1 year and 1 month ago", "2023-02-09T02:30:15"),
        ("2023", "2023-01-01T00:00:00"), ("2024-02", "2024-02-01T00:00:00"), ("02/2024", "2024-02-01T00:00:00"), ("Feb 2024", "2024-02-01T00:00:00"),
        ("-2h", "2024-03-09T00:30:15"), ("- 2 hours", "2024-03-09T00:30:15"), ("2024-03-01 14:05 GMT+2", "2024-03-01T13:05:00"),
        ("Fri Mar 01 2024 14:05:00 GMT-0300", "2024-03-01T18:05:00"), ("2024-03-01 14:05:06.5", "2024-03-01T14:05:06.500000"),
        ("20240301T140506.5", "2024-03-01T14:05:06.500000"), ("13.2.2024", "2024-02-13T00:00:00"),
        ("February", "2024-02-01T00:00:00"), ("April", "2023-04-01T00:00:00"), ("2024-03-01 14:05 utc", "2024-03-01T15:05:00"),
    ],
)
def test_moments(text: str, expected: str) -> None:
    found = moment(text, NOW)
    assert found.isoformat() == expected + "+01:00"


def test_not_only_the_past() -> None:
    assert moment("23:15", NOW, past=False).isoformat() == "2024-03-09T23:15:00+01:00"


@pytest.mark.parametrize("text", ["90m", "2 days ago", "2 hours and 5 minutes ago"])
def test_how_long_ago_sets_no_clock(text: str) -> None:
    with pytest.raises(UsageError, match="no date"):
        moment(text, NOW, past=False)


@pytest.mark.parametrize(
    "text", ["", "soon", "yesterday-ish", "2 moons ago", "2024-13-01", "99999999 years ago", "999999999 weeks ago", "2024-03-01 10:00 XYZ",
             "5 months", "a", "²", "9" * 400, "0000-00-00", "2024-03-01 25:00", "am", "yesterday 2024-03-01", "today yesterday", "2h ago ago",
             "10.03", "14.30", "2024.11", "5", "99", "-5", "1030", "-10:00", "-2024-03-01", "1h30", "-2h ago"],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(UsageError, match="no date|too long ago"):
        moment(text, NOW)


def test_what_may_be_two_days() -> None:
    with pytest.raises(UsageError, match="may mean 2024-03-04 or 2024-04-03"):
        moment("03/04/2024", NOW)
    assert moment("03/03/2024", NOW).day == 3


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be changed here")
def test_local_time(berlin: None) -> None:
    summer = datetime(2024, 6, 15, 12, tzinfo=timezone.utc).astimezone()
    assert summer.isoformat() == "2024-06-15T14:00:00+02:00"
    assert moment("2024-06-01 12:00", summer).isoformat() == "2024-06-01T12:00:00+02:00"
    assert moment("2024-01-10 12:00", summer).isoformat() == "2024-01-10T12:00:00+01:00"  # winter then
    assert moment("yesterday", datetime(2024, 3, 31, 12, tzinfo=timezone.utc).astimezone()).isoformat() == "2024-03-30T00:00:00+01:00"
    assert moment("now").tzinfo is not None
    assert abs(moment("now") - datetime.now(timezone.utc)) < timedelta(seconds=5)

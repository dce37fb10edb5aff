# SPDX-License-Identifier: Apache-2.0
"""events: the event log of a machine, how full it is, and its clock."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.dates import moment
from pyghmi.cmd.grades import word_of
from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Column, Row, Table
from pyghmi.cmd.tables import words as as_words
from pyghmi.cmd.words import Words
from pyghmi.exceptions import CompletionCodeError, Malformed, NotFound, UnsupportedFunctionality

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.events import Event
    from pyghmi.ipmi.domains.sensor import Sensor


def _local(text: str) -> str:
    """Return a time as people read it: that of this machine."""
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}"


def _details(row: Row) -> str:
    """Return what there is beside the words for an event."""
    units = f" {row['units']}" if row.get("units") else ""
    numbers = [f"{name} {as_words(row[name])}{units}" for name in ("value", "threshold") if row.get(name) is not None]
    return ", ".join(part for part in (row.get("detail"), *numbers) if part)


_OR_MORE = 0xFFFF
_EVENTS = Table((
    Column("id", "ID", right=True),
    Column("time", "Time", show=_local),
    Column("sensor", "Sensor"),
    Column("sensor_type", "Type"),
    Column("health", "Health", graded=True),
    Column("event", "Event", graded=True),
    Column("detail", "Details", compose=_details),
    Column("problem", "Problem"),
    Column("deassertion"),
    Column("value"),
    Column("threshold"),
    Column("units"),
    Column("component_id"),
    Column("event_id"),
    Column("timestamp"),
    Column("raw"),
))
_INFO = Table(
    columns(
        ("entries", "Entries"),
        ("free_bytes", "Free bytes", False, lambda free: f"{free} or more" if free == _OR_MORE else str(free)),
        ("percent_used", "Used", False, lambda percent: f"{percent} %"),
        ("overflow", "Entries were lost"),
        ("last_add", "Last entry", False, _local),
        ("last_erase", "Last cleared", False, _local),
        ("version", "Version"),
        ("can_delete", "Can delete one"),
        ("can_reserve", "Can reserve"),
        ("can_add_parts", "Can add in parts"),
        ("tells_allocation", "Tells allocation"),
    ),
    upright=True,
)
_TIME = Table(
    columns(
        ("time", "Clock of the BMC", False, _local),
        ("utc_offset_minutes", "Minutes ahead of UTC"),
        ("seconds_ahead", "Ahead of this machine", False, lambda seconds: f"{seconds} s"),
    ),
    upright=True,
)


def events(words: Words) -> Job:
    """Tell the events, how full the log is, or what time its clock shows; clear it, or set its clock."""
    text, clear = words.option("--since"), words.option("--clear") is not None
    what = words.take_if("info", "time")
    if what is not None:
        if text is not None or clear:
            raise words.wrong(f"--since and --clear do not go with {what}")
        return _info() if what == "info" else _time(words)
    if text is not None and clear:
        raise UsageError("--clear takes away all events, --since shows some: these do not go together")
    since = None if text is None else moment(text)

    def rows(run: Run) -> Iterator[Row]:
        for found in _cleared(run) if clear else _all(run, since):
            run.step()
            yield found

    return Job(_EVENTS, rows, only_copy=clear)


def _all(run: Run, since: datetime | None) -> Iterator[Row]:
    command = run.command
    sensors = _sensors(run)
    info = run.optional(command.get_sel_info)
    run.steps(0, 0 if info is None else info["entries"])
    for event in command.events(since):
        yield _row(event, _sensor_of(event, sensors))
    yield from _problems(run)


def _problems(run: Run) -> Iterator[Row]:
    """Yield what was odd about the list, not about an entry."""
    for problem in run.command.get_event_log_problems():
        yield {"problem": problem}


def _sensors(run: Run) -> dict[tuple[int, ...], Sensor]:
    """Return the sensors by their keys; without them the values of events have no units, which ends nothing."""
    try:
        run.command.get_sdr_records(progress=run.steps)
        return {tuple(sensor.key): sensor for sensor in run.command.get_sensors()}
    except (CompletionCodeError, UnsupportedFunctionality, NotFound, Malformed):
        return {}


def _sensor_of(event: Event, sensors: Mapping[tuple[int, ...], Sensor]) -> Sensor | None:
    made_by = event.generator
    if made_by is None or event.sensor_number is None:
        return None
    return sensors.get((made_by.owner, made_by.channel, made_by.lun, event.sensor_number))


def _row(event: Event, sensor: Sensor | None) -> Row:
    from pyghmi.ipmi.domains.events import values_of

    values = values_of(event, sensor)
    made_by = event.generator
    place = None
    if made_by is not None and event.sensor_number is not None:
        place = f"{made_by.owner}.{event.sensor_number}.{made_by.lun}"
    return {
        "id": event.record_id,
        "time": None if event.when is None else event.when.isoformat(),
        "sensor": event.sensor_name or (None if place is None else f"Sensor {place}"),
        "sensor_type": event.sensor_type_name or None,
        "health": word_of(event.severity),
        "event": event.text or event.description,
        "detail": event.detail,
        "problem": "; ".join(event.marks) or None,
        "deassertion": event.deassertion,
        "value": values.triggered,
        "threshold": values.threshold,
        "units": values.units or None,
        "component_id": place,
        "event_id": None if event.event_type is None else f"{event.event_type}.{event.offset}",
        "timestamp": event.timestamp,
        "raw": event.raw.hex(),
    }


def _cleared(run: Run) -> Iterator[Row]:
    """Yield all events, and clear the log so that none that comes meanwhile is lost."""
    sensors = _sensors(run)
    taken: list[Event] = []

    def keep(events: list[Event]) -> None:
        taken[:] = events

    try:
        run.command.take_events(keep)
    finally:  # interrupted while the BMC erases, they are here only
        for event in taken:
            yield _row(event, _sensor_of(event, sensors))
    yield from _problems(run)


def _info() -> Job:
    def rows(run: Run) -> Iterator[Row]:
        found: dict[str, Any] = dict(run.command.get_sel_info())
        for name in ("last_add", "last_erase"):
            found[name] = None if found[name] is None else found[name].isoformat()
        yield found

    return Job(_INFO, rows)


def _time(words: Words) -> Job:
    if words:
        text = words.take("time")
        when = None if text == "now" else moment(text, past=False)
        said = "now" if when is None else when.isoformat()
        return doing(lambda run: run.command.set_sel_time(when), f"clock of the event log set to {said}")

    def rows(run: Run) -> Iterator[Row]:
        found = run.command.get_sel_time()
        now = datetime.now(timezone.utc)
        yield {
            "time": None if found is None else found.isoformat(),
            "utc_offset_minutes": run.optional(run.command.get_sel_utc_offset),
            "seconds_ahead": None if found is None else round((found - now).total_seconds()),
        }

    return Job(_TIME, rows)

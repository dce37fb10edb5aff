# SPDX-License-Identifier: Apache-2.0
"""sensors, health: what the sensors of a machine say."""
from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.grades import word_of
from pyghmi.cmd.jobs import Job, Run, columns
from pyghmi.cmd.tables import Column, Row, Table
from pyghmi.cmd.tables import words as as_words
from pyghmi.cmd.words import Words
from pyghmi.exceptions import CompletionCodeError, NotFound, UnsupportedFunctionality


def _state(row: Row) -> str:
    """Return in what state a sensor is, in words."""
    if row["states"]:
        return ", ".join(row["states"])
    return row["problem"] or ("" if row["available"] else "not available")


_SENSORS = Table((
    Column("name", "Name"),
    Column("type", "Type"),
    Column("value", "Value", right=True),
    Column("units", "Unit", compose=lambda row: "" if row["value"] is None else row["units"] or ""),
    Column("health", "Health", graded=True),
    Column("states", "State", graded=True, compose=_state),
    Column("available"),
    Column("problem"),
    Column("imprecision"),
    Column("entity"),
    Column("entity_instance"),
    Column("sensor_id"),
    Column("state_ids"),
    Column("raw"),
))
_HEALTH = Table((
    Column("health", "Health", graded=True),
    Column("problems", "Problems", compose=lambda row: "; ".join(row["problems"])),
))
_NAMES = {
    "lnr": "lower_non_recoverable",
    "lcr": "lower_critical",
    "lnc": "lower_non_critical",
    "unc": "upper_non_critical",
    "ucr": "upper_critical",
    "unr": "upper_non_recoverable",
}
_THRESHOLDS = Table(
    columns(
        ("name", "Name"),
        ("units", "Unit"),
        *((name, name.replace("_", " ").capitalize().replace("non ", "non-")) for name in _NAMES.values()),
        ("positive_hysteresis", "Hysteresis upwards"),
        ("negative_hysteresis", "Hysteresis downwards"),
    ),
    upright=True,
)


def sensors(words: Words) -> Job:
    """Tell readings: all, or those of some sensors."""
    if words.take_if("thresholds"):
        return _thresholds(words)
    names = words.rest()

    def rows(run: Run) -> Iterator[Row]:
        for reading in _readings(run, names):
            run.step()
            yield row_of(reading)

    def lines(run: Run) -> Iterator[str]:
        for reading in _readings(run, names):
            run.step()
            yield repr(reading)

    return Job(_SENSORS, rows, lines)


def _readings(run: Run, names: list[str]) -> Iterable[Any]:
    if names:
        return _named_readings(run, names)
    run.command.get_sdr_records(progress=run.steps)
    run.steps(0, sum(sensor.readable for sensor in run.command.get_sensors()))
    found: Iterable[Any] = run.command.get_sensor_data()
    return found


def _named_readings(run: Run, names: list[str]) -> Iterator[Any]:
    """Yield the readings of some sensors; one that is not there is said to be, and the others come all the same."""
    for name in names:
        try:
            yield run.command.get_sensor_reading(name)
        except (NotFound, CompletionCodeError, UnsupportedFunctionality) as error:
            run.fail(error, name)


def row_of(reading: Any) -> Row:
    """Return the row of a `SensorReading`; those that vendors make may lack what is ours."""
    key = getattr(reading, "sensor_id", None)
    return {
        "name": reading.name,
        "type": reading.type,
        "value": reading.value,
        "units": (reading.units or "").strip() or None,
        "health": None if reading.unavailable else word_of(reading.health),
        "states": list(reading.states),
        "available": not reading.unavailable,
        "problem": getattr(reading, "problem", None),
        "imprecision": reading.imprecision,
        "entity": getattr(reading, "entity", None),
        "entity_instance": getattr(reading, "entity_instance", None),
        "sensor_id": None if key is None else f"0x{key.owner:02x}.{key.lun}.{key.number}",
        "state_ids": list(reading.state_ids),
        "raw": getattr(reading, "raw", None),
    }


def health(_words: Words) -> Job:
    """Tell the worst of all sensors, and which they are."""

    def rows(run: Run) -> Iterator[Row]:
        found = run.command.get_health()
        yield {"health": word_of(found["health"]), "problems": [_told(each) for each in found["badreadings"]]}

    def lines(run: Run) -> Iterator[str]:
        yield str(run.command.get_health())

    return Job(_HEALTH, rows, lines)


def _told(reading: Any) -> str:
    """Return what is wrong with one sensor."""
    if isinstance(reading, str):
        return reading
    row = row_of(reading)
    value = "" if row["value"] is None else f"{as_words(row['value'])} {row['units'] or ''}".rstrip()
    told = ", ".join(each for each in (value, _state(row)) if each)
    return f"{row['name']}: {told} ({row['health']})"


def _thresholds(words: Words) -> Job:
    name = words.take("name of a sensor")
    wanted = {_NAMES[short]: _number(short, text) for short, text in words.pairs("threshold", _NAMES).items()}

    def rows(run: Run) -> Iterator[Row]:
        command = run.command
        found = command.set_sensor_thresholds(name, **wanted) if wanted else command.get_sensor_thresholds(name)
        hysteresis = run.optional(lambda: command.get_sensor_hysteresis(name))
        yield {
            "name": name,
            "units": command.find_sensor(name).units or None,
            **found,
            "positive_hysteresis": None if hysteresis is None else hysteresis["positive"],
            "negative_hysteresis": None if hysteresis is None else hysteresis["negative"],
        }

    return Job(_THRESHOLDS, rows)


def _number(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UsageError(f"{name} is a number, not {text!r}")
    return found

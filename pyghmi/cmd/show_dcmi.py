# SPDX-License-Identifier: Apache-2.0
"""dcmi: what data centers want to know."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, Callable, Optional, TypeVar

from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import Words
from pyghmi.exceptions import CompletionCodeError
from pyghmi.ipmi.spec.codes import INVALID_COMMAND

_V = TypeVar("_V")

_POWER_COLUMNS = columns(
    ("current", "Watts now"),
    ("minimum", "Least"),
    ("maximum", "Most"),
    ("average", "Average"),
    ("period_ms", "Over", False, lambda period: f"{period / 1000:g} s"),
    ("time", "At"),
    ("active", "Measuring"),
)
_LIMIT_COLUMNS = columns(
    ("limit_active", "Limit in force"),
    ("limit", "Limit in watts"),
    ("action", "When exceeded"),
    ("correction_ms", "For", False, lambda period: f"{period} ms"),
    ("sampling_s", "Sampled every", False, lambda period: f"{period} s"),
)
_NAME_COLUMNS = columns(("asset_tag", "Asset tag"), ("mc_id", "Controller name"))
_OVERVIEW = Table((*_POWER_COLUMNS, *_LIMIT_COLUMNS, *_NAME_COLUMNS), upright=True)
_POWER = Table(_POWER_COLUMNS, upright=True)
_LIMIT = Table(_LIMIT_COLUMNS, upright=True)
_TEMPERATURES = Table(columns(("entity", "Entity"), ("instance", "Instance", True), ("temperature", "°C", True)))
_THERMAL = Table(
    columns(
        ("entity", "Entity"),
        ("instance", "Instance"),
        ("limit", "Limit"),
        ("exception_s", "For", False, lambda seconds: f"{seconds} s"),
        ("power_off", "Powers off"),
        ("log", "Logs"),
    ),
    upright=True,
)
_CAPABILITIES = Table(
    columns(
        ("version", "DCMI version"),
        ("power_management", "Power management"),
        ("in_band", "In-band channel"),
        ("serial_tmode", "Serial, terminal mode"),
        ("secondary_lan", "Second LAN channel"),
        ("sel_entries", "Entries of the event log"),
        ("sel_rollover", "Event log overwrites"),
        ("sel_flushed", "Event log is emptied when full"),
        ("sel_records_flushed", "Old events go when it is full"),
        ("identification", "Identification"),
        ("temperatures", "Temperatures"),
        ("temperature_sampling_s", "Temperature sampling", False, lambda seconds: f"{seconds} s"),
        ("power_controller", "Power controller", False, lambda number: f"0x{number:02x}"),
        ("power_controller_channel", "Its channel"),
        ("power_controller_revision", "Its revision"),
        ("primary_lan_channel", "First LAN channel"),
        ("secondary_lan_channel", "Second LAN channel number"),
        ("serial_channel", "Serial channel"),
        ("power_periods_s", "Power averages over", False, lambda periods: ", ".join(f"{each} s" for each in periods)),
    ),
    upright=True,
)
_ENTITIES = {name: name for name in ("inlet", "processor", "baseboard")}
_ACTIONS = {name: name for name in ("none", "power_off", "log")}
_MOST_W, _MOST_MS, _MOST_S = 0xFFFF, 0xFFFFFFFF, 0xFFFF
_MOST_PERIOD_S = 63 * 86400


def dcmi(words: Words) -> Job:
    """Tell of power, its limit, names and temperatures, or change limit and names."""
    job = words.one_of("subject", _SUBJECTS)(words) if words else _of(_OVERVIEW, _overview)
    lines = job.lines
    return job._replace(
        rows=lambda run: _explained(job.rows, run),
        lines=None if lines is None else lambda run: _explained(lines, run),
    )


def _explained(ask: Callable[[Run], Iterable[_V]], run: Run) -> Iterator[_V]:
    """Yield what is asked for; say in words that a BMC has no DCMI."""
    try:
        yield from ask(run)
    except CompletionCodeError as error:
        if error.code != INVALID_COMMAND:
            raise
        why = f"This BMC has no DCMI, or not this part of it: {error.text}"
        told = CompletionCodeError(why, error.netfn, error.command, error.code)
        told.stage, told.host, told.port = error.stage, error.host, error.port
        raise told from error


def _of(table: Table, ask: Callable[[Run], Row]) -> Job:
    def rows(run: Run) -> Iterator[Row]:
        yield ask(run)

    return Job(table, rows)


def _overview(run: Run) -> Row:
    """Return what there is: many BMCs have names, and measure no power.  Raises what the first part does if none is."""
    command = run.command
    found = {
        **(run.optional(lambda: _reading(run, None)) or {}),
        **(run.optional(lambda: _limit_of(run)) or {}),
        "asset_tag": run.optional(command.get_asset_tag),
        "mc_id": run.optional(command.get_mci),
    }
    return found if any(value is not None for value in found.values()) else _reading(run, None)


def _reading(run: Run, seconds: Optional[int]) -> dict[str, Any]:
    found = run.command.get_power_reading(seconds)
    stamp = found["timestamp"]
    time = None if stamp is None else datetime.fromtimestamp(stamp, timezone.utc).isoformat()
    return {**found, "time": time}


def _limit_of(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = dict(run.command.get_power_limit())
    return {"limit_active": found.pop("active"), **found}


def _power(words: Words) -> Job:
    seconds = words.number("number of seconds", 1, _MOST_PERIOD_S) if words else None
    return _of(_POWER, lambda run: _reading(run, seconds))


def _limit(words: Words) -> Job:
    if not words:
        return _of(_LIMIT, _limit_of)
    on = words.take_if("on", "off")
    if on is not None:
        return doing(lambda run: run.command.activate_power_limit(on == "on"), f"power limit {on}")
    if not words.take_if("set"):
        raise words.wrong()
    watts = words.number("number of watts", 0, _MOST_W)
    named = words.pairs("property of the limit", ("action", "correction_ms", "sampling_s"))
    more: dict[str, Any] = {}
    if "action" in named:
        more["action"] = words.as_one_of(named["action"], "action", _ACTIONS)
    for name, most in (("correction_ms", _MOST_MS), ("sampling_s", _MOST_S)):
        if name in named:
            more[name] = words.as_number(named[name], name, 0, most)

    said = f"power limit set to {watts} W; `dcmi limit on` puts it in force"
    return doing(lambda run: run.command.set_power_limit(watts, **more), said)


def _asset_tag(words: Words) -> Job:
    if not words:
        return _of(Table(_NAME_COLUMNS[:1], upright=True), lambda run: {"asset_tag": run.command.get_asset_tag()})
    tag = words.take("tag")
    return doing(lambda run: run.command.set_asset_tag(tag), "asset tag written")


def _mc_id(words: Words) -> Job:
    if not words:
        return _of(Table(_NAME_COLUMNS[1:], upright=True), lambda run: {"mc_id": run.command.get_mci()})
    name = words.take("name")
    return doing(lambda run: run.command.set_mci(name), "controller name written")


def _capabilities(_words: Words) -> Job:
    return _of(_CAPABILITIES, lambda run: run.command.get_dcmi_capabilities())


def _temperatures(_words: Words) -> Job:
    return Job(_TEMPERATURES, lambda run: run.command.get_dcmi_temperatures())


def _thermal(words: Words) -> Job:
    entity = words.one_of("entity", _ENTITIES) if words else "inlet"
    instance = words.number("instance", 1, 255) if words else 1

    def ask(run: Run) -> Row:
        found = run.command.get_thermal_limit(instance, entity)
        return {**found, "entity": entity, "instance": instance}

    return _of(_THERMAL, ask)


_SUBJECTS: dict[str, Callable[[Words], Job]] = {
    "power": _power,
    "limit": _limit,
    "asset-tag": _asset_tag,
    "mc-id": _mc_id,
    "capabilities": _capabilities,
    "temperatures": _temperatures,
    "thermal": _thermal,
}

# SPDX-License-Identifier: Apache-2.0
"""inventory, firmware, leds: the parts of a machine, their versions, their lamps."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyghmi.cmd.jobs import Job, Run, columns
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.values import plain
from pyghmi.cmd.words import Words
from pyghmi.exceptions import NotFound

_INVENTORY = Table(columns(("component", "Component"), ("field", "Field"), ("value", "Value")))
_FIRMWARE = Table(
    columns(("name", "Name"), ("version", "Version"), ("build", "Build"), ("date", "Date"), ("state", "State")),
)
_LEDS = Table(columns(("name", "Lamp"), ("status", "Status"), ("color", "Colour")))


def inventory(words: Words) -> Job:
    """Tell the parts with their numbers."""
    component = words.take("component") if words else None

    def ask(run: Run) -> Iterable[tuple[str, Any]]:
        if component is None:
            return run.command.get_inventory()
        found = run.command.get_inventory_of_component(component)
        if found is None:
            raise NotFound(f"There is no component {component!r}")
        return [(component, found)]

    def rows(run: Run) -> Iterator[Row]:
        for name, known in ask(run):
            run.step()
            yield from _fields(name, known)

    def lines(run: Run) -> Iterator[str]:
        for name, known in ask(run):
            yield str((name, known))

    return Job(_INVENTORY, rows, lines)


def _fields(name: str, known: Mapping[str, Any] | None) -> Iterator[Row]:
    """Yield what is known of a part; what the BMC has left empty does not stand there."""
    if known is None:
        yield {"component": name, "field": "present", "value": False}
        return
    for field, value in known.items():
        if value is not None and value not in ("", []):
            yield {"component": name, "field": field, "value": plain(value)}


def firmware(words: Words) -> Job:
    """Tell the versions of firmware."""
    components = tuple(words.rest())

    def rows(run: Run) -> Iterator[Row]:
        for name, known in run.command.get_firmware(components):
            run.step()
            row = {key: plain(known.get(key)) for key in ("version", "build", "date", "state")}
            yield {"name": name, **row}

    return Job(_FIRMWARE, rows)


def leds(_words: Words) -> Job:
    """Tell which lamps are on."""

    def rows(run: Run) -> Iterator[Row]:
        for name, known in run.command.get_leds():
            yield {"name": name, "status": known.get("status"), "color": known.get("color")}

    def lines(run: Run) -> Iterator[str]:
        for each in run.command.get_leds():
            yield str(each)

    return Job(_LEDS, rows, lines)

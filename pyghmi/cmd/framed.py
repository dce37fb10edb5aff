# SPDX-License-Identifier: Apache-2.0
"""Tables in colour for a terminal, made by `rich` (extra `cli`).  Raises ImportError where it is missing."""
from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from pyghmi.cmd.tables import Column, Row, Table, clean

_COLOURS = {"ok": "green", "warning": "yellow", "critical": "red", "failed": "bold red", "problem": "magenta"}


class _Paper(io.StringIO):
    """Where a table is drawn, with such lines as stdout can show."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__()
        self._encoding = encoding or "utf-8"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def as_framed(table: Table, found: Mapping[str, Sequence[Row]], columns: int | None = None) -> str:
    """Return the text, with the codes that a terminal takes.  columns: how wide it is; None: as the terminal says."""
    paper = _Paper(getattr(sys.stdout, "encoding", None))
    console = Console(file=paper, force_terminal=True, width=columns, highlight=False, legacy_windows=False)
    if table.upright:
        for bmc, rows in found.items():
            if rows and len(found) > 1:
                console.print(Text(clean(bmc), style="bold"))
            for row in rows:
                console.print(_upright(table, row))
    else:
        console.print(_across(table, found))
    return "\n".join(line.rstrip() for line in paper.getvalue().rstrip("\n").split("\n"))


def _across(table: Table, found: Mapping[str, Sequence[Row]]) -> Grid:
    several = len(found) > 1
    shown = table.seen([row for rows in found.values() for row in rows])
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title, right in [*([("BMC", False)] if several else []), *((each.title, each.right) for each in shown)]:
        # Nothing is cut off: long words go on in the next line, and numbers are the last to become narrower.
        grid.add_column(Text(title), justify="right" if right else "left", overflow="fold", no_wrap=right)
    for bmc, rows in found.items():
        for row in rows:
            grid.add_row(*([Text(clean(bmc))] if several else []), *(_text(each, row) for each in shown))
    return grid


def _upright(table: Table, row: Row) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", overflow="fold")
    grid.add_column(overflow="fold")
    for each in table.seen([row]):
        grid.add_row(Text(each.title), _text(each, row))
    return grid


def _text(column: Column, row: Row) -> Text:
    colour = _COLOURS.get(str(row.get("health")), "") if column.graded else ""
    return Text(column.text(row), style=colour)

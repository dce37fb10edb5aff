# SPDX-License-Identifier: Apache-2.0
"""Tables of what BMCs said: as aligned text, CSV and JSON.  The schema is in doc/output.md."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Callable, Optional

from pyghmi.ipmi.wire.shapes import NamedTuple

Row = Mapping[str, Any]
"""Key of a column -> None, bool, int, float, str, or a list or dictionary of these."""

BMC = "bmc"
SCHEMA = 1
"""Counts up when a key of a row goes away or changes its meaning; new keys do not count."""
GAP = "  "


class Column(NamedTuple):
    """A column, by its key in JSON and CSV.  title: what people see above it; without one they do not see it.

    right: whether it is aligned to the right; show: how a value is written for people; graded: whether the row's
    health colours it; compose: what people see, made of the whole row.
    """

    key: str
    title: str = ""
    right: bool = False
    show: Optional[Callable[[Any], str]] = None
    graded: bool = False
    compose: Optional[Callable[[Row], str]] = None

    def text(self, row: Row) -> str:
        """Return what people see."""
        if self.compose is not None:
            return clean(self.compose(row))
        value = row.get(self.key)
        return clean(words(value) if self.show is None or value is None else self.show(value))


class Table(NamedTuple):
    """The columns of what a command shows.  upright: a BMC has one row, whose fields people see one below another."""

    columns: tuple[Column, ...]
    upright: bool = False

    def seen(self, rows: Sequence[Row]) -> list[Column]:
        """Return the columns for people; those without any value are left out, unless there are no rows at all."""
        titled = [column for column in self.columns if column.title]
        return [column for column in titled if not rows or any(column.text(row) for row in rows)] or titled


class Failure(NamedTuple):
    """What went wrong with a BMC.  code: the completion code, 0 when there is none."""

    bmc: str
    text: str
    code: int = 0


def words(value: Any) -> str:
    """Return a value as people write it."""
    if value is None:
        return ""
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) >= 1 or not value else f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(words(each) for each in value)
    if isinstance(value, dict):
        return " ".join(f"{key} {words(each)}" for key, each in value.items() if each is not None)
    return str(value)


def clean(text: str) -> str:
    """Return a text without what a terminal would obey rather than show: a BMC's names may hold anything."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def as_json(command: str, table: Table, found: Mapping[str, Sequence[Row]], failures: Iterable[Failure]) -> str:
    """Return one document with the rows of all BMCs."""
    import json

    document = {
        "schema": SCHEMA,
        "command": command,
        "rows": [
            {BMC: bmc, **{column.key: _number_or_null(row.get(column.key)) for column in table.columns}}
            for bmc, rows in found.items()
            for row in rows
        ],
        "errors": [{BMC: failure.bmc, "error": failure.text, "code": failure.code} for failure in failures],
    }
    return json.dumps(document, indent=1)


def _number_or_null(value: Any) -> Any:
    """Return a value that JSON has: it has no infinity."""
    return None if isinstance(value, float) and not isfinite(value) else value


def as_csv(table: Table, found: Mapping[str, Sequence[Row]]) -> str:
    """Return a line of keys, then one for each row; lines end in a line feed, the last one is left open."""
    import csv
    from io import StringIO

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([BMC, *(column.key for column in table.columns)])
    for bmc, rows in found.items():
        for row in rows:
            writer.writerow([bmc, *(_cell(row.get(column.key)) for column in table.columns)])
    return text.getvalue()[:-1]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "; ".join(_cell(each) for each in value)
    if isinstance(value, dict):
        return " ".join(f"{key}={_cell(each)}" for key, each in value.items())
    return str(value)


def as_plain(table: Table, found: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield aligned lines.  The BMC stands in them where there are several."""
    if table.upright:
        yield from _upright(table, found)
        return
    several = len(found) > 1
    rows = [row for each in found.values() for row in each]
    columns = table.seen(rows)
    heads = [*(["BMC"] if several else []), *(column.title for column in columns)]
    lines = [heads]
    for bmc, each in found.items():
        lines += [[*([clean(bmc)] if several else []), *(column.text(row) for column in columns)] for row in each]
    rights = [*([False] if several else []), *(column.right for column in columns)]
    yield from aligned(lines, rights)


def _upright(table: Table, found: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    for bmc, rows in found.items():
        if rows and len(found) > 1:
            yield f"{clean(bmc)}:"
        for row in rows:
            columns = table.seen([row])
            yield from aligned([[f"{column.title}:", column.text(row)] for column in columns], [False, False])


def aligned(lines: Sequence[Sequence[str]], rights: Sequence[bool]) -> Iterator[str]:
    """Yield the lines with their cells below one another; rights: the columns aligned to the right."""
    widths = [max(width(line[at]) for line in lines) for at in range(len(rights))]
    for line in lines:
        cells = []
        for text, most, right in zip(line, widths, rights):
            space = " " * (most - width(text))
            cells.append(space + text if right else text + space)
        yield GAP.join(cells).rstrip()


def width(text: str) -> int:
    """Return how many places of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)

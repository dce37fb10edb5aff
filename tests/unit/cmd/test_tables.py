# SPDX-License-Identifier: Apache-2.0
"""Tables as text, CSV, JSON, and framed."""
from __future__ import annotations

import builtins
import csv
import io
import json
import re
import sys
from typing import Any

import pytest

from pyghmi.cmd.framed import as_framed
from pyghmi.cmd.tables import Column, Failure, Table, as_csv, as_json, as_plain, clean, width, words

TABLE = Table((
    Column("name", "Name"),
    Column("value", "Value", right=True),
    Column("health", "Health", graded=True),
    Column("states", "States"),
    Column("number"),
))
ROWS = [
    {"name": "CPU1 Temp", "value": 42.5, "health": "warning", "states": ["upper", "late; or not"], "number": 1},
    {"name": "Fan, front", "value": None, "health": "ok", "states": [], "number": 2},
]
ONE = {"10.0.0.5": ROWS}
TWO = {"10.0.0.5": ROWS[:1], "10.0.0.6": [], "10.0.0.7": ROWS[1:]}
CODES = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (False, "no"), (0, "0"), (17, "17"), (0.0, "0"), (42.0, "42"), (1.5, "1.5"), (1.23456, "1.235"),
        (0.012346, "0.01235"), (-40.0, "-40"), (["a", 1, None], "a, 1, "), ((), ""), ("x", "x"), (12000.0, "12000"),
    ],
)
def test_values_for_people(value: Any, text: str) -> None:
    assert words(value) == text


def test_plain() -> None:
    assert list(as_plain(TABLE, ONE)) == [
        "Name        Value  Health   States",
        "CPU1 Temp    42.5  warning  upper, late; or not",
        "Fan, front         ok",
    ]
    assert list(as_plain(TABLE, TWO)) == [
        "BMC       Name        Value  Health   States",
        "10.0.0.5  CPU1 Temp    42.5  warning  upper, late; or not",
        "10.0.0.7  Fan, front         ok",
    ]
    assert list(as_plain(TABLE, {"x": ROWS[1:]})) == ["Name        Health", "Fan, front  ok"]  # no empty columns
    assert list(as_plain(TABLE, {"x": []})) == ["Name  Value  Health  States"]
    assert list(as_plain(TABLE, {"x": [{}]})) == ["Name  Value  Health  States", ""]


def test_upright() -> None:
    upright = TABLE._replace(upright=True)
    assert list(as_plain(upright, {"x": ROWS[1:]})) == ["Name:    Fan, front", "Health:  ok"]
    assert list(as_plain(upright, TWO)) == [
        "10.0.0.5:", "Name:    CPU1 Temp", "Value:   42.5", "Health:  warning", "States:  upper, late; or not",
        "10.0.0.7:", "Name:    Fan, front", "Health:  ok",
    ]


def test_what_a_terminal_would_obey_is_only_shown() -> None:
    """A BMC's names may hold escape codes; a terminal is not to be steered by them."""
    assert clean("\x1b]0;mine\x07 \u202e\r\n\tx") == "\\x1b]0;mine\\x07 \\u202e\\r\\n\\tx"
    assert clean("Lüfter °C 漢") == "Lüfter °C 漢"
    evil = {"\x1b[2Jbmc": [{"name": "\x1b[31m[red]x[/red]\n", "health": "ok"}], "other": []}
    for text in ("\n".join(as_plain(TABLE, evil)), CODES.sub("", as_framed(TABLE, evil, 100))):
        assert "\\x1b[2Jbmc" in text and "\\x1b[31m[red]x[/red]\\n" in text and "\x1b" not in text


def test_width() -> None:
    assert [width(text) for text in ("abc", "°C", "漢字", "e\u0301")] == [3, 2, 4, 1]
    assert list(as_plain(Table((Column("a", "A"), Column("b", "B"))), {"x": [{"a": "漢", "b": "1"}, {"a": "°", "b": "2"}]})) == [
        "A   B", "漢  1", "°   2",
    ]


def test_json() -> None:
    text = as_json("sensors", TABLE, TWO, [Failure("10.0.0.6", "timeout", 0), Failure("10.0.0.7", "no", 0xC1)])
    assert json.loads(text) == {
        "schema": 1,
        "command": "sensors",
        "rows": [{"bmc": "10.0.0.5", **ROWS[0]}, {"bmc": "10.0.0.7", **ROWS[1]}],
        "errors": [
            {"bmc": "10.0.0.6", "error": "timeout", "code": 0}, {"bmc": "10.0.0.7", "error": "no", "code": 193},
        ],
    }
    found = json.loads(as_json("x", TABLE, {"b": [{"value": float("inf"), "more": 1}, {"value": float("nan")}]}, []))
    assert [list(row) for row in found["rows"]] == [["bmc", "name", "value", "health", "states", "number"]] * 2
    assert [row["value"] for row in found["rows"]] == [None, None]


def test_csv() -> None:
    text = as_csv(TABLE, TWO)
    assert text.splitlines()[0] == "bmc,name,value,health,states,number"
    assert not text.endswith("\n")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0] == {
        "bmc": "10.0.0.5", "name": "CPU1 Temp", "value": "42.5", "health": "warning", "states": "upper; late; or not", "number": "1",
    }
    assert (rows[1]["name"], rows[1]["value"], rows[1]["states"]) == ("Fan, front", "", "")
    assert as_csv(Table((Column("a"), Column("b"))), {"x": [{"a": True, "b": False}]}) == "bmc,a,b\nx,true,false"


def test_framed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    text = as_framed(TABLE, TWO, 100)
    assert "\x1b[33mwarning\x1b[0m" in text  # yellow
    assert "\x1b[32mok " in text  # green
    shown = CODES.sub("", text).splitlines()
    assert shown[0].split() == ["BMC", "Name", "Value", "Health", "States"]
    assert set(shown[1]) <= {"─", " "}
    assert shown[2].split() == ["10.0.0.5", "CPU1", "Temp", "42.5", "warning", "upper,", "late;", "or", "not"]
    narrow = CODES.sub("", as_framed(TABLE, ONE, 30)).splitlines()
    assert max(map(len, narrow)) <= 30
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[33m" not in as_framed(TABLE, TWO, 100)


def test_framed_upright() -> None:
    shown = CODES.sub("", as_framed(TABLE._replace(upright=True), TWO, 100)).splitlines()
    assert [line.split() for line in shown][:3] == [["10.0.0.5"], ["Name", "CPU1", "Temp"], ["Value", "42.5"]]
    assert "Value" not in "\n".join(shown[5:])


def test_framed_needs_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_rich(name: str, *more: Any) -> Any:
        if name.split(".")[0] == "rich":
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.delitem(sys.modules, "pyghmi.cmd.framed")
    monkeypatch.setattr(builtins, "__import__", without_rich)
    with pytest.raises(ImportError):
        import pyghmi.cmd.framed  # noqa: F401

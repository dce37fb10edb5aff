# SPDX-License-Identifier: Apache-2.0
"""pyghmiutil where something is at stake: what only it still has, who is logged in, narrow and plain terminals."""
from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
WIDE, NARROW = 200, 40


def start(server: Any, *words: str, options: tuple[str, ...] = (), stdout: Any = subprocess.PIPE, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "IPMIPASSWORD": "secret", "PYTHONPATH": str(ROOT), "TZ": "UTC", **more}
    program = [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(server.port), *options, "127.0.0.1", "admin", *words]
    return subprocess.run(program, stdout=stdout, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60, env=environment, check=False)


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("form", ["--table", "--json", "--csv"])
def test_cleared_events_that_cannot_be_printed(server: Any, form: str) -> None:
    """The disk is full, the log is cleared: the events are said on stderr."""
    with FULL.open("wb") as full:
        done = start(server, "events", "--clear", form, stdout=full)
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "No space left on device" in said and "Correctable error" in said and "OS crash" in said
    with FULL.open("wb") as full:
        done = start(server, "events", form, stdout=full)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1  # those that are still in the log are not


def test_cleared_events_that_were_printed(server: Any) -> None:
    done = start(server, "events", "--clear")
    assert done.returncode == 0 and b"OS crash" in done.stdout and done.stderr == b""


@pytest.mark.parametrize("action", ["delete", "disable"])
def test_nobody_takes_the_own_account_away(server: Any, action: str) -> None:
    done = start(server, "users", action, "2")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"user 2 is admin, who is logged in: another one has to do that" in done.stderr
    assert start(server, "power").returncode == 0
    assert start(server, "users", action, "3").returncode == 0  # another one's


def test_csv_is_utf_8_everywhere(server: Any) -> None:
    for encoding in ("ascii", "latin-1", "utf-8"):
        done = start(server, "sensors", "--csv", PYTHONIOENCODING=encoding)
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8"))))
        assert rows[0]["units"] == "°C", encoding


def test_what_never_came_has_no_completion_code(server: Any) -> None:
    server.silence()
    done = start(server, "power", "--json", options=("--deadline", "1"))
    (error,) = json.loads(done.stdout)["errors"]
    assert error["error"].startswith("timeout") and error["code"] == 0


class Screen(io.StringIO):
    """A terminal that can show what `encoding` has."""

    encoding = "utf-8"  # type: ignore[assignment]


@pytest.mark.parametrize("columns", [WIDE, NARROW])
def test_nothing_is_cut_off(columns: int) -> None:
    framed = pytest.importorskip("pyghmi.cmd.framed")
    from pyghmi.cmd.jobs import columns as named
    from pyghmi.cmd.tables import Table

    table = Table(named(("name", "Name"), ("value", "Value", True), ("state", "State")))
    row = {"name": "Temperature_of_the_Memory", "value": 12345.678, "state": "lower-non-critical-threshold"}
    across = framed.as_framed(table, {"a": [row]}, columns)
    assert "12345.678" in across  # a number stays in one line
    upright = framed.as_framed(Table(table.columns, upright=True), {"a": [row]}, columns // 2)
    for text in (across, upright):
        assert "…" not in text
        missing = Counter("".join(map(str, row.values()))) - Counter(text.partition("Name")[2])
        assert not missing


@pytest.mark.parametrize(("encoding", "rule"), [("utf-8", "──"), ("ascii", "--"), ("latin-1", "--")])
def test_lines_that_the_terminal_has(monkeypatch: pytest.MonkeyPatch, encoding: str, rule: str) -> None:
    framed = pytest.importorskip("pyghmi.cmd.framed")
    from pyghmi.cmd.jobs import columns as named
    from pyghmi.cmd.tables import Table

    screen = Screen()
    screen.encoding = encoding  # type: ignore[misc]
    monkeypatch.setattr(sys, "stdout", screen)
    text = framed.as_framed(Table(named(("name", "Name"), ("value", "Value"))), {"a": [{"name": "x", "value": 1}]}, 80)
    assert rule in text
    text.encode(encoding)

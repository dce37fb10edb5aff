# SPDX-License-Identifier: Apache-2.0
"""The line that tells how far a command is."""
from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from pyghmi.cmd import progress
from pyghmi.cmd.progress import Progress, RichBar, TextBar, bar_for


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    def write(self, _text: str) -> int:
        raise OSError("gone")


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_nothing_within_the_first_second() -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)

    with Progress("sensors", make) as found:
        found.step()
    assert not made
    assert not found._thread.is_alive()


def test_it_counts_and_goes_away() -> None:
    stream = Terminal()
    with Progress("sensors of x", lambda: TextBar(stream), quiet_s=0.0) as found:
        wait_for(lambda: "sensors of x 0s" in stream.getvalue())
        found.total = 3
        found.step()
        wait_for(lambda: "sensors of x 1/3" in stream.getvalue())
        with found.aside():
            assert stream.getvalue().endswith("\r\x1b[K")
            stream.write("a line\n")
        found.total = None
        wait_for(lambda: "sensors of x 1 " in stream.getvalue())
    assert stream.getvalue().endswith("\r\x1b[K")


def test_with_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress("[red]events", lambda: RichBar(stream), quiet_s=0.0) as found:
        found.total = 7
        found.step()
        wait_for(lambda: "[red]events" in stream.getvalue() and "1/7" in stream.getvalue())
        with found.aside():
            pass
        before = len(stream.getvalue())
        wait_for(lambda: "1/7" in stream.getvalue()[before:])
    assert "\x1b[?25h" in stream.getvalue()[-60:]  # the cursor is visible again


@pytest.mark.parametrize("kind", [TextBar, RichBar])
def test_a_terminal_that_went_away(kind: Any) -> None:
    bar = kind(Gone())
    bar.draw("x", 1, None, 1.0)
    bar.erase()


def test_nobody_draws() -> None:
    with Progress("x", None) as found:
        found.step()
        with found.aside():
            pass
    assert not found._thread.is_alive()


def test_where_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal, file = Terminal(), io.StringIO()
    assert bar_for(file, file) is None
    make = bar_for(file, terminal)
    assert make is not None and isinstance(make(), RichBar)
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write, "w") as pipe:
        assert bar_for(pipe, terminal) is None  # a pager may be behind it
    monkeypatch.setenv("TERM", "dumb")
    assert bar_for(terminal, terminal) is None
    assert bar_for(None, None) is None


def test_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    def missing(_stream: Any) -> Any:
        raise ImportError("rich")

    monkeypatch.setattr(progress, "RichBar", missing)
    make = bar_for(Terminal(), Terminal())
    assert make is not None and isinstance(make(), TextBar)

# SPDX-License-Identifier: Apache-2.0
"""How far a command is, on the terminal of stderr, when it takes longer than a second."""
from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Protocol

_QUIET_S = 1.0
_EVERY_S = 0.2
_ERASE = "\r\x1b[K"
_WHEEL = "|/-\\"


class Bar(Protocol):
    """What draws on a terminal."""

    def draw(self, text: str, done: int, total: int | None, seconds: float) -> None:
        """Draw anew."""

    def erase(self) -> None:
        """Leave the line as it was before."""


class Progress:
    """In its `with`, a line tells how far it is, once a second has passed.

    done, total: what it counts; None: nobody knows how many there will be.  make: what draws; None: nothing does.
    """

    def __init__(self, text: str, make: Callable[[], Bar] | None, *, quiet_s: float = _QUIET_S) -> None:
        self.text = text
        self.done = 0
        self.total: int | None = None
        self._make = make
        self._quiet_s = quiet_s
        self._bar: Bar | None = None
        self._begun = time.monotonic()
        self._ended = threading.Event()
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._draw_often, daemon=True)

    def step(self) -> None:
        """Count one more."""
        with self._lock:
            self.done += 1

    def __enter__(self) -> Progress:
        if self._make is not None:
            self._begun = time.monotonic()
            self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let something else be printed: the line goes, and comes again later."""
        with self._lock:
            if self._bar is not None:
                self._bar.erase()
            yield

    def _draw_often(self) -> None:
        if self._make is None or self._ended.wait(self._quiet_s):
            return
        bar = self._make()
        while True:
            with self._lock:
                if self._ended.is_set():
                    break
                self._bar = bar
                bar.draw(self.text, self.done, self.total, time.monotonic() - self._begun)
            self._ended.wait(_EVERY_S)
        bar.erase()


class TextBar:
    """One line of text."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._turn = 0

    def draw(self, text: str, done: int, total: int | None, seconds: float) -> None:
        """Write it over what is there."""
        self._turn += 1
        count = "" if not done and total is None else f" {done}" if total is None else f" {done}/{total}"
        self._write(f"{_ERASE}{_WHEEL[self._turn % len(_WHEEL)]} {text}{count} {int(seconds)}s")

    def erase(self) -> None:
        """Remove it."""
        self._write(_ERASE)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            pass  # the terminal went away; what is to be said matters, not this


class RichBar:
    """The bar of `rich`.  Raises ImportError where that is missing."""

    def __init__(self, stream: Any) -> None:
        from rich import progress
        from rich.console import Console

        columns = (
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
        )
        self._columns = columns
        self._console = Console(file=stream)
        self._progress: progress.Progress | None = None
        self._kind = progress.Progress
        self._earlier = 0.0

    def draw(self, text: str, done: int, total: int | None, seconds: float) -> None:
        """Move it on."""
        try:
            bar = self._progress
            if bar is None:
                bar = self._progress = self._kind(
                    *self._columns, console=self._console, transient=True, auto_refresh=False,
                    get_time=self._now, redirect_stdout=False, redirect_stderr=False,
                )
                bar.add_task(text, total=total)
                bar.start()
            self._earlier = seconds
            bar.update(bar.task_ids[0], description=text, completed=done, total=total)
            bar.refresh()
        except OSError:
            pass  # as above

    def _now(self) -> float:
        return self._earlier

    def erase(self) -> None:
        """Remove it."""
        bar, self._progress, self._earlier = self._progress, None, 0.0
        if bar is not None:
            try:
                bar.stop()
            except OSError:
                pass  # as above


def bar_for(out: Any, err: Any) -> Callable[[], Bar] | None:
    """Return what draws on stderr; None: it is no terminal, or a pager may draw there, behind the pipe of stdout."""
    if not is_terminal(err) or os.environ.get("TERM") == "dumb" or _is_pipe(out):
        return None

    def make() -> Bar:
        try:
            return RichBar(err)
        except ImportError:
            return TextBar(err)

    return make


def is_terminal(stream: Any) -> bool:
    """Whether a person sees it."""
    return stream is not None and bool(stream.isatty())


def _is_pipe(stream: Any) -> bool:
    try:
        return stream is not None and stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def for_this_run(text: str, *, silent: bool) -> Progress:
    """Return the progress of this process; silent: something else uses stderr."""
    return Progress(text, None if silent else bar_for(sys.stdout, sys.stderr))

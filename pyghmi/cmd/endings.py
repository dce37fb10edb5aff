# SPDX-License-Identifier: Apache-2.0
"""How a tool ends before it is done: a signal, or nobody who reads what it prints."""
from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_BY_SIGNAL = 128
_PIPE = 13
_DEAF_S = 1.0


class Ended(BaseException):
    """The program is to end now.  No Exception: what catches those must not hold it up.

    code: the exit code, 128 and the number of the signal where one is the reason; text: what stderr is to say.
    """

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def tell(self) -> int:
        """Say why, if there is anything to say; return the exit code."""
        if self.text:
            complain(self.text)
        return self.code


class Signals:
    """In its `with`, a signal that asks to end raises Ended; those that follow at once are ignored: sessions close.

    Later ones raise again, for what is raised inside a finalizer is lost.  Signals that were ignored before (nohup,
    jobs in the background) stay so.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._deaf_until = 0.0

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._end)
        return self

    def _end(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now < self._deaf_until:
            return
        self._deaf_until = now + _DEAF_S
        raise Ended(_BY_SIGNAL + number)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def say(line: str, encoding: str | None = None) -> None:
    """Print a line on stdout.  encoding: what all is in from now on.  Raises Ended when that cannot be."""
    if encoding is not None and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding)
    _write(sys.stdout, "standard output", line + "\n")


def complain(line: str) -> None:
    """Print a line on stderr.  Raises Ended when that cannot be."""
    _write(sys.stderr, "standard error", line + "\n")


def flush() -> None:
    """Bring out what argparse has printed.  Raises Ended when that cannot be."""
    _write(sys.stdout, "standard output", "")


def _write(stream: Any, name: str, text: str) -> None:
    if stream is None:
        return
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:  # LC_ALL=C, and a sensor in °C
            stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
        stream.flush()
    except BrokenPipeError:
        _mute(stream)
        raise Ended(_BY_SIGNAL + _PIPE) from None
    except OSError as error:
        _mute(stream)
        raise Ended(1, f"{name}: {error.strerror or error}") from None


def _mute(stream: Any) -> None:
    """Let what is printed from now on go nowhere, and what is still to be written with it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)

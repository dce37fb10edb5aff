# SPDX-License-Identifier: Apache-2.0
"""The terminal that a console is shown on: raw while it is, and as it was before on every way out."""
from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
from types import FrameType
from typing import Any

from pyghmi.cmd.endings import Ended

_AT_ONCE = 4096
_LOOK_AGAIN_S = 1.0


def stand_in() -> None:
    """Open what is closed of standard input, output and error: else a socket takes that number, and gets the output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


class Terminal:
    """Standard input and output, for bytes.  In its `with`, a terminal passes every key on as it is typed.

    What is no terminal, a pipe say, is read as it comes.  A program that is stopped gives the terminal back meanwhile.
    """

    def __init__(self) -> None:
        self.descriptor = 0 if sys.stdin is None else sys.stdin.fileno()
        self._before: list[Any] | None = None
        self._signals: dict[int, Any] = {}
        self.is_terminal = os.isatty(self.descriptor)

    def fileno(self) -> int:
        """Return the descriptor to be waited for."""
        return self.descriptor

    def __enter__(self) -> Terminal:
        if self.is_terminal:
            import termios

            self._before = termios.tcgetattr(self.descriptor)
            atexit.register(self._be_as_before)  # a signal may end the program in this method, or in the other
            if threading.current_thread() is threading.main_thread():
                self._take_signals()
            self._be_raw()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._be_as_before()
        self._before = None
        atexit.unregister(self._be_as_before)
        while self._signals:
            signal.signal(*self._signals.popitem())

    def _take_signals(self) -> None:
        for name, handler in (("SIGTSTP", self._stop), ("SIGQUIT", self._quit)):
            number = getattr(signal, name)
            if signal.getsignal(number) is signal.SIG_DFL:
                self._signals[number] = signal.signal(number, handler)

    def _be_raw(self) -> None:
        import termios
        import tty

        with contextlib.suppress(termios.error):  # the terminal has gone away: reading says so
            tty.setraw(self.descriptor, termios.TCSADRAIN)

    def _be_as_before(self) -> None:
        if self._before is not None:
            import termios

            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.descriptor, termios.TCSANOW, self._before)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Stop, as the signal asks for; whoever lets the program go on comes back to here."""
        self._be_as_before()
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_kill(threading.get_ident(), number)  # to the process, another thread may take it, and later
        signal.signal(number, self._stop)
        self._be_raw()

    def _quit(self, number: int, _frame: FrameType | None) -> None:
        raise Ended(128 + number)

    def read(self) -> bytes | None:
        """Return what was typed; b'': there will be nothing more; None: there is nothing at the moment."""
        try:
            return os.read(self.descriptor, _AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:  # the terminal has gone away
            return b""

    def write(self, data: bytes) -> None:
        """Show output.  Raises OSError, BrokenPipeError, with the name of what cannot be written."""
        _put(1, "standard output", data)

    def note(self, text: str) -> None:
        """Say something on stderr, on lines of its own; the terminal may be raw.  Raises OSError, likewise."""
        is_raw = self._before is not None
        shown = f"[{text}]\n"
        if is_raw:
            shown = "\r\n" + shown.replace("\n", "\r\n")
        _put(2, "standard error", shown.encode(errors="replace"))


def _put(descriptor: int, name: str, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # another program on the same terminal may have made it so
            select.select((), (descriptor,), (), _LOOK_AGAIN_S)
        except OSError as error:
            error.filename = name
            raise

# SPDX-License-Identifier: Apache-2.0
"""The terminal that a console is shown on: raw while it is, and as it was before on every way out."""
from __future__ import annotations

import os
import sys
from typing import Any

_AT_ONCE = 4096


class Terminal:
    """Standard input and output, for bytes.  In its `with`, a terminal passes every key on as it is typed.

    What is no terminal, a pipe say, is read as it comes.
    """

    def __init__(self) -> None:
        self.descriptor = 0 if sys.stdin is None else sys.stdin.fileno()
        self._output = 1
        self._before: list[Any] | None = None
        self.is_terminal = os.isatty(self.descriptor)

    def fileno(self) -> int:
        """Return the descriptor to be waited for."""
        return self.descriptor

    def __enter__(self) -> Terminal:
        if self.is_terminal:
            import termios
            import tty

            self._before = termios.tcgetattr(self.descriptor)
            tty.setraw(self.descriptor, termios.TCSADRAIN)
        return self

    def __exit__(self, *_exc: object) -> None:
        before, self._before = self._before, None
        if before is not None:
            import termios

            termios.tcsetattr(self.descriptor, termios.TCSADRAIN, before)

    def read(self) -> bytes:
        """Return what was typed; b'': there will be nothing more."""
        try:
            return os.read(self.descriptor, _AT_ONCE)
        except OSError:  # the terminal has gone away
            return b""

    def write(self, data: bytes) -> None:
        """Show output.  Raises OSError, BrokenPipeError."""
        while data:
            data = data[os.write(self._output, data) :]

    def note(self, text: str) -> None:
        """Say something on stderr, on lines of its own; the terminal may be raw."""
        is_raw = self._before is not None
        shown = f"[{text}]\n"
        if is_raw:
            shown = "\r\n" + shown.replace("\n", "\r\n")
        os.write(2, shown.encode(errors="replace"))

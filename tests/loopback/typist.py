# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, typed into."""
from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(each, signal.SIG_DFL)  # whoever runs the tests may ignore them
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Typist:
    """A program on a terminal of its own, typed into.

    shown: what it showed; modes, modes_at_end: the terminal's before and after.
    """

    def __init__(self, *command: str, env: dict[str, str] | None = None) -> None:
        self.terminal, end = pty.openpty()
        self.modes: list[object] = termios.tcgetattr(end)
        self.modes_at_end: list[object] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *command], stdin=end, stdout=end, stderr=end, start_new_session=True,
            env=dict(os.environ, LC_ALL="C", PYTHONPATH=str(ROOT), **(env or {})),
        )
        os.close(end)
        self.pid = self.process.pid
        self.shown = bytearray()
        self.ended = False

    def look(self, wait_s: float = 0.1) -> None:
        if self.ended:
            time.sleep(wait_s)
            return
        ready, _, _ = select.select([self.terminal], (), (), wait_s)
        if ready:
            try:
                chunk = os.read(self.terminal, 65536)
            except OSError:
                chunk = b""
            self.ended = not chunk
            self.shown += chunk

    def wait_for(self, text: bytes, begin: int = 0, at_most_s: float = 30.0) -> None:
        """Wait until a text is shown, behind the first `begin` bytes."""
        end = time.monotonic() + at_most_s
        while text not in self.shown[begin:]:
            assert time.monotonic() < end and not self.ended, bytes(self.shown[-300:])
            self.look()

    def type(self, text: bytes) -> None:
        while text:
            text = text[os.write(self.terminal, text[:1000]) :]
            self.look(0.0)

    def hang_up(self) -> None:
        """Take the terminal away."""
        os.close(self.terminal)
        self.ended = True
        self.terminal = -1

    def finish(self, at_most_s: float = 20.0) -> int:
        """Wait until it ends; returns the exit code, with a minus the number of a signal that ended it."""
        end = time.monotonic() + at_most_s
        while (code := self.process.poll()) is None:
            if time.monotonic() > end:
                self.process.kill()
                self.process.wait()
            self.look()
        self.look(0.0)
        if self.terminal >= 0:
            self.modes_at_end = termios.tcgetattr(self.terminal)
            os.close(self.terminal)
        assert time.monotonic() <= end, bytes(self.shown[-300:])
        return code

# SPDX-License-Identifier: Apache-2.0
"""Keep what a console shows in a file, each line with the time at which it began."""
from __future__ import annotations

import os
from datetime import datetime
from typing import BinaryIO, Callable


def _now() -> datetime:
    return datetime.now().astimezone()


class Transcript:
    """A file that is added to.  Only the owner may read it: consoles show passwords now and then.

    Raises OSError where it cannot be written.
    """

    def __init__(self, path: str, now: Callable[[], datetime] = _now) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "ab", buffering=0)
        self._now = now
        self._in_line = False

    def write(self, data: bytes) -> None:
        """Add output: bytes as they came, but for carriage returns at the ends of lines."""
        parts = []
        for line in data.replace(b"\r\n", b"\n").splitlines(keepends=True):
            if not self._in_line:
                parts.append(self._stamp())
            parts.append(line)
            self._in_line = not line.endswith((b"\n", b"\r"))
        self._file.write(b"".join(parts))

    def note(self, text: str) -> None:
        """Add a line that the console did not show."""
        end = b"\n" if self._in_line else b""
        self._in_line = False
        self._file.write(end + self._stamp() + f"[{text}]\n".encode())

    def _stamp(self) -> bytes:
        return self._now().isoformat(timespec="milliseconds").encode() + b" "

    def close(self) -> None:
        """End the last line, and close."""
        if self._in_line:
            self._file.write(b"\n")
        self._file.close()

# SPDX-License-Identifier: Apache-2.0
"""Keep what a console shows in a file, each line with the time at which it began."""
from __future__ import annotations

import contextlib
import os
from datetime import datetime
from typing import BinaryIO, Callable


def _now() -> datetime:
    return datetime.now().astimezone()


class Transcript:
    """A file that is added to.  Only the owner may read it: consoles show passwords now and then.

    Raises OSError, with the name of the file, where it cannot be written.
    """

    def __init__(self, path: str, now: Callable[[], datetime] = _now) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "ab", buffering=0)
        self._path = path
        self._now = now
        self._in_line = False
        self._held = b""

    def write(self, data: bytes) -> None:
        """Add output: bytes as they came, but for carriage returns at the ends of lines."""
        came = self._held + data
        data = came.rstrip(b"\r")
        self._held = came[len(data) :]  # the end of a line may come in pieces
        parts = []
        for line in data.replace(b"\r\n", b"\n").splitlines(keepends=True):
            if not self._in_line:
                parts.append(self._stamp())
            parts.append(line)
            self._in_line = not line.endswith((b"\n", b"\r"))
        self._put(b"".join(parts))

    def note(self, text: str) -> None:
        """Add a line that the console did not show; one that it has not ended is ended."""
        end = b"\n" if self._in_line else b""
        self._in_line = False
        self._held = b""
        self._put(end + self._stamp() + f"[{text}]\n".encode())

    def _put(self, data: bytes) -> None:
        while data:
            try:
                data = data[self._file.write(data) :]
            except OSError as error:
                error.filename = f"--log {self._path}"
                raise

    def _stamp(self) -> bytes:
        return self._now().isoformat(timespec="milliseconds").encode() + b" "

    def close(self) -> None:
        """End the last line, and close; a file that is full is closed as well."""
        with contextlib.suppress(OSError), self._file:
            if self._in_line:
                self._put(b"\n")

# SPDX-License-Identifier: Apache-2.0
"""What is typed at a console, and what is kept of what it shows."""
from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pyghmi.cmd.consolepower import Power
from pyghmi.cmd.escapes import Answer, Escapes, Word
from pyghmi.cmd.pyghmicons import Viewer
from pyghmi.cmd.terminal import Terminal
from pyghmi.cmd.transcript import Transcript


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ([b"ls\r"], [b"ls\r"]),
        ([b"~."], [Word.QUIT]),
        ([b"~", b"."], [Word.QUIT]),
        ([b"a~."], [b"a~."]),
        ([b"a\r~B"], [b"a\r", Word.BREAK]),
        ([b"a\n~?b"], [b"a\n", Word.HELP, b"b"]),
        ([b"~~."], [b"~."]),
        ([b"~~\r~."], [b"~\r", Word.QUIT]),
        ([b"~x"], [b"~x"]),
        ([b"~\r~."], [b"~\r", Word.QUIT]),
        ([b"~B~B"], [Word.BREAK, Word.BREAK]),
        ([b"~P~~."], [Word.POWER, Answer(b"~"), Word.QUIT]),
        ([b"~P", b".~."], [Word.POWER, Answer(b"."), Word.QUIT]),
        ([b"a\n~", b""], [b"a\n~"]),
        ([b"a~", b""], [b"a~"]),
        ([b"\x00\xff\x7f"], [b"\x00\xff\x7f"]),
    ],
)
def test_words_only_at_the_beginning_of_a_line(typed: list[bytes], found: list[Any]) -> None:
    escapes = Escapes()
    got: list[Any] = []
    for chunk in typed:
        for each in escapes.take(chunk):
            if got and isinstance(each, bytes) and isinstance(got[-1], bytes):
                got[-1] += each
            else:
                got.append(each)
    assert got == found


def test_another_escape_and_none() -> None:
    assert Escapes(b"%").take(b"%.") == [Word.QUIT]
    assert Escapes(b"%").take(b"~.") == [b"~."]
    assert Escapes(b"").take(b"~.") == [b"~."]


def test_transcript_has_a_time_before_each_line_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    when = datetime(2024, 5, 3, 10, 0, 0, 123000, timezone.utc)
    log = Transcript(str(path), now=lambda: when)
    for chunk in (b"one\r\ntw", b"o\r\n", b"\xff\xfe"):
        log.write(chunk)
    log.note("console resumed")
    log.write(b"end")
    log.close()
    stamp = b"2024-05-03T10:00:00.123+00:00 "
    assert path.read_bytes() == b"".join(
        stamp + line + b"\n" for line in (b"one", b"two", b"\xff\xfe", b"[console resumed]", b"end")
    )
    assert path.stat().st_mode & 0o777 == 0o600
    Transcript(str(path)).close()
    assert path.read_bytes().startswith(stamp), "a file is added to"


def test_an_end_of_line_that_comes_in_two_pieces(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    log = Transcript(str(path), now=lambda: datetime(2024, 5, 3, 10, 0, 0, 0, timezone.utc))
    for chunk in (b"one\r", b"\ntwo\r", b"\n", b"10%\r", b"20%\r", b"\n"):
        log.write(chunk)
    for chunk in (b"tty\r\r", b"\n", b"tty\r", b"\r\n"):
        log.write(chunk)
    log.write(b"three\r")
    log.note("break")
    log.write(b"four\r")
    log.close()
    stamp = b"2024-05-03T10:00:00.000+00:00 "
    lines = (b"one\n", b"two\n", b"10%\r", b"20%\n", b"tty\r\n", b"tty\r\n", b"three\n", b"[break]\n", b"four\n")
    assert path.read_bytes() == b"".join(stamp + line for line in lines)


def test_nothing_to_be_read_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else may have made it non-blocking, and read what was there."""
    monkeypatch.setattr("sys.stdin", None)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    try:
        terminal = Terminal()
        terminal.descriptor = reader
        viewer = Viewer(terminal, Escapes(), "~", None, Power())
        viewer._readable(0.0)
        assert not viewer._typed
        os.write(writer, b"typed")
        viewer._readable(0.0)
        assert list(viewer._typed) == [b"typed"]
    finally:
        os.close(reader)
        os.close(writer)


class _Narrow:
    """A file that takes a few bytes at a time, and no more than so many."""

    def __init__(self, most: int) -> None:
        self.kept = bytearray()
        self.closed = False
        self._most = most

    def write(self, data: bytes) -> int:
        if len(self.kept) >= self._most:
            raise OSError(28, "No space left on device")
        self.kept += data[:7]
        return len(data[:7])

    def __enter__(self) -> _Narrow:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.closed = True


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """All is written that can be; whoever is told knows which file it is, and closing it makes no noise."""
    log = Transcript(str(tmp_path / "log"))
    log._file.close()
    log._file = narrow = _Narrow(1 << 20)  # type: ignore[assignment]
    log.write(b"0123456789" * 10)
    assert narrow.kept.endswith(b"0123456789" * 10)
    log._file = narrow = _Narrow(40)  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space left") as error:
        log.write(b"0123456789" * 10)
    assert error.value.filename == f"--log {tmp_path / 'log'}"
    log.close()
    assert narrow.closed

# SPDX-License-Identifier: Apache-2.0
"""What is typed at a console, and what is kept of what it shows."""
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pyghmi.cmd.escapes import Escapes, Word
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

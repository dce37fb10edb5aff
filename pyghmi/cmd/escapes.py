# SPDX-License-Identifier: Apache-2.0
"""What is typed at a console: characters for the machine, and words for the tool, which begin with an escape."""
from __future__ import annotations

from enum import Enum
from typing import Union

from pyghmi.ipmi.wire.shapes import NamedTuple


class Word(Enum):
    """A word for the tool."""

    QUIT = b"."
    BREAK = b"B"
    POWER = b"P"
    HELP = b"?"


class Answer(NamedTuple):
    """The key that was typed behind `Word.POWER`, whichever it is."""

    key: bytes


Typed = Union[bytes, Word, Answer]


class Escapes:
    """Tell the two apart.  Only at the beginning of a line the escape character begins a word.

    escape: one byte; doubled, it stands for itself; b'': there are no words.
    """

    def __init__(self, escape: bytes = b"~") -> None:
        self._escape = escape
        self._words = {word.value: word for word in Word}
        self._at_line_start = True
        self._after_escape = False
        self._asked = False

    def take(self, data: bytes) -> list[Typed]:
        """Return what was typed, in its order; b'': there will be nothing more, and an escape was none."""
        found: list[Typed] = []
        if not data and self._after_escape:
            self._after_escape = False
            return [self._escape]
        text = bytearray()
        for number in data:
            typed = bytes((number,))
            if self._asked:
                self._asked = False
                found.append(Answer(typed))
            elif self._after_escape:
                self._after_escape = False
                word = self._words.get(typed)
                if word is not None:
                    if text:
                        found.append(bytes(text))
                        text.clear()
                    found.append(word)
                    self._asked = word is Word.POWER
                    continue
                text += typed if typed == self._escape else self._escape + typed
                self._at_line_start = typed in b"\r\n"
            elif typed == self._escape and self._at_line_start:
                self._after_escape = True
            else:
                text += typed
                self._at_line_start = typed in b"\r\n"
        if text:
            found.append(bytes(text))
        return found

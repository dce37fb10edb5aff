# SPDX-License-Identifier: Apache-2.0
"""What waits to be sent over a serial line, and how long to wait for acknowledgements."""
from __future__ import annotations

from collections import deque
from typing import Union

FIRST_INTERVAL_S = 0.5
LEAST_INTERVAL_S = 0.1
LONGEST_INTERVAL_S = 2.0


class SolQueue:
    """Characters in the pieces in which they were written, with marks between them: the bits of an operation or status.

    characters: how many wait.  Taking costs as much as what is taken, however much waits.
    """

    __slots__ = ("_at", "_pieces", "characters")

    def __init__(self) -> None:
        self._pieces: deque[Union[bytes, int]] = deque()
        self._at = 0
        self.characters = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def add(self, data: bytes) -> None:
        """Append characters."""
        self._pieces.append(data)
        self.characters += len(data)

    def add_mark(self, bits: int) -> None:
        """Append a mark."""
        self._pieces.append(bits)

    def put_mark_first(self, bits: int) -> None:
        """Put a mark before all that waits."""
        first = self._pieces[0] if self._at else bits
        if not isinstance(first, int):
            self._pieces[0] = first[self._at :]
            self._at = 0
        self._pieces.appendleft(bits)

    @property
    def starts_with_mark(self) -> bool:
        """Whether a mark is next."""
        return bool(self._pieces) and isinstance(self._pieces[0], int)

    def take_mark(self) -> int:
        """Remove the mark that is next; 0 where there is none."""
        if self._pieces:
            piece = self._pieces[0]
            if isinstance(piece, int):
                self._pieces.popleft()
                return piece
        return 0

    def take(self, most: int) -> bytes:
        """Remove so many characters at most, up to the next mark."""
        pieces = self._pieces
        if not pieces or most <= 0:
            return b""
        first = pieces[0]
        if isinstance(first, int):
            return b""
        end = self._at + most
        if end < len(first):
            found = first[self._at : end]
            self._at = end
        else:
            found = first[self._at :] if self._at else first
            self._at = 0
            pieces.popleft()
            if len(found) < most and pieces:
                found = self._more(found, most)
        self.characters -= len(found)
        return found

    def _more(self, found: bytes, most: int) -> bytes:
        """Append pieces to what was taken, as far as they fit."""
        parts = [found]
        left = most - len(found)
        pieces = self._pieces
        while left and pieces:
            piece = pieces[0]
            if isinstance(piece, int):
                break
            if len(piece) > left:
                parts.append(piece[:left])
                self._at = left
                break
            parts.append(piece)
            left -= len(piece)
            pieces.popleft()
        return b"".join(parts)

    def drop_characters(self) -> None:
        """Drop all but the marks."""
        marks = [piece for piece in self._pieces if isinstance(piece, int)]
        self.clear()
        self._pieces.extend(marks)

    def clear(self) -> None:
        """Drop everything, marks too."""
        self._pieces.clear()
        self._at = 0
        self.characters = 0


class Pace:
    """How long an acknowledgement may take: from those that came, as TCP does it (RFC 6298), between 0.1 and 2 s.

    adapts=False: always the interval that was given, as simple firmware does it.
    """

    __slots__ = ("_spread_s", "_time_s", "adapts", "interval_s")

    def __init__(self, interval_s: float, *, adapts: bool) -> None:
        self.interval_s = max(interval_s, LEAST_INTERVAL_S) if adapts else interval_s
        self.adapts = adapts
        self._time_s: float | None = None
        self._spread_s = 0.0

    def measured(self, time_s: float) -> None:
        """Take into account how long the acknowledgement of a packet took that was sent once."""
        if not self.adapts:
            return
        smooth = self._time_s
        if smooth is None:
            smooth, self._spread_s = time_s, time_s / 2
        else:
            off = time_s - smooth
            smooth += off / 8
            self._spread_s += (abs(off) - self._spread_s) / 4
        self._time_s = smooth
        interval = smooth + 4 * self._spread_s
        self.interval_s = (
            LEAST_INTERVAL_S
            if interval < LEAST_INTERVAL_S
            else LONGEST_INTERVAL_S
            if interval > LONGEST_INTERVAL_S
            else interval
        )

    def backed_off(self) -> None:
        """Wait longer, until a time is measured again: this one was too short, or the network loses packets."""
        if self.adapts and self.interval_s < LONGEST_INTERVAL_S:
            self.interval_s = min(self.interval_s * 2, LONGEST_INTERVAL_S)

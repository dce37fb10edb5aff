# SPDX-License-Identifier: Apache-2.0
"""The receiving half of a serial-over-LAN end: which characters of a packet are new.  IPMI 2.0 §15.10, §15.11."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.protocol.solevents import LAST_NUMBER, Noticed, SolEvent

NOTHING_NEW = -1

_STALE_BEHIND = 7
_STALE_S = 5.0
_REFUSED_S = 1.0
_SPACED_S = 0.4
_NEVER: tuple[bytes, tuple[int, int], float] = (b"", (0, 0), float("-inf"))


class Incoming:
    """The packets that came.

    A number that was the last one is that packet, sent again: with the same characters, or with more.  One of those
    shortly before, with the very same characters, is a copy that took long.  Any other packet is new, whatever its
    number: some BMCs jump.
    """

    __slots__ = ("_came", "_flags", "_offered", "_refused_at", "_refused_first", "_taken", "_tell", "_told", "last")

    def __init__(self, tell: Callable[[SolEvent], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self.restart()

    def restart(self) -> None:
        """Forget what came."""
        self.last = 0
        self._offered = b""
        self._flags = 0
        self._taken = (0, 0)
        self._refused_at = self._refused_first = 0.0
        self._came = [_NEVER] * (LAST_NUMBER + 1)

    def known(self, number: int, data: bytes, now: float) -> int:
        """Return how many characters of a packet came before; NOTHING_NEW where it is to be acknowledged only."""
        last = self.last
        if number == last % LAST_NUMBER + 1:
            return 0
        if number == last:
            return self._repeated(data, now)
        before, _taken, at = self._came[number]
        late = now - at <= _STALE_S and (last - number) % LAST_NUMBER <= _STALE_BEHIND
        if late and before.startswith(data) and (data or not before):
            self._notice("C18", "a packet came again after those that followed it")
            return NOTHING_NEW
        return 0

    def _repeated(self, data: bytes, now: float) -> int:
        """Compare with the packet that came under this number."""
        offered = self._offered
        taken, refusal = self._taken
        if refusal and not taken:
            # Some repeat a refused packet under its number, others send a new one: late copies must not count then.
            again = now - self._refused_first >= _REFUSED_S and now - self._refused_at >= _SPACED_S
            return 0 if again else NOTHING_NEW
        if data == offered:
            return NOTHING_NEW
        if data.startswith(offered):
            if taken < len(offered):
                return NOTHING_NEW  # the sender is to send the rest under a new number
            self._notice("C17", "a packet that is sent again has more characters than before")
            return taken
        return NOTHING_NEW if offered.startswith(data) else 0

    def fresh(self, flags: int) -> int:
        """Return those bits of the last packet, sent again, that were not set before."""
        if self._taken[1]:
            return 0  # what was refused is not acted on either
        new = flags & ~self._flags
        self._flags |= flags
        return new

    def again(self, number: int, now: float) -> tuple[int, int]:
        """Return (characters taken, bits of the refusal) of a packet that came before."""
        if number != self.last:
            return self._came[number][1]
        if self._taken[1]:
            self._refused_at = now
        self._came[number] = (self._offered, self._taken, now)
        return self._taken

    def took(self, number: int, data: bytes, flags: int, taken: int, refusal: int, now: float) -> None:
        """Remember what was taken of a packet."""
        if refusal:
            self._refused_at = now
            if number != self.last or not self._taken[1]:
                self._refused_first = now
        self.last = number
        self._offered = data
        self._flags = flags
        self._taken = (taken, refusal)
        self._came[number] = (data, self._taken, now)

    def _notice(self, row: str, text: str) -> None:
        if row not in self._told:
            self._told.add(row)
            self._tell(Noticed(row, text))

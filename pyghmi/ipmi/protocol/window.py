# SPDX-License-Identifier: Apache-2.0
"""Which session sequence numbers may still come: each once.  IPMI 2.0 §6.12.13 (1.5), §13.29 (RMCP+)."""
from __future__ import annotations

MAX_SEQUENCE = 0xFFFFFFFF
_NOTHING: frozenset[int] = frozenset()


def next_sequence(number: int) -> int:
    """Return the session sequence number after `number`: 32 bits, never 0."""
    return number + 1 if number < MAX_SEQUENCE else 1


class ReplayWindow:
    """Remember the highest number seen and which of the numbers below it have not come.

    The distances go around the end of 32 bits.  A number `ahead` or less above the highest is accepted and becomes
    the highest; one at most `behind` below it is accepted unless it came before; 0 is never.

    Kept are the gaps, not the numbers that came: packets that arrive in order, nearly all, leave nothing to note.
    """

    __slots__ = ("_ahead", "_behind", "_expected", "_fresh", "_missing")

    def __init__(self, *, ahead: int = 0x7FFFFFFF, behind: int = 31, start: int | None = None) -> None:
        """`start`: a number next to which the first one is expected; None: the first one that comes is right.

        `ahead` is unlimited by default.  The bounds of the specification (15 or 8) cut a session for good when that
        many packets are lost in a row; a number that an authentication code covers needs no upper bound.
        """
        self._ahead = ahead
        self._behind = behind
        self._missing: frozenset[int] | set[int] = _NOTHING  # shared: most sessions never have a gap
        self._expected = 1
        self._fresh = start is None
        if start is not None:
            self._expected = next_sequence(start)
            self._missing = {(start - below) & MAX_SEQUENCE for below in range(behind + 1)}

    @property
    def highest(self) -> int | None:
        """The highest number accepted so far, or the one to begin next to; None before the first."""
        return (self._expected - 1 or MAX_SEQUENCE) if self._begun else None

    @property
    def _begun(self) -> bool:
        return not self._fresh or self._expected != 1

    def accept(self, number: int) -> bool:
        """Whether `number` is new and near; if so, it is remembered as seen."""
        if number != self._expected:
            return self._accept_out_of_turn(number)
        self._expected = number + 1 if number < MAX_SEQUENCE else 1
        return True

    def fits(self, number: int) -> bool:
        """Whether `number` would be accepted; nothing is remembered."""
        if not number:
            return False
        step = self._step_to(number)
        return not self._begun or 0 < step <= self._ahead or (-step <= self._behind and number in self._missing)

    def _step_to(self, number: int) -> int:
        """Return how far `number` is above the highest; negative: below."""
        step = (number - self._expected + 1) & MAX_SEQUENCE
        return step if step <= MAX_SEQUENCE >> 1 else step - MAX_SEQUENCE - 1

    def _accept_out_of_turn(self, number: int) -> bool:
        if not self.fits(number):
            return False
        step = self._step_to(number)
        if self._begun and step <= 0:
            self._missing -= {number}
            return True
        newly_missing = min(step - 1, self._behind) if self._begun else self._behind
        self._missing |= {(number - below) & MAX_SEQUENCE for below in range(1, newly_missing + 1)}
        self._expected = next_sequence(number)
        self._fresh = False
        self._forget_old()
        return True

    def _forget_old(self) -> None:
        """Drop the gaps that are too old to be filled, so that their number stays bounded."""
        self._missing = {each for each in self._missing if 0 <= -self._step_to(each) <= self._behind} or _NOTHING


class AnyOrder(ReplayWindow):
    """Accept every number, as often as it comes: for recordings, where a repeated packet is a fact to be shown."""

    __slots__ = ()

    def accept(self, number: int) -> bool:
        """Accept `number`."""
        return True

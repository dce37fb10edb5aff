# SPDX-License-Identifier: Apache-2.0
"""What has been learned about one BMC, so that the next login starts right."""
from __future__ import annotations

from collections.abc import Sequence

from pyghmi.ipmi.protocol.keying import KeyVariant
from pyghmi.ipmi.protocol.rakp import STANDARD, RoleVariant
from pyghmi.ipmi.spec.codes import Privilege

_ALPHA, _BETA = 0.125, 0.25
_UNMEASURED_WAIT = 1.0
_MEASURED_FLOOR = 0.25
_THIRD_OF_FLOOR = _MEASURED_FLOOR / 3
_CAP = 5.0
_LONGEST_FIRST_WAIT = 15.0


class BmcMemory:
    """Facts about one BMC: what it took, how it deviates, how fast it is.  Holds no secrets.

    suites_refused: by number; only_15: whether it once said that it has no IPMI 2.0; spoke_20: whether it ever did in
    this process (then it is never taken for an IPMI 1.5 BMC); privileges: level granted where a higher one was refused,
    by user name; key_variants: how it keys packets, by suite, where that deviates; quirks: name -> what was seen;
    first_wait_s: seconds to wait for an answer before asking again, at least one where nothing was measured, and never
    less than three round trips: repeats in quick succession make some BMCs answer ever later.

    What a caller insisted on is not remembered: it says nothing of what the BMC would have taken.
    """

    __slots__ = (
        "codes_anyway",
        "first_wait_s",
        "key_variants",
        "name_only_works",
        "only_15",
        "open_highest",
        "pad_rakp1",
        "padded_proof",
        "privileges",
        "quirks",
        "raising_unanswered",
        "rtt_variance",
        "smoothed_rtt",
        "spoke_20",
        "suites_refused",
        "unnumbered",
        "untracked_bridging",
        "variant",
    )

    def __init__(self) -> None:
        self.suites_refused: set[int] = set()
        self.only_15 = False
        self.spoke_20 = False
        self.open_highest = False
        self.padded_proof = False
        self.raising_unanswered = False
        self.codes_anyway = False
        self.unnumbered = False
        self.variant: RoleVariant = STANDARD
        self.key_variants: dict[int | None, KeyVariant] = {}
        self.untracked_bridging = False
        self.name_only_works = True
        self.pad_rakp1 = False
        self.privileges: dict[bytes, int] = {}
        self.quirks: dict[str, str] = {}
        self.smoothed_rtt: float | None = None
        self.rtt_variance = 0.0
        self.first_wait_s = _UNMEASURED_WAIT

    def measured(self, rtt: float) -> None:
        """Take one round trip into account; never one of a repeated request (Karn's rule).  RFC 6298 §2."""
        smoothed = self.smoothed_rtt
        if smoothed is None:
            smoothed, variance = rtt, rtt / 2
        else:
            off = rtt - smoothed
            variance = self.rtt_variance
            variance += _BETA * ((off if off > 0 else -off) - variance)
            smoothed += _ALPHA * off
        self.smoothed_rtt = smoothed
        self.rtt_variance = variance
        wait = smoothed + 4 * variance
        if wait < _MEASURED_FLOOR and smoothed < _THIRD_OF_FLOOR:
            self.first_wait_s = _MEASURED_FLOOR
        else:
            self.first_wait_s = min(max(wait, 3 * smoothed), _LONGEST_FIRST_WAIT)

    def was_repeated(self) -> None:
        """A request was answered after it had been repeated: wait longer, until a round trip is measured again.

        Else a BMC that is slower than was measured would be asked everything twice, for ever.  RFC 6298 §5.5, §5.6.
        """
        self.first_wait_s = min(max(2 * self.first_wait_s, _MEASURED_FLOOR), max(_CAP, self.first_wait_s))

    def notice(self, name: str, text: str) -> None:
        """Remember a deviation by the name of its row in the table of quirks."""
        self.quirks[name] = text

    def refused(self, suite: int) -> None:
        """Remember a suite that the BMC does not take."""
        self.suites_refused.add(suite)

    def in_order(self, suites: Sequence[int]) -> list[int]:
        """Return these suites with those last that this BMC refused."""
        return sorted(suites, key=lambda number: number in self.suites_refused)

    def levels(self, user: bytes, wanted: Sequence[Privilege]) -> list[Privilege]:
        """Return these privilege levels without those that this user was seen not to have."""
        known = self.privileges.get(user)
        found = [level for level in wanted if known is None or level <= known]
        return found or list(wanted)

    def took(self, user: bytes, suite: int | None, privilege: int, wanted: Sequence[Privilege]) -> None:
        """Remember what led to a session."""
        if suite is not None:
            self.suites_refused.discard(suite)
        if len(self.privileges) > 64:
            self.privileges.clear()
        if privilege in wanted and privilege != wanted[0]:
            self.privileges[user] = privilege


def backoff(first: float, tries: int) -> float:
    """Return the wait after the `tries`th sending: doubled each time, up to five seconds (or the first)."""
    return min(first * (1 << min(max(tries - 1, 0), 10)), max(_CAP, first))

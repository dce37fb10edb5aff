# SPDX-License-Identifier: Apache-2.0
"""What has been learned about one BMC, so that the next login starts right."""
from __future__ import annotations

from collections.abc import Sequence

from pyghmi.ipmi.protocol.keying import KeyVariant
from pyghmi.ipmi.protocol.rakp import STANDARD, RoleVariant

_ALPHA, _BETA = 0.125, 0.25
_UNMEASURED_WAIT = 1.0
_MEASURED_FLOOR = 0.25
_THIRD_OF_FLOOR = _MEASURED_FLOOR / 3
_CAP = 5.0
_LONGEST_FIRST_WAIT = 15.0


class BmcMemory:
    """Facts about one BMC: what it took, how it deviates, how fast it is.  Holds no secrets.

    suites_taken, suites_refused: by number; spoke_20: whether it ever did in this process (then it is never taken for
    an IPMI 1.5 BMC); privileges: level granted, by user name; key_variants: how it keys packets, by suite, where that
    deviates; quirks: name -> what was seen; first_wait_s: seconds to wait for an answer before asking again, at least
    one where nothing was measured, and never less than three round trips: repeats in quick succession make some BMCs
    answer ever later.
    """

    __slots__ = (
        "first_wait_s",
        "key_variants",
        "name_only_works",
        "pad_rakp1",
        "privileges",
        "quirks",
        "rtt_variance",
        "smoothed_rtt",
        "spoke_20",
        "suites_refused",
        "suites_taken",
        "untracked_bridging",
        "variant",
        "version",
    )

    def __init__(self) -> None:
        self.suites_taken: set[int] = set()
        self.suites_refused: set[int] = set()
        self.version: str | None = None
        self.spoke_20 = False
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

    def notice(self, name: str, text: str) -> None:
        """Remember a deviation by the name of its row in the table of quirks."""
        self.quirks[name] = text

    def refused(self, suite: int) -> None:
        """Remember a suite that the BMC does not take."""
        self.suites_refused.add(suite)
        self.suites_taken.discard(suite)

    def in_order(self, suites: Sequence[int]) -> list[int]:
        """Return these suites with those that this BMC took first and those that it refused last."""
        return sorted(suites, key=lambda number: (number in self.suites_refused, number not in self.suites_taken))

    def took(self, user: bytes, suite: int | None, privilege: int) -> None:
        """Remember what led to a session."""
        if suite is not None:
            self.suites_taken.add(suite)
            self.suites_refused.discard(suite)
        if len(self.privileges) > 64:
            self.privileges.clear()
        self.privileges[user] = privilege


def backoff(first: float, tries: int) -> float:
    """Return the wait after the `tries`th sending: doubled each time, up to five seconds (or the first)."""
    return min(first * (1 << min(max(tries - 1, 0), 10)), max(_CAP, first))

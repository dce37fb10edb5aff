# SPDX-License-Identifier: Apache-2.0
"""Who was refused a login how often: whoever guesses has to wait."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

_FREE = 5
_FORGOTTEN_AFTER_S = 60.0
_MOST_SOURCES = 1024


class Refusals:
    """Count refused logins by source address.

    A source has a few for nothing; after each further one its next step of any login waits for `wait_s` seconds (0:
    it never waits).  Only what went through the address itself is counted, for a step needs an id that was sent there:
    nobody can have another one's address slowed down by forging it.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._seen: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def count(self, peer: Hashable) -> int:
        """Return how often a peer's address was refused of late."""
        return self._seen.get(source_of(peer), (0, 0.0))[0]

    def add(self, peer: Hashable, now: float) -> None:
        """Note a refusal."""
        source = source_of(peer)
        count, last = self._seen.get(source, (0, now))
        if now - last >= _FORGOTTEN_AFTER_S:
            count = 0
        self._seen[source] = (count + 1, now)
        self._seen.move_to_end(source)
        if len(self._seen) > _MOST_SOURCES:
            self._seen.popitem(last=False)

    def free_at(self, peer: Hashable) -> float:
        """Return when a peer's next step may be looked at."""
        count, last = self._seen.get(source_of(peer), (0, 0.0))
        return last + self._wait_s if count > _FREE else 0.0

    def expire(self, now: float) -> None:
        """Forget what was long ago; the longest ago comes first."""
        while self._seen:
            source, (_count, last) = next(iter(self._seen.items()))
            if now - last < _FORGOTTEN_AFTER_S:
                return
            del self._seen[source]


def source_of(peer: Hashable) -> Hashable:
    """Return the address of a peer without its port, which a guesser can change at will."""
    return peer[0] if isinstance(peer, tuple) and peer else peer

# SPDX-License-Identifier: Apache-2.0
"""Who was refused a login how often: whoever guesses has to wait."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

_FREE = 5
_MOST_SOURCES = 1024
_MAPPED, _LINK_LOCAL = "::ffff:", "fe80:"
_GROUPS = 8


class Refusals:
    """Count refused logins by source address.

    A source has a few for nothing; after each further one its next step of any login waits for `wait_s` seconds (0:
    it never waits).  Only what went through the address itself is counted, for a step needs an id that was sent there:
    nobody can have another one's address slowed down by forging it.
    """

    forgotten_after_s = 60.0

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
        if now - last >= self.forgotten_after_s:
            count = 0
        self._seen[source] = (count + 1, now)
        self._seen.move_to_end(source)
        if len(self._seen) > _MOST_SOURCES:
            self._seen.popitem(last=False)

    def free_at(self, peer: Hashable) -> float:
        """Return when a peer's next step may be looked at."""
        count, last = self._seen.get(source_of(peer), (0, 0.0))
        return last + self._wait_s if count > _FREE else 0.0

    def expire(self, now: float) -> float | None:
        """Forget what was long ago, the longest ago comes first; returns when to do that again, None for never."""
        while self._seen:
            source, (_count, last) = next(iter(self._seen.items()))
            if now < last + self.forgotten_after_s:
                return last + self.forgotten_after_s
            del self._seen[source]
        return None


def source_of(peer: Hashable) -> Hashable:
    """Return the address of a peer without what a guesser can change at will: port, and the host's half of IPv6."""
    if not isinstance(peer, tuple) or not peer:
        return peer
    address = peer[0]
    if not isinstance(address, str) or ":" not in address:
        return address
    if address.lower().startswith(_MAPPED):
        return address[len(_MAPPED) :]
    return address if address.startswith(_LINK_LOCAL) else _network_of(address)


def _network_of(address: str) -> str:
    """Return the first 64 bits of an IPv6 address: what a network gives to one host."""
    head, gap, tail = address.partition("::")
    groups = head.split(":") if head else []
    if gap:
        groups += ["0"] * (_GROUPS - len(groups) - tail.count(":") - bool(tail))
    return ":".join(groups[: _GROUPS // 2])

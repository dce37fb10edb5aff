# SPDX-License-Identifier: Apache-2.0
"""Messages of consoles that have to wait: few, and each console gets its turn."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

_MOST = 64


class Held:
    """Keep messages back by peer.  Where there are too many, the peer that has most loses its last one."""

    def __init__(self) -> None:
        self._messages: OrderedDict[Hashable, OrderedDict[tuple[int, bytes], None]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def peers(self) -> list[Hashable]:
        """Those who wait, who had his turn longest ago first."""
        return list(self._messages)

    def add(self, kind: int, payload: bytes, peer: Hashable) -> None:
        """Keep a message, once."""
        messages = self._messages.setdefault(peer, OrderedDict())
        if (kind, payload) in messages:
            return
        messages[kind, payload] = None
        self._count += 1
        if self._count > _MOST:
            most = max(self._messages, key=lambda each: len(self._messages[each]))
            self._messages[most].popitem()
            self._count -= 1
            if not self._messages[most]:
                del self._messages[most]

    def pop(self, peer: Hashable) -> tuple[int, bytes]:
        """Take out the first message of a peer, who then waits for his next turn."""
        messages = self._messages.pop(peer)
        found, _nothing = messages.popitem(last=False)
        self._count -= 1
        if messages:
            self._messages[peer] = messages
        return found

    def clear(self) -> None:
        """Forget all of them."""
        self._messages.clear()
        self._count = 0

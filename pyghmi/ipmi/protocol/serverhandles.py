# SPDX-License-Identifier: Apache-2.0
"""Session handles: one byte each, so that a session can be named without its id.  IPMI 2.0 §22.19, §22.20."""
from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyghmi.ipmi.protocol.bmcsession import BmcSession

NO_HANDLE = 0xFF
"""What sessions get when all handles are in use: a reserved value, which names none of them."""

_FIRST, _LAST = 1, 0xFE


class Handles:
    """Give a handle to each session as long as there are any; one that was given back rests as long as possible."""

    def __init__(self) -> None:
        self._free = deque(range(_FIRST, _LAST + 1))
        self._sessions: dict[int, BmcSession] = {}

    def take(self) -> int:
        """Return a handle that nobody has, `NO_HANDLE` when there is none left."""
        return self._free.popleft() if self._free else NO_HANDLE

    def begin(self, session: BmcSession) -> None:
        """Let a session be found by the handle that it has taken."""
        if session.handle != NO_HANDLE:
            self._sessions[session.handle] = session

    def end(self, session: BmcSession) -> None:
        """Take the handle of a session back."""
        if self._sessions.pop(session.handle, None) is not None:
            self._free.append(session.handle)

    def find(self, handle: int) -> BmcSession | None:
        """Return whose handle that is."""
        return self._sessions.get(handle)

    def nth(self, number: int) -> BmcSession | None:
        """Return the session at this place, from 1, of those that have a handle, in the order of their handles."""
        if not 1 <= number <= len(self._sessions):
            return None
        return self._sessions[sorted(self._sessions)[number - 1]]

# SPDX-License-Identifier: Apache-2.0
"""What stands for a thread and for locks that programs expect to find."""
from __future__ import annotations

from typing import Callable


class SessionThread:
    """Looks like a thread: to join it is to end all sessions.  There is none: whoever waits turns the wheel."""

    daemon = True
    name = "pyghmi"

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._alive = True

    def join(self, timeout: float | None = None) -> None:
        """Log out of everything."""
        self._alive = False
        self._end()

    def is_alive(self) -> bool:
        """Whether it was not joined."""
        return self._alive

    isAlive = is_alive


class PlainLock:
    """A lock that nobody else takes: the reactor has its own."""

    def __enter__(self) -> PlainLock:
        return self

    def __exit__(self, *_exc: object) -> None:
        return None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it."""
        return True

    def release(self) -> None:
        """Give it back."""

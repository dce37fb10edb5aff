# SPDX-License-Identifier: Apache-2.0
"""What stands for a thread and for locks that programs expect to find, and functions that they call."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor


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


def shared() -> Reactor:
    """Return the reactor of the process."""
    from pyghmi.ipmi.net import reactor

    return reactor.shared()


def _monotonic_time() -> float:
    """Return seconds on a clock that never goes back."""
    return shared().clock()


def _checksum(*data: int) -> int:
    """Return the byte that makes the sum of all 0 modulo 256."""
    from pyghmi.ipmi.protocol.ipmb import checksum

    return checksum(bytes(data))


def _io_sendto(mysocket: Any, packet: Iterable[int], sockaddr: Any) -> None:
    """Send a datagram; what cannot be sent counts as lost."""
    try:
        mysocket.sendto(bytes(packet), sockaddr)
    except OSError:
        return

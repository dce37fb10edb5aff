# SPDX-License-Identifier: Apache-2.0
"""What stands for a thread and for locks that programs expect to find, and functions that they call."""
from __future__ import annotations

from collections.abc import ItemsView, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.private import callbacks

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor

_BLOCK_BYTES = 16


class SessionThread:
    """Looks like a thread: to join it is to end all sessions.  There is none: whoever waits turns the wheel."""

    daemon = True
    name = "pyghmi"

    def __init__(self, end: Callable[[], None] | None = None) -> None:
        self._end = end
        self._alive = True

    def join(self, timeout: float | None = None) -> None:
        """Log out of everything."""
        self._alive = False
        if self._end is not None:
            self._end()

    def start(self) -> None:
        """Do nothing: there is nothing to run."""

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
    from pyghmi.ipmi.net.reactor import shared as of_process

    return of_process()


class Loop:
    """The part of `Session` that turns the wheel for all of them."""

    @classmethod
    def wait_for_rsp(cls, timeout: float | None = None, callout: bool = True) -> int:
        """Let sessions and servers do what is due, and wait for one event, at most `timeout` seconds.

        None: until the next thing is due; at once where there is none.  Returns the number of sessions that wait.
        Raises what the program's own `onlogon` raises meanwhile.
        """
        if not callbacks.awaited:
            return shared().run_once(timeout)
        with callbacks.own_turn():
            return shared().run_once(timeout)

    @classmethod
    def pause(cls, timeout: float) -> None:
        """Run the loop for that many seconds."""
        reactor = shared()
        reactor.run_until(None, reactor.clock() + timeout)

    @classmethod
    def run_for_ever(cls) -> None:
        """Run the loop."""
        shared().run_until(None)

    def process_pktqueue(self) -> None:
        """Do nothing: datagrams are handled as they come."""


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


def _io_recvfrom(mysocket: Any, size: int) -> Any:
    """Return (datagram, address), None where there is nothing to be had."""
    try:
        return mysocket.recvfrom(size)
    except OSError:
        return None


def _io_wait(timeout: float | None, myaddr: Any = None, evq: Any = None) -> None:
    """Let all sessions do what is due, and wait for one event, at most that long."""
    shared().run_once(timeout)


def _io_graball(mysockets: Any, iowaiters: Any) -> list[Any]:
    """Take in what has come.  Sessions have it at once: there is nobody to be told afterwards."""
    shared().run_once(0.0)
    return []


def _aespad(data: bytes) -> bytearray:
    """Return what fills `data` up to whole blocks of AES: 1, 2, 3 ..., then how many."""
    count = -(len(data) + 1) % _BLOCK_BYTES
    return bytearray((*range(1, count + 1), count))


def unmatched(response: Any, netfn: int, cmd: int) -> bool:
    """Whether this is no answer to that command; netfn: of the answer."""
    return not response or response["netfn"] != netfn or response["command"] != cmd


def dictitems(d: Mapping[Any, Any]) -> ItemsView[Any, Any]:
    """Return the pairs of a dictionary."""
    return d.items()

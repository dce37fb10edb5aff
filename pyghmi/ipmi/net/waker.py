# SPDX-License-Identifier: Apache-2.0
"""How threads that share a reactor wake one another."""
from __future__ import annotations

from typing import Any, Protocol

from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.poller import Poller

_FOR_EVER = -1


class Waited(Protocol):
    """Something that is waited for."""

    @property
    def done(self) -> bool: ...


class Waker:
    """A pair of sockets through which other threads reach the one that waits for the network."""

    def __init__(self, poller: Poller) -> None:
        near, far = modules.socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        self._near, self._far = near, far
        poller.add(near, self._called)

    def wake(self) -> None:
        """Make it look again."""
        try:
            self._far.send(b"\0")
        except OSError:
            return  # its buffer is full of such calls already

    def _called(self, _now: float) -> None:
        self._near.recv(4096)

    def close(self) -> None:
        """Give the sockets back."""
        self._near.close()
        self._far.close()


class Followers:
    """The threads that sleep while another one turns the wheel.  Called under the reactor's lock.

    asleep: what each waits for, and its gate; empty where nobody sleeps.
    """

    def __init__(self) -> None:
        self.asleep: dict[int, tuple[Waited | None, Any]] = {}

    def sleep(self, lock: Any, waited: Waited | None, timeout_s: float | None) -> None:
        """Sleep until somebody wakes this thread, at most `timeout_s` seconds; the lock is given up for it."""
        gate = modules.threading.Lock()
        gate.acquire()
        key = id(gate)
        self.asleep[key] = (waited, gate)
        lock.release()
        try:
            gate.acquire(timeout=_FOR_EVER if timeout_s is None else timeout_s)
        finally:
            lock.acquire()
            self.asleep.pop(key, None)

    def wake_done(self) -> None:
        """Wake those whose answer has come."""
        for key, (waited, gate) in list(self.asleep.items()):
            if waited is not None and waited.done:
                del self.asleep[key]
                gate.release()

    def wake_one(self) -> None:
        """Wake one, to turn the wheel."""
        if self.asleep:
            _waited, gate = self.asleep.pop(next(iter(self.asleep)))
            gate.release()

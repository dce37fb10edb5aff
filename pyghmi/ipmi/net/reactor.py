# SPDX-License-Identifier: Apache-2.0
"""One loop for all sessions: wait, hand over datagrams, fire timers, wake who waits.

There is no thread of its own.  Whoever waits for an answer turns the wheel; where several threads wait, one turns it
for all (the leader) and hands it over when its own answer has come.
"""
from __future__ import annotations

import atexit
import os
import time
import weakref
from collections import deque
from heapq import heappop, heappush
from itertools import count
from typing import Any, Callable, Protocol

from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.poller import Readable, make_poller
from pyghmi.ipmi.net.sockets import Ports
from pyghmi.ipmi.net.waker import Followers, Waited, Waker

NEVER = float("inf")
_LONGEST_SLEEP_S = 3600.0


class Timed(Protocol):
    """Something with a timer.  `armed_at` belongs to the reactor; begin with NEVER."""

    armed_at: float

    def fire(self, now: float) -> None: ...


class _Nothing:
    """What is waited for when nothing is."""

    done = False


_NOTHING = _Nothing()


class Member(Protocol):
    """Something that lives on a reactor: it is closed at exit, and told when the process was forked."""

    @property
    def outstanding(self) -> int: ...

    def close_soon(self) -> None: ...

    def forked(self) -> None: ...


class Reactor:
    """Turn the wheel for any number of sockets and timers.  All methods may be called from any thread.

    `lock` guards everything that hangs on this reactor; hold it to change a machine, never while waiting.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._set_up()
        _reactors.add(self)

    def _set_up(self) -> None:
        self.lock: Any = modules.threading.RLock()
        self._poller = make_poller()
        self._sockets: set[Any] = set()
        self._timers: list[tuple[float, int, weakref.ref[Timed]]] = []
        self._order = count()
        self._members: weakref.WeakSet[Member] = weakref.WeakSet()
        self._callbacks: deque[Callable[[], object]] = deque()
        self._leading = False
        self._sleeps_until = NEVER
        self._followers = Followers()
        self._waker: Waker | None = None
        self.awaited: Waited = _NOTHING
        self.ports = Ports(self)

    # --- what hangs on it

    def add(self, sock: Any, readable: Readable) -> None:
        """Watch a socket: `readable(now)` is called, under the lock, when there is something to read."""
        with self.lock:
            self._be_wakeable()
            self._poller.add(sock, readable)
            self._sockets.add(sock)
            self._wake(0.0)

    def remove(self, sock: Any) -> None:
        """Watch it no more."""
        with self.lock:
            if sock in self._sockets:
                self._sockets.discard(sock)
                self._poller.remove(sock)

    def join(self, member: Member) -> None:
        """Have `member` closed at exit and told of forks."""
        with self.lock:
            self._members.add(member)

    def leave(self, member: Member) -> None:
        """Take it off."""
        with self.lock:
            self._members.discard(member)

    def arm(self, timed: Timed, due: float) -> None:
        """Have `timed.fire(now)` called at `due` or before; it looks for itself whether its time has come."""
        if due < timed.armed_at:
            timed.armed_at = due
            heappush(self._timers, (due, next(self._order), weakref.ref(timed)))
            if self._leading and due < self._sleeps_until:
                self._wake(due)

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Have `callback()` called by whoever turns the wheel, without the lock."""
        self._callbacks.append(callback)

    # --- turning the wheel

    def run_until(self, waited: Waited | None, deadline: float = NEVER) -> None:
        """Turn the wheel until `waited.done`, or until the deadline."""
        self._be_wakeable()
        lock = self.lock
        lock.acquire()
        try:
            self.run_locked(waited, deadline)
        finally:
            lock.release()

    def run_locked(self, waited: Waited | None, deadline: float = NEVER) -> None:
        """Do the same for a caller who holds the lock; it is given up for each wait."""
        try:
            while waited is None or not waited.done:
                if self._callbacks:
                    self._call_back()
                    continue
                now = self.clock()
                if now >= deadline:
                    break
                if self._leading:
                    self._follow(waited, now, deadline)
                else:
                    self.awaited = _NOTHING if waited is None else waited
                    self._turn(now, deadline)
            if self._callbacks:
                self._call_back()
        finally:
            if self._followers.asleep and not self._leading:
                self._followers.wake_one()  # this thread stops turning the wheel

    def run_once(self, timeout_s: float | None = None) -> int:
        """Wait for one event, at most `timeout_s` seconds (None: until the next timer; at once where there is none).

        Returns the number of members that wait for an answer.
        """
        with self.lock:
            now = self.clock()
            self._be_wakeable()
            if self._callbacks:
                timeout_s = 0.0
            elif timeout_s is None:
                timeout_s = max(self._timers[0][0] - now, 0.0) if self._timers else 0.0
            if self._leading:
                self._follow(None, now, now + timeout_s)
            else:
                self.awaited = _NOTHING
                self._turn(now, now + timeout_s)
            self._call_back()
            if self._followers.asleep and not self._leading:
                self._followers.wake_one()
            return sum(1 for member in self._members if member.outstanding) if self._members else 0

    @property
    def idle(self) -> bool:
        """Whether there is no timer and no callback: nothing would end a wait but the network."""
        return not self._timers and not self._callbacks

    def _turn(self, now: float, deadline: float) -> None:
        """Wait once and serve what has happened.  The lock is held when this is called, and given up for the wait."""
        timers, lock = self._timers, self.lock
        until = timers[0][0] if timers else NEVER
        if deadline < until:
            until = deadline
        timeout_s = until - now
        if not 0.0 < timeout_s < _LONGEST_SLEEP_S:
            timeout_s = 0.0 if timeout_s <= 0.0 else _LONGEST_SLEEP_S
        self._sleeps_until = until
        self._leading = True
        lock.release()
        try:
            ready = self._poller.wait(timeout_s)
        finally:
            lock.acquire()
            self._leading = False
        now = self.clock()
        for readable in ready:
            readable(now)
        if timers and timers[0][0] <= now:
            self._fire(now)
        if self._followers.asleep:
            self._followers.wake_done()

    def _fire(self, now: float) -> None:
        """Serve the timers that are due; one that is set again to a time gone by waits for the next turn."""
        timers = self._timers
        found = []
        while timers and timers[0][0] <= now:
            found.append(heappop(timers))
        for due, _order, reference in found:
            timed = reference()
            if timed is not None and due == timed.armed_at:  # else an earlier time was set since, and has been served
                timed.armed_at = NEVER
                timed.fire(now)

    def _call_back(self) -> None:
        """Call what was put off, without the lock: it may do anything, and wait itself."""
        while self._callbacks:
            callback = self._callbacks.popleft()
            if self._followers.asleep and not self._leading:
                self._followers.wake_one()  # this thread stops turning the wheel
            self.lock.release()
            try:
                callback()
            finally:
                self.lock.acquire()

    # --- threads

    def _follow(self, waited: Waited | None, now: float, deadline: float) -> None:
        """Sleep while another thread turns the wheel.  The lock is held when this is called."""
        timeout_s = None if deadline == NEVER else min(max(deadline - now, 0.0), _LONGEST_SLEEP_S)
        self._followers.sleep(self.lock, waited, timeout_s)

    def nudge(self) -> None:
        """Make every waiting thread look again.  To be called, with the lock, by who changed something from outside."""
        self._followers.wake_done()
        self._wake(0.0)

    def _be_wakeable(self) -> None:
        """See to it that other threads can reach the one that waits for the network."""
        if self._waker is None:
            self._waker = Waker(self._poller)

    def _wake(self, due: float) -> None:
        """Make the leader look again, if it sleeps longer than until `due`."""
        if self._leading and due < self._sleeps_until and self._waker is not None:
            self._sleeps_until = due
            self._waker.wake()

    # --- ends

    def close(self) -> None:
        """Close every member and give all descriptors back."""
        self.close_members()
        with self.lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()
            if self._waker is not None:
                self._waker.close()
                self._waker = None
            self._poller.close()

    def close_members(self) -> None:
        """Close every member: each sends its farewell once, and nobody waits for an answer."""
        with self.lock:
            members = list(self._members)
        for member in members:
            member.close_soon()

    def forked(self) -> None:
        """Begin anew in a child process, without touching what the parent goes on using."""
        members, sockets, poller = list(self._members), self._sockets, self._poller
        if self._waker is not None:
            self._waker.close()
        poller.close()  # closes this process's copy; removing sockets from it would remove them for the parent too
        for sock in sockets:
            sock.close()
        self._set_up()
        for member in members:
            member.forked()


_reactors: weakref.WeakSet[Reactor] = weakref.WeakSet()
_shared: Reactor | None = None


def shared() -> Reactor:
    """Return the reactor of the process."""
    global _shared
    if _shared is None:
        _shared = Reactor()
    return _shared


def share(reactor: Reactor | None) -> Reactor | None:
    """Make this the reactor of the process from now on, None: a new one when it is needed; returns the one before."""
    global _shared
    before, _shared = _shared, reactor
    return before


def _after_fork() -> None:
    for reactor in list(_reactors):
        reactor.forked()


def _at_exit() -> None:
    for reactor in list(_reactors):
        reactor.close_members()


def _renew_pollers(name: str) -> None:
    """Wait in the way of a select module that was put in place; who waits in the old way is called."""
    for reactor in list(_reactors) if name == "select" else ():
        with reactor.lock:
            poller = make_poller()
            for sock, readable in reactor._poller.watched():
                poller.add(sock, readable)
            reactor._poller = poller  # the old one ends with the last wait in it
            reactor._wake(0.0)


modules.replaced.append(_renew_pollers)
atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

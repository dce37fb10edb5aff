# SPDX-License-Identifier: Apache-2.0
"""The console of a domain while a console of IPMI is connected: kept through power cycles and lost connections."""
from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.net.reactor import NEVER
from pyghmi.ipmi.spec.codes import WRONG_STATE
from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.domain import Domain
from pyghmi.virsh.serial import ConsoleStream
from pyghmi.virsh.worker import Worker

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor

_MOST_HELD_BYTES = 1 << 16
_LOOK_EVERY_S = 0.05
_WAITS_S = (0.1, 0.2, 0.4, 0.8)


class DomainConsole:
    """Carry characters between a domain and a `ServerConsole`.

    soon: has something called in the BMCs' loop; on_taken: called there when somebody else has taken the console away.
    Methods named `..._now` block, and are for the worker's thread; all others are for the loop.
    """

    def __init__(
        self,
        domain: Domain,
        worker: Worker,
        reactor: Reactor,
        soon: Callable[[Callable[[], object]], object],
        on_taken: Callable[[], object],
    ) -> None:
        self.armed_at = NEVER
        self._domain = domain
        self._worker = worker
        self._reactor = reactor
        self._soon = soon
        self._on_taken = on_taken
        self._sol: Any = None
        self._stream: ConsoleStream | None = None
        self._wanted = False
        self._lock = threading.Lock()
        self._early: list[tuple[ConsoleStream, bytes]] = []

    # --- opening

    @property
    def is_wanted(self) -> bool:
        """Whether a console of IPMI is connected, or is about to be."""
        return self._wanted

    def is_held(self, error: DomainError) -> bool:
        """Whether this is because another console of libvirt's has it."""
        libvirt = self._domain.connection.libvirt
        return error.number is not None and error.number == int(libvirt.VIR_ERR_OPERATION_FAILED)

    def open_now(self, *, force: bool = False) -> None:
        """Connect with the domain's console, if it is on.  Raises DomainError."""
        self._wanted = True
        if self._stream is not None:
            return
        stream = ConsoleStream(self._domain, lambda data: self._output_soon(stream, data), self._ended_soon)
        try:
            stream.open(force=force)
        except DomainError as error:
            if error.code == WRONG_STATE and not self._is_on():
                return
            raise
        with self._lock:
            self._stream = stream
        self._soon(self._show_state)
        if not stream.is_open:
            self._ended_soon(stream)  # it was told before it was known whose end that is

    def _is_on(self) -> bool:
        """Whether the domain is on; one that is no more is off."""
        try:
            return self._domain.is_on()
        except DomainError as error:
            if error.code == WRONG_STATE:
                return False
            raise

    def _output_soon(self, stream: ConsoleStream, data: bytes) -> None:
        self._soon(partial(self._output, stream, data))

    def _ended_soon(self, stream: ConsoleStream) -> None:
        self._soon(partial(self._stream_ended, stream))

    def begin(self, sol: Any) -> None:
        """Carry characters to and from this `ServerConsole` from now on."""
        self._sol = sol
        self._wanted = True
        self._worker.submit(self.reopen_now)  # where a session that has just ended had it, its end may give it up
        early, self._early = self._early, []
        for stream, data in early:
            self._output(stream, data)
        self._show_state()

    def end(self) -> None:
        """Carry nothing any more."""
        self._wanted = False
        self._sol = None
        self._early.clear()
        self._worker.submit(self._close_now)

    def _close_now(self) -> None:
        """Give up what is not wanted any more."""
        if not self._wanted:
            self.drop_now()

    def drop_now(self) -> None:
        """Give up the stream, but not the wish for one."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
            self._soon(self._show_state)

    # --- what happens to the domain

    def renew_now(self) -> None:
        """Connect with a domain that was started this moment; what there is belongs to its run before."""
        self.drop_now()
        self.reopen_now()

    def reopen_now(self) -> None:
        """Connect with a domain that was started, or found again.

        Who has the console may be we ourselves, by a connection of which libvirt does not know yet that it is lost, or
        by a stream of a guest that is just ending (libvirt 9.0).
        """
        for wait_s in _WAITS_S:
            if not self._wanted:
                return
            try:
                self.open_now()
            except DomainError:
                if not self._domain.connection.is_connected:
                    return  # it is tried again when there is a connection
                time.sleep(wait_s)  # it is just being switched on or off, or given up
            else:
                return
        self._soon(self._taken)

    def _taken(self) -> None:
        if self._wanted:
            self._on_taken()

    def _stream_ended(self, stream: ConsoleStream) -> None:
        """See why: the domain is off, libvirt is gone, or somebody else has the console now."""
        with self._lock:
            if self._stream is not stream:
                return
            self._stream = None
        self._show_state()
        if self._wanted:
            self._worker.submit(self.reopen_now)

    def _show_state(self) -> None:
        sol = self._sol
        if sol is not None:
            sol.poweredon = self._stream is not None

    # --- characters

    def typed(self, data: bytes) -> None:
        """Take what is typed."""
        stream = self._stream
        if stream is not None:
            stream.write(data)

    @property
    def room(self) -> int:
        """The number of characters that can be taken now."""
        stream = self._stream
        return 0 if stream is None else stream.room

    def _output(self, stream: ConsoleStream, data: bytes) -> None:
        sol = self._sol
        if sol is not None:
            self._send(sol, data)
            stream.taken(len(data))
        elif self._wanted:
            self._early.append((stream, data))

    def _send(self, sol: Any, data: bytes) -> None:
        sol.send_data(data)
        stream = self._stream
        if stream is not None and sol.pending > _MOST_HELD_BYTES:
            stream.pause(True)
            with self._reactor.lock:
                self._reactor.arm(self, self._reactor.clock() + _LOOK_EVERY_S)

    def fire(self, now: float) -> None:
        """See whether the console has taken what it was sent, and read on."""
        sol, stream = self._sol, self._stream
        if sol is None or stream is None:
            return
        if sol.pending > _MOST_HELD_BYTES // 2:
            self._reactor.arm(self, now + _LOOK_EVERY_S)
        else:
            stream.pause(False)

# SPDX-License-Identifier: Apache-2.0
"""The connection with libvirt: opened again when it is lost, with what happens to domains reported."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Callable

from pyghmi.ipmi.private.callbacks import tell
from pyghmi.ipmi.spec.codes import NODE_BUSY
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.virsh.bindings import DomainError, load, translated

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 5.0
_ALIVE_EVERY_S, _SILENT_TIMES = 5, 3
_CLOSE_S = 2.0


class Happened(NamedTuple):
    """Something that happened to a domain.  kind: 'started', 'stopped', 'restarted'; run: number of that run of it."""

    name: str
    kind: str
    run: int


Listener = Callable[[Happened], object]


class EventThread:
    """libvirt's own event loop, which is one for the process, in a thread: callbacks of libvirt run there alone."""

    _running: EventThread | None = None

    def __init__(self, libvirt: Any) -> None:
        self._libvirt = libvirt
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=self._run, name="libvirt events", daemon=True).start()

    @classmethod
    def of_process(cls, libvirt: Any) -> EventThread:
        """Return the one, started if it was not."""
        if cls._running is None:
            cls._running = cls(libvirt)
        return cls._running

    def _run(self) -> None:
        # There is always something to wait for, or a turn would end at once.
        self._libvirt.virEventAddTimeout(1000, lambda _timer, _opaque: None, None)
        while True:
            tell(self._libvirt.virEventRunDefaultImpl)


class Connection:
    """A connection with libvirt that is opened again for ever once `open` has succeeded.

    on_state: called with True when there is a connection again, with False when it is lost; from a thread of its own.
    """

    def __init__(self, uri: str, *, say: Callable[[str], object] = lambda _text: None, libvirt: Any = None) -> None:
        self.uri = uri
        self.libvirt = load() if libvirt is None else libvirt
        self.listeners: list[Listener] = []
        self.on_state: list[Callable[[bool], object]] = []
        self._say = say
        self._conn: Any = None
        self._registered: list[int] = []
        self._lost = threading.Event()
        self._closed = False
        self._kinds = _kinds(self.libvirt)

    def open(self) -> None:
        """Connect, and stay so.  Raises DomainError where it cannot be reached now."""
        EventThread.of_process(self.libvirt)
        try:
            with translated(self.libvirt):
                self._conn = self._connected()
        except DomainError as error:
            text = f"libvirt at {self.uri} cannot be reached: {error}"
            raise DomainError(text, error.code, error.number) from error
        threading.Thread(target=self._keep, name="libvirt connection", daemon=True).start()

    def close(self) -> None:
        """End it; a libvirt that hangs is not waited for."""
        self._closed = True
        self._lost.set()
        conn, self._conn = self._conn, None
        if conn is not None:
            release = threading.Thread(target=self._release, args=(conn,), name="libvirt end", daemon=True)
            release.start()
            release.join(_CLOSE_S)

    @contextmanager
    def using(self) -> Iterator[Any]:
        """Give libvirt's connection for some calls.  Raises DomainError, also for errors of these calls."""
        conn = self._conn
        if conn is None:
            raise DomainError(f"libvirt at {self.uri} cannot be reached", NODE_BUSY)
        try:
            with translated(self.libvirt):
                yield conn
        except DomainError as error:
            if not self._is_alive(conn):
                self._lost.set()
                raise DomainError(f"the connection with libvirt is lost: {error}", NODE_BUSY) from error
            raise

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection that lives."""
        conn = self._conn
        return conn is not None and self._is_alive(conn)

    # --- how it lives

    def _connected(self) -> Any:
        libvirt = self.libvirt
        conn = libvirt.open(self.uri)
        try:
            conn.registerCloseCallback(self._connection_closed, None)
            conn.setKeepAlive(_ALIVE_EVERY_S, _SILENT_TIMES)
        except libvirt.libvirtError:
            pass  # drivers without a daemon have neither
        wanted = (
            (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._lifecycle),
            (libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self._restarted),
        )
        try:
            for kind, callback in wanted:
                self._registered.append(conn.domainEventRegisterAny(None, kind, callback, None))
        except libvirt.libvirtError:
            self._release(conn)
            raise
        return conn

    def _connection_closed(self, _conn: object, _reason: int, _opaque: object) -> None:
        self._lost.set()

    def _is_alive(self, conn: Any) -> bool:
        try:
            return bool(conn.isAlive())
        except self.libvirt.libvirtError:
            return False

    def _release(self, conn: Any) -> None:
        """Give it back: libvirt's binding closes it when nobody has it any more.

        What is registered holds on to it.  To close it here could take it from under a call in another thread.
        """
        registered, self._registered = self._registered, []
        for each in registered:
            with suppress(self.libvirt.libvirtError):
                conn.domainEventDeregisterAny(each)
        with suppress(self.libvirt.libvirtError):
            conn.unregisterCloseCallback()

    def _keep(self) -> None:
        """Wait until the connection is lost, and open it again."""
        while not self._closed:
            self._lost.wait()
            self._lost.clear()
            conn = self._conn
            if self._closed or (conn is not None and self._is_alive(conn)):
                continue
            self._conn = None
            self._say(f"the connection with libvirt at {self.uri} is lost")
            self._report_state(False)
            if conn is not None:
                self._release(conn)
                conn = None
            if self._open_again():
                self._say(f"connected with libvirt at {self.uri} again")
                self._report_state(True)

    def _open_again(self) -> bool:
        """Try until it succeeds; False: it is not wanted any more."""
        wait_s = _FIRST_WAIT_S
        while not self._closed:
            try:
                self._conn = self._connected()
            except self.libvirt.libvirtError:
                self._lost.clear()
                self._lost.wait(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                return True
        return False

    def _report_state(self, connected: bool) -> None:
        for callback in list(self.on_state):
            tell(callback, connected)

    # --- what happens to domains, in the thread of libvirt's events

    def _lifecycle(self, _conn: object, domain: Any, event: int, _detail: int, _opaque: object) -> None:
        kind = self._kinds.get(event)
        if kind is not None:
            self._report(domain, kind)

    def _restarted(self, _conn: object, domain: Any, _opaque: object) -> None:
        self._report(domain, "restarted")

    def _report(self, domain: Any, kind: str) -> None:
        happened = Happened(domain.name(), kind, domain.ID())
        for listener in list(self.listeners):
            tell(listener, happened)


def _kinds(libvirt: Any) -> dict[int, str]:
    return {
        libvirt.VIR_DOMAIN_EVENT_STARTED: "started",
        libvirt.VIR_DOMAIN_EVENT_STOPPED: "stopped",
    }

# SPDX-License-Identifier: Apache-2.0
"""The console stream of a domain: libvirt's thread reads and writes it, the BMCs' loop has the other end."""
from __future__ import annotations

import threading
from typing import Any, Callable

from pyghmi.virsh.domain import Domain

_CHUNK_BYTES = 4096
_MOST_WRITTEN_BYTES = _MOST_HANDED_BYTES = 1 << 16
_WOULD_BLOCK = -2


class ConsoleStream:
    """An open console.

    on_data(bytes), on_end(this): called in the thread of libvirt's events; after `close` no more.  A stream that is not
    read, see `pause` and `taken`, makes libvirt and the guest wait.
    """

    def __init__(
        self, domain: Domain, on_data: Callable[[bytes], object], on_end: Callable[[ConsoleStream], object]
    ) -> None:
        self._domain = domain
        self._libvirt = domain.connection.libvirt
        self._on_data = on_data
        self._on_end = on_end
        self._lock = threading.RLock()
        self._written = bytearray()
        self._handed = 0
        self._paused = False
        self._stream: Any = None

    def open(self, *, force: bool) -> None:
        """Connect with the console of a running domain; force: take it away from others.  Raises DomainError.

        Blocks; not for the BMCs' loop.
        """
        libvirt = self._libvirt
        flags = libvirt.VIR_DOMAIN_CONSOLE_FORCE if force else 0
        with self._domain.using_running() as domain:
            stream = domain.connect().newStream(libvirt.VIR_STREAM_NONBLOCK)
            domain.openConsole(None, stream, flags)
            with self._lock:
                self._stream = stream
            stream.eventAddCallback(self._wanted(), self._happened, None)

    @property
    def is_open(self) -> bool:
        """Whether it is open, and not at its end."""
        return self._stream is not None

    @property
    def room(self) -> int:
        """The number of characters that can be written now."""
        return max(_MOST_WRITTEN_BYTES - len(self._written), 0)

    def write(self, data: bytes) -> None:
        """Have it written."""
        with self._lock:
            self._written += data
        self._update()

    def taken(self, count: int) -> None:
        """Note that so many characters of those that `on_data` was called with are out of the way."""
        with self._lock:
            was_full = self._is_full
            self._handed -= count
            if was_full and not self._is_full:
                self._update()

    @property
    def _is_full(self) -> bool:
        return self._handed >= _MOST_HANDED_BYTES

    def pause(self, paused: bool) -> None:
        """Stop reading, or go on."""
        if paused != self._paused:
            self._paused = paused
            self._update()

    def close(self) -> None:
        """Give it back.  Blocks; not for the BMCs' loop."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            for end in (stream.eventRemoveCallback, stream.abort):
                try:
                    end()
                except self._libvirt.libvirtError:
                    continue  # the connection is gone, and it with it
            _free(stream)

    def _wanted(self) -> int:
        libvirt = self._libvirt
        events = libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP
        if not self._paused and not self._is_full:
            events |= libvirt.VIR_STREAM_EVENT_READABLE
        if self._written:
            events |= libvirt.VIR_STREAM_EVENT_WRITABLE
        return int(events)

    def _update(self) -> None:
        with self._lock:
            if self._stream is not None:
                try:
                    self._stream.eventUpdateCallback(self._wanted())
                except self._libvirt.libvirtError:
                    return  # it has ended, which is told by an event

    # --- in the thread of libvirt's events

    def _happened(self, stream: Any, events: int, _opaque: object) -> None:
        libvirt = self._libvirt
        goes_on = True
        try:
            if events & libvirt.VIR_STREAM_EVENT_READABLE:
                goes_on = self._read(stream)
            if goes_on and events & libvirt.VIR_STREAM_EVENT_WRITABLE:
                self._write(stream)
        except libvirt.libvirtError:
            goes_on = False
        if not goes_on or events & (libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP):
            self._ended(stream)

    def _read(self, stream: Any) -> bool:
        """Read what is there; False: it is at its end."""
        while not self._paused and not self._is_full:
            data = stream.recv(_CHUNK_BYTES)
            if data == _WOULD_BLOCK:
                return True
            if not data:
                return False
            if self._stream is not None:
                with self._lock:
                    self._handed += len(data)
                self._on_data(data)
        self._update()
        return True

    def _write(self, stream: Any) -> None:
        with self._lock:
            while self._written:
                count = stream.send(bytes(self._written[:_CHUNK_BYTES]))
                if count == _WOULD_BLOCK:
                    break
                del self._written[:count]
        self._update()

    def _ended(self, stream: Any) -> None:
        with self._lock:
            mine, self._stream = self._stream is not None, None
        try:
            stream.eventRemoveCallback()
        except self._libvirt.libvirtError:
            pass  # it is gone
        if mine:
            _free(stream)
            self._on_end(self)


def _free(stream: Any) -> None:
    """Free a stream that nobody uses any more.

    libvirt 9.0 never tells its binding that a callback is gone.  So the stream would stay for ever, and with it the
    connection and its socket; it is freed here as the binding would do at the end.
    """
    free = getattr(stream, "__del__", None)
    if free is not None:
        free()
        vars(stream).pop("_conn", None)

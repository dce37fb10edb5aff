# SPDX-License-Identifier: Apache-2.0
"""Wait until a socket is readable."""
from __future__ import annotations

import os
import selectors
import sys
from typing import Any, Callable, Protocol

from pyghmi.ipmi.net import modules

_EVENTS = 64

Readable = Callable[[float], None]
"""What is called, with the time, when a socket is readable."""


class Poller(Protocol):
    """What the reactor needs; `wait` returns what was registered for the sockets that are readable."""

    def add(self, sock: Any, readable: Readable) -> None: ...

    def remove(self, sock: Any) -> None: ...

    def wait(self, timeout_s: float | None) -> list[Readable]: ...

    def watched(self) -> list[tuple[Any, Readable]]: ...

    def close(self) -> None: ...


def make_poller() -> Poller:
    """Return the best one of the system; the plain select() of a green module where one was put in place.

    Green modules have no epoll and no kqueue, whichever way they came to be here (eventlet, gevent).
    """
    if not modules.select_is_standard() or not (hasattr(modules.select, "epoll") or hasattr(modules.select, "kqueue")):
        return SelectPoller()
    if sys.platform == "linux":
        selector = selectors.EpollSelector()
        return EpollPoller(selector, selector.fileno())
    return SystemPoller(selectors.DefaultSelector())


class SystemPoller:
    """The standard library's selector: kqueue, or what the system has."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def add(self, sock: Any, readable: Readable) -> None:
        """Watch a socket."""
        self._selector.register(sock, selectors.EVENT_READ, readable)

    def remove(self, sock: Any) -> None:
        """Watch it no more."""
        self._selector.unregister(sock)

    def wait(self, timeout_s: float | None) -> list[Readable]:
        """Wait at most `timeout_s` seconds; None: for ever."""
        return [key.data for key, _events in self._selector.select(timeout_s)]

    def watched(self) -> list[tuple[Any, Readable]]:
        """Return sockets and what was registered for them."""
        return [(key.fileobj, key.data) for key in (self._selector.get_map() or {}).values()]

    def close(self) -> None:
        """Give the descriptor back; the sockets are left alone."""
        self._selector.close()


class EpollPoller(SystemPoller):
    """The selector of Linux, asked directly: a wait through it costs twice as much, and every command waits."""

    def __init__(self, selector: selectors.BaseSelector, descriptor: int) -> None:
        super().__init__(selector)
        self._epoll = modules.select.epoll.fromfd(os.dup(descriptor))
        self._poll = self._epoll.poll
        self._readable: dict[int, Readable] = {}

    def add(self, sock: Any, readable: Readable) -> None:
        """Watch a socket."""
        super().add(sock, readable)
        self._readable[sock.fileno()] = readable

    def remove(self, sock: Any) -> None:
        """Watch it no more."""
        del self._readable[sock.fileno()]
        super().remove(sock)

    def wait(self, timeout_s: float | None) -> list[Readable]:
        """Wait at most `timeout_s` seconds; None: for ever."""
        readable = self._readable
        return [readable[number] for number, _events in self._poll(timeout_s, _EVENTS) if number in readable]

    def close(self) -> None:
        """Give the descriptors back; the sockets are left alone."""
        self._epoll.close()
        super().close()


class SelectPoller:
    """select() of whatever module was put in place of the standard one."""

    def __init__(self) -> None:
        self._watched: dict[Any, Readable] = {}

    def add(self, sock: Any, readable: Readable) -> None:
        """Watch a socket."""
        self._watched[sock] = readable

    def remove(self, sock: Any) -> None:
        """Watch it no more."""
        del self._watched[sock]

    def wait(self, timeout_s: float | None) -> list[Readable]:
        """Wait at most `timeout_s` seconds; None: for ever."""
        ready, _, _ = modules.select.select(list(self._watched), (), (), timeout_s)
        return [self._watched[sock] for sock in ready if sock in self._watched]

    def watched(self) -> list[tuple[Any, Readable]]:
        """Return sockets and what was registered for them."""
        return list(self._watched.items())

    def close(self) -> None:
        """Forget the sockets."""
        self._watched.clear()

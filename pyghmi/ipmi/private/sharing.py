# SPDX-License-Identifier: Apache-2.0
"""One session for all who ask for the same, in whatever thread; it is closed when nobody has it any more."""
from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.net import modules

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link
    from pyghmi.ipmi.net.reactor import Reactor
    from pyghmi.ipmi.private.session import Session

lock: Any = modules.threading.RLock()
"""Held while a session is looked up or made: threads that ask for the same at the same time get one."""


def leave(session: Session) -> None:
    """Close a session, unless others asked for it as well: to be called once by who asked for it."""
    with lock:
        session._users -= 1
        is_last = session._users <= 0
    if is_last:
        session.logout()


def close_when_dropped(session: object, link: Link, reactor: Reactor) -> Callable[[], object]:
    """Have an open session closed that a program took out of the tables and then dropped: nobody else would.

    Whoever turns the wheel does it, for an object may be dropped in any thread, under any lock.  Returns what takes
    that back.
    """
    finalizer = weakref.finalize(session, reactor.call_soon, link.close_soon)
    finalizer.atexit = False
    return finalizer.detach

# SPDX-License-Identifier: Apache-2.0
"""Keep a session alive with commands of the program's own."""
from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from pyghmi.ipmi.private.session import Session

_ids = count(1)


def next_id() -> int:
    """Return a number that was not used before."""
    return next(_ids)


def runner(session: Session) -> Callable[[], None]:
    """Return what runs all keep-alives of a session, to be called when it has been idle."""

    def run() -> None:
        for cmd, callback in list(session._keepalives.values()):
            if callable(cmd):
                cmd()
            else:
                session.raw_command(**cmd, callback=callback or _ignore)

    return run


def _ignore(_response: Any) -> None:
    """Take an answer that nobody wants."""

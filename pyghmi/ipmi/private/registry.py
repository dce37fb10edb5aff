# SPDX-License-Identifier: Apache-2.0
"""The tables of sessions that programs look into, clear and replace: they are read where they are, at every use."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyghmi.ipmi.private.session import Session


def _key(session: Session) -> tuple[Any, ...]:
    return (session.bmc, session.userid, session.password, session.port, session.kgo)


def begin(session: Session, tables: type[Session]) -> None:
    """Note that a login begins."""
    tables.initting_sessions[_key(session)] = session


def opened(session: Session, tables: type[Session]) -> None:
    """Note that it has led to a session."""
    tables.initting_sessions.pop(_key(session), None)
    sock = session.socket
    port = sock.getsockname()[1] if sock is not None else 0
    tables.bmc_handlers.setdefault(session.sockaddr, {})[port] = session


def remove(session: Session, tables: type[Session]) -> None:
    """Note that it has ended."""
    tables.initting_sessions.pop(_key(session), None)
    for address, handlers in list(tables.bmc_handlers.items()):
        mine = [port for port, handler in list(handlers.items()) if handler is session]
        for port in mine:
            del handlers[port]
        if mine and not handlers:
            del tables.bmc_handlers[address]


def is_listed(session: Session, tables: type[Session]) -> bool:
    """Whether the session is alive, and in the tables still."""
    if session.link.is_opening:
        return any(found is session for found in tables.initting_sessions.values())
    return session.link.is_open and any(
        found is session for handlers in tables.bmc_handlers.values() for found in handlers.values()
    )

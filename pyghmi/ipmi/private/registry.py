# SPDX-License-Identifier: Apache-2.0
"""The tables of sessions that programs look into, clear and replace: they are read where they are, at every use."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyghmi.ipmi.private.session import Session

_PORTS = 65536


def _key(session: Session) -> tuple[Any, ...]:
    return (session.bmc, session.userid, session.password, session.port, session.kgo)


def _table(tables: type[Session], name: str) -> Any:
    """Return a table; where a program put None or a list in its place, a fresh one."""
    found = getattr(tables, name)
    if not hasattr(found, "setdefault"):
        found = {}
        setattr(tables, name, found)
    return found


def begin(session: Session, tables: type[Session]) -> None:
    """Note that a login begins."""
    _table(tables, "initting_sessions")[_key(session)] = session


def opened(session: Session, tables: type[Session]) -> None:
    """Note that it has led to a session: under its local port, or, where sessions share that, a number above all."""
    _table(tables, "initting_sessions").pop(_key(session), None)
    peer = session.link.peer
    key = 0 if peer.socket is None else peer.socket.socket.getsockname()[1]
    handlers = _table(tables, "bmc_handlers").setdefault(peer.address, {})
    while handlers.get(key, session) is not session:
        key += _PORTS
    handlers[key] = session


def remove(session: Session, tables: type[Session]) -> None:
    """Note that it has ended."""
    _table(tables, "initting_sessions").pop(_key(session), None)
    by_address = _table(tables, "bmc_handlers")
    for address, handlers in list(by_address.items()):
        mine = [port for port, handler in list(handlers.items()) if handler is session]
        for port in mine:
            del handlers[port]
        if mine and not handlers:
            del by_address[address]


def is_listed(session: Session, tables: type[Session]) -> bool:
    """Whether the session is alive, and in the tables still."""
    if session.link.is_opening:
        beginning = _table(tables, "initting_sessions").values()
        return bool(session.logging) and any(found is session for found in beginning)
    if not session.link.is_open or not session.logged:
        return False
    by_address = _table(tables, "bmc_handlers").values()
    return any(found is session for handlers in by_address for found in handlers.values())

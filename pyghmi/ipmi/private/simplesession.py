# SPDX-License-Identifier: Apache-2.0
"""A session with a socket and a loop of its own, shared with nobody."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private import session

Response = dict[str, Any]


class Session(session.Session):
    """Like `pyghmi.ipmi.private.session.Session`, but every object logs in for itself, and always waits for it."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Session:
        """Make a new one each time."""
        self = object.__new__(cls)
        self._key = (id(self),)
        return self

    def __init__(
        self,
        bmc: str,
        userid: str | bytes,
        password: str | bytes,
        port: int = 623,
        kg: str | bytes | None = None,
        onlogon: Callable[[Response], object] | None = None,
        privlevel: int | None = None,
        keepalive: bool = True,
        **options: Any,
    ) -> None:
        self._own_reactor = Reactor()
        super().__init__(bmc, userid, password, port, kg, None, privlevel, keepalive, **options)
        if onlogon is not None:
            onlogon({"success": True})

    def _reactor(self) -> Reactor:
        return self._own_reactor

    def wait_for_rsp(self, timeout: float | None = None, callout: bool = True) -> int:  # type: ignore[override]
        """Let this session do what is due, and wait for one event, at most `timeout` seconds."""
        return self._own_reactor.run_once(timeout)

    def logout(self, sessionok: bool = True) -> Response:
        """Close the session, and its socket with it."""
        found = super().logout(sessionok)
        self._own_reactor.close()
        return found

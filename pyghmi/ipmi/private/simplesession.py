# SPDX-License-Identifier: Apache-2.0
"""A session with a socket and a loop of its own, shared with nobody."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.exceptions import SessionError
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private import session
from pyghmi.ipmi.private.callbacks import tell
from pyghmi.ipmi.private.process import shared
from pyghmi.ipmi.private.responses import failure

Response = dict[str, Any]


class Session(session.Session):
    """Like `pyghmi.ipmi.private.session.Session`, but every object logs in for itself, and always waits for it.

    onlogon: called when the login has ended; an error is raised as well.
    """

    _own_reactor: Reactor | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Session:
        """Make a new one each time."""
        self = object.__new__(cls)
        self._key = (id(self),)
        self._being_made = True
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
        try:
            super().__init__(bmc, userid, password, port, kg, None, privlevel, keepalive, **options)
        except SessionError as error:
            if onlogon is not None:
                tell(onlogon, failure(error))
            raise
        finally:
            if not getattr(self, "initialized", False) or not self.logged:
                self._end_loop()
        if onlogon is not None:
            tell(onlogon, {"success": True})

    def _reactor(self) -> Reactor:
        if self._own_reactor is None:
            self._own_reactor = Reactor()
        return self._own_reactor

    def _end_loop(self) -> None:
        reactor, self._own_reactor = self._own_reactor, None
        if reactor is not None:
            reactor.close()

    def login(self) -> None:
        """Log in, again if need be, and wait for it."""
        if self._own_reactor is None:
            self.link = self._make_link()
        try:
            super().login()
        finally:
            if not self.logged:
                self._end_loop()

    def wait_for_rsp(self, timeout: float | None = None, callout: bool = True) -> int:  # type: ignore[override]
        """Let this session do what is due, and wait for one event, at most `timeout` seconds."""
        return (self._own_reactor or shared()).run_once(timeout)

    def logout(self, sessionok: bool = True) -> Response:
        """Close the session, and its socket with it."""
        found = super().logout(sessionok and self._own_reactor is not None)
        self._end_loop()
        return found

    def _close_idle(self) -> None:
        super().logout(sessionok=False)  # the loop, which is turning, is left to the program's own logout

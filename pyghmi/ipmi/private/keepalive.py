# SPDX-License-Identifier: Apache-2.0
"""Keep a session alive with commands of the program's own."""
from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.private.callbacks import tell

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link

_ids = count(1)


class KeepAlives:
    """The part of `Session` that knows what is to be done when it has been idle."""

    link: Link
    autokeepalive: bool
    raw_command: Callable[..., Any]
    logout: Callable[..., Any]
    _keepalives: dict[int, tuple[Any, Callable[[Any], object] | None]]

    def register_keepalive(self, cmd: Any, callback: Callable[[Any], object] | None) -> int:
        """Keep the session alive with this instead; returns an id for `unregister_keepalive`.

        cmd: the keywords of `raw_command`, or something to call without arguments; callback: called with each answer.
        """
        regid = next(_ids)
        self._keepalives[regid] = (cmd, callback)
        self._let_keepalives_run()
        return regid

    def unregister_keepalive(self, regid: Any) -> None:
        """Stop that."""
        self._keepalives.pop(regid, None)
        self._let_keepalives_run()

    def _let_keepalives_run(self) -> None:
        on_idle: Callable[[], object] | None = None
        if self._keepalives:
            on_idle = self._run_keepalives
        elif not self.autokeepalive:
            on_idle = self._close_idle
        self.link.peer.keepalive.on_idle = on_idle

    def _run_keepalives(self) -> None:
        for cmd, callback in list(self._keepalives.values()):
            if callable(cmd):
                tell(cmd)
            else:
                tell(lambda cmd=cmd, callback=callback: self.raw_command(**cmd, callback=callback or _ignore))

    def _close_idle(self) -> None:
        self.logout(sessionok=False)

    def _end_keepalives(self) -> None:
        """Tell those who wait for answers that none will come."""
        waiting = [callback for _cmd, callback in self._keepalives.values() if callback is not None]
        self._keepalives.clear()
        for callback in waiting:
            tell(callback, {"error": "Session Disconnected"})


def _ignore(_response: Any) -> None:
    """Take an answer that nobody wants."""

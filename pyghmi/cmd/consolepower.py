# SPDX-License-Identifier: Apache-2.0
"""The power commands of a console: a key each."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.exceptions import PyghmiException

if TYPE_CHECKING:
    from pyghmi.ipmi.command import Command

_STATES = {b"1": "on", b"0": "off", b"S": "shutdown", b"R": "reset", b"C": "cycle", b"D": "diag"}
_LONGEST_S = 10.0

MENU = "power: 1 on, 0 off, S shut down, R reset, C cycle, D diagnostic interrupt, ? what it is; other keys: nothing"


class Power:
    """The power of the machine, in the session of its console.  login: what `Command` is called with, port and all."""

    def __init__(self, *login: Any, **more: Any) -> None:
        self._login, self._more = login, more

    def obey(self, key: bytes) -> str:
        """Do what a key of the menu asks for, within some seconds; returns what there is to be said."""
        state = _STATES.get(key.upper())
        if state is None and key != b"?":
            return "power: nothing done"
        from pyghmi.ipmi.command import Command
        from pyghmi.ipmi.private.sharing import leave

        try:
            command = Command(*self._login, **self._more)
            try:
                return _done(command.within(_LONGEST_S), state)
            finally:
                leave(command.ipmi_session)
        except PyghmiException as error:
            return f"power: {error}"


def _done(command: Command, state: str | None) -> str:
    found = command.get_power() if state is None else command.set_power(state)
    if "powerstate" in found:
        return f"power: {found['powerstate']}"
    return f"power: {found['pendingpowerstate']}, asked for"

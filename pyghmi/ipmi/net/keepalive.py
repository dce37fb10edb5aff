# SPDX-License-Identifier: Apache-2.0
"""Keep an idle session alive, or close it, as the caller wants it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyghmi.ipmi.protocol.events import State
from pyghmi.ipmi.protocol.inflight import Ticket

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor
    from pyghmi.ipmi.protocol.client import ClientSession

AFTER_S = 25.0
"""Seconds of silence: BMCs end a session after 60, some after 30."""

_GET_DEVICE_ID = (0x06, 0x01)
_NEVER = float("inf")


class KeepAlive:
    """What happens after 25 s without an answer, while somebody turns the wheel.

    wanted: True: a harmless command; False: the session is closed; None: nothing.  on_idle: called instead.
    """

    def __init__(self, wanted: bool | None) -> None:
        self.wanted = wanted
        self.on_idle: Callable[[], object] | None = None
        self._acted_at = 0.0

    def due(self, machine: ClientSession) -> float:
        """Return when to call `act`; never while a request waits: its own timer comes first, and asks again."""
        if self.wanted is None or machine.state is not State.ACTIVE or not machine.settled or machine.outstanding:
            return _NEVER
        return max(machine.last_heard, self._acted_at) + AFTER_S

    def act(self, machine: ClientSession, now: float, reactor: Reactor) -> None:
        """Do it, if it is time."""
        if now < self.due(machine):
            return
        self._acted_at = now
        if not self.wanted:
            machine.close(now)
        elif self.on_idle is not None:
            reactor.call_soon(self.on_idle)
        else:
            netfn, cmd = _GET_DEVICE_ID
            machine.submit(Ticket(netfn, cmd, b"", now + AFTER_S, reopen=False), now)

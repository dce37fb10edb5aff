# SPDX-License-Identifier: Apache-2.0
"""What both ends of a serial console have in common, under its long-standing names."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.ipmi.private.process import PlainLock
from pyghmi.ipmi.private.session import Session

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor
    from pyghmi.ipmi.net.solport import SolPort

_LOOK_EVERY_S = 600.0


class SerialEnd:
    """Characters out, as fast as the other end takes them; breaks; the event loop.

    connected: characters go out at once, before that they wait; broken: it has ended, characters are ignored;
    activated: the BMC has connected the serial line with the session.
    """

    _port: SolPort | None

    def _begin(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self.connected = False
        self.activated = False
        self.broken = False
        self.maxoutcount = 0
        self.outputlock = PlainLock()
        self._port = None
        self._waiting: list[Union[bytes, dict[str, int]]] = []

    # --- what goes out

    def send_data(self, data: Union[bytes, bytearray, str]) -> None:
        """Send characters; str goes out as UTF-8.  Returns at once: they leave one packet a round trip.

        Before the console is connected they wait; when it is broken they are ignored.
        """
        if self.broken or isinstance(data, dict):
            return
        found = data.encode("utf-8") if isinstance(data, str) else bytes(data)
        if not found:
            return
        with self._reactor.lock:  # what waits may be sent just now, by another thread
            port = self._port
            if not self.connected or port is None:
                self._waiting.append(found)
            else:
                port.write(found)

    def send_break(self) -> None:
        """Send a serial break, in its place among the characters."""
        if self.broken:
            return
        with self._reactor.lock:
            port = self._port
            if not self.connected or port is None:
                self._waiting.append({"break": 1})
            else:
                port.act(port.end.send_break)

    def _connect(self, port: SolPort) -> None:
        """Send what came before the console was connected; what comes from now on goes out after it.

        The lock is held.
        """
        self._port = port
        self.connected = self.activated = True
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if isinstance(each, dict):
                port.act(port.end.send_break)
            else:
                port.write(each)

    # --- what programs look at

    @property
    def pendingoutput(self) -> list[Union[bytes, dict[str, int]]]:
        """What waits for the console to be connected: characters, and {'break': 1} for a break."""
        return self._waiting

    @property
    def pending(self) -> int:
        """The number of characters that the other end has not acknowledged, or that were not sent."""
        waiting = sum(len(each) for each in self._waiting if not isinstance(each, dict))
        return waiting + (self._port.pending if self.connected and self._port is not None else 0)

    @property
    def awaitingack(self) -> bool:
        """Whether the other end has not acknowledged all characters."""
        return self.connected and self._port is not None and self._port.pending > 0

    # --- the event loop

    @classmethod
    def wait_for_rsp(cls, timeout: float | None = None) -> int:
        """Let all sessions and consoles do what is due, and wait for one event, at most `timeout` seconds."""
        return Session.wait_for_rsp(timeout)

    def main_loop(self) -> None:
        """Run the event loop until the console is broken."""
        while not self.broken:
            Session.wait_for_rsp(_LOOK_EVERY_S)


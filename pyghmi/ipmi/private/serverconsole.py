# SPDX-License-Identifier: Apache-2.0
"""`ServerConsole`: the BMC's end of a serial console."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.net.solport import SolPort
from pyghmi.ipmi.private.callbacks import tell
from pyghmi.ipmi.private.serial import SerialEnd
from pyghmi.ipmi.private.session import shared
from pyghmi.ipmi.protocol import solevents
from pyghmi.ipmi.protocol.sol import BmcEnd
from pyghmi.ipmi.spec.codes import PayloadType

if TYPE_CHECKING:
    from pyghmi.ipmi.private.serversession import IpmiServer, ServerSession

_SOL = int(PayloadType.SOL)

MOST_CHARACTERS = 252
"""Of one packet, each way: with the header of 4 bytes that makes 256."""


class ServerConsole(SerialEnd):
    """The BMC's end of a serial console, made when a console activates the payload.

    _session: a `ServerSession`, or what a program has put around it: `sol_handler` is set there, and packets are sent
    by its `send_payload(payload, payload_type=1, retry=False)`; without a `bmc` the reactor of the process serves it.
    iohandler: called with bytes that were typed, and with {'error': text} when the session is gone; force is there for
    old programs.  Keywords of ours: on_break: called when the console sends a break; room: returns how many characters
    can be taken at the moment (those that cannot are sent again by the console); on_end: called when it is over;
    interval_s, retries: how often a packet is sent again.  carrier: the session itself, whatever is around it.
    """

    def __init__(
        self,
        _session: Any,
        iohandler: Callable[[Any], object],
        force: bool = False,
        *,
        on_break: Callable[[], object] | None = None,
        room: Callable[[], int] | None = None,
        on_end: Callable[[], object] | None = None,
    ) -> None:
        self.carrier: ServerSession | None = None
        bmc: IpmiServer | None = getattr(_session, "bmc", None)
        self._begin(shared() if bmc is None else bmc.reactor)
        self.ipmi_session: Any = _session
        self.out_handler = iohandler
        self._on_break = on_break
        self._on_end = on_end
        self.maxoutcount = MOST_CHARACTERS
        self._end = BmcEnd(most=MOST_CHARACTERS, room=room, careful=True)
        self._port = SolPort(self._reactor, self._end, self._send, self._event)
        _session.sol_handler = self
        self.connected = self.activated = True

    def __repr__(self) -> str:
        return f"<ServerConsole, {'active' if self.activated else 'over'}>"

    def __call__(self, payload: bytes) -> None:
        """Take a payload of the console."""
        port = self._port
        if port is not None:
            port.received(payload, self._reactor.clock())

    @property
    def poweredon(self) -> bool:
        """Whether the machine is on: if not, the console is told that characters cannot be passed on."""
        return self._end.available

    @poweredon.setter
    def poweredon(self, value: bool) -> None:
        self._act(lambda now: setattr(self._end, "available", bool(value)))

    def report_break(self) -> None:
        """Tell the console that the machine sent a break."""
        self._act(self._end.report_break)

    def report_overrun(self) -> None:
        """Tell the console that characters were lost."""
        self._act(self._end.report_overrun)

    def _act(self, action: Callable[[float], object]) -> None:
        port = self._port
        if port is not None and not self.broken:
            port.act(action)

    def _send(self, packet: bytes) -> None:
        session = self.ipmi_session
        if session is not None:
            session.send_payload(packet, payload_type=_SOL, retry=False)

    def _event(self, event: solevents.SolEvent) -> None:
        if isinstance(event, solevents.Received):
            if self.out_handler is not None:
                tell(self.out_handler, event.data)
        elif isinstance(event, solevents.BreakReceived) and self._on_break is not None:
            tell(self._on_break)

    def close(self) -> None:
        """End it: the console is told, and another one may have the serial line."""
        if self.activated:
            self._act(self._end.deactivate)
            self._over()
            if self._on_end is not None:
                self._reactor.call_soon(self._told_of_end)  # after what was typed before

    def _told_of_end(self) -> None:
        if self._on_end is not None:
            tell(self._on_end)

    def session_ended(self) -> None:
        """The session is gone."""
        if self.activated:
            self._over()
            if self.out_handler is not None:
                tell(self.out_handler, {"error": "Session Disconnected"})
            self._told_of_end()

    def _over(self) -> None:
        self.activated = self.connected = False
        self.broken = True

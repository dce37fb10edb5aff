# SPDX-License-Identifier: Apache-2.0
"""Payloads of a session that are no IPMI messages: who takes them, and which port of the BMC they go to."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyghmi.ipmi.net.sockets import Address, Port

if TYPE_CHECKING:
    from pyghmi.ipmi.net.peer import Peer

Taker = Callable[[bytes, float], None]
"""Takes the payloads of one type: (payload, now)."""


class PayloadDoor:
    """The payloads of one session.  All methods are called under the reactor's lock."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._takers: dict[int, Taker] = {}
        self._ids: list[int] = []
        self._other: OtherPort | None = None
        self.heard = 0
        peer.machine.requests.on_payload = self.take

    def give(self, payload_type: int, taker: Taker) -> None:
        """Give the payloads of a type to `taker`."""
        self._takers[payload_type] = taker

    def give_up(self, payload_type: int, taker: Taker) -> None:
        """Give them to nobody, unless another one than `taker` has them by now."""
        if self._takers.get(payload_type) == taker:
            del self._takers[payload_type]

    def take(self, payload_type: int, payload: bytes, now: float) -> None:
        """Take an authentic payload."""
        self.heard += 1
        taker = self._takers.get(payload_type)
        if taker is not None:
            taker(payload, now)

    def send(self, payload_type: int, payload: bytes, now: float, *, everywhere: bool = False) -> bool:
        """Send a payload in the open session; False: there is none.  Raises UnsupportedFunctionality.

        everywhere: to the other port as well, where one was named and nothing has come from it.
        """
        peer, other = self._peer, self._other
        channel = peer.machine.requests.channel
        if channel is None:
            return False
        datagram = channel.seal_payload(payload_type, payload)
        if other is None or not other.answered:
            peer.transmit(datagram, now)
        if other is not None and (other.answered or everywhere):
            peer.transmit(datagram, now, other.address)
        return True

    # --- another port than that of the session

    def other_port(self, number: int | None) -> None:
        """Hear payloads from that port of the BMC too, and send them there once one has come; None: there is none."""
        self._ignore()
        self._other = None
        peer = self._peer
        if number is not None and peer.socket is not None:
            self._other = OtherPort(peer, peer.socket, (peer.address[0], number, *peer.address[2:]))
            self._listen()

    def know(self, ids: list[int]) -> None:
        """Listen for these session ids."""
        if ids != self._ids:
            self._ignore()
            self._ids = ids
            self._listen()

    def _listen(self) -> None:
        other = self._other
        if other is not None:
            for session_id in self._ids:
                other.port.listen(other, other.address, session_id)

    def _ignore(self) -> None:
        other = self._other
        if other is not None:
            for session_id in self._ids:
                other.port.ignore(other.address, session_id)


class OtherPort:
    """A second port of the BMC.  `answered`: an authentic payload has come from there."""

    def __init__(self, peer: Peer, port: Port, address: Address) -> None:
        self._peer = peer
        self.port = port
        self.address = address
        self.answered = False

    def received(self, datagram: bytes, now: float) -> None:
        """Take a datagram of the session from there."""
        door = self._peer.payloads
        before = door.heard
        self._peer.received(datagram, now)
        self.answered = self.answered or door.heard != before

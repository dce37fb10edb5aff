# SPDX-License-Identifier: Apache-2.0
"""One of the addresses under which a BMC's host may be reached."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.net.sockets import Address, Port, Receiver

if TYPE_CHECKING:
    from pyghmi.ipmi.net.peer import Peer


class Route:
    """One address of the BMC's host, and the socket towards it."""

    __slots__ = ("_peer", "address", "port")

    def __init__(self, peer: Peer, port: Port, address: Address) -> None:
        self._peer = peer
        self.port = port
        self.address = address

    def attach(self, ids: list[int], *, alone: bool) -> None:
        """Receive what comes from there, for these session ids and for none; alone: there is no other address."""
        receiver: Receiver = self._peer if alone else self
        self.port.attach(receiver, self.address)
        for session_id in ids:
            self.port.listen(receiver, self.address, session_id)

    def detach(self, ids: list[int]) -> None:
        """Receive nothing from there any more."""
        self.port.detach(self._peer, self.address)
        self.port.detach(self, self.address)
        for session_id in ids:
            self.port.ignore(self.address, session_id)

    def received(self, datagram: bytes, now: float) -> None:
        """Take a datagram, and note where it came from."""
        self._peer.answered_by(self)
        self._peer.received(datagram, now)

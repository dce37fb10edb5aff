# SPDX-License-Identifier: Apache-2.0
"""The addresses under which a BMC's host may be reached: one after the other, until one answers."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import Unreachable
from pyghmi.ipmi.net.resolve import Row
from pyghmi.ipmi.net.sockets import Address, Port, Receiver

if TYPE_CHECKING:
    from pyghmi.ipmi.net.peer import Peer
    from pyghmi.ipmi.net.reactor import Reactor

_NEVER = float("inf")
_NEXT_AFTER_S = 0.3


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
        """Take a datagram, and note where it came from: that is the address to talk to."""
        peer = self._peer
        if self.address != peer.address:
            peer.talk_to(self.port, self.address)
        peer.received(datagram, now)


class Routes:
    """The ways from one session to its BMC.  All addresses that were tried are listened to until one has answered.

    next_at: when to go on to the next address.
    """

    def __init__(self, reactor: Reactor, peer: Peer) -> None:
        self._reactor = reactor
        self._peer = peer
        self._candidates: list[Row] = []
        self._routes: list[Route] = []
        self._known_ids: list[int] = []
        self.next_at = _NEVER

    @property
    def more(self) -> bool:
        """Whether there are addresses that were not tried."""
        return bool(self._candidates)

    def connect(self, rows: list[Row]) -> None:
        """Take a socket for the first of these addresses that there is one for.  Raises Unreachable."""
        self._candidates = list(rows)
        error: Unreachable | None = None
        while self._candidates:
            error = self._adopt_next()
            if error is None:
                return
        raise error or Unreachable("Unable to open a socket")

    def _adopt_next(self) -> Unreachable | None:
        """Talk to the next address from now on; returns why that cannot be, None when it can."""
        family, address = self._candidates.pop(0)
        try:
            port = self._reactor.ports.take(family)
        except Unreachable as error:
            return error
        route = Route(self._peer, port, address)
        self._routes.append(route)
        self._peer.talk_to(port, address)
        route.attach(self._known_ids, alone=len(self._routes) == 1)
        return None

    def watch(self, now: float) -> None:
        """Go on to the next address soon, if there is one and this one says nothing."""
        self.next_at = now + _NEXT_AFTER_S if self._candidates else _NEVER

    def go_on(self, now: float) -> bool:
        """Talk to the next address; False when there is none."""
        self.next_at = _NEVER
        while self._candidates:
            if self._adopt_next() is None:
                self.watch(now)
                return True
        return False

    def know(self, ids: list[int]) -> None:
        """Listen for these session ids and no others."""
        if ids == self._known_ids:
            return
        for route in self._routes:
            route.detach(self._known_ids)
            route.attach(ids, alone=len(self._routes) == 1)
        self._known_ids = ids

    def settle(self, address: Address) -> None:
        """This address has answered: leave the others."""
        self._candidates.clear()
        self.next_at = _NEVER
        kept = [route for route in self._routes if route.address == address]
        for route in self._routes:
            if route not in kept[:1]:
                self._leave(route)
        self._routes = kept[:1]

    def forget(self) -> None:
        """Give all sockets and session ids back."""
        for route in self._routes:
            self._leave(route)
        self._routes = []
        self._known_ids = []
        self.next_at = _NEVER

    def _leave(self, route: Route) -> None:
        route.detach(self._known_ids)
        self._reactor.ports.give_back(route.port)

# SPDX-License-Identifier: Apache-2.0
"""The UDP sockets in front of a BMC machine."""
from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any, Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.reactor import NEVER, Reactor, shared
from pyghmi.ipmi.protocol.crypto import RandomPool
from pyghmi.ipmi.protocol.server import Handler, ServerCore
from pyghmi.ipmi.protocol.serverconfig import ServerConfig

_DATAGRAM_BYTES = 4096
_DATAGRAMS_AT_A_TIME = 64
ALL_ADDRESSES = ("::", "0.0.0.0", "")
_WAITING_BYTES = 1 << 20
"""What may wait to be read: so that in a flood fewer datagrams of those who mean well are lost.  Systems give less."""


class Listener:
    """Serve one BMC on one address, or on several.

    address: an IPv4 or IPv6 address, '::' for all of both, or a sequence of addresses; port: the same at all of them,
    0 for a free one.  An answer comes from the address that was asked.  Served by whoever turns the reactor's wheel.
    Raises OSError where an address or the port cannot be had.
    """

    def __init__(
        self,
        config: ServerConfig,
        handler: Handler,
        *,
        address: str | Sequence[str] = "127.0.0.1",
        port: int = 623,
        reactor: Reactor | None = None,
        received: Callable[[bytes, Any], bool] | None = None,
    ) -> None:
        self._reactor = reactor or shared()
        self._pool = RandomPool(secrets.token_bytes)
        self.core = ServerCore(config, handler, random=self._pool)
        self.armed_at = NEVER
        self._most_at_a_time = 1
        self._received = received
        self.socket, *self._more = _bound([address] if isinstance(address, str) else address, port)
        self._reactor.add(self.socket, self._readable)
        for each in self._more:
            self._reactor.add(each, partial(self._take, each))

    def __repr__(self) -> str:
        return f"<Listener on {self.address}>"

    @property
    def address(self) -> tuple[Any, ...]:
        """The address that is listened on, the first of several."""
        found: tuple[Any, ...] = self.socket.getsockname()
        return found

    def talk_through(self, make: Callable[[Any, Callable[[float], None]], Any]) -> None:
        """Put something before the socket that looks like one, for who simulates a network.

        make: called with the socket and with what is to be called, with the time, when there is something to read.
        Raises InvalidParameterValue where several addresses are listened on.
        """
        if self._more:
            raise InvalidParameterValue("no network can be simulated for several addresses at once")
        with self._reactor.lock:
            self._reactor.remove(self.socket)
            self.socket = make(self.socket, self._readable)
            self._reactor.add(self.socket, self._readable)

    def close(self) -> None:
        """Give the socket back; sessions end without a word."""
        for each in (self.socket, *self._more):
            self._reactor.remove(each)
            each.close()
        self.core.close_all()

    def flush(self) -> None:
        """Send what the machine has to say."""
        out = self.core.datagrams_to_send()
        if out:
            sendto = self.socket.sendto
            for datagram, peer in out:
                try:
                    sendto(datagram, peer)
                except OSError:
                    continue  # counts as lost: the console asks again

    def _arm(self) -> None:
        due = self.core.next_timer()
        if due is not None and due < self.armed_at:
            self._reactor.arm(self, due)

    def feed(self, datagram: bytes, peer: Any) -> None:
        """Take a datagram as if it had come from `peer`."""
        self.core.datagram_received(datagram, peer, self._reactor.clock())
        self.flush()
        self._arm()

    def _readable(self, now: float) -> None:
        """Take what has come.

        To find out that there is no more costs as much as to take a datagram, and the reactor comes again where there
        is more: so there are one more than came last time, at most.
        """
        self._take(self.socket, now)

    def _take(self, sock: Any, now: float) -> None:
        core, recvfrom = self.core, sock.recvfrom
        most = self._most_at_a_time
        for count in range(most):
            try:
                datagram, peer = recvfrom(_DATAGRAM_BYTES)
            except OSError:
                self._most_at_a_time = count or 1
                break
            if not core.in_session(datagram, peer, now) and (
                self._received is None or not self._received(datagram, peer)
            ):
                core.datagram_received(datagram, peer, now)
            if core.out:
                self.flush()
        else:
            self._most_at_a_time = min(2 * most, _DATAGRAMS_AT_A_TIME)
        self._arm()

    def fire(self, now: float) -> None:
        """Do what is due."""
        self.core.timer_fired(now)
        self.flush()
        self._arm()


def _bound(addresses: Sequence[str], port: int) -> list[Any]:
    """Return sockets for all of these addresses.  Raises OSError."""
    from pyghmi.ipmi.net.doors import Door

    found: list[Any] = []
    try:
        for address in addresses:
            sock = _bound_to(address, port)
            is_alone = len(addresses) == 1 and address not in ALL_ADDRESSES
            found.append(sock if is_alone else Door(sock))
            port = sock.getsockname()[1]
    except OSError:
        for each in found:
            each.close()
        raise
    if not found:
        raise InvalidParameterValue("a BMC needs an address to listen on")
    return found


def _bound_to(address: str, port: int) -> Any:
    """Return a UDP socket bound there; '::' takes IPv4 as well."""
    socket = modules.socket
    family, kind, _protocol, _name, where = socket.getaddrinfo(
        address, port, 0, socket.SOCK_DGRAM, 0, socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WAITING_BYTES)
        sock.bind(where)
    except OSError:
        sock.close()
        raise
    return sock

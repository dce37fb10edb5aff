# SPDX-License-Identifier: Apache-2.0
"""A UDP socket in front of a BMC machine."""
from __future__ import annotations

import secrets
from typing import Any, Callable

from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.reactor import NEVER, Reactor, shared
from pyghmi.ipmi.protocol.crypto import RandomPool
from pyghmi.ipmi.protocol.server import Handler, ServerCore
from pyghmi.ipmi.protocol.serverconfig import ServerConfig

_DATAGRAM_BYTES = 4096
_DATAGRAMS_AT_A_TIME = 64
_WAITING_BYTES = 1 << 20
"""What may wait to be read: so that in a flood fewer datagrams of those who mean well are lost.  Systems give less."""


class Listener:
    """Serve one BMC on one address.

    address: an IPv4 or IPv6 address, '::' for all of both; port: 0 for a free one.  Served by whoever turns the
    reactor's wheel.  Raises OSError where the address or the port cannot be had.
    """

    def __init__(
        self,
        config: ServerConfig,
        handler: Handler,
        *,
        address: str = "127.0.0.1",
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
        self.socket: Any = _bound(address, port)
        self._reactor.add(self.socket, self._readable)

    def __repr__(self) -> str:
        return f"<Listener on {self.address}>"

    @property
    def address(self) -> tuple[Any, ...]:
        """The address that is listened on."""
        found: tuple[Any, ...] = self.socket.getsockname()
        return found

    def close(self) -> None:
        """Give the socket back; sessions end without a word."""
        self._reactor.remove(self.socket)
        self.socket.close()
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
        core, recvfrom = self.core, self.socket.recvfrom
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


def _bound(address: str, port: int) -> Any:
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

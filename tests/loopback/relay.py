# SPDX-License-Identifier: Apache-2.0
"""A network between a client and a BMC on loopback, which delays, loses, doubles and reorders what passes, by seed."""
from __future__ import annotations

import random
import socket
from heapq import heappop, heappush
from itertools import count
from typing import Any

from pyghmi.ipmi.net.reactor import NEVER, Reactor


class Relay:
    """Clients talk to `port`; each gets a socket of its own towards the BMC.  Served by the reactor."""

    def __init__(
        self,
        reactor: Reactor,
        target: tuple[str, int],
        *,
        listen: tuple[str, int] = ("127.0.0.1", 0),
        loss: float = 0.0,
        doubles: float = 0.0,
        delay_s: float = 0.0,
        jitter_s: float = 0.0,
        seed: int = 1,
    ) -> None:
        self.reactor = reactor
        self.target = target
        self.loss, self.doubles, self.delay_s, self.jitter_s = loss, doubles, delay_s, jitter_s
        self.random = random.Random(seed)
        self.passed = self.lost = 0
        self.blocked = False
        self.armed_at = NEVER
        self._flying: list[tuple[float, int, Any, bytes, Any]] = []
        self._order = count()
        self._front = self._socket()
        self._front.bind(listen)
        self.port: int = self._front.getsockname()[1]
        self._back: dict[Any, socket.socket] = {}
        reactor.add(self._front, lambda _now: self._from_clients())

    @staticmethod
    def _socket() -> socket.socket:
        found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        found.setblocking(False)
        return found

    def _from_clients(self) -> None:
        for _each in range(64):
            try:
                datagram, client = self._front.recvfrom(4096)
            except OSError:
                return
            back = self._back.get(client)
            if back is None:
                back = self._back[client] = self._socket()
                back.connect(self.target)
                self.reactor.add(back, lambda _now, back=back, client=client: self._from_bmc(back, client))
            self._fly(back, datagram, None)

    def _from_bmc(self, back: socket.socket, client: Any) -> None:
        for _each in range(64):
            try:
                datagram = back.recv(4096)
            except OSError:
                return
            self._fly(self._front, datagram, client)

    def _fly(self, sock: socket.socket, datagram: bytes, to: Any) -> None:
        self.passed += 1
        if self.blocked or self.random.random() < self.loss:
            self.lost += 1
            return
        for _copy in range(2 if self.random.random() < self.doubles else 1):
            at = self.reactor.clock() + self.delay_s + self.random.random() * self.jitter_s
            heappush(self._flying, (at, next(self._order), sock, datagram, to))
        if self.delay_s or self.jitter_s:
            self.reactor.arm(self, self._flying[0][0])
        else:
            self.fire(NEVER)

    def fire(self, now: float) -> None:
        while self._flying and self._flying[0][0] <= now:
            _at, _order, sock, datagram, to = heappop(self._flying)
            try:
                if to is None:
                    sock.send(datagram)
                else:
                    sock.sendto(datagram, to)
            except OSError:
                continue
        if self._flying:
            self.reactor.arm(self, self._flying[0][0])

    def close(self) -> None:
        for sock in (self._front, *self._back.values()):
            self.reactor.remove(sock)
            sock.close()

# SPDX-License-Identifier: Apache-2.0
"""The RMCP+ logins of one BMC: few at a time, for a short time, each message answered alike when it comes again."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Callable, Protocol

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.handshake import Handshake, refuse
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.protocol.serverrefusals import Refusals
from pyghmi.ipmi.spec.codes import PayloadType, RmcpStatus

_MOST_HELD = 64
_SHORTEST = 8


class Host(Protocol):
    """Whose logins they are."""

    config: ServerConfig
    refusals: Refusals

    @property
    def is_full(self) -> bool: ...

    def new_id(self) -> bytes: ...

    def send(self, datagram: bytes, peer: Hashable) -> None: ...

    def _establish(self, handshake: Handshake, now: float) -> None: ...


class Logins20:
    """Take the messages of RMCP+ logins; what is too short to be answered is ignored."""

    def __init__(self, host: Host, random: Callable[[int], bytes]) -> None:
        self._host = host
        self._random = random
        self._all: OrderedDict[bytes, Handshake] = OrderedDict()
        self._held: OrderedDict[tuple[int, bytes, Hashable], None] = OrderedDict()

    @property
    def pending(self) -> int:
        """The number of logins under way."""
        return sum(not each.over for each in self._all.values())

    @property
    def any(self) -> bool:
        """Whether there is something that will expire."""
        return bool(self._all or self._held)

    def knows(self, bmc_id: bytes) -> bool:
        """Whether a login has this id."""
        return bmc_id in self._all

    def clear(self) -> None:
        """Forget all of them."""
        self._all.clear()
        self._held.clear()

    def expire(self, now: float) -> None:
        """Forget logins that did not go on."""
        longest = self._host.config.half_open_s
        for key, login in list(self._all.items()):
            if now - login.began >= longest:
                del self._all[key]

    def take(self, kind: int, payload: bytes, peer: Hashable, now: float) -> None:
        """Take a message; types that do not set up a session are ignored too."""
        try:
            if kind == PayloadType.OPEN_REQUEST:
                self._open(payload, peer, now)
            elif kind in _ANSWERED_BY:
                self._step(kind, payload, peer, now)
        except Malformed:
            return  # anybody can send one

    def _open(self, payload: bytes, peer: Hashable, now: float) -> None:
        for login in self._all.values():
            # What is over does not count: some programs use tag and id again for their next login.
            if login.request == payload and login.peer == peer and not login.over:
                self._host.send(login.opened, peer)
                return
        if self._host.is_full:
            if len(payload) >= _SHORTEST:
                status = RmcpStatus.INSUFFICIENT_RESOURCES
                self._host.send(refuse(PayloadType.OPEN_RESPONSE, payload[0], status, payload[4:8]), peer)
            return
        login = Handshake(self._host.new_id(), peer, payload, now)
        answer = login.open(payload, self._host.config)
        if not login.over:
            self._all[login.bmc_id] = login
            if len(self._all) > self._host.config.max_half_open:
                self._all.popitem(last=False)
        self._host.send(answer, peer)

    def _step(self, kind: int, payload: bytes, peer: Hashable, now: float) -> None:
        """Take RAKP 1 or 3, at once or when its source may go on."""
        if len(payload) < _SHORTEST:
            return
        login = self._all.get(payload[4:8])
        if login is None or login.peer != peer:
            self._refuse(kind, payload, bytes(4), peer)
            return
        before = login.again(payload)
        if before is not None:
            self._host.send(before, peer)
        elif login.over:
            self._refuse(kind, payload, login.console_id, peer)
        elif now < self._host.refusals.free_at(peer):
            if len(self._held) < _MOST_HELD:
                self._held[kind, payload, peer] = None
        else:
            self._go_on(login, kind, payload, now)

    def _refuse(self, kind: int, payload: bytes, console_id: bytes, peer: Hashable) -> None:
        """Say that there is no such login, but to the console that only wants to end it."""
        if kind != PayloadType.RAKP3 or payload[1] == RmcpStatus.OK:
            status = RmcpStatus.INVALID_SESSION_ID
            self._host.send(refuse(_ANSWERED_BY[kind], payload[0], status, console_id), peer)

    def _go_on(self, login: Handshake, kind: int, payload: bytes, now: float) -> None:
        host = self._host
        if kind == PayloadType.RAKP1:
            answer: bytes | None = login.rakp1(payload, host.config, self._random)
        else:
            answer = login.rakp3(payload, host.config, self._random, full=host.is_full)
        if answer is not None:
            host.send(answer, login.peer)
        if login.agreed is not None:
            host._establish(login, now)
        elif login.refused:
            host.refusals.add(login.peer, now)

    # --- those who wait

    def next_held(self) -> float | None:
        """Return when the first message that is held back may go on."""
        if not self._held:
            return None
        return min(self._host.refusals.free_at(peer) for _kind, _payload, peer in self._held)

    def release(self, now: float) -> None:
        """Look at what was held back: of each source as much as may go on, in the order it came."""
        held, self._held = self._held, OrderedDict()
        for kind, payload, peer in held:
            self.take(kind, payload, peer, now)


_ANSWERED_BY: dict[int, PayloadType] = {
    PayloadType.RAKP1: PayloadType.RAKP2,
    PayloadType.RAKP3: PayloadType.RAKP4,
}

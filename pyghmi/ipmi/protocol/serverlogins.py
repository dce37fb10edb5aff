# SPDX-License-Identifier: Apache-2.0
"""The RMCP+ logins of one BMC: bounded in number and time, each message answered alike when it comes again."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Callable, Protocol

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.handshake import Handshake, refuse
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.protocol.serverheld import Held
from pyghmi.ipmi.protocol.serverrefusals import Refusals
from pyghmi.ipmi.spec.codes import PayloadType, RmcpStatus

_SHORTEST = 8
_MOST_OF_A_PEER = 64


class Host(Protocol):
    """Whose logins they are."""

    config: ServerConfig
    refusals: Refusals

    @property
    def is_full(self) -> bool: ...

    def new_id(self) -> bytes: ...

    def send(self, datagram: bytes, peer: Hashable) -> None: ...

    def wake_by(self, due: float) -> None: ...

    def refused(self, peer: Hashable, now: float) -> None: ...

    def _establish(self, handshake: Handshake, now: float) -> None: ...


Stage = OrderedDict[bytes, Handshake]
"""Logins by our id, those that came to this stage first at the front."""


class Logins20:
    """Take the messages of RMCP+ logins; what is too short to be answered is ignored.

    A login is at one of three stages: opened, which anybody can have in any name; proving, for the console has had
    our answer; and over, kept to answer its last message again.  Too many: the oldest of the stage that has more
    gives way.  So a flood of Open Session in forged names, or of one console, leaves the logins of others alone.
    """

    def __init__(self, host: Host, random: Callable[[int], bytes]) -> None:
        self._host = host
        self._random = random
        self._opened: Stage = OrderedDict()
        self._proving: Stage = OrderedDict()
        self._over: Stage = OrderedDict()
        self._of_peer: dict[Hashable, Stage] = {}
        self._held = Held()

    @property
    def pending(self) -> int:
        """The number of logins under way."""
        return len(self._opened) + len(self._proving)

    def knows(self, bmc_id: bytes) -> bool:
        """Whether a login has this id."""
        return self._find(bmc_id) is not None

    def _find(self, bmc_id: bytes) -> Handshake | None:
        return self._opened.get(bmc_id) or self._proving.get(bmc_id) or self._over.get(bmc_id)

    def clear(self) -> None:
        """Forget all of them."""
        for each in (self._opened, self._proving, self._over, self._of_peer):
            each.clear()
        self._held.clear()

    def expire(self, now: float) -> float | None:
        """Forget logins that did not go on; returns when that is to be done again, None for never."""
        longest = self._host.config.half_open_s
        due: float | None = None
        for stage in (self._opened, self._proving, self._over):
            while stage:
                login = next(iter(stage.values()))
                if now < login.came + longest:
                    due = login.came + longest if due is None else min(due, login.came + longest)
                    break
                self._forget(login)
        return due

    # --- from stage to stage

    def _forget(self, login: Handshake) -> None:
        for stage in (self._opened, self._proving, self._over):
            stage.pop(login.bmc_id, None)
        of_peer = self._of_peer.get(login.peer)
        if of_peer is not None and of_peer.pop(login.bmc_id, None) is not None and not of_peer:
            del self._of_peer[login.peer]

    def _put(self, login: Handshake, stage: Stage, now: float) -> None:
        """Let a login be at this stage, and no other, and see to it that there are not too many."""
        self._forget(login)
        login.came = now
        stage[login.bmc_id] = login
        most = self._host.config.max_half_open
        if stage is self._over:
            if len(stage) > most:
                stage.popitem(last=False)
            return
        of_peer = self._of_peer.setdefault(login.peer, OrderedDict())
        of_peer[login.bmc_id] = login
        if len(of_peer) > _MOST_OF_A_PEER:
            self._forget(next(iter(of_peer.values())))
        if self.pending > most:
            larger = self._opened if len(self._opened) >= len(self._proving) else self._proving
            self._forget(next(iter(larger.values())))

    # --- messages

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
        for login in self._of_peer.get(peer, _NONE).values():
            # What is over is not there: some programs use tag and id again for their next login.
            if login.request == payload:
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
            self._put(login, self._opened, now)
            self._host.wake_by(now + self._host.config.half_open_s)
        self._host.send(answer, peer)

    def _step(self, kind: int, payload: bytes, peer: Hashable, now: float) -> None:
        """Take RAKP 1 or 3, at once or when its source may go on."""
        if len(payload) < _SHORTEST:
            return
        login = self._find(payload[4:8])
        if login is None or login.peer != peer:
            self._refuse(kind, payload, bytes(4), peer)
            return
        before = login.again(payload)
        if before is not None:
            self._host.send(before, peer)
        elif login.over:
            self._refuse(kind, payload, login.console_id, peer)
        elif now < self._host.refusals.free_at(peer):
            self._held.add(kind, payload, peer)
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
        if login.over:
            self._put(login, self._over, now)
        elif login.bmc_id in self._opened:
            self._put(login, self._proving, now)
        if login.agreed is not None:
            host._establish(login, now)
            login.forget_secrets()
        elif login.refused:
            host.refused(login.peer, now)

    # --- those who wait

    def next_held(self) -> float | None:
        """Return when the first message that is held back may go on."""
        return min((self._host.refusals.free_at(peer) for peer in self._held.peers), default=None)

    def release(self, now: float) -> None:
        """Look at what was held back: of each source as much as may go on, its consoles in turn."""
        for peer in self._held.peers:
            if now >= self._host.refusals.free_at(peer):
                self.take(*self._held.pop(peer), peer, now)


_NONE: Stage = OrderedDict()
_ANSWERED_BY: dict[int, PayloadType] = {
    PayloadType.RAKP1: PayloadType.RAKP2,
    PayloadType.RAKP3: PayloadType.RAKP4,
}

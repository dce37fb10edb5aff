# SPDX-License-Identifier: Apache-2.0
"""The BMC's session machine: datagrams and the time in, datagrams and requests out.  No I/O.

Nothing that anybody sends raises, makes it grow without bound, or is answered with more than the specification needs.
"""
from __future__ import annotations

from collections.abc import Hashable
from typing import Callable, Protocol

from pyghmi.ipmi.protocol import ipmb, rmcp
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.handshake import Handshake
from pyghmi.ipmi.protocol.packet import unwrap, wrap_setup
from pyghmi.ipmi.protocol.packet15 import parse as parse15
from pyghmi.ipmi.protocol.packet15 import wrap_plain
from pyghmi.ipmi.protocol.server15 import Logins15
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.protocol.serverlogins import Logins20
from pyghmi.ipmi.protocol.serverrefusals import Refusals
from pyghmi.ipmi.protocol.sessionless import Sessionless, in_session
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, AuthType, PayloadType

_SWEEP_S = 1.0
_IPMI = int(PayloadType.IPMI)
_MOST_OUT = 4096
_HANDLES = 255


class Handler(Protocol):
    """Who executes commands; answers with `session.respond(request, code, data)`, now or later."""

    def __call__(self, request: ipmb.Request, session: BmcSession) -> None: ...


class ServerCore:
    """A BMC's LAN interface.  `handler` gets each request of an open session that is not about the session itself."""

    def __init__(self, config: ServerConfig, handler: Handler, *, random: Callable[[int], bytes]) -> None:
        self.config = config
        self.handler = handler
        self.sessions: dict[int, BmcSession] = {}
        self.sessionless = Sessionless(config)
        self.refusals = Refusals(config.refusal_wait_s)
        self._random = random
        self._logins20 = Logins20(self, random)
        self._logins15 = Logins15(config, random)
        self._out: list[tuple[bytes, Hashable]] = []
        self._next_sweep: float | None = None
        self._next_handle = 0

    def __repr__(self) -> str:
        return f"<ServerCore with {len(self.sessions)} sessions>"

    # --- what the owner of the socket calls

    def datagram_received(self, data: bytes, peer: Hashable, now: float) -> None:
        """Take a datagram from anybody."""
        if self._next_sweep is None:
            self._next_sweep = now + _SWEEP_S
        if len(data) < 4 or data[0] != rmcp.VERSION:
            return
        acknowledgement = rmcp.acknowledgement(data)
        if acknowledgement is not None:
            self.send(acknowledgement, peer)
        tag = rmcp.parse_ping(data)
        if tag is not None:
            self.send(rmcp.pong(tag), peer)
        elif rmcp.is_rmcpplus(data):
            self._rmcpplus(data, peer, now)
        elif rmcp.is_ipmi(data):
            self._ipmi15(data, peer, now)

    def timer_fired(self, now: float) -> None:
        """End what has been idle for too long."""
        held = self._logins20.next_held()
        if held is not None and now >= held:
            self._logins20.release(now)
        if self._next_sweep is None or now < self._next_sweep:
            return
        for session in [each for each in self.sessions.values() if now - each.last_heard >= self.config.idle_s]:
            self.drop(session)
        self._logins20.expire(now)
        self._logins15.expire(now)
        self.refusals.expire(now)
        busy = self.sessions or self._logins20.any or self._logins15.pending or self.refusals
        self._next_sweep = now + _SWEEP_S if busy else None

    def next_timer(self) -> float | None:
        """Return when to call `timer_fired`, None for never."""
        held = self._logins20.next_held()
        if held is None or self._next_sweep is None:
            return self._next_sweep
        return min(held, self._next_sweep)

    def datagrams_to_send(self) -> list[tuple[bytes, Hashable]]:
        """Return (datagram, peer) of what is to be sent, and forget it."""
        found = self._out
        if found:
            self._out = []
        return found

    def send(self, datagram: bytes, peer: Hashable) -> None:
        """Have a datagram sent."""
        if len(self._out) < _MOST_OUT:
            self._out.append((datagram, peer))

    @property
    def half_open(self) -> int:
        """The number of logins under way."""
        return self._logins20.pending + self._logins15.pending

    def close_all(self) -> None:
        """End every session without a word, as a restart does."""
        for session in list(self.sessions.values()):
            self.drop(session)
        self._logins20.clear()

    # --- RMCP+

    def _rmcpplus(self, data: bytes, peer: Hashable, now: float) -> None:
        found = unwrap(data)
        if found is None:
            return
        if found.session_id:
            session = self.sessions.get(found.session_id)
            if session is not None:
                self._in_session(session, data, peer, now)
            return
        if found.kind == _IPMI:
            answer = self.sessionless.answer(found.payload)
            if answer is not None:
                self.send(wrap_setup(_IPMI, answer), peer)
            return
        self._logins20.take(found.kind, found.payload, peer, now)

    def _establish(self, handshake: Handshake, now: float) -> None:
        """Open the session that a login has led to."""
        agreed = handshake.agreed
        if agreed is None:
            return
        session_id = int.from_bytes(handshake.bmc_id, "little")
        self.sessions[session_id] = BmcSession(
            agreed.cipher,
            agreed.user,
            self,
            handshake.peer,
            session_id=session_id,
            console_id=int.from_bytes(handshake.console_id, "little"),
            handle=self._handle(),
            limit=agreed.limit,
            now=now,
        )

    def new_id(self) -> bytes:
        """Return an id that nobody has, not zero."""
        while True:
            found = self._random(4)
            number = int.from_bytes(found, "little")
            if number and number not in self.sessions and not self._logins20.knows(found):
                return found

    def _handle(self) -> int:
        """Return a session handle: one byte, not zero, nobody's as long as there are any."""
        taken = {session.handle for session in self.sessions.values()}
        for _count in range(_HANDLES):
            self._next_handle = self._next_handle % _HANDLES + 1
            if self._next_handle not in taken:
                break
        return self._next_handle

    @property
    def is_full(self) -> bool:
        """Whether there is no slot for another session."""
        return len(self.sessions) >= self.config.max_sessions

    # --- IPMI 1.5

    def _ipmi15(self, data: bytes, peer: Hashable, now: float) -> None:
        packet = parse15(data)
        if packet is None:
            return
        if packet.session_id:
            session = self.sessions.get(packet.session_id)
            if session is not None and session.version == "1.5":
                self._in_session(session, data, peer, now)
            else:
                self._activate15(packet.session_id, data, peer, now)
            return
        if packet.auth_type != AuthType.NONE:
            return
        answer = self._logins15.challenge(packet.message, peer, now) or self.sessionless.answer(packet.message)
        if answer is not None:
            self.send(wrap_plain(answer), peer)

    def _activate15(self, temporary_id: int, data: bytes, peer: Hashable, now: float) -> None:
        session_id = int.from_bytes(self.new_id(), "little")
        if now < self.refusals.free_at(peer):
            return  # these consoles ask again
        outcome = self._logins15.activate(temporary_id, data, session_id, peer, full=self.is_full)
        if outcome is None:
            return
        if outcome.answer is None:
            self.refusals.add(peer, now)
            return
        self.send(outcome.answer, peer)
        if outcome.session is None:
            return
        session = BmcSession(
            outcome.session,
            outcome.user,
            self,
            peer,
            session_id=session_id,
            console_id=session_id,
            handle=self._handle(),
            limit=outcome.limit,
            now=now,
        )
        self.sessions[session_id] = session

    # --- in a session

    def _in_session(self, session: BmcSession, data: bytes, peer: Hashable, now: float) -> None:
        found = session.open(data)
        if found is None:
            return
        session.last_heard = now
        session.peer = peer
        kind, payload = found
        if kind != _IPMI:
            if session.on_payload is not None:
                session.on_payload(kind, payload)
            return
        request = ipmb.parse_request(payload)
        if request is None or session.is_repetition(request, now):
            return
        refusal = session.refusal(request)
        if refusal is not None:
            session.respond(request, refusal)
            return
        own = in_session(self, request)
        if own is not None:
            own(self, request, session)
            return
        plain = self.sessionless.reply(request)
        if plain is not None:
            session.respond(request, *plain)
        else:
            self.handler(request, session)

    def drop(self, session: BmcSession) -> None:
        """End a session without a word."""
        self.sessions.pop(session.id, None)
        session.close()


def not_implemented(request: ipmb.Request, session: BmcSession) -> None:
    """Answer that there is no such command: the handler of a BMC that has none."""
    session.respond(request, INVALID_COMMAND)

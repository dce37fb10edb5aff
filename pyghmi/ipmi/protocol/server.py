# SPDX-License-Identifier: Apache-2.0
"""The BMC's session machine: datagrams and the time in, datagrams and requests out.  No I/O.

Nothing that anybody sends raises, makes it grow without bound, or is answered with more than the specification needs.
"""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Callable, Protocol, Union

from pyghmi.ipmi.protocol import ipmb, rmcp
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.handshake import Handshake
from pyghmi.ipmi.protocol.packet import SessionCipher, unwrap, wrap_setup
from pyghmi.ipmi.protocol.packet15 import Session15, wrap_plain
from pyghmi.ipmi.protocol.packet15 import parse as parse15
from pyghmi.ipmi.protocol.server15 import Logins15
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User
from pyghmi.ipmi.protocol.serverhandles import Handles
from pyghmi.ipmi.protocol.serverlogins import Logins20
from pyghmi.ipmi.protocol.serverrefusals import Refusals
from pyghmi.ipmi.protocol.sessionless import OWN, OWN_FIRST, Sessionless
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, AuthType, PayloadType, Privilege

_SWEEP_S = 1.0
_IPMI = int(PayloadType.IPMI)
_MOST_OUT = 4096
_USUAL = bytes((rmcp.VERSION, 0, rmcp.NO_ACK, rmcp.CLASS_IPMI, rmcp.RMCPPLUS))
_ID_AT = slice(6, 10)


class Handler(Protocol):
    """Who executes commands; answers with `session.respond(request, code, data)`, now or later."""

    def __call__(self, request: ipmb.Request, session: BmcSession) -> None: ...


class ServerCore:
    """A BMC's LAN interface.  `handler` gets each request of an open session that is not about the session itself.

    out: what is to be sent; whoever sends it takes it by `datagrams_to_send`.  handler_first: the handler gets the
    requests too that `answer` answers, but for those about the very session that asks.  make_session, execute: what
    makes the session that a login leads to, and what is done with a request that is allowed, for odd BMCs.
    """

    def __init__(self, config: ServerConfig, handler: Handler, *, random: Callable[[int], bytes]) -> None:
        self.config = config
        self.handler = handler
        self.sessions: OrderedDict[int, BmcSession] = OrderedDict()  # who was not heard for longest comes first
        self.handles = Handles()
        self.handler_first = False
        self.make_session: Callable[..., BmcSession] = BmcSession
        self.execute: Callable[[ipmb.Request, BmcSession], None] = self.execute_by_the_book
        self.sessionless = Sessionless(config)
        self.refusals = Refusals(config.refusal_wait_s)
        self._random = random
        self._logins20 = Logins20(self, random)
        self._logins15 = Logins15(config, random)
        self.out: list[tuple[bytes, Hashable]] = []
        self._next_sweep: float | None = None

    def __repr__(self) -> str:
        return f"<ServerCore with {len(self.sessions)} sessions>"

    # --- what the owner of the socket calls

    def in_session(self, data: bytes, peer: Hashable, now: float) -> bool:
        """Take a datagram if it says that it belongs to an open session of RMCP+; else nothing is done with it."""
        if data[:5] != _USUAL:
            return False
        session = self.sessions.get(int.from_bytes(data[_ID_AT], "little"))
        if session is None:
            return False
        self._in_session(session, data, peer, now)
        return True

    def datagram_received(self, data: bytes, peer: Hashable, now: float) -> None:
        """Take a datagram from anybody."""
        if self.in_session(data, peer, now) or len(data) < 4 or data[0] != rmcp.VERSION:
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
        idle_s = self.config.idle_s
        first = next(iter(self.sessions.values()), None)
        while first is not None and now >= first.last_heard + idle_s:
            self.drop(first)
            first = next(iter(self.sessions.values()), None)
        dues = [self._logins20.expire(now), self._logins15.expire(now), self.refusals.expire(now)]
        if first is not None:
            dues.append(first.last_heard + idle_s)
        found = [due for due in dues if due is not None]
        # Not for each of thousands: what is due soon after something else ends with it.
        self._next_sweep = max(min(found), now + _SWEEP_S) if found else None

    def wake_by(self, due: float) -> None:
        """See to it that `timer_fired` is called by then."""
        if self._next_sweep is None or due < self._next_sweep:
            self._next_sweep = due

    def next_timer(self) -> float | None:
        """Return when to call `timer_fired`, None for never."""
        held = self._logins20.next_held()
        if held is None or self._next_sweep is None:
            return self._next_sweep
        return min(held, self._next_sweep)

    def datagrams_to_send(self) -> list[tuple[bytes, Hashable]]:
        """Return (datagram, peer) of what is to be sent, and forget it."""
        found = self.out
        if found:
            self.out = []
        return found

    def send(self, datagram: bytes, peer: Hashable) -> None:
        """Have a datagram sent."""
        if len(self.out) < _MOST_OUT:
            self.out.append((datagram, peer))

    @property
    def half_open(self) -> int:
        """The number of logins under way."""
        return self._logins20.pending + self._logins15.pending

    def close_all(self) -> None:
        """End every session without a word, as a restart does."""
        for session in list(self.sessions.values()):
            self.drop(session)
        self._logins20.clear()
        self._logins15.clear()

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
        if agreed is not None:
            self._begin(agreed.cipher, agreed.user, handshake.peer, agreed.ids, agreed.limit, now)

    def _begin(
        self,
        cipher: Union[SessionCipher, Session15],
        user: User,
        peer: Hashable,
        ids: tuple[int, int],
        limit: Privilege,
        now: float,
    ) -> None:
        session_id, console_id = ids
        session = self.make_session(
            cipher,
            user,
            self,
            peer,
            session_id=session_id,
            console_id=console_id,
            handle=self.handles.take(),
            limit=limit,
            now=now,
        )
        self.sessions[session_id] = session
        self.handles.begin(session)
        self.wake_by(now + self.config.idle_s)

    def new_id(self) -> bytes:
        """Return an id that nobody has, not zero."""
        while True:
            found = self._random(4)
            number = int.from_bytes(found, "little")
            if number and number not in self.sessions and not self._logins20.knows(found):
                return found

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
        answer = self._logins15.challenge(packet.message, peer, now)
        if answer is not None:
            self.wake_by(now + self.config.half_open_s)
        else:
            answer = self.sessionless.answer(packet.message)
        if answer is not None:
            self.send(wrap_plain(answer), peer)

    def _activate15(self, temporary_id: int, data: bytes, peer: Hashable, now: float) -> None:
        if now < self.refusals.free_at(peer):
            return  # these consoles ask again
        if not self._logins15.knows(temporary_id):
            return
        session_id = int.from_bytes(self.new_id(), "little")
        outcome = self._logins15.activate(temporary_id, data, session_id, peer, full=self.is_full)
        if outcome is None:
            return
        if outcome.answer is None:
            self.refused(peer, now)
            return
        self.send(outcome.answer, peer)
        if outcome.session is not None:
            self._begin(outcome.session, outcome.user, peer, (session_id, session_id), outcome.limit, now)

    def refused(self, peer: Hashable, now: float) -> None:
        """Note that a login of this peer was refused."""
        self.refusals.add(peer, now)
        self.wake_by(now + self.refusals.forgotten_after_s)

    # --- in a session

    def _in_session(self, session: BmcSession, data: bytes, peer: Hashable, now: float) -> None:
        found = session.open(data)
        if found is None:
            return
        session.last_heard = now
        if peer != session.peer:
            session.peer = peer
        self.sessions.move_to_end(session.id)
        kind, payload = found
        if kind != _IPMI:
            if session.on_payload is not None:
                session.on_payload(kind, payload)
            return
        request = ipmb.parse_request(payload)
        if request is None or not (session.is_plain(request) or self._is_to_be_executed(session, request, now)):
            return
        self.execute(request, session)

    def execute_by_the_book(self, request: ipmb.Request, session: BmcSession) -> None:
        """Have a request answered: about the very session here, any other by whom it concerns."""
        own = OWN_FIRST.get(request[:2])
        if own is not None and not request.rs_lun:
            own(self, request, session)
        elif self.handler_first or not self.answer(request, session):
            self.handler(request, session)

    def answer(self, request: ipmb.Request, session: BmcSession) -> bool:
        """Answer a request about sessions and channels; False: it is not about them, or not for LUN 0."""
        if request.rs_lun:
            return False
        own = OWN.get(request[:2])
        if own is not None:
            own(self, request, session)
            return True
        plain = self.sessionless.reply(request)
        if plain is not None:
            session.respond(request, *plain)
        return plain is not None

    @staticmethod
    def _is_to_be_executed(session: BmcSession, request: ipmb.Request, now: float) -> bool:
        """Look at what may not be executed, twice, at this level or in this session; it is answered here."""
        if session.is_repetition(request, now):
            return False
        refusal = session.refusal(request)
        if refusal is not None:
            session.respond(request, refusal)
        return refusal is None

    def drop(self, session: BmcSession) -> None:
        """End a session without a word."""
        if self.sessions.pop(session.id, None) is not None:
            self.handles.end(session)
        session.close()


def not_implemented(request: ipmb.Request, session: BmcSession) -> None:
    """Answer that there is no such command: the handler of a BMC that has none."""
    session.respond(request, INVALID_COMMAND)

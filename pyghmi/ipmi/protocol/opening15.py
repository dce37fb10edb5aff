# SPDX-License-Identifier: Apache-2.0
"""Open an IPMI 1.5 session: challenge and activation.  IPMI 2.0 §13.5, §22.16, §22.17."""
from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Callable

from pyghmi.exceptions import Malformed, SessionError
from pyghmi.ipmi.protocol import ipmb, refusals
from pyghmi.ipmi.protocol.channel import Channel15
from pyghmi.ipmi.protocol.login import PASSWORD_BYTES_15, Login
from pyghmi.ipmi.protocol.memory import BmcMemory, backoff
from pyghmi.ipmi.protocol.packet15 import Packet15, Session15, auth_code, build, parse, wrap_plain
from pyghmi.ipmi.spec.app import (
    ActivatedSession,
    ActivateSession,
    ChannelAuthenticationCapabilities,
    GetSessionChallenge,
    SessionChallenge,
)
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, OK, AuthType, Privilege, RetryClass, retry_class

_NAME_BYTES = 16
_PRIVILEGE_TOO_HIGH = 0x86
_NO_SLOT = (0x81, 0x82, 0x83)
_SLOT_WAIT = 2.0
_MAX_SILENT_PROOFS = 4


class Stage15(Enum):
    """What was sent last."""

    CHALLENGE = "Get Session Challenge"
    ACTIVATE = "Activate Session"


class Opening15:
    """Lead an IPMI 1.5 login; the same outputs as `Opening20`, and `probes` for a source port of their own.

    It begins with `learn`.
    """

    def __init__(self, login: Login, memory: BmcMemory, random: Callable[[int], bytes]) -> None:
        self._login = login
        self._memory = memory
        self._random = random
        self._capabilities: ChannelAuthenticationCapabilities | None = None
        self._levels = memory.levels(login.user, login.privileges)
        self._stage = Stage15.CHALLENGE
        self._rq_seq = random(1)[0] % ipmb.RQ_SEQ_COUNT
        self._silences: Counter[Stage15] = Counter()
        self._fresh_port = False
        self._sent_at = 0.0
        self._challenge: SessionChallenge | None = None
        self._outbound = 0
        self._first_error: SessionError | None = None
        self._no_slot: SessionError | None = None
        self._waiting = False
        self._auth_type = login.auth_types[0]
        self.out: list[bytes] = []
        self.probes: list[bytes] = []
        self.due: float | None = None
        self.channel: Channel15 | None = None
        self.error: SessionError | None = None
        self.sent = 0
        self.tries: Counter[str] = Counter()
        self.heard = False

    def learn(self, capabilities: ChannelAuthenticationCapabilities | None, now: float) -> None:
        """Begin, with what the BMC says that it takes; None: it does not say."""
        if self.sent or self.error is not None:
            return
        self._capabilities = capabilities
        if capabilities is not None:
            self.heard = True
            offered = [kind for kind in self._login.auth_types if kind in capabilities.auth_types]
            if not offered:
                names = ", ".join(kind.name for kind in capabilities.auth_types) or "nothing"
                wanted = " or ".join(kind.name for kind in self._login.auth_types)
                self.error = refusals.no_auth_type(wanted, names, only_15=not capabilities.speaks_20)
                return
            self._auth_type = offered[0]
        self.begin(now)

    @property
    def privilege(self) -> Privilege:
        """The level that is being asked for."""
        return self._levels[0]

    @property
    def stage(self) -> str:
        """What was sent last, in words."""
        return self._stage.value

    @property
    def auth_type(self) -> AuthType:
        """How the activation is authenticated."""
        return self._auth_type

    def take_fresh_port(self) -> bool:
        """Whether the next probe is to leave from a port that no other left from; true once for each."""
        found, self._fresh_port = self._fresh_port, False
        return found

    def farewells(self, _now: float) -> list[bytes]:
        """Return nothing: there is no way to give up a login of IPMI 1.5 halfway."""
        return []

    def local_ids(self) -> list[int]:
        """Return the session ids that answers may carry."""
        return [] if self._challenge is None else [self._challenge.temporary_session_id]

    def begin(self, now: float) -> None:
        """Ask for a challenge."""
        if len(self._login.password) > PASSWORD_BYTES_15:
            self.error = refusals.only_15(
                f"its passwords have at most {PASSWORD_BYTES_15} bytes, this one has {len(self._login.password)}"
            )
            return
        self._stage = Stage15.CHALLENGE
        self._challenge = None
        self._waiting = False
        self._send_challenge(now)

    def _send_challenge(self, now: float) -> None:
        request = GetSessionChallenge(
            auth_type=self._auth_type, user=self._login.user.ljust(_NAME_BYTES, b"\0")
        )
        datagram = wrap_plain(self._message(request.netfn, request.cmd, request.encode()))
        # One that is repeated from the same port is met with silence by some BMCs: hence the other way out.
        self._fresh_port = bool(self._silences)
        (self.probes if self._silences else self.out).append(datagram)
        self._sent(now)

    def _message(self, netfn: int, cmd: int, data: bytes) -> bytes:
        self._rq_seq = (self._rq_seq + 1) % ipmb.RQ_SEQ_COUNT
        return ipmb.build_request(netfn, cmd, data, self._rq_seq)

    def _sent(self, now: float) -> None:
        self.sent += 1
        self.tries[self._stage.value] += 1
        self._sent_at = now
        wait = backoff(self._memory.first_wait_s, sum(self._silences.values()) + 1)
        self.due = now + wait * (1 + self._random(1)[0] / 2048)

    def fire(self, now: float) -> None:
        """The wait is over: ask again, or start over."""
        if self._waiting:
            self.begin(now)
            return
        self._silences[self._stage] += 1
        silences = self._silences
        if silences[Stage15.ACTIVATE] >= _MAX_SILENT_PROOFS + silences[Stage15.CHALLENGE]:
            self.error = refusals.silently_rejected(self.stage)  # more tries would lock the account
        else:
            self.begin(now)

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take a datagram; False when it is not an answer to ours."""
        if self.channel is not None or self.error is not None:
            return False
        message = self._message_in(datagram)
        response = None if message is None else ipmb.parse_response(message)
        if response is None or response[2] != self._rq_seq:
            return False
        if (response[0], response[1]) != (0x07, 0x39 if self._stage is Stage15.CHALLENGE else 0x3A):
            return False
        self.heard = True
        self._memory.measured(max(now - self._sent_at, 0.0))
        try:
            self._answered(response[3], response[4], now)
        except Malformed as error:
            self._failed(refusals.malformed_setup(self._stage.value, error), now)
        return True

    def _message_in(self, datagram: bytes) -> bytes | None:
        """Return the message of an answer: a challenge comes bare, an activation with a code."""
        packet = parse(datagram)
        if packet is None:
            return None
        if self._challenge is None:
            return packet.message if packet.auth_type == AuthType.NONE and not packet.session_id else None
        session = Session15(
            self._login.password,
            session_id=self._answers_with(packet),
            send_type=self._auth_type,
            accept_plain=True,
        )
        message = session.open_first(datagram)
        if message is not None and packet.auth_type == AuthType.NONE and self._auth_type != AuthType.NONE:
            # Nobody vouches for it: good enough for a refusal, not for a session.
            response = ipmb.parse_response(message)
            return message if response is not None and response[3] != OK else None
        return message

    def _answers_with(self, packet: Packet15) -> int:
        """Return the session id that the answer to the activation should carry.

        That is the temporary one, or, as some BMCs have it, already the one that the answer itself gives.
        """
        temporary = self._challenge.temporary_session_id if self._challenge is not None else 0
        response = ipmb.parse_response(packet.message)
        if response is None or response[3] != OK or packet.session_id in (temporary, 0):
            return temporary
        try:
            given = ActivatedSession.decode(response[4]).session_id
        except Malformed:
            return temporary
        return given if given == packet.session_id else temporary

    def _answered(self, code: int, data: bytes, now: float) -> None:
        if retry_class(code) is RetryClass.NOT_RUN:
            self._waiting = True
            self.due = now + _SLOT_WAIT
        elif self._stage is Stage15.CHALLENGE:
            if code != OK:
                self._failed(refusals.challenge_refused(code), now)
            else:
                self._challenge = SessionChallenge.decode(data)
                self._activate(now)
        elif code != OK:
            self._activation_refused(code, now)
        else:
            self._activated(ActivatedSession.decode(data))

    def _activate(self, now: float) -> None:
        challenge = self._challenge
        if challenge is None:
            return
        self._stage = Stage15.ACTIVATE
        self._outbound = int.from_bytes(self._random(4), "little") or 1
        request = ActivateSession(
            auth_type=self._auth_type,
            privilege=self._levels[0],
            challenge=challenge.challenge,
            outbound_sequence=self._outbound,
        )
        message = self._message(request.netfn, request.cmd, request.encode())
        session_id = challenge.temporary_session_id
        code = auth_code(self._auth_type, self._login.password, session_id, message, 0)
        self.out.append(build(self._auth_type, 0, session_id, code, message))
        self._sent(now)

    def _activation_refused(self, code: int, now: float) -> None:
        error = refusals.activation_refused(code)
        if code == _PRIVILEGE_TOO_HIGH and len(self._levels) > 1:
            self._levels.pop(0)
            self._memory.notice("L19", "the account does not reach the highest privilege level")
            self.begin(now)
        elif code == INSUFFICIENT_PRIVILEGE and self._may_raise():
            # Seen: a BMC that wants exactly the user's limit.
            self._levels.insert(0, Privilege(self._levels[0] + 1))
            self._memory.notice("R23", "a privilege level below the limit of the user is refused")
            self.begin(now)
        elif code in _NO_SLOT:
            self._no_slot = error
            self._waiting = True
            self.due = now + _SLOT_WAIT
        else:
            self._failed(error, now)

    def _may_raise(self) -> bool:
        return self._levels[0] < Privilege.ADMINISTRATOR and len(self._levels) <= len(self._login.privileges) + 2

    def _activated(self, answer: ActivatedSession) -> None:
        plain = answer.auth_type == AuthType.NONE
        agreed = answer.auth_type if answer.auth_type in (AuthType.NONE, self._auth_type) else self._auth_type
        capabilities = self._capabilities
        session = Session15(
            self._login.password,
            session_id=answer.session_id,
            send_type=self._auth_type if self._memory.codes_anyway else agreed,
            activation_type=self._auth_type,
            accept_plain=plain or (capabilities is not None and capabilities.per_message_disabled),
            send_from=answer.inbound_sequence,
            receive_from=self._outbound,
        )
        self.due = None
        self.channel = Channel15(session, agreed)

    def _failed(self, error: SessionError, now: float) -> None:
        """Look a second time, then say the first reason."""
        if self._first_error is not None:
            self.error = self._first_error
            return
        self._first_error = error
        self.begin(now)

    def gave_up(self) -> SessionError:
        """Return the error for a deadline that passed now."""
        error = self._first_error or self._no_slot
        if error is not None:
            return error
        capabilities = self._capabilities
        return refusals.silent_15(
            self.stage, heard=self.heard, offered=capabilities is None or bool(capabilities.offers_15)
        )

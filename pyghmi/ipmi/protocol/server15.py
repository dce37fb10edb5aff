# SPDX-License-Identifier: Apache-2.0
"""The BMC's end of IPMI 1.5 logins: challenge and activation.  IPMI 2.0 §13.5, §22.16, §22.17."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Callable

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.crypto import equal
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.protocol.login import PASSWORD_BYTES_15
from pyghmi.ipmi.protocol.packet15 import Session15, auth_code, build, parse
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User
from pyghmi.ipmi.protocol.serverrefusals import source_of
from pyghmi.ipmi.protocol.window import next_sequence
from pyghmi.ipmi.spec.app import ActivatedSession, ActivateSession, GetSessionChallenge, SessionChallenge
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, AuthType, Privilege
from pyghmi.ipmi.wire.shapes import NamedTuple

_NO_SUCH_USER = 0x81
_NULL_USER_DISABLED = 0x82
_NO_SLOT = 0x81
_BAD_SESSION_ID = 0x85
_PRIVILEGE_TOO_HIGH = 0x86


class Challenge(NamedTuple):
    """A login under way; source: the address that asked for the challenge, which no other may answer."""

    source: Hashable
    user: User
    auth_type: AuthType
    challenge: bytes
    began: float


class Activation(NamedTuple):
    """What came of Activate Session; `session` is None when it was refused, `answer` too for a wrong password."""

    answer: bytes | None
    session: Session15 | None
    user: User
    limit: Privilege


class Logins15:
    """The 1.5 logins of one BMC."""

    def __init__(self, config: ServerConfig, random: Callable[[int], bytes]) -> None:
        self._config = config
        self._random = random
        self._pending: OrderedDict[int, Challenge] = OrderedDict()

    @property
    def pending(self) -> int:
        """The number of logins under way."""
        return len(self._pending)

    def knows(self, temporary_id: int) -> bool:
        """Whether a login has this id."""
        return temporary_id in self._pending

    def clear(self) -> None:
        """Forget all of them."""
        self._pending.clear()

    def expire(self, now: float) -> float | None:
        """Forget logins that did not go on; returns when that is to be done again, None for never."""
        longest = self._config.half_open_s
        while self._pending:
            key, login = next(iter(self._pending.items()))
            if now < login.began + longest:
                return login.began + longest
            del self._pending[key]
        return None

    def challenge(self, message: bytes, peer: Hashable, now: float) -> bytes | None:
        """Return the answer to Get Session Challenge, None when the message is another."""
        request = ipmb.parse_request(message)
        if request is None or not self._config.auth_types:
            return None
        if (request.netfn, request.cmd) != (GetSessionChallenge.netfn, GetSessionChallenge.cmd):
            return None
        try:
            asked = exact(GetSessionChallenge, request.data)
        except Malformed:
            return ipmb.build_response(request, INVALID_LENGTH)
        name = asked.user.rstrip(b"\0")
        user = self._config.users.find(name, None)
        if user is None or not user.enabled or len(user.password) > PASSWORD_BYTES_15:
            # A password of 20 bytes is for IPMI 2.0 alone: its first 16 must not do.  IPMI 2.0 §22.30.
            return ipmb.build_response(request, _NO_SUCH_USER if name else _NULL_USER_DISABLED)
        if asked.auth_type not in self._config.auth_types:
            return ipmb.build_response(request, INVALID_FIELD)
        key = int.from_bytes(self._random(4), "little") or 1
        login = Challenge(source_of(peer), user, asked.auth_type, self._random(16), now)
        self._pending[key] = login
        if len(self._pending) > self._config.max_half_open:
            self._pending.popitem(last=False)
        answer = SessionChallenge(temporary_session_id=key, challenge=login.challenge)
        return ipmb.build_response(request, OK, answer.encode())

    def activate(
        self, temporary_id: int, datagram: bytes, session_id: int, peer: Hashable, *, full: bool
    ) -> Activation | None:
        """Return what comes of Activate Session under a temporary id, None for what is not answered."""
        login = self._pending.get(temporary_id)
        packet = parse(datagram)
        if login is None or packet is None or packet.auth_type != login.auth_type:
            return None
        if login.source != source_of(peer):
            return None
        password = login.user.password
        due = auth_code(packet.auth_type, password, temporary_id, packet.message, packet.sequence)
        request = ipmb.parse_request(packet.message)
        if request is None:
            return None
        if not equal(due, packet.code):
            # Met with silence, for the code of an answer would help to guess the password; and one try a challenge.
            del self._pending[temporary_id]
            self._config.rules.failed(login.user)
            return Activation(None, None, login.user, Privilege.USER)
        if (request.netfn, request.cmd) != (ActivateSession.netfn, ActivateSession.cmd):
            return None
        code, asked = self._judge(request, login, full)
        if code != OK or asked is None:
            return Activation(self._sealed(login, temporary_id, request, code, b""), None, login.user, Privilege.USER)
        del self._pending[temporary_id]
        self._config.rules.succeeded(login.user)
        inbound = int.from_bytes(self._random(4), "little") or 1
        answer = ActivatedSession(
            auth_type=login.auth_type, session_id=session_id, inbound_sequence=inbound, privilege=asked.privilege
        )
        if self._config.readings is not None:
            answer = self._config.readings.activated15(answer)
        session = Session15(
            password,
            session_id=session_id,
            send_type=login.auth_type,
            send_from=next_sequence(asked.outbound_sequence),
            receive_from=inbound,
        )
        sealed = self._sealed(login, temporary_id, request, OK, answer.encode(), asked.outbound_sequence)
        return Activation(sealed, session, login.user, asked.privilege)

    @staticmethod
    def _judge(request: ipmb.Request, login: Challenge, full: bool) -> tuple[int, ActivateSession | None]:
        try:
            asked = exact(ActivateSession, request.data)
        except Malformed:
            return INVALID_LENGTH, None
        if full:
            return _NO_SLOT, None
        if asked.auth_type != login.auth_type or not Privilege.CALLBACK <= asked.privilege <= Privilege.OEM:
            return INVALID_FIELD, None
        if not equal(asked.challenge, login.challenge):
            return _BAD_SESSION_ID, None
        if asked.privilege > login.user.privilege:
            return _PRIVILEGE_TOO_HIGH, None
        return OK, asked

    @staticmethod
    def _sealed(
        login: Challenge, session_id: int, request: ipmb.Request, code: int, data: bytes, sequence: int = 0
    ) -> bytes:
        message = ipmb.build_response(request, code, data)
        proof = auth_code(login.auth_type, login.user.password, session_id, message, sequence)
        return build(login.auth_type, sequence, session_id, proof, message)

# SPDX-License-Identifier: Apache-2.0
"""The BMC's end of one RMCP+ key exchange.  IPMI 2.0 §13.15 to §13.24."""
from __future__ import annotations

from collections.abc import Hashable
from typing import Callable

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.login import NAME_BYTES
from pyghmi.ipmi.protocol.packet import SessionCipher, wrap_setup
from pyghmi.ipmi.protocol.rakp import Exchange, SessionKeys, check_rakp3, derive_keys, rakp2_code, rakp4_code
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User
from pyghmi.ipmi.protocol.suites import STANDARD, CipherSuite
from pyghmi.ipmi.spec.app import ActivatedSession
from pyghmi.ipmi.spec.codes import PayloadType, Privilege, RmcpStatus
from pyghmi.ipmi.spec.session_setup import (
    OpenSessionRequest,
    OpenSessionResponse,
    Rakp1,
    Rakp2,
    Rakp3,
    Rakp4,
    SetupStatus,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

_NULL_PAYLOAD = 0
_LENGTH_AT = (11, 19, 27)
_REFUSALS = frozenset((RmcpStatus.UNAUTHORIZED_NAME, RmcpStatus.INVALID_INTEGRITY_CHECK))


class Readings:
    """How a BMC reads the key exchange: as specified.  Simulated BMCs that read it otherwise override methods."""

    def rakp2(self, suite: CipherSuite, password: bytes, said: Exchange) -> bytes:
        """Return the code of RAKP 2."""
        return rakp2_code(suite.authentication, password, said)

    def is_proof(self, suite: CipherSuite, password: bytes, said: Exchange, code: bytes) -> bool:
        """Whether this is the right code of RAKP 3."""
        return check_rakp3(suite.authentication, password, said, code) is not None

    def keys(self, suite: CipherSuite, password: bytes, said: Exchange, kg: bytes | None) -> SessionKeys:
        """Return the keys of the session."""
        return derive_keys(suite.authentication, password, said, kg=kg)

    def rakp4(self, suite: CipherSuite, keys: SessionKeys, said: Exchange) -> bytes:
        """Return the check value of RAKP 4."""
        return rakp4_code(suite.authentication, keys.sik, said)

    def cipher(
        self, suite: CipherSuite, keys: SessionKeys, ids: tuple[int, int], random: Callable[[int], bytes]
    ) -> SessionCipher:
        """Return what opens and seals the session's packets; ids: ours and the console's."""
        return SessionCipher(suite, keys, local_id=ids[0], remote_id=ids[1], random=random)

    def activated15(self, answer: ActivatedSession) -> ActivatedSession:
        """Return what Activate Session of IPMI 1.5 is answered."""
        return answer


BY_THE_BOOK = Readings()


class Agreed(NamedTuple):
    """The key exchange succeeded.  ids: the BMC's and the console's."""

    cipher: SessionCipher
    ids: tuple[int, int]
    user: User
    limit: Privilege


class Handshake:
    """One login under way.  The answer to each step is kept, and sent again to a message that comes again.

    opened: the answer to Open Session; agreed: what came of it; over: it came to its end, good or bad; refused: the
    name or the proof was wrong; came: when it came to the stage at which it is.
    """

    __slots__ = (
        "_answered",
        "_limit",
        "_open_privilege",
        "_said",
        "_suite",
        "_user",
        "agreed",
        "bmc_id",
        "came",
        "console_id",
        "opened",
        "over",
        "peer",
        "refused",
        "request",
    )

    def __init__(self, bmc_id: bytes, peer: Hashable, request: bytes, now: float) -> None:
        self.bmc_id = bmc_id
        self.peer = peer
        self.came = now
        self.request = request
        self.console_id = request[4:8]
        self.opened = b""
        self.agreed: Agreed | None = None
        self.over = False
        self.refused = False
        self._answered: tuple[tuple[bytes, bytes], ...] = ()
        self._suite: CipherSuite | None = None
        self._open_privilege = Privilege.HIGHEST
        self._said: Exchange | None = None
        self._user: User | None = None
        self._limit = Privilege.CALLBACK

    def __repr__(self) -> str:
        return f"<Handshake with {self.peer}>"

    def forget_secrets(self) -> None:
        """Keep what is needed to answer the last message again, and no more: the session has been opened."""
        self.agreed = self._said = self._user = self._suite = None
        self.request = self.opened = b""
        self._answered = self._answered[-1:]

    def again(self, payload: bytes) -> bytes | None:
        """Return the answer that this very message got before."""
        for message, answer in self._answered:
            if message == payload:
                return answer
        return None

    def open(self, payload: bytes, config: ServerConfig) -> bytes:
        """Answer Open Session."""
        request = OpenSessionRequest.decode(payload)
        suite, status = choose(request, payload, config)
        if suite is None or request.privilege > Privilege.OEM:
            self.over = True
            return refuse(
                PayloadType.OPEN_RESPONSE,
                request.tag,
                status if suite is None else RmcpStatus.INVALID_ROLE,
                request.console_id,
            )
        self._suite = suite
        self._open_privilege = request.privilege
        self._limit = config.rules.limit(suite.id or 0) or Privilege.CALLBACK
        answer = OpenSessionResponse(
            tag=request.tag,
            status=RmcpStatus.OK,
            privilege=min(request.privilege or Privilege.ADMINISTRATOR, self._limit),
            console_id=request.console_id,
            bmc_id=self.bmc_id,
            authentication=suite.authentication,
            integrity=suite.integrity,
            confidentiality=suite.confidentiality,
        )
        self.opened = wrap_setup(PayloadType.OPEN_RESPONSE, answer.encode())
        return self.opened

    def _keep(self, payload: bytes, answer: bytes) -> bytes:
        """Keep the last two answers, to RAKP 1 and 3: a console may send as many different messages as it likes."""
        self._answered = (*self._answered[-1:], (payload, answer))
        return answer

    def _refuse(self, kind: PayloadType, payload: bytes, status: RmcpStatus) -> bytes:
        self.over = True
        self.refused = status in _REFUSALS
        return self._keep(payload, refuse(kind, payload[0], status, self.console_id))

    def rakp1(self, payload: bytes, config: ServerConfig, random: Callable[[int], bytes]) -> bytes:
        """Answer RAKP 1: our proof that we know the user's password, or why there is no going on."""
        message = Rakp1.decode(payload)
        suite = self._suite
        if suite is None:
            raise Malformed("RAKP 1", b"", "it came before Open Session")
        user, status = self._who(message, config)
        if user is None:
            return self._refuse(PayloadType.RAKP2, payload, status)
        self._user = user
        levels = (self._limit, user.privilege, message.privilege, self._open_privilege)
        self._limit = min(level for level in levels if level)
        said = Exchange(
            self.console_id,
            self.bmc_id,
            message.console_random,
            random(16),
            config.guid,
            message.role,
            message.name[: message.name_length],
            int(self._open_privilege),
        )
        self._said = said
        answer = Rakp2(
            tag=message.tag,
            status=RmcpStatus.OK,
            console_id=self.console_id,
            bmc_random=said.bmc_random,
            guid=said.bmc_guid,
            code=(config.readings or BY_THE_BOOK).rakp2(suite, user.password, said),
        )
        return self._keep(payload, wrap_setup(PayloadType.RAKP2, answer.encode()))

    @staticmethod
    def _who(message: Rakp1, config: ServerConfig) -> tuple[User | None, RmcpStatus]:
        """Return the account, or the status that says why there is none.

        Looked up by name alone, an account below the role that is asked for opens a session of its own level; looked
        up by name and role, it is not found.  IPMI 2.0 §13.20.
        """
        if message.name_length > NAME_BYTES or message.name_length > len(message.name):
            return None, RmcpStatus.INVALID_NAME_LENGTH
        if message.privilege > Privilege.OEM:
            return None, RmcpStatus.INVALID_ROLE
        name = message.name[: message.name_length]
        user = config.users.find(name, None if message.name_only else message.privilege)
        if user is None or not user.enabled or user.privilege == Privilege.NO_ACCESS:
            return None, RmcpStatus.UNAUTHORIZED_NAME
        if not message.name_only and message.privilege > user.privilege:
            return None, RmcpStatus.UNAUTHORIZED_NAME
        return user, RmcpStatus.OK

    def rakp3(
        self, payload: bytes, config: ServerConfig, random: Callable[[int], bytes], *, full: bool = False
    ) -> bytes | None:
        """Answer RAKP 3; then `agreed` is set, or `failed`.  None: the console gave up, and wants no answer.

        `full`: there is no slot for another session any more.
        """
        message = Rakp3.decode(payload)
        said, user, suite = self._said, self._user, self._suite
        if message.status != RmcpStatus.OK:
            if message.status == RmcpStatus.INVALID_INTEGRITY_CHECK and user is not None:
                config.rules.failed(user)  # to the console, what we know of the password is wrong
            self.over = True
            return None
        if said is None or user is None or suite is None:
            return self._refuse(PayloadType.RAKP4, payload, RmcpStatus.INACTIVE_SESSION_ID)
        readings: Readings = config.readings or BY_THE_BOOK
        if not readings.is_proof(suite, user.password, said, message.code):
            config.rules.failed(user)
            return self._refuse(PayloadType.RAKP4, payload, RmcpStatus.INVALID_INTEGRITY_CHECK)
        if full:
            return self._refuse(PayloadType.RAKP4, payload, RmcpStatus.INSUFFICIENT_RESOURCES)
        config.rules.succeeded(user)
        keys = readings.keys(suite, user.password, said, config.kg)
        ids = int.from_bytes(self.bmc_id, "little"), int.from_bytes(self.console_id, "little")
        cipher = readings.cipher(suite, keys, ids, random)
        self.agreed = Agreed(cipher, ids, user, self._limit)
        self.over = True
        answer = Rakp4(
            tag=message.tag,
            status=RmcpStatus.OK,
            console_id=self.console_id,
            code=readings.rakp4(suite, keys, said),
        )
        return self._keep(payload, wrap_setup(PayloadType.RAKP4, answer.encode()))


def refuse(payload_type: PayloadType, tag: int, status: RmcpStatus, console_id: bytes) -> bytes:
    """Return an answer that is a status and nothing more."""
    return wrap_setup(payload_type, SetupStatus(tag=tag, status=status, session_id=console_id).encode())


def choose(
    request: OpenSessionRequest, payload: bytes, config: ServerConfig
) -> tuple[CipherSuite | None, RmcpStatus]:
    """Return the first suite of ours that fits the proposal, or the status that says what does not.

    An algorithm whose payload has length 0 leaves the choice to the BMC.  IPMI 2.0 table 13-9.
    """
    asked = (request.authentication, request.integrity, request.confidentiality)
    free = tuple(payload[at] == _NULL_PAYLOAD for at in _LENGTH_AT)
    enabled = [STANDARD[number] for number in config.suites if config.rules.limit(number) is not None]
    for suite in enabled:
        have = (suite.authentication, suite.integrity, suite.confidentiality)
        if all(any_will_do or want == has for want, has, any_will_do in zip(asked, have, free)):
            return suite, RmcpStatus.OK
    unknown = (
        RmcpStatus.INVALID_AUTHENTICATION,
        RmcpStatus.INVALID_INTEGRITY,
        RmcpStatus.INVALID_CONFIDENTIALITY,
    )
    for part, status in enumerate(unknown):
        if not free[part] and all(asked[part] != (suite[part + 1]) for suite in enabled):
            return None, status
    return None, RmcpStatus.NO_SUITE_MATCH

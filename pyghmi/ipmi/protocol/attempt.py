# SPDX-License-Identifier: Apache-2.0
"""One attempt at an RMCP+ key exchange: Open Session, RAKP 1 to 4.  IPMI 2.0 §13.15 to §13.24.

An attempt has its own session id, tags and random numbers and is never repeated in part: whoever starts over makes a
new one, so that no answer to an earlier one can be taken for its own.
"""
from __future__ import annotations

from enum import Enum
from typing import Callable, Union

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import refusals
from pyghmi.ipmi.protocol.channel import Channel20, closing
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.packet import SessionCipher, wrap_setup
from pyghmi.ipmi.protocol.rakp import (
    Exchange,
    SessionKeys,
    derive_keys,
    find_keys,
    find_variant,
    rakp3_code,
)
from pyghmi.ipmi.protocol.suites import AUTHENTICATION, STANDARD, CipherSuite, is_acceptable, suite_of
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

_PADDED_NAME = 16


class Stage(Enum):
    """What the attempt waits for; the value names what was sent last."""

    OPEN = "Open Session"
    RAKP2 = "RAKP 1"
    RAKP4 = "RAKP 3"
    OVER = "over"


_ANSWERS = {Stage.OPEN: PayloadType.OPEN_RESPONSE, Stage.RAKP2: PayloadType.RAKP2, Stage.RAKP4: PayloadType.RAKP4}


class Send(NamedTuple):
    """Go on: send this."""

    datagram: bytes


class Established(NamedTuple):
    """The key exchange succeeded."""

    cipher: SessionCipher
    suite: CipherSuite
    guid: bytes


class Refused(NamedTuple):
    """The BMC answered with an error status."""

    stage: Stage
    status: int


class Mismatch(NamedTuple):
    """A code is wrong, or the answer is not acceptable: nothing the BMC said itself.  `goodbye`: tells it so."""

    stage: Stage
    error: Exception
    goodbye: bytes | None


Outcome = Union[Send, Established, Refused, Mismatch]


class Attempt:
    """The console's side of one key exchange.

    `privilege`: in RAKP 1, and in Open Session unless `open_highest`; `name_only`: bit 4 of the role byte;
    `pad`: pad RAKP 1 to the size of the longest name, for firmware that drops shorter ones; `padded_proof`: hash the
    padded name in RAKP 3 too, where RAKP 2 shows that the BMC pads it.
    """

    def __init__(
        self,
        login: Login,
        memory: BmcMemory,
        suite: int,
        privilege: Privilege,
        *,
        random: Callable[[int], bytes],
        name_only: bool,
        open_highest: bool = False,
        pad: bool = False,
        padded_proof: bool = False,
    ) -> None:
        self._login = login
        self._memory = memory
        self._random = random
        self.suite = STANDARD[suite]
        self.suite_number = suite
        self.privilege = privilege
        self.name_only = name_only
        self.open_highest = open_highest
        self.pad = pad
        self._padded_proof = padded_proof
        self.stage = Stage.OPEN
        self.console_id = _session_id(random)
        self._tag = random(1)[0] % 0xF0 + 1
        self._tags: dict[int, float] = {}
        self._said: Exchange | None = None
        self._console_random = b""
        self._bmc_id = b""
        self.keys_variant = memory.variant
        self._code_is_longer = False
        self.guid = b""
        self.verified = False

    @property
    def local_id(self) -> int:
        """Our session id as a number."""
        return int.from_bytes(self.console_id, "little")

    @property
    def bmc_id(self) -> int:
        """The BMC's session id as a number."""
        return int.from_bytes(self._bmc_id, "little")

    def sent_at(self, tag: int) -> float | None:
        """Return when the message with this tag was sent."""
        return self._tags.get(tag)

    def _next_tag(self, now: float) -> int:
        self._tag = (self._tag + 1) % 0xFE + 1
        if len(self._tags) > 32:
            self._tags.clear()
        self._tags[self._tag] = now
        return self._tag

    def open_session(self, now: float) -> bytes:
        """Return an Open Session Request; may be sent again, each time with a tag of its own."""
        request = OpenSessionRequest(
            tag=self._next_tag(now),
            privilege=Privilege.HIGHEST if self.open_highest else self.privilege,
            console_id=self.console_id,
            authentication=self.suite.authentication,
            integrity=self.suite.integrity,
            confidentiality=self.suite.confidentiality,
        )
        return wrap_setup(PayloadType.OPEN_REQUEST, request.encode())

    def claims(self, kind: int, payload: bytes) -> bool:
        """Whether this is an answer to this attempt in its present stage: type, session id and tag are ours."""
        return (
            kind == _ANSWERS.get(self.stage)
            and len(payload) >= 8
            and payload[4:8] == self.console_id
            and payload[0] in self._tags
        )

    def claims_error(self, kind: int, payload: bytes) -> bool:
        """Whether this can be an error that the BMC did not address: tag and session id zero, or a few bytes only."""
        if kind != _ANSWERS.get(self.stage) or not payload or (len(payload) > 1 and not payload[1]):
            return False
        if len(payload) < 8:
            return len(payload) == 1 or payload[0] == 0 or payload[0] in self._tags
        return payload[4:8] in (bytes(4), self.console_id) and (payload[0] == 0 or payload[0] in self._tags)

    def receive(self, payload: bytes, now: float) -> Outcome:
        """Take the answer that the attempt claims, and say how it goes on."""
        if len(payload) == 1:
            return Refused(self._leave(), payload[0])
        if len(payload) < 8 or payload[1]:
            return Refused(self._leave(), payload[1])
        try:
            return _STEPS[self.stage](self, payload, now)
        except Malformed as error:
            stage = self._leave()
            return Mismatch(stage, refusals.malformed_setup(stage.value, error), None)

    def _leave(self) -> Stage:
        stage, self.stage = self.stage, Stage.OVER
        return stage

    def _opened(self, payload: bytes, now: float) -> Outcome:
        answer = OpenSessionResponse.decode(payload)
        chosen = suite_of(answer.authentication, answer.integrity, answer.confidentiality)
        if chosen is None or (
            chosen != self.suite and not is_acceptable(chosen, self._login.suites, self._login.minimum_suite)
        ):
            self._leave()
            return Mismatch(Stage.OPEN, refusals.insists(None if chosen is None else str(chosen)), None)
        if chosen != self.suite:
            self._memory.notice("A20", f"the BMC chose {chosen} where {self.suite} was proposed")
        self.suite = chosen
        self._bmc_id = answer.bmc_id
        self._console_random = self._random(16)
        self.stage = Stage.RAKP2
        self._tags.clear()
        name = self._login.user
        message = Rakp1(
            tag=self._next_tag(now),
            bmc_id=self._bmc_id,
            console_random=self._console_random,
            name_only=self.name_only,
            privilege=self.privilege,
            name_length=len(name),
            name=name.ljust(_PADDED_NAME, b"\0") if self.pad else name,
        )
        return Send(wrap_setup(PayloadType.RAKP1, message.encode()))

    def _proven(self, payload: bytes, now: float) -> Outcome:
        answer = Rakp2.decode(payload)
        said = Exchange(
            self.console_id,
            self._bmc_id,
            self._console_random,
            answer.bmc_random,
            answer.guid,
            self.privilege | (0x10 if self.name_only else 0),
            self._login.user,
            0 if self.open_highest else int(self.privilege),
        )
        password = self._login.password
        variant = find_variant(self.suite, password, said, answer.code, self._memory.variant)
        if variant is None or variant.is_diagnosis:
            self._leave()
            error = refusals.wrong_password(only_19_bytes=variant is not None)
            return Mismatch(Stage.RAKP2, error, self._rakp3(now, RmcpStatus.INVALID_INTEGRITY_CHECK, b""))
        self.verified = True
        self._said, self.keys_variant, self.guid = said, variant, answer.guid
        self._code_is_longer = len(answer.code) > AUTHENTICATION[self.suite.authentication].code_length
        self.stage = Stage.RAKP4
        self._tags.clear()
        code = rakp3_code(self.suite.authentication, password, said, variant, padded=self._padded_proof)
        return Send(self._rakp3(now, RmcpStatus.OK, code))

    def farewells(self, now: float) -> list[bytes]:
        """Return what ends a key exchange that is given up halfway.

        RAKP 3 with an error status; before it, where a good one was sent, Close Session, for the BMC may have a session
        by now.
        """
        found = []
        if self.stage is Stage.RAKP4 and self._said is not None:
            login = self._login
            keys = derive_keys(self.suite.authentication, login.password, self._said, self.keys_variant, login.kg)
            found.append(closing(Channel20(self._cipher(keys), self.suite, self.guid, self.local_id, self.bmc_id)))
        if self.stage in (Stage.RAKP2, Stage.RAKP4):
            found.append(self._rakp3(now, RmcpStatus.INSUFFICIENT_RESOURCES, b""))
        return found

    def remember(self, *, name_only_asked: bool) -> None:
        """A session came of this attempt: remember how the BMC deviates."""
        memory, variant = self._memory, self.keys_variant
        memory.variant = variant
        for row in variant.rows:
            memory.notice(row, str(variant))
        if variant.padded_name:
            memory.padded_proof = self._padded_proof
        if self._code_is_longer:
            memory.notice("R02", "the code in RAKP 2 is longer than its algorithm makes it")
        if self.pad and not memory.pad_rakp1:
            memory.pad_rakp1 = True
            memory.notice("R10", "RAKP 1 is answered only when the user name is padded to 16 bytes")
        if name_only_asked and not self.name_only:
            memory.name_only_works = False
            memory.notice("R08", "RAKP 3 is accepted only without the name-only bit")

    def _rakp3(self, now: float, status: RmcpStatus, code: bytes) -> bytes:
        message = Rakp3(tag=self._next_tag(now), status=status, bmc_id=self._bmc_id, code=code)
        return wrap_setup(PayloadType.RAKP3, message.encode())

    def _finished(self, payload: bytes, now: float) -> Outcome:
        answer = Rakp4.decode(payload)
        said = self._said
        if said is None:
            raise Malformed("RAKP 4", payload[:4], "it came before RAKP 2")
        login, variant = self._login, self.keys_variant
        keys = find_keys(self.suite, login.password, said, answer.code, variant, login.kg)
        self._leave()
        if keys is None:
            return Mismatch(Stage.RAKP4, refusals.wrong_kg(given=login.kg is not None), None)
        return Established(self._cipher(keys), self.suite, self.guid)

    def _cipher(self, keys: SessionKeys) -> SessionCipher:
        return SessionCipher(
            self.suite,
            keys,
            local_id=self.local_id,
            remote_id=self.bmc_id,
            random=self._random,
            variant=self._memory.key_variants.get(self.suite.id),
        )


_STEPS: dict[Stage, Callable[[Attempt, bytes, float], Outcome]] = {
    Stage.OPEN: Attempt._opened,
    Stage.RAKP2: Attempt._proven,
    Stage.RAKP4: Attempt._finished,
}


def _session_id(random: Callable[[int], bytes]) -> bytes:
    """Return four random bytes, not all zero."""
    while True:
        found = random(4)
        if any(found):
            return found


def status_of(payload: bytes) -> int:
    """Return the status in an answer of any length.  One byte: it is the status itself."""
    return SetupStatus.decode(payload).status if len(payload) >= 8 else payload[min(1, len(payload) - 1)]

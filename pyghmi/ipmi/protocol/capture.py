# SPDX-License-Identifier: Apache-2.0
"""Decode recorded sessions offline: verify every code, decrypt every payload, name every deviation.

IPMI 2.0 §13.  Feed the datagrams in order; what the credentials do not explain is said, never guessed.
"""
from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import product

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import packet, packet15, rakp, rmcp
from pyghmi.ipmi.protocol.crypto import equal
from pyghmi.ipmi.protocol.keying import KeyVariant, standard_variant
from pyghmi.ipmi.protocol.suites import CipherSuite, suite_of
from pyghmi.ipmi.protocol.window import AnyOrder
from pyghmi.ipmi.spec.codes import PayloadType
from pyghmi.ipmi.spec.session_setup import (
    OpenSessionRequest,
    OpenSessionResponse,
    Rakp1,
    Rakp2,
    Rakp3,
    Rakp4,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

_SETUP_NAMES = {
    PayloadType.OPEN_REQUEST: "Open Session Request",
    PayloadType.OPEN_RESPONSE: "Open Session Response",
    PayloadType.RAKP1: "RAKP 1",
    PayloadType.RAKP2: "RAKP 2",
    PayloadType.RAKP3: "RAKP 3",
    PayloadType.RAKP4: "RAKP 4",
}
_PAYLOAD_NAMES = {PayloadType.IPMI: "IPMI", PayloadType.SOL: "SOL"}


class Verdict(Enum):
    """What is known of a datagram's authenticity."""

    NO_CODE = "carries no code"
    VERIFIED = "its code is right"
    WRONG = "no credential given explains its code"
    NO_KEYS = "belongs to a session whose keys are not known"
    MALFORMED = "cannot be taken apart"


class Decoded(NamedTuple):
    """One datagram, decoded.

    `kind`: "ASF ping", "RMCP ACK", "RAKP 1", "IPMI 1.5", "IPMI", "SOL", ...; `payload`: what it carries, decrypted: an
    IPMI message, a SOL packet, a message of the key exchange; None when it cannot be had.  `note`: in words, what
    departs from the specification or is worth knowing, empty when nothing.
    """

    kind: str
    verdict: Verdict
    payload: bytes | None = None
    session: RecordedSession | None = None
    note: str = ""


class RecordedSession:
    """What a recording shows of one RMCP+ session.  Its keys are those of the BMC where the two sides differ.

    `said`: the hash inputs, from RAKP 2 on; `variant`: how the BMC hashes them; `keys`: from RAKP 4 on, when a
    credential explains it; `console_variant`, `bmc_variant`: how each side keys its packets, None before its first.
    """

    __slots__ = (
        "bmc_id",
        "bmc_variant",
        "ciphers",
        "console_id",
        "console_random",
        "console_variant",
        "keys",
        "name",
        "open_privilege",
        "role",
        "said",
        "suite",
        "variant",
    )

    def __init__(self, suite: CipherSuite, console_id: bytes, bmc_id: bytes, open_privilege: int) -> None:
        self.suite = suite
        self.console_id = console_id
        self.bmc_id = bmc_id
        self.open_privilege = open_privilege
        self.console_random = b""
        self.role = 0
        self.name = b""
        self.said: rakp.Exchange | None = None
        self.variant: rakp.RoleVariant | None = None
        self.keys: rakp.SessionKeys | None = None
        self.console_variant: KeyVariant | None = None
        self.bmc_variant: KeyVariant | None = None
        self.ciphers: dict[bool, packet.SessionCipher] = {}

    def __repr__(self) -> str:
        return f"<RecordedSession {self.console_id.hex()}/{self.bmc_id.hex()}, {self.suite}>"

    def heard_rakp2(self, bmc_random: bytes, bmc_guid: bytes) -> rakp.Exchange:
        """Put the hash inputs together, complete with the BMC's part."""
        self.said = rakp.Exchange(
            self.console_id,
            self.bmc_id,
            self.console_random,
            bmc_random,
            bmc_guid,
            self.role,
            self.name,
            self.open_privilege,
        )
        return self.said

    def establish(self, keys: rakp.SessionKeys) -> None:
        """Take the keys into use, one cipher for each direction (key: whether the console sends)."""
        self.keys = keys
        for from_console, receiver in ((True, self.bmc_id), (False, self.console_id)):
            self.ciphers[from_console] = packet.SessionCipher(
                self.suite,
                keys,
                local_id=int.from_bytes(receiver, "little"),
                remote_id=0,
                random=bytes,
                window=AnyOrder(),
            )


class CaptureDecoder:
    """Decode the datagrams of one recording.

    `passwords`: those that either side may have used, as bytes; `kgs`: the same for the BMC key, None for "unset",
    which is always tried.  More than one each is for recordings of failures, where the two sides had different ones.
    `sessions`: the RMCP+ sessions met, in order.
    """

    def __init__(self, passwords: Sequence[bytes], kgs: Sequence[bytes | None] = ()) -> None:
        self._passwords = tuple(passwords)
        self._kgs = (*kgs, None)
        self.sessions: list[RecordedSession] = []
        self._by_console_id: dict[bytes, RecordedSession] = {}
        self._by_bmc_id: dict[bytes, RecordedSession] = {}
        self._asked: dict[bytes, int] = {}

    def feed(self, datagram: bytes, *, from_console: bool) -> Decoded:
        """Decode the next datagram; `from_console`: its direction.  Never raises, whatever the bytes."""
        if rmcp.is_rmcpplus(datagram):
            return self._feed_rmcpplus(datagram, from_console)
        if rmcp.is_ipmi(datagram):
            return self._feed_v15(datagram)
        return _decode_asf(datagram)

    def _feed_v15(self, datagram: bytes) -> Decoded:
        found = packet15.parse(datagram)
        if found is None:
            return Decoded("IPMI 1.5", Verdict.MALFORMED)
        if not found.code:
            return Decoded("IPMI 1.5", Verdict.NO_CODE, found.message)
        if found.auth_type not in packet15.SUPPORTED:
            note = f"authentication type {found.auth_type}"
            return Decoded("IPMI 1.5", Verdict.NO_KEYS, found.message, note=note)
        for password in self._passwords:
            expected = packet15.auth_code(
                found.auth_type, password, found.session_id, found.message, found.sequence
            )
            if equal(expected, found.code):
                return Decoded("IPMI 1.5", Verdict.VERIFIED, found.message)
        return Decoded("IPMI 1.5", Verdict.WRONG, found.message)

    def _feed_rmcpplus(self, datagram: bytes, from_console: bool) -> Decoded:
        found = packet.unwrap(datagram)
        if found is None:
            return Decoded("RMCP+", Verdict.MALFORMED)
        steps = {
            PayloadType.OPEN_REQUEST: self._open_request,
            PayloadType.OPEN_RESPONSE: self._open_response,
            PayloadType.RAKP1: self._rakp1,
            PayloadType.RAKP2: self._rakp2,
            PayloadType.RAKP3: self._rakp3,
            PayloadType.RAKP4: self._rakp4,
        }
        kind = PayloadType(found.kind)
        step = steps.get(kind)
        if step is None:
            return self._session_packet(datagram, found, from_console)
        try:
            verdict, session, note = step(found.payload)
        except Malformed:
            verdict, session, note = Verdict.MALFORMED, None, ""
        return Decoded(_SETUP_NAMES[kind], verdict, found.payload, session, note)

    def _open_request(self, payload: bytes) -> _Step:
        asked = OpenSessionRequest.decode(payload)
        self._asked[asked.console_id] = asked.privilege
        return Verdict.NO_CODE, None, ""

    def _open_response(self, payload: bytes) -> _Step:
        if rakp.setup_status(payload):
            return _refused(payload)
        told = OpenSessionResponse.decode(payload)
        suite = suite_of(told.authentication, told.integrity, told.confidentiality)
        if suite is None or not suite.supported:
            return Verdict.NO_CODE, None, "algorithms that are not supported"
        session = RecordedSession(suite, told.console_id, told.bmc_id, self._asked.get(told.console_id, 0))
        self.sessions.append(session)
        self._by_console_id[told.console_id] = self._by_bmc_id[told.bmc_id] = session
        return Verdict.NO_CODE, session, ""

    def _rakp1(self, payload: bytes) -> _Step:
        told = Rakp1.decode(payload)
        session = self._by_bmc_id.get(told.bmc_id)
        if session is None:
            return Verdict.NO_KEYS, None, ""
        session.console_random = told.console_random
        session.role = told.role
        session.name = told.name[: told.name_length]
        return Verdict.NO_CODE, session, ""

    def _rakp2(self, payload: bytes) -> _Step:
        if rakp.setup_status(payload):
            return _refused(payload)
        told = Rakp2.decode(payload)
        session = self._by_console_id.get(told.console_id)
        if session is None:
            return Verdict.NO_KEYS, None, ""
        said = session.heard_rakp2(told.bmc_random, told.guid)
        for password in self._passwords:
            variant = rakp.find_variant(session.suite, password, said, told.code)
            if variant is not None:
                session.variant = variant
                return Verdict.VERIFIED, session, "" if variant == rakp.STANDARD else str(variant)
        return Verdict.WRONG, session, ""

    def _rakp3(self, payload: bytes) -> _Step:
        if rakp.setup_status(payload):
            return _refused(payload)
        told = Rakp3.decode(payload)
        session = self._by_bmc_id.get(told.bmc_id)
        if session is None or session.said is None:
            return Verdict.NO_KEYS, session, ""
        for password in self._passwords:
            tried = tuple(rakp.variants(session.said, password))
            variant = rakp.check_rakp3(session.suite.authentication, password, session.said, told.code, tried)
            if variant is not None:
                return Verdict.VERIFIED, session, "" if variant == rakp.STANDARD else f"the console: {variant}"
        return Verdict.WRONG, session, ""

    def _rakp4(self, payload: bytes) -> _Step:
        if rakp.setup_status(payload):
            return _refused(payload)
        told = Rakp4.decode(payload)
        session = self._by_console_id.get(told.console_id)
        if session is None or session.said is None:
            return Verdict.NO_KEYS, session, ""
        for password, kg in product(self._passwords, self._kgs):
            for variant in rakp.variants(session.said, password, session.variant or rakp.STANDARD):
                keys = rakp.find_keys(session.suite, password, session.said, told.code, variant, kg)
                if keys is not None:
                    session.establish(keys)
                    return Verdict.VERIFIED, session, "with a BMC key" if kg else ""
        return Verdict.WRONG, session, ""

    def _session_packet(self, datagram: bytes, found: packet.Unprotected, from_console: bool) -> Decoded:
        payload_type = PayloadType(found.kind & packet.PAYLOAD_TYPE)
        kind = _PAYLOAD_NAMES.get(payload_type, f"payload type {payload_type:02X}h")
        sessions = self._by_bmc_id if from_console else self._by_console_id
        session = sessions.get(found.session_id.to_bytes(4, "little"))
        protected = found.kind & (packet.ENCRYPTED | packet.AUTHENTICATED)
        if session is None or session.keys is None:
            if protected:
                return Decoded(kind, Verdict.NO_KEYS, None, session)
            return Decoded(kind, Verdict.NO_CODE, found.payload, session)
        cipher = session.ciphers[from_console]
        cipher.protect_less(
            payload_type,
            encrypted=bool(protected & packet.ENCRYPTED),
            authenticated=bool(protected & packet.AUTHENTICATED),
        )
        opened = cipher.open(datagram) or _open_otherwise(cipher, datagram)
        if opened is None:
            return Decoded(kind, Verdict.WRONG, None, session)
        if from_console:
            session.console_variant = cipher.variant
        else:
            session.bmc_variant = cipher.variant
        note = "" if cipher.variant == standard_variant(session.suite) else str(cipher.variant)
        verdict = Verdict.VERIFIED if protected & packet.AUTHENTICATED else Verdict.NO_CODE
        return Decoded(kind, verdict, opened[1], session, note)


_Step = tuple[Verdict, "RecordedSession | None", str]


def _open_otherwise(cipher: packet.SessionCipher, datagram: bytes) -> tuple[int, bytes] | None:
    """Open a packet under another reading of the keys, and keep to that reading."""
    variant = cipher.detect(datagram)
    if variant is None:
        return None
    cipher.use(variant)
    return cipher.open(datagram)


def _refused(payload: bytes) -> _Step:
    """Describe a message of the key exchange that says no."""
    return Verdict.NO_CODE, None, f"status {rakp.setup_status(payload):02X}h"


def _decode_asf(datagram: bytes) -> Decoded:
    if rmcp.parse_ping(datagram) is not None:
        return Decoded("ASF ping", Verdict.NO_CODE, datagram[4:])
    if rmcp.parse_pong(datagram) is not None:
        return Decoded("ASF pong", Verdict.NO_CODE, datagram[4:])
    if len(datagram) == 4 and datagram[0] == rmcp.VERSION and datagram[3] & rmcp.ACK:
        return Decoded("RMCP ACK", Verdict.NO_CODE, b"")
    return Decoded("unknown", Verdict.MALFORMED)

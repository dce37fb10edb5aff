# SPDX-License-Identifier: Apache-2.0
"""The RMCP+ key exchange as pure functions: codes, keys, and which reading of them a BMC has.

IPMI 2.0 §13.20 to §13.24, §13.31 to §13.32.  Two BMCs of one specification may hash different bytes: the requested
role with or without its name-only bit, the privilege of Open Session in its place, the name padded to 16 bytes, the
password cut.  The console knows the password, so the code in RAKP 2 tells which reading the BMC has: the one that
gives the same code.  A match proves the password and the reading at once, and weakens nothing; "wrong password" is
said only where no reading matches.
"""
from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.crypto import equal, hmac_digest
from pyghmi.ipmi.protocol.suites import (
    AUTHENTICATION,
    INTEGRITY,
    Authentication,
    CipherSuite,
    Integrity,
    IntegrityFacts,
)
from pyghmi.ipmi.spec.codes import RmcpStatus
from pyghmi.ipmi.wire.shapes import NamedTuple

PASSWORD_BYTES = 20
"""Bytes of a password or BMC key of IPMI 2.0, zero padded."""

NAME_BYTES = 16
NAME_ONLY = 0x10
"""Bit of the role byte: look the user up by name alone, whatever the privilege asked for."""

_PRIVILEGE = 0x0F
_MD5_KEY_BYTES = 16
_CONSTANT_BYTES = 20


class RoleRule(Enum):
    """What a BMC hashes as requested role."""

    AS_SENT = "the role byte of RAKP 1"
    PRIVILEGE_ONLY = "the privilege of RAKP 1 without the name-only bit"
    OPEN_PRIVILEGE = "the privilege of Open Session"
    OPEN_PRIVILEGE_NAME_ONLY = "the privilege of Open Session with the name-only bit"


_ROLE_ROWS = {
    RoleRule.PRIVILEGE_ONLY: "R10",
    RoleRule.OPEN_PRIVILEGE: "R01",
    RoleRule.OPEN_PRIVILEGE_NAME_ONLY: "R01",
}


class RoleVariant(NamedTuple):
    """One reading of the hash inputs.  Kept in the memory of a BMC, so that the next login begins with it."""

    role: RoleRule = RoleRule.AS_SENT
    padded_name: bool = False
    password_bytes: int = PASSWORD_BYTES

    @property
    def is_diagnosis(self) -> bool:
        """Whether it explains a refusal and must not be used: the BMC compares 19 bytes of a 20-byte password."""
        return self.password_bytes == 19

    @property
    def rows(self) -> list[str]:
        """The rows of the table of quirks that this is."""
        found = [] if self.role is RoleRule.AS_SENT else [_ROLE_ROWS[self.role]]
        if self.padded_name:
            found.append("R06")
        return [*found, "R07"] if self.password_bytes == _MD5_KEY_BYTES else found

    def __str__(self) -> str:
        parts = [] if self.role is RoleRule.AS_SENT else [self.role.value]
        if self.padded_name:
            parts.append("the name padded to 16 bytes")
        if self.password_bytes != PASSWORD_BYTES:
            parts.append(f"the first {self.password_bytes} bytes of the password")
        return "the BMC hashes " + ", ".join(parts) if parts else "as specified"


STANDARD = RoleVariant()


class Exchange:
    """What both sides have said, as far as it is hashed.

    `console_id`, `bmc_id`: session ids, four bytes as on the wire (SIDm, SIDc in the specification: m is the remote
    console, c the BMC); `console_random`, `bmc_random`, `bmc_guid`: 16 bytes each (Rm, Rc, GUIDc); `role`: byte 25 of
    RAKP 1, whole (ROLEm); `name`: the user name, exactly as sent (UNAMEm); `open_privilege`: what Open Session asked
    for, the privilege of `role` when None.
    """

    __slots__ = ("bmc_guid", "bmc_id", "bmc_random", "console_id", "console_random", "name", "open_privilege", "role")

    def __init__(
        self,
        console_id: bytes,
        bmc_id: bytes,
        console_random: bytes,
        bmc_random: bytes,
        bmc_guid: bytes,
        role: int,
        name: bytes,
        open_privilege: int | None = None,
    ) -> None:
        self.console_id = console_id
        self.bmc_id = bmc_id
        self.console_random = console_random
        self.bmc_random = bmc_random
        self.bmc_guid = bmc_guid
        self.role = role
        self.name = name
        self.open_privilege = role & _PRIVILEGE if open_privilege is None else open_privilege

    def hashed_role(self, rule: RoleRule) -> int:
        """Return the role byte that a BMC with this rule hashes."""
        if rule is RoleRule.AS_SENT:
            return self.role
        if rule is RoleRule.PRIVILEGE_ONLY:
            return self.role & _PRIVILEGE
        if rule is RoleRule.OPEN_PRIVILEGE:
            return self.open_privilege
        return self.open_privilege | NAME_ONLY

    def hashed_user(self, variant: RoleVariant) -> bytes:
        """Return role, length of the name, name: the end of three of the hashes."""
        name = self.name.ljust(NAME_BYTES, b"\0") if variant.padded_name else self.name
        return bytes((self.hashed_role(variant.role), len(name))) + name


def password_key(password: bytes, variant: RoleVariant = STANDARD) -> bytes:
    """Return Kuid: the password padded to 20 bytes.  The caller has refused longer ones."""
    return password[: variant.password_bytes].ljust(PASSWORD_BYTES, b"\0")


def rakp2_code(
    authentication: Authentication, password: bytes, said: Exchange, variant: RoleVariant = STANDARD
) -> bytes:
    """Return the key exchange code of RAKP 2: the BMC's proof.  IPMI 2.0 §13.31.  Empty for RAKP-none."""
    return _hmac(
        authentication,
        password_key(password, variant),
        said.console_id
        + said.bmc_id
        + said.console_random
        + said.bmc_random
        + said.bmc_guid
        + said.hashed_user(variant),
    )


def rakp3_code(
    authentication: Authentication,
    password: bytes,
    said: Exchange,
    variant: RoleVariant = STANDARD,
    *,
    padded: bool = False,
) -> bytes:
    """Return the key exchange code of RAKP 3: the console's proof.  IPMI 2.0 §13.31.  Empty for RAKP-none.

    Firmware that pads the name in RAKP 2 mostly takes it plain here, with the privilege without the name-only bit;
    `padded`: not this one.
    """
    if variant.padded_name and not padded:
        variant = RoleVariant(RoleRule.PRIVILEGE_ONLY, False, variant.password_bytes)
    return _hmac(
        authentication,
        password_key(password, variant),
        said.bmc_random + said.console_id + said.hashed_user(variant),
    )


def session_integrity_key(
    authentication: Authentication,
    password: bytes,
    said: Exchange,
    variant: RoleVariant = STANDARD,
    kg: bytes | None = None,
) -> bytes:
    """Return the SIK.  IPMI 2.0 §13.31.  `kg`: the BMC key, None or all zero when the BMC has none.

    Empty for RAKP-none.
    """
    key = kg.ljust(PASSWORD_BYTES, b"\0") if kg and any(kg) else password_key(password, variant)
    return _hmac(authentication, key, said.console_random + said.bmc_random + said.hashed_user(variant))


def rakp4_code(authentication: Authentication, sik: bytes, said: Exchange) -> bytes:
    """Return the integrity check value of RAKP 4, cut to its length.  IPMI 2.0 §13.28.1, §13.31."""
    facts = AUTHENTICATION[authentication]
    return _hmac(authentication, sik, _rakp4_input(said))[: facts.icv_length]


def _rakp4_input(said: Exchange) -> bytes:
    return said.console_random + said.bmc_id + said.bmc_guid


def _hmac(authentication: Authentication, key: bytes, data: bytes) -> bytes:
    hash_name = AUTHENTICATION[authentication].hash_name
    return hmac_digest(hash_name, key, data) if hash_name else b""


def variants(said: Exchange, password: bytes, first: RoleVariant = STANDARD) -> Iterator[RoleVariant]:
    """Yield the readings worth trying for this exchange, each giving other bytes than those before; `first` first.

    The diagnosis of passwords cut to 19 bytes comes last.
    """
    lengths = [PASSWORD_BYTES]
    if len(password) > _MD5_KEY_BYTES:
        lengths.append(_MD5_KEY_BYTES)
    if len(password) == PASSWORD_BYTES:
        lengths.append(19)
    every = [
        RoleVariant(role, padded, length) for length in lengths for padded in (False, True) for role in RoleRule
    ]
    seen = set()
    for variant in [first, *every]:
        inputs = (said.hashed_user(variant), password_key(password, variant))
        if inputs not in seen:
            seen.add(inputs)
            yield variant


def find_variant(
    suite: CipherSuite, password: bytes, said: Exchange, code: bytes, first: RoleVariant = STANDARD
) -> RoleVariant | None:
    """Find the reading under which `code` of RAKP 2 is right; None: the password is wrong (or the user another's).

    Bytes behind the nominal length are ignored (old Supermicro and Sun firmware sends one too many); fewer raise
    Malformed, for a prefix proves nothing.  RAKP-none has no code and always matches.
    """
    nominal = AUTHENTICATION[suite.authentication].code_length
    if len(code) < nominal:
        # The bytes stay out of the error: they are an authentication code.
        raise Malformed("RAKP 2", b"", f"the key exchange code has {len(code)} bytes where {nominal} are due")
    code = code[:nominal]
    for variant in variants(said, password, first):
        if equal(rakp2_code(suite.authentication, password, said, variant), code):
            return variant
    return None


def check_rakp3(
    authentication: Authentication,
    password: bytes,
    said: Exchange,
    code: bytes,
    variants_accepted: tuple[RoleVariant, ...] = (STANDARD,),
) -> RoleVariant | None:
    """Return the reading under which the console's code in RAKP 3 is right (BMC side), None when it is wrong."""
    nominal = AUTHENTICATION[authentication].code_length
    for variant in variants_accepted:
        if len(code) >= nominal and equal(rakp3_code(authentication, password, said, variant), code[:nominal]):
            return variant
    return None


def check_rakp4(suite: CipherSuite, sik: bytes, said: Exchange, icv: bytes) -> bool:
    """Whether the BMC's integrity check value in RAKP 4 is right.  False with the right password: the Kg is wrong.

    RAKP-none: whatever came is ignored.  A missing value is accepted only where the suite has no integrity either
    (readings differ there).  Some firmware takes the hash of the integrity algorithm instead of the
    authentication's: either is accepted, over the nominal length of its own.
    """
    if suite.authentication is Authentication.NONE:
        return True
    if not icv:
        return suite.integrity is Integrity.NONE
    own = AUTHENTICATION[suite.authentication]
    for facts in (IntegrityFacts(own.hash_name, own.icv_length), INTEGRITY[suite.integrity]):
        if facts.hash_name and len(icv) >= facts.code_length:
            expected = hmac_digest(facts.hash_name, sik, _rakp4_input(said))[: facts.code_length]
            if equal(expected, icv[: facts.code_length]):
                return True
    return False


def setup_status(payload: bytes) -> int:
    """Return the status of an Open Session Response or RAKP message, 0 for success.

    Errors may be shorter than specified, down to the status byte alone (Supermicro).  An empty payload counts as
    "illegal parameter".
    """
    if not payload:
        return RmcpStatus.ILLEGAL_PARAMETER
    return payload[1] if len(payload) > 1 else payload[0]


class SessionKeys:
    """The keys of an established session.  IPMI 2.0 §13.32.  Shows nothing of them.

    `authentication`: whose hash makes the additional keys; `sik`: session integrity key, empty for RAKP-none;
    `password`: what MD5-128 is keyed with, always whole (a server that cuts it for its HMACs does not do so here).
    """

    __slots__ = ("authentication", "password", "sik")

    def __init__(self, authentication: Authentication, sik: bytes, password: bytes) -> None:
        self.authentication = authentication
        self.sik = sik
        self.password = password.ljust(PASSWORD_BYTES, b"\0")

    def additional(self, number: int, constant_bytes: int = _CONSTANT_BYTES) -> bytes:
        """Return the additional key K`number`, made from a constant of 20 bytes; other lengths are deviations."""
        return _hmac(self.authentication, self.sik, bytes((number,)) * constant_bytes)

    @property
    def k1(self) -> bytes:
        """The integrity key."""
        return self.additional(1)

    @property
    def k2(self) -> bytes:
        """The confidentiality key; AES takes its first 16 bytes."""
        return self.additional(2)

    def __repr__(self) -> str:
        return "<SessionKeys>"


def kg_readings(authentication: Authentication, kg: bytes | None) -> tuple[bytes | None, ...]:
    """Return what a BMC may have made of this BMC key: itself; with HMAC-MD5 some servers cut it to 16 bytes."""
    if authentication is Authentication.HMAC_MD5 and kg and any(kg[_MD5_KEY_BYTES:]):
        return kg, kg[:_MD5_KEY_BYTES]
    return (kg,)


def find_keys(
    suite: CipherSuite, password: bytes, said: Exchange, icv: bytes, variant: RoleVariant, kg: bytes | None
) -> SessionKeys | None:
    """Return the session's keys if the integrity check value of RAKP 4 proves them; None: the Kg is wrong."""
    for reading in kg_readings(suite.authentication, kg):
        keys = derive_keys(suite.authentication, password, said, variant, reading)
        if check_rakp4(suite, keys.sik, said, icv):
            return keys
    return None


def derive_keys(
    authentication: Authentication,
    password: bytes,
    said: Exchange,
    variant: RoleVariant = STANDARD,
    kg: bytes | None = None,
) -> SessionKeys:
    """Return the keys of the session that this exchange makes."""
    sik = session_integrity_key(authentication, password, said, variant, kg)
    return SessionKeys(authentication, sik, password)

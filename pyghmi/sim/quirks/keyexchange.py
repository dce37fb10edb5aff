# SPDX-License-Identifier: Apache-2.0
"""Section R: the RAKP key exchange."""
from __future__ import annotations

from collections.abc import Hashable
from typing import Any
from uuid import UUID

from pyghmi.ipmi.protocol.crypto import hmac_digest
from pyghmi.ipmi.protocol.packet import unwrap_setup, wrap_setup
from pyghmi.ipmi.protocol.packet15 import parse
from pyghmi.ipmi.protocol.rakp import Exchange, RoleRule, SessionKeys
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.protocol.suites import INTEGRITY, CipherSuite, Integrity
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, INVALID_COMMAND, Privilege, RmcpStatus
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.ciphers import Coded, insisting, keyed_by_sik, padded_alone
from pyghmi.sim.quirks.datagrams import (
    OPEN,
    RAKP1,
    RAKP2,
    RAKP3,
    RAKP4,
    SID_AT,
    STATUS_AT,
    changing_users,
    limited,
    refusal,
    sending,
    taking,
)
from pyghmi.sim.quirks.hooks import Misbehaviour, Real, always, silent
from pyghmi.sim.quirks.table import quirk

APP, _AUTH_CAPABILITIES, _SET_PRIVILEGE = 0x06, 0x38, 0x3B
_PASSWORD_15 = 16
_RAKP1_WHOLE = 44
_CODE_AT = 8
_FAILURES = 3


def _status(payload: bytes, status: int) -> bytes:
    """Return the refusal in the place of an answer."""
    return bytes((payload[0], status, 0, 0)) + payload[SID_AT]


@quirk(
    "R01",
    "the privilege of Open Session is hashed",
    with_bit="with the name-only bit of RAKP 1",
    without_bit="without it",
)
def _open_privilege(odd: Misbehaviour, variant: str) -> None:
    with_bit = variant == "with-bit"
    odd.readings.role = RoleRule.OPEN_PRIVILEGE_NAME_ONLY if with_bit else RoleRule.OPEN_PRIVILEGE


@quirk("R02", "RAKP 2 has a byte too many")
def _longer(odd: Misbehaviour, _variant: str) -> None:
    _other_length(odd, "long")


@quirk("R03", "the code of RAKP 2 has a wrong length", long="one byte more", short="one byte less")
def _other_length(odd: Misbehaviour, variant: str) -> None:
    def change(payload: bytes) -> bytes:
        if payload[STATUS_AT]:
            return payload
        return payload[:-1] if variant == "short" else payload + bytes((odd.random.randrange(256),))

    sending(odd, RAKP2, change)


@quirk("R04", "junk behind the fields of RAKP 2 and 4")
def _junk(odd: Misbehaviour, _variant: str) -> None:
    for kind in (RAKP2, RAKP4):
        sending(odd, kind, lambda payload: payload + b"junk")


@quirk("R05", "RAKP 2 is an error with session id 0, and a pad behind it")
def _padded_error(odd: Misbehaviour, _variant: str) -> None:
    def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        found = unwrap_setup(datagram)
        if found is None or found[0] != RAKP2:
            return [(0.0, datagram)]
        error = bytes((found[1][0], RmcpStatus.ILLEGAL_PARAMETER)) + bytes(6)
        return [(0.0, wrap_setup(RAKP2, error) + b"\xff\xff\x02\x07")]

    odd.network.outgoing.append(hook)


@quirk("R06", "the user name is hashed as 16 bytes")
def _padded_name(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.padded_name = True


@quirk("R07", "with HMAC-MD5, passwords are cut to 16 bytes")
def _cut_password(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.md5_password_bytes = _PASSWORD_15


@quirk("R08", "RAKP 3 is checked without the name-only bit")
def _without_bit(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.proof_role = RoleRule.PRIVILEGE_ONLY


@quirk(
    "R09",
    "the value of RAKP 4 is made with the hash of the integrity algorithm",
    nothing="one in all suites",
)
def _other_hash(odd: Misbehaviour, _variant: str) -> None:
    def value(suite: CipherSuite, keys: SessionKeys, said: Exchange, right: bytes) -> bytes:
        facts = INTEGRITY[suite.integrity]
        if not facts.hash_name or not keys.sik:
            return right
        text = said.console_random + said.bmc_id + said.bmc_guid
        return hmac_digest(facts.hash_name, keys.sik, text)[: facts.code_length]

    odd.readings.value = value


@quirk("R10", "RAKP 1 below 44 bytes is dropped, the name-only bit is not hashed, 06/38 and 06/3B do not exist")
def _short_rakp1(odd: Misbehaviour, _variant: str) -> None:
    taking(odd, RAKP1, lambda payload, _peer: payload if len(payload) >= _RAKP1_WHOLE else None)
    odd.readings.role = RoleRule.PRIVILEGE_ONLY
    odd.outside(APP, _AUTH_CAPABILITIES, silent)
    odd.knob(APP, _AUTH_CAPABILITIES, silent)
    odd.knob(APP, _SET_PRIVILEGE, always(INVALID_COMMAND))


@quirk("R11", "suite 0: RAKP 4 carries a value")
def _value_of_none(odd: Misbehaviour, _variant: str) -> None:
    def change(payload: bytes) -> bytes:
        whole = not payload[STATUS_AT] and len(payload) == _CODE_AT
        return payload + bytes(odd.random.randrange(256) for _each in range(12)) if whole else payload

    sending(odd, RAKP4, change)


@quirk("R12", "suites without integrity: RAKP 4", absent="carries no value", present="carries one")
def _value_without_integrity(odd: Misbehaviour, variant: str) -> None:
    if variant == "present":
        return

    def value(suite: CipherSuite, _keys: SessionKeys, _said: Exchange, right: bytes) -> bytes:
        return b"" if suite.integrity is Integrity.NONE else right

    odd.readings.value = value


@quirk("R13", "packets are keyed with the SIK")
def _by_sik(odd: Misbehaviour, _variant: str) -> None:
    insisting(odd, keyed_by_sik)


@quirk("R14", "the integrity pad does not count its trailer")
def _pad_alone(odd: Misbehaviour, _variant: str) -> None:
    insisting(odd, padded_alone)


@quirk("R15", "a repeated RAKP 1 or 3 ends the login")
def _no_repeats(odd: Misbehaviour, _variant: str) -> None:
    seen: set[bytes] = set()
    dead: set[bytes] = set()

    def take(payload: bytes, _peer: Any) -> bytes | None:
        if payload in seen:
            dead.add(payload[SID_AT])
        seen.add(payload)
        return None if payload[SID_AT] in dead else payload

    taking(odd, RAKP1, take)
    taking(odd, RAKP3, take)


@quirk("R16", "RAKP 2 comes late", number="seconds", default="2.2")
def _late_rakp2(odd: Misbehaviour, variant: str) -> None:
    def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        found = unwrap_setup(datagram)
        return [(float(variant) if found is not None and found[0] == RAKP2 else 0.0, datagram)]

    odd.network.outgoing.append(hook)


@quirk("R17", "the first RAKP 4 says that there is no such session (02h)")
def _forgotten(odd: Misbehaviour, _variant: str) -> None:
    left = [1]

    def change(payload: bytes) -> bytes:
        if not left[0]:
            return payload
        left[0] -= 1
        return _status(payload, RmcpStatus.INVALID_SESSION_ID)

    sending(odd, RAKP4, change)


@quirk("R18", "a repeated RAKP 3 is refused with 0Fh, although the first was taken")
def _second_proof(odd: Misbehaviour, _variant: str) -> None:
    answered: dict[bytes, bytes] = {}

    def take(payload: bytes, peer: Any) -> bytes | None:
        console = answered.get(payload)
        if console is None:
            answered[payload] = payload[SID_AT]
            return payload
        error = bytes((payload[0], RmcpStatus.INVALID_INTEGRITY_CHECK, 0, 0)) + payload[SID_AT]
        odd.network.send(wrap_setup(RAKP4, error), peer)
        return None

    taking(odd, RAKP3, take)


@quirk("R19", "every second login fails in RAKP 2", forgotten="with 08h", code="with a wrong code")
def _every_second(odd: Misbehaviour, variant: str) -> None:
    count = [0]

    def change(payload: bytes) -> bytes:
        count[0] += 1
        if not count[0] % 2 or payload[STATUS_AT]:
            return payload
        if variant == "code":
            return payload[:-1] + bytes((payload[-1] ^ 0xFF,))
        return _status(payload, RmcpStatus.INACTIVE_SESSION_ID)

    sending(odd, RAKP2, change)


@quirk("R20", "unknown users get 0Dh, disabled and locked ones", **{"09": "09h", "0d": "0Dh too"})
def _user_codes(odd: Misbehaviour, variant: str) -> None:
    users = changing_users(odd)

    def change(payload: bytes) -> bytes:
        off = users.last is not None and not users.last.enabled
        users.last = None
        return _status(payload, int(variant, 16)) if off and payload[STATUS_AT] else payload

    sending(odd, RAKP2, change)


@quirk("R21", "all accounts are below administrator", operator="operators", user="users")
def _lower_accounts(odd: Misbehaviour, variant: str) -> None:
    limit = Privilege.USER if variant == "user" else Privilege.OPERATOR
    changing_users(odd, lambda user: limited(user, limit))


@quirk("R22", "the GUID in RAKP 2 is zero")
def _no_guid(odd: Misbehaviour, _variant: str) -> None:
    odd.machine.uuid = UUID(int=0)


@quirk("R23", "Set Session Privilege Level wants exactly the limit of the account, else D4h")
def _exactly(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        if odd.current is None or not data:
            return real(data)
        session = odd.current[1]
        session.limit = session.user.privilege
        return real(data) if data[0] == session.limit else (INSUFFICIENT_PRIVILEGE, b"")

    odd.knob(APP, _SET_PRIVILEGE, knob)


@quirk("R24", "the first 19 bytes of passwords count")
def _nineteen(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.password_bytes = 19


@quirk("R25", "the first 16 bytes of a long password are enough for IPMI 1.5")
def _short_for_15(odd: Misbehaviour, _variant: str) -> None:
    is_15 = [False]

    def hook(datagram: bytes, _peer: Any) -> bytes:
        is_15[0] = parse(datagram) is not None
        return datagram

    def change(user: User) -> User:
        if not is_15[0]:
            return user
        password = user.password[:_PASSWORD_15]
        return User(user.name, password, user.privilege, enabled=user.enabled, user_id=user.user_id)

    odd.network.incoming.append(hook)
    changing_users(odd, change)


@quirk("R26", "three failures lock the address out for a minute", silent="nothing is said", refused="with 0Dh")
def _locking(odd: Misbehaviour, variant: str) -> None:
    failures: dict[Hashable, int] = {}
    until: dict[Hashable, float] = {}

    def hook(datagram: bytes, peer: Any) -> list[tuple[float, bytes]]:
        found = unwrap_setup(datagram)
        if found is not None and found[0] in (RAKP2, RAKP4) and found[1][STATUS_AT]:
            failures[peer[0]] = failures.get(peer[0], 0) + 1
            if failures[peer[0]] >= _FAILURES:
                failures[peer[0]] = 0
                until[peer[0]] = odd.now() + 60.0
        return [(0.0, datagram)]

    def take(payload: bytes, peer: Any) -> bytes | None:
        if odd.now() >= until.get(peer[0], 0.0):
            return payload
        if variant == "refused":
            error = bytes((payload[0], RmcpStatus.UNAUTHORIZED_NAME, 0, 0)) + bytes(4)
            odd.network.send(wrap_setup(RAKP2, error), peer)
        return None

    odd.network.outgoing.append(hook)
    taking(odd, RAKP1, take)


@quirk("R27", "suites 7 and 8 come without codes, 11 and 12 with wrong ones")
def _no_codes(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.make_cipher = Coded


@quirk("R28", "a refused RAKP 1 or 3 is met with silence")
def _silently(odd: Misbehaviour, _variant: str) -> None:
    for kind in (RAKP2, RAKP4):
        sending(odd, kind, lambda payload: None if payload[STATUS_AT] else payload)


@quirk("R29", "RAKP 2 gives HMAC(password) to whoever knows a name", nothing="IPMI 2.0 has it so")
def _as_designed(_odd: Misbehaviour, _variant: str) -> None:
    """Every BMC does this."""


@quirk("R30", "Open Session gets 01h for a while", number="seconds", default="3")
def _no_slot(odd: Misbehaviour, variant: str) -> None:
    until: list[float] = []

    def take(payload: bytes, peer: Any) -> bytes | None:
        if not until:
            until.append(odd.now() + float(variant))
        if odd.now() >= until[0]:
            return payload
        odd.network.send(refusal(OPEN, payload, RmcpStatus.INSUFFICIENT_RESOURCES), peer)
        return None

    taking(odd, OPEN, take)

# SPDX-License-Identifier: Apache-2.0
"""Section L: sessions of IPMI 1.5."""
from __future__ import annotations

from typing import Any, Callable, Optional

from pyghmi.ipmi.protocol.packet15 import Packet15, Session15, auth_code, build, parse
from pyghmi.ipmi.protocol.rmcp import VERSION
from pyghmi.ipmi.spec.app import ActivatedSession
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK, AuthType, Privilege
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.datagrams import changing_users, limited, plain_answer, plain_request, recoding15, resealing15
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession, Real
from pyghmi.sim.quirks.table import quirk

APP = 0x06
_AUTH_CAPABILITIES, _CHALLENGE, _ACTIVATE, _SEND_MESSAGE, _SET_PASSWORD = 0x38, 0x39, 0x3A, 0x34, 0x47
_TYPES_AT, _FLAGS_AT, _TYPES = 1, 2, 0x3F
_NO_CODES_LATER, _OEM_TYPE = 0x10, 0x20
_ADDRESS_AT, _CMD_AT, _CODE_AT, _SHORTEST, _BMC = 3, 5, 6, 8, 0x20
_ZERO_CODE = bytes(16)
_BIG = (0x30, 0x49)
_BIG_BYTES = 300
_UNSENDABLE, _TYPE_AT = frozenset((56, 84, 112, 128, 156)), 4
_CHALLENGE_TYPE_AT, _MOST_HELD = 0, 16
_USER_ID, _SET_OPERATION, _OPERATION_AT = 0x3F, 2, 1
_LAST = 0xFFFFFFFF

Change = Callable[[Packet15], Optional[Packet15]]
"""Packet -> packet with the right code for it, None: it is lost."""


def _swapped(number: int) -> int:
    return int.from_bytes(number.to_bytes(4, "big"), "little")


def _sending(odd: Misbehaviour, change: Change) -> None:
    """Have `change` look at each packet of sessions of IPMI 1.5 that the BMC sends."""

    def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        packet = parse(datagram)
        if packet is None or not packet.session_id:
            return [(0.0, datagram)]
        found = change(packet)
        return [] if found is None else [(0.0, build(*found))]

    odd.network.outgoing.append(hook)


def _in_sessions(odd: Misbehaviour, settle: Callable[[Session15], object]) -> None:
    """Have `settle` change what opens and seals each session of IPMI 1.5."""

    def hook(session: OddSession) -> None:
        if isinstance(session.cipher, Session15):
            settle(session.cipher)

    odd.sessions.append(hook)


def _activated(odd: Misbehaviour, **fields: Any) -> None:
    """Have the answer to Activate Session say something else."""
    before = odd.readings.activated

    def change(answer: ActivatedSession) -> ActivatedSession:
        said = answer if before is None else before(answer)
        kept = {name: getattr(said, name) for name in ("auth_type", "session_id", "inbound_sequence", "privilege")}
        return ActivatedSession(**{**kept, **fields})

    odd.readings.activated = change


def _capabilities(odd: Misbehaviour, at: int, change: Callable[[int], int]) -> None:
    """Change one byte of the answer to Get Channel Authentication Capabilities."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code != OK or len(found) <= at:
            return code, found
        return code, found[:at] + bytes((change(found[at]),)) + found[at + 1 :]

    odd.both(APP, _AUTH_CAPABILITIES, knob)


@quirk("L01", "a second 06/39 from the same port is dropped")
def _once_a_port(odd: Misbehaviour, _variant: str) -> None:
    asked: set[Any] = set()

    def hook(datagram: bytes, peer: Any) -> bytes | None:
        request = plain_request(datagram)
        if request is None or (request.netfn, request.cmd) != (APP, _CHALLENGE):
            return datagram
        if peer in asked:
            return None
        asked.add(peer)
        return datagram

    odd.network.incoming.append(hook)


@quirk("L02", "the BMC's session sequence numbers are off by one", above="one too high", below="one too low")
def _off_by_one(odd: Misbehaviour, variant: str) -> None:
    step = 1 if variant == "above" else -1
    resealing15(odd, lambda sequence, session_id, message: (sequence + step & _LAST, session_id, message))


@quirk("L03", "session sequence numbers have their bytes in reverse")
def _reversed(odd: Misbehaviour, _variant: str) -> None:
    """Numbers that consoles choose are taken in reverse, and those of the BMC told in reverse."""
    first = [0]
    users = changing_users(odd)

    def change(sequence: int, session_id: int, message: bytes) -> tuple[int, int, bytes]:
        if message[_CMD_AT] == _ACTIVATE:
            first[0] = sequence
        return _swapped(_swapped(first[0]) + sequence - first[0] & _LAST), session_id, message

    def taken(datagram: bytes, _peer: Any) -> bytes:
        packet = parse(datagram)
        if packet is None or not packet.session_id or not packet.sequence or users.last is None:
            return datagram
        key = users.last.password
        if auth_code(packet.auth_type, key, packet.session_id, packet.message, packet.sequence) != packet.code:
            return datagram
        sequence = _swapped(packet.sequence)
        code = auth_code(packet.auth_type, key, packet.session_id, packet.message, sequence)
        return build(packet.auth_type, sequence, packet.session_id, code, packet.message)

    def settle(cipher: Session15) -> None:
        cipher._window = type(cipher._window)(ahead=64, behind=64)

    resealing15(odd, change)
    odd.network.incoming.append(taken)
    _in_sessions(odd, settle)


@quirk("L04", "the session id is 0 in all answers")
def _no_id(odd: Misbehaviour, _variant: str) -> None:
    resealing15(odd, lambda sequence, _session_id, message: (sequence, 0, message))


@quirk("L05", "the session id is 0 in answers with another code than 00h")
def _no_id_in_errors(odd: Misbehaviour, _variant: str) -> None:
    def change(sequence: int, session_id: int, message: bytes) -> tuple[int, int, bytes]:
        return sequence, session_id if message[_CODE_AT] == OK else 0, message

    resealing15(odd, change)


@quirk("L06", "no codes are due after the login, it says, and yet answers have them")
def _codes_all_the_same(odd: Misbehaviour, _variant: str) -> None:
    def settle(cipher: Session15) -> None:
        cipher.accept_plain = True

    _capabilities(odd, _FLAGS_AT, lambda flags: flags | _NO_CODES_LATER)
    _activated(odd, auth_type=AuthType.NONE)
    _in_sessions(odd, settle)


@quirk("L07", "no codes are due after the login, it says, and requests without are dropped")
def _codes_wanted(odd: Misbehaviour, _variant: str) -> None:
    _capabilities(odd, _FLAGS_AT, lambda flags: flags | _NO_CODES_LATER)
    _activated(odd, auth_type=AuthType.NONE)


@quirk("L08", "the codes of answers are wrong")
def _wrong_codes(odd: Misbehaviour, _variant: str) -> None:
    recoding15(odd, lambda right: odd.random.randbytes(len(right)))


@quirk("L09", "the codes of answers are zeros where they would be the password")
def _zero_codes(odd: Misbehaviour, _variant: str) -> None:
    def change(packet: Packet15) -> Packet15:
        return packet._replace(code=_ZERO_CODE) if packet.auth_type == AuthType.PASSWORD else packet

    _sending(odd, change)


@quirk("L10", "Activate Session ends codes for the rest of the session")
def _codes_end(odd: Misbehaviour, _variant: str) -> None:
    def settle(cipher: Session15) -> None:
        cipher.send_type, cipher.accept_plain = AuthType.NONE, True

    _activated(odd, auth_type=AuthType.NONE)
    _in_sessions(odd, settle)


@quirk("L11", "the console's first sequence number is to be 0")
def _begin_with_zero(odd: Misbehaviour, _variant: str) -> None:
    def settle(cipher: Session15) -> None:
        cipher._window = type(cipher._window)(ahead=64, behind=64, start=_LAST)

    _activated(odd, inbound_sequence=0)
    _in_sessions(odd, settle)


@quirk("L12", "of all authentication types the vendor's only is offered")
def _vendors_only(odd: Misbehaviour, _variant: str) -> None:
    odd.machine.core.config.auth_types = ()
    _capabilities(odd, _TYPES_AT, lambda types: types & ~_TYPES | _OEM_TYPE)


@quirk("L13", "answers come when a datagram of another kind than RMCP comes after the request")
def _thumped(odd: Misbehaviour, _variant: str) -> None:
    held: list[tuple[bytes, Any]] = []

    def outgoing(datagram: bytes, peer: Any) -> list[tuple[float, bytes]]:
        held.append((datagram, peer))
        del held[:-_MOST_HELD]
        return []

    def incoming(datagram: bytes, peer: Any) -> bytes | None:
        if datagram[:1] == bytes((VERSION,)):
            return datagram
        for each in [each for each in held if each[1] == peer]:
            held.remove(each)
            odd.network.send(*each)
        return None

    odd.network.outgoing.append(outgoing)
    odd.network.incoming.append(incoming)


@quirk("L14", "a session that changes its own password gets answers with codes of the new one, and sends the old one's")
def _half_changed(odd: Misbehaviour, _variant: str) -> None:
    changed: dict[int, bytes] = {}

    def knob(data: bytes, real: Real) -> Reply:
        reply = real(data)
        session = None if odd.current is None else odd.current[1]
        is_set = len(data) > _OPERATION_AT and data[_OPERATION_AT] & 3 == _SET_OPERATION
        if reply[0] == OK and is_set and session is not None and session.user.user_id == data[0] & _USER_ID:
            changed[session.id] = data[_OPERATION_AT + 1 :].rstrip(b"\0")
        return reply

    def change(packet: Packet15) -> Packet15:
        password = changed.get(packet.session_id)
        if password is None or not packet.code:
            return packet
        code = auth_code(packet.auth_type, password, packet.session_id, packet.message, packet.sequence)
        return packet._replace(code=code)

    odd.knob(APP, _SET_PASSWORD, knob)
    _sending(odd, change)


@quirk("L15", "what comes from behind the BMC has wrong codes")
def _wrong_behind(odd: Misbehaviour, _variant: str) -> None:
    def change(packet: Packet15) -> Packet15:
        message = packet.message
        is_inside = message[_CMD_AT] == _SEND_MESSAGE and len(message) > _SHORTEST
        is_bridged = is_inside or message[_ADDRESS_AT] != _BMC
        return packet._replace(code=odd.random.randbytes(len(packet.code))) if is_bridged else packet

    _sending(odd, change)


@quirk("L16", "the vendor's command 30h/49h is answered with 300 bytes, which the length byte cannot tell")
def _big(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(*_BIG, lambda _data, _real: (OK, bytes(at % 256 for at in range(_BIG_BYTES))))


@quirk("L17", "packets of IPMI 1.5 with 56, 84, 112, 128 or 156 bytes are lost")
def _lost_sizes(odd: Misbehaviour, _variant: str) -> None:
    def is_lost(datagram: bytes) -> bool:
        return len(datagram) in _UNSENDABLE and datagram[_TYPE_AT] != AuthType.RMCPPLUS

    def incoming(datagram: bytes, _peer: Any) -> bytes | None:
        return None if is_lost(datagram) else datagram

    def outgoing(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        return [] if is_lost(datagram) else [(0.0, datagram)]

    odd.network.incoming.append(incoming)
    odd.network.outgoing.append(outgoing)


@quirk("L18", "MD5 is offered, and refused (CCh) as long as the vendor's type is not enabled too")
def _not_md5(odd: Misbehaviour, _variant: str) -> None:
    def incoming(datagram: bytes, peer: Any) -> bytes | None:
        request = plain_request(datagram)
        if request is None or (request.netfn, request.cmd) != (APP, _CHALLENGE) or not request.data:
            return datagram
        if request.data[_CHALLENGE_TYPE_AT] != AuthType.MD5:
            return datagram
        odd.network.send(plain_answer(request, INVALID_FIELD), peer)
        return None

    odd.network.incoming.append(incoming)


@quirk("L19", "Activate Session refuses levels above operator (86h)")
def _at_most_operator(odd: Misbehaviour, _variant: str) -> None:
    changing_users(odd, lambda user: limited(user, Privilege.OPERATOR))


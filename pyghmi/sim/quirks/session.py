# SPDX-License-Identifier: Apache-2.0
"""Section S, first half: how packets and messages look, and what comes in the place of an answer."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.rmcp import HEADER
from pyghmi.ipmi.spec.codes import OK
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.ciphers import ByTwo, WholePad
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession, Real
from pyghmi.sim.quirks.table import quirk

APP, SET_PRIVILEGE, CLOSE, SEL_TIME = 0x06, (0x06, 0x3B), (0x06, 0x3C), (0x0A, 0x48)
ABOUT_SESSIONS = frozenset((SET_PRIVILEGE, CLOSE))
_RQ_AT, _SUM_AT, _RS_AT, _SEQ_AT, _LUNS = 0, 2, 3, 4, 0x03
_TRAILING = b"\xde\xad\xbe\xef"
_RMCPPLUS, _PLAIN = 0x06, 0x00
_DUPLICATED, _BUSY, _STARTING = 0xCF, 0xC0, 0xD2
_WHILE_S, _LATER_S, _TAKES_S, _SOON_S, _SLOWER_S = 0.5, 0.5, 0.1, 1.0, 0.5
_TIMES, _MOST_KEPT = 2, 256
_SHORT = bytes(5)

Sent = list[tuple[float, bytes]]


def _messages(odd: Misbehaviour, change: Callable[[bytes], bytes]) -> None:
    """Have each answer's message look otherwise."""
    odd.messages.append(lambda _session, _request, message: [(0.0, change(message))])


def summed(message: bytes) -> bytes:
    """Return a message with the right checksums."""
    head, body = message[:_SUM_AT], message[_RS_AT:-1]
    return head + bytes((ipmb.checksum(head),)) + body + bytes((ipmb.checksum(body),))


@quirk("S01", "both checksums of messages are one too high")
def _wrong_sums(odd: Misbehaviour, _variant: str) -> None:
    def change(message: bytes) -> bytes:
        one, other = (bytes((message[at] + 1 & 0xFF,)) for at in (_SUM_AT, -1))
        return message[:_SUM_AT] + one + message[_RS_AT:-1] + other

    _messages(odd, change)


@quirk("S02", "a whole block of padding is encrypted where none is needed")
def _whole_pad(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.make_cipher = WholePad


@quirk("S03", "four bytes more come behind each packet")
def _trailing(odd: Misbehaviour, _variant: str) -> None:
    odd.network.outgoing.append(lambda datagram, _peer: [(0.0, datagram + _TRAILING)])


@quirk("S04", "Set Session Privilege Level is answered without code and encryption")
def _unprotected(odd: Misbehaviour, _variant: str) -> None:
    def hook(session: OddSession, request: ipmb.Request, message: bytes) -> Sent:
        if request[:2] != SET_PRIVILEGE or session.version == "1.5":
            return [(0.0, message)]
        ids = session.console_id.to_bytes(4, "little")
        head = HEADER + bytes((_RMCPPLUS, _PLAIN)) + ids + bytes(4) + len(message).to_bytes(2, "little")
        odd.network.send(head + message, session.peer)
        return []

    odd.messages.append(hook)


@quirk("S05", "session sequence numbers grow by two")
def _by_two(odd: Misbehaviour, _variant: str) -> None:
    odd.readings.make_cipher = ByTwo


@quirk("S06", "packets come twice", at_once="at once", later="again half a second later")
def _doubled(odd: Misbehaviour, variant: str) -> None:
    delay_s = _LATER_S if variant == "later" else 0.0
    odd.network.outgoing.append(lambda datagram, _peer: [(0.0, datagram), (delay_s, datagram)])


@quirk("S07", "the number of a request (rqSeq) is 0 in its answer")
def _no_number(odd: Misbehaviour, _variant: str) -> None:
    def change(message: bytes) -> bytes:
        return summed(message[:_SEQ_AT] + bytes((message[_SEQ_AT] & _LUNS,)) + message[_SEQ_AT + 1 :])

    _messages(odd, change)


@quirk("S08", "the addresses of requester and responder are not exchanged in answers")
def _unswapped(odd: Misbehaviour, _variant: str) -> None:
    def change(message: bytes) -> bytes:
        other, one = message[_RS_AT : _RS_AT + 1], message[_RQ_AT : _RQ_AT + 1]
        return summed(other + message[1:_RS_AT] + one + message[_SEQ_AT:])

    _messages(odd, change)


@quirk("S09", "CFh comes first, and the answer half a second later")
def _duplicated(odd: Misbehaviour, _variant: str) -> None:
    def hook(_session: OddSession, request: ipmb.Request, message: bytes) -> Sent:
        return [(0.0, ipmb.build_response(request, _DUPLICATED, b"")), (_WHILE_S, message)]

    odd.messages.append(hook)


@quirk("S10", "a request that comes while another is executed is answered with the data of that one")
def _mixed(odd: Misbehaviour, _variant: str) -> None:
    under_way: dict[int, tuple[ipmb.Request, Reply]] = {}

    def knob(data: bytes, real: Real) -> Reply | None:
        if odd.current is None or odd.current[0][:2] in ABOUT_SESSIONS:
            return real(data)
        request, session = odd.current
        first = under_way.get(session.id)
        if first is not None:
            return None if first[0] == request else first[1]
        under_way[session.id] = request, real(data)
        odd.answer_later(_TAKES_S, under_way[session.id][1])
        odd.later(_TAKES_S, lambda: under_way.pop(session.id, None))
        return None

    odd.every(knob)


@quirk("S11", "each repetition within a second makes answers half a second slower")
def _slower(odd: Misbehaviour, _variant: str) -> None:
    came: dict[Any, float] = {}
    slower = [0.0]

    def knob(data: bytes, real: Real) -> Reply | None:
        if odd.current is None or odd.current[0][:2] in ABOUT_SESSIONS:
            return real(data)
        now = odd.now()
        if now - came.get(odd.current[0], -_SOON_S) < _SOON_S:
            slower[0] += _SLOWER_S
        came[odd.current[0]] = now
        if len(came) > _MOST_KEPT:
            del came[next(iter(came))]
        if not slower[0]:
            return real(data)
        odd.answer_later(slower[0], real(data))
        return None

    odd.every(knob)


def _fates(variant: str) -> list[int | None]:
    """Return what comes before the truth: codes, None: silence.  Those that a client repeats once come once."""
    if variant == "each":
        return [_BUSY, None, _STARTING]
    return [int(variant, 16)] * (1 if variant in ("d5", "ff") else _TIMES)


@quirk(
    "S12",
    "each command is answered by a passing code, then well",
    **{
        "c0": "C0h, busy, twice",
        "c3": "C3h, timeout, twice",
        "ce": "CEh, cannot respond, twice",
        "d2": "D2h, starting, twice",
        "d5": "D5h, not in this state, once",
        "ff": "FFh, unspecified, once",
        "81": "81h, erasing, twice, where the time of the event log is asked for",
        "each": "C0h, silence, D2h",
    },
)
def _passing(odd: Misbehaviour, variant: str) -> None:
    fates = _fates(variant)
    met: dict[Any, int] = {}

    def knob(data: bytes, real: Real) -> Reply | None:
        if odd.current is None or odd.current[0][:2] in ABOUT_SESSIONS:
            return real(data)
        request, session = odd.current
        if variant == "81" and request[:2] != SEL_TIME:
            return real(data)
        key = session.id, request.netfn, request.cmd, request.data
        at = met.pop(key, 0)
        if at == len(fates):
            return real(data)
        met[key] = at + 1
        if len(met) > _MOST_KEPT:
            del met[next(iter(met))]
        code = fates[at]
        return None if code is None else (code, b"")

    odd.every(knob)


@quirk("S13", "D2h, starting, is the answer to everything for a while", number="seconds", default="5")
def _starting(odd: Misbehaviour, variant: str) -> None:
    until: list[float] = []

    def knob(data: bytes, real: Real) -> Reply:
        if odd.current is None or odd.current[0][:2] in ABOUT_SESSIONS:
            return real(data)
        if not until:
            until.append(odd.now() + float(variant))
        return (_STARTING, b"") if odd.now() < until[0] else real(data)

    odd.every(knob)


@quirk("S19", "a packet with five bytes, of type IPMI, goes before each answer")
def _short(odd: Misbehaviour, _variant: str) -> None:
    def hook(session: OddSession, _request: ipmb.Request, message: bytes) -> Sent:
        session.send_payload(_PLAIN, _SHORT)
        return [(0.0, message)]

    odd.messages.append(hook)


@quirk("S25", "answers are sent twice, each with a sequence number of its own")
def _twice(odd: Misbehaviour, _variant: str) -> None:
    odd.messages.append(lambda _session, _request, message: [(0.0, message), (0.0, message)])


@quirk("S26", "Get Session Info tells of a session where none is meant")
def _another(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return real(b"\1") if code != OK or not any(found[:1]) else (code, found)

    odd.knob(APP, 0x3D, knob)

# SPDX-License-Identifier: Apache-2.0
"""Section A: discovery, authentication capabilities, cipher suites."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.protocol import rmcp
from pyghmi.ipmi.protocol.packet import unwrap
from pyghmi.ipmi.protocol.suites import STANDARD
from pyghmi.ipmi.spec.cipher_records import encode_suite_records
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, OUT_OF_RANGE, AuthType, RmcpStatus
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.datagrams import (
    OPEN,
    OPENED,
    RAKP2,
    SHA1,
    SHA256,
    SID_AT,
    STATUS_AT,
    refusal,
    refusing_suites,
    sending,
    taking,
)
from pyghmi.sim.quirks.hooks import Misbehaviour, Real, always, silent
from pyghmi.sim.quirks.table import quirk

APP, TRANSPORT = 0x06, 0x0C
_AUTH_CAPABILITIES, _CHALLENGE, _CIPHER_SUITES = 0x38, 0x39, 0x54
_SET_PRIVILEGE, _GET_LAN = 0x3B, 0x02
_EXTENDED = 0x80
_TYPES_AT, _FLAGS_AT, _VERSIONS_AT = 1, 2, 3
_KG_FLAG = 0x20
_OFFERS_15_AND_20 = 0x03
_BLOCK = 16
_ENTRIES, _LIMITS, _PARAMETER_AT = 23, 24, 1
_LEVEL = 0x0F
_ONLY_SHA256 = (SHA256,)
_ADMINISTRATOR = 4


@quirk("A01", "06/38 with the 2.0 bit is refused (CCh), and there is IPMI 1.5 only")
def _no_extended_question(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        return (INVALID_FIELD, b"") if data and data[0] & _EXTENDED else real(data)

    odd.both(APP, _AUTH_CAPABILITIES, knob)
    _allow_15(odd)
    taking(odd, OPEN, lambda _payload, _peer: None)


def _allow_15(odd: Misbehaviour) -> None:
    config = odd.machine.core.config
    if not config.auth_types:
        config.auth_types = (AuthType.MD5, AuthType.MD2, AuthType.PASSWORD)


@quirk("A02", "commands in RMCP+ packets outside of sessions are dropped")
def _plain_only(odd: Misbehaviour, _variant: str) -> None:
    def hook(datagram: bytes, _peer: Any) -> bytes | None:
        found = unwrap(datagram)
        return None if found is not None and not found.session_id and not found.kind else datagram

    odd.network.incoming.append(hook)


def _changed(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes((value,)) + data[at + 1 :]


@quirk("A03", "06/38 says that there are no users, and a BMC key where there is none")
def _wrong_flags(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, _changed(found, _FLAGS_AT, _KG_FLAG) if len(found) > _FLAGS_AT else found

    odd.both(APP, _AUTH_CAPABILITIES, knob)


@quirk(
    "A04",
    "06/38 offers IPMI 1.5 with MD5, which does not work",
    refused="06/39 is refused (C1h)",
    silent="it is not answered",
)
def _false_15(odd: Misbehaviour, variant: str) -> None:
    odd.machine.core.config.auth_types = ()

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if len(found) > _VERSIONS_AT:
            found = _changed(found, _TYPES_AT, found[_TYPES_AT] | 1 << AuthType.MD5)
            found = _changed(found, _VERSIONS_AT, found[_VERSIONS_AT] | _OFFERS_15_AND_20)
        return code, found

    odd.both(APP, _AUTH_CAPABILITIES, knob)
    odd.outside(APP, _CHALLENGE, silent if variant == "silent" else always(INVALID_COMMAND))


@quirk("A05", "a presence ping is not answered")
def _no_pong(odd: Misbehaviour, _variant: str) -> None:
    odd.network.incoming.append(lambda datagram, _peer: None if rmcp.parse_ping(datagram) is not None else datagram)


@quirk("A06", "after a presence ping nothing is answered for a while", number="seconds", default="5")
def _upset_by_pings(odd: Misbehaviour, variant: str) -> None:
    until = [0.0]

    def hook(datagram: bytes, _peer: Any) -> bytes | None:
        if rmcp.parse_ping(datagram) is not None:
            until[0] = odd.now() + float(variant)
            return datagram
        return None if odd.now() < until[0] else datagram

    odd.network.incoming.append(hook)


@quirk("A07", "06/54 is not answered without a session")
def _no_suites_outside(odd: Misbehaviour, _variant: str) -> None:
    odd.outside(APP, _CIPHER_SUITES, silent)


@quirk(
    "A08",
    "the records of 06/54 are wrong",
    plain="without tag bits, C0 03 01 01 01 for C0 03 01 41 81",
    order="their algorithms are in reverse order",
)
def _untagged(odd: Misbehaviour, variant: str) -> None:
    def record(number: int) -> bytes:
        _number, authentication, integrity, confidentiality = STANDARD[number]
        if variant == "order":
            return bytes((0xC0, number, 0x80 + confidentiality, 0x40 + integrity, authentication))
        return bytes((0xC0, number, authentication, integrity, confidentiality))

    _suite_list(odd, lambda: b"".join(record(number) for number in sorted(odd.machine.core.config.suites)), _end_short)


def _end_short(_index: int, records: bytes, at: int) -> tuple[int, bytes]:
    return 0, records[at : at + _BLOCK]


def _suite_list(odd: Misbehaviour, records: Any, block: Any) -> None:
    """Answer Get Channel Cipher Suites with these records; block: (index, records, offset) -> (code, bytes)."""

    def knob(data: bytes, real: Real) -> Reply:
        if len(data) < len(b"ctl") or not data[2] & 0x80:
            return real(data)
        index = data[2] & 0x3F
        code, found = block(index, records(), index * _BLOCK)
        return code, b"" if code else bytes((odd.machine.core.config.channel,)) + found

    odd.both(APP, _CIPHER_SUITES, knob)


@quirk(
    "A09",
    "the list of 06/54 ends on a whole block",
    empty="then there is the channel byte alone",
    refused="then the index is refused (C9h)",
    again="then the last block comes again, for ever",
)
def _odd_end(odd: Misbehaviour, variant: str) -> None:
    records = encode_suite_records([(number, *STANDARD[number][1:]) for number in (3, 17, 15)]) + b"\xc0"

    def block(_index: int, found: bytes, at: int) -> tuple[int, bytes]:
        if at < len(found):
            return 0, found[at : at + _BLOCK]
        if variant == "refused":
            return OUT_OF_RANGE, b""
        return 0, found[-_BLOCK:] if variant == "again" else b""

    _suite_list(odd, lambda: records, block)


@quirk("A10", "LAN parameter 23 lists each suite one too high, and suite 15 is refused")
def _shifted(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code or len(data) <= _PARAMETER_AT or data[_PARAMETER_AT] != _ENTRIES:
            return code, found
        return code, found[:2] + bytes(number + 1 & 0xFF for number in found[2:])

    odd.knob(TRANSPORT, _GET_LAN, knob)
    config = odd.machine.core.config
    config.suites = tuple(number for number in config.suites if number != 15)


@quirk("A11", "LAN parameter 24 has 9 bytes, whatever parameter 22 says", number="bytes", default="9")
def _short_limits(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        cut = not code and len(data) > _PARAMETER_AT and data[_PARAMETER_AT] == _LIMITS
        return code, found[: 1 + int(float(variant))] if cut else found

    odd.knob(TRANSPORT, _GET_LAN, knob)


def _refused_17(odd: Misbehaviour, status: int) -> None:
    refusing_suites(odd, status, (0, 1, 2))


@quirk("A12", "suite 17 is listed and refused", **{"04": "status 04h", "05": "05h", "10": "10h", "11": "11h"})
def _refused(odd: Misbehaviour, variant: str) -> None:
    _refused_17(odd, int(variant, 16))


@quirk("A13", "all suites but 17 are refused with status 01h")
def _no_resources(odd: Misbehaviour, _variant: str) -> None:
    refusing_suites(odd, RmcpStatus.INSUFFICIENT_RESOURCES, _ONLY_SHA256)


@quirk("A14", "suite 17 is refused as if it were the role", **{"0a": "status 0Ah", "09": "status 09h"})
def _as_role(odd: Misbehaviour, variant: str) -> None:
    _refused_17(odd, int(variant, 16))


@quirk("A15", "suite 17 is refused with status 12h")
def _as_parameter(odd: Misbehaviour, _variant: str) -> None:
    _refused_17(odd, RmcpStatus.ILLEGAL_PARAMETER)


@quirk("A16", "Open Session with suites above 3 is dropped")
def _dropped(odd: Misbehaviour, _variant: str) -> None:
    refusing_suites(odd, None, (0, SHA1))


@quirk("A17", "suite 17 is refused with one byte", **{"11": "the status", "c7": "a completion code"})
def _one_byte(odd: Misbehaviour, variant: str) -> None:
    refusing_suites(odd, RmcpStatus.NO_SUITE_MATCH, (0, 1, 2), lambda _answer: bytes.fromhex(variant))


@quirk("A18", "suite 17 is refused with tag and session id 0")
def _zero_tag(odd: Misbehaviour, _variant: str) -> None:
    shape = lambda answer: b"\0" + answer[1:4] + bytes(4)  # noqa: E731
    refusing_suites(odd, RmcpStatus.NO_SUITE_MATCH, (0, 1, 2), shape)


@quirk("A19", "the answer to Open Session has privilege 0")
def _zero_privilege(odd: Misbehaviour, _variant: str) -> None:
    sending(odd, OPENED, lambda payload: payload[:2] + b"\0" + payload[3:] if len(payload) > 8 else payload)


@quirk("A20", "whatever is proposed, the BMC takes suite 3")
def _insists(odd: Misbehaviour, _variant: str) -> None:
    odd.machine.core.config.suites = (3,)

    def take(payload: bytes, _peer: Any) -> bytes | None:
        if len(payload) < 32:
            return payload
        return payload[:12] + b"\1" + payload[13:20] + b"\1" + payload[21:28] + b"\1" + payload[29:]

    taking(odd, OPEN, take)


@quirk(
    "A21",
    "Set Session Privilege Level is never answered",
    silent="that alone",
    suite_3="and suite 3 is refused with 04h",
)
def _unraised(odd: Misbehaviour, variant: str) -> None:
    odd.knob(APP, _SET_PRIVILEGE, silent)
    if variant == "suite-3":
        refusing_suites(odd, RmcpStatus.INVALID_AUTHENTICATION, (0, 2, SHA256))


@quirk("A22", "Open Session asks for administrator or for the highest level, else 0Ah")
def _exact_level(odd: Misbehaviour, _variant: str) -> None:
    def take(payload: bytes, peer: Any) -> bytes | None:
        if len(payload) > 8 and payload[1] & _LEVEL not in (0, _ADMINISTRATOR):
            odd.network.send(refusal(OPEN, payload, 0x0A), peer)
            return None
        return payload

    taking(odd, OPEN, take)


@quirk("A23", "suite 3 is not listed, and works all the same")
def _unlisted(odd: Misbehaviour, _variant: str) -> None:
    def records() -> bytes:
        found = [number for number in sorted(odd.machine.core.config.suites) if number != 3]
        return encode_suite_records([(number, *STANDARD[number][1:]) for number in found])

    _suite_list(odd, records, _end_short)


@quirk("A24", "only suite 17 works", refused="others are refused", dropped="others are dropped")
def _fips(odd: Misbehaviour, variant: str) -> None:
    odd.machine.core.config.suites = (17,)
    if variant == "dropped":
        refusing_suites(odd, None, _ONLY_SHA256)


@quirk("A25", "suite 17 is refused with 11h, and then the user name with 0Dh")
def _storm(odd: Misbehaviour, _variant: str) -> None:
    _refused_17(odd, RmcpStatus.NO_SUITE_MATCH)

    def change(payload: bytes) -> bytes:
        if payload[STATUS_AT]:
            return payload
        return bytes((payload[0], RmcpStatus.UNAUTHORIZED_NAME, 0, 0)) + payload[SID_AT]

    sending(odd, RAKP2, change)

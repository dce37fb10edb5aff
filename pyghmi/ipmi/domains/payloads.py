# SPDX-License-Identifier: Apache-2.0
"""Take the serial console of a BMC, and give it back: steps that whoever carries them out puts into practice."""
from __future__ import annotations

from collections.abc import Generator, Iterator
from enum import Enum
from typing import Optional, Union

from pyghmi.exceptions import ConsoleError, ConsoleHeld, ConsoleRefused, Malformed
from pyghmi.ipmi.domains.requester import Answer, Ask, Pause
from pyghmi.ipmi.spec.app import SetSessionPrivilegeLevel
from pyghmi.ipmi.spec.codes import GENERIC_TEXTS, INSUFFICIENT_PRIVILEGE, INVALID_COMMAND, OK, PayloadType, Privilege
from pyghmi.ipmi.spec.payloads import ActivatePayload, DeactivatePayload, GetPayloadInstanceInfo, SharedAlerts
from pyghmi.ipmi.wire.shapes import NamedTuple

Steps = Generator[Union[Ask, Pause], Optional[Answer], "Activated"]

INSTANCE = 1
"""BMCs have one serial line; some say that they have none, and mean this one."""

_ALREADY_ACTIVE, _DISABLED, _LIMIT, _NOT_ENCRYPTED, _NOT_PLAIN = 0x80, 0x81, 0x82, 0x83, 0x84
_FINAL = (_DISABLED, _LIMIT, INVALID_COMMAND)
_TRIES_TO_TAKE = 3
_BETWEEN_TRIES_S = 0.5
_FOR_ACTIVATION_S = 10.0
_FOR_THE_REST_S = 3.0
_HEADER_BYTES = 4
_SIZES = range(_HEADER_BYTES + 1, 260)
_SAFE_CHARACTERS = 16
_WORDS = {
    _ALREADY_ACTIVE: "SOL Session active for another client",
    _DISABLED: "SOL is disabled",
    _LIMIT: "Maximum SOL session count reached",
    _NOT_ENCRYPTED: "Cannot activate payload with encryption",
    _NOT_PLAIN: "Cannot activate payload without encryption",
}
_HINTS = {
    _DISABLED: "switch it on (set_sol_configuration(enabled=True), 'ipmitool sol set enabled true'), and give this user"
    " the SOL payload on this channel",
    _LIMIT: "as many consoles as the BMC can serve are open",
    _NOT_ENCRYPTED: "this BMC has a console without encryption only, and encryption was required",
    _NOT_PLAIN: "log in with a cipher suite that encrypts: 3 or 17",
    _ALREADY_ACTIVE: "force=True, in pyghmicons to leave out --no-force, takes it over",
}


class Own(NamedTuple):
    """What the session that asks is like: its protection, its ids (both sides'), its port, its privilege."""

    encrypts: bool
    authenticates: bool
    ids: frozenset[int]
    port: int
    privilege: int


class Activated(NamedTuple):
    """A serial line that was connected with the session.

    inbound, outbound: characters of one packet to and from the BMC; port: where its packets go, None: as the others;
    weaker: in what it is less protected than the session, in words, '' where it is not.
    """

    inbound: int
    outbound: int
    port: int | None
    encrypted: bool
    authenticated: bool
    weaker: str


class Holder(Enum):
    """Who has the serial line."""

    OURS = "this session"
    OTHER = "another session"
    NOBODY = "nobody"
    UNKNOWN = "the BMC does not say"


class _Variant(NamedTuple):
    encrypt: bool
    authenticate: bool
    alerts: SharedAlerts
    handshake: bool = False


def activation(own: Own, *, force: bool, require_encryption: bool = False) -> Steps:
    """Connect the serial line.  IPMI 2.0 §24.1.

    Nothing is asked before: what BMCs say about capacity and status is wrong too often (Sun Fire 4100, Supermicro
    X8SIL-F, Dell M610; FreeIPMI's workarounds), their answer to the command itself is not.  What differs between them
    is tried in turn: how serial alerts are treated (01b needed by the Windmill family), which side drives the
    handshake lines (Intel), protection (Intel 82571: none).
    Raises ConsoleError by reason; the steps' own errors pass through.
    """
    tries = 0
    raised = False
    refused = OK
    without_encryption = False
    variants = _variants(own, require_encryption)
    variant = next(variants)
    while True:
        answer = yield Ask(_request(variant), _FOR_ACTIVATION_S)
        if answer is None:
            raise ConsoleError("SOL could not be activated", hint="the BMC did not answer Activate Payload in time")
        code, data = answer
        if code == OK:
            return _activated(own, variant, data)
        if code == _ALREADY_ACTIVE:
            tries += 1
            yield from _make_room(own, force, tries)
            continue
        if code == INSUFFICIENT_PRIVILEGE and not raised and own.privilege < Privilege.ADMINISTRATOR:
            raised = True
            yield Ask(SetSessionPrivilegeLevel(privilege=Privilege.ADMINISTRATOR), _FOR_THE_REST_S)
            continue
        refused = refused or code
        without_encryption = without_encryption or code == _NOT_ENCRYPTED
        found = None if code in _FINAL else next((each for each in variants if _may_help(each, code, own)), None)
        if found is None:
            raise _refusal(refused)
        variant = found


def _may_help(variant: _Variant, code: int, own: Own) -> bool:
    """Whether a variant has what the last one was refused for want of."""
    if code == _NOT_ENCRYPTED:
        return not variant.encrypt
    return variant.encrypt if code == _NOT_PLAIN and own.encrypts else code != _NOT_PLAIN


def _variants(own: Own, require_encryption: bool) -> Iterator[_Variant]:
    """Yield what to ask for: protected as the session is first."""
    deferred, fail, succeed = SharedAlerts.DEFERRED, SharedAlerts.FAIL, SharedAlerts.SUCCEED
    for handshake in (False, True):
        for alerts in (deferred, fail):
            yield _Variant(own.encrypts, own.authenticates, alerts, handshake)
    if require_encryption:
        return
    if own.encrypts:
        for alerts in (deferred, fail):
            yield _Variant(False, own.authenticates, alerts)
    if own.authenticates:
        for alerts in (deferred, fail, succeed):
            yield _Variant(False, False, alerts)
    elif not own.encrypts:
        yield _Variant(False, False, succeed)


def _request(variant: _Variant) -> ActivatePayload:
    return ActivatePayload(
        payload_type=PayloadType.SOL,
        instance=INSTANCE,
        encrypt=variant.encrypt,
        authenticate=variant.authenticate,
        shared_alerts=variant.alerts,
        keep_lines_deasserted=variant.handshake,
    )


def _make_room(own: Own, force: bool, tries: int) -> Generator[Ask | Pause, Optional[Answer], None]:
    """Deactivate the console that is in the way, if it may be.  Raises ConsoleHeld."""
    if tries > _TRIES_TO_TAKE:
        raise _refusal(_ALREADY_ACTIVE, "the BMC goes on saying so after it was deactivated: reset the BMC")
    holder = yield from whose(own)
    if holder is not Holder.OURS and not force:
        raise _refusal(_ALREADY_ACTIVE)
    yield Ask(deactivating(), _FOR_THE_REST_S)  # some never answer this one
    if tries > 1:
        yield Pause(_BETWEEN_TRIES_S)


def deactivating() -> DeactivatePayload:
    """Return the request that ends the console.  IPMI 2.0 §24.2."""
    return DeactivatePayload(payload_type=PayloadType.SOL, instance=INSTANCE)


def whose(own: Own) -> Generator[Ask | Pause, Optional[Answer], Holder]:
    """Find out who has the serial line.  IPMI 2.0 §24.5."""
    request = GetPayloadInstanceInfo(payload_type=PayloadType.SOL, instance=INSTANCE)
    answer = yield Ask(request, _FOR_ACTIVATION_S)
    if answer is None or answer[0] != OK:
        return Holder.UNKNOWN
    try:
        found = request.answer.decode(answer[1]).session_id
    except Malformed:
        return Holder.UNKNOWN
    if not found:
        return Holder.NOBODY
    return Holder.OURS if found in own.ids or _swapped(found, 4) in own.ids else Holder.OTHER


def _activated(own: Own, variant: _Variant, data: bytes) -> Activated:
    found = ActivatePayload.answer.decode(data.ljust(12, b"\0"))
    lost = [
        word
        for word, had, has in (
            ("encryption", own.encrypts, variant.encrypt),
            ("authentication", own.authenticates, variant.authenticate),
        )
        if had and not has
    ]
    return Activated(
        _characters(found.inbound_size),
        _characters(found.outbound_size),
        _port(found.port, own.port),
        variant.encrypt,
        variant.authenticate,
        f"without {' and '.join(lost)}" if lost else "",
    )


def _characters(size: int) -> int:
    """Return the characters of a packet of that size, which some BMCs swap (Asus P5M2) or leave out."""
    for found in (size, _swapped(size, 2)):
        if found in _SIZES:
            return found - _HEADER_BYTES
    return _SAFE_CHARACTERS


def _port(port: int, own: int) -> int | None:
    """Return the port if it is another than that of the session; some swap it (Supermicro X8DTH-iF), some say 0."""
    return None if port in (0, own, _swapped(own, 2)) else port


def _swapped(number: int, count: int) -> int:
    return int.from_bytes(number.to_bytes(count, "little"), "big")


def _refusal(code: int, hint: str = "") -> ConsoleError:
    kind = ConsoleHeld if code == _ALREADY_ACTIVE else ConsoleRefused
    text = _WORDS.get(code) or GENERIC_TEXTS.get(code) or f"SOL encountered Unrecognized error code {code}"
    return kind(text, stage="Activate Payload", hint=hint or _HINTS.get(code, ""), code=code)

# SPDX-License-Identifier: Apache-2.0
"""Section C, first half: how a serial console is connected, taken away and set up."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, INVALID_COMMAND, INVALID_FIELD, OK, Privilege
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, Real, always
from pyghmi.sim.quirks.table import quirk

ACTIVATE, DEACTIVATE, STATUS, INFO = (0x06, 0x48), (0x06, 0x49), (0x06, 0x4A), (0x06, 0x4B)
SUPPORT, SET_SOL = (0x06, 0x4E), (0x0C, 0x21)
_INSTANCE_AT, _AUXILIARY_AT, _INSTANCE = 1, 2, 1
_ENCRYPT, _AUTHENTICATE, _ALERTS, _DEFERRED, _HANDSHAKE = 0x80, 0x40, 0x0C, 0x04, 0x02
_SIZES_AT, _PORT_AT, _VLAN_AT = 4, 8, 10
_OTHER_PORT, _ALREADY, _NOT_SUPPORTED = 700, 0x80, 0x80
_PARAMETER_AT, _VALUE_AT, _PROGRESS, _COMMIT = 1, 2, 0, 2
_ACTIVE = b"\x01\x01\x00"

Fits = Callable[[int], bool]
"""First byte of the auxiliary data -> whether it is accepted."""


def _activated(odd: Misbehaviour, change: Callable[[bytes], bytes]) -> None:
    """Have the answer to Activate Payload look otherwise."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return (code, change(found)) if code == OK else (code, found)

    odd.knob(*ACTIVATE, knob)


def _choosy(odd: Misbehaviour, fits: Fits) -> None:
    """Have Activate Payload refused (CCh) unless its first auxiliary byte is to the taste of the BMC."""

    def knob(data: bytes, real: Real) -> Reply:
        is_fit = len(data) <= _AUXILIARY_AT or fits(data[_AUXILIARY_AT])
        return real(data) if is_fit else (INVALID_FIELD, b"")

    odd.knob(*ACTIVATE, knob)


def _is_holder(odd: Misbehaviour) -> bool:
    """Whether the session that asks has the serial line."""
    sol = odd.machine.sol
    holder = None if sol is None else sol.ipmi_session
    return holder is not None and odd.current is not None and holder.session is odd.current[1]


@quirk(
    "C01",
    "the sizes of packets in the answer to Activate Payload are wrong",
    zero="0",
    huge="FFFFh",
    swapped="their bytes are exchanged",
)
def _sizes(odd: Misbehaviour, variant: str) -> None:
    def change(found: bytes) -> bytes:
        sizes = found[_SIZES_AT:_PORT_AT]
        told = {"zero": bytes(4), "huge": b"\xff" * 4, "swapped": sizes[1::-1] + sizes[:1:-1]}[variant]
        return found[:_SIZES_AT] + told + found[_PORT_AT:]

    _activated(odd, change)


@quirk("C02", "the bytes of the port in the answer to Activate Payload are exchanged")
def _swapped_port(odd: Misbehaviour, _variant: str) -> None:
    _activated(odd, lambda found: found[:_PORT_AT] + found[_PORT_AT:_VLAN_AT][::-1] + found[_VLAN_AT:])


@quirk("C03", "the answer to Activate Payload names port 700, where nobody answers")
def _other_port(odd: Misbehaviour, _variant: str) -> None:
    told = _OTHER_PORT.to_bytes(2, "little")
    _activated(odd, lambda found: found[:_PORT_AT] + told + found[_VLAN_AT:])


@quirk("C04", "Get Channel Payload Support is refused (C1h)")
def _no_support(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(*SUPPORT, always(INVALID_COMMAND))


@quirk(
    "C05",
    "Get Payload Activation Status is of no use",
    refused="CCh",
    wrong="it tells the opposite",
    active="always active",
)
def _status(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if variant == "refused":
            return INVALID_FIELD, b""
        if code != OK or variant == "active":
            return OK, _ACTIVE
        return code, found[:1] + bytes((found[1] ^ _INSTANCE,)) + found[2:]

    odd.knob(*STATUS, knob)


@quirk("C06", "Get Payload Activation Status tells that there can be no instance")
def _no_capacity(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, bytes((found[0] & 0xF0,)) + found[1:] if found else found

    odd.knob(*STATUS, knob)


@quirk("C07", "Activate Payload says: already active, Deactivate Payload: not active", always="always", thrice="thrice")
def _contradiction(odd: Misbehaviour, variant: str) -> None:
    left = [3 if variant == "thrice" else -1]

    def activate(data: bytes, real: Real) -> Reply:
        if not left[0]:
            return real(data)
        left[0] -= 1
        return _ALREADY, b""

    odd.knob(*ACTIVATE, activate)
    odd.knob(*DEACTIVATE, lambda data, real: (_ALREADY, b"") if left[0] else real(data))


@quirk("C08", "Deactivate Payload says 'done', and does nothing")
def _not_done(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(*DEACTIVATE, always(OK))


@quirk("C09", "who loses the serial line to another session is not told")
def _stolen(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        sol = odd.machine.sol
        if sol is not None and not _is_holder(odd):
            sol.ipmi_session = None  # there is nobody to be told
        return real(data)

    odd.knob(*DEACTIVATE, knob)


@quirk("C10", "Deactivate Payload of a session that has not the serial line is not answered")
def _unanswered(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply | None:
        is_meant = odd.machine.sol is not None and not _is_holder(odd)
        reply = real(data)
        return None if is_meant else reply

    odd.knob(*DEACTIVATE, knob)


@quirk("C11", "the serial line stays with a console that died, for so long", number="seconds", default="300")
def _kept(odd: Misbehaviour, variant: str) -> None:
    odd.machine.core.config.idle_s = float(variant)


@quirk(
    "C12",
    "Activate Payload is refused (CCh) when bit 1 of its auxiliary data, for the handshake, is not as it wants it",
    clear="it is to be clear",
    set="it is to be set",
)
def _handshake(odd: Misbehaviour, variant: str) -> None:
    _choosy(odd, lambda first: bool(first & _HANDSHAKE) == (variant == "set"))


@quirk("C13", "Activate Payload is refused (CCh) unless serial alerts are deferred")
def _deferred(odd: Misbehaviour, _variant: str) -> None:
    _choosy(odd, lambda first: first & _ALERTS == _DEFERRED)


@quirk("C14", "Activate Payload is refused (CCh) unless its auxiliary data are 08h: unprotected, alerts succeed")
def _unprotected(odd: Misbehaviour, _variant: str) -> None:
    _choosy(odd, lambda first: first == 0x08)


@quirk("C15", "Activate Payload is refused (CCh)", forbidden="with encryption", needed="without encryption")
def _encryption(odd: Misbehaviour, variant: str) -> None:
    _choosy(odd, lambda first: bool(first & _ENCRYPT) == (variant == "needed"))


@quirk("C16", "Activate Payload is refused", **{"81": "81h, disabled", "82": "82h, limit reached"})
def _refused(odd: Misbehaviour, variant: str) -> None:
    odd.knob(*ACTIVATE, always(int(variant, 16)))


@quirk("C28", "only administrators may activate a payload, others get D4h")
def _administrators(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        if odd.current is not None and odd.current[1].privilege < Privilege.ADMINISTRATOR:
            return INSUFFICIENT_PRIVILEGE, b""
        return real(data)

    odd.knob(*ACTIVATE, knob)


@quirk("C29", "to deactivate any instance of a payload ends instance 1")
def _any_instance(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(
        *DEACTIVATE,
        lambda data, real: real(data[:_INSTANCE_AT] + bytes((_INSTANCE,)) + data[_INSTANCE_AT + 1 :]),
    )


@quirk(
    "C30",
    "Set In Progress of the serial console's settings",
    c1="C1h",
    **{"81": "81h, somebody else is setting them"},
    commit="what is written counts after 'commit write' only",
)
def _progress(odd: Misbehaviour, variant: str) -> None:
    waiting: list[bytes] = []

    def knob(data: bytes, real: Real) -> Reply:
        is_progress = len(data) > _VALUE_AT and data[_PARAMETER_AT] == _PROGRESS
        if variant != "commit":
            return (int(variant, 16), b"") if is_progress else real(data)
        if not is_progress:
            waiting.append(data)
            return OK, b""
        if data[_VALUE_AT] == _COMMIT:
            for each in waiting:
                real(each)
        if data[_VALUE_AT] != 1:
            waiting.clear()
        return real(data)

    odd.knob(*SET_SOL, knob)

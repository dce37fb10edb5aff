# SPDX-License-Identifier: Apache-2.0
"""Section U, first half: users, their names, passwords and access."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, NODE_BUSY, OK, Privilege
from pyghmi.ipmi.spec.users import NAME_BYTES, SHORT_PASSWORD_BYTES, PasswordOperation
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, Real
from pyghmi.sim.quirks.table import quirk

if TYPE_CHECKING:
    from pyghmi.sim.accounts import Slot

APP = 0x06
_SET_ACCESS, _ACCESS, _SET_NAME, _NAME, _PASSWORD, _SET_PAYLOADS = 0x43, 0x44, 0x45, 0x46, 0x47, 0x4C
_WRITES = (_SET_ACCESS, _SET_NAME, _PASSWORD, _SET_PAYLOADS)
_UID, _TWENTY_BYTES, _OPERATION = 0x3F, 0x80, 0x03
_SWITCHES = (PasswordOperation.DISABLE_USER, PasswordOperation.ENABLE_USER)
_WITH_PASSWORD, _WITH_LIMIT = 2 + SHORT_PASSWORD_BYTES, 4
_CHANGE, _LEVEL = 0x80, 0x0F
_EMPTY_NAMES = (bytes(NAME_BYTES), b"\xff" * NAME_BYTES)
_COMMIT_S = 1.0
_SHORTEST_PASSWORD = 8
_REAL_LEVELS = range(Privilege.CALLBACK, Privilege.OEM + 1)


def _slot(odd: Misbehaviour, number: int) -> Slot | None:
    users: Any = odd.machine.parts["users"]
    found: Slot | None = users.slot(number & _UID)
    return found


def _operation(data: bytes) -> int | None:
    return data[1] & _OPERATION if len(data) > 1 else None


def _refusing(odd: Misbehaviour, cmd: int, code: int, when: Callable[[bytes], bool]) -> None:
    """Refuse a command with this code where `when(its data)` is true; those data are there."""

    def knob(data: bytes, real: Real) -> Reply:
        return (code, b"") if data and when(data) else real(data)

    odd.knob(APP, cmd, knob)


@quirk("U01", "a user is enabled or disabled only with the bytes of a password behind, else C7h")
def _bytes_wanted(odd: Misbehaviour, _variant: str) -> None:
    def bare(data: bytes) -> bool:
        return _operation(data) in _SWITCHES and len(data) < _WITH_PASSWORD

    _refusing(odd, _PASSWORD, INVALID_LENGTH, bare)


@quirk("U02", "a user is not enabled (CCh) before it has a password")
def _password_first(odd: Misbehaviour, _variant: str) -> None:
    def early(data: bytes) -> bool:
        slot = _slot(odd, data[0])
        return _operation(data) == PasswordOperation.ENABLE_USER and slot is not None and not slot.password

    _refusing(odd, _PASSWORD, INVALID_FIELD, early)


@quirk("U03", "a user who is enabled is not enabled again (CCh)")
def _enabled_once(odd: Misbehaviour, _variant: str) -> None:
    def again(data: bytes) -> bool:
        slot = _slot(odd, data[0])
        return _operation(data) == PasswordOperation.ENABLE_USER and slot is not None and slot.enabled

    _refusing(odd, _PASSWORD, INVALID_FIELD, again)


@quirk("U04", "the name of a slot that is free is refused", cc="with CCh", cb="CBh", d5="D5h", c9="C9h")
def _no_name(odd: Misbehaviour, variant: str) -> None:
    def is_free(data: bytes) -> bool:
        slot = _slot(odd, data[0])
        return slot is not None and not slot.name

    _refusing(odd, _NAME, int(variant, 16), is_free)


@quirk("U05", "access is not given (CCh) before there is a name")
def _name_first(odd: Misbehaviour, _variant: str) -> None:
    def early(data: bytes) -> bool:
        slot = _slot(odd, data[1]) if len(data) > 1 else None
        return slot is not None and not slot.name

    _refusing(odd, _SET_ACCESS, INVALID_FIELD, early)


@quirk(
    "U06",
    "a user is not easily deleted",
    kept="its slot keeps the access that it had, and gets no name then (CCh)",
    zeros="a name of zeros is refused (CCh), one of FFh takes it away",
)
def _hard_to_delete(odd: Misbehaviour, variant: str) -> None:
    if variant == "zeros":
        _refusing(odd, _SET_NAME, INVALID_FIELD, lambda data: data[1:] == _EMPTY_NAMES[0])
        return

    def knob(data: bytes, real: Real) -> Reply:
        slot = _slot(odd, data[0]) if data else None
        if slot is None:
            return real(data)
        held = slot.privilege
        if data[1:] in _EMPTY_NAMES:
            reply = real(data)
            slot.privilege = held
            return reply
        return (INVALID_FIELD, b"") if not slot.name and held in _REAL_LEVELS else real(data)

    odd.knob(APP, _SET_NAME, knob)


@quirk("U07", "Set User Access and its fourth byte, C7h", needed="it is wanted", refused="it is refused")
def _fourth_byte(odd: Misbehaviour, variant: str) -> None:
    wanted = variant == "needed"
    _refusing(odd, _SET_ACCESS, INVALID_LENGTH, lambda data: (len(data) >= _WITH_LIMIT) is not wanted)


@quirk("U08", "levels are reserved at first, access is written whole or refused (CCh), user 1 cannot be disabled")
def _whole_access(odd: Misbehaviour, _variant: str) -> None:
    written: set[int] = set()

    def write(data: bytes, real: Real) -> Reply:
        if len(data) > 2 and not (data[0] & _CHANGE and data[2] & _LEVEL):
            return INVALID_FIELD, b""
        reply = real(data)
        if reply[0] == OK:
            written.add(data[1] & _UID)
        return reply

    def read(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        slot = _slot(odd, data[1]) if len(data) > 1 else None
        if code or slot is None or slot.used or data[1] & _UID in written:
            return code, found
        return code, found[:-1] + bytes((found[-1] & ~_LEVEL,))

    odd.knob(APP, _SET_ACCESS, write)
    odd.knob(APP, _ACCESS, read)
    first_off = lambda data: data[0] & _UID == 1 and _operation(data) == PasswordOperation.DISABLE_USER  # noqa: E731
    _refusing(odd, _PASSWORD, INVALID_FIELD, first_off)


@quirk("U09", "a password of fewer than 8 bytes is refused", **{"8f": "with 8Fh", "cc": "CCh", "80": "80h"})
def _policy(odd: Misbehaviour, variant: str) -> None:
    def weak(data: bytes) -> bool:
        return _operation(data) == PasswordOperation.SET and len(data[2:].rstrip(b"\0")) < _SHORTEST_PASSWORD

    _refusing(odd, _PASSWORD, int(variant, 16), weak)


@quirk(
    "U10",
    "a write about users takes a second",
    lost="others that come meanwhile are answered and lost",
    busy="what comes about users meanwhile is busy (C0h)",
)
def _slow_commit(odd: Misbehaviour, variant: str) -> None:
    until = [0.0]

    def written(cmd: int, data: bytes, real: Real) -> Reply:
        is_early, is_test = odd.now() < until[0], cmd == _PASSWORD and _operation(data) == PasswordOperation.TEST
        if is_early and variant == "busy":
            return NODE_BUSY, b""
        if cmd not in _WRITES or is_test:
            return real(data)
        code, found = (OK, b"") if is_early else real(data)
        if code == OK:
            until[0] = odd.now() + _COMMIT_S
        return code, found

    for cmd in (*_WRITES, _ACCESS, _NAME):
        odd.knob(APP, cmd, lambda data, real, cmd=cmd: written(cmd, data, real))  # type: ignore[misc]


@quirk("U11", "passwords of one size only", sixteen="those of 20 bytes are refused (CCh)", twenty="of 16 bytes: C7h")
def _one_size(odd: Misbehaviour, variant: str) -> None:
    short_only = variant == "sixteen"

    def wrong(data: bytes) -> bool:
        has_password = _operation(data) not in _SWITCHES
        return has_password and bool(data[0] & _TWENTY_BYTES) is short_only

    _refusing(odd, _PASSWORD, INVALID_FIELD if short_only else INVALID_LENGTH, wrong)


@quirk("U12", "there are more slots for users than 15", number="slots", default="63")
def _many_slots(odd: Misbehaviour, variant: str) -> None:
    users: Any = odd.machine.parts["users"]
    users.grow(min(int(float(variant)), _UID))


@quirk(
    "U13",
    "a name is written, and then",
    silent="that is not answered: who looks for a free slot again finds another one",
    refused="that is answered with CCh",
)
def _unsure_name(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply | None:
        code, found = real(data)
        if code or data[1:] in _EMPTY_NAMES:
            return code, found
        return None if variant == "silent" else (INVALID_FIELD, b"")

    odd.knob(APP, _SET_NAME, knob)

# SPDX-License-Identifier: Apache-2.0
"""Section B: what lies behind the BMC, and how it is reached."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable
from weakref import WeakKeyDictionary

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, OK
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession, Real
from pyghmi.sim.quirks.recordbook import add, first_full, rewrite, sensors_of
from pyghmi.sim.quirks.table import quirk
from pyghmi.sim.satellite import for_console

if TYPE_CHECKING:
    from pyghmi.sim.satellite import BridgePart

SEND_MESSAGE, _GET_MESSAGE = (0x06, 0x34), (0x06, 0x33)
_BMC, _SATELLITE, _ABSENT_OWNER, _SOFTWARE = 0x20, 0x82, 0xC0, 0xB1
_TRACKED, _ADDRESS_AT = 0xC0, 1
_RESPONDER_AT, _LUN_AT, _BODY_AT, _OVERHEAD = 3, 4, 3, 8
_MOST_BYTES, _LATE_S = 20, 2.0
_OWNER_AT, _OWNER_LUN_AT, _SENSOR_AT, _LUNS, _LUN = 5, 6, 7, 0x03, 1

Change = Callable[[ipmb.Request, bytes], bytes]
"""(request, whole message that answers it) -> message."""


class _Bridge:
    """How bridged answers are told.  inside: in the data of Send Message's; early: before the empty one."""

    def __init__(self, odd: Misbehaviour) -> None:
        self.inside = self.early = False
        self.changes: list[Change] = []
        self._odd = odd
        parts: dict[str, Any] = dict(odd.machine.parts)
        self._part: BridgePart = parts["bridge"]
        self._part.alone = False
        odd.knob(*SEND_MESSAGE, self._send)

    def _send(self, data: bytes, real: Real) -> Reply | None:
        code, answer = real(data)
        asked = ipmb.parse_request(data[1:])
        if code != OK or not answer or asked is None:
            return code, answer
        for change in self.changes:
            answer = change(asked, answer)
        if self.inside or self._odd.current is None:
            return code, answer
        request, session = self._odd.current
        if self.early:
            session.send_message(for_console(answer))
            return OK, b""
        session.respond_with(request, for_console(answer))
        return None


_bridges: WeakKeyDictionary[Misbehaviour, _Bridge] = WeakKeyDictionary()


def _bridge(odd: Misbehaviour) -> _Bridge:
    if odd not in _bridges:
        _bridges[odd] = _Bridge(odd)
    return _bridges[odd]


def _with_body(message: bytes, body: bytes) -> bytes:
    """Return a message with other bytes behind its first checksum, and the right second one."""
    return message[:_BODY_AT] + body + bytes((ipmb.checksum(body),))


@quirk("B01", "bridged answers come in one way of two", inside="in the answer to Send Message", alone="behind it")
def _way(odd: Misbehaviour, variant: str) -> None:
    _bridge(odd).inside = variant == "inside"


@quirk("B02", "the bridged answer comes before that to Send Message")
def _early(odd: Misbehaviour, _variant: str) -> None:
    _bridge(odd).early = True


@quirk("B03", "bridged answers seem to be from the BMC itself")
def _from_bmc(odd: Misbehaviour, _variant: str) -> None:
    def change(_asked: ipmb.Request, answer: bytes) -> bytes:
        return _with_body(answer, bytes((_BMC,)) + answer[_RESPONDER_AT + 1 : -1])

    _bridge(odd).changes.append(change)


@quirk(
    "B04",
    "the controller at 82h is not there",
    **{"83": "Send Message says 83h", "d3": "D3h", "c3": "C3h, after two seconds"},
)
def _absent(odd: Misbehaviour, variant: str) -> None:
    code = int(variant, 16)

    def knob(data: bytes, real: Real) -> Reply | None:
        if len(data) <= _ADDRESS_AT or data[_ADDRESS_AT] != _SATELLITE:
            return real(data)
        if variant == "c3":
            odd.answer_later(_LATE_S, (code, b""))
            return None
        return code, b""

    odd.knob(*SEND_MESSAGE, knob)


@quirk(
    "B05",
    "the first temperature is on LUN 1 of the BMC, and answered there only",
    zero="from LUN 0",
    asked="from LUN 1",
    two="from LUN 2",
)
def _other_lun(odd: Misbehaviour, variant: str) -> None:
    part = sensors_of(odd)

    def moved(record: bytes) -> bytes:
        return record[:_OWNER_LUN_AT] + bytes((record[_OWNER_LUN_AT] | _LUN,)) + record[_SENSOR_AT:]

    number = _readdress(odd, moved)
    part.sensors[_LUN, number] = part.sensors.pop((0, number))
    odd.machine.at_luns[_LUN] = part.commands(_LUN)
    told = {"zero": 0, "asked": _LUN, "two": 2}[variant]

    def message(_session: OddSession, request: ipmb.Request, answer: bytes) -> list[tuple[float, bytes]]:
        if request.rs_lun == _LUN:
            body = bytearray(answer[_BODY_AT:-1])
            body[_LUN_AT - _BODY_AT] = body[_LUN_AT - _BODY_AT] & ~_LUNS | told
            answer = _with_body(answer, bytes(body))
        return [(0.0, answer)]

    odd.messages.append(message)


def _readdress(odd: Misbehaviour, change: Callable[[bytes], bytes]) -> int:
    """Have the record of the first temperature say that it is somewhere else; returns its number."""
    chosen = first_full(odd)
    rewrite(odd, lambda raw: change(raw) if raw == chosen else raw)
    return chosen[_SENSOR_AT]


@quirk("B06", "the record of the first temperature names a controller (C0h) that is not there: the BMC has it")
def _other_owner(odd: Misbehaviour, _variant: str) -> None:
    _readdress(odd, lambda record: record[:_OWNER_AT] + bytes((_ABSENT_OWNER,)) + record[_OWNER_LUN_AT:])


@quirk("B07", "Send Message with tracking is refused", cc="CCh", c1="C1h")
def _untracked(odd: Misbehaviour, variant: str) -> None:
    code = INVALID_FIELD if variant == "cc" else INVALID_COMMAND

    def knob(data: bytes, real: Real) -> Reply:
        return (code, b"") if data and data[0] & _TRACKED else real(data)

    odd.knob(*SEND_MESSAGE, knob)
    odd.allowed.add(_GET_MESSAGE)  # which the specification has for the machine itself


@quirk(
    "B08",
    "bridged answers with more than 20 bytes of data are refused",
    **{code: f"with {code.upper()}h" for code in ("c7", "c8", "ca", "ff")},
)
def _small(odd: Misbehaviour, variant: str) -> None:
    def change(asked: ipmb.Request, answer: bytes) -> bytes:
        is_long = len(answer) - _OVERHEAD > _MOST_BYTES
        return ipmb.build_response(asked, int(variant, 16), b"") if is_long else answer

    _bridge(odd).changes.append(change)


@quirk("B09", "a record names software (B1h) as the owner; a message to it is reported")
def _software(odd: Misbehaviour, _variant: str) -> None:
    spare = first_full(odd)
    add(odd, spare[:_OWNER_AT] + bytes((_SOFTWARE,)) + spare[_OWNER_LUN_AT:])

    def knob(data: bytes, real: Real) -> Reply:
        if len(data) > _ADDRESS_AT and data[_ADDRESS_AT] == _SOFTWARE:
            odd.note(f"Send Message to {_SOFTWARE:02X}h, which is no address")
        return real(data)

    odd.knob(*SEND_MESSAGE, knob)


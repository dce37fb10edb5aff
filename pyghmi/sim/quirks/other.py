# SPDX-License-Identifier: Apache-2.0
"""Section M: identification, DCMI, and what belongs nowhere else."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet15 import parse, wrap_plain
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, INVALID_COMMAND, OK
from pyghmi.ipmi.spec.dcmi import GROUP, NO_ACTIVE_LIMIT, Capability
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession, Real, always
from pyghmi.sim.quirks.table import quirk

SENSOR, APP, OF_GROUP = 0x04, 0x06, 0x2C
_DEVICE_ID, _DEVICE_GUID, _SYSTEM_GUID, _GET_WATCHDOG, _SET_INFO, _GET_INFO = 0x01, 0x08, 0x37, 0x25, 0x58, 0x59
_PET_ACKNOWLEDGE, _CODE_AT = (SENSOR, 0x17), 6
_PET_ACKNOWLEDGED = bytes(((SENSOR + 1) * 4, 0x17))
"""Bytes 1 and 5 of the message that answers it."""
_CAPABILITIES, _READING, _LIMIT, _SET_TAG, _TEMPERATURES = 0x01, 0x02, 0x03, 0x08, 0x10
_OTHER_NUMBER = 47488
_MANUFACTURER_ENDS, _WITHOUT_AUXILIARY = 9, 11
_AUXILIARY = b"\1\2\3\4"
_RUNNING = 0x40
_VERSION_1_1 = bytes((GROUP, 1, 1))
_CAPABILITY_HEAD, _OLD_BODY = 4, 4
_GROUP_ONLY = bytes((GROUP,))
_PROCESSORS = 0x41
_LONGEST_TAIL = 20
_SESSION_COMMANDS = ((APP, 0x3B), (APP, 0x3C))


def _changing(odd: Misbehaviour, netfn: int, cmd: int, change: Callable[[bytes], bytes]) -> None:
    """Have what answers a command changed, where it is no refusal."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found if code else change(found)

    odd.both(netfn, cmd, knob)


@quirk("M01", "the manufacturer id is another one of the same vendor", number="the number", default=str(_OTHER_NUMBER))
def _alias(odd: Misbehaviour, variant: str) -> None:
    number = int(float(variant)).to_bytes(4, "little")[:3]
    _changing(odd, APP, _DEVICE_ID, lambda data: data[:6] + number + data[_MANUFACTURER_ENDS:])


@quirk(
    "M02",
    "Get Device ID has an odd length",
    nine="9 bytes, without the product",
    eleven="11 bytes, without the auxiliary ones",
    fifteen="15 bytes, with them",
    shifted="14 bytes: manufacturer and product have four each",
)
def _odd_device_id(odd: Misbehaviour, variant: str) -> None:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "nine": lambda data: data[:_MANUFACTURER_ENDS],
        "eleven": lambda data: data[:_WITHOUT_AUXILIARY],
        "fifteen": lambda data: data[:_WITHOUT_AUXILIARY] + _AUXILIARY,
        "shifted": lambda data: data[:_MANUFACTURER_ENDS] + b"\0" + data[_MANUFACTURER_ENDS:][:2] + b"\0\0",
    }
    _changing(odd, APP, _DEVICE_ID, changes[variant])


@quirk("M03", "GUIDs come", ipmi="all bytes reversed", smbios="the first three groups reversed", rfc4122="as printed")
def _guid_order(odd: Misbehaviour, variant: str) -> None:
    def guid() -> bytes:
        found = odd.machine.get_system_guid()
        return {"ipmi": found.bytes[::-1], "smbios": found.bytes_le, "rfc4122": found.bytes}[variant]

    for cmd in (_SYSTEM_GUID, _DEVICE_GUID):
        _changing(odd, APP, cmd, lambda _data: guid())


@quirk(
    "M04",
    "DCMI capabilities",
    old="have the head of version 1.1 and at most 4 bytes behind it",
    c1="are refused (C1h), all but the first",
    empty="are 00h without data, all but the first",
)
def _odd_capabilities(odd: Misbehaviour, variant: str) -> None:
    if variant == "old":
        _changing(
            odd,
            OF_GROUP,
            _CAPABILITIES,
            lambda data: _VERSION_1_1 + data[len(_VERSION_1_1) : _CAPABILITY_HEAD + _OLD_BODY],
        )
        return
    code = INVALID_COMMAND if variant == "c1" else OK

    def knob(data: bytes, real: Real) -> Reply:
        return real(data) if data[1:2] == bytes((Capability.SUPPORTED,)) else (code, b"")

    odd.knob(OF_GROUP, _CAPABILITIES, knob)


@quirk("M05", "DCMI answers too short", reading="power readings without data", tag="Set Asset Tag without the length")
def _short_dcmi(odd: Misbehaviour, variant: str) -> None:
    if variant == "reading":
        _changing(odd, OF_GROUP, _READING, lambda _data: b"")
    else:
        _changing(odd, OF_GROUP, _SET_TAG, lambda data: data[:1])


@quirk("M06", "the power limit is answered with 80h", bare="without data", data="with data, though it is active")
def _no_limit(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code not in (OK, NO_ACTIVE_LIMIT):
            return code, found
        return NO_ACTIVE_LIMIT, found if variant == "data" else b""

    odd.knob(OF_GROUP, _LIMIT, knob)


@quirk("M07", "refusals of DCMI leave the group (DCh) out")
def _groupless(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        is_dcmi = odd.current is not None and odd.current[0].netfn == OF_GROUP
        return code, b"" if code and is_dcmi and found == _GROUP_ONLY else found

    odd.every(knob)


@quirk("M08", "PET Acknowledge is answered without a completion code")
def _codeless(odd: Misbehaviour, _variant: str) -> None:
    def inside(_session: OddSession, request: ipmb.Request, message: bytes) -> list[tuple[float, bytes]]:
        return [(0.0, _without_code(message) if request[:2] == _PET_ACKNOWLEDGE else message)]

    def outside(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        packet = parse(datagram)
        if packet is None or packet.session_id or packet.message[1:6:4] != _PET_ACKNOWLEDGED:
            return [(0.0, datagram)]
        return [(0.0, wrap_plain(_without_code(packet.message)))]

    odd.messages.append(inside)
    odd.network.outgoing.append(outside)


def _without_code(message: bytes) -> bytes:
    """Leave the completion code out of a message, and out of what its last byte sums up."""
    last = message[-1] + message[_CODE_AT] & 0xFF
    return message[:_CODE_AT] + message[_CODE_AT + 1 : -1] + bytes((last,))


@quirk("M09", "the watchdog never says that it runs")
def _never_running(odd: Misbehaviour, _variant: str) -> None:
    _changing(odd, APP, _GET_WATCHDOG, lambda data: bytes((data[0] & ~_RUNNING,)) + data[1:] if data else data)


@quirk("M10", "every second answer about the watchdog, from the first on, has no data")
def _mute_watchdog(odd: Misbehaviour, _variant: str) -> None:
    is_mute = [False]

    def change(data: bytes) -> bytes:
        is_mute[0] = not is_mute[0]
        return b"" if is_mute[0] else data

    _changing(odd, APP, _GET_WATCHDOG, change)


@quirk(
    "M11",
    "system info ends",
    revision="behind the revision",
    selector="behind the set selector",
    encoding="behind the encoding",
    empty="before the revision",
)
def _short_info(odd: Misbehaviour, variant: str) -> None:
    length = {"empty": 0, "revision": 1, "selector": 2, "encoding": 3}[variant]
    _changing(odd, APP, _GET_INFO, lambda data: data[:length])


@quirk("M12", "system info is refused (D4h), whatever the level")
def _no_info(odd: Misbehaviour, _variant: str) -> None:
    for cmd in (_SET_INFO, _GET_INFO):
        odd.knob(APP, cmd, always(INSUFFICIENT_PRIVILEGE))


@quirk("M13", "answers have other lengths than they should", short="they are cut", long="more comes behind")
def _any_length(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if odd.current is not None and odd.current[0][:2] in _SESSION_COMMANDS:
            return code, found
        if variant == "short":
            return code, found[: odd.random.randint(0, len(found))]
        return code, found + odd.random.randbytes(odd.random.randint(1, _LONGEST_TAIL))

    odd.every(knob)


@quirk("M14", "DCMI tells temperatures of many processors, with gaps in their numbers", number="how many", default="28")
def _many_processors(odd: Misbehaviour, variant: str) -> None:
    from pyghmi.sim.dcmi import DcmiPart

    held: Any = odd.machine.parts["dcmi"]
    count = min(int(float(variant)), 200)
    many = {number + number // 4: 30 + number % 40 for number in range(1, count + 1)}
    part = DcmiPart(odd.machine, {**held.temperatures, _PROCESSORS: many}, odd.machine.clock.time)
    odd.machine.table[OF_GROUP, _TEMPERATURES] = part.commands()[OF_GROUP, _TEMPERATURES]

# SPDX-License-Identifier: Apache-2.0
"""Section U, second half: settings of the network and of alerts."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK, THIS_CHANNEL, UNSPECIFIED
from pyghmi.ipmi.spec.lan import IpSource, LanParameter
from pyghmi.ipmi.spec.parameters import NOT_SUPPORTED, READ_ONLY, Progress
from pyghmi.ipmi.spec.pef import PefParameter
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Misbehaviour, Real
from pyghmi.sim.quirks.table import quirk, quirk_named

SENSOR, APP, TRANSPORT = 0x04, 0x06, 0x0C
_SET_LAN, _GET_LAN, _SET_SOL, _GET_SOL = 0x01, 0x02, 0x21, 0x22
_SET_PEF = 0x12
_CHANNEL_INFO, _CHANNEL = 0x42, 0x0F
_OF_A_CHANNEL = (
    *((TRANSPORT, cmd) for cmd in (_SET_LAN, _GET_LAN, 0x03, 0x04, _SET_SOL, _GET_SOL)),
    *((APP, cmd) for cmd in (0x40, 0x41, 0x43, 0x44, 0x4C, 0x4D)),
)
"""Commands whose first byte holds the number of a channel."""
_SETS_OF_PARAMETERS = ((TRANSPORT, _SET_LAN), (TRANSPORT, _SET_SOL), (SENSOR, _SET_PEF))
_IN_PROGRESS = LanParameter.SET_IN_PROGRESS
_ADDRESS, _SOURCE, _MASK, _GATEWAY = (
    LanParameter.IP_ADDRESS,
    LanParameter.IP_SOURCE,
    LanParameter.SUBNET_MASK,
    LanParameter.DEFAULT_GATEWAY,
)
_BY_HAND = (_ADDRESS, _MASK, _GATEWAY)
_LEFT_OUT = (14, 15, 20, 21, 26, *range(50, 84))
"""The second gateway, VLAN, bad passwords, IPv6: what small BMCs do not have."""
_SETTLED_S = 0.5
_ENABLED_POLICY, _POLICY_SET, _ENABLED_FILTER = 0x08, 0xF0, 0x80


def _parameter(data: bytes) -> int | None:
    """Return the parameter that a LAN command is about."""
    return data[1] if len(data) > 1 else None


def _stored(odd: Misbehaviour) -> Any:
    """Return where the settings of the network are."""
    part: Any = odd.machine.parts["lan"]
    return part.parameters


@quirk(
    "U14",
    "a LAN parameter that is set",
    ff="is set and answered with FFh",
    cc="is refused with CCh every second time",
)
def _unsure_answer(odd: Misbehaviour, variant: str) -> None:
    refused = [False]

    def knob(data: bytes, real: Real) -> Reply:
        if _parameter(data) == _IN_PROGRESS:
            return real(data)
        if variant == "cc":
            refused[0] = not refused[0]
            return (INVALID_FIELD, b"") if refused[0] else real(data)
        code, found = real(data)
        return code or UNSPECIFIED, found

    odd.knob(TRANSPORT, _SET_LAN, knob)


@quirk(
    "U15",
    "without a static source, and until half a second after it is set, the address",
    refused="is refused (CCh); mask and gateway are ignored",
    ignored="is ignored, as are mask and gateway",
)
def _source_first(odd: Misbehaviour, variant: str) -> None:
    since = [0.0]

    def knob(data: bytes, real: Real) -> Reply:
        number = _parameter(data)
        is_static = _stored(odd).values[_SOURCE, 0, 0].source is IpSource.STATIC
        if number in _BY_HAND and not (is_static and odd.now() >= since[0] + _SETTLED_S):
            return (INVALID_FIELD if number == _ADDRESS and variant == "refused" else OK), b""
        if number == _SOURCE and not is_static:
            since[0] = odd.now()
        return real(data)

    odd.knob(TRANSPORT, _SET_LAN, knob)


@quirk(
    "U16",
    "LAN parameters of VLAN, IPv6 and the second gateway are missing",
    **{"80": "reading them gives 80h", "c9": "C9h", "cc": "CCh", "d5": "D5h", "empty": "00h without data"},
)
def _missing(odd: Misbehaviour, variant: str) -> None:
    code = OK if variant == "empty" else int(variant, 16)
    odd.knob(TRANSPORT, _GET_LAN, lambda data, real: (code, b"") if _parameter(data) in _LEFT_OUT else real(data))
    odd.knob(
        TRANSPORT, _SET_LAN, lambda data, real: (NOT_SUPPORTED, b"") if _parameter(data) in _LEFT_OUT else real(data)
    )


@quirk(
    "U17",
    "'set in progress' of the LAN parameters",
    **{"80": "is refused with 80h", "c1": "with C1h", "81": "was left on by somebody (81h)"},
)
def _no_progress(odd: Misbehaviour, variant: str) -> None:
    if variant == "81":
        _stored(odd).progress = Progress.IN_PROGRESS
        return
    code = int(variant, 16)

    def knob(data: bytes, real: Real) -> Reply:
        return (code, b"") if _parameter(data) == _IN_PROGRESS else real(data)

    odd.knob(TRANSPORT, _SET_LAN, knob)
    odd.knob(TRANSPORT, _GET_LAN, knob)


@quirk("U18", "setting the subnet mask changes the gateway to 0.0.0.0")
def _mask_moves_gateway(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        reply = real(data)
        if reply[0] == OK and _parameter(data) == _MASK:
            real(bytes((data[0], _GATEWAY)) + bytes(4))
        return reply

    odd.knob(TRANSPORT, _SET_LAN, knob)


@quirk("U19", "a parameter that is read only is refused", d5="with D5h", **{"80": "with 80h"})
def _wrong_code(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return (int(variant, 16) if code == READ_ONLY else code), found

    for netfn, cmd in _SETS_OF_PARAMETERS:
        odd.knob(netfn, cmd, knob)


@quirk(
    "U20",
    "channel 0Eh, 'this channel', is refused (CCh)",
    settings="in commands of LAN, users and serial over LAN",
    info="there and in Get Channel Info",
)
def _no_this_channel(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        return (INVALID_FIELD, b"") if data and data[0] & _CHANNEL == THIS_CHANNEL else real(data)

    for netfn, cmd in _OF_A_CHANNEL:
        odd.knob(netfn, cmd, knob)
    if variant == "info":
        odd.knob(APP, _CHANNEL_INFO, knob)


@quirk("U21", "filters and alert policies are written whole, or refused (CCh)")
def _whole_rows(odd: Misbehaviour, _variant: str) -> None:
    def is_piece(data: bytes) -> bool:
        number, row = data[0], data[2:]
        if number == PefParameter.FILTER_ENABLE:
            return True
        if number == PefParameter.FILTER and len(row) > 1:
            return bool(row[0] & _ENABLED_FILTER) and not row[1]
        if number == PefParameter.POLICY and len(row) > 1:
            return bool(row[0] & _ENABLED_POLICY) and not (row[0] & _POLICY_SET and row[1])
        return False

    odd.knob(SENSOR, _SET_PEF, lambda data, real: (INVALID_FIELD, b"") if data and is_piece(data) else real(data))


@quirk(
    "U22",
    "a BMC that gets another address has moved before it answers",
    address="when the address is set",
    complete="when 'set in progress' is ended",
)
def _moves(odd: Misbehaviour, variant: str) -> None:
    is_set, has_moved = [False], [False]
    odd.network.incoming.append(lambda datagram, _peer: None if has_moved[0] else datagram)

    def knob(data: bytes, real: Real) -> Reply | None:
        reply = real(data)
        number = _parameter(data)
        if number == _ADDRESS and reply[0] == OK:
            is_set[0] = True
            has_moved[0] = variant == "address"
        elif number == _IN_PROGRESS and data[2:3] != bytes((Progress.IN_PROGRESS,)):
            has_moved[0] = is_set[0]
        return None if has_moved[0] else reply

    odd.knob(TRANSPORT, _SET_LAN, knob)


@quirk("U23", "the same as L14: after a change of one's own password requests need the old one")
def _own_password(odd: Misbehaviour, _variant: str) -> None:
    same = quirk_named("L14")
    same.install(odd, same.default)

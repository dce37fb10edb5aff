# SPDX-License-Identifier: Apache-2.0
"""Datagrams in words, with everything secret masked."""
from __future__ import annotations

import time
from typing import Callable

from pyghmi.ipmi.net.sockets import Address
from pyghmi.ipmi.protocol.capture import CaptureDecoder, Decoded, Verdict
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.spec.codes import meaning, rmcp_meaning
from pyghmi.ipmi.spec.commands import command_name

_SECRET = {
    (0x07, 0x39): (4, "challenge"),
    (0x06, 0x3A): (2, "challenge"),
    (0x06, 0x47): (2, "password"),
    (0x06, 0x56): (3, "key"),
    (0x07, 0x56): (1, "key"),
}
"""Messages with data that nobody else is to read: the bytes before it, what it is.  Odd network functions answer."""

_SET_LAN, _LAN_ANSWER = (0x0C, 0x01), (0x0D, 0x02)
_COMMUNITY, _COMMUNITY_ANSWER_BYTES = 16, 19
"""The LAN parameter that is the password of traps.  Answers do not say which parameter they are: all of its size are
masked."""

_CARRIERS = {(0x06, 0x34): 1, (0x07, 0x34): 0, (0x07, 0x33): 1}
"""Messages that carry others (Send Message, Get Message): the bytes before those."""

_BMC_ADDRESS = b"\x20"
_HEAD_BYTES = 7
_MOST_LAYERS = 8
_SHOWN_BYTES = 48
_CODE_AT = {"RAKP 2": 40, "RAKP 3": 8, "RAKP 4": 8}
_STATUSES = ("Open Session Response", "RAKP 2", "RAKP 3", "RAKP 4")


class Tracer:
    """Say what each datagram is: `write` gets one line for each.  An observer of `Link`."""

    def __init__(
        self, login: Login, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._decoder = CaptureDecoder([login.password], [login.kg])
        self._write = write
        self._clock = clock
        self._began = clock()

    def __call__(self, sent: bool, datagram: bytes, address: Address) -> None:
        """Decode and write one."""
        found = self._decoder.feed(datagram, from_console=sent)
        host = f"{address[0]}:{address[1]}" if address else "?"
        arrow = "->" if sent else "<-"
        line = f"{self._clock() - self._began:8.4f} {arrow} {host} {describe(found)}"
        self._write(line)


def describe(found: Decoded) -> str:
    """Return one line about a decoded datagram."""
    text = found.kind
    payload = found.payload
    if payload is not None:
        text += f": {_message(payload) if found.kind in ('IPMI', 'IPMI 1.5') else _setup(found.kind, payload)}"
    if found.verdict in (Verdict.WRONG, Verdict.NO_KEYS, Verdict.MALFORMED):
        text += f" [{found.verdict.value}]"
    if found.note:
        text += f" [{found.note}]"
    return text


def _message(payload: bytes, layer: int = 0) -> str:
    """Describe an IPMI message, with those that it carries."""
    if len(payload) < _HEAD_BYTES:
        return _hex(payload)
    netfn, cmd, rq_seq = payload[1] // 4, payload[5], payload[4] // 4
    name = command_name(netfn, cmd)
    if netfn % 2 == 0:
        shown, data = f"{name} rqSeq={rq_seq}", payload[6:-1]
    else:
        code, data = payload[6], payload[7:-1]
        shown = f"{name} response rqSeq={rq_seq} code={code:02X}h"
        if code:
            shown += f" ({meaning(netfn, cmd, code)})"
    if (netfn, cmd) in _CARRIERS and data:
        return shown + _carried(data, _CARRIERS[netfn, cmd], layer + 1)
    return shown + (f" data={_masked(data, netfn, cmd)}" if data else "")


def _carried(data: bytes, start: int, layer: int) -> str:
    """Describe the data of a message that carries another."""
    before, inner = data[:start], data[start:]
    shown = f" data={_hex(before)}" if before else ""
    if len(inner) < _HEAD_BYTES - 1:
        return shown + (f" {_hex(inner)}" if inner else "")
    if layer > _MOST_LAYERS:
        return f"{shown} ({len(inner)} bytes, not shown)"
    inner = _whole(inner)
    return f"{shown} [to {inner[0]:02X}h: {_message(inner, layer)}]"


def _whole(inner: bytes) -> bytes:
    """Return a carried message with its first address byte, which some answers leave out."""
    if sum(inner[:3]) % 256 and not sum(_BMC_ADDRESS + inner[:2]) % 256:
        return _BMC_ADDRESS + inner
    return inner


def _masked(data: bytes, netfn: int, cmd: int) -> str:
    visible, what = _SECRET.get((netfn, cmd), (len(data), ""))
    if (netfn, cmd) == _SET_LAN and data[1:2] == bytes((_COMMUNITY,)):
        visible, what = 2, "community"
    elif (netfn, cmd) == _LAN_ANSWER and len(data) == _COMMUNITY_ANSWER_BYTES:
        visible, what = 1, "community, perhaps"
    if len(data) <= visible:
        return _hex(data)
    return f"{_hex(data[:visible])} + {len(data) - visible} bytes with a {what}, not shown"


def _setup(kind: str, payload: bytes) -> str:
    """Describe a message of the key exchange, without its codes."""
    at = _CODE_AT.get(kind)
    shown = f"tag={payload[0]:02X}h" if payload else ""
    if kind in _STATUSES and len(payload) > 1 and payload[1]:
        return f"{shown} status={payload[1]:02X}h ({rmcp_meaning(payload[1])})"
    if at is not None and len(payload) > at:
        return f"{shown} {_hex(payload[1:at])} + code of {len(payload) - at} bytes, not shown"
    return f"{shown} {_hex(payload[1:])}"


def _hex(data: bytes) -> str:
    shown = data[:_SHOWN_BYTES].hex(" ")
    return shown if len(data) <= _SHOWN_BYTES else f"{shown} … ({len(data)} bytes)"

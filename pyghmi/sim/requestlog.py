# SPDX-License-Identifier: Apache-2.0
"""Requests and their answers in words: names of commands and fields, and nothing that is secret."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Callable

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.codes import OK, meaning
from pyghmi.ipmi.spec.commands import command_name
from pyghmi.ipmi.spec.lan import LanParameter
from pyghmi.sim.requestkinds import request_kinds

_SEND_MESSAGE, _SET_LAN = (0x06, 0x34), (0x0C, 0x01)
_UNKNOWN_MAY_BE_SECRET = frozenset(((0x06, 0x47), (0x06, 0x56), (0x06, 0x3A)))
"""Set User Password, Set Channel Security Keys, Activate Session: shown only as far as their fields are known."""
_SHOWN_BYTES = 24
_DEEPEST = 4


def describe(netfn: int, cmd: int, data: bytes, depth: int = 0) -> str:
    """Return a request in words."""
    name = command_name(netfn, cmd)
    if (netfn, cmd) == _SEND_MESSAGE and len(data) > ipmb.MIN_REQUEST and depth < _DEEPEST:
        inner = ipmb.parse_request(data[1:])
        if inner is not None:
            inside = describe(inner.netfn, inner.cmd, inner.data, depth + 1)
            lun = f" LUN {inner.rs_lun}" if inner.rs_lun else ""
            return f"{name} channel {data[0] % 16} to {inner.rs_address:02X}h{lun}: {inside}"
    shown = _fields(netfn, cmd, data)
    return f"{name} {shown}" if shown else name


def _fields(netfn: int, cmd: int, data: bytes) -> str:
    kind = request_kinds().get((netfn, cmd))
    if kind is None:
        return "" if (netfn, cmd) in _UNKNOWN_MAY_BE_SECRET else _hex(data)
    try:
        found = kind.decode(data)
    except Malformed:
        return f"of {len(data)} bytes, which is wrong"
    hides = (netfn, cmd) == _SET_LAN and getattr(found, "parameter", None) == LanParameter.COMMUNITY
    shown = []
    for field in kind._wire_fields:
        secret = field.secret or (hides and field.name == "data")
        shown.append(f"{field.name}={'…' if secret else _value(getattr(found, field.name))}")
    return " ".join(shown)


def _value(value: object) -> str:
    if isinstance(value, bytes):
        return _hex(value) or "-"
    name = getattr(value, "name", None)
    if isinstance(name, str):
        return name.lower()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _hex(data: bytes) -> str:
    shown = data[:_SHOWN_BYTES].hex()
    return shown if len(data) <= _SHOWN_BYTES else f"{shown}… ({len(data)} bytes)"


class RequestLog:
    """Write a line for each request, as `watch_request` of a machine.  write: gets them; clock: seconds since 1970."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock

    def __call__(self, request: dict[str, Any], reply: tuple[int, bytes] | None) -> None:
        """Write one."""
        netfn, cmd = request["netfn"], request["command"]
        when = datetime.fromtimestamp(self._clock(), timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        text = describe(netfn, cmd, bytes(request["data"]))
        if "lun" in request:
            text += f" (LUN {request['lun']})"
        if reply is not None and reply[0] != OK:
            text += f" -> {reply[0]:02X}h {meaning(netfn | 1, cmd, reply[0])}"
        elif reply is not None:
            text += f" -> {len(reply[1])} bytes" if reply[1] else " -> done"
        self._write(f"{when} {text}")

# SPDX-License-Identifier: Apache-2.0
"""The dictionaries that callbacks get, and what makes two sessions the same."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.exceptions import IpmiException, SessionError
from pyghmi.ipmi.facade.credentials import as_bytes, kg_as_bytes
from pyghmi.ipmi.private.options import port_number
from pyghmi.ipmi.spec.codes import meaning

if TYPE_CHECKING:
    from pyghmi.ipmi.protocol.inflight import Ticket

SEND_MESSAGE = (0x06, 0x34)

Response = dict[str, Any]
"""{'netfn', 'command', 'code', 'data'} of an answer; {'error', 'code'} where there is none; {'success': True}."""


def failure(error: Exception) -> Response:
    """Return the dictionary that tells a callback of an error."""
    text = error.text if isinstance(error, SessionError) else str(error)
    code = error.ipmicode if isinstance(error, IpmiException) else 0
    return {"error": text, "code": code, "detail": str(error), "exception": error}


def response_of(ticket: Ticket) -> Response:
    """Return the dictionary that tells a callback what came of a request."""
    if ticket.error is not None:
        return failure(ticket.error)
    return {"netfn": ticket.netfn + 1, "command": ticket.cmd, "code": ticket.code, "data": bytearray(ticket.answer)}


def meaning_of(netfn: int, command: int, code: int, *, bridged: bool) -> str:
    """Return what a completion code means; of a bridged command, it may be that of Send Message that carried it."""
    text = meaning(netfn, command, code)
    return meaning(*SEND_MESSAGE, code) if bridged and text.startswith("Unknown code ") else text


def sharing_key(
    cls: type, bmc: str, userid: Any, password: Any, port: Any, kg: Any, privlevel: int | None, options: Any
) -> tuple[Any, ...]:
    """Return what must be equal for two objects to share a session: text and bytes of the same bytes are."""
    rest = tuple(sorted((name, repr(value)) for name, value in options.items()))
    user, secret = as_bytes(userid, "userid"), as_bytes(password, "password")
    return (cls, bmc, user, secret, port_number(port), kg_as_bytes(kg), privlevel, rest)

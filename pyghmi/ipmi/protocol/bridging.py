# SPDX-License-Identifier: Apache-2.0
"""Requests to controllers behind the BMC, and the ways in which BMCs bring their answers back.

IPMI 2.0 §6.13, §22.6, §22.7.  With tracking the BMC brings the answer by itself.  A BMC that refuses tracking is
asked without it, and the answer is fetched with Get Message.
"""
from __future__ import annotations

from enum import Enum

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.inflight import Fetch, Ticket
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, OK

Response = tuple[int, int, int, int, bytes]

_APP, _APP_RESPONSE = 0x06, 0x07
_SEND_MESSAGE = 0x34
_GET_MESSAGE = 0x33
_QUEUE_EMPTY = 0x80
_TIMES_EMPTY = 12
_FROM_CHANNEL = 1


class BridgedAnswer(Enum):
    """What a response to a bridged request means."""

    NOTHING = "an acknowledgement, or not ours"
    FINAL = "the answer, or why there is none"
    SEND_NEXT = "go on to the next step at once"
    ASK_LATER = "ask for the answer after a pause"


def bridged_message(ticket: Ticket, memory: BmcMemory) -> bytes:
    """Return the message to send now for a bridged request."""
    target = ticket.target
    if ticket.fetch is Fetch.BY_GET_MESSAGE or target is None:
        return ipmb.build_request(_APP, _GET_MESSAGE, b"", ticket.rq_seq)
    if memory.untracked_bridging and target.transit_address is None:
        ticket.fetch = Fetch.UNTRACKED
    tracked = ticket.fetch is Fetch.TRACKED
    ticket.inner_seq = ticket.rq_seq
    return ipmb.build_bridged_request(
        ticket.netfn, ticket.cmd, ticket.data, ticket.rq_seq, target, ticket.lun, tracked=tracked
    )


def bridged_answer(ticket: Ticket, response: Response, memory: BmcMemory) -> tuple[BridgedAnswer, int, bytes]:
    """Return what a response means for this request, with completion code and data of the answer."""
    if ticket.fetch is Fetch.BY_GET_MESSAGE:
        found = _fetched(ticket, response)
        if found[0] is BridgedAnswer.FINAL and found[1] == OK:
            memory.untracked_bridging = True
            memory.notice("B07", "Send Message is refused with tracking: answers are fetched with Get Message")
        return found
    inner = ipmb.unwrap_bridged(response)
    if inner is None:
        if ticket.fetch is Fetch.UNTRACKED and response[:2] == (_APP_RESPONSE, _SEND_MESSAGE):
            ticket.fetch = Fetch.BY_GET_MESSAGE
            return BridgedAnswer.SEND_NEXT, OK, b""
        return BridgedAnswer.NOTHING, OK, b""
    netfn, cmd, rq_seq, code, data = inner
    if (netfn, cmd) == (_APP_RESPONSE, _SEND_MESSAGE) and code != OK:
        if ticket.fetch is Fetch.TRACKED and _refuses_tracking(ticket, code):
            ticket.fetch, ticket.excuse = Fetch.UNTRACKED, code
            return BridgedAnswer.SEND_NEXT, OK, b""
        return BridgedAnswer.FINAL, ticket.excuse or code, data
    if (netfn, cmd, rq_seq) != (ticket.netfn | 1, ticket.cmd, ticket.inner_seq):
        return BridgedAnswer.NOTHING, OK, b""
    return BridgedAnswer.FINAL, code, data


def _refuses_tracking(ticket: Ticket, code: int) -> bool:
    target = ticket.target
    return code in (INVALID_COMMAND, INVALID_FIELD) and target is not None and target.transit_address is None


def _fetched(ticket: Ticket, response: Response) -> tuple[BridgedAnswer, int, bytes]:
    """Take a response to Get Message: the answer, somebody else's message, or an empty queue."""
    if response[:2] != (_APP_RESPONSE, _GET_MESSAGE):
        return BridgedAnswer.NOTHING, OK, b""
    code, data = response[3], response[4]
    if code == _QUEUE_EMPTY and ticket.backoffs < _TIMES_EMPTY:
        return BridgedAnswer.ASK_LATER, OK, b""
    if code != OK:
        return BridgedAnswer.FINAL, ticket.excuse or code, b""
    # Byte 1 is the channel; the rest is an IPMB message, whose first address byte the BMC leaves out.
    message = data[_FROM_CHANNEL:]
    inner = ipmb.parse_response(bytes((ipmb.BMC_ADDRESS,)) + message) or ipmb.parse_response(message)
    if inner is None or inner[:3] != (ticket.netfn | 1, ticket.cmd, ticket.inner_seq):
        return BridgedAnswer.SEND_NEXT, OK, b""
    return BridgedAnswer.FINAL, inner[3], inner[4]

# SPDX-License-Identifier: Apache-2.0
"""The inner IPMI message: built, taken apart, wrapped for controllers behind the BMC.

IPMI 2.0 §13.8 (LAN messages), §22.7 (Send Message); IPMB 1.0 §2.11.
"""
from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.spec.request import Target

BMC_ADDRESS = 0x20
CONSOLE_ADDRESS = 0x81
"""The software id of a remote console, in the place of a slave address."""

MIN_REQUEST = 7
MIN_RESPONSE = 8
RQ_SEQ_COUNT = 64

_APP = int(NetFn.APP)
_SEND_MESSAGE = 0x34
_TRACK = 0x40
_CHANNEL = 0x0F
_MESSAGE_QUEUE_LUN = 2
_RESPONSE = 0x01
_PET_ACKNOWLEDGED = (0x05, 0x17)
"""Netfn and command of the answer to PET Acknowledge, which comes without a completion code too (seen: Dell R610)."""


class Request(NamedTuple):
    """A request message taken apart."""

    netfn: int
    cmd: int
    rq_seq: int
    data: bytes
    rs_address: int = BMC_ADDRESS
    rs_lun: int = 0
    rq_address: int = CONSOLE_ADDRESS
    rq_lun: int = 0


def checksum(data: bytes) -> int:
    """Return the byte that makes the sum of all 0 modulo 256."""
    return -sum(data) & 0xFF


def checksums_fit(message: bytes) -> bool:
    """Whether both checksums of a message are right."""
    return len(message) >= MIN_REQUEST and not (sum(message) & 0xFF or sum(message[:3]) & 0xFF)


_BYTES = tuple(bytes((value,)) for value in range(256))


def _head(address: int, netfn: int, lun: int) -> bytes:
    """Return the first three bytes of a message: address, netfn and LUN, checksum."""
    head = bytes((address, netfn << 2 | lun))
    return head + _BYTES[checksum(head)]


# The first four bytes of nearly every request, by `netfn << 2 | lun`.
_REQUEST_HEADS = tuple(
    _head(BMC_ADDRESS, value >> 2, value & 3) + _BYTES[CONSOLE_ADDRESS] for value in range(256)
)


# The first three bytes of nearly every response, likewise.
_RESPONSE_HEADS = tuple(_head(CONSOLE_ADDRESS, value >> 2, value & 3) for value in range(256))

_pack_head = Struct("4sBB").pack  # head, rqSeq, command
_pack_bare = Struct("4sBBB").pack  # the same with the checksum


def build_request(netfn: int, cmd: int, data: bytes, rq_seq: int, lun: int = 0) -> bytes:
    """Return the message that asks the BMC's LUN `lun`, as a remote console asks."""
    seq = rq_seq << 2
    head = _REQUEST_HEADS[netfn << 2 | lun]
    if not data:
        return _pack_bare(head, seq, cmd, -(CONSOLE_ADDRESS + seq + cmd) & 0xFF)
    return _pack_head(head, seq, cmd) + data + _BYTES[-(CONSOLE_ADDRESS + seq + cmd + sum(data)) & 0xFF]


def build_ipmb_request(request: Request) -> bytes:
    """Return the message of any requester to any responder."""
    body = bytes((request.rq_address, request.rq_seq << 2 | request.rq_lun, request.cmd)) + request.data
    return _head(request.rs_address, request.netfn, request.rs_lun) + body + _BYTES[checksum(body)]


def parse_request(message: bytes) -> Request | None:
    """Return the parts of a request; None when it is too short, no request, or a checksum is wrong."""
    if not checksums_fit(message) or message[1] >> 2 & _RESPONSE:
        return None
    rs_address, netfn_lun, _checksum, rq_address, seq_lun, cmd = message[:6]
    return Request(
        netfn_lun >> 2, cmd, seq_lun >> 2, message[6:-1], rs_address, netfn_lun & 3, rq_address, seq_lun & 3
    )


def build_response(request: Request, code: int, data: bytes = b"") -> bytes:
    """Return the message that answers `request` with this completion code."""
    body = bytes((request.rs_address, request.rq_seq << 2 | request.rs_lun, request.cmd, code)) + data
    if request.rq_address == CONSOLE_ADDRESS:
        head = _RESPONSE_HEADS[(request.netfn | _RESPONSE) << 2 | request.rq_lun]
    else:
        head = _head(request.rq_address, request.netfn | _RESPONSE, request.rq_lun)
    return head + body + _BYTES[-sum(body) & 0xFF]


def parse_response(message: bytes, *, checked: bool = True) -> tuple[int, int, int, int, bytes] | None:
    """Return (netfn of the response, command, rqSeq, completion code, data) of a response.

    None when it is too short, no response, or a checksum is wrong.  `checked=False` leaves the checksums alone: some
    BMCs send wrong ones, which does no harm where an authentication code has already proven the bytes (and only
    there).  Addresses and LUNs are not looked at: BMCs send them swapped, unswapped or their own, and what belongs
    together is told by session, rqSeq, netfn and command.
    """
    if len(message) < MIN_RESPONSE:
        if len(message) != MIN_RESPONSE - 1 or (message[1] >> 2, message[5]) != _PET_ACKNOWLEDGED:
            return None
        message = message[:-1] + b"\0" + message[-1:]  # without a completion code: success
    if checked and (sum(message) & 0xFF or sum(message[:3]) & 0xFF):
        return None
    netfn = message[1] >> 2
    if not netfn & _RESPONSE:
        return None
    return netfn, message[5], message[4] >> 2, message[6], message[7:-1]


def build_bridged_request(
    netfn: int, cmd: int, data: bytes, rq_seq: int, target: Target, lun: int = 0, *, tracked: bool = True
) -> bytes:
    """Return the message for a controller behind the BMC, wrapped in Send Message, twice where there is a transit.

    All layers carry the same rqSeq, for the answer of the inner one may come back alone.  `tracked`: the BMC sends the
    answer on by itself; else it keeps it for Get Message, and the answer goes to its LUN 2.  IPMI 2.0 §22.7, §6.13.
    """
    if target.transit_address == BMC_ADDRESS:
        target = Target(target.address, target.channel)  # it is the BMC itself that sends it on
    track, rq_lun = (_TRACK, 0) if tracked else (0, _MESSAGE_QUEUE_LUN)
    first_hop = BMC_ADDRESS if target.transit_address is None else target.transit_address
    inner = build_ipmb_request(Request(netfn, cmd, rq_seq, data, target.address, lun, first_hop, rq_lun))
    wrapped = _BYTES[track | target.channel & _CHANNEL] + inner
    if target.transit_address is not None:
        transit = build_ipmb_request(
            Request(_APP, _SEND_MESSAGE, rq_seq, wrapped, target.transit_address, 0, BMC_ADDRESS)
        )
        wrapped = _BYTES[track | target.transit_channel & _CHANNEL] + transit
    return build_request(_APP, _SEND_MESSAGE, wrapped, rq_seq)


def unwrap_bridged(
    response: tuple[int, int, int, int, bytes],
) -> tuple[int, int, int, int, bytes] | None:
    """Return the answer that a response to a bridged request carries; None: it only acknowledges Send Message.

    BMCs differ: the answer comes in the data of the Send Message response (one such layer a bridge), or alone in a
    packet of its own, before or after an empty acknowledgement.  A Send Message response with a completion code other
    than 0 comes back as it is: the message was not delivered.
    """
    while response[0] == _APP | _RESPONSE and response[1] == _SEND_MESSAGE and response[3] == 0:
        inner = _embedded(response[4])
        if inner is None:
            return None
        response = inner
    return response


def _embedded(data: bytes) -> tuple[int, int, int, int, bytes] | None:
    """Return the response inside the data of a Send Message response, with its first address byte or without."""
    found = parse_response(data)
    return parse_response(_BYTES[BMC_ADDRESS] + data) if found is None else found

# SPDX-License-Identifier: Apache-2.0
"""The outermost layer: RMCP header, ASF presence ping and pong, whose packet a datagram is.

IPMI 2.0 §13.1 to §13.2; DMTF ASF 2.0 §3.2.4.
"""
from __future__ import annotations

from struct import Struct
from typing import Union

from pyghmi.ipmi.spec.codes import AuthType, PayloadType
from pyghmi.ipmi.wire.shapes import NamedTuple

PORT = 623
VERSION = 0x06
NO_ACK = 0xFF
CLASS_ASF = 0x06
CLASS_IPMI = 0x07
ACK = 0x80
ASF_IANA = 4542
RMCPPLUS = int(AuthType.RMCPPLUS)
"""The byte after the RMCP header that says "RMCP+ packet"; in IPMI 1.5 packets the authentication type stands there."""

HEADER = bytes((VERSION, 0, NO_ACK, CLASS_IPMI))
"""The RMCP header of every IPMI message."""

_ASF_HEADER = bytes((VERSION, 0, NO_ACK, CLASS_ASF)) + ASF_IANA.to_bytes(4, "big")
_PING = 0x80
_PONG = 0x40
_ASF = Struct(">BBBBIBBBB")  # version, reserved, sequence, class, IANA, type, tag, reserved, length of the data
_PONG_DATA = Struct(">I4sBB6s")  # IANA, OEM, entities, interactions, reserved
_IPMI_SUPPORTED = 0x80
_ASF_VERSION_1 = 0x01

_ID = Struct("<I").unpack_from
_PAYLOAD_TYPE = 0x3F
_IN_SESSION_ID_AT = 6
_SETUP_ID_AT = 20
_V15_ID_AT = 9


SessionKey = Union[int, "tuple[str, int]", None]


class Pong(NamedTuple):
    """A presence pong: tag of the ping it answers, enterprise number, OEM bytes, entities and interactions."""

    tag: int
    iana: int
    oem: bytes
    entities: int
    interactions: int

    @property
    def ipmi(self) -> bool:
        """Whether the device says that it speaks IPMI."""
        return bool(self.entities & _IPMI_SUPPORTED)


def is_ipmi(datagram: bytes) -> bool:
    """Whether this is an IPMI message by its RMCP header (acknowledgements and ASF are not)."""
    return len(datagram) > 4 and datagram[0] == VERSION and datagram[3] == CLASS_IPMI


def is_rmcpplus(datagram: bytes) -> bool:
    """Whether this is an IPMI message in the packet format of IPMI 2.0."""
    return is_ipmi(datagram) and datagram[4] == RMCPPLUS


def ping(tag: int = 0) -> bytes:
    """Build a presence ping; `tag` 00h to FEh comes back in the pong."""
    return _ASF_HEADER + bytes((_PING, tag, 0, 0))


def parse_ping(datagram: bytes) -> int | None:
    """Return the tag of a presence ping, None for anything else."""
    parsed = _parse_asf(datagram, _PING)
    return None if parsed is None else parsed[0]


def pong(tag: int, *, iana: int = ASF_IANA, oem: bytes = bytes(4), interactions: int = 0, ipmi: bool = True) -> bytes:
    """Build the pong that answers a ping with this tag."""
    entities = _ASF_VERSION_1 | (_IPMI_SUPPORTED if ipmi else 0)
    data = _PONG_DATA.pack(iana, oem, entities, interactions, bytes(6))
    return _ASF_HEADER + bytes((_PONG, tag, 0, len(data))) + data


def parse_pong(datagram: bytes) -> Pong | None:
    """Return what a presence pong says, None for anything else.  Missing trailing bytes count as zero."""
    parsed = _parse_asf(datagram, _PONG)
    if parsed is None:
        return None
    tag, data = parsed
    iana, oem, entities, interactions, _reserved = _PONG_DATA.unpack_from(data.ljust(_PONG_DATA.size, b"\0"))
    return Pong(tag, iana, oem, entities, interactions)


def _parse_asf(datagram: bytes, message_type: int) -> tuple[int, bytes] | None:
    """Return tag and data of an ASF message of this type."""
    if len(datagram) < _ASF.size:
        return None
    version, _reserved, _sequence, rmcp_class, iana, found_type, tag, _zero, length = _ASF.unpack_from(datagram)
    if (version, rmcp_class, iana, found_type) != (VERSION, CLASS_ASF, ASF_IANA, message_type):
        return None
    return tag, datagram[_ASF.size : _ASF.size + length]


def acknowledgement(datagram: bytes) -> bytes | None:
    """Return the RMCP ACK that a datagram asks for; None: it asks for none (all IPMI messages) or is one itself."""
    if len(datagram) < 4 or datagram[0] != VERSION or datagram[2] == NO_ACK or datagram[3] & ACK:
        return None
    return bytes((VERSION, 0, datagram[2], datagram[3] | ACK))


def session_key(datagram: bytes) -> SessionKey:
    """Say whose packet a datagram is, without looking at anything secret.

    int: RMCP+, the session id of the side that it is addressed to (in the header of session packets, in the payload
    of Open Session Response and RAKP 1 to 4); ("1.5", id): a packet of that IPMI 1.5 session; ("pong", tag) and
    ("ping", tag): ASF; None: nothing tells (session-less messages, short errors, an Open Session Request, noise).
    """
    if len(datagram) < 10 or datagram[0] != VERSION:
        return None
    if datagram[3] != CLASS_IPMI:
        return _asf_key(datagram)
    if datagram[4] == RMCPPLUS:
        session_id: int = _ID(datagram, _IN_SESSION_ID_AT)[0]
        return session_id or _setup_key(datagram)
    if len(datagram) < _V15_ID_AT + 4:
        return None
    v15_id: int = _ID(datagram, _V15_ID_AT)[0]
    return ("1.5", v15_id) if v15_id else None


def _setup_key(datagram: bytes) -> int | None:
    """Return the session id in the payload of a packet that sets a session up."""
    payload_type = datagram[5] & _PAYLOAD_TYPE
    if not PayloadType.OPEN_RESPONSE <= payload_type <= PayloadType.RAKP4 or len(datagram) < _SETUP_ID_AT + 4:
        return None
    found: int = _ID(datagram, _SETUP_ID_AT)[0]
    return found or None


def _asf_key(datagram: bytes) -> SessionKey:
    for name, message_type in (("pong", _PONG), ("ping", _PING)):
        parsed = _parse_asf(datagram, message_type)
        if parsed is not None:
            return (name, parsed[0])
    return None

# SPDX-License-Identifier: Apache-2.0
"""An established session as a way for IPMI messages: the same face for IPMI 1.5 and RMCP+."""
from __future__ import annotations

from typing import Protocol

from pyghmi.exceptions import UnsupportedFunctionality
from pyghmi.ipmi.protocol.ipmb import RQ_SEQ_COUNT, build_request
from pyghmi.ipmi.protocol.packet import Drop, SessionCipher
from pyghmi.ipmi.protocol.packet15 import Session15
from pyghmi.ipmi.protocol.suites import CipherSuite
from pyghmi.ipmi.spec.app import CloseSession

_IPMI_PAYLOAD = 0


class Channel(Protocol):
    """Seal and open IPMI messages; `proves_bytes`: whether a code vouches for every byte of what was opened.

    aside: (type, payload) of a packet with something else in it, which `open` met; who takes it sets None.
    """

    version: str
    local_id: int
    bmc_id: int
    aside: tuple[int, bytes] | None

    @property
    def proves_bytes(self) -> bool: ...

    def seal(self, message: bytes) -> bytes: ...

    def open(self, datagram: bytes) -> bytes | None: ...

    def seal_payload(self, payload_type: int, payload: bytes) -> bytes: ...

    def next_rq_seq(self) -> int: ...


class Channel20:
    """A session over RMCP+."""

    version = "2.0"
    __slots__ = ("_rq_seq", "aside", "bmc_id", "cipher", "guid", "local_id", "proves_bytes", "suite")

    def __init__(self, cipher: SessionCipher, suite: CipherSuite, guid: bytes, local_id: int, bmc_id: int) -> None:
        self.cipher = cipher
        self.suite = suite
        self.guid = guid
        self.local_id = local_id
        self.bmc_id = bmc_id
        self.proves_bytes = cipher.proves_bytes
        self.aside: tuple[int, bytes] | None = None
        self._rq_seq = 0

    def seal(self, message: bytes) -> bytes:
        """Return the datagram that carries an IPMI message."""
        return self.cipher.seal(_IPMI_PAYLOAD, message)

    def open(self, datagram: bytes) -> bytes | None:
        """Return the IPMI message in a datagram, None when there is none to be believed."""
        opened = self.cipher.open(datagram)
        if opened is None or opened[0] == _IPMI_PAYLOAD:
            return opened and opened[1]
        self.aside = opened
        return None

    def seal_payload(self, payload_type: int, payload: bytes) -> bytes:
        """Return the datagram that carries a payload of another type."""
        return self.cipher.seal(payload_type, payload)

    def open_odd(self, datagram: bytes) -> bytes | None:
        """Like `open`, for the first answer of a session: find out how a BMC keys its packets that deviates there."""
        before = self.cipher.dropped[Drop.INTEGRITY]
        message = self.open(datagram)
        if message is not None or self.cipher.dropped[Drop.INTEGRITY] == before:
            return message
        variant = self.cipher.detect(datagram)
        if variant is None:
            return None
        self.cipher.use(variant)
        return self.open(datagram)

    def next_rq_seq(self) -> int:
        """Return the next message sequence number, cyclic over 64."""
        self._rq_seq = found = (self._rq_seq + 1) % RQ_SEQ_COUNT
        return found


class Channel15:
    """A session of IPMI 1.5."""

    version = "1.5"
    __slots__ = ("_rq_seq", "agreed_type", "aside", "bmc_id", "local_id", "session")

    def __init__(self, session: Session15, agreed_type: int) -> None:
        """`agreed_type`: how the BMC said that packets are to be authenticated."""
        self.session = session
        self.agreed_type = agreed_type
        self.bmc_id = self.local_id = session.session_id
        self.aside: tuple[int, bytes] | None = None
        self._rq_seq = 0

    @property
    def proves_bytes(self) -> bool:
        """Whether the last packet opened had a code over all its bytes."""
        return self.session.proves_bytes

    def seal(self, message: bytes) -> bytes:
        """Return the datagram that carries an IPMI message."""
        return self.session.seal(message)

    def open(self, datagram: bytes) -> bytes | None:
        """Return the IPMI message in a datagram, None when there is none to be believed."""
        return self.session.open(datagram)

    def seal_payload(self, payload_type: int, payload: bytes) -> bytes:
        """Raise UnsupportedFunctionality: payloads came with IPMI 2.0."""
        raise UnsupportedFunctionality("An IPMI 1.5 session carries commands only: serial over LAN needs IPMI 2.0")

    def next_rq_seq(self) -> int:
        """Return the next message sequence number, cyclic over 64."""
        self._rq_seq = found = (self._rq_seq + 1) % RQ_SEQ_COUNT
        return found


def closing(channel: Channel) -> bytes:
    """Return the datagram that closes this session."""
    request = CloseSession(session_id=channel.bmc_id)
    return channel.seal(build_request(request.netfn, request.cmd, request.encode(), channel.next_rq_seq()))

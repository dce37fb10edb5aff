# SPDX-License-Identifier: Apache-2.0
"""The payloads that set up an RMCP+ session: Open Session and RAKP 1 to 4.  IPMI 2.0 §13.17 to §13.23."""
from __future__ import annotations

from pyghmi.ipmi.spec.codes import Privilege, RmcpStatus
from pyghmi.ipmi.wire.layout import Message, bit, bits, constant, raw, rest, u8, wire


@wire()
class OpenSessionRequest(Message):
    """RMCP+ Open Session Request.  IPMI 2.0 §13.17, table 13-9.  `console_id`: SIDm."""

    tag: int = u8(1)
    privilege: Privilege = bits(2, 3, 0, Privilege)
    console_id: bytes = raw(5, 4)
    authentication_payload = constant(9, 0)
    authentication_length = constant(12, 8)
    authentication: int = bits(13, 5, 0)
    integrity_payload = constant(17, 1)
    integrity_length = constant(20, 8)
    integrity: int = bits(21, 5, 0)
    confidentiality_payload = constant(25, 2)
    confidentiality_length = constant(28, 8)
    confidentiality: int = bits(29, 5, 0)
    confidentiality_reserved = constant(32, 0)


@wire()
class OpenSessionResponse(Message):
    """RMCP+ Open Session Response without errors.  IPMI 2.0 §13.18, table 13-10.  `bmc_id`: SIDc.

    Some BMCs say privilege 0 for "what you asked for".
    """

    tag: int = u8(1)
    status: RmcpStatus = u8(2, RmcpStatus)
    privilege: Privilege = bits(3, 3, 0, Privilege)
    console_id: bytes = raw(5, 4)
    bmc_id: bytes = raw(9, 4)
    authentication_payload = constant(13, 0)
    authentication_length = constant(16, 8)
    authentication: int = bits(17, 5, 0)
    integrity_payload = constant(21, 1)
    integrity_length = constant(24, 8)
    integrity: int = bits(25, 5, 0)
    confidentiality_payload = constant(29, 2)
    confidentiality_length = constant(32, 8)
    confidentiality: int = bits(33, 5, 0)
    confidentiality_reserved = constant(36, 0)


@wire()
class SetupStatus(Message):
    """What Open Session Response, RAKP 2, 3 and 4 begin with; all of it when the status is an error."""

    tag: int = u8(1)
    status: RmcpStatus = u8(2, RmcpStatus)
    session_id: bytes = raw(5, 4)


@wire()
class Rakp1(Message):
    """RAKP message 1.  IPMI 2.0 §13.20, table 13-11.  `bmc_id`: SIDc, `console_random`: Rm, role: ROLEm."""

    tag: int = u8(1)
    bmc_id: bytes = raw(5, 4)
    console_random: bytes = raw(9, 16)
    name_only: bool = bit(25, 4)
    privilege: Privilege = bits(25, 3, 0, Privilege)
    name_length: int = u8(28)
    name: bytes = rest(29)

    @property
    def role(self) -> int:
        """The role byte as it is hashed."""
        return self.privilege | (0x10 if self.name_only else 0)


@wire()
class Rakp2(Message):
    """RAKP message 2.  IPMI 2.0 §13.21, table 13-12.  `console_id`: SIDm, `bmc_random`: Rc, `guid`: GUIDc."""

    tag: int = u8(1)
    status: RmcpStatus = u8(2, RmcpStatus)
    console_id: bytes = raw(5, 4)
    bmc_random: bytes = raw(9, 16)
    guid: bytes = raw(25, 16)
    code: bytes = rest(41, secret=True)


@wire()
class Rakp3(Message):
    """RAKP message 3.  IPMI 2.0 §13.22, table 13-13."""

    tag: int = u8(1)
    status: RmcpStatus = u8(2, RmcpStatus, default=RmcpStatus.OK)
    bmc_id: bytes = raw(5, 4)
    code: bytes = rest(9, secret=True)


@wire()
class Rakp4(Message):
    """RAKP message 4.  IPMI 2.0 §13.23, table 13-14."""

    tag: int = u8(1)
    status: RmcpStatus = u8(2, RmcpStatus, default=RmcpStatus.OK)
    console_id: bytes = raw(5, 4)
    code: bytes = rest(9, secret=True)

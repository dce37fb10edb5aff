# SPDX-License-Identifier: Apache-2.0
"""Payloads that a session activates, and the packets of one of them: serial over LAN.  IPMI 2.0 §15, §24, §26.1."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.channels import ChannelPayloadSupport, GetChannelPayloadSupport
from pyghmi.ipmi.spec.codes import NetFn, PayloadType
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, raw, rest, u8, u16, u32, wire

__all__ = [
    "NO_VLAN",
    "ActivatePayload",
    "ChannelPayloadSupport",
    "ConsolePacket",
    "DeactivatePayload",
    "EncryptionAction",
    "GetChannelPayloadSupport",
    "GetPayloadActivationStatus",
    "GetPayloadInstanceInfo",
    "PayloadActivated",
    "PayloadActivationStatus",
    "PayloadInstanceInfo",
    "SharedAlerts",
    "SolActivating",
    "SolPacket",
    "SolState",
    "SuspendResumePayloadEncryption",
]

NO_VLAN = 0xFFFF


class SharedAlerts(OpenEnum):
    """What becomes of serial alerts while the console has the serial line.  IPMI 2.0 table 24-2."""

    FAIL = 0
    DEFERRED = 1
    SUCCEED = 2


@wire(first=2)
class PayloadActivated(Message):
    """Activate Payload, response.  IPMI 2.0 §24.1, table 24-2.

    inbound_size, outbound_size: the largest payload to and from the BMC, header of the payload included; port: where
    the payload goes; vlan: NO_VLAN where it goes without a tag.
    """

    test_mode: bool = bit(2, 0, default=False)
    inbound_size: int = u16(6)
    outbound_size: int = u16(8)
    port: int = u16(10)
    vlan: int | None = u16(12, optional=True, default=NO_VLAN)


@wire()
class ActivatePayload(Request[PayloadActivated]):
    """IPMI 2.0 §24.1, table 24-2; the auxiliary data are those of serial over LAN.

    keep_lines_deasserted: the BMC asserts CTS and DCD/DSR at the first packet only, not with the activation.
    80h: active on another session, 81h: disabled, 82h: limit reached, 83h: not with encryption, 84h: not without.
    """

    netfn, cmd, answer = NetFn.APP, 0x48, PayloadActivated
    payload_type: PayloadType = bits(1, 5, 0, PayloadType, default=PayloadType.SOL)
    instance: int = bits(2, 3, 0, default=1)
    encrypt: bool = bit(3, 7, default=False)
    authenticate: bool = bit(3, 6, default=False)
    test_mode: bool = bit(3, 5, default=False)
    shared_alerts: SharedAlerts = bits(3, 3, 2, SharedAlerts, default=SharedAlerts.FAIL)
    keep_lines_deasserted: bool = bit(3, 1, default=False)
    auxiliary: bytes = raw(4, 3, default=bytes(3))


@wire()
class DeactivatePayload(Request[Done]):
    """IPMI 2.0 §24.2.  80h: not active, 81h: the type is disabled.  Any session may do this to any other's."""

    netfn, cmd, answer = NetFn.APP, 0x49, Done
    payload_type: PayloadType = bits(1, 5, 0, PayloadType, default=PayloadType.SOL)
    instance: int = bits(2, 3, 0, default=1)
    auxiliary: bytes = raw(3, 4, default=bytes(4))


class EncryptionAction(OpenEnum):
    """IPMI 2.0 table 24-4.  The last one is for xRC4."""

    SUSPEND = 0
    RESUME = 1
    REGENERATE = 2


@wire()
class SuspendResumePayloadEncryption(Request[Done]):
    """IPMI 2.0 §24.3.  80h: not for this type, 81h: not allowed, 82h: the session has none, 83h: not activated."""

    netfn, cmd, answer = NetFn.APP, 0x55, Done
    payload_type: PayloadType = bits(1, 5, 0, PayloadType, default=PayloadType.SOL)
    instance: int = bits(2, 3, 0, default=1)
    action: EncryptionAction = bits(3, 1, 0, EncryptionAction)


@wire(first=2)
class PayloadActivationStatus(Message):
    """Get Payload Activation Status, response.  IPMI 2.0 §24.4.  instances: bit n: instance n + 1 is active."""

    capacity: int = bits(2, 3, 0)
    instances: int = u16(3)


@wire()
class GetPayloadActivationStatus(Request[PayloadActivationStatus]):
    """IPMI 2.0 §24.4."""

    netfn, cmd, answer = NetFn.APP, 0x4A, PayloadActivationStatus
    payload_type: PayloadType = bits(1, 5, 0, PayloadType, default=PayloadType.SOL)


@wire(first=2)
class PayloadInstanceInfo(Message):
    """Get Payload Instance Info, response.  IPMI 2.0 §24.5.

    session_id: the one that the BMC gave to the session which has the instance, 0: none has; port_number: of the
    serial line, from 1, 0: not said.
    """

    session_id: int = u32(2)
    port_number: int | None = u8(6, optional=True, default=0)
    specific: bytes | None = raw(7, 7, optional=True, default=bytes(7))


@wire()
class GetPayloadInstanceInfo(Request[PayloadInstanceInfo]):
    """IPMI 2.0 §24.5."""

    netfn, cmd, answer = NetFn.APP, 0x4B, PayloadInstanceInfo
    payload_type: PayloadType = bits(1, 5, 0, PayloadType, default=PayloadType.SOL)
    instance: int = u8(2, default=1)


class SolState(OpenEnum):
    """IPMI 2.0 table 26-2."""

    INACTIVE = 0
    ACTIVATING = 1


@wire()
class SolActivating(Request[Done]):
    """SOL Activating, which the BMC sends to software of its machine.  IPMI 2.0 §26.1."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x20, Done
    state: SolState = bits(1, 3, 0, SolState)
    instance: int = bits(2, 3, 0, default=1)
    format_major: int = u8(3, default=1)
    format_minor: int = u8(4, default=0)


@wire()
class ConsolePacket(Message):
    """The payload of serial over LAN from console to BMC.  IPMI 2.0 §15.9, table 15-2.

    number: 1 to 15, 0: nothing to be acknowledged; acked: number of the packet that this one answers, 0: none;
    accepted: how many of its characters were taken.  Flushing inbound drops what goes to the machine, outbound what
    comes from it.  pause: deassert CTS, drop_lines: deassert DCD and DSR, both as long as packets say so.
    """

    number: int = bits(1, 3, 0, default=0)
    acked: int = bits(2, 3, 0, default=0)
    accepted: int = u8(3, default=0)
    nack: bool = bit(4, 6, default=False)
    ring: bool = bit(4, 5, default=False)
    send_break: bool = bit(4, 4, default=False)
    pause: bool = bit(4, 3, default=False)
    drop_lines: bool = bit(4, 2, default=False)
    flush_inbound: bool = bit(4, 1, default=False)
    flush_outbound: bool = bit(4, 0, default=False)
    characters: bytes = rest(5, default=b"")


@wire()
class SolPacket(Message):
    """The payload of serial over LAN from BMC to console.  IPMI 2.0 §15.9, table 15-2.

    unavailable: the machine is off or asleep, and takes no characters; deactivated: the console has lost the serial
    line; overrun: characters were lost before this packet; broken: the machine sent a break.
    """

    number: int = bits(1, 3, 0, default=0)
    acked: int = bits(2, 3, 0, default=0)
    accepted: int = u8(3, default=0)
    nack: bool = bit(4, 6, default=False)
    unavailable: bool = bit(4, 5, default=False)
    deactivated: bool = bit(4, 4, default=False)
    overrun: bool = bit(4, 3, default=False)
    broken: bool = bit(4, 2, default=False)
    characters: bytes = rest(5, default=b"")

# SPDX-License-Identifier: Apache-2.0
"""Payload commands and SOL packets against bytes of ipmitool, ipmi_sim and goipmi-server, and of the specification."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import solevents
from pyghmi.ipmi.spec.codes import NetFn, PayloadType
from pyghmi.ipmi.spec.payloads import (
    NO_VLAN,
    ActivatePayload,
    ConsolePacket,
    DeactivatePayload,
    EncryptionAction,
    GetChannelPayloadSupport,
    GetPayloadActivationStatus,
    GetPayloadInstanceInfo,
    PayloadActivated,
    PayloadActivationStatus,
    PayloadInstanceInfo,
    SharedAlerts,
    SolActivating,
    SolPacket,
    SolState,
    SuspendResumePayloadEncryption,
)


@pytest.mark.parametrize(
    ("request_", "number", "data"),
    [
        # ipmitool sol activate; FreeIPMI sends the same
        (ActivatePayload(encrypt=True, authenticate=True, shared_alerts=SharedAlerts.DEFERRED), 0x48, "01 01 c4 000000"),
        (ActivatePayload(shared_alerts=SharedAlerts.SUCCEED), 0x48, "01 01 08 000000"),
        (ActivatePayload(instance=2, test_mode=True, keep_lines_deasserted=True), 0x48, "01 02 22 000000"),
        (DeactivatePayload(), 0x49, "01 01 00000000"),
        (GetPayloadActivationStatus(payload_type=PayloadType.SOL), 0x4A, "01"),
        (GetPayloadInstanceInfo(payload_type=PayloadType.SOL, instance=1), 0x4B, "01 01"),
        (GetChannelPayloadSupport(channel=1), 0x4E, "01"),
        (SuspendResumePayloadEncryption(action=EncryptionAction.RESUME), 0x55, "01 01 01"),
        (SuspendResumePayloadEncryption(instance=3, action=EncryptionAction.SUSPEND), 0x55, "01 03 00"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, (str, int)) else "",
)
def test_requests(request_: Any, number: int, data: str) -> None:
    assert (request_.netfn, request_.cmd) == (NetFn.APP, number)
    assert request_.encode() == bytes.fromhex(data)
    assert type(request_).decode(bytes.fromhex(data)) == request_


def test_sol_activating() -> None:
    """IPMI 2.0 table 26-2: format 1.0."""
    request = SolActivating(state=SolState.ACTIVATING)
    assert (request.netfn, request.cmd, request.encode()) == (0x0C, 0x20, bytes.fromhex("01 01 01 00"))


def test_activated_by_ipmi_sim() -> None:
    """Recorded from fakebmc of pyghmi 1.6.19, whose port is swapped: 26F h for 623."""
    found = PayloadActivated.decode(bytes.fromhex("00000000 0001 0001 026f ffff"))
    assert (found.inbound_size, found.outbound_size, found.port, found.vlan) == (256, 256, 0x6F02, NO_VLAN)
    assert not found.test_mode
    assert PayloadActivated(inbound_size=256, outbound_size=256, port=623).encode().hex() == "0000000000010001" "6f02ffff"


def test_activated_without_the_vlan() -> None:
    assert PayloadActivated.decode(bytes.fromhex("01000000 0401 0401 6f02")).vlan is None
    with pytest.raises(Malformed):
        PayloadActivated.decode(bytes.fromhex("00000000 0001 0001 6f"))


def test_activation_status() -> None:
    found = PayloadActivationStatus.decode(bytes.fromhex("02 01 80"))
    assert (found.capacity, found.instances) == (2, 0x8001)


def test_instance_info() -> None:
    found = PayloadInstanceInfo.decode(bytes.fromhex("04030201 01 00000000000000"))
    assert (found.session_id, found.port_number, found.specific) == (0x01020304, 1, bytes(7))
    short = PayloadInstanceInfo.decode(bytes.fromhex("00000000"))
    assert (short.session_id, short.port_number, short.specific) == (0, None, None)
    assert len(PayloadInstanceInfo(session_id=1).encode()) == 12


def test_packets() -> None:
    """IPMI 2.0 table 15-2.  The first two are ipmitool's, the others goipmi-server's."""
    assert ConsolePacket.decode(bytes.fromhex("01000000 0d")) == ConsolePacket(number=1, characters=b"\r")
    assert ConsolePacket(number=4, send_break=True).encode().hex() == "04000010"
    found = SolPacket.decode(bytes.fromhex("02020a00 68656c6c6f"))
    assert (found.number, found.acked, found.accepted, found.characters) == (2, 2, 10, b"hello")
    assert SolPacket.decode(bytes.fromhex("00060110")) == SolPacket(acked=6, accepted=1, deactivated=True)


@pytest.mark.parametrize(
    ("field", "bit"),
    [
        ("nack", solevents.NACK),
        ("ring", solevents.RING),
        ("send_break", solevents.BREAK),
        ("pause", solevents.PAUSE),
        ("drop_lines", solevents.DROP_LINES),
        ("flush_inbound", solevents.FLUSH_INBOUND),
        ("flush_outbound", solevents.FLUSH_OUTBOUND),
    ],
)
def test_operations_are_the_bits_of_the_machine(field: str, bit: int) -> None:
    assert ConsolePacket(**{field: True}).encode()[3] == bit


@pytest.mark.parametrize(
    ("field", "bit"),
    [
        ("nack", solevents.NACK),
        ("unavailable", solevents.UNAVAILABLE),
        ("deactivated", solevents.DEACTIVATED),
        ("overrun", solevents.OVERRUN),
        ("broken", solevents.BROKEN),
    ],
)
def test_statuses_are_the_bits_of_the_machine(field: str, bit: int) -> None:
    assert SolPacket(**{field: True}).encode()[3] == bit

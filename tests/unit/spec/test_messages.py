# SPDX-License-Identifier: Apache-2.0
"""Messages against bytes from the specification and from other programs."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.spec import app, boot, chassis, session_setup
from pyghmi.ipmi.spec.cipher_records import SuiteRecord, encode_suite_records, parse_suite_records
from pyghmi.ipmi.spec.codes import AuthType, Privilege, RmcpStatus


def test_device_id_of_ipmi_sim() -> None:
    """ipmitool mc info prints for these bytes: device 32, revision 1, firmware 2.1a, IPMI 2.0, Intel, product 66."""
    found = app.DeviceId.decode(bytes.fromhex("20 01 02 1a 02 bf 57 01 00 42 00 00 00 00 00"))
    assert (found.device_id, found.device_revision, found.firmware_major, found.firmware_minor) == (32, 1, 2, 0x1A)
    assert (found.ipmi_major, found.ipmi_minor) == (2, 0)
    assert (found.manufacturer_id, found.product_id, found.auxiliary) == (343, 66, bytes(4))
    assert (found.chassis_device, found.bridge, found.sensor_device, found.updating) == (True, False, True, False)


def test_device_id_masks_the_update_bit() -> None:
    found = app.DeviceId.decode(bytes.fromhex("20 81 83 11 51 00 a2 02 00 00 01"))
    assert (found.updating, found.firmware_major, found.provides_sdrs) == (True, 3, True)
    assert (found.ipmi_major, found.ipmi_minor) == (1, 5)
    assert (found.manufacturer_id, found.product_id, found.auxiliary) == (674, 0x100, None)


@pytest.mark.parametrize(
    ("request_", "data"),
    [
        (app.GetDeviceId(), ""),
        (app.GetChannelAuthenticationCapabilities(), "8e 04"),
        (app.GetChannelAuthenticationCapabilities(extended=False), "0e 04"),
        (app.SetSessionPrivilegeLevel(privilege=Privilege.ADMINISTRATOR), "04"),
        (app.CloseSession(session_id=0x04030201), "01 02 03 04"),
        (app.CloseSession(session_id=0, handle=5), "00 00 00 00 05"),
        (app.GetSessionInfo(), "00"),
        (app.GetSessionInfo(index=0xFF, key=b"\1\2\3\4"), "ff 01 02 03 04"),
        (app.GetChannelCipherSuites(index=2), "0e 00 82"),
        (app.GetSessionChallenge(auth_type=AuthType.MD5, user=b"admin".ljust(16, b"\0")), "02 61646d696e" + "00" * 11),
        (chassis.ChassisControl(action=chassis.PowerAction.SOFT_SHUTDOWN), "05"),
        (chassis.ChassisIdentify(), ""),
        (chassis.ChassisIdentify(seconds=20), "14"),
        (chassis.ChassisIdentify(seconds=0, force_on=True), "00 01"),
        (chassis.SetPowerRestorePolicy(), "03"),
        (boot.GetSystemBootOptions(parameter=boot.BootParameter.BOOT_FLAGS), "05 00 00"),
        (boot.SetSystemBootOptions(parameter=boot.BootParameter.VALID_BIT_CLEARING, data=b"\x08"), "03 08"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_requests(request_: app.Request[app.Done], data: str) -> None:
    assert request_.encode() == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("flags", "data"),
    [
        (boot.BootFlags(device=boot.BootDevice.PXE), "80 04 00 00 00"),
        (boot.BootFlags(device=boot.BootDevice.PXE, efi=True), "a0 04 00 00 00"),
        (boot.BootFlags(device=boot.BootDevice.HARD_DISK, persistent=True, efi=True), "e0 08 00 00 00"),
        (boot.BootFlags(valid=False), "00 00 00 00 00"),
        (boot.BootFlags(device=boot.BootDevice.BIOS_SETUP, persistent=True), "c0 18 00 00 00"),
    ],
)
def test_boot_flags(flags: boot.BootFlags, data: str) -> None:
    """The bytes that ipmitool chassis bootdev sends."""
    assert flags.encode() == bytes.fromhex(data)
    assert boot.BootFlags.decode(bytes.fromhex(data)) == flags


@pytest.mark.parametrize(("data", "on"), [("01", True), ("20", False), ("61 00", True), ("41 10 40", True), ("60 10 50 00", False)])
def test_chassis_status_of_any_length(data: str, on: bool) -> None:
    found = chassis.ChassisStatus.decode(bytes.fromhex(data))
    assert found.power_on is on
    assert (found.front_panel is None) == (len(data) < 11)


def test_chassis_status_bits() -> None:
    found = chassis.ChassisStatus.decode(bytes.fromhex("5f 1f 7f"))
    assert found.restore_policy is chassis.RestorePolicy.ALWAYS_ON
    assert found.control_fault and found.power_fault and found.interlock and found.overload and found.power_on
    assert found.on_by_command and found.down_by_fault and found.down_by_interlock and found.down_by_overload
    assert found.identify_supported and int(found.identify or 0) == 3
    assert found.cooling_fault and found.drive_fault and found.front_panel_lockout and found.intrusion


def test_open_session_request_of_suite_17() -> None:
    """As ipmitool 1.8.19 -C 17 sends it."""
    request = session_setup.OpenSessionRequest(
        tag=0, privilege=Privilege.ADMINISTRATOR, console_id=b"\xa4\xa3\xa2\xa0", authentication=3, integrity=4, confidentiality=1
    )
    assert request.encode() == bytes.fromhex(
        "00 04 0000 a4a3a2a0 00 0000 08 03 000000 01 0000 08 04 000000 02 0000 08 01 000000"
    )


def test_open_session_response() -> None:
    found = session_setup.OpenSessionResponse.decode(
        bytes.fromhex("00 00 04 00 a4a3a2a0 02000000 00 0000 08 01 000000 01 0000 08 01 000000 02 0000 08 01 000000")
    )
    assert (found.status, found.bmc_id) == (RmcpStatus.OK, b"\2\0\0\0")
    assert (found.authentication, found.integrity, found.confidentiality) == (1, 1, 1)


def test_rakp_1_role() -> None:
    message = session_setup.Rakp1(
        tag=0, bmc_id=bytes(4), console_random=bytes(16), name_only=True, privilege=Privilege.ADMINISTRATOR, name_length=5, name=b"admin"
    )
    assert message.role == 0x14
    assert message.encode()[24:] == bytes.fromhex("14 00 00 05") + b"admin"


def test_auth_capabilities_of_ipmi_sim() -> None:
    found = app.ChannelAuthenticationCapabilities.decode(bytes.fromhex("01 97 04 03 00 00 00 00"))
    assert found.speaks_20
    assert found.auth_types == (AuthType.MD5, AuthType.MD2, AuthType.PASSWORD, AuthType.NONE)
    assert not found.kg_set and found.non_null_users


def test_suite_records() -> None:
    """Suites 0 to 2 as in the specification's table, an OEM suite, wrong tags, a torn end."""
    data = bytes.fromhex("c0 00 00 40 80 c0 01 01 40 80 c0 02 01 41 80")
    assert parse_suite_records(data) == (
        SuiteRecord(0, None, (0,), (0,), (0,)),
        SuiteRecord(1, None, (1,), (0,), (0,)),
        SuiteRecord(2, None, (1,), (1,), (0,)),
    )
    assert encode_suite_records([(3, 1, 1, 1)]) == bytes.fromhex("c0 03 01 41 81")
    assert parse_suite_records(bytes.fromhex("c1 80 57 01 00 02 42 81")) == (SuiteRecord(0x80, 343, (2,), (2,), (1,)),)
    assert parse_suite_records(bytes.fromhex("ff c0 03 01 01 01 c0")) == (SuiteRecord(3, None, (1, 1, 1), (), ()),)
    assert parse_suite_records(b"") == ()


def test_session_info_without_a_session() -> None:
    found = app.SessionInfo.decode(bytes.fromhex("00 3f 01"))
    assert (found.handle, found.slots, found.active, found.user_id) == (0, 63, 1, None)

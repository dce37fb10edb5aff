# SPDX-License-Identifier: Apache-2.0
"""Application commands: device identity, sessions, channels, bridging.  IPMI 2.0 §20, §22."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import THIS_CHANNEL, AuthType, NetFn, Privilege
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, raw, rest, u8, u16, u24, u32, wire


@wire(first=2)
class DeviceId(Message):
    """Get Device ID, response.  IPMI 2.0 §20.1, table 20-2.

    `firmware_minor` is BCD by the specification; not all BMCs keep to that, so it is left as it came.  Some minimal
    BMCs leave the auxiliary bytes out.
    """

    device_id: int = u8(2)
    provides_sdrs: bool = bit(3, 7)
    device_revision: int = bits(3, 3, 0)
    updating: bool = bit(4, 7)
    firmware_major: int = bits(4, 6, 0)
    firmware_minor: int = u8(5)
    ipmi_minor: int = bits(6, 7, 4)
    ipmi_major: int = bits(6, 3, 0)
    chassis_device: bool = bit(7, 7)
    bridge: bool = bit(7, 6)
    event_generator: bool = bit(7, 5)
    event_receiver: bool = bit(7, 4)
    fru_inventory: bool = bit(7, 3)
    sel_device: bool = bit(7, 2)
    sdr_repository: bool = bit(7, 1)
    sensor_device: bool = bit(7, 0)
    manufacturer_id: int = u24(8)
    product_id: int = u16(11)
    auxiliary: bytes | None = raw(13, 4, optional=True, default=None)


@wire()
class GetDeviceId(Request[DeviceId]):
    """IPMI 2.0 §20.1."""

    netfn, cmd, answer = NetFn.APP, 0x01, DeviceId


@wire()
class ColdReset(Request[Done]):
    """Restart the BMC.  Many answer nothing.  IPMI 2.0 §20.2."""

    netfn, cmd, answer = NetFn.APP, 0x02, Done
    repeatable = False


@wire()
class WarmReset(Request[Done]):
    """Restart the BMC's firmware, keeping its settings.  IPMI 2.0 §20.3."""

    netfn, cmd, answer = NetFn.APP, 0x03, Done
    repeatable = False


class SelfTestCode(OpenEnum):
    """IPMI 2.0 table 20-5."""

    PASSED = 0x55
    NOT_IMPLEMENTED = 0x56
    DEVICE_ERROR = 0x57
    FATAL = 0x58


@wire(first=2)
class SelfTestResults(Message):
    """Get Self Test Results, response.  IPMI 2.0 §20.4.  `detail`: bits for DEVICE_ERROR, vendor's own otherwise."""

    code: SelfTestCode = u8(2, SelfTestCode)
    detail: int = u8(3)


@wire()
class GetSelfTestResults(Request[SelfTestResults]):
    """IPMI 2.0 §20.4."""

    netfn, cmd, answer = NetFn.APP, 0x04, SelfTestResults


class SystemPowerState(OpenEnum):
    """ACPI states of the machine.  IPMI 2.0 table 20-6."""

    S0 = 0
    S1 = 1
    S2 = 2
    S3 = 3
    S4 = 4
    S5 = 5
    S4_OR_S5 = 6
    G3 = 7
    SLEEPING = 8
    G1_SLEEPING = 9
    OVERRIDE = 0xA
    LEGACY_ON = 0x20
    LEGACY_OFF = 0x21
    UNKNOWN = 0x2A
    NO_CHANGE = 0x7F


class DevicePowerState(OpenEnum):
    """ACPI states of the management controller.  IPMI 2.0 table 20-6."""

    D0 = 0
    D1 = 1
    D2 = 2
    D3 = 3
    UNKNOWN = 0x2A
    NO_CHANGE = 0x7F


@wire()
class SetAcpiPowerState(Request[Done]):
    """Tell the controller which state the operating system has set; it changes nothing itself.  IPMI 2.0 §20.6."""

    netfn, cmd, answer = NetFn.APP, 0x06, Done
    set_system: bool = bit(1, 7, default=True)
    system: SystemPowerState = bits(1, 6, 0, SystemPowerState, default=SystemPowerState.NO_CHANGE)
    set_device: bool = bit(2, 7, default=True)
    device: DevicePowerState = bits(2, 6, 0, DevicePowerState, default=DevicePowerState.NO_CHANGE)


@wire(first=2)
class AcpiPowerState(Message):
    """Get ACPI Power State, response.  IPMI 2.0 §20.7."""

    system: SystemPowerState = bits(2, 6, 0, SystemPowerState)
    device: DevicePowerState = bits(3, 6, 0, DevicePowerState)


@wire()
class GetAcpiPowerState(Request[AcpiPowerState]):
    """IPMI 2.0 §20.7."""

    netfn, cmd, answer = NetFn.APP, 0x07, AcpiPowerState


@wire(first=2)
class BmcGlobalEnables(Message):
    """Get BMC Global Enables, response.  IPMI 2.0 §22.2."""

    oem2: bool = bit(2, 7, default=False)
    oem1: bool = bit(2, 6, default=False)
    oem0: bool = bit(2, 5, default=False)
    event_logging: bool = bit(2, 3, default=False)
    event_message_buffer: bool = bit(2, 2, default=False)
    event_buffer_interrupt: bool = bit(2, 1, default=False)
    receive_queue_interrupt: bool = bit(2, 0, default=False)


@wire()
class GetBmcGlobalEnables(Request[BmcGlobalEnables]):
    """IPMI 2.0 §22.2."""

    netfn, cmd, answer = NetFn.APP, 0x2F, BmcGlobalEnables


@wire()
class SetBmcGlobalEnables(Request[Done]):
    """IPMI 2.0 §22.1.  Over a network a BMC refuses it: it is for the machine's own software."""

    netfn, cmd, answer = NetFn.APP, 0x2E, Done
    oem2: bool = bit(1, 7, default=False)
    oem1: bool = bit(1, 6, default=False)
    oem0: bool = bit(1, 5, default=False)
    event_logging: bool = bit(1, 3, default=False)
    event_message_buffer: bool = bit(1, 2, default=False)
    event_buffer_interrupt: bool = bit(1, 1, default=False)
    receive_queue_interrupt: bool = bit(1, 0, default=False)


@wire()
class ClearMessageFlags(Request[Done]):
    """Empty the buffers named.  IPMI 2.0 §22.3.  Refused over a network."""

    netfn, cmd, answer = NetFn.APP, 0x30, Done
    oem2: bool = bit(1, 7, default=False)
    oem1: bool = bit(1, 6, default=False)
    oem0: bool = bit(1, 5, default=False)
    watchdog_pre_timeout: bool = bit(1, 3, default=False)
    event_buffer: bool = bit(1, 1, default=False)
    receive_queue: bool = bit(1, 0, default=False)


@wire(first=2)
class MessageFlags(Message):
    """Get Message Flags, response: what waits to be fetched.  IPMI 2.0 §22.4."""

    oem2: bool = bit(2, 7, default=False)
    oem1: bool = bit(2, 6, default=False)
    oem0: bool = bit(2, 5, default=False)
    watchdog_pre_timeout: bool = bit(2, 3, default=False)
    event_buffer_full: bool = bit(2, 1, default=False)
    message_available: bool = bit(2, 0, default=False)


@wire()
class GetMessageFlags(Request[MessageFlags]):
    """IPMI 2.0 §22.4.  Refused over a network."""

    netfn, cmd, answer = NetFn.APP, 0x31, MessageFlags


@wire(first=2)
class Guid(Message):
    """A GUID as it came: which of three byte orders it has, no bit tells.  IPMI 2.0 §20.8."""

    guid: bytes = raw(2, 16)


@wire()
class GetDeviceGuid(Request[Guid]):
    """IPMI 2.0 §20.8."""

    netfn, cmd, answer = NetFn.APP, 0x08, Guid


@wire()
class GetSystemGuid(Request[Guid]):
    """IPMI 2.0 §22.14."""

    netfn, cmd, answer = NetFn.APP, 0x37, Guid


@wire(first=2)
class ChannelMessage(Message):
    """Get Message, response.  IPMI 2.0 §22.6.  `message`: an IPMB message without its responder address."""

    privilege: Privilege = bits(2, 7, 4, Privilege)
    channel: int = bits(2, 3, 0)
    message: bytes = rest(3)


@wire()
class GetMessage(Request[ChannelMessage]):
    """Take a message out of the receive queue; 80h: it is empty.  IPMI 2.0 §22.6."""

    netfn, cmd, answer = NetFn.APP, 0x33, ChannelMessage
    repeatable = False


@wire(first=2)
class ChannelAuthenticationCapabilities(Message):
    """Get Channel Authentication Capabilities, response.  IPMI 2.0 §22.13, table 22-15.

    Names and Kg flags are advice: several BMCs have them wrong.
    """

    channel: int = u8(2)
    extended: bool = bit(3, 7)
    oem: bool = bit(3, 5)
    password: bool = bit(3, 4)
    md5: bool = bit(3, 2)
    md2: bool = bit(3, 1)
    none: bool = bit(3, 0)
    kg_set: bool = bit(4, 5)
    per_message_disabled: bool = bit(4, 4)
    user_level_disabled: bool = bit(4, 3)
    non_null_users: bool = bit(4, 2)
    null_users: bool = bit(4, 1)
    anonymous: bool = bit(4, 0)
    ipmi_20: bool | None = bit(5, 1, optional=True, default=None)
    ipmi_15: bool | None = bit(5, 0, optional=True, default=None)
    oem_id: int | None = u24(6, optional=True, default=None)
    oem_auxiliary: int | None = u8(9, optional=True, default=None)

    @property
    def speaks_20(self) -> bool:
        """Whether the BMC says that it takes RMCP+ sessions."""
        return self.extended and bool(self.ipmi_20)

    @property
    def offers_15(self) -> bool:
        """Whether the BMC says that it takes sessions of IPMI 1.5: all do that know nothing of 2.0."""
        return bool(self.ipmi_15) if self.extended and self.ipmi_15 is not None else True

    @property
    def auth_types(self) -> tuple[AuthType, ...]:
        """The IPMI 1.5 types offered, strongest first."""
        offered = (
            (self.md5, AuthType.MD5),
            (self.md2, AuthType.MD2),
            (self.password, AuthType.PASSWORD),
            (self.none, AuthType.NONE),
            (self.oem, AuthType.OEM),
        )
        return tuple(kind for has, kind in offered if has)


@wire()
class GetChannelAuthenticationCapabilities(Request[ChannelAuthenticationCapabilities]):
    """Needs no session.  IPMI 2.0 §22.13.  `extended`: ask for the 2.0 data; a few 1.5 BMCs refuse that bit."""

    netfn, cmd, answer = NetFn.APP, 0x38, ChannelAuthenticationCapabilities
    extended: bool = bit(1, 7, default=True)
    channel: int = bits(1, 3, 0, default=THIS_CHANNEL)
    privilege: Privilege = bits(2, 3, 0, Privilege, default=Privilege.ADMINISTRATOR)


@wire(first=2)
class SessionChallenge(Message):
    """Get Session Challenge, response.  IPMI 2.0 §22.16."""

    temporary_session_id: int = u32(2)
    challenge: bytes = raw(6, 16, secret=True)


@wire()
class GetSessionChallenge(Request[SessionChallenge]):
    """IPMI 2.0 §22.16.  `user`: 16 bytes, zero padded."""

    netfn, cmd, answer = NetFn.APP, 0x39, SessionChallenge
    auth_type: AuthType = bits(1, 3, 0, AuthType)
    user: bytes = raw(2, 16)


@wire(first=2)
class ActivatedSession(Message):
    """Activate Session, response.  IPMI 2.0 §22.17.  `inbound_sequence`: the console's first number."""

    auth_type: AuthType = bits(2, 3, 0, AuthType)
    session_id: int = u32(3)
    inbound_sequence: int = u32(7)
    privilege: Privilege = bits(11, 3, 0, Privilege)


@wire()
class ActivateSession(Request[ActivatedSession]):
    """IPMI 2.0 §22.17.  `outbound_sequence`: the BMC's first number, random and not 0."""

    netfn, cmd, answer = NetFn.APP, 0x3A, ActivatedSession
    auth_type: AuthType = bits(1, 3, 0, AuthType)
    privilege: Privilege = bits(2, 3, 0, Privilege)
    challenge: bytes = raw(3, 16, secret=True)
    outbound_sequence: int = u32(19)


@wire(first=2)
class SessionPrivilegeLevel(Message):
    """Set Session Privilege Level, response: the level now in force.  IPMI 2.0 §22.18."""

    privilege: Privilege = bits(2, 3, 0, Privilege)


@wire()
class SetSessionPrivilegeLevel(Request[SessionPrivilegeLevel]):
    """IPMI 2.0 §22.18.  HIGHEST (0) only asks for the level in force."""

    netfn, cmd, answer = NetFn.APP, 0x3B, SessionPrivilegeLevel
    privilege: Privilege = bits(1, 3, 0, Privilege)


@wire()
class CloseSession(Request[Done]):
    """IPMI 2.0 §22.19."""

    netfn, cmd, answer = NetFn.APP, 0x3C, Done
    session_id: int = u32(1)
    handle: int | None = u8(5, optional=True, default=None)


@wire(first=2)
class SessionInfo(Message):
    """Get Session Info, response.  IPMI 2.0 §22.20, table 22-25.

    Bytes from 5 on are missing where no such session is active.  `address`: IPv4, `mac`, `port`: of the console.
    """

    handle: int = u8(2)
    slots: int = bits(3, 5, 0)
    active: int = bits(4, 5, 0)
    user_id: int | None = bits(5, 5, 0, optional=True, default=None)
    privilege: Privilege | None = bits(6, 3, 0, Privilege, optional=True, default=None)
    protocol: int | None = bits(7, 7, 4, optional=True, default=None)
    channel: int | None = bits(7, 3, 0, optional=True, default=None)
    address: bytes | None = raw(8, 4, optional=True, default=None)
    mac: bytes | None = raw(12, 6, optional=True, default=None)
    port: int | None = u16(18, optional=True, default=None)


@wire()
class GetSessionInfo(Request[SessionInfo]):
    """IPMI 2.0 §22.20.  `index`: 0 this session, N the Nth active one, FEh by `handle`, FFh by `session_id`."""

    netfn, cmd, answer = NetFn.APP, 0x3D, SessionInfo
    index: int = u8(1, default=0)
    key: bytes = rest(2, default=b"")


class Medium(OpenEnum):
    """Channel medium types.  IPMI 2.0 table 6-3."""

    RESERVED = 0
    IPMB = 1
    ICMB_1_0 = 2
    ICMB_0_9 = 3
    LAN_802_3 = 4
    SERIAL = 5
    OTHER_LAN = 6
    PCI_SMBUS = 7
    SMBUS_1 = 8
    SMBUS_2 = 9
    USB_1 = 0xA
    USB_2 = 0xB
    SYSTEM_INTERFACE = 0xC


@wire(first=2)
class ChannelInfo(Message):
    """Get Channel Info, response.  IPMI 2.0 §22.24."""

    channel: int = bits(2, 3, 0)
    medium: Medium = bits(3, 6, 0, Medium)
    protocol: int = bits(4, 4, 0)
    session_support: int = bits(5, 7, 6)
    active_sessions: int = bits(5, 5, 0)
    vendor_id: bytes = raw(6, 3)
    auxiliary: bytes = raw(9, 2)


@wire()
class GetChannelInfo(Request[ChannelInfo]):
    """IPMI 2.0 §22.24."""

    netfn, cmd, answer = NetFn.APP, 0x42, ChannelInfo
    channel: int = bits(1, 3, 0, default=THIS_CHANNEL)


@wire(first=2)
class CipherSuiteData(Message):
    """Get Channel Cipher Suites, response: up to 16 bytes of the list of records.  IPMI 2.0 §22.15."""

    channel: int = u8(2)
    records: bytes = rest(3)


@wire()
class GetChannelCipherSuites(Request[CipherSuiteData]):
    """Needs no session.  IPMI 2.0 §22.15.  `index`: which 16 bytes of the list."""

    netfn, cmd, answer = NetFn.APP, 0x54, CipherSuiteData
    channel: int = bits(1, 3, 0, default=THIS_CHANNEL)
    payload_type: int = bits(2, 5, 0, default=0)
    by_suite = constant(3, 1, hi=7, lo=7)
    index: int = bits(3, 5, 0, default=0)

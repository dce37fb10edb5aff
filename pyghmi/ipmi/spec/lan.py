# SPDX-License-Identifier: Apache-2.0
"""LAN configuration: parameters, statistics, ARP.  IPMI 2.0 §23, table 23-4.

Addresses and MACs are bytes in network order, ports numbers.
"""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.parameters import BlockParameter, Parameter, ParameterData, SetParameter
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, joined, raw, rest, u8, u16, wire


class LanParameter(OpenEnum):
    """Parameter selectors.  IPMI 2.0 table 23-4.  192 to 255 are the vendors' own."""

    SET_IN_PROGRESS = 0
    AUTH_TYPE_SUPPORT = 1
    AUTH_TYPE_ENABLES = 2
    IP_ADDRESS = 3
    IP_SOURCE = 4
    MAC_ADDRESS = 5
    SUBNET_MASK = 6
    IPV4_HEADER = 7
    PRIMARY_RMCP_PORT = 8
    SECONDARY_RMCP_PORT = 9
    ARP_CONTROL = 10
    GRATUITOUS_ARP_INTERVAL = 11
    DEFAULT_GATEWAY = 12
    DEFAULT_GATEWAY_MAC = 13
    BACKUP_GATEWAY = 14
    BACKUP_GATEWAY_MAC = 15
    COMMUNITY = 16
    DESTINATION_COUNT = 17
    DESTINATION_TYPE = 18
    DESTINATION_ADDRESS = 19
    VLAN_ID = 20
    VLAN_PRIORITY = 21
    CIPHER_SUITE_COUNT = 22
    CIPHER_SUITES = 23
    CIPHER_SUITE_PRIVILEGES = 24
    DESTINATION_VLAN = 25
    BAD_PASSWORD_THRESHOLD = 26
    IPV6_SUPPORT = 50
    IPV6_ENABLES = 51
    IPV6_TRAFFIC_CLASS = 52
    IPV6_HOP_LIMIT = 53
    IPV6_FLOW_LABEL = 54
    IPV6_STATUS = 55
    IPV6_STATIC_ADDRESS = 56
    DHCPV6_STATIC_DUID_BLOCKS = 57
    DHCPV6_STATIC_DUID = 58
    IPV6_DYNAMIC_ADDRESS = 59
    DHCPV6_DYNAMIC_DUID_BLOCKS = 60
    DHCPV6_DYNAMIC_DUID = 61
    DHCPV6_TIMING_SUPPORT = 62
    DHCPV6_TIMING = 63
    ROUTER_CONTROL = 64
    STATIC_ROUTER_1_ADDRESS = 65
    STATIC_ROUTER_1_MAC = 66
    STATIC_ROUTER_1_PREFIX_LENGTH = 67
    STATIC_ROUTER_1_PREFIX = 68
    STATIC_ROUTER_2_ADDRESS = 69
    STATIC_ROUTER_2_MAC = 70
    STATIC_ROUTER_2_PREFIX_LENGTH = 71
    STATIC_ROUTER_2_PREFIX = 72
    DYNAMIC_ROUTER_COUNT = 73
    DYNAMIC_ROUTER_ADDRESS = 74
    DYNAMIC_ROUTER_MAC = 75
    DYNAMIC_ROUTER_PREFIX_LENGTH = 76
    DYNAMIC_ROUTER_PREFIX = 77
    DYNAMIC_ROUTER_HOP_LIMIT = 78
    ND_TIMING_SUPPORT = 79
    ND_TIMING = 80


@wire()
class GetLanParameter(Request[ParameterData]):
    """Get LAN Configuration Parameters.  IPMI 2.0 §23.2."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x02, ParameterData
    revision_only: bool = bit(1, 7, default=False)
    channel: int = bits(1, 3, 0)
    parameter: int = u8(2)
    set_selector: int = u8(3, default=0)
    block_selector: int = u8(4, default=0)


@wire()
class SetLanParameter(Request[Done]):
    """Set LAN Configuration Parameters.  IPMI 2.0 §23.1."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x01, Done
    channel: int = bits(1, 3, 0)
    parameter: int = u8(2)
    data: bytes = rest(3)


@wire(first=2)
class ArpStatus(Message):
    """Suspend BMC ARPs, response: what the BMC does now.  IPMI 2.0 §23.3."""

    responses_active: bool = bit(2, 1)
    gratuitous_active: bool = bit(2, 0)


@wire()
class SuspendArps(Request[ArpStatus]):
    """Suspend BMC ARPs.  IPMI 2.0 §23.3."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x03, ArpStatus
    channel: int = bits(1, 3, 0)
    suspend_responses: bool = bit(2, 1, default=False)
    suspend_gratuitous: bool = bit(2, 0, default=False)


@wire(first=2)
class LanStatistics(Message):
    """Get IP/UDP/RMCP Statistics, response.  IPMI 2.0 §23.4.  Counters stop at FFFFh."""

    ip_received: int = u16(2)
    ip_header_errors: int = u16(4)
    ip_address_errors: int = u16(6)
    ip_fragments: int = u16(8)
    ip_sent: int = u16(10)
    udp_received: int = u16(12)
    rmcp_received: int = u16(14)
    proxy_received: int | None = u16(16, optional=True, default=None)
    proxy_dropped: int | None = u16(18, optional=True, default=None)


@wire()
class GetLanStatistics(Request[LanStatistics]):
    """Get IP/UDP/RMCP Statistics.  IPMI 2.0 §23.4."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x04, LanStatistics
    channel: int = bits(1, 3, 0)
    clear: bool = bit(2, 0, default=False)


# --- parameters


def _off(one: Parameter, other: Parameter) -> bool:
    """Whether both of two parameters that can be switched off are."""
    return not getattr(one, "enabled", True) and not getattr(other, "enabled", True)


@wire()
class AuthTypeSupport(Parameter):
    """IPMI 2.0 table 23-4, parameter 1.  Read only."""

    parameter = LanParameter.AUTH_TYPE_SUPPORT
    oem: bool = bit(1, 5)
    password: bool = bit(1, 4)
    md5: bool = bit(1, 2)
    md2: bool = bit(1, 1)
    none: bool = bit(1, 0)


@wire()
class AuthTypeEnables(Parameter):
    """IPMI 2.0 table 23-4, parameter 2.  A byte a privilege level, with the bits of parameter 1."""

    parameter = LanParameter.AUTH_TYPE_ENABLES
    callback: int = bits(1, 5, 0)
    user: int = bits(2, 5, 0)
    operator: int = bits(3, 5, 0)
    administrator: int = bits(4, 5, 0)
    oem: int | None = bits(5, 5, 0, optional=True, default=None)


@wire()
class IpAddress(Parameter):
    """IPMI 2.0 table 23-4, parameter 3."""

    parameter, moves, depends = LanParameter.IP_ADDRESS, True, True
    address: bytes = raw(1, 4)


class IpSource(OpenEnum):
    """Where the IPv4 address comes from.  IPMI 2.0 table 23-4, parameter 4."""

    UNSPECIFIED = 0
    STATIC = 1
    DHCP = 2
    BIOS = 3
    OTHER = 4


@wire()
class IpAddressSource(Parameter):
    """IPMI 2.0 table 23-4, parameter 4.  Many BMCs take an address only when they have lived by STATIC for a while."""

    parameter, moves, settle_s = LanParameter.IP_SOURCE, True, 1.0
    source: IpSource = bits(1, 3, 0, IpSource)


@wire()
class MacAddress(Parameter):
    """IPMI 2.0 table 23-4, parameter 5."""

    parameter = LanParameter.MAC_ADDRESS
    mac: bytes = raw(1, 6)


@wire()
class SubnetMask(Parameter):
    """IPMI 2.0 table 23-4, parameter 6."""

    parameter, moves, depends = LanParameter.SUBNET_MASK, True, True
    mask: bytes = raw(1, 4)


@wire()
class Ipv4Header(Parameter):
    """IPMI 2.0 table 23-4, parameter 7."""

    parameter = LanParameter.IPV4_HEADER
    ttl: int = u8(1)
    flags: int = bits(2, 7, 5)
    precedence: int = bits(3, 7, 5)
    service: int = bits(3, 4, 1)


@wire()
class PrimaryRmcpPort(Parameter):
    """IPMI 2.0 table 23-4, parameter 8."""

    parameter = LanParameter.PRIMARY_RMCP_PORT
    port: int = u16(1)


@wire()
class SecondaryRmcpPort(Parameter):
    """IPMI 2.0 table 23-4, parameter 9."""

    parameter = LanParameter.SECONDARY_RMCP_PORT
    port: int = u16(1)


@wire()
class ArpControl(Parameter):
    """IPMI 2.0 table 23-4, parameter 10."""

    parameter = LanParameter.ARP_CONTROL
    responses: bool = bit(1, 1)
    gratuitous: bool = bit(1, 0)


@wire()
class GratuitousArpInterval(Parameter):
    """IPMI 2.0 table 23-4, parameter 11.  In units of 500 ms, counted from 0: 3 is 2 s."""

    parameter = LanParameter.GRATUITOUS_ARP_INTERVAL
    interval: int = u8(1)


@wire()
class DefaultGateway(Parameter):
    """IPMI 2.0 table 23-4, parameter 12."""

    parameter, moves, depends = LanParameter.DEFAULT_GATEWAY, True, True
    address: bytes = raw(1, 4)


@wire()
class DefaultGatewayMac(Parameter):
    """IPMI 2.0 table 23-4, parameter 13."""

    parameter = LanParameter.DEFAULT_GATEWAY_MAC
    mac: bytes = raw(1, 6)


@wire()
class BackupGateway(Parameter):
    """IPMI 2.0 table 23-4, parameter 14."""

    parameter, depends = LanParameter.BACKUP_GATEWAY, True
    address: bytes = raw(1, 4)


@wire()
class BackupGatewayMac(Parameter):
    """IPMI 2.0 table 23-4, parameter 15."""

    parameter = LanParameter.BACKUP_GATEWAY_MAC
    mac: bytes = raw(1, 6)


@wire()
class Community(Parameter):
    """IPMI 2.0 table 23-4, parameter 16.  Of SNMP traps; zero padded."""

    parameter = LanParameter.COMMUNITY
    text: bytes = raw(1, 18)


@wire()
class DestinationCount(Parameter):
    """IPMI 2.0 table 23-4, parameter 17.  Destination 0, which forgets, is not counted.  Read only."""

    parameter = LanParameter.DESTINATION_COUNT
    count: int = bits(1, 3, 0)


class DestinationType(OpenEnum):
    """IPMI 2.0 table 23-4, parameter 18."""

    PET_TRAP = 0
    OEM_1 = 6
    OEM_2 = 7


@wire()
class Destination(SetParameter):
    """IPMI 2.0 table 23-4, parameter 18.  `timeout_s`: until an alert counts as not acknowledged."""

    parameter = LanParameter.DESTINATION_TYPE
    set_selector: int = bits(1, 3, 0)
    acknowledge: bool = bit(2, 7, default=False)
    kind: DestinationType = bits(2, 2, 0, DestinationType, default=DestinationType.PET_TRAP)
    timeout_s: int = u8(3, default=0)
    retries: int = bits(4, 2, 0, default=0)


class AddressFormat(OpenEnum):
    """IPMI 2.0 table 23-4, parameter 19."""

    IPV4 = 0
    IPV6 = 1


@wire()
class DestinationAddress(SetParameter):
    """IPMI 2.0 table 23-4, parameter 19.  `data`: an `Ipv4Destination` or `Ipv6Destination`, by the format."""

    parameter = LanParameter.DESTINATION_ADDRESS
    set_selector: int = bits(1, 3, 0)
    format: AddressFormat = bits(2, 7, 4, AddressFormat)
    data: bytes = rest(3)


@wire()
class Ipv4Destination(Message):
    """IPMI 2.0 table 23-4, parameter 19, format 0.  Byte 1 is the table's byte 3.  Some BMCs leave the MAC out."""

    backup_gateway: bool = bit(1, 0, default=False)
    address: bytes = raw(2, 4)
    mac: bytes | None = raw(6, 6, optional=True, default=None)


@wire()
class Ipv6Destination(Message):
    """IPMI 2.0 table 23-4, parameter 19, format 1.  Byte 1 is the table's byte 3."""

    address: bytes = raw(1, 16)


@wire()
class VlanId(Parameter):
    """IPMI 2.0 table 23-4, parameter 20."""

    parameter, moves = LanParameter.VLAN_ID, True
    enabled: bool = bit(2, 7)
    vlan: int = joined((1, 7, 0), (2, 3, 0))

    def agrees_with(self, other: Parameter) -> bool:
        """Whether what was read is what was written; where there is none, some BMCs keep the number of the last one."""
        return _off(self, other) or super().agrees_with(other)


@wire()
class VlanPriority(Parameter):
    """IPMI 2.0 table 23-4, parameter 21."""

    parameter = LanParameter.VLAN_PRIORITY
    priority: int = bits(1, 2, 0)


@wire()
class CipherSuiteCount(Parameter):
    """IPMI 2.0 table 23-4, parameter 22.  Read only."""

    parameter = LanParameter.CIPHER_SUITE_COUNT
    count: int = bits(1, 4, 0)


@wire()
class CipherSuites(Parameter):
    """IPMI 2.0 table 23-4, parameter 23: the ids, a byte each, at most 16.  Read only."""

    parameter = LanParameter.CIPHER_SUITES
    reserved = constant(1, 0)
    ids: bytes = rest(2)


@wire()
class CipherSuitePrivileges(Parameter):
    """IPMI 2.0 table 23-4, parameter 24: highest privilege levels, two a byte, the low nibble first."""

    parameter = LanParameter.CIPHER_SUITE_PRIVILEGES
    reserved = constant(1, 0)
    levels: bytes = rest(2)


@wire()
class DestinationVlan(SetParameter):
    """IPMI 2.0 table 23-4, parameter 25."""

    parameter = LanParameter.DESTINATION_VLAN
    set_selector: int = bits(1, 3, 0)
    tagged: int = bits(2, 7, 4)
    vlan: int | None = joined((3, 7, 0), (4, 3, 0), optional=True, default=None)
    cfi: bool | None = bit(4, 4, optional=True, default=None)
    priority: int | None = bits(4, 7, 5, optional=True, default=None)


@wire()
class BadPasswordThreshold(Parameter):
    """IPMI 2.0 table 23-4, parameter 26.  Intervals in units of 10 s; lockout 0: until somebody enables the user."""

    parameter = LanParameter.BAD_PASSWORD_THRESHOLD
    audit_event: bool = bit(1, 0)
    threshold: int = u8(2)
    reset_interval: int = u16(3)
    lockout_interval: int = u16(5)


@wire()
class Ipv6Support(Parameter):
    """IPMI 2.0 table 23-4, parameter 50.  Read only."""

    parameter = LanParameter.IPV6_SUPPORT
    destinations: bool = bit(1, 2)
    both: bool = bit(1, 1)
    only: bool = bit(1, 0)


class Ipv6Enable(OpenEnum):
    """IPMI 2.0 table 23-4, parameter 51."""

    IPV4_ONLY = 0
    IPV6_ONLY = 1
    BOTH = 2


@wire()
class Ipv6Enables(Parameter):
    """IPMI 2.0 table 23-4, parameter 51."""

    parameter, moves = LanParameter.IPV6_ENABLES, True
    enabled: Ipv6Enable = u8(1, Ipv6Enable)


@wire()
class Ipv6TrafficClass(Parameter):
    """IPMI 2.0 table 23-4, parameter 52."""

    parameter = LanParameter.IPV6_TRAFFIC_CLASS
    traffic_class: int = u8(1)


@wire()
class Ipv6HopLimit(Parameter):
    """IPMI 2.0 table 23-4, parameter 53."""

    parameter = LanParameter.IPV6_HOP_LIMIT
    hops: int = u8(1)


@wire()
class Ipv6FlowLabel(Parameter):
    """IPMI 2.0 table 23-4, parameter 54.  The high byte first."""

    parameter = LanParameter.IPV6_FLOW_LABEL
    label: int = joined((3, 7, 0), (2, 7, 0), (1, 3, 0))


@wire()
class Ipv6Status(Parameter):
    """IPMI 2.0 table 23-4, parameter 55.  How many addresses there can be.  Read only."""

    parameter = LanParameter.IPV6_STATUS
    most_static: int = u8(1)
    most_dynamic: int = u8(2)
    slaac: bool | None = bit(3, 1, optional=True, default=None)
    dhcpv6: bool | None = bit(3, 0, optional=True, default=None)


class AddressStatus(OpenEnum):
    """What an IPv6 address is good for.  IPMI 2.0 table 23-4, parameters 56 and 59."""

    ACTIVE = 0
    DISABLED = 1
    PENDING = 2
    FAILED = 3
    DEPRECATED = 4
    INVALID = 5


class AddressSource(OpenEnum):
    """Where an IPv6 address comes from.  IPMI 2.0 table 23-4, parameters 56 and 59."""

    STATIC = 0
    SLAAC = 1
    DHCPV6 = 2


@wire()
class Ipv6StaticAddress(SetParameter):
    """IPMI 2.0 table 23-4, parameter 56."""

    parameter, moves, unverified = LanParameter.IPV6_STATIC_ADDRESS, True, ("status", "source")
    set_selector: int = u8(1)
    enabled: bool = bit(2, 7, default=False)
    source: AddressSource = bits(2, 3, 0, AddressSource, default=AddressSource.STATIC)
    address: bytes = raw(3, 16, default=bytes(16))
    prefix_length: int = u8(19, default=0)
    status: AddressStatus | None = u8(20, AddressStatus, optional=True, default=None)

    def agrees_with(self, other: Parameter) -> bool:
        """Whether what was read is what was written; some BMCs keep an address that is not in use."""
        same_place = self.set_selector == getattr(other, "set_selector", None)
        return (same_place and _off(self, other)) or super().agrees_with(other)


@wire()
class DhcpV6StaticDuidBlocks(Parameter):
    """IPMI 2.0 table 23-4, parameter 57.  Read only."""

    parameter = LanParameter.DHCPV6_STATIC_DUID_BLOCKS
    count: int = u8(1)


@wire()
class DhcpV6StaticDuid(BlockParameter):
    """IPMI 2.0 table 23-4, parameter 58.  The first byte of block 0 is the length."""

    parameter = LanParameter.DHCPV6_STATIC_DUID
    set_selector: int = u8(1)
    block: int = u8(2)
    data: bytes = rest(3)


@wire()
class Ipv6DynamicAddress(SetParameter):
    """IPMI 2.0 table 23-4, parameter 59.  Read only."""

    parameter = LanParameter.IPV6_DYNAMIC_ADDRESS
    set_selector: int = u8(1)
    source: AddressSource = bits(2, 3, 0, AddressSource)
    address: bytes = raw(3, 16)
    prefix_length: int = u8(19)
    status: AddressStatus | None = u8(20, AddressStatus, optional=True, default=None)


@wire()
class DhcpV6DynamicDuidBlocks(Parameter):
    """IPMI 2.0 table 23-4, parameter 60.  Read only."""

    parameter = LanParameter.DHCPV6_DYNAMIC_DUID_BLOCKS
    count: int = u8(1)


@wire()
class DhcpV6DynamicDuid(BlockParameter):
    """IPMI 2.0 table 23-4, parameter 61."""

    parameter = LanParameter.DHCPV6_DYNAMIC_DUID
    set_selector: int = u8(1)
    block: int = u8(2)
    data: bytes = rest(3)


class TimingSupport(OpenEnum):
    """IPMI 2.0 table 23-4, parameters 62 and 79."""

    NONE = 0
    GLOBAL = 1
    PER_INTERFACE = 2


@wire()
class DhcpV6TimingSupport(Parameter):
    """IPMI 2.0 table 23-4, parameter 62.  Read only."""

    parameter = LanParameter.DHCPV6_TIMING_SUPPORT
    support: TimingSupport = bits(1, 1, 0, TimingSupport)


@wire()
class DhcpV6Timing(BlockParameter):
    """IPMI 2.0 table 23-4, parameter 63: times of RFC 3315, at most 16 bytes a block."""

    parameter = LanParameter.DHCPV6_TIMING
    set_selector: int = u8(1)
    block: int = u8(2)
    data: bytes = rest(3)


@wire()
class RouterControl(Parameter):
    """IPMI 2.0 table 23-4, parameter 64."""

    parameter = LanParameter.ROUTER_CONTROL
    dynamic: bool = bit(1, 1)
    static: bool = bit(1, 0)


@wire()
class StaticRouterAddress(Parameter):
    """IPMI 2.0 table 23-4, parameter 65.  Of the first router."""

    parameter = LanParameter.STATIC_ROUTER_1_ADDRESS
    address: bytes = raw(1, 16)


@wire()
class StaticRouterMac(Parameter):
    """IPMI 2.0 table 23-4, parameter 66.  Of the first router."""

    parameter = LanParameter.STATIC_ROUTER_1_MAC
    mac: bytes = raw(1, 6)


@wire()
class StaticRouterPrefixLength(Parameter):
    """IPMI 2.0 table 23-4, parameter 67.  Of the first router."""

    parameter = LanParameter.STATIC_ROUTER_1_PREFIX_LENGTH
    length: int = u8(1)


@wire()
class StaticRouterPrefix(Parameter):
    """IPMI 2.0 table 23-4, parameter 68.  Of the first router."""

    parameter = LanParameter.STATIC_ROUTER_1_PREFIX
    prefix: bytes = raw(1, 16)


@wire()
class SecondRouterAddress(StaticRouterAddress):
    """IPMI 2.0 table 23-4, parameter 69."""

    parameter = LanParameter.STATIC_ROUTER_2_ADDRESS


@wire()
class SecondRouterMac(StaticRouterMac):
    """IPMI 2.0 table 23-4, parameter 70."""

    parameter = LanParameter.STATIC_ROUTER_2_MAC


@wire()
class SecondRouterPrefixLength(StaticRouterPrefixLength):
    """IPMI 2.0 table 23-4, parameter 71."""

    parameter = LanParameter.STATIC_ROUTER_2_PREFIX_LENGTH


@wire()
class SecondRouterPrefix(StaticRouterPrefix):
    """IPMI 2.0 table 23-4, parameter 72."""

    parameter = LanParameter.STATIC_ROUTER_2_PREFIX


@wire()
class DynamicRouterCount(Parameter):
    """IPMI 2.0 table 23-4, parameter 73.  Read only."""

    parameter = LanParameter.DYNAMIC_ROUTER_COUNT
    count: int = u8(1)


@wire()
class DynamicRouterAddress(SetParameter):
    """IPMI 2.0 table 23-4, parameter 74.  Read only."""

    parameter = LanParameter.DYNAMIC_ROUTER_ADDRESS
    set_selector: int = u8(1)
    address: bytes = raw(2, 16)


@wire()
class DynamicRouterMac(SetParameter):
    """IPMI 2.0 table 23-4, parameter 75.  Read only."""

    parameter = LanParameter.DYNAMIC_ROUTER_MAC
    set_selector: int = u8(1)
    mac: bytes = raw(2, 6)


@wire()
class DynamicRouterPrefixLength(SetParameter):
    """IPMI 2.0 table 23-4, parameter 76.  Read only."""

    parameter = LanParameter.DYNAMIC_ROUTER_PREFIX_LENGTH
    set_selector: int = u8(1)
    length: int = u8(2)


@wire()
class DynamicRouterPrefix(SetParameter):
    """IPMI 2.0 table 23-4, parameter 77.  Read only."""

    parameter = LanParameter.DYNAMIC_ROUTER_PREFIX
    set_selector: int = u8(1)
    prefix: bytes = raw(2, 16)


@wire()
class DynamicRouterHopLimit(Parameter):
    """IPMI 2.0 table 23-4, parameter 78.  One byte; some BMCs put a set selector before it.  Read only."""

    parameter = LanParameter.DYNAMIC_ROUTER_HOP_LIMIT
    first: int = u8(1)
    second: int | None = u8(2, optional=True, default=None)

    @property
    def hops(self) -> int:
        """The hop limit."""
        return self.first if self.second is None else self.second


@wire()
class NdTimingSupport(Parameter):
    """IPMI 2.0 table 23-4, parameter 79.  Read only."""

    parameter = LanParameter.ND_TIMING_SUPPORT
    support: TimingSupport = bits(1, 1, 0, TimingSupport)


@wire()
class NdTiming(BlockParameter):
    """IPMI 2.0 table 23-4, parameter 80: times of RFC 4861, at most 16 bytes a block."""

    parameter = LanParameter.ND_TIMING
    set_selector: int = u8(1)
    block: int = u8(2)
    data: bytes = rest(3)


PARAMETERS: dict[int, type[Parameter]] = {
    int(kind.parameter): kind
    for kind in (
        AuthTypeSupport,
        AuthTypeEnables,
        IpAddress,
        IpAddressSource,
        MacAddress,
        SubnetMask,
        Ipv4Header,
        PrimaryRmcpPort,
        SecondaryRmcpPort,
        ArpControl,
        GratuitousArpInterval,
        DefaultGateway,
        DefaultGatewayMac,
        BackupGateway,
        BackupGatewayMac,
        Community,
        DestinationCount,
        Destination,
        DestinationAddress,
        VlanId,
        VlanPriority,
        CipherSuiteCount,
        CipherSuites,
        CipherSuitePrivileges,
        DestinationVlan,
        BadPasswordThreshold,
        Ipv6Support,
        Ipv6Enables,
        Ipv6TrafficClass,
        Ipv6HopLimit,
        Ipv6FlowLabel,
        Ipv6Status,
        Ipv6StaticAddress,
        DhcpV6StaticDuidBlocks,
        DhcpV6StaticDuid,
        Ipv6DynamicAddress,
        DhcpV6DynamicDuidBlocks,
        DhcpV6DynamicDuid,
        DhcpV6TimingSupport,
        DhcpV6Timing,
        RouterControl,
        StaticRouterAddress,
        StaticRouterMac,
        StaticRouterPrefixLength,
        StaticRouterPrefix,
        SecondRouterAddress,
        SecondRouterMac,
        SecondRouterPrefixLength,
        SecondRouterPrefix,
        DynamicRouterCount,
        DynamicRouterAddress,
        DynamicRouterMac,
        DynamicRouterPrefixLength,
        DynamicRouterPrefix,
        DynamicRouterHopLimit,
        NdTimingSupport,
        NdTiming,
    )
}
"""Parameter selector -> what its data are.  Parameter 0 is the same everywhere: `SetInProgress`."""

READ_ONLY_PARAMETERS = frozenset((1, 17, 22, 23, 50, 55, 57, 59, 60, 62, 73, 74, 75, 76, 77, 78, 79))
"""What no write can change.  IPMI 2.0 table 23-4."""

# SPDX-License-Identifier: Apache-2.0
"""The channels of a simulated server's BMC: network and serial-over-LAN settings, who may use them."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec import lan, sol
from pyghmi.ipmi.spec.app import ChannelInfo, GetChannelInfo, Medium
from pyghmi.ipmi.spec.channels import (
    AccessMode,
    ChannelAccess,
    ChannelPayloadSupport,
    GetChannelAccess,
    GetChannelPayloadSupport,
    GetChannelPayloadVersion,
    PayloadVersion,
    SessionSupport,
    SetChannelAccess,
    Update,
)
from pyghmi.ipmi.spec.codes import (
    INVALID_FIELD,
    OK,
    SYSTEM_INTERFACE,
    THIS_CHANNEL,
    AuthType,
    PayloadType,
    Privilege,
)
from pyghmi.ipmi.spec.parameters import Parameter
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.store import ParameterStore

LAN_CHANNEL, IPMB_CHANNEL = 1, 0
MAC = bytes.fromhex("02 00 00 5e 00 01")
_ROUTER_MAC = bytes.fromhex("02 00 00 5e 00 fe")
_NETWORK_6 = bytes.fromhex("20 01 0d b8 00 00 00 00")
_OURS = _NETWORK_6 + bytes.fromhex("00 00 00 00 00 00 00 10")
_ROUTER_6 = _NETWORK_6 + bytes.fromhex("00 00 00 00 00 00 00 01")
_LINK_LOCAL = bytes.fromhex("fe 80 00 00 00 00 00 00 00 00 00 ff fe 5e 00 01")
_ALL_AUTH_TYPES = 2**AuthType.MD2 + 2**AuthType.MD5 + 2**AuthType.PASSWORD
_DESTINATIONS, _STATIC_6, _DYNAMIC_6 = 4, 4, 4
_MOST_SUITES = 16
_FORUM = (7154).to_bytes(3, "little")
_NO_SESSIONS, _NO_SUCH_MODE, _NO_SUCH_PAYLOAD = 0x82, 0x83, 0x80
_PAYLOADS = (PayloadType.IPMI, PayloadType.SOL)
_KCS, _IPMB = 5, 1
_ACTIVE, _DISABLED = lan.AddressStatus.ACTIVE, lan.AddressStatus.DISABLED


class LanPart:
    """Answers for three channels: IPMB (0), LAN (1) and system interface (Fh).

    suites: numbers of the cipher suites that are offered; sessions: tells how many sessions are open; buses: numbers of
    the channels that are an IPMB.
    """

    def __init__(
        self,
        suites: Sequence[int] = (3, 17),
        sessions: Callable[[], int] = lambda: 1,
        *,
        buses: Iterable[int] = (IPMB_CHANNEL,),
    ) -> None:
        self._sessions = sessions
        self._channels = {**dict.fromkeys(buses, _BUS), **_CHANNELS}
        self.parameters = ParameterStore(lan.PARAMETERS, lan.READ_ONLY_PARAMETERS, _lan_values(suites), _kept)
        self.sol = ParameterStore(sol.PARAMETERS, sol.READ_ONLY_PARAMETERS, _sol_values())
        access = ChannelAccess(
            alerting_disabled=False,
            per_message_disabled=False,
            user_level_disabled=False,
            mode=AccessMode.ALWAYS,
            limit=Privilege.ADMINISTRATOR,
        )
        self.access: dict[Update, ChannelAccess] = {Update.VOLATILE: access, Update.NON_VOLATILE: access}
        self.counters = [1024, 0, 0, 0, 1024, 1024, 1024, 0, 0]
        self.suspended = (False, False)

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x06, 0x40): self._set_access,
            (0x06, 0x41): self._get_access,
            (0x06, 0x42): self._channel_info,
            (0x06, 0x4E): self._payload_support,
            (0x06, 0x4F): self._payload_version,
            (0x0C, 0x01): self._set_lan,
            (0x0C, 0x02): self._get_lan,
            (0x0C, 0x03): self._suspend_arps,
            (0x0C, 0x04): self._statistics,
            (0x0C, 0x21): self._set_sol,
            (0x0C, 0x22): self._get_sol,
        }

    @property
    def sol_enabled(self) -> bool:
        """Whether serial over LAN may be activated."""
        return bool(self.sol.values[sol.SolEnable.parameter, 0, 0].enabled)  # type: ignore[attr-defined]

    def bmc_started(self) -> None:
        """Take up the settings that last."""
        self.access[Update.VOLATILE] = self.access[Update.NON_VOLATILE]

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "lan": self.parameters.state(),
            "sol": self.sol.state(),
            "access": {str(int(which)): access.encode().hex() for which, access in self.access.items()},
            "counters": self.counters,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.parameters.restore(state["lan"])
        self.sol.restore(state["sol"])
        for which, access in state["access"].items():
            self.access[Update(int(which))] = ChannelAccess.decode(bytes.fromhex(access))
        self.counters = list(state["counters"])

    # --- parameters

    def _get_lan(self, data: bytes) -> Reply:
        asked = exact(lan.GetLanParameter, data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        return self.parameters.read(
            asked.parameter, asked.set_selector, asked.block_selector, revision_only=asked.revision_only
        )

    def _set_lan(self, data: bytes) -> Reply:
        asked = lan.SetLanParameter.decode(data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        return self.parameters.write(asked.parameter, asked.data)

    def _get_sol(self, data: bytes) -> Reply:
        asked = exact(sol.GetSolParameter, data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        return self.sol.read(
            asked.parameter, asked.set_selector, asked.block_selector, revision_only=asked.revision_only
        )

    def _set_sol(self, data: bytes) -> Reply:
        asked = sol.SetSolParameter.decode(data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        return self.sol.write(asked.parameter, asked.data)

    def _suspend_arps(self, data: bytes) -> Reply:
        asked = exact(lan.SuspendArps, data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        control = self.parameters.values[(lan.LanParameter.ARP_CONTROL, 0, 0)]
        known = lan.ArpControl.decode(control.encode())
        answer = lan.ArpStatus(
            responses_active=known.responses and not asked.suspend_responses,
            gratuitous_active=known.gratuitous and not asked.suspend_gratuitous,
        )
        return OK, answer.encode()

    def _statistics(self, data: bytes) -> Reply:
        asked = exact(lan.GetLanStatistics, data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        names = [field.name for field in lan.LanStatistics._wire_fields]
        answer = lan.LanStatistics(**dict(zip(names, self.counters)))
        if asked.clear:
            self.counters = [0] * len(self.counters)
        return OK, answer.encode()

    # --- channels

    def _channel_info(self, data: bytes) -> Reply:
        number = _real(exact(GetChannelInfo, data).channel)
        if number not in self._channels:
            return INVALID_FIELD, b""
        medium, protocol, support = self._channels[number]
        answer = ChannelInfo(
            channel=number,
            medium=medium,
            protocol=protocol,
            session_support=support,
            active_sessions=self._sessions() if support is SessionSupport.MULTI else 0,
            vendor_id=_FORUM,
            auxiliary=bytes(2),
        )
        return OK, answer.encode()

    def _get_access(self, data: bytes) -> Reply:
        asked = exact(GetChannelAccess, data)
        if asked.which not in self.access:
            return INVALID_FIELD, b""
        code = self._access_code(asked.channel)
        return code, b"" if code else self.access[asked.which].encode()

    def _set_access(self, data: bytes) -> Reply:
        asked = exact(SetChannelAccess, data)
        code = self._access_code(asked.channel)
        if code:
            return code, b""
        if asked.mode > AccessMode.SHARED:
            return _NO_SUCH_MODE, b""
        for which, held in self.access.items():
            wanted = asked if asked.access_update is which else held
            limit = asked.limit if asked.limit_update is which else held.limit
            self.access[which] = ChannelAccess(
                alerting_disabled=wanted.alerting_disabled,
                per_message_disabled=wanted.per_message_disabled,
                user_level_disabled=wanted.user_level_disabled,
                mode=wanted.mode,
                limit=limit,
            )
        return OK, b""

    def _access_code(self, channel: int) -> int:
        number = _real(channel)
        if number not in self._channels:
            return INVALID_FIELD
        return OK if number == LAN_CHANNEL else _NO_SESSIONS

    def _payload_support(self, data: bytes) -> Reply:
        if _real(exact(GetChannelPayloadSupport, data).channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        answer = ChannelPayloadSupport(
            standard=sum(2**kind for kind in _PAYLOADS),
            session_setup=sum(2 ** (kind - PayloadType.OPEN_REQUEST) for kind in PayloadType if kind >= 0x10),
            oem=0,
            reserved=0,
        )
        return OK, answer.encode()

    def _payload_version(self, data: bytes) -> Reply:
        asked = exact(GetChannelPayloadVersion, data)
        if _real(asked.channel) != LAN_CHANNEL:
            return INVALID_FIELD, b""
        if asked.payload_type not in _PAYLOADS:
            return _NO_SUCH_PAYLOAD, b""
        return OK, PayloadVersion(major=1, minor=0).encode()


_CHANNELS: dict[int, tuple[Medium, int, SessionSupport]] = {
    LAN_CHANNEL: (Medium.LAN_802_3, _IPMB, SessionSupport.MULTI),
    SYSTEM_INTERFACE: (Medium.SYSTEM_INTERFACE, _KCS, SessionSupport.SESSIONLESS),
}
"""Number -> (medium, protocol, sessions)."""
_BUS = (Medium.IPMB, _IPMB, SessionSupport.SESSIONLESS)


def _real(channel: int) -> int:
    return LAN_CHANNEL if channel == THIS_CHANNEL else channel


def _kept(value: Parameter) -> Parameter:
    """Return what is kept of a value that was written: the state of an address is not for others to say."""
    if isinstance(value, lan.Ipv6StaticAddress):
        value.status = _ACTIVE if value.enabled else _DISABLED
    return value


def _lan_values(suites: Sequence[int]) -> Iterator[Parameter]:
    yield from _ipv4_values()
    yield from _ipv6_values()
    ids = bytes(suites[:_MOST_SUITES])
    yield lan.CipherSuiteCount(count=len(ids))
    yield lan.CipherSuites(ids=ids.ljust(_MOST_SUITES, b"\0"))
    administrators = Privilege.ADMINISTRATOR * 0x11
    yield lan.CipherSuitePrivileges(levels=bytes((administrators,)) * (_MOST_SUITES // 2))


def _ipv4_values() -> Iterator[Parameter]:
    yield lan.AuthTypeSupport(oem=False, password=True, md5=True, md2=True, none=False)
    every = _ALL_AUTH_TYPES
    yield lan.AuthTypeEnables(callback=0, user=every, operator=every, administrator=every, oem=0)
    yield lan.IpAddress(address=bytes((192, 0, 2, 10)))
    yield lan.IpAddressSource(source=lan.IpSource.STATIC)
    yield lan.MacAddress(mac=MAC)
    yield lan.SubnetMask(mask=bytes((255, 255, 255, 0)))
    yield lan.Ipv4Header(ttl=64, flags=2, precedence=0, service=8)
    yield lan.PrimaryRmcpPort(port=623)
    yield lan.SecondaryRmcpPort(port=664)
    yield lan.ArpControl(responses=True, gratuitous=False)
    yield lan.GratuitousArpInterval(interval=3)
    yield lan.DefaultGateway(address=bytes((192, 0, 2, 1)))
    yield lan.DefaultGatewayMac(mac=_ROUTER_MAC)
    yield lan.BackupGateway(address=bytes(4))
    yield lan.BackupGatewayMac(mac=bytes(6))
    yield lan.Community(text=b"public".ljust(18, b"\0"))
    yield lan.DestinationCount(count=_DESTINATIONS)
    empty = lan.Ipv4Destination(address=bytes(4), mac=bytes(6)).encode()
    for number in range(_DESTINATIONS + 1):
        yield lan.Destination(set_selector=number)
        yield lan.DestinationAddress(set_selector=number, format=lan.AddressFormat.IPV4, data=empty)
        yield lan.DestinationVlan(set_selector=number, tagged=0, vlan=0, cfi=False, priority=0)
    yield lan.VlanId(enabled=False, vlan=0)
    yield lan.VlanPriority(priority=0)
    yield lan.BadPasswordThreshold(audit_event=False, threshold=0, reset_interval=0, lockout_interval=0)


def _ipv6_values() -> Iterator[Parameter]:
    yield lan.Ipv6Support(destinations=True, both=True, only=False)
    yield lan.Ipv6Enables(enabled=lan.Ipv6Enable.BOTH)
    yield lan.Ipv6TrafficClass(traffic_class=0)
    yield lan.Ipv6HopLimit(hops=64)
    yield lan.Ipv6FlowLabel(label=0)
    yield lan.Ipv6Status(most_static=_STATIC_6, most_dynamic=_DYNAMIC_6, slaac=True, dhcpv6=True)
    yield lan.Ipv6StaticAddress(set_selector=0, enabled=True, address=_OURS, prefix_length=64, status=_ACTIVE)
    for number in range(1, _STATIC_6):
        yield lan.Ipv6StaticAddress(set_selector=number, status=_DISABLED)
    for number in range(_DYNAMIC_6):
        yield lan.Ipv6DynamicAddress(
            set_selector=number,
            source=lan.AddressSource.SLAAC,
            address=bytes(16) if number else _LINK_LOCAL,
            prefix_length=0 if number else 64,
            status=_DISABLED if number else _ACTIVE,
        )
    yield lan.DhcpV6StaticDuidBlocks(count=0)
    yield lan.DhcpV6DynamicDuidBlocks(count=0)
    yield lan.DhcpV6TimingSupport(support=lan.TimingSupport.NONE)
    yield lan.RouterControl(dynamic=True, static=True)
    yield lan.StaticRouterAddress(address=_ROUTER_6)
    yield lan.StaticRouterMac(mac=_ROUTER_MAC)
    yield lan.StaticRouterPrefixLength(length=64)
    yield lan.StaticRouterPrefix(prefix=_NETWORK_6 + bytes(8))
    yield lan.SecondRouterAddress(address=bytes(16))
    yield lan.SecondRouterMac(mac=bytes(6))
    yield lan.SecondRouterPrefixLength(length=0)
    yield lan.SecondRouterPrefix(prefix=bytes(16))
    yield lan.DynamicRouterCount(count=1)
    yield lan.DynamicRouterAddress(set_selector=0, address=_LINK_LOCAL[:15] + b"\xfe")
    yield lan.DynamicRouterMac(set_selector=0, mac=_ROUTER_MAC)
    yield lan.DynamicRouterPrefixLength(set_selector=0, length=64)
    yield lan.DynamicRouterPrefix(set_selector=0, prefix=_NETWORK_6 + bytes(8))
    yield lan.DynamicRouterHopLimit(first=64)
    yield lan.NdTimingSupport(support=lan.TimingSupport.NONE)


def _sol_values() -> Iterator[Parameter]:
    yield sol.SolEnable(enabled=True)
    yield sol.SolAuthentication(force_encryption=True, force_authentication=True, privilege=Privilege.OPERATOR)
    yield sol.SolAccumulate(interval=12, threshold=96)
    yield sol.SolRetry(count=7, interval=50)
    yield sol.SolBitRate(rate=sol.BitRate.B115200)
    yield sol.SolVolatileBitRate(rate=sol.BitRate.B115200)
    yield sol.SolPayloadChannel(channel=LAN_CHANNEL)
    yield sol.SolPayloadPort(port=623)

# SPDX-License-Identifier: Apache-2.0
"""Addresses of the BMC."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed, ParameterAbsent
from pyghmi.ipmi.facade.lanchannel import LanChannelApi
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.lan import Lan
    from pyghmi.ipmi.spec.lan import Ipv6DynamicAddress, Ipv6StaticAddress
    from pyghmi.ipmi.spec.parameters import Parameter

    P = TypeVar("P", bound=Parameter)

# What a call needs of parameters is loaded by the call: the import of this package stays light.

VlanId = Union[int, str, None]
_NO_VLAN = ("off", 0, "0")
_HIGHEST_VLAN = 4094
_NO_PARAMETER = 0x80
_SOURCES = ("Unspecified", "Static", "DHCP", "BIOS", "Other")
_MODES = {"static": 1, "dhcp": 2}


class NetConfiguration(TypedDict, total=False):
    """What `get_net_configuration` returns; a vendor may add 'ipv6_addresses'."""

    ipv4_address: Optional[str]
    ipv4_configuration: Optional[str]
    mac_address: Optional[str]
    ipv4_gateway: Optional[str]
    ipv4_backup_gateway: Optional[str]
    ipv4_gateway_mac: Optional[str]
    ipv4_backup_gateway_mac: Optional[str]
    vlan_id: VlanId
    ipv6_addresses: list[str]


class Net6Configuration(TypedDict, total=False):
    """What `get_net6_configuration` returns; 'static_addrs' only where there are some."""

    static_addrs: list[str]
    static_gateway: str


class Ipv6AddressInfo(TypedDict):
    """An IPv6 address.  source: 'static', 'slaac', 'dhcpv6'; status: 'active', 'disabled', 'pending', 'failed', ..."""

    address: str
    source: str
    status: Optional[str]
    index: int


class NetworkApi(LanChannelApi):
    """Addresses of the BMC."""

    def _lan(self, channel: Optional[int], *hooks: str) -> Lan:
        vendor = self._vendor_if_it_has("lan", *hooks)
        found: Lan = vendor.lan(self._call(), self._channel(channel))
        return found

    def get_net_configuration(self, channel: Optional[int] = None, gateway_macs: bool = True) -> NetConfiguration:
        """Return the IPv4 settings of a channel, None: of the LAN channel.

        'ipv4_address': 'a.b.c.d/length'; 'ipv4_configuration': 'Unspecified', 'Static', 'DHCP', 'BIOS', 'Other';
        'mac_address', 'ipv4_gateway', 'ipv4_backup_gateway': None where there is none; 'ipv4_gateway_mac' and
        'ipv4_backup_gateway_mac' unless gateway_macs is False; 'vlan_id': number or 'off'.  None: the BMC does not say.
        Raises IpmiException.
        """
        vendor = self._vendor_if_it_has("get_oem_net_configuration", "add_extra_net_configuration", "lan")
        if hasattr(vendor, "get_oem_net_configuration"):
            given: NetConfiguration = vendor.get_oem_net_configuration()
            return given
        lan = self._lan(channel)
        found = _ipv4_configuration(lan, gateway_macs)
        if set(found.values()) == {None}:
            _check_channel(lan)
        vendor.add_extra_net_configuration(found, self._channel(channel))
        return found

    def set_net_configuration(
        self,
        ipv4_address: Optional[str] = None,
        ipv4_configuration: Optional[str] = None,
        ipv4_gateway: Optional[str] = None,
        vlan_id: VlanId = None,
        channel: Optional[int] = None,
    ) -> None:
        """Change IPv4 settings of a channel, None: of the LAN channel; what is None stays as it is.

        ipv4_address: 'a.b.c.d', or 'a.b.c.d/length' to set the subnet mask too; ipv4_configuration: 'static' or
        'dhcp'; an address alone makes it static; vlan_id: number, or 'off'.  All is read back.  Where the BMC moves
        before it can answer, nobody knows whether it did: a warning says so, and no error is raised.
        Raises InvalidParameterValue, IpmiException.
        """
        source = None if ipv4_configuration is None else _source(ipv4_configuration)
        if ipv4_address is None and source is None and ipv4_gateway is None and vlan_id is None:
            return
        from pyghmi.ipmi.domains.addresses import parse_ipv4
        from pyghmi.ipmi.spec.lan import IpSource

        address = None if ipv4_address is None else parse_ipv4(ipv4_address)
        gateway = None if ipv4_gateway is None else parse_ipv4(ipv4_gateway).address
        vlan = None if vlan_id is None else _vlan(vlan_id)
        mode = None if source is None else IpSource(source)
        _warn(self._lan(channel).configure(address, mode, gateway, vlan))

    def get_net6_configuration(self, channel: Optional[int] = None) -> Net6Configuration:
        """Return {'static_addrs': ['address/length'], 'static_gateway': address} of a channel.

        'static_addrs' only where there are some.  Raises ParameterAbsent ('Unsupported reply') where the BMC
        has no such settings, IpmiException.
        """
        from pyghmi.ipmi.domains.addresses import ipv6_text
        from pyghmi.ipmi.spec.lan import StaticRouterAddress

        lan = self._lan(channel)
        places, router = lan.ipv6_static(), lan.get(StaticRouterAddress)
        if not places or router is None:
            raise ParameterAbsent("Unsupported reply")
        found: Net6Configuration = {}
        used = [f"{ipv6_text(place.address)}/{place.prefix_length}" for place in places if place.enabled]
        if used:
            found["static_addrs"] = used
        found["static_gateway"] = ipv6_text(router.address)
        return found

    def set_net6_configuration(
        self,
        static_addresses: Optional[Iterable[str]] = None,
        static_gateway: Optional[str] = None,
        channel: Optional[int] = None,
    ) -> None:
        """Change the static IPv6 settings of a channel; what is None stays as it is.

        static_addresses: all that there are to be, 'address' or 'address/length' (else 64); none: as they are, for
        that is what programs know (see `clear_net6_addresses`).  Raises InvalidParameterValue,
        UnsupportedFunctionality, IpmiException.
        """
        from pyghmi.ipmi.domains.addresses import parse_ipv6

        given = [static_addresses] if isinstance(static_addresses, str) else static_addresses
        addresses = [parse_ipv6(text) for text in given or ()]
        gateway = None if static_gateway is None else parse_ipv6(static_gateway).address
        if addresses or gateway is not None:
            _warn(self._lan(channel).configure_ipv6(addresses or None, gateway))

    def clear_net6_addresses(self, channel: Optional[int] = None) -> None:
        """Have no static IPv6 address on a channel.  Raises UnsupportedFunctionality, IpmiException."""
        _warn(self._lan(channel).configure_ipv6([]))

    def get_ipv6_addresses(self, channel: Optional[int] = None) -> list[Ipv6AddressInfo]:
        """Return the IPv6 addresses of a channel that are in use, set by hand or not.

        Each: {'address': 'address/length', 'source', 'status', 'index'}.  Raises IpmiException.
        """
        from pyghmi.ipmi.domains.addresses import ipv6_text
        from pyghmi.ipmi.spec.lan import AddressStatus

        lan = self._lan(channel)
        places: list[Union[Ipv6StaticAddress, Ipv6DynamicAddress]] = []
        places += [place for place in lan.ipv6_static() if place.enabled]
        places += [place for place in lan.ipv6_dynamic() if any(place.address)]
        return [
            {
                "address": f"{ipv6_text(place.address)}/{place.prefix_length}",
                "source": place.source.name.lower(),
                "status": None if place.status is None else place.status.name.lower(),
                "index": place.set_selector,
            }
            for place in places
            if place.status != AddressStatus.DISABLED
        ]

    def get_lan_parameters(self, channel: Optional[int] = None) -> dict[str, Any]:
        """Return all network settings of a channel by name, None where the BMC does not say.

        Names are those of the specification: 'ip_address', 'subnet_mask', 'arp_control', 'cipher_suites', ...  Numbers
        are int, in the units of the specification (see `set_lan_parameter`), switches bool, addresses str; what has
        parts is a dictionary.  One that cannot be read ends nothing.
        Raises IpmiException where the BMC is not to be reached.
        """
        from pyghmi.ipmi.facade.lantable import all_parameters

        lan = self._lan(channel)
        found = all_parameters(lan)
        if not any(found.values()):
            _check_channel(lan)
        return found

    def set_lan_parameter(self, name: str, value: Any, channel: Optional[int] = None) -> None:
        """Change one network setting that ends no session: a name of `get_lan_parameters`, and a value as it gives it.

        Possible: 'community', 'arp_control', 'gratuitous_arp_interval', 'ipv4_header', 'vlan_priority',
        'backup_gateway', 'backup_gateway_mac', 'default_gateway_mac', 'bad_password_threshold', 'auth_type_enables',
        'ipv6_hop_limit', 'ipv6_traffic_class', 'ipv6_flow_label', 'ipv6_router_control', 'primary_rmcp_port',
        'secondary_rmcp_port'.  Of dictionaries the parts that are named change.  It is read back.
        The interval is in units of 0.5 s, counted from 0 (3: 2 s), those of 'bad_password_threshold' in units of 10 s.
        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.facade.lantable import change_parameter

        change_parameter(self._lan(channel), name, value)

    def get_lan_statistics(self, channel: Optional[int] = None, clear: bool = False) -> dict[str, Optional[int]]:
        """Return the counters of IP, UDP and RMCP by name: 'ip_received', 'udp_received', 'rmcp_received', ...

        They stop at 65535; clear: they begin anew.  Raises IpmiException.
        """
        found = self._lan(channel).statistics(clear=clear)
        return {field.name: getattr(found, field.name) for field in found._wire_fields}


def _ipv4_configuration(lan: Lan, gateway_macs: bool) -> NetConfiguration:
    from pyghmi.ipmi.domains.addresses import prefix_length
    from pyghmi.ipmi.spec import lan as spec

    address, mask = _readable(lan, spec.IpAddress), _readable(lan, spec.SubnetMask)
    source, mac = _readable(lan, spec.IpAddressSource), _readable(lan, spec.MacAddress)
    shown = None if address is None else _ipv4(address.address)
    if shown is not None and mask is not None:
        shown += f"/{prefix_length(mask.mask)}"
    gateway, backup = _readable(lan, spec.DefaultGateway), _readable(lan, spec.BackupGateway)
    found: NetConfiguration = {
        "ipv4_address": shown,
        "ipv4_configuration": None if source is None else _SOURCES[min(source.source, len(_SOURCES) - 1)],
        "mac_address": None if mac is None else _mac(mac.mac),
        "ipv4_gateway": None if gateway is None else _ipv4(gateway.address),
        "ipv4_backup_gateway": None if backup is None else _ipv4(backup.address),
    }
    if gateway_macs:
        first, second = _readable(lan, spec.DefaultGatewayMac), _readable(lan, spec.BackupGatewayMac)
        found["ipv4_gateway_mac"] = None if first is None else _mac(first.mac)
        found["ipv4_backup_gateway_mac"] = None if second is None else _mac(second.mac)
    vlan = _readable(lan, spec.VlanId)
    found["vlan_id"] = None if vlan is None else vlan.vlan if vlan.enabled else "off"
    return found


def _check_channel(lan: Lan) -> None:
    """Raise what a BMC says to a channel that is not there, or not a LAN; it is all the same for a lone parameter."""
    from pyghmi.ipmi.spec.lan import MacAddress

    try:
        lan.need(MacAddress)
    except CompletionCodeError as error:
        if error.code != _NO_PARAMETER:
            raise
    except Malformed:
        pass


def _readable(lan: Lan, kind: type[P]) -> Optional[P]:
    """Return a parameter, None also where it makes no sense: the others count all the same."""
    try:
        return lan.get(kind)
    except Malformed:
        return None


def _ipv4(address: bytes) -> Optional[str]:
    from pyghmi.ipmi.domains.addresses import ipv4_text

    return ipv4_text(address) if any(address) else None


def _mac(mac: bytes) -> Optional[str]:
    from pyghmi.ipmi.domains.addresses import mac_text

    return mac_text(mac) if any(mac) else None


def _source(name: str) -> int:
    """Return the number of a way to get an address.  Raises InvalidParameterValue."""
    found = _MODES.get(name.lower()) if isinstance(name, str) else None
    if found is None:
        raise InvalidParameterValue(f"Unrecognized ipv4cfg parameter {name}")
    return found


def _vlan(vlan_id: VlanId) -> int:
    """Return the number of a VLAN, 0 for none.  Raises InvalidParameterValue."""
    if vlan_id in _NO_VLAN:
        return 0
    try:
        number = int(vlan_id or 0)
    except (TypeError, ValueError):
        number = -1
    if not 1 <= number <= _HIGHEST_VLAN:
        raise InvalidParameterValue(f"vlan_id must be 1 to {_HIGHEST_VLAN} or 'off', not {vlan_id!r}")
    return number


def _warn(unsure: tuple[Parameter, ...]) -> None:
    """Tell of changes that nobody knows the fate of."""
    if not unsure:
        return
    import warnings

    from pyghmi.ipmi.domains.parameters import name_of

    names = ", ".join(map(name_of, unsure))
    warnings.warn(f"no answer to the change of {names}: it may have been made, and the BMC have moved", stacklevel=3)


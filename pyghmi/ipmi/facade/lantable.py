# SPDX-License-Identifier: Apache-2.0
"""The network settings by name, as plain values."""
from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.addresses import ipv4_text, ipv6_text, mac_text, parse_ipv4
from pyghmi.ipmi.domains.lan import Lan, Router
from pyghmi.ipmi.spec import lan as spec
from pyghmi.ipmi.spec.codes import AuthType
from pyghmi.ipmi.spec.parameters import Parameter
from pyghmi.ipmi.wire.layout import Message, OpenEnum
from pyghmi.ipmi.wire.text import decode_eight_bit

_COMMUNITY_BYTES = 18
_MAC_BYTES = 6
_AUTH_TYPES = (AuthType.NONE, AuthType.MD2, AuthType.MD5, AuthType.PASSWORD, AuthType.OEM)


def _auth_types(mask: int | None) -> list[str]:
    return [kind.name.lower() for kind in _AUTH_TYPES if (mask or 0) // 2**kind % 2]


def _auth_mask(names: list[str]) -> int:
    known = {kind.name.lower(): 2**kind for kind in _AUTH_TYPES}
    try:
        return sum(known[name] for name in set(names))
    except KeyError as error:
        raise InvalidParameterValue(f"unknown authentication type {error}; there are {', '.join(known)}") from None


def _community(text: bytes) -> str:
    return decode_eight_bit(text.split(b"\0")[0])


def _community_bytes(text: str) -> bytes:
    if not isinstance(text, str):
        raise InvalidParameterValue(f"a community must be text, not {text!r}")
    data = text.encode("utf-8")
    if len(data) > _COMMUNITY_BYTES:
        raise InvalidParameterValue(f"a community has at most {_COMMUNITY_BYTES} bytes, this one has {len(data)}")
    return data.ljust(_COMMUNITY_BYTES, b"\0")


def _mac_bytes(text: str) -> bytes:
    try:
        data = bytes.fromhex(text.replace(":", "").replace("-", ""))
    except (AttributeError, ValueError):
        data = b""
    if len(data) != _MAC_BYTES:
        raise InvalidParameterValue(f"{text!r} is no MAC address")
    return data


def _ipv4_bytes(text: str) -> bytes:
    return parse_ipv4(text).address


_READ: tuple[tuple[str, type[Parameter], Optional[Callable[[Any], Any]]], ...] = (
    ("auth_type_support", spec.AuthTypeSupport, None),
    ("auth_type_enables", spec.AuthTypeEnables, _auth_types),
    ("ip_address", spec.IpAddress, ipv4_text),
    ("ip_source", spec.IpAddressSource, None),
    ("mac_address", spec.MacAddress, mac_text),
    ("subnet_mask", spec.SubnetMask, ipv4_text),
    ("ipv4_header", spec.Ipv4Header, None),
    ("primary_rmcp_port", spec.PrimaryRmcpPort, None),
    ("secondary_rmcp_port", spec.SecondaryRmcpPort, None),
    ("arp_control", spec.ArpControl, None),
    ("gratuitous_arp_interval", spec.GratuitousArpInterval, None),
    ("default_gateway", spec.DefaultGateway, ipv4_text),
    ("default_gateway_mac", spec.DefaultGatewayMac, mac_text),
    ("backup_gateway", spec.BackupGateway, ipv4_text),
    ("backup_gateway_mac", spec.BackupGatewayMac, mac_text),
    ("community", spec.Community, _community),
    ("destination_count", spec.DestinationCount, None),
    ("vlan_id", spec.VlanId, None),
    ("vlan_priority", spec.VlanPriority, None),
    ("bad_password_threshold", spec.BadPasswordThreshold, None),
    ("ipv6_support", spec.Ipv6Support, None),
    ("ipv6_enables", spec.Ipv6Enables, None),
    ("ipv6_traffic_class", spec.Ipv6TrafficClass, None),
    ("ipv6_hop_limit", spec.Ipv6HopLimit, None),
    ("ipv6_flow_label", spec.Ipv6FlowLabel, None),
    ("ipv6_status", spec.Ipv6Status, None),
    ("dhcpv6_static_duid_blocks", spec.DhcpV6StaticDuidBlocks, None),
    ("dhcpv6_dynamic_duid_blocks", spec.DhcpV6DynamicDuidBlocks, None),
    ("dhcpv6_timing_support", spec.DhcpV6TimingSupport, None),
    ("ipv6_router_control", spec.RouterControl, None),
    ("nd_timing_support", spec.NdTimingSupport, None),
)
"""Name, parameter, and what shows its fields; None: they are shown as they are."""

_WRITE: dict[str, tuple[type[Parameter], Callable[[Any], Any] | None]] = {
    "community": (spec.Community, _community_bytes),
    "arp_control": (spec.ArpControl, None),
    "gratuitous_arp_interval": (spec.GratuitousArpInterval, None),
    "ipv4_header": (spec.Ipv4Header, None),
    "vlan_priority": (spec.VlanPriority, None),
    "default_gateway_mac": (spec.DefaultGatewayMac, _mac_bytes),
    "backup_gateway": (spec.BackupGateway, _ipv4_bytes),
    "backup_gateway_mac": (spec.BackupGatewayMac, _mac_bytes),
    "bad_password_threshold": (spec.BadPasswordThreshold, None),
    "auth_type_enables": (spec.AuthTypeEnables, _auth_mask),
    "ipv6_hop_limit": (spec.Ipv6HopLimit, None),
    "ipv6_traffic_class": (spec.Ipv6TrafficClass, None),
    "ipv6_flow_label": (spec.Ipv6FlowLabel, None),
    "ipv6_router_control": (spec.RouterControl, None),
    "primary_rmcp_port": (spec.PrimaryRmcpPort, None),
    "secondary_rmcp_port": (spec.SecondaryRmcpPort, None),
}
"""Name -> parameter, and how a value becomes what its field holds."""


def all_parameters(lan: Lan) -> dict[str, Any]:
    """Return all settings by name; None: the BMC does not say, or cannot be understood."""
    found = {name: tolerated(partial(_one, lan, kind, show)) for name, kind, show in _READ}
    found["cipher_suites"] = tolerated(lambda: _suites(lan))
    found["ipv6_static_addresses"] = tolerated(lambda: [_place(place) for place in lan.ipv6_static()])
    found["ipv6_dynamic_addresses"] = tolerated(lambda: [_place(place) for place in lan.ipv6_dynamic()])
    found["ipv6_static_routers"] = tolerated(lambda: [_router(router) for router in lan.static_routers()])
    found["dynamic_router_hop_limit"] = tolerated(lambda: _hops(lan))
    found["ipv6_dynamic_routers"] = tolerated(lambda: [_router(router) for router in lan.dynamic_routers()])
    return found


def _one(lan: Lan, kind: type[Parameter], show: Callable[[Any], Any] | None) -> Any:
    return plain(lan.get(kind), show)


def tolerated(read: Callable[[], Any]) -> Any:
    """Return what can be read, None for one thing that cannot."""
    try:
        return read()
    except (CompletionCodeError, Malformed):
        return None


def plain(value: Message | None, show: Callable[[Any], Any] | None = None) -> Any:
    """Return a parameter as plain values: its one field, or a dictionary of all."""
    if value is None:
        return None
    fields = {field.name: _shown(getattr(value, field.name), show) for field in value._wire_fields}
    return next(iter(fields.values())) if len(fields) == 1 else fields


def _shown(value: Any, show: Callable[[Any], Any] | None) -> Any:
    if show is not None:
        return show(value)
    return value.name.lower() if isinstance(value, OpenEnum) else value


def _suites(lan: Lan) -> list[dict[str, Any]] | None:
    suites = lan.cipher_suites()
    if suites is None:
        return None
    return [
        {"suite": each.suite, "max_privilege": None if each.limit is None else each.limit.name.lower()}
        for each in suites
    ]


def _hops(lan: Lan) -> int | None:
    found = lan.get(spec.DynamicRouterHopLimit)
    return None if found is None else found.hops


def _place(place: spec.Ipv6StaticAddress | spec.Ipv6DynamicAddress) -> dict[str, Any]:
    if isinstance(place, spec.Ipv6StaticAddress):
        enabled = place.enabled
    else:
        enabled = place.status != spec.AddressStatus.DISABLED
    return {
        "index": place.set_selector,
        "enabled": enabled,
        "source": place.source.name.lower(),
        "address": ipv6_text(place.address),
        "prefix_length": place.prefix_length,
        "status": None if place.status is None else place.status.name.lower(),
    }


def _router(router: Router) -> dict[str, Any]:
    return {
        "address": ipv6_text(router.address),
        "mac": None if router.mac is None else mac_text(router.mac),
        "prefix": None if router.prefix is None else ipv6_text(router.prefix),
        "prefix_length": router.prefix_length,
    }


def _converted(name: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except TypeError as error:
        raise InvalidParameterValue(f"{name}: {error}") from None


def change_parameter(lan: Lan, name: str, value: Any) -> None:
    """Change one setting.  Raises InvalidParameterValue for a name or value that cannot be."""
    if name not in _WRITE:
        raise InvalidParameterValue(f"{name!r} cannot be set; possible: {', '.join(_WRITE)}")
    kind, convert = _WRITE[name]
    known = [field.name for field in kind._wire_fields]
    given = value if isinstance(value, dict) else {known[0]: value} if len(known) == 1 else None
    if given is None or not set(given) <= set(known):
        raise InvalidParameterValue(f"{name} has the parts {', '.join(known)}, not {value!r}")
    if convert is not None:
        given = {part: _converted(name, convert, each) for part, each in given.items()}
    now = lan.get(kind) if set(given) != set(known) else None
    held = {} if now is None else {part: getattr(now, part) for part in known}
    try:
        wanted = kind(**{**held, **given})
        wanted.encode()
    except TypeError as error:
        raise InvalidParameterValue(f"{name}: {error}") from None
    lan.write(wanted)

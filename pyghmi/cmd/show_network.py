# SPDX-License-Identifier: Apache-2.0
"""net, lan: the addresses of a BMC, and all else that is set for its network."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.values import flat
from pyghmi.cmd.words import CHANNELS, Words
from pyghmi.ipmi.domains.addresses import parse_ipv4, parse_ipv6

_NET = Table(
    columns(
        ("ipv4_address", "IPv4 address"),
        ("ipv4_configuration", "From"),
        ("ipv4_gateway", "Gateway"),
        ("ipv4_gateway_mac", "Its MAC address"),
        ("ipv4_backup_gateway", "Second gateway"),
        ("ipv4_backup_gateway_mac", "Its MAC address"),
        ("mac_address", "MAC address"),
        ("vlan_id", "VLAN"),
        ("ipv6_addresses", "IPv6 addresses"),
        ("ipv6_gateway", "IPv6 gateway"),
    ),
    upright=True,
)
_LAN = Table(columns(("parameter", "Parameter"), ("value", "Value")))
_SET = ("address", "source", "gateway", "vlan")
_SET_6 = ("ipv6", "ipv6-gateway")
_NONE = "none"
_SOURCES = {"dhcp": "dhcp", "static": "static"}
_VLANS = (1, 4094)
_SECRET = ("community",)
"""What is as good as a password to some devices: `alert community` tells it to those who ask for it."""


def net(_words: Words) -> Job:
    """Tell the addresses."""

    def rows(run: Run) -> Iterator[Row]:
        found: dict[str, Any] = dict(run.command.get_net_configuration())
        more = run.optional(run.command.get_net6_configuration) or {}
        found.setdefault("ipv6_addresses", more.get("static_addrs"))
        found["ipv6_gateway"] = more.get("static_gateway")
        yield found

    def lines(run: Run) -> Iterator[str]:
        yield str(run.command.get_net_configuration())

    return Job(_NET, rows, lines)


def lan(words: Words) -> Job:
    """Tell all network settings, or change addresses."""
    text = words.option("--channel")
    channel = None if text is None else words.as_number(text, "channel", *CHANNELS)
    if words.take_if("set"):
        return _change(words, channel)

    def rows(run: Run) -> Iterator[Row]:
        for name, value in flat(run.command.get_lan_parameters(channel)):
            if name not in _SECRET:
                yield {"parameter": name, "value": value}

    return Job(_LAN, rows)


def _checked(words: Words, wanted: dict[str, str]) -> list[str]:
    """Return the IPv6 addresses that are wanted.  Raises UsageError for what is no address."""
    for name, check in (("address", parse_ipv4), ("gateway", parse_ipv4), ("ipv6-gateway", parse_ipv6)):
        if name in wanted:
            words.checked(check, wanted[name])
    addresses = wanted["ipv6"].split(",") if wanted.get("ipv6", _NONE) != _NONE else []
    return [words.checked(parse_ipv6, address) for address in addresses]


def _change(words: Words, channel: Optional[int]) -> Job:
    wanted: dict[str, str] = {}
    while words:
        name = words.take("setting")
        if name not in (*_SET, *_SET_6):
            raise UsageError(f"lan set takes {', '.join((*_SET, *_SET_6))}, not {name!r}")
        wanted[name] = words.take(f"value of {name}")
    if not wanted:
        raise words.wrong("a setting is missing")
    source = words.as_one_of(wanted["source"], "source", _SOURCES) if "source" in wanted else None
    vlan = wanted.get("vlan")
    if vlan is not None and vlan != "off":
        words.as_number(vlan, "vlan", *_VLANS)

    addresses = _checked(words, wanted)

    def act(run: Run) -> str:
        command = run.command
        if wanted.get("ipv6") == _NONE:
            command.clear_net6_addresses(channel)
        if set(wanted) & set(_SET_6):
            command.set_net6_configuration(addresses, wanted.get("ipv6-gateway"), channel)
        if set(wanted) & set(_SET):
            command.set_net_configuration(wanted.get("address"), source, wanted.get("gateway"), vlan, channel)
        return f"set: {', '.join(f'{name} {value}' for name, value in wanted.items())}"

    return doing(act)

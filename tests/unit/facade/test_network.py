# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for the network, over a BMC in memory.  Expected dictionaries: those of the long-standing interface."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, IpmiException, UnsupportedFunctionality
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.sim.lan import LanPart

GET, SET = (0x0C, 0x02), (0x0C, 0x01)


def made(*values: tuple[int, str], **knobs: Any) -> tuple[MemoryBmc, Command]:
    """A BMC with some parameters written first, as (number, hexadecimal data)."""
    part = LanPart()
    for number, data in values:
        assert part.parameters.write(number, bytes.fromhex(data)) == (0, b"")
    bmc = MemoryBmc(part, **knobs)
    return bmc, command_over(bmc)


def writes(bmc: MemoryBmc) -> list[str]:
    return [data.hex(" ") for netfn, cmd, data in bmc.asked if (netfn, cmd) == SET and data[1]]


EXAMPLE = (
    (3, "0a000005"), (6, "ffffff00"), (5, "020000000001"), (12, "0a000001"), (13, "000000000000"), (14, "00000000"),
    (20, "6480"),
)


def test_net_configuration() -> None:
    """The example of the long-known package."""
    _bmc, command = made(*EXAMPLE)
    assert command.get_net_configuration() == {
        "ipv4_address": "10.0.0.5/24",
        "ipv4_configuration": "Static",
        "mac_address": "02:00:00:00:00:01",
        "ipv4_gateway": "10.0.0.1",
        "ipv4_backup_gateway": None,
        "ipv4_gateway_mac": None,
        "ipv4_backup_gateway_mac": None,
        "vlan_id": 100,
    }


def test_net_configuration_asks_only_for_what_it_shows() -> None:
    bmc, command = made()
    found = command.get_net_configuration(channel=1, gateway_macs=False)
    assert "ipv4_gateway_mac" not in found and "ipv4_backup_gateway_mac" not in found
    assert found["vlan_id"] == "off"
    assert sorted(data[1] for _n, _c, data in bmc.asked) == [3, 4, 5, 6, 12, 14, 20]
    assert {data[0] for _n, _c, data in bmc.asked} == {1}


@pytest.mark.parametrize(
    ("number", "name"), [(0, "Unspecified"), (1, "Static"), (2, "DHCP"), (3, "BIOS"), (4, "Other"), (9, "Other")]
)
def test_where_the_address_comes_from(number: int, name: str) -> None:
    assert made((4, f"{number:02x}"))[1].get_net_configuration()["ipv4_configuration"] == name


def test_one_odd_value_ends_nothing() -> None:
    short = {3: b"\x11\xc0\0", 20: b"\x11\1"}
    _bmc, command = made(knobs={GET: lambda data, normal: (0, short[data[1]]) if data[1] in short else normal(data)})
    found = command.get_net_configuration()
    assert (found["ipv4_address"], found["vlan_id"], found["ipv4_gateway"]) == (None, None, "192.0.2.1")


def test_an_address_without_a_mask() -> None:
    _bmc, command = made(knobs={GET: lambda data, normal: (0x80, b"") if data[1] == 6 else normal(data)})
    assert command.get_net_configuration()["ipv4_address"] == "192.0.2.10"


def test_an_address_of_zeros_is_none() -> None:
    """As the long-known package has it."""
    _bmc, command = made((3, "00000000"), (6, "00000000"), (12, "00000000"))
    found = command.get_net_configuration()
    assert (found["ipv4_address"], found["ipv4_gateway"]) == (None, None)


def test_setting_nothing_asks_nothing() -> None:
    bmc, command = made()
    assert command.set_net_configuration() is None
    assert command.set_net6_configuration() is None
    assert bmc.asked == []


def test_setting_all() -> None:
    bmc, command = made((4, "02"))
    assert command.set_net_configuration("10.0.0.5/24", "Static", "10.0.0.1", 100) is None
    assert writes(bmc) == [
        "01 04 01", "01 03 0a 00 00 05", "01 06 ff ff ff 00", "01 0c 0a 00 00 01", "01 14 64 80",
    ]
    found = command.get_net_configuration()
    assert (found["ipv4_address"], found["ipv4_gateway"], found["vlan_id"]) == ("10.0.0.5/24", "10.0.0.1", 100)


@pytest.mark.parametrize(("vlan", "data"), [("off", "01 14 00 00"), (0, "01 14 00 00"), ("0", "01 14 00 00"), ("7", "01 14 07 80"), (4094, "01 14 fe 8f")])
def test_setting_the_vlan(vlan: Any, data: str) -> None:
    bmc, command = made((20, "6480"))
    command.set_net_configuration(vlan_id=vlan)
    assert writes(bmc) == [data]


def test_setting_dhcp() -> None:
    bmc, command = made()
    command.set_net_configuration(ipv4_configuration="DHCP")
    assert writes(bmc) == ["01 04 02"]
    command.set_net_configuration(ipv4_configuration="dhcp", channel=1)
    assert len(writes(bmc)) == 1


def test_wrong_arguments_are_refused_before_anything_is_asked() -> None:
    bmc, command = made()
    with pytest.raises(InvalidParameterValue, match="^Unrecognized ipv4cfg parameter bootp$"):
        command.set_net_configuration(ipv4_configuration="bootp")
    for arguments in ({"ipv4_address": "10.0.0"}, {"ipv4_gateway": "gate"}, {"vlan_id": 4095}, {"vlan_id": "x"}, {"vlan_id": -1}):
        with pytest.raises(InvalidParameterValue):
            command.set_net_configuration(**arguments)
    assert bmc.asked == []


def test_net6_configuration() -> None:
    """The example of the long-known package."""
    address = "fd000000000000000000000000000001"
    _bmc, command = made((56, f"00 80 {address} 40 00"), (65, "fe80" + "00" * 13 + "01"))
    assert command.get_net6_configuration() == {"static_addrs": ["fd00::1/64"], "static_gateway": "fe80::1"}


def test_net6_configuration_without_addresses() -> None:
    _bmc, command = made((56, "00 00" + "00" * 16 + "00 00"))
    assert command.get_net6_configuration() == {"static_gateway": "2001:db8::1"}


def test_setting_ipv6_addresses_each_in_its_place() -> None:
    """Defect 38 of the long-known package: every address was written to place 0."""
    bmc, command = made()
    command.set_net6_configuration(["fd00::1", "fd00::2/48"], "fe80::1")
    first, second = "fd" + " 00" * 14, " 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
    assert writes(bmc) == [
        f"01 38 00 80 {first} 01 40 00", f"01 38 01 80 {first} 02 30 00", f"01 41 fe 80{second[: 13 * 3]} 01",
    ]
    assert command.get_net6_configuration() == {
        "static_addrs": ["fd00::1/64", "fd00::2/48"], "static_gateway": "fe80::1",
    }


def test_ipv6_addresses_that_are_no_longer_wanted_go() -> None:
    _bmc, command = made()
    command.set_net6_configuration(["fd00::1", "fd00::2"])
    command.set_net6_configuration("fd00::3/56")
    assert command.get_net6_configuration()["static_addrs"] == ["fd00::3/56"]
    command.set_net6_configuration([])
    assert command.get_net6_configuration()["static_addrs"] == ["fd00::3/56"], "none given: as it is"
    command.clear_net6_addresses()
    assert "static_addrs" not in command.get_net6_configuration()
    with pytest.raises(InvalidParameterValue, match="4 static IPv6 addresses, not 5"):
        command.set_net6_configuration(["fd00::1"] * 5)


def test_setting_the_ipv6_router_alone() -> None:
    bmc, command = made()
    command.set_net6_configuration(static_gateway="fe80::1")
    assert writes(bmc) == ["01 41 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01"]


def test_ipv6_where_there_is_none() -> None:
    _bmc, command = made(knobs={key: lambda data, normal: (0x80, b"") if data[1] > 50 else normal(data) for key in (GET, SET)})
    with pytest.raises(UnsupportedFunctionality):
        command.set_net6_configuration(["fd00::1"])
    with pytest.raises(UnsupportedFunctionality, match="^Unsupported reply$"):
        command.get_net6_configuration()
    with pytest.raises(IpmiException) as caught:  # as it has always been
        command.get_net6_configuration()
    assert caught.value.ipmicode == 0x80
    assert command.get_ipv6_addresses() == []


def test_ipv6_addresses_of_all_kinds() -> None:
    _bmc, command = made()
    assert command.get_ipv6_addresses() == [
        {"address": "2001:db8::10/64", "source": "static", "status": "active", "index": 0},
        {"address": "fe80::ff:fe5e:1/64", "source": "slaac", "status": "active", "index": 0},
    ]


def test_all_parameters() -> None:
    _bmc, command = made(knobs={GET: lambda data, normal: (0xC1, b"") if data[1] == 7 else (0, b"\x11\1") if data[1] == 3 else normal(data)})
    found = command.get_lan_parameters()
    assert found["ipv4_header"] is None, "refused"
    assert found["ip_address"] is None, "malformed"
    assert found["subnet_mask"] == "255.255.255.0"
    assert found["arp_control"] == {"responses": True, "gratuitous": False}
    assert found["auth_type_enables"]["administrator"] == ["md2", "md5", "password"]
    assert found["cipher_suites"] == [
        {"suite": 3, "max_privilege": "administrator"}, {"suite": 17, "max_privilege": "administrator"},
    ]
    assert found["dynamic_router_hop_limit"] == 64
    assert found["ipv6_enables"] == "both"
    assert [place["enabled"] for place in found["ipv6_dynamic_addresses"]] == [True, False, False, False]


@pytest.mark.parametrize(
    ("name", "value", "data"),
    [
        ("arp_control", {"gratuitous": True}, "01 0a 03"),
        ("arp_control", {"gratuitous": True, "responses": False}, "01 0a 01"),
        ("gratuitous_arp_interval", 10, "01 0b 0a"),
        ("community", "secret", "01 10 " + b"secret".ljust(18, b"\0").hex(" ")),
        ("backup_gateway", "192.0.2.3", "01 0e c0 00 02 03"),
        ("backup_gateway_mac", "02-00-00-00-00-03", "01 0f 02 00 00 00 00 03"),
        ("bad_password_threshold", {"threshold": 3}, "01 1a 00 03 00 00 00 00"),
        ("auth_type_enables", {"user": ["md5"]}, "01 02 00 04 16 16 00"),
        ("ipv6_flow_label", 0xABCDE, "01 36 0a bc de"),
    ],
)
def test_setting_one_parameter(name: str, value: Any, data: str) -> None:
    bmc, command = made()
    command.set_lan_parameter(name, value)
    assert writes(bmc) == [data]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ip_address", "10.0.0.1"), ("arp_control", True), ("arp_control", {"gratis": True}), ("community", "x" * 19),
        ("backup_gateway_mac", "02:00"), ("backup_gateway_mac", 7), ("auth_type_enables", {"user": ["md6"]}), ("vlan_priority", 8),
    ],
)
def test_what_cannot_be_set(name: str, value: Any) -> None:
    bmc, command = made()
    with pytest.raises(InvalidParameterValue):
        command.set_lan_parameter(name, value)
    assert writes(bmc) == []


def test_parts_of_what_cannot_be_read() -> None:
    _bmc, command = made(knobs={GET: lambda data, normal: (0x80, b"") if data[1] == 10 else normal(data)})
    with pytest.raises(InvalidParameterValue, match="arp_control"):
        command.set_lan_parameter("arp_control", {"gratuitous": True})


def test_statistics() -> None:
    _bmc, command = made()
    assert command.get_lan_statistics(clear=True)["ip_received"] == 1024
    assert set(command.get_lan_statistics().values()) == {0}


def test_errors_carry_the_code() -> None:
    """Defect 35 of the long-known package."""
    _bmc, command = made(knobs={GET: lambda data, normal: (0xD4, b"")})
    with pytest.raises(CompletionCodeError) as caught:
        command.get_net_configuration()
    assert caught.value.ipmicode == 0xD4


# --- vendors


class Adding(OEMHandler):
    def add_extra_net_configuration(self, netdata: dict[str, Any], channel: int | None = None) -> None:
        netdata["ipv6_addresses"] = ["fd00::9/64", channel]


class Replacing(OEMHandler):
    def get_oem_net_configuration(self) -> dict[str, Any]:
        return {"ipv4_address": "by the vendor"}


def test_a_vendor_adds() -> None:
    _bmc, command = made()
    command._oem = Adding({}, command)
    found: Any = command.get_net_configuration(channel=1)
    assert found["ipv6_addresses"] == ["fd00::9/64", 1]
    assert found["ipv4_address"] == "192.0.2.10/24"
    found = command.get_net_configuration()
    assert found["ipv6_addresses"] == ["fd00::9/64", 1], "the channel that is read, also where the caller names none"


def test_a_vendor_replaces() -> None:
    bmc, command = made()
    command._oem = Replacing({}, command)
    assert command.get_net_configuration() == {"ipv4_address": "by the vendor"}
    assert bmc.asked == []


def test_a_generic_bmc_is_not_asked_who_it_is() -> None:
    bmc, command = made()
    command.get_net_configuration()
    assert bmc.count(6, 1) == 0


def test_a_channel_that_is_no_lan() -> None:
    """It refuses each parameter, as a BMC refuses one that it has not: that is an error, and no empty answer.  IPMI 2.0 §23.2."""
    bmc, command = made(knobs={GET: lambda data, normal: (0xCC, b"") if data[0] == 5 else normal(data)})
    for call in (command.get_net_configuration, command.get_lan_parameters):
        with pytest.raises(CompletionCodeError) as caught:
            call(5)
        assert caught.value.code == 0xCC
    bmc.knobs[GET] = lambda _data, _normal: (0x80, b"")
    assert set(command.get_net_configuration(5).values()) == {None}
    bmc.knobs[GET] = lambda _data, _normal: (0, b"\x11")
    assert set(command.get_net_configuration(5).values()) == {None}

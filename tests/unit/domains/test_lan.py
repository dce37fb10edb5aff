# SPDX-License-Identifier: Apache-2.0
"""Network settings.  Bytes by IPMI 2.0 §23, table 23-4."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.addresses import (
    Address,
    ipv4_text,
    ipv6_text,
    is_ipv6,
    mac_text,
    mask_of,
    parse_ipv4,
    parse_ipv6,
    prefix_length,
)
from pyghmi.ipmi.domains.lan import Gateway, Lan, Router, SuiteLimit, network_channel
from pyghmi.ipmi.domains.parameters import Parameters, name_of
from pyghmi.ipmi.spec import lan as spec
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.ipmi.spec.parameters import Parameter, Progress, SetInProgress

SIXTEEN = bytes(range(16))


# --- addresses


def test_addresses_as_text() -> None:
    assert ipv4_text(bytes((10, 0, 0, 5))) == "10.0.0.5"
    assert ipv6_text(bytes.fromhex("fd000000000000000000000000000001")) == "fd00::1"
    assert mac_text(bytes.fromhex("0200ab000001")) == "02:00:ab:00:00:01"


@pytest.mark.parametrize(("mask", "length"), [("ffffff00", 24), ("ffffff80", 25), ("00000000", 0), ("ffffffff", 32), ("80000000", 1)])
def test_masks(mask: str, length: int) -> None:
    assert prefix_length(bytes.fromhex(mask)) == length
    assert mask_of(length) == bytes.fromhex(mask)


def test_a_mask_with_a_hole() -> None:
    """As the long-known package has it."""
    assert prefix_length(bytes.fromhex("ff00ff00")) == 24


def test_addresses_are_parsed() -> None:
    assert parse_ipv4("10.0.0.5") == Address(bytes((10, 0, 0, 5)), None)
    assert parse_ipv4("10.0.0.5/24") == Address(bytes((10, 0, 0, 5)), 24)
    assert parse_ipv6("fd00::1").prefix_length == 64
    assert parse_ipv6("fd00::1/48") == Address(bytes.fromhex("fd000000000000000000000000000001"), 48)
    assert is_ipv6("fd00::1") and not is_ipv6("10.0.0.5")


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.5/33", "ten", "10.0.0.256", "fd00::1"])
def test_what_is_no_ipv4_address_is_named(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match="no IPv4 address"):
        parse_ipv4(text)


@pytest.mark.parametrize("text", ["", "fd00::1::2", "10.0.0.5", "fd00::1/129"])
def test_what_is_no_ipv6_address_is_named(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match="no IPv6 address"):
        parse_ipv6(text)


# --- declarations: bytes of the table


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (SetInProgress(state=Progress.COMMIT), "02"),
        (spec.AuthTypeSupport(oem=True, password=False, md5=True, md2=False, none=True), "25"),
        (spec.IpAddressSource(source=spec.IpSource.DHCP), "02"),
        (spec.Ipv4Header(ttl=64, flags=2, precedence=5, service=8), "40 40 b0"),
        (spec.PrimaryRmcpPort(port=623), "6f 02"),
        (spec.ArpControl(responses=True, gratuitous=False), "02"),
        (spec.Destination(set_selector=1, acknowledge=True, kind=spec.DestinationType.OEM_1, timeout_s=3, retries=4), "01 86 03 04"),
        (spec.DestinationAddress(set_selector=1, format=spec.AddressFormat.IPV6, data=SIXTEEN), "01 10 " + SIXTEEN.hex()),
        (spec.Ipv4Destination(backup_gateway=True, address=b"\x0a\0\0\x09", mac=b"\2\0\0\0\0\1"), "01 0a000009 020000000001"),
        (spec.VlanId(enabled=True, vlan=100), "64 80"),
        (spec.VlanId(enabled=True, vlan=0x123), "23 81"),
        (spec.CipherSuitePrivileges(levels=b"\x34\x12"), "00 34 12"),
        (spec.DestinationVlan(set_selector=2, tagged=1, vlan=0x123, cfi=True, priority=5), "02 10 23 b1"),
        (spec.BadPasswordThreshold(audit_event=True, threshold=3, reset_interval=6, lockout_interval=0x102), "01 03 06 00 02 01"),
        (spec.Ipv6Support(destinations=True, both=True, only=False), "06"),
        (spec.Ipv6FlowLabel(label=0xABCDE), "0a bc de"),
        (spec.Ipv6Status(most_static=4, most_dynamic=3, slaac=True, dhcpv6=False), "04 03 02"),
        (spec.Ipv6StaticAddress(set_selector=0, enabled=True, address=SIXTEEN, prefix_length=64, status=spec.AddressStatus.ACTIVE), f"00 80 {SIXTEEN.hex()} 40 00"),
        (spec.RouterControl(dynamic=True, static=False), "02"),
        (spec.DynamicRouterPrefixLength(set_selector=1, length=64), "01 40"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_parameters_are_as_the_table_has_them(value: Parameter, data: str) -> None:
    assert value.encode() == bytes.fromhex(data)
    assert type(value).decode(bytes.fromhex(data)) == value


def test_requests_are_as_the_specification_has_them() -> None:
    assert spec.GetLanParameter(channel=1, parameter=18, set_selector=2).encode() == bytes((1, 18, 2, 0))
    assert spec.GetLanParameter(revision_only=True, channel=1, parameter=3).encode()[0] == 0x81
    assert spec.SetLanParameter(channel=1, parameter=3, data=b"\x0a\0\0\5").encode() == bytes((1, 3, 10, 0, 0, 5))
    assert spec.SuspendArps(channel=1, suspend_responses=True, suspend_gratuitous=False).encode() == b"\1\2"
    assert spec.GetLanStatistics(channel=1, clear=True).encode() == b"\1\1"


def test_the_hop_limit_comes_with_a_set_selector_or_without() -> None:
    assert spec.DynamicRouterHopLimit.decode(b"\x40").hops == 64
    assert spec.DynamicRouterHopLimit.decode(b"\x00\x40").hops == 64


# --- reading


def test_a_parameter() -> None:
    bmc = Script("11 0a 00 00 05")
    assert Lan(bmc, 1).parameter(3) == b"\x0a\0\0\5"
    assert bmc.asked == [(0x0C, 0x02, b"\1\3\0\0")]
    bmc = Script("11 02 80 03 04")
    found = Lan(bmc, 1).get(spec.Destination, 2)
    assert found == spec.Destination(set_selector=2, acknowledge=True, timeout_s=3, retries=4)
    assert bmc.asked == [(0x0C, 0x02, b"\1\x12\2\0")]


def test_other_codes_are_errors_and_short_data_too() -> None:
    with pytest.raises(CompletionCodeError) as caught:
        Lan(Script(0xD4), 1).parameter(3)
    assert caught.value.code == 0xD4
    with pytest.raises(Malformed):
        Lan(Script("11 0a 00 00"), 1).get(spec.IpAddress)


def test_gateways() -> None:
    assert Lan(Script("11 0a 00 00 01", "11 02 00 00 00 00 01"), 1).gateway() == Gateway(b"\x0a\0\0\1", b"\2\0\0\0\0\1")
    assert Lan(Script("11 0a 00 00 01"), 1).gateway(with_mac=False) == Gateway(b"\x0a\0\0\1", None)
    bmc = Script(0x80, 0x80)
    assert Lan(bmc, 1).backup_gateway() == Gateway(None, None)
    assert [data[1] for _n, _c, data in bmc.asked] == [14, 15]


def test_cipher_suites() -> None:
    lan = Lan(Script("11 00 03 11", "11 02", "11 00 34"), 1)
    assert lan.cipher_suites() == (SuiteLimit(3, Privilege.ADMINISTRATOR), SuiteLimit(17, Privilege.OPERATOR))
    assert Lan(Script(0x80), 1).cipher_suites() is None
    # Without a count, zeros at the end are padding; suite 0 alone is one.
    assert Lan(Script("11 00 00 03 00 00", 0x80, 0x80), 1).cipher_suites() == (SuiteLimit(0, None), SuiteLimit(3, None))


def test_ipv6_addresses_of_all_places() -> None:
    """Defect 38 of the long-known package: only the first was read."""
    row = SIXTEEN.hex() + "40 00"
    lan = Lan(Script("11 02 02 03", "11 00 80" + row, "11 01 00" + row), 1)
    assert [(place.set_selector, place.enabled) for place in lan.ipv6_static()] == [(0, True), (1, False)]
    lan = Lan(Script("11 02 01 03", "11 00 01" + row), 1)
    assert [place.source for place in lan.ipv6_dynamic()] == [spec.AddressSource.SLAAC]


def test_ipv6_addresses_where_their_number_is_not_told() -> None:
    row = SIXTEEN.hex() + "40 00"
    assert len(Lan(Script(0x80, "11 00 80" + row, "11 01 80" + row, 0xC9), 1).ipv6_static()) == 2
    # A BMC that gives the first whatever it is asked for.
    assert len(Lan(Script(0x80, "11 00 80" + row, "11 00 80" + row), 1).ipv6_static()) == 1


def test_routers() -> None:
    lan = Lan(Script("11" + SIXTEEN.hex(), "11 02 00 00 00 00 01", 0x80, "11 40", 0x80), 1)
    assert lan.static_routers() == [Router(SIXTEEN, b"\2\0\0\0\0\1", None, 64)]
    lan = Lan(Script("11 01", "11 00" + SIXTEEN.hex(), "11 00 02 00 00 00 00 01", "11 00" + SIXTEEN.hex(), "11 00 40"), 1)
    assert lan.dynamic_routers() == [Router(SIXTEEN, b"\2\0\0\0\0\1", SIXTEEN, 64)]
    assert Lan(Script(0x80), 1).dynamic_routers() == []


def test_statistics_and_arp() -> None:
    found = Lan(Script("01 00 02 00 03 00 04 00 05 00 06 00 07 00 08 00 ff ff"), 1).statistics()
    assert (found.ip_received, found.rmcp_received, found.proxy_dropped) == (1, 7, 0xFFFF)
    assert Lan(Script("00" * 14), 1).statistics().proxy_dropped is None
    bmc = Script("01")
    found = Lan(bmc, 1).suspend_arps(responses=True, gratuitous=False)
    assert (found.responses_active, found.gratuitous_active) == (False, True)
    assert bmc.asked == [(0x0C, 0x03, b"\1\2")]


# --- writing


def test_what_is_so_already_is_not_written() -> None:
    bmc = Script("11 05")
    assert Lan(bmc, 1).write(spec.VlanPriority(priority=5)) == ()
    assert len(bmc.asked) == 1


def test_a_write_is_enclosed_and_read_back() -> None:
    bmc = Script("11 00", 0, 0, 0, 0, "11 05")
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert [(cmd, data[1:]) for _n, cmd, data in bmc.asked] == [
        (2, b"\x15\0\0"), (1, b"\0\1"), (1, b"\x15\5"), (1, b"\0\2"), (1, b"\0\0"), (2, b"\x15\0\0"),
    ]


def test_a_write_that_cannot_be_read_back_counts() -> None:
    assert Lan(Script(0x80, 0x80, 0, 0x80), 1).write(spec.VlanPriority(priority=5)) == ()
    assert Lan(Script("11", 0x80, 0, 0xC1), 1).write(spec.VlanPriority(priority=5)) == ()
    assert Lan(Script("11 01 02 03", 0x80, 0, "11 01 02 03"), 1).write(spec.SubnetMask(mask=b"\1\2\3\4")) == ()


def test_a_privilege_that_is_not_enough_is_final() -> None:
    bmc = Script("11 00", 0xD4, 0xD4)
    with pytest.raises(CompletionCodeError) as caught:
        Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert caught.value.code == 0xD4


def test_more_ipv6_addresses_than_places() -> None:
    row = SIXTEEN.hex() + "40 00"
    lan = Lan(Script("11 01 00 00", "11 00 80" + row), 1)
    with pytest.raises(InvalidParameterValue, match="the BMC has 1 static IPv6 addresses, not 2"):
        lan.configure_ipv6([Address(SIXTEEN, 64), Address(bytes(16), 64)])


def test_a_gateway_that_cannot_be_put_back_is_no_failure() -> None:
    """The new mask has changed it, and its old value no longer fits."""
    bmc = Script(
        "11 0a 00 00 01",  # the gateway before
        "11 01", "11 0a 00 00 05", "11 ff ff 00 00",  # source and address are right, the mask is not
        0x80, 0, "11 01", "11 0a 00 00 05", "11 ff ff ff 00",
        "11 00 00 00 00", "11 00 00 00 00", 0x80, 0xD5,
    )
    assert Lan(bmc, 1).configure(Address(b"\x0a\0\0\5", 24)) == ()


def test_a_gateway_of_zeros_is_nothing_to_put_back() -> None:
    bmc = Script("11 00 00 00 00", "11 01", "11 0a 00 00 05", "11 ff ff ff 00")
    assert Lan(bmc, 1).configure(Address(b"\x0a\0\0\5", 24)) == ()
    assert bmc.answers == []


def test_a_gateway_that_stayed_is_left_alone() -> None:
    bmc = Script("11 0a 00 00 01", "11 01", "11 0a 00 00 05", "11 ff ff ff 00", "11 0a 00 00 01")
    assert Lan(bmc, 1).configure(Address(b"\x0a\0\0\5", 24)) == ()
    assert bmc.answers == []


def test_names_in_messages() -> None:
    assert name_of(spec.IpAddress(address=bytes(4))) == "parameter 3 (ip address)"
    assert name_of(SetInProgress(state=Progress.COMPLETE)) == "parameter 0"


def test_the_base_asks_for_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Parameters(Script()).parameter(1)
    with pytest.raises(NotImplementedError):
        Parameters(Script())._writing(1, b"")


def test_the_channel_of_a_short_answer() -> None:
    assert network_channel(Script("01 04")) == 1
    assert network_channel(Script("0f 0c", *[0xCC] * 12)) is None

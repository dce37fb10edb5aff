# SPDX-License-Identifier: Apache-2.0
"""What BMCs do with network and alert settings when a change is refused, cut off or understood in part."""
from __future__ import annotations

from typing import Any

import pytest
from memory_bmc import Handler, MemoryBmc, Reply, command_over

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.domains.pef import Pef
from pyghmi.ipmi.spec.lan import IpSource
from pyghmi.ipmi.spec.parameters import Progress
from pyghmi.sim.lan import LanPart
from pyghmi.sim.pef import PefPart

GET, SET = (0x0C, 0x02), (0x0C, 0x01)
GET_PEF = (0x04, 0x13)
ADDRESS, SOURCE, VLAN, STATUS_6, STATIC_6 = 3, 4, 20, 55, 56


def made(**knobs: Any) -> tuple[MemoryBmc, LanPart]:
    part = LanPart()
    table = {"get": GET, "set": SET, "get_pef": GET_PEF}
    return MemoryBmc(part, PefPart(), knobs={table[name]: knob for name, knob in knobs.items()}), part


def test_a_vlan_that_is_off_may_keep_its_number() -> None:
    held = [b"\x05\x80"]

    def read(data: bytes, handler: Handler) -> Reply:
        return (0, b"\x11" + held[0]) if data[1] == VLAN else handler(data)

    def write(data: bytes, handler: Handler) -> Reply:
        if data[1] != VLAN:
            return handler(data)
        held[0] = data[2:4] if data[3] >= 0x80 else b"\x05\x00"
        return 0, b""

    bmc, _part = made(get=read, set=write)
    command = command_over(bmc)
    command.set_net_configuration(vlan_id="off")
    assert command.get_net_configuration()["vlan_id"] == "off"
    before = bmc.count(*SET)
    command.set_net_configuration(vlan_id="off")
    assert bmc.count(*SET) == before


def test_an_ipv6_address_that_is_off_may_stay_there() -> None:
    def write(data: bytes, handler: Handler) -> Reply:
        if data[1] == STATIC_6 and data[3] < 0x80:
            part.parameters.values[STATIC_6, data[2], 0].enabled = False  # type: ignore[attr-defined]
            return 0, b""
        return handler(data)

    bmc, part = made(set=write)
    command = command_over(bmc)
    command.clear_net6_addresses()
    assert "static_addrs" not in command.get_net6_configuration()


@pytest.mark.parametrize("reply", [(0xC1, b""), (0xFF, b""), (0, b"\x11\x04")])
def test_ipv6_addresses_count_without_the_number_of_places(reply: Reply) -> None:
    bmc, _part = made(get=lambda data, handler: reply if data[1] == STATUS_6 else handler(data))
    assert command_over(bmc).get_net6_configuration()["static_addrs"] == ["2001:db8::10/64"]


def test_an_ipv6_address_that_stays_keeps_its_place() -> None:
    """Written to a second place, some BMCs lose it together with the first."""
    bmc, _part = made()
    command = command_over(bmc)
    command.set_net6_configuration(["fd00::1", "fd00::2", "fd00::3"])
    before = len(bmc.asked)
    command.set_net6_configuration(["fd00::2", "fd00::9"])
    assert command.get_net6_configuration()["static_addrs"] == ["fd00::9/64", "fd00::2/64"]
    places = [data[2] for netfn, cmd, data in bmc.asked[before:] if (netfn, cmd) == SET and data[1] == STATIC_6]
    assert places == [0, 2]


def test_a_refusal_says_how_far_the_change_went() -> None:
    bmc, part = made(set=lambda data, handler: (0xCC, b"") if data[1] == ADDRESS else handler(data))
    part.parameters.values[SOURCE, 0, 0].source = IpSource.DHCP  # type: ignore[attr-defined]
    with pytest.raises(CompletionCodeError) as caught:
        command_over(bmc).set_net_configuration("10.0.0.9/24", "static", "10.0.0.1")
    assert str(caught.value) == (
        "Invalid data field in request; refused: parameter 3 (ip address); written before: parameter 4 (ip source);"
        " not written: parameter 6 (subnet mask), parameter 12 (default gateway)"
    )
    assert part.parameters.progress is Progress.COMPLETE


@pytest.mark.parametrize("applied", [False, True])
def test_silence_to_set_in_progress_does_not_end_the_change(applied: bool) -> None:
    unheard: list[bytes] = []

    def write(data: bytes, handler: Handler) -> Reply:
        if data[1] == 0 and not unheard:
            unheard.append(data)
            if applied:
                handler(data)
            return None
        return handler(data)

    bmc, part = made(set=write)
    command = command_over(bmc)
    command.set_net_configuration("10.0.0.9/24")
    assert command.get_net_configuration()["ipv4_address"] == "10.0.0.9/24"
    assert part.parameters.progress is Progress.COMPLETE
    assert bmc.time - 1000.0 < 10.0


@pytest.mark.parametrize(
    "call",
    [
        lambda bmc: bmc.set_alert_destination(retries=8),
        lambda bmc: bmc.set_alert_destination(retries="3"),
        lambda bmc: bmc.set_alert_destination(acknowledge_timeout=256),
        lambda bmc: bmc.set_alert_destination(acknowledge_required="no"),
        lambda bmc: bmc.set_alert_destination(ip="1.2.3.4", destination=16),
        lambda bmc: bmc.set_alert_destination(ip=5),
        lambda bmc: bmc.set_alert_community(5),
        lambda bmc: bmc.set_lan_parameter("community", b"public"),
        lambda bmc: bmc.set_lan_parameter("arp_control", {"responses": "no"}),
        lambda bmc: bmc.set_lan_parameter("auth_type_enables", {"user": 5}),
        lambda bmc: bmc.set_sol_configuration(enabled="no"),
        lambda bmc: bmc.set_sol_configuration(privilege_level="callback"),
        lambda bmc: bmc.set_net_configuration(ipv4_address=("10.0.0.9", 24)),
        lambda bmc: bmc.set_net_configuration(ipv4_address=b"\x0a\0\0\x09"),
        lambda bmc: bmc.set_net6_configuration([5]),
        lambda bmc: bmc.get_net_configuration(channel="eth0"),
    ],
)
def test_what_cannot_be_written_is_found_out_before_anything_is(call: Any) -> None:
    bmc, part = made()
    with pytest.raises(InvalidParameterValue):
        call(command_over(bmc))
    assert bmc.count(*SET) == bmc.count(0x0C, 0x21) == 0
    assert part.parameters.progress is part.sol.progress is Progress.COMPLETE


def test_alert_strings_are_read_in_whole_blocks() -> None:
    def read(data: bytes, handler: Handler) -> Reply:
        code, answer = handler(data)
        return code, answer.ljust(19, b"\0") if data[0] == 13 and answer else answer

    bmc, _part = made(get_pef=read)
    Pef(bmc).set_string(1, "hello")
    assert Pef(bmc).string(1) == "hello"
    assert bmc.count(0x04, 0x12) <= 4

# SPDX-License-Identifier: Apache-2.0
"""Switches of section U about settings, over UDP: each is seen on the wire, and our client does what the table says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import ParameterNotWritable, SessionError, TimedOut
from pyghmi.ipmi.domains.lan import Lan
from pyghmi.ipmi.protocol.packet15 import auth_code, parse
from pyghmi.ipmi.spec.codes import AuthType
from pyghmi.ipmi.spec.lan import CipherSuiteCount, IpSource, VlanPriority
from pyghmi.ipmi.spec.parameters import Progress
from tests.loopback.quirk_lab import MakeLab, QuirkLab

TRANSPORT, SENSOR, APP = 0x0C, 0x04, 0x06
SET_PASSWORD = 0x47
SET_LAN, GET_LAN, SET_PEF = 0x01, 0x02, 0x12
PROGRESS, ADDRESS, SOURCE, MASK, GATEWAY, VLAN, PRIORITY, SUITE_COUNT = 0, 3, 4, 6, 12, 20, 21, 22


def stored(bench: QuirkLab) -> Any:
    part: Any = bench.machine.parts["lan"]
    return part.parameters


def held(bench: QuirkLab, number: int) -> bytes:
    """Return what the BMC has of a parameter."""
    return stored(bench).read(number, 0, 0)[1][1:]


def make_dhcp(bench: QuirkLab) -> None:
    stored(bench).values[SOURCE, 0, 0].source = IpSource.DHCP


def set_lan(bench: QuirkLab, link: Any, *data: int, **more: Any) -> int:
    return bench.ask(link, TRANSPORT, SET_LAN, bytes((1, *data)), **more)[0]


def writes(bench: QuirkLab, command: Any) -> list[bytes]:
    """Return what was written to LAN parameters but "set in progress", as it went over the wire."""
    messages = bench.inside(command.ipmi_session.link, to_bmc=True)
    found = [message[7:-1] for message in messages if (message[1] >> 2, message[5]) == (TRANSPORT, SET_LAN)]
    return [data for data in found if data[0] != PROGRESS]


def test_U14_set_and_answered_with_FF(lab: MakeLab) -> None:
    for quirks, code in (("U14:ff", 0xFF), ("", 0)):
        bench = lab(quirks)
        assert set_lan(bench, bench.opened(), PRIORITY, 5) == code
        assert held(bench, PRIORITY) == b"\x05"
    bench = lab("U14:ff")
    command = bench.command()
    command.set_net_configuration(vlan_id=7)
    assert command.get_net_configuration()["vlan_id"] == 7
    assert set(writes(bench, command)) == {b"\x14\x07\x80"}


def test_U14_refused_now_and_then(lab: MakeLab) -> None:
    bench = lab("U14:cc")
    link = bench.opened()
    assert [set_lan(bench, link, PRIORITY, 5) for _time in range(4)] == [0xCC, 0, 0xCC, 0]
    bench = lab("U14:cc")
    command = bench.command()
    command.set_net_configuration("192.0.2.77/25", ipv4_gateway="192.0.2.9")
    assert (held(bench, ADDRESS), held(bench, GATEWAY)) == (bytes((192, 0, 2, 77)), bytes((192, 0, 2, 9)))
    assert len(writes(bench, command)) <= 9


@pytest.mark.parametrize(("variant", "code"), [("refused", 0xCC), ("ignored", 0)])
def test_U15_the_source_comes_first(lab: MakeLab, variant: str, code: int) -> None:
    for quirks, answer in ((f"U15:{variant}", code), ("", 0)):
        bench = lab(quirks)
        make_dhcp(bench)
        link = bench.opened()
        assert set_lan(bench, link, ADDRESS, 192, 0, 2, 77) == answer
        assert set_lan(bench, link, GATEWAY, 192, 0, 2, 9) == 0
        assert (held(bench, ADDRESS)[3], held(bench, GATEWAY)[3]) == ((10, 1) if quirks else (77, 9))
    bench = lab(f"U15:{variant}")
    make_dhcp(bench)
    command = bench.command()
    command.set_net_configuration("192.0.2.77/25", "static", "192.0.2.9")
    found = command.get_net_configuration()
    assert (found["ipv4_address"], found["ipv4_gateway"]) == ("192.0.2.77/25", "192.0.2.9")
    assert [data[0] for data in writes(bench, command)][:2] == [SOURCE, ADDRESS]
    assert len(writes(bench, command)) <= 8


@pytest.mark.parametrize(
    ("variant", "answer"),
    [("80", (0x80, b"")), ("c9", (0xC9, b"")), ("cc", (0xCC, b"")), ("d5", (0xD5, b"")), ("empty", (0, b""))],
)
def test_U16_missing_parameters(lab: MakeLab, variant: str, answer: tuple[int, bytes]) -> None:
    bench = lab(f"U16:{variant}")
    assert bench.ask(bench.opened(), TRANSPORT, GET_LAN, bytes((1, VLAN, 0, 0))) == answer
    plain = lab("")
    assert plain.ask(plain.opened(), TRANSPORT, GET_LAN, bytes((1, VLAN, 0, 0))) == (0, b"\x11\0\0")
    found = bench.command().get_net_configuration()
    assert (found["vlan_id"], found["ipv4_address"]) == (None, "192.0.2.10/24")


@pytest.mark.parametrize(("variant", "code"), [("80", 0x80), ("c1", 0xC1), ("81", 0x81)])
def test_U17_set_in_progress(lab: MakeLab, variant: str, code: int) -> None:
    for quirks, answer in ((f"U17:{variant}", code), ("", 0)):
        bench = lab(quirks)
        assert set_lan(bench, bench.opened(), PROGRESS, 1) == answer
    bench = lab(f"U17:{variant}")
    bench.command().set_net_configuration(vlan_id=7)
    assert held(bench, VLAN) == b"\x07\x80"
    assert stored(bench).progress is Progress.COMPLETE


def test_U18_the_mask_changes_the_gateway(lab: MakeLab) -> None:
    for quirks, gateway in (("U18", bytes(4)), ("", bytes((192, 0, 2, 1)))):
        bench = lab(quirks)
        assert set_lan(bench, bench.opened(), MASK, 255, 255, 255, 128) == 0
        assert held(bench, GATEWAY) == gateway
    for gateway_to_be in (None, "192.0.2.1"):
        command = lab("U18").command()
        command.set_net_configuration("192.0.2.10/25", ipv4_gateway=gateway_to_be)
        assert command.get_net_configuration()["ipv4_gateway"] == "192.0.2.1"


@pytest.mark.parametrize("code", ["d5", "80"])
def test_U19_read_only_with_another_code(lab: MakeLab, code: str) -> None:
    for quirks, answer in ((f"U19:{code}", int(code, 16)), ("", 0x82)):
        bench = lab(quirks)
        link = bench.opened()
        assert set_lan(bench, link, SUITE_COUNT, 3) == answer
        assert bench.ask(link, SENSOR, SET_PEF, b"\x05\x08")[0] == answer
    command = lab(f"U19:{code}").command()
    with pytest.raises(ParameterNotWritable) as caught:
        Lan(command._call(), 1).write(CipherSuiteCount(count=3))
    assert caught.value.code == int(code, 16)


@pytest.mark.parametrize("variant", ["settings", "info"])
def test_U20_this_channel_is_refused(lab: MakeLab, variant: str) -> None:
    asked = [(TRANSPORT, GET_LAN, b"\x0e\x03\0\0"), (APP, 0x44, b"\x0e\x02"), (TRANSPORT, 0x22, b"\x0e\x01\0\0"), (APP, 0x42, b"\x0e")]
    for quirks, codes in ((f"U20:{variant}", [0xCC] * 3 + [0xCC if variant == "info" else 0]), ("", [0] * 4)):
        bench = lab(quirks)
        link = bench.opened()
        assert [bench.ask(link, *each)[0] for each in asked] == codes
    command = lab(f"U20:{variant}").command()
    assert command.get_network_channel() == 1
    assert command.get_net_configuration()["ipv4_address"] == "192.0.2.10/24"
    assert command.get_users()[3]["channel"] == 1
    assert command.get_sol_configuration()["enabled"] is True


@pytest.mark.parametrize("piece", ["07 08 80", "06 08 80 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "09 02 18 00"])
def test_U21_rows_in_pieces_are_refused(lab: MakeLab, piece: str) -> None:
    data = bytes.fromhex(piece)
    for quirks, code in (("U21", 0xCC), ("", 0)):
        bench = lab(quirks)
        assert bench.ask(bench.opened(), SENSOR, SET_PEF, data + b"\0" * (data[0] == 9))[0] == code
    command = lab("U21").command()
    command.set_alert_destination("192.0.2.200", destination=2)
    assert [row["destination"] for row in command.get_alert_policies() if row["enabled"]] == [2]


def test_U22_the_address_change_is_not_answered(lab: MakeLab) -> None:
    bench = lab("U22")
    link = bench.opened()
    with pytest.raises(SessionError):
        set_lan(bench, link, ADDRESS, 192, 0, 2, 77, deadline_s=3.0)
    assert held(bench, ADDRESS) == bytes((192, 0, 2, 77))
    with pytest.raises(TimedOut):
        bench.link(deadline_s=2.0).open()
    bench = lab("U22:address")
    command, began = bench.command(), bench.reactor.clock()
    with pytest.warns(UserWarning, match="no answer to the change of .*ip address"):
        command.set_net_configuration("192.0.2.77")
    assert held(bench, ADDRESS) == bytes((192, 0, 2, 77))
    assert bench.reactor.clock() - began < 15.0


def test_U22_the_end_of_the_change_is_not_answered(lab: MakeLab) -> None:
    bench = lab("U22:complete")
    command = bench.command()
    with pytest.warns(UserWarning, match="no answer to the change of .*ip address"):
        command.set_net_configuration("192.0.2.77/25")
    assert (held(bench, ADDRESS)[3], held(bench, MASK)[3]) == (77, 128)


@pytest.mark.parametrize(("quirks", "signed_with"), [("U23", b"new"), ("", b"secret")])
def test_U23_is_L14(lab: MakeLab, quirks: str, signed_with: bytes) -> None:
    bench = lab(quirks)
    command = bench.command(version="1.5", auth_types=[AuthType.MD5])
    assert command.set_user_password(2, password="new") is True
    packets = [parse(datagram) for to_bmc, datagram in bench.wire if not to_bmc]
    about = (each for each in packets if each is not None and each.session_id and each.message[5] == SET_PASSWORD)
    answer = next(about)
    assert answer.code == auth_code(AuthType.MD5, signed_with, answer.session_id, answer.message, answer.sequence)
    assert command.get_power()["powerstate"] in ("on", "off")


def test_settings_with_all_quirks_that_go_together(lab: MakeLab) -> None:
    bench = lab("U14:cc,U15,U16,U17,U18,U19,U20,U21")
    command = bench.command()
    command.set_net_configuration("192.0.2.77/25", "static", "192.0.2.9")
    found = command.get_net_configuration()
    assert (found["ipv4_address"], found["ipv4_gateway"], found["vlan_id"]) == ("192.0.2.77/25", "192.0.2.9", None)
    with pytest.raises(ParameterNotWritable):
        Lan(command._call(), 1).write(VlanPriority(priority=5))

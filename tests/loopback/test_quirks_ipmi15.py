# SPDX-License-Identifier: Apache-2.0
"""Switches of section L, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

import socket
from typing import Any

import pytest

from pyghmi.exceptions import AuthenticationFailed, PyghmiException, SessionError
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet15 import Packet15, auth_code, parse, wrap_plain
from pyghmi.ipmi.spec.request import Target
from tests.loopback.quirk_lab import MakeLab, QuirkLab

CHALLENGE = ipmb.build_request(6, 0x39, b"\2" + b"admin".ljust(16, b"\0"), 1)
ACTIVATE, STATUS, BEHIND = 0x3A, 0x01, {"addr": 0x82, "channel": 0}
MD5, PASSWORD = 2, 4


def opened(bench: QuirkLab, **login: Any) -> Any:
    """Log in with IPMI 1.5, ask three things, and return the link."""
    link = bench.opened(**{"version": "1.5", "auth_types": [MD5], **login})
    for _each in range(3):
        assert bench.ask(link)[0] == 0
    assert link.agreement is not None
    assert link.agreement.version == "1.5"
    return link


def answers(bench: QuirkLab, cmd: int | None = None) -> list[Packet15]:
    """Return the packets in sessions that the BMC sent, from the last Activate Session on."""
    packets = [parse(datagram) for to_bmc, datagram in bench.wire if not to_bmc]
    found = [packet for packet in packets if packet is not None and packet.session_id + packet.sequence]
    begins = [at for at, packet in enumerate(found) if packet.message[5] == ACTIVATE]
    return [packet for packet in found[begins[-1] :] if cmd in (None, packet.message[5])]


def asked(bench: QuirkLab, cmd: int) -> list[Packet15]:
    packets = [parse(datagram) for to_bmc, datagram in bench.wire if to_bmc]
    return [packet for packet in packets if packet is not None and packet.session_id and packet.message[5] == cmd]


def outbound(bench: QuirkLab) -> int:
    """Return the BMC's first sequence number, as the console chose it."""
    return int.from_bytes(asked(bench, ACTIVATE)[-1].message[6 + 18 : 6 + 22], "little")


@pytest.mark.parametrize(("quirks", "count"), [("L01", 1), ("", 2)])
def test_L01_one_challenge_a_port(lab: MakeLab, quirks: str, count: int) -> None:
    bench = lab(quirks)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        for _each in range(2):
            console.sendto(wrap_plain(CHALLENGE), ("127.0.0.1", bench.port))
            bench.wait(0.5)
    assert len(bench.plain(0x39)) == count
    lost = [1]

    def lose(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        packet = parse(datagram)
        is_challenge = packet is not None and not packet.session_id and packet.message[5] == 0x39
        lost[0] -= is_challenge
        return [] if is_challenge and lost[0] >= 0 else [(0.0, datagram)]

    bench.network.outgoing.append(lose)
    opened(bench)
    assert lost[0] < 0


@pytest.mark.parametrize(("quirks", "step"), [("L02:above", 1), ("L02:below", -1), ("", 0)])
def test_L02_off_by_one(lab: MakeLab, quirks: str, step: int) -> None:
    bench = lab(quirks)
    opened(bench)
    assert answers(bench, ACTIVATE)[0].sequence - outbound(bench) == step
    assert [packet.sequence - outbound(bench) for packet in answers(bench)] == list(range(step, step + len(answers(bench))))


def test_L03_bytes_in_reverse(lab: MakeLab) -> None:
    bench = lab("L03")
    opened(bench)
    numbers = [packet.sequence.to_bytes(4, "little") for packet in answers(bench)]
    big = [int.from_bytes(number, "big") for number in numbers]
    assert big == list(range(big[0], big[0] + len(big)))
    assert int.from_bytes(numbers[0], "little") == outbound(bench)


@pytest.mark.parametrize(("quirks", "zero"), [("L04", True), ("L05", False), ("", False)])
def test_L04_L05_session_id_0(lab: MakeLab, quirks: str, zero: bool) -> None:
    bench = lab(quirks)
    link = opened(bench)
    assert bench.ask(link, 0, 0x7F)[0] == 0xC1
    assert all((packet.session_id == 0) == zero for packet in answers(bench, STATUS))
    assert (answers(bench, 0x7F)[-1].session_id == 0) == bool(quirks)


@pytest.mark.parametrize("quirks", ["L06", "L07"])
def test_L06_L07_codes_in_spite_of_what_it_says(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    link = opened(bench)
    assert bench.plain(0x38)[-1][9] & 0x10
    assert answers(bench, ACTIVATE)[0].message[7] == 0
    assert {packet.auth_type for packet in answers(bench, STATUS)} == {MD5}
    bench.wire.clear()
    before = len(bench.machine.executed)
    assert bench.ask(link)[0] == 0
    assert {packet.auth_type for packet in asked(bench, STATUS)} == ({0} if quirks == "L06" else {MD5})
    assert len(bench.machine.executed) == before + 1


@pytest.mark.parametrize(("quirks", "kind"), [("L08", MD5), ("L09", PASSWORD)])
def test_L08_L09_wrong_codes_are_not_believed(lab: MakeLab, quirks: str, kind: int) -> None:
    bench = lab(quirks)
    with pytest.raises(SessionError) as caught:
        bench.opened(version="1.5", auth_types=[kind], deadline_s=20.0)
    assert not isinstance(caught.value, AuthenticationFailed) or "password" in str(caught.value).lower()
    packets = [packet for packet in map(parse, (datagram for to_bmc, datagram in bench.wire if not to_bmc)) if packet and packet.code]
    assert packets
    for packet in packets:
        right = auth_code(kind, b"secret", packet.session_id, packet.message, packet.sequence)
        assert packet.code != right
        assert quirks != "L09" or packet.code == bytes(16)
    assert len(bench.wire) < 60


def test_L10_codes_end_with_the_login(lab: MakeLab) -> None:
    bench = lab("L10")
    opened(bench)
    assert answers(bench, ACTIVATE)[0].message[7] == 0
    assert {packet.auth_type for packet in answers(bench, STATUS)} == {0}


def test_L11_begin_with_zero(lab: MakeLab) -> None:
    bench = lab("L11")
    opened(bench)
    assert answers(bench, ACTIVATE)[0].message[12:16] == bytes(4)
    first = next(packet for packet in asked(bench, 0x3B) + asked(bench, STATUS) if packet.sequence)
    assert first.sequence == 1


def test_L12_the_vendors_type_alone(lab: MakeLab) -> None:
    bench = lab("L12")
    with pytest.raises(PyghmiException, match="BMC offers: OEM"):
        bench.opened(version="1.5")
    assert bench.plain(0x38)[-1][8] & 0x3F == 0x20


def test_L13_thumps(lab: MakeLab) -> None:
    bench = lab("L13")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        console.setblocking(False)
        console.sendto(wrap_plain(CHALLENGE), ("127.0.0.1", bench.port))
        bench.wait(0.5)
        with pytest.raises(BlockingIOError):
            console.recv(100)
        console.sendto(b"thump", ("127.0.0.1", bench.port))
        bench.wait(0.5)
        assert parse(console.recv(100)) is not None
    with pytest.raises(SessionError):
        bench.opened(version="1.5", deadline_s=10.0)


def test_L14_half_changed(lab: MakeLab) -> None:
    bench = lab("L14")
    command = bench.command(version="1.5", auth_types=[MD5])
    assert command.set_user_password(2, password="new") is True
    changed = answers_of(bench, 0x47)[0]
    assert changed.code == auth_code(MD5, b"new", changed.session_id, changed.message, changed.sequence)
    assert command.ipmi_session.link.login.password == b"new"
    assert command.get_power()["powerstate"] in ("on", "off")


def answers_of(bench: QuirkLab, cmd: int) -> list[Packet15]:
    packets = [parse(datagram) for to_bmc, datagram in bench.wire if not to_bmc]
    return [packet for packet in packets if packet is not None and packet.session_id and packet.message[5] == cmd]


@pytest.mark.parametrize("quirks", ["L15", "L15,B01:inside", ""])
def test_L15_wrong_codes_from_behind(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    command = bench.command(version="1.5", auth_types=[MD5])
    if quirks:
        with pytest.raises(PyghmiException):
            command.ipmi_session.link.exchange(6, 1, target=Target(0x82, 0), deadline_s=4.0)
    else:
        assert command.raw_command(netfn=6, command=1, bridge_request=BEHIND)["code"] == 0
    assert command.get_power()["powerstate"] in ("on", "off")


def test_L16_more_than_a_byte_can_tell(lab: MakeLab) -> None:
    bench = lab("L16")
    link = opened(bench)
    code, data = bench.ask(link, 0x30, 0x49)
    assert (code, len(data)) == (0, 300)
    assert data == bytes(at % 256 for at in range(300))


@pytest.mark.parametrize("quirks", ["L17", ""])
def test_L17_sizes_that_are_lost(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    bare = wrap_plain(ipmb.build_request(6, 0x38, b"\x0e\4", 1))
    for size in (56, 84):
        bench.wire.clear()
        bench.send(bare.ljust(size, b"\0"))
        assert bool(bench.plain(0x38)) == (not quirks)
    link = opened(bench)
    for count in range(1, 60):  # requests of all sizes
        assert bench.ask(link, 0x0A, 0x12, b"\0\0\0" + bytes(count))[0] in (0, 0x80, 0xC9)


def test_L17_is_about_ipmi_15(lab: MakeLab) -> None:
    bench = lab("L17")
    bench.link().open()
    assert 56 in {len(datagram) for to_bmc, datagram in bench.wire if to_bmc}  # RAKP 3 of suite 17


@pytest.mark.parametrize("quirks", ["L18", ""])
def test_L18_md5_is_offered_and_refused(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    bench.send_plain(6, 0x39, b"\2" + b"admin".ljust(16, b"\0"))
    assert bench.plain(0x39)[0][6] == (0xCC if quirks else 0)
    bench.send_plain(6, 0x39, b"\1" + b"admin".ljust(16, b"\0"))
    assert bench.plain(0x39)[1][6] == 0


def test_L19_levels_above_operator(lab: MakeLab) -> None:
    bench = lab("L19")
    link = opened(bench)
    assert link.agreement.privilege == 3
    refused = [parse(datagram) for to_bmc, datagram in bench.wire if not to_bmc]
    assert any(packet and packet.message[5:7] == bytes((ACTIVATE, 0x86)) for packet in refused)
    with pytest.raises(SessionError):
        lab("L19").opened(version="1.5", privilege=4)

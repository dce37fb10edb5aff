# SPDX-License-Identifier: Apache-2.0
"""Switches of section A, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import SessionLost, TimedOut, UserRejected
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.protocol import rmcp
from pyghmi.ipmi.protocol.packet import wrap_setup
from tests.loopback.quirk_lab import OPEN, OPENED, RAKP2, MakeLab, response, works


def test_A01_the_20_question_is_refused(lab: MakeLab) -> None:
    bench = lab("A01")
    link = works(bench)
    assert link.agreement.version == "1.5"
    assert [response(message)[3] for message in bench.plain(0x38)] == [0xCC, 0]  # type: ignore[index]


def test_A02_commands_in_rmcpplus_packets_are_dropped(lab: MakeLab) -> None:
    bench = lab("A02")
    works(bench)
    asked = bytes.fromhex("2018c88100388e0400")
    asked = asked[:-1] + bytes((-sum(asked[3:-1]) & 0xFF,))
    before = bench.network.sent
    bench.send(wrap_setup(0, asked))
    assert bench.network.sent == before
    other = lab("")
    other.send(wrap_setup(0, asked))
    assert other.network.sent == 1


def test_A03_flags_are_advice(lab: MakeLab) -> None:
    bench = lab("A03")
    link = works(bench)
    assert bench.ask(link, 6, 0x38, b"\x8e\x04")[1][2] == 0x20


@pytest.mark.parametrize("variant", ["refused", "silent"])
def test_A04_a_15_that_does_not_work(lab: MakeLab, variant: str) -> None:
    bench = lab(f"A04:{variant}")
    link = works(bench)
    assert link.agreement.version == "2.0"
    code, data = bench.ask(link, 6, 0x38, b"\x8e\x04")
    assert (code, data[1] & 4, data[3] & 3) == (0, 4, 3)
    forget_all()
    failing = bench.link(version="1.5", deadline_s=5.0)
    with pytest.raises(TimedOut if variant == "silent" else Exception):
        failing.open()


def test_A05_no_pong(lab: MakeLab) -> None:
    for quirks, answers in (("A05", 0), ("", 1)):
        bench = lab(quirks)
        works(bench)
        before = bench.network.sent
        bench.send(rmcp.ping(1))
        assert bench.network.sent - before == answers


def test_A06_a_ping_upsets_it(lab: MakeLab) -> None:
    bench = lab("A06")
    link = works(bench)
    bench.send(rmcp.ping(1))
    with pytest.raises(SessionLost):
        bench.ask(link, deadline_s=3.0)
    bench.wait(6.0)
    assert bench.ask(link)[0] == 0


def test_A07_no_list_of_suites_outside(lab: MakeLab) -> None:
    bench = lab("A07")
    began = bench.reactor.clock()
    works(bench)
    assert bench.reactor.clock() - began < 1.0
    bench.send_plain(6, 0x54, b"\x0e\x00\x80")
    assert not bench.plain(0x54)


@pytest.mark.parametrize(("variant", "record"), [("plain", "c003010101"), ("order", "c003814101")])
def test_A08_records_without_tags(lab: MakeLab, variant: str, record: str) -> None:
    bench = lab(f"A08:{variant}")
    link = works(bench)
    blocks = b"".join(bench.ask(link, 6, 0x54, bytes((0x0E, 0, 0x80 + index)))[1][1:] for index in range(4))
    assert record in blocks.hex()
    bench.command().get_cipher_suites()


@pytest.mark.parametrize("variant", ["empty", "refused", "again"])
def test_A09_odd_ends_of_the_list(lab: MakeLab, variant: str) -> None:
    bench = lab(f"A09:{variant}")
    link = works(bench)
    assert len(bench.ask(link, 6, 0x54, b"\x0e\x00\x80")[1]) == 17
    assert bench.ask(link, 6, 0x54, b"\x0e\x00\x81") == {
        "empty": (0, b"\x01"), "refused": (0xC9, b""), "again": bench.ask(link, 6, 0x54, b"\x0e\x00\x80")
    }[variant]
    assert {each.suite for each in bench.command().get_cipher_suites()} >= {3, 17}


def test_A10_suites_one_too_high(lab: MakeLab) -> None:
    plain, odd = lab(""), lab("A10")
    right = plain.ask(works(plain), 0x0C, 2, b"\x01\x17\0\0")[1]
    wrong = odd.ask(works(odd), 0x0C, 2, b"\x01\x17\0\0")[1]
    assert wrong[2:] == bytes(each + 1 for each in right[2:])
    assert works(odd, suites=[15, 3]).agreement.suite == 3


def test_A11_fewer_limits_than_suites(lab: MakeLab) -> None:
    bench = lab("A11")
    link = works(bench)
    assert len(bench.ask(link, 0x0C, 2, b"\x01\x18\0\0")[1]) == 10
    bench.command().get_net_configuration()


@pytest.mark.parametrize("quirks", ["A12:04", "A12:05", "A12:10", "A12:11", "A14:0a", "A14:09", "A15", "A17:11", "A17:c7", "A18"])
def test_A12_A14_A15_A17_A18_suite_17_is_refused(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    link = works(bench)
    assert link.agreement.suite == 3
    name, _colon, variant = quirks.partition(":")
    refused = bench.setups(OPENED)[0]
    if name == "A17":
        assert refused == bytes.fromhex(variant)
    else:
        assert refused[1] == int(variant or {"A15": "12", "A18": "11"}[name], 16)
        assert (refused[0] == 0 and refused[4:8] == bytes(4)) is (name == "A18")
        assert bench.quirks(link) & {"A12", "A14", "A15"}


def test_A13_only_17_works(lab: MakeLab) -> None:
    bench = lab("A13")
    link = works(bench, suites=[3, 17])
    assert link.agreement.suite == 17
    assert bench.setups(OPENED)[0][1] == 1
    assert "A13" in bench.quirks(link)


def test_A16_unknown_suites_are_dropped(lab: MakeLab) -> None:
    bench = lab("A16")
    link = works(bench)
    assert link.agreement.suite == 3
    assert len(bench.setups(OPEN)) > len(bench.setups(OPENED)) == 1
    assert "A16" in bench.quirks(link)


def test_A19_privilege_zero(lab: MakeLab) -> None:
    bench = lab("A19")
    works(bench)
    assert bench.setups(OPENED)[0][2] == 0


def test_A20_the_bmc_insists(lab: MakeLab) -> None:
    bench = lab("A20")
    link = works(bench)
    assert link.agreement.suite == 3
    assert bench.setups(OPEN)[0][12] == 3
    assert bench.setups(OPENED)[0][16] == 1
    assert "A20" in bench.quirks(link)


@pytest.mark.parametrize("variant", ["silent", "suite-3"])
def test_A21_the_level_is_never_confirmed(lab: MakeLab, variant: str) -> None:
    bench = lab(f"A21:{variant}")
    link = works(bench)
    assert "A21" in bench.quirks(link)
    assert not [each for each in bench.inside(link) if each[5] == 0x3B]
    assert link.agreement.suite == 17
    if variant == "suite-3":
        with pytest.raises(Exception, match="suite"):
            works(bench, suites=[3])


def test_A22_exactly_its_level(lab: MakeLab) -> None:
    bench = lab("A22")
    link = works(bench, privilege=3)
    assert [each[1] for each in bench.setups(OPENED)][:1] == [0x0A]
    assert bench.setups(OPEN)[-1][1] == 0
    assert "A22" in bench.quirks(link)


def test_A23_an_unlisted_suite_works(lab: MakeLab) -> None:
    bench = lab("A23")
    link = works(bench, suites=[3])
    assert link.agreement.suite == 3
    assert 3 not in {each.suite for each in bench.command().get_cipher_suites()}


@pytest.mark.parametrize("variant", ["refused", "dropped"])
def test_A24_only_sha256(lab: MakeLab, variant: str) -> None:
    bench = lab(f"A24:{variant}")
    assert works(bench).agreement.suite == 17
    assert len(bench.setups(OPEN)) == 1
    with pytest.raises(TimedOut if variant == "dropped" else Exception):
        works(bench, suites=[3], deadline_s=4.0)


def test_A25_the_first_authentication_error_is_kept(lab: MakeLab) -> None:
    bench = lab("A25")
    with pytest.raises(UserRejected, match="Unauthorized name"):
        works(bench)
    assert bench.setups(OPENED)[0][1] == 0x11
    assert bench.setups(RAKP2)[0][1] == 0x0D

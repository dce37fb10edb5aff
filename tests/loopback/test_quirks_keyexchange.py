# SPDX-License-Identifier: Apache-2.0
"""Switches of section R, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import (
    AuthenticationFailed,
    NoFreeSession,
    PrivilegeRefused,
    SilentlyRejected,
    TimedOut,
    UnreadableAnswer,
    UserRejected,
    WrongPassword,
)
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.protocol.packet import unwrap
from tests.loopback.quirk_lab import OPEN, OPENED, RAKP1, RAKP2, RAKP3, RAKP4, MakeLab, response, works


@pytest.mark.parametrize(("quirks", "noticed"), [
    ("R01:with-bit", None), ("R01:without-bit", "R10"), ("R06", "R06"), ("R08", "R08"), ("R10", "R10"),
])
def test_R01_R06_R08_R10_other_readings(lab: MakeLab, quirks: str, noticed: str | None) -> None:
    bench = lab(quirks)
    for login in ({"privilege": 4}, {}):
        forget_all()
        link = works(bench, **login)
        assert noticed is None or noticed in bench.quirks(link)
    again = works(bench)
    assert bench.ask(again)[0] == 0


def test_R01_is_seen_where_the_levels_differ(lab: MakeLab) -> None:
    """Open Session asks for the highest level, RAKP 1 for administrator: A22 makes our client do that."""
    bench = lab("R01,A22")
    link = works(bench, privilege=3)
    assert bench.setups(OPEN)[-1][1] == 0
    assert bench.setups(RAKP1)[-1][24] & 0x0F == 3
    assert "R01" in bench.quirks(link)


def test_R07_a_password_cut_to_16(lab: MakeLab) -> None:
    bench = lab("R07")
    link = works(bench, b"long", b"a20BytePasswordXYZ!!", suites=[8])
    assert "R07" in bench.quirks(link)
    forget_all()
    assert "R07" not in bench.quirks(works(bench, b"long", b"a20BytePasswordXYZ!!", suites=[3]))


@pytest.mark.parametrize(("quirks", "length"), [("R02", 33), ("R03:long", 33), ("R04", 36)])
def test_R02_R03_R04_more_bytes(lab: MakeLab, quirks: str, length: int) -> None:
    bench = lab(quirks)
    works(bench, suites=[17])
    assert len(bench.setups(RAKP2)[0]) == 40 + length
    assert len(bench.setups(RAKP4)[0]) == (28 if quirks == "R04" else 24)


def test_R03_a_code_too_short(lab: MakeLab) -> None:
    bench = lab("R03:short")
    with pytest.raises(UnreadableAnswer, match="19 bytes where 20 are due"):
        works(bench, suites=[3])
    assert len(bench.setups(RAKP2)[0]) == 59


def test_R05_an_error_with_a_pad(lab: MakeLab) -> None:
    bench = lab("R05")
    with pytest.raises(AuthenticationFailed, match="Illegal or unrecognized parameter in RAKP2"):
        works(bench)
    raw = [datagram for to_bmc, datagram in bench.wire if not to_bmc and datagram[5] == RAKP2]
    assert raw[0].endswith(b"\xff\xff\x02\x07")


@pytest.mark.parametrize("suite", [3, 8, 12, 17])
def test_R09_the_other_hash_is_the_same_one(lab: MakeLab, suite: int) -> None:
    bench = lab("R09")
    works(bench, suites=[suite])
    assert bench.odd is not None
    assert bench.odd.readings.value is not None


def test_R10_a_short_rakp_1_is_dropped(lab: MakeLab) -> None:
    bench = lab("R10")
    link = works(bench)
    lengths = [len(each) for each in bench.setups(RAKP1)]
    assert lengths[0] == 33
    assert lengths[-1] == 44
    assert bench.setups(RAKP1)[-1][27] == 5
    assert link.agreement.version == "2.0"


def test_R11_suite_0_with_a_value(lab: MakeLab) -> None:
    bench = lab("R11")
    works(bench, suites=[0])
    assert len(bench.setups(RAKP4)[0]) == 20


@pytest.mark.parametrize("suite", [1, 15])
@pytest.mark.parametrize("variant", ["absent", "present"])
def test_R12_a_value_without_integrity(lab: MakeLab, suite: int, variant: str) -> None:
    bench = lab(f"R12:{variant}")
    works(bench, suites=[suite])
    assert (len(bench.setups(RAKP4)[0]) == 8) is (variant == "absent")


@pytest.mark.parametrize("suite", [3, 17])
@pytest.mark.parametrize("row", ["R13", "R14"])
def test_R13_R14_other_keys_and_pads(lab: MakeLab, row: str, suite: int) -> None:
    bench = lab(row)
    link = works(bench, suites=[suite])
    assert row in bench.quirks(link)
    link.close()
    count = len(bench.wire)
    works(bench, suites=[suite])
    assert len(bench.wire) - count == 10  # what was learned is remembered: five each way


def test_R15_a_repeated_rakp_1_ends_the_login(lab: MakeLab) -> None:
    bench = lab("R15")
    link = bench.link()
    bench.lose(RAKP2, 1)
    link.open()
    assert bench.ask(link)[0] == 0
    assert len({each[8:24] for each in bench.setups(RAKP1)}) == len(bench.setups(RAKP1)) == 2


@pytest.mark.parametrize(("quirks", "answers"), [("R15", 0), ("", 1)])
def test_R15_on_the_wire(lab: MakeLab, quirks: str, answers: int) -> None:
    bench = lab(quirks)
    first = bench.setups_of(bench.link())[RAKP1]
    bench.repeat(first)
    assert len(bench.setups(RAKP2)) == answers
    bench.repeat(first)
    assert len(bench.setups(RAKP2)) == 2 * answers


def test_R16_a_late_rakp_2(lab: MakeLab) -> None:
    bench = lab("R16:2.2")
    began = bench.reactor.clock()
    works(bench)
    assert bench.reactor.clock() - began >= 2.2
    assert len(bench.setups(RAKP1)) > 1


@pytest.mark.parametrize(("quirks", "kind", "status"), [
    ("R17", RAKP4, 0x02), ("R19:forgotten", RAKP2, 0x08), ("R19:code", RAKP2, 0x00),
])
def test_R17_R19_begun_anew(lab: MakeLab, quirks: str, kind: int, status: int) -> None:
    bench = lab(quirks)
    works(bench)
    assert [each[1] for each in bench.setups(kind)][:2] == [status, 0]
    assert len(bench.setups(OPEN)) == 2


def test_R18_a_repeated_rakp_3_is_refused(lab: MakeLab) -> None:
    bench = lab("R18")
    link = works(bench)
    assert len(bench.setups(RAKP3)) == 1
    last = next(datagram for to_bmc, datagram in bench.wire if to_bmc and datagram[5] == RAKP3)
    bench.repeat(last)
    assert bench.setups(RAKP4)[-1][1] == 0x0F
    assert bench.ask(link)[0] == 0


@pytest.mark.parametrize(("variant", "status"), [("09", 0x09), ("0d", 0x0D)])
def test_R20_disabled_users(lab: MakeLab, variant: str, status: int) -> None:
    bench = lab(f"R20:{variant}")
    with pytest.raises((UserRejected, PrivilegeRefused)):
        works(bench, b"gone", b"x")
    assert status in {each[1] for each in bench.setups(RAKP2)}
    with pytest.raises(UserRejected):
        works(bench, b"nobody", b"x")
    assert bench.setups(RAKP2)[-1][1] == 0x0D


@pytest.mark.parametrize(("variant", "level"), [("operator", 3), ("user", 2)])
def test_R21_accounts_below(lab: MakeLab, variant: str, level: int) -> None:
    bench = lab(f"R21:{variant}")
    assert works(bench).agreement.privilege == level
    with pytest.raises(PrivilegeRefused):
        works(bench, privilege=4)


def test_R22_no_guid(lab: MakeLab) -> None:
    bench = lab("R22")
    works(bench)
    assert bench.setups(RAKP2)[0][24:40] == bytes(16)


def test_R23_exactly_the_limit(lab: MakeLab) -> None:
    bench = lab("R23")
    link = works(bench, privilege=3)
    codes = [response(each)[3] for each in bench.inside(link) if each[5] == 0x3B]  # type: ignore[index]
    assert codes[0] == 0xD4


def test_R24_nineteen_bytes(lab: MakeLab) -> None:
    bench = lab("R24")
    with pytest.raises(WrongPassword, match="first 19 bytes"):
        works(bench, b"long", b"a20BytePasswordXYZ!!")


def test_R25_sixteen_bytes_for_15(lab: MakeLab) -> None:
    bench = lab("R25")
    assert works(bench, b"long", b"a20BytePasswordX", version="1.5").agreement.version == "1.5"
    with pytest.raises(AuthenticationFailed):
        works(bench, b"long", b"a20BytePasswordX")


@pytest.mark.parametrize("variant", ["silent", "refused"])
def test_R26_locked_out(lab: MakeLab, variant: str) -> None:
    bench = lab(f"R26:{variant}")
    works(bench)
    for _login in range(2):  # of two tries each
        with pytest.raises(UserRejected):
            works(bench, b"nobody", b"wrong")
    answered = len(bench.setups(RAKP2))
    with pytest.raises(TimedOut if variant == "silent" else UserRejected):
        works(bench)
    assert {each[1] for each in bench.setups(RAKP2)[answered:]} == (set() if variant == "silent" else {0x0D})
    bench.wait(61.0)
    works(bench)


@pytest.mark.parametrize("suite", [8, 12])
def test_R27_packets_without_good_codes(lab: MakeLab, suite: int) -> None:
    bench = lab("R27")
    link = works(bench, suites=[suite, 3])
    assert link.agreement.suite == 3
    assert "R27" in bench.quirks(link)
    kinds = {unwrap(datagram).kind for to_bmc, datagram in bench.wire if not to_bmc and unwrap(datagram).session_id}  # type: ignore[union-attr]
    assert (0x80 in kinds) is (suite == 8)


def test_R28_silence_about_the_name(lab: MakeLab) -> None:
    bench = lab("R28")
    works(bench)
    count = len(bench.setups(RAKP2))
    with pytest.raises(TimedOut, match="wrong user name or privilege") as caught:
        works(bench, b"nobody", b"x", 10.0)
    assert caught.value.stage == "RAKP 1"
    assert len(bench.setups(RAKP2)) == count


def test_R28_silence_about_the_proof(lab: MakeLab) -> None:
    """Our client finds a wrong password in RAKP 2, and proves what is right: R08 has the BMC refuse that."""
    bench = lab("R28,R08")
    with pytest.raises(SilentlyRejected, match="wrong password") as caught:
        works(bench)
    assert caught.value.stage == "RAKP 3"
    assert len(bench.setups(RAKP3)) == caught.value.tries == 4
    assert not bench.setups(RAKP4)


def test_R29_is_how_it_is(lab: MakeLab) -> None:
    bench = lab("R29")
    works(bench)
    assert len(bench.setups(RAKP2)[0]) == 72


def test_R30_no_slot_for_a_while(lab: MakeLab) -> None:
    bench = lab("R30:3")
    began = bench.reactor.clock()
    works(bench)
    assert 3.0 <= bench.reactor.clock() - began < 12.0
    assert bench.setups(OPENED)[0][1] == 1
    other = lab("R30:100")
    with pytest.raises(NoFreeSession):
        works(other, deadline_s=8.0)

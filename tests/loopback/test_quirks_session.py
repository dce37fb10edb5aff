# SPDX-License-Identifier: Apache-2.0
"""Switches of section S, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import PyghmiException, SessionError
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet import unwrap
from tests.loopback.quirk_lab import MakeLab, QuirkLab, response

STATUS, RESERVE, SESSION_INFO = (0x00, 0x01), (0x0A, 0x42), (0x06, 0x3D)
DEVICE_ID, READ_FRU = (0x06, 0x01), (0x0A, 0x11)


def answers(bench: QuirkLab, link: Any) -> list[bytes]:
    """Return the messages of the BMC that answer one more question of a client, who gets its answer."""
    bench.wire.clear()
    assert bench.ask(link)[0] == 0
    bench.wait(1.0)
    return bench.inside(link)


def packets(bench: QuirkLab) -> list[bytes]:
    return [datagram for to_bmc, datagram in bench.wire if not to_bmc]


def sum_of(part: bytes) -> int:
    return sum(part) & 0xFF


@pytest.mark.parametrize(("quirks", "left"), [("S01", 1), ("", 0)])
def test_S01_wrong_sums(lab: MakeLab, quirks: str, left: int) -> None:
    bench = lab(quirks)
    (message,) = answers(bench, bench.opened())
    assert (sum_of(message[:3]), sum_of(message[3:])) == (left, left)


@pytest.mark.parametrize(("quirks", "size"), [("S02", 48), ("", 32)])
def test_S02_a_whole_pad(lab: MakeLab, quirks: str, size: int) -> None:
    bench = lab(quirks)
    link = bench.opened()
    bench.wire.clear()
    code, data = bench.ask(link, *READ_FRU, b"\0\0\0\6")  # with what is around it, 15 bytes and the length of the pad
    assert (code, len(data)) == (0, 7)
    (datagram,) = packets(bench)
    assert len(unwrap(datagram).payload) == size  # type: ignore[union-attr]


def test_S03_trailing_bytes(lab: MakeLab) -> None:
    bench = lab("S03")
    link = bench.opened()
    answers(bench, link)
    assert all(datagram.endswith(b"\xde\xad\xbe\xef") for datagram in packets(bench))


def test_S04_an_unprotected_answer(lab: MakeLab) -> None:
    bench = lab("S04")
    link = bench.opened()
    found = [unwrap(datagram) for datagram in packets(bench)]
    plain = [each for each in found if each is not None and each.session_id and not each.kind & 0xC0]
    assert len(plain) == 1
    assert plain[0].payload[5] == 0x3B
    assert "S04" in bench.quirks(link)


def test_S05_by_two(lab: MakeLab) -> None:
    bench = lab("S05")
    link = bench.opened()
    bench.wire.clear()
    for _each in range(3):
        bench.ask(link)
    numbers = [int.from_bytes(datagram[10:14], "little") for datagram in packets(bench)]
    assert [other - one for one, other in zip(numbers, numbers[1:])] == [2, 2]


@pytest.mark.parametrize("quirks", ["S06:at-once", "S06:later"])
def test_S06_doubled(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    link = bench.opened()
    bench.wait(1.0)  # for what comes late of the login
    answers(bench, link)
    one, other = packets(bench)
    assert one == other
    bench.machine.executed.clear()
    for _each in range(5):
        assert bench.ask(link)[0] == 0
    assert len(bench.machine.executed) == 5


def test_S07_no_number(lab: MakeLab) -> None:
    bench = lab("S07")
    link = bench.opened()
    assert {message[4] >> 2 for message in answers(bench, link)} == {0}
    assert "S07" in bench.quirks(link)


def test_S08_unswapped(lab: MakeLab) -> None:
    bench = lab("S08")
    message = answers(bench, bench.opened())[0]
    assert (message[0], message[3]) == (0x20, 0x81)
    assert (sum_of(message[:3]), sum_of(message[3:])) == (0, 0)


def test_S09_duplicated_request(lab: MakeLab) -> None:
    bench = lab("S09")
    found = [response(message) for message in answers(bench, bench.opened())]
    assert [each[3] for each in found if each is not None] == [0xCF, 0]


@pytest.mark.parametrize(("quirks", "is_mixed"), [("S10", True), ("", False)])
def test_S10_mixed_up(lab: MakeLab, quirks: str, is_mixed: bool) -> None:
    bench = lab(quirks)
    link = bench.opened()
    bench.wire.clear()
    at_once(bench, link, DEVICE_ID, STATUS)
    first, other = (response(message)[4] for message in bench.inside(link))  # type: ignore[index]
    assert (first == other) is is_mixed
    assert len(bench.ask(link, *DEVICE_ID)[1]) > 10
    assert len(bench.ask(link)[1]) < 5


def test_S11_slower_with_each_repetition(lab: MakeLab) -> None:
    bench = lab("S11")
    link = bench.opened()
    took = [duration(bench, link) for _each in range(5)]
    assert max(took) < 0.2  # our client repeats nothing so soon
    at_once(bench, link, STATUS, STATUS)
    assert duration(bench, link) > 0.4


def at_once(bench: QuirkLab, link: Any, *commands: tuple[int, int]) -> None:
    """Have requests arrive of which none waits for the answer to another, as our client never sends them."""
    console = list(bench._senders.values())[-1]
    for number, (netfn, cmd) in enumerate(commands):
        rq_seq = 50 if cmd == commands[0][1] else 50 + number
        sealed = link._peer.machine._channel.seal(ipmb.build_request(netfn, cmd, b"", rq_seq))
        bench.network._arrive(sealed, console)
    bench.wait(0.5)


def duration(bench: QuirkLab, link: Any) -> float:
    """Return how long one question took."""
    began = bench.reactor.clock()
    assert bench.ask(link)[0] == 0
    return bench.reactor.clock() - began


@pytest.mark.parametrize("code", ["c0", "c3", "ce", "d2", "d5", "ff"])
def test_S12_passing_codes(lab: MakeLab, code: str) -> None:
    bench = lab(f"S12:{code}")
    link = bench.opened()
    found = [response(message) for message in answers(bench, link)]
    count = 1 if code in ("d5", "ff") else 2
    assert [each[3] for each in found if each is not None] == [int(code, 16)] * count + [0]
    assert bench.command().get_power()["powerstate"] in ("on", "off")


def test_S12_the_time_of_the_log(lab: MakeLab) -> None:
    bench = lab("S12:81")
    link = bench.opened()
    assert [bench.ask(link, 0x0A, 0x48)[0] for _each in range(3)] == [0x81, 0x81, 0]
    assert "timestamp" in bench.command().get_event_log()[0]


def test_S12_each(lab: MakeLab) -> None:
    bench = lab("S12:each")
    link = bench.opened()
    found = [response(message) for message in answers(bench, link)]
    assert [each[3] for each in found if each is not None] == [0xC0, 0xD2, 0]
    assert bench.command().get_power()["powerstate"] in ("on", "off")


def test_S13_starting(lab: MakeLab) -> None:
    bench = lab("S13:5")
    began = bench.reactor.clock()
    link = bench.opened()
    assert 4.0 < bench.reactor.clock() - began < 12.0
    assert bench.ask(link)[0] == 0


def test_S14_many_sessions(lab: MakeLab) -> None:
    bench = lab("S14", max_sessions=64)
    links = [bench.opened() for _each in range(15)]
    bench.wait(20.0)
    assert len(bench.machine.core.sessions) == 15
    links += [bench.opened() for _each in range(2)]
    bench.wait(6.0)
    assert len(bench.machine.core.sessions) < 17
    assert bench.ask(links[0])[0] == 0  # logs in again


@pytest.mark.parametrize(("quirks", "left"), [("S15:57", 0), ("", 1)])
def test_S15_early(lab: MakeLab, quirks: str, left: int) -> None:
    bench = lab(quirks)
    link = bench.opened()
    bench.wait(58.0)
    assert len(bench.machine.core.sessions) == left
    assert bench.ask(link)[0] == 0


@pytest.mark.parametrize(("quirks", "left"), [("S16", 0), ("", 1)])
def test_S16_only_commands_count(lab: MakeLab, quirks: str, left: int) -> None:
    bench = lab(quirks)
    link = bench.opened()
    console = list(bench._senders.values())[-1]
    for _each in range(13):
        bench.wait(5.0)
        bench.network._arrive(link._peer.machine._channel.seal_payload(1, bytes(4)), console)
    assert len(bench.machine.core.sessions) == left
    assert bench.ask(link)[0] == 0


def test_S17_asked_too_often(lab: MakeLab) -> None:
    bench = lab("S17:20")
    link = bench.opened()
    bench.wait(1.0)
    assert duration(bench, link) < 0.2
    at_once(bench, link, *[STATUS] * 30)
    assert 8.0 < duration(bench, link) < 20.0


def test_S18_silent_ends(lab: MakeLab) -> None:
    bench = lab("S18")
    link = bench.opened()
    began = bench.reactor.clock()
    bench.wire.clear()
    link.close()
    assert not packets(bench)
    assert not bench.machine.core.sessions
    assert bench.reactor.clock() - began < 3.0
    command = bench.command()
    command.get_power()
    bench.wire.clear()
    bench.machine.executed.clear()
    assert command.reset_bmc() is None  # type: ignore[func-returns-value]
    assert not any(found.session_id for found in map(unwrap, packets(bench)) if found is not None)
    assert (6, 2) in [each[:2] for each in bench.machine.executed]


def test_S19_a_short_packet(lab: MakeLab) -> None:
    bench = lab("S19")
    assert bytes(5) in answers(bench, bench.opened())


def test_S20_callback(lab: MakeLab) -> None:
    bench = lab("S20")
    with pytest.raises(SessionError) as caught:
        bench.opened(privilege=2)
    assert "privilege" in str(caught.value).lower()


def test_S21_higher_levels_wanted(lab: MakeLab) -> None:
    bench = lab("S21")
    assert bench.ask(bench.opened(), *RESERVE)[0] == 0xD4
    assert bench.command().get_event_log()
    assert list(bench.command().get_sensor_data())


def test_S22_silence_after_power(lab: MakeLab) -> None:
    bench = lab("S22:10")
    command = bench.command()
    command.set_power("on")
    began = bench.reactor.clock()
    assert command.get_power() == {"powerstate": "on"}
    assert 5.0 < bench.reactor.clock() - began < 40.0


def test_S23_forgotten(lab: MakeLab) -> None:
    bench = lab("S23:10")
    link = bench.opened()
    bench.wait(10.5)
    assert not bench.machine.core.sessions
    assert bench.ask(link)[0] == 0


def test_S24_a_closed_port(lab: MakeLab) -> None:
    bench = lab("S24:5")
    link = bench.opened()
    bench.ask(link, 6, 2)
    bench.wait(0.2)
    with pytest.raises(PyghmiException):
        bench.link().open(1.0)
    bench.wait(6.0)
    assert bench.ask(bench.opened())[0] == 0


def test_S25_twice(lab: MakeLab) -> None:
    bench = lab("S25")
    link = bench.opened()
    one, other = answers(bench, link)
    assert one == other
    assert packets(bench)[0][10:14] != packets(bench)[1][10:14]


@pytest.mark.parametrize(("quirks", "has_one"), [("S26", True), ("", False)])
def test_S26_another_session(lab: MakeLab, quirks: str, has_one: bool) -> None:
    bench = lab(quirks)
    link = bench.opened()
    code, data = bench.ask(link, *SESSION_INFO, b"\xfe\x00")  # by a handle that no session has
    assert (code == 0 and bool(data[0])) is has_one

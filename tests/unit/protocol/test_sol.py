# SPDX-License-Identifier: Apache-2.0
"""The machines of serial over LAN, packet by packet, and their parts."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.ipmi.protocol.sol import BmcEnd, ConsoleEnd, SolEnd
from pyghmi.ipmi.protocol.solevents import (
    Availability,
    BreakReceived,
    Deactivated,
    FlushAsked,
    ModemLines,
    Overrun,
    Received,
    RingAsked,
    Silent,
)
from pyghmi.ipmi.protocol.solqueue import Pace, SolQueue
from pyghmi.ipmi.spec.payloads import ConsolePacket, SolPacket


def events(end: SolEnd) -> list[Any]:
    found = []
    while (event := end.next_event()) is not None:
        found.append(event)
    return found


def sent(end: SolEnd) -> list[bytes]:
    return end.packets_to_send()


def give(end: SolEnd, packet: ConsolePacket | SolPacket, now: float = 1.0) -> list[bytes]:
    end.packet_received(packet.encode(), now)
    return sent(end)


def fire(end: SolEnd) -> float:
    due = end.next_timer()
    assert due is not None
    end.timer_fired(due)
    return due


# --- from end to end


def test_characters_go_out_at_once_and_are_acknowledged_at_once() -> None:
    console, bmc = ConsoleEnd(), BmcEnd()
    console.write(b"hello", 0.0)
    (packet,) = sent(console)
    assert ConsolePacket.decode(packet) == ConsolePacket(number=1, characters=b"hello")
    assert (console.pending, console.next_timer()) == (5, 0.5)
    bmc.packet_received(packet, 0.1)
    assert events(bmc) == [Received(b"hello")]
    (ack,) = sent(bmc)
    assert SolPacket.decode(ack) == SolPacket(acked=1, accepted=5)
    console.packet_received(ack, 0.2)
    assert (console.pending, console.next_timer(), sent(console), events(console)) == (0, None, [], [])


def test_one_packet_is_on_its_way_and_the_next_goes_with_the_acknowledgement() -> None:
    end = ConsoleEnd(4)
    end.write(b"abcdefghij", 0.0)
    end.write(b"", 0.0)
    assert sent(end) == [b"\x01\x00\x00\x00abcd"]
    assert give(end, SolPacket(acked=1, accepted=4)) == [b"\x02\x00\x00\x00efgh"]
    assert give(end, SolPacket(acked=1, accepted=4)) == []
    assert give(end, SolPacket(acked=2, accepted=4)) == [b"\x03\x00\x00\x00ij"]
    assert end.pending == 2


def test_an_acknowledgement_rides_on_characters() -> None:
    end = BmcEnd(4)
    end.write(b"abcdefgh", 0.0)
    sent(end)
    packet = ConsolePacket(number=9, acked=1, accepted=4, characters=b"xy")
    assert give(end, packet) == [SolPacket(number=2, acked=9, accepted=2, characters=b"efgh").encode()]
    # Again, for it got lost: with the answer, for that was lost with it.
    fire(end)
    assert sent(end) == [SolPacket(number=2, acked=9, accepted=2, characters=b"efgh").encode()]
    # Another answer has gone out: the old one would be taken for one of the packet that has the number next time.
    assert give(end, ConsolePacket(number=10, characters=b"z")) == [SolPacket(acked=10, accepted=1).encode()]
    fire(end)
    assert sent(end) == [SolPacket(number=2, characters=b"efgh").encode()]


def test_numbers_go_from_1_to_15() -> None:
    end = ConsoleEnd(1)
    end.write(bytes(range(40)), 0.0)
    numbers = []
    while end.pending:
        (packet,) = sent(end)
        numbers.append(packet[0])
        end.packet_received(SolPacket(acked=packet[0], accepted=1).encode(), 0.0)
    assert numbers == [at % 15 + 1 for at in range(40)]


@pytest.mark.parametrize(("most", "used"), [(0, 1), (1, 1), (200, 200), (255, 255), (256, 255), (1020, 255)])
def test_the_size_of_packets(most: int, used: int) -> None:
    end = ConsoleEnd(most)
    assert end.most == used
    end.write(bytes(2000), 0.0)
    assert len(sent(end)[0]) == 4 + used
    end.most = 10
    assert len(give(end, SolPacket(acked=1, accepted=used))[0]) == 14
    assert end.pending == 2000 - used


def test_a_packet_of_more_characters_than_can_be_counted() -> None:
    end = ConsoleEnd()
    assert give(end, SolPacket(number=1, characters=bytes(300))) == [b"\x00\x01\xff\x00"]
    assert events(end) == [Received(bytes(255))]


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x01\x00\x00"])
def test_packets_that_are_too_short(payload: bytes) -> None:
    end = ConsoleEnd()
    end.packet_received(payload, 0.0)
    assert (sent(end), events(end), end.malformed) == ([], [], 1)


def test_an_empty_packet_is_acknowledged() -> None:
    """ipmi_sim begins with one."""
    assert give(ConsoleEnd(), SolPacket(number=8)) == [b"\x00\x08\x00\x00"]


def test_the_common_part_is_not_an_end() -> None:
    class Bare(SolEnd):
        _habits = ConsoleEnd._habits
        _break = 0

    end = Bare()
    with pytest.raises(NotImplementedError):
        end.packet_received(b"\x01\0\0\0abc", 0.0)
    with pytest.raises(NotImplementedError):
        end.packet_received(b"\0\0\0\x04", 0.0)
    end._heard_level = 0
    with pytest.raises(NotImplementedError):
        end._act(4)
    end._after(0)
    end._came_after_the_end(b"")


# --- time


def test_a_packet_is_sent_again_less_and_less_often() -> None:
    end = ConsoleEnd()
    end.renumber_after = None
    end.write(b"abc", 0.0)
    times = []
    for _turn in range(6):
        times.append(fire(end))
        assert sent(end) == [b"\x01\x00\x00\x00abc"] * (1 + (_turn == 0))
    assert times == [0.5, 1.5, 3.5, 5.5, 7.5, 9.5]
    end.timer_fired(9.6)
    assert sent(end) == []


def test_the_interval_follows_the_acknowledgements() -> None:
    end = ConsoleEnd(1)
    end.write(bytes(100), 0.0)
    now = 0.0
    for at in range(30):
        sent(end)
        assert end.next_timer() == pytest.approx(now + 0.5) if at == 0 else True
        now += 0.2
        end.packet_received(SolPacket(acked=at % 15 + 1, accepted=1).encode(), now)
    due = end.next_timer()
    assert due is not None
    assert 0.2 < due - now < 0.3


@pytest.mark.parametrize(("takes", "interval"), [(0.001, 0.1), (0.2, 0.6), (0.5, 1.5), (3.0, 2.0)])
def test_the_first_measurement(takes: float, interval: float) -> None:
    """RFC 6298: smoothed time + 4 times half of it; here between 0.1 and 2 s."""
    pace = Pace(0.5, adapts=True)
    pace.measured(takes)
    assert pace.interval_s == pytest.approx(interval)


def test_what_was_sent_twice_is_not_measured() -> None:
    end = ConsoleEnd(1)
    end.write(b"ab", 0.0)
    assert fire(end) == 0.5
    end.packet_received(SolPacket(acked=1, accepted=1).encode(), 0.51)
    assert end.next_timer() == pytest.approx(0.51 + 1.0)
    end.packet_received(SolPacket(acked=2, accepted=1).encode(), 0.52)
    end.write(b"c", 1.0)
    assert end.next_timer() == pytest.approx(1.1)


def test_an_interval_that_stays() -> None:
    pace = Pace(0.05, adapts=False)
    pace.measured(1.0)
    pace.backed_off()
    assert pace.interval_s == 0.05
    assert Pace(0.05, adapts=True).interval_s == 0.1


def test_a_silent_bmc_is_reported_once_and_the_characters_are_kept() -> None:
    end = ConsoleEnd(retries=2)
    end.write(b"abc", 0.0)
    for _turn in range(2):
        fire(end)
        assert events(end) == []
    assert len(sent(end)) == 3
    due = fire(end)
    assert events(end) == [Silent(3)]
    assert end.pending == 3
    assert sent(end) == [b"\x01\x00\x00\x00abc"]
    for _turn in range(3):
        due, before = fire(end), due
        assert due - before == 5.0
        assert (sent(end), events(end)) == ([b"\x01\x00\x00\x00abc"], [])
    assert give(end, SolPacket(acked=1, accepted=3), due) == []
    assert end.pending == 0


def test_a_silent_console_costs_a_packet() -> None:
    end = BmcEnd(4, retries=1, interval_s=0.1, adapts=False)
    end.write(b"abcdefgh", 0.0)
    assert fire(end) == 0.1
    assert sent(end) == [b"\x01\x00\x00\x00abcd"] * 2
    fire(end)
    assert events(end) == [Silent(2)]
    assert sent(end) == [b"\x02\x00\x00\x00efgh"]
    assert end.pending == 4


def test_begin_anew_with_what_was_not_acknowledged() -> None:
    end = ConsoleEnd(4)
    end.write(b"abcd", 0.0)
    assert give(end, SolPacket(number=9, acked=1, accepted=4, characters=b"x")) == [
        b"\x01\x00\x00\x00abcd",
        b"\x00\x09\x01\x00",
    ]
    end.write(b"efghijkl", 1.0)
    give(end, SolPacket(acked=2, unavailable=True, nack=True))
    give(end, SolPacket(deactivated=True))
    assert Deactivated() in events(end)
    assert (end.pending, end.next_timer()) == (8, None)
    end.timer_fired(3.0)
    end.restart(4.0)
    assert sent(end) == [b"\x01\x00\x00\x00efgh"]
    assert give(end, SolPacket(number=9, characters=b"x")) == [b"\x00\x09\x01\x00"]
    assert events(end) == [Received(b"x")]
    assert give(end, SolPacket(acked=1, accepted=4)) == [b"\x02\x00\x00\x00ijkl"]


def test_begin_anew_after_silence() -> None:
    end = ConsoleEnd(retries=0)
    end.write(b"abc", 0.0)
    fire(end)
    give(end, SolPacket(unavailable=True))
    assert events(end) == [Silent(1), Availability(False)]
    end.restart(4.0)
    assert sent(end) == [b"\x01\x00\x00\x00abc"]
    assert fire(end) == 4.5
    assert events(end) == [Silent(1)]
    give(end, SolPacket(unavailable=True))
    assert events(end) == [Availability(False)]


def test_begin_anew_sends_nothing_of_old() -> None:
    end = BmcEnd()
    end.available = False
    end.write(b"abc", 0.0)
    end.restart(1.0)
    assert sent(end) == [b"\x01\x00\x00\x20abc"]


def test_begin_anew_with_packets_of_another_size() -> None:
    end = ConsoleEnd(8)
    end.write(b"abcdefgh", 0.0)
    sent(end)
    end.most = 3
    end.restart(1.0)
    assert sent(end) == [b"\x01\x00\x00\x00abc"]
    assert give(end, SolPacket(acked=1, accepted=3)) == [b"\x02\x00\x00\x00def"]
    assert give(end, SolPacket(acked=2, accepted=3)) == [b"\x03\x00\x00\x00gh"]


def test_forget() -> None:
    end = ConsoleEnd(4)
    end.write(b"abcdefgh", 0.0)
    end.send_break(0.0)
    sent(end)
    end.forget_pending()
    assert (end.pending, end.next_timer()) == (0, None)
    assert give(end, SolPacket(acked=1, accepted=4)) == []
    end.write(b"x", 1.0)
    assert sent(end) == [b"\x02\x00\x00\x00x"]
    give(end, SolPacket(acked=2, nack=True))
    end.forget_pending()
    assert (end.pending, end.next_timer()) == (0, None)
    end.send_break(2.0)
    assert sent(end) == [b"\x03\x00\x00\x10"]
    give(end, SolPacket(acked=3, nack=True))
    end.forget_pending()
    assert (end.pending, end.next_timer()) == (0, None)


# --- what a console asks for


def test_a_break_in_its_place() -> None:
    console, bmc = ConsoleEnd(4), BmcEnd()
    console.write(b"ab", 0.0)
    console.write(b"cd", 0.0)
    console.send_break(0.0)
    console.write(b"ef", 0.0)
    found: list[Any] = []
    while packets := sent(console):
        for packet in packets * 2:
            bmc.packet_received(packet, 1.0)
        found += events(bmc)
        for ack in sent(bmc):
            console.packet_received(ack, 1.0)
    assert found == [Received(b"ab"), Received(b"cd"), BreakReceived(), Received(b"ef")]


def test_ring() -> None:
    console, bmc = ConsoleEnd(), BmcEnd()
    bmc.available = False
    console.ring(0.0)
    (packet,) = sent(console)
    assert ConsolePacket.decode(packet) == ConsolePacket(number=1, ring=True)
    bmc.packet_received(packet, 0.0)
    assert events(bmc) == [RingAsked()]
    assert sent(bmc) == [b"\x00\x00\x00\x20", b"\x00\x01\x00\x20"], "it wakes the machine, and so is taken while that is off"


def test_modem_lines() -> None:
    console, bmc = ConsoleEnd(), BmcEnd()
    console.lines(0.0, cts=False)
    console.lines(0.0, cts=False)
    (packet,) = sent(console)
    assert ConsolePacket.decode(packet) == ConsolePacket(number=1, pause=True)
    bmc.packet_received(packet, 0.0)
    assert events(bmc) == [ModemLines(cts=False, dcd_dsr=True)]
    console.packet_received(sent(bmc)[0], 0.0)
    console.write(b"x", 0.0)
    (packet,) = sent(console)
    assert ConsolePacket.decode(packet) == ConsolePacket(number=2, pause=True, characters=b"x")
    bmc.packet_received(packet, 0.0)
    assert events(bmc) == [Received(b"x")]
    console.packet_received(sent(bmc)[0], 0.0)
    console.lines(0.0)
    assert give(bmc, ConsolePacket.decode(sent(console)[0])) == [b"\x00\x03\x00\x00"]
    assert events(bmc) == [ModemLines(cts=True, dcd_dsr=True)]
    console.lines(0.0, dcd_dsr=False)
    console.packet_received(b"\x00\x03\x00\x00", 0.0)
    assert sent(console) == [b"\x04\x00\x00\x04"]


def test_flush_inbound() -> None:
    console, bmc = ConsoleEnd(4), BmcEnd()
    console.write(b"abcdefgh", 0.0)
    console.send_break(0.0)
    sent(console)
    console.flush(True, False, 0.0)
    assert console.pending == 4
    assert give(console, SolPacket(acked=1, accepted=4)) == [b"\x02\x00\x00\x02"]
    assert give(bmc, ConsolePacket(number=2, flush_inbound=True)) == [b"\x00\x02\x00\x00"]
    assert events(bmc) == [FlushAsked(inbound=True, outbound=False)]
    assert give(console, SolPacket(acked=2)) == [b"\x03\x00\x00\x10"]


def test_flush_outbound() -> None:
    end = BmcEnd(4)
    end.write(b"abcdefgh", 0.0)
    end.report_break(0.0)
    sent(end)
    assert give(end, ConsolePacket(number=1, flush_outbound=True)) == [b"\x00\x01\x00\x00"]
    assert events(end) == [FlushAsked(inbound=False, outbound=True)]
    assert end.pending == 4
    assert give(end, ConsolePacket(acked=1, accepted=4)) == [b"\x02\x00\x00\x04"]


def test_flushes_that_wait_are_one_and_go_before_a_refused_break() -> None:
    end = ConsoleEnd()
    end.send_break(0.0)
    sent(end)
    give(end, SolPacket(acked=1, nack=True, unavailable=True))
    end.flush(False, False, 1.0)
    end.write(b"abc", 1.0)
    assert sent(end) == [b"\x02\x00\x00\x10"]
    end.flush(False, True, 1.0)
    end.flush(True, False, 1.0)
    assert give(end, SolPacket(acked=2, nack=True)) == []
    end.flush(True, False, 1.0)
    assert sent(end) == [b"\x03\x00\x00\x03"]
    assert give(end, SolPacket(acked=3)) == [b"\x04\x00\x00\x10"]


def test_a_flush_goes_before_a_break_that_waits() -> None:
    end = ConsoleEnd()
    end.write(b"abc", 0.0)
    end.send_break(0.0)
    end.flush(False, True, 0.0)
    sent(end)
    assert give(end, SolPacket(acked=1, accepted=3)) == [b"\x02\x00\x00\x01"]
    assert give(end, SolPacket(acked=2)) == [b"\x03\x00\x00\x10"]


def test_operations_in_a_packet_without_a_number() -> None:
    end = BmcEnd()
    assert give(end, ConsolePacket(send_break=True)) == []
    assert events(end) == [BreakReceived()]


# --- what a BMC reports


def test_break_and_overrun_in_their_place() -> None:
    bmc, console = BmcEnd(), ConsoleEnd()
    bmc.report_overrun(0.0)
    bmc.write(b"abc", 0.0)
    bmc.report_break(0.0)
    found: list[Any] = []
    while packets := sent(bmc):
        for packet in packets:
            console.packet_received(packet, 1.0)
        found += events(console)
        for ack in sent(console):
            bmc.packet_received(ack, 1.0)
    assert found == [Overrun(), Received(b"abc"), BreakReceived()]


def test_status_without_a_number_is_not_acknowledged() -> None:
    end = ConsoleEnd()
    assert give(end, SolPacket(overrun=True, broken=True)) == []
    assert events(end) == [Overrun(), BreakReceived()]


def test_a_machine_that_is_off() -> None:
    end = BmcEnd()
    assert end.available
    end.available = True
    assert sent(end) == []
    end.available = False
    assert not end.available
    assert sent(end) == [b"\x00\x00\x00\x20"]
    assert give(end, ConsolePacket(number=1, characters=b"abc")) == [b"\x00\x01\x00\x60"]
    assert give(end, ConsolePacket(number=2, send_break=True)) == [b"\x00\x02\x00\x60"]
    assert events(end) == []
    end.available = True
    assert sent(end) == [b"\x00\x00\x00\x00"]
    assert give(end, ConsolePacket(number=3, characters=b"abc")) == [b"\x00\x03\x03\x00"]
    assert events(end) == [Received(b"abc")]


def test_a_packet_that_is_repeated_while_it_is_refused() -> None:
    """Under its old number: a late copy at first, and later on the console's way of trying again."""
    end = BmcEnd()
    end.available = False
    sent(end)
    packet = ConsolePacket(number=1, characters=b"abc")
    assert give(end, packet, 1.0) == [b"\x00\x01\x00\x60"]
    end.available = True
    sent(end)
    assert give(end, packet, 1.2) == [b"\x00\x01\x00\x60"]
    assert give(end, packet, 2.1) == [b"\x00\x01\x03\x00"]
    assert events(end) == [Received(b"abc")]


def test_late_copies_of_a_refused_packet() -> None:
    """Neither soon after the first refusal nor soon after the last one."""
    end = BmcEnd()
    for number, at in ((1, 1.0), (2, 10.0)):
        packet = ConsolePacket(number=number, characters=b"abc%d" % number)
        end.available = False
        give(end, packet, at)
        end.available = True
        sent(end)
        for late in (0.5, 0.9, 1.2):
            assert give(end, packet, at + late) == [bytes((0, number, 0, 0x60))]
        if number == 2:
            assert give(end, packet, at + 1.7) == [b"\x00\x02\x04\x00"]


def test_a_packet_that_is_refused_again_and_again() -> None:
    end = BmcEnd()
    end.available = False
    sent(end)
    packet = ConsolePacket(number=1, send_break=True)
    for now in (1.0, 1.2, 2.3, 2.8, 3.3):
        assert give(end, packet, now) == [b"\x00\x01\x00\x60"]
    assert events(end) == []
    end.available = True
    sent(end)
    assert give(end, packet, 3.6) == [b"\x00\x01\x00\x60"]
    assert give(end, packet, 4.1) == [b"\x00\x01\x00\x00"]
    assert events(end) == [BreakReceived()]


def test_a_refused_packet_comes_again_after_the_next() -> None:
    end = BmcEnd()
    end.available = False
    give(end, ConsolePacket(number=1, characters=b"abc"), 1.0)
    end.available = True
    assert give(end, ConsolePacket(number=2, characters=b"abc"), 1.1) == [b"\x00\x00\x00\x00", b"\x00\x02\x03\x00"]
    assert give(end, ConsolePacket(number=1, characters=b"abc"), 1.2) == [b"\x00\x01\x00\x60"]
    assert [each for each in events(end) if isinstance(each, Received)] == [Received(b"abc")]


def test_little_room() -> None:
    end = BmcEnd(room=lambda: 5)
    end.room_returned()
    assert sent(end) == []
    assert give(end, ConsolePacket(number=1, characters=b"abcdefgh")) == [b"\x00\x01\x05\x00"]
    assert give(end, ConsolePacket(number=2, characters=b"fgh")) == [b"\x00\x02\x00\x40"], "what was not fetched fills it"
    assert give(end, ConsolePacket(number=3)) == [b"\x00\x03\x00\x00"]
    assert events(end) == [Received(b"abcde")]
    end.room_returned()
    end.room_returned()
    assert sent(end) == [b"\x00\x00\x00\x00"]
    assert give(end, ConsolePacket(number=4, characters=b"fgh")) == [b"\x00\x04\x03\x00"]
    assert end.next_event() == Received(b"fgh")


def test_just_enough_room() -> None:
    end = BmcEnd(room=lambda: 3)
    assert give(end, ConsolePacket(number=1, characters=b"abc")) == [b"\x00\x01\x03\x00"]
    end.room_returned()
    assert sent(end) == []


def test_a_console_that_takes_nothing_is_believed() -> None:
    end = BmcEnd()
    end.write(b"abc", 0.0)
    sent(end)
    give(end, ConsolePacket(acked=1, accepted=0), 0.05)
    assert fire(end) == pytest.approx(0.05 + 0.15)
    assert sent(end) == [b"\x02\x00\x00\x00abc"]
    assert fire(end) == pytest.approx(0.2 + 0.15)
    assert end.next_timer() == pytest.approx(0.35 + 0.3), "it backs off"


def test_a_partly_taken_packet_comes_again() -> None:
    """The sender sends the rest under a new number: what comes under the old one is never more than an answer's loss."""
    end = BmcEnd(room=lambda: 3)
    give(end, ConsolePacket(number=1, characters=b"abcdef"))
    events(end)
    assert give(end, ConsolePacket(number=1, characters=b"abcdef"), 9.0) == [b"\x00\x01\x03\x00"]
    assert give(end, ConsolePacket(number=1, characters=b"abcdefgh"), 9.0) == [b"\x00\x01\x03\x00"]
    assert events(end) == []


def test_deactivation() -> None:
    end = BmcEnd()
    end.write(b"abcdef", 0.0)
    sent(end)
    end.deactivate(0.0)
    end.deactivate(0.0)
    assert sent(end) == [b"\x00\x00\x00\x10"]
    assert (end.pending, end.next_timer()) == (0, None)
    assert give(end, ConsolePacket(number=4, characters=b"x")) == [b"\x00\x04\x00\x50"]
    assert give(end, ConsolePacket(acked=1, accepted=6)) == []
    end.available = False
    end.room_returned()
    assert (sent(end), events(end)) == ([], [])


def test_accumulation() -> None:
    """IPMI 2.0 table 26-5, parameter 3."""
    end = BmcEnd(10)
    end.accumulate(0.06, 5)
    end.write(b"ab", 1.0)
    assert sent(end) == []
    assert fire(end) == pytest.approx(1.06)
    assert sent(end) == [b"\x01\x00\x00\x00ab"]
    give(end, ConsolePacket(acked=1, accepted=2))
    end.write(b"cd", 2.0)
    end.write(b"efg", 2.01)
    assert sent(end) == [b"\x02\x00\x00\x00cdefg"]
    give(end, ConsolePacket(acked=2, accepted=5))
    end.write(b"h", 3.0)
    end.report_break(3.0)
    assert fire(end) == pytest.approx(3.06)
    assert sent(end) == [b"\x03\x00\x00\x00h"]
    assert give(end, ConsolePacket(acked=3, accepted=1)) == [b"\x04\x00\x00\x04"]
    give(end, ConsolePacket(acked=4))
    end.accumulate(0.06, 0)
    end.write(b"ijklm", 4.0)
    assert sent(end) == []
    end.write(b"nopqr", 4.0)
    assert sent(end) == [b"\x05\x00\x00\x00ijklmnopqr"]
    give(end, ConsolePacket(acked=5, accepted=10))
    end.accumulate(0.0, 200)
    end.write(b"s", 5.0)
    assert sent(end) == [b"\x06\x00\x00\x00s"]


def test_a_packet_that_grows() -> None:
    end = BmcEnd(6)
    end.grows = True
    assert end.grows
    end.write(b"abc", 0.0)
    end.write(b"def", 0.1)
    end.write(b"ghi", 0.1)
    fire(end)
    assert sent(end) == [b"\x01\x00\x00\x00abc", b"\x01\x00\x00\x00abcdef"]
    assert give(end, ConsolePacket(acked=1, accepted=3), 1.0) == [], "that was for the shorter one"
    fire(end)
    assert sent(end) == [b"\x01\x00\x00\x00abcdef"]
    assert give(end, ConsolePacket(acked=1, accepted=6), 2.0) == [b"\x02\x00\x00\x00ghi"]
    fire(end)
    assert sent(end) == [b"\x02\x00\x00\x00ghi"]
    give(end, ConsolePacket(acked=2, accepted=3), 3.0)
    end.write(b"jklmn", 4.0)
    sent(end)
    assert give(end, ConsolePacket(acked=3, accepted=3), 4.1) == [b"\x04\x00\x00\x00mn"], "this one did not grow"


def test_a_console_that_takes_no_more_than_the_packet_had_first() -> None:
    end = BmcEnd(6, retries=2)
    end.grows = True
    end.write(b"abc", 0.0)
    end.write(b"def", 0.1)
    fire(end)
    sent(end)
    give(end, ConsolePacket(acked=1, accepted=3), 1.0)
    fire(end)
    fire(end)
    assert events(end) == []
    assert sent(end) == [b"\x01\x00\x00\x00abcdef", b"\x02\x00\x00\x00def"]


def test_a_refused_packet_is_taken_after_all() -> None:
    end = ConsoleEnd()
    end.write(b"abcdef", 0.0)
    sent(end)
    give(end, SolPacket(acked=1, accepted=2, nack=True), 0.1)
    assert give(end, SolPacket(acked=1, accepted=3), 0.2) == [b"\x02\x00\x00\x00def"]
    give(end, SolPacket(acked=2, nack=True), 0.3)
    assert give(end, SolPacket(acked=2, accepted=3), 0.4) == []
    assert (end.pending, end.next_timer()) == (0, None)
    end.send_break(1.0)
    sent(end)
    give(end, SolPacket(acked=3, nack=True), 1.1)
    assert give(end, SolPacket(acked=3), 1.2) == []
    assert end.next_timer() is None


def test_a_nack_for_all_of_a_packet() -> None:
    end = ConsoleEnd()
    end.write(b"abc", 0.0)
    sent(end)
    assert give(end, SolPacket(acked=1, accepted=3, nack=True)) == []
    assert (end.pending, end.next_timer()) == (0, None)
    end.write(b"d", 1.0)
    assert sent(end) == [b"\x02\x00\x00\x00d"]


def test_an_answer_to_an_old_packet_is_none_to_a_refused_one() -> None:
    end = ConsoleEnd()
    end.write(b"abc", 0.0)
    sent(end)
    give(end, SolPacket(acked=1, nack=True))
    assert give(end, SolPacket(acked=15, accepted=2)) == []
    assert end.pending == 3


def test_an_acknowledgement_of_a_machine_that_is_off_is_one() -> None:
    """A BMC that sets the bit and takes characters all the same is not kept waiting."""
    end = ConsoleEnd(2)
    end.write(b"abcdef", 0.0)
    sent(end)
    assert give(end, SolPacket(acked=1, accepted=2, unavailable=True)) == [b"\x02\x00\x00\x00cd"]
    assert give(end, SolPacket(acked=2, accepted=2, unavailable=True)) == [b"\x03\x00\x00\x00ef"]


def test_what_is_on_its_way_is_sent_again_soon_when_the_machine_is_on() -> None:
    end = ConsoleEnd()
    end.write(b"abc", 0.0)
    give(end, SolPacket(unavailable=True), 0.1)
    assert fire(end) == 0.5
    assert end.next_timer() == 5.5
    give(end, SolPacket(number=1), 1.0)
    assert end.next_timer() == 1.5
    give(end, SolPacket(), 1.2)
    assert end.next_timer() == 1.5


def test_pauses_grow_while_nothing_is_taken() -> None:
    end = ConsoleEnd()
    end.write(b"a", 0.0)
    sent(end)
    now, pauses = 0.0, []
    for number in range(1, 7):
        give(end, SolPacket(acked=number, nack=True), now)
        due = fire(end)
        pauses.append(round(due - now, 3))
        now = due
        assert sent(end) == [bytes((number + 1, 0, 0, 0)) + b"a"]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    give(end, SolPacket(acked=7, accepted=1), now)
    end.write(b"b", now)
    sent(end)
    give(end, SolPacket(acked=8, nack=True), now)
    assert end.next_timer() == pytest.approx(now + 0.1)
    assert events(end) == []


def test_availability_is_told_once() -> None:
    end = ConsoleEnd()
    for packet in (SolPacket(unavailable=True), SolPacket(number=1, unavailable=True), SolPacket(acked=3, nack=True)):
        give(end, packet)
    assert events(end) == [Availability(False)]
    give(end, SolPacket(number=2))
    assert events(end) == [Availability(True)]


# --- the queue


def test_the_queue_joins_and_splits() -> None:
    queue = SolQueue()
    assert (queue.take(5), queue.take_mark(), queue.starts_with_mark, bool(queue)) == (b"", 0, False, False)
    for piece in (b"ab", b"cdefgh", b"i"):
        queue.add(piece)
    queue.add_mark(4)
    queue.add(b"jk")
    assert queue.characters == 11
    assert (queue.take(0), queue.take_mark()) == (b"", 0)
    assert (queue.take(4), queue.take(2), queue.take(9), queue.take(9)) == (b"abcd", b"ef", b"ghi", b"")
    assert queue.starts_with_mark
    assert (queue.characters, queue.take_mark(), queue.take(1)) == (2, 4, b"j")
    queue.put_mark_first(8)
    assert (queue.characters, queue.take_mark(), queue.take(9), queue.characters) == (1, 8, b"k", 0)
    queue.add(b"lm")
    queue.add(b"no")
    assert (queue.take(4), bool(queue)) == (b"lmno", False)


def test_the_queue_drops_characters_and_keeps_marks() -> None:
    queue = SolQueue()
    queue.add(b"abc")
    queue.add_mark(1)
    queue.add(b"def")
    queue.add_mark(2)
    queue.take(1)
    queue.drop_characters()
    assert (queue.characters, queue.take_mark(), queue.take_mark(), bool(queue)) == (0, 1, 2, False)
    queue.put_mark_first(3)
    assert queue.take_mark() == 3


def test_much_output_costs_no_more_than_it_is() -> None:
    """A megabyte in one piece, and in single characters: taken in as many steps as there are packets."""
    queue = SolQueue()
    queue.add(bytes(1 << 20))
    for _turn in range(3000):
        queue.add(b"x")
    count = 0
    while queue.take(200):
        count += 1
    assert count == -(-((1 << 20) + 3000) // 200)

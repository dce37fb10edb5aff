# SPDX-License-Identifier: Apache-2.0
"""What BMCs do wrong on a serial line, each row by its name in doc/quirks.md; those of the activation are elsewhere."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.ipmi.protocol.sol import BmcEnd, ConsoleEnd, SolEnd
from pyghmi.ipmi.protocol.solevents import Availability, BreakReceived, Deactivated, Noticed, Received, Silent


def events(end: SolEnd) -> list[Any]:
    found = []
    while (event := end.next_event()) is not None:
        found.append(event)
    return found


def told(end: SolEnd, payload: str, text: bytes = b"", now: float = 1.0) -> tuple[list[Any], list[str]]:
    """Give a packet to an end; return what it reports, and the packets that it sends, in hex."""
    end.packet_received(bytes.fromhex(payload) + text, now)
    return events(end), [packet.hex() for packet in end.packets_to_send()]


def typing(text: bytes, now: float = 0.0, **options: Any) -> ConsoleEnd:
    """Return a console that has sent this as packet 1."""
    end = ConsoleEnd(**options)
    end.write(text, now)
    assert end.packets_to_send() == [b"\x01\x00\x00\x00" + text]
    return end


def fire(end: SolEnd) -> float:
    """Do what is due next; return the time of it."""
    due = end.next_timer()
    assert due is not None
    end.timer_fired(due)
    return due


def test_C17_more_characters_under_the_same_number() -> None:
    end = ConsoleEnd()
    assert told(end, "03000000", b"abc") == ([Received(b"abc")], ["00030300"])
    found, sent = told(end, "03000000", b"abcdefghij")
    assert found[-1] == Received(b"defghij")
    assert found[0] == Noticed("C17", "a packet that is sent again has more characters than before")
    assert sent == ["00030a00"]
    assert told(end, "03000000", b"abcdefghijk") == ([Received(b"k")], ["00030b00"])
    assert told(end, "03000000", b"abc") == ([], ["00030b00"])
    assert told(end, "04000000", b"abc") == ([Received(b"abc")], ["00040300"])


def test_C17_a_status_bit_joins_a_packet_that_is_sent_again() -> None:
    end = ConsoleEnd()
    told(end, "03000000", b"abc")
    assert told(end, "03000004", b"abc") == ([BreakReceived()], ["00030300"])
    assert told(end, "03000004", b"abc") == ([], ["00030300"])
    found, _sent = told(end, "03000004", b"abcd")
    assert found[1:] == [Received(b"d")]


def test_C18_the_same_packet_again() -> None:
    end = ConsoleEnd()
    assert told(end, "01000000", b"login: ") == ([Received(b"login: ")], ["00010700"])
    for _turn in range(3):
        assert told(end, "01000000", b"login: ") == ([], ["00010700"])


def test_C18_a_packet_comes_again_after_the_next() -> None:
    end = ConsoleEnd()
    told(end, "0e000000", b"abc")
    told(end, "0f000000", b"def")
    told(end, "01000000", b"ghi")
    found, sent = told(end, "0f000000", b"def")
    assert not [each for each in found if isinstance(each, Received)]
    assert sent == ["000f0300"]
    assert told(end, "0e000000", b"abc") == ([], ["000e0300"])
    assert told(end, "02000000", b"jkl") == ([Received(b"jkl")], ["00020300"])


@pytest.mark.parametrize(
    ("behind", "seconds", "is_late"), [(1, 5.0, True), (1, 5.1, False), (7, 1.0, True), (8, 1.0, False)]
)
def test_C18_how_late_a_copy_may_be(behind: int, seconds: float, is_late: bool) -> None:
    end = ConsoleEnd()
    for number in range(1, 13):
        told(end, f"0{number:x}000000", b"%d" % number, 1.0)
    found, _sent = told(end, f"0{12 - behind:x}000000", b"%d" % (12 - behind), 1.0 + seconds)
    assert [each.quirk for each in found if isinstance(each, Noticed)] == ["C18"] * is_late
    assert any(isinstance(each, Received) for each in found) != is_late


def test_C18_a_break_comes_again_after_the_next_packet() -> None:
    end = ConsoleEnd()
    assert told(end, "01000004")[0] == [BreakReceived()]
    told(end, "02000000", b"abc")
    assert not [each for each in told(end, "01000004")[0] if isinstance(each, BreakReceived)]


@pytest.mark.parametrize("number", ["0a", "01", "07"])
def test_C18_a_jump_is_new(number: str) -> None:
    """Tyan S4811 after a reboot of the machine; also back to where it was before, with other characters."""
    end = ConsoleEnd()
    for at in range(1, 9):
        told(end, f"0{at}000000", b"%d" % at)
    assert told(end, f"{number}000000", b"POST") == ([Received(b"POST")], [f"00{number}0400"])
    assert told(end, "08000000", b"memory") == ([Received(b"memory")], ["00080600"])


def test_C18_the_same_characters_under_a_number_of_long_ago_are_new() -> None:
    end = ConsoleEnd()
    for at in range(1, 5):
        told(end, f"0{at}000000", b"$ ")
    assert told(end, "03000000", b"$ ", 7.0) == ([Received(b"$ ")], ["00030200"])


def test_C18_other_characters_under_the_same_number_are_new() -> None:
    end = ConsoleEnd()
    told(end, "05000000", b"halted")
    assert told(end, "05000000", b"POST") == ([Received(b"POST")], ["00050400"])


def test_C19_characters_without_a_number() -> None:
    end = ConsoleEnd()
    found, sent = told(end, "00000000", b"abc")
    assert found == [Noticed("C19", "characters come in packets without a number"), Received(b"abc")]
    assert sent == []
    assert told(end, "00000000", b"abc") == ([Received(b"abc")], [])
    assert end.unnumbered == 2


def test_C19_a_console_that_sends_them_means_nothing() -> None:
    """OpenIPMI's solterm repeats characters in its acknowledgements."""
    end = BmcEnd()
    assert told(end, "01000000", b"ello sol\r") == ([Received(b"ello sol\r")], ["00010900"])
    assert told(end, "00020100", b"ello sol\r") == ([], [])
    assert end.unnumbered == 1


def test_C20_a_bmc_that_cannot_wait() -> None:
    """It sends every 5 ms, and goes on to the next packet when the first acknowledgement arrives."""
    bmc, console = BmcEnd(interval_s=0.005, adapts=False, retries=7), ConsoleEnd()
    bmc.write(b"abc", 0.0)
    bmc.write(b"def", 0.0)
    packets = bmc.packets_to_send()
    while len(packets) < 5:
        assert fire(bmc) == pytest.approx(0.005 * len(packets))
        packets += bmc.packets_to_send()
    assert packets == [b"\x01\x00\x00\x00abc"] * 5
    for packet in packets:
        console.packet_received(packet, 0.03)
    acks = console.packets_to_send()
    assert acks == [b"\x00\x01\x03\x00"] * 5
    for ack in acks:
        bmc.packet_received(ack, 0.04)
    (second,) = bmc.packets_to_send()
    console.packet_received(second, 0.05)
    assert events(console) == [Received(b"abc"), Received(b"def")]


def test_C21_none_acknowledged_and_the_echo_comes_later() -> None:
    end = typing(b"ls\r")
    assert told(end, "00010000", now=0.1) == ([], [])
    found, sent = told(end, "01000000", b"ls\r\nfile\r\n", now=0.2)
    assert Received(b"ls\r\nfile\r\n") in found
    assert [each.quirk for each in found if isinstance(each, Noticed)] == ["C21"]
    assert sent == ["00010a00"]
    assert (end.pending, end.next_timer()) == (0, None)
    end.write(b"x", 0.3)
    end.write(b"yz", 0.3)
    assert told(end, "00020000", now=0.4)[1] == ["0200000078", "03000000797a"]
    assert told(end, "00030000", now=0.4) == ([], [])
    assert end.pending == 0


@pytest.mark.parametrize("packet", ["01010000", "01000000"])
def test_C21_none_acknowledged_and_the_echo_is_there(packet: str) -> None:
    """The echo comes in the same packet, or before it."""
    end = typing(b"ls\r")
    found, _sent = told(end, packet, b"ls\r\n", now=0.1)
    found += told(end, "00010000", now=0.1)[0]
    assert [each.quirk for each in found if isinstance(each, Noticed)] == ["C21"]
    assert end.pending == 0


def test_C21_none_acknowledged_and_no_echo() -> None:
    """It may be meant: the characters are sent again, under a new number, but not for ever."""
    end = typing(b"secret\r")
    for number in ("02", "03"):
        assert told(end, f"000{int(number) - 1}0000", now=end.next_timer() or 0) == ([], [])
        assert end.pending == 7
        assert told(end, f"000{int(number) - 1}0000", now=end.next_timer() or 0) == ([], [])
        fire(end)
        assert [packet.hex() for packet in end.packets_to_send()] == [f"{number}000000" + b"secret\r".hex()]
    found, sent = told(end, "00030000", now=5.0)
    assert ([each.quirk for each in found], sent, end.pending) == (["C21"], [], 0)


def test_C21_only_what_came_since_is_an_echo() -> None:
    end = ConsoleEnd()
    told(end, "01000000", b"type y to go on: ", now=0.0)
    end.write(b"y", 0.1)
    assert end.packets_to_send() == [b"\x01\x00\x00\x00y"]
    assert told(end, "00010000", now=0.2) == ([], [])
    assert end.pending == 1
    assert end.next_timer() == 0.7, "so long the echo may take"


def test_C21_other_characters_are_doubted_anew() -> None:
    end = typing(b"ab")
    told(end, "00010000", now=0.1)
    fire(end)
    told(end, "00020000", now=1.0)
    told(end, "01000000", b"cd", now=1.0)
    end.forget_pending()
    end.write(b"cd", 2.0)
    end.packets_to_send()
    assert told(end, "00030000", now=2.1) == ([], [])
    assert end.pending == 2


def test_C21_a_bmc_that_takes_a_part_counts() -> None:
    end = typing(b"ab")
    told(end, "01010100", b"ab", now=0.1)
    told(end, "00020000", now=0.2)
    assert end.pending == 1


def test_C21_a_bmc_that_counts_means_what_it_says() -> None:
    end = typing(b"ab")
    told(end, "00010200")
    end.write(b"cd", 2.0)
    end.packets_to_send()
    assert told(end, "00020000", now=2.1) == ([], [])
    told(end, "01000000", b"cd", now=2.1)
    fire(end)
    assert [packet.hex() for packet in end.packets_to_send()] == ["030000006364"]


def test_C22_the_machine_is_off() -> None:
    """NACK and "unavailable": the characters wait, and are tried slowly; then it is on again."""
    end = typing(b"abc")
    assert told(end, "00010060", now=0.1) == ([Availability(False)], [])
    assert end.pending == 3
    due = fire(end)
    assert due > 3
    assert [packet.hex() for packet in end.packets_to_send()] == ["02000000616263"]
    assert told(end, "00020060", now=due + 0.1) == ([], [])
    assert told(end, "00000000", now=due + 0.2) == ([Availability(True)], ["03000000616263"])
    assert told(end, "00030300", now=due + 0.3) == ([], [])
    assert end.pending == 0


def test_C22_a_machine_that_is_off_never_makes_silence() -> None:
    end = typing(b"abc")
    told(end, "00000020", now=0.1)
    for _turn in range(40):
        fire(end)
        assert end.packets_to_send()
    assert events(end) == []


@pytest.mark.parametrize("packet", ["00000020", "00000060", "00000160", "05000020", "00090020"])
def test_C22_unavailable_in_any_packet(packet: str) -> None:
    end = ConsoleEnd()
    assert told(end, packet)[0] == [Availability(False)]
    end.write(b"abc", 1.1)
    assert end.packets_to_send() == [b"\x01\x00\x00\x00abc"], "what is typed is tried once"
    assert told(end, "00010060", now=1.2) == ([], [])
    found = told(end, "06000000", b"power on\r\n", now=1.3)
    assert found == ([Availability(True), Received(b"power on\r\n")], ["02060a00616263"])


def test_C22_typing_makes_it_try_again() -> None:
    end = typing(b"a")
    told(end, "00010060", now=0.1)
    end.write(b"b", 0.2)
    assert end.packets_to_send() == []
    assert end.next_timer() == 0.5
    end.write(b"c", 0.7)
    assert [packet.hex() for packet in end.packets_to_send()] == ["02000000616263"]


def test_C22_typing_into_a_machine_that_has_just_gone_off() -> None:
    end = typing(b"a")
    told(end, "00010100", now=0.1)
    assert told(end, "00000020", now=0.2) == ([Availability(False)], [])
    end.write(b"b", 0.3)
    assert end.packets_to_send() == []
    assert fire(end) == 0.5
    assert end.packets_to_send() == [b"\x02\x00\x00\x00b"]


@pytest.mark.parametrize("packet", ["00000010", "00010050", "07000010", "07010110", "00040030"])
def test_C22_deactivated_in_any_packet(packet: str) -> None:
    end = typing(b"abc")
    text = b"bye" if packet.startswith("07") else b""
    found, sent = told(end, packet, text)
    assert found[-1] == Deactivated()
    assert (Received(b"bye") in found) == bool(text)
    assert sent == (["00070300"] if text else [])
    end.write(b"more", 2.0)
    assert told(end, "08000000", b"late") == ([], [])
    assert end.packets_to_send() == []
    assert end.next_timer() is None


def test_C22_nack_that_answers_nothing() -> None:
    end = typing(b"abc")
    assert told(end, "00000040") == ([], [])
    assert end.pending == 3
    fire(end)
    assert end.packets_to_send() == [b"\x01\x00\x00\x00abc"]


def silent_for(end: ConsoleEnd, sends: int) -> list[str]:
    """Let nobody answer; return the packets that were sent again."""
    sent: list[str] = []
    while len(sent) < sends:
        fire(end)
        sent += [packet.hex() for packet in end.packets_to_send()]
    return sent


def test_C23_a_number_that_is_ignored() -> None:
    """Windmill family: after some sends the packet gets the next number, and the BMC answers."""
    end = typing(b"abc")
    assert silent_for(end, 7) == ["01000000616263"] * 6 + ["02000000616263"]
    assert events(end) == []
    found, sent = told(end, "00020300", now=20.0)
    assert [each.quirk for each in found] == ["C23"]
    assert (sent, end.pending) == ([], 0)
    end.write(b"d", 21.0)
    assert end.packets_to_send() == [b"\x03\x00\x00\x00d"]
    assert silent_for(end, 3) == ["0300000064"] * 2 + ["0400000064"]
    assert told(end, "00040100", now=30.0) == ([], [])


def test_C23_the_old_number_is_acknowledged_after_all() -> None:
    end = typing(b"abc")
    silent_for(end, 7)
    assert told(end, "00010300", now=20.0) == ([], [])
    assert end.pending == 0
    end.write(b"d", 21.0)
    assert end.packets_to_send() == [b"\x03\x00\x00\x00d"]


def test_C23_switched_off() -> None:
    end = typing(b"abc")
    end.renumber_after = None
    assert silent_for(end, 9) == ["01000000616263"] * 9
    assert end.renumber_after is None


def test_C26_a_large_paste_is_taken_in_parts() -> None:
    end = typing(b"abcdefghijklmnopqrst", most=20)
    end.write(b"uvwxyz", 0.0)
    assert told(end, "00010300", now=0.1) == ([], ["02000000" + b"defghijklmnopqrstuvw".hex()])
    assert told(end, "00021100", now=0.2) == ([], ["03000000" + b"uvwxyz".hex()])
    assert end.pending == 6
    assert told(end, "00030600", now=0.3) == ([], [])
    assert end.pending == 0


def test_C26_refused_while_it_is_busy() -> None:
    """NACK with a part taken: the rest waits for the interval, or for a packet that says that all is well."""
    end = typing(b"abcdef")
    assert told(end, "00010240", now=0.1) == ([], [])
    assert end.pending == 4
    fire(end)
    assert [packet.hex() for packet in end.packets_to_send()] == ["02000000" + b"cdef".hex()]
    assert told(end, "00020040", now=1.0) == ([], [])
    assert told(end, "00000000", now=1.01) == ([], ["03000000" + b"cdef".hex()])


def test_C26_our_bmc_takes_3_of_20() -> None:
    taken = bytearray()
    bmc, console = BmcEnd(room=lambda: 3 - len(taken)), ConsoleEnd(20)
    text = b"abcdefghijklmnopqrstuvwxyz"
    console.write(text, 0.0)
    now, found = 0.0, b""
    while console.pending:
        now += 0.01
        for packet in console.packets_to_send():
            bmc.packet_received(packet, now)
        for event in events(bmc):
            taken += event.data
        for packet in bmc.packets_to_send():
            console.packet_received(packet, now)
        found += bytes(taken)
        taken.clear()
        bmc.room_returned()
    assert found == text


def test_C27_a_break_that_is_acknowledged_and_ignored() -> None:
    end = ConsoleEnd()
    end.send_break(0.0)
    end.write(b"x", 0.0)
    assert end.packets_to_send() == [b"\x01\x00\x00\x10"]
    assert told(end, "00010000", now=0.1) == ([], ["0200000078"])


def test_C27_a_break_that_nobody_acknowledges() -> None:
    end = ConsoleEnd(retries=3)
    end.send_break(0.0)
    end.write(b"x", 0.0)
    end.packets_to_send()
    for _turn in range(3):
        fire(end)
        assert end.packets_to_send() == [b"\x01\x00\x00\x10"]
    fire(end)
    found = events(end)
    assert [each.quirk for each in found if isinstance(each, Noticed)] == ["C27"]
    assert not [each for each in found if isinstance(each, Silent)]
    assert end.packets_to_send() == [b"\x02\x00\x00\x00x"]

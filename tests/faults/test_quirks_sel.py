# SPDX-License-Identifier: Apache-2.0
"""What BMCs do to their event logs, each played by a simulated one: ids of the tests are those of the list of quirks."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, IpmiException, TimedOut, UnsupportedFunctionality
from pyghmi.ipmi.domains.events import EventKind, decode_event
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sel import Sel
from pyghmi.ipmi.domains.sel_read import SelEntry
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.storage import CLEAR_INITIATE, CLEAR_STATUS, ClearSel
from pyghmi.sim.sel import SelPart

GET, RESERVE, DELETE, CLEAR, TIME, OFFSET = (0x0A, 0x43), (0x0A, 0x42), (0x0A, 0x46), (0x0A, 0x47), (0x0A, 0x48), (0x0A, 0x5C)
NOW = 1_700_000_000


def log_of(count: int, *, step_s: int = 10) -> SelPart:
    """A log of temperature events, `step_s` apart, the last one just now."""
    part = SelPart(lambda: NOW, capacity=10_000, demo=False)
    for at in range(count):
        part.event(0x01, 0x30, 0x01, bytes((0x57, at % 256, at // 256)), ago_s=(count - 1 - at) * step_s)
    return part


def sel_over(bmc: MemoryBmc) -> Sel:
    return Sel(bmc, Learned())


def reads(bmc: MemoryBmc) -> int:
    return bmc.count(*GET)


def next_id_is(instead: dict[int, int]) -> Any:
    """A knob: record ID asked for -> next ID that the BMC says."""

    def knob(data: bytes, handler: Any) -> tuple[int, bytes]:
        code, answer = handler(data)
        wrong = instead.get(int.from_bytes(data[2:4], "little"))
        return code, answer if wrong is None else wrong.to_bytes(2, "little") + answer[2:]

    return knob


def ids(entries: Any) -> list[int]:
    return [entry.record_id for entry in entries]


# --- the list


def test_E01_next_id_0_in_mid_list() -> None:
    bmc = MemoryBmc(log_of(5), knobs={GET: next_id_is({3: 0})})
    sel = sel_over(bmc)
    assert ids(sel.entries()) == [1, 2, 3]
    assert reads(bmc) == 3
    assert sel.problems == ["the list ends early: the first record comes next"]


def test_E02_next_id_is_the_records_own() -> None:
    bmc = MemoryBmc(log_of(5), knobs={GET: next_id_is({5: 5})})
    assert ids(sel_over(bmc).entries()) == [1, 2, 3, 4, 5]
    assert reads(bmc) == 5
    bmc = MemoryBmc(log_of(1), knobs={GET: next_id_is({0: 1, 1: 1})})
    assert ids(sel_over(bmc).entries()) == [1]
    bmc = MemoryBmc(log_of(5), knobs={GET: next_id_is({5: 2})})
    assert ids(sel_over(bmc).entries()) == [1, 2, 3, 4, 5]
    assert reads(bmc) == 5


def test_E02_last_id_is_never_ffff() -> None:
    """The next ID counts on, and there is nothing under it."""
    bmc = MemoryBmc(log_of(5), knobs={GET: next_id_is({5: 6})})
    sel = sel_over(bmc)
    assert ids(sel.entries()) == [1, 2, 3, 4, 5]
    assert reads(bmc) == 8  # the missing one, a look whether the last one still leads there, and which is the last
    assert sel.problems == ["the list ends early: record 0006h does not exist"]


@pytest.mark.parametrize("kind", [0x00, 0x04])
def test_E03_system_event_under_another_record_type(kind: int) -> None:
    record = bytes.fromhex(f"0100{kind:02x}00f15365200004013001570203")
    event = decode_event(record)
    assert (event.kind, event.sensor_number, event.text) == (EventKind.SYSTEM, 0x30, "Upper non-critical")
    assert event.marks == (f"a system event under record type {kind:02X}h",)
    unlike = decode_event(record[:9] + b"\xaa" + record[10:])  # no revision of an event message
    assert (unlike.kind, unlike.oem_data) == (EventKind.UNREAD, record[3:9] + b"\xaa" + record[10:])
    part = SelPart(lambda: NOW, demo=False)
    part.append(record)
    assert command_over(MemoryBmc(part)).get_event_log()[0]["event"] == "Upper non-critical"


@pytest.mark.parametrize("revision", [0x00, 0x02])
def test_E04_other_event_message_revision(revision: int) -> None:
    event = decode_event(bytes.fromhex(f"01000200f153652000{revision:02x}013001570203"))
    assert (event.kind, event.text, event.threshold) == (EventKind.SYSTEM, "Upper non-critical", 3)
    assert event.marks == (f"event message revision {revision:02X}h",)


def test_E05_linux_kernel_panic() -> None:
    part = SelPart(lambda: NOW, demo=False)
    part.append(bytes.fromhex("182df02000466174616c206578636570"))  # an Intel server, see vectors/sel
    part.append(b"\0\0\xf0\x20\x01" + b"\xff\xfe\x80ab \0zzzz")
    found = command_over(MemoryBmc(part)).get_event_log()
    assert found[0] == {"record_id": 1, "event": "Linux kernel panic: Fatal excep", "severity": 2}
    assert found[1]["event"].endswith("ab ")


def test_E06_generator_shifted_by_a_bit() -> None:
    record = bytes.fromhex("01000200f15365100004013001570203")
    event = decode_event(record, owners=frozenset((0x20,)))
    assert event.generator is not None and event.generator.address == 0x20
    assert event.marks == ("generator 10h taken for 20h",)
    for owners in (frozenset((0x10, 0x20)), frozenset((0x30,)), frozenset()):
        same = decode_event(record, owners=owners)
        assert same.generator is not None and same.generator.address == 0x10
        assert same.marks == ()


def test_E07_reservation_refused() -> None:
    bmc = MemoryBmc(log_of(3), knobs={RESERVE: lambda _data, _handler: (0xD4, b"")})
    assert ids(sel_over(bmc).entries()) == [1, 2, 3]
    assert bmc.count(*RESERVE) == 0  # whole records need none
    assert all(data[:2] == b"\0\0" for _netfn, _cmd, data in bmc.asked)
    assert len(command_over(bmc).get_event_log()) == 3
    cleared: list[bytes] = []
    bmc.knobs[CLEAR] = lambda data, _handler: (cleared.append(data), (0, b"\1"))[1]
    assert ids(sel_over(bmc).fetch_and_clear(list)) == [1, 2, 3]
    assert cleared == [b"\0\0CLR\xaa"]


def test_E07_clearing_without_a_reservation_is_not_sent_twice() -> None:
    """The second one would take what was added after the first."""
    assert not ClearSel(reservation=0, action=CLEAR_INITIATE).repeatable
    assert ClearSel(reservation=1, action=CLEAR_INITIATE).repeatable
    assert ClearSel(reservation=0, action=CLEAR_STATUS).repeatable


def test_E08_get_entry_unsupported() -> None:
    bmc = MemoryBmc(log_of(3), knobs={GET: lambda _data, _handler: (0xC1, b"")})
    with pytest.raises(UnsupportedFunctionality, match="no entries of an event log"):
        command_over(bmc).get_event_log()


def test_E09_time_refused_for_a_while() -> None:
    left = [0x81] * 3

    def busy(data: bytes, handler: Any) -> Any:
        return (left.pop(), b"") if left else handler(data)

    bmc = MemoryBmc(log_of(3), knobs={TIME: busy})
    began = bmc.now()
    assert sel_over(bmc).time() == NOW
    assert bmc.now() - began > 3
    bmc = MemoryBmc(log_of(3), knobs={TIME: lambda _data, _handler: (0x81, b"")})
    found = command_over(bmc).get_event_log()
    assert bmc.count(*TIME) == 4
    assert [datetime.strptime(one["timestamp"], "%Y-%m-%dT%H:%M:%S").timestamp() for one in found] == [NOW - 20, NOW - 10, NOW]


def test_E10_timestamps_that_are_no_date() -> None:
    part = log_of(1)
    part.append(bytes.fromhex("000002ffffffff200004013001570203"))
    part.append(bytes.fromhex("0000023412000020000401300157 0203"))
    command = command_over(MemoryBmc(part))
    found = command.get_event_log()
    assert ["timestamp" in one for one in found] == [True, False, False]
    assert [one["timecode"] for one in found] == [NOW, 0xFFFFFFFF, 0x1234]
    assert [event.when is None for event in command.events()] == [False, True, True]


def test_E11_clock_in_local_time_or_wrong() -> None:
    """The BMC's clock is four hours ahead: it says why, or not; the events were just now either way."""
    for offset in (240, 0x7FF):
        part = log_of(2)
        part.clock.ahead_s = 4 * 3600
        part.entries = {key: at[:3] + (NOW + 4 * 3600).to_bytes(4, "little") + at[7:] for key, at in part.entries.items()}
        part.clock.utc_offset = offset
        events = list(command_over(MemoryBmc(part)).events())
        ago = [datetime.now(timezone.utc) - event.when for event in events if event.when is not None]
        assert len(ago) == 2 and all(timedelta(0) <= each < timedelta(seconds=5) for each in ago)
        assert [event.timestamp for event in events] == [NOW + 4 * 3600] * 2
        zone = events[0].when.utcoffset() if events[0].when is not None else None
        assert zone == timedelta(hours=4 if offset == 240 else 0)


def test_E11_offset_unknown_to_the_bmc_is_asked_for_once() -> None:
    bmc = MemoryBmc(log_of(1), knobs={OFFSET: lambda _data, _handler: (0xC1, b"")})
    command = command_over(bmc)
    for _round in range(3):
        assert len(list(command.events())) == 1
    assert bmc.count(*OFFSET) == 1
    assert command.get_sel_utc_offset() is None


def test_E12_delete_does_nothing() -> None:
    bmc = MemoryBmc(log_of(3), knobs={DELETE: lambda data, _handler: (0, data[2:4])})
    with pytest.raises(UnsupportedFunctionality, match="it is still there"):
        command_over(bmc).delete_event(2)
    bmc = MemoryBmc(log_of(3))
    command = command_over(bmc)
    command.delete_event(2)
    assert [one["record_id"] for one in command.get_event_log()] == [1, 3]
    with pytest.raises(CompletionCodeError):
        command.delete_event(2)


def test_E13_two_ids_for_one_record() -> None:
    """Seen: 280 and 281 give the record of 281."""

    def doubled(data: bytes, handler: Any) -> Any:
        asked = int.from_bytes(data[2:4], "little")
        code, answer = handler(data[:2] + b"\4\0" + data[4:] if asked == 3 else data)
        return code, b"\4\0" + answer[2:] if asked == 3 else answer

    bmc = MemoryBmc(log_of(5), knobs={GET: doubled})
    sel = sel_over(bmc)
    records = [entry.record for entry in sel.entries()]
    assert [record[0] for record in records] == [1, 2, 4, 5]
    assert sel.problems == ["record 0004h is another one again"]


def test_E13_always_the_same_record() -> None:
    def same(data: bytes, handler: Any) -> Any:
        asked = int.from_bytes(data[2:4], "little")
        return 0, (asked + 5).to_bytes(2, "little") + handler(b"\0\0\1\0\0\xff")[1][2:]

    bmc = MemoryBmc(log_of(5), knobs={GET: same})
    sel = sel_over(bmc)
    assert len(list(sel.entries())) == 1
    assert reads(bmc) < 100
    assert sel.problems[-1] == "the list ends early: the same records come under other IDs"


def test_E13_equal_events_of_a_bmc_that_numbers_no_record() -> None:
    def unnumbered(data: bytes, handler: Any) -> Any:
        code, answer = handler(data)
        return code, answer[:2] + b"\0\0\2\1\1\1\1" + answer[9:13] + bytes(5) if code == 0 else answer

    bmc = MemoryBmc(log_of(3), knobs={GET: unnumbered})
    assert ids(sel_over(bmc).entries()) == [0, 2, 3]


def test_E14_three_thousand_entries() -> None:
    part = log_of(3000)
    bmc = MemoryBmc(part)
    sel = sel_over(bmc)
    entries = list(sel.entries())
    assert len(entries) == reads(bmc) == 3000
    part.event(0x01, 0x30, 0x01, b"\x57\1\2")
    bmc.asked.clear()
    assert ids(sel.entries(since=entries[-1])) == [3001]
    assert reads(bmc) == 2  # the check, and the new one
    part.entries.clear()
    part.event(0x01, 0x31, 0x01, b"\x57\1\2")
    assert ids(sel.entries(since=entries[-1])) == [3002]
    reused = SelEntry(3002, entries[0].record)  # an ID that means another record now
    assert ids(sel.entries(since=reused)) == [3002]
    assert ids(sel.entries(since=SelEntry(3002, part.entries[3002]))) == []


def test_E14_events_since_one_that_was_seen() -> None:
    part = log_of(5)
    bmc = MemoryBmc(part)
    command = command_over(bmc)
    last = list(command.events())[-1]
    part.event(0x01, 0x30, 0x01, b"\x57\1\2")
    bmc.asked.clear()
    assert [event.record_id for event in command.events(since=last)] == [6]
    assert reads(bmc) == 2


@pytest.mark.parametrize("code", [0xC5, 0xCB, 0xCD])
def test_E15_cleared_in_mid_read(code: int) -> None:
    part = log_of(5)
    steps = iter(range(100))

    def clearing(data: bytes, handler: Any) -> Any:
        if next(steps) == 3:
            part.entries.clear()
            part.event(0x01, 0x31, 0x01, b"\x57\7\7")
            part.event(0x01, 0x32, 0x01, b"\x57\7\7")
        answer = handler(data)
        return (code, b"") if answer[0] == 0xCB else answer

    bmc = MemoryBmc(part, knobs={GET: clearing})
    assert ids(sel_over(bmc).entries()) == [1, 2, 3, 6, 7]
    assert reads(bmc) < 12


def test_E15_deleted_and_added_in_mid_read() -> None:
    part = log_of(5)
    steps = iter(range(100))

    def changing(data: bytes, handler: Any) -> Any:
        if next(steps) == 3:
            del part.entries[4]
            part.event(0x01, 0x31, 0x01, b"\x57\7\7")
        return handler(data)

    assert ids(sel_over(MemoryBmc(part, knobs={GET: changing})).entries()) == [1, 2, 3, 5, 6]


def test_E15_cleared_all_the_time() -> None:
    part = log_of(2)

    def restless(data: bytes, handler: Any) -> Any:
        answer = handler(data)
        part.entries.clear()
        for _each in range(2):
            part.event(0x01, 0x31, 0x01, b"\x57\7\7")
        return answer

    bmc = MemoryBmc(part, knobs={GET: restless})
    sel = sel_over(bmc)
    assert len(list(sel.entries())) < 10
    assert reads(bmc) < 20
    assert sel.problems[-1] == "the list ends early: the log is cleared all the time"


def test_E16_clearing_takes_time() -> None:
    part = log_of(3)
    part.erase_polls = 12
    bmc = MemoryBmc(part)
    began = bmc.now()
    command_over(bmc).clear_event_log()
    clears = [data[2:] for netfn, cmd, data in bmc.asked if (netfn, cmd) == CLEAR]
    assert clears == [b"CLR\xaa"] + [b"CLR\0"] * 12
    assert 2.9 < bmc.now() - began < 4
    bmc = MemoryBmc(log_of(3), knobs={CLEAR: lambda _data, _handler: (0, b"\0")})
    with pytest.raises(IpmiException, match="does not come to an end"):
        sel_over(bmc).clear()
    assert bmc.count(*CLEAR) < 300


def test_E16_nothing_is_lost_that_comes_while_the_log_is_cleared() -> None:
    part = log_of(3)
    late = iter((True, True, False))

    def adding(data: bytes, handler: Any) -> Any:
        if data[-1] == 0xAA and next(late, False):
            part.event(0x01, 0x33, 0x01, b"\x57\7\7")  # the reservation is void now
        return handler(data)

    bmc = MemoryBmc(part, knobs={CLEAR: adding})
    found = command_over(bmc).get_event_log(clear=True)
    assert [one["record_id"] for one in found] == [1, 2, 3, 4, 5]
    assert len(part.entries) == 1 and list(part.entries) == [6]  # "log cleared"
    bmc = MemoryBmc(log_of(3), knobs={CLEAR: lambda _data, _handler: (0xC5, b"")})
    with pytest.raises(IpmiException, match="changes faster"):
        command_over(bmc).get_event_log(clear=True)


def test_E17_threshold_events_always_going_high() -> None:
    """The direction is the bit for deassertion; the words do not speak of one."""
    up = decode_event(bytes.fromhex("01000200f15365200004013001570203"))
    down = decode_event(bytes.fromhex("01000200f15365200004013081570203"))
    assert (up.text, up.deassertion) == ("Upper non-critical", False)
    assert (down.text, down.deassertion) == ("Upper non-critical deasserted", True)
    assert "going" not in up.text + down.text


def test_E18_oem_meaning_of_event_data() -> None:
    part = SelPart(lambda: NOW, demo=False)
    part.event(0x0C, 0x08, 0x6F, b"\x20\xff\x04")
    part.event(0x0C, 0x08, 0x6F, b"\xa1\x31\x02")
    command = command_over(MemoryBmc(part))
    found = command.get_event_log()
    assert (found[0]["oem_byte3"], "oem_byte2" in found[0]) == (4, False)
    assert (found[1]["oem_byte2"], found[1]["oem_byte3"], found[1]["oem_handler"]) == (0x31, 2, None)
    assert next(command.events()).event_data == b"\x20\xff\x04"


def test_E18_a_vendors_handler_reads_them() -> None:
    from pyghmi.ipmi.oem.generic import OEMHandler

    seen: list[bytes] = []

    class Dimms(OEMHandler):
        def process_event(self, event: dict[str, Any], ipmicmd: Any, seldata: Any) -> None:
            seen.append(seldata)
            assert ipmicmd is command and event["event_data_bytes"] == seldata[13:] and event["event_type_byte"] == 0x6F
            event["event_data"] = f"DIMM {event['event_data_bytes'][2]}"

    part = SelPart(lambda: NOW, demo=False)
    part.event(0x0C, 0x08, 0x6F, b"\x20\xff\x04")
    command = command_over(MemoryBmc(part))
    command._oem = Dimms({}, command)
    found = command.get_event_log()
    assert found[0]["event_data"] == "DIMM 4" and "event_data_bytes" not in found[0]
    assert seen == [part.entries[1]]


def test_E19_sensor_without_record() -> None:
    found = command_over(MemoryBmc(log_of(1))).get_event_log()
    assert (found[0]["component"], found[0]["component_type"]) == ("Sensor 32.48.0", "Temperature")


# --- other replies


def test_whole_records_refused() -> None:
    """CAh for a record in one piece: then it comes in parts, under a reservation; the size is remembered."""
    part = log_of(3)

    def small(data: bytes, handler: Any) -> Any:
        return (0xCA, b"") if data[5] > 8 else handler(data)

    bmc = MemoryBmc(part, knobs={GET: small})
    assert [entry.record for entry in sel_over(bmc).entries()] == list(part.entries.values())
    assert reads(bmc) == 1 + 3 * 2
    bmc = MemoryBmc(log_of(2), knobs={GET: lambda _data, _handler: (0xCA, b"")})
    with pytest.raises(CompletionCodeError):
        list(sel_over(bmc).entries())


def test_short_and_long_replies() -> None:
    part = log_of(3)

    def cut(data: bytes, handler: Any) -> Any:
        code, answer = handler(data)
        return code, answer[:12] if data[2] == 2 else answer + b"\xee\xee"

    events = list(command_over(MemoryBmc(part, knobs={GET: cut})).events())
    assert [event.kind for event in events] == [EventKind.SYSTEM, EventKind.UNREAD, EventKind.SYSTEM]
    assert events[1].marks == ("10 bytes where a record has 16",)
    assert len(command_over(MemoryBmc(part, knobs={GET: cut})).get_event_log()) == 3


def test_a_record_too_short_for_a_type_is_no_event() -> None:
    bmc = MemoryBmc(log_of(3), knobs={GET: lambda data, handler: (0, b"\3\0\7\0") if data[2] == 2 else handler(data)})
    command = command_over(bmc)
    assert [one["record_id"] for one in command.get_event_log()] == [1, 3]
    assert [event.record_id for event in command.events()] == [1, 3]


# --- entries that do not come


def says(reply: Any, *at: int) -> Any:
    """A knob: what is answered when certain record IDs are asked for."""
    return lambda data, handler: reply if int.from_bytes(data[2:4], "little") in at else handler(data)


REPLIES = {
    "invalid command": (0xC1, b""),
    "unspecified": (0xFF, b""),
    "not in this state": (0xD5, b""),
    "not present": (0xCB, b""),
    "out of range": (0xC9, b""),
    "cannot return so much": (0xCA, b""),
    "busy to the end": (0xC3, b""),
    "silence": None,
    "no byte": (0, b""),
    "one byte": (0, b"\1"),
    "no record": (0, b"\4\0"),
}


@pytest.mark.parametrize("reply", list(REPLIES.values()), ids=list(REPLIES))
def test_an_entry_that_does_not_come_in_mid_list(reply: Any) -> None:
    """The others come; and nothing is cleared, for what is behind it would be lost unread."""
    part = log_of(6)
    bmc = MemoryBmc(part, knobs={GET: says(reply, 3)})
    command = command_over(bmc)
    assert [one["record_id"] for one in command.get_event_log()] == [1, 2, 4, 5, 6]
    assert reads(bmc) < 15
    sel = sel_over(bmc)
    assert ids(sel.entries()) == [1, 2, 4, 5, 6]
    assert sel.problems[0].startswith("record 0003h cannot be read: ")
    with pytest.raises(IpmiException, match="was not cleared: record 0003h cannot be read"):
        command.get_event_log(clear=True)
    assert list(part.entries) == [1, 2, 3, 4, 5, 6] and bmc.count(*CLEAR) == 0


@pytest.mark.parametrize("reply", [(0xFF, b""), None, (0, b"\1")])
def test_the_first_or_the_last_entry_does_not_come(reply: Any) -> None:
    part = log_of(6)
    command = command_over(MemoryBmc(part, knobs={GET: says(reply, 0, 1)}))
    assert [one["record_id"] for one in command.get_event_log()] == [2, 3, 4, 5, 6]
    with pytest.raises(IpmiException, match="not cleared"):
        command.get_event_log(clear=True)
    command = command_over(MemoryBmc(part, knobs={GET: says(reply, 6, 0xFFFF)}))
    assert [one["record_id"] for one in command.get_event_log()] == [1, 2, 3, 4, 5]
    with pytest.raises(IpmiException, match="not cleared"):
        command.get_event_log(clear=True)
    assert len(part.entries) == 6


def test_an_entry_that_does_not_come_among_ids_far_apart() -> None:
    """The distance of the IDs before it tells where the next one is; else the last one is all that is found."""
    part = log_of(6)
    far = lambda step: {at * step: at.to_bytes(1, "little") + record[1:] for at, record in part.entries.items()}  # noqa: E731
    part.entries = {key: key.to_bytes(2, "little") + record[2:] for key, record in far(0x20).items()}
    bmc = MemoryBmc(part, knobs={GET: says((0xFF, b""), 0x60)})
    assert ids(sel_over(bmc).entries()) == [0x20, 0x40, 0x80, 0xA0, 0xC0]
    part.entries = {key * 10: (key * 10).to_bytes(2, "little") + record[2:] for key, record in part.entries.items()}
    bmc = MemoryBmc(part, knobs={GET: says((0xFF, b""), 0x60 * 10)})
    sel = sel_over(bmc)
    assert ids(sel.entries()) == [0x20 * 10, 0x40 * 10, 0xC0 * 10]
    assert sel.problems[-1].startswith("the list ends early")
    assert reads(bmc) < 16


def test_silence_from_the_middle_on_is_an_error() -> None:
    """Nor does it take long: what came before does not come any more either."""
    bmc = MemoryBmc(log_of(6), knobs={GET: lambda data, handler: None if reads(bmc) > 3 else handler(data)})
    began = bmc.now()
    with pytest.raises(TimedOut):
        command_over(bmc).get_event_log()
    assert bmc.now() - began < 12


def test_a_log_that_hardly_ever_comes_is_left_soon() -> None:
    bmc = MemoryBmc(log_of(3000), knobs={GET: lambda data, handler: (0xFF, b"") if data[2] % 2 and data[3] else handler(data)})
    sel = sel_over(bmc)
    assert 255 < len(list(sel.entries())) < 300
    assert sel.problems[-1].startswith("the list ends early")
    assert reads(bmc) < 500


# --- clearing


@pytest.mark.parametrize("trouble", ["clock is silent", "no end", "refused", "silence while erasing", "answer to clearing lost"])
def test_what_was_read_is_there_whatever_happens_after_clearing(trouble: str) -> None:
    """The entries are not lost with the log."""
    part = log_of(6)
    then = lambda reply: lambda data, handler: reply if data[-1] == 0 else (handler(data)[0], b"\0")  # noqa: E731
    key, knob = {
        "clock is silent": (TIME, lambda data, handler: None if 7 in part.entries else handler(data)),
        "no end": (CLEAR, then((0, b"\0"))),
        "refused": (CLEAR, then((0xFF, b""))),
        "silence while erasing": (CLEAR, then(None)),
        "answer to clearing lost": (CLEAR, lambda data, handler: (handler(data), None)[1]),
    }[trouble]
    found = command_over(MemoryBmc(part, knobs={key: knob})).get_event_log(clear=True)
    assert [one["record_id"] for one in found] == [1, 2, 3, 4, 5, 6]
    assert list(part.entries) == [7]


def test_a_handler_that_fails_does_not_cost_the_log() -> None:
    from pyghmi.ipmi.oem.generic import OEMHandler

    class Wrong(OEMHandler):
        def process_event(self, event: dict[str, Any], ipmicmd: Any, seldata: Any) -> None:
            raise KeyError("no such DIMM")

    part = log_of(3)
    command = command_over(MemoryBmc(part))
    command._oem = Wrong({}, command)
    with pytest.raises(KeyError):
        command.get_event_log(clear=True)
    assert list(part.entries) == [1, 2, 3]


def test_silence_instead_of_clearing() -> None:
    """The entries are there still: that is an error, and they come the next time."""
    part = log_of(3)
    command = command_over(MemoryBmc(part, knobs={CLEAR: lambda _data, _handler: None}))
    with pytest.raises(TimedOut):
        command.get_event_log(clear=True)
    assert list(part.entries) == [1, 2, 3]


def test_E01_a_list_that_ends_in_the_middle_is_not_cleared() -> None:
    part = log_of(5)
    with pytest.raises(IpmiException, match="not cleared: the list ends early"):
        command_over(MemoryBmc(part, knobs={GET: next_id_is({3: 0})})).get_event_log(clear=True)
    assert len(part.entries) == 5


@pytest.mark.parametrize("knows_last", [True, False])
def test_E02_a_last_entry_that_leads_nowhere_is_no_reason_not_to_clear(knows_last: bool) -> None:
    for instead in ({5: 5}, {5: 2}, {5: 0}):
        part = log_of(5)
        odd, unknown = next_id_is(instead), says((0xCB, b""), 0xFFFF)

        def both(data: bytes, handler: Any, odd: Any = odd, unknown: Any = unknown) -> Any:
            return unknown(data, lambda more: odd(more, handler))

        knob = odd if knows_last else both
        found = command_over(MemoryBmc(part, knobs={GET: knob})).get_event_log(clear=True)
        assert [one["record_id"] for one in found] == [1, 2, 3, 4, 5]
        assert list(part.entries) == [6]


def test_E16_erasing_is_waited_for_wherever_it_is_said() -> None:
    """81h for a reservation, an entry or the progress: somebody is clearing the log."""
    part = log_of(3)
    left = dict.fromkeys((RESERVE, GET, CLEAR), 2)

    def erasing(key: tuple[int, int]) -> Any:
        def knob(data: bytes, handler: Any) -> Any:
            if key == CLEAR and data[-1]:
                return handler(data)[0], b"\0"
            left[key] -= 1
            return (0x81, b"") if left[key] >= 0 else handler(data)

        return knob

    found = command_over(MemoryBmc(part, knobs={key: erasing(key) for key in left})).get_event_log(clear=True)
    assert [one["record_id"] for one in found] == [1, 2, 3]
    assert all(count < 0 for count in left.values())


def test_E15_the_log_changes_while_an_entry_is_deleted() -> None:
    part = log_of(3)
    late = iter((True, False))

    def adding(data: bytes, handler: Any) -> Any:
        if next(late):
            part.event(0x01, 0x33, 0x01, b"\x57\7\7")
        return handler(data)

    command_over(MemoryBmc(part, knobs={DELETE: adding})).delete_event(2)
    assert list(part.entries) == [1, 3, 4]
    bmc = MemoryBmc(part, knobs={DELETE: lambda data, handler: (handler(data), (0xCB, b""))[1]})
    command_over(bmc).delete_event(3)  # its first answer was lost, and the second says so
    assert list(part.entries) == [1, 4]


@pytest.mark.parametrize(("record_id", "left"), [(0, [2, 3]), (0xFFFF, [1, 2]), (2, [1, 3])])
@pytest.mark.parametrize("code", [0xC5, 0xCB])
def test_E15_one_entry_is_deleted_even_if_the_first_answer_is_lost(record_id: int, left: list[int], code: int) -> None:
    """What is sent again finds its reservation gone, by what was done first, or the entry."""
    part = log_of(3)
    once = iter((True,))

    def lost(data: bytes, handler: Any) -> Any:
        return (handler(data), (code, b""))[1] if next(once, False) else handler(data)

    command_over(MemoryBmc(part, knobs={DELETE: lost})).delete_event(record_id)
    assert list(part.entries) == left


def test_E15_the_log_is_cleared_before_an_entry_is_deleted() -> None:
    """Another event has its record ID now: that one stays."""
    part = log_of(3)
    once = iter((True,))

    def cleared(data: bytes, handler: Any) -> Any:
        if next(once, False):
            part.entries.clear()
            part._last_id = 0
            for at in range(3):
                part.event(0x01, 0x35, 0x01, bytes((0x57, at, at)))
        return handler(data)

    command_over(MemoryBmc(part, knobs={DELETE: cleared})).delete_event(2)
    assert list(part.entries) == [1, 2, 3]
    bmc = MemoryBmc(part, knobs={DELETE: lambda _data, _handler: (0xC5, b"")})
    with pytest.raises(CompletionCodeError):
        command_over(bmc).delete_event(2)
    assert bmc.count(*DELETE) == 8


def test_E15_the_log_changes_while_an_entry_is_read_in_parts() -> None:
    part = log_of(2)
    late = iter((False, True, False, False))

    def small(data: bytes, handler: Any) -> Any:
        if data[5] > 8:
            return 0xCA, b""
        if next(late, False):
            part.event(0x01, 0x33, 0x01, b"\x57\7\7")
        return handler(data)

    assert ids(sel_over(MemoryBmc(part, knobs={GET: small})).entries()) == [1, 2, 3]


def test_E16_a_log_whose_entries_come_in_parts_is_cleared() -> None:
    """The parts are read under the reservation that it is cleared by: another one would cancel that."""
    bmc = MemoryBmc(log_of(3), knobs={GET: lambda data, handler: (0xCA, b"") if data[5] > 8 else handler(data)})
    found = command_over(bmc).get_event_log(clear=True)
    assert [one["record_id"] for one in found] == [1, 2, 3]
    assert bmc.count(*CLEAR) == 1


def test_E15_parts_of_an_entry_in_a_log_that_hardly_ever_rests() -> None:
    part = log_of(2)
    late = iter([True] * 6)

    def small(data: bytes, handler: Any) -> Any:
        if data[5] > 8:
            return 0xCA, b""
        if data[2] == 2 and next(late, False):
            part.event(0x01, 0x33, 0x01, b"\x57\7\7")
        return handler(data)

    sel = sel_over(MemoryBmc(part, knobs={GET: small}))
    assert ids(sel.entries()) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert sel.problems == []


def test_E15_cleared_and_grown_beyond_where_it_is_read() -> None:
    """Its list goes on under the same record IDs; those before them are new as well."""
    part = log_of(3)
    once = iter((True,))

    def again(data: bytes, handler: Any) -> Any:
        if data[2] == 3 and next(once, False):
            part.entries.clear()
            part._last_id = 0
            for at in range(3):
                part.event(0x01, 0x35, 0x01, bytes((0x57, at, at)))
        return handler(data)

    found = command_over(MemoryBmc(part, knobs={GET: again})).get_event_log(clear=True)
    new = [one["triggered_value"] for one in found if one["component_id"] == "32.53.0"]
    assert sorted(new) == [0, 1, 2]


# --- traps


def test_M08_acknowledge_without_completion_code() -> None:
    """Seen: Dell R610.  The message is a byte shorter than any answer can be; for this command that is success."""
    bare = bytes.fromhex("81 14 6b 20 04 17 c5")
    assert sum(bare[:3]) % 256 == sum(bare[3:]) % 256 == 0
    assert ipmb.parse_response(bare) == (0x05, 0x17, 1, 0, b"")
    other = bytes.fromhex("81 14 6b 20 04 12 ca")
    assert ipmb.parse_response(other) is None
    assert ipmb.parse_response(bare[:-1] + b"\0") is None
    bmc = MemoryBmc(log_of(1), knobs={(0x04, 0x17): lambda _data, _handler: (0, b"")})
    trap = bytes.fromhex("a412005f62a1d511008060ff9447030021190c7f3b12ffff2020000183000001ffff00000000001900000157000cc1")
    assert command_over(bmc).decode_pet(0x126F01, trap)["event"] == "OEM boot event"

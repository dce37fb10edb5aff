# SPDX-License-Identifier: Apache-2.0
"""The event log and its clock, as the specification has them; what BMCs do to them: see faults/test_quirks_sel."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from memory_bmc import MemoryBmc
from script import Script

from pyghmi.exceptions import BmcErrorException, CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sel import UNSPECIFIED_OFFSET, Sel
from pyghmi.ipmi.domains.sel_clock import Clock, Corrected, Stamp, aware, corrected, is_calendar
from pyghmi.ipmi.domains.sel_read import EntryReader, SelEntry
from pyghmi.sim.sel import SelPart

T = 1_700_000_000
AHEAD = 1000.0
CHANGE_BEFORE, CHANGE_AFTER = False, True


def filled(count: int) -> SelPart:
    part = SelPart(lambda: T, demo=False)
    for at in range(count):
        part.event(0x01, 0x30, 0x01, bytes((0x57, at, 0)))
    return part


def test_info() -> None:
    sel = Sel(MemoryBmc(filled(3)), Learned())
    info = sel.info()
    assert (info.version, info.records, info.free, info.last_add, info.delete) == (0x51, 3, 509 * 16, T, True)
    assert sel.allocation_info().unit_bytes == 16


def test_reading_asks_once_an_entry() -> None:
    bmc = MemoryBmc(filled(4))
    entries = list(Sel(bmc, Learned()).entries())
    assert [entry.record_id for entry in entries] == [1, 2, 3, 4]
    asked = [data for _netfn, _cmd, data in bmc.asked]
    assert asked == [bytes((0, 0, at, 0, 0, 0xFF)) for at in (0, 2, 3, 4)]
    assert [entry.record_id for entry in Sel(bmc, Learned()).entries(first=3)] == [3, 4]


def test_empty_log() -> None:
    bmc = MemoryBmc(filled(0))
    assert list(Sel(bmc, Learned()).entries()) == []
    assert Sel(bmc, Learned()).fetch_and_clear(list) == []
    assert bmc.count(0x0A, 0x47) == 0


def test_other_refusals_are_errors() -> None:
    for code in (0xD4, 0xFF, 0xC5):
        with pytest.raises(CompletionCodeError) as caught:
            list(Sel(Script(code, code), Learned()).entries())
        assert caught.value.code == code
    with pytest.raises(CompletionCodeError):  # nothing comes any more, not even what had come: that is no end of the list
        list(Sel(Script("02 00" + "01" * 16, 0xC1, 0xC1), Learned()).entries())
    with pytest.raises(Malformed):
        list(Sel(Script("02", "02"), Learned()).entries())


def test_since_under_a_reservation_that_was_canceled() -> None:
    with pytest.raises(CompletionCodeError):
        list(Sel(Script(0xC5), Learned()).entries(since=SelEntry(1, b"a"), reservation=5))
    assert list(Sel(Script(0xC5, 0xCB), Learned()).entries(since=SelEntry(1, b"a"))) == []


def test_an_entry_without_bytes_is_none() -> None:
    sel = Sel(Script("02 00", "ff ff 0200" + "01" * 14), Learned())
    assert [entry.record_id for entry in sel.entries()] == [2]


def test_fetch_and_clear() -> None:
    """Reserve, a look at the first entry, on from the last one under the reservation, clear."""
    bmc = MemoryBmc(filled(2))
    assert len(Sel(bmc, Learned()).fetch_and_clear(list)) == 2
    steps = [(cmd, data.hex()) for _netfn, cmd, data in bmc.asked]
    assert steps[:3] == [(0x43, "0000000000ff"), (0x43, "0000020000ff"), (0x42, "")]
    assert steps[3:] == [(0x43, "0100000000ff"), (0x43, "0100020000ff"), (0x47, "0100434c52aa")]


def test_fetch_and_clear_after_somebody_else_cleared() -> None:
    part = filled(2)

    def cleared(data: bytes, handler: Any) -> Any:
        part.entries.clear()
        part.event(0x01, 0x31, 0x01, b"\x57\1\1")
        return handler(data)

    bmc = MemoryBmc(part, knobs={(0x0A, 0x42): cleared})
    assert [entry.record_id for entry in Sel(bmc, Learned()).fetch_and_clear(list)] == [1, 2, 3]


def test_a_reservation_that_is_lost_before_the_first_look() -> None:
    def lost(data: bytes, handler: Any) -> Any:
        return (0xC5, b"") if data[:2] != b"\0\0" and next(once, False) else handler(data)

    part = filled(2)
    once = iter((True,))
    bmc = MemoryBmc(part, knobs={(0x0A, 0x43): lost})
    Sel(bmc, Learned()).delete(1)
    assert list(part.entries) == [2] and bmc.count(0x0A, 0x42) == 2
    once = iter((True,))
    assert [entry.record_id for entry in Sel(bmc, Learned()).fetch_and_clear(list)] == [2]
    bmc = MemoryBmc(filled(2), knobs={(0x0A, 0x46): lambda _data, _handler: (0xD4, b"")})
    with pytest.raises(CompletionCodeError):
        Sel(bmc, Learned()).delete(1)


def test_fetch_and_clear_passes_other_refusals_on() -> None:
    bmc = MemoryBmc(filled(2), knobs={(0x0A, 0x47): lambda _data, _handler: (0xD4, b"")})
    with pytest.raises(CompletionCodeError):
        Sel(bmc, Learned()).fetch_and_clear(list)
    bmc = MemoryBmc(filled(2), knobs={(0x0A, 0x42): lambda _data, _handler: (0xFF, b"")})
    with pytest.raises(CompletionCodeError):
        Sel(bmc, Learned()).reserve()


def test_clear() -> None:
    part = filled(2)
    refusals = [0xC5, 0xC5]
    bmc = MemoryBmc(part, knobs={(0x0A, 0x47): lambda data, handler: (refusals.pop(), b"") if refusals else handler(data)})
    Sel(bmc, Learned()).clear()
    assert len(part.entries) == 1
    with pytest.raises(CompletionCodeError):
        Sel(MemoryBmc(part, knobs={(0x0A, 0x47): lambda _data, _handler: (0xC5, b"")}), Learned()).clear()


def test_a_reservation_that_is_lost_while_erasing() -> None:
    sel = Sel(Script("01 00", "00", 0xC5, "02 00", "00", "01"), Learned())
    sel.clear()
    with pytest.raises(CompletionCodeError):
        Sel(Script("01 00", "00", 0xD4), Learned()).clear()


def test_erasing_without_end() -> None:
    bmc = Script("01 00", *["00"] * 400)
    with pytest.raises(BmcErrorException):
        Sel(bmc, Learned()).clear()
    assert 60 <= bmc.now() < 62


def test_add_and_delete() -> None:
    part = filled(1)
    sel = Sel(MemoryBmc(part), Learned())
    assert sel.add(bytes.fromhex("0000 02 00000000 2000 04 01 30 01 57 01 02")) == 2
    assert part.entries[2][3:7] == T.to_bytes(4, "little")
    sel.delete(2)
    assert list(part.entries) == [1]
    for wrong in (b"", bytes(15), bytes(17)):
        with pytest.raises(InvalidParameterValue):
            sel.add(wrong)


def test_reading_in_parts() -> None:
    part = filled(2)
    bmc = MemoryBmc(part, knobs={(0x0A, 0x43): lambda data, handler: (0xCA, b"") if data[5] > 4 else handler(data)})
    reader = EntryReader(bmc)
    assert reader.read(1).record == part.entries[1]
    bmc.asked.clear()
    assert reader.read(2).record == part.entries[2]
    assert bmc.count(0x0A, 0x43) == 4
    assert reader.read(9).code == 0xCB
    silent = MemoryBmc(part, knobs={(0x0A, 0x43): lambda data, _handler: (0xCA, b"") if data[5] == 255 else (0, b"\xff\xff")})
    assert EntryReader(silent).read(1).record == b""
    without = MemoryBmc(part, knobs={(0x0A, 0x42): lambda _data, _handler: (0xC1, b""), (0x0A, 0x43): lambda data, handler: (0xCA, b"") if data[5] == 255 else handler(data)})
    assert EntryReader(without).read(1).code == 0xC5


# --- the clock


def test_time() -> None:
    part = filled(0)
    sel = Sel(MemoryBmc(part), Learned())
    assert sel.time() == T
    sel.set_time(T + 5)
    assert sel.time() == T + 5
    assert Sel(Script("ffffffff"), Learned()).time() is None
    assert Sel(Script(0xD4), Learned()).time() is None


def test_utc_offset() -> None:
    learned = Learned()
    part = filled(0)
    sel = Sel(MemoryBmc(part), learned)
    assert sel.utc_offset() is None  # 07FFh
    sel.set_utc_offset(-300)
    assert sel.utc_offset() == -300
    sel.set_utc_offset(None)
    assert part.clock.utc_offset == 0x7FF
    for wrong in (-1441, 1441):
        with pytest.raises(InvalidParameterValue):
            sel.set_utc_offset(wrong)
    assert Sel(Script(0xC1), learned).utc_offset() is None
    assert learned.utc_offset == UNSPECIFIED_OFFSET
    assert Sel(Script(), learned).utc_offset() is None
    sel.set_utc_offset(60)  # there is such a command after all
    assert learned.utc_offset is None and sel.utc_offset() == 60
    with pytest.raises(CompletionCodeError):
        Sel(Script(0xFF), Learned()).utc_offset()


def test_clock() -> None:
    found = Sel(Script(T.to_bytes(4, "little").hex(), 0xFF), Learned()).clock(with_offset=True)
    assert (found.bmc_now, found.utc_offset) == (T, None)
    assert found.ahead is not None and abs(found.ahead - (datetime.now(timezone.utc).timestamp() - T)) < 5
    assert Sel(Script(0xD4), Learned()).clock() == Clock()


def test_calendar() -> None:
    found = [is_calendar(stamp) for stamp in (None, 0, 0x20000000, 0x20000001, T, 0xFFFFFFFE, 0xFFFFFFFF)]
    assert found == [False, False, False, True, True, True, False]


def test_when() -> None:
    utc = datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
    assert Clock().when(T) == utc
    assert Clock(utc_offset=60).when(T) == utc - timedelta(hours=1)
    assert Clock(3600.0, T + 5).when(T) == utc + timedelta(hours=1)
    assert Clock(3600.0, T + 5, 120).when(T) == utc + timedelta(hours=1)
    assert Clock(1e9, 5).when(T) == utc  # that clock counts from the start: it says nothing of dates
    assert Clock(3600.0, T).when(5) is None
    found = Clock(utc_offset=-90).when(T)
    assert found is not None and found.utcoffset() == timedelta(minutes=-90)
    assert aware(T).tzname() == "UTC"
    assert aware(T, 1440).isoformat() == aware(T, -1440).isoformat() == "2023-11-14T22:13:20+00:00"


def test_when_before_the_clock_was_set_back() -> None:
    """What is later than the clock shows was not written by it as it runs now."""
    utc = datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
    assert Clock(1e8, T - 100).when(T) == utc + timedelta(seconds=10**8)  # while the log was read
    assert Clock(1e8, T - 1000).when(T) == utc
    assert Clock(1e8, T - 1000, 60).when(T) == utc - timedelta(hours=1)


def times(*stamps: int | Stamp | None, clock: Clock) -> list[float | str | None]:
    rows = [stamp if isinstance(stamp, Stamp) else Stamp(stamp) for stamp in stamps]
    return ["pair" if one.paired else one.instant for one in corrected(rows, clock)]


def test_all_are_moved_by_the_difference_of_the_clocks() -> None:
    assert times(T, T + 10, clock=Clock(AHEAD, T + 20)) == [T + 1000, T + 1010]
    assert times(clock=Clock(AHEAD, T)) == []
    assert times(T, None, 0xFFFFFFFF, clock=Clock(AHEAD, T + 20)) == [T + 1000, None, None]
    assert times(T, 5, clock=Clock()) == [T, None]


def test_time_that_runs_backwards() -> None:
    clock = Clock(AHEAD, T + 100)
    assert times(T + 50, T + 10, T + 20, clock=clock) == [T + 50, T + 1010, T + 1020]
    assert times(T + 12, T + 10, T + 20, clock=clock) == [T + 1012, T + 1010, T + 1020]  # in disorder, no more
    assert times(T, T + 200, clock=clock) == [T, T + 200]
    assert times(5, T + 50, T + 10, clock=clock) == [None, T + 50, T + 1010]


def test_a_pair_changes_the_difference_of_those_before() -> None:
    """The clock was an hour slow until T + 10, when it was set to T + 3610: what was then T was T + 3600."""
    before, after = Stamp(T + 10, CHANGE_BEFORE), Stamp(T + 3610, CHANGE_AFTER)
    clock = Clock(AHEAD, T + 4000)
    assert times(T, before, after, T + 3620, clock=clock) == [T + 4600, "pair", "pair", T + 4620]
    back = Stamp(T - 3590, CHANGE_AFTER)
    assert times(T, before, back, T - 3580, clock=Clock(AHEAD, T)) == [T - 2600, "pair", "pair", T - 2580]


def test_what_is_no_pair_stays() -> None:
    before, after = Stamp(T + 10, CHANGE_BEFORE), Stamp(T + 20, CHANGE_AFTER)
    clock = Clock(AHEAD, T + 100)
    assert times(before, T + 15, after, clock=clock) == [T + 1010, T + 1015, T + 1020]
    assert times(after, before, clock=clock)[0] != "pair"
    assert times(after, clock=clock) == [T + 1020]
    assert times(before, clock=clock) == [T + 1010]


def test_pairs_without_times() -> None:
    clock = Clock(AHEAD, T + 100)
    unknown = Stamp(0xFFFFFFFF, CHANGE_BEFORE)
    assert times(T, unknown, Stamp(T + 20, CHANGE_AFTER), clock=clock) == [T, "pair", "pair"]
    assert times(T, Stamp(T + 10, CHANGE_BEFORE), Stamp(5, CHANGE_AFTER), T + 20, clock=clock) == [T + 1000, "pair", "pair", T + 1020]
    assert times(T, Stamp(T + 10, CHANGE_BEFORE), Stamp(T + 20, CHANGE_AFTER), clock=Clock()) == [T, "pair", "pair"]


def test_times_since_the_start() -> None:
    calendar = Clock(AHEAD, T + 100)
    assert times(T, 100, 110, T + 50, clock=calendar) == [T + 1000, None, None, T + 1050]
    started = Clock(1e9, 300)
    assert times(T, 100, 110, clock=started) == [T, 100 + 1e9, 110 + 1e9]
    assert times(T, 100, 5000, 10, 20, clock=started) == [T, None, None, 10 + 1e9, 20 + 1e9]
    assert times(100, T + 5, clock=started) == [None, T + 5]
    pair = (Stamp(120, CHANGE_BEFORE), Stamp(T, CHANGE_AFTER))
    found = times(T - 50, 100, 110, *pair, T + 50, clock=calendar)
    assert found == [T - 50, T + 980, T + 990, "pair", "pair", T + 1050]


def test_results_are_comparable() -> None:
    assert Corrected(None) == (None, False)
    assert SelEntry(1, b"a") == (1, b"a")

# SPDX-License-Identifier: Apache-2.0
"""Switches of section E, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

import time
from typing import Any

import pytest

from pyghmi.exceptions import IpmiException, UnsupportedFunctionality
from tests.loopback.quirk_lab import MakeLab, QuirkLab

STORAGE, GET, RESERVE, DELETE, CLEAR, GET_TIME, GET_OFFSET = 0x0A, 0x43, 0x42, 0x46, 0x47, 0x48, 0x5C
FIRST = b"\0\0\0\0\0\xff"


def entry(bench: QuirkLab, record_id: int, offset: int = 0, size: int = 0xFF) -> bytes:
    """Return the answer to Get SEL Entry, as it comes over the wire."""
    link = bench.opened()
    reservation = bench.ask(link, STORAGE, RESERVE)[1] if offset else b"\0\0"
    code, data = bench.ask(link, STORAGE, GET, reservation + record_id.to_bytes(2, "little") + bytes((offset, size)))
    assert code == 0
    return data


def ids(bench: QuirkLab) -> list[int]:
    parts: dict[str, Any] = dict(bench.machine.parts)
    return list(parts["sel"].entries)


def asked(bench: QuirkLab, cmd: int = GET) -> int:
    return sum((netfn, one) == (STORAGE, cmd) for netfn, one, _data in bench.machine.executed)


def events(bench: QuirkLab, most: int) -> list[Any]:
    """Return our client's list, for which so many entries are asked for at most."""
    bench.machine.executed.clear()
    found = list(bench.command().get_event_log())
    assert asked(bench) <= most
    return found


def test_E01_next_id_0_in_mid_list(lab: MakeLab) -> None:
    book, odd = lab(), lab("E01")
    middle = ids(odd)[len(ids(odd)) // 2 - 1]
    assert entry(book, middle)[:2] != b"\0\0"
    assert entry(odd, middle)[:2] == b"\0\0"
    assert [one["record_id"] for one in events(odd, 12)] == ids(odd)[: len(ids(odd)) // 2]
    with pytest.raises(IpmiException, match="not cleared"):
        odd.command().get_event_log(clear=True)
    assert len(ids(odd)) > 10


@pytest.mark.parametrize(("variant", "following"), [("self", 0), ("on", 1)])
def test_E02_never_the_last(lab: MakeLab, variant: str, following: int) -> None:
    bench = lab(f"E02:{variant}")
    last = ids(bench)[-1]
    assert entry(lab(), last)[:2] == b"\xff\xff"
    assert int.from_bytes(entry(bench, last)[:2], "little") == last + following
    assert len(events(bench, len(ids(bench)) + 4)) == len(ids(bench))


@pytest.mark.parametrize("variant", ["04", "00"])
def test_E03_another_record_type(lab: MakeLab, variant: str) -> None:
    book, odd = lab(), lab(f"E03:{variant}")
    assert entry(book, 0)[4] == 2
    assert entry(odd, 0)[4] == int(variant, 16)
    assert entry(odd, 0, 2, 3) == entry(odd, 0)[:2] + entry(odd, 0)[4:7]  # in parts the same
    assert events(odd, 20)[3]["event"] == events(book, 20)[3]["event"] != ""


@pytest.mark.parametrize("variant", ["02", "00"])
def test_E04_another_revision(lab: MakeLab, variant: str) -> None:
    book, odd = lab(), lab(f"E04:{variant}")
    assert entry(book, 0)[11] == 4
    assert entry(odd, 0)[11] == int(variant, 16)
    assert events(odd, 20)[3]["event"] == events(book, 20)[3]["event"] != ""


def test_E05_a_kernels_panic(lab: MakeLab) -> None:
    book, odd = lab(), lab("E05")
    assert len(ids(odd)) == len(ids(book)) + 1
    assert entry(odd, 0xFFFF)[4:7] == b"\xf0\x20\0"
    assert events(odd, 20)[-1]["event"].endswith("Fatal excep")


def test_E06_a_shifted_generator(lab: MakeLab) -> None:
    book, odd = lab(), lab("E06")
    assert (entry(book, 0)[9], entry(odd, 0)[9]) == (0x20, 0x10)
    assert [one.get("component") for one in events(odd, 20)] == [one.get("component") for one in events(book, 20)]


@pytest.mark.parametrize(("quirks", "user", "code"), [
    ("E07", "admin", 0xD4), ("E07:user", "admin", 0), ("E07:user", "low", 0xD4), ("", "low", 0),
])
def test_E07_no_reservation(lab: MakeLab, quirks: str, user: str, code: int) -> None:
    from pyghmi.ipmi.protocol.serverconfig import User, UserList
    from pyghmi.ipmi.spec.codes import Privilege

    users = UserList([User(b"admin", b"secret"), User(b"low", b"secret", Privilege.USER, user_id=3)])
    bench = lab(quirks, users=users)
    level = Privilege.USER if user == "low" else Privilege.ADMINISTRATOR
    link = bench.opened(user.encode(), privilege=level)
    assert bench.ask(link, STORAGE, RESERVE)[0] == code
    command = bench.command(userid=user, privlevel=int(level))
    assert len(list(command.get_event_log())) == len(ids(bench))


def test_E08_no_entries(lab: MakeLab) -> None:
    bench = lab("E08")
    assert bench.ask(bench.opened(), STORAGE, GET, FIRST)[0] == 0xC1
    with pytest.raises(UnsupportedFunctionality, match="no entries of an event log"):
        bench.command().get_event_log()


def test_E09_no_time_for_a_while(lab: MakeLab) -> None:
    bench = lab("E09:2")
    link = bench.opened()
    assert [bench.ask(link, STORAGE, GET_TIME, repeatable=False)[0] for _each in range(3)] == [0x81, 0x81, 0]
    bench = lab("E09")
    began = bench.reactor.clock()
    assert "timestamp" in events(bench, 20)[0]
    assert asked(bench, GET_TIME) == 1  # the one that was answered
    assert 3.0 < bench.reactor.clock() - began < 10.0


@pytest.mark.parametrize(("variant", "raw"), [("unset", b"\xff\xff\xff\xff"), ("early", b"\1\0\0\0")])
def test_E10_no_dates(lab: MakeLab, variant: str, raw: bytes) -> None:
    bench = lab(f"E10:{variant}")
    assert entry(bench, 0)[5:9] == raw
    found = events(bench, 20)
    assert found[0]["timecode"] == int.from_bytes(raw, "little")
    assert not any("timestamp" in one for one in found)
    assert "timestamp" in events(lab(), 20)[0]


@pytest.mark.parametrize(("variant", "code", "data"), [("unknown", 0, b"\xff\x07"), ("refused", 0xC1, b"")])
def test_E11_local_time(lab: MakeLab, variant: str, code: int, data: bytes) -> None:
    book, odd = lab(), lab(f"E11:{variant}")
    link = odd.opened()
    assert bench_time(odd, link) - bench_time(book, book.opened()) == pytest.approx(7200, abs=5)
    assert odd.ask(link, STORAGE, GET_OFFSET) == (code, data)
    # Seconds of the log mean the same after a correction by the clock of the BMC: the event is now.
    odd.machine.parts["sel"].event(1, 1, 1, b"\x57\x50\x55")  # type: ignore[attr-defined]
    stamp = time.mktime(time.strptime(events(odd, 20)[-1]["timestamp"], "%Y-%m-%dT%H:%M:%S"))
    assert stamp == pytest.approx(time.time(), abs=120)


def bench_time(bench: QuirkLab, link: Any) -> int:
    return int.from_bytes(bench.ask(link, STORAGE, GET_TIME)[1], "little")


def test_E12_delete_does_nothing(lab: MakeLab) -> None:
    book, odd = lab(), lab("E12")
    for bench, left in ((book, 1), (odd, 0)):
        count = len(ids(bench))
        link = bench.opened()
        reservation = bench.ask(link, STORAGE, RESERVE)[1]
        assert bench.ask(link, STORAGE, DELETE, reservation + b"\1\0") == (0, b"\1\0")
        assert len(ids(bench)) == count - left
    with pytest.raises(UnsupportedFunctionality, match="still there"):
        odd.command().delete_event(2)


def test_E13_one_entry_twice(lab: MakeLab) -> None:
    bench = lab("E13")
    at = len(ids(bench)) // 2
    one, other = entry(bench, ids(bench)[at - 1]), entry(bench, ids(bench)[at])
    assert one[2:] == other[2:]
    assert one[:2] != other[:2]
    assert len(events(bench, 20)) == len(ids(bench)) - 1


def test_E14_many_entries(lab: MakeLab) -> None:
    bench = lab("E14:700")
    assert len(ids(bench)) == 700
    assert {later - one for one, later in zip(ids(bench), ids(bench)[1:])} == {3}
    bench.machine.executed.clear()
    stream = bench.command().events()
    assert next(iter(stream)).record_id == 3
    assert len(events(bench, 700)) == 700
    assert len(lab("E14:3000").machine.parts["sel"].entries) == 3000  # type: ignore[attr-defined]


def test_E15_cleared_in_mid_read(lab: MakeLab) -> None:
    bench = lab("E15")
    before = ids(bench)
    found = events(bench, 20)
    assert ids(bench) != before
    assert [one["record_id"] for one in found] == [*before[:4], *ids(bench)]


def test_E15_it_grows(lab: MakeLab) -> None:
    bench = lab("E15:append")
    before = ids(bench)
    found = [one["record_id"] for one in events(bench, 24)]
    assert found == ids(bench)
    assert len(found) == len(before) + 5


def test_E16_clearing_takes_time(lab: MakeLab) -> None:
    bench = lab("E16:3")
    link = bench.opened()
    reservation = bench.ask(link, STORAGE, RESERVE)[1]
    assert bench.ask(link, STORAGE, CLEAR, reservation + b"CLR\xaa") == (0, b"\0")
    bench.wait(2.0)
    assert bench.ask(link, STORAGE, CLEAR, reservation + b"CLR\0") == (0, b"\0")
    bench.wait(1.1)
    assert bench.ask(link, STORAGE, CLEAR, reservation + b"CLR\0") == (0, b"\1")
    began = bench.reactor.clock()
    bench.command().get_event_log(clear=True)
    assert 3.0 <= bench.reactor.clock() - began < 10.0
    assert asked(bench, CLEAR) < 20


def test_E17_always_going_high(lab: MakeLab) -> None:
    book, odd = lab(), lab("E17")
    for bench in (book, odd):
        bench.machine.parts["sel"].event(1, 4, 0x01, b"\x52\x10\x20")  # type: ignore[attr-defined]
    assert (entry(book, 0xFFFF)[15], entry(odd, 0xFFFF)[15]) == (0x52, 0x53)
    going = [events(bench, 20)[-1]["event"] for bench in (book, odd)]
    assert going[0] == going[1] == "Lower Critical"


@pytest.mark.parametrize(("variant", "flags"), [("flagged", 0xA0), ("plain", 0x00)])
def test_E18_the_vendors_data(lab: MakeLab, variant: str, flags: int) -> None:
    book, odd = lab(), lab(f"E18:{variant}")
    assert entry(odd, 0)[15] & 0xF0 == flags
    assert entry(odd, 0)[16:] == b"\x10\1"
    found, by_book = events(odd, 20), events(book, 20)
    assert found[0]["event"] == by_book[0]["event"]
    if variant == "flagged":
        assert (found[0]["oem_byte2"], found[0]["oem_byte3"]) == (0x10, 1)


def test_E19_an_unknown_sensor(lab: MakeLab) -> None:
    bench = lab("E19")
    assert entry(bench, 0)[13] == 0xFE
    found = events(bench, 20)
    assert found[0]["component"] == "Sensor 32.254.0"
    assert found[0]["event"] == events(lab(), 20)[0]["event"]


def test_rows_go_together(lab: MakeLab) -> None:
    bench = lab("E01,E02,E03,E04,E06,E07,E09,E10,E13,E16,E17,E18,E19")
    assert len(events(bench, 14)) > 3

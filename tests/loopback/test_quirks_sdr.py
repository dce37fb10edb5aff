# SPDX-License-Identifier: Apache-2.0
"""Switches of section D, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import CompletionCodeError, TimedOut
from tests.loopback.quirk_lab import MakeLab, QuirkLab

STORAGE, SENSOR, INFO, RESERVE, GET = 0x0A, 0x04, 0x20, 0x22, 0x23
DEVICE_INFO, DEVICE_GET, DEVICE_RESERVE, READING = 0x20, 0x21, 0x22, 0x2D
WHOLE, LAST = 0xFF, b"\xff\xff"


def part_of(bench: QuirkLab) -> Any:
    parts: dict[str, Any] = dict(bench.machine.parts)
    return parts["sensors"]


def read(
    bench: QuirkLab, record_id: bytes, offset: int = 0, size: int = WHOLE, reservation: bytes = b"\0\0"
) -> tuple[int, bytes]:
    """Return the code and the data of the answer to Get SDR, as they come over the wire."""
    link = bench.links[0] if bench.links else bench.opened()
    return bench.ask(link, STORAGE, GET, reservation + record_id + bytes((offset, size)))


def info(bench: QuirkLab) -> bytes:
    return bench.ask(bench.opened(), STORAGE, INFO)[1]


def ids(bench: QuirkLab) -> list[bytes]:
    return [raw[:2] for raw in part_of(bench).records]


def names(bench: QuirkLab, most: int, **options: Any) -> list[str]:
    """Return the names of what our client reads, for which so many records are asked for at most."""
    bench.machine.executed.clear()
    found = [reading.name for reading in bench.command(**options).get_sensor_data()]
    asked = sum(each[:2] in ((STORAGE, GET), (SENSOR, DEVICE_GET)) for each in bench.machine.executed)
    assert asked <= most
    return found


@pytest.fixture
def book(lab: MakeLab) -> list[str]:
    """Return the names that a BMC without quirks has."""
    bench = lab()
    found = names(bench, len(ids(bench)))
    assert len(found) == 20
    return found


@pytest.mark.parametrize("code", ["ca", "c7", "c8", "ff"])
def test_D01_whole_records_are_not_given(lab: MakeLab, book: list[str], code: str) -> None:
    bench = lab(f"D01:{code}")
    assert read(bench, b"\0\0")[0] == int(code, 16)
    assert read(bench, b"\0\0", 0, 23)[0] == int(code, 16)
    assert read(bench, ids(bench)[2], 0, 22)[0] == 0
    assert names(bench, 4 * len(ids(bench))) == book


def test_D01_silence(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D01:silent")
    with pytest.raises(TimedOut):
        bench.ask(bench.opened(), STORAGE, GET, b"\0\0\0\0\0\xff", deadline_s=3.0)
    began = bench.reactor.clock()
    assert names(bench, 4 * len(ids(bench)) + 8) == book
    assert bench.reactor.clock() - began < 10.0


def test_D02_fewer_bytes_than_the_record_has(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D02")
    code, found = read(bench, ids(bench)[2])
    assert (code, len(found)) == (0, 22)
    assert found[2:] == part_of(bench).records[2][:20]
    assert names(bench, 3 * len(ids(bench))) == book


def test_D03_the_length_is_too_high(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D03")
    _code, found = read(bench, b"\0\0")
    assert found[6] == len(found) - 7 + 5
    assert names(bench, 2 * len(ids(bench))) == book


def test_D04_another_id_in_the_header(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D04")
    first, second = ids(bench)[:2]
    _code, found = read(bench, first)
    assert found[:2] == second
    assert int.from_bytes(found[2:4], "little") == int.from_bytes(first, "little") + 1
    assert names(bench, 2 * len(ids(bench))) == book


@pytest.mark.parametrize(("variant", "change"), [("zero", None), ("more", 5), ("fewer", -5)])
def test_D05_the_count_is_wrong(lab: MakeLab, book: list[str], variant: str, change: int | None) -> None:
    bench = lab(f"D05:{variant}")
    due = 0 if change is None else len(ids(bench)) + change
    assert int.from_bytes(info(bench)[1:3], "little") == due
    assert names(bench, len(ids(bench))) == book


@pytest.mark.parametrize("variant", ["self", "zero"])
def test_D06_the_list_does_not_end(lab: MakeLab, book: list[str], variant: str) -> None:
    bench = lab(f"D06:{variant}")
    last = ids(bench)[-1]
    for asked in (last, LAST):
        assert read(bench, asked)[1][:2] == (last if variant == "self" else b"\0\0")
    assert names(bench, len(ids(bench)) + 1) == book


def test_D07_the_last_one_cannot_be_read(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D07")
    assert read(bench, ids(bench)[-1])[0] == 0xC3
    assert read(bench, ids(bench)[-2])[0] == 0
    began = bench.reactor.clock()
    assert names(bench, len(ids(bench)) + 8) == book
    assert bench.reactor.clock() - began < 10.0


def test_D08_neither_info_nor_reservations(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D08,D01")
    link = bench.opened()
    assert [bench.ask(link, STORAGE, cmd)[0] for cmd in (INFO, RESERVE)] == [0xC1, 0xC1]
    assert read(bench, b"\0\0", 5, 10)[0] == 0
    assert names(bench, 4 * len(ids(bench))) == book
    assert not [each for each in bench.machine.executed if each[:2] == (STORAGE, RESERVE)]


def test_D09_only_device_sdrs(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D09")
    assert read(bench, b"\0\0")[0] == 0xC1
    assert bench.ask(bench.links[0], SENSOR, DEVICE_GET, b"\0\0\0\0\0\xff")[1][2:] == part_of(bench).records[0]
    assert names(bench, len(ids(bench)) + 1) == book


def test_D10_two_luns(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D10,D01")
    link = bench.opened()
    counts = [bench.ask(link, SENSOR, DEVICE_INFO, data)[1][0] for data in (b"", b"\0", b"\1")]
    assert counts == [len(part_of(bench).sensors)] * 2 + [len(ids(bench))]
    assert counts[0] != counts[2]
    here, there = (bench.ask(link, SENSOR, DEVICE_RESERVE, lun=lun)[1] for lun in (0, 1))
    assert here != there
    assert bench.ask(link, SENSOR, DEVICE_GET, here + b"\0\0\5\5", lun=1)[0] == 0xC5
    assert names(bench, 4 * len(ids(bench)) + 8) == [*book, "LUN 1 no"]


def test_D11_the_reservation_is_lost_now_and_then(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D11")
    reservation = bench.ask(bench.opened(), STORAGE, RESERVE)[1]
    assert [read(bench, b"\0\0", 5, 10, reservation)[0] for _each in range(3)] == [0, 0xC5, 0xC5]
    assert read(bench, b"\0\0")[0] == 0xCA
    assert names(bench, 12 * len(ids(bench))) == book


def test_D11_for_three_seconds(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D11:seconds")
    began = bench.reactor.clock()
    assert names(bench, 5 * len(ids(bench))) == book
    assert 3.0 < bench.reactor.clock() - began < 20.0


def test_D11_for_ever(lab: MakeLab) -> None:
    bench = lab("D11:always")
    with pytest.raises(CompletionCodeError, match="another client"):
        names(bench, 100)
    assert len(bench.machine.executed) < 60


@pytest.mark.parametrize(
    ("variant", "kind", "size"),
    [("empty", 1, 0), ("short", 1, 5), ("unknown", 0xE5, 3), ("oem", 0xC0, 4), ("channels", 0x14, 4)],
)
def test_D12_a_record_that_makes_no_sense(lab: MakeLab, book: list[str], variant: str, kind: int, size: int) -> None:
    bench = lab(f"D12:{variant}")
    odd = max(ids(bench))
    found = read(bench, odd)[1][2:]
    assert (found[3], found[4], len(found) - 5) == (kind, size, size)
    assert found[:2] != ids(bench)[-1]
    assert names(bench, 2 * len(ids(bench))) == book


@pytest.mark.parametrize(
    ("variant", "place", "byte", "shown"),
    [("unit", 21, 0xC8, "unknown(200)"), ("modifier", 20, 0x04, "°C"), ("percentage", 20, 0x01, "% °C")],
)
def test_D13_units_that_make_no_sense(lab: MakeLab, variant: str, place: int, byte: int, shown: str) -> None:
    bench = lab(f"D13:{variant}")
    record = next(raw for raw in part_of(bench).records if raw.endswith(b"Inlet Temp"))
    found = read(bench, record[:2])[1][2:]
    assert found[place] & byte == byte
    assert not found[22]
    assert bench.command().get_sensor_reading("Inlet Temp").units == shown


def test_D14_an_event_only_record_with_thresholds(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D14")
    found = read(bench, LAST)[1][2:]
    assert (found[3], found[11]) == (3, 1)
    assert names(bench, len(ids(bench))) == book
    assert "Only events" in [sensor.name for sensor in bench.command().get_sensors()]


def test_D15_names_in_odd_ways(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D15")
    _code, third = read(bench, ids(bench)[2])
    assert third[2 + 47 :] == b"\xc8Fan1\0\0\0\0"
    found = names(bench, 2 * len(ids(bench)))
    assert len(found) == len(book)
    assert found[:4] == ["Fan1", "Fan1 #2", "Fan1 #3", "sensor 0x04"]
    assert found[4:9] == ["IPMI", "12 -34", "Fä", "Fan1 #4", "µbé"]


def test_D16_equal_names(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D16")
    assert [raw[47:] for raw in part_of(bench).records].count(b"\xc4Temp") == 4
    assert names(bench, len(ids(bench))) == ["Temp", "Temp #2", "Temp #3", "Temp #4", *book[4:]]
    command = bench.command()
    assert command.get_sensor_reading("Temp").value != command.get_sensor_reading("Temp #3").value


@pytest.mark.parametrize(
    ("variant", "found"),
    [("alpha", ["DIMM Status C", "DIMM Status D", "DIMM Status E", "DIMM Status F"]),
     ("numbers", ["DIMM Status 2", "DIMM Status 3", "DIMM Status 4", "DIMM Status 5"])],
)  # fmt: skip
def test_D17_a_record_of_four_sensors(lab: MakeLab, variant: str, found: list[str]) -> None:
    bench = lab(f"D17:{variant}")
    record = next(raw for raw in part_of(bench).records if b"DIMM Status " in raw)
    assert read(bench, record[:2])[1][2 + 23 : 2 + 25] == bytes((0x14 if variant == "alpha" else 0x04, 2))
    assert names(bench, len(ids(bench)))[-4:] == found


def test_D18_five_hundred_records(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D18")
    link = bench.opened()
    began = bench.reactor.clock()
    assert bench.ask(link, STORAGE, GET, b"\0\0\0\0\0\xff")[0] == 0
    assert bench.reactor.clock() - began == pytest.approx(0.02, abs=0.01)
    assert int.from_bytes(info(bench)[1:3], "little") == 500
    command = bench.command()
    began = bench.reactor.clock()
    assert [reading.name for reading in command.get_sensor_data()] == book
    assert 9.9 < bench.reactor.clock() - began < 11.0
    bench.machine.executed.clear()
    assert [reading.name for reading in command.get_sensor_data()] == book
    assert not [each for each in bench.machine.executed if each[:2] in ((STORAGE, GET), (6, 1))]


@pytest.mark.parametrize(("variant", "stamp"), [("ones", b"\xff" * 4), ("zero", bytes(4))])
def test_D19_times_that_say_nothing(lab: MakeLab, book: list[str], variant: str, stamp: bytes) -> None:
    bench = lab(f"D19:{variant}")
    assert info(bench)[5:13] == stamp * 2
    command = bench.command()
    assert [reading.name for reading in command.get_sensor_data()] == book
    part = part_of(bench)
    at = next(at for at, raw in enumerate(part.records) if raw[3] == 0x12)
    part.records[at] = part.records[at][:-1] + b"X"
    part.changed()
    assert info(bench)[5:13] == stamp * 2
    assert len(command.get_sdr_records()) == len(part.records)
    assert command.get_sdr_records()[at].encode() == part.records[at]


def test_D20_one_number_at_two_luns(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D20")
    link = bench.opened()
    here, there = (bench.ask(link, SENSOR, READING, b"\1", lun=lun)[1][0] for lun in (0, 1))
    assert (here, there) == (22, 0xD4)
    found = {reading.name: reading.value for reading in bench.command().get_sensor_data()}
    assert (found["Inlet Temp"], found["Not LUN 0"]) == (22.0, 212.0)
    assert len(found) == len(book) + 1


def test_rows_go_together(lab: MakeLab, book: list[str]) -> None:
    bench = lab("D02,D03,D04,D05,D06,D12,D14,D16")
    first = part_of(bench).records[2]
    _code, found = read(bench, first[:2])
    assert (len(found), found[6], found[2:4]) == (22, len(first), bytes((first[0] + 1, first[1])))
    assert first[47:] == b"\xc4Temp"
    assert names(bench, 12 * len(ids(bench))) == ["Temp", "Temp #2", "Temp #3", "Temp #4", *book[4:]]

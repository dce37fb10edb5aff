# SPDX-License-Identifier: Apache-2.0
"""Records and sensors of BMCs that are not as the specification has them; each test plays one of them."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from memory_bmc import Handler, MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, IpmiException, TimedOut
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sdr_cache import SdrFiles
from pyghmi.ipmi.domains.sdr_held import HeldRecords, refreshed
from pyghmi.ipmi.domains.sdr_repo import SdrRepository
from pyghmi.ipmi.domains.sensor import Sensor, expand
from pyghmi.ipmi.domains.sensors import Sensors
from pyghmi.ipmi.spec.app import DeviceId
from pyghmi.ipmi.spec.sdr import UnreadRecord, parse_record
from pyghmi.sim.captured import captured_sensors, split_records
from pyghmi.sim.demo_sensors import ANALOG, _full, numbered
from pyghmi.sim.repository import SensorPart

VECTORS = Path(__file__).parents[1] / "vectors" / "sdr"
INFO, RESERVE, GET = (0x0A, 0x20), (0x0A, 0x22), (0x0A, 0x23)
DEVICE_INFO, DEVICE_GET, DEVICE_RESERVE = (0x04, 0x20), (0x04, 0x21), (0x04, 0x22)
READING, FACTORS, THRESHOLDS = (0x04, 0x2D), (0x04, 0x23), (0x04, 0x27)
DUMP = split_records((VECTORS / "dell_r730.sdr.bin").read_bytes())
FEW = DUMP[:12]
Reply = Any


def wanted(data: bytes) -> int:
    return int.from_bytes(data[2:4], "little")


def offset_and_size(data: bytes) -> tuple[int, int]:
    return data[4], data[5]


def few() -> SensorPart:
    return SensorPart(records=FEW)


def repository(bmc: Any, learned: Learned | None = None) -> SdrRepository:
    return SdrRepository(bmc, learned or Learned())


def limited(most: int, code: int | None) -> Any:
    """A knob: reads of more than so many bytes get this code, or silence."""

    def knob(data: bytes, answer: Handler) -> Reply:
        if data[5] > most:
            return None if code is None else (code, b"")
        return answer(data)

    return knob


# --- records


@pytest.mark.parametrize("most", [22, 16, 10, 8])
@pytest.mark.parametrize("code", [0xCA, 0xC7, 0xC8, 0xFF])
def test_D01_whole_records_are_too_much(code: int, most: int) -> None:
    bmc, learned = MemoryBmc(few(), knobs={GET: limited(most, code)}), Learned()
    assert repository(bmc, learned).raw_records() == FEW
    assert learned.sdr_size == most
    before = len(bmc.asked)
    assert repository(bmc, learned).raw_records() == FEW
    again = [data for netfn, cmd, data in bmc.asked[before:] if (netfn, cmd) == GET]
    assert not any(data[5] > most for data in again), "what is known is not tried again"


def test_D01_whole_records_are_answered_by_silence() -> None:
    """Seconds once, not for each record."""

    def knob(data: bytes, answer: Handler) -> Reply:
        return None if data[5] == 0xFF else limited(22, 0xCA)(data, answer)

    bmc, learned = MemoryBmc(few(), knobs={GET: knob}), Learned()
    began = bmc.now()
    assert repository(bmc, learned).raw_records() == FEW
    assert bmc.now() - began < 6
    assert learned.sdr_size == 22
    gone = MemoryBmc(few(), knobs={GET: lambda _data, _answer: None})
    with pytest.raises(TimedOut):
        repository(gone).raw_records()
    assert gone.now() - began < 20


def test_D02_a_whole_read_brings_fewer_bytes() -> None:
    """One goes on at the byte received, not at the one asked for."""

    def knob(data: bytes, answer: Handler) -> Reply:
        code, found = answer(data)
        return code, found[:22]

    bmc = MemoryBmc(few(), knobs={GET: knob})
    repo = repository(bmc)
    assert repo.raw_records() == FEW
    assert repo.problems == []


def test_D02_every_read_brings_fewer_bytes() -> None:
    bmc = MemoryBmc(few(), knobs={GET: lambda data, answer: (answer(data)[0], answer(data)[1][:9])})
    assert repository(bmc).raw_records() == FEW


def test_D03_the_length_is_longer_than_the_record() -> None:
    """The record is decoded by what came."""
    longer = [raw[:4] + bytes((raw[4] + 5,)) + raw[5:] for raw in FEW]
    bmc = MemoryBmc(SensorPart(records=longer))
    repo = repository(bmc)
    found = repo.records()
    assert [record.name for record in found] == [parse_record(raw).name for raw in FEW]  # type: ignore[union-attr]
    assert len(repo.problems) == len(FEW)
    assert repo.complete
    assert bmc.count(*GET) <= 2 * len(FEW)


def test_D03_the_length_is_longer_and_records_come_in_parts() -> None:
    """Then the last bytes come in smaller and smaller pieces, until there are none."""
    longer = [raw[:4] + bytes((raw[4] + 5,)) + raw[5:] for raw in FEW]
    bmc = MemoryBmc(SensorPart(records=longer), knobs={GET: limited(22, 0xCA)})
    repo = repository(bmc)
    assert [raw[5:] for raw in repo.raw_records()] == [raw[5:] for raw in FEW]
    assert repo.complete
    assert bmc.count(*GET) <= 12 * len(FEW)


def test_D04_the_header_has_another_record_id() -> None:
    part = few()

    def knob(data: bytes, answer: Handler) -> Reply:
        code, found = answer(data)
        if data[4] == 0 and len(found) > 4:
            wrong = int.from_bytes(found[2:4], "little") + 1
            found = found[:2] + wrong.to_bytes(2, "little") + found[4:]
        return code, found

    found = repository(MemoryBmc(part, knobs={GET: knob})).records()
    assert [record.record_id for record in found[1:]] == [parse_record(raw).record_id for raw in FEW[1:]]
    assert len(found) == len(FEW)


@pytest.mark.parametrize("count", [0, len(FEW) + 5, len(FEW) - 5])
def test_D05_the_count_is_wrong(count: int) -> None:
    def knob(data: bytes, answer: Handler) -> Reply:
        code, found = answer(data)
        return code, found[:1] + count.to_bytes(2, "little") + found[3:]

    bmc = MemoryBmc(few(), knobs={INFO: knob})
    repo = repository(bmc)
    told: list[tuple[int, int]] = []
    repo.state()
    assert repo.raw_records(lambda done, expected: told.append((done, expected))) == FEW
    assert repo.complete
    assert told == [(at, count) for at in range(1, len(FEW) + 1)]


@pytest.mark.parametrize("kind", ["self", "zero", "first", "middle"])
def test_D06_the_next_id_never_ends(kind: str) -> None:
    """The last record points to itself, to 0, to the first record, to another one before."""
    last, first = wanted(b"\0\0" + FEW[-1][:2]), wanted(b"\0\0" + FEW[0][:2])
    target = {"self": last, "zero": 0, "first": first, "middle": 5}[kind]

    def knob(data: bytes, answer: Handler) -> Reply:
        code, found = answer(data)
        if wanted(data) == last:
            found = target.to_bytes(2, "little") + found[2:]
        return code, found

    bmc = MemoryBmc(few(), knobs={GET: knob})
    repo = repository(bmc)
    repo.state()
    assert repo.raw_records() == FEW
    assert repo.complete
    assert "the list ends early" in repo.problems[0]


def test_D06_every_record_is_another_one() -> None:
    """Even a BMC that counts on for ever is left in the end."""

    def knob(data: bytes, _answer: Handler) -> Reply:
        record_id = wanted(data)
        return 0, ((record_id + 1) % 0xFFFF).to_bytes(2, "little") + record_id.to_bytes(2, "little") + b"\x51\xc0\x03abc"

    bmc = MemoryBmc(few(), knobs={GET: knob})
    repo = repository(bmc)
    assert len(repo.raw_records()) == 4096
    repo.state()
    repo.raw_records()
    assert len(bmc.asked) < 10_000
    assert repo.problems


def test_D07_the_last_record_cannot_be_read() -> None:
    def knob(data: bytes, answer: Handler) -> Reply:
        return (0xC3, b"") if wanted(data) == wanted(b"\0\0" + FEW[-1][:2]) else answer(data)

    repo = repository(MemoryBmc(few(), knobs={GET: knob}))
    assert repo.raw_records() == FEW[:-1]
    assert "cannot be read: Timeout while processing command (C3h)" in repo.problems[0]
    assert not repo.complete


def test_D07_a_record_whose_successor_is_known_is_skipped() -> None:
    """Its header comes, its body does not."""

    def knob(data: bytes, answer: Handler) -> Reply:
        if wanted(data) == 5 and data[4:] != b"\x00\x05":
            return 0xC3, b""
        return answer(data)

    repo = repository(MemoryBmc(few(), knobs={GET: knob}))
    found = repo.raw_records()
    assert [raw for raw in found if raw[:2] != b"\x05\0"] == [raw for raw in FEW if raw[:2] != b"\x05\0"]
    assert "5 of" in repo.problems[0]


def test_D08_there_is_no_info_and_no_reservation() -> None:
    refused = {INFO: lambda _data, _answer: (0xC1, b""), RESERVE: lambda _data, _answer: (0xC1, b"")}
    bmc = MemoryBmc(few(), knobs={**refused, GET: limited(22, 0xCA)})  # type: ignore[dict-item]
    part_without = bmc.table[GET]

    def unreserved(data: bytes) -> tuple[int, bytes]:
        return part_without(b"\0\0" + data[2:4] + b"\0\xff") if data[4] == 0 and data[5] == 0xFF else pieces(data)

    def pieces(data: bytes) -> tuple[int, bytes]:
        assert data[:2] == b"\0\0"
        code, found = part_without(b"\0\0" + data[2:4] + b"\0\xff")
        return code, found[:2] + found[2 + data[4] : 2 + data[4] + data[5]]

    bmc.table[GET] = unreserved
    repo = repository(bmc)
    assert repo.state() is None
    assert repo.raw_records() == FEW
    assert bmc.count(*RESERVE) == 1


def test_D09_there_are_only_device_sdrs() -> None:
    bmc, learned = MemoryBmc(SensorPart(records=FEW, device_sdrs=True, repository=False)), Learned()
    assert repository(bmc, learned).raw_records() == FEW
    assert learned.device_sdrs
    before = len(bmc.asked)
    again = repository(bmc, learned)
    assert again.state() is not None and again.state().device  # type: ignore[union-attr]
    assert again.raw_records() == FEW
    assert not [asked for asked in bmc.asked[before:] if asked[0] == 0x0A], "the repository is not asked again"


def test_D09_the_repository_is_empty_and_device_sdrs_are_there() -> None:
    part = SensorPart(records=FEW, device_sdrs=True)
    bmc = MemoryBmc(part, knobs={GET: lambda _data, _answer: (0xCB, b"")})
    assert repository(bmc).raw_records() == FEW
    nothing = MemoryBmc(few(), knobs={GET: lambda _data, _answer: (0xCB, b"")})
    assert repository(nothing).raw_records() == []
    none_at_all = MemoryBmc()
    with pytest.raises(CompletionCodeError):
        repository(none_at_all).raw_records()


def test_D10_device_sdrs_at_two_luns() -> None:
    """The info counts sensors; each LUN has its own reservation, and its records are read there."""
    here = SensorPart(records=FEW[:6], device_sdrs=True, repository=False)
    there = SensorPart(records=FEW[6:], device_sdrs=True, repository=False)
    there.reservation = 0x4000
    knobs = {DEVICE_INFO: lambda _data, _answer: (0, b"\x63\x83\1\0\0\0"), DEVICE_GET: limited(16, 0xCA)}
    bmc = MemoryBmc(here, knobs=knobs)  # type: ignore[arg-type]
    bmc.others[None, 1] = there.commands()
    repo = repository(bmc)
    assert repo.raw_records() == FEW
    assert repo.problems == []
    asked = {(more["lun"], data[:2]) for (netfn, cmd, data), more in zip(bmc.asked, bmc.extra) if (netfn, cmd) == DEVICE_GET}
    assert {lun for lun, _reservation in asked} == {0, 1}


def test_D10_a_bmc_that_shows_the_same_at_every_lun() -> None:
    part = SensorPart(records=FEW, device_sdrs=True, repository=False)
    bmc = MemoryBmc(part, knobs={DEVICE_INFO: lambda _data, _answer: (0, b"\x0c\x0f")})
    bmc.others[None, 1] = bmc.others[None, 2] = part.commands()
    repo = repository(bmc)
    assert repo.raw_records() == FEW
    assert "LUN 3" in repo.problems[0]


class Rival:
    """A knob for Get SDR: another client reserves before some of our reads; whole reads do not come."""

    def __init__(self, part: SensorPart, bmc_now: Any = None) -> None:
        self.part = part
        self.reads = 0
        self.until: float | None = None
        self.always = False
        self.bmc: Any = None

    def __call__(self, data: bytes, answer: Handler) -> Reply:
        if data[5] > 22:
            return 0xCA, b""
        self.reads += 1
        steals = self.always or self.reads % 2 == 0
        if self.until is not None:
            steals = self.bmc.now() < self.until
        if steals:
            self.part.reservation = self.part.reservation % 0xFFFF + 1
            return 0xC5, b""
        return answer(data)


def test_D11_every_second_read_loses_the_reservation() -> None:
    part = few()
    bmc = MemoryBmc(part, knobs={GET: Rival(part)})
    assert repository(bmc).raw_records() == FEW


def test_D11_the_reservation_is_lost_for_three_seconds() -> None:
    part = few()
    rival = Rival(part)
    bmc = MemoryBmc(part, knobs={GET: rival})
    rival.bmc, rival.until = bmc, bmc.now() + 3
    before = bmc.now()
    assert repository(bmc).raw_records() == FEW
    assert bmc.now() - before >= 3
    assert bmc.count(*RESERVE) < 20, "the pauses grow"


def test_D11_somebody_else_reserves_for_ever() -> None:
    part = few()
    rival = Rival(part)
    rival.always = True
    bmc = MemoryBmc(part, knobs={GET: rival})
    with pytest.raises(CompletionCodeError, match="another client") as caught:
        repository(bmc).raw_records()
    assert caught.value.code == 0xC5
    assert len(bmc.asked) < 50


def test_D11_whole_reads_are_preferred_after_three_losses() -> None:
    """They need no reservation; the BMC had refused them once, by accident."""
    part, learned = few(), Learned()
    learned.sdr_size = 16

    def knob(data: bytes, answer: Handler) -> Reply:
        if data[:2] == b"\0\0":
            return answer(data)
        return 0xC5, b""

    bmc = MemoryBmc(part, knobs={GET: knob})
    assert repository(bmc, learned).raw_records() == FEW


def test_D12_odd_records_are_kept_and_the_others_read() -> None:
    odd = [b"\1\0\x51\x01\x00", b"\2\0\x51\xe5\x03abc", b"\3\0\x51\x01\x05hello", *DUMP[20:40]]
    repo = repository(MemoryBmc(SensorPart(records=odd)))
    found = repo.records()
    assert [type(record) for record in found[:3]] == [UnreadRecord] * 3
    assert len(found) == 23
    assert expand(found)


def test_D14_an_event_only_sensor_is_listed_and_not_read() -> None:
    command = command_over(MemoryBmc(SensorPart()))
    names = [sensor.name for sensor in command.get_sensors()]
    assert "System Event" in names
    assert "System Event" not in [reading.name for reading in command.get_sensor_data()]
    with pytest.raises(Exception, match="Sensor not found: System Event"):
        command.get_sensor_reading("System Event")


def test_D16_several_sensors_have_one_name() -> None:
    alike = [_full(one._replace(name="Temp")) for one in ANALOG[:3]]
    part = SensorPart(records=[numbered(record, at) for at, record in enumerate(alike, 1)], readings={(0, 1): 20, (0, 2): 30, (0, 3): 40})
    command = command_over(MemoryBmc(part))
    found = {reading.name: reading.value for reading in command.get_sensor_data()}
    assert found == {"Temp": 20.0, "Temp #2": 30.0, "Temp #3": 40.0}
    assert command.get_sensor_reading("Temp #2").value == 30.0
    assert command.get_sensor_reading(command.get_sensors()[2].key).value == 40.0


def test_D18_five_hundred_records_are_read_once() -> None:
    """One question each, then one in all; 20 ms each."""
    records = [numbered(_full(ANALOG[0]), at) for at in range(1, 501)]
    bmc = MemoryBmc(SensorPart(records=records))
    command = command_over(bmc)
    assert len(command.get_sdr_records()) == 500
    assert len(bmc.asked) == 501
    for _again in range(3):
        command.get_sdr_records()
    assert len(bmc.asked) == 504
    assert bmc.count(6, 1) == 0, "no Get Device ID"


@pytest.mark.parametrize("stamp", [0x00000000, 0xFFFFFFFF])
def test_D19_the_times_never_change(stamp: int, tmp_path: Path) -> None:
    """Then nothing is kept for others, and the first record has to tell."""
    part = few()
    part.added = part.erased = stamp
    bmc, learned = MemoryBmc(part), Learned()
    device = DeviceId.decode(bytes.fromhex("20 01 02 10 02 bf 57 01 00 34 12"))
    files = SdrFiles(tmp_path, device, "bmc")

    def now(held: HeldRecords | None) -> HeldRecords:
        return refreshed(repository(bmc, learned), learned, held, lambda: files)

    held = now(None)
    assert list(tmp_path.iterdir()) == []
    before = len(bmc.asked)
    assert now(held) is held
    assert len(bmc.asked) == before + 2
    assert now(None) is not held, "another session reads them anew"
    part.records[0] = part.records[0][:-1] + b"X"
    assert now(held).raw[0] == part.records[0]


def test_D20_one_number_at_two_luns() -> None:
    """Sensor 61h of LUN 0 and of LUN 1 are two: as B05 and N14."""
    command, bmc = two_luns()
    found = {reading.name: reading.value for reading in command.get_sensor_data()}
    assert found == {"DIMM A": 30.0, "DIMM B": 212.0}
    assert len({sensor.key for sensor in command.get_sensors()}) == 2
    assert bmc.count(*READING) == 2


# --- where sensors are


def two_luns() -> tuple[Any, MemoryBmc]:
    first = _full(ANALOG[0]._replace(number=0x61, name="DIMM B"))
    second = _full(ANALOG[0]._replace(number=0x61, name="DIMM A"))
    second.owner_lun = 1
    records = [numbered(first, 1), numbered(second, 2)]
    part = SensorPart(records=records, readings={(0, 0x61): 212, (1, 0x61): 30})
    bmc = MemoryBmc(part)
    bmc.others[None, 1] = part.commands(lun=1)
    return command_over(bmc), bmc


def test_B05_N14_sensors_on_another_lun_are_asked_there_and_directly() -> None:
    command, bmc = two_luns()
    assert command.get_sensor_reading("DIMM A").value == 30.0
    assert bmc.extra[-1]["lun"] == 1
    assert bmc.extra[-1]["target"] is None
    assert command.get_sensor_thresholds("DIMM A")["upper_critical"] == 42.0
    assert bmc.extra[-1]["lun"] == 1


def owned(owner: int, numbers: list[int], channel: int = 0) -> list[bytes]:
    """Sensors of another owner."""
    records = []
    for number in numbers:
        record = _full(ANALOG[0]._replace(number=number, name=f"S{owner:02X} {number}"))
        record.owner_id, record.channel = owner, channel
        records.append(record)
    return [numbered(record, 0x1000 + owner * 16 + at) for at, record in enumerate(records)]


def sensors_of(records: list[bytes]) -> list[Sensor]:
    return expand(parse_record(raw) for raw in records)


def sweep(bmc: MemoryBmc, records: list[bytes], learned: Learned | None = None) -> list[Any]:
    return list(Sensors(bmc, learned or Learned()).sweep(sensors_of(records)))


def own(numbers: list[int]) -> SensorPart:
    records = [numbered(_full(ANALOG[0]._replace(number=number, name=f"own {number}")), number) for number in numbers]
    return SensorPart(records=records, readings={(0, number): 23 for number in numbers})


def test_a_controller_behind_the_bmc_is_asked_there() -> None:
    part = own([1])
    bmc = MemoryBmc(part)
    bmc.others[0x2C, 0] = own([1, 2]).commands()
    readings = sweep(bmc, [*part.records, *owned(0x2C, [1, 2], channel=6)])
    assert [reading.value for reading in readings] == [23.0] * 3
    assert [more["target"] for more in bmc.extra] == [None, (0x2C, 6, None, 0), (0x2C, 6, None, 0)]


@pytest.mark.parametrize("code", [0x83, 0xD3, 0xC3, 0xC1, None])
def test_B04_an_absent_controller_is_asked_once_in_a_sweep(code: int | None) -> None:
    part = own([1, 2, 3, 4, 5])
    bmc = MemoryBmc(part)
    bmc.others[0x2C, 0] = {READING: lambda _data: None if code is None else (code, b"")}  # type: ignore[dict-item,return-value]
    records = [*owned(0x2C, [1, 2, 3, 4, 5]), *part.records]
    learned = Learned()
    for _sweep in range(2):
        before, began = len(bmc.asked), bmc.now()
        readings = sweep(bmc, records, learned)
        assert [reading.value for reading in readings] == [None] * 5 + [23.0] * 5
        assert {reading.code for reading in readings[:5]} == {code}
        assert all("2Ch" in str(reading.problem) for reading in readings[:5])
        to_it = [more for more in bmc.extra[before:] if more.get("target") is not None]
        assert len(to_it) == 1
        assert bmc.now() - began < 5


def test_B04_a_controller_that_comes_back() -> None:
    bmc, learned = MemoryBmc(own([9])), Learned()
    bmc.others[0x2C, 0] = {READING: lambda _data: (0x83, b"")}
    records = owned(0x2C, [1, 2])
    assert [reading.value for reading in sweep(bmc, records, learned)] == [None, None]
    bmc.others[0x2C, 0] = own([1, 2]).commands()
    assert [reading.value for reading in sweep(bmc, records, learned)] == [23.0, 23.0]
    assert not learned.absent


def test_B04_one_sensor_that_refuses_is_not_its_controller() -> None:
    bmc = MemoryBmc(own([9]))
    table = own([1, 3]).commands()

    def reading(data: bytes) -> tuple[int, bytes]:
        return (0xC1, b"") if data == b"\2" else table[READING](data)

    bmc.others[0x2C, 0] = {READING: reading}
    assert [one.value for one in sweep(bmc, owned(0x2C, [1, 2, 3]))] == [23.0, None, 23.0]


def test_B04_a_controller_that_goes_in_mid_sweep_does_not_cost_minutes() -> None:
    bmc, asked = MemoryBmc(own([1])), []

    def until(data: bytes, answer: Handler) -> Reply:
        asked.append(data[0])
        return (0, b"\x17\xc0\0") if len(asked) <= 2 else None

    bmc.knobs[READING] = until
    began = bmc.now()
    readings = sweep(bmc, owned(0x2C, list(range(1, 61))))
    assert [reading.value is None for reading in readings] == [False] * 2 + [True] * 58
    assert bmc.now() - began < 15


def test_B06_the_bmc_is_asked_once_whether_it_has_them() -> None:
    bmc, learned = MemoryBmc(own([9])), Learned()
    bmc.others[0xC0, 0] = {READING: lambda _data: (0x83, b"")}
    for requests in (2, 1, 1):
        before = len(bmc.asked)
        assert [reading.value for reading in sweep(bmc, owned(0xC0, [1, 2, 3]), learned)] == [None] * 3
        assert len(bmc.asked) - before == requests


@pytest.mark.parametrize("code", [0x83, 0xD3, 0xC1])
def test_B06_the_bmc_has_the_sensors_of_another_owner(code: int) -> None:
    bmc, learned = MemoryBmc(own([1, 2, 3])), Learned()
    bmc.others[0xC0, 0] = {READING: lambda _data: (code, b"")}
    records = owned(0xC0, [1, 2, 3])
    assert [reading.value for reading in sweep(bmc, records, learned)] == [23.0] * 3
    assert learned.at_bmc == {(0xC0, 0)}
    assert len(bmc.asked) == 4, "it is found out once"
    assert [reading.value for reading in sweep(bmc, records, learned)] == [23.0] * 3
    assert len(bmc.asked) == 7


def test_B06_a_number_that_the_bmc_has_itself_is_not_taken_for_the_other() -> None:
    part = own([1])
    bmc = MemoryBmc(part)
    bmc.others[0xC0, 0] = {READING: lambda _data: (0x83, b"")}
    readings = sweep(bmc, [*owned(0xC0, [1]), *part.records])
    assert [reading.value for reading in readings] == [None, 23.0]


def test_B08_bridged_reads_take_few_bytes() -> None:
    """Records of a controller behind the BMC, which passes on 20 bytes at most."""
    from pyghmi.ipmi.domains.bounded import Bounded
    from pyghmi.ipmi.spec.request import Target

    part = few()
    bmc, learned = MemoryBmc(part), Learned()

    def small(data: bytes) -> tuple[int, bytes]:
        code, found = part.commands()[GET](data)
        return (code, found) if len(found) <= 12 else (0xC8, b"")

    bmc.others[0x2C, 0] = {**part.commands(), GET: small}
    way = Bounded(bmc, bmc.now() + 60, Target(0x2C))
    assert repository(way, learned).raw_records() == FEW
    assert learned.sdr_size == 10


def test_B09_an_owner_that_is_software_is_never_asked() -> None:
    part = own([1])
    records = [*owned(0xB1, [1, 2]), *part.records]
    bmc = MemoryBmc(SensorPart(records=records, readings={(0, 1): 23}))
    command = command_over(bmc)
    assert [reading.name for reading in command.get_sensor_data()] == ["own 1"]
    assert not [more for more in bmc.extra if more.get("target") is not None]
    assert len(command.get_sensors()) == 3
    with pytest.raises(Exception, match="Sensor not found"):
        command.get_sensor_reading("SB1 2")
    with pytest.raises(Exception, match="only sends events"):
        command.get_sensor_events("SB1 2")


# --- what they say


@pytest.mark.parametrize("code", [0xCB, 0xCD, 0xC9, 0xCE, 0xD5, 0xFF, 0xD3, 0xCC, 0xC3, 0xC0])
def test_N01_a_code_is_one_sensor_that_is_not_there(code: int) -> None:
    part = own([1, 2, 3])
    part.refusals[0, 2] = code
    bmc = MemoryBmc(part)
    command = command_over(bmc)
    readings = list(command.read_sensors())
    assert [reading.value for reading in readings] == [23.0, None, 23.0]
    assert readings[1].code == code
    assert readings[1].unavailable
    assert bmc.count(*READING) == 3
    shown = {one.name: one for one in command.get_sensor_data()}
    assert ("own 2" in shown) is (code != 0xCB)
    if code != 0xCB:
        assert (shown["own 2"].unavailable, shown["own 2"].code, shown["own 2"].value) == (1, code, None)
    with pytest.raises(IpmiException) as caught:
        command.get_sensor_reading("own 2")
    assert caught.value.ipmicode == code


class Slow:
    """A knob for Get Sensor Reading: one sensor takes long, and then refuses or says nothing."""

    def __init__(self, number: int, seconds: float, code: int | None) -> None:
        self.number, self.seconds, self.code = number, seconds, code
        self.bmc: Any = None

    def __call__(self, data: bytes, answer: Handler) -> Reply:
        if data[0] != self.number:
            return answer(data)
        if self.code is None:
            return None
        self.bmc.time += self.seconds
        return self.code, b""


@pytest.mark.parametrize("code", [0xCB, None])
def test_N06_a_slow_absent_sensor_costs_its_time_once(code: int | None) -> None:
    knob = Slow(2, 5.0, code)
    knob.bmc = bmc = MemoryBmc(own([1, 2, 3]), knobs={READING: knob})
    command = command_over(bmc)
    began = bmc.now()
    first = list(command.read_sensors())
    assert [reading.value for reading in first] == [23.0, None, 23.0]
    assert bmc.now() - began < 8
    began = bmc.now()
    again = list(command.read_sensors())
    assert [reading.code for reading in again] == [None, code, None]
    assert "left out" in str(again[1].problem)
    assert bmc.now() - began < 1
    bmc.time += 700
    list(command.read_sensors())
    assert sum(asked[2] == b"\2" for asked in bmc.asked if asked[:2] == READING) == 2, "after a while it may be back"


def test_N06_many_silent_sensors_cost_less_and_less() -> None:
    numbers = list(range(1, 31))
    bmc = MemoryBmc(own(numbers), knobs={READING: lambda data, answer: None if data[0] > 10 else answer(data)})
    command = command_over(bmc)
    began = bmc.now()
    readings = list(command.read_sensors())
    assert [reading.value for reading in readings] == [23.0] * 10 + [None] * 20
    assert bmc.now() - began < 45


def test_N06_silent_sensors_are_asked_once_however_short_the_wait_was() -> None:
    silent = range(1, 16)
    bmc = MemoryBmc(own(list(range(1, 31))), knobs={READING: lambda data, answer: None if data[0] in silent else answer(data)})
    command = command_over(bmc)
    list(command.read_sensors())
    began = bmc.now()
    assert [reading.value for reading in command.read_sensors()] == [None] * 15 + [23.0] * 15
    assert bmc.now() - began < 1


def test_N06_a_bmc_whose_sensors_all_say_nothing_does_not_cost_minutes() -> None:
    """The BMC itself answers everything else."""
    bmc = MemoryBmc(own(list(range(1, 172))), knobs={READING: lambda _data, _answer: None})
    command = command_over(bmc)
    began = bmc.now()
    readings = list(command.read_sensors())
    assert len(readings) == 171
    assert {reading.value for reading in readings} == {None}
    assert "not asked" in str(readings[-1].problem)
    assert bmc.now() - began < 45


def test_N06_sensors_that_fall_silent_in_mid_sweep_do_not_cost_minutes() -> None:
    asked: list[int] = []

    def until(data: bytes, answer: Handler) -> Reply:
        asked.append(data[0])
        return answer(data) if len(asked) <= 50 else None

    bmc = MemoryBmc(own(list(range(1, 172))), knobs={READING: until})
    command = command_over(bmc)
    began = bmc.now()
    assert [reading.value for reading in command.read_sensors()] == [23.0] * 50 + [None] * 121
    assert bmc.now() - began < 45


def test_N06_many_silent_sensors_at_first_do_not_hide_the_others() -> None:
    silent = range(1, 61)
    bmc = MemoryBmc(own(list(range(1, 172))), knobs={READING: lambda data, answer: None if data[0] in silent else answer(data)})
    command = command_over(bmc)
    assert [reading.value for reading in command.read_sensors()] == [None] * 60 + [23.0] * 111


def test_N06_a_bmc_that_is_gone_ends_the_sweep_at_once() -> None:
    """And not with one timeout for each sensor."""
    bmc = MemoryBmc(own(list(range(1, 172))))
    command = command_over(bmc)
    sweep_ = command.read_sensors()
    assert [next(sweep_).value for _sensor in range(3)] == [23.0] * 3
    bmc.knobs = {key: (lambda _data, _answer: None) for key in bmc.table}
    began = bmc.now()
    with pytest.raises(TimedOut):
        next(sweep_)
    assert bmc.now() - began < 20


def test_N13_a_reading_that_is_unavailable_is_not_zero() -> None:
    """The sensors of the processors while the power is off."""

    class Machine:
        power_is_on = False

    machine = Machine()
    command = command_over(MemoryBmc(SensorPart(machine)))
    off = {reading.name: reading for reading in command.get_sensor_data()}
    assert (off["CPU1 Temp"].unavailable, off["CPU1 Temp"].value) == (1, None)
    assert off["Inlet Temp"].value == 22.0
    assert command.get_average_processor_temperature().unavailable == 1
    machine.power_is_on = True
    on = {reading.name: reading for reading in command.get_sensor_data()}
    assert (on["CPU1 Temp"].unavailable, on["CPU1 Temp"].value) == (0, 48.0)


def test_N15_events_say_that_a_working_sensor_is_not_scanned() -> None:
    part = own([1])
    bmc = MemoryBmc(part, knobs={(4, 0x29): lambda _data, _answer: (0, b"\x80")})
    command = command_over(bmc)
    assert command.get_sensor_events("own 1") == {
        "events": True, "scanning": False, "assertion_mask": None, "deassertion_mask": None,
    }
    assert command.get_sensor_reading("own 1").value == 23.0


@pytest.mark.parametrize("code", [0xC9, 0xCB])
def test_N16_thresholds_are_refused(code: int) -> None:
    part = own([1])
    part.thresholds[0, 1] = code
    assert set(command_over(MemoryBmc(part)).get_sensor_thresholds("own 1").values()) == {None}


@pytest.mark.parametrize("code", [0xC1, 0xCD])
def test_N16_a_bmc_without_the_command_has_them_in_the_record(code: int) -> None:
    part = own([1])
    part.thresholds[0, 1] = code
    assert command_over(MemoryBmc(part)).get_sensor_thresholds("own 1")["upper_critical"] == 42.0


def test_N16_the_mask_of_the_answer_counts() -> None:
    part = own([1])
    part.thresholds[0, 1] = bytes.fromhex("10 05 02 00 26 2a 2f")
    found = command_over(MemoryBmc(part)).get_sensor_thresholds("own 1")
    assert {key for key, value in found.items() if value is not None} == {"upper_critical"}


def test_N17_a_full_record_whose_sensor_is_only_for_events() -> None:
    part = own([1, 2])
    part.refusals[0, 1] = 0xCD
    command = command_over(MemoryBmc(part))
    assert [(one.name, one.unavailable) for one in command.get_sensor_data()] == [("own 1", 1), ("own 2", 0)]


def test_N11_a_non_linear_sensor_is_asked_for_its_factors() -> None:
    """With each reading, and that of the reading which came; IPMI 2.0 §36.3: y = (2 x + 10) here."""
    record = _full(ANALOG[0])
    record.linearization = 0x70  # type: ignore[assignment]
    part = SensorPart(records=[numbered(record, 1)], readings={(0, 1): 20})
    bmc = MemoryBmc(part, knobs={FACTORS: lambda _data, _answer: (0, bytes.fromhex("15 02 00 0a 00 00 00"))})
    command = command_over(bmc)
    assert command.get_sensor_reading("Inlet Temp").value == 50.0
    assert bmc.asked[-1][2] == b"\x01\x14"
    bmc.knobs[FACTORS] = lambda _data, _answer: (0xC1, b"")
    (reading,) = command.read_sensors()
    assert reading.value is None
    assert reading.raw == 20
    for answer in (None, (0, b"\1")):
        bmc.knobs[FACTORS] = lambda _data, _answer, answer=answer: answer
        assert [one.value for one in command.read_sensors()] == [None]


def test_N07_health_is_looked_at_again_where_a_state_is_contradicted() -> None:
    """Lower critical is reported at a good reading."""
    part = SensorPart(records=[numbered(_full(ANALOG[0]), 1)], readings={(0, 1): b"\x17\xc0\xc2"})
    bmc = MemoryBmc(part)
    command = command_over(bmc)
    assert [reading.states for reading in command.get_sensor_data()] == [["lower critical threshold"]]
    assert command.get_health() == {"health": 0, "badreadings": []}
    part.thresholds[0, 1] = bytes.fromhex("02 00 20 00 00 00 00")  # now the limit is 32 degrees: it is true
    assert command.get_health()["health"] == 2


# --- all real repositories, and damaged ones


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.sdr.bin")), ids=lambda path: path.name.split(".")[0])
def test_every_captured_repository_is_swept(path: Path) -> None:
    name = path.name.split(".")[0]
    answers = VECTORS / f"{name}.readings.json"
    part = captured_sensors(path.read_bytes(), json.loads(answers.read_text()) if answers.exists() else ())
    command = command_over(MemoryBmc(part))
    assert b"".join(command._sdr_raw_records()) == path.read_bytes()
    assert command.get_sdr_problems() == []
    readings = list(command.read_sensors())
    assert len(readings) == sum(sensor.readable for sensor in command.get_sensors())
    assert len({reading.sensor.name for reading in readings}) == len(readings)
    command.get_health()


def test_a_liar_is_left_in_bounded_requests() -> None:
    """Counts, lengths and next IDs all wrong."""

    def get(data: bytes, answer: Handler) -> Reply:
        code, found = answer(data)
        if len(found) > 6 and data[4] == 0:
            found = found[:2] + b"\x77\x77" + found[4:6] + b"\xff" + found[7:]
        if wanted(data) == 9:
            found = b"\3\0" + found[2:]
        return code, found

    bmc = MemoryBmc(few(), knobs={GET: get, INFO: lambda _d, _a: (0, b"\x51\xff\xff" + bytes(11))})
    repo = repository(bmc)
    repo.state()
    assert len(repo.raw_records()) == 9
    assert len(bmc.asked) < 100

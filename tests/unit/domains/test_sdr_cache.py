# SPDX-License-Identifier: Apache-2.0
"""Records kept in memory and in files."""
from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.ipmi.domains import sdr_cache
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sdr_cache import SdrFiles, packed, recall, remember, unpacked
from pyghmi.ipmi.domains.sdr_held import HeldRecords, refreshed
from pyghmi.ipmi.domains.sdr_repo import RepositoryState, SdrRepository
from pyghmi.ipmi.spec.app import DeviceId
from pyghmi.sim.captured import split_records
from pyghmi.sim.repository import SensorPart

DUMP = split_records((ROOT / "tests" / "vectors" / "sdr" / "dell_r730.sdr.bin").read_bytes())
STATE = RepositoryState(187, 0x65000000, 0x65000001)
GET = (0x0A, 0x23)


@pytest.fixture(autouse=True)
def _empty() -> None:
    sdr_cache.forget_all()


def device(**changes: Any) -> DeviceId:
    found = DeviceId.decode(bytes.fromhex("20 01 02 10 02 bf 57 01 00 34 12 01 02 03 04"))
    for name, value in changes.items():
        setattr(found, name, value)
    return found


# --- memory


def test_two_bmcs_never_share() -> None:
    """Not even with the same firmware, count and times."""
    one, other = Learned(), Learned()
    remember(one, STATE, DUMP)
    assert recall(one, STATE) == DUMP
    assert recall(other, STATE) is None
    assert recall(one, STATE._replace(last_erase=7)) is None
    assert recall(one, None) is None


def test_what_cannot_be_told_apart_is_not_kept() -> None:
    learned = Learned()
    for stamp in (0, 0xFFFFFFFF):
        remember(learned, STATE._replace(last_add=stamp), DUMP)
        assert recall(learned, STATE._replace(last_add=stamp)) is None
    remember(learned, None, DUMP)
    assert recall(learned, None) is None


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first; one that was used lately stays."""
    monkeypatch.setattr(sdr_cache, "_MOST_BYTES", 3 * len(packed(DUMP)))
    known = [Learned() for _each in range(4)]
    for learned in known[:3]:
        remember(learned, STATE, DUMP)
    assert recall(known[0], STATE) == DUMP
    remember(known[3], STATE, DUMP)
    assert [recall(learned, STATE) is not None for learned in known] == [True, False, True, True]


# --- packing


def test_packing_is_inverse() -> None:
    assert unpacked(packed(DUMP)) == DUMP
    assert unpacked(b"") == []
    for cut in (1, 2, 3, 40):
        assert unpacked(packed(DUMP)[:-cut]) is None


# --- files


def test_a_file_is_found_again(tmp_path: Path) -> None:
    SdrFiles(tmp_path, device(), "bmc:623").store(STATE, DUMP)
    assert SdrFiles(str(tmp_path), device(), "bmc:623").load(STATE) == DUMP
    assert len(os.listdir(tmp_path)) == 1


@pytest.mark.parametrize(
    "change", [{"manufacturer_id": 1}, {"product_id": 1}, {"device_id": 1}, {"firmware_minor": 1}, {"firmware_major": 1}, {"auxiliary": b"abcd"}, {"auxiliary": None}]
)
def test_another_device_or_firmware_has_another_file(tmp_path: Path, change: dict[str, Any]) -> None:
    SdrFiles(tmp_path, device(), "bmc:623").store(STATE, DUMP)
    assert SdrFiles(tmp_path, device(**change), "bmc:623").load(STATE) is None


def test_another_machine_of_the_same_kind_has_another_file(tmp_path: Path) -> None:
    SdrFiles(tmp_path, device(), "bmc1:623").store(STATE, DUMP)
    SdrFiles(tmp_path, device(), "bmc2:623").store(STATE, DUMP[:5])
    assert SdrFiles(tmp_path, device(), "bmc1:623").load(STATE) == DUMP
    assert SdrFiles(tmp_path, device(), "../../etc/\ud800:623").load(STATE) is None


@pytest.mark.parametrize("change", [{"records": 186}, {"last_add": 1}, {"last_erase": 1}, {"device": True}])
def test_another_state_makes_the_file_old(tmp_path: Path, change: dict[str, Any]) -> None:
    files = SdrFiles(tmp_path, device(), "bmc:623")
    files.store(STATE, DUMP)
    assert files.load(STATE._replace(**change)) is None
    files.store(STATE._replace(**change), DUMP[:3])
    assert files.load(STATE._replace(**change)) == DUMP[:3]
    assert len(os.listdir(tmp_path)) == 1, "nothing is left of the old one"


def test_untrusted_times_are_not_kept(tmp_path: Path) -> None:
    files = SdrFiles(tmp_path, device(), "bmc:623")
    for state in (None, STATE._replace(last_add=0), STATE._replace(last_add=0xFFFFFFFF)):
        files.store(state, DUMP)
        assert files.load(state) is None
    assert os.listdir(tmp_path) == []


def test_every_damage_is_seen(tmp_path: Path) -> None:
    """Each byte changed, each length cut, bytes behind it."""
    files = SdrFiles(tmp_path, device(), "bmc:623")
    files.store(STATE, DUMP[:3])
    good = Path(files.path).read_bytes()
    damaged = [good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :] for at in range(len(good))]
    damaged += [good[:at] for at in range(len(good))] + [good + b"x", b"", b"\xff" * 100]
    for data in damaged:
        Path(files.path).write_bytes(data)
        assert files.load(STATE) is None
    Path(files.path).write_bytes(good)
    assert files.load(STATE) == DUMP[:3]


def test_what_is_no_file_does_not_hold_us_up(tmp_path: Path) -> None:
    """A pipe would block, a folder cannot be read, a huge file is not."""
    files = SdrFiles(tmp_path, device(), "bmc:623")
    os.mkfifo(files.path)
    assert files.load(STATE) is None
    os.unlink(files.path)
    os.mkdir(files.path)
    assert files.load(STATE) is None
    files.store(STATE, DUMP)
    assert os.listdir(tmp_path) == [files.name], "what could not be put in place is removed"
    os.rmdir(files.path)
    with open(files.path, "wb") as file:
        file.truncate(1024 * 1024 * 1024)
    assert files.load(STATE) is None


def test_a_folder_that_is_not_there() -> None:
    for folder in ("/nonexistent/folder", "/dev/null", "with\0nul"):
        files = SdrFiles(folder, device(), "bmc:623")
        files.store(STATE, DUMP)
        assert files.load(STATE) is None


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SdrFiles(tmp_path, device(), "bmc:623")

    def full(*_names: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    files.store(STATE, DUMP)
    assert os.listdir(tmp_path) == []
    monkeypatch.setattr(os, "unlink", full)
    files.store(STATE, DUMP)
    assert len(os.listdir(tmp_path)) == 1


def test_a_read_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SdrFiles(tmp_path, device(), "bmc:623")
    files.store(STATE, DUMP)

    def broken(_handle: int) -> Any:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", broken)
        found = files.load(STATE)
    assert found is None


def test_several_write_and_read_at_once(tmp_path: Path) -> None:
    """Nobody ever sees half a file."""
    seen: list[Any] = []

    def work(records: list[bytes]) -> None:
        files = SdrFiles(tmp_path, device(), "bmc:623")
        for _time in range(60):
            files.store(STATE, records)
            found = files.load(STATE)
            seen.append(found in (DUMP, DUMP[:50]))

    threads = [threading.Thread(target=work, args=(records,)) for records in (DUMP, DUMP[:50]) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 240
    assert all(seen)
    assert len(os.listdir(tmp_path)) == 1


# --- what is held


def held_of(bmc: MemoryBmc, learned: Learned, held: HeldRecords | None, files: Any = None) -> HeldRecords:
    return refreshed(SdrRepository(bmc, learned), learned, held, lambda: files)


def test_one_question_tells_that_nothing_has_changed(tmp_path: Path) -> None:
    part = SensorPart(records=DUMP)
    bmc, learned = MemoryBmc(part), Learned()
    held = held_of(bmc, learned, None)
    assert len(bmc.asked) == 188
    assert held_of(bmc, learned, held) is held
    assert len(bmc.asked) == 189
    assert held_of(bmc, learned, None).raw == DUMP, "the process knows them"
    assert len(bmc.asked) == 190
    part.changed()
    assert held_of(bmc, learned, held) is not held
    assert len(bmc.asked) == 190 + 188


def test_a_file_stands_for_reading(tmp_path: Path) -> None:
    bmc = MemoryBmc(SensorPart(records=DUMP))
    files = SdrFiles(tmp_path, device(), "bmc:623")
    held_of(bmc, Learned(), None, files)
    before = len(bmc.asked)
    assert held_of(bmc, Learned(), None, files).raw == DUMP
    assert len(bmc.asked) == before + 1


def test_an_incomplete_list_is_not_kept_for_others(tmp_path: Path) -> None:
    """But by who has read it."""
    broken = True

    def knob(data: bytes, answer: Any) -> Any:
        return (0xC3, b"") if broken and data[2] == 100 else answer(data)

    bmc, learned = MemoryBmc(SensorPart(records=DUMP), knobs={GET: knob}), Learned()
    files = SdrFiles(tmp_path, device(), "bmc:623")
    held = held_of(bmc, learned, None, files)
    assert len(held.raw) == 99
    assert held.problems
    assert held_of(bmc, learned, held, files) is held
    assert os.listdir(tmp_path) == []
    broken = False
    assert held_of(bmc, learned, None, files).raw == DUMP


def test_device_sdrs_are_held_too() -> None:
    bmc, learned = MemoryBmc(SensorPart(records=DUMP, device_sdrs=True, repository=False)), Learned()
    held = held_of(bmc, learned, None)
    assert held.raw == DUMP
    before = len(bmc.asked)
    assert held_of(bmc, learned, held) is held
    assert len(bmc.asked) == before + 1


def test_an_empty_repository_is_held() -> None:
    bmc, learned = MemoryBmc(SensorPart(records=[])), Learned()
    bmc.knobs[0x0A, 0x20] = lambda _data, _answer: (0xC1, b"")
    held = held_of(bmc, learned, None)
    assert held.raw == []
    assert held_of(bmc, learned, held) is held


# --- as programs have it


def test_the_folder_of_a_command(tmp_path: Path) -> None:
    bmc = MemoryBmc(SensorPart())
    bmc.table[6, 1] = lambda _data: (0, device().encode())
    command = command_over(bmc)
    command.set_sdr_cachedir(str(tmp_path))
    readings = len(list(command.get_sensor_data()))
    assert len(os.listdir(tmp_path)) == 1
    asked = len(bmc.asked)
    again = command_over(bmc)
    again.set_sdr_cachedir(str(tmp_path))
    assert len(list(again.get_sensor_data())) == readings
    assert len(bmc.asked) - asked == readings + 2, "Get SDR Repository Info and Get Device ID"


@pytest.mark.parametrize("folder", ["/nonexistent", "/dev/null", "a\0b"])
def test_a_broken_folder_does_not_break_the_sweep(folder: str) -> None:
    bmc = MemoryBmc(SensorPart())
    bmc.table[6, 1] = lambda _data: (0, device().encode())
    command = command_over(bmc)
    command.set_sdr_cachedir(folder)
    assert len(list(command.get_sensor_data())) == 20


def test_a_bmc_that_does_not_say_who_it_is_has_no_file(tmp_path: Path) -> None:
    command = command_over(MemoryBmc(SensorPart()))
    command.set_sdr_cachedir(str(tmp_path))
    assert len(list(command.get_sensor_data())) == 20
    assert os.listdir(tmp_path) == []


def test_machines_of_one_kind_hold_their_records_once() -> None:
    """A record is the same by its bytes; nothing keeps it when nobody holds it any more."""
    from gc import collect

    from pyghmi.ipmi.domains import sdr_held

    raw = [DUMP[0][:-1] + b"~", b"\1\0"]
    one, other = HeldRecords(None, list(raw), []), HeldRecords(None, [bytes(bytearray(part)) for part in raw], [])
    assert one.records[0] is other.records[0]
    assert one.records == other.records
    assert raw[0] in sdr_held._same
    del one, other
    collect()
    assert raw[0] not in sdr_held._same


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    bmc = MemoryBmc(SensorPart())
    bmc.table[6, 1] = lambda _data: (0, device().encode())
    command = command_over(bmc)
    command.set_sdr_cachedir(str(tmp_path))
    list(command.get_sensor_data())
    (name,) = os.listdir(tmp_path)
    old, new, other = (tmp_path / each for each in (f"{name}.1.aa.new", f"{name}.2.bb.new", "elsewhere.new"))
    for path in (old, new, other):
        path.write_bytes(b"x")
    for path in (old, other):
        os.utime(path, (1, 1))
    (tmp_path / name).unlink()
    again = command_over(bmc)
    again.set_sdr_cachedir(str(tmp_path))
    list(again.get_sensor_data())
    assert sorted(os.listdir(tmp_path)) == sorted((name, new.name, other.name))


def test_records_that_nobody_asks_for_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of record costs the making of its decoder."""
    from pyghmi.ipmi.domains import sdr_held

    kinds: set[bytes] = set()
    decoded = sdr_held._decoded
    monkeypatch.setattr(sdr_held, "_decoded", lambda raw: kinds.add(raw[3:4]) or decoded(raw))
    held = HeldRecords(None, [*DUMP, b"\1\0\x51"], [])
    assert len(held.sensors) > 10
    assert kinds <= {b"\1", b"\2", b"\3"}
    assert [record.type for record in held.of_types(0x11)] == [raw[3] for raw in DUMP if raw[3] == 0x11]
    assert b"\x12" not in kinds
    assert len(held.records) == len(DUMP) + 1

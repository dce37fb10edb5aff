# SPDX-License-Identifier: Apache-2.0
"""Sensor data records that change or stay away while they are read: what is shown is what there is."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from memory_bmc import MemoryBmc, command_over

from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sdr_repo import SdrRepository
from pyghmi.ipmi.spec.sdr import FullSensorRecord, parse_record
from pyghmi.sim.captured import split_records

DUMP = split_records((Path(__file__).parents[1] / "vectors" / "sdr" / "dell_r730.sdr.bin").read_bytes())
FULL = [raw for raw in DUMP if isinstance(parse_record(raw), FullSensorRecord)]
NOT_PRESENT, RESERVATION_LOST, TOO_MANY_BYTES = 0xCB, 0xC5, 0xCA
ALL = 0xFF


def numbered(records: list[bytes], first: int) -> list[bytes]:
    return [at.to_bytes(2, "little") + raw[2:] for at, raw in enumerate(records, first)]


OLD, NEW = numbered(FULL[:8], 1), numbered(FULL[8:16], 1)
MOVED = numbered(FULL[8:16], 101)


class Repository:
    """One that becomes another before the read of this number; a part of it is read under a reservation."""

    def __init__(self, records: list[bytes], later: list[bytes], at: int, most: int) -> None:
        self.records, self.later = records, later
        self._left, self._most = at, most
        self._reservation, self._stamp = 1, 0x60000000

    def commands(self) -> dict[tuple[int, int], Any]:
        return {(0x0A, 0x20): self._info, (0x0A, 0x22): self._reserve, (0x0A, 0x23): self._get}

    def _info(self, _data: bytes) -> tuple[int, bytes]:
        stamp = self._stamp.to_bytes(4, "little")
        return 0, b"\x51" + len(self.records).to_bytes(2, "little") + b"\0\x10" + stamp + stamp + b"\x22"

    def _reserve(self, _data: bytes) -> tuple[int, bytes]:
        self._reservation += 1
        return 0, self._reservation.to_bytes(2, "little")

    def _change(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.records = self.later
            self._reservation += 100
            self._stamp += 1

    def _get(self, data: bytes) -> tuple[int, bytes]:
        self._change()
        record_id, offset, size = int.from_bytes(data[2:4], "little"), data[4], data[5]
        ids = [int.from_bytes(raw[:2], "little") for raw in self.records]
        at = ids.index(record_id or ids[0]) if (record_id or ids[0]) in ids else None
        if at is None:
            return NOT_PRESENT, b""
        if offset and int.from_bytes(data[:2], "little") != self._reservation:
            return RESERVATION_LOST, b""
        raw = self.records[at][offset:]
        if min(size, len(raw)) > self._most:
            return TOO_MANY_BYTES, b""
        following = ids[at + 1] if at + 1 < len(ids) else 0xFFFF
        return 0, following.to_bytes(2, "little") + raw[:size]


@pytest.mark.parametrize("at", range(3, 18))
def test_parts_of_two_records_are_never_joined(at: int) -> None:
    repository = SdrRepository(MemoryBmc(Repository(OLD, NEW, at, 32)), Learned())
    found = repository.raw_records()
    assert len(found) == len(OLD)
    assert all(raw in OLD or raw in NEW for raw in found)
    assert repository.problems == []


@pytest.mark.parametrize("at", range(3, 18))
def test_a_reservation_that_is_lost_has_the_records_read_again_if_they_changed(at: int) -> None:
    command = command_over(MemoryBmc(Repository(OLD, NEW, at, 32)))
    sensors = [sensor.key for sensor in command.get_sensors()]
    assert sensors == [sensor.key for sensor in command_over(MemoryBmc(Repository(NEW, NEW, 0, 32))).get_sensors()]


@pytest.mark.parametrize("at", [2, 5, 8])
def test_records_that_are_replaced_meanwhile_are_read_from_the_first_again(at: int) -> None:
    bmc = MemoryBmc(Repository(OLD, MOVED, at, ALL))
    command = command_over(bmc)
    assert [record.record_id for record in command.get_sdr_records()] == list(range(101, 109))
    assert command.get_sdr_problems() == []
    asked = bmc.count(0x0A, 0x23)
    command.get_sdr_records()
    assert bmc.count(0x0A, 0x23) == asked, "they are held as those that they are now"


class Restless(Repository):
    """One that changes with each second read: two bytes of a record are always equal, one of them behind the first part."""

    def _change(self) -> None:
        self._left += 1
        if self._left % 2:
            return
        self._stamp += 1
        self._reservation += 1
        mark = bytes((self._stamp & 0xFF,))
        self.records = [raw[:31] + mark + raw[32:44] + mark + raw[45:] for raw in self.records]


def test_records_that_are_never_at_rest_are_told_in_bounded_time() -> None:
    bmc = MemoryBmc(Restless(OLD, [], 0, 32))
    command = command_over(bmc)
    assert all(raw[31] == raw[44] for raw in command._sdr_raw_records())
    assert any("changes all the time" in problem for problem in command.get_sdr_problems())
    assert len(bmc.asked) < 1000


def test_a_reservation_lost_to_another_client_changes_nothing() -> None:
    bmc = MemoryBmc(Repository(OLD, OLD, 0, 32))
    reads = iter(range(1000))

    def rival(data: bytes, answer: Any) -> Any:
        return (RESERVATION_LOST, b"") if data[4] and next(reads) % 2 == 0 else answer(data)

    bmc.knobs[0x0A, 0x23] = rival
    command = command_over(bmc)
    assert command._sdr_raw_records() == OLD
    assert command.get_sdr_problems() == []
    assert bmc.count(0x0A, 0x20) == 2, "whether they have changed is asked once more"


def silent_for(record_id: int, offset: int) -> Any:
    """A knob: silence for one record from an offset on."""

    def knob(data: bytes, answer: Any) -> Any:
        asked = int.from_bytes(data[2:4], "little")
        return None if asked == record_id and data[4] >= offset else answer(data)

    return knob


def test_the_rest_of_a_record_that_stays_away_costs_that_record_alone_and_is_not_kept() -> None:
    bmc = MemoryBmc(Repository(OLD, OLD, 0, 32), knobs={(0x0A, 0x23): silent_for(5, 1)})
    command = command_over(bmc)
    keys = [sensor.key.number for sensor in command.get_sensors()]
    assert keys == [parse_record(raw).number for raw in OLD[:4] + OLD[5:]]  # type: ignore[union-attr]
    assert any("record 0005h 32 of" in problem for problem in command.get_sdr_problems())
    bmc.knobs.clear()
    again = command_over(bmc)
    assert len(again.get_sensors()) == len(OLD)

# SPDX-License-Identifier: Apache-2.0
"""Reading records; what odd BMCs do is in tests/faults/test_quirks_sdr.py."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "faults"))

from memory_bmc import MemoryBmc

from pyghmi.exceptions import CompletionCodeError, TimedOut
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sdr_read import RecordSource
from pyghmi.ipmi.domains.sdr_repo import RepositoryState, SdrRepository
from pyghmi.sim.captured import captured_sensors

VECTORS = ROOT / "tests" / "vectors" / "sdr"
INFO, RESERVE, GET = (0x0A, 0x20), (0x0A, 0x22), (0x0A, 0x23)
DUMP = (VECTORS / "dell_r730.sdr.bin").read_bytes()


def machine(**knobs: Any) -> MemoryBmc:
    names = {"info": INFO, "reserve": RESERVE, "get": GET, "device": (4, 0x21)}
    return MemoryBmc(captured_sensors(DUMP), knobs={names[name]: knob for name, knob in knobs.items()})


def test_one_request_for_each_record() -> None:
    bmc = machine()
    repository = SdrRepository(bmc, Learned())
    assert b"".join(repository.raw_records()) == DUMP
    assert len(bmc.asked) == 187
    assert {data[:2] for _n, _c, data in bmc.asked} == {b"\0\0"}, "no reservation is needed"
    assert repository.complete
    assert repository.problems == []


def test_records_are_decoded() -> None:
    """The count of each type stands in the index of the vectors."""
    types = [record.type for record in SdrRepository(machine(), Learned()).records()]
    index = json.loads((VECTORS / "index.json").read_text())["repositories"]
    told = next(row["record_types"] for row in index if row["name"] == "dell_r730")
    assert {f"{kind:02x}h": types.count(kind) for kind in set(types)} == {key.lower(): value for key, value in told.items()}


def test_info_and_state() -> None:
    bmc = machine()
    repository = SdrRepository(bmc, Learned())
    info = repository.info()
    assert info is not None
    assert info.records == 187
    assert repository.state() == RepositoryState(187, 0x65000000, 0x65000000)
    assert RepositoryState(187, 0x65000000, 0).trusted
    assert not RepositoryState(187, 0, 0x65000000).trusted
    short = SdrRepository(machine(info=lambda _data, _answer: (0, b"\x51\1")), Learned())
    assert short.info() is None
    assert short.state() is None


def test_device_info_that_is_refused_or_short() -> None:
    assert SdrRepository(machine(), Learned()).device_info() is None
    bmc = machine()
    bmc.table[4, 0x20] = lambda _data: (0, b"\1")
    learned = Learned()
    learned.device_sdrs = True
    repository = SdrRepository(bmc, learned)
    assert repository.device_info() is None
    assert repository.state() is None


def test_a_bmc_that_says_later_is_not_taken_for_an_empty_one() -> None:
    """Half a list would be worse than none."""
    for code in (0xD0, 0xD1, 0xC0, 0xD2):
        bmc = machine(get=lambda data, answer, code=code: (code, b"") if data[2] > 7 else answer(data))
        with pytest.raises(CompletionCodeError) as caught:
            SdrRepository(bmc, Learned()).raw_records()
        assert caught.value.code == code
    with pytest.raises(CompletionCodeError) as caught:
        SdrRepository(machine(get=lambda _data, _answer: (0xD4, b"")), Learned()).raw_records()
    assert caught.value.code == 0xD4


def test_answers_without_a_record() -> None:
    """Nothing at all, or less than a header."""
    for answer in (b"", b"\1", b"\2\0", b"\2\0\1\0\x51"):
        bmc = machine(get=lambda data, known, answer=answer: (0, answer) if data[2:4] == b"\0\0" else known(data))
        repository = SdrRepository(bmc, Learned())
        found = repository.raw_records()
        assert repository.problems
        assert not repository.complete
        assert len(found) == (186 if len(answer) >= 2 else 0)


def test_reservations_that_are_no_number() -> None:
    bmc = machine(reserve=lambda _data, _answer: (0, b"\1"), get=lambda data, answer: (0xCA, b"") if data[5] > 40 else answer(data))
    part = captured_sensors(DUMP)
    part.reservation = 5
    bmc.table.update(part.commands())
    with pytest.raises(CompletionCodeError, match="another client"):
        SdrRepository(bmc, Learned()).raw_records()


def test_a_sample_of_the_first_record() -> None:
    learned = Learned()
    assert SdrRepository(machine(), learned).first_record() == DUMP[:35]
    learned.sdr_size = 16
    assert RecordSource(machine(), learned).first(0) == DUMP[:5]
    assert SdrRepository(machine(get=lambda _data, _answer: (0xCB, b"")), learned).first_record() is None


def test_silence_in_the_middle_ends_the_reading() -> None:
    bmc = machine(get=lambda data, answer: None if data[2] > 7 else answer(data))
    with pytest.raises(TimedOut):
        SdrRepository(bmc, Learned()).raw_records()


def test_silence_once_does_not_make_the_pieces_small_for_ever() -> None:
    learned = Learned()
    bmc = machine(get=lambda data, answer: None if data[2] == 7 and data[5] == 0xFF else answer(data))
    repository = SdrRepository(bmc, learned)
    assert b"".join(repository.raw_records()) == DUMP
    assert learned.sdr_size is None


def test_a_mass_of_bytes_is_not_kept() -> None:
    record = b"\1\0\x51\xc0\xff" + bytes(255)

    def knob(data: bytes, _answer: Any) -> tuple[int, bytes]:
        record_id = int.from_bytes(data[2:4], "little") + 1
        return 0, record_id.to_bytes(2, "little") + record_id.to_bytes(2, "little") + record[2:]

    repository = SdrRepository(machine(get=knob, info=lambda _d, _a: (0, b"\x51\xff\xff" + bytes(11))), Learned())
    repository.state()
    found = repository.raw_records()
    assert sum(map(len, found)) < 4 * 1024 * 1024 + 300
    assert "more records than can be" in repository.problems[-1]


def test_device_sdrs_that_vanish() -> None:
    """The next reading looks for a repository again."""
    learned = Learned()
    learned.device_sdrs = True
    bmc = machine()
    repository = SdrRepository(bmc, learned)
    with pytest.raises(CompletionCodeError):
        repository.raw_records()
    assert not learned.device_sdrs
    assert b"".join(repository.raw_records()) == DUMP


def test_device_sdrs_that_say_later() -> None:
    learned = Learned()
    learned.device_sdrs = True
    bmc = machine()
    bmc.table[4, 0x21] = lambda _data: (0xD1, b"")
    with pytest.raises(CompletionCodeError) as caught:
        SdrRepository(bmc, learned).raw_records()
    assert caught.value.code == 0xD1

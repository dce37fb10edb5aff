# SPDX-License-Identifier: Apache-2.0
"""Whatever a BMC answers to questions about records and sensors: a sweep ends, in bounded requests, with errors of ours."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import PyghmiException
from pyghmi.ipmi.domains.sdr_cache import packed, unpacked
from pyghmi.sim.repository import SensorPart

codes = st.one_of(st.just(0), st.integers(0, 255))
replies = st.one_of(st.none(), st.tuples(codes, st.binary(max_size=70)))
headers = st.builds(lambda next_id, kind, body: next_id + b"\1\0\x51" + bytes((kind, len(body))) + body,
                    st.binary(min_size=2, max_size=2), st.sampled_from([1, 2, 3, 8, 0x11, 0x12, 0xC0, 0x77]), st.binary(max_size=64))
records = st.one_of(replies, st.tuples(st.just(0), headers))


@settings(max_examples=150, deadline=None)
@given(st.lists(records, min_size=1, max_size=8), st.lists(replies, min_size=1, max_size=4), st.lists(replies, min_size=1, max_size=4))
def test_any_answers(of_records: list[Any], of_info: list[Any], of_sensors: list[Any]) -> None:
    turns = {"records": 0, "info": 0, "sensors": 0}

    def turn(name: str, answers: list[Any]) -> Any:
        def knob(_data: bytes, _answer: Any) -> Any:
            turns[name] += 1
            return answers[turns[name] % len(answers)]

        return knob

    record, info, sensor = turn("records", of_records), turn("info", of_info), turn("sensors", of_sensors)
    knobs = {(0x0A, 0x23): record, (4, 0x21): record, (0x0A, 0x20): info, (4, 0x20): info, (0x0A, 0x22): info, (4, 0x22): info}
    knobs.update({(4, cmd): sensor for cmd in (0x2D, 0x23, 0x27, 0x25)})
    bmc = MemoryBmc(SensorPart(device_sdrs=True), knobs=knobs)
    command = command_over(bmc)
    for act in (lambda: list(command.get_sensor_data()), command.get_health, lambda: list(command.get_sensor_descriptions())):
        try:
            act()
        except PyghmiException:
            pass
    assert len(bmc.asked) < 20_000


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_packed_records_are_inverse(found: list[bytes]) -> None:
    assert unpacked(packed(found)) == found


@given(st.binary(max_size=300))
def test_unpacking_any_bytes(data: bytes) -> None:
    unpacked(data)

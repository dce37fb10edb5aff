# SPDX-License-Identifier: Apache-2.0
"""Any bytes as record or reading give a value or say why not; numbers and records go there and back."""
from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyghmi.ipmi.domains.conversion import Conversion, Factors, factors_of
from pyghmi.ipmi.domains.sensor import decode_reading, expand
from pyghmi.ipmi.domains.thresholds import (
    NAMES,
    Thresholds,
    judged,
    requests_to_set,
    thresholds_of_record,
    thresholds_of_reply,
)
from pyghmi.ipmi.facade.readings import sensor_reading
from pyghmi.ipmi.spec.sdr import RECORD_TYPES, AnalogFormat, Record, UnreadRecord, parse_record
from pyghmi.ipmi.spec.sensor import SensorReadingData, SensorReadingFactors, SensorThresholds

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from sdr_samples import full

COUNTED = [AnalogFormat.UNSIGNED, AnalogFormat.ONES_COMPLEMENT, AnalogFormat.TWOS_COMPLEMENT]
FACTORS = st.builds(
    Factors,
    m=st.integers(-512, 511),
    b=st.integers(-512, 511),
    r_exp=st.integers(-8, 7),
    b_exp=st.integers(-8, 7),
    tolerance=st.integers(0, 63),
)


@st.composite
def record_bytes(draw: st.DrawFn) -> bytes:
    """Return bytes that look like a record: of any type, with a sensible header, cut anywhere."""
    kind = draw(st.sampled_from([*RECORD_TYPES, 0x01, 0x02, 0x03, 0x55]))
    body = draw(st.binary(max_size=70))
    return bytes((1, 0, 0x51, kind, len(body))) + body


@given(st.one_of(record_bytes(), st.binary(max_size=90)))
def test_any_bytes_as_record(data: bytes) -> None:
    found = parse_record(data)
    if isinstance(found, UnreadRecord):
        assert found.data == data
        assert found.problem
        return
    assert isinstance(getattr(found, "name", ""), str)
    again = parse_record(found.encode())
    assert again == found
    assert isinstance(again, Record)
    assert again.encode() == found.encode(), "reserved bits are zero after the first time"


@given(st.lists(record_bytes(), max_size=6), st.binary(max_size=8), st.binary(max_size=8), st.binary(max_size=8))
def test_any_reading_of_any_sensor(records: list[bytes], data: bytes, factors: bytes, limits: bytes) -> None:
    sensors = expand(parse_record(record) for record in records)
    assert len({sensor.name for sensor in sensors}) == len({sensor.key for sensor in sensors}) == len(sensors)
    answer = SensorReadingData.decode(data)
    told = factors_of(SensorReadingFactors.decode(factors)) if len(factors) > 6 else None
    for sensor in sensors:
        reading = decode_reading(sensor, answer, told)
        assert reading.value is None or math.isfinite(reading.value)
        assert reading.imprecision is None or reading.imprecision >= 0
        assert reading.raw == (data[0] if data else None)
        assert not (reading.unavailable and (reading.states or reading.value is not None))
        thresholds = thresholds_of_record(sensor)
        if limits:
            thresholds = thresholds_of_reply(sensor, SensorThresholds.decode(limits))
        assert judged(reading, thresholds).raw == reading.raw
        shown = sensor_reading(reading)
        assert isinstance(repr(shown) + shown.simplestring(), str)
        assert isinstance(sensor.full_units + sensor.sensor_type_name + sensor.entity_name, str)


@given(FACTORS, st.sampled_from(COUNTED), st.integers(0, 255))
def test_a_linear_value_is_its_count_again(factors: Factors, form: AnalogFormat, raw: int) -> None:
    conversion = Conversion(factors, form)
    value = conversion.value(raw)
    if factors.m == 0:
        assert value is None
        return
    assert value is not None
    back = conversion.raw(value)
    assert back is not None
    assert conversion.number(back) == conversion.number(raw)


@given(FACTORS, st.integers(0, 0x7F), st.sampled_from(AnalogFormat), st.integers(0, 255))
def test_a_curve_goes_back_to_the_same_value(factors: Factors, function: int, form: AnalogFormat, raw: int) -> None:
    """Not to the same count: beyond the resolution of numbers many counts have one value."""
    conversion = Conversion(factors, form, function)
    value, imprecision = conversion.reading(raw)
    assert value is None or math.isfinite(value)
    assert imprecision is None or imprecision >= 0
    if value is None:
        return
    back = conversion.raw(value)
    if back is not None:
        assert 0 <= back <= 255
        found = conversion.value(back)
        if found is not None and imprecision is not None:
            assert abs(found - value) <= max(2 * imprecision, 1e-6 * abs(value)) + 1e-300


@given(st.floats(), st.sampled_from(COUNTED), FACTORS, st.integers(0, 0x0B))
def test_any_value_is_a_count_or_none(value: float, form: AnalogFormat, factors: Factors, function: int) -> None:
    conversion = Conversion(factors, form, function)
    raw = conversion.raw(value)
    assert raw is None or 0 <= raw <= 255
    difference = conversion.raw_difference(value)
    assert difference is None or 0 <= difference <= 254


@given(st.lists(st.integers(0, 255), min_size=6, max_size=6), st.lists(st.integers(0, 255), min_size=6, max_size=6))
def test_thresholds_set_one_by_one_are_always_in_order(before: list[int], after: list[int]) -> None:
    in_order = [NAMES[bit] for bit in (2, 1, 0, 3, 4, 5)]
    (sensor,) = expand([parse_record(full(**dict(zip(in_order, sorted(before)))))])
    wanted = {name: float(value) for name, value in zip(in_order, sorted(after))}
    together, *single = requests_to_set(sensor, wanted, thresholds_of_record(sensor))
    for request in (together, *single):
        values = [getattr(request, name) for name in in_order]
        assert values == sorted(values)
    assert [getattr(single[-1], name) for name in in_order] == sorted(after)


@pytest.mark.parametrize("thresholds", [Thresholds(), Thresholds(raw=(1,) * 6, readable=0x3F)])
@given(st.binary(max_size=5))
def test_any_thresholds_may_judge(thresholds: Thresholds, data: bytes) -> None:
    (sensor,) = expand([parse_record(full())])
    reading = decode_reading(sensor, SensorReadingData.decode(data))
    assert judged(reading, thresholds).value == reading.value

# SPDX-License-Identifier: Apache-2.0
"""Thresholds and hysteresis: told, set, and held against a reading."""
from __future__ import annotations

import pytest
from sdr_samples import compact, event_only, full

from pyghmi.constants import Health
from pyghmi.exceptions import InvalidParameterValue, UnsupportedFunctionality
from pyghmi.ipmi.domains.sensor import Reading, Sensor, decode_reading, expand
from pyghmi.ipmi.domains.thresholds import (
    NAMES,
    Thresholds,
    judged,
    request_to_set_hysteresis,
    requests_to_set,
    thresholds_of_record,
    thresholds_of_reply,
)
from pyghmi.ipmi.spec.sdr import AnalogFormat, Linearization, parse_record
from pyghmi.ipmi.spec.sensor import SensorHysteresis, SensorReadingData, SensorThresholds


def sensor(**values) -> Sensor:
    (found,) = expand([parse_record(full(**values))])
    return found


def reply(data: str) -> SensorThresholds:
    return SensorThresholds.decode(bytes.fromhex(data))


# --- told


def test_record() -> None:
    found = thresholds_of_record(sensor(m=2))
    assert found[:6] == (20.0, 10.0, 2.0, 160.0, 180.0, 200.0)
    assert found.raw == (10, 5, 1, 80, 90, 100)
    assert (found.readable, found.settable) == (0x3F, 0x3F)
    assert (found.positive_hysteresis, found.negative_hysteresis, found.hysteresis_counts) == (4.0, 6.0, (2, 3))


def test_record_with_fewer() -> None:
    found = thresholds_of_record(sensor(reading_mask=0x0812, threshold_access=1))
    assert found[:6] == (None, 5.0, None, None, 90.0, None)
    assert found.settable == 0, "the record says that they can only be read"


@pytest.mark.parametrize("counts", [0, 0xFF])
def test_hysteresis_that_the_record_does_not_specify(counts: int) -> None:
    found = thresholds_of_record(sensor(positive_hysteresis=counts))
    assert (found.positive_hysteresis, found.hysteresis_counts) == (None, (0, 3))


def test_curves_have_no_hysteresis() -> None:
    found = thresholds_of_record(sensor(linearization=Linearization.SQUARE))
    assert (found.lower_critical, found.positive_hysteresis) == (25.0, None)


def test_records_without_thresholds() -> None:
    (power,) = expand([parse_record(compact())])
    assert thresholds_of_record(power) == Thresholds()
    (event,) = expand([parse_record(event_only(event_type=1))])
    assert thresholds_of_record(event) == Thresholds()
    assert thresholds_of_record(sensor(event_type=0x6F)) == Thresholds()
    counts = thresholds_of_record(sensor(analog_format=AnalogFormat.NONE))
    assert (counts.raw[1], counts.lower_critical) == (5, None)


def test_N16_mask_of_the_reply_wins() -> None:
    found = thresholds_of_reply(sensor(reading_mask=0x3F00), reply("12 01 02 03 04 05 06"))
    assert found[:6] == (None, 2.0, None, None, 5.0, None)
    assert found.readable == 0x12
    assert found.positive_hysteresis == 2.0, "as in the record"


@pytest.mark.parametrize("data", ["3f", "3f 01", "00"])
def test_short_replies(data: str) -> None:
    found = thresholds_of_reply(sensor(), reply(data))
    assert found.readable == (1 if data == "3f 01" else 0)
    assert found.upper_critical is None


def test_hysteresis_of_the_reply() -> None:
    told = SensorHysteresis(positive=0, negative=0xFF)
    found = thresholds_of_reply(sensor(), reply("3f 01 02 03 04 05 06"), told)
    assert (found.positive_hysteresis, found.negative_hysteresis, found.hysteresis_counts) == (0.0, None, (0, 0))


# --- set


def test_all_at_once_then_one_by_one() -> None:
    """Up from 1, 5, 10 to 20, 30, 40: from the top; so at no time is a lower one above the next."""
    one = sensor()
    wanted = {"lower_non_recoverable": 20.0, "lower_critical": 30.2, "lower_non_critical": 40.0}
    together, *single = requests_to_set(one, wanted, thresholds_of_record(one))
    assert together.encode() == bytes((5, 0x07, 40, 30, 20, 80, 90, 100))
    assert [request.mask for request in single] == [0x01, 0x02, 0x04]
    assert single[0].encode() == bytes((5, 0x01, 40, 5, 1, 80, 90, 100))
    assert single[2].encode() == bytes((5, 0x04, 40, 30, 20, 80, 90, 100))


def test_order_of_values_is_kept_at_any_time() -> None:
    one = sensor()
    for wanted in (
        dict(zip(NAMES, (150.0, 140.0, 130.0, 160.0, 170.0, 180.0))),
        dict(zip(NAMES, (3.0, 2.0, 1.0, 4.0, 5.0, 6.0))),
        {"lower_non_critical": 85.0, "upper_non_critical": 86.0},
        {"upper_non_recoverable": 88.0, "upper_critical": 50.0, "upper_non_critical": 12.0, "lower_critical": 9.0},
    ):
        _together, *single = requests_to_set(one, wanted, thresholds_of_record(one))
        assert len(single) == len(wanted)
        for request in single:
            values = [getattr(request, NAMES[bit]) for bit in (2, 1, 0, 3, 4, 5)]
            assert values == sorted(values), wanted


def test_a_single_threshold_is_one_request() -> None:
    assert len(requests_to_set(sensor(), {"upper_critical": 95.0}, Thresholds())) == 1


@pytest.mark.parametrize("wanted", [{}, {"highest": 1.0}, {"upper_critical": float("nan")}])
def test_what_cannot_be_set(wanted: dict) -> None:
    with pytest.raises(InvalidParameterValue):
        requests_to_set(sensor(), wanted, Thresholds())


def test_sensors_without_thresholds_cannot_be_set() -> None:
    for one in (sensor(m=0), sensor(event_type=0x6F), sensor(analog_format=AnalogFormat.NONE), sensor(linearization=0x70)):
        with pytest.raises(UnsupportedFunctionality):
            requests_to_set(one, {"upper_critical": 1.0}, Thresholds())


def test_hysteresis_is_set_in_counts() -> None:
    assert request_to_set_hysteresis(sensor(m=2), 4.0, 6.9).encode() == bytes((5, 0xFF, 2, 3))
    with pytest.raises(UnsupportedFunctionality):
        request_to_set_hysteresis(sensor(linearization=Linearization.SQUARE), 1.0, 1.0)


# --- held against a reading


def look(raw: int, bits: int, thresholds: Thresholds | None = None, **values) -> Reading:
    one = sensor(**values)
    reading = decode_reading(one, SensorReadingData.decode(bytes((raw, 0xC0, bits))))
    return judged(reading, thresholds_of_record(one) if thresholds is None else thresholds)


def test_N07_state_that_the_reading_contradicts() -> None:
    """Lower critical is said of 50 degrees, with thresholds 1, 5, 10, 80, 90, 100."""
    reading = look(50, 0x02)
    assert (reading.states, reading.health, reading.raw_states) == ((), Health.Ok, 0x02)
    assert reading.problem == "the BMC reports lower critical threshold, which the reading contradicts"


def test_N07_state_that_is_missing() -> None:
    reading = look(95, 0)
    assert reading.health == Health.Warning | Health.Critical
    assert reading.problem == "the BMC reports no state, which the reading contradicts"
    assert look(3, 0).health == Health.Warning | Health.Critical


@pytest.mark.parametrize(("raw", "bits"), [(50, 0), (95, 0x18), (90, 0x18), (90, 0x08), (80, 0), (0, 0x07), (5, 0x03)])
def test_N07_states_that_agree_stay(raw: int, bits: int) -> None:
    assert look(raw, bits).problem is None


@pytest.mark.parametrize(("raw", "agrees"), [(79, True), (78, True), (77, False)])
def test_state_inside_the_hysteresis_stays(raw: int, agrees: bool) -> None:
    assert (look(raw, 0x08).problem is None) == agrees


def test_N08_thresholds_in_no_order_judge_nothing() -> None:
    assert look(50, 0x02, upper_critical=3).problem is None
    assert look(50, 0, upper_non_critical=0, upper_critical=0, upper_non_recoverable=0).problem is None


def test_N09_worst_state_alone_is_enough() -> None:
    reading = look(120, 0x20)
    assert (reading.health, reading.problem) == (Health.Failed, None)


def test_threshold_that_every_reading_crosses_says_nothing() -> None:
    upper = {"upper_non_critical": 0, "upper_critical": 0, "upper_non_recoverable": 0, "reading_mask": 0x38}
    assert look(50, 0, **upper).problem is None


def test_readings_that_are_not_judged() -> None:
    assert look(50, 0x02, Thresholds()).health == Health.Critical
    (power,) = expand([parse_record(compact())])
    reading = decode_reading(power, SensorReadingData.decode(b"\0\xc0\x01\0"))
    assert judged(reading, Thresholds()) is reading
    none = decode_reading(sensor(), SensorReadingData.decode(b"\x20\xe0\0"))
    assert judged(none, thresholds_of_record(sensor())) is none


def test_counts_that_fall_as_the_values_rise() -> None:
    """M -1, B 127: raw 27 is 100.  The upper threshold has the lower count."""
    falling = {"m": -1, "b": 127, "reading_mask": 0x12, "upper_critical": 37, "lower_critical": 117}
    assert look(27, 0, **falling).health == Health.Critical
    assert look(27, 0x10, **falling).problem is None
    assert look(77, 0, **falling).problem is None
    assert look(120, 0x02, **falling).problem is None


def test_1_over_x_is_compared_by_counts() -> None:
    inverse = {"linearization": Linearization.INVERSE, "m": 2, "reading_mask": 0x12}
    reading = look(95, 0, **inverse)
    assert [state.text for state in reading.states] == ["lower critical threshold"]
    assert look(95, 0x10, **inverse).problem is None


def test_signed_counts() -> None:
    signed = {"analog_format": AnalogFormat.TWOS_COMPLEMENT, "lower_critical": 0xF6, "reading_mask": 0x02}
    assert look(0xF0, 0, **signed).health == Health.Critical
    assert look(0xF8, 0, **signed).problem is None

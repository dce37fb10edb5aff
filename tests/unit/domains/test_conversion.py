# SPDX-License-Identifier: Apache-2.0
"""Raw readings as numbers: IPMI 2.0 §36.3.  Values are worked out from its formula, or are those that ipmitool prints."""
from __future__ import annotations

import math

import pytest
from sdr_samples import full

from pyghmi.ipmi.domains.conversion import (
    Conversion,
    Factors,
    accuracy_percent,
    factors_of,
    full_unit_text,
    unit_text,
)
from pyghmi.ipmi.spec.sdr import AnalogFormat, FullSensorRecord, Linearization, ModifierUse
from pyghmi.ipmi.spec.sensor import SensorReadingFactors

UNSIGNED, ONES, TWOS, NONE = AnalogFormat


def linear(m: int = 1, b: int = 0, r_exp: int = 0, b_exp: int = 0, tolerance: int = 0, form=UNSIGNED) -> Conversion:
    return Conversion(Factors(m, b, r_exp, b_exp, tolerance), form)


def curved(function: int, m: int = 1, b: int = 0, r_exp: int = 0) -> Conversion:
    return Conversion(Factors(m, b, r_exp, 0), UNSIGNED, function)


@pytest.mark.parametrize(
    ("conversion", "raw", "value", "imprecision"),
    [
        (linear(), 0x20, 32.0, 0.5),
        (linear(m=120, tolerance=2), 0x10, 1920.0, 180.0),
        (linear(m=1, b=-128), 0x98, 24.0, 0.5),
        (linear(m=138, r_exp=-4, tolerance=3), 0x17, 0.3174, 0.0276),
        (linear(m=3, b=7, b_exp=-2, r_exp=1), 0x17, 690.7, 15.0),
        (linear(m=-2, b=10, tolerance=4), 0x17, -36.0, 5.0),
        (linear(m=20, r_exp=-2, form=ONES), 0xC3, -12.0, 0.1),
        (linear(m=-35, b=98, r_exp=-3, b_exp=2), 0xF0, 1.4, 0.0175),
        (linear(m=2, b=3, b_exp=7, r_exp=7), 1, 3.0000002e14, 1e7),
        (linear(form=TWOS), 0x80, -128.0, 0.5),
        (linear(form=TWOS), 0x7F, 127.0, 0.5),
        (linear(form=ONES), 0x80, -127.0, 0.5),
        (linear(form=ONES), 0xFF, 0.0, 0.5),
        (linear(form=ONES), 0x7F, 127.0, 0.5),
    ],
)
def test_linear(conversion: Conversion, raw: int, value: float, imprecision: float) -> None:
    assert conversion.value(raw) == value
    assert conversion.imprecision(raw) == pytest.approx(imprecision, rel=1e-12)


CURVES = [
    (Linearization.LN, {}, 100, math.log(100)),
    (Linearization.LOG10, {}, 100, 2.0),
    (Linearization.LOG2, {}, 64, 6.0),
    (Linearization.E, {"r_exp": -2}, 100, math.e),
    (Linearization.EXP10, {"r_exp": -2}, 200, 100.0),
    (Linearization.EXP2, {"r_exp": -1}, 100, 1024.0),
    (Linearization.INVERSE, {"m": 2, "r_exp": -6}, 100, 5000.0),
    (Linearization.SQUARE, {}, 100, 10000.0),
    (Linearization.CUBE, {"r_exp": -1}, 100, 1000.0),
    (Linearization.SQUARE_ROOT, {}, 100, 10.0),
    (Linearization.CUBE_ROOT, {}, 64, 4.0),
    (Linearization.CUBE_ROOT, {}, 0, 0.0),
    (Linearization.CUBE_ROOT, {"b": -65}, 1, -4.0),
]


@pytest.mark.parametrize(("function", "factors", "raw", "value"), CURVES)
def test_curves_are_those_of_the_specification(function: int, factors: dict, raw: int, value: float) -> None:
    assert curved(function, **factors).value(raw) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("function", "factors", "raw", "value"), CURVES)
def test_curves_are_inverted(function: int, factors: dict, raw: int, value: float) -> None:
    assert curved(function, **factors).raw(value) == raw


def test_imprecision_of_a_curve_is_half_of_what_the_count_stands_for() -> None:
    assert curved(Linearization.SQUARE, m=2).reading(8) == (256.0, (17 * 17 - 15 * 15) / 2)
    assert curved(Linearization.INVERSE, m=2).imprecision(8) == pytest.approx((1 / 15 - 1 / 17) / 2)


@pytest.mark.parametrize(
    "conversion",
    [
        curved(Linearization.INVERSE),
        curved(Linearization.LN),
        curved(Linearization.LOG10),
        curved(Linearization.LOG2),
        curved(Linearization.SQUARE_ROOT, b=-1),
        curved(Linearization.E, m=511, b=511, r_exp=7),
        curved(Linearization.EXP10, m=511, b=511, r_exp=7),
        curved(Linearization.EXP2, m=511, b=511, r_exp=7),
        linear(m=0, b=5),
        linear(form=NONE),
    ],
)
def test_what_has_no_value_is_none(conversion: Conversion) -> None:
    assert conversion.reading(0) == (None, None)


def test_value_stays_where_only_its_interval_has_an_end_without_value() -> None:
    assert curved(Linearization.LOG10).reading(1) == (0.0, pytest.approx((math.log10(1.5) - math.log10(0.5)) / 2))
    assert curved(Linearization.LN, m=2, b=-1).reading(1) == (0.0, None)


def test_numbers_between_powers_of_ten_are_rounded_once() -> None:
    assert str(linear(m=138, r_exp=-4).value(240)) == "3.312"
    assert str(linear(m=65, r_exp=-4).value(241)) == "1.5665"


# --- back


@pytest.mark.parametrize("form", [UNSIGNED, ONES, TWOS])
@pytest.mark.parametrize(("m", "b", "r_exp", "b_exp"), [(1, 0, 0, 0), (-7, 13, -3, 2), (511, -512, 7, 7), (1, 5, -8, -8)])
def test_every_count_comes_back(form: AnalogFormat, m: int, b: int, r_exp: int, b_exp: int) -> None:
    conversion = linear(m, b, r_exp, b_exp, form=form)
    for raw in range(256):
        value = conversion.value(raw)
        assert value is not None
        back = conversion.raw(value)
        assert back == raw or (form == ONES and (raw, back) == (0xFF, 0)), "-0 is 0"


@pytest.mark.parametrize(
    ("conversion", "value", "raw"),
    [
        (linear(), 10.4, 10),
        (linear(), 10.5, 11),
        (linear(), 999.0, 255),
        (linear(), -3.0, 0),
        (linear(), math.inf, 255),
        (linear(m=-1), math.inf, 0),
        (linear(form=TWOS), -200.0, 0x80),
        (linear(form=TWOS), 200.0, 0x7F),
        (linear(form=ONES), -200.0, 0x80),
        (linear(form=ONES), -1.0, 0xFE),
        (curved(Linearization.LN), 1000.0, 255),
        (curved(Linearization.SQUARE_ROOT), 3.0, 9),
        (curved(Linearization.CUBE), math.inf, 255),
        (curved(Linearization.CUBE_ROOT), math.inf, 255),
        (curved(Linearization.SQUARE, m=-1), 9.0, 3),
        (curved(Linearization.SQUARE), 9.0, 3),
        (curved(Linearization.E), 0.0, None),
        (curved(Linearization.INVERSE), 0.0, None),
        (curved(Linearization.SQUARE), -4.0, None),
        (curved(Linearization.SQUARE_ROOT), -4.0, None),
        (linear(), math.nan, None),
        (linear(m=0), 1.0, None),
        (linear(form=NONE), 1.0, None),
    ],
)
def test_nearest_count(conversion: Conversion, value: float, raw: int | None) -> None:
    assert conversion.raw(value) == raw


def test_differences_have_no_offset_and_no_sign() -> None:
    conversion = linear(m=-35, b=98, r_exp=-2, b_exp=1)
    assert conversion.difference(4) == 1.4
    assert conversion.raw_difference(1.4) == 4
    assert conversion.raw_difference(-5.0) == 0
    assert conversion.raw_difference(1e9) == 254
    assert conversion.raw_difference(math.nan) is None


def test_differences_need_a_line() -> None:
    assert curved(Linearization.SQUARE).difference(1) is None
    assert curved(Linearization.SQUARE).raw_difference(1.0) is None
    assert linear(m=0).difference(1) is None


# --- factors and units


def test_factors_are_the_same_in_record_and_answer() -> None:
    """Table 43-1, bytes 25 to 30: M 1FEh, tolerance 15h, B -2, accuracy 3C5h, exponent 2, R -3, B exponent 5."""
    data = bytes.fromhex("fe55fec5f8d5")
    expected = Factors(0x1FE, -2, -3, 5, 0x15, 0x3C5, 2)
    assert factors_of(SensorReadingFactors.decode(b"\0" + data)) == expected
    record = bytearray(full())
    record[24:30] = data
    assert factors_of(FullSensorRecord.decode(bytes(record))) == expected


def test_accuracy() -> None:
    assert accuracy_percent(Factors(1, 0, 0, 0, 0, 194, 0)) == 1.94
    assert accuracy_percent(Factors(1, 0, 0, 0, 0, 1023, 3)) == 10230.0


def record(**values) -> FullSensorRecord:
    return FullSensorRecord.decode(full(**values))


@pytest.mark.parametrize(
    ("values", "text", "for_people"),
    [
        ({}, "°C", "°C"),
        ({"base_unit": 0, "percentage": True}, "% ", "%"),
        ({"percentage": True}, "% °C", "% °C"),
        ({"base_unit": 4, "modifier_use": ModifierUse.DIVIDES, "modifier_unit": 5}, "V/A", "V/A"),
        ({"base_unit": 6, "modifier_use": ModifierUse.MULTIPLIES, "modifier_unit": 24}, "W hr", "W hr"),
        ({"base_unit": 6, "modifier_unit": 24}, "W", "W"),
        ({"base_unit": 6, "modifier_use": 3, "modifier_unit": 24}, "W", "W"),
        ({"base_unit": 70, "rate": 3}, "byte", "byte per s"),
        ({"base_unit": 0, "rate": 4}, "", "per minute"),
        ({"base_unit": 18, "rate": 7}, "RPM", "RPM"),
        ({"base_unit": 0}, "", ""),
    ],
)
def test_units(values: dict, text: str, for_people: str) -> None:
    assert unit_text(record(**values)) == text
    assert full_unit_text(record(**values)) == for_people


@pytest.mark.parametrize("unit", [59, 93, 200, 255])
def test_D13_unit_out_of_the_table(unit: int) -> None:
    assert unit_text(record(base_unit=unit)) == f"unknown({unit})"


def test_D13_modifier_that_is_announced_and_empty() -> None:
    assert unit_text(record(base_unit=6, modifier_use=ModifierUse.DIVIDES, modifier_unit=0)) == "W"
    assert unit_text(record(base_unit=6, modifier_use=ModifierUse.MULTIPLIES, modifier_unit=0)) == "W"


@pytest.mark.parametrize(("m", "b"), [(1, -10), (-1, 3), (-479, 137)])
def test_of_two_roots_that_one_is_taken_which_a_reading_has(m: int, b: int) -> None:
    """A threshold that is read and written back stays what it was (36.3: y = (M x + B 10^Bexp)^2)."""
    conversion = Conversion(Factors(m, b, -1, -1), AnalogFormat.TWOS_COMPLEMENT, Linearization.SQUARE)
    for raw in range(256):
        value = conversion.value(raw)
        assert value is not None
        found = conversion.raw(value)
        assert found is not None
        assert conversion.value(found) == pytest.approx(value, rel=1e-12), raw

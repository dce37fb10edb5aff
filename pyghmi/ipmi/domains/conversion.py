# SPDX-License-Identifier: Apache-2.0
"""Raw readings as numbers with units, and back.  IPMI 2.0 §36, tables 43-1 and 43-15.

    y = L((M x + B 10^Bexp) 10^Rexp)

Nothing here raises for a number: what has no value (1/0, the logarithm of 0, M = 0, an exponential too large) is None.
"""
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, Union

from pyghmi.ipmi.spec.sdr import AnalogFormat, Linearization, ModifierUse
from pyghmi.ipmi.spec.tables import RATES, unit_name
from pyghmi.ipmi.wire.numbers import (
    from_ones_complement,
    from_twos_complement,
    ones_complement,
    twos_complement,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.spec.sdr import FullSensorRecord, ReadableSensorRecord
    from pyghmi.ipmi.spec.sensor import SensorReadingFactors

Function = Callable[[float], float]
_WIDTH = 8
RANGES = {
    AnalogFormat.UNSIGNED: (0, 255),
    AnalogFormat.ONES_COMPLEMENT: (-127, 127),
    AnalogFormat.TWOS_COMPLEMENT: (-128, 127),
}
"""The counts that a format has; a format that is not here has no numbers."""
_UNSPECIFIED_HYSTERESIS = 0xFF
_JOINTS = {ModifierUse.DIVIDES: "/", ModifierUse.MULTIPLIES: " "}


class Factors(NamedTuple):
    """What makes a number of a raw reading.

    tolerance: in half counts; accuracy: in 0.01 %, times ten to the power of `accuracy_exp`.
    """

    m: int
    b: int
    r_exp: int
    b_exp: int
    tolerance: int = 0
    accuracy: int = 0
    accuracy_exp: int = 0


def factors_of(source: Union[FullSensorRecord, SensorReadingFactors]) -> Factors:
    """Return the factors in a full record, or in an answer to Get Sensor Reading Factors."""
    return Factors(
        source.m,
        source.b,
        source.r_exp,
        source.b_exp,
        source.tolerance,
        source.accuracy,
        source.accuracy_exp,
    )


def accuracy_percent(factors: Factors) -> float:
    """Return how far a reading may be off, in per cent.  IPMI 2.0 table 43-1, bytes 28 and 29."""
    return factors.accuracy * 10.0**factors.accuracy_exp / 100


def _cube_root(number: float) -> float:
    root: float = math.copysign(abs(number) ** (1 / 3), number)
    # One step of Newton's: the power alone is a bit beside the cube roots that are whole.
    return root - (root * root * root - number) / (3 * root * root) if root and math.isfinite(root) else root


_FORWARD: dict[int, Function] = {
    Linearization.LN: math.log,
    Linearization.LOG10: math.log10,
    Linearization.LOG2: math.log2,
    Linearization.E: math.exp,
    Linearization.EXP10: lambda y: 10.0**y,
    Linearization.EXP2: lambda y: 2.0**y,
    Linearization.INVERSE: lambda y: 1 / y,
    Linearization.SQUARE: lambda y: y * y,
    Linearization.CUBE: lambda y: y * y * y,
    Linearization.SQUARE_ROOT: math.sqrt,
    Linearization.CUBE_ROOT: _cube_root,
}


def _square_of_root(y: float) -> float:
    if y < 0:
        raise ValueError("no root is negative")
    return y * y


_BACKWARD: dict[int, Function] = {
    Linearization.LN: _FORWARD[Linearization.E],
    Linearization.LOG10: _FORWARD[Linearization.EXP10],
    Linearization.LOG2: _FORWARD[Linearization.EXP2],
    Linearization.E: _FORWARD[Linearization.LN],
    Linearization.EXP10: _FORWARD[Linearization.LOG10],
    Linearization.EXP2: _FORWARD[Linearization.LOG2],
    Linearization.INVERSE: _FORWARD[Linearization.INVERSE],
    Linearization.SQUARE: math.sqrt,
    Linearization.CUBE: _cube_root,
    Linearization.SQUARE_ROOT: _square_of_root,
    Linearization.CUBE_ROOT: _FORWARD[Linearization.CUBE],
}


class Conversion:
    """How the raw readings of one sensor become numbers, and back.

    The value is that of the reading itself, as ipmitool and FreeIPMI print it.  Linear sensors have the same in the
    middle of the interval that the reading stands for; where L bends, the middle lies elsewhere.
    """

    __slots__ = ("_a", "_backward", "_c", "_forward", "_half", "_known", "_power", "analog_format", "factors")

    def __init__(
        self, factors: Factors, analog_format: AnalogFormat, linearization: int = Linearization.LINEAR
    ) -> None:
        """Prepare it.  Linearizations above 0Bh count as linear: their factors hold for one reading only."""
        self.factors = factors
        self.analog_format = analog_format
        # Whole numbers over or times a power of ten: one rounding, so that 3.312 is not 3.3120000000000003.
        self._power = factors.r_exp + min(factors.b_exp, 0)
        self._a: int = factors.m * 10 ** max(-factors.b_exp, 0)
        self._c: int = factors.b * 10 ** max(factors.b_exp, 0)
        self._half = (1 + factors.tolerance) / 2
        self._forward = _FORWARD.get(linearization)
        self._backward = _BACKWARD.get(linearization)
        self._known: dict[int, tuple[float | None, float | None]] = {}

    def number(self, raw: int) -> int:
        """Return the count that a raw byte is, in the format of the sensor."""
        if self.analog_format == AnalogFormat.TWOS_COMPLEMENT:
            return twos_complement(raw, _WIDTH)
        if self.analog_format == AnalogFormat.ONES_COMPLEMENT:
            return ones_complement(raw, _WIDTH)
        return raw

    @property
    def usable(self) -> bool:
        """Whether there are numbers at all."""
        return self.analog_format in RANGES and self._a != 0

    def value(self, raw: int) -> float | None:
        """Return the value of a raw reading, 0 to 255."""
        return self.reading(raw)[0]

    def imprecision(self, raw: int) -> float | None:
        """Return half the width of the interval that a raw reading stands for: half a count and the tolerance."""
        return self.reading(raw)[1]

    def reading(self, raw: int) -> tuple[float | None, float | None]:
        """Return value and imprecision of a raw reading; both remembered, there are 256 at most."""
        found = self._known.get(raw)
        if found is None:
            found = self._known[raw & 0xFF] = self._reading(raw & 0xFF)
        return found

    def _reading(self, raw: int) -> tuple[float | None, float | None]:
        if not self.usable:
            return None, None
        x = self.number(raw)
        value = self._at(x)
        if value is None:
            return None, None
        if self._forward is None:
            return value, self._scaled(abs(self._a) * self._half)
        low, high = self._at(x - self._half), self._at(x + self._half)
        return value, None if low is None or high is None else abs(high - low) / 2

    def _scaled(self, y: float) -> float:
        return y / 10**-self._power if self._power < 0 else float(y * 10**self._power)

    def _at(self, x: float) -> float | None:
        y = self._scaled(self._a * x + self._c)
        if self._forward is None:
            return y
        try:
            return self._forward(y)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None

    def difference(self, counts: int) -> float | None:
        """Return how much a number of counts is: a hysteresis, a tolerance.  None where L is not linear."""
        if not self.usable or self._forward is not None:
            return None
        return self._scaled(abs(self._a * counts))

    def raw(self, value: float) -> int | None:
        """Return the raw byte nearest to a value, clamped to what the format holds; None: no reading has this value."""
        if not self.usable or math.isnan(value):
            return None
        try:
            y = value if self._backward is None else self._backward(value)
        except OverflowError:
            y = math.inf
        except (ValueError, ZeroDivisionError):
            return None
        if self._backward is math.sqrt:
            # There are two roots; that one is meant which is nearer to a reading.
            roots = self._byte(self._count(y)), self._byte(self._count(-y))
            return min(roots, key=lambda raw: abs((self.value(raw) or 0.0) - value))
        return self._byte(self._count(y))

    def _count(self, y: float) -> float:
        scale = 10.0 ** abs(self._power)
        return ((y * scale if self._power < 0 else y / scale) - self._c) / self._a

    def raw_difference(self, value: float) -> int | None:
        """Return how many counts a difference is, 0 to 254."""
        one = self.difference(1)
        if not one or math.isnan(value):
            return None
        return int(min(max(value / one + 0.5, 0), _UNSPECIFIED_HYSTERESIS - 1))

    def _byte(self, x: float) -> int:
        low, high = RANGES[self.analog_format]
        count = math.floor(min(max(x, low), high) + 0.5)
        if self.analog_format == AnalogFormat.ONES_COMPLEMENT:
            return from_ones_complement(count, _WIDTH)
        return from_twos_complement(count, _WIDTH)


def unit_text(record: ReadableSensorRecord) -> str:
    """Return the unit: '% ', base, and the modifier behind '/' or a space.  Codes out of the table: 'unknown(200)'.

    A modifier that is announced and empty is left out (seen: Dell C6220).
    """
    modifier = unit_name(record.modifier_unit)
    joint = _JOINTS.get(record.modifier_use, "") if modifier else ""
    return f"{'% ' if record.percentage else ''}{unit_name(record.base_unit)}{joint}{modifier if joint else ''}"


def full_unit_text(record: ReadableSensorRecord) -> str:
    """Return the unit for people: with the rate, without a space at the end."""
    return (unit_text(record).rstrip() + RATES.get(record.rate, "")).strip()

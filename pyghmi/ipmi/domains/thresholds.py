# SPDX-License-Identifier: Apache-2.0
"""Thresholds and hysteresis of a sensor: as values, as counts to be set, and held against a reading.  IPMI 2.0 §35.6-9.

The names are those of the specification's bits.  With linearization 1/x the raw order is turned round: there the states
of a reading say "upper" where a lower threshold is crossed.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import InvalidParameterValue, UnsupportedFunctionality
from pyghmi.ipmi.domains.conversion import RANGES
from pyghmi.ipmi.spec.sdr import FullSensorRecord, Linearization, ReadableSensorRecord, ThresholdAccess
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyghmi.ipmi.domains.conversion import Conversion
    from pyghmi.ipmi.domains.sensor import Reading, Sensor
    from pyghmi.ipmi.spec.sensor import SensorHysteresis, SensorThresholds, SetSensorHysteresis, SetSensorThresholds

NAMES = (
    "lower_non_critical",
    "lower_critical",
    "lower_non_recoverable",
    "upper_non_critical",
    "upper_critical",
    "upper_non_recoverable",
)
"""The six thresholds, by the bit that stands for each in the masks of the specification."""

_BITS = range(len(NAMES))
_LOWER = 3
_ALL, _LOWER_BITS = 0x3F, 0x07
_UPWARDS = (2, 1, 0, 3, 4, 5)
"""The bits in the order of their values: LNR, LCR, LNC, UNC, UCR, UNR."""
_UNSPECIFIED = (0, 0xFF)


class Thresholds(NamedTuple):
    """The thresholds of one sensor, in its unit; None: it has none, or it is not told.

    raw: the six counts, in the order of `NAMES`; readable, settable: masks, bit 0 is the first of `NAMES`;
    positive_hysteresis, negative_hysteresis: how far a value must come back before an upper or lower state ends, None:
    not specified, or the conversion is not linear; hysteresis_counts: the same as counts, positive first, 0 for None.
    """

    lower_non_critical: float | None = None
    lower_critical: float | None = None
    lower_non_recoverable: float | None = None
    upper_non_critical: float | None = None
    upper_critical: float | None = None
    upper_non_recoverable: float | None = None
    raw: tuple[int | None, ...] = (None,) * 6
    readable: int = 0
    settable: int = 0
    positive_hysteresis: float | None = None
    negative_hysteresis: float | None = None
    hysteresis_counts: tuple[int, int] = (0, 0)


def _made(
    sensor: Sensor, counts: tuple[int | None, ...], readable: int, hysteresis: tuple[int | None, int | None]
) -> Thresholds:
    raw = tuple(count if readable >> bit & 1 else None for bit, count in enumerate(counts))
    conversion = sensor.conversion
    values = [None if conversion is None or count is None else conversion.value(count) for count in raw]
    positive, negative = (
        None if conversion is None or count is None else conversion.difference(count) for count in hysteresis
    )
    return Thresholds(
        lower_non_critical=values[0],
        lower_critical=values[1],
        lower_non_recoverable=values[2],
        upper_non_critical=values[3],
        upper_critical=values[4],
        upper_non_recoverable=values[5],
        raw=raw,
        readable=readable,
        settable=_settable(sensor),
        positive_hysteresis=positive,
        negative_hysteresis=negative,
        hysteresis_counts=(hysteresis[0] or 0, hysteresis[1] or 0),
    )


def _settable(sensor: Sensor) -> int:
    record = sensor.record
    if not sensor.is_threshold or not isinstance(record, ReadableSensorRecord):
        return 0
    return record.reading_mask >> 8 & _ALL if record.threshold_access == ThresholdAccess.SETTABLE else 0


def thresholds_of_record(sensor: Sensor) -> Thresholds:
    """Return the thresholds in the record.  They may be stale: the BMC has the real ones."""
    record = sensor.record
    if not sensor.is_threshold or not isinstance(record, FullSensorRecord):
        return Thresholds(settable=_settable(sensor))
    counts = tuple(getattr(record, name) for name in NAMES)
    hysteresis = record.positive_hysteresis, record.negative_hysteresis
    specified = tuple(None if count in _UNSPECIFIED else count for count in hysteresis)
    return _made(sensor, counts, record.reading_mask & _ALL, (specified[0], specified[1]))


def thresholds_of_reply(
    sensor: Sensor, reply: SensorThresholds, hysteresis: SensorHysteresis | None = None
) -> Thresholds:
    """Return the thresholds that the BMC told: its own mask says which there are, not that of the record.

    hysteresis: what the BMC told of it; None: as in the record.
    """
    counts = tuple(getattr(reply, name) for name in NAMES)
    flags = (
        reply.lnc_readable,
        reply.lcr_readable,
        reply.lnr_readable,
        reply.unc_readable,
        reply.ucr_readable,
        reply.unr_readable,
    )
    readable = sum(1 << bit for bit in _BITS if flags[bit] and counts[bit] is not None)
    if hysteresis is None:
        known = thresholds_of_record(sensor)
        found = _made(sensor, counts, readable, (None, None))
        return found._replace(
            positive_hysteresis=known.positive_hysteresis,
            negative_hysteresis=known.negative_hysteresis,
            hysteresis_counts=known.hysteresis_counts,
        )
    told = tuple(None if count == _UNSPECIFIED[1] else count for count in (hysteresis.positive, hysteresis.negative))
    return _made(sensor, counts, readable, (told[0], told[1]))


# --- setting


def requests_to_set(sensor: Sensor, wanted: Mapping[str, float], now: Thresholds) -> list[SetSensorThresholds]:
    """Return one request that sets them all; behind it those that set them one by one, for BMCs that refuse the first.

    wanted: name -> value; now: as they are.  The single ones come in an order that never turns two thresholds round:
    many BMCs refuse that.  Counts are the nearest there are.
    Raises InvalidParameterValue, UnsupportedFunctionality.
    """
    from pyghmi.ipmi.spec.sensor import SetSensorThresholds

    conversion = _conversion(sensor)
    counts = {_bit(name): _count(conversion, value) for name, value in wanted.items()}
    if not counts:
        raise InvalidParameterValue("no threshold is named")
    filled = [counts.get(bit, now.raw[bit] or 0) for bit in _BITS]
    together = SetSensorThresholds(
        number=sensor.key.number, mask=sum(1 << bit for bit in counts), **dict(zip(NAMES, filled))
    )
    requests = [together]
    if len(counts) > 1:
        current = [count or 0 for count in now.raw]
        for bit in _order(conversion, counts, now):
            current[bit] = counts[bit]
            single = SetSensorThresholds(number=sensor.key.number, mask=1 << bit, **dict(zip(NAMES, current)))
            requests.append(single)
    return requests


def request_to_set_hysteresis(sensor: Sensor, positive: float, negative: float) -> SetSensorHysteresis:
    """Return the request that sets the hysteresis, in the unit of the sensor.

    Raises InvalidParameterValue, UnsupportedFunctionality.
    """
    from pyghmi.ipmi.spec.sensor import SetSensorHysteresis

    conversion = _conversion(sensor)
    counts = [conversion.raw_difference(value) for value in (positive, negative)]
    if counts[0] is None or counts[1] is None:
        raise UnsupportedFunctionality(f"Sensor {sensor.name} has no linear scale")
    return SetSensorHysteresis(number=sensor.key.number, positive=counts[0], negative=counts[1])


def _conversion(sensor: Sensor) -> Conversion:
    conversion = sensor.conversion
    if conversion is None or not conversion.usable or not sensor.is_threshold:
        raise UnsupportedFunctionality(f"Sensor {sensor.name} has no thresholds")
    return conversion


def _bit(name: str) -> int:
    if name not in NAMES:
        raise InvalidParameterValue(f"A threshold is one of {', '.join(NAMES)}, not {name}")
    return NAMES.index(name)


def _count(conversion: Conversion, value: float) -> int:
    count = conversion.raw(value)
    if count is None:
        raise InvalidParameterValue(f"No reading of this sensor is {value}")
    return count


def _order(conversion: Conversion, counts: Mapping[int, int], now: Thresholds) -> list[int]:
    """Return the bits: first what rises, from the top; then what falls, from the bottom."""
    rising: list[int] = []
    falling: list[int] = []
    for bit in _UPWARDS:
        if bit in counts:
            before = now.raw[bit]
            rises = before is not None and conversion.number(counts[bit]) > conversion.number(before)
            (rising if rises else falling).append(bit)
    return rising[::-1] + falling


# --- held against a reading


def judged(reading: Reading, thresholds: Thresholds) -> Reading:
    """Return the reading with the states that its value has, where those that the BMC reports contradict it.

    Some BMCs report thresholds as crossed that are not (seen: Intel SR2500, SR1500SAS, S5000PAL).  `problem` then says
    so.  A state inside the hysteresis, or exactly at the threshold, is as the BMC has it.  Thresholds that are in no
    sensible order (seen: HP DL140 G3, ML160 G6) judge nothing, nor does one that every reading crosses.
    """
    sensor, raw = reading.sensor, reading.raw
    conversion = sensor.conversion
    if raw is None or reading.value is None or conversion is None or not sensor.is_threshold:
        return reading
    turn = _turn(sensor, conversion)
    levels = _levels(conversion, thresholds, turn)
    lower = [level for bit, level in levels.items() if bit < _LOWER]
    upper = [level for bit, level in levels.items() if bit >= _LOWER]
    if not levels or (lower and upper and max(lower) >= min(upper)):
        return reading
    reported = reading.raw_states & _ALL
    mask = _true_states(turn * conversion.number(raw), reported, levels, thresholds.hysteresis_counts)
    if mask == reported:
        return reading
    states, health = sensor.states(mask)
    told = ", ".join(state.text for state in reading.states) or "no state"
    problem = f"the BMC reports {told}, which the reading contradicts"
    return reading._replace(states=states, health=health, problem=problem)


def _turn(sensor: Sensor, conversion: Conversion) -> int:
    """Return -1 where the counts fall as the values rise: M is negative, and the words are not turned round with it."""
    inverse = getattr(sensor.record, "linearization", Linearization.LINEAR) == Linearization.INVERSE
    return -1 if conversion.factors.m < 0 and not inverse else 1


def _levels(conversion: Conversion, thresholds: Thresholds, turn: int) -> dict[int, int]:
    """Return, by bit, the thresholds that say something."""
    low, high = sorted(turn * end for end in RANGES[conversion.analog_format])
    levels = {bit: turn * conversion.number(count) for bit, count in enumerate(thresholds.raw) if count is not None}
    return {bit: level for bit, level in levels.items() if level != (high if bit < _LOWER else low)}


def _true_states(x: int, reported: int, levels: Mapping[int, int], hysteresis: tuple[int, int]) -> int:
    """Return the bits of the states: beyond a threshold; up to the hysteresis before it, what is reported.

    Where a worse state of the same side is reported, the lesser ones need not be: some BMCs report the worst only.
    """
    mask = reported
    for bit, level in levels.items():
        is_lower = bit < _LOWER
        beyond, back = (level - x, hysteresis[1]) if is_lower else (x - level, hysteresis[0])
        side = _LOWER_BITS if is_lower else _ALL & ~_LOWER_BITS
        if beyond > 0 and not reported & side & -1 << bit:
            mask |= 1 << bit
        elif beyond < -back:
            mask &= ~(1 << bit)
    return mask

# SPDX-License-Identifier: Apache-2.0
"""Sensors as their records describe them, and what a raw reading of one says.  IPMI 2.0 §35, §36, §43.

Thresholds: see `thresholds`; numbers and units: see `conversion`.
"""
from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Callable, Optional

from pyghmi.constants import Health
from pyghmi.ipmi.domains.conversion import Conversion, Factors, factors_of, full_unit_text, unit_text
from pyghmi.ipmi.spec.eventtext import GENERIC, SENSOR_SPECIFIC, SPECIFIC, THRESHOLD
from pyghmi.ipmi.spec.sdr import (
    AnalogFormat,
    CompactSensorRecord,
    EventOnlyRecord,
    FullSensorRecord,
    Linearization,
    ModifierUse,
    ReadableSensorRecord,
    SensorKey,
)
from pyghmi.ipmi.spec.tables import entity_name, sensor_type_name
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import id_string

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyghmi.ipmi.spec.eventtext import Text
    from pyghmi.ipmi.spec.sdr import SdrRecord, SensorRecord
    from pyghmi.ipmi.spec.sensor import SensorReadingData

StateTexts = Callable[[int, int], Optional["Mapping[int, Text]"]]
"""(event/reading type, sensor type) -> offset -> text; None: no such table."""

_SOFTWARE_ID = 0x01
_OTHER, _WATT = 0x0B, 6
_TIMES = (22, 23, 24)
_RESERVED_NUMBER = 0xFF
_THRESHOLD_BITS, _DISCRETE_BITS = 0x3F, 0x7FFF
_REMEMBERED_MASKS = 64


class State(NamedTuple):
    """One state that a sensor is in.  `state_id`: sensor type << 16, event/reading type << 8, number."""

    text: str
    state_id: int
    severity: int


class Sensor:
    """One sensor, as a record describes it.

    key: its identity; record: full, compact or event-only; base_name: the name in the record, with what a shared
    record adds; name: the same, made unique by " #2" and so on where several sensors have it, in the order of their
    keys, or "sensor 0x1F" where it is empty; entity_instance: of this sensor, where several share the record;
    readable: whether asking for a reading makes sense: not of event-only sensors, nor of those whose owner is a
    software id rather than a controller (seen: Dell, owner B1h).
    """

    __slots__ = (
        "_conversion",
        "_states",
        "_texts",
        "_type_name",
        "_units",
        "base_name",
        "entity_instance",
        "is_threshold",
        "key",
        "name",
        "readable",
        "record",
    )

    def __init__(
        self,
        record: SensorRecord,
        key: SensorKey,
        base_name: str,
        entity_instance: int,
        texts: StateTexts | None = None,
    ) -> None:
        self.record = record
        self.key = key
        self.base_name = base_name
        self.name = base_name
        self.entity_instance = entity_instance
        self.readable = isinstance(record, ReadableSensorRecord) and not key.owner & _SOFTWARE_ID
        self.is_threshold = self.event_type == THRESHOLD
        self._texts = texts
        self._type_name: str | None = None
        self._units: str | None = None
        self._conversion: Conversion | None = None
        self._states: _States | None = None

    def __repr__(self) -> str:
        return f"<Sensor {self.name!r} {self.key}>"

    @property
    def sensor_type(self) -> int:
        """What it senses.  IPMI 2.0 table 42-3."""
        found: int = getattr(self.record, "sensor_type", 0)
        return found

    @property
    def event_type(self) -> int:
        """How it says it: 1 thresholds, 2 to 0Ch and 6Fh states, 70h up: the manufacturer's.  IPMI 2.0 table 42-1."""
        found: int = getattr(self.record, "event_type", 0)
        return found

    @property
    def sensor_type_name(self) -> str:
        """The name of the type; "Other" with watts, or watts times time, is Power or Energy."""
        if self._type_name is None:
            self._type_name = self._found_type_name()
        return self._type_name

    def use_type_names(self, names: Mapping[int, str]) -> None:
        """Take the name of the type from a vendor's table, as far as it has one."""
        found = self._found_type_name()
        given = sensor_type_name(self.sensor_type)
        self._type_name = names.get(self.sensor_type, given) if found == given else found

    def _found_type_name(self) -> str:
        record = self.record
        if self.sensor_type == _OTHER and isinstance(record, ReadableSensorRecord) and record.base_unit == _WATT:
            if record.modifier_use == ModifierUse.MULTIPLIES and record.modifier_unit in _TIMES:
                return "Energy"
            if record.modifier_use not in (ModifierUse.MULTIPLIES, ModifierUse.DIVIDES) or not record.modifier_unit:
                return "Power"
        return sensor_type_name(self.sensor_type)

    @property
    def entity_id(self) -> int:
        """What part of the machine it belongs to.  IPMI 2.0 table 43-13."""
        return self.record.entity_id

    @property
    def entity_name(self) -> str:
        """The name of that part."""
        return entity_name(self.record.entity_id)

    @property
    def is_analog(self) -> bool:
        """Whether its readings are numbers: a full record with a format.

        Sensors of states are often marked as unsigned without being that; those count where they have a unit too
        (seen: HP DL380 G7, ML310 G5, whose discrete sensors have readings).
        """
        record = self.record
        if not isinstance(record, FullSensorRecord) or record.analog_format == AnalogFormat.NONE:
            return False
        if self.is_threshold:
            return True
        has_unit = bool(record.base_unit or record.percentage)
        return record.m != 0 and (has_unit or record.analog_format != AnalogFormat.UNSIGNED)

    @property
    def units(self) -> str:
        """The unit of the readings, '' for none."""
        if self._units is None:
            self._units = unit_text(self.record) if isinstance(self.record, ReadableSensorRecord) else ""
        return self._units

    @property
    def full_units(self) -> str:
        """The unit for people, with the rate."""
        return full_unit_text(self.record) if isinstance(self.record, ReadableSensorRecord) else ""

    @property
    def conversion(self) -> Conversion | None:
        """How raw readings become numbers; None: they do not, or `needs_factors`."""
        if self._conversion is None and self.is_analog and not needs_factors(self):
            self._conversion = self.conversion_with(factors_of(self.record))  # type: ignore[arg-type]
        return self._conversion

    def conversion_with(self, factors: Factors) -> Conversion | None:
        """Return the conversion by factors that the BMC gave; None: the readings are no numbers."""
        record = self.record
        if not isinstance(record, FullSensorRecord) or not self.is_analog:
            return None
        return Conversion(factors, record.analog_format, record.linearization)

    def states(self, mask: int) -> tuple[tuple[State, ...], int]:
        """Return the states in the bits of a reading, and their severities joined.

        Bits that its type does not have are left out (seen set: Supermicro X9DRi-LN4F+, H8SGL-F).
        """
        if self._states is None:
            turned = getattr(self.record, "linearization", None) == Linearization.INVERSE
            make = _shared_states if self._texts is None else _States
            self._states = make(self.sensor_type, self.event_type, turned, self._texts or standard_texts)
        return self._states.of(mask)


class Reading(NamedTuple):
    """What a sensor said.

    value: in `units`, None for states, and where it is unavailable; raw: the byte that came, whatever the flags;
    imprecision: half the width of what the byte stands for; raw_states: the bits that came; health: Health bits of
    the states; unavailable: the BMC says so, or that it does not scan the sensor; scanning, events: the flags that
    came, None: none came; code: the completion code of a refusal; problem: why there is no reading, for people.
    """

    sensor: Sensor
    value: float | None
    raw: int | None
    imprecision: float | None
    units: str
    states: tuple[State, ...]
    raw_states: int
    health: int
    unavailable: bool
    scanning: bool | None
    events: bool | None
    code: int | None
    problem: str | None

    @property
    def unscanned_value(self) -> float | None:
        """The value of the raw byte, whatever the flags: some BMCs say of working sensors that they are not scanned.

        Seen: Dell 2900, 2950, R410, R610, HP rx3600.
        """
        conversion = self.sensor.conversion
        return None if conversion is None or self.raw is None else conversion.value(self.raw)


def needs_factors(sensor: Sensor) -> bool:
    """Whether the factors have to be asked for with each reading.  IPMI 2.0 table 43-1, byte 24: 70h to 7Fh."""
    record = sensor.record
    return isinstance(record, FullSensorRecord) and record.linearization > Linearization.CUBE_ROOT and sensor.is_analog


def no_reading(sensor: Sensor, code: int | None = None, problem: str | None = None) -> Reading:
    """Return the reading of a sensor that gave none."""
    return Reading(sensor, None, None, None, sensor.units, (), 0, 0, True, None, None, code, problem)


def decode_reading(sensor: Sensor, data: SensorReadingData, factors: Factors | None = None) -> Reading:
    """Return what an answer to Get Sensor Reading says.  Never raises; short answers say less.

    factors: of this reading, where `needs_factors`.
    """
    raw = data.reading
    if raw is None:
        return no_reading(sensor, problem="the answer holds no reading")
    mask = (data.states_low or 0) | (data.states_high or 0) << 8
    scanning = data.scanning
    if data.unavailable or scanning is False:
        problem = "the BMC does not scan it" if not data.unavailable else None
        return Reading(
            sensor, None, raw, None, sensor.units, (), mask, 0, True, scanning, data.events, None, problem
        )
    value = imprecision = problem = None
    conversion = sensor.conversion if factors is None else sensor.conversion_with(factors)
    if conversion is not None:
        value, imprecision = conversion.reading(raw)
        if value is None:
            problem = f"raw reading {raw:02X}h has no value"
    elif needs_factors(sensor):
        problem = "the factors of this reading are not known"
    states, health = sensor.states(mask)
    return Reading(
        sensor, value, raw, imprecision, sensor.units, states, mask, health, False, scanning, data.events, None, problem
    )


def standard_texts(event_type: int, sensor_type: int) -> Mapping[int, Text] | None:
    """Return the texts that the specification has for the states of a sensor."""
    return SENSOR_SPECIFIC.get(sensor_type) if event_type == SPECIFIC else GENERIC.get(event_type)


class _States:
    """What the bits of a reading mean.  turned: its upper thresholds are lower ones."""

    __slots__ = ("_known", "_mask", "_texts")

    def __init__(self, kind: int, event_type: int, turned: bool, texts: StateTexts) -> None:
        self._known: dict[int, tuple[tuple[State, ...], int]] = {}
        base = (kind << 16) + (event_type << 8)
        if event_type == THRESHOLD:
            self._mask = _THRESHOLD_BITS
            self._texts = {
                bit: State(text, base + bit + 1, severity)
                for bit, (text, severity) in enumerate(_threshold_texts(turned))
            }
            return
        table = texts(event_type, kind)
        self._mask = _DISCRETE_BITS
        if table is not None:
            self._texts = {bit: State(text.desc, base + bit, text.severity) for bit, text in table.items()}
            self._mask = sum(1 << bit for bit in table)
            return
        place = f" for reading type {event_type}/sensor type {kind}" if event_type >= SPECIFIC else ""
        self._texts = {bit: State(f"Unknown state {bit}{place}", base + bit, Health.Ok) for bit in range(15)}

    def of(self, mask: int) -> tuple[tuple[State, ...], int]:
        """Return the states of these bits, and their severities joined."""
        mask &= self._mask
        found = self._known.get(mask)
        if found is None:
            states = tuple(state for bit, state in sorted(self._texts.items()) if mask >> bit & 1)
            health = 0
            for state in states:
                health |= state.severity
            found = (states, health)
            if len(self._known) < _REMEMBERED_MASKS:
                self._known[mask] = found
        return found


_shared_states = lru_cache(1024)(_States)
"""Thousands of sensors have the same few states."""

_LEVELS = (
    ("non-critical", Health.Warning),
    ("critical", Health.Critical),
    ("non-recoverable", Health.Failed),
)


def _threshold_texts(swapped: bool) -> list[tuple[str, int]]:
    """Return text and severity of the six bits.  1/x turns the order round: a lower raw threshold is an upper one."""
    sides = ("upper", "lower") if swapped else ("lower", "upper")
    return [(f"{side} {level} threshold", severity) for side in sides for level, severity in _LEVELS]


# --- from records to sensors


def expand(records: Iterable[SdrRecord], texts: StateTexts | None = None) -> list[Sensor]:
    """Return the sensors of a repository, in its order.

    A shared record becomes several sensors.  Of several records for one sensor the fullest counts, then the first.
    texts: those of the discrete states, None: the specification's.
    """
    found: dict[SensorKey, Sensor] = {}
    for record in records:
        if isinstance(record, (FullSensorRecord, CompactSensorRecord, EventOnlyRecord)):
            for sensor in _sensors_of(record, texts):
                known = found.get(sensor.key)
                if known is None or sensor.record.type < known.record.type:
                    found[sensor.key] = sensor
    sensors = list(found.values())
    _tell_apart(sensors)
    return sensors


def _sensors_of(
    record: FullSensorRecord | CompactSensorRecord | EventOnlyRecord, texts: StateTexts | None
) -> list[Sensor]:
    if isinstance(record, FullSensorRecord) or record.share_count <= 1:
        return [Sensor(record, record.key, record.name, record.entity_instance, texts)]
    count = min(record.share_count, _RESERVED_NUMBER - record.number)
    step = 1 if record.instance_increments else 0
    label = id_string(record.id_data, keep_spaces=True)
    return [
        Sensor(
            record,
            record.key._replace(number=record.number + at),
            label + _modifier(record.modifier_offset + at, record.modifier_is_alpha),
            record.entity_instance + step * at,
            texts,
        )
        for at in range(count)
    ]


def _modifier(number: int, is_alpha: bool) -> str:
    """Return what the name of a sensor gets behind it: 0, 1, … or A … Z, AA, …  IPMI 2.0 table 43-2, byte 24."""
    if not is_alpha:
        return str(number)
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def _tell_apart(sensors: list[Sensor]) -> None:
    """Give each a name of its own.  In the order of the keys, so that one always gets the same."""
    taken = {sensor.base_name for sensor in sensors if sensor.base_name}
    copies: dict[tuple[str, bool], int] = {}
    for sensor in sorted(sensors, key=lambda one: one.key):
        label = sensor.base_name or f"sensor 0x{sensor.key.number:02X}"
        kind = label, bool(sensor.base_name)
        copy = copies.get(kind, 0 if sensor.base_name or label not in taken else 1) + 1
        name = label if copy == 1 else f"{label} #{copy}"
        while copy > 1 and name in taken:
            copy += 1
            name = f"{label} #{copy}"
        copies[kind] = copy
        taken.add(name)
        sensor.name = name

# SPDX-License-Identifier: Apache-2.0
"""The sensors of a simulated machine and the records that describe them.  IPMI 2.0 §33, §35."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, NOT_PRESENT, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.sdr import (
    AnalogFormat,
    CompactSensorRecord,
    FullSensorRecord,
    Hysteresis,
    ReadableSensorRecord,
    parse_record,
)
from pyghmi.ipmi.spec.sensor import (
    DeviceSdrInfo,
    EventEnableAction,
    GetDeviceSdr,
    GetDeviceSdrInfo,
    GetSensorEventEnable,
    GetSensorEventStatus,
    GetSensorHysteresis,
    GetSensorReading,
    GetSensorReadingFactors,
    GetSensorThresholds,
    GetSensorType,
    RearmSensorEvents,
    SensorEventEnable,
    SensorEventStatus,
    SensorHysteresis,
    SensorReadingFactors,
    SensorThresholds,
    SensorType,
    SetSensorEventEnable,
    SetSensorHysteresis,
    SetSensorThresholds,
)
from pyghmi.ipmi.spec.storage import (
    FIRST_RECORD,
    LAST_RECORD,
    WHOLE,
    AllocationInfo,
    GetSdr,
    RepositoryInfo,
    Reservation,
    SdrData,
    Time,
)
from pyghmi.ipmi.wire.numbers import ones_complement, twos_complement
from pyghmi.sim.demo_sensors import ANALOG, STATES, demo_records
from pyghmi.sim.parts import Answer, Reply

if TYPE_CHECKING:
    from pyghmi.ipmi.wire.layout import Message

Key = tuple[int, int]
"""(LUN, number)."""
Told = Union[bytes, int, None]
"""The answer to Get Sensor Reading as it is; or only the count, or the bits of the states; None: unavailable."""

_THRESHOLDS = (
    "lower_non_critical",
    "lower_critical",
    "lower_non_recoverable",
    "upper_non_critical",
    "upper_critical",
    "upper_non_recoverable",
)
_LOWER = 3
_READABLE = ("lnc", "lcr", "lnr", "unc", "ucr", "unr")
_RESERVATION_LOST, _TOO_MANY_BYTES, _ILLEGAL = 0xC5, 0xCA, 0xCD
_FLAGS, _UNAVAILABLE = 0xC0, 0xE0
_THRESHOLD_TYPE = 0x01
_BEGAN = 0x65000000
"""When the records were made: November 2023."""

__all__ = ["SensorPart", "SensorState", "demo_records"]


class SensorState:
    """One sensor as it is now.  thresholds: six counts in the order of the answer, None: it has not this one."""

    def __init__(self, record: ReadableSensorRecord, told: Told) -> None:
        self.record = record
        self.told = told
        self.events, self.scanning = record.events_at_start, record.scanning_at_start
        self.assertion_mask, self.deassertion_mask = record.assertion_mask % 4096, record.deassertion_mask % 4096
        self.thresholds: list[Optional[int]] = [None] * len(_THRESHOLDS)
        self.hysteresis: tuple[int, int] | None = None
        if isinstance(record, FullSensorRecord) and record.event_type == _THRESHOLD_TYPE:
            for bit, name in enumerate(_THRESHOLDS):
                if record.reading_mask >> bit & 1:
                    self.thresholds[bit] = getattr(record, name)
        if record.hysteresis_access in (Hysteresis.READABLE, Hysteresis.SETTABLE):
            self.hysteresis = record.positive_hysteresis, record.negative_hysteresis  # type: ignore[attr-defined]

    @property
    def settable(self) -> int:
        """Which thresholds can be set."""
        return self.record.reading_mask >> 8 & 0x3F if self.record.event_type == _THRESHOLD_TYPE else 0

    def number(self, count: int) -> int:
        """Return the number that a count is."""
        kind = self.record.analog_format
        if kind == AnalogFormat.TWOS_COMPLEMENT:
            return twos_complement(count, 8)
        return ones_complement(count, 8) if kind == AnalogFormat.ONES_COMPLEMENT else count

    def reading(self) -> bytes:
        """Return the answer to Get Sensor Reading."""
        if isinstance(self.told, bytes):
            return self.told
        flags = (0x80 if self.events else 0) | (0x40 if self.scanning else 0)
        if self.told is None or not self.scanning:
            return bytes((0, flags | 0x20, 0x00, 0x80))
        if self.record.event_type != _THRESHOLD_TYPE:
            return bytes((0, flags, self.told & 0xFF, 0x80 | self.told >> 8))
        return bytes((self.told, flags, 0xC0 | self._crossed(self.told)))

    def _crossed(self, count: int) -> int:
        found, now = 0, self.number(count)
        for bit, limit in enumerate(self.thresholds):
            if limit is not None:
                at = self.number(limit)
                found |= (now <= at if bit < _LOWER else now >= at) << bit
        return found


class SensorPart:
    """Answer what is asked of sensors and of their records.

    machine: whose power the demo's sensors follow; records: None: the demo's; readings: by (LUN, number), see `Told`;
    sensors without one of these are unavailable; thresholds, hysteresis: answers as they are, or a completion code;
    device_sdrs: the records are served as device SDRs too; repository: they are served as a repository.

    sensors: what they are now, to be changed by tests; refusals: (LUN, number) -> completion code instead of a reading;
    added, erased: the times of the last changes.
    """

    def __init__(
        self,
        machine: Any = None,
        records: Sequence[bytes] | None = None,
        readings: Mapping[Key, Told] | None = None,
        thresholds: Mapping[Key, bytes | int] | None = None,
        hysteresis: Mapping[Key, bytes | int] | None = None,
        *,
        device_sdrs: bool = False,
        repository: bool = True,
    ) -> None:
        self._machine = machine
        self._is_demo = records is None
        self.records = list(demo_records() if records is None else records)
        self._device_sdrs, self._repository = device_sdrs, repository
        self.thresholds, self.hysteresis = dict(thresholds or {}), dict(hysteresis or {})
        self.refusals: dict[Key, int] = {}
        self.added, self.erased = _BEGAN, _BEGAN
        self.reservation = 0
        self.sensors: dict[Key, SensorState] = {}
        told = dict(readings or {})
        for raw in self.records:
            record = parse_record(raw)
            if isinstance(record, ReadableSensorRecord):
                shared = record.share_count if isinstance(record, CompactSensorRecord) else 1
                for at in range(max(shared, 1)):
                    key = (record.owner_lun, record.number + at)
                    self.sensors[key] = SensorState(record, told.get(key))

    def commands(self, lun: int = 0) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it, for one LUN."""
        sensors = self._sensor_commands(lun)
        found: dict[tuple[int, int], Answer] = {(0x04, cmd): answer for cmd, answer in sensors.items()}
        if self._device_sdrs:
            found[0x04, 0x20] = self._device_info
            found[0x04, 0x21] = lambda data: self._record(exact(GetDeviceSdr, data))
            found[0x04, 0x22] = self._reserve
        if self._repository:
            found[0x0A, 0x20] = self._info
            found[0x0A, 0x21] = self._allocation
            found[0x0A, 0x22] = self._reserve
            found[0x0A, 0x23] = lambda data: self._record(exact(GetSdr, data))
            found[0x0A, 0x28] = lambda _data: (OK, Time(time=self.added).encode())
        return found

    # --- records

    def _info(self, _data: bytes) -> Reply:
        answer = RepositoryInfo(
            version=0x51,
            records=len(self.records),
            free=0x1000,
            last_add=self.added,
            last_erase=self.erased,
            overflow=False,
            update_mode=0,
            delete=False,
            partial_add=False,
            reserve=True,
            allocation_info=True,
        )
        return OK, answer.encode()

    def _allocation(self, _data: bytes) -> Reply:
        return OK, AllocationInfo(units=256, unit_bytes=64, free_units=64, largest_free=64, largest_record=1).encode()

    def _device_info(self, data: bytes) -> Reply:
        asked = exact(GetDeviceSdrInfo, data)
        luns = {lun for lun, _number in self.sensors}
        answer = DeviceSdrInfo(
            count=(len(self.records) if asked.count_records else len(self.sensors)) & 0xFF,
            dynamic=True,
            lun_3=3 in luns,
            lun_2=2 in luns,
            lun_1=1 in luns,
            lun_0=0 in luns,
            population_change=self.added,
        )
        return OK, answer.encode()

    def _reserve(self, _data: bytes) -> Reply:
        self.reservation = self.reservation % 0xFFFF + 1
        return OK, Reservation(reservation=self.reservation).encode()

    def changed(self) -> None:
        """Note that the records are others: reservations are void."""
        self.added += 1
        self.reservation = self.reservation % 0xFFFF + 1

    def _record(self, asked: GetSdr | GetDeviceSdr) -> Reply:
        if asked.reservation != self.reservation and (asked.reservation or asked.offset):
            return _RESERVATION_LOST, b""
        ids = [int.from_bytes(raw[:2], "little") for raw in self.records]
        if not ids:
            return NOT_PRESENT, b""
        wanted = {FIRST_RECORD: ids[0], LAST_RECORD: ids[-1]}.get(asked.record_id, asked.record_id)
        if wanted not in ids:
            return NOT_PRESENT, b""
        at = ids.index(wanted)
        raw = self.records[at]
        if asked.offset > len(raw):
            return OUT_OF_RANGE, b""
        if asked.size != WHOLE and asked.offset + asked.size > len(raw):
            return _TOO_MANY_BYTES, b""
        end = len(raw) if asked.size == WHOLE else asked.offset + asked.size
        next_id = ids[at + 1] if at + 1 < len(ids) else LAST_RECORD
        return OK, SdrData(next_id=next_id, data=raw[asked.offset : end]).encode()

    # --- sensors

    def _sensor_commands(self, lun: int) -> dict[int, Answer]:
        table: dict[int, tuple[type[Message], Any]] = {
            0x23: (GetSensorReadingFactors, self._factors),
            0x24: (SetSensorHysteresis, self._set_hysteresis),
            0x25: (GetSensorHysteresis, self._get_hysteresis),
            0x26: (SetSensorThresholds, self._set_thresholds),
            0x27: (GetSensorThresholds, self._get_thresholds),
            0x28: (SetSensorEventEnable, self._set_events),
            0x29: (GetSensorEventEnable, self._get_events),
            0x2A: (RearmSensorEvents, self._rearm),
            0x2B: (GetSensorEventStatus, self._event_status),
            0x2D: (GetSensorReading, self._reading),
            0x2F: (GetSensorType, self._type),
        }

        def answering(request: type[Message], method: Any) -> Answer:
            def answer(data: bytes) -> Reply:
                asked: Any = exact(request, data)
                key = (lun, asked.number)
                sensor = self.sensors.get(key)
                if sensor is None:
                    return NOT_PRESENT, b""
                found: Reply = method(key, sensor, asked)
                return found

            return answer

        return {cmd: answering(*row) for cmd, row in table.items()}

    def _reading(self, key: Key, sensor: SensorState, _asked: Any) -> Reply:
        if key in self.refusals:
            return self.refusals[key], b""
        if self._is_demo:
            sensor.told = self._demo_reading(key[1])
        return OK, sensor.reading()

    def _demo_reading(self, number: int) -> int | None:
        is_on = self._machine is None or self._machine.power_is_on
        for one in (*ANALOG, *STATES):
            count = getattr(one, "share", 1)
            if one.number <= number < one.number + count:
                return one.on if is_on else one.off
        return None

    def _factors(self, _key: Key, sensor: SensorState, asked: GetSensorReadingFactors) -> Reply:
        record = sensor.record
        if not isinstance(record, FullSensorRecord):
            return _ILLEGAL, b""
        answer = SensorReadingFactors(
            next_reading=min(asked.reading + 1, 255),
            m=record.m,
            tolerance=record.tolerance,
            b=record.b,
            accuracy=record.accuracy,
            accuracy_exp=record.accuracy_exp,
            r_exp=record.r_exp,
            b_exp=record.b_exp,
        )
        return OK, answer.encode()

    def _get_hysteresis(self, key: Key, sensor: SensorState, _asked: Any) -> Reply:
        fixed = self.hysteresis.get(key)
        if fixed is not None:
            return _as_told(fixed)
        if sensor.hysteresis is None:
            return _ILLEGAL, b""
        positive, negative = sensor.hysteresis
        return OK, SensorHysteresis(positive=positive, negative=negative).encode()

    def _set_hysteresis(self, key: Key, sensor: SensorState, asked: SetSensorHysteresis) -> Reply:
        if sensor.record.hysteresis_access != Hysteresis.SETTABLE:
            return _ILLEGAL, b""
        self.hysteresis.pop(key, None)
        sensor.hysteresis = asked.positive, asked.negative
        return OK, b""

    def _get_thresholds(self, key: Key, sensor: SensorState, _asked: Any) -> Reply:
        fixed = self.thresholds.get(key)
        if fixed is not None:
            return _as_told(fixed)
        if sensor.record.event_type != _THRESHOLD_TYPE:
            return _ILLEGAL, b""
        values: dict[str, Any] = {name: limit or 0 for name, limit in zip(_THRESHOLDS, sensor.thresholds)}
        for name, limit in zip(_READABLE, sensor.thresholds):
            values[f"{name}_readable"] = limit is not None
        return OK, SensorThresholds(**values).encode()

    def _set_thresholds(self, key: Key, sensor: SensorState, asked: SetSensorThresholds) -> Reply:
        if sensor.record.event_type != _THRESHOLD_TYPE:
            return _ILLEGAL, b""
        if asked.mask & ~sensor.settable:
            return INVALID_FIELD, b""
        self.thresholds.pop(key, None)
        for bit, name in enumerate(_THRESHOLDS):
            if asked.mask >> bit & 1:
                sensor.thresholds[bit] = getattr(asked, name)
        return OK, b""

    def _get_events(self, _key: Key, sensor: SensorState, _asked: Any) -> Reply:
        answer = SensorEventEnable(
            events=sensor.events,
            scanning=sensor.scanning,
            assertion_mask=sensor.assertion_mask,
            deassertion_mask=sensor.deassertion_mask,
        )
        return OK, answer.encode()

    def _set_events(self, _key: Key, sensor: SensorState, asked: SetSensorEventEnable) -> Reply:
        asserts, deasserts = asked.assertion_mask or 0, asked.deassertion_mask or 0
        sensor.events, sensor.scanning = asked.events, asked.scanning
        if asked.action == EventEnableAction.ENABLE:
            sensor.assertion_mask |= asserts
            sensor.deassertion_mask |= deasserts
        elif asked.action == EventEnableAction.DISABLE:
            sensor.assertion_mask &= ~asserts
            sensor.deassertion_mask &= ~deasserts
        return OK, b""

    def _rearm(self, _key: Key, _sensor: SensorState, _asked: Any) -> Reply:
        return OK, b""

    def _event_status(self, _key: Key, sensor: SensorState, _asked: Any) -> Reply:
        answer = SensorEventStatus(
            events=sensor.events, scanning=sensor.scanning, unavailable=False, assertions=0, deassertions=0
        )
        return OK, answer.encode()

    def _type(self, _key: Key, sensor: SensorState, _asked: Any) -> Reply:
        return OK, SensorType(sensor_type=sensor.record.sensor_type, event_type=sensor.record.event_type).encode()


def _as_told(fixed: bytes | int) -> Reply:
    return (fixed, b"") if isinstance(fixed, int) else (OK, fixed)

# SPDX-License-Identifier: Apache-2.0
"""What is asked of the sensors of a simulated machine.  IPMI 2.0 §35."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, NOT_PRESENT, OK
from pyghmi.ipmi.spec.sdr import FullSensorRecord, Hysteresis
from pyghmi.ipmi.spec.sensor import (
    EventEnableAction,
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
from pyghmi.sim.demo_sensors import demo_records
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.sdrserver import Key
from pyghmi.sim.sensing import Sensors
from pyghmi.sim.sensorstate import THRESHOLD_TYPE, THRESHOLDS, SensorState, Told

if TYPE_CHECKING:
    from pyghmi.ipmi.wire.layout import Message

_LOWER_AND_UPPER = ("lnc", "lcr", "lnr", "unc", "ucr", "unr")
_ILLEGAL = 0xCD
_CHANGING = frozenset((0x24, 0x26, 0x28, 0x2A))
"""Commands after which a sensor is looked at: what they set can raise an event."""

__all__ = ["Key", "SensorPart", "SensorState", "Told", "demo_records"]


class SensorPart(Sensors):
    """Answer what is asked of sensors and of their records.

    machine: whose power the demo's sensors follow; records: None: the demo's; readings: by (LUN, number), see `Told`;
    sensors without one of these are unavailable; thresholds, hysteresis: answers as they are, or a completion code;
    device_sdrs: the records are served as device SDRs too; repository: they are served as a repository; owner: the
    controller whose sensors they are, None: all; source: asked for what a sensor measures now.

    sensors: what they are now, to be changed by tests; pinned: what a sensor shows whatever it measures; refusals:
    (LUN, number) -> completion code instead of a reading; added, erased: the times of the last changes; raised: called
    with each event.
    """

    def commands(self, lun: int = 0) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it, for one LUN."""
        sensors = self._sensor_commands(lun)
        found: dict[tuple[int, int], Answer] = {(0x04, cmd): answer for cmd, answer in sensors.items()}
        found.update(self.record_commands())
        return found

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

        def answering(request: type[Message], method: Any, *, looks: bool) -> Answer:
            def answer(data: bytes) -> Reply:
                asked: Any = exact(request, data)
                key = (lun, asked.number)
                sensor = self.sensors.get(key)
                if sensor is None:
                    return NOT_PRESENT, b""
                found: Reply = method(key, sensor, asked)
                if looks:
                    self.look(key, sensor)
                return found

            return answer

        return {cmd: answering(*row, looks=cmd in _CHANGING) for cmd, row in table.items()}

    def _reading(self, key: Key, sensor: SensorState, _asked: Any) -> Reply:
        if key in self.refusals:
            return self.refusals[key], b""
        self._measure(key, sensor)
        return OK, sensor.reading()

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
        if sensor.record.event_type != THRESHOLD_TYPE:
            return _ILLEGAL, b""
        values: dict[str, Any] = {name: limit or 0 for name, limit in zip(THRESHOLDS, sensor.thresholds)}
        for name, limit in zip(_LOWER_AND_UPPER, sensor.thresholds):
            values[f"{name}_readable"] = limit is not None
        return OK, SensorThresholds(**values).encode()

    def _set_thresholds(self, key: Key, sensor: SensorState, asked: SetSensorThresholds) -> Reply:
        if sensor.record.event_type != THRESHOLD_TYPE:
            return _ILLEGAL, b""
        if asked.mask & ~sensor.settable:
            return INVALID_FIELD, b""
        self.thresholds.pop(key, None)
        for bit, name in enumerate(THRESHOLDS):
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

    def _rearm(self, _key: Key, sensor: SensorState, asked: RearmSensorEvents) -> Reply:
        if asked.selected:
            sensor.rearm(asked.assertion_mask or 0, asked.deassertion_mask or 0)
        else:
            sensor.rearm(None, None)
        return OK, b""

    def _event_status(self, _key: Key, sensor: SensorState, _asked: Any) -> Reply:
        answer = SensorEventStatus(
            events=sensor.events,
            scanning=sensor.scanning,
            unavailable=False,
            assertions=sensor.begun,
            deassertions=sensor.ended,
        )
        return OK, answer.encode()

    def _type(self, _key: Key, sensor: SensorState, _asked: Any) -> Reply:
        return OK, SensorType(sensor_type=sensor.record.sensor_type, event_type=sensor.record.event_type).encode()


def _as_told(fixed: bytes | int) -> Reply:
    return (fixed, b"") if isinstance(fixed, int) else (OK, fixed)

# SPDX-License-Identifier: Apache-2.0
"""The sensors of a simulated machine: what they measure, and when they are looked at."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Callable

from pyghmi.ipmi.spec.sdr import CompactSensorRecord, FullSensorRecord, ReadableSensorRecord, parse_record
from pyghmi.sim.demo_sensors import demo_reading, demo_records
from pyghmi.sim.sdrserver import Key, RecordServer
from pyghmi.sim.sensorstate import Crossing, SensorState, Told, as_json, from_json

Raised = Callable[[Key, SensorState, Crossing], object]


class Sensors(RecordServer):
    """Hold the sensors that records describe; see `SensorPart`, which answers for them."""

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
        owner: int | None = None,
        source: Callable[[Key], Told] | None = None,
    ) -> None:
        given = demo_records() if records is None else records
        super().__init__(given, device_sdrs=device_sdrs, repository=repository)
        later = source is not None  # what it measures is not there yet
        if records is None and source is None:
            source = partial(demo_reading, machine)
        self._source = source
        self.pinned: dict[Key, Told] = {}
        self.raised: Raised = lambda _key, _sensor, _crossing: None
        self.thresholds, self.hysteresis = dict(thresholds or {}), dict(hysteresis or {})
        self.refusals: dict[Key, int] = {}
        self._owner = owner
        self._make(dict(readings or {}))
        if not later:
            self.settle()

    def _make(self, told: dict[Key, Told]) -> None:
        """Make the sensors of the records."""
        self.sensors.clear()
        for raw in self.records:
            record = parse_record(raw)
            if isinstance(record, ReadableSensorRecord) and self._owner in (None, record.owner_id):
                shared = record.share_count if isinstance(record, CompactSensorRecord) else 1
                for at in range(max(shared, 1)):
                    key = (record.owner_lun, record.number + at)
                    self.sensors[key] = SensorState(record, told.get(key))

    def _measure(self, key: Key, sensor: SensorState) -> None:
        if key in self.pinned:
            sensor.told = self.pinned[key]
        elif self._source is not None:
            sensor.told = self._source(key)

    def scan(self) -> None:
        """Look at all sensors, and raise the events that come of it."""
        for key, sensor in self.sensors.items():
            self.look(key, sensor)

    def look(self, key: Key, sensor: SensorState, more: bytes = b"") -> None:
        """Look at one.  more: event data 2 and 3, where they say more."""
        self._measure(key, sensor)
        for crossing in sensor.observe(more):
            self.raised(key, sensor, crossing)

    def settle(self) -> None:
        """Take everything as how it has always been: nothing of it is an event."""
        for key, sensor in self.sensors.items():
            self._measure(key, sensor)
            sensor.settle()

    def find(self, name: str) -> Key:
        """Return the key of the sensor with this name.  Raises KeyError."""
        for key, sensor in self.sensors.items():
            record = sensor.record
            if isinstance(record, (FullSensorRecord, CompactSensorRecord)) and record.name == name:
                return key
        raise KeyError(name)

    def pin(self, name: str, told: Told) -> None:
        """Have a sensor show this, whatever it measures: a count, the bits of its states, None for unavailable."""
        key = self.find(name)
        self.pinned[key] = told
        self.look(key, self.sensors[key])

    def unpin(self, name: str) -> None:
        """Have it show what it measures."""
        key = self.find(name)
        self.pinned.pop(key, None)
        self.look(key, self.sensors[key])

    # --- state

    def bmc_started(self) -> None:
        """Forget reservations."""
        self.void_reservations()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "records": [record.hex() for record in self.records],
            "added": self.added,
            "erased": self.erased,
            "sensors": {f"{lun}/{number}": sensor.state() for (lun, number), sensor in self.sensors.items()},
            "pinned": {f"{lun}/{number}": as_json(told) for (lun, number), told in self.pinned.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.records = [bytes.fromhex(record) for record in state["records"]]
        self.added, self.erased = state["added"], state["erased"]
        self._make({})
        for name, found in state["sensors"].items():
            sensor = self.sensors.get(_key(name))
            if sensor is not None:
                sensor.restore(found)
        self.pinned = {_key(name): from_json(told) for name, told in state["pinned"].items()}


def _key(name: str) -> Key:
    lun, _slash, number = name.partition("/")
    return int(lun), int(number)

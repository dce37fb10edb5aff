# SPDX-License-Identifier: Apache-2.0
"""Asking sensors, wherever they are: readings, thresholds, hysteresis, events.  IPMI 2.0 §35."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pyghmi.exceptions import CompletionCodeError, Malformed, NotFound
from pyghmi.ipmi.domains.sensor_route import route_of
from pyghmi.ipmi.domains.sweep import Sweep
from pyghmi.ipmi.spec.codes import INVALID_COMMAND
from pyghmi.ipmi.spec.sdr import Hysteresis, ReadableSensorRecord
from pyghmi.ipmi.spec.sensor import (
    EventEnableAction,
    GetSensorEventEnable,
    GetSensorEventStatus,
    GetSensorHysteresis,
    GetSensorThresholds,
    RearmSensorEvents,
    SensorEventEnable,
    SensorEventStatus,
    SensorHysteresis,
    SetSensorEventEnable,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.domains.sensor import Reading, Sensor
    from pyghmi.ipmi.domains.thresholds import Thresholds
    from pyghmi.ipmi.spec.request import Request
    from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound="Message")

_ILLEGAL_FOR_SENSOR, _INVALID_FOR_LUN = 0xCD, 0xC2
_THRESHOLDS_IN_RECORD = (INVALID_COMMAND, _INVALID_FOR_LUN, _ILLEGAL_FOR_SENSOR)
"""Codes of BMCs that have no command to tell thresholds: then those in the record are all there is."""


class Sensors:
    """The sensors of a BMC and of the controllers behind it."""

    def __init__(self, bmc: Requester, learned: Learned) -> None:
        self._bmc = bmc
        self._learned = learned

    def sweep(self, sensors: Collection[Sensor]) -> Iterator[Reading]:
        """Yield a reading of each readable sensor; of one that gives none, a reading that says why.

        Raises TimedOut, SessionLost and their kin when the BMC itself is gone, and not for any one sensor.
        """
        sweep = Sweep(self._bmc, self._learned, sensors)
        for sensor in sensors:
            if sensor.readable:
                yield sweep.read(sensor)

    def read(self, sensor: Sensor, among: Iterable[Sensor] = ()) -> Reading:
        """Return one reading.  `among`: the sensors that are known, this one too.  Raises as `sweep`."""
        return Sweep(self._bmc, self._learned, among, patient=True).read(sensor)

    def judged(self, reading: Reading) -> Reading:
        """Return a reading with the states that its value has where those that the BMC reports contradict it.

        The record's thresholds make suspicious; only those that the BMC has now decide.
        """
        from pyghmi.ipmi.domains.thresholds import judged, thresholds_of_record  # here: plain sweeps need none

        if reading.value is None or judged(reading, thresholds_of_record(reading.sensor)) is reading:
            return reading
        return judged(reading, self.thresholds(reading.sensor))

    # --- thresholds and hysteresis

    def thresholds(self, sensor: Sensor) -> Thresholds:
        """Return what the BMC says of thresholds and hysteresis, in the unit of the sensor.

        What the record says of thresholds counts only where the BMC has no command for it.  None of them where the
        sensor is not there.  Raises NotFound for a sensor without, SessionError.
        """
        from pyghmi.ipmi.domains.thresholds import Thresholds, thresholds_of_record, thresholds_of_reply

        self._needs_thresholds(sensor)
        try:
            reply = self._ask(sensor, GetSensorThresholds(number=sensor.key.number))
        except (CompletionCodeError, Malformed) as error:
            refused = isinstance(error, CompletionCodeError) and error.code in _THRESHOLDS_IN_RECORD
            return thresholds_of_record(sensor) if refused else Thresholds()
        return thresholds_of_reply(sensor, reply, self._hysteresis_if_any(sensor))

    def set_thresholds(self, sensor: Sensor, wanted: Mapping[str, float]) -> Thresholds:
        """Set thresholds by name (see `thresholds.NAMES`), and return what the BMC has then.

        All at once where the BMC takes that, else one by one, so that they are in order at any time.  Raises
        InvalidParameterValue, CompletionCodeError.
        """
        from pyghmi.ipmi.domains.thresholds import requests_to_set

        together, *one_by_one = requests_to_set(sensor, wanted, self.thresholds(sensor))
        try:
            self._ask(sensor, together)
        except CompletionCodeError:
            if not one_by_one:
                raise
            for request in one_by_one:
                self._ask(sensor, request)
        return self.thresholds(sensor)

    def hysteresis(self, sensor: Sensor) -> SensorHysteresis:
        """Return the hysteresis in raw counts.  Raises CompletionCodeError."""
        return self._ask(sensor, GetSensorHysteresis(number=sensor.key.number))

    def set_hysteresis(self, sensor: Sensor, positive: float, negative: float) -> None:
        """Set the hysteresis, in the unit of the sensor.  Raises InvalidParameterValue, CompletionCodeError."""
        from pyghmi.ipmi.domains.thresholds import request_to_set_hysteresis

        self._needs_thresholds(sensor)
        self._ask(sensor, request_to_set_hysteresis(sensor, positive, negative))

    def _hysteresis_if_any(self, sensor: Sensor) -> SensorHysteresis | None:
        """Return the hysteresis where the record says that it can be read and the BMC agrees."""
        access = getattr(sensor.record, "hysteresis_access", Hysteresis.NONE)
        if access not in (Hysteresis.READABLE, Hysteresis.SETTABLE):
            return None
        try:
            return self.hysteresis(sensor)
        except (CompletionCodeError, Malformed):
            return None

    def _needs_thresholds(self, sensor: Sensor) -> None:
        if not (sensor.readable and sensor.is_threshold):
            raise NotFound(f"Sensor {sensor.name} has no thresholds")

    # --- events

    def events(self, sensor: Sensor) -> SensorEventEnable:
        """Return which events the sensor may cause.  Raises CompletionCodeError."""
        return self._ask(sensor, GetSensorEventEnable(number=sensor.key.number))

    def set_events(
        self,
        sensor: Sensor,
        *,
        events: bool | None = None,
        scanning: bool | None = None,
        enable: bool = True,
        assertions: int | None = None,
        deassertions: int | None = None,
    ) -> None:
        """Switch events and scanning of a sensor; None: they stay as they are.

        assertions, deassertions: masks of events to enable, or to disable where `enable` is false; None: none of
        them changes.  Raises CompletionCodeError.
        """
        if events is None or scanning is None:
            now = self.events(sensor)
            events = now.events if events is None else events
            scanning = now.scanning if scanning is None else scanning
        action, asserts, deasserts = EventEnableAction.LEAVE, None, None
        if assertions is not None or deassertions is not None:
            action = EventEnableAction.ENABLE if enable else EventEnableAction.DISABLE
            asserts, deasserts = assertions or 0, deassertions or 0
        self._ask(
            sensor,
            SetSensorEventEnable(
                number=sensor.key.number,
                events=events,
                scanning=scanning,
                action=action,
                assertion_mask=asserts,
                deassertion_mask=deasserts,
            ),
        )

    def event_status(self, sensor: Sensor) -> SensorEventStatus:
        """Return which events are asserted.  Raises CompletionCodeError."""
        return self._ask(sensor, GetSensorEventStatus(number=sensor.key.number))

    def rearm(self, sensor: Sensor, assertions: int | None = None, deassertions: int | None = None) -> None:
        """Have the sensor tell its events again: all of them, or those in the masks.  Raises CompletionCodeError."""
        selected = assertions is not None or deassertions is not None
        self._ask(
            sensor,
            RearmSensorEvents(
                number=sensor.key.number,
                selected=selected,
                assertion_mask=assertions or 0 if selected else None,
                deassertion_mask=deassertions or 0 if selected else None,
            ),
        )

    def _ask(self, sensor: Sensor, request: Request[R]) -> R:
        if not sensor.readable or not isinstance(sensor.record, ReadableSensorRecord):
            raise NotFound(f"Sensor {sensor.name} only sends events: there is nothing to ask it")
        return self._bmc.request(request, target=route_of(sensor.key, self._learned), lun=sensor.key.lun)

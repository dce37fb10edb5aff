# SPDX-License-Identifier: Apache-2.0
"""Thresholds, hysteresis and events of sensors."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.sensors import SensorsApi
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.thresholds import Thresholds
    from pyghmi.ipmi.facade.sensors import SensorName


class HysteresisDict(TypedDict):
    """In the unit of the sensor, None where it has none or where its scale is not linear."""

    positive: Optional[float]
    negative: Optional[float]


class SensorEvents(TypedDict):
    """Whether a sensor is scanned and sends events, and which: bits as in sensor records, None: not told."""

    events: bool
    scanning: bool
    assertion_mask: Optional[int]
    deassertion_mask: Optional[int]


class SensorEventState(TypedDict):
    """Which events of a sensor are there: bits as in sensor records, None: not told."""

    unavailable: bool
    assertions: Optional[int]
    deassertions: Optional[int]


class ThresholdsApi(SensorsApi):
    """Thresholds, hysteresis and events of sensors."""

    def get_sensor_thresholds(self, name: SensorName) -> dict[str, Optional[float]]:
        """Return {'lower_non_recoverable', 'lower_critical', 'lower_non_critical', 'upper_non_critical', ...}.

        In the unit of the sensor; None: it has no such threshold.  Raises NotFound, IpmiException.
        """
        return _as_dict(self._sensors().thresholds(self.find_sensor(name)))

    def set_sensor_thresholds(self, name: SensorName, **values: float) -> dict[str, Optional[float]]:
        """Set thresholds, by the names that `get_sensor_thresholds` has; returns those that there are then.

        Raises InvalidParameterValue for an unknown name or a value that no reading has, UnsupportedFunctionality,
        NotFound, IpmiException.
        """
        return _as_dict(self._sensors().set_thresholds(self.find_sensor(name), values))

    def get_sensor_hysteresis(self, name: SensorName) -> HysteresisDict:
        """Return {'positive', 'negative'} in the unit of the sensor.  Raises NotFound, IpmiException."""
        found = self._sensors().thresholds(self.find_sensor(name))
        return {"positive": found.positive_hysteresis, "negative": found.negative_hysteresis}

    def set_sensor_hysteresis(self, name: SensorName, positive: float, negative: Optional[float] = None) -> None:
        """Set the hysteresis in the unit of the sensor; negative: None: as the positive one.

        Raises NotFound, UnsupportedFunctionality, IpmiException.
        """
        self._sensors().set_hysteresis(self.find_sensor(name), positive, positive if negative is None else negative)

    def get_sensor_events(self, name: SensorName) -> SensorEvents:
        """Return {'events', 'scanning', 'assertion_mask', 'deassertion_mask'}.  Raises NotFound, IpmiException."""
        found = self._sensors().events(self.find_sensor(name))
        return {
            "events": found.events,
            "scanning": found.scanning,
            "assertion_mask": found.assertion_mask,
            "deassertion_mask": found.deassertion_mask,
        }

    def set_sensor_events(
        self,
        name: SensorName,
        *,
        events: Optional[bool] = None,
        scanning: Optional[bool] = None,
        enable: Optional[tuple[int, int]] = None,
        disable: Optional[tuple[int, int]] = None,
    ) -> None:
        """Switch the events of a sensor and its scanning; what is None stays as it is.

        enable, disable: (mask of assertions, mask of deassertions); one of them at a time.  Raises
        InvalidParameterValue, NotFound, IpmiException.
        """
        if enable is not None and disable is not None:
            raise InvalidParameterValue("A sensor takes events to enable or to disable at a time, not both")
        masks = disable if enable is None else enable
        asserts, deasserts = (None, None) if masks is None else masks
        self._sensors().set_events(
            self.find_sensor(name),
            events=events,
            scanning=scanning,
            enable=disable is None,
            assertions=asserts,
            deassertions=deasserts,
        )

    def get_sensor_event_status(self, name: SensorName) -> SensorEventState:
        """Return {'unavailable', 'assertions', 'deassertions'}.  Raises NotFound, IpmiException."""
        found = self._sensors().event_status(self.find_sensor(name))
        return {
            "unavailable": found.unavailable,
            "assertions": found.assertions,
            "deassertions": found.deassertions,
        }

    def rearm_sensor_events(self, name: SensorName) -> None:
        """Have a sensor send its events again.  Raises NotFound, IpmiException."""
        self._sensors().rearm(self.find_sensor(name))


def _as_dict(found: Thresholds) -> dict[str, Optional[float]]:
    from pyghmi.ipmi.domains.thresholds import NAMES

    order = NAMES[2::-1] + NAMES[3:]
    return {name: getattr(found, name) for name in order}

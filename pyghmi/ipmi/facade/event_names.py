# SPDX-License-Identifier: Apache-2.0
"""The names of the sensors and FRUs that events speak of."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container

    from pyghmi.ipmi.domains.events import Generator, Texts
    from pyghmi.ipmi.domains.sdr_held import HeldRecords
    from pyghmi.ipmi.domains.sensor import Sensor

_UNSPECIFIED_DEVICES = (0x00, 0xFF)


class EventNames:
    """Nobody knows a name: the base, and what there is where the records cannot be read."""

    owners: Container[int] = ()

    def sensor(self, _generator: Generator, _number: int) -> Sensor | None:
        """Return the sensor of an event, with its conversions."""
        return None

    def sensor_name(self, generator: Generator, number: int) -> str | None:
        """Return the name of the sensor of an event."""
        found = self.sensor(generator, number)
        return None if found is None else found.name

    def trap_sensor_name(self, _device: int, _number: int) -> str | None:
        """Return the name of the sensor of a trap, which has no LUN; None: not known, or several it could be."""
        return None

    def fru_name(self, _fru_id: int) -> str | None:
        """Return the name of a FRU."""
        return None


class HeldNames(EventNames):
    """The names in the records that are held."""

    def __init__(self, held: HeldRecords) -> None:
        from pyghmi.ipmi.spec.sdr import FRU_LOCATOR, FruLocator

        sensors = held.sensors
        self._by_key = {tuple(sensor.key): sensor for sensor in reversed(sensors)}
        self._by_owner = {(one.key.owner, one.key.lun, one.key.number): one for one in reversed(sensors)}
        self._by_number: dict[int, list[Sensor]] = {}
        for sensor in sensors:
            self._by_number.setdefault(sensor.key.number, []).append(sensor)
        self.owners = frozenset(sensor.key.owner for sensor in sensors)
        locators = (one for one in held.of_types(FRU_LOCATOR) if isinstance(one, FruLocator) and one.logical)
        self._frus = {one.fru_id: one.name for one in locators}

    def sensor(self, generator: Generator, number: int) -> Sensor | None:
        """Return the sensor of an event; the channel counts where two owners differ by it alone."""
        exact = self._by_key.get((generator.owner, generator.channel, generator.lun, number))
        return exact or self._by_owner.get((generator.owner, generator.lun, number))

    def trap_sensor_name(self, device: int, number: int) -> str | None:
        """Return the name of the sensor of a trap: the device's of LUN 0, or its only one with this number.

        A trap that names no device is of any: then the only one with this number is meant.
        """
        found = self._by_owner.get((device, 0, number))
        if found is not None:
            return found.name
        is_unspecified = device in _UNSPECIFIED_DEVICES
        candidates = [one for one in self._by_number.get(number, ()) if is_unspecified or one.key.owner == device]
        return candidates[0].name if len(candidates) == 1 else None

    def fru_name(self, fru_id: int) -> str | None:
        """Return the name of a FRU that has a locator."""
        return self._frus.get(fru_id) or None


class SdrNames(EventNames):
    """The names in an object like `pyghmi.ipmi.sdr.SDR`: `sensors` by 'owner.number.lun', `fru` by number."""

    def __init__(self, sdr: Any) -> None:
        self._sensors = getattr(sdr, "sensors", {})
        self._frus = getattr(sdr, "fru", {})

    def sensor_name(self, generator: Generator, number: int) -> str | None:
        """Return the name of the sensor of an event."""
        return self._name(f"{generator.owner}.{number}.{generator.lun}")

    def trap_sensor_name(self, device: int, number: int) -> str | None:
        """Return the name of the sensor of a trap: the owner's of LUN 0."""
        return self._name(f"{device}.{number}.0")

    def _name(self, key: str) -> str | None:
        found = self._sensors.get(key)
        name = getattr(found, "name", None) or getattr(found, "sensor_name", None)
        return name or None

    def fru_name(self, fru_id: int) -> str | None:
        """Return the name of a FRU."""
        return getattr(self._frus.get(fru_id), "fru_name", None) or None


def texts_in(event_consts: Any) -> Texts:
    """Return the words in a module of event constants, such as a vendor's handler gives.

    event_consts: has `generic_type_offsets` and `sensor_type_offsets`: type -> offset -> {'desc', 'severity', ...}.
    """
    from pyghmi.ipmi.spec.eventtext import SPECIFIC, Text

    def texts(event_type: int, sensor_type: int, offset: int) -> Text | None:
        if event_type == SPECIFIC:
            table = event_consts.sensor_type_offsets.get(sensor_type, {})
        else:
            table = event_consts.generic_type_offsets.get(event_type, {})
        row = table.get(offset)
        if row is None:
            return None
        asserted = row["desc"]
        return Text(
            asserted,
            row["severity"],
            row.get("deassertion_desc", f"{asserted} deasserted"),
            row.get("deassertion_severity", 0),
        )

    return texts

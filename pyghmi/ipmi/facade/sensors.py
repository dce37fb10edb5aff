# SPDX-License-Identifier: Apache-2.0
"""Sensors and health."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from pyghmi.exceptions import (
    BypassGenericBehavior,
    CompletionCodeError,
    IpmiException,
    NotFound,
    SessionError,
    TimedOut,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.domains.sdr_cache import SdrFiles
    from pyghmi.ipmi.domains.sdr_held import HeldRecords
    from pyghmi.ipmi.domains.sdr_repo import Progress
    from pyghmi.ipmi.domains.sensor import Reading, Sensor
    from pyghmi.ipmi.domains.sensors import Sensors
    from pyghmi.ipmi.facade.readings import SensorReading
    from pyghmi.ipmi.spec.sdr import SdrRecord, SensorKey

SensorName = Union[str, "SensorKey"]
"""The name that no other sensor of the BMC has, the name in its record if only one has that, or its identity."""

_STILL_NEW_S = 10.0
_NOT_PRESENT = 0xCB
_READ = (0x04, 0x2D)
_ALIVE = (0x0A, 0x20)
_ENTRY_S = 6.0
_TEMPERATURE, _TEMPERATURE_TYPE = "Temperature", 0x01
_PROCESSOR = "Processor"
_INLETS = ("Air inlet", "External environment")
_CELSIUS = "°C"


class Description(TypedDict):
    """What `get_sensor_descriptions` yields."""

    name: str
    type: str


class HealthSummary(TypedDict):
    """What `get_health` returns.  health: `Health` bits; badreadings: readings that are not all right."""

    health: int
    badreadings: list[Any]


class SensorsApi(Api):
    """Sensors and health."""

    bmc: str | None
    ipmi_session: Any
    _sdr: Any
    _sdrcachedir: str | None
    _sdr_held: HeldRecords | None = None
    _sdr_checked_at = 0.0

    # --- records

    def _sdr_way(self) -> Requester:
        """Return the way to the BMC for many requests: each has its own time, unless the caller named a deadline."""
        return self._call() if self._deadline_named else self._requester

    def _held(self, *, check: bool = True, progress: Progress = None) -> HeldRecords:
        """Return records and sensors; `check`: find out whether they have changed, else only once in a while."""
        from pyghmi.ipmi.domains.sdr_held import refreshed

        held, way = self._sdr_held, self._sdr_way()
        if held is not None and not check and way.now() - self._sdr_checked_at < _STILL_NEW_S:
            return held
        repository = self._vendor_if_it_has("sdr").sdr(way, self._learned)
        now = refreshed(repository, self._learned, held, self._sdr_files, progress)
        if now is not held:
            self._use_words_of_vendor(now)
        self._sdr_held, self._sdr_checked_at = now, way.now()
        return now

    def _use_words_of_vendor(self, held: HeldRecords) -> None:
        """Have sensors speak with the vendor's words, where it has some.  Asks who the BMC is only if that counts."""
        from pyghmi.ipmi.facade.readings import has_maker_texts, texts_of
        from pyghmi.ipmi.oem.generic import OEMHandler
        from pyghmi.ipmi.spec.sdr import ReadableSensorRecord

        readable = (one for one in held.sensor_records if isinstance(one, ReadableSensorRecord))
        counts = any(has_maker_texts(one.event_type, one.sensor_type) for one in readable)
        try:
            vendor = self._vendor_if_it_has("get_oem_event_const")
            if type(vendor) is OEMHandler and not counts:
                return
            device = self._device_id() if counts else None
        except SessionError:
            raise
        except IpmiException:
            return
        words = vendor.get_oem_event_const()
        held.texts = texts_of(words, (0, 0) if device is None else (device.manufacturer_id, device.product_id))
        held.type_names = getattr(words, "sensor_type_codes", None)

    def _sdr_files(self) -> SdrFiles | None:
        """Return the files of records; None: none are wanted, or the BMC does not say who it is."""
        if self._sdrcachedir is None:
            return None
        from pyghmi.ipmi.domains.sdr_cache import SdrFiles

        try:
            device = self._device_id()
        except SessionError:
            raise
        except IpmiException:
            return None
        return SdrFiles(self._sdrcachedir, device, f"{self.bmc}:{getattr(self.ipmi_session, 'port', '')}")

    def _sdr_raw_records(self) -> list[bytes]:
        """Return the sensor data records as bytes."""
        return self._held().raw

    def _sdr_records(self) -> list[SdrRecord]:
        """Return the sensor data records."""
        return self._held().records

    def get_sdr_records(self, progress: Progress = None) -> list[SdrRecord]:
        """Return the sensor data records, decoded (see `pyghmi.ipmi.spec.sdr`).

        progress: called as progress(records read, records expected) while they are read.  Raises IpmiException.
        """
        return self._held(progress=progress).records

    def get_sdr_problems(self) -> list[str]:
        """Return, in words, what could not be read of the sensor data records.  Raises IpmiException."""
        return list(self._held(check=False).problems)

    def init_sdr(self) -> Any:
        """Return the `pyghmi.ipmi.sdr.SDR` of the BMC, or what the vendor's handler has for it."""
        if self._sdr is None:
            vendor = self._vendor_if_it_has("init_sdr")
            if hasattr(vendor, "init_sdr"):
                self._sdr = vendor.init_sdr()
            else:
                from importlib import import_module

                # A door of the floor above, opened at run time for programs that want it.
                self._sdr = import_module("pyghmi.ipmi.sdr").SDR(self, self._sdrcachedir)
        return self._sdr

    # --- readings

    def _sensors(self) -> Sensors:
        found: Sensors = self._vendor_if_it_has("sensors").sensors(self._sdr_way(), self._learned)
        return found

    def get_sensors(self) -> list[Sensor]:
        """Return all sensors, also those that only send events.  Raises IpmiException."""
        return list(self._held().sensors)

    def find_sensor(self, name: SensorName) -> Sensor:
        """Return a sensor.  Raises NotFound, IpmiException."""
        found = self._held(check=False).find(name)
        if found is None:
            raise NotFound(f"Sensor not found: {name}")
        return found

    def read_sensors(self) -> Iterator[Reading]:
        """Yield a reading of each readable sensor; one that gives none says why in `problem` and `code`.

        One question for each, and one for all of them whether they have changed.  Raises IpmiException when the BMC
        itself does not answer any more.
        """
        sensors = self._held().sensors
        yield from self._sensors().sweep(sensors)

    def get_sensor_data(self) -> Iterator[Any]:
        """Yield a `SensorReading` of each sensor that is there, then those that only the vendor's handler knows.

        A sensor that is not present is left out; one that does not answer as it should is `unavailable`, and its
        `code` and `problem` say why.  Raises IpmiException when the BMC itself does not answer any more.
        """
        vendor = self._vendor_if_it_has("get_sensor_data", "init_sdr")
        if hasattr(vendor, "init_sdr"):
            yield from self._readings_of_vendor()
        else:
            from pyghmi.ipmi.facade.readings import sensor_reading

            for reading in self.read_sensors():
                if reading.code != _NOT_PRESENT:
                    yield sensor_reading(reading)
        yield from vendor.get_sensor_data()

    def _entries_of_vendor(self) -> Iterator[Any]:
        """Yield the readable entries that a vendor's own `SDR` has."""
        sdr = self.init_sdr()
        yield from (sdr.sensors[key] for key in sdr.get_sensor_numbers())

    def _readings_of_vendor(self) -> Iterator[Any]:
        """Yield the readings of the entries that a vendor's own `SDR` has."""
        for entry in self._entries_of_vendor():
            reading = self._reading_of_entry(entry)
            if reading is not None:
                yield reading

    def _ask_entry(self, entry: Any) -> tuple[int, bytes]:
        return self._sdr_way().exchange(
            *_READ, bytes((entry.sensor_number,)), lun=entry.sensor_lun, deadline_s=_ENTRY_S, repeatable=True
        )

    def _reading_of_entry(self, entry: Any) -> Any:
        """Return a reading, None where the sensor is not present; one that says nothing does not end the list."""
        from pyghmi.ipmi.facade.readings import SensorReading

        found = SensorReading({"name": entry.name, "type": entry.sensor_type, "unavailable": 1}, entry.unit_suffix)
        try:
            found.code, data = self._ask_entry(entry)
        except TimedOut:
            self._sdr_way().exchange(*_ALIVE, b"", deadline_s=_ENTRY_S)
            found.problem = "no answer"
            return found
        if found.code == _NOT_PRESENT:
            return None
        return found if found.code else entry.decode_sensor_reading(self, bytearray(data))

    def get_sensor_descriptions(self) -> Iterator[Any]:
        """Yield {'name', 'type'} of each readable sensor, then those that only the vendor's handler knows."""
        vendor = self._vendor_if_it_has("get_sensor_descriptions", "init_sdr")
        if hasattr(vendor, "init_sdr"):
            for entry in self._entries_of_vendor():
                yield Description(name=entry.name, type=entry.sensor_type)
        else:
            for sensor in self._held().sensors:
                if sensor.readable:
                    yield Description(name=sensor.name, type=sensor.sensor_type_name)
        yield from vendor.get_sensor_descriptions()

    def get_sensor_reading(self, sensorname: SensorName) -> Any:
        """Return the `SensorReading` of one sensor.

        Raises IpmiException with the completion code (203: it is not present), NotFound if there is no such sensor.
        """
        vendor = self._vendor_if_it_has("init_sdr")
        if hasattr(vendor, "init_sdr"):
            entry = next((one for one in self._entries_of_vendor() if one.name == sensorname), None)
            if entry is None:
                return vendor.get_sensor_reading(sensorname)
            code, data = self._ask_entry(entry)
            if code:
                raise _refusal(code)
            return entry.decode_sensor_reading(self, bytearray(data))
        sensor = self._held(check=False).find(sensorname)
        if sensor is None or not sensor.readable:
            return self._vendor_if_it_has("get_sensor_reading").get_sensor_reading(sensorname)
        return self._read_one(sensor)

    def _read_one(self, sensor: Sensor) -> SensorReading:
        """Return the reading of one sensor.  Raises IpmiException if it gives none."""
        from pyghmi.ipmi.facade.readings import sensor_reading

        reading = self._sensors().read(sensor, self._held(check=False).sensors)
        if reading.code is not None:
            raise _refusal(reading.code)
        if reading.raw is None and reading.problem == "no answer":
            raise TimedOut("timeout", stage="Get Sensor Reading", hint=f"sensor {sensor.name} does not answer")
        return sensor_reading(reading)

    # --- what follows from readings

    def get_health(self) -> Any:
        """Return {'health': `Health` bits joined, 'badreadings': [`SensorReading`]}.

        States that a reading contradicts are looked at again, against the thresholds that the BMC has now.  Raises
        IpmiException.
        """
        summary = HealthSummary(badreadings=[], health=0)
        vendor = self._vendor_if_it_has("get_health", "get_sensor_data", "init_sdr")
        try:
            fallback = vendor.get_health(summary)
        except BypassGenericBehavior:
            return summary
        for reading in self._judged_readings(vendor):
            if reading.health:
                summary["health"] |= reading.health
                summary["badreadings"].append(reading)
        if not summary["badreadings"]:
            summary["badreadings"] = fallback
        return summary

    def _judged_readings(self, vendor: Any) -> Iterator[Any]:
        from pyghmi.ipmi.facade.readings import sensor_reading

        if hasattr(vendor, "init_sdr"):
            yield from self.get_sensor_data()
            return
        sensors = self._sensors()
        for reading in self.read_sensors():
            yield sensor_reading(sensors.judged(reading))
        yield from vendor.get_sensor_data()

    def get_system_power_watts(self) -> int:
        """Return the power that the machine draws, in watts.  Raises IpmiException."""
        found: int = self._vendor_if_it_has("get_system_power_watts").get_system_power_watts(self)
        return found

    def _generic_power_watts(self) -> int:
        found: int = self._vendor_if_it_has("dcmi").dcmi(self._call()).power_reading().current
        return found

    def get_inlet_temperature(self) -> Any:
        """Return the `SensorReading` of the air that goes in.

        Raises UnsupportedFunctionality if no sensor says that it is that, IpmiException.
        """
        return self._vendor_if_it_has("get_inlet_temperature").get_inlet_temperature(self)

    def _generic_inlet_temperature(self) -> SensorReading:
        sensors = self._temperatures()
        for entity in _INLETS:
            found = [one for one in sensors if one.entity_name == entity and "exhaust" not in one.name.lower()]
            if len(found) > 1:
                names = ", ".join(one.name for one in found)
                raise NotFound(f"Unable to tell which sensor is the inlet: {names}")
            if found:
                return self._read_one(found[0])
        raise UnsupportedFunctionality("Unable to detect inlet sensor name for this platform")

    def get_average_processor_temperature(self) -> Any:
        """Return a `SensorReading` of all processors together, 'Average Processor Temperature'.

        Its `value` is None, and it is unavailable, when no processor has a reading.  Raises IpmiException.
        """
        vendor = self._vendor_if_it_has("get_average_processor_temperature")
        return vendor.get_average_processor_temperature(self)

    def _generic_processor_temperature(self) -> SensorReading:
        from pyghmi.ipmi.facade.readings import SensorReading

        found = [sensor for sensor in self._temperatures() if sensor.entity_name == _PROCESSOR]
        readings = list(self._sensors().sweep(found))
        values = [one.value for one in readings if one.value is not None and one.units == _CELSIUS]
        known: dict[str, Any] = {"name": "Average Processor Temperature", "type": _TEMPERATURE, "value": None}
        if values:
            known["value"] = sum(values) / len(values)
        else:
            known["unavailable"] = 1
        return SensorReading(known, _CELSIUS)

    def _temperatures(self) -> list[Sensor]:
        """Return the sensors with thresholds that measure temperatures."""
        every = (one for one in self._held(check=False).sensors if one.readable and one.is_threshold)
        return [one for one in every if one.sensor_type == _TEMPERATURE_TYPE]


def _refusal(code: int) -> CompletionCodeError:
    """Return the error for a sensor that refused, or whose controller did (codes below C0h are those of bridging)."""
    from pyghmi.ipmi.domains.requester import completion_error

    return completion_error(*(_READ if code >= 0xC0 else (0x06, 0x34)), code)

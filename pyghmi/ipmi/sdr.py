# SPDX-License-Identifier: Apache-2.0
"""Sensor data records under their long-standing names."""
from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Callable
from weakref import proxy

from pyghmi.exceptions import InvalidParameterValue, IpmiException
from pyghmi.ipmi.domains import sdr_cache
from pyghmi.ipmi.domains.conversion import factors_of
from pyghmi.ipmi.domains.sensor import Sensor, decode_reading, expand, needs_factors, standard_texts
from pyghmi.ipmi.facade.readings import SensorReading, oem_type_offsets, sensor_reading, texts_of
from pyghmi.ipmi.spec.sdr import (
    HEADER_BYTES,
    FruLocator,
    FullSensorRecord,
    ModifierUse,
    ReadableSensorRecord,
    SensorRecord,
    ThresholdAccess,
    UnreadRecord,
    parse_record,
)
from pyghmi.ipmi.spec.sensor import GetSensorReadingFactors, SensorReadingData, SensorReadingFactors
from pyghmi.ipmi.spec.storage import ReserveSdrRepository
from pyghmi.ipmi.spec.tables import RATES, UNITS, unit_name
from pyghmi.ipmi.wire import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyghmi.ipmi.domains.conversion import Factors
    from pyghmi.ipmi.domains.sensor import StateTexts
    from pyghmi.ipmi.spec.app import DeviceId
    from pyghmi.ipmi.spec.eventtext import Text

__all__ = [
    "SDR",
    "TYPE_FRU",
    "TYPE_SENSOR",
    "TYPE_UNKNOWN",
    "SDREntry",
    "SensorReading",
    "oem_type_offsets",
    "ones_complement",
    "sensor_rates",
    "shared_sdrs",
    "twos_complement",
    "unit_types",
]

TYPE_UNKNOWN, TYPE_SENSOR, TYPE_FRU = 0, 1, 2

unit_types = {**UNITS, 89: UNITS[90], 90: UNITS[89]}
"""Units by their code; programs know 89 and 90 the other way round than the specification has them."""
sensor_rates = dict(RATES)

_VERSION = 0x51
_JOINTS = {ModifierUse.DIVIDES: "/", ModifierUse.MULTIPLIES: " "}


def ones_complement(value: int, bits: int) -> int:
    """Return the signed number that bits are in one's complement."""
    return numbers.ones_complement(value, bits)


def twos_complement(value: int, bits: int) -> int:
    """Return the signed number that bits are in two's complement."""
    return numbers.twos_complement(value, bits)


class _Shared(dict[Any, Any]):
    """What programs empty to have all records read anew."""

    def clear(self) -> None:
        super().clear()
        sdr_cache.forget_all()


shared_sdrs: dict[Any, Any] = _Shared()


# --- what programs read of an entry, by the kind of record

_OF_SENSOR: dict[str, Callable[[Sensor], Any]] = {
    "sensor_name": lambda sensor: sensor.base_name,
    "sensor_owner": lambda sensor: sensor.key.owner,
    "sensor_lun": lambda sensor: sensor.key.lun,
    "sensor_number": lambda sensor: sensor.key.number,
    "sensor_type_number": lambda sensor: sensor.sensor_type,
    "sensor_type": lambda sensor: sensor.sensor_type_name,
    "reading_type": lambda sensor: sensor.event_type,
    "entity": lambda sensor: sensor.entity_name,
    "unit_suffix": lambda sensor: sensor.units,
}
_OF_READABLE: dict[str, Callable[[Any], Any]] = {
    "numeric_format": lambda record: int(record.analog_format if isinstance(record, FullSensorRecord) else 3),
    "baseunit": lambda record: unit_name(record.base_unit),
    "modunit": lambda record: unit_name(record.modifier_unit),
    "unit_mod": lambda record: _JOINTS.get(record.modifier_use, ""),
    "percent": lambda record: "% " if record.percentage else "",
    "sensor_rate": lambda record: sensor_rates.get(record.rate, ""),
}
_OF_FULL: dict[str, Callable[[Any], Any]] = {
    "m": lambda record: record.m,
    "b": lambda record: record.b,
    "tolerance": lambda record: record.tolerance,
    "accuracy": lambda record: record.accuracy,
    "accuracyexp": lambda record: record.accuracy_exp,
    "direction": lambda record: int(record.direction),
    "resultexponent": lambda record: record.r_exp,
}
_OF_FRU: dict[str, Callable[[Any], Any]] = {
    "fru_name": lambda record: record.name,
    "fru_number": lambda record: record.fru_id,
    "fru_logical": lambda record: record.logical,
    "fru_type_and_modifier": lambda record: record.device_type << 8 | record.device_modifier,
}


class SDREntry:
    """One record.

    entrybytes: all of it; event_consts: a module with the texts of states, None: the usual one; reportunsupported:
    raise NotImplementedError for a record of a kind that is not read here; mfg_id, prod_id: of the BMC.
    Raises NotImplementedError for another version of records than 51h.
    """

    def __init__(
        self,
        entrybytes: bytes | bytearray,
        event_consts: Any,
        reportunsupported: bool = False,
        mfg_id: int = 0,
        prod_id: int = 0,
    ) -> None:
        data = bytes(entrybytes)
        if data[2:3] != bytes((_VERSION,)):
            raise NotImplementedError(f"Records of version {data[2:3].hex() or 'none'} are not supported")
        record = parse_record(data)
        if reportunsupported and isinstance(record, UnreadRecord):
            raise NotImplementedError(record.problem)
        self.event_consts = event_consts
        self.reportunsupported = reportunsupported
        self.mfg_id = mfg_id
        self.prod_id = prod_id
        self.record = record
        self.rectype = record.type
        self.sdrtype = TYPE_UNKNOWN
        self.readable = True
        self.has_thresholds = False
        self.linearization: int | None = None
        self.texts: StateTexts | None = None
        self._sensors: list[Sensor] | None = None
        if isinstance(record, SensorRecord):
            self.sdrtype = TYPE_SENSOR
            self.readable = isinstance(record, ReadableSensorRecord) and not record.owner_id & 1
        elif isinstance(record, FruLocator):
            self.sdrtype = TYPE_FRU
        if isinstance(record, FullSensorRecord):
            self.has_thresholds = record.threshold_access != ThresholdAccess.NONE
            self.linearization = int(record.linearization)

    def __getattr__(self, name: str) -> Any:
        """Find out what follows from the record when it is first read."""
        if name.startswith("_") or "record" not in self.__dict__:
            raise AttributeError(name)
        record = self.record
        if name in _OF_SENSOR and isinstance(record, SensorRecord):
            value = _OF_SENSOR[name](self.sensor)
        elif name in _OF_READABLE and isinstance(record, ReadableSensorRecord):
            value = _OF_READABLE[name](record)
        elif name in _OF_FULL and isinstance(record, FullSensorRecord):
            value = _OF_FULL[name](record)
        elif name in _OF_FRU and isinstance(record, FruLocator):
            value = _OF_FRU[name](record)
        else:
            raise AttributeError(f"a record of type {self.rectype:02X}h has no {name!r}")
        self.__dict__[name] = value
        return value

    @property
    def sensors(self) -> list[Sensor]:
        """The sensors that share the record; most have it for themselves, and other kinds of records have none."""
        if self._sensors is None:
            if self.texts is None and self.event_consts is not None:
                self.texts = texts_of(self.event_consts, (self.mfg_id, self.prod_id))
            self._sensors = expand([self.record], self.texts)
            for sensor in self._sensors if self.event_consts is not None else ():
                sensor.use_type_names(getattr(self.event_consts, "sensor_type_codes", {}))
        return self._sensors

    @property
    def sensor(self) -> Sensor:
        """The sensor that it describes; of several the first.  Raises InvalidParameterValue."""
        if not self.sensors:
            raise InvalidParameterValue(f"A record of type {self.rectype:02X}h describes no sensor")
        return self.sensors[0]

    @property
    def name(self) -> str:
        """What it is called; among the entries of an `SDR` no other sensor has this name."""
        if self.sdrtype == TYPE_SENSOR:
            return self.sensor.name
        if self.sdrtype == TYPE_FRU:
            found: str = self.fru_name
            return found
        return "UNKNOWN"

    def of(self, sensor: Sensor) -> SDREntry:
        """Return the entry of one of the sensors that share the record."""
        other = copy(self)
        for name in _OF_SENSOR:
            other.__dict__.pop(name, None)
        other._sensors = [sensor]
        return other

    def decode_sensor_reading(self, ipmicmd: Any, reading: bytes | bytearray | None = None) -> SensorReading:
        """Return what an answer to Get Sensor Reading (netfn 4, command 2Dh), without its code, says.

        ipmicmd: who is asked for the factors of a non-linear sensor; may be None for all others.  Old programs give the
        reading alone (seen: Checkmk 2.1).
        """
        if reading is None:
            ipmicmd, reading = None, ipmicmd
        sensor, data = self.sensor, SensorReadingData.decode(reading)
        factors = None
        if data.reading is not None and needs_factors(sensor):
            factors = _factors(ipmicmd, sensor, data.reading)
        return sensor_reading(decode_reading(sensor, data, factors))


def _factors(ipmicmd: Any, sensor: Sensor, raw: int) -> Factors | None:
    request = GetSensorReadingFactors(number=sensor.key.number, reading=raw)
    place = {"rslun": sensor.key.lun} if sensor.key.lun else {}
    try:
        answer = ipmicmd.raw_command(netfn=request.netfn, command=request.cmd, data=request.encode(), **place)
        return None if answer.get("code") else factors_of(SensorReadingFactors.decode(bytes(answer["data"])))
    except IpmiException:
        return None


class SDR:
    """The records of a BMC.

    sensors: 'owner.number.lun' (as decimal numbers) -> SDREntry; fru: number -> SDREntry; ipmicmd: the `Command`, held
    weakly; cachedir: a folder for files of records.  Raises IpmiException and its kin.
    """

    broken_sensor_ids: dict[Any, Any]

    def __init__(self, ipmicmd: Any, cachedir: str | None = None) -> None:
        self.ipmicmd = proxy(ipmicmd)
        self.cachedir = cachedir
        self.sensors: dict[str, SDREntry] = {}
        self.fru: dict[int, SDREntry] = {}
        self.broken_sensor_ids = {}
        self._texts: StateTexts | None = None
        self.read_info()

    def read_info(self) -> None:
        """Read all records."""
        if self.cachedir is not None:
            self.ipmicmd.set_sdr_cachedir(self.cachedir)
        self.get_sdr()

    def get_sdr(self) -> None:
        """Read the records again, from wherever they are known."""
        self.sensors.clear()
        self.fru.clear()
        records = self.ipmicmd._sdr_raw_records()
        for record in records:
            if len(record) >= HEADER_BYTES:
                # Some have another version there and are the same.
                self.add_sdr(record[:2] + bytes((_VERSION,)) + record[3:])
        for sensor in expand(parse_record(record) for record in records):
            entry = self.sensors.get(_key(sensor))
            if entry is not None and sensor.name != sensor.base_name:
                entry.sensor.name = sensor.name

    def add_sdr(self, sdrbytes: bytes | bytearray) -> None:
        """Take one record in.  Of several for one sensor the fullest counts, then the first."""
        entry = self.make_sdr_entry(sdrbytes)
        if entry.sdrtype == TYPE_FRU:
            self.fru.setdefault(entry.fru_number, entry)
        if entry.sdrtype != TYPE_SENSOR:
            return
        for sensor in entry.sensors:
            key = _key(sensor)
            known = self.sensors.get(key)
            if known is None or entry.rectype < known.rectype:
                self.sensors[key] = entry if len(entry.sensors) == 1 else entry.of(sensor)

    def make_sdr_entry(self, sdrbytes: bytes | bytearray) -> SDREntry:
        """Return the entry of one record."""
        entry = SDREntry(sdrbytes, None)
        entry.texts = self._state_texts
        return entry

    def _state_texts(self, event_type: int, sensor_type: int) -> Mapping[int, Text] | None:
        """Return the vendor's texts for states.  Who the vendor is, is asked when a state is to be put in words."""
        if self._texts is None:
            try:
                self._texts = texts_of(self.ipmicmd.get_event_constants(), (self.mfg_id, self.prod_id))
            except (IpmiException, ReferenceError):
                self._texts = standard_texts
        return self._texts(event_type, sensor_type)

    def get_sensor_numbers(self) -> Iterator[str]:
        """Yield the keys in `sensors` of those that can be read."""
        for key, entry in self.sensors.items():
            if entry.readable:
                yield key

    def get_sdr_reservation(self) -> int:
        """Return a new reservation of the repository."""
        answer = self.ipmicmd._call().request(ReserveSdrRepository())
        found: int = answer.reservation
        return found

    def decode_aux(self, auxdata: bytes | bytearray) -> str:
        """Return what the firmware says of itself beyond its version, as hexadecimal digits."""
        return "".join(hex(byte) for byte in auxdata)

    # --- who the BMC is, asked for when it is read

    @property
    def _identity(self) -> DeviceId:
        found: DeviceId = self.ipmicmd._device_id()
        return found

    @property
    def device_id(self) -> int:
        """The kind of controller."""
        return self._identity.device_id

    @property
    def device_rev(self) -> int:
        """Its revision."""
        return self._identity.device_revision

    @property
    def fw_major(self) -> int:
        """The first number of the firmware's version."""
        return self._identity.firmware_major

    @property
    def fw_minor(self) -> str:
        """The second one: two hexadecimal digits."""
        return f"{self._identity.firmware_minor:02x}"

    @property
    def ipmiversion(self) -> int:
        """The version of IPMI, as the byte that came: 51h is 1.5, 02h is 2.0."""
        return self._identity.ipmi_minor << 4 | self._identity.ipmi_major

    @property
    def mfg_id(self) -> int:
        """The manufacturer's number."""
        return self._identity.manufacturer_id

    @property
    def prod_id(self) -> int:
        """The product's number."""
        return self._identity.product_id

    @property
    def aux_fw(self) -> str:
        """What else the firmware says of its version.  Raises AttributeError where it says nothing."""
        auxiliary = self._identity.auxiliary
        if auxiliary is None:
            raise AttributeError("this BMC has no auxiliary firmware version")
        return self.decode_aux(auxiliary)


def _key(sensor: Sensor) -> str:
    return f"{sensor.key.owner}.{sensor.key.number}.{sensor.key.lun}"

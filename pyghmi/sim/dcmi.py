# SPDX-License-Identifier: Apache-2.0
"""What a simulated BMC has of DCMI 1.5: power and its limit, names, temperatures, configuration."""
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec import dcmi as spec
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.sdr import FullSensorRecord, parse_record
from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.numbers import words
from pyghmi.sim.demo_sensors import demo_records
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.powerlimit import PowerLimiter
from pyghmi.sim.thermal import SteadyModel

if TYPE_CHECKING:
    from pyghmi.sim.profiles import Model

_BMC = 0x20
_PERIOD_MS = 60_000
_VERSION = {"major": 1, "minor": 5}
_CAPABILITY_REVISION, _PARAMETER_REVISION = 2, 1
_PERIODS = (
    spec.RollingPeriod(unit=spec.PeriodUnit.SECONDS, duration=5),
    spec.RollingPeriod(unit=spec.PeriodUnit.MINUTES, duration=1),
    spec.RollingPeriod(unit=spec.PeriodUnit.HOURS, duration=1),
)
_DEFAULT_SEL_ENTRIES, _MOST_SEL_ENTRIES = 512, 0xFFF
_ALL_KINDS = 0x07
"""Asset tag, DHCP host name and GUID; temperatures of baseboard, processors and inlet."""
_CAPABILITIES: dict[int, Message] = {
    spec.Capability.SUPPORTED: spec.SupportedCapabilities(
        power_management=True, secondary_lan=False, serial_tmode=False, in_band=True
    ),
    spec.Capability.OPTIONAL: spec.OptionalAttributes(address=0x20, channel=0, revision=1),
    spec.Capability.MANAGEABILITY: spec.ManageabilityAttributes(primary_lan=1, secondary_lan=0xFF, serial=0xFF),
    spec.Capability.POWER_STATISTICS: spec.PowerStatistics(
        count=len(_PERIODS), periods=b"".join(period.encode() for period in _PERIODS)
    ),
}
_ENTITIES = {0x40: 0x40, 0x41: 0x41, 0x42: 0x42, 0x37: 0x40, 0x03: 0x41, 0x07: 0x42}
"""The numbers of IPMI stand for those of DCMI."""
_MOST_ROWS = 8


class Text:
    """A text that is read and written in parts.  most: bytes; ends_with_nul: a NUL ends it."""

    def __init__(self, text: bytes, most: int, *, ends_with_nul: bool = False) -> None:
        self.text = text
        self._most = most
        self._ends_with_nul = ends_with_nul

    def read(self, offset: int, count: int) -> Reply:
        """Answer a request for a part."""
        if offset >= self._most or count > spec.BLOCK_BYTES or offset + count > self._most:
            return OUT_OF_RANGE, b""
        return OK, spec.TextBlock(total=len(self.text), data=self.text[offset : offset + count]).encode()

    def write(self, offset: int, count: int, data: bytes) -> Reply:
        """Write a part: the text ends behind it."""
        if count != len(data):
            return INVALID_LENGTH, b""
        end = offset + count
        if offset > len(self.text) or count > spec.BLOCK_BYTES or end > self._most:
            return OUT_OF_RANGE, b""
        if self._ends_with_nul and end == self._most and data[-1]:
            return OUT_OF_RANGE, b""
        self.text = self.text[:offset] + (data.split(b"\0")[0] if self._ends_with_nul else data)
        return OK, spec.TextWritten(total=end).encode()


class DcmiPart:
    """Answer what is asked about DCMI.

    machine: whose power it is about, None: always on; temperatures: {entity 40h, 41h or 42h: {instance: degrees}},
    None: those that the model measures; clock: the time in seconds; model: what is measured, None: the small machine's.
    """

    def __init__(
        self,
        machine: Any = None,
        temperatures: Mapping[int, Mapping[int, int]] | None = None,
        clock: Callable[[], float] = time.time,
        model: Model | None = None,
    ) -> None:
        self._machine = machine
        self._model: Model = SteadyModel(machine) if model is None else model
        self._clock = clock
        self._told = temperatures
        self.tag = Text(b"INV-004711", spec.TAG_BYTES)
        self.identifier = Text(b"DCMI02:00:00:5e:00:01", spec.ID_BYTES, ends_with_nul=True)
        self.limiter = PowerLimiter(machine, self._model)
        self.thermal: dict[int, spec.ThermalLimit] = {}
        self.parameters = {1: b"\0", 2: b"\0", 3: words(4, 1), 4: words(120, 2), 5: words(64, 2)}

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        methods: dict[int, Answer] = {
            0x01: self._capabilities,
            0x02: self._reading,
            0x03: self.limiter.get,
            0x04: self.limiter.set,
            0x05: self.limiter.activate,
            0x06: self._read_tag,
            0x07: self._sensor_info,
            0x08: self._write_tag,
            0x09: self._read_identifier,
            0x0A: self._write_identifier,
            0x0B: self._set_thermal,
            0x0C: self._thermal,
            0x10: self._temperatures,
            0x12: self._set_parameter,
            0x13: self._parameter,
        }
        return {(0x2C, cmd): _of_group(method) for cmd, method in methods.items()}

    @property
    def temperatures(self) -> Mapping[int, Mapping[int, int]]:
        """What is measured now."""
        if self._told is not None:
            return self._told
        return self._model.temperatures()

    def _capabilities(self, data: bytes) -> Reply:
        asked = exact(spec.GetCapabilities, data).parameter
        found = self._mandatory() if asked is spec.Capability.MANDATORY else _CAPABILITIES.get(asked)
        if found is None:
            return INVALID_FIELD, b""
        return OK, spec.CapabilityData(**_VERSION, revision=_CAPABILITY_REVISION, data=found.encode()).encode()

    def _mandatory(self) -> Message:
        parts = getattr(self._machine, "parts", {})
        entries = parts["sel"].capacity if "sel" in parts else _DEFAULT_SEL_ENTRIES
        return spec.MandatoryAttributes(
            sel_entries=min(entries, _MOST_SEL_ENTRIES),
            rollover=False,
            identification=_ALL_KINDS,
            temperatures=_ALL_KINDS,
            sampling_s=5,
        )

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "tag": self.tag.text.hex(),
            "identifier": self.identifier.text.hex(),
            "limit": self.limiter.limit.encode().hex(),
            "limit_active": self.limiter.is_active,
            "thermal": {str(at): limit.encode().hex() for at, limit in self.thermal.items()},
            "parameters": {str(number): data.hex() for number, data in self.parameters.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.tag.text, self.identifier.text = bytes.fromhex(state["tag"]), bytes.fromhex(state["identifier"])
        limit = spec.PowerLimit.decode(bytes.fromhex(state["limit"]))
        self.limiter.restore(limit, is_active=bool(state["limit_active"]))
        self.thermal = {
            int(at): spec.ThermalLimit.decode(bytes.fromhex(limit)) for at, limit in state["thermal"].items()
        }
        self.parameters = {int(number): bytes.fromhex(data) for number, data in state["parameters"].items()}

    # --- power

    def _reading(self, data: bytes) -> Reply:
        asked = spec.GetPowerReading.decode(data)
        if len(data) != len(asked.encode()):
            return INVALID_LENGTH, b""
        period = spec.RollingPeriod(unit=asked.unit, duration=asked.duration)
        enhanced = asked.mode is spec.PowerMode.ENHANCED
        if asked.mode not in (spec.PowerMode.SYSTEM, spec.PowerMode.ENHANCED) or (enhanced and period not in _PERIODS):
            return INVALID_FIELD, b""
        least, average, most = self._model.power_history(_seconds(period) if enhanced else _PERIOD_MS / 1000)
        answer = spec.PowerReading(
            current=self._model.power_w(),
            minimum=least,
            maximum=most,
            average=average,
            timestamp=int(self._clock()),
            period=period.encode()[0] if enhanced else _PERIOD_MS,
            active=True,
        )
        return OK, answer.encode()

    # --- texts

    def _read_tag(self, data: bytes) -> Reply:
        asked = exact(spec.GetAssetTag, data)
        return self.tag.read(asked.offset, asked.count)

    def _write_tag(self, data: bytes) -> Reply:
        asked = spec.SetAssetTag.decode(data)
        return self.tag.write(asked.offset, asked.count, asked.data)

    def _read_identifier(self, data: bytes) -> Reply:
        asked = exact(spec.GetControllerId, data)
        return self.identifier.read(asked.offset, asked.count)

    def _write_identifier(self, data: bytes) -> Reply:
        asked = spec.SetControllerId.decode(data)
        return self.identifier.write(asked.offset, asked.count, asked.data)

    # --- temperatures

    def _temperatures(self, data: bytes) -> Reply:
        asked = exact(spec.GetTemperatureReadings, data)
        entity = _ENTITIES.get(asked.entity)
        if entity is None or asked.sensor_type != spec.TEMPERATURE:
            return INVALID_FIELD, b""
        held = self.temperatures.get(entity, {})
        wanted = wanted_instances(sorted(held), asked.instance, asked.start)
        pairs = [spec.TemperatureData(negative=held[at] < 0, degrees=abs(held[at]), instance=at) for at in wanted]
        return instances(len(held), [pair.encode() for pair in pairs])

    def _sensor_info(self, data: bytes) -> Reply:
        asked = exact(spec.GetSensorInfo, data)
        entity = _ENTITIES.get(asked.entity)
        if entity is None or asked.sensor_type != spec.TEMPERATURE:
            return INVALID_FIELD, b""
        records = self._temperature_records(entity)
        wanted = wanted_instances(sorted(records), asked.instance, asked.start)
        return instances(len(records), [words(records[at], 2) for at in wanted])

    def _thermal(self, data: bytes) -> Reply:
        asked = exact(spec.GetThermalLimit, data)
        if asked.instance not in self._inlets(asked.entity):
            return INVALID_FIELD, b""
        none = spec.ThermalLimit(power_off=False, log=False, limit=0, exception_s=0)
        return OK, self.thermal.get(asked.instance, none).encode()

    def _set_thermal(self, data: bytes) -> Reply:
        asked = exact(spec.SetThermalLimit, data)
        if asked.instance not in self._inlets(asked.entity):
            return INVALID_FIELD, b""
        self.thermal[asked.instance] = spec.ThermalLimit(
            power_off=asked.power_off, log=asked.log, limit=asked.limit, exception_s=asked.exception_s
        )
        return _done()

    def _inlets(self, entity: int) -> Mapping[int, int]:
        return self.temperatures.get(0x40, {}) if _ENTITIES.get(entity) == 0x40 else {}

    def _temperature_records(self, entity: int) -> dict[int, int]:
        """Return the IDs of the BMC's temperature records, by instance."""
        parts = getattr(self._machine, "parts", {})
        found: dict[int, int] = {}
        for raw in parts["sensors"].records if "sensors" in parts else demo_records():
            record = parse_record(raw)
            if not isinstance(record, FullSensorRecord) or record.sensor_type != spec.TEMPERATURE:
                continue
            if record.owner_id == _BMC and _ENTITIES.get(record.entity_id) == entity:
                found.setdefault(record.entity_instance, record.record_id)
        return found

    # --- configuration

    def _parameter(self, data: bytes) -> Reply:
        found = self.parameters.get(exact(spec.GetConfiguration, data).parameter)
        if found is None:
            return INVALID_FIELD, b""
        return OK, spec.ParameterData(**_VERSION, revision=_PARAMETER_REVISION, data=found).encode()

    def _set_parameter(self, data: bytes) -> Reply:
        asked = spec.SetConfiguration.decode(data)
        found = self.parameters.get(asked.parameter)
        if found is None:
            return INVALID_FIELD, b""
        if len(found) != len(asked.data):
            return INVALID_LENGTH, b""
        if asked.parameter is not spec.Parameter.ACTIVATE_DHCP:
            self.parameters[asked.parameter] = asked.data
        return _done()


_UNIT_S = {
    spec.PeriodUnit.SECONDS: 1,
    spec.PeriodUnit.MINUTES: 60,
    spec.PeriodUnit.HOURS: 3600,
}


def _of_group(method: Answer) -> Answer:
    """Return what answers only for the group DCMI; other groups have their own commands, which this BMC lacks.

    A refusal names the group too.  IPMI 2.0 §5.1, table 5-1.
    """

    def answer(data: bytes) -> Reply:
        if not data:
            raise Malformed("DCMI", data, "the group is missing")
        code, found = method(data) if data[0] == spec.GROUP else (INVALID_COMMAND, b"")
        return code, found or data[:1]

    return answer


def _done() -> Reply:
    return OK, spec.DcmiDone().encode()


def wanted_instances(instances: list[int], instance: int, start: int) -> list[int]:
    """Return the instances that belong into an answer."""
    if instance:
        return [at for at in instances if at == instance]
    return [at for at in instances if at >= start][:_MOST_ROWS]


def instances(total: int, pairs: list[bytes]) -> Reply:
    """Return the answer that has these of so many."""
    return OK, spec.Instances(total=total, count=len(pairs), data=b"".join(pairs)).encode()


def _seconds(period: spec.RollingPeriod) -> int:
    """Return how long a rolling period is."""
    return int(period.duration * _UNIT_S.get(period.unit, 1))

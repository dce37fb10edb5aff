# SPDX-License-Identifier: Apache-2.0
"""What data centers want to know of a BMC: power, its limit, temperatures, names.  DCMI 1.5 §6."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed, UnsupportedFunctionality
from pyghmi.ipmi.domains.requester import Requester, completion_error
from pyghmi.ipmi.spec import dcmi as spec
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.commands import command_name
from pyghmi.ipmi.wire.numbers import number
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import decode_bcd_plus, decode_eight_bit, decode_six_bit, decode_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyghmi.ipmi.spec.request import Request
    from pyghmi.ipmi.wire.layout import Message

M = TypeVar("M", bound="Message")

_BOM = b"\xef\xbb\xbf"
_LAST_INSTANCE = 255
_COUNT_REFUSED = (INVALID_LENGTH, 0xC8, OUT_OF_RANGE, 0xCA, INVALID_FIELD)
_UNIT_SECONDS = {
    spec.PeriodUnit.SECONDS: 1,
    spec.PeriodUnit.MINUTES: 60,
    spec.PeriodUnit.HOURS: 3600,
    spec.PeriodUnit.DAYS: 86400,
}
_POWER_CODES = {
    0x84: "Power limit out of range",
    0x85: "Correction time out of range",
    0x89: "Statistics reporting period out of range",
}
_THERMAL_CODES = {0x84: "Thermal limit out of range", 0x85: "Exception time out of range"}
_MEANINGS: dict[int, dict[int, str]] = {
    spec.GetPowerLimit.cmd: {spec.NO_ACTIVE_LIMIT: "No active power limit"},
    spec.SetPowerLimit.cmd: _POWER_CODES,
    spec.SetThermalLimit.cmd: _THERMAL_CODES,
}
"""Codes of single commands.  DCMI 1.5 tables 6-17, 6-18, 6-21."""
_OTHER_NUMBER = {
    spec.TemperatureEntity.INLET: spec.TemperatureEntity.IPMI_INLET,
    spec.TemperatureEntity.PROCESSOR: spec.TemperatureEntity.IPMI_PROCESSOR,
    spec.TemperatureEntity.BASEBOARD: spec.TemperatureEntity.IPMI_BASEBOARD,
}


class Capabilities(NamedTuple):
    """What a BMC says that it can; None: it does not say."""

    version: tuple[int, int] | None
    supported: spec.SupportedCapabilities | None
    mandatory: spec.MandatoryAttributes | None
    optional: spec.OptionalAttributes | None
    manageability: spec.ManageabilityAttributes | None
    periods: tuple[spec.RollingPeriod, ...]


class Limit(NamedTuple):
    """A power limit; `active`: whether it is in force."""

    active: bool
    action: spec.LimitAction
    limit_w: int
    correction_ms: int
    sampling_s: int


class Tag(NamedTuple):
    """An asset tag as it is kept.  `encoding`: of the inventory field behind it."""

    data: bytes
    encoding: spec.TagEncoding

    @property
    def text(self) -> str:
        """The tag as text; the mark of UTF-8 is not part of it."""
        if self.encoding is spec.TagEncoding.BCD_PLUS:
            return decode_bcd_plus(self.data)
        if self.encoding is spec.TagEncoding.SIX_BIT:
            return decode_six_bit(self.data)
        if self.encoding is spec.TagEncoding.UNICODE:
            return decode_unicode(self.data)
        return decode_eight_bit(self.data[len(_BOM) :] if self.data.startswith(_BOM) else self.data)


class Temperature(NamedTuple):
    """A temperature in degrees Celsius."""

    entity: spec.TemperatureEntity
    instance: int
    celsius: int


class Dcmi:
    """What one BMC has of DCMI."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def _ask(self, req: Request[M], *also_good: int) -> tuple[int, M]:
        """Return (completion code, answer); the codes `also_good` count as success where data follow them.

        Raises UnsupportedFunctionality where a BMC says yes and sends nothing, as Supermicro's do.
        """
        code, data = self._bmc.exchange(req.netfn, req.cmd, req.encode())
        if code != OK and not (code in also_good and len(data) > 1):
            error = completion_error(req.netfn, req.cmd, code)
            error.text = _MEANINGS.get(req.cmd, {}).get(code, error.text)
            raise error
        try:
            return code, req.answer.decode(data)
        except Malformed as error:
            if len(data) > 1:
                raise
            name = command_name(req.netfn, req.cmd)
            raise UnsupportedFunctionality(f"The BMC answers {name} without any data: it does not have it") from error

    # --- capabilities

    def capabilities(self) -> Capabilities:
        """Return what the BMC says that it can.

        Any parameter may be missing, or shorter than its version of DCMI has it.  Raises what the BMC's refusal of the
        first one is.
        """
        version, supported = self._capability(spec.Capability.SUPPORTED, spec.SupportedCapabilities)
        found: dict[spec.Capability, Message | None] = {}
        for parameter, kind in _LATER_CAPABILITIES.items():
            try:
                found[parameter] = self._capability(parameter, kind)[1]
            except (CompletionCodeError, UnsupportedFunctionality, Malformed):
                found[parameter] = None
        mandatory, optional, manageability, power = (found[parameter] for parameter in _LATER_CAPABILITIES)
        return Capabilities(
            version,
            supported,
            mandatory if isinstance(mandatory, spec.MandatoryAttributes) else None,
            optional if isinstance(optional, spec.OptionalAttributes) else None,
            manageability if isinstance(manageability, spec.ManageabilityAttributes) else None,
            _periods(power) if isinstance(power, spec.PowerStatistics) else (),
        )

    def _capability(self, parameter: spec.Capability, kind: type[M]) -> tuple[tuple[int, int] | None, M | None]:
        _code, answer = self._ask(spec.GetCapabilities(parameter=parameter))
        version = (answer.major, answer.minor)
        try:
            return version, kind.decode(answer.data)
        except Malformed:
            return version, None

    # --- power

    def power_reading(self) -> spec.PowerReading:
        """Return the power that the machine draws, with statistics over `period` milliseconds.

        Raises UnsupportedFunctionality where the BMC says yes and sends nothing.
        """
        return self._ask(spec.GetPowerReading())[1]

    def average_power(self, seconds: int) -> spec.PowerReading:
        """Return the power with statistics over a rolling period, one of those in the capabilities.

        Raises UnsupportedFunctionality where there are none, InvalidParameterValue for another period.
        """
        _version, found = self._capability(spec.Capability.POWER_STATISTICS, spec.PowerStatistics)
        possible = {period_seconds(period): period for period in _periods(found)} if found is not None else {}
        if not possible:
            raise UnsupportedFunctionality("The BMC keeps no statistics of power over rolling periods")
        if seconds not in possible:
            listed = ", ".join(map(str, sorted(possible)))
            raise InvalidParameterValue(f"The BMC has no statistics of power over {seconds} s, but over {listed} s")
        period = possible[seconds]
        request = spec.GetPowerReading(mode=spec.PowerMode.ENHANCED, unit=period.unit, duration=period.duration)
        return self._ask(request)[1]

    def power_limit(self) -> Limit | None:
        """Return the power limit; None: there is none.

        80h says that it is not in force, and most BMCs send it all the same.
        """
        try:
            code, found = self._ask(spec.GetPowerLimit(), spec.NO_ACTIVE_LIMIT)
        except CompletionCodeError as error:
            if error.code != spec.NO_ACTIVE_LIMIT:
                raise
            return None
        return Limit(code == OK, found.action, found.limit_w, found.correction_ms, found.sampling_s)

    def set_power_limit(self, action: spec.LimitAction, limit_w: int, correction_ms: int, sampling_s: int) -> None:
        """Set the power limit, which does not yet put it in force.

        action: taken when more is drawn for longer than the correction time.
        """
        self._ask(
            spec.SetPowerLimit(action=action, limit_w=limit_w, correction_ms=correction_ms, sampling_s=sampling_s)
        )

    def activate_power_limit(self, active: bool) -> None:
        """Put the power limit in force, or out of it."""
        self._ask(spec.ActivatePowerLimit(active=active))

    # --- texts

    def asset_tag(self) -> Tag:
        """Return the asset tag."""
        codes: list[int] = []

        def read(offset: int, count: int) -> spec.TextBlock:
            code, block = self._ask(spec.GetAssetTag(offset=offset, count=count), *_ENCODINGS)
            codes.append(code)
            return block

        data = _read_text(read, spec.TAG_BYTES)
        return Tag(data, spec.TagEncoding(codes[-1]))

    def set_asset_tag(self, tag: bytes) -> None:
        """Set the asset tag: at most 63 bytes, 8-bit text or UTF-8 with its mark before it."""
        if len(tag) > spec.TAG_BYTES:
            raise InvalidParameterValue(f"an asset tag has at most {spec.TAG_BYTES} bytes, this one has {len(tag)}")
        for offset, data in _blocks(tag):
            self._ask(spec.SetAssetTag(offset=offset, count=len(data), data=data))

    def controller_id(self) -> bytes:
        """Return the identifier of the management controller, as long as the BMC says that it is."""
        return _read_text(
            lambda offset, count: self._ask(spec.GetControllerId(offset=offset, count=count))[1], spec.ID_BYTES
        )

    def set_controller_id(self, identifier: bytes) -> None:
        """Set the identifier of the management controller: at most 63 bytes.  The BMC may ask DHCP anew with it."""
        if len(identifier) >= spec.ID_BYTES:
            raise InvalidParameterValue(
                f"an identifier has at most {spec.ID_BYTES - 1} bytes, this one has {len(identifier)}"
            )
        for offset, data in _blocks(identifier + b"\0"):
            self._ask(spec.SetControllerId(offset=offset, count=len(data), data=data))

    # --- temperatures

    def temperatures(self, entity: spec.TemperatureEntity) -> list[Temperature]:
        """Return the temperatures of all instances of an entity, by instance."""
        found: dict[int, Temperature] = {}

        def page(entity: spec.TemperatureEntity, start: int) -> tuple[spec.Instances, int | None]:
            _code, answer = self._ask(spec.GetTemperatureReadings(entity=entity, start=start))
            last = None
            for pair in _pairs(answer):
                reading = spec.TemperatureData.decode(pair)
                if reading.instance not in found:
                    found[reading.instance] = Temperature(entity, reading.instance, reading.celsius)
                    last = max(reading.instance, last or 0)
            return answer, last

        _walk(page, entity, lambda: len(found))
        return [found[instance] for instance in sorted(found)]

    def sensor_records(self, entity: spec.TemperatureEntity) -> list[int]:
        """Return the numbers of the sensor data records of an entity's temperatures."""
        found: dict[int, None] = {}

        def page(entity: spec.TemperatureEntity, start: int) -> tuple[spec.Instances, int | None]:
            # No instance numbers here: they are taken to follow each other, as the specification recommends.
            _code, answer = self._ask(spec.GetSensorInfo(entity=entity, start=start))
            before = len(found)
            records = [number(pair) for pair in _pairs(answer)]
            found.update(dict.fromkeys(records))
            return answer, start + len(records) - 1 if len(found) > before else None

        _walk(page, entity, lambda: len(found))
        return list(found)

    def thermal_limit(self, entity: spec.TemperatureEntity, instance: int) -> spec.ThermalLimit:
        """Return the limit of a temperature, and what happens beyond it."""
        return self._ask(spec.GetThermalLimit(entity=entity, instance=instance))[1]

    def set_thermal_limit(self, limit: spec.SetThermalLimit) -> None:
        """Set the limit of a temperature, and what happens beyond it."""
        self._ask(limit)

    # --- configuration

    def configuration(self, parameter: spec.Parameter) -> bytes | None:
        """Return the data of a parameter; None: the BMC does not have it."""
        try:
            return self._ask(spec.GetConfiguration(parameter=parameter))[1].data
        except (CompletionCodeError, UnsupportedFunctionality):
            return None

    def configure(self, parameter: spec.Parameter, data: bytes) -> None:
        """Write a parameter."""
        self._ask(spec.SetConfiguration(parameter=parameter, data=data))


_ENCODINGS = tuple(int(kind) for kind in spec.TagEncoding if kind is not spec.TagEncoding.TEXT)
_LATER_CAPABILITIES: dict[spec.Capability, type[Message]] = {
    spec.Capability.MANDATORY: spec.MandatoryAttributes,
    spec.Capability.OPTIONAL: spec.OptionalAttributes,
    spec.Capability.MANAGEABILITY: spec.ManageabilityAttributes,
    spec.Capability.POWER_STATISTICS: spec.PowerStatistics,
}


def period_seconds(period: spec.RollingPeriod) -> int:
    """Return the length of a period; 0: now."""
    return period.duration * _UNIT_SECONDS[period.unit]


def _periods(statistics: spec.PowerStatistics) -> tuple[spec.RollingPeriod, ...]:
    """Return the periods that are there, whatever their announced number."""
    return tuple(spec.RollingPeriod.decode(bytes((byte,))) for byte in statistics.periods[: statistics.count])


def _pairs(answer: spec.Instances) -> Iterator[bytes]:
    """Return the pairs of bytes that are there, whatever their announced number."""
    for at in range(0, min(2 * answer.count, len(answer.data) - 1), 2):
        yield answer.data[at : at + 2]


def _blocks(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Return (offset, bytes) of the parts that a text is written in; an empty one has one empty part."""
    for offset in range(0, max(len(text), 1), spec.BLOCK_BYTES):
        yield offset, text[offset : offset + spec.BLOCK_BYTES]


def _read_text(read: Callable[[int, int], spec.TextBlock], most: int) -> bytes:
    """Read a text in parts, as long as the BMC says that it is.

    The first part is asked for without knowing the length; a BMC that refuses to send fewer bytes than were asked for
    is asked for the length alone.
    """
    try:
        block = read(0, spec.BLOCK_BYTES)
    except CompletionCodeError as error:
        if error.code not in _COUNT_REFUSED:
            raise
        block = read(0, 0)
    total = min(block.total, most)
    text = block.data[:total]
    while len(text) < total:
        data = read(len(text), min(total - len(text), spec.BLOCK_BYTES)).data
        if not data:
            break
        text += data
    return text[:total]


def _walk(
    page: Callable[[spec.TemperatureEntity, int], tuple[spec.Instances, int | None]],
    entity: spec.TemperatureEntity,
    count: Callable[[], int],
) -> None:
    """Take all pages of an entity's instances; where there are none, those under its other number.

    The start of a page is an instance, not a count: each begins behind the last instance seen.  Ends when the
    announced number is there, and when a page brings nothing new.
    """
    try:
        _walk_one(page, entity, count)
    except CompletionCodeError:
        if entity not in _OTHER_NUMBER:
            raise
    if not count() and entity in _OTHER_NUMBER:
        _walk_one(page, _OTHER_NUMBER[entity], count)


def _walk_one(
    page: Callable[[spec.TemperatureEntity, int], tuple[spec.Instances, int | None]],
    entity: spec.TemperatureEntity,
    count: Callable[[], int],
) -> None:
    start = 1
    while start <= _LAST_INSTANCE:
        answer, last = page(entity, start)
        if last is None or count() >= answer.total:
            return
        start = max(last, start) + 1

# SPDX-License-Identifier: Apache-2.0
"""DCMI: what data centers want to know.  DCMI 1.5 §6; byte numbers as in its tables, 6-2 to 6-22.

Byte 1 of every request and byte 2 of every answer is the group, DCh.  It is never looked at in answers: many BMCs leave
it out where they refuse.
"""
from __future__ import annotations

from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import R, Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, joined, rest, u8, u16, u32, wire

GROUP = 0xDC
"""Group extension identification of DCMI."""
UNSUPPORTED_CHANNEL = 0xFF
"""Manageability access: there is no such channel."""
BLOCK_BYTES = 16
"""The most that one request reads or writes of a text."""
TAG_BYTES = 63
"""The longest asset tag."""
ID_BYTES = 64
"""The longest identifier of the controller, with the NUL behind it."""
NO_ACTIVE_LIMIT = 0x80


@wire(first=2)
class DcmiDone(Message):
    """An answer without data."""

    group = constant(2, GROUP)


@wire()
class DcmiRequest(Request[R]):
    """The base of all requests."""

    netfn = NetFn.GROUP
    group = constant(1, GROUP)


# --- capabilities


class Capability(OpenEnum):
    """Parameters of Get DCMI Capabilities Info.  Table 6-3."""

    SUPPORTED = 1
    MANDATORY = 2
    OPTIONAL = 3
    MANAGEABILITY = 4
    POWER_STATISTICS = 5


@wire(first=2)
class CapabilityData(Message):
    """Get DCMI Capabilities Info, response.  Table 6-2.  `data`: by the parameter."""

    group = constant(2, GROUP)
    major: int = u8(3)
    minor: int = u8(4)
    revision: int = u8(5)
    data: bytes = rest(6)


@wire()
class GetCapabilities(DcmiRequest[CapabilityData]):
    """Get DCMI Capabilities Info.  Needs no session.  Table 6-2."""

    cmd, answer = 0x01, CapabilityData
    parameter: Capability = u8(2, Capability)


@wire()
class SupportedCapabilities(Message):
    """Parameter 1.  Table 6-3; what is said to be mandatory, and the upper bits of byte 3: DCMI 1.0 and 1.1 only."""

    temperature_monitor: bool = bit(1, 3, default=False)
    chassis_power: bool = bit(1, 2, default=False)
    sel_logging: bool = bit(1, 1, default=False)
    identification: bool = bit(1, 0, default=False)
    power_management: bool = bit(2, 0)
    vlan: bool | None = bit(3, 5, optional=True, default=None)
    sol: bool | None = bit(3, 4, optional=True, default=None)
    primary_lan: bool | None = bit(3, 3, optional=True, default=None)
    secondary_lan: bool | None = bit(3, 2, optional=True, default=None)
    serial_tmode: bool | None = bit(3, 1, optional=True, default=None)
    in_band: bool | None = bit(3, 0, optional=True, default=None)


@wire()
class MandatoryAttributes(Message):
    """Parameter 2.  Table 6-3; bytes 3 and 4: DCMI 1.0 and 1.1 only."""

    sel_entries: int = joined((1, 7, 0), (2, 3, 0))
    record_flush: bool = bit(2, 5, default=False)
    entire_flush: bool = bit(2, 6, default=False)
    rollover: bool = bit(2, 7, default=False)
    identification: int | None = u8(3, optional=True, default=None)
    temperatures: int | None = u8(4, optional=True, default=None)
    sampling_s: int | None = u8(5, optional=True, default=None)


@wire()
class OptionalAttributes(Message):
    """Parameter 3.  Table 6-3.  `address`: of the controller that manages power, 8 bits; 20h: the BMC."""

    address: int = u8(1)
    channel: int | None = bits(2, 7, 4, optional=True, default=None)
    revision: int | None = bits(2, 3, 0, optional=True, default=None)


@wire()
class ManageabilityAttributes(Message):
    """Parameter 4.  Table 6-3.  Channel numbers; FFh: not supported."""

    primary_lan: int = u8(1)
    secondary_lan: int | None = u8(2, optional=True, default=None)
    serial: int | None = u8(3, optional=True, default=None)


@wire()
class PowerStatistics(Message):
    """Parameter 5.  Table 6-3.  `periods`: `count` bytes, each a `RollingPeriod`."""

    count: int = u8(1)
    periods: bytes = rest(2, default=b"")


class PeriodUnit(OpenEnum):
    """Units of a rolling average period.  Table 6-3."""

    SECONDS = 0
    MINUTES = 1
    HOURS = 2
    DAYS = 3


@wire()
class RollingPeriod(Message):
    """A period that power can be averaged over; `duration` 0: now.  Table 6-3."""

    unit: PeriodUnit = bits(1, 7, 6, PeriodUnit)
    duration: int = bits(1, 5, 0)


# --- power


class PowerMode(OpenEnum):
    """Modes of Get Power Reading.  Table 6-16."""

    SYSTEM = 1
    ENHANCED = 2


@wire(first=2)
class PowerReading(Message):
    """Get Power Reading, response, in watts.  Table 6-16.

    `timestamp`: IPMI time; `period`: milliseconds in mode 1, the byte of the period in mode 2.
    """

    group = constant(2, GROUP)
    current: int = u16(3)
    minimum: int = u16(5)
    maximum: int = u16(7)
    average: int = u16(9)
    timestamp: int = u32(11)
    period: int = u32(15)
    active: bool | None = bit(19, 6, optional=True, default=None)


@wire()
class GetPowerReading(DcmiRequest[PowerReading]):
    """Table 6-16.  `unit`, `duration`: of mode 2, one of the periods that parameter 5 of the capabilities names."""

    cmd, answer = 0x02, PowerReading
    mode: PowerMode = u8(2, PowerMode, default=PowerMode.SYSTEM)
    unit: PeriodUnit = bits(3, 7, 6, PeriodUnit, default=PeriodUnit.SECONDS)
    duration: int = bits(3, 5, 0, default=0)
    reserved = constant(4, 0)


class LimitAction(OpenEnum):
    """What happens beyond the power limit; 02h to 10h are the vendor's.  Table 6-18."""

    NONE = 0x00
    POWER_OFF = 0x01
    LOG = 0x11


@wire(first=2)
class PowerLimit(Message):
    """Get Power Limit, response.  Table 6-17."""

    group = constant(2, GROUP)
    action: LimitAction = u8(5, LimitAction)
    limit_w: int = u16(6)
    correction_ms: int = u32(8)
    sampling_s: int = u16(14)


@wire()
class GetPowerLimit(DcmiRequest[PowerLimit]):
    """Table 6-17.  80h: no limit is active; most BMCs send the data all the same."""

    cmd, answer = 0x03, PowerLimit
    reserved = constant(2, 0)
    reserved_high = constant(3, 0)


@wire()
class SetPowerLimit(DcmiRequest[DcmiDone]):
    """Table 6-18."""

    cmd, answer = 0x04, DcmiDone
    action: LimitAction = u8(5, LimitAction)
    limit_w: int = u16(6)
    correction_ms: int = u32(8)
    sampling_s: int = u16(14)


@wire()
class ActivatePowerLimit(DcmiRequest[DcmiDone]):
    """Activate/Deactivate Power Limit.  Table 6-19."""

    cmd, answer = 0x05, DcmiDone
    active: bool = bit(2, 0)
    reserved = constant(3, 0)
    reserved_high = constant(4, 0)


# --- texts


@wire(first=2)
class TextBlock(Message):
    """Get Asset Tag, Get Management Controller Identifier String, response.  Tables 6-8, 6-10."""

    group = constant(2, GROUP)
    total: int = u8(3)
    data: bytes = rest(4)


@wire(first=2)
class TextWritten(Message):
    """Set Asset Tag, Set Management Controller Identifier String, response; some BMCs leave the length out."""

    group = constant(2, GROUP)
    total: int | None = u8(3, optional=True, default=None)


@wire()
class GetAssetTag(DcmiRequest[TextBlock]):
    """Table 6-8.  80h to 83h: data follow, in another encoding than 8-bit text; see `TagEncoding`."""

    cmd, answer = 0x06, TextBlock
    offset: int = u8(2)
    count: int = u8(3)


@wire()
class SetAssetTag(DcmiRequest[TextWritten]):
    """Table 6-9.  The tag ends where the data end."""

    cmd, answer = 0x08, TextWritten
    offset: int = u8(2)
    count: int = u8(3)
    data: bytes = rest(4)


class TagEncoding(OpenEnum):
    """How the inventory field behind an asset tag is encoded, by the completion code.  Table 6-8."""

    TEXT = 0x00
    BINARY = 0x80
    BCD_PLUS = 0x81
    SIX_BIT = 0x82
    UNICODE = 0x83


@wire()
class GetControllerId(DcmiRequest[TextBlock]):
    """Get Management Controller Identifier String.  Table 6-10."""

    cmd, answer = 0x09, TextBlock
    offset: int = u8(2)
    count: int = u8(3)


@wire()
class SetControllerId(DcmiRequest[TextWritten]):
    """Set Management Controller Identifier String.  A NUL ends it, and has it take effect.  Table 6-11."""

    cmd, answer = 0x0A, TextWritten
    offset: int = u8(2)
    count: int = u8(3)
    data: bytes = rest(4)


# --- temperatures


class TemperatureEntity(OpenEnum):
    """What has a temperature.  Table 6-14; the first of each pair is the only one that DCMI 1.0 knows."""

    INLET = 0x40
    PROCESSOR = 0x41
    BASEBOARD = 0x42
    IPMI_INLET = 0x37
    IPMI_PROCESSOR = 0x03
    IPMI_BASEBOARD = 0x07


TEMPERATURE = 0x01
"""The sensor type."""


@wire(first=2)
class Instances(Message):
    """Get DCMI Sensor Info, Get Temperature Readings, response.  Tables 6-15, 6-22.

    `data`: `count` pairs of bytes: numbers of sensor data records, or a temperature and its instance.
    """

    group = constant(2, GROUP)
    total: int = u8(3)
    count: int = u8(4)
    data: bytes = rest(5)


@wire()
class GetSensorInfo(DcmiRequest[Instances]):
    """Table 6-15.  `instance` 0: all, from `start` on."""

    cmd, answer = 0x07, Instances
    sensor_type: int = u8(2, default=TEMPERATURE)
    entity: TemperatureEntity = u8(3, TemperatureEntity)
    instance: int = u8(4, default=0)
    start: int = u8(5, default=1)


@wire()
class GetTemperatureReadings(DcmiRequest[Instances]):
    """Table 6-22.  `instance` 0: all, from `start` on."""

    cmd, answer = 0x10, Instances
    sensor_type: int = u8(2, default=TEMPERATURE)
    entity: TemperatureEntity = u8(3, TemperatureEntity)
    instance: int = u8(4, default=0)
    start: int = u8(5, default=1)


@wire()
class TemperatureData(Message):
    """One temperature: sign and degrees Celsius, not a complement.  Table 6-22."""

    negative: bool = bit(1, 7)
    degrees: int = bits(1, 6, 0)
    instance: int = u8(2)

    @property
    def celsius(self) -> int:
        """The temperature."""
        return -self.degrees if self.negative else self.degrees


@wire(first=2)
class ThermalLimit(Message):
    """Get Thermal Limit, response.  Table 6-20.  One program has the limit before the actions; the table has not."""

    group = constant(2, GROUP)
    power_off: bool = bit(3, 6)
    log: bool = bit(3, 5)
    limit: int = u8(4)
    exception_s: int = u16(5)


@wire()
class GetThermalLimit(DcmiRequest[ThermalLimit]):
    """Table 6-20."""

    cmd, answer = 0x0C, ThermalLimit
    entity: TemperatureEntity = u8(2, TemperatureEntity, default=TemperatureEntity.INLET)
    instance: int = u8(3, default=1)


@wire()
class SetThermalLimit(DcmiRequest[DcmiDone]):
    """Table 6-21.  Without an action the limit is off."""

    cmd, answer = 0x0B, DcmiDone
    entity: TemperatureEntity = u8(2, TemperatureEntity, default=TemperatureEntity.INLET)
    instance: int = u8(3, default=1)
    power_off: bool = bit(4, 6, default=False)
    log: bool = bit(4, 5, default=False)
    limit: int = u8(5)
    exception_s: int = u16(6)


# --- configuration


class Parameter(OpenEnum):
    """Configuration parameters.  Table 6-6."""

    ACTIVATE_DHCP = 1
    DISCOVERY = 2
    INITIAL_TIMEOUT = 3
    CONTACT_TIMEOUT = 4
    RETRY_INTERVAL = 5


@wire(first=2)
class ParameterData(Message):
    """Get DCMI Configuration Parameters, response.  Table 6-5."""

    group = constant(2, GROUP)
    major: int = u8(3)
    minor: int = u8(4)
    revision: int = u8(5)
    data: bytes = rest(6)


@wire()
class GetConfiguration(DcmiRequest[ParameterData]):
    """Get DCMI Configuration Parameters.  Table 6-5."""

    cmd, answer = 0x13, ParameterData
    parameter: Parameter = u8(2, Parameter)
    set_selector: int = u8(3, default=0)


@wire()
class SetConfiguration(DcmiRequest[DcmiDone]):
    """Set DCMI Configuration Parameters.  Table 6-4."""

    cmd, answer = 0x12, DcmiDone
    parameter: Parameter = u8(2, Parameter)
    set_selector: int = u8(3, default=0)
    data: bytes = rest(4)


@wire()
class Discovery(Message):
    """Parameter 2: what DHCP asks with.  Table 6-6.

    `vendor_class`: options 60 and 43; `controller_id`: option 12 with the identifier of the controller.
    """

    random_back_off: bool = bit(1, 7, default=False)
    vendor_class: bool = bit(1, 1, default=False)
    controller_id: bool = bit(1, 0, default=False)

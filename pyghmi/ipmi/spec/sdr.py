# SPDX-License-Identifier: Apache-2.0
"""Sensor data records.  IPMI 2.0 §43; the byte numbers are those of its tables, with the five bytes of the header."""
from __future__ import annotations

from typing import Union

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, joined, raw, rest, u8, u16, u24, wire
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import id_string

HEADER_BYTES = 5
FULL, COMPACT, EVENT_ONLY, ASSOCIATION, DEVICE_ASSOCIATION = 0x01, 0x02, 0x03, 0x08, 0x09
GENERIC_LOCATOR, FRU_LOCATOR, MC_LOCATOR, MC_CONFIRMATION, CHANNEL_INFO, OEM = 0x10, 0x11, 0x12, 0x13, 0x14, 0xC0


class SensorKey(NamedTuple):
    """What a sensor is known by, whatever its name: owner (as in the record), channel, LUN of the owner, number."""

    owner: int
    channel: int
    lun: int
    number: int


class AnalogFormat(OpenEnum):
    """How a raw reading is a number.  IPMI 2.0 table 43-1, byte 21."""

    UNSIGNED = 0
    ONES_COMPLEMENT = 1
    TWOS_COMPLEMENT = 2
    NONE = 3


class ModifierUse(OpenEnum):
    """What the modifier unit does to the base unit."""

    NONE = 0
    DIVIDES = 1
    MULTIPLIES = 2


class Linearization(OpenEnum):
    """IPMI 2.0 table 43-1, byte 24.  From 70h on: factors are asked for with each reading."""

    LINEAR = 0
    LN = 1
    LOG10 = 2
    LOG2 = 3
    E = 4
    EXP10 = 5
    EXP2 = 6
    INVERSE = 7
    SQUARE = 8
    CUBE = 9
    SQUARE_ROOT = 0xA
    CUBE_ROOT = 0xB
    NON_LINEAR = 0x70


class Hysteresis(OpenEnum):
    """What can be done with hysteresis, or with thresholds.  IPMI 2.0 table 43-1, byte 12."""

    NONE = 0
    READABLE = 1
    SETTABLE = 2
    FIXED = 3


ThresholdAccess = Hysteresis


class EventControl(OpenEnum):
    """What of a sensor's events can be switched on and off.  IPMI 2.0 table 43-1, byte 12."""

    PER_STATE = 0
    WHOLE_SENSOR = 1
    GLOBAL_DISABLE = 2
    NO_EVENTS = 3


class Direction(OpenEnum):
    """IPMI 2.0 table 43-1, byte 29."""

    UNSPECIFIED = 0
    INPUT = 1
    OUTPUT = 2


@wire(first=1)
class Record(Message):
    """The header that all records have.  IPMI 2.0 §43.  `length`: of what follows the header, as the record says."""

    record_id: int = u16(1)
    version: int = u8(3, default=0x51)
    type: int = u8(4)
    length: int = u8(5)


@wire(first=1)
class SensorRecord(Record):
    """What the three kinds of sensor records share.

    `owner_id`: as it stands there: bit 0 set: a software id, else an 8-bit slave address.  `entity_instance`: 60h and
    up: relative to the device.
    """

    owner_id: int = u8(6)
    channel: int = bits(7, 7, 4)
    fru_owner_lun: int = bits(7, 3, 2)
    owner_lun: int = bits(7, 1, 0)
    number: int = u8(8)
    entity_id: int = u8(9)
    entity_logical: bool = bit(10, 7)
    entity_instance: int = bits(10, 6, 0)

    @property
    def key(self) -> SensorKey:
        """The identity of the sensor; of the first one, where several share the record."""
        return SensorKey(self.owner_id, self.channel, self.owner_lun, self.number)


@wire(first=1)
class ReadableSensorRecord(SensorRecord):
    """What full and compact records share.  IPMI 2.0 tables 43-1 and 43-2, bytes 11 to 23.

    Masks: as table 43-1 has them.  Of threshold sensors `reading_mask` is two bytes: readable thresholds in the low
    one, settable ones in the high one (bits: LNC, LCR, LNR, UNC, UCR, UNR).
    """

    settable: bool = bit(11, 7)
    init_scanning: bool = bit(11, 6)
    init_events: bool = bit(11, 5)
    init_thresholds: bool = bit(11, 4)
    init_hysteresis: bool = bit(11, 3)
    init_type: bool = bit(11, 2)
    events_at_start: bool = bit(11, 1)
    scanning_at_start: bool = bit(11, 0)
    ignore_if_absent: bool = bit(12, 7)
    auto_rearm: bool = bit(12, 6)
    hysteresis_access: Hysteresis = bits(12, 5, 4, Hysteresis)
    threshold_access: ThresholdAccess = bits(12, 3, 2, ThresholdAccess)
    event_control: EventControl = bits(12, 1, 0, EventControl)
    sensor_type: int = u8(13)
    event_type: int = bits(14, 6, 0)
    assertion_mask: int = u16(15)
    deassertion_mask: int = u16(17)
    reading_mask: int = u16(19)
    analog_format: AnalogFormat = bits(21, 7, 6, AnalogFormat)
    rate: int = bits(21, 5, 3)
    modifier_use: ModifierUse = bits(21, 2, 1, ModifierUse)
    percentage: bool = bit(21, 0)
    base_unit: int = u8(22)
    modifier_unit: int = u8(23)


@wire(first=1)
class FullSensorRecord(ReadableSensorRecord):
    """SDR type 01h.  IPMI 2.0 §43.1, table 43-1.  Thresholds, limits and hysteresis are raw counts.

    `tolerance`: in half raw counts; `accuracy`: in 0.01 % times ten to the power of `accuracy_exp`.
    """

    linearization: Linearization = bits(24, 6, 0, Linearization)
    m: int = joined((25, 7, 0), (26, 7, 6), signed=True)
    tolerance: int = bits(26, 5, 0)
    b: int = joined((27, 7, 0), (28, 7, 6), signed=True)
    accuracy: int = joined((28, 5, 0), (29, 7, 4))
    accuracy_exp: int = bits(29, 3, 2)
    direction: Direction = bits(29, 1, 0, Direction)
    r_exp: int = bits(30, 7, 4, signed=True)
    b_exp: int = bits(30, 3, 0, signed=True)
    normal_min_given: bool = bit(31, 2)
    normal_max_given: bool = bit(31, 1)
    nominal_given: bool = bit(31, 0)
    nominal: int = u8(32)
    normal_max: int = u8(33)
    normal_min: int = u8(34)
    sensor_max: int = u8(35)
    sensor_min: int = u8(36)
    upper_non_recoverable: int = u8(37)
    upper_critical: int = u8(38)
    upper_non_critical: int = u8(39)
    lower_non_recoverable: int = u8(40)
    lower_critical: int = u8(41)
    lower_non_critical: int = u8(42)
    positive_hysteresis: int = u8(43)
    negative_hysteresis: int = u8(44)
    oem: int | None = u8(47, optional=True)
    id_data: bytes = rest(48, default=b"")

    @property
    def name(self) -> str:
        """The name; perhaps empty."""
        return id_string(self.id_data)


@wire(first=1)
class CompactSensorRecord(ReadableSensorRecord):
    """SDR type 02h.  IPMI 2.0 §43.2, table 43-2.  `share_count` 0 and 1: one sensor."""

    direction: Direction = bits(24, 7, 6, Direction)
    modifier_is_alpha: bool = bit(24, 4)
    share_count: int = bits(24, 3, 0)
    instance_increments: bool = bit(25, 7)
    modifier_offset: int = bits(25, 6, 0)
    positive_hysteresis: int = u8(26)
    negative_hysteresis: int = u8(27)
    oem: int | None = u8(31, optional=True)
    id_data: bytes = rest(32, default=b"")

    @property
    def name(self) -> str:
        """The name without what is added where several sensors share the record; perhaps empty."""
        return id_string(self.id_data)


@wire(first=1)
class EventOnlyRecord(SensorRecord):
    """SDR type 03h: a sensor that is not read.  IPMI 2.0 §43.3, table 43-3."""

    sensor_type: int = u8(11)
    event_type: int = bits(12, 6, 0)
    direction: Direction = bits(13, 7, 6, Direction)
    modifier_is_alpha: bool = bit(13, 4)
    share_count: int = bits(13, 3, 0)
    instance_increments: bool = bit(14, 7)
    modifier_offset: int = bits(14, 6, 0)
    oem: int | None = u8(16, optional=True)
    id_data: bytes = rest(17, default=b"")

    @property
    def name(self) -> str:
        """The name without what is added where several sensors share the record; perhaps empty."""
        return id_string(self.id_data)


class Entity(NamedTuple):
    """One entity, or the end of a range; `address` and `channel`: of its device, in type 09h only."""

    entity_id: int
    instance: int
    address: int = 0
    channel: int = 0


@wire(first=1)
class EntityAssociation(Record):
    """SDR type 08h.  IPMI 2.0 §43.4.  `contained_raw`: four pairs; with `is_range` two ranges, first and last."""

    container_id: int = u8(6)
    container_instance: int = u8(7)
    is_range: bool = bit(8, 7)
    linked: bool = bit(8, 6)
    presence_always_accessible: bool = bit(8, 5)
    contained_raw: bytes = raw(9, 8)

    @property
    def contained(self) -> tuple[Entity, ...]:
        """The entities; unused places are left out."""
        data = self.contained_raw
        return tuple(Entity(data[at], data[at + 1]) for at in range(0, 8, 2) if data[at])


@wire(first=1)
class DeviceEntityAssociation(Record):
    """SDR type 09h.  IPMI 2.0 §43.5.  `contained_raw`: four times address, channel, entity, instance."""

    container_id: int = u8(6)
    container_instance: int = u8(7)
    container_address: int = u8(8)
    container_channel: int = bits(9, 7, 4)
    is_range: bool = bit(10, 7)
    linked: bool = bit(10, 6)
    presence_always_accessible: bool = bit(10, 5)
    contained_raw: bytes = raw(11, 16)

    @property
    def contained(self) -> tuple[Entity, ...]:
        """The entities; unused places are left out."""
        data = self.contained_raw
        rows = (data[at : at + 4] for at in range(0, 16, 4))
        return tuple(Entity(row[2], row[3], row[0], row[1] // 16) for row in rows if row[2])


@wire(first=1)
class GenericLocator(Record):
    """SDR type 10h: a device on a bus.  IPMI 2.0 §43.7.  Addresses are 8-bit ones."""

    access_address: int = u8(6)
    slave_address: int = bits(7, 7, 1)
    channel: int = joined((8, 7, 5), (7, 0, 0))
    access_lun: int = bits(8, 4, 3)
    private_bus: int = bits(8, 2, 0)
    address_span: int = bits(9, 2, 0)
    device_type: int = u8(11)
    device_modifier: int = u8(12)
    entity_id: int = u8(13)
    entity_instance: int = u8(14)
    oem: int | None = u8(15, optional=True)
    id_data: bytes = rest(16, default=b"")

    @property
    def name(self) -> str:
        """The name; perhaps empty."""
        return id_string(self.id_data)


@wire(first=1)
class FruLocator(Record):
    """SDR type 11h: where inventory lies.  IPMI 2.0 §43.8.

    `fru_id`: the number to ask for where `logical`; else the 8-bit address of a memory on a bus.
    """

    access_address: int = u8(6)
    fru_id: int = u8(7)
    logical: bool = bit(8, 7)
    access_lun: int = bits(8, 4, 3)
    private_bus: int = bits(8, 2, 0)
    channel: int = bits(9, 7, 4)
    device_type: int = u8(11)
    device_modifier: int = u8(12)
    entity_id: int = u8(13)
    entity_instance: int = u8(14)
    oem: int | None = u8(15, optional=True)
    id_data: bytes = rest(16, default=b"")

    @property
    def name(self) -> str:
        """The name; perhaps empty."""
        return id_string(self.id_data)


@wire(first=1)
class McLocator(Record):
    """SDR type 12h: a management controller.  IPMI 2.0 §43.9."""

    slave_address: int = u8(6)
    channel: int = bits(7, 3, 0)
    acpi_system_notify: bool = bit(8, 7)
    acpi_device_notify: bool = bit(8, 6)
    is_static: bool = bit(8, 5)
    logs_init_errors: bool = bit(8, 3)
    log_init_error: bool = bit(8, 2)
    event_generation: int = bits(8, 1, 0)
    chassis_device: bool = bit(9, 7)
    bridge: bool = bit(9, 6)
    event_generator: bool = bit(9, 5)
    event_receiver: bool = bit(9, 4)
    fru_inventory: bool = bit(9, 3)
    sel_device: bool = bit(9, 2)
    sdr_repository: bool = bit(9, 1)
    sensor_device: bool = bit(9, 0)
    entity_id: int = u8(13)
    entity_instance: int = u8(14)
    oem: int | None = u8(15, optional=True)
    id_data: bytes = rest(16, default=b"")

    @property
    def name(self) -> str:
        """The name; perhaps empty."""
        return id_string(self.id_data)


@wire(first=1)
class McConfirmation(Record):
    """SDR type 13h: a management controller that was met.  IPMI 2.0 §43.10."""

    slave_address: int = u8(6)
    device_id: int = u8(7)
    channel: int = bits(8, 7, 4)
    device_revision: int = bits(8, 3, 0)
    firmware_major: int = bits(9, 6, 0)
    firmware_minor: int = u8(10)
    ipmi_version: int = u8(11)
    manufacturer_id: int = u24(12)
    product_id: int = u16(15)
    guid: bytes | None = raw(17, 16, optional=True)


@wire(first=1)
class ChannelInfoRecord(Record):
    """SDR type 14h: the message channels, as IPMI 1.0 had them.  IPMI 2.0 §43.11."""

    channels: bytes = raw(6, 8)
    messaging_interrupt: int = u8(14)
    event_buffer_interrupt: int = u8(15)


@wire(first=1)
class OemRecord(Record):
    """SDR type C0h.  IPMI 2.0 §43.12.  `data`: what its manufacturer put there."""

    manufacturer_id: int = u24(6)
    data: bytes = rest(9, default=b"")


class UnreadRecord(NamedTuple):
    """A record of an unknown type, or one that does not decode: `data` are all its bytes, `problem` says why."""

    record_id: int
    type: int
    data: bytes
    problem: str


SdrRecord = Union[Record, UnreadRecord]

RECORD_TYPES: dict[int, type[Record]] = {
    FULL: FullSensorRecord,
    COMPACT: CompactSensorRecord,
    EVENT_ONLY: EventOnlyRecord,
    ASSOCIATION: EntityAssociation,
    DEVICE_ASSOCIATION: DeviceEntityAssociation,
    GENERIC_LOCATOR: GenericLocator,
    FRU_LOCATOR: FruLocator,
    MC_LOCATOR: McLocator,
    MC_CONFIRMATION: McConfirmation,
    CHANNEL_INFO: ChannelInfoRecord,
    OEM: OemRecord,
}


def parse_record(data: bytes) -> SdrRecord:
    """Return the record that bytes are, header and all; never raises.

    The record ID is the one in the header, which some BMCs have wrong: who asked for the record knows better.
    """
    record_id, kind = int.from_bytes(data[:2], "little"), data[3] if len(data) > 3 else 0
    record_type = RECORD_TYPES.get(kind)
    if record_type is None:
        return UnreadRecord(record_id, kind, bytes(data), f"record type {kind:02X}h is not known")
    try:
        return record_type.decode(data)
    except Malformed as error:
        return UnreadRecord(record_id, kind, bytes(data), error.problem)

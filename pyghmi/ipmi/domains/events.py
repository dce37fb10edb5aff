# SPDX-License-Identifier: Apache-2.0
"""Events as the records of the event log have them.  IPMI 2.0 §32, tables 29-6, 42-1 to 42-3."""
from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Callable, Optional

from pyghmi.constants import Health
from pyghmi.ipmi.domains.eventdetail import CLOCK_CHANGE, FruNames, detail_of
from pyghmi.ipmi.spec.eventtext import SPECIFIC, THRESHOLD, Text, text_of
from pyghmi.ipmi.spec.sel import (
    FIRST_PLAIN_OEM,
    FIRST_TIMESTAMPED_OEM,
    KERNEL_PANIC,
    RECORD_BYTES,
    REVISIONS,
    SYSTEM_EVENT,
    DataUse,
    EventData,
    KernelPanicRecord,
    OemPlainRecord,
    OemTimestampedRecord,
    SelRecord,
    SystemEventRecord,
)
from pyghmi.ipmi.spec.tables import sensor_type_name
from pyghmi.ipmi.wire.numbers import number
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import decode_eight_bit

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from pyghmi.ipmi.domains.sensor import Sensor

Texts = Callable[[int, int, int], Optional[Text]]
"""(event type, sensor type, offset) -> text, None: not known."""

SensorNames = Callable[["Generator", int], Optional[str]]
"""(who made an event, sensor number) -> name of the sensor, None: not known."""

HEADER_BYTES = 3
_ID_BYTES, _TYPE_AT, AFTER_TIME = 2, 2, 7
"""Where the record ID ends, where the type stands, and what comes behind the timestamp of a record."""
_LAST_GENERIC = 0x0C
_UNSPECIFIED_OFFSET, _SEVERITY_TYPE = 0xF, 0x07
_PANIC_TEXT = "Linux kernel panic: "
_ONE_BIT = 2


class EventKind(Enum):
    """What sort of record an event is.  UNREAD: one whose bytes make no sense."""

    SYSTEM = "system event"
    OEM_TIMESTAMPED = "OEM, with a time"
    OEM = "OEM"
    PANIC = "Linux kernel panic"
    UNREAD = "unread"


class Generator(NamedTuple):
    """Who made an event.  owner: as in the record: bit 0 set: a software id, else an 8-bit slave address."""

    owner: int
    channel: int = 0
    lun: int = 0

    @property
    def is_software(self) -> bool:
        """Whether it is a program: BIOS, operating system, a remote console."""
        return self.owner % 2 == 1

    @property
    def software_id(self) -> int | None:
        """The 7-bit id of the program; None: it is a controller."""
        return self.owner // 2 if self.is_software else None

    @property
    def address(self) -> int | None:
        """The slave address of the controller; None: it is a program."""
        return None if self.is_software else self.owner


class Meaning(NamedTuple):
    """What sensor type, event type and data of an event say.

    severity: Health bits; triggered: byte 2 where it is of standard meaning: of threshold events the raw reading;
    threshold: the raw threshold; previous: the offset before, previous_severity: offset of event type 07h, of others;
    oem_2, oem_3: bytes for which the manufacturer has the meaning.
    """

    text: str
    severity: int
    detail: str | None
    triggered: int | None
    threshold: int | None
    previous: int | None
    previous_severity: int | None
    oem_2: int | None
    oem_3: int | None


class Event(NamedTuple):
    """One entry of the event log.

    record_id: as in the record; timestamp: raw seconds, None where the record has none (see `wire.numbers`); when: the
    same as an aware datetime, where somebody has found out; text: '' where sensor type and offset have no words;
    detail: what the data add, None: nothing; values are raw, see `values_of`; marks: what was odd, in words; raw: the
    whole record.  What a kind of record has not is None, or empty.
    """

    record_id: int
    record_type: int
    kind: EventKind
    raw: bytes
    timestamp: int | None = None
    when: datetime | None = None
    generator: Generator | None = None
    revision: int | None = None
    sensor_type: int | None = None
    sensor_number: int | None = None
    event_type: int | None = None
    offset: int | None = None
    deassertion: bool = False
    text: str = ""
    severity: int = Health.Ok
    detail: str | None = None
    triggered: int | None = None
    threshold: int | None = None
    previous: int | None = None
    previous_severity: int | None = None
    oem_2: int | None = None
    oem_3: int | None = None
    event_data: bytes = b""
    manufacturer_id: int | None = None
    oem_data: bytes = b""
    sensor_name: str | None = None
    marks: tuple[str, ...] = ()

    @property
    def sensor_type_name(self) -> str:
        """The name of the sensor type, '' for records without one."""
        return "" if self.sensor_type is None else sensor_type_name(self.sensor_type)

    @property
    def is_clock_change(self) -> bool:
        """Whether it says that a clock was set."""
        return self.event_type == SPECIFIC and (self.sensor_type, self.offset) == CLOCK_CHANGE

    @property
    def description(self) -> str:
        """The event in words, whatever is known of it."""
        if self.kind is not EventKind.SYSTEM:
            return self.text or f"{self.kind.value}: {self.oem_data.hex(' ')}"
        text = self.text or f"event type {self.event_type:02X}h, offset {self.offset}"
        if self.deassertion and not self.text:
            text += " deasserted"
        return text if not self.detail else f"{text} ({self.detail})"


class EventValues(NamedTuple):
    """Reading and threshold of a threshold event as numbers; None: there is none."""

    triggered: float | None
    threshold: float | None
    units: str


def meaning_of(
    sensor_type: int,
    event_type: int,
    data: bytes,
    deassertion: bool,
    *,
    texts: Texts = text_of,
    fru_name: FruNames | None = None,
) -> Meaning:
    """Return what three bytes of event data mean.  Raises Malformed for less than three.

    Detail has words for events of sensor types, and where a byte is marked as of their meaning.
    """
    return _meaning(sensor_type, event_type, EventData.decode(data), deassertion, texts, fru_name)


def _meaning(
    sensor_type: int,
    event_type: int,
    found: EventData | SystemEventRecord,
    deassertion: bool,
    texts: Texts,
    fru_name: FruNames | None,
) -> Meaning:
    text = texts(event_type, sensor_type, found.offset)
    is_threshold = event_type == THRESHOLD
    standard = found.data_2_use == DataUse.STANDARD
    detail = None
    if event_type == SPECIFIC or DataUse.SPECIFIC in (found.data_2_use, found.data_3_use):
        detail = detail_of(sensor_type, found.offset, found.data_2, found.data_3, fru_name)
    words, severity = "", Health.Ok
    if text is not None and deassertion:
        words, severity = text.deassertion_desc, text.deassertion_severity
    elif text is not None:
        words, severity = text.desc, text.severity
    before = standard and not is_threshold
    return Meaning(
        words,
        severity,
        detail,
        found.data_2 if standard else None,
        found.data_3 if is_threshold and found.data_3_use == DataUse.STANDARD else None,
        _offset(found.data_2 % 16) if before else None,
        _offset(found.data_2 // 16) if before else None,
        found.data_2 if found.data_2_use == DataUse.OEM else None,
        found.data_3 if found.data_3_use == DataUse.OEM else None,
    )


def _offset(value: int) -> int | None:
    return None if value == _UNSPECIFIED_OFFSET else value


def has_standard_type(event_type: int) -> bool:
    """Whether an event type is one of IPMI's: thresholds, generic states, states of the sensor type."""
    return event_type <= _LAST_GENERIC or event_type == SPECIFIC


def values_of(event: Event, sensor: Sensor | None) -> EventValues:
    """Return reading and threshold of a threshold event by the sensor that made it."""
    conversion = None if sensor is None or event.event_type != THRESHOLD else sensor.conversion
    if sensor is None or conversion is None:
        return EventValues(None, None, "")
    return EventValues(
        None if event.triggered is None else conversion.value(event.triggered),
        None if event.threshold is None else conversion.value(event.threshold),
        sensor.units,
    )


def decode_event(
    record: bytes,
    *,
    owners: Container[int] = (),
    texts: Texts = text_of,
    fru_name: FruNames | None = None,
    sensor_name: SensorNames | None = None,
) -> Event:
    """Return the event that a record is; all that are long enough to have a type give one.

    owners: those that have sensors, by which a generator that was shifted by a bit is told (seen: Supermicro H8QME);
    texts: the words for offsets; fru_name, sensor_name: name the FRUs and sensors that events speak of.  Raises
    Malformed.
    """
    if len(record) == RECORD_BYTES:  # nearly all of them: this is every entry's way
        found = SystemEventRecord.decode(record)
        if found.type == SYSTEM_EVENT and found.revision in REVISIONS:
            return _system(found, bytes(record), [], owners, texts, fru_name, sensor_name)
    head = SelRecord.decode(record)
    if len(record) < RECORD_BYTES:
        return _unread(head, record, f"{len(record)} bytes where a record has {RECORD_BYTES}")
    if head.type >= FIRST_PLAIN_OEM:
        return _panic(record) if head.type == KERNEL_PANIC else _plain_oem(record)
    if head.type >= FIRST_TIMESTAMPED_OEM:
        return _timestamped_oem(record)
    found = SystemEventRecord.decode(record)
    marks = []
    if head.type != SYSTEM_EVENT:
        # Seen: AMI MegaRAC, HP DL380 G5, Intel S2600JF: system events under type 00h, 04h and others.
        if found.revision not in REVISIONS or found.reserved:
            return _unread(head, record, f"record type {head.type:02X}h is not known", found.timestamp)
        marks.append(f"a system event under record type {head.type:02X}h")
    elif found.revision not in REVISIONS:
        marks.append(f"event message revision {found.revision:02X}h")
    return _system(found, bytes(record), marks, owners, texts, fru_name, sensor_name)


class AlikeEvents:
    """The events of one log, of which most come again and again: what is alike but for ID and time is decoded once."""

    def __init__(
        self,
        *,
        owners: Container[int] = (),
        texts: Texts = text_of,
        fru_name: FruNames | None = None,
        sensor_name: SensorNames | None = None,
    ) -> None:
        """Take what `decode_event` takes."""
        self._words = {"owners": owners, "texts": texts, "fru_name": fru_name, "sensor_name": sensor_name}
        self._known: dict[bytes, Event] = {}

    def decode(self, record: bytes) -> Event:
        """Return the event that a record is, as `decode_event` does."""
        known = self._known.get(record[AFTER_TIME:])
        if known is not None and record[_TYPE_AT] == SYSTEM_EVENT:
            time = number(record[_TYPE_AT + 1 : AFTER_TIME])
            head = (number(record[:_ID_BYTES]), SYSTEM_EVENT, EventKind.SYSTEM, bytes(record), time)
            return Event._make(head + known[len(head) :])
        event = decode_event(record, **self._words)  # type: ignore[arg-type]
        if event.kind is EventKind.SYSTEM and event.record_type == SYSTEM_EVENT:
            self._known[event.raw[AFTER_TIME:]] = event
        return event


def _unread(head: SelRecord, record: bytes, why: str, timestamp: int | None = None) -> Event:
    return Event(
        record_id=head.record_id,
        record_type=head.type,
        kind=EventKind.UNREAD,
        raw=bytes(record),
        timestamp=timestamp,
        oem_data=bytes(record[HEADER_BYTES:]),
        marks=(why,),
    )


def _panic(record: bytes) -> Event:
    found = KernelPanicRecord.decode(record)
    text = decode_eight_bit(found.text.split(b"\0")[0])  # a space at its end belongs there: the next piece goes on
    return Event(
        record_id=found.record_id,
        record_type=found.type,
        kind=EventKind.PANIC,
        raw=bytes(record),
        generator=Generator(found.address),
        text=_PANIC_TEXT + text,
        severity=Health.Critical,
        oem_data=bytes(record[HEADER_BYTES:RECORD_BYTES]),
    )


def _plain_oem(record: bytes) -> Event:
    found = OemPlainRecord.decode(record)
    return Event(found.record_id, found.type, EventKind.OEM, bytes(record), oem_data=found.data)


def _timestamped_oem(record: bytes) -> Event:
    found = OemTimestampedRecord.decode(record)
    return Event(
        record_id=found.record_id,
        record_type=found.type,
        kind=EventKind.OEM_TIMESTAMPED,
        raw=bytes(record),
        timestamp=found.timestamp,
        manufacturer_id=found.manufacturer_id,
        oem_data=found.data,
    )


def _system(
    found: SystemEventRecord,
    record: bytes,
    marks: list[str],
    owners: Container[int],
    texts: Texts,
    fru_name: FruNames | None,
    sensor_name: SensorNames | None,
) -> Event:
    owner = found.owner_id
    shifted = owner * _ONE_BIT % 256
    if owner and owner not in owners and owner % 2 == 0 and shifted in owners:
        marks.append(f"generator {owner:02X}h taken for {shifted:02X}h")
        owner = shifted
    data = record[13:RECORD_BYTES]
    meaning = _meaning(found.sensor_type, found.event_type, found, found.deassertion, texts, fru_name)
    generator = Generator(owner, found.channel, found.owner_lun)
    # By position: names would cost as much again as all the rest, and a log has thousands of these.
    return Event(
        found.record_id,
        found.type,
        EventKind.SYSTEM,
        record,
        found.timestamp,
        None,
        generator,
        found.revision,
        found.sensor_type,
        found.number,
        found.event_type,
        found.offset,
        found.deassertion,
        *meaning,
        data,
        None,
        b"",
        None if sensor_name is None else sensor_name(generator, found.number),
        tuple(marks),
    )

# SPDX-License-Identifier: Apache-2.0
"""Events and traps as the long-standing dictionaries."""
from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.domains.events import AFTER_TIME, HEADER_BYTES, AlikeEvents, EventKind, has_standard_type
from pyghmi.ipmi.domains.sel_clock import Clock, Stamp, corrected, is_calendar
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.spec.eventtext import text_of
from pyghmi.ipmi.spec.tables import SENSOR_TYPES
from pyghmi.ipmi.wire.numbers import words
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyghmi.ipmi.domains.events import Event, Meaning, Texts
    from pyghmi.ipmi.domains.pet import Trap
    from pyghmi.ipmi.domains.sel_read import SelEntry
    from pyghmi.ipmi.facade.event_names import EventNames

_MANUFACTURER_BYTES = 3
_WITHIN_PROCESSING = ("event_data_bytes", "event_type_byte")
"""Keys that are there for a vendor's handler only."""


class EventDict(TypedDict, total=False):
    """What `get_event_log` and `decode_pet` return; which keys are there depends on the event.

    record_id: of the entry (not of traps); timecode: raw seconds; timestamp: local time, 'YYYY-MM-DDTHH:MM:SS', where
    the raw one is a date; component_id: 'owner.number.lun', of traps 'number.0'; component: the sensor's name;
    component_type, component_type_id: what it senses; event_id: 'event type.offset'; event: what happened, '' if there
    are no words for it; severity: `Health` bits; triggered_value, threshold_value: raw; event_data: more words;
    oem_byte2, oem_byte3, oemid, oemdata: for those who know the manufacturer; oem_handler: None, or who that was;
    event_data_bytes, event_type_byte: of traps.
    """

    record_id: int
    timecode: int
    timestamp: str
    component_id: str
    component: str
    component_type: str
    component_type_id: int
    event_id: str
    event: str
    severity: int
    deassertion: bool
    triggered_value: int
    threshold_value: int
    event_data: str
    event_data_bytes: bytes
    event_type_byte: int
    oem_byte2: int
    oem_byte3: int
    oem_handler: Any
    oemid: bytearray
    oemdata: bytearray


def event_dictionary(event: Event) -> EventDict:
    """Return an entry of the event log, before the vendor's handler has seen it, and without its time in words."""
    known = EventDict(record_id=event.record_id)
    if event.kind is EventKind.PANIC:
        known["event"], known["severity"] = event.text, event.severity
        return known
    if event.timestamp is not None:
        known["timecode"] = event.timestamp
    if event.kind is EventKind.OEM_TIMESTAMPED:
        known["oemid"] = bytearray(words(event.manufacturer_id or 0, _MANUFACTURER_BYTES))
    if event.kind is not EventKind.SYSTEM or event.generator is None:
        known["oemdata"] = bytearray(event.oem_data)
        return known
    place = f"{event.generator.owner}.{event.sensor_number}.{event.generator.lun}"
    known["component_id"] = place
    known["component"] = event.sensor_name or f"Sensor {place}"
    known["deassertion"] = event.deassertion
    known["event_data_bytes"] = event.event_data
    _add_meaning(known, event, event.sensor_type or 0, event.event_type or 0, event.offset or 0)
    return known


def trap_dictionary(trap: Trap, names: EventNames) -> EventDict:
    """Return a trap, without its time in words."""
    place = f"{trap.sensor_number}.0"
    known = EventDict(component_id=place)
    known["component"] = names.trap_sensor_name(trap.sensor_device, trap.sensor_number) or f"Sensor {place}"
    known["deassertion"] = trap.deassertion
    known["event_data_bytes"] = trap.event_data[:3]
    _add_meaning(known, trap.meaning, trap.sensor_type, trap.event_type, trap.offset)
    known["timecode"] = trap.timestamp or 0
    return known


def _add_meaning(
    known: EventDict, meaning: Event | Meaning, sensor_type: int, event_type: int, offset: int
) -> None:
    if meaning.triggered is not None:
        known["triggered_value"] = meaning.triggered
    known["event_type_byte"] = event_type
    if has_standard_type(event_type):
        known["component_type_id"] = sensor_type
        known["event_id"] = f"{event_type}.{offset}"
        known["component_type"] = SENSOR_TYPES.get(sensor_type, "")
        known["event"] = meaning.text
        known["severity"] = meaning.severity
    if meaning.threshold is not None:
        known["threshold_value"] = meaning.threshold
    if meaning.detail is not None:
        known["event_data"] = meaning.detail


def decoded(entries: Iterable[SelEntry], names: EventNames, texts: Texts = text_of) -> Iterator[Event]:
    """Yield the events of entries, with the names of their sensors, but for those of too few bytes for any.

    What the BMC knows an entry by counts where the record does not say.
    """
    decode = AlikeEvents(
        owners=names.owners, texts=texts, fru_name=names.fru_name, sensor_name=names.sensor_name
    ).decode
    for entry in entries:
        if len(entry.record) >= HEADER_BYTES:
            event = decode(entry.record)
            yield event if event.record_id else event._replace(record_id=entry.record_id)


def log_dictionaries(events: list[Event], clock: Clock, handler: Any, ipmicmd: Any) -> list[EventDict]:
    """Return a whole log, the oldest first, with times put right by the BMC's clock.

    Pairs that say that this clock was set are taken into account, and left out.  handler: the vendor's, which adds to
    each event; a Linux kernel's panic has nothing for it.
    """
    times = corrected([_stamp(event) for event in events], clock)
    is_standard = getattr(handler.process_event, "__func__", None) is OEMHandler.process_event
    patterns: dict[bytes, EventDict] = {}
    found = []
    for event, time in zip(events, times):
        if time.paired:
            continue
        what = event.raw[AFTER_TIME:] if is_standard and event.kind is EventKind.SYSTEM else b""
        pattern = patterns.get(what)
        if pattern is None:
            known = _processed(event, handler, ipmicmd)
            if what:
                patterns[what] = known.copy()
        else:  # alike but for ID and time, as most in a log are like another
            known = pattern.copy()
            known["record_id"] = event.record_id
            known["timecode"] = event.timestamp or 0
        if time.instant is not None:
            known["timestamp"] = local_time(time.instant)
        found.append(known)
    return found


def _processed(event: Event, handler: Any, ipmicmd: Any) -> EventDict:
    known = event_dictionary(event)
    if event.kind is not EventKind.PANIC:
        handler.process_event(known, ipmicmd, event.raw)
    for key in _WITHIN_PROCESSING:
        known.pop(key, None)  # type: ignore[misc]
    return known


def _stamp(event: Event) -> Stamp:
    if not event.is_clock_change or event.event_data[1] % 16:  # the clock of the SDR repository is another
        return Stamp(event.timestamp)
    from pyghmi.ipmi.domains.eventdetail import is_second_of_pair

    return Stamp(event.timestamp, is_second_of_pair(event.event_data[1]))


def trap_time(trap: Trap, clock: Clock) -> float | None:
    """Return when a trap was sent, in seconds since 1970, UTC; None: it does not say."""
    seconds = trap.seconds
    if seconds is None:
        return None
    if trap.utc_offset is not None:
        return seconds - 60 * trap.utc_offset
    return clock.instant(seconds) if is_calendar(seconds) else None


def local_time(instant: float) -> str:
    """Return an instant in the time of this machine, as programs know it."""
    return datetime.fromtimestamp(int(instant)).isoformat()  # noqa: DTZ006 - without a zone is what programs know

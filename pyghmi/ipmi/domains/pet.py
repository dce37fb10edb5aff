# SPDX-License-Identifier: Apache-2.0
"""Platform Event Traps, and telling the BMC that one came.  Platform Event Trap Format 1.0; IPMI 2.0 §30.3."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.events import Meaning, Texts, meaning_of
from pyghmi.ipmi.domains.guid import Guid, read_guid
from pyghmi.ipmi.domains.sel_clock import aware
from pyghmi.ipmi.spec.eventtext import text_of
from pyghmi.ipmi.spec.sel import (
    TRAP_BYTES,
    CustomField,
    CustomMultirecord,
    PetAcknowledge,
    SpecificTrap,
    TrapSeverity,
    TrapVariable,
)
from pyghmi.ipmi.spec.tables import entity_name, sensor_type_name
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import decode_bcd_plus, decode_eight_bit, decode_six_bit, decode_unicode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyghmi.ipmi.domains.eventdetail import FruNames
    from pyghmi.ipmi.domains.requester import Requester

EPOCH = 883_612_800
"""1998-01-01, the time that traps count from, in seconds since 1970."""
_UNSPECIFIED = 0xFF
_NO_OFFSET, _MOST_MINUTES = -1, 1440
_NO_FIELDS_MORE, _MULTIRECORD = 0xC1, 0x80
_ACKNOWLEDGE_S = 5.0
_TRAP_SIZE = 4
_UNSPECIFIED_OFFSET = 0xF
_SOURCES = (
    (0x07, "platform firmware"),
    (0x0F, "SMI handler"),
    (0x17, "system management software"),
    (0x1F, "alert ASIC"),
    (0x27, "IPMI"),
    (0x2F, "BIOS vendor"),
    (0x37, "system board vendor"),
    (0x3F, "system integrator"),
    (0x47, "add-in card"),
    (0x4F, "operating system vendor"),
    (0x57, "network card"),
    (0x5F, "management card"),
)
_BINARY = 0
_TEXTS = {1: decode_bcd_plus, 2: decode_six_bit, 3: decode_eight_bit}
_MULTIRECORD_TEXTS = {1: decode_eight_bit, 2: decode_unicode}
_ALERT_TEXT = 1


class CustomData(NamedTuple):
    """One OEM custom field of a trap.

    value: text, or bytes where it is no text; record_type: of a multirecord: 1 text of the alert, 2 OEM by an IANA
    number in the data, 3 OEM by the manufacturer of the trap; None: a plain field.
    """

    value: str | bytes
    record_type: int | None = None


class Trap(NamedTuple):
    """A Platform Event Trap.

    timestamp: raw local seconds since 1998, None: unspecified; utc_offset: minutes, None: unspecified; when: the time,
    where both are there; custom: what the manufacturer added; values beyond the end of a short variable: None.  What
    is said of the event: as in `domains.events.Event`.
    """

    guid: Guid
    sequence: int
    timestamp: int | None
    utc_offset: int | None
    when: datetime | None
    trap_source: int
    event_source: int
    severity_code: TrapSeverity
    sensor_device: int
    sensor_number: int
    entity_id: int
    entity_instance: int
    event_data: bytes
    language: int | None
    manufacturer_id: int | None
    system_id: int | None
    custom: tuple[CustomData, ...]
    sensor_type: int
    event_type: int
    offset: int
    deassertion: bool
    meaning: Meaning
    raw: bytes

    @property
    def trap_source_name(self) -> str:
        """Who sent the trap."""
        return source_name(self.trap_source)

    @property
    def event_source_name(self) -> str:
        """Who made the event."""
        return source_name(self.event_source)

    @property
    def sensor_type_name(self) -> str:
        """The name of the sensor type."""
        return sensor_type_name(self.sensor_type)

    @property
    def entity_name(self) -> str:
        """What part of the machine it is about."""
        return entity_name(self.entity_id)

    @property
    def alert_text(self) -> str | None:
        """The text that the manufacturer gave the alert."""
        texts = (each.value for each in self.custom if each.record_type == _ALERT_TEXT and isinstance(each.value, str))
        return next(texts, None)

    @property
    def seconds(self) -> int | None:
        """The local time in seconds since 1970."""
        return None if self.timestamp is None else self.timestamp + EPOCH


def source_name(code: int) -> str:
    """Return who a source type is, or its number."""
    if code == _UNSPECIFIED:
        return "unspecified"
    return next((name for last, name in _SOURCES if code <= last), f"unknown({code:02X}h)")


def specific_trap(trap: int | Sequence[int]) -> SpecificTrap:
    """Return what a specific trap number says; four bytes of it, the high one first, do too.

    Raises InvalidParameterValue for anything else.
    """
    wrong = InvalidParameterValue("specifictrap should be integer number or 4 byte array")
    try:
        data = trap.to_bytes(_TRAP_SIZE, "big") if isinstance(trap, int) else bytes(trap)
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    if len(data) != _TRAP_SIZE:
        raise wrong
    return SpecificTrap.decode(data)


def decode_trap(
    trap: int | Sequence[int], variable: bytes, *, texts: Texts = text_of, fru_name: FruNames | None = None
) -> Trap:
    """Return what a trap says.  trap: its specific trap number; variable: the octets of 1.3.6.1.4.1.3183.1.1.1.

    Raises InvalidParameterValue for a number that is none, Malformed for a variable that ends before its event data.
    """
    number = specific_trap(trap)
    found = TrapVariable.decode(variable)
    data = found.event_data + (found.more_event_data or b"")
    timestamp = found.timestamp or None
    offset = found.utc_offset if abs(found.utc_offset) <= _MOST_MINUTES and found.utc_offset != _NO_OFFSET else None
    when = None
    if timestamp is not None and offset is not None:
        when = aware(timestamp + EPOCH - 60 * offset, offset)
    return Trap(
        guid=read_guid(found.guid),
        sequence=found.sequence,
        timestamp=timestamp,
        utc_offset=offset,
        when=when,
        trap_source=found.trap_source,
        event_source=found.event_source,
        severity_code=found.severity,
        sensor_device=found.sensor_device,
        sensor_number=found.number,
        entity_id=found.entity_id,
        entity_instance=found.entity_instance,
        event_data=data,
        language=None if found.language == _UNSPECIFIED else found.language,
        manufacturer_id=found.manufacturer_id,
        system_id=found.system_id,
        custom=custom_fields(variable[TRAP_BYTES:]),
        sensor_type=number.sensor_type,
        event_type=number.event_type,
        offset=_offset(number, data),
        deassertion=number.deassertion,
        meaning=_meaning(number, data, texts, fru_name),
        raw=bytes(variable),
    )


def _offset(number: SpecificTrap, data: bytes) -> int:
    """Return the offset: that of the trap number; where it does not say, what byte 1 of the event data has."""
    return data[0] % 16 if number.offset == _UNSPECIFIED_OFFSET else number.offset


def _meaning(number: SpecificTrap, data: bytes, texts: Texts, fru_name: FruNames | None) -> Meaning:
    """Return what the event says, of the offset that counts."""
    first = data[0] // 16 * 16 + _offset(number, data)
    return meaning_of(
        number.sensor_type,
        number.event_type,
        bytes((first,)) + data[1:],
        number.deassertion,
        texts=texts,
        fru_name=fru_name,
    )


def custom_fields(data: bytes) -> tuple[CustomData, ...]:
    """Return the OEM custom fields: each has its kind and length before it, C1h ends them, 80h is a multirecord."""
    found: list[CustomData] = []
    while data and data[0] != _NO_FIELDS_MORE:
        if data[0] == _MULTIRECORD:
            if len(data) < 1 + len(b"ht"):
                break
            head = CustomMultirecord.decode(data[1:])
            data, text = data[3:], _MULTIRECORD_TEXTS.get(head.encoding)
            value, data = data[: head.length], data[head.length :]
            found.append(CustomData(value if text is None else text(value), head.type))
            continue
        field = CustomField.decode(data)
        value, data = data[1 : 1 + field.length], data[1 + field.length :]
        found.append(CustomData(value if field.encoding == _BINARY else _TEXTS[field.encoding](value)))
    return tuple(found)


class Pet:
    """What can be said to the BMC that sent a trap."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def acknowledge(self, variable: bytes) -> None:
        """Tell the BMC that its trap came, so that it does not send it again.

        Raises Malformed for a variable that ends before its event data, CompletionCodeError, SessionError.
        """
        found = TrapVariable.decode(variable)
        asked = PetAcknowledge(
            sequence=found.sequence,
            timestamp=found.timestamp,
            event_source=found.event_source,
            sensor_device=found.sensor_device,
            number=found.number,
            event_data=found.event_data,
        )
        self._bmc.request(asked, deadline_s=_ACKNOWLEDGE_S)

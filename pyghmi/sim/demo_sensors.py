# SPDX-License-Identifier: Apache-2.0
"""The sensors of the simulated server: a small one with two processors and two power supplies."""
from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from pyghmi.ipmi.spec.sdr import (
    COMPACT,
    EVENT_ONLY,
    FRU_LOCATOR,
    FULL,
    HEADER_BYTES,
    MC_LOCATOR,
    AnalogFormat,
    CompactSensorRecord,
    Direction,
    EventControl,
    EventOnlyRecord,
    FruLocator,
    FullSensorRecord,
    Hysteresis,
    Linearization,
    McLocator,
    ModifierUse,
    Record,
    ThresholdAccess,
)
from pyghmi.ipmi.wire.text import encode_id_string

BMC = 0x20
_TEMPERATURE, _VOLTAGE, _FAN, _INTRUSION, _PROCESSOR = 0x01, 0x02, 0x04, 0x05, 0x07
_SUPPLY, _OTHER, _MEMORY, _SYSTEM = 0x08, 0x0B, 0x0C, 0x12
_CELSIUS, _VOLT, _WATT, _RPM = 1, 4, 6, 18
_CPU, _BOARD, _PSU, _FAN_ENTITY, _DIMM, _INLET, _CHASSIS = 0x03, 0x07, 0x0A, 0x1D, 0x20, 0x37, 0x17
_THRESHOLD, _SPECIFIC = 0x01, 0x6F
_EEPROM_OF_DIMM, _IPMI_FRU = 1, 0


class Analog(NamedTuple):
    """A sensor with numbers.  limits: six counts, in the order LNC, LCR, LNR, UNC, UCR, UNR; None: there is none."""

    number: int
    name: str
    entity: tuple[int, int]
    kind: int
    unit: int
    m: int
    r_exp: int
    nominal: int
    limits: tuple[int | None, ...]
    on: int
    off: int | None
    """The counts while the power is on and off; None: there is no reading then."""
    hysteresis: int = 1


class States(NamedTuple):
    """A sensor with states, as bits; `share`: how many there are like this."""

    number: int
    name: str
    entity: tuple[int, int]
    kind: int
    mask: int
    on: int
    off: int | None
    share: int = 1


ANALOG = (
    Analog(0x01, "Inlet Temp", (_INLET, 1), _TEMPERATURE, _CELSIUS, 1, 0, 23, (5, 2, None, 38, 42, 47), 23, 22),
    Analog(0x02, "Exhaust Temp", (_CHASSIS, 1), _TEMPERATURE, _CELSIUS, 1, 0, 35, (None,) * 3 + (65, 75, None), 36, 24),
    Analog(0x03, "CPU1 Temp", (_CPU, 1), _TEMPERATURE, _CELSIUS, 1, 0, 45, (None, None, None, 85, 95, 100), 48, None),
    Analog(0x04, "CPU2 Temp", (_CPU, 2), _TEMPERATURE, _CELSIUS, 1, 0, 45, (None, None, None, 85, 95, 100), 52, None),
    Analog(0x10, "12V", (_BOARD, 1), _VOLTAGE, _VOLT, 6, -2, 200, (183, 180, None, 217, 220, None), 202, None),
    Analog(0x11, "3.3V", (_BOARD, 1), _VOLTAGE, _VOLT, 16, -3, 206, (190, 186, None, 222, 226, None), 207, None),
    Analog(0x12, "VBAT", (_BOARD, 1), _VOLTAGE, _VOLT, 16, -3, 190, (175, 160, None, None, None, None), 191, 191),
    Analog(0x20, "Fan 1", (_FAN_ENTITY, 1), _FAN, _RPM, 60, 0, 95, (15, 10, None, None, None, None), 95, None),
    Analog(0x21, "Fan 2", (_FAN_ENTITY, 2), _FAN, _RPM, 60, 0, 95, (15, 10, None, None, None, None), 97, None),
    Analog(0x30, "PSU 1 Power", (_PSU, 1), _OTHER, _WATT, 4, 0, 40, (None, None, None, 180, 190, None), 33, 3),
    Analog(0x31, "PSU 2 Power", (_PSU, 2), _OTHER, _WATT, 4, 0, 40, (None, None, None, 180, 190, None), 31, 2),
)
STATES = (
    States(0x38, "PSU 1 Status", (_PSU, 1), _SUPPLY, 0x0F, 0x01, 0x01),
    States(0x39, "PSU 2 Status", (_PSU, 2), _SUPPLY, 0x0F, 0x01, 0x01),
    States(0x40, "CPU1 Status", (_CPU, 1), _PROCESSOR, 0x3E3, 0x80, 0x80),
    States(0x41, "CPU2 Status", (_CPU, 2), _PROCESSOR, 0x3E3, 0x80, 0x80),
    States(0x48, "Intrusion", (_CHASSIS, 1), _INTRUSION, 0x01, 0x00, 0x00),
    States(0x50, "DIMM Status ", (_DIMM, 1), _MEMORY, 0x43, 0x40, None, share=4),
)
_EVENT_ONLY = (0x60, "System Event", (_BOARD, 1), _SYSTEM)
_FRUS = ((0, "Mainboard", _BOARD, _IPMI_FRU), (1, "PSU 1", _PSU, _IPMI_FRU), (2, "DIMM 1", _DIMM, _EEPROM_OF_DIMM))
_SATELLITE = 0x82


def demo_records() -> list[bytes]:
    """Return the records of the simulated server."""
    return list(_demo_records())


@lru_cache(maxsize=1)
def _demo_records() -> tuple[bytes, ...]:
    made: list[Record] = [_controller(BMC, "BMC", is_bmc=True), _controller(_SATELLITE, "Satellite", is_bmc=False)]
    made += [_full(one) for one in ANALOG]
    made += [_compact(one) for one in STATES]
    made.append(_event_only())
    made += [_fru(*one) for one in _FRUS]
    return tuple(numbered(record, at) for at, record in enumerate(made, 1))


def numbered(record: Record, record_id: int) -> bytes:
    """Return a record as bytes, with this ID and the length that it has."""
    data = bytearray(record.encode())
    data[:2] = record_id.to_bytes(2, "little")
    data[HEADER_BYTES - 1] = len(data) - HEADER_BYTES
    return bytes(data)


def _bits(limits: tuple[int | None, ...]) -> int:
    return sum(1 << bit for bit, limit in enumerate(limits) if limit is not None)


def _place(number: int, entity: tuple[int, int]) -> dict[str, Any]:
    return {
        "record_id": 0,
        "length": 0,
        "owner_id": BMC,
        "channel": 0,
        "fru_owner_lun": 0,
        "owner_lun": 0,
        "number": number,
        "entity_id": entity[0],
        "entity_logical": False,
        "entity_instance": entity[1],
    }


def _start(thresholds: bool) -> dict[str, Any]:
    settable = Hysteresis.SETTABLE if thresholds else Hysteresis.NONE
    return {
        "settable": False,
        "init_scanning": True,
        "init_events": True,
        "init_thresholds": thresholds,
        "init_hysteresis": thresholds,
        "init_type": False,
        "events_at_start": True,
        "scanning_at_start": True,
        "ignore_if_absent": True,
        "auto_rearm": True,
        "hysteresis_access": settable,
        "threshold_access": ThresholdAccess(settable),
        "event_control": EventControl.PER_STATE,
        "rate": 0,
        "modifier_use": ModifierUse.NONE,
        "percentage": False,
        "modifier_unit": 0,
    }


def _full(one: Analog) -> FullSensorRecord:
    has = _bits(one.limits)
    lnc, lcr, lnr, unc, ucr, unr = (limit or 0 for limit in one.limits)
    going_low = sum(1 << 2 * bit for bit in range(3) if has >> bit & 1)
    going_high = sum(2 << 2 * bit for bit in range(3, 6) if has >> bit & 1)
    return FullSensorRecord(
        type=FULL,
        **_place(one.number, one.entity),
        **_start(thresholds=True),
        sensor_type=one.kind,
        event_type=_THRESHOLD,
        assertion_mask=going_low | going_high | (has & 7) << 12,
        deassertion_mask=going_low | going_high | (has >> 3) << 12,
        reading_mask=has | has << 8,
        analog_format=AnalogFormat.UNSIGNED,
        base_unit=one.unit,
        linearization=Linearization.LINEAR,
        m=one.m,
        tolerance=0,
        b=0,
        accuracy=100,
        accuracy_exp=0,
        direction=Direction.INPUT,
        r_exp=one.r_exp,
        b_exp=0,
        normal_min_given=False,
        normal_max_given=False,
        nominal_given=True,
        nominal=one.nominal,
        normal_max=0,
        normal_min=0,
        sensor_max=255,
        sensor_min=0,
        upper_non_recoverable=unr,
        upper_critical=ucr,
        upper_non_critical=unc,
        lower_non_recoverable=lnr,
        lower_critical=lcr,
        lower_non_critical=lnc,
        positive_hysteresis=one.hysteresis,
        negative_hysteresis=one.hysteresis,
        oem=0,
        id_data=encode_id_string(one.name),
    )


def _compact(one: States) -> CompactSensorRecord:
    return CompactSensorRecord(
        type=COMPACT,
        **_place(one.number, one.entity),
        **_start(thresholds=False),
        sensor_type=one.kind,
        event_type=_SPECIFIC,
        assertion_mask=one.mask,
        deassertion_mask=one.mask,
        reading_mask=one.mask,
        analog_format=AnalogFormat.NONE,
        base_unit=0,
        direction=Direction.UNSPECIFIED,
        modifier_is_alpha=False,
        share_count=one.share,
        instance_increments=one.share > 1,
        modifier_offset=1,
        positive_hysteresis=0,
        negative_hysteresis=0,
        oem=0,
        id_data=encode_id_string(one.name),
    )


def _event_only() -> EventOnlyRecord:
    number, name, entity, kind = _EVENT_ONLY
    return EventOnlyRecord(
        type=EVENT_ONLY,
        **_place(number, entity),
        sensor_type=kind,
        event_type=_SPECIFIC,
        direction=Direction.UNSPECIFIED,
        modifier_is_alpha=False,
        share_count=1,
        instance_increments=False,
        modifier_offset=0,
        oem=0,
        id_data=encode_id_string(name),
    )


def _fru(fru_id: int, name: str, entity: int, modifier: int) -> FruLocator:
    return FruLocator(
        record_id=0,
        type=FRU_LOCATOR,
        length=0,
        access_address=BMC,
        fru_id=fru_id,
        logical=True,
        access_lun=0,
        private_bus=0,
        channel=0,
        device_type=0x10,
        device_modifier=modifier,
        entity_id=entity,
        entity_instance=1,
        oem=0,
        id_data=encode_id_string(name),
    )


def _controller(address: int, name: str, *, is_bmc: bool) -> McLocator:
    return McLocator(
        record_id=0,
        type=MC_LOCATOR,
        length=0,
        slave_address=address,
        channel=0,
        acpi_system_notify=False,
        acpi_device_notify=False,
        is_static=True,
        logs_init_errors=False,
        log_init_error=False,
        event_generation=0,
        chassis_device=is_bmc,
        bridge=False,
        event_generator=True,
        event_receiver=is_bmc,
        fru_inventory=is_bmc,
        sel_device=is_bmc,
        sdr_repository=is_bmc,
        sensor_device=is_bmc,
        entity_id=0x2E if is_bmc else _BOARD,
        entity_instance=1,
        oem=0,
        id_data=encode_id_string(name),
    )

# SPDX-License-Identifier: Apache-2.0
"""Sensor data records of simulated machines, made out of what somebody wants to say.  IPMI 2.0 §43."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.spec.sdr import (
    ASSOCIATION,
    COMPACT,
    EVENT_ONLY,
    FRU_LOCATOR,
    FULL,
    HEADER_BYTES,
    MC_LOCATOR,
    AnalogFormat,
    CompactSensorRecord,
    Direction,
    EntityAssociation,
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
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import encode_id_string

BMC = 0x20
_THRESHOLD, _SPECIFIC = 0x01, 0x6F
_FRU_DEVICE = 0x10


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
    b: int = 0
    percentage: bool = False
    owner: int = BMC
    lun: int = 0
    channel: int = 0

    def count(self, value: float) -> int:
        """Return the count that stands for a value."""
        return min(max(round((value / 10.0**self.r_exp - self.b) / self.m), 0), 255)


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
    event_type: int = _SPECIFIC
    deasserts: int | None = None
    """Which ends of states are events; None: all."""
    owner: int = BMC
    lun: int = 0
    channel: int = 0


def numbered(record: Record, record_id: int) -> bytes:
    """Return a record as bytes, with this ID and the length that it has."""
    data = bytearray(record.encode())
    data[:2] = record_id.to_bytes(2, "little")
    data[HEADER_BYTES - 1] = len(data) - HEADER_BYTES
    return bytes(data)


def _bits(limits: tuple[int | None, ...]) -> int:
    return sum(1 << bit for bit, limit in enumerate(limits) if limit is not None)


def _place(
    number: int, entity: tuple[int, int], owner: int = BMC, lun: int = 0, channel: int = 0
) -> dict[str, Any]:
    return {
        "record_id": 0,
        "length": 0,
        "owner_id": owner,
        "channel": channel,
        "fru_owner_lun": 0,
        "owner_lun": lun,
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
        "modifier_unit": 0,
    }


def full(one: Analog) -> FullSensorRecord:
    """Return the record of a sensor with numbers."""
    has = _bits(one.limits)
    lnc, lcr, lnr, unc, ucr, unr = (limit or 0 for limit in one.limits)
    going_low = sum(1 << 2 * bit for bit in range(3) if has >> bit & 1)
    going_high = sum(2 << 2 * bit for bit in range(3, 6) if has >> bit & 1)
    return FullSensorRecord(
        type=FULL,
        **_place(one.number, one.entity, one.owner, one.lun, one.channel),
        **_start(thresholds=True),
        sensor_type=one.kind,
        event_type=_THRESHOLD,
        assertion_mask=going_low | going_high | (has & 7) << 12,
        deassertion_mask=going_low | going_high | (has >> 3) << 12,
        reading_mask=has | has << 8,
        analog_format=AnalogFormat.UNSIGNED,
        percentage=one.percentage,
        base_unit=one.unit,
        linearization=Linearization.LINEAR,
        m=one.m,
        tolerance=0,
        b=one.b,
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


def compact(one: States) -> CompactSensorRecord:
    """Return the record of sensors with states."""
    return CompactSensorRecord(
        type=COMPACT,
        **_place(one.number, one.entity, one.owner, one.lun, one.channel),
        **_start(thresholds=False),
        sensor_type=one.kind,
        event_type=one.event_type,
        assertion_mask=one.mask,
        deassertion_mask=one.mask if one.deasserts is None else one.deasserts,
        reading_mask=one.mask,
        analog_format=AnalogFormat.NONE,
        percentage=False,
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


def event_only(
    number: int, name: str, entity: tuple[int, int], kind: int, *, event_type: int = _SPECIFIC
) -> EventOnlyRecord:
    """Return the record of a sensor that is not read."""
    return EventOnlyRecord(
        type=EVENT_ONLY,
        **_place(number, entity),
        sensor_type=kind,
        event_type=event_type,
        direction=Direction.UNSPECIFIED,
        modifier_is_alpha=False,
        share_count=1,
        instance_increments=False,
        modifier_offset=0,
        oem=0,
        id_data=encode_id_string(name),
    )


def fru(
    fru_id: int, name: str, entity: int, modifier: int, *, instance: int = 1, address: int = BMC, channel: int = 0
) -> FruLocator:
    """Return the locator of a FRU.  modifier: of device type 10h: 0 a FRU of IPMI, 1 the EEPROM of a DIMM."""
    return FruLocator(
        record_id=0,
        type=FRU_LOCATOR,
        length=0,
        access_address=address,
        fru_id=fru_id,
        logical=True,
        access_lun=0,
        private_bus=0,
        channel=channel,
        device_type=_FRU_DEVICE,
        device_modifier=modifier,
        entity_id=entity,
        entity_instance=instance,
        oem=0,
        id_data=encode_id_string(name),
    )


def controller(
    address: int,
    name: str,
    *,
    is_bmc: bool,
    entity: tuple[int, int],
    channel: int = 0,
    has_sensors: bool = False,
    has_fru: bool = False,
) -> McLocator:
    """Return the locator of a management controller."""
    return McLocator(
        record_id=0,
        type=MC_LOCATOR,
        length=0,
        slave_address=address,
        channel=channel,
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
        fru_inventory=is_bmc or has_fru,
        sel_device=is_bmc,
        sdr_repository=is_bmc,
        sensor_device=is_bmc or has_sensors,
        entity_id=entity[0],
        entity_instance=entity[1],
        oem=0,
        id_data=encode_id_string(name),
    )


def association(container: tuple[int, int], *contained: tuple[int, int]) -> EntityAssociation:
    """Return a record that says what is in an entity.  contained: at most four entities."""
    pairs = b"".join(bytes(entity) for entity in contained).ljust(8, b"\0")
    return EntityAssociation(
        record_id=0,
        type=ASSOCIATION,
        length=0,
        container_id=container[0],
        container_instance=container[1],
        is_range=False,
        linked=False,
        presence_always_accessible=True,
        contained_raw=pairs,
    )

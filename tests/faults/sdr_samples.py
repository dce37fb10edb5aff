# SPDX-License-Identifier: Apache-2.0
"""Sensor data records to be made as a test needs them."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.spec.sdr import CompactSensorRecord, EventOnlyRecord, FullSensorRecord, Record
from pyghmi.ipmi.wire.text import encode_id_string

_SENSOR: dict[str, Any] = {
    "record_id": 1,
    "length": 0,
    "owner_id": 0x20,
    "channel": 0,
    "fru_owner_lun": 0,
    "owner_lun": 0,
    "number": 5,
    "entity_id": 7,
    "entity_logical": False,
    "entity_instance": 1,
    "oem": 0,
}
_READABLE: dict[str, Any] = {
    **_SENSOR,
    "settable": False,
    "init_scanning": True,
    "init_events": True,
    "init_thresholds": True,
    "init_hysteresis": True,
    "init_type": True,
    "events_at_start": True,
    "scanning_at_start": True,
    "ignore_if_absent": False,
    "auto_rearm": True,
    "hysteresis_access": 2,
    "threshold_access": 2,
    "event_control": 0,
    "assertion_mask": 0x7FFF,
    "deassertion_mask": 0x7FFF,
    "reading_mask": 0x3F3F,
    "rate": 0,
    "modifier_use": 0,
    "percentage": False,
    "modifier_unit": 0,
    "direction": 0,
}
_SHARING: dict[str, Any] = {
    "modifier_is_alpha": False,
    "share_count": 1,
    "instance_increments": False,
    "modifier_offset": 0,
}
FULL: dict[str, Any] = {
    **_READABLE,
    "type": 1,
    "sensor_type": 1,
    "event_type": 1,
    "analog_format": 0,
    "base_unit": 1,
    "linearization": 0,
    "m": 1,
    "b": 0,
    "r_exp": 0,
    "b_exp": 0,
    "tolerance": 0,
    "accuracy": 0,
    "accuracy_exp": 0,
    "normal_min_given": False,
    "normal_max_given": False,
    "nominal_given": False,
    "nominal": 0,
    "normal_max": 0,
    "normal_min": 0,
    "sensor_max": 255,
    "sensor_min": 0,
    "upper_non_recoverable": 100,
    "upper_critical": 90,
    "upper_non_critical": 80,
    "lower_non_recoverable": 1,
    "lower_critical": 5,
    "lower_non_critical": 10,
    "positive_hysteresis": 2,
    "negative_hysteresis": 3,
}
COMPACT: dict[str, Any] = {
    **_READABLE,
    **_SHARING,
    "type": 2,
    "sensor_type": 8,
    "event_type": 0x6F,
    "analog_format": 3,
    "base_unit": 0,
    "threshold_access": 0,
    "positive_hysteresis": 0,
    "negative_hysteresis": 0,
}
EVENT_ONLY: dict[str, Any] = {
    **_SENSOR,
    **_SHARING,
    "type": 3,
    "sensor_type": 8,
    "event_type": 0x6F,
    "direction": 0,
}


def _written(kind: type[Record], values: dict[str, Any], name: str) -> bytes:
    data = bytearray(kind(**{"id_data": encode_id_string(name), **values}).encode())
    data[4] = len(data) - 5
    return bytes(data)


def full(name: str = "T", **values: Any) -> bytes:
    """Return a full record: a temperature in whole degrees, with all six thresholds."""
    return _written(FullSensorRecord, {**FULL, **values}, name)


def compact(name: str = "PS", **values: Any) -> bytes:
    """Return a compact record: a power supply with its own states."""
    return _written(CompactSensorRecord, {**COMPACT, **values}, name)


def event_only(name: str = "EO", **values: Any) -> bytes:
    """Return an event-only record."""
    return _written(EventOnlyRecord, {**EVENT_ONLY, **values}, name)

# SPDX-License-Identifier: Apache-2.0
"""Records and sensors of a simulated machine, as rows change them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.sdr import FULL, HEADER_BYTES, FullSensorRecord, ReadableSensorRecord, parse_record
from pyghmi.sim.quirks.hooks import Misbehaviour
from pyghmi.sim.records import BMC
from pyghmi.sim.sensorstate import SensorState, Told

if TYPE_CHECKING:
    from pyghmi.sim.repository import SensorPart

TEMPERATURE = 0x01
_TYPE_AT, _LENGTH_AT, _NAME_AT, _LATEST = 3, 4, 47, 0xFFFE


def sensors_of(odd: Misbehaviour) -> SensorPart:
    """Return what has the sensors and records of the machine."""
    parts: dict[str, Any] = dict(odd.machine.parts)
    found: SensorPart = parts["sensors"]
    return found


def rewrite(odd: Misbehaviour, change: Callable[[bytes], bytes]) -> None:
    """Have all records look otherwise; the sensors that they describe stay as they are."""
    part = sensors_of(odd)
    part.records = [change(raw) for raw in part.records]


def is_full(raw: bytes) -> bool:
    """Whether it is the record of a sensor with numbers."""
    return len(raw) > _NAME_AT and raw[_TYPE_AT] == FULL


def named(raw: bytes, id_data: bytes) -> bytes:
    """Return a full record with another name, and a length that is as right or wrong as it was.

    id_data: with the byte that tells type and length.
    """
    size = raw[_LENGTH_AT] + _NAME_AT + len(id_data) - len(raw)
    return raw[:_LENGTH_AT] + bytes((min(max(size, 0), 0xFF),)) + raw[HEADER_BYTES:_NAME_AT] + id_data


def add(odd: Misbehaviour, raw: bytes, told: Told = None, at: int | None = None) -> bytes:
    """Put a record there, under a free id, and the sensor that it describes; returns the record.

    told: what the sensor shows; at: the place, None: the end.
    """
    part = sensors_of(odd)
    taken = {int.from_bytes(one[:2], "little") for one in part.records}
    number = next(number for number in range(max(taken, default=0) + 1, _LATEST) if number not in taken)
    raw = number.to_bytes(2, "little") + raw[2:]
    part.records.insert(len(part.records) if at is None else at, raw)
    record = parse_record(raw)
    if isinstance(record, ReadableSensorRecord) and record.owner_id == BMC:
        key = (record.owner_lun, record.number)
        part.pinned[key] = told
        part.sensors[key] = SensorState(record, told)
        if record.owner_lun:
            odd.machine.at_luns.setdefault(record.owner_lun, {}).update(part.commands(record.owner_lun))
    return raw


def first_full(odd: Misbehaviour, sensor_type: int = TEMPERATURE) -> bytes:
    """Return the first record of a sensor with numbers of this type, at LUN 0 of the BMC.

    Raises InvalidParameterValue.
    """
    for raw in sensors_of(odd).records:
        record = parse_record(raw) if is_full(raw) else None
        if isinstance(record, FullSensorRecord) and record.sensor_type == sensor_type and not record.owner_lun:
            return raw
    raise InvalidParameterValue(f"this machine has no sensor with numbers of type {sensor_type:02X}h to play that with")

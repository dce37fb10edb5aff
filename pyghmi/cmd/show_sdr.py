# SPDX-License-Identifier: Apache-2.0
"""sdr: the records that describe sensors, inventory devices and controllers."""
from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from pyghmi.cmd.jobs import Job, Run, columns
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import Words
from pyghmi.exceptions import Malformed, NotFound
from pyghmi.ipmi.spec import sdr as spec
from pyghmi.ipmi.spec.tables import entity_name, sensor_type_name

_TYPES = {
    spec.FULL: "full sensor",
    spec.COMPACT: "compact sensor",
    spec.EVENT_ONLY: "event-only sensor",
    spec.ASSOCIATION: "entity association",
    spec.DEVICE_ASSOCIATION: "device entity association",
    spec.GENERIC_LOCATOR: "device locator",
    spec.FRU_LOCATOR: "FRU locator",
    spec.MC_LOCATOR: "controller locator",
    spec.MC_CONFIRMATION: "controller confirmation",
    spec.CHANNEL_INFO: "channel info",
    spec.OEM: "OEM",
}


def _hex(number: int) -> str:
    return f"0x{number:02x}"


def _record(number: int) -> str:
    return f"0x{number:04x}"


_BMC_ADDRESS = 0x20
_RECORDS = Table(
    columns(
        ("record_id", "Record", True, _record),
        ("type", "Type"),
        ("name", "Name"),
        ("sensor_type", "Senses"),
        ("owner", "Owner", True, _hex),
        ("lun", "LUN", True),
        ("number", "Number", True, _hex),
        ("fru_id", "FRU", True),
        ("address", "Address", True, _hex),
        ("entity", "Entity"),
        ("entity_instance", "Instance", True),
        ("problem", "Problem"),
    )
)
_DETAILS = Table(columns(("record_id", "Record", True, _record), ("field", "Field"), ("value", "Value")))


def sdr(words: Words) -> Job:
    """List the records, or tell all about those of a name."""
    name = words.take("name of a record") if words else None

    def rows(run: Run) -> Iterator[Row]:
        records = run.command.get_sdr_records(progress=run.steps)
        if name is None:
            yield from map(_row, records)
            for problem in run.command.get_sdr_problems():
                yield {"type": "unread", "problem": problem}
            return
        found = [record for record in records if _name(record) == name or _record(record.record_id) == name]
        if not found:
            raise NotFound(f"There is no record {name!r}")
        for record in found:
            yield from _fields(record)

    return Job(_RECORDS if name is None else _DETAILS, rows)


def _name(record: Any) -> str | None:
    try:
        found: str | None = getattr(record, "name", None)
    except Malformed:
        return None
    return found


def _row(record: Any) -> Row:
    row: dict[str, Any] = {
        "record_id": record.record_id,
        "type": _TYPES.get(record.type, f"type {record.type:02X}h"),
        "name": _name(record),
        "fru_id": getattr(record, "fru_id", None),
        "problem": getattr(record, "problem", None),
    }
    if isinstance(record, spec.SensorRecord):
        row["owner"], row["lun"], row["number"] = record.owner_id, record.owner_lun, record.number
        row["sensor_type"] = sensor_type_name(getattr(record, "sensor_type", 0))
    if isinstance(record, (spec.GenericLocator, spec.McLocator)):
        # The records hold 7-bit addresses; everybody writes them as they are on the bus.
        row["address"] = record.slave_address * 2 if isinstance(record, spec.GenericLocator) else record.slave_address
    elif isinstance(record, spec.FruLocator) and record.access_address != _BMC_ADDRESS:
        row["address"] = record.access_address
    entity = getattr(record, "entity_id", None)
    if entity is not None:
        row["entity"], row["entity_instance"] = entity_name(entity), record.entity_instance
    return row


def _fields(record: Any) -> Iterator[Row]:
    """Yield all that a record says, as it says it."""
    names = record._fields if isinstance(record, spec.UnreadRecord) else [field.name for field in record._wire_fields]
    seen = [name for name in names if name != "id_data"]
    if _name(record) is not None:
        seen.insert(0, "name")
    for name in seen:
        value = getattr(record, name)
        if isinstance(value, (bytes, bytearray)):
            value = value.hex(" ")
        elif isinstance(value, Enum):
            value = value.name.lower().replace("_", " ")
        if value is not None and name != "record_id":
            yield {"record_id": record.record_id, "field": name, "value": value}

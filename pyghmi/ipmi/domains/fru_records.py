# SPDX-License-Identifier: Apache-2.0
"""The records of a multirecord area.  FRU Storage Definition 1.0 r1.3 §16 to §18."""
from __future__ import annotations

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.spec.fru import (
    FIRST_OEM,
    PICMG_MANUFACTURER,
    PICMG_TYPE,
    RECORD_CLASSES,
    RECORD_HEADER_BYTES,
    RECORD_VERSION,
    OemRecord,
    PicmgRecord,
    RecordHeader,
    RecordType,
)
from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.numbers import zero_checksum
from pyghmi.ipmi.wire.shapes import NamedTuple


class MultiRecord(NamedTuple):
    """One record.

    offset: of its header in the memory; data: behind the header; value: `spec.fru.PowerSupply`, `DcOutput`, `DcLoad`,
    `ManagementAccess`, `Compatibility`, `NvmeDrive`, `PicmgRecord`, `OemRecord`, ...; None: of a type that nobody
    describes, or too short.
    """

    type: RecordType
    offset: int
    data: bytes
    checksum_ok: bool
    value: Message | None


class RecordList(NamedTuple):
    """All records.  `end`: offset behind the last one; `needs`: bytes of memory that a longer look would take."""

    records: tuple[MultiRecord, ...]
    warnings: tuple[str, ...]
    end: int
    needs: int


def read_records(image: bytes, offset: int) -> RecordList:
    """Return the records from `offset` on, up to the end of the list or to the first that cannot be one.

    Each record is at least a header long, so this ends whatever the bytes are.
    """
    records: list[MultiRecord] = []
    warnings: list[str] = []
    at = offset
    while True:
        begin = at + RECORD_HEADER_BYTES
        problem = _header_problem(image, at)
        if problem:
            warnings.append(f"multirecord area: {problem} at {at}")
            return RecordList(tuple(records), tuple(warnings), at, begin)
        header = RecordHeader.decode(image[at:begin])
        end = begin + header.length
        if end > len(image):
            warnings.append(f"multirecord area: the record at {at} runs past the end of the memory")
            return RecordList(tuple(records), tuple(warnings), at, end)
        records.append(_record(header, at, image[begin:end], warnings))
        at = end
        if header.end_of_list:
            return RecordList(tuple(records), tuple(warnings), at, at)


def _header_problem(image: bytes, at: int) -> str:
    """Return why no record begins here; empty: one does."""
    header = image[at : at + RECORD_HEADER_BYTES]
    if len(header) < RECORD_HEADER_BYTES:
        return "the list has no end"
    if not any(header):
        return "zeros, and no end of the list before them,"
    if sum(header) % 256:
        return "wrong checksum of a header"
    version = RecordHeader.decode(header).version
    return "" if version == RECORD_VERSION else f"record format {version}"


def _record(header: RecordHeader, at: int, data: bytes, warnings: list[str]) -> MultiRecord:
    checksum_ok = zero_checksum(data) == header.record_checksum
    if not checksum_ok:
        warnings.append(f"multirecord area: wrong checksum of the data of the record at {at}")
    kind = RecordType(header.type)
    try:
        value = record_value(kind, data)
    except Malformed as error:
        warnings.append(f"multirecord area: the record at {at} is cut short: {error.problem}")
        value = None
    return MultiRecord(kind, at, data, checksum_ok, value)


def record_value(kind: int, data: bytes) -> Message | None:
    """Return what the data of a record of this type say; None: nobody describes it.  Raises Malformed."""
    if kind >= FIRST_OEM:
        found = OemRecord.decode(data)
        if kind == PICMG_TYPE and found.manufacturer_id == PICMG_MANUFACTURER and len(found.data) > 1:
            return PicmgRecord.decode(data)
        return found
    record_class = RECORD_CLASSES.get(kind)
    return None if record_class is None else record_class.decode(data)

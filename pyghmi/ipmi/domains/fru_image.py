# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a FRU memory to its areas.  FRU Storage Definition 1.0 r1.3.

Whatever is odd becomes a warning, never an error: the memories of real machines are written by many hands.
"""
from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Union

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.domains.fru_fields import FruField, read_field
from pyghmi.ipmi.domains.fru_records import MultiRecord, RecordList, read_records
from pyghmi.ipmi.spec.fru import (
    AREA_FIELDS,
    AREA_HEAD_BYTES,
    BLOCK,
    CHASSIS_TYPES,
    END_OF_FIELDS,
    EPOCH,
    FIELDS_BEGIN,
    FORMAT_VERSION,
    HEADER_BYTES,
    LONGEST_FIELD,
    NO_DATE,
    AreaHead,
    CommonHeader,
)
from pyghmi.ipmi.wire.numbers import number
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

AREA_NAMES = ("internal_use", "chassis", "board", "product", "multirecord")
"""As the common header has them."""
MOST_BYTES = 0x10000
"""Offsets in a FRU memory have 16 bits."""
_WITHOUT_LOCK = 0x7F


class FruKind(Enum):
    """What a memory holds."""

    FRU = "inventory"
    BLANK = "nothing"
    OTHER = "something else"


class ChassisArea(NamedTuple):
    """§10.  `type`: as in SMBIOS; a field that is missing is None; `raw`: the whole area, from `offset` on."""

    type: int
    part_number: FruField | None
    serial: FruField | None
    custom: tuple[FruField, ...]
    offset: int
    raw: bytes

    @property
    def type_name(self) -> str | None:
        """The name of the type, None where it has none."""
        return CHASSIS_TYPES.get(self.type & _WITHOUT_LOCK)


class BoardArea(NamedTuple):
    """§11.  `minutes`: the manufacturing date as it is there, in minutes since 1996."""

    language: int
    minutes: int
    manufacturer: FruField | None
    product_name: FruField | None
    serial: FruField | None
    part_number: FruField | None
    file_id: FruField | None
    custom: tuple[FruField, ...]
    offset: int
    raw: bytes

    @property
    def made(self) -> datetime | None:
        """The manufacturing date, with its time zone (UTC); None: unspecified."""
        return made(self.minutes)


class ProductArea(NamedTuple):
    """§12."""

    language: int
    manufacturer: FruField | None
    product_name: FruField | None
    part_number: FruField | None
    version: FruField | None
    serial: FruField | None
    asset_tag: FruField | None
    file_id: FruField | None
    custom: tuple[FruField, ...]
    offset: int
    raw: bytes


Area = Union[ChassisArea, BoardArea, ProductArea]


class FruImage(NamedTuple):
    """A FRU memory.  `warnings`: all that is not as it should be; `unsupported`: areas of a format that nobody knows.

    `raw`: all bytes as they were read; what was not read, because nothing points to it, is 00h.
    """

    raw: bytes
    kind: FruKind
    header: CommonHeader | None
    internal_use: bytes | None
    chassis: ChassisArea | None
    board: BoardArea | None
    product: ProductArea | None
    records: tuple[MultiRecord, ...]
    warnings: tuple[str, ...]
    unsupported: tuple[str, ...]

    def area(self, name: str) -> Area | None:
        """Return 'chassis', 'board' or 'product'."""
        found: Area | None = {"chassis": self.chassis, "board": self.board, "product": self.product}.get(name)
        return found


def made(minutes: int) -> datetime | None:
    """Return a manufacturing date; None: unspecified."""
    if minutes in NO_DATE:
        return None
    from datetime import datetime, timezone

    return datetime.fromtimestamp(EPOCH + minutes * 60, timezone.utc)


def kind_of(raw: bytes) -> FruKind:
    """Return what a memory holds, by its first eight bytes.

    Bits 7 to 4 of the first are reserved; other contents have something there, so then the checksum has to be right.
    """
    head = raw[:HEADER_BYTES]
    if set(head) <= {0x00, 0xFF}:
        return FruKind.BLANK
    if len(head) < HEADER_BYTES or head[0] & 0xF != FORMAT_VERSION:
        return FruKind.OTHER
    return FruKind.FRU if head[0] == FORMAT_VERSION or sum(head) % 256 == 0 else FruKind.OTHER


def starts_of(header: CommonHeader) -> dict[str, int]:
    """Return area -> offset in bytes of those that there are."""
    offsets = {name: getattr(header, name) * BLOCK for name in AREA_NAMES}
    return {name: offset for name, offset in offsets.items() if offset}


def end_before_next(starts: dict[str, int], start: int, size: int) -> int:
    """Return where the next area begins, or the memory ends."""
    return min((other for other in starts.values() if other > start), default=size)


def parse_image(data: bytes | bytearray | memoryview, *, internal_use: bool = True) -> FruImage:
    """Return what a memory says, whatever the bytes are.  internal_use=False: that area was not read.

    Raises Malformed for more than 64 KiB, which no memory of a FRU has: what is given is another file.
    """
    raw = bytes(data)
    if len(raw) > MOST_BYTES:
        raise Malformed("FruImage", raw, f"{len(raw)} bytes, where a FRU memory has {MOST_BYTES} at most")
    kind = kind_of(raw)
    if kind is not FruKind.FRU:
        warnings = ("this is not FRU data",) if kind is FruKind.OTHER else ()
        return FruImage(raw, kind, None, None, None, None, None, (), warnings, ())
    image = _Parser(raw).image()
    return image if internal_use else image._replace(internal_use=None)


class _Parser:
    """One look at one image."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._header = CommonHeader.decode(raw)
        self._starts = starts_of(self._header)
        self._warnings: list[str] = []
        self._unsupported: list[str] = []

    def image(self) -> FruImage:
        """Return all of it."""
        if sum(self._raw[:HEADER_BYTES]) % 256:
            self._warn("common header", "wrong checksum")
        chassis, board, product = self._chassis(), self._board(), self._product()
        listed = self._records()
        self._warnings += listed.warnings
        return FruImage(
            self._raw,
            FruKind.FRU,
            self._header,
            self._internal_use(),
            chassis,
            board,
            product,
            listed.records,
            tuple(self._warnings),
            tuple(self._unsupported),
        )

    def _warn(self, where: str, what: str) -> None:
        self._warnings.append(f"{where}: {what}")

    def _internal_use(self) -> bytes | None:
        start = self._starts.get("internal_use")
        if start is None:
            return None
        if start >= len(self._raw):
            self._warn("internal use area", "begins behind the end of the memory")
            return None
        return self._raw[start : end_before_next(self._starts, start, len(self._raw))]

    def _records(self) -> RecordList:
        start = self._starts.get("multirecord")
        if start is None:
            return RecordList((), (), 0, 0)
        if start >= len(self._raw):
            return RecordList((), ("multirecord area: begins behind the end of the memory",), start, start)
        return read_records(self._raw, start)

    def _area(self, name: str) -> tuple[int, bytes] | None:
        """Return offset and bytes of an area as far as it is there, None where it cannot be read."""
        start, where, size = self._starts.get(name), f"{name} area", len(self._raw)
        if start is None:
            return None
        if start + AREA_HEAD_BYTES > size:
            self._warn(where, "begins behind the end of the memory")
            return None
        head = AreaHead.decode(self._raw[start : start + AREA_HEAD_BYTES])
        if head.version != FORMAT_VERSION:
            self._warn(where, f"unknown format {head.version}")
            self._unsupported.append(name)
            return None
        after = end_before_next(self._starts, start, size)
        end = start + head.blocks * BLOCK
        if end > size:
            self._warn(where, "runs past the end of the memory")
        elif end > after:
            self._warn(where, "reaches into the next area")
        if head.blocks == 0:
            self._warn(where, "has no length")
            end = after
        elif end <= size and sum(self._raw[start:end]) % 256:
            self._warn(where, "wrong checksum")
        return start, self._raw[start:end]

    def _chassis(self) -> ChassisArea | None:
        found = self._area("chassis")
        if found is None:
            return None
        offset, raw = found
        (part_number, serial), custom = self._fields("chassis", raw, 0)
        return ChassisArea(number(raw[2:3]), part_number, serial, custom, offset, raw)

    def _board(self) -> BoardArea | None:
        found = self._area("board")
        if found is None:
            return None
        offset, raw = found
        language = number(raw[2:3])
        (maker, name, serial, part_number, file_id), custom = self._fields("board", raw, language)
        minutes = number(raw[3:6])
        return BoardArea(language, minutes, maker, name, serial, part_number, file_id, custom, offset, raw)

    def _product(self) -> ProductArea | None:
        found = self._area("product")
        if found is None:
            return None
        offset, raw = found
        language = number(raw[2:3])
        fields, custom = self._fields("product", raw, language)
        maker, name, part_number, version, serial, asset_tag, file_id = fields
        return ProductArea(
            language, maker, name, part_number, version, serial, asset_tag, file_id, custom, offset, raw
        )

    def _fields(self, area: str, raw: bytes, language: int) -> tuple[list[FruField | None], tuple[FruField, ...]]:
        """Return the fields that every such area has, None for missing ones, and the custom ones."""
        names = AREA_FIELDS[area]
        begin = FIELDS_BEGIN[area]
        whole = len(raw) > AREA_HEAD_BYTES and raw[1] * BLOCK == len(raw)
        limit = len(raw) - 1 if whole else len(raw)
        found, problem = split_fields(raw[:limit], begin, names, language)
        if problem:
            self._warn(f"{area} area", problem)
        standard: list[FruField | None] = [*found[: len(names)]]
        return standard + [None] * (len(names) - len(standard)), tuple(found[len(names) :])


def split_fields(data: bytes, begin: int, names: Sequence[str], language: int) -> tuple[list[FruField], str]:
    """Return the fields from `begin` up to the end mark, or to the end of the data, and what is wrong with them.

    names: of the fields that every such area has; what follows without an end mark and holds nothing is filling.
    Serial numbers are English in every language.
    """
    found: list[FruField] = []
    at, size, problem = begin, len(data), "no end mark behind the fields"
    serial = names.index("serial")
    while at < size:
        type_length = data[at]
        if type_length == END_OF_FIELDS:
            return found, ""
        end = at + 1 + (type_length & LONGEST_FIELD)
        if end > size:
            problem = "a field runs past the end"
        found.append(read_field(type_length, data[at + 1 : end], 0 if len(found) == serial else language))
        at = end
    while len(found) > len(names) and not found[-1].raw:
        found.pop()
    return found, problem

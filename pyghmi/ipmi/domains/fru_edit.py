# SPDX-License-Identifier: Apache-2.0
"""Change one field of a FRU image; all else stays as it is, byte for byte.  FRU Storage Definition 1.0 r1.3."""
from __future__ import annotations

from typing import Union

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.fru_fields import FruField, is_wide, write_field
from pyghmi.ipmi.domains.fru_image import AREA_NAMES, Area, FruImage, end_before_next, starts_of
from pyghmi.ipmi.domains.fru_new import free_place, header_for, new_area
from pyghmi.ipmi.domains.fru_records import read_records
from pyghmi.ipmi.spec.fru import (
    AREA_FIELDS,
    BLOCK,
    END_OF_FIELDS,
    FARTHEST_AREA,
    FIELDS_BEGIN,
    HEADER_BYTES,
    LONGEST_AREA,
    CommonHeader,
    FieldType,
)
from pyghmi.ipmi.wire.numbers import zero_checksum

_EMPTY = bytes((0xC0,))

Field = Union[str, int]
Blocks = dict[str, tuple[int, bytes]]
"""Area -> where it lies and all its bytes."""


def with_field(image: FruImage, area: str, field: Field, text: str, *, create: bool = False) -> bytes:
    """Return a whole memory in which one field has another text.

    area: 'chassis', 'board' or 'product'; field: 'part_number', 'serial', 'manufacturer', 'product_name', 'version',
    'asset_tag' or 'file_id', as far as the area has them, or the number of a custom field from 0; the first number
    that is free adds one.  image: of the whole memory, whose size is the room there is.  create: make the area where
    it is missing, in a place that nothing points to and nothing is in, see `fru_new`.

    Where the area grows, what follows moves; lengths, offsets and checksums are set right.  Raises
    InvalidParameterValue: no such area or field, a text that is too long, or no room.
    """
    if area not in AREA_FIELDS:
        raise InvalidParameterValue(f"There is no area {area!r}; there are {', '.join(AREA_FIELDS)}")
    found = image.area(area)
    header = header_for(image, area, create) if found is None or image.header is None else image.header
    blocks = _blocks(image.raw, header)
    if found is not None:
        blocks[area] = (found.offset, found.raw)
    _refuse_overlaps(blocks)
    changed = dict(blocks)
    if found is None:
        data = _changed(new_area(area), area, field, text)
        changed[area] = (free_place(image.raw, blocks.values(), area, len(data)), data)
    else:
        changed[area] = (found.offset, _changed(found, area, field, text))
        changed = _spread(changed, len(image.raw))
    return _assembled(image.raw, header, changed)


def _changed(found: Area, area: str, field: Field, text: str) -> bytes:
    """Return the area with the field changed, not shorter than it was."""
    fields: list[FruField | None] = [getattr(found, name) for name in AREA_FIELDS[area]]
    fields += found.custom
    index = _index(found, area, field)
    old = fields[index] if index < len(fields) else None
    head = found.raw[: FIELDS_BEGIN[area]].ljust(FIELDS_BEGIN[area], b"\0")
    language = 0 if area == "chassis" or field == "serial" else head[2]
    written = [_as_it_is(held) for held in fields]
    like = old.type if old is not None and old.raw else None
    written[index : index + 1] = [write_field(text, language, like, narrow=_is_narrow(found, area, language))]
    data = head + b"".join(written) + bytes((END_OF_FIELDS,))
    size = max(_whole_blocks(len(data) + 1), len(found.raw) // BLOCK * BLOCK)
    if size > LONGEST_AREA:
        raise InvalidParameterValue(f"The {area} area would be longer than {LONGEST_AREA} bytes")
    data = (data[:1] + bytes((size // BLOCK,)) + data[2:]).ljust(size - 1, b"\0")
    return data + bytes((zero_checksum(data),))


def _as_it_is(held: FruField | None) -> bytes:
    """Return a field with its type/length byte; what a text that was cut short has left may be one character."""
    if held is None:
        return _EMPTY
    type_length = held.type * 64 + len(held.raw)
    if type_length == END_OF_FIELDS:
        return bytes((type_length + 1,)) + held.raw + b" "
    return bytes((type_length,)) + held.raw


def _is_narrow(found: Area, area: str, language: int) -> bool:
    """Whether the texts of an area are 8-bit in spite of its language, as other programs read them in any."""
    names = [name for name in AREA_FIELDS[area] if name != "serial"]
    fields: list[FruField | None] = [*(getattr(found, name) for name in names), *found.custom]
    texts = [held for held in fields if held is not None and held.raw and held.type is FieldType.TEXT]
    return bool(texts) and not any(is_wide(held, language) for held in texts)


def _index(found: Area, area: str, field: Field) -> int:
    names = AREA_FIELDS[area]
    if isinstance(field, str):
        if field not in names:
            raise InvalidParameterValue(f"The {area} area has no field {field!r}; it has {', '.join(names)}")
        return names.index(field)
    if not 0 <= field <= len(found.custom):
        raise InvalidParameterValue(f"The {area} area has {len(found.custom)} custom fields, counted from 0")
    return len(names) + field


def _whole_blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _blocks(raw: bytes, header: CommonHeader) -> Blocks:
    """Return all areas that lie inside the memory, with all their bytes; what points behind it is left as it is."""
    starts = {name: start for name, start in starts_of(header).items() if start < len(raw)}
    blocks: Blocks = {}
    for name, start in starts.items():
        end = end_before_next(starts, start, len(raw))
        if name in AREA_FIELDS and raw[start + 1 : start + 2] > b"\0":
            end = start + raw[start + 1] * BLOCK
        elif name == "multirecord":
            listed = read_records(raw, start)
            if listed.records and not _is_broken(listed.warnings):
                end = listed.end
        blocks[name] = (start, raw[start:end])
    return blocks


def _is_broken(warnings: tuple[str, ...]) -> bool:
    """Whether a list of records ends in another way than it should; wrong checksums of data do not matter."""
    return any("wrong checksum of the data" not in warning for warning in warnings)


def _refuse_overlaps(blocks: Blocks) -> None:
    before, end_before = "header", HEADER_BYTES
    for name, (start, data) in sorted(blocks.items(), key=lambda item: item[1][0]):
        if start < end_before:
            raise InvalidParameterValue(f"Areas overlap in this FRU ({before}, {name}): it cannot be changed safely")
        before, end_before = name, start + len(data)


def _spread(blocks: Blocks, size: int) -> Blocks:
    """Return the areas at places where they do not overlap: each where it was, or behind the one before it."""
    placed: Blocks = {}
    free = HEADER_BYTES
    for name, (start, data) in sorted(blocks.items(), key=lambda item: item[1][0]):
        at = max(start, _whole_blocks(free))
        kept = _without_filling(name, data, at + len(data) - size)
        free = at + len(kept)
        if free > size:
            raise InvalidParameterValue(f"There is no room: {free - size} bytes more than the {size} of this FRU")
        if at > FARTHEST_AREA:
            raise InvalidParameterValue(f"There is no room: the {name} area would begin behind byte {FARTHEST_AREA}")
        placed[name] = (at, kept)
    return placed


def _without_filling(name: str, data: bytes, excess: int) -> bytes:
    """Return an area without what would not fit any more, if that is nothing but filling and the area has no length.

    Such an area ends where the memory does, whatever it holds.
    """
    tail = data[-excess:] if excess > 0 else b""
    if name in AREA_FIELDS or not tail or set(tail) not in ({0x00}, {0xFF}):
        return data
    return data[:-excess]


def _assembled(raw: bytes, header: CommonHeader, new: Blocks) -> bytes:
    """Return the memory with its areas at their new places, and a header that points there."""
    image = bytearray(raw)
    for start, data in new.values():
        image[start : start + len(data)] = data
    kept = {name: getattr(header, name) for name in ("version", "reserved", *AREA_NAMES, "pad")}
    offsets = {name: start // BLOCK for name, (start, _data) in new.items()}
    head = CommonHeader(**{**kept, **offsets}).encode()[: HEADER_BYTES - 1]
    image[:HEADER_BYTES] = head + bytes((zero_checksum(head),))
    return bytes(image)

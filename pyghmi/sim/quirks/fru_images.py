# SPDX-License-Identifier: Apache-2.0
"""FRU memories that rows change: taken apart, put together again, in an order that does not depend on who was first."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable
from weakref import WeakKeyDictionary

from pyghmi.ipmi.domains.fru_image import AREA_NAMES, FruImage, FruKind, parse_image
from pyghmi.ipmi.spec.fru import (
    AREA_FIELDS,
    AREA_HEAD_BYTES,
    BLOCK,
    END_OF_FIELDS,
    FIELDS_BEGIN,
    FORMAT_VERSION,
    HEADER_BYTES,
    LONGEST_FIELD,
    RECORD_HEADER_BYTES,
)
from pyghmi.ipmi.wire.numbers import zero_checksum
from pyghmi.sim.fru import FruPart, make_image

if TYPE_CHECKING:
    from pyghmi.sim.quirks.hooks import Misbehaviour

TEXTS, PLACES, RECORDS, SUMS, WHOLE = range(5)
"""When an edit is made: what one row breaks, another one would mend that is made after it."""
END = bytes((END_OF_FIELDS,))

Edit = Callable[[int, bytearray], "bytes | bytearray"]
"""(FRU id, its content) -> its content then."""
Change = Callable[[bytearray, FruImage], "bytes | bytearray"]
"""(content of an inventory, what it says) -> its content then."""
Retell = Callable[[str, bytes, "list[bytes]"], bytes]
"""(area, what is before its fields, the fields with their type/length bytes) -> all of that, with the end mark."""


class _Edits:
    """The edits of one BMC's memories."""

    def __init__(self, part: FruPart) -> None:
        self._part = part
        self._book = {fru_id: bytes(image) for fru_id, image in part.images.items()}
        self._edits: list[tuple[int, Edit]] = []

    def add(self, stage: int, edit: Edit) -> None:
        """Make all edits anew, with this one among them."""
        self._edits.append((stage, edit))
        self._edits.sort(key=lambda each: each[0])
        for fru_id, by_the_book in self._book.items():
            image = bytearray(by_the_book)
            for _stage, each in self._edits:
                image = bytearray(each(fru_id, image))
            self._part.images[fru_id] = image


_edits: WeakKeyDictionary[Misbehaviour, _Edits] = WeakKeyDictionary()


def part_of(odd: Misbehaviour) -> FruPart:
    """Return what answers for the memories."""
    found: FruPart = odd.machine.parts["fru"]  # type: ignore[assignment]
    return found


def edit(odd: Misbehaviour, stage: int, change: Edit) -> None:
    """Change all memories of a BMC."""
    if odd not in _edits:
        _edits[odd] = _Edits(part_of(odd))
    _edits[odd].add(stage, change)


def edit_inventories(odd: Misbehaviour, stage: int, change: Change) -> None:
    """Change those memories that hold an inventory."""

    def each(_fru_id: int, image: bytearray) -> bytes | bytearray:
        said = parse_image(image)
        return change(image, said) if said.kind is FruKind.FRU else image

    edit(odd, stage, each)


def retell(odd: Misbehaviour, change: Retell, filler: bytes = b"\0") -> None:
    """Have the areas of all memories say something else; filler: what is behind the fields."""

    def each(image: bytearray, said: FruImage) -> bytes:
        areas = areas_of(said)
        for name, begin in FIELDS_BEGIN.items():
            if name in areas:
                head, fields = areas[name][AREA_HEAD_BYTES:begin], _fields_of(areas[name][begin:])
                areas[name] = sealed(change(name, head, fields), filler)
        return make_image(areas, len(image))

    edit_inventories(odd, TEXTS, each)


def _fields_of(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(data) and data[at] != END_OF_FIELDS:
        end = at + 1 + (data[at] & LONGEST_FIELD)
        found.append(data[at:end])
        at = end
    return found


def text_areas(said: FruImage) -> list[tuple[str, int, bytes]]:
    """Return (name, offset, content) of chassis, board and product area, in the order of the header."""
    areas = ((name, said.area(name)) for name in AREA_FIELDS)
    return [(name, area.offset, area.raw) for name, area in areas if area is not None]


def areas_of(said: FruImage) -> dict[str, bytes]:
    """Return the areas that there are, in the order of the header."""
    found = {} if said.internal_use is None else {"internal_use": said.internal_use}
    found.update({name: raw for name, _offset, raw in text_areas(said)})
    if said.records:
        last = said.records[-1]
        end = last.offset + RECORD_HEADER_BYTES + len(last.data)
        found["multirecord"] = said.raw[said.records[0].offset : end]
    return found


def sealed(content: bytes, filler: bytes = b"\0") -> bytes:
    """Return an area of this content, which begins behind the length."""
    size = -(-(AREA_HEAD_BYTES + len(content) + 1) // BLOCK) * BLOCK
    data = (bytes((FORMAT_VERSION, size // BLOCK)) + content).ljust(size - 1, filler)
    return data + bytes((zero_checksum(data),))


def field(type_length: int, data: bytes) -> bytes:
    """Return a field; type_length: the bits for the type alone."""
    return bytes((type_length | len(data),)) + data


def replaced(fields: list[bytes], area: str, name: str, new: bytes) -> list[bytes]:
    """Return the fields of an area with another one in the place of that with a name."""
    at = AREA_FIELDS[area].index(name)
    return [*fields[:at], new, *fields[at + 1 :]]


def reheaded(image: bytearray, area: str, blocks: int) -> bytearray:
    """Return a content whose header says that an area begins there."""
    image[1 + AREA_NAMES.index(area)] = blocks
    image[HEADER_BYTES - 1] = zero_checksum(bytes(image[: HEADER_BYTES - 1]))
    return image


def rewritten(image: bytearray, at: int, header: bytes) -> bytearray:
    """Return a content in which the record at an offset has another header: its first four bytes."""
    image[at : at + RECORD_HEADER_BYTES] = header + bytes((zero_checksum(header),))
    return image

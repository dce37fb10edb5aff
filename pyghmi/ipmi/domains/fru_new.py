# SPDX-License-Identifier: Apache-2.0
"""An area that a FRU image has not: an empty one, and a free place for it.  FRU Storage Definition 1.0 r1.3 §8."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.fru_image import Area, BoardArea, ChassisArea, FruImage, FruKind, ProductArea
from pyghmi.ipmi.spec.fru import BLOCK, FARTHEST_AREA, FORMAT_VERSION, HEADER_BYTES, CommonHeader

if TYPE_CHECKING:
    from collections.abc import Iterable

_BLANKS = ({0x00}, {0xFF}, {0x00, 0xFF})
_UNKNOWN_CHASSIS = 2
"""In SMBIOS: neither of the others nor none."""
_HEAD = bytes((FORMAT_VERSION, 0))


def header_for(image: FruImage, area: str, create: bool) -> CommonHeader:
    """Return the header of a memory that is to have one more area.

    Of an empty memory a new one.  Raises InvalidParameterValue where none may be made, and says what can be done.
    """
    if image.kind is FruKind.OTHER:
        raise InvalidParameterValue("This is not FRU data; write_fru writes any content")
    if area in image.unsupported:
        raise InvalidParameterValue(f"The {area} area of this FRU has an unknown format; write_fru writes any content")
    header = image.header
    if header is not None and getattr(header, area):
        raise InvalidParameterValue(
            f"The {area} area of this FRU begins behind its {len(image.raw)} bytes; write_fru writes any content"
        )
    if not create:
        raise InvalidParameterValue(f"This FRU has no {area} area; create makes one where there is room")
    if header is not None:
        return header
    if set(image.raw) not in _BLANKS or len(image.raw) < HEADER_BYTES:
        raise InvalidParameterValue("This FRU has no header, and is not empty; write_fru writes any content")
    return CommonHeader()


def new_area(area: str) -> Area:
    """Return an area in which nothing stands: in English, of unknown date and kind."""
    if area == "chassis":
        return ChassisArea(_UNKNOWN_CHASSIS, None, None, (), 0, _HEAD + bytes((_UNKNOWN_CHASSIS,)))
    if area == "board":
        return BoardArea(0, 0, None, None, None, None, None, (), 0, _HEAD + bytes(4))
    return ProductArea(0, None, None, None, None, None, None, None, (), 0, _HEAD + bytes(1))


def free_place(raw: bytes, blocks: Iterable[tuple[int, bytes]], area: str, size: int) -> int:
    """Return the first offset where so many bytes fit that no area has, and that hold nothing.

    Raises InvalidParameterValue: there is none; nothing is moved for it.
    """
    spans = [(0, HEADER_BYTES), *((start, start + len(data)) for start, data in blocks)]
    for start in range(HEADER_BYTES, min(len(raw) - size, FARTHEST_AREA) + 1, BLOCK):
        end = start + size
        is_free = not any(begin < end and start < behind for begin, behind in spans)
        if is_free and set(raw[start:end]) in _BLANKS:
            return start
    raise InvalidParameterValue(
        f"There is no room: {size} bytes for the {area} area, empty and in one piece; write_fru writes any content"
    )

# SPDX-License-Identifier: Apache-2.0
"""Section F, second half: what is in FRU memories."""
from __future__ import annotations

from pyghmi.ipmi.domains.fru_image import FruImage, FruKind, kind_of
from pyghmi.ipmi.spec.fru import BLOCK, FARTHEST_AREA, HEADER_BYTES, LONGEST_FIELD, FieldType
from pyghmi.ipmi.wire.numbers import words, zero_checksum
from pyghmi.sim.fru import make_image
from pyghmi.sim.quirks.fru_images import (
    END,
    PLACES,
    RECORDS,
    SUMS,
    WHOLE,
    Change,
    areas_of,
    edit,
    edit_inventories,
    field,
    reheaded,
    replaced,
    retell,
    rewritten,
    text_areas,
)
from pyghmi.sim.quirks.hooks import Misbehaviour
from pyghmi.sim.quirks.table import quirk

_BINARY, _BCD, _SIX_BIT, _TEXT = (kind << 6 for kind in FieldType)
_ODD_FIELDS = {
    "six-bit": field(_SIX_BIT, bytes.fromhex("29dca621")),
    "zeros": field(_BCD, bytes.fromhex("00123450")),
    "codes": field(_BCD, bytes.fromhex("42def0")),
}
_PADS = {"zeros": b"\0", "ff": b"\xff", "fe": b"\xfe", "spaces": b" "}
_PADDING = 4
_ONE_CHARACTER = END + b"X"
_GERMAN = 22
_DATES = {"zero": 0, "ff": 0xFFFFFF, "wrapped": 139_904}
"""The last: 2028-03-01 in 24 bits."""
_LAST_RECORD = 0x80
_SOURCE_HEADER = slice(0, 4)
_MORE = bytes(BLOCK)


@quirk(
    "F01",
    "check sums of FRU memories are wrong",
    all="of the header, of all areas and records",
    header="of the header",
    areas="of all areas",
    records="of the data of records",
)
def _sums(odd: Misbehaviour, variant: str) -> None:
    def change(image: bytearray, said: FruImage) -> bytearray:
        if variant in ("all", "header"):
            image[HEADER_BYTES - 1] ^= 1
        for _name, offset, raw in text_areas(said):
            if variant in ("all", "areas") and raw:
                image[offset + len(raw) - 1] ^= 1
        for record in said.records:
            if variant in ("all", "records"):
                header = bytearray(image[record.offset :][_SOURCE_HEADER])
                header[3] ^= 1
                rewritten(image, record.offset, bytes(header))
        return image

    edit_inventories(odd, SUMS, change)


@quirk("F07", "the fields of an area end behind the first")
def _early_end(odd: Misbehaviour, _variant: str) -> None:
    retell(odd, lambda _area, head, fields: head + b"".join(fields[:1]) + END)


@quirk(
    "F08",
    "the fields of an area have no end mark",
    zeros="zeros follow",
    c0="empty fields follow",
    over="the last field runs past the end",
)
def _no_end(odd: Misbehaviour, variant: str) -> None:
    def change(_area: str, head: bytes, fields: list[bytes]) -> bytes:
        if variant == "over" and fields:
            last = fields[-1]
            fields = [*fields[:-1], bytes((last[0] | LONGEST_FIELD,)) + last[1:]]
        return head + b"".join(fields)

    retell(odd, change, b"\xc0" if variant == "c0" else b"\0")


@quirk(
    "F09",
    "texts are padded",
    zeros="with 00h",
    ff="with FFh",
    fe="with FEh",
    spaces="with spaces",
    one="a text has one character, and its type and length are the end mark",
)
def _padded(odd: Misbehaviour, variant: str) -> None:
    def change(area: str, head: bytes, fields: list[bytes]) -> bytes:
        if variant == "one":
            fields = replaced(fields, area, "serial", _ONE_CHARACTER)
        else:
            fields = [_with_pads(each, _PADS[variant] * _PADDING) for each in fields]
        return head + b"".join(fields) + END

    retell(odd, change)


def _with_pads(told: bytes, pads: bytes) -> bytes:
    data = told[1:]
    if told[0] < _TEXT or not data or len(data) + len(pads) > LONGEST_FIELD:
        return told
    return field(_TEXT, data + pads)


@quirk(
    "F10",
    "the serial number of the board is packed",
    six_bit="into 6 bits a character, in a length that is no multiple of 3",
    zeros="into BCD plus, with leading zeros",
    codes="into BCD plus, with the reserved codes D to F",
)
def _packed(odd: Misbehaviour, variant: str) -> None:
    def change(area: str, head: bytes, fields: list[bytes]) -> bytes:
        if area == "board":
            fields = replaced(fields, area, "serial", _ODD_FIELDS[variant])
        return head + b"".join(fields) + END

    retell(odd, change)


@quirk(
    "F11",
    "the language is German, whose texts should be UCS-2",
    ascii="they are ASCII",
    latin="and there is Latin-1 among them",
)
def _language(odd: Misbehaviour, variant: str) -> None:
    def change(area: str, head: bytes, fields: list[bytes]) -> bytes:
        if area != "chassis":
            head = bytes((_GERMAN,)) + head[1:]
            if variant == "latin":
                fields = replaced(fields, area, "manufacturer", field(_TEXT, "Müller & Söhne".encode("latin-1")))
        return head + b"".join(fields) + END

    retell(odd, change)


@quirk(
    "F12",
    "the manufacturing date says nothing",
    zero="it is 0",
    ff="it is FFFFFFh",
    wrapped="it is beyond 2027, and has wrapped",
)
def _date(odd: Misbehaviour, variant: str) -> None:
    def change(area: str, head: bytes, fields: list[bytes]) -> bytes:
        if area == "board":
            head = head[:1] + words(_DATES[variant], 3)
        return head + b"".join(fields) + END

    retell(odd, change)


@quirk("F13", "the list of records has no end, and zeros follow")
def _endless(odd: Misbehaviour, _variant: str) -> None:
    def change(image: bytearray, said: FruImage) -> bytearray:
        if said.records:
            last = said.records[-1]
            header = bytes(image[last.offset :][_SOURCE_HEADER])
            rewritten(image, last.offset, header[:1] + bytes((header[1] & ~_LAST_RECORD,)) + header[2:])
            image += _MORE
        return image

    edit_inventories(odd, RECORDS, change)


@quirk("F14", "the headers of records are wrong", sum="their check sums", format="their format is 3")
def _odd_headers(odd: Misbehaviour, variant: str) -> None:
    def change(image: bytearray, said: FruImage) -> bytearray:
        for record in said.records:
            if variant == "sum":
                image[record.offset + 4] ^= 1
            else:
                header = bytes(image[record.offset :][_SOURCE_HEADER])
                rewritten(image, record.offset, header[:1] + bytes((header[1] | 1,)) + header[2:])
        return image

    edit_inventories(odd, WHOLE, change)


@quirk("F15", "the FRU memories beside that of the machine are blank", ff="all FFh", zeros="all 00h")
def _blank(odd: Misbehaviour, variant: str) -> None:
    def change(fru_id: int, image: bytearray) -> bytes | bytearray:
        if not fru_id or kind_of(bytes(image)) is FruKind.OTHER:
            return image
        return (b"\xff" if variant == "ff" else b"\0") * len(image)

    edit(odd, WHOLE, change)


@quirk(
    "F16",
    "areas are not where they should be",
    overlap="each reaches into the next",
    behind="the last one begins behind the end of the memory",
    empty="their length is 0",
    order="they come in reverse",
)
def _places(odd: Misbehaviour, variant: str) -> None:
    edit_inventories(odd, PLACES, _PLACING[variant])


def _starts(said: FruImage) -> list[int]:
    return sorted(offset for _name, offset, _raw in text_areas(said))


def _overlap(image: bytearray, said: FruImage) -> bytearray:
    starts = _starts(said)
    for start, after in reversed(list(zip(starts, starts[1:]))):
        end = start + image[start + 1] * BLOCK - 1
        image[start + 1] = (after - start) // BLOCK + 1
        image[end] = 0
        image[end] = zero_checksum(bytes(image[start : after + BLOCK]))
    return image


def _behind(image: bytearray, said: FruImage) -> bytearray:
    names = [name for name, _offset, _raw in text_areas(said)]
    return reheaded(image, names[-1], FARTHEST_AREA // BLOCK) if names and len(image) < FARTHEST_AREA else image


def _empty(image: bytearray, said: FruImage) -> bytearray:
    for start in _starts(said):
        image[start + 1] = 0
    return image


def _order(image: bytearray, said: FruImage) -> bytes:
    return make_image(dict(reversed(list(areas_of(said).items()))), len(image))


_PLACING: dict[str, Change] = {"overlap": _overlap, "behind": _behind, "empty": _empty, "order": _order}


@quirk("F17", "memory modules tell what they are, in their own way", ddr5="as DDR5", ddr4="as DDR4", ddr3="as DDR3")
def _modules(odd: Misbehaviour, variant: str) -> None:
    def change(fru_id: int, image: bytearray) -> bytes | bytearray:
        return _MODULES[variant](fru_id) if kind_of(bytes(image)) is FruKind.OTHER else image

    edit(odd, WHOLE, change)


def _ddr3(fru_id: int) -> bytes:
    from pyghmi.sim.server_frus import _memory_module

    return _memory_module(0x12345670 + fru_id)


def _ddr4(_fru_id: int) -> bytes:
    from pyghmi.sim.fru import _memory_module

    return _memory_module()


def _ddr5(fru_id: int) -> bytes:
    """Return what a DDR5-4800 RDIMM of 32 GB says of itself.  JESD400-5."""
    spd = bytearray(1024)
    head = {0: 0x30, 1: 0x10, 2: 0x12, 3: 0x01, 4: 0x04, 6: 0x20, 20: 0xA0, 21: 0x01, 234: 0x08, 235: 0x2A}
    for at, value in head.items():
        spd[at] = value
    spd[512:521] = bytes.fromhex("80ce 01 2410") + (0x12345670 + fru_id).to_bytes(4, "big")
    spd[521:551] = b"M32G5R4800".ljust(30)
    return bytes(spd)


_MODULES = {"ddr5": _ddr5, "ddr4": _ddr4, "ddr3": _ddr3}

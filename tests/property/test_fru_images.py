# SPDX-License-Identifier: Apache-2.0
"""Any bytes as a FRU memory, a field, a memory module; any behaviour of a device; encode and decode are inverse."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from memory_bmc import Handler, MemoryBmc, Reply

from pyghmi.exceptions import InvalidParameterValue, IpmiException
from pyghmi.ipmi.domains.fru import FruInventory
from pyghmi.ipmi.domains.fru_edit import with_field
from pyghmi.ipmi.domains.fru_fields import read_field, read_text, write_field
from pyghmi.ipmi.domains.fru_image import FruImage, FruKind, parse_image
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.spd import parse_spd
from pyghmi.ipmi.facade.fru_dicts import fru_info
from pyghmi.ipmi.spec import fru as spec
from pyghmi.ipmi.wire.numbers import zero_checksum
from pyghmi.sim.fru import FruPart, demo_images, make_area, make_image

FOLDER = Path(__file__).parents[1] / "vectors" / "fru"
IMAGES = [path.read_bytes()[:1024] for path in sorted(FOLDER.glob("*.bin"))] + list(demo_images().values())
PADS = "\0\x03\x10 "


@st.composite
def headed(draw: Any) -> bytes:
    """A right header before any bytes."""
    head = b"\1" + bytes(draw(st.lists(st.integers(0, 40), min_size=5, max_size=5))) + b"\0"
    return head + bytes((zero_checksum(head),)) + draw(st.binary(max_size=400))


@st.composite
def damaged(draw: Any) -> bytes:
    """A real image with a few bytes changed, cut somewhere."""
    image = bytearray(draw(st.sampled_from(IMAGES)))
    for _change in range(draw(st.integers(0, 8))):
        image[draw(st.integers(0, len(image) - 1))] = draw(st.integers(0, 255))
    return bytes(image[: draw(st.integers(0, len(image)))])


any_image = st.one_of(st.binary(max_size=300), headed(), damaged())


def looked_at(image: FruImage) -> None:
    """All that can be asked of an image."""
    assert all(isinstance(value, (str, bytearray, list, int, bytes, type(None))) for value in fru_info(image).values())
    assert image.board is None or image.board.made is None or image.board.made.tzinfo is not None
    for record in image.records:
        repr(record.value)
        assert getattr(record.value, "text", "") is not None and getattr(record.value, "name", "") is not None


@given(any_image)
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_an_image(data: bytes) -> None:
    found = parse_image(data)
    assert found.raw == data
    looked_at(found)
    for area in ("chassis", "board", "product"):
        held = found.area(area)
        if held is not None:
            assert sum(len(field.raw) + 1 for field in held.custom) <= len(data)


@given(
    any_image,
    st.sampled_from(["chassis", "board", "product"]),
    st.sampled_from(["serial", 0]),
    st.text(max_size=12),
    st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_any_image_is_changed_rightly_or_refused(data: bytes, area: str, field: Any, text: str, create: bool) -> None:
    before = parse_image(data)
    try:
        after = parse_image(with_field(before, area, field, text, create=create))
    except InvalidParameterValue:
        return
    assert len(after.raw) == len(data)
    held: Any = after.area(area)
    assert held is not None and sum(held.raw) % 256 == 0 and sum(after.raw[:8]) % 256 == 0
    found = held.custom[0] if field == 0 else held.serial
    if text.isascii() and text.isprintable():
        assert found.text == text.rstrip(PADS)
    assert [record.data for record in after.records] == [record.data for record in before.records]


@given(st.integers(0, 255), st.binary(max_size=63), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_field(type_length: int, data: bytes, language: int) -> None:
    found = read_field(type_length, data, language)
    assert found.raw == data and isinstance(found.text, str)
    assert isinstance(read_text(data, language), str)


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=15), st.sampled_from(list(spec.FieldType)[:4]))
@settings(max_examples=300, deadline=None)
def test_english_fields_come_back(text: str, like: spec.FieldType) -> None:
    data = write_field(text, 0, like)
    assert len(data) == 1 + data[0] % 64 and data[0] != spec.END_OF_FIELDS
    found = read_field(data[0], data[1:], 0)
    if found.type is spec.FieldType.BINARY:
        assert found.raw == bytes.fromhex(text)
    else:
        assert found.text == text.rstrip(PADS)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F, blacklist_categories=["Cc", "Cf", "Zs"]), min_size=1, max_size=15))
@settings(max_examples=200, deadline=None)
def test_wide_fields_come_back(text: str) -> None:
    data = write_field(text, 22)
    assert read_field(data[0], data[1:], 22).text == text


fields = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)


@given(st.lists(fields, min_size=5, max_size=9), st.integers(0, 0xFFFFFF))
@settings(max_examples=200, deadline=None)
def test_made_images_come_back(texts: list[str], minutes: int) -> None:
    found = parse_image(make_image({"board": make_area(b"\0" + minutes.to_bytes(3, "little"), texts)}, 0))
    assert found.kind is FruKind.FRU and found.warnings == () and found.board is not None
    board = found.board
    held = [getattr(board, name) for name in spec.BOARD_FIELDS] + list(board.custom)
    assert [field.text for field in held] == texts and board.minutes == minutes


@given(st.one_of(st.binary(max_size=700), st.tuples(st.sampled_from([b"\0\0\x0b", b"\0\0\x0c", b"\0\0\x12"]), st.binary(min_size=600, max_size=600)).map(b"".join)))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_memory_module(data: bytes) -> None:
    found = parse_spd(data)
    assert found.raw == data and found.memory_name
    if found.facts is not None:
        assert found.facts.capacity_mb >= 0 and found.facts.data_rate >= 0


@given(st.data(), st.sampled_from(IMAGES), st.integers(0, 1), st.integers(0, 0x1100))
@settings(max_examples=150, deadline=None)
def test_any_device_is_read_to_an_end(data: st.DataObject, image: bytes, unit: int, size: int) -> None:
    """Sizes, counts and codes at random: an end in a bounded number of requests, a value or an error of ours."""
    replies = data.draw(st.lists(st.sampled_from(["true", "short", "count", "empty", "refuse", "silence", "junk"]), min_size=1, max_size=6))
    code = data.draw(st.sampled_from([0x81, 0xC3, 0xC7, 0xC9, 0xCA, 0xCB, 0xD4, 0xFF]))
    turn = iter(range(100_000))

    def read(asked: bytes, handler: Handler) -> Reply:
        right = handler(asked)
        return {
            "true": right, "short": (right[0], right[1][:6]), "count": (right[0], b"\x05" + right[1][1:]), "empty": (0, b""),
            "refuse": (code, b""), "silence": None, "junk": (0, b"\xff" * 40),
        }[replies[next(turn) % len(replies)]]

    bmc = MemoryBmc(FruPart({0: image}), knobs={(0x0A, 0x11): read, (0x0A, 0x10): lambda _d, _h: (0, size.to_bytes(2, "little") + bytes((unit,)))})
    try:
        found = FruInventory(bmc, Learned()).read_image(0)
    except IpmiException:
        found = None
    if found is not None:
        looked_at(found)
    assert len(bmc.asked) < 5000

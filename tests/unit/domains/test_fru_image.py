# SPDX-License-Identifier: Apache-2.0
"""FRU images: records, dates, names; changing a field."""
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.fru_edit import with_field
from pyghmi.ipmi.domains.fru_image import FruImage, FruKind, parse_image
from pyghmi.ipmi.domains.fru_records import record_value
from pyghmi.ipmi.spec import fru as spec
from pyghmi.ipmi.wire.numbers import zero_checksum
from pyghmi.sim.fru import (
    board_area,
    chassis_area,
    demo_images,
    make_area,
    make_image,
    product_area,
    record_list,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "fru"
BOARD = ("Maker", "Name", "SN1", "PN1", "F1")


def fixed(image: bytearray) -> bytes:
    image[7] = zero_checksum(bytes(image[:7]))
    return bytes(image)


def text(image: FruImage, area: str, field: str | int) -> str:
    held = image.area(area)
    assert held is not None
    found = held.custom[field] if isinstance(field, int) else getattr(held, field)
    return str(found.text)


def texts(image: FruImage, without_area: str, without_field: str | int) -> list[tuple[str, str, str]]:
    """All standard fields but one; empty and missing ones are the same."""
    found = []
    for area, names in spec.AREA_FIELDS.items():
        held = image.area(area)
        if held is not None:
            fields = [(name, getattr(held, name)) for name in names if (area, name) != (without_area, without_field)]
            found += [(area, name, "" if field is None else field.text) for name, field in fields]
    return found


# --- records


def test_records_of_all_kinds() -> None:
    access = record_value(3, b"\x01http://bmc\0\0")
    assert isinstance(access, spec.ManagementAccess)
    assert (access.kind, access.text) == (spec.AccessKind.SYSTEM_URL, "http://bmc")
    guid = record_value(3, b"\x07" + bytes(range(16)))
    assert isinstance(guid, spec.ManagementAccess) and guid.text == bytes(range(16)).hex()
    base = record_value(4, bytes.fromhex("570100 07 01 85 ff 0f"))
    assert isinstance(base, spec.Compatibility)
    assert (base.manufacturer_id, base.entity_id, base.base, base.code_start, base.masks) == (343, 7, 1, 5, b"\xff\x0f")
    for kind, unit in ((9, 10), (10, 10)):
        extended = record_value(kind, bytes.fromhex("02 b004 7404 ec04 7800 0000 1027"))
        assert isinstance(extended, (spec.ExtendedDcOutput, spec.ExtendedDcLoad))
        assert (extended.output, extended.nominal, extended.max_current * extended.current_unit_ma) == (2, 1200, 10000 * unit)
        other = record_value(kind, bytes.fromhex("12 b004 7404 ec04 7800 0000 1027"))
        assert isinstance(other, (spec.ExtendedDcOutput, spec.ExtendedDcLoad)) and other.current_unit_ma == 100
    negative = record_value(1, bytes.fromhex("85 50fb b0fa f0fb 7800 0000 1027"))
    assert isinstance(negative, spec.DcOutput)
    assert (negative.standby, negative.output, negative.nominal) == (True, 5, -1200)
    assert record_value(6, b"any") is None
    oem = record_value(0xC0, bytes.fromhex("a21200 0102"))
    assert isinstance(oem, spec.OemRecord) and oem.data == b"\1\2"
    assert isinstance(record_value(0xC0, bytes.fromhex("5a3100 16")), spec.OemRecord)
    with pytest.raises(Malformed):
        record_value(0, b"\1\2")


def test_picmg_records_have_names() -> None:
    found = parse_image((VECTORS / "mtca-damc-fmc20.bin").read_bytes()).records
    values = [record.value for record in found]
    assert [value.name for value in values if isinstance(value, spec.PicmgRecord)] == [
        "AMC module current requirements", "AMC point-to-point connectivity",
    ]
    other = record_value(0xC0, bytes.fromhex("5a3100 30 01 05"))
    assert isinstance(other, spec.PicmgRecord) and other.name == "PICMG record 30h" and other.data == b"\5"


def test_records_of_drives() -> None:
    """The fields where libnvme's structures of vital product data have them; each byte another."""
    drive = record_value(0x0B, bytes(range(19)) + bytes.fromhex("00 60 25 7d fc 06") + bytes(34))
    assert isinstance(drive, spec.NvmeDrive)
    assert (drive.version, drive.form_factor, drive.capacity_bytes) == (0, 1, 7_681_501_126_656)
    assert (drive.first_1v8_w, drive.most_1v8_w, drive.first_3v3_w, drive.most_3v3_w) == (8, 9, 10, 11)
    assert (drive.most_3v3_auxiliary, drive.first_5v_w, drive.most_5v_w) == (13, 14, 15)
    assert (drive.first_12v_w, drive.most_12v_w, drive.thermal_load_w) == (16, 17, 18)
    port = record_value(0x0C, bytes.fromhex("01 00 02 1f 04 01 06 03 000000"))
    assert isinstance(port, spec.NvmePciePort)
    assert (port.version, port.port, port.information, port.link_speeds) == (1, 0, 2, 0x1F)
    assert (port.lanes, port.mctp, port.reference_clock, port.identifier) == (4, 1, 6, 3)
    assert record_value(0x0D, b"\0\0\1") is None and spec.RecordType(0x0D).name == "NVME_TOPOLOGY"
    with pytest.raises(Malformed):
        record_value(0x0B, bytes(34))


def test_a_record_that_is_too_short_or_cut() -> None:
    short = record_list((0, spec.OemRecord(manufacturer_id=1, data=b"")))
    found = parse_image(make_image({"multirecord": short}, 64))
    assert found.records[0].value is None and found.records[0].checksum_ok
    assert found.warnings[0].startswith("multirecord area: the record at 8 is cut short")
    image = make_image({"multirecord": short}, 64)[:15]
    assert parse_image(image).warnings == ("multirecord area: the record at 8 runs past the end of the memory",)
    assert parse_image(image[:12]).warnings == ("multirecord area: the list has no end at 8",)


def test_records_are_read_from_where_they_are() -> None:
    found = parse_image(demo_images()[1])
    assert [(record.type, record.checksum_ok) for record in found.records] == [(0, True), (1, True)]
    assert found.records[1].offset == found.records[0].offset + 5 + 24


# --- areas


def test_areas_have_names_and_dates() -> None:
    found = parse_image(demo_images()[0])
    assert found.warnings == () and found.kind is FruKind.FRU and found.internal_use is None
    assert found.chassis is not None and found.chassis.type_name == "Rack Mount Chassis"
    assert found.board is not None and found.board.made == datetime(2024, 3, 5, 10, 30, tzinfo=timezone.utc)
    assert [field.text for field in found.board.custom] == ["LAN 02:00:00:5e:00:01"]
    assert found.area("nothing") is None
    locked = parse_image(make_image({"chassis": chassis_area(0x97, "P", "S")})).chassis
    assert locked is not None and locked.type_name == "Rack Mount Chassis" and locked.type == 0x97
    unknown = parse_image(make_image({"chassis": chassis_area(0x7F, "P", "S")})).chassis
    assert unknown is not None and unknown.type_name is None


def test_internal_use() -> None:
    found = parse_image(make_image({"internal_use": b"\1secret", "board": board_area(1000, BOARD)}, 256))
    assert found.internal_use == b"\1secret\0" and found.warnings == ()
    assert parse_image(found.raw, internal_use=False).internal_use is None


def test_reserved_bits_of_the_first_byte() -> None:
    image = bytearray(make_image({"board": board_area(1000, BOARD)}))
    image[0] = 0x11
    assert parse_image(bytes(image)).kind is FruKind.OTHER
    assert parse_image(fixed(image)).kind is FruKind.FRU
    assert parse_image(b"").kind is FruKind.BLANK
    assert parse_image(b"\1").kind is FruKind.OTHER


# --- changing


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.bin")), ids=lambda path: path.stem)
def test_every_image_can_be_changed_and_the_rest_stays(path: Path) -> None:
    raw = path.read_bytes().ljust(8192, b"\0")
    before = parse_image(raw)
    for area in spec.AREA_FIELDS:
        if before.area(area) is None:
            with pytest.raises(InvalidParameterValue, match=f"no {area} area|is not FRU data"):
                with_field(before, area, "serial", "x")
            continue
        for field in ("serial", 0):
            for new in ("N" * 63, "X", "", "Grün"):
                after = parse_image(with_field(before, area, field, new))
                assert text(after, area, field) == new and len(after.raw) == len(raw)
                assert set(after.warnings) <= set(before.warnings) or "multirecord" in str(before.warnings)
                assert [record.data for record in after.records] == [record.data for record in before.records]
                assert texts(after, area, field) == texts(before, area, field)
                assert (after.internal_use or b"").rstrip(b"\0") == (before.internal_use or b"").rstrip(b"\0")


def test_areas_move_only_as_far_as_they_must() -> None:
    areas = {"board": board_area(1000, BOARD), "product": product_area(["P"] * 7), "multirecord": demo_records()}
    before = parse_image(make_image(areas, 256))
    after = parse_image(with_field(before, "board", "serial", "x" * 20))
    assert before.header is not None and after.header is not None
    assert after.header.board == before.header.board == 1
    assert after.header.product == before.header.product + 2 and after.warnings == ()
    assert after.product is not None and before.product is not None and after.product.raw == before.product.raw
    shorter = parse_image(with_field(after, "board", "serial", "x"))
    assert shorter.header == after.header and shorter.warnings == ()


def demo_records() -> bytes:
    found = parse_image(demo_images()[1])
    return found.raw[found.records[0].offset : found.records[-1].offset + 18]


def test_missing_fields_before_the_one_that_is_written_become_empty() -> None:
    before = parse_image(make_image({"board": make_area(b"\0\0\0\0", ("Maker",))}, 128))
    after = parse_image(with_field(before, "board", "part_number", "PN"))
    assert text(after, "board", "part_number") == "PN" and text(after, "board", "serial") == ""
    after = parse_image(with_field(before, "board", 0, "first"))
    assert text(after, "board", 0) == "first"


def test_the_language_of_an_area_counts_but_not_for_serials() -> None:
    before = parse_image(make_image({"board": make_area(b"\x16\0\0\0", ("", "", "SN1"))}, 128))
    assert text(before, "board", "serial") == "SN1"
    after = parse_image(with_field(before, "board", "product_name", "Größe"))
    assert after.board is not None and after.board.product_name is not None
    assert after.board.product_name.raw == "Größe".encode("utf-16-le")
    after = parse_image(with_field(after, "board", "manufacturer", "AG"))
    assert after.board is not None and after.board.manufacturer is not None
    assert after.board.manufacturer.raw == b"A\0G\0"
    after = parse_image(with_field(before, "board", "serial", "SN2"))
    assert after.board is not None and after.board.serial is not None and after.board.serial.raw == b"SN2"


@pytest.mark.parametrize("new, raw", [("Name 2", b"Name 2"), ("Größe", "Größe".encode("latin-1")), ("Größe 1", "Größe 1".encode("latin-1"))])
def test_a_text_beside_8_bit_texts_is_8_bit_in_every_language(new: str, raw: bytes) -> None:
    """ipmitool would print the first letter alone of UCS-2; it reads 8-bit text whatever the language is."""
    before = parse_image(make_image({"board": make_area(b"\x16\0\0\0", BOARD)}, 128))
    after = parse_image(with_field(before, "board", "product_name", new))
    assert after.board is not None and after.board.product_name is not None and after.board.product_name.raw == raw
    assert text(after, "board", "product_name") == new


def test_a_text_that_8_bits_would_not_tell_is_wide_all_the_same() -> None:
    before = parse_image(make_image({"board": make_area(b"\x5f\0\0\0", BOARD)}, 128))
    for new in ("ÿÿÿÿ", "Плата"):
        after = parse_image(with_field(before, "board", "product_name", new))
        assert text(after, "board", "product_name") == new


@pytest.mark.parametrize("filler", [0x00, 0xFF])
def test_what_ends_with_the_memory_may_lose_filling_alone(filler: int) -> None:
    tail = b"\1data" + bytes((filler,)) * 59
    before = parse_image(make_image({"board": board_area(1000, BOARD), "internal_use": tail}, 0))
    after = parse_image(with_field(before, "board", "serial", "x" * 20))
    assert after.internal_use == tail[:-16] and len(after.raw) == len(before.raw)
    full = parse_image(make_image({"board": board_area(1000, BOARD), "internal_use": b"\1" + b"data" * 16}, 0))
    with pytest.raises(InvalidParameterValue, match="no room"):
        with_field(full, "board", "serial", "x" * 20)


def test_no_room() -> None:
    before = parse_image(make_image({"board": board_area(1000, BOARD)}, 0))
    with pytest.raises(InvalidParameterValue, match="no room: 16 bytes more than the 40"):
        with_field(before, "board", "serial", "x" * 20)
    long = parse_image(make_image({"board": make_area(b"\0\0\0\0", BOARD, ["x" * 63] * 30)}, 4096))
    image = long
    with pytest.raises(InvalidParameterValue, match="longer than 2040 bytes"):
        for at in range(30, 40):
            image = parse_image(with_field(image, "board", at, "y" * 63))


def test_no_header_points_so_far() -> None:
    board = make_area(b"\0\0\0\0", ["x" * 60] * 32 + ["x" * 63, "x" * 3])
    assert len(board) == 2032
    before = parse_image(make_image({"board": board, "product": product_area(["P"] * 7)}, 8192))
    assert before.product is not None and before.product.offset == 2040
    with pytest.raises(InvalidParameterValue, match="the product area would begin behind byte 2040"):
        with_field(before, "board", 28, "y" * 8)


def test_what_lies_behind_the_records_is_no_part_of_them() -> None:
    image = bytearray(make_image({"board": board_area(1000, BOARD), "multirecord": demo_records()}, 256))
    image[-64:] = bytes(range(64))
    before = parse_image(bytes(image))
    after = parse_image(with_field(before, "board", "serial", "x" * 20))
    assert len(after.records) == 2 and after.warnings == () and after.raw[-64:] == bytes(range(64))


def test_serials_are_english_in_every_language() -> None:
    """In Japanese these bytes would be two ideographs."""
    fields = b"\xc0\xc0\xc4N\xb012\xc0\xc0\xc1"
    area = (b"\1\2\x35\0\0\0" + fields).ljust(15, b"\0")
    found = parse_image(make_image({"board": area + bytes((zero_checksum(area),))})).board
    assert found is not None and found.serial is not None and found.serial.text == "N°12"


def test_mistakes_have_words() -> None:
    found = parse_image(demo_images()[0])
    with pytest.raises(InvalidParameterValue, match="has no field 'version'; it has manufacturer"):
        with_field(found, "board", "version", "1")
    for number in (-1, 2):
        with pytest.raises(InvalidParameterValue, match="1 custom fields"):
            with_field(found, "board", number, "1")
    with pytest.raises(InvalidParameterValue, match="no board area; create makes one"):
        with_field(parse_image(b"\xff" * 64), "board", "serial", "1")
    with pytest.raises(InvalidParameterValue, match="no area 'attic'; there are chassis, board, product"):
        with_field(found, "attic", "serial", "1")


def test_reserved_bits_of_the_header_stay() -> None:
    image = bytearray(make_image({"board": board_area(1000, BOARD)}, 256))
    image[0], image[6] = 0xA1, 0x55
    after = with_field(parse_image(fixed(image)), "board", "serial", "x" * 30)
    assert (after[0], after[6]) == (0xA1, 0x55) and sum(after[:8]) % 256 == 0


def test_an_area_behind_the_end_does_not_keep_the_others_from_being_changed() -> None:
    image = bytearray(make_image({"board": board_area(1000, BOARD)}, 128))
    image[4], image[5] = 200, 201
    after = parse_image(with_field(parse_image(fixed(image)), "board", "serial", "x" * 30))
    assert text(after, "board", "serial") == "x" * 30 and after.raw[4:6] == bytes((200, 201))
    with pytest.raises(InvalidParameterValue, match="begins behind its 128 bytes"):
        with_field(after, "product", "serial", "1", create=True)


@pytest.mark.parametrize("size", [130, 131, 134, 136])
def test_an_area_of_which_two_bytes_are_there(size: int) -> None:
    image = bytearray(make_image({}, size))
    image[3], image[128:130] = 16, b"\1\1"
    with pytest.raises(InvalidParameterValue, match="no room"):
        with_field(parse_image(fixed(image)), "board", "manufacturer", "1")


def test_a_text_that_was_cut_short_to_one_character_does_not_become_the_end_mark() -> None:
    chassis = b"\1\2\x17" + b"\xc5ABCDE" + b"\xc3xyz" + b"\xc4Q"
    before = parse_image(make_image({"chassis": chassis + bytes((zero_checksum(chassis),))}, 64))
    assert text(before, "chassis", 0) == "Q" and before.warnings == ("chassis area: a field runs past the end",)
    after = parse_image(with_field(before, "chassis", 1, "more"))
    assert (text(after, "chassis", 0), text(after, "chassis", 1), after.warnings) == ("Q", "more", ())


# --- areas that are missing


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.bin")), ids=lambda path: path.stem)
def test_a_missing_area_is_made_and_the_rest_stays(path: Path) -> None:
    raw = path.read_bytes().ljust(8192, b"\0")
    before = parse_image(raw)
    if before.kind is FruKind.OTHER:
        with pytest.raises(InvalidParameterValue, match="is not FRU data; write_fru"):
            with_field(before, "board", "serial", "x", create=True)
        return
    internal_is_last = before.internal_use is not None and raw.endswith(before.internal_use)
    for area in spec.AREA_FIELDS:
        if before.area(area) is None and internal_is_last:
            with pytest.raises(InvalidParameterValue, match="There is no room: (16|24) bytes for"):
                with_field(before, area, "serial", "New 1", create=True)
        elif before.area(area) is None:
            after = parse_image(with_field(before, area, "serial", "New 1", create=True))
            assert text(after, area, "serial") == "New 1" and set(after.warnings) <= set(before.warnings)
            for other in spec.AREA_FIELDS:
                assert other == area or after.area(other) == before.area(other)
            assert after.records == before.records and len(after.raw) == len(raw)
            found = after.area(area)
            assert found is not None and found.raw[:1] == b"\1" and sum(found.raw) % 256 == 0
            assert raw[found.offset : found.offset + len(found.raw)].strip(b"\0\xff") == b""


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_an_empty_memory_gets_a_header(byte: int) -> None:
    after = with_field(parse_image(bytes((byte,)) * 64), "chassis", 0, "first", create=True)
    assert after[:24] == bytes.fromhex("01 00 01 00 00 00 00 fe  01 02 02 c0 c0 c5") + b"first" + bytes.fromhex("c1 00 00 00 cd")
    assert after[24:] == bytes((byte,)) * 40
    found = parse_image(after)
    assert found.chassis is not None and found.chassis.type_name == "Unknown" and found.warnings == ()
    made = parse_image(with_field(found, "board", "product_name", "B1", create=True)).board
    assert made is not None and (made.offset, made.language, made.made) == (24, 0, None)
    product = parse_image(with_field(found, "product", "asset_tag", "A1", create=True))
    assert text(product, "product", "asset_tag") == "A1" and text(product, "chassis", 0) == "first"


def test_a_new_area_goes_nowhere_where_something_is() -> None:
    areas = {"chassis": chassis_area(23, "P1", "S1"), "multirecord": demo_records()}
    image = bytearray(make_image(areas, 256))
    image[80] = 7
    found = parse_image(bytes(image))
    made = parse_image(with_field(found, "board", "serial", "1234567890", create=True))
    assert made.board is not None and made.board.offset == 88 and made.raw[80] == 7
    image[72:] = bytes(range(72, 256))
    for full in (parse_image(bytes(image)), parse_image(bytes(image[:80]))):
        with pytest.raises(InvalidParameterValue, match="no room: 24 bytes for the board area"):
            with_field(full, "board", "serial", "1234", create=True)


def test_an_area_without_a_readable_header_is_not_made() -> None:
    with pytest.raises(InvalidParameterValue, match="not empty"):
        with_field(parse_image(bytes(64) + b"data"), "board", "serial", "1", create=True)
    image = bytearray(make_image({"board": board_area(1000, BOARD)}, 256))
    image[8] = 2
    with pytest.raises(InvalidParameterValue, match="unknown format"):
        with_field(parse_image(bytes(image)), "board", "serial", "1", create=True)


def test_areas_that_overlap_are_left_alone() -> None:
    image = bytearray(make_image({"board": board_area(1000, BOARD), "product": product_area(["P"] * 7)}, 256))
    image[4] = 2
    with pytest.raises(InvalidParameterValue, match="overlap"):
        with_field(parse_image(fixed(image)), "board", "serial", "1")


def test_an_area_without_length_gets_one() -> None:
    board = bytearray(board_area(1000, BOARD))
    board[1] = 0
    found = parse_image(make_image({"board": bytes(board), "product": product_area(["P"] * 7)}, 256))
    after = parse_image(with_field(found, "board", "serial", "SN2"))
    assert after.warnings == () and text(after, "board", "serial") == "SN2"


def test_more_than_64_kib_is_another_file() -> None:
    assert parse_image(bytes(65536)).kind is FruKind.BLANK
    with pytest.raises(Malformed, match="70000 bytes, where a FRU memory has 65536 at most"):
        parse_image(bytes(70_000))

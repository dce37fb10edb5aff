# SPDX-License-Identifier: Apache-2.0
"""Misbehaviour of FRU memories and of those who serve them, played by a BMC in memory; named after the list of quirks."""
from __future__ import annotations

import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from memory_bmc import Handler, MemoryBmc, Reply, command_over

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, InventoryNotWritten, NotFound, TimedOut
from pyghmi.ipmi.domains.fru import FruInventory
from pyghmi.ipmi.domains.fru_image import FruKind, parse_image
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.spec.request import Target
from pyghmi.ipmi.spec.sdr import FRU_LOCATOR, FruLocator
from pyghmi.ipmi.wire.numbers import zero_checksum
from pyghmi.ipmi.wire.text import encode_id_string
from pyghmi.sim.fru import FruPart, board_area, demo_images, make_image, product_area

INFO, READ, WRITE, GUID, DEVICE_ID = (0x0A, 0x10), (0x0A, 0x11), (0x0A, 0x12), (0x06, 0x37), (0x06, 0x01)
FRU_VECTORS = Path(__file__).parents[1] / "vectors" / "fru"
BOARD = ("Maker", "Name", "SN1", "PN1", "F1")


def locator(fru_id: int, name: str = "part", **more: Any) -> FruLocator:
    values: dict[str, Any] = {
        "record_id": 1, "type": FRU_LOCATOR, "length": 0, "access_address": 0x20, "fru_id": fru_id, "logical": True,
        "access_lun": 0, "private_bus": 0, "channel": 0, "device_type": 0x10, "device_modifier": 0, "entity_id": 7,
        "entity_instance": 1, "oem": 0, "id_data": encode_id_string(name),
    }
    return FruLocator(**{**values, **more})


def image_of(board: bytes, size: int = 256) -> bytes:
    return make_image({"board": board}, size)


def with_checksum(area: bytes) -> bytes:
    return area[:-1] + bytes((zero_checksum(area[:-1]),))


def area(head: str, fields: bytes, blocks: int) -> bytes:
    """An area as these bytes, filled with zeros, with a right checksum."""
    data = (bytes.fromhex(head) + fields).ljust(blocks * 8 - 1, b"\0")
    return with_checksum(data[: blocks * 8 - 1] + b"\0")


def inventory(bmc: MemoryBmc, learned: Learned | None = None) -> FruInventory:
    return FruInventory(bmc, learned or Learned())


def serving(image: bytes, **options: Any) -> MemoryBmc:
    return MemoryBmc(FruPart({0: image}, **options))


def codes(*answers: int) -> Any:
    """A knob that answers with these codes in turn, then truly."""
    left = list(answers)

    def knob(data: bytes, handler: Handler) -> Reply:
        return (left.pop(0), b"") if left else handler(data)

    return knob


@pytest.mark.parametrize("damaged, where", [(7, "common header"), (8 + 20, "board area")])
def test_F01_wrong_checksums_are_warnings(damaged: int, where: str) -> None:
    image = bytearray(image_of(board_area(1000, BOARD)))
    image[damaged] ^= 0x20
    found = inventory(serving(bytes(image))).read_image(0)
    assert found is not None and found.board is not None
    assert found.board.product_name is not None and found.board.product_name.text.lower() == "name"
    assert found.warnings == (f"{where}: wrong checksum",)


@pytest.mark.parametrize("code", [0x81, 0xC3, 0xC9, 0xCB, 0xCC, 0xCE, 0xD3, 0xFF])
@pytest.mark.parametrize("command", [INFO, READ])
def test_F02_no_fru_here_has_many_codes(code: int, command: tuple[int, int]) -> None:
    bmc = MemoryBmc(FruPart(), knobs={command: lambda _data, _handler: (code, b"")})
    assert inventory(bmc).read_image(1) is None


@pytest.mark.parametrize("code", [0x81, 0xC3])
def test_F02_busy_and_timeout_are_believed_when_they_come_twice(code: int) -> None:
    for command in (INFO, READ):
        bmc = MemoryBmc(FruPart(), knobs={command: codes(code)})
        assert inventory(bmc).read(1, whole=True) == demo_images()[1]
        assert bmc.count(*READ) <= 5
    bmc = MemoryBmc(FruPart(), knobs={INFO: codes(code, code)})
    assert inventory(bmc).read_image(1) is None


def test_F02_other_codes_are_errors() -> None:
    for command in (INFO, READ):
        bmc = MemoryBmc(FruPart(), knobs={command: lambda _data, _handler: (0xD4, b"")})
        with pytest.raises(CompletionCodeError) as caught:
            inventory(bmc).read_image(1)
        assert caught.value.code == 0xD4


@pytest.mark.parametrize("code", [0xC7, 0xC8, 0xCA, 0xC3, 0xFF, 0xC6])
@pytest.mark.parametrize("limit", [100, 63, 32, 20, 16, 8])
def test_F03_the_size_of_a_read_goes_down_and_is_remembered(code: int, limit: int) -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return (code, b"") if data[3] > limit else handler(data)

    bmc, learned = MemoryBmc(FruPart(), knobs={READ: knob}), Learned()
    assert inventory(bmc, learned).read(0, whole=True) == demo_images()[0]
    assert learned.fru_size is not None and limit // 2 < learned.fru_size <= limit
    bmc.asked.clear()
    assert inventory(bmc, learned).read(1, whole=True) == demo_images()[1]
    assert all(data[3] <= limit for netfn, cmd, data in bmc.asked if (netfn, cmd) == READ)


def test_F03_silence_costs_seconds_once() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return None if data[3] > 32 else handler(data)

    bmc, learned = MemoryBmc(FruPart(), knobs={READ: knob}), Learned()
    assert inventory(bmc, learned).read(0, whole=True) == demo_images()[0]
    assert bmc.time < 1010 and learned.fru_size == 32
    began = bmc.time
    assert inventory(bmc, learned).read(1, whole=True) == demo_images()[1]
    assert bmc.time - began < 1


def test_F03_silence_is_remembered_where_more_has_worked() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return None if data[3] > 32 else handler(data)

    learned = Learned()
    learned.fru_size = 224
    assert inventory(MemoryBmc(FruPart(), knobs={READ: knob}), learned).read(0) is not None
    assert learned.fru_size == 32


def test_F03_a_device_that_never_answers_ends_soon() -> None:
    bmc = MemoryBmc(FruPart(), knobs={READ: lambda _data, _handler: None})
    with pytest.raises(TimedOut):
        inventory(bmc).read(0)
    assert bmc.count(*READ) <= 4 and bmc.time < 1015


def test_F03_silence_of_a_size_that_worked_is_an_error() -> None:
    answered: list[bytes] = []

    def knob(data: bytes, handler: Handler) -> Reply:
        answered.append(data)
        return handler(data) if len(answered) == 1 else None

    bmc = MemoryBmc(FruPart(), knobs={READ: knob})
    with pytest.raises(TimedOut):
        inventory(bmc).read(0, whole=True)
    assert len(answered) == 2


def test_F03_one_small_device_does_not_slow_the_others() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return (0xCA, b"") if data[0] == 1 and data[3] > 16 else handler(data)

    bmc, learned = MemoryBmc(FruPart(), knobs={READ: knob}), Learned()
    found = inventory(bmc, learned)
    assert found.read(0, whole=True) and found.read(1, whole=True) == demo_images()[1]
    assert learned.fru_size == 224


def test_F04_fewer_bytes_than_asked() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        code, answer = handler(data)
        return code, bytes((min(answer[0], 7),)) + answer[1:8]

    bmc = MemoryBmc(FruPart(), knobs={READ: knob})
    assert inventory(bmc).read(0, whole=True) == demo_images()[0]


@pytest.mark.parametrize("count", [0, 1, 255])
def test_F04_the_count_is_wrong(count: int) -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        code, answer = handler(data)
        return code, bytes((count,)) + answer[1:]

    bmc = MemoryBmc(FruPart(), knobs={READ: knob})
    assert inventory(bmc).read(1, whole=True) == demo_images()[1]


def test_F04_an_odd_number_of_bytes_from_a_word_device() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        code, answer = handler(data)
        return code, b"\0" + answer[1:8]

    bmc = MemoryBmc(FruPart(by_words=(1,)), knobs={READ: knob})
    assert inventory(bmc).read(1, whole=True) == demo_images()[1]


def test_F04_more_than_the_count_says_is_not_taken() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        code, answer = handler(data[:3] + bytes((min(data[3], 7),)))
        return code, answer + b"\xff" * 20

    bmc = MemoryBmc(FruPart(), knobs={READ: knob})
    assert inventory(bmc).read(1, whole=True) == demo_images()[1]


@pytest.mark.parametrize("answer", [b"", b"\0", b"\x20"])
def test_F04_nothing_comes_from_128_on(answer: bytes) -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        start = data[1] + data[2] * 256
        return (0, answer) if start >= 128 else handler(data[:3] + bytes((min(data[3], 128 - start),)))

    bmc = MemoryBmc(FruPart(), knobs={READ: knob})
    assert inventory(bmc).read(0, whole=True) == demo_images()[0][:128]
    assert bmc.count(*READ) < 5


@pytest.mark.parametrize("code", [0xC9, 0xCA, 0xC7, 0xFF, 0xCB])
def test_F05_the_size_is_too_large_and_reads_behind_the_end_are_refused(code: int) -> None:
    real = demo_images()[1]

    def info(_data: bytes, _handler: Handler) -> Reply:
        return 0, bytes.fromhex("00 10 00")

    def read(data: bytes, handler: Handler) -> Reply:
        return (code, b"") if data[1] + data[2] * 256 + data[3] > len(real) else handler(data)

    bmc, learned = MemoryBmc(FruPart({0: real}), knobs={INFO: info, READ: read}), Learned()
    found = inventory(bmc, learned).read_image(0)
    assert found is not None and len(found.records) == 2 and found.warnings == ()
    assert inventory(bmc, learned).read(0, whole=True) == (real if code != 0xCB else real[:224])
    assert bmc.count(*READ) < 25


def test_F05_the_size_is_too_large_and_ff_comes() -> None:
    real = demo_images()[1]
    bmc = MemoryBmc(FruPart({0: real.ljust(4096, b"\xff")}))
    found = inventory(bmc).read_image(0)
    assert found is not None and found.product is not None and found.warnings == ()
    assert bmc.count(*READ) <= 2


def test_F05_the_size_is_too_small() -> None:
    real = demo_images()[0]
    bmc = MemoryBmc(FruPart({0: real}), knobs={INFO: lambda _data, _handler: (0, bytes.fromhex("20 00 00"))})
    found = inventory(bmc).read_image(0)
    assert found is not None and found.warnings == () and found.product is not None and found.product.serial is not None
    assert found.product.serial.text == "SN00R100042"


@pytest.mark.parametrize("limit", [None, 64, 8, 2])
def test_F06_word_devices(limit: int | None) -> None:
    bmc = serving(demo_images()[0], by_words=(0,), read_limit=limit, write_limit=limit)
    assert inventory(bmc).read(0, whole=True) == demo_images()[0]
    old = inventory(bmc).write_field(0, "board", "serial", "MB999")
    found = inventory(bmc).read_image(0)
    assert old == demo_images()[0] and found is not None and found.board is not None and found.board.serial is not None
    assert found.board.serial.text == "MB999" and found.warnings == ()


def test_F07_the_end_comes_before_the_required_fields() -> None:
    image = image_of(area("01 00 00 100000".replace("00", "02", 1), b"\xc5MAKER\xc1", 2))
    board = parse_image(image).board
    assert board is not None and board.manufacturer is not None and board.manufacturer.text == "MAKER"
    assert board.product_name is board.serial is board.part_number is board.file_id is None and board.custom == ()


@pytest.mark.parametrize("filler", [b"\x00", b"\xc0"])
def test_F08_no_end_mark(filler: bytes) -> None:
    fields = b"\xc2MA\xc2NA\xc2SN\xc2PN\xc0\xc3EXT"
    image = image_of(area("01 05 00 100000", fields + filler * (39 - 6 - len(fields)), 5))
    found = parse_image(image)
    assert found.board is not None and [field.text for field in found.board.custom] == ["EXT"]
    assert found.board.part_number is not None and found.board.part_number.text == "PN"
    assert found.warnings == ("board area: no end mark behind the fields",)


def test_F08_a_field_runs_into_the_checksum() -> None:
    image = image_of(area("01 03 00 100000", b"\xc2MA\xc2NA\xffSERIAL", 3))
    found = parse_image(image)
    assert found.board is not None and found.board.serial is not None and found.board.serial.text == "SERIAL"
    assert found.warnings == ("board area: a field runs past the end",)


@pytest.mark.parametrize("pad", [b"\0", b"\xff", b"\xfe", b" ", b"\0\xff", b" \0"])
def test_F09_pads(pad: bytes) -> None:
    padded = (b"SN1" + pad * 12)[:12]
    image = image_of(area("01 04 00 100000", b"\xc0\xc0\xcc" + padded + b"\xc0\xc0\xc1", 4))
    board = parse_image(image).board
    assert board is not None and board.serial is not None
    assert (board.serial.text, board.serial.raw) == ("SN1", padded)


def test_F09_a_field_of_one_character_is_the_end() -> None:
    image = image_of(area("01 04 00 100000", b"\xc3ABC\xc1X\xc2SN", 4))
    board = parse_image(image).board
    assert board is not None and board.manufacturer is not None and board.manufacturer.text == "ABC"
    assert board.product_name is None and board.serial is None
    bmc = serving(image_of(board_area(1000, BOARD)))
    inventory(bmc).write_field(0, "board", "product_name", "X")
    found = inventory(bmc).read_image(0)
    assert found is not None and found.board is not None and found.board.product_name is not None
    assert found.board.product_name.text == "X" and found.board.file_id is not None


def test_F10_six_bit_text_of_any_length_and_bcd_with_leading_zeros() -> None:
    """`IPMI` is 29 DC A6 in the specification; here with a fourth byte that begins another character."""
    image = image_of(area("01 04 00 100000", b"\x84\x29\xdc\xa6\x21\x43\x00\x12\x30\x42\xde\xf0\xc1", 4))
    board = parse_image(image).board
    assert board is not None and board.manufacturer is not None and board.product_name is not None
    assert board.manufacturer.text == "IPMIA"
    assert board.product_name.text == "001230"
    assert board.serial is not None and board.serial.text == ":,_0"


@pytest.mark.parametrize(
    "language, raw, text",
    [
        (0, "Müller".encode("latin-1"), "Müller"),
        (25, "Müller".encode(), "Müller"),
        (22, b"ACME", "ACME"),
        (22, "Müller".encode("latin-1"), "Müller"),
        (22, "Müller AG".encode("utf-16-le"), "Müller AG"),
        (22, "Straße".encode(), "Straße"),
        (95, "Сервер".encode("utf-16-le"), "Сервер"),
        (53, "日本製 PC".encode("utf-16-le"), "日本製 PC"),
        (135, "中国".encode("utf-16-le") + b"\0", "中国"),
        (53, b"\xd8\xd8\xd8\xd8", "ØØØØ"),
        (95, b"ACME\x03\x10\0\0", "ACME"),
    ],
)
def test_F11_languages(language: int, raw: bytes, text: str) -> None:
    fields = bytes((0xC0 + len(raw),)) + raw + b"\xc0\xc6SERIAL\xc0\xc0\xc1"
    board = parse_image(image_of(area(f"01 06 {language:02x} 100000", fields, 6))).board
    assert board is not None and board.manufacturer is not None and board.manufacturer.text == text
    assert board.serial is not None and board.serial.text == "SERIAL"


@pytest.mark.parametrize("minutes", [0, 0xFFFFFF])
def test_F12_dates_that_say_nothing(minutes: int) -> None:
    board = parse_image(image_of(board_area(minutes, BOARD))).board
    assert board is not None and board.made is None and board.minutes == minutes


def test_F12_dates() -> None:
    """83 64 A0 of a Dell R730 is Feb 23 16:18:00 2016 UTC for ipmitool."""
    board = parse_image((FRU_VECTORS / "dell_r730-fru00.bin").read_bytes()).board
    assert board is not None and board.made == datetime(2016, 2, 23, 16, 18, tzinfo=timezone.utc)
    last = parse_image(image_of(board_area(0xFFFFFE, BOARD))).board
    assert last is not None and last.made == datetime(2027, 11, 24, 20, 14, tzinfo=timezone.utc)


def test_F13_zeros_behind_the_records() -> None:
    image = bytearray(demo_images()[1])
    found = parse_image(bytes(image))
    last = found.records[-1]
    image[last.offset + 1] &= 0x7F  # it is not the last one now
    image[last.offset + 4] = zero_checksum(bytes(image[last.offset : last.offset + 4]))
    found = parse_image(bytes(image))
    assert len(found.records) == 2
    assert found.warnings == (f"multirecord area: zeros, and no end of the list before them, at {last.offset + 18}",)


def test_F14_record_headers_are_wrong() -> None:
    image = bytearray(demo_images()[1])
    first = parse_image(bytes(image)).records[0].offset
    image[first + 4] ^= 1
    found = parse_image(bytes(image))
    assert found.records == () and found.product is not None
    assert found.warnings == (f"multirecord area: wrong checksum of a header at {first}",)
    image[first + 1] ^= 1
    image[first + 4] = zero_checksum(bytes(image[first : first + 4]))
    assert parse_image(bytes(image)).warnings == (f"multirecord area: record format 3 at {first}",)


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_F15_blank_memories(byte: int) -> None:
    bmc = serving(bytes((byte,)) * 256)
    found = inventory(bmc).read_image(0)
    assert found is not None and found.kind is FruKind.BLANK and found.warnings == ()
    assert bmc.count(*READ) == 1


def test_F15_other_contents() -> None:
    found = parse_image(b"\xf2" + b"ordinary text" * 10)
    assert found.kind is FruKind.OTHER and found.warnings == ("this is not FRU data",)


def test_F16_areas_overlap() -> None:
    image = bytearray(make_image({"board": board_area(1000, BOARD), "product": product_area(["P"] * 7)}, 256))
    image[4] = 2  # the product area begins inside the board area
    image[7] = zero_checksum(bytes(image[:7]))
    found = parse_image(bytes(image))
    assert found.board is not None and "board area: reaches into the next area" in found.warnings


def test_F16_offset_behind_the_end() -> None:
    for at, name in enumerate(("internal use", "chassis", "board", "product", "multirecord"), 1):
        image = bytearray(make_image({}, 64))
        image[at] = 0xF0
        image[7] = zero_checksum(bytes(image[:7]))
        assert parse_image(bytes(image)).warnings == (f"{name} area: begins behind the end of the memory",)
        assert inventory(serving(bytes(image))).read_image(0) is not None


def test_F16_length_zero() -> None:
    board = bytearray(board_area(1000, BOARD))
    board[1] = 0
    found = parse_image(make_image({"board": bytes(board), "product": product_area(["P"] * 7)}, 256))
    assert found.board is not None and found.board.part_number is not None and found.board.part_number.text == "PN1"
    assert found.product is not None and found.warnings == ("board area: has no length",)


def test_F16_length_zero_of_an_area_that_is_long() -> None:
    board = bytearray(board_area(1000, ["x" * 60] * 5))
    board[1] = 0
    found = inventory(serving(make_image({"board": bytes(board)}, 512))).read_image(0)
    assert found is not None and found.board is not None and found.board.file_id is not None
    assert found.board.file_id.text == "x" * 60


def test_F16_length_beyond_the_end() -> None:
    image = image_of(board_area(1000, BOARD), 0)[:30]
    found = parse_image(image)
    assert found.board is not None and found.board.manufacturer is not None and found.board.manufacturer.text == "Maker"
    assert "board area: runs past the end of the memory" in found.warnings


def test_F16_out_of_order() -> None:
    image = make_image({"product": product_area(["P1"] * 7), "board": board_area(1000, BOARD)}, 256)
    found = parse_image(image)
    assert found.warnings == () and found.board is not None and found.product is not None
    read = inventory(serving(image)).read_image(0)
    assert read is not None and (read.board, read.product) == (found.board, found.product)


def test_F16_unknown_format() -> None:
    found = parse_image(image_of(with_checksum(b"\x02" + board_area(1000, BOARD)[1:])))
    assert found.board is None and found.unsupported == ("board",) and found.warnings == ("board area: unknown format 2",)


@pytest.mark.parametrize("modifier", [0, 1])
def test_F17_memory_modules(modifier: int) -> None:
    bmc = MemoryBmc(FruPart())
    command = command_over(bmc)
    command._sdr_records = lambda: [locator(2, "DIMM A1", device_modifier=modifier)]  # type: ignore[method-assign]
    assert command.get_inventory_of_component("DIMM A1") == {
        "memory_type": "DDR4 SDRAM", "speed": 21300, "ecc": True, "module_type": "RDIMM", "capacity_mb": 16384,
        "manufacturer": "Samsung", "manufacture_location": 1, "manufacture_date": "2021-W27", "serial": "12345678",
        "model": b"M16G4R2666", "oem_parser": None,
    }


def test_F18_large_memories_are_read_where_something_is() -> None:
    image = bytearray(image_of(board_area(1000, BOARD), 8192))
    image[1] = 0x40  # for internal use, up to the end
    image[7] = zero_checksum(bytes(image[:7]))
    bmc = serving(bytes(image))
    found = inventory(bmc).read_image(0)
    assert found is not None and found.board is not None and found.internal_use is None
    assert bmc.count(*READ) == 1
    assert inventory(bmc).read(0, whole=True) == bytes(image)


def test_F18_areas_far_away_are_found() -> None:
    image = bytearray(image_of(board_area(1000, BOARD), 8192))
    product = product_area([f"P{at}" for at in range(7)])
    image[4] = 0xFF
    image[7] = zero_checksum(bytes(image[:7]))
    image[0xFF * 8 : 0xFF * 8 + len(product)] = product
    bmc = serving(bytes(image))
    found = inventory(bmc).read_image(0)
    assert found is not None and found.warnings == () and found.product is not None and found.product.version is not None
    assert found.product.version.text == "P3" and bmc.count(*READ) == 2


@pytest.mark.parametrize("code", [0xC7, 0xC8, 0xCA, 0xFF])
def test_F19_long_writes_are_refused(code: int) -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return (code, b"") if len(data) > 3 + 8 else handler(data)

    part, learned = FruPart(), Learned()
    bmc = MemoryBmc(part, knobs={WRITE: knob})
    old = inventory(bmc, learned).write_field(1, "product", "asset_tag", "rack 7")
    assert old == demo_images()[1] and learned.fru_write_size == 8
    found = parse_image(part.images[1])
    assert found.product is not None and found.product.asset_tag is not None and found.product.asset_tag.text == "rack 7"
    assert found.warnings == () and [record.data for record in found.records] == [
        record.data for record in parse_image(old).records
    ]


def test_F19_write_protection_is_an_error_that_carries_the_old_content() -> None:
    bmc = MemoryBmc(FruPart(write_protected=True))
    with pytest.raises(InventoryNotWritten) as caught:
        inventory(bmc).write_field(0, "board", "serial", "X")
    assert (caught.value.code, caught.value.restored, caught.value.old) == (0x80, True, demo_images()[0])
    again = pickle.loads(pickle.dumps(caught.value))
    assert vars(again) == vars(caught.value) and str(again) == str(caught.value)
    assert bmc.count(*WRITE) == 1


def test_F19_busy_is_waited_for() -> None:
    bmc = MemoryBmc(FruPart(), knobs={WRITE: codes(0x81, 0x81, 0x81)})
    inventory(bmc).write(0, b"\x55", 500)
    assert bmc.count(*WRITE) == 4
    assert inventory(bmc).read(0, whole=True) == demo_images()[0][:500] + b"\x55" + demo_images()[0][501:]
    bmc = MemoryBmc(FruPart(), knobs={WRITE: lambda _data, _handler: (0x81, b"")})
    with pytest.raises(InventoryNotWritten) as caught:
        inventory(bmc).write(0, b"\x55", 500)
    assert caught.value.code == 0x81 and bmc.count(*WRITE) == 10


def test_F19_what_fails_half_way_is_undone() -> None:
    writes: list[bytes] = []

    def knob(data: bytes, handler: Handler) -> Reply:
        writes.append(data)
        return (0xD4, b"") if len(writes) == 3 else handler(data)

    part = FruPart()
    with pytest.raises(InventoryNotWritten) as caught:
        inventory(MemoryBmc(part, knobs={WRITE: knob})).write(0, b"\xaa" * 100, 100)
    assert caught.value.restored and caught.value.old == demo_images()[0] == bytes(part.images[0])


def test_F19_what_was_not_written_is_seen() -> None:
    bmc = MemoryBmc(FruPart(), knobs={WRITE: lambda data, _handler: (0, bytes((len(data) - 3,)))})
    with pytest.raises(InventoryNotWritten, match="does not hold what was written") as caught:
        inventory(bmc).write(0, b"\xaa" * 4, 100)
    assert caught.value.restored and caught.value.code == 0


@pytest.mark.parametrize("code", [None, 0x80, 0xC9])
def test_F19_one_piece_that_is_never_written_does_not_keep_the_others_from_being_undone(code: int | None) -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return (None if code is None else (code, b"")) if data[1] == 0x80 else handler(data)

    part = FruPart()
    with pytest.raises(InventoryNotWritten) as caught:
        inventory(MemoryBmc(part, knobs={WRITE: knob})).write(0, b"\xaa" * 64, 0x60)
    assert caught.value.restored and caught.value.old == demo_images()[0] == bytes(part.images[0])


@pytest.mark.parametrize("writes", range(9))
def test_F19_a_lost_session_loses_nothing(writes: int) -> None:
    """The BMC is gone at each of the writes in turn: what was there is in the error, and can be written later."""
    left = [writes]

    def knob(data: bytes, handler: Handler) -> Reply:
        left[0] -= 1
        if left[0] < 0:
            bmc.knobs[READ] = bmc.knobs[WRITE] = bmc.knobs[INFO] = lambda _data, _handler: None
            return None
        return handler(data)

    part = FruPart()
    bmc = MemoryBmc(part, knobs={WRITE: knob})
    with pytest.raises(InventoryNotWritten) as caught:
        inventory(bmc).write_field(0, "chassis", "serial", "x" * 60)
    assert caught.value.old == demo_images()[0] and not caught.value.restored and bmc.time < 1100
    bmc.knobs.clear()
    inventory(bmc).write(0, caught.value.old)
    assert bytes(part.images[0]) == demo_images()[0]


@pytest.mark.parametrize("known", [None, 1, 3, 5, 7, 8])
@pytest.mark.parametrize("limit", [2, 3, 5, 6, 9, None])
def test_F19_words_are_never_halved(known: int | None, limit: int | None) -> None:
    """Not by a limit that another memory of the BMC has, which counts in bytes, either."""
    learned = Learned()
    learned.fru_write_size = known
    image = demo_images()[1][:150]
    part = FruPart({0: image}, by_words=(0,), write_limit=limit)
    new = bytes(byte ^ 0x5A for byte in image)
    assert inventory(MemoryBmc(part), learned).write(0, new) == image
    assert bytes(part.images[0]) == new


def test_F19_half_a_word_at_the_end_is_refused_before_anything_is_written() -> None:
    image = demo_images()[1][:159]
    part = FruPart({0: image}, by_words=(0,))
    bmc = MemoryBmc(part)
    with pytest.raises(InvalidParameterValue, match="Byte 158"):
        inventory(bmc).write(0, bytes(159))
    assert bmc.count(*WRITE) == 0
    inventory(bmc).write(0, bytes(158))
    assert bytes(part.images[0]) == bytes(158) + image[158:]


def test_F19_fewer_bytes_taken_than_sent() -> None:
    def knob(data: bytes, handler: Handler) -> Reply:
        return handler(data[: 3 + 5])

    part = FruPart()
    inventory(MemoryBmc(part, knobs={WRITE: knob})).write(0, b"\xaa" * 64, 0x60)
    assert bytes(part.images[0][0x60:0xA0]) == b"\xaa" * 64
    part = FruPart()
    bmc = MemoryBmc(part, knobs={WRITE: lambda data, handler: (handler(data)[0], b"")})
    inventory(bmc).write(0, b"\xaa" * 64, 0x60)
    assert bytes(part.images[0][0x60:0xA0]) == b"\xaa" * 64


def test_M03_the_byte_order_of_the_guid() -> None:
    """One GUID as it is printed, as SMBIOS has it, and all reversed."""
    text = "5A1D0C77-5053-4F6E-9B1E-0200005E0001"
    printed = bytes.fromhex(text.replace("-", ""))
    smbios = printed[3::-1] + printed[5:3:-1] + printed[7:5:-1] + printed[8:]
    device = bytes.fromhex("20 01 02 10 02 80 57 01 00 42 00")
    for raw in (printed, smbios, printed[::-1]):
        bmc = MemoryBmc(FruPart(), knobs={GUID: lambda _d, _h, raw=raw: (0, raw), DEVICE_ID: lambda _d, _h: (0, device)})
        found = command_over(bmc).get_inventory_of_component("System")
        assert found is not None and found["UUID"] == text


def test_a_fru_behind_another_controller_and_lun() -> None:
    bmc = MemoryBmc()
    bmc.others[0x72, 2] = FruPart(read_limit=23).commands()
    learned = Learned()
    found = inventory(bmc, learned).read_image(1, locator=locator(1, access_address=0x72, channel=3, access_lun=2))
    assert found is not None and found.warnings == () and learned.fru_size is None
    assert all(more["target"] == Target(0x72, 3) and more["lun"] == 2 for more in bmc.extra)
    assert all(data[3] <= 22 for netfn, cmd, data in bmc.asked if (netfn, cmd) == READ)
    learned = Learned()
    learned.at_bmc.add((0x72, 3))
    bmc = MemoryBmc(FruPart())
    assert inventory(bmc, learned).read_image(1, locator=locator(1, access_address=0x72, channel=3)) is not None


def test_sizes_and_units_of_frus() -> None:
    bmc = MemoryBmc(FruPart(by_words=(1,)))
    bmc.others[0x72, 0] = FruPart({1: bytes(64)}).commands()
    one, far = inventory(bmc).area_info(1), inventory(bmc).area_info(1, locator=Target(0x72))
    assert one is not None and far is not None
    assert (one.size, one.by_words, far.size, far.by_words) == (256, True, 64, False)
    assert inventory(bmc).area_info(9) is None
    assert inventory(MemoryBmc(FruPart({0: b""}))).area_info(0) is None


def test_what_does_not_fit_is_not_written() -> None:
    bmc = MemoryBmc(FruPart())
    for offset in (-1, 510):
        with pytest.raises(InvalidParameterValue, match="FRU 0 has 512 bytes"):
            inventory(bmc).write(0, b"xyz", offset)
    assert bmc.count(*WRITE) == 0


def test_nothing_is_written_to_what_is_not_there() -> None:
    with pytest.raises(NotFound):
        inventory(MemoryBmc(FruPart())).write(9, b"x")
    bmc = MemoryBmc(FruPart(), knobs={READ: lambda _data, _handler: (0xCB, b"")})
    with pytest.raises(NotFound):
        inventory(bmc).write(0, b"x")

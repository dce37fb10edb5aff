# SPDX-License-Identifier: Apache-2.0
"""Switches of section F, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pyghmi.exceptions import InventoryNotWritten, NotFound
from pyghmi.ipmi.domains.fru_image import FruImage, FruKind, parse_image
from pyghmi.sim.fru import demo_images
from tests.loopback.quirk_lab import MakeLab, QuirkLab

STORAGE, INFO, READ, WRITE = 0x0A, 0x10, 0x11, 0x12
BOOK = {fru_id: parse_image(image) for fru_id, image in demo_images().items()}
SERIALS = ("CH00123456", "MB00123456", "SN00R100042")


def read(bench: QuirkLab, fru_id: int, start: int, count: int) -> tuple[int, bytes]:
    """Ask for bytes of a memory, as they come over the wire."""
    return bench.ask(bench.opened(), STORAGE, READ, bytes((fru_id, start % 256, start // 256, count)))


def dump(bench: QuirkLab, fru_id: int = 0, count: int = 512) -> bytes:
    """Read a memory by hand."""
    link = bench.opened()
    found = b""
    while len(found) < count:
        asked = bytes((fru_id, len(found) % 256, len(found) // 256, 16))
        code, data = bench.ask(link, STORAGE, READ, asked)
        assert code == 0
        found += data[1:]
    return found


def reads(bench: QuirkLab) -> list[bytes]:
    return [data for netfn, cmd, data in bench.machine.executed if (netfn, cmd) == (STORAGE, READ)]


def serials(found: FruImage) -> tuple[Any, ...]:
    areas: Any = (found.chassis, found.board, found.product)
    return tuple(area and area.serial and area.serial.text for area in areas)


def said(bench: QuirkLab, fru_id: int = 0, most_reads: int = 8) -> FruImage:
    """Return what our client says of a memory, in bounded requests."""
    before = len(reads(bench))
    found = bench.command().read_fru(fru_id)
    assert len(reads(bench)) - before <= most_reads
    return found


@pytest.mark.parametrize(
    ("variant", "warnings"),
    [
        ("all", ["common header", "chassis area", "board area", "product area"]),
        ("header", ["common header"]),
        ("areas", ["chassis area", "board area", "product area"]),
        ("records", []),
    ],
)
def test_F01_wrong_sums(lab: MakeLab, variant: str, warnings: list[str]) -> None:
    bench = lab(f"F01:{variant}")
    assert (sum(dump(bench, 0, 16)[:8]) % 256 == 0) is (variant in ("areas", "records"))
    found = said(bench)
    assert found.warnings == tuple(f"{where}: wrong checksum" for where in warnings)
    assert serials(found) == SERIALS
    supply = said(bench, 1)
    assert [record.checksum_ok for record in supply.records] == [variant not in ("all", "records")] * 2
    assert supply.records[0].value == BOOK[1].records[0].value


@pytest.mark.parametrize("code", [0x81, 0xC3, 0xC9, 0xCB, 0xCC, 0xCE, 0xD3, 0xFF])
def test_F02_codes_of_absence(lab: MakeLab, code: int) -> None:
    bench = lab(f"F02:{code:02x}")
    link = bench.opened()
    for fru_id in (1, 9):
        assert bench.ask(link, STORAGE, INFO, bytes((fru_id,)), deadline_s=2.0) == (code, b"")
    command = bench.command()
    assert command.get_power() == {"powerstate": "off"}
    before = bench.network.received
    with pytest.raises(NotFound):
        command.read_fru(1)
    assert bench.network.received - before <= (12 if code in (0xC3, 0xCE) else 2)
    assert {name for name, _facts in command.get_inventory()} == {"System", "Mainboard", "DIMM 1"}


def test_F02_by_the_book(lab: MakeLab) -> None:
    bench = lab("")
    link = bench.opened()
    assert bench.ask(link, STORAGE, INFO, b"\1") == (0, b"\0\1\0")
    assert bench.ask(link, STORAGE, INFO, b"\t") == (0xCB, b"")


@pytest.mark.parametrize("variant", ["c7", "c8", "ca", "c3", "ff", "silence"])
def test_F03_long_reads(lab: MakeLab, variant: str) -> None:
    bench = lab(f"F03:{variant}")
    limit, link = 32 if variant == "silence" else 20, bench.opened()
    assert len(bench.ask(link, STORAGE, READ, bytes((0, 0, 0, limit)))[1]) == limit + 1
    if variant != "silence":
        assert bench.ask(link, STORAGE, READ, bytes((0, 0, 0, limit + 1))) == (int(variant, 16), b"")
    command = bench.command()
    assert command.dump_fru(0) == demo_images()[0]
    bench.machine.executed.clear()
    began = bench.reactor.clock()
    assert command.dump_fru(1) == demo_images()[1]
    assert all(data[3] <= limit for data in reads(bench)), "remembered"
    assert bench.reactor.clock() - began < 1.0


@pytest.mark.parametrize("variant", ["zero", "short", "count"])
def test_F04_other_counts(lab: MakeLab, variant: str) -> None:
    bench = lab(f"F04:{variant}")
    image = demo_images()[0]
    assert read(bench, 0, 120, 16) == {
        "zero": (0, b"\x08" + image[120:128]),
        "short": (0, b"\x07" + image[120:127]),
        "count": (0, b"\xff" + image[120:136]),
    }[variant]
    assert read(bench, 0, 128, 4) == (0, {"zero": b"\0", "short": b"\4", "count": b"\xff"}[variant] + (
        b"" if variant == "zero" else image[128:132]
    ))
    assert bench.command().dump_fru(0) == (image[:128] if variant == "zero" else image)
    assert said(bench, most_reads=80).chassis == BOOK[0].chassis


@pytest.mark.parametrize("variant", ["large", "refused", "small"])
def test_F05_other_sizes(lab: MakeLab, variant: str) -> None:
    bench = lab(f"F05:{variant}")
    size = 128 if variant == "small" else 4096
    assert bench.ask(bench.opened(), STORAGE, INFO, b"\1") == (0, size.to_bytes(2, "little") + b"\0")
    image = demo_images()[1]
    if variant == "large":
        assert read(bench, 1, 250, 12) == (0, b"\x0c" + image[250:] + b"\xff" * 6)
        assert read(bench, 1, 3000, 2) == (0, b"\2\xff\xff")
    elif variant == "refused":
        assert read(bench, 1, 250, 12) == (0xC9, b"")
    found = said(bench, 1)
    assert (found.warnings, found.records, found.product) == ((), BOOK[1].records, BOOK[1].product)
    assert len(bench.command().dump_fru(1)) == {"large": 4096, "refused": 256, "small": 128}[variant]


def test_F06_words(lab: MakeLab) -> None:
    for quirks, answer, flag in (("F06", b"\2" + demo_images()[0][8:12], 1), ("", b"\2" + demo_images()[0][4:6], 0)):
        bench = lab(quirks)
        assert bench.ask(bench.opened(), STORAGE, INFO, b"\0")[1][2] == flag
        assert read(bench, 0, 4, 2) == (0, answer)
        assert serials(said(bench)) == SERIALS
        assert bench.command().dump_fru(1) == demo_images()[1]


def test_F07_an_early_end(lab: MakeLab) -> None:
    bench = lab("F07")
    found = said(bench)
    board = found.board
    assert board is not None and board.manufacturer is not None and board.manufacturer.text == "Example Computers"
    assert board.raw[6 + 18] == 0xC1
    assert board.product_name is board.serial is board.file_id is None and board.custom == ()
    assert serials(found) == (None, None, None) and found.warnings == ()
    facts = bench.command().get_inventory_of_component("System")
    assert facts is not None and (facts["Product name"], facts["Board serial number"]) == (None, None)


@pytest.mark.parametrize("variant", ["zeros", "c0", "over"])
def test_F08_no_end(lab: MakeLab, variant: str) -> None:
    bench = lab(f"F08:{variant}")
    found = said(bench)
    assert found.board is not None and b"\xc1" not in found.board.raw[6:-1]
    problem = "a field runs past the end" if variant == "over" else "no end mark behind the fields"
    assert set(found.warnings) == {f"{area} area: {problem}" for area in ("chassis", "board", "product")}
    assert serials(found) == SERIALS
    assert [field.text for field in found.board.custom] == ["LAN 02:00:00:5e:00:01"]


@pytest.mark.parametrize(("variant", "pad"), [("zeros", b"\0"), ("ff", b"\xff"), ("fe", b"\xfe"), ("spaces", b" ")])
def test_F09_pads(lab: MakeLab, variant: str, pad: bytes) -> None:
    found = said(lab(f"F09:{variant}"))
    assert serials(found) == SERIALS and found.warnings == ()
    assert found.board is not None and found.board.serial is not None
    assert found.board.serial.raw == b"MB00123456" + pad * 4


def test_F09_one_character(lab: MakeLab) -> None:
    found = said(lab("F09:one"))
    assert found.board is not None and found.board.product_name is not None
    assert found.board.product_name.text == "R1-MB" and b"\xc1X" in found.board.raw
    assert serials(found) == (None, None, None) and found.board.custom == () and found.warnings == ()


@pytest.mark.parametrize(
    ("variant", "raw", "text"),
    [("six-bit", "8429dca621", "IPMIA"), ("zeros", "4400123450", "00123450"), ("codes", "4342def0", "42:,_0")],
)
def test_F10_packed(lab: MakeLab, variant: str, raw: str, text: str) -> None:
    found = said(lab(f"F10:{variant}"))
    assert found.board is not None and bytes.fromhex(raw) in found.board.raw
    assert serials(found) == ("CH00123456", text, "SN00R100042") and found.warnings == ()


@pytest.mark.parametrize("variant", ["ascii", "latin"])
def test_F11_german(lab: MakeLab, variant: str) -> None:
    found = said(lab(f"F11:{variant}"))
    assert found.board is not None and found.product is not None and found.board.manufacturer is not None
    assert (found.board.language, found.product.language, found.board.raw[2]) == (22, 22, 22)
    text = "Müller & Söhne" if variant == "latin" else "Example Computers"
    assert found.board.manufacturer.text == text and found.board.manufacturer.raw == text.encode("latin-1")
    assert serials(found) == SERIALS and found.warnings == ()


@pytest.mark.parametrize(("variant", "raw"), [("zero", "000000"), ("ff", "ffffff"), ("wrapped", "802202")])
def test_F12_dates(lab: MakeLab, variant: str, raw: str) -> None:
    bench = lab(f"F12:{variant}")
    found = said(bench)
    assert found.board is not None and found.board.raw[3:6] == bytes.fromhex(raw)
    assert found.board.minutes == int.from_bytes(bytes.fromhex(raw), "little")
    wrapped = datetime(2028, 3, 1, tzinfo=timezone.utc).timestamp() - 60 * 2**24
    assert found.board.made == (datetime.fromtimestamp(wrapped, timezone.utc) if variant == "wrapped" else None)
    facts = bench.command().get_inventory_of_component("System")
    assert facts is not None and facts["Board manufacture date"] == (
        "1996-04-07T03:44" if variant == "wrapped" else None
    )


def test_F13_no_end_of_the_list(lab: MakeLab) -> None:
    found = said(lab("F13"), 1)
    assert [record.value for record in found.records] == [record.value for record in BOOK[1].records]
    last = found.records[-1].offset
    assert found.raw[last + 1] == 2 and BOOK[1].raw[last + 1] == 0x82
    assert found.warnings == (f"multirecord area: zeros, and no end of the list before them, at {last + 18}",)


@pytest.mark.parametrize(("variant", "text"), [("sum", "wrong checksum of a header"), ("format", "record format 3")])
def test_F14_headers_of_records(lab: MakeLab, variant: str, text: str) -> None:
    found = said(lab(f"F14:{variant}"), 1)
    start = BOOK[1].records[0].offset
    assert found.raw[start : start + 5] != BOOK[1].raw[start : start + 5]
    assert found.records == () and found.warnings == (f"multirecord area: {text} at {start}",)
    assert found.product == BOOK[1].product


@pytest.mark.parametrize("variant", ["ff", "zeros"])
def test_F15_blank(lab: MakeLab, variant: str) -> None:
    bench = lab(f"F15:{variant}")
    assert set(dump(bench, 1, 256)) == {0xFF if variant == "ff" else 0}
    found = said(bench, 1, most_reads=1)
    assert (found.kind, found.warnings) == (FruKind.BLANK, ())
    assert {name for name, _facts in bench.command().get_inventory()} == {"System", "Mainboard", "DIMM 1"}


@pytest.mark.parametrize("variant", ["overlap", "behind", "empty", "order"])
def test_F16_places(lab: MakeLab, variant: str) -> None:
    found, book = said(lab(f"F16:{variant}")), BOOK[0]
    assert found.raw[:128] != book.raw[:128]
    assert serials(found) == (SERIALS[:2] + (None,) if variant == "behind" else SERIALS)
    assert found.warnings == {
        "overlap": ("chassis area: reaches into the next area", "board area: reaches into the next area"),
        "behind": ("product area: begins behind the end of the memory",),
        "empty": tuple(f"{area} area: has no length" for area in ("chassis", "board", "product")),
        "order": (),
    }[variant]


@pytest.mark.parametrize(
    ("variant", "kind", "speed", "size"), [("ddr5", 0x12, 38400, 32768), ("ddr4", 0x0C, 21300, 16384), ("ddr3", 0x0B, 12800, 16384)]
)
def test_F17_memory_modules(lab: MakeLab, variant: str, kind: int, speed: int, size: int) -> None:
    bench = lab(f"F17:{variant}")
    assert read(bench, 2, 2, 1) == (0, bytes((1, kind)))
    facts = bench.command().get_inventory_of_component("DIMM 1")
    assert facts is not None
    assert (facts["memory_type"], facts["speed"], facts["capacity_mb"]) == (f"{variant.upper()} SDRAM", speed, size)
    assert (facts["manufacturer"], facts["module_type"]) == ("Samsung", "RDIMM")


def test_F18_a_large_and_slow_memory(lab: MakeLab) -> None:
    bench = lab("F18:0.5")
    assert bench.ask(bench.opened(), STORAGE, INFO, b"\0") == (0, b"\x00\x20\0")
    bench.command().get_power()
    began = bench.reactor.clock()
    assert serials(said(bench, most_reads=3)) == SERIALS
    assert 0.5 <= bench.reactor.clock() - began < 2.0
    assert len(bench.command().dump_fru(0)) == 8192


def test_F19_long_writes(lab: MakeLab) -> None:
    bench = lab("F19:long")
    assert bench.ask(bench.opened(), STORAGE, WRITE, bytes((0, 200, 1)) + bytes(9)) == (0xC7, b"")
    bench.command().write_fru_field(0, "product", "asset_tag", "rack 9")
    found = said(bench)
    assert found.product is not None and found.product.asset_tag is not None
    assert found.product.asset_tag.text == "rack 9" and found.warnings == ()


def test_F19_protected(lab: MakeLab) -> None:
    bench = lab("F19:protected")
    assert bench.ask(bench.opened(), STORAGE, WRITE, b"\0\xc8\1\0") == (0x80, b"")
    with pytest.raises(InventoryNotWritten) as caught:
        bench.command().write_fru_field(0, "product", "asset_tag", "rack 9")
    assert (caught.value.code, caught.value.restored, caught.value.old) == (0x80, True, demo_images()[0])


def test_F19_busy(lab: MakeLab) -> None:
    bench = lab("F19:busy")
    link = bench.opened()
    assert [bench.ask(link, STORAGE, WRITE, b"\0\xc8\1\0") for _time in range(3)] == [(0x81, b"")] * 2 + [(0, b"\1")]
    bench.command().write_fru_field(0, "product", "asset_tag", "rack 9")
    assert said(bench).product != BOOK[0].product


def test_all_of_a_liar(lab: MakeLab) -> None:
    """Rows of this section hold together, in whatever order they are named."""
    for quirks in ("F04,F05,F01", "F01,F06,F09,F03:silence", "F03:ca,F09,F16:order,F18,F01,F13", "F18,F16:order,F14,F11:latin"):
        bench = lab(quirks)
        found = said(bench, most_reads=60)
        assert found.kind is FruKind.FRU and found.chassis is not None
        assert any("wrong checksum" in warning for warning in found.warnings) is ("F01" in quirks)
        assert said(bench, 1, most_reads=60).board is not None

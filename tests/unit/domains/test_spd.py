# SPDX-License-Identifier: Apache-2.0
"""Memory modules.  Expected values: from the long-standing library for the same bytes, and from the JEDEC documents."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.domains.spd import crc16, looks_like_spd, maker, parse_spd, week_made
from pyghmi.ipmi.private.spd import (
    SPD,
    decode_manufacturer,
    decode_spd_date,
    memory_types,
    module_types,
    speed_from_clock,
)


def filled(size: int, parts: dict[int, bytes]) -> bytes:
    data = bytearray(size)
    for at, value in parts.items():
        data[at : at + len(value)] = value
    return bytes(data)


DDR3 = filled(256, {
    0: b"\x92\0\x0b\x01\x03", 7: b"\x09\x0b\x52\x01\x08\x0a", 117: b"\x80\xce\x02\x12\x34\xde\xad\xbe\xef",
    128: b"M393B5270DH0-YH9  ",
})
DDR4 = filled(512, {
    0: b"\x23\0\x0c\x01\x85", 12: b"\x09\x0b", 18: b"\x06", 320: b"\x80\xce\x01\x19\x32\x12\x34\x56\x78",
    329: b"M393A4K40CB2-CTD    ",
})
DDR5 = filled(1024, {
    0: b"\x30\0\x12\x01\x04\0\x20", 20: b"\xa0\x01", 234: b"\0\x2a", 512: b"\x80\xad\x01\x23\x12\1\2\3\4",
    521: b"HMCG78AEBUA".ljust(30),
})


def changed(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes((value,)) + data[at + 1 :]


def test_the_long_standing_dictionaries() -> None:
    assert SPD(DDR3).info == {
        "memory_type": "DDR3 SDRAM", "speed": 12800, "ecc": True, "module_type": "RDIMM", "capacity_mb": 4096,
        "manufacturer": "Samsung", "manufacture_location": 2, "manufacture_date": "2012-W34", "serial": "deadbeef",
        "model": b"M393B5270DH0-YH9",
    }
    assert SPD(bytearray(DDR4)).info == {
        "memory_type": "DDR4 SDRAM", "speed": 21300, "ecc": True, "module_type": "RDIMM", "capacity_mb": 16384,
        "manufacturer": "Samsung", "manufacture_location": 1, "manufacture_date": "2019-W32", "serial": "12345678",
        "model": b"M393A4K40CB2-CTD",
    }
    assert SPD(DDR5).info == {
        "memory_type": "DDR5 SDRAM", "speed": 38400, "ecc": True, "module_type": "RDIMM", "capacity_mb": 16384,
        "manufacturer": "SK Hynix", "manufacture_location": 1, "manufacture_date": "2023-W12", "serial": "01020304",
        "model": b"HMCG78AEBUA",
    }


@pytest.mark.parametrize("byte, speed", [(1, 128000), (2, 64000), (3, 42600), (5, 25600), (6, 21300), (7, 18200), (12, 10600), (15, 8500)])
def test_speeds_of_ddr4(byte: int, speed: int) -> None:
    assert SPD(changed(DDR4, 18, byte)).info["speed"] == speed


@pytest.mark.parametrize("cycle, rate, speed", [(625, 3200, 25600), (454, 4405, 35200), (416, 4807, 38400), (357, 5602, 44800), (312, 6410, 51200)])
def test_speeds_of_ddr5(cycle: int, rate: int, speed: int) -> None:
    data = DDR5[:20] + cycle.to_bytes(2, "little") + DDR5[22:]
    facts = parse_spd(data).facts
    assert facts is not None and facts.data_rate == rate and SPD(data).info["speed"] == speed


def test_fine_corrections_of_the_cycle() -> None:
    """DDR4-2400: 7 units of 125 ps and -42 ps are 833 ps; DDR3-1866: 9 units of 125 ps and -54 ps are 1071 ps."""
    facts = parse_spd(changed(changed(DDR4, 18, 7), 125, 0xD6)).facts
    assert facts is not None and facts.data_rate == 2400
    facts = parse_spd(changed(changed(changed(DDR3, 9, 0x11), 12, 9), 34, 0xCA)).facts
    assert facts is not None and facts.data_rate == 1867


def test_what_is_not_given() -> None:
    assert SPD(changed(DDR4, 18, 0)).info["speed"] == "Unknown"
    assert SPD(changed(DDR3, 11, 0)).info["speed"] == "Unknown"
    assert SPD(changed(changed(DDR3, 9, 0x50), 34, 1)).info["speed"] == 12800
    assert SPD(changed(changed(DDR4, 323, 0), 324, 0)).info["manufacture_date"] == "Unknown"
    assert SPD(changed(DDR4, 3, 9)).info["module_type"] == "Unknown"
    assert SPD(changed(DDR4, 3, 4)).info["module_type"] == "LRDIMM"
    assert SPD(changed(DDR3, 3, 4)).info["module_type"] == "Micro-DIMM"
    assert SPD(changed(DDR4, 4, 0x8F)).info["capacity_mb"] == 0
    assert SPD(changed(DDR5, 4, 0x1F)).info["capacity_mb"] == 0
    assert SPD(changed(DDR4, 13, 0x03)).info["ecc"] is False and SPD(changed(DDR5, 235, 0x22)).info["ecc"] is False


def test_stacked_dies_make_ranks() -> None:
    """A 3DS module of 64 GB: dies of 8 Gbit, x4, two package ranks, stacks of two.  JEDEC 21-C annex L, byte 6."""
    assert SPD(changed(changed(DDR4, 6, 0x92), 12, 0x08)).info["capacity_mb"] == 65536
    assert SPD(changed(changed(DDR4, 6, 0x91), 12, 0x08)).info["capacity_mb"] == 32768


@pytest.mark.parametrize(
    "organization, density, size",
    [(0x01, 0x03, 2048), (0x19, 0x03, 8192), (0x21, 0x03, 16384), (0x29, 0x03, 0), (0x01, 0x08, 12288), (0x01, 0x0A, 0)],
)
def test_ranks_and_dies_of_ddr3(organization: int, density: int, size: int) -> None:
    """Ranks 1, 4, 8; dies of 2 and 12 Gbit; reserved numbers of each.  JEDEC 21-C annex K release 6, bytes 7 and 4."""
    assert SPD(changed(changed(DDR3, 7, organization), 4, density)).info["capacity_mb"] == size


@pytest.mark.parametrize("kind, name", [(0, "Unknown"), (1, "STD FPM DRAM"), (6, "DDR SGRAM"), (7, "DDR SDRAM"), (8, "DDR2 SDRAM"), (0x0D, "Unknown")])
def test_others_are_named_only(kind: int, name: str) -> None:
    assert SPD(changed(DDR4, 2, kind)).info == {"memory_type": name}


@pytest.mark.parametrize("size", range(0, 345, 3))
def test_short_memories(size: int) -> None:
    assert SPD(DDR4[:size]).info == {"memory_type": "DDR4 SDRAM" if size > 2 else "Unknown"}


def test_makers() -> None:
    assert decode_manufacturer(0, 0xCE) == decode_manufacturer(0x80, 0xCE) == "Samsung"
    assert decode_manufacturer(0x80, 0x2C) == "Micron Technology" and decode_manufacturer(1, 0x98) == "Kingston"
    assert decode_manufacturer(9, 9) == "Unknown (9, 9)" and maker(0x89, 0x89) == "Unknown (9, 137)"


def test_weeks() -> None:
    assert decode_spd_date(0x15, 0x23) == "2015-W23" and decode_spd_date(0, 0) == "Unknown"
    assert decode_spd_date(0xFF, 0xFF) == "Unknown" and week_made(0x1A, 0x10) == ""


def test_tables() -> None:
    assert [speed_from_clock(clock) for clock in (1250, 625, 416, 1.5, 0)] == [10000, 5000, 3300, 0, 0]
    assert memory_types[0x12] == "DDR5 SDRAM"
    assert module_types == {1: "RDIMM", 2: "UDIMM", 3: "SODIMM", 4: "Micro-DIMM", 5: "Mini-RDIMM", 6: "Mini-UDIMM"}


def test_what_looks_like_a_module() -> None:
    assert looks_like_spd(DDR4) and looks_like_spd(DDR5)
    assert not looks_like_spd(changed(DDR4, 2, 8)) and not looks_like_spd(b"ab\x0c" + b"\xff" * 600)
    assert looks_like_spd(changed(DDR4, 4, 0x8F))
    assert not looks_like_spd(changed(DDR4, 126, 0x77))  # a check sum, and not this one


@pytest.mark.parametrize("kind", [0x0B, 0x0C, 0x12])
def test_a_known_type_alone_makes_no_module(kind: int) -> None:
    """Some other contents, of which one byte happens to be that."""
    data = b"\x57\x01" + bytes((kind,)) + bytes(at * 7 & 0xFF for at in range(1021))
    assert parse_spd(data).facts is not None and not looks_like_spd(data)


def test_the_check_sum() -> None:
    """31C3h for the digits 1 to 9: the published check value of CRC-16/XMODEM, which is this one."""
    assert crc16(b"123456789") == 0x31C3
    assert crc16(b"") == 0


@pytest.mark.parametrize(("data", "start", "end", "at"), [(DDR3, 0, 117, 126), (DDR4, 0, 126, 126), (DDR4, 128, 254, 254), (DDR5, 0, 510, 510)])
def test_a_wrong_check_sum_is_a_warning(data: bytes, start: int, end: int, at: int) -> None:
    assert parse_spd(data).warnings == ()  # zeros: nobody wrote one
    data = changed(data, start + 5, 0x77)
    right = data[:at] + crc16(data[start:end]).to_bytes(2, "little") + data[at + 2 :]
    assert parse_spd(right).warnings == ()
    wrong = changed(right, start + 4, right[start + 4] ^ 1)
    assert parse_spd(wrong).warnings == (f"bytes {start} to {end - 1}: wrong check sum",)
    assert parse_spd(wrong).facts is not None


def test_without_its_short_coverage_ddr3_is_checked_further() -> None:
    data = changed(DDR3, 0, 0x12)
    right = data[:126] + crc16(data[:126]).to_bytes(2, "little") + data[128:]
    assert parse_spd(right).warnings == ()
    assert parse_spd(changed(right, 120, 1)).warnings == ("bytes 0 to 125: wrong check sum",)

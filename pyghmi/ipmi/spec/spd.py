# SPDX-License-Identifier: Apache-2.0
"""What the memory on a memory module says of it.  JEDEC 21-C annex K (DDR3) and L (DDR4), JESD400-5 (DDR5).

The byte numbers are those of the standards.  Byte 2 is the type in all of them.
"""
from __future__ import annotations

from pyghmi.ipmi.wire.layout import Message, OpenEnum, bits, raw, u8, u16, wire


class MemoryType(OpenEnum):
    """Byte 2."""

    STD_FPM_DRAM = 0x01
    EDO = 0x02
    PIPELINED_NIBBLE = 0x03
    SDRAM = 0x04
    ROM = 0x05
    DDR_SGRAM = 0x06
    DDR = 0x07
    DDR2 = 0x08
    DDR2_FB_DIMM = 0x09
    DDR2_FB_DIMM_PROBE = 0x0A
    DDR3 = 0x0B
    DDR4 = 0x0C
    DDR5 = 0x12


MEMORY_TYPES: dict[int, str] = {
    MemoryType.STD_FPM_DRAM: "STD FPM DRAM",
    MemoryType.EDO: "EDO",
    MemoryType.PIPELINED_NIBBLE: "Pipelined Nibble",
    MemoryType.SDRAM: "SDRAM",
    MemoryType.ROM: "ROM",
    MemoryType.DDR_SGRAM: "DDR SGRAM",
    MemoryType.DDR: "DDR SDRAM",
    MemoryType.DDR2: "DDR2 SDRAM",
    MemoryType.DDR2_FB_DIMM: "DDR2 SDRAM FB-DIMM",
    MemoryType.DDR2_FB_DIMM_PROBE: "DDR2 SDRAM FB-DIMM PROBE",
    MemoryType.DDR3: "DDR3 SDRAM",
    MemoryType.DDR4: "DDR4 SDRAM",
    MemoryType.DDR5: "DDR5 SDRAM",
}

MODULE_TYPES: dict[int, dict[int, str]] = {
    MemoryType.DDR3: {
        1: "RDIMM",
        2: "UDIMM",
        3: "SODIMM",
        4: "Micro-DIMM",
        5: "Mini-RDIMM",
        6: "Mini-UDIMM",
        0x0B: "LRDIMM",
    },
    MemoryType.DDR4: {1: "RDIMM", 2: "UDIMM", 3: "SODIMM", 4: "LRDIMM", 5: "Mini-RDIMM", 6: "Mini-UDIMM"},
    MemoryType.DDR5: {1: "RDIMM", 2: "UDIMM", 3: "SODIMM", 4: "LRDIMM"},
}
"""Low half of byte 3, by memory type."""


@wire(first=0)
class Ddr3(Message):
    """Annex K.  Widths as powers: 8 << n bits of the bus, 4 << n of a device; ranks: see `DDR3_RANKS`.

    Times in units of mtb_dividend / mtb_divisor ns, corrected in units of ftb_dividend / ftb_divisor ps.
    """

    module_type: int = bits(3, 3, 0)
    die_capacity: int = bits(4, 3, 0)
    ranks: int = bits(7, 5, 3)
    device_width: int = bits(7, 2, 0)
    bus_extension: int = bits(8, 4, 3)
    bus_width: int = bits(8, 2, 0)
    ftb_dividend: int = bits(9, 7, 4)
    ftb_divisor: int = bits(9, 3, 0)
    mtb_dividend: int = u8(10)
    mtb_divisor: int = u8(11)
    min_cycle: int = u8(12)
    min_cycle_fine: int = u8(34, signed=True)
    manufacturer_bank: int = bits(117, 6, 0)
    manufacturer: int = u8(118)
    location: int = u8(119)
    year: int = u8(120)
    week: int = u8(121)
    serial: bytes = raw(122, 4)
    part_number: bytes = raw(128, 18)


@wire(first=0)
class Ddr4(Message):
    """Annex L.  As before; `stacked`: 2 where the dies of a package are stacked (3DS) and each makes a rank.

    Times in units of 125 ps, corrected in ps.
    """

    module_type: int = bits(3, 3, 0)
    die_capacity: int = bits(4, 3, 0)
    dies_minus_1: int = bits(6, 6, 4)
    stacked: int = bits(6, 1, 0)
    ranks_minus_1: int = bits(12, 5, 3)
    device_width: int = bits(12, 2, 0)
    bus_extension: int = bits(13, 4, 3)
    bus_width: int = bits(13, 2, 0)
    min_cycle: int = u8(18)
    min_cycle_fine: int = u8(125, signed=True)
    manufacturer_bank: int = bits(320, 6, 0)
    manufacturer: int = u8(321)
    location: int = u8(322)
    year: int = u8(323)
    week: int = u8(324)
    serial: bytes = raw(325, 4)
    part_number: bytes = raw(329, 20)


@wire(first=0)
class Ddr5(Message):
    """JESD400-5.  Bus width and its extension are those of one channel; `min_cycle_ps` is in ps."""

    module_type: int = bits(3, 3, 0)
    die_capacity: int = bits(4, 4, 0)
    dies: int = bits(4, 7, 5)
    device_width: int = bits(6, 7, 5)
    min_cycle_ps: int = u16(20)
    ranks_minus_1: int = bits(234, 5, 3)
    channels: int = bits(235, 6, 5)
    bus_extension: int = bits(235, 4, 3)
    bus_width: int = bits(235, 2, 0)
    manufacturer_bank: int = bits(512, 6, 0)
    manufacturer: int = u8(513)
    location: int = u8(514)
    year: int = u8(515)
    week: int = u8(516)
    serial: bytes = raw(517, 4)
    part_number: bytes = raw(521, 30)


DDR3_RANKS = (1, 2, 3, 4, 8)
"""Ranks of a module, by number."""
DIE_CAPACITIES = (256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 12288, 24576)
"""Mbit of a die of DDR3 and DDR4, by number."""
DDR5_CAPACITIES = (0, 4096, 8192, 12288, 16384, 24576, 32768, 49152, 65536)
DDR5_DIES = (1, 2, 2, 4, 8, 16)
"""Dies of a package, by number."""

MAKERS: dict[tuple[int, int], str] = {
    (0, 0x01): "AMD",
    (0, 0x04): "Fujitsu",
    (0, 0x09): "Intel",
    (0, 0x10): "NEC",
    (0, 0x17): "Texas Instruments",
    (0, 0x18): "Kioxia",
    (0, 0x20): "STMicroelectronics",
    (0, 0x24): "IBM",
    (0, 0x2C): "Micron Technology",
    (0, 0x2D): "SK Hynix",
    (0, 0x40): "ProMOS/Mosel Vitelic",
    (0, 0x41): "Infineon",
    (0, 0x42): "Macronix",
    (0, 0x48): "Apple",
    (0, 0x4E): "Samsung",
    (0, 0x5A): "Winbond",
    (0, 0x60): "LG",
    (0, 0x62): "Sanyo",
    (1, 0x14): "SMART Modular",
    (1, 0x18): "Kingston",
    (1, 0x3A): "PNY",
    (1, 0x40): "Viking",
    (1, 0x45): "Micron CMS",
    (1, 0x4F): "Transcend",
    (1, 0x61): "Wintec",
    (1, 0x7A): "Apacer",
    (2, 0x1E): "Corsair",
    (2, 0x35): "SpecTek",
    (2, 0x7E): "Elpida",
    (3, 0x0B): "Nanya",
    (3, 0x13): "GeIL",
    (3, 0x14): "Mushkin",
    (3, 0x16): "Netlist",
    (3, 0x25): "Kingmax",
    (3, 0x5A): "Swissbit",
    (4, 0x30): "OCZ",
    (4, 0x43): "Ramaxel",
    (4, 0x4B): "ADATA",
    (4, 0x4D): "G.Skill",
    (4, 0x6F): "Team Group",
    (5, 0x02): "Patriot",
    (5, 0x1B): "Crucial",
    (5, 0x3E): "PQI",
    (5, 0x51): "Qimonda",
    (5, 0x57): "Aeneon",
    (6, 0x34): "Super Talent",
    (6, 0x53): "Silicon Power",
    (6, 0x5E): "Lexar",
    (6, 0x71): "Innodisk",
    (10, 0x11): "CXMT",
}
"""Makers of memory, out of JEP106: (continuation codes before the number, number without its parity bit) -> name."""

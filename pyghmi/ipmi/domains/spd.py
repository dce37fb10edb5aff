# SPDX-License-Identifier: Apache-2.0
"""Memory modules: what their own memory says of them.  JEDEC 21-C, JESD400-5."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.spec.spd import (
    DDR3_RANKS,
    DDR5_CAPACITIES,
    DDR5_DIES,
    DIE_CAPACITIES,
    MAKERS,
    MEMORY_TYPES,
    MODULE_TYPES,
    Ddr3,
    Ddr4,
    Ddr5,
    MemoryType,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPE_BYTE = 2
_PADS = b"\0 \xff"
_PARITY = 0x7F
_ECC = 1
_STACKED = 2
_MTB_PS = 125
_MBIT_PER_MB = 8
_NARROWEST_BUS, _NARROWEST_DEVICE = 8, 4

_POLYNOMIAL, _TOP_BIT = 0x11021, 0x8000
_BLOCKS: dict[int, tuple[tuple[int, int, int], ...]] = {
    MemoryType.DDR3: ((0, 126, 126),),
    MemoryType.DDR4: ((0, 126, 126), (128, 254, 254)),
    MemoryType.DDR5: ((0, 510, 510),),
}
"""(first byte, byte behind the last, where the check sum stands) of each block."""
_SHORT_COVERAGE, _SHORT_BLOCK = 0x80, 117
"""DDR3: bit 7 of byte 0 leaves out what is behind byte 116."""

_Layout = Union[Ddr3, Ddr4, Ddr5]
_LAYOUTS: dict[int, type[_Layout]] = {MemoryType.DDR3: Ddr3, MemoryType.DDR4: Ddr4, MemoryType.DDR5: Ddr5}


class ModuleFacts(NamedTuple):
    """What DDR3, DDR4 and DDR5 modules say.

    module_type: None: one without a name; data_rate: MT/s, 0: not given; capacity_mb: 0: not to be told; location: the
    maker's own number; made: 'YYYY-Www', '': not given; serial: eight digits.
    """

    module_type: str | None
    data_rate: int
    ecc: bool
    capacity_mb: int
    manufacturer: str
    location: int
    made: str
    serial: str
    part_number: bytes


class Spd(NamedTuple):
    """A memory module.  facts: None: of a type that is not read, or too short; `raw`: all bytes.

    warnings: the blocks whose check sum (CRC) is wrong; what they say is read all the same.
    """

    raw: bytes
    memory_type: MemoryType
    facts: ModuleFacts | None
    warnings: tuple[str, ...] = ()

    @property
    def memory_name(self) -> str:
        """The name of the memory type."""
        return MEMORY_TYPES.get(self.memory_type, "Unknown")


def parse_spd(data: bytes | bytearray | memoryview) -> Spd:
    """Return what a memory module says of itself; never raises, whatever the bytes are."""
    raw = bytes(data)
    kind = MemoryType(raw[_TYPE_BYTE]) if len(raw) > _TYPE_BYTE else MemoryType(0)
    layout = _LAYOUTS.get(kind)
    if layout is None:
        return Spd(raw, kind, None)
    try:
        found = layout.decode(raw)
    except Malformed:
        return Spd(raw, kind, None)
    return Spd(raw, kind, _facts(kind, found), tuple(_wrong_blocks(kind, raw)))


def looks_like_spd(data: bytes) -> bool:
    """Whether bytes that are no inventory describe a memory module, though no record says so.

    The type is a known one, the check sums are right, and there is a part number or a capacity.
    """
    spd = parse_spd(data)
    return spd.facts is not None and not spd.warnings and bool(spd.facts.part_number or spd.facts.capacity_mb)


def crc16(data: bytes) -> int:
    """Return the check sum that modules carry: polynomial 1021h, beginning with 0.  JEDEC 21-C annex K, byte 126."""
    crc = 0
    for byte in data:
        crc ^= byte * 256
        for _bit in range(8):
            crc = crc * 2 ^ _POLYNOMIAL if crc >= _TOP_BIT else crc * 2
    return crc


def _wrong_blocks(kind: MemoryType, raw: bytes) -> Iterator[str]:
    """Yield the blocks that are there with a check sum that is not theirs; a sum of zeros was never written."""
    for start, end, at in _BLOCKS[kind]:
        is_short = kind is MemoryType.DDR3 and raw[0] >= _SHORT_COVERAGE
        covered = raw[start : _SHORT_BLOCK if is_short else end]
        held = int.from_bytes(raw[at : at + 2], "little")
        if len(raw) >= at + 2 and held and crc16(covered) != held:
            yield f"bytes {start} to {start + len(covered) - 1}: wrong check sum"


def _facts(kind: MemoryType, found: _Layout) -> ModuleFacts:
    if isinstance(found, Ddr5):
        ecc, data_rate, capacity = found.bus_extension > 0, _rate(found.min_cycle_ps), _capacity_5(found)
    else:
        ecc = found.bus_extension == _ECC
        data_rate, capacity = _rate(_cycle_ps(found)), _capacity(found)
    return ModuleFacts(
        MODULE_TYPES[kind].get(found.module_type),
        data_rate,
        ecc,
        capacity,
        maker(found.manufacturer_bank, found.manufacturer),
        found.location,
        week_made(found.year, found.week),
        found.serial.hex(),
        found.part_number.rstrip(_PADS),
    )


def _rate(cycle_ps: float) -> int:
    """Return the data rate in MT/s: two transfers a cycle."""
    return int(2_000_000 / cycle_ps) if cycle_ps > 0 else 0


def _cycle_ps(found: Ddr3 | Ddr4) -> float:
    """Return the shortest cycle in ps, 0: not given."""
    if isinstance(found, Ddr4):
        return found.min_cycle * _MTB_PS + found.min_cycle_fine if found.min_cycle else 0
    if not found.min_cycle or not found.mtb_divisor:
        return 0
    fine = found.min_cycle_fine * found.ftb_dividend / found.ftb_divisor if found.ftb_divisor else 0
    return found.min_cycle * 1000 * found.mtb_dividend / found.mtb_divisor + fine


def _capacity(found: Ddr3 | Ddr4) -> int:
    """Return the capacity in MB, 0 where its parts have reserved numbers."""
    die = _numbered(DIE_CAPACITIES, found.die_capacity)
    if isinstance(found, Ddr3):
        ranks = _numbered(DDR3_RANKS, found.ranks)
    else:
        ranks = found.ranks_minus_1 + 1
        if found.stacked == _STACKED:
            ranks *= found.dies_minus_1 + 1
    return die * _devices(found) * ranks // _MBIT_PER_MB


def _numbered(table: tuple[int, ...], number: int) -> int:
    """Return what a number stands for; 0: it is reserved."""
    return table[number] if number < len(table) else 0


def _devices(found: _Layout) -> int:
    """Return the number of devices that make a rank."""
    return (_NARROWEST_BUS << found.bus_width) // (_NARROWEST_DEVICE << found.device_width)


def _capacity_5(found: Ddr5) -> int:
    if found.die_capacity >= len(DDR5_CAPACITIES) or found.dies >= len(DDR5_DIES):
        return 0
    package = DDR5_CAPACITIES[found.die_capacity] * DDR5_DIES[found.dies]
    return package * _devices(found) * (found.ranks_minus_1 + 1) * (1 << found.channels) // _MBIT_PER_MB


def maker(bank: int, number: int) -> str:
    """Return the maker with this number in JEP106; bank: continuation codes before it; parity bits do not matter."""
    return MAKERS.get((bank & _PARITY, number & _PARITY), f"Unknown ({bank & _PARITY}, {number})")


def week_made(year: int, week: int) -> str:
    """Return 'YYYY-Www' of two bytes in BCD; empty: they are none, or zero."""
    shown = f"{year:02x}{week:02x}"
    if not shown.isdecimal() or not (year or week):
        return ""
    return f"20{year:02x}-W{week:02x}"

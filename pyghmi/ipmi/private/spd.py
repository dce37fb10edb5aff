# SPDX-License-Identifier: Apache-2.0
"""Memory modules under their long-standing names."""
from __future__ import annotations

from typing import Any, Union

from pyghmi.ipmi.domains.spd import maker, parse_spd, week_made
from pyghmi.ipmi.facade.fru_dicts import spd_info, speed_from_rate
from pyghmi.ipmi.spec.spd import MEMORY_TYPES, MODULE_TYPES, MemoryType

__all__ = ["SPD", "decode_manufacturer", "decode_spd_date", "memory_types", "module_types", "speed_from_clock"]

memory_types = {int(number): name for number, name in MEMORY_TYPES.items()}
module_types = {number: name for number, name in MODULE_TYPES[MemoryType.DDR3].items() if number < 7}


def decode_manufacturer(index: int, mfg: int) -> str:
    """Return a maker; index: continuation codes before the number, mfg: the number, as bytes of JEP106."""
    return maker(index, mfg)


def decode_spd_date(year: int, week: int) -> str:
    """Return 'YYYY-Www' of two bytes in BCD, 'Unknown' where they say nothing."""
    return week_made(year, week) or "Unknown"


def speed_from_clock(clock: float) -> Union[int, str]:
    """Return the speed class of a module with so many MT/s, rounded down to 100."""
    return speed_from_rate(clock) if clock else 0


class SPD:
    """A memory module.  info: {'memory_type', 'speed', 'module_type', 'capacity_mb', ...}; rawdata: all its bytes."""

    def __init__(self, bytedata: Any) -> None:
        self.rawdata = bytearray(bytedata)
        self.info: dict[str, Any] = spd_info(parse_spd(self.rawdata))

# SPDX-License-Identifier: Apache-2.0
"""Inventory under its long-standing names."""
from __future__ import annotations

from typing import Any

from pyghmi.exceptions import BmcErrorException
from pyghmi.ipmi.domains.fru import FruInventory
from pyghmi.ipmi.domains.fru_image import parse_image
from pyghmi.ipmi.facade.fru_dicts import date_text, fru_info
from pyghmi.ipmi.spec.fru import CHASSIS_TYPES, EPOCH
from pyghmi.ipmi.wire.numbers import number
from pyghmi.ipmi.wire.text import decode_six_bit

__all__ = ["FRU", "decode_fru_date", "enclosure_types", "fruepoch", "unpack6bitascii"]

enclosure_types = dict(CHASSIS_TYPES)
fruepoch = EPOCH
_UNREADABLE = {
    "chassis": "Invalid/Unsupported chassis area",
    "board": "Invalid/Unsupported board info area",
    "product": "Invalid/Unsupported product area",
}


def decode_fru_date(datebytes: bytes) -> str | None:
    """Return 'YYYY-MM-DDTHH:MM' (UTC) of three bytes; None: unspecified."""
    return date_text(number(bytes(datebytes[:3])))


def unpack6bitascii(inputdata: bytes) -> str:
    """Return the text of packed 6-bit ASCII, whatever its length."""
    return decode_six_bit(bytes(inputdata))


class FRU:
    """A FRU, from its bytes or from a BMC.

    rawdata: the memory; ipmicmd: a `Command`, and fruid the number to ask it for; sdr: the record of the FRU.

    info: what it says, {}: it is no inventory, None: it is not there; rawfru: the memory as it was given or read;
    databytes: the same as a bytearray.  Raises TypeError without rawdata and ipmicmd, BmcErrorException for an area of
    an unknown format, IpmiException.
    """

    def __init__(self, rawdata: Any = None, ipmicmd: Any = None, fruid: int = 0, sdr: Any = None) -> None:
        self.rawfru = rawdata
        self.databytes: bytearray | None = None
        self.info: dict[str, Any] | None = None
        self.sdr = sdr
        if rawdata is None:
            if ipmicmd is None:
                raise TypeError("Either rawdata or ipmicmd must be specified")
            self.rawfru = _read(ipmicmd, fruid)
        if self.rawfru is not None:
            self.databytes = bytearray(self.rawfru)
            self.parsedata()

    def parsedata(self) -> None:
        """Read the bytes anew into `info`."""
        image = parse_image(self.databytes or b"")
        for area in image.unsupported:
            raise BmcErrorException(_UNREADABLE[area])
        self.info = fru_info(image)


def _read(ipmicmd: Any, fruid: int) -> bytearray | None:
    found = FruInventory(ipmicmd._call(), ipmicmd._learned).read(fruid, whole=True)
    return None if found is None else bytearray(found)

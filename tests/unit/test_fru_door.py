# SPDX-License-Identifier: Apache-2.0
"""The long-standing door to inventory: `pyghmi.ipmi.fru`."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyghmi.exceptions import BmcErrorException, CompletionCodeError
from pyghmi.ipmi import fru
from pyghmi.ipmi.domains.bounded import Bounded
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.wire.numbers import zero_checksum
from pyghmi.sim.fru import FruPart, board_area, chassis_area, demo_images, make_image, product_area

VECTORS = Path(__file__).parents[1] / "vectors" / "fru"


class Bmc:
    """What `FRU` needs of a `Command`."""

    def __init__(self, code: int | None = None) -> None:
        self.table = FruPart().commands()
        self.code = code
        self._learned = Learned()

    def _call(self) -> Bounded:
        return Bounded(self, 1e9)

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **_more: Any) -> tuple[int, bytes]:
        return self.table[netfn, cmd](data) if self.code is None else (self.code, b"")

    def request(self, req: Any, **more: Any) -> Any:
        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), **more))

    def wait(self, seconds: float) -> None:
        del seconds

    def now(self) -> float:
        return 0.0


def test_a_real_image() -> None:
    """As the long-standing library gives it."""
    raw = (VECTORS / "quanta_d51-fru00.bin").read_bytes()
    found = fru.FRU(rawdata=raw)
    assert found.info == {
        "Chassis type": "Rack Mount Chassis", "Chassis part number": None, "Chassis serial number": "QTFCJ052806D1",
        "chassis_extra": [], "Board manufacture date": "2015-07-13T14:29", "Board manufacturer": "Quanta Computer Inc",
        "Board product name": "S2B-MB (dual 1G LoM)", "Board serial number": "QTF3J052600356",
        "Board model": "31S2BMB0030", "Board FRU Id": "1.4",
        "board_extra": ["100-564-554-002", "ARWSC155100003", "00"], "Manufacturer": "Quanta Computer Inc",
        "Product name": "D51B-2U (dual 1G LoM)", "Model": "1S2BZZZ000N", "Hardware Version": None,
        "Serial Number": "QTFCJ052806D1", "Asset Number": None, "FRU ID": "1.4", "product_extra": [],
    }
    assert list(found.info)[:5] == [
        "Chassis type", "Chassis part number", "Chassis serial number", "chassis_extra", "Board manufacture date",
    ]
    assert found.rawfru is raw and found.databytes == bytearray(raw) and found.sdr is None


def test_values_of_fields() -> None:
    """Text, binary, empty, nothing but spaces."""
    def info(name: str) -> dict[str, Any]:
        found = fru.FRU(rawdata=bytearray((VECTORS / f"{name}.bin").read_bytes())).info
        assert found is not None
        return found

    binary = info("dell_r640-fru00")["Board FRU Id"]
    assert binary == bytearray(b"\0") and isinstance(binary, bytearray)
    assert info("dell_r730-fru00")["Model"] == "" and info("dell_r730-fru00")["FRU ID"] is None
    assert info("dell_r730-fru00")["Board FRU Id"] == "05"
    assert info("mtca-dwc8vm1-hf")["product_extra"] == [None]
    assert info("mtca-adrv9375-n")["board_extra"][1] == bytearray(b"\x0108-045800")


def test_errors() -> None:
    with pytest.raises(TypeError, match="Either rawdata or ipmicmd must be specified"):
        fru.FRU()
    parts = {"chassis": chassis_area(1, "P", "S"), "board": board_area(900, ["B"] * 5), "product": product_area(["P"] * 7)}
    for area, text in (
        ("chassis", "Invalid/Unsupported chassis area"),
        ("board", "Invalid/Unsupported board info area"),
        ("product", "Invalid/Unsupported product area"),
    ):
        odd = b"\2" + parts[area][1:-1]
        image = make_image({**parts, area: odd + bytes((zero_checksum(odd),))})
        with pytest.raises(BmcErrorException) as caught:
            fru.FRU(rawdata=image)
        assert str(caught.value) == text


@pytest.mark.parametrize("data", [b"", b"\2" * 64, b"\xff" * 256, b"\0" * 256, b"\1\0\0\0\0\0\0\xff"])
def test_no_inventory_is_empty(data: bytes) -> None:
    assert fru.FRU(rawdata=data).info == {}


def test_from_a_bmc() -> None:
    found = fru.FRU(ipmicmd=Bmc(), fruid=0, sdr="record")
    assert found.rawfru == demo_images()[0] and found.sdr == "record"
    assert found.info is not None and found.info["Product name"] == "Rack Server R1"
    assert found.info["Board manufacture date"] == "2024-03-05T10:30"
    module = fru.FRU(ipmicmd=Bmc(), fruid=2).info
    assert module is not None and module["memory_type"] == "DDR4 SDRAM"
    missing = fru.FRU(ipmicmd=Bmc(), fruid=7)
    assert missing.info is missing.rawfru is missing.databytes is None
    for code in (0x81, 0xC3, 0xC9, 0xCB):
        assert fru.FRU(ipmicmd=Bmc(code)).info is None
    with pytest.raises(CompletionCodeError):
        fru.FRU(ipmicmd=Bmc(0xD4))


def test_small_functions() -> None:
    assert fru.fruepoch == 820454400
    assert fru.enclosure_types[0x17] == "Rack Mount Chassis" and fru.enclosure_types[0x1D] == "Blade Enclosure"
    assert fru.decode_fru_date(bytearray(b"\x10\x20\x30")) == "2001-12-30T05:36"
    assert fru.decode_fru_date(b"\0\0\0") is fru.decode_fru_date(b"\xff\xff\xff") is None
    assert fru.decode_fru_date(b"\x1f\x03\0") is None and fru.decode_fru_date(b"\x20\x03\0") == "1996-01-01T13:20"
    assert fru.unpack6bitascii(bytearray(b"\x29\xdc\xa6")) == "IPMI" and fru.unpack6bitascii(b"\x29\xdc") == "IP"


def test_an_unknown_chassis_type_has_no_key() -> None:
    info = fru.FRU(rawdata=make_image({"chassis": chassis_area(0x70, "P", "S")})).info
    assert info == {"Chassis part number": "P", "Chassis serial number": "S", "chassis_extra": []}

# SPDX-License-Identifier: Apache-2.0
"""The FRU memories of a simulated server, and how such contents are made.  IPMI 2.0 §34; FRU Storage Definition §8."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.domains.fru_fields import write_field
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_LENGTH, NOT_PRESENT, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.fru import (
    BLOCK,
    END_OF_FIELDS,
    FORMAT_VERSION,
    CombinedVoltage,
    CommonHeader,
    DcOutput,
    PowerSupply,
    RecordHeader,
    RecordType,
)
from pyghmi.ipmi.spec.storage import FruAreaInfo, FruData, FruWritten, GetFruAreaInfo, ReadFruData, WriteFruData
from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.numbers import words, zero_checksum

if TYPE_CHECKING:
    from pyghmi.sim.parts import Answer, Reply

_CANNOT_RETURN = 0xCA
_WRITE_PROTECTED = 0x80
_SIZE = 512
_RACK_MOUNT = 0x17
_MADE = 14_819_670
"""2024-03-05 10:30."""


class FruPart:
    """Keep FRU memories and answer for them.

    images: FRU id -> content; by_words: ids of memories that count in words; read_limit, write_limit: bytes that are
    given or taken at once, None: as many as fit into a message; write_protected: nothing can be written.
    """

    def __init__(
        self,
        images: Mapping[int, bytes] | None = None,
        *,
        by_words: Sequence[int] = (),
        read_limit: int | None = None,
        write_limit: int | None = None,
        write_protected: bool = False,
    ) -> None:
        contents = demo_images() if images is None else images
        self.images = {fru_id: bytearray(image) for fru_id, image in contents.items()}
        self._by_words = frozenset(by_words)
        self.read_limit = read_limit
        self.write_limit = write_limit
        self.write_protected = write_protected

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return what this part answers."""
        return {
            (GetFruAreaInfo.netfn, GetFruAreaInfo.cmd): self._info,
            (ReadFruData.netfn, ReadFruData.cmd): self._read,
            (WriteFruData.netfn, WriteFruData.cmd): self._write,
        }

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {str(fru_id): bytes(image).hex() for fru_id, image in self.images.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Hold what `state` says."""
        self.images = {int(fru_id): bytearray.fromhex(image) for fru_id, image in state.items()}

    def _unit(self, fru_id: int) -> int:
        return 2 if fru_id in self._by_words else 1

    def _info(self, data: bytes) -> Reply:
        fru_id = exact(GetFruAreaInfo, data).fru_id
        image = self.images.get(fru_id)
        if image is None:
            return NOT_PRESENT, b""
        return OK, FruAreaInfo(size=len(image), by_words=fru_id in self._by_words).encode()

    def _read(self, data: bytes) -> Reply:
        asked = exact(ReadFruData, data)
        image, unit = self.images.get(asked.fru_id), self._unit(asked.fru_id)
        if image is None:
            return NOT_PRESENT, b""
        start, count = asked.offset * unit, asked.count * unit
        if start >= len(image):
            return OUT_OF_RANGE, b""
        if self.read_limit is not None and count > self.read_limit:
            return _CANNOT_RETURN, b""
        found = bytes(image[start : start + count])
        return OK, FruData(count=len(found) // unit, data=found).encode()

    def _write(self, data: bytes) -> Reply:
        asked = WriteFruData.decode(data)
        image, unit = self.images.get(asked.fru_id), self._unit(asked.fru_id)
        if image is None:
            return NOT_PRESENT, b""
        if self.write_protected:
            return _WRITE_PROTECTED, b""
        start, end = asked.offset * unit, asked.offset * unit + len(asked.data)
        if end > len(image):
            return OUT_OF_RANGE, b""
        if len(asked.data) % unit or (self.write_limit is not None and len(asked.data) > self.write_limit):
            return INVALID_LENGTH, b""
        image[start:end] = asked.data
        return OK, FruWritten(count=len(asked.data) // unit).encode()


# --- making contents


def make_area(head: bytes, fields: Sequence[str], custom: Sequence[str] = ()) -> bytes:
    """Return an area: head (what follows the length), fields in English, end mark, filling, checksum."""
    content = b"".join(write_field(text, 0) for text in (*fields, *custom))
    data = bytes((FORMAT_VERSION, 0)) + head + content + bytes((END_OF_FIELDS,))
    size = -(-(len(data) + 1) // BLOCK) * BLOCK
    data = (data[:1] + bytes((size // BLOCK,)) + data[2:]).ljust(size - 1, b"\0")
    return data + bytes((zero_checksum(data),))


def chassis_area(kind: int, part_number: str, serial: str, *custom: str) -> bytes:
    """Return a chassis area."""
    return make_area(bytes((kind,)), (part_number, serial), custom)


def board_area(minutes: int, fields: Sequence[str], custom: Sequence[str] = ()) -> bytes:
    """Return a board area.  fields: manufacturer, product name, serial, part number, file id."""
    return make_area(b"\0" + words(minutes, 3), fields, custom)


def product_area(fields: Sequence[str], custom: Sequence[str] = ()) -> bytes:
    """Return a product area.  fields: manufacturer, name, part number, version, serial, asset tag, file id."""
    return make_area(b"\0", fields, custom)


def record_list(*records: tuple[int, Message]) -> bytes:
    """Return a multirecord area of (type, content)."""
    found = b""
    for at, (kind, content) in enumerate(records):
        data = content.encode()
        header = RecordHeader(
            type=kind, end_of_list=at == len(records) - 1, length=len(data), record_checksum=zero_checksum(data)
        ).encode()[:-1]
        found += header + bytes((zero_checksum(header),)) + data
    return found


def make_image(areas: Mapping[str, bytes], size: int = _SIZE) -> bytes:
    """Return a memory.  areas: 'internal_use', 'chassis', 'board', 'product', 'multirecord', in the order they come."""
    offsets: dict[str, int] = {}
    content, at = b"", BLOCK
    for name, area in areas.items():
        offsets[name] = at // BLOCK
        content += area.ljust(-(-len(area) // BLOCK) * BLOCK, b"\0")
        at = BLOCK + len(content)
    header = CommonHeader(**offsets).encode()[: BLOCK - 1]
    return (header + bytes((zero_checksum(header),)) + content).ljust(size, b"\0")


# --- the demo


def demo_images() -> dict[int, bytes]:
    """Return the FRUs of the simulated server: 0 the machine, 1 a power supply, 2 a memory module."""
    return {0: _machine(), 1: power_supply(), 2: _memory_module()}


def _machine() -> bytes:
    board = ("Example Computers", "R1-MB", "MB00123456", "R1-MB-A02", "FRU 1.3")
    product = ("Example Computers", "Rack Server R1", "R1-2U", "A02", "SN00R100042", "rack 7, unit 12", "FRU 1.3")
    areas = {
        "chassis": chassis_area(_RACK_MOUNT, "R1-CH-2U", "CH00123456"),
        "board": board_area(_MADE, board, ("LAN 02:00:00:5e:00:01",)),
        "product": product_area(product),
    }
    return make_image(areas)


def power_supply(serial: str = "PS00004711") -> bytes:
    """Return what a power supply of 800 W says of itself."""
    supply = PowerSupply(
        capacity_w=800,
        peak_va=900,
        inrush_a=35,
        inrush_ms=10,
        low_input_1=10_000,
        high_input_1=12_700,
        low_input_2=20_000,
        high_input_2=24_000,
        low_frequency_hz=47,
        high_frequency_hz=63,
        dropout_ms=12,
        two_pulses=True,
        hot_swap=True,
        autoswitch=True,
        power_factor_correction=True,
        predictive_fail=False,
        peak_capacity_w=850,
        hold_up_s=1,
        combined_voltage_1=CombinedVoltage.V12,
        combined_voltage_2=CombinedVoltage.V12,
        combined_w=0,
        tach_threshold_rps=0,
    )
    output = DcOutput(
        standby=False,
        output=1,
        nominal=1200,
        max_negative=1140,
        max_positive=1260,
        ripple_mv=120,
        min_current=0,
        max_current=62_000,
    )
    areas = {
        "board": board_area(14_500_800, ("Example Power", "PS-800", serial.replace("PS", "PB"), "PS-800-B1", "")),
        "product": product_area(("Example Power", "PS-800 800 W", "PS-800-01", "B1", serial, "", "")),
        "multirecord": record_list((RecordType.POWER_SUPPLY, supply), (RecordType.DC_OUTPUT, output)),
    }
    return make_image(areas, 256)


def _memory_module() -> bytes:
    """Return what a DDR4-2666 RDIMM of 16 GB says of itself.  JEDEC 21-C annex L."""
    spd = bytearray(_SIZE)
    head = {0: 0x23, 1: 0x11, 2: 0x0C, 3: 0x01, 4: 0x85, 5: 0x21, 12: 0x09, 13: 0x0B, 18: 0x06, 125: 0x00}
    for at, value in head.items():
        spd[at] = value
    spd[320:329] = bytes.fromhex("80ce 01 2127 12345678")
    spd[329:349] = b"M16G4R2666".ljust(20)
    return bytes(spd)

# SPDX-License-Identifier: Apache-2.0
"""Section F, first half: how FRU memories are served."""
from __future__ import annotations

from pyghmi.ipmi.domains.fru_image import FruKind, kind_of
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.codes import INVALID_LENGTH, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.storage import FruAreaInfo, FruData, GetFruAreaInfo, ReadFruData, WriteFruData
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.fru_images import PLACES, edit, part_of, reheaded
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession, Real
from pyghmi.sim.quirks.table import quirk

STORAGE = GetFruAreaInfo.netfn
INFO, READ, WRITE = GetFruAreaInfo.cmd, ReadFruData.cmd, WriteFruData.cmd
_COUNT_AT, _DATA_AT = 3, 3
_BUSY, _PROTECTED = 0x81, 0x80
_CLAIMED, _LARGE, _BLOCK = 4096, 8192, 8
_EMPTY_FROM, _SHORT, _MOST_READ, _LAST_ANSWERED, _MOST_WRITTEN = 128, 7, 20, 32, 8
_NOT_IN, _USED_BYTES, _BUSY_TIMES = 1, 512, 2


def _asked(odd: Misbehaviour, data: bytes) -> tuple[int, int, int, int]:
    """Return (FRU id, first byte, count of bytes, bytes in a unit) of a Read FRU Data; count 0 where it is none."""
    if len(data) <= _COUNT_AT:
        return 0, 0, 0, 1
    unit = part_of(odd)._unit(data[0])
    return data[0], (data[1] + data[2] * 256) * unit, data[_COUNT_AT] * unit, unit


@quirk(
    "F02",
    "FRU 1 is not in its place, which this code tells",
    **{code: f"code {code.upper()}h" for code in ("81", "c3", "c9", "cb", "cc", "ce", "d3", "ff")},
)
def _absent(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        is_absent = bool(data) and (data[0] == _NOT_IN or data[0] not in part_of(odd).images)
        return (int(variant, 16), b"") if is_absent else real(data)

    for cmd in (INFO, READ, WRITE):
        odd.knob(STORAGE, cmd, knob)


@quirk(
    "F03",
    "a read of more than 20 bytes is refused",
    **{code: f"with {code.upper()}h" for code in ("c7", "c8", "ca", "c3", "ff")},
    silence="of more than 32 bytes is not answered",
)
def _too_long(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply | None:
        count = _asked(odd, data)[2]
        if variant == "silence":
            return None if count > _LAST_ANSWERED else real(data)
        return (int(variant, 16), b"") if count > _MOST_READ else real(data)

    odd.knob(STORAGE, READ, knob)


@quirk(
    "F04",
    "a read gives something else than was asked for",
    zero="nothing from byte 128 on, and says that all is well",
    short="seven bytes at most",
    count="its count is FFh",
)
def _other_count(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        _fru_id, start, count, unit = _asked(odd, data)
        if not count:
            return real(data)
        if variant == "count":
            code, found = real(data)
            return code, found if code else b"\xff" + found[1:]
        most = _SHORT if variant == "short" else _EMPTY_FROM - start
        if most <= 0:
            return OK, b"\0"
        return real(data[:_COUNT_AT] + bytes((min(count, most) // unit or 1,)) + data[_COUNT_AT + 1 :])

    odd.knob(STORAGE, READ, knob)


@quirk(
    "F05",
    "the size of a FRU is wrong",
    large="4096 bytes, and FFh comes behind the end",
    refused="4096 bytes, and reads past the end are refused",
    small="half of it",
)
def _other_size(odd: Misbehaviour, variant: str) -> None:
    def info(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code:
            return code, found
        told = FruAreaInfo.decode(found)
        told.size = told.size // 2 if variant == "small" else max(_CLAIMED, told.size)
        return code, told.encode()

    def read(data: bytes, real: Real) -> Reply:
        fru_id, start, count, unit = _asked(odd, data)
        image = part_of(odd).images.get(fru_id, b"")
        missing = min(start + count - len(image), count)
        if not image or missing <= 0:
            return real(data)
        if variant == "refused":
            return OUT_OF_RANGE, b""
        code, found = (OK, b"\0") if start >= len(image) else real(data)
        if code or len(found) - 1 < count - missing:
            return code, found
        content = found[1:] + b"\xff" * missing
        return OK, FruData(count=len(content) // unit, data=content).encode()

    odd.knob(STORAGE, INFO, info)
    if variant != "small":
        odd.knob(STORAGE, READ, read)


@quirk("F06", "FRU memories count in words")
def _by_words(odd: Misbehaviour, _variant: str) -> None:
    part = part_of(odd)
    part._by_words = frozenset(part.images)


@quirk("F18", "FRU 0 has 8 kB, and each read takes a while", number="seconds", default="0.05")
def _large(odd: Misbehaviour, variant: str) -> None:
    def change(fru_id: int, image: bytearray) -> bytes | bytearray:
        if fru_id or len(image) >= _LARGE or kind_of(bytes(image)) is not FruKind.FRU:
            return image
        begin = -(-max(len(image), _USED_BYTES) // _BLOCK) * _BLOCK
        image += bytes(begin - len(image)) + b"\x01" + b"\x5a" * (_LARGE - begin - 1)
        return reheaded(image, "internal_use", begin // _BLOCK)

    def slow(_session: OddSession, request: ipmb.Request, message: bytes) -> list[tuple[float, bytes]]:
        return [(float(variant) if request[:2] == (STORAGE, READ) else 0.0, message)]

    edit(odd, PLACES, change)
    odd.messages.append(slow)


@quirk(
    "F19",
    "FRU memories do not take what is written as it comes",
    long="more than 8 bytes at once are refused (C7h)",
    protected="they are write-protected (80h)",
    busy="each write is refused twice (81h)",
)
def _writes(odd: Misbehaviour, variant: str) -> None:
    refused = [0]

    def knob(data: bytes, real: Real) -> Reply:
        if variant == "protected":
            return _PROTECTED, b""
        if variant == "long":
            return (INVALID_LENGTH, b"") if len(data) - _DATA_AT > _MOST_WRITTEN else real(data)
        refused[0] = (refused[0] + 1) % (_BUSY_TIMES + 1)
        return (_BUSY, b"") if refused[0] else real(data)

    odd.knob(STORAGE, WRITE, knob)

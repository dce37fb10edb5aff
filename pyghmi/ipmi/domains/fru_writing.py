# SPDX-License-Identifier: Apache-2.0
"""Write to a FRU memory: only what differs, in small pieces, read back at the end.  IPMI 2.0 §34.3."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, InventoryNotWritten, SessionError, TimedOut
from pyghmi.ipmi.domains.fru_device import BUSY
from pyghmi.ipmi.domains.fru_reading import FruReading
from pyghmi.ipmi.domains.requester import answer_of, completion_error
from pyghmi.ipmi.spec.codes import INVALID_LENGTH, OK, OUT_OF_RANGE, UNSPECIFIED
from pyghmi.ipmi.spec.storage import WriteFruData

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.fru_device import FruDevice
    from pyghmi.ipmi.domains.learned import Learned

_PAGE = 16
"""Bytes written at once, at multiples of it: memories have pages of a multiple of this, and many wrap inside one."""
_TOO_LONG = frozenset((0xC6, INVALID_LENGTH, 0xC8, OUT_OF_RANGE, 0xCA, UNSPECIFIED))
_BUSY_TRIES = 10


class FruWriting:
    """Bring one device from one content to another."""

    def __init__(self, device: FruDevice, learned: Learned) -> None:
        self._device = device
        self._learned = learned

    def change(self, old: bytes, new: bytes) -> None:
        """Write what differs, and look whether it is there.

        old: the whole content.  Raises InvalidParameterValue, before anything is written, for half a word;
        InventoryNotWritten, which carries the old content, after an attempt to bring that back.
        """
        end = len(new) - len(new) % self._device.unit
        if new[end:] != old[end:]:
            raise InvalidParameterValue(f"Byte {end} of this FRU cannot be written: it is half of a word")
        touched: list[tuple[int, bytes]] = []
        try:
            self._write_differences(old[:end], new[:end], touched)
            if self._read_back(len(new)) != new:
                raise InventoryNotWritten("The FRU does not hold what was written to it", old)
        except (CompletionCodeError, SessionError, InventoryNotWritten) as error:
            raise self._undone(error, old, touched) from error

    def _write_differences(self, old: bytes, new: bytes, touched: list[tuple[int, bytes]]) -> None:
        for start in range(0, len(new), _PAGE):
            end = min(start + _PAGE, len(new))
            if old[start:end] != new[start:end]:
                touched.append((start, old[start:end]))
                self._write(start, new[start:end])

    def _undone(self, error: Exception, old: bytes, touched: list[tuple[int, bytes]]) -> InventoryNotWritten:
        """Write back what was there, and return the error that says how that went."""
        code = getattr(error, "code", 0)
        text = getattr(error, "text", None) or str(error)
        try:
            restored = self._read_back(len(old)) == old
            if not restored:
                self._write_back(touched)
                restored = self._read_back(len(old)) == old
        except (CompletionCodeError, SessionError):
            restored = False
        return InventoryNotWritten(text, old, code=code, restored=restored)

    def _write_back(self, touched: list[tuple[int, bytes]]) -> None:
        """Write what was there, each piece even where another is refused; the one that failed comes last.

        Raises SessionError.
        """
        for start, data in touched:
            try:
                self._write(start, data)
            except CompletionCodeError:
                continue
            except TimedOut:
                return

    def _read_back(self, size: int) -> bytes:
        return FruReading(self._device).read_all()[:size]

    def _write(self, start: int, data: bytes) -> None:
        """Write a piece, in smaller ones where the BMC wants them.  Raises CompletionCodeError, SessionError."""
        unit = self._device.unit
        at = 0
        while at < len(data):
            size = min(self._whole_units(self._learned.fru_write_size or _PAGE) or unit, len(data) - at)
            code, written = self._write_once(start + at, data[at : at + size])
            if code == OK:
                at += written
            elif code in _TOO_LONG and size > unit:
                self._learned.fru_write_size = self._whole_units(size // 2) or unit
            else:
                raise completion_error(WriteFruData.netfn, WriteFruData.cmd, code)

    def _whole_units(self, size: int) -> int:
        return size - size % self._device.unit

    def _write_once(self, start: int, data: bytes) -> tuple[int, int]:
        """Return (completion code, bytes written); waits while the device is busy."""
        unit = self._device.unit
        request = WriteFruData(fru_id=self._device.fru_id, offset=start // unit, data=data)
        for _again in range(_BUSY_TRIES):
            code, answer = self._device.exchange(request.cmd, request.encode(), None)
            if code != BUSY:
                break
            self._device.pause()
        if code != OK:
            return code, 0
        told = (answer_of(request, code, answer).count or 0) * unit
        return code, told if 0 < told < len(data) else len(data)

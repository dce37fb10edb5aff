# SPDX-License-Identifier: Apache-2.0
"""Read a FRU memory: its header, and what that points to.  IPMI 2.0 §34.2; FRU Storage Definition 1.0 r1.3 §8."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.domains.fru_image import FruKind, end_before_next, kind_of, starts_of
from pyghmi.ipmi.domains.fru_records import read_records
from pyghmi.ipmi.spec.fru import AREA_FIELDS, AREA_HEAD_BYTES, BLOCK, HEADER_BYTES, CommonHeader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyghmi.ipmi.domains.fru_device import FruDevice

_SPD_BYTES = 1024
"""What is read of a memory that holds something else: the longest of the descriptions of memory modules."""
_LIMIT = 0x10000


class FruReading:
    """What has been read of one device.  `raw` is all up to the last byte that came; what was not read is 00h."""

    def __init__(self, device: FruDevice) -> None:
        self._device = device
        self._held = bytearray(device.size)
        self._have = bytearray(device.size)
        self._end = _LIMIT
        """The device gives nothing from here on."""

    @property
    def raw(self) -> bytes:
        """The memory as far as it was read."""
        return bytes(self._held[: self._have.rfind(1) + 1])

    def read_all(self) -> bytes:
        """Return all that the device has."""
        self._fetch(0, self._device.size)
        return self.raw

    def read_used(self) -> bytes:
        """Return header and areas, but for internal use; of other contents the beginning."""
        self._fetch(0, min(HEADER_BYTES, self._device.size))
        kind = kind_of(self.raw)
        if kind is FruKind.OTHER:
            self._fetch(0, min(_SPD_BYTES, self._device.size))
        elif kind is FruKind.FRU:
            while self._fetch_one():
                continue
        return self.raw

    def _fetch_one(self) -> bool:
        """Fetch the first thing that is missing; False: nothing is.  Each time there is less that can be missing."""
        for start, end in self._needed():
            missing = self._missing(start, end)
            if missing is not None:
                self._fetch(missing, end)
                return True
        return False

    def _needed(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of all that the header points to, as far as is known by now.

        What is for internal use can be long, and tells nothing.
        """
        image, size = bytes(self._held), self._device.size
        starts = starts_of(CommonHeader.decode(image[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0")))
        for name, start in sorted(starts.items(), key=lambda item: item[1]):
            after = max(end_before_next(starts, start, size), start)
            if name in AREA_FIELDS:
                yield start, start + AREA_HEAD_BYTES
                blocks = image[start + 1] if start + 1 < len(image) else 0
                yield start, start + blocks * BLOCK if blocks else after
            elif name == "multirecord":
                yield start, read_records(image[: self._end], start).needs

    def _missing(self, start: int, end: int) -> int | None:
        """Return the first offset in a range that was not read and can be read."""
        end = min(end, self._end)
        if start >= end:
            return None
        found = self._have.find(0, start, min(end, len(self._have)))
        if found >= 0:
            return found
        return max(start, len(self._have)) if end > len(self._have) else None

    def _fetch(self, start: int, end: int) -> None:
        """Read a range, and in the same requests what follows it, inside the memory."""
        limit = max(end, self._device.size)
        while True:
            at = self._missing(start, end)
            if at is None:
                return
            at -= at % self._device.unit
            got = self._device.read_some(at, limit)
            if not self._keep(at, got[: self._end - at]):
                self._end = at
                return

    def _keep(self, at: int, data: bytes) -> bool:
        """Keep what came; False: none of it is new."""
        end = at + len(data)
        if end > len(self._held):
            more = bytes(end - len(self._held))
            self._held += more
            self._have += more
        new = self._have.count(0, at, end)
        self._held[at:end] = data
        self._have[at:end] = b"\1" * len(data)
        return new > 0

# SPDX-License-Identifier: Apache-2.0
"""The records of a simulated machine, as they are asked for: a repository, or those of a device.  IPMI 2.0 §33, §35."""
from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import NOT_PRESENT, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.sensor import DeviceSdrInfo, GetDeviceSdr, GetDeviceSdrInfo
from pyghmi.ipmi.spec.storage import (
    FIRST_RECORD,
    LAST_RECORD,
    WHOLE,
    AllocationInfo,
    GetSdr,
    RepositoryInfo,
    Reservation,
    SdrData,
    Time,
)
from pyghmi.sim.parts import Answer, Reply

if TYPE_CHECKING:
    from pyghmi.sim.sensorstate import SensorState

Key = tuple[int, int]
"""(LUN, number)."""

_RESERVATION_LOST, _TOO_MANY_BYTES = 0xC5, 0xCA
_BEGAN = 0x65000000
"""When the records were made: November 2023."""


class RecordServer:
    """Give records.  device_sdrs: as device SDRs too; repository: as a repository.

    records: to be changed by tests; sensors: what they describe; added, erased: the times of the last changes; time:
    what the clock of the repository shows.
    """

    def __init__(self, records: Sequence[bytes], *, device_sdrs: bool, repository: bool) -> None:
        self.records = list(records)
        self._device_sdrs, self._repository = device_sdrs, repository
        self.added, self.erased = _BEGAN, _BEGAN
        self.time: Callable[[], float] = time
        self.reservation = 0
        self.sensors: dict[Key, SensorState] = {}

    def record_commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        found: dict[tuple[int, int], Answer] = {}
        if self._device_sdrs:
            found[0x04, 0x20] = self._device_info
            found[0x04, 0x21] = lambda data: self._record(exact(GetDeviceSdr, data))
            found[0x04, 0x22] = self._reserve
        if self._repository:
            found[0x0A, 0x20] = self._info
            found[0x0A, 0x21] = self._allocation
            found[0x0A, 0x22] = self._reserve
            found[0x0A, 0x23] = lambda data: self._record(exact(GetSdr, data))
            found[0x0A, 0x28] = lambda _data: (OK, Time(time=int(self.time()) % 2**32).encode())
        return found

    def _info(self, _data: bytes) -> Reply:
        answer = RepositoryInfo(
            version=0x51,
            records=len(self.records),
            free=0x1000,
            last_add=self.added,
            last_erase=self.erased,
            overflow=False,
            update_mode=0,
            delete=False,
            partial_add=False,
            reserve=True,
            allocation_info=True,
        )
        return OK, answer.encode()

    def _allocation(self, _data: bytes) -> Reply:
        return OK, AllocationInfo(units=256, unit_bytes=64, free_units=64, largest_free=64, largest_record=1).encode()

    def _device_info(self, data: bytes) -> Reply:
        asked = exact(GetDeviceSdrInfo, data)
        luns = {lun for lun, _number in self.sensors}
        answer = DeviceSdrInfo(
            count=(len(self.records) if asked.count_records else len(self.sensors)) & 0xFF,
            dynamic=True,
            lun_3=3 in luns,
            lun_2=2 in luns,
            lun_1=1 in luns,
            lun_0=0 in luns,
            population_change=self.added,
        )
        return OK, answer.encode()

    def _reserve(self, _data: bytes) -> Reply:
        self.reservation = self.reservation % 0xFFFF + 1
        return OK, Reservation(reservation=self.reservation).encode()

    def changed(self) -> None:
        """Note that the records are others: reservations are void."""
        self.added += 1
        self.void_reservations()

    def void_reservations(self) -> None:
        """Have reservations void."""
        self.reservation = self.reservation % 0xFFFF + 1

    def _record(self, asked: GetSdr | GetDeviceSdr) -> Reply:
        if asked.reservation != self.reservation and (asked.reservation or asked.offset):
            return _RESERVATION_LOST, b""
        ids = [int.from_bytes(raw[:2], "little") for raw in self.records]
        if not ids:
            return NOT_PRESENT, b""
        wanted = {FIRST_RECORD: ids[0], LAST_RECORD: ids[-1]}.get(asked.record_id, asked.record_id)
        if wanted not in ids:
            return NOT_PRESENT, b""
        at = ids.index(wanted)
        raw = self.records[at]
        if asked.offset > len(raw):
            return OUT_OF_RANGE, b""
        if asked.size != WHOLE and asked.offset + asked.size > len(raw):
            return _TOO_MANY_BYTES, b""
        end = len(raw) if asked.size == WHOLE else asked.offset + asked.size
        next_id = ids[at + 1] if at + 1 < len(ids) else LAST_RECORD
        return OK, SdrData(next_id=next_id, data=raw[asked.offset : end]).encode()

# SPDX-License-Identifier: Apache-2.0
"""The event log of the simulated server.  IPMI 2.0 §31, §29.3."""
from __future__ import annotations

from collections.abc import Iterable
from time import time
from typing import Any, Callable

from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, NOT_PRESENT, OK
from pyghmi.ipmi.spec.sel import (
    FIRST_PLAIN_OEM,
    KERNEL_PANIC,
    SYSTEM_EVENT,
    DataUse,
    KernelPanicRecord,
    OemTimestampedRecord,
    PetAcknowledge,
    SelRecord,
    SystemEventRecord,
)
from pyghmi.ipmi.spec.sensor import PlatformEvent
from pyghmi.ipmi.spec.storage import (
    CLEAR_INITIATE,
    CLEAR_STATUS,
    FIRST_RECORD,
    LAST_RECORD,
    WHOLE,
    AddSelEntry,
    AllocationInfo,
    ClearSel,
    DeleteSelEntry,
    Erasure,
    GetSelEntry,
    RecordId,
    RepositoryInfo,
    Reservation,
    SelEntryData,
)
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.sel_clock import ERASING as _ERASING
from pyghmi.sim.sel_clock import SelClock

_BMC, _CONSOLE = 0x20, 0x81
_RECORD_BYTES = 16
_RESERVATION_CANCELED, _NO_SPACE, _CANNOT_RETURN, _RANGE = 0xC5, 0xC4, 0xCA, 0xC9
_NEVER = 0xFFFFFFFF
_MOST_FREE = 0xFFFF
_MOST_REMEMBERED = 100
_SEL_VERSION = 0x51
_CLEARED = (0x10, 0x61, 0x6F, "02 ff ff")
_DAY_S = 86_400


class SelPart:
    """Answer what is asked of the event log.

    entries: record ID -> 16 bytes, the oldest first; clock: see `SelClock`; capacity: entries; number: of the sensor
    that says that the log was cleared, None: one without a record; erase_polls: how often "still erasing" is answered
    after that; acknowledged: what came for traps; received: called with an event that somebody sent, from whom, and its
    record ID; acknowledge: with the data of PET Acknowledge.
    """

    def __init__(self, clock: Callable[[], float] = time, *, capacity: int = 512, demo: bool = True) -> None:
        self.clock = SelClock(clock, lambda: self._still_erasing > 0)
        self.capacity = capacity
        self.number: int | None = None
        self.erase_polls = 0
        self.entries: dict[int, bytes] = {}
        self.overflow = False
        self.acknowledged: list[bytes] = []
        self.received: Callable[[PlatformEvent, int, int | None], object] = lambda _event, _owner, _record_id: None
        self.acknowledge: Callable[[bytes], object] = lambda _data: None
        self.last_add = self.last_erase = _NEVER
        self._last_id = 0
        self._reservation = 0
        self._reserved = False
        self._still_erasing = 0
        if demo:
            self.write_demo_log()

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x04, 0x02): self._platform_event,
            (0x04, 0x17): self._acknowledge,
            (0x0A, 0x40): self._info,
            (0x0A, 0x41): self._allocation,
            (0x0A, 0x42): self._reserve,
            (0x0A, 0x43): self._get,
            (0x0A, 0x44): self._add,
            (0x0A, 0x46): self._delete,
            (0x0A, 0x47): self._clear,
            **self.clock.commands(),
        }

    # --- contents

    def hold(self, records: Iterable[bytes]) -> None:
        """Have these records, under the IDs in them; the next one comes behind the last."""
        self.entries = {int.from_bytes(record[:2], "little"): record for record in records}
        self._last_id = next(reversed(self.entries), 0)

    def append(self, record: bytes) -> int | None:
        """Write a record under the next ID, which is returned; None: the log is full."""
        if len(self.entries) >= self.capacity:
            self.overflow = True
            return None
        self._last_id = self._last_id % (LAST_RECORD - 1) + 1
        while self._last_id in self.entries:  # the IDs have begun anew, and old entries are still there
            self._last_id = self._last_id % (LAST_RECORD - 1) + 1
        self.entries[self._last_id] = self._last_id.to_bytes(2, "little") + record[2:]
        self.last_add = self.clock.now()
        self._reserved = False
        return self._last_id

    def event(
        self, sensor_type: int, number: int, event_type: int, data: bytes, *, ago_s: int = 0, owner: int = _BMC
    ) -> int | None:
        """Write a system event.  event_type: with bit 7 for a deassertion; ago_s: how long ago it was."""
        head = SystemEventRecord(
            record_id=0,
            type=SYSTEM_EVENT,
            timestamp=max(self.clock.now() - ago_s, 0),
            owner_id=owner,
            channel=0,
            owner_lun=0,
            sensor_type=sensor_type,
            number=number,
            deassertion=event_type >= 0x80,
            event_type=event_type % 0x80,
            data_2_use=DataUse.UNSPECIFIED,
            data_3_use=DataUse.UNSPECIFIED,
            offset=0,
            data_2=0,
            data_3=0,
        )
        return self.append(head.encode()[:13] + data)

    def write_demo_log(self) -> None:
        """Write what happened to the server in its last days."""
        for days, owner, (sensor_type, number, event_type, data) in _DEMO_EVENTS:
            self.event(sensor_type, number, event_type, bytes.fromhex(data), ago_s=int(days * _DAY_S), owner=owner)
        oem = OemTimestampedRecord(
            record_id=0, type=0xC0, timestamp=self.clock.now() - _DAY_S, manufacturer_id=MANUFACTURER_ID, data=b"DEMO01"
        )
        self.append(oem.encode())
        for sequence, text in enumerate((b"Fatal excep", b"tion in int")):
            panic = KernelPanicRecord(record_id=0, type=KERNEL_PANIC, address=_BMC, sequence=sequence, text=text)
            self.append(panic.encode())

    def bmc_started(self) -> None:
        """Forget reservations."""
        self._reserved = False

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "entries": {str(record_id): record.hex() for record_id, record in self.entries.items()},
            "last_id": self._last_id,
            "overflow": self.overflow,
            "last_add": self.last_add,
            "last_erase": self.last_erase,
            "ahead_s": self.clock.ahead_s,
            "utc_offset": self.clock.utc_offset,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.entries = {int(record_id): bytes.fromhex(record) for record_id, record in state["entries"].items()}
        self._last_id, self.overflow = state["last_id"], bool(state["overflow"])
        self.last_add, self.last_erase = state["last_add"], state["last_erase"]
        self.clock.ahead_s, self.clock.utc_offset = state["ahead_s"], state["utc_offset"]

    # --- about the log

    def _info(self, _data: bytes) -> Reply:
        answer = RepositoryInfo(
            version=_SEL_VERSION,
            records=len(self.entries),
            free=min((self.capacity - len(self.entries)) * _RECORD_BYTES, _MOST_FREE),
            last_add=self.last_add,
            last_erase=self.last_erase,
            overflow=self.overflow,
            update_mode=0,
            delete=True,
            partial_add=False,
            reserve=True,
            allocation_info=True,
        )
        return OK, answer.encode()

    def _allocation(self, _data: bytes) -> Reply:
        free = self.capacity - len(self.entries)
        answer = AllocationInfo(
            units=self.capacity, unit_bytes=_RECORD_BYTES, free_units=free, largest_free=free, largest_record=1
        )
        return OK, answer.encode()

    def _reserve(self, _data: bytes) -> Reply:
        if self._still_erasing:
            return _ERASING, b""
        self._reservation = self._reservation % LAST_RECORD + 1
        self._reserved = True
        return OK, Reservation(reservation=self._reservation).encode()

    def _holds(self, reservation: int) -> bool:
        return self._reserved and reservation == self._reservation

    def _find(self, record_id: int) -> tuple[int, int] | None:
        """Return the ID under which something is, and the next one."""
        ids = list(self.entries)
        if not ids:
            return None
        at = {FIRST_RECORD: 0, LAST_RECORD: len(ids) - 1}.get(record_id)
        if at is None:
            if record_id not in self.entries:
                return None
            at = ids.index(record_id)
        return ids[at], ids[at + 1] if at + 1 < len(ids) else LAST_RECORD

    # --- entries

    def _get(self, data: bytes) -> Reply:
        asked = exact(GetSelEntry, data)
        if self._still_erasing:
            return _ERASING, b""
        if (asked.reservation or asked.offset) and not self._holds(asked.reservation):
            return _RESERVATION_CANCELED, b""
        found = self._find(asked.record_id)
        if found is None:
            return NOT_PRESENT, b""
        if asked.offset >= _RECORD_BYTES:
            return _RANGE, b""
        left = _RECORD_BYTES - asked.offset
        if asked.size != WHOLE and asked.size > left:
            return _CANNOT_RETURN, b""
        size = left if asked.size == WHOLE else asked.size
        piece = self.entries[found[0]][asked.offset : asked.offset + size]
        return OK, SelEntryData(next_id=found[1], record=piece).encode()

    def _add(self, data: bytes) -> Reply:
        record = exact(AddSelEntry, data).record
        if SelRecord.decode(record).type < FIRST_PLAIN_OEM:
            record = record[:3] + self.clock.now().to_bytes(4, "little") + record[7:]
        record_id = self.append(record)
        return (_NO_SPACE, b"") if record_id is None else (OK, RecordId(record_id=record_id).encode())

    def _delete(self, data: bytes) -> Reply:
        asked = exact(DeleteSelEntry, data)
        if not self._holds(asked.reservation):
            return _RESERVATION_CANCELED, b""
        found = self._find(asked.record_id)
        if found is None:
            return NOT_PRESENT, b""
        del self.entries[found[0]]
        self.last_erase = self.clock.now()
        self._reserved = False
        return OK, RecordId(record_id=found[0]).encode()

    def _clear(self, data: bytes) -> Reply:
        asked = ClearSel.decode(data)
        if asked.encode() != data or asked.action not in (CLEAR_INITIATE, CLEAR_STATUS):
            return INVALID_FIELD, b""
        if not self._holds(asked.reservation):
            return _RESERVATION_CANCELED, b""
        if asked.action == CLEAR_INITIATE:
            self.entries.clear()
            self.overflow = False
            self.last_erase = self.clock.now()
            self._still_erasing = self.erase_polls
        elif self._still_erasing:
            self._still_erasing -= 1
        if not self._still_erasing:
            self._wrote_that_it_was_cleared()
        return OK, Erasure(progress=0 if self._still_erasing else 1).encode()

    def _wrote_that_it_was_cleared(self) -> None:
        """Write the one entry of a cleared log, which does not cost the reservation of who cleared it."""
        if not self.entries:
            sensor_type, number, event_type, data = _CLEARED
            number = number if self.number is None else self.number
            self.event(sensor_type, number, event_type, bytes.fromhex(data))
            self._reserved = True

    def _platform_event(self, data: bytes) -> Reply:
        asked = PlatformEvent.decode(data)
        kind = asked.event_type + (0x80 if asked.deassertion else 0)
        record_id = self.event(asked.sensor_type, asked.number, kind, asked.event_data, owner=_CONSOLE)
        self.received(asked, _CONSOLE, record_id)
        return OK, b""

    def _acknowledge(self, data: bytes) -> Reply:
        self.acknowledged.append(exact(PetAcknowledge, data).encode())
        del self.acknowledged[:-_MOST_REMEMBERED]
        self.acknowledge(self.acknowledged[-1])
        return OK, b""


_BIOS, _KERNEL = 0x01, 0x41
_DEMO_EVENTS: tuple[tuple[float, int, tuple[int, int, int, str]], ...] = (
    (9.0, _BMC, _CLEARED),
    (8.5, _BMC, (0x09, 0x62, 0x6F, "04 ff ff")),
    (8.49, _BIOS, (0x1D, 0x63, 0x6F, "c7 07 ff")),
    (8.48, _BIOS, (0x0F, 0x64, 0x6F, "c2 13 ff")),
    (4.2, _BMC, (0x01, 0x04, 0x01, "57 56 55")),
    (4.199, _BMC, (0x01, 0x04, 0x81, "57 52 55")),
    (3.1, _BMC, (0x08, 0x39, 0x6F, "03 ff ff")),
    (3.05, _BMC, (0x08, 0x39, 0xEF, "03 ff ff")),
    (1.5, _BMC, (0x0C, 0x51, 0x6F, "20 ff 02")),
    (1.0, _KERNEL, (0x20, 0x46, 0x6F, "a1 61 74")),
)
"""Days ago, who says so, and what: the log was cleared, mains were lost, a start and its progress, a hot processor, a
supply without input, an error in memory, a kernel's panic."""

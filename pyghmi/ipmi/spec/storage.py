# SPDX-License-Identifier: Apache-2.0
"""Storage commands: SDR repository, SEL, FRU inventory.  IPMI 2.0 §31, §33, §34."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, bit, bits, constant, raw, rest, u8, u16, u32, wire

FIRST_RECORD, LAST_RECORD = 0x0000, 0xFFFF
"""Record IDs that mean "the first" and "the last", and, as a next ID, "there is no other"."""
WHOLE = 0xFF
"""A size that means "all of the record"."""


@wire(first=2)
class Reservation(Message):
    """Reserve SDR Repository, Reserve SEL and their kin, response."""

    reservation: int = u16(2)


@wire(first=2)
class RepositoryInfo(Message):
    """Get SDR Repository Info and Get SEL Info, response.  IPMI 2.0 §33.9, §31.2.

    `records`: a hint, many have it wrong.  `free`: bytes; of sensor data records FFFFh: unspecified, FFFEh: that or
    more, of the event log FFFFh: that or more.  Times: raw.
    The update mode bits are those of the repository alone.
    """

    version: int = u8(2)
    records: int = u16(3)
    free: int = u16(5)
    last_add: int = u32(7)
    last_erase: int = u32(11)
    overflow: bool = bit(15, 7)
    update_mode: int = bits(15, 6, 5)
    delete: bool = bit(15, 3)
    partial_add: bool = bit(15, 2)
    reserve: bool = bit(15, 1)
    allocation_info: bool = bit(15, 0)


@wire(first=2)
class AllocationInfo(Message):
    """Get SDR Repository / SEL Allocation Info, response.  IPMI 2.0 §33.10, §31.3."""

    units: int = u16(2)
    unit_bytes: int = u16(4)
    free_units: int = u16(6)
    largest_free: int = u16(8)
    largest_record: int = u8(10)


@wire(first=2)
class RecordId(Message):
    """The answer to adding and deleting a record."""

    record_id: int = u16(2)


@wire(first=2)
class Erasure(Message):
    """Clear SDR Repository / Clear SEL, response.  `progress`: 0 in progress, 1 done."""

    progress: int = bits(2, 3, 0)


@wire(first=2)
class Time(Message):
    """Get SEL Time, Get SDR Repository Time, response: raw seconds, see `wire.numbers`."""

    time: int = u32(2)


# --- SDR repository


@wire()
class GetSdrRepositoryInfo(Request[RepositoryInfo]):
    """IPMI 2.0 §33.9."""

    netfn, cmd, answer = NetFn.STORAGE, 0x20, RepositoryInfo


@wire()
class GetSdrRepositoryAllocationInfo(Request[AllocationInfo]):
    """IPMI 2.0 §33.10."""

    netfn, cmd, answer = NetFn.STORAGE, 0x21, AllocationInfo


@wire()
class ReserveSdrRepository(Request[Reservation]):
    """IPMI 2.0 §33.11."""

    netfn, cmd, answer = NetFn.STORAGE, 0x22, Reservation


@wire(first=2)
class SdrData(Message):
    """Get SDR and Get Device SDR, response.  IPMI 2.0 §33.12, §35.3."""

    next_id: int = u16(2)
    data: bytes = rest(4, default=b"")


@wire()
class GetSdr(Request[SdrData]):
    """IPMI 2.0 §33.12.  `reservation` may be 0 while `offset` is 0."""

    netfn, cmd, answer = NetFn.STORAGE, 0x23, SdrData
    reservation: int = u16(1, default=0)
    record_id: int = u16(3)
    offset: int = u8(5, default=0)
    size: int = u8(6, default=WHOLE)


@wire()
class GetSdrRepositoryTime(Request[Time]):
    """IPMI 2.0 §33.17."""

    netfn, cmd, answer = NetFn.STORAGE, 0x28, Time


# --- SEL


@wire()
class GetSelInfo(Request[RepositoryInfo]):
    """IPMI 2.0 §31.2."""

    netfn, cmd, answer = NetFn.STORAGE, 0x40, RepositoryInfo


@wire()
class GetSelAllocationInfo(Request[AllocationInfo]):
    """IPMI 2.0 §31.3."""

    netfn, cmd, answer = NetFn.STORAGE, 0x41, AllocationInfo


@wire()
class ReserveSel(Request[Reservation]):
    """IPMI 2.0 §31.4."""

    netfn, cmd, answer = NetFn.STORAGE, 0x42, Reservation


@wire(first=2)
class SelEntryData(Message):
    """Get SEL Entry, response.  IPMI 2.0 §31.5.  `record`: 16 bytes, if the BMC keeps to the specification."""

    next_id: int = u16(2)
    record: bytes = rest(4, default=b"")


@wire()
class GetSelEntry(Request[SelEntryData]):
    """IPMI 2.0 §31.5."""

    netfn, cmd, answer = NetFn.STORAGE, 0x43, SelEntryData
    reservation: int = u16(1, default=0)
    record_id: int = u16(3)
    offset: int = u8(5, default=0)
    size: int = u8(6, default=WHOLE)


@wire()
class AddSelEntry(Request[RecordId]):
    """IPMI 2.0 §31.6.  The record ID in `record` is ignored by the BMC."""

    netfn, cmd, answer = NetFn.STORAGE, 0x44, RecordId
    repeatable = False
    record: bytes = raw(1, 16)


@wire()
class DeleteSelEntry(Request[RecordId]):
    """IPMI 2.0 §31.8."""

    netfn, cmd, answer = NetFn.STORAGE, 0x46, RecordId
    reservation: int = u16(1, default=0)
    record_id: int = u16(3)


@wire()
class ClearSel(Request[Erasure]):
    """IPMI 2.0 §31.9.  `initiate` false: only ask how far it is."""

    netfn, cmd, answer = NetFn.STORAGE, 0x47, Erasure
    reservation: int = u16(1)
    c = constant(3, 0x43)
    ell = constant(4, 0x4C)
    r = constant(5, 0x52)
    action: int = u8(6)

    @property
    def repeatable(self) -> bool:  # type: ignore[override]
        """Whether doing it twice does no harm: without a reservation it would take what was added after the first."""
        return self.action != CLEAR_INITIATE or self.reservation != 0


CLEAR_INITIATE, CLEAR_STATUS = 0xAA, 0x00


@wire()
class GetSelTime(Request[Time]):
    """IPMI 2.0 §31.10."""

    netfn, cmd, answer = NetFn.STORAGE, 0x48, Time


@wire()
class SetSelTime(Request[Done]):
    """IPMI 2.0 §31.11."""

    netfn, cmd, answer = NetFn.STORAGE, 0x49, Done
    time: int = u32(1)


@wire(first=2)
class UtcOffset(Message):
    """Get SEL Time UTC Offset, response.  IPMI 2.0 §31.11a.  Minutes, -1440 to 1440; 07FFh (2047): unspecified."""

    minutes: int = u16(2, signed=True)


@wire()
class GetSelTimeUtcOffset(Request[UtcOffset]):
    """IPMI 2.0 §31.11a."""

    netfn, cmd, answer = NetFn.STORAGE, 0x5C, UtcOffset


@wire()
class SetSelTimeUtcOffset(Request[Done]):
    """IPMI 2.0 §31.11b."""

    netfn, cmd, answer = NetFn.STORAGE, 0x5D, Done
    minutes: int = u16(1, signed=True)


# --- FRU inventory


@wire(first=2)
class FruAreaInfo(Message):
    """Get FRU Inventory Area Info, response.  IPMI 2.0 §34.1.  `by_words`: offsets and counts are in words."""

    size: int = u16(2)
    by_words: bool | None = bit(4, 0, optional=True, default=None)


@wire()
class GetFruAreaInfo(Request[FruAreaInfo]):
    """IPMI 2.0 §34.1."""

    netfn, cmd, answer = NetFn.STORAGE, 0x10, FruAreaInfo
    fru_id: int = u8(1)


@wire(first=2)
class FruData(Message):
    """Read FRU Data, response.  IPMI 2.0 §34.2.  `count`: what the BMC says that it returned."""

    count: int = u8(2)
    data: bytes = rest(3, default=b"")


@wire()
class ReadFruData(Request[FruData]):
    """IPMI 2.0 §34.2."""

    netfn, cmd, answer = NetFn.STORAGE, 0x11, FruData
    fru_id: int = u8(1)
    offset: int = u16(2)
    count: int = u8(4)


@wire(first=2)
class FruWritten(Message):
    """Write FRU Data, response.  IPMI 2.0 §34.3."""

    count: int | None = u8(2, optional=True, default=None)


@wire()
class WriteFruData(Request[FruWritten]):
    """IPMI 2.0 §34.3."""

    netfn, cmd, answer = NetFn.STORAGE, 0x12, FruWritten
    fru_id: int = u8(1)
    offset: int = u16(2)
    data: bytes = rest(4)

# SPDX-License-Identifier: Apache-2.0
"""Records of the event log, and traps.  IPMI 2.0 §32, §29.4, §31.12; Platform Event Trap Format 1.0."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, raw, rest, u8, u16, u24, u32, wire

RECORD_BYTES = 16
SYSTEM_EVENT, KERNEL_PANIC = 0x02, 0xF0
FIRST_TIMESTAMPED_OEM, FIRST_PLAIN_OEM = 0xC0, 0xE0
REVISIONS = (0x03, 0x04)
"""Revisions of event messages: IPMI 1.0, and all since."""


class DataUse(OpenEnum):
    """What bytes 2 and 3 of the event data hold.  IPMI 2.0 table 29-6.

    STANDARD: of threshold events the reading (byte 2) and the threshold (byte 3), of others in byte 2 the state before,
    and its severity.  SPECIFIC: as the sensor type has it.
    """

    UNSPECIFIED = 0
    STANDARD = 1
    OEM = 2
    SPECIFIC = 3


@wire(first=1)
class SelRecord(Message):
    """What all records of the event log begin with."""

    record_id: int = u16(1)
    type: int = u8(3)


@wire(first=1)
class SystemEventRecord(SelRecord):
    """Record type 02h.  IPMI 2.0 table 32-1, event data: table 29-6.

    `owner_id`: bit 0 set: a software id, else an 8-bit slave address.  `reserved`: bits that a plausible record has 0.
    """

    timestamp: int = u32(4)
    owner_id: int = u8(8)
    channel: int = bits(9, 7, 4)
    reserved: int = bits(9, 3, 2, default=0)
    owner_lun: int = bits(9, 1, 0)
    revision: int = u8(10, default=REVISIONS[1])
    sensor_type: int = u8(11)
    number: int = u8(12)
    deassertion: bool = bit(13, 7)
    event_type: int = bits(13, 6, 0)
    data_2_use: DataUse = bits(14, 7, 6, DataUse)
    data_3_use: DataUse = bits(14, 5, 4, DataUse)
    offset: int = bits(14, 3, 0)
    data_2: int = u8(15)
    data_3: int = u8(16)


@wire(first=1)
class OemTimestampedRecord(SelRecord):
    """Record types C0h to DFh.  IPMI 2.0 table 32-2."""

    timestamp: int = u32(4)
    manufacturer_id: int = u24(8)
    data: bytes = raw(11, 6)


@wire(first=1)
class OemPlainRecord(SelRecord):
    """Record types E0h to FFh.  IPMI 2.0 table 32-3."""

    data: bytes = raw(4, 13)


@wire(first=1)
class KernelPanicRecord(SelRecord):
    """Record type F0h as Linux writes it when it panics: a piece of the message.  Linux, drivers/char/ipmi."""

    address: int = u8(4)
    sequence: int = u8(5)
    text: bytes = raw(6, 11)


@wire(first=0)
class EventData(Message):
    """The three bytes of event data.  IPMI 2.0 table 29-6."""

    data_2_use: DataUse = bits(0, 7, 6, DataUse)
    data_3_use: DataUse = bits(0, 5, 4, DataUse)
    offset: int = bits(0, 3, 0)
    data_2: int = u8(1)
    data_3: int = u8(2)


# --- traps

TRAP_BYTES = 46
"""Of the variable, without the OEM custom fields that follow."""

class TrapSeverity(OpenEnum):
    """Platform Event Trap Format 1.0, byte 26 of the variable."""

    UNSPECIFIED = 0x00
    MONITOR = 0x01
    INFORMATION = 0x02
    OK = 0x04
    NON_CRITICAL = 0x08
    CRITICAL = 0x10
    NON_RECOVERABLE = 0x20


@wire(first=1)
class SpecificTrap(Message):
    """The specific trap number, high byte first."""

    sensor_type: int = u8(2)
    event_type: int = u8(3)
    deassertion: bool = bit(4, 7)
    offset: int = bits(4, 3, 0)


@wire(first=0)
class TrapVariable(Message):
    """The variable of a Platform Event Trap; bytes are counted from 0, as its table does.

    `timestamp`: local seconds since 1998, 0: unspecified.  `utc_offset`: minutes, -1 (FFFFh): unspecified.  IPMI uses
    three of the eight bytes of event data.  What follows them may be missing.  Behind it: OEM custom fields.
    """

    guid: bytes = raw(0, 16)
    sequence: int = u16(16, big_endian=True)
    timestamp: int = u32(18, big_endian=True)
    utc_offset: int = u16(22, signed=True, big_endian=True)
    trap_source: int = u8(24)
    event_source: int = u8(25)
    severity: TrapSeverity = u8(26, TrapSeverity)
    sensor_device: int = u8(27)
    number: int = u8(28)
    entity_id: int = u8(29)
    entity_instance: int = u8(30)
    event_data: bytes = raw(31, 3)
    more_event_data: bytes | None = raw(34, 5, optional=True, default=None)
    language: int | None = u8(39, optional=True, default=None)
    manufacturer_id: int | None = u32(40, big_endian=True, optional=True, default=None)
    system_id: int | None = u16(44, big_endian=True, optional=True, default=None)


@wire(first=0)
class CustomMultirecord(Message):
    """The head of a multirecord among the OEM custom fields, behind its 80h.

    `encoding`: 0 binary, 1 ASCII, 2 Unicode; `length`: of what follows the type.  `type`: 1: text of the alert, 2: OEM
    by an IANA number in the data, 3: OEM by the manufacturer of the trap.
    """

    encoding: int = bits(0, 7, 6)
    length: int = bits(0, 5, 0)
    type: int = u8(1)


@wire(first=0)
class CustomField(Message):
    """The head of one OEM custom field: kind and length, as in FRU information."""

    encoding: int = bits(0, 7, 6)
    length: int = bits(0, 5, 0)


@wire()
class PetAcknowledge(Request[Done]):
    """IPMI 2.0 §30.3.  With the values of the trap, the low byte first here."""

    netfn, cmd, answer = NetFn.SENSOR, 0x17, Done
    sequence: int = u16(1)
    timestamp: int = u32(3)
    event_source: int = u8(7)
    sensor_device: int = u8(8)
    number: int = u8(9)
    event_data: bytes = raw(10, 3)


# --- logs beside the event log


class AuxiliaryLog(OpenEnum):
    """IPMI 2.0 §31.12."""

    MCA = 0
    OEM_1 = 1
    OEM_2 = 2


@wire(first=2)
class AuxiliaryLogStatus(Message):
    """Get Auxiliary Log Status, response: when it changed; then an entry count (MCA), or what the manufacturer says."""

    timestamp: int = u32(2)
    data: bytes = rest(6, default=b"")


@wire()
class GetAuxiliaryLogStatus(Request[AuxiliaryLogStatus]):
    """IPMI 2.0 §31.12."""

    netfn, cmd, answer = NetFn.STORAGE, 0x5A, AuxiliaryLogStatus
    log: AuxiliaryLog = bits(1, 3, 0, AuxiliaryLog)

# SPDX-License-Identifier: Apache-2.0
"""What a FRU memory holds.  Platform Management FRU Information Storage Definition 1.0, revision 1.3.

The byte numbers are those of its tables: offsets from 0.  Offsets in the common header count blocks of eight bytes.
"""
from __future__ import annotations

from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, joined, raw, rest, u8, u16, u24, wire
from pyghmi.ipmi.wire.numbers import number

FORMAT_VERSION, RECORD_VERSION = 1, 2
HEADER_BYTES, AREA_HEAD_BYTES, RECORD_HEADER_BYTES = 8, 2, 5
BLOCK = 8
"""Bytes that one unit of an offset or a length in the first four areas stands for."""
LONGEST_AREA = FARTHEST_AREA = 255 * BLOCK
EPOCH = 820454400
"""1996-01-01 00:00 UTC, from which manufacturing dates count minutes; seconds since 1970."""
NO_DATE = (0x000000, 0xFFFFFF)
"""Manufacturing dates that say nothing."""
END_OF_FIELDS = 0xC1
LONGEST_FIELD = 0x3F
ENGLISH = (0, 25)
"""Language codes whose text is 8-bit."""
IDEOGRAPHIC = (53, 61, 135)
"""Japanese, Korean, Chinese."""


class FieldType(OpenEnum):
    """Bits 7 and 6 of a type/length byte.  §13."""

    BINARY = 0
    BCD_PLUS = 1
    SIX_BIT = 2
    TEXT = 3


@wire(first=0)
class CommonHeader(Message):
    """§8.  Offsets in blocks; 0: there is no such area.  `checksum`: all eight bytes add up to 0.

    `reserved`, `pad`: what should be 0; it is kept where something else of the memory is written.
    """

    version: int = bits(0, 3, 0, default=FORMAT_VERSION)
    reserved: int = bits(0, 7, 4, default=0)
    internal_use: int = u8(1, default=0)
    chassis: int = u8(2, default=0)
    board: int = u8(3, default=0)
    product: int = u8(4, default=0)
    multirecord: int = u8(5, default=0)
    pad: int = u8(6, default=0)
    checksum: int = u8(7, default=0)


@wire(first=0)
class AreaHead(Message):
    """How chassis, board and product area begin.  §10 to §12.  `blocks`: the length of the area."""

    version: int = bits(0, 3, 0, default=FORMAT_VERSION)
    blocks: int = u8(1)


@wire(first=0)
class RecordHeader(Message):
    """§16.  `record_checksum`: the data and it add up to 0; `header_checksum`: the five bytes do."""

    type: int = u8(0)
    end_of_list: bool = bit(1, 7)
    version: int = bits(1, 3, 0, default=RECORD_VERSION)
    length: int = u8(2)
    record_checksum: int = u8(3)
    header_checksum: int = u8(4, default=0)


CHASSIS_FIELDS = ("part_number", "serial")
BOARD_FIELDS = ("manufacturer", "product_name", "serial", "part_number", "file_id")
PRODUCT_FIELDS = ("manufacturer", "product_name", "part_number", "version", "serial", "asset_tag", "file_id")
AREA_FIELDS = {"chassis": CHASSIS_FIELDS, "board": BOARD_FIELDS, "product": PRODUCT_FIELDS}
"""The fields of an area in the order they come in; custom ones follow."""
FIELDS_BEGIN = {"chassis": 3, "board": 6, "product": 3}
"""Where the fields of an area begin."""

# --- multirecords


class RecordType(OpenEnum):
    """§16.1, table 16-2; 0Bh to 0Dh: NVMe Management Interface.  From C0h on: OEM."""

    POWER_SUPPLY = 0x00
    DC_OUTPUT = 0x01
    DC_LOAD = 0x02
    MANAGEMENT_ACCESS = 0x03
    BASE_COMPATIBILITY = 0x04
    EXTENDED_COMPATIBILITY = 0x05
    ASF_FIXED_SMBUS_DEVICES = 0x06
    ASF_LEGACY_DEVICE_ALERTS = 0x07
    ASF_REMOTE_CONTROL = 0x08
    EXTENDED_DC_OUTPUT = 0x09
    EXTENDED_DC_LOAD = 0x0A
    NVME = 0x0B
    NVME_PCIE_PORT = 0x0C
    NVME_TOPOLOGY = 0x0D


class CombinedVoltage(OpenEnum):
    """The outputs that a combined wattage counts."""

    V12 = 0
    NEGATIVE_V12 = 1
    V5 = 2
    V3_3 = 3


@wire(first=0)
class PowerSupply(Message):
    """§18.1.  Voltages in 10 mV.  `peak_va`: FFFFh, `inrush_a`: FFh: not specified; input range 2: 0: there is none.

    `low_frequency_hz` 0: direct current.  `two_pulses`: of the tachometer a turn, or the polarity of its signal.
    """

    capacity_w: int = joined((0, 7, 0), (1, 3, 0))
    peak_va: int = u16(2)
    inrush_a: int = u8(4)
    inrush_ms: int = u8(5)
    low_input_1: int = u16(6, signed=True)
    high_input_1: int = u16(8, signed=True)
    low_input_2: int = u16(10, signed=True)
    high_input_2: int = u16(12, signed=True)
    low_frequency_hz: int = u8(14)
    high_frequency_hz: int = u8(15)
    dropout_ms: int = u8(16)
    two_pulses: bool = bit(17, 4)
    hot_swap: bool = bit(17, 3)
    autoswitch: bool = bit(17, 2)
    power_factor_correction: bool = bit(17, 1)
    predictive_fail: bool = bit(17, 0)
    peak_capacity_w: int = joined((18, 7, 0), (19, 3, 0))
    hold_up_s: int = bits(19, 7, 4)
    combined_voltage_1: CombinedVoltage = bits(20, 7, 4, CombinedVoltage)
    combined_voltage_2: CombinedVoltage = bits(20, 3, 0, CombinedVoltage)
    combined_w: int = u16(21)
    tach_threshold_rps: int | None = u8(23, optional=True)


@wire(first=0)
class DcOutput(Message):
    """§18.2.  Voltages in 10 mV, ripple in mV, currents in mA."""

    standby: bool = bit(0, 7)
    output: int = bits(0, 3, 0)
    nominal: int = u16(1, signed=True)
    max_negative: int = u16(3, signed=True)
    max_positive: int = u16(5, signed=True)
    ripple_mv: int = u16(7)
    min_current: int = u16(9)
    max_current: int = u16(11)

    @property
    def current_unit_ma(self) -> int:
        """What the currents count."""
        return 1


@wire(first=0)
class DcLoad(Message):
    """§18.3.  Voltages in 10 mV, ripple in mV, currents in mA."""

    output: int = bits(0, 3, 0)
    nominal: int = u16(1, signed=True)
    min_voltage: int = u16(3, signed=True)
    max_voltage: int = u16(5, signed=True)
    ripple_mv: int = u16(7)
    min_current: int = u16(9)
    max_current: int = u16(11)

    @property
    def current_unit_ma(self) -> int:
        """What the currents count."""
        return 1


@wire(first=0)
class ExtendedDcOutput(DcOutput):
    """§18.2a: as a DC output, for larger currents."""

    in_100_ma: bool = bit(0, 4)

    @property
    def current_unit_ma(self) -> int:
        """What the currents count."""
        return 100 if self.in_100_ma else 10


@wire(first=0)
class ExtendedDcLoad(DcLoad):
    """§18.3a: as a DC load, for larger currents."""

    in_100_ma: bool = bit(0, 4)

    @property
    def current_unit_ma(self) -> int:
        """What the currents count."""
        return 100 if self.in_100_ma else 10


class AccessKind(OpenEnum):
    """Sub-types of a management access record."""

    SYSTEM_URL = 1
    SYSTEM_NAME = 2
    SYSTEM_PING_ADDRESS = 3
    COMPONENT_URL = 4
    COMPONENT_NAME = 5
    COMPONENT_PING_ADDRESS = 6
    SYSTEM_GUID = 7


@wire(first=0)
class ManagementAccess(Message):
    """§18.4.  `data`: text, or the sixteen bytes of a GUID."""

    kind: AccessKind = u8(0, AccessKind)
    data: bytes = rest(1, default=b"")

    @property
    def text(self) -> str:
        """The text; of a GUID the digits."""
        if self.kind == AccessKind.SYSTEM_GUID:
            return self.data.hex()
        return self.data.rstrip(b"\0 \xff").decode("latin-1")


@wire(first=0)
class Compatibility(Message):
    """Base and extended compatibility.  §18.5, §18.6."""

    manufacturer_id: int = u24(0)
    entity_id: int = u8(3)
    base: int = u8(4)
    code_start: int = bits(5, 6, 0)
    masks: bytes = rest(6, default=b"")


@wire(first=0)
class NvmeDrive(Message):
    """What a drive takes and holds.  NVMe Management Interface 1.2, NVMe multirecord.

    Power in W, but for the auxiliary one; `first`: before a slot power limit is set.  `capacity`: see `capacity_bytes`.
    """

    version: int = u8(0)
    form_factor: int = u8(1)
    first_1v8_w: int = u8(8)
    most_1v8_w: int = u8(9)
    first_3v3_w: int = u8(10)
    most_3v3_w: int = u8(11)
    most_3v3_auxiliary: int = u8(13)
    first_5v_w: int = u8(14)
    most_5v_w: int = u8(15)
    first_12v_w: int = u8(16)
    most_12v_w: int = u8(17)
    thermal_load_w: int = u8(18)
    capacity: bytes = raw(19, 16)

    @property
    def capacity_bytes(self) -> int:
        """What the drive holds."""
        return number(self.capacity)


@wire(first=0)
class NvmePciePort(Message):
    """A port of a drive.  NVMe Management Interface 1.2, NVMe PCIe port multirecord.

    `link_speeds`: bit 0: 2.5 GT/s, bit 1: 5 GT/s, ...
    """

    version: int = u8(0)
    port: int = u8(1)
    information: int = u8(2)
    link_speeds: int = u8(3)
    lanes: int = u8(4)
    mctp: int = u8(5)
    reference_clock: int = u8(6)
    identifier: int = u8(7)


@wire(first=0)
class OemRecord(Message):
    """§18.7.  `data`: what its manufacturer put there."""

    manufacturer_id: int = u24(0)
    data: bytes = rest(3, default=b"")


@wire(first=0)
class PicmgRecord(Message):
    """A record of PICMG.  PICMG 3.0 §3.6.  `data`: as it came; `record_id`: which one, see `PICMG_RECORDS`."""

    manufacturer_id: int = u24(0)
    record_id: int = u8(3)
    record_version: int = u8(4)
    data: bytes = rest(5, default=b"")

    @property
    def name(self) -> str:
        """What the record describes."""
        return PICMG_RECORDS.get(self.record_id, f"PICMG record {self.record_id:02X}h")


PICMG_TYPE, PICMG_MANUFACTURER = 0xC0, 0x00315A
FIRST_OEM = 0xC0
RECORD_CLASSES: dict[int, type[Message]] = {
    RecordType.POWER_SUPPLY: PowerSupply,
    RecordType.DC_OUTPUT: DcOutput,
    RecordType.DC_LOAD: DcLoad,
    RecordType.MANAGEMENT_ACCESS: ManagementAccess,
    RecordType.BASE_COMPATIBILITY: Compatibility,
    RecordType.EXTENDED_COMPATIBILITY: Compatibility,
    RecordType.EXTENDED_DC_OUTPUT: ExtendedDcOutput,
    RecordType.EXTENDED_DC_LOAD: ExtendedDcLoad,
    RecordType.NVME: NvmeDrive,
    RecordType.NVME_PCIE_PORT: NvmePciePort,
}
"""How the data of a record are read; of other types they stay as they are."""

PICMG_RECORDS: dict[int, str] = {
    0x04: "backplane point-to-point connectivity",
    0x10: "address table",
    0x11: "shelf power distribution",
    0x12: "shelf activation and power management",
    0x13: "shelf manager IP connection",
    0x14: "board point-to-point connectivity",
    0x15: "radial IPMB-0 link mapping",
    0x16: "AMC module current requirements",
    0x17: "carrier activation and current management",
    0x18: "carrier point-to-point connectivity",
    0x19: "AMC point-to-point connectivity",
    0x1A: "carrier information",
    0x20: "FRU information partition",
    0x21: "carrier manager IP link",
    0x22: "MicroTCA carrier information",
    0x23: "carrier location",
    0x24: "shelf manager IP link",
    0x25: "power policy",
    0x26: "MicroTCA activation and power management",
    0x27: "power module capability",
    0x28: "fan geography",
    0x29: "clock mapping",
    0x2A: "message bridge policy",
    0x2B: "OEM module descriptor",
    0x2C: "carrier clock point-to-point connectivity",
    0x2D: "clock configuration",
}

CHASSIS_TYPES: dict[int, str] = dict(
    enumerate(
        (
            "Unspecified",
            "Other",
            "Unknown",
            "Desktop",
            "Low Profile Desktop",
            "Pizza Box",
            "Mini Tower",
            "Tower",
            "Portable",
            "Laptop",
            "Notebook",
            "Hand Held",
            "Docking Station",
            "All in One",
            "Sub Notebook",
            "Space-saving",
            "Lunch Box",
            "Main Server Chassis",
            "Expansion Chassis",
            "SubChassis",
            "Bus Expansion Chassis",
            "Peripheral Chassis",
            "RAID Chassis",
            "Rack Mount Chassis",
            "Sealed-case PC",
            "Multi-system Chassis",
            "Compact PCI",
            "Advanced TCA",
            "Blade",
            "Blade Enclosure",
            "Tablet",
            "Convertible",
            "Detachable",
            "IoT Gateway",
            "Embedded PC",
            "Mini PC",
            "Stick PC",
        )
    )
)
"""SMBIOS 3.x §7.4.1; bit 7 of the byte is not part of the type."""

# fmt: off
LANGUAGES = (
    "en", "aa", "ab", "af", "am", "ar", "as", "ay", "az", "ba", "be", "bg", "bh", "bi", "bn", "bo", "br", "ca", "co",
    "cs", "cy", "da", "de", "dz", "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fj", "fo", "fr", "fy", "ga", "gd",
    "gl", "gn", "gu", "ha", "hi", "hr", "hu", "hy", "ia", "ie", "ik", "in", "is", "it", "iw", "ja", "ji", "jw", "ka",
    "kk", "kl", "km", "kn", "ko", "ks", "ku", "ky", "la", "ln", "lo", "lt", "lv", "mg", "mi", "mk", "ml", "mn", "mo",
    "mr", "ms", "mt", "my", "na", "ne", "nl", "no", "oc", "om", "or", "pa", "pl", "ps", "pt", "qu", "rm", "rn", "ro",
    "ru", "rw", "sa", "sd", "sg", "sh", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw",
    "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw", "uk", "ur", "uz", "vi", "vo", "wo",
    "xh", "yo", "zh", "zu",
)
# fmt: on
"""The names of the language codes, by number.  §15."""

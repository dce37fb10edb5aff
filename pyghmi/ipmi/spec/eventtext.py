# SPDX-License-Identifier: Apache-2.0
"""The texts of events and discrete states, with their severity, and of what event data add to them.

IPMI 2.0 tables 42-2 and 42-3; the words are the long-standing ones, which programs compare.  Watchdog 1 and the three
sensor types of PICMG have none of old; theirs are ours.
"""
from __future__ import annotations

from pyghmi.constants import Health
from pyghmi.ipmi.wire.shapes import NamedTuple

O, W, C, F = Health.Ok, Health.Warning, Health.Critical, Health.Failed


class Text(NamedTuple):
    """What an offset says when it is asserted, and when it is deasserted."""

    desc: str
    severity: int
    deassertion_desc: str
    deassertion_severity: int = Health.Ok


def _row(desc: str, severity: int, deasserted: str = "", deasserted_severity: int = O) -> Text:
    return Text(desc, severity, deasserted or desc + " deasserted", deasserted_severity)


GENERIC: dict[int, dict[int, Text]] = {
    0x01: {
        0x0: _row("Lower non-critical", W, "Lower Non-critical deasserted"),
        0x1: _row("Lower non-critical", W),
        0x2: _row("Lower Critical", C, "Lower critical deasserted"),
        0x3: _row("Lower Critical", C, "Lower critical deasserted"),
        0x4: _row("Lower non-recoverable", F),
        0x5: _row("Lower non-recoverable", F),
        0x6: _row("Upper non-critical", W),
        0x7: _row("Upper non-critical", W),
        0x8: _row("Upper critical", C),
        0x9: _row("Upper critical", C),
        0xA: _row("Upper non-recoverable", F),
        0xB: _row("Upper non-recoverable", F),
    },
    0x02: {
        0x0: _row("Idle", O),
        0x1: _row("Active", O),
        0x2: _row("Busy", O),
    },
    0x03: {
        0x0: _row("Deasserted", O, "Asserted"),
        0x1: _row("Asserted", O, "Deasserted"),
    },
    0x04: {
        0x0: _row("Predictive failure deasserted", O, "Predictive failure", W),
        0x1: _row("Predictive failure", W),
    },
    0x05: {
        0x0: _row("Limit not exceeded", O, "Limit exceeded", W),
        0x1: _row("Limit exceeded", W, "Limit no longer exceeded"),
    },
    0x06: {
        0x0: _row("Performance met", O, "Performance lags", W),
        0x1: _row("Performance lags", W, "Performance no longer lags"),
    },
    0x07: {
        0x0: _row("Ok", O, "Not ok", W),
        0x1: _row("Non-Critical", W, "Non-critical deasserted"),
        0x2: _row("Critical", C),
        0x3: _row("Non-recoverable", F),
        0x4: _row("Non-critical", W),
        0x5: _row("Critical", C),
        0x6: _row("Non-recoverable", F),
        0x7: _row("Monitor", O),
        0x8: _row("Informational", O),
    },
    0x08: {
        0x0: _row("Absent", O, "Present"),
        0x1: _row("Present", O, "Absent"),
    },
    0x09: {
        0x0: _row("Disabled", O, "Enabled"),
        0x1: _row("Enabled", O, "Disabled"),
    },
    0x0A: {
        0x0: _row("Running", O),
        0x1: _row("In test", O),
        0x2: _row("Power off", O),
        0x3: _row("Online", O),
        0x4: _row("Offline", C),
        0x5: _row("Off duty", O),
        0x6: _row("Degraded", C),
        0x7: _row("Power save", O),
        0x8: _row("Install error", C),
    },
    0x0B: {
        0x0: _row("Redundant", O, "Redundant lost", C),
        0x1: _row("Not redundant", C, "Redundancy restored"),
        0x2: _row("Redundancy degraded", W, "Redundancy restored"),
        0x3: _row("Not redundant", W, "Redundancy restored"),
        0x4: _row("Not Redundant", W, "Redundancy restored"),
        0x5: _row("Degraded", C, "Present"),
        0x6: _row("Redundancy degraded", W, "Redundancy restored"),
        0x7: _row("Redundancy degraded", W, "Redundancy restored"),
    },
    0x0C: {
        0x0: _row("ACPI D0", O),
        0x1: _row("ACPI D1", O),
        0x2: _row("ACPI D2", O),
        0x3: _row("ACPI D3", O),
    },
}
"""Event/reading type -> offset -> text.  IPMI 2.0 table 42-2."""

SENSOR_SPECIFIC: dict[int, dict[int, Text]] = {
    0x05: {
        0x0: _row("Chassis intrusion", C),
        0x1: _row("Drive area intrusion", C),
        0x2: _row("I/O card area intrusion", C),
        0x3: _row("Processor area intrusion", C),
        0x4: _row("LAN connection lost", C, "LAN connection restored"),
        0x5: _row("Unauthorized dock", C),
        0x6: _row("Fan area intrusion", C),
    },
    0x06: {
        0x0: _row("Front Panel Lockout Violation attempt", C, "Front Panel Lockout deasserted"),
        0x1: _row("Pre-boot password violation - user", C, "Boot Password violation deasserted"),
        0x2: _row("Pre-boot password violation - setup", C, "Setup password violation deasserted"),
        0x3: _row("Pre-boot password violation - netboot", C),
        0x4: _row("Pre-boot password violation", C),
        0x5: _row("Out-of-band access password violation", C),
    },
    0x07: {
        0x0: _row("Internal error", F, "Internal error recovered"),
        0x1: _row("Thermal trip", F, "Thermal trip recovered"),
        0x2: _row("Self test failure", F, "Self test recovered"),
        0x3: _row("Hang in POST", F, "Hang in POST recovered"),
        0x4: _row("Startup failure", F, "Startup recovered"),
        0x5: _row("Configuration error", F, "Configuration error recovered"),
        0x6: _row("Uncorrectable cpu complex error", F, "Uncorrectable cpu complex error recovered"),
        0x7: _row("Present", O, "Absent"),
        0x8: _row("Disabled", O, "Enabled"),
        0x9: _row("Terminator presence detected", O, "Terminator absent"),
        0xA: _row("Throttled", W, "No longer throttled"),
        0xB: _row("Uncorrectable machine check exception", F, "Uncorrectable machine check recovered"),
        0xC: _row("Correctable machine check exception", W, "Correctable machine check recovered"),
    },
    0x08: {
        0x0: _row("Present", O, "Absent"),
        0x1: _row("Failure", C, "Recovered"),
        0x2: _row("Predictive failure", C, "Predictive failure recovered"),
        0x3: _row("Power input lost", C, "Power input restored"),
        0x4: _row("Power input out of range or lost", C, "Power input present and in range"),
        0x5: _row("Power input out of range", C, "Power input in range"),
        0x6: _row("Configuration error", W, "Configuration error recovered"),
        0x7: _row("Standby", O, "Active"),
    },
    0x09: {
        0x0: _row("Power off", O, "Power on"),
        0x1: _row("Power cycle", O),
        0x2: _row("240VA power down", W),
        0x3: _row("Interlock power down", O),
        0x4: _row("Power input lost", W, "Power input restored"),
        0x5: _row("Soft power control failure", F),
        0x6: _row("Power unit failure", C),
        0x7: _row("Power unit predictive failure", W),
    },
    0x0C: {
        0x0: _row("Correctable error", W),
        0x1: _row("Uncorrectable error", F),
        0x2: _row("Parity error", W),
        0x3: _row("Scrub failed", C),
        0x4: _row("Device disabled", O, "Device enabled"),
        0x5: _row("Correctable memory error logging limit reached", W, "Correctable memory error logging restored"),
        0x6: _row("Present", O, "Absent"),
        0x7: _row("Configuration error", C),
        0x8: _row("Spare", O),
        0x9: _row("Throttled", W, "No longer throttled"),
        0xA: _row("Critical over temperature", C),
    },
    0x0D: {
        0x0: _row("Present", O, "Absent"),
        0x1: _row("Drive fault", C),
        0x2: _row("Predictive drive failure", W),
        0x3: _row("Hot spare drive", O),
        0x4: _row("Drive consistency check in progress", O, "Drive consistency check complete"),
        0x5: _row("Drive in critical array", C),
        0x6: _row("Drive in failed array", F),
        0x7: _row("Rebuild in progress", O, "Rebuild complete"),
        0x8: _row("Rebuild aborted", C, "Rebuild abort deasserted"),
    },
    0x0F: {
        0x0: _row("Boot error", F),
        0x1: _row("Hang", F),
        0x2: _row("Progress", O),
    },
    0x10: {
        0x0: _row("Correctable memory error logging disabled", W, "Correctable memory error logging enabled"),
        0x1: _row("Specific event logging disabled", W, "Event logging enabled"),
        0x2: _row("Log clear", O, "Log clear complete"),
        0x3: _row("Logging disabled", W, "Logging enabled"),
        0x4: _row("Event log full", O, "Event log no longer full"),
        0x5: _row("Event log nearly full", O, "Event log no longer nearly full"),
        0x6: _row("Correctable machine check logging disabled", W, "Correctable machine check logging enabled"),
    },
    0x11: {
        0x0: _row("BIOS watchdog reset", C),
        0x1: _row("OS watchdog reset", C),
        0x2: _row("OS watchdog shutdown", C),
        0x3: _row("OS watchdog power down", C),
        0x4: _row("OS watchdog power cycle", C),
        0x5: _row("OS watchdog diagnostic interrupt", C),
        0x6: _row("OS watchdog expired", W),
        0x7: _row("OS watchdog about to expire", W),
    },
    0x12: {
        0x0: _row("System reconfigured", O, "System reconfiguration deasserted"),
        0x1: _row("OEM boot event", O),
        0x2: _row("Undetermined hardware failure", F),
        0x3: _row("Aux log entry", O),
        0x4: _row("Event response", O),
        0x5: _row("Clock time change", O),
    },
    0x13: {
        0x0: _row("Front panel diagnostic interrupt", C),
        0x1: _row("Bus timeout", C, "Bus timeout recovered"),
        0x2: _row("I/O NMI", C),
        0x3: _row("Software NMI", C),
        0x4: _row("PCI PERR", F),
        0x5: _row("PCI SERR", F),
        0x6: _row("EISA fail safe timeout", F),
        0x7: _row("Bus correctable error", W),
        0x8: _row("Bus uncorrectable error", F),
        0x9: _row("Fatal NMI", F),
        0xA: _row("Bus fatal error", F),
        0xB: _row("Bus degraded", W),
    },
    0x14: {
        0x0: _row("Power button pressed", O, "Power button released"),
        0x1: _row("Sleep button pressed", O, "Sleep button released"),
        0x2: _row("Reset button pressed", O, "Reset button released"),
        0x3: _row("FRU latch open", O, "FRU latch closed"),
        0x4: _row("Service requested", W, "Service no longer requested"),
    },
    0x19: {
        0x0: _row("Soft power control failure", C),
        0x1: _row("Thermal trip", F),
    },
    0x1B: {
        0x0: _row("Connected", O, "Disconnected"),
        0x1: _row("Connection error", C),
    },
    0x1D: {
        0x0: _row("Power up", O),
        0x1: _row("Hard reset", O),
        0x2: _row("Warm reset", O),
        0x3: _row("PXE boot", O),
        0x4: _row("Automatic boot to diagnostic", W),
        0x5: _row("OS hard reset", O),
        0x6: _row("OS warm reset", O),
        0x7: _row("System restart", O),
    },
    0x1E: {
        0x0: _row("No bootable media", O),
        0x1: _row("Unbootable removable media", F),
        0x2: _row("PXE failure", F),
        0x3: _row("Invalid boot sector", F),
        0x4: _row("Interactive boot timeout", F),
    },
    0x1F: {
        0x0: _row("A: boot completed", O, "Unbootable removable media deasserted"),
        0x1: _row("Hard drive boot completed", O, "Hard drive boot completed not failed"),
        0x2: _row("Network boot completed", O, "Network boot completion deasserted"),
        0x3: _row("Diagnostic boot completed", O, "Diagnostic boot deasserted"),
        0x4: _row("CD boot completed", O, "CD boot completion deasserted"),
        0x5: _row("ROM boot completed", O, "ROM boot completion deasserted"),
        0x6: _row("Boot completed", O, "Boot completion deasserted"),
        0x7: _row("OS deployment started", O, "OS deployment deasserted"),
        0x8: _row("OS deployment completed", O, "OS deployment completion deasserted"),
        0x9: _row("OS deployment aborted", O, "OS deployment abortion deasserted"),
        0xA: _row("OS deployment failed", F, "OS deployment failure deasserted"),
    },
    0x20: {
        0x0: _row("OS boot stop", F),
        0x1: _row("OS crash", F),
        0x2: _row("OS cleanly halted", O, "OS clean halt deasserted"),
        0x3: _row("OS cleanly shutdown", O, "OS clean shutdown deasserted"),
        0x4: _row("Event driven soft shutdown", W),
        0x5: _row("Event driven soft shutdown failed", W, "Event driven soft shutdown failure deasserted"),
    },
    0x21: {
        0x0: _row("Fault", C, "Fault recovered"),
        0x1: _row("Identify", O),
        0x2: _row("Slot/connector installed", O, "Slot/connector removed"),
        0x3: _row("Slot/connector ready for install", O, "Slot/connector no longer ready for install"),
        0x4: _row("Slot/connector ready for removal", O, "Slot/connector no longer ready for removal"),
        0x5: _row("Slot powered down", O, "Slot powered up"),
        0x6: _row("Slot/connector device removal requested", W, "Slot/connector device removal no longer requested"),
        0x7: _row("Slot/connector interlock", O),
        0x8: _row("Slot/connector disabled", W, "Slot/connector enabled"),
        0x9: _row("Slot holds spare device", O, "Slot no longer holds spare device"),
    },
    0x22: {
        0x0: _row("Online", O),
        0x1: _row("S1 sleep", O),
        0x2: _row("S2 sleep", O),
        0x3: _row("Sleep", O),
        0x4: _row("Hibernated", O, "Hibernation deasserted"),
        0x5: _row("Off", O),
        0x6: _row("Hibernated or off", O, "Hibernate or off deasserted"),
        0x7: _row("Mechanically off", O, "Mechanically on"),
        0x8: _row("Sleep", O),
        0x9: _row("G1 sleep", O),
        0xA: _row("Shutdown", O),
        0xB: _row("On", O, "Off"),
        0xC: _row("Off", O, "On"),
        0xE: _row("Unknown", O),
    },
    0x23: {
        0x0: _row("Watchdog expired", C, "Watchdog expiry deasserted"),
        0x1: _row("Watchdog hard reset", O),
        0x2: _row("Watchdog power down", O),
        0x3: _row("Watchdog power cycle", O),
        0x8: _row("Watchdog interrupt", O),
    },
    0x24: {
        0x0: _row("Platform generated page", O),
        0x1: _row("Platform generated network alert", O),
        0x2: _row("Platform generated PET alert", O),
        0x3: _row("Platform generated OEM SNMP Alert", O),
    },
    0x25: {
        0x0: _row("Present", O, "Absent"),
        0x1: _row("Absent", O, "Present"),
        0x2: _row("Disabled", O, "Enabled"),
    },
    0x27: {
        0x0: _row("Heartbeat lost", W, "Heartbeat recovered"),
        0x1: _row("Heartbeat", O, "Heartbeat lost", W),
    },
    0x28: {
        0x0: _row("Sensor access degraded or unavailable", W, "Sensor access restored"),
        0x1: _row("Controller access degraded or unavailable", W, "Controller access restored"),
        0x2: _row("Controller Offline", W, "Controller online"),
        0x3: _row("Controller Offline", W, "Controller online"),
        0x4: _row("Sensor Error", W, "Sensor recovered"),
        0x5: _row("FRU Failure", W, "FRU recovered"),
    },
    0x29: {
        0x0: _row("Low", W, "Battery no longer low"),
        0x1: _row("Failed", C, "Recovered"),
        0x2: _row("Present", O, "Absent"),
    },
    0x2A: {
        0x0: _row("Activated", O, "Deactivated"),
        0x1: _row("Deactivated", O, "Activated"),
        0x2: _row("Invalid username/password", W, "Valid username/password"),
        0x3: _row("Account disabled due to failure count", C, "Account re-enabled"),
    },
    0x2B: {
        0x0: _row("Hardware change detected", O, "Hardware change deasserted"),
        0x1: _row("Firmware or software change detected", O, "Firmware or software change deasserted"),
        0x2: _row("Hardware incompatibility detected", C, "Hardware incompatibility deasserted"),
        0x3: _row("Firmware/software incompatibility detected", C, "Firmware/software incompatibility deasserted"),
        0x4: _row("Invalid/Unsupported hardware revision", C, "Invalid/unsupported hardware revision deasserted"),
        0x5: _row("Invalid/unsupported firmware/software version", C, "Invalid/unsupported firmware/software version"),
        0x6: _row("Successful hardware change", O),
        0x7: _row("Successful software/firmware change", O),
    },
    0x2C: {
        0x0: _row("Not Installed", O, "Installed"),
        0x1: _row("Inactive", O),
        0x2: _row("Activation requested", O, "Activation request deasserted"),
        0x3: _row("Activation in progress", O, "Activation no longer in progress"),
        0x4: _row("Active", O, "Inactive"),
        0x5: _row("Deactivation requested", O, "Deactivation request deasserted"),
        0x6: _row("Deactivation in progress", O, "Deactivation no longer in progress"),
        0x7: _row("Communication lost", W, "Communication restored"),
    },
    0xF0: {
        0x0: _row("M0 - Not installed", O),
        0x1: _row("M1 - Inactive", O),
        0x2: _row("M2 - Activation requested", O),
        0x3: _row("M3 - Activation in progress", O),
        0x4: _row("M4 - Active", O),
        0x5: _row("M5 - Deactivation requested", O),
        0x6: _row("M6 - Deactivation in progress", O),
        0x7: _row("M7 - Communication lost", W, "Communication restored"),
    },
    0xF1: {
        0x0: _row("IPMB-A disabled, IPMB-B disabled", C),
        0x1: _row("IPMB-A enabled, IPMB-B disabled", W),
        0x2: _row("IPMB-A disabled, IPMB-B enabled", W),
        0x3: _row("IPMB-A enabled, IPMB-B enabled", O),
    },
    0xF2: {
        0x0: _row("Module handle closed", O),
        0x1: _row("Module handle opened", O),
        0x2: _row("Module quiesced", O),
        0x3: _row("Module backend power failure", C),
        0x4: _row("Module backend power shut down", O),
    },
}
"""Sensor type -> offset -> text, for event/reading type 6Fh.  IPMI 2.0 table 42-3; F0h, F1h: PICMG 3.0 (FRU hot
swap, IPMB-0 link), F2h: AMC.0 (module hot swap)."""


THRESHOLD, SPECIFIC = 0x01, 0x6F
"""Event/reading types: by thresholds, by the sensor type."""


def trigger_name(event_type: int) -> str:
    """Return what an event/reading type is called.  IPMI 2.0 table 42-1."""
    named = {THRESHOLD: "threshold", SPECIFIC: "sensor-specific", 0: "unspecified"}
    if event_type in named:
        return named[event_type]
    return f"{'generic' if event_type in GENERIC else 'OEM'} {event_type:02X}h"


def text_of(event_type: int, sensor_type: int, offset: int) -> Text | None:
    """Return what an offset means for an event/reading type (of a sensor type, where that matters); None: unknown."""
    table = SENSOR_SPECIFIC.get(sensor_type) if event_type == SPECIFIC else GENERIC.get(event_type)
    return None if table is None else table.get(offset)


# --- what event data say more.  IPMI 2.0 table 42-3.

PSU_CONFIG_ERRORS: dict[int, str] = {
    0x0: "Vendor mismatch",
    0x1: "Revision mismatch",
    0x2: "Processor missing",
    0x3: "Insufficient power",
    0x4: "Voltage mismatch",
}
"""Power supply, offset 6, byte 3."""

FIRMWARE_ERRORS: dict[int, str] = {
    0x0: "Unspecified",
    0x1: "No memory installed",
    0x2: "All memory failed",
    0x3: "Unrecoverable disk failure",
    0x4: "Unrecoverable board failure",
    0x5: "Unrecoverable diskette failure",
    0x6: "Unrecoverable storage controller failure",
    0x7: "Unrecoverable keyboard failure",
    0x8: "Removable boot media not found",
    0x9: "Video adapter failure",
    0xA: "No video device",
    0xB: "Firmware corruption detected",
    0xC: "CPU voltage mismatch",
    0xD: "CPU speed mismatch",
}
"""System firmware, offset 0, byte 2."""

FIRMWARE_PROGRESS: dict[int, str] = {
    0x00: "Unspecified",
    0x01: "Memory initialization",
    0x02: "Disk initialization",
    0x03: "Non-primary Processor initialization",
    0x04: "User authentication",
    0x05: "In setup",
    0x06: "USB initialization",
    0x07: "PCI initialization",
    0x08: "Option ROM initialization",
    0x09: "Video initialization",
    0x0A: "Cache initialization",
    0x0B: "SMBus initialization",
    0x0C: "Keyboard initialization",
    0x0D: "Embedded controller initialization",
    0x0E: "Docking station attachment",
    0x0F: "Docking station enabled",
    0x10: "Docking station ejection",
    0x11: "Docking station disabled",
    0x12: "Waking OS",
    0x13: "Starting OS boot",
    0x14: "Baseboard initialization",
    0x16: "Floppy initialization",
    0x17: "Keyboard test",
    0x18: "Pointing device test",
    0x19: "Primary processor initialization",
}
"""System firmware, offsets 1 and 2, byte 2."""

AUX_LOG_ACTIONS: dict[int, str] = {
    0x0: "entry added",
    0x1: "entry added (could not map to standard)",
    0x2: "entry added with corresponding standard events",
    0x3: "log cleared",
    0x4: "log disabled",
    0x5: "log enabled",
}
"""System event, offset 3, high half of byte 2."""

PEF_ACTIONS: tuple[str, ...] = ("Alert", "Power Down", "Reset", "Power Cycle", "OEM action", "NMI")
"""System event, offset 4, bits of byte 2."""

RESTART_CAUSES: dict[int, str] = {
    0x0: "Unknown",
    0x1: "Remote request",
    0x2: "Reset button",
    0x3: "Power button",
    0x4: "Watchdog",
    0x5: "OEM",
    0x6: "Power restored",
    0x7: "Power restored",
    0x8: "Reset due to event",
    0x9: "Cycle due to event",
    0xA: "OS reset",
    0xB: "Timer wake",
}
"""System boot, offset 7, low half of byte 2."""

SLOT_TYPES: dict[int, str] = {
    0x0: "PCI",
    0x1: "Drive Array",
    0x2: "External connector",
    0x3: "Docking",
    0x4: "Other",
    0x5: "Entity ID",
    0x6: "AdvancedTCA",
    0x7: "Memory",
    0x8: "Fan",
    0x9: "PCIe",
    0xA: "SCSI",
    0xB: "SATA/SAS",
    0xC: "USB",
}
"""Slot/connector, byte 2."""

POWER_STATES: dict[int, str] = {
    0x0: "S0",
    0x1: "S1",
    0x2: "S2",
    0x3: "S3",
    0x4: "S4",
    0x5: "S5",
    0x6: "S4 or S5",
    0x7: "G3",
    0x8: "S1, S2, or S3",
    0x9: "G1",
    0xA: "S5",
    0xB: "on",
    0xC: "off",
}
"""Power states by their short names."""

WATCHDOG_PHASES: dict[int, str] = {0x1: "Firmware", 0x2: "Firmware", 0x3: "OS Load", 0x4: "OS", 0x5: "OEM"}
"""Watchdog 2, low half of byte 2."""

VERSION_CHANGES: dict[int, str] = {
    0x01: "Device ID",
    0x02: "Management controller firmware",
    0x03: "Management controller revision",
    0x04: "Management conroller manufacturer",  # so it has been spelled for ever, and programs compare
    0x05: "IPMI version",
    0x06: "Management controller firmware",
    0x07: "Management controller boot block",
    0x08: "Management controller firmware",
    0x09: "System Firmware (UEFI/BIOS)",
    0x0A: "SMBIOS",
    0x0B: "OS",
    0x0C: "OS Loader",
    0x0D: "Diagnostics",
    0x0E: "Management agent",
    0x0F: "Management application",
    0x10: "Management middleware",
    0x11: "FPGA",
    0x12: "FRU",
    0x13: "FRU",
    0x14: "Equivalent FRU",
    0x15: "Updated FRU",
    0x16: "Older FRU",
    0x17: "Hardware (switch/jumper)",
}
"""Version change, byte 2."""

FRU_STATE_CAUSES: dict[int, str] = {
    0x0: "Normal",
    0x1: "Externally requested",
    0x2: "Latch",
    0x3: "Hot swap",
    0x4: "Internal action",
    0x5: "Lost communication",
    0x6: "Lost communication",
    0x7: "Unexpected removal",
    0x8: "Operator",
    0x9: "Unable to compute IPMB address",
    0xA: "Unexpected deactivation",
}
"""FRU state, high half of byte 2."""

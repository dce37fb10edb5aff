# SPDX-License-Identifier: Apache-2.0
"""The commands by number: their names, the privilege they need, and which must not run twice.

IPMI 2.0 appendix G, table G-1; DCMI 1.5 table 6-1.
"""
from __future__ import annotations

from pyghmi.ipmi.spec.codes import Privilege

C, U, O, A = Privilege.CALLBACK, Privilege.USER, Privilege.OPERATOR, Privilege.ADMINISTRATOR
S = Privilege.OEM
"""Stands for "system interface only": no privilege over a network is enough."""
N = Privilege.HIGHEST
"""Stands for "no session needed"."""

_CHASSIS = {
    0x00: ("Get Chassis Capabilities", U),
    0x01: ("Get Chassis Status", U),
    0x02: ("Chassis Control", O),
    0x03: ("Chassis Reset", O),
    0x04: ("Chassis Identify", O),
    0x05: ("Set Chassis Capabilities", A),
    0x06: ("Set Power Restore Policy", O),
    0x07: ("Get System Restart Cause", U),
    0x08: ("Set System Boot Options", O),
    0x09: ("Get System Boot Options", O),
    0x0A: ("Set Front Panel Button Enables", A),
    0x0B: ("Set Power Cycle Interval", A),
    0x0F: ("Get POH Counter", U),
}
_BRIDGE = {
    0x00: ("Get Bridge State", U),
    0x01: ("Set Bridge State", O),
    0x02: ("Get ICMB Address", U),
    0x03: ("Set ICMB Address", O),
    0x04: ("Set Bridge Proxy Address", O),
    0x05: ("Get Bridge Statistics", U),
    0x06: ("Get ICMB Capabilities", U),
    0x08: ("Clear Bridge Statistics", O),
    0x09: ("Get Bridge Proxy Address", U),
    0x0A: ("Get ICMB Connector Info", U),
    0x0B: ("Get ICMB Connection ID", U),
    0x0C: ("Send ICMB Connection ID", U),
    0x10: ("Prepare For Discovery", O),
    0x11: ("Get Addresses", U),
    0x12: ("Set Discovered", O),
    0x13: ("Get Chassis Device ID", U),
    0x14: ("Set Chassis Device ID", O),
    0x20: ("Bridge Request", O),
    0x21: ("Bridge Message", O),
    0x30: ("Get Event Count", U),
    0x31: ("Set Event Destination", O),
    0x32: ("Set Event Reception State", O),
    0x33: ("Send ICMB Event Message", O),
    0x34: ("Get Event Destination", U),
    0x35: ("Get Event Reception State", U),
}
_SENSOR = {
    0x00: ("Set Event Receiver", A),
    0x01: ("Get Event Receiver", U),
    0x02: ("Platform Event", O),
    0x10: ("Get PEF Capabilities", U),
    0x11: ("Arm PEF Postpone Timer", A),
    0x12: ("Set PEF Configuration Parameters", A),
    0x13: ("Get PEF Configuration Parameters", O),
    0x14: ("Set Last Processed Event ID", A),
    0x15: ("Get Last Processed Event ID", A),
    0x16: ("Alert Immediate", A),
    0x17: ("PET Acknowledge", N),
    0x20: ("Get Device SDR Info", U),
    0x21: ("Get Device SDR", U),
    0x22: ("Reserve Device SDR Repository", U),
    0x23: ("Get Sensor Reading Factors", U),
    0x24: ("Set Sensor Hysteresis", O),
    0x25: ("Get Sensor Hysteresis", U),
    0x26: ("Set Sensor Thresholds", O),
    0x27: ("Get Sensor Thresholds", U),
    0x28: ("Set Sensor Event Enable", O),
    0x29: ("Get Sensor Event Enable", U),
    0x2A: ("Re-arm Sensor Events", O),
    0x2B: ("Get Sensor Event Status", U),
    0x2D: ("Get Sensor Reading", U),
    0x2E: ("Set Sensor Type", O),
    0x2F: ("Get Sensor Type", U),
    0x30: ("Set Sensor Reading And Event Status", O),
}
_APP = {
    0x01: ("Get Device ID", U),
    0x02: ("Cold Reset", A),
    0x03: ("Warm Reset", A),
    0x04: ("Get Self Test Results", U),
    0x05: ("Manufacturing Test On", A),
    0x06: ("Set ACPI Power State", A),
    0x07: ("Get ACPI Power State", U),
    0x08: ("Get Device GUID", U),
    0x09: ("Get NetFn Support", U),
    0x0A: ("Get Command Support", U),
    0x0B: ("Get Command Sub-function Support", U),
    0x0C: ("Get Configurable Commands", U),
    0x0D: ("Get Configurable Command Sub-functions", U),
    0x22: ("Reset Watchdog Timer", O),
    0x24: ("Set Watchdog Timer", O),
    0x25: ("Get Watchdog Timer", U),
    0x2E: ("Set BMC Global Enables", S),
    0x2F: ("Get BMC Global Enables", U),
    0x30: ("Clear Message Flags", S),
    0x31: ("Get Message Flags", S),
    0x32: ("Enable Message Channel Receive", S),
    0x33: ("Get Message", S),
    0x34: ("Send Message", U),
    0x35: ("Read Event Message Buffer", S),
    0x36: ("Get BT Interface Capabilities", U),
    0x37: ("Get System GUID", N),
    0x38: ("Get Channel Authentication Capabilities", N),
    0x39: ("Get Session Challenge", N),
    0x3A: ("Activate Session", N),
    0x3B: ("Set Session Privilege Level", U),
    0x3C: ("Close Session", C),
    0x3D: ("Get Session Info", U),
    0x3F: ("Get AuthCode", O),
    0x40: ("Set Channel Access", A),
    0x41: ("Get Channel Access", U),
    0x42: ("Get Channel Info", U),
    0x43: ("Set User Access", A),
    0x44: ("Get User Access", O),
    0x45: ("Set User Name", A),
    0x46: ("Get User Name", O),
    0x47: ("Set User Password", A),
    0x48: ("Activate Payload", U),
    0x49: ("Deactivate Payload", U),
    0x4A: ("Get Payload Activation Status", U),
    0x4B: ("Get Payload Instance Info", U),
    0x4C: ("Set User Payload Access", A),
    0x4D: ("Get User Payload Access", O),
    0x4E: ("Get Channel Payload Support", U),
    0x4F: ("Get Channel Payload Version", U),
    0x50: ("Get Channel OEM Payload Info", U),
    0x52: ("Master Write-Read", O),
    0x54: ("Get Channel Cipher Suites", N),
    0x55: ("Suspend/Resume Payload Encryption", U),
    0x56: ("Set Channel Security Keys", A),
    0x57: ("Get System Interface Capabilities", U),
    0x58: ("Set System Info Parameters", A),
    0x59: ("Get System Info Parameters", U),
    0x60: ("Set Command Enables", A),
    0x61: ("Get Command Enables", U),
    0x62: ("Set Command Sub-function Enables", A),
    0x63: ("Get Command Sub-function Enables", U),
    0x64: ("Get OEM NetFn IANA Support", U),
}
_STORAGE = {
    0x10: ("Get FRU Inventory Area Info", U),
    0x11: ("Read FRU Data", U),
    0x12: ("Write FRU Data", O),
    0x20: ("Get SDR Repository Info", U),
    0x21: ("Get SDR Repository Allocation Info", U),
    0x22: ("Reserve SDR Repository", U),
    0x23: ("Get SDR", U),
    0x24: ("Add SDR", O),
    0x25: ("Partial Add SDR", O),
    0x26: ("Delete SDR", O),
    0x27: ("Clear SDR Repository", O),
    0x28: ("Get SDR Repository Time", U),
    0x29: ("Set SDR Repository Time", O),
    0x2A: ("Enter SDR Repository Update Mode", O),
    0x2B: ("Exit SDR Repository Update Mode", O),
    0x2C: ("Run Initialization Agent", O),
    0x40: ("Get SEL Info", U),
    0x41: ("Get SEL Allocation Info", U),
    0x42: ("Reserve SEL", U),
    0x43: ("Get SEL Entry", U),
    0x44: ("Add SEL Entry", O),
    0x45: ("Partial Add SEL Entry", O),
    0x46: ("Delete SEL Entry", O),
    0x47: ("Clear SEL", O),
    0x48: ("Get SEL Time", U),
    0x49: ("Set SEL Time", O),
    0x5A: ("Get Auxiliary Log Status", U),
    0x5B: ("Set Auxiliary Log Status", A),
    0x5C: ("Get SEL Time UTC Offset", U),
    0x5D: ("Set SEL Time UTC Offset", O),
}
_TRANSPORT = {
    0x01: ("Set LAN Configuration Parameters", A),
    0x02: ("Get LAN Configuration Parameters", O),
    0x03: ("Suspend BMC ARPs", A),
    0x04: ("Get IP/UDP/RMCP Statistics", U),
    0x10: ("Set Serial/Modem Configuration", A),
    0x11: ("Get Serial/Modem Configuration", O),
    0x12: ("Set Serial/Modem Mux", O),
    0x13: ("Get TAP Response Codes", U),
    0x14: ("Set PPP UDP Proxy Transmit Data", S),
    0x15: ("Get PPP UDP Proxy Transmit Data", S),
    0x16: ("Send PPP UDP Proxy Packet", S),
    0x17: ("Get PPP UDP Proxy Receive Data", S),
    0x18: ("Serial/Modem Connection Active", S),
    0x19: ("Callback", A),
    0x1A: ("Set User Callback Options", A),
    0x1B: ("Get User Callback Options", U),
    0x1C: ("Set Serial Routing Mux", A),
    0x20: ("SOL Activating", S),
    0x21: ("Set SOL Configuration Parameters", A),
    0x22: ("Get SOL Configuration Parameters", U),
    0x31: ("Set Forwarded Commands", A),
    0x32: ("Get Forwarded Commands", U),
    0x33: ("Enable Forwarded Commands", A),
}
_DCMI = {
    0x01: ("Get DCMI Capabilities Info", N),
    0x02: ("Get Power Reading", U),
    0x03: ("Get Power Limit", U),
    0x04: ("Set Power Limit", O),
    0x05: ("Activate/Deactivate Power Limit", O),
    0x06: ("Get Asset Tag", U),
    0x07: ("Get DCMI Sensor Info", U),
    0x08: ("Set Asset Tag", O),
    0x09: ("Get Management Controller ID", U),
    0x0A: ("Set Management Controller ID", A),
    0x0B: ("Set Thermal Limit", O),
    0x0C: ("Get Thermal Limit", U),
    0x10: ("Get Temperature Readings", U),
    0x12: ("Set DCMI Configuration Parameters", A),
    0x13: ("Get DCMI Configuration Parameters", U),
}
COMMANDS: dict[tuple[int, int], tuple[str, Privilege]] = {
    (netfn, cmd): row
    for netfn, table in (
        (0x00, _CHASSIS),
        (0x02, _BRIDGE),
        (0x04, _SENSOR),
        (0x06, _APP),
        (0x0A, _STORAGE),
        (0x0C, _TRANSPORT),
        (0x2C, _DCMI),
    )
    for cmd, row in table.items()
}
"""(netfn of the request, command) -> (name, least privilege).  2Ch: the DCMI group."""

_ONCE = frozenset(
    netfn << 8 | cmd
    for netfn, cmd in (
        (0x00, 0x03),  # Chassis Reset
        (0x02, 0x0C),  # Send ICMB Connection ID
        (0x02, 0x20),  # Bridge Request: what is inside may be anything
        (0x02, 0x21),  # Bridge Message: likewise
        (0x02, 0x33),  # Send ICMB Event Message
        (0x04, 0x02),  # Platform Event: adds an event
        (0x04, 0x16),  # Alert Immediate: sends an alert
        (0x06, 0x02),  # Cold Reset
        (0x06, 0x03),  # Warm Reset
        (0x06, 0x05),  # Manufacturing Test On
        (0x06, 0x33),  # Get Message: takes it out of the queue
        (0x06, 0x34),  # Send Message: what is inside may be anything
        (0x06, 0x35),  # Read Event Message Buffer: empties it
        (0x06, 0x52),  # Master Write-Read: writes to a bus
        (0x0A, 0x24),  # Add SDR
        (0x0A, 0x25),  # Partial Add SDR
        (0x0A, 0x44),  # Add SEL Entry
        (0x0A, 0x45),  # Partial Add SEL Entry
        (0x0C, 0x19),  # Callback
    )
)
_CHASSIS_CONTROL = 0x0002
_POWER_DOWN_OR_UP = (0, 1)


def command_name(netfn: int, cmd: int) -> str:
    """Return the name of a command; `netfn` of the request or of the response.  Unknown ones by their numbers."""
    row = COMMANDS.get((netfn & ~1, cmd))
    return row[0] if row else f"command {netfn & ~1:02X}h/{cmd:02X}h"


def required_privilege(netfn: int, cmd: int) -> Privilege | None:
    """Return the least privilege that a command needs over LAN; None: the specification does not say.

    HIGHEST: no session is needed; OEM: no session is enough, the command is for the system interface.
    """
    row = COMMANDS.get((netfn & ~1, cmd))
    return row[1] if row else None


def repeatable(netfn: int, cmd: int, data: bytes = b"") -> bool:
    """Whether a request does no harm when it is executed twice.  Commands nobody knows count as harmless."""
    key = netfn << 8 | cmd
    if key == _CHASSIS_CONTROL:
        return bool(data) and data[0] & 0x0F in _POWER_DOWN_OR_UP
    return key not in _ONCE

# SPDX-License-Identifier: Apache-2.0
"""The words of FreeIPMI for events, and ours for the same."""
from __future__ import annotations

from pyghmi.constants import Health

TEXTS = {
    # FreeIPMI -> ours, asserted: the same offsets, in other words.
    "Initiated by power up": "Power up",
    "Correctable memory error": "Correctable error",
    "Lower Non-critical - going low": "Lower non-critical",
    "Lower Critical - going low": "Lower Critical",
    "Log Area Reset/Cleared": "Log clear",
    "Timestamp Clock Synch": "Clock time change",
    "OEM System Boot Event": "OEM boot event",
    "S0/G0": "Online",
    "Presence detected": "Present",
    "Non-redundant:Sufficient Resources from Redundant": "Not redundant",
    "Redundancy Lost": "Not redundant",
    "Fully Redundant": "Redundant",
    "Run-time Critical Stop": "OS crash",
    "Session Deactivated": "Deactivated",
    "Session Activated": "Activated",
    "Invalid Username or Password": "Invalid username/password",
    "Event Offset = 00h": "",
    "Event Offset = 01h": "",
}
DEASSERTED = {
    "Lower Non-critical - going low": "Lower Non-critical deasserted",
    "Lower Critical - going low": "Lower critical deasserted",
    "Presence detected": "Absent",
}
SENSOR_TYPES = {
    # FreeIPMI -> ours, where the words differ.
    "System Boot Initiated": "System Boot",
    "Event Logging Disabled": "Event Log Disabled",
    "OS Critical Stop": "OS Stop",
    "Session Audit": "Session",
    "Other Units Based Sensor": "Other",
}
SEVERITY_STATES = {"transition to OK": 0, "Informational": 8}
STATES = {"Nominal": Health.Ok, "Warning": Health.Warning, "Critical": Health.Critical}

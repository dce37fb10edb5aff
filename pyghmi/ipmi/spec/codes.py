# SPDX-License-Identifier: Apache-2.0
"""Numbers with names: network functions, privileges, completion codes, RMCP+ status codes."""
from __future__ import annotations

from enum import Enum

from pyghmi.ipmi.wire.enums import OpenEnum


class NetFn(OpenEnum):
    """Network functions of requests; those of responses are one higher.  IPMI 2.0 §5.1."""

    CHASSIS = 0x00
    BRIDGE = 0x02
    SENSOR = 0x04
    APP = 0x06
    FIRMWARE = 0x08
    STORAGE = 0x0A
    TRANSPORT = 0x0C
    GROUP = 0x2C
    OEM = 0x2E


class Privilege(OpenEnum):
    """Privilege levels.  IPMI 2.0 §6.8.  HIGHEST is only asked for, never had."""

    HIGHEST = 0
    CALLBACK = 1
    USER = 2
    OPERATOR = 3
    ADMINISTRATOR = 4
    OEM = 5
    NO_ACCESS = 0xF


class AuthType(OpenEnum):
    """Authentication types of IPMI 1.5; RMCPPLUS marks the packet format of 2.0.  IPMI 2.0 §13.6."""

    NONE = 0
    MD2 = 1
    MD5 = 2
    PASSWORD = 4
    OEM = 5
    RMCPPLUS = 6


class PayloadType(OpenEnum):
    """Payload types of RMCP+ packets.  IPMI 2.0 table 13-16."""

    IPMI = 0x00
    SOL = 0x01
    OEM = 0x02
    OPEN_REQUEST = 0x10
    OPEN_RESPONSE = 0x11
    RAKP1 = 0x12
    RAKP2 = 0x13
    RAKP3 = 0x14
    RAKP4 = 0x15


class RmcpStatus(OpenEnum):
    """Status codes of RMCP+ session setup.  IPMI 2.0 table 13-15."""

    OK = 0x00
    INSUFFICIENT_RESOURCES = 0x01
    INVALID_SESSION_ID = 0x02
    INVALID_PAYLOAD_TYPE = 0x03
    INVALID_AUTHENTICATION = 0x04
    INVALID_INTEGRITY = 0x05
    NO_MATCHING_AUTHENTICATION = 0x06
    NO_MATCHING_INTEGRITY = 0x07
    INACTIVE_SESSION_ID = 0x08
    INVALID_ROLE = 0x09
    UNAUTHORIZED_ROLE = 0x0A
    INSUFFICIENT_RESOURCES_AT_ROLE = 0x0B
    INVALID_NAME_LENGTH = 0x0C
    UNAUTHORIZED_NAME = 0x0D
    UNAUTHORIZED_GUID = 0x0E
    INVALID_INTEGRITY_CHECK = 0x0F
    INVALID_CONFIDENTIALITY = 0x10
    NO_SUITE_MATCH = 0x11
    ILLEGAL_PARAMETER = 0x12


RMCP_TEXTS: dict[int, str] = {
    0x01: "Insufficient resources to create new session (wait for existing sessions to timeout)",
    0x02: "Invalid Session ID",
    0x03: "Invalid payload type",
    0x04: "Invalid authentication algorithm",
    0x05: "Invalid integrity algorithm",
    0x06: "No matching integrity payload",
    0x07: "No matching integrity payload",
    0x08: "Inactive Session ID",
    0x09: "Invalid role",
    0x0A: "Unauthorized role or privilege level requested",
    0x0B: "Insufficient resources to create a session at the requested role",
    0x0C: "Invalid username length",
    0x0D: "Unauthorized name",
    0x0E: "Unauthorized GUID",
    0x0F: "Invalid integrity check value",
    0x10: "Invalid confidentiality algorithm",
    0x11: "No Cipher suite match with proposed security algorithms",
    0x12: "Illegal or unrecognized parameter",
}
"""The long-standing texts, which programs compare; the text of 06h has always been that of 07h."""

THIS_CHANNEL = 0x0E
"""The channel that a question comes through."""
SYSTEM_INTERFACE = 0x0F

OK = 0x00
NODE_BUSY = 0xC0
INVALID_COMMAND = 0xC1
TIMEOUT = 0xC3
INVALID_LENGTH = 0xC7
OUT_OF_RANGE = 0xC9
NOT_PRESENT = 0xCB
INVALID_FIELD = 0xCC
CANNOT_RESPOND = 0xCE
DUPLICATED = 0xCF
INITIALIZING = 0xD2
DESTINATION_UNAVAILABLE = 0xD3
INSUFFICIENT_PRIVILEGE = 0xD4
WRONG_STATE = 0xD5
UNSPECIFIED = 0xFF

GENERIC_TEXTS: dict[int, str] = {
    0x00: "Success",
    0xC0: "Node Busy",
    0xC1: "Invalid command",
    0xC2: "Invalid command for given LUN",
    0xC3: "Timeout while processing command",
    0xC4: "Out of storage space on BMC",
    0xC5: "Reservation canceled or invalid reservation ID",
    0xC6: "Request data truncated",
    0xC7: "Request data length invalid",
    0xC8: "Request data field length limit exceeded",
    0xC9: "Parameter out of range",
    0xCA: "Cannot return number of requested data bytes",
    0xCB: "Requested sensor, data, or record not present",
    0xCC: "Invalid data field in request",
    0xCD: "Command illegal for specified sensor or record type",
    0xCE: "Command response could not be provided",
    0xCF: "Cannot execute duplicated request",
    0xD0: "SDR repository in update mode",
    0xD1: "Device in firmware update mode",
    0xD2: "BMC initialization in progress",
    0xD3: "Internal destination unavailable",
    0xD4: "Insufficient privilege level or firmware firewall",
    0xD5: "Command not supported in present state",
    0xD6: "Cannot execute command because subfunction disabled or unavailable",
    0xFF: "Unspecified",
    0xFFFF: "Timeout",
}
"""Generic completion codes.  IPMI 2.0 table 5-2; the words are the long-standing ones."""

_OF_PARAMETERS = {
    0x80: "Parameter not supported",
    0x81: "Attempt to set set 'set in progress' when not 'set complete'",
    0x82: "Attempt to write read-only parameter",
    0x83: "Attempt to read write-only parameter",
}

COMMAND_TEXTS: dict[tuple[int, int], dict[int, str]] = {
    (0x07, 0x39): {0x81: "Invalid user name", 0x82: "Null user disabled"},
    (0x07, 0x3A): {
        0x81: "No available login slots",
        0x82: "No available login slots for requested user",
        0x83: "No slot available with requested privilege level",
        0x84: "Session sequence number out of range",
        0x85: "Invalid session ID",
        0x86: "Requested privilege level exceeds requested user permissions on this channel",
    },
    (0x07, 0x3B): {
        0x80: "User is not allowed requested privilege level",
        0x81: "Requested privilege level is not allowed over this channel",
        0x82: "Cannot disable user level authentication",
    },
    (0x01, 0x08): {
        0x80: "Parameter not supported",
        0x81: "Attempt to set set 'set in progress' when not 'set complete'",
        0x82: "Attempt to write read-only parameter",
    },
    (0x07, 0x48): {
        0x80: "Payload already active on another session",
        0x81: "Payload is disabled",
        0x82: "Payload activation limit reached",
        0x83: "Cannot activate payload with encryption",
        0x84: "Cannot activate payload without encryption",
    },
    (0x07, 0x47): {
        0x80: "Password test failed. Password does not match stored value",
        0x81: "Password test failed. Wrong password size was used",
    },
    (0x01, 0x09): {0x80: "Parameter not supported"},
    (0x07, 0x34): {
        0x80: "Invalid session handle",
        0x81: "Lost arbitration",
        0x82: "Bus error",
        0x83: "NAK on write",
    },
    (0x07, 0x33): {0x80: "Receive message queue is empty"},
    (0x07, 0x3C): {0x87: "Invalid session ID", 0x88: "Invalid session handle"},
    (0x07, 0x22): {0x80: "Watchdog timer was never set"},
    (0x07, 0x40): {0x82: "Set not supported on selected channel", 0x83: "Access mode not supported"},
    (0x07, 0x41): {0x82: "Command not supported for selected channel"},
    (0x0D, 0x01): _OF_PARAMETERS,
    (0x0D, 0x02): _OF_PARAMETERS,
    (0x0D, 0x21): _OF_PARAMETERS,
    (0x0D, 0x22): _OF_PARAMETERS,
    (0x05, 0x12): _OF_PARAMETERS,
    (0x05, 0x13): _OF_PARAMETERS,
    (0x07, 0x58): {
        0x80: "Parameter not supported",
        0x81: "Attempt to set set 'set in progress' when not 'set complete'",
        0x82: "Attempt to write read-only parameter",
    },
    (0x07, 0x59): {0x80: "Parameter not supported"},
}
"""Codes of single commands, by (netfn of the response, command)."""


def meaning(netfn: int, command: int, code: int) -> str:
    """Return what a completion code means for a command; `netfn`: that of the request or of the response."""
    special = COMMAND_TEXTS.get((netfn | 1, command), {})
    if code in special:
        return special[code]
    if code in GENERIC_TEXTS:
        return GENERIC_TEXTS[code]
    return f"Unknown code 0x{code:2x} encountered"


def rmcp_meaning(status: int) -> str:
    """Return what an RMCP+ status code means."""
    return RMCP_TEXTS.get(status) or f"Unrecognized RMCP code {int(status)}"


class RetryClass(Enum):
    """Whether a request may be repeated after a completion code."""

    NEVER = "the answer is final"
    NOT_RUN = "the command was not executed; repeat it, whatever it is"
    MAYBE_RUN = "repeat it if a second execution does no harm"
    ONCE = "repeat it once if a second execution does no harm"
    IN_PROGRESS = "the first copy is being executed; its answer will come"


RETRY: dict[int, RetryClass] = {
    NODE_BUSY: RetryClass.NOT_RUN,
    INITIALIZING: RetryClass.NOT_RUN,
    TIMEOUT: RetryClass.MAYBE_RUN,
    CANNOT_RESPOND: RetryClass.MAYBE_RUN,
    WRONG_STATE: RetryClass.ONCE,
    UNSPECIFIED: RetryClass.ONCE,
    DUPLICATED: RetryClass.IN_PROGRESS,
}
"""What is not here is final.  C0h busy, C3h and CEh after trouble inside, D2h while starting: seen to pass;
D5h and FFh pass now and then."""


def retry_class(code: int) -> RetryClass:
    """Return whether a request may be repeated after this completion code."""
    return RETRY.get(code, RetryClass.NEVER)

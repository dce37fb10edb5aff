# SPDX-License-Identifier: Apache-2.0
"""The words of the long-standing interface and what they stand for."""
from __future__ import annotations

from typing import Union

boot_devices: dict[Union[str, int], Union[str, int]] = {
    "net": 4,
    "network": 4,
    "pxe": 4,
    "http": 4,
    "hd": 8,
    "safe": 0x0C,
    "cd": 0x14,
    "cdrom": 0x14,
    "optical": 0x14,
    "dvd": 0x14,
    "setup": 0x18,
    "bios": 0x18,
    "f1": 0x18,
    "floppy": 0x3C,
    "usb": 0x3C,
    "default": 0,
    0: "default",
    1: "network",
    2: "hd",
    3: "safe",
    5: "optical",
    6: "setup",
    15: "floppy",
}
"""Name -> byte 2 of the boot flags (the device selector, four times over); selector -> canonical name."""

power_states: dict[str, int] = {
    "off": 0,
    "on": 1,
    "reset": 3,
    "diag": 4,
    "softoff": 5,
    "shutdown": 5,
    "boot": -1,
}
"""Name -> directive of Chassis Control; -1: on or reset, by the present state.  set_power() knows "cycle" too."""

DEVICE_UNIT = 4
"""The selector is in bits 5 to 2 of its byte."""

PRIVILEGES = {
    "reserved": 0,
    "callback": 1,
    "user": 2,
    "operator": 3,
    "administrator": 4,
    "proprietary": 5,
    "no_access": 0xF,
}
"""Privilege levels under their long-standing names."""

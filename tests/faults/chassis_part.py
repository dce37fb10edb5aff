# SPDX-License-Identifier: Apache-2.0
"""Chassis and boot options of a small server in memory; its misbehaviour is up to the knobs of the test."""
from __future__ import annotations

from typing import Any

from pyghmi.sim.boot import BootOptions

ON, OFF = 1, 0
STATUS, CONTROL, IDENTIFY, BOOT_SET, BOOT_GET, DEVICE_ID = (0, 1), (0, 2), (0, 4), (0, 8), (0, 9), (6, 1)
INTEL = bytes.fromhex("20 01 02 10 02 80 57 01 00 42 00")


class ChassisPart:
    """Power as `power_on`; what Chassis Control was told in `actions`."""

    def __init__(self, *, power_on: bool = False, device_id: bytes = INTEL) -> None:
        self.power_on = power_on
        self.policy = 0
        self.actions: list[int] = []
        self.said: list[str] = []
        self.boot = BootOptions(self.said.append)
        self.device_id = device_id

    def commands(self) -> dict[tuple[int, int], Any]:
        return {
            STATUS: lambda _data: (0, bytes((self.policy << 5 | self.power_on, 0x10, 0x40))),
            CONTROL: self._control,
            IDENTIFY: lambda _data: (0, b""),
            (0, 6): self._restore_policy,
            (0, 7): lambda _data: (0, b"\x04\x01"),
            BOOT_SET: self.boot.set,
            BOOT_GET: self.boot.get,
            (0, 0x0F): lambda _data: (0, b"\x3c\xd2\x04\0\0"),
            DEVICE_ID: lambda _data: (0, self.device_id),
        }

    def _control(self, data: bytes) -> tuple[int, bytes]:
        self.actions.append(data[0])
        if data[0] in (2, 3) and not self.power_on:
            return 0xD5, b""
        if data[0] in (0, 1, 5):
            self.power_on = data[0] == 1
        return 0, b""

    def _restore_policy(self, data: bytes) -> tuple[int, bytes]:
        if data[0] != 3:
            self.policy = data[0]
        return 0, b"\7"

# SPDX-License-Identifier: Apache-2.0
"""A BMC in memory with users, for the tests of users."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from memory_bmc import Knob, MemoryBmc

from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.sim.users import UserPart

SET_ACCESS, ACCESS, SET_NAME, NAME, PASSWORD = (0x06, 0x43), (0x06, 0x44), (0x06, 0x45), (0x06, 0x46), (0x06, 0x47)
SET_PAYLOADS, PAYLOADS = (0x06, 0x4C), (0x06, 0x4D)
CHANNEL_INFO = (0x06, 0x42)
DISABLE, ENABLE, SET, TEST = range(4)


class UserBmc(MemoryBmc):
    """`logins`: the accounts that logins are checked against; `part`: what answers for them."""

    def __init__(self, *users: User, slots: int = 5, knobs: dict[tuple[int, int], Knob] | None = None) -> None:
        self.logins = UserList(users or (User(b"admin", b"secret"), User(b"oper", b"op-pass", Privilege.OPERATOR, user_id=3)))
        self.part = UserPart(SimpleNamespace(authdata=self.logins), slots=slots)
        super().__init__(self.part, knobs={CHANNEL_INFO: _channel_info, **(knobs or {})})

    def sent(self, *commands: tuple[int, int]) -> list[str]:
        """Return the data of these commands, in order, in hexadecimal."""
        return [data.hex() for netfn, cmd, data in self.asked if (netfn, cmd) in commands]

    def admits(self, name: bytes, password: bytes, privilege: Privilege | None = None) -> bool:
        """Whether a login would succeed."""
        found = self.logins.find(name, privilege)
        if found is None or (privilege is not None and found.privilege < privilege):
            return False
        return found.enabled and found.password == password


def _channel_info(data: bytes, _handler: Any) -> tuple[int, bytes]:
    """Only channel 1 leads to a network."""
    return (0, bytes.fromhex("01 04 01 80 f2 1b 00 00 00")) if data in (b"\x01", b"\x0e") else (0xCC, b"")

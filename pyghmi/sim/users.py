# SPDX-License-Identifier: Apache-2.0
"""The users of a simulated BMC: what is written over IPMI counts for the next login.  IPMI 2.0 §22.26 to §22.30."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, OUT_OF_RANGE, THIS_CHANNEL, Privilege
from pyghmi.ipmi.spec.users import (
    NAME_BYTES,
    PASSWORD_BYTES,
    PASSWORD_MISMATCH,
    SHORT_PASSWORD_BYTES,
    WRONG_PASSWORD_SIZE,
    GetUserAccess,
    GetUserName,
    GetUserPayloadAccess,
    PasswordOperation,
    PayloadChange,
    SetUserAccess,
    SetUserName,
    SetUserPassword,
    SetUserPayloadAccess,
    UserAccess,
    UserName,
    UserPayloadAccess,
    UserStatus,
)
from pyghmi.sim.accounts import Accounts, Slot
from pyghmi.sim.parts import Answer, Reply

_LEVELS = (*range(Privilege.CALLBACK, Privilege.OEM + 1), Privilege.NO_ACCESS)
_ERASED = b"\xff" * NAME_BYTES
_FIXED_NAMES = 1
"""User 1 has no name and gets none."""


class UserPart:
    """Answer what is asked of users, and change them.

    machine: whose `authdata` it is about, a `UserList` or a dictionary of passwords; slots: how many there are.
    """

    def __init__(self, machine: Any, *, slots: int = 15, channel: int = 1) -> None:
        self._machine = machine
        self._count = slots
        self._channels = (channel, THIS_CHANNEL)
        self._known: Any = None
        self._accounts: Accounts | None = None

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x06, 0x43): self._set_access,
            (0x06, 0x44): self._access,
            (0x06, 0x45): self._set_name,
            (0x06, 0x46): self._name,
            (0x06, 0x47): self._password,
            (0x06, 0x4C): self._set_payloads,
            (0x06, 0x4D): self._payloads,
        }

    @property
    def accounts(self) -> Accounts:
        """The slots; read anew when the machine was given other accounts."""
        authdata = self._machine.authdata
        if self._accounts is None or self._known is not authdata:
            self._known, self._accounts = authdata, Accounts(authdata, self._count)
        return self._accounts

    def state(self) -> dict[str, Any]:
        """Return the accounts as plain data, passwords too."""
        return {"slots": {str(uid): slot.state() for uid, slot in self.accounts.slots.items() if slot.used}}

    def restore(self, state: dict[str, Any]) -> None:
        """Have these accounts and no others."""
        for uid, slot in self.accounts.slots.items():
            found = state["slots"].get(str(uid))
            if found is not None:
                slot.restore(found)
            elif slot.used:
                slot.clear()
            else:
                continue
            self.accounts.changed(uid)

    def slot(self, uid: int) -> Slot | None:
        """Return a slot, None where there is no such."""
        return self.accounts.slots.get(uid)

    def grow(self, count: int) -> None:
        """Have so many slots, where there are fewer."""
        self._count = max(self._count, count)
        if self._accounts is None:
            return
        for uid in range(1, self._count + 1):
            self.accounts.slots.setdefault(uid, Slot())

    def _changed(self, uid: int) -> Reply:
        self.accounts.changed(uid)
        return OK, b""

    # --- access

    def _access(self, data: bytes) -> Reply:
        asked = exact(GetUserAccess, data)
        slot = self.slot(asked.user)
        if slot is None or asked.channel not in self._channels:
            return INVALID_FIELD, b""
        answer = UserAccess(
            max_users=self._count,
            status=UserStatus.ENABLED if slot.enabled else UserStatus.DISABLED,
            enabled_users=sum(each.enabled for each in self.accounts.slots.values()),
            fixed_names=_FIXED_NAMES,
            callback=slot.callback,
            link_auth=slot.link_auth,
            messaging=slot.messaging,
            privilege=slot.privilege,
        )
        return OK, answer.encode()

    def _set_access(self, data: bytes) -> Reply:
        asked = exact(SetUserAccess, data)
        slot = self._to_write(asked.user)
        if slot is None or asked.channel not in self._channels or asked.privilege not in _LEVELS:
            return INVALID_FIELD, b""
        if asked.change:
            slot.callback, slot.link_auth, slot.messaging = asked.callback, asked.link_auth, asked.messaging
        slot.privilege = asked.privilege
        return self._changed(asked.user)

    def _to_write(self, uid: int) -> Slot | None:
        return self.slot(uid) if self.accounts.writable else None

    # --- names

    def _name(self, data: bytes) -> Reply:
        slot = self.slot(exact(GetUserName, data).user)
        if slot is None:
            return OUT_OF_RANGE, b""
        return OK, UserName(name=slot.name.ljust(NAME_BYTES, b"\0")).encode()

    def _set_name(self, data: bytes) -> Reply:
        asked = exact(SetUserName, data)
        slot = self._to_write(asked.user)
        if slot is None or asked.user <= _FIXED_NAMES:
            return INVALID_FIELD, b""
        slot.name = b"" if asked.name == _ERASED else asked.name.rstrip(b"\0")
        if not slot.name:
            slot.clear()
        return self._changed(asked.user)

    # --- passwords

    def _password(self, data: bytes) -> Reply:
        asked = SetUserPassword.decode(data)
        slot = self._to_write(asked.user)
        if slot is None:
            return INVALID_FIELD, b""
        size = PASSWORD_BYTES if asked.twenty_bytes else SHORT_PASSWORD_BYTES
        switches = asked.operation in (PasswordOperation.ENABLE_USER, PasswordOperation.DISABLE_USER)
        if len(asked.password) != size and (asked.password or not switches):
            return INVALID_LENGTH, b""
        if switches:
            slot.enabled = asked.operation is PasswordOperation.ENABLE_USER
            return self._changed(asked.user)
        word = asked.password.rstrip(b"\0")
        if asked.operation is PasswordOperation.TEST:
            if asked.twenty_bytes is not slot.long:
                return WRONG_PASSWORD_SIZE, b""
            return (OK if word == slot.password else PASSWORD_MISMATCH), b""
        slot.password, slot.long = word, asked.twenty_bytes
        return self._changed(asked.user)

    # --- payloads

    def _payloads(self, data: bytes) -> Reply:
        asked = exact(GetUserPayloadAccess, data)
        slot = self.slot(asked.user)
        if slot is None or asked.channel not in self._channels:
            return INVALID_FIELD, b""
        return OK, UserPayloadAccess(sol=slot.sol).encode()

    def _set_payloads(self, data: bytes) -> Reply:
        asked = exact(SetUserPayloadAccess, data)
        slot = self._to_write(asked.user)
        if slot is None or asked.channel not in self._channels or asked.change > PayloadChange.DISABLE:
            return INVALID_FIELD, b""
        if asked.sol:
            slot.sol = asked.change is PayloadChange.ENABLE
        return OK, b""

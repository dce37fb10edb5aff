# SPDX-License-Identifier: Apache-2.0
"""The accounts of a simulated BMC in numbered slots, kept in step with those that logins are checked against."""
from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Optional, Union

from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.spec.codes import Privilege

_FIRST = 2
_FLAGS = ("long", "enabled", "callback", "link_auth", "messaging", "sol")
_REAL = range(Privilege.CALLBACK, Privilege.OEM + 1)


class Slot:
    """What one slot holds.  long: whether the password was set with 20 bytes; `user`: the account that logins find."""

    def __init__(self) -> None:
        self.user: Optional[User] = None
        self.clear()

    def __repr__(self) -> str:
        return f"<Slot of {self.name!r}, {self.privilege}>"

    def clear(self) -> None:
        """Hold nobody."""
        self.name = self.password = b""
        self.long = self.enabled = self.callback = self.link_auth = self.messaging = self.sol = False
        self.privilege = Privilege.NO_ACCESS

    def take(self, user: User) -> None:
        """Hold an account that can be logged in to."""
        self.user = user
        self.name, self.password, self.long = user.name, user.password, len(user.password) > 16
        self.enabled, self.privilege = user.enabled, user.privilege
        self.callback, self.link_auth, self.messaging, self.sol = False, True, True, True

    @property
    def used(self) -> bool:
        """Whether it holds anybody."""
        return self.user is not None or bool(self.name) or self.enabled

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, the password too."""
        flags = {name: getattr(self, name) for name in _FLAGS}
        return {"name": self.name.hex(), "password": self.password.hex(), "privilege": int(self.privilege), **flags}

    def restore(self, state: dict[str, Any]) -> None:
        """Hold what `state` says."""
        self.name, self.password = bytes.fromhex(state["name"]), bytes.fromhex(state["password"])
        self.privilege = Privilege(state["privilege"])
        for name in _FLAGS:
            setattr(self, name, bool(state[name]))

    @property
    def admits(self) -> bool:
        """Whether it can be logged in to."""
        return self.enabled and self.messaging and self.privilege in _REAL


class Accounts:
    """The slots.  authdata: a `UserList`, or passwords by name; with anything else nothing can be listed.

    What is changed here takes effect there.  Passwords by name have no privileges: whoever is there is administrator.
    """

    def __init__(self, authdata: Any, count: int) -> None:
        self._authdata = authdata
        self.slots = {uid: Slot() for uid in range(1, count + 1)}
        for user in self._users():
            self._place(user)

    @property
    def writable(self) -> bool:
        """Whether changes can be kept."""
        return isinstance(self._authdata, (UserList, MutableMapping))

    def _users(self) -> list[User]:
        if isinstance(self._authdata, UserList):
            return list(self._authdata.users)
        if isinstance(self._authdata, MutableMapping):
            rows = [(_bytes(name), _bytes(word)) for name, word in self._authdata.items()]
            return [User(name, word, user_id=number) for number, (name, word) in enumerate(rows, _FIRST)]
        return []

    def _place(self, user: User) -> None:
        """Give an account its slot; if somebody has that, the next one that is free."""
        free = [uid for uid, slot in self.slots.items() if slot.user is None and uid >= _FIRST]
        uid = user.user_id
        if uid not in self.slots or self.slots[uid].user is not None:
            if not free:
                return
            uid = free[0]
        user.user_id = uid
        self.slots[uid].take(user)

    def changed(self, uid: int) -> None:
        """Make what a slot now holds count for logins."""
        slot = self.slots[uid]
        if isinstance(self._authdata, UserList):
            self._keep(uid, slot, self._authdata.users)
        elif isinstance(self._authdata, MutableMapping):
            self._keep_by_name(slot, self._authdata)

    def _keep(self, uid: int, slot: Slot, users: list[User]) -> None:
        if slot.user is not None and slot.user not in users:
            slot.user = None  # a program took it out
        if not slot.name and uid >= _FIRST:
            if slot.user is not None:
                users.remove(slot.user)
                slot.user = None
            return
        privilege = slot.privilege if slot.privilege in _REAL else Privilege.CALLBACK
        if slot.user is None:
            slot.user = User(slot.name, slot.password, user_id=uid)
            users.append(slot.user)
        slot.user.name, slot.user.password = slot.name, slot.password
        slot.user.privilege, slot.user.enabled = privilege, slot.admits

    def _keep_by_name(self, slot: Slot, passwords: MutableMapping[Any, Any]) -> None:
        former = None if slot.user is None else slot.user.name
        for key in [key for key in passwords if _bytes(key) in (former, slot.name)]:
            del passwords[key]
        slot.user = User(slot.name, slot.password)
        if slot.admits and slot.name:
            passwords[_text(slot.name)] = _text(slot.password)


def _bytes(value: Union[str, bytes]) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _text(value: bytes) -> Union[str, bytes]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value

# SPDX-License-Identifier: Apache-2.0
"""Accounts out of what a program gave: passwords by user name."""
from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Optional, Protocol, Union

from pyghmi.ipmi.facade.credentials import as_bytes
from pyghmi.ipmi.protocol.serverconfig import User, UserList

if TYPE_CHECKING:
    from pyghmi.ipmi.spec.codes import Privilege

_MOST_KEPT = 64


class AuthData(Protocol):
    """Passwords by user name: a dictionary, or anything with such a `get`."""

    def get(self, username: str) -> Optional[Union[str, bytes]]: ...


class Holder(Protocol):
    """Who has them; a program may put others there at any time."""

    authdata: Any


class AuthDataUsers:
    """Accounts out of what a program gave: every one of them is an administrator."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder
        self._kept: dict[bytes, User] = {}

    def find(self, name: bytes, privilege: Privilege | None) -> User | None:
        """Return the account of this name; None: there is none."""
        try:
            return self._look_up(name, privilege)
        except Exception:  # a program's own code, or a password that is too long: nobody logs in, the BMC goes on
            traceback.print_exc()
            return None

    def nameless(self) -> User | None:
        """Return the account without a name, of those that stand in a table.

        Every stranger makes a BMC ask for it: not of a program's own code, which may ask a directory in turn.
        """
        return self.find(b"", None) if isinstance(self._holder.authdata, (dict, UserList)) else None

    def _look_up(self, name: bytes, privilege: Privilege | None) -> User | None:
        authdata = self._holder.authdata
        if authdata is None:
            return None
        if not hasattr(authdata, "get"):
            found: User | None = authdata.find(name, privilege)
            return found
        try:
            password = authdata.get(name.decode("utf-8"))
        except UnicodeDecodeError:
            return None
        return None if password is None else self._account(name, as_bytes(password, "password"))

    def _account(self, name: bytes, password: bytes) -> User:
        """Return the account, the same one for all sessions of a user as long as his password does not change."""
        found = self._kept.get(name)
        if found is None or found.password != password:
            found = User(name, password)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[name] = found
        return found

# SPDX-License-Identifier: Apache-2.0
"""What a BMC is told about itself: users, keys, cipher suites, limits."""
from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Callable, Protocol

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.login import KG_BYTES, NAME_BYTES, PASSWORD_BYTES
from pyghmi.ipmi.protocol.suites import SUPPORTED
from pyghmi.ipmi.spec.codes import AuthType, Privilege

_AUTH_TYPES = (AuthType.NONE, AuthType.MD2, AuthType.MD5, AuthType.PASSWORD)


class User:
    """An account.  name: at most 16 bytes, empty for the null user; password: at most 20; privilege: its limit."""

    __slots__ = ("enabled", "name", "password", "privilege", "user_id")

    def __init__(
        self,
        name: bytes,
        password: bytes,
        privilege: Privilege = Privilege.ADMINISTRATOR,
        *,
        enabled: bool = True,
        user_id: int = 2,
    ) -> None:
        if len(name) > NAME_BYTES:
            raise InvalidParameterValue(f"a user name has at most {NAME_BYTES} bytes, this one has {len(name)}")
        if len(password) > PASSWORD_BYTES:
            raise InvalidParameterValue(f"a password has at most {PASSWORD_BYTES} bytes, this one has {len(password)}")
        self.name = name
        self.password = password
        self.privilege = privilege
        self.enabled = enabled
        self.user_id = user_id

    def __repr__(self) -> str:
        return f"<User {self.name!r}, {self.privilege.name.lower()}{'' if self.enabled else ', disabled'}>"


class Users(Protocol):
    """Where accounts are looked up."""

    def find(self, name: bytes, privilege: Privilege | None) -> User | None:
        """Return the account of this name; `privilege`: the first one that reaches it, None: whatever it reaches."""
        ...


class UserList:
    """Accounts in a list."""

    def __init__(self, users: Iterable[User] = ()) -> None:
        self.users = list(users)

    def __repr__(self) -> str:
        return f"<UserList of {len(self.users)}>"

    def find(self, name: bytes, privilege: Privilege | None) -> User | None:
        """Return the account of this name; see `Users`."""
        named = [user for user in self.users if user.name == name]
        for user in named:
            if user.enabled and (privilege is None or user.privilege >= privilege):
                return user
        return named[0] if named else None


class LoginRules:
    """What a BMC allows beyond names and passwords: everything, until a subclass knows better."""

    def limit(self, _suite: int) -> Privilege | None:
        """Return the highest level of sessions with a cipher suite; None: it is not to be used."""
        return Privilege.OEM

    def succeeded(self, user: User) -> None:
        """Note that a user has proved to know the password."""

    def failed(self, user: User) -> None:
        """Note that somebody had a wrong password for a user."""


class ServerConfig:
    """What a BMC offers.

    guid: 16 bytes, as they go on the wire; kg: the BMC key, at most 20 bytes; suites: numbers, best first (0 must be
    named); auth_types: of IPMI 1.5, none by default; max_sessions: open at once; max_half_open: logins under way,
    of which an old one gives way; idle_s: a session without a message for so long ends; half_open_s: so does a login;
    refusal_wait_s: how long an address that was refused several times waits after each further refusal.

    nameless: called by who tells strangers whether one may log in without a name; to be replaced where that is not to
    be looked up each time.  readings: how the key exchange is read, see `handshake.Readings`; None: as specified.
    rules: see `LoginRules`.
    """

    def __init__(
        self,
        users: Users,
        *,
        guid: bytes,
        kg: bytes | None = None,
        suites: Iterable[int] = (17, 3, 16, 15, 2, 1, 12, 8, 11, 7, 6),
        auth_types: Iterable[int] = (),
        max_sessions: int = 64,
        max_half_open: int = 1024,
        idle_s: float = 60.0,
        half_open_s: float = 10.0,
        refusal_wait_s: float = 0.25,
        channel: int = 1,
    ) -> None:
        if kg is not None and len(kg) > KG_BYTES:
            raise InvalidParameterValue(f"the BMC key has at most {KG_BYTES} bytes, this one has {len(kg)}")
        self.users = users
        self.nameless: Callable[[], User | None] = partial(users.find, b"", None)
        self.guid = guid
        self.kg = kg
        self.suites = tuple(suites)
        self.auth_types = tuple(AuthType(kind) for kind in auth_types)
        for number in self.suites:
            if number not in SUPPORTED:
                raise InvalidParameterValue(f"cipher suite {number} is not supported")
        for kind in self.auth_types:
            if kind not in _AUTH_TYPES:
                raise InvalidParameterValue(f"IPMI 1.5 authentication type {int(kind)} is not supported")
        self.max_sessions = max_sessions
        self.max_half_open = max_half_open
        self.idle_s = idle_s
        self.half_open_s = half_open_s
        self.refusal_wait_s = refusal_wait_s
        self.channel = channel
        self.readings: Any = None
        self.rules = LoginRules()

    def __repr__(self) -> str:
        return f"<ServerConfig, suites {self.suites}>"

# SPDX-License-Identifier: Apache-2.0
"""The users of one channel: access, names, payloads.  IPMI 2.0 §22.26 to §22.30, §24.6, §24.7.

What is written is read back, for many BMCs lose writes that come fast, or say yes and do nothing.
"""
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, NotFound, TimedOut
from pyghmi.ipmi.domains.passwords import Passwords, password_error
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.domains.settling import LOOK_S, readable, settle
from pyghmi.ipmi.spec.codes import (
    INVALID_FIELD,
    INVALID_LENGTH,
    NOT_PRESENT,
    OK,
    OUT_OF_RANGE,
    WRONG_STATE,
    Privilege,
)
from pyghmi.ipmi.spec.users import (
    LAST_USER_ID,
    NAME_BYTES,
    GetUserAccess,
    GetUserName,
    GetUserPayloadAccess,
    PayloadChange,
    SetUserAccess,
    SetUserName,
    SetUserPayloadAccess,
    UserAccess,
    UserPayloadAccess,
    UserStatus,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyghmi.ipmi.domains.requester import Requester

T = TypeVar("T")

_EMPTY_SLOT = (INVALID_FIELD, NOT_PRESENT, WRONG_STATE, OUT_OF_RANGE)
_TRUNCATED = 0xC6
_WRONG_LENGTH = (INVALID_LENGTH, _TRUNCATED)
_NAME_WAIT_S, _NAME_DEADLINE_S = 2.0, 10.0
"""A name takes long to write, and where no answer comes there must be time left to look for it."""
_ERASED = b"\xff" * NAME_BYTES
_FIRST_FREE = 2
"""User 1 is the one without a name."""
_USUAL_SLOTS = range(1, 16)
"""Where the BMC does not say how many there are."""


class Rights(NamedTuple):
    """What a user may do on the channel."""

    callback: bool = False
    link_auth: bool = True
    messaging: bool = True
    privilege: Privilege = Privilege.USER


NO_RIGHTS = Rights(callback=False, link_auth=False, messaging=False, privilege=Privilege.NO_ACCESS)


class Users(Passwords):
    """The users of one channel."""

    def __init__(self, bmc: Requester, channel: int) -> None:
        super().__init__(bmc)
        self._channel = channel
        self._with_limit = False
        self._mute = False

    # --- access

    def access(self, uid: int, *, deadline_s: float | None = None) -> UserAccess:
        """Return what a user may do."""
        return self._bmc.request(GetUserAccess(channel=self._channel, user=uid), deadline_s=deadline_s)

    def slots(self, access: UserAccess | None = None) -> range:
        """Return the numbers of all slots; `access`: that of any user, if it is known."""
        found = (access or self.access(1)).max_users
        return range(1, min(found, LAST_USER_ID) + 1)

    def set_access(self, uid: int, rights: Rights) -> None:
        """Set what a user may do: the whole record, for some BMCs refuse part of it.

        Raises BmcErrorException where the BMC says yes and does not do it.
        """
        self._write_access(uid, rights)
        settle(
            self._bmc,
            lambda: self._has_rights(uid, rights),
            lambda: self._write_access(uid, rights),
            f"the access of user {uid}",
            lambda: _differ(self, uid, lambda each: self._said(each)[1:]),
        )

    def _write_access(self, uid: int, rights: Rights) -> None:
        try:
            self._bmc.request(self._access_request(uid, rights), deadline_s=self.patience_s)
        except CompletionCodeError as error:
            if error.code not in _WRONG_LENGTH or self._with_limit:
                raise
            self._with_limit = True
            self._bmc.request(self._access_request(uid, rights), deadline_s=self.patience_s)

    def _access_request(self, uid: int, rights: Rights) -> SetUserAccess:
        return SetUserAccess(
            callback=rights.callback,
            link_auth=rights.link_auth,
            messaging=rights.messaging,
            channel=self._channel,
            user=uid,
            privilege=rights.privilege,
            session_limit=0 if self._with_limit else None,
        )

    def _has_rights(self, uid: int, rights: Rights) -> bool:
        """Whether the level, and messaging where there is any access, are as wanted: the rest some BMCs ignore."""
        _status, privilege, messaging = self._said(uid)
        without = rights.privilege is Privilege.NO_ACCESS
        return privilege == rights.privilege and (without or messaging == rights.messaging)

    def _said(self, uid: int) -> tuple[UserStatus, Privilege, bool]:
        """Return what the BMC says of a user when it is asked to be sure."""
        found = self.look(lambda: self.access(uid, deadline_s=LOOK_S))
        return found.status, found.privilege, found.messaging

    def look(self, read: Callable[[], T]) -> T:
        """Read what one can do without.  Raises TimedOut at once where the BMC was silent to that before."""
        if self._mute:
            raise TimedOut("timeout")
        try:
            return read()
        except TimedOut:
            self._mute = True
            raise

    def set_enabled(self, uid: int, enabled: bool) -> None:
        """Enable or disable a user.  One that is so already is refused by some BMCs; that is no failure.

        Raises CompletionCodeError, BmcErrorException where the BMC says yes and does not do it.
        """
        wanted = UserStatus.ENABLED if enabled else UserStatus.DISABLED

        def as_wanted() -> bool:
            return self._said(uid)[0] in (wanted, UserStatus.UNSPECIFIED)

        code = self._send_enabled(uid, enabled)
        if code == INVALID_FIELD and readable(as_wanted) is not False:
            return
        if code != OK:
            raise password_error(code)
        settle(
            self._bmc,
            as_wanted,
            lambda: self._send_enabled(uid, enabled),
            f"whether user {uid} is enabled",
            lambda: _differ(self, uid, lambda each: self._said(each)[0]),
        )

    # --- names

    def name(self, uid: int, *, deadline_s: float | None = None) -> bytes:
        """Return the name of a user; empty where the BMC refuses to tell, as many do for an empty slot."""
        try:
            return self.told_name(uid, deadline_s=deadline_s)
        except CompletionCodeError as error:
            if error.code not in _EMPTY_SLOT:
                raise
            return b""

    def told_name(self, uid: int, *, deadline_s: float | None = None) -> bytes:
        """Return the name of a user.  Raises CompletionCodeError where the BMC refuses to tell."""
        name = self._bmc.request(GetUserName(user=uid), deadline_s=deadline_s).name[:NAME_BYTES]
        return b"" if name == _ERASED else name.rstrip(b"\0")

    def names(self, slots: range) -> dict[int, bytes]:
        """Return the names in all slots, as `name` does."""
        return {uid: self.name(uid) for uid in slots}

    def set_name(self, uid: int, name: bytes) -> None:
        """Set the name of a user, at most 16 bytes; empty: take it away.

        When it is refused, or no answer comes, it is read back before anything else is done: it may be there.
        Raises InvalidParameterValue, CompletionCodeError, TimedOut, BmcErrorException.
        """
        check_name(name)
        try:
            self._write_name(uid, name)
        except (CompletionCodeError, TimedOut):
            if not readable(lambda: self._seen_name(uid) == name):
                raise
            return
        settle(
            self._bmc,
            lambda: self._seen_name(uid) == name,
            lambda: self._write_name(uid, name),
            f"the name of user {uid}",
            lambda: _differ(self, uid, self._seen_name) and _differ(self, uid, self._said),
        )

    def _write_name(self, uid: int, name: bytes) -> None:
        """Write a name; one that is to go and cannot be written as zeros is written as FFh."""
        code = self._put_name(uid, name)
        if code in (INVALID_FIELD, OUT_OF_RANGE) and not name and self._put_name(uid, _ERASED) == OK:
            return
        if code != OK:
            raise completion_error(SetUserName.netfn, SetUserName.cmd, code)

    def _put_name(self, uid: int, name: bytes) -> int:
        request = SetUserName(user=uid, name=name.ljust(NAME_BYTES, b"\0"))
        code, _data = self._bmc.exchange(
            request.netfn, request.cmd, request.encode(), first_wait=_NAME_WAIT_S, deadline_s=_NAME_DEADLINE_S
        )
        return code

    def _seen_name(self, uid: int) -> bytes:
        """Return the name of a user, read to be sure."""
        return self.look(lambda: self.name(uid, deadline_s=LOOK_S))

    def find(self, name: bytes) -> list[int]:
        """Return the slots of a name."""
        return [uid for uid, found in self.names(self.slots()).items() if found == name]

    def find_free_slot(self, names: dict[int, bytes] | None = None) -> int:
        """Return the first slot without a name; `names`: of all slots, if they are known.  Raises NotFound."""
        held = self.names(self.slots()) if names is None else names
        for uid, name in held.items():
            if uid >= _FIRST_FREE and not name:
                return uid
        raise NotFound(f"All {len(held)} user slots of the BMC are taken")

    # --- payloads

    def payloads(self, uid: int) -> UserPayloadAccess:
        """Return which payloads a user may have."""
        return self._bmc.request(GetUserPayloadAccess(channel=self._channel, user=uid))

    def set_sol(self, uid: int, allowed: bool) -> None:
        """Let a user have serial over LAN, or not.  Raises as `set_access` does."""
        change = PayloadChange.ENABLE if allowed else PayloadChange.DISABLE
        request = SetUserPayloadAccess(channel=self._channel, change=change, user=uid)
        self._bmc.request(request)
        settle(
            self._bmc,
            lambda: self.payloads(uid).sol is allowed,
            lambda: self._bmc.request(request),
            f"the payloads of user {uid}",
        )


def check_name(name: bytes) -> None:
    """Raise InvalidParameterValue for a name that no BMC can take."""
    if len(name) > NAME_BYTES:
        raise InvalidParameterValue(f"name must be less than or = {NAME_BYTES} chars")


def _differ(users: Users, uid: int, said: Callable[[int], object]) -> bool:
    """Whether the BMC says of any user something else than of this one, or nothing of this one.

    One that says the same of all does not know: it neither proves a write nor disproves it.
    """
    this = readable(lambda: said(uid))
    slots = readable(lambda: users.slots(users.look(lambda: users.access(1, deadline_s=LOOK_S)))) or _USUAL_SLOTS
    return this is None or any(readable(partial(said, other)) != this for other in slots if other != uid)

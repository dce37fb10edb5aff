# SPDX-License-Identifier: Apache-2.0
"""Users."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from pyghmi.exceptions import (
    BypassGenericBehavior,
    CompletionCodeError,
    InvalidParameterValue,
    IpmiException,
    Malformed,
    UnknownName,
)
from pyghmi.ipmi.facade.useraccess import Access, UserAccessApi, UserRights, is_custom, rights_of
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyghmi.ipmi.domains.accounts import Account
    from pyghmi.ipmi.domains.passwords import Rewrite
    from pyghmi.ipmi.domains.users import Users

Text = Union[str, bytes]

_ENABLE, _DISABLE, _SET, _TEST = "enable", "disable", "set_password", "test_password"
_MODES = (_DISABLE, _ENABLE, _SET, _TEST)


class UserDict(TypedDict):
    """A user.  `expiration`: days until the password expires, 0: expired, None: never."""

    name: Optional[str]
    uid: int
    channel: int
    access: UserRights
    expiration: Optional[int]


class UsersApi(UserAccessApi):
    """Users.  `uid`, `channel`, privilege_level: as for `UserAccessApi`."""

    ipmi_session: Any

    # --- names

    def get_user_name(self, uid: int, return_none_on_error: bool = True) -> Optional[str]:
        """Return the name of a user, None for an empty slot.

        return_none_on_error: what the BMC refuses to tell, and a slot that none can have, is None too, otherwise it
        raises IpmiException, InvalidParameterValue.
        """
        try:
            name = self._users().told_name(uid)
        except (CompletionCodeError, InvalidParameterValue):
            if not return_none_on_error:
                raise
            return None
        return _text(name)

    def set_user_name(self, uid: int, name: Text) -> bool:
        """Set the name of a user, at most 16 bytes; returns True.  Read back.

        Raises InvalidParameterValue, IpmiException.
        """
        self._users().set_name(uid, _bytes(name, "name"))
        return True

    def get_name_uids(self, name: str, channel: Optional[int] = None) -> list[int]:
        """Return the slots of all users of a name.  Raises IpmiException."""
        found = self._users(self._channel(channel))
        slots = found.slots(self._told_access(found, 1))
        return [uid for uid, held in _told_names(found, slots).items() if held and _text(held) == name]

    # --- passwords

    def set_user_password(self, uid: int, mode: str = _SET, password: Optional[Text] = None) -> bool:
        """Change or test a password, enable or disable a user.

        mode: 'set_password', 'test_password', 'enable', 'disable'; password: at most 20 bytes, of which some BMCs take
        16.  Returns True, for a test whether it is right.  When the session's own password is changed the session logs
        in with the new one from then on.  Raises InvalidParameterValue, IpmiException; a test does not.
        """
        if mode not in _MODES:
            raise UnknownName(f"mode must be one of {', '.join(_MODES)}, not {mode!r}")
        if mode in (_ENABLE, _DISABLE):
            self._users(self._channel(None)).set_enabled(uid, mode == _ENABLE)
            return True
        if mode == _SET:
            self._set_password(self._users(), uid, password)
            return True
        try:
            return self.test_user_password(uid, password or b"")
        except IpmiException:
            return False

    def test_user_password(self, uid: int, password: Text) -> bool:
        """Return whether this is the password of a user.  Raises IpmiException where the BMC cannot tell."""
        return self._users().test_password(uid, _bytes(password, "password"), self._rewrite())

    def _set_password(self, users: Users, uid: int, password: Optional[Text]) -> None:
        from pyghmi.ipmi.facade.ownpassword import OwnPassword

        new = _bytes(password or b"", "password")
        own = OwnPassword(self.ipmi_session, self._call(), users, uid)
        own.change(
            new,
            lambda: users.set_password(uid, new, self._rewrite(), confirm=not own.is_own),
            lambda: self._users().test_password(uid, new),
        )

    def _rewrite(self) -> Rewrite:
        """Return the vendor's way with the data of Set User Password."""
        found: Rewrite = self._vendor_if_it_has("process_password").process_password
        return found

    def disable_user(self, uid: int, mode: str) -> bool:
        """Do what `set_user_password(uid, mode)` does."""
        return self.set_user_password(uid, mode)

    # --- users as a whole

    def get_user(self, uid: int, channel: Optional[int] = None) -> UserDict:
        """Return {'name', 'uid', 'channel', 'access': as `get_user_access`, 'expiration'}.  Raises IpmiException."""
        number = self._channel(channel)
        return self._user(uid, number, self.get_user_name(uid), self.get_user_access(uid, number)["access"])

    def _user(self, uid: int, channel: int, name: Optional[str], rights: UserRights) -> UserDict:
        expiration = self._vendor_if_it_has("get_user_expiration").get_user_expiration(uid)
        return {"name": name, "uid": uid, "channel": channel, "access": rights, "expiration": expiration}

    def get_users(self, channel: Optional[int] = None) -> dict[int, UserDict]:
        """Return {uid: as `get_user`} of all slots that hold a user.

        What the BMC refuses to tell of one is None, and does not end the sweep.  Raises IpmiException.
        """
        number = self._channel(channel)
        users, is_valid = self._users(number), self._vendor_if_it_has("is_valid").is_valid
        first = self._told_access(users, 1)
        found: dict[int, UserDict] = {}
        for uid, held in _told_names(users, users.slots(first)).items():
            name = _text(held)
            if not is_valid(name):
                continue
            try:
                rights = self._rights(uid, first if uid == 1 else users.access(uid))
            except (CompletionCodeError, Malformed):
                rights = {"callback": None, "link_auth": None, "ipmi_msg": None, "privilege_level": None}
            found[uid] = self._user(uid, number, name, rights)
        return found

    def create_user(
        self,
        uid: int,
        name: Text,
        password: Text,
        channel: Optional[int] = None,
        callback: bool = False,
        link_auth: bool = True,
        ipmi_msg: bool = True,
        privilege_level: str = "user",
    ) -> bool:
        """Make a user: name, password, access, and last of all enable it; returns True.

        When a step fails what was done is undone, and the error says so.  Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.domains.accounts import STEP_S, create

        number = self._channel(channel)
        users, access = self._users(number), (callback, link_auth, ipmi_msg, privilege_level)
        create(
            users,
            uid,
            _account(name, password, access),
            rewrite=self._rewrite(),
            set_access=lambda: self._set_access(users, uid, number, access),
            step_s=min(STEP_S, self._deadline_s / 3),
        )
        return True

    def ensure_user(
        self,
        name: Text,
        password: Text,
        channel: Optional[int] = None,
        callback: bool = False,
        link_auth: bool = True,
        ipmi_msg: bool = True,
        privilege_level: str = "user",
        sol: Optional[bool] = None,
    ) -> dict[str, Any]:
        """Have a user of this name, with this password and access, enabled: write only what differs, or make it.

        sol: whether it may have serial over LAN, None: as it is.  Returns {'uid': int, 'created': bool, 'changed':
        [of 'name', 'password', 'access', 'sol', 'enabled']}.  Raises NotFound when no slot is free,
        InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.domains.accounts import ensure

        number = self._channel(channel)
        users, access = self._users(number), (callback, link_auth, ipmi_msg, privilege_level)
        found = ensure(
            users,
            _account(name, password, access, sol),
            rewrite=self._rewrite(),
            set_access=lambda uid: self._set_access(users, uid, number, access),
            set_password=lambda uid: self._set_password(users, uid, password),
        )
        return {"uid": found.uid, "created": found.created, "changed": list(found.changed)}

    def user_delete(self, uid: int, channel: Optional[int] = None) -> Optional[bool]:
        """Take a user away: disable it, then take its access and its name; returns True.  Raises IpmiException."""
        from pyghmi.ipmi.domains.accounts import delete

        number = self._channel(channel)
        vendor = self._vendor_if_it_has("user_delete", "user_delete_privilege_level")
        if hasattr(vendor, "user_delete"):
            try:
                vendor.user_delete(uid, number)
            except BypassGenericBehavior:
                return None
        level = "no_access"
        if hasattr(vendor, "user_delete_privilege_level"):
            level = vendor.user_delete_privilege_level()
        users = self._users(number)
        delete(users, uid, set_access=lambda: self._set_access(users, uid, number, (False, False, False, level)))
        return True

    def update_user(self, user: Mapping[str, Any]) -> bool:
        """Change a user; returns True.

        user: 'uid', and of 'username', 'password', 'privilege_level', 'enabled' ('yes', or anything else for no) what
        is to change.  A new password enables the user too, unless 'enabled' says otherwise; one who is to have no
        access is not enabled.  Raises InvalidParameterValue, IpmiException.
        """
        level = user.get("privilege_level")
        if level == "no_access":
            return self.update_user_no_access(user, level)
        return self.update_user_default(user, level)

    def update_user_no_access(self, user: Mapping[str, Any], privilege_level: str) -> bool:
        """Do what `update_user` does for one who is to have no access: that is taken first."""
        self.set_user_access(user["uid"], privilege_level=privilege_level)
        self._update_login(user)
        if user.get("enabled", "yes") != "yes":
            self.disable_user(user["uid"], _DISABLE)
        return True

    upate_user_no_access = update_user_no_access

    def update_user_default(self, user: Mapping[str, Any], privilege_level: Optional[str]) -> bool:
        """Do what `update_user` does for all others: enabled or disabled last."""
        self._update_login(user)
        if privilege_level is not None:
            self.set_user_access(user["uid"], privilege_level=privilege_level)
        enabled = user.get("enabled", "yes" if user.get("password") else None)
        if enabled is not None:
            self.disable_user(user["uid"], _ENABLE if enabled == "yes" else _DISABLE)
        return True

    def _update_login(self, user: Mapping[str, Any]) -> None:
        if "username" in user:
            self.set_user_name(user["uid"], user["username"])
        if "password" in user:
            self.set_user_password(user["uid"], password=user["password"])


def _told_names(users: Users, slots: range) -> dict[int, bytes]:
    """Return the names in all slots; empty where the BMC refuses to tell.  Raises the refusal where it tells none."""
    found: dict[int, bytes] = {}
    refused: list[CompletionCodeError] = []
    for uid in slots:
        try:
            found[uid] = users.name(uid)
        except CompletionCodeError as error:
            found[uid] = b""
            refused.append(error)
    if refused and len(refused) == len(found):
        raise refused[0]
    return found


def _account(name: Text, password: Text, access: Access, sol: Optional[bool] = None) -> Account:
    from pyghmi.ipmi.domains.accounts import Account
    from pyghmi.ipmi.domains.users import Rights

    rights = Rights() if is_custom(access[3]) else rights_of(*access)
    return Account(_bytes(name, "name"), _bytes(password, "password"), rights, sol)


def _bytes(value: Text, what: str) -> bytes:
    from pyghmi.ipmi.facade.credentials import as_bytes

    return as_bytes(value, what)


def _text(name: bytes) -> Optional[str]:
    from pyghmi.ipmi.wire.text import decode_eight_bit

    return decode_eight_bit(name) if name else None

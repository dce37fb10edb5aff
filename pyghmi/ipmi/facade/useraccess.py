# SPDX-License-Identifier: Apache-2.0
"""What users may do."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Union

from pyghmi.exceptions import BmcErrorException, Malformed, UnknownName
from pyghmi.ipmi.facade.lanchannel import LanChannelApi
from pyghmi.ipmi.facade.tables import PRIVILEGES
from pyghmi.ipmi.spec.codes import THIS_CHANNEL
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.users import Rights, Users
    from pyghmi.ipmi.spec.users import UserAccess

CUSTOM = "custom."
"""What a vendor's own levels begin with."""

Access = tuple[bool, bool, bool, str]
"""(callback, link_auth, ipmi_msg, privilege_level)."""


class ChannelUsers(TypedDict):
    """All users of a channel."""

    max_user_count: int
    enabled_users: int
    users_with_fixed_names: int


class UserRights(TypedDict):
    """What one may do; None: the BMC does not tell.  `privilege_level`: a name, or the number of an unknown level."""

    callback: Optional[bool]
    link_auth: Optional[bool]
    ipmi_msg: Optional[bool]
    privilege_level: Union[str, int, None]


class AccessOfUser(TypedDict):
    """What Get User Access tells."""

    channel_info: ChannelUsers
    access: UserRights


class UserAccessApi(LanChannelApi):
    """What users may do.  `uid`: the number of a slot, 1 to at most 63; `channel`: None: the one to the network.

    privilege_level: 'callback', 'user', 'operator', 'administrator', 'proprietary', 'no_access', or 'custom.' with a
    name of the vendor's.
    """

    def _users(self, channel: int = THIS_CHANNEL) -> Users:
        found: Users = self._vendor_if_it_has("users").users(self._call(), channel)
        return found

    def get_user_access(self, uid: int, channel: Optional[int] = None) -> AccessOfUser:
        """Return {'channel_info': {'max_user_count', 'enabled_users', 'users_with_fixed_names'}, 'access': {...}}.

        access: {'callback', 'link_auth', 'ipmi_msg': bool, 'privilege_level': name}.  Raises IpmiException.
        """
        found = self._told_access(self._users(self._channel(channel)), uid)
        return {
            "channel_info": {
                "max_user_count": found.max_users,
                "enabled_users": found.enabled_users,
                "users_with_fixed_names": found.fixed_names,
            },
            "access": self._rights(uid, found),
        }

    def _told_access(self, users: Users, uid: int) -> UserAccess:
        try:
            return users.access(uid)
        except Malformed as error:
            raise BmcErrorException("expecting 4 data bytes") from error

    def _rights(self, uid: int, access: UserAccess) -> UserRights:
        level = self._vendor_if_it_has("get_user_privilege_level").get_user_privilege_level(uid)
        return {
            "callback": access.callback,
            "link_auth": access.link_auth,
            "ipmi_msg": access.messaging,
            "privilege_level": _level_name(access.privilege) if level is None else level,
        }

    def get_user_enabled(self, uid: int, channel: Optional[int] = None) -> Optional[bool]:
        """Return whether a user is enabled, None: the BMC does not tell.  Raises IpmiException."""
        from pyghmi.ipmi.spec.users import UserStatus

        status = self._told_access(self._users(self._channel(channel)), uid).status
        return {UserStatus.ENABLED: True, UserStatus.DISABLED: False}.get(status)

    def set_user_access(
        self,
        uid: int,
        channel: Optional[int] = None,
        callback: bool = False,
        link_auth: bool = True,
        ipmi_msg: bool = True,
        privilege_level: str = "user",
    ) -> bool:
        """Set what a user may do on the channel; returns True.

        callback: only when the BMC calls back; link_auth: to connect; ipmi_msg: to send commands; privilege_level: the
        highest.  Read back.  Raises InvalidParameterValue, IpmiException, UnsupportedFunctionality (vendor's levels).
        """
        number = self._channel(channel)
        self._set_access(self._users(number), uid, number, (callback, link_auth, ipmi_msg, privilege_level))
        return True

    def _set_access(self, users: Users, uid: int, channel: int, access: Access) -> None:
        callback, link_auth, ipmi_msg, level = access
        vendor = self._vendor_if_it_has("oem_user_access", "set_user_access")
        if hasattr(vendor, "oem_user_access"):
            callback, level = vendor.oem_user_access(callback, level)
        rights = None if is_custom(level) else rights_of(callback, link_auth, ipmi_msg, level)
        vendor.set_user_access(uid, channel, callback, link_auth, ipmi_msg, level)
        if rights is None:
            return
        users.set_access(uid, rights)
        if level == "administrator":
            self.set_extended_privileges(uid)

    def set_extended_privileges(self, uid: int) -> bool:
        """Give an administrator what the vendor keeps apart; False: there is nothing like that."""
        found: bool = self._vendor_if_it_has("set_oem_extended_privilleges").set_oem_extended_privilleges(uid)
        return found

    set_extended_privilleges = set_extended_privileges

    def get_channel_max_user_count(self, channel: Optional[int] = None) -> int:
        """Return how many slots for users there are.  Raises IpmiException."""
        return self.get_user_access(1, channel)["channel_info"]["max_user_count"]

    # --- payloads

    def get_user_payload_access(self, uid: int, channel: Optional[int] = None) -> dict[str, bool]:
        """Return {'sol': whether a user may have serial over LAN}.  Raises IpmiException."""
        return {"sol": self._users(self._channel(channel)).payloads(uid).sol}

    def set_user_payload_access(self, uid: int, sol: bool = True, channel: Optional[int] = None) -> bool:
        """Let a user have serial over LAN, or not; returns True.  Read back.  Raises IpmiException."""
        self._users(self._channel(channel)).set_sol(uid, bool(sol))
        return True


def _level_name(number: int) -> Union[str, int]:
    for name, known in PRIVILEGES.items():
        if known == number:
            return name
    return int(number)


def is_custom(level: object) -> bool:
    """Whether a level is one that only the vendor knows."""
    return isinstance(level, str) and level.startswith(CUSTOM)


def rights_of(callback: bool, link_auth: bool, ipmi_msg: bool, level: str) -> Rights:
    """Return the rights of one of the standard levels.  Raises UnknownName."""
    from pyghmi.ipmi.domains.users import Rights
    from pyghmi.ipmi.spec.codes import Privilege

    if not isinstance(level, str) or level not in PRIVILEGES:
        raise UnknownName(f"privilege_level must be one of {', '.join(PRIVILEGES)}, not {level!r}")
    return Rights(bool(callback), bool(link_auth), bool(ipmi_msg), Privilege(PRIVILEGES[level]))

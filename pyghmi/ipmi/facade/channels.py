# SPDX-License-Identifier: Apache-2.0
"""Channels: what they are, and who may use them."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional

from pyghmi.exceptions import BmcErrorException, Malformed, UnknownName
from pyghmi.ipmi.facade.lanchannel import LanChannelApi
from pyghmi.ipmi.facade.tables import PRIVILEGES
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.channels import Channels
    from pyghmi.ipmi.spec.app import ChannelInfo
    from pyghmi.ipmi.spec.channels import ChannelAccess as AccessMessage

_MEDIA = {
    0: "reserved",
    1: "IPMB",
    2: "ICMB v1.0",
    3: "ICMB v0.9",
    4: "802.3 LAN",
    5: "Asynch. Serial/Modem (RS-232)",
    6: "Other LAN",
    7: "PCI SMBus",
    8: "SMBus v1.0/1.1",
    9: "SMBus v2.0",
    0xA: "reserved for USB 1.x",
    0xB: "reserved for USB 2.x",
    0xC: "System Interface (KCS, SMIC, or BT)",
}
_SESSIONS = ("no_session", "single", "multi", "auto")
_UPDATES = {"dont_change": 0, "non_volatile": 1, "volatile": 2}
_READS = {"non_volatile": 1, "volatile": 2}
_MODES = {"disabled": 0, "pre_boot": 1, "always": 2, "shared": 3}


class _Unsaid(int):
    """Stands in the place of `False` where nobody said anything.

    Programs that name no switch have always got all of them enabled; taken for False they would lose authentication.
    """

    def __repr__(self) -> str:
        return "False"


_UNSAID: Any = _Unsaid(0)

# The keys of the first are not names, so it is made by a call.
ChannelInfoDict = TypedDict(
    "ChannelInfoDict",
    {
        "Actual channel": int,
        "Channel Medium type": str,
        "5-bit Channel IPMI Messaging Protocol Type": int,
        "session_support": str,
        "active_session_count": int,
        "Vendor ID": list[int],
        "Auxiliary Channel Info": list[int],
    },
)


class ChannelAccess(TypedDict):
    """Who may use a channel.  The switches are True where the thing is enabled."""

    alerting: bool
    per_msg_auth: bool
    user_level_auth: bool
    access_mode: str
    privilege_level: Optional[str]


class ChannelsApi(LanChannelApi):
    """Channels: what they are, and who may use them."""

    def _channels(self) -> Channels:
        found: Channels = self._vendor_if_it_has("channels").channels(self._call())
        return found

    def get_channel_info(self, channel: Optional[int] = None) -> ChannelInfoDict:
        """Return what a channel is, None: the LAN channel.

        {'Actual channel': int, 'Channel Medium type': text, '5-bit Channel IPMI Messaging Protocol Type': int,
        'session_support': 'no_session' | 'single' | 'multi' | 'auto', 'active_session_count': int, 'Vendor ID': three
        int, 'Auxiliary Channel Info': two int}.  Raises IpmiException.
        """
        number = self._channel(channel)
        try:
            found = self._channels().info(number)
        except Malformed as error:
            raise BmcErrorException(f"expecting 10 data bytes got: {list(error.data)}") from error
        return _info(found)

    def get_channel_access(self, channel: Optional[int] = None, read_mode: str = "volatile") -> ChannelAccess:
        """Return who may use a channel, None: the LAN channel.  read_mode: 'volatile' (in force) or 'non_volatile'.

        {'alerting', 'per_msg_auth', 'user_level_auth': True where enabled, 'access_mode': 'disabled' | 'pre_boot' |
        'always' | 'shared', 'privilege_level': name}.  Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.spec.channels import Update

        which = Update(_number("read_mode", read_mode, _READS))
        return _access(self._channels().access(self._channel(channel), which))

    def set_channel_access(
        self,
        channel: Optional[int] = None,
        access_update_mode: str = "non_volatile",
        alerting: Optional[bool] = _UNSAID,
        per_msg_auth: Optional[bool] = _UNSAID,
        user_level_auth: Optional[bool] = _UNSAID,
        access_mode: str = "always",
        privilege_update_mode: str = "non_volatile",
        privilege_level: str = "administrator",
    ) -> bool:
        """Say who may use a channel, None: the LAN channel.  Returns True.

        access_update_mode, privilege_update_mode: 'dont_change', 'non_volatile' or 'volatile'; alerting, per_msg_auth,
        user_level_auth: True enables and False disables, None leaves it as it is, what is not said is enabled;
        access_mode, privilege_level: see `get_channel_access`.  Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.spec import channels as spec
        from pyghmi.ipmi.spec.codes import Privilege

        access_update = spec.Update(_number("access_update_mode", access_update_mode, _UPDATES))
        limit_update = spec.Update(_number("privilege_update_mode", privilege_update_mode, _UPDATES))
        mode = spec.AccessMode(_number("access_mode", access_mode, _MODES))
        limit = Privilege(_number("privilege_level", privilege_level, PRIVILEGES))
        number, domain = self._channel(channel), self._channels()
        enabled = [True if each is _UNSAID else each for each in (alerting, per_msg_auth, user_level_auth)]
        if None in enabled:
            kept = access_update if access_update in (1, 2) else spec.Update.VOLATILE
            now = _access(domain.access(number, kept))
            held = (now["alerting"], now["per_msg_auth"], now["user_level_auth"])
            enabled = [was if wanted is None else wanted for wanted, was in zip(enabled, held)]
        access = spec.ChannelAccess(
            alerting_disabled=not enabled[0],
            per_message_disabled=not enabled[1],
            user_level_disabled=not enabled[2],
            mode=mode,
            limit=limit,
        )
        domain.set_access(number, access, access_update=access_update, limit_update=limit_update)
        return True

    def get_channels(self) -> list[dict[str, Any]]:
        """Return all channels: `get_channel_info` of each, with 'access' and 'access_non_volatile'.

        These are None for a channel without sessions.  Raises IpmiException.
        """
        return [
            {
                **_info(each.info),
                "access": None if each.active is None else _access(each.active),
                "access_non_volatile": None if each.kept is None else _access(each.kept),
            }
            for each in self._channels().all()
        ]

    def get_channel_payloads(self, channel: Optional[int] = None) -> list[int]:
        """Return the payload types that a channel takes, None: the LAN channel: 0 IPMI, 1 serial over LAN, ...

        Raises IpmiException.
        """
        from pyghmi.ipmi.wire.numbers import bits_set

        found = self._channels().payload_support(self._channel(channel))
        groups = ((0, found.standard), (0x10, found.session_setup), (0x20, found.oem or 0))
        return [first + bit for first, mask in groups for bit in bits_set(mask)]


def _info(found: ChannelInfo) -> ChannelInfoDict:
    medium = int(found.medium)
    return {
        "Actual channel": found.channel,
        "Channel Medium type": _MEDIA.get(medium, f"OEM {medium:02X}"),
        "5-bit Channel IPMI Messaging Protocol Type": found.protocol,
        "session_support": _SESSIONS[found.session_support],
        "active_session_count": found.active_sessions,
        "Vendor ID": list(found.vendor_id),
        "Auxiliary Channel Info": list(found.auxiliary),
    }


def _access(found: AccessMessage) -> ChannelAccess:
    return {
        "alerting": not found.alerting_disabled,
        "per_msg_auth": not found.per_message_disabled,
        "user_level_auth": not found.user_level_disabled,
        "access_mode": _name(found.mode, _MODES),
        "privilege_level": None if found.limit is None else _name(found.limit, PRIVILEGES),
    }


def _name(number: int, names: Mapping[str, int]) -> str:
    return next((name for name, known in names.items() if known == number), f"reserved {int(number):#x}")


def _number(what: str, name: str, names: Mapping[str, int]) -> int:
    """Return the number of a name.  Raises UnknownName."""
    try:
        return names[name]
    except (KeyError, TypeError):
        raise UnknownName(f"{what} must be one of {', '.join(names)}, not {name!r}") from None

# SPDX-License-Identifier: Apache-2.0
"""Channels: what they are, who may use them, and what for.  IPMI 2.0 §22.22 to §22.24, §24.8."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.spec.app import ChannelInfo, GetChannelInfo, Medium
from pyghmi.ipmi.spec.channels import (
    ChannelAccess,
    ChannelPayloadSupport,
    GetChannelAccess,
    GetChannelPayloadSupport,
    GetChannelPayloadVersion,
    PayloadVersion,
    SetChannelAccess,
    Update,
)
from pyghmi.ipmi.spec.codes import OK, THIS_CHANNEL, Privilege
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester

CHANNELS = (*range(12), 0xF)
"""Numbers that a channel can have.  IPMI 2.0 table 6-1."""
LAN_MEDIA = (Medium.LAN_802_3, Medium.OTHER_LAN)
_INFO_BYTES, _LEAST_INFO_BYTES = 9, 2


class KnownChannel(NamedTuple):
    """A channel that is there.  `active`, `kept`: access in force, and after a restart; None: it has no such thing."""

    info: ChannelInfo
    active: ChannelAccess | None
    kept: ChannelAccess | None


class Channels:
    """The channels of one BMC."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def info(self, channel: int = THIS_CHANNEL) -> ChannelInfo:
        """Return what a channel is.  Raises CompletionCodeError where there is none, Malformed."""
        return self._bmc.request(GetChannelInfo(channel=channel))

    def access(self, channel: int, which: Update = Update.VOLATILE) -> ChannelAccess:
        """Return who may use a channel: NON_VOLATILE as it is kept, VOLATILE as it is in force."""
        return self._bmc.request(GetChannelAccess(channel=channel, which=which))

    def set_access(
        self,
        channel: int,
        access: ChannelAccess,
        *,
        access_update: Update = Update.NON_VOLATILE,
        limit_update: Update = Update.NON_VOLATILE,
    ) -> None:
        """Say who may use a channel; without a limit that stays as it is."""
        limit = access.limit
        self._bmc.request(
            SetChannelAccess(
                channel=channel,
                access_update=access_update,
                alerting_disabled=access.alerting_disabled,
                per_message_disabled=access.per_message_disabled,
                user_level_disabled=access.user_level_disabled,
                mode=access.mode,
                limit_update=Update.DONT_CHANGE if limit is None else limit_update,
                limit=Privilege.HIGHEST if limit is None else limit,
            )
        )

    def real_number(self, channel: int) -> int:
        """Return the number of a channel that may have been named as "this one"."""
        return self.info(channel).channel if channel == THIS_CHANNEL else channel

    def payload_support(self, channel: int) -> ChannelPayloadSupport:
        """Return the types of payload that a channel takes."""
        return self._bmc.request(GetChannelPayloadSupport(channel=self.real_number(channel)))

    def payload_version(self, channel: int, payload_type: int) -> PayloadVersion:
        """Return the version of a type of payload.  Raises CompletionCodeError (80h) where there is no such type."""
        channel = self.real_number(channel)
        return self._bmc.request(GetChannelPayloadVersion(channel=channel, payload_type=payload_type))

    def all(self) -> list[KnownChannel]:
        """Return all channels that are there."""
        found = []
        for number in CHANNELS:
            info = channel_info(self._bmc, number)
            if info is not None and info.medium != Medium.RESERVED:
                active, kept = (self._access_if_any(number, which) for which in (Update.VOLATILE, Update.NON_VOLATILE))
                found.append(KnownChannel(info, active, kept))
        return found

    def _access_if_any(self, channel: int, which: Update) -> ChannelAccess | None:
        try:
            return self.access(channel, which)
        except (CompletionCodeError, Malformed):
            return None  # one without sessions has no access to be limited


def channel_info(bmc: Requester, channel: int) -> ChannelInfo | None:
    """Return what a channel is, None where there is none.  Short answers count, if they say the medium."""
    request = GetChannelInfo(channel=channel)
    code, data = bmc.exchange(request.netfn, request.cmd, request.encode())
    if code != OK or len(data) < _LEAST_INFO_BYTES:
        return None
    return ChannelInfo.decode(data.ljust(_INFO_BYTES, b"\0"))


__all__ = ["CHANNELS", "LAN_MEDIA", "Channels", "KnownChannel", "channel_info"]

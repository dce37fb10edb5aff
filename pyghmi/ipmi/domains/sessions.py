# SPDX-License-Identifier: Apache-2.0
"""Sessions and what a BMC offers for them.  IPMI 2.0 §22.13, §22.15, §22.20."""
from __future__ import annotations

from pyghmi.exceptions import CompletionCodeError
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.app import (
    ChannelAuthenticationCapabilities,
    ChannelInfo,
    GetChannelAuthenticationCapabilities,
    GetChannelCipherSuites,
    GetChannelInfo,
    GetSessionInfo,
    SessionInfo,
)
from pyghmi.ipmi.spec.cipher_records import SuiteRecord, parse_suite_records
from pyghmi.ipmi.spec.codes import INVALID_FIELD, THIS_CHANNEL, Privilege

_BLOCK = 16
_BY_HANDLE = 0xFE
_MOST_BLOCKS = 0x40


class Sessions:
    """The session side of one BMC; works with a session and, for what needs none, without."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def info(self, index: int = 0, key: bytes = b"", *, deadline_s: float | None = None) -> SessionInfo:
        """Return a session: 0 this one, N the Nth active one, FEh by handle, FFh by id (`key`: that, little-endian).

        Where there is no such session its `handle` is 0, and what follows `active` is None.
        """
        found = self._bmc.request(GetSessionInfo(index=index, key=key), deadline_s=deadline_s)
        if found.handle and (index != _BY_HANDLE or key == bytes((found.handle,))):
            return found
        # No such session.  Some BMCs send another one's facts all the same.
        return SessionInfo(handle=0, slots=found.slots, active=found.active)

    def channel_info(self, channel: int = THIS_CHANNEL) -> ChannelInfo:
        """Return medium and protocol of a channel."""
        return self._bmc.request(GetChannelInfo(channel=channel))

    def auth_capabilities(
        self, channel: int = THIS_CHANNEL, privilege: Privilege = Privilege.ADMINISTRATOR
    ) -> ChannelAuthenticationCapabilities:
        """Return what a channel takes for a login.  BMCs of IPMI 1.5 that refuse the 2.0 form are asked in theirs."""
        try:
            return self._bmc.request(GetChannelAuthenticationCapabilities(channel=channel, privilege=privilege))
        except CompletionCodeError as error:
            if error.code != INVALID_FIELD:
                raise
        return self._bmc.request(
            GetChannelAuthenticationCapabilities(extended=False, channel=channel, privilege=privilege)
        )

    def cipher_suites(self, channel: int = THIS_CHANNEL) -> tuple[SuiteRecord, ...]:
        """Return the records of the cipher suites offered.

        The list ends at a short block; some BMCs end it with an error, or repeat the last block for ever.
        """
        records = b""
        last: bytes | None = None
        for index in range(_MOST_BLOCKS):
            try:
                block = self._bmc.request(GetChannelCipherSuites(channel=channel, index=index)).records
            except CompletionCodeError:
                if not index:
                    raise
                break
            if block == last:
                break
            records += block
            last = block
            if len(block) < _BLOCK:
                break
        return parse_suite_records(records)

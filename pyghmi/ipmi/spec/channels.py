# SPDX-License-Identifier: Apache-2.0
"""Who may use a channel, and what for.  IPMI 2.0 §22.22, §22.23, §24.8, §24.9.

What a channel is (Get Channel Info) stands in `app`.
"""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn, Privilege
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, rest, u8, u16, wire


class AccessMode(OpenEnum):
    """When a channel can be used.  IPMI 2.0 table 6-4."""

    DISABLED = 0
    PRE_BOOT = 1
    ALWAYS = 2
    SHARED = 3


class Update(OpenEnum):
    """Which of the two settings a write is for.  IPMI 2.0 table 22-27."""

    DONT_CHANGE = 0
    NON_VOLATILE = 1
    VOLATILE = 2


class SessionSupport(OpenEnum):
    """How many sessions a channel takes.  IPMI 2.0 table 22-29."""

    SESSIONLESS = 0
    SINGLE = 1
    MULTI = 2
    MIXED = 3


@wire(first=2)
class ChannelAccess(Message):
    """Get Channel Access, response.  IPMI 2.0 §22.23.  The three bits of authentication and alerts say "disabled"."""

    alerting_disabled: bool = bit(2, 5)
    per_message_disabled: bool = bit(2, 4)
    user_level_disabled: bool = bit(2, 3)
    mode: AccessMode = bits(2, 2, 0, AccessMode)
    limit: Privilege | None = bits(3, 3, 0, Privilege, optional=True, default=None)


@wire()
class GetChannelAccess(Request[ChannelAccess]):
    """IPMI 2.0 §22.23.  `which`: NON_VOLATILE, or VOLATILE for what is in force."""

    netfn, cmd, answer = NetFn.APP, 0x41, ChannelAccess
    channel: int = bits(1, 3, 0)
    which: Update = bits(2, 7, 6, Update, default=Update.VOLATILE)


@wire()
class SetChannelAccess(Request[Done]):
    """IPMI 2.0 §22.22."""

    netfn, cmd, answer = NetFn.APP, 0x40, Done
    channel: int = bits(1, 3, 0)
    access_update: Update = bits(2, 7, 6, Update)
    alerting_disabled: bool = bit(2, 5)
    per_message_disabled: bool = bit(2, 4)
    user_level_disabled: bool = bit(2, 3)
    mode: AccessMode = bits(2, 2, 0, AccessMode)
    limit_update: Update = bits(3, 7, 6, Update)
    limit: Privilege = bits(3, 3, 0, Privilege)


@wire(first=2)
class ChannelPayloadSupport(Message):
    """Get Channel Payload Support, response.  IPMI 2.0 §24.8.  Bit n stands for payload type n, 10h + n, 20h + n."""

    standard: int = u16(2)
    session_setup: int = u16(4)
    oem: int | None = u16(6, optional=True, default=None)
    reserved: int | None = u16(8, optional=True, default=None)


@wire()
class GetChannelPayloadSupport(Request[ChannelPayloadSupport]):
    """IPMI 2.0 §24.8.  Not to be asked for "this channel", 0Eh: OpenIPMI's simulator ends at that."""

    netfn, cmd, answer = NetFn.APP, 0x4E, ChannelPayloadSupport
    channel: int = bits(1, 3, 0)


@wire(first=2)
class PayloadVersion(Message):
    """Get Channel Payload Version, response.  IPMI 2.0 §24.9."""

    major: int = bits(2, 7, 4)
    minor: int = bits(2, 3, 0)


@wire()
class GetChannelPayloadVersion(Request[PayloadVersion]):
    """IPMI 2.0 §24.9.  80h: the type is not available."""

    netfn, cmd, answer = NetFn.APP, 0x4F, PayloadVersion
    channel: int = bits(1, 3, 0)
    payload_type: int = u8(2)


class KeyOperation(OpenEnum):
    """IPMI 2.0 §22.25."""

    READ = 0
    SET = 1
    LOCK = 2


class KeyId(OpenEnum):
    """K_R is a random number that IPMI 2.0 does not use any more, K_G the BMC key.  IPMI 2.0 §22.25."""

    KR = 0
    KG = 1


class KeyLock(OpenEnum):
    """IPMI 2.0 §22.25."""

    NOT_LOCKABLE = 0
    LOCKED = 1
    UNLOCKED = 2


@wire(first=2)
class SecurityKey(Message):
    """Set Channel Security Keys, response.  IPMI 2.0 §22.25.  `key`: where it was read."""

    lock: KeyLock = bits(2, 1, 0, KeyLock)
    key: bytes = rest(3, default=b"", secret=True)


@wire()
class SetChannelSecurityKeys(Request[SecurityKey]):
    """IPMI 2.0 §22.25.  `key`: 20 bytes where it is set."""

    netfn, cmd, answer = NetFn.APP, 0x56, SecurityKey
    channel: int = bits(1, 3, 0)
    operation: KeyOperation = bits(2, 1, 0, KeyOperation)
    key_id: KeyId = u8(3, KeyId)
    key: bytes = rest(4, default=b"", secret=True)

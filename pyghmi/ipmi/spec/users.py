# SPDX-License-Identifier: Apache-2.0
"""Users: their access, names, passwords and payloads.  IPMI 2.0 §22.26 to §22.30, §24.6, §24.7."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn, Privilege
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, raw, rest, u8, wire

NAME_BYTES = 16
SHORT_PASSWORD_BYTES = 16
PASSWORD_BYTES = 20
LAST_USER_ID = 63
PASSWORD_MISMATCH, WRONG_PASSWORD_SIZE = 0x80, 0x81


@wire()
class SetUserAccess(Request[Done]):
    """IPMI 2.0 §22.26.  `session_limit` 0: only that of the channel; some BMCs insist on it, others refuse it.

    `change`: whether the next three count.
    """

    netfn, cmd, answer = NetFn.APP, 0x43, Done
    change: bool = bit(1, 7, default=True)
    callback: bool = bit(1, 6)
    link_auth: bool = bit(1, 5)
    messaging: bool = bit(1, 4)
    channel: int = bits(1, 3, 0)
    user: int = bits(2, 5, 0)
    privilege: Privilege = bits(3, 3, 0, Privilege)
    session_limit: int | None = bits(4, 3, 0, optional=True, default=None)


class UserStatus(OpenEnum):
    """Whether a user is enabled; UNSPECIFIED: the BMC does not say.  IPMI 2.0 table 22-32."""

    UNSPECIFIED = 0
    ENABLED = 1
    DISABLED = 2


@wire(first=2)
class UserAccess(Message):
    """Get User Access, response.  IPMI 2.0 §22.27, table 22-32.

    The first three are about all users of the channel; `status` is about this one.  NO_ACCESS (Fh): none at all;
    HIGHEST (0) is a reserved value that some BMCs hold at first.
    """

    max_users: int = bits(2, 5, 0)
    status: UserStatus = bits(3, 7, 6, UserStatus)
    enabled_users: int = bits(3, 5, 0)
    fixed_names: int = bits(4, 5, 0)
    callback: bool = bit(5, 6)
    link_auth: bool = bit(5, 5)
    messaging: bool = bit(5, 4)
    privilege: Privilege = bits(5, 3, 0, Privilege)


@wire()
class GetUserAccess(Request[UserAccess]):
    """IPMI 2.0 §22.27."""

    netfn, cmd, answer = NetFn.APP, 0x44, UserAccess
    channel: int = bits(1, 3, 0)
    user: int = bits(2, 5, 0)


@wire()
class SetUserName(Request[Done]):
    """IPMI 2.0 §22.28.  `name`: 16 bytes, zero padded."""

    netfn, cmd, answer = NetFn.APP, 0x45, Done
    user: int = bits(1, 5, 0)
    name: bytes = raw(2, NAME_BYTES)


@wire(first=2)
class UserName(Message):
    """Get User Name, response.  IPMI 2.0 §22.29.  16 bytes, zero padded; shorter ones are seen."""

    name: bytes = rest(2)


@wire()
class GetUserName(Request[UserName]):
    """IPMI 2.0 §22.29.  Many BMCs refuse it for an empty slot."""

    netfn, cmd, answer = NetFn.APP, 0x46, UserName
    user: int = bits(1, 5, 0)


class PasswordOperation(OpenEnum):
    """What Set User Password does.  IPMI 2.0 table 22-35."""

    DISABLE_USER = 0
    ENABLE_USER = 1
    SET = 2
    TEST = 3


@wire()
class SetUserPassword(Request[Done]):
    """IPMI 2.0 §22.30.  `password`: 16 bytes, or 20 if `twenty_bytes`, zero padded; none to enable or disable."""

    netfn, cmd, answer = NetFn.APP, 0x47, Done
    twenty_bytes: bool = bit(1, 7, default=False)
    user: int = bits(1, 5, 0)
    operation: PasswordOperation = bits(2, 1, 0, PasswordOperation)
    password: bytes = rest(3, default=b"", secret=True)


class PayloadChange(OpenEnum):
    """What the bits of Set User Payload Access do.  IPMI 2.0 table 24-9."""

    ENABLE = 0
    DISABLE = 1


@wire()
class SetUserPayloadAccess(Request[Done]):
    """Enable or disable the payloads whose bits are set; the others stay.  IPMI 2.0 §24.6."""

    netfn, cmd, answer = NetFn.APP, 0x4C, Done
    channel: int = bits(1, 3, 0)
    change: PayloadChange = bits(2, 7, 6, PayloadChange)
    user: int = bits(2, 5, 0)
    sol: bool = bit(3, 1, default=True)
    reserved = constant(4, 0)
    oem: int = u8(5, default=0)
    reserved_oem = constant(6, 0)


@wire(first=2)
class UserPayloadAccess(Message):
    """Get User Payload Access, response.  `others`: a reserved byte, the OEM payloads, another one.  IPMI 2.0 §24.7."""

    sol: bool = bit(2, 1)
    others: bytes = rest(3, default=bytes(3))


@wire()
class GetUserPayloadAccess(Request[UserPayloadAccess]):
    """IPMI 2.0 §24.7."""

    netfn, cmd, answer = NetFn.APP, 0x4D, UserPayloadAccess
    channel: int = bits(1, 3, 0)
    user: int = bits(2, 5, 0)

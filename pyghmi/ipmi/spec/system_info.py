# SPDX-License-Identifier: Apache-2.0
"""System info parameters: the names that machine and operating system have.  IPMI 2.0 §22.14a, §22.14b."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, rest, u8, wire

NO_SUCH_PARAMETER, SET_IN_PROGRESS_ALREADY, READ_ONLY = 0x80, 0x81, 0x82
"""Completion codes of both commands.  IPMI 2.0 tables 22-16a, 22-16b."""
FIRST_SET_BYTES, SET_BYTES = 14, 16
"""Bytes of text in the first set of a string, and in the others."""
LONGEST_TEXT = 255
"""Bytes: the length is one byte."""


class SystemInfoParameter(OpenEnum):
    """IPMI 2.0 table 22-16c.  All but the first are strings; 192 to 255 are OEM's."""

    SET_IN_PROGRESS = 0
    FIRMWARE_VERSION = 1
    SYSTEM_NAME = 2
    PRIMARY_OS_NAME = 3
    OS_NAME = 4
    OS_VERSION = 5
    BMC_URL = 6
    HYPERVISOR_URL = 7


class TextEncoding(OpenEnum):
    """IPMI 2.0 table 22-16c."""

    LATIN_1 = 0
    UTF_8 = 1
    UCS_2 = 2


@wire(first=2)
class SystemInfoData(Message):
    """Get System Info Parameters, response.  IPMI 2.0 §22.14b.

    `data`: of the parameter; none where the revision alone was asked for.
    """

    revision: int | None = u8(2, optional=True, default=None)
    data: bytes = rest(3, default=b"")


@wire()
class GetSystemInfoParameters(Request[SystemInfoData]):
    """IPMI 2.0 §22.14b."""

    netfn, cmd, answer = NetFn.APP, 0x59, SystemInfoData
    revision_only: bool = bit(1, 7, default=False)
    parameter: int = u8(2)
    set_selector: int = u8(3, default=0)
    block_selector: int = u8(4, default=0)


@wire()
class SetSystemInfoParameters(Request[Done]):
    """IPMI 2.0 §22.14a."""

    netfn, cmd, answer = NetFn.APP, 0x58, Done
    parameter: int = u8(1)
    data: bytes = rest(2)


@wire()
class FirstTextSet(Message):
    """A string's first set: how it is written, its length in bytes, the first 14 of them.  IPMI 2.0 table 22-16c."""

    set_selector: int = u8(1, default=0)
    encoding: TextEncoding = bits(2, 3, 0, TextEncoding, default=TextEncoding.LATIN_1)
    length: int = u8(3)
    text: bytes = rest(4)


@wire()
class TextSet(Message):
    """One of a string's other sets: its number and 16 bytes.  IPMI 2.0 table 22-16c."""

    set_selector: int = u8(1)
    text: bytes = rest(2)


@wire()
class InfoProgress(Message):
    """Parameter 0.  0: set complete, 1: set in progress, 2: commit, where that is supported."""

    state: int = bits(1, 1, 0)

# SPDX-License-Identifier: Apache-2.0
"""Numbered parameters: what the Get and Set commands of LAN, PEF and serial over LAN have in common.

IPMI 2.0 §23.1, §23.2, §26.2, §26.3, §30.3, §30.4.
"""
from __future__ import annotations

from typing import ClassVar

from pyghmi.ipmi.wire.layout import Message, OpenEnum, bits, rest, u8, wire

REVISION = 0x11
"""The only revision of parameters that there is."""

NOT_SUPPORTED = 0x80
SET_IN_PROGRESS = 0x81
READ_ONLY = 0x82
WRITE_ONLY = 0x83


@wire(first=2)
class ParameterData(Message):
    """Answer to all the Get commands: revision, then the data of the parameter."""

    revision: int = u8(2)
    data: bytes = rest(3)


class Parameter(Message):
    """The data of one parameter, which know its number.  Byte 1 is the first one behind the revision.

    unverified: fields that read back otherwise than they were written, and are right all the same; moves: after a
    write the BMC may be found no longer where it was; depends: writing other parameters may change it; settle_s:
    seconds that a BMC may need until it lives by the new value.
    """

    parameter: int
    unverified: ClassVar[tuple[str, ...]] = ()
    moves: ClassVar[bool] = False
    depends: ClassVar[bool] = False
    settle_s: ClassVar[float] = 0.0

    @property
    def selectors(self) -> tuple[int, int]:
        """Set selector and block selector to read it with."""
        return 0, 0

    def agrees_with(self, other: Parameter) -> bool:
        """Whether what was read is what was written."""
        return all(
            getattr(self, field.name) == getattr(other, field.name)
            for field in self._wire_fields
            if field.name not in self.unverified
        )


class SetParameter(Parameter):
    """A parameter that there are several of; subclasses declare `set_selector`."""

    set_selector: int

    @property
    def selectors(self) -> tuple[int, int]:
        """Set selector and block selector to read it with."""
        return self.set_selector, 0


class BlockParameter(SetParameter):
    """One that is written in blocks of 16 bytes; subclasses declare `block` too."""

    block: int

    @property
    def selectors(self) -> tuple[int, int]:
        """Set selector and block selector to read it with."""
        return self.set_selector, self.block


class Progress(OpenEnum):
    """The state of parameter 0.  IPMI 2.0 table 23-4."""

    COMPLETE = 0
    IN_PROGRESS = 1
    COMMIT = 2


@wire()
class SetInProgress(Parameter):
    """Parameter 0 of all of them.  IPMI 2.0 table 23-4, table 26-5, table 30-7."""

    parameter = 0
    state: Progress = bits(1, 1, 0, Progress)

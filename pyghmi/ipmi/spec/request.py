# SPDX-License-Identifier: Apache-2.0
"""What a request is: a message that knows its network function, its command and its answer."""
from __future__ import annotations

from typing import Generic, TypeVar

from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.shapes import NamedTuple

R = TypeVar("R", bound=Message, covariant=True)


class Request(Message, Generic[R]):
    """A command.  Subclasses are declared with `@wire()` and set the class attributes.

    `repeatable` is false where a second execution would do harm (power cycle, reset): such a request is never
    sent twice unless the first provably did not run.  A subclass whose answer depends on the data makes it a property.
    """

    netfn: int
    cmd: int
    answer: type[R]
    repeatable: bool = True


class Target(NamedTuple):
    """A controller behind the BMC: reached through Send Message on `channel`, or doubly, through a transit.

    IPMI 2.0 §6.13, §22.7.  Addresses are 8-bit slave addresses (20h is the BMC itself).
    """

    address: int
    channel: int = 0
    transit_address: int | None = None
    transit_channel: int = 0

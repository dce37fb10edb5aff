# SPDX-License-Identifier: Apache-2.0
"""What the two ends of a serial-over-LAN payload report, and the bits of its packets.  IPMI 2.0 §15.9, table 15-2."""
from __future__ import annotations

from typing import Union

from pyghmi.ipmi.protocol.events import Noticed
from pyghmi.ipmi.wire.shapes import NamedTuple

HEADER_BYTES = 4
MOST_CHARACTERS = 255
"""Of a packet: the count of those accepted is one byte."""
LAST_NUMBER = 15

NACK = 0x40
"""Both ways: the packet that is answered was not taken, or not all of it."""

RING, BREAK, PAUSE, DROP_LINES, FLUSH_INBOUND, FLUSH_OUTBOUND = 0x20, 0x10, 0x08, 0x04, 0x02, 0x01
"""From the console: operations.  Inbound is to the machine."""
UNAVAILABLE, DEACTIVATED, OVERRUN, BROKEN = 0x20, 0x10, 0x08, 0x04
"""From the BMC: its status."""


class Received(NamedTuple):
    """Characters of the other end, each once and in their order."""

    data: bytes


class BreakReceived(NamedTuple):
    """Console: the machine sent a break; BMC: the console wants one sent to it."""


class Overrun(NamedTuple):
    """The BMC has lost characters of the machine before those that come next."""


class RingAsked(NamedTuple):
    """The console wants RI asserted, to wake the machine."""


class Availability(NamedTuple):
    """Whether the machine takes characters: not while it is off or asleep.  What was written waits, and is tried."""

    available: bool


class Deactivated(NamedTuple):
    """The BMC has taken the serial line away.  Nothing is sent or received any more."""


class FlushAsked(NamedTuple):
    """The console wants characters dropped that the BMC holds: inbound to the machine, outbound from it."""

    inbound: bool
    outbound: bool


class ModemLines(NamedTuple):
    """The console has changed what the BMC drives; True: asserted.  Without CTS the machine must not send."""

    cts: bool
    dcd_dsr: bool


class Silent(NamedTuple):
    """A packet was sent that often, and not acknowledged.  The console keeps it, a BMC has dropped it."""

    tries: int


SolEvent = Union[
    Received,
    BreakReceived,
    Overrun,
    RingAsked,
    Availability,
    Deactivated,
    FlushAsked,
    ModemLines,
    Silent,
    Noticed,
]

__all__ = [
    "Availability",
    "BreakReceived",
    "Deactivated",
    "FlushAsked",
    "ModemLines",
    "Noticed",
    "Overrun",
    "Received",
    "RingAsked",
    "Silent",
    "SolEvent",
]

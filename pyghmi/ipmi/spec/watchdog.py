# SPDX-License-Identifier: Apache-2.0
"""The watchdog timer.  IPMI 2.0 §27."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, u8, u16, wire

NEVER_SET = 0x80
"""Completion code of Reset Watchdog Timer: it was never set since the BMC started.  IPMI 2.0 §27.5."""
TICKS_PER_SECOND = 10
"""The countdown is in tenths of a second."""


class TimerUse(OpenEnum):
    """Who relies on the timer.  IPMI 2.0 table 27-3."""

    RESERVED = 0
    BIOS_FRB2 = 1
    BIOS_POST = 2
    OS_LOAD = 3
    SMS_OS = 4
    OEM = 5


class TimeoutAction(OpenEnum):
    """What happens when it runs out.  IPMI 2.0 table 27-3."""

    NONE = 0
    HARD_RESET = 1
    POWER_DOWN = 2
    POWER_CYCLE = 3


class PreTimeoutInterrupt(OpenEnum):
    """What happens some seconds before.  IPMI 2.0 table 27-3."""

    NONE = 0
    SMI = 1
    NMI = 2
    MESSAGING = 3


@wire()
class ResetWatchdogTimer(Request[Done]):
    """Start the countdown, or start it again.  IPMI 2.0 §27.5."""

    netfn, cmd, answer = NetFn.APP, 0x22, Done


@wire()
class SetWatchdogTimer(Request[Done]):
    """IPMI 2.0 §27.6, table 27-3.  Stops the timer unless `keep_running`.

    `pre_timeout`: seconds before the end; `clear_…`: the flag of that use is cleared; `initial`: tenths of a second.
    """

    netfn, cmd, answer = NetFn.APP, 0x24, Done
    dont_log: bool = bit(1, 7, default=False)
    keep_running: bool = bit(1, 6, default=False)
    use: TimerUse = bits(1, 2, 0, TimerUse)
    interrupt: PreTimeoutInterrupt = bits(2, 6, 4, PreTimeoutInterrupt, default=PreTimeoutInterrupt.NONE)
    action: TimeoutAction = bits(2, 2, 0, TimeoutAction, default=TimeoutAction.NONE)
    pre_timeout: int = u8(3, default=0)
    clear_bios_frb2: bool = bit(4, 1, default=False)
    clear_bios_post: bool = bit(4, 2, default=False)
    clear_os_load: bool = bit(4, 3, default=False)
    clear_sms_os: bool = bit(4, 4, default=False)
    clear_oem: bool = bit(4, 5, default=False)
    initial: int = u16(5)


@wire(first=2)
class WatchdogTimer(Message):
    """Get Watchdog Timer, response.  IPMI 2.0 §27.7, table 27-4.  `initial`, `present`: tenths of a second.

    `expired_…`: the timer ran out in that use, and nobody has cleared the flag.  OpenIPMI's simulated BMC leaves
    `present` out.
    """

    dont_log: bool = bit(2, 7, default=False)
    running: bool = bit(2, 6, default=False)
    use: TimerUse = bits(2, 2, 0, TimerUse)
    interrupt: PreTimeoutInterrupt = bits(3, 6, 4, PreTimeoutInterrupt, default=PreTimeoutInterrupt.NONE)
    action: TimeoutAction = bits(3, 2, 0, TimeoutAction, default=TimeoutAction.NONE)
    pre_timeout: int = u8(4, default=0)
    expired_bios_frb2: bool = bit(5, 1, default=False)
    expired_bios_post: bool = bit(5, 2, default=False)
    expired_os_load: bool = bit(5, 3, default=False)
    expired_sms_os: bool = bit(5, 4, default=False)
    expired_oem: bool = bit(5, 5, default=False)
    initial: int = u16(6)
    present: int | None = u16(8, optional=True, default=None)


@wire()
class GetWatchdogTimer(Request[WatchdogTimer]):
    """IPMI 2.0 §27.7."""

    netfn, cmd, answer = NetFn.APP, 0x25, WatchdogTimer

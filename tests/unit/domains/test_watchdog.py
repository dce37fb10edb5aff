# SPDX-License-Identifier: Apache-2.0
"""The watchdog timer over a requester that answers from a script.  Bytes from IPMI 2.0 tables 27-3, 27-4."""
from __future__ import annotations

from typing import Any

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.watchdog import Watchdog
from pyghmi.ipmi.spec.watchdog import PreTimeoutInterrupt, TimeoutAction, TimerUse

RUNNING = "c4 21 05 10 f4 01 e8 00"


def test_reading() -> None:
    """SMS/OS, running, not logged; NMI 5 s before a hard reset; expired once in SMS/OS; 23.2 of 50 s left."""
    found = Watchdog(Script(RUNNING)).get()
    assert (found.use, found.action, found.interrupt) == (TimerUse.SMS_OS, TimeoutAction.HARD_RESET, PreTimeoutInterrupt.NMI)
    assert (found.pre_timeout_s, found.initial_s, found.present_s) == (5, 50.0, 23.2)
    assert (found.running, found.logs, found.expired) == (True, False, (TimerUse.SMS_OS,))


@pytest.mark.parametrize(
    ("bit", "use"),
    [(1, TimerUse.BIOS_FRB2), (2, TimerUse.BIOS_POST), (3, TimerUse.OS_LOAD), (4, TimerUse.SMS_OS), (5, TimerUse.OEM)],
)
def test_flags_of_each_use(bit: int, use: TimerUse) -> None:
    assert Watchdog(Script(f"04 00 00 {1 << bit:02x} 00 00 00 00")).get().expired == (use,)
    bmc = Script(0)
    Watchdog(bmc).set(use, TimeoutAction.NONE, 1, clear=[use])
    assert bmc.asked == [(6, 0x24, bytes((use, 0, 0, 1 << bit, 10, 0)))]


def test_a_stopped_timer_is_read_once() -> None:
    for stopped in ("04 01 00 00 0a 00 0a 00", "00 00 00 00 00 00 00 00", "04 01 00 00 0a 00 00 00"):
        bmc = Script(stopped)
        assert not Watchdog(bmc).get().running
        assert len(bmc.asked) == 1


def test_setting() -> None:
    bmc = Script(0, 0)
    Watchdog(bmc).set(
        TimerUse.SMS_OS, TimeoutAction.POWER_CYCLE, 100.5, interrupt=PreTimeoutInterrupt.SMI, pre_timeout_s=10, log=False
    )
    Watchdog(bmc).set(TimerUse.OEM, TimeoutAction.POWER_DOWN, 6553.5, keep_running=True)
    assert [data.hex(" ") for _n, _c, data in bmc.asked] == ["84 13 0a 00 ed 03", "45 02 00 00 ff ff"]


@pytest.mark.parametrize("countdown", [-0.1, 6553.6, float("nan"), float("inf")])
def test_countdowns_that_do_not_fit(countdown: float) -> None:
    bmc = Script()
    with pytest.raises(InvalidParameterValue, match=r"0 to 6553\.5 seconds"):
        Watchdog(bmc).set(TimerUse.SMS_OS, TimeoutAction.NONE, countdown)
    with pytest.raises(InvalidParameterValue):
        Watchdog(bmc).set(TimerUse.SMS_OS, TimeoutAction.NONE, 1, pre_timeout_s=256)
    assert not bmc.asked


def test_starting_and_stopping() -> None:
    bmc = Script(0, RUNNING, 0, "00 00 00 00 00 00 00 00", 0)
    Watchdog(bmc).reset()
    Watchdog(bmc).stop()
    Watchdog(bmc).stop()
    assert [(cmd, data.hex(" ")) for _n, cmd, data in bmc.asked] == [
        (0x22, ""), (0x25, ""), (0x24, "84 21 05 00 f4 01"), (0x25, ""), (0x24, "04 00 00 00 00 00"),
    ]
    with pytest.raises(CompletionCodeError, match="Watchdog timer was never set") as caught:
        Watchdog(Script(0x80)).reset()
    assert caught.value.code == 0x80


@pytest.mark.parametrize("twice", [("", ""), ("04", "04 01 00 00 00")])
def test_what_is_cut_short_twice_is_malformed(twice: tuple[Any, ...]) -> None:
    with pytest.raises(Malformed):
        Watchdog(Script(*twice)).get()


def test_a_timer_that_does_not_tell_where_it_stands() -> None:
    """OpenIPMI's ipmi_sim 2.0.33 leaves the present countdown out, running or not."""
    for data, running in (("04 00 00 00 b8 0b", False), ("44 00 00 00 b8 0b", True)):
        bmc = Script(data)
        found = Watchdog(bmc).get()
        assert (found.initial_s, found.present_s, found.running, len(bmc.asked)) == (300.0, None, running, 1)

# SPDX-License-Identifier: Apache-2.0
"""Power states that take time, mains, boot flags, identification, hours: IPMI 2.0 §28."""
from __future__ import annotations

from typing import Any

import pytest
from simulated import ask, events, machine_of

ON, OFF, CYCLE, RESET, DIAG, SOFT = "01", "00", "02", "03", "04", "05"
WRONG_STATE = (0xD5, "")


def status(machine: Any) -> bytes:
    return bytes.fromhex(ask(machine, 0, 1)[1])


def on(machine: Any) -> None:
    assert ask(machine, 0, 2, ON) == (0, "")
    machine.clock.advance(1.0)
    assert status(machine)[0] & 1


def test_it_takes_time() -> None:
    machine = machine_of()
    assert ask(machine, 0, 2, ON) == (0, "")
    assert not status(machine)[0] & 1
    assert ask(machine, 0, 2, CYCLE) == WRONG_STATE, "it is not on yet"
    machine.clock.advance(0.5)
    assert status(machine)[:2] == b"\x01\x10"
    assert ask(machine, 0, 2, SOFT) == (0, "")
    machine.clock.advance(1.9)
    assert status(machine)[0] & 1
    machine.clock.advance(0.1)
    assert not status(machine)[0] & 1
    assert machine.said == ["powered on", "politely shut down the system"]


def test_a_cycle_is_off_for_the_interval() -> None:
    """IPMI 2.0 §28.9: Set Power Cycle Interval."""
    machine = machine_of()
    on(machine)
    assert ask(machine, 0, 0x0B, "05") == (0, "")
    assert ask(machine, 0, 2, CYCLE) == (0, "")
    assert not status(machine)[0] & 1
    machine.clock.advance(4.9)
    assert not status(machine)[0] & 1
    machine.clock.advance(0.1)
    assert status(machine)[0] & 1
    assert ask(machine, 0, 7)[1].startswith("01"), "Chassis Control"


def test_what_comes_later_counts() -> None:
    machine = machine_of()
    ask(machine, 0, 2, ON)
    ask(machine, 0, 2, OFF)
    machine.clock.advance(5.0)
    assert not status(machine)[0] & 1, "off, while it was about to come"
    on(machine)
    ask(machine, 0, 2, SOFT)
    ask(machine, 0, 2, ON)
    machine.clock.advance(5.0)
    assert status(machine)[0] & 1, "on, while it was about to go"


@pytest.mark.parametrize(("policy", "was_on", "comes"), [(0, True, False), (1, True, True), (1, False, False), (2, False, True)])
def test_the_restore_policy(policy: int, was_on: bool, comes: bool) -> None:
    """IPMI 2.0 table 28-3: 0 stays off, 1 as it was, 2 always on; byte 2 bit 0: mains failed."""
    machine = machine_of()
    ask(machine, 0, 6, f"{policy:02x}")
    if was_on:
        on(machine)
    before = len(machine.parts["sel"].entries)
    machine.lose_mains()
    assert ask(machine, 0, 1) is None, "the BMC has no power either"
    machine.clock.advance(100.0)
    assert ask(machine, 0, 1) is None
    assert (0x09, 0x54, 0x6F, "04 ff ff") in events(machine, before), "AC lost"
    machine.return_mains()
    machine.clock.advance(10.0)
    assert bool(status(machine)[0] & 1) is comes
    assert bool(status(machine)[1] & 1) is not comes, "mains failed, until it starts"
    if comes:
        assert int(ask(machine, 0, 7)[1][:2], 16) == {1: 7, 2: 6}[policy], "table 28-11: previous state, always restore"


def test_a_cold_reset() -> None:
    machine = machine_of()
    on(machine)
    ask(machine, 0, 6, "02")
    assert ask(machine, 6, 2) == (0, "")
    assert machine.core.closed == 1
    assert ask(machine, 6, 1) is None
    assert machine._received(b"x", ("192.0.2.1", 1)), "datagrams are not heard"
    machine.clock.advance(2.9)
    assert ask(machine, 6, 1) is None
    machine.clock.advance(0.2)
    assert ask(machine, 6, 1)[0] == 0
    assert status(machine)[0] == 0x41, "the machine went on, and the policy is kept"


# --- boot flags


def flags(machine: Any) -> str:
    return str(ask(machine, 0, 9, "050000")[1])


def test_boot_flags_expire() -> None:
    """IPMI 2.0 table 28-14: after 60 seconds without a Chassis Control command, unless parameter 3 bit 3 says otherwise."""
    machine = machine_of()
    ask(machine, 0, 8, "05a004000000")
    machine.clock.advance(59.0)
    assert flags(machine) == "01 05 a0 04 00 00 00"
    machine.clock.advance(1.0)
    assert flags(machine) == "01 05 20 04 00 00 00"
    ask(machine, 0, 8, "0308")
    ask(machine, 0, 8, "05a004000000")
    machine.clock.advance(600.0)
    assert flags(machine) == "01 05 a0 04 00 00 00"


def test_boot_flags_are_for_one_start() -> None:
    machine = machine_of()
    ask(machine, 0, 8, "05a004000000")
    machine.clock.advance(30.0)
    on(machine)
    assert flags(machine) == "01 05 a0 04 00 00 00", "the firmware has not looked yet"
    machine.clock.advance(3.0)
    assert flags(machine) == "01 05 20 04 00 00 00"
    assert "Booting from network" in machine.serial.boot_log
    ask(machine, 0, 2, RESET)
    machine.clock.advance(5.0)
    assert "Booting from hard disk" in machine.serial.boot_log


def test_persistent_boot_flags_stay() -> None:
    machine = machine_of()
    ask(machine, 0, 8, "05e014000000")
    for action in (ON, RESET, CYCLE):
        ask(machine, 0, 2, action)
        machine.clock.advance(90.0)
        assert flags(machine) == "01 05 e0 14 00 00 00"
        assert "Booting from CD/DVD" in machine.serial.boot_log


@pytest.mark.parametrize(("parameter_3", "kept"), [("00", False), ("04", True)])
def test_a_watchdog_reset_clears_them(parameter_3: str, kept: bool) -> None:
    """Table 28-14, parameter 3, bit 2: not on a reset by the watchdog."""
    machine = machine_of()
    on(machine)
    machine.clock.advance(10.0)
    ask(machine, 0, 8, f"03{parameter_3}")
    ask(machine, 0, 8, "05c004000000")
    assert ask(machine, 6, 0x24, "04 01 00 10 32 00") == (0, "")
    assert ask(machine, 6, 0x22) == (0, "")
    machine.clock.advance(5.1)
    assert int(ask(machine, 0, 7)[1][:2], 16) == 4, "restart cause: watchdog"
    assert (flags(machine) == "01 05 c0 04 00 00 00") is kept


# --- other


def test_identify_ends() -> None:
    machine = machine_of()

    def light() -> int:
        return status(machine)[2] >> 4 & 3

    ask(machine, 0, 4, "05")
    machine.clock.advance(4.9)
    assert light() == 1
    machine.clock.advance(0.2)
    assert light() == 0
    ask(machine, 0, 4)
    machine.clock.advance(14.9)
    assert light() == 1, "15 seconds where nobody says how long"
    ask(machine, 0, 4, "0001")
    machine.clock.advance(1000.0)
    assert light() == 2


def test_power_on_hours_move() -> None:
    machine = machine_of("small")

    def hours() -> int:
        minutes, *count = bytes.fromhex(ask(machine, 0, 0x0F)[1])
        return minutes * int.from_bytes(bytes(count), "little") // 60

    before = hours()
    machine.clock.advance(7200.0)
    assert hours() == before, "it is off"
    on(machine)
    machine.clock.advance(7200.0)
    assert hours() == before + 2

# SPDX-License-Identifier: Apache-2.0
"""Events that sensors raise: thresholds with hysteresis, states, what is enabled.  IPMI 2.0 §35, tables 29-6, 42-2, 42-3."""
from __future__ import annotations

from typing import Any

import pytest
from simulated import ask, events, machine_of

INLET, CPU1, FAN, SUPPLY = 0x01, 0x03, 0x30, 0x50


@pytest.fixture
def machine() -> Any:
    found = machine_of()
    found.power_on()
    found.clock.advance(60.0)
    found.parts["sel"].entries.clear()
    return found


def test_upper_thresholds_begin_and_end(machine: Any) -> None:
    """Inlet Temp: 38, 42, 47 and a hysteresis of 2.  Offsets 7, 9, 11: going high.  50h: reading and threshold follow."""
    sensors = machine.parts["sensors"]
    for count in (37, 38, 37, 43, 41, 40, 36):
        sensors.pin("Inlet Temp", count)
    assert events(machine) == [
        (1, INLET, 0x01, "57 26 26"),
        (1, INLET, 0x01, "59 2b 2a"),
        (1, INLET, 0x81, "59 28 2a"),
        (1, INLET, 0x81, "57 24 26"),
    ]


def test_lower_thresholds(machine: Any) -> None:
    """A fan: 12 and 8 counts.  Offsets 0 and 2: going low; both at once where it stands still."""
    machine.parts["sensors"].pin("Fan 1A", 0)
    assert events(machine) == [(4, FAN, 0x01, "50 00 0c"), (4, FAN, 0x01, "52 00 08")]
    machine.clock.advance(1.0)
    assert events(machine, 2) == [(4, 0x53, 0x8B, "00 ff ff"), (4, 0x53, 0x0B, "01 ff ff")], "redundancy is lost"
    assert ask(machine, 4, 0x2D, "30") == (0, "00 c0 c3")
    machine.parts["sensors"].unpin("Fan 1A")
    assert [row[2:] for row in events(machine, 4)[:2]] == [(0x81, events(machine, 4)[0][3]), (0x81, events(machine, 4)[1][3])]


def test_set_thresholds_take_effect(machine: Any) -> None:
    reading = int(ask(machine, 4, 0x2D, "01")[1][:2], 16)
    assert ask(machine, 4, 0x26, f"01 08 00 00 00 {reading - 1:02x} 00 00") == (0, "")
    assert [row[:3] for row in events(machine)] == [(1, INLET, 1)]
    assert int(ask(machine, 4, 0x2D, "01")[1][6:8], 16) & 0x08
    assert ask(machine, 4, 0x2B, "01")[1] == "c0 80 00 00 00"
    assert ask(machine, 4, 0x2A, "01 00") == (0, "")
    assert [row[:3] for row in events(machine)] == [(1, INLET, 1)] * 2, "rearmed: what holds is raised again"


def test_what_is_not_enabled_is_not_raised(machine: Any) -> None:
    pin = machine.parts["sensors"].pin
    ask(machine, 4, 0x28, "01 e0 80 00 80 00")  # disable the events of offset 7
    pin("Inlet Temp", 39)
    assert not events(machine)
    pin("Inlet Temp", 43)
    assert [row[3][:2] for row in events(machine)] == ["59"]
    ask(machine, 4, 0x28, "03 40")  # no events of this sensor at all
    pin("CPU1 Temp", 99)
    ask(machine, 6, 0x2E, "00")  # event logging is off
    pin("CPU2 Temp", 99)
    assert len(events(machine)) == 1
    ask(machine, 4, 0x28, "04 80")  # not scanned
    ask(machine, 6, 0x2E, "08")
    pin("CPU2 Temp", 20)
    assert ask(machine, 4, 0x2D, "04")[1].startswith("00 a0")
    assert len(events(machine)) == 1


def test_states(machine: Any) -> None:
    machine.parts["sensors"].pin("PSU1 Status", 0x09)
    machine.clock.advance(1.0)
    machine.parts["sensors"].unpin("PSU1 Status")
    assert events(machine) == [
        (8, SUPPLY, 0x6F, "03 ff ff"),
        (9, 0x52, 0x8B, "00 ff ff"),
        (9, 0x52, 0x0B, "01 ff ff"),
        (8, SUPPLY, 0xEF, "03 ff ff"),
    ]


def test_what_the_machine_does_is_logged(machine: Any) -> None:
    machine.set_intrusion(True)
    assert events(machine) == [(5, 0x56, 0x6F, "00 ff ff")]
    assert bytes.fromhex(ask(machine, 0, 1)[1])[2] & 1, "chassis status: intrusion"
    machine.power_off()
    assert (0x22, 0x55, 0x6F, "05 ff ff") in events(machine, 1), "ACPI: soft off"
    assert (0x09, 0x54, 0x6F, "00 ff ff") in events(machine, 1), "power unit: power off"
    assert ask(machine, 4, 0x2D, "03")[1].startswith("00 e0"), "no reading while it is off"
    before = len(events(machine))
    machine.power_on()
    machine.clock.advance(1.0)
    assert events(machine, before) == [
        (9, 0x54, 0xEF, "00 ff ff"), (0x22, 0x55, 0x6F, "00 ff ff"), (0x1D, 0x71, 0x6F, "00 ff ff"),
    ]


@pytest.mark.parametrize(("action", "state"), [(0, True), (1, True), (2, False), (3, False)])
def test_the_watchdog_acts(machine: Any, action: int, state: bool) -> None:
    """Sensor type 23h: offset as the action, 8 the interrupt before; C0h: data 2 has the use (1) and the interrupt (3)."""
    assert ask(machine, 6, 0x24, f"01 3{action} 02 3e 32 00") == (0, "")
    assert ask(machine, 6, 0x22) == (0, "")
    machine.clock.advance(3.1)
    assert events(machine) == [(0x23, 0x70, 0x6F, "c8 31 ff")]
    machine.clock.advance(1.95)
    assert events(machine)[1] == (0x23, 0x70, 0x6F, f"c{action} 31 ff")
    assert machine.power_is_on is state
    assert ask(machine, 6, 0x25)[1].split()[3] == "02", "the timer of that use has run out"


def test_dont_log(machine: Any) -> None:
    ask(machine, 6, 0x24, "84 00 00 3e 0a 00")
    ask(machine, 6, 0x22)
    machine.clock.advance(2.0)
    assert not events(machine)


def test_the_log_says_when_it_is_nearly_full() -> None:
    machine = machine_of()
    sel = machine.parts["sel"]
    while len(sel.entries) < 0.9 * sel.capacity:
        sel.append(bytes(16))
    machine.clock.advance(1.0)
    assert events(machine)[-1] == (0x10, 0x57, 0x6F, "05 ff ff")


def test_events_name_sensors_that_there_are(machine: Any) -> None:
    """What the machine writes of its own accord is about a sensor of the right type in its records."""
    machine.power_off()
    machine.clock.advance(30.0)
    machine.power_on()
    machine.clock.advance(30.0)
    machine.power_reset()
    machine.set_intrusion(is_open=True)
    ask(machine, 6, 0x24, "44 01 00 00 0a 00")
    ask(machine, 6, 0x22)
    machine.clock.advance(60.0)
    raised = events(machine)
    assert {0x05, 0x1D, 0x23} <= {event[0] for event in raised}
    ask(machine, 0x0A, 0x47, f"{ask(machine, 0x0A, 0x42)[1]} 43 4c 52 aa")
    cleared = events(machine)
    assert [event[:2] for event in cleared] == [(0x10, 0x57)]
    numbers = {raw[7]: raw[12] for raw in machine.parts["sensors"].records if raw[3] in (1, 2) and raw[5] == 0x20}
    numbers.update({raw[7]: raw[10] for raw in machine.parts["sensors"].records if raw[3] == 3 and raw[5] == 0x20})
    for kind, number, *_more in [*raised, *cleared]:
        assert numbers[number] == kind


def test_all_demo_events_name_sensors_that_there_are() -> None:
    """Those that the log of the rack server begins with."""
    found = machine_of()
    records = found.parts["sensors"].records
    kinds = {raw[7]: raw[12] for raw in records if raw[3] in (1, 2) and raw[5] == 0x20}
    kinds.update({raw[7]: raw[10] for raw in records if raw[3] == 3 and raw[5] == 0x20})
    own = [raw for raw in found.parts["sel"].entries.values() if raw[2] == 2 and raw[7] == 0x20]
    assert len(own) > 5
    for raw in own:
        assert kinds.get(raw[11]) == raw[10], raw.hex(" ")

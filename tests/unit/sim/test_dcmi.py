# SPDX-License-Identifier: Apache-2.0
"""What the simulated BMC has of DCMI."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from simulated import ask as ask_machine
from simulated import events, machine_of

from pyghmi.exceptions import Malformed
from pyghmi.sim.dcmi import DcmiPart


def made(**more: object) -> DcmiPart:
    return DcmiPart(clock=lambda: 0x12345678, **more)  # type: ignore[arg-type]


def ask(part: DcmiPart, cmd: int, data: str) -> tuple[int, str]:
    code, answer = part.commands()[0x2C, cmd](bytes.fromhex(data))
    return code, answer.hex(" ")


def test_only_its_own_group() -> None:
    part = made()
    assert ask(part, 1, "00 01") == (0xC1, "00")
    with pytest.raises(Malformed):
        ask(part, 1, "")
    with pytest.raises(Malformed):
        ask(part, 1, "dc 01 02")


def test_capabilities() -> None:
    assert ask(made(), 1, "dc 02") == (0, "dc 01 05 02 00 02 07 07 05")
    assert ask(made(), 1, "dc 05") == (0, "dc 01 05 02 03 05 41 81")
    assert ask(made(), 1, "dc 06") == (0xCC, "dc")


def test_power_follows_the_machine() -> None:
    machine = SimpleNamespace(power_is_on=False)
    part = made(machine=machine)
    assert ask(part, 2, "dc 01 00 00") == (0, "dc 14 00 14 00 38 01 14 00 78 56 34 12 60 ea 00 00 40")
    assert ask(part, 0x10, "dc 01 41 00 01") == (0, "dc 00 00")
    machine.power_is_on = True
    assert ask(part, 2, "dc 02 41 00") == (0, "dc 00 01 b4 00 38 01 f0 00 78 56 34 12 41 00 00 00 40")
    assert ask(part, 0x10, "dc 01 03 00 01") == (0, "dc 02 02 30 01 34 02")
    assert ask(part, 2, "dc 02 42 00") == (0xCC, "dc")
    assert ask(part, 2, "dc 03 00 00") == (0xCC, "dc")
    assert ask(part, 2, "dc 01 00 00 00") == (0xC7, "dc")


def test_power_limit() -> None:
    part = made()
    assert ask(part, 3, "dc 00 00") == (0x80, "dc 00 00 11 f4 01 e8 03 00 00 00 00 01 00")
    assert ask(part, 4, "dc 00 00 00 01 63 00 00 00 00 00 00 00 01 00") == (0x84, "dc")
    assert ask(part, 4, "dc 00 00 00 01 64 00 c1 27 09 00 00 00 01 00") == (0x85, "dc")
    assert ask(part, 4, "dc 00 00 00 01 64 00 c0 27 09 00 00 00 01 00") == (0, "dc")
    assert ask(part, 5, "dc 01 00 00") == (0, "dc")
    assert ask(part, 3, "dc 00 00") == (0, "dc 00 00 01 64 00 c0 27 09 00 00 00 01 00")


LIMIT = "dc 00 00 00 {action:02x} {watts:02x} 00 {correction} 00 00 00 00 01 00"


def limited(machine: Any, watts: int, action: int, correction: str = "e8 03") -> None:
    """Have the power limited; the correction takes a second unless told otherwise."""
    for cmd, data in ((0x04, LIMIT.format(action=action, watts=watts, correction=correction)), (0x05, "dc 01 00 00")):
        assert ask_machine(machine, 0x2C, cmd, data) == (0, "dc")


def watts_of(machine: Any) -> int:
    return machine.parts["dcmi"]._model.power_w()


def test_a_limit_is_kept_to_as_far_as_that_goes() -> None:
    machine = machine_of()
    machine.power_on()
    machine.clock.advance(60.0)
    before, since = watts_of(machine), len(machine.parts["sel"].entries)
    limited(machine, 155, action=0x01)
    assert before > 170
    for _second in range(120):
        machine.clock.advance(1.0)
        assert watts_of(machine) <= 155
    assert machine.power_is_on
    assert events(machine, since) == []
    ask_machine(machine, 0x2C, 0x05, "dc 00 00 00")
    machine.clock.advance(60.0)
    assert watts_of(machine) > 155


@pytest.mark.parametrize(("action", "logged", "stays_on"), [(0x00, 0, True), (0x01, 1, False), (0x11, 1, True)])
def test_what_is_done_beyond_a_limit(action: int, logged: int, stays_on: bool) -> None:
    """100 W are less than the machine can do with; the correction takes five seconds.  DCMI 1.5 table 6-18."""
    machine = machine_of()
    machine.power_on()
    machine.clock.advance(60.0)
    since = len(machine.parts["sel"].entries)
    limited(machine, 100, action=action, correction="88 13")
    machine.clock.advance(4.0)
    assert machine.power_is_on
    assert [event for event in events(machine, since) if event[1] == 0x75] == []
    machine.clock.advance(10.0)
    assert machine.power_is_on is stays_on
    assert [event for event in events(machine, since) if event[1] == 0x75] == [(0x09, 0x75, 0x05, "01 ff ff")] * logged


def test_the_small_machine_is_limited_too() -> None:
    machine = machine_of("small")
    machine.power_on()
    assert watts_of(machine) == 256
    limited(machine, 200, action=0x11)
    assert watts_of(machine) == 200
    state = machine.state()
    again = machine_of("small")
    again.restore(state)
    assert watts_of(again) == 200


def test_asset_tag() -> None:
    """DCMI 1.5 tables 6-8 and 6-9: C9h beyond offset 62, end 63, 16 bytes, and where a gap would be."""
    part = made()
    assert ask(part, 8, "dc 00 03 61 62 63") == (0, "dc 03")
    assert ask(part, 8, "dc 03 01 64") == (0, "dc 04")
    assert ask(part, 6, "dc 00 10") == (0, "dc 04 61 62 63 64")
    assert ask(part, 6, "dc 04 10") == (0, "dc 04")
    assert ask(part, 8, "dc 00 00") == (0, "dc 00")
    assert ask(part, 8, "dc 01 01 61") == (0xC9, "dc")
    assert ask(part, 8, "dc 00 02 61") == (0xC7, "dc")
    assert ask(part, 8, "dc 00 11" + "61" * 17) == (0xC9, "dc")
    for data in ("dc 3f 00", "dc 30 10", "dc 00 11"):
        assert ask(part, 6, data) == (0xC9, "dc")


def test_identifier() -> None:
    """DCMI 1.5 table 6-11: the 64th character is NUL."""
    part = made()
    for offset in (0, 16, 32):
        assert ask(part, 0x0A, f"dc {offset:02x} 10" + "61" * 16) == (0, f"dc {offset + 16:02x}")
    assert ask(part, 0x0A, "dc 30 10" + "61" * 16) == (0xC9, "dc")
    assert ask(part, 0x0A, "dc 30 10" + "61" * 15 + "00") == (0, "dc 40")
    assert ask(part, 9, "dc 30 10") == (0, "dc 3f" + " 61" * 15)


def test_temperatures_come_in_pages_of_eight() -> None:
    part = made(temperatures={0x40: {at: -at for at in range(1, 11)}})
    assert ask(part, 0x10, "dc 01 40 00 09") == (0, "dc 0a 02 89 09 8a 0a")
    assert ask(part, 0x10, "dc 01 37 02 00") == (0, "dc 0a 01 82 02")
    assert ask(part, 0x10, "dc 01 43 00 01") == (0xCC, "dc")
    assert ask(part, 0x10, "dc 02 40 00 01") == (0xCC, "dc")


def test_sensor_info() -> None:
    assert ask(made(), 7, "dc 01 41 00 01") == (0, "dc 02 02 05 00 06 00")
    assert ask(made(), 7, "dc 01 41 02 00") == (0, "dc 02 01 06 00")
    assert ask(made(), 7, "dc 02 41 00 01") == (0xCC, "dc")


def test_thermal_limit() -> None:
    part = made()
    assert ask(part, 0x0C, "dc 37 01") == (0, "dc 00 00 00 00")
    assert ask(part, 0x0B, "dc 40 01 40 2d 3c 00") == (0, "dc")
    assert ask(part, 0x0C, "dc 40 01") == (0, "dc 40 2d 3c 00")
    assert ask(part, 0x0C, "dc 40 02") == (0xCC, "dc")
    assert ask(part, 0x0B, "dc 41 01 40 2d 3c 00") == (0xCC, "dc")


def test_configuration() -> None:
    part = made()
    assert ask(part, 0x13, "dc 04 00") == (0, "dc 01 05 01 78 00")
    assert ask(part, 0x12, "dc 04 00 01 02") == (0, "dc")
    assert ask(part, 0x13, "dc 04 00") == (0, "dc 01 05 01 01 02")
    assert ask(part, 0x12, "dc 01 00 01") == (0, "dc")
    assert ask(part, 0x13, "dc 01 00") == (0, "dc 01 05 01 00")
    assert ask(part, 0x12, "dc 04 00 01") == (0xC7, "dc")
    assert ask(part, 0x12, "dc 06 00 01") == ask(part, 0x13, "dc 06 00") == (0xCC, "dc")

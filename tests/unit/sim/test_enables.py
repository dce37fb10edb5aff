# SPDX-License-Identifier: Apache-2.0
"""The simulated settings of chassis and controller: bytes of IPMI 2.0 §20, §22, §28."""
from __future__ import annotations

import pytest
from simulated import ask, machine_of

from pyghmi.exceptions import Malformed
from pyghmi.sim.enables import EnablesPart


def test_acpi_follows_the_power_until_it_is_set() -> None:
    power = [False]
    part = EnablesPart(lambda: power[0])
    assert part.get_acpi(b"") == (0, b"\5\3")
    power[0] = True
    assert part.get_acpi(b"") == (0, b"\0\0")
    assert part.set_acpi(b"\x83\x02") == (0, b"")
    assert part.get_acpi(b"") == (0, b"\3\0")
    assert part.set_acpi(b"\xff\x82") == (0, b"")
    assert part.get_acpi(b"") == (0, b"\3\2")
    power[0] = False
    assert part.get_acpi(b"") == (0, b"\5\3")


def test_chassis() -> None:
    part = EnablesPart(lambda: True)
    assert part.get_capabilities(b"") == (0, bytes.fromhex("04 20 20 20 20 20"))
    assert part.set_capabilities(bytes.fromhex("03 22 24 26 28")) == (0, b"")
    assert part.get_capabilities(b"") == (0, bytes.fromhex("07 22 24 26 28 20"))
    assert part.set_capabilities(bytes.fromhex("00 20 20 20 20 2a")) == (0, b"")
    assert part.get_capabilities(b"") == (0, bytes.fromhex("04 20 20 20 20 2a"))
    assert part.front_panel is None
    assert part.set_front_panel(b"\x05") == (0, b"")
    assert part.front_panel == 0xF5
    assert part.set_power_cycle_interval(b"\x1e") == (0, b"")
    assert part.power_cycle_s == 30


def test_enables() -> None:
    part = EnablesPart(lambda: True)
    assert part.get_enables(b"") == (0, b"\x08")
    assert part.set_enables(b"\xef") == (0, b"")
    assert part.get_enables(b"") == (0, b"\xef")


@pytest.mark.parametrize("key", [(0, 5), (0, 0x0A), (0, 0x0B), (6, 6), (6, 0x2E)])
def test_lengths(key: tuple[int, int]) -> None:
    answer = EnablesPart(lambda: True).commands()[key]
    for length in (0, 9):
        with pytest.raises(Malformed):
            answer(bytes(length))


def test_the_event_receiver_is_the_bmc_until_another_is_set() -> None:
    """IPMI 2.0 §29.1, §29.2; of the controllers behind the BMC too."""
    machine = machine_of()
    assert ask(machine, 4, 1) == (0, "20 00")
    assert ask(machine, 4, 0, "ff 02") == (0, "")
    assert ask(machine, 4, 1) == (0, "ff 02")
    assert ask(machine, 4, 0, "20") == (0xC7, "")
    again = machine_of()
    again.restore(machine.state())
    assert ask(again, 4, 1) == (0, "ff 02")
    satellite = machine.parts["bridge"].buses[0][0x82]
    assert satellite.tables[0][4, 1](b"") == (0, b"\x20\x00")

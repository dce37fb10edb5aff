# SPDX-License-Identifier: Apache-2.0
"""What our client says of each personality is what it says of a BMC by the book, but for what is lost on the way."""
from __future__ import annotations

from typing import Any, Callable

import pytest

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.console import Console
from pyghmi.sim.quirks import PERSONALITIES
from tests.loopback.quirk_lab import MakeLab, QuirkLab
from tests.loopback.serial_machine import Screen

LOST = {
    "old-supermicro": {"inventory"},
    "dell-11g": {"sensors", "names", "inventory"},
    "liar": {"events", "inventory"},
}
"""Personality -> what it withholds: what is behind an early end, readings that are said not to be scanned, ..."""
NO_CONSOLE = {"dell-11g"}
"""It says for ever that the payload is active, and that it is not."""
SECONDS = {"slow-openbmc": 130.0, "noisy-network": 150.0, "flaky-busy": 260.0}
"""Personality -> how long its slowest call may take; any other: five seconds."""
MOST_REQUESTS = {"liar": 900}


def facts(command: Command) -> dict[str, Callable[[], Any]]:
    return {
        "power": command.get_power,
        "boot": command.get_bootdev,
        "sensors": lambda: [reading.value for reading in command.get_sensor_data()],
        "names": lambda: [reading.name for reading in command.get_sensor_data()],
        "events": lambda: [(event["record_id"], event.get("event")) for event in command.get_event_log()],
        "inventory": lambda: dict(command.get_inventory()),
        "network": command.get_net_configuration,
        "users": command.get_users,
        "health": command.get_health,
        "serial": command.get_sol_configuration,
    }


def told(bench: QuirkLab, longest_s: float = 5.0) -> dict[str, Any]:
    """Return everything that is asked; each call is bounded."""
    found = {}
    for name, ask in facts(bench.command()).items():
        began = bench.reactor.clock()
        found[name] = ask()
        assert bench.reactor.clock() - began < longest_s, name
    return found


@pytest.mark.parametrize("name", PERSONALITIES)
def test_what_is_told(lab: MakeLab, name: str) -> None:
    book, bench = told(lab()), lab("", personality=name)
    found = told(bench, SECONDS.get(name, 5.0))
    assert {each for each in book if found[each] != book[each]} == LOST.get(name, set())
    assert len(bench.machine.executed) < MOST_REQUESTS.get(name, 800)


@pytest.mark.parametrize("name", PERSONALITIES)
def test_what_is_done(lab: MakeLab, name: str) -> None:
    bench = lab("", personality=name)
    command = bench.command()
    assert command.set_power("on", wait=True)["powerstate"] == "on"
    assert bench.machine.power_is_on
    command.set_bootdev("network", persist=True)
    assert command.get_bootdev()["bootdev"] == "network"
    command.set_identify(True)
    assert command.get_power() == {"powerstate": "on"}


@pytest.mark.parametrize("name", [name for name in PERSONALITIES if name not in NO_CONSOLE])
def test_a_console(lab: MakeLab, name: str) -> None:
    bench = lab("", personality=name)
    bench.machine.power_on()
    bench.wait(30.0)
    screen = Screen()
    console = Console("127.0.0.1", "admin", "secret", screen, port=bench.port)
    bench.wait(20.0)
    text = b"what is typed, character for character"
    console.send_data(text)
    bench.wait(60.0)
    assert bytes(screen.output) == text
    console.close()

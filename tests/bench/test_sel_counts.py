# SPDX-License-Identifier: Apache-2.0
"""How many requests an event log costs: one an entry, and the clock."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "faults"), str(Path(__file__).parents[1] / "interop")]

from memory_bmc import MemoryBmc, command_over
from peers import Simulator

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.sdr_held import HeldRecords
from pyghmi.sim.sel import SelPart

ENTRIES, BUDGET = 500, 502
EVENT = bytes.fromhex("0000 02 00000000 2000 04 01 30 01 57")


def full() -> SelPart:
    part = SelPart(demo=False)
    for at in range(ENTRIES):
        part.append(EVENT + at.to_bytes(2, "little"))
    return part


def ready(bmc: MemoryBmc) -> Any:
    command = command_over(bmc)
    command._sdr_held = HeldRecords(None, [], [])
    return command


def test_five_hundred_entries() -> None:
    bmc = MemoryBmc(full())
    assert len(ready(bmc).get_event_log()) == ENTRIES
    assert len(bmc.asked) == ENTRIES + 1 <= BUDGET
    bmc = MemoryBmc(full())
    assert len(list(ready(bmc).events())) == ENTRIES
    assert len(bmc.asked) == ENTRIES + 2 <= BUDGET


def test_clearing_costs_four_more() -> None:
    bmc = MemoryBmc(full())
    assert len(ready(bmc).get_event_log(clear=True)) == ENTRIES
    assert len(bmc.asked) == ENTRIES + 5


@pytest.mark.slow
def test_five_hundred_entries_over_the_wire(tmp_path: Path) -> None:
    """OpenIPMI's simulator, filled up: datagrams of requests, without login and records of sensors."""
    simulator = Simulator(tmp_path / "rich", rich=True)
    try:
        with Command(simulator.host, simulator.user, simulator.password, port=simulator.port) as bmc:
            bmc.clear_event_log()
            for at in range(ENTRIES):
                bmc.add_event(EVENT + at.to_bytes(2, "little"))
            assert bmc.get_sel_info()["entries"] == ENTRIES
            bmc.get_sensors()
        sent: list[bytes] = []
        observer = lambda out, datagram, _address: sent.append(datagram) if out else None  # noqa: E731
        with Command(simulator.host, simulator.user, simulator.password, port=simulator.port, observer=observer) as bmc:
            bmc.get_sensors()
            before = len(sent)
            assert len(bmc.get_event_log()) == ENTRIES
            assert len(sent) - before <= BUDGET
    finally:
        simulator.stop()

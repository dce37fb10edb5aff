# SPDX-License-Identifier: Apache-2.0
"""Counts, not times: instructions, system calls, and whether anything grows."""
from __future__ import annotations

import gc
import os
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, Callable

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "interop"), str(ROOT / "tests" / "bench"), str(ROOT / "tests" / "faults")]

from lab import GET_STATUS, TO_BMC, TO_CLIENT, Lab, Plan, perfect
from measure import instructions, system_calls
from peers import Simulator, program

from pyghmi.exceptions import IpmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol.login import Login

MOST_INSTRUCTIONS, MOST_SYSTEM_CALLS = 100_000, 5


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("bench") / "small")
    yield simulator
    simulator.stop()


def test_system_calls_of_a_command(sim: Simulator) -> None:
    program("strace")
    assert system_calls(sys.executable, sim.port) <= MOST_SYSTEM_CALLS


@pytest.mark.skipif(sys.version_info < (3, 11), reason="older interpreters take more for everything")
def test_instructions_of_a_command(sim: Simulator) -> None:
    program("valgrind")
    instructions(sys.executable, sim.port, 5, 10)  # compiles what is not compiled yet
    assert instructions(sys.executable, sim.port) <= MOST_INSTRUCTIONS


class Growth:
    """Descriptors, threads and memory before and after."""

    def __init__(self) -> None:
        gc.collect()
        self.descriptors = self._descriptors()
        self.threads = threading.active_count()
        tracemalloc.start()
        self._memory = tracemalloc.get_traced_memory()[0]

    @staticmethod
    def _descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    def check(self, most_bytes: int) -> None:
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - self._memory
        tracemalloc.stop()
        assert self._descriptors() <= self.descriptors
        assert threading.active_count() <= self.threads
        assert grown < most_bytes, f"{grown} bytes"


def repeated(act: Callable[[], None], times: int, most_bytes: int = 40_000) -> None:
    """Do something so often, after doing it a few times for what is made once."""
    for _time in range(20):
        act()
    Session.pause(1.2)
    growth = Growth()
    for _time in range(times):
        act()
    Session.pause(1.2)  # timers that nobody needs any more run out
    growth.check(most_bytes)


def test_a_thousand_logins_and_logouts_leave_nothing(sim: Simulator) -> None:
    def act() -> None:
        with Command("127.0.0.1", "admin", "secret", port=sim.port) as bmc:
            bmc.get_power()

    repeated(act, 1000)


@pytest.fixture(scope="module")
def many_sims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Simulator]]:
    """Slots for 1,071 sessions: each wrong Kg leaves one behind that nobody can close, for a minute."""
    simulators = [Simulator(tmp_path_factory.mktemp(f"many{number}") / "small") for number in range(17)]
    yield simulators
    for simulator in simulators:
        simulator.stop()


def test_a_thousand_wrong_keys_leave_nothing(many_sims: list[Simulator]) -> None:
    ports = cycle(simulator.port for simulator in many_sims)

    def act() -> None:
        with pytest.raises(IpmiException):
            Command("127.0.0.1", "admin", "secret", port=next(ports), kg="x")

    repeated(act, 1000)


@pytest.mark.parametrize(("user", "password", "more"), [("admin", "wrong", {}), ("nobody", "x", {}), ("admin", "secret", {"suites": [17]})])
def test_a_thousand_refused_logins_leave_nothing(sim: Simulator, user: str, password: str, more: dict[str, Any]) -> None:
    def act() -> None:
        with pytest.raises(IpmiException):
            Command("127.0.0.1", user, password, port=sim.port, **more)

    repeated(act, 1000)


def test_names_without_address_and_closed_ports_leave_nothing() -> None:
    def act() -> None:
        with pytest.raises(IpmiException):
            Command("no.such.host.invalid", "a", "b")

    repeated(act, 100)

    def closed() -> None:
        with pytest.raises(IpmiException):
            Command("127.0.0.1", "a", "b", port=1, deadline=0.05)

    repeated(closed, 50)


@pytest.mark.parametrize("stage", range(4))
def test_a_thousand_failures_at_every_stage_leave_nothing(stage: int) -> None:
    """The BMC stops answering at one stage of the login; in memory, for each takes its whole deadline."""

    def silent_from(number: int) -> Plan:
        def plan(way: str, index: int, datagram: bytes) -> list[tuple[float, bytes]]:
            return [] if way == TO_CLIENT and index >= number else perfect(way, index, datagram)

        return plan

    def act() -> None:
        lab = Lab(silent_from(stage))
        error = lab.log_in(deadline_s=5.0)
        assert (error is None) == (stage == 3)  # Set Session Privilege Level may stay unanswered
        lab.client.close(lab.now)

    repeated(act, 1000)


def test_requests_from_login_to_logout() -> None:
    """Six by the book, and one for each further status."""
    forget_all()
    lab = Lab(login=Login(b"admin", b"secret"))
    assert lab.log_in() is None
    for number in range(10):
        assert lab.ask(*GET_STATUS).code == 0
        assert lab.sent[TO_BMC] == 5 + number
    lab.close()
    assert lab.sent[TO_BMC] == 15

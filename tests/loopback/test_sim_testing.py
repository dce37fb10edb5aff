# SPDX-License-Identifier: Apache-2.0
"""What `pyghmi.sim.testing` gives to the tests of others: BMCs on free ports, and time that is no time."""
from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from pyghmi.exceptions import InvalidParameterValue, TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.net.reactor import shared
from pyghmi.sim.clock import ManualClock
from pyghmi.sim.network import Faults
from pyghmi.sim.running import RunningBmc, run_bmc
from pyghmi.sim.virtual import VirtualReactor

ROOT = Path(__file__).parents[2]

TESTS = '''
import time

import pytest

from pyghmi.exceptions import SessionError, WrongPassword
from pyghmi.ipmi.command import Command
from pyghmi.sim.testing import Faults


def login(bmc, password=None):
    return Command(bmc.host, bmc.user, password or bmc.password, port=bmc.port)


def test_one(simulated_bmc):
    with login(simulated_bmc) as command:
        assert command.set_power("on", wait=True) == {"powerstate": "on"}
    assert (0x00, 0x02, b"\\x01") in simulated_bmc.requests
    assert simulated_bmc.misbehaviour is None


def test_another_port_each_time(make_bmc):
    ports = {make_bmc().port for _each in range(5)}
    assert len(ports) == 5


def test_a_wrong_password(simulated_bmc):
    with pytest.raises(WrongPassword):
        login(simulated_bmc, "wrong")


def test_what_it_does_wrong(make_bmc):
    bmc = make_bmc(quirks="R02,A05", seed=3)
    login(bmc).logout()
    assert bmc.misbehaviour.installed == [("R02", ""), ("A05", "")]


def test_a_machine_on_a_clock(make_bmc):
    bmc = make_bmc(clock="manual", profile="server")
    with login(bmc) as command:
        command.set_power("on")
        bmc.advance(60)
        assert command.get_power() == {"powerstate": "on"}
        command.set_power("shutdown")
        assert command.get_power() == {"powerstate": "on"}
        bmc.advance(60)
        assert command.get_power() == {"powerstate": "off"}


def test_no_time(virtual_time, make_bmc):
    began = time.monotonic()
    with pytest.raises(SessionError):
        login(make_bmc(faults=Faults(loss=1.0)))
    bmc = make_bmc(faults=Faults(delay_s=2.0))
    with login(bmc) as command:
        command.get_power()
        before = virtual_time.clock()
        virtual_time.wait(3600)
        assert virtual_time.clock() - before == pytest.approx(3600)
        command.get_power()
    bmc.silence()
    with pytest.raises(SessionError):
        login(bmc)
    assert time.monotonic() - began < 5.0
'''


def test_the_fixtures_in_a_run_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["pyghmi.sim.testing"]\n', encoding="utf-8")
    (tmp_path / "test_bmc.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 6 passed" in done.stdout.replace("\n", " ")


# --- without pytest


@pytest.fixture
def running() -> Iterator[Callable[..., RunningBmc]]:
    forget_all()
    made: list[RunningBmc] = []

    def make(**options: Any) -> RunningBmc:
        made.append(run_bmc(**options))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def login(bmc: RunningBmc) -> Command:
    return Command(bmc.host, bmc.user, bmc.password, port=bmc.port)


def test_nothing_of_pytest_is_needed() -> None:
    program = "import sys, pyghmi.sim.running as r; r.run_bmc().stop(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    loaded = found.stdout.split()
    assert "pyghmi.sim.machine" in loaded
    assert not [name for name in loaded if name.startswith(("pytest", "_pytest", "pyghmi.sim.quirks"))]
    assert not found.stderr


def test_what_it_was_asked(running: Callable[..., RunningBmc]) -> None:
    bmc = running()
    with login(bmc) as command:
        command.get_power()
        assert bmc.do(lambda machine: machine.power_is_on) is False
        bmc.do(lambda machine: machine.power.on())
        assert command.get_power() == {"powerstate": "on"}
    assert [request[:2] for request in bmc.requests][-2:] == [(0, 1), (0, 1)]


def test_users(running: Callable[..., RunningBmc]) -> None:
    bmc = running(users={"me": "mine"})
    with Command(bmc.host, "me", "mine", port=bmc.port) as command:
        assert command.get_power() == {"powerstate": "off"}


@pytest.mark.parametrize("wrong", [{"quirks": "Z1"}, {"personality": "nobody"}, {"quirks": "R16:often"}])
def test_what_makes_no_sense_leaves_nothing_open(wrong: dict[str, str]) -> None:
    """A socket that stays open would be an error of this run."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with pytest.raises(InvalidParameterValue):
        run_bmc(port=port, **wrong)
    run_bmc(port=port).stop()


def test_a_port_that_is_taken(running: Callable[..., RunningBmc]) -> None:
    bmc = running()
    with pytest.raises(OSError, match="in use"):
        run_bmc(port=bmc.port)


def test_clocks(running: Callable[..., RunningBmc]) -> None:
    with pytest.raises(InvalidParameterValue, match="clock is"):
        run_bmc(clock="wrong")
    with pytest.raises(InvalidParameterValue, match="real time"):
        running().advance(1.0)
    clock = ManualClock()
    bmc = running(clock=clock, profile="server")
    assert bmc.machine.clock is clock
    before = clock.now()
    bmc.advance(30.0)
    assert clock.now() - before == 30.0


def test_a_manual_clock_moves_the_network_too(running: Callable[..., RunningBmc]) -> None:
    """A datagram that is late comes when its time has come."""
    bmc = running(clock="manual", faults=Faults(delay_s=1.0))
    with pytest.raises(TimedOut):
        Command(bmc.host, bmc.user, bmc.password, port=bmc.port, deadline=1.0)
    received = bmc.do(lambda _machine: bmc.misbehaviour.network.received)  # type: ignore[union-attr]
    assert received == 0
    bmc.advance(2.0)
    assert bmc.do(lambda _machine: bmc.misbehaviour.network.received) > 0  # type: ignore[union-attr]


def test_what_another_reactor_serves_is_left_to_it(running: Callable[..., RunningBmc]) -> None:
    bmc = running(reactor=shared())
    with login(bmc) as command:
        assert command.get_power() == {"powerstate": "off"}
    bmc.stop()
    other = running(reactor=shared())
    with login(other) as command:
        assert command.get_power() == {"powerstate": "off"}


def test_virtual_time() -> None:
    reactor = VirtualReactor()
    bmc = run_bmc(reactor=reactor, profile="server")
    happened: list[float] = []
    began, real, told = reactor.clock(), time.monotonic(), bmc.machine.clock.time()
    bmc.machine.clock.call_later(1800.0, lambda: happened.append(reactor.clock()))
    bmc.advance(3600.0)
    assert happened == [pytest.approx(began + 1800.0)]
    assert reactor.clock() == pytest.approx(began + 3600.0)
    assert bmc.machine.clock.time() - told == pytest.approx(3600.0)
    assert time.monotonic() - real < 5.0
    bmc.stop()
    reactor.close()

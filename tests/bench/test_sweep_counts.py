# SPDX-License-Identifier: Apache-2.0
"""How many requests a sweep of sensors takes: in memory, over UDP with login and logout, and against ipmi_sim."""
from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "interop"), str(ROOT / "tests" / "faults")]

from memory_bmc import MemoryBmc, command_over
from peers import Simulator

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.learned import forget_all
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private import serversession
from pyghmi.sim.captured import captured_sensors
from pyghmi.sim.machine import SimulatedBmc
from pyghmi.sim.repository import SensorPart

VECTORS = ROOT / "tests" / "vectors" / "sdr"
RECORDS, SENSORS = 187, 171
GET_DEVICE_ID = (6, 1)


def dell() -> SensorPart:
    """A real server with 187 records and 171 sensors."""
    answers = json.loads((VECTORS / "dell_r730.readings.json").read_text())
    return captured_sensors((VECTORS / "dell_r730.sdr.bin").read_bytes(), answers)


def test_a_real_server_in_memory() -> None:
    bmc = MemoryBmc(dell())
    command = command_over(bmc)
    readings = list(command.read_sensors())
    readable = sum(sensor.readable for sensor in command.get_sensors())
    assert len(readings) == readable
    bmc.asked.clear()
    command = command_over(bmc)
    list(command.get_sensor_data())
    assert len(bmc.asked) == RECORDS + readable + 1
    for _again in range(3):
        bmc.asked.clear()
        list(command.get_sensor_data())
        assert len(bmc.asked) == readable + 1
        bmc.asked.clear()
        command.get_health()
        assert len(bmc.asked) <= readable + 2
    assert bmc.count(*GET_DEVICE_ID) == 0


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedBmc]:
    """The same server behind UDP, by a thread of its own."""
    reactor = Reactor()
    with monkeypatch.context() as patch:
        patch.setattr(serversession.ipmisession, "shared", lambda: reactor)
        bmc = SimulatedBmc({"admin": "secret"}, 0)
    bmc.table.update(dell().commands())
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            reactor.run_once(0.02)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield bmc
    stopped.set()
    thread.join(5)
    bmc.logout()
    reactor.close()


def sweep_from_login_to_logout(port: int, **more: Any) -> tuple[int, int]:
    """Return (datagrams sent, readings)."""
    sent: list[bytes] = []

    def observer(outgoing: bool, datagram: bytes, _address: Any) -> None:
        if outgoing:
            sent.append(datagram)

    command = Command("127.0.0.1", "admin", "secret", port=port, observer=observer, **more)
    readings = list(command.read_sensors())
    command.logout()
    return len(sent), len(readings)


def test_a_real_server_from_login_to_logout(served: SimulatedBmc) -> None:
    forget_all()
    sent, readings = sweep_from_login_to_logout(served.address[1])
    assert readings <= SENSORS
    assert sent <= 365
    assert sent <= RECORDS + readings + 7
    again, _readings = sweep_from_login_to_logout(served.address[1])
    assert again <= readings + 7, "the process knows the records"


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("sweep") / "rich", rich=True)
    yield simulator
    simulator.stop()


def test_ipmi_sim(rich: Simulator) -> None:
    """It gives 33 bytes at once: 160 records in 35 reads that suffice and 125 of two, and a few to find that out."""
    forget_all()
    with Command(rich.host, rich.user, rich.password, port=rich.port) as command:
        asked: list[tuple[int, int]] = []
        link = command.ipmi_session.link
        through = link.exchange
        link.exchange = lambda netfn, cmd, *more, **options: asked.append((netfn, cmd)) or through(netfn, cmd, *more, **options)
        readings = len(list(command.get_sensor_data()))
        assert len(asked) <= 2 * 160 - 35 + readings + 8
        assert asked.count((0x0A, 0x20)) == 1
        asked.clear()
        assert len(list(command.get_sensor_data())) == readings
        assert len(asked) == readings + 1
        assert GET_DEVICE_ID not in asked

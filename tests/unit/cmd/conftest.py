# SPDX-License-Identifier: Apache-2.0
"""A command of pyghmiutil over the simulated machine, without a network."""
from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pyghmi.cmd.jobs import Job, Run
from pyghmi.cmd.tables import as_csv, as_json, as_plain
from pyghmi.cmd.tasks import prepare
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net import listener
from pyghmi.ipmi.private import serversession
from pyghmi.sim.clock import ManualClock
from pyghmi.sim.machine import SimulatedBmc

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import MemoryBmc, command_over


class _Taken:
    """What takes the answer to one request."""

    def __init__(self) -> None:
        self.answer = (0xFF, b"")
        self.authlevel = self.rqaddr = 0

    def send_ipmi_response(self, data: Any = (), code: int = 0) -> None:
        self.answer = (code, bytes(data))


class _Table(dict[Any, Any]):
    """Every command of the simulated machine."""

    def __init__(self, sim: SimulatedBmc) -> None:
        super().__init__()
        self._sim = sim

    def get(self, key: Any, _default: Any = None) -> Any:
        def ask(data: bytes) -> tuple[int, bytes]:
            taken = _Taken()
            self._sim.handle_raw_request({"netfn": key[0], "command": key[1], "data": bytearray(data)}, taken)  # type: ignore[arg-type]
            return taken.answer

        return ask


class Machine:
    """The simulated machine; `knobs` as for `MemoryBmc`."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.sim = SimulatedBmc({"admin": "password"}, say=self.said.append, clock=ManualClock(time.time()))
        self.bmc = MemoryBmc()
        self.bmc.table = _Table(self.sim)
        self.knobs = self.bmc.knobs
        self.command: Command = command_over(self.bmc)
        self.command.raw_command = self._raw  # type: ignore[method-assign,assignment]

    def _raw(self, netfn: int, command: int, data: bytes) -> dict[str, Any]:
        code, answer = self.bmc.exchange(netfn, command, data)
        found = {"netfn": netfn + 1, "command": command, "code": code, "data": bytearray(answer)}
        return {**found, "error": "refused"} if code else found


class Shown(NamedTuple):
    """What a command gives.  failed: parts of it that failed, as (what, error)."""

    rows: list[Any]
    lines: list[str]
    plain: list[str]
    failed: list[tuple[str, Exception]]

    @property
    def row(self) -> Any:
        (found,) = self.rows
        return found

    def by(self, key: str) -> dict[Any, Any]:
        return {row[key]: row for row in self.rows}


class _NoReactor:
    """Where nothing comes from the network."""

    def add(self, *_what: Any) -> None:
        pass

    remove = arm = add

    def clock(self) -> float:
        return 0.0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(listener, "_bound", lambda _addresses, _port: [object()])
    monkeypatch.setattr(serversession.ipmisession, "shared", _NoReactor)
    return Machine()


@pytest.fixture
def show(machine: Machine) -> Callable[..., Shown]:
    """show("sensors", "CPU1 Temp") -> Shown; show(..., lines=True): what the long-known program prints, too."""

    def do(name: str, *words: str, lines: bool = False, command: Any = None) -> Shown:
        job = prepare(name, words)
        assert isinstance(job, Job)
        failed: list[tuple[str, Exception]] = []
        run = Run("bmc", command or machine.command, None, lambda _bmc, error, about: failed.append((about, error)))
        rows = list(job.rows(run))
        told = list(job.lines(run)) if lines and job.lines is not None else []
        found = {"bmc": rows}
        as_json(name, job.table, found, [])
        as_csv(job.table, found)
        assert run.failed == bool(failed)
        return Shown(rows, told, list(as_plain(job.table, found)), failed)

    return do

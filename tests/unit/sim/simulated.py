# SPDX-License-Identifier: Apache-2.0
"""A simulated machine without a socket, on a clock that is moved by hand."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.sim.clock import ManualClock
from pyghmi.sim.machine import SimulatedBmc


def machine_of(profile: str = "server", **options: Any) -> Any:
    """Return a machine; `said` holds what it told, `clock` is a `ManualClock`."""

    def begin(self: Any, authdata: Any, _port: int, uuid: Any, _address: str, **_options: Any) -> None:
        self.uuid, self.authdata, self.ipmiversion, self.kg = uuid, authdata, 2, None
        core = SimpleNamespace(closed=0, config=SimpleNamespace(suites=(17, 3)), sessions={}, sessionless=SimpleNamespace(table={}))
        core.close_all = lambda: setattr(core, "closed", core.closed + 1)
        self.core = core

    said: list[str] = []
    with mock.patch.object(Bmc, "__init__", begin):
        machine: Any = SimulatedBmc(UserList([User(b"admin", b"secret")]), 0, say=said.append, profile=profile, clock=ManualClock(), **options)
    machine.said = said
    return machine


def ask(machine: Any, netfn: int, cmd: int, data: str = "", **where: int) -> Any:
    """Return (code, data in hexadecimal), None: no answer."""
    reply = machine.answer({"netfn": netfn, "command": cmd, "data": bytearray.fromhex(data), **where})
    return None if reply is None else (reply[0], reply[1].hex(" "))


def events(machine: Any, since: int = 0) -> list[tuple[int, int, int, str]]:
    """Return (sensor type, number, event type, data) of the events behind the first so many."""
    rows = list(machine.parts["sel"].entries.values())[since:]
    return [(row[10], row[11], row[12], row[13:].hex(" ")) for row in rows]

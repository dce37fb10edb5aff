# SPDX-License-Identifier: Apache-2.0
"""Our client and our BMC over real UDP on loopback; the BMC is served by a thread of its own."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest

from pyghmi.ipmi.domains import learned
from pyghmi.ipmi.net import memories
from pyghmi.ipmi.net.reactor import Reactor, share
from pyghmi.ipmi.private import serversession
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.sim.machine import SimulatedBmc
from pyghmi.sim.virtual import VirtualReactor
from tests.loopback.quirk_lab import QuirkLab

USERS = [
    User(b"admin", b"secret"),
    User(b"oper", b"op-pass", Privilege.OPERATOR, user_id=3),
    User(b"gone", b"x", enabled=False, user_id=4),
]


def forget() -> None:
    """Know nothing about any BMC: ports come again."""
    memories.forget_all()
    learned.forget_all()


class Server:
    """A simulated BMC on a reactor and a thread of its own."""

    host = "127.0.0.1"

    def __init__(self, monkeypatch: pytest.MonkeyPatch, address: str = "127.0.0.1", **options: Any) -> None:
        self.reactor = Reactor()
        with monkeypatch.context() as patch:
            patch.setattr(serversession.ipmisession, "shared", lambda: self.reactor)
            self.bmc = SimulatedBmc(UserList(USERS), 0, address=address, **options)
        self.port: int = self.bmc.address[1]
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopped:
            self.reactor.run_once(0.05)

    def silence(self) -> None:
        """Say nothing more; the port stays open."""
        self._stopped = True
        self._thread.join(5)

    def stop(self) -> None:
        self.silence()
        self.bmc.logout()
        self.reactor.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    forget()
    found = Server(monkeypatch)
    yield found
    found.stop()


@pytest.fixture
def make_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    forget()
    made: list[Server] = []

    def make(**options: Any) -> Server:
        made.append(Server(monkeypatch, **options))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def lab() -> Iterator[Callable[..., QuirkLab]]:
    """Return what makes a BMC with the quirks that are named; time is virtual, and the process's."""
    forget()
    reactor = VirtualReactor()
    before = share(reactor)
    made: list[QuirkLab] = []

    def make(quirks: str = "", **options: Any) -> QuirkLab:
        made.append(QuirkLab(reactor, quirks, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
    Session._cleanup()  # what tests left open cannot be closed later: its reactor is closed
    share(before)
    reactor.close()

# SPDX-License-Identifier: Apache-2.0
"""Simulated BMCs that run beside a program: on free ports, each in a thread of its own or in virtual time."""
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.sim.clock import Clock, ManualClock
from pyghmi.sim.machine import SimulatedBmc
from pyghmi.sim.network import Faults
from pyghmi.sim.virtual import VirtualClock, VirtualReactor

if TYPE_CHECKING:
    from pyghmi.sim.quirks.hooks import Misbehaviour

USER, PASSWORD = "admin", "secret"
_TURN_S = 0.05
_END_S = 5.0


class RunningBmc:
    """A simulated BMC that answers on a port of loopback.

    host, port, user, password: how to reach it; machine: the `SimulatedBmc`; misbehaviour: what it does wrong, None:
    nothing.  The machine belongs to the thread that serves it: hold `lock` to change it, or call `do`.
    """

    host = "127.0.0.1"
    user, password = USER, PASSWORD

    def __init__(self, machine: SimulatedBmc, misbehaviour: Misbehaviour | None, *, threaded: bool) -> None:
        self.machine = machine
        self.misbehaviour = misbehaviour
        self.port: int = machine.address[1]
        self.reactor: Reactor = machine.reactor
        self.lock = self.reactor.lock
        self._ended = False
        self._thread: threading.Thread | None = None
        if threaded:
            self._thread = threading.Thread(target=self._serve, name=f"BMC on port {self.port}", daemon=True)
            self._thread.start()

    def __repr__(self) -> str:
        return f"<RunningBmc on {self.host} port {self.port}>"

    def _serve(self) -> None:
        while not self._ended:
            self.reactor.run_once(_TURN_S)

    @property
    def requests(self) -> list[tuple[int, int, bytes]]:
        """The last requests that it took in sessions: (netfn, command, data)."""
        with self.lock:
            return list(self.machine.executed)

    def do(self, action: Callable[[SimulatedBmc], Any]) -> Any:
        """Return what `action(machine)` returns, while the machine does nothing else."""
        with self.lock:
            return action(self.machine)

    def advance(self, seconds: float) -> None:
        """Let time pass for the machine: at once, where its clock is moved by hand or time is virtual.

        Raises InvalidParameterValue where it lives in real time.
        """
        clock = self.machine.clock
        if isinstance(clock, ManualClock):
            with self.lock:
                clock.advance(seconds)
        elif isinstance(self.reactor, VirtualReactor):
            self.reactor.wait(seconds)
        else:
            raise InvalidParameterValue("this BMC lives in real time: make it with clock='manual', or use virtual_time")

    def silence(self) -> None:
        """Say nothing any more; the port stays open."""
        self.reactor.remove(self.machine.listening)

    def stop(self) -> None:
        """End it: the port is free again."""
        self._ended = True
        if self._thread is not None:
            self._thread.join(_END_S)
        self.machine.logout()
        if self._thread is not None:
            self.reactor.close()


def run_bmc(
    *,
    reactor: Reactor | None = None,
    clock: str | Clock = "real",
    users: Any = None,
    port: int = 0,
    quirks: str = "",
    personality: str | None = None,
    faults: Faults | None = None,
    seed: int = 1,
    **options: Any,
) -> RunningBmc:
    """Start a simulated BMC; end it with its `stop()`.

    reactor: who serves it, a `VirtualReactor`, say; whoever turns its wheel does; None: one of its own, in a thread of
    its own; clock: of the machine, "real", "manual" (moved by `advance`), or a `Clock`; users: passwords by name, or a
    `UserList`, else one account, `admin` with the password `secret`; quirks, personality, faults, seed: see
    `misbehave`; everything else: see `SimulatedBmc`.  Raises InvalidParameterValue, OSError.
    """
    turning = Reactor() if reactor is None else reactor
    machine: SimulatedBmc | None = None
    try:
        machine = SimulatedBmc(
            UserList([User(USER.encode(), PASSWORD.encode())]) if users is None else users,
            port,
            clock=_clock(clock, turning),
            seed=seed,
            reactor=turning,
            **options,
        )
        misbehaviour = None
        if quirks or personality or faults is not None:
            from pyghmi.sim.quirks import misbehave

            misbehaviour = misbehave(machine, quirks, personality, faults, seed)
    except (InvalidParameterValue, OSError):
        if machine is not None:
            machine.logout()
        if reactor is None:
            turning.close()
        raise
    return RunningBmc(machine, misbehaviour, threaded=reactor is None)


def _clock(wanted: str | Clock, reactor: Reactor) -> Clock | None:
    if isinstance(wanted, Clock):
        return wanted
    if wanted == "manual":
        return ManualClock()
    if wanted != "real":
        raise InvalidParameterValue(f"clock is 'real', 'manual' or a Clock, not {wanted!r}")
    return VirtualClock(reactor) if isinstance(reactor, VirtualReactor) else None

# SPDX-License-Identifier: Apache-2.0
"""pytest fixtures: simulated BMCs on free ports, in real time or in none.

Name this module in a conftest.py: `pytest_plugins = ["pyghmi.sim.testing"]`.  It is not registered by itself, so that
it costs nothing to those who have this package installed for other reasons.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest

from pyghmi.ipmi.domains import learned
from pyghmi.ipmi.net import memories
from pyghmi.ipmi.net import reactor as of_process
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.sim.network import Faults
from pyghmi.sim.running import PASSWORD, USER, RunningBmc, run_bmc
from pyghmi.sim.virtual import VirtualReactor

__all__ = [
    "PASSWORD", "USER", "Faults", "RunningBmc", "VirtualReactor", "make_bmc", "run_bmc", "simulated_bmc",
    "virtual_time",
]  # fmt: skip


@pytest.fixture
def virtual_time() -> Iterator[VirtualReactor]:
    """Have consoles and BMCs of this test live in virtual time, in its thread: waiting takes none.

    `wait(seconds)` lets time pass, `clock()` tells it.  What other threads and processes do takes real time still.
    """
    reactor = VirtualReactor()
    before = of_process.share(reactor)
    yield reactor
    of_process.share(before)
    reactor.close()


@pytest.fixture
def make_bmc(request: pytest.FixtureRequest) -> Iterator[Callable[..., RunningBmc]]:
    """Return `run_bmc`; what it starts ends with the test.  Nothing is known about any BMC when the test begins."""
    memories.forget_all()
    learned.forget_all()
    made: list[RunningBmc] = []
    is_virtual = "virtual_time" in request.fixturenames
    reactor: Reactor | None = request.getfixturevalue("virtual_time") if is_virtual else None

    def make(**options: Any) -> RunningBmc:
        made.append(run_bmc(**{"reactor": reactor, **options}))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def simulated_bmc(make_bmc: Callable[..., RunningBmc]) -> RunningBmc:
    """Return a BMC of a small machine: host, port, user and password tell how to reach it."""
    return make_bmc()

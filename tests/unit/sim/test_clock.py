# SPDX-License-Identifier: Apache-2.0
"""Clocks of simulated machines: by hand, and the reactor's."""
from __future__ import annotations

import time

from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.sim.clock import ManualClock, RealClock


def test_things_happen_at_their_times_and_in_their_order() -> None:
    clock, seen = ManualClock(1000.0), []
    for seconds, name in ((2.0, "b"), (1.0, "a"), (2.0, "c"), (9.0, "never")):
        clock.call_later(seconds, lambda name=name: seen.append((name, clock.now(), clock.time())))  # type: ignore[misc]
    clock.advance(0.5)
    assert not seen
    clock.advance(4.5)
    assert seen == [("a", 1.0, 1001.0), ("b", 2.0, 1002.0), ("c", 2.0, 1002.0)]
    assert clock.now() == 5.0


def test_what_happens_may_call_for_more() -> None:
    clock, seen = ManualClock(), []

    def tick() -> None:
        seen.append(clock.now())
        clock.call_later(1.0, tick)

    clock.call_later(1.0, tick)
    clock.advance(3.0)
    assert seen == [1.0, 2.0, 3.0]
    clock.cancel_all()
    clock.advance(10.0)
    assert len(seen) == 3


def test_what_is_cancelled_does_not_happen() -> None:
    clock, seen = ManualClock(), []
    first = clock.call_later(1.0, lambda: seen.append(1))
    clock.call_later(1.0, lambda: seen.append(2))
    assert first.pending
    first.cancel()
    assert not first.pending
    clock.advance(1.0)
    assert seen == [2]
    first.keep()
    assert seen == [2]


def test_the_reactor_serves_the_real_clock() -> None:
    reactor = Reactor()
    try:
        clock, seen = RealClock(reactor), []
        clock.call_later(0.05, lambda: seen.append("later"))
        clock.call_later(0.0, lambda: seen.append("soon"))
        assert abs(clock.time() - time.time()) < 5.0
        end = time.monotonic() + 5.0
        while len(seen) < 2 and time.monotonic() < end:
            reactor.run_once(0.02)
        assert seen == ["soon", "later"]
    finally:
        reactor.close()

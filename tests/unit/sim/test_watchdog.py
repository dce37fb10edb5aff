# SPDX-License-Identifier: Apache-2.0
"""The simulated watchdog: bytes and rules of IPMI 2.0 §27."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.spec.watchdog import TimeoutAction
from pyghmi.sim.watchdog import WatchdogPart


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


def test_its_life() -> None:
    clock, done = Clock(), []
    part = WatchdogPart(clock, done.append)
    assert part.get(b"") == (0, bytes(8))
    assert part.reset(b"") == (0x80, b"")
    assert part.set(bytes.fromhex("44 31 05 3e 64 00")) == (0, b"")
    assert not part.running
    assert part.get(b"") == (0, bytes.fromhex("04 31 05 00 64 00 64 00"))
    assert part.reset(b"") == (0, b"")
    clock.time = 2.5
    assert part.get(b"") == (0, bytes.fromhex("44 31 05 00 64 00 4b 00"))
    clock.time = 10.0
    assert not part.running
    assert part.get(b"") == (0, bytes.fromhex("04 31 05 10 64 00 00 00"))
    assert done == [TimeoutAction.HARD_RESET]
    part.set(bytes.fromhex("84 00 00 10 64 00"))
    assert part.get(b"") == (0, bytes.fromhex("84 00 00 00 64 00 64 00"))


def test_a_set_stops_it_unless_told_otherwise() -> None:
    clock = Clock()
    part = WatchdogPart(clock)
    part.set(bytes.fromhex("01 02 00 00 0a 00"))
    part.reset(b"")
    part.set(bytes.fromhex("41 02 00 00 14 00"))
    clock.time = 1.5
    assert part.running
    part.set(bytes.fromhex("01 02 00 00 14 00"))
    assert not part.running
    part.reset(b"")
    clock.time = 9.0
    part.look()
    assert not part.running


@pytest.mark.parametrize("data", ["00 00 00 00 0a 00", "06 00 00 00 0a 00", "04 04 00 00 0a 00", "04 11 02 00 0a 00"])
def test_settings_that_it_refuses(data: str) -> None:
    """A use or action that there is none of; a pre-timeout before the countdown begins."""
    assert WatchdogPart(Clock()).set(bytes.fromhex(data)) == (0xCC, b"")


def test_lengths() -> None:
    for length in (0, 5, 7):
        with pytest.raises(Malformed):
            WatchdogPart(Clock()).set(bytes.fromhex("04 01 00 00 0a 00 00")[:length])

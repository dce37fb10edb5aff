# SPDX-License-Identifier: Apache-2.0
"""Fleets whose BMCs say nothing: one deadline for all of them."""
from __future__ import annotations

import time
from typing import Any

from pyghmi.exceptions import TimedOut
from pyghmi.fleet import Fleet


def test_one_deadline_for_the_whole_call(server: Any) -> None:
    server.silence()
    with Fleet(at_once=100) as fleet:
        for number in range(900):
            fleet.add("127.0.0.1", "admin", "secret", server.port, name=str(number))
        began = time.monotonic()
        found = fleet.get_power(deadline_s=1.0)
        assert time.monotonic() - began < 3.0
    assert len(found) == 900
    assert all(isinstance(error, TimedOut) for error in found.values())
    hints = [error.hint for error in found.values() if isinstance(error, TimedOut)]
    assert sum("its turn did not come" in hint for hint in hints) == 800
    error = found["899"]
    assert isinstance(error, TimedOut)
    assert (error.host, error.port) == ("127.0.0.1", server.port)


def test_an_error_names_its_bmc(server: Any) -> None:
    with Fleet() as fleet:
        fleet.add("127.0.0.1", "admin", "secret", server.port, name="one")
        fleet.add("127.0.0.1", "admin", "wrong", server.port, name="two")
        found = fleet.get_power(deadline_s=10.0)
    assert found["one"] == "off"
    assert str(found["two"]).startswith(f"Incorrect password provided (BMC 127.0.0.1:{server.port}, ")

# SPDX-License-Identifier: Apache-2.0
"""The simulated machines take any request at all: each gets an answer, and all state stays plain data that comes back."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "sim"))

from simulated import machine_of

NETFNS = st.sampled_from((0x00, 0x04, 0x06, 0x0A, 0x0C, 0x2C, 0x2E))
LIKELY = st.lists(st.sampled_from((0, 1, 2, 3, 5, 0x10, 0x20, 0x40, 0x81, 0xDC, 0xFF)), max_size=20).map(bytes)
REQUESTS = st.tuples(NETFNS, st.integers(0, 0x60), st.one_of(st.binary(max_size=24), LIKELY), st.sampled_from((0.0, 0.3, 5.0, 70.0)))
SESSIONS = frozenset(((0x06, 0x48), (0x06, 0x49)))


@pytest.mark.parametrize("profile", ["small", "server"])
@settings(max_examples=60, deadline=None)
@given(asked=st.lists(REQUESTS, max_size=40))
def test_any_requests(profile: str, asked: list[tuple[int, int, bytes, float]]) -> None:
    machine: Any = machine_of(profile)
    for netfn, cmd, data, seconds in asked:
        machine.clock.advance(seconds)
        if (netfn, cmd) in SESSIONS:
            continue
        if (netfn, cmd) == (0x2C, cmd) and data:
            data = b"\xdc" + data[1:]
        reply = machine.answer({"netfn": netfn, "command": cmd, "data": bytearray(data)})
        assert reply is None or (0 <= reply[0] <= 255 and isinstance(reply[1], bytes) and len(reply[1]) < 1000)
        assert reply is not None or machine.absent
    state = json.loads(json.dumps(machine.state()))
    other: Any = machine_of(profile)
    other.restore(state)
    assert json.loads(json.dumps(other.state()))["parts"]["sel"] == state["parts"]["sel"]

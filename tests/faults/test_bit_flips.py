# SPDX-License-Identifier: Apache-2.0
"""Every bit of every datagram of a login changed, once: the login succeeds all the same, with the suite that was asked."""
from __future__ import annotations

import pytest
from lab import DELAY, GET_STATUS, TO_BMC, TO_CLIENT, Lab, perfect

from pyghmi.ipmi.protocol.login import Login

NAMES = {(TO_BMC, 0): "Open Session", (TO_CLIENT, 0): "its answer", (TO_BMC, 1): "RAKP 1", (TO_CLIENT, 1): "RAKP 2",
         (TO_BMC, 2): "RAKP 3", (TO_CLIENT, 2): "RAKP 4", (TO_BMC, 3): "the first command", (TO_CLIENT, 3): "its answer too"}


def lengths() -> dict[tuple[str, int], int]:
    lab = Lab()
    assert lab.log_in() is None
    counts = {TO_BMC: 0, TO_CLIENT: 0}
    found = {}
    for way, datagram in lab.wire:
        found[way, counts[way]] = len(datagram)
        counts[way] += 1
    return found


LENGTHS = lengths()


@pytest.mark.parametrize("suite", [3, 17])
@pytest.mark.parametrize("place", NAMES, ids=list(NAMES.values()))
def test_one_bit(place: tuple[str, int], suite: int) -> None:
    for bit in range(LENGTHS[place] * 8):
        flipped = [False]

        def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
            at = bit // 8  # noqa: B023
            if (way, number) != place or flipped[0] or at >= len(datagram):  # noqa: B023
                return perfect(way, number, datagram)
            flipped[0] = True  # noqa: B023
            changed = datagram[:at] + bytes((datagram[at] ^ 1 << bit % 8,)) + datagram[at + 1 :]  # noqa: B023
            return [(DELAY, changed)]

        lab = Lab(plan, login=Login(b"admin", b"secret", suites=[suite]), seed=bit + 1)
        assert lab.log_in() is None, (bit, lab.log_in())
        assert lab.client.agreement is not None
        assert lab.client.agreement.suite == suite
        assert lab.ask(*GET_STATUS).code == 0

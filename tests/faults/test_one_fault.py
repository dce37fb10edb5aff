# SPDX-License-Identifier: Apache-2.0
"""One datagram is lost, doubled, delayed or damaged, in every position of a login and of two commands."""
from __future__ import annotations

import pytest
from lab import ALL_SUITES, DELAY, GET_STATUS, POWER_CYCLE, TO_BMC, TO_CLIENT, Lab, only

from pyghmi.ipmi.protocol.login import Login

POSITIONS = [(way, number) for way in (TO_BMC, TO_CLIENT) for number in range(6)]
"""Open Session, RAKP 1, RAKP 3, Set Session Privilege Level, a status, a power cycle; and their answers."""
CYCLE_SENT, CYCLE_ANSWERED = (TO_BMC, 5), (TO_CLIENT, 5)


def _whole_life(lab: Lab, *, cycle_may_fail: bool = False) -> None:
    error = lab.log_in()
    assert error is None, error
    assert lab.client.agreement is not None
    status = lab.ask(*GET_STATUS)
    assert (status.error, status.code, status.answer) == (None, 0, b"\x01")
    cycle = lab.ask(*POWER_CYCLE, repeatable=False)
    assert lab.executed.count(POWER_CYCLE) <= 1
    if cycle_may_fail:
        assert cycle.error is not None
        assert "may have been executed" in str(cycle.error)
    else:
        assert (cycle.error, cycle.code) == (None, 0)
        assert lab.executed.count(POWER_CYCLE) == 1
    lab.close()


@pytest.mark.parametrize("position", POSITIONS)
def test_lost(position: tuple[str, int]) -> None:
    lab = Lab(only(*position, lambda datagram: []))
    _whole_life(lab, cycle_may_fail=position in (CYCLE_SENT, CYCLE_ANSWERED))


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("later", [0.0, 0.01, 2.0])
def test_doubled(position: tuple[str, int], later: float) -> None:
    lab = Lab(only(*position, lambda datagram: [(DELAY, datagram), (DELAY + later, datagram)]))
    _whole_life(lab)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("delay", [0.1, 0.35, 1.0, 1.5, 2.5, 5.0])
def test_delayed(position: tuple[str, int], delay: float) -> None:
    lab = Lab(only(*position, lambda datagram: [(delay, datagram)]))
    _whole_life(lab)


@pytest.mark.parametrize("position", POSITIONS)
def test_damaged_anywhere(position: tuple[str, int]) -> None:
    """Each byte in turn: a damaged datagram is as good as lost, or its damage does not matter."""
    sizes = []
    lab = Lab()
    _whole_life(lab)
    numbers = {TO_BMC: 0, TO_CLIENT: 0}
    for way, datagram in lab.wire:
        if (way, numbers[way]) == position:
            sizes.append(len(datagram))
        numbers[way] += 1
    for at in range(sizes[0]):
        for mask in (0x01, 0x80, 0xFF):
            lab = Lab(only(*position, lambda datagram, at=at, mask=mask: [(DELAY, _flipped(datagram, at, mask))]))
            error = lab.log_in()
            assert error is None, (position, at, mask, error)
            status = lab.ask(*GET_STATUS)
            assert (status.error, status.code, status.answer) == (None, 0, b"\x01"), (position, at, mask)
            cycle = lab.ask(*POWER_CYCLE, repeatable=False)
            assert lab.executed.count(POWER_CYCLE) <= 1
            if cycle.error is None:
                assert (cycle.code, lab.executed.count(POWER_CYCLE)) == (0, 1)
            else:
                assert position in (CYCLE_SENT, CYCLE_ANSWERED)


def _flipped(datagram: bytes, at: int, mask: int) -> bytes:
    if at >= len(datagram):
        return datagram
    return datagram[:at] + bytes((datagram[at] ^ mask,)) + datagram[at + 1 :]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("size", [0, 1, 3, 4, 9, 15, 16, 20, 30])
def test_cut_short(position: tuple[str, int], size: int) -> None:
    lab = Lab(only(*position, lambda datagram: [(DELAY, datagram[:size])]))
    _whole_life(lab, cycle_may_fail=position in (CYCLE_SENT, CYCLE_ANSWERED))


@pytest.mark.parametrize("suite", ALL_SUITES)
def test_every_suite_from_login_to_logout_in_six_requests(suite: int) -> None:
    lab = Lab(login=Login(b"admin", b"secret", suites=[suite]))
    assert lab.log_in() is None
    assert lab.client.agreement is not None
    assert lab.client.agreement.suite == suite
    assert lab.ask(*GET_STATUS).code == 0
    lab.close()
    assert lab.sent[TO_BMC] == 6


def test_a_silent_bmc_is_reported_before_the_deadline() -> None:
    lab = Lab(lambda way, number, datagram: [])
    error = lab.log_in(deadline_s=7.0)
    assert type(error).__name__ == "TimedOut"
    assert str(error).startswith("timeout (at Open Session")

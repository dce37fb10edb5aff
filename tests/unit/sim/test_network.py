# SPDX-License-Identifier: Apache-2.0
"""What happens to datagrams on their way: each fault alone, how often, and the same for the same seed."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.sim.network import Faults, Way

DATAGRAM = bytes(range(40))


def fates(seed: int = 1, count: int = 2000, **faults: float) -> list[list[tuple[float, bytes]]]:
    way = Way(Faults(**faults), seed)
    return [way.fate(DATAGRAM) for _each in range(count)]


def test_nothing_happens_on_a_good_network() -> None:
    assert fates(count=10) == [[(0.0, DATAGRAM)]] * 10


def test_the_same_seed_has_the_same_fates() -> None:
    everything = {"loss": 0.2, "doubles": 0.2, "reorder": 0.2, "corruption": 0.2, "delay_s": 0.1, "jitter_s": 0.4}
    assert fates(7, **everything) == fates(7, **everything)
    assert fates(7, **everything) != fates(8, **everything)


def test_a_fault_does_not_change_the_fates_by_another() -> None:
    """What is lost is the same, whatever else happens: a failure can be looked into fault by fault."""
    lost = [not each for each in fates(3, loss=0.3)]
    assert [not each for each in fates(3, loss=0.3, doubles=0.5, corruption=0.5, jitter_s=1.0, reorder=0.5)] == lost


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 1.0])
def test_how_much_is_lost(probability: float) -> None:
    lost = sum(not each for each in fates(loss=probability))
    assert abs(lost - 2000 * probability) < 100
    assert probability not in (0.0, 1.0) or lost == 2000 * probability


@pytest.mark.parametrize("probability", [0.1, 1.0])
def test_how_much_comes_twice(probability: float) -> None:
    found = fates(doubles=probability)
    assert abs(sum(len(each) - 1 for each in found) - 2000 * probability) < 100
    assert {copy for each in found for copy in each} == {(0.0, DATAGRAM)}


def test_doubles_come_each_in_its_own_time() -> None:
    assert all(each[0][0] != each[1][0] for each in fates(doubles=1.0, jitter_s=1.0, count=50))


@pytest.mark.parametrize("probability", [0.1, 1.0])
def test_how_much_is_damaged(probability: float) -> None:
    found = [each[0][1] for each in fates(corruption=probability)]
    damaged = [each for each in found if each != DATAGRAM]
    assert abs(len(damaged) - 2000 * probability) < 100
    turned = {sum(bin(one ^ other).count("1") for one, other in zip(each, DATAGRAM)) for each in damaged}
    assert turned == {1}
    assert len(set(damaged)) > len(damaged) / 10  # all over the datagram
    assert {len(each) for each in damaged} == {len(DATAGRAM)}


def test_nothing_of_an_empty_datagram_is_damaged() -> None:
    assert Way(Faults(corruption=1.0), 1).fate(b"") == [(0.0, b"")]


def test_how_long_it_takes() -> None:
    assert {each[0][0] for each in fates(delay_s=0.25)} == {0.25}
    found = [each[0][0] for each in fates(delay_s=0.25, jitter_s=0.5)]
    assert 0.25 <= min(found) < 0.26
    assert 0.74 < max(found) <= 0.75
    late = [each[0][0] for each in fates(reorder=0.5)]
    assert abs(sum(map(bool, late)) - 1000) < 100
    assert all(not each or 0.02 <= each <= 0.12 for each in late)


@pytest.mark.parametrize(
    "wrong",
    [{"loss": 1.1}, {"loss": -0.1}, {"doubles": 2.0}, {"reorder": float("nan")}, {"corruption": float("inf")},
     {"delay_s": -1.0}, {"jitter_s": 1e9}, {"delay_s": float("nan")}],
)  # fmt: skip
def test_what_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue, match=next(iter(wrong))):
        Faults(**wrong)


def test_what_they_are_in_words() -> None:
    assert str(Faults(loss=0.1, jitter_s=2.0)) == "loss=0.1, jitter_s=2.0"
    assert repr(Faults()) == "<Faults none>"
    assert not Faults()
    assert Faults(delay_s=0.1)

# SPDX-License-Identifier: Apache-2.0
"""Session sequence numbers: each once, reordering tolerated, around the end of 32 bits."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol.window import AnyOrder, ReplayWindow, next_sequence


def accepted(window: ReplayWindow, numbers: list[int]) -> list[int]:
    return [number for number in numbers if window.accept(number)]


def test_in_order() -> None:
    assert accepted(ReplayWindow(), [1, 2, 3, 4]) == [1, 2, 3, 4]


def test_each_number_once() -> None:
    assert accepted(ReplayWindow(), [1, 1, 2, 3, 2, 1, 3, 4]) == [1, 2, 3, 4]


def test_reordered_numbers_are_taken_once() -> None:
    assert accepted(ReplayWindow(), [1, 4, 2, 2, 3, 4, 3, 5]) == [1, 4, 2, 3, 5]


def test_gaps_are_allowed() -> None:
    """A BMC that counts by two."""
    assert accepted(ReplayWindow(), [1, 3, 5, 7, 9]) == [1, 3, 5, 7, 9]


def test_first_number_may_be_any_but_zero() -> None:
    assert accepted(ReplayWindow(), [0, 0x1234, 0x1235]) == [0x1234, 0x1235]


def test_packets_before_the_first_that_came_are_still_taken() -> None:
    assert accepted(ReplayWindow(), [5, 4, 3, 4, 6]) == [5, 4, 3, 6]


def test_the_window_is_32_wide() -> None:
    window = ReplayWindow()
    assert accepted(window, [100]) == [100]
    assert accepted(window, [68, 69, 99]) == [69, 99]


def test_old_gaps_close() -> None:
    window = ReplayWindow()
    assert accepted(window, [1, 3, 34, 2]) == [1, 3, 34]


def test_a_jump_is_taken_where_a_code_proves_the_number() -> None:
    """More packets lost in a row than the window is wide must not end the session."""
    window = ReplayWindow()
    assert accepted(window, [1, 500, 1, 499, 501]) == [1, 500, 499, 501]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([0xFFFFFFFE, 0xFFFFFFFF, 1, 2], [0xFFFFFFFE, 0xFFFFFFFF, 1, 2]),
        ([0xFFFFFFFE, 0xFFFFFFFF, 0, 1], [0xFFFFFFFE, 0xFFFFFFFF, 1]),
        ([0xFFFFFFFE, 2, 0xFFFFFFFF, 0xFFFFFFFE, 1, 1], [0xFFFFFFFE, 2, 0xFFFFFFFF, 1]),
    ],
)
def test_around_the_end(numbers: list[int], expected: list[int]) -> None:
    assert accepted(ReplayWindow(), numbers) == expected


def test_bounded_ahead_and_behind_with_a_start() -> None:
    """IPMI 1.5: eight above and below; the first number may be off by one from what was agreed."""
    agreed = 0x1000

    def window() -> ReplayWindow:
        return ReplayWindow(ahead=8, behind=8, start=agreed)

    for first in (agreed - 8, agreed - 1, agreed, agreed + 1, agreed + 8):
        assert window().accept(first)
    for first in (agreed - 9, agreed + 9, 0, 0xFFFFFFFF):
        assert not window().accept(first)
    assert accepted(window(), [agreed, agreed, agreed + 1, agreed]) == [agreed, agreed + 1]


def test_highest() -> None:
    window = ReplayWindow()
    assert window.highest is None
    window.accept(7)
    window.accept(5)
    assert window.highest == 7
    assert ReplayWindow(start=9).highest == 9
    assert ReplayWindow(start=0xFFFFFFFF).highest == 0xFFFFFFFF


def test_fits_changes_nothing() -> None:
    window = ReplayWindow()
    assert window.fits(3)
    assert window.fits(3)
    assert window.accept(3)
    assert not window.fits(3)
    assert not window.fits(0)
    assert window.fits(4)
    assert window.fits(2)


def test_gaps_do_not_pile_up() -> None:
    window = ReplayWindow()
    for number in range(1, 10_000, 7):
        window.accept(number)
    assert len(window._missing) <= 31


def test_next_sequence_skips_zero() -> None:
    assert [next_sequence(number) for number in (1, 0xFFFFFFFE, 0xFFFFFFFF)] == [2, 0xFFFFFFFF, 1]


def test_any_order_takes_repeats() -> None:
    assert accepted(AnyOrder(), [3, 3, 1, 0]) == [3, 3, 1, 0]

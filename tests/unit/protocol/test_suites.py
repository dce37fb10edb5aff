# SPDX-License-Identifier: Apache-2.0
"""The table of cipher suites, their order, and what a BMC may choose."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol import suites

# IPMI 2.0 table 22-20, with the algorithm numbers of tables 13-17 to 13-19.
TABLE = [
    (0, 0, 0, 0),
    (1, 1, 0, 0),
    (2, 1, 1, 0),
    (3, 1, 1, 1),
    (4, 1, 1, 2),
    (5, 1, 1, 3),
    (6, 2, 0, 0),
    (7, 2, 2, 0),
    (8, 2, 2, 1),
    (9, 2, 2, 2),
    (10, 2, 2, 3),
    (11, 2, 3, 0),
    (12, 2, 3, 1),
    (13, 2, 3, 2),
    (14, 2, 3, 3),
    (15, 3, 0, 0),
    (16, 3, 4, 0),
    (17, 3, 4, 1),
    (18, 3, 4, 2),
    (19, 3, 4, 3),
]


def test_standard_suites_are_those_of_the_specification() -> None:
    assert [tuple(suite) for suite in suites.STANDARD] == TABLE


def test_supported_are_all_without_xrc4() -> None:
    assert suites.SUPPORTED == (0, 1, 2, 3, 6, 7, 8, 11, 12, 15, 16, 17)


def test_strength_puts_encryption_first_and_none_last() -> None:
    assert suites.BY_STRENGTH == (17, 3, 8, 12, 16, 2, 7, 11, 15, 1, 6, 0)


def test_preferred_are_the_two_strongest() -> None:
    assert suites.BY_STRENGTH[:2] == suites.PREFERRED


@pytest.mark.parametrize("numbers", TABLE)
def test_suite_of_finds_each_by_its_algorithms(numbers: tuple[int, int, int, int]) -> None:
    assert suites.suite_of(*numbers[1:]) == suites.suite(numbers[0])


def test_suite_of_a_mixture_has_no_number() -> None:
    mixed = suites.suite_of(2, 1, 1)
    assert mixed is not None
    assert mixed.id is None
    assert mixed.supported
    assert str(mixed) == "algorithms (RAKP-HMAC-MD5, HMAC-SHA1-96, AES-CBC-128)"


@pytest.mark.parametrize("numbers", [(4, 0, 0), (1, 5, 0), (1, 1, 4), (0xC0, 0, 0)])
def test_suite_of_unknown_algorithms_is_none(numbers: tuple[int, int, int]) -> None:
    assert suites.suite_of(*numbers) is None


@pytest.mark.parametrize("number", [-1, 20, 0x80])
def test_no_suite_of_that_number(number: int) -> None:
    assert suites.suite(number) is None


def test_names_for_messages() -> None:
    assert str(suites.suite(3)) == "cipher suite 3 (RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128)"
    assert str(suites.suite(0)) == "cipher suite 0 (RAKP-none, no integrity, no encryption)"


@pytest.mark.parametrize(
    ("minimum", "expected"),
    [
        (None, (17, 16, 3, 2, 1, 0)),
        (0, (17, 16, 3, 2, 1, 0)),
        (2, (17, 16, 3, 2)),
        (3, (17, 3)),
        (17, (17,)),
    ],
)
def test_acceptable_keeps_the_order_and_drops_the_weaker(minimum: int | None, expected: tuple[int, ...]) -> None:
    assert suites.acceptable((17, 16, 3, 2, 1, 0), minimum) == expected


def test_acceptable_drops_what_is_not_supported_or_not_there() -> None:
    assert suites.acceptable((19, 4, 200, 3)) == (3,)


@pytest.mark.parametrize(
    ("algorithms", "offered", "minimum", "expected"),
    [
        ((1, 1, 1), (17, 3), None, True),  # the BMC answers 17 with suite 3
        ((3, 4, 1), (3,), None, True),  # stronger than asked for
        ((2, 2, 1), (17, 3), None, False),  # weaker than the weakest offered
        ((0, 0, 0), (17, 3), None, False),
        ((1, 1, 1), (17, 3), 17, False),
        ((0, 0, 0), (0,), None, True),  # only because the caller offered it
        ((1, 1, 2), (0,), None, False),  # xRC4
        ((2, 1, 1), (8,), None, True),  # mixed, each part as strong as in 8
        ((3, 0, 1), (2,), None, False),  # mixed: better hash and cipher do not make up for missing integrity
        ((1, 1, 1), (), None, False),
    ],
)
def test_what_a_bmc_may_choose(
    algorithms: tuple[int, int, int], offered: tuple[int, ...], minimum: int | None, expected: bool
) -> None:
    chosen = suites.suite_of(*algorithms)
    assert chosen is not None
    assert suites.is_acceptable(chosen, offered, minimum) is expected


def test_algorithm_lengths() -> None:
    """IPMI 2.0 §13.28.1 to §13.28.4."""
    assert [tuple(facts) for facts in suites.AUTHENTICATION.values()] == [
        ("", 0, 0),
        ("sha1", 20, 12),
        ("md5", 16, 16),
        ("sha256", 32, 16),
    ]
    assert [facts.code_length for facts in suites.INTEGRITY.values()] == [0, 12, 16, 16, 16]

# SPDX-License-Identifier: Apache-2.0
"""Enumerations that stay open: reserved values are members, each number one object, nothing grows without bound."""
from __future__ import annotations

import copy
import pickle

import pytest

from pyghmi.ipmi.wire.enums import OpenEnum


class Fruit(OpenEnum):
    APPLE = 1
    PEAR = 2


def test_reserved_values_are_one_object_each() -> None:
    assert Fruit(9) is Fruit(9)
    assert Fruit(9) == 9
    assert Fruit(9) not in (Fruit.APPLE, Fruit.PEAR)
    assert (Fruit(9).name, Fruit(9).value) == ("reserved_0x9", 9)
    assert isinstance(Fruit(9), Fruit)


def test_they_are_not_among_the_declared_ones() -> None:
    assert Fruit(200).name == "reserved_0xc8"
    assert list(Fruit) == [Fruit.APPLE, Fruit.PEAR]


def test_large_values_are_not_remembered() -> None:
    before = len(Fruit._value2member_map_)
    assert [Fruit(0x100 + number).name for number in range(3)] == ["reserved_0x100", "reserved_0x101", "reserved_0x102"]
    assert Fruit(0x100) == Fruit(0x100)
    assert hash(Fruit(0x100)) == hash(Fruit(0x100))
    assert len(Fruit._value2member_map_) == before


@pytest.mark.parametrize("value", [-1, "1", None, b"\1", 1.5])
def test_what_is_no_number_on_the_wire_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        Fruit(value)


def test_shown_by_name_and_formatted_as_a_number() -> None:
    """The same text on every Python: 3.11 and 3.12 changed what the standard classes show."""
    assert (str(Fruit.PEAR), f"{Fruit.PEAR}", f"{Fruit(9)}") == ("PEAR", "PEAR", "reserved_0x9")
    assert (f"{Fruit.PEAR:02X}h", f"{Fruit.PEAR:d}", f"{Fruit(0x2A):x}") == ("02h", "2", "2a")
    assert repr(Fruit.PEAR) == "<Fruit.PEAR: 2>"


def test_numbers_all_the_same() -> None:
    assert Fruit.APPLE < Fruit.PEAR
    assert Fruit.PEAR | 0x10 == 0x12
    assert bytes((Fruit.PEAR,)) == b"\2"


def test_copies_are_the_member() -> None:
    assert copy.deepcopy(Fruit(9)) is Fruit(9)
    assert pickle.loads(pickle.dumps(Fruit(9))) is Fruit(9)
    assert pickle.loads(pickle.dumps(Fruit.PEAR)) is Fruit.PEAR

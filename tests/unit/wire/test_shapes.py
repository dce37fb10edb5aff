# SPDX-License-Identifier: Apache-2.0
"""Tuples and dictionaries by shape behave like those of `typing`."""
from __future__ import annotations

import copy
import pickle
import typing
from typing import Optional

import pytest

from pyghmi.ipmi.wire import shapes

Text = Optional[str]


class Ours(shapes.NamedTuple):
    """A pair."""

    first: int
    second: Text = None

    @property
    def both(self) -> str:
        """Both of them."""
        return f"{self.first}{self.second}"


class Standard(typing.NamedTuple):
    """A pair."""

    first: int
    second: Text = None


class Shape(shapes.TypedDict, total=False):
    """A shape."""

    name: str


class Longer(Shape):
    """A shape with more."""

    age: int


def test_a_tuple_is_like_that_of_typing() -> None:
    one = Ours(1)
    assert one == (1, None) == Standard(1)
    assert Ours(second="b", first=2).both == "2b"
    assert repr(one) == "Ours(first=1, second=None)"
    assert one._replace(first=3) == (3, None)
    for attribute in ("_fields", "_field_defaults", "__doc__", "__module__"):
        assert getattr(Ours, attribute) == getattr(Standard, attribute)
    assert Ours.__qualname__ == "Ours"
    assert isinstance(one, tuple) and Ours.__mro__[1:] == Standard.__mro__[1:]
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Standard) == {"first": int, "second": Text}


def test_a_tuple_can_be_pickled_and_copied() -> None:
    one = Ours(1, "x")
    assert pickle.loads(pickle.dumps(one)) == one
    assert type(copy.deepcopy(one)) is Ours


def test_a_wrong_number_of_values_is_refused() -> None:
    with pytest.raises(TypeError):
        Ours()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Ours(1, "b", 3)  # type: ignore[call-arg, arg-type]


def test_a_shape_makes_plain_dictionaries() -> None:
    made = Longer(name="x", age=3)
    assert type(made) is dict and made == {"name": "x", "age": 3}
    assert Shape({"name": "y"}) == {"name": "y"}
    assert Shape.__total__ is False and Longer.__total__ is True
    assert typing.get_type_hints(Longer) == {"name": str, "age": int}
    assert set(Longer.__annotations__) == {"name", "age"}


def test_a_shape_is_made_by_a_call_too() -> None:
    made = shapes.TypedDict("made", {"two words": int}, total=False)  # type: ignore[misc]
    assert typing.get_type_hints(made) == {"two words": int}
    assert made({"two words": 2}) == {"two words": 2}
    assert made.__total__ is False


def test_annotations_are_not_looked_at() -> None:
    class Strange(shapes.NamedTuple):
        field: NotThere  # type: ignore[name-defined]  # noqa: F821

    assert Strange(1) == (1,)  # type: ignore[call-arg]

# SPDX-License-Identifier: Apache-2.0
"""Values made from the tables themselves: what is encoded decodes to itself, what does not fit is named."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.spec import app, boot, chassis, session_setup
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Field, Message, OpenEnum, bits, constant, joined, raw, rest, u8, u16, u24, u32, wire


class Kind(OpenEnum):
    ONE = 1
    TWO = 2


@wire(first=2)
class Everything(Message):
    """One field of each kind, so that kinds that no message has yet are tried too."""

    byte: int = u8(2)
    small: int = bits(3, 6, 4, signed=True)
    kind: Kind = bits(3, 3, 0, Kind)
    word: int = u16(4, signed=True)
    swapped: int = u16(6, big_endian=True, signed=True)
    three: int = u24(8, signed=True)
    four: int = u32(11, signed=True)
    mark = constant(15, 0xA5)
    pieces: int = joined((16, 7, 0), (17, 7, 6), signed=True)
    others: int = joined((18, 7, 4), (17, 5, 0))
    fixed: bytes = raw(19, 3)
    wide: Kind = u16(22, Kind)
    data: bytes = rest(24)


@wire()
class Tails(Message):
    """Optional fields of each kind."""

    byte: int | None = u8(1, signed=True, optional=True)
    kind: Kind | None = bits(2, 7, 6, Kind, optional=True)
    low: int | None = bits(2, 5, 0, signed=True, optional=True)
    word: int | None = u16(3, signed=True, optional=True)
    swapped: int | None = u16(5, big_endian=True, optional=True)
    three: int | None = u24(7, signed=True, optional=True)
    four: int | None = u32(10, optional=True)
    fixed: bytes | None = raw(14, 2, optional=True)
    pieces: int | None = joined((16, 7, 7), (17, 7, 0), signed=True, optional=True)


def _declared() -> list[type[Message]]:
    found = {
        value
        for module in (app, boot, chassis, session_setup)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message) and value not in (Message, Request)
    }
    return [Everything, Tails, *sorted(found, key=lambda kind: kind.__name__)]


MESSAGES = _declared()


def bounds(field: Field) -> tuple[int, int]:
    """Return the least and the greatest number that fit."""
    if field.signed:
        return -(1 << (field.width - 1)), (1 << (field.width - 1)) - 1
    return 0, (1 << field.width) - 1


def value_of(field: Field) -> st.SearchStrategy[Any]:
    if field.length == -1:
        return st.binary(max_size=40)
    if field.length is not None:
        return st.binary(min_size=field.length, max_size=field.length)
    if field.is_bool:
        return st.booleans()
    low, high = bounds(field)
    numbers = st.one_of(st.integers(low, high), st.sampled_from((low, high)))
    return numbers if field.enum is None else numbers.map(field.enum)


@st.composite
def values_of(draw: st.DrawFn, kind: type[Message]) -> dict[str, Any]:
    """Draw a value for each field; optional ones are there up to some byte, as on the wire."""
    fields = kind._wire_fields
    ends = sorted({field.last_byte for field in fields if field.optional})
    last = draw(st.sampled_from([0, *ends]))
    due = max([field.last_byte for field in fields if not field.optional], default=0)
    return {
        field.name: draw(value_of(field)) if not field.optional or field.last_byte <= max(last, due) else None
        for field in fields
    }


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_what_was_encoded_decodes_to_itself(kind: type[Message], data: st.DataObject) -> None:
    made = kind(**data.draw(values_of(kind)))
    encoded = made.encode()
    found = kind.decode(encoded)
    assert found == made
    assert found.encode() == encoded
    for field in kind._wire_fields:
        assert type(getattr(found, field.name)) is type(getattr(made, field.name)), field.name
    if not any(field.length == -1 for field in kind._wire_fields):
        assert kind.decode(encoded + b"\xff") == made or _may_go_on(kind, made), "surplus bytes change nothing"


def _may_go_on(kind: type[Message], made: Message) -> bool:
    """Whether another byte is another field."""
    return any(getattr(made, field.name) is None for field in kind._wire_fields)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_message_cut_anywhere_is_malformed_or_shorter(kind: type[Message], data: st.DataObject) -> None:
    made = kind(**data.draw(values_of(kind)))
    encoded = made.encode()
    cut = encoded[: data.draw(st.integers(0, len(encoded)))]
    try:
        found = kind.decode(cut)
    except Malformed as error:
        assert error.what == kind.__name__
        assert error.data == cut
        return
    for field in kind._wire_fields:
        if field.length != -1:
            assert getattr(found, field.name) in (getattr(made, field.name), None)


NUMBERS = [
    (kind, field)
    for kind in MESSAGES
    for field in kind._wire_fields
    if field.length is None and not field.is_bool
]


@pytest.mark.parametrize(("kind", "field"), NUMBERS, ids=lambda value: getattr(value, "__name__", None) or value.name)
def test_numbers_that_do_not_fit_are_named(kind: type[Message], field: Field) -> None:
    """One less than the least and one more than the greatest; those themselves fit."""
    fitting = {other.name: _some(other) for other in kind._wire_fields}
    low, high = bounds(field)
    for number in (low, high):
        kind(**{**fitting, field.name: number}).encode()
    for number in (low - 1, high + 1):
        with pytest.raises(InvalidParameterValue, match=rf"{kind.__name__}\.{field.name} must be {low} to {high}, not"):
            kind(**{**fitting, field.name: number}).encode()


def _some(field: Field) -> Any:
    if field.length is not None:
        return bytes(max(field.length, 0))
    return False if field.is_bool else 0


BYTES = [(kind, field) for kind in MESSAGES for field in kind._wire_fields if (field.length or 0) > 0]


@pytest.mark.parametrize(("kind", "field"), BYTES, ids=lambda value: getattr(value, "__name__", None) or value.name)
def test_bytes_of_another_length_are_named(kind: type[Message], field: Field) -> None:
    fitting = {other.name: _some(other) for other in kind._wire_fields}
    length = field.length or 0
    for wrong in (bytes(length - 1), bytes(length + 1)):
        with pytest.raises(InvalidParameterValue, match=rf"{kind.__name__}\.{field.name} must have {length} bytes"):
            kind(**{**fitting, field.name: wrong}).encode()


SECRETS = [(kind, field) for kind in MESSAGES for field in kind._wire_fields if field.secret]


def test_codes_and_challenges_are_secret() -> None:
    assert {(kind.__name__, field.name) for kind, field in SECRETS} >= {
        ("Rakp2", "code"), ("Rakp3", "code"), ("Rakp4", "code"), ("SessionChallenge", "challenge"),
    }


@pytest.mark.parametrize(("kind", "field"), SECRETS, ids=lambda value: getattr(value, "__name__", None) or value.name)
def test_secrets_are_not_shown(kind: type[Message], field: Field) -> None:
    shown = b"0123456789abcdef"
    made = kind(**{**{other.name: _some(other) for other in kind._wire_fields}, field.name: shown})
    assert "0123" not in repr(made)
    assert f"{field.name}=…" in repr(made)

# SPDX-License-Identifier: Apache-2.0
"""The declaration language: every kind of field, both ways, and what is refused."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.wire.layout import (
    Message,
    OpenEnum,
    bit,
    bits,
    constant,
    joined,
    raw,
    rest,
    u8,
    u16,
    u24,
    u32,
    wire,
)


class Colour(OpenEnum):
    RED = 0
    GREEN = 1


@wire(first=2)
class Answer(Message):
    """Bytes 2 to 5, as a response has them."""

    colour: Colour = bits(2, 6, 5, Colour)
    on: bool = bit(2, 0)
    count: int = u16(3)
    extra: int | None = u8(5, optional=True, default=None)


@wire()
class Numbers(Message):
    """All widths and orders."""

    one: int = u8(1)
    two: int = u16(2)
    three: int = u24(4)
    four: int = u32(7)
    big: int = u16(11, big_endian=True)
    signed: int = u8(13, signed=True)
    nibble: int = bits(14, 7, 4, signed=True)
    spread: int = joined((15, 7, 0), (16, 7, 6), signed=True)


@wire()
class Strings(Message):
    """Fixed bytes and the rest."""

    head: bytes = raw(1, 2, secret=True)
    mark = constant(3, 0xC0)
    tail: bytes = rest(4, default=b"")


def test_bits_are_numbered_as_in_the_specification() -> None:
    found = Answer.decode(bytes((0b0010_0001, 0x34, 0x12)))
    assert (found.colour, found.on, found.count, found.extra) == (Colour.GREEN, True, 0x1234, None)
    assert found.encode() == bytes((0b0010_0001, 0x34, 0x12))


def test_an_optional_byte_that_came() -> None:
    assert Answer.decode(b"\0\0\0\7").extra == 7
    assert Answer(colour=Colour.RED, on=False, count=0, extra=7).encode() == b"\0\0\0\7"


def test_undeclared_bits_are_ignored_and_written_as_zero() -> None:
    assert Answer.decode(b"\x9e\0\0").encode() == b"\0\0\0"


def test_surplus_bytes_are_tolerated() -> None:
    assert Answer.decode(b"\0\0\0\0more").extra == 0


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0"])
def test_too_short(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        Answer.decode(data)
    assert caught.value.what == "Answer"
    assert caught.value.data == data
    assert "3" in str(caught.value)


def test_reserved_values_have_a_name() -> None:
    found = Answer.decode(b"\x60\0\0")
    assert int(found.colour) == 3
    assert found.colour.name == "reserved_0x3"
    assert found.colour not in (Colour.RED, Colour.GREEN)
    assert found.encode() == b"\x60\0\0"
    assert Answer.decode(b"\x60\0\0").colour is found.colour


def test_numbers_of_all_kinds() -> None:
    data = bytes((0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0xFE, 0x8F, 0x01, 0x80))
    found = Numbers.decode(data)
    assert (found.one, found.two, found.three, found.four) == (1, 0x0302, 0x060504, 0x0A090807)
    assert (found.big, found.signed, found.nibble) == (0x0B0C, -2, -8)
    assert found.spread == -511  # ten bits 10_0000_0001, low part first
    assert found.encode() == data[:13] + b"\x80" + data[14:]


def test_bytes_and_the_rest() -> None:
    found = Strings.decode(b"ab\0rest")
    assert (found.head, found.tail) == (b"ab", b"rest")
    assert found.encode() == b"ab\xc0rest"
    assert Strings(head=b"xy").encode() == b"xy\xc0"


def test_secrets_are_not_shown() -> None:
    assert "61" not in repr(Strings(head=b"ab"))
    assert "ab" not in repr(Strings(head=b"ab"))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_bytes(kind: type) -> None:
    assert Answer.decode(kind(b"\x01\x02\x00")).on is True


def test_equality_and_repr() -> None:
    one = Answer(colour=Colour.RED, on=True, count=5)
    assert one == Answer.decode(one.encode())
    assert one != Answer(colour=Colour.RED, on=True, count=6)
    assert one != object()
    assert repr(one) == "Answer(colour=<Colour.RED: 0>, on=True, count=5, extra=None)"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"colour": Colour.RED, "on": True, "count": 0x10000}, "count"),
        ({"colour": Colour.RED, "on": True, "count": -1}, "count"),
        ({"colour": 4, "on": True, "count": 0}, "colour"),
        ({"colour": Colour.RED, "on": True, "count": 0, "extra": 256}, "extra"),
    ],
)
def test_what_does_not_fit_is_named(fields: dict[str, int], named: str) -> None:
    with pytest.raises(InvalidParameterValue, match=named):
        Answer(**fields).encode()  # type: ignore[arg-type]


def test_bytes_of_the_wrong_length_are_named() -> None:
    with pytest.raises(InvalidParameterValue, match="head"):
        Strings(head=b"abc").encode()


def test_a_missing_field() -> None:
    with pytest.raises(TypeError):
        Answer(colour=Colour.RED)  # type: ignore[call-arg]


def test_two_fields_on_one_bit() -> None:
    with pytest.raises(TypeError, match="second"):

        @wire()
        class Twice(Message):
            """Wrong."""

            first: int = bits(1, 3, 0)
            second: int = bits(1, 4, 3)

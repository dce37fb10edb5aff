# SPDX-License-Identifier: Apache-2.0
"""Fields that may be missing, constants, inheritance, tables that cannot be: the corners of the language."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, joined, raw, rest, u8, u16, u24, u32, wire


class Level(OpenEnum):
    LOW = 1
    HIGH = 2


class Wide(OpenEnum):
    KNOWN = 0x1234


@wire(first=2)
class Tail(Message):
    """One byte that is due, then every kind of field that may be missing."""

    first: int = u8(2)
    flag: bool | None = bit(3, 7, optional=True)
    level: Level | None = bits(3, 1, 0, Level, optional=True)
    signed: int | None = u8(4, signed=True, optional=True)
    word: int | None = u16(5, optional=True)
    big: int | None = u16(7, big_endian=True, optional=True)
    spread: int | None = joined((9, 7, 6), (10, 7, 0), signed=True, optional=True)
    data: bytes | None = raw(11, 3, optional=True)


WHOLE = bytes.fromhex("01 82 fe 3412 1234 80 7f 616263")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1, (None, None, None, None, None, None, None)),
        (2, (True, 2, None, None, None, None, None)),
        (3, (True, 2, -2, None, None, None, None)),
        (4, (True, 2, -2, None, None, None, None)),  # half a word is none
        (5, (True, 2, -2, 0x1234, None, None, None)),
        (7, (True, 2, -2, 0x1234, 0x1234, None, None)),
        (8, (True, 2, -2, 0x1234, 0x1234, None, None)),  # the low part alone is no number
        (9, (True, 2, -2, 0x1234, 0x1234, 0x7F << 2 | 2, None)),
        (11, (True, 2, -2, 0x1234, 0x1234, 0x7F << 2 | 2, None)),  # two bytes of three
        (12, (True, 2, -2, 0x1234, 0x1234, 0x7F << 2 | 2, b"abc")),
    ],
)
def test_a_message_may_end_between_any_two_optional_fields(length: int, expected: tuple[Any, ...]) -> None:
    found = Tail.decode(WHOLE[:length])
    assert found.first == 1
    assert (found.flag, found.level, found.signed, found.word, found.big, found.spread, found.data) == expected


@pytest.mark.parametrize("length", [1, 2, 3, 5, 7, 9, 12])
def test_what_came_is_what_is_written(length: int) -> None:
    assert Tail.decode(WHOLE[:length]).encode() == WHOLE[:length]


def test_the_sign_of_an_optional_number_is_its_highest_bit() -> None:
    """Ten bits 10_0000_0000: -512."""
    assert Tail.decode(bytes.fromhex("01 00 80 0000 0000 00 80")).spread == -512
    assert Tail.decode(bytes.fromhex("01 00 80 0000 0000 00 80")).signed == -128


def test_a_value_behind_missing_ones_brings_zeros_with_it() -> None:
    assert Tail(first=1, word=0x0102).encode() == bytes.fromhex("01 00 00 0201")
    assert Tail(first=1, data=b"xyz").encode() == bytes.fromhex("01 00 00 0000 0000 0000 78797a")
    assert Tail(first=1, flag=True).encode() == bytes.fromhex("01 80")
    assert Tail(first=1, spread=-1).encode() == bytes.fromhex("01 00 00 0000 0000 c0 ff")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"level": 4}, r"Tail\.level must be 0 to 3, not 4"),
        ({"signed": 128}, r"Tail\.signed must be -128 to 127, not 128"),
        ({"signed": -129}, r"Tail\.signed must be -128 to 127, not -129"),
        ({"spread": 512}, r"Tail\.spread must be -512 to 511, not 512"),
        ({"word": 0x10000}, r"Tail\.word must be 0 to 65535, not 65536"),
        ({"spread": "x"}, r"Tail takes no spread 'x'"),
        ({"data": 5}, r"Tail: .*no len"),
        ({"word": 7.5}, r"Tail takes no word 7\.5"),
        ({"data": b"ab"}, r"Tail\.data must have 3 bytes, not 2"),
        ({"first": None}, r"Tail takes no first None"),
        ({"first": 256}, r"Tail\.first must be 0 to 255, not 256"),
        ({"first": -1}, r"Tail\.first must be 0 to 255, not -1"),
    ],
)
def test_a_value_that_does_not_fit_is_named(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidParameterValue, match=problem):
        Tail(**{"first": 1, **fields}).encode()


@wire()
class Inside(Message):
    """Optional fields in front of one that is due: they always come."""

    number: int | None = u8(1, optional=True)
    data: bytes | None = raw(2, 2, optional=True)
    last: int = u8(4)


def test_optional_fields_before_a_due_one() -> None:
    assert Inside(last=9).encode() == bytes.fromhex("00 0000 09")
    found = Inside.decode(b"\x05ab\x09")
    assert (found.number, found.data, found.last) == (5, b"ab", 9)
    with pytest.raises(Malformed):
        Inside.decode(b"\x05ab")


@wire()
class Marked(Message):
    """Constants of whole bytes and of bits, between and behind the fields."""

    mark = constant(1, 0xC0)
    low: int = bits(2, 3, 0)
    high = constant(2, 0xA, hi=7, lo=4)
    end = constant(4, 0x55)


def test_constants_are_written_and_never_read() -> None:
    assert Marked(low=5).encode() == bytes.fromhex("c0 a5 00 55")
    found = Marked.decode(bytes.fromhex("00 f5"))
    assert found.low == 5, "bytes that only hold constants need not come"
    assert not hasattr(found, "mark")
    assert repr(found) == "Marked(low=5)"
    with pytest.raises(TypeError):
        Marked(low=5, mark=1)  # type: ignore[call-arg]


@wire()
class Enums(Message):
    """Enumerations wider than a byte, and in several pieces."""

    wide: Wide = u16(1, Wide)
    pieces: Level = joined((3, 7, 7), (4, 1, 0), enum=Level)
    three: int = u24(5, big_endian=True)
    four: int = u32(8, big_endian=True)
    three_signed: int = u24(12, signed=True)
    byte: Level = u8(15, Level)


def test_enumerations_of_any_width() -> None:
    found = Enums.decode(bytes.fromhex("3412 80 00 010203 01020304 feffff 02"))
    assert found.wide is Wide.KNOWN
    assert found.pieces is Level.LOW
    assert (found.three, found.four, found.three_signed) == (0x010203, 0x01020304, -2)
    assert found.byte is Level.HIGH
    assert found.encode() == bytes.fromhex("3412 80 00 010203 01020304 feffff 02")


def test_a_wide_reserved_value_has_a_name_too() -> None:
    found = Enums.decode(bytes.fromhex("ffff 00 03 000000 00000000 000000 7f"))
    assert (int(found.wide), found.wide.name) == (0xFFFF, "reserved_0xffff")
    assert (int(found.pieces), found.pieces.name) == (6, "reserved_0x6")
    assert found.byte.name == "reserved_0x7f"
    assert found == Enums.decode(found.encode())


@wire()
class Base(Message):
    """To be added to."""

    kind: int = u8(1)

    @property
    def twice(self) -> int:
        """Show that other attributes stay."""
        return self.kind * 2


@wire()
class More(Base):
    """Its base's fields and one of its own."""

    extra: int = u8(2, default=7)


def test_fields_are_inherited() -> None:
    assert More(kind=3).encode() == b"\x03\x07"
    assert More.decode(b"\x03\x04") == More(kind=3, extra=4)
    assert More.decode(b"\x03\x04").twice == 6
    assert Base.decode(b"\x03\x04").encode() == b"\x03"
    assert Base(kind=3) != More(kind=3)


@wire(first=2)
class Empty(Message):
    """Nothing."""


def test_a_message_without_fields() -> None:
    assert Empty().encode() == b""
    assert Empty.decode(b"") == Empty.decode(b"surplus") == Empty()
    assert repr(Empty()) == "Empty()"


@wire()
class OnlyOptional(Message):
    """Nothing that is due."""

    number: int | None = u16(1, optional=True, default=None)


def test_a_message_that_may_be_empty() -> None:
    assert OnlyOptional().encode() == b""
    assert OnlyOptional.decode(b"\x01").number is None
    assert OnlyOptional.decode(b"\x01\x02").number == 0x0201


@wire()
class OnlyRest(Message):
    """All bytes behind two that nobody wants."""

    data: bytes = rest(3, secret=True)


def test_bytes_that_nobody_wants_must_come_all_the_same() -> None:
    assert OnlyRest.decode(memoryview(b"xxabc")).data == b"abc"
    assert type(OnlyRest.decode(bytearray(b"xxabc")).data) is bytes
    assert OnlyRest(data=b"abc").encode() == b"\0\0abc"
    assert "abc" not in repr(OnlyRest(data=b"abc"))
    with pytest.raises(Malformed) as caught:
        OnlyRest.decode(memoryview(b"x"))
    assert (caught.value.what, caught.value.data) == ("OnlyRest", b"x")
    assert "1 bytes where at least 2 are due" in str(caught.value)


def test_a_secret_number_is_not_shown() -> None:
    @wire()
    class Pin(Message):
        """A secret."""

        pin: int = u8(1, secret=True)

    assert repr(Pin(pin=77)) == "Pin(pin=…)"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"a": u8(1), "b": bit(1, 3)}, "byte 1, bit 3"),
        ({"a": raw(2, 4), "b": u16(5)}, "byte 5, bit 0"),
        ({"a": joined((1, 7, 0), (2, 1, 0)), "b": bits(2, 1, 1)}, "byte 2, bit 1"),
        ({"a": constant(3, 0), "b": u8(3)}, "byte 3, bit 0"),
        ({"a": u8(3), "b": rest(3)}, "b: the remaining bytes must come last"),
        ({"a": u8(4), "b": rest(3)}, "b: the remaining bytes must come last"),
        ({"a": u8(0)}, "a: byte 0 is before the first, 1"),
        ({"a": bits(1, 3, 0, Level, signed=True)}, "a: an enumeration has no sign"),
    ],
)
def test_tables_that_cannot_be(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(TypeError, match=named):
        wire()(type("Wrong", (Message,), dict(fields)))


def test_the_first_byte_of_a_response_is_2() -> None:
    with pytest.raises(TypeError, match="before the first, 2"):
        wire(first=2)(type("Wrong", (Message,), {"code": u8(1)}))


def test_a_class_without_its_decorator_says_so() -> None:
    class Bare(Message):
        """Not declared."""

    with pytest.raises(TypeError, match="Bare is not declared with @wire"):
        Bare.decode(b"")
    with pytest.raises(TypeError, match="Bare is not declared with @wire"):
        Bare().encode()


def test_messages_are_not_hashed() -> None:
    """They can be changed, so they are no keys."""
    with pytest.raises(TypeError):
        hash(Base(kind=1))


@pytest.mark.parametrize("use", ["construct", "decode", "encode"])
def test_whatever_is_used_first_writes_the_code(use: str) -> None:
    """A subclass of a declared class finds its own methods whichever is called first."""

    @wire()
    class Fresh(Message):
        """Not used yet."""

        number: int = u8(1)

    if use == "construct":
        assert Fresh(number=1).encode() == b"\x01"
    elif use == "decode":
        assert Fresh.decode(b"\x02").number == 2
    else:
        made = Fresh.__new__(Fresh)
        made.number = 3
        assert made.encode() == b"\x03"
    assert Fresh.decode(Fresh(number=4).encode()) == Fresh(number=4)


@wire()
class OptionalThenRest(Message):
    """A byte that may be missing where nothing follows it."""

    number: int | None = u8(1, optional=True)
    data: bytes = rest(2, default=b"")


def test_the_rest_keeps_its_place() -> None:
    """Bytes in front of the remaining ones are written, set or not: else the rest would stand in their place."""
    assert OptionalThenRest(data=b"ab").encode() == b"\0ab"
    assert OptionalThenRest.decode(b"\x05ab") == OptionalThenRest(number=5, data=b"ab")

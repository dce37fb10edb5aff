# SPDX-License-Identifier: Apache-2.0
"""The declaration language: a message is written down once, in the coordinates of the specification.

    @wire(first=2)
    class ChassisStatus(Message):
        restore_policy: RestorePolicy = bits(2, 6, 5, RestorePolicy)
        power_on: bool = bit(2, 0)
        front_panel: int | None = u8(5, optional=True)

The numbers are the table's own: byte, high bit, low bit.  `first` is the byte that the data begin with: 1 for requests,
2 for responses, whose byte 1 is the completion code.  Bits that nobody declares are reserved: ignored when read, zero
when written.  Decoder, encoder and constructor are generated at the first use of the class (see `codegen`).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, TypeVar

from pyghmi.ipmi.wire.enums import OpenEnum

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_options: object) -> Callable[[Any], Any]:
        """Say nothing at run time: only type checkers read it."""
        return lambda decorated: decorated


__all__ = [
    "Field",
    "Message",
    "OpenEnum",
    "bit",
    "bits",
    "constant",
    "joined",
    "raw",
    "rest",
    "u8",
    "u16",
    "u24",
    "u32",
    "wire",
]

M = TypeVar("M", bound="Message")
REQUIRED: Any = object()
"""Stands for "no default"."""

Part = tuple[int, int, int]  # (byte, high bit, low bit), in the coordinates of the specification


class Field:
    """One declared field: where its bits are and what they become.

    `parts`: (byte, hi, lo) from the low end of the value to the high one.  `length`: of bytes fields; None for numbers,
    -1 for all that remain.
    """

    __slots__ = ("constant", "default", "enum", "is_bool", "length", "name", "optional", "parts", "secret", "signed")

    def __init__(
        self,
        parts: tuple[tuple[int, int, int], ...],
        *,
        enum: Any = None,
        is_bool: bool = False,
        signed: bool = False,
        length: int | None = None,
        optional: bool = False,
        default: Any = REQUIRED,
        secret: bool = False,
        constant: int | None = None,
    ) -> None:
        self.name = ""
        self.parts = parts
        self.enum = enum
        self.is_bool = is_bool
        self.signed = signed
        self.length = length
        self.optional = optional
        self.default = None if optional and default is REQUIRED else default
        self.secret = secret
        self.constant = constant

    @property
    def width(self) -> int:
        """Bits of a number."""
        return sum(hi - lo + 1 for _byte, hi, lo in self.parts)

    @property
    def last_byte(self) -> int:
        """The highest byte that the field needs."""
        if self.length is not None:
            return self.parts[0][0] + max(self.length, 0) - 1
        return max(byte for byte, _hi, _lo in self.parts)

    def places(self) -> list[tuple[int, int]]:
        """Return (first byte, the bits that are taken) of each part, of bytes whose number is open nothing.

        Bit p of byte n is bit 8 n + p.
        """
        if self.length is not None:
            start, size = self.parts[0][0], max(self.length, 0)
            return [(start, (1 << 8 * size) - 1 << 8 * start)] if size else []
        return [(byte, (2 << hi - lo) - 1 << 8 * byte + lo) for byte, hi, lo in self.parts]


def bit(byte: int, pos: int, *, default: Any = REQUIRED, optional: bool = False) -> Any:
    """Declare one bit as a bool."""
    return Field(((byte, pos, pos),), is_bool=True, default=default, optional=optional)


def bits(
    byte: int,
    hi: int,
    lo: int,
    enum: Any = None,
    *,
    signed: bool = False,
    default: Any = REQUIRED,
    optional: bool = False,
) -> Any:
    """Declare bits hi to lo of one byte as a number, or a member of `enum`."""
    return Field(((byte, hi, lo),), enum=enum, signed=signed, default=default, optional=optional)


def joined(
    *parts: tuple[int, int, int],
    enum: Any = None,
    signed: bool = False,
    default: Any = REQUIRED,
    optional: bool = False,
) -> Any:
    """Declare a number whose bits lie in several places: (byte, hi, lo) each, the low part first."""
    return Field(parts, enum=enum, signed=signed, default=default, optional=optional)


def _whole(byte: int, count: int, enum: Any, big_endian: bool, options: dict[str, Any]) -> Field:
    order = range(count - 1, -1, -1) if big_endian else range(count)
    return Field(tuple((byte + at, 7, 0) for at in order), enum=enum, **options)


def u8(
    byte: int,
    enum: Any = None,
    *,
    signed: bool = False,
    default: Any = REQUIRED,
    optional: bool = False,
    secret: bool = False,
) -> Any:
    """Declare one byte as a number."""
    return _whole(
        byte, 1, enum, False, {"signed": signed, "default": default, "optional": optional, "secret": secret}
    )


def u16(
    byte: int,
    enum: Any = None,
    *,
    signed: bool = False,
    big_endian: bool = False,
    default: Any = REQUIRED,
    optional: bool = False,
) -> Any:
    """Declare two bytes as a number, the low one first."""
    return _whole(byte, 2, enum, big_endian, {"signed": signed, "default": default, "optional": optional})


def u24(
    byte: int,
    enum: Any = None,
    *,
    signed: bool = False,
    big_endian: bool = False,
    default: Any = REQUIRED,
    optional: bool = False,
) -> Any:
    """Declare three bytes as a number, the low one first."""
    return _whole(byte, 3, enum, big_endian, {"signed": signed, "default": default, "optional": optional})


def u32(
    byte: int,
    enum: Any = None,
    *,
    signed: bool = False,
    big_endian: bool = False,
    default: Any = REQUIRED,
    optional: bool = False,
) -> Any:
    """Declare four bytes as a number, the low one first."""
    return _whole(byte, 4, enum, big_endian, {"signed": signed, "default": default, "optional": optional})


def raw(
    byte: int, length: int, *, default: Any = REQUIRED, optional: bool = False, secret: bool = False
) -> Any:
    """Declare `length` bytes as they are."""
    return Field(((byte, 7, 0),), length=length, default=default, optional=optional, secret=secret)


def rest(byte: int, *, default: Any = REQUIRED, secret: bool = False) -> Any:
    """Declare all bytes from `byte` on, perhaps none."""
    return Field(((byte, 7, 0),), length=-1, default=default, secret=secret)


def constant(byte: int, value: int, *, hi: int = 7, lo: int = 0) -> Any:
    """Declare bits that are always written as `value` and never looked at.  Not a field of the message."""
    return Field(((byte, hi, lo),), constant=value, default=value)


class Message:
    """Bytes with names.  Subclasses are declared with `@wire`; their constructors take keywords only."""

    _wire_fields: tuple[Field, ...] = ()

    @classmethod
    def decode(cls: type[M], data: bytes | bytearray | memoryview) -> M:
        """Read the message.  Surplus bytes are ignored, missing optional ones give None.  Raises Malformed."""
        raise TypeError(f"{cls.__name__} is not declared with @wire")

    def encode(self) -> bytes:
        """Write the message.  Raises InvalidParameterValue for a value that does not fit its field."""
        raise TypeError(f"{type(self).__name__} is not declared with @wire")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in self._wire_fields)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = (
            f"{field.name}={'…' if field.secret else repr(getattr(self, field.name))}" for field in self._wire_fields
        )
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(bit, bits, joined, u8, u16, u24, u32, raw, rest, constant)
)
def wire(first: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a message of a class.  `first`: the specification's number of the first byte of the data.

    Raises TypeError for a table that cannot be: two fields on one bit, a byte before the first, an enumeration with a
    sign (its reserved values would have to be refused).
    """

    def decorate(cls: type[M]) -> type[M]:
        from pyghmi.ipmi.wire.codegen import install

        own = [(name, value) for name, value in vars(cls).items() if isinstance(value, Field)]
        for name, field in own:
            field.name = name
            delattr(cls, name)
        declared = (*_inherited(cls), *(field for _name, field in own))
        _check(cls.__name__, declared, first)
        cls._wire_fields = tuple(field for field in declared if field.constant is None)
        install(cls, declared, first)
        return cls

    return decorate


def _inherited(cls: type[Message]) -> tuple[Field, ...]:
    for base in cls.__mro__[1:]:
        found = vars(base).get("_wire_declared")
        if found is not None:
            return tuple(found)
    return ()


def _check(name: str, fields: tuple[Field, ...], first: int) -> None:
    taken = 0
    for field in fields:
        if field.signed and field.enum is not None:
            raise TypeError(f"{name}.{field.name}: an enumeration has no sign")
        for byte, places in field.places():
            if byte < first:
                raise TypeError(f"{name}.{field.name}: byte {byte} is before the first, {first}")
            if taken & places:
                raise TypeError(f"{name}: {field.name} and {_claim(fields, taken & places)}")
            taken |= places
    for field in fields:
        if field.length == -1 and taken >> 8 * field.parts[0][0]:
            raise TypeError(f"{name}.{field.name}: the remaining bytes must come last")


def _claim(fields: tuple[Field, ...], twice: int) -> str:
    """Return in words which field has taken the lowest of these bits first."""
    place = twice & -twice
    owner = next(field.name for field in fields if any(place & places for _byte, places in field.places()))
    return "{} both claim byte {}, bit {}".format(owner, *divmod(place.bit_length() - 1, 8))

# SPDX-License-Identifier: Apache-2.0
"""Turn a table of fields into straight-line code, at the first use of its class.

Generating costs a good part of a millisecond each, so decoder, encoder and constructor wait for the first call of their
own; from then on the class has one decoder over one precompiled `struct.Struct`, one encoder and one constructor, as if
written by hand.
"""
from __future__ import annotations

from struct import Struct
from struct import error as StructError
from typing import Any

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.ipmi.wire.layout import REQUIRED, Field

_WHOLE = {1: "B", 2: "H", 4: "I"}


def install(cls: Any, fields: tuple[Field, ...], first: int) -> None:
    """Give the class methods that write the real ones when they are called first."""

    def first_init(self: Any, **values: Any) -> None:
        cls.__init__ = _function(_constructor(fields), "__init__", {"REQUIRED": REQUIRED, **_defaults(fields)})
        cls.__init__(self, **values)

    def first_decode(_cls: Any, data: bytes) -> Any:
        cls.decode = staticmethod(_decoder(cls, fields, first))
        return cls.decode(data)

    def first_encode(self: Any) -> Any:
        cls.encode = _encoder(cls, fields, first)
        return cls.encode(self)

    cls._wire_declared = fields
    cls.__init__ = first_init
    cls.decode = classmethod(first_decode)
    cls.encode = first_encode


def _function(source: list[str], name: str, names: dict[str, Any]) -> Any:
    exec(compile("\n".join(source), f"<wire {name}>", "exec"), names)  # the source is made here, of declared names only
    return names[name]


def _defaults(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {f"d_{field.name}": field.default for field in fields}


def _constructor(fields: tuple[Field, ...]) -> list[str]:
    own = [field for field in fields if field.constant is None]
    if not own:
        return ["def __init__(self): pass"]
    parameters = ", ".join(
        field.name if field.default is REQUIRED else f"{field.name}=d_{field.name}" for field in own
    )
    return [f"def __init__(self, *, {parameters}):", *(f"    self.{field.name} = {field.name}" for field in own)]


# --- decoding


def _decoder(cls: Any, fields: tuple[Field, ...], first: int) -> Any:
    own = [(field, field.last_byte - first + 1) for field in fields if field.constant is None]
    needed = max([end for field, end in own if not field.optional], default=0)
    inside = [field for field, end in own if end <= needed and field.length != -1]
    names: dict[str, Any] = {"cls": cls, "new": cls.__new__, "bad": _malformed, "title": cls.__name__}
    source = ["def decode(data):"]
    if needed > 0:
        source.append(f"    if len(data) < {needed}: bad(title, data, {needed})")
    source.append("    self = new(cls)")
    source += _unpacking(inside, first, needed, names)
    if any(field.optional for field, _end in own):
        source.append("    n = len(data)")
    for field, end in own:
        if end > needed or field.length == -1:
            source.append(f"    self.{field.name} = {_beyond(field, first, end, names)}")
        elif not _is_unpacked(field):
            value = f"v_{field.name}" if _is_whole(field) else _joined(field)
            source.append(f"    self.{field.name} = {_converted(field, value, names)}")
    source.append("    return self")
    return _function(source, "decode", names)


def _malformed(title: str, data: bytes, needed: int) -> None:
    raise Malformed(title, bytes(data), f"{len(data)} bytes where at least {needed} are due")


def _is_whole(field: Field) -> bool:
    """Whether a number is 1, 2 or 4 whole bytes in a row, low first: one item of a struct."""
    start, hi, lo = field.parts[0]
    if len(field.parts) == 1:
        return (hi, lo) == (7, 0)
    return len(field.parts) in _WHOLE and field.parts == tuple((start + at, 7, 0) for at in range(len(field.parts)))


def _is_unpacked(field: Field) -> bool:
    """Whether the item of the struct is the value."""
    return field.length is not None or (field.enum is None and _is_whole(field))


def _unpacking(fields: list[Field], first: int, needed: int, names: dict[str, Any]) -> list[str]:
    """Write the one unpack_from: whole fields as they are, other bytes singly, bytes nobody wants as padding."""
    items: dict[int, tuple[str, str, int]] = {}
    for field in fields:
        start = field.parts[0][0]
        target = f"self.{field.name}" if _is_unpacked(field) else f"v_{field.name}"
        if field.length is not None:
            items[start] = (f"{field.length}s", target, field.length)
        elif _is_whole(field):
            code = _WHOLE[len(field.parts)]
            items[start] = (code.lower() if field.signed else code, target, len(field.parts))
        else:
            items.update({byte: ("B", f"b{byte}", 1) for byte, _hi, _lo in field.parts})
    layout, targets, at = "<", [], first
    while at < first + needed:
        code, target, size = items.get(at, ("x", "", 1))
        layout += code
        targets += [target] if target else []
        at += size
    names["unpack"] = Struct(layout).unpack_from
    return [f"    {', '.join(targets)}, = unpack(data)"] if targets else []


def _beyond(field: Field, first: int, end: int, names: dict[str, Any]) -> str:
    """Write the expression of a field that the BMC may leave out, or of all that is left."""
    start = field.parts[0][0] - first
    if field.length == -1:
        return f"bytes(data[{start}:])"
    if field.length is not None:
        value = f"bytes(data[{start}:{end}])"
    else:
        value = _joined(field, lambda byte: f"data[{byte - first}]")
        if field.signed and _is_whole(field):
            value = _signed(value, field.width)
    return f"({_converted(field, value, names)}) if n >= {end} else None"


def _joined(field: Field, byte_name: Any = "b{}".format) -> str:
    terms, shift = [], 0
    for byte, hi, lo in field.parts:
        width = hi - lo + 1
        term = byte_name(byte)
        if field.is_bool:
            return f"{term} & {1 << lo:#x}"
        if lo:
            term = f"({term} >> {lo})"
        if hi < 7:
            term = f"({term} & {(1 << width) - 1:#x})"
        terms.append(f"({term} << {shift})" if shift else term)
        shift += width
    value = " | ".join(terms)
    if field.signed and not _is_whole(field):
        return _signed(value, field.width)
    return value


def _signed(value: str, width: int) -> str:
    sign = 1 << (width - 1)
    return f"(({value}) ^ {sign:#x}) - {sign:#x}"


def _converted(field: Field, value: str, names: dict[str, Any]) -> str:
    if field.is_bool:
        return f"({value}) != 0"
    if field.enum is None:
        return value
    if field.width > 8:
        names[f"e_{field.name}"] = field.enum
        return f"e_{field.name}({value})"
    names[f"t_{field.name}"] = _members_of(field.enum)
    return f"t_{field.name}[{value}]"


class _Members(dict[int, Any]):
    """The members of an enumeration by their numbers.  Reserved ones are made when they are met: they are many."""

    def __init__(self, enum: Any) -> None:
        super().__init__()
        self._enum = enum

    def __missing__(self, number: int) -> Any:
        member = self[number] = self._enum(number)
        return member


_members: dict[Any, _Members] = {}


def _members_of(enum: Any) -> _Members:
    found = _members.get(enum)
    if found is None:
        found = _members[enum] = _Members(enum)
    return found


# --- encoding


def _encoder(cls: Any, fields: tuple[Field, ...], first: int) -> Any:
    """Write the encoder: required bytes with one pack, then optional ones as far as they are set, then the rest."""
    if not fields:
        return lambda _self: b""
    names: dict[str, Any] = {"range_error": _out_of_range, "bytes_error": _wrong_bytes, "title": cls.__name__}
    needed = max([field.last_byte - first + 1 for field in fields if not field.optional], default=0)
    sized = [field for field in fields if field.length != -1]
    inside = [field for field in sized if field.last_byte - first < needed]
    beyond = [field for field in sized if field.last_byte - first >= needed]
    source = [line for field in inside if not _is_packed(field) for line in _checked(field, needs_value=True)]
    source += _packing(inside, first, needed, names)
    source += _tails(beyond, first + needed)
    source += [f"    out += self.{field.name}" for field in fields if field.length == -1]
    source.append("    return bytes(out)" if beyond else "    return out")
    names.update(unfit=(StructError, TypeError), no_number=_no_number)
    tried = ["def encode(self):", "    try:", *(f"    {line}" for line in source)]
    return _function([*tried, "    except unfit as error: no_number(self, title, error)"], "encode", names)


def _tails(fields: list[Field], first: int) -> list[str]:
    """Write the lines for what follows the required bytes."""
    if not fields:
        return []
    size = max(field.last_byte for field in fields) - first + 1
    source = [f"    tail = bytearray({size})", "    n = 0"]
    for field in fields:
        source += _tail(field, first)
    return [*source, "    out += tail[:n]"]


def _is_packed(field: Field) -> bool:
    """Whether the value goes into the struct as it is, which refuses what is out of range."""
    return _is_whole(field) and field.length is None and field.constant is None and not (field.signed or field.optional)


def _checked(field: Field, *, needs_value: bool, indent: str = "    ") -> list[str]:
    """Write the lines that fetch a value and check its range."""
    name = f"v_{field.name}"
    if field.constant is not None:
        return [f"{indent}{name} = {field.constant}"]
    lines = [f"{indent}{name} = self.{field.name}"]
    if needs_value and field.optional:
        empty = f"bytes({field.length})" if field.length is not None else "0"
        lines.append(f"{indent}if {name} is None: {name} = {empty}")
    if field.length is not None:
        refuse = f"bytes_error(title, {field.name!r}, {name}, {field.length})"
        return [*lines, f"{indent}if len({name}) != {field.length}: {refuse}"]
    if field.is_bool:
        return [*lines, f"{indent}{name} = 1 if {name} else 0"]
    width = field.width
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if field.signed else (0, (1 << width) - 1)
    lines.append(f"{indent}if not {low} <= {name} <= {high}: range_error(title, {field.name!r}, {name}, {low}, {high})")
    return [*lines, f"{indent}{name} &= {(1 << width) - 1:#x}"] if field.signed else lines


def _contributions(fields: list[Field]) -> dict[int, list[str]]:
    """Return, by byte, the terms that are or-ed into it."""
    terms: dict[int, list[str]] = {}
    for field in fields:
        if field.length is not None:
            continue
        shift = 0
        for byte, hi, lo in field.parts:
            width = hi - lo + 1
            term = f"(v_{field.name} >> {shift})" if shift else f"v_{field.name}"
            if field.width > shift + width:
                term = f"({term} & {(1 << width) - 1:#x})"
            terms.setdefault(byte, []).append(f"({term} << {lo})" if lo else term)
            shift += width
    return terms


def _packing(fields: list[Field], first: int, needed: int, names: dict[str, Any]) -> list[str]:
    if not needed:
        return ["    out = b''"]
    whole = {field.parts[0][0]: field for field in fields if field.length is not None or _is_whole(field)}
    terms = _contributions([field for field in fields if field not in whole.values()])
    layout, values, at = "<", [], first
    while at < first + needed:
        field = whole.get(at)
        if field is not None:
            layout += f"{field.length}s" if field.length is not None else _WHOLE[len(field.parts)]
            values.append(f"self.{field.name}" if _is_packed(field) else f"v_{field.name}")
            at += field.length if field.length is not None else len(field.parts)
            continue
        layout += "B" if at in terms else "x"
        values += [" | ".join(terms[at])] if at in terms else []
        at += 1
    names["pack"] = Struct(layout).pack
    return [f"    out = pack({', '.join(values)})"]


def _tail(field: Field, start: int) -> list[str]:
    """Write how one field behind the required bytes gets into them."""
    end = field.last_byte - start + 1
    lines = [f"    if self.{field.name} is not None:", *_checked(field, needs_value=False, indent="        ")]
    if field.length is not None:
        lines.append(f"        tail[{end - field.length}:{end}] = v_{field.name}")
    for byte, terms in _contributions([field]).items():
        lines.append(f"        tail[{byte - start}] |= {' | '.join(terms)}")
    return [*lines, f"        n = max(n, {end})"]


def _out_of_range(title: str, name: str, value: Any, low: int, high: int) -> None:
    raise InvalidParameterValue(f"{title}.{name} must be {low} to {high}, not {value}")


def _no_number(message: Any, title: str, error: Exception) -> None:
    """Tell which value is of no use: one out of the range of its bytes, or one such as 7.5."""
    for field in message._wire_fields:
        value = getattr(message, field.name)
        if _is_packed(field) and isinstance(value, int) and value >> field.width:
            _out_of_range(title, field.name, value, 0, (1 << field.width) - 1)
    shown = [(field, getattr(message, field.name)) for field in message._wire_fields if not field.secret]
    told = [
        f"{field.name} {value!r}"
        for field, value in shown
        if not (isinstance(value, (int, bytes)) or (value is None and field.optional))
    ]
    raise InvalidParameterValue(f"{title} takes no {', '.join(told)}" if told else f"{title}: {error}") from error


def _wrong_bytes(title: str, name: str, value: bytes, length: int) -> None:
    raise InvalidParameterValue(f"{title}.{name} must have {length} bytes, not {len(value)}")

# SPDX-License-Identifier: Apache-2.0
"""`NamedTuple` and `TypedDict` that leave their annotations alone.

Those of `typing` compile every annotation when the class is made: with the hundreds of fields of this package that was
a twentieth of the work from the start of a program to its first answer.  A checker sees the ones of `typing`, and
`typing.get_type_hints` works on both.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple", "TypedDict"]

if TYPE_CHECKING:
    from typing import NamedTuple, TypedDict
else:
    from collections import namedtuple

    class _TupleMaker(type):
        """Make what the body of a class declares: a `collections.namedtuple` with defaults and methods."""

        def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> Any:
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.pop("__annotations__", {})
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body.pop("__module__"))
            made.__annotations__ = fields
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_TupleMaker):
        """Base of a tuple with named fields."""

    class _DictMaker(type):
        """Make a class that makes plain dictionaries; called for `TypedDict` itself, make one of a table."""

        def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any], *, total: bool = True) -> Any:
            fields: dict[str, Any] = {}
            for each in (*(vars(base) for base in reversed(bases)), body):
                fields.update(each.get("__annotations__", {}))
            return super().__new__(cls, name, bases, {**body, "__annotations__": fields, "__total__": total})

        def __call__(cls, *values: Any, **named: Any) -> Any:
            if cls is not TypedDict:
                return dict(*values, **named)
            name, fields = values
            return _DictMaker(name, (cls,), {"__annotations__": fields}, **named)

    class TypedDict(dict, metaclass=_DictMaker):
        """Base of a shape of dictionaries."""

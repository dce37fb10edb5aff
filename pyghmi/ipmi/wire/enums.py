# SPDX-License-Identifier: Apache-2.0
"""Enumerations that stay open: a reserved value is a member too, so decoding never fails for one."""
from __future__ import annotations

from enum import Enum
from typing import Any

_REMEMBERED = 0x100


class OpenEnum(int, Enum):
    """An enumeration of numbers on the wire.  A value without a name becomes the member `reserved_0x…`."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int) or value < 0:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"reserved_0x{value:x}"
        member._value_ = value
        # Small values are few, so each is one object; large ones come from outside and would fill the memory.
        return cls._value2member_map_.setdefault(value, member) if value < _REMEMBERED else member

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else self.name

# SPDX-License-Identifier: Apache-2.0
"""User names, passwords and BMC keys, given as text or bytes: here they become bytes, and nowhere else."""
from __future__ import annotations

from pyghmi.exceptions import InvalidParameterValue


def as_bytes(value: str | bytes, what: str) -> bytes:
    """Return `value` as bytes, text in UTF-8.  Raises TypeError for anything else, naming it by `what` alone."""
    import six  # here: most imports of this package make no session

    try:
        found: bytes = six.ensure_binary(value, "utf-8")
    except TypeError:
        raise TypeError(f"{what} must be str or bytes, not {type(value).__name__}") from None
    except UnicodeEncodeError:
        raise InvalidParameterValue(f"{what} cannot be written in UTF-8") from None
    return found


def kg_as_bytes(value: str | bytes | None) -> bytes | None:
    """Return a BMC key as bytes; None: there is none."""
    return None if value is None else as_bytes(value, "kg")


def kg_from_hex(text: str) -> bytes:
    """Return a BMC key written in hexadecimal, with or without 0x and separators."""
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    try:
        return bytes.fromhex(digits.replace(":", " "))
    except ValueError:
        raise InvalidParameterValue("the BMC key is not hexadecimal: two digits for each byte are needed") from None

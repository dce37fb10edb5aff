# SPDX-License-Identifier: Apache-2.0
"""The fields of FRU areas: a type/length byte and data <-> text.  FRU Storage Definition 1.0 r1.3 §13."""
from __future__ import annotations

from typing import Union

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.fru import END_OF_FIELDS, ENGLISH, IDEOGRAPHIC, LONGEST_FIELD, FieldType
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import (
    decode_bcd_plus,
    decode_eight_bit,
    decode_six_bit,
    encode_bcd_plus,
    encode_six_bit,
)

_PADS = b"\x00\x03\x10\x20\xfe\xff"
"""What stands behind texts in memories of real machines, alone or mixed."""
_WIDE_PADS = "\0 \uffff\ufeff"
_BCD_PLUS = frozenset("0123456789 -.:,_")
_TYPES = (FieldType.BINARY, FieldType.BCD_PLUS, FieldType.SIX_BIT, FieldType.TEXT)
_FIRST_WIDE = 0x2E80
"""From here on: ideographs, and what only stands beside them."""


class FruField(NamedTuple):
    """One field.  `text`: as a person reads it, pads stripped; of binary data the hexadecimal digits."""

    type: FieldType
    raw: bytes
    text: str

    @property
    def value(self) -> Union[str, bytes, None]:
        """The text; of binary data the bytes; None: empty."""
        if not self.raw:
            return None
        return self.raw if self.type is FieldType.BINARY else self.text


def read_field(type_length: int, data: bytes, language: int) -> FruField:
    """Return a field.  data: what the type/length byte announces, as far as it is there; never fails."""
    kind = _TYPES[type_length >> 6 & 3]
    if kind is FieldType.TEXT:
        text = read_text(data, language)
    elif kind is FieldType.BINARY:
        text = data.hex()
    else:
        text = (decode_bcd_plus if kind is FieldType.BCD_PLUS else decode_six_bit)(data).rstrip(" ")
    return FruField(kind, data, text)


def read_text(data: bytes, language: int) -> str:
    """Return language-dependent text: 8-bit in English, else UCS-2, unless it cannot be that.

    Seen: ASCII and Latin-1 in other languages, UTF-8 in English.
    """
    if language not in ENGLISH:
        wide = _read_wide(data, language)
        if wide is not None:
            return wide
    text = decode_eight_bit(data.rstrip(_PADS))
    return text.replace("\0", "") if "\0" in text else text


def _read_wide(data: bytes, language: int) -> str | None:
    """Return UCS-2 text, low byte first; None: it is 8-bit text, which this language should not have."""
    if len(data) % 2 and data[-1] in _PADS:
        data = data[:-1]
    if len(data) % 2 or (data[1:2] != b"\0" and _is_plain(data.rstrip(_PADS))):
        return None
    text = data.decode("utf-16-le", errors="replace").rstrip(_WIDE_PADS).replace("\0", "")
    if not text.isprintable() or "\ufffd" in text:
        return None
    if language not in IDEOGRAPHIC and any(ord(char) >= _FIRST_WIDE for char in text):
        return None
    return text


def is_wide(field: FruField, language: int) -> bool:
    """Whether a text is UCS-2; languages other than English should have it so, and do not everywhere."""
    return language not in ENGLISH and field.type is FieldType.TEXT and _read_wide(field.raw, language) is not None


def _is_plain(data: bytes) -> bool:
    return data.isascii() and data.decode("ascii").isprintable()


def write_field(text: str, language: int, like: FieldType | None = None, *, narrow: bool = False) -> bytes:
    """Return a field with its type/length byte.

    like: the type that the field has now, kept where it can hold the text; narrow: 8-bit text in every language that
    it can be told in.  A single 8-bit character gets a space behind it: its type/length byte would be the end mark.
    Raises InvalidParameterValue for a text that is too long.
    """
    if narrow and read_text(_eight_bit(text), language) == text:
        language = ENGLISH[0]
    kind, data = _encoded(text, language, like)
    if len(data) > LONGEST_FIELD:
        raise InvalidParameterValue(f"A field holds {LONGEST_FIELD} bytes, and the text has {len(data)}")
    if kind * 64 + len(data) == END_OF_FIELDS:
        data += b" "
    return bytes((kind * 64 + len(data),)) + data


def _encoded(text: str, language: int, like: FieldType | None) -> tuple[FieldType, bytes]:
    if not text:
        return FieldType.TEXT, b""
    if like is FieldType.BCD_PLUS and _BCD_PLUS.issuperset(text):
        return like, encode_bcd_plus(text)
    if like is FieldType.SIX_BIT and all(" " <= char <= "_" for char in text):
        return like, encode_six_bit(text)
    if like is FieldType.BINARY:
        data = _from_hex(text)
        if data is not None:
            return like, data
    if language not in ENGLISH:
        return FieldType.TEXT, text.encode("utf-16-le", errors="replace")
    return FieldType.TEXT, _eight_bit(text)


def _from_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _eight_bit(text: str) -> bytes:
    """Return Latin-1, unless that cannot hold the text, or would be read as UTF-8 or as pads."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", errors="replace")
    return data if decode_eight_bit(data.rstrip(b"\xfe\xff")) == text else text.encode("utf-8")

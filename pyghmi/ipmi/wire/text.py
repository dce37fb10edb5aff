# SPDX-License-Identifier: Apache-2.0
"""Strings with a type/length byte before them.  IPMI 2.0 §43.15; FRU storage 1.0 r1.3 §13."""
from __future__ import annotations

from pyghmi.ipmi.wire.enums import OpenEnum

_BCD_PLUS = "0123456789 -.:,_"
_SIX_BITS = 6
_SPACE = 0x20
_PADS = "\0 \xff"


class TextType(OpenEnum):
    """Bits 7 and 6 of a type/length byte: 0 is UCS-2 in sensor records, binary in FRU fields."""

    UNICODE = 0
    BCD_PLUS = 1
    SIX_BIT = 2
    LATIN = 3


def decode_bcd_plus(data: bytes) -> str:
    """Return the text of BCD plus: two characters a byte, the high nibble first; leading zeros stay."""
    return "".join(_BCD_PLUS[byte >> 4] + _BCD_PLUS[byte & 0xF] for byte in data)


def encode_bcd_plus(text: str) -> bytes:
    """Return a text of the characters 0-9, space and -.:,_ in BCD plus; an odd one out gets a space behind it."""
    digits = [_BCD_PLUS.index(char) for char in text + " " * (len(text) % 2)]
    return bytes(high << 4 | low for high, low in zip(digits[::2], digits[1::2]))


def decode_six_bit(data: bytes) -> str:
    """Return the text of packed 6-bit ASCII, the first character in the low bits; bits left over are ignored."""
    value, count = int.from_bytes(data, "little"), len(data) * 8 // _SIX_BITS
    return "".join(chr((value >> _SIX_BITS * at & 0x3F) + _SPACE) for at in range(count))


def encode_six_bit(text: str) -> bytes:
    """Return a text of the characters from space to underscore in packed 6-bit ASCII."""
    value = 0
    for at, char in enumerate(text):
        value |= (ord(char) - _SPACE & 0x3F) << _SIX_BITS * at
    return value.to_bytes((len(text) * _SIX_BITS + 7) // 8, "little")


def decode_eight_bit(data: bytes) -> str:
    """Return 8-bit text: UTF-8 where it is that, else Latin-1.  Never fails."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decode_unicode(data: bytes) -> str:
    """Return UCS-2 text, low byte first; what has no zero byte and is plain ASCII was written in eight bits."""
    if data and data.isascii() and data.decode("ascii").isprintable():
        return data.decode("ascii")
    return data[: len(data) // 2 * 2].decode("utf-16-le", errors="replace")


_DECODERS = {
    TextType.UNICODE: decode_unicode,
    TextType.BCD_PLUS: decode_bcd_plus,
    TextType.SIX_BIT: decode_six_bit,
    TextType.LATIN: decode_eight_bit,
}


def id_string(data: bytes, *, keep_spaces: bool = False) -> str:
    """Return the name in a sensor record: a type/length byte, then text.  Clamped to what is there, pads stripped.

    Seen: NUL, space and FFh as pads, lengths beyond the record, Latin-1 and UTF-8 bytes, ASCII marked as Unicode.
    keep_spaces: those at the end stay, as something is put behind them.
    """
    if not data:
        return ""
    text = data[1 : 1 + (data[0] & 0x1F)]
    kind = TextType(data[0] >> 6)
    if kind is TextType.LATIN:
        text = text.rstrip(b"\xff")
    return _DECODERS[kind](text).split("\0")[0].rstrip(_PADS.replace(" ", "") if keep_spaces else _PADS)


def encode_id_string(text: str) -> bytes:
    """Return a name of at most 16 bytes as 8-bit text with its type/length byte."""
    data = text.encode("latin-1", errors="replace")[:16]
    return bytes((TextType.LATIN << 6 | len(data),)) + data

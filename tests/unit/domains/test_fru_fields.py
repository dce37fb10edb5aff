# SPDX-License-Identifier: Apache-2.0
"""Fields of FRU areas: text to bytes and back."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.fru_fields import FruField, read_field, write_field
from pyghmi.ipmi.spec.fru import FieldType


@pytest.mark.parametrize(
    "type_length, raw, text, value",
    [
        (0x83, "29dca6", "IPMI", "IPMI"),  # the example of the specification
        (0x43, "001230", "001230", "001230"),
        (0x43, "12abcd", "12 -.:", "12 -.:"),
        (0x02, "00ff", "00ff", b"\x00\xff"),
        (0xC0, "", "", None),
        (0x00, "", "", None),
        (0xC4, "41004200", "AB", "AB"),
        (0xC3, "202020", "", ""),
    ],
)
def test_reading(type_length: int, raw: str, text: str, value: object) -> None:
    found = read_field(type_length, bytes.fromhex(raw), 0)
    assert (found.text, found.value, found.raw) == (text, value, bytes.fromhex(raw))


@pytest.mark.parametrize(
    "text, language, like, written",
    [
        ("ACME", 0, None, "c441434d45"),
        ("", 0, None, "c0"),
        ("", 0, FieldType.BINARY, "c0"),
        ("X", 0, None, "c25820"),
        ("ü", 0, None, "c2fc20"),
        ("Ã¼", 0, None, "c4c383c2bc"),  # as Latin-1 it would be read as UTF-8
        ("日", 0, None, "c3e697a5"),
        ("A", 22, None, "c24100"),
        ("IPMI", 0, FieldType.SIX_BIT, "8329dca6"),
        ("ipmi", 0, FieldType.SIX_BIT, "c469706d69"),
        ("0012", 0, FieldType.BCD_PLUS, "420012"),
        ("001", 0, FieldType.BCD_PLUS, "42001a"),
        ("A1", 0, FieldType.BCD_PLUS, "c24131"),
        ("00ff", 0, FieldType.BINARY, "0200ff"),
        ("no hex", 0, FieldType.BINARY, "c66e6f20686578"),
        ("ACME", 0, FieldType.TEXT, "c441434d45"),
    ],
)
def test_writing(text: str, language: int, like: FieldType | None, written: str) -> None:
    data = write_field(text, language, like)
    assert data.hex() == written
    assert read_field(data[0], data[1:], language).text == text


def test_a_text_that_is_too_long() -> None:
    assert len(write_field("x" * 63, 0)) == 64
    with pytest.raises(InvalidParameterValue, match="63 bytes"):
        write_field("x" * 64, 0)
    with pytest.raises(InvalidParameterValue):
        write_field("x" * 32, 22)


def test_an_empty_field_has_no_value() -> None:
    assert FruField(FieldType.TEXT, b"", "").value is None

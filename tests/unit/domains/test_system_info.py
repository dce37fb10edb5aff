# SPDX-License-Identifier: Apache-2.0
"""The names of the system over a requester that answers from a script.  Bytes from IPMI 2.0 table 22-16c."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.domains.system_info import SystemInfo, decoded, encoded
from pyghmi.ipmi.spec.system_info import SystemInfoParameter, TextEncoding

NAME = SystemInfoParameter.SYSTEM_NAME


def first(text: bytes, *, length: int | None = None, encoding: int = 0) -> str:
    size = len(text) if length is None else length
    return (bytes((0x11, 0, encoding, size)) + text[:14].ljust(14, b"\0")).hex()


def further(number: int, text: bytes) -> str:
    return (bytes((0x11, number)) + text).hex()


def test_a_short_name_is_one_question() -> None:
    bmc = Script(first(b"host-17"))
    assert SystemInfo(bmc).get(NAME) == "host-17"
    assert bmc.asked == [(6, 0x59, bytes((0, 2, 0, 0)))]


def test_a_long_name_in_sets() -> None:
    bmc = Script(first(b"abcdefghijklmn", length=46), further(1, b"0123456789abcdef"), further(2, b"ABCDEFGHIJKLMNOP"))
    assert SystemInfo(bmc).get(NAME) == "abcdefghijklmn0123456789abcdefABCDEFGHIJKLMNOP"
    assert [data[2] for _n, _c, data in bmc.asked] == [0, 1, 2]


def test_what_is_behind_a_name_is_not_part_of_it() -> None:
    """Old text behind the length, and bytes behind the sets."""
    assert SystemInfo(Script(first(b"host-17.old", length=7))).get(NAME) == "host-17"
    bmc = Script(first(b"abcdefghijklmn", length=32) + "ffff", further(1, b"0123456789abcdef" + b"\xff\xff"), further(2, b"XY"))
    assert SystemInfo(bmc).get(NAME) == "abcdefghijklmn0123456789abcdefXY"


def test_encodings() -> None:
    assert SystemInfo(Script(first("Bücherei".encode("latin-1")))).get(NAME) == "Bücherei"
    assert SystemInfo(Script(first("Bücherei".encode(), encoding=1))).get(NAME) == "Bücherei"
    assert SystemInfo(Script(first("ΩΩ7".encode("utf-16-le"), encoding=2))).get(NAME) == "ΩΩ7"
    assert SystemInfo(Script(first(b"odd \xff", encoding=7))).get(NAME) == "odd ÿ"
    assert decoded(b"a\0b", TextEncoding.UCS_2) == "a"
    assert decoded(b"padded\0\0", TextEncoding.LATIN_1) == "padded"


@pytest.mark.parametrize("end", [0xC9, 0xCB, 0x80, "11", "11 01"])
def test_a_name_ends_where_its_sets_do(end: object) -> None:
    bmc = Script(first(b"abcdefghijklmn", length=200), end)
    assert SystemInfo(bmc).get(NAME) == "abcdefghijklmn"


def test_a_name_whose_sets_never_fill_ends() -> None:
    bmc = Script(first(b"abcdefghijklmn", length=255), *[further(1, b"x")] * 40)
    assert SystemInfo(bmc).get(NAME) == "abcdefghijklmn" + "x" * 16
    with pytest.raises(CompletionCodeError):
        SystemInfo(Script(first(b"abcdefghijklmn", length=20), 0xC3)).get(NAME)


def test_all_names() -> None:
    bmc = Script(first(b"1.2"), first(b"host"), 0x80, 0xCC, 0xD4, 0xC9, "11")
    found = SystemInfo(bmc).all()
    assert list(found.values()) == ["1.2", "host", None, None, None, None, ""]
    bmc = Script(0xC1)
    assert set(SystemInfo(bmc).all().values()) == {None}
    assert len(bmc.asked) == 1
    for code in (0x80, 0xC1, 0xC9, 0xCB, 0xCC, 0xD4):
        assert SystemInfo(Script(code)).get(NAME) is None
    with pytest.raises(CompletionCodeError):
        SystemInfo(Script(0xC3)).all()
    with pytest.raises(CompletionCodeError):
        SystemInfo(Script(0xC3)).get(NAME)


def test_writing() -> None:
    bmc = Script(0, 0, 0, 0)
    SystemInfo(bmc).set(NAME, "a name of 20 letters")
    assert [data for _n, _c, data in bmc.asked] == [
        b"\0\1",
        b"\2\0\0\x14a name of 20 l",
        b"\2\1etters" + bytes(10),
        b"\0\0",
    ]
    bmc = Script(0x80, 0)
    SystemInfo(bmc).set(NAME, "Ω", TextEncoding.UCS_2)
    assert bmc.asked[1:] == [(6, 0x58, b"\2\0\2\2\xa9\x03" + bytes(12))]


def test_writing_ends_what_others_left_behind_and_what_it_began() -> None:
    bmc = Script(0x81, 0, 0, 0xCC, 0)
    with pytest.raises(CompletionCodeError):
        SystemInfo(bmc).set(NAME, "x")
    assert [data[:2] for _n, _c, data in bmc.asked] == [b"\0\1", b"\0\0", b"\0\1", b"\2\0", b"\0\0"]
    bmc = Script(0xD4)
    with pytest.raises(CompletionCodeError):
        SystemInfo(bmc).set(NAME, "x")
    assert len(bmc.asked) == 1


def test_how_a_text_is_written() -> None:
    assert encoded("plain") == (TextEncoding.LATIN_1, b"plain")
    assert encoded("ü") == (TextEncoding.LATIN_1, b"\xfc")
    assert encoded("Ω") == (TextEncoding.UTF_8, b"\xce\xa9")
    for text, encoding in (("Ω", TextEncoding.LATIN_1), ("x" * 256, None), ("x", TextEncoding(9)), ("\ud800", None)):
        with pytest.raises(InvalidParameterValue):
            encoded(text, encoding)


def test_raw() -> None:
    bmc = Script("11 01 02 03")
    assert SystemInfo(bmc).raw(0xC0, 1, 2) == b"\1\2\3"
    assert bmc.asked == [(6, 0x59, bytes((0, 0xC0, 1, 2)))]

# SPDX-License-Identifier: Apache-2.0
"""The channels and the event filters of the simulated server.  Bytes and codes by IPMI 2.0 §22, §23, §26, §30."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.sim.lan import LanPart
from pyghmi.sim.pef import PefPart


def ask(part: Any, netfn: int, cmd: int, data: str) -> str:
    """Return the completion code and the data behind it."""
    code, answer = part.commands()[netfn, cmd](bytes.fromhex(data))
    return bytes((code, *answer)).hex(" ")


@pytest.mark.parametrize(
    ("cmd", "data", "answer"),
    [
        (0x02, "01 03 00 00", "00 11 c0 00 02 0a"),
        (0x02, "0e 03 00 00", "00 11 c0 00 02 0a"),
        (0x02, "81 03 00 00", "00 11"),
        (0x02, "01 00 00 00", "00 11 00"),
        (0x02, "01 c0 00 00", "80"),
        (0x02, "01 12 09 00", "c9"),
        (0x02, "02 03 00 00", "cc"),
        (0x01, "01 03 c0 00 02 14", "00"),
        (0x01, "01 11 04", "82"),
        (0x01, "01 c0 00", "80"),
        (0x01, "01 12 09 00 00 00", "c9"),
        (0x01, "00 03 c0 00 02 14", "cc"),
        (0x01, "01 00 02", "00"),
        (0x01, "01 00 03", "cc"),
        (0x03, "01 02", "00 00"),
        (0x03, "01 00", "00 02"),
        (0x03, "00 00", "cc"),
        (0x04, "00 00", "cc"),
        (0x22, "01 01 00 00", "00 11 01"),
        (0x22, "00 01 00 00", "cc"),
        (0x21, "01 07 02", "82"),
        (0x21, "00 01 00", "cc"),
    ],
)
def test_transport_commands(cmd: int, data: str, answer: str) -> None:
    assert ask(LanPart(), 0x0C, cmd, data) == answer


@pytest.mark.parametrize(
    ("cmd", "data", "answer"),
    [
        (0x42, "0e", "00 01 04 01 82 f2 1b 00 00 00"),
        (0x42, "00", "00 00 01 01 00 f2 1b 00 00 00"),
        (0x42, "0f", "00 0f 0c 05 00 f2 1b 00 00 00"),
        (0x42, "03", "cc"),
        (0x41, "01 80", "00 02 04"),
        (0x41, "00 80", "82"),
        (0x41, "03 80", "cc"),
        (0x41, "01 00", "cc"),
        (0x40, "00 42 44", "82"),
        (0x40, "01 47 44", "83"),
        (0x4E, "01", "00 03 00 3f 00 00 00 00 00"),
        (0x4E, "00", "cc"),
        (0x4F, "01 01", "00 10"),
        (0x4F, "01 02", "80"),
        (0x4F, "00 01", "cc"),
    ],
)
def test_channel_commands(cmd: int, data: str, answer: str) -> None:
    assert ask(LanPart(sessions=lambda: 2), 6, cmd, data) == answer


def test_access_is_kept_in_two_places() -> None:
    part = LanPart()
    assert ask(part, 6, 0x40, "01 aa 43") == "00"  # access in force, limit for later
    assert (ask(part, 6, 0x41, "01 80"), ask(part, 6, 0x41, "01 40")) == ("00 2a 04", "00 02 03")


def test_a_change_in_progress() -> None:
    part = LanPart()
    assert [ask(part, 0x0C, 1, f"01 00 {state:02x}") for state in (1, 1, 2, 0, 1)] == ["00", "81", "00", "00", "00"]
    assert ask(part, 0x0C, 2, "01 00 00 00") == "00 11 01"


def test_the_state_of_an_ipv6_address_is_the_bmcs_affair() -> None:
    part = LanPart()
    assert ask(part, 0x0C, 1, "01 38 01 80" + "20" * 16 + "40 03") == "00"
    assert ask(part, 0x0C, 2, "01 38 01 00") == "00 11 01 80 " + "20 " * 16 + "40 00"


def test_wrong_lengths() -> None:
    for netfn, cmd, data in ((0x0C, 2, "01 03"), (0x0C, 1, "01 03 c0 00"), (0x0C, 1, "01 03 c0 00 02 14 00"), (6, 0x42, "")):
        with pytest.raises(Malformed):
            ask(LanPart(), netfn, cmd, data)


def test_counters() -> None:
    part = LanPart()
    assert ask(part, 0x0C, 4, "01 01")[:11] == "00 00 04 00"
    assert ask(part, 0x0C, 4, "01 00") == " ".join(["00"] * 19)


@pytest.mark.parametrize(
    ("cmd", "data", "answer"),
    [
        (0x10, "", "00 51 2f 08"),
        (0x11, "1e", "00 1e"),
        (0x11, "fe", "00 fe"),
        (0x11, "ff", "00 00"),
        (0x13, "01 00 00", "00 11 03"),
        (0x13, "06 01 00", "00 11 01 c0 01 01 10 ff ff 01 ff 01 04 02 00 00 00 00 00 00 00 00 00"),
        (0x13, "09 01 00", "00 11 01 10 00 00"),
        (0x13, "09 09 00", "c9"),
        (0x12, "08 07", "82"),
        (0x15, "", "00 00 00 00 00 ff ff ff ff ff ff"),
        (0x16, "01 40 00", "00 00"),
        (0x16, "01 c0 00", "cc"),
    ],
)
def test_pef_commands(cmd: int, data: str, answer: str) -> None:
    assert ask(PefPart(), 4, cmd, data) == answer


def test_the_first_byte_of_a_filter_is_one_in_both_places() -> None:
    part = PefPart()
    assert ask(part, 4, 0x12, "07 01 40") == "00"
    assert ask(part, 4, 0x13, "06 01 00")[:11] == "00 11 01 40"
    assert ask(part, 4, 0x12, "06 02 00 00 00 00 ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00 00") == "00"
    assert ask(part, 4, 0x13, "07 02 00") == "00 11 02 00"


def test_events_and_alerts() -> None:
    part = PefPart()
    assert (ask(part, 4, 0x14, "00 05 00"), ask(part, 4, 0x14, "01 04 00")) == ("00", "00")
    assert ask(part, 4, 0x15, "") == "00 00 00 00 00 ff ff 05 00 04 00"
    assert ask(part, 4, 0x16, "01 02 00") == "00"
    assert part.sent == [(1, 2)]
    assert ask(part, 4, 0x16, "01 40 00") == "00 01"
    assert (ask(part, 4, 0x16, "01 80 00"), ask(part, 4, 0x16, "01 40 00")) == ("00", "00 00")

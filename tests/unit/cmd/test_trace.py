# SPDX-License-Identifier: Apache-2.0
"""What -v shows of a datagram, and what it never shows."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.net.trace import Tracer, describe
from pyghmi.ipmi.protocol.capture import Decoded, Verdict
from pyghmi.ipmi.protocol.ipmb import (
    Request,
    build_bridged_request,
    build_ipmb_request,
    build_request,
    build_response,
    parse_request,
)
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.packet15 import wrap_plain
from pyghmi.ipmi.spec.request import Request as SpecRequest
from pyghmi.ipmi.spec.request import Target

SECRET = b"hush-hush-hush-1"
SHOWN = SECRET[:4].hex(" ")
SET_PASSWORD = b"\x02\x02" + SECRET
ONCE = Target(address=0x2C, channel=6)
TWICE = Target(address=0x72, channel=7, transit_address=0x82, transit_channel=0)


def lines_of(message: bytes) -> list[str]:
    """Return what is said of a message in the packets of IPMI 2.0 and 1.5."""
    found: list[str] = []
    Tracer(Login(b"", b""), found.append)(True, wrap_plain(message), ("127.0.0.1", 623))
    return [describe(Decoded("IPMI", Verdict.VERIFIED, message)), *found]


@pytest.mark.parametrize(
    "message",
    [
        build_request(6, 0x47, SET_PASSWORD, 5),
        build_bridged_request(6, 0x47, SET_PASSWORD, 5, ONCE),
        build_bridged_request(6, 0x47, SET_PASSWORD, 5, ONCE, tracked=False),
        build_bridged_request(6, 0x47, SET_PASSWORD, 5, TWICE),
        build_request(6, 0x34, b"\x00\x20\x18\xff\x81\x00\x47" + SET_PASSWORD + b"\x00", 5),
    ],
)
def test_a_password_is_never_shown(message: bytes) -> None:
    for line in lines_of(message):
        assert SHOWN not in line
        assert "data=02 02 + 16 bytes with a password, not shown" in line


@pytest.mark.parametrize(
    ("message", "what"),
    [
        (build_request(6, 0x3A, b"\x02\x04" + SECRET + b"\1\0\0\0", 5), "challenge"),
        (build_request(6, 0x56, b"\x01\x01\x01" + SECRET, 5), "key"),
        (build_response(Request(6, 0x39, 5, b""), 0, bytes(4) + SECRET), "challenge"),
        (build_response(Request(6, 0x56, 5, b""), 0, b"\x01" + SECRET), "key"),
        (build_request(0x0C, 0x01, b"\x01\x10" + SECRET + b"\0\0", 5), "community"),
        (build_response(Request(0x0C, 0x02, 5, b""), 0, b"\x11" + SECRET + b"\0\0"), "community, perhaps"),
    ],
)
def test_other_secrets(message: bytes, what: str) -> None:
    for line in lines_of(message):
        assert SHOWN not in line
        assert f"bytes with a {what}, not shown" in line


@pytest.mark.parametrize("cut", [0, 1])
@pytest.mark.parametrize("carrier", [0x34, 0x33])
def test_what_an_answer_carries(cut: int, carrier: int) -> None:
    """With the first address byte of the message in it, and without."""
    secret = build_ipmb_request(Request(6, 0x47, 5, SET_PASSWORD, 0x20, 0, 0x2C, 0))[cut:]
    reading = build_response(Request(4, 0x2D, 5, b"", 0x2C, 0, 0x20, 0), 0, b"\xc0\xff\xee")[cut:]
    before = b"\x40" if carrier == 0x33 else b""
    for inner, text in ((secret, "a password, not shown"), (reading, "data=c0 ff ee")):
        for line in lines_of(build_response(Request(6, carrier, 5, b""), 0, before + inner)):
            assert text in line and SHOWN not in line


@pytest.mark.parametrize(
    ("netfn", "cmd", "data"),
    [(6, 0x52, SECRET), (6, 0x46, b"\x02"), (0x0C, 1, SECRET), (6, 0x39, b"\x02" + SECRET), (6, 0x47, b"\x02\x01"), (6, 0x56, b"\x01\x00\x01")],
)
def test_everything_else_is_shown(netfn: int, cmd: int, data: bytes) -> None:
    for message in (build_request(netfn, cmd, data, 5), build_bridged_request(netfn, cmd, data, 5, ONCE), build_bridged_request(netfn, cmd, data, 5, TWICE)):
        for line in lines_of(message):
            assert f"data={data.hex(' ')}" in line
            assert "not shown" not in line


def test_no_depth_is_too_deep() -> None:
    message = build_request(6, 0x47, SET_PASSWORD, 5)
    for _layer in range(500):
        message = build_request(6, 0x34, b"\x40" + message, 5)
    for line in lines_of(message)[:1]:
        assert SHOWN not in line and line.endswith("bytes, not shown)" + "]" * 8)


@pytest.mark.parametrize("data", [b"\x40", b"\x40\x20", b"\x40\x20\x18\xc8\x81\x00"])
def test_a_message_in_a_message_that_is_none(data: bytes) -> None:
    for line in lines_of(build_request(6, 0x34, data, 5)):
        assert "data=40" in line


def _messages() -> list[type[SpecRequest]]:
    import pyghmi.ipmi.spec.app as app

    found = [each for each in vars(app).values() if isinstance(each, type) and issubclass(each, SpecRequest) and each is not SpecRequest]
    return [each for each in found if hasattr(each, "cmd")]


def test_every_secret_of_the_specification_is_known() -> None:
    from pyghmi.ipmi.net.trace import _SECRET

    assert len(_messages()) > 5
    for each in _messages():
        for netfn, message in ((each.netfn, each), (each.netfn + 1, each.answer)):
            if any(field.secret for field in message._wire_fields):
                assert (int(netfn), each.cmd) in _SECRET, message


def test_the_messages_of_these_tests_are_right() -> None:
    assert parse_request(build_request(6, 0x47, SET_PASSWORD, 5)) is not None

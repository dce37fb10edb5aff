# SPDX-License-Identifier: Apache-2.0
"""RMCP header, ASF ping and pong, whose packet a datagram is."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol import rmcp

PING = bytes.fromhex("0600ff06000011be80000000")
PONG = bytes.fromhex("0600ff06000011be40000010000011be000000008100000000000000")


def test_ping_and_pong_are_those_of_the_specification() -> None:
    assert rmcp.ping(0) == PING
    assert rmcp.pong(0) == PONG


def test_tags_come_back() -> None:
    assert rmcp.parse_ping(rmcp.ping(0x2A)) == 0x2A
    answer = rmcp.parse_pong(rmcp.pong(0x2A))
    assert answer is not None
    assert answer.tag == 0x2A


def test_pong_says_whether_ipmi_is_spoken() -> None:
    parsed = rmcp.parse_pong(PONG)
    assert parsed == rmcp.Pong(0, 4542, bytes(4), 0x81, 0)
    assert parsed.ipmi
    without = rmcp.parse_pong(rmcp.pong(0, ipmi=False, iana=36465, oem=b"abcd", interactions=0x20))
    assert without == rmcp.Pong(0, 36465, b"abcd", 0x01, 0x20)
    assert not without.ipmi


def test_short_pong_is_filled_with_zeros() -> None:
    assert rmcp.parse_pong(PONG[:20]) == rmcp.Pong(0, 4542, bytes(4), 0, 0)


@pytest.mark.parametrize("datagram", [b"", PING[:11], PING[:4] + b"\0\0\0\0" + PING[8:], b"\x05" + PING[1:]])
def test_not_asf(datagram: bytes) -> None:
    assert rmcp.parse_ping(datagram) is None
    assert rmcp.parse_pong(datagram) is None


def test_acknowledgement() -> None:
    assert rmcp.acknowledgement(bytes.fromhex("06000506")) == bytes.fromhex("06000586")
    assert rmcp.acknowledgement(PING) is None, "sequence FFh asks for none"
    assert rmcp.acknowledgement(bytes.fromhex("06000586")) is None, "nobody acknowledges an acknowledgement"
    assert rmcp.acknowledgement(b"\x06\x00") is None


OPEN_RESPONSE = bytes.fromhex(
    "0600ff070611000000000000000024003b0004003a9d0c337b669481000000080300000001000008040000000200000801000000"
)


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        (PING, ("ping", 0)),
        (rmcp.pong(7), ("pong", 7)),
        # in a session: the id in the header
        (bytes.fromhex("0600ff0706c03a9d0c3301000000") + bytes(40), 0x330C9D3A),
        # Open Session Response and RAKP: the id in the payload
        (OPEN_RESPONSE, 0x330C9D3A),
        # a refusal without ids, cut to its status
        (bytes.fromhex("0600ff07061100000000000000000100") + b"\x11", None),
        # a refusal with id 0
        (bytes.fromhex("0600ff070611000000000000000008000011000000000000"), None),
        # an Open Session Request begins something new
        (bytes.fromhex("0600ff0706100000000000000000200000000000a4a3a2a0") + bytes(24), None),
        # IPMI 1.5, in a session and session-less
        (bytes.fromhex("0600ff0700f0210eb182000000082018c881103b0430"), ("1.5", 0x82)),
        (bytes.fromhex("0600ff07000000000000000000092018c88104380e0431"), None),
        (bytes.fromhex("0600ff0700f0210eb182"), None),
        (b"", None),
        (b"\x07" + OPEN_RESPONSE[1:], None),
        (OPEN_RESPONSE[:3] + b"\x08" + OPEN_RESPONSE[4:], None),
    ],
)
def test_session_key(datagram: bytes, expected: rmcp.SessionKey) -> None:
    assert rmcp.session_key(datagram) == expected


def test_what_is_ipmi() -> None:
    assert rmcp.is_ipmi(OPEN_RESPONSE)
    assert rmcp.is_rmcpplus(OPEN_RESPONSE)
    assert not rmcp.is_ipmi(PING)
    assert not rmcp.is_ipmi(bytes.fromhex("0600ff87"))
    assert not rmcp.is_rmcpplus(bytes.fromhex("0600ff0700"))

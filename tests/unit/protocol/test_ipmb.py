# SPDX-License-Identifier: Apache-2.0
"""Inner messages: built, taken apart, bridged."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.request import Target


def test_requests_are_those_of_other_programs() -> None:
    assert ipmb.build_request(6, 0x3B, b"\x04", 1) == bytes.fromhex("2018c881043b043c")
    assert ipmb.build_request(6, 0x38, b"\x8e\x04", 0) == bytes.fromhex("2018c88100388e04b5")
    assert ipmb.build_request(6, 0x01, b"", 6) == bytes.fromhex("2018c881180166")
    assert ipmb.build_request(0x2C, 0x3E, b"\x02", 5) == bytes.fromhex("20b03081143e022b".replace("3e02", "3e02"))


def test_request_to_another_lun() -> None:
    message = ipmb.build_request(4, 0x2D, b"\x07", 63, lun=2)
    assert message[1] == 4 << 2 | 2
    assert ipmb.parse_request(message) == ipmb.Request(4, 0x2D, 63, b"\x07", rs_lun=2)


@pytest.mark.parametrize("data", [b"", b"\x01", bytes(range(200)), b"\xff" * 20])
def test_request_round_trip(data: bytes) -> None:
    request = ipmb.Request(0x0A, 0x11, 17, data, 0x20, 1, 0x81, 2)
    assert ipmb.parse_request(ipmb.build_ipmb_request(request)) == request
    plain = ipmb.Request(0x0A, 0x11, 17, data)
    assert ipmb.build_ipmb_request(plain) == ipmb.build_request(0x0A, 0x11, data, 17)


# Answers of ipmi_sim, recorded.
DEVICE_ID = bytes.fromhex("811c63200c01002001021a02bf5701004200000000003b")
NOT_SUPPORTED = bytes.fromhex("81b4cb201000c10f")


def test_responses_of_a_server() -> None:
    assert ipmb.parse_response(DEVICE_ID) == (7, 1, 3, 0, bytes.fromhex("2001021a02bf570100420000000000"))
    assert ipmb.parse_response(NOT_SUPPORTED) == (0x2D, 0, 4, 0xC1, b"")


def test_build_response_answers_its_request() -> None:
    request = ipmb.parse_request(bytes.fromhex("2018c8810c01") + bytes([0x72]))
    assert request is not None
    assert ipmb.build_response(request, 0, bytes.fromhex("2001021a02bf570100420000000000")) == DEVICE_ID
    assert ipmb.build_response(ipmb.Request(0x2C, 0, 4, b""), 0xC1) == NOT_SUPPORTED


def test_addresses_in_the_order_of_the_request_are_taken() -> None:
    """Some BMCs do not swap requester and responder."""
    unswapped = bytes.fromhex("201cc4810c0100") + b"\x20"
    message = unswapped + bytes([ipmb.checksum(unswapped[3:])])
    assert ipmb.parse_response(message) == (7, 1, 3, 0, b"\x20")


@pytest.mark.parametrize("at", range(len(DEVICE_ID)))
def test_any_changed_byte_is_noticed(at: int) -> None:
    broken = DEVICE_ID[:at] + bytes([DEVICE_ID[at] ^ 0x01]) + DEVICE_ID[at + 1 :]
    assert ipmb.parse_response(broken) is None


def test_checksums_that_compensate_each_other_are_wrong() -> None:
    broken = bytearray(DEVICE_ID)
    broken[2] += 1
    broken[-1] -= 1
    assert ipmb.parse_response(bytes(broken)) is None
    assert not ipmb.checksums_fit(bytes(broken))


def test_wrong_checksums_pass_where_a_code_has_proven_the_bytes() -> None:
    broken = bytearray(DEVICE_ID)
    broken[2] += 1
    broken[-1] += 1
    assert ipmb.parse_response(bytes(broken), checked=False) == ipmb.parse_response(DEVICE_ID)


@pytest.mark.parametrize("length", range(8))
def test_too_short(length: int) -> None:
    assert ipmb.parse_response(bytes(length)) is None
    assert ipmb.parse_response(bytes(length), checked=False) is None
    assert ipmb.parse_request(bytes(min(length, 6))) is None


def test_a_request_is_no_response_and_the_reverse() -> None:
    request = ipmb.build_request(6, 0x3B, b"\x04", 1)
    assert ipmb.parse_response(request) is None
    assert ipmb.parse_request(DEVICE_ID) is None


def test_bridging_as_freeipmi_does() -> None:
    """ipmi-raw to address 30h, channel 0: its rqSeq 38h; only the rqSeq of the inner layer (ours is the outer's) differs."""
    message = ipmb.build_bridged_request(6, 1, b"", 0x38, Target(0x30))
    outer = ipmb.parse_request(message)
    assert outer is not None
    assert outer[:3] == (6, 0x34, 0x38)
    assert outer.data[:1] == b"\x40"
    assert outer.data[1:] == bytes.fromhex("3018b820e001ff")


def test_bridging_to_a_lun() -> None:
    outer = ipmb.parse_request(ipmb.build_bridged_request(4, 0x2D, b"\x07", 9, Target(0x72, channel=6), lun=1))
    assert outer is not None
    assert outer.data[0] == 0x46
    inner = ipmb.parse_request(outer.data[1:])
    assert inner == ipmb.Request(4, 0x2D, 9, b"\x07", rs_address=0x72, rs_lun=1, rq_address=0x20)


def test_double_bridging() -> None:
    target = Target(0x72, channel=7, transit_address=0x82, transit_channel=1)
    outer = ipmb.parse_request(ipmb.build_bridged_request(6, 1, b"", 9, target))
    assert outer is not None
    assert outer.data[0] == 0x41
    transit = ipmb.parse_request(outer.data[1:])
    assert transit is not None
    assert transit[:3] == (6, 0x34, 9)
    assert (transit.rs_address, transit.rq_address) == (0x82, 0x20)
    assert transit.data[0] == 0x47
    inner = ipmb.parse_request(transit.data[1:])
    assert inner == ipmb.Request(6, 1, 9, b"", rs_address=0x72, rq_address=0x82)


ACKNOWLEDGEMENT = bytes.fromhex("811c63201834") + b"\x00" + bytes.fromhex("94")
BRIDGED = bytes.fromhex("201cc430180100020101070229570100430000000000e6")


def parsed(message: bytes) -> tuple[int, int, int, int, bytes]:
    found = ipmb.parse_response(message)
    assert found is not None
    return found


def send_message_response(data: bytes, code: int = 0) -> bytes:
    return ipmb.build_response(ipmb.Request(6, 0x34, 6, b""), code, data)


def test_bridged_answer_in_a_packet_of_its_own() -> None:
    assert ipmb.unwrap_bridged(parsed(ACKNOWLEDGEMENT)) is None
    assert ipmb.unwrap_bridged(parsed(BRIDGED)) == (7, 1, 6, 0, bytes.fromhex("020101070229570100430000000000"))


@pytest.mark.parametrize("inner", [BRIDGED, BRIDGED[1:]], ids=["whole", "without its first address"])
def test_bridged_answer_inside_the_send_message_response(inner: bytes) -> None:
    assert ipmb.unwrap_bridged(parsed(send_message_response(inner))) == parsed(BRIDGED)


def test_doubly_bridged_answer() -> None:
    twice = send_message_response(send_message_response(BRIDGED))
    assert ipmb.unwrap_bridged(parsed(twice)) == parsed(BRIDGED)
    empty = send_message_response(send_message_response(b""))
    assert ipmb.unwrap_bridged(parsed(empty)) is None


def test_refused_delivery_comes_back_as_it_is() -> None:
    assert ipmb.unwrap_bridged(parsed(send_message_response(b"", 0x83))) == (7, 0x34, 6, 0x83, b"")


def test_data_that_is_no_message_is_an_acknowledgement() -> None:
    assert ipmb.unwrap_bridged(parsed(send_message_response(b"\x01\x02\x03\x04\x05\x06\x07\x08"))) is None

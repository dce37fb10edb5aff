# SPDX-License-Identifier: Apache-2.0
"""Sealing and opening are inverse; a changed or repeated packet opens to nothing; nothing anybody sends raises."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyghmi.ipmi.protocol import ipmb, rmcp
from pyghmi.ipmi.protocol.capture import CaptureDecoder
from pyghmi.ipmi.protocol.packet import SessionCipher, unwrap, unwrap_setup
from pyghmi.ipmi.protocol.packet15 import Session15, parse
from pyghmi.ipmi.protocol.rakp import SessionKeys
from pyghmi.ipmi.protocol.suites import STANDARD, SUPPORTED

INTEGRAL = [number for number in SUPPORTED if STANDARD[number].integrity]


def _pair(number: int) -> tuple[SessionCipher, SessionCipher]:
    suite = STANDARD[number]
    keys = SessionKeys(suite.authentication, bytes(range(20)), b"secret")
    one = SessionCipher(suite, keys, local_id=0x11223344, remote_id=0x55667788, random=bytes)
    other = SessionCipher(suite, keys, local_id=0x55667788, remote_id=0x11223344, random=bytes)
    return one, other


@pytest.mark.parametrize("number", SUPPORTED)
@given(payload=st.binary(max_size=300), kind=st.sampled_from([0, 1]))
def test_opened_is_what_was_sealed(number: int, payload: bytes, kind: int) -> None:
    one, other = _pair(number)
    for _time in range(3):
        assert other.open(one.seal(kind, payload)) == (kind, payload)


@pytest.mark.parametrize("number", INTEGRAL)
@given(payload=st.binary(max_size=60), at=st.integers(0, 400), mask=st.integers(1, 255))
def test_a_changed_packet_opens_to_nothing(number: int, payload: bytes, at: int, mask: int) -> None:
    one, other = _pair(number)
    datagram = one.seal(0, payload)
    position = at % len(datagram)
    changed = datagram[:position] + bytes((datagram[position] ^ mask,)) + datagram[position + 1 :]
    # The RMCP sequence number and the reserved byte are nobody's business.
    assert other.open(changed) == ((0, payload) if position in (1, 2) else None)


@pytest.mark.parametrize("number", SUPPORTED)
@given(data=st.lists(st.binary(max_size=40), min_size=1, max_size=40), order=st.randoms(use_true_random=False))
def test_nothing_is_opened_twice_whatever_the_order(number: int, data: list[bytes], order: Any) -> None:
    one, other = _pair(number)
    sealed = [one.seal(0, each) for each in data] * 2
    order.shuffle(sealed)
    opened = [found for found in map(other.open, sealed) if found is not None]
    assert len(opened) <= len(data)
    near = data[:30]
    if len(data) <= 30:
        assert sorted(payload for _kind, payload in opened) == sorted(near)


@given(st.binary(max_size=300))
def test_any_datagram(data: bytes) -> None:
    for number in (3, 17, 0, 11):
        _one, other = _pair(number)
        other.open(data)
        other.detect(data)
        other.open_plain(data)
    Session15(b"secret", session_id=5, send_type=2).open(data)
    for look in (unwrap, unwrap_setup, parse, rmcp.session_key, rmcp.parse_ping, rmcp.parse_pong, rmcp.acknowledgement):
        look(data)
    ipmb.parse_request(data)
    found = ipmb.parse_response(data, checked=False)
    if found is not None:
        ipmb.unwrap_bridged(found)
    decoder = CaptureDecoder([b"secret"])
    decoder.feed(data, from_console=True)
    decoder.feed(data, from_console=False)


@pytest.mark.parametrize("kind", [1, 2, 4])
@given(payload=st.binary(min_size=7, max_size=200), at=st.integers(0, 400), mask=st.integers(1, 255))
def test_ipmi_15(kind: int, payload: bytes, at: int, mask: int) -> None:
    one = Session15(b"secret", session_id=0x1234, send_type=kind, send_from=9)
    other = Session15(b"secret", session_id=0x1234, send_type=kind, receive_from=9)
    datagram = one.seal(payload)
    if kind != 4:
        position = 4 + at % (len(datagram) - 4)
        changed = datagram[:position] + bytes((datagram[position] ^ mask,)) + datagram[position + 1 :]
        found = other.open(changed)
        assert found in (None, payload)
    opened = other.open(datagram)
    assert opened == payload or (kind != 4 and found == payload)
    assert other.open(datagram) is None


@pytest.mark.parametrize("kind", [1, 2])
@given(payload=st.binary(min_size=7, max_size=200), at=st.integers(0, 4000), data=st.data())
def test_an_ipmi_15_packet_with_any_bit_changed_opens_to_nothing(
    kind: int, payload: bytes, at: int, data: st.DataObject
) -> None:
    """All bits behind the RMCP header, but not the legacy pad, which belongs to nothing."""
    one = Session15(b"secret", session_id=0x1234, send_type=kind, send_from=9)
    other = Session15(b"secret", session_id=0x1234, send_type=kind, receive_from=9)
    datagram = one.seal(payload)
    end = 30 + len(payload)
    assert len(datagram) - end in (0, 1)
    position = 4 + at % (end - 4)
    mask = 1 << data.draw(st.integers(0, 7))
    changed = datagram[:position] + bytes((datagram[position] ^ mask,)) + datagram[position + 1 :]
    assert other.open(changed) is None
    assert other.open(datagram) == payload, "what was dropped changed nothing"


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
@given(data=st.lists(st.binary(min_size=7, max_size=40), min_size=1, max_size=8), order=st.randoms(use_true_random=False))
def test_nothing_of_ipmi_15_is_opened_twice_whatever_the_order(kind: int, data: list[bytes], order: Any) -> None:
    one = Session15(b"secret", session_id=5, send_type=kind, send_from=100)
    other = Session15(b"secret", session_id=5, send_type=kind, receive_from=100)
    sealed = [one.seal(each) for each in data] * 2
    order.shuffle(sealed)
    opened = [found for found in map(other.open, sealed) if found is not None]
    assert sorted(opened) == sorted(data)


@pytest.mark.parametrize("number", INTEGRAL)
@given(payload=st.binary(max_size=60), cut=st.integers(1, 400))
def test_a_packet_cut_short_opens_to_nothing(number: int, payload: bytes, cut: int) -> None:
    one, other = _pair(number)
    datagram = one.seal(0, payload)
    assert other.open(datagram[: -(cut % len(datagram) or 1)]) is None
    assert other.open(datagram) == (0, payload)


@given(
    st.integers(0, 31).map(lambda number: number * 2),
    st.integers(0, 255),
    st.binary(max_size=40),
    st.integers(0, 63),
    st.integers(0, 3),
)
def test_requests_and_responses(netfn: int, cmd: int, data: bytes, rq_seq: int, lun: int) -> None:
    request = ipmb.parse_request(ipmb.build_request(netfn, cmd, data, rq_seq, lun))
    assert request is not None
    assert (request.netfn, request.cmd, request.data, request.rq_seq, request.rs_lun) == (netfn, cmd, data, rq_seq, lun)
    response = ipmb.parse_response(ipmb.build_response(request, 0xC1, data))
    assert response == (netfn | 1, cmd, rq_seq, 0xC1, data)

# SPDX-License-Identifier: Apache-2.0
"""IPMI 1.5 packets: bytes and codes of other programs, the legacy pad, lengths that go around, sequence numbers."""
from __future__ import annotations

import hashlib

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol import packet15
from pyghmi.ipmi.protocol.ipmb import build_request, checksum
from pyghmi.ipmi.protocol.packet15 import Drop15, Session15

NONE, MD2, MD5, PASSWORD, OEM = 0, 1, 2, 4, 5
ID = 0x82
KEY = b"test"

# Two datagrams of a login with MD5 between two programs: Activate Session and its answer.
ACTIVATE = bytes.fromhex("2018c8810c3a02040906eb4a9d98bc4620106a6638ddcf8b096fbd45cf")
ACTIVATED = bytes.fromhex("811c63200c3a0002820000003032372104" + "58")
ACTIVATED_CODE = bytes.fromhex("01a1b987b913410f82b81d2db2c4b7bd")
SEQUENCE = int.from_bytes(bytes.fromhex("096fbd45"), "little")


def md5(message: bytes, sequence: int, session_id: int = ID, password: bytes = KEY) -> bytes:
    """Return the code as IPMI 2.0 §22.17.1 has it: password, session id, message, sequence number, password."""
    key = password.ljust(16, b"\0")
    return hashlib.md5(
        key + session_id.to_bytes(4, "little") + message + sequence.to_bytes(4, "little") + key
    ).digest()


def by_hand(
    message: bytes, sequence: int, kind: int = MD5, session_id: int = ID, code: bytes | None = None
) -> bytes:
    """Return a packet.  IPMI 2.0 table 13-8, IPMI 1.5 part."""
    if code is None:
        code = {NONE: b"", MD5: md5(message, sequence, session_id), PASSWORD: KEY.ljust(16, b"\0")}[kind]
    head = bytes((6, 0, 0xFF, 7, kind)) + sequence.to_bytes(4, "little") + session_id.to_bytes(4, "little")
    return head + code + bytes((len(message) & 0xFF,)) + message


def session(kind: int = MD5, **options: int | None) -> Session15:
    return Session15(KEY, session_id=ID, send_type=kind, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "session_id", "message", "sequence", "expected"),
    [
        (MD5, 5, ACTIVATE, 0, "6ab6255f81efcfab3f49d90c79108d64"),
        (MD2, 5, ACTIVATE, 0, "a1c09efadbac6529a08d9fd46d563d96"),
        (PASSWORD, 5, ACTIVATE, 0, "74657374000000000000000000000000"),
        (NONE, 5, ACTIVATE, 0, ""),
    ],
)
def test_codes_of_other_programs(kind: int, session_id: int, message: bytes, sequence: int, expected: str) -> None:
    assert packet15.auth_code(kind, KEY, session_id, message, sequence).hex() == expected


def test_the_code_of_an_answer() -> None:
    assert packet15.auth_code(MD5, KEY, 5, ACTIVATED, SEQUENCE) == md5(ACTIVATED, SEQUENCE, 5)
    assert ACTIVATED_CODE in {md5(ACTIVATED, SEQUENCE, each) for each in (5, ID)}


@pytest.mark.parametrize("kind", [3, OEM, 6, 15])
def test_types_that_nobody_can_compute(kind: int) -> None:
    with pytest.raises(InvalidParameterValue, match=f"type {kind}"):
        packet15.auth_code(kind, KEY, 5, b"", 0)


def test_a_password_has_16_bytes() -> None:
    assert packet15.auth_code(PASSWORD, b"0123456789abcdefXYZ", 0, b"", 0) == b"0123456789abcdef"


def test_a_session_less_message() -> None:
    """Get Channel Authentication Capabilities, as ipmitool sends it."""
    message = bytes.fromhex("2018c88100388e04b5")
    assert packet15.wrap_plain(message).hex() == "0600ff07000000000000000000092018c88100388e04b5"
    assert packet15.parse(packet15.wrap_plain(message)) == (NONE, 0, 0, b"", message)


@pytest.mark.parametrize("size", range(14, 200))
def test_the_legacy_pad(size: int) -> None:
    """Datagrams of 56, 84, 112, 128 and 156 bytes get one zero byte behind the message.  IPMI 2.0 table 13-8."""
    message = bytes(size - 14)
    datagram = packet15.wrap_plain(message)
    assert len(datagram) == size + (size in (56, 84, 112, 128, 156))
    assert datagram[13] == len(message)
    assert datagram[14:] in (message, message + b"\0")
    found = packet15.parse(datagram)
    assert found is not None
    assert found.message == message


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes.fromhex("0600ff07000000000000000000"),  # ends before the length
        bytes.fromhex("0600ff07000000000000000000092018c88100388e04"),  # one byte short
        bytes.fromhex("0600ff0702000000000000000000"),  # a type with a code, and none there
        bytes.fromhex("0600ff0702") + bytes(24),  # the code is there, the length is not
        bytes.fromhex("0700ff07000000000000000000092018c88100388e04b5"),
        bytes.fromhex("0600ff06000000000000000000092018c88100388e04b5"),
        bytes.fromhex("0600ff07061000000000000000002000c2040000847129b1000000080300000001000008040000000200000801000000"),
    ],
)
def test_what_is_no_packet(datagram: bytes) -> None:
    assert packet15.parse(datagram) is None
    own = session()
    assert own.open(datagram) is None
    assert own.dropped == {Drop15.NOT_OURS: 1}


@pytest.mark.parametrize("size", [249, 256, 300, 520, 700])
def test_messages_longer_than_the_length_byte_can_say(size: int) -> None:
    """What is behind the counted bytes belongs to the message where its sums say so, and only there."""
    message = build_request(0x0A, 0x12, bytes(range(256)) * 3, 1)[: size - 1]
    message += bytes((checksum(message[3:]),))
    datagram = by_hand(message, 9)
    assert len(message) == size
    found = packet15.parse(datagram)
    assert found is not None
    assert found.message == message
    assert session(receive_from=9).open(datagram) == message
    broken = packet15.parse(datagram[:-1] + bytes((datagram[-1] ^ 1,)))
    assert broken is not None
    assert len(broken.message) == size % 256 or size < 256


def test_bytes_behind_the_message_are_ignored() -> None:
    message = build_request(6, 1, b"", 1)
    assert session().open(by_hand(message, 1) + b"junk") == message
    assert session().open(by_hand(message, 1) + bytes(600)) == message


@pytest.mark.parametrize("kind", [NONE, MD2, MD5, PASSWORD])
def test_sealed_packets_count_and_carry_their_code(kind: int) -> None:
    own = session(kind, send_from=0xFFFFFFFF)
    message = build_request(6, 1, b"", 1)
    for sequence in (0xFFFFFFFF, 1, 2):
        datagram = own.seal(message)
        code = packet15.auth_code(kind, KEY, ID, message, sequence)
        assert datagram == by_hand(message, sequence, kind, code=code)


def test_the_first_number_0_stands_for_1() -> None:
    assert session(send_from=0).seal(b"")[5:9] == b"\1\0\0\0"


def test_one_packet_may_be_authenticated_otherwise() -> None:
    own = session(NONE)
    message = build_request(6, 1, b"", 1)
    assert own.seal(message, MD5) == by_hand(message, 1, MD5)
    assert own.seal(message) == by_hand(message, 2, NONE)


MESSAGE = build_request(6, 1, b"", 1)


@pytest.mark.parametrize("kind", [NONE, MD5, PASSWORD])
def test_each_packet_once(kind: int) -> None:
    own = session(kind, receive_from=100)
    assert own.open(by_hand(MESSAGE, 100, kind)) == MESSAGE
    assert own.open(by_hand(MESSAGE, 100, kind)) is None
    assert own.open(by_hand(MESSAGE, 108, kind)) == MESSAGE
    assert own.open(by_hand(MESSAGE, 101, kind)) == MESSAGE, "up to eight below may still come"
    assert own.open(by_hand(MESSAGE, 99, kind)) is None
    assert own.open(by_hand(MESSAGE, 117, kind)) is None, "up to eight above"
    assert own.dropped == {Drop15.REPLAY: 3}
    assert own.proves_bytes is (kind == MD5), "a password proves who, not what"


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (by_hand(MESSAGE, 1, session_id=ID + 1), Drop15.NOT_OURS),
        (by_hand(MESSAGE, 1, NONE), Drop15.PROTECTION),
        (by_hand(MESSAGE, 1, PASSWORD), Drop15.PROTECTION),
        (by_hand(MESSAGE, 1, OEM, code=bytes(16)), Drop15.PROTECTION),
        (by_hand(MESSAGE, 1, code=bytes(16)), Drop15.INTEGRITY),
        (by_hand(MESSAGE, 1, code=md5(MESSAGE, 1, password=b"other")), Drop15.INTEGRITY),
        (by_hand(MESSAGE, 1, code=md5(MESSAGE, 2)), Drop15.INTEGRITY),
        (by_hand(MESSAGE, 1, code=md5(MESSAGE[:-1], 1)), Drop15.INTEGRITY),
        (by_hand(MESSAGE, 1, session_id=0, code=md5(MESSAGE, 1, 7)), Drop15.INTEGRITY),
        (by_hand(MESSAGE, 0), Drop15.REPLAY),
    ],
)
def test_why_packets_are_dropped(datagram: bytes, reason: Drop15) -> None:
    own = session()
    assert own.open(datagram) is None
    assert own.dropped == {reason: 1}
    assert own.open(by_hand(MESSAGE, 1)) == MESSAGE, "what was dropped changed nothing"


def test_an_oem_type_is_dropped_even_where_it_was_agreed() -> None:
    own = session(OEM)
    assert own.open(by_hand(MESSAGE, 1, OEM, code=bytes(16))) is None
    assert own.dropped == {Drop15.PROTECTION: 1}


def test_session_id_0_is_taken_where_the_code_is_right() -> None:
    """Some BMCs put 0 there, and hash either."""
    assert session().open(by_hand(MESSAGE, 1, session_id=0)) == MESSAGE
    assert session().open(by_hand(MESSAGE, 1, session_id=0, code=md5(MESSAGE, 1, ID))) == MESSAGE
    assert session(NONE).open(by_hand(MESSAGE, 1, NONE, session_id=0)) == MESSAGE


def test_plain_packets_where_they_were_agreed() -> None:
    """Per-message authentication off: packets without codes; some BMCs do not count them."""
    own = Session15(KEY, session_id=ID, send_type=MD5, accept_plain=True)
    assert own.open(by_hand(MESSAGE, 0, NONE)) == MESSAGE
    assert own.open(by_hand(MESSAGE, 0, NONE)) == MESSAGE
    assert own.open(by_hand(MESSAGE, 0, MD5)) is None
    assert own.open(by_hand(MESSAGE, 1, MD5)) == MESSAGE


def test_the_type_of_activation_stays_good() -> None:
    own = Session15(KEY, session_id=ID, send_type=NONE, activation_type=MD5)
    assert own.open(by_hand(MESSAGE, 1, MD5)) == MESSAGE
    assert own.open(by_hand(MESSAGE, 2, MD5, code=bytes(16))) is None, "a code is verified, also where none was due"
    assert own.open(by_hand(MESSAGE, 2, NONE)) == MESSAGE


def test_the_answer_to_activate_session() -> None:
    """Whatever its number: readings differ; its code must be right all the same."""
    own = session()
    assert own.open_first(by_hand(MESSAGE, 0)) == MESSAGE
    assert own.open_first(by_hand(MESSAGE, 77)) == MESSAGE
    assert own.open_first(by_hand(MESSAGE, 77, code=bytes(16))) is None
    assert own.open_first(b"") is None
    assert own.open(by_hand(MESSAGE, 1)) == MESSAGE, "nothing was remembered"


def swap(number: int) -> int:
    return int.from_bytes(number.to_bytes(4, "big"), "little")


@pytest.mark.parametrize("first_in_order", [True, False])
def test_a_bmc_that_counts_in_the_wrong_byte_order(first_in_order: bool) -> None:
    """Its numbers go up by one when their bytes are turned around; from then on ours do so too."""
    start = 0x11223344
    own = session(send_from=0x01000000, receive_from=start)
    numbers = [start] if first_in_order else []
    numbers += [swap(swap(start) + step) for step in (1, 2, 3)]
    assert own.swapped is False
    assert [own.open(by_hand(MESSAGE, number)) for number in numbers] == [MESSAGE] * len(numbers)
    assert own.swapped is True
    assert own.open(by_hand(MESSAGE, numbers[-1])) is None, "each once, in that order too"
    sent = [own.seal(MESSAGE) for _ in range(2)]
    numbers = [int.from_bytes(datagram[5:9], "big") for datagram in sent]
    assert numbers[1] == numbers[0] + 1
    assert sent[0] == by_hand(MESSAGE, int.from_bytes(sent[0][5:9], "little"))


def test_numbers_that_make_no_sense_in_either_order() -> None:
    own = session(receive_from=0x11223344)
    assert own.open(by_hand(MESSAGE, 0x55667788)) is None
    assert own.swapped is False
    own = session(receive_from=None)
    assert own.open(by_hand(MESSAGE, 0x55667788)) == MESSAGE, "without a start the first number is right"


def test_the_order_shows_at_the_begin_or_never() -> None:
    start = 0x11223344
    own = session(receive_from=start)
    assert own.open(by_hand(MESSAGE, start)) == own.open(by_hand(MESSAGE, start + 1)) == MESSAGE
    assert own.open(by_hand(MESSAGE, swap(swap(start + 1) + 1))) is None
    assert own.dropped == {Drop15.REPLAY: 1}


def test_nothing_secret_is_shown() -> None:
    own = session()
    own.open(b"")
    assert repr(own) == "<Session15, authentication 2, 1 packets dropped>"


@pytest.mark.parametrize("kind", [MD5, PASSWORD, NONE])
def test_two_sessions_understand_each_other(kind: int) -> None:
    one, other = session(kind, send_from=7), session(kind, receive_from=7)
    for size in range(0, 600, 23):
        message = build_request(6, 1, bytes(size), 1)
        assert other.open(one.seal(message)) == message

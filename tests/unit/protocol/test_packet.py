# SPDX-License-Identifier: Apache-2.0
"""RMCP+ packets: their bytes by the tables of the specification, and why each bad one is dropped.

Packets are laid out here with `hmac` and AES in blocks of one; the code under test only sees the result.
"""
from __future__ import annotations

import hashlib
import hmac
from typing import Callable

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pyghmi.ipmi.protocol import packet
from pyghmi.ipmi.protocol.keying import IntegrityKey, KeyVariant, PadRule, key_variants
from pyghmi.ipmi.protocol.packet import Drop, SessionCipher
from pyghmi.ipmi.protocol.rakp import SessionKeys
from pyghmi.ipmi.protocol.suites import STANDARD, SUPPORTED, Authentication, Confidentiality, Integrity
from pyghmi.ipmi.protocol.window import AnyOrder

CONSOLE_ID, BMC_ID = 0xA0A2A3A4, 0x00000002
SIK = bytes.fromhex("0852aab4218c01bd4bf400cda3de699f378b47e1")
K1 = bytes.fromhex("0e48b254885a960227274e6fdc632c9b85e270f0")
K2 = bytes.fromhex("2c6869e2bc275ca1273ce465e52cf9c957eab5de")
PASSWORD = b"test"
MESSAGE = bytes.fromhex("2018c881043b043c")  # Set Session Privilege Level, rqSeq 1
ANSWER = bytes.fromhex("811c6320043b00049d")
AUTHENTICATED = [number for number in SUPPORTED if STANDARD[number].integrity]
ENCRYPTED = [number for number in SUPPORTED if STANDARD[number].confidentiality]
HASHES = {Authentication.HMAC_SHA1: "sha1", Authentication.HMAC_MD5: "md5", Authentication.HMAC_SHA256: "sha256"}


def keys_of(number: int) -> SessionKeys:
    return SessionKeys(STANDARD[number].authentication, SIK if number else b"", PASSWORD)


def console(number: int, random: Callable[[int], bytes] = bytes) -> SessionCipher:
    return SessionCipher(STANDARD[number], keys_of(number), local_id=CONSOLE_ID, remote_id=BMC_ID, random=random)


def constant_key(number: int, which: int, count: int = 20) -> bytes:
    """Return K1 or K2.  IPMI 2.0 §13.32."""
    return hmac.digest(SIK, bytes((which,)) * count, HASHES[STANDARD[number].authentication])


def code(number: int, covered: bytes, key: bytes | None = None) -> bytes:
    """Return the authentication code of a packet.  IPMI 2.0 §13.28.4."""
    integrity = STANDARD[number].integrity
    if integrity is Integrity.MD5_128:
        key = PASSWORD.ljust(20, b"\0") if key is None else key
        return hashlib.md5(key + covered + key).digest()
    key = constant_key(number, 1) if key is None else key
    if integrity is Integrity.HMAC_SHA1_96:
        return hmac.digest(key, covered, "sha1")[:12]
    return hmac.digest(key, covered, "md5" if integrity is Integrity.HMAC_MD5_128 else "sha256")[:16]


def encrypted(number: int, plain: bytes, pad: bytes | None = None, key: bytes | None = None) -> bytes:
    """Return vector, ciphertext.  IPMI 2.0 §13.29.  `pad`: with its length byte."""
    if pad is None:
        length = -(len(plain) + 1) % 16
        pad = bytes(range(1, length + 1)) + bytes((length,))
    vector = b"0123456789abcdef"
    key = constant_key(number, 2)[:16] if key is None else key
    return vector + Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor().update(plain + pad)


def by_hand(
    number: int,
    payload: bytes,
    *,
    kind: int | None = None,
    session_id: int = CONSOLE_ID,
    sequence: int = 1,
    trailer: bytes | None = None,
    key: bytes | None = None,
    body: bytes | None = None,
) -> bytes:
    """Return a packet.  IPMI 2.0 table 13-8.  `body`: what stands for the payload when it is encrypted otherwise."""
    suite = STANDARD[number]
    if kind is None:
        kind = (0x40 if suite.integrity else 0) | (0x80 if suite.confidentiality else 0)
    if body is None:
        body = encrypted(number, payload) if kind & 0x80 else payload
    head = bytes((6, kind)) + session_id.to_bytes(4, "little") + sequence.to_bytes(4, "little")
    covered = head + len(body).to_bytes(2, "little") + body
    if not kind & 0x40:
        return b"\6\0\xff\7" + covered
    if trailer is None:
        pad = -(len(covered) + 2) % 4
        trailer = b"\xff" * pad + bytes((pad, 7))
    return b"\6\0\xff\7" + covered + trailer + code(number, covered + trailer, key)


def test_a_packet_of_another_program() -> None:
    """Sequence 3 of a suite 3 session between two programs, with its vector; ours must be the same to the byte."""
    vector = bytes.fromhex("e4ea7449c5c4ed64670d467a105003db")
    last = b""

    def random(count: int) -> bytes:
        """Choose the block that the running cipher turns into that vector."""
        if not last:
            return bytes(count)
        block = Cipher(algorithms.AES(K2[:16]), modes.ECB()).decryptor().update(vector)
        return bytes(one ^ other for one, other in zip(block, last))

    cipher = console(3, random)
    cipher.seal(0, MESSAGE)
    last = cipher.seal(0, MESSAGE)[32:48]
    assert cipher.seal(0, MESSAGE).hex() == (
        "0600ff0706c002000000030000002000"
        "e4ea7449c5c4ed64670d467a105003dbd3d264b3a3241cc071dc6c34259f0c9b"
        "ffff0207b9c3040c26b01c084d2b2503"
    )


@pytest.mark.parametrize("number", SUPPORTED)
@pytest.mark.parametrize("length", [0, 1, 2, 3, 14, 15, 16, 100])
def test_sealed_packets_have_the_layout_of_the_table(number: int, length: int) -> None:
    suite = STANDARD[number]
    plain = bytes(range(length))
    datagram = console(number).seal(1, plain)
    assert datagram[:5] == b"\6\0\xff\7\6"
    assert datagram[5] == 1 | (0x40 if suite.integrity else 0) | (0x80 if suite.confidentiality else 0)
    assert datagram[6:10] == BMC_ID.to_bytes(4, "little")
    assert datagram[10:14] == b"\1\0\0\0"
    size = int.from_bytes(datagram[14:16], "little")
    body, rest = datagram[16 : 16 + size], datagram[16 + size :]
    if suite.confidentiality:
        text = Cipher(algorithms.AES(constant_key(number, 2)[:16]), modes.CBC(body[:16])).decryptor().update(body[16:])
        pad = text[-1]
        assert pad < 16
        assert text == plain + bytes(range(1, pad + 1)) + bytes((pad,))
    else:
        assert body == plain
    if suite.integrity:
        trailer = rest[: -(12 if suite.integrity is Integrity.HMAC_SHA1_96 else 16)]
        assert trailer == b"\xff" * (len(trailer) - 2) + bytes((len(trailer) - 2, 7))
        assert (12 + size + len(trailer)) % 4 == 0, "IPMI 2.0 table 13-8: a multiple of four"
        assert len(trailer) < 6
        assert rest == trailer + code(number, datagram[4 : 16 + size] + trailer)
    else:
        assert rest == b""


@pytest.mark.parametrize("number", SUPPORTED)
@pytest.mark.parametrize("length", [0, 1, 2, 3, 14, 15, 16, 100])
def test_packets_laid_out_by_hand_are_opened(number: int, length: int) -> None:
    plain = bytes(range(length))
    cipher = console(number)
    assert cipher.open(by_hand(number, plain)) == (0, plain)
    assert not cipher.dropped
    assert cipher.odd_padding == 0


def test_the_rmcp_sequence_number_is_of_no_interest() -> None:
    datagram = by_hand(3, ANSWER)
    assert console(3).open(b"\6\x55\0\7" + datagram[4:]) == (0, ANSWER)


@pytest.mark.parametrize(
    "change",
    [
        lambda datagram: b"",
        lambda datagram: datagram[:15],
        lambda datagram: b"\7" + datagram[1:],
        lambda datagram: datagram[:3] + b"\6" + datagram[4:],
        lambda datagram: datagram[:4] + b"\0" + datagram[5:],
        lambda datagram: datagram[:6] + b"\1" + datagram[7:],
        lambda datagram: datagram[:6] + bytes(4) + datagram[10:],
    ],
)
def test_not_ours(change: Callable[[bytes], bytes]) -> None:
    cipher = console(3)
    assert cipher.open(change(by_hand(3, ANSWER))) is None
    assert cipher.dropped == {Drop.NOT_OURS: 1}


@pytest.mark.parametrize(
    ("number", "kind"), [(3, 0), (3, 0x40), (3, 0x80), (2, 0), (17, 0x40), (17, 0), (1, 0x80), (0, 0x40)]
)
def test_flags_other_than_agreed(number: int, kind: int) -> None:
    """A packet that says it is not encrypted, or not authenticated, is no way around the keys."""
    cipher = console(number)
    datagram = by_hand(number or 3, ANSWER, kind=kind)
    assert cipher.open(datagram) is None
    assert cipher.dropped == {Drop.PROTECTION: 1}


@pytest.mark.parametrize("number", AUTHENTICATED)
def test_a_wrong_code(number: int) -> None:
    datagram = by_hand(number, ANSWER)
    cipher = console(number)
    assert cipher.open(datagram[:-1] + bytes((datagram[-1] ^ 1,))) is None
    assert cipher.open(datagram[:-1]) is None, "a prefix of the code"
    assert cipher.open(datagram[:20]) is None, "less than the length says"
    assert cipher.open(by_hand(number, ANSWER, key=bytes(20))) is None
    assert cipher.dropped == {Drop.INTEGRITY: 4}
    assert cipher.open(datagram) == (0, ANSWER), "what was dropped used no sequence number up"


@pytest.mark.parametrize("number", [number for number in SUPPORTED if number not in AUTHENTICATED])
def test_shorter_than_its_length(number: int) -> None:
    cipher = console(number)
    assert cipher.open(by_hand(number, ANSWER)[:-1]) is None
    assert cipher.dropped == {Drop.LENGTH: 1}


@pytest.mark.parametrize("number", SUPPORTED)
def test_bytes_behind_the_packet_are_ignored(number: int) -> None:
    assert console(number).open(by_hand(number, ANSWER) + b"junk") == (0, ANSWER)


@pytest.mark.parametrize("number", SUPPORTED)
def test_replays(number: int) -> None:
    cipher = console(number)
    packets = {sequence: by_hand(number, bytes((sequence,)), sequence=sequence) for sequence in range(1, 60)}
    for sequence in (1, 5, 3, 40):
        assert cipher.open(packets[sequence]) == (0, bytes((sequence,)))
    for sequence in (1, 5, 3, 40):
        assert cipher.open(packets[sequence]) is None
    assert cipher.open(packets[2]) is None, "too old to tell"
    assert cipher.open(packets[39]) == (0, b"\x27")
    assert cipher.open(by_hand(number, ANSWER, sequence=0)) is None, "0 is for packets outside of sessions"
    assert cipher.dropped == {Drop.REPLAY: 6}


@pytest.mark.parametrize("number", SUPPORTED)
def test_a_damaged_number_does_not_carry_the_window_off(number: int) -> None:
    """Where a code covers the number, one from far ahead is genuine: many packets were lost."""
    integral = STANDARD[number].integrity is not Integrity.NONE
    cipher = console(number)
    assert cipher.open(by_hand(number, ANSWER, sequence=1)) == (0, ANSWER)
    assert (cipher.open(by_hand(number, ANSWER, sequence=0x4000_0001)) is not None) is integral
    assert (cipher.open(by_hand(number, ANSWER, sequence=1000)) is None) is integral


@pytest.mark.parametrize("number", ENCRYPTED)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(16),  # a vector and nothing
        bytes(31),
        bytes(33),
        None,  # a pad that reaches into the vector
    ],
)
def test_what_does_not_decrypt(number: int, body: bytes | None) -> None:
    cipher = console(number)
    if body is None:
        body = encrypted(number, bytes(15), b"\x10")
    assert cipher.open(by_hand(number, b"", body=body)) is None
    assert cipher.dropped == {Drop.PADDING: 1}


def test_a_pad_longer_than_a_block_is_none() -> None:
    cipher = console(3)
    assert cipher.open(by_hand(3, b"", body=encrypted(3, bytes(31), b"\x11"))) is None
    assert cipher.dropped == {Drop.PADDING: 1}


def test_a_pad_of_a_whole_block_is_taken() -> None:
    """Some BMCs add a block where the payload and its length byte already fill one."""
    cipher = console(3)
    assert cipher.open(by_hand(3, b"", body=encrypted(3, bytes(15), bytes(range(1, 17)) + b"\x10"))) == (0, bytes(15))
    assert cipher.odd_padding == 0


def test_pad_bytes_that_do_not_count_up_are_taken_and_counted() -> None:
    cipher = console(3)
    assert cipher.open(by_hand(3, b"", body=encrypted(3, ANSWER, bytes(6) + b"\x06"))) == (0, ANSWER)
    assert cipher.odd_padding == 1


@pytest.mark.parametrize("number", AUTHENTICATED)
@pytest.mark.parametrize("pad", [0, 1, 2, 3, 4, 7, 15])
def test_integrity_pads_of_any_length(number: int, pad: int) -> None:
    """The code covers what is there; how long the pad should have been is the sender's business."""
    cipher = console(number)
    assert cipher.open(by_hand(number, ANSWER, trailer=b"\xff" * pad + bytes((pad, 7)))) == (0, ANSWER)


@pytest.mark.parametrize("trailer", [b"\x00\x08", b"\xff\xff\x01\x07", b"\xff" * 16 + b"\x10\x07", b""])
def test_trailers_that_are_none(trailer: bytes) -> None:
    cipher = console(16)
    assert cipher.open(by_hand(16, ANSWER, trailer=trailer)) is None
    assert cipher.dropped == {Drop.INTEGRITY: 1}


@pytest.mark.parametrize("number", SUPPORTED)
def test_sequence_numbers_never_become_0(number: int) -> None:
    cipher = console(number)
    cipher._sequence = 0xFFFFFFFE
    assert [cipher.seal(0, b"")[10:14].hex() for _ in range(3)] == ["feffffff", "ffffffff", "01000000"]


def test_less_protection_for_one_payload_type() -> None:
    """SOL without encryption: IPMI stays encrypted, both count together.  IPMI 2.0 §24.1."""
    cipher = console(3)
    cipher.protect_less(1, encrypted=False, authenticated=True)
    plain = cipher.seal(1, b"text")
    assert plain == by_hand(3, b"text", kind=0x41, session_id=BMC_ID)
    assert cipher.seal(0, MESSAGE)[5] == 0xC0
    assert cipher.seal(1, b"text")[10:14] == b"\3\0\0\0", "one row of numbers for all authenticated packets"
    assert cipher.open(by_hand(3, b"text", kind=0x41)) == (1, b"text")
    assert cipher.open(by_hand(3, b"text", kind=0x41)) is None
    assert cipher.open(by_hand(3, b"more", kind=0xC1, sequence=2)) == (1, b"more"), "in full is fine too"
    assert cipher.open(by_hand(3, b"bare", kind=0x01, sequence=3)) is None, "but not with less than agreed"
    assert cipher.open(by_hand(3, MESSAGE, kind=0x40, sequence=4)) is None, "nor another type"
    assert cipher.dropped == {Drop.REPLAY: 1, Drop.PROTECTION: 2}


def test_unauthenticated_packets_count_by_themselves() -> None:
    """IPMI 2.0 §6.12.13: two rows of numbers."""
    cipher = console(2)
    cipher.protect_less(1, encrypted=False, authenticated=False)
    assert cipher.seal(0, b"")[10:14] == b"\1\0\0\0"
    assert cipher.seal(1, b"text") == by_hand(2, b"text", kind=0x01, session_id=BMC_ID, sequence=1)
    assert cipher.seal(1, b"text")[10:14] == b"\2\0\0\0"
    assert cipher.seal(0, b"")[10:14] == b"\2\0\0\0"
    assert cipher.open(by_hand(2, ANSWER, sequence=9)) == (0, ANSWER)
    assert cipher.open(by_hand(2, b"text", kind=0x01, sequence=9)) == (1, b"text")
    assert cipher.open(by_hand(2, b"text", kind=0x01, sequence=9)) is None


def test_full_protection_again() -> None:
    cipher = console(3)
    cipher.protect_less(1, encrypted=False, authenticated=True)
    cipher.protect_less(1, encrypted=True, authenticated=True)
    assert cipher.seal(1, b"text")[5] == 0xC1
    assert cipher.open(by_hand(3, b"text", kind=0x41)) is None


def test_no_more_protection_than_the_session_has() -> None:
    cipher = console(1)
    cipher.protect_less(1, encrypted=True, authenticated=True)
    assert cipher.seal(1, b"text")[5] == 0x01
    cipher = console(2)
    cipher.protect_less(1, encrypted=True, authenticated=False)
    assert cipher.seal(1, b"text")[5] == 0x01


@pytest.mark.parametrize("number", [0, 3])
def test_an_unprotected_answer_can_be_looked_at(number: int) -> None:
    """Nothing is proven, nothing is remembered: it may come as often as it likes."""
    cipher = console(number)
    plain = by_hand(0, ANSWER)
    assert cipher.open_plain(plain) == cipher.open_plain(plain) == (0, ANSWER)
    assert cipher.open_plain(by_hand(0, ANSWER, session_id=7)) is None
    assert cipher.open_plain(by_hand(3, ANSWER)) is None
    assert cipher.open_plain(plain[:-1]) is None
    assert not cipher.dropped


def key_for(number: int, variant: KeyVariant) -> bytes:
    """Return the integrity key of a reading, made by hand."""
    return {
        IntegrityKey.K1: constant_key(number, 1, variant.constant_bytes),
        IntegrityKey.SIK: SIK,
        IntegrityKey.PASSWORD: PASSWORD.ljust(20, b"\0"),
        IntegrityKey.PASSWORD_16: PASSWORD.ljust(16, b"\0"),
    }[variant.integrity_key]


@pytest.mark.parametrize(
    ("number", "variant"), [(number, variant) for number in AUTHENTICATED for variant in key_variants(STANDARD[number])]
)
def test_other_readings_are_found_and_used(number: int, variant: KeyVariant) -> None:
    suite = STANDARD[number]
    body = ANSWER
    if suite.confidentiality is Confidentiality.AES_CBC_128:
        body = encrypted(number, ANSWER, key=constant_key(number, 2, variant.constant_bytes)[:16])
    pad = -len(body) % 4 if variant.pad_rule is PadRule.PAD_ONLY else -(len(body) + 2) % 4
    datagram = by_hand(
        number, b"", body=body, trailer=b"\xff" * pad + bytes((pad, 7)), key=key_for(number, variant)
    )
    cipher = console(number)
    found = cipher.detect(datagram)
    assert found is not None
    assert not cipher.dropped, "looking changes nothing"
    cipher.use(found)
    assert cipher.open(datagram) == (0, ANSWER)
    if variant.pad_rule is PadRule.WHOLE_TRAILER:
        assert found.integrity_key is variant.integrity_key or key_for(number, found) == key_for(number, variant)
    twin = SessionCipher(suite, keys_of(number), local_id=BMC_ID, remote_id=CONSOLE_ID, random=bytes, variant=found)
    assert twin.open(cipher.seal(0, MESSAGE)) == (0, MESSAGE)


def test_pads_of_the_other_rule_are_sent_once_it_is_used() -> None:
    """The pad alone fills up to four: two bytes of payload get two, where the specification gives none."""
    cipher = console(16)
    assert cipher.seal(0, b"ab")[18:20] == b"\0\7"
    cipher.use(KeyVariant(pad_rule=PadRule.PAD_ONLY))
    assert cipher.seal(0, b"ab")[18:22] == b"\xff\xff\2\7"
    assert cipher.seal(0, b"abcd")[20:22] == b"\0\7"


def test_no_reading_of_a_packet_with_other_keys() -> None:
    assert console(3).detect(by_hand(3, ANSWER, key=b"other keys, 20 bytes")) is None
    assert console(3).detect(b"") is None


def test_a_reading_must_give_a_message_with_right_checksums() -> None:
    """Where no code is, a wrong key gives a good pad once in 256 packets: the sums inside decide."""
    assert console(1).detect(by_hand(1, ANSWER)) == KeyVariant()
    assert console(1).detect(by_hand(1, ANSWER[:-1] + b"\0")) is None
    assert console(1).detect(by_hand(1, b"any", kind=0x01)) == KeyVariant(), "only IPMI messages have sums"
    odd = by_hand(3, b"", body=encrypted(3, ANSWER, bytes(6) + b"\x06"))
    assert console(3).detect(odd) is None, "an odd pad is no proof"


def test_a_recording_may_show_a_packet_twice() -> None:
    cipher = SessionCipher(
        STANDARD[3], keys_of(3), local_id=CONSOLE_ID, remote_id=0, random=bytes, window=AnyOrder()
    )
    assert cipher.open(by_hand(3, ANSWER)) == cipher.open(by_hand(3, ANSWER)) == (0, ANSWER)


def test_what_proves_the_bytes() -> None:
    assert [number for number in SUPPORTED if console(number).proves_bytes] == AUTHENTICATED


def test_algorithms_that_were_not_agreed_on_are_never_called() -> None:
    cipher = console(0)
    with pytest.raises(AssertionError):
        cipher._mac(b"")
    plain = cipher.seal(0, b"text")
    assert plain.endswith(b"text")
    assert cipher._encrypt is None


def test_nothing_secret_is_shown() -> None:
    cipher = console(3)
    cipher.open(b"")
    assert repr(cipher) == (
        "<SessionCipher of cipher suite 3 (RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128), 1 packets dropped>"
    )
    assert constant_key(3, 1) == K1, "the keys by hand are those of the reference"
    assert constant_key(3, 2) == K2


def test_messages_that_set_a_session_up() -> None:
    payload = bytes.fromhex("00000000a4a3a2a0000000080100000001000008010000000200000801000000")
    datagram = packet.wrap_setup(0x10, payload)
    assert datagram.hex() == "0600ff07061000000000000000002000" + payload.hex()
    assert packet.unwrap_setup(datagram) == (0x10, payload)
    assert packet.unwrap_setup(datagram + b"\xff\xff\x02\x07") == (0x10, payload), "some BMCs add a pad"
    assert packet.unwrap_setup(datagram[:-1]) is None


@pytest.mark.parametrize("kind", [0x00, 0x01, 0x0F, 0x16, 0x50, 0x90])
def test_what_sets_no_session_up(kind: int) -> None:
    assert packet.unwrap_setup(packet.wrap_setup(kind, b"")) is None


def test_fields_of_a_packet_nothing_verified() -> None:
    datagram = by_hand(2, ANSWER, sequence=0x01020304)
    assert packet.unwrap(datagram) == (0x40, CONSOLE_ID, 0x01020304, ANSWER)
    for wrong in (b"", datagram[:15], datagram[:20], b"\7" + datagram[1:], datagram[:4] + b"\0" + datagram[5:]):
        assert packet.unwrap(wrong) is None

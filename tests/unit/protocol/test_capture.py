# SPDX-License-Identifier: Apache-2.0
"""Decoding recordings: what each datagram is, whether its code is right, and what is said when nothing explains it.

The login is that of the reference values: user "ipmiusr", password "test", suite 3, between two other programs.
"""
from __future__ import annotations

from typing import NamedTuple

import pytest

from pyghmi.ipmi.protocol import rakp, rmcp
from pyghmi.ipmi.protocol.capture import CaptureDecoder, Decoded, Verdict
from pyghmi.ipmi.protocol.keying import IntegrityKey, KeyVariant
from pyghmi.ipmi.protocol.packet import SessionCipher, wrap_setup
from pyghmi.ipmi.protocol.packet15 import build
from pyghmi.ipmi.protocol.suites import STANDARD

CONSOLE_ID, BMC_ID = bytes.fromhex("a4a3a2a0"), bytes.fromhex("02000000")
RM = bytes.fromhex("9be3bca5bdc03fdbdef9a00b9f4aebdf")
RC = bytes.fromhex("185a70cee2cad09c6a06677e8d2d692d")
GUID = bytes.fromhex("a123456789abcdefa123456789abcdef")
RAKP2_CODE = "7011073d79a049518bdcd384c9d0e22c6bcfcdc2"
RAKP3_CODE = "1acf6215b80de7bb7b347e4ec657266dce514b00"
RAKP4_CODE = "ae5ef6c67bafd1fb0e0ec652"
SIK = "0852aab4218c01bd4bf400cda3de699f378b47e1"
SEALED = bytes.fromhex(  # Set Session Privilege Level, sequence 3
    "0600ff0706c002000000030000002000e4ea7449c5c4ed64670d467a105003dbd3d264b3a3241cc071dc6c34259f0c9b"
    "ffff0207b9c3040c26b01c084d2b2503"
)
MESSAGE = bytes.fromhex("2018c881043b043c")

OPEN = bytes.fromhex("0000 0000 a4a3a2a0 00000008 01000000 01000008 01000000 02000008 01000000")
OPENED = bytes.fromhex("0000 0400 a4a3a2a0 02000000 00000008 01000000 01000008 01000000 02000008 01000000")
ONE = bytes(4) + BMC_ID + RM + bytes.fromhex("14000007") + b"ipmiusr"
TWO = bytes(4) + CONSOLE_ID + RC + GUID + bytes.fromhex(RAKP2_CODE)
THREE = bytes(4) + BMC_ID + bytes.fromhex(RAKP3_CODE)
FOUR = bytes(4) + CONSOLE_ID + bytes.fromhex(RAKP4_CODE)


class Step(NamedTuple):
    kind: int
    payload: bytes

    @property
    def from_console(self) -> bool:
        return self.kind % 2 == 0


LOGIN = [Step(0x10, OPEN), Step(0x11, OPENED), Step(0x12, ONE), Step(0x13, TWO), Step(0x14, THREE), Step(0x15, FOUR)]


def feed(decoder: CaptureDecoder, steps: list[Step]) -> list[Decoded]:
    return [decoder.feed(wrap_setup(*step), from_console=step.from_console) for step in steps]


def logged_in(password: bytes = b"test") -> CaptureDecoder:
    decoder = CaptureDecoder([password])
    feed(decoder, LOGIN)
    return decoder


def test_a_login_step_by_step() -> None:
    decoder = CaptureDecoder([b"not this", b"test"])
    found = feed(decoder, LOGIN)
    assert [(each.kind, each.verdict, each.note) for each in found] == [
        ("Open Session Request", Verdict.NO_CODE, ""),
        ("Open Session Response", Verdict.NO_CODE, ""),
        ("RAKP 1", Verdict.NO_CODE, ""),
        ("RAKP 2", Verdict.VERIFIED, ""),
        ("RAKP 3", Verdict.VERIFIED, ""),
        ("RAKP 4", Verdict.VERIFIED, ""),
    ]
    assert [each.payload for each in found] == [step.payload for step in LOGIN]
    (session,) = decoder.sessions
    assert found[0].session is None
    assert all(each.session is session for each in found[1:])
    assert (session.console_id, session.bmc_id, session.name, session.role) == (CONSOLE_ID, BMC_ID, b"ipmiusr", 0x14)
    assert session.keys is not None
    assert session.keys.sik.hex() == SIK
    assert session.suite == STANDARD[3]


def test_a_packet_of_the_session() -> None:
    decoder = logged_in()
    found = decoder.feed(SEALED, from_console=True)
    assert found == Decoded("IPMI", Verdict.VERIFIED, MESSAGE, decoder.sessions[0], "")
    assert decoder.feed(SEALED, from_console=True) == found, "a repeated packet is a fact to be shown"
    assert decoder.feed(SEALED[:-1] + b"\0", from_console=True).verdict is Verdict.WRONG
    assert decoder.feed(SEALED, from_console=False).verdict is Verdict.NO_KEYS, "that id is not of this side"
    assert (decoder.sessions[0].console_variant, decoder.sessions[0].bmc_variant) == (KeyVariant(), None)


def cipher(from_console: bool, **options: KeyVariant) -> SessionCipher:
    keys = rakp.SessionKeys(STANDARD[3].authentication, bytes.fromhex(SIK), b"test")
    ids = (CONSOLE_ID, BMC_ID) if from_console else (BMC_ID, CONSOLE_ID)
    local, remote = (int.from_bytes(each, "little") for each in ids)
    return SessionCipher(STANDARD[3], keys, local_id=local, remote_id=remote, random=bytes, **options)


def test_packets_of_both_sides_and_other_types() -> None:
    decoder = logged_in()
    assert decoder.feed(cipher(False).seal(1, b"text"), from_console=False)[:3] == ("SOL", Verdict.VERIFIED, b"text")
    assert decoder.feed(cipher(True).seal(2, b"x"), from_console=True)[:3] == (
        "payload type 02h", Verdict.VERIFIED, b"x",
    )
    assert decoder.sessions[0].bmc_variant == KeyVariant()


def test_less_protected_packets_are_named() -> None:
    decoder = logged_in()
    sender = cipher(False)
    sender.protect_less(1, encrypted=False, authenticated=True)
    assert decoder.feed(sender.seal(1, b"open"), from_console=False)[:3] == ("SOL", Verdict.VERIFIED, b"open")
    sender.protect_less(1, encrypted=False, authenticated=False)
    assert decoder.feed(sender.seal(1, b"bare"), from_console=False)[:3] == ("SOL", Verdict.NO_CODE, b"bare")
    sender.protect_less(1, encrypted=True, authenticated=True)
    assert decoder.feed(sender.seal(1, b"full"), from_console=False)[:3] == ("SOL", Verdict.VERIFIED, b"full")


def test_another_reading_of_the_keys_is_named() -> None:
    decoder = logged_in()
    sender = cipher(False, variant=KeyVariant(IntegrityKey.SIK))
    found = decoder.feed(sender.seal(0, MESSAGE), from_console=False)
    assert (found.verdict, found.payload) == (Verdict.VERIFIED, MESSAGE)
    assert found.note == "packet codes keyed with SIK"
    assert decoder.sessions[0].bmc_variant == KeyVariant(IntegrityKey.SIK)
    assert decoder.feed(sender.seal(0, MESSAGE), from_console=False).verdict is Verdict.VERIFIED
    assert decoder.feed(SEALED, from_console=True).note == "", "the other side is read as specified"


def test_a_wrong_password_explains_nothing() -> None:
    decoder = CaptureDecoder([b"wrong"])
    assert [each.verdict for each in feed(decoder, LOGIN)[3:]] == [Verdict.WRONG] * 3
    assert decoder.sessions[0].keys is None
    assert decoder.feed(SEALED, from_console=True) == Decoded("IPMI", Verdict.NO_KEYS, None, decoder.sessions[0])


def test_no_password_at_all() -> None:
    assert [each.verdict for each in feed(CaptureDecoder([]), LOGIN)[3:]] == [Verdict.WRONG] * 3


def test_a_bmc_key() -> None:
    """Kg "key": only RAKP 4 and what follows are made with it.  Reference value of the check."""
    four = Step(0x15, bytes(4) + CONSOLE_ID + bytes.fromhex("a30fe3b1436fa1c2dcd9a48f"))
    for kgs in ([b"key"], [None, b"other", b"key"]):
        decoder = CaptureDecoder([b"test"], kgs)
        assert feed(decoder, [*LOGIN[:5], four])[5][1:2] == (Verdict.VERIFIED,)
        assert decoder.sessions[0].keys is not None
        assert decoder.sessions[0].keys.sik.hex() == "8fb2c179a530cd022d10457d8058130cd018cac8"
    assert feed(CaptureDecoder([b"test"], [b"key"]), [*LOGIN[:5], four])[5].note == "with a BMC key"
    assert feed(CaptureDecoder([b"test"]), [*LOGIN[:5], four])[5].verdict is Verdict.WRONG
    assert feed(CaptureDecoder([b"test"], [b"key"]), LOGIN)[5].note == "", "without one, for whom Kg is not set"


def test_other_readings_of_the_hashes_are_named() -> None:
    """The BMC hashes the role without the name-only bit; the console too, in its turn."""
    said = rakp.Exchange(CONSOLE_ID, BMC_ID, RM, RC, GUID, 0x14, b"ipmiusr", 0)
    bare = rakp.RoleVariant(rakp.RoleRule.PRIVILEGE_ONLY)
    kind = STANDARD[3].authentication
    two = Step(0x13, TWO[:40] + rakp.rakp2_code(kind, b"test", said, bare))
    three = Step(0x14, THREE[:8] + rakp.rakp3_code(kind, b"test", said, bare))
    sik = rakp.session_integrity_key(kind, b"test", said, bare)
    four = Step(0x15, FOUR[:8] + rakp.rakp4_code(kind, sik, said))
    decoder = CaptureDecoder([b"test"])
    found = feed(decoder, [*LOGIN[:3], two, three, four])
    assert [each.verdict for each in found[3:]] == [Verdict.VERIFIED] * 3
    assert found[3].note == "the BMC hashes the privilege of RAKP 1 without the name-only bit"
    assert found[4].note == "the console: the BMC hashes the privilege of RAKP 1 without the name-only bit"
    assert decoder.sessions[0].variant == bare
    assert decoder.sessions[0].keys is not None
    assert decoder.sessions[0].keys.sik == sik


@pytest.mark.parametrize("kind", [0x11, 0x13, 0x14, 0x15])
@pytest.mark.parametrize("payload", [b"\0\x0d\0\0", b"\0\x0d\0\0" + CONSOLE_ID, b"\x0d"])
def test_refusals(kind: int, payload: bytes) -> None:
    found = feed(CaptureDecoder([b"test"]), [Step(kind, payload)])[0]
    assert (found.verdict, found.note, found.session, found.payload) == (Verdict.NO_CODE, "status 0Dh", None, payload)


@pytest.mark.parametrize(("kind", "payload"), [(each.kind, each.payload[:7]) for each in LOGIN])
def test_messages_cut_short(kind: int, payload: bytes) -> None:
    decoder = logged_in()
    found = feed(decoder, [Step(kind, payload)])[0]
    assert (found.verdict, found.session, found.payload) == (Verdict.MALFORMED, None, payload)


def test_a_code_cut_short_proves_nothing() -> None:
    decoder = CaptureDecoder([b"test"])
    found = feed(decoder, [*LOGIN[:3], Step(0x13, TWO[:-1]), Step(0x14, THREE[:-1]), Step(0x15, FOUR[:-1])])
    assert [each.verdict for each in found[3:]] == [Verdict.MALFORMED, Verdict.WRONG, Verdict.WRONG]


@pytest.mark.parametrize("at", [1, 3])
def test_messages_of_sessions_whose_begin_is_missing(at: int) -> None:
    """A recording that starts late: what came before cannot be known."""
    decoder = CaptureDecoder([b"test"])
    kept = LOGIN[2:] if at == 1 else [*LOGIN[:3], *LOGIN[4:]]
    found = feed(decoder, kept)
    late = found if at == 1 else found[3:]
    assert {each.verdict for each in late} == {Verdict.NO_KEYS}
    assert decoder.feed(SEALED, from_console=True)[1:3] == (Verdict.NO_KEYS, None)


def test_a_response_without_its_request() -> None:
    """The privilege that Open Session asked for is only hashed by a few."""
    decoder = CaptureDecoder([b"test"])
    assert [each.verdict for each in feed(decoder, LOGIN[1:])[2:]] == [Verdict.VERIFIED] * 3


@pytest.mark.parametrize("algorithms", [(1, 1, 2), (9, 1, 1), (1, 9, 1)])
def test_algorithms_that_are_not_supported(algorithms: tuple[int, int, int]) -> None:
    opened = bytearray(OPENED)
    opened[16], opened[24], opened[32] = algorithms
    decoder = CaptureDecoder([b"test"])
    found = feed(decoder, [Step(0x11, bytes(opened)), *LOGIN[2:]])
    assert found[0][1:] == (Verdict.NO_CODE, bytes(opened), None, "algorithms that are not supported")
    assert {each.verdict for each in found[1:]} == {Verdict.NO_KEYS}
    assert decoder.sessions == []


def test_the_name_is_as_long_as_it_says() -> None:
    decoder = CaptureDecoder([b"test"])
    found = feed(decoder, [*LOGIN[:2], Step(0x12, ONE + b"\0\0\0"), *LOGIN[3:]])
    assert decoder.sessions[0].name == b"ipmiusr"
    assert found[3].verdict is Verdict.VERIFIED


def test_messages_outside_of_sessions() -> None:
    plain = wrap_setup(0, MESSAGE)
    assert CaptureDecoder([]).feed(plain, from_console=True) == Decoded("IPMI", Verdict.NO_CODE, MESSAGE)


def v15(kind: int, code: bytes) -> bytes:
    return build(kind, 0, 5, code, ACTIVATE)


# A datagram of IPMI 1.5 and its codes, from two programs.
ACTIVATE = bytes.fromhex("2018c8810c3a02040906eb4a9d98bc4620106a6638ddcf8b096fbd45cf")
CODES = {2: "6ab6255f81efcfab3f49d90c79108d64", 1: "a1c09efadbac6529a08d9fd46d563d96", 4: "74657374" + "00" * 12}


@pytest.mark.parametrize("kind", CODES)
def test_ipmi_15(kind: int) -> None:
    datagram = v15(kind, bytes.fromhex(CODES[kind]))
    for passwords in ([b"test"], [b"other", b"test"]):
        found = CaptureDecoder(passwords).feed(datagram, from_console=True)
        assert found == Decoded("IPMI 1.5", Verdict.VERIFIED, ACTIVATE)
    assert CaptureDecoder([b"other"]).feed(datagram, from_console=True) == Decoded("IPMI 1.5", Verdict.WRONG, ACTIVATE)
    assert CaptureDecoder([]).feed(datagram, from_console=True).verdict is Verdict.WRONG


def test_ipmi_15_without_a_code() -> None:
    assert CaptureDecoder([]).feed(v15(0, b""), from_console=True) == Decoded("IPMI 1.5", Verdict.NO_CODE, ACTIVATE)


def test_ipmi_15_with_a_vendors_code() -> None:
    found = CaptureDecoder([b"test"]).feed(v15(5, bytes(16)), from_console=True)
    assert found == Decoded("IPMI 1.5", Verdict.NO_KEYS, ACTIVATE, None, "authentication type 5")


@pytest.mark.parametrize(
    ("datagram", "kind"),
    [
        (b"", "unknown"),
        (b"\6\0\xff", "unknown"),
        (b"\6\0\xff\x06", "unknown"),
        (b"\7\0\xff\x87", "unknown"),
        (bytes.fromhex("0600ff0700"), "IPMI 1.5"),
        (bytes.fromhex("0600ff0706"), "RMCP+"),
        (SEALED[:30], "RMCP+"),
    ],
)
def test_what_cannot_be_taken_apart(datagram: bytes, kind: str) -> None:
    assert CaptureDecoder([b"test"]).feed(datagram, from_console=True) == Decoded(kind, Verdict.MALFORMED)


def test_what_is_not_ipmi() -> None:
    decoder = CaptureDecoder([])
    assert decoder.feed(rmcp.ping(3), from_console=True)[:2] == ("ASF ping", Verdict.NO_CODE)
    assert decoder.feed(rmcp.pong(3), from_console=False)[:2] == ("ASF pong", Verdict.NO_CODE)
    assert decoder.feed(bytes.fromhex("06000586"), from_console=False) == Decoded("RMCP ACK", Verdict.NO_CODE, b"")


def test_nothing_secret_is_shown() -> None:
    decoder = logged_in()
    assert repr(decoder.sessions[0]) == (
        "<RecordedSession a4a3a2a0/02000000, cipher suite 3 (RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128)>"
    )

# SPDX-License-Identifier: Apache-2.0
"""Integrity pads and keys: the specification's reading first, then those of programs that were recorded."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.protocol.keying import (
    IntegrityKey,
    KeyVariant,
    PadRule,
    integrity_key,
    key_variants,
    standard_variant,
)
from pyghmi.ipmi.protocol.rakp import SessionKeys
from pyghmi.ipmi.protocol.suites import STANDARD, SUPPORTED, Authentication, Integrity

# The keys of IPMI 2.0 §13.32 from the session key of a recorded login.
SIK = bytes.fromhex("0852aab4218c01bd4bf400cda3de699f378b47e1")
K1 = "0e48b254885a960227274e6fdc632c9b85e270f0"


@pytest.mark.parametrize(
    ("rule", "trailers"),
    [
        # Payloads of 0, 1, 2, 3 bytes (modulo 4): with pad length and next header the sum is a multiple of four.
        (PadRule.WHOLE_TRAILER, ["ffff0207", "ff0107", "0007", "ffffff0307"]),
        # The pad alone fills up.
        (PadRule.PAD_ONLY, ["0007", "ffffff0307", "ffff0207", "ff0107"]),
    ],
)
def test_trailers(rule: PadRule, trailers: list[str]) -> None:
    """IPMI 2.0 table 13-8: pad bytes FFh, their number, next header 07h."""
    assert [trailer.hex() for trailer in rule.value] == trailers


@pytest.mark.parametrize("number", SUPPORTED)
def test_the_specification_comes_first(number: int) -> None:
    """MD5-128 is keyed with the password (§13.28.4), everything else with K1, from constants of 20 bytes (§13.32)."""
    suite = STANDARD[number]
    first = key_variants(suite)[0]
    assert first == standard_variant(suite)
    assert first.integrity_key is (IntegrityKey.PASSWORD if number in (11, 12) else IntegrityKey.K1)
    assert (first.constant_bytes, first.pad_rule) == (20, PadRule.WHOLE_TRAILER)
    assert str(first) == f"packet codes keyed with {'the password' if number in (11, 12) else 'K1'}"


@pytest.mark.parametrize("number", SUPPORTED)
def test_each_reading_is_tried_once(number: int) -> None:
    found = key_variants(STANDARD[number])
    assert len(set(found)) == len(found)
    if STANDARD[number].integrity is Integrity.NONE:
        assert len(found) == 1, "nothing is keyed"
    else:
        assert found[-1].pad_rule is PadRule.PAD_ONLY


@pytest.mark.parametrize(
    ("number", "variant"),
    [
        # OpenIPMI's simulator: HMAC-MD5-128 keyed with the password, constants of 16 bytes.
        (8, KeyVariant(IntegrityKey.PASSWORD_16, 16)),
        # OpenIPMI's client: the SIK.
        (8, KeyVariant(IntegrityKey.SIK, 16)),
        # OpenIPMI with suite 12: constants of 16 bytes.
        (12, KeyVariant(IntegrityKey.PASSWORD, 16)),
        # python-ipmi with SHA-256: constants of 32 bytes.
        (17, KeyVariant(IntegrityKey.K1, 32)),
        (16, KeyVariant(IntegrityKey.K1, 32)),
        # An old reading of one paragraph.
        (3, KeyVariant(IntegrityKey.SIK)),
        (2, KeyVariant(IntegrityKey.SIK)),
    ],
)
def test_readings_of_recorded_programs_are_among_them(number: int, variant: KeyVariant) -> None:
    assert variant in key_variants(STANDARD[number])


def test_constants_do_not_matter_where_nothing_is_made_from_them() -> None:
    """Suite 7 has no encryption: with the SIK or the password as key no constant is used, so their length is 20."""
    for variant in key_variants(STANDARD[7]):
        assert variant.constant_bytes == 20 or variant.integrity_key is IntegrityKey.K1


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (KeyVariant(), K1),
        (KeyVariant(IntegrityKey.SIK), SIK.hex()),
        (KeyVariant(IntegrityKey.PASSWORD), b"a password of 20 by!".hex()),
        (KeyVariant(IntegrityKey.PASSWORD_16), b"a password of 20".hex()),
        # HMAC-SHA1 of 16 and 32 bytes 01h under the SIK, by openssl.
        (KeyVariant(IntegrityKey.K1, 16), "776fdaae60ac9247236b5d47a9c340da61b6a659"),
        (KeyVariant(IntegrityKey.K1, 32), "d784dbf2e270acbf2dddc66bc2b433c9f4c4852a"),
    ],
)
def test_keys(variant: KeyVariant, expected: str) -> None:
    keys = SessionKeys(Authentication.HMAC_SHA1, SIK, b"a password of 20 by!")
    assert integrity_key(keys, variant).hex() == expected


def test_a_short_password_is_padded() -> None:
    keys = SessionKeys(Authentication.HMAC_SHA1, SIK, b"test")
    assert integrity_key(keys, KeyVariant(IntegrityKey.PASSWORD)) == b"test" + bytes(16)
    assert integrity_key(keys, KeyVariant(IntegrityKey.PASSWORD_16)) == b"test" + bytes(12)


def test_readings_in_words() -> None:
    """For messages; they name keys and never show them."""
    assert str(KeyVariant(IntegrityKey.K1, 32)) == "packet codes keyed with K1, keys made from constants of 32 bytes"
    assert str(KeyVariant(IntegrityKey.SIK, pad_rule=PadRule.PAD_ONLY)) == (
        "packet codes keyed with SIK, integrity pad without its trailer"
    )

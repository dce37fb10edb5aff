# SPDX-License-Identifier: Apache-2.0
"""The key exchange: reference values of each hash, and the readings that BMCs have of its inputs."""
from __future__ import annotations

import hmac
from typing import NamedTuple

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import rakp
from pyghmi.ipmi.protocol.rakp import RoleRule, RoleVariant
from pyghmi.ipmi.protocol.suites import STANDARD, Authentication, CipherSuite, Confidentiality, Integrity

PASSWORD = b"test"
NAME = b"ipmiusr"
LONG_PASSWORD = b"a20BytePasswordXYZ!!"


def exchange(role: int = 0x14, name: bytes = NAME, open_privilege: int | None = None) -> rakp.Exchange:
    return rakp.Exchange(
        bytes.fromhex("a4a3a2a0"),
        bytes.fromhex("02000000"),
        bytes.fromhex("9be3bca5bdc03fdbdef9a00b9f4aebdf"),
        bytes.fromhex("185a70cee2cad09c6a06677e8d2d692d"),
        bytes.fromhex("a123456789abcdefa123456789abcdef"),
        role,
        name,
        open_privilege,
    )


class Reference(NamedTuple):
    """What two other implementations computed for the exchange above (SHA-1: recorded between them)."""

    authentication: Authentication
    rakp2: str
    rakp3: str
    sik: str
    icv: str
    k1: str
    k2: str


REFERENCES = [
    Reference(
        Authentication.HMAC_SHA1,
        "7011073d79a049518bdcd384c9d0e22c6bcfcdc2",
        "1acf6215b80de7bb7b347e4ec657266dce514b00",
        "0852aab4218c01bd4bf400cda3de699f378b47e1",
        "ae5ef6c67bafd1fb0e0ec652",
        "0e48b254885a960227274e6fdc632c9b85e270f0",
        "2c6869e2bc275ca1273ce465e52cf9c957eab5de",
    ),
    Reference(
        Authentication.HMAC_MD5,
        "f3b30863a317c5abf1744e5393617064",
        "8ad72d80c4e5062022d0b33f0aa5db9b",
        "d2424544a05df3f8039c8e1964c57c7c",
        "c2ff20656ef4b3500e0e14598ae61c95",
        "df5e21fdcf7b3ece4c9e4bca91852a73",
        "449705e7431922b4fbb383d57ec261b5",
    ),
    Reference(
        Authentication.HMAC_SHA256,
        "032dcb99ef49673bdd452fcc0412274101e0bb60ab127fe603cbfb4da80f5e63",
        "239f9aa2a9b8c8fd7532c8b1ed4e49f0e4a3d6c19b1201aa6774818e4d4bcefd",
        "c34cc521fccde4254cdc2e464b3d886bfbaf6096ed8a75aff6db51c9fb49b04e",
        "3ee0e292df91feed60866d0a62851427",
        "977c0550bed724d496691e504aa144091c78f0bfbeb8ccd8c76d0f3df87ae6f9",
        "cbaee9f6c5c1305c51a328e0281addc36a0fe79b64664d5ce53900ffa144e234",
    ),
]
SUITE_OF = {Authentication.HMAC_SHA1: STANDARD[3], Authentication.HMAC_MD5: STANDARD[8]}
SUITE_OF[Authentication.HMAC_SHA256] = STANDARD[17]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.authentication.name)
def test_reference_values(reference: Reference) -> None:
    kind = reference.authentication
    said = exchange()
    assert rakp.rakp2_code(kind, PASSWORD, said).hex() == reference.rakp2
    assert rakp.rakp3_code(kind, PASSWORD, said).hex() == reference.rakp3
    keys = rakp.derive_keys(kind, PASSWORD, said)
    assert keys.sik.hex() == reference.sik
    assert keys.k1.hex() == reference.k1
    assert keys.k2.hex() == reference.k2
    assert rakp.rakp4_code(kind, keys.sik, said).hex() == reference.icv
    suite = SUITE_OF[kind]
    assert rakp.find_variant(suite, PASSWORD, said, bytes.fromhex(reference.rakp2)) == rakp.STANDARD
    assert rakp.check_rakp3(kind, PASSWORD, said, bytes.fromhex(reference.rakp3)) == rakp.STANDARD
    assert rakp.check_rakp4(suite, keys.sik, said, bytes.fromhex(reference.icv))


def test_reference_values_with_a_bmc_key() -> None:
    said = exchange()
    keys = rakp.derive_keys(Authentication.HMAC_SHA1, PASSWORD, said, kg=b"key")
    assert keys.sik.hex() == "8fb2c179a530cd022d10457d8058130cd018cac8"
    assert keys.k1.hex() == "4ecc7eb8597d32c31351d8e6149b9bc80f422cfb"
    assert keys.k2.hex() == "171f3adfebc3de8aa61a1a9df95562eef7b8c33c"
    icv = bytes.fromhex("a30fe3b1436fa1c2dcd9a48f")
    assert rakp.rakp4_code(Authentication.HMAC_SHA1, keys.sik, said) == icv
    found = rakp.find_keys(STANDARD[3], PASSWORD, said, icv, rakp.STANDARD, b"key")
    assert found is not None
    assert found.sik == keys.sik
    assert rakp.find_keys(STANDARD[3], PASSWORD, said, icv, rakp.STANDARD, b"another") is None
    assert rakp.find_keys(STANDARD[3], PASSWORD, said, icv, rakp.STANDARD, None) is None


def test_a_bmc_key_of_zeros_is_none() -> None:
    said = exchange()
    plain = rakp.derive_keys(Authentication.HMAC_SHA1, PASSWORD, said)
    assert rakp.derive_keys(Authentication.HMAC_SHA1, PASSWORD, said, kg=bytes(20)).sik == plain.sik
    assert rakp.derive_keys(Authentication.HMAC_SHA1, PASSWORD, said, kg=b"").sik == plain.sik


def test_rakp_none_has_no_codes_and_no_keys() -> None:
    said = exchange()
    kind = Authentication.NONE
    assert rakp.rakp2_code(kind, PASSWORD, said) == b""
    assert rakp.rakp3_code(kind, PASSWORD, said) == b""
    assert rakp.rakp4_code(kind, b"", said) == b""
    assert rakp.derive_keys(kind, PASSWORD, said, kg=b"key").sik == b""
    assert rakp.find_variant(STANDARD[0], PASSWORD, said, b"") == rakp.STANDARD
    assert rakp.check_rakp3(kind, PASSWORD, said, b"") == rakp.STANDARD


def code_over(said: rakp.Exchange, tail: bytes, password: bytes = PASSWORD) -> bytes:
    """Compute RAKP 2's code as firmware with another reading of its last fields would."""
    fixed = said.console_id + said.bmc_id + said.console_random + said.bmc_random + said.bmc_guid
    return hmac.digest(password, fixed + tail, "sha1")


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"\x14\x07ipmiusr", RoleVariant()),
        (b"\x04\x07ipmiusr", RoleVariant(RoleRule.PRIVILEGE_ONLY)),
        (b"\x00\x07ipmiusr", RoleVariant(RoleRule.OPEN_PRIVILEGE)),
        (b"\x10\x07ipmiusr", RoleVariant(RoleRule.OPEN_PRIVILEGE_NAME_ONLY)),
        (b"\x14\x10ipmiusr" + bytes(9), RoleVariant(padded_name=True)),
        (b"\x04\x10ipmiusr" + bytes(9), RoleVariant(RoleRule.PRIVILEGE_ONLY, padded_name=True)),
    ],
)
def test_the_code_of_rakp2_tells_the_reading_of_role_and_name(tail: bytes, expected: RoleVariant) -> None:
    said = exchange(role=0x14, open_privilege=0)
    code = code_over(said, tail)
    found = rakp.find_variant(STANDARD[3], PASSWORD, said, code)
    assert found == expected
    assert not found.is_diagnosis
    assert rakp.rakp2_code(Authentication.HMAC_SHA1, PASSWORD, said, found) == code


@pytest.mark.parametrize(("length", "is_diagnosis"), [(20, False), (16, False), (19, True)])
def test_the_code_of_rakp2_tells_a_cut_password(length: int, is_diagnosis: bool) -> None:
    said = exchange()
    code = code_over(said, b"\x14\x07ipmiusr", LONG_PASSWORD[:length])
    found = rakp.find_variant(STANDARD[3], LONG_PASSWORD, said, code)
    assert found is not None
    assert found.password_bytes == length
    assert found.is_diagnosis is is_diagnosis


def test_a_wrong_password_matches_no_reading() -> None:
    said = exchange()
    assert rakp.find_variant(STANDARD[3], b"wrong", said, code_over(said, b"\x14\x07ipmiusr")) is None
    assert rakp.find_variant(STANDARD[3], b"wrong" * 4, said, code_over(said, b"\x14\x07ipmiusr")) is None


def test_one_byte_too_many_is_ignored() -> None:
    """Old Supermicro and Sun firmware sends 21 bytes, others junk behind the code."""
    said = exchange()
    code = code_over(said, b"\x14\x07ipmiusr")
    assert rakp.find_variant(STANDARD[3], PASSWORD, said, code + b"\x55") == rakp.STANDARD
    assert rakp.find_variant(STANDARD[3], PASSWORD, said, code + b"junk") == rakp.STANDARD


@pytest.mark.parametrize("length", [0, 1, 19])
def test_a_prefix_of_the_code_proves_nothing(length: int) -> None:
    said = exchange()
    code = code_over(said, b"\x14\x07ipmiusr")[:length]
    with pytest.raises(Malformed) as caught:
        rakp.find_variant(STANDARD[3], PASSWORD, said, code)
    assert f"the key exchange code has {length} bytes where 20 are due" in str(caught.value)
    assert code == b"" or code.hex(" ") not in str(caught.value), "codes stay out of errors"


def test_rakp3_code_must_be_whole() -> None:
    said = exchange()
    code = rakp.rakp3_code(Authentication.HMAC_SHA1, PASSWORD, said)
    assert rakp.check_rakp3(Authentication.HMAC_SHA1, PASSWORD, said, code + b"x") == rakp.STANDARD
    assert rakp.check_rakp3(Authentication.HMAC_SHA1, PASSWORD, said, code[:19]) is None
    assert rakp.check_rakp3(Authentication.HMAC_SHA1, b"wrong", said, code) is None


def test_what_was_learnt_is_tried_first() -> None:
    said = exchange(open_privilege=0)
    learnt = RoleVariant(RoleRule.OPEN_PRIVILEGE)
    assert next(rakp.variants(said, PASSWORD, learnt)) == learnt
    assert rakp.STANDARD in tuple(rakp.variants(said, PASSWORD, learnt))


def test_readings_that_hash_the_same_bytes_are_tried_once() -> None:
    """Asking for the same privilege in Open Session and RAKP 1 makes two readings agree."""
    said = exchange(role=0x14, open_privilege=4)
    assert len(tuple(rakp.variants(said, PASSWORD))) == 4
    assert len(tuple(rakp.variants(exchange(role=0x04, name=bytes(16), open_privilege=4), PASSWORD))) == 2
    assert len(tuple(rakp.variants(said, LONG_PASSWORD))) == 12


def test_firmware_that_pads_the_name_takes_it_plain_in_rakp3() -> None:
    said = exchange()
    expected = hmac.digest(PASSWORD, said.bmc_random + said.console_id + b"\x04\x07ipmiusr", "sha1")
    found = rakp.rakp3_code(Authentication.HMAC_SHA1, PASSWORD, said, RoleVariant(padded_name=True))
    assert found == expected


def test_the_session_key_follows_the_reading() -> None:
    said = exchange(open_privilege=0)
    expected = hmac.digest(PASSWORD, said.console_random + said.bmc_random + b"\x00\x07ipmiusr", "sha1")
    variant = RoleVariant(RoleRule.OPEN_PRIVILEGE)
    assert rakp.session_integrity_key(Authentication.HMAC_SHA1, PASSWORD, said, variant) == expected


def test_icv_may_be_missing_only_without_integrity() -> None:
    said = exchange()
    sik = rakp.session_integrity_key(Authentication.HMAC_SHA1, PASSWORD, said)
    assert rakp.check_rakp4(STANDARD[1], sik, said, b"")
    assert rakp.check_rakp4(STANDARD[1], sik, said, rakp.rakp4_code(Authentication.HMAC_SHA1, sik, said))
    assert not rakp.check_rakp4(STANDARD[1], sik, said, bytes(12))
    assert not rakp.check_rakp4(STANDARD[3], sik, said, b"")


def test_icv_of_rakp_none_is_ignored() -> None:
    """Some firmware sends one with suite 0."""
    assert rakp.check_rakp4(STANDARD[0], b"", exchange(), bytes(12))


def test_icv_is_compared_whole() -> None:
    said = exchange()
    sik = rakp.session_integrity_key(Authentication.HMAC_SHA1, PASSWORD, said)
    icv = rakp.rakp4_code(Authentication.HMAC_SHA1, sik, said)
    assert rakp.check_rakp4(STANDARD[3], sik, said, icv + b"junk")
    assert not rakp.check_rakp4(STANDARD[3], sik, said, icv[:11])


def test_icv_by_the_hash_of_the_integrity_algorithm() -> None:
    """MD5 authentication with SHA-1 integrity: firmware was seen to take the latter's hash."""
    said = exchange()
    mixed = CipherSuite(None, Authentication.HMAC_MD5, Integrity.HMAC_SHA1_96, Confidentiality.AES_CBC_128)
    sik = rakp.session_integrity_key(Authentication.HMAC_MD5, PASSWORD, said)
    inputs = said.console_random + said.bmc_id + said.bmc_guid
    assert rakp.check_rakp4(mixed, sik, said, hmac.digest(sik, inputs, "sha1")[:12])
    assert rakp.check_rakp4(mixed, sik, said, hmac.digest(sik, inputs, "md5"))
    assert not rakp.check_rakp4(mixed, sik, said, hmac.digest(sik, inputs, "md5")[:12])


def test_a_bmc_key_cut_to_16_bytes_with_md5() -> None:
    said = exchange()
    kg = b"small-BMC-key-19-ch"
    cut = rakp.derive_keys(Authentication.HMAC_MD5, PASSWORD, said, kg=kg[:16])
    icv = rakp.rakp4_code(Authentication.HMAC_MD5, cut.sik, said)
    found = rakp.find_keys(STANDARD[8], PASSWORD, said, icv, rakp.STANDARD, kg)
    assert found is not None
    assert found.sik == cut.sik
    assert rakp.kg_readings(Authentication.HMAC_SHA1, kg) == (kg,)
    assert rakp.kg_readings(Authentication.HMAC_MD5, kg[:16]) == (kg[:16],)
    assert rakp.kg_readings(Authentication.HMAC_MD5, None) == (None,)


@pytest.mark.parametrize(
    ("payload", "status"),
    [("", 0x12), ("11", 0x11), ("c7", 0xC7), ("0011", 0x11), ("00000400a4a3a2a0", 0), ("0012000000000000", 0x12)],
)
def test_status_of_short_refusals(payload: str, status: int) -> None:
    assert rakp.setup_status(bytes.fromhex(payload)) == status


def test_keys_show_nothing() -> None:
    keys = rakp.derive_keys(Authentication.HMAC_SHA1, b"secret", exchange())
    assert repr(keys) == "<SessionKeys>"
    assert str(keys) == "<SessionKeys>"


def test_readings_in_words() -> None:
    assert str(rakp.STANDARD) == "as specified"
    assert str(RoleVariant(RoleRule.OPEN_PRIVILEGE, True, 16)) == (
        "the BMC hashes the privilege of Open Session, the name padded to 16 bytes, the first 16 bytes of the password"
    )

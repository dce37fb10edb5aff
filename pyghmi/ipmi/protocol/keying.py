# SPDX-License-Identifier: Apache-2.0
"""How RMCP+ packets are keyed and padded: the specification's reading and those seen in the field.

IPMI 2.0 §13.6, §13.28.4, §13.32.
"""
from __future__ import annotations

from enum import Enum

from pyghmi.ipmi.protocol.rakp import SessionKeys
from pyghmi.ipmi.protocol.suites import CipherSuite, Confidentiality, Integrity
from pyghmi.ipmi.wire.shapes import NamedTuple

NEXT_HEADER = 0x07


def _trailers(already: int) -> tuple[bytes, ...]:
    """Return the integrity trailers by payload length modulo 4; `already`: trailer bytes counted besides the pad.

    12 bytes of header are in the covered part, so they do not change the remainder.
    """
    made = []
    for remainder in range(4):
        pad = -(remainder + already) & 3
        made.append(b"\xff" * pad + bytes((pad, NEXT_HEADER)))
    return tuple(made)


class PadRule(Enum):
    """What the integrity pad makes a multiple of four; the value: the trailers, by payload length modulo 4."""

    WHOLE_TRAILER = _trailers(2)
    """Everything that the code covers: what the specification says."""

    PAD_ONLY = _trailers(0)
    """All but pad length and next header: what a test suite, and BMCs that passed it, took it for."""


class IntegrityKey(Enum):
    """What the packet codes are keyed with."""

    K1 = "K1"
    SIK = "SIK"
    PASSWORD = "the password"
    PASSWORD_16 = "the first 16 bytes of the password"


class KeyVariant(NamedTuple):
    """One reading of how packets are keyed and padded.

    `constant_bytes`: length of the constants that K1 and K2 are made from (20; 16 and 32 are seen with MD5 and
    SHA-256).  All readings rest on the same secrets, so trying another after the first gets no answer weakens nothing.
    """

    integrity_key: IntegrityKey = IntegrityKey.K1
    constant_bytes: int = 20
    pad_rule: PadRule = PadRule.WHOLE_TRAILER

    @property
    def row(self) -> str:
        """The row of the table of quirks that this is."""
        return "R13" if self.pad_rule is PadRule.WHOLE_TRAILER else "R14"

    def __str__(self) -> str:
        parts = [f"packet codes keyed with {self.integrity_key.value}"]
        if self.constant_bytes != 20:
            parts.append(f"keys made from constants of {self.constant_bytes} bytes")
        if self.pad_rule is not PadRule.WHOLE_TRAILER:
            parts.append("integrity pad without its trailer")
        return ", ".join(parts)


_BY_PASSWORD, _BY_K1 = KeyVariant(IntegrityKey.PASSWORD), KeyVariant(IntegrityKey.K1)


def standard_variant(suite: CipherSuite) -> KeyVariant:
    """Return what the specification says: MD5-128 is keyed with the password, the HMACs with K1."""
    return _BY_PASSWORD if suite.integrity is Integrity.MD5_128 else _BY_K1


# Beside the specification's reading: what is keyed with what, and from constants of how many bytes, likeliest first.
# OpenIPMI's simulator keys HMAC-MD5-128 with the password, its client with the SIK, both with constants of 16 bytes;
# python-ipmi takes 32 bytes with SHA-256; the SIK in place of K1 is an old reading of one paragraph.
_OTHER_READINGS = {
    Integrity.NONE: (),
    Integrity.HMAC_SHA1_96: ((IntegrityKey.SIK, 20),),
    Integrity.HMAC_MD5_128: (
        (IntegrityKey.PASSWORD_16, 16),
        (IntegrityKey.SIK, 16),
        (IntegrityKey.K1, 16),
        (IntegrityKey.SIK, 20),
    ),
    Integrity.MD5_128: ((IntegrityKey.PASSWORD, 16), (IntegrityKey.K1, 20), (IntegrityKey.K1, 16)),
    Integrity.HMAC_SHA256_128: ((IntegrityKey.SIK, 20), (IntegrityKey.K1, 32)),
}


def integrity_key(keys: SessionKeys, variant: KeyVariant) -> bytes:
    """Return the key of the packet codes under this reading."""
    if variant.integrity_key is IntegrityKey.K1:
        return keys.additional(1, variant.constant_bytes)
    if variant.integrity_key is IntegrityKey.SIK:
        return keys.sik
    return keys.password if variant.integrity_key is IntegrityKey.PASSWORD else keys.password[:16]


def key_variants(suite: CipherSuite) -> tuple[KeyVariant, ...]:
    """Return the readings worth trying with this suite, the specification's first, then those seen in the field."""
    standard = standard_variant(suite)
    if suite.integrity is Integrity.NONE:
        return (standard,)
    found = [standard]
    for key, constant_bytes in _OTHER_READINGS[suite.integrity]:
        uses_constants = key is IntegrityKey.K1 or suite.confidentiality is not Confidentiality.NONE
        found.append(KeyVariant(key, constant_bytes) if uses_constants else KeyVariant(key))
    found.append(standard._replace(pad_rule=PadRule.PAD_ONLY))
    return tuple(dict.fromkeys(found))

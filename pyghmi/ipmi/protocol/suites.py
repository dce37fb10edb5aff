# SPDX-License-Identifier: Apache-2.0
"""The cipher suites of RMCP+: their algorithms, their order, and which are acceptable.  IPMI 2.0 §22.15.2."""
from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from pyghmi.ipmi.wire.shapes import NamedTuple


class Authentication(IntEnum):
    """How the key exchange is authenticated.  IPMI 2.0 §13.28, table 13-17."""

    NONE = 0
    HMAC_SHA1 = 1
    HMAC_MD5 = 2
    HMAC_SHA256 = 3


class Integrity(IntEnum):
    """How packets are authenticated.  IPMI 2.0 §13.28.4, table 13-18."""

    NONE = 0
    HMAC_SHA1_96 = 1
    HMAC_MD5_128 = 2
    MD5_128 = 3
    HMAC_SHA256_128 = 4


class Confidentiality(IntEnum):
    """How packets are encrypted.  IPMI 2.0 §13.28.5, table 13-19."""

    NONE = 0
    AES_CBC_128 = 1
    XRC4_128 = 2
    XRC4_40 = 3


class AuthenticationFacts(NamedTuple):
    """What an authentication algorithm means: hash, bytes of a key exchange code, bytes of RAKP 4's check value."""

    hash_name: str
    code_length: int
    icv_length: int


class IntegrityFacts(NamedTuple):
    """What an integrity algorithm means: hash, bytes of a packet's code."""

    hash_name: str
    code_length: int


AUTHENTICATION = {
    Authentication.NONE: AuthenticationFacts("", 0, 0),
    Authentication.HMAC_SHA1: AuthenticationFacts("sha1", 20, 12),
    Authentication.HMAC_MD5: AuthenticationFacts("md5", 16, 16),
    Authentication.HMAC_SHA256: AuthenticationFacts("sha256", 32, 16),
}
INTEGRITY = {
    Integrity.NONE: IntegrityFacts("", 0),
    Integrity.HMAC_SHA1_96: IntegrityFacts("sha1", 12),
    Integrity.HMAC_MD5_128: IntegrityFacts("md5", 16),
    Integrity.MD5_128: IntegrityFacts("md5", 16),
    Integrity.HMAC_SHA256_128: IntegrityFacts("sha256", 16),
}


class CipherSuite(NamedTuple):
    """One agreed set of algorithms.  `id` is None for a set that has no standard number."""

    id: int | None
    authentication: Authentication
    integrity: Integrity
    confidentiality: Confidentiality

    @property
    def supported(self) -> bool:
        """Whether this package can speak it: all but xRC4, which no BMC insists on."""
        return self.confidentiality in (Confidentiality.NONE, Confidentiality.AES_CBC_128)

    @property
    def strength(self) -> tuple[int, int, int]:
        """Sort by this: encryption first, then proof of packets, then proof of the password."""
        return (
            _ENCRYPTION_STRENGTH[self.confidentiality],
            _PACKET_STRENGTH[self.integrity],
            _PASSWORD_STRENGTH[self.authentication],
        )

    def __str__(self) -> str:
        """Say what it is, for messages: "cipher suite 3 (RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128)"."""
        name = "algorithms" if self.id is None else f"cipher suite {self.id}"
        algorithms = (
            _AUTHENTICATION_NAMES[self.authentication],
            _INTEGRITY_NAMES[self.integrity],
            _CONFIDENTIALITY_NAMES[self.confidentiality],
        )
        return f"{name} ({', '.join(algorithms)})"


_AUTHENTICATION_NAMES = ("RAKP-none", "RAKP-HMAC-SHA1", "RAKP-HMAC-MD5", "RAKP-HMAC-SHA256")
_INTEGRITY_NAMES = ("no integrity", "HMAC-SHA1-96", "HMAC-MD5-128", "MD5-128", "HMAC-SHA256-128")
_CONFIDENTIALITY_NAMES = ("no encryption", "AES-CBC-128", "xRC4-128", "xRC4-40")

_PASSWORD_STRENGTH = {
    Authentication.NONE: 0,
    Authentication.HMAC_MD5: 1,
    Authentication.HMAC_SHA1: 2,
    Authentication.HMAC_SHA256: 3,
}
_PACKET_STRENGTH = {
    Integrity.NONE: 0,
    Integrity.MD5_128: 1,
    Integrity.HMAC_MD5_128: 2,
    Integrity.HMAC_SHA1_96: 3,
    Integrity.HMAC_SHA256_128: 4,
}
_ENCRYPTION_STRENGTH = {
    Confidentiality.NONE: 0,
    Confidentiality.XRC4_40: 1,
    Confidentiality.XRC4_128: 2,
    Confidentiality.AES_CBC_128: 3,
}


def _standard_suites() -> tuple[CipherSuite, ...]:
    """Return the sets in the order of IPMI 2.0 table 22-20: a hash alone, with integrity, with each cipher."""
    made = [(Authentication.NONE, Integrity.NONE, Confidentiality.NONE)]
    for authentication, integrities in (
        (Authentication.HMAC_SHA1, (Integrity.HMAC_SHA1_96,)),
        (Authentication.HMAC_MD5, (Integrity.HMAC_MD5_128, Integrity.MD5_128)),
        (Authentication.HMAC_SHA256, (Integrity.HMAC_SHA256_128,)),
    ):
        made.append((authentication, Integrity.NONE, Confidentiality.NONE))
        made.extend((authentication, integrity, cipher) for integrity in integrities for cipher in Confidentiality)
    return tuple(CipherSuite(number, *algorithms) for number, algorithms in enumerate(made))


STANDARD = _standard_suites()
"""Suites 0 to 19; the index is the number."""

PREFERRED = (17, 3)
"""What is offered when the caller says nothing, best first: one round trip where the BMC is current, two elsewhere."""

SUPPORTED = tuple(suite.id for suite in STANDARD if suite.id is not None and suite.supported)
"""The numbers of the suites that this package speaks."""

BY_STRENGTH = tuple(sorted(SUPPORTED, key=lambda number: STANDARD[number].strength, reverse=True))
"""The same, strongest first."""


def suite(number: int) -> CipherSuite | None:
    """Return the standard suite of this number, None where there is none."""
    return STANDARD[number] if 0 <= number < len(STANDARD) else None


def suite_of(authentication: int, integrity: int, confidentiality: int) -> CipherSuite | None:
    """Return the suite that a peer chose, by its algorithm numbers; None when one is unknown here.

    A set without a standard number (some BMCs mix) has `id` None.
    """
    wanted = (authentication, integrity, confidentiality)
    for known in STANDARD:
        if known[1:] == wanted:
            return known
    try:
        return CipherSuite(
            None, Authentication(authentication), Integrity(integrity), Confidentiality(confidentiality)
        )
    except ValueError:
        return None


def is_at_least(one: CipherSuite, minimum: int) -> bool:
    """Whether `one` is as strong as the standard suite `minimum` in each of its three parts."""
    return all(have >= need for have, need in zip(one.strength, STANDARD[minimum].strength))


def is_acceptable(chosen: CipherSuite, offered: Iterable[int], minimum: int | None = None) -> bool:
    """Whether a suite that the BMC chose by itself may be used.

    It must be as strong as the weakest suite that the caller would offer, and as `minimum`, so that a forged Open
    Session Response cannot talk a caller into less than was asked for.
    """
    if not chosen.supported or (minimum is not None and not is_at_least(chosen, minimum)):
        return False
    return any(is_at_least(chosen, number) for number in offered)


def acceptable(numbers: Iterable[int], minimum: int | None = None) -> tuple[int, ...]:
    """Return those of `numbers` that can be offered, in their order: supported ones, not weaker than `minimum`."""
    return tuple(
        number
        for number in numbers
        if number in SUPPORTED and (minimum is None or is_at_least(STANDARD[number], minimum))
    )

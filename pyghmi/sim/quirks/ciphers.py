# SPDX-License-Identifier: Apache-2.0
"""Sessions whose packets are sealed in an odd way."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.protocol.crypto import BLOCK, aes_cbc_encryptor
from pyghmi.ipmi.protocol.keying import IntegrityKey, KeyVariant, PadRule, standard_variant
from pyghmi.ipmi.protocol.packet import AUTHENTICATED, ENCRYPTED, SessionCipher
from pyghmi.ipmi.protocol.suites import CipherSuite, Integrity
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession

_HEADER_BYTES, _LENGTH_AT, _KIND_AT, _COVERED_FROM = 16, 14, 5, 4


class WholePad(SessionCipher):
    """Pads of a whole block where none is needed (OpenSSL's way)."""

    __slots__ = ()

    def seal(self, payload_type: int, payload: bytes) -> bytes:
        """Return the datagram that carries `payload`."""
        sealed = super().seal(payload_type, payload)
        if not sealed[_KIND_AT] & ENCRYPTED or (len(payload) + 1) % BLOCK:
            return sealed
        text = payload + bytes(range(1, BLOCK + 1)) + bytes((BLOCK,))
        found = aes_cbc_encryptor(self._encryption_key())(self._random(BLOCK) + text)
        packet = sealed[:_LENGTH_AT] + len(found).to_bytes(2, "little") + found
        if not sealed[_KIND_AT] & AUTHENTICATED:
            return packet
        packet += self._trailers[len(found) & 3]
        return packet + self._mac(packet[_COVERED_FROM:])[: self._code_length]


class ByTwo(SessionCipher):
    """Every second sequence number is left out."""

    __slots__ = ()

    def seal(self, payload_type: int, payload: bytes) -> bytes:
        """Return the datagram that carries `payload`."""
        super().seal(payload_type, payload)
        return super().seal(payload_type, payload)


class OnlyOne(SessionCipher):
    """One place for the end of the trailer."""

    __slots__ = ()

    def _verify_odd_trailer(self, datagram: bytes, end: int) -> bool:
        return False


class Coded(SessionCipher):
    """No code with HMAC-MD5-128, and wrong ones with MD5-128."""

    __slots__ = ()

    def seal(self, payload_type: int, payload: bytes) -> bytes:
        """Return the datagram that carries `payload`."""
        sealed = super().seal(payload_type, payload)
        if self.suite.integrity is Integrity.HMAC_MD5_128:
            end = _HEADER_BYTES + int.from_bytes(sealed[_LENGTH_AT:_HEADER_BYTES], "little")
            return sealed[:_KIND_AT] + bytes((sealed[_KIND_AT] & ~AUTHENTICATED,)) + sealed[_KIND_AT + 1 : end]
        if self.suite.integrity is Integrity.MD5_128:
            return sealed[:-1] + bytes((sealed[-1] ^ 0xFF,))
        return sealed


def keyed_by_sik(suite: CipherSuite) -> KeyVariant:
    """Return the reading in which the SIK is the key of the HMACs."""
    standard = standard_variant(suite)
    if standard.integrity_key is not IntegrityKey.K1 or suite.integrity is Integrity.NONE:
        return standard
    return standard._replace(integrity_key=IntegrityKey.SIK)


def padded_alone(suite: CipherSuite) -> KeyVariant:
    """Return the reading in which the trailer is not counted."""
    return standard_variant(suite)._replace(pad_rule=PadRule.PAD_ONLY)


def insisting(odd: Misbehaviour, variant: Any) -> None:
    """Have all sessions key and pad packets in one way, and take no other."""

    def make(suite: CipherSuite, keys: Any, **more: Any) -> SessionCipher:
        return OnlyOne(suite, keys, variant=variant(suite), **more)

    def settle(session: OddSession) -> None:
        session._may_detect = False

    odd.readings.make_cipher = make
    odd.sessions.append(settle)

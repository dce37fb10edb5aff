# SPDX-License-Identifier: Apache-2.0
"""Seal and open RMCP+ packets.  IPMI 2.0 §13.6 (format), §13.28 (algorithms), §13.29 (keys)."""
from __future__ import annotations

from collections import Counter
from enum import Enum
from struct import Struct
from typing import Callable

from pyghmi.ipmi.protocol.crypto import (
    BLOCK,
    Mac,
    aes_cbc_decryptor,
    aes_cbc_encryptor,
    comparer,
    hmac_context,
    keyed_digest,
)
from pyghmi.ipmi.protocol.ipmb import checksums_fit
from pyghmi.ipmi.protocol.keying import (
    NEXT_HEADER,
    IntegrityKey,
    KeyVariant,
    integrity_key,
    key_variants,
    standard_variant,
)
from pyghmi.ipmi.protocol.rakp import SessionKeys
from pyghmi.ipmi.protocol.rmcp import CLASS_IPMI, HEADER, RMCPPLUS, VERSION
from pyghmi.ipmi.protocol.suites import INTEGRITY, CipherSuite, Confidentiality, Integrity
from pyghmi.ipmi.protocol.window import MAX_SEQUENCE, ReplayWindow, next_sequence
from pyghmi.ipmi.spec.codes import PayloadType
from pyghmi.ipmi.wire.shapes import NamedTuple

ENCRYPTED = 0x80
AUTHENTICATED = 0x40
PAYLOAD_TYPE = 0x3F
_PROTECTION = ENCRYPTED | AUTHENTICATED

_PREFIX = HEADER + bytes((RMCPPLUS,))
_FIELDS = Struct("<5sBIIH")  # RMCP header and format, type and flags, session id, sequence, length of the payload
_pack = _FIELDS.pack
_unpack = _FIELDS.unpack_from
_HEADER_BYTES = _FIELDS.size
_LENGTH_AT = _HEADER_BYTES - 2
_COVERED_FROM = len(HEADER)
_MAX_INTEGRITY_PAD = 15
_PLAIN_AHEAD = 1024
_SETUP_TYPES = range(PayloadType.OPEN_REQUEST, PayloadType.RAKP4 + 1)

# The confidentiality trailer, by its pad length: 01h 02h ... and the length.  16 is never sent, but some BMCs send it.
_PADS = tuple(bytes(range(1, length + 1)) + bytes((length,)) for length in range(BLOCK + 1))


class Drop(Enum):
    """Why a packet was dropped."""

    NOT_OURS = "not an RMCP+ packet of this session"
    LENGTH = "shorter than its lengths say"
    PROTECTION = "less protected than was agreed"
    INTEGRITY = "wrong authentication code"
    REPLAY = "a sequence number that came before, or too old"
    PADDING = "does not decrypt to a padded payload"


class SessionCipher:
    """Seal and open the packets of one established RMCP+ session; both sides use it.

    `local_id`: the session id in packets to us, `remote_id`: in packets from us.  `dropped` counts what `open`
    refused, by reason; `odd_padding` counts packets whose encryption pad had the right length and wrong bytes.
    `proves_bytes`: whether an authentication code covers every packet, so that inner checksums prove nothing more.
    """

    __slots__ = (
        "_code_length",
        "_decrypt",
        "_dropped",
        "_encrypt",
        "_equal",
        "_flags",
        "_keys",
        "_local_id",
        "_mac",
        "_plain_sequence",
        "_plain_window",
        "_random",
        "_remote_id",
        "_sequence",
        "_trailers",
        "_weaker",
        "_window",
        "odd_padding",
        "proves_bytes",
        "suite",
        "variant",
    )

    def __init__(
        self,
        suite: CipherSuite,
        keys: SessionKeys,
        *,
        local_id: int,
        remote_id: int,
        random: Callable[[int], bytes],
        variant: KeyVariant | None = None,
        window: ReplayWindow | None = None,
    ) -> None:
        """`variant`: the reading of the keys, the specification's when None; `window`: for who reads recordings."""
        self.suite = suite
        self._keys = keys
        self._local_id = local_id
        self._remote_id = remote_id
        self._random = random
        self._equal = comparer()
        self._sequence = self._plain_sequence = 1
        # Where no code covers the number, a damaged one must not carry the window off.
        integral = suite.integrity is not Integrity.NONE
        self._window = window or (ReplayWindow() if integral else ReplayWindow(ahead=_PLAIN_AHEAD))
        # What few sessions ever need is made when it is needed: a server may hold thousands of these.
        self._plain_window = window
        self._weaker: dict[int, int] | None = None
        self._dropped: Counter[Drop] | None = None
        self._flags = (AUTHENTICATED if suite.integrity is not Integrity.NONE else 0) | (
            ENCRYPTED if suite.confidentiality is not Confidentiality.NONE else 0
        )
        self._code_length = INTEGRITY[suite.integrity].code_length
        self.proves_bytes = suite.integrity is not Integrity.NONE
        self.odd_padding = 0
        self.use(standard_variant(suite) if variant is None else variant)

    def __repr__(self) -> str:
        return f"<SessionCipher of {self.suite}, {sum(self.dropped.values())} packets dropped>"

    @property
    def dropped(self) -> Counter[Drop]:
        """How many packets were refused, by reason."""
        if self._dropped is None:
            self._dropped = Counter()
        return self._dropped

    def use(self, variant: KeyVariant) -> None:
        """Key and pad packets by this reading from now on, in both directions."""
        self.variant = variant
        self._trailers: tuple[bytes, ...] = variant.pad_rule.value
        self._mac = self._make_mac(variant)
        self._encrypt: Callable[[bytes], bytes] | None = None
        self._decrypt: Callable[[bytes], bytes] | None = None

    def _encryption_key(self) -> bytes:
        return self._keys.additional(2, self.variant.constant_bytes)[:BLOCK]

    def _make_mac(self, variant: KeyVariant) -> Mac:
        if self.suite.integrity is Integrity.NONE:
            return _nothing_agreed
        hash_name = INTEGRITY[self.suite.integrity].hash_name
        if self.suite.integrity is Integrity.MD5_128:
            return keyed_digest(hash_name, integrity_key(self._keys, variant))
        return hmac_context(hash_name, integrity_key(self._keys, variant))

    def seal(self, payload_type: int, payload: bytes) -> bytes:
        """Return the whole datagram that carries `payload`, with the next sequence number of ours."""
        if self._weaker and payload_type in self._weaker:
            kind, sequence = self._next_weaker(payload_type)
        else:
            kind = payload_type | self._flags
            sequence = self._sequence
            self._sequence = sequence + 1 if sequence < MAX_SEQUENCE else 1
        if kind & ENCRYPTED:
            # The first block comes out as the initialisation vector, see `aes_cbc_encryptor`.
            encrypt = self._encrypt
            if encrypt is None:
                encrypt = self._encrypt = aes_cbc_encryptor(self._encryption_key())
            payload = encrypt(self._random(BLOCK) + payload + _PADS[~len(payload) & 15])
        length = len(payload)
        packet = _pack(_PREFIX, kind, self._remote_id, sequence, length) + payload
        if kind & AUTHENTICATED:
            packet += self._trailers[length & 3]
            packet += self._mac(packet[_COVERED_FROM:])[: self._code_length]
        return packet

    def _next_weaker(self, payload_type: int) -> tuple[int, int]:
        """Return type with flags and sequence number for a payload type that was agreed to be protected less."""
        flags = (self._weaker or {})[payload_type]
        if not self._flags & ~flags & AUTHENTICATED:
            sequence = self._sequence
            self._sequence = next_sequence(sequence)
        else:
            sequence = self._plain_sequence
            self._plain_sequence = next_sequence(sequence)
        return payload_type | flags, sequence

    def open(self, datagram: bytes) -> tuple[int, bytes] | None:
        """Return (payload type, plain payload), or None and count the reason in `dropped`.  Never raises.

        The order is that of trust: is it ours, is it as protected as agreed, is its code right, is it new; only then
        is it decrypted.  Lengths come from the header; bytes behind the code are ignored.
        """
        if len(datagram) < _HEADER_BYTES:
            return self._drop(Drop.NOT_OURS)
        prefix, kind, session_id, sequence, length = _unpack(datagram)
        if session_id != self._local_id or (prefix != _PREFIX and not _is_rmcpplus(prefix)):
            return self._drop(Drop.NOT_OURS)
        window = self._window if kind & _PROTECTION == self._flags else self._window_of_weaker(kind)
        if window is None:
            return self._drop(Drop.PROTECTION)
        end = _HEADER_BYTES + length
        if kind & AUTHENTICATED:
            mac = self._mac
            size = self._code_length
            at = end + len(self._trailers[length & 3])
            if not self._equal(mac(datagram[_COVERED_FROM:at])[:size], datagram[at : at + size]) and (
                not self._verify_odd_trailer(datagram, end)
            ):
                return self._drop(Drop.INTEGRITY)
        elif len(datagram) < end:
            return self._drop(Drop.LENGTH)
        if not window.accept(sequence):
            return self._drop(Drop.REPLAY)
        if kind & ENCRYPTED:
            return self._decrypted(kind, datagram[_HEADER_BYTES:end])
        return kind & PAYLOAD_TYPE, datagram[_HEADER_BYTES:end]

    def _window_of_weaker(self, kind: int) -> ReplayWindow | None:
        """Return the window that counts for a packet with less protection; None where that was not agreed."""
        if not self._weaker or self._weaker.get(kind & PAYLOAD_TYPE) != kind & _PROTECTION:
            return None
        if not self._flags & ~kind & AUTHENTICATED:
            return self._window
        if self._plain_window is None:
            self._plain_window = ReplayWindow(ahead=_PLAIN_AHEAD)
        return self._plain_window

    def _drop(self, reason: Drop) -> tuple[int, bytes] | None:
        """Count a refusal; the answer of `open` then is None."""
        self.dropped[reason] += 1
        return None

    def _verify_odd_trailer(self, datagram: bytes, end: int) -> bool:
        """Try the other places where a trailer may end, going by the pad length that stands there."""
        size = self._code_length
        for pad in range(_MAX_INTEGRITY_PAD + 1):
            at = end + pad + 2
            if datagram[end + pad : at] == bytes((pad, NEXT_HEADER)) and self._equal(
                self._mac(datagram[_COVERED_FROM:at])[:size], datagram[at : at + size]
            ):
                return True
        return False

    def _decrypted(self, kind: int, payload: bytes) -> tuple[int, bytes] | None:
        """Return (payload type, plain payload), None when the payload has no such form.

        A pad of a whole block is taken as some BMCs send it; pad bytes that are not 01h 02h ... are only counted.
        """
        length = len(payload)
        if length < 2 * BLOCK or length & 15:
            return self._drop(Drop.PADDING)
        decrypt = self._decrypt
        if decrypt is None:
            decrypt = self._decrypt = aes_cbc_decryptor(self._encryption_key())
        text = decrypt(payload)
        pad = text[-1]
        if pad > BLOCK or length - pad <= BLOCK:
            return self._drop(Drop.PADDING)
        if not text.endswith(_PADS[pad]):
            self.odd_padding += 1
        return kind & PAYLOAD_TYPE, text[BLOCK : -1 - pad]

    def protect_less(self, payload_type: int, *, encrypted: bool, authenticated: bool) -> None:
        """Agree on less protection for one payload type (SOL without encryption, say).  IPMI 2.0 §24.1.

        Sent that way from now on; received that way or in full.  Unauthenticated packets of an authenticated session
        have sequence numbers of their own.
        """
        flags = (ENCRYPTED if encrypted else 0) | (AUTHENTICATED if authenticated else 0)
        weaker = self._weaker or {}
        if flags & self._flags == self._flags:
            weaker.pop(payload_type, None)
        else:
            weaker[payload_type] = flags & self._flags
        self._weaker = weaker

    def open_plain(self, datagram: bytes) -> tuple[int, bytes] | None:
        """Return what a wholly unprotected packet of our session says; nothing is proven, nothing is remembered.

        For one case: some BMCs answer Set Session Privilege Level so, and only the completion code of that may be used.
        """
        found = unwrap(datagram)
        if found is None or found.session_id != self._local_id or found.kind & _PROTECTION:
            return None
        return found.kind, found.payload

    def settles(self, datagram: bytes) -> bool:
        """Whether a packet leaves no other reading than the one in use: its code is right; changes nothing.

        Sessions without codes have one reading only.  A code that is keyed with the password says nothing of K2.
        """
        if not self.proves_bytes:
            return True
        if self.variant.integrity_key is not IntegrityKey.K1:
            return False
        end = _HEADER_BYTES + int.from_bytes(datagram[_LENGTH_AT:_HEADER_BYTES], "little")
        at = end + len(self._trailers[end & 3])
        code = self._mac(datagram[_COVERED_FROM:at])[: self._code_length]
        return self._equal(code, datagram[at : at + self._code_length])

    def detect(self, datagram: bytes) -> KeyVariant | None:
        """Return the reading under which this packet verifies and decrypts, None if there is none; changes nothing.

        For the side that is spoken to first: detect with the first packet, `use` what is found, then open it.
        """
        for variant in key_variants(self.suite):
            trial = SessionCipher(
                self.suite,
                self._keys,
                local_id=self._local_id,
                remote_id=self._remote_id,
                random=self._random,
                variant=variant,
            )
            trial._weaker = self._weaker
            opened = trial.open(datagram)
            if opened is not None and not trial.odd_padding and _is_plausible(*opened):
                return variant
        return None


def _nothing_agreed(data: bytes) -> bytes:
    """Stand in for an algorithm that the suite does not have: the flags of every packet keep it from being called."""
    raise AssertionError("no such protection was agreed")


class Unprotected(NamedTuple):
    """The fields of an RMCP+ packet, nothing verified.  `kind`: payload type with the two protection flags."""

    kind: int
    session_id: int
    sequence: int
    payload: bytes


def wrap_setup(payload_type: int, payload: bytes) -> bytes:
    """Return the datagram of a message that sets a session up (Open Session, RAKP): outside a session, unprotected."""
    return _pack(_PREFIX, payload_type, 0, 0, len(payload)) + payload


def unwrap(datagram: bytes) -> Unprotected | None:
    """Take an RMCP+ packet apart without verifying anything; None when it is none or shorter than it says."""
    if len(datagram) < _HEADER_BYTES:
        return None
    prefix, kind, session_id, sequence, length = _unpack(datagram)
    end = _HEADER_BYTES + length
    if not _is_rmcpplus(prefix) or len(datagram) < end:
        return None
    return Unprotected(kind, session_id, sequence, datagram[_HEADER_BYTES:end])


def unwrap_setup(datagram: bytes) -> tuple[int, bytes] | None:
    """Return (payload type, payload) of a message that sets a session up, None for anything else.

    The payload is as long as the header says: what follows it (some BMCs leave an integrity pad) is no part of it.
    """
    found = unwrap(datagram)
    if found is None or found.kind not in _SETUP_TYPES:
        return None
    return found.kind, found.payload


def _is_plausible(payload_type: int, payload: bytes) -> bool:
    """Whether a decrypted payload looks right: one wrong key in 256 gives a good pad, one in 65536 good sums too."""
    return payload_type != PayloadType.IPMI or checksums_fit(payload)


def _is_rmcpplus(prefix: bytes) -> bool:
    """Look at the first five bytes; the RMCP sequence number and the reserved byte may be anything."""
    return prefix[0] == VERSION and prefix[3] == CLASS_IPMI and prefix[4] == RMCPPLUS

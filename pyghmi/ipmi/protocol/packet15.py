# SPDX-License-Identifier: Apache-2.0
"""Seal and open IPMI 1.5 packets.  IPMI 2.0 §13.5 (format), §22.17.1 (codes), §6.12 (sessions)."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from struct import Struct

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.crypto import digest, equal
from pyghmi.ipmi.protocol.ipmb import checksums_fit
from pyghmi.ipmi.protocol.rmcp import HEADER, is_ipmi, is_rmcpplus
from pyghmi.ipmi.protocol.window import ReplayWindow, next_sequence
from pyghmi.ipmi.spec.codes import AuthType
from pyghmi.ipmi.wire.shapes import NamedTuple

PASSWORD_BYTES = 16


_HASHES: dict[int, str] = {AuthType.MD2: "md2", AuthType.MD5: "md5"}
SUPPORTED: tuple[int, ...] = (AuthType.NONE, AuthType.MD2, AuthType.MD5, AuthType.PASSWORD)
"""The authentication types of this package; OEM types are nobody's standard."""

_FIELDS = Struct("<BII")  # authentication type, session sequence number, session id
_WORD = Struct("<I")
_CODE_AT = len(HEADER) + _FIELDS.size
_CODE_BYTES = 16
_LENGTH_MODULUS = 256

# Sizes of a datagram that an old network controller could not send; one zero byte behind the message avoids them.
_LEGACY_SIZES = frozenset((56, 84, 112, 128, 156))

_WINDOW = 8
"""How far a sequence number may be above or below the highest one.  IPMI 2.0 §6.12.13."""


class Packet15(NamedTuple):
    """The fields of an IPMI 1.5 packet, nothing verified.  `code`: 16 bytes, empty for type none."""

    auth_type: int
    sequence: int
    session_id: int
    code: bytes
    message: bytes


def auth_code(auth_type: int, password: bytes, session_id: int, message: bytes, sequence: int) -> bytes:
    """Return the authentication code of a packet: 16 bytes, empty for type none.

    The password is cut or padded to 16 bytes.  Raises InvalidParameterValue for a type that is not in `SUPPORTED`.
    """
    key = password[:PASSWORD_BYTES].ljust(PASSWORD_BYTES, b"\0")
    if auth_type == AuthType.NONE:
        return b""
    if auth_type == AuthType.PASSWORD:
        return key
    hash_name = _HASHES.get(auth_type)
    if hash_name is None:
        raise InvalidParameterValue(f"IPMI 1.5 authentication type {auth_type} is not supported")
    return digest(hash_name, key + _WORD.pack(session_id) + message + _WORD.pack(sequence) + key)


def build(auth_type: int, sequence: int, session_id: int, code: bytes, message: bytes) -> bytes:
    """Return the datagram of an IPMI 1.5 packet, with the legacy pad where its size asks for one."""
    length = len(message) % _LENGTH_MODULUS
    datagram = HEADER + _FIELDS.pack(auth_type, sequence, session_id) + code + bytes((length,)) + message
    return datagram + b"\0" if len(datagram) in _LEGACY_SIZES else datagram


def wrap_plain(message: bytes) -> bytes:
    """Return the datagram of a session-less message: no authentication, session and sequence 0."""
    return build(AuthType.NONE, 0, 0, b"", message)


def parse(datagram: bytes) -> Packet15 | None:
    """Take an IPMI 1.5 packet apart without verifying anything; None when it is none or shorter than it says.

    Types other than none carry a code.  Bytes behind the message are ignored, unless their number shows that the
    length byte went around: then the message goes to the end.
    """
    return next(_readings(datagram), None)


def _readings(datagram: bytes) -> Iterator[Packet15]:
    """Yield the ways to read a packet: the length byte counts modulo 256, what is left over are trailing bytes."""
    if len(datagram) <= _CODE_AT or not is_ipmi(datagram) or is_rmcpplus(datagram):
        return
    auth_type, sequence, session_id = _FIELDS.unpack_from(datagram, len(HEADER))
    length_at = _CODE_AT + (_CODE_BYTES if auth_type != AuthType.NONE else 0)
    if len(datagram) <= length_at:
        return
    start = length_at + 1
    code = datagram[_CODE_AT:length_at]
    length = datagram[length_at]
    available = len(datagram) - start
    whole_rounds = (available - length) // _LENGTH_MODULUS
    for rounds in range(max(whole_rounds, 0), -1, -1):
        message = datagram[start : start + length + rounds * _LENGTH_MODULUS]
        if len(message) >= length and (not rounds or checksums_fit(message)):
            yield Packet15(auth_type, sequence, session_id, code, message)


class Drop15(Enum):
    """Why an IPMI 1.5 packet was dropped."""

    NOT_OURS = "not an IPMI 1.5 packet of this session"
    PROTECTION = "not authenticated where this was agreed"
    INTEGRITY = "wrong authentication code"
    REPLAY = "a sequence number that came before, or too far away"


class Session15:
    """Seal and open the packets of one IPMI 1.5 session; both sides use it.

    `session_id`: the BMC's, the same in both directions.  `send_type`: how our packets are authenticated from now on,
    may be set anew; with per-message authentication off it is NONE.  `activation_type`: what Activate Session used.
    `accept_plain`: whether packets without a code are taken although codes were agreed.
    `send_from`: our next sequence number (0 stands for 1); `receive_from`: where the peer's begin, None if unknown.
    `proves_bytes`: whether the last packet opened had a code over all bytes, so that inner checksums prove no more.
    """

    __slots__ = (
        "_opened",
        "_password",
        "_sequence",
        "_swapped",
        "_window",
        "accept_plain",
        "activation_type",
        "dropped",
        "proves_bytes",
        "send_type",
        "session_id",
    )

    def __init__(
        self,
        password: bytes,
        *,
        session_id: int,
        send_type: int,
        activation_type: int | None = None,
        accept_plain: bool = False,
        send_from: int = 1,
        receive_from: int | None = None,
    ) -> None:
        self._password = password
        self.session_id = session_id
        self.send_type = send_type
        self.activation_type = send_type if activation_type is None else activation_type
        self.accept_plain = accept_plain
        self._sequence = send_from or 1
        self._window = ReplayWindow(ahead=_WINDOW, behind=_WINDOW, start=receive_from or None)
        self._swapped = False
        self._opened = 0
        self.proves_bytes = False
        self.dropped: Counter[Drop15] = Counter()

    def __repr__(self) -> str:
        return f"<Session15, authentication {self.send_type}, {sum(self.dropped.values())} packets dropped>"

    @property
    def swapped(self) -> bool:
        """Whether the peer turned out to count in the wrong byte order, and we now do so too."""
        return self._swapped

    def seal(self, message: bytes, auth_type: int | None = None) -> bytes:
        """Return the whole datagram that carries `message`, with the next sequence number of ours.

        `auth_type`: authenticate this one so, whatever was agreed (some BMCs drop plain packets although they said
        that they take them).
        """
        kind = self.send_type if auth_type is None else auth_type
        sequence = self._sequence
        if self._swapped:
            sequence = _swap(sequence)
        self._sequence = next_sequence(self._sequence)
        code = auth_code(kind, self._password, self.session_id, message, sequence)
        return build(kind, sequence, self.session_id, code, message)

    def open(self, datagram: bytes) -> bytes | None:
        """Return the IPMI message in a packet, or None and count the reason in `dropped`.  Never raises.

        A packet that carries a code is verified by it, also where none was due.  Session id 0 in place of ours is
        taken from a packet whose code is right, and in sessions without codes (some BMCs answer so, or only
        errors); what it answers must then be told by rqSeq, netfn and command.
        """
        reason = Drop15.NOT_OURS
        for packet in _readings(datagram):
            refusal = self._refusal(packet)
            if refusal is None:
                if self._is_new(packet):
                    self.proves_bytes = packet.auth_type in _HASHES
                    return packet.message
                refusal = Drop15.REPLAY
            reason = refusal
        self.dropped[reason] += 1
        return None

    def open_first(self, datagram: bytes) -> bytes | None:
        """Like `open`, for the answer to Activate Session, whatever its sequence number: readings differ."""
        for packet in _readings(datagram):
            if self._refusal(packet) is None:
                return packet.message
        return None

    def _refusal(self, packet: Packet15) -> Drop15 | None:
        """Say why a packet is not to be believed, None when it is."""
        if packet.session_id not in (self.session_id, 0):
            return Drop15.NOT_OURS
        if packet.auth_type == AuthType.NONE:
            plain_agreed = self.accept_plain or self.send_type == AuthType.NONE
            return None if plain_agreed else Drop15.PROTECTION
        if packet.auth_type not in (self.send_type, self.activation_type) or packet.auth_type not in SUPPORTED:
            return Drop15.PROTECTION
        for session_id in {packet.session_id, self.session_id}:
            expected = auth_code(packet.auth_type, self._password, session_id, packet.message, packet.sequence)
            if equal(expected, packet.code):
                return None
        return Drop15.INTEGRITY

    def _is_new(self, packet: Packet15) -> bool:
        """Whether the sequence number has not come before; plain packets of BMCs that do not count have 0."""
        if not packet.sequence:
            return packet.auth_type == AuthType.NONE
        sequence = _swap(packet.sequence) if self._swapped else packet.sequence
        if self._window.fits(sequence):
            self._opened += 1
            return self._window.accept(sequence)
        return self._opened < 2 and not self._swapped and self._is_new_swapped(sequence)

    def _is_new_swapped(self, sequence: int) -> bool:
        """Whether a number at the begin of the session makes sense with its bytes swapped; if so, swap from now on.

        Such a BMC takes the bytes of our numbers in its own order, so its first number looks right and the second
        does not; our first one, which repeats bytes that it chose, is right for it too.
        """
        highest = self._window.highest or 0  # never None here: a window without a start takes any first number
        window = ReplayWindow(ahead=_WINDOW, behind=_WINDOW, start=_swap(highest))
        if self._opened:
            window.accept(_swap(highest))
        if not window.accept(_swap(sequence)):
            return False
        self._window = window
        self._swapped = True
        self._sequence = next_sequence(_swap(self._sequence - 1))
        return True


def _swap(number: int) -> int:
    """Reverse the four bytes of a number."""
    return int.from_bytes(number.to_bytes(4, "big"), "little")

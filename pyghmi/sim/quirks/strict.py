# SPDX-License-Identifier: Apache-2.0
"""Watches a console: what it does that the specifications do not have is noted, and answered all the same."""
from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import ipmb, rmcp
from pyghmi.ipmi.protocol.crypto import BLOCK
from pyghmi.ipmi.protocol.keying import standard_variant
from pyghmi.ipmi.protocol.packet import AUTHENTICATED, ENCRYPTED, PAYLOAD_TYPE, SessionCipher, Unprotected, unwrap
from pyghmi.ipmi.protocol.packet15 import Packet15, build, parse
from pyghmi.ipmi.spec.codes import PayloadType
from pyghmi.ipmi.spec.commands import command_name
from pyghmi.ipmi.spec.payloads import ConsolePacket
from pyghmi.ipmi.spec.session_setup import OpenSessionRequest, Rakp1, Rakp3
from pyghmi.ipmi.wire.layout import Message
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession
from pyghmi.sim.requestkinds import request_kinds

_HEADER_BYTES = 16
_LAST_NUMBER = 15
_SEND_MESSAGE, _ACTIVATE_PAYLOAD = (0x06, 0x34), (0x06, 0x48)
_CONSOLES_MESSAGES: dict[int, tuple[str, type[Message]]] = {
    PayloadType.OPEN_REQUEST: ("Open Session", OpenSessionRequest),
    PayloadType.RAKP1: ("RAKP 1", Rakp1),
    PayloadType.RAKP3: ("RAKP 3", Rakp3),
}
_ONCE = (PayloadType.RAKP1, PayloadType.RAKP3)
_REMEMBERED = 1000
_DEEPEST = 4


def watch(odd: Misbehaviour) -> None:
    """Have the consoles of this BMC watched."""
    watcher = _Watcher(odd)
    odd.network.incoming.append(watcher.datagram)
    odd.packets.append(watcher.packet)


class _State:
    """What a session has sent: numbers, the last request, the last packet of its serial console."""

    def __init__(self) -> None:
        self.dropped: Counter[Any] = Counter()
        self.odd_padding = 0
        self.sequence = 0
        self.request: ipmb.Request | None = None
        self.sol: ConsolePacket | None = None


class _Watcher:
    """The checks.  What comes outside of sessions, and IPMI 1.5, is seen as a datagram; RMCP+ when it was opened."""

    def __init__(self, odd: Misbehaviour) -> None:
        self._odd = odd
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._states: WeakKeyDictionary[OddSession, _State] = WeakKeyDictionary()

    def _note(self, text: str) -> None:
        self._odd.note(f"console: {text}")

    def _first(self, what: bytes) -> bool:
        """Whether this comes for the first time."""
        is_first = what not in self._seen
        self._seen[what] = 1
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return is_first

    # --- datagrams

    def datagram(self, datagram: bytes, _peer: Any) -> bytes:
        """Look at a datagram, and let it pass."""
        if len(datagram) < len(rmcp.HEADER) or datagram[0] != rmcp.VERSION:
            self._note("a datagram that is not RMCP")
        elif datagram[1]:
            self._note("the reserved byte of the RMCP header is not 0")
        elif not rmcp.is_ipmi(datagram):
            tag = rmcp.parse_ping(datagram)
            if tag is None or datagram[4:] != rmcp.ping(tag)[4:]:
                self._note("neither IPMI nor a presence ping")
        elif datagram[2] != rmcp.NO_ACK:
            self._note("the RMCP sequence number of IPMI is not FFh")
        elif rmcp.is_rmcpplus(datagram):
            self._rmcpplus(datagram)
        else:
            self._ipmi15(datagram)
        return datagram

    def _rmcpplus(self, datagram: bytes) -> None:
        found = unwrap(datagram)
        if found is None:
            self._note("a packet shorter than its lengths say")
        elif not found.session_id:
            self._outside(datagram, found)

    def _outside(self, datagram: bytes, found: Unprotected) -> None:
        if found.sequence:
            self._note("a sequence number outside of sessions")
        if len(datagram) != _HEADER_BYTES + len(found.payload):
            self._note("bytes behind a packet")
        named = _CONSOLES_MESSAGES.get(found.kind)
        if named is not None:
            self._setup(found.kind, found.payload, *named)
        elif found.kind == PayloadType.IPMI:
            self._message(found.payload)
        else:
            self._note(f"payload type {found.kind:02X}h outside of sessions")

    def _setup(self, kind: int, payload: bytes, name: str, form: type[Message]) -> None:
        if kind in _ONCE and not self._first(payload):
            self._note(f"{name} came twice")
            return
        try:
            said: Any = form.decode(payload)
        except Malformed:
            self._note(f"{name} of {len(payload)} bytes")
            return
        if said.encode() != payload:
            self._note(f"{name}: bits or lengths that are reserved")
        if kind == PayloadType.OPEN_REQUEST and not any(said.console_id):
            self._note(f"{name} with session id 0")
        if kind == PayloadType.RAKP1:
            if said.name_length != len(said.name):
                self._note(f"{name}: the name has {len(said.name)} bytes and is said to have {said.name_length}")
            if not self._first(said.console_random):
                self._note(f"{name}: a random number that came before")

    def _ipmi15(self, datagram: bytes) -> None:
        found = parse(datagram)
        if found is None:
            self._note("a packet of IPMI 1.5 that is shorter than its lengths say")
            return
        if build(found.auth_type, found.sequence, found.session_id, found.code, found.message) != datagram:
            self._note("a packet of IPMI 1.5 with bytes behind it, or without the legacy pad that is due")
        if not found.session_id and (found.sequence or found.auth_type):
            self._note("a sequence number or a code outside of sessions")
        self._message(found.message)

    # --- sessions

    def packet(self, session: OddSession, datagram: bytes, opened: tuple[int, bytes] | None) -> None:
        """Look at a packet of a session, and what was in it."""
        state = self._states.setdefault(session, _State())
        cipher = session.cipher
        for reason in cipher.dropped - state.dropped:
            self._note(f"a packet that was dropped: {reason.value}")
        state.dropped = Counter(cipher.dropped)
        if opened is None:
            return
        kind, payload = opened
        if isinstance(cipher, SessionCipher):
            found = unwrap(datagram)
            if found is not None:
                self._sealed(cipher, state, datagram, found, len(payload))
        else:
            packet15: Packet15 | None = parse(datagram)
            if packet15 is not None and packet15.auth_type:
                self._counted(state, packet15.sequence)
        if kind == PayloadType.SOL:
            self._sol(state, payload)
        elif kind != PayloadType.IPMI:
            self._note(f"payload type {kind:02X}h")
        else:
            request = self._message(payload) if session.version == "2.0" else ipmb.parse_request(payload)
            self._numbered(state, request)

    def _sealed(self, cipher: SessionCipher, state: _State, datagram: bytes, found: Unprotected, length: int) -> None:
        """Look at how a packet was sealed."""
        if cipher.variant != standard_variant(cipher.suite):
            self._note(f"another reading of the keys or pads: {cipher.variant}")
        if cipher.odd_padding != state.odd_padding:
            state.odd_padding = cipher.odd_padding
            self._note("an encryption pad that is not 01h 02h ...")
        sent = len(found.payload)
        if found.kind & ENCRYPTED and sent != BLOCK * (2 + length // BLOCK):
            self._note("an encryption pad of a whole block")
        tail = datagram[_HEADER_BYTES + sent :]
        trailer = cipher._trailers[sent & 3] if found.kind & AUTHENTICATED else b""
        size = len(trailer) + (cipher._code_length if found.kind & AUTHENTICATED else 0)
        if len(tail) != size or not tail.startswith(trailer):
            self._note("an integrity pad that is not FFh ..., or bytes behind a packet")
        if not cipher._weaker or found.kind & PAYLOAD_TYPE not in cipher._weaker:
            self._counted(state, found.sequence)

    def _counted(self, state: _State, sequence: int) -> None:
        """Sequence numbers go up by one, if the network loses and reorders nothing."""
        before, state.sequence = state.sequence, sequence
        if before and sequence != before + 1 and not self._odd.network.to_bmc.faults:
            self._note(f"session sequence number {sequence} after {before}")

    def _numbered(self, state: _State, request: ipmb.Request | None) -> None:
        if request is None:
            return
        before, state.request = state.request, request
        if before is not None and before.rq_seq == request.rq_seq and before != request:
            name = command_name(request.netfn, request.cmd)
            self._note(f"{name} has the rqSeq of the request before it")
        if request[:2] == _ACTIVATE_PAYLOAD:
            state.sol = None

    # --- messages

    def _message(self, message: bytes, depth: int = 0) -> ipmb.Request | None:
        """Look at an IPMI message; returns the request that it is."""
        if not ipmb.checksums_fit(message):
            self._note("a message with a wrong checksum")
            return None
        request = ipmb.parse_request(message)
        if request is None:
            self._note("a response in the place of a request")
            return None
        addresses = request.rs_address, request.rq_address, request.rq_lun
        if not depth and addresses != (ipmb.BMC_ADDRESS, ipmb.CONSOLE_ADDRESS, 0):
            self._note(f"a request from {request.rq_address:02X}h, LUN {request.rq_lun}, to {request.rs_address:02X}h")
        if request[:2] == _SEND_MESSAGE and len(request.data) > ipmb.MIN_REQUEST and depth < _DEEPEST:
            self._message(request.data[1:], depth + 1)
        self._data(request)
        return request

    def _data(self, request: ipmb.Request) -> None:
        """Look at the data of a request."""
        form = request_kinds().get(request[:2])
        if form is None:
            return
        name, data = command_name(request.netfn, request.cmd), request.data
        try:
            again = form.decode(data).encode()
        except Malformed:
            self._note(f"{name} with {len(data)} bytes")
            return
        if len(again) != len(data):
            self._note(f"{name} with bytes behind its fields")
        elif again != data:
            self._note(f"{name}: reserved bits are set")

    def _sol(self, state: _State, payload: bytes) -> None:
        try:
            said = ConsolePacket.decode(payload)
        except Malformed:
            self._note(f"a packet of the serial console of {len(payload)} bytes")
            return
        if said.encode() != payload:
            self._note("a packet of the serial console: reserved bits are set")
        if not said.number:
            if said.characters:
                self._note("characters in a packet of the serial console that has no number")
            return
        before, state.sol = state.sol, said
        if before is None:
            return
        if said.number == before.number:
            if said.characters != before.characters:
                self._note(f"packet {said.number} of the serial console came again with other characters")
        elif said.number != before.number % _LAST_NUMBER + 1:
            self._note(f"packet {said.number} of the serial console after {before.number}")

# SPDX-License-Identifier: Apache-2.0
"""Ask a silent BMC, from a socket of its own, whether anybody is there and what it speaks.

Get Channel Authentication Capabilities needs no session and changes nothing.  It is asked after a moment of silence
only, so a BMC that answers costs nothing.  The separate, connected socket is what the system tells of a closed port.
"""
from __future__ import annotations

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet15 import parse, wrap_plain
from pyghmi.ipmi.spec.app import ChannelAuthenticationCapabilities, GetChannelAuthenticationCapabilities
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK

_FIRST_AFTER = 0.3
_AGAIN_AFTER = (1.0, 3.0, 6.0)
_REFUSED_AGAIN_AFTER = 0.2
_REFUSALS_NEEDED = 3


class Prober:
    """When to probe, and what came of it.

    `out`: datagrams for the separate socket; `due`: when to call `fire`; `refused`: the port is closed for certain
    (several refusals in a row: a restarting BMC refuses now and then); `capabilities` or `code`: what the BMC said.
    """

    __slots__ = ("_extended", "_refusals", "_rq_seq", "_silences", "capabilities", "code", "due", "out", "refused")

    def __init__(self) -> None:
        self.out: list[bytes] = []
        self.due: float | None = None
        self.refused = False
        self.capabilities: ChannelAuthenticationCapabilities | None = None
        self.code = OK
        self._extended = True
        self._refusals = 0
        self._rq_seq = 0
        self._silences = 0

    @property
    def answered(self) -> bool:
        """Whether the BMC said something to the question."""
        return self.capabilities is not None or self.code != OK

    def watch(self, now: float) -> None:
        """Probe soon, unless `stop` is called before."""
        if self.due is None and not self.answered and not self.refused:
            self.due = now + _FIRST_AFTER

    def stop(self) -> None:
        """Leave it: something was heard."""
        self.due = None
        self._refusals = 0

    def fire(self, now: float) -> None:
        """Ask now."""
        self._rq_seq = (self._rq_seq + 1) % ipmb.RQ_SEQ_COUNT
        request = GetChannelAuthenticationCapabilities(extended=self._extended)
        message = ipmb.build_request(request.netfn, request.cmd, request.encode(), self._rq_seq)
        self.out.append(wrap_plain(message))
        pause = _AGAIN_AFTER[self._silences] if self._silences < len(_AGAIN_AFTER) else None
        self._silences += 1
        self.due = None if pause is None else now + pause

    def peer_refused(self, now: float) -> None:
        """The system says that nothing listens on the port."""
        self._refusals += 1
        if self._refusals >= _REFUSALS_NEEDED:
            self.refused = True
            self.due = None
        else:
            self._silences = 0
            self.due = now + _REFUSED_AGAIN_AFTER

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take an answer; False when the datagram is none."""
        packet = parse(datagram)
        if packet is None or packet.session_id or packet.auth_type:
            return False
        response = ipmb.parse_response(packet.message)
        request = GetChannelAuthenticationCapabilities
        if response is None or response[0] != request.netfn | 1 or response[1] != request.cmd:
            return False
        self.stop()
        if response[3] == INVALID_FIELD and self._extended:
            # BMCs of IPMI 1.5 that want the reserved bit to be zero.
            self._extended = False
            self._silences = 0
            self.fire(now)
        elif response[3] != OK:
            self.code = response[3]
        else:
            try:
                self.capabilities = ChannelAuthenticationCapabilities.decode(response[4])
            except Malformed:
                return False
        return True

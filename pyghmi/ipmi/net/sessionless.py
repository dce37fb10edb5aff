# SPDX-License-Identifier: Apache-2.0
"""Questions that need no session: presence ping, authentication capabilities, cipher suites, GUID."""
from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar

from pyghmi.exceptions import SessionError, TimedOut, Unreachable, UnsupportedFunctionality
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.net.names import find
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.net.sockets import Address, Probe
from pyghmi.ipmi.protocol import ipmb, rmcp
from pyghmi.ipmi.protocol.packet import unwrap
from pyghmi.ipmi.protocol.packet15 import parse, wrap_plain
from pyghmi.ipmi.spec.codes import PayloadType
from pyghmi.ipmi.spec.commands import command_name
from pyghmi.ipmi.spec.request import Request, Target
from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.shapes import NamedTuple

R = TypeVar("R", bound=Message)

_TRY_S = 0.5
_DEADLINE_S = 2.0
_REFUSALS = 3
_NAME_S = 10.0
_SHOWN_BYTES = 32


class Presence(NamedTuple):
    """An answer to a presence ping.  ipmi: whether the host says that it speaks IPMI; seconds: the round trip."""

    ipmi: bool
    iana: int
    seconds: float


class _Wait:
    """What one question waits for."""

    done = False
    datagram = b""
    strangers = 0
    stranger = b""


class Sessionless:
    """A `Requester` for commands that need no session, each from a connected socket.  Use it in a `with`.

    observer: called with (sent, datagram, address) for each datagram.  Raises NameResolutionError, Unreachable.
    """

    def __init__(
        self, host: str, port: int = 623, *, observer: Optional[Callable[[bool, bytes, Address], None]] = None
    ) -> None:
        self.host = host
        self.port = port
        self._observer = observer
        self._reactor = Reactor()
        self._sequence = 0
        self._refusals = 0
        self._wait = _Wait()
        self._expects: Any = None
        self.address: Address = ()
        self._probe = self._connect()

    def _connect(self) -> Probe:
        error: OSError | None = None
        for family, address in find(self._reactor, self.host, self.port, self.now() + _NAME_S):
            try:
                probe = Probe(self._reactor, family, address, self._received, self._refused)
            except OSError as found:
                error = found
                continue
            self.address = address
            return probe
        raise Unreachable(
            "Unable to transmit to specified address",
            host=self.host,
            port=self.port,
            hint=str(error.strerror if error is not None else ""),
        ) from error

    def __enter__(self) -> Sessionless:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back."""
        self._reactor.close()

    def ping(self, deadline_s: float = _DEADLINE_S) -> Presence:
        """Return the answer to an RMCP presence ping.  Raises TimedOut: many BMCs never answer it; Unreachable."""
        self._sequence = self._sequence % 254 + 1
        tag = self._sequence
        began = self.now()
        datagram = self._ask(rmcp.ping(tag), lambda data: _is_pong(data, tag), "presence ping", deadline_s)
        found = rmcp.parse_pong(datagram)
        if found is None:
            raise SessionError("The presence pong cannot be read", host=self.host, port=self.port)
        return Presence(found.ipmi, found.iana, self.now() - began)

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer.  Raises CompletionCodeError, Malformed, TimedOut, Unreachable."""
        code, data = self.exchange(req.netfn, req.cmd, req.encode(), target=target, lun=lun, deadline_s=deadline_s)
        return answer_of(req, code, data)

    def exchange(
        self,
        netfn: int,
        cmd: int,
        data: bytes = b"",
        *,
        target: Target | None = None,
        lun: int = 0,
        deadline_s: float | None = None,
        repeatable: bool | None = None,
        first_wait: float | None = None,
    ) -> tuple[int, bytes]:
        """Return (completion code, data behind it), whatever the code."""
        if target is not None:
            raise UnsupportedFunctionality("a controller behind the BMC cannot be reached without a session")
        self._sequence = (self._sequence + 1) % ipmb.RQ_SEQ_COUNT
        sequence = self._sequence
        message = ipmb.build_request(netfn, cmd, data, sequence, lun)

        def fits(datagram: bytes) -> bool:
            found = _response_in(datagram)
            return found is not None and found[:3] == (netfn | 1, cmd, sequence)

        datagram = self._ask(
            wrap_plain(message), fits, command_name(netfn, cmd), _DEADLINE_S if deadline_s is None else deadline_s
        )
        found = _response_in(datagram)
        if found is None:
            raise SessionError("The answer cannot be read", host=self.host, port=self.port)
        return found[3], found[4]

    def _ask(self, datagram: bytes, fits: Any, stage: str, deadline_s: float) -> bytes:
        """Send until an answer that fits has come."""
        wait = self._wait = _Wait()
        self._expects = fits
        began = self.now()
        tries = 0
        while not wait.done:
            left = began + deadline_s - self.now()
            if left <= 0 or self._refusals >= _REFUSALS:
                raise self._failure(stage, tries, self.now() - began)
            if self._observer is not None:
                self._observer(True, datagram, self.address)
            self._probe.send(datagram, self.now())
            tries += 1
            self._reactor.run_until(wait, self.now() + min(_TRY_S, left))
        self._refusals = 0
        return wait.datagram

    def _failure(self, stage: str, tries: int, elapsed: float) -> SessionError:
        if self._refusals >= _REFUSALS:
            return Unreachable(
                "Nothing listens on the port",
                host=self.host,
                port=self.port,
                stage=stage,
                tries=tries,
                elapsed=elapsed,
                hint="the host answers, but IPMI over LAN is off, or the port is another",
            )
        return TimedOut(
            "timeout",
            host=self.host,
            port=self.port,
            stage=stage,
            tries=tries,
            elapsed=elapsed,
            hint=_what_came(self._wait),
            code=0xFFFF,
        )

    def _received(self, datagram: bytes, _now: float) -> None:
        if self._observer is not None:
            self._observer(False, datagram, self.address)
        wait = self._wait
        if wait.done or self._expects is None:
            return
        if self._expects(datagram):
            wait.datagram = datagram
            wait.done = True
        else:
            wait.strangers += 1
            wait.stranger = wait.stranger or datagram

    def _refused(self, _now: float) -> None:
        self._refusals += 1

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._reactor.run_until(None, self.now() + seconds)

    def now(self) -> float:
        """Return the time in seconds on a clock that never goes back."""
        return self._reactor.clock()


def _is_pong(datagram: bytes, tag: int) -> bool:
    key = rmcp.session_key(datagram)
    return key == ("pong", tag) or key == ("pong", 0)


def _what_came(wait: _Wait) -> str:
    if not wait.strangers:
        return "no answer; that alone does not mean that the BMC is down"
    shown = wait.stranger[:_SHOWN_BYTES].hex(" ") + (" …" if len(wait.stranger) > _SHOWN_BYTES else "")
    return f"what came is no answer to it, datagrams: {wait.strangers}, the first (bytes): {shown}"


def _response_in(datagram: bytes) -> tuple[int, int, int, int, bytes] | None:
    """Return the response in a packet that belongs to no session, in the format of 1.5 or of 2.0: BMCs send either."""
    if rmcp.is_rmcpplus(datagram):
        found = unwrap(datagram)
        plain = found is not None and found.kind == PayloadType.IPMI and not found.session_id
        message = found.payload if found is not None and plain else b""
    else:
        packet = parse(datagram)
        message = b"" if packet is None else packet.message
    return ipmb.parse_response(message)

# SPDX-License-Identifier: Apache-2.0
"""A network between a simulated BMC and its consoles that loses, doubles, delays and damages datagrams."""
from __future__ import annotations

import socket
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any, Callable, Optional

from pyghmi.exceptions import InvalidParameterValue

if TYPE_CHECKING:
    from pyghmi.sim.machine import SimulatedBmc

Incoming = Callable[[bytes, Any], Optional[bytes]]
"""(datagram, who sent it) -> what the BMC gets in its place, None: nothing."""

Outgoing = Callable[[bytes, Any], "list[tuple[float, bytes]]"]
"""(datagram, for whom) -> (seconds from now, datagram) of what is sent in its place."""

_OVERTAKEN_S = (0.02, 0.12)
"""How much later a datagram comes that others overtake."""
_SALT = 0x5DEECE66D
_NAMES = ("loss", "doubles", "reorder", "corruption", "delay_s", "jitter_s")


class Faults:
    """What may happen to a datagram on its way, each with a probability from 0 to 1, or in seconds.

    reorder: it comes up to 0.12 s later, so that others overtake it; corruption: one of its bits is turned; delay_s: on
    top of every way; jitter_s: up to so much more, each time another.  Raises InvalidParameterValue.
    """

    __slots__ = ("corruption", "delay_s", "doubles", "jitter_s", "loss", "reorder")

    def __init__(
        self,
        loss: float = 0.0,
        doubles: float = 0.0,
        reorder: float = 0.0,
        corruption: float = 0.0,
        delay_s: float = 0.0,
        jitter_s: float = 0.0,
    ) -> None:
        for name, value in (("loss", loss), ("doubles", doubles), ("reorder", reorder), ("corruption", corruption)):
            if not 0.0 <= value <= 1.0:
                raise InvalidParameterValue(f"{name} is a probability, 0 to 1, not {value}")
        for name, value in (("delay_s", delay_s), ("jitter_s", jitter_s)):
            if not 0.0 <= value < 3600.0:
                raise InvalidParameterValue(f"{name} is a time, 0 to 3600 seconds, not {value}")
        self.loss, self.doubles, self.reorder, self.corruption = loss, doubles, reorder, corruption
        self.delay_s, self.jitter_s = delay_s, jitter_s

    def __repr__(self) -> str:
        return f"<Faults {self}>"

    def __str__(self) -> str:
        found = (f"{name}={getattr(self, name)}" for name in _NAMES if getattr(self, name))
        return ", ".join(found) or "none"

    def __bool__(self) -> bool:
        """Whether anything may happen."""
        return any(getattr(self, name) for name in self.__slots__)


class Way:
    """One direction: what happens to its datagrams, by a source of numbers of its own, the same for the same seed.

    The nth datagram of a direction meets the nth fate, whatever goes the other way, and whenever it comes.
    """

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self._random = Random(seed)

    def fate(self, datagram: bytes) -> list[tuple[float, bytes]]:
        """Return (seconds from now, datagram) of what arrives."""
        faults, drawn = self.faults, self._random.random
        lost, doubled, damaged, late = drawn(), drawn(), drawn(), drawn()
        delays = [faults.delay_s + faults.jitter_s * drawn() for _copy in range(2)]
        where, behind, first, last = drawn(), drawn(), *_OVERTAKEN_S  # as many for each, whatever happens to it
        if lost < faults.loss:
            return []
        if late < faults.reorder:
            delays[0] += first + (last - first) * behind
        if damaged < faults.corruption and datagram:
            datagram = _damaged(datagram, int(where * len(datagram) * 8))
        return [(delay, datagram) for delay in (delays if doubled < faults.doubles else delays[:1])]


def _damaged(datagram: bytes, bit: int) -> bytes:
    """Turn one bit."""
    at = bit // 8
    return datagram[:at] + bytes((datagram[at] ^ 1 << bit % 8,)) + datagram[at + 1 :]


class Network:
    """The network of one BMC: put before its socket, and looking like one.

    faults: of both directions, `to_bmc` and `to_consoles` may be given others; incoming, outgoing: hooks that see each
    datagram on the BMC's side of the network, in their order; sent, received: how many datagrams passed there.

    A datagram that is late comes by the machine's clock: one that is moved by hand has to be moved.
    """

    def __init__(self, machine: SimulatedBmc, faults: Faults | None = None, seed: int = 1) -> None:
        self.to_bmc = Way(faults or Faults(), seed)
        self.to_consoles = Way(faults or Faults(), seed ^ _SALT)
        self.incoming: list[Incoming] = []
        self.outgoing: list[Outgoing] = []
        self.sent = self.received = 0
        self._machine = machine
        self._arrived: deque[tuple[bytes, Any]] = deque()
        self._socket: Any = None
        self._readable: Callable[[float], None] = lambda _now: None
        machine.talk_through(self._begin)

    def __repr__(self) -> str:
        return f"<Network, {self.received} datagrams to the BMC, {self.sent} from it>"

    def _begin(self, sock: Any, readable: Callable[[float], None]) -> Network:
        self._socket, self._readable = sock, readable
        return self

    def between(self, to_bmc: Faults, to_consoles: Faults | None = None) -> None:
        """Have these faults from now on, in both directions or each its own."""
        self.to_bmc.faults = to_bmc
        self.to_consoles.faults = to_bmc if to_consoles is None else to_consoles

    # --- what a socket has

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        found: int = self._socket.fileno()
        return found

    def getsockname(self) -> Any:
        """Return the address of the socket."""
        return self._socket.getsockname()

    def close(self) -> None:
        """Close the socket."""
        self._arrived.clear()
        self._socket.close()

    def shut(self, seconds: float) -> None:
        """Close the port for so long: who sends to it is told by ICMP that nobody listens."""
        if self._socket.fileno() < 0:
            return
        address, family, reactor = self._socket.getsockname(), self._socket.family, self._machine.reactor
        reactor.remove(self)
        self._socket.close()

        def again() -> None:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            try:
                sock.bind(address)
            except OSError:
                sock.close()
                return  # somebody else has the port now
            self._socket = sock
            reactor.add(self, self._readable)

        self.later(seconds, again)

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        """Return what arrives next.  Raises BlockingIOError where nothing does."""
        while not self._arrived:
            datagram, peer = self._socket.recvfrom(size)
            for delay_s, late in self.to_bmc.fate(datagram):
                if delay_s > 0.0:
                    self.later(delay_s, lambda late=late, peer=peer: self._arrive(late, peer))  # type: ignore[misc]
                else:
                    self._at_bmc(late, peer)
        return self._arrived.popleft()

    def _at_bmc(self, datagram: bytes, peer: Any) -> None:
        self.received += 1
        found: bytes | None = datagram
        for hook in self.incoming:
            if found is not None:
                found = hook(found, peer)
        if found is not None:
            self._arrived.append((found, peer))

    def _arrive(self, datagram: bytes, peer: Any) -> None:
        """Have the BMC take what was on its way for a while."""
        self._at_bmc(datagram, peer)
        while self._arrived and self._socket.fileno() >= 0:
            self._readable(self._machine.reactor.clock())

    def sendto(self, datagram: bytes, peer: Any) -> int:
        """Send a datagram, or what becomes of it."""
        self.sent += 1
        found = [(0.0, datagram)]
        for hook in self.outgoing:
            found = [
                (before_s + delay_s, changed) for before_s, each in found for delay_s, changed in hook(each, peer)
            ]
        for delay_s, each in found:
            self.send(each, peer, delay_s)
        return len(datagram)

    def send(self, datagram: bytes, peer: Any, delay_s: float = 0.0) -> None:
        """Send what the hooks shall not see."""
        for more_s, each in self.to_consoles.fate(datagram):
            if delay_s + more_s > 0.0:
                self.later(delay_s + more_s, lambda each=each: self._put(each, peer))  # type: ignore[misc]
            else:
                self._put(each, peer)

    def _put(self, datagram: bytes, peer: Any) -> None:
        if self._socket.fileno() >= 0:
            try:
                self._socket.sendto(datagram, peer)
            except OSError:
                return  # counts as lost

    def later(self, delay_s: float, action: Callable[[], object]) -> None:
        """Have something done in so many seconds."""
        self._machine.clock.call_later(delay_s, action)

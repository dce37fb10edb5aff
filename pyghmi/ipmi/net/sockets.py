# SPDX-License-Identifier: Apache-2.0
"""UDP sockets that many sessions share, and the one door at which the system's errors become ours."""
from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, Callable, Protocol

from pyghmi.exceptions import Unreachable
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.protocol.rmcp import session_key

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor

Address = tuple[Any, ...]
"""A socket address as the socket module has it: (host, port) or (host, port, flow, scope)."""

_DATAGRAM_BYTES = 8192
_SESSIONS_PER_SOCKET = 64
_DATAGRAMS_AT_A_TIME = 64
_RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
_HINTS = {
    errno.ENETUNREACH: "there is no route to the network of the BMC",
    errno.EHOSTUNREACH: "there is no route to the BMC, or it is off the network",
    errno.EACCES: "the system forbids to send there (a firewall, or a broadcast address)",
    errno.EPERM: "the system forbids to send there (a firewall)",
    errno.EADDRNOTAVAIL: "this machine has no address from which the BMC could be reached",
    errno.EAFNOSUPPORT: "this machine does not speak that version of IP",
    errno.EINVAL: "the system does not take this address",
}
_PASSING = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR, errno.ENOBUFS, errno.ECONNREFUSED, errno.ENOMEM)
"""Not worth a word: the datagram counts as lost, and will be sent again."""


class Receiver(Protocol):
    """Who takes datagrams: a session's link."""

    def received(self, datagram: bytes, now: float) -> None: ...


class Port:
    """A UDP socket shared by sessions, told apart by address and session id.

    A datagram that names no session goes to all receivers of its address; each ignores what is not its own.
    """

    def __init__(self, reactor: Reactor, family: int) -> None:
        self._reactor = reactor
        self._sessions: dict[tuple[Address, object], Receiver] = {}
        self._by_address: dict[Address, dict[Receiver, None]] = {}
        self.family = family
        self.load = 0
        sock = modules.socket.socket(family, modules.socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            _enlarge(sock)
            sock.bind(("::" if family == modules.socket.AF_INET6 else "", 0))
        except OSError:
            sock.close()
            raise
        self.socket = sock
        self._receive = sock.recvfrom
        self.send_to = sock.sendto
        reactor.add(sock, self._readable)

    def attach(self, receiver: Receiver, address: Address) -> None:
        """Give this receiver what comes from `address` without naming a session."""
        self._by_address.setdefault(address, {})[receiver] = None

    def detach(self, receiver: Receiver, address: Address) -> None:
        """Take that back."""
        receivers = self._by_address.get(address)
        if receivers is not None:
            receivers.pop(receiver, None)
            if not receivers:
                del self._by_address[address]

    def listen(self, receiver: Receiver, address: Address, session_id: int) -> None:
        """Give this receiver what comes from `address` for this session id."""
        self._sessions[address, session_id] = receiver

    def ignore(self, address: Address, session_id: int) -> None:
        """Take that back."""
        self._sessions.pop((address, session_id), None)

    def _readable(self, now: float) -> None:
        receive, sessions = self._receive, self._sessions
        for _count in range(_DATAGRAMS_AT_A_TIME):
            try:
                datagram, address = receive(_DATAGRAM_BYTES)
            except OSError:
                return  # nothing more to read, or the word about an earlier datagram: those count as lost
            key = session_key(datagram)
            receiver = sessions.get((address, key))
            if receiver is not None:
                receiver.received(datagram, now)
            else:
                self._deliver_odd(datagram, address, key, now)
            if self._reactor.awaited.done:
                return  # what was waited for has come: whatever else there is, the next turn sees it

    def _deliver_odd(self, datagram: bytes, address: Address, key: object, now: float) -> None:
        if isinstance(key, tuple) and key[0] == "1.5":
            receiver = self._sessions.get((address, key[1]))
            if receiver is not None:
                receiver.received(datagram, now)
                return
        for receiver in list(self._by_address.get(address, ())):
            receiver.received(datagram, now)

    def close(self) -> None:
        """Give the descriptor back."""
        self._reactor.remove(self.socket)
        self.socket.close()


def _enlarge(sock: Any) -> None:
    """Ask for room for the answers of many BMCs at once; the system may give less."""
    try:
        sock.setsockopt(modules.socket.SOL_SOCKET, modules.socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    except OSError:
        return


class Ports:
    """The shared sockets of one reactor: a new one for every 64 sessions, closed when its last session ends."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._ports: list[Port] = []

    def take(self, family: int) -> Port:
        """Return a socket with room for one more session."""
        best: Port | None = None
        for port in self._ports:
            if port.family == family and port.load < _SESSIONS_PER_SOCKET and (best is None or port.load < best.load):
                best = port
        if best is None:
            best = opened(lambda: Port(self._reactor, family))
            self._ports.append(best)
        best.load += 1
        return best

    def give_back(self, port: Port) -> None:
        """Note that a session left its socket."""
        port.load -= 1
        if port.load <= 0 and port in self._ports:
            self._ports.remove(port)
            port.close()


class Probe:
    """A connected UDP socket of one link: the system reports on it when nothing listens at the other end."""

    def __init__(
        self,
        reactor: Reactor,
        family: int,
        address: Address,
        received: Callable[[bytes, float], None],
        refused: Callable[[float], None],
    ) -> None:
        self._reactor = reactor
        self._received = received
        self._refused = refused
        sock = modules.socket.socket(family, modules.socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        self._socket = sock
        reactor.add(sock, self._readable)

    def send(self, datagram: bytes, now: float) -> None:
        """Send; a refusal of the datagram before is reported here on some systems."""
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:
            self._refused(now)
        except OSError:
            return

    def _readable(self, now: float) -> None:
        try:
            datagram = self._socket.recv(_DATAGRAM_BYTES)
        except (ConnectionRefusedError, ConnectionResetError):
            self._refused(now)
        except OSError:
            return
        else:
            self._received(datagram, now)

    def close(self) -> None:
        """Give the descriptor back."""
        self._reactor.remove(self._socket)
        self._socket.close()


def send_error(error: OSError) -> Unreachable | None:
    """Return what a failure to send means; None: it passes, and the datagram counts as lost."""
    if error.errno in _PASSING:
        return None
    found = Unreachable(
        "Unable to transmit to specified address",
        hint=_HINTS.get(error.errno or 0, error.strerror or type(error).__name__),
    )
    found.__cause__ = error
    return found


def opened(make: Callable[[], Port]) -> Port:
    """Make a socket; what the system says against it becomes an error of ours."""
    try:
        return make()
    except OSError as error:
        raise Unreachable(
            "Unable to open a socket", hint=_HINTS.get(error.errno or 0, error.strerror or type(error).__name__)
        ) from error

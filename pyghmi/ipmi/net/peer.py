# SPDX-License-Identifier: Apache-2.0
"""One session machine with its sockets: addresses, datagrams, timers, forks."""
from __future__ import annotations

from typing import Callable, Optional

from pyghmi.exceptions import SessionError
from pyghmi.ipmi.net import logs
from pyghmi.ipmi.net.keepalive import KeepAlive
from pyghmi.ipmi.net.memories import memory_of
from pyghmi.ipmi.net.payloaddoor import PayloadDoor
from pyghmi.ipmi.net.reactor import NEVER, Reactor
from pyghmi.ipmi.net.resolve import Row
from pyghmi.ipmi.net.route import Routes
from pyghmi.ipmi.net.sidepath import SidePath
from pyghmi.ipmi.net.sockets import Address, Port, send_error
from pyghmi.ipmi.protocol.client import ClientSession
from pyghmi.ipmi.protocol.crypto import RandomPool
from pyghmi.ipmi.protocol.events import Closed, Event, LoggedIn, LoginFailed, Reopened, State
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.login import Login

Observer = Callable[[bool, bytes, Address], None]
"""Called with (whether we sent it, datagram, address of the BMC)."""

Ended = Callable[[Optional[SessionError]], None]


_random = RandomPool()
"""Random bytes for all machines of the process."""


class Peer:
    """A session machine and what connects it with the network.  All methods are called under the reactor's lock.

    `done`: nothing of this session goes on any more.  `addresses`: those of the host, as last looked up.
    `watchers`: called, under the lock, with each event of the machine.
    """

    def __init__(
        self,
        reactor: Reactor,
        host: str,
        port: int,
        login: Login,
        *,
        keepalive: bool | None,
        observer: Observer | None,
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port_number = port
        self._login = login
        self._observer = observer
        self._memory = memory_of(host, port)
        self.machine = ClientSession(login, self._memory, random=_random)
        self.armed_at = NEVER
        self.address: Address = ()
        self.socket: Port | None = None
        self.addresses: list[Row] = []
        self._routes = Routes(reactor, self)
        self._side = SidePath(reactor, self.received, self._refused)
        self._ended: list[Ended] = []
        self.payloads = PayloadDoor(self)
        self.watchers: list[Callable[[Event], None]] = []
        self.keepalive = KeepAlive(keepalive)

    @property
    def state(self) -> State:
        """Where the session is."""
        return self.machine.state

    @property
    def done(self) -> bool:
        """Whether the session has come to its end."""
        return self.machine.state in (State.CLOSED, State.DEAD, State.IDLE)

    @property
    def needs_addresses(self) -> bool:
        """Whether the next request will begin with looking the host up."""
        return self.socket is None and self.machine.state in (State.IDLE, State.DEAD)

    @property
    def outstanding(self) -> int:
        """The number of requests without an answer; a login counts as one."""
        return self.machine.outstanding + (1 if self.machine.state is State.OPENING else 0)

    # --- life

    def open(self, deadline: float, patience: float | None, ended: Ended) -> None:
        """Begin to log in, or join the login that is under way.  Raises Unreachable."""
        state = self.machine.state
        if state in (State.ACTIVE, State.REOPENING):
            ended(None)
            return
        if state in (State.CLOSED, State.CLOSING):
            self._begin_anew()
        self._connect()
        self._ended.append(ended)
        if state is not State.OPENING:
            now = self._reactor.clock()
            self._routes.watch(now)
            self.machine.start(now, deadline, patience)
            self._after(now)

    def leave(self, ended: Ended) -> None:
        """Note that somebody waits for the login no more; it is given up when that was the last one."""
        self._ended = [each for each in self._ended if each != ended]
        if self.machine.state is State.OPENING and not self._ended and not self.machine.outstanding:
            self.close_soon()

    def submit(self, ticket: Ticket, now: float) -> None:
        """Hand a request to the machine.  Where `needs_addresses`, these were found before."""
        machine = self.machine
        datagram = machine.requests.at_once(ticket, now) if machine.settled else None
        if datagram is not None:
            self.transmit(datagram, now)
            if ticket.due < self.armed_at or ticket.deadline < self.armed_at:
                self._arm()
            return
        if machine.state in (State.IDLE, State.DEAD) and ticket.reopen:
            try:
                self._connect()
            except SessionError as error:
                ticket.failed(error)
                return
        machine.submit(ticket, now)
        self._after(now)

    def withdraw(self, ticket: Ticket) -> None:
        """Forget a request whose caller was interrupted."""
        now = self._reactor.clock()
        self.machine.requests.withdraw(ticket, now)
        self._after(now)

    def close(self) -> None:
        """Begin to close the session; `done` when that has ended."""
        now = self._reactor.clock()
        self.machine.close(now)
        self._after(now)

    def close_soon(self) -> None:
        """Close the session without waiting for the answer."""
        self.close()
        if self.machine.state is State.CLOSING:
            self.machine.abandon()
            self._forget()

    def forked(self) -> None:
        """Begin anew in a child process: no socket, no session."""
        _random.clear()
        SidePath.open_now = 0
        self.machine.abandon()
        self.socket = None
        self._side = SidePath(self._reactor, self.received, self._refused)
        self._routes = Routes(self._reactor, self)
        self._ended.clear()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._forget()
        agreement = self.machine.agreement
        self.machine = ClientSession(self._login, self._memory, random=_random)
        self.machine.agreement = agreement if self.machine.agreement is None else self.machine.agreement
        self.machine.requests.on_payload = self.payloads.take
        self.armed_at = NEVER

    def _connect(self) -> None:
        """Take a socket.  Raises Unreachable."""
        if self.socket is None:
            self._routes.connect(self.addresses)
            self._reactor.join(self)

    def talk_to(self, port: Port, address: Address) -> None:
        """Send to this address of the host from now on."""
        self.socket, self.address = port, address
        self._side.close()

    def _forget(self) -> None:
        """Give sockets and session ids back."""
        self._routes.forget()
        self._side.close()
        self.socket = None
        self._reactor.leave(self)

    # --- datagrams and time

    def received(self, datagram: bytes, now: float) -> None:
        """Take a datagram for this session."""
        machine = self.machine
        settled = machine.settled
        if self._observer is not None:
            self._observer(False, datagram, self.address)
        try:
            machine.datagram_received(datagram, now)
        except Exception as error:  # anybody can send a datagram, and others may be the ones who wait here
            self._give_up(error)
            return
        if not settled or not machine.settled:
            self._after(now)
        elif machine.requests.inflight:
            self._flush(now)
            self._arm()

    def fire(self, now: float) -> None:
        """Do what is due; the reactor calls this when it may be."""
        if now >= self._routes.next_at:
            self._routes.next_at = NEVER
            self._next_address(now)
        due = self.machine.next_timer()
        if due is not None and now >= due:
            try:
                self.machine.timer_fired(now)
            except Exception as error:  # as above
                self._give_up(error)
                return
        self.keepalive.act(self.machine, now, self._reactor)
        self._after(now)

    def _give_up(self, error: Exception) -> None:
        """The machine is at fault: end this session with an error for those who wait for it, and no other."""
        failure = SessionError(
            "The session failed",
            host=self._host,
            port=self._port_number,
            hint=f"a defect in pyghmi ({type(error).__name__}); please report it with the traceback",
        )
        failure.__cause__ = error
        logs.defect(failure, error)
        self.machine.requests.fail_all(lambda _ticket: failure)
        self.machine.abandon()
        self._tell(failure)
        self._forget()

    def _after(self, now: float) -> None:
        """Bring out everything that the machine has to say."""
        self._flush(now)
        machine = self.machine
        if machine.watches:
            self._send_probes(now)
        else:
            self._side.close()
        ids = machine.local_ids()
        self._routes.know(ids)
        self.payloads.know(ids)
        while True:
            event = machine.next_event()
            if event is None:
                break
            logs.report(event, self._host, self._port_number)
            for watcher in list(self.watchers):
                watcher(event)
            if isinstance(event, (LoggedIn, Reopened)):
                self._opened()
            elif isinstance(event, LoginFailed):
                self._failed(event.error)
            elif isinstance(event, Closed):
                self._tell(SessionError("Session Disconnected", host=self._host, port=self._port_number))
                self._forget()
        self._arm()

    def _flush(self, now: float) -> None:
        """Send what is to be sent."""
        for datagram in self.machine.datagrams_to_send():
            self.transmit(datagram, now)

    def transmit(self, datagram: bytes, now: float, elsewhere: Address | None = None) -> None:
        """Send a datagram; elsewhere: to another address than that of the session."""
        port = self.socket
        if port is None:
            return
        address = elsewhere or self.address
        if self._observer is not None:
            self._observer(True, datagram, address)
        try:
            port.send_to(datagram, address)
        except OSError as error:
            failure = send_error(error)
            if failure is None:
                return
            if self._next_address(now):
                self.transmit(datagram, now)
            else:
                self.machine.cannot_send(failure, now)

    def _next_address(self, now: float) -> bool:
        """Go on to the next address of the host, as long as none has answered; False when there is none."""
        return self.machine.state is State.OPENING and not self.machine.heard and self._routes.go_on(now)

    def _arm(self) -> None:
        """Tell the reactor when to look again."""
        due = self.machine.next_timer()
        soonest = self._routes.next_at if due is None else min(due, self._routes.next_at)
        soonest = min(soonest, self.keepalive.due(self.machine))
        if soonest < self.armed_at:
            self._reactor.arm(self, soonest)

    def _opened(self) -> None:
        self._routes.settle(self.address)
        self._tell(None)

    def _failed(self, error: Exception) -> None:
        found = error if isinstance(error, SessionError) else SessionError(str(error))
        if found.host is None:
            found.host, found.port = self._host, self._port_number
        self._tell(found)
        self._forget()

    def _tell(self, error: SessionError | None) -> None:
        """Tell those who wait for the login how it ended."""
        waiting, self._ended = self._ended, []
        for ended in waiting:
            ended(error)

    def _send_probes(self, now: float) -> None:
        port = self.socket
        if self.machine.wants_fresh_port:
            self._side.renew()
        for datagram in self.machine.probes_to_send():
            if self._observer is not None:
                self._observer(True, datagram, self.address)
            if port is not None:
                self._side.send(datagram, port, self.address, now)

    def _refused(self, now: float) -> None:
        """The system says that nothing listens at this address."""
        if not self._routes.more:
            self.machine.peer_refused(now)
        else:
            self._next_address(now)
        self._after(now)

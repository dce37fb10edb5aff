# SPDX-License-Identifier: Apache-2.0
"""A session with one BMC as the floors above see it: requests that wait for their answers."""
from __future__ import annotations

from typing import Callable, TypeVar

from pyghmi.exceptions import CompletionCodeError, SessionError
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.net.defaults import DEADLINE_S, PATIENCE_S
from pyghmi.ipmi.net.names import Lookup, find
from pyghmi.ipmi.net.peer import Observer, Peer
from pyghmi.ipmi.net.reactor import Reactor, shared
from pyghmi.ipmi.protocol.events import Agreement, State
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.spec.commands import repeatable as is_repeatable
from pyghmi.ipmi.spec.request import Request, Target
from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound=Message)


class Link:
    """A session of one user with one BMC.  A `Requester`; threads may share it.

    host: name or address; deadline_s: seconds for each call with all that happens inside (30; a login to a host that
    never says anything ends after 10 unless this is given); keepalive: whether the session is kept alive while
    somebody turns the wheel, else closed when idle; reopen: whether a lost session is opened again, once a call;
    min_interval_s: least time between two requests, for BMCs that cannot bear more; observer: called with
    (sent, datagram, address) for each datagram.
    """

    def __init__(
        self,
        host: str,
        login: Login,
        port: int = 623,
        *,
        reactor: Reactor | None = None,
        deadline_s: float | None = None,
        keepalive: bool | None = None,
        reopen: bool = True,
        min_interval_s: float = 0.0,
        observer: Observer | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.login = login
        self.deadline_s = DEADLINE_S if deadline_s is None else deadline_s
        self.reopen = reopen
        self._patience_s = PATIENCE_S if deadline_s is None else None
        self._min_interval_s = min_interval_s
        self._not_before = 0.0
        self._reactor = reactor or shared()
        self._peer = Peer(self._reactor, host, port, login, keepalive=keepalive, observer=observer)

    def __repr__(self) -> str:
        return f"<Link to {self.host}:{self.port} as {self.login.user!r}, {self._peer.state.value}>"

    # --- the session

    def open(self, deadline_s: float | None = None) -> None:
        """Log in; at once done when the session is open.  Raises SessionError and its kin, by reason."""
        outcome = self.open_soon(None, deadline_s)
        try:
            self._reactor.run_until(outcome)
        finally:
            if not outcome.done:  # interrupted: a session that nobody waits for would stay open
                with self._reactor.lock:
                    self._peer.leave(outcome.ended)
        if outcome.error is not None:
            raise outcome.error

    def open_soon(
        self, on_done: Callable[[SessionError | None], None] | None, deadline_s: float | None = None
    ) -> LoginOutcome:
        """Begin to log in, and call `on_done` with None or the error when that has ended.

        The name of the host is looked up here and now: raises NameResolutionError, Unreachable.
        """
        reactor = self._reactor
        outcome = LoginOutcome(reactor, on_done)
        patience = self._patience_s if deadline_s is None else None
        deadline = reactor.clock() + (self.deadline_s if deadline_s is None else deadline_s)
        if self._peer.socket is None:
            self._find_addresses(deadline)
        with reactor.lock:
            try:
                self._peer.open(deadline, patience, outcome.ended)
            except SessionError as error:
                self.named(error)
                raise
        return outcome

    def close(self) -> None:
        """Close the session: Close Session is sent once, its answer is waited for a quarter of a second at most."""
        reactor = self._reactor
        with reactor.lock:
            self._peer.close()
            reactor.nudge()
        reactor.run_until(self._peer)

    def close_soon(self) -> None:
        """Close the session without waiting for anything."""
        with self._reactor.lock:
            self._peer.close_soon()

    @property
    def is_open(self) -> bool:
        """Whether there is a session, as far as we know."""
        return self._peer.state in (State.ACTIVE, State.REOPENING)

    @property
    def is_new(self) -> bool:
        """Whether no login was begun yet."""
        return self._peer.state is State.IDLE

    @property
    def is_opening(self) -> bool:
        """Whether a login is under way."""
        return self._peer.state is State.OPENING

    @property
    def state(self) -> State:
        """Where the session is."""
        return self._peer.state

    @property
    def agreement(self) -> Agreement | None:
        """What both sides agreed on, None before the first login."""
        return self._peer.machine.agreement

    @property
    def last_heard(self) -> float:
        """When the BMC last gave an authentic answer, on the clock of `now`."""
        return self._peer.machine.last_heard

    @property
    def outstanding(self) -> int:
        """The number of requests that have no answer yet."""
        return self._peer.outstanding

    @property
    def peer(self) -> Peer:
        """Socket and addresses of the session."""
        return self._peer

    @property
    def reactor(self) -> Reactor:
        """The loop that this session hangs on."""
        return self._reactor

    def _find_addresses(self, deadline: float) -> None:
        """Look the host up.  Raises NameResolutionError."""
        self._peer.addresses = find(self._reactor, self.host, self.port, deadline)

    # --- requests

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer.  Raises CompletionCodeError, Malformed, SessionError."""
        code, data = self.exchange(
            req.netfn,
            req.cmd,
            req.encode(),
            target=target,
            lun=lun,
            deadline_s=deadline_s,
            repeatable=req.repeatable,
        )
        try:
            return answer_of(req, code, data)
        except CompletionCodeError as error:
            raise self.named(error) from None

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
        """Return (completion code, data behind it), whatever the code.  Raises SessionError."""
        if self._min_interval_s:
            self._keep_distance()
        if repeatable is None:
            repeatable = is_repeatable(netfn, cmd, data)
        reactor = self._reactor
        now = reactor.clock()
        deadline = now + (self.deadline_s if deadline_s is None else deadline_s)
        if self._peer.socket is None and self._peer.needs_addresses and self.reopen:
            self._find_addresses(deadline)
        # By position: names would cost as much again as all the rest of making one, and this is every command's way.
        ticket = Ticket(netfn, cmd, data, deadline, repeatable, self.reopen, lun, target, first_wait)
        lock = reactor.lock
        lock.acquire()
        try:
            self._peer.submit(ticket, now)
            if not ticket.done:
                reactor.run_locked(ticket)
        finally:
            if not ticket.done:  # interrupted: what was not sent must not be sent later
                self._peer.withdraw(ticket)
            lock.release()
        if ticket.error is not None:
            raise self.named(ticket.error)
        return ticket.code, ticket.answer

    def submit(
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
        reopen: bool | None = None,
        on_done: Callable[[Ticket], None] | None = None,
    ) -> Ticket:
        """Send a request and return at once; `on_done` is called, under the reactor's lock, when its fate is known.

        reopen: whether a lost session may be opened again for it; None: as for all.
        """
        if self._min_interval_s:
            self._keep_distance()
        reactor = self._reactor
        with reactor.lock:
            now = reactor.clock()
            deadline = now + (self.deadline_s if deadline_s is None else deadline_s)
            if repeatable is None:
                repeatable = is_repeatable(netfn, cmd, data)
            reopen = self.reopen if reopen is None else reopen
            ticket = Ticket(netfn, cmd, data, deadline, repeatable, reopen, lun, target, first_wait, on_done)
            if self._peer.needs_addresses and reopen:
                Lookup(reactor, self.host, self.port, deadline, lambda found: self._go_on(ticket, found))
            else:
                self._peer.submit(ticket, now)
        return ticket

    def _go_on(self, ticket: Ticket, found: Lookup) -> None:
        """The host was looked up for a request that waits for it."""
        if found.error is not None:
            ticket.failed(found.error)
            return
        self._peer.addresses = found.rows
        self._peer.submit(ticket, self._reactor.clock())

    def _keep_distance(self) -> None:
        """Wait until this BMC may be asked again."""
        with self._reactor.lock:
            now = self._reactor.clock()
            begin = max(self._not_before, now)
            self._not_before = begin + self._min_interval_s
        if begin > now:
            self.wait(begin - now)

    def named(self, error: Exception) -> Exception:
        """Return an error with host and port in it."""
        if isinstance(error, (SessionError, CompletionCodeError)) and error.host is None:
            error.host, error.port = self.host, self.port
        return error

    def wait(self, seconds: float) -> None:
        """Let time pass; other sessions go on."""
        self._reactor.run_until(None, self._reactor.clock() + seconds)

    def now(self) -> float:
        """Return the time in seconds on a clock that never goes back."""
        return self._reactor.clock()


class LoginOutcome:
    """How a login ended: `done`, then `error` or None."""

    def __init__(self, reactor: Reactor, on_done: Callable[[SessionError | None], None] | None) -> None:
        self._reactor = reactor
        self._on_done = on_done
        self.done = False
        self.error: SessionError | None = None

    def ended(self, error: SessionError | None) -> None:
        """Note it, and have the caller told outside of the lock."""
        self.error = error
        self.done = True
        on_done = self._on_done
        if on_done is not None:
            self._reactor.call_soon(lambda: on_done(error))

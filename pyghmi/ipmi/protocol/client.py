# SPDX-License-Identifier: Apache-2.0
"""The client's session machine: bytes and the time in, bytes, events and the next deadline out.  No I/O."""
from __future__ import annotations

from collections import deque
from typing import Callable

from pyghmi.exceptions import SessionError, Unreachable
from pyghmi.ipmi.protocol.channel import closing
from pyghmi.ipmi.protocol.events import (
    NEXT,
    Agreement,
    Cause,
    Closed,
    Event,
    LoggedIn,
    LoginFailed,
    Lost,
    Noticed,
    Reopened,
    State,
)
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.ipmb import parse_response
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.loginrun import LoginRun
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.prober import Prober
from pyghmi.ipmi.protocol.raising import AnyChannel
from pyghmi.ipmi.protocol.requests import Requests, Response, lost_error, untakeable
from pyghmi.ipmi.spec.commands import command_name

_CLOSE_WAIT = 0.25
_MAX_EVENTS = 100
_CLOSE_ANSWER = (0x07, 0x3C)


class ClientSession:
    """One user's session with one BMC: logs in, carries requests, logs in again when the session is lost.

    `state`, `agreement` and the events say where it is.  One request is outstanding at a time, for real BMCs mix up
    parallel ones; `requests.max_outstanding` may be raised by who knows better.  `settled`: the session is open and
    nothing but requests is going on, so there are no events and its session ids are what they were.  `requests`: those.
    """

    def __init__(self, login: Login, memory: BmcMemory, *, random: Callable[[int], bytes]) -> None:
        self.login = login
        self.memory = memory
        self._random = random
        self.state = State.IDLE
        self.agreement: Agreement | None = None
        self.settled = False
        self.requests = Requests(memory, random)
        self._channel: AnyChannel | None = None
        self._run: LoginRun | None = None
        self._prober: Prober | None = None
        self._probes: list[bytes] = []
        self._events: deque[Event] = deque(maxlen=_MAX_EVENTS)
        self._told = len(memory.quirks)
        self._close_due = 0.0

    def __repr__(self) -> str:
        return f"<ClientSession of {self.login.user!r}, {self.state.value}>"

    # --- what the owner of the socket calls

    def start(self, now: float, deadline: float, patience: float | None = None) -> None:
        """Begin to log in; the outcome is an event before the deadline.

        `patience`: seconds after which to give up where nothing at all was heard.
        """
        self._move(Cause.START)
        self._log_in(now, deadline, patience)

    def submit(self, ticket: Ticket, now: float) -> None:
        """Take a request.  It is sent when its turn comes; a session that was lost is opened for it first."""
        ticket.submitted_at = now
        if self.settled and ticket.target is None:
            self.requests.submit(ticket, now)
            return
        error = self._refusal(ticket, now)
        if error is not None:
            ticket.failed(error)
            return
        self.requests.submit(ticket, now)
        if self.state in (State.DEAD, State.IDLE):
            ticket.reopened = True
            self.start(now, ticket.deadline)

    def _refusal(self, ticket: Ticket, now: float) -> Exception | None:
        """Return why a request cannot be taken, None when it can."""
        if self.state in (State.CLOSING, State.CLOSED):
            return lost_error("the session was closed", ticket, now)
        if self.state is State.DEAD and not ticket.reopen:
            return lost_error("logging in again is not allowed", ticket, now)
        return untakeable(ticket, self.requests)

    def datagram_received(self, data: bytes, now: float) -> None:
        """Take a datagram from the BMC, or from anybody who pretends to be."""
        channel = self._channel
        if channel is not None:
            message = channel.open(data)
            if message is not None:
                response = parse_response(message, checked=not channel.proves_bytes)
                if response is not None:
                    self.requests.heard(response, now)
                    if not self.settled:
                        self._heard_unsettled(response, now)
                    return
            elif channel.aside is not None:
                self.requests.take_aside(channel, now)
                return
        if self._run is not None:
            self._run.receive(data, now)
            self._look_at_login(now)
        elif self._prober is not None:
            self._prober.receive(data, now)

    def _heard_unsettled(self, response: Response, now: float) -> None:
        """An authentic answer came while something else was going on."""
        self._drop_prober()
        if self.state is State.CLOSING and response[:2] == _CLOSE_ANSWER:
            self._closed()
        elif self.state is State.REOPENING:
            # The old session lives after all: keep it.
            self.requests.out += [] if self._run is None else self._run.farewells(now)
            self._run = None
            self._move(Cause.LATE_ANSWER)
            self.requests.thaw(now)
        self._settle()

    def timer_fired(self, now: float) -> None:
        """Do what is due by now."""
        if self._run is not None:
            self._run.fire(now)
            self._look_at_login(now)
        prober = self._prober
        if prober is not None and prober.due is not None and now >= prober.due:
            prober.fire(now)
        if self.state is State.CLOSING and now >= self._close_due:
            self._closed()
        lost = self.requests.fire(now)
        if self.requests.unanswered:
            self.requests.unanswered = False
            self._watch(now)
        if lost is not None:
            self._lose(now, f"{lost.tries} tries of {command_name(lost.netfn, lost.cmd)} were not answered")

    def next_timer(self) -> float | None:
        """Return when to call `timer_fired`, None for never."""
        found = self.requests.next_timer()
        return found if self.settled else self._earliest(found)

    def _earliest(self, found: float | None) -> float | None:
        """The rarer reasons for a timer."""
        times = [] if found is None else [found]
        times += [] if self._run is None else [self._run.due]
        times += [] if self._prober is None or self._prober.due is None else [self._prober.due]
        if self.state is State.CLOSING:
            times.append(self._close_due)
        return min(times, default=None)

    def datagrams_to_send(self) -> list[bytes]:
        """Return what is to be sent from the session's socket, and forget it."""
        requests = self.requests
        found = requests.out
        if self._run is not None:
            found = found + self._run.take_out()
        if found:
            requests.out = []
        return found

    def probes_to_send(self) -> list[bytes]:
        """Return what is to be sent from a separate, connected socket, and forget it."""
        found, self._probes = self._probes, []
        found += [] if self._run is None else self._run.take_probes()
        if self._prober is not None:
            found += self._prober.out
            self._prober.out.clear()
        return found

    @property
    def wants_fresh_port(self) -> bool:
        """Whether the next probe is to leave from a port that no other left from; true once for each."""
        return self._run is not None and self._run.wants_fresh_port

    @property
    def watches(self) -> bool:
        """Whether answers to probes, and refusals, still matter: until then the separate socket is needed."""
        return self._run is not None or self._prober is not None

    def peer_refused(self, now: float) -> None:
        """The system reported on the separate socket that nothing listens on the port."""
        if self._run is not None:
            self._run.peer_refused(now)
            self._look_at_login(now)
        elif self._prober is not None:
            self._prober.peer_refused(now)
            if self._prober.refused:
                self._lose(now, "nothing listens on the port any more")

    def cannot_send(self, error: Unreachable, now: float) -> None:
        """The system can send to none of the BMC's addresses: a login ends; in a session, requests wait for better."""
        if self._run is not None:
            self._run.fail(error, now)
            self._look_at_login(now)

    def close(self, now: float) -> None:
        """Close the session: Close Session is sent once; whatever was waiting fails."""
        if self.state in (State.CLOSED, State.CLOSING):
            return
        channel = self._channel
        self._move(Cause.CLOSE)
        run, self._run, self._prober = self._run, None, None
        self.requests.frozen = True
        self._settle()
        self.requests.out += [] if run is None else run.farewells(now)
        self.requests.out += [] if channel is None else [closing(channel)]
        self._close_due = now + _CLOSE_WAIT
        self.requests.fail_all(lambda ticket: lost_error("the session was closed", ticket, now))
        if channel is None:
            self._closed()

    def abandon(self) -> None:
        """Forget session and requests without a word to the BMC: they belong to another process now."""
        self.state = State.CLOSED
        self._channel = self._run = self._prober = None
        self.requests.clear()
        self._settle()

    def next_event(self) -> Event | None:
        """Return the oldest event that was not fetched, None when there is none."""
        new = list(self.memory.quirks.items())[self._told :]
        self._told += len(new)
        self._events.extend(Noticed(*each) for each in new)
        return self._events.popleft() if self._events else None

    def local_ids(self) -> list[int]:
        """Return the session ids that datagrams for this machine may carry."""
        found = [] if self._channel is None else [self._channel.local_id]
        return found if self._run is None else [*found, *self._run.local_ids()]

    @property
    def outstanding(self) -> int:
        """The number of requests that have no answer yet."""
        return len(self.requests.inflight) + len(self.requests.queue)

    @property
    def heard(self) -> bool:
        """Whether the BMC has ever said anything."""
        return self._channel is not None or (self._run is not None and self._run.heard)

    @property
    def last_heard(self) -> float:
        """When the BMC last gave an authentic answer."""
        return self.requests.last_heard

    def _move(self, cause: Cause) -> None:
        """Change the state; the only place that does, but for `abandon`."""
        self.state = NEXT[self.state, cause]

    def _settle(self) -> None:
        self.settled = self.state is State.ACTIVE and self._run is None and self._prober is None

    def _log_in(self, now: float, deadline: float, patience: float | None) -> None:
        self.requests.frozen = True
        self._run = LoginRun(self.login, self.memory, self._random, now, deadline, patience)
        self._settle()
        self._look_at_login(now)

    def _look_at_login(self, now: float) -> None:
        run = self._run
        if run is None or not run.over:
            return
        self.requests.out += run.take_out()
        self._run = None
        if run.error is not None or run.channel is None or run.agreement is None:
            self._login_failed(run.error or SessionError("Session failed to initialize"), now)
            return
        again = self.agreement is not None
        if self._channel is not None:
            self.requests.out.append(closing(self._channel))  # in case it lives after all: frees its slot
        self._channel, self.agreement = run.channel, run.agreement
        self._prober = None
        self._move(Cause.LOGGED_IN)
        self._events.append(Reopened(run.agreement) if again else LoggedIn(run.agreement))
        self._settle()
        self.requests.begin(run.channel, now, run.agreement.privilege, confirmed=run.confirmed)

    def _login_failed(self, error: SessionError, now: float) -> None:
        reopening = self.agreement is not None
        self._move(Cause.LOGIN_FAILED)
        self._channel = self.requests.channel = None
        self._events.append(LoginFailed(error))
        if reopening:
            self.requests.fail_all(lambda ticket: lost_error(str(error), ticket, now, error))
        else:
            self.requests.fail_all(lambda ticket: error)

    def _lose(self, now: float, reason: str) -> None:
        """The session does not answer: log in again if some request allows it, else fail them."""
        if self.state is not State.ACTIVE:
            return
        requests = self.requests
        self._prober = None
        self._events.append(Lost(reason))
        requests.drop_unmovable(reason, now)
        self._move(Cause.SILENCE)
        wanting = requests.waiting
        if not wanting:
            self._move(Cause.LOGIN_FAILED)
            self._channel = requests.channel = None
            requests.frozen = True
            self._settle()
            return
        for ticket in wanting:
            ticket.reopened = True
        self._log_in(now, max(ticket.deadline for ticket in wanting), None)

    def _watch(self, now: float) -> None:
        """Find out from the side whether the port is closed."""
        if self._prober is None and self.state is State.ACTIVE:
            self._prober = Prober()
            self._prober.fire(now)
            self._settle()

    def _drop_prober(self) -> None:
        if self._prober is not None:
            self._prober = None
            self._settle()

    def _closed(self) -> None:
        if self.state is State.CLOSING:
            self._move(Cause.CLOSE_DONE)
        self._channel = self.requests.channel = None
        self._events.append(Closed())

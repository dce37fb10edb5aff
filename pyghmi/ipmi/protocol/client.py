# SPDX-License-Identifier: Apache-2.0
"""The client's session machine: bytes and the time in, bytes, events and the next deadline out.  No I/O."""
from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Callable

from pyghmi.exceptions import InvalidParameterValue, SessionError, SessionLost, TimedOut
from pyghmi.ipmi.protocol import ipmb
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
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.loginrun import LoginRun, closing
from pyghmi.ipmi.protocol.memory import BmcMemory, backoff
from pyghmi.ipmi.protocol.prober import Prober
from pyghmi.ipmi.protocol.raising import AnyChannel
from pyghmi.ipmi.spec.codes import OK, RetryClass, retry_class
from pyghmi.ipmi.spec.commands import command_name

_TRIES_BEFORE_REOPENING = 3
_IDLE_SUSPECT = 28.0
_IDLE_BEFORE_PROOF = 15.0
_CLOSE_WAIT = 0.25
_REST = 10.0
_BUSY_FIRST, _BUSY_CAP = 0.25, 2.0
_MAX_QUEUE = 10_000
_MAX_EVENTS = 100
_LOST_WORDS = "Session no longer connected"

_APP_RESPONSE = 0x07
_SEND_MESSAGE = 0x34


class ClientSession:
    """One user's session with one BMC: logs in, carries requests, logs in again when the session is lost.

    `state`, `agreement` and the events say where it is.  One request is outstanding at a time, for real BMCs mix up
    parallel ones; `max_outstanding` may be raised by who knows better.
    """

    def __init__(self, login: Login, memory: BmcMemory, *, random: Callable[[int], bytes]) -> None:
        self.login = login
        self.memory = memory
        self._random = random
        self.state = State.IDLE
        self.agreement: Agreement | None = None
        self.max_outstanding = 1
        self.last_heard = 0.0
        self._channel: AnyChannel | None = None
        self._run: LoginRun | None = None
        self._prober: Prober | None = None
        self._queue: deque[Ticket] = deque()
        self._inflight: dict[int, Ticket] = {}
        self._resting: dict[int, float] = {}
        self._out: list[bytes] = []
        self._probes: list[bytes] = []
        self._events: deque[Event] = deque(maxlen=_MAX_EVENTS)
        self._told = 0
        self._close_due = 0.0
        self._last_error: SessionError | None = None

    def __repr__(self) -> str:
        return f"<ClientSession of {self.login.user!r}, {self.state.value}>"

    # --- what the owner of the socket calls

    def start(self, now: float, deadline: float) -> None:
        """Begin to log in; the outcome is an event before the deadline."""
        self._move(Cause.START)
        self._log_in(now, deadline)

    def submit(self, ticket: Ticket, now: float) -> None:
        """Take a request.  It is sent when its turn comes; a session that was lost is opened for it first."""
        ticket.submitted_at = now
        target = ticket.target
        if target is not None and (target.address & 1 or not 0 <= target.address <= 0xFF):
            ticket.failed(
                InvalidParameterValue(f"{target.address:02X}h is no slave address: it names software, not a controller")
            )
        elif self.state is State.ACTIVE and not self._inflight and not self._queue:
            if not ticket.repeatable and now - self.last_heard > _IDLE_BEFORE_PROOF:
                self._send_proof(ticket, now)
            else:
                self._send(ticket, now)
        elif self.state in (State.CLOSING, State.CLOSED):
            ticket.failed(self._lost_error("the session was closed", ticket, now))
        elif len(self._queue) >= _MAX_QUEUE:
            ticket.failed(SessionError(f"{_MAX_QUEUE} requests are waiting already"))
        elif self.state is State.DEAD and not ticket.reopen:
            ticket.failed(self._lost_error("logging in again is not allowed", ticket, now))
        else:
            self._queue.append(ticket)
            if self.state in (State.DEAD, State.IDLE):
                ticket.reopened = True
                self.start(now, ticket.deadline)

    def datagram_received(self, data: bytes, now: float) -> None:
        """Take a datagram from the BMC, or from anybody who pretends to be."""
        channel = self._channel
        if channel is None:
            if self._run is not None:
                self._run.receive(data, now)
                self._look_at_login(now)
            return
        message = channel.open(data)
        if message is not None:
            response = ipmb.parse_response(message, checked=not channel.proves_bytes)
            if response is not None:
                self._heard(response, now)
                return
        self._received_odd(data, now)

    def timer_fired(self, now: float) -> None:
        """Do what is due by now."""
        if self._run is not None:
            self._run.fire(now)
            self._look_at_login(now)
        if self._prober is not None and self._prober.due is not None and now >= self._prober.due:
            self._prober.fire(now)
        if self.state is State.CLOSING and now >= self._close_due:
            self._closed()
        for ticket in [waiting for waiting in self._inflight.values() if now >= min(waiting.due, waiting.deadline)]:
            if not ticket.done:
                self._due(ticket, now)
        if self._queue:
            self._expire_queue(now)
            self._next(now)

    def next_timer(self) -> float | None:
        """Return when to call `timer_fired`, None for never."""
        found: float | None = None
        for ticket in self._inflight.values():
            due = ticket.due if ticket.due < ticket.deadline else ticket.deadline
            if found is None or due < found:
                found = due
        if self._run is not None or self._queue or self._prober is not None or self.state is State.CLOSING:
            return self._earliest(found)
        return found

    def _earliest(self, found: float | None) -> float | None:
        """The rarer reasons for a timer."""
        times = [] if found is None else [found]
        if self._run is not None:
            times.append(self._run.due)
        if self._prober is not None and self._prober.due is not None:
            times.append(self._prober.due)
        if self.state is State.CLOSING:
            times.append(self._close_due)
        times += [ticket.deadline for ticket in self._queue]
        return min(times, default=None)

    def datagrams_to_send(self) -> list[bytes]:
        """Return what is to be sent from the session's socket, and forget it."""
        found = self._out
        if self._run is not None:
            found = found + self._run.take_out()
        if found:
            self._out = []
        return found

    def probes_to_send(self) -> list[bytes]:
        """Return what is to be sent from a separate, connected socket, and forget it."""
        found, self._probes = self._probes, []
        if self._run is not None:
            found += self._run.take_probes()
        if self._prober is not None:
            found += self._prober.out
            self._prober.out.clear()
        return found

    def peer_refused(self, now: float) -> None:
        """The system reported on the separate socket that nothing listens on the port."""
        if self._run is not None:
            self._run.peer_refused(now)
            self._look_at_login(now)
        elif self._prober is not None:
            self._prober.peer_refused(now)
            if self._prober.refused:
                self._prober = None
                self._lose(now, "nothing listens on the port any more")

    def close(self, now: float) -> None:
        """Close the session: Close Session is sent once; whatever was waiting fails."""
        if self.state in (State.CLOSED, State.CLOSING):
            return
        was_active = self.state is State.ACTIVE
        channel = self._channel
        self._move(Cause.CLOSE)
        if channel is not None:
            self._out.append(closing(channel))
            self._close_due = now + _CLOSE_WAIT
        self._run = self._prober = None
        self._fail_all(lambda ticket: self._lost_error("the session was closed", ticket, now))
        if not was_active:
            self._closed()

    def abandon(self) -> None:
        """Forget session and requests without a word to the BMC: they belong to another process now."""
        self.state = State.CLOSED
        self._channel = self._run = self._prober = None
        self._queue.clear()
        self._inflight.clear()
        self._out.clear()

    def next_event(self) -> Event | None:
        """Return the oldest event that was not fetched, None when there is none."""
        if len(self.memory.quirks) > self._told:
            for name, text in list(self.memory.quirks.items())[self._told :]:
                self._events.append(Noticed(name, text))
            self._told = len(self.memory.quirks)
        return self._events.popleft() if self._events else None

    def local_ids(self) -> Collection[int]:
        """Return the session ids that datagrams for this machine may carry."""
        found = [] if self._channel is None else [self._channel.local_id]
        return found if self._run is None else [*found, *self._run.local_ids()]

    @property
    def outstanding(self) -> int:
        """The number of requests that have no answer yet."""
        return len(self._inflight) + len(self._queue)

    # --- logging in

    def _move(self, cause: Cause) -> None:
        """Change the state; the only place that does, but for `abandon`."""
        self.state = NEXT[self.state, cause]

    def _log_in(self, now: float, deadline: float) -> None:
        self._run = LoginRun(self.login, self.memory, self._random, now, deadline)
        self._look_at_login(now)

    def _look_at_login(self, now: float) -> None:
        run = self._run
        if run is None or not run.over:
            return
        self._out += run.take_out()
        self._run = None
        if run.error is not None:
            self._login_failed(run.error, now)
            return
        again = self.agreement is not None
        if self._channel is not None:
            self._out.append(closing(self._channel))  # in case it lives after all: frees its slot
        self._channel, self.agreement = run.channel, run.agreement
        self._prober = None
        self.last_heard = now
        self._move(Cause.LOGGED_IN)
        if run.agreement is not None:
            self._events.append(Reopened(run.agreement) if again else LoggedIn(run.agreement))
        self._resting.clear()
        waiting, self._inflight = list(self._inflight.values()), {}
        for ticket in waiting:
            ticket.tries = 0
            self._send(ticket, now)
        self._next(now)

    def _login_failed(self, error: SessionError, now: float) -> None:
        self._last_error = error
        reopening = self.agreement is not None
        self._move(Cause.LOGIN_FAILED)
        self._channel = None
        self._events.append(LoginFailed(error))
        if reopening:
            self._fail_all(lambda ticket: self._lost_error(str(error), ticket, now, error))
        else:
            self._fail_all(lambda ticket: error)

    def _lose(self, now: float, reason: str) -> None:
        """The session does not answer: log in again if some request allows it, else fail them."""
        if self.state is not State.ACTIVE:
            return
        self._prober = None
        self._events.append(Lost(reason))
        movable = [ticket for ticket in self._inflight.values() if ticket.repeatable and ticket.reopen]
        for ticket in list(self._inflight.values()):
            if ticket not in movable:
                del self._inflight[ticket.rq_seq]
                error = self._lost_error(reason, ticket, now)
                if not ticket.repeatable:
                    error.hint = f"{reason}; the command was sent and may have been executed"
                ticket.failed(error)
        for ticket in [queued for queued in self._queue if not queued.reopen]:
            self._queue.remove(ticket)
            ticket.failed(self._lost_error(reason, ticket, now))
        self._move(Cause.SILENCE)
        wanting = [*self._inflight.values(), *self._queue]
        if not wanting:
            self._move(Cause.LOGIN_FAILED)
            self._channel = None
            return
        for ticket in wanting:
            ticket.reopened = True
        self._log_in(now, max(ticket.deadline for ticket in wanting))

    # --- requests

    def _send(self, ticket: Ticket, now: float) -> None:
        """Send a request for the first time in this session."""
        channel = self._channel
        if channel is None:
            self._queue.appendleft(ticket)
            return
        rq_seq = channel.next_rq_seq()
        while rq_seq in self._inflight or (self._resting and self._rests(rq_seq, now)):
            rq_seq = channel.next_rq_seq()
        ticket.rq_seq = rq_seq
        self._inflight[rq_seq] = ticket
        self._transmit(ticket, channel, now)

    def _rests(self, rq_seq: int, now: float) -> bool:
        """Whether a late answer to an earlier request with this number may still come."""
        until = self._resting.get(rq_seq)
        if until is None or len(self._resting) > ipmb.RQ_SEQ_COUNT - 8:
            return False
        if now < until:
            return True
        del self._resting[rq_seq]
        return False

    def _transmit(self, ticket: Ticket, channel: AnyChannel, now: float) -> None:
        if ticket.target is None:
            message = ipmb.build_request(ticket.netfn, ticket.cmd, ticket.data, ticket.rq_seq, ticket.lun)
        else:
            message = ipmb.build_bridged_request(
                ticket.netfn, ticket.cmd, ticket.data, ticket.rq_seq, ticket.target, ticket.lun
            )
        self._out.append(channel.seal(message))
        ticket.tries += 1
        ticket.sent_at = now
        ticket.paused = False
        if ticket.tries == 1 and ticket.first_wait is None:
            wait = self.memory.first_wait()
        else:
            wait = backoff(ticket.first_wait or self.memory.first_wait(), ticket.tries)
            wait *= 1 + self._random(1)[0] / 2048
        ticket.due = now + wait

    def _send_proof(self, ticket: Ticket, now: float) -> None:
        """Ask something harmless first: the session may be gone, and this request must not be sent twice."""
        self._queue.appendleft(ticket)
        proof = Ticket(0x06, 0x3B, b"\0", deadline=ticket.deadline, reopen=ticket.reopen)
        proof.submitted_at = now
        self._send(proof, now)

    def _next(self, now: float) -> None:
        """Send queued requests as far as there is room."""
        while self._queue and self.state is State.ACTIVE and len(self._inflight) < self.max_outstanding:
            ticket = self._queue.popleft()
            if ticket.repeatable or now - self.last_heard <= _IDLE_BEFORE_PROOF:
                self._send(ticket, now)
            else:
                self._send_proof(ticket, now)
                return

    def _heard(self, response: tuple[int, int, int, int, bytes], now: float) -> None:
        """Take an authentic response: find the request that it answers."""
        self.last_heard = now
        self._prober = None
        netfn, cmd, rq_seq, code, data = response
        ticket = self._inflight.get(rq_seq)
        if ticket is None or ticket.netfn | 1 != netfn or ticket.cmd != cmd or ticket.target is not None:
            self._heard_odd(response, now)
            return
        if code and self._retried(ticket, code, now):
            return
        del self._inflight[rq_seq]
        if ticket.tries == 1:
            self.memory.measured(now - ticket.sent_at)
        else:
            self._resting[rq_seq] = now + _REST
        if self.state is State.REOPENING:
            self._lives_after_all()
        ticket.answered(code, data)
        if self._queue:
            self._next(now)

    def _heard_odd(self, response: tuple[int, int, int, int, bytes], now: float) -> None:
        """Take a response that does not match at first sight: bridged, without rqSeq, or nobody's."""
        if self.state is State.CLOSING:
            if response[:2] == (_APP_RESPONSE, 0x3C):
                self._closed()
            return
        ticket = self._inflight.get(response[2])
        if ticket is not None and ticket.target is not None:
            self._heard_bridged(ticket, response, now)
            return
        if response[2] == 0 and len(self._inflight) == 1:
            (ticket,) = self._inflight.values()
            if ticket.tries > 1 and response[:2] == (ticket.netfn | 1, ticket.cmd) and ticket.target is None:
                self.memory.notice("S07", "answers do not repeat the sequence number of the request")
                self._heard((*response[:2], ticket.rq_seq, *response[3:]), now)

    def _heard_bridged(self, ticket: Ticket, response: tuple[int, int, int, int, bytes], now: float) -> None:
        """Take a response to a bridged request: the answer, an acknowledgement, or why it was not delivered."""
        inner = ipmb.unwrap_bridged(response)
        if inner is None:
            return
        netfn, cmd, _rq_seq, code, data = inner
        undelivered = (netfn, cmd) == (_APP_RESPONSE, _SEND_MESSAGE) and code != OK
        if not undelivered and (netfn, cmd) != (ticket.netfn | 1, ticket.cmd):
            return
        if code and self._retried(ticket, code, now):
            return
        self._inflight.pop(ticket.rq_seq, None)
        self._resting[ticket.rq_seq] = now + _REST
        ticket.answered(code, data)
        self._next(now)

    def _retried(self, ticket: Ticket, code: int, now: float) -> bool:
        """Whether a completion code says "later": then the request is repeated after a pause, within its deadline."""
        kind = retry_class(code)
        if kind is RetryClass.NEVER:
            return False
        if kind is RetryClass.IN_PROGRESS:
            # The copy that arrived first is being executed: its answer is on the way.
            ticket.due = ticket.deadline if not ticket.repeatable else max(ticket.due, now + 1.0)
            return ticket.tries > 1
        if kind is not RetryClass.NOT_RUN and not ticket.repeatable:
            return False
        if kind is RetryClass.ONCE and ticket.backoffs:
            return False
        pause = min(_BUSY_FIRST * 2**ticket.backoffs, _BUSY_CAP)
        if now + pause >= ticket.deadline:
            return False
        ticket.backoffs += 1
        ticket.paused = True
        ticket.due = now + pause
        return True

    def _due(self, ticket: Ticket, now: float) -> None:
        """A request has waited long enough: its deadline passed, its pause is over, or it is to be repeated."""
        if now >= ticket.deadline:
            del self._inflight[ticket.rq_seq]
            self._resting[ticket.rq_seq] = now + _REST
            ticket.failed(self._timed_out(ticket, now))
            self._next(now)
            return
        channel = self._channel
        if channel is None or self.state is not State.ACTIVE:
            ticket.due = ticket.deadline  # a login is under way; it sends the request again
            return
        if ticket.paused:
            del self._inflight[ticket.rq_seq]
            self._resting[ticket.rq_seq] = now + _REST
            ticket.tries = 0
            self._send(ticket, now)
            return
        self._watch(now)
        if not ticket.repeatable:
            ticket.due = ticket.deadline
        elif self._seems_lost(ticket, now):
            self._lose(now, f"{ticket.tries} tries of {command_name(ticket.netfn, ticket.cmd)} were not answered")
        else:
            self._transmit(ticket, channel, now)

    def _seems_lost(self, ticket: Ticket, now: float) -> bool:
        """Whether to log in again for this request: at most once, and sooner after a long silence."""
        if ticket.reopened or not ticket.reopen or ticket.target is not None:
            return False
        idle_before = ticket.sent_at - self.last_heard
        return ticket.tries >= (1 if idle_before > _IDLE_SUSPECT else _TRIES_BEFORE_REOPENING)

    def _watch(self, now: float) -> None:
        """Find out from the side whether the port is closed."""
        if self._prober is None:
            self._prober = Prober()
            self._prober.fire(now)

    def _received_odd(self, data: bytes, now: float) -> None:
        """Take a datagram that the session does not vouch for: part of a new login, or the answer to a probe."""
        if self._run is not None:
            self._run.receive(data, now)
            self._look_at_login(now)
        elif self._prober is not None:
            self._prober.receive(data, now)

    def _lives_after_all(self) -> None:
        """The old session answered while a new login was under way: keep it."""
        self._run = None
        self._move(Cause.LATE_ANSWER)

    # --- ends

    def _expire_queue(self, now: float) -> None:
        for ticket in [waiting for waiting in self._queue if now >= waiting.deadline]:
            self._queue.remove(ticket)
            ticket.failed(self._timed_out(ticket, now))

    def _timed_out(self, ticket: Ticket, now: float) -> TimedOut:
        name = command_name(ticket.netfn, ticket.cmd)
        sent = ticket.tries > 0
        error = TimedOut(
            "timeout",
            stage=name,
            tries=ticket.tries,
            elapsed=now - ticket.submitted_at,
            hint="the BMC did not answer in time" if sent else "it was never sent: the session was busy or being opened",
            code=0xFFFF,
        )
        error.maybe_done = sent
        if sent and not ticket.repeatable:
            error.hint = "the command was sent once and may have been executed; check before repeating it"
        return error

    def _lost_error(
        self, reason: str, ticket: Ticket, now: float, cause: Exception | None = None
    ) -> SessionLost:
        error = SessionLost(
            _LOST_WORDS,
            stage=command_name(ticket.netfn, ticket.cmd),
            tries=ticket.tries,
            elapsed=now - ticket.submitted_at,
            hint=reason,
        )
        error.__cause__ = cause
        return error

    def _fail_all(self, make: Callable[[Ticket], Exception]) -> None:
        waiting = [*self._inflight.values(), *self._queue]
        self._inflight.clear()
        self._queue.clear()
        for ticket in waiting:
            ticket.failed(make(ticket))

    def _closed(self) -> None:
        if self.state is State.CLOSING:
            self._move(Cause.CLOSE_DONE)
        self._channel = None
        self._events.append(Closed())

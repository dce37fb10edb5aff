# SPDX-License-Identifier: Apache-2.0
"""The requests of one open session: sent in turn, repeated in time, matched with their answers."""
from __future__ import annotations

from collections import deque
from typing import Callable

from pyghmi.exceptions import InvalidParameterValue, SessionError, SessionLost, TimedOut
from pyghmi.ipmi.protocol import ipmb, privilege
from pyghmi.ipmi.protocol.bridging import BridgedAnswer, bridged_answer, bridged_message
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.memory import BmcMemory, backoff
from pyghmi.ipmi.protocol.raising import AnyChannel
from pyghmi.ipmi.spec.commands import command_name

Response = tuple[int, int, int, int, bytes]

_TRIES_BEFORE_REOPENING = 3
_IDLE_SUSPECT = 28.0
_IDLE_BEFORE_PROOF = 15.0
_REST = 10.0
_PAUSE_AFTER_TIMEOUT = 0.25
_MAX_QUEUE = 10_000
_LOST_WORDS = "Session no longer connected"
_JITTER_PARTS = 2048
_MEASURE_EVERY = 0.02
"""Seconds between measurements of the round trip: more of them cost time and tell nothing new."""
_RESTARTS = ((0x06, 0x02), (0x06, 0x03))
"""Cold and warm reset of the BMC: its sessions are gone then."""


class Requests:
    """What a session was asked to carry.

    `channel`: the open session, None while there is none; `frozen`: nothing is to be sent for now; `out`: datagrams to
    send; `unanswered`: whether a request had to be repeated since somebody last looked; `on_payload`: called with
    (payload type, payload, now) for what is no IPMI message.
    """

    def __init__(self, memory: BmcMemory, random: Callable[[int], bytes]) -> None:
        self.memory = memory
        self._random = random
        self._resting: dict[int, float] = {}
        self._hold_until = 0.0
        self._measure_at = 0.0
        self._restarting = False
        self.level: int | None = None
        self.confirmed = False
        self.channel: AnyChannel | None = None
        self.frozen = True
        self.max_outstanding = 1
        self.last_heard = 0.0
        self.unanswered = False
        self.queue: deque[Ticket] = deque()
        self.inflight: dict[int, Ticket] = {}
        self.out: list[bytes] = []
        self.on_payload: Callable[[int, bytes, float], None] | None = None

    # --- sending

    def submit(self, ticket: Ticket, now: float) -> None:
        """Send a request when its turn comes: at once, if nothing else is on its way."""
        self.queue.append(ticket)
        self.send_queued(now)

    def at_once(self, ticket: Ticket, now: float) -> bytes | None:
        """Return the datagram for a request that nothing stands in the way of; None: take the long way, `submit`.

        Nearly every command passes here, and what the long way adds would be for nothing.
        """
        channel = self.channel
        if self.inflight or self.queue or self.frozen or self._resting or ticket.target is not None:
            return None
        if channel is None or now < self._hold_until or not ticket.repeatable:
            return None
        ticket.rq_seq = rq_seq = channel.next_rq_seq()
        self.inflight[rq_seq] = ticket
        ticket.submitted_at = ticket.sent_at = now
        ticket.tries = 1
        ticket.due = now + (self.memory.first_wait_s if ticket.first_wait is None else ticket.first_wait)
        return channel.seal(ipmb.build_request(ticket.netfn, ticket.cmd, ticket.data, rq_seq, ticket.lun))

    def send_queued(self, now: float) -> None:
        """Send queued requests as far as there is room."""
        while self.queue and not self.frozen and len(self.inflight) < self.max_outstanding and now >= self._hold_until:
            ticket = self.queue.popleft()
            if not ticket.repeatable and (self._restarting or now - self.last_heard > _IDLE_BEFORE_PROOF):
                privilege.prove_first(self, ticket, now)
                return
            self.send(ticket, now)

    def begin(self, channel: AnyChannel, now: float, level: int, *, confirmed: bool) -> None:
        """Use a new session: what was on its way is sent again in it, then what was queued.

        level: the privilege in force, asked for again, once, when a command is refused for want of it; confirmed:
        whether the BMC has said that it is in force.
        """
        self.channel = channel
        self.level = level
        self.confirmed = confirmed
        self.frozen = False
        self.last_heard = now
        self._restarting = False
        self._resting.clear()
        waiting, self.inflight = list(self.inflight.values()), {}
        for ticket in waiting:
            ticket.tries = 0
            self.send(ticket, now)
        self.send_queued(now)

    def withdraw(self, ticket: Ticket, now: float) -> None:
        """Forget a request that nobody waits for any more: what was not sent is not sent."""
        if ticket in self.queue:
            self.queue.remove(ticket)
        elif self.inflight.get(ticket.rq_seq) is ticket:
            self.release(ticket, now)
        self.send_queued(now)

    def thaw(self, now: float) -> None:
        """Go on in a session that was thought lost: what waits for an answer is sent again."""
        self.frozen = False
        for ticket in self.inflight.values():
            ticket.reopened = False
            if ticket.repeatable:
                ticket.tries, ticket.due = 1, now
        self.send_queued(now)

    def send(self, ticket: Ticket, now: float) -> None:
        """Send a request for the first time in this session."""
        channel = self.channel
        if channel is None:
            self.queue.appendleft(ticket)
            return
        rq_seq = channel.next_rq_seq()
        while rq_seq in self.inflight or (self._resting and _rests(self._resting, rq_seq, now)):
            rq_seq = channel.next_rq_seq()
        ticket.rq_seq = rq_seq
        self.inflight[rq_seq] = ticket
        self._transmit(ticket, channel, now)

    def _transmit(self, ticket: Ticket, channel: AnyChannel, now: float) -> None:
        if ticket.target is None:
            message = ipmb.build_request(ticket.netfn, ticket.cmd, ticket.data, ticket.rq_seq, ticket.lun)
        else:
            message = bridged_message(ticket, self.memory)
        self.out.append(channel.seal(message))
        ticket.tries = tries = ticket.tries + 1
        ticket.sent_at = now
        ticket.paused = False
        wait = self.memory.first_wait_s if ticket.first_wait is None else ticket.first_wait
        if tries > 1:
            wait = backoff(wait, tries) * (1 + self._random(1)[0] / _JITTER_PARTS)
        ticket.due = now + wait

    # --- answers

    def heard(self, response: Response, now: float) -> None:
        """Take an authentic response: find the request that it answers."""
        self.last_heard = now
        netfn, cmd, rq_seq, code, data = response
        ticket = self.inflight.get(rq_seq)
        if ticket is None or ticket.netfn | 1 != netfn or ticket.cmd != cmd or ticket.target is not None:
            self._heard_odd(ticket, response, now)
            return
        if code and (ticket.comes_later(code, now) or privilege.raise_first(self, ticket, code, now)):
            return
        del self.inflight[rq_seq]
        if ticket.tries != 1:
            self._resting[rq_seq] = now + _REST
            self.memory.was_repeated()
        elif now >= self._measure_at:
            self._measure_at = now + _MEASURE_EVERY
            self.memory.measured(now - ticket.sent_at)
        if not ticket.repeatable:
            self._restarting = (netfn & ~1, cmd) in _RESTARTS
        ticket.answered(code, data)
        if self.queue:
            self.send_queued(now)

    def take_aside(self, channel: AnyChannel, now: float) -> None:
        """Hand on an authentic payload that is no IPMI message."""
        aside, channel.aside = channel.aside, None
        if aside is not None and self.on_payload is not None:
            self.on_payload(*aside, now)

    def _heard_odd(self, ticket: Ticket | None, response: Response, now: float) -> None:
        """Take a response that does not match at first sight: bridged, without rqSeq, or nobody's."""
        if ticket is not None and ticket.target is not None:
            self._heard_bridged(ticket, response, now)
        elif response[2] == 0 and len(self.inflight) == 1:
            (ticket,) = self.inflight.values()
            known = self.memory.unnumbered or (not ticket.repeatable and 0 not in self._resting)
            if response[:2] == (ticket.netfn | 1, ticket.cmd) and ticket.target is None and (known or ticket.tries > 1):
                self.memory.unnumbered = True
                self.memory.notice("S07", "answers do not repeat the sequence number of the request")
                self.heard((*response[:2], ticket.rq_seq, *response[3:]), now)

    def _heard_bridged(self, ticket: Ticket, response: Response, now: float) -> None:
        """Take a response to a bridged request: the answer, an acknowledgement, or why it was not delivered."""
        verdict, code, data = bridged_answer(ticket, response, self.memory)
        if verdict is BridgedAnswer.NOTHING:
            return
        if verdict is BridgedAnswer.FINAL and code and ticket.comes_later(code, now):
            return
        self.inflight.pop(ticket.rq_seq, None)
        self._resting[ticket.rq_seq] = now + _REST
        if verdict is BridgedAnswer.FINAL:
            ticket.answered(code, data)
            self.send_queued(now)
        elif verdict is BridgedAnswer.ASK_LATER:
            self.inflight[ticket.rq_seq] = ticket
            ticket.pause(now)
        else:
            ticket.tries = 0
            self.send(ticket, now)

    # --- time

    def next_timer(self) -> float | None:
        """Return when to call `fire`, None for never."""
        found: float | None = None
        for ticket in self.inflight.values():
            due = ticket.due if ticket.due < ticket.deadline else ticket.deadline
            if found is None or due < found:
                found = due
        if not self.queue:
            return found
        first = min(ticket.deadline for ticket in self.queue)
        if not self.frozen and len(self.inflight) < self.max_outstanding:
            first = min(first, self._hold_until)
        return first if found is None or first < found else found

    def fire(self, now: float) -> Ticket | None:
        """Do what is due.  Returns a request whose silence says that the session is lost, None when there is none."""
        lost: Ticket | None = None
        for ticket in list(self.inflight.values()):
            if now >= min(ticket.due, ticket.deadline) and not ticket.done:
                lost = self._due(ticket, now) or lost
        for ticket in [waiting for waiting in self.queue if now >= waiting.deadline]:
            self.queue.remove(ticket)
            ticket.failed(timed_out(ticket, now))
        if self.queue:
            self.send_queued(now)
        return lost

    def _due(self, ticket: Ticket, now: float) -> Ticket | None:
        """A request has waited long enough: its deadline passed, its pause is over, or it is to be repeated."""
        if now >= ticket.deadline:
            self.release(ticket, now)
            self._hold_until = now + _PAUSE_AFTER_TIMEOUT
            if ticket.excuse:
                ticket.answered(ticket.excuse, b"")
            else:
                ticket.failed(timed_out(ticket, now))
            return None
        channel = self.channel
        if channel is None or self.frozen:
            ticket.due = ticket.deadline  # a login is under way; it sends the request again
            return None
        if ticket.paused:
            self.release(ticket, now)
            ticket.tries = 0
            self.send(ticket, now)
            return None
        self.unanswered = True
        if not ticket.repeatable:
            ticket.due = ticket.deadline
            return None
        if self._seems_lost(ticket):
            return ticket
        self._transmit(ticket, channel, now)
        return None

    def release(self, ticket: Ticket, now: float) -> None:
        """Take a request off the way; its number rests, for a late answer may still come."""
        self.inflight.pop(ticket.rq_seq, None)
        self._resting[ticket.rq_seq] = now + _REST
        self._restarting = (ticket.netfn, ticket.cmd) in _RESTARTS

    def _seems_lost(self, ticket: Ticket) -> bool:
        """Whether to log in again for this request: at most once, and sooner after a long silence."""
        if ticket.reopened or not ticket.reopen or ticket.target is not None:
            return False
        suspicious = self._restarting or ticket.sent_at - self.last_heard > _IDLE_SUSPECT
        return ticket.tries >= (1 if suspicious else _TRIES_BEFORE_REOPENING)

    # --- ends

    @property
    def waiting(self) -> list[Ticket]:
        """All requests without an answer."""
        return [*self.inflight.values(), *self.queue]

    def drop_unmovable(self, reason: str, now: float) -> None:
        """The session is lost: fail what may not go on in another one."""
        for ticket in self.waiting:
            sent = ticket.tries > 0
            if ticket.reopen and (ticket.repeatable or not sent):
                continue
            error = lost_error(reason, ticket, now)
            if sent and not ticket.repeatable:
                error.hint = f"{reason}; the command was sent and may have been executed"
            self.inflight.pop(ticket.rq_seq, None)
            if ticket in self.queue:
                self.queue.remove(ticket)
            ticket.failed(error)

    def fail_all(self, make: Callable[[Ticket], Exception]) -> None:
        """Fail every request with the error that `make` returns for it."""
        waiting = self.waiting
        self.inflight.clear()
        self.queue.clear()
        for ticket in waiting:
            ticket.failed(make(ticket))

    def clear(self) -> None:
        """Forget everything without a word to anybody."""
        self.channel = None
        for forgotten in (self.queue, self.inflight, self.out):
            forgotten.clear()


def _rests(resting: dict[int, float], rq_seq: int, now: float) -> bool:
    """Whether a late answer to an earlier request with this number may still come."""
    until = resting.get(rq_seq)
    if until is None or len(resting) > ipmb.RQ_SEQ_COUNT - 8:
        return False
    if now < until:
        return True
    del resting[rq_seq]
    return False


def timed_out(ticket: Ticket, now: float) -> TimedOut:
    """Return the error for a request whose deadline passed."""
    sent = ticket.tries > 0
    error = TimedOut(
        "timeout",
        stage=command_name(ticket.netfn, ticket.cmd),
        tries=ticket.tries,
        elapsed=now - ticket.submitted_at,
        hint="the BMC did not answer in time" if sent else "it was never sent: the session was busy or being opened",
        code=0xFFFF,
    )
    error.maybe_done = sent
    if sent and not ticket.repeatable:
        error.hint = "the command was sent once and may have been executed; check before repeating it"
    return error


def lost_error(reason: str, ticket: Ticket, now: float, cause: Exception | None = None) -> SessionLost:
    """Return the error for a request whose session has ended."""
    error = SessionLost(
        _LOST_WORDS,
        stage=command_name(ticket.netfn, ticket.cmd),
        tries=ticket.tries,
        elapsed=now - ticket.submitted_at,
        hint=reason,
    )
    error.__cause__ = cause
    return error


def untakeable(ticket: Ticket, requests: Requests) -> Exception | None:
    """Return why a request cannot be carried, None when it can."""
    target = ticket.target
    if target is not None and (target.address & 1 or not 0 <= target.address <= 0xFF):
        return InvalidParameterValue(f"{target.address:02X}h is no slave address: it names software, not a controller")
    if len(requests.queue) >= _MAX_QUEUE:
        return SessionError(f"{_MAX_QUEUE} requests are waiting already")
    return None

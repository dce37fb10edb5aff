# SPDX-License-Identifier: Apache-2.0
"""Open an RMCP+ session: which key exchange to attempt, and what to do when one fails."""
from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from typing import Callable

from pyghmi.exceptions import SessionError
from pyghmi.ipmi.protocol import refusals
from pyghmi.ipmi.protocol.attempt import Attempt, Established, Mismatch, Refused, Send, Stage
from pyghmi.ipmi.protocol.channel import Channel20
from pyghmi.ipmi.protocol.choices import Choices, Then
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory, backoff
from pyghmi.ipmi.protocol.packet import unwrap_setup
from pyghmi.ipmi.spec.codes import Privilege, RmcpStatus

_REMEMBERED_ATTEMPTS = 4
_RAKP_WAIT_MIN = 1.0
_TRIES_PER_SUITE = 2
_MAX_RESTARTS = 3
_RESTART_WAIT = 0.25
_MAX_SILENT_PROOFS = 4
_MAX_SILENT_NAMES = 6
_MAX_SECOND_SILENCES = 2
_PADDED_AFTER = 2
_SLOT_WAIT_MIN, _SLOT_WAIT_SPREAD = 1.0, 4.0
_DEPTH = {Stage.OPEN: 0, Stage.RAKP2: 1, Stage.RAKP4: 2, Stage.OVER: -1}

_BY_DEPTH = {depth: stage for stage, depth in _DEPTH.items()}


class Opening20:
    """Lead attempts to a session, or to the error that says why there is none.

    After each call: `out` holds datagrams to send, `due` the time of the next `fire`, `channel` the session or `error`
    the failure; `tries`: how often each stage was begun.  Suites are tried in order, each once; an authentication error
    ends the search at once, so that it is not hidden behind the refusal of the next suite; it is looked at a second
    time only, for a damaged answer looks the same as a wrong password.
    """

    def __init__(
        self, login: Login, memory: BmcMemory, random: Callable[[int], bytes], without: Collection[int] = ()
    ) -> None:
        """`without`: suites that turned out to be unusable."""
        self._login = login
        self._memory = memory
        self._random = random
        self._attempts: deque[Attempt] = deque(maxlen=_REMEMBERED_ATTEMPTS)
        self._newest: Attempt | None = None
        self._choices = Choices(login, memory, without)
        self._name_only = login.name_only and memory.name_only_works
        self._padded_proof = memory.padded_proof
        self._restarts = 0
        self._silences = {Stage.OPEN: 0, Stage.RAKP2: 0, Stage.RAKP4: 0, Stage.OVER: 0}
        self._first_error: SessionError | None = None
        self._silences_since = 0
        self._last_refusal: SessionError | None = None
        self._out_of_slots = False
        self.out: list[bytes] = []
        self.due: float | None = None
        self.channel: Channel20 | None = None
        self.error: SessionError | None = None
        self.sent = 0
        self.tries: Counter[str] = Counter()
        self.heard = False

    @property
    def privilege(self) -> Privilege:
        """The level that is being asked for."""
        return self._choices.step.privilege

    @property
    def stage(self) -> str:
        """What was sent last, in words."""
        depth = max((_DEPTH[attempt.stage] for attempt in self._attempts), default=0)
        return _BY_DEPTH[max(depth, 0)].value

    def local_ids(self) -> list[int]:
        """Return the session ids that answers may carry."""
        return [attempt.local_id for attempt in self._attempts]

    def begin(self, now: float) -> None:
        """Start a new attempt with the suite and privilege whose turn it is."""
        privilege, open_highest = self._choices.step
        attempt = Attempt(
            self._login,
            self._memory,
            self._choices.suite,
            privilege,
            random=self._random,
            name_only=self._name_only,
            open_highest=open_highest,
            pad=self._memory.pad_rakp1 or self._silences[Stage.RAKP2] >= _PADDED_AFTER,
            padded_proof=self._padded_proof,
        )
        self._attempts.append(attempt)
        self._newest = attempt
        self._out_of_slots = False
        self._send(attempt.open_session(now), now, self._silences[Stage.OPEN] + 1)

    def farewells(self, now: float) -> list[bytes]:
        """Return what tells the BMC that half-open sessions are given up."""
        return [datagram for attempt in self._attempts for datagram in attempt.farewells(now)]

    def _send(self, datagram: bytes, now: float, tries: int) -> None:
        self.out.append(datagram)
        self.sent += 1
        self.tries[self._attempts[-1].stage.value] += 1
        first = self._memory.first_wait_s
        if self._attempts[-1].stage is not Stage.OPEN:  # the BMC computes here, and starting over costs it a slot
            first = max(first, _RAKP_WAIT_MIN)
        jitter = 1 + self._random(1)[0] / 2048  # up to an eighth, so that many clients do not ask in step
        self.due = now + backoff(first, tries) * jitter

    # --- silence

    def fire(self, now: float) -> None:
        """The wait is over: ask again, start over, or go on after a pause."""
        if self._out_of_slots:
            self.begin(now)
            return
        attempt = self._attempts[-1]
        self._silences[attempt.stage] += 1
        self._silences_since += self._first_error is not None
        if self._silences_since >= _MAX_SECOND_SILENCES:
            self.error = self._first_error
        elif self._is_silent_refusal():
            self.error = refusals.silently_rejected(self.stage)
        elif attempt.stage is not Stage.OPEN:
            # RAKP 1 and 3 are never repeated: that ends the half-open session on most BMCs.
            self.begin(now)
        elif self._silences[Stage.OPEN] % _TRIES_PER_SUITE == 0 and self._choices.others:
            self._choices.rotate()
            self.begin(now)
        else:
            self._send(attempt.open_session(now), now, self._silences[Stage.OPEN] + 1)

    def _is_silent_refusal(self) -> bool:
        """Whether silence on RAKP 1 or 3 is no loss: the BMC answers all else.  More tries would lock the account."""
        silences = self._silences
        lost = silences[Stage.OPEN]
        return (
            silences[Stage.RAKP4] >= _MAX_SILENT_PROOFS + lost + silences[Stage.RAKP2]
            or silences[Stage.RAKP2] >= _MAX_SILENT_NAMES + lost
        )

    # --- answers

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take a datagram; False when it is not an answer to one of our attempts."""
        found = unwrap_setup(datagram)
        if found is None or self.channel is not None or self.error is not None:
            return False
        kind, payload = found
        attempt = self._claimant(kind, payload)
        if attempt is None:
            return False
        self.heard = True
        self._measure(attempt, payload, now)
        outcome = attempt.receive(payload, now)
        if isinstance(outcome, Refused) and outcome.status in refusals.STALE and self._goes_on_without(attempt):
            return True
        if attempt is not self._attempts[-1]:
            self._attempts.remove(attempt)
            self._attempts.append(attempt)
        if isinstance(outcome, Send):
            self._send(outcome.datagram, now, self._silences[attempt.stage] + 1)
        elif isinstance(outcome, Established):
            self._established(attempt, outcome)
        elif isinstance(outcome, Refused):
            _AT_STAGE[outcome.stage](self, attempt, outcome.status, now)
        else:
            self._mismatch(attempt, outcome, now)
        return True

    def _claimant(self, kind: int, payload: bytes) -> Attempt | None:
        """Find the attempt that an answer belongs to; a late answer may carry an earlier attempt on."""
        current = _DEPTH[self._attempts[-1].stage] if self._attempts else -1
        for attempt in reversed(self._attempts):
            if _DEPTH[attempt.stage] >= current and attempt.claims(kind, payload):
                return attempt
        last = self._attempts[-1] if self._attempts else None
        return last if last is not None and last.claims_error(kind, payload) else None

    def _goes_on_without(self, attempt: Attempt) -> bool:
        """Leave an attempt that the BMC has forgotten, where one that was begun after it still waits."""
        newest = self._newest
        if newest is None or newest is attempt or newest not in self._attempts or newest.stage is Stage.OVER:
            return False
        self._attempts.remove(attempt)
        self._attempts.remove(newest)
        self._attempts.append(newest)
        return True

    def _measure(self, attempt: Attempt, payload: bytes, now: float) -> None:
        sent_at = attempt.sent_at(payload[0]) if payload else None
        if sent_at is not None:
            self._memory.measured(max(now - sent_at, 0.0))

    def _established(self, attempt: Attempt, outcome: Established) -> None:
        memory = self._memory
        memory.spoke_20 = True
        self._choices.taken(attempt.suite_number)
        attempt.remember(name_only_asked=self._login.name_only)
        if self._restarts:
            memory.notice("R19", "a login is forgotten now and then, and begun anew")
        cipher = outcome.cipher
        self.channel = Channel20(cipher, outcome.suite, outcome.guid, attempt.local_id, attempt.bmc_id)
        self.due = None

    # --- refusals

    def _then(self, then: Then, now: float) -> None:
        if then is Then.NEXT:
            self.begin(now)
        elif then is Then.WAIT:
            self._wait_for_slot(now)
        else:
            self.error = self._last_refusal

    def _open_refused(self, attempt: Attempt, status: int, now: float) -> None:
        suite = attempt.suite_number
        if status in refusals.STALE:
            self._restart(now, refusals.open_refused(status, self._choices.tally(), self._login.privilege))
            return
        then = self._choices.refused(suite, status)
        self._last_refusal = refusals.open_refused(status, self._choices.tally(), self._login.privilege)
        self._then(then, now)

    def _wait_for_slot(self, now: float) -> None:
        self._out_of_slots = True
        self._memory.notice("R30", "there was no free session slot for some time")
        self.due = now + _SLOT_WAIT_MIN + _SLOT_WAIT_SPREAD * self._random(1)[0] / 256

    def _rakp2_refused(self, _attempt: Attempt, status: int, now: float) -> None:
        error = refusals.rakp2_refused(status, self.privilege)
        if status in refusals.STALE:
            self._restart(now, error)
        elif status in refusals.NO_SLOT:
            self._last_refusal = error
            self._wait_for_slot(now)
        elif status in refusals.ROLE | refusals.NAME and self._login.name_only and not self._name_only:
            # Looked up by name and role, for it seemed to have no other way: it has.
            self._name_only = self._memory.name_only_works = True
            self.begin(now)
        elif status in refusals.ROLE and self._choices.lower():
            self._first_error = self._first_error or error
            self.begin(now)
        else:
            self._authentication_failed(error, now)

    def _rakp4_refused(self, attempt: Attempt, status: int, now: float) -> None:
        error = refusals.rakp4_refused(status)
        if status in refusals.NO_SLOT:
            self._last_refusal = error
            self._wait_for_slot(now)
            return
        # Invalid Session ID may also be a login that was forgotten: then the second try is made as the first.
        if status == RmcpStatus.INVALID_INTEGRITY_CHECK or (status in refusals.STALE and self._restarts):
            if attempt.keys_variant.padded_name:
                self._padded_proof = not self._padded_proof
            elif attempt.name_only:
                # Some firmware checks RAKP 3 without the name-only bit: without it, all readings agree.
                self._name_only = False
        if status in refusals.STALE:
            self._restart(now, error)
        else:
            self._authentication_failed(error, now)

    def _mismatch(self, attempt: Attempt, outcome: Mismatch, now: float) -> None:
        error = outcome.error
        if not isinstance(error, SessionError):
            error = refusals.malformed_setup(outcome.stage.value, error)
        if outcome.goodbye is not None:
            self.out.append(outcome.goodbye)
        if outcome.stage is Stage.OPEN:
            self._last_refusal = error
            self._then(self._choices.unacceptable(attempt.suite_number), now)
        else:
            self._authentication_failed(error, now)

    def _restart(self, now: float, error: SessionError) -> None:
        """Begin anew; not at once the second time, for the BMC may be overloaded."""
        self._restarts += 1
        if self._restarts > _MAX_RESTARTS:
            self.error = error
        elif self._restarts == 1:
            self.begin(now)
        else:
            self._last_refusal = error
            self._out_of_slots = True
            self.due = now + backoff(_RESTART_WAIT, self._restarts) * (1 + self._random(1)[0] / 256)

    def _authentication_failed(self, error: SessionError, now: float) -> None:
        """Look a second time, then say the first reason: more tries would lock the account."""
        if self._first_error is not None:
            self.error = self._first_error
            return
        self._first_error = error
        self.begin(now)

    def gave_up(self) -> SessionError:
        """Return the error for a deadline that passed now."""
        if self._first_error is not None:
            return self._first_error
        if self._out_of_slots and self._last_refusal is not None:
            return self._last_refusal
        return refusals.silent(self.stage, heard=self.heard)


_AT_STAGE: dict[Stage, Callable[[Opening20, Attempt, int, float], None]] = {
    Stage.OPEN: Opening20._open_refused,
    Stage.RAKP2: Opening20._rakp2_refused,
    Stage.RAKP4: Opening20._rakp4_refused,
}

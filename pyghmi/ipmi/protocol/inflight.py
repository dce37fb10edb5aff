# SPDX-License-Identifier: Apache-2.0
"""A request on its way, and its fate."""
from __future__ import annotations

from enum import Enum
from typing import Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.codes import RetryClass, retry_class
from pyghmi.ipmi.spec.request import Target

_BUSY_FIRST, _BUSY_CAP = 0.25, 2.0
_IN_PROGRESS_WAIT = 1.0
_NO_REQUEST = ~0x3E
"""What is set of the network function of no request: they have six bits, and those of answers are odd."""
_MOST_BYTES = 0xFF00
"""What follows in a packet has its place too: its length has 16 bits."""


def _unsendable(netfn: int, cmd: int, lun: int, data: bytes) -> InvalidParameterValue:
    """Return the error for a request that no message can carry."""
    if netfn & _NO_REQUEST:
        return InvalidParameterValue(f"the network function of a request is an even number from 0 to 62, not {netfn}")
    if cmd >> 8:
        return InvalidParameterValue(f"a command is a number from 0 to 255, not {cmd}")
    if lun >> 2:
        return InvalidParameterValue(f"a LUN is a number from 0 to 3, not {lun}")
    return InvalidParameterValue(f"a request has at most {_MOST_BYTES} bytes of data, not {len(data)}")


class Fetch(Enum):
    """How the answer to a bridged request comes back."""

    TRACKED = "the BMC sends it on"
    UNTRACKED = "the BMC will keep it"
    BY_GET_MESSAGE = "it is being fetched"


class Ticket:
    """One request and what came of it.

    deadline: absolute, same clock as everywhere; repeatable: whether a second execution does no harm; reopen: whether
    a lost session may be opened again for it; first_wait: seconds before the first repetition, None: as measured.
    When `done`: either `error` is set, or `code` (completion code) and `answer` (the bytes after it).
    excuse: a code that was answered and is not the last word; inner_seq: rqSeq of the message inside a bridged one.

    Raises InvalidParameterValue for what no message can carry.
    """

    __slots__ = (
        "answer",
        "backoffs",
        "cmd",
        "code",
        "data",
        "deadline",
        "done",
        "due",
        "error",
        "excuse",
        "fetch",
        "first_wait",
        "inner_seq",
        "lun",
        "netfn",
        "on_done",
        "paused",
        "reopen",
        "reopened",
        "repeatable",
        "repeated_once",
        "rq_seq",
        "sent_at",
        "submitted_at",
        "target",
        "tries",
    )

    def __init__(
        self,
        netfn: int,
        cmd: int,
        data: bytes,
        deadline: float,
        repeatable: bool = True,
        reopen: bool = True,
        lun: int = 0,
        target: Target | None = None,
        first_wait: float | None = None,
        on_done: Callable[[Ticket], None] | None = None,
    ) -> None:
        if netfn & _NO_REQUEST or cmd >> 8 or lun >> 2 or len(data) > _MOST_BYTES:
            raise _unsendable(netfn, cmd, lun, data)
        self.netfn = netfn
        self.cmd = cmd
        self.data = data
        self.deadline = deadline
        self.repeatable = repeatable
        self.reopen = reopen
        self.lun = lun
        self.target = target
        self.first_wait = first_wait
        self.on_done = on_done
        self.answer = b""
        self.error: Exception | None = None
        self.code = self.rq_seq = self.inner_seq = -1
        self.tries = self.backoffs = self.excuse = 0
        self.sent_at = self.due = self.submitted_at = 0.0
        self.done = self.paused = self.reopened = self.repeated_once = False
        self.fetch = Fetch.TRACKED

    def answered(self, code: int, answer: bytes) -> None:
        """Note the answer and tell who asked."""
        self.code = code
        self.answer = answer
        self.done = True
        if self.on_done is not None:
            self.on_done(self)

    def failed(self, error: Exception) -> None:
        """Note that there will be none, and tell who asked."""
        self.error = error
        self.done = True
        if self.on_done is not None:
            self.on_done(self)

    def comes_later(self, code: int, now: float) -> bool:
        """Whether a completion code says "later": then the request is repeated after a pause, within its deadline."""
        kind = retry_class(code)
        if kind is RetryClass.NEVER:
            return False
        if kind is RetryClass.IN_PROGRESS:
            # The copy that arrived first is being executed: its answer is on the way, and the session lives.
            self.excuse = code
            self.due = max(self.due, now + _IN_PROGRESS_WAIT) if self.repeatable else self.deadline
            self.tries = 1
            return True
        if kind is not RetryClass.NOT_RUN and not self.repeatable:
            return False
        if kind is RetryClass.ONCE or (kind is RetryClass.MAYBE_RUN and self.target is not None):
            # Behind the BMC these codes mostly mean that the controller is not there.
            if self.repeated_once:
                return False
            self.repeated_once = True
        return self.pause(now)

    def pause(self, now: float) -> bool:
        """Send it again after a pause; False when the deadline comes first."""
        pause = min(_BUSY_FIRST * (1 << min(self.backoffs, 8)), _BUSY_CAP)
        if now + pause >= self.deadline:
            return False
        self.backoffs += 1
        self.paused = True
        self.due = now + pause
        return True

    def __repr__(self) -> str:
        fate = "waiting" if not self.done else f"{self.error!r}" if self.error else f"code {self.code:02X}h"
        return f"<Ticket {self.netfn:02X}h/{self.cmd:02X}h, {self.tries} tries, {fate}>"

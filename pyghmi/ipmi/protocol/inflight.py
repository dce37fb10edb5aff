# SPDX-License-Identifier: Apache-2.0
"""A request on its way, and its fate."""
from __future__ import annotations

from enum import Enum
from typing import Callable

from pyghmi.ipmi.spec.request import Target


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
    """

    # What most requests never change stays here: one is made for every command.
    done = False
    code = -1
    answer = b""
    error: Exception | None = None
    tries = 0
    rq_seq = -1
    sent_at = 0.0
    due = 0.0
    submitted_at = 0.0
    backoffs = 0
    paused = False
    reopened = False
    fetch = Fetch.TRACKED

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

    def __repr__(self) -> str:
        fate = "waiting" if not self.done else f"{self.error!r}" if self.error else f"code {self.code:02X}h"
        return f"<Ticket {self.netfn:02X}h/{self.cmd:02X}h, {self.tries} tries, {fate}>"

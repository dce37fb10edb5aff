# SPDX-License-Identifier: Apache-2.0
"""Carry out a procedure of several requests without waiting: each step begins when the answer of the last has come."""
from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Callable, Generic, Optional, TypeVar

from pyghmi.exceptions import PyghmiException, TimedOut
from pyghmi.ipmi.domains.requester import Answer, Ask, Pause
from pyghmi.ipmi.net.reactor import NEVER

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link
    from pyghmi.ipmi.protocol.inflight import Ticket

T = TypeVar("T")

Procedure = Generator["Ask | Pause", Optional[Answer], T]
Ended = Callable[[Optional[T], Optional[PyghmiException]], None]


class Steps(Generic[T]):
    """A procedure under way; `on_done(result, error)` is called at its end by whoever turns the wheel.

    reopen: whether a session that is not open is opened for it.
    """

    def __init__(self, link: Link, procedure: Procedure[T], on_done: Ended[T], *, reopen: bool) -> None:
        self.armed_at = NEVER
        self.done = False
        self._link = link
        self._procedure = procedure
        self._on_done = on_done
        self._reopen = reopen
        self._resumes_at = NEVER
        with link.reactor.lock:
            self._go_on(None)

    def cancel(self) -> None:
        """Do no further step, and call nobody."""
        with self._link.reactor.lock:
            self.done = True
            self._procedure.close()

    def fire(self, now: float) -> None:
        """Go on after a pause."""
        if now >= self._resumes_at and not self.done:
            self._resumes_at = NEVER
            self._go_on(None)

    def _answered(self, ticket: Ticket) -> None:
        if self.done:
            return
        error = ticket.error
        if error is None:
            self._go_on((ticket.code, ticket.answer))
        elif isinstance(error, TimedOut):
            self._go_on(None)
        else:
            self._fail(self._link.named(error))

    def _go_on(self, answer: Answer | None) -> None:
        try:
            step = self._procedure.send(answer)
        except StopIteration as end:
            self._end(end.value, None)
        except PyghmiException as error:
            self._fail(error)
        else:
            self._begin(step)

    def _begin(self, step: Ask | Pause) -> None:
        link = self._link
        if isinstance(step, Pause):
            self._resumes_at = link.now() + step.seconds
            link.reactor.arm(self, self._resumes_at)
            return
        request = step.request
        link.submit(
            request.netfn,
            request.cmd,
            request.encode(),
            deadline_s=step.deadline_s,
            repeatable=request.repeatable,
            reopen=self._reopen,
            on_done=self._answered,
        )

    def _fail(self, error: Exception) -> None:
        self._procedure.close()
        found = error if isinstance(error, PyghmiException) else PyghmiException(str(error))
        if found is not error:
            found.__cause__ = error
        self._end(None, found)

    def _end(self, result: T | None, error: PyghmiException | None) -> None:
        if not self.done:
            self.done = True
            self._link.reactor.call_soon(lambda: self._on_done(result, error))

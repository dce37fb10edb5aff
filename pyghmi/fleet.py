# SPDX-License-Identifier: Apache-2.0
"""Many BMCs at once, from one thread."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Callable, Generic, Optional, TypeVar, Union

from pyghmi.exceptions import IpmiException, SessionError, TimedOut
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.facade.credentials import as_bytes, kg_as_bytes
from pyghmi.ipmi.net.link import Link
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.spec.chassis import GetChassisStatus
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.shapes import NamedTuple

R = TypeVar("R", bound=Message)

_AT_ONCE = 256


class Result(Generic[R]):
    """What one BMC answered: `value`, or the `error`."""

    __slots__ = ("bmc", "error", "value")

    # Not a NamedTuple: Python 3.9 and 3.10 have no generic ones.
    def __init__(self, bmc: str, value: Optional[R], error: Optional[Exception]) -> None:
        self.bmc = bmc
        self.value = value
        self.error = error

    def __repr__(self) -> str:
        return f"Result(bmc={self.bmc!r}, value={self.value!r}, error={self.error!r})"


class Member(NamedTuple):
    """One BMC of a fleet."""

    name: str
    link: Link


class Fleet:
    """Sessions with many BMCs, on a loop of their own.  Use it in a `with`: all sessions are closed at its end.

    at_once: how many logins or requests are on their way at the same time.
    """

    def __init__(self, *, at_once: int = _AT_ONCE) -> None:
        self._reactor = Reactor()
        self._members: list[Member] = []
        self._at_once = at_once

    def __repr__(self) -> str:
        return f"<Fleet of {len(self._members)}>"

    def add(
        self,
        bmc: str,
        userid: Union[str, bytes],
        password: Union[str, bytes],
        port: int = 623,
        *,
        kg: Union[str, bytes, None] = None,
        name: Optional[str] = None,
        deadline: Optional[float] = None,
        **login: Any,
    ) -> None:
        """Add a BMC.  name: what its results are called, `bmc` when None; login: further keywords of `Login`."""
        credentials = Login(as_bytes(userid, "userid"), as_bytes(password, "password"), kg=kg_as_bytes(kg), **login)
        link = Link(bmc, credentials, port, reactor=self._reactor, deadline_s=deadline)
        self._members.append(Member(bmc if name is None else name, link))

    def request(self, req: Request[R], deadline_s: Optional[float] = None) -> list[Result[R]]:
        """Ask every BMC the same; logs in where there is no session yet.  The order is that of `add`.

        deadline_s: seconds for all of them together; None: for each its own, from when its turn comes.
        """
        batch = _Batch(req, self._members, self._reactor, self._at_once, deadline_s)
        batch.run()
        return batch.results()

    def get_power(self, deadline_s: Optional[float] = None) -> dict[str, Union[str, Exception]]:
        """Return 'on', 'off' or the error, by name; deadline_s: as for `request`."""
        found: dict[str, Union[str, Exception]] = {}
        for result in self.request(GetChassisStatus(), deadline_s):
            if result.value is None:
                found[result.bmc] = result.error or IpmiException("no answer")
            else:
                found[result.bmc] = "on" if result.value.power_on else "off"
        return found

    def close(self) -> None:
        """Close all sessions."""
        self._reactor.close()

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


class _Batch(Generic[R]):
    """One request to many BMCs; `done` when all have answered or failed."""

    def __init__(
        self,
        req: Request[R],
        members: Iterable[Member],
        reactor: Reactor,
        at_once: int,
        deadline_s: Optional[float],
    ) -> None:
        self._req = req
        self._data = req.encode()
        self._deadline = None if deadline_s is None else reactor.clock() + deadline_s
        self._reactor = reactor
        self._at_once = at_once
        self._waiting: deque[tuple[int, Member]] = deque(enumerate(members))
        self._results: list[Optional[Result[R]]] = [None] * len(self._waiting)
        self._left = len(self._waiting)
        self._active = 0

    @property
    def done(self) -> bool:
        """Whether every BMC has answered or failed."""
        return not self._left

    def run(self) -> None:
        """Turn the wheel until all is done."""
        self._start_more()
        self._reactor.run_until(self)

    def results(self) -> list[Result[R]]:
        """Return the results in order."""
        return [result for result in self._results if result is not None]

    def _start_more(self) -> None:
        while self._waiting and self._active < self._at_once:
            index, member = self._waiting.popleft()
            self._active += 1
            left = None if self._deadline is None else self._deadline - self._reactor.clock()
            if left is not None and left <= 0:
                self._ended(index, member, None, member.link.named(_not_begun()))
                continue
            try:
                member.link.submit(
                    self._req.netfn,
                    self._req.cmd,
                    self._data,
                    repeatable=self._req.repeatable,
                    deadline_s=left,
                    on_done=self._told(index, member),
                )
            except SessionError as error:
                self._ended(index, member, None, error)

    def _told(self, index: int, member: Member) -> Callable[[Ticket], None]:
        def done(ticket: Ticket) -> None:
            self._reactor.call_soon(lambda: self._take(index, member, ticket))

        return done

    def _take(self, index: int, member: Member, ticket: Ticket) -> None:
        value: Optional[R] = None
        error: Optional[Exception] = ticket.error
        if error is None:
            try:
                value = answer_of(self._req, ticket.code, ticket.answer)
            except IpmiException as found:
                error = found
        self._ended(index, member, value, None if error is None else member.link.named(error))
        self._start_more()

    def _ended(self, index: int, member: Member, value: Optional[R], error: Optional[Exception]) -> None:
        self._results[index] = Result(member.name, value, error)
        self._left -= 1
        self._active -= 1


def _not_begun() -> TimedOut:
    """Return the error of a BMC whose turn never came."""
    return TimedOut("timeout", hint="its turn did not come before the deadline: allow more at once, or more time")

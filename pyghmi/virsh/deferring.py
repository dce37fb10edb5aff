# SPDX-License-Identifier: Apache-2.0
"""A BMC whose answers may take time: they are found in a thread, and the loop that serves all BMCs goes on."""
from __future__ import annotations

from functools import partial
from typing import Any, Callable
from uuid import UUID

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private.serversession import Request, ServerSession
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, NODE_BUSY, OK, UNSPECIFIED
from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.worker import Worker

Reply = tuple[int, bytes]


class DeferringBmc(Bmc):
    """A `Bmc` with a thread for what blocks.

    say: told of what goes wrong, in words.  Everything else: see `Bmc`.
    """

    def __init__(
        self,
        authdata: Any,
        port: int,
        uuid: UUID,
        address: str,
        *,
        name: str,
        say: Callable[[str], object],
        **options: Any,
    ) -> None:
        super().__init__(authdata, port, uuid, address, **options)
        self.say = say
        self.worker = Worker(name)
        self._waiting: set[tuple[int, Any]] = set()

    def answer_later(
        self,
        request: Request,
        session: ServerSession,
        find: Callable[[Request], Reply],
        finish: Callable[[Request, ServerSession], object] | None = None,
    ) -> None:
        """Have the answer found by `find` in the worker's thread, and send it.

        finish: called in the loop instead, where the code is OK.  A request that comes again meanwhile is not another.
        """
        ticket = (id(session), session.request)
        if ticket in self._waiting:
            return
        if self.worker.is_full:
            session.send_ipmi_response(code=NODE_BUSY)
            return
        self._waiting.add(ticket)

        def work() -> None:
            reply: Reply = UNSPECIFIED, b""
            try:
                reply = find(request)
            finally:
                self.soon(partial(answer, reply))

        def answer(reply: Reply) -> None:
            with self.reactor.lock:
                if ticket not in self._waiting:
                    return
                self._waiting.remove(ticket)
                session.request = ticket[1]
                if finish is not None and reply[0] == OK:
                    finish(request, session)
                else:
                    session.send_ipmi_response(data=reply[1], code=reply[0])

        self.worker.submit(work)

    def answer_now(self, session: ServerSession, answer: Callable[[], object]) -> None:
        """Have it answered by `answer` now, and not later even where that is under way."""
        self._waiting.discard((id(session), session.request))
        answer()

    def reply_of_bmc(self, request: Request) -> Reply:
        """Return what `Bmc` answers.  In the worker's thread."""
        taken: Any = _Taken()
        try:
            Bmc.handle_raw_request(self, request, taken)
        except DomainError as error:
            return self.refused(error), b""
        except NotImplementedError:
            return INVALID_COMMAND, b""
        reply: Reply = taken.reply
        return reply

    def refused(self, error: DomainError) -> int:
        """Return the completion code, and tell of what is no matter of course."""
        if error.code in (UNSPECIFIED, INVALID_FIELD):
            self.say(str(error))
        return error.code

    def soon(self, callback: Callable[[], object]) -> None:
        """Have it called in the loop, which is woken.  From any thread."""
        self.reactor.call_soon(callback)
        with self.reactor.lock:
            self.reactor.nudge()


class _Taken:
    """Takes one answer, in the place of a session."""

    def __init__(self) -> None:
        self.reply: Reply = UNSPECIFIED, b""

    def send_ipmi_response(self, data: Any = (), code: int = OK) -> None:
        """Take it."""
        self.reply = code, bytes(data)

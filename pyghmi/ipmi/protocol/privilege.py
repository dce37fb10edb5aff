# SPDX-License-Identifier: Apache-2.0
"""Ask for the privilege level in the midst of a session: as a harmless first command, or after a refusal."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE
from pyghmi.ipmi.spec.commands import required_privilege

if TYPE_CHECKING:
    from pyghmi.ipmi.protocol.requests import Requests

_SET_SESSION_PRIVILEGE = (0x06, 0x3B)
_RAISING_S = 3.0


def prove_first(requests: Requests, ticket: Ticket, now: float) -> None:
    """Ask for the level in force before this request, for the session may be gone, and it must not be sent twice."""
    requests.queue.appendleft(ticket)
    proof = Ticket(*_SET_SESSION_PRIVILEGE, b"\0", ticket.deadline, True, ticket.reopen)
    proof.submitted_at = now
    requests.send(proof, now)


def raise_first(requests: Requests, ticket: Ticket, code: int, now: float) -> bool:
    """Whether a refused request is repeated after asking for the level again, once in a session.

    Seen: the level was never confirmed; and a BMC that sets it back when RAKP 1 arrives a second time (OpenIPMI).
    """
    if code != INSUFFICIENT_PRIVILEGE:
        return False
    requests.memory.privileges.clear()  # whatever was remembered, it is not enough now
    level, required = requests.level, required_privilege(ticket.netfn, ticket.cmd)
    if level is None or (requests.confirmed and (required is None or level < required)):
        return False
    requests.level = None
    requests.release(ticket, now)
    ticket.tries = 0

    def raised(done: Ticket) -> None:
        if (done.error is not None or done.code) and ticket in requests.queue:
            requests.queue.remove(ticket)
            ticket.answered(code, b"")

    requests.queue.appendleft(ticket)
    until = min(ticket.deadline, now + _RAISING_S)
    raising = Ticket(*_SET_SESSION_PRIVILEGE, bytes((level,)), until, reopen=False, on_done=raised)
    raising.submitted_at = now
    requests.send(raising, now)
    return True

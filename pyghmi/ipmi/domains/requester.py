# SPDX-License-Identifier: Apache-2.0
"""All that a domain needs from below, and how an answer is taken."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pyghmi.exceptions import BmcStarting, CompletionCodeError
from pyghmi.ipmi.spec.codes import INITIALIZING, OK, RetryClass, meaning, retry_class
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.spec.request import Request, Target
    from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound="Message")


Answer = tuple[int, bytes]
"""(completion code, data behind it)."""


class Ask(NamedTuple):
    """A step of a procedure: send a request; the answer is sent into the generator, None: there was none in time."""

    request: Request[Any]
    deadline_s: float | None = None


class Pause(NamedTuple):
    """A step of a procedure: let time pass."""

    seconds: float


class Requester(Protocol):
    """Something that carries requests to a BMC and brings the answers back."""

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer.

        deadline_s: seconds for all that happens inside, None: the requester's default.
        Raises CompletionCodeError, Malformed, SessionError (TimedOut, SessionLost, ...).
        """
        ...

    def exchange(
        self,
        netfn: int,
        cmd: int,
        data: bytes = b"",
        *,
        target: Target | None = None,
        lun: int = 0,
        deadline_s: float | None = None,
        repeatable: bool | None = None,
        first_wait: float | None = None,
    ) -> tuple[int, bytes]:
        """Return (completion code, data behind it), whatever the code.

        repeatable: whether a second execution does no harm, None: by the table of commands; first_wait: seconds before
        the first repetition, None: as measured.  Raises SessionError.
        """
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass; whatever else hangs on the same reactor goes on."""
        ...

    def now(self) -> float:
        """Return the time in seconds on a clock that never goes back."""
        ...


def completion_error(netfn: int, cmd: int, code: int) -> CompletionCodeError:
    """Return the error for a completion code."""
    from pyghmi.ipmi.spec.commands import command_name  # here: most programs never see such an error

    kind = BmcStarting if code == INITIALIZING else CompletionCodeError
    retryable = retry_class(code) is not RetryClass.NEVER
    error = kind(meaning(netfn, cmd, code), netfn, cmd, code, retryable=retryable)
    error.stage = command_name(netfn, cmd)
    return error


def answer_of(req: Request[R], code: int, data: bytes) -> R:
    """Decode an answer.  Raises CompletionCodeError for a code other than 0, Malformed."""
    if code != OK:
        raise completion_error(req.netfn, req.cmd, code)
    return req.answer.decode(data)

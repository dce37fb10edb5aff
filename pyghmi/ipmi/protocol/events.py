# SPDX-License-Identifier: Apache-2.0
"""What a client machine reports: its states, and what happened."""
from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Union

from pyghmi.ipmi.wire.shapes import NamedTuple


class State(Enum):
    """Where a session is."""

    IDLE = "not begun"
    OPENING = "logging in"
    ACTIVE = "open"
    REOPENING = "lost, logging in again"
    CLOSING = "closing"
    CLOSED = "closed"
    DEAD = "failed"


class Cause(Enum):
    """What moves a session from state to state."""

    START = "start() or a request"
    LOGGED_IN = "the login succeeded"
    LOGIN_FAILED = "the login failed"
    SILENCE = "several tries of a request went unanswered, or the port is closed"
    CLOSE = "close()"
    CLOSE_DONE = "Close Session was answered, or was not in time"
    LATE_ANSWER = "the old session answered after all"


NEXT: dict[tuple[State, Cause], State] = {
    (State.IDLE, Cause.START): State.OPENING,
    (State.OPENING, Cause.LOGGED_IN): State.ACTIVE,
    (State.OPENING, Cause.LOGIN_FAILED): State.DEAD,
    (State.OPENING, Cause.CLOSE): State.CLOSED,
    (State.ACTIVE, Cause.SILENCE): State.REOPENING,
    (State.ACTIVE, Cause.CLOSE): State.CLOSING,
    (State.REOPENING, Cause.LOGGED_IN): State.ACTIVE,
    (State.REOPENING, Cause.LATE_ANSWER): State.ACTIVE,
    (State.REOPENING, Cause.LOGIN_FAILED): State.DEAD,
    (State.REOPENING, Cause.CLOSE): State.CLOSED,
    (State.CLOSING, Cause.CLOSE_DONE): State.CLOSED,
    (State.DEAD, Cause.START): State.REOPENING,
    (State.DEAD, Cause.CLOSE): State.CLOSED,
    (State.IDLE, Cause.CLOSE): State.CLOSED,
}
"""The only ways from state to state."""


class Agreement(NamedTuple):
    """What both sides agreed on.

    version: "2.0" or "1.5"; suite: number of the cipher suite (None for 1.5 or a mixed set), with its name;
    auth_type: of 1.5, None for 2.0; privilege: the level in force; guid: the BMC's, as it came (16 bytes; empty in
    1.5); quirks: deviations of this BMC that were met and handled, those to come too: name -> what was seen.
    """

    version: str
    suite: int | None
    suite_name: str
    auth_type: int | None
    privilege: int
    console_session_id: int
    bmc_session_id: int
    guid: bytes
    quirks: Mapping[str, str]


class LoggedIn(NamedTuple):
    """The session is open."""

    agreement: Agreement


class Reopened(NamedTuple):
    """A lost session is open again."""

    agreement: Agreement


class LoginFailed(NamedTuple):
    """There is no session, and why."""

    error: Exception


class Lost(NamedTuple):
    """The session does not answer any more; a new login begins if that is allowed."""

    reason: str


class Noticed(NamedTuple):
    """A deviation was met and handled; `quirk`: its row in the table of quirks."""

    quirk: str
    text: str


class Closed(NamedTuple):
    """The session was closed by us."""


Event = Union[LoggedIn, Reopened, LoginFailed, Lost, Noticed, Closed]

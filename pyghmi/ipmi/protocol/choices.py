# SPDX-License-Identifier: Apache-2.0
"""What to propose to a BMC next: suites in order, then a lower privilege, then the same when a slot is free."""
from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from pyghmi.ipmi.protocol import refusals
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.spec.codes import Privilege, RmcpStatus
from pyghmi.ipmi.wire.shapes import NamedTuple

_ROWS = {
    RmcpStatus.INSUFFICIENT_RESOURCES: "A13",
    RmcpStatus.INVALID_ROLE: "A14",
    RmcpStatus.UNAUTHORIZED_ROLE: "A14",
    RmcpStatus.ILLEGAL_PARAMETER: "A15",
}
"""Under which row of the table of quirks a refusal of a suite is known; A12 otherwise."""


class Then(Enum):
    """What a refusal leads to."""

    NEXT = "propose what is next"
    WAIT = "propose it after a pause: there is no free slot"
    OVER = "nothing is left to propose"


class Step(NamedTuple):
    """A privilege level to ask for.  open_highest: Open Session asks for "the highest" in its place."""

    privilege: Privilege
    open_highest: bool


class Choices:
    """The proposals of one login.  `suite` and `step`: those whose turn it is."""

    def __init__(self, login: Login, memory: BmcMemory, without: Collection[int] = ()) -> None:
        """`without`: suites that turned out to be unusable."""
        self._login = login
        self._memory = memory
        self._suites = [number for number in memory.in_order(login.suites) if number not in without]
        self._steps = _steps(login, memory)
        self._role_refused: list[int] = []
        self._slot_refused: list[int] = []
        self._refused: list[int] = []
        self._asked_again = False
        self._answers: dict[int, int] = {}
        self._silent: set[int] = set()

    @property
    def suite(self) -> int:
        """The number of the suite to propose."""
        return self._suites[0]

    @property
    def step(self) -> Step:
        """The privilege level to ask for."""
        return self._steps[0]

    @property
    def others(self) -> bool:
        """Whether there is another suite to propose at this level."""
        return len(self._suites) > 1

    def rotate(self) -> None:
        """Take the next suite: this one was met with silence, and may be tried again."""
        self._silent.add(self._suites[0])
        self._suites.append(self._suites.pop(0))

    def refused(self, suite: int, status: int) -> Then:
        """Note that Open Session with this suite was refused."""
        self._answers[suite] = status
        if suite in self._suites:
            self._suites.remove(suite)
        if status in refusals.ROLE_OR_SUITE:
            self._role_refused.append(suite)
        elif status in refusals.NO_SLOT:
            self._slot_refused.append(suite)
        else:
            self._refused.append(suite)
            self._memory.refused(suite)
        return self._then()

    def unacceptable(self, suite: int) -> Then:
        """Note that the BMC took Open Session on terms that the caller does not accept."""
        if suite in self._suites:
            self._suites.remove(suite)
        self._refused.append(suite)
        return self._then()

    def _then(self) -> Then:
        if self._suites:
            return Then.NEXT
        if self._role_refused and self.lower():
            self._suites, self._role_refused = self._role_refused, []
            return Then.NEXT
        if self._slot_refused:
            self._suites, self._slot_refused = self._slot_refused, []
            return Then.WAIT
        if not self._asked_again and self._refused:
            # Nothing vouches for a refusal: one damaged datagram must not end a login.
            self._asked_again = True
            self._suites = list(dict.fromkeys(self._refused))
            return Then.NEXT
        return Then.OVER

    def lower(self) -> bool:
        """Ask for the next level; False when there is none."""
        if len(self._steps) == 1:
            return False
        self._steps.pop(0)
        return True

    def taken(self, suite: int) -> None:
        """A session came of this: remember what did not lead to one."""
        memory = self._memory
        for number in {*self._role_refused, *(self._slot_refused if self._slot_refused else ()), *self._silent}:
            if number != suite:
                memory.refused(number)
        for number, status in self._answers.items():
            if number != suite:
                memory.notice(_row(status), f"cipher suite {number} is refused with status {status:02X}h")
        if self._silent - {suite}:
            memory.notice("A16", "Open Session with some cipher suites is not answered")
        memory.open_highest = self.step.open_highest
        if self.step.open_highest:
            memory.notice("A22", "a cipher suite works only at its own level: the highest is asked for")

    def tally(self) -> str:
        """Return what was proposed and how it was answered."""
        return ", ".join(f"suite {suite}: status {status:02X}h" for suite, status in self._answers.items())


def _row(status: int) -> str:
    return next((row for known, row in _ROWS.items() if known == status), "A12")


def _steps(login: Login, memory: BmcMemory) -> list[Step]:
    """Return the levels in the order to try.

    The same level in Open Session and RAKP 1 is what all readings of the specification agree on.  A BMC that takes a
    suite only at exactly its configured level takes "the highest" there too.
    """
    levels = memory.levels(login.user, login.privileges)
    first, *others = levels
    both = [Step(first, open_highest=memory.open_highest), Step(first, open_highest=not memory.open_highest)]
    return [*both, *(Step(level, open_highest=False) for level in others)]

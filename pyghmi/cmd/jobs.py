# SPDX-License-Identifier: Apache-2.0
"""What a command of pyghmiutil is: a table, and where its rows come from."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

from pyghmi.cmd.tables import Column, Row, Table
from pyghmi.cmd.words import Words
from pyghmi.exceptions import CompletionCodeError, IpmiException, NotFound, UnsupportedFunctionality
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.cmd.options import Options
    from pyghmi.cmd.progress import Progress
    from pyghmi.cmd.watching import Observer
    from pyghmi.ipmi.command import Command

_V = TypeVar("_V")


class Run:
    """A session with one BMC, in which a job is done.  user: who is logged in.

    progress: None where it counts BMCs, not rows; complain: says what goes wrong with a part of the job;
    failed: whether something did.
    """

    def __init__(
        self,
        bmc: str,
        command: Command,
        progress: Progress | None = None,
        complain: Callable[[str, Exception, str], object] | None = None,
        user: bytes = b"",
    ) -> None:
        self.bmc = bmc
        self.user = user
        self.command = command
        self.failed = False
        self._progress = progress
        self._complain = complain

    def fail(self, error: Exception, about: str) -> None:
        """Say that a part of the job failed, and which; the rest goes on."""
        self.failed = True
        if self._complain is not None:
            self._complain(self.bmc, error, about)

    def expect(self, count: int | None) -> None:
        """Say how many rows there will be."""
        if self._progress is not None:
            self._progress.total = count

    def step(self) -> None:
        """Count what was read."""
        if self._progress is not None:
            self._progress.step()

    def steps(self, done: int, total: int) -> None:
        """Say how far something is that is not a matter of rows."""
        if self._progress is not None:
            self._progress.done, self._progress.total = done, total

    def optional(self, ask: Callable[[], _V]) -> _V | None:
        """Return what a BMC says; None: it has no such thing.  Raises IpmiException where it does not answer."""
        try:
            return ask()
        except (CompletionCodeError, UnsupportedFunctionality, NotFound):
            return None


class Reach(NamedTuple):
    """A BMC that nobody has logged in to.  tell: takes a row."""

    bmc: str
    options: Options
    observer: Observer | None
    tell: Callable[[Row], None]


class Job(NamedTuple):
    """A command with its words understood.

    rows: what the BMC says; lines: what the long-known program prints, in the place of a table: in a pipe, or
    `on_terminals` too; greets: those begin with `Logged into BMC`; one_bmc: for one BMC only, as files are written;
    only_copy: the BMC no longer has what is printed.
    """

    table: Table
    rows: Callable[[Run], Iterable[Row]]
    lines: Optional[Callable[[Run], Iterable[str]]] = None
    on_terminals: bool = False
    greets: bool = True
    one_bmc: bool = False
    only_copy: bool = False


class ReachJob(NamedTuple):
    """A command that logs in itself, or does not.

    reach: returns False when it failed and that was told; line: writes a row in words.
    """

    table: Table
    reach: Callable[[Reach], bool]
    line: Callable[[str, Row], str]
    one_bmc: bool = False
    only_copy: bool = False


Maker = Callable[[Words], Union[Job, ReachJob]]
"""The words behind a command -> what is to be done.  Raises UsageError, InvalidParameterValue: no BMC was asked yet."""

DONE = Table((Column("done", "Done"),))


def doing(act: Callable[[Run], object], said: str = "", *, one_bmc: bool = False) -> Job:
    """Return a job that changes something.  said: what to say then; without it, what `act` returns."""

    def done(run: Run) -> str:
        found = act(run)
        return said or str(found)

    def rows(run: Run) -> Iterator[Row]:
        yield {"done": done(run)}

    def lines(run: Run) -> Iterator[str]:
        yield f"{run.bmc}: {done(run)}"

    return Job(DONE, rows, lines, on_terminals=True, greets=False, one_bmc=one_bmc)


def text_of(error: Exception) -> str:
    """Return a message; never an empty one."""
    text = str(error) or type(error).__name__
    code = code_of(error)
    return f"{text} (completion code {code:02X}h)" if code and "(" not in text else text


def code_of(error: Exception) -> int:
    """Return the completion code behind an error, 0 if there is none: what never came has FFFFh, which is none."""
    code = error.ipmicode if isinstance(error, IpmiException) else 0
    return code if 0 < code < 0x100 else 0


def columns(*named: tuple[Any, ...]) -> tuple[Column, ...]:
    """Return columns, each written as (key, title, …) or (key,)."""
    return tuple(Column(*each) for each in named)

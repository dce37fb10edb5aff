# SPDX-License-Identifier: Apache-2.0
"""Where the rows of all BMCs come together, and in which form they go to stdout."""
from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Union

from pyghmi.cmd.endings import complain, say
from pyghmi.cmd.jobs import Job, ReachJob, code_of, text_of
from pyghmi.cmd.progress import Progress, is_terminal
from pyghmi.cmd.tables import Failure, Row, as_csv, as_json, as_plain

LINES, PLAIN, FRAMED, JSON, CSV = "lines", "plain", "framed", "json", "csv"
TABLE = "table"


def form_of(wanted: str | None, job: Union[Job, ReachJob]) -> str:
    """Return the form of the output.  wanted: json, csv, table, or None: what suits the reader."""
    if wanted in (JSON, CSV):
        return wanted
    terminal = is_terminal(sys.stdout)
    if wanted is None and (isinstance(job, ReachJob) or (job.lines is not None and (job.on_terminals or not terminal))):
        return LINES
    return FRAMED if terminal else PLAIN


class Output:
    """Collects rows, BMC by BMC, in the order of the command line; `finish` prints them."""

    def __init__(
        self, command: str, job: Union[Job, ReachJob], bmcs: Sequence[str], form: str, progress: Progress
    ) -> None:
        self.form = form
        self._command = command
        self._table = job.table
        self._only_copy = job.only_copy
        self._rows: dict[str, list[Row]] = {bmc: [] for bmc in bmcs}
        self._heard: set[str] = set()
        self._failures: list[Failure] = []
        self._progress = progress

    def say(self, line: str) -> None:
        """Print a line at once."""
        with self._progress.aside():
            say(line)

    def end(self, bmc: str) -> None:
        """Note that a BMC has said all: even without rows there is something to show."""
        self._heard.add(bmc)

    def add(self, bmc: str, row: Row) -> None:
        """Take a row."""
        self._heard.add(bmc)
        self._rows[bmc].append(row)

    def fail(self, bmc: str, error: Exception, about: str = "") -> None:
        """Say what went wrong, and with what of the BMC."""
        text = f"{about}: {text_of(error)}" if about else text_of(error)
        self._failures.append(Failure(bmc, text, code_of(error)))
        with self._progress.aside():
            complain(f"{bmc}: {text}")

    def finish(self) -> None:
        """Print what is not yet printed."""
        if self.form == JSON:
            say(as_json(self._command, self._table, self._rows, self._failures))
        elif self.form == CSV:
            say(as_csv(self._table, self._rows), encoding="utf-8")
        elif self.form != LINES and self._heard:
            self._show()

    def rescue(self) -> None:
        """Print on stderr what did not reach stdout, if it is nowhere else."""
        if self._only_copy and self.form != LINES and any(self._rows.values()):
            with self._progress.aside():
                for line in as_plain(self._table, self._rows):
                    complain(line)

    def _show(self) -> None:
        if self.form == FRAMED:
            try:
                from pyghmi.cmd.framed import as_framed
            except ImportError:
                pass  # the extra `cli` is not installed
            else:
                say(as_framed(self._table, self._rows))
                return
        for line in as_plain(self._table, self._rows):
            say(line)

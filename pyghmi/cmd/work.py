# SPDX-License-Identifier: Apache-2.0
"""Do what the command line of pyghmiutil says, with one BMC or many."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Union

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.endings import Ended, complain
from pyghmi.cmd.jobs import Job, Reach, ReachJob, Run
from pyghmi.cmd.many import Crew
from pyghmi.cmd.options import Options, parse
from pyghmi.cmd.output import LINES, Output, form_of
from pyghmi.cmd.progress import Progress, for_this_run
from pyghmi.cmd.tables import Row
from pyghmi.cmd.tasks import TASKS, help_of, overview, prepare
from pyghmi.cmd.watching import Capture, Observer, observer_for
from pyghmi.exceptions import InvalidParameterValue, PyghmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.private.session import Session

_WITHOUT_LOGIN = ("ping",)


def run(arguments: Sequence[str]) -> int:
    """Return the exit code.  Raises Ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _warn
        return _run(arguments)


def _warn(message: Warning | str, *_more: Any, **_further: Any) -> None:
    """Say what the library warns of, as it concerns people."""
    complain(f"warning: {message}")


def _run(arguments: Sequence[str]) -> int:
    try:
        options = parse(arguments, tuple(TASKS), _WITHOUT_LOGIN, overview=overview(), help_of=help_of)
        job = prepare(options.command, options.arguments)
        if not options.bmcs:
            raise UsageError("the name or address of a BMC is needed")
        if job.one_bmc and len(options.bmcs) > 1:
            raise UsageError("this is for one BMC, not for several at once")
        capture = None if options.pcap is None else Capture(options.pcap)
    except (UsageError, InvalidParameterValue) as error:
        complain(str(error))
        return 1
    try:
        return 0 if _with_all(options, job, capture) else 1
    finally:
        Session._cleanup()
        if capture is not None:
            capture.close()


def _with_all(options: Options, job: Union[Job, ReachJob], capture: Capture | None) -> bool:
    several = len(options.bmcs) > 1
    with for_this_run(f"{options.command} of {options.shown_bmcs}", silent=options.verbose) as progress:
        output = Output(options.command, job, options.bmcs, form_of(options.form, job), progress)

        def one(bmc: str) -> bool:
            try:
                watcher = observer_for(options, capture)
                return _with_one(bmc, options, job, output, watcher, None if several else progress)
            except (PyghmiException, OSError) as error:
                if not crew.stopped:
                    output.fail(bmc, error)
            finally:
                if several:
                    progress.step()
            return False

        crew = Crew(options.bmcs, one)
        progress.total = len(options.bmcs) if several else None
        try:
            good = crew.run() if several else one(options.bmcs[0])
        except Ended:
            output.rescue()
            raise
    try:
        output.finish()
    except Ended:
        output.rescue()
        raise
    return good


def _with_one(
    bmc: str,
    options: Options,
    job: Union[Job, ReachJob],
    output: Output,
    observer: Observer | None,
    progress: Progress | None,
) -> bool:
    """Do it with one BMC; False when it failed and that was said."""
    in_lines = output.form == LINES
    if isinstance(job, ReachJob):
        shown = job.line

        def tell(row: Row) -> None:
            if in_lines:
                output.say(shown(bmc, row))
            else:
                output.add(bmc, row)

        return job.reach(Reach(bmc, options, observer, tell))
    command = Command(bmc, options.user, options.password, observer=observer, **options.login_keywords())
    try:
        run = Run(bmc, command, progress, output.fail, options.user)
        if in_lines and job.lines is not None:
            if job.greets:
                output.say(f"Logged into {bmc}")
            for line in job.lines(run):
                output.say(line)
            return not run.failed
        for row in job.rows(run):
            output.add(bmc, row)
        output.end(bmc)
        return not run.failed
    finally:
        command.logout()

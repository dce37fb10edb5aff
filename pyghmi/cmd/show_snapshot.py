# SPDX-License-Identifier: Apache-2.0
"""snapshot: everything that a BMC answers, in a file that fakebmc plays."""
from __future__ import annotations

import json
import os

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, doing
from pyghmi.cmd.words import Words


def snapshot(words: Words) -> Job:
    """Record a BMC.  Nothing is changed on it; no password, key or community is in the file."""
    path = words.take("file")
    if os.path.exists(path):
        raise UsageError(f"{path} is there already, and is not written over")

    def act(run: Run) -> str:
        from pyghmi.sim.snapshot import Recorder

        session = run.command.ipmi_session
        recorder = Recorder(session.link)
        content = recorder.record()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
        sizes = ", ".join(f"{len(content[name])} {shown}" for name, shown in _SIZES)
        missing = f"; {len(recorder.problems)} things did not come, see 'problems' there" if recorder.problems else ""
        return f"{sizes} in {path}{missing}; fakebmc --from {path} plays it"

    return doing(act, one_bmc=True)


_SIZES = (("answers", "answers"), ("records", "records"), ("frus", "FRUs"), ("log", "events"))

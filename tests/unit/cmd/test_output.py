# SPDX-License-Identifier: Apache-2.0
"""In which form the output goes where, and the command line that says so."""
from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from pyghmi.cmd import work
from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.endings import say
from pyghmi.cmd.jobs import Job, ReachJob, Run, doing
from pyghmi.cmd.options import parse
from pyghmi.cmd.output import Output, form_of
from pyghmi.cmd.progress import Progress
from pyghmi.cmd.tables import Column, Table
from pyghmi.cmd.tasks import TASKS
from pyghmi.exceptions import CompletionCodeError, IpmiException, NotFound, TimedOut, UnsupportedFunctionality

TABLE = Table((Column("name", "Name"),))
NEW = Job(TABLE, lambda run: [])
LONG_KNOWN = NEW._replace(lines=lambda run: [])
ALWAYS = LONG_KNOWN._replace(on_terminals=True)
REACH = ReachJob(TABLE, lambda place: True, lambda bmc, row: "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("job", "in_a_pipe", "on_a_terminal"), [(NEW, "plain", "framed"), (LONG_KNOWN, "lines", "framed"), (ALWAYS, "lines", "lines"), (REACH, "lines", "lines")],
)
def test_forms(job: Any, in_a_pipe: str, on_a_terminal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, found, table in ((io.StringIO(), in_a_pipe, "plain"), (Terminal(), on_a_terminal, "framed")):
        monkeypatch.setattr(sys, "stdout", stream)
        assert form_of(None, job) == found
        assert form_of("table", job) == table
        assert form_of("json", job) == "json" and form_of("csv", job) == "csv"


def made(form: str) -> Output:
    return Output("x", NEW, ["a", "b"], form, Progress("x", None))


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for form, expected in (("plain", "BMC  Name\na    2\nb    1\n"), ("csv", "bmc,name\na,2\nb,1\n"), ("lines", "")):
        found = made(form)
        found.add("b", {"name": 1})
        found.add("a", {"name": 2})
        found.fail("b", CompletionCodeError("Invalid command", 6, 1, 0xC1), "thing")
        found.finish()
        out, err = capsys.readouterr()
        assert out == expected
        assert err == "b: thing: Invalid command (completion code C1h)\n"
    found = made("json")
    found.fail("a", IpmiException(""))
    found.finish()
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1, "command": "x", "rows": [], "errors": [{"bmc": "a", "error": "IpmiException", "code": 0}],
    }


def test_nothing_and_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    made("plain").finish()
    assert capsys.readouterr().out == ""  # no BMC has said anything
    found = made("plain")
    found.end("a")
    found.finish()
    assert capsys.readouterr().out == "BMC  Name\n"  # one has: there is nothing
    found = made("framed")
    found.add("a", {"name": "1"})
    found.say("at once")
    found.finish()
    assert capsys.readouterr().out.startswith("at once\n\x1b")


def test_letters_that_stdout_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """LC_ALL=C, and a sensor in degrees: not a reason to stop."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    say("22 °C 漢")
    assert raw.getvalue() == b"22 \\xb0C \\u6f22\n"


def test_a_part_that_is_not_there() -> None:
    run = Run("a", None)  # type: ignore[arg-type]

    def refuse(error: Exception) -> Any:
        def ask() -> None:
            raise error

        return ask

    for error in (CompletionCodeError("no", 6, 1, 0xC1), UnsupportedFunctionality("no"), NotFound("no")):
        assert run.optional(refuse(error)) is None
    with pytest.raises(TimedOut):  # the BMC went away: that is another thing
        run.optional(refuse(TimedOut("timeout")))
    run.steps(1, 2)
    run.step()
    run.fail(NotFound("no"), "x")
    assert run.failed
    progress = Progress("x", None)
    run = Run("a", None, progress)  # type: ignore[arg-type]
    run.steps(3, 9)
    run.step()
    assert (progress.done, progress.total) == (4, 9)


def test_what_is_done_is_done_once() -> None:
    count: list[int] = []
    job = doing(lambda run: count.append(1), "done")
    assert list(job.rows(Run("a", None))) == [{"done": "done"}]  # type: ignore[arg-type]
    assert count == [1]


# --- the command line


def parsed(*arguments: str) -> Any:
    return parse(arguments, tuple(TASKS), ("ping",), overview="overview", help_of=lambda name: f"help of {name}")


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPMIPASSWORD", "secret")


@pytest.mark.parametrize(
    "line", ["--json a u sensors x", "a u --json sensors x", "a u sensors --json x", "a u sensors x --json"],
)
def test_the_form_may_stand_anywhere(line: str) -> None:
    found = parsed(*line.split())
    assert (found.form, found.command, found.arguments, found.bmcs) == ("json", "sensors", ["x"], ["a"])


def test_words_that_look_like_a_form() -> None:
    found = parsed("a", "u", "fru", "0", "set", "--", "--json")
    assert found.form is None and found.arguments == ["0", "set", "--", "--json"]
    with pytest.raises(UsageError, match="exclude each other"):
        parsed("--csv", "a", "u", "sensors", "--json")


def test_helps(capsys: pytest.CaptureFixture[str]) -> None:
    for line, said in ((["a", "u", "users", "--help"], "help of users\n"), (["a", "u", "--help"], "overview"), (["--help"], "overview")):
        with pytest.raises(SystemExit) as ended:
            parsed(*line)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out


def test_several_are_shown_as_a_number() -> None:
    assert parsed("a", "u", "ping").shown_bmcs == "a" and parsed("a,b,a,c", "u", "ping").shown_bmcs == "3 BMCs"


def test_a_warning_of_the_library(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import warnings

    def run(_arguments: Any) -> int:
        warnings.warn("the BMC may have moved", stacklevel=2)
        return 0

    monkeypatch.setattr(work, "_run", run)
    assert work.run([]) == 0
    assert capsys.readouterr().err == "warning: the BMC may have moved\n"

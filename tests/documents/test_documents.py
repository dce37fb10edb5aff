# SPDX-License-Identifier: Apache-2.0
"""The documents: links lead somewhere, examples run, every file is listed."""
from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyghmi import exceptions

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "doc").rglob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
MENTION = re.compile(r"`((?:doc|tests|bin)/[\w./-]+)`")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
COMMAND = re.compile(r"^    IPMIPASSWORD=(\w+) pyghmiutil (.*)$", re.MULTILINE)
LONGEST_LINE = 130

HERE = """
import pyghmi.fleet, pyghmi.ipmi.command, pyghmi.ipmi.console

class Here(pyghmi.ipmi.command.Command):
    def __init__(self, bmc, *arguments, **keywords):
        assert bmc.endswith(".example.org")
        super().__init__("127.0.0.1", *arguments, port={port}, **keywords)

class AllHere(pyghmi.fleet.Fleet):
    def add(self, bmc, userid, password, name=None):
        if len(self._members) < 50:  # one BMC stands for all, and has 64 slots
            super().add("127.0.0.1", userid, password, {port}, name=name or bmc)

class ConsoleHere(pyghmi.ipmi.console.Console):
    def __init__(self, bmc, *arguments, **keywords):
        super().__init__("127.0.0.1", *arguments, port={port}, **keywords)

pyghmi.ipmi.command.Command, pyghmi.fleet.Fleet = Here, AllHere
pyghmi.ipmi.console.Console = ConsoleHere
"""
"""Every BMC of the examples is the one on this port."""


def blocks(document: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return [text for found, text in BLOCK.findall(document.read_text(encoding="utf-8")) if found == language]


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings, as code hosting sites make them."""
    titles = HEADING.findall(BLOCK.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@contextmanager
def fakebmc(password: str) -> Iterator[int]:
    """Run a fakebmc in a process of its own; gives its port."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT), FAKEBMC_PASSWORD=password)
    command = [sys.executable, str(ROOT / "bin" / "fakebmc"), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().split()[-1])
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for mentioned in MENTION.findall(text):
        assert (ROOT / mentioned).exists(), mentioned
    for target in LINK.findall(text):
        name, _hash, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_lines_are_not_long(document: Path) -> None:
    prose = BLOCK.sub("", document.read_text(encoding="utf-8"))
    long = [line for line in prose.splitlines() if len(line) > LONGEST_LINE and not line.startswith("|")]
    assert not long


def test_every_document_is_in_the_index() -> None:
    index = ROOT / "doc" / "index.md"
    listed = {(index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}
    assert set((ROOT / "doc").rglob("*.md")) - {index} <= listed


@pytest.mark.parametrize(("name", "password"), [("README.md", "secret"), ("doc/guide.md", "password"), ("doc/console.md", "secret"), ("doc/simulator.md", "secret")])
def test_python_examples_run(name: str, password: str) -> None:
    found = blocks(ROOT / name, "python")
    assert found
    with fakebmc(password) as port:
        program = HERE.format(port=port) + "\n".join(found)
        command = [sys.executable, "-W", "error", "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    shown = [text for text in re.findall(r"# (\{.*\})$", program, re.MULTILINE) if "..." not in text]
    assert shown or name not in ("README.md", "doc/guide.md")
    for text in shown:
        assert f"{text}\n" in done.stdout
    assert "anything else" not in done.stdout


def test_the_pytest_example_runs(tmp_path: Path) -> None:
    conftest, tests = (
        next(text for text in blocks(ROOT / "doc" / "simulator.md", "python") if mark in text)
        for mark in ("pytest_plugins", "def test_")
    )
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    (tmp_path / "test_bmc.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{tests.count('def test_')} passed" in done.stdout


def examples_of_pyghmiutil() -> list[tuple[str, str]]:
    """Return (password, what follows the name of the tool) of the README's command lines."""
    return COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))


def test_there_are_examples_of_pyghmiutil() -> None:
    assert len(examples_of_pyghmiutil()) > 2


@pytest.mark.parametrize(("password", "words"), examples_of_pyghmiutil())
def test_command_lines_run(password: str, words: str, tmp_path: Path) -> None:
    environment = dict(os.environ, IPMIPASSWORD=password, PYTHONPATH=str(ROOT))
    with fakebmc(password) as port:
        here = [re.sub(r"bmc\d+", "127.0.0.1", word) for word in shlex.split(words)]
        program = [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "-p", str(port)]
        if "cycle" in here:
            on = [*here[: here.index("cycle")], "on"]
            subprocess.run([*program, *on], capture_output=True, timeout=60, env=environment, cwd=tmp_path, check=True)
        done = subprocess.run([*program, *here], capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done
    assert "127.0.0.1" in done.stdout or "Health" in done.stdout  # a table of one BMC does not name it


def test_the_two_commands_are_one_line_each() -> None:
    lines = re.findall(r"^    (python3 .*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert lines[0] == "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/python -m pyghmi.sim.demo"
    assert lines[1] == "python3 tests/run.py"


def test_the_table_of_errors_is_the_tree() -> None:
    guide = (ROOT / "doc" / "guide.md").read_text(encoding="utf-8")
    _before, _heading, section = guide.partition("## Errors")
    rows = re.findall(r"^\| (`.*?) \| .*? \| (`.*?) \|$", section.partition("## Deadlines")[0], re.MULTILINE)
    assert len(rows) > 10
    named = set()
    for names, bases in rows:
        for name in re.findall(r"`(\w+)`", names):
            named.add(name)
            for base in re.findall(r"`([\w.]+)`", bases):
                parent = exceptions.gaierror if base == "socket.gaierror" else getattr(exceptions, base)
                assert issubclass(getattr(exceptions, name), parent)
    sessions = {kind.__name__ for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, exceptions.SessionError)}
    assert sessions <= named

# SPDX-License-Identifier: Apache-2.0
"""The documents: links lead somewhere, examples run, every file is listed."""
from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyghmi import exceptions

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "doc").rglob("*.md")])
EXAMPLES = [ROOT / "README.md", ROOT / "doc" / "guide.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
LONGEST_LINE = 130
EXAMPLE_BMC = 'Command("bmc17.example.org", '
EXAMPLE_MEMBER = 'add("bmc17.example.org", '


def blocks(document: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return [text for found, text in BLOCK.findall(document.read_text(encoding="utf-8")) if found == language]


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings, as code hosting sites make them."""
    titles = HEADING.findall(BLOCK.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.fixture()
def bmc_port() -> Iterator[int]:
    """The port of a fakebmc in a process of its own."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
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
    for target in LINK.findall(document.read_text(encoding="utf-8")):
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
    assert {path for path in DOCUMENTS if path != index} <= listed


@pytest.mark.parametrize("document", EXAMPLES, ids=lambda path: path.name)
def test_python_examples_run(document: Path, bmc_port: int) -> None:
    found = blocks(document, "python")
    assert found
    program = "\n".join(found).replace(EXAMPLE_BMC, f'Command("127.0.0.1", port={bmc_port}, *')
    program = program.replace(EXAMPLE_MEMBER, f'add("127.0.0.1", port={bmc_port}, *')
    program = re.sub(r'\*("[^"]*"), ("[^"]*")', r"userid=\1, password=\2", program)
    assert "example.org" not in program
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    for expected in re.findall(r"# (\{.*\})$", program, re.MULTILINE):
        assert f"{expected}\n" in done.stdout
    assert document.name != "README.md" or done.stdout.endswith("\ninstalling\n")
    assert "no luck" not in done.stdout
    assert "anything else" not in done.stdout


def examples_of_pyghmiutil() -> list[str]:
    """Return the command lines of the README, without their remarks."""
    lines = "\n".join(blocks(ROOT / "README.md", "sh")).splitlines()
    return [line.partition(" #")[0].strip() for line in lines if line.startswith("pyghmiutil ")]


@pytest.mark.parametrize("line", examples_of_pyghmiutil())
def test_command_lines_run(line: str, bmc_port: int, tmp_path: Path) -> None:
    words = [re.sub(r"bmc\d\d", "127.0.0.1", word) for word in shlex.split(line)[1:]]
    environment = dict(os.environ, IPMIPASSWORD="password", PYTHONPATH=str(ROOT))
    command = [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "-p", str(bmc_port), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done
    assert "127.0.0.1: " in done.stdout


def test_two_commands_are_one_line_each() -> None:
    demonstration, tests = blocks(ROOT / "README.md", "sh")[:2]
    assert demonstration.count("\n") == tests.count("\n") == 1
    assert demonstration.rstrip().endswith("-m pyghmi.sim.demo")
    assert (ROOT / tests.split()[1]).is_file()


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

# SPDX-License-Identifier: Apache-2.0
"""The floors, the sizes and the habits that keep the house in order, read from the source."""
from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pyghmi"
FILES = sorted(PACKAGE.rglob("*.py"))
IPMI = "pyghmi.ipmi."

MAY_IMPORT = {
    "wire": {"wire"},
    "spec": {"spec", "wire"},
    "protocol": {"protocol", "spec", "wire"},
    "domains": {"domains", "spec", "wire"},
    "net": {"net", "protocol", "spec", "wire", "domains.requester"},
    "oem": {"oem", "domains", "spec", "wire"},
    "facade": {"facade", "oem", "domains", "spec", "wire"},
}
"""Floor of pyghmi.ipmi -> what of pyghmi.ipmi it may import.  exceptions and constants are open to all."""
LATER = {("oem.generic", "private.constants")}
"""Doors of the long-standing interface that are opened inside a function, at run time."""
TOP = {"command", "bmc", "console"}
SYSTEM = {"socket", "select", "selectors", "threading", "time"}
SYSTEM_ALLOWED = {"exceptions.py": {"socket"}}
CIPHERS = {"hashlib", "hmac", "cryptography", "_sha1", "_sha2", "_sha256", "_md5"}
HEAVY = {
    "dataclasses", "inspect", "uuid", "dateutil", "cryptography", "argparse", "random", "asyncio", "json", "hashlib",
    "importlib.metadata", "logging", "email", "dis",
}
TABLES = "ipmi/spec/"
"""Where declarations and tables stand, which may be long."""
MOST_LINES, MOST_FUNCTION, MOST_CLASS, MOST_METHODS, MOST_BRANCHES = 400, 50, 300, 20, 10
INTERFACE = {
    # Programs call every one of these on one object.
    ("ipmi/private/session.py", "Session"),
    ("ipmi/command.py", "Command"),
    ("ipmi/bmc.py", "Bmc"),
    ("sim/machine.py", "SimulatedBmc"),
}

WITH_A_NET = {
    "ipmi/private/authdata.py", "ipmi/private/serversession.py", "ipmi/private/callbacks.py", "ipmi/net/peer.py"
}
"""Where any exception is caught: methods that subclasses override, tables of passwords that programs wrote, callbacks
of programs, and one session's fault beside other sessions."""

MANY_SMALL = {"ClientSession", "Peer"}
"""A machine has a method for each thing that can happen to it: many, and all of them small."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") if sys.version_info >= (3, 9) else ""


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                yield f"{node.module}.{alias.name}" if (PACKAGE.parent / node.module.replace(".", "/")).is_dir() else node.module


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_floors(path: Path) -> None:
    name = name_of(path)
    if not name.startswith(IPMI):
        return
    inner = name[len(IPMI) :]
    floor = inner.split(".")[0]
    for target in imports(parsed(path)):
        if not target.startswith(IPMI):
            assert not target.startswith("pyghmi.cmd"), target
            assert not target.startswith(("pyghmi.sim", "pyghmi.fleet")), target
            continue
        wanted = target[len(IPMI) :]
        if floor in MAY_IMPORT:
            allowed = any(wanted == each or wanted.startswith(each + ".") for each in MAY_IMPORT[floor])
            assert allowed or (inner, wanted) in LATER, f"{inner} must not import {wanted}"
        if inner in TOP:
            assert wanted.split(".")[0] not in TOP - {inner}, f"{inner} must not import {wanted}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_who_reaches_the_system(path: Path) -> None:
    name = name_of(path)
    found = {target.split(".")[0] for target in imports(parsed(path))}
    if name.startswith(IPMI) and not name.startswith(IPMI + "net"):
        assert not found & SYSTEM, found & SYSTEM
    if name != "pyghmi.ipmi.protocol.crypto":
        assert not found & CIPHERS, found & CIPHERS
    if name.startswith(IPMI) and not name.startswith((IPMI + "wire", IPMI + "protocol")):
        assert "struct" not in found
    if name.startswith(IPMI + "protocol") and "struct" in found:
        assert name.split(".")[-1] in {"packet", "packet15", "rmcp", "ipmb"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_habits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    relative = path.relative_to(PACKAGE).as_posix()
    if text:
        assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
        assert ast.get_docstring(parsed(path)), "a file says its purpose"
    assert path.stem not in {"common", "helpers", "misc"} and (path.stem != "util" or relative == "ipmi/private/util.py")
    for node in ast.walk(parsed(path)):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: no assert on what comes from outside"
        if isinstance(node, ast.ExceptHandler):
            names = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type else {"bare"}
            broad = names & {"bare", "Exception", "BaseException"}
            assert not broad or relative in WITH_A_NET, f"line {node.lineno}: too broad"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_sizes(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES or relative.startswith(TABLES)
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = (node.end_lineno or 0) - node.body[0].lineno + 1
            assert body <= MOST_FUNCTION, f"{node.name} has {body} lines"
            assert branches(node) <= MOST_BRANCHES, f"{node.name} has {branches(node)} branches"
        elif isinstance(node, ast.ClassDef) and (relative, node.name) not in INTERFACE:
            length = (node.end_lineno or 0) - node.lineno + 1
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and is_method(each)]
            assert length <= MOST_CLASS, f"{node.name} has {length} lines"
            if node.name in MANY_SMALL:
                continue
            if "oem" not in relative and "facade" not in relative:
                assert len(methods) <= MOST_METHODS, f"{node.name} has {len(methods)} methods"


def is_method(function: ast.FunctionDef) -> bool:
    """Whether it is one to count: properties are attributes, special methods are syntax."""
    decorators = {each.id for each in function.decorator_list if isinstance(each, ast.Name)}
    setters = [each for each in function.decorator_list if isinstance(each, ast.Attribute)]
    return not decorators & {"property"} and not setters and not function.name.startswith("__")


def branches(function: ast.AST) -> int:
    """Count the ways through a function, as McCabe does."""
    count = 1
    for node in ast.walk(function):
        if isinstance(node, (ast.If, ast.For, ast.While, ast.ExceptHandler)):
            count += 1
    return count


def test_the_import_is_light() -> None:
    """Nothing heavy, no machine, no cipher and no vendor comes with the import of Command."""
    program = "import sys; import pyghmi.ipmi.command; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    loaded = set(done.stdout.split())
    assert "pyghmi.ipmi.command" in loaded
    assert not loaded & HEAVY, loaded & HEAVY
    assert not {name for name in loaded if name.startswith("pyghmi.ipmi.oem.simulated.handler")}
    assert "pyghmi.ipmi.protocol.client" not in loaded


def test_a_session_loads_neither_openssl_nor_logging() -> None:
    """They take longer than a login; `cryptography` has its own OpenSSL, and nobody has set up a handler."""
    program = """
import sys
import pyghmi.ipmi.net.link
from pyghmi.ipmi.net.logs import report
from pyghmi.ipmi.protocol.crypto import comparer
from pyghmi.ipmi.protocol.events import Noticed
comparer()
report(Noticed("S07", "answers have no number"), "bmc", 623)
print(*sys.modules)
import logging
logging.basicConfig(level="DEBUG")
report(Noticed("S07", "answers have no number"), "bmc", 623)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    assert not set(done.stdout.split()) & {"_hashlib", "hmac", "secrets", "logging"}
    assert done.stderr.count("answers have no number") == 1, "who listens is told"


def test_a_server_does_not_load_the_client() -> None:
    program = "import sys; import pyghmi.ipmi.bmc; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pyghmi.ipmi.command" not in done.stdout.split()


def test_no_imports_in_a_circle() -> None:
    """Imports at the top of files, of the package's own modules, form no circle."""
    graph: dict[str, set[str]] = {}
    names = {name_of(path) for path in FILES}
    for path in FILES:
        tree = parsed(path)
        top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        graph[name_of(path)] = {
            target for target in imports(ast.Module(body=list(top), type_ignores=[])) if target in names
        } - {name_of(path)}
    done: set[str] = set()
    while True:
        free = {name for name, targets in graph.items() if name not in done and targets <= done}
        if not free:
            break
        done |= free
    assert not set(graph) - done, set(graph) - done

# SPDX-License-Identifier: Apache-2.0
"""doc/output.md names the keys that there are, and says how they are written."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pyghmi.cmd.jobs import DONE
from pyghmi.cmd.tables import SCHEMA
from pyghmi.cmd.tasks import TASKS, prepare

TEXT = (Path(__file__).parents[3] / "doc" / "output.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| (`.*`) \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize(("command", "keys"), ROWS)
def test_the_keys_are_those_documented(command: str, keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs rely on them: a key that goes away needs another number of the schema."""
    monkeypatch.setenv("NEWPASSWORD", "x")
    name, *words = command.split()
    assert re.findall(r"`(\w+)`", keys) == [column.key for column in prepare(name, words).table.columns]


def test_every_command_is_documented() -> None:
    assert {command.split()[0] for command, _keys in ROWS} | {"reset", "snapshot"} == set(TASKS)
    assert [column.key for column in DONE.columns] == ["done"]


def test_the_example_is_a_document() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    example = json.loads(block)
    assert list(example) == ["schema", "command", "rows", "errors"] and example["schema"] == SCHEMA
    known = [column.key for column in prepare("sensors", []).table.columns]
    assert set(example["rows"][0]) <= {"bmc", *known}

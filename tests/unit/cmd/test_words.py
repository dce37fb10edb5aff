# SPDX-License-Identifier: Apache-2.0
"""The words behind a command, and the registry of commands."""
from __future__ import annotations

from importlib import import_module

import pytest

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.tasks import TASKS, help_of, overview, prepare, usage
from pyghmi.cmd.words import Words

OPTIONS = {"--since": True, "--clear": False}


def made(*words: str) -> Words:
    return Words("events", "[--since DATE]", words, OPTIONS)


def test_options_and_words() -> None:
    words = made("a", "--since", "2 days ago", "b", "--clear", "--", "--c")
    assert words.option("--since") == "2 days ago" and words.option("--clear") == ""
    assert [words.take("x") for _each in range(3)] == ["a", "b", "--c"]
    words.end()
    assert not words
    assert made("--since=now").option("--since") == "now"
    assert made().option("--since") is None


@pytest.mark.parametrize(("words", "said"), [(["--since"], "needs a value"), (["--other"], "not --other"), (["--clear=1"], "not --clear=1")])
def test_wrong_options(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=f"events takes .*{said}"):
        made(*words)


def test_numbers() -> None:
    words = made("7", "0x1F", "²", "-1", "1_0", "300", "0x", "")
    assert [words.number("slot", 0, 99), words.number("slot", 0, 99)] == [7, 31]
    while words:
        with pytest.raises(UsageError, match="slot is a number from 0 to 99"):
            words.number("slot", 0, 99)
    with pytest.raises(UsageError, match="slot is missing"):
        words.number("slot", 0, 99)


def test_choices_and_pairs() -> None:
    words = made("on", "maybe", "a=1", "b=x=y")
    assert words.one_of("it", {"on": True, "off": False}) is True
    with pytest.raises(UsageError, match="it is one of on, off, not 'maybe'"):
        words.one_of("it", {"on": True, "off": False})
    assert words.pairs("setting", ("a", "b")) == {"a": "1", "b": "x=y"}
    for wrong in ("c=1", "a"):
        with pytest.raises(UsageError, match="setting is NAME=VALUE, with a name out of a, b"):
            made(wrong).pairs("setting", ("a", "b"))
    words = made("set", "more")
    assert words.take_if("get") is None and words.take_if("get", "set") == "set"
    with pytest.raises(UsageError, match="not 'more'"):
        words.end()
    assert words.rest() == ["more"] and words.rest() == []


def test_every_command_is_there() -> None:
    for name, task in TASKS.items():
        assert callable(getattr(import_module(f"pyghmi.cmd.{task.module}"), task.function)), name
        assert f"  {name}" in overview() and task.about in help_of(name)
        with pytest.raises(UsageError):
            prepare(name, ["--no-such-option"])
    assert usage("health") == "nothing"


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if not task.uses])
def test_commands_that_take_nothing(name: str) -> None:
    prepare(name, [])
    with pytest.raises(UsageError, match=f"{name} takes nothing"):
        prepare(name, ["more"])

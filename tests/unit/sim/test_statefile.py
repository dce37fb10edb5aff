# SPDX-License-Identifier: Apache-2.0
"""A machine that is kept in a file is the same when it comes back."""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.sim import statefile
from pyghmi.sim.clock import ManualClock
from pyghmi.sim.machine import SimulatedBmc


@pytest.fixture
def make() -> Iterator[Any]:
    made: list[SimulatedBmc] = []

    def machine(profile: str = "small") -> SimulatedBmc:
        made.append(SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock(), profile=profile))
        return made[-1]

    yield machine
    for each in made:
        each.logout()


@pytest.mark.parametrize("profile", ["small", "server"])
def test_there_and_back(make: Any, tmp_path: Path, profile: str) -> None:
    before = make(profile)
    before.power_on()
    before.clock.advance(5)
    path = str(tmp_path / "machine.json")
    statefile.save(before, path)
    assert (tmp_path / "machine.json").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["machine.json"]
    after = make(profile)
    assert after.get_power_state() == "off"
    statefile.restore(after, statefile.load(path), path)
    assert after.get_power_state() == "on"
    assert after.state()["parts"]["sel"] == before.state()["parts"]["sel"]
    assert json.dumps(after.state()["parts"]["users"]) == json.dumps(before.state()["parts"]["users"])


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "no machine"), ("[]", "no machine"), ('{"what": "pyghmi simulated machine", "format": 99}', "format 99"), ("\udc80", "no machine")],
)
def test_what_is_no_machine_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidParameterValue, match=words):
        statefile.load(str(path))
    with pytest.raises(InvalidParameterValue, match="No such file"):
        statefile.load(str(tmp_path / "y"))


def test_a_damaged_machine_is_refused(make: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    statefile.save(make(), path)
    state = statefile.load(path)
    state["parts"]["sel"] = 7
    with pytest.raises(InvalidParameterValue, match="damaged"):
        statefile.restore(make(), state, path)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("seed",), "xx", "seed is 'xx', and should be a number"),
        (("seed",), None, "seed is None, and should be a number"),
        (("profile",), 3, "profile is 3, and should be a name"),
        (("parts",), [], r"parts is \[\], and should be an object"),
        (("parts", "sel", "last_id"), "many", r"parts\.sel\.last_id is 'many', and should be a number"),
        (("parts", "chassis"), "x" * 50, r"parts\.chassis is 'x{36}\.\.\., and should be an object"),
        (("model",), [1], "model is"),
    ],
)
def test_what_is_of_another_kind_is_named(make: Any, tmp_path: Path, place: tuple[str, ...], value: Any, told: str) -> None:
    path = tmp_path / "x"
    statefile.save(make(), str(path))
    content = json.loads(path.read_text())
    inside = content
    for step in place[:-1]:
        inside = inside[step]
    assert place[-1] in inside
    inside[place[-1]] = value
    path.write_text(json.dumps(content))
    with pytest.raises(InvalidParameterValue, match=told):
        statefile.restore(make(), statefile.load(str(path)), str(path))


def test_a_file_that_cannot_be_written(make: Any, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        statefile.save(make(), str(tmp_path / "none" / "x"))

# SPDX-License-Identifier: Apache-2.0
"""What pyghmiutil shows of ipmi_sim's rich configuration, beside what ipmitool prints of it."""
from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers import ROOT, Simulator, run


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("rich") / "rich", rich=True)
    yield simulator
    simulator.stop()


def util(sim: Simulator, *words: str, form: str = "--json") -> subprocess.CompletedProcess[str]:
    return run(
        sys.executable, str(Path(ROOT) / "bin" / "pyghmiutil"), "-p", str(sim.port), "-C", "3", sim.host, sim.user, *words, form,
        env={"IPMIPASSWORD": sim.password, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )


def rows(sim: Simulator, *words: str) -> list[dict[str, Any]]:
    done = util(sim, *words)
    assert (done.returncode, done.stderr) == (0, ""), done
    found: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return found


@pytest.mark.parametrize(
    "command",
    ["sensors", "health", "inventory", "fru 0", "fru 1", "firmware", "leds", "sdr", "events", "events info", "events time", "net", "lan", "channel", "alert",
     "alert policies", "alert pef", "users", "sol", "chassis", "chassis boot", "watchdog", "system", "info"],
)
def test_every_command(rich: Simulator, command: str) -> None:
    words = command.split()
    found = rows(rich, *words)
    table = list(csv.reader(io.StringIO(util(rich, *words, form="--csv").stdout)))
    assert len(table) == len(found) + 1
    assert util(rich, *words, form="--table").returncode == 0


def test_readings(rich: Simulator) -> None:
    """Every number that ipmitool prints of a sensor whose name it can read."""
    ours = {row["name"]: row for row in rows(rich, "sensors")}
    compared = 0
    for line in rich.ipmitool("sensor", "list").splitlines():
        name, text, *_rest = (part.strip() for part in line.split("|"))
        if name in ours and re.fullmatch(r"-?\d+\.\d+", text):
            compared += 1
            assert ours[name]["value"] == pytest.approx(float(text), abs=0.0006), name
    assert compared > 50


def test_events(rich: Simulator) -> None:
    ours = rows(rich, "events")
    theirs = [line.split("|") for line in rich.ipmitool("sel", "list").splitlines()]
    assert [row["id"] for row in ours] == [int(parts[0], 16) for parts in theirs]


def test_users(rich: Simulator) -> None:
    ours = {row["id"]: row for row in rows(rich, "users")}
    theirs = {}
    for line in rich.ipmitool("-c", "user", "list", "1").splitlines():
        uid, name, *_switches, level = line.split(",")
        if name:
            theirs[int(uid)] = (name, level.lower())
    assert {uid: (row["name"], row["privilege"]) for uid, row in ours.items()} == theirs

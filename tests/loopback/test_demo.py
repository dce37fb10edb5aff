# SPDX-License-Identifier: Apache-2.0
"""`python -m pyghmi.sim.demo`, the README's first command: what it shows, and that it notices what is not as it should be."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pyghmi.ipmi.command import Command
from pyghmi.sim import demo

ROOT = Path(__file__).parents[2]
WIDEST, LONGEST = 72, 70


def test_what_it_shows() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "pyghmi.sim.demo"], capture_output=True, text=True, timeout=60, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    lines = done.stdout.splitlines()
    assert len(lines) < LONGEST and lines[-1] == "All as expected."
    for row in (
        "Inlet Temp        23  \\xb0C    ok", "12V            12.12  V     ok", "Fan 1           5700  RPM   ok", "PSU 1 Power      132  W     ok",
        "DIMM Status 4               Present", "{'badreadings': [], 'health': 0}", "System     Rack Server R1  R1-2U       SN00R100042",
        "PSU 1      PS-800 800 W    PS-800-01   PS00004711", "12                                       Linux kernel panic: Fatal excep",
    ):
        assert row in lines
    assert any(line.startswith("9   20") and line.endswith("DIMM Status 2   Correctable error") for line in lines)
    wide = [line for line in lines if len(line) > WIDEST]
    assert [line.split("(")[0] for line in wide] == ["DeviceId"]


@pytest.mark.parametrize("spoilt", ["value", "sensor", "health", "serial", "part", "event", "log"])
def test_it_notices(make_server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spoilt: str) -> None:
    server = make_server()
    server.bmc.power_on()
    original = getattr(Command, METHOD[spoilt])
    with Command("127.0.0.1", "admin", "secret", port=server.port) as bmc:
        for broken in (False, True):
            if broken:
                monkeypatch.setattr(Command, METHOD[spoilt], lambda self: spoil(spoilt, original(self)))
            found = demo._Demo(bmc)
            for show in (found.sensors, found.inventory, found.events):
                show()
            assert (found.wrong, "*** " in capsys.readouterr().out) == (int(broken), broken)


def test_a_wrong_answer_is_the_exit_code(make_server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    server = make_server()
    monkeypatch.setattr(demo, "_PASSWORD", "secret")
    monkeypatch.setattr(Command, "get_self_test", lambda self: {"result": "failed"})
    assert demo._show(server.port) == 1
    out = capsys.readouterr().out
    assert "*** expected: passed\n" in out and out.endswith("\n1 answers were not as expected.\n")


METHOD = {
    "value": "get_sensor_data", "sensor": "get_sensor_data", "health": "get_health", "serial": "get_inventory", "part": "get_inventory",
    "event": "get_event_log", "log": "get_event_log",
}


def spoil(what: str, found: Any) -> Any:
    if what == "health":
        return {**found, "health": 1}
    rows = list(found)
    if what == "value":
        rows[3].value += 1
    elif what in ("sensor", "part", "log"):
        del rows[-1 if what != "log" else 0]
    elif what == "serial":
        rows[0][1]["Serial Number"] = "SN00R100043"
    elif what == "event":
        rows[-2]["event"] = "Linux kernel panic"
    return rows

# SPDX-License-Identifier: Apache-2.0
"""pyghmiutil's tables, JSON and CSV: real processes against the simulated BMC, in pipes and on a terminal."""
from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CODES = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")
COMMANDS = (
    "power", "bootdev", "identify", "info", "raw 6 1", "graphical", "sensors", "sensors|Inlet Temp", "sensors|thresholds|Inlet Temp", "health", "inventory",
    "firmware", "leds", "fru 0", "sdr", "sdr|Inlet Temp", "events", "events --since today", "events info", "events time", "net", "lan", "channel", "channel 1",
    "alert", "alert policies", "alert pef", "alert filters", "alert community", "users", "users sol 2", "dcmi", "dcmi power", "dcmi limit", "dcmi asset-tag",
    "dcmi mc-id", "dcmi capabilities", "dcmi temperatures", "dcmi thermal", "chassis", "chassis policy", "chassis poh", "chassis restart-cause",
    "chassis capabilities", "chassis boot", "chassis acpi", "watchdog", "sol", "system", "ping", "diagnose",
)
LONG_KNOWN = ("power", "bootdev", "sensors", "health", "inventory", "leds", "graphical", "net", "raw 6 1")

WITHOUT_RICH = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "rich":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
from pyghmi.cmd.pyghmiutil import main
sys.exit(main())
"""


def words_of(command: str) -> list[str]:
    return command.split("|") if "|" in command else command.split()


def line_of(server: Any, command: list[str], bmcs: str, options: tuple[str, ...]) -> list[str]:
    return ["--port", str(server.port), *options, bmcs, "admin", *command]


def environment(**more: str) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    return {**found, "IPMIPASSWORD": "secret", "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "TZ": "UTC", **more}


def util(server: Any, command: list[str], *options: str, bmcs: str = "127.0.0.1", code: int = 0, program: list[str] | None = None, **more: str) -> str:
    """Run pyghmiutil in a pipe; returns stdout."""
    start = program or [str(ROOT / "bin" / "pyghmiutil")]
    done = subprocess.run(
        [sys.executable, *start, *line_of(server, command, bmcs, options)], capture_output=True, timeout=60, stdin=subprocess.DEVNULL, check=False,
        env=environment(**more),
    )
    assert done.returncode == code, done
    assert b"Traceback" not in done.stderr and (code or not done.stderr), done.stderr
    return done.stdout.decode()


def on_terminal(server: Any, command: list[str], *options: str, program: list[str] | None = None, **more: str) -> tuple[int, str]:
    """Run it on a terminal of its own; returns the exit code and all that appears there."""
    import pty

    start = program or [str(ROOT / "bin" / "pyghmiutil")]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *start, *line_of(server, command, "127.0.0.1", options)], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
        env=environment(COLUMNS="200", **more),
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return process.wait(20), seen.decode()


# --- in pipes


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_every_form(server: Any, command: str) -> None:
    words = words_of(command)
    found = json.loads(util(server, [*words, "--json"]))
    assert (found["schema"], found["command"], found["errors"]) == (1, words[0], [])
    assert all(row["bmc"] == "127.0.0.1" for row in found["rows"])
    table = list(csv.reader(io.StringIO(util(server, words, "--csv"))))
    assert table[0][0] == "bmc" and {len(row) for row in table} == {len(table[0])}
    if command not in ("events", "events --since today", "events time", "channel", "channel 1", "dcmi", "dcmi power", "ping"):  # what goes on
        assert len(table) - 1 == len(found["rows"])
    for row in found["rows"]:
        assert list(row) == table[0]
    if command not in ("leds", "graphical"):
        assert found["rows"]
    plain = util(server, words)
    assert plain.startswith("Logged into 127.0.0.1\n") == (command in (*LONG_KNOWN, "identify", "info", "sensors|Inlet Temp"))
    assert "\x1b" not in plain
    assert plain or command == "graphical"


def test_what_scripts_parse(server: Any) -> None:
    """The output of the long-known program in a pipe."""
    lines = {command: util(server, words_of(command)).splitlines()[1:] for command in LONG_KNOWN}
    assert lines["power"] == ["127.0.0.1: off"]
    assert lines["bootdev"] == ["127.0.0.1: {'bootdev': 'default', 'persistent': True}"]
    readings = [ast.literal_eval(line) for line in lines["sensors"]]
    assert list(readings[0]) == ["value", "states", "state_ids", "units", "imprecision", "name", "type", "unavailable", "health"]
    assert readings[0]["name"] == "Inlet Temp" and readings[0]["units"] == "°C"
    assert ast.literal_eval(lines["health"][0]) == {"badreadings": [], "health": 0} and len(lines["health"]) == 1
    parts = [ast.literal_eval(line) for line in lines["inventory"]]
    assert parts[0][0] == "System" and parts[0][1]["Product name"]
    assert lines["leds"] == [] and lines["graphical"] == ["()"]
    assert re.fullmatch(r"[\d.]+/\d+", ast.literal_eval(lines["net"][0])["ipv4_address"]) and len(lines["net"]) == 1
    assert lines["raw 6 1"][0].startswith("127.0.0.1: {'netfn': 7, 'command': 1, 'code': 0, 'data': bytearray(b'")


def test_a_table_in_a_pipe(server: Any) -> None:
    lines = util(server, ["sensors"], "--table").splitlines()
    assert lines[0].split() == ["Name", "Type", "Value", "Unit", "Health", "State"]
    assert lines[1].split() == ["Inlet", "Temp", "Temperature", "22", "°C", "ok"]
    assert util(server, ["power", "--table"]) == "Power:  off\n"


def test_several_bmcs(server: Any) -> None:
    bmcs = "127.0.0.1,localhost,no.such.host.invalid"
    found = json.loads(util(server, ["power", "--json"], bmcs=bmcs, code=1))
    assert [(row["bmc"], row["powerstate"]) for row in found["rows"]] == [("127.0.0.1", "off"), ("localhost", "off")]
    ((failed, text),) = [(each["bmc"], each["error"]) for each in found["errors"]]
    assert failed == "no.such.host.invalid" and text.startswith("The name")
    lines = util(server, ["users"], bmcs=bmcs, code=1).splitlines()
    assert lines[0].split()[0] == "BMC" and {line.split()[0] for line in lines[1:]} == {"127.0.0.1", "localhost"}
    text = util(server, ["chassis", "policy"], bmcs=bmcs, code=1)
    assert text.startswith("127.0.0.1:\nWhen mains power returns:  always-off\n") and "localhost:\n" in text and "invalid" not in text


def test_nothing_but_the_document(server: Any) -> None:
    """A failed login leaves a document too, and the reason on stderr."""
    found = json.loads(util(server, ["sensors", "--json"], code=1, IPMIPASSWORD="wrong"))
    assert found["rows"] == [] and found["errors"][0]["error"].startswith("Incorrect password provided")
    assert util(server, ["sensors", "--csv"], code=1, IPMIPASSWORD="wrong").startswith("bmc,name,")
    assert util(server, ["users"], code=1, IPMIPASSWORD="wrong") == ""


def test_one_sensor_that_is_not_there(server: Any) -> None:
    out = util(server, ["sensors", "Inlet Temp", "Nosuch", "--json"], code=1)
    found = json.loads(out)
    assert [row["name"] for row in found["rows"]] == ["Inlet Temp"]
    assert found["errors"] == [{"bmc": "127.0.0.1", "error": "Nosuch: Sensor not found: Nosuch", "code": 0}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sensors", "--json", "--csv"], "exclude each other"), (["net", "extra"], "net takes nothing"), (["fru"], "ID or name of a FRU is missing"),
        (["events", "--since", "soon"], "is no date"), (["users", "add", "x", "y"], "a password is never an argument"),
    ],
)
def test_wrong_words(server: Any, words: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin" / "pyghmiutil"), *line_of(server, words, "127.0.0.1", ())], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False, env=environment(),
    )
    assert (done.returncode, done.stdout) == (1, "") and said in done.stderr


def test_files_are_for_one_bmc(server: Any, tmp_path: Path) -> None:
    util(server, ["fru", "0", "dump", str(tmp_path / "x")], bmcs="127.0.0.1,localhost", code=1)
    assert not (tmp_path / "x").exists()
    said = util(server, ["fru", "0", "dump", str(tmp_path / "x")])
    assert said.startswith("127.0.0.1: FRU 0: ") and (tmp_path / "x").stat().st_size > 200
    util(server, ["fru", "0", "dump", str(tmp_path / "none" / "x")], code=1)


def test_help(server: Any) -> None:
    text = util(server, ["--help"])
    assert "  sensors " in text and "--json" in text and "  users " in text
    assert "users takes" in util(server, ["users", "--help"], IPMIPASSWORD="")


def test_a_terminal_without_degrees(server: Any) -> None:
    text = util(server, ["sensors"], PYTHONIOENCODING="ascii")
    assert "'units': '\\xb0C'" in text
    assert json.loads(util(server, ["sensors", "--json"], PYTHONIOENCODING="ascii"))["rows"][0]["units"] == "°C"


def test_a_user_is_made(server: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of-ann-0815\n")
    out = util(server, ["users", "add", "ann", "--privilege", "operator", "--password-file", str(secret)])
    match = re.fullmatch(r"127.0.0.1: user ann added, with the ID (\d+)\n", out)
    assert match is not None
    out = util(server, ["--json", "users"])
    assert [row["privilege"] for row in json.loads(out)["rows"] if row["name"] == "ann"] == ["operator"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(server.port), "-v", "127.0.0.1", "admin", "users", "password", match[1], "--password-file", str(secret)],
        capture_output=True, text=True, timeout=60, check=False, env=environment(),
    )
    assert done.returncode == 0 and "of-ann-0815" not in done.stdout + done.stderr
    assert b"of-ann-0815".hex(" ") not in done.stderr and "Set User Password" in done.stderr


# --- on a terminal


def test_tables_on_a_terminal(server: Any) -> None:
    code, seen = on_terminal(server, ["sensors"])
    assert code == 0 and "\x1b[32mok" in seen  # green
    lines = [line for line in CODES.sub("", seen).splitlines() if line]
    assert lines[0].split() == ["Name", "Type", "Value", "Unit", "Health", "State"]
    assert lines[2].split() == ["Inlet", "Temp", "Temperature", "22", "°C", "ok"]
    assert "Logged into" not in seen
    code, seen = on_terminal(server, ["sensors"], NO_COLOR="1")
    assert code == 0 and "\x1b[32m" not in seen
    code, seen = on_terminal(server, ["power"])
    assert (code, seen) == (0, "Logged into 127.0.0.1\r\n127.0.0.1: off\r\n")
    code, seen = on_terminal(server, ["sensors"], "--json")
    assert code == 0 and json.loads(seen)["rows"] and "\x1b" not in seen


def test_without_rich(server: Any) -> None:
    code, seen = on_terminal(server, ["sensors"], program=["-c", WITHOUT_RICH])
    assert code == 0 and "\x1b" not in seen
    assert seen.splitlines()[0].split() == ["Name", "Type", "Value", "Unit", "Health", "State"]
    text = util(server, ["sensors", "--table"], program=["-c", WITHOUT_RICH])
    assert text.splitlines()[1].split() == ["Inlet", "Temp", "Temperature", "22", "°C", "ok"]


def slow(server: Any) -> None:
    """Let each reading take a while."""
    handle = server.bmc.handle_raw_request

    def late(request: Any, session: Any) -> None:
        if (request["netfn"], request["command"]) == (0x04, 0x2D):
            time.sleep(0.12)
        handle(request, session)

    server.bmc.handle_raw_request = late


def test_progress_on_a_terminal(server: Any) -> None:
    slow(server)
    code, seen = on_terminal(server, ["sensors"])
    assert code == 0
    assert "sensors of 127.0.0.1" in seen and re.search(r"\b\d+/\d+\b", CODES.sub("", seen))
    assert seen.index("sensors of 127.0.0.1") < seen.index("Inlet Temp")
    code, seen = on_terminal(server, ["sensors"], program=["-c", WITHOUT_RICH])
    assert code == 0 and re.search(r"\r\x1b\[K[|/\\-] sensors of 127\.0\.0\.1 \d+/\d+ \d+s", seen)
    assert re.search(r"\r\x1b\[KName ", seen)
    assert on_terminal(server, ["sensors"], TERM="dumb")[1].count("sensors of") == 0


def test_no_progress_in_a_pipe(server: Any) -> None:
    slow(server)
    assert "sensors of" not in util(server, ["sensors"])  # and nothing on stderr


# --- in this process


def test_in_this_process(make_server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from pyghmi.cmd import pyghmiutil

    server = make_server()

    def run(*words: str, bmcs: str = "127.0.0.1") -> tuple[int, str, str]:
        monkeypatch.setenv("IPMIPASSWORD", "secret")
        code = pyghmiutil.main(["-p", str(server.port), bmcs, "admin", *words])
        out, err = capsys.readouterr()
        return code, out, err

    code, out, err = run("sensors", "Inlet Temp", "Nosuch", "--json", bmcs="127.0.0.1,localhost")
    assert code == 1 and len(json.loads(out)["rows"]) == 2 and err.count("Nosuch") == 4
    assert run("sensors", "Nosuch")[0] == 1
    assert run("ping", "--csv")[1].startswith("bmc,milliseconds,ipmi\n127.0.0.1,")
    code, out, _err = run("diagnose", "--table")
    assert code == 0 and out.splitlines()[0].split() == ["Layer", "State", "What"]
    assert run("fru", "0", "dump", "x", bmcs="a,b")[2] == "this is for one BMC, not for several at once\n"
    assert run("sensors", bmcs=",")[2] == "the name or address of a BMC is needed\n"
    assert run("power")[1] == "Logged into 127.0.0.1\n127.0.0.1: off\n"

# SPDX-License-Identifier: Apache-2.0
"""Measure ourselves beside the peer of the same name: `python tests/bench/measure.py [PEER_PYTHON]`.

PEER_PYTHON: the interpreter of an environment with that peer and pbr in it; without it only our figures are printed.
Needs ipmi_sim, valgrind and strace.  All figures of a pair come from one run, alternating.
"""
from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "interop")]
PROGRAM = str(Path(__file__).with_name("commands.py"))


def environment(python: str) -> dict[str, str]:
    """Return an environment in which that interpreter finds its own package and writes no bytecode of ours."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if python == sys.executable:
        found["PYTHONPATH"] = str(ROOT)
    return found


def counted(tool: list[str], pattern: str, python: str, what: str, port: int, few: int, many: int) -> float:
    """Return what a tool counts for one round, as the difference of many and few."""
    totals = []
    for count in (few, many):
        done = subprocess.run(
            [*tool, python, PROGRAM, what, str(port), str(count)], capture_output=True, text=True, env=environment(python), check=True
        )
        found = re.findall(pattern, done.stderr)
        totals.append(float(found[-1]))
    return (totals[1] - totals[0]) / (many - few)


def instructions(python: str, port: int, few: int = 200, many: int = 1200) -> float:
    """Return user-space instructions of one Get Device ID in an open session."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    return counted(tool, r"Collected : (\d+)", python, "commands", port, few, many)


def system_calls(python: str, port: int, few: int = 100, many: int = 600) -> float:
    """Return system calls of one Get Device ID in an open session."""
    return counted(["strace", "-f", "-c"], r"100\.00\s+[\d.]+\s+\d*\s+(\d+)", python, "commands", port, few, many)


def cpu_s(python: str, what: str, port: int, few: int, many: int) -> float:
    """Return seconds of CPU of one round."""
    totals = []
    for count in (few, many):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([python, PROGRAM, what, str(port), str(count)], env=environment(python), check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        totals.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return (totals[1] - totals[0]) / (many - few)


def printed(python: str, what: str, port: int, count: int) -> list[float]:
    """Return the numbers that a program prints."""
    done = subprocess.run([python, PROGRAM, what, str(port), str(count)], env=environment(python), check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    """Print a table."""
    from peers import Simulator

    pythons = {"ours": sys.executable}
    if len(sys.argv) > 1:
        pythons["peer"] = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(Path(folder) / "small")
        port = simulator.port
        try:
            rows = {
                "instructions a command": lambda python: instructions(python, port),
                "system calls a command": lambda python: system_calls(python, port),
                "CPU of a command, us": lambda python: 1e6 * median(cpu_s(python, "commands", port, 200, 2200) for _n in range(3)),
                "CPU of login, power, logout, us": lambda python: 1e6 * median(cpu_s(python, "logins", port, 20, 320) for _n in range(3)),
                "slowest of 2000 commands, ms": lambda python: printed(python, "slowest", port, 2000)[0],
                "CPU of the import, ms": lambda python: median(printed(python, "imports", 0, 0)[0] for _n in range(9)),
                "memory of the import, KiB": lambda python: median(printed(python, "imports", 0, 0)[1] for _n in range(5)),
            }
            for python in pythons.values():
                subprocess.run([python, PROGRAM, "commands", str(port), "5"], env=environment(python), check=True)
            for title, ask in rows.items():
                # The peer cannot log in again in one process after a logout: no figure of it there.
                asked = {"ours": sys.executable} if "login" in title else pythons
                figures = {name: ask(python) for name, python in asked.items()}
                shown = "  ".join(f"{name} {value:10.1f}" for name, value in figures.items())
                ratio = f"  ratio {figures['ours'] / figures['peer']:.2f}" if figures.get("peer") else ""
                print(f"{title:34} {shown}{ratio}", flush=True)
        finally:
            simulator.stop()


if __name__ == "__main__":
    main()

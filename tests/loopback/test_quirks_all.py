# SPDX-License-Identifier: Apache-2.0
"""Each row has a switch, alone, with its section, and by the name that fakebmc knows; nothing of it is there unasked."""
from __future__ import annotations

import inspect
import subprocess
import sys
from contextlib import suppress

import pytest

from pyghmi.cmd import fakebmc
from pyghmi.exceptions import InvalidParameterValue, PyghmiException
from pyghmi.ipmi.console import Console
from pyghmi.sim.quirks import PERSONALITIES, all_quirks, described, misbehave
from pyghmi.sim.quirks.table import parse, quirk_named
from tests.loopback.quirk_lab import MakeLab, QuirkLab

SECTIONS = {
    "A": 25, "R": 30, "L": 19, "S": 26, "B": 9, "D": 20, "N": 17, "E": 19, "F": 19, "C": 31, "P": 20, "U": 23, "M": 14,
}  # fmt: skip
"""Letter -> how many rows the table of quirks has of it."""
ROWS = [f"{letter}{number:02}" for letter, count in SECTIONS.items() for number in range(1, count + 1)]


def use(bench: QuirkLab) -> None:
    """Do a little of everything; it may be refused, and ends."""
    began = bench.reactor.clock()
    with suppress(PyghmiException):
        command = bench.command(deadline=20.0, keepalive=True)
        for read in (command.get_power, command.get_bootdev, command.get_sensor_data, command.get_event_log,
                     command.get_inventory, command.get_net_configuration, command.get_users):  # fmt: skip
            with suppress(PyghmiException):
                found = read()
                if inspect.isgenerator(found):
                    list(found)
        command.logout()
    with suppress(PyghmiException):
        console = Console("127.0.0.1", "admin", "secret", lambda _news: None, port=bench.port, force=True)
        bench.wait(3.0)
        console.send_data(b"help\r")
        bench.wait(10.0)
        console.close()
    assert bench.reactor.clock() - began < 1800.0
    assert len(bench.wire) < 10_000


def test_each_row_has_a_switch() -> None:
    assert [row.name for row in all_quirks()] == ROWS
    for row in all_quirks():
        assert row.text
        assert len(row.text) < 110
        assert all(row.variants.values())


@pytest.mark.parametrize("name", ROWS)
def test_each_row_alone(lab: MakeLab, name: str) -> None:
    """No variant of any makes BMC or client fail in another way than with an error of ours, in bounded time."""
    for variant in quirk_named(name).variants or ("",):
        bench = lab(f"{name}:{variant}")
        assert bench.odd is not None
        assert [row for row, _variant in bench.odd.installed] == [name]
        use(bench)


@pytest.mark.parametrize("letter", SECTIONS)
def test_all_rows_of_a_section(lab: MakeLab, letter: str) -> None:
    names = [name for name in ROWS if name[0] == letter]
    bench = lab(",".join(names))
    assert bench.odd is not None
    assert [row for row, _variant in bench.odd.installed] == names
    use(bench)


def test_all_rows_at_once(lab: MakeLab) -> None:
    use(lab(",".join(ROWS)))


@pytest.mark.parametrize("name", PERSONALITIES)
def test_personalities_name_rows(lab: MakeLab, name: str) -> None:
    bench = lab("", personality=name)
    assert bench.odd is not None
    assert len(bench.odd.installed) == len(list(filter(None, PERSONALITIES[name].rows.split(","))))
    use(bench)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Z01", "no quirk 'Z01'"),
        ("A26", "no quirk 'A26'"),
        ("A1", "no quirk 'A1'"),
        ("R15:x", "R15 has no variant 'x'; these are: none"),
        ("A04:x", "A04 has no variant 'x'; these are: refused, silent"),
        ("R16:soon", "R16:soon: a number, seconds, is due"),
        ("R16:-1", "a number, seconds, is due"),
        ("R16:nan", "a number, seconds, is due"),
        ("R16:inf", "a number, seconds, is due"),
    ],
)
def test_names_that_are_none(text: str, told: str) -> None:
    with pytest.raises(InvalidParameterValue, match=told):
        parse(text)


def test_names() -> None:
    found = [(row.name, variant) for row, variant in parse(" a04 , R16:3 ,, r15,R16:4.5")]
    assert found == [("A04", "refused"), ("R16", "4.5"), ("R15", "")]


def test_a_bmc_misbehaves_once(lab: MakeLab) -> None:
    bench = lab("R15")
    with pytest.raises(InvalidParameterValue, match="all its quirks at once"):
        misbehave(bench.machine, "R16")
    assert repr(bench.odd) == "<Misbehaviour R15>"


def test_nothing_of_it_is_loaded_unasked() -> None:
    program = """
import sys
from pyghmi.cmd import fakebmc
from pyghmi.sim.machine import SimulatedBmc
SimulatedBmc({"admin": "secret"}, 0).logout()
fakebmc._parser().parse_args([])
print(*sys.modules)
"""
    found = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    loaded = found.stdout.split()
    assert "pyghmi.sim.machine" in loaded
    assert not [name for name in loaded if name.startswith(("pyghmi.sim.quirks", "pyghmi.sim.network"))]


# --- fakebmc


def test_fakebmc_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert fakebmc.main(["--quirk", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines if not line.startswith(" ")] == ROWS
    assert lines == [line for row in all_quirks() for line in described(row)]
    assert "     :refused  06/39 is refused (C1h)" in lines
    assert "     :NUMBER  seconds, 2.2 where none is named" in lines
    assert max(map(len, lines)) <= 120


def test_fakebmc_lists_to_who_does_not_read_it_all() -> None:
    command = [sys.executable, "-m", "pyghmi.cmd.fakebmc", "--quirk", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as lister:
        assert lister.stdout is not None and lister.stderr is not None
        lister.stdout.close()
        assert (lister.wait(20), lister.stderr.read()) == (141, "")


def test_fakebmc_lists_personalities(capsys: pytest.CaptureFixture[str]) -> None:
    assert fakebmc.main(["--personality", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PERSONALITIES)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--quirk", "Z01"], "no quirk 'Z01'"),
        (["--quirk", "R15,A04:x"], "A04 has no variant 'x'"),
        (["--personality", "angel"], "no personality 'angel': strict, "),
        (["--loss", "1.5"], "loss is a probability"),
        (["--double", "-1"], "doubles is a probability"),
        (["--delay", "nan"], "delay_s is a time"),
    ],
)
def test_fakebmc_refuses(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fakebmc.main(["--port", "0", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fakebmc: ")
    assert told in error


@pytest.mark.parametrize("wrong", [["--loss", "much"], ["--jitter"], ["--quirk"]])
def test_fakebmc_refuses_what_is_no_number(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        fakebmc.main(["--port", "0", *wrong])
    assert caught.value.code == 2


def misbehaving(*arguments: str) -> str:
    """Return what a fakebmc with these arguments says that it does wrong."""
    options = fakebmc._parser().parse_args(["--port", "0", *arguments])
    fakebmc._make(options).logout()
    return str(options.misbehaviour)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "None"),
        (["--quirk", "r15,A04", "--quirk", "R16:3"], "R15,A04:refused,R16:3"),
        (["--loss", "0.1", "--jitter", "0.4"], "loss=0.1, jitter_s=0.4"),
        (["--double", "0.1", "--reorder", "0.2", "--corrupt", "0.3"], "doubles=0.1, reorder=0.2, corruption=0.3"),
        (["--personality", "strict"], "strict"),
        (["--personality", "noisy-network", "--loss", "0"],
         "noisy-network, S03, doubles=0.05, reorder=0.1, jitter_s=0.4"),
    ],
)  # fmt: skip
def test_fakebmc_says_what_it_does_wrong(arguments: list[str], told: str) -> None:
    found = misbehaving(*arguments)
    assert found == told

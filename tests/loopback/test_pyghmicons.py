# SPDX-License-Identifier: Apache-2.0
"""pyghmicons as a process: terminals, pipes, signals, what is full and what is slow."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyghmi.ipmi.net.memories import forget_all
from tests.loopback.serial_machine import Served, wait_for
from tests.loopback.typist import Typist

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
SECRET = {"IPMIPASSWORD": "secret"}
CONNECTED = b"[connected to 127.0.0.1]\r\n"


@pytest.fixture
def served() -> Iterator[Served]:
    forget_all()
    found = Served()
    yield found
    found.close()


def command(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "pyghmi.cmd.pyghmicons", "-p", str(port), *options, "127.0.0.1", "admin"]


def typist(served: Served, *options: str) -> Typist:
    found = Typist(*command(served.port, *options), env=SECRET)
    found.wait_for(CONNECTED)
    return found


def start(port: int, *options: str, **more: Any) -> subprocess.Popen[bytes]:
    more.setdefault("stdin", subprocess.PIPE)
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(command(port, *options), env={**os.environ, **SECRET, "PYTHONPATH": str(ROOT)}, **more)


def in_shell(served: Served, redirections: str) -> subprocess.CompletedProcess[bytes]:
    line = f'exec "$@" {redirections}'
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", *command(served.port)], capture_output=True, stdin=subprocess.DEVNULL, timeout=30,
        env={**os.environ, **SECRET, "PYTHONPATH": str(ROOT)}, check=False,
    )


# --- the terminal


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)]
)
def test_a_signal_ends_it_and_the_terminal_is_as_before(served: Served, number: int, code: int) -> None:
    shown = typist(served)
    assert termios.tcgetattr(shown.terminal) != shown.modes
    os.kill(shown.pid, number)
    assert shown.finish() == code
    assert shown.modes_at_end == shown.modes
    assert b"Traceback" not in shown.shown
    wait_for(lambda: not served.machine.activated)


def test_stopped_and_continued(served: Served) -> None:
    """The terminal is the shell's while the program stands."""
    served.machine.echo = True
    shown = Typist("/bin/sh", "-c", 'set -m; "$@"; echo stands; read line; fg', "sh", *command(served.port), env=SECRET)
    shown.wait_for(CONNECTED)
    raw = termios.tcgetattr(shown.terminal)
    (pid,) = Path(f"/proc/{shown.pid}/task/{shown.pid}/children").read_text().split()
    os.kill(int(pid), signal.SIGTSTP)
    shown.wait_for(b"stands")
    assert termios.tcgetattr(shown.terminal) == shown.modes
    shown.type(b"\n")
    wait_for(lambda: termios.tcgetattr(shown.terminal) == raw)
    shown.type(b"go on")
    shown.wait_for(b"go on")
    shown.type(b"\r~.")
    assert shown.finish() == 0
    assert shown.modes_at_end == shown.modes


def test_the_terminal_goes_away(served: Served) -> None:
    """Where the hangup is ignored, as under nohup, the end of the input says it; a machine that is off holds nothing up."""
    shown = Typist("/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command(served.port), env=SECRET)
    shown.wait_for(CONNECTED)
    served.sol.poweredon = False
    shown.type(b"lost")
    shown.wait_for(b"powered down")
    shown.hang_up()
    assert shown.finish(10) == 0
    wait_for(lambda: not served.machine.activated)


def test_keys_count_however_much_was_pasted_before(served: Served) -> None:
    served.machine.room = 0
    shown = typist(served)
    for _each in range(90):
        shown.type(b"a line that is pasted\r" * 45)
    shown.type(b"~.")
    assert shown.finish(30) == 0


def test_a_terminal_that_another_program_made_non_blocking(served: Served) -> None:
    served.machine.echo = True
    program = "import os, sys; os.set_blocking(0, False); os.execv(sys.argv[1], sys.argv[1:])"
    shown = Typist(sys.executable, "-c", program, *command(served.port), env=SECRET)
    shown.wait_for(CONNECTED)
    sent = b"0123456789" * 20_000
    served.sol.send_data(sent)
    time.sleep(1.0)  # its buffer is full by now
    begin = len(shown.shown)
    while len(shown.shown) - begin < len(sent) and not shown.ended:
        shown.look()
    assert bytes(shown.shown[begin:]) == sent
    shown.type(b"~.")
    assert shown.finish() == 0


_ENDED_EARLY = """
import os, sys
from pyghmi.cmd import pyghmicons
from pyghmi.cmd.endings import Ended
from pyghmi.cmd.terminal import Terminal
real = Terminal.{0}
def ending(self, *arguments):
    if {1}:
        real(self, *arguments)
    raise Ended(143)
Terminal.{0} = ending
raise SystemExit(pyghmicons.main())
"""


@pytest.mark.parametrize(("method", "is_done"), [("_be_raw", True), ("__exit__", False)])
def test_a_signal_while_the_terminal_is_made_raw_or_given_back(served: Served, method: str, is_done: bool) -> None:
    program = _ENDED_EARLY.format(method, is_done)
    shown = Typist(sys.executable, "-c", program, *command(served.port)[3:], env=SECRET)
    if method == "__exit__":
        shown.wait_for(CONNECTED)
        shown.type(b"~.")
    assert shown.finish() == 143
    assert shown.modes_at_end == shown.modes


def test_called_in_a_thread(served: Served) -> None:
    """Where signals cannot be taken."""
    program = (
        "import sys, threading; from pyghmi.cmd import pyghmicons; code = []; "
        "each = threading.Thread(target=lambda: code.append(pyghmicons.main())); each.start(); each.join(); sys.exit(*code)"
    )
    shown = Typist(sys.executable, "-c", program, *command(served.port)[3:], env=SECRET)
    shown.wait_for(CONNECTED)
    shown.type(b"~.")
    assert shown.finish() == 0
    assert b"Traceback" not in shown.shown
    assert shown.modes_at_end == shown.modes


# --- words


def test_power_commands(served: Served) -> None:
    served.machine.echo = True
    shown = typist(served)
    for key, said in (
        (b"?", b"power: on"), (b"R", b"power: reset, asked for"), (b"c", b"power: cycle, asked for"),
        (b"D", b"power: diag, asked for"), (b"S", b"power: shutdown, asked for"), (b"1", b"power: on"),
        (b"~", b"power: nothing done"), (b"0", b"power: off, asked for"), (b"?", b"power: off"),
    ):
        begin = len(shown.shown)
        shown.type(b"~P")
        shown.wait_for(b"other keys: nothing]\r\n", begin)
        shown.type(key)
        shown.wait_for(b"[" + said + b"]\r\n", begin)
    assert served.machine.switched == ["reset", "cycle", "diag", "shutdown", "off"]
    assert len(served.machine.core.sessions) == 1, "the console's own"
    shown.type(b"~?")
    shown.wait_for(b"\r\npower commands:    ~P, which shows them\r\n")
    shown.type(b"~P0 is text\rx")
    shown.wait_for(b"is text\rx", begin)
    shown.type(b"\r~.")
    assert shown.finish() == 0
    assert bytes(served.machine.typed) == b" is text\rx\r"
    wait_for(lambda: not served.machine.core.sessions)


def test_a_power_command_that_is_refused(served: Served) -> None:
    served.machine.power_cycle = lambda: 0xD5  # type: ignore[method-assign, assignment, return-value]
    shown = typist(served)
    shown.type(b"~P")
    shown.wait_for(b"other keys: nothing]\r\n")
    shown.type(b"C")
    shown.wait_for(b"[power: Command not supported in present state (BMC 127.0.0.1:")
    shown.type(b"~.")
    assert shown.finish() == 0


def test_power_before_the_console_is_connected(served: Served) -> None:
    process = start(served.port)
    _out, err = process.communicate(b"~PR", timeout=30)
    assert process.returncode == 0, err
    assert b"[power: reset, asked for]" in err
    assert served.machine.switched == ["reset"]


def test_two_at_once(served: Served) -> None:
    first = typist(served)
    polite = start(served.port, "--no-force", stdin=subprocess.DEVNULL)
    assert polite.wait(20) == 1
    assert polite.stderr is not None and polite.stdout is not None
    assert b"active for another client" in polite.stderr.read()
    polite.stderr.close()
    polite.stdout.close()
    second = typist(served)
    assert first.finish() == 1
    assert b"another session took it over" in first.shown
    second.type(b"mine\r~.")
    assert second.finish() == 0
    assert bytes(served.machine.typed) == b"mine\r"


def test_what_is_typed_behind_the_end(served: Served) -> None:
    process = start(served.port)
    _out, err = process.communicate(b"one\n~." + b"reboot\n" * 2000, timeout=30)
    assert process.returncode == 0, err
    assert bytes(served.machine.typed) == b"one\n"


# --- pipes, and what is closed


def test_a_pipe_that_ends_with_the_escape(served: Served) -> None:
    process = start(served.port)
    _out, err = process.communicate(b"one\n~", timeout=30)
    assert process.returncode == 0, err
    assert bytes(served.machine.typed) == b"one\n~"


def test_a_file_without_an_end(served: Served) -> None:
    """Input that can always be read is read as the machine takes it."""
    with Path("/dev/zero").open("rb") as endless:
        process = start(served.port, stdin=endless)
    wait_for(lambda: len(served.machine.typed) > 200_000)
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 143, err


def test_all_of_a_file_arrives(served: Served, tmp_path: Path) -> None:
    text = "".join(f"line {number} ~ äöü €\n" for number in range(8000)).encode() + bytes(range(256))
    (tmp_path / "file").write_bytes(text)
    with (tmp_path / "file").open("rb") as file:
        process = start(served.port, stdin=file)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert bytes(served.machine.typed) == text


def test_all_of_a_pipe_arrives_at_a_slow_machine(served: Served) -> None:
    served.machine.room = 0
    text = bytes(range(33, 120)) * 200
    process = start(served.port)
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    process.stdin = None
    wait_for(lambda: served.machine.activated)
    time.sleep(3.5)
    served.machine.room = 1 << 16
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert bytes(served.machine.typed) == text


def test_a_pipe_into_a_machine_that_takes_nothing(served: Served) -> None:
    served.machine.room = 0
    program = "from pyghmi.cmd import pyghmicons; pyghmicons._GIVEN_UP_S = 2.0; raise SystemExit(pyghmicons.main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *command(served.port)[3:]], input=b"typed", capture_output=True, timeout=30,
        env={**os.environ, **SECRET, "PYTHONPATH": str(ROOT)}, check=False,
    )
    assert done.returncode == 1
    assert b"5 characters of standard input were not sent" in done.stderr


@pytest.mark.parametrize("redirections", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_from_the_beginning(served: Served, redirections: str) -> None:
    """No socket gets the number of standard output, and what is shown."""
    done = in_shell(served, redirections)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    if "2>" not in redirections:
        assert b"connected to 127.0.0.1" in done.stderr
    assert not served.machine.activated


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_signal_while_the_output_is_stuck(served: Served, is_terminal: bool) -> None:
    """One is enough, though more output comes while the console is given back."""
    if is_terminal:
        shown = typist(served)
        process: subprocess.Popen[bytes] = shown.process
    else:
        process = start(served.port)
        wait_for(lambda: served.machine.activated)
    served.sol.send_data(b"0123456789" * 40_000)
    time.sleep(1.0)
    process.terminate()
    assert process.wait(10) == 143
    wait_for(lambda: not served.machine.activated)
    if is_terminal:
        assert shown.finish() == 143
        assert shown.modes_at_end == shown.modes
    else:
        process.communicate()


def test_nobody_reads_the_output(served: Served, tmp_path: Path) -> None:
    process = start(served.port, "--log", str(tmp_path / "log"))
    assert process.stdout is not None and process.stderr is not None and process.stdin is not None
    wait_for(lambda: served.machine.activated)
    process.stdout.close()
    served.sol.send_data(b"output")
    assert process.wait(20) == 141
    assert b"pyghmicons: standard output: Broken pipe" in process.stderr.read()
    assert b" output\n" in (tmp_path / "log").read_bytes()
    process.stdin.close()
    process.stderr.close()
    wait_for(lambda: not served.machine.activated)


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_nothing_can_be_said(served: Served) -> None:
    done = in_shell(served, "2>/dev/full")
    assert done.returncode == 1
    wait_for(lambda: not served.machine.activated)


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_the_transcript_cannot_be_kept(served: Served) -> None:
    shown = Typist(*command(served.port, "--log", str(FULL)), env=SECRET)
    assert shown.finish() == 1
    assert b"pyghmicons: --log /dev/full: No space left on device\r\n" in shown.shown
    assert shown.modes_at_end == shown.modes
    wait_for(lambda: not served.machine.activated)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-p", "70000"], "UDP port must be 1 to 65535"),
        (["-C", "99"], "Cipher suite 99 is not supported"),
        (["--mute-after", "nan"], "a number of seconds, not nan"),
        (["--mute-after", "soon"], "a number of seconds, not soon"),
        (["-C", "best"], "numbers separated by commas, not best"),
        (["--log", "/no/such/folder/log"], "--log /no/such/folder/log: No such file"),
    ],
)
def test_a_wrong_command_line(options: list[str], said: str) -> None:
    done = subprocess.run(
        command(9, *options), capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=30,
        env={**os.environ, **SECRET, "PYTHONPATH": str(ROOT)}, check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr

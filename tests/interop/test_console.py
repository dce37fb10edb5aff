# SPDX-License-Identifier: Apache-2.0
"""Serial over LAN with programs of others: ipmi_sim's console, and ipmitool and ipmiconsole typed into by program."""
from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from echo_bmc import PATTERN
from peers import ROOT, Simulator, program

from pyghmi.exceptions import ConsoleDeactivated, ConsoleHeld, ConsoleTakenOver
from pyghmi.ipmi.console import Console
from pyghmi.ipmi.private.session import Session, shared

sys.path.insert(0, str(ROOT))

from tests.loopback.relay import Relay
from tests.loopback.typist import Typist


class SerialLine:
    """The machine behind ipmi_sim: echoes what is typed, and keeps it."""

    def __init__(self) -> None:
        self.typed = bytearray()
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.sock.getsockname()[1]
        self._peer: socket.socket | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            self._peer, _address = self.sock.accept()
            while data := self._peer.recv(4096):
                self.typed += data
                self._peer.sendall(data)
        except OSError:
            return

    def close(self) -> None:
        self.sock.close()
        if self._peer is not None:
            self._peer.close()


@pytest.fixture(scope="module")
def line() -> Iterator[SerialLine]:
    found = SerialLine()
    yield found
    found.close()


@pytest.fixture(scope="module")
def sim_with_console(tmp_path_factory: pytest.TempPathFactory, line: SerialLine) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("sol") / "small", console_at=line.port)
    yield simulator
    simulator.stop()


def short_port() -> int:
    """Return a free port of four digits: ipmiconsole takes no longer one."""
    for number in random.Random(os.getpid()).sample(range(2000, 9999), 200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.bind(("", number))
            except OSError:
                continue
            return number
    raise AssertionError("no port is free")


@pytest.fixture
def echo_bmc() -> Iterator[int]:
    """The port of a BMC of ours that echoes."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "echo_bmc.py"), str(short_port())],
        stdout=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    assert process.stdout is not None
    yield int(process.stdout.readline())
    process.terminate()
    process.wait(10)
    process.stdout.close()


def until(condition: Callable[[], Any], at_most_s: float = 30.0) -> None:
    end = shared().clock() + at_most_s
    while not condition():
        assert shared().clock() < end, "not in time"
        Session.wait_for_rsp(0.2)


# --- our console, ipmi_sim


@pytest.mark.parametrize("loss", [0.0, 0.03])
def test_console_with_ipmi_sim(sim_with_console: Simulator, line: SerialLine, loss: float) -> None:
    port = sim_with_console.port  # it may name that in its answer: only another address keeps the relay between
    relay = Relay(shared(), (sim_with_console.host, port), listen=("127.0.0.2", port), loss=loss, doubles=loss, seed=5)
    line.typed.clear()
    output = bytearray()
    errors: list[Any] = []
    console = Console(
        "127.0.0.2", sim_with_console.user, sim_with_console.password,
        lambda news: output.extend(news) if isinstance(news, bytes) else errors.append(news),
        port=port,
    )
    until(lambda: console.connected or console.broken)
    assert console.connected, errors
    source = random.Random(3)
    text = bytes(source.choice(b"abcdefghijklmnopqrstuvwxyz0123456789\r\n") for _each in range(5000))
    console.send_data(text)
    until(lambda: len(line.typed) >= len(text) or console.broken, 60)
    assert bytes(line.typed) == text
    if not loss:
        until(lambda: len(output) >= len(text) or console.broken)
        assert bytes(output) == text, errors
    else:  # ipmi_sim 2.0.33 sends a packet twice, and drops it and all that waits behind it: what comes is in order
        Session.pause(3.0)
        left = iter(text)
        assert output
        assert all(each in left for each in output), errors
    relay.loss = relay.doubles = 0.0
    console.close()
    relay.close()
    assert errors == []


def test_taking_the_console_of_ipmi_sim_over(sim_with_console: Simulator) -> None:
    news: dict[str, list[Any]] = {"first": [], "second": [], "third": []}
    where = (sim_with_console.host, sim_with_console.user, sim_with_console.password)
    first = Console(*where, news["first"].append, port=sim_with_console.port)
    until(lambda: first.connected or first.broken)
    assert first.connected, news
    second = Console(sim_with_console.host, "longpw", "a20BytePasswordXYZ!!", news["second"].append, port=sim_with_console.port)
    until(lambda: second.broken)
    assert isinstance(news["second"][-1]["exception"], ConsoleHeld)
    third = Console(
        sim_with_console.host, "longpw", "a20BytePasswordXYZ!!", news["third"].append, port=sim_with_console.port, force=True
    )
    until(lambda: third.connected or third.broken)
    assert third.connected, news
    until(lambda: first.broken, 40)
    assert isinstance(news["first"][-1]["exception"], (ConsoleTakenOver, ConsoleDeactivated))
    third.close()


# --- our BMC, the consoles of others


def ipmitool(port: int, *more: str, host: str = "127.0.0.1") -> list[str]:
    return [program("ipmitool"), "-I", "lanplus", "-H", host, "-p", str(port), "-U", "admin", "-P", "secret", *more]


@pytest.mark.parametrize("suite", ["1", "2", "3", "17"])
def test_ipmitool_activate(echo_bmc: int, suite: str) -> None:
    typist = Typist(*ipmitool(echo_bmc, "-C", suite, "sol", "activate"))
    typist.wait_for(b"SOL Session operational")
    typist.type(b"hello")
    typist.wait_for(b"hello")
    typist.type(b"\r~B")
    typist.wait_for(b"<BREAK>")
    typist.type(b"\r~.")
    assert typist.finish() == 0
    assert b"terminated ipmitool" in typist.shown


def test_ipmiconsole(echo_bmc: int) -> None:
    typist = Typist(program("ipmiconsole"), "-h", f"127.0.0.1:{echo_bmc}", "-u", "admin", "-p", "secret")
    typist.wait_for(b"SOL established")
    typist.type(b"hello")
    typist.wait_for(b"hello")
    typist.type(b"&B")
    typist.wait_for(b"<BREAK>")
    typist.type(b"&.")
    assert typist.finish() == 0


def paste(typist: Typist, text: bytes) -> None:
    """Type as fast as somebody pastes; a terminal's own buffer is small."""
    for at in range(0, len(text), 100):
        typist.type(text[at : at + 100])
        typist.look(0.02)


@pytest.mark.parametrize("tool", ["ipmitool", "ipmiconsole", "pyghmicons"])
@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_not_one_byte_is_lost(echo_bmc: int, tool: str, loss: float) -> None:
    """What the machine sends arrives whole at each tool, what is typed comes whole to the machine, and its echo back."""
    # On another address and the same port: that is the one which the BMC names.
    relay = Relay(shared(), ("127.0.0.1", echo_bmc), listen=("127.0.0.2", echo_bmc), loss=0.0, seed=9)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            shared().run_once(0.05)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = relay.port
    command = {
        "ipmitool": lambda: ipmitool(port, "sol", "activate", host="127.0.0.2"),
        "ipmiconsole": lambda: [program("ipmiconsole"), "-h", f"127.0.0.2:{port}", "-u", "admin", "-p", "secret"],
        "pyghmicons": lambda: [sys.executable, "-m", "pyghmi.cmd.pyghmicons", "-p", str(port), "127.0.0.2", "admin"],
    }[tool]()
    ready = {"ipmitool": b"operational.  Use ~? for help]\r\n", "ipmiconsole": b"SOL established]\r\n", "pyghmicons": b"connected to 127.0.0.2]\r\n"}[tool]
    typist = Typist(*command, env={"IPMIPASSWORD": "secret"})
    try:
        typist.wait_for(ready)
        relay.loss = loss
        # ipmiconsole 1.6.10 gives up ("internal error") where its terminal is not read before 30 KB have come.
        for count in (20_000,) if loss or tool == "ipmiconsole" else (20_000, 80_000):
            begin = len(typist.shown)
            typist.type(b"F%d\r" % count)
            end = time.monotonic() + 120
            while len(typist.shown) - begin < count:
                assert time.monotonic() < end and not typist.ended, bytes(typist.shown[-100:])
                typist.look()
            assert bytes(typist.shown[begin:]) == (PATTERN * (count // len(PATTERN) + 1))[:count]
        typed = (b"abcdefghijklmnopqrstuvwxyz0123456789" * 140)[:5000]
        if loss:
            relay.loss = 0.0
            typist.type(b"S%d\r" % len(typed))
            typist.look(1.0)
            relay.loss = loss
            paste(typist, typed)
            typist.wait_for(hashlib.sha1(typed).hexdigest().encode(), at_most_s=120.0)
        if loss and tool == "ipmitool":
            # 1.8.19 takes any packet with new characters, an echo too, for the acknowledgement it waits for: what is in
            # a packet that is lost then is lost.
            relay.loss = 0.0
        begin = len(typist.shown)
        paste(typist, typed)
        end = time.monotonic() + 120
        while len(typist.shown) - begin < len(typed):
            assert time.monotonic() < end, len(typist.shown) - begin
            typist.look()
        assert bytes(typist.shown[begin:]) == typed
        relay.loss = 0.0
        typist.type({"ipmitool": b"\r~.", "ipmiconsole": b"&.", "pyghmicons": b"\r~."}[tool])
        assert typist.finish() == 0
    finally:
        stop.set()
        thread.join(5)
        relay.close()


# --- pyghmicons


def test_pyghmicons_on_a_terminal(echo_bmc: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    typist = Typist(
        sys.executable, "-m", "pyghmi.cmd.pyghmicons", "-p", str(echo_bmc), "--log", str(log), "127.0.0.1", "admin",
        env={"IPMIPASSWORD": "secret"},
    )
    typist.wait_for(b"[connected to 127.0.0.1]")
    typist.type(b"hello")
    typist.wait_for(b"hello")
    typist.type(b"\r~B")
    typist.wait_for(b"<BREAK>")
    typist.type(b"\r~?")
    typist.wait_for(b"sends a break")
    typist.type(b"~~\r~.")
    assert typist.finish() == 0
    assert b"hello" in log.read_bytes()
    assert b"secret" not in log.read_bytes()


def test_pyghmicons_says_why_there_is_no_console(echo_bmc: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pyghmi.cmd.pyghmicons", "-p", str(echo_bmc), "127.0.0.1", "admin"],
        env=dict(os.environ, IPMIPASSWORD="wrong", PYTHONPATH=str(ROOT)), capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
    )
    assert done.returncode == 1
    assert b"password" in done.stderr.lower()
    assert b"wrong" not in done.stderr.replace(b"is wrong", b"")


def test_pyghmicons_in_a_pipe(echo_bmc: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pyghmi.cmd.pyghmicons", "-p", str(echo_bmc), "127.0.0.1", "admin"],
        env=dict(os.environ, IPMIPASSWORD="secret", PYTHONPATH=str(ROOT)), input=b"through a pipe", capture_output=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_pyghmicons_gives_the_terminal_back(echo_bmc: int, number: int) -> None:
    import termios

    typist = Typist(
        sys.executable, "-m", "pyghmi.cmd.pyghmicons", "-p", str(echo_bmc), "127.0.0.1", "admin", env={"IPMIPASSWORD": "secret"}
    )
    typist.wait_for(b"[connected to 127.0.0.1]")
    assert not termios.tcgetattr(typist.terminal)[3] & termios.ICANON
    os.kill(typist.pid, number)
    assert typist.finish() == 128 + number
    assert typist.modes_at_end == typist.modes

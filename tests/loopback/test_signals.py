# SPDX-License-Identifier: Apache-2.0
"""pyghmiutil ends early: signals, prompts without an answer, readers that go away.  No session stays open."""
from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
LOGIN_ANSWERS = 5
"""Presence or capabilities, Open Session, RAKP 2, RAKP 4, the privilege level."""


def start(port: int, *words: str, stdin: Any = subprocess.DEVNULL, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(port), *words],
        env={"IPMIPASSWORD": "secret", **os.environ, **environment},
        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def until(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


class Proxy:
    """Passes datagrams on between one console and a BMC, and lets only the first `most` answers through."""

    def __init__(self, server: Any, most: int) -> None:
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.front.settimeout(0.05)
        self.port: int = self.front.getsockname()[1]
        self.passed = 0
        self._most = most
        self._server = server
        self._running = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        backs: dict[Any, socket.socket] = {}
        while self._running:
            try:
                datagram, console = self.front.recvfrom(4096)
            except OSError:
                continue
            if console not in backs:
                backs[console] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                backs[console].settimeout(0.2)
            backs[console].sendto(datagram, (self._server.host, self._server.port))
            try:
                answer = backs[console].recv(4096)
            except OSError:
                continue
            if self.passed < self._most:
                self.passed += 1
                self.front.sendto(answer, console)
        for back in backs.values():
            back.close()

    def close(self) -> None:
        self._running = False
        self._thread.join(5)
        self.front.close()


@pytest.fixture
def silent_in_session(server: Any) -> Iterator[Any]:
    """A BMC that says nothing more once a session is open."""
    server.bmc.handle_raw_request = lambda request, session: None
    yield server


def ended(process: subprocess.Popen[str], number: int, code: int, server: Any) -> tuple[str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert "Traceback" not in err
    assert until(lambda: not server.bmc.core.sessions)
    return out, err


@pytest.mark.parametrize(("number", "code"), ENDS)
@pytest.mark.parametrize("command", ["power", "diagnose"])
def test_a_signal_in_an_open_session(silent_in_session: Any, number: int, code: int, command: str) -> None:
    server = silent_in_session
    process = start(server.port, "127.0.0.1", "admin", command)
    assert until(lambda: server.bmc.core.sessions)
    time.sleep(0.1)
    assert ended(process, number, code, server)[1] == ""


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_a_signal_with_many_bmcs(silent_in_session: Any, number: int, code: int) -> None:
    server = silent_in_session
    process = start(server.port, "127.0.0.1,localhost,127.1", "admin", "power")
    assert until(lambda: len(server.bmc.core.sessions) == 3)
    time.sleep(0.1)
    began = time.monotonic()
    _out, err = ended(process, number, code, server)
    assert err == "", "nobody is blamed for what we ended"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("most", range(1, LOGIN_ANSWERS + 1))
@pytest.mark.parametrize("bmcs", ["127.0.0.1", "127.0.0.1,localhost"])
def test_a_signal_while_logging_in(server: Any, most: int, bmcs: str) -> None:
    count = most * len(bmcs.split(","))
    with closing(Proxy(server, count)) as proxy:
        process = start(proxy.port, bmcs, "admin", "power")
        until(lambda: proxy.passed == count)
        time.sleep(0.2)
        ended(process, signal.SIGTERM, 143, server)


def test_what_nohup_ignores_stays_ignored(silent_in_session: Any) -> None:
    server = silent_in_session
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start(server.port, "127.0.0.1", "admin", "power")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert until(lambda: server.bmc.core.sessions)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    ended(process, signal.SIGINT, 130, server)


TERMINAL = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
"""Makes stdin the terminal of its session, and goes on as another program."""


def on_a_terminal(answer: bytes, *words: str) -> tuple[int, bytes]:
    """Run pyghmiutil without a password, on a terminal of its own, and type `answer` at the prompt."""
    terminal, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINAL, str(ROOT / "bin" / "pyghmiutil"), *words], start_new_session=True,
        env={name: value for name, value in os.environ.items() if name != "IPMIPASSWORD"}, stdin=inner, stdout=inner, stderr=inner,
    )
    os.close(inner)
    shown = b""
    typed = False
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if b"Password of" in shown and not typed:
            typed = True
            time.sleep(0.1)
            os.write(terminal, answer)
    os.close(terminal)
    return process.wait(10), shown


@pytest.mark.parametrize(("key", "code", "text"), [(b"\x03", 130, b""), (b"\x04", 1, b"No password was given")])
def test_ctrl_c_and_ctrl_d_at_the_prompt(key: bytes, code: int, text: bytes) -> None:
    found, shown = on_a_terminal(key, "-p", "1", "127.0.0.1", "admin", "power")
    assert found == code
    assert text in shown
    assert b"Traceback" not in shown


def test_the_prompt_takes_the_password(server: Any) -> None:
    code, shown = on_a_terminal(b"secret\n", "-p", str(server.port), "127.0.0.1", "admin", "power")
    assert (code, b"127.0.0.1: off" in shown, b"secret" in shown) == (0, True, False)


@pytest.mark.parametrize(("stdin", "code", "text"), [("", 1, "No password was given"), ("secret\n", 0, "")])
def test_asking_without_a_terminal(server: Any, stdin: str, code: int, text: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(server.port), "--ask", "127.0.0.1", "admin", "power"],
        input=stdin, capture_output=True, text=True, timeout=30, start_new_session=True, check=False,
    )
    assert done.returncode == code
    assert text in done.stderr and "Traceback" not in done.stderr and "GetPassWarning" not in done.stderr


@pytest.mark.parametrize("bmcs", ["127.0.0.1", "127.0.0.1,localhost"])
def test_nobody_reads_the_output(server: Any, bmcs: str) -> None:
    process = start(server.port, bmcs, "admin", "info")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    assert (process.wait(10), err) == (141, "")
    process.stderr.close()
    assert until(lambda: not server.bmc.core.sessions)


def test_nobody_reads_the_trace(server: Any) -> None:
    process = start(server.port, "-v", "127.0.0.1", "admin", "power")
    assert process.stdout is not None and process.stderr is not None
    process.stderr.close()
    assert process.stdout.read() == ""
    assert process.wait(10) == 141
    process.stdout.close()
    assert until(lambda: not server.bmc.core.sessions)


def test_nobody_reads_the_help() -> None:
    process = start(1, "--help")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(10) in (0, 141)
    assert err == ""
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only some systems have a full device")
def test_a_full_disk_is_not_the_fault_of_the_bmc(server: Any) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(server.port), "127.0.0.1", "admin", "power"],
            env={**os.environ, "IPMIPASSWORD": "secret"}, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )
    assert (done.returncode, done.stderr) == (1, "standard output: No space left on device\n")
    process = start(server.port, "--pcap", "/dev/full", "127.0.0.1", "admin", "power")
    assert process.communicate(timeout=30) == ("", "/dev/full: No space left on device\n")
    assert process.returncode == 1
    assert not server.bmc.core.sessions

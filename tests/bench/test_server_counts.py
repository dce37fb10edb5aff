# SPDX-License-Identifier: Apache-2.0
"""What a BMC costs, in counts: bytes of a session, calls of a request and of a login, however many sessions there are."""
from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Callable

import pytest

sys.path[:0] = [str(Path(__file__).parent)]

from load import MANY, Console, Served

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private.session import Session

MOST_BYTES, MOST_CALLS, MOST_CALLS_OF_A_LOGIN = 4096, 55, 500
SESSIONS = 5000


class Machine(Bmc):
    def get_power_state(self) -> str:
        return "on"


class Beside(Console):
    """A console in the thread of the BMC."""

    def give(self, datagram: bytes) -> bytes:
        self.socket.send(datagram)
        for _turn in range(5):
            Session.wait_for_rsp(0.5)
            try:
                return self.socket.recv(4096, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
        raise TimeoutError("the BMC does not answer")


@pytest.fixture
def bmc() -> Iterator[Machine]:
    with Machine({"admin": "secret"}, 0, address="127.0.0.1", max_sessions=20_000, idle_s=3600.0) as machine:
        yield machine


def calls_of(act: Callable[[], Any]) -> int:
    """Return how many functions in Python were called, of ours alone."""
    found = 0

    def called(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal found
        found += event == "call" and "/pyghmi/ipmi/" in frame.f_code.co_filename

    sys.setprofile(called)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found


def test_calls_of_a_request_and_of_a_login(bmc: Machine) -> None:
    """With two thousand sessions as with one: nothing goes through all of them."""
    first = Beside(bmc.address[1])
    try:
        first.log_in()
        for _time in range(70):
            assert first.ask(0x00, 0x01)[:2] == b"\x00\x01"
        # The console's own calls are among them: a dozen of a request.
        alone = calls_of(lambda: first.ask(0x00, 0x01))
        login = calls_of(lambda: Beside(bmc.address[1], 2, first).log_in())
        assert alone <= MOST_CALLS
        assert login <= MOST_CALLS_OF_A_LOGIN
        for number in range(3, 2003):
            Beside(bmc.address[1], number, first).log_in()
        assert len(bmc.core.sessions) == 2002
        assert calls_of(lambda: first.ask(0x00, 0x01)) <= alone + 4
        assert calls_of(lambda: Beside(bmc.address[1], 5000, first).log_in()) <= login + 20
    finally:
        first.close()


def test_bytes_of_a_session_that_is_held() -> None:
    """Of the process, with all that the libraries below keep for it, after the session has been used."""
    with Served(sys.executable, *MANY) as served:
        first = Console(served.port).log_in()
        for number in range(2, 50):
            Console(served.port, number, first).log_in()
        before = served.memory
        for number in range(50, 50 + SESSIONS):
            Console(served.port, number, first).log_in().ask(0x00, 0x01)
        held = (served.memory - before) / SESSIONS
        first.close()
    assert held <= MOST_BYTES

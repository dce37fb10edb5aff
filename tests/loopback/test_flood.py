# SPDX-License-Identifier: Apache-2.0
"""A BMC in the rain: noise, half-open logins and guesses by the thousand, while consoles that mean well work on."""
from __future__ import annotations

import random
import socket
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "bench")]

from load import Console

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet import wrap_setup
from pyghmi.ipmi.protocol.packet15 import wrap_plain

SEED = 20
RAIN = 12_000
EVERY = 40
MOST_GROWTH = 2_000_000


class Machine(Bmc):
    def get_power_state(self) -> str:
        return "on"


class Patient(Console):
    """A console in the thread of the BMC: it lets the BMC work while it waits, and asks again, as consoles do."""

    def give(self, datagram: bytes) -> bytes:
        self.socket.setblocking(False)
        due = datagram[5] + 1 if datagram[5] in (0x10, 0x12, 0x14) else datagram[5]
        for _time in range(50):
            self.socket.send(datagram)
            for _turn in range(20):
                Session.wait_for_rsp(0)
                try:
                    answer = self.socket.recv(4096)
                except BlockingIOError:
                    continue
                if answer[5] == due:  # else one that came twice, for it was asked for twice
                    return answer
            Session.wait_for_rsp(0.05)
        raise TimeoutError("the BMC does not answer")


class Rain:
    """What falls on a BMC from a few sockets; each datagram is made anew, the same in every run."""

    def __init__(self, port: int) -> None:
        self.random = random.Random(SEED)
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _number in range(8)]
        for sock in self.sockets:
            sock.setblocking(False)
            sock.connect(("127.0.0.1", port))
        self.ids: list[bytes] = []
        self.sent_bytes = self.got_bytes = self.got = 0

    def datagram(self) -> bytes:
        pick = self.random
        kind = pick.randrange(8)
        if kind == 0:
            return pick.randbytes(pick.randrange(1400))
        if kind == 1:
            return b"\x06\x00\xff\x07\x06" + pick.randbytes(pick.randrange(200))
        if kind == 2:
            return wrap_setup(pick.choice((0x10, 0x12, 0x14, 0x20, 0xC0)), pick.randbytes(pick.randrange(80)))
        if kind in (3, 4):
            algorithms = b"".join(bytes((part, 0, 0, 8, 1, 0, 0, 0)) for part in range(3))
            return wrap_setup(0x10, bytes((pick.randrange(256), 4, 0, 0)) + pick.randbytes(4) + algorithms)
        if kind == 5:
            name = pick.choice((b"admin", b"nobody", b""))
            role = bytes((0x14, 0, 0, len(name))) + name
            return wrap_setup(0x12, b"\x01\x00\x00\x00" + self.some_id() + pick.randbytes(16) + role)
        if kind == 6:
            return wrap_setup(0x14, b"\x02\x00\x00\x00" + self.some_id() + pick.randbytes(20))
        request = ipmb.build_request(6, pick.choice((0x37, 0x38, 0x39, 0x3A, 0x54)), pick.randbytes(pick.randrange(20)), 1)
        return wrap_plain(request)

    def some_id(self) -> bytes:
        return self.random.choice(self.ids) if self.ids and self.random.random() < 0.7 else self.random.randbytes(4)

    def fall(self, count: int) -> None:
        """Send so many, and look at what comes back."""
        for _number in range(count):
            sock, datagram = self.random.choice(self.sockets), self.datagram()
            sock.send(datagram)
            self.sent_bytes += len(datagram)
        for sock in self.sockets:
            try:
                while True:
                    self.take(sock.recv(4096))
            except BlockingIOError:
                continue

    def take(self, answer: bytes) -> None:
        self.got += 1
        self.got_bytes += len(answer)
        if answer[4:6] == b"\x06\x11" and answer[17] == 0:
            self.ids = [*self.ids[-63:], answer[24:28]]

    def close(self) -> None:
        for sock in self.sockets:
            sock.close()


@pytest.fixture
def bmc() -> Iterator[Machine]:
    with Machine({"admin": "secret"}, 0, address="127.0.0.1", auth_types=(1, 2, 4), refusal_wait_s=0.01) as machine:
        yield machine


def test_consoles_work_on_in_a_flood(bmc: Any) -> None:
    port = bmc.address[1]
    rain, first = Rain(port), Patient(port, 1)
    consoles = [first]
    try:
        first.log_in()
        rain.fall(2000)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(RAIN // EVERY):
            rain.fall(EVERY)
            assert first.ask(0x00, 0x01)[:2] == b"\x00\x01"
            if number % 20 == 0:
                consoles.append(Patient(port, 1000 + number))
                consoles[-1].log_in()
        for console in consoles:
            assert console.ask(0x00, 0x01)[:2] == b"\x00\x01"
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < MOST_GROWTH
        assert len(bmc.core.sessions) == len(consoles)
        assert bmc.core.half_open <= 2 * bmc.core.config.max_half_open
        assert rain.got > RAIN // 4, "it was served too, as far as it asked for something"
        assert rain.got_bytes < rain.sent_bytes, "and got less than it sent"
    finally:
        rain.close()
        for console in consoles:
            console.close()

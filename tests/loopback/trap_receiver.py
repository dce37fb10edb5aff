# SPDX-License-Identifier: Apache-2.0
"""A receiver of traps: a socket, and what SNMPv1 says of what came."""
from __future__ import annotations

import socket
from typing import NamedTuple

PET_VARIABLE = bytes.fromhex("2b 06 01 04 01 98 6f 01 01 01")
"""1.3.6.1.4.1.3183.1.1.1"""


class Received(NamedTuple):
    """A trap of SNMPv1."""

    community: bytes
    enterprise: bytes
    agent: bytes
    generic: int
    specific: int
    ticks: int
    name: bytes
    variable: bytes


def fields(data: bytes) -> list[tuple[int, bytes]]:
    """Return (tag, contents) of what stands in a row."""
    found = []
    while data:
        tag, size, at = data[0], data[1], 2
        if size >= 0x80:
            at += size - 0x80
            size = int.from_bytes(data[2:at], "big")
        assert len(data) >= at + size
        found.append((tag, data[at : at + size]))
        data = data[at + size :]
    return found


def trap_in(datagram: bytes) -> Received:
    """Take a datagram apart.  RFC 1157 §4.1.6."""
    ((tag, whole),) = fields(datagram)
    assert tag == 0x30
    version, community, trap = fields(whole)
    assert (version, trap[0]) == ((0x02, b"\0"), 0xA4)
    enterprise, agent, generic, specific, ticks, variables = fields(trap[1])
    assert [each[0] for each in (enterprise, agent, generic, specific, ticks, variables)] == [6, 0x40, 2, 2, 0x43, 0x30]
    ((_tag, binding),) = fields(variables[1])
    name, variable = fields(binding)
    numbers = [int.from_bytes(each[1], "big", signed=each[0] == 2) for each in (generic, specific, ticks)]
    return Received(community[1], enterprise[1], agent[1], *numbers, name[1], variable[1])


class TrapReceiver:
    """Receives traps on a port of loopback."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    def wait(self, seconds: float) -> Received:
        """Wait for one trap in real time."""
        self._socket.settimeout(seconds)
        try:
            return trap_in(self._socket.recv(2000))
        finally:
            self._socket.setblocking(False)

    def all(self) -> list[Received]:
        """Return what has come since one looked last."""
        found = []
        while True:
            try:
                found.append(trap_in(self._socket.recv(2000)))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()

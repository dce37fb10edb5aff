# SPDX-License-Identifier: Apache-2.0
"""The separate socket of a session: what is sent there, the system can refuse."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyghmi.ipmi.net.sockets import Address, Port, Probe

if TYPE_CHECKING:
    from pyghmi.ipmi.net.reactor import Reactor

_MOST = 128


class SidePath:
    """Opened when first needed.  Where too many are open already, the shared socket stands in: it is never refused."""

    open_now = 0

    def __init__(
        self, reactor: Reactor, received: Callable[[bytes, float], None], refused: Callable[[float], None]
    ) -> None:
        self._reactor = reactor
        self._received = received
        self._refused = refused
        self._probe: Probe | None = None
        self._left: list[Probe] = []

    def send(self, datagram: bytes, port: Port, address: Address, now: float) -> None:
        """Send from the separate socket, or from the shared one."""
        probe = self._probe or self._open(port, address)
        if probe is not None:
            probe.send(datagram, now)
            return
        try:
            port.send_to(datagram, address)
        except OSError:
            return

    def _open(self, port: Port, address: Address) -> Probe | None:
        """Open the socket; None where there are too many, or no descriptor is left."""
        if SidePath.open_now >= _MOST:
            return None
        try:
            self._probe = Probe(self._reactor, port.family, address, self._received, self._refused)
        except OSError:
            return None
        SidePath.open_now += 1
        return self._probe

    def renew(self) -> None:
        """Have the next datagram leave from another port; what comes to the ports before is still taken."""
        if self._probe is not None:
            self._left.append(self._probe)
            self._probe = None

    def close(self) -> None:
        """Give the descriptors back."""
        probes = self._left if self._probe is None else [*self._left, self._probe]
        for probe in probes:
            probe.close()
        SidePath.open_now -= len(probes)
        self._probe, self._left = None, []

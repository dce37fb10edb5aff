# SPDX-License-Identifier: Apache-2.0
"""Logins that a program's own class of sessions takes part in."""
from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.protocol.packet import unwrap_setup, wrap_setup
from pyghmi.ipmi.spec.codes import PayloadType

if TYPE_CHECKING:
    from pyghmi.ipmi.private.serversession import IpmiServer, ServerSession

_MOST_LOGINS = 256
_ID_AT = slice(4, 8)


class LoginSteps:
    """The part of `ServerSession` that programs override to have a say in logins.

    Seen: a BMC for all domains of a libvirt, which looks a domain up when its name comes in RAKP 1.  authdata: the
    passwords by user name that count in this login.
    """

    bmc: IpmiServer
    authdata: Any = None
    _console_id: bytes
    _peer: Any = None

    def _begin_login(self, authdata: Any, peer: Any, request: bytes) -> None:
        """Answer an Open Session Request."""
        self.authdata, self._peer = authdata, peer
        self._console_id = request[_ID_AT]
        self.bmc.feed(wrap_setup(PayloadType.OPEN_REQUEST, request), peer)

    def _got_rakp1(self, data: Any) -> None:
        """Answer RAKP 1; data: its bytes."""
        bmc = self.bmc
        before, bmc.authdata = bmc.authdata, self.authdata
        try:
            bmc.feed(wrap_setup(PayloadType.RAKP1, bytes(data)), self._peer)
        finally:
            bmc.authdata = before

    def send_sol(self, payload: bytes) -> None:
        """Send a payload of the serial console."""
        raise NotImplementedError

    def send_payload(self, payload: Any, payload_type: int, retry: bool = True, **_how: Any) -> None:
        """Send a step of a login, or a payload of the serial console, once."""
        if payload_type == PayloadType.SOL:
            self.send_sol(bytes(payload))
            return
        self.bmc.core.send(wrap_setup(payload_type, bytes(payload)), self._peer)
        self.bmc.flush()


class Logins:
    """The logins under way whose sessions are of a program's own class."""

    def __init__(self) -> None:
        self._by_peer: OrderedDict[Any, ServerSession] = OrderedDict()

    def takes(self, datagram: bytes, peer: Any, bmc: IpmiServer, make: Callable[..., ServerSession]) -> bool:
        """Hand a datagram over to the login that it belongs to; False: it is to be taken as usual."""
        kind, payload = unwrap_setup(datagram) or (None, b"")
        if kind == PayloadType.OPEN_REQUEST:
            self._by_peer[peer] = make(bmc.authdata, bmc.kg, peer, bmc.serversocket, payload, bmc.uuid, bmc=bmc)
            self._by_peer.move_to_end(peer)
            if len(self._by_peer) > _MOST_LOGINS:
                self._by_peer.popitem(last=False)
            return True
        login = self._by_peer.get(peer) if kind == PayloadType.RAKP1 else None
        if login is None:
            return False
        login._got_rakp1(bytearray(payload))
        return True

    def take(self, peer: Any) -> ServerSession | None:
        """Return the object of a login that has become a session."""
        return self._by_peer.pop(peer, None)

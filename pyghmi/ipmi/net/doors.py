# SPDX-License-Identifier: Apache-2.0
"""Sockets of a BMC that has several addresses: an answer comes from the address that was asked.

A socket that is bound to all addresses would answer from whichever the system likes best, and consoles that hear only
the address they asked (all with connected sockets, ipmitool and this package among them) would hear nothing.
"""
from __future__ import annotations

from typing import Any, Optional

from pyghmi.ipmi.net import modules

_MOST_ADDRESSES = 256
_SPACE = 64
_IPV4_PKTINFO = 8
"""IP_PKTINFO of Linux, which Python has a name for since 3.14."""
_INTERFACE, _ADDRESS_BYTES = 4, 16
_LINK_LOCAL = (b"\xfe\x80", 0xC0)

Sent = Optional[list[tuple[int, int, bytes]]]
"""What is said to the system beside a datagram: from which address it is to go."""


class Door:
    """A socket, of which each peer knows through which door, and at which address, it came.

    Peers are tuples as of any socket, of a class for each address; `sendto` takes those of other doors as well.
    """

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self._kinds: dict[bytes, Any] = {}
        self._plain = self._made(None)
        self.tells = _told(sock)

    def __repr__(self) -> str:
        return f"<Door {self._socket!r}>"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        """Return a datagram, and who sent it."""
        datagram, told, _flags, peer = self._socket.recvmsg(size, _SPACE if self.tells else 0)
        if not told:
            return datagram, self._plain(peer)
        level, kind, info = told[0]
        known = self._kinds.get(info)
        if known is None:
            known = self._plain
            if len(self._kinds) < _MOST_ADDRESSES:
                known = self._kinds[info] = self._made([(level, kind, _answering(info))])
        return datagram, known(peer)

    def sendto(self, datagram: bytes, peer: Any) -> int:
        """Send a datagram, from where its receiver was heard if it was."""
        door = getattr(peer, "door", self)
        told: Sent = getattr(peer, "told", None)
        if told is None:
            count: int = door._socket.sendto(datagram, peer)
        else:
            count = door._socket.sendmsg((datagram,), told, 0, peer)
        return count

    def _made(self, told: Sent) -> Any:
        """Return a class of peers: their door, and the address in common, take no memory of each."""
        return type("Peer", (tuple,), {"__slots__": (), "door": self, "told": told})


def _told(sock: Any) -> bool:
    """Have a socket that is bound to all addresses tell which of them was asked; False: it is not, or does not."""
    socket = modules.socket
    if any(each not in "0:." for each in sock.getsockname()[0]):
        return False
    try:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_PKTINFO", _IPV4_PKTINFO), 1)
    except (OSError, AttributeError):
        return False  # a system without: the address is its choice
    return True


def _answering(info: bytes) -> bytes:
    """Return what has the system answer from an address, by whichever way; link-local ones by their interface.

    info: struct in_pktinfo or in6_pktinfo, as they came.
    """
    if len(info) < _ADDRESS_BYTES:
        return bytes(_INTERFACE) + info[_INTERFACE:]
    start, mask = _LINK_LOCAL
    if info[0] == start[0] and info[1] & mask == start[1]:
        return info
    return info[:_ADDRESS_BYTES] + bytes(_INTERFACE)

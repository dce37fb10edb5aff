# SPDX-License-Identifier: Apache-2.0
"""Write datagrams into a file that Wireshark opens.  Format: libpcap 2.4, link type 101 (raw IP)."""
from __future__ import annotations

import ipaddress
import time
from typing import IO, Any, Callable

from pyghmi.ipmi.net.sockets import Address

_MAGIC, _RAW_IP = 0xA1B2C3D4, 101
_SNAP = 65535
_UDP = 17
_OUR_PORT = 49623
_IPMI_PORT = 623
_MICROSECONDS = 1_000_000


class PcapWriter:
    """Write datagrams with made-up IP and UDP headers: the real ones are not ours to see.

    file: open for writing bytes.  Call it with (sent, datagram, address); that is an observer of `Link`.  The BMC's
    port is written as 623 whatever it is, for that is where Wireshark looks for IPMI.
    """

    def __init__(self, file: IO[bytes], clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        file.write(_number(_MAGIC, 4) + _number(2, 2) + _number(4, 2) + bytes(8) + _number(_SNAP, 4))
        file.write(_number(_RAW_IP, 4))
        file.flush()

    def __call__(self, sent: bool, datagram: bytes, address: Address) -> None:
        """Write one datagram."""
        packet = _packet(sent, datagram, address)
        seconds, microseconds = divmod(int(self._clock() * _MICROSECONDS), _MICROSECONDS)
        length = _number(len(packet), 4)
        self._file.write(_number(seconds, 4) + _number(microseconds, 4) + length + length + packet)
        self._file.flush()


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def _big(value: int, size: int = 2) -> bytes:
    return value.to_bytes(size, "big")


def _packet(sent: bool, datagram: bytes, address: Address) -> bytes:
    host = ipaddress.ip_address(str(address[0]).partition("%")[0] if address else "0.0.0.0")
    ours = ipaddress.ip_address("127.0.0.1" if host.version == 4 else "::1")
    ends = (ours.packed, host.packed) if sent else (host.packed, ours.packed)
    ports = (_OUR_PORT, _IPMI_PORT) if sent else (_IPMI_PORT, _OUR_PORT)
    udp_head = _big(ports[0]) + _big(ports[1]) + _big(8 + len(datagram))
    pseudo = ends[0] + ends[1] + _big(_UDP) + _big(8 + len(datagram))
    udp = udp_head + _big(_sum(pseudo + udp_head + bytes(2) + datagram) or 0xFFFF) + datagram
    return _ip_head(host.version, ends, len(udp)) + udp


def _ip_head(version: int, ends: tuple[bytes, bytes], length: int) -> bytes:
    if version == 6:
        return b"\x60\0\0\0" + _big(length) + bytes((_UDP, 64)) + ends[0] + ends[1]
    head = b"\x45\0" + _big(20 + length) + bytes(4) + bytes((64, _UDP))
    return head + _big(_sum(head + bytes(2) + ends[0] + ends[1])) + ends[0] + ends[1]


def _sum(data: bytes) -> int:
    """Return the checksum of the internet protocols.  RFC 1071."""
    padded: Any = data + b"\0" if len(data) % 2 else data
    total = sum(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))
    while total > 0xFFFF:
        total = total % 0x10000 + total // 0x10000
    return 0xFFFF - total

# SPDX-License-Identifier: Apache-2.0
"""What a program's own BMC answers without a session, by what the program sets and overrides."""
from __future__ import annotations

from typing import Any, Callable, Protocol

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.sessionless import Reply, Sessionless
from pyghmi.ipmi.spec.codes import INVALID_LENGTH, OK

SYSTEM_GUID, AUTH_CAPABILITIES, CIPHER_SUITES = (0x06, 0x37), (0x06, 0x38), (0x06, 0x54)
MESSAGE_AT = 14
"""Where a message begins in the framing of IPMI 1.5; of RMCP+ two bytes are cut off, so that it does so there too."""
_FRAMING_AT, _RMCPPLUS, _LONGER_BY = 4, 6, 2
_EXTENDED = b"\x8e\x04"


class Program(Protocol):
    """The BMC of a program."""

    def overrides(self, name: str) -> bool: ...

    def guid_reply(self) -> Reply: ...

    def send_auth_cap(
        self, myaddr: int, mylun: int, clientaddr: int, clientlun: int, clientseq: int, sockaddr: Any
    ) -> None: ...

    def send_cipher_suites(
        self, myaddr: int, mylun: int, clientaddr: int, clientlun: int, clientseq: int, data: bytes, sockaddr: Any
    ) -> None: ...


class Questions:
    """Put a program's methods before the table of its BMC.

    asking: the datagram that is being looked at, and who sent it; own_authcap: what the program wants answered.
    """

    def __init__(self, program: Program, sessionless: Sessionless) -> None:
        self.asking: tuple[bytes, Any] = (b"", None)
        self.own_authcap: bytes | None = None
        self._program = program
        self._sessionless = sessionless
        self._by_the_book: Callable[[bytes], Reply] = sessionless.table[AUTH_CAPABILITIES]
        sessionless.table[AUTH_CAPABILITIES] = self._auth_capabilities
        # The GUID of the machine is what the program says; that of the key exchange is another.
        del sessionless.table[SYSTEM_GUID]
        sessionless.outside[SYSTEM_GUID] = self._system_guid
        sessionless.outside[AUTH_CAPABILITIES] = self._auth_capabilities_outside
        sessionless.outside[CIPHER_SUITES] = self._cipher_suites_outside

    @property
    def authcap(self) -> bytes:
        """The answer to Get Channel Authentication Capabilities, with its completion code."""
        if self.own_authcap is not None:
            return self.own_authcap
        code, data = self._by_the_book(_EXTENDED)
        return bytes((code,)) + data

    def _auth_capabilities(self, data: bytes) -> Reply:
        found, own = self._by_the_book(data), self.own_authcap
        return (own[0], own[1:]) if own and found[0] == OK else found

    def _auth_capabilities_outside(self, request: ipmb.Request) -> Reply | None:
        if not self._program.overrides("send_auth_cap"):
            return self._sessionless.reply(request)
        self._program.send_auth_cap(*_addresses(request), self.asking[1])
        return None

    def _cipher_suites_outside(self, request: ipmb.Request) -> Reply | None:
        if not self._program.overrides("send_cipher_suites"):
            return self._sessionless.reply(request)
        datagram, peer = self.asking
        cut = _LONGER_BY if datagram[_FRAMING_AT] == _RMCPPLUS else 0
        self._program.send_cipher_suites(*_addresses(request), datagram[cut:], peer)
        return None

    def _system_guid(self, request: ipmb.Request) -> Reply:
        return (INVALID_LENGTH, b"") if request.data else self._program.guid_reply()


def _addresses(request: ipmb.Request) -> tuple[int, int, int, int, int]:
    """Return myaddr, mylun, clientaddr, clientlun and clientseq, as the methods that answer take them."""
    return request.rs_address, request.rs_lun, request.rq_address, request.rq_lun, request.rq_seq

# SPDX-License-Identifier: Apache-2.0
"""What programs read of a console's session on the BMC's side; what they assign counts from then on."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.private.facts import Fact

if TYPE_CHECKING:
    from pyghmi.ipmi.protocol import ipmb
    from pyghmi.ipmi.protocol.bmcsession import BmcSession


class ServerFacts:
    """The attributes of `ServerSession` that follow from the session, and from the request that is answered."""

    session: BmcSession
    request: ipmb.Request | None
    timeout: float = 0.5
    """There to be read and set: a BMC repeats nothing."""
    _peer: Any
    _console_id: bytes

    @Fact
    def username(self) -> bytes:
        """The name of the user who is logged in."""
        return self.session.user.name

    @Fact
    def sockaddr(self) -> Any:
        """The address of the console."""
        session: BmcSession | None = getattr(self, "session", None)
        return self._peer if session is None else session.peer

    clientaddr = sockaddr

    @Fact
    def clientpriv(self) -> int:
        """The privilege level in force."""
        return int(self.session.privilege)

    @Fact
    def maxpriv(self) -> int:
        """The highest level that the console may raise itself to."""
        return int(self.session.limit)

    @Fact
    def sessionid(self) -> int:
        """The console's id of the session."""
        return self.session.console_id

    @Fact
    def clientsessionid(self) -> bytes:
        """The same as it comes in packets; there is one as soon as a login begins."""
        session: BmcSession | None = getattr(self, "session", None)
        return self._console_id if session is None else session.console_id.to_bytes(4, "little")

    @Fact
    def localsid(self) -> int:
        """The BMC's id of the session."""
        return self.session.id

    @Fact
    def sequencenumber(self) -> int:
        """The session sequence number of the next packet."""
        cipher: Any = self.session.cipher
        return int(cipher._sequence)

    @Fact
    def clientnetfn(self) -> int | None:
        """The network function of the answer; None: there is no request."""
        return None if self.request is None else self.request.netfn | 1

    @Fact
    def clientcommand(self) -> int | None:
        """The command that is answered; None: there is no request."""
        return None if self.request is None else self.request.cmd

# SPDX-License-Identifier: Apache-2.0
"""What programs read of a session."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link


class SessionFacts:
    """The attributes that follow from the link."""

    link: Link
    broken: bool

    @property
    def logged(self) -> int:
        """1 while the session is open, else 0."""
        return int(self.link.is_open and not self.broken)

    @property
    def logging(self) -> bool:
        """Whether a login is under way."""
        return self.link.is_opening

    @property
    def ipmiversion(self) -> float:
        """2.0 or 1.5."""
        agreement = self.link.agreement
        return 2.0 if agreement is None else float(agreement.version)

    @property
    def sessionid(self) -> int:
        """The BMC's id of the session, 0 while there is none."""
        agreement = self.link.agreement
        return 0 if agreement is None else agreement.bmc_session_id

    @property
    def localsid(self) -> int:
        """Our id of the session, 0 while there is none."""
        agreement = self.link.agreement
        return 0 if agreement is None else agreement.console_session_id

    @property
    def sockaddr(self) -> Any:
        """The address of the BMC that answered."""
        return self.link.peer.address

    @property
    def allsockaddrs(self) -> list[Any]:
        """The addresses that are talked to."""
        return [self.link.peer.address] if self.link.peer.address else []

    @property
    def socket(self) -> Any:
        """The UDP socket, None while there is none."""
        port = self.link.peer.socket
        return None if port is None else port.socket

# SPDX-License-Identifier: Apache-2.0
"""What programs read of a session."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, Union, overload

from pyghmi.ipmi.private.emulated import EmulatedSession

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link

T = TypeVar("T")


class Fact(Generic[T]):
    """An attribute that follows from the link, until a program assigns something: then it is that."""

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, session: None, owner: type) -> Fact[T]: ...

    @overload
    def __get__(self, session: object, owner: type) -> T: ...

    def __get__(self, session: object, owner: type) -> Union[Fact[T], T]:
        return self if session is None else self._find(session)


class SessionFacts(EmulatedSession):
    """The attributes that follow from the link; what a program assigns holds until the next login."""

    link: Link
    broken: bool
    _privilege_asked: int | None = None

    timeout: float = 0.5
    maxtimeout: float = 2
    logontries: int = 1
    """These three are there to be read and set; how long and how often is asked follows from what the BMC does."""

    def _begin_facts(self) -> None:
        """Begin the attributes that are there for programs alone."""
        self.sol_handler: Callable[[Any], object] | None = None
        self.servermode = False
        self.sessioncontext: Any = None
        self.lastresponse: dict[str, Any] | None = None
        self.evq: list[Any] = []
        self.pktqueue: list[Any] = []
        self.pendingpayloads: list[Any] = []
        self.logonwaiters: list[Any] = []

    def _follow_again(self) -> None:
        """Forget what a program assigned."""
        for name in [name for name in self.__dict__ if isinstance(getattr(type(self), name, None), Fact)]:
            del self.__dict__[name]

    @Fact
    def logged(self) -> int:
        """1 while the session is open, else 0."""
        return int(self.link.is_open and not self.broken)

    @Fact
    def logging(self) -> bool:
        """Whether a login is under way."""
        return self.link.is_opening

    @Fact
    def privlevel(self) -> int:
        """The privilege level in force; before the login the one that is asked for, 4 where it may be any."""
        agreement = self.link.agreement
        return self._privilege_asked or 4 if agreement is None else int(agreement.privilege)

    @Fact
    def ipmiversion(self) -> float:
        """2.0 or 1.5."""
        agreement = self.link.agreement
        return 2.0 if agreement is None else float(agreement.version)

    @Fact
    def sessionid(self) -> int:
        """The BMC's id of the session, 0 while there is none."""
        agreement = self.link.agreement
        return 0 if agreement is None else agreement.bmc_session_id

    @Fact
    def localsid(self) -> int:
        """Our id of the session, 0 while there is none."""
        agreement = self.link.agreement
        return 0 if agreement is None else agreement.console_session_id

    @Fact
    def sequencenumber(self) -> int:
        """The session sequence number of the next packet, 0 while there is no session."""
        channel: Any = self.link.peer.machine.requests.channel
        if channel is None:
            return 0
        sealing = channel.session if channel.version == "1.5" else channel.cipher
        return int(sealing._sequence)

    @Fact
    def sockaddr(self) -> Any:
        """The address of the BMC that answered."""
        return self.link.peer.address

    @Fact
    def allsockaddrs(self) -> list[Any]:
        """The addresses that are talked to."""
        return [self.link.peer.address] if self.link.peer.address else []

    @Fact
    def socket(self) -> Any:
        """The UDP socket, None while there is none."""
        port = self.link.peer.socket
        return None if port is None else port.socket

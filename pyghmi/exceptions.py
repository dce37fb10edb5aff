# SPDX-License-Identifier: Apache-2.0
"""Every error that a caller of this package may want to catch.

Two questions order the tree: whose fault is it, and what would the caller do
about it?  The names up to `FallbackData` are the long-standing ones; the
others say more and are caught by the old ones.
"""
from __future__ import annotations

from socket import gaierror
from typing import Any


class PyghmiException(Exception):
    """The root of nearly all errors here."""


class Message(str):
    """A whole message, which also equals its bare sentence: programs compare with both."""

    __slots__ = ("bare",)
    bare: str

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True or (isinstance(other, str) and str.__eq__(self.bare, other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class IpmiException(PyghmiException):
    """The BMC, or the way to it, failed.  `ipmicode`: completion code, 0 when there is none."""

    def __init__(self, text: str = "", code: int = 0) -> None:
        super().__init__(text)
        self.ipmicode = code


class BmcErrorException(IpmiException):
    """The BMC broke the protocol."""


class RedfishError(PyghmiException):
    """A Redfish service reported an error."""

    def __init__(self, text: str = "", msgid: str | None = None) -> None:
        super().__init__(text)
        self.msgid = msgid


class InvalidParameterValue(PyghmiException):
    """The caller passed something that no BMC could take."""


class UnknownName(InvalidParameterValue, KeyError):
    """A word that is none of the possible ones.  Programs have always caught KeyError for that."""

    __str__ = Exception.__str__


class UnsupportedFunctionality(PyghmiException):
    """This BMC, or this package for it, has no such feature."""


class NotFound(PyghmiException):
    """The BMC has nothing of this name or number."""


class BypassGenericBehavior(PyghmiException):
    """A vendor's handler has done the whole work: the standard path is to be left out."""


class FallbackData(PyghmiException):
    """A vendor's handler has less than was asked for; `fallbackdata` is what it has."""

    def __init__(self, fallbackdata: object) -> None:
        super().__init__(fallbackdata)
        self.fallbackdata = fallbackdata


class TemporaryError(Exception):
    """Try again later."""


class UnrecognizedCertificate(Exception):
    """A TLS certificate was not accepted; `certdata` holds it (DER)."""

    def __init__(self, text: str = "", certdata: bytes | None = None) -> None:
        super().__init__(text)
        self.certdata = certdata


class Malformed(BmcErrorException):
    """Bytes that do not decode as what they should be.  `data`: those bytes, `what`: the name of the message."""

    def __init__(self, what: str, data: bytes, problem: str) -> None:
        shown = data[:64].hex(" ") + (" …" if len(data) > 64 else "")
        super().__init__(f"{what}: {problem} (bytes: {shown or 'none'})")
        self.what = what
        self.data = bytes(data)
        self.problem = problem

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.what, self.data, self.problem), self.__dict__


class CompletionCodeError(IpmiException):
    """The BMC answered a command with a completion code other than 00h.

    netfn, command: those of the request, stage: the name of the command, host, port: where, where somebody said that;
    `retryable`: the same request may succeed later.  `text` is the meaning of the code; `str()` begins with it and adds
    the rest, and equals (`==`) either.
    """

    def __init__(self, meaning: str, netfn: int, command: int, code: int, *, retryable: bool = False) -> None:
        super().__init__(meaning, code)
        self.text = meaning
        self.netfn = netfn
        self.command = command
        self.code = code
        self.retryable = retryable
        self.stage = ""
        self.host: str | None = None
        self.port: int | None = None

    def __str__(self) -> str:
        facts = [] if self.host is None else [_place(self.host, self.port)]
        if self.stage:
            facts.append(self.stage)
        if not facts:
            return self.text
        message = Message(f"{self.text} ({', '.join(facts)}, completion code {self.code:02X}h)")
        message.bare = self.text
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.text, self.netfn, self.command, self.code), self.__dict__


class InventoryNotWritten(IpmiException):
    """A FRU could not be written, or does not hold what was written.

    old: the whole content from before; restored: the FRU holds that again; code: the completion code, 0: there is none.
    """

    def __init__(self, text: str, old: bytes, *, code: int = 0, restored: bool = False) -> None:
        super().__init__(text, code)
        self.text = text
        self.old = old
        self.code = code
        self.restored = restored

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.text, self.old), self.__dict__


class BmcStarting(CompletionCodeError):
    """The BMC, or the part of it that was asked, is being initialized or updated (D2h): it may take a minute."""


class ParameterNotWritable(CompletionCodeError, UnsupportedFunctionality):
    """A parameter of the BMC that is read only, or that it has not (82h; some say 80h or D5h)."""


class ParameterAbsent(IpmiException, UnsupportedFunctionality):
    """The BMC has no such parameter.  `ipmicode`: 80h, for that is what it means."""

    def __init__(self, text: str, code: int = 0x80) -> None:
        super().__init__(text, code)


def _place(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"BMC {shown}" if port is None else f"BMC {shown}:{port}"


class SessionError(IpmiException):
    """No session with the BMC, or no answer inside it.

    host, port: where; stage: what was being done ("Open Session", "RAKP 1", "Get Device ID", ...);
    tries: how often it was sent; elapsed: seconds since the call began; hint: what to look at.
    `text` is the bare sentence; `str()` begins with it and adds the rest, and equals (`==`) either.
    """

    retryable = False

    def __init__(
        self,
        text: str,
        *,
        host: str | None = None,
        port: int | None = None,
        stage: str = "",
        tries: int = 0,
        elapsed: float | None = None,
        hint: str = "",
        code: int = 0,
    ) -> None:
        super().__init__(text, code)
        self.text = text
        self.host = host
        self.port = port
        self.stage = stage
        self.tries = tries
        self.elapsed = elapsed
        self.hint = hint

    def __str__(self) -> str:
        facts = []
        if self.host is not None:
            facts.append(_place(self.host, self.port))
        if self.stage:
            facts.append(f"at {self.stage}")
        if self.tries:
            facts.append("1 try" if self.tries == 1 else f"{self.tries} tries")
        if self.elapsed is not None:
            facts.append(f"{self.elapsed:.1f} s")
        shown = self.text
        if facts:
            shown += f" ({', '.join(facts)})"
        if self.hint:
            shown += f"; {self.hint}"
        message = Message(shown)
        message.bare = self.text
        return message


class NameResolutionError(SessionError, gaierror):
    """The host name has no address."""


class Unreachable(SessionError):
    """The network or the host refused: no route, or nothing listens on the port."""

    retryable = True


class TimedOut(SessionError):
    """The deadline passed without an answer.  `maybe_done`: the command may have been executed."""

    retryable = True
    maybe_done = False


class SessionLost(SessionError):
    """An open session ended (BMC restart, idle close, taken over, logged out) and was not opened again."""

    retryable = True


class ConsoleError(SessionError):
    """The serial console cannot be had, or has ended."""


class ConsoleRefused(ConsoleError):
    """The BMC gives no serial console: it is disabled, for all or for this user, or not with this protection."""


class ConsoleHeld(ConsoleError):
    """Another session has the serial console."""

    retryable = True


class ConsoleTakenOver(ConsoleError):
    """Another session took the serial console away from this one."""


class ConsoleDeactivated(ConsoleError):
    """The BMC, or somebody through another session, ended the serial console."""

    retryable = True


class NoFreeSession(SessionError):
    """All session slots of the BMC are taken."""

    retryable = True


class CipherSuiteRefused(SessionError):
    """BMC and caller have no acceptable cipher suite (or IPMI 1.5 authentication type) in common."""


class AuthenticationFailed(SessionError):
    """The BMC did not accept who we are."""


class UserRejected(AuthenticationFailed):
    """The user is unknown, disabled or locked."""


class WrongPassword(AuthenticationFailed):
    """The password is not the one that the BMC has for this user."""


class WrongKg(AuthenticationFailed):
    """The password is right, the BMC key (Kg) is not."""


class PrivilegeRefused(AuthenticationFailed):
    """The user, or the channel, does not reach the privilege level that was asked for."""


class SilentlyRejected(TimedOut, AuthenticationFailed):
    """The BMC answers all but the user name, or the proof of the password: it seems to reject them without a word.

    To try again at once may lock the account.
    """

    retryable = False


class UnreadableAnswer(SessionError, BmcErrorException):
    """What the BMC answers during the login cannot be read."""


class CapabilitiesRefused(SessionError, BmcErrorException):
    """The BMC refuses to say how it can be logged in to."""

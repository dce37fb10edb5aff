# SPDX-License-Identifier: Apache-2.0
"""`Console`: the serial console of a machine through its BMC (serial over LAN)."""
from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Union

from pyghmi.exceptions import (
    AuthenticationFailed,
    ConsoleError,
    ConsoleRefused,
    ConsoleTakenOver,
    InvalidParameterValue,
    PyghmiException,
    SessionError,
    SessionLost,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.private import session, sharing
from pyghmi.ipmi.private.callbacks import tell
from pyghmi.ipmi.private.serial import SerialEnd
from pyghmi.ipmi.private.serverconsole import ServerConsole
from pyghmi.ipmi.private.session import Session, shared
from pyghmi.ipmi.private.solsession import SolSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyghmi.ipmi.domains.payloads import Activated
    from pyghmi.ipmi.protocol.solevents import SolEvent

__all__ = ["Console", "ServerConsole", "Session", "session"]

News = Union[bytes, dict[str, Any]]
"""Console output, {'info': text} or {'error': text, 'exception': PyghmiException}."""

_POWERED_DOWN = "Remote system is powered down"
_DRAIN_S = 2.0
_LONGEST_PAUSE_S = 30.0
_FINAL = (AuthenticationFailed, ConsoleRefused, UnsupportedFunctionality, InvalidParameterValue)
"""What trying again does not mend."""


class Console(SerialEnd):
    """The serial console of the machine whose BMC is `bmc`.

    iohandler: called with bytes of output, {'info': text} or {'error': text, 'exception': error}; after an error there
    is nothing more.  None: the output is read by iterating, or with `read`.  force: take the console over from another
    session that has it.

    Keywords of ours.  resume: when the session or the console is lost, open it again, with a line in the output that
    says so (True: for as long as it takes, a number: for so many seconds; never when somebody took it over);
    require_encryption: have no console rather than one less protected than the session; mute_after_s: connect anew
    when typing is acknowledged and nothing comes for so long (some BMCs lose the line when the machine is reset).  All
    else goes to `Session`.

    Returns at once: the login goes on while the program runs the event loop, and what goes wrong comes to `iohandler`.
    Raises gaierror for a host without an address.  IPMI 2.0 §15, §24.
    """

    def __init__(
        self,
        bmc: str,
        userid: str | bytes,
        password: str | bytes,
        iohandler: Callable[[News], object] | None = None,
        port: int = 623,
        force: bool = False,
        kg: str | bytes | None = None,
        *,
        resume: Union[bool, float] = False,
        require_encryption: bool = False,
        mute_after_s: float | None = None,
        **options: Any,
    ) -> None:
        self._begin(shared())
        self.bmc = bmc
        self.port = port
        self.out_handler = iohandler
        self.force_session = force
        self.keepaliveid: int | None = None
        self.error: PyghmiException | None = None
        self._resume_s = float("inf") if resume is True else float(resume)
        self._chunks: deque[bytes] = deque()
        self._lost_at: float | None = None
        self._pause_s = 0.0
        self._dropped = 0
        self._closed = False
        self._sol: SolSession | None = None
        self._require_encryption = require_encryption
        self._mute_after_s = mute_after_s
        self._early: dict[str, Any] | None = None
        self.ipmi_session: Session | None = None
        session = Session(bmc, userid, password, port=port, kg=kg, onlogon=self._got_session, **options)
        with self._reactor.lock:
            self.ipmi_session, early = session, self._early
        if early is not None:
            self._got_session(early)
        shared().run_once(0.0)

    def __repr__(self) -> str:
        state = "connected" if self.connected else "broken" if self.broken else "not connected"
        return f"<Console of {self.bmc}:{self.port}, {state}>"

    # --- how it begins

    def _got_session(self, response: dict[str, Any]) -> None:
        with self._reactor.lock:
            session = self.ipmi_session
            if session is None:  # another thread turns the wheel, and the constructor has not returned
                self._early = response
        if self.broken or session is None:
            return
        if "error" in response:
            self._end(response.get("exception") or SessionError(str(response["error"])))
            return
        self._sol = SolSession(
            session,
            self,
            force=self.force_session,
            require_encryption=self._require_encryption,
            mute_after_s=self._mute_after_s,
        )
        self._sol.activate()

    def activation_ended(self, activated: Activated | None, error: PyghmiException | None) -> None:
        """The BMC has connected the serial line, or refused to."""
        sol = self._sol
        if self.broken or sol is None:
            return
        if activated is None:
            self._lost(error or ConsoleError("SOL could not be activated"))
            return
        with self._reactor.lock:  # another thread may close it just now
            session = self.ipmi_session
            if session is None:
                return
            self.maxoutcount = activated.inbound
            if self.keepaliveid is None:
                self.keepaliveid = session.register_keepalive(sol.check, None)
            self._connect(sol.port)
        if activated.weaker:
            self._tell({"info": f"The console goes {activated.weaker}: this BMC refuses it with"})
        if self._lost_at is not None:
            self._mark_resumed(self._lost_at)

    def _mark_resumed(self, since: float) -> None:
        session = self.ipmi_session
        now = since if session is None else session.link.now()
        typed = f", {self._dropped} typed characters were not sent" if self._dropped else ""
        text = f"console resumed after {now - since:.0f} s: output in between is missing{typed}"
        self._lost_at, self._pause_s, self._dropped = None, 0.0, 0
        self._tell({"info": text})
        self._tell(f"\r\n[{text}]\r\n".encode())

    # --- what happens

    def sol_event(self, event: SolEvent) -> None:
        """Take an event of the serial line."""
        from pyghmi.ipmi.protocol import solevents

        sol = self._sol
        if self.broken or sol is None:
            return
        if isinstance(event, solevents.Received):
            self._tell(event.data)
        elif isinstance(event, solevents.Availability):
            if not event.available:
                self._tell({"info": _POWERED_DOWN})
        elif isinstance(event, (solevents.Deactivated, solevents.Silent)):
            sol.examine(deactivated=isinstance(event, solevents.Deactivated))
        else:
            text = _INFO.get(type(event).__name__)
            if text is not None:
                self._tell({"info": text})

    def ended_by(self, error: SessionError) -> None:
        """The session, or the serial line, is lost."""
        if not self.broken:
            self._lost(error)

    def _lost(self, error: PyghmiException) -> None:
        """Connect again, if that is wanted and of use; else end."""
        session = self.ipmi_session
        with self._reactor.lock:
            self.connected = self.activated = False
        sol = self._sol
        if session is None or sol is None:
            return
        now = session.link.now()
        began = self._lost_at
        if began is None:
            if not self._resume_s or self._port is None or isinstance(error, (ConsoleTakenOver, *_FINAL)):
                self._end(error)
                return
            self._lost_at = began = now
            self._dropped = sol.port.pending
            self._tell({"info": f"console lost: {error}"})
        if self.broken:
            return  # whoever was told has closed it
        if now - began >= self._resume_s or isinstance(error, _FINAL):
            self._end(error)
            return
        pause, self._pause_s = self._pause_s, min(self._pause_s * 2 or 1.0, _LONGEST_PAUSE_S)
        sol.activate_again(pause)

    def _tell(self, news: News) -> None:
        if self.broken and self.error is None:
            return  # whoever was told something has closed it
        if self.out_handler is not None:
            tell(self.out_handler, news)
        elif isinstance(news, bytes):
            self._chunks.append(news)

    def _end(self, error: PyghmiException) -> None:
        """It is over, and why."""
        self.broken = True
        self.error = error
        self._let_go()
        self._tell({"error": getattr(error, "text", str(error)), "exception": error})

    def _let_go(self) -> None:
        """Take everything back that was hung on the session."""
        with self._reactor.lock:
            session, self.ipmi_session = self.ipmi_session, None
            self._waiting.clear()
            self.connected = self.activated = False
            if session is not None and self.keepaliveid is not None:
                session.unregister_keepalive(self.keepaliveid)
            self.keepaliveid = None
        if self._sol is not None:
            self._sol.let_go()
        if session is not None:
            sharing.leave(session)

    # --- for programs

    def send_payload(
        self, payload: bytes, payload_type: int = 1, retry: bool = True, needskeepalive: bool = False
    ) -> None:
        """Send a payload as it is.  Raises SessionLost when there is no session."""
        session = self.ipmi_session
        if session is None or not session.link.is_open:
            error = SessionLost("Session no longer connected", host=self.bmc, port=self.port)
            if not self.broken:
                self._end(error)
            raise error
        session.send_payload(payload, payload_type, retry=retry, needskeepalive=needskeepalive)

    def close(self) -> None:
        """Give the console back: what was written is sent, for two seconds at most, then the payload is deactivated.

        The session ends with it, unless the program uses it for something else.
        """
        if self._closed:
            return
        self._closed = True
        sol = self._sol
        if sol is not None and self.activated:
            sol.drain(_DRAIN_S)
            if self.activated:
                sol.deactivate()
        self.broken = True
        self._let_go()

    def __enter__(self) -> Console:
        """Wait until the console is connected.  Raises SessionError and ConsoleError by reason."""
        try:
            while not (self.connected or self.broken):
                shared().run_once(1.0)
        finally:
            if not self.connected:
                self.close()
        if self.error is not None:
            raise self.error
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield output as it comes, until `close`.  Raises why the console has ended, if it did by itself."""
        while True:
            chunk = self.read()
            if not chunk:
                return
            yield chunk

    def read(self, timeout: float | None = None) -> bytes:
        """Return the output that has come; where there is none, wait for some, at most `timeout` seconds.

        b'': none came in time, or the console was closed.  For consoles without `iohandler`.
        Raises why the console has ended, if it did by itself.
        """
        session = self.ipmi_session
        until = None if timeout is None or session is None else session.link.now() + timeout
        while not self._chunks:
            if self.broken:
                if self.error is not None:
                    raise self.error
                return b""
            left = 1.0 if until is None or session is None else min(until - session.link.now(), 1.0)
            if left <= 0:
                return b""
            shared().run_once(left)
        found = b"".join(self._chunks)
        self._chunks.clear()
        return found


_INFO = {
    "BreakReceived": "The machine sent a break",
    "Overrun": "The BMC lost characters: the machine sent faster than they could be passed on",
}
"""Event -> what is told of it."""


# SPDX-License-Identifier: Apache-2.0
"""`Session`: a login that objects with the same credentials share, and the event loop of the process."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, ClassVar

from pyghmi.exceptions import SessionError, SessionLost
from pyghmi.ipmi.facade.api import target_of
from pyghmi.ipmi.facade.credentials import as_bytes, kg_as_bytes
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.private import keepalive as _keepalive
from pyghmi.ipmi.private import registry
from pyghmi.ipmi.private.facts import SessionFacts
from pyghmi.ipmi.private.process import (
    PlainLock,
    SessionThread,
    _checksum,
    _io_sendto,
    _monotonic_time,
    shared,
)
from pyghmi.ipmi.private.responses import Response, failure, response_of, sharing_key
from pyghmi.ipmi.spec.codes import meaning

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link
    from pyghmi.ipmi.net.reactor import Reactor
    from pyghmi.ipmi.protocol.inflight import Ticket
    from pyghmi.ipmi.protocol.login import Login

# The machinery below is loaded when the first session is made: many programs import this and make none.

_LOST = "Session no longer connected"
_LOGIN_OPTIONS = ("suites", "minimum_suite", "version", "auth_types", "name_only")

# What follows are names that programs set, clear and replace.  The first three are looked up here at every use.
socket: ModuleType = modules.socket
select: ModuleType = modules.select
threading: ModuleType = modules.threading
initialtimeout = 0.5
MAX_BMCS_PER_SOCKET = 128
MAX_IDLE = 29
WAITING_SESSIONS = PlainLock()
KEEPALIVE_SESSIONS = PlainLock()
iothread: SessionThread | None = None
iothreadready = False
iothreadwaiters: list[Any] = []
iosockets: list[Any] = []
ioqueue: list[Any] = []
sessionqueue: list[Any] = []
ipv6support: bool | None = None
selectdeadline = 0.0
running = True
myself: Any = None

__all__ = ["Session", "_checksum", "_io_sendto", "_monotonic_time", "shared"]


class Session(SessionFacts):
    """A session with a BMC.

    bmc: name or address; userid, password, kg: str or bytes; onlogon: called with {'success': True} or {'error': text,
    'detail': ..., 'exception': ...}, its presence makes the login asynchronous; privlevel: 1 to 5, None: the highest
    that the account has; keepalive: False: close when idle.  Keywords of ours: deadline (seconds for each call),
    suites, minimum_suite, version, auth_types, name_only, reopen, min_interval_s, observer: see `Login` and `Link`.

    Objects with equal bmc, port and credentials share one session while it lives.
    Raises IpmiException and its kin when a synchronous login fails.
    """

    bmc_handlers: ClassVar[dict[Any, Any]] = {}
    waiting_sessions: ClassVar[dict[Any, Any]] = {}
    initting_sessions: ClassVar[dict[Any, Any]] = {}
    keepalive_sessions: ClassVar[dict[Any, Any]] = {}
    peeraddr_to_nodes: ClassVar[dict[Any, Any]] = {}
    iterwaiters: ClassVar[list[Any]] = []
    socketpool: ClassVar[dict[Any, int]] = {}
    socketchecking: ClassVar[Any] = None

    _living: ClassVar[dict[Any, Session]] = {}
    _key: tuple[Any, ...]

    def __new__(
        cls,
        bmc: str = "",
        userid: str | bytes = b"",
        password: str | bytes = b"",
        port: int = 623,
        kg: str | bytes | None = None,
        onlogon: Callable[[Response], object] | None = None,
        privlevel: int | None = None,
        keepalive: bool = True,
        **options: Any,
    ) -> Session:
        key = sharing_key(cls, bmc, userid, password, port, kg, privlevel, options)
        found = Session._living.get(key)
        if found is not None and found._is_shareable():
            return found
        self = super().__new__(cls)
        self._key = key
        return self

    def __init__(
        self,
        bmc: str,
        userid: str | bytes,
        password: str | bytes,
        port: int = 623,
        kg: str | bytes | None = None,
        onlogon: Callable[[Response], object] | None = None,
        privlevel: int | None = None,
        keepalive: bool = True,
        **options: Any,
    ) -> None:
        if not hasattr(self, "initialized"):
            self._set_up(bmc, userid, password, port, kg, privlevel, keepalive, options)
        if onlogon is None:
            self._log_in()
        else:
            self._log_in_soon(onlogon)

    def _set_up(
        self,
        bmc: str,
        userid: str | bytes,
        password: str | bytes,
        port: int,
        kg: str | bytes | None,
        privlevel: int | None,
        keepalive: bool,
        options: Mapping[str, Any],
    ) -> None:
        self.bmc = bmc
        self.userid = as_bytes(userid, "userid")
        self.password = as_bytes(password, "password")
        self.port = port
        self.kgo = kg
        self.kg = kg_as_bytes(kg) or self.password
        self.privlevel = 4 if privlevel is None else privlevel
        self.autopriv = privlevel is None
        self.autokeepalive = keepalive
        self.errormsg: str | None = None
        self.broken = False
        self.sol_handler: Callable[[Any], object] | None = None
        self.servermode = False
        self.sessioncontext: Any = None
        self.lastresponse: Response | None = None
        self.evq: list[Any] = []
        self.pktqueue: list[Any] = []
        self.pendingpayloads: list[Any] = []
        self.logonwaiters: list[Any] = []
        self._keepalives: dict[int, tuple[Any, Any]] = {}
        from pyghmi.ipmi.protocol.login import Login

        login = Login(
            self.userid,
            self.password,
            kg=kg_as_bytes(kg),
            privilege=privlevel,
            **{name: options[name] for name in _LOGIN_OPTIONS if name in options},
        )
        self.link = self._make_link(login, keepalive, options)
        self.initialized = True

    def _make_link(self, login: Login, keepalive: bool, options: Mapping[str, Any]) -> Link:
        from pyghmi.ipmi.net.link import Link

        return Link(
            self.bmc,
            login,
            self.port,
            reactor=self._reactor(),
            deadline_s=options.get("deadline"),
            keepalive=keepalive,
            reopen=options.get("reopen", True),
            min_interval_s=options.get("min_interval_s", 0.0),
            observer=options.get("observer"),
        )

    def _reactor(self) -> Reactor:
        return shared()

    def __repr__(self) -> str:
        return f"<Session with {self.bmc}:{self.port} as {self.userid!r}, {self.link.state.value}>"

    # --- logging in

    def login(self) -> None:
        """Log in, again if need be, and wait for it."""
        self.broken = False
        self._log_in()

    def _log_in(self) -> None:
        if self.link.is_open:
            return
        self._register()
        try:
            self.link.open()
        except SessionError as error:
            self._break(error.text)
            raise
        self._registered_open()

    def _log_in_soon(self, onlogon: Callable[[Response], object]) -> None:
        def ended(error: SessionError | None) -> None:
            if error is None:
                self._registered_open()
                onlogon({"success": True})
            else:
                self._break(error.text)
                onlogon(failure(error))

        self._register()
        try:
            self.link.open_soon(ended)
        except SessionError as error:
            self._break(error.text)
            raise

    def _register(self) -> None:
        _process_begins()
        Session._living[self._key] = self
        registry.begin(self, Session)

    def _registered_open(self) -> None:
        self.broken = False
        self.errormsg = None
        registry.opened(self, Session)
        self._let_keepalives_run()

    def _unregister(self) -> None:
        if Session._living.get(self._key) is self:
            del Session._living[self._key]
        registry.remove(self, Session)

    def _is_shareable(self) -> bool:
        """Whether another object may join: alive, and not taken out of the tables by the program."""
        if not hasattr(self, "initialized") or self.broken:
            return False
        return registry.is_listed(self, Session)

    def _break(self, error: str | None) -> None:
        self.broken = True
        self.errormsg = error
        self._unregister()

    def _mark_broken(self, error: str | None = None) -> None:
        """Kill the session: whoever waits for it is told."""
        self._break(error)
        self.link.close_soon()

    # --- commands

    def raw_command(
        self,
        netfn: int,
        command: int,
        bridge_request: Mapping[str, int] | None = None,
        data: Iterable[int] = (),
        retry: bool = True,
        delay_xmit: float | None = None,
        timeout: float | None = None,
        callback: Callable[[Response], object] | None = None,
        rslun: int = 0,
        deadline: float | None = None,
    ) -> Response | None:
        """Send a command; returns {'netfn', 'command', 'code', 'data': bytearray}, with 'error' if the code is not 0.

        delay_xmit: seconds to wait before; timeout: seconds before the first repetition; retry=False: send once and
        return None without waiting; callback: called with the answer later, returns None now; deadline: seconds for
        all of it.  Raises IpmiException ("Session no longer connected", "timeout") when there is no answer.
        """
        if self.broken:
            raise SessionLost(_LOST, host=self.bmc, port=self.port, hint=self.errormsg or "")
        link = self.link
        if delay_xmit:
            link.wait(delay_xmit)
        target = target_of(bridge_request) if bridge_request else None
        payload = bytes(data) if data else b""
        if callback is None and retry:
            code, answer = link.exchange(
                netfn, command, payload, target=target, lun=rslun, deadline_s=deadline, first_wait=timeout
            )
            response: Response = {"netfn": netfn + 1, "command": command, "code": code, "data": bytearray(answer)}
            if code:
                response["error"] = meaning(netfn, command, code)
            return response
        link.submit(
            netfn,
            command,
            payload,
            target=target,
            lun=rslun,
            deadline_s=deadline,
            first_wait=timeout,
            repeatable=None if retry else False,
            on_done=None if callback is None else self._told(callback),
        )
        return None

    def _told(self, callback: Callable[[Response], object]) -> Callable[[Ticket], None]:
        """Return what tells `callback` of the fate of a request, outside of the reactor's lock."""

        def done(ticket: Ticket) -> None:
            self._reactor().call_soon(lambda: callback(response_of(ticket)))

        return done

    # --- keeping alive

    def register_keepalive(self, cmd: Any, callback: Callable[[Any], object] | None) -> int:
        """Keep the session alive with this instead; returns an id for `unregister_keepalive`.

        cmd: the keywords of `raw_command`, or something to call without arguments; callback: called with each answer.
        """
        regid = _keepalive.next_id()
        self._keepalives[regid] = (cmd, callback)
        self._let_keepalives_run()
        return regid

    def unregister_keepalive(self, regid: Any) -> None:
        """Stop that."""
        self._keepalives.pop(regid, None)
        self._let_keepalives_run()

    def _let_keepalives_run(self) -> None:
        self.link.peer.keepalive.on_idle = _keepalive.runner(self) if self._keepalives else None

    # --- ends

    def logout(self, sessionok: bool = True) -> Response:
        """Close the session.  Returns {'success': True}, however often it is called."""
        for _cmd, callback in list(self._keepalives.values()):
            if callback is not None:
                callback({"error": "Session Disconnected"})
        self._keepalives.clear()
        self._break(self.errormsg)
        if sessionok:
            self.link.close()
        else:
            self.link.close_soon()
        return {"success": True}

    @classmethod
    def _cleanup(cls) -> None:
        """Log out of everything."""
        for session in list(Session._living.values()):
            session.logout()

    # --- the loop

    @classmethod
    def wait_for_rsp(cls, timeout: float | None = None, callout: bool = True) -> int:
        """Let sessions and servers do what is due, and wait for one event, at most `timeout` seconds.

        None: until the next thing is due; at once where there is none.  Returns the number of sessions that wait.
        """
        return shared().run_once(timeout)

    @classmethod
    def pause(cls, timeout: float) -> None:
        """Run the loop for that many seconds."""
        reactor = shared()
        reactor.run_until(None, reactor.clock() + timeout)

    @classmethod
    def run_for_ever(cls) -> None:
        """Run the loop."""
        shared().run_until(None)

    def process_pktqueue(self) -> None:
        """Do nothing: datagrams are handled as they come."""


def _process_begins() -> None:
    """Stand for the thread that programs look for when they end: to join it is to log out of everything."""
    global iothread, iothreadready
    if iothread is None:
        iothread = SessionThread(Session._cleanup)
        iothreadready = True


class _Door(ModuleType):
    """Puts modules that a program replaces here (eventlet's green ones) to use below."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in ("socket", "select", "threading"):
            modules.replace(name, value)


sys.modules[__name__].__class__ = _Door

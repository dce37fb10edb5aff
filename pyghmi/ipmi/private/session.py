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
from pyghmi.ipmi.private import callbacks, registry, sharing
from pyghmi.ipmi.private.facts import SessionFacts
from pyghmi.ipmi.private.keepalive import KeepAlives
from pyghmi.ipmi.private.options import deadline_of, port_number
from pyghmi.ipmi.private.payloads import Payloads
from pyghmi.ipmi.private.process import (
    Loop,
    PlainLock,
    SessionThread,
    _aespad,
    _checksum,
    _io_graball,
    _io_recvfrom,
    _io_sendto,
    _io_wait,
    _monotonic_time,
    dictitems,
    shared,
    unmatched,
)
from pyghmi.ipmi.private.responses import Response, failure, meaning_of, response_of, sharing_key

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link
    from pyghmi.ipmi.net.reactor import Reactor
    from pyghmi.ipmi.protocol.inflight import Ticket

# The machinery below is loaded when the first session is made: many programs import this and make none.

_LOST = "Session no longer connected"
_LOGIN_OPTIONS = ("suites", "minimum_suite", "version", "auth_types", "name_only")

# What follows are names that programs set, clear and replace.  The first three are looked up here at every use.
socket: ModuleType = modules.socket
select: ModuleType = modules.select
threading: ModuleType = modules.threading
initialtimeout = 0.5
MAX_BMCS_PER_SOCKET = 64
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

__all__ = [
    "Session",
    "_aespad",
    "_checksum",
    "_io_graball",
    "_io_recvfrom",
    "_io_sendto",
    "_io_wait",
    "_monotonic_time",
    "_poller",
    "define_worker",
    "dictitems",
    "shared",
    "unmatched",
]


class Session(SessionFacts, KeepAlives, Payloads, Loop):
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
    _being_made = False
    _users = 0
    _key: tuple[Any, ...]

    def __new__(
        cls,
        bmc: str,
        userid: str | bytes,
        password: str | bytes,
        port: int = 623,
        kg: str | bytes | None = None,
        onlogon: Callable[[Response], object] | None = None,
        privlevel: int | None = None,
        keepalive: bool = True,
        **options: Any,
    ) -> Session:
        key = sharing_key(cls, bmc, userid, password, port, kg, privlevel, options)
        with sharing.lock:
            found = Session._living.get(key)
            if found is not None and found._is_shareable():
                return found
            self = super().__new__(cls)
            self._key = key
            self._being_made = True
            Session._living[key] = self
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
        with sharing.lock:
            self._users += 1
            if self._being_made:
                Session._living.pop(self._key, None)  # for good, should the arguments be refused
                self._set_up(bmc, userid, password, port, kg, privlevel, keepalive, options)
                Session._living[self._key] = self
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
        self.userid, self.password = as_bytes(userid, "userid"), as_bytes(password, "password")
        self.port = port_number(port)
        self.kgo = kg
        self.kg = kg_as_bytes(kg) or self.password
        self._privilege_asked = privlevel
        self.autopriv = privlevel is None
        self.autokeepalive = keepalive
        self.errormsg: str | None = None
        self.broken = False
        self._forget_closing: Callable[[], object] = int  # nothing to forget
        self._begin_facts()
        self._keepalives: dict[int, tuple[Any, Any]] = {}
        self._options = options
        self.link = self._make_link()
        self.initialized = True
        self._being_made = False

    def _make_link(self) -> Link:
        from pyghmi.ipmi.net.link import Link
        from pyghmi.ipmi.protocol.login import Login

        options = self._options
        login = Login(
            self.userid,
            self.password,
            kg=kg_as_bytes(self.kgo),
            privilege=self._privilege_asked,
            **{name: options[name] for name in _LOGIN_OPTIONS if name in options},
        )
        return Link(
            self.bmc,
            login,
            self.port,
            deadline_s=deadline_of(options.get("deadline")),
            reactor=self._reactor(),
            keepalive=None if self.autokeepalive is None else True,
            reopen=options.get("reopen", True),
            min_interval_s=options.get("min_interval_s", 0.0),
            observer=options.get("observer"),
        )

    def _reactor(self) -> Reactor:
        return shared()

    def __repr__(self) -> str:
        known = vars(self)  # a refused constructor leaves some of it out
        where = ":".join(str(known[name]) for name in ("bmc", "port") if name in known)
        state = self.link.state.value if "link" in known else "refused"
        return f"<Session with {where or 'nobody'} as {known.get('userid')!r}, {state}>"

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
            raise self._login_failed(error) from error.__cause__
        self._registered_open()

    def _log_in_soon(self, onlogon: Callable[[Response], object]) -> None:
        def ended(error: SessionError | None) -> None:
            if error is None:
                self._registered_open()
                callbacks.tell_of_login(onlogon, {"success": True})
            else:
                callbacks.tell_of_login(onlogon, failure(self._login_failed(error)))

        self._register()
        try:
            with callbacks.begun():
                self.link.open_soon(ended)
        except SessionError as error:
            self._break(error.text)
            raise

    def _register(self) -> None:
        _process_begins()
        self.broken = False
        Session._living[self._key] = self
        registry.begin(self, Session)

    def _registered_open(self) -> None:
        self.broken = False
        self.errormsg = None
        self.maxtimeout = 4
        self._follow_again()
        self._forget_closing()
        self._forget_closing = sharing.close_when_dropped(self, self.link, self._reactor())
        registry.opened(self, Session)
        self._let_keepalives_run()

    def _login_failed(self, error: SessionError) -> SessionError:
        """Note it, and return what those who wait are to hear: killed sessions have words that programs know."""
        if self.broken:
            hint = self.errormsg or ""
            return SessionError("Session failed to initialize", host=self.bmc, port=self.port, hint=hint)
        self._break(error.text)
        return error

    def _unregister(self) -> None:
        if Session._living.get(self._key) is self:
            del Session._living[self._key]
        registry.remove(self, Session)

    def _is_shareable(self) -> bool:
        """Whether another object may join: alive, and not taken out of the tables by the program."""
        if self._being_made or not hasattr(self, "initialized") or self.broken:
            return self._being_made
        return self.link.is_new or registry.is_listed(self, Session)

    def _break(self, error: str | None) -> None:
        self._forget_closing()
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
                response["error"] = meaning_of(netfn, command, code, bridged=target is not None)
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
            self._reactor().call_soon(lambda: callbacks.tell(callback, response_of(ticket)))

        return done

    # --- ends

    def logout(self, sessionok: bool = True) -> Response:
        """Close the session.  Returns {'success': True}, however often it is called."""
        self._end_keepalives()
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


def _process_begins() -> None:
    """Stand for the thread that programs look for when they end: to join it is to log out of everything."""
    global iothread, iothreadready
    if iothread is None:
        iothread = SessionThread(Session._cleanup)
        iothreadready = True


def _poller(timeout: float = 0) -> list[Any]:
    """Return those of `iosockets` that can be read from, waiting for one at most that long."""
    ready: list[Any] = select.select(iosockets, (), (), timeout)[0]
    return ready


def define_worker() -> type[SessionThread]:
    """Return the class of `iothread`."""
    return SessionThread


class _Door(ModuleType):
    """Puts modules that a program replaces here (eventlet's green ones) to use below."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in ("socket", "select", "threading"):
            modules.replace(name, value)


sys.modules[__name__].__class__ = _Door

# SPDX-License-Identifier: Apache-2.0
"""`VirshBmc`: the BMC of a libvirt domain.  What needs libvirt is done in a thread, and answered when it is done."""
from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from typing import Any, Callable
from uuid import UUID

from pyghmi.ipmi.private.serversession import Request, ServerSession
from pyghmi.ipmi.spec.codes import NODE_BUSY, OK
from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.connection import Happened
from pyghmi.virsh.console import DomainConsole
from pyghmi.virsh.control import ControllingBmc
from pyghmi.virsh.deferring import Reply
from pyghmi.virsh.domain import BeforeRun, Domain

Say = Callable[[str], object]

_CHASSIS_STATUS, _ACTIVATE = (0x00, 0x01), (0x06, 0x48)
_BY_LIBVIRT = frozenset((_CHASSIS_STATUS, (0x00, 0x02), (0x00, 0x08), (0x00, 0x09), _ACTIVATE))
_CHASSIS_DEVICE = 0x80
_ALREADY_ACTIVE, _DISABLED = 0x80, 0x81
END_S = 6.0
"""So long is waited for the last things to be done: less than those give who would end the process."""


class VirshBmc(ControllingBmc):
    """The BMC of one domain.

    domain: the domain, whose connection is open; say: told of what goes wrong, in words.  Everything else: see `Bmc`.
    The methods that `Bmc` has for power and boot device block and run in a thread of their own; they return the
    completion code.  Raises DomainError where the domain cannot be found.
    """

    def __init__(
        self,
        authdata: Any,
        domain: Domain,
        port: int = 623,
        address: str = "127.0.0.1",
        *,
        say: Say = lambda _text: None,
        **options: Any,
    ) -> None:
        name = f"domain {domain.name}"
        super().__init__(
            authdata, port, domain.uuid(), address, name=name, say=lambda text: say(f"{domain.name}: {text}"), **options
        )
        self.deviceid = 0x20
        self.additionaldevices = _CHASSIS_DEVICE
        self.domain = domain
        self._take_console = False
        self._is_missing = False
        self.console = DomainConsole(domain, self.worker, self.reactor, self.soon, self._console_taken)
        domain.connection.listeners.append(self._happened)
        domain.connection.on_state.append(self._connection_changed)
        self.worker.submit(self._found_again)

    def handle_raw_request(self, request: Request, session: ServerSession) -> None:
        """Answer a request, at once or when libvirt has done its part."""
        key = request["netfn"], request["command"]
        if key not in _BY_LIBVIRT or "lun" in request or "address" in request:
            super().handle_raw_request(request, session)
        elif key == _CHASSIS_STATUS and self.worker.is_slow and self.known_on is not None:
            self.answer_now(session, partial(super().handle_raw_request, request, session))
        elif key == _ACTIVATE:
            self.answer_later(request, session, self._open_console, self._activate)
        else:
            self.answer_later(request, session, self.reply_of_bmc)

    # --- the serial console

    def before_run(self) -> BeforeRun | None:
        """Have the console connected before the first instruction, where one is wanted: not a byte is missed."""
        return self.console.renew_now if self.console.is_wanted else None

    def is_active(self) -> bool:
        """Return True: whether there is a console is seen to before this is asked."""
        return True

    def iohandler(self, data: Any) -> None:
        """Take what is typed."""
        if isinstance(data, (bytes, bytearray)):
            self.console.typed(bytes(data))

    def sol_room(self) -> int:
        """Return how many characters can be taken at the moment."""
        return self.console.room

    def _open_console(self, _request: Request) -> Reply:
        """Connect with the domain's console, if no session has it.  In the worker's thread."""
        if self.activated:
            return OK, b""  # it is refused, or answered again, as always
        try:
            if not self.domain.has_console():
                return _DISABLED, b""
            self.console.open_now(force=self._take_console)
        except DomainError as error:
            self.console.end()
            if self.console.is_held(error):
                return _ALREADY_ACTIVE, b""  # whoever deactivates it first, as IPMI has it, may take it
            self.say(f"no console: {error}")
            return NODE_BUSY if error.code == NODE_BUSY else _DISABLED, b""
        return OK, b""

    def _activate(self, request: Request, session: ServerSession) -> None:
        if not session.session.closed:  # it may have waited no longer
            super().activate_payload(request, session)
        if self.sol is not None and self.sol.ipmi_session is session:
            self._take_console = False
            self.console.begin(self.sol)
        elif not self.activated:
            self.console.end()

    def _sol_ended(self) -> None:
        super()._sol_ended()
        self.console.end()

    def deactivate_payload(self, request: Request, session: ServerSession) -> None:
        """Answer Deactivate Payload; where no session has the console, the next one takes it from whoever has it."""
        was_active = self.activated
        super().deactivate_payload(request, session)
        if not was_active:
            self._take_console = True
        elif not self.activated:
            self.console.end()

    def _console_taken(self) -> None:
        sol, self.activated, self.sol = self.sol, False, None
        self.say("the console was taken away")
        if sol is not None:
            sol.close()
        self.console.end()

    # --- what happens

    def _happened(self, happened: Happened) -> None:
        """Follow the domain.  In the thread of libvirt's events."""
        if happened.name != self.domain.name:
            return
        if happened.kind == "restarted":
            self.worker.submit(partial(self._restarted, happened.run))
            return
        self.known_on = happened.kind == "started"
        if self.known_on:
            self.worker.submit(self._found_again)

    def _restarted(self, run: int) -> None:
        self.do(partial(self.domain.restarted, run, self.before_run()))

    def _found_again(self, *, after_loss: bool = False) -> None:
        """Undo what was for this start, and have its console again.  In the worker's thread.

        after_loss: the connection is there again; what its loss left undone is done.
        """
        try:
            if after_loss:
                self.domain.finish(self.before_run())
            self.known_on = self.domain.is_on()
            self._is_missing = False  # events come late, and may be the last of a domain: this is how it is now
            self.domain.settle()
            if self.known_on:
                self.console.reopen_now()
        except DomainError as error:
            self.refused(error)

    def _connection_changed(self, connected: bool) -> None:
        """Follow the connection.  In a thread of its own."""
        self.known_on = None
        self.worker.submit(self.console.drop_now)  # no event tells of streams that go with a connection
        if connected:
            self.worker.submit(partial(self._found_again, after_loss=True))

    def refused(self, error: DomainError) -> int:
        """Return the completion code, and tell of what is no matter of course; once of a domain that is no more."""
        is_missing = error.number == int(self.domain.connection.libvirt.VIR_ERR_NO_DOMAIN)
        if is_missing and not self._is_missing:
            self._is_missing = True
            self.say(str(error))
        return super().refused(error)

    # --- the BMC itself

    def cold_reset(self) -> int | None:
        """Forget all sessions; the domain goes on."""
        self.reactor.call_soon(self.core.close_all)
        return None

    def get_system_guid(self) -> UUID:
        """Return the UUID of the domain."""
        return self.uuid

    def logout(self) -> Any:
        """Stop serving: the port is free again, the domain goes on.  What is being done is waited for, for a while."""
        done = self.leave()
        self.worker.wait(END_S)
        return done

    close = logout

    @staticmethod
    def logout_all(bmcs: Iterable[VirshBmc]) -> None:
        """Stop serving them all, and wait for them together."""
        leaving = list(bmcs)
        for bmc in leaving:
            bmc.leave()
        end = time.monotonic() + END_S
        for bmc in leaving:
            bmc.worker.wait(max(end - time.monotonic(), 0.0))

    def leave(self) -> Any:
        """Stop serving, but wait for nothing."""
        connection = self.domain.connection
        if self._happened in connection.listeners:
            connection.listeners.remove(self._happened)
            connection.on_state.remove(self._connection_changed)
        sol, self.activated, self.sol = self.sol, False, None
        if sol is not None:
            sol.close()
        self.console.end()
        self.worker.end()
        return super().logout()

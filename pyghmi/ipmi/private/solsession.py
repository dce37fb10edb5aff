# SPDX-License-Identifier: Apache-2.0
"""A serial console at the session that carries it: taken, watched, given back."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Protocol

from pyghmi.exceptions import (
    ConsoleDeactivated,
    ConsoleTakenOver,
    PyghmiException,
    SessionError,
    SessionLost,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.domains.payloads import Activated, Holder, Own, activation, deactivating, whose
from pyghmi.ipmi.net.reactor import NEVER
from pyghmi.ipmi.net.solport import SolPort
from pyghmi.ipmi.net.steps import Steps
from pyghmi.ipmi.protocol.events import Closed, Event, LoginFailed, Lost, Reopened, State
from pyghmi.ipmi.protocol.sol import ConsoleEnd
from pyghmi.ipmi.spec.codes import PayloadType

if TYPE_CHECKING:
    from pyghmi.ipmi.private.session import Session
    from pyghmi.ipmi.protocol.solevents import SolEvent

_SOL = int(PayloadType.SOL)
_GIVE_BACK_S = 1.0
_CHARACTERS_FROM = 4
_REPEATS_BEFORE_ASKING = 3
_TAKING_OVER_S = 1.0
"""From the deactivation of a console that is taken over to its activation by whoever takes it."""
_ENDED = "SOL deactivated"


class Owner(Protocol):
    """Whose console it is.  All are called by whoever turns the wheel, without the lock."""

    def sol_event(self, event: SolEvent) -> None: ...

    def activation_ended(self, activated: Activated | None, error: PyghmiException | None) -> None: ...

    def ended_by(self, error: SessionError) -> None: ...


class SolSession:
    """The serial line of one BMC in one session.  `port`: where characters are written."""

    def __init__(
        self, session: Session, owner: Owner, *, force: bool, require_encryption: bool, mute_after_s: float | None
    ) -> None:
        self._link = link = session.link
        self._owner = owner
        self._force = force
        self._require_encryption = require_encryption
        self._mute_after_s = mute_after_s
        self._ids: set[int] = set()
        self._under_way: list[Steps[Any]] = []
        self._last_packet = b""
        self._repeats = 0
        self._is_again = False
        self._is_activating = True
        self._typed_at: float | None = None
        self._activates_at = self._asks_at = NEVER
        self._otherwise: SessionError | None = None
        self.armed_at = NEVER
        self.done = False
        self.port = SolPort(link.reactor, ConsoleEnd(), self._send, self._event)
        link.peer.watchers.append(self._watch)

    # --- to take it and to give it back

    def activate(self) -> None:
        """Connect the serial line; the owner hears how that ends."""
        agreement = self._link.agreement
        if agreement is None or agreement.version == "1.5":
            text = "Serial over LAN needs IPMI 2.0; this session is one of IPMI 1.5"
            self._owner.activation_ended(None, UnsupportedFunctionality(text))
            return
        self._link.peer.payloads.give(_SOL, self.port.received)
        steps = activation(self._own(), force=self._force, require_encryption=self._require_encryption)
        self._begin(steps, self._activated, reopen=self._is_again)

    def activate_again(self, pause_s: float) -> None:
        """After a pause, log in if need be, and connect the serial line anew."""
        self._is_again = self._is_activating = True
        self.port.close()
        self.port = SolPort(self._link.reactor, ConsoleEnd(), self._send, self._event)
        with self._link.reactor.lock:
            self._asks_at = NEVER
            self._activates_at = self._link.now() + pause_s
            self._link.reactor.arm(self, self._activates_at)

    def _log_in(self) -> None:
        if self.done:
            return
        try:
            self._link.open_soon(self._logged_in)
        except SessionError as error:
            self._logged_in(error)

    def _logged_in(self, error: SessionError | None) -> None:
        if self.done:
            return
        if error is None:
            self.activate()
        else:
            self._owner.activation_ended(None, error)

    def _activated(self, activated: Activated | None, error: PyghmiException | None) -> None:
        self._is_activating = activated is None
        if activated is not None and not self.done:
            channel: Any = self._link.peer.machine.requests.channel
            if channel is None:
                activated, error = None, SessionLost("Session no longer connected", host=self._link.host)
            else:
                channel.cipher.protect_less(
                    _SOL, encrypted=activated.encrypted, authenticated=activated.authenticated
                )
                self._link.peer.payloads.other_port(activated.port)
                self.port.end.most = activated.inbound
        self._owner.activation_ended(activated, error)

    def drain(self, seconds: float) -> None:
        """Wait until all that was written is acknowledged, at most that long."""
        reactor = self._link.reactor
        reactor.run_until(_Drained(self.port), reactor.clock() + seconds)

    def deactivate(self) -> None:
        """Give the serial line back to the BMC; one that does not answer is not waited for."""
        request = deactivating()
        if self._link.state is not State.ACTIVE:
            return
        try:
            self._link.exchange(request.netfn, request.cmd, request.encode(), deadline_s=_GIVE_BACK_S, repeatable=True)
        except SessionError:
            return

    def let_go(self) -> None:
        """Do nothing any more."""
        self.done = True
        link = self._link
        with link.reactor.lock:
            link.peer.payloads.give_up(_SOL, self.port.received)
            if self._watch in link.peer.watchers:
                link.peer.watchers.remove(self._watch)
            for each in self._under_way:
                if not each.done:
                    each.cancel()
        self.port.close()

    def _own(self) -> Own:
        link = self._link
        agreement = link.agreement
        channel: Any = link.peer.machine.requests.channel
        if agreement is not None:
            self._ids.update((agreement.bmc_session_id, agreement.console_session_id))
        suite = None if channel is None else channel.suite
        return Own(
            suite is not None and suite.confidentiality != 0,
            suite is not None and suite.integrity != 0,
            frozenset(self._ids),
            link.port,
            4 if agreement is None else agreement.privilege,
        )

    def _begin(
        self, procedure: Any, on_done: Callable[[Any, PyghmiException | None], None], *, reopen: bool = False
    ) -> None:
        self._under_way = [each for each in self._under_way if not each.done]
        self._under_way.append(Steps(self._link, procedure, on_done, reopen=reopen))

    # --- packets

    def _send(self, packet: bytes) -> None:
        """Send a packet, one that is repeated everywhere; the lock is held."""
        link = self._link
        now = link.now()
        is_repeated = packet == self._last_packet and len(packet) > _CHARACTERS_FROM
        link.peer.payloads.send(_SOL, packet, now, everywhere=is_repeated)
        self._last_packet = packet
        self._repeats = self._repeats + 1 if is_repeated else 0
        if self._repeats == _REPEATS_BEFORE_ASKING:
            link.reactor.call_soon(self.check)
        if self._mute_after_s is not None and len(packet) > _CHARACTERS_FROM:
            self._typed_at = now
            link.reactor.arm(self, now + self._mute_after_s)

    def _event(self, event: SolEvent) -> None:
        if type(event).__name__ == "Received":
            self._typed_at = None
        self._owner.sol_event(event)

    def fire(self, now: float) -> None:
        """Begin anew after a pause, or where typing has brought nothing for too long."""
        reactor = self._link.reactor
        if self.done:
            return
        if now >= self._activates_at:
            self._activates_at = NEVER
            reactor.call_soon(self._log_in)
        elif self._activates_at < NEVER:
            reactor.arm(self, self._activates_at)
        if now >= self._asks_at:
            self._asks_at = NEVER
            reactor.call_soon(lambda: self._ask(self._otherwise, is_again=True))
        elif self._asks_at < NEVER:
            reactor.arm(self, self._asks_at)
        typed_at, mute_after_s = self._typed_at, self._mute_after_s
        if typed_at is None or mute_after_s is None:
            return
        if now >= typed_at + mute_after_s:
            self._typed_at = None
            reactor.call_soon(lambda: self._owner.ended_by(_mute(mute_after_s)))
        else:
            reactor.arm(self, typed_at + mute_after_s)

    # --- whether it is ours still

    def check(self) -> None:
        """Ask the BMC who has the serial line; this keeps the session alive as well."""
        self._ask(None)

    def examine(self, *, deactivated: bool) -> None:
        """Find out why the BMC says that it is over, or says nothing."""
        if deactivated:
            self._ask(ConsoleDeactivated(_ENDED, host=self._link.host, port=self._link.port))
        else:
            self._ask(SessionLost("Connection lost", host=self._link.host, port=self._link.port, hint=_SILENT))

    def _ask_later(self, otherwise: SessionError | None) -> None:
        """Ask again, for nobody has it yet who may be taking it over."""
        self._otherwise = otherwise
        with self._link.reactor.lock:
            self._asks_at = self._link.now() + _TAKING_OVER_S
            self._link.reactor.arm(self, self._asks_at)

    def _ask(self, otherwise: SessionError | None, *, is_again: bool = False) -> None:
        """Ask who has it; otherwise: what has happened if the BMC cannot say, or says that it is ours."""
        if self.done or self._is_activating:
            return
        host, port = self._link.host, self._link.port

        def found(holder: Holder | None, error: PyghmiException | None) -> None:
            if self.done or self._is_activating:
                return
            if isinstance(error, SessionError) and otherwise is None:
                self._owner.ended_by(error)
            elif holder is Holder.OTHER:
                hint = "another session took it over"
                self._owner.ended_by(ConsoleTakenOver(_ENDED, host=host, port=port, hint=hint))
            elif holder is Holder.NOBODY and not is_again:
                self._ask_later(otherwise)
            elif holder is Holder.NOBODY:
                self._owner.ended_by(ConsoleDeactivated(_ENDED, host=host, port=port))
            elif otherwise is not None:
                self._owner.ended_by(otherwise)

        if not self._link.is_open:
            self._owner.ended_by(otherwise or SessionLost("Session no longer connected", host=host, port=port))
            return
        self._begin(whose(self._own()), found, reopen=True)

    def _watch(self, event: Event) -> None:
        """Hear of what happens to the session; the lock is held."""
        error: SessionError | None = None
        host, port = self._link.host, self._link.port
        if isinstance(event, (Reopened, Lost)):
            if isinstance(event, Reopened) or self._link.state is State.DEAD:
                error = SessionLost("Connection lost", host=host, port=port, hint="the session had to be opened anew")
            if isinstance(event, Lost):
                hint = event.reason
                error = error and SessionLost("Connection lost", host=host, port=port, hint=hint)
        elif isinstance(event, LoginFailed):
            failed = event.error
            error = failed if isinstance(failed, SessionError) else SessionError(str(failed))
        elif isinstance(event, Closed):
            error = SessionError("Session Disconnected", host=host, port=port)
        if error is not None and not self._is_activating:
            found = error
            self._link.reactor.call_soon(lambda: None if self.done else self._owner.ended_by(found))


_SILENT = "typed characters are not acknowledged"


def _mute(seconds: float) -> SessionError:
    return ConsoleDeactivated("SOL went silent", hint=f"typing has brought no output for {seconds:.0f} s")


class _Drained:
    """Waited for until the other end has acknowledged everything."""

    def __init__(self, port: SolPort) -> None:
        self._port = port

    @property
    def done(self) -> bool:
        """Whether it has."""
        return self._port.end.idle

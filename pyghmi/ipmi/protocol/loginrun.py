# SPDX-License-Identifier: Apache-2.0
"""One login from the first datagram to the privilege level, over IPMI 2.0 or 1.5."""
from __future__ import annotations

from typing import Callable

from pyghmi.exceptions import SessionError, Unreachable
from pyghmi.ipmi.protocol import ipmb, refusals
from pyghmi.ipmi.protocol.channel import Channel20
from pyghmi.ipmi.protocol.events import Agreement
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.opening import Opening20
from pyghmi.ipmi.protocol.opening15 import Opening15
from pyghmi.ipmi.protocol.prober import Prober
from pyghmi.ipmi.protocol.raising import AnyChannel, Raising
from pyghmi.ipmi.spec.app import CloseSession
from pyghmi.ipmi.spec.codes import OK


class LoginRun:
    """Drive opening, probing and raising.

    After each call: `take_out()` and `take_probes()` give datagrams, `due` the time of the next `fire`; when over,
    either `agreement` and `channel` are set, or `error`.  `unconfirmed`: the level that the BMC did not confirm.
    """

    def __init__(
        self,
        login: Login,
        memory: BmcMemory,
        random: Callable[[int], bytes],
        now: float,
        deadline: float,
        patience: float | None = None,
    ) -> None:
        """`patience`: seconds after which to give up where nothing at all was heard."""
        self._login = login
        self._memory = memory
        self._random = random
        self._started = now
        self.deadline = deadline
        self._quiet_deadline = deadline if patience is None else min(deadline, now + patience)
        self._prober = Prober()
        self._raising: Raising | None = None
        self._farewell: list[bytes] = []
        self._sent_before = 0
        self.channel: AnyChannel | None = None
        self.agreement: Agreement | None = None
        self.unconfirmed: int | None = None
        self.error: SessionError | None = None
        self._opening: Opening20 | Opening15
        if login.version == "1.5" or (login.version is None and self._may_speak_15() and memory.version == "1.5"):
            self._opening = Opening15(login, memory, random, None)
            self._prober.watch(now)
        else:
            self._opening = Opening20(login, memory, random)
            self._prober.watch(now)
        self._opening.begin(now)
        self._look(now)

    def _may_speak_15(self) -> bool:
        """Whether 1.5 may be taken unasked: never below a named floor, never after the BMC was seen to speak 2.0."""
        return self._login.minimum_suite is None and not self._memory.spoke_20

    @property
    def heard(self) -> bool:
        """Whether the BMC ever said anything."""
        return self._opening.heard or self._prober.answered

    @property
    def over(self) -> bool:
        """Whether there is a session or an error."""
        return self.agreement is not None or self.error is not None

    @property
    def due(self) -> float:
        """When to call `fire`."""
        found = self.deadline if self.heard else self._quiet_deadline
        step = self._raising or self._opening
        for due in (step.due, self._prober.due):
            if due is not None and due < found:
                found = due
        return found

    def local_ids(self) -> list[int]:
        """Return the session ids that answers may carry."""
        found = self._opening.local_ids()
        if self._raising is not None:
            found.append(self._raising.channel.local_id)
        return found

    def take_out(self) -> list[bytes]:
        """Return what is to be sent from the session's socket."""
        found = self._opening.out + (self._raising.out if self._raising is not None else []) + self._farewell
        self._opening.out.clear()
        self._farewell.clear()
        if self._raising is not None:
            self._raising.out.clear()
        return found

    def take_probes(self) -> list[bytes]:
        """Return what is to be sent from a separate, connected socket."""
        found = self._prober.out[:]
        self._prober.out.clear()
        if isinstance(self._opening, Opening15):
            found += self._opening.probes
            self._opening.probes.clear()
        return found

    def fire(self, now: float) -> None:
        """Do what is due."""
        if self.over:
            return
        if now >= self.deadline or (now >= self._quiet_deadline and not self.heard):
            self._give_up(now)
            return
        if self._prober.due is not None and now >= self._prober.due:
            self._prober.fire(now)
        step = self._raising or self._opening
        if step.due is not None and now >= step.due:
            step.fire(now)
        self._look(now)

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take a datagram; False when it is of no interest here."""
        if self.over:
            return False
        if self._raising is not None:
            taken = self._raising.receive(datagram, now)
        else:
            taken = self._opening.receive(datagram, now)
        if taken:
            self._prober.stop()
        else:
            taken = self._prober.receive(datagram, now)
            if taken:
                self._learned(now)
        self._look(now)
        return taken

    def peer_refused(self, now: float) -> None:
        """The system says that nothing listens on the port."""
        self._prober.peer_refused(now)
        if self._prober.refused and not self.over:
            self.fail(
                Unreachable(
                    "Nothing listens on the port",
                    stage=self._opening.stage,
                    hint="the host answers, but IPMI over LAN is off, the port is another, or the BMC is restarting",
                ),
                now,
            )

    def _learned(self, now: float) -> None:
        """The BMC answered the probe: does it speak 2.0 at all?"""
        opening, capabilities = self._opening, self._prober.capabilities
        if isinstance(opening, Opening15) or opening.heard or capabilities is None or capabilities.speaks_20:
            return
        if self._login.version == "2.0":
            self.fail(refusals.only_15("IPMI 2.0 was asked for"), now)
        elif not self._may_speak_15():
            self.fail(
                refusals.only_15(
                    "a weakest acceptable cipher suite was named"
                    if self._login.minimum_suite is not None
                    else "but it has spoken 2.0 before: somebody may be tampering"
                ),
                now,
            )
        else:
            self._sent_before += opening.sent
            self._opening = Opening15(self._login, self._memory, self._random, capabilities)
            self._opening.begin(now)

    def _look(self, now: float) -> None:
        """See whether a step has come to its end, and go on to the next."""
        if self.over:
            return
        if self._raising is None:
            if self._opening.error is not None:
                self.fail(self._opening.error, now)
                return
            if self._opening.channel is None:
                return
            self._raising = Raising(self._opening.channel, self._login, self._memory, self._opening.privilege)
            self._raising.begin(now)
        raising = self._raising
        if raising.error is not None:
            self._farewell.append(closing(raising.channel))
            self.fail(raising.error, now)
        elif raising.granted is not None:
            self._agreed(raising)

    def _agreed(self, raising: Raising) -> None:
        memory, channel = self._memory, raising.channel
        level = raising.granted if raising.granted is not None else self._opening.privilege
        memory.version = channel.version
        is_20 = isinstance(channel, Channel20)
        suite = channel.suite if isinstance(channel, Channel20) else None
        memory.took(self._login.user, suite.id if suite is not None else None, level)
        self.channel = channel
        self.unconfirmed = None if raising.confirmed else int(level)
        self.agreement = Agreement(
            version=channel.version,
            suite=suite.id if suite is not None else None,
            suite_name=str(suite) if suite is not None else f"IPMI 1.5, {self._auth_name()}",
            auth_type=None if is_20 else int(self._auth_type()),
            privilege=int(level),
            console_session_id=channel.local_id,
            bmc_session_id=channel.bmc_id,
            guid=channel.guid if isinstance(channel, Channel20) else b"",
            quirks=tuple(memory.quirks),
        )

    def _auth_type(self) -> int:
        return self._opening.auth_type if isinstance(self._opening, Opening15) else 0

    def _auth_name(self) -> str:
        return self._opening.auth_type.name if isinstance(self._opening, Opening15) else ""

    def _give_up(self, now: float) -> None:
        if self._raising is not None:
            self._farewell.append(closing(self._raising.channel))
            self.fail(refusals.silent(self._raising.stage, heard=True), now)
        elif self._prober.code != OK and not self._opening.heard:
            self.fail(refusals.no_capabilities(self._prober.code), now)
        else:
            error = self._opening.gave_up()
            if self._prober.answered and not self._opening.heard:
                error = refusals.silent(self._opening.stage, heard=True)
            self.fail(error, now)

    def fail(self, error: SessionError, now: float) -> None:
        """End without a session."""
        error.tries = self._sent_before + self._opening.sent + (self._raising.sent if self._raising is not None else 0)
        error.elapsed = now - self._started
        self.error = error
        self._prober.stop()


def closing(channel: AnyChannel) -> bytes:
    """Return the datagram that closes this session."""
    request = CloseSession(session_id=channel.bmc_id)
    return channel.seal(ipmb.build_request(request.netfn, request.cmd, request.encode(), channel.next_rq_seq()))

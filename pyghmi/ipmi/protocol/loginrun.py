# SPDX-License-Identifier: Apache-2.0
"""One login from the first datagram to the privilege level, over IPMI 2.0 or 1.5."""
from __future__ import annotations

from types import MappingProxyType
from typing import Callable

from pyghmi.exceptions import SessionError, Unreachable
from pyghmi.ipmi.protocol import refusals
from pyghmi.ipmi.protocol.channel import Channel20, closing
from pyghmi.ipmi.protocol.events import Agreement
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.opening import Opening20
from pyghmi.ipmi.protocol.opening15 import Opening15
from pyghmi.ipmi.protocol.prober import Prober
from pyghmi.ipmi.protocol.raising import AnyChannel, Raising
from pyghmi.ipmi.spec.codes import OK

_LAST_CHANCE_S = 0.25
"""How long a BMC that says it has no IPMI 2.0 may still take a last Open Session."""


class LoginRun:
    """Drive opening, probing and raising.

    After each call: `take_out()` and `take_probes()` give datagrams, `due` the time of the next `fire`; when over,
    either `agreement` and `channel` are set, or `error`.  `confirmed`: whether the BMC has said that the level holds.
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
        self._switch_at: float | None = None
        self._unusable: set[int] = set()
        self._unreadable = b""
        self.channel: AnyChannel | None = None
        self.agreement: Agreement | None = None
        self.confirmed = False
        self.error: SessionError | None = None
        self._opening: Opening20 | Opening15
        if login.version == "1.5":
            self._opening = Opening15(login, memory, random)
            self._prober.fire(now)
            return
        self._opening = Opening20(login, memory, random)
        if memory.only_15 and self._may_speak_15:
            self._prober.fire(now)  # it may have been told to us by anybody, so 2.0 is tried all the same
        else:
            self._prober.watch(now)
        self._opening.begin(now)
        self._look(now)

    @property
    def _may_speak_15(self) -> bool:
        """Whether 1.5 may be taken unasked: never where suites are named, never where 2.0 was once spoken."""
        login = self._login
        return not (login.version or login.names_suites or self._memory.spoke_20)

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
        for due in (step.due, self._prober.due, self._switch_at):
            if due is not None and due < found:
                found = due
        return found

    @property
    def wants_fresh_port(self) -> bool:
        """Whether the next probe is to leave from a port of its own; true once for each."""
        return isinstance(self._opening, Opening15) and self._opening.take_fresh_port()

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

    def farewells(self, now: float) -> list[bytes]:
        """Return what tells the BMC that this login is given up: it frees the slot at once."""
        if self._raising is not None:
            return [closing(self._raising.channel)]
        return [] if self.over else self._opening.farewells(now)

    def fire(self, now: float) -> None:
        """Do what is due."""
        if self.over:
            return
        if now >= self.deadline or (now >= self._quiet_deadline and not self.heard):
            self._give_up(now)
            return
        if self._prober.due is not None and now >= self._prober.due:
            self._prober.fire(now)
            self._begin_unasked_15(now)
        if self._switch_at is not None and now >= self._switch_at:
            self._switch_to_15(now)
        step = self._raising or self._opening
        if step.due is not None and now >= step.due:
            step.fire(now)
        self._look(now)

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take a datagram; False when it is of no interest here."""
        if self.over:
            return False
        taken = self._raising.receive(datagram, now) if self._raising else self._opening.receive(datagram, now)
        if taken:
            self._prober.stop()
            self._switch_at = None
        else:
            taken = self._prober.receive(datagram, now)
            if taken:
                self._learned(now)
            elif not self._unreadable:
                self._unreadable = datagram[:16]
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

    # --- IPMI 1.5

    def _learned(self, now: float) -> None:
        """The BMC answered the probe: does it speak 2.0 at all?"""
        opening, capabilities = self._opening, self._prober.capabilities
        if isinstance(opening, Opening15):
            opening.learn(capabilities, now)
        elif opening.heard or capabilities is None or capabilities.speaks_20:
            return
        elif self._login.version == "2.0":
            self.fail(refusals.only_15("IPMI 2.0 was asked for"), now)
        elif self._login.names_suites:
            self.fail(refusals.only_15("cipher suites of IPMI 2.0 were named"), now)
        elif self._memory.spoke_20:
            self.fail(refusals.only_15("but it has spoken 2.0 before: somebody may be tampering"), now)
        elif self._switch_at is None:
            # Nobody vouches for that answer: one more Open Session, then 1.5.
            opening.begin(now)
            self._switch_at = now + _LAST_CHANCE_S

    def _switch_to_15(self, now: float) -> None:
        self._switch_at = None
        self._memory.only_15 = True
        self._memory.notice("only 1.5", "the BMC says that it has no IPMI 2.0, and is logged in to over 1.5")
        opening = Opening15(self._login, self._memory, self._random)
        self._opening = opening
        opening.learn(self._prober.capabilities, now)

    def _begin_unasked_15(self, now: float) -> None:
        """IPMI 1.5 was asked for, and the BMC does not say what it takes: go on without knowing."""
        if isinstance(self._opening, Opening15) and not self._opening.sent:
            self._opening.learn(None, now)

    # --- from step to step

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
        elif raising.unusable:
            self._leave_suite(raising, now)
        elif raising.granted is not None:
            self._agreed(raising)

    def _leave_suite(self, raising: Raising, now: float) -> None:
        """The BMC cannot make the codes of this suite: take the next one."""
        channel = raising.channel
        number = channel.suite.id if isinstance(channel, Channel20) else None
        if number is None:
            return
        self._farewell.append(closing(channel))
        self._unusable.add(number)
        self._memory.refused(number)
        self._memory.notice("R27", f"the codes of packets of cipher suite {number} are wrong, or missing")
        if set(self._login.suites) <= self._unusable:
            self.fail(refusals.wrong_codes(number), now)
            return
        self._raising = None
        self._opening = Opening20(self._login, self._memory, self._random, self._unusable)
        self._opening.begin(now)

    def _agreed(self, raising: Raising) -> None:
        memory, channel = self._memory, raising.channel
        level = raising.granted if raising.granted is not None else self._opening.privilege
        is_20 = isinstance(channel, Channel20)
        suite = channel.suite if isinstance(channel, Channel20) else None
        memory.took(self._login.user, suite.id if suite is not None else None, level, self._login.privileges)
        self.channel = channel
        self.confirmed = raising.confirmed
        self.agreement = Agreement(
            version=channel.version,
            suite=suite.id if suite is not None else None,
            suite_name=str(suite) if suite is not None else f"IPMI 1.5, {self._auth_name()}",
            auth_type=None if is_20 else int(self._auth_type()),
            privilege=int(level),
            console_session_id=channel.local_id,
            bmc_session_id=channel.bmc_id,
            guid=channel.guid if isinstance(channel, Channel20) else b"",
            quirks=MappingProxyType(memory.quirks),
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
        elif self._unreadable and not self.heard:
            self.fail(refusals.unreadable(self._unreadable, self._opening.stage), now)
        else:
            error = self._opening.gave_up()
            if self._prober.answered and not self._opening.heard:
                error = refusals.silent(self._opening.stage, heard=True)
            self.fail(error, now)

    def fail(self, error: SessionError, now: float) -> None:
        """End without a session."""
        opening = self._opening
        error.stage = error.stage or (self._raising or opening).stage
        error.tries = opening.tries[error.stage] or (opening.sent if self._raising is None else self._raising.sent)
        error.elapsed = now - self._started
        if self._raising is None:
            self._farewell += opening.farewells(now)
        self.error = error
        self._prober.stop()

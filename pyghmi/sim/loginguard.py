# SPDX-License-Identifier: Apache-2.0
"""What the LAN parameters of a simulated BMC make of logins: levels by cipher suite, and users who guess.

IPMI 2.0 table 23-4, parameters 22 to 24 and 26.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.protocol.serverconfig import LoginRules, User
from pyghmi.ipmi.spec import lan
from pyghmi.ipmi.spec.codes import Privilege

if TYPE_CHECKING:
    from pyghmi.sim.clock import Appointment

_UNIT_S = 10
_REAL = range(Privilege.CALLBACK, Privilege.OEM + 1)


class LoginGuard(LoginRules):
    """Looks at the parameters of a machine as they are at each login."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._tries: dict[int, tuple[int, float]] = {}
        self._lockouts: dict[int, Appointment] = {}

    def _parameter(self, kind: type[Any]) -> Any:
        return self._machine.parts["lan"].parameters.values[kind.parameter, 0, 0]

    def limit(self, suite: int) -> Privilege | None:
        """Return the level that stands for a suite in parameter 24; none at all: the suite is not to be used."""
        ids = self._parameter(lan.CipherSuites).ids[: self._parameter(lan.CipherSuiteCount).count]
        levels: bytes = self._parameter(lan.CipherSuitePrivileges).levels
        at = ids.find(suite)
        if at < 0 or at // 2 >= len(levels):
            return Privilege.OEM  # nothing is said of it
        level = levels[at // 2] // 16 if at % 2 else levels[at // 2] % 16
        return Privilege(level) if level in _REAL else None

    def succeeded(self, user: User) -> None:
        """Forget the wrong passwords of a user."""
        self._tries.pop(user.user_id, None)

    def failed(self, user: User) -> None:
        """Count a wrong password; after so many the user is disabled, for a while or for good."""
        rule = self._parameter(lan.BadPasswordThreshold)
        if not rule.threshold:
            return
        now: float = self._machine.clock.now()
        count, last = self._tries.get(user.user_id, (0, now))
        if rule.reset_interval and now - last >= rule.reset_interval * _UNIT_S:
            count = 0
        self._tries[user.user_id] = count + 1, now
        if count + 1 >= rule.threshold:
            del self._tries[user.user_id]
            self._lock_out(user.user_id, rule)

    def _lock_out(self, uid: int, rule: lan.BadPasswordThreshold) -> None:
        self._enable(uid, is_enabled=False)
        self._machine.say(f"user {uid} is disabled: too many wrong passwords")
        if rule.audit_event:
            self._machine.events.user_disabled(uid)
        if rule.lockout_interval:
            clock = self._machine.clock
            self._lockouts[uid] = clock.call_later(rule.lockout_interval * _UNIT_S, lambda: self._let_in(uid))

    def _let_in(self, uid: int) -> None:
        del self._lockouts[uid]
        self._enable(uid, is_enabled=True)

    def _enable(self, uid: int, *, is_enabled: bool) -> None:
        users = self._machine.parts["users"]
        slot = users.slot(uid)
        if slot is not None and slot.name:
            slot.enabled = is_enabled
            users.accounts.changed(uid)

# SPDX-License-Identifier: Apache-2.0
"""The first command in a session: Set Session Privilege Level.  IPMI 2.0 §22.18.

It is also where it shows how a BMC keys its packets, so the readings of that are tried here.
"""
from __future__ import annotations

from typing import Union

from pyghmi.exceptions import Malformed, SessionError
from pyghmi.ipmi.protocol import ipmb, refusals
from pyghmi.ipmi.protocol.channel import Channel15, Channel20
from pyghmi.ipmi.protocol.keying import KeyVariant, key_variants, standard_variant
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory, backoff
from pyghmi.ipmi.protocol.packet import Drop
from pyghmi.ipmi.spec.app import SessionPrivilegeLevel, SetSessionPrivilegeLevel
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, OK, Privilege, RetryClass, retry_class

AnyChannel = Union[Channel15, Channel20]

_TOO_HIGH = (0x80, 0x81)
_MAX_BUSY = 20
_BUSY_WAIT = 0.25
_IN_PROGRESS_WAIT = 1.0
_PLAIN_TRIES = 2


class Raising:
    """Ask for the privilege level until the BMC has said yes or no; the same outputs as `Opening20`.

    `granted`: the level in force.  Silence is no failure: some BMCs never answer this command, and the level asked
    for in Open Session holds.  `confirmed`: whether the BMC has said so.  `unusable`: it answers, and no reading of the
    suite explains the codes of its packets.
    """

    stage = "Set Session Privilege Level"

    def __init__(self, channel: AnyChannel, login: Login, memory: BmcMemory, privilege: Privilege) -> None:
        self.channel = channel
        self._login = login
        self._memory = memory
        self._level = privilege
        self._sent_at: dict[int, float] = {}
        self._tries = 0
        self._busy = 0
        self._busy_wait = False
        self._lowered = False
        self._readings = [] if memory.raising_unanswered else _readings(channel)
        self.out: list[bytes] = []
        self.due: float | None = None
        self.granted: Privilege | None = None
        self.confirmed = True
        self.unusable = False
        self.error: SessionError | None = None
        self.sent = 0

    def begin(self, now: float) -> None:
        """Ask."""
        self._tries += 1
        self._busy_wait = False
        rq_seq = self.channel.next_rq_seq()
        self._sent_at[rq_seq] = now
        # A session begins at callback level, or higher; to ask for that level is not defined.
        level = Privilege.HIGHEST if self._level == Privilege.CALLBACK else self._level
        request = SetSessionPrivilegeLevel(privilege=level)
        self.out.append(self.channel.seal(ipmb.build_request(request.netfn, request.cmd, request.encode(), rq_seq)))
        self.sent += 1
        # Readings that come after the plain tries are no repeats of one packet: no longer waits for them.
        self.due = now + backoff(self._memory.first_wait_s, min(self._tries, _PLAIN_TRIES))

    def fire(self, now: float) -> None:
        """Nothing came: ask again, by the other readings too, then do without."""
        channel = self.channel
        tries = 1 if self._memory.raising_unanswered else _PLAIN_TRIES
        if self._busy_wait or self._tries < tries:
            if isinstance(channel, Channel15) and self._tries == 1 and not self._busy_wait:
                # Some BMCs want codes although they said that they do not.
                channel.session.send_type = channel.session.activation_type
            self.begin(now)
            return
        if self._readings and isinstance(channel, Channel20):
            channel.cipher.use(self._readings.pop(0))
            self.begin(now)
            return
        self._do_without()

    def _do_without(self) -> None:
        channel = self.channel
        if isinstance(channel, Channel20):
            channel.cipher.use(standard_variant(channel.suite))
            dropped = channel.cipher.dropped
            if dropped[Drop.INTEGRITY] + dropped[Drop.PROTECTION] > 1:
                self.unusable = True
                self.due = None
                return
        self._memory.raising_unanswered = True
        self._memory.notice("A21", "Set Session Privilege Level is not answered")
        self.confirmed = False
        self._finish(self._level)

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take a datagram; False when it is not the answer."""
        channel = self.channel
        if isinstance(channel, Channel20):
            message = channel.open_odd(datagram)
            if message is None:
                return self._receive_plain(datagram, now)
        else:
            message = channel.open(datagram)
            if message is None:
                return False
        response = ipmb.parse_response(message, checked=not channel.proves_bytes)
        if response is None or response[:2] != (0x07, 0x3B) or (response[2] and response[2] not in self._sent_at):
            return False
        if response[2] in self._sent_at:
            self._memory.measured(max(now - self._sent_at[response[2]], 0.0))
        self._answered(response[3], response[4], now)
        return True

    def _receive_plain(self, datagram: bytes, now: float) -> bool:
        """Take an unprotected answer to this one command, and of it the completion code alone."""
        channel = self.channel
        found = channel.cipher.open_plain(datagram) if isinstance(channel, Channel20) else None
        response = None if found is None else ipmb.parse_response(found[1])
        if response is None or response[:2] != (0x07, 0x3B) or response[2] not in self._sent_at:
            return False
        self._memory.notice("S04", "Set Session Privilege Level is answered without protection")
        self._answered(response[3], bytes((self._level,)), now)
        return True

    def _answered(self, code: int, data: bytes, now: float) -> None:
        self._remember_reading()
        if retry_class(code) is RetryClass.IN_PROGRESS:  # the first copy is being executed: wait
            self.due = max(self.due or now, now + _IN_PROGRESS_WAIT)
            return
        self._sent_at.clear()
        levels = self._login.privileges
        if code == OK:
            self._finish(_level_in(data, self._level))
        elif self._level == Privilege.CALLBACK and retry_class(code) is RetryClass.NEVER:
            self._finish(self._level)  # there is no lower one: the session has it
        elif code in _TOO_HIGH and self._level in levels and self._level != levels[-1]:
            self._lowered = True
            self._level = levels[levels.index(self._level) + 1]
            self._memory.notice("R21", "the account does not reach the highest privilege level")
            self.begin(now)
        elif code == INSUFFICIENT_PRIVILEGE and self._level < Privilege.ADMINISTRATOR and not self._lowered:
            self._level = Privilege(self._level + 1)
            self._memory.notice("R23", "a privilege level below the limit of the user is refused")
            self.begin(now)
        elif code in _TOO_HIGH or code == INSUFFICIENT_PRIVILEGE:
            self.error = refusals.privilege_refused(code, self._level, self._login.user)
        elif retry_class(code) is not RetryClass.NEVER and self._busy < _MAX_BUSY:
            self._busy += 1
            self._busy_wait = True
            self.due = now + min(_BUSY_WAIT * 2**self._busy, 2.0)
        else:
            self._finish(self._level)  # whatever it does not want, the session is open

    def _remember_reading(self) -> None:
        channel, memory = self.channel, self._memory
        memory.raising_unanswered = False
        if isinstance(channel, Channel15):
            memory.codes_anyway = channel.session.send_type != channel.agreed_type
            if memory.codes_anyway:
                memory.notice("L07", "requests without a code are dropped, although the BMC said that it takes them")
        elif channel.cipher.variant != standard_variant(channel.suite):
            memory.key_variants[channel.suite.id] = channel.cipher.variant
            memory.notice(channel.cipher.variant.row, str(channel.cipher.variant))

    def _finish(self, level: Privilege) -> None:
        self.granted = level
        self.due = None


def _level_in(data: bytes, asked: Privilege) -> Privilege:
    try:
        level = SessionPrivilegeLevel.decode(data).privilege
    except Malformed:
        return asked
    return level if level != Privilege.HIGHEST else asked


def _readings(channel: AnyChannel) -> list[KeyVariant]:
    """Return the readings of packet keys and pads that are worth sending when nothing is answered."""
    if not isinstance(channel, Channel20):
        return []
    return [reading for reading in key_variants(channel.suite) if reading != channel.cipher.variant]

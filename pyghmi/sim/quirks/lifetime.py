# SPDX-License-Identifier: Apache-2.0
"""Section S, second half: how long sessions live, and when a BMC says nothing at all."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, OK, Privilege
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.datagrams import changing_users, limited
from pyghmi.sim.quirks.hooks import Misbehaviour, OddSession, Real
from pyghmi.sim.quirks.table import quirk

APP, CHASSIS, CONTROL, CLOSE = 0x06, 0x00, 0x02, 0x3C
RESETS = (0x02, 0x03)
_HARD_RESET, _SOFT_OFF, _IPMI = 0x03, 0x05, 0
_LOOK_EVERY_S, _IDLE_S, _LOGIN_S = 0.1, 60.0, 3.0
_MANY, _SHRUNK_S, _SHRINKS = 15, 7.5, 0.45
_A_SECOND_S, _UPSET_S = 1.0, 10.0
_WANTED_HIGHER = ((0x06, 0x59), (0x0A, 0x20), (0x0A, 0x42))


class _Idle:
    """Ends sessions by rules of its own.

    limit_s: returns how long one may be idle, for this number of sessions; counts: whether a payload of this type is
    activity.
    """

    def __init__(self, odd: Misbehaviour, limit_s: Callable[[int], float], counts: Callable[[int], bool]) -> None:
        self._odd = odd
        self._limit_s, self._counts = limit_s, counts
        self._heard: dict[int, float] = {}
        odd.sessions.append(self._begun)
        odd.packets.append(self._packet)

    def _begun(self, session: OddSession) -> None:
        if not self._heard:
            self._odd.later(_LOOK_EVERY_S, self._look)
        self._heard[session.id] = self._odd.now()

    def _packet(self, session: OddSession, _datagram: bytes, found: tuple[int, bytes] | None) -> None:
        if found is not None and self._counts(found[0]):
            self._heard[session.id] = self._odd.now()

    def _look(self) -> None:
        core = self._odd.machine.core
        limit_s, now = self._limit_s(len(core.sessions)), self._odd.now()
        self._heard = {session_id: heard for session_id, heard in self._heard.items() if session_id in core.sessions}
        for session_id, heard in list(self._heard.items()):
            if now - heard > limit_s:
                core.drop(core.sessions[session_id])
                del self._heard[session_id]
        if self._heard:
            self._odd.later(_LOOK_EVERY_S, self._look)


@quirk("S14", "sessions end sooner the more there are of them, from the 16th on; a login may take three seconds")
def _shrinking(odd: Misbehaviour, _variant: str) -> None:
    def limit_s(count: int) -> float:
        return _IDLE_S if count <= _MANY else _SHRUNK_S * _SHRINKS ** (count - _MANY - 1)

    odd.machine.core.config.half_open_s = _LOGIN_S
    _Idle(odd, limit_s, lambda _kind: True)


@quirk("S15", "idle sessions end early", number="seconds", default="57")
def _early(odd: Misbehaviour, variant: str) -> None:
    odd.machine.core.config.idle_s = float(variant)


@quirk("S16", "packets of the serial console keep no session alive")
def _commands_only(odd: Misbehaviour, _variant: str) -> None:
    _Idle(odd, lambda _count: _IDLE_S, lambda kind: kind == _IPMI)


@quirk("S17", "ten seconds of silence when it is asked too often", number="requests a second", default="50")
def _overrun(odd: Misbehaviour, variant: str) -> None:
    came: list[float] = []
    until = [0.0]

    def hook(datagram: bytes, _peer: Any) -> bytes | None:
        now = odd.now()
        if now < until[0]:
            return None
        came.append(now)
        while now - came[0] >= _A_SECOND_S:
            came.pop(0)
        if len(came) > float(variant):
            came.clear()
            until[0] = now + _UPSET_S
            return None
        return datagram

    odd.network.incoming.append(hook)


@quirk("S18", "neither Close Session nor resets are answered")
def _silent_ends(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> None:
        real(data)

    def control(data: bytes, real: Real) -> Reply | None:
        reply = real(data)
        return None if data[:1] == bytes((_HARD_RESET,)) else reply

    for cmd in (CLOSE, *RESETS):
        odd.knob(APP, cmd, knob)
    odd.knob(CHASSIS, CONTROL, control)


@quirk("S20", "all accounts are restricted to callback")
def _callback(odd: Misbehaviour, _variant: str) -> None:
    changing_users(odd, lambda user: limited(user, Privilege.CALLBACK))


@quirk("S21", "commands for users are refused to all (D4h): Reserve SEL, SDR Repository Info, System Info")
def _higher(odd: Misbehaviour, _variant: str) -> None:
    for key in _WANTED_HIGHER:
        odd.knob(*key, lambda _data, _real: (INSUFFICIENT_PRIVILEGE, b""))


@quirk("S22", "silence after something was done to the power", number="seconds", default="10")
def _shared_port(odd: Misbehaviour, variant: str) -> None:
    until = [0.0]

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if code == OK:
            odd.later(0.0, lambda: until.__setitem__(0, odd.now() + float(variant)))
        return code, found

    odd.knob(CHASSIS, CONTROL, knob)
    odd.network.incoming.append(lambda datagram, _peer: None if odd.now() < until[0] else datagram)


@quirk("S23", "sessions are forgotten, without a word, so long after they began", number="seconds", default="10")
def _forgotten(odd: Misbehaviour, variant: str) -> None:
    def begun(session: OddSession) -> None:
        odd.later(float(variant), lambda: odd.machine.core.drop(session))

    odd.sessions.append(begun)


@quirk("S24", "the port is closed for a while after a reset of the BMC", number="seconds", default="5")
def _closed(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply | None:
        reply = real(data)
        odd.later(0.0, lambda: odd.network.shut(float(variant)))
        return reply

    for cmd in RESETS:
        odd.knob(APP, cmd, knob)

# SPDX-License-Identifier: Apache-2.0
"""What is measured in a simulated server: load, power, temperatures, fans, as functions of a seed and of time."""
from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import pi, sin
from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.spec.chassis import RestartCause
from pyghmi.sim.demo_sensors import demo_reading
from pyghmi.sim.power import Happening

if TYPE_CHECKING:
    from pyghmi.sim.repository import Key
    from pyghmi.sim.sensorstate import Told

_LONGEST_STEPS = 900
"""Seconds that are followed one by one: after that, nothing remembers what was before."""
_HISTORY = 3600
_OFF_W, _IDLE_W, _LOAD_W, _FANS_W = 18.0, 130.0, 290.0, 42.0
_BOOT_S, _BOOT_LOAD = 12, 0.8
_FAN_LEAST, _FAN_SPAN, _FAN_FROM_C, _FAN_SPAN_C = 0.28, 0.72, 50.0, 35.0
_AMBIENT_C = 22.0
_STARTS = (Happening.ON, Happening.RESET, Happening.DIAGNOSTIC)
_RISES = {  # kind: (degrees above inlet at no load, at full load more, seconds)
    "cpu1": (14.0, 46.0, 20.0),
    "cpu2": (15.0, 49.0, 22.0),
    "vrm": (12.0, 32.0, 35.0),
    "dimm": (9.0, 20.0, 60.0),
    "board": (6.0, 10.0, 120.0),
    "card": (14.0, 16.0, 80.0),
    "drive": (8.0, 7.0, 200.0),
    "psu": (10.0, 18.0, 90.0),
    "exhaust": (6.0, 16.0, 45.0),
}


def noise(seed: int, number: int, moment: int) -> float:
    """Return something between -1 and 1 that is the same whenever these are."""
    mixed = (seed * 0x9E3779B1 ^ number * 0x85EBCA6B ^ moment * 0xC2B2AE35) & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 12) * 0x297A2D39 & 0xFFFFFFFF
    return ((mixed ^ mixed >> 15) & 0xFFFF) / 32767.5 - 1.0


class SteadyModel:
    """The small machine: everything is always the same while it is on, and while it is off.

    machine: whose power it is about, None: always on.
    """

    _ON = (256, 180, 240, 312)
    _OFF_W = 20

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self.cap_w: float | None = None

    @property
    def _is_on(self) -> bool:
        return self._machine is None or bool(self._machine.power_is_on)

    def happened(self, happening: Happening, cause: RestartCause) -> None:
        """Nothing takes time here."""

    def state(self) -> dict[str, Any]:
        """Nothing is to be remembered."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Nothing is remembered."""

    def measure(self, _owner: int, key: Key) -> Told:
        """Return what a sensor shows now."""
        return demo_reading(self._machine, key)

    def power_w(self) -> int:
        """Return what the power supplies take now."""
        if not self._is_on:
            return self._OFF_W
        usual, least = self._ON[:2]
        return usual if self.cap_w is None else max(min(usual, int(self.cap_w)), least)

    def power_history(self, _seconds: float) -> tuple[int, int, int]:
        """Return the least, the average and the most."""
        least, average, most = self._ON[1:]
        return (least, average, most) if self._is_on else (self._OFF_W, self._OFF_W, most)

    def temperatures(self) -> Mapping[int, Mapping[int, int]]:
        """Return what inlet and processors have."""
        return {0x40: {1: 23}, 0x41: {1: 48, 2: 52}} if self._is_on else {0x40: {1: 22}}


class ServerModel:
    """The rack server, followed second by second since it was made.

    degrees: of each kind of place; fan: what the fans turn of their most; load: of the processors; watts: now.
    """

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._clock = machine.clock
        self.seed: int = machine.seed
        self.cap_w: float | None = None
        self._began = self._clock.now()
        self._at = 0
        self._is_on = bool(machine.power_is_on)
        self._on_at = 0
        self.inlet = _AMBIENT_C
        self.degrees = dict.fromkeys(_RISES, _AMBIENT_C)
        self.fan = 0.0
        self.load = 0.0
        self.watts = _OFF_W
        self._history: deque[float] = deque([_OFF_W], maxlen=_HISTORY)
        self._phases = [pi * noise(self.seed, number, -1) for number in range(4)]

    @property
    def moment(self) -> int:
        """Seconds since it was made."""
        return int(self._clock.now() - self._began)

    def happened(self, happening: Happening, cause: RestartCause) -> None:
        """Go on in another way from now."""
        self.follow()
        was_on, self._is_on = self._is_on, bool(self._machine.power_is_on)
        if self._is_on and (not was_on or happening in _STARTS):
            self._on_at = self._at
            self.fan = max(self.fan, 0.6)  # fans start fast
        if self._is_on != was_on:
            self.fan = self.fan if self._is_on else 0.0
            self._weigh()
            self._history.append(self.watts)

    def follow(self) -> None:
        """Come to this second."""
        moment = self.moment
        if moment - self._at > _LONGEST_STEPS:
            self._at = moment - _LONGEST_STEPS
        while self._at < moment:
            self._at += 1
            self._step(self._at)

    def _step(self, moment: int) -> None:
        """Go on by one second."""
        first, second, third, _last = self._phases
        wave = 2 * pi * moment
        self.inlet = _AMBIENT_C + 1.2 * sin(wave / 3600 + third) + 0.2 * noise(self.seed, 1, moment // 20)
        if self._is_on:
            self.load = 0.32 + 0.2 * sin(wave / 610 + first) + 0.11 * sin(wave / 97 + second)
            self.load = min(max(self.load + 0.06 * noise(self.seed, 2, moment // 4), 0.03), 1.0)
            if moment - self._on_at < _BOOT_S:
                self.load = _BOOT_LOAD
            self.load = self._throttled(self.load)
        else:
            self.load = 0.0
        self._cool()
        self._weigh()
        self._history.append(self.watts)

    def _throttled(self, load: float) -> float:
        """Return the load that the power may be taken for."""
        if self.cap_w is None:
            return load
        left_w = int(self.cap_w) - 1 - _IDLE_W - _FANS_W * self.fan**3  # fans may become faster in this second
        return min(load, max(left_w / _LOAD_W, 0.0))

    def _cool(self) -> None:
        """Let fans and temperatures follow."""
        if self._is_on:
            hottest = max(self.degrees["cpu1"], self.degrees["cpu2"])
            wanted = _FAN_LEAST + _FAN_SPAN * min(max((hottest - _FAN_FROM_C) / _FAN_SPAN_C, 0.0), 1.0)
            self.fan += (wanted - self.fan) / 4.0
        else:
            self.fan = 0.0
        for kind, (idle, more, seconds) in _RISES.items():
            rise = (idle + more * self.load) * (1.15 - 0.35 * self.fan) if self._is_on else 1.0
            self.degrees[kind] += (self.inlet + rise - self.degrees[kind]) / seconds

    def _weigh(self) -> None:
        on_w = _IDLE_W + _LOAD_W * self.load + _FANS_W * self.fan**3
        self.watts = on_w if self._is_on else _OFF_W

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        self.follow()
        return {"at": self._at, "on_at": self._on_at, "inlet": self.inlet, **self._flows()}

    def _flows(self) -> dict[str, Any]:
        return {"degrees": dict(self.degrees), "fan": self.fan, "load": self.load}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        if not state:
            return
        self._at, self._on_at = int(state["at"]), int(state["on_at"])
        self._began = self._clock.now() - self._at
        self.inlet = float(state["inlet"])
        self.degrees.update(state["degrees"])
        self.fan, self.load = float(state["fan"]), float(state["load"])
        self._is_on = self.is_on
        self._weigh()
        self._history.clear()
        self._history.append(self.watts)

    # --- what is asked

    @property
    def is_on(self) -> bool:
        """Whether the machine is on."""
        return bool(self._machine.power_is_on)

    def jitter(self, number: int, amplitude: float) -> float:
        """Return how much a sensor shows beside the truth just now."""
        return amplitude * noise(self.seed, number, self._at // 2)

    def measure(self, owner: int, key: Key) -> Told:
        """Return what a sensor of this controller shows now."""
        from pyghmi.sim.server_records import reading

        self.follow()
        return reading(self, self._machine, owner, key)

    def power_w(self) -> int:
        """Return what the power supplies take now."""
        self.follow()
        return round(self.watts)

    def power_history(self, seconds: float) -> tuple[int, int, int]:
        """Return the least, the average and the most of the last so many seconds."""
        self.follow()
        found = list(self._history)[-max(int(seconds), 1) :]
        return round(min(found)), round(sum(found) / len(found)), round(max(found))

    def temperatures(self) -> Mapping[int, Mapping[int, int]]:
        """Return what inlet, processors and board have, the last two while the machine is on."""
        self.follow()
        found = {0x40: {1: round(self.inlet)}, 0x42: {1: round(self.degrees["board"])}}
        if self.is_on:
            found[0x41] = {1: round(self.degrees["cpu1"]), 2: round(self.degrees["cpu2"])}
        return found

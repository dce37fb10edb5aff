# SPDX-License-Identifier: Apache-2.0
"""Reading sensors one after another: what one of them costs the others is bounded.  IPMI 2.0 §35.14."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import Malformed, TimedOut
from pyghmi.ipmi.domains.conversion import factors_of
from pyghmi.ipmi.domains.sensor import decode_reading, needs_factors, no_reading
from pyghmi.ipmi.domains.sensor_route import BMC_ADDRESS, owner_of, route_of
from pyghmi.ipmi.spec.codes import (
    CANNOT_RESPOND,
    DESTINATION_UNAVAILABLE,
    INITIALIZING,
    INSUFFICIENT_PRIVILEGE,
    INVALID_COMMAND,
    NODE_BUSY,
    OK,
    TIMEOUT,
    meaning,
)
from pyghmi.ipmi.spec.sensor import GetSensorReading, GetSensorReadingFactors, SensorReadingData
from pyghmi.ipmi.spec.storage import GetSdrRepositoryInfo
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyghmi.ipmi.domains.conversion import Factors
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.domains.sensor import Reading, Sensor
    from pyghmi.ipmi.spec.request import Target

_NETFN, _CMD = GetSensorReading.netfn, GetSensorReading.cmd
_SEND_MESSAGE = (0x06, 0x34)
_PATIENCE_S = ((0.0, 6.0), (6.0, 2.0), (20.0, 1.0))
"""(seconds that were lost in this sweep so far, seconds to wait for the next sensor)."""
_ENOUGH_S, _SAMPLES = 30.0, 8
"""Seconds without a word of any sensor, and how many are then tried, before none is asked any more."""
_BEHIND_S, _MOST_SILENT = 3.0, 4
"""Seconds for a sensor of another controller, and how many of one may say nothing in a row."""
_SLOW_S = 2.0
_NOT_AGAIN_S, _SOON_AGAIN_S = 600.0, 60.0
_ALIVE_S = 10.0
_LOST_ARBITRATION, _BUS_ERROR, _NAK, _INVALID_FOR_LUN = 0x81, 0x82, 0x83, 0xC2
_GONE = frozenset(
    (
        _LOST_ARBITRATION,
        _BUS_ERROR,
        _NAK,
        INVALID_COMMAND,
        _INVALID_FOR_LUN,
        TIMEOUT,
        CANNOT_RESPOND,
        DESTINATION_UNAVAILABLE,
        INSUFFICIENT_PRIVILEGE,
    )
)
"""What is answered for a controller behind the BMC that is not there, or to which nothing may be sent."""
_BUSY = (NODE_BUSY, INITIALIZING)

Owner = tuple[int, int]


class Raw(NamedTuple):
    """An answer as it came.  `code`: None: not a word."""

    code: int | None
    data: bytes


class Sweep:
    """What is found out while sensors are read one after another.

    sensors: those that are known, so that a number of another controller is never taken for one of the BMC; patient:
    sensors known as slow are asked all the same.
    """

    def __init__(
        self, bmc: Requester, learned: Learned, sensors: Iterable[Sensor] = (), *, patient: bool = False
    ) -> None:
        self._bmc = bmc
        self._learned = learned
        self._sensors = sensors
        self._patient = patient
        self._absent: dict[Owner, Raw] = {}
        self._present: set[Owner] = set()
        self._silent_behind: dict[Owner, int] = {}
        self._lost_s = 0.0
        self._wait_s = _PATIENCE_S[0][1]
        self._silent_s = 0.0
        self._given_up = False

    def read(self, sensor: Sensor) -> Reading:
        """Return the reading of one sensor, or why there is none.  Raises SessionError if the BMC itself is gone."""
        if not sensor.readable:
            return no_reading(sensor, problem="it only sends events")
        target = route_of(sensor.key, self._learned)
        if target is None:
            return self._direct(sensor)
        return self._behind(sensor, target)

    # --- sensors of the BMC

    def _direct(self, sensor: Sensor) -> Reading:
        bmc, learned, key = self._bmc, self._learned, sensor.key
        if learned.slow and not self._patient:
            slow = learned.slow.get(key)
            if slow is not None and bmc.now() < slow[0]:
                return no_reading(sensor, slow[1], "it took long to give nothing, and is left out for a while")
        if self._is_given_up():
            return no_reading(sensor, problem="no sensor answers any more: it was not asked")
        began = bmc.now()
        answer = self._asked(sensor, None, self._wait_s)
        if answer.code == OK:
            self._silent_s = 0.0
            return self._decoded(sensor, answer, None)
        spent = bmc.now() - began
        self._silent_s = 0.0 if answer.code is not None else self._silent_s + spent
        if answer.code is None:
            self._prove_alive()
        if answer.code is None or spent >= _SLOW_S:
            self._lost_s += spent
            self._wait_s = next(wait for lost, wait in reversed(_PATIENCE_S) if self._lost_s >= lost)
            again = bmc.now() + (_SOON_AGAIN_S if answer.code in _BUSY else _NOT_AGAIN_S)
            learned.slow[key] = (again, answer.code)
        return _nothing(sensor, answer)

    def _is_given_up(self) -> bool:
        """Whether no sensor answers any more, though the BMC does: some of all are tried before that is believed."""
        if self._silent_s >= _ENOUGH_S and not self._given_up:
            some = [one for one in self._sensors if one.readable and route_of(one.key, self._learned) is None]
            tried = some[:: max(len(some) // _SAMPLES, 1)]
            self._given_up = all(self._asked(one, None, self._wait_s).code is None for one in tried)
            self._silent_s = 0.0
        return self._given_up

    def _prove_alive(self) -> None:
        """Have the BMC say anything at all: one sensor that says nothing is no matter.  Raises SessionError."""
        request = GetSdrRepositoryInfo()
        self._bmc.exchange(request.netfn, request.cmd, b"", deadline_s=_ALIVE_S)

    # --- sensors of other controllers

    def _behind(self, sensor: Sensor, target: Target) -> Reading:
        owner = owner_of(sensor.key)
        absent = self._absent.get(owner)
        if absent is not None:
            return _nothing(sensor, absent, owner)
        answer = self._asked(sensor, target, _BEHIND_S)
        if answer.code is not None and (answer.code not in _GONE or owner in self._present):
            self._present.add(owner)
            self._silent_behind[owner] = 0
            self._learned.absent.discard(owner)
            return self._decoded(sensor, answer, target) if answer.code == OK else _nothing(sensor, answer)
        if owner in self._present:
            self._prove_alive()
            self._silent_behind[owner] += 1
            if self._silent_behind[owner] >= _MOST_SILENT:
                self._absent[owner] = answer  # it has gone meanwhile
            return _nothing(sensor, answer)
        return self._at_bmc(sensor, owner) or self._gone(sensor, owner, answer)

    def _at_bmc(self, sensor: Sensor, owner: Owner) -> Reading | None:
        """Ask the BMC itself, once: some records name an owner and the BMC has the sensor.

        Seen: HP DL140 G1, Fujitsu RX300 S2.  Not where the BMC has a sensor of this number itself.
        """
        if owner in self._learned.absent or self._bmc_has_this_number(sensor):
            return None
        answer = self._asked(sensor, None, self._wait_s)
        if answer.code != OK:
            return None
        self._learned.at_bmc.add(owner)
        return self._decoded(sensor, answer, None)

    def _bmc_has_this_number(self, sensor: Sensor) -> bool:
        key = sensor.key
        others = (other.key for other in self._sensors)
        return any(k.owner == BMC_ADDRESS and (k.lun, k.number) == (key.lun, key.number) for k in others)

    def _gone(self, sensor: Sensor, owner: Owner, answer: Raw) -> Reading:
        """The controller is not there: it is not asked again in this sweep."""
        if answer.code is None:
            self._prove_alive()
        self._learned.absent.add(owner)
        self._absent[owner] = answer
        return _nothing(sensor, answer, owner)

    # --- one question

    def _asked(self, sensor: Sensor, target: Target | None, deadline_s: float) -> Raw:
        number, lun = bytes((sensor.key.number,)), sensor.key.lun
        try:
            code, data = self._bmc.exchange(
                _NETFN, _CMD, number, target=target, lun=lun, deadline_s=deadline_s, repeatable=True
            )
        except TimedOut:
            return Raw(None, b"")
        return Raw(code, data)

    def _decoded(self, sensor: Sensor, answer: Raw, target: Target | None) -> Reading:
        data = SensorReadingData.decode(answer.data)
        if not needs_factors(sensor) or data.reading is None or data.unavailable or data.scanning is False:
            return decode_reading(sensor, data)
        return decode_reading(sensor, data, self._factors(sensor, data.reading, target))

    def _factors(self, sensor: Sensor, raw: int, target: Target | None) -> Factors | None:
        """Ask for the factors of just this reading; None: the BMC does not give them."""
        asked = GetSensorReadingFactors(number=sensor.key.number, reading=raw)
        try:
            code, data = self._bmc.exchange(
                asked.netfn, asked.cmd, asked.encode(), target=target, lun=sensor.key.lun, deadline_s=_BEHIND_S
            )
            return factors_of(asked.answer.decode(data)) if code == OK else None
        except (Malformed, TimedOut):
            return None


def _nothing(sensor: Sensor, answer: Raw, owner: Owner | None = None) -> Reading:
    """Return that there is no reading, and why."""
    place = (_NETFN, _CMD) if owner is None else _SEND_MESSAGE
    why = "no answer" if answer.code is None else f"{meaning(*place, answer.code)} ({answer.code:02X}h)"
    if owner is not None:
        why = f"its controller {owner[0]:02X}h on channel {owner[1]} is not there: {why}"
    return no_reading(sensor, answer.code, why)

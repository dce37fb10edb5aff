# SPDX-License-Identifier: Apache-2.0
"""What happens in a simulated machine, written into its event log."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.spec.chassis import RestartCause
from pyghmi.ipmi.spec.sensor import PlatformEvent
from pyghmi.sim.pef import Event
from pyghmi.sim.power import Happening
from pyghmi.sim.repository import Key, SensorPart
from pyghmi.sim.satellite import everybody
from pyghmi.sim.sensorstate import Crossing, SensorState

if TYPE_CHECKING:
    from pyghmi.sim.sel import SelPart

_BMC = 0x20
_WATCHDOG_KIND, _START_KIND, _SPECIFIC, _DEASSERTION = 0x23, 0x1D, 0x6F, 0x80
WATCHDOG_NUMBER, _START_NUMBER = 0x70, 0x71
LOG_KIND = 0x10
_AUDIT_KIND, AUDIT_NUMBER, _PASSWORD_DISABLE = 0x2A, 0x76, 3
_POWER_UNIT_KIND, POWER_LIMIT_NUMBER, _LIMIT, _EXCEEDED = 0x09, 0x75, 0x05, 1
_BY_POWER_UP, _BY_HARD_RESET = 0, 1
_EXTENSION = 0xC0
"""Event data 2 is an extension that the sensor type has.  IPMI 2.0 table 29-6."""


class EventRecorder:
    """Write events, if the BMC is set to log them, and have done about them what its filters want.

    machine: whose; watchdog_bits: what its watchdog has done.
    """

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self.watchdog_bits = 0
        self._sel: SelPart = machine.parts["sel"]
        self._sensors: SensorPart = machine.parts["sensors"]
        self._sel.received, self._sel.acknowledge = self._received, machine.alerts.acknowledged
        self._sel.number = number_of(self._sensors, LOG_KIND)
        self._listen(_BMC, self._sensors)
        for _name, satellite in everybody(machine.parts["bridge"].buses):
            for part in satellite.sensors.values():
                self._listen(satellite.place.address, part)

    def _listen(self, owner: int, part: SensorPart) -> None:
        def raised(key: Key, sensor: SensorState, crossing: Crossing) -> None:
            kind = sensor.record.event_type + (0 if crossing.asserted else _DEASSERTION)
            self._write(sensor.record.sensor_type, key[1], kind, crossing.data, owner, _entity(sensor))

        part.raised = raised
        part.settle()

    def _write(
        self,
        sensor_type: int,
        number: int,
        event_type: int,
        data: bytes,
        owner: int = _BMC,
        entity: tuple[int, int] = (0, 0),
    ) -> None:
        record_id = None
        if self._machine.enables.enables.event_logging:
            record_id = self._sel.event(sensor_type, number, event_type, data, owner=owner)
        event = Event(owner, sensor_type, number, event_type, data, entity=entity, record_id=record_id)
        self._machine.alerts.happened(event)

    def _received(self, asked: PlatformEvent, owner: int, record_id: int | None) -> None:
        """Take an event that somebody sent, which is in the log."""
        kind = asked.event_type + (_DEASSERTION if asked.deassertion else 0)
        sensor = self._sensors.sensors.get((0, asked.number))
        entity = (0, 0) if sensor is None else _entity(sensor)
        event = Event(owner, asked.sensor_type, asked.number, kind, asked.event_data)
        self._machine.alerts.happened(event._replace(entity=entity, record_id=record_id))

    def happened(self, happening: Happening, _cause: RestartCause) -> None:
        """Note what happened to the machine: its sensors change, and a start is an event of its own."""
        self._sensors.scan()
        offset = {Happening.ON: _BY_POWER_UP, Happening.RESET: _BY_HARD_RESET}.get(happening)
        if offset is not None and self._machine.profile.records is not None:
            self._write(_START_KIND, _START_NUMBER, _SPECIFIC, bytes((offset, 0xFF, 0xFF)))

    def power_limit_exceeded(self) -> None:
        """Write that the machine takes more than it may.  IPMI 2.0 table 42-2, event type 05h."""
        self._write(_POWER_UNIT_KIND, POWER_LIMIT_NUMBER, _LIMIT, bytes((_EXCEEDED, 0xFF, 0xFF)))

    def user_disabled(self, user: int) -> None:
        """Write that a user is disabled because of wrong passwords.  IPMI 2.0 table 42-3, session audit."""
        self._write(_AUDIT_KIND, AUDIT_NUMBER, _SPECIFIC, bytes((_EXTENSION | _PASSWORD_DISABLE, user, 0xFF)))

    def watchdog(self, offset: int, data: int) -> None:
        """Write that the watchdog ran out, or is about to.  offset: 0 to 3 its action, 8 the interrupt before."""
        key = (0, WATCHDOG_NUMBER)
        sensor = self._sensors.sensors.get(key)
        if sensor is None:
            self._write(_WATCHDOG_KIND, WATCHDOG_NUMBER, _SPECIFIC, bytes((_EXTENSION | offset, data, 0xFF)))
            return
        for bits in (0, 1 << offset):
            self.watchdog_bits = bits
            self._sensors.look(key, sensor, bytes((data, 0xFF)))


def number_of(part: SensorPart, kind: int) -> int | None:
    """Return the number of the BMC's first sensor of a type, None: it has none."""
    return next((key[1] for key, each in part.sensors.items() if each.record.sensor_type == kind and not key[0]), None)


def _entity(sensor: SensorState) -> tuple[int, int]:
    """Return what part of the machine a sensor is about."""
    return sensor.record.entity_id, sensor.record.entity_instance

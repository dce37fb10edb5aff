# SPDX-License-Identifier: Apache-2.0
"""The sensors of the small simulated machine: two processors, two power supplies."""
from __future__ import annotations

from functools import lru_cache
from typing import Any

from pyghmi.ipmi.spec.sdr import Record
from pyghmi.sim.records import BMC, Analog, States, compact, controller, event_only, fru, full, numbered

_TEMPERATURE, _VOLTAGE, _FAN, _INTRUSION, _PROCESSOR = 0x01, 0x02, 0x04, 0x05, 0x07
_SUPPLY, _OTHER, _MEMORY, _SYSTEM = 0x08, 0x0B, 0x0C, 0x12
_CELSIUS, _VOLT, _WATT, _RPM = 1, 4, 6, 18
_CPU, _BOARD, _PSU, _FAN_ENTITY, _DIMM, _INLET, _CHASSIS = 0x03, 0x07, 0x0A, 0x1D, 0x20, 0x37, 0x17
_MANAGEMENT_FIRMWARE = 0x2E
_EEPROM_OF_DIMM, _IPMI_FRU = 1, 0

ANALOG = (
    Analog(0x01, "Inlet Temp", (_INLET, 1), _TEMPERATURE, _CELSIUS, 1, 0, 23, (5, 2, None, 38, 42, 47), 23, 22),
    Analog(0x02, "Exhaust Temp", (_CHASSIS, 1), _TEMPERATURE, _CELSIUS, 1, 0, 35, (None,) * 3 + (65, 75, None), 36, 24),
    Analog(0x03, "CPU1 Temp", (_CPU, 1), _TEMPERATURE, _CELSIUS, 1, 0, 45, (None, None, None, 85, 95, 100), 48, None),
    Analog(0x04, "CPU2 Temp", (_CPU, 2), _TEMPERATURE, _CELSIUS, 1, 0, 45, (None, None, None, 85, 95, 100), 52, None),
    Analog(0x10, "12V", (_BOARD, 1), _VOLTAGE, _VOLT, 6, -2, 200, (183, 180, None, 217, 220, None), 202, None),
    Analog(0x11, "3.3V", (_BOARD, 1), _VOLTAGE, _VOLT, 16, -3, 206, (190, 186, None, 222, 226, None), 207, None),
    Analog(0x12, "VBAT", (_BOARD, 1), _VOLTAGE, _VOLT, 16, -3, 190, (175, 160, None, None, None, None), 191, 191),
    Analog(0x20, "Fan 1", (_FAN_ENTITY, 1), _FAN, _RPM, 60, 0, 95, (15, 10, None, None, None, None), 95, None),
    Analog(0x21, "Fan 2", (_FAN_ENTITY, 2), _FAN, _RPM, 60, 0, 95, (15, 10, None, None, None, None), 97, None),
    Analog(0x30, "PSU 1 Power", (_PSU, 1), _OTHER, _WATT, 4, 0, 40, (None, None, None, 180, 190, None), 33, 3),
    Analog(0x31, "PSU 2 Power", (_PSU, 2), _OTHER, _WATT, 4, 0, 40, (None, None, None, 180, 190, None), 31, 2),
)
STATES = (
    States(0x38, "PSU 1 Status", (_PSU, 1), _SUPPLY, 0x0F, 0x01, 0x01),
    States(0x39, "PSU 2 Status", (_PSU, 2), _SUPPLY, 0x0F, 0x01, 0x01),
    States(0x40, "CPU1 Status", (_CPU, 1), _PROCESSOR, 0x3E3, 0x80, 0x80),
    States(0x41, "CPU2 Status", (_CPU, 2), _PROCESSOR, 0x3E3, 0x80, 0x80),
    States(0x48, "Intrusion", (_CHASSIS, 1), _INTRUSION, 0x01, 0x00, 0x00),
    States(0x50, "DIMM Status ", (_DIMM, 1), _MEMORY, 0x43, 0x40, None, share=4),
)
_EVENT_ONLY = (0x60, "System Event", (_BOARD, 1), _SYSTEM)
_FRUS = ((0, "Mainboard", _BOARD, _IPMI_FRU), (1, "PSU 1", _PSU, _IPMI_FRU), (2, "DIMM 1", _DIMM, _EEPROM_OF_DIMM))
_SATELLITE = 0x82
_full, _compact = full, compact
__all__ = ["ANALOG", "STATES", "Analog", "States", "_compact", "_full", "demo_reading", "demo_records", "numbered"]


def demo_records() -> list[bytes]:
    """Return the records of the simulated server."""
    return list(_demo_records())


@lru_cache(maxsize=1)
def _demo_records() -> tuple[bytes, ...]:
    made: list[Record] = [
        controller(BMC, "BMC", is_bmc=True, entity=(_MANAGEMENT_FIRMWARE, 1)),
        controller(_SATELLITE, "Satellite", is_bmc=False, entity=(_BOARD, 1)),
    ]
    made += [full(one) for one in ANALOG]
    made += [compact(one) for one in STATES]
    made.append(event_only(*_EVENT_ONLY))
    made += [fru(*one) for one in _FRUS]
    return tuple(numbered(record, at) for at, record in enumerate(made, 1))


def demo_reading(machine: Any, key: tuple[int, int]) -> int | None:
    """Return what a sensor of the small machine measures.  machine: whose power it follows, None: always on."""
    is_on = machine is None or machine.power_is_on
    for one in (*ANALOG, *STATES):
        count = getattr(one, "share", 1)
        if one.number <= key[1] < one.number + count:
            return one.on if is_on else one.off
    return None

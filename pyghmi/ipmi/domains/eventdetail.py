# SPDX-License-Identifier: Apache-2.0
"""What the bytes of event data add to the text of an event.  IPMI 2.0 table 42-3."""
from __future__ import annotations

from typing import Callable, Optional

from pyghmi.ipmi.spec.eventtext import (
    AUX_LOG_ACTIONS,
    FIRMWARE_ERRORS,
    FIRMWARE_PROGRESS,
    FRU_STATE_CAUSES,
    PEF_ACTIONS,
    PSU_CONFIG_ERRORS,
    RESTART_CAUSES,
    SENSOR_SPECIFIC,
    SLOT_TYPES,
    VERSION_CHANGES,
    WATCHDOG_PHASES,
)

FruNames = Callable[[int], Optional[str]]
"""FRU ID -> its name, None: not known."""

_UNKNOWN = "Unknown"
_FRU_STATE, _SYSTEM_EVENT = 0x2C, 0x12
CLOCK_CHANGE = (_SYSTEM_EVENT, 5)
"""Sensor type and offset of an event that says that a clock was set."""
_LOGICAL = 0x80


def detail_of(
    sensor_type: int, offset: int, data_2: int, data_3: int, fru_name: FruNames | None = None
) -> str | None:
    """Return what bytes 2 and 3 of an event of a sensor type say; None: nothing that has words.

    The words are the long-standing ones.  fru_name: names the FRUs that events speak of.
    """
    if (sensor_type, offset) == (0x28, 5):
        return _failed_fru(data_2, data_3, fru_name)
    found = _BY_OFFSET.get((sensor_type, offset)) or _BY_TYPE.get(sensor_type)
    return None if found is None else found(data_2, data_3)


def is_second_of_pair(data_2: int) -> bool:
    """Whether an event of a clock that was set is the one after it, by byte 2."""
    return data_2 >= _LOGICAL


def _failed_fru(data_2: int, data_3: int, fru_name: FruNames | None) -> str | None:
    if data_2 < _LOGICAL:
        return None
    return (fru_name(data_3) if fru_name is not None else None) or f"FRU {data_3}"


def _fru_state(data_2: int, _data_3: int) -> str:
    before = SENSOR_SPECIFIC[_FRU_STATE].get(data_2 % 16)
    state = _UNKNOWN if before is None else before.desc
    return f"{FRU_STATE_CAUSES.get(data_2 // 16, _UNKNOWN)}(change from {state})"


def _actions(data_2: int, _data_3: int) -> str:
    bits = reversed(list(enumerate(PEF_ACTIONS)))
    return ",".join(text for bit, text in bits if data_2 // 2**bit % 2)


_Words = Callable[[int, int], str]

_BY_TYPE: dict[int, _Words] = {
    0x21: lambda b2, b3: f"{SLOT_TYPES.get(b2, _UNKNOWN)} {b3}",
    0x23: lambda b2, _b3: WATCHDOG_PHASES.get(b2 % 16, _UNKNOWN),
    0x2B: lambda b2, _b3: VERSION_CHANGES.get(b2, _UNKNOWN),
    _FRU_STATE: _fru_state,
    0xC6: lambda _b2, _b3: "PSU Redundancy",
}

_BY_OFFSET: dict[tuple[int, int], _Words] = {
    (0x05, 4): lambda b2, _b3: f"Port {b2}",
    (0x08, 6): lambda _b2, b3: PSU_CONFIG_ERRORS.get(b3 % 16, _UNKNOWN),
    (0x0C, 8): lambda _b2, b3: f"Module {b3}",
    (0x0F, 0): lambda b2, _b3: FIRMWARE_ERRORS.get(b2, _UNKNOWN),
    (0x0F, 1): lambda b2, _b3: FIRMWARE_PROGRESS.get(b2, _UNKNOWN),
    (0x0F, 2): lambda b2, _b3: FIRMWARE_PROGRESS.get(b2, _UNKNOWN),
    (0x10, 0): lambda b2, _b3: f"Module {b2}",
    (0x10, 1): lambda b2, b3: f"Reading type {b2:02X}h, offset {b3 % 16:02X}h",
    (0x10, 5): lambda _b2, b3: f"{b3}%",
    (0x10, 6): lambda b2, _b3: f"Processor {b2}",
    (_SYSTEM_EVENT, 3): lambda b2, _b3: AUX_LOG_ACTIONS.get(b2 // 16, _UNKNOWN),
    (_SYSTEM_EVENT, 4): _actions,
    CLOCK_CHANGE: lambda b2, _b3: "After" if is_second_of_pair(b2) else "Before",
    (0x19, 0): lambda b2, b3: f"Requested {b2} while {b3}",
    (0x1D, 7): lambda b2, _b3: RESTART_CAUSES.get(b2 % 16, _UNKNOWN),
    (0x28, 4): lambda b2, _b3: f"Sensor {b2}",
    (0x2A, 3): lambda b2, _b3: f"User {b2}",
}

# SPDX-License-Identifier: Apache-2.0
"""The sensors of a real machine, from what was captured there: `ipmitool sdr dump` and the answers to its questions."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyghmi.ipmi.spec.sdr import HEADER_BYTES
from pyghmi.sim.repository import SensorPart

_BMC = 0x20


def split_records(dump: bytes) -> list[bytes]:
    """Return the records in a dump, which lie one behind the other."""
    found = []
    at = 0
    while at + HEADER_BYTES <= len(dump):
        end = at + HEADER_BYTES + dump[at + HEADER_BYTES - 1]
        found.append(dump[at:end])
        at = end
    return found


def captured_sensors(dump: bytes, answers: Iterable[Mapping[str, Any]] = (), **options: Any) -> SensorPart:
    """Return the part of a machine that answers as the captured one did.

    answers: of each sensor 'owner', 'lun', 'number', and as hexadecimal text what came for 'get_sensor_reading',
    'get_sensor_thresholds', 'get_sensor_hysteresis'; a completion code under the same key with '_cc' behind it.
    Sensors of other owners than the BMC are left out.  options: as `SensorPart` takes them.
    """
    told: dict[str, dict[tuple[int, int], Any]] = {"reading": {}, "thresholds": {}, "hysteresis": {}}
    for answer in answers:
        if answer["owner"] != _BMC:
            continue
        key = (answer["lun"], answer["number"])
        for kind, known in told.items():
            name = f"get_sensor_{kind}"
            if name in answer:
                known[key] = bytes.fromhex(answer[name])
            elif f"{name}_cc" in answer:
                known[key] = int(answer[f"{name}_cc"], 16)
    readings = {key: value for key, value in told["reading"].items() if isinstance(value, bytes)}
    part = SensorPart(
        None, split_records(dump), readings, told["thresholds"], told["hysteresis"], **options
    )
    for key, value in told["reading"].items():
        if isinstance(value, int):
            part.refusals[key] = value
    return part

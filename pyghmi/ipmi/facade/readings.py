# SPDX-License-Identifier: Apache-2.0
"""Sensor readings as programs know them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.constants import Health

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyghmi.ipmi.domains.sensor import Reading, StateTexts
    from pyghmi.ipmi.spec.sdr import SensorKey

_SHOWN = ("value", "states", "state_ids", "units", "imprecision", "name", "type", "unavailable", "health")
_WORDS = ((Health.Failed, "(Failed)"), (Health.Critical, "(Critical)"), (Health.Warning, "(Warning)"))


class SensorReading:
    """One reading of one sensor.

    reading: 'name', 'type', and as far as known 'value', 'imprecision' (floats or None), 'states' (list of str),
    'state_ids' (list of int), 'health' (`Health` bits), 'unavailable' (to be there is enough); suffix: the unit.

    Beyond those, all attributes of the same names and `units`: sensor_id: identity of the sensor (owner, channel, LUN,
    number), whatever its name; base_name: the name that its record has, where several sensors share it; entity,
    entity_id, entity_instance: what it belongs to; raw: the byte that came; raw_states: the bits that came;
    unscanned_value: the value of that byte though the BMC says that it does not scan the sensor; code: the completion
    code of a refusal; problem: why there is no reading, or what is wrong with it.  None where nobody said.
    """

    raw: int | None = None
    raw_states: int | None = None
    code: int | None = None
    problem: str | None = None
    _of: Reading | None = None

    def __init__(self, reading: Mapping[str, Any], suffix: str | None) -> None:
        known = reading.get
        self.broken_sensor_ids: dict[Any, Any] = {}
        self.name: str = reading["name"]
        self.type: str = reading["type"]
        self.health: int = known("health", Health.Ok)
        self.states: list[str] = known("states", [])
        self.state_ids: list[int] = known("state_ids", [])
        self.value: float | None = known("value")
        self.imprecision: float | None = known("imprecision")
        self.unavailable = 1 if "unavailable" in reading else 0
        self.units = suffix

    @property
    def sensor_id(self) -> SensorKey | None:
        """The identity of the sensor: owner, channel, LUN, number."""
        return None if self._of is None else self._of.sensor.key

    @property
    def base_name(self) -> str | None:
        """The name that its record has."""
        return None if self._of is None else self._of.sensor.base_name

    @property
    def entity(self) -> str | None:
        """The name of the part of the machine that it belongs to."""
        return None if self._of is None else self._of.sensor.entity_name

    @property
    def entity_id(self) -> int | None:
        """The number of the kind of that part."""
        return None if self._of is None else self._of.sensor.entity_id

    @property
    def entity_instance(self) -> int | None:
        """Which one of its kind."""
        return None if self._of is None else self._of.sensor.entity_instance

    @property
    def unscanned_value(self) -> float | None:
        """The value of the raw byte where the BMC says that it does not scan the sensor."""
        return None if self._of is None or not self._of.unavailable else self._of.unscanned_value

    def __repr__(self) -> str:
        return repr({key: getattr(self, key) for key in _SHOWN})

    def simplestring(self) -> str:
        """Return it in words: 'CPU1 Temp: 42.0 ± 0.5°Cupper non-critical threshold,(Warning)'."""
        number = "" if self.value is None else f"{self.value} ± {self.imprecision}{self.units}"
        states = "".join(f"{state}," for state in self.states)
        word = next((word for bit, word in _WORDS if self.health >= bit), "")
        return f"{self.name}: {number}{states}{word}"


def sensor_reading(reading: Reading) -> SensorReading:
    """Return a reading as programs know it.  The name is the one that no other sensor of the BMC has."""
    sensor, states = reading.sensor, reading.states
    made = SensorReading.__new__(SensorReading)
    # All attributes at once: this happens for each sensor of a sweep.
    made.__dict__ = {
        "broken_sensor_ids": {},
        "name": sensor.name,
        "type": sensor.sensor_type_name,
        "health": reading.health,
        "states": [state.text for state in states] if states else [],
        "state_ids": [state.state_id for state in states] if states else [],
        "value": reading.value,
        "imprecision": reading.imprecision,
        "unavailable": 1 if reading.unavailable else 0,
        "units": reading.units,
        "raw": reading.raw,
        "raw_states": reading.raw_states,
        "code": reading.code,
        "problem": reading.problem,
        "_of": reading,
    }
    return made


def texts_of(event_consts: Any, maker: tuple[int, int] = (0, 0)) -> StateTexts:
    """Return the state texts in a module of event constants, such as a vendor's handler gives.

    event_consts: has `generic_type_offsets` and `sensor_type_offsets`; maker: manufacturer and product, some of which
    have texts of their own.
    """
    from pyghmi.ipmi.spec.eventtext import SPECIFIC, Text

    def texts(event_type: int, sensor_type: int) -> Mapping[int, Text] | None:
        own = oem_type_offsets.get(maker[0], {}).get(maker[1], {}).get(event_type, {}).get(sensor_type)
        if own is not None:
            table = own
        elif event_type == SPECIFIC:
            table = event_consts.sensor_type_offsets.get(sensor_type)
        else:
            table = event_consts.generic_type_offsets.get(event_type)
        if table is None:
            return None
        return {at: Text(row["desc"], row["severity"], row.get("deassertion_desc", "")) for at, row in table.items()}

    return texts


def has_maker_texts(event_type: int, sensor_type: int) -> bool:
    """Whether the words for these states depend on who made the BMC; else nobody needs to ask it."""
    products = (product for maker in oem_type_offsets.values() for product in maker.values())
    return any(sensor_type in product.get(event_type, ()) for product in products)


oem_type_offsets: dict[int, dict[int, dict[int, dict[int, dict[int, dict[str, Any]]]]]] = {
    343: {
        149: {
            0x7A: {
                0xDA: {
                    3: {"desc": "Allowed", "severity": Health.Ok},
                    4: {"desc": "Restricted", "severity": Health.Ok},
                    5: {"desc": "Disabled", "severity": Health.Ok},
                },
            },
        },
    },
}
"""Manufacturer -> product -> event/reading type -> sensor type -> offset -> text.  Intel Cascade Lake-AP boards."""

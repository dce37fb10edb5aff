# SPDX-License-Identifier: Apache-2.0
"""The sensors of the simulated rack server, and what each of them measures."""
from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable, Union

from pyghmi.ipmi.spec.chassis import IdentifyState
from pyghmi.ipmi.spec.sdr import Record
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.records import BMC, Analog, States, association, compact, controller, event_only, fru, full, numbered

if TYPE_CHECKING:
    from pyghmi.sim.power import Power
    from pyghmi.sim.sel import SelPart
    from pyghmi.sim.sensorstate import Told
    from pyghmi.sim.thermal import ServerModel

BACKPLANE, MANAGEMENT_ENGINE = 0x82, 0x2C
"""Addresses of the controllers behind the BMC."""
BACKPLANE_CHANNEL, ENGINE_CHANNEL = 0, 6
_TEMPERATURE, _VOLTAGE, _CURRENT, _FAN, _INTRUSION, _PROCESSOR = 0x01, 0x02, 0x03, 0x04, 0x05, 0x07
_SUPPLY, _POWER_UNIT, _OTHER, _MEMORY, _DRIVE, _POST, _LOG = 0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0F, 0x10
_SYSTEM, _BUTTON, _START, _BOOT, _ACPI, _WATCHDOG, _BATTERY, _HEALTH = 0x12, 0x14, 0x1D, 0x1F, 0x22, 0x23, 0x29, 0x28
_AUDIT = 0x2A
_CELSIUS, _VOLT, _AMPERE, _WATT, _RPM, _NO_UNIT = 1, 4, 5, 6, 18, 0
_CPU, _DISK, _PERIPHERAL, _BOARD, _MEMORY_MODULE, _POWER_MODULE, _PSU = 0x03, 0x04, 0x06, 0x07, 0x08, 0x14, 0x0A
_PANEL, _BACKPLANE, _CHASSIS, _FAN_ENTITY, _COOLING, _DIMM, _BMC_ENTITY = 0x0C, 0x0F, 0x17, 0x1D, 0x1E, 0x20, 0x2E
_BATTERY_ENTITY, _INLET, _RISER, _PROCESSOR_BOARD = 0x28, 0x37, 0x10, 0x10
_SPECIFIC, _DIGITAL, _LIMIT, _REDUNDANCY = 0x6F, 0x03, 0x05, 0x0B
_NONE = (None, None, None)
_DIMMS, _DRIVES, _FANS = 16, 8, 6
_MOST_RPM, _INTAKE_SHARE = 16_000, 0.93
_SUPPLY_V = 230.0
_WATCHDOG_NUMBER, _FIRST_ROTOR = 0x70, 0x30

Entity = tuple[int, int]
"""Its ID and instance."""
Where = tuple[int, int, int]
"""Whose sensor it is: address, LUN, channel."""
_OURS: Where = (BMC, 0, 0)
Value = Callable[["ServerModel"], float]
States_ = Callable[["ServerModel", Any], int]


class Measured(NamedTuple):
    """A sensor with numbers.

    value: what it measures, in its unit; amplitude: how much it is beside that; always: also while the machine is off.
    """

    record: Analog
    value: Value
    amplitude: float
    always: bool


class Observed(NamedTuple):
    """A sensor with states.  bits: which of them hold; always: also while the machine is off."""

    record: States
    bits: States_
    always: bool


Row = Union[Measured, Observed]


def _temp(
    number: int, name: str, entity: Entity, kind: str, limits: tuple[int | None, ...], *, more: float = 0.0,
    always: bool = False, where: Where = _OURS,
) -> Measured:
    """Return a temperature.  kind: of place in the model; more: degrees beside it."""
    every = (*_NONE, *limits)
    record = Analog(number, name, entity, _TEMPERATURE, _CELSIUS, 1, 0, 40, every, 0, None, 2, 0, False, *where)

    def value(model: ServerModel) -> float:
        return (model.inlet if kind == "inlet" else model.degrees[kind]) + more

    return Measured(record, value, 0.5, always)


def _volts(
    number: int, name: str, volts: float, m: int, r_exp: int, *, always: bool = False, entity: Entity = (_BOARD, 1)
) -> Measured:
    """Return a voltage that is critical at 10 % and worth a look at 7 % beside its nominal value."""
    record = Analog(number, name, entity, _VOLTAGE, _VOLT, m, r_exp, 0, (None,) * 6, 0, None)
    at = record.count
    limits = (at(volts * 0.93), at(volts * 0.9), None, at(volts * 1.07), at(volts * 1.1), None)
    record = record._replace(nominal=at(volts), limits=limits)
    return Measured(record, lambda model: volts * (1.005 - 0.01 * model.load), volts * 0.004, always)


def _fan(number: int, at: int, *, outer: bool) -> Measured:
    """Return one rotor of a fan."""
    name = f"Fan {at}{'B' if outer else 'A'}"
    limits = (12, 8, None, None, None, None)
    record = Analog(number, name, (_FAN_ENTITY, at), _FAN, _RPM, 80, 0, 100, limits, 0, None, 2)
    share = _INTAKE_SHARE if outer else 1.0
    return Measured(record, lambda model: model.fan * _MOST_RPM * share, 90.0, always=False)


def _amount(
    number: int, name: str, entity: Entity, unit: int, scale: tuple[int, int], value: Value, amplitude: float,
    *, kind: int = _OTHER, limits: tuple[int | None, ...] = (None,) * 6, always: bool = True, percentage: bool = False,
    where: Where = _OURS,
) -> Measured:
    """Return some other amount.  scale: M and the exponent of the result."""
    m, r_exp = scale
    record = Analog(number, name, entity, kind, unit, m, r_exp, 0, limits, 0, None, 1, 0, percentage, *where)
    return Measured(record, value, amplitude, always)


def _states(
    number: int, name: str, entity: Entity, kind: int, mask: int, bits: States_ | int, *, share: int = 1,
    event_type: int = _SPECIFIC, deasserts: int | None = None, always: bool = True, where: Where = _OURS,
) -> Observed:
    """Return a sensor with states."""
    record = States(number, name, entity, kind, mask, 0, None, share, event_type, deasserts, *where)
    if isinstance(bits, int):
        fixed = bits
        return Observed(record, lambda _model, _machine: fixed, always)
    return Observed(record, bits, always)


# --- states that follow the machine


def _acpi(_model: ServerModel, machine: Any) -> int:
    return 0x01 if machine.power_is_on else 0x20


def _power_unit(_model: ServerModel, machine: Any) -> int:
    power: Power = machine.power
    return (not power.is_on) | power.cycling << 1 | (not power.has_mains) << 4


def _intrusion(_model: ServerModel, machine: Any) -> int:
    return 1 if machine.chassis.intrusion else 0


def _log(_model: ServerModel, machine: Any) -> int:
    sel: SelPart = machine.parts["sel"]
    used = len(sel.entries) / sel.capacity
    return (used >= 1.0) << 4 | (0.9 <= used < 1.0) << 5


def _light(_model: ServerModel, machine: Any) -> int:
    return 1 if machine.chassis.identify is IdentifyState.OFF else 2


def _mains(_model: ServerModel, machine: Any) -> int:
    """Present; bit 3: its input is lost."""
    return 0x01 if machine.power.has_mains else 0x09


def _supplies(_model: ServerModel, machine: Any) -> int:
    """Fully redundant; or not any more, where a power supply has anything but its presence to tell."""
    sensors = machine.parts["sensors"].sensors
    return 0x02 if any((sensors[0, number].told or 0) & 0x0E for number in (0x50, 0x51)) else 0x01


def _cooling(_model: ServerModel, machine: Any) -> int:
    """Fully redundant; or not any more, where a rotor is critically slow."""
    sensors = machine.parts["sensors"].sensors
    rotors = range(_FIRST_ROTOR, _FIRST_ROTOR + 2 * _FANS)
    return 0x02 if any(sensors[0, number].asserted for number in rotors) else 0x01


def _watchdog(_model: ServerModel, machine: Any) -> int:
    return int(machine.events.watchdog_bits) if hasattr(machine, "events") else 0


# --- the tables


def _temperatures() -> list[Measured]:
    hot = (85, 95, 100)
    return [
        _temp(0x01, "Inlet Temp", (_INLET, 1), "inlet", (38, 42, 47), always=True),
        _temp(0x02, "Exhaust Temp", (_CHASSIS, 1), "exhaust", (65, 75, None), always=True),
        _temp(0x03, "CPU1 Temp", (_CPU, 1), "cpu1", hot),
        _temp(0x04, "CPU2 Temp", (_CPU, 2), "cpu2", hot),
        _temp(0x05, "CPU1 VRM Temp", (_POWER_MODULE, 1), "vrm", (100, 110, 120)),
        _temp(0x06, "CPU2 VRM Temp", (_POWER_MODULE, 2), "vrm", (100, 110, 120), more=2.0),
        _temp(0x07, "PCH Temp", (_BOARD, 1), "card", (90, 100, None), more=4.0),
        _temp(0x08, "BMC Temp", (_BMC_ENTITY, 1), "board", (85, 95, None), more=12.0, always=True),
        _temp(0x09, "System Temp", (_BOARD, 1), "board", (70, 80, None), always=True),
        _temp(0x0A, "Riser 1 Temp", (_PERIPHERAL, 1), "card", (75, 85, None)),
        _temp(0x0B, "Riser 2 Temp", (_PERIPHERAL, 2), "card", (75, 85, None), more=-3.0),
        _temp(0x0C, "NIC Temp", (_PERIPHERAL, 3), "card", (95, 105, None), more=9.0),
        _temp(0x0D, "RAID Temp", (_PERIPHERAL, 4), "card", (95, 105, None), more=12.0),
        _temp(0x0E, "PSU1 Temp", (_PSU, 1), "psu", (60, 65, None), always=True),
        _temp(0x0F, "PSU2 Temp", (_PSU, 2), "psu", (60, 65, None), more=1.0, always=True),
        *(_dimm_temp(at) for at in range(_DIMMS)),
    ]


def _dimm_temp(at: int) -> Measured:
    return _temp(0x10 + at, f"{_dimm(at)} Temp", (_DIMM, at + 1), "dimm", (80, 85, 95), more=at % 8 * 0.6)


def _voltages() -> list[Measured]:
    return [
        _volts(0x20, "12V", 12.0, 6, -2),
        _volts(0x21, "5V", 5.0, 25, -3),
        _volts(0x22, "5V STBY", 5.0, 25, -3, always=True),
        _volts(0x23, "3.3V", 3.3, 16, -3),
        _volts(0x24, "3.3V STBY", 3.3, 16, -3, always=True),
        _volts(0x25, "1.8V PCH", 1.8, 9, -3),
        _volts(0x26, "1.05V PCH", 1.05, 5, -3),
        _volts(0x27, "VBAT", 3.05, 16, -3, always=True, entity=(_BATTERY_ENTITY, 1)),
        _volts(0x28, "CPU1 VCore", 1.8, 9, -3, entity=(_CPU, 1)),
        _volts(0x29, "CPU2 VCore", 1.8, 9, -3, entity=(_CPU, 2)),
        _volts(0x2A, "VDDQ ABCD", 1.2, 6, -3, entity=(_MEMORY_MODULE, 1)),
        _volts(0x2B, "VDDQ EFGH", 1.2, 6, -3, entity=(_MEMORY_MODULE, 2)),
        _volts(0x2C, "PSU1 Vin", _SUPPLY_V, 1, 0, always=True, entity=(_PSU, 1)),
        _volts(0x2D, "PSU2 Vin", _SUPPLY_V, 1, 0, always=True, entity=(_PSU, 2)),
    ]


def _fans() -> list[Measured]:
    return [_fan(_FIRST_ROTOR + 2 * at + outer, at + 1, outer=bool(outer)) for at in range(_FANS) for outer in (0, 1)]


def _powers() -> list[Measured]:
    supply = (None, None, None, 190, 200, None)
    rows = [_amount(0x44, "Sys Power", (_CHASSIS, 1), _WATT, (4, 0), lambda model: model.watts, 0.0)]
    for at, share in ((1, 0.51), (2, 0.49)):
        rows += [_input(0x3F + at, at, share, supply), _input_current(0x41 + at, at, share)]
    rows += [
        _consumer(0x45, "CPU1 Power", (_CPU, 1), 28, 105),
        _consumer(0x46, "CPU2 Power", (_CPU, 2), 27, 104),
        _consumer(0x47, "Memory Power", (_MEMORY_MODULE, 1), 16, 30),
        _share(0x48, "CPU Util", (_CPU, 1), lambda model: 100 * model.load),
        _share(0x49, "Airflow Share", (_COOLING, 1), lambda model: 100 * model.fan),
    ]
    return rows


def _input(number: int, at: int, share: float, limits: tuple[int | None, ...]) -> Measured:
    return _amount(
        number, f"PSU{at} Pin", (_PSU, at), _WATT, (4, 0), lambda model: model.watts * share, 1.5, limits=limits
    )


def _input_current(number: int, at: int, share: float) -> Measured:
    def value(model: ServerModel) -> float:
        return model.watts * share / _SUPPLY_V

    return _amount(number, f"PSU{at} Iin", (_PSU, at), _AMPERE, (2, -2), value, 0.01, kind=_CURRENT)


def _consumer(number: int, name: str, entity: Entity, idle: int, more: int) -> Measured:
    return _amount(number, name, entity, _WATT, (1, 0), lambda model: idle + more * model.load, 1.5, always=False)


def _share(number: int, name: str, entity: Entity, value: Value) -> Measured:
    return _amount(number, name, entity, _NO_UNIT, (1, 0), value, 0.0, always=False, percentage=True)


def _discretes() -> list[Observed]:
    return [
        _states(0x50, "PSU1 Status", (_PSU, 1), _SUPPLY, 0x0F, _mains),
        _states(0x51, "PSU2 Status", (_PSU, 2), _SUPPLY, 0x0F, _mains),
        _states(0x52, "PS Redundancy", (_POWER_MODULE, 3), _POWER_UNIT, 0x07, _supplies, event_type=_REDUNDANCY),
        _states(0x53, "Fan Redundancy", (_COOLING, 1), _FAN, 0x07, _cooling, event_type=_REDUNDANCY),
        _states(0x54, "Power Unit", (_CHASSIS, 1), _POWER_UNIT, 0x7F, _power_unit),
        _states(0x55, "ACPI State", (_BOARD, 1), _ACPI, 0x2021, _acpi, deasserts=0),
        _states(0x56, "Intrusion", (_CHASSIS, 1), _INTRUSION, 0x01, _intrusion),
        _states(0x57, "SEL", (_BMC_ENTITY, 1), _LOG, 0x34, _log),
        _states(_WATCHDOG_NUMBER, "Watchdog", (_BMC_ENTITY, 1), _WATCHDOG, 0x10F, _watchdog, deasserts=0),
        _states(0x58, "UID Light", (_PANEL, 1), _BUTTON, 0x03, _light, event_type=_DIGITAL, deasserts=0),
        _states(0x59, "Battery", (_BATTERY_ENTITY, 1), _BATTERY, 0x07, 0x04),
        _states(0x5A, "BMC Health", (_BMC_ENTITY, 1), _HEALTH, 0x3F, 0x00),
        _states(0x5B, "CPU1 Status", (_CPU, 1), _PROCESSOR, 0x3E3, 0x80),
        _states(0x5C, "CPU2 Status", (_CPU, 2), _PROCESSOR, 0x3E3, 0x80),
        *(_states(0x60 + at, _dimm(at), (_DIMM, at + 1), _MEMORY, 0x63, 0x40) for at in range(_DIMMS)),
    ]


def _dimm(at: int) -> str:
    return f"DIMM {'AB'[at // 8]}{at % 8 + 1}"


def _backplane() -> list[Row]:
    where = (BACKPLANE, 0, BACKPLANE_CHANNEL)
    return [
        _temp(0x01, "Backplane Temp", (_BACKPLANE, 1), "drive", (55, 60, None), always=True, where=where),
        _temp(0x02, "Drive Bay Temp", (_DISK, 1), "drive", (55, 60, None), more=3.0, always=True, where=where),
        _states(0x10, "Drive ", (_DISK, 1), _DRIVE, 0x07, 0x01, share=_DRIVES, where=where),
    ]


def _engine() -> list[Row]:
    where = (MANAGEMENT_ENGINE, 1, ENGINE_CHANNEL)
    return [
        _amount(0x01, "Node Power", (_BOARD, 1), _WATT, (4, 0), lambda model: model.watts * 0.92, 0.0, where=where),
        _temp(0x02, "Node Inlet", (_INLET, 2), "inlet", (40, 45, None), more=1.0, always=True, where=where),
        _states(0x03, "Node Health", (_BMC_ENTITY, 2), _HEALTH, 0x3F, 0x00, where=where),
    ]


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Return all sensors, those of the controllers behind the BMC too."""
    return (*_temperatures(), *_voltages(), *_fans(), *_powers(), *_discretes(), *_backplane(), *_engine())


@lru_cache(maxsize=1)
def _by_number() -> dict[tuple[int, int, int], Row]:
    found: dict[tuple[int, int, int], Row] = {}
    for row in rows():
        record = row.record
        for at in range(record.share if isinstance(record, States) else 1):
            found[record.owner, record.lun, record.number + at] = row
    return found


def reading(model: ServerModel, machine: Any, owner: int, key: tuple[int, int]) -> Told:
    """Return what a sensor shows now: a count, or the bits of its states; None: nothing."""
    row = _by_number().get((owner, *key))
    if row is None or not (row.always or model.is_on):
        return None
    if isinstance(row, Observed):
        return row.bits(model, machine)
    seen = row.value(model) + (model.jitter(owner << 8 | key[1], row.amplitude) if row.amplitude else 0.0)
    return row.record.count(seen)


# --- records


def server_records() -> list[bytes]:
    """Return the records of the repository of the rack server."""
    return list(_server_records())


@lru_cache(maxsize=1)
def _server_records() -> tuple[bytes, ...]:
    made: list[Record] = [
        controller(BMC, "BMC", is_bmc=True, entity=(_BMC_ENTITY, 1)),
        controller(
            BACKPLANE,
            "Backplane",
            is_bmc=False,
            entity=(_BACKPLANE, 1),
            channel=BACKPLANE_CHANNEL,
            has_sensors=True,
            has_fru=True,
        ),
        controller(
            MANAGEMENT_ENGINE,
            "Mgmt Engine",
            is_bmc=False,
            entity=(_BMC_ENTITY, 2),
            channel=ENGINE_CHANNEL,
            has_sensors=True,
        ),
    ]
    made += [_record_of(row) for row in rows()]
    made += [
        event_only(0x71, "System Restart", (_BOARD, 1), _START),
        event_only(0x72, "OS Boot", (_BOARD, 1), _BOOT),
        event_only(0x73, "System Event", (_BOARD, 1), _SYSTEM),
        event_only(0x74, "POST Code", (_BOARD, 1), _POST),
        event_only(0x75, "Power Limit", (_BOARD, 1), _POWER_UNIT, event_type=_LIMIT),
        event_only(0x76, "Session Audit", (_BMC_ENTITY, 1), _AUDIT),
        association((_CHASSIS, 1), (_PSU, 1), (_PSU, 2), (_BOARD, 1), (_BACKPLANE, 1)),
        association((_BOARD, 1), (_CPU, 1), (_CPU, 2), (_MEMORY_MODULE, 1), (_MEMORY_MODULE, 2)),
        association((_COOLING, 1), *((_FAN_ENTITY, at) for at in range(1, 5))),
        fru(0, "Mainboard", _BOARD, 0),
        fru(1, "PSU 1", _PSU, 0),
        fru(2, "PSU 2", _PSU, 0, instance=2),
        fru(3, "Riser 1", _PERIPHERAL, 0),
        fru(4, "DIMM A1", _DIMM, 1),
        fru(5, "DIMM B1", _DIMM, 1, instance=9),
        fru(0, "Backplane", _BACKPLANE, 0, address=BACKPLANE, channel=BACKPLANE_CHANNEL),
    ]
    return tuple(numbered(record, at) for at, record in enumerate(made, 1))


def _record_of(row: Row) -> Record:
    return compact(row.record) if isinstance(row, Observed) else full(row.record)


def satellite_records(owner: int) -> list[bytes]:
    """Return the device records of a controller behind the BMC."""
    made = [_record_of(row) for row in rows() if row.record.owner == owner]
    return [numbered(record, at) for at, record in enumerate(made, 1)]



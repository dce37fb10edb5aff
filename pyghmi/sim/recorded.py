# SPDX-License-Identifier: Apache-2.0
"""Make a simulated BMC answer as a recorded one did; what is changed afterwards is answered as it was changed."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.codes import OK
from pyghmi.sim.fru import FruPart
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.repository import Key, SensorPart, SensorState
from pyghmi.sim.satellite import BridgePart, Buses, Place, Satellite
from pyghmi.sim.sel import SelPart
from pyghmi.sim.snapshot import FORMAT, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyghmi.sim.machine import SimulatedBmc

_BMC = 0x20
_NOT_PRESENT = 0xCB
_STATUS, _CONTROL, _GUID = (0x00, 0x01), (0x00, 0x02), (0x06, 0x37)
_MACHINE = ((0x00, 0x02), (0x00, 0x04), (0x00, 0x08), (0x06, 0x02), (0x06, 0x03), (0x06, 0x22), (0x06, 0x24))
"""What happens to the machine is simulated."""
_CHANGED_BY = {
    (0x00, 0x08): ((0x00, 0x09),),
    (0x06, 0x22): ((0x06, 0x25),),
    (0x06, 0x24): ((0x06, 0x25),),
    (0x0A, 0x44): ((0x0A, 0x40), (0x0A, 0x41)),
    (0x0A, 0x46): ((0x0A, 0x40), (0x0A, 0x41)),
    (0x0A, 0x47): ((0x0A, 0x40), (0x0A, 0x41)),
}
"""Command that changes something -> those whose recorded answers are history then."""


def is_recording(content: Any) -> bool:
    """Whether a file holds what a BMC answered."""
    return isinstance(content, dict) and content.get("what") == WORDS


def install(machine: SimulatedBmc, content: dict[str, Any], path: str) -> None:
    """Make `machine` answer like that.  Raises InvalidParameterValue where the file was damaged."""
    if content.get("format") != FORMAT:
        raise InvalidParameterValue(f"{path} has format {content.get('format')}; format {FORMAT} is understood")
    try:
        _install(machine, content)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InvalidParameterValue(f"{path} is damaged: {type(error).__name__} {error}") from error


def _install(machine: SimulatedBmc, content: dict[str, Any]) -> None:
    answers: dict[tuple[int, int], dict[bytes, Reply]] = {}
    for row in content["answers"]:
        by_data = answers.setdefault((int(row["netfn"]), int(row["command"])), {})
        by_data[bytes.fromhex(row["data"])] = int(row["code"]), bytes.fromhex(row["answer"])
    log = SelPart(machine.clock.time, capacity=65535, demo=False)
    log.entries = {int.from_bytes(record[:2], "little"): record for record in map(bytes.fromhex, content["log"])}
    sensors = RecordedSensors(content["records"], content["sensors"])
    parts: dict[str, Any] = {
        "sensors": sensors,
        "fru": FruPart({int(fru_id): bytes.fromhex(image) for fru_id, image in content["frus"].items()}),
        "sel": log,
    }
    table: dict[tuple[int, int], Answer] = {
        key: answer for part in parts.values() for key, answer in part.commands().items()
    }
    table.update({key: machine.table[key] for key in _MACHINE if key in machine.table})
    before = dict(machine.table)
    for key, by_data in answers.items():
        table[key] = _Replay(by_data, table.get(key) or before.get(key))
    for key, gets in _CHANGED_BY.items():
        if key in table:
            table[key] = _changing(table[key], [table[get] for get in gets if get in table])
    status = answers.get(_STATUS, {}).get(b"")
    if status is not None and status[0] == OK and status[1]:
        machine.power.is_on = machine.power_is_on = status[1][0] % 2 == 1
        table[_STATUS] = lambda _data: (OK, bytes((status[1][0] // 2 * 2 + machine.power_is_on,)) + status[1][1:])
    guid = answers.get(_GUID, {}).get(b"")
    if guid is not None and guid[0] == OK and len(guid[1]) == 16:
        machine.uuid = UUID(bytes_le=guid[1])
    buses = _buses(content.get("controllers", ()), content["records"])
    if buses:
        bridge = machine.parts["bridge"] = BridgePart(buses)
        table.update(bridge.commands())
    machine.parts.update(parts)
    machine.table = table
    machine.at_luns = {lun: sensors.commands(lun) for lun, _number in sensors.sensors if lun}


def _buses(controllers: Iterable[dict[str, Any]], records: list[str]) -> Buses:
    """Return the controllers behind a BMC that was recorded."""
    found: Buses = {}
    for row in controllers:
        address = int(row["address"])
        sensors = RecordedSensors(records, row["sensors"], address, at_bmc=False)
        satellite = Satellite(
            Place(address, "", 0),
            dict.fromkeys((lun for lun, _number in sensors.sensors), sensors),
            {int(fru_id): bytes.fromhex(image) for fru_id, image in row["frus"].items()},
        )
        for each in row["answers"]:
            reply = int(each["code"]), bytes.fromhex(each["answer"])
            replay = _Replay({bytes.fromhex(each["data"]): reply}, None)
            satellite.tables[0][int(each["netfn"]), int(each["command"])] = replay
        found.setdefault(int(row["channel"]), {})[address] = satellite
    return found


class RecordedSensors(SensorPart):
    """Sensors that show what was recorded, unless a test pins something else."""

    def __init__(
        self, records: list[str], sensors: list[dict[str, Any]], owner: int = _BMC, *, at_bmc: bool = True
    ) -> None:
        self._recorded: dict[str, dict[Key, Reply]] = {}
        for row in sensors:
            key = (int(row["lun"]), int(row["number"]))
            for name, value in row.items():
                if name not in ("lun", "number"):
                    reply: Reply = (value, b"") if isinstance(value, int) else (OK, bytes.fromhex(value))
                    self._recorded.setdefault(name, {})[key] = reply
        self.told_thresholds = self._recorded.get("thresholds", {})
        raw = [bytes.fromhex(record) for record in records]
        super().__init__(records=raw, owner=owner, source=lambda _key: 0, repository=at_bmc)

    def _reading(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        found = self._recorded.get("reading", {}).get(key)
        return super()._reading(key, sensor, asked) if found is None or key in self.pinned else found

    def _get_thresholds(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self.told_thresholds.get(key) or super()._get_thresholds(key, sensor, asked)

    def _set_thresholds(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        self.told_thresholds.pop(key, None)
        return super()._set_thresholds(key, sensor, asked)

    def _get_hysteresis(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self._recorded.get("hysteresis", {}).get(key) or super()._get_hysteresis(key, sensor, asked)

    def _get_events(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self._recorded.get("events", {}).get(key) or super()._get_events(key, sensor, asked)


class _Replay:
    """Answer one command as it was answered; otherwise: what answers once that is history."""

    def __init__(self, by_data: dict[bytes, Reply], otherwise: Answer | None) -> None:
        self._by_data = {data.rstrip(b"\0"): reply for data, reply in by_data.items()}
        codes = Counter(code for code, _answer in by_data.values() if code != OK)
        self._else = codes.most_common(1)[0][0] if codes else _NOT_PRESENT
        self._otherwise = otherwise
        self.is_history = False

    def __call__(self, data: bytes) -> Reply:
        if self.is_history and self._otherwise is not None:
            return self._otherwise(data)
        return self._by_data.get(data.rstrip(b"\0"), (self._else, b""))


def _changing(answer: Answer, gets: list[Answer]) -> Answer:
    def change(data: bytes) -> Reply:
        code, found = answer(data)
        if code == OK:
            for each in gets:
                if isinstance(each, _Replay):
                    each.is_history = True
        return code, found

    return change

# SPDX-License-Identifier: Apache-2.0
"""Make a simulated BMC answer as a recorded one did; what is changed afterwards is answered as it was changed."""
from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Callable
from uuid import UUID

from pyghmi.ipmi.spec import dcmi
from pyghmi.ipmi.spec.chassis import ChassisStatus, SetPowerRestorePolicy
from pyghmi.ipmi.spec.codes import OK
from pyghmi.ipmi.spec.storage import Time
from pyghmi.ipmi.wire.numbers import PRE_INIT_END
from pyghmi.sim.dcmi import Text, instances, wanted_instances
from pyghmi.sim.events import LOG_KIND, number_of
from pyghmi.sim.fru import FruPart
from pyghmi.sim.parts import Answer
from pyghmi.sim.recording import (
    SENSOR_REPLIES,
    Answers,
    RecordedController,
    RecordedSensor,
    Recording,
    Reply,
    read_recording,
)
from pyghmi.sim.repository import Key, SensorPart, SensorState
from pyghmi.sim.satellite import BridgePart, Buses, Place, Satellite
from pyghmi.sim.sel import SelPart
from pyghmi.sim.snapshot_questions import SECURITY_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyghmi.sim.machine import SimulatedBmc

_BMC = 0x20
_NOT_PRESENT = 0xCB
_STATUS, _CONTROL, _GUID = (0x00, 0x01), (0x00, 0x02), (0x06, 0x37)
_POLICY, _SUITES = (0x00, 0x06), (0x06, 0x54)
_SEL_TIME, _SDR_TIME = (0x0A, 0x48), (0x0A, 0x28)
_ASSET_TAG, _CONTROLLER_ID = (0x2C, 0x06), (0x2C, 0x09)
_INSTANCES, _INSTANCE_REQUEST, _INSTANCE_HEAD = ((0x2C, 0x07), (0x2C, 0x10)), 5, 3
_KEEP_POLICY = b"\x03"
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


def install(machine: SimulatedBmc, content: dict[str, Any], path: str) -> None:
    """Make `machine` answer like that.  Raises InvalidParameterValue where the file was damaged."""
    found = read_recording(content, path)
    log = SelPart(machine.clock.time, capacity=65535, demo=False)
    log.hold(found.log)
    sensors = RecordedSensors(found.records, found.sensors, repository=not found.device_sdrs)
    log.number = number_of(sensors, LOG_KIND)
    parts: dict[str, Any] = {"sensors": sensors, "fru": FruPart(found.frus), "sel": log}
    table: dict[tuple[int, int], Answer] = {
        key: answer for part in parts.values() for key, answer in part.commands().items()
    }
    table.update({key: machine.table[key] for key in _MACHINE if key in machine.table})
    before = dict(machine.table)
    for key, by_data in found.answers.items():
        table[key] = _Replay(by_data, table.get(key) or before.get(key))
    for key, gets in _CHANGED_BY.items():
        if key in table:
            table[key] = _changing(table[key], [table[get] for get in gets if get in table])
    _play_dcmi(table, found.answers)
    if any(code == OK for code, _nothing in found.answers.get(SECURITY_KEYS, {}).values()):
        table[SECURITY_KEYS] = before[SECURITY_KEYS]  # keys are not recorded, and this machine has its own
    _play_clocks(table, found, log, sensors, machine)
    _play_machine(table, found.answers, machine)
    _play_suites(found.answers, machine)
    buses = _buses(found.controllers, found.records)
    if buses:
        bridge = machine.parts["bridge"] = BridgePart(buses)
        table.update(bridge.commands())
    machine.parts.update(parts)
    machine.table = table
    machine.at_luns = {lun: sensors.commands(lun) for lun, _number in sensors.sensors if lun}


def _play_dcmi(table: dict[tuple[int, int], Answer], answers: Answers) -> None:
    """Have the texts and lists of DCMI read in any parts, not only in those of the recording."""
    for key in _INSTANCES:
        if key in table:
            table[key] = _InstancesReplay(answers[key], table[key])
    for key in (_ASSET_TAG, _CONTROLLER_ID):
        blocks = [
            (dcmi.GetAssetTag.decode(data).offset, dcmi.TextBlock.decode(answer).data)
            for data, (code, answer) in answers.get(key, {}).items()
            if code == OK and len(data) > 2 and len(answer) > 1
        ]
        if blocks:
            table[key] = _TextReplay(b"".join(block for _offset, block in sorted(blocks)))


class _TextReplay:
    """Answer Get Asset Tag, or Get Management Controller Identifier String, from the whole text."""

    def __init__(self, text: bytes) -> None:
        self._text = Text(text, dcmi.TAG_BYTES)

    def __call__(self, data: bytes) -> Reply:
        asked = dcmi.GetAssetTag.decode(data)
        code, found = self._text.read(asked.offset, asked.count)
        return code, found or data[:1]


class _InstancesReplay:
    """Answer Get DCMI Sensor Info, or Get Temperature Readings, from what came for each instance."""

    def __init__(self, by_data: dict[bytes, Reply], exact: Answer) -> None:
        self._by_data = by_data
        self._exact = exact
        self._rows: dict[tuple[int, int], dict[int, bytes]] = {}
        for data, (code, answer) in by_data.items():
            if code != OK or len(data) < _INSTANCE_REQUEST or len(answer) < _INSTANCE_HEAD:
                continue
            asked, found = dcmi.GetSensorInfo.decode(data), dcmi.Instances.decode(answer)
            rows = self._rows.setdefault((asked.sensor_type, asked.entity), {})
            if asked.instance and found.count == 1:
                rows[asked.instance] = found.data

    def __call__(self, data: bytes) -> Reply:
        asked = dcmi.GetSensorInfo.decode(data)
        rows = self._rows.get((asked.sensor_type, asked.entity))
        if data in self._by_data or rows is None:
            return self._exact(data)
        wanted = wanted_instances(sorted(rows), asked.instance, asked.start)
        return instances(len(rows), [rows[at] for at in wanted])


def _play_clocks(
    table: dict[tuple[int, int], Answer], found: Recording, log: SelPart, sensors: SensorPart, machine: SimulatedBmc
) -> None:
    """Have the clocks go on: from where they would be now, or from where they were if that is since a start."""
    for key in (_SEL_TIME, _SDR_TIME):
        code, answer = found.answers.get(key, {}).get(b"", (_NOT_PRESENT, b""))
        if code != OK or len(answer) != len(Time(time=0).encode()):
            continue
        told = Time.decode(answer).time
        since = found.time if found.time is not None and told > PRE_INIT_END else int(machine.clock.time())
        ahead_s = told - since
        if key == _SEL_TIME:
            log.clock.ahead_s = ahead_s
        else:
            sensors.time = partial(_ahead, machine.clock.time, ahead_s)
        table[key] = (log.clock if key == _SEL_TIME else sensors).commands()[key]


def _ahead(clock: Callable[[], float], seconds: int) -> float:
    return clock() + seconds


def _play_machine(table: dict[tuple[int, int], Answer], answers: Answers, machine: SimulatedBmc) -> None:
    """Have power, restore policy and GUID as they were, and what happens to them afterwards."""
    code, status = answers.get(_STATUS, {}).get(b"", (_NOT_PRESENT, b""))
    if code == OK and status:
        machine.power.is_on = machine.power_is_on = status[0] % 2 == 1
        chassis = _Chassis(machine, status, answers.get(_POLICY, {}).get(_KEEP_POLICY))
        table[_STATUS] = chassis.status
        if _POLICY in answers:
            table[_POLICY] = chassis.set_policy
    code, guid = answers.get(_GUID, {}).get(b"", (_NOT_PRESENT, b""))
    if code == OK and len(guid) == 16:
        machine.uuid = UUID(bytes_le=guid)


class _Chassis:
    """The chassis status as it was, but for the power and its restore policy, which change."""

    def __init__(self, machine: SimulatedBmc, status: bytes, policies: Reply | None) -> None:
        self._machine = machine
        self._status = status
        self._policies = policies or (_NOT_PRESENT, b"")
        self._set = machine.table[_POLICY]

    def status(self, _data: bytes) -> Reply:
        """Answer Get Chassis Status."""
        power = self._status[0] // 2 * 2 + self._machine.power_is_on
        return OK, bytes((power,)) + self._status[1:]

    def set_policy(self, data: bytes) -> Reply:
        """Answer Set Power Restore Policy."""
        if self._policies[0] != OK or data[:1] == _KEEP_POLICY:
            return self._policies
        reply = self._set(data)
        if reply[0] != OK:
            return reply
        changed = ChassisStatus.decode(self._status)
        changed.restore_policy = SetPowerRestorePolicy.decode(data).policy
        self._status = changed.encode()[:1] + self._status[1:]
        return self._policies


def _play_suites(answers: Answers, machine: SimulatedBmc) -> None:
    """Have the same cipher suites told outside of sessions too; those of the simulated BMC work as before."""
    pages = answers.get(_SUITES, {})
    if any(code == OK for code, _answer in pages.values()):
        machine.core.sessionless.table[_SUITES] = _Replay(pages, None)


def _buses(controllers: Iterable[RecordedController], records: list[bytes]) -> Buses:
    """Return the controllers behind a BMC that was recorded."""
    found: Buses = {}
    for row in controllers:
        own = RecordedSensors(
            row.records or records,
            row.sensors,
            row.address,
            repository=bool(row.records) and not row.device_sdrs,
            device_sdrs=row.device_sdrs,
        )
        luns = {0, *(lun for lun, _number in own.sensors)}
        satellite = Satellite(Place(row.address, "", 0), dict.fromkeys(luns, own), row.frus)
        for key, by_data in row.answers.items():
            satellite.tables[0][key] = _Replay(by_data, None)
        found.setdefault(row.channel, {})[row.address] = satellite
    return found


class RecordedSensors(SensorPart):
    """Sensors that say what was recorded, unless a test pins something else, or it is set anew."""

    def __init__(
        self,
        records: list[bytes],
        sensors: Iterable[RecordedSensor],
        owner: int = _BMC,
        *,
        repository: bool = True,
        device_sdrs: bool = False,
    ) -> None:
        self.told: dict[str, dict[Key, Reply]] = {name: {} for name in SENSOR_REPLIES}
        for sensor in sensors:
            for name, reply in sensor.replies.items():
                self.told[name][sensor.lun, sensor.number] = reply
        super().__init__(
            records=records, owner=owner, source=lambda _key: 0, repository=repository, device_sdrs=device_sdrs
        )

    def _reading(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        if key in self.pinned:
            return super()._reading(key, sensor, asked)
        return self.told["reading"].get(key) or super()._reading(key, sensor, asked)

    def _factors(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self.told["factors"].get(key) or super()._factors(key, sensor, asked)

    def _get_thresholds(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self.told["thresholds"].get(key) or super()._get_thresholds(key, sensor, asked)

    def _set_thresholds(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        self.told["thresholds"].pop(key, None)
        return super()._set_thresholds(key, sensor, asked)

    def _get_hysteresis(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self.told["hysteresis"].get(key) or super()._get_hysteresis(key, sensor, asked)

    def _set_hysteresis(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        self.told["hysteresis"].pop(key, None)
        return super()._set_hysteresis(key, sensor, asked)

    def _get_events(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self.told["events"].get(key) or super()._get_events(key, sensor, asked)

    def _set_events(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        self.told["events"].pop(key, None)
        return super()._set_events(key, sensor, asked)

    def _event_status(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        return self.told["status"].get(key) or super()._event_status(key, sensor, asked)

    def _rearm(self, key: Key, sensor: SensorState, asked: Any) -> Reply:
        self.told["status"].pop(key, None)
        return super()._rearm(key, sensor, asked)


class _Replay:
    """Answer one command as it was answered; otherwise: what answers once that is history.

    What was not asked is refused as what is most like it was: with the same first bytes, which name a parameter, a
    group or a channel.
    """

    def __init__(self, by_data: dict[bytes, Reply], otherwise: Answer | None) -> None:
        self._by_data = {data.rstrip(b"\0"): reply for data, reply in by_data.items()}
        self._refused = {data: code for data, (code, _answer) in by_data.items() if code != OK}
        self._otherwise = otherwise
        self.is_history = False

    def __call__(self, data: bytes) -> Reply:
        if self.is_history and self._otherwise is not None:
            return self._otherwise(data)
        found = self._by_data.get(data.rstrip(b"\0"))
        return (self._refusal(data), b"") if found is None else found

    def _refusal(self, data: bytes) -> int:
        for size in range(len(data) - 1, -1, -1):
            alike = Counter(code for asked, code in self._refused.items() if asked[:size] == data[:size])
            if alike:
                return alike.most_common(1)[0][0]
        return _NOT_PRESENT


def _changing(answer: Answer, gets: list[Answer]) -> Answer:
    def change(data: bytes) -> Reply:
        code, found = answer(data)
        if code == OK:
            for each in gets:
                if isinstance(each, _Replay):
                    each.is_history = True
        return code, found

    return change

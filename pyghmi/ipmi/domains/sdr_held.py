# SPDX-License-Identifier: Apache-2.0
"""The records and sensors of a BMC as they are held by whoever asks for them again and again."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional
from weakref import WeakValueDictionary

from pyghmi.ipmi.domains import sdr_cache
from pyghmi.ipmi.spec.sdr import COMPACT, EVENT_ONLY, FULL, Record, SensorKey, SensorRecord, parse_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.sdr_cache import SdrFiles
    from pyghmi.ipmi.domains.sdr_repo import Progress, RepositoryState, SdrRepository
    from pyghmi.ipmi.domains.sensor import Sensor, StateTexts
    from pyghmi.ipmi.spec.sdr import SdrRecord

_TYPE_AT = 3

FindFiles = Callable[[], Optional["SdrFiles"]]


class HeldRecords:
    """Records, and what they describe.

    state: of the repository when they were read; problems: see `SdrRepository`; texts: the words for states, None:
    those of the specification, type_names: a vendor's for what sensors sense; set before `sensors` is first read.
    """

    texts: StateTexts | None = None
    type_names: Mapping[int, str] | None = None

    def __init__(self, state: RepositoryState | None, raw: list[bytes], problems: list[str]) -> None:
        self.state = state
        self.raw = raw
        self.problems = problems
        self._of_sensors: list[SensorRecord] | None = None
        self._records: list[SdrRecord] | None = None
        self._sensors: list[Sensor] | None = None
        self._names: dict[str, list[Sensor]] | None = None

    @property
    def records(self) -> list[SdrRecord]:
        """The records, decoded."""
        if self._records is None:
            self._records = [_decoded(raw) for raw in self.raw]
        return self._records

    def of_types(self, *types: int) -> list[SdrRecord]:
        """Return the records of some types alone: for each type that is met a decoder has to be made."""
        return [_decoded(raw) for raw in self.raw if len(raw) > _TYPE_AT and raw[_TYPE_AT] in types]

    @property
    def sensor_records(self) -> list[SensorRecord]:
        """The records of sensors, but for those that do not decode."""
        if self._of_sensors is None:
            found = self.of_types(FULL, COMPACT, EVENT_ONLY)
            self._of_sensors = [record for record in found if isinstance(record, SensorRecord)]
        return self._of_sensors

    @property
    def sensors(self) -> list[Sensor]:
        """The sensors, in the order of the records."""
        if self._sensors is None:
            from pyghmi.ipmi.domains.sensor import expand

            self._sensors = expand(self.sensor_records, self.texts)
            if self.type_names is not None:
                for sensor in self._sensors:
                    sensor.use_type_names(self.type_names)
        return self._sensors

    def find(self, name: str | SensorKey) -> Sensor | None:
        """Return the sensor with this key, this name, or this base name if only one has it; None: there is none."""
        if isinstance(name, SensorKey):
            return next((sensor for sensor in self.sensors if sensor.key == name), None)
        if self._names is None:
            self._names = {}
            for sensor in self.sensors:
                for each in {sensor.name, sensor.base_name}:
                    self._names.setdefault(each, []).append(sensor)
        found = self._names.get(name, [])
        if len(found) == 1:
            return found[0]
        return next((sensor for sensor in found if sensor.name == name), None)


_same: WeakValueDictionary[bytes, Record] = WeakValueDictionary()
"""Records by their bytes, as long as somebody holds them: a thousand machines of one kind need them once."""


def _decoded(raw: bytes) -> SdrRecord:
    found: SdrRecord | None = _same.get(raw)
    if found is None:
        found = parse_record(raw)
        if isinstance(found, Record):
            _same[raw] = found
    return found


def refreshed(
    repository: SdrRepository,
    learned: Learned,
    held: HeldRecords | None,
    files: FindFiles,
    progress: Progress = None,
) -> HeldRecords:
    """Return the records as they are now: those held, if one question says that nothing has changed.

    A second question where the first does not tell.  Else from the memory of the process, a file, or the BMC.  Raises
    as `SdrRepository.raw_records`.
    """
    state = repository.state()
    if held is not None and _unchanged(repository, held, state):
        return held
    found = sdr_cache.recall(learned, state)
    if found is not None:
        return HeldRecords(state, found, [])
    kept = files() if state is not None and state.trusted else None
    found = kept.load(state) if kept is not None else None
    if found is None:
        found = repository.raw_records(progress)
        state = repository.told  # they may have changed while they were read, and were read again then
        if learned.device_sdrs and (state is None or not state.device):
            state = repository.state()  # only now it is known where to ask for it
        if not repository.complete:
            return HeldRecords(state, found, repository.problems)
        if kept is not None:
            kept.store(state, found)
    sdr_cache.remember(learned, state, found)
    return HeldRecords(state, found, repository.problems)


def _unchanged(repository: SdrRepository, held: HeldRecords, state: RepositoryState | None) -> bool:
    """Whether the records held are those of the BMC; where times do not tell, the first record has to do."""
    if state != held.state:
        return False
    if state is not None and state.trusted:
        return True
    sample = repository.first_record()
    if not held.raw:
        return not sample
    return bool(sample) and sample is not None and held.raw[0].startswith(sample)

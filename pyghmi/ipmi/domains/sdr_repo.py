# SPDX-License-Identifier: Apache-2.0
"""The sensor data records of a BMC: its repository, or the device SDRs where it has only those.  IPMI 2.0 §33, §35."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.sdr_read import RecordRead, RecordSource
from pyghmi.ipmi.spec.codes import INITIALIZING, INVALID_COMMAND, NODE_BUSY, NOT_PRESENT, OK
from pyghmi.ipmi.spec.sdr import HEADER_BYTES, parse_record
from pyghmi.ipmi.spec.sensor import DeviceSdrInfo, GetDeviceSdrInfo
from pyghmi.ipmi.spec.storage import FIRST_RECORD, LAST_RECORD, GetSdrRepositoryInfo, RepositoryInfo
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.sdr import SdrRecord

Progress = Optional[Callable[[int, int], None]]
"""Called as (records read, records expected); the second is what the BMC says, which may be wrong."""

_MOST_RECORDS, _MOST_BYTES = 65_535, 4 * 1024 * 1024
_MOST_UNTOLD, _MOST_TIMES_TOLD = 4096, 4
"""So many records, and so many times those that the BMC told, are believed."""
_MOST_WALKS = 3
_INFO_S = 10.0
_NO_TIME = (0x00000000, 0xFFFFFFFF)
_INVALID_FOR_LUN, _DISABLED, _UPDATING, _FIRMWARE_UPDATE = 0xC2, 0xD6, 0xD0, 0xD1
_NO_REPOSITORY = frozenset((INVALID_COMMAND, _INVALID_FOR_LUN, _DISABLED, NOT_PRESENT))
_LATER = frozenset((NODE_BUSY, INITIALIZING, _UPDATING, _FIRMWARE_UPDATE))
"""The rest of the records is there, only not now: to leave them out would be to lie."""


class RepositoryState(NamedTuple):
    """By what it can be seen that records have changed.

    `device`: these are device SDRs; then `last_add` is the indicator of their population, 0 if it never changes.
    """

    records: int
    last_add: int
    last_erase: int
    device: bool = False

    @property
    def trusted(self) -> bool:
        """Whether equal states mean equal records.  Some BMCs leave the times at 0 or FFFFFFFFh whatever happens."""
        return self.last_add not in _NO_TIME


class SdrRepository:
    """The sensor data records of one controller.

    `problems`: what could not be read as it should have been, in words, since the last reading began; `complete`:
    whether all records came nevertheless, as far as anybody can tell; `told`: the state as it was told last.
    """

    def __init__(self, bmc: Requester, learned: Learned) -> None:
        self._bmc = bmc
        self._learned = learned
        self.problems: list[str] = []
        self.complete = True
        self.told: RepositoryState | None = None
        self._expected = 0

    def info(self) -> RepositoryInfo | None:
        """Return how many records there are and when they changed; None: this BMC does not say."""
        request = GetSdrRepositoryInfo()
        code, data = self._bmc.exchange(request.netfn, request.cmd, b"", deadline_s=_INFO_S)
        try:
            return RepositoryInfo.decode(data) if code == OK else None
        except Malformed:
            return None

    def device_info(self, lun: int = 0) -> DeviceSdrInfo | None:
        """Return which LUNs have sensors, and whether they come and go; None: this BMC does not say."""
        request = GetDeviceSdrInfo()
        code, data = self._bmc.exchange(request.netfn, request.cmd, b"", lun=lun, deadline_s=_INFO_S)
        try:
            return DeviceSdrInfo.decode(data) if code == OK else None
        except Malformed:
            return None

    def state(self) -> RepositoryState | None:
        """Return by what a change can be seen; one question.  None: nothing tells."""
        self.told = self._state()
        return self.told

    def _state(self) -> RepositoryState | None:
        if self._learned.device_sdrs:
            device = self.device_info()
            if device is None:
                return None
            return RepositoryState(device.count, device.population_change or 0, 0, device=True)
        info = self.info()
        if info is None:
            return None
        self._expected = info.records
        return RepositoryState(info.records, info.last_add, info.last_erase)

    def first_record(self) -> bytes | None:
        """Return what one question brings of the first record: a sample, where no state tells of changes."""
        return RecordSource(self._bmc, self._learned, device=self._learned.device_sdrs).first(FIRST_RECORD)

    def records(self, progress: Progress = None) -> list[SdrRecord]:
        """Return all records; see `raw_records`."""
        return [parse_record(raw) for raw in self.raw_records(progress)]

    def raw_records(self, progress: Progress = None) -> list[bytes]:
        """Return all records as bytes, header and all, in the order of the BMC.

        A record has the ID in its header by which it was asked for, whatever stood there.  What cannot be read is left
        out and told in `problems`.  Raises CompletionCodeError if there is nothing at all or the BMC says "later",
        SessionError.
        """
        self.problems, self.complete = [], True
        if self._learned.device_sdrs:
            return self._device_records(progress, None)
        source = RecordSource(self._bmc, self._learned)
        try:
            found = self._walk(source, progress, self._expected)
        except CompletionCodeError as error:
            if error.code not in _NO_REPOSITORY:
                raise
            return self._device_records(progress, error)
        if found:
            return found
        so_far, self.problems = self.problems, []
        try:
            return self._device_records(progress, None)
        except CompletionCodeError:
            self.problems = so_far  # the repository is empty, and there is nothing else
            return []

    def _device_records(self, progress: Progress, instead_of: CompletionCodeError | None) -> list[bytes]:
        """Read the device SDRs of all LUNs that have sensors; one that refuses is told in `problems`.

        instead_of: why the repository is not read.  Raises CompletionCodeError when there are none at all.
        """
        info = self.device_info()
        luns = [0] if info is None else _luns(info)
        found: list[bytes] = []
        for lun in luns:
            source = RecordSource(self._bmc, self._learned, device=True, lun=lun)
            try:
                more = self._walk(source, progress, 0)
            except CompletionCodeError as error:
                if error.code not in _NO_REPOSITORY:
                    raise
                self.problems.append(f"device SDRs of LUN {lun}: {error.text}")
                instead_of = instead_of or error
                continue
            known = set(found)  # a BMC may show the same records at every LUN
            found += [raw for raw in more if raw not in known]
        self._learned.device_sdrs = bool(found)
        if not found and instead_of is not None:
            raise instead_of
        return found

    def _walk(self, source: RecordSource, progress: Progress, expected: int) -> list[bytes]:
        """Read all records of a source, and once more if they were others in the end."""
        before = list(self.problems)
        for walks in range(1, _MOST_WALKS + 1):
            source.lost = False
            walk = _Walk(source, self.problems, progress, expected)
            found = walk.run()
            if (walk.complete and not source.lost) or walks == _MOST_WALKS or not self._has_changed():
                break
            self.problems[:] = before
            expected = self._expected if expected else 0
        self.complete = self.complete and walk.complete
        return found

    def _has_changed(self) -> bool:
        """Whether the state is another than when it was told last; nobody has asked: no."""
        before = self.told
        return before is not None and self.state() not in (None, before)


def _luns(info: DeviceSdrInfo) -> list[int]:
    flags = (info.lun_0, info.lun_1, info.lun_2, info.lun_3)
    return [lun for lun, has_sensors in enumerate(flags) if has_sensors] or [0]


class _Walk:
    """One way through all records, which ends whatever the BMC says."""

    def __init__(self, source: RecordSource, problems: list[str], progress: Progress, expected: int) -> None:
        self._source = source
        self._problems = problems
        self._progress = progress
        self._expected = expected
        self._first = b""
        self._found: list[bytes] = []
        self._bytes = 0
        self._unread = False
        self._ended = False

    @property
    def complete(self) -> bool:
        """Whether the list went to its end, or is as long as the BMC says, and no record of it failed."""
        return not self._unread and (self._ended or len(self._found) >= self._expected > 0)

    def run(self) -> list[bytes]:
        """Follow the IDs from the first to the last.  Raises CompletionCodeError if even the first refuses."""
        visited: set[int] = set()
        record_id: int | None = FIRST_RECORD
        while record_id != LAST_RECORD:
            if record_id is None:
                self._problems.append("the list ends early: nobody said which record comes next")
                break
            if record_id in visited:
                self._problems.append(f"the list ends early: record {record_id:04X}h comes next again")
                break
            visited.add(record_id)
            read = self._source.read(record_id)
            if not visited - {FIRST_RECORD} and self._refused(read):
                self._ended = True
                return []
            if not self._take(record_id, read):
                break
            record_id = read.next_id
        self._ended = record_id == LAST_RECORD
        return self._found

    def _refused(self, read: RecordRead) -> bool:
        """Whether there are no records.  Raises CompletionCodeError if the first one refuses."""
        if read.code == OK or read.next_id is not None:
            return False
        if read.code == NOT_PRESENT:
            return True
        raise self._source.error(read.code)

    def _take(self, record_id: int, read: RecordRead) -> bool:
        """Keep a record; False: it was the first one again, or there is no room for more."""
        if read.code in _LATER:
            raise self._source.error(read.code)
        if read.problem:
            self._problems.append(f"record {record_id:04X}h {read.problem}")
        self._unread = self._unread or read.silent or len(read.data) < HEADER_BYTES
        if len(read.data) < HEADER_BYTES:
            return True
        if self._first and read.data == self._first:
            self._problems.append("the list ends early: the first record comes again")
            return False
        self._first = self._first or read.data
        known_as = read.data[:2] if record_id == FIRST_RECORD else record_id.to_bytes(2, "little")
        self._found.append(known_as + read.data[2:])
        self._bytes += len(read.data)
        if self._progress is not None:
            self._progress(len(self._found), self._expected)
        most = min(_MOST_UNTOLD + _MOST_TIMES_TOLD * self._expected, _MOST_RECORDS)
        if len(self._found) >= most or self._bytes > _MOST_BYTES:
            self._problems.append("the list ends early: there are more records than can be")
            return False
        return True

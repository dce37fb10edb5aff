# SPDX-License-Identifier: Apache-2.0
"""Record what a controller answers about records, sensors and FRUs: the BMC itself, and those behind it."""
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from pyghmi.exceptions import Malformed, PyghmiException, SessionLost, TimedOut
from pyghmi.ipmi.domains.fru import FruInventory, is_at_bmc, is_memory_module
from pyghmi.ipmi.domains.fru_sweep import locators
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.domains.sdr_repo import SdrRepository
from pyghmi.ipmi.spec.app import DeviceId
from pyghmi.ipmi.spec.request import Target
from pyghmi.ipmi.spec.sdr import FruLocator, FullSensorRecord, Linearization, McLocator, parse_record
from pyghmi.ipmi.spec.sensor import (
    GetSensorEventEnable,
    GetSensorEventStatus,
    GetSensorHysteresis,
    GetSensorReading,
    GetSensorReadingFactors,
    GetSensorThresholds,
)
from pyghmi.sim.recording import Answers, Reply, as_json, as_rows
from pyghmi.sim.snapshot_questions import OF_CONTROLLERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.request import Request
    from pyghmi.ipmi.wire.layout import Message

    R = TypeVar("R", bound=Message)

ANSWER_S = 5.0
BMC = 0x20
_SENSOR_TYPES = (1, 2)
_OF_SLAVES = 0xFE
_OK = 0
_IPMB = 0
_ASKED_OF_SENSORS: dict[str, Callable[..., Request[Any]]] = {
    "reading": GetSensorReading,
    "thresholds": GetSensorThresholds,
    "hysteresis": GetSensorHysteresis,
    "events": GetSensorEventEnable,
    "status": GetSensorEventStatus,
}
Place = tuple[int, int]
"""(address, channel)."""


class Part(Protocol):
    """Reads a part and notes what is wrong with it, in the place of raising."""

    def __call__(self, what: str, read: Callable[[], Any], problems: Callable[[], list[str]] = list, /) -> Any:
        """Return what `read` returns, None if it fails; problems: returns what else was wrong with it."""
        ...


class Behind:
    """Asks a controller behind a BMC as if it were the BMC."""

    def __init__(self, bmc: Requester, target: Target) -> None:
        self._bmc = bmc
        self._target = target

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer; see `Requester`."""
        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), target=target, lun=lun))

    def exchange(
        self,
        netfn: int,
        cmd: int,
        data: bytes = b"",
        *,
        target: Target | None = None,
        lun: int = 0,
        deadline_s: float | None = None,
        repeatable: bool | None = None,
        first_wait: float | None = None,
    ) -> tuple[int, bytes]:
        """Return (completion code, data); see `Requester`.  Whatever is asked here may be asked twice."""
        to = target or self._target
        return self._bmc.exchange(netfn, cmd, data, target=to, lun=lun, deadline_s=ANSWER_S, repeatable=True)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._bmc.wait(seconds)

    def now(self) -> float:
        """Return the time."""
        return self._bmc.now()


def read_records(bmc: Requester, learned: Learned, what: str, part: Part) -> list[bytes]:
    """Return the sensor data records of a controller: its repository's, or the device's."""
    repository = SdrRepository(bmc, learned)
    found: list[bytes] = part(what, repository.raw_records, lambda: repository.problems) or []
    return found


def sensors_at(records: Iterable[bytes], address: int, channel: int | None = None) -> list[tuple[int, int]]:
    """Return (LUN, number) of the sensors that the controller at an address has; channel: None: on any."""
    found = set()
    for record in records:
        is_there = len(record) > 7 and record[3] in _SENSOR_TYPES and record[5] == address
        if is_there and channel in (None, record[6] // 16):
            found.add((record[6] % 4, record[7]))
    return sorted(found)


def record_sensors(
    bmc: Requester, keys: Iterable[tuple[int, int]], records: Iterable[bytes] = ()
) -> list[dict[str, Any]]:
    """Return what is said of each sensor, as values that JSON can hold.

    records: by which those are known whose conversion is asked for too, for the reading that they have.
    """
    changing = {
        (record.owner_lun, record.number)
        for record in map(parse_record, records)
        if isinstance(record, FullSensorRecord) and record.linearization >= Linearization.NON_LINEAR
    }
    found = []
    for lun, number in keys:
        replies: dict[str, Reply] = {}

        def ask(name: str, request: Request[Any], lun: int = lun, replies: dict[str, Reply] = replies) -> None:
            try:
                replies[name] = bmc.exchange(
                    request.netfn, request.cmd, request.encode(), lun=lun, deadline_s=ANSWER_S, repeatable=True
                )
            except TimedOut:
                return

        for name, kind in _ASKED_OF_SENSORS.items():
            ask(name, kind(number=number))
        _code, reading = replies.get("reading", (_OK, b""))
        if (lun, number) in changing and reading:
            ask("factors", GetSensorReadingFactors(number=number, reading=reading[0]))
        found.append({"lun": lun, "number": number, **{name: as_json(reply) for name, reply in replies.items()}})
    return found


def record_frus(inventory: FruInventory, frus: Iterable[tuple[int, FruLocator | None]], part: Part) -> dict[str, str]:
    """Return the memories of these FRUs, as values that JSON can hold."""
    found = {}
    for fru_id, locator in frus:
        image = part(f"FRU {fru_id}", partial(inventory.read, fru_id, locator=locator, whole=True))
        if image:
            found[str(fru_id)] = image.hex()
    return found


def record_controllers(bmc: Requester, learned: Learned, records: list[bytes], part: Part) -> list[dict[str, Any]]:
    """Return what the controllers that the records name answer, as values that JSON can hold.  Raises SessionLost."""
    found = []
    named = {place for place in _places(records) - learned.at_bmc if place[0] not in (0, BMC)}
    for place in sorted(named):
        row = _controller(bmc, learned, records, place, part)
        if row is not None:
            found.append(row)
    for address, _channel in sorted(named):
        # Many give the number of a channel that is the BMC's own, and tools ask on the first one.
        if (address, _IPMB) not in named:
            row = _controller(bmc, learned, records, (address, _IPMB), _silent)
            if row is not None:
                found.append(row)
    return found


def _silent(_what: str, read: Callable[[], Any], _problems: Callable[[], list[str]] = list) -> Any:
    """Read what need not be there."""
    try:
        return read()
    except SessionLost:
        raise
    except PyghmiException:
        return None


def _controller(
    bmc: Requester, learned: Learned, records: list[bytes], place: Place, part: Part
) -> dict[str, Any] | None:
    """Return what one controller answers, None: it is not there."""
    address, channel = place
    name = f"controller {address:02X}h on channel {channel}"
    behind, own_learned = Behind(bmc, Target(address, channel)), Learned()
    answers: Answers = part(name, partial(_answers, behind)) or {}
    if not answers:
        return None
    has_records = _OK in (answers.get(key, {}).get(b"", (1, b""))[0] for key in ((0x04, 0x20), (0x0A, 0x20)))
    own = read_records(behind, own_learned, f"{name}: sensor data records", part) if has_records else []
    keys = sorted({*sensors_at(records, address, channel), *sensors_at(own, address)})
    frus: list[tuple[int, FruLocator | None]] = [
        (each.fru_id, each)
        for each in locators(map(parse_record, records))
        if not is_memory_module(each) and not is_at_bmc(each) and _place_of(each) == place
    ]
    known = {fru_id for fru_id, _locator in frus}
    at_itself = {each.fru_id for each in locators(map(parse_record, own)) if each.access_address == address}
    images = record_frus(FruInventory(bmc, learned), frus, part)
    others: list[tuple[int, FruLocator | None]] = [(fru_id, None) for fru_id in sorted({0, *at_itself} - known)]
    images.update(record_frus(FruInventory(behind, own_learned), others, part if _has_frus(answers) else _silent))
    return {
        "address": address,
        "channel": channel,
        "answers": as_rows(answers),
        "records": [record.hex() for record in own],
        "device_sdrs": own_learned.device_sdrs,
        "sensors": part(name, partial(record_sensors, behind, keys, [*records, *own])) or [],
        "frus": images,
    }


def _has_frus(answers: Answers) -> bool:
    """Whether a controller says that it has FRUs."""
    code, data = answers.get((0x06, 0x01), {}).get(b"", (_OK, b""))
    try:
        return code == _OK and DeviceId.decode(data).fru_inventory
    except Malformed:
        return False


def _places(records: Iterable[bytes]) -> set[Place]:
    return set(_named(records))


def _named(records: Iterable[bytes]) -> Iterator[Place]:
    """Yield (address, channel) of each controller that is named; those of software on the machine are none."""
    for raw in records:
        record = parse_record(raw)
        if len(raw) > 7 and raw[3] in _SENSOR_TYPES and not raw[5] % 2:
            yield raw[5], raw[6] // 16
        elif isinstance(record, McLocator):
            yield record.slave_address & _OF_SLAVES, record.channel
        elif isinstance(record, FruLocator) and not is_at_bmc(record) and not is_memory_module(record):
            yield _place_of(record)


def _place_of(locator: FruLocator) -> Place:
    return locator.access_address & _OF_SLAVES, locator.channel


def _answers(behind: Behind) -> Answers:
    """Return what a controller says of itself.  Raises PyghmiException where it is not there."""
    found: Answers = {}
    for netfn, cmd, data in OF_CONTROLLERS:
        try:
            found.setdefault((netfn, cmd), {})[data] = behind.exchange(netfn, cmd, data)
        except TimedOut:
            if not any(found.values()):
                raise
    return found

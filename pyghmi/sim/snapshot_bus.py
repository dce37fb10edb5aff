# SPDX-License-Identifier: Apache-2.0
"""Record what the controllers behind a BMC answer: who they are, their sensors, their FRUs."""
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Protocol

from pyghmi.exceptions import PyghmiException, SessionLost, TimedOut
from pyghmi.ipmi.domains.fru import FruInventory, is_at_bmc, is_memory_module
from pyghmi.ipmi.domains.fru_sweep import locators
from pyghmi.ipmi.spec.request import Target
from pyghmi.ipmi.spec.sdr import FruLocator, McLocator, parse_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester

ANSWER_S = 5.0
BMC = 0x20
_SENSOR_TYPES = (1, 2)
_OF_SLAVES = 0xFE
_OK = 0
_ASKED_OF_SENSORS = {"reading": 0x2D, "thresholds": 0x27, "hysteresis": 0x25, "events": 0x29}
_ASKED_OF_CONTROLLERS = ((0x06, 0x01), (0x06, 0x04), (0x06, 0x08), (0x06, 0x37), (0x04, 0x20), (0x0A, 0x20))
"""What is asked of each controller, the first tells whether it is there: (network function, command)."""


class Part(Protocol):
    """Reads a part and notes what is wrong with it, in the place of raising."""

    def __call__(self, what: str, read: Callable[[], Any]) -> Any:
        """Return what `read` returns, None if it fails."""
        ...


def sensors_at(records: Iterable[bytes], place: tuple[int, int]) -> list[tuple[int, int]]:
    """Return (LUN, number) of the sensors that the controller with this (address, channel) has; BMC: its own."""
    address, channel = place
    found = set()
    for record in records:
        is_there = len(record) > 7 and record[3] in _SENSOR_TYPES and record[5] == address
        if is_there and (address == BMC or record[6] // 16 == channel):
            found.add((record[6] % 4, record[7]))
    return sorted(found)


def record_sensors(
    bmc: Requester, keys: Iterable[tuple[int, int]], target: Target | None = None
) -> list[dict[str, Any]]:
    """Return what is said of each sensor, as values that JSON can hold."""
    found = []
    for lun, number in keys:
        answers: dict[str, Any] = {"lun": lun, "number": number}
        for name, cmd in _ASKED_OF_SENSORS.items():
            try:
                code, data = bmc.exchange(
                    0x04, cmd, bytes((number,)), target=target, lun=lun, deadline_s=ANSWER_S, repeatable=True
                )
            except TimedOut:
                continue
            answers[name] = code if code != _OK else data.hex()
        found.append(answers)
    return found


def record_frus(
    inventory: FruInventory, frus: Iterable[tuple[int, FruLocator | None]], part: Part
) -> dict[str, str]:
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
    parsed = [parse_record(record) for record in records]
    for address, channel in sorted(set(_places(records, parsed)) - learned.at_bmc):
        if address in (0, BMC):
            continue
        name = f"controller {address:02X}h on channel {channel}"
        target = Target(address, channel)
        answers = part(name, partial(_answers, bmc, target))
        if not answers:
            continue
        own = [
            (each.fru_id, each)
            for each in locators(parsed)
            if not is_memory_module(each) and not is_at_bmc(each) and _place_of(each) == (address, channel)
        ]
        found.append(
            {
                "address": address,
                "channel": channel,
                "answers": answers,
                "sensors": part(
                    name, partial(record_sensors, bmc, sensors_at(records, (address, channel)), target)
                ) or [],
                "frus": record_frus(FruInventory(bmc, learned), own, part),
            }
        )
    return found


def _places(records: Iterable[bytes], parsed: Iterable[Any]) -> Iterator[tuple[int, int]]:
    """Yield (address, channel) of each controller that is named; those of software on the machine are none."""
    for raw, record in zip(records, parsed):
        if len(raw) > 7 and raw[3] in _SENSOR_TYPES and not raw[5] % 2:
            yield raw[5], raw[6] // 16
        elif isinstance(record, McLocator):
            yield record.slave_address & _OF_SLAVES, record.channel
        elif isinstance(record, FruLocator) and not is_at_bmc(record) and not is_memory_module(record):
            yield _place_of(record)


def _place_of(locator: FruLocator) -> tuple[int, int]:
    return locator.access_address & _OF_SLAVES, locator.channel


def _answers(bmc: Requester, target: Target) -> list[dict[str, Any]]:
    """Return what a controller says of itself.  Raises PyghmiException where it is not there."""
    found: list[dict[str, Any]] = []
    for netfn, cmd in _ASKED_OF_CONTROLLERS:
        try:
            code, data = bmc.exchange(netfn, cmd, b"", target=target, deadline_s=ANSWER_S, repeatable=True)
        except SessionLost:
            raise
        except PyghmiException:
            if not found:
                raise
            continue
        found.append({"netfn": netfn, "command": cmd, "data": "", "code": code, "answer": data.hex()})
    return found

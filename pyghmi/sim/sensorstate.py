# SPDX-License-Identifier: Apache-2.0
"""One sensor of a simulated machine: what it shows, and the events that come of it.  IPMI 2.0 §35, §42."""
from __future__ import annotations

from typing import Any, Optional, Union

from pyghmi.ipmi.spec.sdr import AnalogFormat, FullSensorRecord, Hysteresis, ReadableSensorRecord
from pyghmi.ipmi.wire.numbers import ones_complement, twos_complement
from pyghmi.ipmi.wire.shapes import NamedTuple

Told = Union[bytes, int, None]
"""The answer to Get Sensor Reading as it is; or only the count, or the bits of the states; None: unavailable."""

THRESHOLDS = (
    "lower_non_critical",
    "lower_critical",
    "lower_non_recoverable",
    "upper_non_critical",
    "upper_critical",
    "upper_non_recoverable",
)
THRESHOLD_TYPE = 0x01
_LOWER = 3
_OFFSETS = (0, 2, 4, 7, 9, 11)
"""Threshold -> offset of its event: a lower one is crossed going low, an upper one going high.  IPMI 2.0 table 42-2."""
_READING_AND_THRESHOLD = 0x50
"""Event data 2 is the reading, event data 3 the threshold.  IPMI 2.0 table 29-6."""
_THRESHOLD_EVENTS, _STATE_EVENTS = 0x0FFF, 0x7FFF
_UNSPECIFIED = 0xFF


def as_json(told: Told) -> int | str | None:
    """Return it as plain data."""
    return told.hex() if isinstance(told, bytes) else told


def from_json(told: int | str | None) -> Told:
    """Return what `as_json` was given."""
    return bytes.fromhex(told) if isinstance(told, str) else told


class Crossing(NamedTuple):
    """An event: its offset, whether it begins or ends, and its three bytes of data."""

    offset: int
    asserted: bool
    data: bytes


class SensorState:
    """One sensor as it is now.

    thresholds: six counts in the order of the answer, None: it has not this one; asserted: offsets of the events that
    have begun, as bits; begun, ended: those that were seen since they were rearmed.
    """

    def __init__(self, record: ReadableSensorRecord, told: Told) -> None:
        self.record = record
        self.told = told
        self.is_threshold = record.event_type == THRESHOLD_TYPE
        self._possible = _THRESHOLD_EVENTS if self.is_threshold else _STATE_EVENTS
        self.thresholds: list[Optional[int]] = [None] * len(THRESHOLDS)
        self.hysteresis: tuple[int, int] | None = None
        self.asserted = self.begun = self.ended = 0
        self._seen = False
        self.events, self.scanning = record.events_at_start, record.scanning_at_start
        self.assertion_mask = record.assertion_mask & self._possible
        self.deassertion_mask = record.deassertion_mask & self._possible
        if isinstance(record, FullSensorRecord) and self.is_threshold:
            for bit, name in enumerate(THRESHOLDS):
                if record.reading_mask >> bit & 1:
                    self.thresholds[bit] = getattr(record, name)
        if record.hysteresis_access in (Hysteresis.READABLE, Hysteresis.SETTABLE):
            self.hysteresis = record.positive_hysteresis, record.negative_hysteresis  # type: ignore[attr-defined]

    @property
    def settable(self) -> int:
        """Which thresholds can be set."""
        return self.record.reading_mask >> 8 & 0x3F if self.is_threshold else 0

    def number(self, count: int) -> int:
        """Return the number that a count is."""
        kind = self.record.analog_format
        if kind == AnalogFormat.TWOS_COMPLEMENT:
            return twos_complement(count, 8)
        return ones_complement(count, 8) if kind == AnalogFormat.ONES_COMPLEMENT else count

    def reading(self) -> bytes:
        """Return the answer to Get Sensor Reading."""
        if isinstance(self.told, bytes):
            return self.told
        flags = (0x80 if self.events else 0) | (0x40 if self.scanning else 0)
        if self.told is None or not self.scanning:
            return bytes((0, flags | 0x20, 0x00, 0x80))
        if not self.is_threshold:
            return bytes((0, flags, self.told & 0xFF, 0x80 | self.told >> 8))
        return bytes((self.told, flags, 0xC0 | self._crossed(self.told)))

    def _crossed(self, count: int) -> int:
        found, now = 0, self.number(count)
        for bit, limit in enumerate(self.thresholds):
            if limit is not None:
                at = self.number(limit)
                found |= (now <= at if bit < _LOWER else now >= at) << bit
        return found

    # --- events

    def observe(self, more: bytes = b"") -> list[Crossing]:
        """Return the events that what is told now raises.  more: event data 2 and 3 of a sensor with states."""
        told = self.told
        if not self.scanning or not isinstance(told, int):
            return []
        now = self._exceeded(told) if self.is_threshold else told & self._possible
        if not self._seen and not self.is_threshold:
            self.asserted = now  # what is there when it can first be read has not come just now
        self._seen = True
        changed, self.asserted = now ^ self.asserted, now
        self.begun |= changed & now
        self.ended |= changed & ~now
        if not self.events or not changed:
            return []
        wanted = (changed & now & self.assertion_mask) | (changed & ~now & self.deassertion_mask)
        found = [self._crossing(bit, bool(now >> bit & 1), told, more) for bit in range(15) if wanted >> bit & 1]
        return sorted(found, key=lambda crossing: crossing.asserted)

    def _exceeded(self, count: int) -> int:
        """Return which events hold.  What has begun ends at the re-arm point.  IPMI 2.0 table 43-1, bytes 43 and 44."""
        found, now = 0, self.number(count)
        upper, lower = (max(counts - 1, 0) for counts in self.hysteresis or (0, 0))
        for bit, (limit, offset) in enumerate(zip(self.thresholds, _OFFSETS)):
            if limit is None:
                continue
            at, holds = self.number(limit), self.asserted >> offset & 1
            if bit < _LOWER:
                found |= (now <= at + (lower if holds else 0)) << offset
            else:
                found |= (now >= at - (upper if holds else 0)) << offset
        return found

    def _crossing(self, offset: int, asserted: bool, told: int, more: bytes) -> Crossing:
        if self.is_threshold:
            limit = self.thresholds[_OFFSETS.index(offset)] or 0
            return Crossing(offset, asserted, bytes((_READING_AND_THRESHOLD | offset, told, limit)))
        if more:
            return Crossing(offset, asserted, bytes((0xC0 | offset,)) + more)
        return Crossing(offset, asserted, bytes((offset, _UNSPECIFIED, _UNSPECIFIED)))

    def settle(self) -> None:
        """Take what is told now as how it has always been: it raises no event."""
        events, self.events = self.events, False
        self.observe()
        self.begun = self.ended = 0
        self.events = events

    def rearm(self, assertions: int | None, deassertions: int | None) -> None:
        """Forget events, all of them without masks: what still holds is raised again.  IPMI 2.0 §35.12."""
        begins = self._possible if assertions is None else assertions
        self.asserted &= ~begins
        self.begun &= ~begins
        self.ended &= ~(self._possible if deassertions is None else deassertions)

    # --- state

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "told": as_json(self.told),
            "events": self.events,
            "scanning": self.scanning,
            "assertion_mask": self.assertion_mask,
            "deassertion_mask": self.deassertion_mask,
            "thresholds": self.thresholds,
            "hysteresis": self.hysteresis,
            "asserted": self.asserted,
            "seen": self._seen,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.told = from_json(state["told"])
        self.events, self.scanning = bool(state["events"]), bool(state["scanning"])
        self.assertion_mask, self.deassertion_mask = state["assertion_mask"], state["deassertion_mask"]
        self.thresholds = list(state["thresholds"])
        hysteresis = state["hysteresis"]
        self.hysteresis = None if hysteresis is None else (hysteresis[0], hysteresis[1])
        self.asserted, self._seen = state["asserted"], bool(state["seen"])

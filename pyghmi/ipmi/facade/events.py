# SPDX-License-Identifier: Apache-2.0
"""The event log, and traps."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from pyghmi.exceptions import InvalidParameterValue, IpmiException, PyghmiException
from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pyghmi.ipmi.domains.events import Event, Texts
    from pyghmi.ipmi.domains.pet import Trap
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.domains.sdr_held import HeldRecords
    from pyghmi.ipmi.domains.sdr_repo import Progress
    from pyghmi.ipmi.domains.sel import Sel
    from pyghmi.ipmi.domains.sel_clock import Clock
    from pyghmi.ipmi.domains.sel_read import SelEntry
    from pyghmi.ipmi.facade.event_dicts import EventDict
    from pyghmi.ipmi.facade.event_names import EventNames

Since = Union["Event", "datetime", None]
"""From where on: an event that was seen before, or a time with its zone."""

_OR_MORE = 0xFFFF
_RECORD_BYTES = 16


class SelInfo(TypedDict):
    """What `get_sel_info` returns.

    version: '1.5'; entries: how many; free_bytes: 65535: that or more, percent_used is None then; last_add,
    last_erase: aware datetimes, None: never, or not known; overflow: entries were lost for want of space;
    can_delete, can_reserve, can_add_parts, tells_allocation: what the BMC has.
    """

    version: str
    entries: int
    free_bytes: int
    percent_used: Optional[int]
    last_add: Any
    last_erase: Any
    overflow: bool
    can_delete: bool
    can_reserve: bool
    can_add_parts: bool
    tells_allocation: bool


class EventsApi(Api):
    """The event log, and traps."""

    _sdr_held: HeldRecords | None
    _sel_read: Optional[Sel] = None
    """The log as it was read last, with what was odd about it."""

    def _held(self, *, check: bool = True, progress: Progress = None) -> HeldRecords:
        """Return records and sensors; see `SensorsApi`."""
        raise NotImplementedError

    def init_sdr(self) -> Any:
        """Return the `pyghmi.ipmi.sdr.SDR` of the BMC; see `SensorsApi`."""
        raise NotImplementedError

    def _sel_way(self) -> Requester:
        """Return the way to the BMC for many requests: each has its own time, unless the caller named a deadline."""
        return self._call() if self._deadline_named else self._requester

    def _sel(self) -> Sel:
        found: Sel = self._vendor_if_it_has("sel").sel(self._sel_way(), self._learned)
        return found

    def _sel_to_read(self) -> Sel:
        self._sel_read = self._sel()
        return self._sel_read

    def _event_names(self) -> EventNames:
        """Return who names sensors: without their records, nobody; that is no reason to lose the log."""
        from pyghmi.ipmi.facade.event_names import EventNames, HeldNames, SdrNames

        try:
            if hasattr(self._vendor_if_it_has("init_sdr"), "init_sdr"):
                return SdrNames(self.init_sdr())
            return HeldNames(self._sdr_held or self._held(check=False))
        except PyghmiException:
            return EventNames()

    def _event_texts(self) -> Texts:
        """Return the words for events, the vendor's where it has its own."""
        from pyghmi.ipmi.oem.generic import OEMHandler
        from pyghmi.ipmi.spec.eventtext import text_of

        vendor = self._vendor_if_it_has("get_oem_event_const")
        if type(vendor) is OEMHandler:
            return text_of
        from pyghmi.ipmi.facade.event_names import texts_in

        return texts_in(vendor.get_oem_event_const())

    # --- the long-standing interface

    def get_event_log(self, clear: bool = False) -> list[EventDict]:
        """Return the event log, the oldest first; see `EventDict` for what there is of each event.

        clear: clear the log too, in such a way that nothing that comes meanwhile is lost; if an entry cannot be read
        nothing is cleared, and that is an error.  Raises IpmiException.
        """
        return self._event_log(self._event_names(), clear)

    def _event_log(self, names: EventNames, clear: bool) -> list[EventDict]:
        from pyghmi.ipmi.facade.event_dicts import decoded, log_dictionaries

        sel, texts = self._sel_to_read(), self._event_texts()
        handler = self._vendor_if_it_has("process_event")

        def dictionaries(entries: Iterable[SelEntry]) -> list[EventDict]:
            events = list(decoded(entries, names, texts))
            return log_dictionaries(events, sel.clock(), handler, self)

        # Read first, then decoded: by turns each finds the processor's caches full of the other, and takes longer.
        return sel.fetch_and_clear(dictionaries) if clear else dictionaries(list(sel.entries()))

    def decode_pet(self, specifictrap: int | Sequence[int], petdata: Any) -> EventDict:
        """Return what a Platform Event Trap says, and tell the BMC that it came.

        specifictrap: its specific trap number, or four bytes of it; petdata: the octets of its variable, 34 or more.
        Raises InvalidParameterValue, Malformed.
        """
        return self._decode_pet(specifictrap, petdata, None)

    def _decode_pet(
        self, specifictrap: int | Sequence[int], petdata: Any, names: EventNames | None
    ) -> EventDict:
        from pyghmi.ipmi.domains.pet import Pet, decode_trap, specific_trap
        from pyghmi.ipmi.domains.sel_clock import Clock
        from pyghmi.ipmi.facade.event_dicts import local_time, trap_dictionary, trap_time

        variable = bytes(petdata)
        specific_trap(specifictrap)
        try:
            Pet(self._call()).acknowledge(variable)
        except IpmiException:
            pass  # it will send it again, which harms nobody
        names = self._event_names() if names is None else names
        trap = decode_trap(specifictrap, variable, texts=self._event_texts(), fru_name=names.fru_name)
        known = trap_dictionary(trap, names)
        is_asked_for = trap.timestamp is not None and trap.utc_offset is None  # else the trap says it all
        instant = trap_time(trap, self._trap_clock() if is_asked_for else Clock())
        if instant is not None:
            known["timestamp"] = local_time(instant)
        return known

    def decode_trap(self, specifictrap: int | Sequence[int], petdata: Any) -> Trap:
        """Return all that a Platform Event Trap says, as `pyghmi.ipmi.domains.pet.Trap`.

        For the same arguments as `decode_pet`; the BMC is told nothing.  Raises InvalidParameterValue, Malformed.
        """
        from pyghmi.ipmi.domains.pet import decode_trap

        return decode_trap(specifictrap, bytes(petdata), texts=self._event_texts())

    def _trap_clock(self) -> Clock:
        from pyghmi.ipmi.domains.sel_clock import Clock

        try:
            return self._sel().clock()
        except IpmiException:
            return Clock()

    # --- ours

    def events(self, since: Since = None) -> Iterator[Event]:
        """Return a stream of the events of the log as `pyghmi.ipmi.domains.events.Event`, the oldest first.

        They come while they are read.  `Event.when` is an aware datetime: by the difference of the BMC's clock to ours
        as it is now, in the zone that the BMC says it has, or UTC; None where the timestamp is no date.  Events that
        say that the clock was set are there like others, and move none before them: for that the whole log must be
        known, see `get_event_log`.  `Event.marks` says what is odd about a record.

        since: an event that was seen before: only those after it are read, or all if the log was cleared since; or an
        aware datetime: only events from then on, and those without a date.  Raises InvalidParameterValue,
        IpmiException.
        """
        from pyghmi.ipmi.domains.events import Event
        from pyghmi.ipmi.domains.sel_read import SelEntry

        if isinstance(since, Event):
            return self._stream(SelEntry(since.record_id, since.raw), None)
        if since is not None and getattr(since, "tzinfo", None) is None:
            raise InvalidParameterValue("since is an event, or a datetime with a zone")
        return self._stream(None, since)

    def _stream(self, seen: SelEntry | None, begin: datetime | None) -> Iterator[Event]:
        from pyghmi.ipmi.facade.event_dicts import decoded

        names, texts = self._event_names(), self._event_texts()
        sel = self._sel_to_read()
        clock = sel.clock(with_offset=True)
        for event in decoded(sel.entries(since=seen), names, texts):
            when = clock.when(event.timestamp)
            if begin is None or when is None or when >= begin:
                yield event._replace(when=when)

    def take_events(self, keep: Callable[[list[Event]], object] | None = None) -> list[Event]:
        """Return all events as `events` has them, and clear the log as `get_event_log` does, so that none is lost.

        keep: called with them before the log is cleared, again if it changes then; if this raises, nothing is cleared.
        BMCs erase for seconds, and a program that is interrupted then has only what was kept.  Raises IpmiException,
        and clears nothing, if an entry cannot be read.
        """
        from pyghmi.ipmi.facade.event_dicts import decoded

        names, texts = self._event_names(), self._event_texts()
        sel = self._sel_to_read()
        clock = sel.clock(with_offset=True)

        def made(entries: list[SelEntry]) -> list[Event]:
            events = [event._replace(when=clock.when(event.timestamp)) for event in decoded(entries, names, texts)]
            if keep is not None:
                keep(events)
            return events

        return sel.fetch_and_clear(made)

    def get_event_log_problems(self) -> list[str]:
        """Return, in words, what was odd about the event log when this object last read it.

        Such as entries that did not come, or a list that ended early.  Asks nothing of the BMC.
        """
        return [] if self._sel_read is None else list(self._sel_read.problems)

    def get_sel_info(self) -> SelInfo:
        """Return how full the log is, when it changed, and what the BMC can do with it.  Raises IpmiException."""
        sel = self._sel()
        found, clock = sel.info(), sel.clock(with_offset=True)
        used = found.records * _RECORD_BYTES
        return SelInfo(
            version=f"{found.version % 16}.{found.version // 16}",
            entries=found.records,
            free_bytes=found.free,
            percent_used=None if found.free == _OR_MORE or not used + found.free else 100 * used // (used + found.free),
            last_add=clock.when(found.last_add),
            last_erase=clock.when(found.last_erase),
            overflow=found.overflow,
            can_delete=found.delete,
            can_reserve=found.reserve,
            can_add_parts=found.partial_add,
            tells_allocation=found.allocation_info,
        )

    def clear_event_log(self) -> None:
        """Clear the event log, whatever is in it, and wait until that is done.  Raises IpmiException."""
        self._sel().clear()

    def add_event(self, record: bytes) -> int:
        """Add a record of 16 bytes; the BMC sets its ID, which is returned, and its time.  Raises IpmiException."""
        return self._sel().add(record)

    def delete_event(self, record_id: int) -> None:
        """Delete one entry.  Raises UnsupportedFunctionality where that does nothing, IpmiException."""
        self._sel().delete(record_id)

    def get_sel_time(self) -> datetime | None:
        """Return the time that the BMC's clock shows, in the zone it says it has, or UTC.

        None: it shows none, or the time since its start.  Raises IpmiException.
        """
        from pyghmi.ipmi.domains.sel_clock import Clock

        sel = self._sel()
        raw = sel.time()
        return Clock(utc_offset=sel.utc_offset()).when(raw)

    def set_sel_time(self, when: datetime | None = None) -> None:
        """Set the BMC's clock; when: an aware datetime, None: the time of this machine.

        It gets the local time of the zone that the BMC says it has, or UTC.  Raises InvalidParameterValue,
        IpmiException.
        """
        from pyghmi.ipmi.domains.sel_clock import now

        if when is not None and getattr(when, "tzinfo", None) is None:
            raise InvalidParameterValue("the time needs a zone")
        sel = self._sel()
        instant = now() if when is None else when.timestamp()
        sel.set_time(int(instant) + 60 * (sel.utc_offset() or 0))

    def get_sel_utc_offset(self) -> int | None:
        """Return how many minutes the BMC's clock is ahead of UTC; None: it does not say.  Raises IpmiException."""
        return self._sel().utc_offset()

    def set_sel_utc_offset(self, minutes: int | None) -> None:
        """Say how many minutes the BMC's clock is ahead of UTC, -1440 to 1440; None: that is not specified.

        Raises InvalidParameterValue, IpmiException.
        """
        self._sel().set_utc_offset(minutes)

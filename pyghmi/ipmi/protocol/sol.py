# SPDX-License-Identifier: Apache-2.0
"""Serial over LAN without I/O: the machine at the console, and the one in the BMC.  IPMI 2.0 §15."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.protocol.solanswer import Careful
from pyghmi.ipmi.protocol.solend import RETRIES, SolEnd
from pyghmi.ipmi.protocol.solevents import (
    BREAK,
    BROKEN,
    DEACTIVATED,
    DROP_LINES,
    FLUSH_INBOUND,
    FLUSH_OUTBOUND,
    MOST_CHARACTERS,
    NACK,
    OVERRUN,
    PAUSE,
    RING,
    UNAVAILABLE,
    Availability,
    BreakReceived,
    Deactivated,
    FlushAsked,
    ModemLines,
    Overrun,
    Received,
    RingAsked,
    SolEvent,
)
from pyghmi.ipmi.protocol.solout import SLOW_S, Habits
from pyghmi.ipmi.protocol.solqueue import FIRST_INTERVAL_S

__all__ = ["BmcEnd", "ConsoleEnd", "SolEnd"]

_RENUMBER_AFTER = 7
_FLUSHES = FLUSH_INBOUND | FLUSH_OUTBOUND
_BARE = 0x100
"""Marks a packet without characters and without bits of its own."""


class ConsoleEnd(SolEnd):
    """The console's end.  `most`: characters of an inbound packet, as the activation said."""

    _habits = Habits(keeps=True, looks_for_echo=True, renumber_after=_RENUMBER_AFTER)
    _break = BREAK

    @property
    def renumber_after(self) -> int | None:
        """How many sends of a packet go unanswered before it gets another number; None: it keeps it.

        Some BMCs (Windmill family; FreeIPMI's workaround "solpacketseq") ignore a number until a new one comes.  Where
        only answers were lost, the characters come twice.
        """
        return self._out.renumber_after

    @renumber_after.setter
    def renumber_after(self, count: int | None) -> None:
        self._out.renumber_after = count

    def ring(self, now: float) -> None:
        """Have the BMC assert RI, to wake the machine."""
        self._mark(RING, now)

    def flush(self, inbound: bool, outbound: bool, now: float) -> None:
        """Drop characters on their way: inbound those to the machine, from here too, outbound those from it."""
        bits = (FLUSH_INBOUND if inbound else 0) | (FLUSH_OUTBOUND if outbound else 0)
        if not bits:
            return
        queue = self._out.queue
        first = queue.take_mark()
        if first & ~_FLUSHES:
            queue.put_mark_first(first)
            first = 0
        if inbound:
            self._out.drop_unsent()
        queue.put_mark_first(bits | first)
        self._out.resume(now)
        self._pump(now)

    def lines(self, now: float, *, cts: bool = True, dcd_dsr: bool = True) -> None:
        """Set the modem lines that the BMC drives; without CTS the machine sends nothing."""
        level = (0 if cts else PAUSE) | (0 if dcd_dsr else DROP_LINES)
        if level != self._level:
            self._level = level
            self._out.queue.put_mark_first(_BARE)
            self._pump(now)

    def _hear_level(self, flags: int, now: float) -> None:
        unavailable = flags & UNAVAILABLE
        out = self._out
        if unavailable == self._heard_level or (not unavailable and flags & NACK):
            return
        self._heard_level = unavailable
        out.unavailable = bool(unavailable)
        if unavailable:
            out.held_until = now + SLOW_S
        else:
            out.resume(now)
        self._events.append(Availability(not unavailable))

    def _take(self, data: bytes, flags: int) -> tuple[int, int]:
        if flags:
            self._act(flags)
        if data:
            self._out.heard(data)
            self._events.append(Received(data))
        return len(data), 0

    def _act(self, flags: int) -> None:
        if flags & OVERRUN:
            self._events.append(Overrun())
        if flags & BROKEN:
            self._events.append(BreakReceived())

    def _after(self, flags: int) -> None:
        if flags & DEACTIVATED:
            self._over = True
            self._events.append(Deactivated())


class BmcEnd(SolEnd):
    """The BMC's end.  `most`: characters of an outbound packet.

    room: tells how many characters can be taken now, None: any number; those of events that were not fetched yet are
    counted here.  Of a packet that does not fit a part is acknowledged; the console sends the rest under a new number.
    careful: characters are answered in such a way that consoles which believe too much lose little or nothing, see
    `solanswer`; `handled` is to be called then.
    """

    _habits = Habits(keeps=False, looks_for_echo=False, renumber_after=None)
    _break = BROKEN
    _ignores_unnumbered = True

    def __init__(
        self,
        most: int = MOST_CHARACTERS,
        *,
        retries: int = RETRIES,
        interval_s: float = FIRST_INTERVAL_S,
        adapts: bool = True,
        room: Callable[[], int] | None = None,
        careful: bool = False,
    ) -> None:
        super().__init__(most, retries=retries, interval_s=interval_s, adapts=adapts)
        self.room = room
        if careful:
            self._answers = Careful()
        self._not_fetched = 0
        self._short = False

    def accumulate(self, interval_s: float, threshold: int) -> None:
        """Send when `threshold` characters wait (0: a full packet), or some have waited for `interval_s`.

        At first 0 and 1: at once.  IPMI 2.0 table 26-5, parameter 3.
        """
        self._out.accumulate_s = interval_s
        self._out.threshold = (threshold or MOST_CHARACTERS) if interval_s > 0 else 1

    @property
    def grows(self) -> bool:
        """Whether a packet that is sent again takes along what was written since; not all consoles cope with that."""
        return self._out.grows

    @grows.setter
    def grows(self, grows: bool) -> None:
        self._out.grows = grows

    @property
    def available(self) -> bool:
        """Whether the machine takes characters; it does not while it is off, and the console is told so."""
        return not self._level & UNAVAILABLE

    @available.setter
    def available(self, available: bool) -> None:
        if available == self.available:
            return
        self._level ^= UNAVAILABLE
        if not self._over:
            self._packets.append(bytes((0, 0, 0, self._level)))

    def deactivate(self, now: float) -> None:
        """Tell the console that it has lost the serial line; what it sends from now on is refused."""
        del now
        if not self._over:
            self._over = True
            self._out.drop_all()
            if self._owed is not None:
                self._answer(self._owed)
                self._owed = None
            self._packets.append(bytes((0, 0, 0, DEACTIVATED)))

    def report_break(self, now: float) -> None:
        """Tell the console that the machine has sent a break, in its place among the characters."""
        self.send_break(now)

    def report_overrun(self, now: float) -> None:
        """Tell the console that characters of the machine were lost here."""
        self._mark(OVERRUN, now)

    def room_returned(self) -> None:
        """Tell the console that characters are taken again, if it was told that they are not."""
        if self._short and not self._over:
            self._short = False
            self._packets.append(bytes((0, 0, 0, self._level)))

    def next_event(self) -> SolEvent | None:
        """Return what has happened, in its order; None: nothing more."""
        event = super().next_event()
        if isinstance(event, Received):
            self._not_fetched -= len(event.data)
        return event

    def _hear_level(self, flags: int, now: float) -> None:
        del now
        lines = flags & (PAUSE | DROP_LINES)
        if lines != self._heard_level:
            self._heard_level = lines
            self._events.append(ModemLines(not lines & PAUSE, not lines & DROP_LINES))

    def _take(self, data: bytes, flags: int) -> tuple[int, int]:
        if self._level & UNAVAILABLE and (data or flags & BREAK):
            return 0, NACK | UNAVAILABLE
        room = self.room
        if room is not None and data:
            left = max(room() - self._not_fetched, 0)
            if left < len(data):
                self._short = True
                data = data[:left]
                if not left:
                    return 0, NACK
        if flags:
            self._act(flags)
        if data:
            self._not_fetched += len(data)
            self._events.append(Received(data))
            self._answers.taken()
        return len(data), 0

    def _act(self, flags: int) -> None:
        if flags & (FLUSH_INBOUND | FLUSH_OUTBOUND):
            if flags & FLUSH_OUTBOUND:
                self._out.drop_unsent()
            self._events.append(FlushAsked(bool(flags & FLUSH_INBOUND), bool(flags & FLUSH_OUTBOUND)))
        if flags & RING:
            self._events.append(RingAsked())
        if flags & BREAK:
            self._events.append(BreakReceived())

    def _came_after_the_end(self, payload: bytes) -> None:
        if payload[0] & 15:
            self._packets.append(bytes((0, payload[0] & 15, 0, NACK | DEACTIVATED)))

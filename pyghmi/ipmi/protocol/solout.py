# SPDX-License-Identifier: Apache-2.0
"""The sending half of a serial-over-LAN end: one packet until it is acknowledged.  IPMI 2.0 §15.10."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.protocol.solecho import Trust
from pyghmi.ipmi.protocol.solevents import LAST_NUMBER, MOST_CHARACTERS, Noticed, Silent, SolEvent
from pyghmi.ipmi.protocol.solqueue import FIRST_INTERVAL_S, LONGEST_INTERVAL_S, Pace, SolQueue
from pyghmi.ipmi.wire.shapes import NamedTuple

AT_ONCE = float("-inf")
SLOW_S = 5.0
"""Between tries of what the other end is known not to take now."""
_RENUMBERED_EARLY = 3
_ECHO_S = 0.5


class Habits(NamedTuple):
    """How one kind of end differs from the other.

    keeps: a packet that nobody acknowledges is kept and tried slowly, not dropped; looks_for_echo: "0 characters
    taken" is not believed before it is known that the other end counts; renumber_after: sends of a packet after which
    it gets another number, None: never.
    """

    keeps: bool
    looks_for_echo: bool
    renumber_after: int | None


class Outgoing:
    """What is on its way to the other end, and what waits.

    number: of the packet that is not acknowledged, 0: there is none; held_until: nothing is sent before; last: the
    number last used; unavailable: the other end said that it takes nothing now; grows: a packet that is sent again
    takes along what has been written since, as some BMCs do it; accumulate_s, threshold: a packet goes out when so
    many characters wait, or for so long (IPMI 2.0 table 26-5, parameter 3).
    """

    __slots__ = (
        "_data",
        "_doubted",
        "_flags",
        "_former",
        "_held",
        "_held_count",
        "_known",
        "_lengths",
        "_pause_s",
        "_rest",
        "_rest_flags",
        "_retry_at",
        "_sent_at",
        "_tell",
        "_told_silent",
        "_tries",
        "_waits_since",
        "accumulate_s",
        "grows",
        "habits",
        "held_until",
        "last",
        "most",
        "number",
        "pace",
        "queue",
        "renumber_after",
        "retries",
        "threshold",
        "trust",
        "unavailable",
    )

    def __init__(
        self,
        habits: Habits,
        tell: Callable[[SolEvent], None],
        *,
        most: int = MOST_CHARACTERS,
        retries: int,
        interval_s: float = FIRST_INTERVAL_S,
        adapts: bool = True,
    ) -> None:
        self.habits = habits
        self._tell = tell
        self.most = most
        self.retries = retries
        self.renumber_after = habits.renumber_after
        self.pace = Pace(interval_s, adapts=adapts)
        self.queue = SolQueue()
        self.grows = False
        self.accumulate_s = 0.0
        self.threshold = 1
        self.unavailable = False
        self.trust = Trust(tell, counts=not habits.looks_for_echo)
        self._told_silent = False
        self._rest = self._data = b""
        self._rest_flags = self._flags = 0
        self._sent_at = self._waits_since = self._retry_at = AT_ONCE
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.number = self.last = self._tries = 0
        self.held_until = AT_ONCE
        self._pause_s = 0.0
        self._held = self._held_count = self._known = self._former = 0
        self._doubted = False
        self._lengths: tuple[int, ...] = ()

    # --- what waits

    @property
    def pending(self) -> int:
        """The number of characters that are not known to be taken."""
        return len(self._data) + len(self._rest) + self.queue.characters

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is on its way, marks such as breaks included."""
        return not (self.number or self._rest or self._rest_flags or self.queue)

    def write(self, data: bytes, now: float) -> None:
        """Append characters.  What is held back is tried again soon: somebody is typing."""
        if not self.queue:
            self._waits_since = now
        self.queue.add(data)
        if self.held_until > now:
            self.held_until = min(self.held_until, max(now, self._sent_at + FIRST_INTERVAL_S))

    def drop_unsent(self) -> None:
        """Drop the characters that are not on their way: those that wait, and those that were refused."""
        self.queue.drop_characters()
        if self._rest_flags:
            self.queue.put_mark_first(self._rest_flags)
        self._rest, self._rest_flags, self._held = b"", 0, 0

    def drop_all(self) -> None:
        """Drop everything that is not acknowledged."""
        self.drop_unsent()
        self.queue.clear()
        self._finish()

    def restart(self) -> None:
        """Begin with number 1, and with what was not acknowledged."""
        self._rest = self._data + self._rest
        self._rest_flags |= self._flags
        self._data, self._flags = b"", 0
        self._told_silent = self.unavailable = False
        self._begin_anew()

    # --- packets

    def sendable(self, now: float) -> bool:
        """Tell whether a packet may go out; there is none on its way."""
        if now < self.held_until:
            return False
        if self._rest or self._rest_flags:
            return True
        queue = self.queue
        if self.threshold <= 1 or not queue or queue.starts_with_mark:
            return bool(queue)
        return queue.characters >= min(self.threshold, self.most) or now >= self._waits_since + self.accumulate_s

    def begin(self, now: float) -> tuple[int, int, bytes]:
        """Return (number, operation or status bits, characters) of the next packet."""
        queue = self.queue
        if self._rest or self._rest_flags:
            flags, data = self._rest_flags, self._rest
            self._rest, self._rest_flags = data[self.most :], 0
            data = data[: self.most]
            if not flags and len(data) < self.most:
                data += queue.take(self.most - len(data))
        else:
            flags = queue.take_mark()
            data = b"" if flags else queue.take(self.most)
        self._flags, self._data = flags, data
        self._sent_at = self._waits_since = now
        self._retry_at = now + self.pace.interval_s
        self._tries = 1
        self._held = 0
        self.number = self.last = number = self.last % LAST_NUMBER + 1
        return number, flags, data

    # --- answers

    def acknowledged(self, number: int, count: int, nack: bool, now: float) -> None:
        """Hear that so many characters of a packet were taken.  IPMI 2.0 §15.11."""
        if number != self.number and number != self._former:
            if number == self._held and not nack:
                self._taken_after_all(count)
            return
        if self._former and number == self.number:
            self._found_renumbering()
        if self._tries == 1 and not self._doubted:
            self.pace.measured(now - self._sent_at)
        length = len(self._data)
        if count and length:
            self.trust.counts = True
        if count >= length and not nack:
            self._finish()
        elif count == 0 and not nack and not self.trust.counts:
            self._doubt(now)
        elif count in self._lengths and not nack:
            # Of an earlier, shorter sending: the one for the longer is to come.
            self._known = max(self._known, count)
        else:
            self._refused(min(count, length), nack, now)

    def _refused(self, count: int, nack: bool, now: float) -> None:
        """Send the rest under a new number: at once if something was taken, else after a pause that grows."""
        number, rest, flags = self.number, self._data[count:], self._flags
        self._finish(progress=count > 0)
        if not rest and not (flags and nack):
            return
        self._rest, self._rest_flags = rest + self._rest, flags if nack else 0
        self._held, self._held_count = number, count
        if nack or not count:
            self._pause_s = min(max(self._pause_s * 2, self.pace.interval_s), LONGEST_INTERVAL_S)
            self.held_until = max(self.held_until, now + (SLOW_S if self.unavailable else self._pause_s))

    def _taken_after_all(self, count: int) -> None:
        """Hear that the packet that was refused is taken now, or welcome."""
        self.held_until = AT_ONCE
        if not self._rest:
            self._rest_flags = 0
        self._rest = self._rest[max(count - self._held_count, 0) :]

    def resume(self, now: float) -> None:
        """Send what is held back: the other end takes characters again."""
        self.held_until = AT_ONCE
        self._retry_at = min(self._retry_at, now + self.pace.interval_s)

    def _finish(self, *, progress: bool = True) -> None:
        self.number = 0
        self._data, self._flags = b"", 0
        self._known = self._former = 0
        self._lengths = ()
        self._doubted = self._told_silent = False
        if progress:
            self.held_until = AT_ONCE
            self._pause_s = 0.0
            if not self.trust.counts:
                self.trust.forget()

    # --- "0 characters taken"

    def heard(self, data: bytes) -> None:
        """Look for the echo of what was sent."""
        trust = self.trust
        if not trust.counts and (self.number or self._rest):
            trust.heard(data)
            if self._doubted and trust.is_all_taken(self._data):
                self._finish()

    def _doubt(self, now: float) -> None:
        """See whether the echo says otherwise; if none comes, the BMC may have meant it."""
        if self._doubted:
            return
        self.trust.doubts += 1
        if self.trust.is_all_taken(self._data):
            self._finish()
            return
        self._doubted = True
        self._retry_at = now + max(self.pace.interval_s, _ECHO_S)

    # --- time

    def due(self) -> float | None:
        """Return when `fire` is to be called, None: there is no need."""
        if self.number:
            return self._retry_at
        if self._rest or self._rest_flags or not self.queue:
            return self.held_until if self._rest or self._rest_flags else None
        if self.threshold <= 1 or self.queue.starts_with_mark:
            return self.held_until
        return max(self.held_until, self._waits_since + self.accumulate_s)

    def fire(self, now: float) -> tuple[int, int, bytes] | None:
        """Do what is due; return the packet that is to be sent again."""
        if not self.number or now < self._retry_at:
            return None
        if self._doubted:
            self._refused(0, False, now)
            self.held_until = AT_ONCE
            return None
        if self.unavailable or self._told_silent:
            self._retry_at = now + SLOW_S
        elif self._tries <= self.retries:
            self._prepare_again(now)
        elif not self._given_up(now):
            return None
        return self.number, self._flags, self._data

    def _prepare_again(self, now: float) -> None:
        self._tries += 1
        self.pace.backed_off()
        self._retry_at = now + self.pace.interval_s
        if self.grows and not self._flags and not self._known:
            self._grow()
        if self.renumber_after is not None and self._tries > self.renumber_after and not self._former:
            self._former = self.number
            self.number = self.last = self.last % LAST_NUMBER + 1

    def _grow(self) -> None:
        more = self.queue.take(self.most - len(self._data))
        if more:
            self._lengths += (len(self._data),)
            self._data += more

    def _given_up(self, now: float) -> bool:
        """Deal with a packet that nobody acknowledges; tell whether it is tried on."""
        if not self._data:
            self._tell(Noticed("C27", "a packet without characters, such as a break, is not acknowledged"))
            self._finish()
            return False
        if self._known:
            self._refused(self._known, False, now)
            return False
        self._tell(Silent(self._tries))
        if not self.habits.keeps:
            self._finish()
            return False
        self._told_silent = True
        self._retry_at = now + SLOW_S
        return True

    def _found_renumbering(self) -> None:
        if self.renumber_after is not None and self.renumber_after > _RENUMBERED_EARLY:
            self.renumber_after = _RENUMBERED_EARLY
            self._tell(Noticed("C23", "a packet was acknowledged only under another number"))

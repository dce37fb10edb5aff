# SPDX-License-Identifier: Apache-2.0
"""When the BMC's end of a serial line answers what was typed, for consoles which believe too much.

ipmitool 1.8.19 takes any packet with new characters for the acknowledgement that it waits for, and goes on to what is
typed next; what nobody acknowledges it repeats after a second, under a new number.  (Seen in its lanplus.c,
`ipmi_lanplus_send_payload`, and ipmi_sol.c, `processSolUserInput`.)  Where packets get lost, characters are lost then,
or come twice, unless an answer

- goes with the characters that the machine sends upon what was typed, in one packet,
- waits while other characters are on their way: the next ones would be taken for that of the next packet,
- and goes out again if it went alone, as long as nothing shows that it came.

What is left: once such a console has taken an echo for the acknowledgement of the packet after it, it stays one ahead,
and what is lost then is lost: of a long text with echo some packets in a thousand, at 5 % loss.
"""
from __future__ import annotations

HANDLED_S = 0.02
"""How long an answer and characters wait for those who take what was typed, and write upon that."""
BEHIND_S = 0.5
"""How long an answer waits while characters are on their way."""
SLOW_S = 0.3
"""Those who take what was typed are not waited for any more once they have taken so long."""
AGAIN_S = (0.2, 0.45, 0.75)
"""When an answer that went alone goes out again: before the console repeats, and not more often, for after four
packets that say nothing new ipmitool goes on too."""

Answer = tuple[int, int, int]
"""(number of the packet, characters that were taken of it, bits that say why not more)."""

NO_ANSWER = (0, 0, 0)


class AtOnce:
    """What becomes of the answer to the packet that came last: it goes out at once, and once.

    to_handle: its characters were not dealt with by those who take them; unsure: the answer, if it went out alone and
    may be lost.
    """

    __slots__ = ("to_handle", "unsure")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what came."""
        self.to_handle = False
        self.unsure: Answer = NO_ANSWER

    def owed(self, now: float) -> None:
        """An answer is owed."""

    def taken(self) -> None:
        """There are characters for those who take them."""

    def handled(self, now: float) -> None:
        """They have dealt with them."""

    def lets_send(self, now: float, full: bool) -> bool:
        """Tell whether characters go out now, or wait for more that is about to be written; full: a packet is."""
        return True

    def goes_alone(self, owed: Answer, now: float, sending: bool) -> bool:
        """Tell whether an answer goes out without characters now; sending: others are on their way."""
        return True

    def went_along(self) -> None:
        """The answer went out with characters."""

    def went_alone(self, answer: Answer, now: float) -> None:
        """It went out without."""

    def next_timer(self, due: float | None, sending: bool) -> float | None:
        """Return when to look again; due: when characters are to go out, or to go out again."""
        return due

    def fire(self, now: float) -> Answer | None:
        """Return the answer that is to go out again."""
        return None


class Careful(AtOnce):
    """The answer goes out as consoles need it that believe too much."""

    __slots__ = ("_alone_at", "_came_at", "_handlers_are_slow", "_repeats", "_since", "_waits")

    def __init__(self) -> None:
        self._handlers_are_slow = False
        super().__init__()

    def clear(self) -> None:
        """Forget what came."""
        super().clear()
        self._waits = False
        self._since: float | None = None
        self._alone_at = self._came_at = 0.0
        self._repeats = 0

    def owed(self, now: float) -> None:
        """An answer is owed."""
        self.unsure = NO_ANSWER
        if self._since is None:
            self._since = self._came_at = now

    def taken(self) -> None:
        """There are characters for those who take them: they are waited for, unless they are slow."""
        self.to_handle = True
        self._waits = not self._handlers_are_slow

    def handled(self, now: float) -> None:
        """They have dealt with them."""
        self._waits = self.to_handle = False
        if now - self._came_at > SLOW_S:
            self._handlers_are_slow = True

    def lets_send(self, now: float, full: bool) -> bool:
        """Tell whether characters go out now, or wait for more that is about to be written; full: a packet is."""
        return full or not self._waits or self._since is None or now >= self._since + HANDLED_S

    def goes_alone(self, owed: Answer, now: float, sending: bool) -> bool:
        """Tell whether an answer goes out without characters now; sending: others are on their way."""
        _number, count, refusal = owed
        if refusal or not count:
            return True
        return self.lets_send(now, False) and not (sending and self._since is not None and now < self._since + BEHIND_S)

    def went_along(self) -> None:
        """The answer went out with characters, which are sent until they are acknowledged."""
        self.unsure, self._since = NO_ANSWER, None

    def went_alone(self, answer: Answer, now: float) -> None:
        """It went out without: nothing would tell that it was lost."""
        self._since = None
        self._alone_at = now
        self._repeats = 0
        self.unsure = answer if answer[1] and not answer[2] else NO_ANSWER

    def next_timer(self, due: float | None, sending: bool) -> float | None:
        """Return when to look again; due: when characters are to go out, or to go out again."""
        if self._since is not None:
            found = self._since + (HANDLED_S if self._waits else BEHIND_S)
            due = None if self._waits and not sending else due
        elif self.unsure[0]:
            found = self._alone_at + AGAIN_S[self._repeats]
        else:
            return due
        return found if due is None or found < due else due

    def fire(self, now: float) -> Answer | None:
        """Return the answer that is to go out again."""
        if self._since is not None and now >= self._since + HANDLED_S:
            self._waits = False
        unsure = self.unsure
        if not unsure[0] or now < self._alone_at + AGAIN_S[self._repeats]:
            return None
        self._repeats += 1
        if self._repeats == len(AGAIN_S):
            self.unsure = NO_ANSWER
        return unsure

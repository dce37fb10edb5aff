# SPDX-License-Identifier: Apache-2.0
"""When the BMC's end of a serial line answers what was typed, so that consoles which believe too much lose nothing.

ipmitool 1.8.19 takes any packet with new characters for the acknowledgement that it waits for, and goes on to what is
typed next; what nobody acknowledges it repeats after a second, under a new number.  (Seen in its lanplus.c,
`ipmi_lanplus_send_payload`, and ipmi_sol.c, `processSolUserInput`.)  Where packets get lost, characters are lost then,
or come twice, unless an answer

- goes with the characters that the machine sends upon what was typed, in one packet,
- waits while other characters are on their way: the next ones would be taken for that of the next packet,
- and goes out again if it went alone, as long as nothing shows that it came.
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


class Answers:
    """What became of the answer to the packet that came last.

    to_handle: its characters were not dealt with by those who take them; unhandled: and that is waited for.
    """

    __slots__ = (
        "_alone",
        "_alone_at",
        "_came_at",
        "_handlers_are_slow",
        "_repeats",
        "_since",
        "to_handle",
        "unhandled",
    )

    def __init__(self) -> None:
        self._handlers_are_slow = False
        self.clear()

    def clear(self) -> None:
        """Forget what came."""
        self.unhandled = self.to_handle = False
        self._since: float | None = None
        self._alone: Answer = NO_ANSWER
        self._alone_at = self._came_at = 0.0
        self._repeats = 0

    def owed(self, now: float) -> None:
        """An answer is owed."""
        self._alone = NO_ANSWER
        if self._since is None:
            self._since = self._came_at = now

    def taken(self) -> None:
        """There are characters for those who take them."""
        self.to_handle = True
        self.unhandled = not self._handlers_are_slow

    def handled(self, now: float) -> None:
        """They have dealt with them."""
        self.unhandled = self.to_handle = False
        if now - self._came_at > SLOW_S:
            self._handlers_are_slow = True

    def went_along(self) -> Answer:
        """Characters go out: an answer that is owed with them, or else this one."""
        found, self._alone, self._since = self._alone, NO_ANSWER, None
        return found

    def went_alone(self, answer: Answer, now: float) -> None:
        """An answer went out without characters."""
        self._since = None
        self._alone_at = now
        self._repeats = 0
        self._alone = answer if answer[1] and not answer[2] else NO_ANSWER

    # --- time

    def waits_for_handlers(self, now: float) -> bool:
        """Whether more is about to be written, upon what was typed."""
        return self.unhandled and self._since is not None and now < self._since + HANDLED_S

    def waits_behind(self, now: float) -> bool:
        """Whether an answer waits while characters are on their way."""
        return self._since is not None and now < self._since + BEHIND_S

    def next_timer(self) -> float | None:
        """Return when to look again; None: there is no need."""
        if self._since is not None:
            return self._since + (HANDLED_S if self.unhandled else BEHIND_S)
        return self._alone_at + AGAIN_S[self._repeats] if self._alone[0] else None

    def fire(self, now: float) -> Answer | None:
        """Return the answer that is to go out again."""
        if self._since is not None and now >= self._since + HANDLED_S:
            self.unhandled = False
        alone = self._alone
        if not alone[0] or now < self._alone_at + AGAIN_S[self._repeats]:
            return None
        self._repeats += 1
        if self._repeats == len(AGAIN_S):
            self._alone = NO_ANSWER
        return alone

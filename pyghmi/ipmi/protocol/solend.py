# SPDX-License-Identifier: Apache-2.0
"""What the machines at both ends of a serial line have in common.  IPMI 2.0 §15."""
from __future__ import annotations

from collections import deque

from pyghmi.ipmi.protocol.solanswer import NO_ANSWER, Answer, AtOnce
from pyghmi.ipmi.protocol.solevents import HEADER_BYTES, MOST_CHARACTERS, NACK, Noticed, SolEvent
from pyghmi.ipmi.protocol.solin import NOTHING_NEW, Incoming
from pyghmi.ipmi.protocol.solout import Habits, Outgoing
from pyghmi.ipmi.protocol.solqueue import FIRST_INTERVAL_S

RETRIES = 9

_END = HEADER_BYTES + MOST_CHARACTERS


class SolEnd:
    """One end of a serial line.

    most: characters of one packet that the other end takes, without the header; retries: how often a packet is sent
    again; interval_s: after how long, until acknowledgements have been measured (adapts=False: always).  malformed,
    unnumbered: packets that were too short, and those with characters and without a number.
    """

    _habits: Habits
    _break: int
    _ignores_unnumbered = False

    def __init__(
        self,
        most: int = MOST_CHARACTERS,
        *,
        retries: int = RETRIES,
        interval_s: float = FIRST_INTERVAL_S,
        adapts: bool = True,
    ) -> None:
        self._events: deque[SolEvent] = deque()
        self._packets: list[bytes] = []
        self._out = Outgoing(
            self._habits, self._events.append, retries=retries, interval_s=interval_s, adapts=adapts
        )
        self._in = Incoming(self._events.append)
        self._level = 0
        self._heard_level = 0
        self._owed: Answer | None = None
        self._sent_answer: Answer = NO_ANSWER
        self._answers = AtOnce()
        self._over = False
        self.malformed = 0
        self.unnumbered = 0
        self.most = most

    @property
    def most(self) -> int:
        """Characters of one packet that the other end takes, 1 to 255."""
        return self._out.most

    @most.setter
    def most(self, most: int) -> None:
        self._out.most = min(max(most, 1), MOST_CHARACTERS)

    # --- what is sent

    @property
    def pending(self) -> int:
        """The number of characters that were written and not acknowledged."""
        return self._out.pending

    @property
    def idle(self) -> bool:
        """Whether the other end has acknowledged everything, breaks too."""
        return self._out.idle

    def write(self, data: bytes, now: float) -> None:
        """Send characters: at once, if nothing is on its way, else as fast as the other end takes them."""
        if data:
            self._out.write(bytes(data), now)
            self._pump(now)

    def send_break(self, now: float) -> None:
        """Have the other end told of a break, in its place among the characters."""
        self._mark(self._break, now)

    def _mark(self, bits: int, now: float) -> None:
        """Send a packet that has these bits set and no characters, in its place among them."""
        self._out.queue.add_mark(bits)
        self._pump(now)

    def forget_pending(self) -> None:
        """Drop what was not acknowledged.  What is on its way may arrive."""
        self._out.drop_all()

    def restart(self, now: float) -> None:
        """Begin anew with a payload that was activated again; what was not acknowledged is sent again.

        Whether the last packet was taken before is not known: its characters may come twice.
        """
        self._in.restart()
        self._out.restart()
        self._answers.clear()
        self._heard_level = 0
        self._over = False
        self._packets.clear()
        self._pump(now)

    def packets_to_send(self) -> list[bytes]:
        """Return the payloads that are to go out, headers included, each once."""
        found = self._packets
        if found:
            self._packets = []
        return found

    def next_event(self) -> SolEvent | None:
        """Return what has happened, in its order; None: nothing more."""
        return self._events.popleft() if self._events else None

    def handled(self, now: float) -> None:
        """Hear that all events were dealt with, and what is written upon them was written."""
        if self._answers.to_handle:
            self._answers.handled(now)
            self._pump(now)

    # --- time

    def next_timer(self) -> float | None:
        """Return when `timer_fired` is to be called, on the clock of `now`; None: there is no need."""
        return None if self._over else self._answers.next_timer(self._out.due(), self._out.number != 0)

    def timer_fired(self, now: float) -> None:
        """Send again, or send what was held back."""
        if self._over:
            return
        again = self._answers.fire(now)
        if again is not None:
            self._answer(again)
        packet = self._out.fire(now)
        if packet is not None:
            number, flags, data = packet
            acked, count, bits = self._sent_answer
            self._packets.append(bytes((number, acked, count, (bits | flags | self._level) & 0xFF)) + data)
        self._pump(now)

    def _pump(self, now: float) -> None:
        """Send the next packet if there may be one, with the answer that is owed; else the answer alone."""
        out, answers, owed = self._out, self._answers, self._owed
        full = out.queue.characters >= out.most
        if not out.number and not self._over and out.sendable(now) and answers.lets_send(now, full):
            number, flags, data = out.begin(now)
            self._owed = None
            self._sent_answer = acked, count, bits = owed or answers.unsure
            answers.went_along()
            self._packets.append(bytes((number, acked, count, (bits | flags | self._level) & 0xFF)) + data)
        elif owed is not None and answers.goes_alone(owed, now, out.number != 0):
            self._owed = None
            # An older answer must not go out after this one, with a packet that is sent again: the numbers recur.
            self._sent_answer = NO_ANSWER
            self._answer(owed)
            answers.went_alone(owed, now)

    def _answer(self, answer: Answer) -> None:
        """Send an answer without characters."""
        acked, count, bits = answer
        self._packets.append(bytes((0, acked, count, bits | self._level)))

    # --- what comes

    def packet_received(self, payload: bytes, now: float) -> None:
        """Take a payload of the other end."""
        if len(payload) < HEADER_BYTES:
            self.malformed += 1
            return
        if self._over:
            self._came_after_the_end(payload)
            return
        flags = payload[3]
        if flags or self._heard_level:
            self._hear_level(flags, now)
        acked = payload[1] & 15
        if acked:
            self._out.acknowledged(acked, payload[2], flags & NACK != 0, now)
        number = payload[0] & 15
        if number:
            count, bits = self._receive(number, payload[HEADER_BYTES:_END], flags, now)
            self._owed = (number, count, bits)
            self._answers.owed(now)
        elif flags or len(payload) > HEADER_BYTES:
            self._receive_unnumbered(payload[HEADER_BYTES:], flags)
        elif not acked:
            self._out.resume(now)  # it says nothing, which is: nothing is in the way any more
        if flags:
            self._after(flags)
        self._pump(now)

    def _receive(self, number: int, data: bytes, flags: int, now: float) -> tuple[int, int]:
        """Take what is new of a packet; return the number of characters taken altogether, and bits of the answer."""
        incoming = self._in
        known = incoming.known(number, data, now)
        if known == NOTHING_NEW:
            if flags and number == incoming.last:
                self._act(incoming.fresh(flags))
            return incoming.again(number, now)
        if known:
            taken, refusal = self._take(data[known:], incoming.fresh(flags))
        else:
            taken, refusal = self._take(data, flags)
        taken += known
        incoming.took(number, data, flags, taken, refusal, now)
        return taken, refusal

    def _receive_unnumbered(self, data: bytes, flags: int) -> None:
        """Act on a packet that is not to be acknowledged; only a BMC puts characters of worth into one."""
        if flags:
            self._act(flags)
        if not data:
            return
        self.unnumbered += 1
        if self._ignores_unnumbered:
            return
        if self.unnumbered == 1:
            self._events.append(Noticed("C19", "characters come in packets without a number"))
        self._take(data, 0)

    def _take(self, data: bytes, flags: int) -> tuple[int, int]:
        """Take characters; return how many, and the bits that say why not more."""
        raise NotImplementedError

    def _act(self, flags: int) -> None:
        """Report what bits of a packet that had not come before say."""
        raise NotImplementedError

    def _hear_level(self, flags: int, now: float) -> None:
        """Take note of bits that describe a state, and so count in every packet."""
        raise NotImplementedError

    def _after(self, flags: int) -> None:
        """Act on what counts after the characters of the packet."""

    def _came_after_the_end(self, payload: bytes) -> None:
        """Deal with a packet of a payload that is not active any more."""

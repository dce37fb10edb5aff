# SPDX-License-Identifier: Apache-2.0
"""Whether a BMC counts the characters that it acknowledges: some take all of a packet, and say that it was none."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.protocol.solevents import Noticed, SolEvent

_MOST_DOUBTS = 3
_MOST_ECHO = 1024


class Trust:
    """What is known of the counts of the other end.

    counts: one was right, so all are believed from then on; doubts: how often "none" came for the characters that are
    on their way.  Intel boards say so although they have taken them (ipmitool's option "intelplus"): their echo shows
    it.  Where there is no echo, as for a password, they are sent again, three times at most.
    """

    __slots__ = ("_echo", "_none_is_all", "_tell", "counts", "doubts")

    def __init__(self, tell: Callable[[SolEvent], None], *, counts: bool) -> None:
        self._tell = tell
        self.counts = counts
        self._none_is_all = False
        self._echo = b""
        self.doubts = 0

    def heard(self, data: bytes) -> None:
        """Keep what came since the characters were sent."""
        self._echo = (self._echo + data)[-_MOST_ECHO:]

    def forget(self) -> None:
        """Begin with other characters."""
        self._echo = b""
        self.doubts = 0

    def is_all_taken(self, sent: bytes) -> bool:
        """Tell whether "none" means "all" here."""
        if not self._none_is_all and (sent in self._echo or self.doubts >= _MOST_DOUBTS):
            self._none_is_all = True
            self._tell(Noticed("C21", "all characters of a packet are taken, and 0 are acknowledged"))
        return self._none_is_all

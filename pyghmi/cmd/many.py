# SPDX-License-Identifier: Apache-2.0
"""Do the same with many BMCs at once."""
from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Callable

from pyghmi.cmd.endings import Ended
from pyghmi.ipmi.net.reactor import shared

_MOST_AT_ONCE = 64
_LOOK_S = 0.25
_STOP_S = 2.0


class Crew:
    """Threads, each of which takes the next BMC.  `stopped`: whatever fails now fails because we end.

    None of them holds the end of the program up: some calls of the system cannot be broken off.
    """

    def __init__(self, bmcs: Sequence[str], one: Callable[[str], bool]) -> None:
        self._one = one
        self._waiting = deque(bmcs)
        self._missing = len(bmcs)
        self._ended: Ended | None = None
        self._lock = threading.Lock()
        self.stopped = False

    def run(self) -> bool:
        """Return whether it worked with all of them.  When Ended comes from anywhere, close all sessions first."""
        threads = [
            threading.Thread(target=self._work, daemon=True) for _each in range(min(self._missing, _MOST_AT_ONCE))
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive() and self._ended is None:
                    thread.join(_LOOK_S)  # again and again: some systems hear no signal in a longer wait
            if self._ended is not None:
                raise self._ended
        except Ended:
            self._stop(threads)
            raise
        return not self._missing

    def _work(self) -> None:
        while not self.stopped:
            try:
                bmc = self._waiting.popleft()
            except IndexError:
                return
            try:
                good = self._one(bmc)
            except Ended as ended:
                self._ended = ended
                return
            with self._lock:
                self._missing -= good

    def _stop(self, threads: Sequence[threading.Thread]) -> None:
        """Close sessions, and logins under way, until nobody begins another."""
        self.stopped = True
        end = time.monotonic() + _STOP_S
        while True:
            shared().close_members()
            running = [thread for thread in threads if thread.is_alive()]
            if not running or time.monotonic() > end:
                return
            running[0].join(0.02)

# SPDX-License-Identifier: Apache-2.0
"""A thread that does one thing after the other: calls of libvirt may take seconds, and the BMCs' loop must not."""
from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable

from pyghmi.ipmi.private.callbacks import tell

_MOST_WAITING = 32
_LONG_S = 0.2


class Worker:
    """Do jobs in their order, in a thread of its own, which ends with the program."""

    def __init__(self, name: str) -> None:
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._begun_at: float | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_here(self) -> bool:
        """Whether who asks is a job."""
        return threading.current_thread() is self._thread

    @property
    def is_slow(self) -> bool:
        """Whether what is being done takes long."""
        begun = self._begun_at
        return begun is not None and time.monotonic() - begun > _LONG_S

    @property
    def is_full(self) -> bool:
        """Whether so many jobs wait that requests should not add to them."""
        return len(self._jobs) >= _MOST_WAITING

    def submit(self, job: Callable[[], object]) -> None:
        """Have it done; an exception is logged."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def end(self) -> None:
        """Do what was submitted and no more."""
        self.submit(self._end)

    def wait(self, wait_s: float) -> None:
        """Wait at most so long for its end."""
        self._thread.join(wait_s)

    def _end(self) -> None:
        self._ended = True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._begun_at = None
                if self._ended:
                    return
                while not self._jobs:
                    self._changed.wait()
                job = self._jobs.popleft()
                self._begun_at = time.monotonic()
            tell(job)

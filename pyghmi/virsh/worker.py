# SPDX-License-Identifier: Apache-2.0
"""A thread that does one thing after the other: calls of libvirt may take seconds, and the BMCs' loop must not."""
from __future__ import annotations

import threading
from collections import deque
from typing import Callable

from pyghmi.ipmi.private.callbacks import tell

_MOST_WAITING = 32


class Worker:
    """Do jobs in their order, in a thread of its own, which ends with the program."""

    def __init__(self, name: str) -> None:
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._doing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_here(self) -> bool:
        """Whether who asks is a job."""
        return threading.current_thread() is self._thread

    @property
    def is_busy(self) -> bool:
        """Whether a new job would have to wait."""
        return self._doing or bool(self._jobs)

    @property
    def is_full(self) -> bool:
        """Whether so many jobs wait that requests should not add to them."""
        return len(self._jobs) >= _MOST_WAITING

    def submit(self, job: Callable[[], object]) -> None:
        """Have it done; an exception is logged."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def end(self, wait_s: float) -> None:
        """Do what was submitted and no more; waits so long for it."""
        self.submit(self._end)
        self._thread.join(wait_s)

    def _end(self) -> None:
        self._ended = True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._doing = False
                if self._ended:
                    return
                while not self._jobs:
                    self._changed.wait()
                job = self._jobs.popleft()
                self._doing = True
            tell(job)

# SPDX-License-Identifier: Apache-2.0
"""A thread that serves sessions while the program does something else."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.net import modules

_LOOK_AGAIN_S = 3600.0

_Thread: type = modules.threading.Thread


class HousekeeperThread(_Thread):  # type: ignore[misc]
    """The base of `Housekeeper`: not a daemon, so it keeps the process alive until `stop`."""

    def __init__(self) -> None:
        super().__init__(name="pyghmi housekeeper")
        self._stopped = False

    def serve(self, wait: Callable[[float], object]) -> None:
        """Run the loop until `stop`."""
        while not self._stopped:
            wait(_LOOK_AGAIN_S)

    def stop(self) -> None:
        """End the thread."""
        from pyghmi.ipmi.net.reactor import shared

        self._stopped = True
        reactor = shared()
        with reactor.lock:
            reactor.nudge()

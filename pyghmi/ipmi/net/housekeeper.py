# SPDX-License-Identifier: Apache-2.0
"""A thread that serves sessions while the program does something else."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

from pyghmi.ipmi.net import modules

_LOOK_AGAIN_S = 3600.0

_Thread: type = modules.threading.Thread


class HousekeeperThread(_Thread):  # type: ignore[misc]
    """The base of `Housekeeper`: unless it is made a daemon, it keeps the process alive until `stop`.

    Made as any thread; `target` is not called.
    """

    def __init__(
        self,
        group: None = None,
        target: Optional[Callable[..., object]] = None,
        name: Optional[str] = "pyghmi housekeeper",
        args: Iterable[Any] = (),
        kwargs: Optional[Mapping[str, Any]] = None,
        *,
        daemon: Optional[bool] = None,
    ) -> None:
        super().__init__(group, target, name, args, kwargs, daemon=daemon)
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

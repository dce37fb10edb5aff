# SPDX-License-Identifier: Apache-2.0
"""One deadline for everything that a call does."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.request import Request, Target
    from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound="Message")

_SHORTEST_S = 0.001


class Bounded:
    """A requester whose requests, all together, end at one point of time.  `target`: where they go by default."""

    def __init__(self, bmc: Requester, until: float, target: Target | None = None) -> None:
        self._bmc = bmc
        self._until = until
        self._target = target

    def _left(self, deadline_s: float | None) -> float:
        left = max(self._until - self._bmc.now(), _SHORTEST_S)
        return left if deadline_s is None else min(left, deadline_s)

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer; see `Requester`."""
        return self._bmc.request(req, target=target or self._target, lun=lun, deadline_s=self._left(deadline_s))

    def exchange(
        self,
        netfn: int,
        cmd: int,
        data: bytes = b"",
        *,
        target: Target | None = None,
        lun: int = 0,
        deadline_s: float | None = None,
        repeatable: bool | None = None,
        first_wait: float | None = None,
    ) -> tuple[int, bytes]:
        """Return (completion code, data); see `Requester`."""
        return self._bmc.exchange(
            netfn,
            cmd,
            data,
            target=target or self._target,
            lun=lun,
            deadline_s=self._left(deadline_s),
            repeatable=repeatable,
            first_wait=first_wait,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass, not beyond the deadline."""
        self._bmc.wait(min(seconds, self._left(None)))

    def now(self) -> float:
        """Return the time in seconds on a clock that never goes back."""
        return self._bmc.now()

# SPDX-License-Identifier: Apache-2.0
"""The clock of the simulated server's event log.  IPMI 2.0 §31.10, §31.11."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.ipmi.spec.storage import SetSelTime, SetSelTimeUtcOffset, Time, UtcOffset
from pyghmi.sim.parts import Answer, Reply

ERASING = 0x81
"""The log is being erased."""
_NO_OFFSET, _MOST_MINUTES = 0x7FF, 1440


class SelClock:
    """Show a time, which can be set.

    clock: seconds since 1970; busy: whether it cannot be asked; ahead_s: what was set more than that; utc_offset:
    minutes, 2047: not specified.
    """

    def __init__(self, clock: Callable[[], float], busy: Callable[[], bool]) -> None:
        self._clock = clock
        self._busy = busy
        self.ahead_s = 0
        self.utc_offset = _NO_OFFSET

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x0A, 0x48): self._get,
            (0x0A, 0x49): self._set,
            (0x0A, 0x5C): self._get_offset,
            (0x0A, 0x5D): self._set_offset,
        }

    def now(self) -> int:
        """Return what it shows."""
        return (int(self._clock()) + self.ahead_s) % 2**32

    def _get(self, _data: bytes) -> Reply:
        return (ERASING, b"") if self._busy() else (OK, Time(time=self.now()).encode())

    def _set(self, data: bytes) -> Reply:
        self.ahead_s = exact(SetSelTime, data).time - int(self._clock())
        return OK, b""

    def _get_offset(self, _data: bytes) -> Reply:
        return OK, UtcOffset(minutes=self.utc_offset).encode()

    def _set_offset(self, data: bytes) -> Reply:
        minutes = exact(SetSelTimeUtcOffset, data).minutes
        if minutes != _NO_OFFSET and abs(minutes) > _MOST_MINUTES:
            return INVALID_FIELD, b""
        self.utc_offset = minutes
        return OK, b""

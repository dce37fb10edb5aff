# SPDX-License-Identifier: Apache-2.0
"""One FRU memory behind one BMC: how it is asked, and how much it gives at once.  IPMI 2.0 §34."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import Malformed, TimedOut
from pyghmi.ipmi.domains.requester import answer_of, completion_error
from pyghmi.ipmi.spec.codes import (
    CANNOT_RESPOND,
    DESTINATION_UNAVAILABLE,
    INVALID_FIELD,
    INVALID_LENGTH,
    NOT_PRESENT,
    OK,
    OUT_OF_RANGE,
    TIMEOUT,
    UNSPECIFIED,
)
from pyghmi.ipmi.spec.storage import FruAreaInfo, FruData, GetFruAreaInfo, ReadFruData

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.request import Target

BUSY = 0x81
"""FRU device busy; also said of devices that are not there.  IPMI 2.0 §34.2."""
ABSENT = frozenset(
    (
        BUSY,
        TIMEOUT,
        OUT_OF_RANGE,
        NOT_PRESENT,
        INVALID_FIELD,
        CANNOT_RESPOND,
        DESTINATION_UNAVAILABLE,
        UNSPECIFIED,
    )
)
"""With these codes BMCs say that there is no such FRU; the table of completion codes has one of them."""
_AGAIN = frozenset((BUSY, TIMEOUT))
"""These may also mean what they say: they are believed when they come twice."""
_TOO_LONG = frozenset(
    (TIMEOUT, 0xC6, INVALID_LENGTH, 0xC8, OUT_OF_RANGE, 0xCA, INVALID_FIELD, CANNOT_RESPOND, UNSPECIFIED)
)
"""With these BMCs say that they cannot give so much at once."""
_SIZES = (224, 112, 64, 32, 22, 16, 8, 4, 2)
"""Bytes asked for at once, from what has long been asked of all BMCs down.  Beyond it replies no longer fit into
sessions of IPMI 1.5, whose messages have 255 bytes at most."""
_BRIDGED = 22
"""The most that fits into an IPMB message of 32 bytes, and is even."""
_LEAST = {1: 8, 2: 2}
"""By bytes in a unit: below it nothing was ever seen to help."""
_AFTER_SILENCE = 4
"""Silence takes long to tell from an answer: the next trial is smaller by this."""
_INFO_S, _TRIAL_S, _PAUSE_S = 6.0, 3.0, 0.3


class FruDevice:
    """A FRU by its number, behind the controller `target` (None: the BMC) at its LUN."""

    def __init__(
        self, bmc: Requester, learned: Learned, fru_id: int, target: Target | None = None, lun: int = 0
    ) -> None:
        self._bmc = bmc
        self._learned = learned
        self._target = target
        self._lun = lun
        self.fru_id = fru_id
        self.unit = 1
        self.size = 0
        self._block = _BRIDGED if target is not None else learned.fru_size or _SIZES[0]
        self._proven = False

    def exchange(self, cmd: int, data: bytes, deadline_s: float | None) -> tuple[int, bytes]:
        """Return (completion code, data) of a storage command for this device."""
        netfn = GetFruAreaInfo.netfn
        return self._bmc.exchange(netfn, cmd, data, target=self._target, lun=self._lun, deadline_s=deadline_s)

    def pause(self) -> None:
        """Let a busy device come to an end."""
        self._bmc.wait(_PAUSE_S)

    def info(self) -> FruAreaInfo | None:
        """Return size and unit, and take note of them; None: there is no such FRU, or it is empty.

        Raises CompletionCodeError, Malformed, SessionError.
        """
        request = GetFruAreaInfo(fru_id=self.fru_id)
        code, data = self.exchange(request.cmd, request.encode(), _INFO_S)
        if code in _AGAIN:
            self.pause()
            code, data = self.exchange(request.cmd, request.encode(), _INFO_S)
        if code in ABSENT:
            return None
        found = answer_of(request, code, data)
        self.unit = 2 if found.by_words else 1
        self.size = found.size
        return found if found.size else None

    def read_some(self, start: int, end: int) -> bytes:
        """Return bytes from `start` on, not beyond `end`, as many as come at once; none: the device gives no more.

        start: a multiple of the unit.  Raises TimedOut where a size that this device gave before is answered with
        silence, and where every size is; CompletionCodeError for codes that speak neither of size nor of absence.
        """
        first = count = min(self._block, end - start)
        silent = False
        while True:
            code, got = self._read(start, count)
            if code == OK:
                if count < first:
                    self._block = count
                if start == 0 and got and count == self._block:
                    self._learn(silent)
                return got
            silent = code is None
            smaller = self._smaller(count // _AFTER_SILENCE + 1 if silent else count)
            if silent and smaller is None:
                raise TimedOut("timeout", stage="Read FRU Data")
            if smaller is None or (not silent and code not in _TOO_LONG):
                return self._refused(code)
            count = smaller

    def _learn(self, after_silence: bool) -> None:
        """Remember a size that the beginning of a memory was given in: so much the BMC can give.

        Where one device has smaller limits than others, and says so, the others need not suffer for it.
        """
        self._proven = True
        learned = self._learned
        if self._target is None and (learned.fru_size is None or after_silence):
            learned.fru_size = self._block

    def _refused(self, code: int | None) -> bytes:
        if code is not None and code not in ABSENT and code not in _TOO_LONG:
            raise completion_error(ReadFruData.netfn, ReadFruData.cmd, code)
        return b""

    def _read(self, start: int, count: int) -> tuple[int | None, bytes]:
        """Return (completion code, bytes); None: silence, at a size that nobody knows to work."""
        units = -(-count // self.unit)
        request = ReadFruData(fru_id=self.fru_id, offset=start // self.unit, count=units).encode()
        deadline_s = None if self._proven and count <= self._block else _TRIAL_S
        try:
            code, data = self.exchange(ReadFruData.cmd, request, deadline_s)
            if code == BUSY:
                self.pause()
                code, data = self.exchange(ReadFruData.cmd, request, deadline_s)
        except TimedOut:
            if deadline_s is None:
                raise
            return None, b""
        return code, self._received(data, units) if code == OK else b""

    def _received(self, data: bytes, units: int) -> bytes:
        """Return the bytes of an answer: not more than were asked for, nor than the answer says, if it says any."""
        try:
            found = FruData.decode(data)
        except Malformed:
            return b""
        got = found.data[: units * self.unit]
        told = found.count * self.unit
        return got[:told] if told else got

    @property
    def _least(self) -> int:
        return _LEAST[self.unit]

    def _smaller(self, count: int) -> int | None:
        """Return the next size to try, None where there is none."""
        return next((size for size in _SIZES if self._least <= size < count), None)

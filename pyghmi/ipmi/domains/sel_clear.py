# SPDX-License-Identifier: Apache-2.0
"""Clearing the event log under a reservation, which any change of the log cancels.  IPMI 2.0 §31.4, §31.9."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import BmcErrorException, CompletionCodeError
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.domains.sel_read import ERASING, ERASING_WAITS_S, NO_RESERVATION
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, OK
from pyghmi.ipmi.spec.storage import CLEAR_INITIATE, CLEAR_STATUS, ClearSel, Reservation, ReserveSel

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester

RESERVATION_CANCELED = 0xC5
MOST_TRIES = 8
_NO_RESERVATIONS = frozenset((INVALID_COMMAND, 0xC2, 0xC7, 0xCC, 0xD4, 0xD5, 0xD6))
_ERASE_POLL_S, _ERASE_MOST_S = 0.25, 60.0
_DONE = 1


class Eraser:
    """Clear the log: begin, then wait until that is done."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def reserve(self) -> int:
        """Return a new reservation; 0 where the BMC has none for us, which some take.

        Waits while somebody clears the log.  Raises CompletionCodeError.
        """
        code, data = self._ask_for_one()
        for wait_s in ERASING_WAITS_S:
            if code != ERASING:
                break
            self._bmc.wait(wait_s)
            code, data = self._ask_for_one()
        if code in _NO_RESERVATIONS:
            return NO_RESERVATION
        if code != OK:
            raise completion_error(ReserveSel.netfn, ReserveSel.cmd, code)
        return Reservation.decode(data).reservation

    def _ask_for_one(self) -> tuple[int, bytes]:
        return self._bmc.exchange(ReserveSel.netfn, ReserveSel.cmd)

    def clear(self) -> None:
        """Clear the log, whatever is in it, and wait until that is done."""
        for _try in range(MOST_TRIES):
            reservation = self.reserve()
            try:
                progress = self.begin(reservation)
            except CompletionCodeError as error:
                if error.code != RESERVATION_CANCELED:
                    raise
                continue
            self.finish(progress, reservation)
            return
        raise completion_error(ClearSel.netfn, ClearSel.cmd, RESERVATION_CANCELED)

    def begin(self, reservation: int) -> int:
        """Begin to clear the log; returns how far that is.

        Raises CompletionCodeError, C5h if the log has changed since the reservation.
        """
        return self._bmc.request(ClearSel(reservation=reservation, action=CLEAR_INITIATE)).progress

    def finish(self, progress: int, reservation: int) -> None:
        """Wait until that is done.  Raises BmcErrorException if it never is, CompletionCodeError."""
        until = self._bmc.now() + _ERASE_MOST_S
        while progress != _DONE:
            if self._bmc.now() >= until:
                raise BmcErrorException("The BMC does not come to an end with clearing the event log")
            self._bmc.wait(_ERASE_POLL_S)
            code, data = self._status(reservation)
            if code == RESERVATION_CANCELED:  # by its own clearing, or an event that came since
                reservation = self.reserve()
            elif code == OK:
                progress = ClearSel.answer.decode(data).progress
            elif code != ERASING:
                raise completion_error(ClearSel.netfn, ClearSel.cmd, code)

    def _status(self, reservation: int) -> tuple[int, bytes]:
        asked = ClearSel(reservation=reservation, action=CLEAR_STATUS)
        return self._bmc.exchange(asked.netfn, asked.cmd, asked.encode())

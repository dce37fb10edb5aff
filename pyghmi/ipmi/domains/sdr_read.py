# SPDX-License-Identifier: Apache-2.0
"""Reading one sensor data record, whole or in pieces.  IPMI 2.0 §33.12, §35.3."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.exceptions import CompletionCodeError, Malformed, SessionLost, TimedOut
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.spec.codes import (
    CANNOT_RESPOND,
    INVALID_FIELD,
    INVALID_LENGTH,
    OK,
    OUT_OF_RANGE,
    TIMEOUT,
    UNSPECIFIED,
    meaning,
)
from pyghmi.ipmi.spec.sdr import HEADER_BYTES
from pyghmi.ipmi.spec.sensor import GetDeviceSdr, ReserveDeviceSdrRepository
from pyghmi.ipmi.spec.storage import WHOLE, GetSdr, GetSdrRepositoryInfo, Reservation, ReserveSdrRepository, SdrData
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester

RESERVATION_LOST, TOO_LONG, TOO_MANY_BYTES = 0xC5, 0xC8, 0xCA
_TOO_MUCH = frozenset(
    (TOO_MANY_BYTES, INVALID_LENGTH, TOO_LONG, UNSPECIFIED, OUT_OF_RANGE, INVALID_FIELD, CANNOT_RESPOND)
)
"""What BMCs say to more bytes than they can send at once."""
_CLEARLY = frozenset((TOO_MANY_BYTES, INVALID_LENGTH, TOO_LONG))
_SIZES = (32, 22, 16, 10, 8)
"""Bytes to ask for at once where all is too much.  Ours is the first; the others are what most clients come down to."""
_ENDS = (4, 2, 1)
"""Where fewer bytes are there than the header says, the last ones come in pieces of this."""
_WHOLE_S = 4.0
"""Seconds for a whole record, before it is tried in parts; a part has as long as any command of the caller, but after
the BMC itself has given up (C3h) on the record as long as the whole."""
_WHOLE_AFTER, _MOST_LOST = 3, 12
_MOST_TORN = 4
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0

Asked = Union[GetSdr, GetDeviceSdr]


class Answer(NamedTuple):
    """What came for one question.  `next_id`: None if it did not say."""

    code: int
    next_id: int | None
    data: bytes


class RecordRead(NamedTuple):
    """A record, as far as it could be read.

    `next_id`: None if nobody said; `problem`: empty if all is well; `silent`: the rest may come another time.
    """

    data: bytes
    next_id: int | None
    code: int = OK
    problem: str = ""
    silent: bool = False


class RecordSource:
    """Where records are read from: the repository, or the device SDRs of one LUN.

    lost: whether a reservation was lost, as it is when records change.
    """

    def __init__(self, bmc: Requester, learned: Learned, *, device: bool = False, lun: int = 0) -> None:
        self._bmc = bmc
        self._learned = learned
        self._device = device
        self._lun = lun
        self._reservation = 0
        self._reserves = True
        self._whole_works = False
        self._torn = False
        self._stuck = False
        self.lost = False

    def read(self, record_id: int) -> RecordRead:
        """Read a record.  Never raises for a code; TimedOut and other SessionError when there is no BMC any more.

        When the reservation was lost between its parts, they may be those of two records: it is read again, until it
        comes in one go, or the same twice.
        """
        before = None
        for _try in range(_MOST_TORN):
            self._torn = False
            read = self._read_once(record_id)
            if not self._torn or read == before:
                return read
            before = read
        return RecordRead(b"", read.next_id, OK, "changes all the time while it is read")

    def _read_once(self, record_id: int) -> RecordRead:
        self._stuck = False
        size = self._learned.sdr_size
        begun = self._whole(record_id) if size is None else self._part(record_id, 0, size)
        if begun is not None and begun.code == OK and len(begun.data) >= HEADER_BYTES:
            self._whole_works = self._whole_works or size is None
            return self._completed(record_id, begun)
        header = self._part(record_id, 0, HEADER_BYTES)
        if header.code != OK:
            return RecordRead(b"", header.next_id, header.code, f"cannot be read: {self._meaning(header.code)}")
        if len(header.data) < HEADER_BYTES:
            return RecordRead(b"", header.next_id, OK, f"has only {len(header.data)} bytes")
        read = self._completed(record_id, header)
        if size is None and not read.problem and self._too_much(begun):
            self._learned.sdr_size = self._learned.sdr_size or _SIZES[0]
        return read

    def _too_much(self, begun: Answer | None) -> bool:
        """Whether this answer to a size of FFh says that no long record will ever come at once."""
        if begun is not None and begun.code in _CLEARLY:
            return True
        return not self._whole_works and (begun is None or begun.code in _TOO_MUCH)

    def _prove_alive(self) -> None:
        """Have the BMC say anything at all: one record that it says nothing to is no matter.  Raises SessionError."""
        request = GetSdrRepositoryInfo()
        self._bmc.exchange(request.netfn, request.cmd, b"")

    def first(self, record_id: int) -> bytes | None:
        """Return what one question brings of a record, None if it brings nothing."""
        size = WHOLE if self._learned.sdr_size is None else HEADER_BYTES
        answer = self._part(record_id, 0, size)
        return answer.data if answer.code == OK else None

    def _whole(self, record_id: int) -> Answer | None:
        """Ask for all of a record; None: not a word, as some BMCs say to a size of FFh."""
        try:
            return self._part(record_id, 0, WHOLE)
        except (TimedOut, SessionLost):
            return None  # the session was lost over it; it is opened again for the parts

    def _completed(self, record_id: int, begun: Answer) -> RecordRead:
        """Read what is missing behind the bytes that came, as long as the header says that there is more."""
        wanted = HEADER_BYTES + begun.data[HEADER_BYTES - 1]
        data = begun.data[:wanted]  # some send what lies behind it too
        sizes = [size for size in _SIZES if size <= (self._learned.sdr_size or _SIZES[0])]
        while len(data) < wanted:
            missing = wanted - len(data)
            try:
                answer = self._part(record_id, len(data), min(sizes[0], missing))
            except TimedOut:
                self._prove_alive()
                return RecordRead(data, begun.next_id, OK, f"{len(data)} of {wanted} bytes: no answer", silent=True)
            is_behind = len(data) > len(begun.data) or len(data) == HEADER_BYTES
            smaller = [size for size in (*sizes, *(_ENDS if is_behind else ())) if size < min(sizes[0], missing)]
            if answer.code in _TOO_MUCH and smaller:
                sizes = smaller
                continue
            if answer.code != OK or not answer.data:
                why = self._meaning(answer.code) if answer.code != OK else "no more bytes came"
                return RecordRead(data, begun.next_id, OK, f"{len(data)} of {wanted} bytes: {why}")
            data += answer.data[:missing]
        if _SIZES[0] > sizes[0] > _ENDS[0]:
            self._learned.sdr_size = sizes[0]
        return RecordRead(data, begun.next_id)

    def _part(self, record_id: int, offset: int, size: int) -> Answer:
        """Ask for some bytes; when the reservation was lost, reserve again, ever more slowly.

        Raises CompletionCodeError (C5h) when somebody else reserves all the time.
        """
        if size != WHOLE and not self._reservation:
            self._reserve()
        for lost in range(_MOST_LOST):
            answer = self._ask(record_id, offset, size)
            if answer.code != RESERVATION_LOST:
                return answer
            self.lost = True
            self._torn = self._torn or offset > 0
            if lost >= _WHOLE_AFTER and size != WHOLE:
                whole = self._ask(record_id, 0, WHOLE, reservation=0)
                if whole.code == OK and len(whole.data) > offset:
                    return whole._replace(data=whole.data[offset : offset + size])
            self._bmc.wait(_pause(lost))
            self._reserve()
        netfn, cmd = self._get().netfn, self._get().cmd
        text = f"another client reads the sensor records of this BMC: the reservation was lost {_MOST_LOST} times"
        raise CompletionCodeError(text, netfn, cmd, RESERVATION_LOST, retryable=True)

    def _ask(self, record_id: int, offset: int, size: int, reservation: int | None = None) -> Answer:
        """Ask once."""
        reservation = self._reservation if reservation is None else reservation
        asked: Asked = self._get()(reservation=reservation, record_id=record_id, offset=offset, size=size)
        limit_s = _WHOLE_S if size == WHOLE or self._stuck else None
        code, data = self._bmc.exchange(
            asked.netfn, asked.cmd, asked.encode(), lun=self._lun, deadline_s=limit_s, repeatable=True
        )
        self._stuck = self._stuck or code == TIMEOUT
        if code != OK:
            return Answer(code, None, b"")
        try:
            found = SdrData.decode(data)
        except Malformed:
            return Answer(OK, None, b"")
        return Answer(OK, found.next_id, found.data)

    def _reserve(self) -> None:
        """Take a reservation; a BMC without that is asked with 0000h."""
        if not self._reserves:
            return
        asked = ReserveDeviceSdrRepository() if self._device else ReserveSdrRepository()
        code, data = self._bmc.exchange(asked.netfn, asked.cmd, b"", lun=self._lun)
        try:
            self._reservation = Reservation.decode(data).reservation if code == OK else 0
        except Malformed:
            self._reservation = 0
        self._reserves = code == OK

    def _get(self) -> type[GetSdr | GetDeviceSdr]:
        return GetDeviceSdr if self._device else GetSdr

    def _meaning(self, code: int) -> str:
        return f"{meaning(self._get().netfn, self._get().cmd, code)} ({code:02X}h)"

    def error(self, code: int) -> CompletionCodeError:
        """Return the error for a completion code of reading."""
        return completion_error(self._get().netfn, self._get().cmd, code)


def _pause(lost: int) -> float:
    """Return seconds to wait: doubled each time, and never the same for two clients that disturb each other."""
    from os import urandom

    return float(min(_FIRST_PAUSE_S * 2**lost, _LONGEST_PAUSE_S)) * (1 + urandom(1)[0] / 256)

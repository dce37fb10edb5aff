# SPDX-License-Identifier: Apache-2.0
"""The names that machine and operating system have.  IPMI 2.0 §22.14a, §22.14b."""
from __future__ import annotations

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.codes import (
    INSUFFICIENT_PRIVILEGE,
    INVALID_COMMAND,
    INVALID_FIELD,
    INVALID_LENGTH,
    NOT_PRESENT,
    OUT_OF_RANGE,
)
from pyghmi.ipmi.spec.system_info import (
    FIRST_SET_BYTES,
    LONGEST_TEXT,
    NO_SUCH_PARAMETER,
    SET_BYTES,
    SET_IN_PROGRESS_ALREADY,
    FirstTextSet,
    GetSystemInfoParameters,
    InfoProgress,
    SetSystemInfoParameters,
    SystemInfoParameter,
    TextEncoding,
    TextSet,
)

_NO_COMMAND = (INVALID_COMMAND, 0xC2)
_NO_SUCH_THING = (
    NO_SUCH_PARAMETER,
    *_NO_COMMAND,
    INVALID_LENGTH,
    OUT_OF_RANGE,
    NOT_PRESENT,
    INVALID_FIELD,
    INSUFFICIENT_PRIVILEGE,
)
"""Said where a parameter is missing.  D4h: by Supermicro X8DTL-3F and X9DRFR, whatever the privilege is."""
_CODECS = {TextEncoding.LATIN_1: "latin-1", TextEncoding.UTF_8: "utf-8", TextEncoding.UCS_2: "utf-16-le"}
_COMPLETE, _IN_PROGRESS = 0, 1
TEXTS = tuple(each for each in SystemInfoParameter if each is not SystemInfoParameter.SET_IN_PROGRESS)
"""The parameters that are strings."""


class SystemInfo:
    """The system info parameters of one BMC."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def all(self) -> dict[SystemInfoParameter, str | None]:
        """Return all strings; None: the BMC has no such one.  One question where it has none of them."""
        found: dict[SystemInfoParameter, str | None] = dict.fromkeys(TEXTS)
        for parameter in TEXTS:
            try:
                found[parameter] = self._text(parameter)
            except CompletionCodeError as error:
                if error.code in _NO_COMMAND:
                    return found
                if error.code not in _NO_SUCH_THING:
                    raise
        return found

    def get(self, parameter: int) -> str | None:
        """Return a string; None: the BMC has no such one.  Where it says next to nothing, the string is empty."""
        try:
            return self._text(parameter)
        except CompletionCodeError as error:
            if error.code not in _NO_SUCH_THING:
                raise
            return None

    def raw(self, parameter: int, set_selector: int = 0, block_selector: int = 0) -> bytes:
        """Return the data of a parameter as they come: those of vendors (192 to 255) have forms of their own."""
        request = GetSystemInfoParameters(
            parameter=parameter, set_selector=set_selector, block_selector=block_selector
        )
        return self._bmc.request(request).data

    def set(self, parameter: int, text: str, encoding: TextEncoding | None = None) -> None:
        """Write a string.

        encoding: None: Latin-1 where that has all the characters, else UTF-8.  Raises InvalidParameterValue for a text
        that is too long (255 bytes) or that the encoding cannot write, CompletionCodeError.
        """
        used, data = encoded(text, encoding)
        head, tail = data[:FIRST_SET_BYTES], data[FIRST_SET_BYTES:]
        first = FirstTextSet(encoding=used, length=len(data), text=head.ljust(FIRST_SET_BYTES, b"\0"))
        sets = [first.encode()]
        for number, start in enumerate(range(0, len(tail), SET_BYTES), 1):
            part = tail[start : start + SET_BYTES].ljust(SET_BYTES, b"\0")
            sets.append(TextSet(set_selector=number, text=part).encode())
        guarded = self._begin()
        try:
            for each in sets:
                self._bmc.request(SetSystemInfoParameters(parameter=parameter, data=each))
        finally:
            if guarded:
                self._mark(_COMPLETE)

    def _text(self, parameter: int) -> str:
        """Collect a string.  It ends with its length, with a set that is empty, or where a further set is refused."""
        try:
            first = FirstTextSet.decode(self.raw(parameter))
        except Malformed:
            return ""  # Bull 510: neither set, nor encoding, nor length
        data, number = first.text[:FIRST_SET_BYTES], 0
        while len(data) < first.length and number < LONGEST_TEXT // SET_BYTES + 1:
            number += 1
            more = self._further(parameter, number)
            if not more:
                break
            data += more
        return decoded(data[: first.length], first.encoding)

    def _further(self, parameter: int, number: int) -> bytes:
        try:
            return TextSet.decode(self.raw(parameter, number)).text[:SET_BYTES]
        except Malformed:
            return b""
        except CompletionCodeError as error:
            if error.code not in _NO_SUCH_THING:
                raise
            return b""

    def _begin(self) -> bool:
        """Say that something is being set; returns whether the BMC knows that.  What others left behind is ended."""
        try:
            self._mark(_IN_PROGRESS)
        except CompletionCodeError as error:
            if error.code == SET_IN_PROGRESS_ALREADY:
                self._mark(_COMPLETE)
                self._mark(_IN_PROGRESS)
                return True
            if error.code == INSUFFICIENT_PRIVILEGE or error.code not in _NO_SUCH_THING:
                raise
            return False
        return True

    def _mark(self, state: int) -> None:
        data = InfoProgress(state=state).encode()
        self._bmc.request(SetSystemInfoParameters(parameter=SystemInfoParameter.SET_IN_PROGRESS, data=data))


def decoded(data: bytes, encoding: int) -> str:
    """Return the text, without the zeros behind it.  Never fails; an unknown encoding is taken for UTF-8 or Latin-1."""
    if encoding == TextEncoding.UCS_2:
        return data[: len(data) // 2 * 2].decode("utf-16-le", "replace").rstrip("\0")
    if encoding != TextEncoding.LATIN_1:
        try:
            return data.decode("utf-8").rstrip("\0")
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1").rstrip("\0")


def encoded(text: str, encoding: TextEncoding | None = None) -> tuple[TextEncoding, bytes]:
    """Return how a text is written, and its bytes.  Raises InvalidParameterValue."""
    if not isinstance(text, str):
        raise InvalidParameterValue(f"a name of the system is text, not {text!r}")
    if encoding is None:
        fits = all(ord(character) <= 0xFF for character in text)
        encoding = TextEncoding.LATIN_1 if fits else TextEncoding.UTF_8
    codec = _CODECS.get(encoding)
    if codec is None:
        raise InvalidParameterValue(f"there is no text encoding {int(encoding)}")
    try:
        data = text.encode(codec)
    except UnicodeEncodeError as error:
        raise InvalidParameterValue(f"{text!r} cannot be written in {encoding.name}") from error
    if len(data) > LONGEST_TEXT:
        raise InvalidParameterValue(f"a name of the system has {LONGEST_TEXT} bytes at most, not {len(data)}")
    return encoding, data

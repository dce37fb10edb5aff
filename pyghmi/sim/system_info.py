# SPDX-License-Identifier: Apache-2.0
"""The names of a simulated server and of its operating system.  IPMI 2.0 §22.14a, §22.14b."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.system_info import (
    FIRST_SET_BYTES,
    NO_SUCH_PARAMETER,
    SET_BYTES,
    SET_IN_PROGRESS_ALREADY,
    FirstTextSet,
    GetSystemInfoParameters,
    InfoProgress,
    SetSystemInfoParameters,
    SystemInfoData,
    SystemInfoParameter,
    TextEncoding,
    TextSet,
)

Reply = tuple[int, bytes]

_REVISION = 0x11
_COMPLETE, _IN_PROGRESS = 0, 1
_MOST_SETS = 16
_NAMES = {
    SystemInfoParameter.FIRMWARE_VERSION: "SIM-BIOS 2.10 (11/30/2023)",
    SystemInfoParameter.SYSTEM_NAME: "sim-01",
    SystemInfoParameter.PRIMARY_OS_NAME: "Linux",
    SystemInfoParameter.OS_NAME: "",
    SystemInfoParameter.OS_VERSION: "",
    SystemInfoParameter.BMC_URL: "https://192.0.2.10/",
    SystemInfoParameter.HYPERVISOR_URL: "",
}


class _Text:
    """One string, as it is written: by sets of 16 bytes."""

    def __init__(self, text: str) -> None:
        data = text.encode("latin-1")
        self.encoding, self.length = TextEncoding.LATIN_1, len(data)
        self.data = bytearray(FIRST_SET_BYTES + SET_BYTES * _MOST_SETS)
        self.data[: len(data)] = data


class SystemInfoPart:
    """The system info parameters.  names: parameter -> text; others do not exist."""

    def __init__(self, names: Mapping[int, str] | None = None) -> None:
        self._texts = {int(number): _Text(text) for number, text in (_NAMES if names is None else names).items()}
        self._progress = _COMPLETE

    def commands(self) -> dict[tuple[int, int], Callable[[bytes], Reply]]:
        """Return what it answers."""
        return {(0x06, 0x58): self.set, (0x06, 0x59): self.get}

    def text(self, parameter: int) -> str:
        """Return a string as it is held."""
        held = self._texts[parameter]
        return bytes(held.data[: held.length]).decode("latin-1")

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            str(number): {"encoding": int(held.encoding), "length": held.length, "data": bytes(held.data).hex()}
            for number, held in self._texts.items()
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self._texts = {}
        for number, found in state.items():
            held = self._texts[int(number)] = _Text("")
            held.encoding, held.length = TextEncoding(found["encoding"]), found["length"]
            data = bytes.fromhex(found["data"])
            held.data[: len(data)] = data

    def get(self, data: bytes) -> Reply:
        """Answer Get System Info Parameters.  Raises Malformed."""
        asked = exact(GetSystemInfoParameters, data)
        if asked.parameter != SystemInfoParameter.SET_IN_PROGRESS and asked.parameter not in self._texts:
            return NO_SUCH_PARAMETER, b""
        if asked.revision_only:
            return OK, SystemInfoData(revision=_REVISION).encode()
        if asked.parameter == SystemInfoParameter.SET_IN_PROGRESS:
            return OK, SystemInfoData(revision=_REVISION, data=InfoProgress(state=self._progress).encode()).encode()
        held, number = self._texts[asked.parameter], asked.set_selector
        if number > _MOST_SETS:
            return OUT_OF_RANGE, b""
        if number == 0:
            head = bytes(held.data[:FIRST_SET_BYTES])
            found = FirstTextSet(encoding=held.encoding, length=held.length, text=head).encode()
        else:
            start = FIRST_SET_BYTES + SET_BYTES * (number - 1)
            found = TextSet(set_selector=number, text=bytes(held.data[start : start + SET_BYTES])).encode()
        return OK, SystemInfoData(revision=_REVISION, data=found).encode()

    def set(self, data: bytes) -> Reply:
        """Answer Set System Info Parameters.  Raises Malformed."""
        asked = SetSystemInfoParameters.decode(data)
        if asked.parameter == SystemInfoParameter.SET_IN_PROGRESS:
            return self._write_progress(asked.data), b""
        held = self._texts.get(asked.parameter)
        if held is None:
            return NO_SUCH_PARAMETER, b""
        if asked.data[:1] == b"\0":
            return self._write_first(held, FirstTextSet.decode(asked.data)), b""
        return self._write_further(held, TextSet.decode(asked.data)), b""

    def _write_progress(self, data: bytes) -> int:
        state = exact(InfoProgress, data).state
        if state not in (_COMPLETE, _IN_PROGRESS):
            return INVALID_FIELD
        if state == self._progress == _IN_PROGRESS:
            return SET_IN_PROGRESS_ALREADY
        self._progress = state
        return OK

    def _write_first(self, held: _Text, asked: FirstTextSet) -> int:
        if len(asked.text) > FIRST_SET_BYTES:
            return INVALID_LENGTH
        held.encoding, held.length = asked.encoding, asked.length
        held.data[:] = bytes(len(held.data))
        held.data[: len(asked.text)] = asked.text
        return OK

    def _write_further(self, held: _Text, asked: TextSet) -> int:
        if len(asked.text) > SET_BYTES:
            return INVALID_LENGTH
        if asked.set_selector > _MOST_SETS:
            return OUT_OF_RANGE
        start = FIRST_SET_BYTES + SET_BYTES * (asked.set_selector - 1)
        held.data[start : start + len(asked.text)] = asked.text
        return OK

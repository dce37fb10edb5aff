# SPDX-License-Identifier: Apache-2.0
"""Where a simulated BMC keeps numbered parameters.  IPMI 2.0 §23.1, §23.2, §26.2, §26.3, §30.3, §30.4."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.parameters import (
    NOT_SUPPORTED,
    READ_ONLY,
    REVISION,
    SET_IN_PROGRESS,
    Parameter,
    Progress,
    SetInProgress,
)
from pyghmi.sim.parts import Reply

Key = tuple[int, int, int]
"""(parameter, set selector, block selector)."""


class ParameterStore:
    """Parameters and their values.

    kinds: number -> what the data are; read_only: numbers; values: what there is at the beginning, one for each set;
    written: called with each value that was written, returns what is kept of it.
    """

    def __init__(
        self,
        kinds: Mapping[int, type[Parameter]],
        read_only: Iterable[int],
        values: Iterable[Parameter],
        written: Callable[[Parameter], Parameter] | None = None,
    ) -> None:
        self._kinds = kinds
        self._read_only = frozenset(read_only)
        self._written = written or (lambda value: value)
        self.progress = Progress.COMPLETE
        self.values: dict[Key, Parameter] = {}
        for value in values:
            self.values[key_of(value)] = value

    def read(self, number: int, set_selector: int, block_selector: int, *, revision_only: bool = False) -> Reply:
        """Answer one of the Get commands."""
        if revision_only:
            return OK, bytes((REVISION,))
        if number == SetInProgress.parameter:
            return OK, bytes((REVISION,)) + SetInProgress(state=self.progress).encode()
        found = self.values.get((number, set_selector, block_selector))
        if found is None:
            return self._absent(number), b""
        return OK, bytes((REVISION,)) + found.encode()

    def write(self, number: int, data: bytes) -> Reply:
        """Answer one of the Set commands.  Raises Malformed."""
        if number == SetInProgress.parameter:
            return self._progress(exact(SetInProgress, data).state), b""
        if self._absent(number) == NOT_SUPPORTED:
            return NOT_SUPPORTED, b""
        if number in self._read_only:
            return READ_ONLY, b""
        value = exact(self._kinds[number], data)
        key = key_of(value)
        if key not in self.values:
            return OUT_OF_RANGE, b""
        self.values[key] = self._written(value)
        return OK, b""

    def state(self) -> dict[str, Any]:
        """Return the values as plain data."""
        return {"/".join(map(str, key)): value.encode().hex() for key, value in self.values.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Hold what `state` says.  Parameters that are not named stay as they are."""
        for name, data in state.items():
            number, set_selector, block_selector = (int(part) for part in name.split("/"))
            value = self._kinds[number].decode(bytes.fromhex(data))
            self.values[number, set_selector, block_selector] = value

    def _absent(self, number: int) -> int:
        return OUT_OF_RANGE if any(key[0] == number for key in self.values) else NOT_SUPPORTED

    def _progress(self, state: Progress) -> int:
        if state is Progress.COMMIT:
            return OK  # what is written counts at once
        if state not in (Progress.COMPLETE, Progress.IN_PROGRESS):
            return INVALID_FIELD
        if state is Progress.IN_PROGRESS is self.progress:
            return SET_IN_PROGRESS
        self.progress = state
        return OK


def key_of(value: Parameter) -> Key:
    """Return where a value is kept."""
    return (int(value.parameter), *value.selectors)

# SPDX-License-Identifier: Apache-2.0
"""Numbered parameters: reading them where they may be missing, writing them so that it is certain what came of it."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pyghmi.exceptions import (
    BmcErrorException,
    CompletionCodeError,
    InvalidParameterValue,
    Malformed,
    ParameterNotWritable,
    SessionError,
    TimedOut,
)
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.domains.settling import LOOK_S, readable
from pyghmi.ipmi.spec.codes import (
    INSUFFICIENT_PRIVILEGE,
    INVALID_COMMAND,
    INVALID_FIELD,
    INVALID_LENGTH,
    NOT_PRESENT,
    OK,
    OUT_OF_RANGE,
    WRONG_STATE,
    meaning,
)
from pyghmi.ipmi.spec.parameters import (
    NOT_SUPPORTED,
    READ_ONLY,
    REVISION,
    SET_IN_PROGRESS,
    WRITE_ONLY,
    Parameter,
    Progress,
    SetInProgress,
    SetParameter,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.answers import Done
    from pyghmi.ipmi.spec.parameters import ParameterData
    from pyghmi.ipmi.spec.request import Request

P = TypeVar("P", bound=Parameter)
S = TypeVar("S", bound=SetParameter)

_ABSENT = (NOT_SUPPORTED, WRITE_ONLY, OUT_OF_RANGE, NOT_PRESENT, INVALID_FIELD, WRONG_STATE)
"""What BMCs answer to Get for a parameter, or a set of it, that they have not."""
_NOT_WRITABLE = (NOT_SUPPORTED, READ_ONLY, WRITE_ONLY, WRONG_STATE)
"""82h; Dell R610 and R710 say D5h, Xyratex says 80h."""
_FINAL = (INVALID_COMMAND, INVALID_LENGTH, INSUFFICIENT_PRIVILEGE)
_WORDS = {NOT_SUPPORTED: "it is not supported, or read only", READ_ONLY: "it is read only"}
_TRIES = 3
_PAUSE_S = 0.5
_MOVING_S = 10.0
"""How long the answer to a change of address is waited for: it may have come from nowhere any more."""


class Parameters:
    """The parameters of one subject of one BMC.  Subclasses say how they are asked for and written."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc
        self._patience_s: float | None = None
        """Seconds for each answer, None: as the requester has it."""

    def _reading(self, number: int, set_selector: int, block_selector: int) -> Request[ParameterData]:
        raise NotImplementedError

    def _writing(self, number: int, data: bytes) -> Request[Done]:
        raise NotImplementedError

    def parameter(self, number: int, set_selector: int = 0, block_selector: int = 0) -> bytes | None:
        """Return the data of a parameter, None where the BMC has no such parameter or set.

        Raises CompletionCodeError where it refuses for another reason.
        """
        try:
            data = self.demanded(number, set_selector, block_selector)
        except CompletionCodeError as error:
            if error.code not in _ABSENT:
                raise
            return None
        return data or None

    def demanded(self, number: int, set_selector: int = 0, block_selector: int = 0) -> bytes:
        """Return the data of a parameter that must be there.  Raises CompletionCodeError; no data: empty."""
        request = self._reading(int(number), set_selector, block_selector)
        code, data = self._exchange(request)
        if code != OK:
            raise completion_error(request.netfn, request.cmd, code)
        return data[1:] if data and data[0] == REVISION else b""

    def get(self, kind: type[P], set_selector: int = 0, block_selector: int = 0) -> P | None:
        """Return a parameter, None where the BMC has none.  Raises CompletionCodeError, Malformed."""
        data = self.parameter(kind.parameter, set_selector, block_selector)
        return None if data is None else kind.decode(data)

    def need(self, kind: type[P], set_selector: int = 0, block_selector: int = 0) -> P:
        """Return a parameter that must be there.  Raises CompletionCodeError, Malformed."""
        return kind.decode(self.demanded(kind.parameter, set_selector, block_selector))

    def sets(self, kind: type[S], numbers: Iterable[int]) -> list[S]:
        """Return a parameter that there are several of: those of these numbers, up to the first that is not there."""
        found: list[S] = []
        for number in numbers:
            value = self.get(kind, number)
            # Some BMCs give the first whatever they are asked for.
            if value is None or value.set_selector != number:
                break
            found.append(value)
        return found

    def write(self, *values: Parameter) -> tuple[Parameter, ...]:
        """Write parameters in this order, and read back that they are so; what is so already is left alone.

        Returns those whose fate nobody knows, because the BMC may have moved before it could answer; mostly none.
        Raises InvalidParameterValue before anything is sent, ParameterNotWritable, CompletionCodeError,
        BmcErrorException for a BMC that says yes and does nothing.
        """
        for value in values:
            _check(value)
        wrong = self._to_do(values)
        sent: list[Parameter] = []
        try:
            for _round in range(_TRIES):
                if not wrong:
                    return ()
                sent.clear()
                self._write_all(wrong, sent)
                wrong = self._still_wrong(values)
        except CompletionCodeError as error:
            error.text += _how_far(wrong, sent)
            raise
        except SessionError as error:
            unsent = [value for value in wrong if value not in sent]
            if not any(value.moves for value in sent):
                raise
            if unsent:
                error.hint = f"the BMC may have moved; not written: {', '.join(map(name_of, unsent))}"
                raise
            return tuple(sent)
        finally:
            self._patience_s = None
        if wrong:
            raise self._ignored(wrong[0])
        return ()

    def _exchange(self, request: Request[ParameterData] | Request[Done]) -> tuple[int, bytes]:
        return self._bmc.exchange(request.netfn, request.cmd, request.encode(), deadline_s=self._patience_s)

    def _to_do(self, values: Sequence[Parameter]) -> list[Parameter]:
        """Return what is not so yet; what depends on others counts as changed where any other one changes."""
        found: list[Parameter] = []
        for value in values:
            if (value.depends and found) or self._holds(value) is not True:
                found.append(value)
        return found

    def _still_wrong(self, values: Sequence[Parameter]) -> list[Parameter]:
        """Return what reads otherwise than it was written; some BMCs need a while, so it is looked at twice."""
        wrong = [value for value in values if self._holds(value) is False]
        if wrong:
            self._bmc.wait(_PAUSE_S)
        return [value for value in wrong if self._holds(value) is False]

    def _holds(self, value: Parameter) -> bool | None:
        """Return whether a parameter reads as it was written, None where that cannot be read."""
        try:
            found = self.get(type(value), *value.selectors)
        except (CompletionCodeError, Malformed):
            return None
        return None if found is None else value.agrees_with(found)

    def _write_all(self, values: Sequence[Parameter], sent: list[Parameter]) -> None:
        """Write parameters between "in progress" and "complete", as far as the BMC knows these."""
        begun = self._begin()
        try:
            for value in values:
                sent.append(value)
                if value.moves:
                    self._patience_s = _MOVING_S
                self._write(value)
        except CompletionCodeError:
            if begun:
                self._abandon()
            raise
        if begun:
            self._put(SetInProgress(state=Progress.COMMIT))
            self._put(SetInProgress(state=Progress.COMPLETE))

    def _begin(self) -> bool:
        """Say that a change begins.  Many BMCs do not know that; a change that somebody left behind is ended."""
        patience, self._patience_s = self._patience_s, LOOK_S
        try:
            code = self._put(SetInProgress(state=Progress.IN_PROGRESS))
            if code == SET_IN_PROGRESS:
                self._abandon()
                code = self._put(SetInProgress(state=Progress.IN_PROGRESS))
        except TimedOut:
            return self._is_begun()
        finally:
            self._patience_s = patience
        return code == OK

    def _abandon(self) -> None:
        """End a change that was not finished; OpenIPMI's simulator leaves one for serial over LAN only by "commit"."""
        self._put(SetInProgress(state=Progress.COMPLETE))
        if self._is_begun():
            self._put(SetInProgress(state=Progress.COMMIT))

    def _is_begun(self) -> bool:
        """Whether the BMC says that a change is under way."""
        left = readable(lambda: self.parameter(SetInProgress.parameter))
        return left is not None and SetInProgress.decode(left).state is Progress.IN_PROGRESS

    def _write(self, value: Parameter) -> None:
        """Write one parameter; a refusal is taken for one only when it was not done all the same."""
        code = OK
        for _try in range(_TRIES):
            code = self._put(value)
            if code == OK:
                if value.settle_s:
                    self._bmc.wait(value.settle_s)
                return
            if code == SET_IN_PROGRESS:
                self._abandon()
                continue
            if code in _NOT_WRITABLE or code in _FINAL:
                break
            if self._holds(value):
                return
            self._bmc.wait(_PAUSE_S)
        raise self._refused(value, code)

    def _put(self, value: Parameter) -> int:
        code, _data = self._exchange(self._writing(int(value.parameter), value.encode()))
        return code

    def _refused(self, value: Parameter, code: int) -> CompletionCodeError:
        request = self._writing(int(value.parameter), b"")
        if code not in _NOT_WRITABLE:
            return completion_error(request.netfn, request.cmd, code)
        text = f"{name_of(value)} cannot be written: {_WORDS.get(code) or meaning(request.netfn, request.cmd, code)}"
        return ParameterNotWritable(text, request.netfn, request.cmd, code)

    def _ignored(self, value: Parameter) -> BmcErrorException:
        found = self.parameter(value.parameter, *value.selectors)
        shown = "nothing" if found is None else found.hex(" ")
        return BmcErrorException(
            f"{name_of(value)}: the BMC accepted the value and did not keep it: written {value.encode().hex(' ')},"
            f" found {shown}"
        )


def _check(value: Parameter) -> None:
    """See to it that a parameter can be written as it is.  Raises InvalidParameterValue."""
    try:
        written = type(value).decode(value.encode())
    except TypeError as error:
        raise InvalidParameterValue(f"{name_of(value)}: {error}") from None
    for field in value._wire_fields:
        given = getattr(value, field.name)
        if given != getattr(written, field.name):
            raise InvalidParameterValue(f"{name_of(value)}: {field.name} cannot be {given!r}")


def _how_far(values: Sequence[Parameter], sent: Sequence[Parameter]) -> str:
    """Return what a refusal among several writes has to say: which it was, and what became of the others."""
    if len(values) < 2 or not sent:
        return ""
    before, after = sent[:-1], [value for value in values if value not in sent]
    said = f"; refused: {name_of(sent[-1])}"
    said += f"; written before: {', '.join(map(name_of, before))}" if before else ""
    return said + (f"; not written: {', '.join(map(name_of, after))}" if after else "")


def name_of(value: Parameter) -> str:
    """Return what a parameter is called in messages: its number, and its name if it has one."""
    number = value.parameter
    name = getattr(number, "name", "")
    return f"parameter {int(number)} ({name.lower().replace('_', ' ')})" if name else f"parameter {int(number)}"

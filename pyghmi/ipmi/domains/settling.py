# SPDX-License-Identifier: Apache-2.0
"""Writes that are read back: some BMCs take seconds over them, and lose those that follow fast."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pyghmi.exceptions import BmcErrorException, CompletionCodeError, Malformed, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyghmi.ipmi.domains.requester import Requester

T = TypeVar("T")

_PAUSES_S = (0.5, 1.0, 2.0)
"""Seconds before each further look; the write is repeated before all but the first.  Seen: Quanta S99Q, Dell T320."""
LOOK_S = 5.0
"""Seconds for an answer that is only looked at to be sure."""


def settle(
    bmc: Requester,
    arrived: Callable[[], bool],
    write: Callable[[], object],
    what: str | None = None,
    tells: Callable[[], bool] | None = None,
) -> None:
    """Wait until a write that the BMC has accepted can be read back.  What cannot be read at all is taken for done.

    Only for writes that may be repeated.  tells: whether what is read says anything at all; asked once, when it is not
    as it was written; where it does not the word of the BMC counts.  Raises BmcErrorException when it does not come,
    naming `what`; without that the word of the BMC counts in the end.
    """
    if readable(arrived) is not False or (tells is not None and readable(tells) is False):
        return
    for number, pause in enumerate(_PAUSES_S):
        if number:
            write()
        bmc.wait(pause)
        if readable(arrived) is not False:
            return
    if what is not None:
        raise BmcErrorException(f"The BMC said yes, but {what} is not as it was set")


def readable(look: Callable[[], T]) -> T | None:
    """Return what is found; None: the BMC does not tell."""
    try:
        return look()
    except (CompletionCodeError, Malformed, TimedOut):
        return None

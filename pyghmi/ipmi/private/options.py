# SPDX-License-Identifier: Apache-2.0
"""Look at what programs give for ports and deadlines."""
from __future__ import annotations

from typing import Any

from pyghmi.exceptions import InvalidParameterValue

_FOR_EVER = float("inf")


def port_number(port: Any) -> int:
    """Return a UDP port, given as a number or as its digits; its range is looked at with the name of the host."""
    if isinstance(port, (str, bytes)) and port.isdigit():
        return int(port)
    if not isinstance(port, int):
        raise InvalidParameterValue(f"a UDP port is a number, not {port!r}")
    return port


def deadline_of(seconds: Any) -> Any:
    """Return a deadline; None: the default holds.  Raises InvalidParameterValue for what never comes, or has passed."""
    if seconds is None:
        return None
    if not isinstance(seconds, (int, float)) or not 0 < seconds < _FOR_EVER:
        raise InvalidParameterValue(f"a deadline is a number of seconds above 0, not {seconds!r}")
    return seconds


def finite(seconds: float) -> float:
    """Return seconds; what has passed already is all right: it ends at once.  Raises InvalidParameterValue."""
    if not -_FOR_EVER < seconds < _FOR_EVER:
        raise InvalidParameterValue(f"a deadline is a number of seconds, not {seconds!r}")
    return seconds

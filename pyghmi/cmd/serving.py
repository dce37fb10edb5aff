# SPDX-License-Identifier: Apache-2.0
"""What the tools that serve BMCs have in common: cipher suites as people name them, addresses that cannot be had."""
from __future__ import annotations

import errno
from socket import gaierror

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.suites import SUPPORTED


def suites_of(text: str | None) -> list[int]:
    """Return the numbers of cipher suites, none where none were given.  Raises InvalidParameterValue."""
    names = text.replace(" ", "").split(",") if text else []
    wrong = [name for name in names if not name.isdecimal() or int(name) not in SUPPORTED]
    if wrong:
        raise InvalidParameterValue(
            f"--suites: {wrong[0]!r} is no cipher suite that is supported: {', '.join(map(str, SUPPORTED))} are"
        )
    return [int(name) for name in names]


def why_not(error: OSError) -> str:
    """Return why an address cannot be listened on, and what can be done about it."""
    why = error.strerror or str(error)
    if isinstance(error, gaierror):
        return f"{why}; --address is a numeric address or a name of this host"
    remedies = {
        errno.EADDRINUSE: "; give another --port, 0 for a free one",
        errno.EACCES: "; ports below 1024 are for root: give another --port, 0 for a free one",
        errno.EADDRNOTAVAIL: "; --address must be one of this host's",
    }
    return why + remedies.get(error.errno or 0, "")


def is_wrong_address(error: OSError) -> bool:
    """Whether it is the address that makes no sense, and not somebody else who has it."""
    return isinstance(error, gaierror) or error.errno == errno.EADDRNOTAVAIL

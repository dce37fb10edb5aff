# SPDX-License-Identifier: Apache-2.0
"""What the process has learned about BMCs, by address and port."""
from __future__ import annotations

from collections import OrderedDict

from pyghmi.ipmi.protocol.memory import BmcMemory

_MOST = 16_384
_memories: OrderedDict[tuple[str, int], BmcMemory] = OrderedDict()


def memory_of(host: str, port: int) -> BmcMemory:
    """Return what is known about a BMC, by the name or address that the caller uses.  The oldest are forgotten."""
    key = (host, port)
    found = _memories.get(key)
    if found is None:
        found = _memories[key] = BmcMemory()
        if len(_memories) > _MOST:
            _memories.popitem(last=False)
    else:
        _memories.move_to_end(key)
    return found


def forget_all() -> None:
    """Know nothing about any BMC."""
    _memories.clear()

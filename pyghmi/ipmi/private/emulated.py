# SPDX-License-Identifier: Apache-2.0
"""Sessions that an emulator of BMCs makes out of ours: it has the packets, and here is what they are made with."""
from __future__ import annotations

from collections import deque
from typing import Any, ClassVar

_NO_NETFN = 0x1FF
_CONSOLE = 0x81


class EmulatedSession:
    """The part of `Session` for subclasses that have a constructor of their own, and log in nowhere.

    Seen: Conpot, whose session is a console's that sends the answers of a BMC.
    """

    _living: ClassVar[dict[Any, Any]]
    _key: Any
    _being_made: bool

    def _initsession(self) -> None:
        """Have the attributes of a session in which nothing is agreed; what is set already stays."""
        self._being_made = False
        self._living.pop(self._key, None)  # nobody shares it
        beginning: dict[str, Any] = {
            "authtype": 0,
            "ipmiversion": 1.5,
            "sessionid": 0,
            "localsid": 1,
            "sequencenumber": 0,
            "seqlun": 0,
            "rqaddr": _CONSOLE,
            "integrityalgo": 0,
            "confalgo": 0,
            "k1": None,
            "k2": None,
            "aeskey": None,
            "lastpayload": None,
            "last_payload_type": None,
            "pendingpayloads": deque(),
            "tabooseq": {},
            "hasretried": 0,
            "expectednetfn": _NO_NETFN,
            "expectedcmd": _NO_NETFN,
            "logged": 0,
        }
        for name, value in beginning.items():
            self.__dict__.setdefault(name, value)

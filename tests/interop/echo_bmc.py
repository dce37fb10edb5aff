# SPDX-License-Identifier: Apache-2.0
"""A BMC of ours with a serial line that echoes, in a process of its own: `echo_bmc.py PORT`, prints its port.

Typed F and a number: sends that many characters of a known pattern.  Typed S and a number: is silent for that many, and
sends their SHA-1 then.
"""
from __future__ import annotations

import hashlib
import re
import sys
from typing import Any

from pyghmi.ipmi.bmc import Bmc

PATTERN = bytes(range(32, 126))


class EchoBmc(Bmc):
    silent_for = 0
    swallowed = b""

    def is_active(self) -> bool:
        return True

    def get_power_state(self) -> str:
        return "on"

    def serial_break(self) -> None:
        self.sol.send_data(b"<BREAK>")

    def iohandler(self, data: Any) -> None:  # type: ignore[override]
        if isinstance(data, dict):
            return
        if self.silent_for:
            self.swallowed += data
            if len(self.swallowed) >= self.silent_for:
                self.sol.send_data(hashlib.sha1(self.swallowed).hexdigest())
                self.silent_for, self.swallowed = 0, b""
            return
        silence = re.fullmatch(rb"S(\d+)\r", data)
        wanted = re.fullmatch(rb"F(\d+)\r", data)
        if silence:
            self.silent_for = int(silence[1])
        elif wanted:
            count = int(wanted[1])
            self.sol.send_data((PATTERN * (count // len(PATTERN) + 1))[:count])
        else:
            self.sol.send_data(data)


if __name__ == "__main__":
    bmc = EchoBmc({"admin": "secret"}, port=int(sys.argv[1]), address="127.0.0.1")
    print(bmc.address[1], flush=True)
    bmc.listen()

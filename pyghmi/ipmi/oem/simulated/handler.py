# SPDX-License-Identifier: Apache-2.0
"""The simulated BMC can blink, and knows its place in the rack."""
from __future__ import annotations

from typing import Any

from pyghmi.exceptions import UnsupportedFunctionality
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID, SET_BLINK

_LONGEST_S = 255


class SimulatedHandler(OEMHandler):
    """Only `blink` differs: everything else is left to the standard way."""

    def set_identify(self, on: bool, duration: int | None, blink: bool) -> Any:
        """Blink, which IPMI has no command for."""
        if not blink or not on:
            raise UnsupportedFunctionality()
        seconds = _LONGEST_S if duration is None else min(max(duration, 0), _LONGEST_S)
        netfn, command = SET_BLINK
        data = (*MANUFACTURER_ID.to_bytes(3, "little"), seconds)
        self.ipmicmd.xraw_command(netfn=netfn, command=command, data=data)

    def get_description(self) -> dict[str, Any]:
        """Return a place in a rack."""
        return {"height": 1, "slot": 1}

# SPDX-License-Identifier: Apache-2.0
"""Where a simulated controller sends its events.  IPMI 2.0 §29.1, §29.2."""
from __future__ import annotations

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.protocol.ipmb import BMC_ADDRESS
from pyghmi.ipmi.spec.codes import OK
from pyghmi.ipmi.spec.sensor import EventReceiver, SetEventReceiver
from pyghmi.sim.parts import Answer, Reply


class EventReceiverPart:
    """Remember the event receiver, which is the BMC unless somebody sets another.  receiver: what was set."""

    def __init__(self) -> None:
        self.receiver = EventReceiver(address=BMC_ADDRESS, lun=0)

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {(0x04, 0x00): self._set, (0x04, 0x01): self._get}

    def _set(self, data: bytes) -> Reply:
        asked = exact(SetEventReceiver, data)
        self.receiver = EventReceiver(address=asked.address, lun=asked.lun)
        return OK, b""

    def _get(self, _data: bytes) -> Reply:
        return OK, self.receiver.encode()

    def state(self) -> dict[str, str]:
        """Return everything as plain data."""
        return {"receiver": self.receiver.encode().hex()}

    def restore(self, state: dict[str, str]) -> None:
        """Be as `state` says."""
        self.receiver = EventReceiver.decode(bytes.fromhex(state["receiver"]))

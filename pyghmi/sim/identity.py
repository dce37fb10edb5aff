# SPDX-License-Identifier: Apache-2.0
"""Who a simulated BMC is, its self test and its resets.  IPMI 2.0 §20."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID, SET_BLINK
from pyghmi.ipmi.spec.app import Guid, SelfTestCode, SelfTestResults
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.sim.parts import Answer, Reply

_FACTS = ("deviceid", "revision", "firmwaremajor", "firmwareminor", "additionaldevices", "mfgid", "prodid")


class IdentityPart:
    """Answer out of the attributes of the machine.  Get Device ID, Get System GUID and Cold Reset are answered by it.

    self_test: what the self test found; blinking_s: of the one command that is the simulation's own.
    """

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self.self_test = SelfTestResults(code=SelfTestCode.PASSED, detail=0)
        self.blinking_s = 0

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x06, 0x03): self._warm_reset,
            (0x06, 0x04): self._self_test,
            (0x06, 0x08): self._device_guid,
            SET_BLINK: self._blink,
        }

    def _self_test(self, _data: bytes) -> Reply:
        return OK, self.self_test.encode()

    def _device_guid(self, _data: bytes) -> Reply:
        return OK, Guid(guid=self._machine.uuid.bytes_le).encode()

    def _warm_reset(self, _data: bytes) -> Reply:
        self._machine.say("BMC warm reset")
        return OK, b""

    def _blink(self, data: bytes) -> Reply:
        if len(data) != 4 or int.from_bytes(data[:3], "little") != MANUFACTURER_ID:
            return INVALID_FIELD, b""
        self.blinking_s = data[3]
        self._machine.say(f"blink for {data[3]} s")
        return OK, data[:3]

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        facts = {name: getattr(self._machine, name) for name in _FACTS}
        return {**facts, "uuid": str(self._machine.uuid), "self_test": self.self_test.encode().hex()}

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        from uuid import UUID

        for name in _FACTS:
            setattr(self._machine, name, state[name])
        self._machine.uuid = UUID(state["uuid"])
        self.self_test = SelfTestResults.decode(bytes.fromhex(state["self_test"]))

# SPDX-License-Identifier: Apache-2.0
"""The BMC key of a simulated server, as it is set over IPMI: it counts for the next login.  IPMI 2.0 §22.25."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.protocol.login import KG_BYTES
from pyghmi.ipmi.spec.channels import KeyId, KeyLock, KeyOperation, SecurityKey, SetChannelSecurityKeys
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK, THIS_CHANNEL
from pyghmi.sim.parts import Answer, Reply

_LOCKED, _TOO_FEW, _TOO_MANY, _NOT_USED = 0x80, 0x81, 0x82, 0x84
_LAN_CHANNEL = 1


class KeyPart:
    """Answer Set Channel Security Keys.  machine: whose `kg` it is; locked: it can neither be read nor set."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self.locked = False

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {(0x06, 0x56): self._keys}

    def _keys(self, data: bytes) -> Reply:
        asked = SetChannelSecurityKeys.decode(data)
        if asked.channel not in (_LAN_CHANNEL, THIS_CHANNEL) or asked.operation not in tuple(KeyOperation):
            return INVALID_FIELD, b""
        if asked.key_id is not KeyId.KG:
            return _NOT_USED, b""
        if self.locked:
            return _LOCKED, b""
        found = b""
        if asked.operation is KeyOperation.SET:
            if len(asked.key) != KG_BYTES:
                return _TOO_FEW if len(asked.key) < KG_BYTES else _TOO_MANY, b""
            self._machine.kg = asked.key.rstrip(b"\0") or None
        elif asked.operation is KeyOperation.LOCK:
            self.locked = True
        else:
            found = (self._machine.kg or b"").ljust(KG_BYTES, b"\0")
        lock = KeyLock.LOCKED if self.locked else KeyLock.UNLOCKED
        return OK, SecurityKey(lock=lock, key=found).encode()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, the key too."""
        kg = self._machine.kg
        return {"kg": None if kg is None else kg.hex(), "locked": self.locked}

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self._machine.kg = None if state["kg"] is None else bytes.fromhex(state["kg"])
        self.locked = bool(state["locked"])

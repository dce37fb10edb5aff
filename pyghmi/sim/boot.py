# SPDX-License-Identifier: Apache-2.0
"""The boot options of a simulated server.  IPMI 2.0 §28.12, §28.13, table 28-14."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.boot import (
    BootDevice,
    BootFlags,
    BootOptionData,
    BootParameter,
    GetSystemBootOptions,
    InfoAcknowledge,
    SetInProgress,
    SetSystemBootOptions,
    ValidBitClearing,
)
from pyghmi.ipmi.spec.chassis import RestartCause
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, OUT_OF_RANGE

if TYPE_CHECKING:
    from pyghmi.sim.clock import Appointment, Clock

Reply = tuple[int, bytes]
Say = Callable[[str], object]

_NO_SUCH_PARAMETER, _ALREADY_IN_PROGRESS = 0x80, 0x81
_COMPLETE, _IN_PROGRESS, _COMMIT = 0, 1, 2
_BYTES = {
    BootParameter.SET_IN_PROGRESS: 1,
    BootParameter.SERVICE_PARTITION_SELECTOR: 1,
    BootParameter.SERVICE_PARTITION_SCAN: 1,
    BootParameter.VALID_BIT_CLEARING: 1,
    BootParameter.INFO_ACKNOWLEDGE: 2,
    BootParameter.BOOT_FLAGS: 5,
    BootParameter.INITIATOR_INFO: 9,
}
_BLOCKS, _BLOCK_BYTES = 5, 16
_VALID_S = 60.0
"""How long boot flags wait for a Chassis Control command.  IPMI 2.0 table 28-14, parameter 3."""
_KEPT_BY = {
    RestartCause.WATCHDOG: "keep_on_watchdog",
    RestartCause.RESET_BUTTON: "keep_on_button",
    RestartCause.SOFT_RESET: "keep_on_button",
    RestartCause.POWER_BUTTON: "keep_on_power_up",
    RestartCause.RTC_WAKEUP: "keep_on_power_up",
    RestartCause.PEF_RESET: "keep_on_pef",
    RestartCause.PEF_POWER_CYCLE: "keep_on_pef",
}
"""Cause of a start -> what of parameter 3 has the boot flags survive it."""
_PARTIES = ("by_bios", "by_os_loader", "by_service_partition", "by_sms", "by_oem")


class BootOptions:
    """Keep the parameters, and which of them are marked invalid.

    say: told of a boot device that is set; clock: with one, boot flags that no command follows expire, in `valid_s`.
    """

    def __init__(self, say: Say, clock: Clock | None = None) -> None:
        self._say = say
        self._clock = clock
        self._expiry: Appointment | None = None
        self.valid_s = _VALID_S
        self._data = {int(number): bytes(count) for number, count in _BYTES.items()}
        self._mailbox = [bytes(_BLOCK_BYTES)] * _BLOCKS
        self._invalid: set[int] = set()

    @property
    def device(self) -> int:
        """The byte of the boot flags that holds the device."""
        return self._data[BootParameter.BOOT_FLAGS][1]

    @property
    def flags(self) -> BootFlags:
        """The boot flags as they are held."""
        return BootFlags.decode(self._data[BootParameter.BOOT_FLAGS])

    # --- their life

    def command_received(self) -> None:
        """Note a Chassis Control command: the boot flags that wait for one expire no more."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def machine_started(self, cause: RestartCause) -> None:
        """Clear the valid bit of the boot flags where a start of this cause does that.  IPMI 2.0 table 28-14."""
        self.command_received()
        keeper = _KEPT_BY.get(cause)
        if keeper is not None and not getattr(self._clearing(), keeper):
            self._invalidate()

    def take(self) -> BootDevice:
        """Return what the firmware is to boot from, and spend flags that count once."""
        flags = self.flags
        if not flags.valid:
            return BootDevice.NO_OVERRIDE
        if not flags.persistent:
            self._invalidate()
        return flags.device

    def _clearing(self) -> ValidBitClearing:
        return ValidBitClearing.decode(self._data[BootParameter.VALID_BIT_CLEARING])

    def _invalidate(self) -> None:
        self._expiry = None
        held = self._data[BootParameter.BOOT_FLAGS]
        self._data[BootParameter.BOOT_FLAGS] = bytes((held[0] % 0x80,)) + held[1:]

    def _wait(self) -> None:
        """Have valid flags expire, unless parameter 3 keeps them."""
        self.command_received()
        if self._clock is not None and self.flags.valid and not self._clearing().keep_on_timeout:
            self._expiry = self._clock.call_later(self.valid_s, self._invalidate)

    # --- commands

    def get(self, data: bytes) -> Reply:
        """Answer Get System Boot Options.  Raises Malformed."""
        asked = exact(GetSystemBootOptions, data)
        number = asked.parameter
        found = self._data.get(number)
        if number == BootParameter.INITIATOR_MAILBOX:
            if asked.set_selector >= _BLOCKS:
                return OUT_OF_RANGE, b""
            found = bytes((asked.set_selector,)) + self._mailbox[asked.set_selector]
        if found is None:
            return _NO_SUCH_PARAMETER, b""
        answer = BootOptionData(version=1, invalid=number in self._invalid, parameter=number, data=found)
        return OK, answer.encode()

    def set(self, data: bytes) -> Reply:
        """Answer Set System Boot Options: write the parameter if there are data, and its mark.  Raises Malformed."""
        asked = SetSystemBootOptions.decode(data)
        number = asked.parameter
        if number not in self._data and number != BootParameter.INITIATOR_MAILBOX:
            return _NO_SUCH_PARAMETER, b""
        code = _WRITERS.get(number, BootOptions._write)(self, number, asked.data) if asked.data else OK
        if code == OK:
            (self._invalid.add if asked.mark_invalid else self._invalid.discard)(number)
        return code, b""

    def _write(self, number: int, data: bytes) -> int:
        if len(data) != len(self._data[number]):
            return INVALID_LENGTH
        self._data[number] = data
        return OK

    def _write_progress(self, number: int, data: bytes) -> int:
        state = exact(SetInProgress, data).state
        if state == _COMMIT:
            return OK  # what is written counts at once
        if state not in (_COMPLETE, _IN_PROGRESS):
            return INVALID_FIELD
        if state == _IN_PROGRESS == self._data[number][0]:
            return _ALREADY_IN_PROGRESS
        self._data[number] = bytes((state,))
        return OK

    def _write_acknowledge(self, number: int, data: bytes) -> int:
        """Write the bits whose bit in the first byte is set; that byte reads as 0."""
        asked = exact(InfoAcknowledge, data)
        held = InfoAcknowledge.decode(self._data[number])
        mask = InfoAcknowledge.decode(bytes((0, asked.write_mask)))
        bits = {name: getattr(asked if getattr(mask, name) else held, name) for name in _PARTIES}
        self._data[number] = InfoAcknowledge(write_mask=0, **bits).encode()
        return OK

    def _write_flags(self, number: int, data: bytes) -> int:
        flags = exact(BootFlags, data)
        self._say(f"boot device {flags.device.name.lower()}")
        self._data[number] = data
        self._wait()
        return OK

    def _write_mailbox(self, _number: int, data: bytes) -> int:
        block, text = data[0], data[1:]
        if not 1 <= len(text) <= _BLOCK_BYTES:
            return INVALID_LENGTH
        if block >= _BLOCKS:
            return OUT_OF_RANGE
        self._mailbox[block] = text + self._mailbox[block][len(text) :]
        return OK

    # --- state

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "parameters": {str(number): data.hex() for number, data in self._data.items()},
            "mailbox": [block.hex() for block in self._mailbox],
            "invalid": sorted(self._invalid),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self._data.update({int(number): bytes.fromhex(data) for number, data in state["parameters"].items()})
        self._mailbox = [bytes.fromhex(block) for block in state["mailbox"]]
        self._invalid = set(state["invalid"])
        self._wait()


_WRITERS: dict[int, Callable[[BootOptions, int, bytes], int]] = {
    BootParameter.SET_IN_PROGRESS: BootOptions._write_progress,
    BootParameter.INFO_ACKNOWLEDGE: BootOptions._write_acknowledge,
    BootParameter.BOOT_FLAGS: BootOptions._write_flags,
    BootParameter.INITIATOR_MAILBOX: BootOptions._write_mailbox,
}

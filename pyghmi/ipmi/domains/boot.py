# SPDX-License-Identifier: Apache-2.0
"""What the machine boots from next.  IPMI 2.0 §28.12, §28.13."""
from __future__ import annotations

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.boot import (
    BootDevice,
    BootFlags,
    BootParameter,
    GetSystemBootOptions,
    SetInProgress,
    SetSystemBootOptions,
    ValidBitClearing,
)

_IN_PROGRESS = 0x81
_FLAGS_BYTES = 5
_LEAST_FLAGS_BYTES = 2
_UEFI_DISK_MANUFACTURERS = (10876, 47488)


class Boot:
    """The boot options of one BMC."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def flags(self) -> BootFlags | None:
        """Return what was asked for at the next start, None where the BMC holds no valid request."""
        answer = self._bmc.request(GetSystemBootOptions(parameter=BootParameter.BOOT_FLAGS))
        if answer.invalid:
            return None
        if answer.parameter != BootParameter.BOOT_FLAGS:
            raise Malformed("BootOptionData", answer.data, f"it holds parameter {answer.parameter}, not the boot flags")
        data = answer.data
        # Some BMCs send the first two bytes alone: what the others say is then not asked for.
        found = BootFlags.decode(data.ljust(_FLAGS_BYTES, b"\0") if len(data) >= _LEAST_FLAGS_BYTES else data)
        return found if found.valid else None

    def set_flags(self, flags: BootFlags) -> None:
        """Ask for something at the next start.

        The request would end after 60 s without a start; the BMC is told not to, and it does no harm if it refuses.
        """
        try:
            self._write(BootParameter.VALID_BIT_CLEARING, ValidBitClearing(keep_on_timeout=True).encode())
        except CompletionCodeError:
            pass  # refused with many codes; the flags themselves are what counts
        self._write(BootParameter.BOOT_FLAGS, flags.encode())

    def _write(self, parameter: BootParameter, data: bytes) -> None:
        """Write a parameter; a "set in progress" that somebody left behind is ended first."""
        request = SetSystemBootOptions(parameter=parameter, data=data)
        try:
            self._bmc.request(request)
        except CompletionCodeError as error:
            if error.code != _IN_PROGRESS:
                raise
            done = SetInProgress(state=0).encode()
            self._bmc.request(SetSystemBootOptions(parameter=BootParameter.SET_IN_PROGRESS, data=done))
            self._bmc.request(request)


def disk_for_uefi(manufacturer_id: int) -> BootDevice:
    """Return the device that means the disk in UEFI mode: Supermicro's firmware wants another code than all others."""
    return BootDevice.REMOTE_PRIMARY_MEDIA if manufacturer_id in _UEFI_DISK_MANUFACTURERS else BootDevice.HARD_DISK

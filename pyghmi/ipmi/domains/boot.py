# SPDX-License-Identifier: Apache-2.0
"""What the machine boots from next.  IPMI 2.0 §28.12, §28.13."""
from __future__ import annotations

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.boot_parameters import BootParameters
from pyghmi.ipmi.spec.boot import BootDevice, BootFlags, BootParameter, ValidBitClearing
from pyghmi.ipmi.wire.shapes import NamedTuple

_FLAGS_BYTES = 5
_LEAST_FLAGS_BYTES = 2
_UEFI_DISK_MANUFACTURERS = (10876, 47488)
_BIOS = ("bios",)


class HeldFlags(NamedTuple):
    """The boot flags that a BMC holds.

    locked: the whole parameter is marked invalid; raw: its bytes, which on Supermicro boards may be no flags at all
    (FFh in the first one for the firmware's setup).
    """

    flags: BootFlags
    locked: bool
    raw: bytes

    @property
    def in_force(self) -> bool:
        """Whether the next start will look at them."""
        return self.flags.valid and not self.locked


class BootReport(NamedTuple):
    """What came of a request for the next start.

    held: what the BMC says when asked again, None where it does not answer that; refused: parameters that it would not
    have written, with the completion code; acknowledged: the flags counted only after the firmware had been told anew.
    """

    asked: BootFlags
    held: HeldFlags | None
    refused: dict[BootParameter, int]
    acknowledged: bool

    @property
    def differences(self) -> tuple[str, ...]:
        """Names of what the BMC holds otherwise than asked for: that most likely will not work."""
        if self.held is None:
            return ()
        found = self.held.flags
        if self.held.in_force is not self.asked.valid:
            return ("valid",)
        if not self.asked.valid:
            return ()
        names = (field.name for field in BootFlags._wire_fields)
        return tuple(name for name in names if getattr(found, name) != getattr(self.asked, name))


class Boot(BootParameters):
    """The boot options of one BMC."""

    def flags(self) -> BootFlags | None:
        """Return what was asked for at the next start, None where the BMC holds no valid request."""
        held = self.held()
        return held.flags if held.in_force else None

    def held(self) -> HeldFlags:
        """Return the boot flags as the BMC holds them, valid or not."""
        answer = self._read(BootParameter.BOOT_FLAGS)
        data = answer.data
        if answer.invalid and len(data) < _LEAST_FLAGS_BYTES:
            return HeldFlags(BootFlags(valid=False), locked=True, raw=data)
        # Some BMCs send the first two bytes alone: what the others say is then not asked for.
        padded = data.ljust(_FLAGS_BYTES, b"\0") if len(data) >= _LEAST_FLAGS_BYTES else data
        return HeldFlags(BootFlags.decode(padded), answer.invalid, data)

    def held_if_readable(self) -> HeldFlags | None:
        """Return the boot flags as the BMC holds them, None where it does not let them be read."""
        try:
            return self.held()
        except (CompletionCodeError, Malformed):
            return None

    def set_flags(self, flags: BootFlags) -> None:
        """Ask for something at the next start.

        The request would end after 60 s without a start; the BMC is told not to, and it does no harm if it refuses.
        """
        self._keep(ValidBitClearing(keep_on_timeout=True))
        self._write(BootParameter.BOOT_FLAGS, flags.encode())

    def apply(self, flags: BootFlags, keep: ValidBitClearing | None = None) -> BootReport:
        """Ask for something at the next start, and look what the BMC made of it.

        keep: at what the request does not end; None: the timeout of 60 s.  Flags that read back as invalid count on
        some BMCs once the firmware is told that there is something new for it (boot info acknowledge): that is done
        then, and the flags are written again.
        """
        refused: dict[BootParameter, int] = {}
        code = self._keep(keep or ValidBitClearing(keep_on_timeout=True))
        if code:
            refused[BootParameter.VALID_BIT_CLEARING] = code
        self._write(BootParameter.BOOT_FLAGS, flags.encode())
        held = self.held_if_readable()
        if not flags.valid or held is None or held.in_force:
            return BootReport(flags, held, refused, acknowledged=False)
        try:
            self.set_acknowledge(_BIOS, of=_BIOS)
        except CompletionCodeError as error:
            refused[BootParameter.INFO_ACKNOWLEDGE] = error.code
            return BootReport(flags, held, refused, acknowledged=False)
        self._write(BootParameter.BOOT_FLAGS, flags.encode())
        return BootReport(flags, self.held_if_readable(), refused, acknowledged=True)

    def _keep(self, clearing: ValidBitClearing) -> int:
        """Write when the flags end; returns the code of a refusal: there are many, and the flags are what counts."""
        try:
            self._write(BootParameter.VALID_BIT_CLEARING, clearing.encode())
        except CompletionCodeError as error:
            return error.code
        return 0


def disk_for_uefi(manufacturer_id: int) -> BootDevice:
    """Return the device that means the disk in UEFI mode: Supermicro's firmware wants another code than all others."""
    return BootDevice.REMOTE_PRIMARY_MEDIA if manufacturer_id in _UEFI_DISK_MANUFACTURERS else BootDevice.HARD_DISK

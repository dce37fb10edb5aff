# SPDX-License-Identifier: Apache-2.0
"""The part of a domain's BMC that controls it: power and boot options."""
from __future__ import annotations

from functools import partial
from typing import Callable, Optional

from pyghmi.ipmi.private.serversession import Request, ServerSession
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.boot import (
    BootDevice,
    BootFlags,
    BootOptionData,
    BootParameter,
    GetSystemBootOptions,
    SetSystemBootOptions,
)
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.deferring import DeferringBmc
from pyghmi.virsh.domain import BeforeRun, Domain

_KINDS = {
    BootDevice.NO_OVERRIDE: None,
    BootDevice.PXE: "network",
    BootDevice.HARD_DISK: "hd",
    BootDevice.REMOTE_HARD_DISK: "hd",
    BootDevice.CD_DVD: "cdrom",
    BootDevice.REMOTE_CD_DVD: "cdrom",
    BootDevice.FLOPPY: "fd",
    BootDevice.REMOTE_FLOPPY: "fd",
}
"""Device selector -> what libvirt calls it."""
_SELECTORS = {
    "network": BootDevice.PXE,
    "hd": BootDevice.HARD_DISK,
    "cdrom": BootDevice.CD_DVD,
    "fd": BootDevice.FLOPPY,
}
_NAMES = {"network": "network", "hd": "hd", "optical": "cdrom", "floppy": "fd", "default": None}


class ControllingBmc(DeferringBmc):
    """Control `domain`.  All methods may block, and run in the worker's thread; they return the completion code."""

    domain: Domain
    known_on: Optional[bool] = None
    """Whether the domain was on when that was last seen."""

    def before_run(self) -> BeforeRun | None:
        """Return what is to be done when the domain is started, before its first instruction."""
        return None

    # --- power

    def get_power_state(self) -> str:
        """Return 'on' or 'off', as it is now; outside of the worker's thread as it was last seen."""
        known = self.known_on  # another thread may forget it any time
        if self.worker.is_here or known is None:
            known = self.known_on = self.domain.is_on()
        return "on" if known else "off"

    def power_on(self) -> int | None:
        """Start the domain; one that is on stays as it is."""
        return self.do(partial(self.domain.power_on, self.before_run()))

    def power_off(self) -> int | None:
        """Switch it off at once."""
        return self.do(self.domain.power_off)

    def power_cycle(self) -> int | None:
        """Switch it off and on."""
        return self.do(partial(self.domain.power_cycle, self.before_run()))

    def power_reset(self) -> int | None:
        """Reset it."""
        return self.do(partial(self.domain.reset, self.before_run()))

    def power_shutdown(self) -> int | None:
        """Have its operating system shut down."""
        return self.do(self.domain.shutdown)

    def pulse_diag(self) -> int | None:
        """Raise a diagnostic interrupt."""
        return self.do(self.domain.interrupt)

    def do(self, action: Callable[[], object]) -> int | None:
        """Do it; returns the completion code where it cannot be done."""
        try:
            action()
        except DomainError as error:
            return self.refused(error)
        return None

    # --- boot options

    def get_boot_device(self) -> int:
        """Return the device selector of what it boots from, as byte 2 of the boot flags holds it."""
        return int(self._flags().encode()[1])

    def _flags(self) -> BootFlags:
        boot = self.domain.boot()
        device = _SELECTORS.get(boot.kind or "", BootDevice.NO_OVERRIDE)
        return BootFlags(valid=boot.changed, persistent=boot.changed and not boot.once, efi=boot.uefi, device=device)

    def set_boot_device(self, bootdevice: str) -> int | None:
        """Boot from there at the next start, once."""
        if bootdevice not in _NAMES:
            return INVALID_FIELD
        return self.do(partial(self.domain.boot_from, _NAMES[bootdevice], once=True))

    def get_system_boot_options(self, request: Request, session: ServerSession) -> None:
        """Answer Get System Boot Options: parameter 5 is what the definition of the domain says."""
        data = bytes(request["data"])
        asked = exact(GetSystemBootOptions, data.ljust(3, b"\0") if data else data)
        if asked.parameter != BootParameter.BOOT_FLAGS:
            super().get_system_boot_options(request, session)
            return
        flags = self._flags().encode()
        answer = BootOptionData(version=1, invalid=False, parameter=asked.parameter, data=flags)
        session.send_ipmi_response(data=answer.encode())

    def set_system_boot_options(self, request: Request, session: ServerSession) -> None:
        """Answer Set System Boot Options.  The bit for UEFI changes nothing: a domain keeps its firmware."""
        asked = SetSystemBootOptions.decode(bytes(request["data"]))
        if asked.parameter != BootParameter.BOOT_FLAGS or not asked.data:
            super().set_system_boot_options(request, session)
            return
        flags = exact(BootFlags, asked.data)
        if flags.device not in _KINDS:
            session.send_ipmi_response(code=INVALID_FIELD)
            return
        kind = _KINDS[flags.device] if flags.valid else None
        code = self.do(partial(self.domain.boot_from, kind, once=not flags.persistent))
        session.send_ipmi_response(code=code or OK)

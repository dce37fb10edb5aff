# SPDX-License-Identifier: Apache-2.0
"""What the management controller notes and passes on: ACPI state, global enables, message flags.  IPMI 2.0 §20, §22."""
from __future__ import annotations

from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.app import (
    AcpiPowerState,
    BmcGlobalEnables,
    DevicePowerState,
    GetAcpiPowerState,
    GetBmcGlobalEnables,
    GetMessageFlags,
    MessageFlags,
    SetAcpiPowerState,
    SetBmcGlobalEnables,
    SystemPowerState,
)


class ControllerState:
    """The state of one management controller."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def acpi(self) -> AcpiPowerState:
        """Return which ACPI states the operating system has told the controller."""
        return self._bmc.request(GetAcpiPowerState())

    def set_acpi(self, system: SystemPowerState | None = None, device: DevicePowerState | None = None) -> None:
        """Tell the controller about ACPI states; None: nothing about that one.  Changes no power state itself."""
        request = SetAcpiPowerState(
            set_system=system is not None,
            system=SystemPowerState.S0 if system is None else system,
            set_device=device is not None,
            device=DevicePowerState.D0 if device is None else device,
        )
        self._bmc.request(request)

    def enables(self) -> BmcGlobalEnables:
        """Return what the controller may log, keep and interrupt for."""
        return self._bmc.request(GetBmcGlobalEnables())

    def set_enables(self, wanted: BmcGlobalEnables) -> None:
        """Set all of them.  Only the machine's own software may: over a network BMCs refuse it (D4h)."""
        request = SetBmcGlobalEnables(
            oem2=wanted.oem2,
            oem1=wanted.oem1,
            oem0=wanted.oem0,
            event_logging=wanted.event_logging,
            event_message_buffer=wanted.event_message_buffer,
            event_buffer_interrupt=wanted.event_buffer_interrupt,
            receive_queue_interrupt=wanted.receive_queue_interrupt,
        )
        self._bmc.request(request)

    def message_flags(self) -> MessageFlags:
        """Return what waits to be fetched.  Only for the machine's own software."""
        return self._bmc.request(GetMessageFlags())

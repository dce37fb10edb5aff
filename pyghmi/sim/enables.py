# SPDX-License-Identifier: Apache-2.0
"""What is set about a simulated server's chassis and controller: capabilities, buttons, ACPI state, global enables."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.protocol.ipmb import BMC_ADDRESS
from pyghmi.ipmi.spec.app import (
    AcpiPowerState,
    BmcGlobalEnables,
    DevicePowerState,
    SetAcpiPowerState,
    SetBmcGlobalEnables,
    SystemPowerState,
)
from pyghmi.ipmi.spec.chassis import (
    ChassisCapabilities,
    FrontPanel,
    SetChassisCapabilities,
    SetFrontPanelEnables,
    SetPowerCycleInterval,
)
from pyghmi.ipmi.spec.codes import OK

Reply = tuple[int, bytes]

_ENABLES = (
    "oem2",
    "oem1",
    "oem0",
    "event_logging",
    "event_message_buffer",
    "event_buffer_interrupt",
    "receive_queue_interrupt",
)
_ON = (SystemPowerState.S0, DevicePowerState.D0)
_OFF = (SystemPowerState.S5, DevicePowerState.D3)


class EnablesPart:
    """Settings of chassis and controller.  power_is_on: asked for the ACPI state, until somebody sets that."""

    def __init__(self, power_is_on: Callable[[], bool]) -> None:
        self._power_is_on = power_is_on
        self._acpi: dict[bool, tuple[SystemPowerState, DevicePowerState]] = {}
        self.enables = BmcGlobalEnables(event_logging=True)
        self.capabilities = ChassisCapabilities(
            power_interlock=False,
            diagnostic_interrupt=True,
            front_panel_lockout=False,
            intrusion_sensor=False,
            fru_address=BMC_ADDRESS,
            sdr_address=BMC_ADDRESS,
            sel_address=BMC_ADDRESS,
            system_management_address=BMC_ADDRESS,
            bridge_address=BMC_ADDRESS,
        )
        self.panel: FrontPanel | None = None
        self.power_cycle_s = 0

    def commands(self) -> dict[tuple[int, int], Callable[[bytes], Reply]]:
        """Return what it answers."""
        return {
            (0x00, 0x00): self.get_capabilities,
            (0x00, 0x05): self.set_capabilities,
            (0x00, 0x0A): self.set_front_panel,
            (0x00, 0x0B): self.set_power_cycle_interval,
            (0x06, 0x06): self.set_acpi,
            (0x06, 0x07): self.get_acpi,
            (0x06, 0x2E): self.set_enables,
            (0x06, 0x2F): self.get_enables,
        }

    @property
    def front_panel(self) -> int | None:
        """The byte of the chassis status that tells of the buttons; none until one is disabled or enabled."""
        return None if self.panel is None else self.panel.encode()[0]

    def get_capabilities(self, _data: bytes) -> Reply:
        """Answer Get Chassis Capabilities."""
        return OK, self.capabilities.encode()

    def set_capabilities(self, data: bytes) -> Reply:
        """Answer Set Chassis Capabilities.  Raises Malformed."""
        asked = exact(SetChassisCapabilities, data)
        held = self.capabilities
        held.front_panel_lockout, held.intrusion_sensor = asked.front_panel_lockout, asked.intrusion_sensor
        held.fru_address, held.sdr_address, held.sel_address = asked.fru_address, asked.sdr_address, asked.sel_address
        held.system_management_address = asked.system_management_address
        if asked.bridge_address is not None:
            held.bridge_address = asked.bridge_address
        return OK, b""

    def set_front_panel(self, data: bytes) -> Reply:
        """Answer Set Front Panel Enables.  Raises Malformed."""
        asked = exact(SetFrontPanelEnables, data)
        self.panel = FrontPanel(
            sleep_disabled=asked.disable_sleep,
            diagnostic_disabled=asked.disable_diagnostic,
            reset_disabled=asked.disable_reset,
            power_disabled=asked.disable_power,
        )
        return OK, b""

    def set_power_cycle_interval(self, data: bytes) -> Reply:
        """Answer Set Power Cycle Interval.  Raises Malformed."""
        self.power_cycle_s = exact(SetPowerCycleInterval, data).seconds
        return OK, b""

    def get_acpi(self, _data: bytes) -> Reply:
        """Answer Get ACPI Power State."""
        system, device = self._acpi_now()
        return OK, AcpiPowerState(system=system, device=device).encode()

    def set_acpi(self, data: bytes) -> Reply:
        """Answer Set ACPI Power State: it holds until the power changes.  Raises Malformed."""
        asked = exact(SetAcpiPowerState, data)
        system, device = self._acpi_now()
        if asked.set_system and asked.system is not SystemPowerState.NO_CHANGE:
            system = asked.system
        if asked.set_device and asked.device is not DevicePowerState.NO_CHANGE:
            device = asked.device
        self._acpi = {self._power_is_on(): (system, device)}
        return OK, b""

    def _acpi_now(self) -> tuple[SystemPowerState, DevicePowerState]:
        on = self._power_is_on()
        return self._acpi.get(on, _ON if on else _OFF)

    def forget_acpi(self) -> None:
        """Go by the power again."""
        self._acpi.clear()

    def get_enables(self, _data: bytes) -> Reply:
        """Answer Get BMC Global Enables."""
        return OK, self.enables.encode()

    def set_enables(self, data: bytes) -> Reply:
        """Answer Set BMC Global Enables.  Raises Malformed."""
        asked = exact(SetBmcGlobalEnables, data)
        self.enables = BmcGlobalEnables(**{name: getattr(asked, name) for name in _ENABLES})
        return OK, b""

    # --- state

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "enables": self.enables.encode().hex(),
            "capabilities": self.capabilities.encode().hex(),
            "panel": None if self.panel is None else self.panel.encode().hex(),
            "power_cycle_s": self.power_cycle_s,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.enables = BmcGlobalEnables.decode(bytes.fromhex(state["enables"]))
        self.capabilities = ChassisCapabilities.decode(bytes.fromhex(state["capabilities"]))
        self.panel = None if state["panel"] is None else FrontPanel.decode(bytes.fromhex(state["panel"]))
        self.power_cycle_s = state["power_cycle_s"]

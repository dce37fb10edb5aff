# SPDX-License-Identifier: Apache-2.0
"""Watchdog, names of the system, ACPI state, global enables."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Optional

from pyghmi.ipmi.facade.api import Api

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.mc_state import ControllerState
    from pyghmi.ipmi.domains.system_info import SystemInfo
    from pyghmi.ipmi.domains.watchdog import Watchdog
    from pyghmi.ipmi.facade import system_shapes as shapes


class SystemApi(Api):
    """Watchdog, names of the system, ACPI state, global enables."""

    def _watchdog(self) -> Watchdog:
        found: Watchdog = self._vendor_if_it_has("watchdog").watchdog(self._call())
        return found

    def _system_info(self) -> SystemInfo:
        found: SystemInfo = self._vendor_if_it_has("system_info").system_info(self._call())
        return found

    def _controller_state(self) -> ControllerState:
        found: ControllerState = self._vendor_if_it_has("controller_state").controller_state(self._call())
        return found

    # --- watchdog

    def get_watchdog(self) -> shapes.Watchdog:
        """Return the watchdog timer.

        {'use': 'frb2', 'post', 'osload', 'sms', 'oem' or 'none', 'action': 'none', 'reset', 'poweroff' or 'cycle',
        'pre_timeout_interrupt': 'none', 'smi', 'nmi' or 'msg', 'pre_timeout': seconds before the end, 'countdown':
        seconds it is set to, 'present_countdown': seconds left or None, 'running', 'logging': bool, 'expired': list of
        the uses in which it has run out}.  Raises IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import TIMER_ACTIONS, TIMER_INTERRUPTS, TIMER_USES, word

        found = self._watchdog().get()
        return {
            "use": word(TIMER_USES, found.use),
            "action": word(TIMER_ACTIONS, found.action),
            "pre_timeout_interrupt": word(TIMER_INTERRUPTS, found.interrupt),
            "pre_timeout": found.pre_timeout_s,
            "countdown": found.initial_s,
            "present_countdown": found.present_s,
            "running": found.running,
            "logging": found.logs,
            "expired": [word(TIMER_USES, each) for each in found.expired],
        }

    def set_watchdog(
        self,
        use: str = "sms",
        action: str = "none",
        countdown: float = 60.0,
        pre_timeout: int = 0,
        pre_timeout_interrupt: str = "none",
        log: bool = True,
        keep_running: bool = False,
        clear: Iterable[str] = (),
        start: bool = False,
    ) -> None:
        """Set the watchdog timer; words as in `get_watchdog`.

        countdown: seconds, in tenths, up to 6553.5; 0 ends at once; pre_timeout: seconds before the end; keep_running:
        the timer is not stopped for it; clear: uses whose 'expired' is cleared; start: start it too.
        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import TIMER_ACTIONS, TIMER_INTERRUPTS, TIMER_USES, number
        from pyghmi.ipmi.spec.watchdog import PreTimeoutInterrupt, TimeoutAction, TimerUse

        cleared = (clear,) if isinstance(clear, str) else tuple(clear)
        timer = self._watchdog()
        timer.set(
            TimerUse(number(TIMER_USES, use, "use of the watchdog")),
            TimeoutAction(number(TIMER_ACTIONS, action, "action of the watchdog")),
            countdown,
            interrupt=PreTimeoutInterrupt(number(TIMER_INTERRUPTS, pre_timeout_interrupt, "interrupt")),
            pre_timeout_s=pre_timeout,
            log=log,
            keep_running=keep_running,
            clear=[TimerUse(number(TIMER_USES, each, "use of the watchdog")) for each in cleared],
        )
        if start:
            timer.reset()

    def reset_watchdog(self) -> None:
        """Start the countdown, or start it again.  Raises IpmiException, with code 80h if it was never set."""
        self._watchdog().reset()

    def stop_watchdog(self) -> None:
        """Stop the countdown; its settings stay.  Raises IpmiException."""
        self._watchdog().stop()

    # --- the controller

    def get_acpi_state(self) -> shapes.AcpiState:
        """Return {'system': 'S0/G0', 'S1' to 'S4', 'S5/G2', ..., 'device': 'D0' to 'D3' or 'unknown'}.

        It is what the controller was told, not always what is.  Raises IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import DEVICE_POWER_STATES, SYSTEM_POWER_STATES, word

        found = self._controller_state().acpi()
        return {
            "system": word(SYSTEM_POWER_STATES, found.system),
            "device": word(DEVICE_POWER_STATES, found.device),
        }

    def set_acpi_state(self, system: Optional[str] = None, device: Optional[str] = None) -> None:
        """Tell the controller which ACPI states there are; None: nothing about that one.  Switches nothing.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import DEVICE_POWER_STATES, SYSTEM_POWER_STATES, number
        from pyghmi.ipmi.spec.app import DevicePowerState, SystemPowerState

        self._controller_state().set_acpi(
            None if system is None else SystemPowerState(number(SYSTEM_POWER_STATES, system, "ACPI state")),
            None if device is None else DevicePowerState(number(DEVICE_POWER_STATES, device, "ACPI state")),
        )

    def get_bmc_global_enables(self) -> shapes.GlobalEnables:
        """Return what the controller may log, keep and interrupt for.

        {'recv_msg_intr', 'event_msg_intr', 'event_msg', 'system_event_log', 'oem0', 'oem1', 'oem2': bool}.
        Raises IpmiException.
        """
        found = self._controller_state().enables()
        return {
            "recv_msg_intr": found.receive_queue_interrupt,
            "event_msg_intr": found.event_buffer_interrupt,
            "event_msg": found.event_message_buffer,
            "system_event_log": found.event_logging,
            "oem0": found.oem0,
            "oem1": found.oem1,
            "oem2": found.oem2,
        }

    def set_bmc_global_enables(self, **enables: bool) -> None:
        """Set some of them, by the names of `get_bmc_global_enables`; the others stay.

        Over a network BMCs refuse it (D4h): it is for the machine itself.  Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import ENABLES, fields

        fields(ENABLES, enables, "enable")
        state = self._controller_state()
        wanted = state.enables()
        for name, on in enables.items():
            setattr(wanted, ENABLES[name], bool(on))
        state.set_enables(wanted)

    # --- names of the system

    def get_system_info(self) -> shapes.SystemInfo:
        """Return the names of machine and operating system; None where the BMC has no such one.

        {'system_fw_version', 'system_name', 'primary_os_name', 'os_name', 'os_version', 'bmc_url', 'hypervisor_url':
        str or None}.  Raises IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import SYSTEM_NAMES

        found = self._system_info().all()
        return {SYSTEM_NAMES[number]: text for number, text in found.items()}  # type: ignore[return-value]

    def set_system_info(self, name: str, text: str) -> None:
        """Write one of the names, by its key in `get_system_info`; 255 bytes at most.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.facade.system_words import SYSTEM_NAMES, number

        self._system_info().set(number(SYSTEM_NAMES, name, "name"), text)

# SPDX-License-Identifier: Apache-2.0
"""The dictionaries that tell of chassis, boot options, watchdog and controller.  For type checkers."""
from __future__ import annotations

from typing import Optional

from pyghmi.ipmi.wire.shapes import TypedDict


class PowerRestorePolicy(TypedDict):
    """What happens when mains power comes back."""

    policy: str
    supported: list[str]


class RestartCause(TypedDict):
    """Why the machine was last started, and through which channel."""

    cause: str
    channel: int


class Button(TypedDict):
    """Whether a button may be disabled, and is."""

    may_disable: bool
    disabled: bool


class ChassisStatus(TypedDict):
    """The state of power and chassis.  None: the BMC does not say."""

    power: str
    overload: bool
    interlock: bool
    power_fault: bool
    control_fault: bool
    restore_policy: str
    last_event: Optional[list[str]]
    intrusion: Optional[bool]
    front_panel_lockout: Optional[bool]
    drive_fault: Optional[bool]
    cooling_fault: Optional[bool]
    identify: Optional[str]
    buttons: Optional[dict[str, Button]]


class ChassisCapabilities(TypedDict):
    """What the chassis has, and the 8-bit addresses of who serves it (20h: the BMC)."""

    power_interlock: bool
    diagnostic_interrupt: bool
    front_panel_lockout: bool
    intrusion_sensor: bool
    fru_address: int
    sdr_address: int
    sel_address: int
    system_management_address: int
    bridge_address: Optional[int]


class BootFlags(TypedDict):
    """What is asked for at the next start, or at each one (persistent)."""

    valid: bool
    persistent: bool
    uefi: bool
    device: str
    instance: int
    clear_cmos: bool
    lock_keyboard: bool
    lock_reset_button: bool
    lock_power_button: bool
    lock_sleep_button: bool
    blank_screen: bool
    bypass_password: bool
    force_progress_traps: bool
    verbosity: str
    console_redirection: str
    mux_override: str
    shared_mode_override: bool


class ServicePartition(TypedDict):
    """Which service partition to start, whether the firmware looks for it, whether it has found it."""

    selector: int
    scan: bool
    discovered: bool


class BootInitiator(TypedDict):
    """Who asked for the start, and when (IPMI time)."""

    channel: int
    session_id: int
    timestamp: int


class BootOptions(BootFlags):
    """All boot options.  None: the BMC has no such one.  locked, raw: of the boot flags."""

    locked: bool
    raw: bytes
    keep_on: Optional[list[str]]
    may_act: Optional[list[str]]
    service_partition: Optional[ServicePartition]
    initiator: Optional[BootInitiator]
    set_in_progress: Optional[str]


class BootReport(TypedDict):
    """What came of a request for the next start."""

    requested: BootFlags
    held: Optional[BootFlags]
    differences: list[str]
    refused: dict[str, str]
    acknowledged: bool


class BootMailbox(TypedDict):
    """What the mailbox holds, and whose form it has."""

    iana: int
    data: bytes


class Watchdog(TypedDict):
    """The watchdog timer.  Times are in seconds.  None: the BMC does not say."""

    use: str
    action: str
    pre_timeout_interrupt: str
    pre_timeout: int
    countdown: float
    present_countdown: Optional[float]
    running: bool
    logging: bool
    expired: list[str]


class AcpiState(TypedDict):
    """The ACPI states of machine and controller."""

    system: str
    device: str


class GlobalEnables(TypedDict):
    """What the controller may log, keep and interrupt for."""

    recv_msg_intr: bool
    event_msg_intr: bool
    event_msg: bool
    system_event_log: bool
    oem0: bool
    oem1: bool
    oem2: bool


class SystemInfo(TypedDict):
    """The names of machine and operating system.  None: the BMC has no such one."""

    system_fw_version: Optional[str]
    system_name: Optional[str]
    primary_os_name: Optional[str]
    os_name: Optional[str]
    os_version: Optional[str]
    bmc_url: Optional[str]
    hypervisor_url: Optional[str]

# SPDX-License-Identifier: Apache-2.0
"""chassis, system: the machine around the BMC, beside its power."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import ON_OFF, Words
from pyghmi.ipmi.facade.system_words import RESTORE_POLICIES

_STATUS = Table(
    columns(
        ("power", "Power"),
        ("restore_policy", "When mains power returns"),
        ("last_event", "Last power event"),
        ("overload", "Overload"),
        ("interlock", "Interlock"),
        ("power_fault", "Power fault"),
        ("control_fault", "Power control fault"),
        ("intrusion", "Intrusion"),
        ("front_panel_lockout", "Front panel locked"),
        ("drive_fault", "Drive fault"),
        ("cooling_fault", "Cooling fault"),
        ("identify", "Identify"),
        ("buttons_disabled", "Buttons disabled"),
        ("buttons_may_be_disabled", "Buttons that may be"),
    ),
    upright=True,
)
_POLICY = Table(columns(("policy", "When mains power returns"), ("supported", "Possible")), upright=True)
_POH = Table(columns(("power_on_hours", "Power-on hours")), upright=True)
_CAUSE = Table(columns(("cause", "Last start"), ("channel", "Through channel")), upright=True)
_CAPABILITIES = Table(
    columns(
        ("power_interlock", "Power interlock"),
        ("diagnostic_interrupt", "Diagnostic interrupt"),
        ("front_panel_lockout", "Front panel lockout"),
        ("intrusion_sensor", "Intrusion sensor"),
        *(
            (f"{key}_address", f"{title} address", False, lambda number: f"0x{number:02x}")
            for key, title in (
                ("fru", "FRU device"),
                ("sdr", "SDR device"),
                ("sel", "SEL device"),
                ("system_management", "System management"),
                ("bridge", "Bridge"),
            )
        ),
    ),
    upright=True,
)
_ACPI = Table(columns(("system", "System"), ("device", "Device")), upright=True)
_SYSTEM = Table(
    columns(
        ("system_fw_version", "System firmware"),
        ("system_name", "System name"),
        ("primary_os_name", "Installed operating system"),
        ("os_name", "Running operating system"),
        ("os_version", "Its version"),
        ("bmc_url", "URL of the BMC"),
        ("hypervisor_url", "URL of the hypervisor"),
    ),
    upright=True,
)
_BOOT = Table(
    columns(
        ("valid", "In force"),
        ("device", "Device"),
        ("uefi", "UEFI"),
        ("persistent", "Persistent"),
        ("instance", "Instance"),
        ("clear_cmos", "Clear CMOS"),
        ("lock_keyboard", "Lock keyboard"),
        ("lock_power_button", "Lock power button"),
        ("lock_reset_button", "Lock reset button"),
        ("lock_sleep_button", "Lock sleep button"),
        ("blank_screen", "Blank screen"),
        ("bypass_password", "Bypass password"),
        ("force_progress_traps", "Progress traps"),
        ("verbosity", "Verbosity"),
        ("console_redirection", "Console redirection"),
        ("mux_override", "Mux"),
        ("shared_mode_override", "Shared mode"),
        ("locked", "Parameter locked"),
        ("keep_on", "Kept at"),
        ("may_act", "May still act"),
    ),
    upright=True,
)
_REPORT = Table(
    columns(
        ("device", "Device"),
        ("uefi", "UEFI"),
        ("persistent", "Persistent"),
        ("differences", "Held otherwise"),
        ("refused", "Refused"),
        ("acknowledged", "After acknowledge"),
    ),
    upright=True,
)
_POLICIES = {text: text for text in RESTORE_POLICIES.values() if text != "unknown"}
_BOOT_FLAGS = (
    "uefi",
    "persistent",
    "shared_mode_override",
    "clear_cmos",
    "lock_keyboard",
    "lock_reset_button",
    "lock_power_button",
    "lock_sleep_button",
    "blank_screen",
    "bypass_password",
    "force_progress_traps",
)
_BOOT_WORDS = ("device", "verbosity", "console_redirection", "mux_override")


def chassis(words: Words) -> Job:
    """Tell of the chassis, or change what happens when mains power returns, or at the next start."""
    what = words.one_of("subject", _SUBJECTS) if words else _status
    return what(words)


def system(_words: Words) -> Job:
    """Tell the names that the machine has told its BMC."""
    return _of(_SYSTEM, lambda run: run.command.get_system_info())


def _of(table: Table, ask: Callable[[Run], Any]) -> Job:
    def rows(run: Run) -> Iterator[Row]:
        yield ask(run)

    return Job(table, rows)


def _status(_words: Words) -> Job:
    def ask(run: Run) -> Row:
        found = run.command.get_chassis_status()
        buttons = found["buttons"]
        named: dict[str, Any] = {"buttons_disabled": None, "buttons_may_be_disabled": None}
        if buttons is not None:
            named["buttons_disabled"] = [name for name, button in buttons.items() if button["disabled"]]
            named["buttons_may_be_disabled"] = [name for name, button in buttons.items() if button["may_disable"]]
        return {**found, **named}

    return _of(_STATUS, ask)


def _policy(words: Words) -> Job:
    if not words:
        return _of(_POLICY, lambda run: run.command.get_power_restore_policy())
    policy = words.one_of("policy", _POLICIES)

    said = f"when mains power returns: {policy}"
    return doing(lambda run: run.command.set_power_restore_policy(policy), said)


def _hours(_words: Words) -> Job:
    return _of(_POH, lambda run: {"power_on_hours": run.command.get_power_on_hours()})


def _cause(_words: Words) -> Job:
    return _of(_CAUSE, lambda run: run.command.get_restart_cause())


def _capabilities(_words: Words) -> Job:
    return _of(_CAPABILITIES, lambda run: run.command.get_chassis_capabilities())


def _acpi(_words: Words) -> Job:
    return _of(_ACPI, lambda run: run.command.get_acpi_state())


def _boot(words: Words) -> Job:
    if words.take_if("clear"):
        return _of(_REPORT, lambda run: _report(run.command.set_boot_options(clear=True)))
    if not words.take_if("set"):
        return _of(_BOOT, lambda run: run.command.get_boot_options())
    named = words.pairs("boot option", (*_BOOT_WORDS, "instance", "keep_on", *_BOOT_FLAGS))
    if not named:
        raise words.wrong("a boot option is missing")
    options: dict[str, Any] = {name: named[name] for name in _BOOT_WORDS if name in named}
    options.update({name: words.as_one_of(named[name], name, ON_OFF) for name in _BOOT_FLAGS if name in named})
    if "instance" in named:
        options["instance"] = words.as_number(named["instance"], "instance", 0, 31)
    if "keep_on" in named:
        options["keep_on"] = tuple(text for text in named["keep_on"].split(",") if text)
    return _of(_REPORT, lambda run: _report(run.command.set_boot_options(**options)))


def _report(found: Any) -> Row:
    flags = found["held"] or found["requested"]
    return {
        "device": flags["device"],
        "uefi": flags["uefi"],
        "persistent": flags["persistent"],
        "differences": found["differences"],
        "refused": [f"{name}: {why}" for name, why in found["refused"].items()],
        "acknowledged": found["acknowledged"],
    }


_SUBJECTS: dict[str, Callable[[Words], Job]] = {
    "status": _status,
    "policy": _policy,
    "poh": _hours,
    "restart-cause": _cause,
    "capabilities": _capabilities,
    "boot": _boot,
    "acpi": _acpi,
}

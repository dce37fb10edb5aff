# SPDX-License-Identifier: Apache-2.0
"""Boot flags as dictionaries of words, and back."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Union

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.boot_parameters import PARTIES
from pyghmi.ipmi.facade.system_words import (
    BOOT_DEVICES,
    BOOT_PARAMETERS,
    KEEP_ON,
    MUX_OVERRIDES,
    PROGRESS,
    REDIRECTIONS,
    VERBOSITIES,
    number,
    word,
)
from pyghmi.ipmi.facade.tables import DEVICE_UNIT, boot_devices
from pyghmi.ipmi.spec.boot import (
    BootDevice,
    BootFlags,
    ConsoleRedirection,
    MuxOverride,
    SetSystemBootOptions,
    Verbosity,
)
from pyghmi.ipmi.spec.codes import NetFn, meaning

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.boot import Boot, BootReport, HeldFlags
    from pyghmi.ipmi.facade import system_shapes as shapes

Choice = Union[str, int, bool, None]

def flags_in_words(flags: BootFlags, *, valid: bool) -> shapes.BootFlags:
    """Return the dictionary of boot flags."""
    return {
        "valid": valid,
        "persistent": flags.persistent,
        "uefi": flags.efi,
        "device": word(BOOT_DEVICES, flags.device),
        "instance": flags.instance,
        "clear_cmos": flags.clear_cmos,
        "lock_keyboard": flags.lock_keyboard,
        "lock_reset_button": flags.lock_reset_button,
        "lock_power_button": flags.lock_power_button,
        "lock_sleep_button": flags.lock_sleep_button,
        "blank_screen": flags.blank_screen,
        "bypass_password": flags.bypass_password,
        "force_progress_traps": flags.force_progress_traps,
        "verbosity": word(VERBOSITIES, flags.verbosity),
        "console_redirection": word(REDIRECTIONS, flags.console_redirection),
        "mux_override": word(MUX_OVERRIDES, flags.mux_override),
        "shared_mode_override": flags.shared_mode_override,
    }


def options_in_words(boot: Boot) -> shapes.BootOptions:
    """Read all boot options; the dictionary of `get_boot_options`."""
    held = boot.held()
    clearing, acknowledge, progress = boot.valid_bit_clearing(), boot.acknowledge(), boot.progress()
    partition, initiator = boot.service_partition(), boot.initiator()
    return {
        **flags_in_words(held.flags, valid=held.in_force),
        "locked": held.locked,
        "raw": held.raw,
        "keep_on": None if clearing is None else [text for text, name in KEEP_ON.items() if getattr(clearing, name)],
        "may_act": None if acknowledge is None else [name for name in PARTIES if getattr(acknowledge, f"by_{name}")],
        "service_partition": None
        if partition is None
        else {"selector": partition.selector, "scan": partition.requested, "discovered": partition.discovered},
        "initiator": None
        if initiator is None
        else {
            "channel": initiator.channel,
            "session_id": initiator.session_id,
            "timestamp": initiator.timestamp,
        },
        "set_in_progress": None if progress is None else word(PROGRESS, progress),
    }


def report_in_words(report: BootReport) -> shapes.BootReport:
    """Return the dictionary of `set_boot_options`."""
    held = report.held
    return {
        "requested": flags_in_words(report.asked, valid=report.asked.valid),
        "held": None if held is None else flags_in_words(held.flags, valid=held.in_force),
        "differences": ["uefi" if name == "efi" else name for name in report.differences],
        "refused": {
            word(BOOT_PARAMETERS, parameter): meaning(NetFn.CHASSIS, SetSystemBootOptions.cmd, code)
            for parameter, code in report.refused.items()
        },
        "acknowledged": report.acknowledged,
    }


def _device(name: Any) -> BootDevice:
    """Return the device for a word: ours, or one that `set_bootdev` knows.  Raises InvalidParameterValue."""
    if isinstance(name, str) and name in boot_devices:
        return BootDevice(int(boot_devices[name]) // DEVICE_UNIT)
    return BootDevice(number(BOOT_DEVICES, name, "boot device"))


def chosen_flags(held: HeldFlags | None, choices: Mapping[str, Choice]) -> BootFlags:
    """Return the flags held with the choices made: what is None stays as it is while the flags held are in force.

    UEFI or legacy stays even from flags that are not: there is no better sign of how the machine starts.
    Raises InvalidParameterValue.
    """
    flags = BootFlags()
    if held is not None:
        flags = BootFlags.decode(held.flags.encode()) if held.in_force else BootFlags(efi=held.flags.efi)
    for name, value in choices.items():
        if value is not None:
            setattr(flags, name, _MEANINGS.get(name, bool)(value))
    return flags


def _instance(value: Any) -> int:
    if isinstance(value, int) and 0 <= value <= 0x1F:
        return int(value)
    raise InvalidParameterValue(f"the instance of a boot device is 0 to 31, not {value}")


_MEANINGS: dict[str, Callable[[Any], Any]] = {
    "device": _device,
    "instance": _instance,
    "verbosity": lambda text: Verbosity(number(VERBOSITIES, text, "verbosity")),
    "console_redirection": lambda text: ConsoleRedirection(number(REDIRECTIONS, text, "console redirection")),
    "mux_override": lambda text: MuxOverride(number(MUX_OVERRIDES, text, "mux override")),
}
"""What makes the value of a choice; of all others, bool."""

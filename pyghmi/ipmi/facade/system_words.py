# SPDX-License-Identifier: Apache-2.0
"""The words for what chassis, boot options, watchdog and controller say: those of ipmitool, where it has some."""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyghmi.exceptions import InvalidParameterValue

Words = Mapping[int, str]

RESTORE_POLICIES = {0: "always-off", 1: "previous", 2: "always-on", 3: "unknown"}
IDENTIFY_STATES = {0: "off", 1: "timed", 2: "indefinite"}
LAST_EVENTS = {
    "ac_failed": "ac-failed",
    "down_by_overload": "overload",
    "down_by_interlock": "interlock",
    "down_by_fault": "fault",
    "on_by_command": "command",
}
"""Field of the chassis status -> word, in the order of their bits."""
RESTART_CAUSES = {
    0: "unknown",
    1: "chassis power control command",
    2: "reset via pushbutton",
    3: "power-up via pushbutton",
    4: "watchdog expired",
    5: "OEM",
    6: "power-up due to always-restore power policy",
    7: "power-up due to restore-previous power policy",
    8: "reset via PEF",
    9: "power-cycle via PEF",
    10: "soft reset",
    11: "power-up via RTC wakeup",
}

TIMER_USES = {0: "none", 1: "frb2", 2: "post", 3: "osload", 4: "sms", 5: "oem"}
TIMER_ACTIONS = {0: "none", 1: "reset", 2: "poweroff", 3: "cycle"}
TIMER_INTERRUPTS = {0: "none", 1: "smi", 2: "nmi", 3: "msg"}

SYSTEM_POWER_STATES = {
    0x00: "S0/G0",
    0x01: "S1",
    0x02: "S2",
    0x03: "S3",
    0x04: "S4",
    0x05: "S5/G2",
    0x06: "S4/S5",
    0x07: "G3",
    0x08: "sleeping",
    0x09: "G1 sleeping",
    0x0A: "override",
    0x20: "legacy on",
    0x21: "legacy off",
    0x2A: "unknown",
    0x7F: "no change",
}
DEVICE_POWER_STATES = {0: "D0", 1: "D1", 2: "D2", 3: "D3", 0x2A: "unknown", 0x7F: "no change"}
ENABLES = {
    "recv_msg_intr": "receive_queue_interrupt",
    "event_msg_intr": "event_buffer_interrupt",
    "event_msg": "event_message_buffer",
    "system_event_log": "event_logging",
    "oem0": "oem0",
    "oem1": "oem1",
    "oem2": "oem2",
}
"""Word -> field of the global enables."""
SYSTEM_NAMES = {
    1: "system_fw_version",
    2: "system_name",
    3: "primary_os_name",
    4: "os_name",
    5: "os_version",
    6: "bmc_url",
    7: "hypervisor_url",
}

BOOT_DEVICES = {
    0: "default",
    1: "network",
    2: "hd",
    3: "safe",
    4: "diag",
    5: "optical",
    6: "setup",
    7: "remote floppy",
    8: "remote optical",
    9: "remote media",
    11: "remote hd",
    15: "floppy",
}
"""Those of the boot device first; the others are our own."""
VERBOSITIES = {0: "default", 1: "quiet", 2: "verbose"}
REDIRECTIONS = {0: "default", 1: "skip", 2: "enable"}
MUX_OVERRIDES = {0: "recommended", 1: "bmc", 2: "system"}
KEEP_ON = {
    "pef": "keep_on_pef",
    "timeout": "keep_on_timeout",
    "watchdog": "keep_on_watchdog",
    "reset": "keep_on_button",
    "power": "keep_on_power_up",
}
"""Word -> field of the valid bit clearing."""
PROGRESS = {0: "set complete", 1: "set in progress", 2: "commit write"}
BOOT_PARAMETERS = {3: "valid bit clearing", 4: "boot info acknowledge"}


def word(words: Words, number: int) -> str:
    """Return the word for a number; a reserved one is written out."""
    return words.get(number, f"reserved {int(number):02X}h")


def number(words: Words, wanted: str, what: str) -> int:
    """Return the number for a word.  Raises InvalidParameterValue, which lists the words."""
    for each, text in words.items():
        if text == wanted:
            return each
    raise InvalidParameterValue(f"unknown {what} {wanted!r}: {', '.join(words.values())} are possible")


def fields(words: Mapping[str, str], wanted: Iterable[str], what: str) -> dict[str, bool]:
    """Return for each field whether its word is among those wanted.  Raises InvalidParameterValue."""
    chosen = {wanted} if isinstance(wanted, str) else set(wanted)
    unknown = sorted(str(each) for each in chosen - set(words))
    if unknown:
        raise InvalidParameterValue(f"unknown {what} {unknown[0]!r}: {', '.join(words)} are possible")
    return {field: text in chosen for text, field in words.items()}

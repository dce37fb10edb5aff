# SPDX-License-Identifier: Apache-2.0
"""The chassis status as a dictionary of words."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.facade.system_words import IDENTIFY_STATES, LAST_EVENTS, RESTORE_POLICIES, word
from pyghmi.ipmi.spec.chassis import FrontPanel

if TYPE_CHECKING:
    from pyghmi.ipmi.facade import system_shapes as shapes
    from pyghmi.ipmi.spec.chassis import ChassisStatus

_BUTTONS = ("power", "reset", "diagnostic", "sleep")


def status_in_words(found: ChassisStatus) -> shapes.ChassisStatus:
    """Return the dictionary of `get_chassis_status`."""
    return {
        "power": "on" if found.power_on else "off",
        "overload": found.overload,
        "interlock": found.interlock,
        "power_fault": found.power_fault,
        "control_fault": found.control_fault,
        "restore_policy": word(RESTORE_POLICIES, found.restore_policy),
        "last_event": _last_event(found),
        "intrusion": found.intrusion,
        "front_panel_lockout": found.front_panel_lockout,
        "drive_fault": found.drive_fault,
        "cooling_fault": found.cooling_fault,
        "identify": _identify(found),
        "buttons": _buttons(found),
    }


def _last_event(found: ChassisStatus) -> list[str] | None:
    if found.ac_failed is None:
        return None
    return [text for field, text in LAST_EVENTS.items() if getattr(found, field)]


def _identify(found: ChassisStatus) -> str | None:
    """Return the state of the identification lamp: it means nothing where the BMC does not say that it tells it."""
    if not found.identify_supported or found.identify is None:
        return None
    return word(IDENTIFY_STATES, found.identify)


def _buttons(found: ChassisStatus) -> dict[str, shapes.Button] | None:
    if found.front_panel is None:
        return None
    panel = FrontPanel.decode(bytes((found.front_panel,)))
    return {
        name: {"may_disable": getattr(panel, f"may_disable_{name}"), "disabled": getattr(panel, f"{name}_disabled")}
        for name in _BUTTONS
    }

# SPDX-License-Identifier: Apache-2.0
"""Events under their long-standing names."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.domains.eventdetail import detail_of
from pyghmi.ipmi.facade.event_names import SdrNames
from pyghmi.ipmi.spec.eventtext import (
    AUX_LOG_ACTIONS,
    FIRMWARE_ERRORS,
    FIRMWARE_PROGRESS,
    FRU_STATE_CAUSES,
    POWER_STATES,
    PSU_CONFIG_ERRORS,
    RESTART_CAUSES,
    SLOT_TYPES,
    VERSION_CHANGES,
    WATCHDOG_PHASES,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyghmi.ipmi.command import Command
    from pyghmi.ipmi.facade.event_dicts import EventDict

__all__ = [
    "EventHandler",
    "auxlog_actions",
    "decode_eventdata",
    "firmware_errors",
    "firmware_progress",
    "fru_states",
    "power_states",
    "psucfg_errors",
    "restart_causes",
    "slot_types",
    "version_changes",
    "watchdog_boot_phases",
]

psucfg_errors = dict(PSU_CONFIG_ERRORS)
firmware_progress = dict(FIRMWARE_PROGRESS)
firmware_errors = dict(FIRMWARE_ERRORS)
auxlog_actions = dict(AUX_LOG_ACTIONS)
restart_causes = dict(RESTART_CAUSES)
slot_types = dict(SLOT_TYPES)
power_states = dict(POWER_STATES)
watchdog_boot_phases = dict(WATCHDOG_PHASES)
version_changes = dict(VERSION_CHANGES)
fru_states = dict(FRU_STATE_CAUSES)


def decode_eventdata(
    sensor_type: int, offset: int, eventdata: Sequence[int], event_consts: Any, sdr: Any = None
) -> str | None:
    """Return what the three bytes of event data add to an event of a sensor type, in words; None: nothing.

    event_consts: a module of event constants (or left out, with `sdr` in its place); sdr: a `pyghmi.ipmi.sdr.SDR`,
    which names the FRUs.
    """
    names = SdrNames(event_consts if sdr is None else sdr)
    return detail_of(sensor_type, offset, eventdata[1], eventdata[2], names.fru_name)


class EventHandler:
    """Read event logs and traps.  sdr: a `pyghmi.ipmi.sdr.SDR`, which names the sensors; ipmicmd: the `Command`."""

    def __init__(self, sdr: Any, ipmicmd: Command) -> None:
        self._names = SdrNames(sdr)
        self._ipmicmd = ipmicmd

    def fetch_sel(self, ipmicmd: Command, clear: bool = False) -> list[EventDict]:
        """Return the event log of a BMC, as `Command.get_event_log` does.  Raises IpmiException."""
        return ipmicmd._event_log(self._names, clear)

    def decode_pet(self, specifictrap: int | Sequence[int], petdata: Any) -> EventDict:
        """Return what a trap says, as `Command.decode_pet` does.  Raises InvalidParameterValue, Malformed."""
        return self._ipmicmd._decode_pet(specifictrap, petdata, self._names)

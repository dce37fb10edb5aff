# SPDX-License-Identifier: Apache-2.0
"""What a simulated server's BMC does about events: filters and policies that can be read and set."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec import pef
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.ipmi.spec.parameters import Parameter
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.store import ParameterStore

_FILTERS, _POLICIES, _STRINGS, _BLOCKS = 8, 4, 2, 4
_NOTHING_YET = 0xFFFF
_VERSION = 0x51
_LONGEST_S = 0xFD
_THRESHOLD, _SENSOR_SPECIFIC = 0x01, 0x6F
_GOING_CRITICAL, _GOING_NON_RECOVERABLE = 0x0204, 0x0810
"""Offsets of threshold events: lower critical going low and upper critical going high; the same of non-recoverable."""


class PefPart:
    """Answers the commands of platform event filtering.  `sent`: alerts that were asked for, (channel, destination)."""

    def __init__(self) -> None:
        self.parameters = ParameterStore(pef.PARAMETERS, pef.READ_ONLY_PARAMETERS, _values(), self._kept)
        self.postponed_s = 0
        self.by_bmc = self.by_software = _NOTHING_YET
        self.sent: list[tuple[int, int]] = []

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {
            (0x04, 0x10): self._capabilities,
            (0x04, 0x11): self._postpone,
            (0x04, 0x12): self._set,
            (0x04, 0x13): self._get,
            (0x04, 0x14): self._set_last,
            (0x04, 0x15): self._get_last,
            (0x04, 0x16): self._alert,
        }

    def bmc_started(self) -> None:
        """Forget alerts and the timer."""
        self.postponed_s = 0
        self.sent.clear()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {"parameters": self.parameters.state(), "by_bmc": self.by_bmc, "by_software": self.by_software}

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        self.parameters.restore(state["parameters"])
        self.by_bmc, self.by_software = state["by_bmc"], state["by_software"]

    def _capabilities(self, data: bytes) -> Reply:
        exact(pef.GetPefCapabilities, data)
        answer = pef.PefCapabilities(
            version=_VERSION,
            oem_filtering=False,
            diagnostic_interrupt=True,
            oem_action=False,
            power_cycle=True,
            reset=True,
            power_down=True,
            alert=True,
            filters=_FILTERS,
        )
        return OK, answer.encode()

    def _postpone(self, data: bytes) -> Reply:
        timeout = exact(pef.ArmPefPostponeTimer, data).timeout
        if timeout <= _LONGEST_S:
            self.postponed_s = timeout
        elif timeout == pef.TIMER_SUSPEND:
            self.postponed_s = pef.TIMER_SUSPEND
        return OK, pef.PostponeTimer(countdown=self.postponed_s).encode()

    def _get(self, data: bytes) -> Reply:
        asked = exact(pef.GetPefParameter, data)
        return self.parameters.read(
            asked.parameter, asked.set_selector, asked.block_selector, revision_only=asked.revision_only
        )

    def _set(self, data: bytes) -> Reply:
        asked = pef.SetPefParameter.decode(data)
        return self.parameters.write(asked.parameter, asked.data)

    def _kept(self, value: Parameter) -> Parameter:
        """Keep the first byte of a filter, which is a parameter of its own, the same in both places."""
        values = self.parameters.values
        if isinstance(value, pef.FilterEnable):
            row = values[(pef.PefParameter.FILTER, value.set_selector, 0)]
            if isinstance(row, pef.EventFilter):
                row.enabled, row.kind = value.enabled, value.kind
        elif isinstance(value, pef.EventFilter):
            first = pef.FilterEnable(set_selector=value.set_selector, enabled=value.enabled, kind=value.kind)
            values[(pef.PefParameter.FILTER_ENABLE, value.set_selector, 0)] = first
        return value

    def _set_last(self, data: bytes) -> Reply:
        asked = exact(pef.SetLastProcessedEventId, data)
        if asked.by_bmc:
            self.by_bmc = asked.record_id
        else:
            self.by_software = asked.record_id
        return OK, b""

    def _get_last(self, data: bytes) -> Reply:
        exact(pef.GetLastProcessedEventId, data)
        answer = pef.LastProcessedEvent(
            added=0, last_record_id=_NOTHING_YET, by_software=self.by_software, by_bmc=self.by_bmc
        )
        return OK, answer.encode()

    def _alert(self, data: bytes) -> Reply:
        asked = exact(pef.AlertImmediate, data)
        if asked.operation is pef.AlertOperation.SEND:
            self.sent.append((asked.channel, asked.destination))
            return OK, b""
        if asked.operation is pef.AlertOperation.CLEAR:
            self.sent.clear()
            return OK, b""
        if asked.operation is not pef.AlertOperation.STATUS:
            return INVALID_FIELD, b""
        state = pef.AlertState.ENDED if self.sent else pef.AlertState.NONE
        return OK, pef.AlertStatus(state=state).encode()


def _values() -> Iterator[Parameter]:
    yield pef.PefControl(alert_startup_delay=False, startup_delay=False, event_messages=True, enabled=True)
    yield pef.ActionControl(
        diagnostic_interrupt=False, oem_action=False, power_cycle=False, reset=False, power_down=False, alert=True
    )
    yield pef.StartupDelay(seconds=60)
    yield pef.AlertStartupDelay(seconds=60)
    yield pef.FilterCount(count=_FILTERS)
    for number in range(1, _FILTERS + 1):
        found = _filter(number)
        yield found
        yield pef.FilterEnable(set_selector=number, enabled=found.enabled, kind=found.kind)
    yield pef.PolicyCount(count=_POLICIES)
    for number in range(1, _POLICIES + 1):
        yield pef.AlertPolicy(
            set_selector=number, policy=1 if number == 1 else 0, enabled=False, channel=0, destination=0
        )
    yield pef.PefGuid(used=False, guid=bytes(16))
    yield pef.StringCount(count=_STRINGS)
    for number in range(_STRINGS + 1):
        yield pef.StringKeys(set_selector=number, filter_number=0, string_set=0)
        for block in range(1, _BLOCKS + 1):
            yield pef.AlertString(set_selector=number, block=block, text=bytes(16))
    yield pef.GroupCount(count=0)


_MADE = {
    1: (0x01, _THRESHOLD, _GOING_CRITICAL, pef.Severity.CRITICAL),  # temperature
    2: (0x01, _THRESHOLD, _GOING_NON_RECOVERABLE, pef.Severity.NON_RECOVERABLE),
    3: (0x04, _THRESHOLD, _GOING_CRITICAL, pef.Severity.CRITICAL),  # fan
    4: (0x02, _THRESHOLD, _GOING_CRITICAL, pef.Severity.CRITICAL),  # voltage
    5: (0x08, _SENSOR_SPECIFIC, 0x0002, pef.Severity.CRITICAL),  # power supply failed
}
"""Number of a filter that the manufacturer made -> sensor type, trigger, offsets, severity."""


def _filter(number: int) -> pef.EventFilter:
    if number not in _MADE:
        return pef.EventFilter(set_selector=number, enabled=False)
    kind, trigger, offsets, severity = _MADE[number]
    return pef.EventFilter(
        set_selector=number,
        enabled=True,
        kind=pef.FilterKind.MANUFACTURER,
        alert=True,
        policy=1,
        severity=severity,
        sensor_type=kind,
        trigger=trigger,
        offsets=offsets,
    )

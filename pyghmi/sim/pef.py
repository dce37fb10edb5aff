# SPDX-License-Identifier: Apache-2.0
"""What a simulated server's BMC does about events: filters and policies that can be read and set."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable, Optional

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec import pef
from pyghmi.ipmi.spec.codes import INVALID_FIELD, OK
from pyghmi.ipmi.spec.parameters import Parameter
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.store import ParameterStore

_FILTERS, _POLICIES, _STRINGS, _BLOCKS = 8, 4, 2, 4
_NOTHING_YET = 0xFFFF
_VERSION = 0x51
_LONGEST_S = 0xFD
_THRESHOLD, _SENSOR_SPECIFIC = 0x01, 0x6F
_ALERT_IN_PROGRESS, _MOST_REMEMBERED = 0x81, 100
_ACTIONS = ("power_down", "power_cycle", "reset", "diagnostic_interrupt", "alert")
"""What filters can have done, most important first.  IPMI 2.0 table 17-1."""
_GOING_CRITICAL, _GOING_NON_RECOVERABLE = 0x0204, 0x0810
"""Offsets of threshold events: lower critical going low and upper critical going high; the same of non-recoverable."""


class Event(NamedTuple):
    """What filters look at.  event_type: bit 7 set for a deassertion; entity: (id, instance); record_id: in the log."""

    owner: int
    sensor_type: int
    number: int
    event_type: int
    data: bytes
    owner_lun: int = 0
    entity: tuple[int, int] = (0, 0)
    record_id: Optional[int] = None


class Match(NamedTuple):
    """What filters want done about an event.

    actions: their names, as in `EventFilter`; policy: of the alert, 0: none; number: of the filter that wants that.
    """

    actions: frozenset[str]
    policy: int = 0
    number: int = 0
    severity: pef.Severity = pef.Severity.UNSPECIFIED


class PefPart:
    """Answers the commands of platform event filtering.

    sent: alerts that were asked for, (channel, destination); alert_state: what became of the last one; send: sends it
    and returns the completion code, None: it counts as sent; restarted: called when the BMC has started; last_logged:
    the last event, added: when it came.
    """

    def __init__(self) -> None:
        self.parameters = ParameterStore(pef.PARAMETERS, pef.READ_ONLY_PARAMETERS, _values(), self._kept)
        self.postponed_s = 0
        self.by_bmc = self.by_software = self.last_logged = _NOTHING_YET
        self.added = 0
        self.sent: list[tuple[int, int]] = []
        self.alert_state = pef.AlertState.NONE
        self.send: Optional[Callable[[pef.AlertImmediate], int]] = None
        self.restarted: Callable[[], object] = lambda: None

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
        self.alert_state = pef.AlertState.NONE
        self.restarted()

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
            added=self.added, last_record_id=self.last_logged, by_software=self.by_software, by_bmc=self.by_bmc
        )
        return OK, answer.encode()

    def _alert(self, data: bytes) -> Reply:
        asked = exact(pef.AlertImmediate, data)
        if asked.operation is pef.AlertOperation.SEND:
            if self.alert_state is pef.AlertState.IN_PROGRESS:
                return _ALERT_IN_PROGRESS, b""
            self.sent.append((asked.channel, asked.destination))
            del self.sent[:-_MOST_REMEMBERED]
            self.alert_state = pef.AlertState.ENDED
            return (OK if self.send is None else self.send(asked)), b""
        if asked.operation is pef.AlertOperation.CLEAR:
            self.sent.clear()
            self.alert_state = pef.AlertState.NONE
            return OK, b""
        if asked.operation is not pef.AlertOperation.STATUS:
            return INVALID_FIELD, b""
        return OK, pef.AlertStatus(state=self.alert_state).encode()

    # --- what the settings say

    @property
    def control(self) -> pef.PefControl:
        """Whether there is filtering at all, and what it logs."""
        found: Any = self.parameters.values[pef.PefParameter.CONTROL, 0, 0]
        return found  # type: ignore[no-any-return]

    def match(self, event: Event) -> Match:
        """Return what the filters want.  IPMI 2.0 §17.6, §17.7, §17.13."""
        allowed: Any = self.parameters.values[pef.PefParameter.ACTION_CONTROL, 0, 0]
        rows = [row for row in self._of(pef.EventFilter) if row.enabled and fits(row, event)]
        actions = {name for row in rows for name in _ACTIONS if getattr(row, name) and getattr(allowed, name)}
        alerting = [row for row in rows if row.alert and row.policy and "alert" in actions]
        if not alerting:
            return Match(frozenset(actions - {"alert"}))
        # The lowest policy counts; of its filters the first one, and the highest severity that any of them has.
        policy = min(row.policy for row in alerting)
        same = [row for row in alerting if row.policy == policy]
        severity = max((row.severity for row in same), key=int)
        return Match(frozenset(actions), policy, same[0].set_selector, severity)

    def rows(self, policy: int) -> list[pef.AlertPolicy]:
        """Return the rows of an alert policy that are enabled, in their order."""
        return [row for row in self._of(pef.AlertPolicy) if row.enabled and row.policy == policy]

    def text(self, row: pef.AlertPolicy, filter_number: int) -> bytes:
        """Return the alert string that goes with a row and a filter; empty: none.  IPMI 2.0 table 17-4."""
        number = row.string
        if row.event_specific:
            wanted = (filter_number, row.string)
            keys = self._of(pef.StringKeys)
            number = next((key.set_selector for key in keys if (key.filter_number, key.string_set) == wanted), 0)
            if not number:
                return b""
        return self.string(number) if number else b""

    def string(self, number: int) -> bytes:
        """Return an alert string."""
        blocks = [block for block in self._of(pef.AlertString) if block.set_selector == number]
        return b"".join(block.text for block in blocks).split(b"\0")[0]

    def guid(self) -> bytes | None:
        """Return the GUID that goes into traps, None: that of the system."""
        found: Any = self.parameters.values[pef.PefParameter.SYSTEM_GUID, 0, 0]
        return found.guid if found.used else None

    def _of(self, kind: type[Any]) -> list[Any]:
        return [value for _key, value in sorted(self.parameters.values.items()) if type(value) is kind]


def fits(row: pef.EventFilter, event: Event) -> bool:
    """Whether a filter takes an event.  IPMI 2.0 table 17-2, §17.8, §17.9."""
    fields = (
        (row.generator, event.owner),
        (row.generator_channel, event.owner_lun),
        (row.sensor_type, event.sensor_type),
        (row.sensor_number, event.number),
        (row.trigger, event.event_type % 0x80),
    )
    if any(wanted not in (pef.ANY, found) for wanted, found in fields):
        return False
    if not row.offsets >> event.data[0] % 16 & 1:
        return False
    masks = (row.data1, row.data2, row.data3)
    return all(_agrees(value, *mask) for value, mask in zip(event.data, masks))


def _agrees(value: int, mask: int, exact_bits: int, wanted: int) -> bool:
    """Whether a byte of event data fits: all exact bits are as wanted, and any of the others, if there are any."""
    wrong = (value & mask) ^ wanted
    others = exact_bits ^ 0xFF
    return not wrong & exact_bits and (not others or wrong & others != others)


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

# SPDX-License-Identifier: Apache-2.0
"""Platform event filtering: commands and parameters.  IPMI 2.0 §17, §30."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.parameters import BlockParameter, Parameter, ParameterData, SetParameter
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, raw, rest, u8, u16, u32, wire

TIMER_DISABLE, TIMER_SUSPEND, TIMER_ASK = 0x00, 0xFE, 0xFF
"""Special times of Arm PEF Postpone Timer."""

ANY = 0xFF
"""In an event filter: whatever the event has there."""


class PefParameter(OpenEnum):
    """Parameter selectors.  IPMI 2.0 table 30-7.  96 to 127 are the vendors' own."""

    SET_IN_PROGRESS = 0
    CONTROL = 1
    ACTION_CONTROL = 2
    STARTUP_DELAY = 3
    ALERT_STARTUP_DELAY = 4
    FILTER_COUNT = 5
    FILTER = 6
    FILTER_ENABLE = 7
    POLICY_COUNT = 8
    POLICY = 9
    SYSTEM_GUID = 10
    STRING_COUNT = 11
    STRING_KEYS = 12
    STRING = 13
    GROUP_COUNT = 14
    GROUP = 15


@wire(first=2)
class PefCapabilities(Message):
    """Get PEF Capabilities, response.  IPMI 2.0 §30.1.  Version: 51h stands for 1.5, which 2.0 uses too."""

    version: int = u8(2)
    oem_filtering: bool = bit(3, 7)
    diagnostic_interrupt: bool = bit(3, 5)
    oem_action: bool = bit(3, 4)
    power_cycle: bool = bit(3, 3)
    reset: bool = bit(3, 2)
    power_down: bool = bit(3, 1)
    alert: bool = bit(3, 0)
    filters: int = u8(4)


@wire()
class GetPefCapabilities(Request[PefCapabilities]):
    """IPMI 2.0 §30.1."""

    netfn, cmd, answer = NetFn.SENSOR, 0x10, PefCapabilities


@wire(first=2)
class PostponeTimer(Message):
    """Arm PEF Postpone Timer, response: the seconds that are left.  IPMI 2.0 §30.2."""

    countdown: int = u8(2)


@wire()
class ArmPefPostponeTimer(Request[PostponeTimer]):
    """IPMI 2.0 §30.2.  `timeout`: seconds, TIMER_DISABLE, TIMER_SUSPEND or TIMER_ASK."""

    netfn, cmd, answer = NetFn.SENSOR, 0x11, PostponeTimer
    timeout: int = u8(1)


@wire()
class SetPefParameter(Request[Done]):
    """Set PEF Configuration Parameters.  IPMI 2.0 §30.3."""

    netfn, cmd, answer = NetFn.SENSOR, 0x12, Done
    parameter: int = bits(1, 6, 0)
    data: bytes = rest(2)


@wire()
class GetPefParameter(Request[ParameterData]):
    """Get PEF Configuration Parameters.  IPMI 2.0 §30.4."""

    netfn, cmd, answer = NetFn.SENSOR, 0x13, ParameterData
    revision_only: bool = bit(1, 7, default=False)
    parameter: int = bits(1, 6, 0)
    set_selector: int = u8(2, default=0)
    block_selector: int = u8(3, default=0)


@wire()
class SetLastProcessedEventId(Request[Done]):
    """IPMI 2.0 §30.5."""

    netfn, cmd, answer = NetFn.SENSOR, 0x14, Done
    by_bmc: bool = bit(1, 0)
    record_id: int = u16(2)


@wire(first=2)
class LastProcessedEvent(Message):
    """Get Last Processed Event ID, response.  IPMI 2.0 §30.6.  `added`: a timestamp; ids FFFFh: none yet."""

    added: int = u32(2)
    last_record_id: int = u16(6)
    by_software: int = u16(8)
    by_bmc: int = u16(10)


@wire()
class GetLastProcessedEventId(Request[LastProcessedEvent]):
    """IPMI 2.0 §30.6.  81h: the log is being erased."""

    netfn, cmd, answer = NetFn.SENSOR, 0x15, LastProcessedEvent


class AlertOperation(OpenEnum):
    """IPMI 2.0 table 30-9."""

    SEND = 0
    STATUS = 1
    CLEAR = 2


class AlertState(OpenEnum):
    """IPMI 2.0 table 30-9."""

    NONE = 0
    ENDED = 1
    FAILED = 2
    NOT_ACKNOWLEDGED = 3
    IN_PROGRESS = 0xFF


@wire(first=2)
class AlertStatus(Message):
    """Alert Immediate, response.  IPMI 2.0 §30.7.  Only asking for the status gives one."""

    state: AlertState | None = u8(2, AlertState, optional=True, default=None)


@wire()
class AlertImmediate(Request[AlertStatus]):
    """IPMI 2.0 §30.7.  `event`: its last eight bytes, from the generator to event data 3; None: none."""

    netfn, cmd, answer = NetFn.SENSOR, 0x16, AlertStatus
    channel: int = bits(1, 3, 0)
    operation: AlertOperation = bits(2, 7, 6, AlertOperation)
    destination: int = bits(2, 3, 0)
    send_string: bool = bit(3, 7, default=False)
    string: int = bits(3, 6, 0, default=0)
    event: bytes | None = raw(4, 8, optional=True, default=None)

    @property
    def repeatable(self) -> bool:  # type: ignore[override]
        """Whether doing it twice is the same as doing it once: it is not where an alert is sent."""
        return self.operation != AlertOperation.SEND


# --- parameters


@wire()
class PefControl(Parameter):
    """IPMI 2.0 table 30-7, parameter 1."""

    parameter = PefParameter.CONTROL
    alert_startup_delay: bool = bit(1, 3)
    startup_delay: bool = bit(1, 2)
    event_messages: bool = bit(1, 1)
    enabled: bool = bit(1, 0)


@wire()
class ActionControl(Parameter):
    """IPMI 2.0 table 30-7, parameter 2: what filters may do at all."""

    parameter = PefParameter.ACTION_CONTROL
    diagnostic_interrupt: bool = bit(1, 5)
    oem_action: bool = bit(1, 4)
    power_cycle: bool = bit(1, 3)
    reset: bool = bit(1, 2)
    power_down: bool = bit(1, 1)
    alert: bool = bit(1, 0)


@wire()
class StartupDelay(Parameter):
    """IPMI 2.0 table 30-7, parameter 3."""

    parameter = PefParameter.STARTUP_DELAY
    seconds: int = u8(1)


@wire()
class AlertStartupDelay(Parameter):
    """IPMI 2.0 table 30-7, parameter 4."""

    parameter = PefParameter.ALERT_STARTUP_DELAY
    seconds: int = u8(1)


@wire()
class FilterCount(Parameter):
    """IPMI 2.0 table 30-7, parameter 5.  Read only."""

    parameter = PefParameter.FILTER_COUNT
    count: int = bits(1, 6, 0)


class FilterKind(OpenEnum):
    """Who made an event filter.  IPMI 2.0 table 17-2."""

    SOFTWARE = 0
    MANUFACTURER = 2


class Severity(OpenEnum):
    """Severity of an event.  IPMI 2.0 table 17-2."""

    UNSPECIFIED = 0
    MONITOR = 1
    INFORMATION = 2
    OK = 4
    NON_CRITICAL = 8
    CRITICAL = 0x10
    NON_RECOVERABLE = 0x20


@wire()
class EventFilter(SetParameter):
    """IPMI 2.0 table 30-7, parameter 6; table 17-2.  `set_selector`: number of the filter, from 1.

    `data1`, `data2`, `data3`: AND mask, compare 1, compare 2 of a byte of event data each; zeros: whatever it is.
    """

    parameter = PefParameter.FILTER
    set_selector: int = bits(1, 6, 0)
    enabled: bool = bit(2, 7)
    kind: FilterKind = bits(2, 6, 5, FilterKind, default=FilterKind.SOFTWARE)
    group_control: bool = bit(3, 6, default=False)
    diagnostic_interrupt: bool = bit(3, 5, default=False)
    oem_action: bool = bit(3, 4, default=False)
    power_cycle: bool = bit(3, 3, default=False)
    reset: bool = bit(3, 2, default=False)
    power_down: bool = bit(3, 1, default=False)
    alert: bool = bit(3, 0, default=False)
    group: int = bits(4, 6, 4, default=0)
    policy: int = bits(4, 3, 0, default=0)
    severity: Severity = u8(5, Severity, default=Severity.UNSPECIFIED)
    generator: int = u8(6, default=ANY)
    generator_channel: int = u8(7, default=ANY)
    sensor_type: int = u8(8, default=ANY)
    sensor_number: int = u8(9, default=ANY)
    trigger: int = u8(10, default=ANY)
    offsets: int = u16(11, default=0xFFFF)
    data1: bytes = raw(13, 3, default=bytes(3))
    data2: bytes = raw(16, 3, default=bytes(3))
    data3: bytes = raw(19, 3, default=bytes(3))


@wire()
class FilterEnable(SetParameter):
    """IPMI 2.0 table 30-7, parameter 7: the first byte of a filter."""

    parameter = PefParameter.FILTER_ENABLE
    set_selector: int = bits(1, 6, 0)
    enabled: bool = bit(2, 7)
    kind: FilterKind = bits(2, 6, 5, FilterKind, default=FilterKind.SOFTWARE)


@wire()
class PolicyCount(Parameter):
    """IPMI 2.0 table 30-7, parameter 8.  Read only."""

    parameter = PefParameter.POLICY_COUNT
    count: int = bits(1, 6, 0)


class PolicyRule(OpenEnum):
    """What an alert policy entry does after the ones before it.  IPMI 2.0 table 17-4."""

    ALWAYS = 0
    SKIP_IF_SENT = 1
    STOP_IF_SENT = 2
    OTHER_CHANNEL = 3
    OTHER_TYPE = 4


@wire()
class AlertPolicy(SetParameter):
    """IPMI 2.0 table 30-7, parameter 9; table 17-4.  `set_selector`: number of the row, from 1."""

    parameter = PefParameter.POLICY
    set_selector: int = bits(1, 6, 0)
    policy: int = bits(2, 7, 4)
    enabled: bool = bit(2, 3)
    rule: PolicyRule = bits(2, 2, 0, PolicyRule, default=PolicyRule.ALWAYS)
    channel: int = bits(3, 7, 4)
    destination: int = bits(3, 3, 0)
    event_specific: bool = bit(4, 7, default=False)
    string: int = bits(4, 6, 0, default=0)


@wire()
class PefGuid(Parameter):
    """IPMI 2.0 table 30-7, parameter 10.  `used`: it is put into traps, else the system GUID is."""

    parameter = PefParameter.SYSTEM_GUID
    used: bool = bit(1, 0)
    guid: bytes = raw(2, 16)


@wire()
class StringCount(Parameter):
    """IPMI 2.0 table 30-7, parameter 11.  Read only."""

    parameter = PefParameter.STRING_COUNT
    count: int = bits(1, 6, 0)


@wire()
class StringKeys(SetParameter):
    """IPMI 2.0 table 30-7, parameter 12.  String 0 is forgotten at restart."""

    parameter = PefParameter.STRING_KEYS
    set_selector: int = bits(1, 6, 0)
    filter_number: int = bits(2, 6, 0)
    string_set: int = bits(3, 6, 0)


@wire()
class AlertString(BlockParameter):
    """IPMI 2.0 table 30-7, parameter 13.  Blocks of 16 bytes, from 1; the text ends with a zero byte."""

    parameter = PefParameter.STRING
    set_selector: int = bits(1, 6, 0)
    block: int = u8(2)
    text: bytes = rest(3)

    def agrees_with(self, other: Parameter) -> bool:
        """Whether what was read is what was written: up to the end of the text, for BMCs give whole blocks."""
        if not isinstance(other, AlertString) or (self.set_selector, self.block) != (other.set_selector, other.block):
            return False
        return self.text.split(b"\0")[0] == other.text.split(b"\0")[0]


@wire()
class GroupCount(Parameter):
    """IPMI 2.0 table 30-7, parameter 14.  Read only."""

    parameter = PefParameter.GROUP_COUNT
    count: int = u8(1)


@wire()
class GroupControl(SetParameter):
    """IPMI 2.0 table 30-7, parameter 15.  `groups`: four times (group id, member id)."""

    parameter = PefParameter.GROUP
    set_selector: int = bits(1, 6, 0)
    force: bool = bit(2, 5)
    delayed: bool = bit(2, 4)
    channel: int = bits(2, 3, 0)
    groups: bytes = raw(3, 8)
    retries: int = bits(11, 6, 4)
    operation: int = bits(11, 3, 0)
    reserved = constant(11, 0, hi=7, lo=7)


PARAMETERS: dict[int, type[Parameter]] = {
    int(kind.parameter): kind
    for kind in (
        PefControl,
        ActionControl,
        StartupDelay,
        AlertStartupDelay,
        FilterCount,
        EventFilter,
        FilterEnable,
        PolicyCount,
        AlertPolicy,
        PefGuid,
        StringCount,
        StringKeys,
        AlertString,
        GroupCount,
        GroupControl,
    )
}
"""Parameter selector -> what its data are.  Parameter 0 is the same everywhere: `SetInProgress`."""

READ_ONLY_PARAMETERS = frozenset((5, 8, 11, 14))
"""What no write can change.  IPMI 2.0 table 30-7."""

# SPDX-License-Identifier: Apache-2.0
"""What a BMC does about events: filters, actions, alert policies.  IPMI 2.0 §17, §30."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import NotFound
from pyghmi.ipmi.domains.parameters import Parameters
from pyghmi.ipmi.spec.pef import (
    TIMER_ASK,
    ActionControl,
    AlertImmediate,
    AlertOperation,
    AlertPolicy,
    AlertState,
    AlertString,
    ArmPefPostponeTimer,
    EventFilter,
    FilterCount,
    GetLastProcessedEventId,
    GetPefCapabilities,
    GetPefParameter,
    LastProcessedEvent,
    PefCapabilities,
    PefControl,
    PolicyCount,
    PolicyRule,
    SetLastProcessedEventId,
    SetPefParameter,
    StringCount,
    StringKeys,
)
from pyghmi.ipmi.wire.text import decode_eight_bit

if TYPE_CHECKING:
    from pyghmi.ipmi.spec.answers import Done
    from pyghmi.ipmi.spec.parameters import Parameter, ParameterData
    from pyghmi.ipmi.spec.request import Request

_BLOCK_BYTES = 16
_MOST_BLOCKS = 16
_NEW_POLICY = 1


class Pef(Parameters):
    """Platform event filtering of one BMC.  `get` reads any parameter of `spec.pef`, `write` writes some.

    Rows of the tables are always written whole: there are BMCs that refuse anything less.
    """

    def _reading(self, number: int, set_selector: int, block_selector: int) -> Request[ParameterData]:
        return GetPefParameter(parameter=number, set_selector=set_selector, block_selector=block_selector)

    def _writing(self, number: int, data: bytes) -> Request[Done]:
        return SetPefParameter(parameter=number, data=data)

    def capabilities(self) -> PefCapabilities:
        """Return what the BMC can do about events."""
        return self._bmc.request(GetPefCapabilities())

    def control(self) -> PefControl | None:
        """Return whether events are filtered, None where that cannot be read."""
        return self.get(PefControl)

    def action_control(self) -> ActionControl | None:
        """Return which actions are allowed, None where that cannot be read."""
        return self.get(ActionControl)

    # --- tables

    def filters(self) -> list[EventFilter]:
        """Return the event filters, used or not."""
        count = self.get(FilterCount)
        return self.sets(EventFilter, range(1, 1 + (0 if count is None else count.count)))

    def policies(self) -> list[AlertPolicy]:
        """Return the rows of the alert policy table, used or not."""
        count = self.get(PolicyCount)
        return self.sets(AlertPolicy, range(1, 1 + (0 if count is None else count.count)))

    def ensure_policy(self, channel: int, destination: int) -> AlertPolicy:
        """See to it that some policy sends alerts to a destination; returns its row.

        The first row that is not in use is taken.  Raises NotFound where there is none.
        """
        free = None
        for row in self.policies():
            if row.enabled and (row.channel, row.destination) == (channel, destination):
                return row
            if not row.enabled and free is None:
                free = row.set_selector
        if free is None:
            raise NotFound("No available alert policy entry")
        made = AlertPolicy(
            set_selector=free,
            policy=_NEW_POLICY,
            enabled=True,
            rule=PolicyRule.ALWAYS,
            channel=channel,
            destination=destination,
        )
        self.write(made)
        return made

    # --- texts of alerts

    def strings(self) -> list[tuple[StringKeys, str]]:
        """Return the alert strings with what they belong to; number 0 is the one that is forgotten at restart."""
        count = self.get(StringCount)
        numbers = range(1 + (0 if count is None else count.count))
        return [(keys, self.string(keys.set_selector)) for keys in self.sets(StringKeys, numbers)]

    def string(self, number: int) -> str:
        """Return the text of an alert string."""
        text = b""
        for block in range(1, _MOST_BLOCKS + 1):
            part = self.get(AlertString, number, block)
            if part is None or (part.set_selector, part.block) != (number, block):
                break
            text += part.text
            if b"\0" in part.text or len(part.text) < _BLOCK_BYTES:
                break
        return decode_eight_bit(text.split(b"\0")[0])

    def set_string(self, number: int, text: str) -> None:
        """Set the text of an alert string."""
        data = text.encode("latin-1", errors="replace") + b"\0"
        blocks: list[Parameter] = [
            AlertString(set_selector=number, block=1 + at // _BLOCK_BYTES, text=data[at : at + _BLOCK_BYTES])
            for at in range(0, len(data), _BLOCK_BYTES)
        ]
        self.write(*blocks)

    # --- what has been done

    def last_processed(self) -> LastProcessedEvent:
        """Return how far events have been worked off."""
        return self._bmc.request(GetLastProcessedEventId())

    def set_last_processed(self, record_id: int, *, by_bmc: bool = False) -> None:
        """Say that events up to this record have been worked off: by software, or by the BMC."""
        self._bmc.request(SetLastProcessedEventId(by_bmc=by_bmc, record_id=record_id))

    def postpone(self, timeout: int = TIMER_ASK) -> int:
        """Keep the BMC from acting for some seconds (1 to 253); 0: no longer, FEh: until then, FFh: only ask.

        Returns the seconds that are left.
        """
        return self._bmc.request(ArmPefPostponeTimer(timeout=timeout)).countdown

    def send_alert(self, channel: int, destination: int, string: int | None = None) -> None:
        """Send an alert now, to try a destination.  Sent once."""
        self._bmc.request(
            AlertImmediate(
                channel=channel,
                operation=AlertOperation.SEND,
                destination=destination,
                send_string=string is not None,
                string=string or 0,
            )
        )

    def alert_state(self, channel: int, destination: int = 0) -> AlertState:
        """Return what became of the alert that was sent last."""
        request = AlertImmediate(channel=channel, operation=AlertOperation.STATUS, destination=destination)
        state = self._bmc.request(request).state
        return AlertState.NONE if state is None else state

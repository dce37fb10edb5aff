# SPDX-License-Identifier: Apache-2.0
"""Alerts of a simulated BMC: what filters want done about an event, and traps over the network.  IPMI 2.0 §17, §30."""
from __future__ import annotations

import socket
from collections import deque
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.ipmi.domains.pet import EPOCH
from pyghmi.ipmi.spec import lan, pef
from pyghmi.ipmi.spec.channels import Update
from pyghmi.ipmi.spec.chassis import RestartCause
from pyghmi.ipmi.spec.codes import OK, THIS_CHANNEL
from pyghmi.ipmi.spec.sel import CustomMultirecord, PetAcknowledge, SpecificTrap, TrapSeverity, TrapVariable
from pyghmi.sim.lan import LAN_CHANNEL
from pyghmi.sim.pef import Event, Match, PefPart
from pyghmi.sim.snmp import pet_datagram

if TYPE_CHECKING:
    from pyghmi.sim.machine import SimulatedBmc

TRAP_PORT = 162
_PEF_SENSOR, _PEF_NUMBER, _PEF_ACTION, _SPECIFIC = 0x12, 0x73, 0xC4, 0x6F
_BMC, _DEASSERTION, _UNUSED = 0x20, 0x80, 0xFF
_NO_EVENT = Event(owner=_BMC, sensor_type=0, number=0, event_type=0, data=bytes(3))
_NO_UTC_OFFSET = -1
_MOST_OFFSET = 720
_SPARE_DATA = bytes(5)
_MULTIRECORD, _ASCII, _ALERT_TEXT, _MOST_TEXT, _END = 0x80, 1, 1, 60, 0xC1
_IPV4 = 4
_ACTION_BITS = {"diagnostic_interrupt": 0x20, "power_cycle": 8, "reset": 4, "power_down": 2, "alert": 1}
"""Event data 2 of the event that says what is done.  IPMI 2.0 table 42-3, sensor type 12h."""
_NOT_SENT, _UNHEARD, _SENT = pef.AlertState.FAILED, pef.AlertState.NOT_ACKNOWLEDGED, pef.AlertState.ENDED

Done = Callable[[pef.AlertState], object]
"""Told what became of an alert."""


class _Delivery:
    """One trap on its way to one destination: sent again until it is acknowledged, or often enough.

    key: what its acknowledgement says; destination: how often it is sent, and whether it is acknowledged.
    """

    def __init__(self, alerts: Alerts, key: bytes, destination: lan.Destination, send: Callable[[], bool]) -> None:
        self.key = key
        self._alerts = alerts
        self._destination = destination
        self._send = send
        self._left = destination.retries
        self._is_over = False

    def begin(self, done: Done) -> None:
        """Send it for the first time.  One that is not to be acknowledged counts as sent then."""
        self._done = done
        is_sent = self._send()
        if self._destination.acknowledge or (is_sent and self._left):
            self._alerts.waiting[self.key] = self
            self._wait()
        if not self._destination.acknowledge:
            done(_SENT if is_sent else _NOT_SENT)

    def _wait(self) -> None:
        self._alerts.later(self._destination.timeout_s + 1.0, self._again)

    def _again(self) -> None:
        if self._is_over:
            return
        if self._left:
            self._left -= 1
            self._send()
            self._wait()
            return
        self._end(_UNHEARD)

    def acknowledged(self) -> None:
        """Know that it came."""
        if self._destination.acknowledge:
            self._end(_SENT)

    def _end(self, state: pef.AlertState) -> None:
        self.forget()
        if self._destination.acknowledge:
            self._done(state)

    def forget(self) -> None:
        """Do no more about it."""
        self._is_over = True
        self._alerts.waiting.pop(self.key, None)


class _Policy:
    """The rows of an alert policy, one after the other, for one event."""

    def __init__(self, alerts: Alerts, event: Event, match: Match, part: PefPart) -> None:
        self._alerts, self._event, self._match, self._part = alerts, event, match, part
        self._rows = deque(part.rows(match.policy))
        self._was_sent = False

    def proceed(self) -> None:
        """Take the next row."""
        while self._rows and self._part.control.enabled:
            row = self._rows.popleft()
            if not self._passes_over(row):
                text = self._part.text(row, self._match.number)
                place = row.channel, row.destination
                self._alerts.deliver(place, self._event, self._match.severity, text, self._went)
                return
        self._alerts.processed(self._event)

    def _went(self, state: pef.AlertState) -> None:
        self._was_sent = state is _SENT
        self.proceed()

    def _passes_over(self, row: pef.AlertPolicy) -> bool:
        """Whether a row is not for an event that the one before it has told somebody.  IPMI 2.0 table 17-4."""
        if not self._was_sent or row.rule is pef.PolicyRule.ALWAYS:
            return False
        if row.rule is pef.PolicyRule.STOP_IF_SENT:
            self._rows.clear()
        alike = {pef.PolicyRule.OTHER_CHANNEL: self._channel, pef.PolicyRule.OTHER_TYPE: self._kind}.get(row.rule)
        while alike is not None and self._rows and alike(self._rows[0]) == alike(row):
            self._rows.popleft()
        return True

    @staticmethod
    def _channel(row: pef.AlertPolicy) -> int:
        return row.channel

    def _kind(self, row: pef.AlertPolicy) -> int | None:
        found = self._alerts.destination(row.channel, row.destination)
        return None if found is None else int(found.kind)


class Alerts:
    """Does what filters want: traps, and what is done to the power.

    port: where traps are sent; leave_host: also to addresses that are not of this computer; waiting: traps that are
    not acknowledged yet, or are sent again, by what their acknowledgement says.
    """

    def __init__(self, machine: SimulatedBmc, port: int = TRAP_PORT, *, leave_host: bool = False) -> None:
        self._machine = machine
        self.port = port
        self.leave_host = leave_host
        self.waiting: dict[bytes, _Delivery] = {}
        self._sequence = 0
        parts: dict[str, Any] = dict(machine.parts)
        self._part: PefPart = parts["pef"]
        self._lan: Any = parts["lan"]
        self._sel: Any = parts["sel"]
        self._part.send, self._part.restarted = self._immediate, self.forget

    def __repr__(self) -> str:
        return f"<Alerts to port {self.port}, {len(self.waiting)} on their way>"

    # --- what happens

    def happened(self, event: Event) -> None:
        """Do what the filters want, at once or when the timer that puts it off has run out."""
        part = self._part
        if event.record_id is not None:
            part.last_logged, part.added = event.record_id, self._sel.last_add
        if not part.control.enabled or part.postponed_s == pef.TIMER_SUSPEND:
            self.processed(event)
        elif part.postponed_s:
            self.later(part.postponed_s, lambda: self._unless_seen(event))
        else:
            self._act(event)

    def _unless_seen(self, event: Event) -> None:
        """Act on an event that software has not taken care of meanwhile.  IPMI 2.0 §17.3."""
        if event.record_id is None or event.record_id != self._part.by_software:
            self._act(event)

    def processed(self, event: Event) -> None:
        """Note that all is done about an event."""
        if event.record_id is not None:
            self._part.by_bmc = event.record_id

    def _act(self, event: Event) -> None:
        part = self._part
        match = part.match(event)
        actions = match.actions if part.rows(match.policy) else match.actions - {"alert"}
        if not actions:
            self.processed(event)
            return
        if part.control.event_messages and self._machine.enables.enables.event_logging:
            bits = sum(_ACTION_BITS[name] for name in actions)
            logged = self._sel.event(_PEF_SENSOR, _PEF_NUMBER, _SPECIFIC, bytes((_PEF_ACTION, bits, _UNUSED)))
            if logged is not None:  # it is an event too, and one that nothing more is done about
                part.last_logged = logged
                event = event._replace(record_id=logged)
        self._do(actions)
        if "alert" in actions:
            _Policy(self, event, match, part).proceed()
        else:
            self.processed(event)

    def _do(self, actions: frozenset[str]) -> None:
        """Have the most important thing done to the power: behind what is being done to it now."""
        power = self._machine.power
        methods: dict[str, Callable[[], object]] = {
            "power_down": power.off,
            "power_cycle": lambda: power.cycle(RestartCause.PEF_POWER_CYCLE),
            "reset": lambda: power.reset(RestartCause.PEF_RESET),
            "diagnostic_interrupt": power.diagnostic,
        }
        name = next((each for each in methods if each in actions), None)
        if name is not None:
            self._machine.say(f"event filter: {name.replace('_', ' ')}")
            self.later(0.0, lambda: methods[name]() if power.is_on else None)

    def _immediate(self, asked: pef.AlertImmediate) -> int:
        """Answer Alert Immediate: send the event that it brings, or none.  IPMI 2.0 §30.7."""
        event = _NO_EVENT
        if asked.event is not None:
            owner, _revision, sensor_type, number, event_type, *data = asked.event
            event = Event(owner, sensor_type, number, event_type, bytes(data))
        text = self._part.string(asked.string) if asked.send_string else b""
        self._part.alert_state = pef.AlertState.IN_PROGRESS
        severity = pef.Severity.UNSPECIFIED
        self.deliver((asked.channel, asked.destination), event, severity, text, self._immediate_went)
        return OK

    def _immediate_went(self, state: pef.AlertState) -> None:
        self._part.alert_state = state

    # --- traps

    def destination(self, channel: int, number: int) -> lan.Destination | None:
        """Return how a destination of a LAN channel is told; None: there is none."""
        if channel not in (LAN_CHANNEL, THIS_CHANNEL):
            return None
        found = self._lan.parameters.values.get((lan.LanParameter.DESTINATION_TYPE, number, 0))
        return found if isinstance(found, lan.Destination) else None

    def deliver(
        self, place: tuple[int, int], event: Event, severity: pef.Severity, text: bytes, done: Done
    ) -> None:
        """Send an alert to (channel, destination), and tell what became of it, now or later."""
        kind, address = self.destination(*place), self._address(place[1])
        refusal = self._refusal(kind, address)
        if kind is None or refusal:
            self._machine.say(f"alert not sent: {refusal}")
            done(_NOT_SENT)
            return
        self._sequence = self._sequence % 0xFFFF + 1
        variable = self._variable(event, severity)
        datagram = self._datagram(event, variable.encode() + _custom(text))

        def send() -> bool:
            if self._machine.absent or not _sent(datagram, address, self.port):
                return False
            self._machine.say(f"alert sent to {address} port {self.port}")
            return True

        _Delivery(self, _acknowledgement(variable), kind, send).begin(done)

    def _address(self, number: int) -> str:
        """Return the address of a destination."""
        found = self._lan.parameters.values.get((lan.LanParameter.DESTINATION_ADDRESS, number, 0))
        if found is None:
            return ""
        kind = lan.Ipv6Destination if found.format is lan.AddressFormat.IPV6 else lan.Ipv4Destination
        return str(ip_address(kind.decode(found.data).address))

    def _refusal(self, kind: lan.Destination | None, address: str) -> str:
        """Return why nothing is sent, empty: it is."""
        if kind is None or not address or ip_address(address).is_unspecified:
            return "there is no such destination"
        if kind.kind is not lan.DestinationType.PET_TRAP:
            return "this type of alert is not known"
        if self._lan.access[Update.VOLATILE].alerting_disabled:
            return "the channel sends none"
        if not self.leave_host and not ip_address(address).is_loopback:
            return f"{address} is not on this computer"
        return ""

    def _variable(self, event: Event, severity: pef.Severity) -> TrapVariable:
        """Return the variable of a trap.  IPMI 2.0 §17.16, table 17-7."""
        machine, clock = self._machine, self._sel.clock
        offset = clock.utc_offset if abs(clock.utc_offset) <= _MOST_OFFSET else _NO_UTC_OFFSET
        return TrapVariable(
            guid=self._part.guid() or machine.get_system_guid().bytes_le,
            sequence=self._sequence,
            timestamp=max(clock.now() - EPOCH, 0),
            utc_offset=offset,
            trap_source=_BMC,
            event_source=_BMC,
            severity=TrapSeverity(int(severity)),
            sensor_device=event.owner,
            number=event.number,
            entity_id=event.entity[0],
            entity_instance=event.entity[1],
            event_data=event.data,
            more_event_data=_SPARE_DATA,
            language=_UNUSED,
            manufacturer_id=machine.mfgid,
            system_id=machine.prodid,
        )

    def _datagram(self, event: Event, variable: bytes) -> bytes:
        number = SpecificTrap(
            sensor_type=event.sensor_type,
            event_type=event.event_type % _DEASSERTION,
            deassertion=event.event_type >= _DEASSERTION,
            offset=event.data[0] % 16,
        )
        values = self._lan.parameters.values
        return pet_datagram(
            int.from_bytes(number.encode(), "big"),
            variable,
            community=values[lan.LanParameter.COMMUNITY, 0, 0].text.split(b"\0")[0],
            address=self._own_address(values[lan.LanParameter.IP_ADDRESS, 0, 0].address),
            uptime_s=self._machine.clock.now(),
        )

    def _own_address(self, configured: bytes) -> bytes:
        """Return the address that traps say they are from: where the BMC listens, if that is one of IPv4."""
        try:
            here = ip_address(self._machine.address[0])
        except ValueError:
            return configured
        return here.packed if here.version == _IPV4 and not here.is_unspecified else configured

    def acknowledged(self, data: bytes) -> None:
        """Take the data of PET Acknowledge."""
        found = self.waiting.get(data)
        if found is not None:
            found.acknowledged()

    def forget(self) -> None:
        """Forget what is on its way, as a BMC does that was reset."""
        for each in list(self.waiting.values()):
            each.forget()

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Have something done in so many seconds."""
        self._machine.clock.call_later(seconds, action)


def _custom(text: bytes) -> bytes:
    """Return the OEM custom fields: the alert string, if there is one.  IPMI 2.0 table 17-8."""
    text = text[:_MOST_TEXT]
    if not text:
        return bytes((_END,))
    head = CustomMultirecord(encoding=_ASCII, length=len(text), type=_ALERT_TEXT)
    return bytes((_MULTIRECORD,)) + head.encode() + text + bytes((_END,))


def _acknowledgement(variable: TrapVariable) -> bytes:
    """Return the data of the PET Acknowledge that says that a trap came."""
    return PetAcknowledge(
        sequence=variable.sequence,
        timestamp=variable.timestamp,
        event_source=variable.event_source,
        sensor_device=variable.sensor_device,
        number=variable.number,
        event_data=variable.event_data,
    ).encode()


def _sent(datagram: bytes, address: str, port: int) -> bool:
    """Send a datagram from a port of its own; False: that was not possible."""
    family = socket.AF_INET if ip_address(address).version == _IPV4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(datagram, (address, port))
    except OSError:
        return False
    return True

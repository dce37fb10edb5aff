# SPDX-License-Identifier: Apache-2.0
"""The controllers behind a simulated BMC, and the messages that reach them.  IPMI 2.0 §22.6, §22.7, §6.13."""
from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID, PRODUCT_ID
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.app import DeviceId, SelfTestCode, SelfTestResults
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OK
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.eventreceiver import EventReceiverPart
from pyghmi.sim.fru import FruPart
from pyghmi.sim.parts import Answer, Reply
from pyghmi.sim.repository import SensorPart

NAK_ON_WRITE = 0x83
NOTHING_THERE = 0x80
"""Completion code of Get Message: no message is waiting.  IPMI 2.0 §22.6."""
_NOT_AT_THIS_LUN = 0xC2
_MOST_MESSAGES = 16
_PRIMARY_IPMB = 0
_MIN_BYTES = 1 + ipmb.MIN_REQUEST

Bus = dict[int, "Satellite"]
"""Address -> who is there."""
Buses = dict[int, Bus]
"""Channel -> what is on it."""


class Place(NamedTuple):
    """Who a satellite is: its address on its bus, device id and product."""

    address: int
    name: str
    device_id: int
    product_id: int = PRODUCT_ID + 1
    firmware: tuple[int, int] = (1, 0x05)


class Satellite:
    """A small controller: an identity, a self test, sensors at its LUNs, a FRU memory, and buses of its own.

    sensors: LUN -> what answers for the sensors there; frus: as `FruPart` takes them; own: its buses, beside the one
    that it is on.
    """

    def __init__(
        self,
        place: Place,
        sensors: Mapping[int, SensorPart] | None = None,
        frus: Mapping[int, bytes] | None = None,
        own: Buses | None = None,
    ) -> None:
        self.place = place
        self.sensors = dict(sensors or {})
        self.frus = FruPart(frus or {})
        self.own = dict(own or {})
        self.bridge = BridgePart(dict(self.own))
        self.event_receiver = EventReceiverPart()
        first: dict[tuple[int, int], Answer] = {
            (0x06, 0x01): self._device_id,
            (0x06, 0x04): _self_test,
            (0x06, 0x34): self.bridge.send,
            **self.event_receiver.commands(),
        }
        if frus:
            first.update(self.frus.commands())
        self.tables: dict[int, dict[tuple[int, int], Answer]] = {0: first}
        for lun, part in self.sensors.items():
            self.tables.setdefault(lun, {}).update(part.commands(lun))

    def __repr__(self) -> str:
        return f"<Satellite {self.place.address:02X}h>"

    def answer(self, request: ipmb.Request) -> Reply:
        """Answer a request."""
        table = self.tables.get(request.rs_lun)
        if table is None:
            return _NOT_AT_THIS_LUN, b""
        method = table.get((request.netfn, request.cmd))
        if method is None:
            return INVALID_COMMAND, b""
        try:
            return method(request.data)
        except Malformed:
            return INVALID_LENGTH, b""

    def _device_id(self, data: bytes) -> Reply:
        if data:
            return INVALID_LENGTH, b""
        place, has_sensors = self.place, bool(self.sensors)
        answer = DeviceId(
            device_id=place.device_id,
            provides_sdrs=has_sensors,
            device_revision=1,
            updating=False,
            firmware_major=place.firmware[0],
            firmware_minor=place.firmware[1],
            ipmi_minor=0,
            ipmi_major=2,
            chassis_device=False,
            bridge=bool(self.bridge.buses),
            event_generator=True,
            event_receiver=False,
            fru_inventory=bool(self.frus.images),
            sel_device=False,
            sdr_repository=False,
            sensor_device=has_sensors,
            manufacturer_id=MANUFACTURER_ID,
            product_id=place.product_id,
        )
        return OK, answer.encode()

    def scan(self) -> None:
        """Have its sensors looked at, and those of the controllers behind it."""
        for part in self.sensors.values():
            part.scan()
        for _name, satellite in everybody(self.own):
            satellite.scan()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "sensors": {str(lun): part.state() for lun, part in self.sensors.items()},
            "frus": self.frus.state(),
            "behind": states(self.own),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        for lun, part in state["sensors"].items():
            if int(lun) in self.sensors:
                self.sensors[int(lun)].restore(part)
        self.frus.restore(state["frus"])
        restore_states(self.own, state["behind"])


class BridgePart:
    """Deliver messages: an answer comes in the data of Send Message's, or waits for Get Message if it is not tracked.

    buses: channel -> address -> who is there; waiting: (channel, answer) that nobody has fetched; alone: whether
    answers come to the console in a packet of their own behind an empty one, as IPMI 2.0 §6.13 has it and FreeIPMI
    needs it.
    """

    def __init__(self, buses: Buses) -> None:
        self.buses = buses
        self.alone = True
        self.waiting: deque[tuple[int, bytes]] = deque(maxlen=_MOST_MESSAGES)

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        return {(0x06, 0x33): self.fetch, (0x06, 0x34): self.send}

    def send(self, data: bytes) -> Reply:
        """Answer Send Message."""
        if len(data) < _MIN_BYTES:
            return INVALID_LENGTH, b""
        channel, tracked, message = data[0] % 16, data[0] >= 0x40, data[1:]
        request = ipmb.parse_request(message)
        if request is None:
            return INVALID_FIELD, b""
        if channel not in self.buses and channel != _PRIMARY_IPMB:
            return INVALID_FIELD, b""
        satellite = self.buses.get(channel, {}).get(request.rs_address)
        if satellite is None:
            return NAK_ON_WRITE, b""
        answer = ipmb.build_response(request, *satellite.answer(request))
        if tracked:
            return OK, answer
        self.waiting.append((channel, answer))
        return OK, b""

    def fetch(self, data: bytes) -> Reply:
        """Answer Get Message: the first one that waits, without its first byte."""
        if data:
            return INVALID_LENGTH, b""
        if not self.waiting:
            return NOTHING_THERE, b""
        channel, answer = self.waiting.popleft()
        return OK, bytes((channel,)) + answer[1:]

    def scan(self) -> None:
        """Have all sensors behind looked at."""
        for _name, satellite in everybody(self.buses):
            satellite.scan()

    def bmc_started(self) -> None:
        """Forget the messages that wait."""
        self.waiting.clear()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return states(self.buses)

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says."""
        restore_states(self.buses, state)


def for_console(answer: bytes) -> bytes:
    """Return an answer of a bus as it comes to a console in a packet of its own."""
    head = bytes((ipmb.CONSOLE_ADDRESS, answer[1]))
    return head + bytes((ipmb.checksum(head),)) + answer[3:]


def everybody(buses: Buses) -> list[tuple[str, Satellite]]:
    """Return who is on these buses, with a name made of channel and address."""
    return [(f"{channel}/{address:02X}h", each) for channel, bus in buses.items() for address, each in bus.items()]


def states(buses: Buses) -> dict[str, Any]:
    """Return the states of all on these buses, by name."""
    return {name: each.state() for name, each in everybody(buses)}


def restore_states(buses: Buses, found: dict[str, Any]) -> None:
    """Have them all be as they were."""
    for name, each in everybody(buses):
        if name in found:
            each.restore(found[name])


def _self_test(data: bytes) -> Reply:
    if data:
        return INVALID_LENGTH, b""
    return OK, SelfTestResults(code=SelfTestCode.PASSED, detail=0).encode()


def small_buses() -> Buses:
    """Return what is behind the small BMC: one controller, which reaches its own bus too."""
    satellite = Satellite(Place(0x82, "Satellite", 0x82))
    bus: Bus = {0x82: satellite}
    satellite.bridge.buses[0] = bus
    return {0: bus}

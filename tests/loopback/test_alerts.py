# SPDX-License-Identifier: Apache-2.0
"""Alerts of the simulated machine: real traps over UDP, when, to whom, how often, and what they say."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.pef import Pef
from pyghmi.ipmi.domains.pet import EPOCH, Pet, Trap, decode_trap
from pyghmi.ipmi.protocol.ipmb import build_request
from pyghmi.ipmi.protocol.packet15 import wrap_plain
from pyghmi.ipmi.spec import pef
from tests.loopback.quirk_lab import MakeLab, QuirkLab, response
from tests.loopback.trap_receiver import PET_VARIABLE, Received, TrapReceiver

SENSOR, APP = 0x04, 0x06
PLATFORM_EVENT, ALERT_IMMEDIATE, PET_ACKNOWLEDGE = 0x02, 0x16, 0x17
TOO_HOT = bytes.fromhex("04 01 30 01 59 64 5f")
"""A temperature goes above what is critical: filter 1 of the machine."""
NOT_SO_HOT = bytes.fromhex("04 01 30 01 57 50 4f")
"""Above what is not critical: no filter."""


@pytest.fixture
def receiver() -> Iterator[TrapReceiver]:
    found = TrapReceiver()
    yield found
    found.close()


class Alarmed:
    """A machine that sends its alerts to a receiver."""

    def __init__(self, lab: MakeLab, receiver: TrapReceiver, ip: str = "127.0.0.1", **how: Any) -> None:
        options = {name: how.pop(name) for name in ("profile", "traps_leave_host", "say") if name in how}
        self.bench: QuirkLab = lab("", trap_port=receiver.port, **options)
        self.receiver = receiver
        self.command: Command = self.bench.command()
        self.command.set_alert_destination(ip, destination=1, **how)

    def raw(self, cmd: int, data: bytes = b"") -> dict[str, Any]:
        return self.command.raw_command(SENSOR, cmd, data=data)

    def event(self, data: bytes = TOO_HOT) -> list[Received]:
        """Have the BMC take an event, and return the traps."""
        assert self.raw(PLATFORM_EVENT, data)["code"] == 0
        return self.receiver.all()

    def pef(self) -> Pef:
        return Pef(self.command._call())


@pytest.fixture
def alarmed(lab: MakeLab, receiver: TrapReceiver) -> Callable[..., Alarmed]:
    return lambda **how: Alarmed(lab, receiver, **how)


def read(trap: Received) -> Trap:
    return decode_trap(trap.specific, trap.variable)


def test_an_event_that_a_filter_takes_becomes_a_trap(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed()
    assert machine.event(NOT_SO_HOT) == []
    (trap,) = machine.event()
    assert (trap.community, trap.generic, trap.name) == (b"public", 6, PET_VARIABLE)
    assert trap.enterprise == PET_VARIABLE[:-1]
    assert trap.agent == bytes((127, 0, 0, 1))
    assert trap.specific == 0x010109
    found = read(trap)
    bmc = machine.bench.machine
    assert found.guid.text == str(bmc.uuid)
    assert (found.sensor_type_name, found.sensor_number, found.event_data[:3]) == ("Temperature", 0x30, TOO_HOT[4:])
    assert (found.severity_code, found.sensor_device, found.trap_source, found.event_source) == (0x10, 0x81, 0x20, 0x20)
    assert (found.manufacturer_id, found.system_id) == (bmc.mfgid, bmc.prodid)
    assert found.timestamp == bmc.parts["sel"].clock.now() - EPOCH  # type: ignore[attr-defined]
    assert (found.deassertion, found.offset, found.custom) == (False, 9, ())


def test_each_trap_has_its_own_number(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed()
    assert [read(machine.event()[0]).sequence for _time in range(3)] == [1, 2, 3]


def test_nothing_is_sent_where_the_settings_say_no(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed()
    part: Any = machine.bench.machine.parts["pef"]
    for change, back in (
        (lambda: setattr(part.control, "enabled", False), lambda: setattr(part.control, "enabled", True)),
        (lambda: machine.raw(0x12, b"\x02\x00"), lambda: machine.raw(0x12, b"\x02\x01")),
        (lambda: machine.raw(0x12, b"\x07\x01\x00"), lambda: machine.raw(0x12, b"\x07\x01\x80")),
        (lambda: machine.raw(0x11, b"\xfe"), lambda: machine.raw(0x11, b"\x00")),
        (lambda: machine.command.clear_alert_destination(1), lambda: machine.command.set_alert_destination("127.0.0.1", destination=1)),
        (
            lambda: machine.command.raw_command(APP, 0x40, data=b"\x01\xa2\x00"),
            lambda: machine.command.raw_command(APP, 0x40, data=b"\x01\x82\x00"),
        ),
    ):
        change()
        assert machine.event() == []
        back()
        assert len(machine.event()) == 1


def test_only_this_computer_is_told_unless_one_says_so(alarmed: Callable[..., Alarmed]) -> None:
    said: list[str] = []
    machine = alarmed(ip="192.0.2.200", say=said.append)
    machine.event()
    assert said[-1] == "alert not sent: 192.0.2.200 is not on this computer"
    for ip in ("127.0.0.2", "127.0.0.1"):
        machine.command.set_alert_destination(ip, destination=1)
        machine.event()
        assert said[-1] == f"alert sent to {ip} port {machine.receiver.port}"


def test_with_the_option_others_are_told(alarmed: Callable[..., Alarmed], monkeypatch: pytest.MonkeyPatch) -> None:
    from pyghmi.sim import alerts

    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(alerts, "_sent", lambda _datagram, address, port: sent.append((address, port)) is None)
    machine = alarmed(ip="192.0.2.200", traps_leave_host=True)
    machine.event()
    assert sent == [("192.0.2.200", machine.receiver.port)]


def test_over_ipv6(lab: MakeLab) -> None:
    try:
        receiver = TrapReceiver("::1")
    except OSError:
        pytest.skip("no IPv6 here")
    machine = Alarmed(lab, receiver, "::1")
    assert len(machine.event()) == 1
    receiver.close()


def test_unacknowledged_ones_are_sent_several_times(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(retries=2, acknowledge_timeout=4)
    traps = machine.event()
    for seconds, more in ((4.9, 0), (0.2, 1), (5.0, 1), (20.0, 0)):
        machine.bench.wait(seconds)
        found = machine.receiver.all()
        assert len(found) == more
        traps += found
    assert len({(each.specific, each.variable) for each in traps}) == 1, "the number stays"
    assert machine.bench.machine.parts["pef"].by_bmc == max(machine.bench.machine.parts["sel"].entries)  # type: ignore[attr-defined]


def test_acknowledged_ones_are_sent_until_that(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(acknowledge_required=True, acknowledge_timeout=2, retries=3)
    (first,) = machine.event()
    machine.bench.wait(3.1)
    (second,) = machine.receiver.all()
    assert first.variable == second.variable
    other = bytearray(first.variable)
    other[17] += 1
    Pet(machine.command._call()).acknowledge(bytes(other))
    machine.bench.wait(3.0)
    assert len(machine.receiver.all()) == 1, "that was for another one"
    Pet(machine.command._call()).acknowledge(first.variable)
    machine.bench.wait(30.0)
    assert machine.receiver.all() == []
    assert not machine.bench.machine.alerts.waiting


def test_an_acknowledgement_needs_no_session(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(acknowledge_required=True, acknowledge_timeout=2, retries=3)
    trap = read(machine.event()[0])
    data = trap.sequence.to_bytes(2, "little") + trap.timestamp.to_bytes(4, "little")  # type: ignore[union-attr]
    data += bytes((trap.event_source, trap.sensor_device, trap.sensor_number)) + trap.event_data[:3]
    machine.bench.send(wrap_plain(build_request(SENSOR, PET_ACKNOWLEDGE, data, 1)))
    assert [response(message)[3] for message in machine.bench.plain(PET_ACKNOWLEDGE)] == [0]  # type: ignore[index]
    machine.bench.wait(30.0)
    assert machine.receiver.all() == []


def test_nobody_acknowledges(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(acknowledge_required=True, acknowledge_timeout=0, retries=7)
    traps = machine.event()
    machine.bench.wait(20.0)
    traps += machine.receiver.all()
    assert len(traps) == 8
    assert not machine.bench.machine.alerts.waiting


def rows(machine: Alarmed, *table: tuple[int, pef.PolicyRule, int, int]) -> None:
    """Write the table of policies: (policy, rule, channel, destination)."""
    part = machine.pef()
    for number in range(1, 5):
        policy, rule, channel, destination = table[number - 1] if number <= len(table) else (0, pef.PolicyRule.ALWAYS, 0, 0)
        enabled = number <= len(table)
        part.write(
            pef.AlertPolicy(set_selector=number, policy=policy, enabled=enabled, rule=rule, channel=channel, destination=destination)
        )


ALWAYS, SKIP, STOP, OTHER_CHANNEL = (
    pef.PolicyRule.ALWAYS, pef.PolicyRule.SKIP_IF_SENT, pef.PolicyRule.STOP_IF_SENT, pef.PolicyRule.OTHER_CHANNEL
)


@pytest.mark.parametrize(
    ("table", "sent"),
    [
        ([(1, ALWAYS, 1, 1), (1, ALWAYS, 1, 1), (2, ALWAYS, 1, 1)], 2),
        ([(1, ALWAYS, 1, 1), (1, SKIP, 1, 1), (1, ALWAYS, 1, 1)], 2),
        ([(1, ALWAYS, 1, 1), (1, STOP, 1, 1), (1, ALWAYS, 1, 1)], 1),
        ([(1, ALWAYS, 1, 1), (1, OTHER_CHANNEL, 1, 1), (1, ALWAYS, 1, 1), (1, ALWAYS, 2, 1)], 1),
        ([(1, ALWAYS, 1, 2), (1, STOP, 1, 1), (1, ALWAYS, 1, 1)], 2),
        ([(1, ALWAYS, 2, 1), (1, SKIP, 1, 1)], 1),
        ([(2, ALWAYS, 1, 1)], 0),
    ],
    ids=["always", "skip", "stop", "other channel", "the first failed", "no such channel", "another policy"],
)
def test_rules_of_a_policy(alarmed: Callable[..., Alarmed], table: list[Any], sent: int) -> None:
    """IPMI 2.0 table 17-4.  Destination 2 is nowhere."""
    machine = alarmed()
    rows(machine, *table)
    assert len(machine.event()) == sent


def test_the_next_row_waits_for_the_acknowledgement(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(acknowledge_required=True, acknowledge_timeout=1, retries=0)
    machine.command.set_alert_destination("127.0.0.1", destination=2)
    rows(machine, (1, ALWAYS, 1, 1), (1, STOP, 1, 2))
    (trap,) = machine.event()
    Pet(machine.command._call()).acknowledge(trap.variable)
    machine.bench.wait(10.0)
    assert machine.receiver.all() == [], "it came, so that is all"
    assert len(machine.event()) == 1
    machine.bench.wait(2.1)
    assert len(machine.receiver.all()) == 1, "nobody said that it came, so the next one is told"


def test_the_lowest_policy_and_the_highest_severity_count(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed()
    machine.command.set_alert_destination("127.0.0.1", destination=2)
    rows(machine, (1, ALWAYS, 1, 1), (2, ALWAYS, 1, 2))
    part = machine.pef()
    part.write(pef.EventFilter(set_selector=6, enabled=True, alert=True, policy=2, severity=pef.Severity.OK, sensor_type=1))
    part.write(pef.EventFilter(set_selector=7, enabled=True, alert=True, policy=1, severity=pef.Severity.NON_RECOVERABLE, sensor_type=1))
    (trap,) = machine.event()
    assert read(trap).severity_code == 0x20


@pytest.mark.parametrize("specific", [False, True])
def test_alert_strings(alarmed: Callable[..., Alarmed], specific: bool) -> None:
    """IPMI 2.0 §17.16.1: in a field of its own, 80h."""
    machine = alarmed()
    part = machine.pef()
    part.set_string(2, "Sim: too hot, and that is all")
    part.write(pef.StringKeys(set_selector=2, filter_number=1, string_set=5))
    part.write(
        pef.AlertPolicy(set_selector=1, policy=1, enabled=True, channel=1, destination=1, event_specific=specific, string=5 if specific else 2)
    )
    assert read(machine.event()[0]).alert_text == "Sim: too hot, and that is all"


def test_a_guid_and_a_community_of_ones_own(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed()
    machine.command.set_alert_community("secret-name")
    guid = bytes(range(16))
    machine.pef().write(pef.PefGuid(used=True, guid=guid))
    (trap,) = machine.event()
    assert (trap.community, trap.variable[:16]) == (b"secret-name", guid)


def test_what_was_done_is_logged(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed()
    sel: Any = machine.bench.machine.parts["sel"]
    machine.event()
    assert list(sel.entries.values())[-1][10:].hex(" ") == "12 73 6f c4 01 ff"
    last = machine.raw(0x15)["data"]
    assert bytes(last[8:10]) == bytes(last[4:6]), "the BMC has processed the last event"


def test_alerts_wait_for_the_timer(alarmed: Callable[..., Alarmed]) -> None:
    """IPMI 2.0 §17.3: software may take care of the event meanwhile."""
    machine = alarmed()
    machine.raw(0x11, b"\x0a")
    assert machine.event() == []
    machine.bench.wait(11.0)
    assert len(machine.receiver.all()) == 1
    machine.event()
    last = list(machine.bench.machine.parts["sel"].entries)[-1]  # type: ignore[attr-defined]
    machine.raw(0x14, b"\x00" + last.to_bytes(2, "little"))
    machine.bench.wait(11.0)
    assert machine.receiver.all() == []


def test_alert_immediate(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(acknowledge_required=True, acknowledge_timeout=1, retries=0)
    assert machine.raw(ALERT_IMMEDIATE, b"\x01\x01\x00")["code"] == 0
    (trap,) = machine.receiver.all()
    assert (trap.specific, read(trap).severity_code) == (0, 0)
    assert bytes(machine.raw(ALERT_IMMEDIATE, b"\x01\x40\x00")["data"]) == b"\xff"
    assert machine.raw(ALERT_IMMEDIATE, b"\x01\x01\x00")["code"] == 0x81
    Pet(machine.command._call()).acknowledge(trap.variable)
    assert bytes(machine.raw(ALERT_IMMEDIATE, b"\x01\x40\x00")["data"]) == b"\x01"
    event = bytes.fromhex("20 04 04 33 01 50 10 20")
    assert machine.raw(ALERT_IMMEDIATE, b"\x01\x01\x00" + event)["code"] == 0
    found = read(machine.receiver.all()[0])
    assert (found.sensor_device, found.sensor_type_name, found.sensor_number, found.offset) == (0x20, "Fan", 0x33, 0)
    machine.bench.wait(5.0)
    assert bytes(machine.raw(ALERT_IMMEDIATE, b"\x01\x40\x00")["data"]) == b"\x03", "nobody acknowledged"
    assert machine.raw(ALERT_IMMEDIATE, b"\x01\x02\x00")["code"] == 0
    assert bytes(machine.raw(ALERT_IMMEDIATE, b"\x01\x40\x00")["data"]) == b"\x02", "there is no such destination"


def test_a_bmc_that_was_reset_has_forgotten_its_alerts(alarmed: Callable[..., Alarmed]) -> None:
    machine = alarmed(acknowledge_required=True, acknowledge_timeout=60, retries=3)
    assert len(machine.event()) == 1
    bmc = machine.bench.machine
    bmc.cold_reset()
    machine.bench.wait(300.0)
    assert not bmc.alerts.waiting
    assert machine.receiver.all() == []


@pytest.mark.parametrize(("action", "is_on"), [("power_down", False), ("reset", True)])
def test_other_actions_of_filters(alarmed: Callable[..., Alarmed], action: str, is_on: bool) -> None:
    """IPMI 2.0 table 17-1: of these the most important one, and alerts too."""
    machine = alarmed()
    machine.command.set_power("on", wait=True)
    machine.receiver.all()
    machine.raw(0x12, b"\x02\x2f")
    part = machine.pef()
    part.write(pef.EventFilter(set_selector=6, enabled=True, reset=True, sensor_type=1))
    if action == "power_down":
        part.write(pef.EventFilter(set_selector=7, enabled=True, power_down=True, sensor_type=1))
    assert len(machine.event()) == 1
    machine.bench.wait(20.0)
    power = machine.bench.machine.power
    assert power.is_on is is_on
    if is_on:
        assert machine.command.raw_command(0, 7)["data"][0] == 8, "restarted by the filters"


def test_a_sensor_of_the_server_tells_what_it_is_about(alarmed: Callable[..., Alarmed]) -> None:
    """A whole machine: its sensor crosses a threshold, and the trap has the sensor's entity."""
    machine = alarmed(profile="server")
    bmc: Any = machine.bench.machine
    sensors = bmc.parts["sensors"]
    key, sensor = next(
        (key, each) for key, each in sensors.sensors.items()
        if each.record.sensor_type == 1 and each.is_threshold and each.thresholds[4] is not None and each.assertion_mask >> 9 & 1
    )
    machine.command.set_power("on", wait=True)
    machine.receiver.all()
    sensor.thresholds[3:] = [0, 1, sensor.thresholds[5]]
    bmc.scan()
    found = [read(each) for each in machine.receiver.all()]
    trap = next(each for each in found if each.sensor_number == key[1])
    assert (trap.entity_id, trap.entity_instance) == (sensor.record.entity_id, sensor.record.entity_instance)
    assert trap.sensor_device == 0x20
    assert trap.offset == 9

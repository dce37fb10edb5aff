# SPDX-License-Identifier: Apache-2.0
"""The rack server: its records, what it measures, the controllers behind it, its log, its state as plain data."""
from __future__ import annotations

import json
from typing import Any

import pytest
from memory_bmc import MemoryBmc, command_over
from simulated import ask, events, machine_of

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.events import decode_event
from pyghmi.ipmi.domains.sensor import expand
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.sdr import EntityAssociation, FruLocator, McLocator, UnreadRecord, parse_record
from pyghmi.sim.profiles import PROFILES, profile_named


class AllBmc(MemoryBmc):
    """Sends what a client asks of other controllers through Send Message, as a real one does."""

    def __init__(self, machine: Any) -> None:
        super().__init__()
        self.machine = machine

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd, bytes(data)))
        target, lun = more.get("target"), more.get("lun") or 0
        self.time += 0.001
        if target is None:
            where = {"lun": lun} if lun else {}
            found = self.machine.answer({"netfn": netfn, "command": cmd, "data": bytearray(data), **where})
            return (int(found[0]), bytes(found[1]))
        message = ipmb.build_bridged_request(netfn, cmd, bytes(data), 5, target, lun)
        outer = ipmb.parse_request(message)
        assert outer is not None
        code, answer = self.machine.answer({"netfn": outer.netfn, "command": outer.cmd, "data": bytearray(outer.data)})
        if code:
            return code, b""
        inner = ipmb.unwrap_bridged((7, 0x34, 5, 0, answer))
        assert inner is not None
        return inner[3], inner[4]


def test_records() -> None:
    machine = machine_of()
    raw = machine.parts["sensors"].records
    records = [parse_record(each) for each in raw]
    assert not [each for each in records if isinstance(each, UnreadRecord)]
    assert all(each[4] == len(each) - 5 for each in raw)
    sensors = expand(records)
    assert 100 <= len(sensors) <= 130
    names = [sensor.name for sensor in sensors]
    assert len(set(names)) == len(names)
    assert {0x20, 0x82, 0x2C} == {sensor.record.owner_id for sensor in sensors}
    assert {each.name for each in records if isinstance(each, McLocator)} == {"BMC", "Backplane", "Mgmt Engine"}
    assert len([each for each in records if isinstance(each, FruLocator)]) == 7
    assert len([each for each in records if isinstance(each, EntityAssociation)]) == 3


def test_values_follow_the_power() -> None:
    machine = machine_of()
    model = machine.model
    machine.clock.advance(30.0)
    assert model.power_w() < 25
    assert model.temperatures().keys() == {0x40, 0x42}
    machine.power_on()
    machine.clock.advance(10.0)
    starting = model.power_w()
    machine.clock.advance(300.0)
    assert 130 < model.power_w() < starting
    hot = model.temperatures()[0x41][1]
    assert hot > model.temperatures()[0x40][1] + 10
    machine.power_off()
    machine.clock.advance(600.0)
    model.follow()
    assert model.degrees["cpu1"] < min(hot - 10, model.inlet + 3)
    assert ask(machine, 4, 0x2D, "30")[1].startswith("00 e0"), "fans are not read while it is off"


def readings(seed: int, looks: int = 1) -> list[Any]:
    machine = machine_of(seed=seed)
    machine.power_on()
    for _look in range(looks):
        machine.clock.advance(120.0 / looks)
        machine.parts["sensors"].scan()
    return [sensor.told for sensor in machine.parts["sensors"].sensors.values()]


def test_they_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert readings(1) == readings(1, looks=40)
    assert readings(1) != readings(2)


def test_dcmi_power_follows() -> None:
    machine = machine_of()
    machine.power_on()
    machine.clock.advance(120.0)
    current, least, most, average = (int.from_bytes(bytes.fromhex(ask(machine, 0x2C, 2, "dc 01 00 00")[1])[at : at + 2], "little") for at in (1, 3, 5, 7))
    assert current == machine.model.power_w()
    assert 100 < least <= average <= most < 500


def test_our_client_reads_all_of_it() -> None:
    machine = machine_of()
    machine.power_on()
    machine.clock.advance(100.0)
    command = command_over(AllBmc(machine))
    found = {each.name: each for each in command.get_sensor_data()}
    assert len(found) > 100
    assert not [each.name for each in found.values() if each.unavailable]
    assert {"Drive 1", "Drive 8", "Backplane Temp", "Node Power", "Node Inlet"} <= set(found)
    assert abs(found["Node Power"].value - 0.92 * machine.model.power_w()) <= 4
    assert command.get_health()["badreadings"] == []
    inventory = dict(command.get_inventory())
    assert {"System", "PSU 1", "PSU 2", "Riser 1", "DIMM A1", "Backplane"} <= set(inventory)


# --- behind the BMC


def bridged(machine: Any, message: bytes, channel: int, *, tracked: bool = True) -> Any:
    data = bytes(((0x40 if tracked else 0) | channel,)) + message
    code, answer = ask(machine, 6, 0x34, data.hex())
    return code if code else ipmb.parse_response(bytes.fromhex(answer)) if answer else b""


def request(netfn: int, cmd: int, data: str, address: int, lun: int = 0, own: int = 0x20) -> bytes:
    return ipmb.build_ipmb_request(ipmb.Request(netfn, cmd, 9, bytes.fromhex(data), address, lun, own))


def test_controllers_have_sensors_at_their_luns() -> None:
    machine = machine_of()
    found = bridged(machine, request(6, 1, "", 0x2C), 6)
    assert (found[3], found[4][0]) == (0, 0x50)
    assert bridged(machine, request(4, 0x2D, "01", 0x2C, lun=1), 6)[3] == 0
    assert bridged(machine, request(4, 0x2D, "01", 0x2C), 6)[3] == 0xC1, "not at LUN 0"
    assert bridged(machine, request(4, 0x2D, "01", 0x2C, lun=2), 6)[3] == 0xC2
    assert bridged(machine, request(6, 1, "", 0x2C), 0) == 0x83, "not on this channel"
    assert bridged(machine, request(4, 0x20, "00", 0x82), 0)[4][0] == 10, "device SDRs: sensors"
    assert bridged(machine, request(0x0A, 0x10, "00", 0x82), 0)[4] == b"\x00\x01\x00"


def test_one_deeper() -> None:
    machine = machine_of()
    inner = b"\x47" + request(6, 1, "", 0x90, own=0x82)
    found = bridged(machine, request(6, 0x34, inner.hex(), 0x82), 0)
    deepest = ipmb.parse_response(found[4])
    assert deepest is not None
    assert deepest[4][0] == 0x90
    assert bridged(machine, request(6, 1, "", 0x90), 0) == 0x83, "the BMC itself does not reach it"


def test_what_is_not_tracked_waits() -> None:
    """IPMI 2.0 §22.6: Get Message gives the channel, then the message without the address in front; 80h: none is there."""
    machine = machine_of()
    assert ask(machine, 6, 0x33) == (0x80, "")
    assert bridged(machine, request(6, 4, "", 0x82), 0, tracked=False) == b""
    code, answer = ask(machine, 6, 0x33)
    assert (code, answer[:2]) == (0, "00")
    message = ipmb.parse_response(b"\x20" + bytes.fromhex(answer)[1:])
    assert message is not None
    assert message[3:] == (0, b"\x55\x00")
    assert ask(machine, 6, 0x33) == (0x80, "")


def test_their_events_name_them() -> None:
    machine = machine_of()
    before = len(machine.parts["sel"].entries)
    machine.parts["bridge"].buses[0][0x82].sensors[0].pin("Backplane Temp", 56)
    (record,) = list(machine.parts["sel"].entries.values())[before:]
    assert record[7:9] == b"\x82\x00"
    assert events(machine, before) == [(1, 1, 1, "57 38 37")]


# --- profiles, log, state


def test_the_log() -> None:
    for name, count in (("server", 14), ("full-sel", 1000), ("small", 13)):
        machine = machine_of(name)
        entries = list(machine.parts["sel"].entries.values())
        assert len(entries) == count
        stamps = [int.from_bytes(entry[3:7], "little") for entry in entries if entry[2] < 0xE0]
        assert stamps == sorted(stamps)
        assert stamps[-1] <= machine.clock.time()
        assert not [entry for entry in entries if decode_event(entry).kind is None]


def test_there_is_no_such_profile() -> None:
    with pytest.raises(InvalidParameterValue, match="no profile 'x': small, server, full-sel"):
        profile_named("x")
    assert profile_named(PROFILES["small"]) is PROFILES["small"]


@pytest.mark.parametrize("profile", ["small", "server"])
def test_all_state_is_plain_data_and_comes_back(profile: str) -> None:
    machine = machine_of(profile)
    machine.power_on()
    machine.clock.advance(90.0)
    asked = [
        (0x00, 0x06, "02"), (0x00, 0x08, "05e008000000"), (0x00, 0x0B, "07"), (0x06, 0x45, "03" + b"other".ljust(16, b"\0").hex()),
        (0x06, 0x47, "0302" + b"word".ljust(16, b"\0").hex()), (0x06, 0x24, "040100002003"), (0x06, 0x22, ""),
        (0x04, 0x26, "01 08 00 00 00 30 00 00"), (0x0C, 0x01, "0103c0000263"), (0x2C, 0x08, "dc 00 03 414243"),
        (0x0A, 0x44, "0000 02 00000000 2000 04 01 30 01 57 40 30"), (0x06, 0x58, "01 00 00 03 414243" + "00" * 11),
    ]
    for netfn, cmd, data in asked:
        assert ask(machine, netfn, cmd, data)[0] == 0, (netfn, cmd)
    state = json.loads(json.dumps(machine.state()))
    other = machine_of(profile)
    other.restore(state)
    assert json.loads(json.dumps(other.state())) == state
    for netfn, cmd, data in (
        (0x00, 0x01, ""), (0x00, 0x09, "050000"), (0x06, 0x46, "03"), (0x06, 0x24 + 1, ""), (0x04, 0x27, "01"), (0x0C, 0x02, "01030000"),
        (0x2C, 0x06, "dc 00 10"), (0x0A, 0x40, ""), (0x06, 0x59, "00010000"), (0x04, 0x2D, "01"),
    ):
        assert ask(other, netfn, cmd, data) == ask(machine, netfn, cmd, data), (netfn, cmd)
    assert other.authdata.find(b"other", None).password == b"word"

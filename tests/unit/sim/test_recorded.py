# SPDX-License-Identifier: Apache-2.0
"""Recording a simulated machine and playing it: the same answers."""
from __future__ import annotations

import json
from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue, TimedOut
from pyghmi.ipmi.protocol import ipmb
from pyghmi.sim import recorded
from pyghmi.sim.clock import ManualClock
from pyghmi.sim.machine import SimulatedBmc
from pyghmi.sim.quirks import misbehave
from pyghmi.sim.snapshot import Recorder


class Direct:
    """A `Requester` that asks a machine without a network."""

    def __init__(self, machine: SimulatedBmc, silent: tuple[int, int] | None = None) -> None:
        self.machine = machine
        self.silent = silent
        self.asked: list[tuple[int, int]] = []
        self.agreement = None

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd))
        if (netfn, cmd) == self.silent:
            raise TimedOut("timeout")
        if more.get("target") is not None:
            return self._behind(more["target"], netfn, cmd, data, more.get("lun", 0))
        request: dict[str, Any] = {"netfn": netfn, "command": cmd, "data": bytearray(data)}
        if more.get("lun"):
            request["lun"] = more["lun"]
        reply = self.machine.answer(request)
        assert reply is not None
        return reply

    def _behind(self, target: Any, netfn: int, cmd: int, data: bytes, lun: int) -> tuple[int, bytes]:
        message = ipmb.build_ipmb_request(ipmb.Request(netfn, cmd, 1, data, target.address, lun, 0x20, 2))
        code, answer = self.machine.parts["bridge"].send(bytes((0x40 | target.channel,)) + message)  # type: ignore[attr-defined]
        if code:
            raise TimedOut("nobody there")
        return answer[6], answer[7:-1]

    def request(self, req: Any, **more: Any) -> Any:
        from pyghmi.ipmi.domains.requester import answer_of

        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), **more))

    def wait(self, _seconds: float) -> None:
        return

    def now(self) -> float:
        return 0.0


@pytest.fixture
def machine() -> Any:
    found = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock())
    found.power_on()
    yield found
    found.logout()


@pytest.fixture
def player() -> Any:
    found = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock())
    yield found
    found.logout()


def test_every_answer_is_played(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    content = json.loads(json.dumps(Recorder(Direct(machine)).record()))
    assert content["problems"] == []
    recorded.install(player, content, "x")
    for row in content["answers"]:
        request = {"netfn": row["netfn"], "command": row["command"], "data": bytearray.fromhex(row["data"])}
        assert player.answer(request) == (row["code"], bytes.fromhex(row["answer"])), row
    again = json.loads(json.dumps(Recorder(Direct(player)).record()))
    assert {name: again[name] for name in ("records", "sensors", "frus", "log")} == {
        name: content[name] for name in ("records", "sensors", "frus", "log")
    }
    assert player.get_power_state() == "on"


def test_what_was_recorded_misbehaves(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    machine.parts["sensors"].records.pop(3)  # type: ignore[attr-defined]
    content = json.loads(json.dumps(Recorder(Direct(machine)).record()))
    recorded.install(player, content, "x")
    misbehave(player, "D16,N14,F07")
    again = Recorder(Direct(player)).record()
    assert len(again["records"]) == len(content["records"]) + 2
    assert sum("c454656d70" in record for record in again["records"]) == 3
    assert again["frus"] != content["frus"]


@pytest.mark.parametrize("row", ["B05", "B06", "B09", "D10", "D13", "D17", "D20", "N06", "N17"])
def test_rows_that_need_what_was_not_recorded(machine: SimulatedBmc, player: SimulatedBmc, row: str) -> None:
    machine.parts["sensors"].records.clear()  # type: ignore[attr-defined]
    recorded.install(player, json.loads(json.dumps(Recorder(Direct(machine)).record())), "x")
    with pytest.raises(InvalidParameterValue, match="this machine has no"):
        misbehave(player, row)


def test_what_lies_behind_is_played() -> None:
    """Controllers on other buses, with sensors at other LUNs, and FRUs."""
    machine = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock(), profile="server")
    player = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock())
    machine.power_on()
    machine.clock.advance(60.0)  # type: ignore[attr-defined]
    content = json.loads(json.dumps(Recorder(Direct(machine)).record()))
    places = {(row["channel"], row["address"]): row for row in content["controllers"]}
    assert set(places) == {(0, 0x82), (6, 0x2C)}
    assert len(places[0, 0x82]["frus"]) == 1
    assert {row["lun"] for row in places[6, 0x2C]["sensors"]} == {1}
    recorded.install(player, content, "x")
    again = json.loads(json.dumps(Recorder(Direct(player)).record()))
    assert again["controllers"] == content["controllers"]
    assert again["frus"] == content["frus"]
    machine.logout()
    player.logout()


def test_own_sensors_at_other_luns_are_played(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    content = json.loads(json.dumps(Recorder(Direct(machine)).record()))
    record = bytearray.fromhex(next(record for record in content["records"] if record[6:8] == "01"))
    record[6:8] = bytes((3, 0x77))
    content["records"].append(record.hex())
    content["sensors"].append({"lun": 3, "number": 0x77, "reading": "42c000", "thresholds": 0xC1})
    recorded.install(player, content, "x")
    direct = Direct(player)
    assert direct.exchange(0x04, 0x2D, b"\x77", lun=3) == (0, bytes.fromhex("42c000"))
    assert direct.exchange(0x04, 0x27, b"\x77", lun=3) == (0xC1, b"")
    assert direct.exchange(0x04, 0x2D, b"\x77") == (0xCB, b"")
    assert direct.exchange(0x04, 0x2D, b"\x77", lun=2)[0] == 0xC2


def test_only_what_changes_nothing_is_asked(machine: SimulatedBmc) -> None:
    direct = Direct(machine)
    before = machine.state()
    Recorder(direct).record()
    after = machine.state()
    assert {name: before["parts"][name] for name in before["parts"] if name not in ("sensors", "sel")} == {
        name: after["parts"][name] for name in after["parts"] if name not in ("sensors", "sel")
    }
    assert (0x0A, 0x47) not in direct.asked
    assert (0x06, 0x47) not in direct.asked


def test_what_is_silent_is_noted(machine: SimulatedBmc) -> None:
    content = Recorder(Direct(machine, silent=(0x00, 0x0F))).record()
    assert content["problems"] == ["00h/0Fh : no answer"]


def test_the_community_is_not_recorded(machine: SimulatedBmc) -> None:
    content = Recorder(Direct(machine)).record()
    (row,) = [row for row in content["answers"] if (row["netfn"], row["command"]) == (0x0C, 2) and row["data"] == "01100000"]
    assert bytes.fromhex(row["answer"])[1:].rstrip(b"\0") == b"public"


@pytest.mark.parametrize("damage", ["answers", "records", "frus", "log", "format"])
def test_a_damaged_recording_is_refused(machine: SimulatedBmc, player: SimulatedBmc, damage: str) -> None:
    content = Recorder(Direct(machine)).record()
    content[damage] = 7
    with pytest.raises(InvalidParameterValue):
        recorded.install(player, content, "x")

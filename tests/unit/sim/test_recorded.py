# SPDX-License-Identifier: Apache-2.0
"""Recording a simulated machine and playing it: the same answers."""
from __future__ import annotations

import json
from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue, TimedOut
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.spec.request import Target
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
        about_sessions = self.machine.core.sessionless.table.get((netfn, cmd))
        reply = self.machine.answer(request) if about_sessions is None else about_sessions(data)
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
    content = json.loads(json.dumps(Recorder(Direct(machine), clock=machine.clock.time).record()))
    assert content["problems"] == []
    recorded.install(player, content, "x")
    for row in content["answers"]:
        request = {"netfn": row["netfn"], "command": row["command"], "data": bytearray.fromhex(row["data"])}
        if (row["netfn"], row["command"]) == (0x06, 0x54):
            assert player.core.sessionless.table[0x06, 0x54](bytes.fromhex(row["data"])) == (row["code"], bytes.fromhex(row["answer"]))
        elif (row["netfn"], row["command"]) == (0x06, 0x56):
            assert row["answer"] == "", "no key is recorded"
            assert player.answer(request) == machine.answer(request)
        else:
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


def played(machine: SimulatedBmc, player: SimulatedBmc) -> tuple[dict[str, Any], Direct, Direct]:
    """Record a machine and play it; returns what was recorded, and who asks the one and the other."""
    content = json.loads(json.dumps(Recorder(Direct(machine), clock=machine.clock.time).record()))
    recorded.install(player, content, "x")
    return content, Direct(machine), Direct(player)


def test_all_that_is_asked_of_sensors_is_recorded(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    content, original, copy = played(machine, player)
    assert {name for row in content["sensors"] for name in row} >= {"reading", "thresholds", "hysteresis", "events", "status"}
    for row in content["sensors"]:
        for cmd, data in ((0x25, b"\xff"), (0x27, b""), (0x29, b""), (0x2B, b""), (0x2D, b"")):
            asked = bytes((row["number"],)) + data
            assert copy.exchange(4, cmd, asked) == original.exchange(4, cmd, asked), (cmd, asked)
    changing = next(row for row in content["sensors"] if original.exchange(4, 0x24, bytes((row["number"], 0xFF, 2, 2)))[0] == 0)
    assert copy.exchange(4, 0x24, bytes((changing["number"], 0xFF, 5, 6)))[0] == 0
    assert copy.exchange(4, 0x25, bytes((changing["number"], 0xFF))) == (0, b"\x05\x06")
    for cmd, data in ((0x28, b"\xc0"), (0x2A, b"\0")):
        assert copy.exchange(4, cmd, bytes((changing["number"],)) + data) == (0, b"")


def test_a_controller_has_its_own_records_and_frus(player: SimulatedBmc) -> None:
    machine = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock(), profile="server")
    content, original, copy = played(machine, player)
    row = next(row for row in content["controllers"] if row["address"] == 0x82)
    assert len(row["records"]) == 3
    assert row["device_sdrs"]
    for cmd, data in ((0x20, b""), (0x20, b"\1"), (0x21, b"\0\0\0\0\0\xff"), (0x2D, b"\1"), (0x25, b"\1\xff")):
        assert copy.exchange(4, cmd, data, target=Target(0x82, 0)) == original.exchange(4, cmd, data, target=Target(0x82, 0))
    for netfn, cmd, data in ((6, 1, b""), (0x0A, 0x10, b"\0"), (0x0A, 0x11, b"\0\0\0\x08"), (0x0A, 0x20, b""), (0x0A, 0x10, b"\7")):
        assert copy.exchange(netfn, cmd, data, target=Target(0x82, 0)) == original.exchange(netfn, cmd, data, target=Target(0x82, 0))
    machine.logout()


def test_event_filters_are_recorded_to_the_last(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    _content, original, copy = played(machine, player)
    filters, policies, strings = (original.exchange(4, 0x13, bytes((number, 0, 0)))[1][1] for number in (5, 8, 11))
    assert min(filters, policies, strings) > 1
    for number, count in ((6, filters), (7, filters), (9, policies), (12, strings)):
        for each in range(1, count + 3):
            asked = bytes((number, each, 0))
            assert copy.exchange(4, 0x13, asked) == original.exchange(4, 0x13, asked), asked
    assert copy.exchange(4, 0x13, b"\x0d\1\1") == original.exchange(4, 0x13, b"\x0d\1\1")


def test_dcmi_is_played_in_any_parts(player: SimulatedBmc) -> None:
    machine = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock(), profile="server")
    machine.power_on()
    _content, original, copy = played(machine, player)
    texts = [(cmd, bytes((0xDC, at, count))) for cmd in (6, 9) for at, count in ((0, 1), (3, 5), (0, 16), (16, 16), (60, 9))]
    lists = [
        (cmd, bytes((0xDC, 1, entity, instance, start)))
        for cmd in (7, 0x10) for entity in (0x40, 0x41, 0x42, 0x37, 0x99) for instance in (0, 1, 2) for start in (0, 1, 2, 3)
    ]
    others = [(1, b"\xdc\2"), (2, b"\xdc\1\0\0"), (2, b"\xdc\2\5\0"), (3, b"\xdc\0\0"), (0x13, b"\xdc\3\0"), (0x13, b"\xdc\x77\0")]
    for cmd, data in texts + lists + others:
        code, answer = original.exchange(0x2C, cmd, data)
        assert copy.exchange(0x2C, cmd, data) == (code, answer if code == 0 or cmd in (3, 6, 9) else b""), (cmd, data)
    machine.logout()


def test_the_chassis_keeps_on_living(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    _content, original, copy = played(machine, player)
    assert copy.exchange(0, 6, b"\3") == original.exchange(0, 6, b"\3") == (0, b"\7")
    before = copy.exchange(0, 1)[1]
    assert copy.exchange(0, 6, b"\2") == (0, b"\7")
    after = copy.exchange(0, 1)[1]
    assert (after[0] >> 5 & 3, after[1:]) == (2, before[1:])
    assert copy.exchange(0, 6, b"\x07")[0] == original.exchange(0, 6, b"\x07")[0] != 0
    assert [copy.exchange(0, 9, bytes((7, block, 0))) for block in range(6)] == [
        original.exchange(0, 9, bytes((7, block, 0))) for block in range(6)
    ]


@pytest.mark.parametrize("told", [1_700_000_000, 5000])
def test_clocks_go_on(machine: SimulatedBmc, player: SimulatedBmc, told: int) -> None:
    """That of a BMC that knows the date has gone on since; of one that does not, it begins there."""
    content = Recorder(Direct(machine), clock=lambda: 1_600_000_000.0).record()
    for row in content["answers"]:
        if row["netfn"] == 0x0A and row["command"] in (0x28, 0x48):
            row["answer"] = told.to_bytes(4, "little").hex()
    recorded.install(player, content, "x")
    since = int(player.clock.time()) - 1_600_000_000 if told > 0x20000000 else 0
    player.clock.advance(7.0)  # type: ignore[attr-defined]
    for cmd in (0x28, 0x48):
        assert Direct(player).exchange(0x0A, cmd)[1] == (told + since + 7).to_bytes(4, "little")


def test_cipher_suites_are_told(player: SimulatedBmc) -> None:
    machine = SimulatedBmc({"admin": "secret"}, 0, clock=ManualClock(), suites=(3, 8))
    _content, original, copy = played(machine, player)
    for channel in (1, 0x0E):
        for listed in (0x80, 0x00, 0x81):
            asked = bytes((channel, 0, listed))
            assert copy.exchange(6, 0x54, asked) == original.exchange(6, 0x54, asked), asked
    assert player.core.sessionless.table[6, 0x54](b"\x0e\0\x80") == original.exchange(6, 0x54, b"\x0e\0\x80")
    machine.logout()


def test_problems_of_the_lists_are_noted(machine: SimulatedBmc) -> None:
    machine.parts["sel"].entries[9] = b"\x09\0"  # type: ignore[attr-defined]
    content = Recorder(Direct(machine)).record()
    assert [problem for problem in content["problems"] if problem.startswith("event log: ")]


def test_events_that_come_later_stand_behind_the_recorded_ones(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    content, _original, copy = played(machine, player)
    added = bytes(2) + bytes.fromhex("02000000002000040105016f02ffff")[:14]
    code, answer = copy.exchange(0x0A, 0x44, added)
    assert code == 0
    entries = player.parts["sel"].entries  # type: ignore[attr-defined]
    assert [record.hex() for record in entries.values()][:-1] == content["log"]
    assert list(entries)[-1] == int.from_bytes(answer, "little") == int.from_bytes(bytes.fromhex(content["log"][-1])[:2], "little") + 1


def test_ids_that_begin_anew_leave_the_old_entries(player: SimulatedBmc) -> None:
    log: Any = player.parts["sel"]
    log.hold(number.to_bytes(2, "little") + bytes(14) for number in (3, 4, 1, 2))
    assert log.append(bytes(16)) == 5
    assert list(log.entries) == [3, 4, 1, 2, 5]


def test_an_older_file_is_played(machine: SimulatedBmc, player: SimulatedBmc) -> None:
    """One without the keys that came later."""
    content = Recorder(Direct(machine)).record()
    for key in ("time", "device_sdrs"):
        del content[key]
    for row in content["controllers"]:
        del row["records"], row["device_sdrs"]
    recorded.install(player, content, "x")
    assert Direct(player).exchange(6, 1)[0] == 0


DAMAGES: tuple[tuple[tuple[Any, ...], Any, str], ...] = (
    (("format",), 7, "has format 7"),
    (("answers",), 7, "answers is 7, and should be a list"),
    (("answers", 3), [], r"answers\[3\] is \[\], and should have names and values"),
    (("answers", 3, "code"), 999, r"answers\[3\]\.code is 999, and should be a number from 0 to 255"),
    (("answers", 3, "code"), True, r"answers\[3\]\.code is True"),
    (("answers", 3, "netfn"), "6", r"answers\[3\]\.netfn is '6', and should be a number from 0 to 63"),
    (("answers", 3, "data"), None, r"answers\[3\]\.data is missing"),
    (("answers", 3, "answer"), "abc", r"answers\[3\]\.answer is 'abc', and should be bytes in hexadecimal"),
    (("records",), {}, "records is {}, and should be a list"),
    (("records", 0), "0100", r"records\[0\] has 2 bytes, and should have 5 to 260"),
    (("sensors", 0, "lun"), 4, r"sensors\[0\]\.lun is 4"),
    (("sensors", 0, "reading"), [1], r"sensors\[0\]\.reading is \[1\]"),
    (("frus",), [], r"frus is \[\], and should have names"),
    (("frus",), {"x": "00"}, "frus has 'x' where the number of a FRU belongs"),
    (("log", 0), "00" * 15, r"log\[0\] has 15 bytes, and should have 16"),
    (("controllers", 0, "answers"), "x" * 90, r"controllers\[0\]\.answers is 'x+\.\.\., and should be a list"),
    (("controllers", 0, "address"), -1, r"controllers\[0\]\.address is -1"),
    (("time",), "now", "time is 'now'"),
)


@pytest.mark.parametrize(("place", "value", "message"), DAMAGES)
def test_a_damaged_recording_is_refused(
    machine: SimulatedBmc, player: SimulatedBmc, place: tuple[Any, ...], value: Any, message: str
) -> None:
    content = json.loads(json.dumps(Recorder(Direct(machine)).record()))
    content["controllers"] = content["controllers"] or [{"address": 0x82, "channel": 0, "answers": [], "sensors": [], "frus": {}}]
    inside = content
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    table = dict(player.table)
    with pytest.raises(InvalidParameterValue, match=message):
        recorded.install(player, content, "x")
    assert player.table == table, "nothing was changed"

# SPDX-License-Identifier: Apache-2.0
"""Switches of section N, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.constants import Health
from tests.loopback.quirk_lab import MakeLab, QuirkLab

SENSOR, READING, THRESHOLDS, EVENTS = 0x04, 0x2D, 0x27, 0x29
INLET, SUPPLY_1, SUPPLY_2 = 0x01, 0x38, 0x39
ABSENT = (0xCB, 0xCD, 0xC9, 0xCE, 0xD5, 0xFF, 0xD3, 0xCC, 0xC3, 0xC0)


def answer(bench: QuirkLab, number: int = INLET, cmd: int = READING, lun: int = 0) -> tuple[int, bytes]:
    """Return the code and data of the answer of a sensor, as they come over the wire."""
    link = bench.links[0] if bench.links else bench.opened()
    bench.wire.clear()
    bench.ask(link, SENSOR, cmd, bytes((number,)), lun=lun)
    message = bench.inside(link)[-1]
    return message[6], message[7:-1]


def sweep(bench: QuirkLab) -> dict[str, Any]:
    return {reading.name: reading for reading in bench.command().get_sensor_data()}


def asked(bench: QuirkLab, number: int) -> int:
    return sum(each == (SENSOR, READING, bytes((number,))) for each in bench.machine.executed)


def record_of(bench: QuirkLab, name: bytes) -> bytes:
    parts: dict[str, Any] = dict(bench.machine.parts)
    return next(raw for raw in parts["sensors"].records if raw.endswith(name))


def test_N01_codes_of_sensors_that_are_not_there(lab: MakeLab) -> None:
    bench = lab("N01")
    numbers = (1, 2, 3, 4, 0x10, 0x11, 0x12, 0x20, 0x21, 0x30)
    assert [answer(bench, number)[0] for number in numbers] == list(ABSENT)
    bench.machine.executed.clear()
    found = list(bench.command().read_sensors())
    assert [reading.code for reading in found[:10]] == list(ABSENT)
    assert all(reading.unavailable and reading.value is None for reading in found[:10])
    assert found[10].value == 8.0
    assert "CPU2 Temp" in sweep(bench)
    assert "Inlet Temp" not in sweep(bench)


@pytest.mark.parametrize(("size", "value"), [("0", None), ("1", 22.0), ("2", 22.0), ("3", 22.0), ("4", 22.0)])
def test_N02_readings_without_states(lab: MakeLab, size: str, value: float | None) -> None:
    bench = lab(f"N02:{size}")
    assert [len(answer(bench, number)[1]) for number in (INLET, SUPPLY_1)] == [int(size)] * 2
    found = sweep(bench)
    assert (found["Inlet Temp"].value, found["Inlet Temp"].states) == (value, [])
    assert found["PSU 1 Status"].states == (["Present"] if size in "34" else [])


def test_N03_all_states(lab: MakeLab) -> None:
    bench = lab("N03")
    assert answer(bench, SUPPLY_1)[1][2:] == b"\xff\x7f"
    found = sweep(bench)["Intrusion"]
    assert found.raw_states == 0x7FFF
    assert 0 < len(found.states) < 15


def test_N04_said_not_to_be_scanned(lab: MakeLab) -> None:
    bench = lab("N04")
    assert answer(bench)[1][:2] == b"\x16\x80"
    found = sweep(bench)["Inlet Temp"]
    assert (found.unavailable, found.value, found.raw, found.unscanned_value) == (1, None, 22, 22.0)
    assert found.problem == "the BMC does not scan it"


def test_N05_states_and_a_number(lab: MakeLab) -> None:
    bench = lab("N05")
    assert answer(bench, 0xA0) == (0, b"\x20\xc0\x01\x80")
    assert record_of(bench, b"Supply In")[13] == 0x6F
    found = sweep(bench)["Supply In"]
    assert (found.value, found.units, found.states) == (32.0, "W", ["Present"])


def test_N06_an_absent_sensor_takes_long(lab: MakeLab) -> None:
    bench = lab("N06")
    began = bench.reactor.clock()
    assert answer(bench)[0] == 0xCB
    assert 5.0 <= bench.reactor.clock() - began < 8.0
    command = bench.command()
    command.get_sensors()
    bench.machine.executed.clear()
    began = bench.reactor.clock()
    first, *others = command.get_sensor_data()
    assert (first.name, first.value, first.unavailable) == ("Inlet Temp", None, 1)
    assert len(others) == 19
    assert bench.reactor.clock() - began < 8.0
    began = bench.reactor.clock()
    assert len(list(command.get_sensor_data())) == 20
    assert bench.reactor.clock() - began < 1.0
    assert asked(bench, INLET) <= 3  # its repetitions


def test_N07_a_state_that_the_reading_contradicts(lab: MakeLab) -> None:
    bench = lab("N07")
    assert answer(bench)[1][:3] == b"\x16\xc0\xc2"
    command = bench.command()
    assert command.get_sensor_reading("Inlet Temp").states == ["lower critical threshold"]
    assert command.get_health() == {"health": Health.Ok, "badreadings": []}


def test_N08_thresholds_in_no_order(lab: MakeLab) -> None:
    bench = lab("N08")
    assert answer(bench, cmd=THRESHOLDS)[1][4:] == b"\1\1\1"
    command = bench.command()
    assert command.get_sensor_thresholds("Inlet Temp")["upper_critical"] == 1.0
    assert command.get_health() == {"health": Health.Ok, "badreadings": []}


def test_N09_only_the_highest_threshold(lab: MakeLab) -> None:
    bench = lab("N09")
    assert answer(bench)[1][:3] == b"\x30\xc0\xe0"
    command = bench.command()
    assert command.get_sensor_reading("Inlet Temp").health == Health.Failed
    assert command.get_health()["health"] == Health.Failed


def test_N10_nothing_and_present_are_both_well(lab: MakeLab) -> None:
    bench = lab("N10")
    assert [answer(bench, number)[1][2] for number in (SUPPLY_1, SUPPLY_2)] == [1, 0]
    assert bench.command().get_health() == {"health": Health.Ok, "badreadings": []}


def test_N11_all_curves_at_zero(lab: MakeLab) -> None:
    bench = lab("N11")
    curves = {record_of(bench, f"Curve {curve:02X}h".encode())[23] for curve in (*range(1, 12), 0x70)}
    assert curves == {*range(1, 12), 0x70}
    assert answer(bench, 0xA0)[1] == b"\x00\xc0\xc0"
    found = sweep(bench)
    shown = {name[6:9]: reading.value for name, reading in found.items() if name.startswith("Curve")}
    assert [shown[f"{curve:02X}h"] for curve in (1, 2, 3, 7)] == [None] * 4
    assert [shown[f"{curve:02X}h"] for curve in (4, 5, 6, 8, 9, 10, 11)] == [1.0] * 3 + [0.0] * 4
    assert shown["70h"] == 50.0  # 2 x 20 + 10, by the factors that it is asked for


def test_N12_signed_counts(lab: MakeLab) -> None:
    bench = lab("N12")
    told = [answer(bench, number)[1] for number in range(0xA0, 0xA4)]
    assert told == [bytes((at, 0xC0, 0xC0)) for at in (0xFF, 0x80, 0x80, 0x80)]
    assert [record_of(bench, name)[20] >> 6 for name in (b"Ones FF", b"Twos 80", b"No number")] == [1, 2, 3]
    found = sweep(bench)
    assert [found[name].value for name in ("Ones FF", "Ones 80", "Twos 80", "No number")] == [0.0, -127.0, -128.0, None]


@pytest.mark.parametrize(("variant", "reply"), [("bit", (0, b"\x00\xe0\x00")), ("gone", (0xCB, b""))])
def test_N13_while_the_host_is_off(lab: MakeLab, variant: str, reply: tuple[int, bytes]) -> None:
    bench = lab(f"N13:{variant}")
    assert not bench.machine.power_is_on
    assert answer(bench) == reply
    found = sweep(bench)
    assert not [reading for reading in found.values() if reading.value is not None]
    bench.command().set_power("on", wait=True)
    assert answer(bench)[1][:2] == b"\x17\xc0"
    assert sweep(bench)["Inlet Temp"].value == 23.0


def test_N14_two_sensors_of_a_number(lab: MakeLab) -> None:
    bench = lab("N14")
    assert [answer(bench, 0x61, lun=lun)[1][0] for lun in (0, 1)] == [212, 30]
    found = sweep(bench)
    assert (found["At LUN 0"].value, found["At LUN 1"].value) == (212.0, 30.0)


def test_N15_events_of_a_sensor_that_is_said_not_to_be_scanned(lab: MakeLab) -> None:
    bench = lab("N15")
    assert answer(bench, cmd=EVENTS)[1][0] == 0x80
    command = bench.command()
    assert command.get_sensor_events("Inlet Temp")["scanning"] is False
    assert command.get_sensor_reading("Inlet Temp").value == 22.0


@pytest.mark.parametrize(("code", "upper"), [("cd", 42.0), ("c9", None), ("cb", None)])
def test_N16_thresholds_are_refused(lab: MakeLab, code: str, upper: float | None) -> None:
    bench = lab(f"N16:{code}")
    assert answer(bench, cmd=THRESHOLDS)[0] == int(code, 16)
    command = bench.command()
    assert command.get_sensor_thresholds("Inlet Temp")["upper_critical"] == upper
    assert len(sweep(bench)) == 20


def test_N16_another_mask(lab: MakeLab) -> None:
    bench = lab("N16:mask")
    assert answer(bench, cmd=THRESHOLDS)[1][0] == 0x10
    assert record_of(bench, b"Inlet Temp")[18] == 0x3B
    found = bench.command().get_sensor_thresholds("Inlet Temp")
    assert {name for name, limit in found.items() if limit is not None} == {"upper_critical"}


def test_N17_a_full_record_of_a_sensor_for_events(lab: MakeLab) -> None:
    bench = lab("N17")
    assert record_of(bench, b"Not to read")[3] == 1
    assert answer(bench, 0xE0)[0] == 0xCD
    found = sweep(bench)
    assert (found["Not to read"].unavailable, found["Not to read"].code) == (1, 0xCD)
    assert len(found) == 21


def test_rows_go_together(lab: MakeLab) -> None:
    """Two bytes of each reading are left; what the other rows say of states is lost in that."""
    bench = lab("N02:2,N03,N04,N05,N07,N09,N10,N11,N12,N14,N15,N16,N17")
    found = sweep(bench)
    assert len(found) == 20 + 1 + 12 + 4 + 2 + 1
    assert found["Inlet Temp"].unscanned_value == 48.0

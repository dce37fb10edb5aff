# SPDX-License-Identifier: Apache-2.0
"""Switches of section B, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.ipmi.protocol import ipmb
from tests.loopback.quirk_lab import MakeLab, QuirkLab, response

SEND, FETCH, SENSOR, READING = (0x06, 0x34), (0x06, 0x33), 0x04, 0x2D
SATELLITE = {"addr": 0x82, "channel": 0}
TEMPERATURE = b"\x01"


def device_id(bench: QuirkLab) -> bytes:
    """Return what the controller behind says to Get Device ID, by our client."""
    return bytes(bench.command().raw_command(netfn=6, command=1, bridge_request=SATELLITE)["data"])


def packets(bench: QuirkLab, cmd: int = 1, netfn: int = 6) -> list[tuple[int, int]]:
    """Return (command, bytes) of the messages that the BMC sends for one message that it sends on."""
    link = bench.opened()
    bench.wire.clear()
    inner = ipmb.build_ipmb_request(ipmb.Request(netfn, cmd, 9, b"", 0x82, 0, 0x20, 2))
    bench.ask(link, *SEND, b"\x40" + inner)
    bench.wait(0.1)
    found = [response(message) for message in bench.inside(link)]
    assert None not in found
    return [(one[1], len(one[4])) for one in found if one is not None]


def messages(bench: QuirkLab) -> int:
    return sum((netfn, cmd) == SEND for netfn, cmd, _data in bench.machine.executed)


@pytest.mark.parametrize(("variant", "shape"), [("inside", [(0x34, 19)]), ("alone", [(0x34, 0), (0x01, 11)])])
def test_B01_two_ways(lab: MakeLab, variant: str, shape: list[tuple[int, int]]) -> None:
    bench = lab(f"B01:{variant}")
    assert packets(bench) == shape
    assert device_id(bench) == device_id(lab())


def test_B02_the_answer_comes_first(lab: MakeLab) -> None:
    bench = lab("B02")
    assert packets(bench) == [(0x01, 11), (0x34, 0)]
    assert device_id(bench) == device_id(lab())


@pytest.mark.parametrize("quirks", ["B03", "B03,B01:inside"])
def test_B03_from_the_bmc_itself(lab: MakeLab, quirks: str) -> None:
    bench = lab(quirks)
    link = bench.opened()
    bench.wire.clear()
    bench.ask(link, *SEND, b"\x40" + ipmb.build_ipmb_request(ipmb.Request(6, 1, 9, b"", 0x82, 0, 0x20, 2)))
    bench.wait(0.1)
    last = bench.inside(link)[-1]
    answer = last[7:-1] if "inside" in quirks else last
    assert answer[3] == 0x20
    assert ipmb.checksum(answer[3:-1]) == answer[-1]
    assert device_id(bench) == device_id(lab())


@pytest.mark.parametrize(("variant", "seconds"), [("83", 0.0), ("d3", 0.0), ("c3", 2.0)])
def test_B04_an_absent_owner(lab: MakeLab, variant: str, seconds: float) -> None:
    bench = lab(f"B04:{variant}", profile="server")
    link = bench.opened()
    began = bench.reactor.clock()
    inner = ipmb.build_ipmb_request(ipmb.Request(6, 1, 9, b"", 0x82, 0, 0x20, 2))
    assert bench.ask(link, *SEND, b"\x40" + inner, repeatable=False)[0] == int(variant, 16)
    assert seconds <= bench.reactor.clock() - began < seconds + 1.0
    bench.machine.power_on()
    bench.wait(5.0)
    began = bench.reactor.clock()
    found = {one.name: one for one in bench.command().get_sensor_data()}
    assert found["Backplane Temp"].unavailable
    assert found["Inlet Temp"].value is not None
    assert bench.reactor.clock() - began < 15.0


@pytest.mark.parametrize(("variant", "lun"), [("zero", 0), ("asked", 1), ("two", 2)])
def test_B05_sensors_on_another_lun(lab: MakeLab, variant: str, lun: int) -> None:
    bench = lab(f"B05:{variant}")
    link = bench.opened()
    assert bench.ask(link, SENSOR, READING, TEMPERATURE)[0] == 0xCB
    bench.wire.clear()
    assert bench.ask(link, SENSOR, READING, TEMPERATURE, lun=1)[0] == 0
    assert bench.inside(link)[-1][4] & 3 == lun
    reading = bench.command().get_sensor_reading("Inlet Temp")
    assert reading.value == lab().command().get_sensor_reading("Inlet Temp").value is not None
    assert messages(bench) == 0


def test_B06_the_bmc_has_it(lab: MakeLab) -> None:
    bench = lab("B06")
    command = bench.command()
    for _each in range(3):
        assert command.get_sensor_reading("Inlet Temp").value is not None
    asked = messages(bench)
    assert asked  # there where the record says
    assert command.get_sensor_reading("Inlet Temp").value is not None
    assert messages(bench) == asked  # and not again


@pytest.mark.parametrize(("variant", "code"), [("cc", 0xCC), ("c1", 0xC1)])
def test_B07_without_tracking(lab: MakeLab, variant: str, code: int) -> None:
    bench = lab(f"B07:{variant}")
    link = bench.opened()
    inner = ipmb.build_ipmb_request(ipmb.Request(6, 1, 9, b"", 0x82, 0, 0x20, 2))
    assert bench.ask(link, *SEND, b"\x40" + inner)[0] == code
    assert device_id(bench) == device_id(lab())
    assert any((netfn, cmd) == FETCH for netfn, cmd, _data in bench.machine.executed)


@pytest.mark.parametrize("variant", ["c7", "c8", "ca", "ff"])
def test_B08_small_answers(lab: MakeLab, variant: str) -> None:
    book, odd = (lab(quirks, profile="server") for quirks in ("", f"B08:{variant}"))
    asked: dict[str, Any] = {"netfn": 0x0A, "command": 0x11, "bridge_request": SATELLITE}
    assert odd.command().raw_command(data=bytes((0, 0, 0, 32)), **asked)["code"] == int(variant, 16)
    assert odd.command().raw_command(data=bytes((0, 0, 0, 16)), **asked)["code"] == 0
    assert odd.command().dump_fru(0, SATELLITE) == book.command().dump_fru(0, SATELLITE)


def test_B09_software_is_no_address(lab: MakeLab) -> None:
    bench = lab("B09")
    assert sum(record[5] == 0xB1 for record in bench.machine.parts["sensors"].records) == 1  # type: ignore[attr-defined]
    readings = list(bench.command().get_sensor_data())
    assert len(readings) >= len(list(lab().command().get_sensor_data()))
    assert bench.odd is not None
    assert bench.odd.noted == []
    bench.ask(bench.opened(), *SEND, b"\x40" + ipmb.build_ipmb_request(ipmb.Request(4, READING, 9, TEMPERATURE, 0xB1, 0, 0x20, 2)))
    assert bench.odd.noted == ["Send Message to B1h, which is no address"]


def test_an_answer_that_was_lost_is_sent_again(lab: MakeLab) -> None:
    """A message that must not be executed twice, as a write is: repeated, it brings its answer all the same."""
    bench = lab("", profile="server")
    lost = [2]

    def lose(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        lost[0] -= 1
        return [] if lost[0] >= 0 else [(0.0, datagram)]

    command = bench.command()
    before = command.dump_fru(0, SATELLITE)
    bench.network.outgoing.append(lose)
    found = command.raw_command(netfn=0x0A, command=0x12, data=b"\0\x80\0\xff", bridge_request=SATELLITE)
    assert (found["code"], bytes(found["data"])) == (0, b"\1")
    assert lost[0] < 0
    assert command.dump_fru(0, SATELLITE)[0x80] == 0xFF != before[0x80] + 1


def test_rows_go_together(lab: MakeLab) -> None:
    bench = lab("B02,B03,B05,B08,B09", profile="server")
    bench.machine.power_on()
    bench.wait(5.0)
    found = {one.name: one.value for one in bench.command().get_sensor_data()}
    assert found["Backplane Temp"] is not None

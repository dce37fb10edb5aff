# SPDX-License-Identifier: Apache-2.0
"""Switches of section P, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import CompletionCodeError, IpmiException, Malformed
from pyghmi.ipmi.net.link import Link
from pyghmi.ipmi.spec.boot import BootDevice
from tests.loopback.quirk_lab import MakeLab, QuirkLab

CONTROL, STATUS, IDENTIFY, SET, GET = 2, 1, 4, 8, 9
OFF, ON, CYCLE, RESET, SOFT = b"\0", b"\1", b"\2", b"\3", b"\5"
NETWORK = "8004000000"


def is_on(bench: QuirkLab, link: Link) -> bool:
    code, data = bench.ask(link, 0, STATUS)
    assert code == 0
    return bool(data[0] & 1)


def control(bench: QuirkLab, link: Link, action: bytes) -> int:
    return bench.ask(link, 0, CONTROL, action)[0]


def controls(bench: QuirkLab) -> list[bytes]:
    """Return what the machine itself was told to do."""
    return [data for netfn, cmd, data in bench.machine.executed if (netfn, cmd) == (0, CONTROL)]


def put(bench: QuirkLab, link: Link, parameter: int, data: str) -> int:
    return bench.ask(link, 0, SET, bytes((parameter,)) + bytes.fromhex(data))[0]


def held(bench: QuirkLab, link: Link, parameter: int = 5) -> str:
    code, data = bench.ask(link, 0, GET, bytes((parameter, 0, 0)))
    return data[2:].hex() if code == 0 else f"{code:02x}"


def start(bench: QuirkLab) -> str:
    """Start the machine anew; return what it boots from."""
    bench.machine.power.force(False)
    bench.machine.power.on()
    bench.wait(1.0)
    return bench.machine.serial.boot_log.partition("Booting from ")[2].partition("\n")[0]


def running(lab: MakeLab, quirks: str, **options: Any) -> QuirkLab:
    """Return a lab whose machine is on."""
    bench = lab(quirks, **options)
    bench.machine.power_is_on = True
    return bench


def test_P01_said_before_it_is_done(lab: MakeLab) -> None:
    for quirks, seconds in (("P01", 5.0), ("P01:8", 8.0), ("", 0.0)):
        bench = lab(quirks)
        link = bench.opened()
        assert control(bench, link, ON) == 0
        assert is_on(bench, link) is (not seconds)
        bench.wait(seconds + 0.1)
        assert is_on(bench, link)
    bench = lab("P01")
    began = bench.reactor.clock()
    assert bench.command().set_power("on", wait=True) == {"powerstate": "on"}
    assert 5.0 <= bench.reactor.clock() - began < 8.0 and controls(bench) == [ON]
    assert bench.command().set_power("shutdown", wait=20) == {"powerstate": "off"}


def test_P01_done_though_the_console_has_gone(lab: MakeLab) -> None:
    bench = lab("P01")
    link = bench.opened()
    control(bench, link, ON)
    link.close()
    bench.wait(6.0)
    assert bench.machine.power.is_on


def test_P02_the_first_on_does_nothing(lab: MakeLab) -> None:
    bench = lab("P02")
    link = bench.opened()
    for _time in range(2):
        assert (control(bench, link, ON), is_on(bench, link)) == (0, False)
        assert (control(bench, link, ON), is_on(bench, link)) == (0, True)
        control(bench, link, OFF)
    bench.machine.executed.clear()
    began = bench.reactor.clock()
    assert bench.command().set_power("on", wait=True) == {"powerstate": "on"}
    assert bench.reactor.clock() - began < 16.0 and controls(bench) == [ON]


def test_P02_no_on_does_anything(lab: MakeLab) -> None:
    bench = lab("P02:always")
    before = bench.network.received
    with pytest.raises(IpmiException, match="System did not accomplish power state change"):
        bench.command().set_power("on", wait=20)
    assert bench.network.received - before < 40 and controls(bench) == []


def test_P03_no_reset(lab: MakeLab) -> None:
    bench = running(lab, "P03")
    assert control(bench, bench.opened(), RESET) == 0x80
    assert bench.command().set_power("boot") == {"pendingpowerstate": "reset"}
    assert controls(bench) == [CYCLE]
    with pytest.raises(CompletionCodeError) as caught:
        bench.command().set_power("reset")
    assert caught.value.code == 0x80
    by_the_book = running(lab, "")
    assert control(by_the_book, by_the_book.opened(), RESET) == 0


@pytest.mark.parametrize(("variant", "code"), [("ignored", 0), ("d5", 0xD5), ("80", 0x80), ("cc", 0xCC)])
def test_P04_what_is_off_is_not_started(lab: MakeLab, variant: str, code: int) -> None:
    bench = lab(f"P04:{variant}")
    link = bench.opened()
    for action in (CYCLE, RESET):
        assert (control(bench, link, action), is_on(bench, link)) == (code, False)
    for wanted in ("boot", "cycle"):
        assert bench.command().set_power(wanted) == {"pendingpowerstate": "on"}
        assert is_on(bench, link)
        assert control(bench, link, CYCLE) == 0
        control(bench, link, OFF)
    assert ON in controls(bench)


def test_P05_no_shutdown(lab: MakeLab) -> None:
    for quirks, stays in (("P05", True), ("", False)):
        bench = running(lab, quirks)
        link = bench.opened()
        assert (control(bench, link, SOFT), is_on(bench, link)) == (0, stays)
    bench = running(lab, "P05")
    with pytest.raises(IpmiException, match="System did not accomplish power state change"):
        bench.command().set_power("shutdown", wait=15)
    assert bench.machine.power.is_on and controls(bench) == []


def test_P06_flags_are_dropped(lab: MakeLab) -> None:
    bench = lab("P06:20")
    link = bench.opened()
    put(bench, link, 5, NETWORK)
    assert held(bench, link) == NETWORK
    bench.wait(21.0)
    assert held(bench, link) == "0004000000"
    bench.command().set_bootdev("network")
    bench.wait(300.0)
    assert bench.command().get_bootdev()["bootdev"] == "network"
    usual = lab("P06")
    link = usual.opened()
    put(usual, link, 5, NETWORK)
    usual.wait(50.0)
    assert held(usual, link) == NETWORK
    usual.wait(11.0)
    assert held(usual, link) == "0004000000"


@pytest.mark.parametrize("code", [0x80, 0xC9, 0xCC, 0xC1])
def test_P07_parameter_3_is_refused(lab: MakeLab, code: int) -> None:
    bench = lab(f"P07:{code:02x}")
    link = bench.opened()
    assert put(bench, link, 3, "08") == code
    command = bench.command()
    assert command.set_bootdev("optical") == {"bootdev": "optical"}
    assert held(bench, link) == "8014000000"
    report = command.set_boot_options("setup")
    assert (report["differences"], list(report["refused"])) == ([], ["valid bit clearing"])


def test_P08_a_long_tail(lab: MakeLab) -> None:
    for quirks, more in (("P08", 12), ("", 0)):
        bench = lab(quirks)
        assert len(held(bench, bench.opened())) == (5 + more) * 2
        bench.command().set_bootdev("hd")
        assert bench.command().get_bootdev() == {"bootdev": "hd", "persistent": False, "uefimode": False}
        assert bench.command().get_boot_options()["device"] == "hd"


def test_P09_a_stale_device(lab: MakeLab) -> None:
    bench = lab("P09")
    link = bench.opened()
    assert held(bench, link) == "0004000000"
    assert bench.command().get_bootdev() == {"bootdev": "default", "persistent": True}
    bench.command().set_bootdev("optical")
    assert bench.command().get_bootdev()["bootdev"] == "optical"
    bench.command().set_bootdev("default")
    assert held(bench, link) == "0014000000"
    assert bench.command().get_bootdev()["bootdev"] == "default"
    by_the_book = lab("")
    assert held(by_the_book, by_the_book.opened()) == "0000000000"


@pytest.mark.parametrize("variant", ["ignored", "legacy"])
def test_P10_without_uefi(lab: MakeLab, variant: str) -> None:
    said: list[str] = []
    bench = lab(f"P10:{variant}", say=said.append)
    command = bench.command()
    command.set_bootdev("network", uefiboot=True)
    assert held(bench, bench.opened()) == "a004000000"
    assert start(bench) == "network" and not any("UEFI" in text for text in said)
    command.set_bootdev("network")
    assert start(bench) == ("hard disk" if variant == "ignored" else "network")
    assert any("without UEFI" in text for text in said)


def test_P11_the_disk_of_supermicro(lab: MakeLab) -> None:
    bench = lab("P11")
    link = bench.opened()
    assert bench.ask(link, 6, 1)[1][6:9] == bytes.fromhex("7c2a00")
    bench.command().set_bootdev("hd", uefiboot=True)
    assert held(bench, link) == "a024000000"
    assert bench.machine.boot.take() is BootDevice.HARD_DISK
    put(bench, link, 5, "a008000000")
    assert bench.machine.boot.take() is BootDevice.NO_OVERRIDE
    bench.command().set_bootdev("hd")
    assert held(bench, link) == "8008000000"
    assert bench.machine.boot.take() is BootDevice.HARD_DISK


def test_P12_setup(lab: MakeLab) -> None:
    bench = lab("P12")
    command = bench.command()
    command.set_bootdev("setup")
    assert held(bench, bench.opened()) == "ff18000000"
    assert command.get_bootdev()["bootdev"] == "setup"
    assert command.get_boot_options()["raw"] == bytes.fromhex("ff18000000")
    command.set_bootdev("network")
    assert held(bench, bench.opened()) == NETWORK


def test_P13_persistence_is_ignored(lab: MakeLab) -> None:
    bench = lab("P13:ignored")
    link = bench.opened()
    put(bench, link, 5, "c004000000")
    assert held(bench, link) == NETWORK
    report = bench.command().set_boot_options("network", persistent=True)
    assert report["differences"] == ["persistent"]


def test_P13_once_is_for_ever(lab: MakeLab) -> None:
    for quirks, second in (("P13:kept", "network"), ("", "hard disk")):
        bench = lab(quirks)
        bench.command().set_bootdev("network")
        assert [start(bench), start(bench)] == ["network", second]
        assert bench.command().get_bootdev()["bootdev"] == ("network" if quirks else "default")


def test_P14_left_in_progress(lab: MakeLab) -> None:
    bench = lab("P14:left")
    link = bench.opened()
    assert (held(bench, link, 0), put(bench, link, 5, NETWORK)) == ("01", 0x81)
    bench.command().set_bootdev("floppy")
    assert (held(bench, link, 0), held(bench, link)) == ("00", "803c000000")


def test_P14_no_set_in_progress(lab: MakeLab) -> None:
    bench = lab("P14:unsupported")
    link = bench.opened()
    assert (held(bench, link, 0), put(bench, link, 0, "01")) == ("80", 0x80)
    command = bench.command()
    assert command.set_boot_options("network")["differences"] == []
    assert command.get_boot_options()["set_in_progress"] is None


def test_P14_something_else_is_held(lab: MakeLab) -> None:
    bench = lab("P14:differs")
    assert bench.command().set_boot_options("network")["differences"] == ["device"]
    assert held(bench, bench.opened()) == "8008000000"


def test_P15_the_bios_is_to_be_told(lab: MakeLab) -> None:
    bench = lab("P15")
    link = bench.opened()
    assert (put(bench, link, 5, NETWORK), held(bench, link)) == (0, "0004000000")
    report = bench.command().set_boot_options("network")
    assert (report["acknowledged"], report["differences"]) == (True, [])
    assert held(bench, link) == NETWORK
    assert lab("").command().set_boot_options("network")["acknowledged"] is False


def test_P16_it_stays(lab: MakeLab) -> None:
    bench = lab("P16")
    link = bench.opened()
    bench.command().set_bootdev("network")
    assert [start(bench), start(bench)] == ["network", "network"]
    assert bench.command().set_boot_options(clear=True)["differences"] == ["valid"]
    assert put(bench, link, 5, "8028000000") == 0
    assert bench.command().get_bootdev()["bootdev"] == 10
    assert bench.command().get_boot_options()["device"] == "reserved 0Ah"


@pytest.mark.parametrize("length", [1, 2, 3, 4, 9])
def test_P17_a_short_status(lab: MakeLab, length: int) -> None:
    bench = running(lab, f"P17:{length}")
    assert len(bench.ask(bench.opened(), 0, STATUS)[1]) == length
    assert bench.command().get_power() == {"powerstate": "on"}
    found = bench.command().get_chassis_status()
    assert found["power"] == "on" and (found["drive_fault"] is None) is (length < 3)
    assert (found["buttons"] is None) is (length < 4)


def test_P17_no_status_at_all(lab: MakeLab) -> None:
    bench = lab("P17:0")
    with pytest.raises(Malformed):
        bench.command().get_power()


def test_P18_no_second_byte(lab: MakeLab) -> None:
    for quirks, code, light in (("P18", 0xC7, "TEMPORARY"), ("", 0, "INDEFINITE")):
        bench = lab(quirks)
        assert bench.ask(bench.opened(), 0, IDENTIFY, b"\0\1")[0] == code
        bench.command().set_identify()
        assert bench.machine.identify.name == light
        bench.command().set_identify(False)
        assert bench.machine.identify.name == "OFF"


def test_P19_a_reset_without_an_answer(lab: MakeLab) -> None:
    bench = lab("P19")
    command = bench.command()
    assert command.get_power() == {"powerstate": "off"}
    before, began = bench.network.sent, bench.reactor.clock()
    assert command.reset_bmc() is None
    assert bench.network.sent == before and bench.reactor.clock() - began < 1.0
    bench.wait(20.0)
    with pytest.raises(IpmiException):
        bench.command(deadline=1.0).get_power()
    bench.wait(2.0)
    assert command.get_power() == {"powerstate": "off"}, "with a new session"
    by_the_book = lab("")
    other = by_the_book.command()
    other.get_power()
    before = by_the_book.network.sent
    assert other.reset_bmc() is None and by_the_book.network.sent > before


def test_P20_it_is_being_updated(lab: MakeLab) -> None:
    for quirks, byte in (("P20", 0x82), ("", 0x02)):
        bench = lab(quirks)
        assert bench.ask(bench.opened(), 6, 1)[1][2] == byte
        command = bench.command()
        assert command._get_device_id()["firmware_version"] == "2.10"
        assert command.get_device_id().updating is bool(quirks)


def test_rows_hold_together(lab: MakeLab) -> None:
    bench = lab("P01:2,P02,P03,P04,P06,P07,P08,P09,P14,P15,P17:3,P18,P20")
    command = bench.command()
    assert command.set_power("on", wait=True) == {"powerstate": "on"}
    report = command.set_boot_options("network")
    assert report["differences"] == [] and report["acknowledged"]
    assert command.get_bootdev()["bootdev"] == "network"

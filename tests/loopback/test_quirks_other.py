# SPDX-License-Identifier: Apache-2.0
"""Switches of section M, over UDP: each is seen on the wire, and our client does what the table of quirks says."""
from __future__ import annotations

from typing import Any, Callable
from uuid import UUID

import pytest

from pyghmi.exceptions import CompletionCodeError, Malformed, PyghmiException, UnsupportedFunctionality
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.pet import Pet
from tests.loopback.quirk_lab import MakeLab, QuirkLab

SENSOR, APP, DCMI = 0x04, 0x06, 0x2C
DEVICE_ID, DEVICE_GUID, SYSTEM_GUID, GET_WATCHDOG, GET_INFO = 0x01, 0x08, 0x37, 0x25, 0x59
GUID = UUID("5a1d0c77-5053-4f6e-9b1e-0200005e0001")
LIMIT = "dc 00 00 11 f4 01 e8 03 00 00 00 00 01 00"
"""Log, 500 W, 1000 ms, 1 s: what the machine has."""
ACKNOWLEDGE = bytes.fromhex("01 00 0a 0b 0c 0d 20 20 30 01 ff ff")


def asked(bench: QuirkLab, netfn: int, cmd: int, data: str = "") -> tuple[int, str]:
    """Return completion code and data of one answer."""
    code, found = bench.ask(bench.opened(), netfn, cmd, bytes.fromhex(data))
    return code, found.hex(" ")


def count(bench: QuirkLab, command: Command, netfn: int, cmd: int) -> int:
    """Return how many requests of a command went over the wire."""
    link: Any = command.ipmi_session.link
    return sum((each[1] >> 2, each[5]) == (netfn, cmd) for each in bench.inside(link, to_bmc=True))


def test_M01_another_number_of_the_vendor(lab: MakeLab) -> None:
    plain = asked(lab(""), APP, DEVICE_ID)[1].split()
    for quirks, number in (("M01", 47488), ("M01:10876", 10876)):
        found = asked(lab(quirks), APP, DEVICE_ID)[1].split()
        assert bytes.fromhex("".join(found[6:9])) == number.to_bytes(3, "little")
        assert (found[:6], found[9:]) == (plain[:6], plain[9:])
        bench = lab(quirks)
        command = bench.command()
        command.set_bootdev("hd", uefiboot=True)
        assert bench.machine.boot.device == 0x24, "as Supermicro wants it"
    bench = lab("")
    bench.command().set_bootdev("hd", uefiboot=True)
    assert bench.machine.boot.device == 0x08


@pytest.mark.parametrize(("variant", "length"), [("nine", 9), ("eleven", 11), ("fifteen", 15), ("shifted", 14)])
def test_M02_odd_device_ids(lab: MakeLab, variant: str, length: int) -> None:
    plain = asked(lab(""), APP, DEVICE_ID)[1].split()
    found = asked(lab(f"M02:{variant}"), APP, DEVICE_ID)[1].split()
    assert len(plain) == 11
    assert len(found) == length
    assert found[:9] == plain[:9]
    right = lab("").command()._get_device_id()
    told = lab(f"M02:{variant}").command()._get_device_id()
    assert told == {**right, "product_id": 0} if variant == "nine" else told == right


@pytest.mark.parametrize(("variant", "data"), [("ipmi", GUID.bytes[::-1]), ("smbios", GUID.bytes_le), ("rfc4122", GUID.bytes)], ids=["ipmi", "smbios", "rfc4122"])
def test_M03_orders_of_a_guid(lab: MakeLab, variant: str, data: bytes) -> None:
    bench = lab(f"M03:{variant}")
    assert asked(bench, APP, SYSTEM_GUID) == asked(bench, APP, DEVICE_GUID) == (0, data.hex(" "))
    bench.send_plain(APP, SYSTEM_GUID)
    assert bench.plain(SYSTEM_GUID)[0][7:-1] == data, "outside of sessions too"
    assert bench.command().get_system_guid() == str(GUID)


@pytest.mark.parametrize(
    ("variant", "answer"), [("old", (0, "dc 01 01 02 00 02 07 07")), ("c1", (0xC1, "")), ("empty", (0, ""))]
)
def test_M04_odd_capabilities(lab: MakeLab, variant: str, answer: tuple[int, str]) -> None:
    assert asked(lab(f"M04:{variant}"), DCMI, 1, "dc 02") == answer
    assert asked(lab(""), DCMI, 1, "dc 02") == (0, "dc 01 05 02 00 02 07 07 05")
    found = lab(f"M04:{variant}").command().get_dcmi_capabilities()
    assert found["power_management"] is True
    assert found["sel_entries"] == (512 if variant == "old" else None)
    assert found["temperature_sampling_s"] is None


def test_M05_a_power_reading_without_data(lab: MakeLab) -> None:
    assert asked(lab("M05"), DCMI, 2, "dc 01 00 00") == (0, "")
    assert len(asked(lab(""), DCMI, 2, "dc 01 00 00")[1].split()) == 18
    with pytest.raises(UnsupportedFunctionality, match="Get Power Reading without any data"):
        lab("M05:reading").command().get_power_reading()


def test_M05_a_tag_without_its_length(lab: MakeLab) -> None:
    assert asked(lab("M05:tag"), DCMI, 8, "dc 00 01 41") == (0, "dc")
    assert asked(lab(""), DCMI, 8, "dc 00 01 41") == (0, "dc 01")
    command = lab("M05:tag").command()
    command.set_asset_tag("a tag of more than sixteen bytes")
    assert command.get_asset_tag() == "a tag of more than sixteen bytes"


@pytest.mark.parametrize(("variant", "data", "limit"), [("bare", "", None), ("data", LIMIT, 500)])
def test_M06_no_active_limit(lab: MakeLab, variant: str, data: str, limit: int | None) -> None:
    for quirks, code in ((f"M06:{variant}", 0x80), ("", 0)):
        bench = lab(quirks)
        bench.machine.parts["dcmi"].limiter.is_active = True  # type: ignore[attr-defined]
        assert asked(bench, DCMI, 3, "dc 00 00") == (code, data if quirks else LIMIT)
    found = lab(f"M06:{variant}").command().get_power_limit()
    assert (found["active"], found["limit"]) == (False, limit)


def test_M07_refusals_without_the_group(lab: MakeLab) -> None:
    for quirks, data in (("M07", ""), ("", "dc")):
        assert asked(lab(quirks), DCMI, 4, "dc 00 00 00 11 01 00 e8 03 00 00 00 00 01 00") == (0x84, data)
    assert asked(lab("M07"), DCMI, 2, "dc 01 00 00")[1].startswith("dc"), "answers have it"
    with pytest.raises(CompletionCodeError, match="Power limit out of range"):
        lab("M07").command().set_power_limit(20)


def test_M08_an_acknowledgement_without_a_code(lab: MakeLab) -> None:
    for quirks, length in (("M08", 7), ("", 8)):
        bench = lab(quirks)
        link = bench.opened()
        assert bench.ask(link, SENSOR, 0x17, ACKNOWLEDGE) == (0, b"")
        message = next(each for each in bench.inside(link) if (each[1] >> 2, each[5]) == (SENSOR + 1, 0x17))
        assert len(message) == length
        assert sum(message) & 0xFF == 0, "the sums are right"
        bench.send_plain(SENSOR, 0x17, ACKNOWLEDGE)
        (outside,) = bench.plain(0x17)
        assert (len(outside), sum(outside) & 0xFF) == (length, 0), "without a session too"
    bench = lab("M08")
    command = bench.command()
    variable = bytes(16) + b"\0\1" + bytes(28)
    Pet(command._call()).acknowledge(variable)
    assert count(bench, command, SENSOR, 0x17) == 1


def test_M09_a_watchdog_that_never_runs(lab: MakeLab) -> None:
    for quirks, running in (("M09", False), ("", True)):
        bench = lab(quirks)
        command = bench.command()
        command.set_watchdog(countdown=60, start=True)
        flags = int(asked(bench, APP, GET_WATCHDOG)[1][:2], 16)
        assert bool(flags & 0x40) is running
    bench = lab("M09")
    command = bench.command()
    command.set_watchdog(countdown=60, start=True)
    bench.wait(5.0)
    assert command.get_watchdog()["running"] is True, "the countdown tells"
    assert count(bench, command, APP, GET_WATCHDOG) <= 3


def test_M10_a_watchdog_that_says_nothing_now_and_then(lab: MakeLab) -> None:
    bench = lab("M10")
    link = bench.opened()
    assert [len(bench.ask(link, APP, GET_WATCHDOG)[1]) for _time in range(4)] == [0, 8, 0, 8]
    bench = lab("M10")
    command = bench.command()
    command.set_watchdog(countdown=60)
    assert command.get_watchdog()["countdown"] == 60.0
    assert count(bench, command, APP, GET_WATCHDOG) <= 4


@pytest.mark.parametrize(("variant", "data"), [("empty", ""), ("revision", "11"), ("selector", "11 00"), ("encoding", "11 00 00")])
def test_M11_system_info_too_short(lab: MakeLab, variant: str, data: str) -> None:
    assert asked(lab(f"M11:{variant}"), APP, GET_INFO, "00 02 00 00") == (0, data)
    assert len(asked(lab(""), APP, GET_INFO, "00 02 00 00")[1].split()) == 18
    assert set(lab(f"M11:{variant}").command().get_system_info().values()) == {""}


def test_M12_system_info_refused(lab: MakeLab) -> None:
    assert asked(lab("M12"), APP, GET_INFO, "00 02 00 00") == (0xD4, "")
    assert asked(lab(""), APP, GET_INFO, "00 02 00 00")[0] == 0
    assert set(lab("M12").command().get_system_info().values()) == {None}


CALLS: list[Callable[[Command], Any]] = [
    lambda bmc: bmc.get_power(),
    lambda bmc: bmc.get_chassis_status(),
    lambda bmc: bmc.get_bootdev(),
    lambda bmc: bmc._get_device_id(),
    lambda bmc: bmc.get_system_guid(),
    lambda bmc: bmc.get_users(),
    lambda bmc: bmc.get_net_configuration(),
    lambda bmc: bmc.get_sol_configuration(),
    lambda bmc: bmc.get_watchdog(),
    lambda bmc: bmc.get_system_info(),
    lambda bmc: bmc.get_dcmi_capabilities(),
    lambda bmc: bmc.get_dcmi_temperatures(),
    lambda bmc: bmc.get_power_reading(),
    lambda bmc: list(bmc.get_sensor_data()),
    lambda bmc: list(bmc.get_inventory()),
    lambda bmc: list(bmc.get_event_log()),
    lambda bmc: bmc.get_pef(),
]


def test_M13_answers_that_are_too_long(lab: MakeLab) -> None:
    bench = lab("M13:long")
    link = bench.opened()
    lengths = {len(bench.ask(link)[1]) for _time in range(20)}
    assert min(lengths) > 3
    assert len(lengths) > 5
    odd, plain = lab("M13:long").command(), lab("").command()
    for call in (CALLS[0], CALLS[2], CALLS[4]):
        assert call(odd) == call(plain)


@pytest.mark.parametrize("variant", ["short", "long"])
def test_M13_whatever_the_length_a_value_or_an_error(lab: MakeLab, variant: str) -> None:
    bench = lab(f"M13:{variant}")
    lengths = {len(bench.ask(bench.opened())[1]) for _time in range(6)}
    assert min(lengths) < 3 if variant == "short" else max(lengths) > 3
    for seed in range(3):
        bench = lab(f"M13:{variant}", seed=seed)
        command = bench.command()
        errors = 0
        for call in CALLS:
            before = bench.network.received
            try:
                call(command)
            except PyghmiException:
                errors += 1
            assert bench.network.received - before < 1500
        assert errors < len(CALLS)


def test_M13_what_is_cut_is_in_the_error(lab: MakeLab) -> None:
    bench = lab("M13:short", seed=5)
    command = bench.command()
    with pytest.raises(Malformed) as caught:
        for _time in range(20):
            command.get_chassis_status()
    assert len(caught.value.data) < 3


def test_M14_many_processors(lab: MakeLab) -> None:
    bench = lab("M14")
    instances = [number + number // 4 for number in range(1, 29)]
    code, found = asked(bench, DCMI, 0x10, "dc 01 41 00 01")
    assert (code, found.split()[1:3]) == (0, ["1c", "08"])
    assert [int(each, 16) for each in found.split()[4::2]] == instances[:8]
    assert asked(lab(""), DCMI, 0x10, "dc 01 41 00 01")[1].split()[1] != "1c"
    for quirks, many in (("M14", 28), ("M14:100", 100)):
        bench = lab(quirks)
        command = bench.command()
        rows = [row["instance"] for row in command.get_dcmi_temperatures() if row["entity"] == "processor"]
        assert rows == [number + number // 4 for number in range(1, many + 1)]
        assert count(bench, command, DCMI, 0x10) <= many // 8 + 4


def test_all_of_the_section_together(lab: MakeLab) -> None:
    bench = lab("M01,M02,M03,M04,M05,M06,M07,M08,M09,M10,M11,M14")
    command = bench.command()
    assert command.get_system_guid() == str(GUID)
    assert command._get_device_id()["manufacturer_id"] == 47488
    assert command.get_dcmi_capabilities()["power_management"] is True
    assert command.get_power_limit()["active"] is False
    assert len(command.get_dcmi_temperatures()) > 28

# SPDX-License-Identifier: Apache-2.0
"""Oddities of power and boot options that real BMCs have, played by a BMC in memory."""
from __future__ import annotations

from typing import Any, Callable

import pytest
from chassis_part import BOOT_GET, BOOT_SET, CONTROL, DEVICE_ID, IDENTIFY, INTEL, OFF, ON, STATUS, ChassisPart
from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, IpmiException, Malformed
from pyghmi.ipmi.command import Command

Answer = tuple[int, bytes]


def made(part: ChassisPart | None = None, **knobs: Any) -> tuple[MemoryBmc, ChassisPart, Command]:
    part = part or ChassisPart()
    names = {"status": STATUS, "control": CONTROL, "identify": IDENTIFY, "boot_set": BOOT_SET, "boot_get": BOOT_GET, "device_id": DEVICE_ID}
    bmc = MemoryBmc(part, knobs={names[name]: knob for name, knob in knobs.items()})
    return bmc, part, command_over(bmc)


def writes(bmc: MemoryBmc) -> list[str]:
    return [data.hex(" ") for netfn, cmd, data in bmc.asked if (netfn, cmd) == BOOT_SET]


def only(parameter: int, code: int) -> Callable[[bytes, Any], Answer]:
    """Refuse one boot parameter."""
    return lambda data, handler: (code, b"") if data[0] % 128 == parameter else handler(data)


def test_P01_yes_is_said_before_anything_happens() -> None:
    bmc, part, command = made()
    began = bmc.time

    def late(_data: bytes, handler: Any) -> Answer:
        code, data = handler(b"")
        return code, bytes((data[0] & 0xFE | (bmc.time - began > 5.0 and part.power_on),)) + data[1:]

    bmc.knobs[STATUS] = late
    assert command.set_power("on", wait=True) == {"powerstate": "on"}
    assert bmc.time - began > 5.0
    assert part.actions == [ON]


@pytest.mark.parametrize("odd", [(0xFF, b""), (0xD5, b""), (0, b"")])
def test_P01_a_look_that_shows_nothing_does_not_end_the_wait(odd: Answer) -> None:
    looks: list[Answer] = [(0, b"\0\0\0"), odd, (0, b"\0\0\0"), odd, (0, b"\1\0\0")]
    _bmc, part, command = made(status=lambda _data, _handler: looks.pop(0))
    assert command.set_power("on", wait=True) == {"powerstate": "on"}
    assert part.actions == [ON]
    looks = [(0, b"\0\0\0"), odd, odd, odd]
    with pytest.raises((CompletionCodeError, Malformed)):
        command.set_power("on", wait=3)


def test_P02_the_first_on_is_ignored() -> None:
    dropped: list[bytes] = []

    def lazy(data: bytes, handler: Any) -> Answer:
        if not dropped:
            dropped.append(data)
            return 0, b""
        return handler(data)

    bmc, part, command = made(control=lazy)
    assert command.set_power("on", wait=True) == {"powerstate": "on"}
    assert bmc.count(*CONTROL) == 2
    assert part.actions == [ON]
    bmc, part, command = made(control=lambda _data, _handler: (0, b""))
    with pytest.raises(IpmiException, match="System did not accomplish power state change"):
        command.set_power("on", wait=30)
    assert bmc.count(*CONTROL) == 2, "once more, and not for ever"


def test_P03_there_is_no_reset() -> None:
    _bmc, part, command = made(ChassisPart(power_on=True), control=lambda data, handler: (0x80, b"") if data == b"\3" else handler(data))
    assert command.set_power("boot") == {"pendingpowerstate": "reset"}
    assert part.actions == [2]
    with pytest.raises(CompletionCodeError):
        command.set_power("reset")
    assert part.actions == [2], "who asks for a reset gets no power cycle"


def test_P04_what_is_off_is_switched_on_not_cycled() -> None:
    for wanted in ("boot", "cycle"):
        _bmc, part, command = made()
        assert command.set_power(wanted) == {"pendingpowerstate": "on"}
        assert part.actions == [ON]


def test_P05_a_shutdown_that_nobody_heeds_never_becomes_a_hard_off() -> None:
    bmc, part, command = made(ChassisPart(power_on=True), control=lambda _data, _handler: (0, b""))
    with pytest.raises(IpmiException, match="System did not accomplish power state change"):
        command.set_power("shutdown", wait=20)
    assert {data for netfn, cmd, data in bmc.asked if (netfn, cmd) == CONTROL} == {b"\5"}
    assert part.power_on


def test_P06_the_flags_outlive_a_minute() -> None:
    bmc, _part, command = made()
    command.set_bootdev("network")
    assert writes(bmc) == ["03 08", "05 80 04 00 00 00"]
    bmc.asked.clear()
    command.set_boot_options("network")
    assert writes(bmc) == ["03 08", "05 80 04 00 00 00"]


@pytest.mark.parametrize("code", [0x80, 0xC1, 0xC9, 0xCC, 0xD5, 0xFF])
def test_P07_parameter_3_is_refused(code: int) -> None:
    _bmc, part, command = made(boot_set=only(3, code))
    assert command.set_bootdev("optical") == {"bootdev": "optical"}
    assert command.get_bootdev()["bootdev"] == "optical"
    report = command.set_boot_options("setup")
    assert (report["differences"], list(report["refused"])) == ([], ["valid bit clearing"])
    assert part.boot.device == 0x18


def test_P08_twelve_bytes_too_many() -> None:
    _bmc, _part, command = made(boot_get=lambda data, handler: (0, handler(data)[1] + bytes(range(12))))
    command.set_bootdev("hd")
    assert command.get_bootdev() == {"bootdev": "hd", "persistent": False, "uefimode": False}
    assert command.get_boot_options()["device"] == "hd"
    assert command.get_boot_options()["initiator"] is not None


def test_P09_old_bits_and_nothing_valid() -> None:
    _bmc, _part, command = made(boot_get=lambda _data, _handler: (0, bytes.fromhex("01 05 00 04 00 00 00")))
    assert command.get_bootdev() == {"bootdev": "default", "persistent": True}
    assert command.get_boot_options()["valid"] is False


@pytest.mark.parametrize(
    ("uefi", "persistent", "data"),
    [(True, True, "e0"), (True, False, "a0"), (False, True, "c0"), (False, False, "80")],
)
def test_P10_uefi_is_said_explicitly(uefi: bool, persistent: bool, data: str) -> None:
    bmc, _part, command = made()
    command.set_bootdev("network", persist=persistent, uefiboot=uefi)
    command.set_boot_options("network", persistent=persistent, uefi=uefi)
    assert writes(bmc)[1] == writes(bmc)[3] == f"05 {data} 04 00 00 00"
    command.set_boot_options("optical")
    assert writes(bmc)[-1] == f"05 {data} 14 00 00 00", "kept where it is not named"


@pytest.mark.parametrize("manufacturer", ["7c 2a 00", "80 b9 00"])
def test_P11_the_uefi_disk_of_supermicro(manufacturer: str) -> None:
    part = ChassisPart(device_id=INTEL[:6] + bytes.fromhex(manufacturer) + INTEL[9:])
    bmc, _part, command = made(part)
    command.set_bootdev("hd", uefiboot=True)
    command.set_boot_options("hd", uefi=True)
    assert writes(bmc)[1] == writes(bmc)[3] == "05 a0 24 00 00 00"
    command.set_bootdev("hd")
    assert writes(bmc)[-1] == "05 80 08 00 00 00", "without UEFI it is as everywhere"
    bmc, _part, command = made()
    command.set_bootdev("hd", uefiboot=True)
    assert writes(bmc)[-1] == "05 a0 08 00 00 00"


def test_P12_the_first_byte_is_no_flags_at_all() -> None:
    _bmc, _part, command = made(boot_get=lambda _data, _handler: (0, bytes.fromhex("01 05 ff 18 00 00 00")))
    assert command.get_bootdev()["bootdev"] == "setup"
    assert command.get_boot_options()["raw"] == bytes.fromhex("ff 18 00 00 00")


def test_P13_persistence_is_ignored() -> None:
    def once(data: bytes, handler: Any) -> Answer:
        return handler(bytes((data[0], data[1] & 0xBF)) + data[2:] if data[0] == 5 else data)

    _bmc, _part, command = made(boot_set=once)
    report = command.set_boot_options("network", persistent=True)
    assert report["differences"] == ["persistent"]
    assert report["held"] is not None
    assert report["held"]["persistent"] is False


def test_P14_set_in_progress_is_left_behind() -> None:
    bmc, part, command = made()
    left = [True]

    def guarded(data: bytes, handler: Any) -> Answer:
        if data[0] == 0:
            left[0] = data[1] != 0
            return 0, b""
        return (0x81, b"") if left[0] else handler(data)

    bmc.knobs[BOOT_SET] = guarded
    command.set_bootdev("floppy")
    assert writes(bmc) == ["03 08", "00 00", "03 08", "05 80 3c 00 00 00"]
    assert part.boot.device == 0x3C
    _bmc, _part, stubborn = made(boot_set=lambda data, handler: (0x80, b"") if data[0] == 0 else (0x81, b""))
    with pytest.raises(CompletionCodeError):
        stubborn.set_bootdev("floppy")


def test_P14_what_is_written_is_not_what_is_held() -> None:
    _bmc, _part, command = made(boot_set=lambda _data, _handler: (0, b""), boot_get=lambda _d, _h: (0, bytes.fromhex("01 05 80 18 00 00 00")))
    report = command.set_boot_options("network")
    assert report["differences"] == ["device"]


def test_P15_flags_count_once_the_firmware_is_told_anew() -> None:
    told = [False]

    def deaf(data: bytes, handler: Any) -> Answer:
        if data[0] == 4:
            told[0] = data[1:] == b"\1\1"
        if data[0] == 5 and not told[0]:
            data = bytes((5, data[1] & 0x7F)) + data[2:]
        return handler(data)

    bmc, _part, command = made(boot_set=deaf)
    report = command.set_boot_options("network")
    assert (report["acknowledged"], report["differences"]) == (True, [])
    assert writes(bmc) == ["03 08", "05 80 04 00 00 00", "04 01 01", "05 80 04 00 00 00"]
    _bmc, _part, usual = made()
    assert usual.set_boot_options("network")["acknowledged"] is False


def test_P16_a_request_for_one_start_stays_and_unknown_devices_are_taken() -> None:
    _bmc, _part, command = made(boot_set=lambda _d, _h: (0, b""), boot_get=lambda _d, _h: (0, bytes.fromhex("01 05 80 04 00 00 00")))
    assert command.set_boot_options(clear=True)["differences"] == ["valid"]
    _bmc, _part, command = made()
    assert command._boot()._write(5, bytes.fromhex("80 28 00 00 00")) is None  # type: ignore[arg-type,func-returns-value]
    assert command.get_bootdev()["bootdev"] == 10
    assert command.get_boot_options()["device"] == "reserved 0Ah"


@pytest.mark.parametrize("length", [1, 2, 3, 4, 9])
def test_P17_a_short_chassis_status(length: int) -> None:
    data = bytes.fromhex("41 10 54 f1 00 00 00 00 00")[:length]
    _bmc, _part, command = made(status=lambda _d, _h: (0, data))
    assert command.get_power() == {"powerstate": "on"}
    found = command.get_chassis_status()
    assert (found["power"], found["restore_policy"]) == ("on", "always-on")
    assert found["last_event"] == (["command"] if length > 1 else None)
    assert (found["drive_fault"], found["identify"]) == ((True, "timed") if length > 2 else (None, None))
    assert (found["buttons"] is None) is (length < 4)


def test_P17_a_chassis_status_without_anything() -> None:
    _bmc, _part, command = made(status=lambda _d, _h: (0, b""))
    for ask in (command.get_power, command.get_chassis_status, command.get_power_restore_policy):
        with pytest.raises(Malformed):
            ask()


@pytest.mark.parametrize("code", [0xC7, 0xC9, 0xCC])
def test_P18_identify_takes_no_second_byte(code: int) -> None:
    bmc, _part, command = made(identify=lambda data, handler: (code, b"") if len(data) > 1 else handler(data))
    command.set_identify()
    assert [data for netfn, cmd, data in bmc.asked if (netfn, cmd) == IDENTIFY] == [b"\0\1", b"\xff"]
    command.set_identify(False)
    assert bmc.asked[-1] == (*IDENTIFY, b"\0")


def test_P19_a_reset_of_the_bmc_is_not_answered() -> None:
    bmc, _part, command = made()
    bmc.knobs[(6, 2)] = lambda _d, _h: None
    began = bmc.time
    assert command.reset_bmc() is None
    assert bmc.time - began < 1.0
    assert bmc.count(6, 2) == 1


def test_P20_the_device_is_being_updated() -> None:
    updating = INTEL[:2] + b"\x83\x11" + INTEL[4:]
    _bmc, _part, command = made(ChassisPart(device_id=updating))
    assert command._get_device_id()["firmware_version"] == "3.11"
    assert command.get_device_id().updating


def test_off_needs_no_second_word() -> None:
    """What is asked for already is so: nothing is sent."""
    _bmc, part, command = made()
    assert command.set_power("off", wait=True) == {"powerstate": "off"}
    assert part.actions == []
    assert command.set_power("on") == {"pendingpowerstate": "on"}
    assert part.actions == [ON]
    assert OFF not in part.actions

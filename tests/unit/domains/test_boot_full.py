# SPDX-License-Identifier: Apache-2.0
"""The boot options in full over a requester that answers from a script.  Bytes from IPMI 2.0 table 28-14."""
from __future__ import annotations

from typing import Any

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.boot import Boot
from pyghmi.ipmi.spec.boot import (
    BootDevice,
    BootFlags,
    BootParameter,
    ConsoleRedirection,
    InfoAcknowledge,
    InitiatorInfo,
    MuxOverride,
    ValidBitClearing,
    Verbosity,
)

PXE = BootFlags(device=BootDevice.PXE)
HELD = "01 05 80 04 00 00 00"


def written(bmc: Script) -> list[str]:
    return [data.hex(" ") for _n, cmd, data in bmc.asked if cmd == 8]


@pytest.mark.parametrize(
    ("field", "value", "data"),
    [
        ("persistent", True, "c0 00 00 00 00"),
        ("efi", True, "a0 00 00 00 00"),
        ("clear_cmos", True, "80 80 00 00 00"),
        ("lock_keyboard", True, "80 40 00 00 00"),
        ("device", BootDevice.DIAGNOSTIC_PARTITION, "80 10 00 00 00"),
        ("device", BootDevice.REMOTE_HARD_DISK, "80 2c 00 00 00"),
        ("blank_screen", True, "80 02 00 00 00"),
        ("lock_reset_button", True, "80 01 00 00 00"),
        ("lock_power_button", True, "80 00 80 00 00"),
        ("verbosity", Verbosity.VERBOSE, "80 00 40 00 00"),
        ("force_progress_traps", True, "80 00 10 00 00"),
        ("bypass_password", True, "80 00 08 00 00"),
        ("lock_sleep_button", True, "80 00 04 00 00"),
        ("console_redirection", ConsoleRedirection.ENABLE, "80 00 02 00 00"),
        ("shared_mode_override", True, "80 00 00 08 00"),
        ("mux_override", MuxOverride.SYSTEM, "80 00 00 02 00"),
        ("instance", 0x11, "80 00 00 00 11"),
    ],
)
def test_every_flag(field: str, value: Any, data: str) -> None:
    flags = BootFlags(**{field: value})
    assert flags.encode().hex(" ") == data
    assert BootFlags.decode(bytes.fromhex(data)) == flags


def test_applying_looks_back() -> None:
    bmc = Script(0, 0, HELD)
    report = Boot(bmc).apply(PXE)
    assert written(bmc) == ["03 08", "05 80 04 00 00 00"]
    assert (report.differences, report.refused, report.acknowledged) == ((), {}, False)
    assert report.held is not None
    assert (report.held.flags, report.held.raw) == (PXE, bytes.fromhex("80 04 00 00 00"))


def test_applying_tells_what_is_different() -> None:
    report = Boot(Script(0xCC, 0, "01 05 80 08 00 00 00")).apply(
        BootFlags(persistent=True, device=BootDevice.PXE), ValidBitClearing(keep_on_pef=True)
    )
    assert report.differences == ("persistent", "device")
    assert report.refused == {BootParameter.VALID_BIT_CLEARING: 0xCC}


def test_clearing_and_what_then_still_holds() -> None:
    nothing = BootFlags(valid=False)
    assert Boot(Script(0, 0, "01 05 00 04 00 00 00")).apply(nothing).differences == ()
    assert Boot(Script(0, 0, HELD)).apply(nothing).differences == ("valid",)


def test_flags_that_cannot_be_read_back() -> None:
    for answer in (0xC1, "01 05 80", "01 03 00"):
        report = Boot(Script(0, 0, answer)).apply(PXE)
        assert (report.held, report.differences) == (None, ())


def test_invalid_flags_have_the_firmware_told_anew() -> None:
    bmc = Script(0, 0, "01 05 00 04 00 00 00", 0, 0, HELD)
    report = Boot(bmc).apply(PXE)
    assert written(bmc) == ["03 08", "05 80 04 00 00 00", "04 01 01", "05 80 04 00 00 00"]
    assert (report.differences, report.acknowledged) == ((), True)
    refusing = Boot(Script(0, 0, "01 85 80 04 00 00 00", 0x80)).apply(PXE)
    assert refusing.differences == ("valid",)
    assert refusing.refused == {BootParameter.INFO_ACKNOWLEDGE: 0x80}


def test_held_flags() -> None:
    held = Boot(Script("01 85")).held()
    assert (held.locked, held.in_force, held.raw) == (True, False, b"")
    held = Boot(Script("01 05 80 ff")).held()
    assert (held.in_force, held.raw) == (True, b"\x80\xff")
    assert Boot(Script("01 05 00 04 00 00 00")).held_if_readable() is not None
    with pytest.raises(Malformed):
        Boot(Script("01 04 00 00")).held()


def test_small_parameters() -> None:
    assert Boot(Script("01 00 01")).progress() == 1
    assert Boot(Script("01 01 05", "01 02 03")).service_partition() == (5, True, True)
    assert Boot(Script("01 01 05", 0x80)).service_partition() == (5, False, False)
    assert Boot(Script(0x80, 0x80)).service_partition() is None
    assert Boot(Script("01 03 1f")).valid_bit_clearing() == ValidBitClearing(
        keep_on_pef=True, keep_on_timeout=True, keep_on_watchdog=True, keep_on_button=True, keep_on_power_up=True
    )
    assert Boot(Script("01 04 00 11")).acknowledge() == InfoAcknowledge(write_mask=0, by_bios=True, by_oem=True)
    assert Boot(Script("01 06 01 04 03 02 01 10 32 54 5f")).initiator() == InitiatorInfo(
        channel=1, session_id=0x01020304, timestamp=0x5F543210
    )
    for answer in (0x80, 0xC1, "01 06", "01 05 00"):
        assert Boot(Script(answer)).initiator() is None
        assert Boot(Script(answer)).progress() is None


def test_writing_small_parameters() -> None:
    bmc = Script(*[0] * 7)
    boot = Boot(bmc)
    boot.set_service_partition(3, scan=True)
    boot.set_acknowledge(["bios", "sms"])
    boot.set_acknowledge([], of=["oem"])
    boot.set_initiator(InitiatorInfo(channel=1, session_id=0x01020304, timestamp=0x5F543210))
    boot.mark(BootParameter.BOOT_FLAGS, invalid=True)
    boot.mark(BootParameter.BOOT_FLAGS, invalid=False)
    assert written(bmc) == ["01 03", "02 02", "04 1f 09", "04 10 00", "06 01 04 03 02 01 10 32 54 5f", "85", "05"]


def test_mailbox() -> None:
    blocks = [f"01 07 0{number} " + f"{number}{number} " * 16 for number in range(3)]
    bmc = Script(*blocks, 0xC9)
    assert Boot(bmc).mailbox() == bytes(16) + b"\x11" * 16 + b"\x22" * 16
    assert [data.hex() for _n, _c, data in bmc.asked] == ["070000", "070100", "070200", "070300"]
    assert len(Boot(Script(*blocks)).mailbox(2)) == 32
    assert Boot(Script(blocks[0], "01 07")).mailbox() == bytes(16)
    with pytest.raises(CompletionCodeError):
        Boot(Script(0x80)).mailbox()


def test_writing_the_mailbox() -> None:
    bmc = Script(0, 0, 0)
    Boot(bmc).set_mailbox(b"sixteen letters!and more", 2)
    Boot(bmc).set_mailbox(b"x", 255)
    assert [data for _n, _c, data in bmc.asked] == [b"\7\2sixteen letters!", b"\7\3and more", b"\7\xffx"]
    for data, block in ((b"x" * 17, 255), (b"x", -1), (b"x", 256)):
        with pytest.raises(InvalidParameterValue):
            Boot(Script()).set_mailbox(data, block)


def test_what_others_left_in_progress_is_ended() -> None:
    bmc = Script(0, 0x81, 0, 0, HELD)
    assert Boot(bmc).apply(PXE).differences == ()
    assert written(bmc) == ["03 08", "05 80 04 00 00 00", "00 00", "05 80 04 00 00 00"]
    with pytest.raises(CompletionCodeError):
        Boot(Script(0, 0xD4)).apply(PXE)

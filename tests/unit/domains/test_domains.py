# SPDX-License-Identifier: Apache-2.0
"""Domains over a requester that answers from a script."""
from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from pyghmi.exceptions import BmcStarting, CompletionCodeError, Malformed, TimedOut
from pyghmi.ipmi.domains.boot import Boot, disk_for_uefi
from pyghmi.ipmi.domains.bounded import Bounded
from pyghmi.ipmi.domains.chassis import Chassis
from pyghmi.ipmi.domains.mc import ManagementController, regular_device_id
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.domains.sessions import Sessions
from pyghmi.ipmi.spec.boot import BootDevice, BootFlags
from pyghmi.ipmi.spec.chassis import PowerAction, RestartCause
from pyghmi.ipmi.spec.request import Target


class Script:
    """Answers in order; notes what was asked.  An exception in the script is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[int, int, bytes]] = []
        self.extra: list[dict[str, Any]] = []
        self.time = 0.0

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd, data))
        self.extra.append(more)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, tuple) else (0, bytes.fromhex(answer)) if isinstance(answer, str) else (answer, b"")

    def request(self, req: Any, **more: Any) -> Any:
        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), **more))

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> float:
        return self.time


# --- chassis


def test_boot_up_switches_on_what_is_off() -> None:
    bmc = Script("00", 0)
    assert Chassis(bmc).boot_up() is PowerAction.POWER_UP
    assert bmc.asked[-1] == (0, 2, b"\1")


def test_boot_up_cycles_where_there_is_no_reset() -> None:
    bmc = Script("01", 0x80, 0)
    assert Chassis(bmc).boot_up() is PowerAction.POWER_CYCLE
    assert [data for _n, _c, data in bmc.asked] == [b"", b"\3", b"\2"]
    assert Chassis(Script("01", 0)).boot_up() is PowerAction.HARD_RESET
    with pytest.raises(CompletionCodeError):
        Chassis(Script("01", 0xD4)).boot_up()


def test_power_is_polled_and_asked_for_once_more() -> None:
    """Some BMCs say yes to the first request and do nothing."""
    bmc = Script(*["00"] * 12, 0, "00", "01")
    assert Chassis(bmc).power_reaches(True, 300, again=PowerAction.POWER_UP)
    assert bmc.asked.count((0, 2, b"\1")) == 1
    assert not Chassis(Script(*["00"] * 3)).power_reaches(True, 3)


def test_identify_falls_back_to_the_longest_time() -> None:
    bmc = Script(0xC7, 0)
    Chassis(bmc).identify()
    assert [data for _n, _c, data in bmc.asked] == [b"\0\1", b"\xff"]
    bmc = Script(0)
    Chassis(bmc).identify(False, ipmi_15=True)
    assert bmc.asked == [(0, 4, b"\0")]
    with pytest.raises(CompletionCodeError):
        Chassis(Script(0xD4)).identify()


def test_other_chassis_questions() -> None:
    assert Chassis(Script("04 20 20 20 20 20")).capabilities().diagnostic_interrupt
    assert Chassis(Script("07 01")).restart_cause().cause is RestartCause.PREVIOUS_STATE


# --- boot


def test_boot_flags() -> None:
    assert Boot(Script("01 05 a0 04 00 00 00")).flags() == BootFlags(efi=True, device=BootDevice.PXE)
    assert Boot(Script("01 05 00 04 00 00 00")).flags() is None  # old bits, and nothing valid
    assert Boot(Script("01 85 80 04 00 00 00")).flags() is None
    with pytest.raises(Malformed):
        Boot(Script("01 05 80")).flags()


def test_setting_boot_flags_goes_on_where_the_timer_cannot_be_stopped() -> None:
    for code in (0x80, 0xC1, 0xC9, 0xCC):
        bmc = Script(code, 0)
        Boot(bmc).set_flags(BootFlags(device=BootDevice.CD_DVD))
        assert bmc.asked == [(0, 8, b"\x03\x08"), (0, 8, b"\x05\x80\x14\0\0\0")]


def test_a_set_in_progress_that_was_left_behind_is_ended() -> None:
    bmc = Script(0, 0x81, 0, 0)
    Boot(bmc).set_flags(BootFlags(device=BootDevice.PXE))
    assert [data for _n, _c, data in bmc.asked][1:] == [b"\x05\x80\x04\0\0\0", b"\0\0", b"\x05\x80\x04\0\0\0"]


def test_the_disk_of_supermicro_in_uefi_mode() -> None:
    assert disk_for_uefi(10876) is BootDevice.REMOTE_PRIMARY_MEDIA
    assert disk_for_uefi(343) is BootDevice.HARD_DISK


# --- management controller


def test_device_ids_of_odd_lengths() -> None:
    """Nine bytes, the eleven that are due, fifteen, and the fourteen of simulated BMCs."""
    head = "20 01 02 10 02 80"
    for data, product in (("57 01 00", 0), ("57 01 00 42 00", 66), ("57 01 00 42 00 01 02 03 04", 66), ("57 01 00 00 42 00 00 00", 66)):
        found = ManagementController(Script(f"{head} {data}")).device_id()
        assert (found.manufacturer_id, found.product_id) == (343, product)
    assert regular_device_id(b"short") == b"short"
    with pytest.raises(CompletionCodeError) as caught:
        ManagementController(Script(0xC0)).device_id()
    assert caught.value.retryable


def test_resets_are_done_without_an_answer() -> None:
    bmc = Script(TimedOut("timeout"), 0)
    ManagementController(bmc).cold_reset()
    ManagementController(bmc).warm_reset()
    assert bmc.asked == [(6, 2, b""), (6, 3, b"")]
    with pytest.raises(CompletionCodeError):
        ManagementController(Script(0xD4)).cold_reset()


def test_guids_and_self_test() -> None:
    known = UUID("5a1d0c77-5053-4f6e-9b1e-0200005e0001")
    bmc = Script((0, known.bytes_le), (0, known.bytes), "57 81")
    assert ManagementController(bmc).system_guid().text == ManagementController(bmc).device_guid().text == str(known)
    assert ManagementController(bmc).self_test().detail == 0x81


# --- sessions


def test_capabilities_of_a_15_bmc() -> None:
    bmc = Script(0xCC, "01 16 04 00 00 00 00 00")
    assert not Sessions(bmc).auth_capabilities().speaks_20
    assert [data for _n, _c, data in bmc.asked] == [b"\x8e\x04", b"\x0e\x04"]
    with pytest.raises(CompletionCodeError):
        Sessions(Script(0xC1)).auth_capabilities()


@pytest.mark.parametrize(
    "end",
    [["01"], [0xC9], ["01 c0 00 00 40 80 c0 01 01 40 80 c0 02 01 41 80 c0"]],
    ids=["only the channel", "an error", "the same block again"],
)
def test_A09_a_list_of_suites_ends_somehow(end: list[Any]) -> None:
    block = "01 c0 00 00 40 80 c0 01 01 40 80 c0 02 01 41 80 c0"
    bmc = Script(block, *end)
    assert [record.suite for record in Sessions(bmc).cipher_suites()][:3] == [0, 1, 2]
    with pytest.raises(CompletionCodeError):
        Sessions(Script(0xC1)).cipher_suites()


def test_a_list_of_suites_that_never_ends() -> None:
    blocks = [(0, b"\1" + bytes([0xC0, number, 1, 0x41, 0x81]) * 3 + b"\xc0") for number in range(0x50)]
    bmc = Script(*blocks)
    Sessions(bmc).cipher_suites()
    assert len(bmc.asked) == 0x40


def test_session_and_channel_info() -> None:
    assert Sessions(Script("05 10 01 02 04 11 7f000001 000000000000 6f02")).info().port == 623
    assert Sessions(Script("01 04 01 81 f2 1b 00 00 00")).channel_info().active_sessions == 1


# --- one deadline


def test_bounded() -> None:
    bmc = Script("00", "00", "55 00")
    call = Bounded(bmc, 5.0, Target(0x82))
    call.exchange(6, 4)
    assert bmc.extra[0]["deadline_s"] == 5.0
    assert bmc.extra[0]["target"] == Target(0x82)
    call.wait(3.0)
    call.exchange(6, 4, deadline_s=60.0)
    assert bmc.extra[1]["deadline_s"] == 2.0
    call.wait(100.0)
    assert call.now() == 5.0
    ManagementController(call).self_test()
    assert bmc.extra[2]["deadline_s"] < 0.01


def test_S26_a_session_without_a_handle_is_none() -> None:
    """Some BMCs answer with the facts of another session where there is none."""
    found = Sessions(Script("00 0f 02 03 04 10 7f000001")).info()
    assert (found.handle, found.slots, found.active) == (0, 15, 2)
    assert (found.user_id, found.privilege, found.address) == (None, None, None)
    assert Sessions(Script("05 0f 02 03 04 10 7f000001")).info().user_id == 3
    assert Sessions(Script("05 0f 02 03 04 10 7f000001")).info(0xFE, b"\5").user_id == 3
    assert Sessions(Script("05 0f 02 03 04 10 7f000001")).info(0xFE, b"\7").handle == 0


def test_D2_has_an_error_of_its_own() -> None:
    with pytest.raises(BmcStarting) as caught:
        Chassis(Script(0xD2)).status()
    assert (caught.value.stage, caught.value.code, caught.value.retryable) == ("Get Chassis Status", 0xD2, True)
    assert str(caught.value) == "BMC initialization in progress"

# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for channels, over a BMC in memory."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import BmcErrorException, CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.command import Command
from pyghmi.sim.lan import LanPart

INFO, GET_ACCESS, SET_ACCESS = (6, 0x42), (6, 0x41), (6, 0x40)


def made(**knobs: Any) -> tuple[MemoryBmc, Command]:
    bmc = MemoryBmc(LanPart(sessions=lambda: 0), **knobs)
    return bmc, command_over(bmc)


def with_info(data: str) -> Command:
    return made(knobs={INFO: lambda _data, _normal: (0, bytes.fromhex(data))})[1]


def test_channel_info() -> None:
    """The example of the long-known package."""
    assert made()[1].get_channel_info() == {
        "Actual channel": 1,
        "Channel Medium type": "802.3 LAN",
        "5-bit Channel IPMI Messaging Protocol Type": 1,
        "session_support": "multi",
        "active_session_count": 0,
        "Vendor ID": [242, 27, 0],
        "Auxiliary Channel Info": [0, 0],
    }


@pytest.mark.parametrize(
    ("medium", "text"),
    [
        (0, "reserved"), (1, "IPMB"), (2, "ICMB v1.0"), (3, "ICMB v0.9"), (4, "802.3 LAN"),
        (5, "Asynch. Serial/Modem (RS-232)"), (6, "Other LAN"), (7, "PCI SMBus"), (8, "SMBus v1.0/1.1"), (9, "SMBus v2.0"),
        (0xA, "reserved for USB 1.x"), (0xB, "reserved for USB 2.x"), (0xC, "System Interface (KCS, SMIC, or BT)"),
        (0x60, "OEM 60"), (0x7F, "OEM 7F"), (0xE4, "OEM 64"),
    ],
)
def test_media(medium: int, text: str) -> None:
    found = with_info(f"0f {medium:02x} 05 7f f2 1b 00 01 02").get_channel_info(15)
    assert found["Channel Medium type"] == text
    assert (found["Actual channel"], found["session_support"], found["active_session_count"]) == (15, "single", 63)
    assert found["Auxiliary Channel Info"] == [1, 2]


def test_short_channel_info() -> None:
    with pytest.raises(BmcErrorException, match=r"^expecting 10 data bytes got: \[1, 4, 1\]$"):
        with_info("01 04 01").get_channel_info(1)


def test_no_such_channel() -> None:
    with pytest.raises(CompletionCodeError) as caught:
        made()[1].get_channel_info(7)
    assert caught.value.code == 0xCC


def test_access_is_what_is_enabled() -> None:
    """Defect 32 of the long-known package: it read bits 7 to 5; bits 5 to 3 say what is disabled."""
    for data, expected in (("02 04", (True, True, True)), ("2a 04", (False, True, False)), ("12 04", (True, False, True))):
        _bmc, command = made(knobs={GET_ACCESS: lambda _data, _normal, data=data: (0, bytes.fromhex(data))})
        found = command.get_channel_access(1)
        assert (found["alerting"], found["per_msg_auth"], found["user_level_auth"]) == expected
        assert (found["access_mode"], found["privilege_level"]) == ("always", "administrator")


@pytest.mark.parametrize(
    ("data", "mode", "level"),
    [
        ("00 00", "disabled", "reserved"), ("01 01", "pre_boot", "callback"), ("02 02", "always", "user"),
        ("03 03", "shared", "operator"), ("02 05", "always", "proprietary"), ("02 0f", "always", "no_access"),
        ("07 09", "reserved 0x7", "reserved 0x9"), ("02", "always", None),
    ],
)
def test_modes_and_levels(data: str, mode: str, level: str | None) -> None:
    _bmc, command = made(knobs={GET_ACCESS: lambda _data, _normal: (0, bytes.fromhex(data))})
    found = command.get_channel_access(1)
    assert (found["access_mode"], found["privilege_level"]) == (mode, level)


def test_which_access_is_read() -> None:
    bmc, command = made()
    command.get_channel_access(1)
    command.get_channel_access(1, read_mode="non_volatile")
    assert [data for _n, _c, data in bmc.asked] == [b"\1\x80", b"\1\x40"]
    with pytest.raises(InvalidParameterValue, match="read_mode must be one of non_volatile, volatile, not 'both'"):
        command.get_channel_access(1, read_mode="both")


def sent(**arguments: Any) -> str:
    bmc, command = made()
    assert command.set_channel_access(1, **arguments) is True
    return next(data for netfn, cmd, data in bmc.asked if (netfn, cmd) == SET_ACCESS).hex(" ")


def test_setting_access() -> None:
    """True enables: its "disabled" bit is 0.  Programs that name none of them never lost authentication by that."""
    assert sent() == "01 42 44"
    assert sent(alerting=False, per_msg_auth=False, user_level_auth=False) == "01 7a 44"
    assert sent(alerting=True, per_msg_auth=True, user_level_auth=True) == "01 42 44"
    assert sent(alerting=False) == "01 62 44"
    assert sent(per_msg_auth=False) == "01 52 44"
    assert sent(user_level_auth=False) == "01 4a 44"
    every = {"alerting": True, "per_msg_auth": True, "user_level_auth": True}
    assert sent(access_update_mode="volatile", privilege_update_mode="dont_change", **every) == "01 82 04"
    assert sent(access_mode="shared", privilege_level="operator", **every) == "01 43 43"


def test_what_is_none_stays_as_it_is() -> None:
    _bmc, command = made()
    command.set_channel_access(1, alerting=False, per_msg_auth=True, user_level_auth=False)
    command.set_channel_access(1, alerting=None, per_msg_auth=None, user_level_auth=True)
    found = command.get_channel_access(1, read_mode="non_volatile")
    assert (found["alerting"], found["per_msg_auth"], found["user_level_auth"]) == (False, True, True)


def test_what_was_set_is_read() -> None:
    _bmc, command = made()
    command.set_channel_access(alerting=True, per_msg_auth=False, access_mode="shared", privilege_level="user")
    found = command.get_channel_access(read_mode="non_volatile")
    assert found == {
        "alerting": True, "per_msg_auth": False, "user_level_auth": True, "access_mode": "shared", "privilege_level": "user",
    }
    assert command.get_channel_access()["privilege_level"] == "administrator"


@pytest.mark.parametrize("name", ["access_update_mode", "access_mode", "privilege_update_mode", "privilege_level"])
def test_unknown_names(name: str) -> None:
    bmc, command = made()
    with pytest.raises(InvalidParameterValue, match=f"{name} must be one of"):
        command.set_channel_access(1, **{name: "whatever"})
    with pytest.raises(KeyError):  # as it has always been
        command.set_channel_access(1, **{name: "whatever"})
    assert bmc.asked == []


def test_refusals_have_words() -> None:
    _bmc, command = made()
    with pytest.raises(CompletionCodeError, match="Set not supported on selected channel"):
        command.set_channel_access(0)


def test_all_channels() -> None:
    found = made()[1].get_channels()
    assert [each["Actual channel"] for each in found] == [0, 1, 15]
    assert [each["access"] is None for each in found] == [True, False, True]
    assert found[1]["access_non_volatile"]["alerting"] is True


def test_payloads() -> None:
    assert made()[1].get_channel_payloads() == [0, 1, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15]

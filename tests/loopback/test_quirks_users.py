# SPDX-License-Identifier: Apache-2.0
"""Switches of section U about users, over UDP: each is seen on the wire, and our client does what the table says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import CompletionCodeError, PyghmiException, TimedOut
from pyghmi.ipmi.command import Command
from tests.loopback.quirk_lab import MakeLab, QuirkLab

APP = 6
SET_ACCESS, ACCESS, SET_NAME, NAME, PASSWORD = range(0x43, 0x48)
DISABLE, ENABLE, SET, TEST = range(4)
OPER, GONE, FREE = 3, 5, 6
ZEROS = bytes(16)


def padded(text: bytes, size: int = 16) -> bytes:
    return text.ljust(size, b"\0")


def sent(bench: QuirkLab, command: Command, cmd: int) -> list[bytes]:
    """Return the data of each request of one command about users, as they went over the wire."""
    link: Any = command.ipmi_session.link
    messages = bench.inside(link, to_bmc=True)
    return [message[6:-1] for message in messages if (message[1] >> 2, message[5]) == (APP, cmd)]


def slot(bench: QuirkLab, uid: int) -> Any:
    users: Any = bench.machine.parts["users"]
    return users.slot(uid)


def admits(bench: QuirkLab, name: str, password: str) -> bool:
    """Whether one can log in."""
    try:
        bench.command(name, password, privlevel=2).logout()
    except PyghmiException:
        return False
    return True


def asking(lab: MakeLab, quirks: str, cmd: int, data: bytes) -> int:
    """Return the completion code of one request about users."""
    bench = lab(quirks)
    return bench.ask(bench.opened(), APP, cmd, data)[0]


def test_U01_enabling_needs_the_bytes_of_a_password(lab: MakeLab) -> None:
    assert asking(lab, "U01", PASSWORD, bytes((GONE, ENABLE))) == 0xC7
    assert asking(lab, "", PASSWORD, bytes((GONE, ENABLE))) == 0
    bench = lab("U01")
    command = bench.command()
    assert command.set_user_password(GONE, "enable") is True
    assert sent(bench, command, PASSWORD) == [bytes((GONE, ENABLE)), bytes((GONE, ENABLE)) + ZEROS]
    assert slot(bench, GONE).enabled


def test_U02_U05_a_password_before_enabling_and_a_name_before_access(lab: MakeLab) -> None:
    assert asking(lab, "U02", PASSWORD, bytes((FREE, ENABLE))) == 0xCC
    assert asking(lab, "", PASSWORD, bytes((FREE, ENABLE))) == 0
    assert asking(lab, "U05", SET_ACCESS, bytes((0xB1, FREE, 3))) == 0xCC
    assert asking(lab, "", SET_ACCESS, bytes((0xB1, FREE, 3))) == 0
    bench = lab("U02,U05")
    assert bench.command().create_user(FREE, "carl", "carlspw", privilege_level="operator") is True
    assert admits(bench, "carl", "carlspw")


def test_U03_enabling_twice_is_refused(lab: MakeLab) -> None:
    assert asking(lab, "U03", PASSWORD, bytes((OPER, ENABLE))) == 0xCC
    assert asking(lab, "", PASSWORD, bytes((OPER, ENABLE))) == 0
    bench = lab("U03")
    command = bench.command()
    assert command.set_user_password(OPER, "enable") is True
    assert command.set_user_password(GONE, "enable") is True
    assert slot(bench, GONE).enabled


@pytest.mark.parametrize("code", ["cc", "cb", "d5", "c9"])
def test_U04_the_name_of_a_free_slot_is_refused(lab: MakeLab, code: str) -> None:
    assert asking(lab, f"U04:{code}", NAME, bytes((FREE,))) == int(code, 16)
    assert asking(lab, "", NAME, bytes((FREE,))) == 0
    command = lab(f"U04:{code}").command()
    assert [user["name"] for user in command.get_users().values()] == ["admin", "oper", "long", "gone"]
    assert command.get_user_name(FREE) is None


def test_U06_a_slot_keeps_its_access(lab: MakeLab) -> None:
    for quirks, codes in (("U06", [0, 0xCC]), ("", [0, 0])):
        bench = lab(quirks)
        link = bench.opened()
        names = [bench.ask(link, APP, SET_NAME, bytes((OPER,)) + padded(name))[0] for name in (b"", b"carl")]
        assert names == codes
    bench = lab("U06:kept")
    command = bench.command()
    assert command.user_delete(OPER) is True
    assert command.create_user(OPER, "carl", "carlspw") is True
    assert admits(bench, "carl", "carlspw")


def test_U06_a_name_is_taken_away_with_FF(lab: MakeLab) -> None:
    assert asking(lab, "U06:zeros", SET_NAME, bytes((OPER,)) + ZEROS) == 0xCC
    bench = lab("U06:zeros")
    command = bench.command()
    assert command.user_delete(OPER) is True
    assert [data[1:] for data in sent(bench, command, SET_NAME)] == [ZEROS, b"\xff" * 16]
    assert not slot(bench, OPER).used
    assert command.get_user_name(OPER) is None


@pytest.mark.parametrize(("variant", "lengths"), [("needed", [3, 4]), ("refused", [3])])
def test_U07_the_fourth_byte_of_access(lab: MakeLab, variant: str, lengths: list[int]) -> None:
    for length in (3, 4):
        data = bytes((0xB1, OPER, 2, 0))[:length]
        assert asking(lab, f"U07:{variant}", SET_ACCESS, data) == (0 if length == lengths[-1] else 0xC7)
        assert asking(lab, "", SET_ACCESS, data) == 0
    bench = lab(f"U07:{variant}")
    command = bench.command()
    assert command.set_user_access(OPER, privilege_level="user") is True
    assert [len(data) for data in sent(bench, command, SET_ACCESS)] == lengths
    assert slot(bench, OPER).privilege == 2


def test_U08_access_is_written_whole(lab: MakeLab) -> None:
    assert asking(lab, "U08", SET_ACCESS, bytes((0x01, OPER, 2))) == 0xCC
    assert asking(lab, "U08", PASSWORD, bytes((1, DISABLE))) == 0xCC
    assert asking(lab, "", SET_ACCESS, bytes((0x01, OPER, 2))) == 0
    bench = lab("U08")
    assert bench.ask(bench.opened(), APP, ACCESS, bytes((1, FREE)))[1][3] & 0x0F == 0
    command = bench.command()
    assert command.get_user_access(FREE)["access"]["privilege_level"] == "reserved"
    assert command.create_user(FREE, "carl", "carlspw", privilege_level="operator") is True
    assert command.get_user_access(FREE)["access"]["privilege_level"] == "operator"
    assert command.user_delete(FREE) is True


@pytest.mark.parametrize("code", ["8f", "cc", "80"])
def test_U09_rules_for_passwords(lab: MakeLab, code: str) -> None:
    weak = bytes((OPER, SET)) + padded(b"weak")
    assert asking(lab, f"U09:{code}", PASSWORD, weak) == int(code, 16)
    assert asking(lab, "", PASSWORD, weak) == 0
    command = lab(f"U09:{code}").command()
    with pytest.raises(CompletionCodeError, match="rules for passwords"):
        command.set_user_password(OPER, password="weak")
    assert command.set_user_password(OPER, password="a-long-one") is True


@pytest.mark.parametrize("variant", ["lost", "busy"])
def test_U10_writes_that_follow_fast(lab: MakeLab, variant: str) -> None:
    bench = lab(f"U10:{variant}")
    link = bench.opened()
    first = bench.ask(link, APP, SET_NAME, bytes((OPER,)) + padded(b"one"))
    began = bench.reactor.clock()
    second = bench.ask(link, APP, SET_NAME, bytes((OPER,)) + padded(b"two"))
    assert (first[0], second[0]) == (0, 0)
    assert slot(bench, OPER).name == (b"one" if variant == "lost" else b"two")
    assert (bench.reactor.clock() - began >= 1.0) is (variant == "busy"), "the console waits while it is busy"
    bench = lab(f"U10:{variant}")
    command = bench.command()
    assert command.create_user(FREE, "carl", "carlspw", privilege_level="operator") is True
    assert len(sent(bench, command, SET_NAME) + sent(bench, command, SET_ACCESS)) < 12
    bench.wait(2.0)
    assert admits(bench, "carl", "carlspw")


def test_U11_passwords_of_sixteen_bytes_only(lab: MakeLab) -> None:
    long = bytes((OPER | 0x80, SET)) + padded(b"seventeen-letters", 20)
    assert asking(lab, "U11", PASSWORD, long) == 0xCC
    assert asking(lab, "", PASSWORD, long) == 0
    bench = lab("U11:sixteen")
    command = bench.command()
    assert command.set_user_password(OPER, password="16-bytes-exactly") is True
    with pytest.raises(CompletionCodeError, match="no more than 16 bytes"):
        command.set_user_password(OPER, password="seventeen-letters")
    assert slot(bench, OPER).password == b"16-bytes-exactly", "a long one is never cut"


def test_U11_passwords_of_twenty_bytes_only(lab: MakeLab) -> None:
    assert asking(lab, "U11:twenty", PASSWORD, bytes((OPER, SET)) + padded(b"short")) == 0xC7
    bench = lab("U11:twenty")
    assert bench.command().set_user_password(OPER, password="short") is True
    assert admits(bench, "oper", "short")


def test_U12_sixty_three_slots(lab: MakeLab) -> None:
    for quirks, most in (("U12", 63), ("U12:20", 20), ("", 15)):
        bench = lab(quirks)
        assert bench.ask(bench.opened(), APP, ACCESS, b"\1\1")[1][0] == most
    bench = lab("U12")
    command = bench.command()
    assert command.create_user(63, "last", "lastpw") is True
    assert command.get_name_uids("last") == [63]
    assert command.get_channel_max_user_count() == 63
    assert admits(bench, "last", "lastpw")


@pytest.mark.parametrize("variant", ["silent", "refused"])
def test_U13_a_name_that_may_not_have_been_written(lab: MakeLab, variant: str) -> None:
    bench = lab(f"U13:{variant}")
    link, name = bench.opened(), bytes((FREE,)) + padded(b"carl")
    if variant == "silent":
        with pytest.raises(TimedOut):
            bench.ask(link, APP, SET_NAME, name, deadline_s=4.0)
    else:
        assert bench.ask(link, APP, SET_NAME, name)[0] == 0xCC
    assert slot(bench, FREE).name == b"carl"
    assert asking(lab, "", SET_NAME, name) == 0
    bench = lab(f"U13:{variant}")
    command = bench.command()
    assert command.ensure_user("carl", "carlspw", privilege_level="user")["uid"] == FREE
    assert {data[0] for data in sent(bench, command, SET_NAME)} == {FREE}, "no other slot is tried"
    assert [uid for uid in range(1, 16) if slot(bench, uid).name == b"carl"] == [FREE]
    assert admits(bench, "carl", "carlspw")


def test_users_with_all_quirks_that_go_together(lab: MakeLab) -> None:
    bench = lab("U01,U02,U03,U04,U05,U06,U07,U08,U09,U10,U11,U12,U13")
    command = bench.command()
    assert command.create_user(40, "carl", "carls-password", privilege_level="operator") is True
    bench.wait(2.0)
    assert admits(bench, "carl", "carls-password")
    assert command.get_name_uids("carl") == [40]
    assert command.user_delete(40) is True

# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for users, over a BMC in memory; the values are those of the long-known package."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import command_over
from user_part import ACCESS, NAME, PASSWORD, SET_ACCESS, SET_NAME, UserBmc

from pyghmi.exceptions import (
    BypassGenericBehavior,
    CompletionCodeError,
    InvalidParameterValue,
    IpmiException,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import Privilege

ADMINISTRATOR = {"callback": False, "link_auth": True, "ipmi_msg": True, "privilege_level": "administrator"}


def made(*users: User, **more: Any) -> tuple[UserBmc, Command]:
    bmc = UserBmc(*users, **more)
    return bmc, command_over(bmc)


def test_the_example_of_get_user() -> None:
    _bmc, command = made(User(b"user2", b"x"))
    expected = {"name": "user2", "uid": 2, "channel": 1, "access": ADMINISTRATOR, "expiration": None}
    assert command.get_user(2) == expected
    assert command.get_user(uid=2, channel=14)["channel"] == 14


def test_the_example_of_get_user_access() -> None:
    _bmc, command = made(User(b"user2", b"x"), User(b"user3", b"x", user_id=3))
    assert command.get_user_access(2) == {
        "channel_info": {"max_user_count": 5, "enabled_users": 2, "users_with_fixed_names": 1},
        "access": ADMINISTRATOR,
    }


@pytest.mark.parametrize(
    ("level", "name"),
    [(0, "reserved"), (1, "callback"), (2, "user"), (3, "operator"), (4, "administrator"), (5, "proprietary"), (15, "no_access"), (9, 9)],
)
def test_levels(level: int, name: Any) -> None:
    bmc, command = made()
    bmc.knobs[ACCESS] = lambda _data, _handler: (0, bytes((5, 2, 1, 0x70 | level)))
    assert command.get_user_access(2)["access"] == {"callback": True, "link_auth": True, "ipmi_msg": True, "privilege_level": name}


def test_four_bytes_are_expected() -> None:
    bmc, command = made()
    bmc.knobs[ACCESS] = lambda _data, _handler: (0, b"\x05\x02\x01")
    with pytest.raises(IpmiException, match="^expecting 4 data bytes$"):
        command.get_user_access(2)


def test_get_users_sweeps_on() -> None:
    bmc, command = made()
    bmc.knobs[ACCESS] = lambda data, handler: (0xCC, b"") if data[1] == 3 else handler(data)
    found = command.get_users()
    assert found[2]["access"] == ADMINISTRATOR
    assert found[3] == {
        "name": "oper",
        "uid": 3,
        "channel": 1,
        "access": {"callback": None, "link_auth": None, "ipmi_msg": None, "privilege_level": None},
        "expiration": None,
    }


def test_get_users_asks_once_a_slot_and_once_a_user() -> None:
    bmc, command = made(slots=15)
    command.get_users(channel=1)
    assert bmc.count(*NAME) == 15
    assert bmc.count(*ACCESS) == 3


def test_the_last_slot_is_looked_at_for_a_name() -> None:
    _bmc, command = made(User(b"admin", b"x"), User(b"admin", b"y", user_id=5))
    assert command.get_name_uids("admin") == [2, 5]
    assert command.get_name_uids("") == []


def test_names_as_text() -> None:
    bmc, command = made(User("jörg".encode(), b"x"), User(b"j\xf6rg", b"x", user_id=3))
    assert command.get_user_name(2) == command.get_user_name(3) == "jörg"
    assert command.get_user_name(4) is None
    assert command.set_user_name(4, "jürgen") is True
    assert bmc.sent(SET_NAME) == ["04" + "jürgen".encode().ljust(16, b"\0").hex()]
    assert command.set_user_name(4, b"bytes") is True


def test_a_name_that_is_refused() -> None:
    _bmc, command = made()
    assert command.get_user_name(9) is None and command.get_user_name(99) is None
    with pytest.raises(InvalidParameterValue):
        command.get_user_name(99, return_none_on_error=False)
    with pytest.raises(CompletionCodeError) as caught:
        command.get_user_name(9, return_none_on_error=False)
    assert caught.value.code == 0xC9


def test_too_long() -> None:
    _bmc, command = made()
    with pytest.raises(InvalidParameterValue, match="^name must be less than or = 16 chars$"):
        command.set_user_name(3, "seventeen-letters")
    with pytest.raises(InvalidParameterValue, match="^password has limit of 20 chars$"):
        command.set_user_password(3, "set_password", "a password of more than twenty")


@pytest.mark.parametrize(("name", "password"), [("seventeen-letters", "x"), ("carl", "a password of more than twenty")])
def test_a_user_that_cannot_be_is_not_begun(name: str, password: str) -> None:
    bmc, command = made()
    for make in (lambda: command.create_user(4, name, password), lambda: command.ensure_user(name, password)):
        with pytest.raises(InvalidParameterValue, match="chars$"):
            make()
    assert bmc.sent(SET_NAME, PASSWORD, SET_ACCESS) == []


@pytest.mark.parametrize(("byte", "enabled"), [(0x42, True), (0x82, False), (0x02, None)])
def test_whether_a_user_is_enabled(byte: int, enabled: Any) -> None:
    bmc, command = made()
    bmc.knobs[ACCESS] = lambda _data, _handler: (0, bytes((5, byte, 1, 0x34)))
    assert command.get_user_enabled(2) is enabled


def test_a_level_that_is_no_word() -> None:
    _bmc, command = made()
    for level in (4, None, b"user"):
        with pytest.raises(InvalidParameterValue, match="privilege_level must be one of"):
            command.set_user_access(3, privilege_level=level)  # type: ignore[arg-type]
        with pytest.raises(InvalidParameterValue, match="privilege_level must be one of"):
            command.create_user(4, "n", "p", privilege_level=level)  # type: ignore[arg-type]


def test_unknown_words() -> None:
    bmc, command = made()
    with pytest.raises(InvalidParameterValue, match="privilege_level"):
        command.create_user(4, "carl", "x", privilege_level="root")
    with pytest.raises(InvalidParameterValue, match="mode"):
        command.set_user_password(3, "set")
    with pytest.raises(KeyError):  # as it has always been
        command.set_user_password(3, "set")
    with pytest.raises(KeyError):
        command.set_user_access(3, privilege_level="root")
    assert bmc.count(*SET_NAME) == bmc.count(*PASSWORD) == 0


def test_set_user_access_on_the_wire() -> None:
    bmc, command = made()
    assert command.set_user_access(3, 1, True, False, False, "callback") is True
    assert command.set_user_access(3, privilege_level="proprietary", channel=14) is True
    assert bmc.sent(SET_ACCESS) == ["c10301", "be0305"]


def test_a_password_without_one_has_no_bytes() -> None:
    bmc, command = made()
    with pytest.raises(CompletionCodeError):
        command.set_user_password(3)
    assert bmc.sent(PASSWORD) == ["0302"]


def test_a_test_is_false_whatever_is_wrong() -> None:
    bmc, command = made()
    assert command.set_user_password(3, mode="test_password", password="op-pass") is True
    assert command.set_user_password(3, mode="test_password", password="wrong") is False
    bmc.knobs[PASSWORD] = lambda _data, _handler: (0xC1, b"")
    assert command.set_user_password(3, mode="test_password", password="op-pass") is False
    with pytest.raises(CompletionCodeError):
        command.test_user_password(3, "op-pass")


def test_create_change_and_delete() -> None:
    bmc, command = made()
    assert command.create_user(4, "carl", "carlspw", privilege_level="operator") is True
    assert bmc.admits(b"carl", b"carlspw", Privilege.OPERATOR)
    assert command.update_user({"uid": 4, "username": "karl", "password": "new", "privilege_level": "user"}) is True
    assert bmc.admits(b"karl", b"new", Privilege.USER)
    assert command.update_user({"uid": 4, "enabled": "no"}) is True
    assert not bmc.admits(b"karl", b"new")
    assert command.update_user({"uid": 4, "enabled": "yes", "privilege_level": "no_access"}) is True
    assert command.get_user(4)["access"]["privilege_level"] == "no_access"
    assert not bmc.admits(b"karl", b"new")
    assert command.disable_user(4, "enable") is True
    assert command.update_user({"uid": 4, "privilege_level": "no_access", "enabled": "no"}) is True
    assert bmc.part.slot(4).enabled is False  # type: ignore[union-attr]
    assert command.user_delete(4) is True
    assert command.get_user_name(4) is None


def test_the_misspelt_names_stay() -> None:
    bmc, command = made()
    assert command.upate_user_no_access({"uid": 3}, "no_access") is True
    assert bmc.sent(SET_ACCESS) == ["b1030f"]
    assert command.set_extended_privilleges(3) is False
    assert command.set_extended_privileges(3) is False


def test_payloads() -> None:
    _bmc, command = made()
    assert command.set_user_payload_access(3, sol=False) is True
    assert command.get_user_payload_access(3) == {"sol": False}


def test_ensure_user() -> None:
    bmc, command = made()
    found = command.ensure_user("carl", "carlspw", privilege_level="operator", sol=True)
    assert found == {"uid": 4, "created": True, "changed": ["name", "password", "access", "sol", "enabled"]}
    assert command.ensure_user("carl", "carlspw", privilege_level="operator") == {"uid": 4, "created": False, "changed": []}
    assert bmc.admits(b"carl", b"carlspw", Privilege.OPERATOR)


def test_a_level_of_a_vendor_that_nobody_knows() -> None:
    _bmc, command = made()
    with pytest.raises(UnsupportedFunctionality):
        command.set_user_access(3, privilege_level="custom.role")
    with pytest.raises(UnsupportedFunctionality, match="undone in slot 4"):
        command.create_user(4, "carl", "carlspw", privilege_level="custom.role")
    assert command.get_user_name(4) is None


# --- a vendor's handler


class Vendor(OEMHandler):
    """Does everything its own way, and notes what it was asked."""

    def __init__(self, bypass: bool = False) -> None:
        super().__init__({}, None)
        self.said: list[Any] = []
        self.bypass = bypass

    def is_valid(self, name: str | None) -> bool:
        return name not in (None, "oper")

    def get_user_expiration(self, uid: int) -> int | None:
        return 90

    def get_user_privilege_level(self, uid: int) -> str | None:
        return "custom.role" if uid == 2 else None

    def set_oem_extended_privilleges(self, uid: int) -> bool:
        self.said.append(("extended", uid))
        return True

    def process_password(self, password: Any, data: list[int]) -> list[int]:
        self.said.append(("password", password, data[:2]))
        return data

    def oem_user_access(self, callback: bool, privilege_level: str) -> tuple[bool, str]:
        return True, "administrator" if privilege_level == "operator" else privilege_level

    def set_user_access(self, uid: int, channel: int, callback: bool, link_auth: bool, ipmi_msg: bool, privilege_level: str) -> Any:
        self.said.append(("access", uid, channel, callback, privilege_level))

    def user_delete(self, uid: int, channel: int) -> None:
        self.said.append(("delete", uid, channel))
        if self.bypass:
            raise BypassGenericBehavior

    def user_delete_privilege_level(self) -> str:
        return "callback"


def with_vendor(**more: Any) -> tuple[UserBmc, Command, Vendor]:
    bmc, command = made()
    command._oem = vendor = Vendor(**more)
    return bmc, command, vendor


def test_a_vendor_has_its_say() -> None:
    bmc, command, vendor = with_vendor()
    assert list(command.get_users()) == [2]
    assert command.get_user(2)["expiration"] == 90
    assert command.get_user_access(2)["access"]["privilege_level"] == "custom.role"
    assert command.set_user_access(3, privilege_level="operator") is True
    assert bmc.sent(SET_ACCESS) == ["f10304"]
    assert vendor.said == [("access", 3, 1, True, "administrator"), ("extended", 3)]
    assert command.set_user_access(3, privilege_level="custom.role") is True
    assert bmc.sent(SET_ACCESS) == ["f10304"]
    command.set_user_password(3, password="new")
    assert ("password", b"new".ljust(16, b"\0"), [3, 2]) in vendor.said


def test_a_vendor_deletes() -> None:
    bmc, command, vendor = with_vendor()
    assert command.user_delete(3) is True
    assert bmc.sent(SET_ACCESS) == ["c10301"]
    bmc, command, vendor = with_vendor(bypass=True)
    assert command.user_delete(3) is None
    assert vendor.said == [("delete", 3, 1)]
    assert bmc.count(*SET_NAME) == 0


def test_updating_nothing_is_done_at_once() -> None:
    """As the long-known package has it: a dictionary without anything to change."""
    nothing: list[dict[str, Any]] = [{}, {"uid": 3}]
    for user in nothing:
        bmc, command = made()
        assert command.update_user(user) is True
        assert bmc.asked == []

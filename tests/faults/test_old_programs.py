# SPDX-License-Identifier: Apache-2.0
"""BMCs that tell nothing of what was written: programs for the long-known package, which never asked, work as ever."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import pytest
from memory_bmc import MemoryBmc, Reply, command_over
from user_part import ACCESS, CHANNEL_INFO, ENABLE, NAME, PASSWORD, SET, SET_ACCESS, SET_NAME, TEST, UserBmc

from pyghmi.exceptions import BmcErrorException, CompletionCodeError, TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.spec.codes import Privilege

SESSION_INFO = (0x06, 0x3D)
OK = (0x00, b"")

CALLS: dict[str, Callable[[Command], Any]] = {
    "create": lambda bmc: bmc.create_user(3, "carl", "carlspw", privilege_level="operator"),
    "delete": lambda bmc: bmc.user_delete(3),
    "access": lambda bmc: bmc.set_user_access(3, privilege_level="operator"),
    "name": lambda bmc: bmc.set_user_name(3, "carl"),
    "password": lambda bmc: bmc.set_user_password(3, password="carlspw"),
    "disable": lambda bmc: bmc.disable_user(3, "disable"),
    "update": lambda bmc: bmc.update_user({"uid": 3, "username": "carl", "password": "x", "privilege_level": "user"}),
}

KINDS: dict[str, dict[tuple[int, int], Reply]] = {
    "the same of all users": {ACCESS: (0, b"\x0a\x42\x01\x34"), NAME: (0, b"ADMIN".ljust(16, b"\0"))},
    "nothing but zeros": {ACCESS: (0, bytes(4)), NAME: (0, bytes(16))},
    "unknown command": {},
    "insufficient privilege": {ACCESS: (0xD4, b""), NAME: (0xD4, b"")},
    "invalid field": {ACCESS: (0xCC, b""), NAME: (0xCC, b"")},
    "unspecified error": {ACCESS: (0xFF, b""), NAME: (0xFF, b"")},
    "too few bytes": {ACCESS: (0, b"\x0a"), NAME: (0, b"")},
}


class Fixed(MemoryBmc):
    """Takes all writes, keeps nothing, and gives fixed answers to questions."""

    def __init__(self, replies: dict[tuple[int, int], Reply]) -> None:
        super().__init__()
        known: dict[tuple[int, int], Reply] = {SET_ACCESS: OK, SET_NAME: OK, PASSWORD: OK, **replies}
        self.knobs = {command: (lambda _data, _handler, reply=reply: reply) for command, reply in known.items()}
        self.knobs[CHANNEL_INFO] = UserBmc().knobs[CHANNEL_INFO]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_read_back_is_believed(kind: str, call: str) -> None:
    bmc = Fixed(KINDS[kind])
    command = command_over(bmc)
    command.ipmi_session.link.login = Login(b"ADMIN", b"secret")
    assert CALLS[call](command) is True
    assert bmc.time - 1000.0 < 0.5


def test_names_are_doubted_where_access_is_the_same_of_all() -> None:
    bmc = Fixed({ACCESS: (0, b"\x0a\x42\x01\x34")})
    bmc.knobs[NAME] = lambda data, _handler: (0, (b"ADMIN" if data == b"\x02" else b"").ljust(16, b"\0"))
    assert command_over(bmc).create_user(3, "carl", "carlspw") is True


@pytest.mark.parametrize("call", CALLS)
def test_silence_to_questions_costs_one_short_wait_a_step(call: str) -> None:
    bmc = Fixed({ACCESS: None, NAME: None})
    assert CALLS[call](command_over(bmc)) is True
    assert bmc.time - 1000.0 < (16.0 if call == "update" else 6.0)


def test_deleting_a_user_without_a_name_fails_where_nothing_could_be_taken() -> None:
    bmc = UserBmc(knobs={PASSWORD: lambda _data, _handler: (0xD4, b""), SET_ACCESS: lambda _data, _handler: (0xD4, b"")})
    null = bmc.part.slot(1)
    assert null is not None
    null.enabled = null.messaging = True
    null.privilege = Privilege.ADMINISTRATOR
    with pytest.raises(CompletionCodeError):
        command_over(bmc).user_delete(1)
    null.enabled = False
    assert command_over(bmc).user_delete(1) is True


# --- steps that fail


def silent(bmc: MemoryBmc, operation: int | None, *, applied: bool) -> Callable[[bytes, Any], Reply]:
    """Give no answer; see to it that there is time for each request."""

    def knob(data: bytes, handler: Any) -> Reply:
        assert bmc.extra[-1]["deadline_s"] >= 1.0, "no time is left"
        if operation is not None and data[1] != operation:
            return handler(data)  # type: ignore[no-any-return]
        if applied:
            handler(data)
        return None

    return knob


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    ("command", "operation"),
    [(SET_NAME, None), (PASSWORD, SET), (PASSWORD, TEST), (SET_ACCESS, None), (PASSWORD, ENABLE), (ACCESS, None), (NAME, None)],
)
def test_silence_to_any_step_leaves_no_account_half_made(
    command: tuple[int, int], operation: int | None, applied: bool
) -> None:
    bmc = UserBmc()
    bmc.knobs[command] = silent(bmc, operation, applied=applied)
    try:
        made = command_over(bmc).create_user(4, "carl", "carlspw", privilege_level="administrator")
    except TimedOut as error:
        assert "undone" in str(error)
        assert not bmc.admits(b"carl", b"carlspw")
        slot = bmc.part.slot(4)
        assert slot is not None
        assert (slot.name, slot.enabled) == (b"", False)
    else:
        assert made is True
        assert bmc.admits(b"carl", b"carlspw", Privilege.ADMINISTRATOR)
    assert bmc.time - 1000.0 <= 30.0


def test_a_slot_that_was_taken_gets_its_access_back() -> None:
    bmc = UserBmc(knobs={PASSWORD: lambda data, handler: (0xFF, b"") if data[1] == ENABLE else handler(data)})
    former = bmc.part.slot(3)
    assert former is not None
    with pytest.raises(CompletionCodeError, match="undone in slot 3: former access, former name; it may have the new pass"):
        command_over(bmc).create_user(3, "carl", "carlspw", privilege_level="administrator")
    assert (former.name, former.privilege) == (b"oper", Privilege.OPERATOR)


def test_a_user_that_was_disabled_is_so_again() -> None:
    bmc = UserBmc(knobs={PASSWORD: lambda data, handler: (handler(data), (0xFF, b""))[1] if data[1] == ENABLE else handler(data)})
    former = bmc.part.slot(3)
    assert former is not None
    former.enabled = False
    with pytest.raises(CompletionCodeError, match="former access, enabling, former name"):
        command_over(bmc).create_user(3, "carl", "carlspw")
    assert former.enabled is False


def test_a_slot_that_cannot_be_read_is_left_alone_where_nothing_was_written() -> None:
    bmc = UserBmc(knobs={NAME: lambda _data, _handler: (0xD4, b""), SET_NAME: lambda _data, _handler: (0xCC, b"")})
    with pytest.raises(CompletionCodeError, match="cannot be read, so that nothing was undone"):
        command_over(bmc).create_user(3, "carl", "carlspw")
    assert bmc.admits(b"oper", b"op-pass")


# --- lists, and the own password


def test_one_name_that_is_refused_does_not_end_the_list() -> None:
    bmc = UserBmc(knobs={NAME: lambda data, handler: (0xFF, b"") if data == b"\x04" else handler(data)})
    command = command_over(bmc)
    assert list(command.get_users()) == [2, 3]
    assert command.get_name_uids("oper") == [3]


def test_a_list_of_nothing_but_refusals_is_one() -> None:
    bmc = UserBmc(knobs={NAME: lambda _data, _handler: (0xD4, b"")})
    with pytest.raises(CompletionCodeError):
        command_over(bmc).get_users()


def test_a_list_without_access_says_what_is_missing() -> None:
    bmc = UserBmc(knobs={ACCESS: lambda _data, _handler: (0, b"\x05")})
    for call in (Command.get_users, lambda command: command.get_name_uids("admin")):
        with pytest.raises(BmcErrorException, match="^expecting 4 data bytes$"):
            call(command_over(bmc))


@pytest.mark.parametrize("info", [(0xC1, b""), (0, b""), None, (0, b"\x01\x05\x01\x02")])
@pytest.mark.parametrize("name", [(0xC1, b""), (0xD4, b""), None])
def test_the_own_password_is_changed_whatever_the_bmc_tells_of_itself(name: Reply, info: Reply) -> None:
    bmc = UserBmc(knobs={NAME: lambda _data, _handler: name, SESSION_INFO: lambda _data, _handler: info})
    command = command_over(bmc)
    bmc.login = login = Login(b"admin", b"secret")  # type: ignore[attr-defined]
    command.ipmi_session = SimpleNamespace(link=bmc, password=b"secret", kg=b"secret", kgo=None)
    assert command.set_user_password(2, password="new") is True
    assert bmc.admits(b"admin", b"new")
    told = info is not None and len(info[1]) == 4
    assert login.password == (b"new" if told else b"secret")

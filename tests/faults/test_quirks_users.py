# SPDX-License-Identifier: Apache-2.0
"""What BMCs do with users that the specification does not say: each test plays one of them."""
from __future__ import annotations

from typing import Any

import pytest
from memory_bmc import Handler, Knob, Reply, command_over
from user_part import (
    ACCESS,
    DISABLE,
    ENABLE,
    NAME,
    PASSWORD,
    SET,
    SET_ACCESS,
    SET_NAME,
    TEST,
    UserBmc,
)

from pyghmi.exceptions import (
    BmcErrorException,
    CompletionCodeError,
    NotFound,
    SessionLost,
    TimedOut,
    WrongPassword,
)
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import Privilege

OK = 0x00


def on_operation(operations: tuple[int, ...], knob: Knob) -> Knob:
    """Play the knob for some operations of Set User Password."""

    def played(data: bytes, handler: Handler) -> Reply:
        return knob(data, handler) if data[1] in operations else handler(data)

    return played


def code(value: int) -> Knob:
    return lambda _data, _handler: (value, b"")


@pytest.mark.parametrize("refusal", [0xC7, 0xC6, 0xCC])
@pytest.mark.parametrize("mode", ["enable", "disable"])
def test_U01_enable_and_disable_need_the_bytes_of_a_password(refusal: int, mode: str) -> None:
    def strict(data: bytes, handler: Handler) -> Reply:
        return handler(data) if len(data) == 18 else (refusal, b"")

    bmc = UserBmc(User(b"admin", b"secret", enabled=mode == "disable"), knobs={PASSWORD: on_operation((ENABLE, DISABLE), strict)})
    assert command_over(bmc).set_user_password(2, mode) is True
    assert bmc.part.slot(2).enabled is (mode == "enable")  # type: ignore[union-attr]
    assert bmc.sent(PASSWORD) == [f"020{int(mode == 'enable')}", f"020{int(mode == 'enable')}" + "00" * 16]


def test_U01_a_bmc_that_refuses_those_bytes_gets_none() -> None:
    def strict(data: bytes, handler: Handler) -> Reply:
        return handler(data) if len(data) == 2 else (0xC7, b"")

    bmc = UserBmc(knobs={PASSWORD: on_operation((ENABLE, DISABLE), strict)})
    assert command_over(bmc).set_user_password(3, "disable") is True
    assert bmc.sent(PASSWORD) == ["0300"]


def test_U02_U05_a_user_is_made_in_the_order_that_all_take() -> None:
    """Enabling fails until there is a password (Dell R610), access until there is a name (Xanadu II)."""
    bmc = UserBmc()

    def no_password(data: bytes, handler: Handler) -> Reply:
        return handler(data) if bmc.part.slot(4).password else (0xCC, b"")  # type: ignore[union-attr]

    def no_name(data: bytes, handler: Handler) -> Reply:
        return handler(data) if bmc.part.slot(4).name else (0xCC, b"")  # type: ignore[union-attr]

    bmc.knobs.update({PASSWORD: on_operation((ENABLE,), no_password), SET_ACCESS: no_name})
    assert command_over(bmc).create_user(4, "carl", "carlspw", privilege_level="operator") is True
    writes = [(netfn, cmd) for netfn, cmd, _data in bmc.asked if (netfn, cmd) in (SET_NAME, PASSWORD, SET_ACCESS)]
    assert writes == [SET_NAME, PASSWORD, PASSWORD, SET_ACCESS, PASSWORD]
    assert [data[3] for data in bmc.sent(PASSWORD)] == ["2", "3", "1"]
    assert bmc.admits(b"carl", b"carlspw", Privilege.OPERATOR)
    assert not bmc.admits(b"carl", b"carlspw", Privilege.ADMINISTRATOR)


@pytest.mark.parametrize("status", [0x40, 0x00], ids=["enabled", "unspecified"])
def test_U03_enabling_an_enabled_user_is_refused(status: int) -> None:
    def told(data: bytes, handler: Handler) -> Reply:
        found, answer = handler(data)
        return found, answer[:1] + bytes((status | answer[1] % 64,)) + answer[2:]

    bmc = UserBmc(knobs={PASSWORD: on_operation((ENABLE,), code(0xCC)), ACCESS: told})
    assert command_over(bmc).set_user_password(3, "enable") is True


def test_U03_a_bmc_that_refuses_the_bytes_of_a_password_too() -> None:
    bmc = UserBmc(knobs={PASSWORD: lambda data, _handler: (0xC7 if len(data) > 2 else 0xCC, b"")})
    assert command_over(bmc).set_user_password(3, "enable") is True


def test_U03_a_refusal_is_believed_where_the_user_is_disabled() -> None:
    bmc = UserBmc(User(b"admin", b"secret", enabled=False), knobs={PASSWORD: on_operation((ENABLE,), code(0xCC))})
    with pytest.raises(CompletionCodeError) as caught:
        command_over(bmc).set_user_password(2, "enable")
    assert caught.value.code == 0xCC


@pytest.mark.parametrize("refusal", [0xCC, 0xCB, 0xD5, 0xC9])
def test_U04_the_name_of_an_empty_slot_is_refused(refusal: int) -> None:
    def empty(data: bytes, handler: Handler) -> Reply:
        found, name = handler(data)
        return (found, name) if name.strip(b"\0") else (refusal, b"")

    bmc = UserBmc(knobs={NAME: empty})
    command = command_over(bmc)
    assert list(command.get_users()) == [2, 3]
    assert command.get_user_name(4) is None
    assert command.get_name_uids("oper") == [3]
    assert command.ensure_user("carl", "carlspw")["uid"] == 4
    with pytest.raises(CompletionCodeError):
        command.get_user_name(5, return_none_on_error=False)


def test_U06_a_slot_is_freed_with_FF_where_zeros_are_refused() -> None:
    def no_zeros(data: bytes, handler: Handler) -> Reply:
        return handler(data) if any(data[1:]) else (0xCC, b"")

    bmc = UserBmc(knobs={SET_NAME: no_zeros})
    assert command_over(bmc).user_delete(3) is True
    assert bmc.sent(SET_NAME) == ["03" + "00" * 16, "03" + "ff" * 16]
    assert command_over(bmc).get_user_name(3) is None


def test_U06_a_name_that_reads_as_FF_is_none() -> None:
    bmc = UserBmc(knobs={NAME: lambda data, handler: (OK, b"\xff" * 16) if data == b"\x04" else handler(data)})
    assert list(command_over(bmc).get_users()) == [2, 3]


def test_U06_access_goes_before_the_name() -> None:
    """MegaRAC: what a slot had stays with it, and a new user in it is refused."""
    bmc = UserBmc()

    def keeps(data: bytes, handler: Handler) -> Reply:
        slot = bmc.part.slot(3)
        assert slot is not None
        held = slot.privilege
        reply = handler(data)
        slot.privilege = held
        return reply

    def refuses(data: bytes, handler: Handler) -> Reply:
        slot = bmc.part.slot(3)
        assert slot is not None
        return handler(data) if slot.name or slot.privilege is Privilege.NO_ACCESS else (0xCC, b"")

    bmc.knobs.update({SET_NAME: keeps, PASSWORD: on_operation((SET,), refuses)})
    command = command_over(bmc)
    assert command.user_delete(3) is True
    assert bmc.sent(SET_ACCESS) == ["81030f"]
    assert command.create_user(3, "carl", "carlspw") is True


def test_U07_access_needs_its_optional_byte() -> None:
    bmc = UserBmc(knobs={SET_ACCESS: lambda data, handler: handler(data) if len(data) == 4 else (0xC7, b"")})
    assert command_over(bmc).set_user_access(3, privilege_level="user") is True
    assert bmc.sent(SET_ACCESS) == ["b10302", "b1030200"]


def test_U07_access_is_refused_with_that_byte() -> None:
    bmc = UserBmc(knobs={SET_ACCESS: lambda data, handler: handler(data) if len(data) == 3 else (0xC7, b"")})
    assert command_over(bmc).set_user_access(3, privilege_level="user") is True
    assert bmc.sent(SET_ACCESS) == ["b10302"]


def test_U08_the_whole_record_is_written() -> None:
    """Supermicro X10DDW-i: the level is reserved at first, and an update that leaves part as it is fails."""
    bmc = UserBmc(knobs={SET_ACCESS: lambda data, handler: handler(data) if data[0] & 0x80 and data[2] & 15 else (0xCC, b"")})
    slot = bmc.part.slot(3)
    assert slot is not None
    slot.privilege = Privilege.HIGHEST
    command = command_over(bmc)
    assert command.get_user_access(3)["access"]["privilege_level"] == "reserved"
    assert command.set_user_access(3, privilege_level="operator") is True
    assert command.get_user_access(3)["access"]["privilege_level"] == "operator"


def test_U08_a_user_that_cannot_be_disabled_is_deleted_all_the_same() -> None:
    bmc = UserBmc(knobs={PASSWORD: on_operation((DISABLE,), code(0xD5))})
    assert command_over(bmc).user_delete(3) is True
    assert not bmc.admits(b"oper", b"op-pass")


def test_deleting_fails_where_neither_works() -> None:
    bmc = UserBmc(knobs={PASSWORD: on_operation((DISABLE,), code(0xD4)), SET_ACCESS: code(0xD4)})
    with pytest.raises(CompletionCodeError):
        command_over(bmc).user_delete(3)


@pytest.mark.parametrize("refusal", [0x80, 0x8F, 0xCC, 0xC9])
def test_U09_a_password_against_the_rules(refusal: int) -> None:
    bmc = UserBmc(knobs={PASSWORD: on_operation((SET,), code(refusal))})
    with pytest.raises(CompletionCodeError, match="rules for passwords") as caught:
        command_over(bmc).set_user_password(3, password="weak")
    assert caught.value.code == refusal
    assert bmc.count(*PASSWORD) == 1
    assert "weak" not in str(caught.value) + repr(caught.value)


def test_U09_a_user_whose_password_is_refused_is_not_left_half_made() -> None:
    bmc = UserBmc(knobs={PASSWORD: on_operation((SET,), code(0x8F))})
    with pytest.raises(CompletionCodeError, match="undone in slot 4: access, enabling, name"):
        command_over(bmc).create_user(4, "carl", "weak")
    slot = bmc.part.slot(4)
    assert slot is not None
    assert (slot.name, slot.enabled, slot.privilege) == (b"", False, Privilege.NO_ACCESS)
    assert not bmc.admits(b"carl", b"weak")


class Slow:
    """Lose writes that come less than a second after the one before."""

    def __init__(self) -> None:
        self.bmc = UserBmc()
        self.last = -10.0
        for command in (SET_NAME, SET_ACCESS, PASSWORD):
            self.bmc.knobs[command] = self.lose

    def lose(self, data: bytes, handler: Handler) -> Reply:
        early = self.bmc.time - self.last < 1.0
        if len(data) == 18 and data[1] == TEST:
            return handler(data)
        self.last = self.bmc.time
        return (OK, b"") if early else handler(data)


def test_U10_writes_that_are_lost_are_written_again() -> None:
    slow = Slow()
    command = command_over(slow.bmc)
    for _time in range(2):
        assert command.set_user_access(3, privilege_level="user") is True
        assert command.get_user_access(3)["access"]["privilege_level"] == "user"
        assert command.set_user_name(3, "other") is True
        assert command.get_user_name(3) == "other"
        assert command.set_user_password(3, "disable") is True
        assert slow.bmc.part.slot(3).enabled is False  # type: ignore[union-attr]
        command.set_user_name(3, "oper")


def test_U10_no_account_is_enabled_without_its_password() -> None:
    slow = Slow()
    assert command_over(slow.bmc).create_user(4, "carl", "carlspw", privilege_level="operator") is True
    assert slow.bmc.admits(b"carl", b"carlspw", Privilege.OPERATOR)


def test_U10_a_bmc_that_never_knows_a_password_is_believed() -> None:
    bmc = UserBmc(knobs={PASSWORD: on_operation((TEST,), code(0x80))})
    assert command_over(bmc).set_user_password(3, password="new") is True
    assert bmc.admits(b"oper", b"new")
    assert bmc.time - 1000.0 < 5.0


def test_U10_a_write_that_comes_late_is_waited_for() -> None:
    """Slow commit: what was written is read back after a second only."""
    bmc = UserBmc()
    pending: list[tuple[float, bytes]] = []

    def later(data: bytes, handler: Handler) -> Reply:
        pending.append((bmc.time + 1.0, data))
        return OK, b""

    def access(data: bytes, handler: Handler) -> Reply:
        while pending and pending[0][0] <= bmc.time:
            bmc.table[SET_ACCESS](pending.pop(0)[1])
        return handler(data)

    bmc.knobs.update({SET_ACCESS: later, ACCESS: access})
    assert command_over(bmc).set_user_access(3, privilege_level="user") is True
    assert bmc.time - 1000.0 < 3.0


@pytest.mark.parametrize(
    ("command", "do"),
    [
        (SET_ACCESS, lambda bmc: bmc.set_user_access(3, privilege_level="user")),
        (SET_NAME, lambda bmc: bmc.set_user_name(3, "other")),
        (PASSWORD, lambda bmc: bmc.set_user_password(3, "disable")),
        ((0x06, 0x4C), lambda bmc: bmc.set_user_payload_access(3, sol=False)),
    ],
)
def test_U10_a_write_that_never_comes_is_a_failure(command: tuple[int, int], do: Any) -> None:
    bmc = UserBmc(knobs={command: code(OK)})
    with pytest.raises(BmcErrorException, match="said yes"):
        do(command_over(bmc))
    assert bmc.time - 1000.0 < 5.0


def test_U11_a_short_password_goes_in_sixteen_bytes() -> None:
    bmc = UserBmc()
    command_over(bmc).set_user_password(3, password="16-bytes-exactly")
    assert bmc.sent(PASSWORD) == [f"030{operation}" + b"16-bytes-exactly".hex() for operation in (SET, TEST)]


def test_U11_a_long_password_goes_in_twenty_bytes() -> None:
    bmc = UserBmc()
    assert command_over(bmc).set_user_password(3, password="seventeen-letters") is True
    assert bmc.sent(PASSWORD) == [f"830{operation}" + b"seventeen-letters".hex() + "000000" for operation in (SET, TEST)]
    assert bmc.admits(b"oper", b"seventeen-letters")


@pytest.mark.parametrize("refusal", [0xCC, 0xC7])
def test_U11_a_long_password_is_never_cut(refusal: int) -> None:
    bmc = UserBmc(knobs={PASSWORD: lambda data, handler: (refusal, b"") if data[0] & 0x80 else handler(data)})
    with pytest.raises(CompletionCodeError) as caught:
        command_over(bmc).set_user_password(3, password="seventeen-letters")
    assert caught.value.code == refusal
    assert bmc.admits(b"oper", b"op-pass")
    assert bmc.count(*PASSWORD) == 1


def test_U11_a_bmc_that_takes_twenty_bytes_only() -> None:
    bmc = UserBmc(knobs={PASSWORD: lambda data, handler: handler(data) if data[0] & 0x80 else (0xC7, b"")})
    assert command_over(bmc).set_user_password(3, password="new") is True
    assert bmc.admits(b"oper", b"new")


def test_U11_a_test_asks_in_both_sizes() -> None:
    bmc = UserBmc()
    command = command_over(bmc)
    slot = bmc.part.slot(3)
    assert slot is not None
    slot.long = True
    assert command.set_user_password(3, "test_password", "op-pass") is True
    assert command.set_user_password(3, "test_password", "wrong") is False
    assert bmc.sent(PASSWORD)[0][:4] == "0303"
    assert bmc.sent(PASSWORD)[1][:4] == "8303"


def test_U12_all_sixty_three_slots() -> None:
    bmc = UserBmc(User(b"admin", b"secret"), User(b"last", b"x", user_id=63), slots=63)
    command = command_over(bmc)
    assert list(command.get_users()) == [2, 63]
    assert command.get_name_uids("last") == [63]
    assert command.get_channel_max_user_count() == 63
    assert command.get_user(63)["name"] == "last"


def test_U12_upper_bits_of_the_count_are_reserved() -> None:
    bmc = UserBmc(knobs={ACCESS: lambda data, handler: (OK, bytes((0xC5,)) + handler(data)[1][1:])})
    assert command_over(bmc).get_channel_max_user_count() == 5


def test_U13_a_name_without_an_answer_is_looked_for_before_anything_else() -> None:
    """Lenovo XCC: whoever looks for a slot again after a timeout writes another user."""
    bmc = UserBmc()

    def silent(data: bytes, handler: Handler) -> Reply:
        handler(data)
        return None

    bmc.knobs[SET_NAME] = silent
    found = command_over(bmc).ensure_user("carl", "carlspw", privilege_level="user")
    assert found["uid"] == 4
    assert [slot.name for slot in bmc.part.accounts.slots.values()] == [b"", b"admin", b"oper", b"carl", b""]
    assert bmc.count(*SET_NAME) == 1


def test_U13_a_name_that_did_not_arrive_is_not_tried_elsewhere() -> None:
    bmc = UserBmc(knobs={SET_NAME: lambda _data, _handler: None})
    with pytest.raises(TimedOut):
        command_over(bmc).ensure_user("carl", "carlspw")
    assert {data[0] for netfn, cmd, data in bmc.asked if (netfn, cmd) == SET_NAME} == {4}
    assert not bmc.admits(b"carl", b"carlspw")


def test_U13_a_refused_name_that_is_there_counts() -> None:
    def done_but_refused(data: bytes, handler: Handler) -> Reply:
        handler(data)
        return 0xCC, b""

    bmc = UserBmc(knobs={SET_NAME: done_but_refused})
    assert command_over(bmc).set_user_name(4, "carl") is True


def test_U20_this_channel_is_refused() -> None:
    """The number of the channel is found out, and named."""

    def strict(data: bytes, handler: Handler) -> Reply:
        return (0xCC, b"") if data[0] % 16 == 0x0E else handler(data)

    bmc = UserBmc(knobs={ACCESS: strict, SET_ACCESS: strict})
    command = command_over(bmc)
    assert command.get_users()[3]["channel"] == 1
    assert command.set_user_access(3, privilege_level="user") is True
    assert bmc.sent(SET_ACCESS) == ["b10302"]


def test_no_free_slot() -> None:
    bmc = UserBmc(slots=3)
    with pytest.raises(NotFound, match="3 user slots"):
        command_over(bmc).ensure_user("carl", "carlspw")


# --- the session's own password


class Session:
    """Stands for `Session`: `link` is the BMC with a login."""

    def __init__(self, bmc: UserBmc, kgo: bytes | None = None) -> None:
        self.link: Any = bmc
        self.link.login = Login(b"admin", b"secret")
        self.password, self.kgo, self.kg = b"secret", kgo, kgo or b"secret"
        self.port, self.bmc = 623, "bmc"


def own(bmc: UserBmc, kgo: bytes | None = None) -> Any:
    command = command_over(bmc)
    command.ipmi_session = Session(bmc, kgo)
    return command


def test_U23_L14_the_session_logs_in_with_its_new_password() -> None:
    bmc = UserBmc()
    command = own(bmc)
    assert command.set_user_password(2, password="newpass") is True
    session = command.ipmi_session
    assert (session.link.login.password, session.password, session.kg) == (b"newpass",) * 3


def test_U23_L14_the_bmc_key_stays() -> None:
    command = own(UserBmc(), b"key")
    command.ensure_user("admin", "newpass", privilege_level="administrator")
    assert (command.ipmi_session.link.login.password, command.ipmi_session.kg) == (b"newpass", b"key")


def test_U23_L14_the_password_of_another_changes_nothing() -> None:
    command = own(UserBmc())
    command.set_user_password(3, password="newpass")
    assert command.ipmi_session.link.login.password == b"secret"


def test_U23_L14_of_two_users_with_one_name_the_session_says_which_it_is() -> None:
    bmc = UserBmc(User(b"admin", b"secret"), User(b"admin", b"other", Privilege.USER, user_id=3))
    bmc.table[0x06, 0x3D] = lambda _data: (OK, bytes.fromhex("01 05 01 02 04 11 7f 00 00 01"))
    command = own(bmc)
    command.set_user_password(3, password="newpass")
    assert command.ipmi_session.link.login.password == b"secret"
    command.set_user_password(2, password="newpass")
    assert command.ipmi_session.link.login.password == b"newpass"


def test_U23_L14_answers_signed_with_the_new_password_are_not_believed() -> None:
    """Supermicro X9DRT-HF+: nothing is heard any more; the new password is tried, in a new session."""
    bmc = UserBmc()

    def silent(data: bytes, handler: Handler) -> Reply:
        reply = handler(data)
        return reply if bmc.login.password == bmc.part.slot(2).password else None  # type: ignore[attr-defined, union-attr]

    bmc.knobs[PASSWORD] = silent
    command = own(bmc)
    assert command.set_user_password(2, password="newpass") is True
    assert command.ipmi_session.link.login.password == b"newpass"


def test_U23_L14_a_change_that_did_not_happen_keeps_the_former_password() -> None:
    def lost(_data: bytes, _handler: Handler) -> Reply:
        raise SessionLost("Session no longer connected")

    bmc = UserBmc(knobs={PASSWORD: on_operation((SET,), lost)})
    command = own(bmc)
    with pytest.raises(SessionLost):
        command.set_user_password(2, password="newpass")
    assert command.ipmi_session.link.login.password == command.ipmi_session.password == b"secret"

    def rejected(_data: bytes, _handler: Handler) -> Reply:
        raise WrongPassword("Incorrect password provided")

    bmc.knobs[PASSWORD] = lambda data, handler: lost(data, handler) if data[1] == SET else rejected(data, handler)
    with pytest.raises(SessionLost):
        command.set_user_password(2, password="newpass")
    assert command.ipmi_session.link.login.password == b"secret"


def test_U23_L14_a_refused_change_keeps_the_former_password() -> None:
    command = own(UserBmc(knobs={PASSWORD: on_operation((SET,), code(0x8F))}))
    with pytest.raises(CompletionCodeError):
        command.set_user_password(2, password="newpass")
    assert command.ipmi_session.link.login.password == b"secret"

# SPDX-License-Identifier: Apache-2.0
"""Users, passwords and accounts, over a BMC in memory."""
from __future__ import annotations

import pytest
from user_part import (
    ACCESS,
    PASSWORD,
    PAYLOADS,
    SET,
    SET_ACCESS,
    SET_NAME,
    SET_PAYLOADS,
    TEST,
    UserBmc,
)

from pyghmi.exceptions import (
    BmcErrorException,
    CompletionCodeError,
    InvalidParameterValue,
    NotFound,
    SessionLost,
    TimedOut,
)
from pyghmi.ipmi.domains.accounts import Account, Ensured, create, delete, ensure
from pyghmi.ipmi.domains.users import NO_RIGHTS, Rights, Users
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.ipmi.spec.users import UserStatus

OPERATOR = Rights(privilege=Privilege.OPERATOR)
CARL = Account(b"carl", b"carlspw", OPERATOR)


def made(*users: User, slots: int = 5) -> tuple[UserBmc, Users]:
    bmc = UserBmc(*users, slots=slots)
    return bmc, Users(bmc, 1)


def test_access_as_the_table_has_it() -> None:
    """IPMI 2.0 table 22-32: 15 users, this one enabled, 3 enabled, 1 fixed name; link, messaging, operator."""
    bmc, users = made()
    bmc.knobs[ACCESS] = lambda _data, _handler: (0, bytes.fromhex("0f 43 01 33"))
    found = users.access(3)
    assert (found.max_users, found.status, found.enabled_users, found.fixed_names) == (15, UserStatus.ENABLED, 3, 1)
    assert (found.callback, found.link_auth, found.messaging, found.privilege) == (False, True, True, Privilege.OPERATOR)
    assert bmc.sent(ACCESS) == ["0103"]


def test_a_longer_answer_is_taken_and_a_shorter_one_is_not() -> None:
    bmc, users = made()
    bmc.knobs[ACCESS] = lambda _data, _handler: (0, bytes.fromhex("0f 43 01 33 00 00"))
    assert users.access(3).privilege is Privilege.OPERATOR
    bmc.knobs[ACCESS] = lambda _data, _handler: (0, bytes.fromhex("0f 43 01"))
    with pytest.raises(BmcErrorException):
        users.access(3)


def test_names_and_slots() -> None:
    _bmc, users = made()
    assert users.names(users.slots()) == {1: b"", 2: b"admin", 3: b"oper", 4: b"", 5: b""}
    assert users.find(b"oper") == [3]
    assert users.find(b"nobody") == []
    assert users.find_free_slot() == 4


def test_a_name_that_may_not_be_read_is_no_empty_slot() -> None:
    bmc, users = made()
    bmc.knobs[0x06, 0x46] = lambda _data, _handler: (0xD4, b"")
    with pytest.raises(CompletionCodeError):
        users.name(3)


def test_no_free_slot() -> None:
    _bmc, users = made(slots=3)
    with pytest.raises(NotFound):
        users.find_free_slot()


def test_what_cannot_be_read_back_is_taken_for_done() -> None:
    bmc, users = made()
    bmc.knobs[ACCESS] = lambda _data, _handler: (0xC1, b"")
    users.set_access(3, OPERATOR)
    assert bmc.time < 1001


def test_access_that_is_refused() -> None:
    bmc, users = made()
    bmc.knobs[SET_ACCESS] = lambda _data, _handler: (0xC7, b"")
    with pytest.raises(CompletionCodeError):
        users.set_access(3, OPERATOR)
    assert bmc.sent(SET_ACCESS) == ["b10303", "b1030300"]
    with pytest.raises(CompletionCodeError):
        users.set_access(3, OPERATOR)
    assert bmc.sent(SET_ACCESS)[2:] == ["b1030300"]


def test_a_name_is_not_cut() -> None:
    bmc, users = made()
    with pytest.raises(InvalidParameterValue):
        users.set_name(4, b"seventeen-letters")
    with pytest.raises(InvalidParameterValue):
        users.set_password(4, b"a password of more than twenty")
    assert bmc.asked == []


def test_a_name_that_is_refused() -> None:
    bmc, users = made()
    bmc.knobs[SET_NAME] = lambda _data, _handler: (0xCC, b"")
    with pytest.raises(CompletionCodeError):
        users.set_name(4, b"carl")
    with pytest.raises(CompletionCodeError):
        users.set_name(3, b"")
    assert bmc.sent(SET_NAME)[1:] == ["03" + "00" * 16, "03" + "ff" * 16]


def test_a_name_without_any_answer() -> None:
    bmc, users = made()
    bmc.knobs[SET_NAME] = lambda _data, _handler: None
    bmc.knobs[0x06, 0x46] = lambda _data, _handler: None
    with pytest.raises(TimedOut):
        users.set_name(4, b"carl")


def test_payloads() -> None:
    bmc, users = made()
    users.set_sol(3, False)
    assert users.payloads(3).sol is False
    users.set_sol(3, True)
    assert users.payloads(3).sol is True
    assert bmc.sent(SET_PAYLOADS) == ["014302000000", "010302000000"]
    assert bmc.sent(PAYLOADS)[0] == "0103"


def test_a_vendor_may_rewrite_the_data_of_a_password() -> None:
    bmc, users = made()
    seen: list[tuple[bytes, list[int]]] = []

    def rewrite(password: bytes, data: list[int]) -> list[int]:
        seen.append((password, data))
        return [*data[:2], *b"another".ljust(16, b"\0")]

    users.set_password(3, b"new", rewrite)
    assert bmc.admits(b"oper", b"another")
    assert seen[0] == (b"new".ljust(16, b"\0"), [3, SET, *b"new".ljust(16, b"\0")])


def test_a_test_that_the_bmc_does_not_know() -> None:
    bmc, users = made()
    bmc.knobs[PASSWORD] = lambda _data, _handler: (0xC1, b"")
    with pytest.raises(CompletionCodeError):
        users.test_password(3, b"op-pass")


# --- accounts


def test_an_account_shows_no_password() -> None:
    assert repr(CARL) == "<Account b'carl', OPERATOR>"


def test_create_enables_last() -> None:
    bmc, users = made()
    create(users, 4, Account(b"carl", b"carlspw", OPERATOR, sol=True))
    assert bmc.admits(b"carl", b"carlspw", Privilege.OPERATOR)
    assert users.payloads(4).sol is True
    writes = [(cmd, data[1] if cmd == 0x47 else None) for _n, cmd, data in bmc.asked if cmd in (0x43, 0x45, 0x47, 0x4C)]
    assert writes == [(0x45, None), (0x47, SET), (0x47, TEST), (0x43, None), (0x4C, None), (0x47, 1)]


@pytest.mark.parametrize("step", [SET_ACCESS, SET_PAYLOADS])
def test_create_undoes_what_it_has_begun(step: tuple[int, int]) -> None:
    bmc, users = made()
    failed: list[bytes] = []

    def once(data: bytes, handler: object) -> tuple[int, bytes]:
        failed.append(data)
        return (0xCC, b"") if len(failed) == 1 else handler(data)  # type: ignore[operator, no-any-return]

    bmc.knobs[step] = once
    with pytest.raises(CompletionCodeError, match=r"undone in slot 4: access, enabling, name \("):
        create(users, 4, Account(b"carl", b"carlspw", OPERATOR, sol=True))
    assert users.name(4) == b""
    assert users.access(4).privilege is Privilege.NO_ACCESS
    assert users.access(4).status is UserStatus.DISABLED


def test_create_says_what_could_not_be_undone() -> None:
    bmc, users = made()

    def lost(_data: bytes, _handler: object) -> tuple[int, bytes]:
        bmc.knobs.update(dict.fromkeys((SET_NAME, SET_ACCESS, PASSWORD, ACCESS), lost))
        raise SessionLost("Session no longer connected", hint="gone")

    bmc.knobs[SET_ACCESS] = lost
    with pytest.raises(SessionLost) as caught:
        create(users, 4, CARL)
    assert caught.value.hint == "gone; could not be undone in slot 4: access, enabling, name"


def test_create_in_a_slot_that_is_taken_puts_the_name_back() -> None:
    bmc, users = made()
    bmc.knobs[PASSWORD] = lambda _data, _handler: (0x8F, b"")
    with pytest.raises(CompletionCodeError, match="undone in slot 3: former name"):
        create(users, 3, CARL)
    assert users.name(3) == b"oper"
    assert users.access(3).privilege is Privilege.OPERATOR


def test_create_of_the_same_user_leaves_it() -> None:
    bmc, users = made()
    bmc.knobs[PASSWORD] = lambda _data, _handler: (0x8F, b"")
    with pytest.raises(CompletionCodeError, match="was left as it is"):
        create(users, 3, Account(b"oper", b"x", OPERATOR))
    assert bmc.admits(b"oper", b"op-pass")


def test_create_with_a_value_that_is_refused_here() -> None:
    bmc, users = made()
    with pytest.raises(InvalidParameterValue, match=r"20 chars$"):
        create(users, 4, Account(b"carl", b"a password of more than twenty", OPERATOR))
    assert bmc.asked == []


def test_ensure_makes_then_leaves_then_mends() -> None:
    bmc, users = made()
    assert ensure(users, CARL) == Ensured(4, True, ("name", "password", "access", "enabled"))
    assert bmc.admits(b"carl", b"carlspw", Privilege.OPERATOR)
    before = [row for row in bmc.asked if row[1] in (0x43, 0x45, 0x4C)]
    assert ensure(users, CARL) == Ensured(4, False, ())
    assert [row for row in bmc.asked if row[1] in (0x43, 0x45, 0x4C)] == before
    users.set_enabled(4, False)
    other = Account(b"carl", b"other", Rights(privilege=Privilege.USER), sol=True)
    assert ensure(users, other) == Ensured(4, False, ("password", "access", "sol", "enabled"))
    assert bmc.admits(b"carl", b"other", Privilege.USER)
    assert ensure(users, Account(b"new", b"other", OPERATOR, sol=False)).changed == ("name", "password", "access", "sol", "enabled")


def test_ensure_does_not_believe_a_bmc_that_says_yes_to_every_password() -> None:
    """As ipmi_sim 2.0.33 does."""
    bmc, users = made()
    bmc.knobs[PASSWORD] = lambda data, handler: (0, b"") if data[1] == TEST else handler(data)
    assert "password" in ensure(users, Account(b"oper", b"new", OPERATOR)).changed
    assert bmc.admits(b"oper", b"new")


def test_ensure_sets_the_password_where_it_cannot_be_tested() -> None:
    bmc, users = made()
    bmc.knobs[PASSWORD] = lambda data, handler: (0xC1, b"") if data[1] == TEST else handler(data)
    assert ensure(users, Account(b"oper", b"new", OPERATOR)).changed == ("password",)
    assert bmc.admits(b"oper", b"new")


def test_ensure_with_a_password_that_ends_as_the_other_one_tried() -> None:
    _bmc, users = made(User(b"admin", b"secret#"))
    rights = Rights(privilege=Privilege.ADMINISTRATOR)
    assert ensure(users, Account(b"admin", b"secret#", rights)).changed == ()


def test_delete() -> None:
    bmc, users = made()
    delete(users, 3)
    assert users.name(3) == b""
    assert users.access(3).privilege is Privilege.NO_ACCESS
    assert not bmc.admits(b"oper", b"op-pass")
    assert bmc.sent(SET_ACCESS) == ["81030f"]


def test_delete_of_an_empty_slot() -> None:
    bmc, users = made()
    bmc.knobs[SET_ACCESS] = lambda _data, _handler: (0xCC, b"")
    delete(users, 5)
    assert bmc.count(*SET_NAME) == 0


def test_no_rights() -> None:
    assert NO_RIGHTS == (False, False, False, Privilege.NO_ACCESS)

# SPDX-License-Identifier: Apache-2.0
"""The users of the simulated BMC: what is written over IPMI counts for logins."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.sim.users import UserPart

NO_ACCESS = 0xF


def padded(text: bytes, size: int = 16) -> bytes:
    return text.ljust(size, b"\0")


class Bmc:
    def __init__(self, authdata: Any = None) -> None:
        self.machine = SimpleNamespace(authdata=UserList([User(b"admin", b"secret")]) if authdata is None else authdata)
        self.part = UserPart(self.machine)
        self.table = self.part.commands()

    def ask(self, cmd: int, data: bytes) -> tuple[int, bytes]:
        return self.table[0x06, cmd](data)

    def make(self, uid: int, name: bytes, password: bytes, level: int = 4) -> None:
        assert self.ask(0x45, bytes((uid,)) + padded(name)) == (0, b"")
        assert self.ask(0x47, bytes((uid, 2)) + padded(password)) == (0, b"")
        assert self.ask(0x43, bytes((0xB1, uid, level))) == (0, b"")
        assert self.ask(0x47, bytes((uid, 1))) == (0, b"")

    def find(self, name: bytes, level: Privilege | None = None) -> User | None:
        found: User | None = self.machine.authdata.find(name, level)
        return found


def test_a_user_that_is_made_can_log_in() -> None:
    bmc = Bmc()
    bmc.make(4, b"carl", b"carlspw", 3)
    user = bmc.find(b"carl")
    assert user is not None
    assert (user.password, user.privilege, user.enabled, user.user_id) == (b"carlspw", Privilege.OPERATOR, True, 4)
    assert bmc.ask(0x44, b"\x01\x04") == (0, bytes((15, 0x42, 1, 0x33)))
    assert bmc.ask(0x46, b"\x04") == (0, padded(b"carl"))


@pytest.mark.parametrize(
    ("cmd", "data"),
    [(0x47, bytes((4, 0))), (0x43, bytes((0x81, 4, 4))), (0x43, bytes((0xB1, 4, NO_ACCESS))), (0x43, bytes((0x31, 4, NO_ACCESS, 0)))],
    ids=["disabled", "no messaging", "no access", "no access alone"],
)
def test_a_user_that_may_not_cannot(cmd: int, data: bytes) -> None:
    bmc = Bmc()
    bmc.make(4, b"carl", b"carlspw")
    assert bmc.ask(cmd, data) == (0, b"")
    user = bmc.find(b"carl")
    assert user is not None
    assert user.enabled is False


def test_access_without_the_change_bit_changes_the_level_alone() -> None:
    """IPMI 2.0 §22.26, byte 1, bit 7."""
    bmc = Bmc()
    assert bmc.ask(0x43, b"\x01\x02\x03") == (0, b"")
    assert bmc.ask(0x44, b"\x01\x02") == (0, bytes((15, 0x41, 1, 0x33)))


@pytest.mark.parametrize("nobody", [bytes(16), b"\xff" * 16])
def test_a_user_without_a_name_is_gone(nobody: bytes) -> None:
    bmc = Bmc()
    bmc.make(4, b"carl", b"carlspw")
    assert bmc.ask(0x45, b"\x04" + nobody) == (0, b"")
    assert bmc.find(b"carl") is None
    assert bmc.find(b"") is None
    assert len(bmc.machine.authdata.users) == 1
    assert bmc.ask(0x44, b"\x01\x04")[1] == bytes((15, 0x81, 1, NO_ACCESS))


def test_a_changed_account_is_the_same_object() -> None:
    bmc = Bmc()
    (user,) = bmc.machine.authdata.users
    assert bmc.ask(0x47, b"\x82\x02" + padded(b"a20BytePasswordXYZ!!", 20)) == (0, b"")
    assert bmc.ask(0x45, b"\x02" + padded(b"root")) == (0, b"")
    assert (user.name, user.password) == (b"root", b"a20BytePasswordXYZ!!")


def test_tests_of_passwords() -> None:
    """IPMI 2.0 §22.30: 80h: another password, 81h: another size."""
    bmc = Bmc()
    assert bmc.ask(0x47, b"\x02\x03" + padded(b"secret")) == (0, b"")
    assert bmc.ask(0x47, b"\x02\x03" + padded(b"wrong")) == (0x80, b"")
    assert bmc.ask(0x47, b"\x82\x03" + padded(b"secret", 20)) == (0x81, b"")


def test_requests_that_are_refused() -> None:
    bmc = Bmc()
    assert bmc.ask(0x44, b"\x02\x02")[0] == 0xCC
    assert bmc.ask(0x44, b"\x01\x10")[0] == 0xCC
    assert bmc.ask(0x46, b"\x10")[0] == 0xC9
    assert bmc.ask(0x45, b"\x01" + padded(b"root"))[0] == 0xCC
    assert bmc.ask(0x47, b"\x02\x02" + padded(b"x", 15))[0] == 0xC7
    assert bmc.ask(0x47, b"\x02\x02")[0] == 0xC7
    assert bmc.ask(0x47, b"\x10\x01")[0] == 0xCC
    assert bmc.ask(0x43, b"\xb1\x02\x06")[0] == 0xCC
    assert bmc.ask(0x4D, b"\x02\x02")[0] == 0xCC
    assert bmc.ask(0x4C, b"\x02\x02\x02\0\0\0")[0] == 0xCC
    with pytest.raises(Malformed):
        bmc.ask(0x44, b"\x01\x02\x03")


def test_payloads() -> None:
    bmc = Bmc()
    assert bmc.ask(0x4D, b"\x01\x02") == (0, b"\x02\0\0\0")
    assert bmc.ask(0x4C, b"\x01\x42\x02\0\0\0") == (0, b"")
    assert bmc.ask(0x4D, b"\x01\x02") == (0, b"\0\0\0\0")
    assert bmc.ask(0x4C, b"\x01\x02\0\0\0\0") == (0, b"")
    assert bmc.ask(0x4D, b"\x01\x02") == (0, b"\0\0\0\0")


def test_accounts_of_one_number_get_slots_of_their_own() -> None:
    accounts = UserList([User(b"a", b"x"), User(b"b", b"x"), User(b"", b"x", user_id=1), User(b"c", b"x", user_id=99)])
    bmc = Bmc(accounts)
    assert [bmc.ask(0x46, bytes((uid,)))[1].rstrip(b"\0") for uid in range(1, 6)] == [b"", b"a", b"b", b"c", b""]
    assert [user.user_id for user in accounts.users] == [2, 3, 1, 4]
    assert bmc.ask(0x47, b"\x01\x02" + padded(b"new")) == (0, b"")
    null = bmc.find(b"")
    assert null is not None
    assert null.password == b"new"


def test_more_accounts_than_slots() -> None:
    bmc = Bmc(UserList([User(b"u%d" % number, b"x") for number in range(20)]))
    assert bmc.ask(0x46, b"\x0f")[1] == padded(b"u13")


def test_an_account_that_the_program_took_out() -> None:
    bmc = Bmc()
    bmc.ask(0x46, b"\x02")
    bmc.machine.authdata.users.clear()
    bmc.ask(0x45, b"\x02" + padded(b"again"))
    assert [user.name for user in bmc.machine.authdata.users] == [b"again"]


def test_passwords_by_name() -> None:
    passwords: dict[Any, Any] = {"admin": "secret", b"bytes": b"x"}
    bmc = Bmc(passwords)
    assert bmc.ask(0x46, b"\x03")[1] == padded(b"bytes")
    bmc.make(4, b"carl", b"carlspw")
    bmc.ask(0x47, b"\x02\x02" + padded(b"new"))
    bmc.ask(0x45, b"\x03" + padded(b"other"))
    assert passwords == {"admin": "new", "carl": "carlspw", "other": "x"}
    bmc.ask(0x47, b"\x04\x00")
    bmc.ask(0x47, b"\x02\x02" + padded(b"\xff\xfe"))
    assert passwords == {"admin": b"\xff\xfe", "other": "x"}


@pytest.mark.parametrize("authdata", [SimpleNamespace(get=lambda name: None), SimpleNamespace(find=lambda name, level: None)])
def test_accounts_that_cannot_be_listed(authdata: Any) -> None:
    bmc = Bmc(authdata)
    assert bmc.ask(0x44, b"\x01\x02") == (0, bytes((15, 0x80, 1, NO_ACCESS)))
    assert bmc.ask(0x45, b"\x02" + padded(b"x"))[0] == 0xCC
    assert bmc.ask(0x47, b"\x02\x01")[0] == 0xCC


def test_other_accounts_are_taken_when_the_program_gives_them() -> None:
    bmc = Bmc()
    assert bmc.ask(0x46, b"\x02")[1] == padded(b"admin")
    bmc.machine.authdata = UserList([User(b"root", b"x")])
    assert bmc.ask(0x46, b"\x02")[1] == padded(b"root")


def test_nothing_secret_is_shown() -> None:
    bmc = Bmc()
    assert "secret" not in repr(bmc.part.slot(2)) + repr(bmc.part.accounts)

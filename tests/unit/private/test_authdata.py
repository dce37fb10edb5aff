# SPDX-License-Identifier: Apache-2.0
"""Accounts out of what programs give a BMC: dictionaries, directories, our own lists."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.ipmi.private.authdata import AuthDataUsers
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.spec.codes import Privilege


def users(authdata: Any) -> AuthDataUsers:
    return AuthDataUsers(SimpleNamespace(authdata=authdata))


def test_a_user_is_one_account_until_his_password_changes() -> None:
    table = {"admin": "secret"}
    found = users(table)
    first = found.find(b"admin", None)
    assert first is not None
    assert (first.name, first.password, first.privilege) == (b"admin", b"secret", Privilege.ADMINISTRATOR)
    assert found.find(b"admin", None) is first
    table["admin"] = "other"
    changed = found.find(b"admin", None)
    assert changed is not None
    assert changed.password == b"other"
    assert first.password == b"secret"
    del table["admin"]
    assert found.find(b"admin", None) is None


def test_accounts_that_are_kept_are_bounded() -> None:
    found = users({f"user{number}": "secret" for number in range(1000)})
    for number in range(1000):
        assert found.find(b"user%d" % number, None) is not None
    assert len(found._kept) <= 64


def test_nobody_and_a_list_of_ours() -> None:
    assert users(None).find(b"admin", None) is None
    nameless = User(b"", b"x")
    found = users(UserList([User(b"admin", b"secret", Privilege.USER), nameless]))
    admin = found.find(b"admin", None)
    assert admin is not None
    assert admin.privilege is Privilege.USER
    assert found.nameless() is nameless
    assert users({}).nameless() is None


def test_a_password_that_cannot_be_one_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert users({"admin": "TopSecret" * 9}).find(b"admin", None) is None
    shown = capsys.readouterr().err
    assert "at most 20" in shown
    assert "TopSecret" not in shown

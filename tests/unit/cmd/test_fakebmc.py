# SPDX-License-Identifier: Apache-2.0
"""The accounts of fakebmc: from the command line, from a file, from the environment."""
from __future__ import annotations

from pathlib import Path

import pytest

from pyghmi.cmd import fakebmc
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import Privilege


def _users(*arguments: str) -> list[User]:
    return list(fakebmc._users(fakebmc._parser().parse_args(arguments)).users)


def test_the_account_that_was_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAKEBMC_PASSWORD", raising=False)
    (user,) = _users()
    assert (user.name, user.password, user.privilege, user.enabled) == (b"admin", b"password", Privilege.ADMINISTRATOR, True)
    monkeypatch.setenv("FAKEBMC_PASSWORD", "of the environment")
    (user,) = _users()
    assert (user.name, user.password) == (b"admin", b"of the environment")


def test_accounts_of_the_command_line_and_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKEBMC_PASSWORD", "not asked for")
    file = tmp_path / "users"
    file.write_text("# who may\n\nviewer:see:user\nroot: blanks count \n:nameless:operator\n", encoding="utf-8")
    found = _users("--user", "a:b", "--user", "gone:x:admin:disabled", "--users", str(file))
    assert [(user.name, user.password, user.privilege, user.enabled) for user in found] == [
        (b"a", b"b", Privilege.ADMINISTRATOR, True),
        (b"gone", b"x", Privilege.ADMINISTRATOR, False),
        (b"viewer", b"see", Privilege.USER, True),
        (b"root", b" blanks count ", Privilege.ADMINISTRATOR, True),
        (b"", b"nameless", Privilege.OPERATOR, True),
    ]
    assert [user.user_id for user in found] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("row", ["a:hush:emperor", "a:hush:user:enabled", "a:hush:user:disabled:more", "a" * 17 + ":hush", "a:" + "hush" * 6])
def test_accounts_that_make_no_sense(row: str) -> None:
    """And what is said about them does not show the password."""
    with pytest.raises(InvalidParameterValue) as caught:
        _users("--user", row)
    assert "hush" not in str(caught.value)


def test_defaults() -> None:
    options = fakebmc._parser().parse_args([])
    assert (options.port, options.address, options.allow_15) == (623, "127.0.0.1", False)

# SPDX-License-Identifier: Apache-2.0
"""virshbmc's own words: arguments, accounts, keys, and libvirt that is not there."""
from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyghmi.cmd import accounts, virshbmc
from pyghmi.cmd.virshbmc import Place
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.codes import Privilege


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRSHBMC_PASSWORD", raising=False)
    monkeypatch.delenv("VIRSHBMC_KG", raising=False)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("web", Place("web", "127.0.0.1", None)),
        ("web:6230", Place("web", "127.0.0.1", 6230)),
        ("web@10.0.0.1", Place("web", "10.0.0.1", None)),
        ("web@10.0.0.1:6230", Place("web", "10.0.0.1", 6230)),
        ("web@[fe80::1]:6230", Place("web", "fe80::1", 6230)),
        ("web@[::]", Place("web", "::", None)),
        ("web-1.example:0", Place("web-1.example", "127.0.0.1", 0)),
        ("a@b@host", Place("a@b", "host", None)),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert virshbmc._place(text, "127.0.0.1") == place


@pytest.mark.parametrize("text", ["", "web:99999"])
def test_no_places(text: str) -> None:
    with pytest.raises(InvalidParameterValue):
        virshbmc._place(text, "127.0.0.1")


def test_ports_follow_one_another_on_each_address() -> None:
    places = [Place("a", "x", None), Place("b", "x", 7), Place("c", "x", None), Place("d", "y", None), Place("e", "x", None)]
    assert [place.port for place in virshbmc._ports(places, 6)] == [6, 7, 8, 6, 9]
    assert [place.port for place in virshbmc._ports(places[:1] * 2, 0)] == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "VIRSHBMC_PASSWORD"),
        (["--users", "/no/such/file"], "/no/such/file"),
        (["--users", os.devnull], "no account"),
    ],
)
def test_it_does_not_start(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert virshbmc.main(["--domain", "x", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "arguments"),
    [
        ("VIRSHBMC_KG", "xyz", []),
        ("VIRSHBMC_KG", "00" * 21, []),
        ("VIRSHBMC_KG", "", []),
        ("VIRSHBMC_PASSWORD", "p" * 21, []),
        ("OTHER", "", ["--suites", "99"]),
        ("OTHER", "", ["--suites", "x"]),
        ("OTHER", "", ["--kg-file", "/no/such/file"]),
        ("OTHER", "", ["--port", "-1"]),
        ("OTHER", "", ["--port", "many"]),
        ("OTHER", "", ["--domain", "y:66666"]),
    ],
)
def test_settings_that_make_no_sense(
    name: str, value: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIRSHBMC_PASSWORD", "secret")
    monkeypatch.setenv(name, value)
    assert virshbmc.main(["--domain", "x", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("virshbmc: ") and "secret" not in err and "pppp" not in err
    assert "literal" not in err
    assert "VIRSHBMC_PASSWORD" not in os.environ and "VIRSHBMC_KG" not in os.environ


def test_no_libvirt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "libvirt", None)
    monkeypatch.setenv("VIRSHBMC_PASSWORD", "secret")
    assert virshbmc.main(["--port", "0", "--connect", "test:///default", "--domain", "test"]) == 1
    err = capsys.readouterr().err
    assert "pip install pyghmi[libvirt]" in err and "python3-libvirt" in err


def test_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = virshbmc._parser().parse_args
    file = tmp_path / "kg"
    file.write_bytes(b"our key\r\n")
    assert virshbmc._kg(parse(["--domain", "x", "--kg-file", str(file)])) == b"our key"
    monkeypatch.setenv("VIRSHBMC_KG", "0x01ff")
    assert virshbmc._kg(parse(["--domain", "x"])) == b"\x01\xff"
    assert virshbmc._kg(parse(["--domain", "x"])) is None


def test_accounts(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("# ours\nroot:p w\n\noper:x:operator\ngone:y:user:disabled\n")
    options = virshbmc._parser().parse_args(["--domain", "x", "--users", str(file)])
    users = virshbmc._users(options).users
    assert [(user.name, user.password, user.privilege, user.enabled, user.user_id) for user in users] == [
        (b"root", b"p w", Privilege.ADMINISTRATOR, True, 2),
        (b"oper", b"x", Privilege.OPERATOR, True, 3),
        (b"gone", b"y", Privilege.USER, False, 4),
    ]
    for row in ("nobody", "a:b:king", "a:b:user:off", "a:b:user:disabled:", "", "n" * 17 + ":p", "n:" + "p" * 21):
        with pytest.raises(InvalidParameterValue) as caught:
            accounts.user_of(row, 4)
        assert str(caught.value).startswith("account 3: ")
        assert "nobody" not in str(caught.value) and "ppp" not in str(caught.value)  # it may be a password
    file.write_bytes(b"\xef\xbb\xbfroot:pw\r\n \t\r\nr\xc3\xb6t: :user\r\n:null:callback")  # as some editors write them
    assert [(user.name, user.password) for user in virshbmc._users(options).users] == [
        (b"root", b"pw"), ("r\u00f6t".encode(), b" "), (b"", b"null"),
    ]
    file.write_text("a:b\nb::operator\n")
    with pytest.raises(InvalidParameterValue, match="'b' has no password"):
        virshbmc._users(options)
    file.write_text("a:b\nb::operator:disabled\n")
    assert len(virshbmc._users(options).users) == 2
    file.write_bytes(b"a:\xff\n")
    with pytest.raises(InvalidParameterValue):
        accounts.lines_of(str(file))

# SPDX-License-Identifier: Apache-2.0
"""net, lan, channel, alert, users, sol: rows, lines, what is changed, and what is refused."""
from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.cmd import credentials
from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.tasks import prepare
from pyghmi.exceptions import InvalidParameterValue, UnsupportedFunctionality


def test_net(machine: Any, show: Any) -> None:
    found = show("net", lines=True)
    assert found.row["ipv4_address"] == "192.0.2.10/24" and found.row["ipv6_addresses"] == ["2001:db8::10/64"]
    assert found.lines == [str(machine.command.get_net_configuration())]

    def none() -> Any:
        raise UnsupportedFunctionality("Unsupported reply")

    command = SimpleNamespace(get_net_configuration=lambda: {"ipv4_address": None, "vlan_id": "off"}, get_net6_configuration=none)
    assert show("net", command=command).plain == ["VLAN:  off"]


def test_lan(machine: Any, show: Any) -> None:
    found = {row["parameter"]: row["value"] for row in show("lan").rows}
    assert found["ip_address"] == "192.0.2.10" and found["auth_type_support.md5"] is True
    assert isinstance(found["cipher_suites"], list) and found["cipher_suites"][0]["suite"] >= 0
    assert "community" not in found and "public" not in str(found)
    said = show("lan", "set", "address", "192.0.2.77/25", "gateway", "192.0.2.126", "source", "static", "vlan", "12").row["done"]
    assert said == "set: address 192.0.2.77/25, gateway 192.0.2.126, source static, vlan 12"
    found = show("net").row
    assert (found["ipv4_address"], found["ipv4_gateway"], found["vlan_id"]) == ("192.0.2.77/25", "192.0.2.126", 12)
    show("lan", "set", "ipv6", "2001:db8::77/48", "ipv6-gateway", "2001:db8::2", "vlan", "off", "--channel", "1")
    found = show("net").row
    assert (found["ipv6_addresses"], found["ipv6_gateway"], found["vlan_id"]) == (["2001:db8::77/48"], "2001:db8::2", "off")
    show("lan", "set", "ipv6", "none")
    assert show("net").row["ipv6_addresses"] is None
    for wrong in (["ipv6", "x"], ["ipv6", "fd00::1,x"], ["ipv6-gateway", "192.0.2.1"], ["address", "192.0.2.300"], ["gateway", "fd00::1"]):
        with pytest.raises(UsageError, match=f"{wrong[1].split(',')[-1]}' is no IPv"):
            prepare("lan", ["set", *wrong])
    for wrong in (["set"], ["set", "address"], ["set", "colour", "red"], ["set", "source", "luck"], ["set", "vlan", "9999"], ["--channel", "16"], ["x"]):
        with pytest.raises(UsageError):
            prepare("lan", wrong)


def test_channels(machine: Any, show: Any) -> None:
    found = show("channel").by("channel")
    assert found[1]["medium"] == "802.3 LAN" and found[1]["access_mode"] == "always" and found[0]["access_mode"] is None
    assert show("channel", "1").row == found[1]
    assert max(map(len, show("channel").plain)) <= 80
    assert show("channel").plain[-1].split()[:3] == ["15", "System", "Interface"]
    show("channel", "set", "1", "privilege", "operator", "--volatile")
    one = show("channel", "1").row
    assert (one["privilege_level"], one["kept_privilege_level"], one["access_mode"]) == ("operator", "administrator", "always")
    show("channel", "set", "1", "access", "shared", "alerting", "off", "user_level_auth", "off")
    one = show("channel", "1").row
    assert (one["kept_access_mode"], one["kept_alerting"], one["kept_user_level_auth"], one["kept_privilege_level"]) == ("shared", False, False, "administrator")
    assert one["kept_per_msg_auth"] is True
    show("channel", "set", "1", "alerting", "on")
    assert show("channel", "1").row["kept_access_mode"] == "shared"
    *_before, last = [data for netfn, cmd, data in machine.bmc.asked if (netfn, cmd) == (6, 0x40)]
    assert last[1] >> 6 == 1 and last[2] >> 6 == 0  # IPMI 2.0 table 22-27: access is kept, the privilege limit not touched
    for wrong in (["set", "1"], ["set", "1", "access", "never"], ["set", "1", "x", "y"], ["set", "99", "access", "always"], ["--volatile"], ["1", "2"]):
        with pytest.raises(UsageError):
            prepare("channel", wrong)


def test_alerts(machine: Any, show: Any) -> None:
    assert show("alert").by("destination")[1]["address"] == "0.0.0.0"
    show("alert", "set", "1", "192.0.2.200", "ack", "on", "timeout", "7", "retries", "3")
    assert show("alert").by("destination")[1] == {
        "destination": 1, "address": "192.0.2.200", "address_format": "ipv4", "acknowledge_required": True, "acknowledge_timeout": 7, "retries": 3,
    }
    assert any(row["enabled"] and row["destination"] == 1 for row in show("alert", "policies").rows)
    assert any("Fan" in line and "threshold" in line and "Lower Critical" in line for line in show("alert", "filters").plain)
    for wrong in ("192.0.2", "fd00::x", "a.b.c.d"):
        with pytest.raises(UsageError, match=f"'{wrong}' is no IPv"):
            prepare("alert", ["set", "1", wrong])
    show("alert", "clear", "1")
    assert show("alert").by("destination")[1]["address"] == "0.0.0.0"
    assert show("alert", "community", "secret7").row == {"done": "community set"}
    assert show("alert", "community").row == {"community": "secret7"}
    pef = {row["setting"]: row["value"] for row in show("alert", "pef").rows}
    assert pef["version"] == "1.5" and pef["filters"] == len(show("alert", "filters").rows)
    for wrong in (["dance"], ["set", "1"], ["set", "1", "192.0.2.1", "x"], ["set", "99", "192.0.2.1"], ["set", "1", "192.0.2.1", "retries", "8"], ["--channel", "x"]):
        with pytest.raises(UsageError):
            prepare("alert", wrong)


def test_one_destination_that_is_refused(machine: Any, show: Any) -> None:
    def refuse_2(data: bytes, handler: Any) -> tuple[int, bytes]:
        if data[1:3] == b"\x12\x03":
            return 0xC9, b""  # there is none
        return (0xFF, b"") if data[1:3] == b"\x12\x02" else handler(data)

    machine.knobs[0x0C, 0x02] = refuse_2
    found = show("alert")
    assert 1 in found.by("destination") and 3 not in found.by("destination")
    assert [about for about, _error in found.failed] == ["destination 2"]


def test_sol(show: Any) -> None:
    assert show("sol").row["enabled"] is True
    show("sol", "set", "enabled=off", "privilege_level=administrator", "bit_rate=38400", "retry_count=3")
    found = show("sol", "--channel", "1").row
    assert (found["enabled"], found["privilege_level"], found["bit_rate"], found["retry_count"]) == (False, "administrator", 38400, 3)
    assert "Bit rate, kept:      38400 bit/s" in show("sol").plain
    for wrong in (["set"], ["set", "enabled=maybe"], ["set", "retry_count=8"], ["set", "privilege_level=king"], ["dance"]):
        with pytest.raises(UsageError):
            prepare("sol", wrong)


# --- users


@pytest.fixture
def secret(tmp_path: Path) -> str:
    file = tmp_path / "secret"
    file.write_text("s3cret-of-ann\n")
    return str(file)


def test_users(machine: Any, show: Any, secret: str) -> None:
    assert show("users").by("name")["admin"]["privilege"] == "administrator"
    said = show("users", "add", "ann", "--privilege", "operator", "--password-file", secret).row["done"]
    uid = int(said.rsplit(" ", 1)[1])
    assert said == f"user ann added, with the ID {uid}"
    ann = show("users").by("id")[uid]
    assert (ann["name"], ann["privilege"], ann["ipmi_msg"], ann["link_auth"]) == ("ann", "operator", True, True)
    assert show("users", "test", str(uid), "--password-file", secret).row == {"id": uid, "right": True}
    show("users", "privilege", str(uid), "user")
    assert show("users").by("id")[uid]["privilege"] == "user"
    show("users", "sol", str(uid), "on")
    assert show("users", "sol", str(uid)).row == {"id": uid, "sol": True}
    show("users", "disable", str(uid))
    assert show("users").by("id")[uid]["enabled"] is False
    show("users", "enable", str(uid))
    assert show("users").by("id")[uid]["enabled"] is True
    with pytest.raises(InvalidParameterValue, match=f"there is a user ann already, with the ID {uid}"):
        show("users", "add", "ann", "--password-file", secret)
    with pytest.raises(InvalidParameterValue, match=f"the ID {uid} is that of ann"):
        show("users", "add", "bob", "--id", str(uid), "--password-file", secret)
    show("users", "add", "bob", "--id", "9", "--password-file", secret, "--channel", "1")
    assert show("users").by("id")[9]["name"] == "bob"
    show("users", "delete", str(uid))
    assert uid not in show("users").by("id")


def test_a_new_password(machine: Any, show: Any, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWPASSWORD", "from-the-environment")
    show("users", "add", "ann", "--id", "7")
    monkeypatch.setenv("NEWPASSWORD", "from-the-environment")
    assert show("users", "test", "7").row["right"] is True
    assert show("users", "password", "7", "--password-file", secret).row == {"done": "password of user 7 changed"}
    assert show("users", "test", "7", "--password-file", secret).row["right"] is True
    monkeypatch.setenv("NEWPASSWORD", "from-the-environment")
    assert show("users", "test", "7").row["right"] is False


class Typed(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_password_that_is_typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("NEWPASSWORD", raising=False)
    answers: list[str] = []
    asked: list[str] = []

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return answers.pop(0)

    monkeypatch.setattr(credentials, "getpass", getpass)
    monkeypatch.setattr("sys.stdin", Typed())
    answers[:] = ["one", "one"]
    prepare("users", ["password", "7"])
    assert asked == ["New password of user 7: ", "Once more, new password of user 7: "]
    answers[:] = ["one", "other"]
    with pytest.raises(UsageError, match="not the same") as raised:
        prepare("users", ["password", "7"])
    assert "one" not in str(raised.value).split()
    answers[:] = ["once"]
    prepare("users", ["test", "7"])
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(UsageError, match="--password-file FILE, or from the variable NEWPASSWORD"):
        prepare("users", ["password", "7"])


@pytest.mark.parametrize(
    "wrong",
    [["dance"], ["add"], ["password", "x"], ["delete", "0"], ["delete", "64"], ["privilege", "2"], ["privilege", "2", "king"], ["sol", "2", "maybe"],
     ["add", "x", "--privilege", "king"], ["delete", "2", "--privilege", "user"], ["--id", "3"], ["password", "2", "clear-text"], ["add", "x", "clear-text"]],
)
def test_wrong_words(wrong: list[str], secret: str) -> None:
    """A password on the command line is a wrong command line: nothing takes it."""
    with pytest.raises(UsageError) as raised:
        prepare("users", [*wrong, "--password-file", secret])
    assert "clear-text" not in str(raised.value)

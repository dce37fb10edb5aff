# SPDX-License-Identifier: Apache-2.0
"""pyghmiutil, fleets, traces and captures."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyghmi.cmd import fakebmc, pyghmicons, pyghmiutil
from pyghmi.exceptions import InvalidParameterValue, TimedOut, Unreachable, WrongPassword
from pyghmi.fleet import Fleet
from pyghmi.ipmi.net.sessionless import Sessionless
from pyghmi.ipmi.protocol.ipmb import build_response, parse_request
from pyghmi.ipmi.protocol.packet import wrap_setup
from pyghmi.ipmi.protocol.packet15 import parse, wrap_plain
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.app import GetDeviceId
from pyghmi.ipmi.spec.codes import AuthType, PayloadType
from pyghmi.sim import statefile
from pyghmi.sim.machine import SimulatedBmc

ROOT = Path(__file__).parents[2]


def util(server: Any, *arguments: str, bmcs: str = "", user: str = "admin", password: str | None = "secret") -> tuple[int, str, str]:
    """Run pyghmiutil as a person does; returns exit code, stdout, stderr."""
    environment = {name: value for name, value in os.environ.items() if name != "IPMIPASSWORD"}
    if password is not None:
        environment["IPMIPASSWORD"] = password
    options = [each for each in arguments if each.startswith("-")]
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(server.port), *options[:0], *_ordered(arguments, bmcs or server.host, user)],
        capture_output=True, text=True, env=environment, timeout=60, stdin=subprocess.DEVNULL, check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _ordered(arguments: tuple[str, ...], bmcs: str, user: str) -> list[str]:
    """Return options, then BMC and user, then the command."""
    if "--" not in arguments:
        return [bmcs, user, *arguments]
    at = arguments.index("--")
    return [*arguments[:at], bmcs, user, *arguments[at + 1 :]]


def test_power(server: Any) -> None:
    assert util(server, "power") == (0, "Logged into 127.0.0.1\n127.0.0.1: off\n", "")
    assert util(server, "power", "on") == (0, "Logged into 127.0.0.1\n127.0.0.1: {'powerstate': 'on'}\n", "")
    code, out, err = util(server, "power", "sideways")
    assert (code, out, err) == (1, "", "Unknown power state sideways requested\n")
    assert not server.bmc.core.sessions


def test_bootdev_identify_raw_reset(server: Any) -> None:
    assert util(server, "bootdev", "hd", "uefi", "persist")[0] == 0
    assert "{'bootdev': 'hd', 'persistent': True, 'uefimode': True}" in util(server, "bootdev")[1]
    assert util(server, "bootdev", "nosuch")[0] == 1
    for word in ("on", "off", "5", "blink"):
        assert util(server, "identify", word)[0] == 0
    assert util(server, "identify", "loudly")[0] == 1
    assert "'code': 0, 'data': bytearray(b'U\\x00')" in util(server, "raw", "6", "4")[1]
    assert "'data': bytearray(b'\\x01\\x05\\xe0" in util(server, "raw", "0", "9", "5", "0", "0")[1]
    code, _out, err = util(server, "raw", "0x2c", "0x77")
    assert (code, err) == (1, "127.0.0.1: Invalid command (command 2Ch/77h, completion code C1h)\n")
    assert util(server, "raw", "7", "1")[0] == 1
    assert util(server, "raw", "6")[0] == 1
    assert "127.0.0.1: BMC reset" in util(server, "reset")[1]


def test_info(server: Any) -> None:
    code, out, _err = util(server, "info")
    assert code == 0
    for line in ("Device ID: 32", "Firmware Revision: 2.10", "Product ID: 20563 (0x5053)", "Self Test: passed", f"System GUID: {server.bmc.uuid}"):
        assert f"127.0.0.1: {line}\n" in out


def test_many_at_once(make_server: Any) -> None:
    one = make_server()
    code, out, err = util(one, "power", bmcs="127.0.0.1,localhost,no.such.host.invalid")
    assert code == 1
    assert "127.0.0.1: off" in out and "localhost: off" in out
    assert err.startswith("no.such.host.invalid: The name 'no.such.host.invalid' has no address")
    assert "Logged into no.such" not in out


def test_wrong_password(server: Any) -> None:
    code, out, err = util(server, "power", password="wrong")
    assert (code, out) == (1, "")
    assert err.startswith(f"127.0.0.1: Incorrect password provided (BMC 127.0.0.1:{server.port}")


def test_usage(server: Any) -> None:
    usage = "Usage:\n IPMIPASSWORD=password pyghmiutil bmc username <cmd> <optarg>\n"
    for arguments in ([], ["host"]):
        done = subprocess.run([sys.executable, str(ROOT / "bin" / "pyghmiutil"), *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", usage)
    code, _out, err = util(server, "power", password=None)
    assert (code, err) == (1, usage)
    assert "There is no command 'dance'" in util(server, "dance")[2]
    assert "takes" in util(server, "info", "more")[2]


def test_password_file_and_options(server: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    code, _out, err = util(server, "--password-file", str(secret), "-C", "3", "-L", "operator", "--deadline", "5", "--", "power", password=None)
    assert (code, err) == (0, ""), err
    assert util(server, "--password-file", str(tmp_path / "none"), "--", "power", password=None)[0] == 1
    assert "not hexadecimal" in util(server, "--kg-hex", "zz", "--", "power")[2]
    assert "wrong Kg" in util(server, "--kg-hex", "00ff", "--", "power")[2]
    assert "wrong Kg" in util(server, "--kg", "text", "--", "power")[2]
    assert util(server, "-C", "99", "--", "power")[0] == 1
    assert util(server, "-L", "emperor", "--", "power")[0] == 1


def test_any_bytes_are_a_password(make_server: Any, tmp_path: Path) -> None:
    server = make_server()
    server.bmc.authdata.users.append(User(b"odd", b"\xff\xe9 \x80", user_id=9))
    secret = tmp_path / "secret"
    secret.write_bytes(b"\xff\xe9 \x80\r\n")
    assert util(server, "--password-file", str(secret), "--", "power", user="odd", password=None)[::2] == (0, "")
    assert util(server, "power", user="odd", password=os.fsdecode(b"\xff\xe9 \x80"))[::2] == (0, "")


def test_the_bmc_key(make_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_server()
    server.bmc.set_kg(b"key \xff")
    file = tmp_path / "kg"
    for content in (b"key \xff\n", b"0x6b657920ff\n"):
        file.write_bytes(content)
        assert util(server, "--kg-file", str(file), "--", "power")[::2] == (0, "")
        monkeypatch.setenv("IPMIKG", os.fsdecode(content.rstrip()))
        assert util(server, "power")[::2] == (0, "")
    assert "wrong Kg" in util(server, "--kg", "other", "--", "power")[2]
    assert util(server, "--kg-hex", "6b657920ff", "--", "power")[::2] == (0, "")
    monkeypatch.setenv("IPMIKG", "0xzz")
    assert "not hexadecimal" in util(server, "power")[2]
    assert "cannot be read" in util(server, "--kg-file", str(tmp_path / "none"), "--", "power")[2]


def test_ipmi_15(make_server: Any) -> None:
    server = make_server(auth_types=(AuthType.MD2, AuthType.PASSWORD))
    assert util(server, "--ipmi", "1.5", "--deadline", "3", "--", "power")[0] == 1
    for kind in ("md2", "password", "md5,md2"):
        assert util(server, "--ipmi", "1.5", "--auth-type", kind, "--", "power")[::2] == (0, ""), kind
    code, out, err = util(server, "--ipmi", "1.5", "--auth-type", "oem", "--", "power")
    assert (code, out) == (1, "") and "'oem' is not supported" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--deadline", "0"], "above 0"), (["--deadline", "-1"], "above 0"), (["--deadline", "nan"], "above 0"),
        (["--deadline", "inf"], "above 0"), (["--deadline", "soon"], "above 0"), (["-L", "²"], "privilege level"),
        (["-C", "²"], "cipher suites"), (["--no-such-option"], "usage: pyghmiutil"), (["--port", "x"], "usage: pyghmiutil"),
        (["--kg", "a", "--kg-hex", "00"], "not allowed with"), (["-L", "9"], "Privilege level"), (["--minimum-suite", "99"], "99"),
        (["--pcap", "/nonexistent/x"], "/nonexistent/x: "),
    ],
)
def test_a_wrong_command_line(words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IPMIPASSWORD", "secret")
    assert pyghmiutil.main([*words, "127.0.0.1", "admin", "power"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and said in err
    assert not err.startswith("127.0.0.1")


def test_numbers_of_raw_and_identify(server: Any) -> None:
    assert "'code': 0" in util(server, "raw", "06", "01")[1]
    assert "'code': 0" in util(server, "raw", "0x06", "0X01")[1]
    assert "'code': 0" in util(server, "raw", "006", "08")[1]
    for words in (("raw", "0o6", "1"), ("raw", "²", "1"), ("raw", "-2", "1"), ("identify", "²")):
        code, _out, err = util(server, *words)
        assert code == 1 and ("takes" in err or "even and below" in err), words
        assert "Traceback" not in err


def test_trace_and_capture(server: Any, tmp_path: Path) -> None:
    capture = tmp_path / "x.pcap"
    code, _out, err = util(server, "-v", "--pcap", str(capture), "--", "raw", "6", "0x47", "2", "2", "73", "65", "63", "72", "65", "74")
    assert code == 1  # the simulated BMC has no such command; the trace is what counts
    assert "Open Session Request" in err and "RAKP 3" in err
    assert "code of 32 bytes, not shown" in err
    assert "Set User Password rqSeq=" in err and "with a password, not shown" in err
    assert "73 65 63 72 65 74" not in err and "secret" not in err
    data = capture.read_bytes()
    assert data[:4] == bytes.fromhex("d4c3b2a1")
    assert len(data) > 500
    assert util(server, "--pcap", "/nonexistent/x", "--", "power")[0] == 1


def test_ping_and_diagnose(server: Any) -> None:
    code, out, _err = util(server, "ping", password=None)
    assert code == 0 and "presence pong in" in out
    code, out, _err = util(server, "diagnose")
    assert code == 0
    assert out.count("[ ok ]") >= 8 and "[FAIL]" not in out
    code, out, _err = util(server, "diagnose", password="wrong")
    assert code == 1
    assert "[FAIL] login: Incorrect password provided" in out
    assert "[ ok ] cipher suites: 1, 2, 3" in out


def test_trace_and_capture_without_a_session(server: Any, tmp_path: Path) -> None:
    capture = tmp_path / "x.pcap"
    code, _out, err = util(server, "-v", "--pcap", str(capture), "--", "ping", password=None)
    assert code == 0
    assert [line.split(f":{server.port} ")[1].split(":")[0] for line in err.splitlines()] == ["ASF ping", "ASF pong"]
    assert len(capture.read_bytes()) > 24 + 2 * 16
    _code, _out, err = util(server, "-v", "--", "diagnose")
    assert "ASF pong" in err and "Get Channel Cipher Suites rqSeq" in err and "RAKP 4" in err


def test_diagnose_speaks_in_words(make_server: Any) -> None:
    server = make_server(auth_types=(AuthType.MD5, AuthType.PASSWORD))
    code, out, _err = util(server, "diagnose", user="oper", password="op-pass")
    assert code == 0
    assert "[ ok ] privilege: operator" in out
    assert "[note] deviation: the account does not reach the highest privilege level (R21)" in out
    assert "[note] IPMI 1.5 authentication: MD5, straight password" in out
    code, out, _err = util(server, "--ipmi", "1.5", "--", "diagnose")
    assert "[ ok ] login: IPMI 1.5, MD5" in out
    assert "[note] security: IPMI 1.5 encrypts nothing" in out


@pytest.fixture
def babbler() -> Iterator[Any]:
    """Something that answers every datagram with the same bytes, or not at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        class Babbler:
            host, port, answer = "127.0.0.1", sock.getsockname()[1], b"\xde\xad\xbe\xef"

        def serve() -> None:
            while Babbler.answer is not None:
                _datagram, console = sock.recvfrom(4096)
                if Babbler.answer:
                    sock.sendto(Babbler.answer, console)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Babbler
        Babbler.answer = None  # type: ignore[assignment]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (Babbler.host, Babbler.port))
        thread.join(5)


def test_diagnose_what_is_no_bmc(babbler: Any) -> None:
    code, out, err = util(babbler, "--deadline", "2", "--", "diagnose")
    assert code == 1 and err == ""
    assert "[ ok ] presence" not in out and "[ ok ] versions" not in out and "[ ok ] cipher" not in out
    assert "[FAIL] authentication capabilities" in out and "the first (bytes): de ad be ef" in out
    assert "[FAIL] login" in out
    babbler.answer = b""
    code, out, err = util(babbler, "--deadline", "2", "--", "diagnose")
    assert code == 1 and err == ""
    assert "[note] presence ping: no pong" in out and "no answer; that alone" in out
    assert "[FAIL] authentication capabilities: timeout" in out and "cipher suites" not in out
    assert "[FAIL] login" in out


def test_diagnose_a_bmc_of_ipmi_15(make_server: Any) -> None:
    server = make_server(auth_types=(AuthType.MD5,))
    old = server.bmc.core.sessionless.table
    capabilities = old[6, 0x38]

    def without_20(data: bytes) -> tuple[int, bytes]:
        code, found = capabilities(bytes((data[0] & 0x0F, data[1])))
        return code, found

    old[6, 0x38] = without_20
    del old[6, 0x54]
    server.bmc.core._rmcpplus = lambda data, peer, now: None
    code, out, _err = util(server, "diagnose")
    assert code == 0, out
    assert "[ ok ] versions: IPMI 1.5\n" in out
    assert "[ ok ] login: IPMI 1.5, MD5" in out
    assert "cipher suites" not in out


def test_diagnose_a_closed_port(server: Any) -> None:
    class Closed:
        host, port = "127.0.0.1", 1

    code, out, _err = util(Closed, "diagnose")
    assert code == 1
    assert "[FAIL] presence ping: Nothing listens on the port" in out
    assert util(Closed, "ping")[0] == 1


def test_ctrl_c_leaves_no_session_open(server: Any) -> None:
    server.bmc.handle_raw_request = lambda request, session: None  # never answers
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bin" / "pyghmiutil"), "--port", str(server.port), "127.0.0.1", "admin", "power"],
        env=dict(os.environ, IPMIPASSWORD="secret"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    end = time.monotonic() + 10
    while not server.bmc.core.sessions and time.monotonic() < end:
        time.sleep(0.05)
    assert server.bmc.core.sessions
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err
    time.sleep(0.3)
    assert not server.bmc.core.sessions


# --- the other tools' own words


def test_pyghmicons_needs_a_password(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPMIPASSWORD", raising=False)
    assert pyghmicons.main(["host", "user"]) == 2
    assert "IPMIPASSWORD" in capsys.readouterr().err
    assert pyghmicons.main(["host", "user", "/no/such/file"]) == 2
    assert "/no/such/file" in capsys.readouterr().err


def test_fakebmc_refuses_what_makes_no_sense(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert fakebmc.main(["--user", "a:b:emperor", "--port", "0"]) == 2
    assert fakebmc.main(["--suites", "99", "--port", "0"]) == 2
    assert fakebmc.main(["--kg-hex", "zz", "--port", "0"]) == 2
    assert fakebmc.main(["--users", str(tmp_path / "none"), "--port", "0"]) == 2
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert fakebmc.main(["--port", str(taken.getsockname()[1])]) == 1
    shown = capsys.readouterr().err
    assert "emperor" not in shown or "PRIVILEGE one of" in shown
    assert "cannot listen on 127.0.0.1" in shown
    assert "give another --port" in shown


def test_fakebmc_refuses_what_would_have_no_effect(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    machine = SimulatedBmc({"admin": "secret"}, 0)
    saved = str(tmp_path / "saved.json")
    statefile.save(machine, saved)
    machine.logout()
    users = tmp_path / "users"
    users.write_text("".join(f"user{number}:secret\n" for number in range(63)))
    damaged = tmp_path / "damaged.json"
    damaged.write_text((tmp_path / "saved.json").read_text().replace('"seed": 1', '"seed": null'))
    for arguments, told in (
        (["--from", saved, "--user", "a:b"], "--user and --users have no effect beside --from"),
        (["--from", saved, "--profile", "small"], "--profile has no effect beside --from"),
        (["--from", str(damaged)], "damaged.json is damaged: seed is None, and should be a number"),
        (["--save", str(tmp_path)], f"--save {tmp_path}: Is a directory"),
        (["--save", "/no/such/folder/x"], "--save /no/such/folder/x: No such file or directory"),
        (["--users", str(users)], "a BMC has at most 62 accounts with names, and 63 are given"),
        (["--suites", "3,x"], "--suites: 'x' is no cipher suite that is supported: 0, 1, 2, 3"),
        (["--address", "192.0.2.1"], "Cannot assign requested address; --address must be one of this host's"),
    ):
        assert fakebmc.main(["--port", "0", *arguments]) == 2, arguments
        shown = capsys.readouterr().err
        assert told in shown
        assert shown.count("\n") == 1


def test_fakebmc_lists_all_its_users(tmp_path: Path) -> None:
    names = [f"user{number}" for number in range(20)]
    options = fakebmc._parser().parse_args(["--port", "0", *(f"--user={name}:secret" for name in names)])
    bmc = fakebmc._make(options)
    part: Any = bmc.parts["users"]
    assert [slot.name.decode() for slot in part.accounts.slots.values() if slot.name] == names
    assert part.commands()[6, 0x44](b"\1\2")[1][0] == 21
    bmc.logout()


def test_fakebmc_keeps_the_machine_elsewhere_where_it_must(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SimulatedBmc({"admin": "secret"}, 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert fakebmc._save(machine, "/no/such/folder/kept.json") == 1
    shown = capsys.readouterr().err
    kept = shown.rsplit("the machine is in ", 1)[1].strip()
    assert statefile.load(kept)["parts"].keys() == machine.parts.keys()
    machine.logout()


def test_pyghmiutil_main_in_this_process(server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IPMIPASSWORD", "secret")
    assert pyghmiutil.main(["-p", str(server.port), "127.0.0.1", "admin", "power"]) == 0
    assert "IPMIPASSWORD" not in os.environ
    assert capsys.readouterr().out == "Logged into 127.0.0.1\n127.0.0.1: off\n"


# --- fleets


def test_fleet(make_server: Any) -> None:
    servers = [make_server() for _each in range(3)]
    servers[1].bmc.power_is_on = True
    with Fleet() as fleet:
        for number, server in enumerate(servers):
            fleet.add(server.host, "admin", "secret", server.port, name=f"bmc{number}")
        fleet.add("127.0.0.1", "admin", "wrong", servers[0].port, name="wrong")
        fleet.add("127.0.0.1", "admin", "x", 1, name="closed", deadline=3.0)
        fleet.add("no.such.host.invalid", "admin", "x", name="nowhere")
        found = fleet.get_power()
        assert [found[f"bmc{number}"] for number in range(3)] == ["off", "on", "off"]
        assert isinstance(found["wrong"], WrongPassword)
        assert isinstance(found["closed"], Unreachable)
        assert "no.such.host.invalid" in str(found["nowhere"])
        ids = fleet.request(GetDeviceId())
        assert [result.bmc for result in ids][:3] == ["bmc0", "bmc1", "bmc2"]
        assert all(result.value is not None and result.value.device_id == 32 for result in ids[:3])


def test_a_fleet_of_two_hundred_from_one_thread(server: Any) -> None:
    server.bmc.core.config.max_sessions = 500
    server.bmc.core.config.max_half_open = 500
    with Fleet() as fleet:
        for number in range(200):
            fleet.add(server.host, "admin", "secret", server.port, name=str(number))
        found = fleet.get_power(20.0)
        assert len(found) == 200
        assert set(found.values()) == {"off"}
        assert len(server.bmc.core.sessions) == 200


# --- without a session


def test_sessionless(server: Any) -> None:
    with Sessionless(server.host, server.port) as way:
        assert way.ping().ipmi
        assert way.exchange(6, 0x38, b"\x8e\x04")[0] == 0
        with pytest.raises(TimedOut):
            way.exchange(6, 1, deadline_s=0.3)
    with pytest.raises(InvalidParameterValue):
        Sessionless("127.0.0.1", 0)


@pytest.mark.parametrize("framed", [wrap_plain, lambda message: wrap_setup(PayloadType.IPMI, message)], ids=["1.5", "2.0"])
def test_sessionless_takes_answers_in_either_format(framed: Any) -> None:
    """fakebmc of pyghmi 1.6.19 answers Get Channel Cipher Suites in the format of 2.0."""
    seen: list[tuple[bool, bytes, Any]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            datagram, console = sock.recvfrom(4096)
            found = parse(datagram)
            request = parse_request(found.message) if found is not None else None
            if request is not None:
                sock.sendto(framed(build_response(request, 0, b"\x01\xc0\x03")), console)

        thread = threading.Thread(target=serve)
        thread.start()
        with Sessionless("127.0.0.1", sock.getsockname()[1], observer=lambda *each: seen.append(each)) as way:
            assert way.exchange(6, 0x54, b"\x0e\x00\x80") == (0, b"\x01\xc0\x03")
        thread.join(5)
    assert [(sent, address[0]) for sent, _datagram, address in seen] == [(True, "127.0.0.1"), (False, "127.0.0.1")]

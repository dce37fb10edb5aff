# SPDX-License-Identifier: Apache-2.0
"""`Command` as programs use it."""
from __future__ import annotations

import gc
import inspect
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import pyghmi.exceptions as exc
from pyghmi.ipmi import command
from pyghmi.ipmi.command import Command, Housekeeper
from pyghmi.ipmi.oem import lookup
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.private import session
from pyghmi.ipmi.private.session import Session

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def connect(server: Any, user: Any = "admin", password: Any = "secret", **more: Any) -> Command:
    return Command(server.host, user, password, port=server.port, **more)


# --- results and shapes


def test_power(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}
        assert bmc.set_power("off") == {"powerstate": "off"}
        assert bmc.set_power("on") == {"pendingpowerstate": "on"}
        assert bmc.set_power("off", wait=True) == {"powerstate": "off"}
        assert bmc.set_power("boot") == {"pendingpowerstate": "on"}
        assert bmc.set_power("boot") == {"pendingpowerstate": "reset"}
        assert bmc.set_power("cycle") == {"pendingpowerstate": "cycle"}
        assert bmc.set_power("reset", wait=True) == {"pendingpowerstate": "reset"}
        assert bmc.set_power("diag") == {"pendingpowerstate": "diag"}
        assert bmc.set_power("shutdown", wait=3) == {"powerstate": "off"}
        with pytest.raises(exc.InvalidParameterValue, match="^Unknown power state sideways requested$"):
            bmc.set_power("sideways")


def test_a_power_state_that_is_never_reached(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(server.bmc), "power_on", lambda self: None)
    with connect(server) as bmc, pytest.raises(exc.IpmiException, match="^System did not accomplish power state change$"):
        bmc.set_power("on", wait=1)


def test_bootdev(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.get_bootdev() == {"bootdev": "default", "persistent": True}
        assert bmc.set_bootdev("pxe") == {"bootdev": "pxe"}
        assert bmc.get_bootdev() == {"bootdev": "network", "persistent": False, "uefimode": False}
        assert bmc.set_bootdev("hd", persist=True, uefiboot=True) == {"bootdev": "hd"}
        assert bmc.get_bootdev() == {"bootdev": "hd", "persistent": True, "uefimode": True}
        assert bmc.set_bootdev("nosuch") == {"error": "Unknown bootdevice nosuch requested"}
        assert bmc.set_bootdev("default") == {"bootdev": "default"}
        assert bmc.get_bootdev() == {"bootdev": "default", "persistent": True}
        written = [data for netfn, cmd, data in server.bmc.executed if (netfn, cmd) == (0, 8)]
        assert written[:2] == [bytes((3, 8)), bytes((5, 0x80, 4, 0, 0, 0))]
        assert written[-1] == bytes((5, 0, 0, 0, 0, 0))


def test_identify(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.set_identify() is None
        assert server.bmc.executed[-1] == (0, 4, b"\0\1")
        bmc.set_identify(False)
        assert server.bmc.executed[-1] == (0, 4, b"\0\0")
        bmc.set_identify(duration=300)
        assert server.bmc.executed[-1] == (0, 4, b"\xff")
        bmc.set_identify(blink=True)  # the vendor's way: there is no standard one
        assert server.bmc.blinking_s == 255


def test_blink_without_a_vendor(server: Any) -> None:
    server.bmc.mfgid = 0x123456
    with connect(server) as bmc, pytest.raises(exc.IpmiException, match="^Blink not supported with generic IPMI$"):
        bmc.set_identify(blink=True)


def test_raw_commands(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.raw_command(netfn=0, command=1) == {"netfn": 1, "command": 1, "code": 0, "data": bytearray(b"\0\0\x40")}
        assert bmc.raw_command(netfn=0x30, command=1) == {
            "netfn": 0x31, "command": 1, "code": 0xC1, "data": bytearray(), "error": "Invalid command",
        }
        assert bmc.raw_command(netfn=0, command=1, retry=False) is None
        found = bmc.xraw_command(netfn=6, command=4, data=[])
        assert bytes(found["data"]) == b"\x55\0"
        assert isinstance(found["data"], memoryview)
        assert bmc.xraw_command(netfn=6, command=4, retry=False)["code"] == 0
        with pytest.raises(exc.IpmiException, match="^Invalid command$") as caught:
            bmc.xraw_command(netfn=0x30, command=1)
        assert caught.value.ipmicode == 0xC1
        began = time.monotonic()
        bmc.raw_command(netfn=6, command=1, delay_xmit=0.3)
        assert time.monotonic() - began >= 0.3
        assert bmc.raw_command(netfn=6, command=1, rslun=2)["code"] == 0xC2
        assert bmc.raw_command(netfn=6, command=1, bridge_request={"addr": 0x82})["data"][0] == 0x82
        twice = {"addr": 0x82, "channel": 0, "transit_addr": 0x82, "transit_channel": 0}
        assert bmc.raw_command(netfn=6, command=1, bridge_request=twice)["data"][0] == 0x82
        assert bmc.raw_command(netfn=6, command=1, bridge_request={"addr": 0x82, "name": 5})["data"][0] == 0x82
        absent = bmc.raw_command(netfn=6, command=1, bridge_request={"addr": 0x44})
        assert (absent["code"], absent["error"]) == (0x83, "NAK on write")
        with pytest.raises(exc.IpmiException, match="^NAK on write"):
            bmc.xraw_command(netfn=6, command=1, bridge_request={"addr": 0x44})


def test_identity(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc._get_device_id() == {
            "device_id": 32, "device_revision": 1, "manufacturer_id": 0x01F3A7, "product_id": 0x5053, "firmware_version": "2.10",
        }
        assert bmc.get_system_guid() == bmc.get_device_guid() == str(server.bmc.uuid)
        every = bmc.get_system_guids()
        assert every["smbios"] == every["likely"] == str(server.bmc.uuid)
        assert every["raw"] == server.bmc.uuid.bytes_le.hex() == every["rfc4122"].replace("-", "")
        assert bytes.fromhex(every["ipmi"].replace("-", "")) == server.bmc.uuid.bytes_le[::-1]
        assert bmc.get_self_test()["result"] == "passed"
        assert bmc.get_session_info().user_id == 2
        assert [record.suite for record in bmc.get_cipher_suites()] == sorted(server.bmc.core.config.suites)
        assert bmc.get_channel_auth_capabilities().speaks_20


def test_agreement(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.agreement is not None
        assert (bmc.agreement.suite, bmc.agreement.version, bmc.agreement.privilege) == (17, "2.0", 4)
    with connect(server, suites=[3], privlevel=2) as bmc:
        assert bmc.agreement is not None
        assert (bmc.agreement.suite, bmc.agreement.privilege) == (3, 2)
    with pytest.raises(exc.InvalidParameterValue):
        connect(server, suites=[3], minimum_suite=17)


def test_reset_bmc_then_log_in_again(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.reset_bmc() is None
        assert bmc.get_power() == {"powerstate": "off"}
        assert sum(1 for netfn, cmd, _data in server.bmc.executed if (netfn, cmd) == (6, 2)) == 1


# --- sessions


def test_equal_credentials_share_a_session_as_text_or_bytes(server: Any) -> None:
    one = connect(server)
    other = connect(server, b"admin", b"secret")
    assert one.ipmi_session is other.ipmi_session
    assert connect(server, "oper", "op-pass").ipmi_session is not one.ipmi_session
    one.logout()
    third = connect(server)
    assert third.ipmi_session is not one.ipmi_session
    assert third.get_power()["powerstate"] == "off"
    third.logout()


def test_logout(server: Any) -> None:
    bmc = connect(server)
    assert bmc.ipmi_session.logged == 1
    assert bmc.ipmi_session.logout() == {"success": True}
    assert bmc.ipmi_session.logout() == {"success": True}
    with pytest.raises(exc.IpmiException, match="^Session no longer connected"):
        bmc.get_power()
    with pytest.raises(exc.IpmiException, match="^Session no longer connected"):
        bmc.raw_command(netfn=6, command=1)
    time.sleep(0.1)
    assert not server.bmc.core.sessions


def test_wrong_password_then_the_right_one(server: Any) -> None:
    for _time in range(2):
        with pytest.raises(exc.WrongPassword, match="^Incorrect password provided"):
            connect(server, password="wrong")
    with connect(server) as bmc:
        assert bmc.get_power()


def test_clearing_the_tables_forces_a_new_login(server: Any) -> None:
    one = connect(server)
    Session.bmc_handlers.clear()
    Session.initting_sessions.clear()
    other = connect(server)
    assert other.ipmi_session is not one.ipmi_session
    for each in (one, other):
        each.logout()


def test_teardown_as_programs_do_it(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bmc = connect(server)
    assert session.iothread is not None
    session.iothread.join()
    assert bmc.ipmi_session.broken
    monkeypatch.setattr(session, "iothread", None)
    monkeypatch.setattr(session, "iothreadready", False)
    session.iothreadwaiters.clear()
    for sock in session.iosockets:
        sock.close()
    del bmc.ipmi_session.initialized
    with connect(server) as again:
        assert again.get_power()


def test_subclasses_with_keywords_of_their_own(server: Any) -> None:
    class Mine(Session):
        def __new__(cls, bmc: str, userid: str, password: str, extra: int, port: int = 623) -> Any:
            return super().__new__(cls, bmc=bmc, userid=userid, password=password, port=port)

        def __init__(self, bmc: str, userid: str, password: str, extra: int, port: int = 623) -> None:
            self.extra = extra
            super().__init__(bmc=bmc, userid=userid, password=password, port=port)

    mine = Mine(server.host, "admin", "secret", 5, server.port)
    assert (mine.extra, mine.logged, mine.ipmiversion) == (5, 1, 2.0)
    assert mine.raw_command(netfn=6, command=1)["code"] == 0  # type: ignore[index]
    mine.logout()


def test_all_users_of_one_bmc_are_listed_and_shared(server: Any) -> None:
    one, other = connect(server), connect(server, "oper", "op-pass")
    listed = [found for handlers in Session.bmc_handlers.values() for found in handlers.values()]
    assert one.ipmi_session in listed and other.ipmi_session in listed
    again = connect(server)
    assert again.ipmi_session is one.ipmi_session
    for each in (one, other):
        each.logout()


@pytest.mark.parametrize("table", ["initting_sessions", "bmc_handlers"])
def test_tables_set_to_none(server: Any, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = connect(server)
    monkeypatch.setattr(Session, table, None)
    assert one.get_power()
    other = connect(server)
    assert other.get_power()
    assert [each.ipmi_session.logout() for each in (one, other)] == [{"success": True}] * 2


def test_a_port_may_be_text(server: Any) -> None:
    one, other = connect(server), Command(server.host, "admin", "secret", port=str(server.port))  # type: ignore[arg-type]
    assert one.ipmi_session is other.ipmi_session
    assert one.ipmi_session.port == server.port
    one.logout()


def test_attributes_can_be_assigned(server: Any) -> None:
    bmc = connect(server)
    of = bmc.ipmi_session
    number = of.sequencenumber
    assert bmc.get_power()
    assert of.sequencenumber == number + 1
    for name in ("sessionid", "localsid", "sockaddr", "socket", "ipmiversion", "allsockaddrs", "timeout", "maxtimeout", "logontries"):
        setattr(of, name, 5)
        assert getattr(of, name) == 5
    assert bmc.get_power()
    of.logged = 0
    other = connect(server)
    assert other.ipmi_session is not of
    for each in (bmc, other):
        assert each.ipmi_session.logout() == {"success": True}
    of.login()
    assert (of.logged, of.ipmiversion) == (1, 2.0)
    of.logout()


def test_the_privilege_in_force(server: Any) -> None:
    with connect(server, "oper", "op-pass") as bmc:
        assert bmc.ipmi_session.privlevel == 3
        assert bmc.ipmi_session.autopriv


def test_payloads_of_ones_own(server: Any) -> None:
    with connect(server) as bmc:
        bmc.ipmi_session.send_payload([0x20, 0x18, 0xC8, 0x81, 0x00, 0x04, 0x7B], "ipmi")
        while bmc.ipmi_session.lastresponse is None:
            Session.wait_for_rsp(1)
        assert bmc.ipmi_session.lastresponse["data"] == bytearray(b"\x55\0")


@pytest.mark.parametrize("deadline", [float("nan"), float("inf"), 0, -1])
def test_deadlines_that_are_none(server: Any, deadline: float) -> None:
    with pytest.raises(exc.InvalidParameterValue, match="a deadline is a number of seconds above 0"):
        connect(server, deadline=deadline)
    with pytest.raises(exc.InvalidParameterValue):
        Session(server.host, "admin", "secret", server.port, deadline=deadline)
    if deadline not in (0, -1):
        with connect(server) as bmc:
            for ask in (bmc.raw_command, bmc.xraw_command):
                with pytest.raises(exc.InvalidParameterValue):
                    ask(netfn=6, command=1, deadline=deadline)
            with pytest.raises(exc.InvalidParameterValue):
                bmc.within(deadline)


# --- asynchronous use


def test_onlogon(server: Any) -> None:
    got: list[Any] = []
    bmc = connect(server, onlogon=lambda response, cmd: got.append((response, cmd)))
    while not got:
        Command.wait_for_rsp(1)
    assert got == [({"success": True}, bmc)]
    assert bmc.get_power()
    again: list[Any] = []
    connect(server, onlogon=lambda response, cmd: again.append(response))
    assert again == [{"success": True}]  # the session is shared: told on the next pass of the loop
    bmc.logout()


def test_commands_inside_the_callback(server: Any) -> None:
    got: list[Any] = []
    bmc = connect(server, onlogon=lambda response, cmd: got.append(cmd.get_power()))
    while not got:
        Command.wait_for_rsp(1)
    assert got == [{"powerstate": "off"}]
    bmc.logout()


def test_onlogon_with_an_error(server: Any) -> None:
    got: list[Any] = []
    connect(server, password="wrong", onlogon=lambda response, cmd: got.append(response))
    while not got:
        Command.wait_for_rsp(1)
    assert got[0]["error"] == "Incorrect password provided"
    assert f":{server.port}" in got[0]["detail"]
    assert isinstance(got[0]["exception"], exc.WrongPassword)


def test_a_silent_bmc_calls_back_with_timeout() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        got: list[Any] = []
        Command("127.0.0.1", "a", "b", port=silent.getsockname()[1], deadline=1.5, onlogon=lambda r, c: got.append(r))
        while not got:
            Command.wait_for_rsp(1)
        assert (got[0]["error"], got[0]["code"]) == ("timeout", 0xFFFF)


def test_callbacks_of_raw_commands(server: Any) -> None:
    bmc = connect(server)
    got: list[Any] = []
    assert bmc.ipmi_session.raw_command(netfn=6, command=4, callback=got.append) is None
    while not got:
        Session.wait_for_rsp(1)
    assert got == [{"netfn": 7, "command": 4, "code": 0, "data": bytearray(b"\x55\0")}]
    bmc.logout()


def test_exceptions_of_callbacks_come_out_of_no_other_call(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    def bad(*_response: Any) -> None:
        raise RuntimeError("cb")

    bmc = connect(server)
    bmc.ipmi_session.raw_command(netfn=6, command=4, callback=bad)
    time.sleep(0.1)
    assert bmc.get_power() == {"powerstate": "off"}
    Session.pause(0.1)
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [("cb",)]  # type: ignore[union-attr]
    connect(server, onlogon=bad)
    bmc.ipmi_session.register_keepalive(bad, bad)
    bmc.ipmi_session._run_keepalives()
    assert bmc.logout() == {"success": True}
    assert sum(bool(record.exc_info) for record in caplog.records) == 4


def test_what_onlogon_raises_ends_the_programs_own_loop(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Salt leaves its loop so; nothing else would end it."""
    def bad(response: Any) -> None:
        if "error" in response:
            raise RuntimeError(response["error"])

    session = Session("127.0.0.1", "admin", "wrong", port=server.port, onlogon=bad)
    with pytest.raises(RuntimeError, match="Incorrect password provided"):
        while not session.logged:
            session.wait_for_rsp(timeout=1)
    assert not [record for record in caplog.records if record.exc_info]
    assert connect(server).get_power() == {"powerstate": "off"}


def test_a_session_killed_while_it_logs_in() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        got: list[Any] = []
        bmc = Command("127.0.0.1", "a", "b", port=silent.getsockname()[1], onlogon=lambda r, c: got.append(r))
        bmc.ipmi_session._mark_broken("boom")
        while not got:
            Command.wait_for_rsp(1)
        assert got[0]["error"] == "Session failed to initialize"
        assert (bmc.ipmi_session.errormsg, bmc.ipmi_session.broken) == ("boom", True)


def test_wait_for_rsp_without_anything_to_do() -> None:
    began = time.monotonic()
    assert Command.wait_for_rsp(0) == 0
    assert Command.wait_for_rsp(0.2) == 0
    Session.pause(0.1)
    assert time.monotonic() - began < 2


def test_housekeeper_can_be_stopped(server: Any) -> None:
    keeper = Housekeeper()
    assert isinstance(keeper, threading.Thread)
    assert not keeper.daemon
    keeper.start()
    try:
        cpu = time.process_time()
        with connect(server) as bmc:
            for _time in range(50):
                assert bmc.get_power()
        time.sleep(0.3)
        assert time.process_time() - cpu < 1.0
    finally:
        keeper.stop()
        keeper.join(5)
    assert not keeper.is_alive()


def test_keepalive_commands(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyghmi.ipmi.net import keepalive

    monkeypatch.setattr(keepalive, "AFTER_S", 0.2)
    bmc = connect(server)
    got: list[Any] = []
    regid = bmc.ipmi_session.register_keepalive({"netfn": 6, "command": 4}, got.append)
    end = time.monotonic() + 5
    while not got and time.monotonic() < end:
        Command.wait_for_rsp(0.1)
    assert got[0]["code"] == 0
    bmc.ipmi_session.unregister_keepalive(regid)
    bmc.ipmi_session.unregister_keepalive("unknown")
    bmc.logout()


def test_an_idle_session_is_closed_without_keepalive(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyghmi.ipmi.net import keepalive

    monkeypatch.setattr(keepalive, "AFTER_S", 0.2)
    bmc = connect(server, keepalive=False)
    end = time.monotonic() + 5
    while bmc.ipmi_session.logged and time.monotonic() < end:
        Command.wait_for_rsp(0.1)
    assert not bmc.ipmi_session.logged
    assert bmc.ipmi_session.broken
    with pytest.raises(exc.IpmiException, match="^Session no longer connected"):
        bmc.get_power()
    time.sleep(0.1)
    assert not server.bmc.core.sessions


def test_a_request_outlasts_the_keepalive(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time to keep the session alive comes while a command waits that must not be sent twice."""
    from pyghmi.ipmi.net import keepalive

    bmc = connect(server, deadline=1.0)
    monkeypatch.setattr(keepalive, "AFTER_S", 0.3)
    server.silence()
    cpu, began = time.process_time(), time.monotonic()
    with pytest.raises(exc.TimedOut) as caught:
        bmc.raw_command(netfn=0, command=2, data=[2])
    assert 0.9 < time.monotonic() - began < 2.0
    assert time.process_time() - cpu < 0.3
    assert caught.value.tries == 1


# --- errors


def test_errors_have_types_and_words(server: Any) -> None:
    with pytest.raises(exc.NameResolutionError) as name:
        Command("no.such.host.invalid", "a", "b")
    assert isinstance(name.value, socket.gaierror)
    assert "no.such.host.invalid" in str(name.value)
    with pytest.raises(exc.UserRejected, match="^Unauthorized name in RAKP2"):
        connect(server, "nobody", "x")
    with pytest.raises(exc.UserRejected):
        connect(server, "gone", "x")
    with pytest.raises(exc.PrivilegeRefused, match="while requesting privelege level 4 for b?'?oper"):
        connect(server, "oper", "op-pass", privlevel=4)
    with pytest.raises(exc.WrongKg, match="Invalid RAKP4 integrity code"):
        connect(server, kg="none here")
    with pytest.raises(exc.CipherSuiteRefused, match="Invalid authentication algorithm"):
        connect(server, suites=[0])
    with pytest.raises(exc.InvalidParameterValue, match="must not exceed 16"):
        connect(server, "a" * 17, "x")
    with pytest.raises(exc.InvalidParameterValue, match="at most 20"):
        connect(server, "admin", "x" * 21)
    with pytest.raises(TypeError):
        Command(server.host, None, None)


def test_no_free_slot(make_server: Any) -> None:
    server = make_server(max_sessions=1)
    with connect(server):
        with pytest.raises(exc.NoFreeSession, match="Insufficient resources"):
            connect(server, "oper", "op-pass", deadline=2.5)


def test_deadlines(server: Any) -> None:
    bmc = connect(server)
    server._stopped = True
    server._thread.join(5)
    for ask in (lambda: bmc.raw_command(netfn=6, command=1, deadline=0.7), lambda: bmc.within(0.7).get_bootdev()):
        began = time.monotonic()
        with pytest.raises(exc.TimedOut, match="^timeout") as caught:
            ask()
        assert 0.6 < time.monotonic() - began < 1.2
        assert caught.value.host == server.host
    bmc.ipmi_session._mark_broken()


def test_no_device_in_band() -> None:
    if os.path.exists("/dev/ipmi0"):
        pytest.skip("this machine has a BMC of its own")
    with pytest.raises(FileNotFoundError, match="no IPMI device"):
        Command()


# --- threads, processes


def test_threads_share_a_command(server: Any) -> None:
    with connect(server) as bmc:
        results: list[Any] = []

        def work() -> None:
            for _time in range(40):
                results.append(bmc.get_power()["powerstate"])

        threads = [threading.Thread(target=work) for _each in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert results == ["off"] * 320
        assert len(server.bmc.core.sessions) == 1


def test_two_users_and_two_bmcs_do_not_mix(make_server: Any) -> None:
    one, other = make_server(), make_server()
    other.bmc.power_is_on = True
    commands = [(connect(one), "off"), (connect(other), "on"), (connect(one, "oper", "op-pass"), "off"), (connect(other, "oper", "op-pass"), "on")]
    for _time in range(20):
        for bmc, state in commands:
            assert bmc.get_power() == {"powerstate": state}
    for bmc, _state in commands:
        bmc.logout()


def test_ipv6(make_server: Any) -> None:
    try:
        server = make_server(address="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Command("::1", "admin", "secret", port=server.port) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}


def test_all_addresses_of_a_host_are_tried(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyghmi.ipmi.net import modules

    rows = [
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "", (address, server.port)) for address in ("127.0.0.9", "127.0.0.1")
    ]

    class Resolver:
        def __getattr__(self, name: str) -> Any:
            return (lambda *_a, **_k: rows) if name == "getaddrinfo" else getattr(socket, name)

    monkeypatch.setattr(modules, "socket", Resolver())
    with Command("two.addresses", "admin", "secret", port=server.port) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}
        assert bmc.ipmi_session.sockaddr == ("127.0.0.1", server.port)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_after_a_fork_both_work(server: Any) -> None:
    with connect(server) as bmc:
        assert bmc.get_power()
        ours = bmc.agreement
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                found = bmc.get_power()
                theirs = bmc.agreement
                if found == {"powerstate": "off"} and theirs is not None and ours is not None:
                    status = 0 if theirs.console_session_id != ours.console_session_id else 2
                os.write(writer, repr(found).encode())
            finally:
                os._exit(status)
        os.close(writer)
        _pid, status = os.waitpid(child, 0)
        assert os.WEXITSTATUS(status) == 0, os.read(reader, 1000)
        os.close(reader)
        for _time in range(3):
            assert bmc.get_power()
        assert bmc.agreement == ours


def test_sessions_are_closed_at_exit_without_delay(server: Any) -> None:
    program = (
        "import sys, time\nfrom pyghmi.ipmi.command import Command\n"
        f"c = Command('127.0.0.1', 'admin', 'secret', port={server.port})\nc.get_power()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, timeout=30)
    time.sleep(0.2)
    assert not server.bmc.core.sessions


# --- vendors


def test_registered_handlers(server: Any) -> None:
    class Module:
        class OEMHandler(OEMHandler):
            def get_power(self, bridge_request: Any = None) -> str:
                return "sideways"

            def set_power(self, powerstate: str, bridge_request: Any = None) -> dict[str, str]:
                return {"mine": powerstate}

    lookup.register_oem_map(f"{0x01F3A7}.{0x5053}", Module)
    try:
        with connect(server) as bmc:
            assert bmc.get_power() == {"powerstate": "sideways"}
            assert bmc.set_power("on") == {"mine": "on"}
            assert bmc._oemknown
            bmc.get_power()
            assert sum(1 for netfn, cmd, _d in server.bmc.executed if (netfn, cmd) == (6, 1)) == 1
    finally:
        lookup.oemmap.clear()


def test_a_vendors_own_power_states(server: Any) -> None:
    class Module:
        class OEMHandler(OEMHandler):
            def process_power_state(self, powerstate: str, bridge_request: Any = None) -> str:
                return {"warm": "on", "odd": "sideways"}.get(powerstate, powerstate)

    lookup.register_oem_map(0x01F3A7, Module)
    try:
        with connect(server) as bmc:
            assert bmc.set_power("warm") == {"pendingpowerstate": "on"}
            with pytest.raises(exc.InvalidParameterValue, match="^Unknown power state sideways requested$"):
                bmc.set_power("odd")
            Module.OEMHandler.set_power = lambda self, state, bridge_request: {"mine": state}  # type: ignore[attr-defined]
            assert bmc.set_power("whatever") == {"mine": "whatever"}
    finally:
        lookup.oemmap.clear()


def test_handlers_that_are_not_built_on_ours(server: Any) -> None:
    class Module:
        class OEMHandler:
            def __init__(self, oemid: Any, ipmicmd: Any) -> None:
                pass

            def get_description(self) -> dict[str, int]:
                return {"slot": 5}

    lookup.register_oem_map(0x01F3A7, Module)
    try:
        with connect(server) as bmc:
            bmc.oem_init()
            assert isinstance(bmc._oem, Module.OEMHandler)
            assert bmc.get_power() == {"powerstate": "off"}
            assert bmc.get_bootdev()["bootdev"] == "default"
            bmc.set_identify()
            bmc.reset_bmc()
            assert bmc.get_ikvm_methods() == []
    finally:
        lookup.oemmap.clear()


def test_a_program_that_looks_for_no_vendor(server: Any) -> None:
    with connect(server) as bmc:
        bmc.oem_init = lambda: None  # type: ignore[method-assign]
        assert bmc.get_ikvm_methods() == []
        bmc.set_identify()


def test_generic_answers(server: Any) -> None:
    server.bmc.mfgid = 0x123456
    with connect(server) as bmc:
        assert bmc.get_graphical_console() == ()
        assert bmc.get_ikvm_methods() == []
        assert bmc.get_server_capping() is None
        assert bmc.get_extended_bmc_configuration() == {}
        assert bmc.get_ntp_servers() == ()
        assert not bmc._oemknown
        for call, words in (
            (lambda: bmc.update_firmware("x"), "Firmware update not supported on this platform"),
            (bmc.get_update_status, "Firmwore update not supported on this platform"),
            (lambda: bmc.set_bmc_configuration({}), "Platform does not support setting bmc attributes"),
            (bmc.get_storage_configuration, "Remote storage configuration not supported on this platform"),
            (lambda: bmc.get_diagnostic_data("/nonexistent"), "not supported"),
        ):
            with pytest.raises(exc.UnsupportedFunctionality, match=words):
                call()
        with pytest.raises(exc.InvalidParameterValue, match="Not allowed to overwrite existing file"):
            bmc.get_diagnostic_data(__file__)
        assert sum(1 for netfn, cmd, _d in server.bmc.executed if (netfn, cmd) == (6, 1)) == 1


def test_the_vendor_of_the_simulated_bmc(server: Any) -> None:
    with connect(server) as bmc:
        bmc.oem_init()
        assert type(bmc._oem).__name__ == "SimulatedHandler"
        assert bmc._oemknown


# --- the names programs rely on

SIGNATURES = {
    "__init__": ["bmc", "userid", "password", "port", "onlogon", "kg", "privlevel", "verifycallback", "keepalive", "kwargs"],
    "raw_command": ["netfn", "command", "bridge_request", "data", "delay_xmit", "retry", "timeout", "rslun"],
    "xraw_command": ["netfn", "command", "bridge_request", "data", "delay_xmit", "retry", "timeout", "rslun"],
    "get_power": ["bridge_request"],
    "set_power": ["powerstate", "wait", "bridge_request"],
    "get_bootdev": [],
    "set_bootdev": ["bootdev", "persist", "uefiboot"],
    "set_identify": ["on", "duration", "blink"],
    "reset_bmc": [],
    "wait_for_rsp": ["timeout"],
    "reseat_bay": ["bay"],
    "set_sdr_cachedir": ["path"],
    "register_key_handler": ["callback", "type"],
    "update_firmware": ["filename", "data", "progress", "bank"],
    "upload_media": ["filename", "progress", "data"],
    "attach_remote_media": ["url", "username", "password"],
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    found = [each for each in inspect.signature(getattr(Command, name)).parameters if each != "self"]
    assert found[: len(SIGNATURES[name])] == SIGNATURES[name]


def test_the_loop_is_told_how_long() -> None:
    with pytest.raises(TypeError):
        Command.wait_for_rsp()  # type: ignore[call-arg]


def test_module_names() -> None:
    assert command.power_states == {"off": 0, "on": 1, "reset": 3, "diag": 4, "softoff": 5, "shutdown": 5, "boot": -1}
    assert command.boot_devices["http"] == 4
    assert command.boot_devices[15] == "floppy"
    assert command.session is session
    assert command.const.IPMI_BMC_ADDRESS == 0x20
    assert command.util.decode_wireformat_uuid(bytes(range(16))) == "03020100-0504-0706-0809-0A0B0C0D0E0F"
    assert command.localsession.Session
    assert command.exc is exc
    with pytest.raises(AttributeError):
        command.nosuch  # noqa: B018


def test_simplesession(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_simple", False)
    command.select_simplesession()
    try:
        one, other = connect(server), connect(server)
        assert one.ipmi_session is not other.ipmi_session
        assert one.get_power() == other.get_power()
        assert one.ipmi_session.wait_for_rsp(0) == 0
        one.logout()
        other.logout()
    finally:
        monkeypatch.setattr(command, "_simple", False)


def test_simplesession_after_its_end(server: Any) -> None:
    from pyghmi.ipmi.private import simplesession

    own = simplesession.Session(server.host, "admin", "secret", server.port)
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert [own.logout(), own.logout()] == [{"success": True}] * 2
    assert own.wait_for_rsp(0) == 0
    own.login()
    assert own.raw_command(netfn=6, command=1)["code"] == 0  # type: ignore[index]
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) == descriptors
    own.logout()


def test_simplesession_tells_of_a_failed_login(server: Any) -> None:
    from pyghmi.ipmi.private import simplesession

    got: list[Any] = []
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _time in range(2):
        with pytest.raises(exc.WrongPassword):
            simplesession.Session(server.host, "admin", "bad", server.port, onlogon=got.append)
    assert [each["error"] for each in got] == ["Incorrect password provided"] * 2
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    simplesession.Session(server.host, "admin", "secret", server.port, onlogon=got.append).logout()
    assert got[-1] == {"success": True}


def test_simplesession_closed_when_idle(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyghmi.ipmi.net import keepalive
    from pyghmi.ipmi.private import simplesession

    monkeypatch.setattr(keepalive, "AFTER_S", 0.2)
    own = simplesession.Session(server.host, "admin", "secret", server.port, keepalive=False)
    end = time.monotonic() + 5
    while own.logged and time.monotonic() < end:
        own.wait_for_rsp(0.1)
    assert own.broken
    own.logout()


# --- sharing


def test_threads_that_ask_at_once_share_one_session(server: Any) -> None:
    for _round in range(3):
        barrier = threading.Barrier(20)
        found: list[Any] = []

        def ask() -> None:
            barrier.wait()  # noqa: B023
            bmc = connect(server)
            assert bmc.get_power()["powerstate"] == "off"
            found.append(bmc.ipmi_session)  # noqa: B023

        threads = [threading.Thread(target=ask) for _number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(found) == 20
        assert len(set(map(id, found))) == 1
        assert len(server.bmc.core.sessions) == 1
        found[0].logout()
        assert not server.bmc.core.sessions


def test_a_session_that_was_displaced_and_dropped_is_closed(server: Any) -> None:
    from pyghmi.ipmi.private.session import Session

    first = connect(server)
    Session.bmc_handlers.clear()
    second = connect(server)
    assert second.ipmi_session is not first.ipmi_session
    assert len(server.bmc.core.sessions) == 2
    del first
    gc.collect()
    assert second.get_power() == {"powerstate": "off"}
    end = time.monotonic() + 3
    while len(server.bmc.core.sessions) > 1 and time.monotonic() < end:
        Command.wait_for_rsp(0.05)
    assert len(server.bmc.core.sessions) == 1
    second.logout()


def test_arguments_that_are_refused_leave_nothing(server: Any) -> None:
    from pyghmi.ipmi.private.session import Session

    before = len(Session._living)
    for _time in range(3):
        with pytest.raises(exc.InvalidParameterValue):
            connect(server, kg="x" * 21)
    assert len(Session._living) == before


@pytest.mark.parametrize("named", ["constructor", "within"])
def test_a_named_deadline_bounds_the_wait_for_power(
    server: Any, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setattr(server.bmc, "power_shutdown", lambda: None)  # says yes and does nothing
    monkeypatch.setattr(server.bmc, "power_on", lambda: None)
    bmc = connect(server, deadline=2.6) if named == "constructor" else connect(server).within(2.6)
    began = time.monotonic()
    with pytest.raises(exc.IpmiException, match="System did not accomplish power state change"):
        bmc.set_power("on", wait=True)
    assert 1.5 < time.monotonic() - began < 3.0
    bmc.logout()

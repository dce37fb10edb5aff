# SPDX-License-Identifier: Apache-2.0
"""Names and values that programs use although they are called private."""
from __future__ import annotations

import inspect
import logging
import select
import socket
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pyghmi import constants as public
from pyghmi.exceptions import InvalidParameterValue, SessionLost
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.poller import SelectPoller
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private import (
    callbacks,
    constants,
    facts,
    localsession,
    options,
    payloads,
    process,
    registry,
    session,
    util,
)
from pyghmi.media import Media
from pyghmi.storage import Array, ConfigSpec, Disk, Volume
from pyghmi.version import VERSION, version_info


def test_value_classes() -> None:
    assert (public.Health.Ok, public.Health.Warning, public.Health.Critical, public.Health.Failed) == (0, 1, 2, 4)
    assert (Media("a").name, Media("a", "u").url) == ("a", "u")
    assert (Disk(5, serial="s").name, Disk("x").id) == ("5", None)
    assert Array(raid=1).raid == 1 and Array().volumes == ()
    assert ConfigSpec().disks == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [(5, 5), (None, None), ("10GB", 10000), ("7mb", 7), ("1Tb", 1000000), ("50%", "50%"), ("remainder", "remainder"), ("x gb", "x gb")],
)
def test_volume_sizes(given: Any, kept: Any) -> None:
    assert Volume(size=given).size == kept


def test_version() -> None:
    assert version_info.version_string() == version_info.release_string() == str(version_info) == VERSION


def test_constants() -> None:
    assert constants.ipmi_completion_codes[0xC1] == "Invalid command"
    assert constants.command_completion_codes[0x07, 0x3B][0x80] == "User is not allowed requested privilege level"
    assert constants.command_completion_codes[0x06, 0x47][0x81] == "Password test failed. Wrong password size was used"
    assert constants.rmcp_codes[0x11] == "No Cipher suite match with proposed security algorithms"
    assert constants.payload_types["sol"] == 1
    assert constants.netfn_codes["application"] == 6
    assert constants.priv_levels == {"callback": 1, "user": 2, "operator": 3, "admin": 4, "oem": 5}
    assert (constants.IPMI_BMC_ADDRESS, constants.IPMI_SEND_MESSAGE_CMD) == (0x20, 0x34)


def test_util() -> None:
    raw = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert util.decode_wireformat_uuid(raw) == "33221100-5544-7766-8899-AABBCCDDEEFF"
    assert util.decode_wireformat_uuid(raw, True) == "00112233-4455-6677-8899-AABBCCDDEEFF"
    assert util.urlsplit("https://host/a/b") == ("https", "host", "/a/b")
    assert util.urlsplit("nothing") == ("", "", "nothing")
    assert util.urlsplit("file:///a") == ("file", "", "/a")
    assert util.urlsplit("http://host") == ("http", "host", "/")
    assert util.get_ipv4("127.0.0.1") == ["127.0.0.1"]
    assert util.get_ipmi_error({"netfn": 7, "command": 1, "code": 0}) is False
    assert util.get_ipmi_error({"netfn": 7, "command": 1, "code": 0xC1}, " here") == "Invalid command here"
    assert util.get_ipmi_error({"netfn": 7, "command": 1, "code": 0x99}, " here") == "Unknown code 0x99 encountered"
    assert util.get_ipmi_error({"error": "timeout", "code": 0xFFFF}, " here") == "timeout here"
    assert util._monotonic_time() > 0
    with util.protect(threading.Lock()):
        pass


def test_functions_of_the_session_module() -> None:
    assert session._checksum(0x20, 0x18) == 0xC8
    assert session._monotonic_time() > 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        session._io_sendto(sender, [1, 2, 3], receiver.getsockname())
        assert receiver.recv(10) == b"\1\2\3"
    session._io_sendto(sender, b"x", ("127.0.0.1", 9))  # closed: counts as lost


def test_locks_and_thread_stand_in() -> None:
    with session.WAITING_SESSIONS, session.KEEPALIVE_SESSIONS:
        assert session.WAITING_SESSIONS.acquire()
        session.WAITING_SESSIONS.release()
    ended: list[int] = []
    thread = process.SessionThread(lambda: ended.append(1))
    assert thread.is_alive()
    thread.join()
    assert ended == [1] and not thread.isAlive()


def test_replaced_modules_are_used_below(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("socket", "select", "threading"):
        monkeypatch.setattr(modules, name, getattr(modules, name))

    class Green:
        pass

    green = Green()
    before = session.select
    session.select = green  # type: ignore[assignment]
    try:
        assert modules.select is green
        assert not modules.select_is_standard()
    finally:
        session.select = before
    assert modules.select_is_standard()
    with pytest.raises(ValueError, match="nothing to replace"):
        modules.replace("os", green)  # type: ignore[arg-type]


def test_more_functions_of_the_session_module(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, pad in ((b"abc", [*range(1, 13), 12]), (bytes(15), [0]), (bytes(14), [1, 1]), (b"", [*range(1, 16), 15])):
        assert list(session._aespad(data)) == pad
    answer = {"netfn": 7, "command": 1}
    assert [session.unmatched(*each) for each in ((answer, 7, 1), (answer, 7, 2), (answer, 6, 1), (None, 7, 1))] == [
        False, True, True, True,
    ]
    assert list(session.dictitems({1: 2})) == [(1, 2)]
    worker = session.define_worker()()
    worker.start()
    worker.join()
    assert not worker.is_alive()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        near.bind(("127.0.0.1", 0))
        near.setblocking(False)
        assert session._io_recvfrom(near, 10) is None
        monkeypatch.setattr(session, "iosockets", [near])
        assert session._poller() == []
        far.sendto(b"abcd", near.getsockname())
        assert session._poller(5) == [near]
        assert session._io_recvfrom(near, 10)[0] == b"abcd"
    session._io_wait(0)
    assert session._io_graball([], []) == []


def test_numbers_that_programs_read() -> None:
    assert (session.initialtimeout, session.MAX_BMCS_PER_SOCKET, session.MAX_IDLE) == (0.5, 64, 29)


SIGNATURES = {
    session.Session.__new__: "bmc, userid, password, port=623, kg=None, onlogon=None, privlevel=None, keepalive=True",
    session.Session.__init__: "bmc, userid, password, port=623, kg=None, onlogon=None, privlevel=None, keepalive=True",
    session.Session.send_payload: (
        "payload=(), payload_type=None, retry=True, delay_xmit=None, needskeepalive=False, timeout=None"
    ),
    session._io_wait: "timeout, myaddr=None, evq=None",
    session._poller: "timeout=0",
    localsession.Session.__init__: "devnode='/dev/ipmi0'",
}


@pytest.mark.parametrize("function", SIGNATURES)
def test_signatures(function: Any) -> None:
    parameters = [each for each in inspect.signature(function).parameters.values() if each.name not in ("self", "cls")]
    shown = [each.name if each.default is each.empty else f"{each.name}={each.default!r}" for each in parameters]
    assert ", ".join(shown).replace("options", "").rstrip(", ") == SIGNATURES[function]


def test_a_refused_constructor_leaves_something_to_look_at() -> None:
    found = session.Session.__new__(session.Session, "bmc", "a", "b")
    assert repr(found) == "<Session with nobody as None, refused>"
    with pytest.raises(InvalidParameterValue):
        found.__init__("bmc", "a", "b", deadline=0)  # type: ignore[misc]
    assert repr(found) == "<Session with bmc:623 as b'a', refused>"


def test_ports_and_deadlines() -> None:
    assert [options.port_number(each) for each in (623, "624", b"625")] == [623, 624, 625]
    for port in ("", "6x", None, 6.5):
        with pytest.raises(InvalidParameterValue, match="a UDP port is a number"):
            options.port_number(port)
    assert (options.deadline_of(None), options.deadline_of(2.5), options.finite(-1)) == (None, 2.5, -1)
    for seconds in (float("nan"), float("inf"), 0, -1, "5"):
        with pytest.raises(InvalidParameterValue, match="a deadline is a number of seconds above 0"):
            options.deadline_of(seconds)
    for seconds in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(InvalidParameterValue, match="a deadline is a number"):
            options.finite(seconds)


def test_exceptions_of_callbacks_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    callbacks.tell(lambda text: [].index(text), "x")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("pyghmi", logging.ERROR)
    assert record.exc_info is not None and record.exc_info[0] is ValueError

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        callbacks.tell(stop)


def made_up(**more: Any) -> Any:
    """Return what is left of a session for the tables of sessions."""
    sock = SimpleNamespace(getsockname=lambda: ("", 5))
    peer = SimpleNamespace(socket=SimpleNamespace(socket=sock), address=("bmc", 623))
    link = SimpleNamespace(peer=peer, is_open=True, is_opening=False)
    known = {"bmc": "bmc", "userid": b"", "password": b"", "port": 623, "kgo": None, "link": link, "logged": 1, "logging": True}
    return SimpleNamespace(**{**known, **more})


@pytest.mark.parametrize("instead", [None, [], {}])
def test_tables_that_programs_replace(instead: Any) -> None:
    tables: Any = SimpleNamespace(initting_sessions=instead, bmc_handlers=instead)
    one = made_up()
    assert not registry.is_listed(one, tables)
    registry.begin(one, tables)
    registry.opened(one, tables)
    assert tables.bmc_handlers == {("bmc", 623): {5: one}}
    assert registry.is_listed(one, tables)
    tables.initting_sessions = tables.bmc_handlers = instead
    registry.remove(one, tables)
    assert not registry.is_listed(one, tables)


def test_sessions_on_one_socket_are_all_listed() -> None:
    tables: Any = SimpleNamespace(initting_sessions={}, bmc_handlers={})
    one, other = made_up(), made_up()
    for each in (one, other, one):
        registry.opened(each, tables)
    assert list(tables.bmc_handlers["bmc", 623].values()) == [one, other]
    assert registry.is_listed(one, tables) and registry.is_listed(other, tables)
    registry.remove(one, tables)
    assert not registry.is_listed(one, tables) and registry.is_listed(other, tables)
    other.logged = 0  # so a program says that it is not to be used
    assert not registry.is_listed(other, tables)


def test_facts_can_be_assigned() -> None:
    class Some(facts.SessionFacts):
        def __init__(self) -> None:
            self.broken = False
            self.link: Any = SimpleNamespace(is_open=True, is_opening=False, agreement=None)

    some: Any = Some()
    assert (some.logged, some.logging, some.privlevel, some.ipmiversion) == (1, False, 4, 2.0)
    some.logged, some.socket = 0, "mine"
    assert (some.logged, some.socket) == (0, "mine")
    some._follow_again()
    assert some.logged == 1 and not some.broken
    some.link.agreement = SimpleNamespace(privilege=2, version="1.5")
    assert (some.privlevel, some.ipmiversion) == (2, 1.5)
    assert "open" in (Some.logged.__doc__ or "")


class Payloads(payloads.Payloads):
    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.broken = False
        self.lastresponse = None
        self.link: Any = SimpleNamespace(submit=lambda *a, **k: self.sent.append((a, k)), wait=self.sent.append, host="h", port=1)


def test_payloads() -> None:
    some = Payloads()
    some.send_payload(bytes.fromhex("20 19 c7 81 04 01 55 26"), "ipmi", retry=False, delay_xmit=2)
    waited, (arguments, named) = some.sent
    assert (waited, arguments) == (2, (6, 1, b"\x55"))
    assert (named["lun"], named["repeatable"]) == (1, False)
    named["on_done"](SimpleNamespace(error=None, netfn=6, cmd=1, code=0, answer=b"a"))
    assert some.lastresponse == {"netfn": 7, "command": 1, "code": 0, "data": bytearray(b"a")}
    for kind, words in ((2, "^OEM Payloads$"), (0x27, "^OEM Payloads$"), (99, "^Unrecognized payload type 99$")):
        with pytest.raises(NotImplementedError, match=words):
            some.send_payload((), kind)
    with pytest.raises(InvalidParameterValue, match="7 bytes at least"):
        some.send_payload(b"abc")
    some.broken = True
    with pytest.raises(SessionLost, match="^Session no longer connected"):
        some.send_payload(bytes(7))


def test_reactors_change_to_a_select_module_put_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    reactor = Reactor()
    near, far = socket.socketpair()
    got: list[float] = []
    reactor.add(near, lambda now: got.append(now) or near.recv(1))  # type: ignore[func-returns-value]
    green = ModuleType("green")
    green.select = select.select  # type: ignore[attr-defined]
    before = session.select
    session.select = green
    try:
        assert isinstance(reactor._poller, SelectPoller)
        far.send(b"x")
        reactor.run_once(5)
        assert len(got) == 1
    finally:
        session.select = before
    far.send(b"x")
    reactor.run_once(5)
    assert len(got) == 2 and not isinstance(reactor._poller, SelectPoller)
    reactor.close()
    far.close()
    session.select = before  # closed reactors do not mind

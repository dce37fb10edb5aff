# SPDX-License-Identifier: Apache-2.0
"""The strict BMC: our client does nothing that it has to tell, and it tells what others do wrong."""
from __future__ import annotations

import inspect
from typing import Any, Callable

import pytest

from pyghmi.exceptions import NotFound, UnsupportedFunctionality
from pyghmi.ipmi.console import Console
from pyghmi.ipmi.net.link import Link
from pyghmi.ipmi.protocol import ipmb, rmcp
from pyghmi.ipmi.protocol.packet import wrap_setup
from pyghmi.ipmi.protocol.packet15 import build, wrap_plain
from tests.loopback.quirk_lab import RAKP1, RAKP3, SUITES, MakeLab, QuirkLab, works

OPEN_SESSION = b"\x01\x00\x00\x00\x11\x22\x33\x44" + bytes.fromhex(
    "0000000801000000 0100000801000000 0200000801000000"
)
OPENING = wrap_setup(0x10, OPEN_SESSION)
RAKP_1 = b"\x02\x00\x00\x00" + b"\x01\x02\x03\x04" + bytes(range(16)) + b"\x14\x00\x00\x05admin"
CAPABILITIES = ipmb.build_request(6, 0x38, b"\x8e\x04", 1)


@pytest.fixture
def bench(lab: MakeLab) -> QuirkLab:
    return lab("", personality="strict", profile="server")


def noted(bench: QuirkLab) -> list[str]:
    assert bench.odd is not None
    return bench.odd.noted


# --- our client


@pytest.mark.parametrize("suite", SUITES)
def test_a_login_of_ours(bench: QuirkLab, suite: int) -> None:
    works(bench, suites=[suite]).close()
    assert noted(bench) == []


@pytest.mark.parametrize("auth_types", [(2,), (1,), (4,), (0,)])
def test_a_login_of_ours_over_15(lab: MakeLab, auth_types: tuple[int, ...]) -> None:
    bench = lab("", personality="strict", auth_types=auth_types)
    link = works(bench, version="1.5", auth_types=auth_types)
    for _each in range(70):
        assert bench.ask(link)[0] == 0
    link.close()
    assert noted(bench) == []


def test_all_that_can_be_read(bench: QuirkLab) -> None:
    """All methods of `Command` that read and need no argument: sweep, inventory, event log, network, users, DCMI."""
    command = bench.command()
    called = 0
    for name in sorted(dir(command)):
        method = getattr(command, name)
        if not name.startswith("get_") or not callable(method):
            continue
        try:
            inspect.signature(method).bind()
        except TypeError:
            continue
        called += 1
        try:
            found = method()
            if inspect.isgenerator(found):
                list(found)
        except (NotFound, UnsupportedFunctionality):
            continue
    assert called > 40
    assert len(bench.machine.executed) > 500
    assert noted(bench) == []


def test_what_is_written(bench: QuirkLab) -> None:
    command = bench.command()
    command.set_bootdev("network")
    command.set_power("on", wait=True)
    command.set_identify(True)
    command.create_user(5, "new", "password-123")
    command.user_delete(5)
    command.clear_event_log()
    command.logout()
    assert noted(bench) == []


def test_a_console_of_ours(bench: QuirkLab) -> None:
    said = bytearray()

    def screen(news: Any) -> None:
        if isinstance(news, bytes):
            said.extend(news)

    bench.machine.power_on()
    console = Console("127.0.0.1", "admin", "secret", screen, port=bench.port)
    bench.wait(60.0)
    assert console.connected
    count = len(said)
    for _each in range(40):  # more than there are packet numbers
        console.send_data(b"help\r")
        bench.wait(0.5)
    assert len(said) > count + 40
    console.send_break()
    bench.wait(1.0)
    console.close()
    bench.wait(1.0)
    assert noted(bench) == []


# --- others


def plain(data: bytes = b"\x8e\x04", netfn: int = 6, cmd: int = 0x38) -> bytes:
    return wrap_plain(ipmb.build_request(netfn, cmd, data, 1))


@pytest.mark.parametrize(
    ("datagram", "told"),
    [
        (b"hello", "a datagram that is not RMCP"),
        (b"\x06\x01" + plain()[2:], "the reserved byte of the RMCP header is not 0"),
        (b"\x06\x00\x00" + plain()[3:], "the RMCP sequence number of IPMI is not FFh"),
        (rmcp.ping(1)[:-2] + b"\x01\x00", "neither IPMI nor a presence ping"),
        (rmcp.pong(1), "neither IPMI nor a presence ping"),
        (plain()[:-2], "a packet of IPMI 1.5 that is shorter than its lengths say"),
        (plain() + b"\0", "a packet of IPMI 1.5 with bytes behind it, or without the legacy pad that is due"),
        (build(0, 7, 0, b"", CAPABILITIES), "a sequence number or a code outside of sessions"),
        (plain(b"\x9e\x04"), "Get Channel Authentication Capabilities: reserved bits are set"),
        (plain(b"\x8e"), "Get Channel Authentication Capabilities with 1 bytes"),
        (plain(b"\x8e\x04\x00"), "Get Channel Authentication Capabilities with bytes behind its fields"),
        (wrap_plain(CAPABILITIES[:-1] + b"\0"), "a message with a wrong checksum"),
        (
            wrap_plain(ipmb.build_response(ipmb.Request(6, 0x38, 1, b""), 0)),
            "a response in the place of a request",
        ),
        (
            wrap_plain(ipmb.build_ipmb_request(ipmb.Request(6, 0x38, 1, b"\x8e\x04", 0x22, 0, 0x41, 1))),
            "a request from 41h, LUN 1, to 22h",
        ),
        (wrap_setup(0, CAPABILITIES)[:-3], "a packet shorter than its lengths say"),
        (wrap_setup(0, CAPABILITIES) + b"\0", "bytes behind a packet"),
        (wrap_setup(1, b"\x01\x00\x00\x00"), "payload type 01h outside of sessions"),
        (OPENING[:10] + b"\x01" + OPENING[11:], "a sequence number outside of sessions"),
        (wrap_setup(0x10, OPEN_SESSION[:20]), "Open Session of 20 bytes"),
        (
            wrap_setup(0x10, OPEN_SESSION[:2] + b"\x01" + OPEN_SESSION[3:]),
            "Open Session: bits or lengths that are reserved",
        ),
        (wrap_setup(0x10, OPEN_SESSION[:4] + bytes(4) + OPEN_SESSION[8:]), "Open Session with session id 0"),
        (wrap_setup(0x12, RAKP_1 + b"\0"), "RAKP 1: the name has 6 bytes and is said to have 5"),
    ],
)
def test_what_is_told_of_a_datagram(bench: QuirkLab, datagram: bytes, told: str) -> None:
    bench.send(plain())
    bench.send(wrap_setup(0x10, OPEN_SESSION))
    assert noted(bench) == []
    bench.send(datagram)
    assert noted(bench) == [f"console: {told}"]


def test_a_key_exchange_that_comes_twice(bench: QuirkLab) -> None:
    works(bench)
    for kind, name in ((RAKP1, "RAKP 1"), (RAKP3, "RAKP 3")):
        bench.repeat(next(each for to_bmc, each in bench.wire if to_bmc and each[5] == kind))
        assert noted(bench)[-1] == f"console: {name} came twice"
    bench.send(wrap_setup(0x12, RAKP_1))
    bench.send(wrap_setup(0x12, RAKP_1[:4] + b"\x09" + RAKP_1[5:]))
    assert noted(bench)[2:] == ["console: RAKP 1: a random number that came before"]


def cipher_of(link: Link) -> Any:
    """Return what the console seals its packets with."""
    machine: Any = link._peer.machine
    return machine._channel.cipher


def sent(link: Link, message: bytes, change: Callable[[bytes], bytes] = bytes, kind: int = 0) -> bytes:
    """Return a packet of a session with a payload of anybody's."""
    return change(cipher_of(link).seal(kind, message))


STATUS = ipmb.build_request(0, 1, b"", 9)


@pytest.mark.parametrize(
    ("message", "kind", "told"),
    [
        (STATUS[:-1] + b"\0", 0, "a message with a wrong checksum"),
        (ipmb.build_request(0, 1, b"\0", 10), 0, "Get Chassis Status with bytes behind its fields"),
        (ipmb.build_request(0, 4, b"\x01\xfe", 10), 0, "Chassis Identify: reserved bits are set"),
        (b"\x11\x00\x00\x00a", 1, "a packet of the serial console: reserved bits are set"),
        (b"\x00\x00\x00\x00a", 1, "characters in a packet of the serial console that has no number"),
        (b"\x01\x00", 1, "a packet of the serial console of 2 bytes"),
        (b"abc", 2, "payload type 02h"),
    ],
)
def test_what_is_told_of_a_message(bench: QuirkLab, message: bytes, kind: int, told: str) -> None:
    link = works(bench)
    bench.send(sent(link, STATUS))
    assert noted(bench) == []
    bench.send(sent(link, message, kind=kind))
    assert noted(bench) == [f"console: {told}"]


def test_numbers_of_the_serial_console(bench: QuirkLab) -> None:
    link = works(bench)
    for number, characters, told in (
        (1, b"a", None),
        (1, b"a", None),
        (2, b"b", None),
        (2, b"c", "packet 2 of the serial console came again with other characters"),
        (4, b"d", "packet 4 of the serial console after 2"),
    ):
        before = len(noted(bench))
        bench.send(sent(link, bytes((number, 0, 0, 0)) + characters, kind=1))
        assert noted(bench)[before:] == ([] if told is None else [f"console: {told}"])


def test_what_is_told_of_a_packet(bench: QuirkLab) -> None:
    link = works(bench)

    def told(*datagrams: bytes) -> list[str]:
        before = len(noted(bench))
        for each in datagrams:
            bench.send(each)
        return [each.partition(": ")[2] for each in noted(bench)[before:]]

    good = sent(link, STATUS)
    assert told(good) == []
    assert told(good) == ["a packet that was dropped: a sequence number that came before, or too old"]
    assert told(good[:-1] + bytes((good[-1] ^ 1,))) == ["a packet that was dropped: wrong authentication code"]
    assert told(sent(link, STATUS) + b"\0") == ["an integrity pad that is not FFh ..., or bytes behind a packet"]
    cipher_of(link).seal(0, STATUS)
    found = told(sent(link, ipmb.build_request(0, 1, b"", 10)))
    assert len(found) == 1
    assert found[0].startswith("session sequence number ")
    assert told(sent(link, ipmb.build_request(0, 1, b"", 11)), sent(link, ipmb.build_request(6, 1, b"", 11))) == [
        "Get Device ID has the rqSeq of the request before it"
    ]

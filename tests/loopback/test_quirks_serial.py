# SPDX-License-Identifier: Apache-2.0
"""Switches of section C about the payload, over UDP: each is seen on the wire, and our client does what the table says."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import ConsoleError, ConsoleHeld, ConsoleRefused
from pyghmi.ipmi.console import Console
from pyghmi.ipmi.protocol.packet import unwrap
from pyghmi.ipmi.spec.codes import Privilege
from tests.loopback.quirk_lab import MakeLab, QuirkLab
from tests.loopback.serial_machine import Screen

APP, TRANSPORT, ACTIVATE, DEACTIVATE, STATUS, SUPPORT = 0x06, 0x0C, 0x48, 0x49, 0x4A, 0x4E
SET_SOL, GET_SOL = 0x21, 0x22
SOL, ENCRYPTED, AUTHENTICATED = 0x01, 0x80, 0x40
ASKED = bytes.fromhex("01 01 c4 00 00 00")


def auxiliary(first: int) -> bytes:
    return ASKED[:2] + bytes((first,)) + ASKED[3:]


def ask(bench: QuirkLab, cmd: int, data: bytes = ASKED, netfn: int = APP) -> tuple[int, bytes]:
    """Ask on a link of its own, and give a payload back that was activated with it."""
    link = bench.opened()
    found = bench.ask(link, netfn, cmd, data)
    link.close()
    return found


class Line:
    """A console of ours, and what it shows."""

    def __init__(self, bench: QuirkLab, user: str = "admin", password: str = "secret", **options: Any) -> None:
        self.bench = bench
        self.screen = Screen()
        self.console = Console("127.0.0.1", user, password, self.screen, port=bench.port, **options)
        bench.wait(options.pop("patience", 5.0))

    def types(self, text: bytes) -> bool:
        """Type something; whether its echo came."""
        self.console.send_data(text)
        self.bench.wait(3.0)
        return text in bytes(self.screen.output)

    @property
    def error(self) -> Any:
        (found,) = self.screen.errors
        return found["exception"]


@pytest.fixture
def on(lab: MakeLab) -> Any:
    """Return what makes a machine that is on, with these quirks; its shell echoes."""

    def make(quirks: str = "", **options: Any) -> QuirkLab:
        bench = lab(quirks, **options)
        bench.machine.power_on()
        bench.wait(30.0)
        return bench

    return make


def works(bench: QuirkLab, **options: Any) -> Line:
    """Open a console, and see that it works."""
    line = Line(bench, **options)
    assert line.console.connected, line.screen.errors
    assert line.types(b"uptime")
    return line


def sol_packets(bench: QuirkLab, *, to_bmc: bool) -> list[Any]:
    found = (unwrap(datagram) for way, datagram in bench.wire if way is to_bmc)
    return [packet for packet in found if packet is not None and packet.session_id and packet.kind & 0x3F == SOL]


@pytest.mark.parametrize(
    ("variant", "sizes", "most"), [("zero", b"\0\0\0\0", 16), ("huge", b"\xff" * 4, 16), ("swapped", b"\1\0\1\0", 252)]
)
def test_C01_sizes_that_cannot_be(on: Any, variant: str, sizes: bytes, most: int) -> None:
    bench = on(f"C01:{variant}")
    assert ask(bench, ACTIVATE)[1][4:8] == sizes
    line = works(bench)
    assert line.console.maxoutcount == most


def test_C02_the_port_is_swapped(on: Any) -> None:
    bench = on("C02")
    assert ask(bench, ACTIVATE)[1][8:10] == bench.port.to_bytes(2, "big")
    works(bench)


def test_C03_another_port(on: Any) -> None:
    bench = on("C03")
    assert int.from_bytes(ask(bench, ACTIVATE)[1][8:10], "little") == 700
    works(bench)
    assert bench.machine.serial._shell.is_up


def test_C04_channel_payload_support_is_refused(on: Any) -> None:
    bench = on("C04")
    assert ask(bench, SUPPORT, b"\x0e")[0] == 0xC1
    works(bench)


@pytest.mark.parametrize(
    ("variant", "told"), [("refused", (0xCC, b"")), ("wrong", (0, b"\1\1\0")), ("active", (0, b"\1\1\0"))]
)
def test_C05_a_status_of_no_use(on: Any, variant: str, told: tuple[int, bytes]) -> None:
    bench = on(f"C05:{variant}")
    assert ask(bench, STATUS, b"\1") == told
    line = works(bench)
    assert (ask(bench, STATUS, b"\1") == (0, b"\1\0\0")) is (variant == "wrong")
    line.console.close()


def test_C06_no_instance(on: Any) -> None:
    bench = on("C06")
    assert ask(bench, STATUS, b"\1") == (0, b"\0\0\0")
    works(bench)


def test_C07_active_and_not_active(on: Any) -> None:
    bench = on("C07")
    assert [ask(bench, cmd)[0] for cmd in (ACTIVATE, DEACTIVATE)] == [0x80, 0x80]
    bench.machine.executed.clear()
    line = Line(bench, force=True, patience=30.0)
    assert isinstance(line.error, ConsoleHeld)
    assert line.error.ipmicode == 0x80
    assert len(bench.machine.executed) < 20
    works(on("C07:thrice"), force=True)


def test_C08_deactivated_and_still_active(on: Any) -> None:
    bench = on("C08")
    holder = works(bench)
    assert ask(bench, DEACTIVATE) == (0, b"")
    assert bench.machine.activated
    line = Line(bench, "oper", "op-pass", force=True)
    bench.wait(10.0)
    assert isinstance(line.error, ConsoleHeld)
    assert holder.types(b"still here")


@pytest.mark.parametrize(("quirks", "notices"), [("C09", 0), ("", 1)])
def test_C09_taken_away_without_a_word(on: Any, quirks: str, notices: int) -> None:
    bench = on(quirks)
    line = works(bench)
    bench.wire.clear()
    taker = bench.opened(b"oper", b"op-pass")
    assert bench.ask(taker, APP, DEACTIVATE, ASKED[:2] + bytes(4))[0] == 0
    bench.wait(0.5)
    assert len(sol_packets(bench, to_bmc=False)) == notices
    bench.wait(60.0)
    assert isinstance(line.error, ConsoleError)
    assert not line.console.connected


def test_C10_deactivate_is_not_answered(on: Any) -> None:
    bench = on("C10")
    works(bench)
    link = bench.opened(b"oper", b"op-pass")
    assert bench.ask(link, APP, DEACTIVATE, ASKED[:2] + bytes(4)) == (0x80, b"")  # done the first time, without a word
    works(bench)
    began = bench.reactor.clock()
    line = Line(bench, "oper", "op-pass", force=True)
    bench.wait(10.0)
    assert line.console.connected
    assert bench.reactor.clock() - began < 20.0


@pytest.mark.parametrize(("quirks", "is_kept"), [("C11", True), ("", False)])
def test_C11_a_console_that_died(on: Any, quirks: str, is_kept: bool) -> None:
    bench = on(quirks)
    dead = bench.opened()
    assert bench.ask(dead, APP, ACTIVATE, ASKED)[0] == 0
    bench.wait(70.0)
    line = Line(bench, "oper", "op-pass")
    assert line.console.connected is not is_kept
    if is_kept:
        assert isinstance(line.error, ConsoleHeld)
        assert "force" in str(line.error)
        works(bench, user="oper", password="op-pass", force=True)


@pytest.mark.parametrize(("variant", "refused"), [("clear", 0xC6), ("set", 0xC4)])
def test_C12_handshake(on: Any, variant: str, refused: int) -> None:
    bench = on(f"C12:{variant}")
    assert ask(bench, ACTIVATE, auxiliary(refused))[0] == 0xCC
    assert ask(bench, ACTIVATE, auxiliary(refused ^ 2))[0] == 0
    works(bench)


@pytest.mark.parametrize("refused", [0xC0, 0xC8])
def test_C13_deferred_alerts(on: Any, refused: int) -> None:
    bench = on("C13")
    assert ask(bench, ACTIVATE, auxiliary(refused))[0] == 0xCC
    works(bench)


def test_C14_only_unprotected(on: Any) -> None:
    bench = on("C14")
    assert [ask(bench, ACTIVATE, auxiliary(first))[0] for first in (0xC4, 0xC0, 0x00, 0x08)] == [0xCC, 0xCC, 0xCC, 0]
    bench.wire.clear()
    line = works(bench)
    assert not any(packet.kind & (ENCRYPTED | AUTHENTICATED) for packet in sol_packets(bench, to_bmc=True))
    assert any("without encryption" in text for text in line.screen.info)


@pytest.mark.parametrize(("variant", "is_encrypted"), [("forbidden", False), ("needed", True)])
def test_C15_encryption(on: Any, variant: str, is_encrypted: bool) -> None:
    bench = on(f"C15:{variant}")
    first = 0x44 if is_encrypted else 0xC4
    assert ask(bench, ACTIVATE, auxiliary(first))[0] == 0xCC
    bench.wire.clear()
    line = works(bench)
    assert {bool(packet.kind & ENCRYPTED) for packet in sol_packets(bench, to_bmc=True)} == {is_encrypted}
    assert any("without encryption" in text for text in line.screen.info) is not is_encrypted


@pytest.mark.parametrize(("code", "text"), [("81", "SOL is disabled"), ("82", "Maximum SOL session count reached")])
def test_C16_refused(on: Any, code: str, text: str) -> None:
    bench = on(f"C16:{code}")
    assert ask(bench, ACTIVATE)[0] == int(code, 16)
    line = Line(bench)
    assert isinstance(line.error, ConsoleRefused)
    assert (line.error.ipmicode, line.screen.errors[0]["error"]) == (int(code, 16), text)


def test_C28_only_administrators(on: Any) -> None:
    bench = on("C28")
    link = bench.opened(privilege=Privilege.OPERATOR)
    assert bench.ask(link, APP, ACTIVATE, ASKED)[0] == 0xD4
    works(bench)
    line = Line(bench, privlevel=3, force=True)
    assert isinstance(line.error, ConsoleRefused)
    assert "privilege" in line.error.text


@pytest.mark.parametrize(("quirks", "code"), [("C29", 0), ("", 0x80)])
def test_C29_instance_2_is_instance_1(on: Any, quirks: str, code: int) -> None:
    bench = on(quirks)
    works(bench)
    assert ask(bench, DEACTIVATE, b"\1\2\0\0\0\0")[0] == code
    assert bench.machine.activated is bool(code)


@pytest.mark.parametrize("variant", ["c1", "81"])
def test_C30_no_set_in_progress(lab: MakeLab, variant: str) -> None:
    bench = lab(f"C30:{variant}")
    assert ask(bench, SET_SOL, b"\1\0\1", TRANSPORT)[0] == int(variant, 16)
    command = bench.command()
    if variant == "c1":
        command.set_sol_configuration(bit_rate=9600)
        assert command.get_sol_configuration()["bit_rate"] == 9600


def test_C30_only_commit_counts(lab: MakeLab) -> None:
    bench = lab("C30:commit")
    assert ask(bench, SET_SOL, b"\1\5\6", TRANSPORT)[0] == 0
    assert ask(bench, GET_SOL, b"\1\5\0\0", TRANSPORT)[1] == b"\x11\x0a"
    command = bench.command()
    command.set_sol_configuration(bit_rate=9600)
    assert command.get_sol_configuration()["bit_rate"] == 9600

# SPDX-License-Identifier: Apache-2.0
"""`Console` and `ServerConsole` over real UDP: every byte, once, in order; and every way in which it ends."""
from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from pyghmi.exceptions import ConsoleDeactivated, ConsoleHeld, ConsoleTakenOver, SessionError, WrongPassword
from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.console import Console, ServerConsole
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.private.session import shared
from tests.loopback.relay import Relay
from tests.loopback.serial_machine import USERS, Machine, Screen, until


@pytest.fixture(autouse=True)
def fresh() -> None:
    forget_all()


@pytest.fixture
def machine() -> Iterator[Machine]:
    found = Machine()
    yield found
    found.logout()


def open_console(machine: Machine, screen: Any, user: str = "admin", **options: Any) -> Console:
    options.setdefault("port", machine.address[1])
    return Console("127.0.0.1", user, USERS[user], screen, **options)


def test_characters_both_ways(machine: Machine) -> None:
    machine.echo = True
    screen = Screen()
    console = open_console(machine, screen)
    assert not console.connected
    console.send_data("hé")
    assert console.pendingoutput == ["hé".encode()]
    until(lambda: console.connected)
    assert isinstance(machine.sol, ServerConsole)
    console.send_data(b"\x00\xff")
    until(lambda: bytes(screen.output) == "hé".encode() + b"\x00\xff")
    assert not console.awaitingack
    console.close()
    assert not machine.activated
    assert machine.sol is None
    assert not console.connected
    assert not console.activated
    assert screen.errors == []
    until(lambda: not machine.core.sessions)


@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_a_hundred_kilobytes_each_way(machine: Machine, loss: float) -> None:
    port = machine.address[1]  # the BMC names it, and a console goes there: only another address keeps the relay between
    relay = Relay(shared(), ("127.0.0.1", port), listen=("127.0.0.2", port), jitter_s=loss / 50, seed=7)
    screen = Screen()
    console = Console("127.0.0.2", "admin", "secret", screen, port=port)
    until(lambda: console.connected)
    relay.loss = relay.doubles = loss
    source = random.Random(1)
    to_machine = bytes(source.getrandbits(8) for _each in range(100_000))
    to_console = bytes(source.getrandbits(8) for _each in range(100_000))
    machine.sol.send_data(to_console)
    console.send_data(to_machine)
    until(lambda: len(screen.output) >= 100_000 and len(machine.typed) >= 100_000, 120)
    assert bytes(screen.output) == to_console
    assert bytes(machine.typed) == to_machine
    console.close()
    relay.close()


def test_a_machine_that_takes_a_few_characters_at_a_time(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "sol_room", lambda self: 3)
    console = open_console(machine, Screen())
    until(lambda: console.connected)
    text = bytes(range(256))
    console.send_data(text)
    until(lambda: len(machine.typed) >= len(text), 60)
    assert bytes(machine.typed) == text
    console.close()


def test_break_reaches_the_machine(machine: Machine) -> None:
    console = open_console(machine, Screen())
    console.send_break()
    until(lambda: machine.breaks == 1)
    console.send_break()
    until(lambda: machine.breaks == 2)
    console.close()


def test_power_off_is_told(machine: Machine) -> None:
    screen = Screen()
    console = open_console(machine, screen)
    until(lambda: console.connected)
    machine.sol.poweredon = False
    console.send_data(b"x")
    until(lambda: screen.info == ["Remote system is powered down"])
    machine.sol.poweredon = True
    until(lambda: bytes(machine.typed) == b"x")
    console.close()


def test_wrong_password_comes_through_the_handler(machine: Machine) -> None:
    screen = Screen()
    console = Console("127.0.0.1", "admin", "wrong", screen, port=machine.address[1])
    until(lambda: console.broken)
    (error,) = screen.errors
    assert isinstance(error["exception"], WrongPassword)
    assert error["error"] == error["exception"].text
    console.send_data(b"ignored")
    console.close()


def test_a_host_without_an_address(machine: Machine) -> None:
    with pytest.raises(OSError, match="no-such-host"):
        Console("no-such-host.invalid", "a", "b", Screen())


def test_held_by_another_and_taken_by_force(machine: Machine) -> None:
    first, second, third = Screen(), Screen(), Screen()
    holder = open_console(machine, first)
    until(lambda: holder.connected)
    polite = open_console(machine, second, "other")
    until(lambda: polite.broken)
    assert second.errors[0]["error"] == "SOL Session active for another client"
    assert isinstance(second.errors[0]["exception"], ConsoleHeld)
    taker = open_console(machine, third, "other", force=True)
    until(lambda: taker.connected)
    until(lambda: holder.broken)
    assert first.errors[0]["error"] == "SOL deactivated"
    assert isinstance(first.errors[0]["exception"], (ConsoleTakenOver, ConsoleDeactivated))
    machine.sol.send_data(b"for the taker")
    until(lambda: bytes(third.output) == b"for the taker")
    assert not first.output
    for each in (holder, polite, taker):
        each.close()


def test_C09_taken_over_without_a_word(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    holder = open_console(machine, screen, resume=True)
    until(lambda: holder.connected)
    monkeypatch.setattr(type(machine.sol), "close", lambda self: None)
    taker = open_console(machine, Screen(), "other", force=True)
    until(lambda: taker.connected)
    holder._sol.check()  # as it does by itself when nothing comes for a while
    until(lambda: holder.broken)
    assert isinstance(screen.errors[0]["exception"], ConsoleTakenOver)
    assert "another session" in str(screen.errors[0]["exception"])
    taker.close()


def test_the_session_is_lost_and_reported(machine: Machine) -> None:
    screen = Screen()
    console = open_console(machine, screen)
    until(lambda: console.connected)
    machine.core.close_all()
    until(lambda: machine.sol is None)
    assert machine.errors == [{"error": "Session Disconnected"}]
    console.send_data(b"x")
    until(lambda: console.broken, 60)
    assert isinstance(screen.errors[0]["exception"], SessionError)
    assert console.ipmi_session is None


def test_the_session_is_lost_and_resumed_with_a_mark(machine: Machine) -> None:
    screen = Screen()
    console = open_console(machine, screen, resume=True)
    until(lambda: console.connected)
    machine.sol.send_data(b"before")
    until(lambda: bytes(screen.output) == b"before")
    machine.core.close_all()
    console.send_data(b"x")
    until(lambda: b"resumed" in screen.output, 90)
    until(lambda: console.connected)
    machine.sol.send_data(b"after")
    until(lambda: screen.output.endswith(b"after"))
    assert screen.output.startswith(b"before\r\n[console resumed after ")
    assert any("lost" in each for each in screen.info)
    assert screen.errors == []
    console.close()


def test_deactivated_and_resumed(machine: Machine) -> None:
    screen = Screen()
    console = open_console(machine, screen, resume=True)
    until(lambda: console.connected)
    with Command("127.0.0.1", "other", USERS["other"], port=machine.address[1]) as command:
        assert command.raw_command(0x06, 0x49, data=(1, 1, 0, 0, 0, 0))["code"] == 0
    until(lambda: b"resumed" in screen.output, 30)
    console.close()


def test_reading_as_an_iterator(machine: Machine) -> None:
    machine.echo = True
    with Console("127.0.0.1", "admin", "secret", port=machine.address[1]) as console:
        console.send_data(b"hello")
        found = b""
        for chunk in console:
            found += chunk
            if found == b"hello":
                break
        assert console.read(timeout=0.05) == b""
    assert console.read() == b""
    assert not machine.activated


def test_entering_raises_why_there_is_none(machine: Machine) -> None:
    with pytest.raises(WrongPassword), Console("127.0.0.1", "admin", "wrong", port=machine.address[1]):
        pass


def test_iterating_raises_when_it_ends_by_itself(machine: Machine) -> None:
    with Console("127.0.0.1", "admin", "secret", port=machine.address[1]) as console:
        machine.sol.close()
        with pytest.raises(ConsoleDeactivated):
            console.read()


def test_a_console_beside_a_command_in_one_session(machine: Machine) -> None:
    port = machine.address[1]
    command = Command("127.0.0.1", "admin", "secret", port=port)
    console = Console("127.0.0.1", "admin", "secret", Screen(), port=port)
    until(lambda: console.connected)
    assert len(machine.core.sessions) == 1
    assert console.ipmi_session is command.ipmi_session
    console.close()
    assert command.raw_command(0x06, 0x01)["code"] == 0, "the command's session goes on"
    command.logout()


def test_closing_sends_what_was_written(machine: Machine) -> None:
    console = open_console(machine, Screen())
    until(lambda: console.connected)
    console.send_data(b"q" * 1000)
    console.close()
    assert bytes(machine.typed) == b"q" * 1000


def test_main_loop_ends_with_the_console(machine: Machine) -> None:
    console = open_console(machine, Screen())
    until(lambda: console.connected)
    machine.sol.close()
    console.main_loop()
    assert console.broken


def test_handlers_that_raise_do_no_harm(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    def bad(_news: Any) -> None:
        raise ValueError("a program's fault")

    console = open_console(machine, bad)
    until(lambda: console.connected)
    machine.sol.send_data(b"x")
    until(lambda: "a program's fault" in caplog.text)
    assert console.connected
    console.close()


@pytest.mark.parametrize("suite", [0, 1, 2, 3, 17])
def test_protected_as_the_session_is(suite: int) -> None:
    machine = Machine(suites=(suite,))
    machine.echo = True
    screen = Screen()
    console = open_console(machine, screen, suites=(suite,))
    until(lambda: console.connected or console.broken)
    assert screen.errors == []
    console.send_data(b"through")
    until(lambda: bytes(screen.output) == b"through")
    assert screen.info == []
    console.close()
    machine.logout()


def test_no_console_in_a_session_of_ipmi_15() -> None:
    machine = Machine(auth_types=(2,))
    screen = Screen()
    console = open_console(machine, screen, version="1.5")
    until(lambda: console.broken)
    assert "IPMI 2.0" in screen.errors[0]["error"]
    machine.logout()


def test_disabled_where_the_machine_has_none() -> None:
    class Plain(Bmc):
        pass

    machine = Plain(USERS, port=0, address="127.0.0.1")
    screen = Screen()
    console = Console("127.0.0.1", "admin", "secret", screen, port=machine.address[1])
    until(lambda: console.broken)
    assert screen.errors[0]["error"] == "SOL is disabled"
    machine.logout()


def test_an_activation_that_comes_twice_is_answered_alike(machine: Machine) -> None:
    """Its answer may have been lost; 80h would mean that somebody else has the console."""
    screen = Screen()
    console = open_console(machine, screen)
    until(lambda: console.connected)
    sol = machine.sol
    assert console.ipmi_session is not None
    again = console.ipmi_session.raw_command(0x06, 0x48, data=(1, 1, 0xC4, 0, 0, 0))
    assert again is not None
    assert (again["code"], bytes(again["data"][4:8])) == (0, b"\x00\x01\x00\x01")
    assert machine.sol is sol
    console.close()

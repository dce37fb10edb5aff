# SPDX-License-Identifier: Apache-2.0
"""`Console` among threads, and handlers that close it: in whatever state, nothing comes after."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest

from pyghmi.exceptions import ConsoleTakenOver
from pyghmi.ipmi import console as console_module
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.console import Console
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.net.solport import SolPort
from pyghmi.ipmi.private.session import Session, shared
from pyghmi.ipmi.private.solsession import SolSession
from tests.loopback.serial_machine import Screen, Served, until, wait_for, wheel


@pytest.fixture
def served() -> Iterator[Served]:
    forget_all()
    found = Served()
    yield found
    found.close()


def open_console(served: Served, screen: Any = None, **options: Any) -> Console:
    return Console("127.0.0.1", "admin", "secret", screen, port=served.port, **options)


def test_the_login_ends_before_the_constructor_does(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread turns the wheel."""
    real = console_module.Session

    class Slow:
        wait_for_rsp = staticmethod(real.wait_for_rsp)

        def __new__(cls, *arguments: Any, **options: Any) -> Any:
            found = real(*arguments, **options)
            wait_for(lambda: found.link.is_open)
            time.sleep(0.2)
            return found

    with wheel(shared()):
        monkeypatch.setattr(console_module, "Session", Slow)
        console = open_console(served, Screen())
        wait_for(lambda: console.connected)
        console.send_data(b"x")
        wait_for(lambda: served.machine.typed == b"x")
        console.close()


def test_what_waited_goes_out_before_what_comes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread writes in the moment in which the console is connected."""
    real = SolPort.write
    writers: list[threading.Thread] = []

    def write(port: SolPort, data: bytes) -> None:
        if data == b"1":
            writers.append(threading.Thread(target=console.send_data, args=(b"4",)))
            writers[0].start()
            time.sleep(0.2)
        real(port, data)

    monkeypatch.setattr(SolPort, "write", write)
    console = open_console(served, Screen())
    for each in (b"1", b"2", b"3"):
        console.send_data(each)
    until(lambda: len(served.machine.typed) == 4)
    assert bytes(served.machine.typed) == b"1234"
    writers[0].join()
    console.close()


class Slow(list):  # type: ignore[type-arg]
    """What waits, where a thread is held up as it appends to it."""

    def append(self, each: Any) -> None:
        time.sleep(0.5)
        super().append(each)


@pytest.mark.parametrize("what", ["characters", "break"])
def test_what_is_written_in_the_moment_of_the_connection(served: Served, what: str) -> None:
    console = open_console(served, Screen())
    console._waiting = Slow()
    write = console.send_break if what == "break" else lambda: console.send_data(b"x")
    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: served.machine.breaks or served.machine.typed, 5)
    writer.join()
    console.close()


def test_what_is_written_in_the_moment_of_the_loss_is_counted(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.machine.room = 0
    news = Screen()
    console = open_console(served, news, resume=True)
    until(lambda: console.connected)
    real = SolPort.write

    def write(port: SolPort, data: bytes) -> None:
        time.sleep(2.0)
        real(port, data)

    monkeypatch.setattr(SolPort, "write", write)
    writer = threading.Thread(target=console.send_data, args=(b"late",))
    served.sol.close()
    writer.start()
    until(lambda: len(news.info) == 2)
    assert b"4 typed characters were not sent" in news.output
    writer.join()
    console.close()


def test_many_threads_write(served: Served) -> None:
    console = open_console(served, Screen())
    until(lambda: console.connected)

    def write(letter: bytes) -> None:
        for _each in range(500):
            console.send_data(letter)

    threads = [threading.Thread(target=write, args=(bytes((65 + number,)),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(served.machine.typed) == 4000)
    assert sorted(served.machine.typed) == sorted(b"ABCDEFGH" * 500)
    console.close()


def test_a_thread_reads_and_another_closes(served: Served) -> None:
    console = open_console(served)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.extend(console))
    reader.start()
    wait_for(lambda: console.connected)
    served.sol.send_data(b"output")
    wait_for(lambda: found == [b"output"])
    console.close()
    reader.join(5)
    assert not reader.is_alive()


def test_written_by_another_thread_while_one_waits_long(served: Served) -> None:
    """What is written goes out at once, and its answer comes, whoever turns the wheel."""
    served.machine.echo = True
    console = open_console(served)
    until(lambda: console.connected)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(console.read(timeout=20)))
    reader.start()
    time.sleep(0.2)
    begin = time.monotonic()
    console.send_data(b"now")
    reader.join(10)
    assert found == [b"now"]
    assert time.monotonic() - begin < 2
    console.close()


def test_a_thread_closes_while_it_is_connected(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the moment in which the session is given a keepalive: nothing hangs on it afterwards."""
    real = Session.register_keepalive
    closers: list[threading.Thread] = []

    def register(session: Session, *arguments: Any) -> int:
        closers.append(threading.Thread(target=console.close))
        closers[0].start()
        time.sleep(0.2)
        return real(session, *arguments)

    monkeypatch.setattr(Session, "register_keepalive", register)
    console = open_console(served, Screen())
    session = console.ipmi_session
    assert session is not None
    until(lambda: console.broken)
    closers[0].join(10)
    assert (console.connected, console.activated, console.keepaliveid) == (False, False, None)
    assert not session._keepalives
    wait_for(lambda: not served.machine.core.sessions)


# --- handlers that close


def closing_at(moment: Callable[[Any], bool], news: list[Any]) -> tuple[Callable[[Any], None], list[Console]]:
    consoles: list[Console] = []

    def handler(each: Any) -> None:
        news.append(each)
        if moment(each):
            consoles[0].close()

    return handler, consoles


@pytest.mark.parametrize("moment", ["output", "info", "error"])
def test_a_handler_closes(served: Served, moment: str) -> None:
    news: list[Any] = []
    is_it = {
        "output": lambda each: isinstance(each, bytes),
        "info": lambda each: isinstance(each, dict) and "info" in each,
        "error": lambda each: isinstance(each, dict) and "error" in each,
    }[moment]
    handler, consoles = closing_at(is_it, news)
    consoles.append(open_console(served, handler))
    console = consoles[0]
    until(lambda: console.connected)
    sol = served.sol
    if moment == "info":
        sol.poweredon = False
        console.send_data(b"x")
    elif moment == "error":
        sol.close()
    else:
        sol.send_data(b"y")
    until(lambda: console.broken)
    sol.send_data(b"too late")
    for _each in range(5):
        Session.wait_for_rsp(0.05)
    assert len(news) == 1
    wait_for(lambda: not served.machine.activated or moment == "error")
    wait_for(lambda: not served.machine.core.sessions)


def test_a_handler_closes_when_told_that_the_console_is_lost(served: Served) -> None:
    news: list[Any] = []
    handler, consoles = closing_at(lambda each: "lost" in str(each), news)
    consoles.append(open_console(served, handler, resume=True))
    console = consoles[0]
    until(lambda: console.connected)
    served.sol.close()
    until(lambda: console.broken)
    for _each in range(10):
        Session.wait_for_rsp(0.1)
    (only,) = news
    assert only["info"].startswith("console lost: ")
    assert console.ipmi_session is None
    wait_for(lambda: not served.machine.activated)


@pytest.mark.parametrize("times", [1, 2])
def test_a_handler_closes_when_told_of_the_weaker_protection(
    served: Served, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """At the first time, and when the console is resumed."""
    from pyghmi.ipmi.private.serversession import ServerSession

    def refuse(self: Any, *, encrypted: bool, authenticated: bool) -> bool:
        return not encrypted and real(self, encrypted=encrypted, authenticated=authenticated)

    real = ServerSession.protect_sol
    monkeypatch.setattr(ServerSession, "protect_sol", refuse)
    news: list[Any] = []
    handler, consoles = closing_at(lambda each: "goes" in str(each) and str(news).count("goes") == times, news)
    consoles.append(open_console(served, handler, resume=True))
    if times == 2:
        until(lambda: consoles[0].connected)
        served.sol.close()
    until(lambda: consoles[0].broken)
    assert ["goes" in str(each) for each in news] == ([True] if times == 1 else [True, False, True])
    session = consoles[0].ipmi_session
    assert session is None and consoles[0].keepaliveid is None
    wait_for(lambda: not served.machine.activated)


def test_what_was_lost_does_not_wait(served: Served) -> None:
    """While it is resumed nothing is pending but what is written from then on."""
    served.machine.room = 0
    news = Screen()
    console = open_console(served, news, resume=True)
    until(lambda: console.connected)
    console.send_data(b"lost")
    assert console.pending == 4 and console.awaitingack
    served.sol.close()
    until(lambda: news.info)
    assert not console.connected
    assert console.pending == 0 and not console.awaitingack
    console.send_data(b"new")
    assert console.pending == 3
    served.machine.room = 100
    until(lambda: console.connected and not console.pending, 30)
    wait_for(lambda: bytes(served.machine.typed) == b"new")
    assert b"4 typed characters were not sent" in news.output
    console.close()


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4, 5, 6, 8])
def test_closing_in_every_state(served: Served, turns: int) -> None:
    screen = Screen()
    console = open_console(served, screen)
    for _each in range(turns):
        Session.wait_for_rsp(0.5)
    console.send_data(b"x")
    console.close()
    console.close()
    console.send_data(b"y")
    console.send_break()
    for _each in range(3):
        Session.wait_for_rsp(0.05)
    assert screen.errors == [] and console.broken
    wait_for(lambda: not served.machine.activated and not served.machine.core.sessions)


def test_a_break_that_is_lost_as_it_closes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    console = open_console(served)
    until(lambda: console.connected)
    real = SolSession._send
    lost: list[bytes] = []

    def send(session: SolSession, packet: bytes) -> None:
        if lost:
            real(session, packet)
        else:
            lost.append(packet)

    monkeypatch.setattr(SolSession, "_send", send)
    assert console._sol is not None
    monkeypatch.setattr(console._sol.port, "_send", console._sol._send)
    console.send_break()
    console.close()
    assert len(lost) == 1
    wait_for(lambda: served.machine.breaks == 1)


def test_taken_over_by_who_takes_its_time(served: Served) -> None:
    """Between the deactivation and the activation nobody has the console; the two would take it from one another."""
    screen = Screen()
    console = open_console(served, screen, resume=True, force=True)
    until(lambda: console.connected)
    taker = Command("127.0.0.1", "other", "secret2", port=served.port)
    taker.raw_command(6, 0x49, data=(1, 1, 0, 0, 0, 0))
    Session.pause(0.4)
    taker.raw_command(6, 0x48, data=(1, 1, 0, 0, 0, 0))
    until(lambda: console.broken)
    assert isinstance(console.error, ConsoleTakenOver)
    assert not screen.info
    taker.logout()

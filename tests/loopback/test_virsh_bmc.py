# SPDX-License-Identifier: Apache-2.0
"""`VirshBmc` on loopback: our own client in front, a libvirt that is played behind."""
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "virsh"))

from fake_libvirt import XML, Error, Libvirt

from pyghmi.exceptions import ConsoleHeld, ConsoleRefused, IpmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.console import Console
from pyghmi.ipmi.private.session import Session
from pyghmi.virsh.connection import Connection
from pyghmi.virsh.domain import Domain
from pyghmi.virsh.server import VirshBmc


class Served:
    def __init__(self) -> None:
        self.libvirt = Libvirt()
        self.theirs = self.libvirt.domains[0]
        self.connection = Connection("fake:///", libvirt=self.libvirt)
        self.connection.open()
        self.said: list[str] = []
        self.bmc = VirshBmc(dict.fromkeys(("admin", "other", "third"), "secret"), Domain(self.connection, "one"), 0, say=self.said.append)
        self.port = self.bmc.address[1]

    def close(self) -> None:
        self.bmc.logout()
        self.connection.close()


@pytest.fixture
def served() -> Iterator[Served]:
    found = Served()
    yield found
    found.close()


@pytest.fixture
def ours(served: Served) -> Iterator[Command]:
    with Command("127.0.0.1", "admin", "secret", port=served.port) as command:
        yield command


def until(condition: Callable[[], object], at_most_s: float = 20.0) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        Session.wait_for_rsp(0.02)


def control(ours: Command, action: int) -> int:
    return int(ours.raw_command(0, 2, data=(action,))["code"])


def flags(ours: Command) -> bytes:
    return bytes(ours.raw_command(0, 9, data=(5, 0, 0))["data"])


def test_power(served: Served, ours: Command) -> None:
    assert ours.get_power() == {"powerstate": "off"}
    for action in (0, 2, 3, 4, 5):
        assert control(ours, action) == 0xD5
    assert control(ours, 1) == 0
    assert control(ours, 1) == 0
    assert ours.get_power() == {"powerstate": "on"}
    for action in (4, 3, 2, 5, 0):
        assert control(ours, action) == 0
    assert served.theirs.calls == ["create", "nmi", "reset", "destroy", "create", "shutdown", "destroy"]
    assert control(ours, 7) == 0xCC
    assert served.said == []


def test_identity(served: Served, ours: Command) -> None:
    assert str(served.bmc.get_system_guid()) == "00112233-4455-6677-8899-aabbccddeeff"
    assert ours.raw_command(6, 0x37)["data"][:4] == b"\x33\x22\x11\x00"
    assert ours.raw_command(6, 1)["data"][0] == 0x20
    assert served.bmc.core.sessions
    ours.raw_command(6, 2)  # cold reset: the sessions are gone, the domain goes on
    until(lambda: not served.bmc.core.sessions)
    assert served.theirs.calls == []


def test_what_others_do_is_seen(served: Served, ours: Command) -> None:
    for _each in range(20):  # also while what follows from the start is being done
        served.theirs.create()
        assert ours.get_power() == {"powerstate": "on"}
        served.theirs.destroy()
        assert ours.get_power() == {"powerstate": "off"}


def test_the_state_is_told_while_something_takes_long(served: Served, ours: Command) -> None:
    """A start that takes seconds holds neither the BMC nor its other sessions; the same request again starts nothing."""
    gate = threading.Event()
    create = served.theirs.create

    def slowly() -> None:
        gate.wait(10)
        create()

    assert ours.get_power() == {"powerstate": "off"}
    served.theirs.create = slowly  # type: ignore[method-assign]
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(control(ours, 1)))
    thread.start()
    until(lambda: served.bmc.worker.is_slow)
    with Command("127.0.0.1", "other", "secret", port=served.port) as other:
        assert other.get_power() == {"powerstate": "off"}
    assert not answers
    gate.set()
    until(lambda: answers)
    thread.join(5)
    assert answers == [0]
    assert served.theirs.calls == ["create"]


def test_libvirt_is_away_for_a_while(served: Served, ours: Command) -> None:
    served.theirs.create()
    assert ours.get_power() == {"powerstate": "on"}
    served.libvirt.refusing = True
    served.libvirt.lose()
    until(lambda: not served.connection.is_connected)
    threading.Timer(0.5, lambda: setattr(served.libvirt, "refusing", False)).start()
    assert ours.get_power() == {"powerstate": "on"}  # asked again until it is back
    assert len(served.said) == 0


def test_a_cycle_in_the_middle_of_which_libvirt_goes(served: Served, ours: Command) -> None:
    served.theirs.create()
    served.theirs.breaking.add("create")
    assert control(ours, 2) == 0  # busy at first, and asked again
    assert ours.get_power() == {"powerstate": "on"}
    served.libvirt.refusing = True
    served.theirs.breaking.add("create")
    served.bmc.worker.submit(served.bmc.power_cycle)  # and never again
    until(lambda: not served.connection.is_connected)
    assert served.theirs.live is None
    served.libvirt.refusing = False
    until(lambda: served.theirs.live is not None)


def test_a_domain_that_is_no_more(served: Served, ours: Command) -> None:
    """It may be defined again; its console waits for that.  That it is gone is said once."""
    served.theirs.create()
    seen = Seen(served)
    until(lambda: served.theirs.streams and seen.console.connected)
    served.theirs.destroy()
    gone = served.libvirt.domains.pop()
    for _each in range(3):
        assert control(ours, 1) == 0xD5
    assert served.said == ["one: no domain one"]
    served.libvirt.domains.append(gone)
    assert control(ours, 1) == 0
    until(lambda: len(gone.streams) == 2)
    gone.streams[1].say(b"again")
    until(lambda: seen.output == b"again")
    seen.console.close()


def test_the_end_waits_for_all_together() -> None:
    served = [Served() for _each in range(3)]
    gate = threading.Event()
    done: list[int] = []
    for each in served:
        each.bmc.worker.submit(lambda: gate.wait(5) and done.append(1))
    threading.Timer(0.3, gate.set).start()
    VirshBmc.logout_all(each.bmc for each in served)
    assert done == [1, 1, 1]
    for each in served:
        each.connection.close()


def test_errors_of_libvirt(served: Served, ours: Command) -> None:
    served.theirs.failing["create"] = Error("no such disk", served.libvirt.VIR_ERR_INTERNAL_ERROR)
    assert control(ours, 1) == 0xFF
    assert set(served.said) == {"one: no such disk"}
    served.libvirt.domains.clear()
    with pytest.raises(IpmiException) as caught:
        ours.get_power()
    assert caught.value.ipmicode == 0xD5


def test_boot_flags(served: Served, ours: Command) -> None:
    assert flags(ours) == bytes((1, 5, 0x20, 0x08, 0, 0, 0))
    ours.set_bootdev("network")
    assert flags(ours) == bytes((1, 5, 0xA0, 0x04, 0, 0, 0))
    ours.set_bootdev("optical", persist=True, uefiboot=True)
    assert flags(ours) == bytes((1, 5, 0xE0, 0x14, 0, 0, 0))
    assert ours.get_bootdev()["bootdev"] == "optical"
    ours.set_bootdev("default")
    assert flags(ours) == bytes((1, 5, 0x20, 0x08, 0, 0, 0))
    assert ours.raw_command(0, 8, data=(5, 0x80, 0x18, 0, 0, 0))["code"] == 0xCC  # the setup
    assert ours.raw_command(0, 8, data=(5, 0x80, 0x04, 0))["code"] == 0xC7
    assert ours.raw_command(0, 8, data=(0, 1))["code"] == 0
    assert ours.raw_command(0, 9, data=(7, 0, 0))["code"] == 0x80
    assert served.bmc.get_boot_device() == 0x08
    assert served.bmc.set_boot_device("network") is None
    assert served.bmc.set_boot_device("setup") == 0xCC


def test_once_is_undone(served: Served, ours: Command) -> None:
    before = served.theirs.xml
    ours.set_bootdev("network")
    served.theirs.create()  # by somebody else
    until(lambda: "pyghmi" not in served.theirs.xml)
    assert "<boot dev='network'" not in served.theirs.xml.replace('"', "'")
    assert "network" in str(served.theirs.live)
    first = served.theirs.run
    served.theirs.reset(0)  # the guest restarts: from its disk
    until(lambda: served.theirs.run not in (first, -1))
    assert served.theirs.live is not None and "<boot dev='network'" not in served.theirs.live.replace('"', "'")
    assert before.count("<boot dev") == served.theirs.xml.count("<boot dev")


# --- the console


class Seen:
    """A console of ours, and what came out of it."""

    def __init__(self, served: Served, user: str = "admin", **options: Any) -> None:
        self.output = bytearray()
        self.news: list[Any] = []
        self.console = Console("127.0.0.1", user, "secret", self._take, port=served.port, **options)

    def _take(self, news: Any) -> None:
        if isinstance(news, bytes):
            self.output += news
        else:
            self.news.append(news)


def test_console(served: Served, ours: Command) -> None:
    seen = Seen(served)
    until(lambda: seen.console.connected or seen.console.broken)
    assert seen.console.connected, seen.news
    assert not served.theirs.streams  # it is off
    ours.set_power("on", wait=True)
    assert served.theirs.calls == ["create 1", "create", "console 0", "resume"]
    served.theirs.streams[0].say(b"hello")
    until(lambda: seen.output == b"hello")
    seen.console.send_data(b"typed")
    until(lambda: served.theirs.streams[0].taken == b"typed")
    control(ours, 2)
    until(lambda: len(served.theirs.streams) == 2)
    served.theirs.streams[1].say(b", again")
    until(lambda: seen.output == b"hello, again")
    seen.console.close()
    until(lambda: served.theirs.streams[1].aborted)
    assert not [each for each in seen.news if "error" in each]


def test_console_through_a_lost_connection(served: Served) -> None:
    served.theirs.create()
    seen = Seen(served)
    until(lambda: served.theirs.streams and seen.console.connected)
    served.libvirt.lose()
    until(lambda: len(served.theirs.streams) == 2)
    served.theirs.streams[1].say(b"after")
    until(lambda: seen.output == b"after")
    seen.console.close()


def test_a_console_that_another_program_has(served: Served) -> None:
    served.theirs.create()
    served.theirs.failing["console 0"] = Error("Active console session exists", served.libvirt.VIR_ERR_OPERATION_FAILED)
    first = Seen(served)
    until(lambda: first.console.broken or first.console.connected)
    assert isinstance(first.news[-1]["exception"], ConsoleHeld)
    second = Seen(served, force=True)  # which is to deactivate, and to activate
    until(lambda: second.console.broken or second.console.connected)
    assert second.console.connected, second.news
    assert served.theirs.calls[-1] == "console 1"
    served.theirs.streams[-1].end()  # and somebody takes it back
    until(lambda: second.console.broken)
    assert "the console was taken away" in served.said[-1]


def test_a_console_that_is_given_up_as_its_guest_ends(served: Served) -> None:
    """libvirt 9.0 counts the stream of a guest that ends for a moment more: then the console is nobody else's."""
    served.theirs.create()
    seen = Seen(served)
    until(lambda: seen.console.connected)
    served.theirs.failing["console 0"] = Error("Active console session exists", served.libvirt.VIR_ERR_OPERATION_FAILED)
    tried = len(served.theirs.calls)
    served.theirs.streams[0].end()
    until(lambda: "console 0" in served.theirs.calls[tried:])
    served.theirs.destroy()
    del served.theirs.failing["console 0"]
    served.theirs.create()  # by somebody else
    until(lambda: len(served.theirs.streams) == 2)
    served.theirs.streams[-1].say(b"here")
    until(lambda: seen.output == b"here")
    assert not served.said
    seen.console.close()


def test_one_session_at_a_time(served: Served) -> None:
    served.theirs.create()
    first = Seen(served)
    until(lambda: first.console.connected)
    second = Seen(served, "other")
    until(lambda: second.console.broken or second.console.connected)
    assert isinstance(second.news[-1]["exception"], ConsoleHeld)
    served.theirs.streams[0].say(b"still here")
    until(lambda: first.output == b"still here")
    third = Seen(served, "other", force=True)
    until(lambda: third.console.connected and first.console.broken)
    served.theirs.streams[-1].say(b"and here")
    until(lambda: third.output == b"and here")
    third.console.close()


def test_a_session_that_is_gone_when_its_console_is_there(served: Served, ours: Command) -> None:
    """It does not keep the console from others."""
    served.theirs.create()
    gate = threading.Event()
    opening = served.theirs.openConsole

    def slowly(*arguments: Any) -> None:
        gate.wait(10)
        opening(*arguments)

    served.theirs.openConsole = slowly  # type: ignore[method-assign]
    seen = Seen(served, "other")
    until(lambda: served.bmc.worker.is_slow)
    ours.raw_command(6, 2)  # ends all sessions
    until(lambda: not served.bmc.core.sessions)
    gate.set()
    until(lambda: served.theirs.streams and served.theirs.streams[0].aborted)
    assert not served.bmc.activated
    again = Seen(served, "third")
    until(lambda: again.console.connected or again.console.broken)
    assert again.console.connected, again.news
    again.console.close()
    assert not seen.console.connected


def test_a_console_that_ends_while_it_is_opened(served: Served, ours: Command) -> None:
    seen = Seen(served)
    until(lambda: seen.console.connected)
    opening = served.theirs.openConsole

    def and_off(device: Any, stream: Any, flags: int) -> None:
        opening(device, stream, flags)
        adding = stream.eventAddCallback

        def add(*arguments: Any) -> None:
            adding(*arguments)
            served.theirs.destroy()
            time.sleep(0.3)  # its end is told meanwhile

        stream.eventAddCallback = add
        del served.theirs.openConsole

    served.theirs.openConsole = and_off  # type: ignore[method-assign]
    control(ours, 1)
    until(lambda: served.theirs.live is None and not served.bmc.worker.is_slow)
    served.theirs.create()  # by somebody else
    until(lambda: len(served.theirs.streams) == 2)
    served.theirs.streams[-1].say(b"here")
    until(lambda: seen.output == b"here")
    seen.console.close()


def test_no_console(served: Served) -> None:
    served.theirs.xml = XML.replace("<serial type='pty'>", "<serial type='null'>")
    seen = Seen(served)
    until(lambda: seen.console.broken)
    assert isinstance(seen.news[-1]["exception"], ConsoleRefused)
    served.theirs.xml = XML
    served.theirs.create()
    served.theirs.failing["console 0"] = Error("not here", served.libvirt.VIR_ERR_NO_SUPPORT)
    seen = Seen(served)
    until(lambda: seen.console.broken)
    assert isinstance(seen.news[-1]["exception"], ConsoleRefused)
    assert served.said == ["one: no console: not here"]


def test_much_output_waits_in_the_guest(served: Served) -> None:
    """A console that takes nothing does not fill the memory of the BMC."""
    served.theirs.create()
    seen = Seen(served)
    until(lambda: served.theirs.streams and seen.console.connected)
    stream = served.theirs.streams[0]
    chunks = [bytes((65 + number % 26,)) * 4000 for number in range(100)]
    stream.coming += chunks[1:]
    most = 0
    stream.say(chunks[0])
    whole = b"".join(chunks[1:]) + chunks[0]

    def arrived() -> bool:
        nonlocal most
        most = max(most, served.bmc.sol.pending if served.bmc.sol else 0)
        return len(seen.output) == len(whole)

    until(arrived, 60)
    assert bytes(seen.output) == whole
    assert 1 << 16 < most < 1 << 18  # of 400,000
    seen.console.close()


def test_the_end_tells_the_console(served: Served) -> None:
    served.theirs.create()
    seen = Seen(served)
    until(lambda: seen.console.connected)
    served.bmc.logout()
    until(lambda: seen.console.broken, 40)

# SPDX-License-Identifier: Apache-2.0
"""Name servers that are slow, silent, or know several addresses."""
from __future__ import annotations

import socket
import threading
import time
from typing import Any, Callable

import pytest

from pyghmi.exceptions import InvalidParameterValue, NameResolutionError, TimedOut
from pyghmi.fleet import Fleet
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.resolve import is_address
from pyghmi.ipmi.net.sessionless import Sessionless

STANDARD = socket.getaddrinfo


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[str]]:
    """Have every name found at 127.0.0.1 after some seconds; returns the names asked for."""

    def set_up(delay_s: float) -> list[str]:
        asked: list[str] = []

        def slow(host: str, port: int, *more: Any) -> Any:
            if not is_address(host):
                asked.append(host)
                time.sleep(delay_s)
            return STANDARD("127.0.0.1", port, *more)

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        monkeypatch.setattr(modules, "_getaddrinfo", slow)
        return asked

    return set_up


def test_a_silent_name_server_is_bounded_and_stalls_nobody(server: Any, name_server: Any) -> None:
    other = Command("127.0.0.1", "admin", "secret", port=server.port)
    name_server(3.0)
    slowest = [0.0]
    ended: list[int] = []

    def ask() -> None:
        while not ended:
            began = time.monotonic()
            other.get_power()
            slowest[0] = max(slowest[0], time.monotonic() - began)
            time.sleep(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    began = time.monotonic()
    with pytest.raises(NameResolutionError, match="not found in time") as caught:
        Command("bmc.example.org", "admin", "secret", port=server.port, deadline=0.5)
    assert 0.4 < time.monotonic() - began < 1.5
    ended.append(1)
    thread.join()
    assert slowest[0] < 0.5
    error = caught.value
    assert (error.host, error.port, error.stage, error.tries) == ("bmc.example.org", server.port, "name resolution", 1)
    assert isinstance(error, socket.gaierror)
    assert error.elapsed is not None
    assert error.elapsed >= 0.4
    other.logout()


def test_a_slow_name_server(server: Any, name_server: Any) -> None:
    asked = name_server(0.3)
    with Command("bmc.example.org", "admin", "secret", port=server.port, deadline=10) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}
    with Sessionless("bmc.example.org", server.port) as way:
        assert way.ping().ipmi
    assert asked == ["bmc.example.org"] * 2


def test_a_fleet_looks_names_up_side_by_side(server: Any, name_server: Any) -> None:
    name_server(0.5)
    began = time.monotonic()
    with Fleet() as fleet:
        for number in range(12):
            fleet.add(f"bmc{number}.example.org", "admin", "secret", server.port)
        assert set(fleet.get_power().values()) == {"off"}
    assert time.monotonic() - began < 3.0  # one after the other they would take six


def test_a_fleet_without_a_name_server(server: Any, name_server: Any) -> None:
    name_server(2.0)
    with Fleet() as fleet:
        for number in range(40):
            fleet.add(f"bmc{number}.example.org", "admin", "secret", server.port, deadline=0.5)
        fleet.add("127.0.0.1", "admin", "secret", server.port)
        began = time.monotonic()
        found = fleet.get_power()
        assert time.monotonic() - began < 1.5
    assert found.pop("127.0.0.1") == "off"
    assert len(found) == 40
    assert all(isinstance(error, NameResolutionError) for error in found.values())


def test_addresses_are_never_looked_up(server: Any, name_server: Any) -> None:
    threads = threading.active_count()
    Command("127.0.0.1", "admin", "secret", port=server.port).logout()
    assert threading.active_count() == threads
    assert [is_address(text) for text in ("127.0.0.1", "::1", "fe80::1%lo", "localhost", "1.2.3", "", "\ud800")] == [
        True, True, True, False, False, False, False,
    ]


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_ports_that_are_none(port: int) -> None:
    with pytest.raises(InvalidParameterValue, match=f"UDP port must be 1 to 65535, not {port}"):
        Command("bmc.example.org", "admin", "secret", port=port)


def test_the_second_of_two_addresses_answers(make_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_server(address="127.0.0.2")

    def two(host: str, port: int, *more: Any) -> Any:
        return [row for address in ("127.0.0.3", "127.0.0.2") for row in STANDARD(address, port, *more)]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    monkeypatch.setattr(modules, "_getaddrinfo", two)
    with Command("bmc.example.org", "admin", "secret", port=server.port, deadline=10) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}


def test_a_name_with_addresses_that_say_nothing(server: Any, name_server: Any) -> None:
    name_server(0.0)
    server.silence()
    with pytest.raises(TimedOut) as caught:
        Command("bmc.example.org", "admin", "secret", port=server.port, deadline=0.5)
    assert caught.value.stage == "Open Session"

# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C in the middle of a call: nothing is executed later, nothing stays open, and the `Command` works on."""
from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pyghmi.ipmi.command import Command


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Have this thread interrupted, as Ctrl-C does; the block has to end by that."""
    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_command_that_was_interrupted_makes_way(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cycles: list[int] = []
    deaf = [True]
    take = server.bmc.core.in_session
    monkeypatch.setattr(server.bmc, "power_cycle", lambda: cycles.append(1))
    monkeypatch.setattr(server.bmc.core, "in_session", lambda *more: deaf[0] or take(*more))
    deaf[0] = False
    bmc = Command("127.0.0.1", "admin", "secret", port=server.port)
    bmc.set_power("on")
    deaf[0] = True
    with interrupted_after(0.3):
        bmc.raw_command(netfn=0, command=2, data=[2])
    deaf[0] = False
    began = time.monotonic()
    assert bmc.get_power() == {"powerstate": "on"}
    assert time.monotonic() - began < 1.0
    time.sleep(0.2)
    assert not cycles, "what the program gave up is not done later"
    bmc.logout()


def test_a_queued_command_that_was_interrupted_is_never_sent(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cycles: list[int] = []
    monkeypatch.setattr(server.bmc, "power_cycle", lambda: cycles.append(1))
    bmc = Command("127.0.0.1", "admin", "secret", port=server.port)
    take = server.bmc.core.in_session
    deaf = [True]
    monkeypatch.setattr(server.bmc.core, "in_session", lambda *more: deaf[0] or take(*more))
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(bmc.get_power()))
    thread.start()
    time.sleep(0.1)
    with interrupted_after(0.2):
        bmc.raw_command(netfn=0, command=2, data=[2])
    deaf[0] = False
    thread.join(10)
    assert found == [{"powerstate": "off"}]
    assert bmc.get_power() == {"powerstate": "off"}
    assert not cycles
    bmc.set_power("on")
    assert bmc.raw_command(netfn=0, command=2, data=[2])["code"] == 0
    assert cycles == [1]
    bmc.logout()


def test_a_login_that_was_interrupted_leaves_no_session(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = type(server.bmc.core).datagrams_to_send
    deaf = [True]

    def late(core: Any) -> Any:
        found = answers(core)
        return [] if deaf[0] and any(datagram[5] == 0x15 for datagram, _peer in found) else found

    monkeypatch.setattr(type(server.bmc.core), "datagrams_to_send", late)
    with interrupted_after(0.3):
        Command("127.0.0.1", "admin", "secret", port=server.port)
    deaf[0] = False
    end = time.monotonic() + 3
    while server.bmc.core.sessions and time.monotonic() < end:
        time.sleep(0.02)
    assert not server.bmc.core.sessions
    with Command("127.0.0.1", "admin", "secret", port=server.port) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}

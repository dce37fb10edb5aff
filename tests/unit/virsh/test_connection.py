# SPDX-License-Identifier: Apache-2.0
"""The connection with libvirt: lost, opened again, and what is reported; and the binding that is not there."""
from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Callable

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_libvirt import Libvirt

from pyghmi.virsh import bindings
from pyghmi.virsh.bindings import DomainError, NoLibvirt
from pyghmi.virsh.connection import Connection, Happened
from pyghmi.virsh.worker import Worker


def until(condition: Callable[[], object], at_most_s: float = 10.0) -> None:
    end = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


def test_lost_and_found() -> None:
    libvirt = Libvirt()
    said: list[str] = []
    states: list[bool] = []
    connection = Connection("fake:///", say=said.append, libvirt=libvirt)
    connection.on_state.append(states.append)
    connection.open()
    first = libvirt.connection
    assert connection.is_connected
    libvirt.refusing = True
    libvirt.lose()
    until(lambda: states == [False])
    assert not connection.is_connected
    with pytest.raises(DomainError) as caught, connection.using():
        pass
    assert caught.value.code == 0xC0
    libvirt.refusing = False
    until(lambda: states == [False, True])
    assert connection.is_connected and libvirt.connection is not first
    assert first is not None and first.callbacks == {}
    assert [text.split(" fake")[0] for text in said] == ["the connection with libvirt at", "connected with libvirt at"]
    connection.close()
    last = libvirt.connection
    assert last is not None
    until(lambda: last.callbacks == {} and last.closing is None)


def test_an_error_of_a_dead_connection_makes_it_open_again() -> None:
    libvirt = Libvirt()
    connection = Connection("fake:///", libvirt=libvirt)
    connection.open()
    assert libvirt.connection is not None
    libvirt.connection.alive = False  # and nobody tells
    with pytest.raises(DomainError), connection.using() as conn:
        conn.lookupByName("one")
    until(lambda: libvirt.opened == 2)
    connection.close()


def test_it_must_be_there_at_first() -> None:
    libvirt = Libvirt()
    libvirt.refusing = True
    with pytest.raises(DomainError, match="no daemon there"):
        Connection("fake:///", libvirt=libvirt).open()


def test_what_fails_on_the_way_holds_on_to_nothing() -> None:
    libvirt = Libvirt()
    libvirt.no_event = libvirt.VIR_DOMAIN_EVENT_ID_REBOOT
    with pytest.raises(DomainError, match="no such event"):
        Connection("fake:///", libvirt=libvirt).open()
    assert libvirt.connection is not None
    assert libvirt.connection.callbacks == {} and libvirt.connection.closing is None


def test_a_libvirt_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    libvirt = Libvirt()
    connection = Connection("fake:///", libvirt=libvirt)
    connection.open()
    gate = threading.Event()
    monkeypatch.setattr(libvirt.connection, "domainEventDeregisterAny", lambda _kind: gate.wait(20))
    begin = time.monotonic()
    connection.close()
    gate.set()
    assert time.monotonic() - begin < 10
    assert not connection.is_connected


def test_what_happens_is_reported() -> None:
    libvirt = Libvirt()
    connection = Connection("fake:///", libvirt=libvirt)
    seen: list[Happened] = []
    threads: list[str] = []
    connection.listeners += [seen.append, lambda _happened: threads.append(threading.current_thread().name)]
    connection.open()
    domain = libvirt.domains[0]
    domain.create()
    domain.reset(0)
    libvirt.report(domain, "lifecycle", libvirt.VIR_DOMAIN_EVENT_DEFINED)
    domain.destroy()
    until(lambda: len(seen) == 3)
    assert [each.kind for each in seen] == ["started", "restarted", "stopped"]
    assert {each.name for each in seen} == {"one"}
    assert set(threads) == {"libvirt events"}
    connection.close()


def test_no_binding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libvirt", None)
    with pytest.raises(NoLibvirt) as caught:
        bindings.load()
    assert "pip install pyghmi[libvirt]" in str(caught.value) and "python3-libvirt" in str(caught.value)


def test_a_worker_keeps_the_order() -> None:
    worker = Worker("test")
    gate = threading.Event()
    done: list[int] = []
    worker.submit(gate.wait)
    for number in range(40):
        worker.submit(lambda number=number: done.append(number))
    assert not worker.is_slow
    until(lambda: worker.is_slow)
    assert worker.is_full and not worker.is_here
    gate.set()
    worker.end()
    worker.wait(5.0)
    assert done == list(range(40))
    assert not worker.is_slow

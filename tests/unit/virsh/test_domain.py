# SPDX-License-Identifier: Apache-2.0
"""What is done to a domain, and its errors as completion codes."""
from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_libvirt import Error, Libvirt

from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.bootorder import DomainXml, Record
from pyghmi.virsh.connection import Connection
from pyghmi.virsh.domain import Boot, Domain

BUSY, UNKNOWN, FIELD, STATE, PRIVILEGE = 0xC0, 0xFF, 0xCC, 0xD5, 0xD4


@pytest.fixture
def libvirt() -> Libvirt:
    return Libvirt()


@pytest.fixture
def domain(libvirt: Libvirt) -> Iterator[Domain]:
    connection = Connection("fake:///", libvirt=libvirt)
    connection.open()
    yield Domain(connection, "one")
    connection.close()


def code_of(action: Callable[[], object]) -> int:
    with pytest.raises(DomainError) as caught:
        action()
    return caught.value.code


def test_power(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    for action in (domain.power_off, domain.power_cycle, domain.reset, domain.shutdown, domain.interrupt):
        assert code_of(action) == STATE
    assert theirs.calls == []
    domain.power_on()
    domain.power_on()
    assert theirs.calls == ["create"]
    for action in (domain.reset, domain.shutdown, domain.interrupt, domain.power_cycle, domain.power_off):
        action()
    assert theirs.calls == ["create", "reset", "shutdown", "nmi", "destroy", "create", "destroy"]
    assert not domain.is_on()
    assert repr(domain) == "<Domain one>"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("VIR_ERR_OPERATION_INVALID", STATE), ("VIR_ERR_NO_SUPPORT", FIELD), ("VIR_ERR_CONFIG_UNSUPPORTED", FIELD),
        ("VIR_ERR_ACCESS_DENIED", PRIVILEGE), ("VIR_ERR_OPERATION_TIMEOUT", BUSY), ("VIR_ERR_INTERNAL_ERROR", UNKNOWN),
    ],
)
def test_errors(domain: Domain, libvirt: Libvirt, name: str, code: int) -> None:
    libvirt.domains[0].failing["create"] = Error("told", getattr(libvirt, name))
    assert code_of(domain.power_on) == code


def test_a_domain_that_is_not_there(domain: Domain, libvirt: Libvirt) -> None:
    del libvirt.domains[0]
    for action in (domain.is_on, domain.power_on, domain.boot, domain.uuid):
        assert code_of(action) == STATE


def test_libvirt_is_gone(domain: Domain, libvirt: Libvirt) -> None:
    assert libvirt.connection is not None
    libvirt.refusing = True
    libvirt.connection.alive = False
    assert code_of(domain.is_on) == BUSY
    assert code_of(domain.power_on) == BUSY


def test_before_the_first_instruction(domain: Domain, libvirt: Libvirt) -> None:
    calls = libvirt.domains[0].calls
    domain.power_on(lambda: calls.append("before"))
    assert calls == ["create 1", "create", "before", "resume"]

    def fail() -> None:
        raise DomainError("no")

    domain.power_off()
    with pytest.raises(DomainError):
        domain.power_on(fail)
    assert calls[-1] == "resume"


def test_boot_once(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    before = theirs.xml
    domain.boot_from("network", once=True)
    assert domain.boot() == Boot("network", True, True, True)
    assert "passwd='hidden'" in theirs.xml.replace('"', "'")
    domain.settle()
    assert domain.boot().once  # it is off: that start is to come
    domain.power_on()
    assert domain.boot() == Boot("hd", False, False, True)
    assert DomainXml(theirs.xml).order == DomainXml(before).order
    assert theirs.live is not None and DomainXml(theirs.live).first == "network"


def test_boot_once_while_it_is_on(domain: Domain, libvirt: Libvirt) -> None:
    domain.power_on()
    domain.boot_from("network", once=True)
    domain.settle()
    assert domain.boot().once  # this run began before
    domain.reset()  # the old run would keep the old order
    theirs = libvirt.domains[0]
    assert theirs.calls == ["create", "destroy", "create"]
    assert theirs.live is not None and DomainXml(theirs.live).first == "network"
    assert domain.boot() == Boot("hd", False, False, True)
    run = theirs.run
    domain.restarted(run - 1)  # news of a run before
    assert theirs.run == run
    domain.restarted(run)
    assert theirs.run != run
    assert theirs.live is not None and DomainXml(theirs.live).first == "hd"
    domain.restarted(theirs.run)
    domain.reset()
    assert theirs.calls[-1] == "reset"


def test_boot_always_and_as_before(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    before = DomainXml(theirs.xml).order
    domain.boot_from("cdrom", once=False)
    domain.boot_from("network", once=False)
    assert domain.boot() == Boot("network", True, False, True)
    domain.boot_from("hd", once=True)
    domain.boot_from("cdrom", once=True)
    assert domain.boot() == Boot("cdrom", True, True, True)
    domain.power_on()
    assert domain.boot() == Boot("network", True, False, True)
    domain.boot_from(None, once=True)
    assert domain.boot() == Boot("hd", False, False, True)
    assert DomainXml(theirs.xml).order == before
    assert DomainXml(theirs.xml).record == Record()


def test_a_start_that_fails_leaves_once_in_place(domain: Domain, libvirt: Libvirt) -> None:
    domain.boot_from("network", once=True)
    libvirt.domains[0].failing["create"] = Error("no disk", libvirt.VIR_ERR_INTERNAL_ERROR)
    assert code_of(domain.power_on) == UNKNOWN
    assert domain.boot().once


def test_no_such_boot_device(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    xml = DomainXml(theirs.xml)
    xml.set_order(xml.order._replace(devs=(), devices=(("disk", "vda", "1"),)))
    theirs.xml = xml.text()
    assert code_of(lambda: domain.boot_from("fd", once=True)) == FIELD
    assert theirs.xml == xml.text()


def test_a_transient_domain_is_not_switched_off_for_a_while(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    domain.power_on()
    theirs.persistent = False
    assert code_of(domain.power_cycle) == STATE
    assert code_of(lambda: domain.boot_from("hd", once=True)) == STATE
    domain.settle()
    domain.restarted(theirs.run)
    domain.reset()
    assert theirs.calls == ["create", "reset"]


# --- what a lost connection interrupts


def again(domain: Domain) -> None:
    end = time.monotonic() + 10
    while not domain.connection.is_connected:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_cycle_does_not_end_switched_off(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    domain.power_on()
    theirs.breaking.add("create")
    assert code_of(domain.power_cycle) == BUSY
    again(domain)
    assert not domain.is_on()
    theirs.breaking.add("create")
    assert code_of(domain.finish) == BUSY
    again(domain)
    assert domain.finish()
    assert domain.is_on()
    assert not domain.finish()
    assert theirs.calls == ["create", "destroy", "create", "create", "create"]


def test_a_cycle_that_is_asked_for_again_is_the_rest_of_it(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    domain.power_on()
    theirs.breaking.add("create")
    assert code_of(domain.power_cycle) == BUSY
    again(domain)
    domain.power_cycle()
    assert theirs.calls == ["create", "destroy", "create", "create"]
    domain.power_cycle()
    assert theirs.calls[4:] == ["destroy", "create"]


def test_what_was_switched_off_meanwhile_stays_off(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    domain.power_on()
    theirs.breaking.add("create")
    assert code_of(domain.power_cycle) == BUSY
    again(domain)
    assert code_of(domain.power_off) == STATE
    assert not domain.finish()
    assert not domain.is_on()


def test_a_cycle_that_failed_is_over(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    domain.power_on()
    theirs.failing["create"] = Error("no such disk", libvirt.VIR_ERR_INTERNAL_ERROR)
    assert code_of(domain.power_cycle) == UNKNOWN
    theirs.failing.clear()
    assert not domain.finish()
    assert not domain.is_on()


@pytest.mark.parametrize("cycle", [False, True])
def test_what_was_started_does_not_stand_still(domain: Domain, libvirt: Libvirt, cycle: bool) -> None:
    theirs = libvirt.domains[0]
    if cycle:
        domain.power_on()
    theirs.breaking.add("resume")
    action = domain.power_cycle if cycle else domain.power_on
    assert code_of(lambda: action(lambda: None)) == BUSY
    assert theirs.paused
    again(domain)
    assert not domain.finish()
    assert not theirs.paused and domain.is_on()
    theirs.paused = True  # that is somebody else's
    assert not domain.finish()
    assert theirs.paused


def test_a_start_that_was_not_owed_is_not_made(domain: Domain, libvirt: Libvirt) -> None:
    theirs = libvirt.domains[0]
    theirs.breaking.add("create 1")
    assert code_of(lambda: domain.power_on(lambda: None)) == BUSY
    again(domain)
    assert not domain.finish()
    assert theirs.calls == ["create 1"]  # whoever asked was told, and asks again

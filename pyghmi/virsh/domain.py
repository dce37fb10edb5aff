# SPDX-License-Identifier: Apache-2.0
"""What is done to a domain: power, boot order.  All methods call libvirt and may take seconds."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable
from uuid import UUID, uuid4

from pyghmi.exceptions import NotFound
from pyghmi.ipmi.spec.codes import INVALID_FIELD, WRONG_STATE
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.virsh.bindings import DomainError
from pyghmi.virsh.bootorder import DomainXml, Once, Order, Record
from pyghmi.virsh.connection import Connection
from pyghmi.virsh.interrupted import RESUME, START, Interrupted

BeforeRun = Callable[[], object]
"""Called while a domain that is being started stands still."""


class Boot(NamedTuple):
    """How a domain boots.  kind: hd, cdrom, fd, network or None; changed: by us; once: for the next start only."""

    kind: str | None
    changed: bool
    once: bool
    uefi: bool


class Domain:
    """A domain of libvirt's, looked up by its name each time: it may be defined anew.

    All methods raise DomainError, with the completion code that fits: WRONG_STATE where the domain is off, or unknown.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.name = name
        self._libvirt = connection.libvirt
        self._changing = threading.RLock()
        self._interrupted = Interrupted(connection.libvirt)

    def __repr__(self) -> str:
        return f"<Domain {self.name}>"

    @contextmanager
    def _using(self) -> Iterator[Any]:
        with self.connection.using() as conn:
            yield conn.lookupByName(self.name)

    @contextmanager
    def using_running(self) -> Iterator[Any]:
        """Give libvirt's object of the domain, which is on."""
        with self._using() as domain:
            if not domain.isActive():
                raise DomainError(f"{self.name} is off", WRONG_STATE)
            yield domain

    # --- what is known

    def uuid(self) -> UUID:
        """Return its UUID."""
        with self._using() as domain:
            return UUID(domain.UUIDString())

    def is_on(self) -> bool:
        """Return whether it is on: running, paused, crashed and kept."""
        with self._using() as domain:
            return bool(domain.isActive())

    def has_console(self) -> bool:
        """Return whether it has a serial line that can be connected with."""
        with self._using() as domain:
            return DomainXml(domain.XMLDesc(0)).has_console

    def boot(self) -> Boot:
        """Return how it boots at its next start."""
        with self._using() as domain:
            xml = _defined(self._libvirt, domain)
        record = xml.record
        return Boot(xml.first, record != Record(), record.once is not None, xml.is_uefi)

    # --- power

    def power_on(self, before_run: BeforeRun | None = None) -> None:
        """Start it; one that is on stays as it is."""
        with self._changing, self._using() as domain:
            if not domain.isActive():
                self._start(domain, before_run)

    def _start(self, domain: Any, before_run: BeforeRun | None) -> None:
        if before_run is None:
            domain.create()
        else:
            with self._interrupted.noting(domain, RESUME):
                domain.createWithFlags(self._libvirt.VIR_DOMAIN_START_PAUSED)
                try:
                    before_run()
                finally:
                    domain.resume()
        self._settle(domain)

    def power_off(self) -> None:
        """Switch it off at once."""
        self._interrupted.take()  # a power cycle that was interrupted is not wanted any more
        with self._changing, self.using_running() as domain:
            domain.destroy()

    def power_cycle(self, before_run: BeforeRun | None = None) -> None:
        """Switch it off and on."""
        if not self.finish(before_run):
            with self._changing, self.using_running() as domain:
                self._cycle(domain, before_run)

    def _cycle(self, domain: Any, before_run: BeforeRun | None) -> None:
        if not domain.isPersistent():
            raise DomainError(f"{self.name} would be gone when it is switched off", WRONG_STATE)
        with self._interrupted.noting(domain, START):
            domain.destroy()
            self._start(domain, before_run)

    def finish(self, before_run: BeforeRun | None = None) -> bool:
        """Do what a connection that was lost has left undone; returns whether the domain was started.

        A power cycle does not end switched off, and what was started does not stand still.
        """
        if not self._interrupted.is_something_owed:
            return False
        with self._changing, self._using() as domain:
            owed = self._interrupted.take() or RESUME
            with self._interrupted.noting(domain, owed):
                if not domain.isActive():
                    if owed == START:
                        self._start(domain, before_run)
                    return owed == START
                if domain.state()[0] == self._libvirt.VIR_DOMAIN_PAUSED:
                    domain.resume()
        return False

    def reset(self, before_run: BeforeRun | None = None) -> None:
        """Reset it: by off and on where its boot order was changed since its start, for it would keep the old one."""
        with self._changing, self.using_running() as domain:
            if _is_outdated(self._libvirt, domain):
                self._cycle(domain, before_run)
            else:
                domain.reset(0)

    def shutdown(self) -> None:
        """Have its operating system shut down."""
        with self.using_running() as domain:
            domain.shutdown()

    def interrupt(self) -> None:
        """Raise a diagnostic interrupt, an NMI."""
        with self.using_running() as domain:
            domain.injectNMI(0)

    # --- boot order

    def boot_from(self, kind: str | None, *, once: bool) -> None:
        """Have it boot from hd, cdrom, fd or network first, at the next start or always; None: as before all changes.

        Everything else in the definition stays.  Raises DomainError (INVALID_FIELD) where there is no such device.
        """
        with self._changing, self._using() as domain:
            if not domain.isPersistent():
                raise DomainError(f"{self.name} is transient: it has no next start", WRONG_STATE)
            xml = _defined(self._libvirt, domain)
            record = xml.record
            lasting = record.once.then if record.once is not None else xml.order
            try:
                xml.record = _change(xml, record.original, lasting, kind, once=once)
            except NotFound as error:
                raise DomainError(str(error), INVALID_FIELD) from error
            self._define(xml)

    def settle(self) -> None:
        """Undo an order for one start where that has happened."""
        with self._changing, self._using() as domain:
            self._settle(domain)

    def _settle(self, domain: Any) -> None:
        if not domain.isActive() or not domain.isPersistent():
            return
        xml = _defined(self._libvirt, domain)
        original, once = xml.record
        if once is None:
            return
        running = DomainXml(domain.XMLDesc(0)).record.once
        if running is None or running.id != once.id:
            return  # it was set after this start
        xml.set_order(once.then)
        xml.record = Record(original)
        self._define(xml)

    def restarted(self, run: int, before_run: BeforeRun | None = None) -> None:
        """Have the boot order count after the guest itself has restarted: the firmware begins, nothing is lost.

        run: which run of the domain this is about.
        """
        with self._changing, self._using() as domain:
            if domain.isActive() and domain.ID() == run and _is_outdated(self._libvirt, domain):
                self._cycle(domain, before_run)

    def _define(self, xml: DomainXml) -> None:
        with self.connection.using() as conn:
            conn.defineXML(xml.text())


def _defined(libvirt: Any, domain: Any) -> DomainXml:
    """Return the definition that counts at the next start.

    Without SECURE the passwords of its displays would be lost by the next definition.
    """
    return DomainXml(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE))


def _is_outdated(libvirt: Any, domain: Any) -> bool:
    """Whether the boot order was changed by us since the start."""
    return domain.isPersistent() and _defined(libvirt, domain).record != DomainXml(domain.XMLDesc(0)).record


def _change(xml: DomainXml, original: Order | None, lasting: Order, kind: str | None, *, once: bool) -> Record:
    """Change the order; returns what is to be noted."""
    xml.set_order(lasting)
    if kind is None:
        xml.set_order(original or lasting)
        return Record()
    xml.put_first(kind)
    if once:
        return Record(original, Once(uuid4().hex, lasting))
    return Record(original or lasting)

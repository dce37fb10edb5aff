# SPDX-License-Identifier: Apache-2.0
"""The boot order in the XML of a domain, and what it was before: nothing else in the XML is touched.

There are two ways to write it: `<boot dev='hd'/>` under `<os>`, and `<boot order='1'/>` in each device.  A domain has
one of them, and keeps it.  What was changed is noted in the domain's own metadata, in the definition that changes it.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Optional
from xml.dom import minidom

from pyghmi.exceptions import NotFound
from pyghmi.ipmi.wire.shapes import NamedTuple

_SPACE, _PREFIX = "urn:pyghmi:virshbmc:boot", "pyghmi"
_DISKS = {"disk": "hd", "lun": "hd", "cdrom": "cdrom", "floppy": "fd"}
_BOOTABLE = ("disk", "interface", "hostdev", "redirdev")
_OTHER = "other"

Element = minidom.Element


class Order(NamedTuple):
    """A boot order.  devs: kinds, first first; devices: (tag, name, number), where each device has its number."""

    devs: tuple[str, ...] = ()
    devices: tuple[tuple[str, str, str], ...] = ()


class Once(NamedTuple):
    """An order for one start.  id: tells it from others; then: the order after it."""

    id: str
    then: Order


class Record(NamedTuple):
    """What is noted.  original: the order that the domain had before a lasting change; once: see there."""

    original: Optional[Order] = None
    once: Optional[Once] = None


class DomainXml:
    """The definition of a domain, as text that is changed in places only."""

    def __init__(self, text: str) -> None:
        self._document = minidom.parseString(text)
        root = self._document.documentElement
        if root is None:
            raise ValueError("a definition without a root")
        self._root: Element = root

    def text(self) -> str:
        """Return the definition."""
        return str(self._root.toxml())

    # --- what is there

    @property
    def is_uefi(self) -> bool:
        """Whether the firmware is UEFI."""
        for system in _children(self._root, "os"):
            loaders = {each.getAttribute("type") for each in _children(system, "loader")}
            if system.getAttribute("firmware") == "efi" or "pflash" in loaders:
                return True
        return False

    @property
    def has_console(self) -> bool:
        """Whether there is a serial line that libvirt can connect with: one on a pseudo terminal."""
        kinds = {
            port.getAttribute("type")
            for devices in _children(self._root, "devices")
            for tag in ("serial", "console")
            for port in _children(devices, tag)
        }
        return "pty" in kinds

    @property
    def order(self) -> Order:
        """The boot order."""
        systems = _children(self._root, "os")
        devs = tuple(boot.getAttribute("dev") for system in systems for boot in _children(system, "boot"))
        devices = tuple(
            (device.tagName, name, boot.getAttribute("order"))
            for device, name in self._bootable()
            for boot in _children(device, "boot")
        )
        return Order(devs, devices)

    @property
    def first(self) -> str | None:
        """The kind of the first device: hd, cdrom, fd or network; None: of no such kind."""
        order = self.order
        if order.devs:
            return order.devs[0]
        if not order.devices:
            return None
        first = min(order.devices, key=_number_of)[:2]
        return next((_kind(device) for device, name in self._bootable() if (device.tagName, name) == first), None)

    def _bootable(self) -> Iterator[tuple[Element, str]]:
        """Yield the devices that can be booted from, each with its name among those of its tag."""
        for devices in _children(self._root, "devices"):
            for tag in _BOOTABLE:
                for number, device in enumerate(_children(devices, tag)):
                    yield device, _name(device) or f"#{number}"

    # --- changes

    def put_first(self, kind: str) -> None:
        """Have it boot from this kind of device first, from the others as before.

        Raises NotFound where there is none.
        """
        order = self.order
        if not order.devices:
            self.set_order(Order((kind, *(dev for dev in order.devs if dev != kind))))
            return
        numbers = {(tag, name): _number_of(row) for row in order.devices for tag, name, _number in (row,)}
        ours = [(device.tagName, name) for device, name in self._bootable() if _kind(device) == kind]
        numbered = sorted((key for key in ours if key in numbers), key=lambda key: numbers[key])
        first = numbered or ours
        if not first:
            raise NotFound(f"the domain has no device of kind {kind} to boot from")
        rest = sorted((key for key in numbers if key not in first), key=lambda key: numbers[key])
        self.set_order(Order((), tuple((*key, str(number)) for number, key in enumerate(first + rest, 1))))

    def set_order(self, order: Order) -> None:
        """Have this order; devices that are gone are left out."""
        for system in _children(self._root, "os"):
            present = _children(system, "boot")
            if tuple(boot.getAttribute("dev") for boot in present) != order.devs:
                self._replace(system, present, order.devs)
        numbers = {(tag, name): number for tag, name, number in order.devices}
        for device, name in self._bootable():
            self._number(device, numbers.get((device.tagName, name)))

    def _replace(self, system: Element, present: list[Element], devs: tuple[str, ...]) -> None:
        before = present[0] if present else None
        for dev in devs:
            boot = self._document.createElement("boot")
            boot.setAttribute("dev", dev)
            system.insertBefore(boot, before)
        for boot in present:
            system.removeChild(boot)

    def _number(self, device: Element, number: str | None) -> None:
        present = _children(device, "boot")
        if number is None:
            for boot in present:
                device.removeChild(boot)
        elif present:
            present[0].setAttribute("order", number)  # it may have other attributes
        else:
            boot = self._document.createElement("boot")
            boot.setAttribute("order", number)
            device.appendChild(boot)

    # --- what is noted

    @property
    def record(self) -> Record:
        """What is noted of changes."""
        note = self._note()
        if note is None:
            return Record()
        originals = [_read_order(each) for each in _noted(note, "original")]
        onces = [Once(each.getAttribute("id"), _read_order(each)) for each in _noted(note, "once")]
        return Record(originals[0] if originals else None, onces[0] if onces else None)

    @record.setter
    def record(self, record: Record) -> None:
        note = self._note()
        if note is not None and note.parentNode is not None:
            note.parentNode.removeChild(note)
        if record == Record():
            return
        note = self._element("boot")
        note.setAttribute(f"xmlns:{_PREFIX}", _SPACE)
        if record.original is not None:
            note.appendChild(self._order_element("original", record.original))
        if record.once is not None:
            once = self._order_element("once", record.once.then)
            once.setAttribute("id", record.once.id)
            note.appendChild(once)
        self._metadata().appendChild(note)

    def _note(self) -> Element | None:
        for metadata in _children(self._root, "metadata"):
            for each in metadata.childNodes:
                if isinstance(each, Element) and (each.namespaceURI, each.localName) == (_SPACE, "boot"):
                    return each
        return None

    def _metadata(self) -> Element:
        for found in _children(self._root, "metadata"):
            return found
        made = self._document.createElement("metadata")
        self._root.insertBefore(made, self._root.firstChild)
        return made

    def _element(self, name: str) -> Element:
        return self._document.createElementNS(_SPACE, f"{_PREFIX}:{name}")

    def _order_element(self, name: str, order: Order) -> Element:
        element = self._element(name)
        for dev in order.devs:
            row = self._element("dev")
            row.setAttribute("name", dev)
            element.appendChild(row)
        for tag, device, number in order.devices:
            row = self._element("device")
            for key, value in (("tag", tag), ("name", device), ("order", number)):
                row.setAttribute(key, value)
            element.appendChild(row)
        return element


def _children(parent: Element, tag: str) -> list[Element]:
    return [each for each in parent.childNodes if isinstance(each, Element) and each.tagName == tag]


def _noted(parent: Element, name: str) -> list[Element]:
    return [each for each in parent.childNodes if isinstance(each, Element) and each.localName == name]


def _read_order(element: Element) -> Order:
    devs = tuple(row.getAttribute("name") for row in _noted(element, "dev"))
    devices = tuple(
        (row.getAttribute("tag"), row.getAttribute("name"), row.getAttribute("order"))
        for row in _noted(element, "device")
    )
    return Order(devs, devices)


def _kind(device: Element) -> str:
    """Return what `<boot dev>` calls a device."""
    if device.tagName == "interface":
        return "network"
    return _DISKS.get(device.getAttribute("device") or "disk", _OTHER) if device.tagName == "disk" else _OTHER


def _name(device: Element) -> str:
    """Return what a device is known by; empty: by nothing but its place."""
    for tag, attribute in (("target", "dev"), ("mac", "address")):
        if (tag == "target") == (device.tagName == "disk"):
            for each in _children(device, tag):
                return str(each.getAttribute(attribute))
    return ""


def _number_of(row: tuple[str, str, str]) -> int:
    number = row[2]
    return int(number) if number.isdecimal() else 0

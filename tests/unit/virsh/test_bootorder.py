# SPDX-License-Identifier: Apache-2.0
"""The boot order in the XML of a domain, after libvirt's description of its format, https://libvirt.org/formatdomain.html"""
from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_libvirt import XML

from pyghmi.exceptions import NotFound
from pyghmi.virsh.bootorder import DomainXml, Once, Order, Record

PER_DEVICE = re.sub(r"\n +<boot dev='\w+'/>", "", XML).replace(
    "<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><boot order='1' loadparm='4'/>"
).replace("<target dev='sda' bus='sata'/>", "<target dev='sda' bus='sata'/><boot order='2'/>")


def plain(text: str) -> str:
    """Return XML with its quotes and empty lines alike."""
    return re.sub(r"\n\s*\n", "\n", text.replace('"', "'"))


def same(text: str) -> str:
    """Return XML as it is compared: whatever space is between its elements."""
    return canonicalize(text, strip_text=True)


def test_legacy_order() -> None:
    xml = DomainXml(XML)
    assert xml.order == Order(("hd", "cdrom"))
    assert xml.first == "hd"
    xml.put_first("network")
    assert xml.order == Order(("network", "hd", "cdrom"))
    xml.put_first("cdrom")
    assert xml.order == Order(("cdrom", "network", "hd"))
    xml.set_order(Order(("hd", "cdrom")))
    assert same(xml.text()) == same(XML)


def test_nothing_but_the_order_changes() -> None:
    xml = DomainXml(XML)
    xml.put_first("network")
    assert same(xml.text()) == same(XML.replace("<boot dev='hd'/>", "<boot dev='network'/><boot dev='hd'/>"))
    assert xml.is_uefi


def test_order_per_device() -> None:
    xml = DomainXml(PER_DEVICE)
    assert xml.order == Order((), (("disk", "vda", "1"), ("disk", "sda", "2")))
    xml.put_first("network")
    assert xml.first == "network"
    assert xml.order.devs == ()
    assert {name: number for _tag, name, number in xml.order.devices} == {
        "52:54:00:00:00:01": "1", "52:54:00:00:00:02": "2", "vda": "3", "sda": "4",
    }
    assert "loadparm='4'" in plain(xml.text())
    xml.set_order(DomainXml(PER_DEVICE).order)
    assert plain(xml.text()) == plain(PER_DEVICE)


def test_only_devices_with_a_number_come_first_where_there_are_some() -> None:
    text = PER_DEVICE.replace("<mac address='52:54:00:00:00:02'/>", "<mac address='52:54:00:00:00:02'/><boot order='3'/>")
    xml = DomainXml(text)
    xml.put_first("network")
    numbers = {name: number for _tag, name, number in xml.order.devices}
    assert numbers == {"52:54:00:00:00:02": "1", "vda": "2", "sda": "3"}


def test_no_such_device() -> None:
    xml = DomainXml(PER_DEVICE)
    with pytest.raises(NotFound):
        xml.put_first("fd")
    assert plain(xml.text()) == plain(PER_DEVICE)


def test_a_device_that_is_gone_is_left_out() -> None:
    order = DomainXml(PER_DEVICE).order
    xml = DomainXml(PER_DEVICE.replace("dev='sda'", "dev='sdb'"))
    xml.set_order(order)
    assert xml.order == Order((), (("disk", "vda", "1"),))


@pytest.mark.parametrize(
    "record",
    [
        Record(),
        Record(Order(("hd",))),
        Record(None, Once("a1", Order(("hd", "cdrom")))),
        Record(Order((), (("disk", "vda", "1"),)), Once("b2", Order((), (("interface", "52:54:00:00:00:01", "1"),)))),
    ],
)
def test_notes(record: Record) -> None:
    xml = DomainXml(XML)
    xml.record = record
    again = DomainXml(xml.text())
    assert again.record == record
    again.record = Record()
    assert again.record == Record()
    assert "pyghmi" not in again.text()


def test_the_metadata_of_others_stay() -> None:
    text = XML.replace("<os ", "<metadata><a:x xmlns:a='urn:a' a:y='1'>&lt;</a:x></metadata>\n  <os ", 1)
    xml = DomainXml(text)
    xml.record = Record(Order(("hd",)))
    assert "<a:x xmlns:a='urn:a' a:y='1'>&lt;</a:x>" in plain(xml.text())
    xml.record = Record()
    assert plain(xml.text()) == plain(text)


def test_extensions_of_qemu_stay() -> None:
    more = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-x'/></qemu:commandline>"
    xml = DomainXml(XML.replace("</domain>", more + "</domain>"))
    xml.put_first("network")
    assert more in plain(xml.text())


@pytest.mark.parametrize(
    ("text", "uefi"),
    [
        ("<domain><os firmware='efi'/></domain>", True),
        ("<domain><os><loader type='pflash'>/x</loader></os></domain>", True),
        ("<domain><os><loader type='rom'>/x</loader></os></domain>", False),
        ("<domain><os firmware='bios'/></domain>", False),
        ("<domain/>", False),
    ],
)
def test_firmware(text: str, uefi: bool) -> None:
    assert DomainXml(text).is_uefi == uefi


@pytest.mark.parametrize(
    ("devices", "has"),
    [
        ("<serial type='pty'/>", True), ("<console type='pty'/>", True), ("<serial type='tcp'/>", False), ("", False),
        ("<channel type='pty'/>", False),
    ],
)
def test_console(devices: str, has: bool) -> None:
    assert DomainXml(f"<domain><devices>{devices}</devices></domain>").has_console == has


def test_odd_devices() -> None:
    text = (
        "<domain><os/><devices><hostdev><boot order='1'/></hostdev><disk><target dev='a'/><boot order='2'/></disk>"
        "<redirdev/><disk device='lun'><boot order='x'/></disk></devices></domain>"
    )
    xml = DomainXml(text)
    assert xml.first == "hd"  # what has no number that is one comes first
    xml.put_first("hd")
    assert [row[2] for row in xml.order.devices] == ["2", "1", "3"]
    assert DomainXml("<domain/>").first is None

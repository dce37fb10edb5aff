# SPDX-License-Identifier: Apache-2.0
"""As much of libvirt's Python binding as is used here, with domains that are played."""
from __future__ import annotations

import queue
import re
from typing import Any, Callable

NAMES = (
    "VIR_ERR_OPERATION_INVALID", "VIR_ERR_NO_DOMAIN", "VIR_ERR_NO_SUPPORT", "VIR_ERR_OPERATION_UNSUPPORTED",
    "VIR_ERR_CONFIG_UNSUPPORTED", "VIR_ERR_ACCESS_DENIED", "VIR_ERR_OPERATION_TIMEOUT", "VIR_ERR_NO_CONNECT",
    "VIR_ERR_INVALID_CONN", "VIR_ERR_OPERATION_FAILED", "VIR_ERR_INTERNAL_ERROR",
)
XML = """<domain type='qemu'>
  <name>one</name>
  <uuid>00112233-4455-6677-8899-aabbccddeeff</uuid>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
    <loader readonly='yes' secure='yes' type='pflash'>/fw/code.fd</loader>
    <nvram template='/fw/vars.fd'>/var/one_vars.fd</nvram>
    <boot dev='hd'/>
    <boot dev='cdrom'/>
    <bootmenu enable='yes'/>
  </os>
  <devices>
    <disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/></interface>
    <interface type='network'><mac address='52:54:00:00:00:02'/></interface>
    <serial type='pty'><target port='0'/></serial>
    <graphics type='vnc' passwd='hidden'/>
  </devices>
</domain>"""


class Error(Exception):
    def __init__(self, text: str, number: int | None = None) -> None:
        super().__init__(text)
        self.number = number

    def get_error_code(self) -> int | None:
        return self.number


class Stream:
    """What the guest writes is in `coming`; what is typed arrives in `taken`, `takes` characters at a time."""

    def __init__(self, libvirt: Any) -> None:
        self.libvirt = libvirt
        self.coming: list[bytes] = []
        self.taken = bytearray()
        self.takes = 3
        self.ended = self.aborted = False
        self.callback: Callable[[Any, int, Any], None] | None = None
        self.events = 0

    def eventAddCallback(self, events: int, callback: Callable[[Any, int, Any], None], opaque: Any) -> None:
        self.callback = callback
        self.eventUpdateCallback(events)

    def eventUpdateCallback(self, events: int) -> None:
        self.events = events
        self.libvirt.happen(self.turn)

    def eventRemoveCallback(self) -> None:
        self.callback = None

    def turn(self) -> None:
        ready = 2 if (self.coming or self.ended) and self.events & 1 else 0
        now = (1 if ready else 0) | (self.events & 2)
        if now and self.callback is not None:
            self.callback(self, now, None)

    def say(self, data: bytes) -> None:
        self.coming.append(data)
        self.libvirt.happen(self.turn)

    def end(self) -> None:
        self.ended = True
        self.libvirt.happen(self.turn)

    def recv(self, count: int) -> Any:
        if self.coming:
            return self.coming.pop(0)
        return b"" if self.ended else -2

    def send(self, data: bytes) -> int:
        if self.ended:
            raise Error("the stream has ended")
        self.taken += data[: self.takes]
        return min(len(data), self.takes)

    def abort(self) -> None:
        self.aborted = True


class Domain:
    def __init__(self, libvirt: Any, xml: str = XML, name: str = "one") -> None:
        self.libvirt = libvirt
        self.xml = xml
        self._name = name
        self.live: str | None = None
        self.run = -1
        self.calls: list[str] = []
        self.persistent = True
        self.failing: dict[str, Exception] = {}
        self.breaking: set[str] = set()
        self.paused = False
        self.streams: list[Stream] = []

    def name(self) -> str:
        return self._name

    def ID(self) -> int:
        return self.run

    def UUIDString(self) -> str:
        return "00112233-4455-6677-8899-aabbccddeeff"

    def isActive(self) -> int:
        return int(self.live is not None)

    def isPersistent(self) -> int:
        return int(self.persistent)

    def XMLDesc(self, flags: int) -> str:
        text = self.live if self.live is not None and not flags & self.libvirt.VIR_DOMAIN_XML_INACTIVE else self.xml
        return text if flags & self.libvirt.VIR_DOMAIN_XML_SECURE else re.sub(" passwd='[^']*'", "", text)

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if name in self.breaking:
            self.breaking.remove(name)
            self.libvirt.connection.alive = False
            raise Error("end of file while reading data")
        if name in self.failing:
            raise self.failing[name]

    def create(self) -> None:
        self._do("create")
        self.live = self.xml
        self.libvirt.runs += 1
        self.run = self.libvirt.runs
        self.libvirt.report(self, "lifecycle", self.libvirt.VIR_DOMAIN_EVENT_STARTED)

    def createWithFlags(self, flags: int) -> None:
        self._do(f"create {flags}")
        self.create()
        self.paused = True

    def resume(self) -> None:
        self._do("resume")
        self.paused = False

    def state(self) -> list[int]:
        return [3 if self.paused else 1, 0]

    def destroy(self) -> None:
        self._do("destroy")
        self.live, self.run = None, -1
        for stream in self.streams:
            stream.end()
        self.libvirt.report(self, "lifecycle", self.libvirt.VIR_DOMAIN_EVENT_STOPPED)

    def reset(self, flags: int) -> None:
        self._do("reset")
        self.libvirt.report(self, "reboot")

    def shutdown(self) -> None:
        self._do("shutdown")

    def injectNMI(self, flags: int) -> None:
        self._do("nmi")

    def connect(self) -> Any:
        return self.libvirt.connection

    def openConsole(self, device: Any, stream: Stream, flags: int) -> None:
        self._do(f"console {flags}")
        self.streams.append(stream)


class Conn:
    def __init__(self, libvirt: Any) -> None:
        self.libvirt = libvirt
        self.alive = True
        self.closing: Any = None
        self.callbacks: dict[int, Any] = {}

    def lookupByName(self, name: str) -> Domain:
        self.check()
        for domain in self.libvirt.domains:
            if domain.name() == name:
                return domain
        raise Error(f"no domain {name}", self.libvirt.VIR_ERR_NO_DOMAIN)

    def check(self) -> None:
        if not self.alive:
            raise Error("end of file", self.libvirt.VIR_ERR_INTERNAL_ERROR)

    def defineXML(self, text: str) -> None:
        self.check()
        for domain in self.libvirt.domains:
            if f"<name>{domain.name()}</name>" in text:
                domain.xml = text

    def newStream(self, flags: int) -> Stream:
        return Stream(self.libvirt)

    def isAlive(self) -> int:
        return int(self.alive)

    def registerCloseCallback(self, callback: Any, opaque: Any) -> None:
        self.closing = callback

    def unregisterCloseCallback(self) -> None:
        self.closing = None

    def setKeepAlive(self, every: int, times: int) -> None:
        raise Error("no daemon", self.libvirt.VIR_ERR_NO_SUPPORT)

    def domainEventRegisterAny(self, domain: Any, kind: int, callback: Any, opaque: Any) -> int:
        if kind == self.libvirt.no_event:
            raise Error("no such event", self.libvirt.VIR_ERR_NO_SUPPORT)
        self.callbacks[kind] = callback
        return kind

    def domainEventDeregisterAny(self, kind: int) -> None:
        del self.callbacks[kind]

    def close(self) -> None:
        self.check()
        self.alive = False


class Libvirt:
    """The module."""

    libvirtError = Error
    VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_ID_REBOOT = 0, 1
    VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_DEFINED = 2, 5, 0
    VIR_DOMAIN_XML_SECURE, VIR_DOMAIN_XML_INACTIVE = 1, 2
    VIR_DOMAIN_START_PAUSED = 1
    VIR_DOMAIN_PAUSED = 3
    VIR_DOMAIN_CONSOLE_FORCE = 1
    VIR_STREAM_NONBLOCK = 1
    VIR_STREAM_EVENT_READABLE, VIR_STREAM_EVENT_WRITABLE, VIR_STREAM_EVENT_ERROR, VIR_STREAM_EVENT_HANGUP = 1, 2, 4, 8
    events: queue.Queue[Callable[[], None]] = queue.Queue()

    def __init__(self) -> None:
        for number, name in enumerate(NAMES, 1):
            setattr(self, name, number)
        self.domains = [Domain(self)]
        self.connection: Conn | None = None
        self.refusing = False
        self.no_event: int | None = None
        self.opened = 0
        self.runs = 0

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def open(self, uri: str) -> Conn:
        if self.refusing:
            raise Error("no daemon there", self.VIR_ERR_NO_CONNECT)
        self.opened += 1
        self.connection = Conn(self)
        return self.connection

    def lose(self) -> None:
        """End the connection from the other side."""
        conn = self.connection
        assert conn is not None
        conn.alive = False
        self.happen(lambda: conn.closing(conn, 1, None))

    # --- events

    def happen(self, callback: Callable[[], None]) -> None:
        self.events.put(callback)

    def report(self, domain: Domain, kind: str, event: int = 0) -> None:
        conn, run = self.connection, domain.run
        if conn is None or not conn.alive:
            return
        told = Domain(self, name=domain.name())
        told.run = run
        if kind == "reboot":
            callback = conn.callbacks[self.VIR_DOMAIN_EVENT_ID_REBOOT]
            self.happen(lambda: callback(conn, told, None))
        else:
            callback = conn.callbacks[self.VIR_DOMAIN_EVENT_ID_LIFECYCLE]
            self.happen(lambda: callback(conn, told, event, 0, None))

    def virEventRegisterDefaultImpl(self) -> None:
        pass

    def virEventAddTimeout(self, wait: int, callback: Any, opaque: Any) -> int:
        return 1

    def virEventRunDefaultImpl(self) -> None:
        self.events.get()()

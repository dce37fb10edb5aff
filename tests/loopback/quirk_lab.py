# SPDX-License-Identifier: Apache-2.0
"""Our client and a simulated BMC that misbehaves, over UDP in virtual time, with all datagrams kept."""
from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import Any, Callable

from pyghmi.exceptions import SessionError
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.net.link import Link
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.packet import unwrap
from pyghmi.ipmi.protocol.packet15 import parse, wrap_plain
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.sim.testing import RunningBmc, run_bmc
from pyghmi.sim.virtual import VirtualReactor

GET_STATUS = (0x00, 0x01, b"")
POWER_CYCLE = (0x00, 0x02, b"\x02")
SUITES = (17, 3, 16, 15, 2, 1, 12, 8, 11, 7, 6, 0)
OPEN, OPENED, RAKP1, RAKP2, RAKP3, RAKP4 = range(0x10, 0x16)
USERS = (
    User(b"admin", b"secret"),
    User(b"oper", b"op-pass", Privilege.OPERATOR, user_id=3),
    User(b"long", b"a20BytePasswordXYZ!!", user_id=4),
    User(b"gone", b"x", enabled=False, user_id=5),
)


def payload_of(datagram: bytes, kind: int) -> bytes | None:
    """Return the payload of a setup message of RMCP+ of one type."""
    found = unwrap(datagram)
    return found.payload if found is not None and not found.session_id and found.kind == kind else None


class QuirkLab:
    """A simulated BMC with its quirks, and a console.  wire: (whether it goes to the BMC, datagram), the BMC's side."""

    def __init__(self, reactor: VirtualReactor, quirks: str = "", **options: Any) -> None:
        self.reactor = reactor
        more = {"users": UserList([copy(user) for user in USERS]), "suites": SUITES, "auth_types": (0, 1, 2, 4), **options}
        self.running: RunningBmc = run_bmc(reactor=reactor, quirks=quirks, **more)
        self.machine = self.running.machine
        self.odd = self.running.misbehaviour
        self.port = self.running.port
        self.wire: list[tuple[bool, bytes]] = []
        self._senders: dict[bytes, Any] = {}
        self.links: list[Link] = []
        self.answers: list[tuple[int, int, int, bytes]] = []
        self._look()

    def _look(self) -> None:
        """Keep what passes, as it is on the wire."""
        from pyghmi.sim.network import Network

        network = self.odd.network if self.odd is not None else Network(self.machine)

        def incoming(datagram: bytes, peer: Any) -> bytes:
            self.wire.append((True, datagram))
            self._senders[datagram] = peer
            return datagram

        put = network._put

        def sent(datagram: bytes, peer: Any) -> None:
            self.wire.append((False, datagram))
            put(datagram, peer)

        network.incoming.insert(0, incoming)
        network._put = sent  # type: ignore[method-assign]
        self.network = network

    # --- the console

    def link(self, user: bytes = b"admin", password: bytes = b"secret", deadline_s: float = 30.0, **login: Any) -> Link:
        """Return a link that is not open yet."""
        link = Link("127.0.0.1", Login(user, password, **login), self.port, reactor=self.reactor, deadline_s=deadline_s)
        self.links.append(link)
        return link

    def opened(self, *arguments: Any, **login: Any) -> Link:
        """Return a link that is open, and works."""
        link = self.link(*arguments, **login)
        link.open()
        assert self.ask(link)[0] == 0
        return link

    def ask(self, link: Link, netfn: int = 0, cmd: int = 1, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        """Ask for something; chassis status unless told otherwise."""
        return link.exchange(netfn, cmd, data, **more)

    def request(self, link: Link, message: Any) -> Any:
        """Ask something with a typed message."""
        return answer_of(message, *link.exchange(message.netfn, message.cmd, message.encode()))

    def command(self, userid: str = "admin", password: str = "secret", **options: Any) -> Command:
        """Return a `Command`; the reactor must be that of the process."""
        given = {"bmc": "127.0.0.1", "keepalive": False, **options}
        return Command(userid=userid, password=password, port=self.port, **given)

    def send(self, datagram: bytes) -> None:
        """Send a datagram of anybody's, and let the BMC answer."""
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(datagram, ("127.0.0.1", self.port))
            self.reactor.wait(0.5)

    def repeat(self, datagram: bytes) -> None:
        """Have a datagram come again, from where it came before, and let the BMC answer."""
        self.network._arrive(datagram, self._senders[datagram])
        self.reactor.wait(0.5)

    def send_plain(self, netfn: int, cmd: int, data: bytes = b"") -> None:
        """Send a command outside of sessions, in the framing of IPMI 1.5."""
        self.send(wrap_plain(ipmb.build_request(netfn, cmd, data, 1)))

    def setups_of(self, link: Link) -> dict[int, bytes]:
        """Begin a login, have RAKP 2 lost, and return the last datagrams of the console by type."""
        self.lose(RAKP2, 10**6)
        with suppress(SessionError):
            link.open(1.5)
        self.network.outgoing.pop()
        found = {datagram[5]: datagram for to_bmc, datagram in self.wire if to_bmc and datagram[5] in (OPEN, RAKP1)}
        self.wire.clear()
        return found

    def lose(self, kind: int, count: int) -> None:
        """Lose so many setup messages of one type that the BMC sends."""
        left = [count]

        def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
            if payload_of(datagram, kind) is None or not left[0]:
                return [(0.0, datagram)]
            left[0] -= 1
            return []

        self.network.outgoing.append(hook)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.reactor.wait(seconds)

    # --- what went over the wire

    def setups(self, kind: int) -> list[bytes]:
        """Return the payloads of the setup messages of RMCP+ of one type."""
        found = (payload_of(datagram, kind) for _to_bmc, datagram in self.wire)
        return [payload for payload in found if payload is not None]

    def plain(self, cmd: int, *, to_bmc: bool = False) -> list[bytes]:
        """Return the messages of one command that went outside of sessions, in the framing of IPMI 1.5."""
        packets = [parse(datagram) for way, datagram in self.wire if way is to_bmc]
        messages = [packet.message for packet in packets if packet is not None and not packet.session_id]
        return [message for message in messages if len(message) > 6 and message[5] == cmd]

    def inside(self, link: Link, *, to_bmc: bool = False) -> list[bytes]:
        """Return the IPMI messages of the session that is open, opened with the console's keys."""
        channel: Any = link._peer.machine._channel
        cipher = channel.cipher
        found = []
        for way, datagram in self.wire:
            if way is to_bmc:
                message = _opened(cipher, datagram)
                if message is not None:
                    found.append(message)
        return found

    def quirks(self, link: Link) -> set[str]:
        """Return what the console has noticed."""
        assert link.agreement is not None
        return set(link.agreement.quirks)

    def close(self) -> None:
        """End it."""
        for link in self.links:
            link.close_soon()
        self.running.stop()


def _opened(cipher: Any, datagram: bytes) -> bytes | None:
    """Decrypt a packet without looking at its code or number."""
    found = unwrap(datagram)
    if found is None or not found.session_id or found.kind & 0x3F:
        return None
    if not found.kind & 0x80:
        return found.payload
    from pyghmi.ipmi.protocol.crypto import aes_cbc_decryptor

    text = aes_cbc_decryptor(cipher._encryption_key())(found.payload)
    return bytes(text[16 : -1 - text[-1]])


def response(message: bytes) -> tuple[int, int, int, int, bytes] | None:
    """Take a response apart, whatever its checksums."""
    return ipmb.parse_response(message, checked=False)


MakeLab = Callable[..., QuirkLab]
"""(quirks, options of `run_bmc`) -> a BMC that has them; the fixture `lab`."""


def works(bench: QuirkLab, *arguments: Any, **login: Any) -> Any:
    """Log in and ask; return the link."""
    return bench.opened(*arguments, **login)

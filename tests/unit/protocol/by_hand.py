# SPDX-License-Identifier: Apache-2.0
"""A console that logs in step by step, so that a test can do each step wrongly, twice or never.

Packets are laid out here by the tables of the specification; the BMC's own encoders are not used for them.
"""
from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import Callable, NamedTuple

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.packet import SessionCipher
from pyghmi.ipmi.protocol.rakp import Exchange, derive_keys, rakp2_code, rakp3_code, rakp4_code
from pyghmi.ipmi.protocol.server import ServerCore
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User, UserList
from pyghmi.ipmi.protocol.suites import STANDARD
from pyghmi.ipmi.spec.codes import Privilege

GUID = bytes(range(0x40, 0x50))
USER, PASSWORD = b"admin", b"secret"
PEER = ("127.0.0.1", 50000)
OPEN, RAKP1, RAKP3 = 0x10, 0x12, 0x14
ANSWER = {OPEN: 0x11, RAKP1: 0x13, RAKP3: 0x15}


def random_bytes() -> Callable[[int], bytes]:
    """Return a source of bytes that never repeats itself and is the same in every run."""
    numbers = count(1)
    return lambda size: b"".join(next(numbers).to_bytes(4, "big") for _word in range(-(-size // 4)))[:size]


def users() -> UserList:
    """Return the accounts of the tests."""
    return UserList(
        [
            User(USER, PASSWORD),
            User(b"oper", b"op-pass", Privilege.OPERATOR, user_id=3),
            User(b"two", b"low", Privilege.USER, user_id=4),
            User(b"two", b"high", Privilege.ADMINISTRATOR, user_id=5),
            User(b"gone", b"x", enabled=False, user_id=6),
            User(b"0123456789abcdef", b"a20BytePasswordXYZ!!", user_id=7),
            User(b"", b"nobody", Privilege.USER, user_id=1),
        ]
    )


def outside(kind: int, payload: bytes) -> bytes:
    """Return an RMCP+ packet outside of any session.  IPMI 2.0 table 13-8."""
    return bytes((6, 0, 0xFF, 7, 6, kind)) + bytes(8) + len(payload).to_bytes(2, "little") + payload


def open_session(
    suite: tuple[int, int, int], *, tag: int = 0, privilege: int = 4, console_id: bytes = b"CON1", lengths: tuple[int, int, int] = (8, 8, 8)
) -> bytes:
    """Return an Open Session Request.  IPMI 2.0 table 13-9."""
    algorithms = b"".join(
        bytes((kind, 0, 0, lengths[kind], suite[kind], 0, 0, 0)) for kind in range(3)
    )
    return bytes((tag, privilege, 0, 0)) + console_id + algorithms


class Answer(NamedTuple):
    """What came back: payload type, payload."""

    kind: int
    payload: bytes

    @property
    def status(self) -> int:
        return self.payload[1]


class Bmc:
    """A BMC in memory, with a clock moved by hand."""

    def __init__(self, config: ServerConfig | None = None, **options: object) -> None:
        self.now = 100.0
        self.executed: list[ipmb.Request] = []
        self.held: list[tuple[ipmb.Request, BmcSession]] = []
        self.hold = False
        options.setdefault("suites", (17, 3, 16, 15, 2, 1, 12, 8, 11, 7, 6, 0))
        self.config = config or ServerConfig(users(), guid=GUID, **options)  # type: ignore[arg-type]
        self.core = ServerCore(self.config, self._execute, random=random_bytes())

    def _execute(self, request: ipmb.Request, session: BmcSession) -> None:
        self.executed.append(request)
        if self.hold:
            self.held.append((request, session))
        else:
            session.respond(request, 0, bytes((len(self.executed),)))

    def give(self, datagram: bytes, peer: Hashable = PEER) -> list[bytes]:
        """Hand a datagram over; return what goes back to this peer."""
        self.core.datagram_received(datagram, peer, self.now)
        return self.sent(peer)

    def sent(self, peer: Hashable = PEER) -> list[bytes]:
        """Return what is to be sent, all of it to this peer."""
        found = self.core.datagrams_to_send()
        assert {where for _datagram, where in found} <= {peer}
        return [datagram for datagram, _where in found]

    def wait(self, seconds: float) -> None:
        """Let time pass, timers fire as they ask for it."""
        end = self.now + seconds
        for _turn in range(10_000):
            due = self.core.next_timer()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.core.timer_fired(self.now)
        else:
            raise AssertionError("the timer fires for ever")
        self.now = end

    def setup(self, kind: int, payload: bytes, peer: Hashable = PEER) -> Answer | None:
        """Give one message of a login; return the answer."""
        found = self.give(outside(kind, payload), peer)
        if not found:
            return None
        (datagram,) = found
        assert datagram[:5] == bytes((6, 0, 0xFF, 7, 6)), "RMCP header, RMCP+"
        assert datagram[6:14] == bytes(8), "session id and sequence number are 0 outside of a session"
        assert int.from_bytes(datagram[14:16], "little") == len(datagram) - 16
        assert datagram[5] == ANSWER[kind], "plain, and of the type that answers"
        return Answer(datagram[5], datagram[16:])

    def plain(self, netfn: int, cmd: int, data: bytes = b"", *, plus: bool = False) -> tuple[int, bytes] | None:
        """Ask without a session, in either framing; return (completion code, data)."""
        message = ipmb.build_request(netfn, cmd, data, 5)
        head = bytes((6, 0, 0xFF, 7))
        ask = outside(0, message) if plus else head + bytes(9) + bytes((len(message),)) + message
        found = self.give(ask)
        if not found:
            return None
        (datagram,) = found
        assert len(datagram) - len(ask) <= 18, "nobody gets to multiply what he sends"
        assert datagram[:4] == head
        assert datagram[4] == (6 if plus else 0), "answered in the framing that was used"
        message = datagram[16:] if plus else datagram[14:]
        response = ipmb.parse_response(message)
        assert response is not None
        assert response[:3] == (netfn | 1, cmd, 5)
        return response[3], response[4]


class Console:
    """One login, in steps."""

    def __init__(
        self,
        bmc: Bmc,
        user: bytes = USER,
        password: bytes = PASSWORD,
        *,
        suite: int = 3,
        role: int = 0x14,
        kg: bytes | None = None,
        console_id: bytes = b"CON1",
        peer: Hashable = PEER,
        open_privilege: int | None = None,
    ) -> None:
        self.bmc, self.user, self.password, self.role, self.kg, self.peer = bmc, user, password, role, kg, peer
        self.suite = STANDARD[suite]
        self.console_id = console_id
        self.bmc_id = bytes(4)
        self.random = b"R" * 16
        self.open_privilege = role & 0x0F if open_privilege is None else open_privilege
        self.rq_seq = 0

    def open_payload(self) -> bytes:
        suite = (self.suite.authentication, self.suite.integrity, self.suite.confidentiality)
        return open_session(suite, privilege=self.open_privilege, console_id=self.console_id)

    def open(self) -> Answer | None:
        found = self.bmc.setup(OPEN, self.open_payload(), self.peer)
        if found is not None and found.status == 0:
            assert found.payload[4:8] == self.console_id
            self.bmc_id = found.payload[8:12]
        return found

    def rakp1_payload(self) -> bytes:
        """IPMI 2.0 table 13-11."""
        return bytes((1, 0, 0, 0)) + self.bmc_id + self.random + bytes((self.role, 0, 0, len(self.user))) + self.user

    def rakp1(self) -> Answer | None:
        found = self.bmc.setup(RAKP1, self.rakp1_payload(), self.peer)
        if found is not None and found.status == 0:
            assert found.payload[4:8] == self.console_id
            self.said = Exchange(
                self.console_id, self.bmc_id, self.random, found.payload[8:24], found.payload[24:40], self.role, self.user
            )
        return found

    def rakp2_is_right(self, answer: Answer) -> bool:
        """Whether the code in RAKP 2 proves our password."""
        return answer.payload[40:] == rakp2_code(self.suite.authentication, self.password, self.said)

    def rakp3_payload(self, status: int = 0) -> bytes:
        """IPMI 2.0 table 13-13."""
        code = b"" if status else rakp3_code(self.suite.authentication, self.password, self.said)
        return bytes((2, status, 0, 0)) + self.bmc_id + code

    def rakp3(self, status: int = 0) -> Answer | None:
        return self.bmc.setup(RAKP3, self.rakp3_payload(status), self.peer)

    def log_in(self, privilege: int | None = 4) -> Console:
        """Go through all of it, checking what the BMC proves; then raise the privilege unless that is None."""
        opened = self.open()
        assert opened is not None
        assert opened.status == 0
        second = self.rakp1()
        assert second is not None
        assert second.status == 0
        assert self.rakp2_is_right(second)
        fourth = self.rakp3()
        assert fourth is not None
        assert fourth.status == 0
        self.start_session(fourth)
        if privilege is not None:
            assert self.ask(0x06, 0x3B, bytes((privilege,))) == (0, bytes((privilege,)))
        return self

    def start_session(self, fourth: Answer) -> None:
        """Derive the keys; check the BMC's proof of them."""
        keys = derive_keys(self.suite.authentication, self.password, self.said, kg=self.kg)
        assert fourth.payload[4:8] == self.console_id
        assert fourth.payload[8:] == rakp4_code(self.suite.authentication, keys.sik, self.said)
        self.cipher = SessionCipher(
            self.suite,
            keys,
            local_id=int.from_bytes(self.console_id, "little"),
            remote_id=int.from_bytes(self.bmc_id, "little"),
            random=random_bytes(),
        )

    def send(self, netfn: int, cmd: int, data: bytes = b"", *, rq_seq: int | None = None) -> list[tuple[int, bytes]]:
        """Send a request; return (completion code, data) of each answer."""
        if rq_seq is None:
            rq_seq = self.rq_seq = (self.rq_seq + 1) % 64
        return self.answers(self.bmc.give(self.sealed(netfn, cmd, data, rq_seq), self.peer))

    def sealed(self, netfn: int, cmd: int, data: bytes, rq_seq: int) -> bytes:
        return self.cipher.seal(0, ipmb.build_request(netfn, cmd, data, rq_seq))

    def answers(self, datagrams: list[bytes]) -> list[tuple[int, bytes]]:
        found = []
        for datagram in datagrams:
            opened = self.cipher.open(datagram)
            assert opened is not None
            response = ipmb.parse_response(opened[1])
            assert response is not None
            found.append((response[3], response[4]))
        return found

    def ask(self, netfn: int, cmd: int, data: bytes = b"") -> tuple[int, bytes]:
        (answer,) = self.send(netfn, cmd, data)
        return answer

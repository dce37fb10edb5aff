# SPDX-License-Identifier: Apache-2.0
"""Whatever anybody sends to a BMC: nothing raises, nothing grows, nobody gets in, and nobody is sent much."""
from __future__ import annotations

from typing import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.client import ClientSession
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.server import ServerCore
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User, UserList

RMCPPLUS, IPMI15 = b"\x06\x00\xff\x07\x06", b"\x06\x00\xff\x07"
CONSOLE, STRANGER = ("192.0.2.1", 1), ("192.0.2.2", 2)
MOST = 100
"""No answer to a stranger is longer: RAKP 2 with SHA-256 has 88 bytes."""


def _core(executed: list[tuple[int, int]]) -> ServerCore:
    def execute(request: ipmb.Request, session: BmcSession) -> None:
        executed.append((request.netfn, request.cmd))
        session.respond(request, 0, b"\x01")

    numbers = iter(range(1, 1 << 30))
    config = ServerConfig(
        UserList([User(b"admin", b"secret"), User(b"", b"nobody")]),
        guid=bytes(16),
        kg=b"key",
        suites=(17, 3, 12, 8, 1),
        auth_types=(1, 2, 4),
        max_half_open=5,
        max_sessions=5,
    )
    return ServerCore(config, execute, random=lambda size: next(numbers).to_bytes(4, "big") * (size // 4) + bytes(size % 4))


def _login(version: str) -> Login:
    if version == "1.5":
        return Login(b"admin", b"secret", version="1.5", auth_types=[2])
    return Login(b"admin", b"secret", kg=b"key", suites=[3])


def _life(core: ServerCore, version: str) -> list[bytes]:
    """Log in, power cycle, and return what the console sent; the session stays open."""
    sent: list[bytes] = []
    numbers = iter(range(1, 1 << 30))
    client = ClientSession(_login(version), BmcMemory(), random=lambda size: next(numbers).to_bytes(size, "big"))
    client.start(0.0, 60.0)
    ticket = Ticket(0x00, 0x02, b"\x02", 60.0, False)
    client.submit(ticket, 0.0)
    for _turn in range(20):
        for datagram in [*client.datagrams_to_send(), *client.probes_to_send()]:
            sent.append(datagram)
            core.datagram_received(datagram, CONSOLE, 0.0)
        for datagram, peer in core.datagrams_to_send():
            assert peer == CONSOLE
            client.datagram_received(datagram, 0.0)
    assert ticket.done
    assert (ticket.error, ticket.code) == (None, 0)
    return sent


LIVES = {version: _life(_core([]), version) for version in ("2.0", "1.5")}
"""What a console sends in a life, the same each time, for the random bytes are."""

_noise = st.one_of(
    st.binary(max_size=120),
    st.binary(max_size=120).map(lambda data: RMCPPLUS + data),
    st.binary(max_size=120).map(lambda data: IPMI15 + data),
    st.builds(
        lambda kind, payload: RMCPPLUS + bytes((kind,)) + bytes(8) + len(payload).to_bytes(2, "little") + payload,
        st.sampled_from([0x00, 0x10, 0x12, 0x14, 0x20, 0xC0]),
        st.binary(max_size=60),
    ),
    st.builds(
        lambda netfn, cmd, data: _plain(ipmb.build_request(netfn, cmd, data, 1)),
        st.sampled_from([0x00, 0x06, 0x2C]),
        st.sampled_from([0x01, 0x02, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x54]),
        st.binary(max_size=40),
    ),
)


def _plain(message: bytes) -> bytes:
    return IPMI15 + bytes(9) + bytes((len(message),)) + message


def _bounded(core: ServerCore) -> None:
    assert core.half_open <= 2 * core.config.max_half_open  # of each version
    assert len(core.sessions) <= core.config.max_sessions


def _age(core: ServerCore, now: float) -> None:
    """Let everything come to its end."""
    for _turn in range(1000):
        due = core.next_timer()
        if due is None:
            break
        now = max(now, due)
        core.timer_fired(now)
    assert core.next_timer() is None
    assert not core.sessions
    assert core.half_open == 0


@settings(max_examples=300)
@given(st.lists(_noise, max_size=30))
def test_noise(datagrams: list[bytes]) -> None:
    executed: list[tuple[int, int]] = []
    core = _core(executed)
    for number, datagram in enumerate(datagrams):
        core.datagram_received(datagram, STRANGER, float(number))
        for answer, peer in core.datagrams_to_send():
            assert peer == STRANGER
            assert len(answer) <= MOST
        _bounded(core)
    assert not executed
    assert not core.sessions
    _age(core, float(len(datagrams)))


_change = st.one_of(
    st.tuples(st.just("byte"), st.integers(0, 200), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, 120), st.just(0)),
    st.tuples(st.just("more"), st.integers(0, 40), st.integers(0, 255)),
    st.tuples(st.just("as it was"), st.just(0), st.just(0)),
)


def _changed(datagram: bytes, change: tuple[str, int, int]) -> bytes:
    kind, at, value = change
    if kind == "byte":
        at %= len(datagram)
        return datagram[:at] + bytes((datagram[at] ^ value,)) + datagram[at + 1 :]
    if kind == "cut":
        return datagram[:at]
    return datagram + bytes((value,)) * at if kind == "more" else datagram


@settings(max_examples=400)
@given(
    st.sampled_from(sorted(LIVES)),
    st.lists(st.tuples(st.integers(0, 20), _change, st.sampled_from([CONSOLE, STRANGER])), max_size=40),
    st.booleans(),
)
def test_a_life_that_was_changed(version: str, steps: list[tuple[int, tuple[str, int, int], tuple[str, int]]], lived: bool) -> None:
    """Its datagrams in any order, changed in any way, before the life or after it: nothing is executed (again)."""
    executed: list[tuple[int, int]] = []
    core = _core(executed)
    if lived:
        assert _life(core, version) == LIVES[version]
    before = len(executed)
    for number, (which, change, peer) in enumerate(steps):
        datagram = LIVES[version][which % len(LIVES[version])]
        core.datagram_received(_changed(datagram, change), peer, float(number) / 4)
        core.timer_fired(float(number) / 4)
        core.datagrams_to_send()
        _bounded(core)
    # The ids that a BMC chose cannot be guessed in earnest, but here they come out alike: then the life may be lived once.
    assert len(executed) <= (before if lived else 1)
    _age(core, float(len(steps)) / 4)


def _opening(session: BmcSession, opened: Callable[[bytes], tuple[int, bytes]]) -> None:
    """Let whatever comes to a session count as authentic, and mean this."""

    class Trusting(BmcSession):
        __slots__ = ()

        def open(self, datagram: bytes) -> tuple[int, bytes] | None:
            return opened(datagram)

    session.__class__ = Trusting


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 63), st.binary(max_size=40)), max_size=20))
def test_any_message_in_a_session(messages: list[tuple[int, bytes]]) -> None:
    """A console that is logged in may send nonsense too."""
    executed: list[tuple[int, int]] = []
    core = _core(executed)
    _life(core, "2.0")
    (session,) = core.sessions.values()
    opened = iter(messages)
    _opening(session, lambda _datagram: next(opened))
    for kind, _message in messages:
        header = RMCPPLUS + bytes((kind,)) + session.id.to_bytes(4, "little") + bytes(6)
        core.datagram_received(header, CONSOLE, 1.0)
        core.datagrams_to_send()


@settings(max_examples=200)
@given(
    st.sampled_from([0x00, 0x02, 0x04, 0x06, 0x0A, 0x0C, 0x2C, 0x2E, 0x30]),
    st.one_of(st.sampled_from([0x38, 0x3B, 0x3C, 0x3D, 0x42, 0x54, 0x37]), st.integers(0, 255)),
    st.binary(max_size=40),
    st.integers(0, 3),
)
def test_any_request_in_a_session(netfn: int, cmd: int, data: bytes, lun: int) -> None:
    core = _core([])
    _life(core, "2.0")
    (session,) = core.sessions.values()
    _opening(session, lambda _datagram: (0, ipmb.build_request(netfn, cmd, data, 9, lun)))
    core.datagram_received(RMCPPLUS + b"\xc0" + session.id.to_bytes(4, "little") + bytes(6), CONSOLE, 1.0)
    assert len(core.datagrams_to_send()) == 1, "every request is answered, once"

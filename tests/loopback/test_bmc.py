# SPDX-License-Identifier: Apache-2.0
"""A program's own BMC on a socket: what programs override, replace and call, and what must not end it."""
from __future__ import annotations

import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any, Callable
from uuid import UUID

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private.serversession import IpmiServer, ServerSession
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.client import ClientSession
from pyghmi.ipmi.protocol.events import State
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory

HEAD = bytes((6, 0, 0xFF, 7))
OPEN_SUITE_3 = bytes.fromhex("00040000 434f4e31 0000000801000000 0100000801000000 0200000801000000")
CAPABILITIES = ipmb.build_request(0x06, 0x38, b"\x8e\x04", 5)


class Machine(Bmc):
    state = "off"

    def get_power_state(self) -> str:
        return self.state

    def power_on(self) -> int | None:
        self.state = "on"
        return None


class Console:
    """A client machine on a socket, in the same thread as the BMC."""

    def __init__(self, bmc: IpmiServer) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", bmc.serversocket.getsockname()[1]))
        self.socket.setblocking(False)

    def give(self, *datagrams: bytes) -> list[bytes]:
        """Send datagrams; return what comes back."""
        for datagram in datagrams:
            self.socket.send(datagram)
        found: list[bytes] = []
        for _turn in range(3):
            Session.wait_for_rsp(0)
            try:
                while True:
                    found.append(self.socket.recv(2000))
            except BlockingIOError:
                pass
        return found

    def log_in(self, user: bytes = b"admin", password: bytes = b"secret", **more: Any) -> ClientSession:
        """Log in; the state of what is returned says whether that worked."""
        numbers = iter(range(1, 1000))
        client = ClientSession(
            Login(user, password, suites=[3], **more), BmcMemory(), random=lambda size: next(numbers).to_bytes(size, "big")
        )
        client.start(0.0, 10.0)
        self._turn(client)
        return client

    def _turn(self, client: ClientSession) -> None:
        for _turn in range(12):
            for datagram in self.give(*client.datagrams_to_send()):
                client.datagram_received(datagram, 0.0)

    def ask(self, client: ClientSession, netfn: int, cmd: int, data: bytes = b"") -> tuple[int, bytes]:
        ticket = Ticket(netfn, cmd, data, 10.0, False)
        client.submit(ticket, 0.0)
        self._turn(client)
        assert ticket.done
        return ticket.code, ticket.answer

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Any, Console]]]:
    made: list[Any] = []

    def make(kind: type[IpmiServer] = Machine, authdata: Any = None, **options: Any) -> tuple[Any, Console]:
        bmc = kind({"admin": "secret"} if authdata is None else authdata, 0, address="127.0.0.1", **options)
        console = Console(bmc)
        made.extend((console, bmc))
        return bmc, console

    yield make
    for each in made:
        each.close()


def test_attributes_and_constructor(serve: Any) -> None:
    bmc, _console = serve()
    assert isinstance(bmc, IpmiServer)
    assert (bmc.revision, bmc.deviceid, bmc.firmwaremajor, bmc.firmwareminor, bmc.ipmiversion) == (0, 0, 1, 0, 2)
    assert (bmc.additionaldevices, bmc.mfgid, bmc.prodid, bmc.kg, bmc.timeout, bmc.pktqueue) == (0, 0, 0, None, 60, [])
    # Completion code, channel 1, IPMI 2.0 data follow, names are needed, IPMI 2.0.
    assert bytes(bmc.authcap) == bytes.fromhex("00 01 80 04 02 00 00 00 00")
    assert bmc.uuid.version == 4
    assert Session.bmc_handlers[bmc.serversocket] == {0: bmc}


def test_log_in_and_command(serve: Any) -> None:
    bmc, console = serve()
    client = console.log_in()
    assert client.state is State.ACTIVE
    assert console.ask(client, 0, 1)[1][:1] == b"\x00"
    assert console.ask(client, 0, 2, b"\x01") == (0, b"")
    assert bmc.state == "on"
    assert console.ask(client, 0, 2, b"\x02") == (0xCC, b"")


def test_several_servers_are_served_by_one_loop(serve: Any) -> None:
    (one, console), (two, other) = serve(), serve(authdata={"root": "calvin"})
    assert console.log_in().state is State.ACTIVE
    assert other.log_in(b"root", b"calvin").state is State.ACTIVE
    assert other.log_in().state is not State.ACTIVE
    assert one.state == two.state == "off"


def test_what_a_session_tells(serve: Any) -> None:
    seen: list[Any] = []

    class Own(Machine):
        def handle_raw_request(self, request: Any, session: Any) -> None:
            seen.append((request, session.username, session.sockaddr[0], session.clientpriv, session.maxpriv, session.bmc))
            session._send_ipmi_net_payload(code=0x83, data=[1, 2])
            session.send_ipmi_response(data=b"a second answer")

    bmc, console = serve(Own)
    client = console.log_in()
    assert console.ask(client, 0x30, 0x55, b"\x01") == (0x83, b"\x01\x02")
    assert seen == [({"netfn": 0x30, "command": 0x55, "data": bytearray(b"\x01")}, b"admin", "127.0.0.1", 4, 4, bmc)]
    assert isinstance(seen[0][0]["data"], bytearray)
    client.submit(Ticket(0x30, 0x55, b"\x02", 10.0, False), 0.0)
    assert len(console.give(*client.datagrams_to_send())) == 1, "a request is answered once"


def test_a_program_that_fails(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    class Own(Machine):
        def power_on(self) -> int | None:
            raise KeyError("what a program raises")

    _bmc, console = serve(Own)
    client = console.log_in()
    assert console.ask(client, 0, 2, b"\x01") == (0xFF, b"")
    assert "KeyError: 'what a program raises'" in capsys.readouterr().err
    assert console.ask(client, 0, 1)[0] == 0


def test_system_exit_ends_listen(serve: Any) -> None:
    class Own(Machine):
        def cold_reset(self) -> int | None:
            raise SystemExit(0)

    _bmc, console = serve(Own)
    client = console.log_in()
    client.submit(Ticket(0x06, 0x02, b"", 10.0, False), 0.0)
    (datagram,) = client.datagrams_to_send()
    console.socket.send(datagram)
    with pytest.raises(SystemExit):
        Own.listen(timeout=1)


@pytest.mark.parametrize(
    "authdata",
    [{"admin": "a password of more than 20 bytes"}, {"admin": 5}, {"admin": None}, {}, {"admin": ""}],
    ids=["long", "number", "none", "empty", "no password"],
)
def test_accounts_that_cannot_be_used(serve: Any, authdata: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _bmc, console = serve(authdata=authdata)
    assert console.log_in().state is not State.ACTIVE
    assert "a password" not in capsys.readouterr().err.replace("a password has at most", "")


def test_accounts_that_are_looked_up_by_a_program(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    class Directory:
        def get(self, username: str) -> str | None:
            if username == "down":
                raise ConnectionError("directory is down")
            return "secret" if username == "admin" else None

        def find(self, query: str) -> str:
            raise AssertionError("its own affair")

    _bmc, console = serve(authdata=Directory())
    assert console.log_in(b"down").state is not State.ACTIVE
    assert "directory is down" in capsys.readouterr().err
    assert console.log_in().state is State.ACTIVE
    assert console.log_in(b"\xff\xfe").state is not State.ACTIVE


def test_bmc_key(serve: Any) -> None:
    bmc, console = serve()
    bmc.set_kg("our key")
    assert bmc.kg == b"our key"
    assert console.log_in(kg=b"our key").state is State.ACTIVE
    assert console.log_in(kg=b"another").state is not State.ACTIVE
    bmc.set_kg(b"\x01" * 20)
    with pytest.raises(InvalidParameterValue, match="at most 20 bytes"):
        bmc.set_kg(b"\x01" * 21)


def _plain(message: bytes) -> bytes:
    return HEAD + bytes(9) + bytes((len(message),)) + message


def _outside(kind: int, payload: bytes) -> bytes:
    return HEAD + bytes((6, kind)) + bytes(8) + len(payload).to_bytes(2, "little") + payload


def test_malformed_datagrams_do_not_end_it(serve: Any) -> None:
    _bmc, console = serve()
    for size in range(60):
        console.give(*(_outside(kind, bytes(size)) for kind in (0, 0x10, 0x12, 0x14)), _plain(bytes(size)), bytes(size))
    console.give(_plain(ipmb.build_request(0x06, 0x38, b"\x8e", 5)))
    assert console.log_in().state is State.ACTIVE


def test_programs_that_read_datagrams_themselves(serve: Any) -> None:
    """They get what belongs to nobody yet, answer some of it by the server's own methods, and logins still work."""
    seen: list[bytes] = []

    class Own(Machine):
        def sessionless_data(self, data: bytes, sockaddr: Any) -> None:
            seen.append(data)
            if data[4] == 6 and data[5] == 0x10:
                ServerSession(self.authdata, self.kg, sockaddr, self.serversocket, data[16:], self.uuid, bmc=self)
            elif data[19:20] == b"\x38":
                self.send_auth_cap(0x20, 0, data[17], data[18] & 3, data[18] >> 2, sockaddr)
            elif data[19:20] == b"\x54":
                self.send_cipher_suites(0x20, 0, data[17], data[18] & 3, data[18] >> 2, data, sockaddr)

    bmc, console = serve(Own)
    (answer,) = console.give(_plain(CAPABILITIES))
    response = ipmb.parse_response(answer[14:])
    assert response == (0x07, 0x38, 5, 0, bytes(bmc.authcap)[1:])
    (answer,) = console.give(_plain(ipmb.build_request(0x06, 0x54, b"\x0e\x00\x80", 6)))
    response = ipmb.parse_response(answer[14:])
    assert response is not None
    assert (response[:4], response[4][:2]) == ((0x07, 0x54, 6, 0), b"\x01\xc0")
    assert len(response[4]) == 17
    client = console.log_in()
    assert client.state is State.ACTIVE
    assert console.ask(client, 0, 1)[0] == 0
    assert len(seen) == 3, "what belongs to a login or a session does not pass there"


def test_a_session_made_by_a_program(serve: Any) -> None:
    bmc, console = serve()
    console.give(b"\x06")
    session = ServerSession(
        bmc.authdata, None, console.socket.getsockname(), bmc.serversocket, bytearray(OPEN_SUITE_3), bmc.uuid, bmc=bmc
    )
    (answer,) = console.give()
    assert answer[5] == 0x11
    assert answer[16:24] == b"\x00\x00\x04\x00CON1"
    assert session.bmc is bmc


def test_guessing_is_slow(serve: Any) -> None:
    bmc, console = serve()
    for _number in range(8):
        assert console.log_in(b"nobody").state is not State.ACTIVE
    assert bmc.core.refusals.count(("127.0.0.1", 1)) >= 6
    client = console.log_in()
    assert client.state is not State.ACTIVE, "not at once"
    ends = monotonic() + 5
    while client.state is not State.ACTIVE and monotonic() < ends:
        Session.wait_for_rsp(0.05)
        for datagram in console.give(*client.datagrams_to_send()):
            client.datagram_received(datagram, 0.0)
    assert client.state is State.ACTIVE, "but soon"


def test_a_program_that_cannot_read_a_datagram(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    class Own(Machine):
        def sessionless_data(self, data: bytes, sockaddr: Any) -> None:
            if data[4] == 6 and data[5] == 0x10:
                super().sessionless_data(data, sockaddr)

    _bmc, console = serve(Own)
    console.give(b"", b"\x06", HEAD)
    assert "IndexError" in capsys.readouterr().err
    assert console.log_in().state is State.ACTIVE


def test_the_port_is_free_again(serve: Any) -> None:
    bmc, console = serve()
    where = bmc.address
    client = console.log_in()
    assert bmc.logout() == {"success": True}
    assert bmc.serversocket not in Session.bmc_handlers
    assert client.state is State.ACTIVE
    again = Machine({"admin": "secret"}, where[1], address="127.0.0.1")
    again.logout()
    with pytest.raises(OSError):
        Machine({}, 0, address="192.0.2.1")


GUID = UUID("00112233-4455-6677-8899-aabbccddeeff")
ASK_GUID = ipmb.build_request(0x06, 0x37, b"", 5)
ASK_SUITES = ipmb.build_request(0x06, 0x54, b"\x0e\x00\x81", 6)


def _answers(console: Console, message: bytes) -> list[Any]:
    """Ask without a session in both framings; return what the answers say."""
    found = []
    for asked, at in ((_plain(message), 14), (_outside(0, message), 16)):
        for answer in console.give(asked):
            assert (answer[4] == 6) == (at == 16), "in the framing of the question"
            response = ipmb.parse_response(answer[at:])
            assert response is not None
            found.append(response[3:])
    return found


def test_the_guid_without_a_session(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    class Own(Machine):
        def get_system_guid(self) -> UUID:
            if self.state == "on":
                raise KeyError("what a program raises")
            return GUID

    bmc, console = serve(Own)
    assert _answers(console, ASK_GUID) == [(0, GUID.bytes_le)] * 2
    assert _answers(console, ipmb.build_request(0x06, 0x37, b"\0", 5)) == [(0xC7, b"")] * 2
    bmc.state = "on"
    assert _answers(console, ASK_GUID) == [(0xFF, b"")] * 2
    assert "KeyError" in capsys.readouterr().err
    _bmc, console = serve()
    assert _answers(console, ASK_GUID) == [(0xC1, b"")] * 2


@pytest.mark.parametrize("more", [{"data": [300]}, {"data": ["a"]}, {"code": 256}, {"code": "ok"}])
def test_an_answer_that_cannot_be_sent(serve: Any, capsys: pytest.CaptureFixture[str], more: Any) -> None:
    """The console is told that something went wrong, and the program what."""

    class Own(Machine):
        def handle_raw_request(self, request: Any, session: Any) -> None:
            session.send_ipmi_response(**more)

    _bmc, console = serve(Own)
    assert console.ask(console.log_in(), 0x30, 1) == (0xFF, b"")
    assert "Error" in capsys.readouterr().err


def test_requests_to_others(serve: Any) -> None:
    """A program sees LUN and address where they are not 0 and the BMC's; by default nothing is done."""
    seen: list[Any] = []

    class Own(Machine):
        def handle_raw_request(self, request: Any, session: Any) -> None:
            seen.append(request)
            super().handle_raw_request(request, session)

    bmc, console = serve(Own)
    client = console.log_in()
    (session,) = bmc.core.sessions.values()
    for address, lun in ((0x20, 2), (0x82, 0), (0x20, 0)):
        bmc._handle(ipmb.Request(0, 2, 1, b"\x01", address, lun), session)
        bmc.flush()
        codes = [client.datagram_received(datagram, 0.0) for datagram in console.give()]
        assert len(codes) == 1
        assert bmc.state == ("on" if (address, lun) == (0x20, 0) else "off")
    usual = {"netfn": 0, "command": 2, "data": bytearray(b"\x01")}
    assert seen == [{**usual, "lun": 2}, {**usual, "address": 0x82}, usual]


def test_a_program_sets_its_own_capabilities(serve: Any) -> None:
    bmc, console = serve()
    own = bytes.fromhex("01 80 14 02 01 02 03 04")
    bmc.authcap = b"\0" + own
    assert bmc.authcap == b"\0" + own
    assert _answers(console, CAPABILITIES) == [(0, own)] * 2
    assert console.ask(console.log_in(), 0x06, 0x38, b"\x8e\x04") == (0, own)
    assert _answers(console, ipmb.build_request(0x06, 0x38, b"\x8e", 5)) == [(0xC7, b"")] * 2


def test_capabilities_tell_of_a_key(serve: Any) -> None:
    bmc, console = serve()
    bmc.set_kg("our key")
    console.give(_plain(CAPABILITIES))
    assert bytes(bmc.authcap) == bytes.fromhex("00 01 80 24 02 00 00 00 00")


@pytest.mark.parametrize("way", ["class", "object"])
def test_a_program_answers_questions_by_its_own_methods(serve: Any, way: str) -> None:
    asked: list[Any] = []

    def send_auth_cap(self: Any, *where: Any) -> None:
        asked.append(where[:-1])
        IpmiServer.send_auth_cap(self, *where)

    def send_cipher_suites(self: Any, *where: Any) -> None:
        asked.append((*where[:5], bytes(where[5][14:])))
        IpmiServer.send_cipher_suites(self, *where)

    methods = {"send_auth_cap": send_auth_cap, "send_cipher_suites": send_cipher_suites}
    bmc, console = serve(type("Own", (Machine,), methods) if way == "class" else Machine)
    if way == "object":
        for name, method in methods.items():
            setattr(bmc, name, lambda *where, method=method: method(bmc, *where))
    (plain,), (plus,) = console.give(_plain(CAPABILITIES)), console.give(_outside(0, CAPABILITIES))
    assert plain == plus, "in the framing of IPMI 1.5, as ever"
    assert ipmb.parse_response(plain[14:]) == (0x07, 0x38, 5, 0, bytes(bmc.authcap)[1:])
    (plain,), (plus,) = console.give(_plain(ASK_SUITES)), console.give(_outside(0, ASK_SUITES))
    assert plain == plus
    assert asked == [(0x20, 0, 0x81, 0, 5)] * 2 + [(0x20, 0, 0x81, 0, 6, ASK_SUITES)] * 2
    assert console.log_in().state is State.ACTIVE


def test_the_block_of_suites_that_was_asked_for(serve: Any) -> None:
    """Programs hand over the datagram, of RMCP+ with two bytes cut off, so that the message is at one place."""
    bmc, console = serve()
    blocks = []
    for index in range(5):
        message = ipmb.build_request(0x06, 0x54, bytes((0x0E, 0, 0x80 | index)), 6)
        for datagram in (_plain(message), _outside(0, message)[2:]):
            bmc.send_cipher_suites(0x20, 0, 0x81, 0, 6, bytearray(datagram), console.socket.getsockname())
        (one, two) = console.give()
        assert one == two
        response = ipmb.parse_response(one[14:])
        assert response is not None
        blocks.append(response[4][1:])
    # 11 suites of 5 bytes: three blocks of 16 bytes and one of 7.
    assert [len(block) for block in blocks] == [16, 16, 16, 7, 0]
    bmc.send_cipher_suites(0x20, 0, 0x81, 0, 6, b"what it is not", console.socket.getsockname())
    assert len(console.give()) == 1


CHANNEL_INFO, SESSION_INFO = (0x06, 0x42), (0x06, 0x3D)


def test_a_program_answers_about_channels_and_sessions_itself(serve: Any) -> None:
    """What it leaves to us is answered by the book; the level and the end of a session are the session's own."""
    seen: list[tuple[int, int]] = []

    class Own(Machine):
        def handle_raw_request(self, request: Any, session: Any) -> None:
            seen.append((request["netfn"], request["command"]))
            if seen[-1] == CHANNEL_INFO:
                session.send_ipmi_response(data=[1, 2, 3])
            else:
                super().handle_raw_request(request, session)

    _bmc, console = serve(Own)
    client = console.log_in()
    assert console.ask(client, *CHANNEL_INFO, b"\x0e") == (0, b"\x01\x02\x03")
    assert console.ask(client, *SESSION_INFO, b"\x00")[1][1:3] == b"\x3f\x01"
    assert console.ask(client, 0x06, 0x38, b"\x8e\x04")[0] == 0
    assert console.ask(client, 0x06, 0x3B, b"\x00") == (0, b"\x04")
    assert seen == [CHANNEL_INFO, SESSION_INFO, (0x06, 0x38)]


def test_strangers_do_not_make_a_program_look_anybody_up(serve: Any) -> None:
    asked: list[str] = []

    class Directory:
        def get(self, username: str) -> str | None:
            asked.append(username)
            return "secret"

    _bmc, console = serve(authdata=Directory())
    assert _answers(console, CAPABILITIES)[0][0] == 0
    assert asked == []
    assert console.log_in().state is State.ACTIVE
    assert asked == ["admin"]
    assert console.log_in(b"").state is State.ACTIVE


def test_hundreds_of_machines_in_one_thread() -> None:
    """Each on its own address; at rest they cost nothing, and nothing of them is left behind."""
    machines = [Machine({"admin": "secret"}, 0, address=f"127.20.{number // 250}.{number % 250 + 1}") for number in range(300)]
    consoles = []
    try:
        for machine in machines[::10]:
            console = Console(machine)
            console.socket.connect(machine.address)
            consoles.append(console)
            client = console.log_in()
            assert console.ask(client, 0, 2, b"\x01") == (0, b"")
        assert [machine.state for machine in machines] == ["on", *["off"] * 9] * 30
        assert {len(machine.core.sessions) for machine in machines} == {0, 1}
    finally:
        for each in (*consoles, *machines):
            each.close()
    assert not any(machine.serversocket in Session.bmc_handlers for machine in machines)

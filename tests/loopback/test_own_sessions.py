# SPDX-License-Identifier: Apache-2.0
"""Programs that put their own class in the place of `ServerSession`, and have a say in logins (seen: libvirt-ipmi)."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pyghmi.exceptions import IpmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net.reactor import Reactor
from pyghmi.ipmi.private import serversession
from pyghmi.ipmi.private.constants import payload_types
from pyghmi.ipmi.private.serversession import IpmiServer, ServerSession

DOMAINS = {"red": "off", "blue": "on"}


class DomainSession(ServerSession):
    """Whoever logs in is a domain, and each has the same password."""

    def __init__(self, authdata: Any, kg: Any, clientaddr: Any, netsocket: Any, request: Any, uuid: Any, bmc: Any) -> None:
        self.begun = (dict(authdata), kg, clientaddr, uuid)
        super().__init__(authdata, kg, clientaddr, netsocket, request, uuid, bmc)

    @property
    def domain(self) -> str | None:
        name = getattr(self, "username", None)
        return name.decode() if name else None

    def close_server_session(self) -> None:
        if hasattr(self, "clientsessionid"):
            self.send_payload(bytearray([0, 2, 0, 0]) + self.clientsessionid, payload_types["rakp2"], retry=False)
        super().close_server_session()

    def _got_rakp1(self, data: Any) -> None:
        assert self.domain is None
        name = bytes(data[28:]).decode()
        if name not in DOMAINS:
            self.close_server_session()
            return
        if name == "blue" and self.bmc.fails:  # type: ignore[attr-defined]
            raise RuntimeError("the hypervisor is gone")
        self.authdata = {name: "secret"}
        super()._got_rakp1(data)


class Domains(IpmiServer):
    """Answers for all of them."""

    fails = False

    def handle_raw_request(self, request: Any, session: Any) -> None:
        if (request["netfn"], request["command"]) == (0, 1):
            session.send_ipmi_response(data=[int(DOMAINS[session.domain] == "on"), 0, 0])
        elif (request["netfn"], request["command"]) == (0x30, 1):
            session.send_ipmi_response(data=list(session.clientsessionid) + [len(session.begun)])
        else:
            super().handle_raw_request(request, session)


@pytest.fixture
def domains(monkeypatch: pytest.MonkeyPatch) -> Iterator[Domains]:
    monkeypatch.setattr(serversession, "ServerSession", DomainSession)
    reactor = Reactor()
    found = Domains({"nobody": "x"}, 0, address="127.0.0.1", reactor=reactor)
    stopped: list[bool] = []

    def serve() -> None:
        while not stopped:
            reactor.run_once(0.05)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield found
    stopped.append(True)
    thread.join(5)
    reactor.close()


def login(domains: Domains, user: str, password: str = "secret") -> Command:
    port = domains.serversocket.getsockname()[1]
    return Command("127.0.0.1", user, password, port=port, deadline=10.0)


def test_each_domain_is_a_user(domains: Domains) -> None:
    for name, state in DOMAINS.items():
        with login(domains, name) as bmc:
            assert bmc.get_power() == {"powerstate": state}
            told = bytes(bmc.raw_command(netfn=0x30, command=1)["data"])
            assert (int.from_bytes(told[:4], "little"), told[4]) == (bmc.ipmi_session.localsid, 4)
    assert domains.authdata == {"nobody": "x"}


def test_a_password_counts_all_the_same(domains: Domains) -> None:
    with pytest.raises(IpmiException):
        login(domains, "red", "wrong")
    with login(domains, "red") as bmc:
        assert bmc.get_power() == {"powerstate": "off"}


def test_who_is_refused_hears_of_it(domains: Domains) -> None:
    with pytest.raises(IpmiException):
        login(domains, "green")
    with login(domains, "blue") as bmc:
        assert bmc.get_power() == {"powerstate": "on"}


def test_errors_of_the_program_end_nothing(domains: Domains, capsys: pytest.CaptureFixture[str]) -> None:
    domains.fails = True
    with pytest.raises(IpmiException):
        Command("127.0.0.1", "blue", "secret", port=domains.serversocket.getsockname()[1], deadline=2.0)
    domains.fails = False
    with login(domains, "blue") as bmc:
        assert bmc.get_power() == {"powerstate": "on"}
    assert "the hypervisor is gone" in capsys.readouterr().err


def test_logins_that_come_to_nothing_are_forgotten(domains: Domains) -> None:
    from pyghmi.ipmi.protocol.packet import wrap_setup

    request = bytes(8) + bytes((0, 0, 0, 8, 1, 0, 0, 0, 1, 0, 0, 8, 1, 0, 0, 0, 2, 0, 0, 8, 1, 0, 0, 0))
    for port in range(1, 400):
        domains._logins.takes(wrap_setup(0x10, request), ("127.0.0.9", port), domains, DomainSession)
    assert len(domains._logins._by_peer) == 256


class Late(IpmiServer):
    """One that keeps its settings under our names, and begins to serve later (seen: virtbmc)."""

    def __init__(self) -> None:
        self.address = "127.0.0.1"  # type: ignore[misc, assignment]
        self.port = 0
        self.username = "admin"
        self.facts: dict[str, Any] = {}

    def start(self, reactor: Reactor) -> None:
        super().__init__(authdata={self.username: "secret"}, port=self.port, address=self.address, reactor=reactor)

    def handle_raw_request(self, request: Any, session: Any) -> None:
        names = ("localsid", "sequencenumber", "timeout", "clientnetfn", "clientcommand", "clientpriv", "maxpriv", "username", "sessionid")
        self.facts = {name: getattr(session, name) for name in names}
        session.clientnetfn, session.clientpriv = 7, 2
        self.facts["set"] = session.clientnetfn, session.clientpriv
        session._send_ipmi_net_payload(netfn=1, command=1, data=[1, 0, 0], code=0, bridge_request=None, retry=None, delay_xmit=None, timeout=None)


def test_names_of_ours_can_be_used_by_programs() -> None:
    bmc = Late()
    reactor = Reactor()
    bmc.start(reactor)
    stopped: list[bool] = []

    def serve() -> None:
        while not stopped:
            reactor.run_once(0.05)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        with Command("127.0.0.1", "admin", "secret", port=bmc.serversocket.getsockname()[1], deadline=10.0) as command:
            assert command.get_power() == {"powerstate": "on"}
            session = command.ipmi_session
            assert bmc.address == "127.0.0.1"
            assert bmc.facts.pop("sequencenumber") >= 1
            assert bmc.facts == {
                "localsid": session.sessionid, "timeout": 0.5, "clientnetfn": 1, "clientcommand": 1, "clientpriv": 4, "maxpriv": 4,
                "username": b"admin", "sessionid": session.localsid, "set": (7, 2),
            }
    finally:
        stopped.append(True)
        thread.join(5)
        reactor.close()

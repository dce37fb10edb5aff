# SPDX-License-Identifier: Apache-2.0
"""A BMC with several addresses: each is served, and answers come from the one that was asked."""
from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net.listener import Listener
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol import rmcp
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User, UserList


class Lamp(Bmc):
    def get_power_state(self) -> str:
        return "on"


@contextmanager
def serving(address: Any) -> Iterator[Lamp]:
    bmc = Lamp({"admin": "secret"}, port=0, address=address)
    yield bmc
    bmc.logout()


def ponged(bmc: Lamp, asked: str, asking: str) -> Any:
    """Return the answer that a connected socket hears: only what comes from the very address that was asked."""
    family = socket.AF_INET6 if ":" in asked else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as console:
        console.bind((asking, 0))
        console.connect((asked, bmc.address[1]))
        console.setblocking(False)
        console.send(rmcp.ping(7))
        for _turn in range(20):
            Session.wait_for_rsp(0.05)
            try:
                return console.recv(100)
            except BlockingIOError:
                continue
            except ConnectionRefusedError:
                break
    return None


@pytest.mark.parametrize("address", ["::", "0.0.0.0"])
def test_an_answer_comes_from_where_it_was_asked(address: str) -> None:
    with serving(address) as bmc:
        for asked in ("127.0.0.1", "127.0.0.2", "127.1.2.3"):
            assert ponged(bmc, asked, "127.0.0.1") is not None, asked
        if address == "::":
            assert ponged(bmc, "::1", "::1") is not None


def test_all_addresses_by_the_systems_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not tell which address was asked, the one of its choice answers."""
    from pyghmi.ipmi.net import doors

    monkeypatch.setattr(doors, "_told", lambda _sock: False)
    with serving("::") as bmc:
        assert ponged(bmc, "127.0.0.1", "127.0.0.1") is not None
        assert ponged(bmc, "127.0.0.2", "127.0.0.1") is None


def test_no_more_addresses_are_remembered_than_a_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyghmi.ipmi.net import doors

    monkeypatch.setattr(doors, "_MOST_ADDRESSES", 1)
    with serving("0.0.0.0") as bmc:
        assert ponged(bmc, "127.0.0.2", "127.0.0.1") is not None
        assert ponged(bmc, "127.0.0.3", "127.0.0.1") is None
        assert ponged(bmc, "127.0.0.2", "127.0.0.1") is not None


def test_several_addresses() -> None:
    with serving(["127.0.0.1", "127.0.0.3", "::1"]) as bmc:
        for asked in ("127.0.0.1", "127.0.0.3", "::1"):
            command = Command(asked, "admin", "secret", port=bmc.address[1], keepalive=False)
            assert command.get_power() == {"powerstate": "on"}
            assert len(bmc.core.sessions) == 1
            command.logout()
        assert ponged(bmc, "127.0.0.2", "127.0.0.1") is None


def test_several_addresses_or_none() -> None:
    config = ServerConfig(UserList([User(b"admin", b"secret")]), guid=bytes(16))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.3", 0))
        port = other.getsockname()[1]
        with pytest.raises(OSError):
            Listener(config, lambda _request, _session: None, address=["127.0.0.1", "127.0.0.3"], port=port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(("127.0.0.1", port))
    with pytest.raises(InvalidParameterValue, match="address"):
        Listener(config, lambda _request, _session: None, address=[])

# SPDX-License-Identifier: Apache-2.0
"""Users over UDP: what is written counts for the next login, that of the own session too."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import AuthenticationFailed, IpmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.protocol.packet15 import Session15
from pyghmi.ipmi.protocol.serverconfig import User, UserList


@pytest.fixture
def bmc(make_server: Any) -> Any:
    """A BMC with accounts of its own."""
    server = make_server(auth_types=(2,))
    server.bmc.authdata = UserList([User(b"admin", b"secret")])
    return server


def opened(bmc: Any, name: str = "admin", password: str = "secret", **more: Any) -> Command:
    return Command(bmc.host, name, password, port=bmc.port, deadline=60, **more)


def test_a_new_user_logs_in_and_a_deleted_one_does_not(bmc: Any) -> None:
    with opened(bmc) as command:
        uid = command.ensure_user("carl", "carlspw", privilege_level="operator")["uid"]
        with opened(bmc, "carl", "carlspw") as other:
            assert other.get_power()["powerstate"] == "off"
            assert other.agreement is not None
            assert other.agreement.privilege == 3
        command.set_user_password(uid, password="a20BytePasswordXYZ!!")
        with opened(bmc, "carl", "a20BytePasswordXYZ!!"):
            pass
        command.set_user_password(uid, "disable")
        with pytest.raises(AuthenticationFailed):
            opened(bmc, "carl", "a20BytePasswordXYZ!!")
        command.user_delete(uid)
        with pytest.raises(IpmiException):
            opened(bmc, "carl", "a20BytePasswordXYZ!!")


@pytest.mark.parametrize("version", ["2.0", "1.5"])
def test_U23_L14_a_session_that_is_lost_after_the_change_is_opened_again(bmc: Any, version: str) -> None:
    with opened(bmc, version=version) as command:
        assert command.set_user_password(2, password="newpass") is True
        with bmc.reactor.lock:
            bmc.bmc.core.close_all()
        assert command.get_power() == {"powerstate": "off"}
    with pytest.raises(AuthenticationFailed):
        opened(bmc, version=version)


@pytest.mark.parametrize("at_once", [True, False], ids=["from this answer on", "from the next answer on"])
def test_U23_L14_answers_are_signed_with_the_new_password(
    bmc: Any, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """Supermicro X9DRT-HF+: requests are checked with the former password, answers signed with the new one."""
    server_sessions: list[Session15] = []
    seal = Session15.seal
    changed: list[int] = []

    def signed(self: Session15, *arguments: Any, **more: Any) -> bytes:
        if self in server_sessions and changed:
            former, self._password = self._password, b"newpass"
            try:
                return seal(self, *arguments, **more)
            finally:
                self._password = former
        return seal(self, *arguments, **more)

    answer = bmc.bmc.handle_raw_request

    def handled(request: Any, session: Any) -> None:
        changing = request["netfn"] == 6 and request["command"] == 0x47 and bytes(request["data"])[1:2] == b"\x02"
        if changing and at_once:
            server_sessions[:] = sealers(bmc)
            changed.append(1)
        answer(request, session)
        if changing and not at_once:
            server_sessions[:] = sealers(bmc)
            changed.append(1)

    monkeypatch.setattr(Session15, "seal", signed)
    monkeypatch.setattr(bmc.bmc, "handle_raw_request", handled)
    with opened(bmc, version="1.5") as command:
        assert command.set_user_password(2, password="newpass") is True
        assert command.get_power() == {"powerstate": "off"}
        assert changed
        assert command.ipmi_session.password == b"newpass"


def sealers(bmc: Any) -> list[Session15]:
    """Return what seals the BMC's packets in its sessions of IPMI 1.5."""
    ciphers = [session.cipher for session in bmc.bmc.core.sessions.values()]
    return [cipher for cipher in ciphers if isinstance(cipher, Session15)]

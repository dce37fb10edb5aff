# SPDX-License-Identifier: Apache-2.0
"""Emulators that derive their own session from ours, as Conpot does: console's packets around a BMC's answers."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private.session import Session


class Emulated(Session):
    """A session with a constructor of its own."""

    def __init__(self, bmc: str, userid: str, password: str, port: int) -> None:
        self.privlevel = 4  # type: ignore[misc]
        self.sockaddr = (bmc, port)  # type: ignore[misc]
        self.socket = None  # type: ignore[misc]
        self._initsession()
        self.answers: list[Any] = []

    def send_ipmi_response(self, data: Any = None, code: int = 0) -> None:
        self.answers.append([code] + (data or []))  # as emulators do: only lists can be added


def test_what_an_emulated_session_begins_with() -> None:
    session: Any = Emulated("192.0.2.1", "", "", 4321)
    assert (session.sessionid, session.sequencenumber, session.authtype, session.ipmiversion) == (0, 0, 0, 1.5)
    assert (session.k1, session.aeskey, session.confalgo, session.integrityalgo) == (None, None, 0, 0)
    assert (session.privlevel, session.sockaddr, session.socket) == (4, ("192.0.2.1", 4321), None)
    assert not hasattr(session, "remseqnumber")
    session.k1, session.sessionid = b"key", 7
    assert (session.k1, session.sessionid) == (b"key", 7)


def test_nobody_shares_it() -> None:
    before = dict(Session._living)
    first, second = Emulated("192.0.2.1", "", "", 4321), Emulated("192.0.2.1", "", "", 4321)
    assert first is not second
    assert Session._living == before


@pytest.mark.parametrize("command", [(6, 1), (6, 0x37), (0, 1), (0, 9)])
def test_a_bmc_answers_it_with_lists(command: tuple[int, int]) -> None:
    class Own(Bmc):
        def __init__(self) -> None:
            for name in ("deviceid", "revision", "firmwaremajor", "firmwareminor", "additionaldevices", "mfgid", "prodid"):
                setattr(self, name, 1)
            self.ipmiversion = 2

        def get_power_state(self) -> str:
            return "on"

        def get_boot_device(self) -> str:
            return "hd"

        def get_system_guid(self) -> Any:
            from uuid import UUID

            return UUID(int=1)

    session = Emulated("192.0.2.1", "", "", 4321)
    data = bytearray(b"\x05\0\0") if command == (0, 9) else bytearray()
    Own().handle_raw_request({"netfn": command[0], "command": command[1], "data": data}, session)  # type: ignore[arg-type]
    ((code, *rest),) = session.answers
    assert code == 0
    assert rest

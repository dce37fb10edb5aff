# SPDX-License-Identifier: Apache-2.0
"""Logins on a simulated machine whose LAN parameters say who may do what: our client meets our BMC."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import AuthenticationFailed, IpmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.spec.codes import Privilege


def told(server: Any, data: str) -> None:
    reply = server.bmc.answer({"netfn": 0x0C, "command": 0x01, "data": bytearray.fromhex(data)})
    assert reply == (0, b"")


def login(server: Any, password: str = "secret", **options: Any) -> Command:
    return Command(server.host, "admin", password, port=server.port, deadline=10.0, **options)


def test_a_cipher_suite_limits_the_level(server: Any) -> None:
    suites = server.bmc.parts["lan"].parameters.values[23, 0, 0].ids
    levels = [4] * 16
    levels[suites.index(3)], levels[suites.index(17)] = 2, 0
    told(server, "01 18 00" + bytes(levels[at] | levels[at + 1] << 4 for at in range(0, 16, 2)).hex())
    with login(server, suites=(3,)) as bmc:
        assert bmc.get_power()["powerstate"] in ("on", "off")
        assert bmc.agreement.privilege == Privilege.USER
        with pytest.raises(IpmiException):
            bmc.set_power("on")
    with pytest.raises(IpmiException):
        login(server, suites=(17,))
    with login(server, suites=(17, 8)) as bmc:
        assert (bmc.agreement.suite, bmc.agreement.privilege) == (8, Privilege.ADMINISTRATOR)


def test_who_guesses_is_disabled(server: Any) -> None:
    told(server, "01 1a 00 02 00 00 00 00")
    try:
        for _try in range(2):
            with pytest.raises(AuthenticationFailed):
                login(server, password="wrong")
        with pytest.raises(AuthenticationFailed):
            login(server)
    finally:
        server.bmc.parts["users"].slot(2).enabled = True
        server.bmc.parts["users"].accounts.changed(2)
    login(server).logout()

# SPDX-License-Identifier: Apache-2.0
"""What the LAN parameters make of logins.  IPMI 2.0 table 23-4, parameters 24 and 26; table 42-3, type 2Ah."""
from __future__ import annotations

from typing import Any

import pytest
from simulated import ask, events, machine_of

from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import Privilege


@pytest.fixture
def machine() -> Any:
    found = machine_of()
    found.parts["sel"].entries.clear()
    return found


def admin(machine: Any) -> User:
    found: User = machine.authdata.users[0]
    return found


def test_levels_by_cipher_suite(machine: Any) -> None:
    """Suites 17 and 3, in this order: the low nibble is that of the first."""
    rules = machine.core.config.rules
    assert ask(machine, 0x0C, 2, "01 17 00 00")[1].startswith("11 00 11 03")
    assert [rules.limit(suite) for suite in (17, 3, 8)] == [Privilege.ADMINISTRATOR, Privilege.ADMINISTRATOR, Privilege.OEM]
    assert ask(machine, 0x0C, 1, "01 18 00 02 00 00 00 00 00 00 00") == (0, "")
    assert [rules.limit(suite) for suite in (17, 3)] == [Privilege.USER, None]


def test_wrong_passwords_are_not_counted_unless_asked_for(machine: Any) -> None:
    for _try in range(20):
        machine.core.config.rules.failed(admin(machine))
    assert admin(machine).enabled


@pytest.mark.parametrize(("audit", "logged"), [("01", [(0x2A, 0x76, 0x6F, "c3 02 ff")]), ("00", [])])
def test_a_user_who_guesses_is_disabled_for_a_while(machine: Any, audit: str, logged: list[Any]) -> None:
    """Three tries, which are forgotten after 60 s; then 120 s without access."""
    assert ask(machine, 0x0C, 1, f"01 1a {audit} 03 06 00 0c 00") == (0, "")
    rules = machine.core.config.rules
    for _try in range(2):
        rules.failed(admin(machine))
    rules.succeeded(admin(machine))
    for _try in range(2):
        rules.failed(admin(machine))
    machine.clock.advance(60.0)
    for _try in range(2):
        rules.failed(admin(machine))
    assert admin(machine).enabled
    rules.failed(admin(machine))
    assert not admin(machine).enabled
    assert events(machine) == logged
    machine.clock.advance(119.0)
    assert not admin(machine).enabled
    machine.clock.advance(1.0)
    assert admin(machine).enabled


def test_a_user_may_be_disabled_for_good(machine: Any) -> None:
    assert ask(machine, 0x0C, 1, "01 1a 00 01 00 00 00 00") == (0, "")
    machine.core.config.rules.failed(admin(machine))
    machine.clock.advance(100_000.0)
    assert not admin(machine).enabled
    assert ask(machine, 6, 0x47, "02 01") == (0, ""), "until somebody enables the user"
    assert admin(machine).enabled

# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in one session stays there."""
from __future__ import annotations

import logging
from typing import Any

import pytest

from pyghmi.exceptions import SessionError
from pyghmi.ipmi.command import Command


def broken(*_arguments: Any) -> Any:
    raise IndexError("a defect")


@pytest.mark.parametrize("where", ["datagram_received", "timer_fired"])
def test_a_defect_ends_one_session_and_no_other(
    server: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    good = Command("127.0.0.1", "admin", "secret", port=server.port)
    bad = Command("127.0.0.1", "oper", "op-pass", port=server.port)
    machine = bad.ipmi_session.link.peer.machine
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR, "pyghmi"):
        patch.setattr(machine, where, broken)
        seen: list[Any] = []
        bad.ipmi_session.raw_command(netfn=6, command=1, callback=seen.append, timeout=0.05)
        if where == "timer_fired":
            patch.setattr(machine, "datagram_received", lambda *_arguments: None)
        for _time in range(40):
            assert good.get_power() == {"powerstate": "off"}
            Command.wait_for_rsp(0.05)
            if seen:
                break
    assert seen[0]["error"] == "The session failed"
    assert isinstance(seen[0]["exception"], SessionError)
    assert isinstance(seen[0]["exception"].__cause__, IndexError)
    assert "a defect in pyghmi (IndexError)" in caplog.text
    assert "Traceback" in caplog.text
    with pytest.raises(SessionError):
        bad.get_power()
    bad.ipmi_session.login()
    assert bad.get_power() == {"powerstate": "off"}, "and it can log in again"
    good.logout()
    bad.logout()

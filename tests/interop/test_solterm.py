# SPDX-License-Identifier: Apache-2.0
"""OpenIPMI's console on our BMC, typed into by program."""
from __future__ import annotations

import sys

from peers import ROOT, FakeBmc, program

sys.path.insert(0, str(ROOT))

from tests.loopback.typist import Typist

WORDS = b"echo one two three four five six seven"


def test_solterm() -> None:
    """One key at a time: solterm drops what is typed while a packet of its own waits for an acknowledgement."""
    bmc = FakeBmc("--user", "admin:secret")
    bmc.ipmitool("power", "on")
    terminal = Typist(program("solterm"), "lan", "-U", "admin", "-P", "secret", "-A", "rmcp+", "-p", str(bmc.port), bmc.host)
    try:
        terminal.wait_for(b"Escape character is ~.")
        terminal.wait_for(b"sim# ")
        for end in range(len(WORDS)):
            terminal.type(WORDS[end : end + 1])
            terminal.wait_for(b"sim# " + WORDS[: end + 1])
        terminal.type(b"\r")
        terminal.wait_for(WORDS[len(b"echo ") :] + b"\r\r\nsim# ")
        assert b"err" not in terminal.shown
        terminal.type(b"\r")
        terminal.wait_for(b"sim# \r\r\nsim# ")
        terminal.type(b"~.")
        terminal.wait_for(b"Connection to remote system closed.")
    finally:
        terminal.process.terminate()
        terminal.finish()
        assert bmc.stop() == 0

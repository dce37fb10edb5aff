# SPDX-License-Identifier: Apache-2.0
"""Programs with green threads: eventlet in each of its ways to put them in, and gevent."""
from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

import pytest

WAYS = {
    "monkey_patch": """
        import eventlet
        eventlet.monkey_patch()
        from pyghmi.ipmi.command import Command
    """,
    "monkey_patch later": """
        from pyghmi.ipmi.command import Command
        import eventlet
        eventlet.monkey_patch()
    """,
    "import_patched": """
        import eventlet
        import pyghmi.ipmi.command
        Command = eventlet.import_patched("pyghmi.ipmi.command").Command
    """,
    "replaced modules": """
        import eventlet
        from eventlet.green import select, socket, threading
        from pyghmi.ipmi.private import session
        session.select, session.socket, session.threading = select, socket, threading
        from pyghmi.ipmi.command import Command
    """,
    "the console's session": """
        import contextlib
        import eventlet
        import eventlet.green.select, eventlet.green.threading
        import eventlet.support.greendns
        console = eventlet.import_patched("pyghmi.ipmi.console")
        command = eventlet.import_patched("pyghmi.ipmi.command")
        console.session.select = eventlet.green.select
        console.session.threading = eventlet.green.threading
        console.session.WAITING_SESSIONS = console.session.KEEPALIVE_SESSIONS = contextlib.nullcontext()
        console.session.socket.getaddrinfo = eventlet.support.greendns.getaddrinfo
        Command = command.Command
    """,
    "gevent": """
        from gevent import monkey, pool
        monkey.patch_all()
        from pyghmi.ipmi.command import Command
    """,
}
USE = """
import sys
port = int(sys.argv[1])
for host in ("127.0.0.1", "localhost"):
    with Command(host, "admin", "secret", port=port, deadline=10) as bmc:
        print(bmc.get_power())
bmcs = [Command("127.0.0.1", user, password, port=port) for user, password in (("admin", "secret"), ("oper", "op-pass"))]
many = eventlet.GreenPool() if "eventlet" in sys.modules else pool.Pool(20)
print(sum(found["powerstate"] == "off" for found in many.imap(lambda bmc: bmc.get_power(), bmcs * 20)))
"""


@pytest.mark.parametrize("way", WAYS)
def test_green_threads(server: Any, way: str) -> None:
    pytest.importorskip("gevent" if way == "gevent" else "eventlet")
    program = textwrap.dedent(WAYS[way]) + USE
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(server.port)],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["{'powerstate': 'off'}"] * 2 + ["40"]


LATE = """
import sys, time
from pyghmi.ipmi.command import Command
bmc = Command("127.0.0.1", "admin", "secret", port=int(sys.argv[1]))
bmc.get_power()
import eventlet
from eventlet.green import select, socket, threading
from pyghmi.ipmi.private import session
session.select, session.socket, session.threading = select, socket, threading
ticks = [0]
def tick():
    while True:
        ticks[0] += 1
        eventlet.sleep(0.02)
eventlet.spawn(tick)
pool = eventlet.GreenPool()
print(sum(found["powerstate"] == "off" for found in pool.imap(lambda bmc: bmc.get_power(), [bmc] * 20)))
session.Session.pause(1.0)
print(ticks[0] > 15)
bmc.logout()
"""


def test_modules_replaced_after_the_first_session(server: Any) -> None:
    pytest.importorskip("eventlet")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LATE, str(server.port)],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["20", "True"]

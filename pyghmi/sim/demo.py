# SPDX-License-Identifier: Apache-2.0
"""Show the main job on the embedded simulated BMC: `python -m pyghmi.sim.demo`."""
from __future__ import annotations

import subprocess
import sys
from typing import Any, Callable

from pyghmi.ipmi.command import Command

_READY = "fakebmc: listening on "
_USER, _PASSWORD = "admin", "password"


def main() -> int:
    """Start the BMC in a process of its own, ask and command it over UDP on loopback; 0 if all is as it should be."""
    server = subprocess.Popen(
        [sys.executable, "-m", "pyghmi.cmd.fakebmc", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        ready = server.stdout.readline() if server.stdout is not None else ""
        if not ready.startswith(_READY):
            print(f"the simulated BMC did not start: {ready!r}", file=sys.stderr)
            return 1
        port = int(ready.split()[-1])
        print(f"A simulated BMC listens on 127.0.0.1, UDP port {port}.\n")
        return _show(port)
    finally:
        server.terminate()
        server.wait(10)
        if server.stdout is not None:
            server.stdout.close()


def _show(port: int) -> int:
    wrong = 0
    print(f'>>> bmc = Command("127.0.0.1", "{_USER}", "{_PASSWORD}", port={port})')
    with Command("127.0.0.1", _USER, _PASSWORD, port=port) as bmc:
        agreement = bmc.agreement
        print(f"{agreement.suite_name if agreement is not None else 'no session'}\n")
        for text, call, expected in _steps(bmc):
            found = call()
            print(f">>> bmc.{text}\n{found}")
            if expected is not None and found != expected:
                print(f"*** expected: {expected}")
                wrong += 1
    print("\nAll as expected." if not wrong else f"\n{wrong} answers were not as expected.")
    return 1 if wrong else 0


def _steps(bmc: Command) -> list[tuple[str, Callable[[], Any], Any]]:
    """Return (what is shown, what is called, what must come of it; None: anything)."""
    return [
        ("get_device_id()", bmc.get_device_id, None),
        ("get_system_guid()", bmc.get_system_guid, "5a1d0c77-5053-4f6e-9b1e-0200005e0001"),
        ("get_self_test()['result']", lambda: bmc.get_self_test()["result"], "passed"),
        ("get_power()", bmc.get_power, {"powerstate": "off"}),
        ("set_power('on', wait=True)", lambda: bmc.set_power("on", wait=True), {"powerstate": "on"}),
        (
            "set_bootdev('network', uefiboot=True)",
            lambda: bmc.set_bootdev("network", uefiboot=True),
            {"bootdev": "network"},
        ),
        ("get_bootdev()", bmc.get_bootdev, {"bootdev": "network", "persistent": False, "uefimode": True}),
        ("set_power('cycle')", lambda: bmc.set_power("cycle"), {"pendingpowerstate": "cycle"}),
        ("set_identify(duration=5)", lambda: bmc.set_identify(duration=5), None),
        ("set_power('shutdown', wait=True)", lambda: bmc.set_power("shutdown", wait=True), {"powerstate": "off"}),
    ]


if __name__ == "__main__":
    sys.exit(main())

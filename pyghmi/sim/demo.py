# SPDX-License-Identifier: Apache-2.0
"""Show the main job on the embedded simulated BMC: `python -m pyghmi.sim.demo`."""
from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from pyghmi.ipmi.command import Command
from pyghmi.sim.demo_sensors import ANALOG, STATES

_READY = "fakebmc: listening on "
_USER, _PASSWORD = "admin", "password"
_COUNT_OF_EVENTS = 13
_LAST_EVENTS = (
    "Power input restored",
    "Correctable error",
    "OS crash",
    None,
    "Linux kernel panic: Fatal excep",
    "Linux kernel panic: tion in int",
)
"""What the last entries of the log say; None: the record of a vendor, in bytes of its own."""
_VENDOR_DATA = b"DEMO01"
_PARTS = ("System", "Mainboard", "PSU 1", "DIMM 1")
_FACTS = {
    "Manufacturer": "Example Computers",
    "Product name": "Rack Server R1",
    "Serial Number": "SN00R100042",
    "Asset Number": "rack 7, unit 12",
}
_GAP = "  "


class _Demo:
    """Prints what a BMC says, and counts what is not as expected."""

    def __init__(self, bmc: Command) -> None:
        self._bmc = bmc
        self.wrong = 0

    def show(self, steps: Sequence[tuple[str, Callable[[], Any], Any]]) -> None:
        """Print calls, each with what came of it."""
        for text, call, expected in steps:
            found = call()
            print(f">>> bmc.{text}\n{found}")
            if expected is not None:
                self._expect(found, expected)

    def _expect(self, found: object, expected: object, what: str = "") -> None:
        if found != expected:
            print(f"*** {what}expected: {expected}")
            self.wrong += 1

    def sensors(self) -> None:
        """Show all readings, and how the machine does."""
        print("\n>>> for reading in bmc.get_sensor_data(): ...")
        readings = list(self._bmc.get_sensor_data())
        rows = [("Name", "Value", "Unit", "State")]
        for each in readings:
            value = "" if each.value is None else f"{each.value:g}"
            state = ", ".join(each.states) or each.problem or "ok"
            rows.append((each.name.strip(), value, each.units if value else "", state))
        _print_table(rows, right=1)
        found = {each.name: each.value for each in readings if each.value is not None}
        described = {one.name: round(one.m * one.on * 10.0**one.r_exp, 6) for one in ANALOG}
        self._expect(found, described, "values ")
        self._expect(len(readings), len(ANALOG) + sum(one.share for one in STATES), "number of sensors ")
        self.show([("get_health()", self._bmc.get_health, {"badreadings": [], "health": 0})])

    def inventory(self) -> None:
        """Show a few facts of the parts."""
        print("\n>>> for name, facts in bmc.get_inventory(): ...")
        parts = dict(self._bmc.get_inventory())
        rows = [("Part", "Product", "Model", "Serial number")]
        for name, facts in parts.items():
            product = _fact(facts, "Product name", "memory_type")
            rows.append((name, product, _fact(facts, "Model", "model"), _fact(facts, "Serial Number", "serial")))
        _print_table(rows)
        self._expect(tuple(parts), _PARTS, "parts ")
        self._expect({name: _fact(parts.get("System"), name) for name in _FACTS}, _FACTS, "facts ")

    def events(self) -> None:
        """Show the last events."""
        print("\n>>> for event in bmc.get_event_log(): ...")
        log = list(self._bmc.get_event_log())
        last = log[-len(_LAST_EVENTS) :]
        rows = [("ID", "Time", "Component", "Event")]
        for event in last:
            text = event.get("event") or f"OEM: {bytes(event.get('oemdata', b''))!r}"
            rows.append((str(event["record_id"]), event.get("timestamp", ""), event.get("component", ""), text))
        _print_table(rows)
        self._expect(tuple(event.get("event") for event in last), _LAST_EVENTS, "events ")
        vendors = [bytes(event["oemdata"]) for event in last if "oemdata" in event]
        self._expect(vendors, [_VENDOR_DATA], "vendor's data ")
        self._expect(len(log), _COUNT_OF_EVENTS, "number of events ")


def main() -> int:
    """Start the BMC in a process of its own, ask and command it over UDP on loopback; 0 if all is as it should be."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every terminal can write °C
    server = subprocess.Popen(
        [sys.executable, "-m", "pyghmi.cmd.fakebmc", "--port", "0", "--profile", "small"],
        stdout=subprocess.PIPE,
        text=True,
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
    print(f'>>> bmc = Command("127.0.0.1", "{_USER}", "{_PASSWORD}", port={port})')
    with Command("127.0.0.1", _USER, _PASSWORD, port=port) as bmc:
        agreement = bmc.agreement
        print(f"{agreement.suite_name if agreement is not None else 'no session'}\n")
        demo = _Demo(bmc)
        demo.show(_commands(bmc))
        demo.sensors()
        demo.inventory()
        demo.events()
        print()
        demo.show(
            [("set_power('shutdown', wait=True)", lambda: bmc.set_power("shutdown", wait=True), {"powerstate": "off"})]
        )
    print("\nAll as expected." if not demo.wrong else f"\n{demo.wrong} answers were not as expected.")
    return 1 if demo.wrong else 0


def _commands(bmc: Command) -> list[tuple[str, Callable[[], Any], Any]]:
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
    ]


def _fact(facts: Mapping[str, Any] | None, *names: str) -> str:
    """Return what is known of a part under the first of these names that it has."""
    found = next((facts[name] for name in names if facts.get(name)), "") if facts else ""
    return found.decode("ascii", "backslashreplace") if isinstance(found, (bytes, bytearray)) else str(found)


def _print_table(rows: Sequence[tuple[str, ...]], right: int | None = None) -> None:
    """Print rows with their cells below one another.  right: the column that is aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [text.ljust(most) for text, most in zip(row, widths)]
        if right is not None:
            cells[right] = row[right].rjust(widths[right])
        print(_GAP.join(cells).rstrip())


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""The serial line of a simulated server: a boot log when it starts, then a shell."""
from __future__ import annotations

from collections import deque
from typing import Any, Callable

from pyghmi.ipmi.spec.boot import BootDevice
from pyghmi.ipmi.spec.chassis import RestartCause
from pyghmi.sim.clock import Appointment
from pyghmi.sim.power import Happening
from pyghmi.sim.shell import Shell

_SCROLL_BACK_BYTES = 16_384
_LINES_PER_S = 8.0
_DEVICES = {
    BootDevice.NO_OVERRIDE: "hard disk",
    BootDevice.PXE: "network",
    BootDevice.HARD_DISK: "hard disk",
    BootDevice.CD_DVD: "CD/DVD",
    BootDevice.BIOS_SETUP: "setup",
}
_FIRMWARE = (
    "",
    "Example Computers R1-2U  SIM-BIOS 2.10",
    "Processors: 2, memory: 256 GiB",
    "BMC: firmware 2.10, found",
)
_SYSTEM = (
    "Loading the kernel ...",
    "[    0.000000] Linux version 6.1.0-sim (builder@example) #1 SMP",
    "[    0.004211] Command line: console=ttyS0,115200n8",
    "[    0.912644] ipmi_si: IPMI KCS interface initialized",
    "[    1.203311] EXT4-fs (sda2): mounted filesystem",
    "[    2.018550] systemd[1]: Started serial console.",
    "",
    "sim-01 ready.  'help' tells what there is.",
)


class SerialPort:
    """What is on the line.  machine: whose; boot_log: what was shown since the last start, as text.

    attach: `write(data)` gets what comes out; received, break_received: what is typed; scroll_back: the last of what
    came out, whether anybody listened or not.
    """

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._clock = machine.clock
        self._write: Callable[[bytes], object] | None = None
        self._past: deque[bytes] = deque()
        self._past_bytes = 0
        self._log: list[str] = []
        self._shell = Shell(machine, self._out)
        self._next: Appointment | None = None
        self.breaks = 0

    # --- the line

    def attach(self, write: Callable[[bytes], object]) -> None:
        """Have `write(data)` called with what comes out, from now on."""
        self._write = write

    def detach(self) -> None:
        """Write to nobody."""
        self._write = None

    @property
    def scroll_back(self) -> bytes:
        """The last of what came out."""
        return b"".join(self._past)[-_SCROLL_BACK_BYTES:]

    @property
    def boot_log(self) -> str:
        """The lines that were shown since the last start."""
        return "\n".join(self._log)

    def _out(self, data: bytes) -> None:
        self._past.append(data)
        self._past_bytes += len(data)
        while self._past_bytes - len(self._past[0]) > _SCROLL_BACK_BYTES:
            self._past_bytes -= len(self._past.popleft())
        if self._write is not None:
            self._write(data)

    def _line(self, text: str) -> None:
        self._out(text.encode() + b"\r\n")

    # --- the machine

    def happened(self, happening: Happening, _cause: RestartCause) -> None:
        """Show what a machine shows when this happens to it."""
        if happening in (Happening.ON, Happening.RESET, Happening.DIAGNOSTIC):
            if happening is Happening.DIAGNOSTIC and self._shell.is_up:
                self._line("\r\nUhhuh. NMI received.  Restarting.")
            self._begin()
        elif happening is Happening.SHUTTING_DOWN and self._shell.is_up:
            self._line("\r\nsystemd[1]: Shutting down.")
        elif happening is Happening.OFF:
            self._end()

    def _end(self) -> None:
        self._shell.end()
        if self._next is not None:
            self._next.cancel()

    def _begin(self) -> None:
        """Start the firmware, and what it boots."""
        self._end()
        self._log.clear()
        self._shell.started_at = self._clock.now()
        post_s = self._machine.power.times.post_s
        self._show(_FIRMWARE, post_s / len(_FIRMWARE), self._boot)

    def _show(self, lines: tuple[str, ...], wait_s: float, then: Callable[[], object]) -> None:
        """Show the lines, each after a wait, and go on."""
        if not lines:
            then()
            return

        def show() -> None:
            self._log.append(lines[0])
            self._line(lines[0])
            self._show(lines[1:], wait_s, then)

        self._next = self._clock.call_later(wait_s, show)

    def _boot(self) -> None:
        device = self._machine.boot.take()
        self._log.append(f"Booting from {_DEVICES.get(device, device.name.lower().replace('_', ' '))}")
        self._line(self._log[-1])
        wait_s = 1.0 / _LINES_PER_S if self._machine.power.times.post_s else 0.0
        self._show(_SYSTEM, wait_s, self._ready)

    def _ready(self) -> None:
        self._shell.begin()

    # --- what is typed

    def received(self, data: bytes) -> None:
        """Take what is typed: it is echoed, and a line is a command; a firmware does not listen."""
        self._shell.received(data)

    def break_received(self) -> None:
        """Take a break: the kernel says what it could do, as SysRq does."""
        self.breaks += 1
        if self._shell.is_up:
            self._line("\r\nsysrq: HELP : reboot(b) sync(s) show-task-states(t)")
            self._shell.prompt()

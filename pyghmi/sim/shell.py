# SPDX-License-Identifier: Apache-2.0
"""A tiny shell on the serial line of a simulated server: it echoes, and knows a few words."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Callable

from pyghmi.ipmi.spec.chassis import RestartCause

_LONGEST_LINE = 65_536
_PROMPT = b"sim# "
_BACKSPACES = (0x08, 0x7F)
_CTRL_C, _CTRL_U = 0x03, 0x15
_HELP = "help  date  uptime  sensors  echo TEXT  reboot  poweroff"
_PLACES = {0x40: "inlet", 0x41: "cpu", 0x42: "board"}


class Shell:
    """Take what is typed.  machine: which it runs on; out: gets what is shown.

    is_up: whether it listens; started_at: when the machine started, on its clock.
    """

    def __init__(self, machine: Any, out: Callable[[bytes], object]) -> None:
        self._machine = machine
        self._out = out
        self._typed = bytearray()
        self.is_up = False
        self.started_at = 0.0

    def begin(self) -> None:
        """Listen."""
        self.is_up = True
        self.prompt()

    def end(self) -> None:
        """Listen no more."""
        self.is_up = False
        self._typed.clear()

    def prompt(self) -> None:
        """Show the prompt, with what was typed behind it."""
        self._out(_PROMPT + bytes(self._typed))

    def received(self, data: bytes) -> None:
        """Take what is typed."""
        if not self.is_up:
            return
        echo = bytearray()
        for byte in bytes(data):
            if byte not in b"\r\n":
                echo += self._key(byte)
                continue
            self._out(bytes(echo) + b"\r\n")
            echo.clear()
            self._enter()
            if not self.is_up:
                return
        if echo:
            self._out(bytes(echo))

    def _key(self, byte: int) -> bytes:
        """Take one character; returns its echo."""
        if byte in _BACKSPACES:
            return b"\b \b" if self._typed and self._typed.pop() else b""
        if byte in (_CTRL_C, _CTRL_U):
            self._typed.clear()
            return (b"^C\r\n" if byte == _CTRL_C else b"\r") + _PROMPT
        if len(self._typed) >= _LONGEST_LINE:
            return b"\a"
        self._typed.append(byte)
        return bytes((byte,))

    def _enter(self) -> None:
        word, _space, rest = self._typed.decode("utf-8", "replace").strip().partition(" ")
        self._typed.clear()
        method = _COMMANDS.get(word)
        if method is not None:
            method(self, rest)
        elif word:
            self._line(f"{word}: not found; {_HELP}")
        if self.is_up:
            self.prompt()

    def _line(self, text: str) -> None:
        self._out(text.encode() + b"\r\n")

    # --- what it knows

    def _help(self, _rest: str) -> None:
        self._line(_HELP)

    def _date(self, _rest: str) -> None:
        now = datetime.fromtimestamp(self._machine.clock.time(), timezone.utc)
        self._line(now.strftime("%a %b %d %H:%M:%S UTC %Y"))

    def _uptime(self, _rest: str) -> None:
        self._line(f"up {int(self._machine.clock.now() - self.started_at)} s")

    def _sensors(self, _rest: str) -> None:
        for entity, rows in sorted(self._machine.model.temperatures().items()):
            for instance, degrees in sorted(rows.items()):
                self._line(f"{_PLACES.get(entity, 'temp')} {instance}: {degrees} C")
        self._line(f"power: {self._machine.model.power_w()} W")

    def _echo(self, rest: str) -> None:
        self._line(rest)

    def _reboot(self, _rest: str) -> None:
        self._line("systemd[1]: Rebooting.")
        self.end()
        power = self._machine.power
        self._machine.clock.call_later(min(power.times.soft_off_s, 1.0), lambda: power.reset(RestartCause.SOFT_RESET))

    def _poweroff(self, _rest: str) -> None:
        self._machine.power.soft_off()


_COMMANDS: dict[str, Callable[[Shell, str], object]] = {
    "help": Shell._help,
    "date": Shell._date,
    "uptime": Shell._uptime,
    "sensors": Shell._sensors,
    "echo": Shell._echo,
    "reboot": Shell._reboot,
    "poweroff": Shell._poweroff,
}

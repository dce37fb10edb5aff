# SPDX-License-Identifier: Apache-2.0
"""sol: the settings of serial over LAN."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import CHANNELS, ON_OFF, Words


def _rate(bits: int) -> str:
    return f"{bits} bit/s" if bits else "as the serial port"


_SOL = Table(
    columns(
        ("enabled", "Enabled"),
        ("force_encryption", "Only encrypted"),
        ("force_authentication", "Only authenticated"),
        ("privilege_level", "Privilege"),
        ("accumulate_interval_ms", "Collects for", False, lambda time: f"{time} ms"),
        ("send_threshold", "Sends at", False, lambda count: f"{count} characters"),
        ("retry_count", "Retries"),
        ("retry_interval_ms", "Retries after", False, lambda time: f"{time} ms"),
        ("bit_rate", "Bit rate, kept", False, _rate),
        ("volatile_bit_rate", "Bit rate", False, _rate),
        ("payload_channel", "Channel"),
        ("payload_port", "Port"),
    ),
    upright=True,
)
_SWITCHES = ("enabled", "force_encryption", "force_authentication")
_NUMBERS = {
    "accumulate_interval_ms": 1275,
    "send_threshold": 255,
    "retry_count": 7,
    "retry_interval_ms": 2550,
    "bit_rate": 115200,
    "volatile_bit_rate": 115200,
    "payload_port": 65535,
}
_LEVELS = {name: name for name in ("user", "operator", "administrator", "proprietary")}


def sol(words: Words) -> Job:
    """Tell the settings, or change them."""
    text = words.option("--channel")
    channel = None if text is None else words.as_number(text, "channel", *CHANNELS)
    if words.take_if("set"):
        named = words.pairs("setting", (*_SWITCHES, "privilege_level", *_NUMBERS))
        if not named:
            raise words.wrong("a setting is missing")
        wanted: dict[str, Any] = {
            name: words.as_one_of(named[name], name, ON_OFF) for name in _SWITCHES if name in named
        }
        for name, most in _NUMBERS.items():
            if name in named:
                wanted[name] = words.as_number(named[name], name, 0, most)
        if "privilege_level" in named:
            wanted["privilege_level"] = words.as_one_of(named["privilege_level"], "privilege_level", _LEVELS)
        return doing(lambda run: run.command.set_sol_configuration(channel=channel, **wanted), "serial over LAN set")

    def rows(run: Run) -> Iterator[Row]:
        yield run.command.get_sol_configuration(channel)

    return Job(_SOL, rows)

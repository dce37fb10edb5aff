# SPDX-License-Identifier: Apache-2.0
"""The commands of pyghmiutil: their names, what they take, and where they are made."""
from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Union

from pyghmi.cmd.jobs import Job, Maker, ReachJob
from pyghmi.cmd.words import Words
from pyghmi.ipmi.wire.shapes import NamedTuple


class Task(NamedTuple):
    """module: in this folder; function: makes the job, it is a `Maker`; uses: what follows the command, for people.

    valued, flags: options with and without a value.
    """

    module: str
    function: str
    about: str
    uses: str
    valued: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


TASKS: dict[str, Task] = {
    "power": Task("show_power", "power", "power state, and its change", "[on|off|shutdown|reset|cycle|boot|diag]"),
    "bootdev": Task(
        "show_power",
        "bootdev",
        "boot device of the next start",
        "[network|hd|optical|setup|floppy|safe|default [persist] [uefi]]",
    ),
    "identify": Task("show_power", "identify", "lamp that tells which machine it is", "[on|off|SECONDS|blink]"),
    "sensors": Task("show_sensors", "sensors", "readings", "[NAME...] | thresholds NAME [ucr=90 unc=85 ...]"),
    "health": Task("show_sensors", "health", "the worst of all sensors, and which they are", ""),
    "inventory": Task("show_inventory", "inventory", "parts, with part and serial numbers", "[COMPONENT]"),
    "fru": Task(
        "show_fru",
        "fru",
        "one inventory device",
        "ID [--address N [--channel N]] or NAME, and then nothing | set AREA FIELD TEXT --backup FILE [--create]"
        " | dump FILE",
        valued=("--backup", "--address", "--channel"),
        flags=("--create",),
    ),
    "firmware": Task("show_inventory", "firmware", "versions", "[COMPONENT...]"),
    "leds": Task("show_inventory", "leds", "lamps", ""),
    "sdr": Task("show_sdr", "sdr", "sensor data records", "[NAME]"),
    "events": Task(
        "show_events",
        "events",
        "event log, and its clock",
        "[--since DATE] [--clear] | info | time [now|DATE]",
        valued=("--since",),
        flags=("--clear",),
    ),
    "net": Task("show_network", "net", "addresses of the BMC", ""),
    "lan": Task(
        "show_network",
        "lan",
        "all network settings",
        "[--channel N] [set [address A/LEN] [gateway G] [source dhcp|static] [vlan N|off] [ipv6 A/LEN[,A/LEN]|none]"
        " [ipv6-gateway G]]",
        valued=("--channel",),
    ),
    "channel": Task(
        "show_channels",
        "channel",
        "channels and who may use them",
        "[N] | set N [access disabled|pre_boot|always|shared] [privilege LEVEL] [alerting on|off]"
        " [per_msg_auth on|off] [user_level_auth on|off] [--volatile]",
        flags=("--volatile",),
    ),
    "alert": Task(
        "show_alerts",
        "alert",
        "where alerts go",
        "[--channel N] [set N ADDRESS [ack on|off] [timeout SECONDS] [retries N] | clear N | community [TEXT]"
        " | policies | filters | pef]",
        valued=("--channel",),
    ),
    "users": Task(
        "show_users",
        "users",
        "accounts",
        "[--channel N] [add NAME [--privilege LEVEL] [--id N] | password ID | delete ID | enable ID | disable ID"
        " | privilege ID LEVEL | sol ID [on|off] | test ID] [--password-file FILE]; without it the password is in the"
        " environment variable NEWPASSWORD, or is asked for",
        valued=("--channel", "--privilege", "--id", "--password-file"),
    ),
    "dcmi": Task(
        "show_dcmi",
        "dcmi",
        "power consumption and limit, names, temperatures",
        "[power [SECONDS]|limit [set WATTS [action=power_off] [correction_ms=N] [sampling_s=N]|on|off]|asset-tag [TEXT]"
        "|mc-id [TEXT]|capabilities|temperatures|thermal [inlet|processor|baseboard [INSTANCE]]]",
    ),
    "chassis": Task(
        "show_chassis",
        "chassis",
        "chassis beside power",
        "[status|policy [always-on|previous|always-off]|poh|restart-cause|capabilities|acpi"
        "|boot [set device=network uefi=on persistent=on clear_cmos=on ...|clear]]",
    ),
    "watchdog": Task(
        "show_watchdog",
        "watchdog",
        "timer that resets a machine that hangs",
        "[set [use=osload] [action=reset] [seconds=300] [interrupt=nmi] [before=10] [log=on|off] [start=on]|reset"
        "|stop]",
    ),
    "sol": Task(
        "show_sol",
        "sol",
        "settings of serial over LAN",
        "[--channel N] [set [enabled=on|off] [privilege_level=LEVEL] [bit_rate=115200] [retry_count=7] ...]",
        valued=("--channel",),
    ),
    "system": Task("show_chassis", "system", "names and versions the machine reports to its BMC", ""),
    "info": Task("show_controller", "info", "identity and self test of the BMC", ""),
    "reset": Task("show_controller", "reset", "restart of the BMC", ""),
    "graphical": Task("show_controller", "graphical", "address of the graphical console", ""),
    "raw": Task(
        "show_controller",
        "raw",
        "any command",
        "NETFN COMMAND [DATA...]: a network function and a command (decimal, or 0x...), then data bytes (hexadecimal)",
    ),
    "snapshot": Task("show_snapshot", "snapshot", "everything the BMC answers, for fakebmc --from", "FILE"),
    "ping": Task("show_reach", "ping", "whether anything answers, without a login", ""),
    "diagnose": Task("show_reach", "diagnose", "what works and what does not, layer by layer", ""),
}


def prepare(name: str, arguments: Sequence[str]) -> Union[Job, ReachJob]:
    """Return what a command line asks for.  Raises UsageError, InvalidParameterValue."""
    task = TASKS[name]
    options = {**dict.fromkeys(task.valued, True), **dict.fromkeys(task.flags, False)}
    words = Words(name, usage(name), arguments, options)
    make: Maker = getattr(import_module(f"pyghmi.cmd.{task.module}"), task.function)
    found = make(words)
    words.end()
    return found


def overview() -> str:
    """Return a line for each command."""
    most = max(len(name) for name in TASKS)
    return "\n".join(f"  {name:{most}}  {task.about}" for name, task in TASKS.items())


def help_of(name: str) -> str:
    """Return what a command does and takes."""
    task = TASKS[name]
    return f"{name}: {task.about}\n{name} takes {usage(name)}"


def usage(name: str) -> str:
    """Return what follows a command, for people."""
    return TASKS[name].uses or "nothing"

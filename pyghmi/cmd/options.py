# SPDX-License-Identifier: Apache-2.0
"""The command line of pyghmiutil: arguments, passwords, keys."""
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from getpass import getpass
from typing import Any

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.credentials import kg_from_hex
from pyghmi.version import VERSION

_PRIVILEGES = {"callback": 1, "user": 2, "operator": 3, "administrator": 4, "admin": 4, "oem": 5}
_USAGE = " IPMIPASSWORD=password {program} bmc username <cmd> <optarg>"


class UsageError(Exception):
    """The command line cannot be understood."""


class Options:
    """What was asked for.  Shows no password."""

    def __init__(self, found: argparse.Namespace, password: str) -> None:
        self.bmcs: list[str] = [name for name in found.bmc.split(",") if name]
        self.user: str = found.user
        self.password = password
        self.command: str = found.command
        self.arguments: list[str] = found.arguments
        self.port: int = found.port
        self.kg: str | bytes | None = kg_from_hex(found.kg_hex) if found.kg_hex else found.kg
        self.privilege: int | None = _privilege(found.privilege)
        self.deadline: float | None = found.deadline
        self.suites: list[int] | None = _numbers(found.suite)
        self.minimum_suite: int | None = found.minimum_suite
        self.version: str | None = found.ipmi
        self.verbose: bool = found.verbose
        self.pcap: str | None = found.pcap

    def __repr__(self) -> str:
        return f"<Options: {self.command} on {', '.join(self.bmcs)}>"

    def login_keywords(self) -> dict[str, Any]:
        """Return what `Command` takes beside address, user and password."""
        found: dict[str, Any] = {"port": self.port, "kg": self.kg, "privlevel": self.privilege}
        for name in ("deadline", "suites", "minimum_suite", "version"):
            value = getattr(self, name)
            if value is not None:
                found[name] = value
        return found


def parse(arguments: Sequence[str], commands: Sequence[str], without_login: Sequence[str]) -> Options:
    """Return the options.  Raises UsageError, InvalidParameterValue; ends the program for --help and --version."""
    parser = _parser(commands)
    found = parser.parse_args(arguments)
    if found.bmc is None or found.user is None:
        raise UsageError(_usage(parser))
    if found.command is None:
        raise UsageError(f"{_usage(parser)}\nA command is needed: {', '.join(commands)}")
    if found.command not in commands:
        raise UsageError(f"There is no command {found.command!r}; these are: {', '.join(commands)}")
    password = "" if found.command in without_login else _password(found, parser)
    return Options(found, password)


def _usage(parser: argparse.ArgumentParser) -> str:
    return "Usage:\n" + _USAGE.format(program=parser.prog)


def _password(found: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """Return the password: from a file, the environment, or the terminal."""
    if found.password_file:
        try:
            with open(found.password_file, encoding="utf-8") as file:
                return file.readline().rstrip("\r\n")
        except OSError as error:
            raise UsageError(f"The password file cannot be read: {error}") from error
    from_environment = os.environ.pop("IPMIPASSWORD", None)
    if from_environment is not None and not found.ask:
        return from_environment
    if found.ask or sys.stdin.isatty():
        return getpass(f"Password of {found.user}: ")
    raise UsageError(_usage(parser))


def _privilege(text: str | None) -> int | None:
    if text is None:
        return None
    if text.lower() in _PRIVILEGES:
        return _PRIVILEGES[text.lower()]
    if text.isdigit():
        return int(text)
    raise InvalidParameterValue(f"privilege level {text!r} is none of {', '.join(_PRIVILEGES)}")


def _numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InvalidParameterValue(f"cipher suites are numbers, separated by commas, not {text!r}") from None


def _parser(commands: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pyghmiutil",
        description="Ask and command BMCs over IPMI.  The password comes from the environment variable IPMIPASSWORD,"
        " from a file, or from the terminal; never from the command line, where others can read it.",
        epilog="Several BMCs, separated by commas, are asked at the same time.  Exit code: 0 when all of them did what"
        " was asked, 1 for a wrong command line or any failure, 130 after Ctrl-C.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument("-p", "--port", type=int, default=623, help="UDP port (default: 623)")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--kg", help="BMC key, as text")
    key.add_argument("--kg-hex", metavar="HEX", help="BMC key, in hexadecimal")
    parser.add_argument("-C", "--suite", metavar="N[,N]", help="cipher suites in order of preference (default: 17,3)")
    parser.add_argument("--minimum-suite", type=int, metavar="N", help="the weakest cipher suite that is acceptable")
    parser.add_argument("-L", "--privilege", help="callback, user, operator or administrator (default: the highest)")
    parser.add_argument("--ipmi", choices=("2.0", "1.5"), help="protocol version (default: 2.0 where the BMC has it)")
    parser.add_argument("--deadline", type=float, metavar="S", help="seconds for each call (default: 30)")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password-file", metavar="FILE", help="file whose first line is the password")
    secret.add_argument("--ask", action="store_true", help="ask for the password on the terminal")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every packet, decoded, on stderr")
    parser.add_argument("--pcap", metavar="FILE", help="write every packet to a file for Wireshark")
    parser.add_argument("bmc", nargs="?", help="name or address; several, separated by commas")
    parser.add_argument("user", nargs="?", help="user name; '' for the null user")
    parser.add_argument("command", nargs="?", metavar="command", help=", ".join(commands))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the command")
    return parser

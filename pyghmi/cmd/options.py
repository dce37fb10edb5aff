# SPDX-License-Identifier: Apache-2.0
"""The command line of pyghmiutil."""
from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from typing import Any, Callable, NoReturn

from pyghmi.cmd.credentials import UsageError, kg_of, password_of
from pyghmi.cmd.endings import flush, say
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.login import Login
from pyghmi.version import VERSION

_PRIVILEGES = {"callback": 1, "user": 2, "operator": 3, "administrator": 4, "admin": 4, "oem": 5}
_FORMS = {"--json": "json", "--csv": "csv", "--table": "table"}
_USAGE = " IPMIPASSWORD=password {program} bmc username <cmd> <optarg>"


class Options:
    """What was asked for.  Shows no password.  `login`: the same, checked; nobody's where none is needed."""

    def __init__(self, found: argparse.Namespace, password: bytes | None, kg: bytes | None) -> None:
        self.bmcs: list[str] = list(dict.fromkeys(name for name in found.bmc.split(",") if name))
        self.user = os.fsencode(found.user)
        self.password = password or b""
        self.command: str = found.command
        self.arguments: list[str] = found.arguments
        self.form: str | None = found.form
        self.port: int = found.port
        self.kg = kg
        self.deadline: float | None = found.deadline
        self.verbose: bool = found.verbose
        self.pcap: str | None = found.pcap
        self._privilege = _privilege(found.privilege)
        self._conditions: dict[str, Any] = {
            name: value
            for name, value in (
                ("suites", _numbers(found.suite)),
                ("minimum_suite", found.minimum_suite),
                ("version", found.ipmi),
                ("auth_types", found.auth_type.split(",") if found.auth_type else None),
            )
            if value is not None
        }
        self.login = Login(b"", b"") if password is None else self._login()

    def _login(self) -> Login:
        return Login(self.user, self.password, kg=self.kg, privilege=self._privilege, **self._conditions)

    def __repr__(self) -> str:
        return f"<Options: {self.command} on {', '.join(self.bmcs)}>"

    @property
    def shown_bmcs(self) -> str:
        """Return the BMC, or how many there are."""
        return self.bmcs[0] if len(self.bmcs) == 1 else f"{len(self.bmcs)} BMCs"

    def login_keywords(self) -> dict[str, Any]:
        """Return what `Command` takes beside address, user and password."""
        found: dict[str, Any] = {"port": self.port, "kg": self.kg, "privlevel": self._privilege, **self._conditions}
        if self.deadline is not None:
            found["deadline"] = self.deadline
        return found


def parse(
    arguments: Sequence[str],
    commands: Sequence[str],
    without_login: Sequence[str],
    *,
    overview: str = "",
    help_of: Callable[[str], str] = str,
) -> Options:
    """Return the options.  Raises UsageError, InvalidParameterValue; ends the program for --help and --version.

    overview: a line about each command; help_of: gives the help for one.
    """
    parser = _parser(overview)
    try:
        found = parser.parse_args(arguments)
    except SystemExit:
        flush()
        raise
    if found.bmc is None or found.user is None:
        raise UsageError(_usage(parser))
    _find_form(found)
    if found.command is None and found.arguments:  # an option stood before it
        found.command, *found.arguments = found.arguments
    if found.command in ("-h", "--help"):
        say(parser.format_help().rstrip("\n"))
        raise SystemExit(0)
    if found.command is None:
        raise UsageError(f"{_usage(parser)}\nA command is needed: {', '.join(commands)}")
    if found.command not in commands:
        raise UsageError(f"There is no command {found.command!r}; these are: {', '.join(commands)}")
    if "--help" in _before_dashes(found.arguments):
        say(help_of(found.command))
        raise SystemExit(0)
    if found.command in without_login:
        return Options(found, None, None)
    kg = kg_of(found)
    password = password_of(found)
    if password is None:
        raise UsageError(_usage(parser))
    return Options(found, password, kg)


def _before_dashes(words: list[str]) -> list[str]:
    return words[: words.index("--")] if "--" in words else words


def _find_form(found: argparse.Namespace) -> None:
    """Take --json, --csv and --table out of the words behind the command: that is where people write them."""
    before = _before_dashes(found.arguments)
    forms = {word: form for word, form in _FORMS.items() if word in before}
    if found.form is not None:
        forms[f"--{found.form}"] = found.form
    if len(forms) > 1:
        raise UsageError(f"{' and '.join(forms)} exclude each other")
    found.form = next(iter(forms.values()), None)
    found.arguments = [word for word in before if word not in _FORMS] + found.arguments[len(before) :]


def whole_number(text: str) -> int | None:
    """Return the number that some digits write, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() else None


def _usage(parser: argparse.ArgumentParser) -> str:
    return "Usage:\n" + _USAGE.format(program=parser.prog)


def _privilege(text: str | None) -> int | None:
    if text is None:
        return None
    found = _PRIVILEGES.get(text.lower(), whole_number(text))
    if found is None:
        raise InvalidParameterValue(f"privilege level {text!r} is none of {', '.join(_PRIVILEGES)}")
    return found


def _numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InvalidParameterValue(f"cipher suites are numbers, separated by commas, not {text!r}") from None


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0 is needed, not {text!r}")
    return found


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Leave printing and exit code to the caller."""
        raise UsageError(f"{self.format_usage()}{self.prog}: {message}")


def _parser(overview: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pyghmiutil",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Ask and command BMCs over IPMI.  The password comes from the environment variable IPMIPASSWORD,\n"
        "from a file, or from the terminal; never from the command line, where others can read it.",
        epilog=f"commands (BMC USER COMMAND --help says what each takes):\n{overview}\n\n"
        "Several BMCs, separated by commas, are asked at the same time.  Exit code: 0 when all of them did what was\n"
        "asked, 1 for a wrong command line or any failure, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, 141\n"
        "when nobody reads the output any more.  Sessions are closed in every case.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument("-p", "--port", type=int, default=623, help="UDP port (default: 623)")
    _add_secrets(parser)
    parser.add_argument("-C", "--suite", metavar="N[,N]", help="cipher suites in order of preference (default: 17,3)")
    parser.add_argument("--minimum-suite", type=int, metavar="N", help="the weakest cipher suite that is acceptable")
    parser.add_argument("-L", "--privilege", help="callback, user, operator or administrator (default: the highest)")
    parser.add_argument("--ipmi", choices=("2.0", "1.5"), help="protocol version (default: 2.0 where the BMC has it)")
    parser.add_argument(
        "--auth-type",
        metavar="TYPE[,TYPE]",
        help="how to authenticate over IPMI 1.5, best first: md5, md2, password, none (default: md5)",
    )
    parser.add_argument("--deadline", type=_seconds, metavar="S", help="seconds for each call (default: 30)")
    _add_forms(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show every packet, decoded, on stderr")
    parser.add_argument("--pcap", metavar="FILE", help="write every packet to a file for Wireshark")
    parser.add_argument("bmc", nargs="?", help="name or address; several, separated by commas")
    parser.add_argument("user", nargs="?", help="user name; '' for the null user")
    parser.add_argument("command", nargs="?", metavar="command", help="what to ask or do, see below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the command")
    return parser


def _add_forms(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    for option, text in (
        ("--json", "print one JSON document, see doc/output.md"),
        ("--csv", "print CSV, with a line of names first"),
        ("--table", "print a table, in a pipe too"),
    ):
        form.add_argument(option, action="store_const", const=_FORMS[option], dest="form", help=text)


def _add_secrets(parser: argparse.ArgumentParser) -> None:
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password-file", metavar="FILE", help="file whose first line is the password")
    secret.add_argument("--ask", action="store_true", help="ask for the password on the terminal")
    key = parser.add_mutually_exclusive_group()
    key.add_argument(
        "--kg-file",
        metavar="FILE",
        help="file whose first line is the BMC key (Kg): 0x and hexadecimal digits, or text; so is the environment"
        " variable IPMIKG",
    )
    key.add_argument("--kg", help="BMC key, as text; others can read it in the process list")
    key.add_argument("--kg-hex", metavar="HEX", help="BMC key, in hexadecimal; others can read it in the process list")

# SPDX-License-Identifier: Apache-2.0
"""fakebmc: a simulated BMC on a UDP port."""
from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from time import time
from types import FrameType
from typing import Any, Callable
from uuid import UUID

from pyghmi.cmd.accounts import MOST_ACCOUNTS, lines_of, port_of, user_of
from pyghmi.cmd.endings import Ended, say
from pyghmi.cmd.serving import is_wrong_address, suites_of, why_not
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.credentials import as_bytes, kg_from_hex
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.protocol.suites import SUPPORTED
from pyghmi.ipmi.spec.codes import AuthType
from pyghmi.sim import statefile
from pyghmi.sim.alerts import TRAP_PORT
from pyghmi.sim.machine import SimulatedBmc
from pyghmi.sim.plain import FakeBmc
from pyghmi.sim.profiles import DEFAULT, PROFILES
from pyghmi.sim.recording import is_recording
from pyghmi.sim.requestlog import RequestLog
from pyghmi.version import VERSION

__all__ = ["FakeBmc", "main"]

_DEFAULT_USER, _DEFAULT_PASSWORD = "admin", "password"
_AUTH_15 = {
    "md5": AuthType.MD5,
    "md2": AuthType.MD2,
    "password": AuthType.PASSWORD,
    "none": AuthType.NONE,
}
_NETWORK = {
    "--loss": ("loss", "probability, 0 to 1, that a datagram is lost, in either direction"),
    "--double": ("doubles", "probability that it comes twice"),
    "--reorder": ("reorder", "probability that others overtake it"),
    "--corrupt": ("corruption", "probability that one of its bits is turned"),
    "--delay": ("delay_s", "seconds that each takes"),
    "--jitter": ("jitter_s", "seconds that it may take longer, each time another"),
}
"""Option -> what it sets of `Faults`, and its help."""
_ALLOWED_15 = "md5,md2,password"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT, or until a cold reset unless it is to stay; returns the exit code."""
    options = _parser().parse_args(arguments)
    if "list" in (options.personality, *options.quirk):
        try:
            return _list(of_personalities=options.personality == "list")
        except Ended as early:
            return early.tell()
    try:
        bmc = _make(options)
    except (InvalidParameterValue, ValueError) as error:
        print(f"fakebmc: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"fakebmc: cannot listen on {options.address} port {options.port}"
        print(f"{where}: {why_not(error)}", file=sys.stderr)
        return 2 if is_wrong_address(error) else 1
    ended: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        ended.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    host, port = bmc.address[:2]
    _say(f"fakebmc: listening on {host} port {port}")
    if options.misbehaviour is not None:
        _say(f"fakebmc: misbehaves: {options.misbehaviour}")
    while not ended and (options.stay or not bmc.restarting):
        Session.wait_for_rsp(0.25)
    code = _save(bmc, options.save) if options.save else 0
    bmc.logout()
    return code


def _save(bmc: SimulatedBmc, path: str) -> int:
    """Keep the machine for the next time, elsewhere where it cannot be kept there; returns the exit code."""
    try:
        statefile.save(bmc, path)
    except OSError as error:
        print(f"fakebmc: --save {path}: {error.strerror or error}", file=sys.stderr)
    else:
        return 0
    try:
        folder = tempfile.mkdtemp(prefix="fakebmc-")
        statefile.save(bmc, os.path.join(folder, os.path.basename(path)))
    except OSError as error:
        print(f"fakebmc: nor in {tempfile.gettempdir()}: {error.strerror or error}", file=sys.stderr)
    else:
        print(f"fakebmc: the machine is in {os.path.join(folder, os.path.basename(path))}", file=sys.stderr)
    return 1


def _say(text: str) -> None:
    print(text, flush=True)


def _make(options: argparse.Namespace) -> SimulatedBmc:
    users = _users(options)
    before = statefile.load(options.begin) if options.begin else None
    profile, seed = options.profile or DEFAULT, options.seed
    if before is not None:
        _refuse_what_it_brings(options, before)
        profile, seed = before.get("profile", "small"), before.get("seed", 1)
    if options.save:
        statefile.check_writable(options.save)
    more: dict[str, Any] = {}
    if options.suites:
        more["suites"] = suites_of(options.suites)
    if options.log:
        more["watch_request"] = RequestLog(_log_writer(options.log), time)
    bmc = SimulatedBmc(
        users,
        options.port,
        options.uuid,
        options.address,
        say=_say,
        profile=profile,
        seed=seed,
        auth_types=options.auth_15 or (_auth_types(_ALLOWED_15) if options.allow_15 else ()),
        trap_port=options.trap_port,
        traps_leave_host=options.traps_leave_host,
        **more,
    )
    users_part: Any = bmc.parts["users"]
    users_part.grow(len(users.users) + 1)
    try:
        if before is not None and options.begin:
            statefile.restore(bmc, before, options.begin)
            bmc.uuid = options.uuid or bmc.uuid
        if options.kg or options.kg_hex:
            bmc.set_kg(kg_from_hex(options.kg_hex) if options.kg_hex else options.kg)
        options.misbehaviour = _misbehaving(bmc, options)
    except (InvalidParameterValue, ValueError):
        bmc.logout()
        raise
    return bmc


def _refuse_what_it_brings(options: argparse.Namespace, before: dict[str, Any]) -> None:
    """Say which options are of no use beside --from.  Raises InvalidParameterValue."""
    if options.profile is not None:
        raise InvalidParameterValue("--profile has no effect beside --from: the file says what machine it is")
    if is_recording(before):
        if options.save:
            raise InvalidParameterValue("--save keeps machines that are simulated; this one was recorded")
    elif options.user or options.users:
        raise InvalidParameterValue("--user and --users have no effect beside --from: the machine has its users in it")


def _misbehaving(bmc: SimulatedBmc, options: argparse.Namespace) -> str | None:
    """Switch on what the BMC and its network are to do wrong; returns that in words, None: nothing."""
    given = {name: getattr(options, name) for name, _about in _NETWORK.values() if getattr(options, name) is not None}
    if not (options.quirk or options.personality or given):
        return None
    from pyghmi.sim.network import Faults
    from pyghmi.sim.quirks import PERSONALITIES, misbehave

    usual = PERSONALITIES[options.personality].faults if options.personality in PERSONALITIES else None
    more = {name: getattr(usual, name) for name in Faults.__slots__} if usual else {}
    faults = Faults(**{**more, **given}) if more or given else None
    odd = misbehave(bmc, ",".join(options.quirk), options.personality, faults, options.seed)
    return ", ".join(filter(None, (options.personality or "", odd.named, str(faults) if faults else "")))


def _list(*, of_personalities: bool) -> int:
    """Print what can be switched on; returns the exit code."""
    from pyghmi.sim.quirks import PERSONALITIES, all_quirks, described

    if of_personalities:
        for name, kind in PERSONALITIES.items():
            say(f"{name:15} {kind.about}" + (f" ({kind.rows})" if kind.rows else ""))
        return 0
    for row in all_quirks():
        say("\n".join(described(row)))
    return 0


def _log_writer(name: str) -> Callable[[str], object]:
    """Return what writes lines to a file, or to stderr.  Raises InvalidParameterValue where it cannot be written."""
    if name == "-":
        return lambda line: print(line, file=sys.stderr, flush=True)
    try:
        file = open(name, "a", encoding="utf-8", buffering=1)  # noqa: SIM115  it is open as long as the program runs
    except OSError as error:
        raise InvalidParameterValue(f"--log {name}: {error.strerror or error}") from error
    return lambda line: file.write(line + "\n")


def _users(options: argparse.Namespace) -> UserList:
    rows: list[str] = list(options.user)
    if options.users:
        rows += lines_of(options.users)
    if len(rows) > MOST_ACCOUNTS:
        raise InvalidParameterValue(f"a BMC has at most {MOST_ACCOUNTS} accounts with names, and {len(rows)} are given")
    if not rows:
        password = os.environ.get("FAKEBMC_PASSWORD", _DEFAULT_PASSWORD)
        return UserList([User(_DEFAULT_USER.encode(), as_bytes(password, "FAKEBMC_PASSWORD"))])
    return UserList(user_of(row, number) for number, row in enumerate(rows, 2))


def _auth_types(text: str) -> tuple[AuthType, ...]:
    """Return the authentication types of IPMI 1.5 that a list names."""
    names = text.split(",")
    if not set(names) <= set(_AUTH_15):
        raise argparse.ArgumentTypeError(f"{text!r}: {', '.join(_AUTH_15)}, separated by commas, are possible")
    return tuple(_AUTH_15[name] for name in names)


def _port(text: str) -> int:
    try:
        return port_of(text)
    except InvalidParameterValue as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fakebmc", description="A simulated BMC, for tests and for trying things out.  Not for other use."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument("--port", type=_port, default=623, help="UDP port, 0 for a free one (default: 623)")
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="NAME:PASSWORD[:PRIVILEGE[:disabled]]",
        help="an account; may be given several times.  Others can read it in the process list: --users hides it"
        " (default: admin with password 'password', or with that in the environment variable FAKEBMC_PASSWORD)",
    )
    parser.add_argument("--users", metavar="FILE", help="accounts, one a line, as for --user")
    parser.add_argument("--kg", help="BMC key, as text")
    parser.add_argument("--kg-hex", metavar="HEX", help="BMC key, in hexadecimal")
    parser.add_argument(
        "--suites", help=f"cipher suites, best first, separated by commas; of {', '.join(map(str, SUPPORTED))}"
    )
    parser.add_argument(
        "--profile",
        choices=sorted(PROFILES),
        help="; ".join(f"{name}: {each.about}" for name, each in PROFILES.items()) + f" (default: {DEFAULT})",
    )
    parser.add_argument("--seed", type=int, default=1, help="what loads, readings and faults vary by (default: 1)")
    parser.add_argument("--log", metavar="FILE", help="write requests in words there, without secrets; -: to stderr")
    parser.add_argument(
        "--from", dest="begin", metavar="FILE",
        help="begin as the machine that --save has kept there, users and all; or play the BMC that"
        " 'pyghmiutil BMC USER snapshot FILE' has recorded there"
    )
    parser.add_argument("--save", metavar="FILE", help="keep the machine there at the end; only you can read the file")
    _add_alerts(parser)
    _add_misbehaviour(parser)
    parser.add_argument("--stay", action="store_true", help="come back after a cold reset, instead of ending")
    parser.add_argument("--uuid", type=UUID, help="GUID of BMC and machine")
    parser.add_argument("--allow-15", action="store_true", help="take IPMI 1.5 sessions too (MD5, MD2, password)")
    parser.add_argument(
        "--auth-15",
        type=_auth_types,
        metavar="TYPES",
        help=f"take IPMI 1.5 sessions with these authentication types, separated by commas; of {', '.join(_AUTH_15)}"
        " (none: anybody is let in who knows a name)",
    )
    return parser


def _add_alerts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trap-port", type=_port, default=TRAP_PORT, help=f"UDP port where alerts are sent (default: {TRAP_PORT})"
    )
    parser.add_argument(
        "--traps-leave-host", action="store_true", help="send alerts to addresses other than loopback too"
    )


def _add_misbehaviour(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quirk",
        action="append",
        default=[],
        metavar="ROW[:VARIANT],...",
        help="misbehave as BMCs in the field do, 'R15,D06:zero'; may be given several times.  list: name them all",
    )
    parser.add_argument("--personality", metavar="NAME", help="quirks that go together.  list: name them all")
    for option, (name, what) in _NETWORK.items():
        parser.add_argument(option, dest=name, type=float, metavar=what.split(" ")[0].rstrip(",").upper(), help=what)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Do what the command line of pyghmiutil says, with one BMC or many."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyghmi.cmd import diagnose
from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.endings import complain, say
from pyghmi.cmd.many import Crew
from pyghmi.cmd.options import Options, parse
from pyghmi.cmd.tasks import TASKS, check_arguments, text_of
from pyghmi.cmd.watching import Capture, Observer, observer_for
from pyghmi.exceptions import InvalidParameterValue, PyghmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.net.sessionless import Sessionless
from pyghmi.ipmi.private.session import Session

_PING_S = 2.0
_WITHOUT_LOGIN = ("ping",)
_ALL = (*TASKS, "ping", "diagnose")


def run(arguments: Sequence[str]) -> int:
    """Return the exit code.  Raises Ended."""
    try:
        options = parse(arguments, _ALL, _WITHOUT_LOGIN)
        check_arguments(options.command, options.arguments)
        if not options.bmcs:
            raise UsageError("the name or address of a BMC is needed")
        capture = None if options.pcap is None else Capture(options.pcap)
    except (UsageError, InvalidParameterValue) as error:
        complain(str(error))
        return 1
    try:
        return 0 if _with_all(options, capture) else 1
    finally:
        Session._cleanup()
        if capture is not None:
            capture.close()


def _with_all(options: Options, capture: Capture | None) -> bool:
    def one(bmc: str) -> bool:
        try:
            return _with_one(bmc, options, observer_for(options, capture))
        except (PyghmiException, OSError) as error:
            if not crew.stopped:
                complain(f"{bmc}: {text_of(error)}")
        return False

    crew = Crew(options.bmcs, one)
    return one(options.bmcs[0]) if len(options.bmcs) == 1 else crew.run()


def _with_one(bmc: str, options: Options, observer: Observer | None) -> bool:
    """Do it with one BMC; False when it failed and that was said."""
    if options.command == "diagnose":
        return diagnose.diagnose(bmc, options, observer, say)
    if options.command == "ping":
        say(_ping(bmc, options, observer))
        return True
    command = Command(bmc, options.user, options.password, observer=observer, **options.login_keywords())
    try:
        say(f"Logged into {bmc}")
        _print(TASKS[options.command](command, bmc, options.arguments))
    finally:
        command.logout()
    return True


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _ping(bmc: str, options: Options, observer: Observer | None) -> str:
    with Sessionless(bmc, options.port, observer=observer) as way:
        found = way.ping(_PING_S if options.deadline is None else options.deadline)
    speaks = "IPMI supported" if found.ipmi else "IPMI not announced"
    return f"{bmc}: presence pong in {found.seconds * 1000:.1f} ms, {speaks}"

# SPDX-License-Identifier: Apache-2.0
"""pyghmicons: the serial console of a machine, through its BMC."""
from __future__ import annotations

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyghmi.cmd.consolepower import MENU, Power
from pyghmi.cmd.credentials import UsageError, kg_of, password_of
from pyghmi.cmd.endings import Ended, Signals, complain
from pyghmi.cmd.escapes import Answer, Escapes, Word
from pyghmi.cmd.terminal import Terminal, stand_in
from pyghmi.cmd.transcript import Transcript
from pyghmi.exceptions import InvalidParameterValue, PyghmiException
from pyghmi.version import VERSION

if TYPE_CHECKING:
    from pyghmi.ipmi.console import Console, News

_LOOK_EVERY_S = 60.0
_LOOK_AGAIN_S = 1.0
_GIVEN_UP_S = 60.0
_MOST_PENDING = 65536
_BROKEN_PIPE = 128 + 13
_HELP = """ends the console:  {0}.
sends a break:     {0}B
power commands:    {0}P, which shows them
this help:         {0}?
sends {0}:           {0}{0}
(only at the beginning of a line)"""


class Viewer:
    """One console on one terminal."""

    def __init__(
        self, terminal: Terminal, escapes: Escapes, escape: str, transcript: Transcript | None, power: Power
    ) -> None:
        self._terminal = terminal
        self._escapes = escapes
        self._power = power
        self._help = _HELP.format(escape) if escape else "there is no escape character"
        self._transcript = transcript
        self._typed: deque[bytes] = deque()
        self._watched = False
        self._is_all = self._is_cut_short = False
        self._was_connected = False
        self._pending = 0
        self._pending_since = 0.0
        self.console: Console | None = None
        self.error: str | None = None
        self.failure: OSError | None = None
        self.over = False

    def show(self, news: News) -> None:
        """Take what the console has to say."""
        try:
            if isinstance(news, bytes):
                try:
                    if not self._is_cut_short:
                        self._terminal.write(news)
                finally:
                    if self._transcript is not None:
                        self._transcript.write(news)
            elif "error" in news:
                self.error = str(news.get("exception") or news["error"])
                self.over = True
            else:
                self.note(str(news["info"]))
        except OSError as error:
            self._fail(error)

    def note(self, text: str) -> None:
        """Say something about the console."""
        try:
            self._terminal.note(text)
            for line in text.splitlines():
                if self._transcript is not None:
                    self._transcript.note(line)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        """End, for the output cannot be shown or kept."""
        self.failure = self.failure or error
        self.over = True

    def run(self, console: Console, host: str) -> None:
        """Pass on what is typed until the console ends, or the user ends it."""
        from pyghmi.ipmi.private.session import Session, shared

        self.console = console
        reactor = shared()
        self._watch(reactor)
        try:
            while not self.over:
                if console.connected and not self._was_connected:
                    self._was_connected = True
                    self.note(f"connected to {host}")
                self._pass_on(console)
                if self.over or (self._is_all and self._is_sent(console)):
                    break
                if not self._watched and not self._is_all and not self._is_full(console):
                    self._watch(reactor)
                Session.wait_for_rsp(0.0 if self._typed else _LOOK_AGAIN_S if self._is_all else _LOOK_EVERY_S)
        except Ended:
            self._is_cut_short = True  # whoever reads the output may have stopped to: it would hold up the end
            raise
        finally:
            self._unwatch(reactor)

    def _is_sent(self, console: Console) -> bool:
        """Whether all that standard input had has arrived; what does not for too long is given up."""
        now, pending = time.monotonic(), console.pending
        if pending != self._pending or not console.connected:
            self._pending, self._pending_since = pending, now
        elif pending and now - self._pending_since >= _GIVEN_UP_S:
            self.error = f"the machine takes nothing: {pending} characters of standard input were not sent"
            self.over = True
        return console.connected and not pending

    def _watch(self, reactor: Any) -> None:
        try:
            reactor.add(self._terminal, self._readable)
            self._watched = True
        except OSError:  # a plain file is always readable, and cannot be waited for
            self._readable(0.0)

    def _unwatch(self, reactor: Any) -> None:
        if self._watched:
            reactor.remove(self._terminal)
            self._watched = False

    def _readable(self, _now: float) -> None:
        chunk = self._terminal.read()
        if chunk is not None:
            self._typed.append(chunk)

    def _pass_on(self, console: Console) -> None:
        from pyghmi.ipmi.private.session import shared

        while self._typed and not self.over:
            chunk = self._typed.popleft()
            if not chunk:
                self._end_typing()  # a terminal has gone away
            for each in self._escapes.take(chunk):
                if isinstance(each, bytes):
                    console.send_data(each)
                elif each is Word.QUIT:
                    self._end_typing()
                    break
                else:
                    self._obey(each, console)
        if self._is_all or self._is_full(console):
            self._unwatch(shared())

    def _end_typing(self) -> None:
        """Take no more; what came before is sent as at the end of a pipe, but nobody waits at a terminal for it."""
        self._typed.clear()
        self._is_all = True
        self.over = self.over or self._terminal.is_terminal

    def _is_full(self, console: Console) -> bool:
        """Whether input is to wait; keys never do: the next may be the one that ends the console."""
        return not self._terminal.is_terminal and console.pending >= _MOST_PENDING

    def _obey(self, word: Word | Answer, console: Console) -> None:
        if isinstance(word, Answer):
            self.note(self._power.obey(word.key))
        elif word is Word.POWER:
            self.note(MENU)
        elif word is Word.BREAK:
            console.send_break()
            self.note("break")
        else:
            self.note(self._help)


def main(arguments: Sequence[str] | None = None) -> int:
    """Connect standard input and output with the console; returns the exit code."""
    try:
        with Signals():
            return _run(sys.argv[1:] if arguments is None else list(arguments))
    except Ended as ended:
        return ended.tell()


def _run(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    stand_in()
    try:
        password = _password(options)
        kg = kg_of(options)
        transcript = Transcript(options.log) if options.log else None
    except OSError as error:
        complain(f"pyghmicons: --log {options.log}: {error.strerror or error}")
        return 2
    except (UsageError, PyghmiException) as error:
        complain(f"pyghmicons: {error}")
        return 2
    try:
        return _view(options, password, kg, transcript)
    finally:
        if transcript is not None:
            transcript.close()


def _view(options: argparse.Namespace, password: bytes, kg: bytes | None, transcript: Transcript | None) -> int:
    from pyghmi.ipmi.console import Console

    user = os.fsencode(options.user)
    where: dict[str, Any] = {"port": options.port, "kg": kg}
    if options.suite is not None:
        where["suites"] = options.suite
    escapes, power = Escapes(os.fsencode(options.escape)), Power(options.bmc, user, password, **where)
    viewer = Viewer(Terminal(), escapes, options.escape, transcript, power)
    with viewer._terminal:
        try:
            console = Console(
                options.bmc,
                user,
                password,
                viewer.show,
                force=not options.no_force,
                resume=options.resume,
                require_encryption=options.require_encryption,
                mute_after_s=options.mute_after,
                **where,
            )
            try:
                viewer.run(console, options.bmc)
            finally:
                console.close()
        except InvalidParameterValue as error:
            raise Ended(2, f"pyghmicons: {error}") from None
        except PyghmiException as error:
            viewer.error = str(error)
    if viewer.error is not None:
        complain(f"pyghmicons: {viewer.error}")
        return 1
    if viewer.failure is not None:
        failure = viewer.failure
        code = _BROKEN_PIPE if isinstance(failure, BrokenPipeError) else 1
        raise Ended(code, f"pyghmicons: {failure.filename}: {failure.strerror}")
    return 0


def _password(options: argparse.Namespace) -> bytes:
    options.password_file = options.passwordfile
    options.ask = False
    found = password_of(options)
    if found is None:
        raise UsageError("the password comes from PASSWORDFILE, the variable IPMIPASSWORD, or a terminal")
    return found


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise argparse.ArgumentTypeError(f"a number of seconds, not {text}")
    return found


def _suites(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"numbers separated by commas, not {text}") from None


def _escape(text: str) -> str:
    if text == "none":
        return ""
    if len(os.fsencode(text)) != 1:
        raise argparse.ArgumentTypeError(f"one character, or 'none', not {text!r}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pyghmicons",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Show the serial console of a machine, through its BMC (serial over LAN).\n\n"
        "At the beginning of a line, ~. ends it, ~B sends a break, ~P and a key switches the power,\n"
        "~? helps, ~~ sends a tilde.",
        epilog="The password comes from PASSWORDFILE (its first line), the variable IPMIPASSWORD, or the terminal.\n"
        "Exit code: 0 when the user ended it, or standard input did; 1 when the console could not be had or was lost\n"
        "(the reason is on stderr); 2 for a wrong command line; 128 and its number after a signal.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument("-p", "--port", type=int, default=623, help="UDP port (default: 623)")
    parser.add_argument("-C", "--suite", type=_suites, metavar="N[,N]", help="cipher suites (default: 17,3)")
    parser.add_argument("--log", metavar="FILE", help="add the output to a file, with a time before each line")
    parser.add_argument("--no-force", action="store_true", help="do not take the console over from another session")
    parser.add_argument("--resume", action="store_true", help="connect anew when the console is lost, for ever")
    parser.add_argument(
        "--require-encryption", action="store_true", help="no console rather than one less protected than the session"
    )
    parser.add_argument(
        "--mute-after", type=_seconds, metavar="S", help="connect anew when typing has shown nothing for S seconds"
    )
    parser.add_argument("-e", "--escape", type=_escape, default="~", metavar="C", help="another escape, or 'none'")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--kg-file", metavar="FILE", help="file with the BMC key; so is the variable IPMIKG")
    key.add_argument("--kg", help="BMC key, as text; others can read it in the process list")
    key.add_argument("--kg-hex", metavar="HEX", help="BMC key, in hexadecimal; others can read it too")
    parser.add_argument("bmc", help="name or address")
    parser.add_argument("user", help="user name")
    parser.add_argument("passwordfile", nargs="?", help="file whose first line is the password")
    return parser


if __name__ == "__main__":
    sys.exit(main())

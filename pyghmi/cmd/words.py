# SPDX-License-Identifier: Apache-2.0
"""The words behind a command of pyghmiutil."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Callable, TypeVar

from pyghmi.cmd.credentials import UsageError
from pyghmi.exceptions import InvalidParameterValue

_V = TypeVar("_V")

ON_OFF = {"on": True, "off": False}
CHANNELS = (0, 15)


class Words:
    """Takes the words one by one.  Everything raises UsageError with `uses`, what the command takes.

    options: those that begin with -- and a value after them, or none: {"--since": True, "--clear": False}.
    """

    def __init__(
        self, command: str, uses: str, words: Sequence[str], options: Mapping[str, bool] | None = None
    ) -> None:
        self._command = command
        self._uses = uses
        self._options: dict[str, str] = {}
        self._left = self._without_options(list(words), options or {})

    def _without_options(self, words: list[str], options: Mapping[str, bool]) -> list[str]:
        left: list[str] = []
        while words:
            word = words.pop(0)
            name, equals, value = word.partition("=")
            if word == "--":
                return left + words
            if not word.startswith("--"):
                left.append(word)
            elif name not in options or (equals and not options[name]):
                raise self.wrong(f"not {word}")
            elif options[name] and not equals:
                if not words:
                    raise self.wrong(f"and {name} needs a value")
                self._options[name] = words.pop(0)
            else:
                self._options[name] = value
        return left

    def __bool__(self) -> bool:
        """Whether there are more words."""
        return bool(self._left)

    def wrong(self, why: str = "") -> UsageError:
        """Return the error that tells what the command takes."""
        return UsageError(f"{self._command} takes {self._uses}" + (f"; {why}" if why else ""))

    def option(self, name: str) -> str | None:
        """Return the value of an option, '' where it has none; None: it was not given."""
        return self._options.get(name)

    def take(self, what: str) -> str:
        """Return the next word; what: its name."""
        if not self._left:
            raise self.wrong(f"{what} is missing")
        return self._left.pop(0)

    def take_if(self, *wanted: str) -> str | None:
        """Return the next word if it is one of these."""
        return self._left.pop(0) if self._left and self._left[0] in wanted else None

    def starts_with(self, word: str) -> bool:
        """Whether this is the next word."""
        return self._left[:1] == [word]

    def number(self, what: str, low: int, high: int) -> int:
        """Return the next word as a number, decimal or with 0x."""
        return self.as_number(self.take(what), what, low, high)

    def as_number(self, text: str, what: str, low: int, high: int) -> int:
        """Return a number, decimal or with 0x."""
        digits, base = (text[2:], 16) if text[:2] in ("0x", "0X") else (text, 10)
        try:
            found = int(digits, base) if digits.isascii() and digits.isalnum() else low - 1
        except ValueError:
            found = low - 1
        if not low <= found <= high:
            raise UsageError(f"{what} is a number from {low} to {high}, not {text!r}")
        return found

    def one_of(self, what: str, choices: Mapping[str, _V]) -> _V:
        """Return what the next word stands for."""
        return self.as_one_of(self.take(what), what, choices)

    def as_one_of(self, text: str, what: str, choices: Mapping[str, _V]) -> _V:
        """Return what a word stands for."""
        if text not in choices:
            raise UsageError(f"{what} is one of {', '.join(choices)}, not {text!r}")
        return choices[text]

    def checked(self, check: Callable[[str], object], text: str) -> str:
        """Return a text that `check` takes, which raises InvalidParameterValue for others."""
        try:
            check(text)
        except InvalidParameterValue as error:
            raise UsageError(str(error)) from None
        return text

    def pairs(self, what: str, names: Iterable[str]) -> dict[str, str]:
        """Return all that is left, each `name=value` with one of these names."""
        found: dict[str, str] = {}
        known = tuple(names)
        while self._left:
            name, equals, value = self._left.pop(0).partition("=")
            if not equals or name not in known:
                raise UsageError(f"{what} is NAME=VALUE, with a name out of {', '.join(known)}; not {name!r}")
            found[name] = value
        return found

    def rest(self) -> list[str]:
        """Return all that is left."""
        found, self._left = self._left, []
        return found

    def end(self) -> None:
        """Refuse further words."""
        if self._left:
            raise self.wrong(f"not {' '.join(self._left)!r}")

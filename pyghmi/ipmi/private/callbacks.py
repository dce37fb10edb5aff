# SPDX-License-Identifier: Apache-2.0
"""Call what a program wants to be called: its fault must not come out of somebody else's call."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from pyghmi.ipmi.net import modules


def tell(callback: Callable[..., object], *arguments: Any) -> None:
    """Call back; an exception is logged, with its traceback, under "pyghmi"."""
    try:
        callback(*arguments)
    except Exception as error:  # whoever turns the wheel at the moment has nothing to do with it
        _log(callback, error)


def _log(callback: Callable[..., object], error: Exception) -> None:
    import logging  # here: most programs never see it

    logging.getLogger("pyghmi").error("exception in a callback: %r", callback, exc_info=error)


awaited = 0
"""The number of logins of whose end somebody is to be told."""

Faults = list[tuple[Callable[..., object], Exception]]

_turns: dict[int, list[Faults]] = {}
"""Thread -> the turns of the loop that it has asked for by name, each with what was raised in it."""


@contextmanager
def own_turn() -> Iterator[None]:
    """Turn the wheel for the program itself: what its `onlogon` raises comes out here, after the turn.

    Programs know it so: they raise there to leave a `while not session.logged: session.wait_for_rsp(1)` (seen: Salt).
    """
    thread = modules.threading.get_ident()
    faults: Faults = []
    _turns.setdefault(thread, []).append(faults)
    try:
        yield
    finally:
        left = [each for each in _turns.pop(thread) if each is not faults]
        if left:
            _turns[thread] = left
    for callback, error in faults[1:]:
        _log(callback, error)
    if faults:
        raise faults[0][1]


@contextmanager
def begun() -> Iterator[None]:
    """Begin a login of which `tell_of_login` will tell; what raises here has not begun."""
    global awaited
    awaited += 1
    has_begun = False
    try:
        yield
        has_begun = True
    finally:
        awaited -= not has_begun


def tell_of_login(onlogon: Callable[..., object], *arguments: Any) -> None:
    """Call back; an exception comes out of the turn that the program has asked for, or is logged where it has not."""
    global awaited
    awaited -= 1
    try:
        onlogon(*arguments)
    except Exception as error:
        turns = _turns.get(modules.threading.get_ident())
        if turns:
            turns[-1].append((onlogon, error))
        else:
            _log(onlogon, error)

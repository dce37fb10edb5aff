# SPDX-License-Identifier: Apache-2.0
"""watchdog: the timer that resets a machine that hangs."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import ON_OFF, Words
from pyghmi.ipmi.facade.system_words import TIMER_ACTIONS, TIMER_INTERRUPTS, TIMER_USES

_WATCHDOG = Table(
    columns(
        ("running", "Running"),
        ("use", "Use"),
        ("action", "Action"),
        ("countdown", "Seconds"),
        ("present_countdown", "Seconds left"),
        ("pre_timeout_interrupt", "Interrupt before"),
        ("pre_timeout", "Seconds before"),
        ("logging", "Logs its end"),
        ("expired", "Has expired in"),
    ),
    upright=True,
)
_NAMES = ("use", "action", "seconds", "interrupt", "before", "log", "start")
_MOST_S, _MOST_BEFORE_S = 6553, 255


def watchdog(words: Words) -> Job:
    """Tell of the timer, set it, start it anew, or stop it."""
    if words.take_if("reset"):
        return doing(lambda run: run.command.reset_watchdog(), "watchdog started")
    if words.take_if("stop"):
        return doing(lambda run: run.command.stop_watchdog(), "watchdog stopped")
    if words.take_if("set"):
        return _set(words)

    def rows(run: Run) -> Iterator[Row]:
        yield run.command.get_watchdog()

    return Job(_WATCHDOG, rows)


def _set(words: Words) -> Job:
    named = words.pairs("watchdog setting", _NAMES)
    if not named:
        raise words.wrong("a setting is missing")
    settings: dict[str, Any] = {}
    for name, key, numbers in (
        ("use", "use", TIMER_USES),
        ("action", "action", TIMER_ACTIONS),
        ("interrupt", "pre_timeout_interrupt", TIMER_INTERRUPTS),
    ):
        if name in named:
            settings[key] = words.as_one_of(named[name], name, {text: text for text in numbers.values()})
    for name, key, most in (("seconds", "countdown", _MOST_S), ("before", "pre_timeout", _MOST_BEFORE_S)):
        if name in named:
            settings[key] = words.as_number(named[name], name, 0, most)
    for name in ("log", "start"):
        if name in named:
            settings[name] = words.as_one_of(named[name], name, ON_OFF)

    def act(run: Run) -> None:
        held = run.command.get_watchdog()
        kept: dict[str, Any] = {
            "use": held["use"] if held["use"] in TIMER_USES.values() and held["use"] != "none" else "sms",
            "action": held["action"] if held["action"] in TIMER_ACTIONS.values() else "none",
            "countdown": held["countdown"],
            "pre_timeout": held["pre_timeout"],
            "pre_timeout_interrupt": held["pre_timeout_interrupt"],
            "log": held["logging"],
            "keep_running": held["running"],
        }
        run.command.set_watchdog(**{**kept, **settings})

    return doing(act, "watchdog set")

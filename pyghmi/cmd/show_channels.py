# SPDX-License-Identifier: Apache-2.0
"""channel: the channels of a BMC, and who may use them."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import CHANNELS, ON_OFF, Words

_ACCESS = ("access_mode", "privilege_level", "alerting", "per_msg_auth", "user_level_auth")
_KEPT = "kept_"
"""Before the names of what counts after the next start of the BMC."""
_COLUMNS = columns(
    ("channel", "Channel", True),
    ("medium", "Medium"),
    ("protocol", "Protocol", True),
    ("sessions", "Sessions"),
    ("active_sessions", "Active", True),
    ("access_mode", "Access"),
    ("privilege_level", "Privilege"),
    ("alerting", "Alerting"),
    ("per_msg_auth", "Per message"),
    ("user_level_auth", "User level"),
)
_CHANNELS = Table(
    columns(
        ("channel", "Channel", True),
        ("medium", "Medium", False, lambda medium: medium.split(" (")[0]),
        ("protocol",),
        ("sessions", "Sessions"),
        ("active_sessions", "Open", True),
        ("access_mode", "Access"),
        ("privilege_level", "Privilege"),
        ("alerting", "Alerting"),
        *((name,) for name in _ACCESS[3:]),
        *((f"{_KEPT}{name}",) for name in _ACCESS),
    )
)
"""Those of all channels are as narrow as a terminal; of one channel there is more."""
_CHANNEL = Table(
    (
        *_COLUMNS,
        *columns(*((f"{_KEPT}{each.key}", f"{each.title}, kept") for each in _COLUMNS if each.key in _ACCESS)),
    ),
    upright=True,
)
_MODES = {name: name for name in ("disabled", "pre_boot", "always", "shared")}
_LEVELS = {name: name for name in ("callback", "user", "operator", "administrator", "proprietary")}
_SWITCHES = ("alerting", "per_msg_auth", "user_level_auth")


def channel(words: Words) -> Job:
    """Tell the channels, one of them, or change who may use one."""
    if words.take_if("set"):
        return _change(words)
    if words.option("--volatile") is not None:
        raise words.wrong("--volatile goes with set")
    if not words:
        return Job(_CHANNELS, lambda run: map(_row, run.command.get_channels()))
    number = words.number("channel", *CHANNELS)

    def rows(run: Run) -> Iterator[Row]:
        command = run.command
        found: dict[str, Any] = dict(command.get_channel_info(number))
        found["access"] = run.optional(lambda: command.get_channel_access(number))
        found["access_non_volatile"] = run.optional(lambda: command.get_channel_access(number, "non_volatile"))
        yield _row(found)

    return Job(_CHANNEL, rows)


def _row(found: Mapping[str, Any]) -> Row:
    access, kept = found["access"] or {}, found["access_non_volatile"] or {}
    return {
        "channel": found["Actual channel"],
        "medium": found["Channel Medium type"],
        "protocol": found["5-bit Channel IPMI Messaging Protocol Type"],
        "sessions": found["session_support"],
        "active_sessions": found["active_session_count"],
        **{name: access.get(name) for name in _ACCESS},
        **{f"{_KEPT}{name}": kept.get(name) for name in _ACCESS},
    }


def _change(words: Words) -> Job:
    number = words.number("channel", *CHANNELS)
    wanted: dict[str, Any] = {}
    while words:
        name = words.take("setting")
        if name == "access":
            wanted["access_mode"] = words.one_of("access", _MODES)
        elif name == "privilege":
            wanted["privilege_level"] = words.one_of("privilege", _LEVELS)
        elif name in _SWITCHES:
            wanted[name] = words.one_of(name, ON_OFF)
        else:
            raise UsageError(f"channel set takes access, privilege, {', '.join(_SWITCHES)}, not {name!r}")
    if not wanted:
        raise words.wrong("a setting is missing")
    how = "volatile" if words.option("--volatile") is not None else "non_volatile"

    def act(run: Run) -> None:
        held = run.command.get_channel_access(number, how)
        level = wanted.get("privilege_level")
        run.command.set_channel_access(
            number,
            how if set(wanted) - {"privilege_level"} else "dont_change",
            **{name: wanted.get(name) for name in _SWITCHES},
            access_mode=wanted.get("access_mode", held["access_mode"]),
            privilege_update_mode="dont_change" if level is None else how,
            privilege_level=level or held["privilege_level"] or "administrator",
        )

    return doing(act, f"channel {number} set")

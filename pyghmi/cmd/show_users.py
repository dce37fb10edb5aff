# SPDX-License-Identifier: Apache-2.0
"""users: the accounts of a BMC.  No password is shown, nor taken from the command line."""
from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Callable, Optional

from pyghmi.cmd.credentials import new_password
from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import CHANNELS, ON_OFF, Words
from pyghmi.exceptions import BmcErrorException, CompletionCodeError, InvalidParameterValue

_USERS = Table(
    columns(
        ("id", "ID", True),
        ("name", "Name"),
        ("privilege", "Privilege"),
        ("enabled", "Enabled"),
        ("ipmi_msg", "IPMI"),
        ("link_auth", "Link"),
        ("callback", "Callback"),
        ("expiration", "Days left"),
        ("channel",),
    )
)
_SOL = Table(columns(("id", "ID"), ("sol", "Serial over LAN")), upright=True)
_TEST = Table(columns(("id", "ID"), ("right", "Password is right")), upright=True)
_LEVELS = {name: name for name in ("callback", "user", "operator", "administrator", "proprietary", "no_access")}
_MOST_ID = 63


def users(words: Words) -> Job:
    """Tell the accounts, or change them."""
    text = words.option("--channel")
    channel = None if text is None else words.as_number(text, "channel", *CHANNELS)
    for name in ("--privilege", "--id"):
        if words.option(name) is not None and not words.starts_with("add"):
            raise words.wrong(f"{name} goes with add")
    if words:
        return words.one_of("action", _ACTIONS)(words, channel)

    def rows(run: Run) -> Iterator[Row]:
        for uid, user in run.command.get_users(channel).items():
            run.step()
            access = user["access"]
            yield {
                "id": uid,
                "name": user["name"],
                "privilege": access["privilege_level"],
                "enabled": _enabled(run, uid, channel),
                "ipmi_msg": access["ipmi_msg"],
                "link_auth": access["link_auth"],
                "callback": access["callback"],
                "expiration": user["expiration"],
                "channel": user["channel"],
            }

    return Job(_USERS, rows)


def _enabled(run: Run, uid: int, channel: Optional[int]) -> Optional[bool]:
    """Whether a user is enabled; None where the BMC does not tell, which does not end the table."""
    try:
        return run.command.get_user_enabled(uid, channel)
    except (CompletionCodeError, BmcErrorException):
        return None


def _uid(words: Words) -> int:
    return words.number("ID of a user", 1, _MOST_ID)


def _password(words: Words, whose: str, *, twice: bool = True) -> bytes:
    if words:  # which is not to be said again: it may be one
        raise words.wrong("a password is never an argument")
    return new_password(words.option("--password-file"), whose, twice=twice)


def _add(words: Words, channel: Optional[int]) -> Job:
    name = os.fsencode(words.take("name"))
    shown = name.decode(errors="backslashreplace")
    level = words.as_one_of(words.option("--privilege") or "user", "--privilege", _LEVELS)
    text = words.option("--id")
    uid = None if text is None else words.as_number(text, "--id", 1, _MOST_ID)
    password = _password(words, shown)

    def act(run: Run) -> str:
        command = run.command
        there = [number for number, user in command.get_users(channel).items() if user["name"] == shown]
        if there:
            raise InvalidParameterValue(f"there is a user {shown} already, with the ID {there[0]}")
        if uid is None:
            made = command.ensure_user(name, password, channel, privilege_level=level)["uid"]
        else:
            _must_be_free(run, uid)
            command.create_user(uid, name, password, channel, privilege_level=level)
            made = uid
        return f"user {shown} added, with the ID {made}"

    return doing(act)


def _must_be_free(run: Run, uid: int) -> None:
    name = run.command.get_user_name(uid, return_none_on_error=True)
    if name:
        raise InvalidParameterValue(f"the ID {uid} is that of {name}")


def _new_password(words: Words, _channel: Optional[int]) -> Job:
    uid = _uid(words)
    password = _password(words, f"user {uid}")
    return doing(lambda run: run.command.set_user_password(uid, password=password), f"password of user {uid} changed")


def _test(words: Words, _channel: Optional[int]) -> Job:
    uid = _uid(words)
    password = _password(words, f"user {uid}", twice=False)

    def rows(run: Run) -> Iterator[Row]:
        yield {"id": uid, "right": run.command.test_user_password(uid, password)}

    return Job(_TEST, rows)


def _delete(words: Words, channel: Optional[int]) -> Job:
    uid = _uid(words)

    def act(run: Run) -> None:
        _must_be_another(run, uid)
        run.command.user_delete(uid, channel)

    return doing(act, f"user {uid} deleted")


def _enable(words: Words, _channel: Optional[int]) -> Job:
    uid = _uid(words)
    return doing(lambda run: run.command.set_user_password(uid, "enable"), f"user {uid} enabled")


def _disable(words: Words, _channel: Optional[int]) -> Job:
    uid = _uid(words)

    def act(run: Run) -> None:
        _must_be_another(run, uid)
        run.command.disable_user(uid, "disable")

    return doing(act, f"user {uid} disabled")


def _must_be_another(run: Run, uid: int) -> None:
    """Refuse to take away the account that is logged in: it may be the only one that can undo that."""
    name = run.command.get_user_name(uid, return_none_on_error=True)
    if name and os.fsencode(name) == run.user:
        raise InvalidParameterValue(f"user {uid} is {name}, who is logged in: another one has to do that")


def _privilege(words: Words, channel: Optional[int]) -> Job:
    uid = _uid(words)
    level = words.one_of("level", _LEVELS)

    def act(run: Run) -> str:
        held = run.command.get_user_access(uid, channel)["access"]
        run.command.set_user_access(
            uid,
            channel,
            callback=bool(held["callback"]),
            link_auth=bool(held["link_auth"]),
            ipmi_msg=bool(held["ipmi_msg"]),
            privilege_level=level,
        )
        return f"privilege of user {uid}: {level}"

    return doing(act)


def _sol(words: Words, channel: Optional[int]) -> Job:
    uid = _uid(words)
    if words:
        wanted = words.one_of("serial over LAN", ON_OFF)
        said = f"serial over LAN of user {uid}: {'on' if wanted else 'off'}"
        return doing(lambda run: run.command.set_user_payload_access(uid, wanted, channel), said)

    def rows(run: Run) -> Iterator[Row]:
        yield {"id": uid, "sol": run.command.get_user_payload_access(uid, channel)["sol"]}

    return Job(_SOL, rows)


_ACTIONS: dict[str, Callable[[Words, Optional[int]], Job]] = {
    "add": _add,
    "password": _new_password,
    "test": _test,
    "delete": _delete,
    "enable": _enable,
    "disable": _disable,
    "privilege": _privilege,
    "sol": _sol,
}

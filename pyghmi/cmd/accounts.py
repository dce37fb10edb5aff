# SPDX-License-Identifier: Apache-2.0
"""The accounts of BMCs that are served from here: NAME:PASSWORD[:PRIVILEGE[:disabled]], a line each in files."""
from __future__ import annotations

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import Privilege

_PRIVILEGES = {
    "callback": Privilege.CALLBACK,
    "user": Privilege.USER,
    "operator": Privilege.OPERATOR,
    "administrator": Privilege.ADMINISTRATOR,
    "admin": Privilege.ADMINISTRATOR,
}
_DISABLED = "disabled"
_FIRST_ID = 2
_PORTS = range(65536)
MOST_ACCOUNTS = 62
"""A BMC has 63 user IDs at most, the first of which has no name."""


def lines_of(name: str) -> list[str]:
    """Return the accounts in a file.  Raises InvalidParameterValue where it cannot be read."""
    try:
        with open(name, encoding="utf-8-sig") as file:
            return [line.rstrip("\r\n") for line in file if line.strip() and not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParameterValue(f"--users {name}: {getattr(error, 'strerror', None) or error}") from error


def user_of(row: str, number: int) -> User:
    """Return the account that NAME:PASSWORD[:PRIVILEGE[:disabled]] describes.  Raises InvalidParameterValue.

    number: its user id, 2 for the first one.
    """
    name, colon, rest = row.partition(":")
    password, *others = rest.split(":")
    privilege = others[0] if others else "administrator"
    which = f"account {number - _FIRST_ID + 1}"  # not a word of it: it may be a password
    if not colon or privilege not in _PRIVILEGES or others[1:] not in ([], [_DISABLED]):
        raise InvalidParameterValue(
            f"{which}: NAME:PASSWORD[:PRIVILEGE[:disabled]] is needed, PRIVILEGE one of {', '.join(_PRIVILEGES)}"
        )
    enabled = others[1:] != [_DISABLED]
    try:
        return User(name.encode(), password.encode(), _PRIVILEGES[privilege], enabled=enabled, user_id=number)
    except InvalidParameterValue as error:
        raise InvalidParameterValue(f"{which}: {error}") from error


def port_of(text: str) -> int:
    """Return the UDP port.  Raises InvalidParameterValue."""
    if not text.isdecimal() or int(text) not in _PORTS:
        raise InvalidParameterValue(f"{text!r} is no port: 0 to {_PORTS[-1]} are possible")
    return int(text)

# SPDX-License-Identifier: Apache-2.0
"""Where pyghmiutil gets passwords and BMC keys from: files, the environment, the terminal."""
from __future__ import annotations

import argparse
import os
import sys
import warnings
from getpass import GetPassWarning, getpass

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.credentials import kg_from_hex

_PASSWORD, _KG, _NEW_PASSWORD = "IPMIPASSWORD", "IPMIKG", "NEWPASSWORD"


class UsageError(Exception):
    """The command line cannot be understood."""


def password_of(found: argparse.Namespace) -> bytes | None:
    """Return the password; None: it is nowhere.  Whatever bytes it is made of, they are not touched.

    The variable leaves the environment.  Raises UsageError.
    """
    in_environment = os.environ.pop(_PASSWORD, None)
    if found.password_file:
        return _first_line(found.password_file, "password")
    if found.ask:
        return _ask(found.user)
    if in_environment is not None:
        return os.fsencode(in_environment)
    return _ask(found.user) if sys.stdin is not None and sys.stdin.isatty() else None


def new_password(path: str | None, whose: str, *, twice: bool = True) -> bytes:
    """Return the password of another account: from a file, the environment, the terminal (twice: asked for twice).

    The variable leaves the environment.  Raises UsageError.
    """
    in_environment = os.environ.pop(_NEW_PASSWORD, None)
    if path is not None:
        return _first_line(path, "password")
    if in_environment is not None:
        return os.fsencode(in_environment)
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"The new password comes from --password-file FILE, or from the variable {_NEW_PASSWORD}")
    found = _ask(whose, "New password" if twice else "Password")
    if twice and _ask(whose, "Once more, new password") != found:
        raise UsageError("The two passwords are not the same")
    return found


def kg_of(found: argparse.Namespace) -> bytes | None:
    """Return the BMC key; None: there is none.  The variable leaves the environment.

    In file and environment, 0x stands before hexadecimal digits; all else is text.
    Raises UsageError, InvalidParameterValue.
    """
    in_environment = os.environ.pop(_KG, None)
    if found.kg_hex is not None:
        return kg_from_hex(found.kg_hex)
    if found.kg is not None:
        return os.fsencode(found.kg)
    if found.kg_file is not None:
        return _kg(_first_line(found.kg_file, "BMC key"))
    return None if in_environment is None else _kg(os.fsencode(in_environment))


def _kg(text: bytes) -> bytes:
    if text[:2] not in (b"0x", b"0X"):
        return text
    try:
        return kg_from_hex(text.decode("ascii").strip())
    except UnicodeDecodeError:
        raise InvalidParameterValue("the BMC key begins with 0x, but is not hexadecimal") from None


def _first_line(path: str, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.readline().rstrip(b"\r\n")
    except OSError as error:
        raise UsageError(f"The {what} file cannot be read: {error}") from error


def _ask(user: str, what: str = "Password") -> bytes:
    """Ask on the terminal; where there is none, the first line of stdin is the password."""
    if sys.stdin is None:
        raise UsageError("There is no terminal on which to ask for the password")
    shown = os.fsencode(user).decode("ascii", "backslashreplace")
    try:
        with warnings.catch_warnings():
            if not sys.stdin.isatty():
                warnings.simplefilter("ignore", GetPassWarning)
            return os.fsencode(getpass(f"{what} of {shown}: "))
    except EOFError:
        raise UsageError("No password was given") from None
    except UnicodeDecodeError:
        raise UsageError("The password is no text; --password-file takes any bytes") from None

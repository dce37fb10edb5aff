# SPDX-License-Identifier: Apache-2.0
"""Passwords of users, and whether users are enabled: one command does both.  IPMI 2.0 §22.30."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.domains.requester import Requester, completion_error
from pyghmi.ipmi.domains.settling import settle
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, OUT_OF_RANGE
from pyghmi.ipmi.spec.users import (
    PASSWORD_BYTES,
    PASSWORD_MISMATCH,
    SHORT_PASSWORD_BYTES,
    WRONG_PASSWORD_SIZE,
    PasswordOperation,
    SetUserPassword,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Rewrite = Optional[Callable[[bytes, list[int]], list[int]]]
    """Given a password, padded as it is sent, and the data of the request, returns the data to send."""

_TRUNCATED, _LIMIT_EXCEEDED = 0xC6, 0xC8
_WRONG_LENGTH = (INVALID_LENGTH, _TRUNCATED)
_WANTS_PAD = (*_WRONG_LENGTH, INVALID_FIELD)
_POLICY = (*range(0x80, 0xC0), INVALID_FIELD, OUT_OF_RANGE, _LIMIT_EXCEEDED)


class Passwords:
    """The passwords of one BMC's users."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc
        self.patience_s: float | None = None
        """Seconds for the answer to each write, None: as the requester has it."""

    def set_password(self, uid: int, password: bytes, rewrite: Rewrite = None, *, confirm: bool = True) -> None:
        """Set a password of at most 20 bytes; nothing is cut.

        confirm: have the BMC say that it is there, and write it again where it was lost, as by Dell T320 and Quanta
        S99Q; the account might be enabled without it.  Raises InvalidParameterValue, CompletionCodeError.
        """
        request = with_password(uid, PasswordOperation.SET, password)
        code = self._send_password(request, password, rewrite)
        if code in _WRONG_LENGTH and 0 < len(password) <= SHORT_PASSWORD_BYTES:
            request = with_password(uid, PasswordOperation.SET, password, long=True)
            code = self._send_password(request, password, rewrite)
        if code != OK:
            raise _set_error(code, password)
        if confirm and password:
            settle(
                self._bmc,
                lambda: self.test_password(uid, password, rewrite),
                lambda: self._send_password(request, password, rewrite),
            )

    def test_password(self, uid: int, password: bytes, rewrite: Rewrite = None) -> bool:
        """Return whether this is the user's password, in whatever size the BMC keeps it.

        Raises CompletionCodeError where the BMC cannot tell.
        """
        code = self._send_password(with_password(uid, PasswordOperation.TEST, password), password, rewrite)
        if code == WRONG_PASSWORD_SIZE and len(password) <= SHORT_PASSWORD_BYTES:
            longer = with_password(uid, PasswordOperation.TEST, password, long=True)
            code = self._send_password(longer, password, rewrite)
        if code in (PASSWORD_MISMATCH, WRONG_PASSWORD_SIZE):
            return False
        if code != OK:
            raise password_error(code)
        return True

    def _send_enabled(self, uid: int, enabled: bool) -> int:
        """Have a user enabled or disabled; the completion code.  Some BMCs insist on the bytes of a password."""
        operation = PasswordOperation.ENABLE_USER if enabled else PasswordOperation.DISABLE_USER
        code = self._send_password(SetUserPassword(user=uid, operation=operation))
        if code not in _WANTS_PAD:
            return code
        padded = SetUserPassword(user=uid, operation=operation, password=bytes(SHORT_PASSWORD_BYTES))
        second = self._send_password(padded)
        return code if second in _WRONG_LENGTH else second

    def _send_password(self, request: SetUserPassword, password: bytes = b"", rewrite: Rewrite = None) -> int:
        data = request.encode()
        if rewrite is not None and password:
            data = bytes(rewrite(request.password, list(data)))
        code, _data = self._bmc.exchange(request.netfn, request.cmd, data, deadline_s=self.patience_s)
        return code


def check_password(password: bytes) -> None:
    """Raise InvalidParameterValue for a password that no BMC can take."""
    if len(password) > PASSWORD_BYTES:
        raise InvalidParameterValue(f"password has limit of {PASSWORD_BYTES} chars")


def with_password(uid: int, operation: PasswordOperation, password: bytes, *, long: bool = False) -> SetUserPassword:
    """Return the request with the password: in 16 bytes where it fits, unless `long`.  Raises InvalidParameterValue."""
    check_password(password)
    twenty = long or len(password) > SHORT_PASSWORD_BYTES
    size = PASSWORD_BYTES if twenty else SHORT_PASSWORD_BYTES
    # A password that is not there has no bytes either: so it has always been sent.
    padded = password.ljust(size, b"\0") if password else b""
    return SetUserPassword(twenty_bytes=twenty, user=uid, operation=operation, password=padded)


def _set_error(code: int, password: bytes) -> CompletionCodeError:
    """Return the error for a password that was refused."""
    error = password_error(code)
    if code in _POLICY:
        error.text = f"The BMC refuses the password (code {code:02X}h): its rules for passwords may forbid it"
        if len(password) > SHORT_PASSWORD_BYTES:
            error.text += f", or it takes no more than {SHORT_PASSWORD_BYTES} bytes"
    return error


def password_error(code: int) -> CompletionCodeError:
    """Return the error for a completion code of Set User Password."""
    return completion_error(SetUserPassword.netfn, SetUserPassword.cmd, code)
